//! How a subscription is paid, taxed and discounted.

use super::going_on;
use crate::domain::billing::zone;
use crate::domain::change::{ids_having, set};
use crate::domain::charging::check_saved;
use crate::domain::coupon::{Coupon, CouponDuration};
use crate::domain::discount::Scope;
use crate::domain::faults::Faults;
use crate::domain::ids::{ContactId, CouponId, SubscriptionId};
use crate::domain::order::PaymentMethod;
use crate::domain::refusal::Refusal;
use crate::domain::subscription::{KeptDiscount, Subscription, SubscriptionLineKind};
use crate::domain::tax::TaxRates;
use crate::domain::time::Timestamp;
use crate::store::World;

/// Tax rates to be set, per kind of line: what is none stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RatesChange {
    /// Of unit types.
    pub unit_types: Option<TaxRates>,
    /// Of protection.
    pub protections: Option<TaxRates>,
    /// Of recurring products.
    pub products: Option<TaxRates>,
}

/// Gives a subscription the discount of a coupon, which counts from today or from a start that is to come (Q6): on the lines that the
/// coupon is for, or on the one at a place, and on none that is added later (Q13). The invoice of the current period is what it was.
/// The subscription counts as one that carries the coupon (Q9).
///
/// # Errors
/// Not found; a conflict when it has ended, when it has a discount that is not used up (Q14), and when the coupon lapses before that
/// day (Q8) or is used up (Q9); at `/coupon/id` and `/line`, what there is not.
pub fn add_coupon(
    world: &mut World,
    at: Timestamp,
    id: SubscriptionId,
    coupon: CouponId,
    line: Option<usize>,
) -> Result<(), Refusal> {
    let subscription = going_on(world, at, id, "Q14")?;
    let mut faults = Faults::default();
    faults.check_known("/coupon/id", &world.coupons, Some(coupon));
    if let Some(line) = line.filter(|line| *line >= subscription.line_items.len()) {
        faults.add("/line", format!("There is no line {line}; lines are counted from 0."));
    }
    let known = world.coupons.get(coupon);
    let known = faults.finish(known)?;
    if let Some(kept) = subscription.billing.discount.as_ref().filter(|kept| !is_used_up(subscription, kept)) {
        let reason =
            format!("The subscription {id} has the discount of {} already, which stays as it is.", kept.coupon);
        return Err(Refusal::conflict("Q14", reason));
    }
    let today = at.date_in(zone(world, subscription)?);
    let since = if subscription.current_period.is_none() { today.max(subscription.billing.anchor) } else { today };
    known.admits(Some(since))?;
    let mut terms = known.terms.clone();
    set(&mut terms.discount.scope, line.map(Scope::Line));
    let kept = KeptDiscount { coupon, terms, since, taken_at_booking: 0, begun: false };
    world.subscriptions.amend(id, at, |subscription| subscription.billing.discount = Some(kept));
    Coupon::redeem(world, coupon);
    Ok(())
}

/// Says how the coming invoices of a subscription are paid. Those that were raised stay as they are (I16). `awaits_card` says that a
/// subscription which is paid by hand turns to the first card that its contact saves or pays by (I17).
///
/// # Errors
/// Not found; a conflict when it has ended, and when its contact has not saved a card or mandate of the kind (I17); at `/await_card`,
/// what awaits a card though it is not paid by hand.
pub fn set_payment_method(
    world: &mut World,
    at: Timestamp,
    id: SubscriptionId,
    method: PaymentMethod,
    awaits_card: bool,
) -> Result<(), Refusal> {
    let subscription = going_on(world, at, id, "I17")?;
    if awaits_card && method != PaymentMethod::Manual {
        return Err(Refusal::invalid("/await_card", "A subscription awaits a card while it is paid by hand."));
    }
    if method != PaymentMethod::Manual {
        check_saved(world, subscription.contact, method, "I17")?;
    }
    world.subscriptions.amend(id, at, |subscription| {
        subscription.billing.payment_method = method;
        subscription.billing.plan.awaits_card = awaits_card;
    });
    Ok(())
}

/// A contact has saved a card or paid by one: subscriptions of its that awaited a card are paid by it from now on (I17). Others, and
/// invoices that were raised, stay as they are (I16).
pub(in crate::domain) fn card_given(world: &mut World, at: Timestamp, contact: ContactId) {
    for id in ids_having(&world.subscriptions, "contact_id", &contact.into()) {
        world.subscriptions.amend(id, at, |subscription| {
            let goes_on = subscription.ends_at.is_none_or(|end| end > at);
            if goes_on && std::mem::take(&mut subscription.billing.plan.awaits_card) {
                subscription.billing.payment_method = PaymentMethod::Card;
            }
        });
    }
}

/// Gives the lines of a subscription other tax rates (T4). What they cost stays, as the tax is inside (T1).
///
/// # Errors
/// Not found; a conflict when it has ended.
pub fn set_tax_rates(
    world: &mut World,
    at: Timestamp,
    id: SubscriptionId,
    change: &RatesChange,
) -> Result<(), Refusal> {
    going_on(world, at, id, "T4")?;
    world.subscriptions.amend(id, at, |subscription| {
        for line in &mut subscription.line_items {
            let rates = match line.kind {
                SubscriptionLineKind::UnitType => &change.unit_types,
                SubscriptionLineKind::Protection => &change.protections,
                SubscriptionLineKind::CustomProduct => &change.products,
            };
            if let Some(rates) = rates.as_ref().filter(|rates| **rates != line.tax) {
                line.tax = rates.clone();
                line.updated_at = at;
            }
        }
    });
    Ok(())
}

/// Sets the customer's own order number, which coming invoices bear.
///
/// # Errors
/// Not found; a conflict when the subscription has ended.
pub fn set_purchase_order_number(
    world: &mut World,
    at: Timestamp,
    id: SubscriptionId,
    number: Option<String>,
) -> Result<(), Refusal> {
    going_on(world, at, id, "I16")?;
    world.subscriptions.amend(id, at, |subscription| subscription.billing.purchase_order_number = number);
    Ok(())
}

/// Whether nothing will be taken off any more by a discount (Q5).
fn is_used_up(subscription: &Subscription, kept: &KeptDiscount) -> bool {
    let next = subscription.calendar().date(subscription.billing.invoices_raised);
    match kept.terms.duration {
        CouponDuration::Forever => false,
        CouponDuration::Once => kept.begun,
        CouponDuration::Repeating => !kept.terms.lasting().discounts_invoice(kept.since, next, false),
    }
}
