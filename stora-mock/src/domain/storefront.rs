//! What customers do on the storefront and its checkout page: book, leave their data where nothing can be booked, and turn back
//! (X1 of the description of the business).

use chrono::{Datelike as _, Days, NaiveDate};

use super::booking::{Booker, Finalizing, NewOrder, book_for};
use super::calendar::{BillingPeriod, daily_run};
use super::coupon::Coupon;
use super::faults::Faults;
use super::ids::{AnyId, ContactId, ContractTemplateId, CouponId, OrderId, ProtectionLevelId, SiteId, UnitTypeId};
use super::metadata::Metadata;
use super::order::{Emails, Order, OrderLineKind, OrderSource, OrderStatus, PaymentMethod, StartsAt};
use super::order_lines::NewLine;
use super::refusal::Refusal;
use super::site::MoveInWindow;
use super::time::Timestamp;
use super::unit_type::{UnitType, UnitTypeStatus};
use crate::store::World;

/// The form of the storefront, filled in.
#[derive(Debug, Clone)]
pub struct NewBooking {
    /// Where.
    pub site: SiteId,
    /// Who books.
    pub contact: Booker,
    /// How often it is to be billed.
    pub billing_period: BillingPeriod,
    /// The day of the move-in.
    pub starts_on: NaiveDate,
    /// How it will be paid.
    pub payment_method: PaymentMethod,
    /// Unit types, cover and products. Prices are those of the storefront, and deposits come by themselves.
    pub line_items: Vec<ChosenLine>,
    /// The code that was typed, if one was (Q11).
    pub coupon_code: Option<String>,
    /// The template of the contract that completion makes.
    pub contract_template: Option<ContractTemplateId>,
    /// Where the browser goes when the customer turns back at the checkout (O11).
    pub cancel_redirect_url: Option<String>,
}

/// Something that was chosen on the form.
#[derive(Debug, Clone, Copy)]
pub struct ChosenLine {
    /// Kind of line.
    pub kind: OrderLineKind,
    /// A unit type, a protection level or a product.
    pub item: AnyId,
    /// Number of pieces, at least 1.
    pub quantity: i64,
}

/// Books on the storefront: makes a finalized order, which is paid on its checkout page.
///
/// It begins at 06:00 of its day, which is one of the site's window (O8). A code finds its coupon without regard to case (Q11);
/// where none is typed, the coupon counts that the unit type is advertised with, as long as it can be had (Q12). What the form of a
/// unit type asks for is on the order: cover must be chosen, and the deposit comes by itself (O16).
///
/// # Errors
/// Whatever is named that there is not; a day outside the window; an unknown code; a line that is not on the form, or lacks on it;
/// what orders are refused for when they are finalized (O5). A conflict for a unit type that only collects leads (V1), over the
/// coupon (Q8, Q9), and when a deposit would not be paid by card (P2).
pub fn book(world: &mut World, at: Timestamp, new: NewBooking) -> Result<OrderId, Refusal> {
    let site = world.sites.get(new.site).ok_or_else(|| Refusal::unknown("/site/id", new.site))?;
    let zone = site.settings.time_zone;
    let mut faults = Faults::default();
    if let Err(reason) = admits(&site.settings.move_in, at.date_in(zone), new.starts_on) {
        faults.add("/starts_on", reason);
    }
    let typed = new.coupon_code.as_deref().map(|code| (code, Coupon::of_code(world, code)));
    if let Some((code, None)) = typed {
        faults.add("/coupon_code", format!("There is no coupon with the code `{code}`."));
    }
    check_form(world, &new.line_items, &mut faults);
    faults.none()?;

    let unit_types: Vec<(&UnitType, i64)> = chosen_types(world, &new).collect();
    if let Some((closed, _)) = unit_types.iter().find(|(it, _)| it.status == UnitTypeStatus::CollectLeads) {
        let reason = format!("The unit type {} cannot be booked now; it collects leads.", closed.id);
        return Err(Refusal::conflict("V1", reason));
    }
    let coupon = match typed {
        Some((_, coupon)) => coupon.map(|coupon| coupon.id),
        None => unit_types.iter().find_map(|(it, _)| promotion(world, it, new.starts_on)),
    };
    let deposit = |(unit_type, quantity): &(&UnitType, i64)| {
        unit_type.security_deposit.filter(|amount| *amount > 0).map(|_| NewLine {
            kind: OrderLineKind::SecurityDeposit,
            item: unit_type.id.into(),
            quantity: *quantity,
            price: None,
        })
    };
    let chosen = new.line_items.iter().map(|line| {
        let ChosenLine { kind, item, quantity } = *line;
        NewLine { kind, item, quantity, price: None }
    });
    let line_items = chosen.chain(unit_types.iter().filter_map(deposit)).collect();
    let order = NewOrder {
        site: new.site,
        source: OrderSource::Storefront,
        billing_period: Some(new.billing_period),
        payment_method: new.payment_method,
        purchase_order_number: None,
        starts_at: Some(StartsAt::At(daily_run(new.starts_on, zone))),
        emails: Emails { booking_confirmation: true, move_in_day: true },
        coupon,
        contract_template: new.contract_template,
        contact: Some(new.contact),
        line_items,
        metadata: Metadata::new(),
        finalize: Some(Finalizing { cancel_redirect_url: new.cancel_redirect_url }),
    };
    Order::create(world, at, order)
}

/// Somebody leaves their data on the storefront, because the unit type collects leads: they are a contact from then on, or were one
/// already (V1, V5). There is no queue: nothing else comes of it.
///
/// # Errors
/// A unit type or contact that there is not, and what contacts are refused for; a conflict when the unit type can be booked (V1).
pub fn leave_data(
    world: &mut World,
    at: Timestamp,
    unit_type: UnitTypeId,
    contact: Booker,
) -> Result<ContactId, Refusal> {
    let unit_type = world.unit_types.get(unit_type).ok_or_else(|| Refusal::unknown("/unit_type/id", unit_type))?;
    if unit_type.status == UnitTypeStatus::Bookable {
        let reason = format!("The unit type {} can be booked; it collects no leads.", unit_type.id);
        return Err(Refusal::conflict("V1", reason));
    }
    book_for(world, at, contact)
}

/// The customer turns back at the checkout page. The order stays finalized and can still be paid; the browser goes where whoever
/// finalized the order said (O11).
///
/// # Errors
/// Not found; a conflict unless the order is finalized, as there is no such page otherwise (O24).
pub fn leave_checkout(world: &World, id: OrderId) -> Result<Option<&str>, Refusal> {
    let order = world.orders.get(id).ok_or(Refusal::NotFound)?;
    if order.status != OrderStatus::Finalized {
        let reason = format!("The order {id} is {}; only a finalized order has a checkout page.", order.status);
        return Err(Refusal::conflict("O24", reason));
    }
    Ok(order.cancel_redirect_url.as_deref())
}

/// Whether a booking on a day may begin on another one, or why not (O8).
fn admits(window: &MoveInWindow, today: NaiveDate, day: NaiveDate) -> Result<(), String> {
    let after = |date: NaiveDate, days: u32| date.checked_add_days(Days::new(days.into())).unwrap_or(NaiveDate::MAX);
    let opening = window.opening_date.unwrap_or(NaiveDate::MIN);
    let first = after(today, window.lead_days).max(opening);
    let last = after(today.max(opening), window.range_days);
    if day < first || last < day {
        return Err(format!("A booking begins from {first} to {last}."));
    }
    if !window.allowed_weekdays.contains(&day.weekday()) {
        return Err(format!("No booking begins on a {}.", day.format("%A")));
    }
    Ok(())
}

/// Notes what cannot be chosen on the form, and what lacks on it (O16).
fn check_form(world: &World, lines: &[ChosenLine], faults: &mut Faults) {
    let is_cover = |line: &&ChosenLine| line.kind == OrderLineKind::Protection;
    for (place, line) in lines.iter().enumerate() {
        let level = line.item.of::<ProtectionLevelId>().and_then(|id| world.protection_levels.get(id));
        match line.kind {
            OrderLineKind::SecurityDeposit => {
                faults.add(format!("/line_items/{place}/type"), "Deposits come by themselves.");
            }
            OrderLineKind::Protection if level.is_some_and(|level| !level.public) => {
                faults.add(format!("/line_items/{place}/item/id"), "The storefront does not offer this level.");
            }
            _ => {}
        }
    }
    let needs_cover = |line: &ChosenLine| {
        let unit_type = line.item.of::<UnitTypeId>().and_then(|id| world.unit_types.get(id));
        line.kind == OrderLineKind::UnitType && unit_type.is_some_and(|it| it.require_insurance_coverage)
    };
    if lines.iter().any(needs_cover) && !lines.iter().any(|line| is_cover(&line)) {
        faults.add("/line_items", "A unit type that was chosen needs cover: a line of a protection level.");
    }
}

/// The unit types at its site that a booking is for, each with the number of units.
fn chosen_types<'w>(world: &'w World, new: &NewBooking) -> impl Iterator<Item = (&'w UnitType, i64)> {
    let lines = new.line_items.iter().filter(|line| line.kind == OrderLineKind::UnitType);
    let found = lines.filter_map(|line| Some((world.unit_types.get(line.item.of()?)?, line.quantity)));
    found.filter(|(unit_type, _)| unit_type.site == new.site)
}

/// The coupon that a unit type is advertised with, if a booking that begins on a day can have it (Q12).
fn promotion(world: &World, unit_type: &UnitType, day: NaiveDate) -> Option<CouponId> {
    let coupon = unit_type.promotion.and_then(|id| world.coupons.get(id))?;
    coupon.admits(Some(day)).is_ok().then_some(coupon.id)
}

#[cfg(test)]
mod tests;
