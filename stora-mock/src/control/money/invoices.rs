//! What staff do about invoices, and how customers pay them.

use schemars::JsonSchema;
use serde::Deserialize;
use stora_client::types;

use crate::api::body_id;
use crate::contract::Method::{Delete, Post};
use crate::control::customers::PaymentOutcome;
use crate::control::handle::{Make, known};
use crate::control::route::{Route, Tag, route};
use crate::control::{ControlError, OperatorControl};
use crate::domain::billing;
use crate::domain::charging::{self, Card};
use crate::domain::completion::PayOutcome;
use crate::domain::ids::InvoiceId;
use crate::domain::invoice::Invoice;
use crate::domain::money::Percent;
use crate::domain::one_off::{LateFee, NewOneOff, OneOffItem, OneOffLine, OneOffTerms};
use crate::domain::refusal::Refusal;
use crate::domain::tax::TaxRates;
use crate::domain::time::Timestamp;
use crate::store::World;

/// A one-off invoice to make.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateInvoice {
    /// Who owes it: a contact that is or was a customer (I9).
    pub contact_id: String,
    /// Where.
    pub site_id: String,
    /// When and how it is to be paid (I8); on the day of issue unless said otherwise.
    #[serde(default = "due_today")]
    pub terms: OneOffTerms,
    /// The customer's own order number.
    pub purchase_order_number: Option<String>,
    /// What it charges.
    #[schemars(length(min = 1))]
    pub line_items: Vec<InvoiceLine>,
    /// Whether it stays a draft until it is finalized.
    #[serde(default)]
    pub draft: bool,
}

/// A line of a one-off invoice.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum InvoiceLine {
    /// Words and a price of staff's own.
    Text {
        /// What it is.
        description: String,
        /// Price of one piece, tax inside.
        #[schemars(range(min = 0))]
        price: i64,
        /// Number of pieces.
        #[serde(default = "one")]
        #[schemars(range(min = 1))]
        quantity: i64,
        /// Tax rates in per cent; those that the site has for products unless said otherwise.
        #[schemars(with = "Option<Vec<f64>>")]
        tax_rates: Option<TaxRates>,
    },
    /// A product of the site.
    Product {
        /// Which.
        product_id: String,
        /// Price of one piece, tax inside; what the product costs once unless said otherwise.
        #[schemars(range(min = 0))]
        price: Option<i64>,
        /// Number of pieces.
        #[serde(default = "one")]
        #[schemars(range(min = 1))]
        quantity: i64,
        /// Tax rates in per cent; those that the site has for products unless said otherwise.
        #[schemars(with = "Option<Vec<f64>>")]
        tax_rates: Option<TaxRates>,
    },
}

/// A payment on the page that the link of an invoice leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PayInvoice {
    /// What the bank says to the card; as the contact's coming charges are set to end unless said otherwise.
    pub outcome: Option<PaymentOutcome>,
    /// Whether the card is saved on the contact. That of a subscription that awaits a card is in any case (I17).
    pub save_card: bool,
}

/// A charge to a card that staff make.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChargeInvoice {
    /// Whether the card is a new one, which is saved on the contact once it has paid; else it is the one that was saved last.
    pub new_card: bool,
    /// What the bank says; as the contact's coming charges are set to end unless said otherwise.
    pub outcome: Option<PaymentOutcome>,
}

/// What the bank says to a debit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BankResult {
    /// Whether it is paid.
    pub outcome: PaymentOutcome,
}

/// A late fee: a fixed amount, a part of what is outstanding, or both (D11).
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChargeLateFee {
    /// The fixed amount.
    #[schemars(range(min = 1))]
    pub flat: Option<i64>,
    /// The part of what is outstanding, in per cent.
    #[schemars(with = "Option<f64>")]
    pub percent: Option<Percent>,
    /// Whether the saved card is charged; else a link to pay is sent.
    pub charge: bool,
}

type InvoiceAct = fn(&mut World, Timestamp, InvoiceId) -> Result<(), Refusal>;

pub(super) fn routes() -> Vec<Route> {
    let mut routes = vec![
        route(Post, "/invoices", "invoice_create", Tag::Invoices, "Makes a one-off invoice, and issues it.")
            .takes::<CreateInvoice>()
            .status(201)
            .record("invoice", "Invoice", |operator, _, new| operator.create_invoice(new)),
        route(Delete, "/invoices/{invoice_id}", "invoice_delete", Tag::Invoices, "Removes the draft of an invoice.")
            .operator_does(|operator, input, ()| operator.delete_invoice(input.param("invoice_id"))),
        route(
            Post,
            "/invoices/{invoice_id}/pay",
            "invoice_pay",
            Tag::Invoices,
            "Pays an invoice by card, on the page that its link leads to.",
        )
        .takes::<PayInvoice>()
        .record("invoice", "Invoice", |operator, input, pay| operator.pay_invoice(input.param("invoice_id"), pay)),
        route(Post, "/invoices/{invoice_id}/charge", "invoice_charge", Tag::Invoices, "Charges an invoice to a card.")
            .takes::<ChargeInvoice>()
            .record("invoice", "Invoice", |operator, input, charge| {
                operator.charge_invoice(input.param("invoice_id"), charge)
            }),
        route(
            Post,
            "/invoices/{invoice_id}/bank_result",
            "invoice_bank_result",
            Tag::Invoices,
            "Lets the bank answer to the debit of an invoice, before its day.",
        )
        .takes::<BankResult>()
        .record("invoice", "Invoice", |operator, input, result| {
            operator.answer_debit(input.param("invoice_id"), result)
        }),
        route(
            Post,
            "/invoices/{invoice_id}/late_fee",
            "invoice_late_fee",
            Tag::Invoices,
            "Charges a late fee on an overdue invoice, as an invoice of its own.",
        )
        .takes::<ChargeLateFee>()
        .status(201)
        .record("invoice", "Invoice", |operator, input, fee| operator.charge_late_fee(input.param("invoice_id"), fee)),
    ];
    let acts: [(&str, &str, &str, InvoiceAct); 4] = [
        (
            "/invoices/{invoice_id}/finalize",
            "invoice_finalize",
            "Issues a draft, and charges it as it is to be collected.",
            billing::issue,
        ),
        (
            "/invoices/{invoice_id}/mark_paid",
            "invoice_mark_paid",
            "Marks an invoice as paid by other means.",
            Invoice::mark_paid,
        ),
        ("/invoices/{invoice_id}/void", "invoice_void", "Voids an invoice.", Invoice::void),
        (
            "/invoices/{invoice_id}/write_off",
            "invoice_write_off",
            "Gives an invoice up. It can still be paid or voided.",
            Invoice::mark_uncollectible,
        ),
    ];
    routes.extend(acts.map(|(path, id, summary, act)| {
        route(Post, path, id, Tag::Invoices, summary).record("invoice", "Invoice", move |operator, input, ()| {
            operator.act_on_invoice(input.param("invoice_id"), act)
        })
    }));
    routes
}

impl OperatorControl {
    /// Staff make a one-off invoice. Unless it is to stay a draft, it is issued: sent with a link, or charged to the saved card (I8).
    ///
    /// # Errors
    /// Values that cannot be; a conflict when the contact never was a customer (I9), or has no card to be charged.
    pub fn create_invoice(&self, new: CreateInvoice) -> Result<types::Invoice, ControlError> {
        self.make(new)
    }

    /// Staff remove a draft.
    ///
    /// # Errors
    /// Not found; a conflict unless it is a draft (I1).
    pub fn delete_invoice(&self, id: &str) -> Result<(), ControlError> {
        self.act(|world, _| Ok(Invoice::delete_draft(world, known(id)?)?))
    }

    /// Staff issue a draft, which is charged then as it is to be collected, or sent with a link (B8).
    ///
    /// # Errors
    /// Not found; a conflict unless it is a draft (I1).
    pub fn finalize_invoice(&self, id: &str) -> Result<types::Invoice, ControlError> {
        self.act_on_invoice(id, billing::issue)
    }

    /// The customer pays an invoice by card, on the page that its link leads to (I15). A declined card leaves it as it is.
    ///
    /// # Errors
    /// Not found; a conflict unless it is open or uncollectible (I1), and while a debit of it is with the bank (D4).
    pub fn pay_invoice(&self, id: &str, pay: PayInvoice) -> Result<types::Invoice, ControlError> {
        self.pay_by_card(id, Card::New { keep: pay.save_card }, pay.outcome)
    }

    /// Staff charge an invoice to the saved card or to a new one (I18). A failure leaves it as it is.
    ///
    /// # Errors
    /// Not found; a conflict unless it is open or uncollectible (I1), while a debit of it is with the bank (D4), and when no card is
    /// saved.
    pub fn charge_invoice(&self, id: &str, charge: ChargeInvoice) -> Result<types::Invoice, ControlError> {
        let card = if charge.new_card { Card::New { keep: true } } else { Card::Saved };
        self.pay_by_card(id, card, charge.outcome)
    }

    /// The bank answers to the debit of an invoice, before its day (X5).
    ///
    /// # Errors
    /// Not found; a conflict unless a debit of it is with the bank.
    pub fn answer_debit(&self, id: &str, result: BankResult) -> Result<types::Invoice, ControlError> {
        self.act_on::<Invoice>(|world, now| {
            let id = known(id)?;
            charging::answer_debit(world, now, id, result.outcome.into())?;
            Ok(id)
        })
    }

    /// Staff charge a late fee on an overdue invoice (D11). Gives the invoice of the fee.
    ///
    /// # Errors
    /// Not found; amounts that are no fee; a conflict when the invoice is not overdue, or no card is saved to be charged.
    pub fn charge_late_fee(&self, id: &str, fee: ChargeLateFee) -> Result<types::Invoice, ControlError> {
        let ChargeLateFee { flat, percent, charge } = fee;
        self.act_on::<Invoice>(|world, now| {
            Ok(Invoice::charge_late_fee(world, now, known(id)?, LateFee { flat, percent, charge })?)
        })
    }

    /// Staff mark an invoice as paid by other means, such as a bank transfer (I15).
    ///
    /// # Errors
    /// Not found; a conflict unless it is open or uncollectible (I1).
    pub fn mark_invoice_paid(&self, id: &str) -> Result<types::Invoice, ControlError> {
        self.act_on_invoice(id, Invoice::mark_paid)
    }

    /// Staff void an invoice, which is final.
    ///
    /// # Errors
    /// Not found; a conflict unless it is open or uncollectible (I1).
    pub fn void_invoice(&self, id: &str) -> Result<types::Invoice, ControlError> {
        self.act_on_invoice(id, Invoice::void)
    }

    /// Staff give an open invoice up. It can still be paid or voided.
    ///
    /// # Errors
    /// Not found; a conflict unless it is open (I1).
    pub fn write_off_invoice(&self, id: &str) -> Result<types::Invoice, ControlError> {
        self.act_on_invoice(id, Invoice::mark_uncollectible)
    }

    fn pay_by_card(
        &self,
        id: &str,
        card: Card,
        outcome: Option<PaymentOutcome>,
    ) -> Result<types::Invoice, ControlError> {
        self.act_on::<Invoice>(|world, now| {
            let id = known(id)?;
            charging::pay_by_card(world, now, id, card, outcome.map(PayOutcome::from))?;
            Ok(id)
        })
    }

    fn act_on_invoice(&self, id: &str, act: InvoiceAct) -> Result<types::Invoice, ControlError> {
        self.act_on::<Invoice>(|world, now| {
            let id = known(id)?;
            act(world, now, id)?;
            Ok(id)
        })
    }
}

impl Default for PayInvoice {
    /// It ends as the contact's coming charges are set to, and the card is saved.
    fn default() -> Self {
        Self { outcome: None, save_card: true }
    }
}

impl Make for CreateInvoice {
    type Made = Invoice;

    fn make(self, world: &mut World, at: Timestamp) -> Result<InvoiceId, ControlError> {
        let lines = self.line_items.into_iter().enumerate();
        let new = NewOneOff {
            contact: body_id(&self.contact_id, "/contact_id")?,
            site: body_id(&self.site_id, "/site_id")?,
            terms: self.terms,
            purchase_order_number: self.purchase_order_number,
            lines: lines.map(|(place, line)| line.read(place)).collect::<Result<_, _>>()?,
        };
        let id = Invoice::raise_one_off(world, at, new)?;
        if !self.draft {
            billing::issue(world, at, id)?;
        }
        Ok(id)
    }
}

impl InvoiceLine {
    fn read(self, place: usize) -> Result<OneOffLine, Refusal> {
        Ok(match self {
            Self::Text { description, price, quantity, tax_rates } => {
                OneOffLine { item: OneOffItem::Text { description, price }, quantity, tax_rates }
            }
            Self::Product { product_id, price, quantity, tax_rates } => {
                let product = body_id(&product_id, &format!("/line_items/{place}/product_id"))?;
                OneOffLine { item: OneOffItem::Product { product, price }, quantity, tax_rates }
            }
        })
    }
}

const fn due_today() -> OneOffTerms {
    OneOffTerms::DueToday
}

const fn one() -> i64 {
    1
}
