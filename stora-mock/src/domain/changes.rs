//! Changes of rentals by staff: of what a subscription bills, when, and how it is paid (sections 12 and 15 of the description of the
//! business). Some are carried out at once, some are planned, and the daily run carries them out (section 23, steps 2 and 3).

mod billing_date;
mod lines;
mod plan;
mod price_increase;
mod settlement;
mod terms;

use chrono::NaiveDate;

use super::ids::{ContactId, SubscriptionId};
use super::refusal::Refusal;
use super::subscription::Subscription;
use super::time::Timestamp;
use crate::store::World;

pub use billing_date::move_billing_date;
pub use lines::{Timing, change_lines};
pub use plan::{AddedLine, EditedLine, LineEdits, Plan, PriceIncreaseStatus, RaisedPrices};
pub(super) use price_increase::follow_calendar;
pub use price_increase::{
    NewPriceIncrease, RefusedIncrease, cancel_price_increase, give_notice, schedule_price_increases,
};
pub(super) use terms::card_given;
pub use terms::{RatesChange, add_coupon, set_payment_method, set_purchase_order_number, set_tax_rates};

/// Carries out what was planned for a subscription up to now, before the invoice of the day is raised: billing moves to its new date
/// (B9), prices rise (L5), and the lines become those of the renewal (R7). What is carried out is planned no longer, and nothing is once the
/// subscription has ended.
///
/// # Errors
/// Figures that are too large.
pub fn carry_out(world: &mut World, at: Timestamp, id: SubscriptionId) -> Result<(), Refusal> {
    if going_on(world, at, id, "M12").is_err() {
        drop_planned_from(world, id, NaiveDate::MIN);
        return Ok(());
    }
    // The move comes first: what it credits was paid by the prices before, and the new date is that of a renewal.
    billing_date::carry_out(world, at, id)?;
    price_increase::carry_out(world, at, id)?;
    lines::carry_out(world, at, id)
}

/// Withdraws what is planned for the lines and the billing date of a subscription. A price increase stays (L6 has its own act).
///
/// # Errors
/// Not found; a conflict when it has ended.
pub fn withdraw_plan(world: &mut World, at: Timestamp, id: SubscriptionId) -> Result<(), Refusal> {
    going_on(world, at, id, "R7")?;
    world.subscriptions.amend(id, at, |subscription| {
        subscription.billing.plan.renewal.clear();
        subscription.billing.plan.billing_date = None;
    });
    Ok(())
}

/// Drops what is planned for a subscription on the day of its end or later (M12). A plan does not show in the API, so that the
/// subscription does not count as changed.
pub(super) fn drop_planned_from(world: &mut World, id: SubscriptionId, end: NaiveDate) {
    world.subscriptions.update(id, |subscription| {
        let next = subscription.calendar().date(subscription.billing.invoices_raised);
        subscription.billing.plan.drop_from(end, next);
    });
}

/// A subscription that has not ended.
///
/// # Errors
/// Not found; a conflict by a rule when it has ended.
fn going_on<'w>(
    world: &'w World,
    at: Timestamp,
    id: SubscriptionId,
    rule: &'static str,
) -> Result<&'w Subscription, Refusal> {
    let subscription = world.subscriptions.get(id).ok_or(Refusal::NotFound)?;
    match subscription.ends_at.filter(|end| *end <= at) {
        None => Ok(subscription),
        Some(end) => Err(Refusal::conflict(rule, format!("The subscription {id} ended at {end}."))),
    }
}

/// Gives a contact account credit, which its next invoices use up (R6). It does not show in the API, so that the contact does not
/// count as changed.
pub(super) fn give_credit(world: &mut World, contact: ContactId, amount: i64) {
    world.contacts.update(contact, |contact| {
        contact.account.credit = contact.account.credit.saturating_add(amount);
    });
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
