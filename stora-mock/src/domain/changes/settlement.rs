//! What a change makes of the period that is billed already: proration (R2 to R6).

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::give_credit;
use crate::domain::billing::{issue, line_for, too_large, zone};
use crate::domain::calendar::{Period, PeriodBounds, daily_run};
use crate::domain::charging::collected_by;
use crate::domain::discount::Discount;
use crate::domain::invoice::{Invoice, InvoicePurpose};
use crate::domain::invoicing::{NewInvoice, NewInvoiceLine};
use crate::domain::money::sum;
use crate::domain::proration::{Proration, part_until, prorate};
use crate::domain::refusal::Refusal;
use crate::domain::subscription::{Subscription, SubscriptionLine};
use crate::domain::tax::{Line, invoice_totals};
use crate::domain::time::Timestamp;
use crate::store::World;

/// The current period of a subscription, from a day on.
pub(super) struct Rest {
    /// The days that the calendar gives the period.
    whole: Period,
    /// The days that were billed: all of them, but for a period that the customer moves out in (M5).
    billed: Period,
    day: NaiveDate,
}

impl Rest {
    /// What is left of the current period on a day; nothing if it is over or was never billed.
    pub(super) fn of(subscription: &Subscription, zone: Tz, day: NaiveDate) -> Option<Self> {
        let bounds = subscription.current_period?;
        let billed = Period { start: bounds.starts_at.date_in(zone), end: bounds.ends_at.date_in(zone) };
        let number = subscription.billing.invoices_raised.checked_sub(1);
        let whole = number.map(|k| subscription.calendar().period(k)).filter(|whole| whole.start == billed.start);
        billed.contains(day).then_some(Self { whole: whole.unwrap_or(billed), billed, day })
    }

    /// The parts of an old and a new amount per period that fall on it.
    pub(super) fn prorate(&self, old: i64, new: i64) -> Proration {
        let billed = |amount| part_until(amount, self.whole, self.billed.end).unwrap_or(0);
        // The day is one of those that were billed.
        prorate(billed(old), billed(new), self.billed, self.day).unwrap_or(Proration { credit: 0, charge: 0 })
    }

    /// Its days and those of the period, in words.
    fn words(&self) -> String {
        let left = Period { start: self.day, ..self.billed };
        format!("{} of {} days from {}", left.days(), self.whole.days(), self.day.format("%-d %B %Y"))
    }

    /// From when to when it runs.
    fn bounds(&self, current: PeriodBounds, zone: Tz) -> PeriodBounds {
        let is_all = self.day == self.billed.start;
        PeriodBounds { starts_at: if is_all { current.starts_at } else { daily_run(self.day, zone) }, ..current }
    }
}

/// What is billed for lines in a period, each after its discount, in their order (R4).
///
/// # Errors
/// Figures that are too large.
pub(super) fn amounts(lines: &[SubscriptionLine], discount: Option<&Discount>) -> Result<Vec<i64>, Refusal> {
    let lines: Vec<Line<'_>> = lines
        .iter()
        .map(|it| Line { kind: it.kind.line_kind(), price: it.price, quantity: it.quantity, tax_rates: &it.tax })
        .collect();
    let figures = invoice_totals(&lines, discount).map_err(too_large)?;
    Ok(figures.lines.iter().map(|line| line.total).collect())
}

/// Settles a change of lines that counts from a day on: an invoice of its own if the customer owes something for it (R5), account
/// credit if it is the other way round (R6). `before` is the subscription as it was, `places` says where each of its lines has come to
/// stand.
///
/// # Errors
/// Not found; figures that are too large.
pub(super) fn settle(
    world: &mut World,
    at: Timestamp,
    before: &Subscription,
    places: &[Option<usize>],
    day: NaiveDate,
) -> Result<(), Refusal> {
    let after = world.subscriptions.get(before.id).ok_or(Refusal::NotFound)?;
    let zone = zone(world, after)?;
    let Some((rest, current)) = Rest::of(before, zone, day).zip(before.current_period) else { return Ok(()) };
    let lines = difference(world, before, after, places, &rest)?;
    let net = sum(lines.iter().map(|line| line.price)).map_err(|overflow| too_large(overflow.into()))?;
    let contact = after.contact;
    if net < 0 {
        give_credit(world, contact, net.saturating_neg());
    } else if net > 0 {
        let new = NewInvoice {
            contact,
            site: after.site,
            subscription: Some(after.id),
            purpose: InvoicePurpose::Proration,
            method: collected_by(world, after),
            period: Some(rest.bounds(current, zone)),
            due_on: Some(at.date_in(zone)),
            purchase_order_number: after.billing.purchase_order_number.clone(),
            lines,
        };
        // Each line holds its contained tax, and no second discount falls on it (R4).
        let figures = invoice_totals(&new.priced(), None).map_err(too_large)?;
        let invoice = Invoice::raise(world, at, new, &figures);
        issue(world, at, invoice)?;
    }
    Ok(())
}

/// The lines that give back what was paid for a rest of the current period that is not used.
///
/// # Errors
/// Figures that are too large.
pub(super) fn unused(world: &World, subscription: &Subscription, rest: &Rest) -> Result<Vec<NewInvoiceLine>, Refusal> {
    let paid = amounts(&subscription.line_items, subscription.billing.period_discount.as_ref())?;
    let credits = paid.into_iter().map(|amount| rest.prorate(amount, 0).credit);
    let lines = subscription.line_items.iter().zip(credits).filter(|(_, credit)| *credit != 0);
    Ok(lines.map(|(line, credit)| proration_line(world, line, "Credit for", -credit, rest)).collect())
}

/// The lines of credit and of charge that a change makes (R3). Lines that cost what they did have none.
fn difference(
    world: &World,
    before: &Subscription,
    after: &Subscription,
    places: &[Option<usize>],
    rest: &Rest,
) -> Result<Vec<NewInvoiceLine>, Refusal> {
    let old_amounts = amounts(&before.line_items, before.billing.period_discount.as_ref())?;
    let new_amounts = amounts(&after.line_items, after.billing.period_discount.as_ref())?;
    let mut old = before.line_items.iter().zip(old_amounts).zip(places);
    let mut lines = Vec::new();
    let mut change = |old: Option<(&SubscriptionLine, i64)>, new: Option<(&SubscriptionLine, i64)>| {
        let is_same = |(old, old_amount): (&SubscriptionLine, i64), (new, new_amount): (&SubscriptionLine, i64)| {
            (old.item, old.price, old.quantity, old_amount) == (new.item, new.price, new.quantity, new_amount)
        };
        if old.zip(new).is_some_and(|(old, new)| is_same(old, new)) {
            return;
        }
        // An added line is a change from zero, a removed one a change to zero (R9).
        let Proration { credit, charge } = rest.prorate(old.map_or(0, |it| it.1), new.map_or(0, |it| it.1));
        let parts = [(old, "Credit for", -credit), (new, "Charge for", charge)];
        for (line, what, amount) in parts.into_iter().filter(|(_, _, amount)| *amount != 0) {
            lines.extend(line.map(|(line, _)| proration_line(world, line, what, amount, rest)));
        }
    };
    let new = |place: usize| after.line_items.get(place).zip(new_amounts.get(place).copied());
    old.by_ref().for_each(|((line, amount), place)| change(Some((line, amount)), place.and_then(new)));
    let kept = places.iter().flatten().count();
    (kept..after.line_items.len()).for_each(|place| change(None, new(place)));
    Ok(lines)
}

fn proration_line(world: &World, line: &SubscriptionLine, what: &str, amount: i64, rest: &Rest) -> NewInvoiceLine {
    let billed = line_for(world, line.kind.line_kind(), line.item, amount, 1, line.tax.clone());
    let name = billed.description.unwrap_or_else(|| line.item.to_string());
    let name = if line.quantity == 1 { name } else { format!("{} x {name}", line.quantity) };
    NewInvoiceLine { description: Some(format!("{what} {name}: {}", rest.words())), proration: true, ..billed }
}
