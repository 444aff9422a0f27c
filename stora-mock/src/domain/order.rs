//! Orders: what a contact wants to rent and buy, until it is paid.

use serde::{Deserialize, Serialize};

use super::calendar::BillingPeriod;
use super::coupon::CouponTerms;
use super::discount::LineKind;
use super::ids::{
    AnyId, ContactId, ContractTemplateId, CouponId, OrderId, OrderLineItemId, SiteId, SubscriptionId, TenancyId,
};
use super::metadata::Metadata;
use super::tax::TaxRates;
use super::time::Timestamp;
use super::words::words;
use crate::store::{FacetValue, Record, record_fields};

/// A booking at one site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// How often the recurring lines are to be billed.
    pub billing_period: Option<BillingPeriod>,
    /// Who books.
    pub contact: Option<ContactId>,
    /// Template of the contract that completion makes.
    pub contract_template: Option<ContractTemplateId>,
    /// The coupon it carries.
    pub coupon: Option<CouponId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Which emails the customer gets.
    pub emails: Emails,
    /// Its lines, in the order in which they were added.
    pub line_items: Vec<OrderLineItemId>,
    /// The integrator's own pairs.
    pub metadata: Metadata,
    /// How the customer will pay.
    pub payment_method: PaymentMethod,
    /// The customer's own order number.
    pub purchase_order_number: Option<String>,
    /// Where. It never changes.
    pub site: SiteId,
    /// The channel it came through.
    pub source: OrderSource,
    /// When storage begins.
    pub starts_at: Option<StartsAt>,
    /// Its state.
    pub status: OrderStatus,
    /// The subscription that completion made.
    pub subscription: Option<SubscriptionId>,
    /// The tenancy that completion made.
    pub tenancy: Option<TenancyId>,
    /// Its figures.
    pub totals: Totals,
    /// What its coupon takes off, as it was when the figures were last worked out. It is handed on to the subscription (Q10).
    pub discount: Option<CouponTerms>,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The address of the page where it is paid ends in this; set from finalizing on.
    pub checkout_token: Option<String>,
    /// Where a customer goes who cancels on that page (O11).
    pub cancel_redirect_url: Option<String>,
}

/// Figures of an order, in minor units (O17 to O21).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Totals {
    pub subtotal: i64,
    pub total_discount: i64,
    pub total: i64,
    pub tax: i64,
    pub total_excluding_tax: i64,
    pub one_time_total: i64,
    pub one_time_total_excluding_tax: i64,
}

/// Which emails a customer gets about an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Emails {
    pub booking_confirmation: bool,
    pub move_in_day: bool,
}

/// When storage begins: at an instant, or as the order completes (O6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum StartsAt {
    At(Timestamp),
    Now,
}

/// One thing on an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderLineItem {
    /// Its id.
    pub id: OrderLineItemId,
    /// Its order.
    pub order: OrderId,
    /// When it was made.
    pub created_at: Timestamp,
    /// What the coupon takes off it.
    pub discount_total: i64,
    /// A unit type, protection level or product.
    pub item: AnyId,
    /// Price of one piece.
    pub price: i64,
    /// Whether the caller set the price, so that it stays when the billing period changes (O14).
    pub price_set_by_caller: bool,
    /// Number of pieces.
    pub quantity: i64,
    /// Tax contained in `total`.
    pub tax: i64,
    /// Price times quantity, before discount.
    pub total: i64,
    /// Kind of line.
    #[serde(rename = "type")]
    pub kind: OrderLineKind,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Whether it is charged in every billing period, not once.
    pub recurring: bool,
    /// The rates that its tax was last worked out with. They are handed on to the subscription (T4).
    pub tax_rates: TaxRates,
}

words! {
    /// The states of an order.
    OrderStatus {
        Draft = "draft",
        Finalized = "finalized",
        Completed = "completed",
        Abandoned = "abandoned",
    }

    /// The channel that an order came through.
    OrderSource {
        PublicApi = "public_api",
        Storefront = "storefront",
        Backoffice = "backoffice",
    }

    /// Kinds of lines of an order.
    OrderLineKind {
        UnitType = "unit_type",
        Protection = "protection",
        Product = "product",
        SecurityDeposit = "security_deposit",
    }

    /// Ways to pay. Orders through the API are paid by one of the first three.
    PaymentMethod {
        Card = "card",
        BacsDebit = "bacs_debit",
        SepaDebit = "sepa_debit",
        /// By hand: cash, cheque, bank transfer (I15).
        Manual = "manual",
    }
}

impl OrderLineItem {
    /// What it stands for, as far as discount and tax care.
    pub fn line_kind(&self) -> LineKind {
        match self.kind {
            OrderLineKind::UnitType => LineKind::UnitType,
            OrderLineKind::Protection => LineKind::Protection,
            OrderLineKind::Product if self.recurring => LineKind::RecurringProduct,
            OrderLineKind::Product => LineKind::OneTimeProduct,
            OrderLineKind::SecurityDeposit => LineKind::SecurityDeposit,
        }
    }
}

impl StartsAt {
    /// The instant that it stands for now (O6).
    pub fn resolved(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(start) => start,
            Self::Now => now,
        }
    }
}

impl PaymentMethod {
    /// Whether the bank collects it, slowly (I12).
    pub fn is_direct_debit(self) -> bool {
        matches!(self, Self::BacsDebit | Self::SepaDebit)
    }
}

impl Record for Order {
    record_fields!(id: OrderId, created_at, updated_at);

    fn facets(&self, add: &mut dyn FnMut(&'static str, FacetValue)) {
        add("contact_id", self.contact.into());
        add("site_id", self.site.into());
        add("status", self.status.as_str().into());
        add("coupon_id", self.coupon.into());
        if let Some(token) = &self.checkout_token {
            add("checkout_token", token.clone().into());
        }
    }
}

impl Record for OrderLineItem {
    record_fields!(id: OrderLineItemId, created_at, updated_at);

    fn facets(&self, add: &mut dyn FnMut(&'static str, FacetValue)) {
        add("item_id", self.item.into());
    }
}
