use crate::domain::changes::testing::{Rental, date, priced};
use crate::domain::changes::{
    NewPriceIncrease, PriceIncreaseStatus, RaisedPrices, Timing, cancel_price_increase, drop_planned_from,
    schedule_price_increases,
};
use crate::domain::coupon::{Coupon, CouponDuration, NewCoupon};
use crate::domain::fixtures::{at, half_off, line, moment, pointers, rule};
use crate::domain::ids::{ContactId, SubscriptionId};
use crate::domain::notice::NoticeKind;
use crate::domain::order::OrderLineKind;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;

fn new(raises: RaisedPrices, percent: &str, notice_days: Option<u32>) -> NewPriceIncrease {
    NewPriceIncrease { raises, percent: percent.parse().unwrap(), notice_days }
}

fn unit(percent: &str) -> NewPriceIncrease {
    new(RaisedPrices::Unit, percent, None)
}

/// Schedules an increase at midday of a day.
fn schedule(rental: &mut Rental, day: &str, increase: NewPriceIncrease, on: &str) -> Result<(), Refusal> {
    let act = |world: &mut _, now, id| {
        let scheduled = schedule_price_increases(world, now, increase, &[(id, date(on))]);
        scheduled.map_err(|mut refused| refused.remove(0).refusal)
    };
    rental.on(day, act).map(|events| assert!(events.is_empty()))
}

fn status(rental: &Rental) -> PriceIncreaseStatus {
    rental.subscription().billing.plan.price_increase.as_ref().unwrap().status
}

fn totals(rental: &Rental) -> Vec<i64> {
    rental.recurring().into_iter().map(|(_, total)| total).collect()
}

/// What was told of increases, and of what was refused: when, what, and to whom.
fn told(rental: &Rental) -> Vec<(Timestamp, NoticeKind, Option<ContactId>)> {
    let notices = rental.shop.world.notices.iter();
    let is_meant = |kind| matches!(kind, NoticeKind::PriceIncrease | NoticeKind::ActRefused);
    notices.filter(|it| is_meant(it.kind)).map(|it| (it.at, it.kind, it.to)).collect()
}

#[test]
fn prices_rise_line_by_line_before_the_invoice_of_the_day_and_once() {
    // L3, L5: 33.33 and 2 x 11.20 by 7.5 %.
    for (raises, first, later) in [
        (RaisedPrices::Unit, [(3_583, 1), (1_120, 2)], 5_823),
        (RaisedPrices::Cover, [(3_333, 1), (1_204, 2)], 5_741),
        (RaisedPrices::Both, [(3_583, 1), (1_204, 2)], 5_991),
    ] {
        let mut rental = Rental::with("2026-04-10", "2026-04-10", 3_333, |shop, order| {
            let mut cover = line(OrderLineKind::Protection, shop.protection);
            cover.quantity = 2;
            order.line_items.push(cover);
        });
        schedule(&mut rental, "2026-04-11", new(raises, "7.5", None), "2026-05-10").unwrap();
        assert_eq!(status(&rental), PriceIncreaseStatus::Scheduled);
        rental.advance(at("2026-07-10"));
        assert_eq!((rental.figures(), status(&rental)), (first.to_vec(), PriceIncreaseStatus::Applied));
        assert_eq!(totals(&rental), [5_573, later, later, later]);
        assert_eq!(told(&rental), [], "no notice was asked for");
        assert_eq!(rental.line(0).updated_at == at("2026-04-10"), raises == RaisedPrices::Cover);
    }
}

#[test]
fn a_price_can_be_lowered_and_discounts_are_taken_from_the_new_one() {
    // L3, L5
    let mut rental = Rental::with("2026-04-10", "2026-04-10", 10_000, |shop, order| {
        let forever = NewCoupon { duration: CouponDuration::Forever, ..half_off() };
        order.coupon = Some(Coupon::create(&mut shop.world, at("2026-01-01"), forever).unwrap());
    });
    schedule(&mut rental, "2026-04-11", unit("-25"), "2026-05-10").unwrap();
    rental.advance(at("2026-05-10"));
    assert_eq!((rental.figures(), totals(&rental)), (vec![(7_500, 1)], vec![5_000, 3_750]));
}

#[test]
fn the_day_is_one_of_its_own_billing_dates_to_come() {
    // L3
    let mut rental = Rental::monthly("2026-01-31", 9_000);
    for day in ["2026-01-31", "2026-02-10", "2026-02-27", "2026-03-01", "2026-03-28"] {
        assert_eq!(pointers(schedule(&mut rental, "2026-02-10", unit("5"), day)), ["/effective_on"], "{day}");
    }
    schedule(&mut rental, "2026-02-10", unit("5"), "2026-02-28").unwrap();
    let mut today = Rental::monthly("2026-04-10", 9_000);
    assert_eq!(pointers(schedule(&mut today, "2026-05-10", unit("5"), "2026-05-10")), ["/effective_on"]);
    let id = today.id;
    today.shop.world.subscriptions.update(id, |it| it.ends_at = Some(at("2026-06-10")));
    assert_eq!(pointers(schedule(&mut today, "2026-05-11", unit("5"), "2026-06-10")), ["/effective_on"]);
    assert_eq!(rule(schedule(&mut today, "2026-06-11", unit("5"), "2026-07-10")), "L3");
    // The first billing date of a rental that is to come is one.
    let mut upcoming = Rental::with("2026-03-02", "2026-03-14", 9_000, |_, _| {});
    schedule(&mut upcoming, "2026-03-05", unit("10"), "2026-03-14").unwrap();
    upcoming.advance(at("2026-03-14"));
    assert_eq!(totals(&upcoming), [9_900]);
}

#[test]
fn customers_are_told_at_six_on_the_day_of_the_notice() {
    // L4, L5: scheduled, notified, applied.
    let mut rental = Rental::monthly("2026-04-10", 9_000);
    schedule(&mut rental, "2026-04-11", new(RaisedPrices::Unit, "5", Some(14)), "2026-05-10").unwrap();
    let updated_at = rental.subscription().updated_at;
    rental.advance(moment("2026-04-26T04:59:59Z"));
    assert_eq!(status(&rental), PriceIncreaseStatus::Scheduled);
    rental.advance(moment("2026-04-26T05:00:00Z"));
    assert_eq!((status(&rental), rental.subscription().updated_at), (PriceIncreaseStatus::Notified, updated_at));
    let notice = (moment("2026-04-26T05:00:00Z"), NoticeKind::PriceIncrease, Some(rental.shop.contact));
    assert_eq!(told(&rental), [notice]);
    rental.advance(at("2026-06-10"));
    assert_eq!((status(&rental), told(&rental)), (PriceIncreaseStatus::Applied, vec![notice]));
}

#[test]
fn a_notice_on_the_very_day_comes_before_the_increase() {
    // L4, H3: steps 2 and 3 of the daily run.
    let mut rental = Rental::monthly("2026-04-10", 9_000);
    schedule(&mut rental, "2026-04-11", new(RaisedPrices::Unit, "5", Some(0)), "2026-05-10").unwrap();
    rental.advance(at("2026-05-10"));
    assert_eq!((status(&rental), totals(&rental)), (PriceIncreaseStatus::Applied, vec![9_000, 9_450]));
    assert_eq!(told(&rental)[0].0, moment("2026-05-10T05:00:00Z"));
}

#[test]
fn a_notice_is_120_days_before_at_most_and_never_in_the_past() {
    // L4
    let notice = |days| new(RaisedPrices::Unit, "5", Some(days));
    let mut rental = Rental::monthly("2026-04-10", 9_000);
    assert_eq!(pointers(schedule(&mut rental, "2026-04-20", notice(121), "2026-09-10")), ["/notice_days"]);
    assert_eq!(pointers(schedule(&mut rental, "2026-04-20", notice(21), "2026-05-10")), ["/effective_on"]);
    // That of today goes out at once.
    schedule(&mut rental, "2026-04-20", notice(20), "2026-05-10").unwrap();
    assert_eq!(status(&rental), PriceIncreaseStatus::Notified);
    let mut early = Rental::monthly("2026-04-10", 9_000);
    schedule(&mut early, "2026-04-20", notice(120), "2026-09-10").unwrap();
    let increase = early.subscription().billing.plan.pending_increase().unwrap();
    assert_eq!(increase.notice_at, Some(moment("2026-05-13T05:00:00Z")));
}

#[test]
fn there_is_one_at_a_time_and_it_can_be_called_off_until_it_is_applied() {
    // L6
    let mut rental = Rental::monthly("2026-04-10", 10_000);
    assert_eq!(rental.on("2026-04-11", cancel_price_increase), Err(Refusal::NotFound));
    schedule(&mut rental, "2026-04-11", new(RaisedPrices::Unit, "5", Some(14)), "2026-05-10").unwrap();
    assert_eq!(rule(schedule(&mut rental, "2026-04-12", unit("5"), "2026-06-10")), "L6");
    // Called off after the notice.
    rental.on("2026-05-01", cancel_price_increase).unwrap();
    schedule(&mut rental, "2026-05-01", unit("10"), "2026-06-10").unwrap();
    rental.advance(at("2026-06-10"));
    assert_eq!(totals(&rental), [10_000, 10_000, 11_000]);
    assert_eq!(rule(rental.on("2026-06-11", cancel_price_increase)), "L6");
    schedule(&mut rental, "2026-06-11", unit("10"), "2026-07-10").unwrap();
}

#[test]
fn several_subscriptions_are_raised_together_or_not_at_all() {
    // L3, L4, L6: each with a billing date of its own, each refusal with its place.
    let mut rental = Rental::monthly("2026-04-10", 10_000);
    let (booking, unit_type) = (rental.shop.booking("2026-04-15"), rental.shop.unit_type);
    let other = rental.shop.rent("2026-04-15", booking);
    assert_eq!(rental.shop.subscription(other).line_items[0].item, unit_type.into());
    let third = {
        let new = rental.shop.booking("2026-04-15");
        rental.shop.rent("2026-04-15", new)
    };
    let unknown: SubscriptionId = rental.shop.world.ids.fresh();
    let own = rental.id;
    let mut act = |subscriptions: &[(SubscriptionId, &str)]| {
        let subscriptions: Vec<_> = subscriptions.iter().map(|(id, day)| (*id, date(day))).collect();
        schedule_price_increases(&mut rental.shop.world, at("2026-04-20"), unit("5"), &subscriptions)
    };
    assert_eq!(act(&[(third, "2026-05-15")]), Ok(()));
    let refused = act(&[
        (own, "2026-05-10"),
        (other, "2026-05-10"),
        (unknown, "2026-05-10"),
        (third, "2026-05-15"),
        (own, "2026-05-10"),
    ]);
    let refused: Vec<_> = refused.unwrap_err().into_iter().map(|it| (it.place, it.refusal)).collect();
    assert_eq!(refused.iter().map(|it| it.0).collect::<Vec<_>>(), [Some(1), Some(2), Some(3), Some(4)]);
    let [off, gone, twice, again] = [0, 1, 2, 3].map(|i| refused[i].1.clone());
    assert_eq!(pointers::<()>(Err(off)), ["/effective_on"]);
    assert_eq!(pointers::<()>(Err(gone)), ["/subscription/id"]);
    assert_eq!(rule::<()>(Err(twice)), "L6");
    assert_eq!(pointers::<()>(Err(again)), ["/subscription/id"]);
    assert_eq!(act(&[(own, "2026-05-10"), (other, "2026-05-15")]), Ok(()));
    let increases = rental.shop.world.subscriptions.iter().filter(|it| it.billing.plan.price_increase.is_some());
    assert_eq!(increases.count(), 3);
}

#[test]
fn what_cannot_be_a_price_is_refused() {
    // L3
    let mut rental = Rental::monthly("2026-04-10", i64::MAX / 2);
    assert_eq!(pointers(schedule(&mut rental, "2026-04-11", unit("-100.5"), "2026-05-10")), ["/percent"]);
    assert_eq!(pointers(schedule(&mut rental, "2026-04-11", unit("500"), "2026-05-10")), [""]);
}

#[test]
fn an_increase_that_has_become_impossible_is_passed_over_and_staff_are_told() {
    // The invoice of the day comes all the same.
    let mut rental = Rental::monthly("2026-04-10", 10_000);
    schedule(&mut rental, "2026-04-11", unit("1000000"), "2026-05-10").unwrap();
    let dear = i64::MAX / 1_000;
    rental.change("2026-04-11", priced(0, dear), Timing::OnNextRenewal).unwrap();
    let id = rental.id;
    rental.shop.world.subscriptions.update(id, |it| it.line_items[0].price = dear);
    rental.advance(at("2026-05-10"));
    let plan = &rental.subscription().billing.plan;
    assert_eq!((plan.price_increase.is_some(), plan.renewal.len()), (false, 0));
    assert_eq!(told(&rental).last().unwrap().1, NoticeKind::ActRefused);
    assert_eq!(totals(&rental), [10_000, dear]);
}

#[test]
fn a_renewal_of_the_same_day_has_the_last_word() {
    // R7, L5: increases come first.
    let mut rental = Rental::monthly("2026-04-10", 10_000);
    schedule(&mut rental, "2026-04-11", unit("10"), "2026-05-10").unwrap();
    rental.change("2026-04-12", priced(0, 12_000), Timing::OnNextRenewal).unwrap();
    rental.advance(at("2026-05-10"));
    assert_eq!((totals(&rental), status(&rental)), (vec![10_000, 12_000], PriceIncreaseStatus::Applied));
}

#[test]
fn an_end_drops_an_increase_of_its_day_and_later() {
    // M12
    for (end, is_kept) in [("2026-05-01", false), ("2026-05-10", false), ("2026-05-11", true)] {
        let mut rental = Rental::monthly("2026-04-10", 10_000);
        schedule(&mut rental, "2026-04-11", new(RaisedPrices::Unit, "10", Some(5)), "2026-05-10").unwrap();
        drop_planned_from(&mut rental.shop.world, rental.id, date(end));
        rental.advance(at("2026-05-10"));
        assert_eq!(rental.figures() == [(11_000, 1)], is_kept, "{end}");
        assert_eq!(told(&rental).len(), usize::from(is_kept));
    }
}
