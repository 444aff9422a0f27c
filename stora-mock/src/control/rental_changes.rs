//! What staff do to rentals that run or are to come: changes of what they are billed, when and how they are paid (X3, X4).
//!
//! Lines of a subscription are named by their places, counted from 0, as the API lists them. Amounts are in minor units of the
//! operator's currency.

mod bodies;

use stora_client::types;

pub use bodies::{
    AddCoupon, AddLine, ChangeBillingDate, ChangeLine, ChangePaymentMethod, ChangePurchaseOrderNumber,
    ChangeSubscription, ChangeTiming, KeptDiscountInfo, PlannedAddition, PlannedEdit, PlannedEdits, PriceIncreaseInfo,
    PriceIncreases, SchedulePriceIncrease, SubscriptionIncrease, SubscriptionPlan,
};

use super::handle::known;
use super::route::{Route, Tag, route};
use super::{ControlError, OperatorControl, TaxRatesChange};
use crate::api::body_id;
use crate::contract::Method::{Delete, Get, Post};
use crate::contract::error::{ApiError, Detail};
use crate::domain::changes::{self, RefusedIncrease};
use crate::domain::faults::Faults;
use crate::domain::ids::SubscriptionId;
use crate::domain::refusal::Refusal;
use crate::domain::subscription::Subscription;
use crate::domain::time::Timestamp;
use crate::store::World;

/// The operations.
pub(super) fn routes() -> Vec<Route> {
    let mut routes = changes();
    routes.extend(terms());
    routes.extend(price_increases());
    routes
}

fn changes() -> Vec<Route> {
    vec![
        route(
            Post,
            "/subscriptions/{subscription_id}/change",
            "subscription_change",
            Tag::Subscriptions,
            "Changes what a subscription bills: now, from a day on, or at its next billing date.",
        )
        .takes::<ChangeSubscription>()
        .record("subscription", "Subscription", |operator, input, change| {
            operator.change_subscription(input.param("subscription_id"), change)
        }),
        route(
            Post,
            "/subscriptions/{subscription_id}/billing_date",
            "subscription_billing_date",
            Tag::Subscriptions,
            "Moves the billing date of a subscription.",
        )
        .takes::<ChangeBillingDate>()
        .record("subscription", "Subscription", |operator, input, change| {
            operator.change_billing_date(input.param("subscription_id"), change)
        }),
        route(
            Get,
            "/subscriptions/{subscription_id}/plan",
            "subscription_plan",
            Tag::Subscriptions,
            "Shows how a subscription is billed, and what is planned for it.",
        )
        .operator(|operator, input, ()| operator.subscription_plan(input.param("subscription_id"))),
        route(
            Delete,
            "/subscriptions/{subscription_id}/plan",
            "subscription_plan_withdraw",
            Tag::Subscriptions,
            "Withdraws the changes that are planned for the lines and the billing date of a subscription.",
        )
        .operator_does(|operator, input, ()| operator.withdraw_subscription_plan(input.param("subscription_id"))),
    ]
}

fn terms() -> Vec<Route> {
    vec![
        route(
            Post,
            "/subscriptions/{subscription_id}/coupon",
            "subscription_coupon",
            Tag::Subscriptions,
            "Gives a subscription the discount of a coupon.",
        )
        .takes::<AddCoupon>()
        .record("subscription", "Subscription", |operator, input, coupon| {
            operator.add_subscription_coupon(input.param("subscription_id"), coupon)
        }),
        route(
            Post,
            "/subscriptions/{subscription_id}/payment_method",
            "subscription_payment_method",
            Tag::Subscriptions,
            "Says how the coming invoices of a subscription are paid.",
        )
        .takes::<ChangePaymentMethod>()
        .record("subscription", "Subscription", |operator, input, change| {
            operator.change_payment_method(input.param("subscription_id"), change)
        }),
        route(
            Post,
            "/subscriptions/{subscription_id}/tax_rates",
            "subscription_tax_rates",
            Tag::Subscriptions,
            "Gives the lines of a subscription other tax rates.",
        )
        .takes::<TaxRatesChange>()
        .record("subscription", "Subscription", |operator, input, change| {
            operator.change_subscription_tax_rates(input.param("subscription_id"), change)
        }),
        route(
            Post,
            "/subscriptions/{subscription_id}/purchase_order_number",
            "subscription_purchase_order_number",
            Tag::Subscriptions,
            "Sets the customer's own order number, which coming invoices bear.",
        )
        .takes::<ChangePurchaseOrderNumber>()
        .record("subscription", "Subscription", |operator, input, change| {
            operator.change_purchase_order_number(input.param("subscription_id"), change)
        }),
    ]
}

fn price_increases() -> Vec<Route> {
    vec![
        route(
            Get,
            "/price_increases",
            "price_increase_list",
            Tag::PriceIncreases,
            "Lists the price increases of subscriptions: those to come, and the last one that was applied to each.",
        )
        .operator(|operator, _, ()| Ok(operator.price_increases())),
        route(
            Post,
            "/price_increases",
            "price_increase_create",
            Tag::PriceIncreases,
            "Schedules a price increase of several subscriptions.",
        )
        .takes::<SchedulePriceIncrease>()
        .status(201)
        .operator(|operator, _, new| operator.schedule_price_increase(new)),
        route(
            Delete,
            "/subscriptions/{subscription_id}/price_increase",
            "price_increase_cancel",
            Tag::PriceIncreases,
            "Calls off the price increase of a subscription.",
        )
        .operator_does(|operator, input, ()| operator.cancel_price_increase(input.param("subscription_id"))),
    ]
}

impl OperatorControl {
    /// Staff change what a subscription bills (R1). What that makes of the current period is settled at once: by an invoice of its own
    /// or by account credit (R5, R6).
    ///
    /// # Errors
    /// Not found; lines that there are not or that are named twice, items that there are not or cannot be had here, prices and
    /// quantities that are missing or cannot be, a day to backdate to outside the current period (R8); a conflict when the subscription
    /// has ended, or what is planned for its next billing date would no longer fit.
    pub fn change_subscription(
        &self,
        id: &str,
        change: ChangeSubscription,
    ) -> Result<types::Subscription, ControlError> {
        self.act_on_subscription(id, |world, now, id| {
            let timing = change.timing.into();
            changes::change_lines(world, now, id, &change.edits()?, timing)
        })
    }

    /// Staff move the billing date of a subscription (B9).
    ///
    /// # Errors
    /// Not found; a day that has passed or is beyond the next billing period; a conflict when the subscription has ended, was cancelled
    /// or was not billed yet.
    pub fn change_billing_date(
        &self,
        id: &str,
        change: ChangeBillingDate,
    ) -> Result<types::Subscription, ControlError> {
        self.act_on_subscription(id, |world, now, id| changes::move_billing_date(world, now, id, change.date))
    }

    /// How a subscription is billed, and what is planned for it.
    ///
    /// # Errors
    /// Not found.
    pub fn subscription_plan(&self, id: &str) -> Result<SubscriptionPlan, ControlError> {
        let id = known(id)?;
        let world = self.operator.read();
        world.subscriptions.get(id).map(SubscriptionPlan::of).ok_or_else(ControlError::not_found)
    }

    /// Staff withdraw what is planned for the lines and the billing date of a subscription. A price increase stays.
    ///
    /// # Errors
    /// Not found; a conflict when the subscription has ended.
    pub fn withdraw_subscription_plan(&self, id: &str) -> Result<(), ControlError> {
        self.act(|world, now| Ok(changes::withdraw_plan(world, now, known(id)?)?))
    }

    /// Staff give a subscription the discount of a coupon (Q6).
    ///
    /// # Errors
    /// Not found; a coupon or a line that there is not; a conflict when the subscription has ended or has a discount already (Q14), and
    /// when the coupon has lapsed (Q8) or is used up (Q9).
    pub fn add_subscription_coupon(&self, id: &str, coupon: AddCoupon) -> Result<types::Subscription, ControlError> {
        self.act_on_subscription(id, |world, now, id| {
            let AddCoupon { coupon_id, line } = coupon;
            changes::add_coupon(world, now, id, body_id(&coupon_id, "/coupon_id")?, line)
        })
    }

    /// Staff say how the coming invoices of a subscription are paid (I16, I17).
    ///
    /// # Errors
    /// Not found; a conflict when the subscription has ended, and when its contact has not saved a card or mandate of the kind.
    pub fn change_payment_method(
        &self,
        id: &str,
        change: ChangePaymentMethod,
    ) -> Result<types::Subscription, ControlError> {
        self.act_on_subscription(id, |world, now, id| {
            changes::set_payment_method(world, now, id, change.payment_method, change.await_card)
        })
    }

    /// Staff give the lines of a subscription other tax rates (T4).
    ///
    /// # Errors
    /// Not found; a conflict when the subscription has ended.
    pub fn change_subscription_tax_rates(
        &self,
        id: &str,
        change: TaxRatesChange,
    ) -> Result<types::Subscription, ControlError> {
        self.act_on_subscription(id, |world, now, id| changes::set_tax_rates(world, now, id, &change.into()))
    }

    /// Staff set the customer's own order number, which coming invoices of the subscription bear.
    ///
    /// # Errors
    /// Not found; a conflict when the subscription has ended.
    pub fn change_purchase_order_number(
        &self,
        id: &str,
        change: ChangePurchaseOrderNumber,
    ) -> Result<types::Subscription, ControlError> {
        self.act_on_subscription(id, |world, now, id| {
            changes::set_purchase_order_number(world, now, id, change.purchase_order_number)
        })
    }

    /// The price increases of subscriptions: those to come, and the last one that was applied to each.
    pub fn price_increases(&self) -> PriceIncreases {
        PriceIncreases::of(self.operator.read().subscriptions.iter())
    }

    /// Staff schedule a price increase of several subscriptions: all of them, or none (L3). Gives what was scheduled.
    ///
    /// # Errors
    /// Subscriptions that there are not or that are named twice, days that are no billing dates to come, notices that would have been
    /// due already (L4), values that cannot be; a conflict when one has ended or has an increase to come already (L6). All that is
    /// refused is named.
    pub fn schedule_price_increase(&self, new: SchedulePriceIncrease) -> Result<PriceIncreases, ControlError> {
        self.act(|world, now| {
            let (mut faults, increase) = (Faults::default(), (&new).into());
            let mut subscriptions = Vec::with_capacity(new.subscriptions.len());
            for (i, named) in new.subscriptions.into_iter().enumerate() {
                let pointer = format!("/subscriptions/{i}/subscription_id");
                let id = body_id::<SubscriptionId>(&named.subscription_id, &pointer);
                subscriptions.extend(faults.gather(id)?.map(|id| (id, named.effective_on)));
            }
            faults.none()?;
            changes::schedule_price_increases(world, now, increase, &subscriptions).map_err(together)?;
            Ok(PriceIncreases::of(subscriptions.iter().filter_map(|(id, _)| world.subscriptions.get(*id))))
        })
    }

    /// Staff call off the price increase of a subscription (L6).
    ///
    /// # Errors
    /// Not found, also when it has none; a conflict once it is applied.
    pub fn cancel_price_increase(&self, id: &str) -> Result<(), ControlError> {
        self.act(|world, now| Ok(changes::cancel_price_increase(world, now, known(id)?)?))
    }

    fn act_on_subscription(
        &self,
        id: &str,
        act: impl FnOnce(&mut World, Timestamp, SubscriptionId) -> Result<(), Refusal>,
    ) -> Result<types::Subscription, ControlError> {
        self.act_on::<Subscription>(|world, now| {
            let id = known(id)?;
            act(world, now, id).map_err(|refusal| ControlError::from(refusal).naming_ids())?;
            Ok(id)
        })
    }
}

/// Refusals of an act on several subscriptions as one: of values that cannot be used if any is, else of the state of things, each with
/// its place.
fn together(refused: Vec<RefusedIncrease>) -> ControlError {
    let (mut details, mut conflict) = (Vec::new(), None);
    let mut is_invalid = false;
    for RefusedIncrease { place, refusal } in refused {
        let part = place.map(|place| format!("/subscriptions/{place}")).unwrap_or_default();
        let error = ControlError::from(refusal).naming_ids().at(&part).0;
        match error.rule {
            Some(rule) => conflict = conflict.or(Some(rule)),
            None => is_invalid = true,
        }
        details.extend(error.details);
    }
    let conflict = conflict.filter(|_| !is_invalid);
    let Some(rule) = conflict else { return ApiError::invalid_content(details).into() };
    let message = details.iter().map(|detail: &Detail| detail.message.to_string()).collect::<Vec<_>>().join(" ");
    ApiError { details, ..ApiError::conflict(rule, message) }.into()
}
