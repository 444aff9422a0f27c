//! Subscriptions: what bills for a tenancy.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::calendar::{BillingCalendar, BillingPeriod, PeriodBounds};
use super::changes::Plan;
use super::coupon::CouponTerms;
use super::discount::{Discount, LineKind};
use super::ids::{AnyId, ContactId, CouponId, OrderId, SiteId, SubscriptionId, TenancyId};
use super::invoicing::NewInvoiceLine;
use super::order::PaymentMethod;
use super::schedule::{Due, DueKind};
use super::tax::TaxRates;
use super::time::Timestamp;
use super::words::words;
use crate::store::{FacetValue, Record, World, record_fields};

/// What bills for a tenancy, period by period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// How often it bills.
    pub billing_period: BillingPeriod,
    /// Why it was cancelled: any token.
    pub cancellation_reason: Option<String>,
    /// Whether a cancellation was made (S1).
    pub cancelled: bool,
    /// Who pays.
    pub contact: ContactId,
    /// When it was made.
    pub created_at: Timestamp,
    /// The period that is billed; none before the start.
    pub current_period: Option<PeriodBounds>,
    /// When it ends, once that is arranged.
    pub ends_at: Option<Timestamp>,
    /// What it bills, in the order of the lines of the order.
    pub line_items: Vec<SubscriptionLine>,
    /// The order it came of; none if staff made it.
    pub order: Option<OrderId>,
    /// Where.
    pub site: SiteId,
    /// When it starts.
    pub starts_at: Timestamp,
    /// The tenancy it bills for.
    pub tenancy: TenancyId,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// What only the control API shows.
    pub billing: Billing,
}

/// What a subscription bills in every period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubscriptionLine {
    /// Kind of line.
    #[serde(rename = "type")]
    pub kind: SubscriptionLineKind,
    /// A unit type, protection level or product.
    pub item: AnyId,
    /// Price of one piece, in minor units (S5).
    pub price: i64,
    /// Number of pieces.
    pub quantity: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Tax rates that it keeps (T4).
    pub tax: TaxRates,
}

/// How a subscription is billed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Billing {
    /// The day that billing dates are counted from (B6).
    pub anchor: NaiveDate,
    /// How many recurring invoices were raised; the next one has this number (B5).
    pub invoices_raised: u32,
    /// How it is paid.
    pub payment_method: PaymentMethod,
    /// The discount it keeps (S5).
    pub discount: Option<KeptDiscount>,
    /// Copied to its invoices.
    pub purchase_order_number: Option<String>,
    /// When the next recurring invoice is due; none once there is to be no other.
    pub next_invoice_at: Option<Timestamp>,
    /// Why it was cancelled, in words; there is one with the reason `other` (M2).
    pub cancellation_text: Option<String>,
    /// What was taken off the invoice of the current period, which changes within that period are discounted by too (R4).
    pub period_discount: Option<Discount>,
    /// What was paid for days that billing has moved away from, to be taken off the invoice of the new billing date (B9).
    #[serde(default)]
    pub unused: Vec<NewInvoiceLine>,
    /// What is to become of it.
    pub plan: Plan,
}

/// A discount as it was when it was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptDiscount {
    /// The coupon it came of.
    pub coupon: CouponId,
    /// What it takes off, and for how long.
    pub terms: CouponTerms,
    /// The day its window counts from (Q6).
    pub since: NaiveDate,
    /// What a fixed amount took off the one-time lines of the order. The first invoice takes off that much less, as the amount
    /// counts once for an order (Q1).
    pub taken_at_booking: i64,
    /// Whether the first invoice since then was raised: the one that `once` counts for (Q5).
    pub begun: bool,
}

words! {
    /// Kinds of lines of subscriptions and invoices.
    SubscriptionLineKind {
        UnitType = "unit_type",
        Protection = "protection",
        CustomProduct = "custom_product",
    }
}

impl Subscription {
    /// Whether a date is that of its end or a later one, so that no period is billed that begins on it (M7).
    pub fn is_over_on(&self, date: NaiveDate, zone: Tz) -> bool {
        self.ends_at.is_some_and(|end| end.date_in(zone) <= date)
    }

    /// Its billing dates.
    pub fn calendar(&self) -> BillingCalendar {
        BillingCalendar { anchor: self.billing.anchor, period: self.billing_period }
    }

    /// The instants between which billing period number `k` runs, counted from 0; the one in which the subscription ends runs up to
    /// the move-out (M6).
    pub fn period_bounds(&self, k: u32, zone: Tz) -> PeriodBounds {
        let bounds = self.calendar().bounds(k, self.starts_at, zone);
        let end = self.ends_at.filter(|end| end.date_in(zone) < bounds.ends_at.date_in(zone));
        PeriodBounds { ends_at: end.unwrap_or(bounds.ends_at), ..bounds }
    }

    /// The period that runs, from the start on: the one that was billed last, or, just started and not billed yet, the one that its
    /// first invoice is to be for.
    pub fn running_period(&self, world: &World) -> Option<PeriodBounds> {
        self.current_period.or_else(|| {
            world.tenancies.get(self.tenancy).filter(|tenancy| tenancy.started)?;
            let zone = world.sites.get(self.site)?.settings.time_zone;
            let day = self.updated_at.date_in(zone);
            let k = self.calendar().index_of(day).filter(|_| !self.is_over_on(day, zone))?;
            Some(self.period_bounds(k, zone))
        })
    }
}

impl SubscriptionLineKind {
    /// What a line of this kind stands for, as far as discount and tax care.
    pub fn line_kind(self) -> LineKind {
        match self {
            Self::UnitType => LineKind::UnitType,
            Self::Protection => LineKind::Protection,
            Self::CustomProduct => LineKind::RecurringProduct,
        }
    }
}

impl Record for Subscription {
    record_fields!(id: SubscriptionId, created_at, updated_at);

    fn facets(&self, add: &mut dyn FnMut(&'static str, FacetValue)) {
        add("contact_id", self.contact.into());
        add("site_id", self.site.into());
        add("tenancy_id", self.tenancy.into());
        self.line_items.iter().for_each(|line| add("item_id", line.item.into()));
        // What it is to bill cannot go either.
        self.billing.plan.items().for_each(|item| add("item_id", item.into()));
    }

    fn dues(&self, add: &mut dyn FnMut(Due)) {
        if let Some(at) = self.billing.next_invoice_at {
            add(Due { at, kind: DueKind::RecurringInvoice, site: self.site });
        }
        let next_invoice_at = self.billing.next_invoice_at;
        self.billing.plan.dues(next_invoice_at, &mut |at, kind| add(Due { at, kind, site: self.site }));
    }
}
