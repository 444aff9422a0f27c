//! Shares of a billing period, counted in whole days of the site (R2).
//!
//! The amounts that go in are those of a line after its discount: no second discount falls on what comes out (R4).

use chrono::NaiveDate;

use super::calendar::Period;
use super::money::portion;

/// A day is not one of the period that is to be shared out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The day is outside the billing period.")]
pub struct OutsidePeriod;

/// What a change within a period gives back and what it charges anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proration {
    /// The old amount for the days that remain; its invoice line bears it as a negative amount.
    pub credit: i64,
    /// The new amount for the days that remain.
    pub charge: i64,
}

/// A change from one amount per period to another on a day, which is charged anew from that day on (R3). An added line is a
/// change from zero, a removed one a change to zero (R9).
///
/// # Errors
/// If the day is not one of the period.
pub fn prorate(old: i64, new: i64, period: Period, day: NaiveDate) -> Result<Proration, OutsidePeriod> {
    Ok(Proration { credit: remaining_part(old, period, day)?, charge: remaining_part(new, period, day)? })
}

/// The part of an amount that falls on the days from the given one, counted, to the period's end: `round(amount x remaining /
/// period)` (R2, R3). On the first day that is all of it (R10).
///
/// # Errors
/// If the day is not one of the period.
pub fn remaining_part(amount: i64, period: Period, day: NaiveDate) -> Result<i64, OutsidePeriod> {
    if !period.contains(day) {
        return Err(OutsidePeriod);
    }
    Ok(portion(amount, Period { start: day, ..period }.days(), period.days()))
}

/// The part of a price that a period costs when the customer moves out on a day, which is itself not charged: `round(price x days /
/// days of the period)`, and the whole price if the day is the period's end or later (M5, M6). Nothing where the period begins on
/// the day or after it, for which there is no invoice at all (M7).
pub fn part_until(price: i64, period: Period, move_out: NaiveDate) -> Option<i64> {
    let used = Period { end: move_out.min(period.end), ..period }.days();
    (used > 0).then(|| portion(price, used, period.days()))
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::calendar::{BillingCalendar, BillingPeriod};

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// What the customer owes for a change; a negative amount goes to the account credit (R5, R6).
    fn net(Proration { credit, charge }: Proration) -> i64 {
        charge - credit
    }

    fn period(start: &str, end: &str) -> Period {
        Period { start: date(start), end: date(end) }
    }

    #[test]
    fn scenario_15_an_upgrade_at_half_time_credits_and_charges_half() {
        let april = BillingCalendar { anchor: date("2026-04-10"), period: BillingPeriod::Monthly }.period(0);
        assert_eq!((april, april.days()), (period("2026-04-10", "2026-05-10"), 30));
        let change = prorate(9_000, 15_000, april, date("2026-04-25")).unwrap();
        assert_eq!(change, Proration { credit: 4_500, charge: 7_500 });
        assert_eq!(net(change), 3_000);
    }

    #[test]
    fn a_change_on_the_billing_date_prorates_the_whole_period() {
        let change = prorate(9_000, 15_000, period("2026-04-10", "2026-05-10"), date("2026-04-10")).unwrap();
        assert_eq!(change, Proration { credit: 9_000, charge: 15_000 });
    }

    #[test]
    fn lines_that_come_and_go_are_changes_from_and_to_zero() {
        let may = period("2026-05-01", "2026-06-01");
        assert_eq!(net(prorate(0, 1_120, may, date("2026-05-31")).unwrap()), 36, "1120/31 = 36.13");
        assert_eq!(net(prorate(1_120, 0, may, date("2026-05-31")).unwrap()), -36);
    }

    #[test]
    fn a_change_outside_the_period_is_refused() {
        let may = period("2026-05-01", "2026-06-01");
        for day in ["2026-04-30", "2026-06-01"] {
            assert_eq!(prorate(1, 2, may, date(day)), Err(OutsidePeriod));
        }
    }

    #[test]
    fn the_part_until_the_move_out_leaves_the_day_itself_out() {
        let april = period("2026-04-10", "2026-05-10");
        for (move_out, price) in [
            ("2026-04-09", None),
            ("2026-04-10", None),
            ("2026-04-11", Some(400)),
            ("2026-04-25", Some(6_000)),
            ("2026-05-09", Some(11_600)),
            ("2026-05-10", Some(12_000)),
            ("2027-01-01", Some(12_000)),
        ] {
            assert_eq!(part_until(12_000, april, date(move_out)), price, "{move_out}");
        }
    }

    #[test]
    fn a_period_without_days_has_no_parts() {
        let none = Period { start: NaiveDate::MAX, end: NaiveDate::MAX };
        assert_eq!(remaining_part(100, none, NaiveDate::MAX), Err(OutsidePeriod));
        assert_eq!(part_until(100, none, NaiveDate::MAX), None);
    }

    fn any_period_and_day() -> impl Strategy<Value = (Period, NaiveDate)> {
        (1u64..=366).prop_flat_map(|days| (Just(days), 0..days)).prop_map(|(days, day)| {
            let start = date("2026-01-31");
            (Period { start, end: start + Days::new(days) }, start + Days::new(day))
        })
    }

    proptest! {
        #[test]
        fn a_change_to_the_same_amount_is_worth_nothing(amount: i64, (period, day) in any_period_and_day()) {
            prop_assert_eq!(net(prorate(amount, amount, period, day).unwrap()), 0);
        }

        #[test]
        fn a_change_and_its_reverse_even_out(old in 0i64.., new in 0i64.., (period, day) in any_period_and_day()) {
            let (there, back) = (prorate(old, new, period, day).unwrap(), prorate(new, old, period, day).unwrap());
            prop_assert_eq!(net(there), -net(back));
            prop_assert!((0..=old).contains(&there.credit) && (0..=new).contains(&there.charge));
        }

        #[test]
        fn a_dearer_price_never_yields_a_credit(old in 0i64.., more in 0i64.., (period, day) in any_period_and_day()) {
            prop_assert!(net(prorate(old, old.saturating_add(more), period, day).unwrap()) >= 0);
        }

        #[test]
        fn used_and_remaining_days_make_the_whole(price in 0i64.., (period, day) in any_period_and_day()) {
            let used = part_until(price, period, day).unwrap_or(0);
            let gap = i128::from(used) + i128::from(remaining_part(price, period, day).unwrap()) - i128::from(price);
            prop_assert!((0..=1).contains(&gap));
        }

        #[test]
        fn a_later_day_leaves_no_more(price in 0i64.., (period, day) in any_period_and_day()) {
            let next = day + Days::new(1);
            if period.contains(next) {
                let left = |day| remaining_part(price, period, day).unwrap();
                prop_assert!(left(next) <= left(day));
            }
            prop_assert!(part_until(price, period, day) <= part_until(price, period, next));
        }
    }
}
