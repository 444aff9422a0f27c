//! Bookings on the storefront.

use super::*;
use crate::domain::completion::{PayOutcome, Payment, pay};
use crate::domain::contact::{Contact, ContactChange, ContactStatus};
use crate::domain::coupon::{CouponDuration, NewCoupon};
use crate::domain::event::EventKind;
use crate::domain::fixtures::{Shop, advance, at, half_off, kinds, pointers, rule};
use crate::domain::ids::Id;
use crate::domain::order_lines::lines;

const NOW: &str = "2026-03-02";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn visitor(email: &str) -> Booker {
    let data = ContactChange { full_name: Some(Some("Ben Idle".to_owned())), ..ContactChange::default() };
    Booker::Inline { email: email.to_owned(), data: Box::new(data) }
}

fn chosen(kind: OrderLineKind, item: impl Into<AnyId>) -> ChosenLine {
    ChosenLine { kind, item: item.into(), quantity: 1 }
}

/// The form for one unit from a day on, of a type without a deposit.
fn form(shop: &mut Shop, starts_on: &str) -> NewBooking {
    shop.world.unit_types.update(shop.unit_type, |it| it.security_deposit = None);
    NewBooking {
        site: shop.site,
        contact: visitor("ben@example.com"),
        billing_period: BillingPeriod::Monthly,
        starts_on: day(starts_on),
        payment_method: PaymentMethod::Card,
        line_items: vec![chosen(OrderLineKind::UnitType, shop.unit_type)],
        coupon_code: None,
        contract_template: None,
        cancel_redirect_url: None,
    }
}

/// Books as an act.
fn booked(shop: &mut Shop, new: NewBooking) -> Result<OrderId, Refusal> {
    shop.world.transact(|world| book(world, at(NOW), new)).map(|(id, _)| id)
}

fn coupon(shop: &mut Shop, new: NewCoupon) -> CouponId {
    Coupon::create(&mut shop.world, at(NOW), new).unwrap()
}

fn coded(code: &str) -> NewCoupon {
    NewCoupon { code: Some(code.to_owned()), ..half_off() }
}

fn kinds_of_lines(shop: &Shop, id: OrderId) -> Vec<(OrderLineKind, i64, i64)> {
    let order = shop.world.orders.get(id).unwrap();
    lines(&shop.world, order).map(|line| (line.kind, line.quantity, line.price)).collect()
}

#[test]
fn a_booking_makes_a_finalized_order_of_the_storefront_that_is_paid_as_usual() {
    // X1, O24, K2
    let mut shop = Shop::new();
    shop.add_unit("A1");
    let new = form(&mut shop, "2026-03-14");
    let (id, events) = shop.world.transact(|world| book(world, at(NOW), new)).unwrap();
    let expected =
        [EventKind::ContactCreated, EventKind::OrderCreated, EventKind::OrderFinalized, EventKind::ContactUpdated];
    assert_eq!(kinds(&events), expected);
    let order = shop.world.orders.get(id).unwrap();
    assert_eq!((order.source, order.status), (OrderSource::Storefront, OrderStatus::Finalized));
    assert_eq!(order.starts_at, Some(StartsAt::At("2026-03-14T06:00:00Z".parse().unwrap())));
    assert!(order.checkout_token.is_some());
    let contact = Contact::of_email(&shop.world, "ben@example.com").unwrap();
    assert_eq!((contact.status, contact.full_name.as_deref()), (ContactStatus::Lead, Some("Ben Idle")));
    assert_eq!(pay(&mut shop.world, at(NOW), id, PayOutcome::Succeed, None), Ok(Payment::Completed));
    assert_eq!(Contact::of_email(&shop.world, "BEN@example.com").unwrap().status, ContactStatus::Customer);
}

#[test]
fn a_booking_for_today_starts_as_it_is_paid() {
    // O8, S2
    let mut shop = Shop::new();
    let new = form(&mut shop, NOW);
    let id = booked(&mut shop, new).unwrap();
    pay(&mut shop.world, at(NOW), id, PayOutcome::Succeed, None).unwrap();
    let order = shop.world.orders.get(id).unwrap();
    assert!(shop.world.tenancies.get(order.tenancy.unwrap()).unwrap().started);
}

#[test]
fn bookings_begin_in_the_window_of_the_site_alone() {
    // O8; 2 March 2026 is a Monday.
    use chrono::Weekday::{Mon, Sat, Sun};
    let window = |lead_days, range_days, opening: Option<&str>| MoveInWindow {
        lead_days,
        range_days,
        opening_date: opening.map(day),
        ..MoveInWindow::default()
    };
    let weekend = MoveInWindow { allowed_weekdays: vec![Sat, Sun, Mon], ..MoveInWindow::default() };
    let cases: [(MoveInWindow, &[&str], &[&str]); 6] = [
        (MoveInWindow::default(), &["2026-03-02", "2026-05-31"], &["2026-03-01", "2026-06-01"]),
        (window(3, 10, None), &["2026-03-05", "2026-03-12"], &["2026-03-04", "2026-03-13"]),
        (window(0, 10, Some("2026-04-01")), &["2026-04-01", "2026-04-11"], &["2026-03-31", "2026-04-12"]),
        (window(40, 10, Some("2026-04-01")), &["2026-04-11"], &["2026-04-10", "2026-04-12"]),
        (window(0, 10, Some("2026-01-01")), &["2026-03-02", "2026-03-12"], &["2026-03-13"]),
        (weekend, &["2026-03-02", "2026-03-07", "2026-03-08"], &["2026-03-03", "2026-03-06"]),
    ];
    for (window, open, closed) in cases {
        let mut shop = Shop::new();
        shop.settings(|settings| settings.move_in = window.clone());
        for date in open {
            let new = form(&mut shop, date);
            assert!(booked(&mut shop, new).is_ok(), "{date} {window:?}");
        }
        for date in closed {
            let new = form(&mut shop, date);
            assert_eq!(pointers(booked(&mut shop, new)), ["/starts_on"], "{date} {window:?}");
        }
        // Orders through the API are not bound to it.
        assert!(shop.order(NOW, shop.booking("2027-01-01")).is_ok());
    }
}

#[test]
fn a_type_that_collects_leads_is_not_booked_and_whoever_leaves_data_is_a_lead() {
    // V1, V5, O9
    let mut shop = Shop::new();
    let unit_type = shop.unit_type;
    let data = |shop: &mut Shop, contact| {
        shop.world.transact(|world| leave_data(world, at(NOW), unit_type, contact)).map(|(id, _)| id)
    };
    assert_eq!(rule(data(&mut shop, visitor("ben@example.com"))), "V1");
    shop.world.unit_types.update(unit_type, |it| it.status = UnitTypeStatus::CollectLeads);
    let new = form(&mut shop, NOW);
    let before = shop.snapshot();
    assert_eq!(rule(booked(&mut shop, new)), "V1");
    assert_eq!(shop.snapshot(), before, "not even the contact is made");
    let id = data(&mut shop, visitor("ben@example.com")).unwrap();
    assert_eq!(data(&mut shop, visitor("Ben@Example.com")), Ok(id));
    assert_eq!(shop.world.contacts.get(id).unwrap().status, ContactStatus::Lead);
    assert!(shop.world.deals.is_empty() && shop.world.orders.is_empty());
    let unknown = shop.world.transact(|world| leave_data(world, at(NOW), Id::new(1), visitor("a@example.com")));
    assert_eq!(pointers(unknown), ["/unit_type/id"]);
    // Through the API such a type can be ordered.
    assert!(shop.order(NOW, shop.booking(NOW)).is_ok());
}

#[test]
fn a_full_type_can_be_booked_as_long_as_it_is_bookable() {
    // O9, V2
    let mut shop = Shop::new();
    let new = form(&mut shop, NOW);
    assert!(booked(&mut shop, new).is_ok());
}

#[test]
fn a_code_is_found_in_any_case_and_an_unknown_one_is_pointed_at() {
    // Q11, Q8, Q9, scenario 8
    let mut shop = Shop::new();
    let id = coupon(&mut shop, coded("HALFPRICE"));
    let with = |shop: &mut Shop, code: &str, starts_on: &str| {
        let new = NewBooking { coupon_code: Some(code.to_owned()), ..form(shop, starts_on) };
        booked(shop, new)
    };
    let order = with(&mut shop, "halfprice", "2026-03-14").unwrap();
    let order = shop.world.orders.get(order).unwrap();
    assert_eq!((order.coupon, order.totals.total), (Some(id), 6_000));
    assert_eq!(pointers(with(&mut shop, "HALF", "2026-03-14")), ["/coupon_code"]);
    coupon(&mut shop, NewCoupon { expires_on: Some(day("2026-03-31")), ..coded("MARCH") });
    let before = shop.snapshot();
    assert_eq!(rule(with(&mut shop, "March", "2026-04-01")), "Q8");
    assert_eq!(shop.snapshot(), before);
    shop.world.coupons.update(id, |coupon| coupon.max_redemptions = Some(0));
    assert_eq!(rule(with(&mut shop, "HALFPRICE", "2026-03-14")), "Q9");
}

#[test]
fn a_finalized_order_keeps_its_discount_whatever_becomes_of_the_coupon() {
    // Q10
    let mut shop = Shop::new();
    let id = coupon(&mut shop, NewCoupon { expires_on: Some(day("2026-03-31")), ..coded("HALF") });
    let new = NewBooking { coupon_code: Some("half".to_owned()), ..form(&mut shop, "2026-03-14") };
    let order = booked(&mut shop, new).unwrap();
    shop.world.coupons.update(id, |coupon| {
        coupon.expires_on = Some(day("2026-01-01"));
        coupon.max_redemptions = Some(0);
    });
    assert_eq!(pay(&mut shop.world, at("2026-03-14"), order, PayOutcome::Succeed, None), Ok(Payment::Completed));
    let subscription = shop.world.orders.get(order).unwrap().subscription.unwrap();
    assert_eq!(shop.invoices(subscription)[0].total, 6_000);
}

#[test]
fn the_advertised_coupon_counts_where_no_code_is_typed_as_long_as_it_can_be_had() {
    // Q12
    let mut shop = Shop::new();
    let advertised = NewCoupon { expires_on: Some(day("2026-03-31")), ..half_off() };
    let advertised = coupon(&mut shop, advertised);
    let typed = coupon(&mut shop, NewCoupon { duration: CouponDuration::Forever, ..coded("LOYAL") });
    shop.world.unit_types.update(shop.unit_type, |it| it.promotion = Some(advertised));
    let carried = |shop: &mut Shop, code: Option<&str>, starts_on: &str| {
        let new = NewBooking { coupon_code: code.map(str::to_owned), ..form(shop, starts_on) };
        let id = booked(shop, new).unwrap();
        shop.world.orders.get(id).unwrap().coupon
    };
    assert_eq!(carried(&mut shop, None, "2026-03-14"), Some(advertised));
    assert_eq!(carried(&mut shop, Some("loyal"), "2026-03-14"), Some(typed));
    assert_eq!(carried(&mut shop, None, "2026-04-14"), None);
    // An order through the API gets none by itself.
    let id = shop.order(NOW, shop.booking("2026-03-14")).unwrap();
    assert_eq!(shop.world.orders.get(id).unwrap().coupon, None);
}

#[test]
fn the_deposit_of_a_type_comes_by_itself_and_is_paid_by_card() {
    // O16, P1, P2
    let mut shop = Shop::new();
    let mut new = form(&mut shop, "2026-03-14");
    shop.world.unit_types.update(shop.unit_type, |it| it.security_deposit = Some(5_000));
    new.line_items[0].quantity = 2;
    let by_debit = NewBooking { payment_method: PaymentMethod::BacsDebit, ..new.clone() };
    assert_eq!(rule(booked(&mut shop, by_debit)), "P2");
    let mut by_hand = new.clone();
    by_hand.line_items.push(chosen(OrderLineKind::SecurityDeposit, shop.unit_type));
    assert_eq!(pointers(booked(&mut shop, by_hand)), ["/line_items/1/type"]);
    let id = booked(&mut shop, new).unwrap();
    let expected = [(OrderLineKind::UnitType, 2, 12_000), (OrderLineKind::SecurityDeposit, 2, 5_000)];
    assert_eq!(kinds_of_lines(&shop, id), expected);
    assert_eq!(shop.world.orders.get(id).unwrap().totals.one_time_total, 10_000);
}

#[test]
fn a_type_that_needs_cover_is_booked_with_a_level_that_the_storefront_offers() {
    // O16
    let mut shop = Shop::new();
    shop.world.unit_types.update(shop.unit_type, |it| it.require_insurance_coverage = true);
    let new = form(&mut shop, "2026-03-14");
    assert_eq!(pointers(booked(&mut shop, new.clone())), ["/line_items"]);
    let mut covered = new;
    covered.line_items.push(chosen(OrderLineKind::Protection, shop.protection));
    assert!(booked(&mut shop, covered.clone()).is_ok());
    shop.world.protection_levels.update(shop.protection, |level| level.public = false);
    assert_eq!(pointers(booked(&mut shop, covered)), ["/line_items/1/item/id"]);
    // An order through the API is not checked against the form.
    assert!(shop.order(NOW, shop.booking("2026-03-14")).is_ok());
}

#[test]
fn what_there_is_not_is_pointed_at() {
    // O12, O5, O15
    let mut shop = Shop::new();
    let new = NewBooking { site: Id::new(1), ..form(&mut shop, NOW) };
    assert_eq!(pointers(booked(&mut shop, new)), ["/site/id"]);
    let unknown: UnitTypeId = Id::new(1);
    let lines = vec![chosen(OrderLineKind::UnitType, unknown)];
    let new = NewBooking { line_items: lines, ..form(&mut shop, NOW) };
    assert_eq!(pointers(booked(&mut shop, new)), ["/line_items/0/item/id"]);
    let new = NewBooking { line_items: Vec::new(), ..form(&mut shop, NOW) };
    assert_eq!(pointers(booked(&mut shop, new)), ["/line_items"]);
    let new = NewBooking { billing_period: BillingPeriod::Yearly, ..form(&mut shop, NOW) };
    assert_eq!(pointers(booked(&mut shop, new)), ["/line_items/0/price"]);
}

#[test]
fn whoever_turns_back_at_the_checkout_leaves_the_order_as_it_is() {
    // O11, O10, O24
    let mut shop = Shop::new();
    let back = Some("https://shop.example/back".to_owned());
    let new = NewBooking { cancel_redirect_url: back.clone(), ..form(&mut shop, "2026-03-14") };
    let id = booked(&mut shop, new).unwrap();
    let before = shop.snapshot();
    assert_eq!(leave_checkout(&shop.world, id), Ok(back.as_deref()));
    assert_eq!(shop.snapshot(), before);
    // A year later it can still be paid.
    assert_eq!(advance(&mut shop.world, at("2027-03-02")), []);
    assert_eq!(pay(&mut shop.world, at("2027-03-02"), id, PayOutcome::Succeed, None), Ok(Payment::Completed));
    assert_eq!(rule(leave_checkout(&shop.world, id)), "O24");
    assert_eq!(leave_checkout(&shop.world, Id::new(1)), Err(Refusal::NotFound));
    let new = form(&mut shop, "2026-03-14");
    let without = booked(&mut shop, new).unwrap();
    assert_eq!(leave_checkout(&shop.world, without), Ok(None));
}
