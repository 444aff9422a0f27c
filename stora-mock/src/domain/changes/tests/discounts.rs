use crate::domain::changes::testing::{Rental, added, date, edit, priced, removed};
use crate::domain::changes::{LineEdits, Timing, add_coupon};
use crate::domain::coupon::{Coupon, CouponChange, CouponDuration, NewCoupon};
use crate::domain::discount::{AutoApplyTo, Reduction};
use crate::domain::fixtures::{Shop, at, half_off, line, percent_off, pointers, rates, rule};
use crate::domain::ids::{CouponId, UnitTypeId};
use crate::domain::invoice::InvoicePurpose;
use crate::domain::order::OrderLineKind;

const NOW: Timing = Timing::Immediately;

fn coupon(shop: &mut Shop, new: NewCoupon) -> CouponId {
    Coupon::create(&mut shop.world, at("2026-01-01"), new).unwrap()
}

fn forever(percent: &str) -> NewCoupon {
    NewCoupon { reduction: percent_off(percent), duration: CouponDuration::Forever, ..half_off() }
}

/// A rental that was booked with a coupon.
fn booked_with(new: NewCoupon) -> Rental {
    Rental::with("2026-04-10", "2026-04-10", 10_000, |shop, order| order.coupon = Some(coupon(shop, new)))
}

/// A rental that staff give a coupon at midday of a day, perhaps for one line.
fn given(rental: &mut Rental, day: &str, new: NewCoupon, place: Option<usize>) -> CouponId {
    let id = coupon(&mut rental.shop, new);
    assert_eq!(rental.on(day, |world, now, of| add_coupon(world, now, of, id, place)), Ok(vec![]));
    id
}

#[test]
fn scenario_9_an_added_type_inherits_a_discount_on_unit_types() {
    // Q13: 20 % on all unit types.
    let mut rental = booked_with(forever("20"));
    let second = rental.other_type(8_000);
    rental.change("2026-04-25", added(second), NOW).unwrap();
    assert_eq!(rental.totals(InvoicePurpose::Proration), [3_200], "half of 64.00 (R4)");
    rental.advance(at("2026-05-10"));
    let net: Vec<_> = rental.last_invoice().line_items.iter().map(|line| line.total).collect();
    assert_eq!(net, [8_000, 6_400]);
    // So does one on the whole subscription.
    let whole = AutoApplyTo { subscriptions: true, ..AutoApplyTo::default() };
    let mut rental = booked_with(NewCoupon { auto_apply_to: whole, ..forever("20") });
    rental.change("2026-04-10", added(rental.shop.protection), NOW).unwrap();
    assert_eq!(rental.totals(InvoicePurpose::Proration), [896], "20 % off 11.20");
}

#[test]
fn scenario_9_a_discount_of_one_line_is_not_inherited_and_covers_more_of_that_line() {
    // Q13: 20 % on line 1 alone, which stands at place 0.
    let mut rental = Rental::with("2026-03-10", "2026-03-10", 10_000, |_, _| {});
    given(&mut rental, "2026-04-09", forever("20"), Some(0));
    let second = rental.other_type(8_000);
    rental.change("2026-04-25", added(second), NOW).unwrap();
    assert_eq!(rental.totals(InvoicePurpose::Proration), [4_000], "half of 80.00");
    rental.advance(at("2026-05-10"));
    let net: Vec<_> = rental.last_invoice().line_items.iter().map(|line| line.total).collect();
    assert_eq!(net, [8_000, 8_000]);
    rental.change("2026-05-10", edit(0, None::<UnitTypeId>, None, Some(2)), NOW).unwrap();
    assert_eq!(rental.totals(InvoicePurpose::Proration), [4_000, 8_000]);
    rental.advance(at("2026-06-10"));
    let net: Vec<_> = rental.last_invoice().line_items.iter().map(|line| line.total).collect();
    assert_eq!(net, [16_000, 8_000]);
}

#[test]
fn a_discount_of_one_line_follows_it_and_ends_with_it() {
    // Q13
    let mut rental = Rental::with("2026-04-10", "2026-04-10", 10_000, |shop, new| {
        new.line_items.push(line(OrderLineKind::Protection, shop.protection));
    });
    given(&mut rental, "2026-04-10", forever("20"), Some(1));
    let large = rental.other_type(15_000);
    rental.change("2026-04-11", LineEdits { remove: vec![0], ..added(large) }, NOW).unwrap();
    rental.advance(at("2026-05-10"));
    let net: Vec<_> = rental.last_invoice().line_items.iter().map(|line| line.total).collect();
    assert_eq!(net, [896, 15_000]);
    rental.change("2026-05-11", removed(0), NOW).unwrap();
    assert_eq!(rental.subscription().billing.discount, None);
    assert_eq!(rental.subscription().billing.period_discount, None);
    rental.change("2026-05-11", added(rental.shop.protection), Timing::OnNextRenewal).unwrap();
    rental.advance(at("2026-06-10"));
    assert_eq!(rental.recurring()[2].1, 16_120);
}

#[test]
fn old_and_new_are_prorated_after_the_discount_that_the_period_had() {
    // R4: half off the first invoice alone (Q5).
    let mut rental = booked_with(half_off());
    rental.change("2026-04-25", priced(0, 16_000), NOW).unwrap();
    let totals: Vec<_> =
        rental.last_invoice().line_items.iter().map(|line| (line.total, line.discount_total)).collect();
    assert_eq!(totals, [(-2_500, 0), (4_000, 0)]);
    rental.advance(at("2026-05-10"));
    assert_eq!(rental.recurring()[1].1, 16_000);
    rental.change("2026-05-10", priced(0, 10_000), NOW).unwrap();
    assert_eq!(rental.credit(), 6_000);
}

#[test]
fn the_shares_of_a_fixed_amount_move_with_the_lines() {
    // Q1, R4: 20.00 off line 1 becomes 10.00 off each of two lines.
    let mut rental = booked_with(NewCoupon { reduction: Reduction::Amount(2_000), ..forever("20") });
    let second = rental.other_type(10_000);
    rental.change("2026-04-10", added(second), NOW).unwrap();
    let totals: Vec<_> = rental.last_invoice().line_items.iter().map(|line| line.total).collect();
    assert_eq!((totals, rental.last_invoice().total), (vec![-8_000, 9_000, 9_000], 10_000));
}

#[test]
fn a_coupon_of_staff_counts_from_that_day() {
    // Q5, Q6, Q9: the current period stays as it was billed; each of the durations.
    let repeating = NewCoupon { duration: CouponDuration::Repeating, months: Some(2), ..half_off() };
    for (new, discounted) in [(half_off(), 1), (repeating.clone(), 2), (forever("50"), 3)] {
        let mut rental = Rental::monthly("2026-04-10", 10_000);
        let id = given(&mut rental, "2026-04-20", new, None);
        assert_eq!(rental.shop.world.coupons.get(id).unwrap().redemptions, 1);
        assert_eq!(rental.subscription().updated_at, at("2026-04-20"));
        rental.change("2026-04-25", priced(0, 16_000), NOW).unwrap();
        assert_eq!(rental.totals(InvoicePurpose::Proration), [3_000], "no discount falls on this period");
        rental.advance(at("2026-07-10"));
        let totals: Vec<_> = rental.recurring().into_iter().skip(1).map(|(_, total)| total).collect();
        let expected: Vec<_> = (0..3).map(|k| if k < discounted { 8_000 } else { 16_000 }).collect();
        assert_eq!(totals, expected);
    }
    // Given on a billing date after that day's invoice, `once` is the next one.
    let mut rental = Rental::monthly("2026-04-10", 10_000);
    given(&mut rental, "2026-05-10", half_off(), None);
    rental.advance(at("2026-07-10"));
    let totals: Vec<_> = rental.recurring().into_iter().map(|(_, total)| total).collect();
    assert_eq!(totals, [10_000, 10_000, 5_000, 10_000]);
    // Before the start, it counts from the start.
    let mut rental = Rental::with("2026-03-02", "2026-03-14", 10_000, |_, _| {});
    given(&mut rental, "2026-03-05", repeating, None);
    assert_eq!(rental.subscription().billing.discount.as_ref().unwrap().since, date("2026-03-14"));
}

#[test]
fn a_coupon_that_cannot_be_had_is_refused() {
    // Q8, Q9: against the day it is to count from.
    let mut rental = Rental::with("2026-03-02", "2026-03-14", 10_000, |_, _| {});
    let lapsing = coupon(&mut rental.shop, NewCoupon { expires_on: Some(date("2026-03-13")), ..half_off() });
    let used_up = coupon(&mut rental.shop, NewCoupon { max_redemptions: Some(1), ..half_off() });
    rental.shop.world.coupons.update(used_up, |it| it.redemptions = 1);
    let unknown: CouponId = rental.shop.world.ids.fresh();
    let mut give = |id, line| rental.on("2026-03-05", |world, now, of| add_coupon(world, now, of, id, line));
    assert_eq!(rule(give(lapsing, None)), "Q8");
    assert_eq!(rule(give(used_up, None)), "Q9");
    assert_eq!(pointers(give(unknown, Some(1))), ["/coupon/id", "/line"]);
    assert_eq!(pointers(give(lapsing, Some(1))), ["/line"]);
}

#[test]
fn a_discount_stays_as_it_is_until_it_is_used_up() {
    // Q14
    let mut rental = booked_with(NewCoupon { duration: CouponDuration::Repeating, months: Some(2), ..half_off() });
    let other = coupon(&mut rental.shop, forever("10"));
    let give = |world: &mut _, now, of| add_coupon(world, now, of, other, None);
    assert_eq!(rule(rental.on("2026-04-20", give)), "Q14");
    assert_eq!(rental.on("2026-05-20", give), Ok(vec![]), "its two months are over at the next billing date");
    rental.advance(at("2026-06-10"));
    assert_eq!(rental.recurring()[2].1, 9_000);
    assert_eq!(rule(rental.on("2027-01-01", give)), "Q14");
    let id = rental.id;
    rental.shop.world.subscriptions.update(id, |it| it.ends_at = Some(at("2027-01-02")));
    assert_eq!(rule(rental.on("2027-01-03", give)), "Q14");
}

#[test]
fn a_coupon_that_is_edited_leaves_the_discount_alone() {
    // S5
    let mut rental = Rental::with("2026-04-10", "2026-04-10", 10_000, |shop, _| {
        shop.settings(|site| site.unit_type_tax = rates(["20"]));
    });
    let id = given(&mut rental, "2026-04-20", forever("50"), None);
    let change = CouponChange { reduction: Some(percent_off("1")), ..CouponChange::default() };
    Coupon::change(&mut rental.shop.world, at("2026-04-21"), id, change).unwrap();
    rental.advance(at("2026-05-10"));
    let invoice = rental.last_invoice();
    assert_eq!((invoice.total, invoice.tax), (5_000, 833));
}
