//! What people are told of: messages that would have been sent by e-mail (X6).

use serde::{Deserialize, Serialize};

use super::ids::{AnyId, ContactId};
use super::time::Timestamp;
use super::words::words;

/// A message that would have been sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// When.
    pub at: Timestamp,
    /// What it says.
    pub kind: NoticeKind,
    /// Who it is for; the operator's staff if nobody.
    pub to: Option<ContactId>,
    /// The record that it is about.
    pub about: AnyId,
}

words! {
    /// What a message says.
    NoticeKind {
        /// To the customer: the order is paid (if its e-mails are on).
        BookingConfirmation = "booking_confirmation",
        /// To the customer: the unit, and how to get in (if the order's e-mails are on).
        MoveInDay = "move_in_day",
        /// To the customer: an invoice to be paid by hand, with a link to pay it by card (I15, D11).
        InvoiceSent = "invoice_sent",
        /// To the customer: a charge failed (D1).
        PaymentFailed = "payment_failed",
        /// To the customer: prices will rise (L4).
        PriceIncrease = "price_increase",
        /// To the customer: a contract to sign (G2).
        ContractSent = "contract_sent",
        /// To the staff: too few units were available for an order (A7).
        UnitsMissing = "units_missing",
        /// To the staff: units were freed at the end of a tenancy (A24).
        UnitsFreed = "units_freed",
        /// To the staff: units stay allocated after the end of a tenancy (A25, A26).
        UnitsToDeallocate = "units_to_deallocate",
        /// To the staff: something that fell due was refused, and will not be tried again.
        ActRefused = "act_refused",
    }
}
