//! Moves of the billing date (B9).

use chrono::NaiveDate;

use super::plan::PlannedDay;
use super::settlement::{Rest, unused};
use super::{going_on, price_increase};
use crate::domain::billing::{plan_next_invoice, zone};
use crate::domain::calendar::daily_run;
use crate::domain::ids::SubscriptionId;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::store::World;

/// Moves the billing date of a subscription to a later day, in the daily run of that day: the first period from the new date is
/// billed then, less what was paid for the days from there on (R3), and billing dates are counted from that day. A later move takes the
/// place of one that is planned, and a day that is a billing date anyway leaves things as they are.
///
/// # Errors
/// Not found; a conflict when the subscription has ended, was cancelled or was not billed yet, in which case billing follows the start
/// (S4); at `/date`, a day that is not to come or is beyond the next billing period.
pub fn move_billing_date(world: &mut World, at: Timestamp, id: SubscriptionId, to: NaiveDate) -> Result<(), Refusal> {
    let subscription = going_on(world, at, id, "B9")?;
    if subscription.current_period.is_none() {
        let reason = format!("The subscription {id} was not billed yet; its billing dates follow its start.");
        return Err(Refusal::conflict("B9", reason));
    }
    if subscription.cancelled {
        let reason = format!("The subscription {id} was cancelled; its last billing dates stay.");
        return Err(Refusal::conflict("B9", reason));
    }
    let zone = zone(world, subscription)?;
    let (today, calendar) = (at.date_in(zone), subscription.calendar());
    let last = calendar.date(subscription.billing.invoices_raised.saturating_add(1));
    if to <= today || to > last {
        let reason =
            format!("Billing moves to a day after {today} and up to {last}, the end of the next billing period.");
        return Err(Refusal::invalid("/date", reason));
    }
    if calendar.goes_on_from(to) {
        world.subscriptions.amend(id, at, |subscription| subscription.billing.plan.billing_date = None);
        return Ok(());
    }
    let day = PlannedDay { on: to, at: daily_run(to, zone) };
    world.subscriptions.amend(id, at, |subscription| subscription.billing.plan.billing_date = Some(day));
    Ok(())
}

/// Moves billing to the planned day, if that has come: notes what is to be given back for the unused days, and counts billing dates
/// from there.
///
/// # Errors
/// Not found; figures that are too large.
pub(super) fn carry_out(world: &mut World, at: Timestamp, id: SubscriptionId) -> Result<(), Refusal> {
    let subscription = world.subscriptions.get(id).ok_or(Refusal::NotFound)?;
    let Some(day) = subscription.billing.plan.billing_date.filter(|day| day.at <= at) else { return Ok(()) };
    let zone = zone(world, subscription)?;
    let rest = Rest::of(subscription, zone, day.on);
    let unused = rest.map_or_else(|| Ok(Vec::new()), |rest| unused(world, subscription, &rest))?;
    world.subscriptions.amend(id, at, |subscription| {
        subscription.billing.anchor = day.on;
        subscription.billing.invoices_raised = 0;
        subscription.billing.unused = unused;
        subscription.billing.plan.billing_date = None;
        price_increase::follow_calendar(subscription, zone);
    });
    plan_next_invoice(world, id)
}
