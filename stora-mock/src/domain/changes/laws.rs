//! What holds of changes whatever they are.

use chrono::Days;
use proptest::prelude::*;

use super::testing::{Rental, date};
use super::{
    AddedLine, EditedLine, LineEdits, NewPriceIncrease, RaisedPrices, Timing, add_coupon, change_lines,
    move_billing_date, schedule_price_increases, set_tax_rates,
};
use crate::domain::calendar::{BillingPeriod, daily_run};
use crate::domain::coupon::{Coupon, CouponDuration, NewCoupon};
use crate::domain::discount::{AutoApplyTo, Reduction};
use crate::domain::fixtures::{at, half_off, line, percent_off};
use crate::domain::ids::Id as _;
use crate::domain::invoice::InvoicePurpose;
use crate::domain::order::OrderLineKind;
use crate::domain::time::Timestamp;

/// A rental of a unit and cover with some discount, half way through some period.
fn rental(price: i64, quantity: i64, discount: u8, period: BillingPeriod) -> Rental {
    Rental::with("2026-01-31", "2026-01-31", price, |shop, order| {
        order.billing_period = Some(period);
        order.line_items[0].quantity = quantity;
        let mut cover = line(OrderLineKind::Protection, shop.protection);
        cover.price = Some(1_120);
        order.line_items.push(cover);
        let everything = AutoApplyTo { subscriptions: true, ..AutoApplyTo::default() };
        let (reduction, auto_apply_to) = match discount {
            0 => return,
            1 => (percent_off("33.3"), AutoApplyTo::default()),
            2 => (Reduction::Amount(777), everything),
            _ => (percent_off("12.5"), everything),
        };
        let new = NewCoupon { reduction, auto_apply_to, duration: CouponDuration::Forever, ..half_off() };
        order.coupon = Some(Coupon::create(&mut shop.world, at("2026-01-01"), new).unwrap());
    })
}

/// What the customer has been charged for changes, less the credit for them.
fn balance(rental: &Rental) -> i64 {
    let used: i64 = rental.shop.invoices(rental.id).iter().map(|it| it.collection.credit_used).sum();
    rental.totals(InvoicePurpose::Proration).iter().sum::<i64>() - used - rental.credit()
}

fn any_period() -> impl Strategy<Value = BillingPeriod> {
    prop::sample::select(&BillingPeriod::ALL[..])
}

/// Something that staff do to a rental.
#[derive(Debug, Clone)]
enum Act {
    Change(LineEdits, Timing),
    Move(u64),
    Increase { percent: i64, date: u32, notice_days: Option<u32> },
    Coupon(Option<usize>),
    Rates,
}

fn any_edits() -> impl Strategy<Value = LineEdits> {
    let change = (0usize..4, prop::option::of(0i64..50_000), prop::option::of(1i64..4))
        .prop_map(|(line, price, quantity)| EditedLine { line, item: None, price, quantity });
    let change = prop::collection::vec(change, 0..3);
    (change, prop::collection::vec(0usize..4, 0..2), any::<bool>()).prop_map(|(change, remove, adds)| {
        // An added line gets its item once there is a rental; here it has none that there could be.
        let none = AddedLine { item: crate::domain::ids::UnitTypeId::new(0).any(), price: Some(5_000), quantity: 1 };
        LineEdits { change, remove, add: if adds { vec![none] } else { Vec::new() } }
    })
}

fn any_act() -> impl Strategy<Value = Act> {
    let timing = prop_oneof![
        Just(Timing::Immediately),
        Just(Timing::OnNextRenewal),
        (0u64..40).prop_map(|days| Timing::Backdated(date("2026-02-01") + Days::new(days))),
    ];
    let percent = (-100i64..=200, 0u32..5, prop::option::of(0u32..130));
    prop_oneof![
        4 => (any_edits(), timing).prop_map(|(edits, timing)| Act::Change(edits, timing)),
        1 => (0u64..80).prop_map(Act::Move),
        1 => percent.prop_map(|(percent, date, notice_days)| Act::Increase { percent, date, notice_days }),
        1 => prop::option::of(0usize..3).prop_map(Act::Coupon),
        1 => Just(Act::Rates),
    ]
}

impl Act {
    /// Carries it out if the rental admits it.
    fn on(self, rental: &mut Rental, now: Timestamp) {
        let unit_type = rental.shop.unit_type;
        let coupon = rental.shop.world.coupons.iter().next().map(|coupon| coupon.id);
        let calendar = rental.subscription().calendar();
        let raised = rental.subscription().billing.invoices_raised;
        let _refused_or_not = rental.at(now, |world, now, id| match self {
            Self::Change(mut edits, timing) => {
                edits.add.iter_mut().for_each(|line| line.item = unit_type.any());
                change_lines(world, now, id, &edits, timing)
            }
            Self::Move(days) => {
                move_billing_date(world, now, id, now.date_in(chrono_tz::Europe::London) + Days::new(days))
            }
            Self::Increase { percent, date, notice_days } => {
                let percent = percent.to_string().parse().unwrap();
                let new = NewPriceIncrease { raises: RaisedPrices::Both, percent, notice_days };
                let day = calendar.date(raised + date);
                schedule_price_increases(world, now, new, &[(id, day)]).map_err(|mut it| it.remove(0).refusal)
            }
            Self::Coupon(line) => coupon.map_or(Ok(()), |coupon| add_coupon(world, now, id, coupon, line)),
            Self::Rates => set_tax_rates(world, now, id, &super::RatesChange::default()),
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_change_and_its_reverse_on_the_same_day_even_out(
        (old, new) in (0i64..100_000, 0i64..100_000),
        (quantity, more) in (1i64..4, 1i64..4),
        (discount, period, day) in (0u8..4, any_period(), 0u64..60),
    ) {
        // R3, R4, R6: to within one unit per line.
        let mut rental = rental(old, quantity, discount, period);
        let day = (date("2026-01-31") + Days::new(day)).to_string();
        rental.advance(at(&day));
        let before = rental.subscription().line_items.clone();
        let start = balance(&rental);
        let there = EditedLine { line: 0, item: None, price: Some(new), quantity: Some(more) };
        let back = EditedLine { price: Some(old), quantity: Some(quantity), ..there };
        for edit in [there, back] {
            let edits = LineEdits { change: vec![edit], ..LineEdits::default() };
            rental.change(&day, edits, Timing::Immediately).unwrap();
        }
        let figures = |lines: &[crate::domain::subscription::SubscriptionLine]| -> Vec<_> {
            lines.iter().map(|it| (it.item, it.price, it.quantity)).collect()
        };
        prop_assert_eq!(figures(&before), figures(&rental.subscription().line_items));
        prop_assert!((balance(&rental) - start).abs() <= 2, "{} to {}", start, balance(&rental));
    }

    #[test]
    fn a_line_that_comes_and_goes_on_the_same_day_costs_nothing(
        (price, discount, period, day) in (0i64..100_000, 0u8..4, any_period(), 0u64..60),
    ) {
        // R9
        let mut rental = rental(10_000, 1, discount, period);
        let day = (date("2026-01-31") + Days::new(day)).to_string();
        rental.advance(at(&day));
        let start = balance(&rental);
        let item = rental.shop.unit_type.any();
        let add = LineEdits { add: vec![AddedLine { item, price: Some(price), quantity: 1 }], ..LineEdits::default() };
        rental.change(&day, add, Timing::Immediately).unwrap();
        let remove = LineEdits { remove: vec![2], ..LineEdits::default() };
        rental.change(&day, remove, Timing::Immediately).unwrap();
        prop_assert!((balance(&rental) - start).abs() <= 3);
    }

    #[test]
    fn whatever_staff_do_plans_are_carried_out_once_and_periods_join(
        (discount, period) in (0u8..4, any_period()),
        acts in prop::collection::vec((any_act(), 0i64..30 * 86_400), 1..10),
    ) {
        // H2, R7, L5, B5, B9
        let mut rental = rental(10_000, 1, discount, period);
        let mut now = at("2026-01-31");
        for (act, later) in acts {
            now = now.plus_seconds(later);
            act.on(&mut rental, now);
            rental.advance(now);
            let subscription = rental.subscription();
            let plan = &subscription.billing.plan;
            // Nothing that has fallen due is planned any longer, and what is planned comes on a billing date.
            prop_assert!(plan.billing_date.is_none_or(|day| day.at > now));
            if let Some(increase) = plan.pending_increase() {
                prop_assert!(increase.effective.at > now);
                prop_assert!(increase.notice_at.is_none_or(|at| at > now));
            }
            prop_assert!(!subscription.line_items.is_empty());
            prop_assert!(rental.credit() >= 0);
            let next = subscription.billing.next_invoice_at.unwrap();
            let london = chrono_tz::Europe::London;
            let expected = daily_run(subscription.calendar().date(subscription.billing.invoices_raised), london);
            prop_assert!(next > now && next == expected);
        }
        rental.advance(now.plus_seconds(400 * 86_400));
        let plan = &rental.subscription().billing.plan;
        prop_assert!(plan.renewal.is_empty() && plan.billing_date.is_none());
        prop_assert!(rental.shop.world.notices.iter().all(|it| it.kind != crate::domain::notice::NoticeKind::ActRefused));
        let periods: Vec<_> = rental.shop.invoices(rental.id).into_iter()
            .filter(|it| it.collection.purpose == InvoicePurpose::Recurring)
            .map(|it| it.period.unwrap())
            .collect();
        // No day is left out; a moved billing date takes days out of the period before, which it has credited.
        for pair in periods.windows(2) {
            prop_assert!(pair[0].starts_at < pair[1].starts_at && pair[1].starts_at <= pair[0].ends_at);
        }
    }

    #[test]
    fn a_plan_survives_a_snapshot(acts in prop::collection::vec((any_act(), 0i64..10 * 86_400), 1..8)) {
        let mut rental = rental(10_000, 1, 2, BillingPeriod::Monthly);
        let mut now = at("2026-01-31");
        for (act, later) in acts {
            now = now.plus_seconds(later);
            act.on(&mut rental, now);
        }
        let text = rental.shop.snapshot();
        let world: crate::store::World = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(serde_json::to_string(&world).unwrap(), text);
        prop_assert_eq!(world.dues(), rental.shop.world.dues());
    }
}
