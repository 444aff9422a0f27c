//! Rentals that staff make without an order, and starts that they move (K4 and S4 of the description of the business).

use chrono::NaiveDate;

use super::billing::{bill_through_today, move_in};
use super::calendar::BillingPeriod;
use super::changes;
use super::charging::check_saved;
use super::coupon::Coupon;
use super::ending::{cancelled_already, rental as rental_of};
use super::faults::Faults;
use super::ids::{ContactId, CouponId, SiteId, SubscriptionId};
use super::order::{OrderLineKind, PaymentMethod, StartsAt};
use super::order_lines::{NewLine, PricedLine, check_all};
use super::order_totals::tax_rates;
use super::refusal::Refusal;
use super::rental::{self, plan_start, set_off, win_customer};
use super::site::SiteSettings;
use super::subscription::{KeptDiscount, SubscriptionLine, SubscriptionLineKind};
use super::tax::{Line, TotalsOverflow, order_totals};
use super::time::Timestamp;
use crate::store::World;

/// The data of a rental that staff make.
#[derive(Debug, Clone)]
pub struct NewRental {
    /// Who rents.
    pub contact: ContactId,
    /// Where.
    pub site: SiteId,
    /// How often it is billed.
    pub billing_period: BillingPeriod,
    /// When it starts; a past start means that storage has already begun (K3).
    pub starts_at: StartsAt,
    /// How it is paid. A card may be saved later (I17).
    pub payment_method: PaymentMethod,
    /// The customer's own order number.
    pub purchase_order_number: Option<String>,
    /// The coupon that it carries.
    pub coupon: Option<CouponId>,
    /// What is billed in every period: at least one unit type. A price that is given may be any.
    pub line_items: Vec<NewLine>,
}

/// Makes a rental without an order: tenancy and subscription, which start and are billed at once if their day has come. Its first
/// recurring invoice stays a draft for an hour (B8). The contact becomes a customer, a use of the coupon is counted (Q9), and units
/// are allocated by themselves as for an order (A3). Prices, discount and the site's tax rates are kept as they are (S5, T4).
///
/// What is charged once is no part of it: staff invoice that by itself.
///
/// # Errors
/// Whatever is named that there is not, or not for this site (O12); a price that is missing (O15) or too large; lines that are
/// charged once, and no line of a unit type. A conflict over the coupon (Q8, Q9), and for a debit without a mandate (I17).
pub fn rent(world: &mut World, at: Timestamp, new: NewRental) -> Result<SubscriptionId, Refusal> {
    let mut faults = Faults::default();
    faults.check_known("/contact/id", &world.contacts, Some(new.contact));
    faults.check_known("/site/id", &world.sites, Some(new.site));
    faults.check_known("/coupon/id", &world.coupons, new.coupon);
    let settings = world.sites.get(new.site).map(|site| &site.settings);
    let site = settings.map(|_| new.site);
    let lines = check_all(world, site, Some(new.billing_period), &new.line_items, &mut faults)?;
    for (place, line) in lines.iter().enumerate().filter(|(_, line)| !line.recurring) {
        let reason = format!("{} is charged once; a subscription bills what recurs.", line.line.item);
        faults.add(format!("/line_items/{place}/type"), reason);
    }
    if !new.line_items.iter().any(|line| line.kind == OrderLineKind::UnitType) {
        faults.add("/line_items", "A rental needs a line of a unit type.");
    }
    let settings = faults.finish(settings)?;

    let starts_at = new.starts_at.resolved(at);
    let start_day = starts_at.date_in(settings.time_zone);
    let lines: Vec<SubscriptionLine> = lines.iter().filter_map(|line| kept_line(settings, at, line)).collect();
    // A debit needs a mandate. A card may come later: until then the subscription awaits it (I17).
    if new.payment_method.is_direct_debit() {
        check_saved(world, new.contact, new.payment_method, "I17")?;
    }
    let discount = kept_discount(world, new.coupon, start_day)?;
    check_figures(&lines, discount.as_ref())?;

    let rental = rental::NewRental {
        contact: new.contact,
        site: new.site,
        order: None,
        billing_period: new.billing_period,
        starts_at,
        start_day,
        payment_method: new.payment_method,
        lines,
        discount,
        purchase_order_number: new.purchase_order_number,
    };
    let (_, subscription) = rental::make(world, at, rental);
    if let Some(coupon) = new.coupon {
        Coupon::redeem(world, coupon);
    }
    win_customer(world, at, new.contact);
    set_off(world, at, subscription)?;
    Ok(subscription)
}

/// Moves the start of a rental that has not started. The reservation, the first invoice, the billing dates and the window of a
/// discount move along (S4, Q6). Moved to today or an earlier day, it starts at once (H12), and is billed for every billing date
/// that has passed (K3). Its order shows the start that was booked still.
///
/// # Errors
/// Not found; a conflict when it is cancelled (M9) or has started (S4).
pub fn move_start(world: &mut World, at: Timestamp, id: SubscriptionId, starts_at: StartsAt) -> Result<(), Refusal> {
    let (subscription, tenancy, zone) = rental_of(world, id)?;
    if subscription.cancelled {
        return Err(cancelled_already(subscription));
    }
    if tenancy.has_started(world, at) {
        let reason = format!("The subscription {id} has started ({}), so that its start stays.", tenancy.starts_at);
        return Err(Refusal::conflict("S4", reason));
    }
    let tenancy = tenancy.id;
    let starts_at = starts_at.resolved(at);
    let start_day = starts_at.date_in(zone);
    world.tenancies.amend(tenancy, at, |tenancy| tenancy.starts_at = starts_at);
    world.subscriptions.amend(id, at, |subscription| {
        subscription.starts_at = starts_at;
        subscription.billing.anchor = start_day;
        if let Some(discount) = &mut subscription.billing.discount {
            discount.since = start_day;
        }
        changes::follow_calendar(subscription, zone);
    });
    if start_day > at.date_in(zone) {
        return plan_start(world, id);
    }
    move_in(world, at, tenancy)?;
    bill_through_today(world, at, id).map(drop)
}

/// A line of a subscription, with the tax rates that the site has now (T4).
fn kept_line(settings: &SiteSettings, at: Timestamp, priced: &PricedLine) -> Option<SubscriptionLine> {
    let kind = match priced.line.kind {
        OrderLineKind::UnitType => SubscriptionLineKind::UnitType,
        OrderLineKind::Protection => SubscriptionLineKind::Protection,
        OrderLineKind::Product => SubscriptionLineKind::CustomProduct,
        OrderLineKind::SecurityDeposit => return None,
    };
    Some(SubscriptionLine {
        kind,
        item: priced.line.item,
        price: priced.price,
        quantity: priced.line.quantity,
        created_at: at,
        updated_at: at,
        tax: tax_rates(settings, kind.line_kind()),
    })
}

/// The discount of a coupon as it is now (S5).
fn kept_discount(
    world: &World,
    coupon: Option<CouponId>,
    start_day: NaiveDate,
) -> Result<Option<KeptDiscount>, Refusal> {
    let Some(coupon) = coupon.and_then(|id| world.coupons.get(id)) else { return Ok(None) };
    coupon.admits(Some(start_day))?;
    let terms = coupon.terms.clone();
    Ok(Some(KeptDiscount { coupon: coupon.id, terms, since: start_day, taken_at_booking: 0, begun: false }))
}

/// Whether the lines come to figures that an invoice can bear.
fn check_figures(lines: &[SubscriptionLine], discount: Option<&KeptDiscount>) -> Result<(), Refusal> {
    let line = |it| {
        let SubscriptionLine { kind, price, quantity, tax, .. }: &SubscriptionLine = it;
        Line { kind: kind.line_kind(), price: *price, quantity: *quantity, tax_rates: tax }
    };
    let lines: Vec<Line<'_>> = lines.iter().map(line).collect();
    match order_totals(&lines, discount.map(|kept| &kept.terms.discount)) {
        Ok(_) => Ok(()),
        Err(overflow) => {
            let pointer = match overflow {
                TotalsOverflow::Line(place) => format!("/line_items/{place}/quantity"),
                TotalsOverflow::Sum => "/line_items".to_owned(),
            };
            Err(Refusal::invalid(pointer, overflow.to_string()))
        }
    }
}

#[cfg(test)]
mod tests;
