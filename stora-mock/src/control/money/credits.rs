//! What staff give back: credit notes and deposits.

use schemars::JsonSchema;
use serde::Deserialize;
use stora_client::types;

use crate::api::body_id;
use crate::contract::Method::Post;
use crate::control::handle::{Make, known};
use crate::control::route::{Route, Tag, route};
use crate::control::{ControlError, OperatorControl};
use crate::domain::credit_note::CreditNote;
use crate::domain::crediting::{Credited, NewCreditNote, NewCreditNoteLine};
use crate::domain::ids::CreditNoteId;
use crate::domain::invoice::{Deposit, Invoice};
use crate::domain::refusal::Refusal;
use crate::domain::tax::TaxRates;
use crate::domain::time::Timestamp;
use crate::store::World;

/// A credit note to issue. Without an amount and lines it takes back all that others have left of the invoice.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCreditNote {
    /// The invoice that it stands against.
    pub invoice_id: String,
    /// How much it takes back, tax inside: of each line in proportion to what is left of it.
    #[schemars(range(min = 1))]
    pub amount: Option<i64>,
    /// The lines that it takes back, in place of an amount.
    #[schemars(length(min = 1))]
    pub line_items: Option<Vec<CreditLine>>,
    /// Why, such as `order_change`.
    pub reason: Option<String>,
}

/// A line of a credit note.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum CreditLine {
    /// Takes back a line of the invoice.
    InvoiceLineItem {
        /// The place of that line among those of the invoice, counted from 0.
        line: usize,
        /// How much of it, tax inside, with the sign of the line; all that is left unless said otherwise.
        amount: Option<i64>,
        /// What it is; the words of the line unless said otherwise.
        description: Option<String>,
    },
    /// Takes back something that no line of the invoice stands for.
    CustomLineItem {
        /// What it is.
        description: String,
        /// For one piece, tax inside.
        #[schemars(range(min = 1))]
        price: i64,
        /// Number of pieces.
        #[serde(default = "one")]
        #[schemars(range(min = 1))]
        quantity: i64,
        /// Tax rates in per cent; none unless said otherwise.
        #[serde(default)]
        #[schemars(with = "Vec<f64>")]
        tax_rates: TaxRates,
    },
}

/// A refund of a deposit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefundDeposit {
    /// How much; all that is held unless said otherwise, which settles it.
    #[schemars(range(min = 1))]
    pub amount: Option<i64>,
    /// Why, such as `other`.
    pub reason: Option<String>,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(
            Post,
            "/credit_notes",
            "credit_note_create",
            Tag::CreditNotes,
            "Issues a credit note against an invoice.",
        )
        .takes::<CreateCreditNote>()
        .status(201)
        .record("credit_note", "CreditNote", |operator, _, new| operator.create_credit_note(new)),
        route(
            Post,
            "/invoices/{invoice_id}/refund_deposit",
            "invoice_refund_deposit",
            Tag::Invoices,
            "Gives back a deposit that is held, or a part of it, by a credit note.",
        )
        .takes::<RefundDeposit>()
        .status(201)
        .record("credit_note", "CreditNote", |operator, input, refund| {
            operator.refund_deposit(input.param("invoice_id"), refund)
        }),
        route(
            Post,
            "/invoices/{invoice_id}/withhold_deposit",
            "invoice_withhold_deposit",
            Tag::Invoices,
            "Withholds all that is held of a deposit.",
        )
        .record("invoice", "Invoice", |operator, input, ()| operator.withhold_deposit(input.param("invoice_id"))),
    ]
}

impl OperatorControl {
    /// Staff issue a credit note against an open or a paid invoice (N1).
    ///
    /// # Errors
    /// An invoice that there is not; amounts and lines that cannot be; a conflict over the state of the invoice (N1), and when more
    /// would be credited than there is (N2, P3).
    pub fn create_credit_note(&self, new: CreateCreditNote) -> Result<types::CreditNote, ControlError> {
        self.make(new)
    }

    /// Staff give a deposit back, or a part of it (P3, P5). Gives the credit note.
    ///
    /// # Errors
    /// Not found; a conflict unless the invoice is one of a deposit of which that much is held (P3).
    pub fn refund_deposit(&self, invoice: &str, refund: RefundDeposit) -> Result<types::CreditNote, ControlError> {
        self.act_on::<CreditNote>(|world, now| {
            Ok(Deposit::refund(world, now, known(invoice)?, refund.amount, refund.reason)?)
        })
    }

    /// Staff withhold all that is held of a deposit, which settles it (P4). Gives its invoice.
    ///
    /// # Errors
    /// Not found; a conflict unless the invoice is one of a deposit that is held (P3).
    pub fn withhold_deposit(&self, invoice: &str) -> Result<types::Invoice, ControlError> {
        self.act_on::<Invoice>(|world, now| {
            let id = known(invoice)?;
            Deposit::withhold(world, now, id)?;
            Ok(id)
        })
    }
}

impl Make for CreateCreditNote {
    type Made = CreditNote;

    fn make(self, world: &mut World, at: Timestamp) -> Result<CreditNoteId, ControlError> {
        let credited = match (self.amount, self.line_items) {
            (None, None) => Credited::Rest,
            (Some(amount), None) => Credited::Amount(amount),
            (None, Some(lines)) => Credited::Lines(lines.into_iter().map(NewCreditNoteLine::from).collect()),
            (Some(_), Some(_)) => {
                let reason = "A credit note is for an amount or for lines, not for both.";
                return Err(Refusal::invalid("/amount", reason).into());
            }
        };
        let invoice = body_id(&self.invoice_id, "/invoice_id")?;
        let issued = CreditNote::issue(world, at, NewCreditNote { invoice, credited, reason: self.reason });
        issued.map_err(|refusal| ControlError::from(refusal).naming_ids())
    }
}

impl From<CreditLine> for NewCreditNoteLine {
    fn from(line: CreditLine) -> Self {
        match line {
            CreditLine::InvoiceLineItem { line, amount, description } => Self::OfInvoice { line, amount, description },
            CreditLine::CustomLineItem { description, price, quantity, tax_rates } => {
                Self::Custom { description, price, quantity, tax_rates }
            }
        }
    }
}

const fn one() -> i64 {
    1
}
