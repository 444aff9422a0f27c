//! Billing: the start of subscriptions and the invoices that they make (section 6 of the description of the business).

use chrono::NaiveDate;

use super::calendar::{PeriodBounds, daily_run};
use super::changes::give_credit;
use super::charging::{charge, collected_by};
use super::discount::{Discount, LineKind, Reduction};
use super::event::EventKind;
use super::ids::{AnyId, InvoiceId, SubscriptionId, TenancyId, UnitId};
use super::invoice::{Invoice, InvoicePurpose, InvoiceStatus};
use super::invoicing::{NewInvoice, NewInvoiceLine};
use super::money;
use super::notice::NoticeKind;
use super::order::PaymentMethod;
use super::proration::part_until;
use super::refusal::Refusal;
use super::subscription::{Subscription, SubscriptionLine};
use super::tax::{InvoiceTotals, TaxRates, TotalsOverflow, invoice_totals};
use super::time::Timestamp;
use super::unit::{self, UnitStatus};
use crate::store::World;

/// Seconds that the first invoice of a subscription without an order stays a draft (B8, H10).
const DRAFT_SECONDS: i64 = 60 * 60;

/// Starts a subscription and its tenancy, whose date has come (S2). The customer is told if the emails of the order say so
/// (section 23, step 4). Neither units nor invoices follow from it.
///
/// # Errors
/// Not found.
pub fn start(world: &mut World, at: Timestamp, id: SubscriptionId) -> Result<(), Refusal> {
    let Subscription { tenancy, contact, order, .. } = *world.subscriptions.get(id).ok_or(Refusal::NotFound)?;
    begin(world, tenancy);
    // It runs from now on, in a period that its first invoice is still to be raised for.
    world.subscriptions.update(id, |subscription| subscription.updated_at = at);
    world.tell(EventKind::SubscriptionStarted, id, at);
    if order.and_then(|id| world.orders.get(id)).is_some_and(|order| order.emails.move_in_day) {
        world.notify(at, NoticeKind::MoveInDay, Some(contact), tenancy);
    }
    Ok(())
}

/// The day of the start of a tenancy has come: its subscription starts, and access is given to the units that are reserved for it
/// (section 23, step 4). Its first invoice is due by itself, a step later.
///
/// # Errors
/// Not found.
pub fn move_in(world: &mut World, at: Timestamp, id: TenancyId) -> Result<(), Refusal> {
    let tenancy = world.tenancies.get(id).ok_or(Refusal::NotFound)?;
    let reserved = tenancy.units(world).filter(|unit| unit.status == UnitStatus::Reserved);
    let units: Vec<UnitId> = reserved.map(|unit| unit.id).collect();
    match tenancy.subscription {
        Some(subscription) => start(world, at, subscription)?,
        None => begin(world, id),
    }
    for unit in units {
        unit::grant_access(world, at, unit, id)?;
    }
    Ok(())
}

/// Takes note that the start of a tenancy was carried out.
fn begin(world: &mut World, id: TenancyId) {
    world.tenancies.update(id, |tenancy| {
        tenancy.started = true;
        tenancy.due.start = None;
    });
}

/// Plans the next recurring invoice of a subscription: 06:00 of its next billing date, unless the subscription ends before that day
/// does, as no period is billed that begins on the day of the move-out or later (M7).
///
/// # Errors
/// Not found.
pub fn plan_next_invoice(world: &mut World, id: SubscriptionId) -> Result<(), Refusal> {
    let subscription = world.subscriptions.get(id).ok_or(Refusal::NotFound)?;
    let zone = zone(world, subscription)?;
    let date = subscription.calendar().date(subscription.billing.invoices_raised);
    let is_billed = !subscription.is_over_on(date, zone) && date != NaiveDate::MAX;
    let next = is_billed.then(|| daily_run(date, zone));
    world.subscriptions.update(id, |subscription| subscription.billing.next_invoice_at = next);
    Ok(())
}

/// Raises, issues and charges every recurring invoice of a subscription whose billing date has come and that was not raised yet:
/// normally one, and one for each period if the start was in the past (K3). No period is billed that begins on the day of the
/// move-out or later (M7). The first invoice of a subscription without an order stays a draft for an hour, unless staff issue it
/// sooner (B8). Gives their ids.
///
/// # Errors
/// Not found; figures that are too large.
pub fn bill_through_today(world: &mut World, at: Timestamp, id: SubscriptionId) -> Result<Vec<InvoiceId>, Refusal> {
    let subscription = world.subscriptions.get(id).ok_or(Refusal::NotFound)?;
    let zone = zone(world, subscription)?;
    let calendar = subscription.calendar();
    let last = calendar.index_of(at.date_in(zone));
    let numbers = subscription.billing.invoices_raised..last.map_or(0, |last| last.saturating_add(1));
    let mut is_draft = subscription.order.is_none() && subscription.current_period.is_none();
    let mut invoices = Vec::new();
    for k in numbers {
        // A charge that fails for the last time may have ended the subscription meanwhile (D3).
        if world.subscriptions.get(id).is_some_and(|subscription| subscription.is_over_on(calendar.date(k), zone)) {
            break;
        }
        let invoice = raise_recurring(world, at, id, k)?;
        if std::mem::take(&mut is_draft) {
            let issued_at = at.plus_seconds(DRAFT_SECONDS);
            world.invoices.update(invoice, |invoice| invoice.collection.due.finalization = Some(issued_at));
        } else {
            issue(world, at, invoice)?;
        }
        invoices.push(invoice);
    }
    plan_next_invoice(world, id)?;
    Ok(invoices)
}

/// Raises the draft of recurring invoice number `k` of a subscription, counted from 0 (B5). Its period becomes the current one.
///
/// The period in which the subscription ends is billed up to the move-out, whose day is not charged: that part of the price of each
/// line, with the period ending at the move-out (M5, M6).
///
/// # Errors
/// Not found; figures that are too large; a conflict when the period begins on the day of the move-out or later (M7).
pub fn raise_recurring(world: &mut World, at: Timestamp, id: SubscriptionId, k: u32) -> Result<InvoiceId, Refusal> {
    let subscription = world.subscriptions.get(id).ok_or(Refusal::NotFound)?;
    let zone = zone(world, subscription)?;
    let days = subscription.calendar().period(k);
    let period = subscription.period_bounds(k, zone);
    let move_out = subscription.ends_at.map_or(days.end, |end| end.date_in(zone).min(days.end));
    let line = |it: &SubscriptionLine| {
        let price = part_until(it.price, days, move_out)?;
        Some(line_for(world, it.kind.line_kind(), it.item, price, it.quantity, it.tax.clone()))
    };
    let lines: Option<Vec<_>> = subscription.line_items.iter().map(line).collect();
    let lines = lines.ok_or_else(|| {
        let reason = format!("The subscription {id} ends on {move_out}; no period is billed from that day on.");
        Refusal::conflict("M7", reason)
    })?;
    let unused = subscription.billing.unused.clone();
    let mut new = NewInvoice {
        contact: subscription.contact,
        site: subscription.site,
        subscription: Some(id),
        purpose: InvoicePurpose::Recurring,
        method: collected_by(world, subscription),
        period: Some(period),
        due_on: Some(at.date_in(zone)),
        purchase_order_number: subscription.billing.purchase_order_number.clone(),
        lines,
    };
    let discount = discount(subscription, period, zone);
    let figures = invoice_totals(&new.priced(), discount.as_ref()).map_err(too_large)?;
    let figures = take_off(world, &mut new, figures, unused)?;
    let invoice = Invoice::raise(world, at, new, &figures);
    world.subscriptions.amend(id, at, |subscription| {
        subscription.billing.invoices_raised = k.saturating_add(1);
        subscription.billing.unused.clear();
        subscription.billing.period_discount = discount;
        if let Some(kept) = &mut subscription.billing.discount {
            kept.begun = true;
        }
        subscription.current_period = Some(period);
    });
    Ok(invoice)
}

/// Takes off an invoice what was paid for unused days, before its own lines and without a second discount (R4). Where that is more
/// than the invoice comes to, it becomes account credit instead, as no invoice is below zero (R6).
fn take_off(
    world: &mut World,
    new: &mut NewInvoice,
    figures: InvoiceTotals,
    unused: Vec<NewInvoiceLine>,
) -> Result<InvoiceTotals, Refusal> {
    let priced: Vec<_> = unused.iter().map(NewInvoiceLine::priced).collect();
    let credit = invoice_totals(&priced, None).map_err(too_large)?;
    let total = figures.total.saturating_add(credit.total);
    if total < 0 {
        give_credit(world, new.contact, credit.total.saturating_neg());
        return Ok(figures);
    }
    new.lines.splice(0..0, unused);
    let tax = figures.tax.saturating_add(credit.tax);
    let lines = credit.lines.into_iter().chain(figures.lines).collect();
    Ok(InvoiceTotals { lines, total, tax, subtotal: total.saturating_sub(tax) })
}

/// Issues a draft and charges it as it is to be collected: a manual one is sent to the customer, with a link to pay it (B8, I15).
///
/// # Errors
/// Not found; a conflict unless the invoice is a draft.
pub fn issue(world: &mut World, at: Timestamp, id: InvoiceId) -> Result<(), Refusal> {
    Invoice::finalize(world, at, id)?;
    let invoice = world.invoices.get(id).ok_or(Refusal::NotFound)?;
    let (contact, method) = (invoice.contact, invoice.collection.method);
    match invoice.status {
        InvoiceStatus::Open if method == PaymentMethod::Manual => {
            world.notify(at, NoticeKind::InvoiceSent, Some(contact), id);
            Ok(())
        }
        InvoiceStatus::Open => charge(world, at, id, method).map(drop),
        _ => Ok(()),
    }
}

/// A line of an invoice for an item, with the words and the code for bookkeeping that the catalogue has for it.
pub(super) fn line_for(
    world: &World,
    kind: LineKind,
    item: AnyId,
    price: i64,
    quantity: i64,
    tax_rates: TaxRates,
) -> NewInvoiceLine {
    let (description, accounting_code) = wording(world, kind, item).unzip();
    let accounting_code = accounting_code.flatten();
    NewInvoiceLine { kind, description, accounting_code, price, quantity, tax_rates, proration: false }
}

/// What the catalogue calls an item, and the code that bookkeeping has for it.
pub fn wording(world: &World, kind: LineKind, item: AnyId) -> Option<(String, Option<String>)> {
    Some(match kind {
        LineKind::UnitType => {
            let unit_type = world.unit_types.get(item.of()?)?;
            (unit_type.name.clone(), unit_type.settings.accounting_code.clone())
        }
        LineKind::SecurityDeposit => (format!("Security deposit, {}", world.unit_types.get(item.of()?)?.name), None),
        LineKind::Protection => {
            let level = world.protection_levels.get(item.of()?)?;
            let cover = money::format(level.cover_level, world.settings.currency);
            (format!("Protection up to {cover}"), level.account_code.clone())
        }
        LineKind::RecurringProduct | LineKind::OneTimeProduct => {
            let product = world.products.get(item.of()?)?;
            (product.name.clone(), product.accounting_code.clone())
        }
        LineKind::FreeText => return None,
    })
}

/// What is taken off the invoice of a period.
fn discount(subscription: &Subscription, period: PeriodBounds, zone: chrono_tz::Tz) -> Option<Discount> {
    let kept = subscription.billing.discount.as_ref()?;
    // Not told by the numbers of the periods, which begin anew when staff move the billing date (B9).
    let is_first = !kept.begun;
    let date = period.starts_at.date_in(zone);
    let mut discount = kept.terms.discount;
    if let Reduction::Amount(amount) = &mut discount.reduction
        && is_first
    {
        *amount -= kept.taken_at_booking;
    }
    kept.terms.lasting().discounts_invoice(kept.since, date, is_first).then_some(discount)
}

/// The time zone of a subscription's site.
///
/// # Errors
/// Not found.
pub(super) fn zone(world: &World, subscription: &Subscription) -> Result<chrono_tz::Tz, Refusal> {
    world.sites.get(subscription.site).map(|site| site.settings.time_zone).ok_or(Refusal::NotFound)
}

/// Figures that no invoice can bear. They do not come of orders, whose own figures would have been too large.
pub(super) fn too_large(overflow: TotalsOverflow) -> Refusal {
    Refusal::conflict("", overflow.to_string())
}
