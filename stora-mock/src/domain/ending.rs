//! How rentals end: cancelled by staff or customers, and what follows at the end (sections 5 and 14 of the description of the
//! business).

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::allocation::deallocate_all;
use super::billing::{plan_next_invoice, zone};
use super::calendar::end_of_day;
use super::changes;
use super::contact::{Contact, ContactStatus};
use super::event::EventKind;
use super::faults::Faults;
use super::ids::{ContactId, SubscriptionId, TenancyId, UnitId};
use super::notice::NoticeKind;
use super::refusal::Refusal;
use super::subscription::Subscription;
use super::tenancy::Tenancy;
use super::time::Timestamp;
use super::unit::UnitStatus;
use crate::store::World;

/// When a rental that has started is to end (M2). One that has not, ends at once (M1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelWhen {
    /// Now.
    Immediately,
    /// At the end of the day on which the period ends that is billed.
    EndOfTerm,
    /// At the end of a day.
    On(NaiveDate),
}

/// A cancellation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancellation {
    /// When the rental is to end.
    pub when: CancelWhen,
    /// Why: a word of the operator's list; [`UNKNOWN`] where nobody said.
    pub reason: Option<String>,
    /// Why, in words; needed with the reason [`OTHER`].
    pub text: Option<String>,
}

/// The reason of whoever gives none, as in the portal (M8).
pub const UNKNOWN: &str = "unknown";

/// The reason where none of the list fits, which takes a text (M2).
pub const OTHER: &str = "other";

/// The last day that a rental can end on: the end of what the API can write as a date.
const LAST_DAY: Option<NaiveDate> = NaiveDate::from_ymd_opt(9999, 12, 31);

/// The most characters that a word for a reason has.
const LONGEST_REASON: usize = 50;

impl Cancellation {
    /// One without a reason.
    pub fn of(when: CancelWhen) -> Self {
        Self { when, reason: None, text: None }
    }

    /// Notes what cannot be.
    fn check(&self, today: NaiveDate) -> Result<(), Refusal> {
        let mut faults = Faults::default();
        if let CancelWhen::On(day) = self.when {
            if day < today {
                faults.add("/on", format!("Today is {today}; a rental does not end on a day that is past."));
            } else if LAST_DAY.is_none_or(|last| last < day) {
                faults.add("/on", "The year of this day has more than four digits.");
            }
        }
        if self.reason.as_deref().is_some_and(|reason| !is_word(reason)) {
            faults.add("/reason", "A reason is a word of lower-case letters, digits and underscores, 50 at most.");
        }
        let is_told = self.text.as_deref().is_some_and(|text| !text.trim().is_empty());
        if self.reason.as_deref() == Some(OTHER) && !is_told {
            faults.add("/text", "With the reason `other`, a text says why.");
        }
        faults.none()
    }
}

/// Cancels a rental: staff do, or the business itself. Nothing undoes it (S3).
///
/// Before the start it ends at once, whatever was chosen, and nothing recurring is billed: reserved units are available again,
/// whatever the switch of the site says, and a deposit stays held (M1). After the start it ends as chosen (M2, M3): now, on the day
/// on which the period ends that is billed, or on a chosen one, which may lie beyond that: full periods are billed until the last
/// one, which is billed in part (M5, M6), and none that begins on the last day or later (M7). Units are freed at the end of the day
/// in each case (H8). No notice period and no minimum stay are heeded (M10), and nothing is paid back (M4).
///
/// # Errors
/// Not found; a day that is past, a reason that is no word, and `other` without a text (M2); a conflict when it is cancelled
/// already (M9).
pub fn cancel(world: &mut World, at: Timestamp, id: SubscriptionId, cancellation: Cancellation) -> Result<(), Refusal> {
    let (subscription, tenancy, zone) = rental(world, id)?;
    let today = at.date_in(zone);
    cancellation.check(today)?;
    if subscription.cancelled {
        return Err(cancelled_already(subscription));
    }
    let has_started = tenancy.has_started(world, at);
    let ends_at = match cancellation.when {
        _ if !has_started => at,
        CancelWhen::Immediately => at,
        CancelWhen::EndOfTerm => end_of_day(term_end(subscription, today, zone), zone),
        CancelWhen::On(day) => end_of_day(day, zone),
    };
    let tenancy = tenancy.id;
    world.subscriptions.amend(id, at, |subscription| {
        subscription.cancelled = true;
        subscription.cancellation_reason = Some(cancellation.reason.unwrap_or_else(|| UNKNOWN.to_owned()));
        subscription.ends_at = Some(ends_at);
        subscription.billing.cancellation_text = cancellation.text;
    });
    world.tenancies.amend(tenancy, at, |tenancy| tenancy.ends_at = Some(ends_at));
    changes::drop_planned_from(world, id, ends_at.date_in(zone));
    plan_next_invoice(world, id)?;
    world.tell(EventKind::SubscriptionCancelled, id, at);
    if ends_at > at {
        world.tenancies.update(tenancy, |tenancy| {
            tenancy.due.end = Some(ends_at);
            tenancy.due.deallocation = Some(ends_at);
        });
        return Ok(());
    }
    world.tenancies.update(tenancy, |tenancy| tenancy.due.start = None);
    end(world, at, tenancy)?;
    if !has_started {
        let reserved = units(world, tenancy, |status| status == UnitStatus::Reserved);
        deallocate_all(world, at, &reserved)?;
    }
    let has_units = world.tenancies.get(tenancy).is_some_and(|tenancy| !tenancy.unit_allocations.is_empty());
    if has_units {
        let last_second = end_of_day(today, zone);
        world.tenancies.update(tenancy, |tenancy| tenancy.due.deallocation = Some(last_second));
    }
    churn_tenant(world, at, tenancy)
}

/// Cancels a rental as the customer does in the portal: it ends on the day up to which it is paid, and why is not known (M8).
///
/// # Errors
/// Not found; a conflict when customers may not (M8), and when it is cancelled already (M9).
pub fn cancel_in_portal(world: &mut World, at: Timestamp, id: SubscriptionId) -> Result<(), Refusal> {
    if !world.subscriptions.contains(id) {
        return Err(Refusal::NotFound);
    }
    if !world.settings.portal_cancellation {
        return Err(Refusal::conflict("M8", "Customers of this operator cannot cancel in the portal."));
    }
    cancel(world, at, id, Cancellation::of(CancelWhen::EndOfTerm))
}

/// What staff are told who want to undo a cancellation: it cannot be (S3).
///
/// # Errors
/// Always: not found, or a conflict (M9).
pub fn undo(world: &World, id: SubscriptionId) -> Result<(), Refusal> {
    let subscription = world.subscriptions.get(id).ok_or(Refusal::NotFound)?;
    if subscription.cancelled {
        return Err(cancelled_already(subscription));
    }
    Err(Refusal::conflict("M9", format!("The subscription {id} is not cancelled, so that there is nothing to undo.")))
}

/// A tenancy and its subscription end: the last second of the last day has come (H8). What follows for units and contact is up to
/// [`move_out`].
///
/// # Errors
/// Not found.
pub fn end(world: &mut World, at: Timestamp, id: TenancyId) -> Result<(), Refusal> {
    let subscription = world.tenancies.get(id).ok_or(Refusal::NotFound)?.subscription;
    world.tenancies.update(id, |tenancy| tenancy.due.end = None);
    if let Some(subscription) = subscription {
        world.tell(EventKind::SubscriptionEnded, subscription, at);
    }
    Ok(())
}

/// The day of the move-out is over. Units of the tenancy are freed by themselves, and staff are told (A24). Those that are
/// overlocked or repossessed stay (A25), and all do while the switch of the site is off (A26), which staff are told too. A contact
/// with no tenancy left churns (S6).
///
/// # Errors
/// Not found.
pub fn move_out(world: &mut World, at: Timestamp, id: TenancyId) -> Result<(), Refusal> {
    let tenancy = world.tenancies.get(id).ok_or(Refusal::NotFound)?;
    let frees_units = world.sites.get(tenancy.site).is_some_and(|site| site.settings.auto_deallocate);
    world.tenancies.update(id, |tenancy| tenancy.due.deallocation = None);
    let can_go = |status| frees_units && matches!(status, UnitStatus::Reserved | UnitStatus::Occupied);
    let freed = units(world, id, can_go);
    deallocate_all(world, at, &freed)?;
    if !freed.is_empty() {
        world.notify(at, NoticeKind::UnitsFreed, None, id);
    }
    if world.tenancies.get(id).is_some_and(|tenancy| !tenancy.unit_allocations.is_empty()) {
        world.notify(at, NoticeKind::UnitsToDeallocate, None, id);
    }
    churn_tenant(world, at, id)
}

/// A subscription, its tenancy, and the time zone of its site.
pub(super) fn rental(world: &World, id: SubscriptionId) -> Result<(&Subscription, &Tenancy, Tz), Refusal> {
    let subscription = world.subscriptions.get(id).ok_or(Refusal::NotFound)?;
    let tenancy = world.tenancies.get(subscription.tenancy).ok_or(Refusal::NotFound)?;
    Ok((subscription, tenancy, zone(world, subscription)?))
}

/// A cancellation is the last word on a rental (S3, M9).
pub(super) fn cancelled_already(subscription: &Subscription) -> Refusal {
    let until = subscription.ends_at.map_or_else(String::new, |end| format!(", with its end at {end}"));
    let reason = format!("The subscription {} is cancelled{until}, which is final.", subscription.id);
    Refusal::conflict("M9", reason)
}

/// The date on which the period ends that is billed: the next billing date (M3). It is not charged (M6), and no period that begins
/// on it is billed (M7).
fn term_end(subscription: &Subscription, today: NaiveDate, zone: Tz) -> NaiveDate {
    let billed_until = subscription.current_period.map(|period| period.ends_at.date_in(zone));
    billed_until.map_or(today, |date| date.max(today))
}

/// The units of a tenancy whose status is of some kind, in the order in which they were allocated.
fn units(world: &World, id: TenancyId, is_wanted: impl Fn(UnitStatus) -> bool) -> Vec<UnitId> {
    let units = world.tenancies.get(id).into_iter().flat_map(|tenancy| tenancy.units(world));
    units.filter(|unit| is_wanted(unit.status)).map(|unit| unit.id).collect()
}

/// Lets the contact of a tenancy churn if it has no tenancy left that runs or is to come (S6). Where several end at this instant,
/// it does with the last of them.
fn churn_tenant(world: &mut World, at: Timestamp, id: TenancyId) -> Result<(), Refusal> {
    let contact: ContactId = world.tenancies.get(id).ok_or(Refusal::NotFound)?.contact;
    let is_over = |tenancy: &Tenancy| {
        let is_done = |due: Option<Timestamp>| due.is_none_or(|due| due > at);
        tenancy.ended(at) && is_done(tenancy.due.end) && is_done(tenancy.due.deallocation)
    };
    let has_left = world.tenancies.having("contact_id", &contact.into()).all(is_over);
    let is_customer = world.contacts.get(contact).is_some_and(|contact| contact.status == ContactStatus::Customer);
    if has_left && is_customer {
        Contact::amend(world, at, contact, |contact| contact.status = ContactStatus::Churned);
        world.tell(EventKind::ContactChurned, contact, at);
    }
    Ok(())
}

/// Whether a text is a word as the API has them for reasons (crm.yaml, decisions).
fn is_word(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_lowercase());
    let goes_on = text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    begins && goes_on && text.len() <= LONGEST_REASON
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
