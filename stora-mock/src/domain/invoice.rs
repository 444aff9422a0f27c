//! Invoices (section 7 of the description of the business).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::calendar::PeriodBounds;
use super::ids::{ContactId, InvoiceId, SiteId, SubscriptionId};
use super::order::PaymentMethod;
use super::schedule::{self, Due, DueKind};
use super::subscription::SubscriptionLineKind;
use super::tax::TaxRates;
use super::time::Timestamp;
use super::words::words;
use crate::store::{FacetValue, Record, record_fields};

/// A demand for money.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Invoice {
    /// Its id.
    pub id: InvoiceId,
    /// `total` less credit notes before payment and account credit used (I6).
    pub amount_due: i64,
    /// What was paid of it (I6).
    pub amount_paid: i64,
    /// Who owes it.
    pub contact: ContactId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was issued (I3).
    pub finalized_at: Option<Timestamp>,
    /// What it is for.
    pub line_items: Vec<InvoiceLine>,
    /// Its number, from finalisation on (I3).
    pub number: Option<String>,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
    /// What it covers; none for what is charged once.
    pub period: Option<PeriodBounds>,
    /// Credited after it was paid (N4).
    pub post_payment_credit_notes_amount: i64,
    /// Credited before it was paid (N3).
    pub pre_payment_credit_notes_amount: i64,
    /// The customer's own order number.
    pub purchase_order_number: Option<String>,
    /// Where.
    pub site: SiteId,
    /// Its state.
    pub status: InvoiceStatus,
    /// The subscription it belongs to; none for one-off invoices (I9).
    pub subscription: Option<SubscriptionId>,
    /// `total` less `tax` (I5).
    pub subtotal: i64,
    /// Tax contained in `total` (I5).
    pub tax: i64,
    /// Sum of the lines (I5).
    pub total: i64,
    /// When it was voided.
    pub voided_at: Option<Timestamp>,
    /// What only the control API shows.
    pub collection: Collection,
}

/// A line of an invoice, net of its discount (I4).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvoiceLine {
    /// Code for bookkeeping.
    pub accounting_code: Option<String>,
    /// What it is, in words.
    pub description: Option<String>,
    /// What was taken off.
    pub discount_total: i64,
    /// Price of one piece.
    pub price: i64,
    /// Whether it settles a change within a period (R3).
    pub proration: bool,
    /// Number of pieces.
    pub quantity: i64,
    /// Tax contained in `total`.
    pub tax: i64,
    /// Price times quantity less discount.
    pub total: i64,
    /// Kind of line; none for deposits and free texts.
    #[serde(rename = "type")]
    pub kind: Option<SubscriptionLineKind>,
    /// The rates that its tax was reckoned with, for credit notes (N6).
    pub rates: TaxRates,
}

/// How an invoice is collected; fixed when it is raised (I16).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Collection {
    /// How it is paid.
    pub method: PaymentMethod,
    /// What it is for.
    pub purpose: InvoicePurpose,
    /// The day it is due (I8).
    pub due_on: Option<NaiveDate>,
    /// Account credit used (I7).
    pub credit_used: i64,
    /// When the first attempt to charge it failed (D8).
    pub failed_at: Option<Timestamp>,
    /// Whether a debit is with the bank (I12).
    pub processing: bool,
    /// Attempts to charge it, the oldest first (X6).
    pub attempts: Vec<PaymentAttempt>,
    /// What is left of the deposit, if it is one (section 11).
    pub deposit: Option<Deposit>,
    /// How many retries were made (D1).
    pub retries: u32,
    /// Whether it is what the units of its tenancy are locked for by themselves, unless somebody lifted that (D7, A22).
    pub locks: bool,
    /// What falls due in it.
    pub due: InvoiceDue,
}

/// What falls due in an invoice by itself. Of an invoice that is paid, void or given up, nothing does (D5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct InvoiceDue {
    /// That a draft is finalised and charged (B8, H10).
    pub finalization: Option<Timestamp>,
    /// That the bank answers to a debit (I13).
    pub bank_result: Option<Timestamp>,
    /// That a charge which failed is tried again (D1).
    pub retry: Option<Timestamp>,
    /// That the units of the tenancy are overlocked (D7).
    pub overlock: Option<Timestamp>,
}

/// An attempt to charge an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct PaymentAttempt {
    pub at: Timestamp,
    pub amount: i64,
    pub method: PaymentMethod,
    pub outcome: AttemptOutcome,
}

/// What is left of a deposit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deposit {
    /// What is still held, in minor units.
    pub held: i64,
    /// Whether it is settled, which is final.
    pub settled: bool,
}

words! {
    /// The states of an invoice.
    InvoiceStatus {
        Draft = "draft",
        Open = "open",
        Paid = "paid",
        Uncollectible = "uncollectible",
        Void = "void",
    }

    /// What an invoice is for.
    InvoicePurpose {
        /// A period of a subscription.
        Recurring = "recurring",
        /// The deposits of an order.
        Deposit = "deposit",
        /// The one-time products of an order.
        Products = "products",
        /// The difference that a change within a period makes (R5).
        Proration = "proration",
        /// What staff charge once.
        OneOff = "one_off",
        /// A late fee (D11).
        LateFee = "late_fee",
    }

    /// How far a deposit is (section 11).
    DepositState {
        /// Something of it is held.
        Held = "held",
        /// All of it was given back or withheld, which is final.
        Settled = "settled",
    }

    /// How an attempt to charge ended.
    AttemptOutcome {
        Succeeded = "succeeded",
        Declined = "declined",
        /// With the bank.
        Processing = "processing",
        /// Called off at the bank, as the invoice was paid by other means or voided meanwhile.
        CalledOff = "called_off",
    }
}

impl Invoice {
    /// What is still to be paid (I6).
    pub fn outstanding(&self) -> i64 {
        self.amount_due - self.amount_paid
    }
}

impl Deposit {
    /// How far it is.
    pub const fn state(self) -> DepositState {
        if self.settled { DepositState::Settled } else { DepositState::Held }
    }
}

impl Collection {
    /// Whether it is charged by itself, and not left to the customer (I11, I12, I15).
    pub fn is_automatic(&self) -> bool {
        self.method != PaymentMethod::Manual
    }

    /// Notes what became of the debit that is with the bank, if one is.
    pub(super) fn answer(&mut self, outcome: AttemptOutcome) {
        let last = self.attempts.last_mut().filter(|attempt| attempt.outcome == AttemptOutcome::Processing);
        if let Some(attempt) = last {
            attempt.outcome = outcome;
        }
        self.processing = false;
        self.due.bank_result = None;
    }

    /// Ends the collecting: the invoice is paid or void, so that nothing falls due in it any more (D2, D5).
    pub(super) fn end(&mut self) {
        self.answer(AttemptOutcome::CalledOff);
        self.due = InvoiceDue::default();
        self.locks = false;
    }
}

impl Record for Invoice {
    record_fields!(id: InvoiceId, created_at);

    fn facets(&self, add: &mut dyn FnMut(&'static str, FacetValue)) {
        add("contact_id", self.contact.into());
        add("site_id", self.site.into());
        add("subscription_id", self.subscription.into());
        add("status", self.status.as_str().into());
        if let Some(deposit) = self.collection.deposit {
            add("deposit", deposit.state().as_str().into());
        }
    }

    fn dues(&self, add: &mut dyn FnMut(Due)) {
        let InvoiceDue { finalization, bank_result, retry, overlock } = self.collection.due;
        let planned: &[_] = match self.status {
            InvoiceStatus::Draft => &[(finalization, DueKind::Finalization)],
            InvoiceStatus::Open => {
                &[(bank_result, DueKind::BankResult), (retry, DueKind::Retry), (overlock, DueKind::Overlock)]
            }
            // A debit that is with the bank is answered, given up or not; nothing is tried anew.
            InvoiceStatus::Uncollectible => &[(bank_result, DueKind::BankResult)],
            InvoiceStatus::Paid | InvoiceStatus::Void => &[],
        };
        schedule::each(self.site, planned.iter().copied(), add);
    }
}
