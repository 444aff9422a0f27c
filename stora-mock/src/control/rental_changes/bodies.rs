//! What the operations on rentals take and give.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::control::TaxRatesChange;
use crate::control::catalogue::{Day, Moment};
use crate::domain::changes::{
    AddedLine, EditedLine, LineEdits, NewPriceIncrease, PriceIncreaseStatus, RaisedPrices, RatesChange, Timing,
};
use crate::domain::faults::Faults;
use crate::domain::ids::AnyId;
use crate::domain::money::Percent;
use crate::domain::order::PaymentMethod;
use crate::domain::refusal::{Fault, Refusal};
use crate::domain::subscription::Subscription;
use crate::domain::time::Timestamp;

/// Changes of what a subscription bills. Places of lines are those before the change, counted from 0.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChangeSubscription {
    /// When it takes effect.
    pub timing: ChangeTiming,
    /// Lines to change.
    pub change: Vec<ChangeLine>,
    /// Places of lines to remove. One line stays at least.
    pub remove: Vec<usize>,
    /// Lines to add.
    pub add: Vec<AddLine>,
}

/// When a change takes effect (R1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeTiming {
    /// Today.
    #[default]
    Immediately,
    /// At the next billing date, before that day's invoice (R7).
    OnNextRenewal,
    /// From a day of the current period on, today at the latest (R8).
    Backdated(#[schemars(with = "Day")] NaiveDate),
}

/// A line to change: what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeLine {
    /// Its place.
    pub line: usize,
    /// Another unit type, protection level or recurring product, of the same kind as the one it has.
    pub item_id: Option<String>,
    /// The price of one piece. Where it is left out and the item is another one, it is that of the catalogue.
    #[schemars(range(min = 0))]
    pub price: Option<i64>,
    /// How many pieces.
    #[schemars(range(min = 1))]
    pub quantity: Option<i64>,
}

/// A line to add.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddLine {
    /// A unit type, protection level or recurring product.
    pub item_id: String,
    /// The price of one piece; that of the catalogue where it is left out.
    #[schemars(range(min = 0))]
    pub price: Option<i64>,
    /// How many pieces.
    #[serde(default = "one")]
    #[schemars(range(min = 1))]
    pub quantity: i64,
}

/// A new billing date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeBillingDate {
    /// The day at the site: a later one than today, up to the end of the next billing period (B9).
    #[schemars(with = "Day")]
    pub date: NaiveDate,
}

/// A coupon for a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddCoupon {
    /// The coupon.
    pub coupon_id: String,
    /// The place of the one line that it is tied to, counted from 0 (Q13). Where it is left out, the coupon says what it is for.
    pub line: Option<usize>,
}

/// How the coming invoices of a subscription are paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePaymentMethod {
    /// The way to pay. For a card or a mandate, the contact has to have saved one.
    pub payment_method: PaymentMethod,
    /// Whether a subscription that is paid by hand turns to the first card that its contact saves or pays by (I17).
    #[serde(default)]
    pub await_card: bool,
}

/// The customer's own order number.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePurchaseOrderNumber {
    /// The number; null for none.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schemars(required)]
    pub purchase_order_number: Option<String>,
}

/// A price increase of several subscriptions: of all, or none (L3).
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SchedulePriceIncrease {
    /// Which prices.
    pub raises: RaisedPrices,
    /// By how many per cent; negative to lower them.
    #[schemars(with = "f64", range(min = -100))]
    pub percent: Percent,
    /// How many days before, customers are told; none where it is left out (L4).
    #[schemars(range(max = 120))]
    pub notice_days: Option<u32>,
    /// The subscriptions.
    #[schemars(length(min = 1))]
    pub subscriptions: Vec<SubscriptionIncrease>,
}

/// A subscription whose prices are to be raised.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionIncrease {
    /// The subscription.
    pub subscription_id: String,
    /// One of its billing dates to come.
    #[schemars(with = "Day")]
    pub effective_on: NaiveDate,
}

/// Price increases.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PriceIncreases {
    /// One for each subscription that has one.
    pub price_increases: Vec<PriceIncreaseInfo>,
}

/// A price increase of a subscription.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PriceIncreaseInfo {
    /// The subscription.
    pub subscription_id: String,
    /// Which prices.
    pub raises: RaisedPrices,
    /// By how many per cent.
    #[schemars(with = "f64")]
    pub percent: Percent,
    /// The billing date that it takes effect on.
    #[schemars(with = "Day")]
    pub effective_on: NaiveDate,
    /// How many days before, the customer is told.
    pub notice_days: Option<u32>,
    /// When the customer is told, as long as that is to come.
    #[schemars(with = "Option<Moment>")]
    pub notice_at: Option<Timestamp>,
    /// How far it is.
    pub status: PriceIncreaseStatus,
}

/// How a subscription is billed, and what is planned for it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SubscriptionPlan {
    /// The subscription.
    pub subscription_id: String,
    /// The day that billing dates are counted from (B6, B9).
    #[schemars(with = "Day")]
    pub billing_anchor: NaiveDate,
    /// When the next recurring invoice is due, if there is to be one.
    #[schemars(with = "Option<Moment>")]
    pub next_invoice_at: Option<Timestamp>,
    /// How coming invoices are paid.
    pub payment_method: PaymentMethod,
    /// Whether it turns to the first card that its contact saves or pays by (I17).
    pub await_card: bool,
    /// The customer's own order number.
    pub purchase_order_number: Option<String>,
    /// The discount that it has.
    pub discount: Option<KeptDiscountInfo>,
    /// Changes of its lines that take effect at the next billing date, in the order in which staff made them.
    pub renewal: Vec<PlannedEdits>,
    /// The day that billing is to move to.
    #[schemars(with = "Option<Day>")]
    pub billing_date: Option<NaiveDate>,
    /// The price increase to come, or the last one that was applied.
    pub price_increase: Option<PriceIncreaseInfo>,
}

/// The discount of a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KeptDiscountInfo {
    /// The coupon that it came of.
    pub coupon_id: String,
    /// The day that it counts from (Q6).
    #[schemars(with = "Day")]
    pub since: NaiveDate,
    /// The place of the one line that it is tied to, if it is to one.
    pub line: Option<usize>,
}

/// Planned changes of lines, with the prices that they were given or that the catalogue had. Places are those of the lines now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PlannedEdits {
    /// Lines to change.
    pub change: Vec<PlannedEdit>,
    /// Places of lines to remove.
    pub remove: Vec<usize>,
    /// Lines to add.
    pub add: Vec<PlannedAddition>,
}

/// A line to change; what is null stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct PlannedEdit {
    pub line: usize,
    pub item_id: Option<String>,
    pub price: Option<i64>,
    pub quantity: Option<i64>,
}

/// A line to add.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[allow(missing_docs)]
pub struct PlannedAddition {
    pub item_id: String,
    pub price: Option<i64>,
    pub quantity: i64,
}

fn one() -> i64 {
    1
}

impl ChangeSubscription {
    /// The edits that it describes.
    pub(super) fn edits(self) -> Result<LineEdits, Refusal> {
        let mut faults = Faults::default();
        let mut edits = LineEdits { remove: self.remove, ..LineEdits::default() };
        for (i, line) in self.change.into_iter().enumerate() {
            let ChangeLine { line, item_id, price, quantity } = line;
            let item = item_id.as_deref().map(|id| item(id, format!("/change/{i}/item/id"))).transpose();
            let item = faults.gather(item)?.flatten();
            edits.change.push(EditedLine { line, item, price, quantity });
        }
        for (i, line) in self.add.into_iter().enumerate() {
            let AddLine { item_id, price, quantity } = line;
            let item = faults.gather(item(&item_id, format!("/add/{i}/item/id")))?;
            edits.add.extend(item.map(|item| AddedLine { item, price, quantity }));
        }
        faults.finish(Some(edits))
    }
}

/// The item that a body names. An id that none can have is as unknown as one that none has.
fn item(text: &str, pointer: String) -> Result<AnyId, Refusal> {
    AnyId::parse(text).ok_or_else(|| Refusal::Invalid(vec![Fault::unknown(pointer, "record", text)]))
}

impl From<ChangeTiming> for Timing {
    fn from(timing: ChangeTiming) -> Self {
        match timing {
            ChangeTiming::Immediately => Self::Immediately,
            ChangeTiming::OnNextRenewal => Self::OnNextRenewal,
            ChangeTiming::Backdated(day) => Self::Backdated(day),
        }
    }
}

impl From<TaxRatesChange> for RatesChange {
    fn from(change: TaxRatesChange) -> Self {
        let TaxRatesChange { unit_types, protections, products } = change;
        Self { unit_types, protections, products }
    }
}

impl From<&SchedulePriceIncrease> for NewPriceIncrease {
    fn from(new: &SchedulePriceIncrease) -> Self {
        Self { raises: new.raises, percent: new.percent, notice_days: new.notice_days }
    }
}

impl PriceIncreases {
    /// Those of subscriptions.
    pub(super) fn of<'s>(subscriptions: impl Iterator<Item = &'s Subscription>) -> Self {
        Self { price_increases: subscriptions.filter_map(PriceIncreaseInfo::of).collect() }
    }
}

impl PriceIncreaseInfo {
    fn of(subscription: &Subscription) -> Option<Self> {
        let increase = subscription.billing.plan.price_increase.as_ref()?;
        Some(Self {
            subscription_id: subscription.id.to_string(),
            raises: increase.raises,
            percent: increase.percent,
            effective_on: increase.effective.on,
            notice_days: increase.notice_days,
            notice_at: increase.notice_at,
            status: increase.status,
        })
    }
}

impl SubscriptionPlan {
    /// That of a subscription.
    pub(super) fn of(subscription: &Subscription) -> Self {
        let billing = &subscription.billing;
        let discount = billing.discount.as_ref().map(|kept| KeptDiscountInfo {
            coupon_id: kept.coupon.to_string(),
            since: kept.since,
            line: kept.terms.discount.scope.line(),
        });
        Self {
            subscription_id: subscription.id.to_string(),
            billing_anchor: billing.anchor,
            next_invoice_at: billing.next_invoice_at,
            payment_method: billing.payment_method,
            await_card: billing.plan.awaits_card,
            purchase_order_number: billing.purchase_order_number.clone(),
            discount,
            renewal: billing.plan.renewal.iter().map(PlannedEdits::from).collect(),
            billing_date: billing.plan.billing_date.map(|day| day.on),
            price_increase: PriceIncreaseInfo::of(subscription),
        }
    }
}

impl From<&LineEdits> for PlannedEdits {
    fn from(edits: &LineEdits) -> Self {
        let change = edits.change.iter().map(|edit| PlannedEdit {
            line: edit.line,
            item_id: edit.item.map(|item| item.to_string()),
            price: edit.price,
            quantity: edit.quantity,
        });
        let add = edits.add.iter().map(|line| PlannedAddition {
            item_id: line.item.to_string(),
            price: line.price,
            quantity: line.quantity,
        });
        Self { change: change.collect(), remove: edits.remove.clone(), add: add.collect() }
    }
}
