//! Cancellations and ends, rule by rule.

use super::*;
use crate::domain::backoffice::move_start;
use crate::domain::billing::raise_recurring;
use crate::domain::booking::NewOrder;
use crate::domain::calendar::BillingPeriod;
use crate::domain::completion::{PayOutcome, pay};
use crate::domain::contact::ChargeOutcome;
use crate::domain::coupon::{Coupon, CouponDuration, NewCoupon};
use crate::domain::event::Event;
use crate::domain::fixtures::{
    Shop, advance, at, half_off, kinds, line, moment, percent_off, pointers, prices, rates, rule,
};
use crate::domain::ids::Id;
use crate::domain::invoice::{Invoice, InvoiceStatus};
use crate::domain::order::{OrderLineKind, StartsAt};
use crate::domain::order_lines::NewLine;
use crate::domain::price::PricePeriod;
use crate::domain::schedule::DueKind;
use crate::domain::unit;

const NOW: &str = "2026-03-02";

/// The words of events, in order.
fn words(events: &[Event]) -> Vec<&'static str> {
    kinds(events).into_iter().map(EventKind::as_str).collect()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Cancels as an act. Gives the events.
fn cancel_at(shop: &mut Shop, now: Timestamp, id: SubscriptionId, how: Cancellation) -> Result<Vec<Event>, Refusal> {
    shop.world.transact(|world| cancel(world, now, id, how)).map(|((), events)| events)
}

fn cancel_on(shop: &mut Shop, now: &str, id: SubscriptionId, when: CancelWhen) -> Vec<&'static str> {
    words(&cancel_at(shop, at(now), id, Cancellation::of(when)).unwrap())
}

/// A shop with two units, and a monthly rental of 120.00 that begins on a day.
fn rented(start: &str) -> (Shop, SubscriptionId) {
    let mut shop = Shop::new();
    shop.add_unit("A1");
    shop.add_unit("A2");
    let id = shop.rent(NOW, shop.booking(start));
    (shop, id)
}

fn statuses(shop: &Shop) -> Vec<UnitStatus> {
    shop.world.units.iter().map(|unit| unit.status).collect()
}

fn contact_status(shop: &Shop) -> ContactStatus {
    shop.world.contacts.get(shop.contact).unwrap().status
}

/// The totals of the invoices of a subscription, each with the dates of its period.
fn billed(shop: &Shop, id: SubscriptionId) -> Vec<(i64, String, String)> {
    let date = |at: Timestamp| at.date_in(chrono_tz::Europe::London).to_string();
    let bounds = |invoice: &Invoice| invoice.period.unwrap();
    let of = |it: &Invoice| (it.total, date(bounds(it).starts_at), date(bounds(it).ends_at));
    shop.invoices(id).into_iter().map(of).collect()
}

fn invoice(total: i64, from: &str, to: &str) -> (i64, String, String) {
    (total, from.to_owned(), to.to_owned())
}

#[test]
fn before_the_start_a_cancellation_ends_the_rental_at_once_and_frees_what_is_reserved() {
    // M1, S1, S6: whatever was chosen, and whatever the switch says.
    for when in [CancelWhen::Immediately, CancelWhen::EndOfTerm, CancelWhen::On(day("2026-08-01"))] {
        let (mut shop, id) = rented("2026-03-14");
        shop.settings(|settings| settings.auto_deallocate = false);
        let events = cancel_on(&mut shop, "2026-03-10", id, when);
        let expected = [
            "subscription.cancelled",
            "subscription.ended",
            "unit.updated",
            "unit.available",
            "contact.updated",
            "contact.churned",
        ];
        assert_eq!(events, expected);
        let subscription = shop.subscription(id);
        assert_eq!((subscription.cancelled, subscription.ends_at), (true, Some(at("2026-03-10"))));
        assert_eq!((subscription.cancellation_reason.as_deref(), subscription.current_period), (Some("unknown"), None));
        let tenancy = shop.world.tenancies.get(subscription.tenancy).unwrap();
        assert_eq!((tenancy.ends_at, tenancy.unit_allocations.len()), (Some(at("2026-03-10")), 0));
        assert_eq!((tenancy.updated_at, subscription.updated_at), (at("2026-03-10"), at("2026-03-10")));
        assert_eq!(statuses(&shop), [UnitStatus::Available; 2]);
        assert_eq!(advance(&mut shop.world, at("2027-03-10")), []);
        assert!(shop.invoices(id).is_empty(), "nothing recurring is billed");
    }
}

#[test]
fn a_deposit_stays_held_and_a_unit_that_was_entered_early_is_freed_at_the_end_of_the_day() {
    // M1, P4, A13
    let mut shop = Shop::new();
    shop.add_unit("A1");
    let mut booking = shop.booking("2026-03-14");
    booking.line_items.push(line(OrderLineKind::SecurityDeposit, shop.unit_type));
    let id = shop.rent(NOW, booking);
    let (tenancy, unit) = (shop.subscription(id).tenancy, shop.world.units.iter().next().unwrap().id);
    unit::grant_access(&mut shop.world, at("2026-03-05"), unit, tenancy).unwrap();
    let events = cancel_on(&mut shop, "2026-03-05", id, CancelWhen::Immediately);
    assert_eq!(events, ["subscription.cancelled", "subscription.ended", "contact.updated", "contact.churned"]);
    assert_eq!(words(&advance(&mut shop.world, at("2026-03-06"))), ["unit.updated", "unit.available"]);
    let invoices = shop.invoices(id);
    assert_eq!(invoices.len(), 1);
    assert_eq!((invoices[0].total, invoices[0].collection.deposit.unwrap().held), (5_000, 5_000));
}

#[test]
fn until_six_on_its_day_a_rental_has_not_started() {
    // S2
    let (mut shop, id) = rented("2026-03-14");
    let events = cancel_at(&mut shop, moment("2026-03-14T05:59:59Z"), id, Cancellation::of(CancelWhen::EndOfTerm));
    assert!(words(&events.unwrap()).contains(&"unit.available"));
    let (mut shop, id) = rented("2026-03-14");
    advance(&mut shop.world, moment("2026-03-14T06:00:00Z"));
    let events = cancel_at(&mut shop, moment("2026-03-14T06:00:00Z"), id, Cancellation::of(CancelWhen::EndOfTerm));
    assert_eq!(words(&events.unwrap()), ["subscription.cancelled"]);
    assert_eq!(shop.subscription(id).ends_at, Some(moment("2026-04-14T22:59:59Z")));
}

#[test]
fn with_effect_now_the_rental_ends_at_once_and_its_units_are_freed_at_the_end_of_the_day() {
    // M2, M3, H8, A24
    let (mut shop, id) = rented(NOW);
    let now = at("2026-03-10");
    let events = cancel_on(&mut shop, "2026-03-10", id, CancelWhen::Immediately);
    assert_eq!(events, ["subscription.cancelled", "subscription.ended", "contact.updated", "contact.churned"]);
    let (subscription, tenancy) = (shop.subscription(id), shop.subscription(id).tenancy);
    assert_eq!((subscription.ends_at, subscription.billing.next_invoice_at), (Some(now), None));
    assert_eq!(shop.world.tenancies.get(tenancy).unwrap().ends_at, Some(now));
    assert_eq!(statuses(&shop), [UnitStatus::Available, UnitStatus::Occupied]);
    let (due, subject) = shop.world.next_due().unwrap();
    assert_eq!((due.at, due.kind), (moment("2026-03-10T23:59:59Z"), DueKind::Deallocation));
    assert_eq!(subject, tenancy.any());
    assert_eq!(words(&advance(&mut shop.world, due.at)), ["unit.updated", "unit.available"]);
    let told: Vec<_> = shop.world.notices.iter().filter(|it| it.kind == NoticeKind::UnitsFreed).collect();
    assert_eq!(told.iter().map(|it| (it.to, it.about)).collect::<Vec<_>>(), [(None, tenancy.any())]);
    // M4: what is paid is not paid back.
    assert_eq!(billed(&shop, id), [invoice(12_000, "2026-03-02", "2026-04-02")]);
    assert!(shop.world.credit_notes.is_empty());
    assert_eq!(shop.subscription(id).current_period, shop.invoices(id)[0].period, "the last period stays");
}

#[test]
fn at_the_end_of_the_term_the_rental_ends_with_the_day_of_the_next_bill_which_is_not_raised() {
    // M3, M6, M7, S1, H8
    let (mut shop, id) = rented(NOW);
    assert_eq!(cancel_on(&mut shop, "2026-03-10", id, CancelWhen::EndOfTerm), ["subscription.cancelled"]);
    let end = moment("2026-04-02T22:59:59Z");
    let subscription = shop.subscription(id);
    assert_eq!((subscription.cancelled, subscription.ends_at), (true, Some(end)));
    assert_eq!(advance(&mut shop.world, end.plus_seconds(-1)), []);
    assert_eq!(statuses(&shop), [UnitStatus::Available, UnitStatus::Occupied]);
    assert_eq!(contact_status(&shop), ContactStatus::Customer);
    let events = advance(&mut shop.world, end);
    let expected = ["subscription.ended", "unit.updated", "unit.available", "contact.updated", "contact.churned"];
    assert_eq!(words(&events), expected);
    assert!(events.iter().all(|event| event.at == end));
    assert_eq!(billed(&shop, id), [invoice(12_000, "2026-03-02", "2026-04-02")]);
    assert_eq!(advance(&mut shop.world, at("2027-04-02")), []);
}

#[test]
fn all_units_are_told_of_before_their_type_and_that_before_the_contact() {
    // Section 21, end reached; V2
    let mut shop = Shop::new();
    shop.add_unit("A1");
    shop.add_unit("A2");
    shop.world.unit_types.update(shop.unit_type, |it| it.settings.auto_update_availability = true);
    let mut booking = shop.booking(NOW);
    booking.line_items[0].quantity = 2;
    let id = shop.rent(NOW, booking);
    cancel_on(&mut shop, "2026-03-10", id, CancelWhen::On(day("2026-03-20")));
    let events = words(&advance(&mut shop.world, at("2026-03-21")));
    let unit = ["unit.updated", "unit.available"];
    let expected =
        [&["subscription.ended"][..], &unit, &unit, &["unit_type.updated", "contact.updated", "contact.churned"]];
    assert_eq!(events, expected.concat());
}

#[test]
fn a_chosen_day_in_the_paid_period_ends_the_rental_then_without_a_refund() {
    // M2, M3, M4
    let (mut shop, id) = rented(NOW);
    cancel_on(&mut shop, "2026-03-10", id, CancelWhen::On(day("2026-03-20")));
    assert_eq!(shop.subscription(id).ends_at, Some(moment("2026-03-20T23:59:59Z")));
    advance(&mut shop.world, at("2026-06-01"));
    assert_eq!(billed(&shop, id), [invoice(12_000, "2026-03-02", "2026-04-02")]);
    assert_eq!(contact_status(&shop), ContactStatus::Churned);
}

#[test]
fn a_chosen_day_in_the_next_period_makes_its_invoice_a_part_of_the_whole() {
    // M5, M6: of the 30 days from 2 April, those to 12 April, the day itself not: 10.
    let mut shop = Shop::new();
    shop.settings(|settings| settings.unit_type_tax = rates(["20"]));
    let mut booking = shop.booking(NOW);
    booking.line_items.push(NewLine { quantity: 2, ..line(OrderLineKind::Protection, shop.protection) });
    let id = shop.rent(NOW, booking);
    cancel_on(&mut shop, "2026-03-10", id, CancelWhen::On(day("2026-04-12")));
    let events = words(&advance(&mut shop.world, at("2026-04-02")));
    assert_eq!(events, ["invoice.created", "invoice.finalized", "invoice.paid"], "on its usual day");
    let part = shop.invoices(id)[1];
    let figures: Vec<_> = part.line_items.iter().map(|it| (it.price, it.quantity, it.total, it.tax)).collect();
    // 120.00 x 10 / 30 = 40.00; 11.20 x 10 / 30 = 3.733.
    assert_eq!(figures, [(4_000, 1, 4_000, 667), (373, 2, 746, 0)]);
    assert_eq!((part.total, part.status), (4_746, InvoiceStatus::Paid));
    let period = part.period.unwrap();
    assert_eq!(period.starts_at, moment("2026-04-02T05:00:00Z"));
    assert_eq!(Some(period.ends_at), shop.subscription(id).ends_at, "it ends at the move-out");
    assert_eq!(shop.subscription(id).current_period, Some(period));
    advance(&mut shop.world, at("2026-12-01"));
    assert_eq!(shop.invoices(id).len(), 2);
}

#[test]
fn a_chosen_day_beyond_the_next_period_lets_full_invoices_come_until_the_last() {
    // M6, M7
    let (mut shop, id) = rented(NOW);
    cancel_on(&mut shop, "2026-03-10", id, CancelWhen::On(day("2026-05-12")));
    advance(&mut shop.world, at("2027-01-01"));
    let full = [invoice(12_000, "2026-03-02", "2026-04-02"), invoice(12_000, "2026-04-02", "2026-05-02")];
    // 10 of 31 days: 38.71.
    let part = invoice(3_871, "2026-05-02", "2026-05-12");
    assert_eq!(billed(&shop, id), [&full[..], &[part]].concat());
}

#[test]
fn no_period_is_billed_that_begins_on_the_day_of_the_move_out_or_later() {
    // M7
    let (mut shop, id) = rented(NOW);
    cancel_on(&mut shop, "2026-03-10", id, CancelWhen::On(day("2026-05-02")));
    advance(&mut shop.world, at("2027-01-01"));
    assert_eq!(billed(&shop, id).len(), 2);
    let refused = shop.world.transact(|world| raise_recurring(world, at("2026-05-02"), id, 2));
    assert_eq!(rule(refused), "M7");
}

#[test]
fn a_part_is_discounted_as_a_whole_period_is() {
    // M5, Q5
    let mut shop = Shop::new();
    let coupon = NewCoupon { duration: CouponDuration::Forever, ..half_off() };
    let coupon = Coupon::create(&mut shop.world, at(NOW), coupon).unwrap();
    let id = shop.rent(NOW, NewOrder { coupon: Some(coupon), ..shop.booking(NOW) });
    cancel_on(&mut shop, "2026-03-10", id, CancelWhen::On(day("2026-04-12")));
    advance(&mut shop.world, at("2026-04-02"));
    assert_eq!(billed(&shop, id)[1], invoice(2_000, "2026-04-02", "2026-04-12"));
}

#[test]
fn a_day_that_is_past_is_pointed_at_and_today_is_none() {
    // M2
    let (mut shop, id) = rented(NOW);
    let before = shop.snapshot();
    let far = CancelWhen::On(NaiveDate::from_ymd_opt(10_000, 1, 1).unwrap());
    for when in [CancelWhen::On(day("2026-03-09")), far] {
        assert_eq!(pointers(cancel_at(&mut shop, at("2026-03-10"), id, Cancellation::of(when))), ["/on"]);
    }
    assert_eq!(shop.snapshot(), before);
    cancel_on(&mut shop, "2026-03-10", id, CancelWhen::On(day("2026-03-10")));
    assert_eq!(shop.subscription(id).ends_at, Some(moment("2026-03-10T23:59:59Z")));
}

#[test]
fn the_reason_is_a_word_and_other_comes_with_a_text() {
    // M2
    let (mut shop, id) = rented(NOW);
    let with = |reason: &str, text: Option<&str>| Cancellation {
        when: CancelWhen::EndOfTerm,
        reason: Some(reason.to_owned()),
        text: text.map(str::to_owned),
    };
    for (reason, text, pointer) in
        [("other", None, "/text"), ("other", Some(" "), "/text"), ("Too dear", None, "/reason"), ("", None, "/reason")]
    {
        assert_eq!(pointers(cancel_at(&mut shop, at(NOW), id, with(reason, text))), [pointer], "{reason}");
    }
    cancel_at(&mut shop, at(NOW), id, with("other", Some("Too far away."))).unwrap();
    let subscription = shop.subscription(id);
    assert_eq!(subscription.cancellation_reason.as_deref(), Some("other"));
    assert_eq!(subscription.billing.cancellation_text.as_deref(), Some("Too far away."));
    let (mut shop, id) = rented(NOW);
    cancel_at(&mut shop, at(NOW), id, with("too_expensive", None)).unwrap();
    assert_eq!(shop.subscription(id).cancellation_reason.as_deref(), Some("too_expensive"));
}

#[test]
fn a_cancellation_is_neither_undone_nor_moved() {
    // M9, S3
    let (mut shop, id) = rented(NOW);
    assert_eq!(rule(undo(&shop.world, id)), "M9");
    cancel_on(&mut shop, NOW, id, CancelWhen::EndOfTerm);
    let before = shop.snapshot();
    for when in [CancelWhen::Immediately, CancelWhen::EndOfTerm, CancelWhen::On(day("2026-08-01"))] {
        assert_eq!(rule(cancel_at(&mut shop, at(NOW), id, Cancellation::of(when))), "M9");
    }
    assert_eq!(rule(undo(&shop.world, id)), "M9");
    assert_eq!(rule(shop.world.transact(|world| move_start(world, at(NOW), id, StartsAt::Now))), "M9");
    assert_eq!(shop.snapshot(), before);
    advance(&mut shop.world, at("2026-08-01"));
    assert_eq!(rule(cancel_at(&mut shop, at("2026-08-01"), id, Cancellation::of(CancelWhen::Immediately))), "M9");
    assert_eq!(rule(undo(&shop.world, id)), "M9");
    let unknown: SubscriptionId = Id::new(1);
    assert_eq!(undo(&shop.world, unknown), Err(Refusal::NotFound));
    let refused = cancel_at(&mut shop, at(NOW), unknown, Cancellation::of(CancelWhen::Immediately));
    assert_eq!(refused, Err(Refusal::NotFound));
}

#[test]
fn the_portal_cancels_to_the_day_that_is_paid_up_to_unless_it_is_off() {
    // M8
    let (mut shop, id) = rented(NOW);
    shop.world.settings.portal_cancellation = false;
    let portal = |shop: &mut Shop, id| shop.world.transact(|world| cancel_in_portal(world, at("2026-03-10"), id));
    assert_eq!(rule(portal(&mut shop, id)), "M8");
    assert_eq!(portal(&mut shop, Id::new(1)).unwrap_err(), Refusal::NotFound);
    shop.world.settings.portal_cancellation = true;
    let ((), events) = portal(&mut shop, id).unwrap();
    assert_eq!(words(&events), ["subscription.cancelled"]);
    let subscription = shop.subscription(id);
    assert_eq!(subscription.cancellation_reason.as_deref(), Some("unknown"));
    assert_eq!(subscription.ends_at, Some(moment("2026-04-02T22:59:59Z")));
    assert_eq!(rule(portal(&mut shop, id)), "M9");
}

#[test]
fn neither_a_notice_period_nor_a_minimum_stay_is_heeded() {
    // M10: cancelled on the day of the start to the end of that day.
    let (mut shop, id) = rented(NOW);
    cancel_on(&mut shop, NOW, id, CancelWhen::On(day(NOW)));
    let events = words(&advance(&mut shop.world, at("2026-03-03")));
    assert_eq!(events[0], "subscription.ended");
}

#[test]
fn locked_units_stay_after_the_end_and_staff_are_told() {
    // A25, A24, M11
    let mut shop = Shop::new();
    for label in ["A1", "A2", "A3"] {
        shop.add_unit(label);
    }
    let mut booking = shop.booking(NOW);
    booking.line_items[0].quantity = 3;
    let id = shop.rent(NOW, booking);
    let units: Vec<UnitId> = shop.world.units.iter().map(|unit| unit.id).collect();
    for &unit in &units[..2] {
        unit::overlock_one(&mut shop.world, at(NOW), unit).unwrap();
    }
    unit::repossess(&mut shop.world, at(NOW), units[0]).unwrap();
    cancel_on(&mut shop, NOW, id, CancelWhen::On(day("2026-03-20")));
    let events = words(&advance(&mut shop.world, at("2026-03-21")));
    let expected = ["subscription.ended", "unit.updated", "unit.available", "contact.updated", "contact.churned"];
    assert_eq!(events, expected);
    assert_eq!(statuses(&shop), [UnitStatus::Repossessed, UnitStatus::Overlocked, UnitStatus::Available]);
    let told: Vec<_> = shop.world.notices.iter().map(|notice| notice.kind).collect();
    assert!(told.ends_with(&[NoticeKind::UnitsFreed, NoticeKind::UnitsToDeallocate]), "{told:?}");
}

#[test]
fn with_the_switch_off_the_units_stay_after_the_end() {
    // A26, S6
    let (mut shop, id) = rented(NOW);
    shop.settings(|settings| settings.auto_deallocate = false);
    cancel_on(&mut shop, NOW, id, CancelWhen::On(day("2026-03-20")));
    let events = words(&advance(&mut shop.world, at("2026-03-21")));
    assert_eq!(events, ["subscription.ended", "contact.updated", "contact.churned"]);
    assert_eq!(statuses(&shop), [UnitStatus::Available, UnitStatus::Occupied]);
    let last = shop.world.notices.iter().next_back().unwrap();
    assert_eq!((last.kind, last.to), (NoticeKind::UnitsToDeallocate, None));
}

#[test]
fn a_unit_that_is_taken_away_ends_neither_tenancy_nor_billing() {
    // A27, A18
    let (mut shop, id) = rented(NOW);
    let unit = shop.world.units.iter().find(|unit| unit.status == UnitStatus::Occupied).unwrap().id;
    unit::deallocate(&mut shop.world, at("2026-03-10"), unit).unwrap();
    let tenancy = shop.world.tenancies.get(shop.subscription(id).tenancy).unwrap();
    assert_eq!((tenancy.ends_at, tenancy.unit_allocations.len()), (None, 0));
    advance(&mut shop.world, at("2026-04-02"));
    assert_eq!(shop.invoices(id).len(), 2);
}

#[test]
fn a_contact_churns_with_its_last_tenancy_and_a_new_order_makes_it_a_customer_again() {
    // S6
    let (mut shop, first) = rented(NOW);
    let second = shop.rent(NOW, shop.booking("2026-05-01"));
    cancel_on(&mut shop, "2026-03-10", first, CancelWhen::Immediately);
    advance(&mut shop.world, at("2026-03-11"));
    assert_eq!(contact_status(&shop), ContactStatus::Customer, "one is to come");
    cancel_on(&mut shop, "2026-03-11", second, CancelWhen::Immediately);
    assert_eq!(contact_status(&shop), ContactStatus::Churned);
    shop.rent("2026-03-12", shop.booking("2026-03-12"));
    assert_eq!(contact_status(&shop), ContactStatus::Customer);
    assert_eq!(shop.world.contacts.get(shop.contact).unwrap().tenancies_count, 3);
}

#[test]
fn two_rentals_that_end_at_one_instant_let_the_contact_churn_once_after_all_units() {
    // S6, H3, section 21
    let (mut shop, first) = rented(NOW);
    let second = shop.rent(NOW, shop.booking(NOW));
    for id in [first, second] {
        cancel_on(&mut shop, NOW, id, CancelWhen::On(day("2026-03-20")));
    }
    let events = words(&advance(&mut shop.world, at("2026-03-21")));
    let expected = [
        "subscription.ended",
        "subscription.ended",
        "unit.updated",
        "unit.available",
        "unit.updated",
        "unit.available",
        "contact.updated",
        "contact.churned",
    ];
    assert_eq!(events, expected);
}

#[test]
fn what_is_unpaid_at_the_end_stays_open() {
    // S7
    let mut shop = Shop::new();
    shop.world.contacts.update(shop.contact, |contact| contact.account.charges = ChargeOutcome::Decline);
    let id = shop.rent(NOW, shop.booking(NOW));
    let open = shop.invoices(id)[0].clone();
    assert_eq!(open.status, InvoiceStatus::Open);
    cancel_on(&mut shop, NOW, id, CancelWhen::Immediately);
    let kept = shop.invoices(id)[0];
    assert_eq!((kept.status, kept.amount_due, kept.total), (InvoiceStatus::Open, open.amount_due, open.total));
}

#[test]
fn later_list_prices_coupons_and_rates_leave_a_running_rental_alone() {
    // S5
    let mut shop = Shop::new();
    shop.settings(|settings| settings.unit_type_tax = rates(["20"]));
    let coupon = NewCoupon { duration: CouponDuration::Forever, ..half_off() };
    let coupon = Coupon::create(&mut shop.world, at(NOW), coupon).unwrap();
    let id = shop.rent(NOW, NewOrder { coupon: Some(coupon), ..shop.booking(NOW) });
    shop.settings(|settings| settings.unit_type_tax = rates([]));
    let dear = [(PricePeriod::Monthly, 99_000)];
    shop.world.unit_types.update(shop.unit_type, |it| it.prices = prices(&dear));
    shop.world.coupons.update(coupon, |it| it.terms.discount.reduction = percent_off("10"));
    advance(&mut shop.world, at("2026-04-02"));
    let second = shop.invoices(id)[1];
    assert_eq!((second.total, second.tax), (6_000, 1_000));
}

#[test]
fn days_are_those_of_the_site() {
    // C1, M3
    let mut shop = Shop::new();
    shop.add_unit("A1");
    shop.settings(|settings| settings.time_zone = chrono_tz::Pacific::Auckland);
    let id = shop.rent(NOW, shop.booking(NOW));
    // In Auckland it is 3 March already, in daylight saving time: 13 hours ahead.
    let refused = cancel_at(&mut shop, at(NOW), id, Cancellation::of(CancelWhen::On(day(NOW))));
    assert_eq!(pointers(refused), ["/on"]);
    cancel_on(&mut shop, NOW, id, CancelWhen::On(day("2026-03-03")));
    assert_eq!(shop.subscription(id).ends_at, Some(moment("2026-03-03T10:59:59Z")));
}

#[test]
fn the_end_of_a_week_is_that_of_its_own_period() {
    // M3
    let mut shop = Shop::new();
    let weekly = NewOrder { billing_period: Some(BillingPeriod::Weekly), ..shop.booking(NOW) };
    let id = shop.rent(NOW, weekly);
    advance(&mut shop.world, at("2026-03-11"));
    cancel_on(&mut shop, "2026-03-11", id, CancelWhen::EndOfTerm);
    assert_eq!(shop.subscription(id).ends_at, Some(moment("2026-03-16T23:59:59Z")));
    assert_eq!(shop.invoices(id).len(), 2);
}

#[test]
fn an_order_that_was_completed_stays_so_after_the_end() {
    // O2
    let mut shop = Shop::new();
    let order = shop.order(NOW, shop.booking(NOW)).unwrap();
    pay(&mut shop.world, at(NOW), order, PayOutcome::Succeed, None).unwrap();
    let id = shop.world.orders.get(order).unwrap().subscription.unwrap();
    let before = shop.world.orders.get(order).unwrap().clone();
    cancel_on(&mut shop, NOW, id, CancelWhen::Immediately);
    advance(&mut shop.world, at("2026-03-03"));
    assert_eq!(shop.world.orders.get(order).unwrap(), &before);
}
