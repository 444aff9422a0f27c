//! What happened: the events of the business (section 21 of its description).

use serde::{Deserialize, Serialize};

use super::ids::AnyId;
use super::time::Timestamp;
use super::words::words;

/// Something that happened to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The record it happened to.
    pub subject: AnyId,
    /// When.
    pub at: Timestamp,
}

impl EventKind {
    /// Whether the API documents the type; all others are concluded from what is documented (W3).
    pub const fn is_documented(self) -> bool {
        matches!(
            self,
            Self::ContactCreated
                | Self::ContactUpdated
                | Self::ContactChurned
                | Self::CouponCreated
                | Self::CouponUpdated
                | Self::CreditNoteCreated
                | Self::DealUpdated
                | Self::DealLost
                | Self::IdentityVerificationProcessing
                | Self::IdentityVerificationSucceeded
                | Self::InvoiceCreated
                | Self::InvoicePaid
                | Self::OrderCreated
                | Self::ProtectionLevelCreated
                | Self::ProtectionLevelUpdated
                | Self::UnitUpdated
                | Self::UnitTypeCreated
                | Self::UnitTypeUpdated
        )
    }

    /// What the resource that it tells of is called: what stands before the dot.
    pub fn resource(self) -> &'static str {
        self.as_str().split_once('.').map_or("", |(resource, _)| resource)
    }
}

words! {
    /// Types of events.
    EventKind {
        ContactCreated = "contact.created",
        ContactUpdated = "contact.updated",
        ContactChurned = "contact.churned",
        CouponCreated = "coupon.created",
        CouponUpdated = "coupon.updated",
        CreditNoteCreated = "credit_note.created",
        DealCreated = "deal.created",
        DealUpdated = "deal.updated",
        DealWon = "deal.won",
        DealLost = "deal.lost",
        IdentityVerificationProcessing = "identity_verification.processing",
        IdentityVerificationSucceeded = "identity_verification.succeeded",
        IdentityVerificationFailed = "identity_verification.failed",
        InvoiceCreated = "invoice.created",
        InvoiceFinalized = "invoice.finalized",
        InvoicePaid = "invoice.paid",
        InvoiceVoided = "invoice.voided",
        InvoiceMarkedUncollectible = "invoice.marked_uncollectible",
        OrderCreated = "order.created",
        OrderUpdated = "order.updated",
        OrderFinalized = "order.finalized",
        OrderCompleted = "order.completed",
        OrderAbandoned = "order.abandoned",
        ProtectionLevelCreated = "protection_level.created",
        ProtectionLevelUpdated = "protection_level.updated",
        SubscriptionStarted = "subscription.started",
        SubscriptionCancelled = "subscription.cancelled",
        SubscriptionEnded = "subscription.ended",
        UnitCreated = "unit.created",
        UnitUpdated = "unit.updated",
        UnitAvailable = "unit.available",
        UnitReserved = "unit.reserved",
        UnitOccupied = "unit.occupied",
        UnitOverlocked = "unit.overlocked",
        UnitUnavailable = "unit.unavailable",
        UnitRepossessed = "unit.repossessed",
        UnitTypeCreated = "unit_type.created",
        UnitTypeUpdated = "unit_type.updated",
    }
}
