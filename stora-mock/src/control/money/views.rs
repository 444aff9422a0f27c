//! What there is to be seen of money (X6): attempts to charge, account credit, deposits, what is still to be paid, and messages.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::contract::Method::Get;
use crate::contract::error::ApiError;
use crate::control::route::{Input, Route, Tag, route};
use crate::control::table::own_query;
use crate::control::{ControlError, OperatorControl};
use crate::domain::ids::{ContactId, Id, InvoiceId};
use crate::domain::invoice::{AttemptOutcome, DepositState, Invoice, InvoiceStatus, PaymentAttempt};
use crate::domain::notice::{Notice, NoticeKind};
use crate::domain::order::PaymentMethod;
use crate::domain::time::Timestamp;
use crate::store::{FacetValue, World};

/// Which attempts to charge to show. All that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentAttemptQuery {
    /// Of this contact's invoices.
    pub contact_id: Option<String>,
    /// Of this invoice.
    pub invoice_id: Option<String>,
    /// At most so many; 100 unless said otherwise.
    pub limit: Option<u32>,
}

/// Attempts to charge invoices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PaymentAttempts {
    /// Those of the newest invoice first, and of one invoice the newest first.
    pub payment_attempts: Vec<PaymentAttemptInfo>,
}

/// An attempt to charge an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PaymentAttemptInfo {
    /// When it was made.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// The invoice.
    pub invoice_id: String,
    /// Who owes it.
    pub contact_id: String,
    /// How it was charged.
    pub method: PaymentMethod,
    /// How much was charged.
    pub amount: i64,
    /// How it ended.
    pub outcome: AttemptOutcome,
}

/// Whose account credit to show.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountCreditQuery {
    /// Of this contact.
    pub contact_id: Option<String>,
    /// At most so many contacts; 100 unless said otherwise.
    pub limit: Option<u32>,
}

/// Account credit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AccountCredits {
    /// That of all contacts that are asked for together.
    pub total: i64,
    /// Contacts that have some, the newest first.
    pub account_credit: Vec<AccountCredit>,
}

/// The account credit of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AccountCredit {
    /// The contact.
    pub contact_id: String,
    /// Its credit, which its next invoices use up (R6).
    pub credit: i64,
}

/// Which deposits to show. All that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DepositQuery {
    /// Of this contact.
    pub contact_id: Option<String>,
    /// How far they are.
    pub state: Option<DepositState>,
    /// At most so many; 100 unless said otherwise.
    pub limit: Option<u32>,
}

/// Deposits that were paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Deposits {
    /// What is held of all that are asked for together.
    pub held: i64,
    /// The deposits, the newest first.
    pub deposits: Vec<DepositInfo>,
}

/// A deposit that was paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DepositInfo {
    /// Its invoice.
    pub invoice_id: String,
    /// Who paid it.
    pub contact_id: String,
    /// The subscription it belongs to.
    pub subscription_id: Option<String>,
    /// How far it is.
    pub state: DepositState,
    /// What was paid.
    pub paid: i64,
    /// What was given back of it.
    pub refunded: i64,
    /// What was withheld of it.
    pub withheld: i64,
    /// What is still held of it.
    pub held: i64,
}

/// Which open invoices to show.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwaitingQuery {
    /// Of this contact.
    pub contact_id: Option<String>,
    /// At most so many; 100 unless said otherwise.
    pub limit: Option<u32>,
}

/// What is still to be paid (I19).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AwaitingPayment {
    /// What is outstanding of all open invoices that are asked for together.
    pub total: i64,
    /// How many these are.
    pub count: u64,
    /// The invoices, the newest first.
    pub invoices: Vec<AwaitingInvoice>,
}

/// An open invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AwaitingInvoice {
    /// The invoice.
    pub invoice_id: String,
    /// Its number.
    pub number: Option<String>,
    /// Who owes it.
    pub contact_id: String,
    /// The subscription it belongs to.
    pub subscription_id: Option<String>,
    /// What is outstanding of it.
    pub outstanding: i64,
    /// The day it is due (I8).
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub due_on: Option<NaiveDate>,
    /// How it is collected (I16).
    pub method: PaymentMethod,
    /// Whether it is overdue (I2).
    pub overdue: bool,
    /// Whether a debit of it is with the bank (I12).
    pub processing: bool,
    /// When a charge of it failed first (D8).
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub failed_at: Option<Timestamp>,
    /// How many retries were made (D1).
    pub retries: u32,
    /// When it is charged again (D1).
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub retry_at: Option<Timestamp>,
    /// When units are overlocked for it (D7).
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub overlock_at: Option<Timestamp>,
}

/// Which messages to show. All that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeQuery {
    /// To this contact.
    pub contact_id: Option<String>,
    /// That say this.
    pub kind: Option<NoticeKind>,
    /// At most so many; 100 unless said otherwise.
    pub limit: Option<u32>,
}

/// Messages that would have been sent by e-mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Notices {
    /// How many were written in all. The newest 10,000 are kept.
    pub written: u64,
    /// The messages, the newest first.
    pub notices: Vec<NoticeInfo>,
}

/// A message that would have been sent by e-mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NoticeInfo {
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// What it says.
    pub kind: NoticeKind,
    /// The contact that it is for; the operator's staff if there is none.
    pub contact_id: Option<String>,
    /// The id of the record that it is about.
    pub about: String,
}

/// How many records a list has unless said otherwise.
const LIMIT: usize = 100;

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(
            Get,
            "/payment_attempts",
            "payment_attempt_list",
            Tag::PaymentAttempts,
            "Lists attempts to charge invoices.",
        )
        .query::<PaymentAttemptQuery>()
        .operator(|operator, input: &Input, ()| operator.payment_attempts(&own_query(input)?)),
        route(
            Get,
            "/account_credit",
            "account_credit_list",
            Tag::AccountCredit,
            "Lists the contacts that have account credit.",
        )
        .query::<AccountCreditQuery>()
        .operator(|operator, input: &Input, ()| operator.account_credit(&own_query(input)?)),
        route(Get, "/deposits", "deposit_list", Tag::Deposits, "Lists deposits, and what is held of them.")
            .query::<DepositQuery>()
            .operator(|operator, input: &Input, ()| operator.deposits(&own_query(input)?)),
        route(
            Get,
            "/awaiting_payment",
            "awaiting_payment_list",
            Tag::AwaitingPayment,
            "Lists open invoices, and what they come to.",
        )
        .query::<AwaitingQuery>()
        .operator(|operator, input: &Input, ()| operator.awaiting_payment(&own_query(input)?)),
        route(Get, "/notices", "notice_list", Tag::Notices, "Lists the messages that would have been sent.")
            .query::<NoticeQuery>()
            .operator(|operator, input: &Input, ()| operator.notices(&own_query(input)?)),
    ]
}

impl OperatorControl {
    /// Attempts to charge invoices.
    ///
    /// # Errors
    /// Ids that no record can have.
    pub fn payment_attempts(&self, query: &PaymentAttemptQuery) -> Result<PaymentAttempts, ControlError> {
        let contact: Option<ContactId> = parameter("contact_id", query.contact_id.as_deref())?;
        let invoice: Option<InvoiceId> = parameter("invoice_id", query.invoice_id.as_deref())?;
        let world = self.operator.read();
        let attempts_of = |invoice: &Invoice| {
            let attempts = invoice.collection.attempts.iter().rev();
            attempts.map(|attempt| PaymentAttemptInfo::of(invoice, attempt)).collect::<Vec<_>>()
        };
        let payment_attempts = match invoice {
            Some(id) => {
                let found = world.invoices.get(id).filter(|invoice| contact.is_none_or(|it| it == invoice.contact));
                found.into_iter().flat_map(attempts_of).take(limit(query.limit)).collect()
            }
            None => newest(&world, contact, &[]).flat_map(attempts_of).take(limit(query.limit)).collect(),
        };
        Ok(PaymentAttempts { payment_attempts })
    }

    /// The contacts that have account credit (R6).
    ///
    /// # Errors
    /// An id that no contact can have.
    pub fn account_credit(&self, query: &AccountCreditQuery) -> Result<AccountCredits, ControlError> {
        let contact: Option<ContactId> = parameter("contact_id", query.contact_id.as_deref())?;
        let world = self.operator.read();
        let some = world.contacts.having("has_credit", &"yes".into()).rev();
        let some = some.filter(|it| contact.is_none_or(|id| it.id == id));
        let (mut total, mut account_credit) = (0i64, Vec::new());
        for contact in some {
            total = total.saturating_add(contact.account.credit);
            if account_credit.len() < limit(query.limit) {
                account_credit.push(AccountCredit { contact_id: text(contact.id), credit: contact.account.credit });
            }
        }
        Ok(AccountCredits { total, account_credit })
    }

    /// Deposits that were paid, and what is held of them (section 11 of the description of the business).
    ///
    /// # Errors
    /// An id that no contact can have.
    pub fn deposits(&self, query: &DepositQuery) -> Result<Deposits, ControlError> {
        let contact: Option<ContactId> = parameter("contact_id", query.contact_id.as_deref())?;
        let world = self.operator.read();
        let (mut held, mut deposits) = (0i64, Vec::new());
        let states = DepositState::ALL.iter().filter(|state| query.state.is_none_or(|wanted| wanted == **state));
        for state in states {
            for invoice in newest(&world, contact, &[("deposit", state.as_str())]) {
                let Some(deposit) = DepositInfo::of(invoice) else { continue };
                held = held.saturating_add(deposit.held);
                deposits.push((invoice.created_at, deposit));
            }
        }
        deposits.sort_by_key(|(created_at, _)| std::cmp::Reverse(*created_at));
        let deposits = deposits.into_iter().map(|(_, deposit)| deposit).take(limit(query.limit));
        Ok(Deposits { held, deposits: deposits.collect() })
    }

    /// What is still to be paid: the open invoices, and what is outstanding of them (I19).
    ///
    /// # Errors
    /// An id that no contact can have.
    pub fn awaiting_payment(&self, query: &AwaitingQuery) -> Result<AwaitingPayment, ControlError> {
        let contact: Option<ContactId> = parameter("contact_id", query.contact_id.as_deref())?;
        let world = self.operator.read();
        let now = self.operator.clock.now();
        let (mut total, mut count, mut invoices) = (0i64, 0, Vec::new());
        for invoice in newest(&world, contact, &[("status", InvoiceStatus::Open.as_str())]) {
            total = total.saturating_add(invoice.outstanding());
            count += 1;
            if invoices.len() < limit(query.limit) {
                invoices.push(AwaitingInvoice::of(&world, now, invoice));
            }
        }
        Ok(AwaitingPayment { total, count, invoices })
    }

    /// Messages that would have been sent by e-mail.
    ///
    /// # Errors
    /// An id that no contact can have.
    pub fn notices(&self, query: &NoticeQuery) -> Result<Notices, ControlError> {
        let contact: Option<ContactId> = parameter("contact_id", query.contact_id.as_deref())?;
        let world = self.operator.read();
        let wanted = world.notices.iter().rev().filter(|notice| {
            contact.is_none_or(|id| notice.to == Some(id)) && query.kind.is_none_or(|kind| notice.kind == kind)
        });
        let notices = wanted.take(limit(query.limit)).map(NoticeInfo::of).collect();
        Ok(Notices { written: world.notices.written(), notices })
    }
}

impl PaymentAttemptInfo {
    fn of(invoice: &Invoice, attempt: &PaymentAttempt) -> Self {
        let PaymentAttempt { at, amount, method, outcome } = *attempt;
        Self { at, invoice_id: text(invoice.id), contact_id: text(invoice.contact), method, amount, outcome }
    }
}

impl DepositInfo {
    fn of(invoice: &Invoice) -> Option<Self> {
        let deposit = invoice.collection.deposit?;
        // What was credited before the payment was never paid; what was credited after it was given back (P5).
        let paid = invoice.total - invoice.pre_payment_credit_notes_amount;
        let refunded = invoice.post_payment_credit_notes_amount;
        Some(Self {
            invoice_id: text(invoice.id),
            contact_id: text(invoice.contact),
            subscription_id: invoice.subscription.map(text),
            state: deposit.state(),
            paid,
            refunded,
            withheld: paid - refunded - deposit.held,
            held: deposit.held,
        })
    }
}

impl AwaitingInvoice {
    fn of(world: &World, now: Timestamp, invoice: &Invoice) -> Self {
        let zone = world.sites.get(invoice.site).map(|site| site.settings.time_zone).unwrap_or_default();
        let collection = &invoice.collection;
        Self {
            invoice_id: text(invoice.id),
            number: invoice.number.clone(),
            contact_id: text(invoice.contact),
            subscription_id: invoice.subscription.map(text),
            outstanding: invoice.outstanding(),
            due_on: collection.due_on,
            method: collection.method,
            overdue: invoice.is_overdue(now.date_in(zone)),
            processing: collection.processing,
            failed_at: collection.failed_at,
            retries: collection.retries,
            retry_at: collection.due.retry,
            overlock_at: collection.due.overlock,
        }
    }
}

impl NoticeInfo {
    fn of(notice: &Notice) -> Self {
        let Notice { at, kind, to, about } = *notice;
        Self { at, kind, contact_id: to.map(text), about: about.to_string() }
    }
}

/// The invoices of a contact, or of all, that have some words in some fields, the newest first.
fn newest<'w>(
    world: &'w World,
    contact: Option<ContactId>,
    words: &[(&str, &'static str)],
) -> impl Iterator<Item = &'w Invoice> + use<'w> {
    let mut facets: Vec<(&str, FacetValue)> = words.iter().map(|(field, word)| (*field, (*word).into())).collect();
    facets.extend(contact.map(|id| ("contact_id", id.into())));
    world.invoices.having_all(&facets).rev()
}

/// The id that a parameter names.
fn parameter<I: Id>(name: &str, text: Option<&str>) -> Result<Option<I>, ControlError> {
    let noun = I::KIND.noun();
    let unknown = |text: &str| ApiError::invalid_param(name, format!("`{text}` is not the id of a {noun}."));
    text.map(|text| I::parse(text).ok_or_else(|| unknown(text).into())).transpose()
}

fn limit(given: Option<u32>) -> usize {
    given.map_or(LIMIT, |limit| limit as usize)
}

fn text(id: impl Id) -> String {
    id.any().to_string()
}
