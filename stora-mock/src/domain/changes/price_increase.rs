//! Price increases (section 15).

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

use super::going_on;
use super::plan::{PlannedDay, PriceIncrease, PriceIncreaseStatus, RaisedPrices};
use crate::domain::billing::{too_large, zone};
use crate::domain::calendar::daily_run;
use crate::domain::faults::Faults;
use crate::domain::ids::SubscriptionId;
use crate::domain::money::{AmountOverflow, Percent, times};
use crate::domain::notice::NoticeKind;
use crate::domain::refusal::Refusal;
use crate::domain::subscription::{Subscription, SubscriptionLine};
use crate::domain::time::Timestamp;
use crate::store::World;

/// How long before the effective date a customer can be told, in days (L4).
const LONGEST_NOTICE: u32 = 120;

/// A price increase to be scheduled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewPriceIncrease {
    /// Which prices.
    pub raises: RaisedPrices,
    /// By how much; negative to lower them, by 100 at most.
    pub percent: Percent,
    /// How many days before, customers are told, at most 120; none for no notice.
    pub notice_days: Option<u32>,
}

/// Why a price increase is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedIncrease {
    /// The place of the subscription that it is refused for; none if it is by itself.
    pub place: Option<usize>,
    /// Why.
    pub refusal: Refusal,
}

/// Schedules a price increase of several subscriptions, each with the billing date of its own on which it takes effect: all of them,
/// or none (L3). A notice that is due today goes out at once, if it is past 06:00.
///
/// # Errors
/// At `/percent` and `/notice_days`, values that cannot be. Of each subscription: at `/subscription/id`, an id that there is not or that
/// is named twice; at `/effective_on`, a day that is no billing date to come, or whose notice would have been due on a day that has
/// passed (L4); at its root, prices that would be too large; a conflict when it has ended, or has an increase to come already (L6).
pub fn schedule_price_increases(
    world: &mut World,
    at: Timestamp,
    new: NewPriceIncrease,
    subscriptions: &[(SubscriptionId, NaiveDate)],
) -> Result<(), Vec<RefusedIncrease>> {
    new.check().map_err(|refusal| vec![RefusedIncrease { place: None, refusal }])?;
    let (mut checked, mut refused, mut named) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (place, (id, on)) in subscriptions.iter().enumerate() {
        let increase = if named.insert(*id) {
            new.checked_for(world, at, *id, *on)
        } else {
            Err(Refusal::invalid("/subscription/id", format!("The subscription {id} is named twice.")))
        };
        match increase {
            Ok(increase) => checked.push((*id, increase)),
            Err(refusal) => refused.push(RefusedIncrease { place: Some(place), refusal }),
        }
    }
    if !refused.is_empty() {
        return Err(refused);
    }
    for (id, increase) in checked {
        let is_due = increase.notice_at.is_some_and(|notice| notice <= at);
        world.subscriptions.amend(id, at, |subscription| subscription.billing.plan.price_increase = Some(increase));
        if is_due {
            give_notice(world, at, id).map_err(|refusal| vec![RefusedIncrease { place: None, refusal }])?;
        }
    }
    Ok(())
}

/// Calls off the price increase of a subscription (L6).
///
/// # Errors
/// Not found, also when it has none; a conflict once it is applied.
pub fn cancel_price_increase(world: &mut World, at: Timestamp, id: SubscriptionId) -> Result<(), Refusal> {
    let subscription = world.subscriptions.get(id).ok_or(Refusal::NotFound)?;
    let increase = subscription.billing.plan.price_increase.as_ref().ok_or(Refusal::NotFound)?;
    if increase.status == PriceIncreaseStatus::Applied {
        let reason = format!("The price increase of {id} was applied on {}.", increase.effective.on);
        return Err(Refusal::conflict("L6", reason));
    }
    world.subscriptions.amend(id, at, |subscription| subscription.billing.plan.price_increase = None);
    Ok(())
}

/// Tells the customer of the price increase that is to come (L4).
///
/// # Errors
/// Not found.
pub fn give_notice(world: &mut World, at: Timestamp, id: SubscriptionId) -> Result<(), Refusal> {
    let contact = world.subscriptions.get(id).ok_or(Refusal::NotFound)?.contact;
    // How far it is does not show in the API, so that the subscription does not count as changed.
    world.subscriptions.update(id, |subscription| {
        if let Some(increase) = &mut subscription.billing.plan.price_increase {
            increase.notice_at = None;
            increase.status = PriceIncreaseStatus::Notified;
        }
    });
    world.notify(at, NoticeKind::PriceIncrease, Some(contact), id);
    Ok(())
}

/// Raises the prices of a subscription whose price increase has come (L5).
///
/// # Errors
/// Not found; prices that are too large.
pub(super) fn carry_out(world: &mut World, at: Timestamp, id: SubscriptionId) -> Result<(), Refusal> {
    let subscription = world.subscriptions.get(id).ok_or(Refusal::NotFound)?;
    let Some(increase) = subscription.billing.plan.pending_increase().filter(|it| it.effective.at <= at) else {
        return Ok(());
    };
    let lines = raised(subscription, increase, at).map_err(|overflow| too_large(overflow.into()))?;
    world.subscriptions.amend(id, at, |subscription| {
        subscription.line_items = lines;
        if let Some(increase) = &mut subscription.billing.plan.price_increase {
            increase.status = PriceIncreaseStatus::Applied;
            increase.notice_at = None;
        }
    });
    Ok(())
}

/// Puts the price increase that is to come on a billing date again, after these have moved: its own day or the next one after it.
pub(in crate::domain) fn follow_calendar(subscription: &mut Subscription, zone: Tz) {
    let calendar = subscription.calendar();
    let Some(increase) = &mut subscription.billing.plan.price_increase else { return };
    if increase.status == PriceIncreaseStatus::Applied {
        return;
    }
    let on = increase.effective.on;
    let on = match calendar.index_of(on) {
        Some(k) if calendar.date(k) < on => calendar.date(k.saturating_add(1)),
        Some(_) => on,
        None => calendar.anchor,
    };
    if on != increase.effective.on {
        increase.effective = PlannedDay { on, at: daily_run(on, zone) };
        if increase.notice_at.is_some() {
            increase.notice_at = notice_day(on, increase.notice_days).map(|day| daily_run(day, zone));
        }
    }
}

impl NewPriceIncrease {
    fn check(self) -> Result<(), Refusal> {
        let mut faults = Faults::default();
        if self.percent.units() < -Percent::HUNDRED.units() {
            faults.add("/percent", "A price cannot be lowered by more than 100 per cent.");
        }
        if self.notice_days.is_some_and(|days| days > LONGEST_NOTICE) {
            faults.add("/notice_days", format!("Customers are told {LONGEST_NOTICE} days before at most."));
        }
        faults.none()
    }

    /// The increase of one subscription that takes effect on a day.
    fn checked_for(
        self,
        world: &World,
        at: Timestamp,
        id: SubscriptionId,
        on: NaiveDate,
    ) -> Result<PriceIncrease, Refusal> {
        if !world.subscriptions.contains(id) {
            return Err(Refusal::unknown("/subscription/id", id));
        }
        let subscription = going_on(world, at, id, "L3")?;
        let zone = zone(world, subscription)?;
        let effective = PlannedDay { on, at: daily_run(on, zone) };
        if effective.at <= at || !bills_on(subscription, zone, on) {
            let reason = format!("{on} is no billing date to come of the subscription {id}.");
            return Err(Refusal::invalid("/effective_on", reason));
        }
        let notice_day = notice_day(on, self.notice_days);
        if let Some(day) = notice_day.filter(|day| *day < at.date_in(zone)) {
            let reason = format!("The notice of an increase on {on} would have been due on {day}, which has passed.");
            return Err(Refusal::invalid("/effective_on", reason));
        }
        let increase = PriceIncrease {
            raises: self.raises,
            percent: self.percent,
            effective,
            notice_days: self.notice_days,
            notice_at: notice_day.map(|day| daily_run(day, zone)),
            status: PriceIncreaseStatus::Scheduled,
        };
        raised(subscription, &increase, at).map_err(|overflow| Refusal::invalid("", overflow.to_string()))?;
        if let Some(other) = subscription.billing.plan.pending_increase() {
            let reason = format!("The subscription {id} has a price increase on {} already.", other.effective.on);
            return Err(Refusal::conflict("L6", reason));
        }
        Ok(increase)
    }
}

/// Whether a day is one of the billing dates of a subscription, with those in mind that a planned move makes (B9), and the end.
fn bills_on(subscription: &Subscription, zone: Tz, day: NaiveDate) -> bool {
    let mut calendar = subscription.calendar();
    if let Some(moved) = subscription.billing.plan.billing_date.filter(|moved| moved.on <= day) {
        calendar.anchor = moved.on;
    }
    let is_billing_date = calendar.index_of(day).is_some_and(|k| calendar.date(k) == day);
    is_billing_date && subscription.ends_at.is_none_or(|end| day < end.date_in(zone))
}

fn notice_day(effective: NaiveDate, notice_days: Option<u32>) -> Option<NaiveDate> {
    effective.checked_sub_days(Days::new(notice_days?.into()))
}

/// The lines of a subscription with their prices raised: `new = round(old x (1 + p))`, line by line (L5).
fn raised(
    subscription: &Subscription,
    increase: &PriceIncrease,
    at: Timestamp,
) -> Result<Vec<SubscriptionLine>, AmountOverflow> {
    let raise = |line: &SubscriptionLine| {
        let mut line = line.clone();
        if increase.raises(line.kind) {
            let price = increase.percent.increase(line.price)?;
            times(price, line.quantity)?;
            if price != line.price {
                line.price = price;
                line.updated_at = at;
            }
        }
        Ok(line)
    };
    subscription.line_items.iter().map(raise).collect()
}
