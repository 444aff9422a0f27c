//! What follows charges that fail: retries (D1 to D5), and units that are locked until nothing is owed any more (D6 to D10).

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

use super::calendar::daily_run;
use super::charging::charge;
use super::ending::{CancelWhen, Cancellation, OTHER, cancel};
use super::ids::{InvoiceId, SubscriptionId, TenancyId, UnitId};
use super::invoice::{Invoice, InvoiceStatus};
use super::notice::NoticeKind;
use super::refusal::Refusal;
use super::settings::AfterRetries;
use super::site::SiteSettings;
use super::time::Timestamp;
use super::unit;
use crate::store::World;

impl Invoice {
    /// Whether it is overdue on a day: open and past due (I2).
    ///
    /// It is past due once a charge of it failed, or its due day is over (I8). A debit that is with the bank and did not fail before is
    /// a payment that is under way, neither failed nor missing (section 5), so that its invoice is not past due meanwhile.
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        let collection = &self.collection;
        let is_missing = !collection.processing && collection.due_on.is_some_and(|due| due < today);
        self.status == InvoiceStatus::Open && (collection.failed_at.is_some() || is_missing)
    }
}

/// A charge of an invoice that was made by itself has failed: by card at once (D1), or by debit on the day of the bank's answer (D4).
/// The customer is told. The first failure counts from then on (D8): for the retries, and for the overlock (D7). After the last one,
/// what the operator has set follows (D3).
///
/// Nothing follows for an invoice that is paid by hand (I20), nor for one that was given up (D5).
///
/// # Errors
/// Not found, for what the invoice refers to.
pub(super) fn charge_failed(world: &mut World, at: Timestamp, id: InvoiceId) -> Result<(), Refusal> {
    let invoice = world.invoices.get(id).ok_or(Refusal::NotFound)?;
    if invoice.status != InvoiceStatus::Open || !invoice.collection.is_automatic() {
        return Ok(());
    }
    let (contact, subscription, zone) = (invoice.contact, invoice.subscription, settings(world, invoice)?.time_zone);
    let is_first = invoice.collection.failed_at.is_none();
    world.notify(at, NoticeKind::PaymentFailed, Some(contact), id);
    if is_first {
        let retry = next_retry(world, at.date_in(zone), at, zone);
        world.invoices.amend(id, at, |invoice| {
            invoice.collection.failed_at = Some(at);
            invoice.collection.due.retry = retry;
        });
        plan_overlock(world, at, id)?;
    }
    let has_retry = world.invoices.get(id).is_some_and(|invoice| invoice.collection.due.retry.is_some());
    match subscription {
        Some(subscription) if !has_retry => after_last_failure(world, at, subscription),
        _ => Ok(()),
    }
}

/// The day of a retry has come: an invoice whose charge failed is charged again, as before (D1). The retry is skipped while a debit
/// of the invoice is with the bank (D4).
///
/// # Errors
/// Not found; a conflict unless the invoice is open (D5).
pub fn retry(world: &mut World, at: Timestamp, id: InvoiceId) -> Result<(), Refusal> {
    let invoice = world.invoices.get(id).ok_or(Refusal::NotFound)?;
    if invoice.status != InvoiceStatus::Open {
        return Err(Refusal::conflict(
            "D5",
            format!("The invoice {id} is {}, and is not charged again.", invoice.status),
        ));
    }
    let zone = settings(world, invoice)?.time_zone;
    let (method, is_at_the_bank) = (invoice.collection.method, invoice.collection.processing);
    let failed_on = invoice.collection.failed_at.unwrap_or(at).date_in(zone);
    let next = next_retry(world, failed_on, at, zone);
    world.invoices.amend(id, at, |invoice| {
        invoice.collection.due.retry = next;
        invoice.collection.retries += u32::from(!is_at_the_bank);
    });
    if is_at_the_bank {
        return Ok(());
    }
    charge(world, at, id, method).map(drop)
}

/// The day has come on which the units of a tenancy are overlocked for an invoice that is still unpaid (D7), unless the site's
/// switches were turned off meanwhile (D6).
///
/// # Errors
/// Not found.
pub fn overlock(world: &mut World, at: Timestamp, id: InvoiceId) -> Result<(), Refusal> {
    let invoice = world.invoices.get(id).ok_or(Refusal::NotFound)?;
    let locks = locks_by_itself(settings(world, invoice)?) && invoice.status == InvoiceStatus::Open;
    let tenancy = tenancy_of(world, invoice).filter(|_| locks);
    world.invoices.amend(id, at, |invoice| {
        invoice.collection.due.overlock = None;
        invoice.collection.locks = tenancy.is_some();
    });
    match tenancy {
        Some(tenancy) => unit::overlock_tenancy(world, at, tenancy).map(drop),
        None => Ok(()),
    }
}

/// Lifts the automatic overlocks of a tenancy, at once, when an invoice of its subscription was paid (D9), voided or given up (D10)
/// and none that is charged automatically is overdue any more.
///
/// # Errors
/// Not found.
pub(super) fn release(world: &mut World, at: Timestamp, id: InvoiceId) -> Result<(), Refusal> {
    let invoice = world.invoices.get(id).ok_or(Refusal::NotFound)?;
    let (Some(subscription), Some(tenancy)) = (invoice.subscription, tenancy_of(world, invoice)) else {
        return Ok(());
    };
    if !is_locked_by_itself(world, tenancy) {
        return Ok(());
    }
    let today = at.date_in(settings(world, invoice)?.time_zone);
    if open_of(world, subscription).any(|it| it.collection.is_automatic() && it.is_overdue(today)) {
        return Ok(());
    }
    unit::remove_overlock_tenancy(world, at, tenancy).map(drop)
}

/// Locks what was just given to a tenancy that is locked by itself, in the same act (D7). While it is, no other unit of it is
/// occupied.
///
/// # Errors
/// Not found.
pub(super) fn lock_given(world: &mut World, at: Timestamp, id: TenancyId) -> Result<(), Refusal> {
    let tenancy = world.tenancies.get(id).ok_or(Refusal::NotFound)?;
    let is_on = world.sites.get(tenancy.site).is_some_and(|site| locks_by_itself(&site.settings));
    let is_locked = tenancy.subscription.is_some_and(|it| open_of(world, it).any(|invoice| invoice.collection.locks));
    if !is_on || !is_locked {
        return Ok(());
    }
    unit::overlock_tenancy(world, at, id).map(drop)
}

/// Takes note that the overlock of units was lifted by staff or through the API: the invoices that had locked their tenancies do not
/// lock again, later ones can (A22).
pub(super) fn lifted_by_hand(world: &mut World, at: Timestamp, units: &[UnitId]) {
    for unit in units {
        let allocation = world.units.get(*unit).and_then(|unit| world.unit_allocations.get(unit.allocation?));
        let tenancy = allocation.and_then(|allocation| world.tenancies.get(allocation.tenancy));
        let Some(subscription) = tenancy.and_then(|tenancy| tenancy.subscription) else { continue };
        let locking = open_of(world, subscription).filter(|invoice| invoice.collection.locks);
        for id in locking.map(|invoice| invoice.id).collect::<Vec<_>>() {
            world.invoices.amend(id, at, |invoice| invoice.collection.locks = false);
        }
    }
}

/// What follows the last failed charge of an invoice of a subscription (D3). The invoice stays open.
fn after_last_failure(world: &mut World, at: Timestamp, id: SubscriptionId) -> Result<(), Refusal> {
    match world.settings.after_retries {
        // The subscription goes on, and keeps billing.
        AfterRetries::LeavePastDue => Ok(()),
        AfterRetries::Cancel => cancel_unpaid(world, at, id),
    }
}

/// Cancels a subscription that was not paid for, that day (D3). A cancellation that was made before stays as it is (M9).
fn cancel_unpaid(world: &mut World, at: Timestamp, id: SubscriptionId) -> Result<(), Refusal> {
    if world.subscriptions.get(id).ok_or(Refusal::NotFound)?.cancelled {
        return Ok(());
    }
    let cancellation = Cancellation {
        when: CancelWhen::Immediately,
        reason: Some(OTHER.to_owned()),
        text: Some("The last of the charges of an invoice failed.".to_owned()),
    };
    cancel(world, at, id, cancellation)
}

/// Plans the overlock of an invoice whose first charge has just failed, or does it at once where there is no grace (D7, H9). The
/// switches of the site have to be on, and an invoice that belongs to no subscription locks nothing (D6).
fn plan_overlock(world: &mut World, at: Timestamp, id: InvoiceId) -> Result<(), Refusal> {
    let invoice = world.invoices.get(id).ok_or(Refusal::NotFound)?;
    let settings = settings(world, invoice)?;
    if !locks_by_itself(settings) || invoice.subscription.is_none() {
        return Ok(());
    }
    let (zone, grace) = (settings.time_zone, settings.overlock_grace_days);
    if grace == 0 {
        return overlock(world, at, id);
    }
    // A day beyond the calendar never comes.
    let day = at.date_in(zone).checked_add_days(Days::new(grace.into()));
    world.invoices.amend(id, at, |invoice| invoice.collection.due.overlock = day.map(|day| daily_run(day, zone)));
    Ok(())
}

/// When a charge that failed first on a day is tried again after an instant: in the daily run of the next of the days that the
/// operator has set (D1). None after the last.
fn next_retry(world: &World, failed_on: NaiveDate, after: Timestamp, zone: Tz) -> Option<Timestamp> {
    let days = world.settings.retry_offsets_days.iter();
    let days = days.filter_map(|offset| failed_on.checked_add_days(Days::new((*offset).into())));
    days.map(|day| daily_run(day, zone)).filter(|run| *run > after).min()
}

/// Whether a site locks units by itself: it has the switch on, and a smart-entry system (D6).
fn locks_by_itself(settings: &SiteSettings) -> bool {
    settings.auto_overlock && settings.smart_entry
}

fn settings<'w>(world: &'w World, invoice: &Invoice) -> Result<&'w SiteSettings, Refusal> {
    world.sites.get(invoice.site).map(|site| &site.settings).ok_or(Refusal::NotFound)
}

fn tenancy_of(world: &World, invoice: &Invoice) -> Option<TenancyId> {
    Some(world.subscriptions.get(invoice.subscription?)?.tenancy)
}

/// Whether a unit of a tenancy is overlocked and that came by itself.
fn is_locked_by_itself(world: &World, id: TenancyId) -> bool {
    let tenancy = world.tenancies.get(id);
    tenancy.is_some_and(|tenancy| tenancy.units(world).any(|unit| unit.overlocked_by_itself))
}

/// The open invoices of a subscription.
fn open_of(world: &World, id: SubscriptionId) -> impl Iterator<Item = &Invoice> {
    world.invoices.having("subscription_id", &id.into()).filter(|invoice| invoice.status == InvoiceStatus::Open)
}

#[cfg(test)]
mod tests;
