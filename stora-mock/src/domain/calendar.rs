//! Billing dates.
//!
//! A subscription is billed in advance on the anniversaries of its start (B1). Dates are those of the site; an instant comes of
//! them with the site's time zone.

use std::fmt;
use std::str::FromStr;

use chrono::{Days, Months, NaiveDate, NaiveTime};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::time::Timestamp;

/// When the daily run of a site begins, by its clocks; billing periods end and begin then (B6, section 23).
const DAILY_RUN: NaiveTime = NaiveTime::from_hms_opt(6, 0, 0).expect("06:00 is a time of day");

/// The last second of a day, when tenancies and subscriptions end (M3, H8).
const END_OF_DAY: NaiveTime = NaiveTime::from_hms_opt(23, 59, 59).expect("23:59:59 is a time of day");

/// How often a subscription is billed (B2), from the shortest to the longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BillingPeriod {
    /// Every 7 days.
    Weekly,
    /// Every 28 days.
    EveryFourWeeks,
    /// Every month.
    Monthly,
    /// Every 3 months.
    EveryThreeMonths,
    /// Every 6 months.
    EverySixMonths,
    /// Every 12 months.
    Yearly,
}

/// A text is no billing period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not one of the billing periods.")]
pub struct UnknownBillingPeriod(String);

/// The billing dates of a subscription. They are all counted from the anchor and never from one another, so that a short month
/// does not pull the later ones forward (B4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillingCalendar {
    /// The first billing date: the site's date of the start (B6), or the day that staff moved billing to (B9).
    pub anchor: NaiveDate,
    /// How far the dates are apart.
    pub period: BillingPeriod,
}

/// Days from one date to another, the first counted and the last not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// The first day.
    pub start: NaiveDate,
    /// The day after the last.
    pub end: NaiveDate,
}

/// The instants between which a billing period runs, the first counted and the last not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodBounds {
    /// When it begins.
    pub starts_at: Timestamp,
    /// When it ends, and the next begins.
    pub ends_at: Timestamp,
}

/// How far two billing dates are apart.
enum Step {
    Days(u64),
    Months(u32),
}

/// When the daily run of a site begins on a date: at 06:00 by its clocks.
pub fn daily_run(date: NaiveDate, zone: Tz) -> Timestamp {
    Timestamp::local(date, DAILY_RUN, zone)
}

/// The last second of a date by a site's clocks: 23:59:59.
pub fn end_of_day(date: NaiveDate, zone: Tz) -> Timestamp {
    Timestamp::local(date, END_OF_DAY, zone)
}

impl BillingPeriod {
    /// Every period, from the shortest to the longest.
    pub const ALL: [Self; 6] =
        [Self::Weekly, Self::EveryFourWeeks, Self::Monthly, Self::EveryThreeMonths, Self::EverySixMonths, Self::Yearly];

    /// The word that the API has for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Weekly => "weekly",
            Self::EveryFourWeeks => "every_four_weeks",
            Self::Monthly => "monthly",
            Self::EveryThreeMonths => "every_three_months",
            Self::EverySixMonths => "every_six_months",
            Self::Yearly => "yearly",
        }
    }

    const fn step(self) -> Step {
        match self {
            Self::Weekly => Step::Days(7),
            Self::EveryFourWeeks => Step::Days(28),
            Self::Monthly => Step::Months(1),
            Self::EveryThreeMonths => Step::Months(3),
            Self::EverySixMonths => Step::Months(6),
            Self::Yearly => Step::Months(12),
        }
    }
}

impl fmt::Display for BillingPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for BillingPeriod {
    type Err = UnknownBillingPeriod;

    /// From the word that the API has for it.
    fn from_str(text: &str) -> Result<Self, UnknownBillingPeriod> {
        Self::ALL
            .into_iter()
            .find(|period| period.as_str() == text)
            .ok_or_else(|| UnknownBillingPeriod(text.to_owned()))
    }
}

impl BillingCalendar {
    /// The billing date number `k`, counted from 0, which is the anchor (B3). A day that the month lacks becomes its last one. A
    /// date beyond the calendar, some 260,000 years ahead, is the calendar's last.
    pub fn date(self, k: u32) -> NaiveDate {
        self.checked_date(k).unwrap_or(NaiveDate::MAX)
    }

    /// The days that invoice number `k` covers, counted from 0: from its billing date to the next (B5).
    pub fn period(self, k: u32) -> Period {
        Period { start: self.date(k), end: self.date(k.saturating_add(1)) }
    }

    /// The instants between which period number `k` runs at a site. The first begins at the subscription's `starts_at`; all other
    /// bounds are at 06:00 (B6). After staff have moved the billing date, the first period too begins at 06:00.
    pub fn bounds(self, k: u32, starts_at: Timestamp, zone: Tz) -> PeriodBounds {
        let Period { start, end } = self.period(k);
        let is_first = k == 0 && starts_at.date_in(zone) == start;
        PeriodBounds {
            starts_at: if is_first { starts_at } else { daily_run(start, zone) },
            ends_at: daily_run(end, zone),
        }
    }

    /// The number of the period that a day lies in; nothing before the anchor.
    pub fn index_of(self, day: NaiveDate) -> Option<u32> {
        if day < self.anchor {
            return None;
        }
        match self.period.step() {
            Step::Days(days) => {
                let passed = u64::try_from(day.signed_duration_since(self.anchor).num_days()).ok()?;
                u32::try_from(passed / days).ok()
            }
            Step::Months(months) => {
                let k = month_number(day).checked_sub(month_number(self.anchor))? / i64::from(months);
                let k = u32::try_from(k).ok()?;
                // The date number `k` is in the day's month or before, and in that month it may be a later day.
                if self.date(k) > day { k.checked_sub(1) } else { Some(k) }
            }
        }
    }

    /// Whether its dates from a day on are the same as if they were counted from that day: it is one of them, and no month before has
    /// drawn it forward.
    pub fn goes_on_from(self, day: NaiveDate) -> bool {
        use chrono::Datelike as _;

        let is_one = self.index_of(day).is_some_and(|k| self.date(k) == day);
        match self.period.step() {
            Step::Days(_) => is_one,
            Step::Months(_) => is_one && day.day() == self.anchor.day(),
        }
    }

    /// Each billing date up to a day, that day included, in order; none before the anchor (K3).
    pub fn dates_through(self, today: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        (0..=u32::MAX).map_while(move |k| self.checked_date(k)).take_while(move |date| *date <= today)
    }

    fn checked_date(self, k: u32) -> Option<NaiveDate> {
        match self.period.step() {
            Step::Days(days) => self.anchor.checked_add_days(Days::new(days * u64::from(k))),
            Step::Months(months) => self.anchor.checked_add_months(Months::new(months.checked_mul(k)?)),
        }
    }
}

impl Period {
    /// How many days it has.
    pub fn days(self) -> i64 {
        self.end.signed_duration_since(self.start).num_days()
    }

    /// Whether a day is one of them.
    pub fn contains(self, day: NaiveDate) -> bool {
        self.start <= day && day < self.end
    }
}

/// The months from the year 0 to a date's.
fn month_number(date: NaiveDate) -> i64 {
    use chrono::Datelike as _;

    i64::from(date.year()) * 12 + i64::from(date.month0())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LONDON: Tz = chrono_tz::Europe::London;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn calendar(anchor: &str, period: BillingPeriod) -> BillingCalendar {
        BillingCalendar { anchor: date(anchor), period }
    }

    fn dates(anchor: &str, period: BillingPeriod, ks: std::ops::Range<u32>) -> Vec<String> {
        ks.map(|k| calendar(anchor, period).date(k).to_string()).collect()
    }

    fn bounds(calendar: BillingCalendar, k: u32, starts_at: &str, zone: Tz) -> [String; 2] {
        let bounds = calendar.bounds(k, starts_at.parse().unwrap(), zone);
        [bounds.starts_at.to_string(), bounds.ends_at.to_string()]
    }

    #[test]
    fn scenario_3_rent_is_due_on_the_anniversary_of_the_start() {
        let calendar = calendar("2026-03-14", BillingPeriod::Monthly);
        assert_eq!(calendar.dates_through(date("2026-03-13")).count(), 0);
        let through: Vec<_> = calendar.dates_through(date("2026-05-14")).collect();
        assert_eq!(through, ["2026-03-14", "2026-04-14", "2026-05-14"].map(date));
        assert_eq!(calendar.period(0), Period { start: date("2026-03-14"), end: date("2026-04-14") });
    }

    #[test]
    fn scenario_4_short_months_do_not_pull_dates_forward_and_four_weeks_are_28_days() {
        let monthly = dates("2026-01-31", BillingPeriod::Monthly, 1..5);
        assert_eq!(monthly, ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]);
        let four_weeks = dates("2026-03-02", BillingPeriod::EveryFourWeeks, 1..4);
        assert_eq!(four_weeks, ["2026-03-30", "2026-04-27", "2026-05-25"]);
        let calendar = calendar("2026-03-02", BillingPeriod::EveryFourWeeks);
        let last_day = calendar.anchor + Days::new(52 * 7 - 1);
        assert_eq!(calendar.dates_through(last_day).count(), 13);
    }

    #[test]
    fn a_leap_day_comes_back_in_leap_years_and_is_the_28th_in_others() {
        let yearly = dates("2024-02-29", BillingPeriod::Yearly, 0..5);
        assert_eq!(yearly, ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]);
        assert_eq!(dates("2025-11-30", BillingPeriod::EveryThreeMonths, 1..3), ["2026-02-28", "2026-05-30"]);
        assert_eq!(dates("2025-08-31", BillingPeriod::EverySixMonths, 1..3), ["2026-02-28", "2026-08-31"]);
        assert_eq!(dates("2025-12-25", BillingPeriod::Weekly, 1..3), ["2026-01-01", "2026-01-08"]);
    }

    #[test]
    fn the_first_period_begins_with_the_subscription_and_later_ones_at_six_by_the_sites_clocks() {
        let calendar = calendar("2026-03-09", BillingPeriod::Monthly);
        let start = "2026-03-09T09:00:00Z";
        assert_eq!(bounds(calendar, 0, start, LONDON), ["2026-03-09T09:00:00Z", "2026-04-09T05:00:00Z"]);
        assert_eq!(bounds(calendar, 5, start, LONDON), ["2026-08-09T05:00:00Z", "2026-09-09T05:00:00Z"]);
        assert_eq!(end_of_day(date("2026-09-09"), LONDON).to_string(), "2026-09-09T22:59:59Z");
        let new_york = chrono_tz::America::New_York;
        assert_eq!(bounds(calendar, 0, start, new_york), ["2026-03-09T09:00:00Z", "2026-04-09T10:00:00Z"]);
    }

    #[test]
    fn after_a_move_of_the_billing_date_the_first_period_begins_at_six() {
        let moved = calendar("2026-03-20", BillingPeriod::Monthly);
        assert_eq!(bounds(moved, 0, "2026-03-09T09:00:00Z", LONDON), ["2026-03-20T06:00:00Z", "2026-04-20T05:00:00Z"]);
    }

    #[test]
    fn a_start_late_in_the_evening_belongs_to_the_sites_date() {
        let calendar = calendar("2026-07-02", BillingPeriod::Weekly);
        let start = "2026-07-01T23:30:00Z";
        assert_eq!(bounds(calendar, 0, start, LONDON), ["2026-07-01T23:30:00Z", "2026-07-09T05:00:00Z"]);
    }

    #[test]
    fn a_day_lies_in_the_period_that_its_billing_date_opened() {
        let monthly = calendar("2026-01-31", BillingPeriod::Monthly);
        for (day, k) in [
            ("2026-01-30", None),
            ("2026-01-31", Some(0)),
            ("2026-02-27", Some(0)),
            ("2026-02-28", Some(1)),
            ("2026-03-30", Some(1)),
            ("2026-03-31", Some(2)),
        ] {
            assert_eq!(monthly.index_of(date(day)), k, "{day}");
        }
    }

    #[test]
    fn a_billing_period_is_read_as_it_is_written() {
        for period in BillingPeriod::ALL {
            assert_eq!(period.to_string().parse(), Ok(period));
            assert_eq!(serde_json::to_string(&period).unwrap(), format!("\"{period}\""));
        }
        assert_eq!("one_time".parse::<BillingPeriod>(), Err(UnknownBillingPeriod("one_time".into())));
        assert!(BillingPeriod::ALL.is_sorted());
    }

    #[test]
    fn the_end_of_the_calendar_is_met_without_a_panic() {
        for period in BillingPeriod::ALL {
            let calendar = BillingCalendar { anchor: date("9999-12-31"), period };
            assert_eq!(calendar.date(u32::MAX), NaiveDate::MAX);
            assert_eq!(calendar.period(u32::MAX).days(), 0);
            assert!(calendar.index_of(NaiveDate::MAX).is_some());
            assert_eq!(calendar.index_of(NaiveDate::MIN), None);
            let ages = BillingCalendar { anchor: NaiveDate::MAX, period };
            assert_eq!(ages.dates_through(NaiveDate::MAX).count(), 1);
            assert_eq!(
                calendar.bounds(0, Timestamp::from_unix(i64::MAX), LONDON).ends_at,
                Timestamp::from_unix(i64::MAX)
            );
            assert_eq!(ages.bounds(7, Timestamp::from_unix(0), LONDON).ends_at, Timestamp::from_unix(i64::MAX));
        }
    }

    fn any_calendar() -> impl Strategy<Value = BillingCalendar> {
        // From the year 1900 to 2174.
        (693_596..794_000, prop::sample::select(&BillingPeriod::ALL[..])).prop_map(|(day, period)| BillingCalendar {
            anchor: NaiveDate::from_num_days_from_ce_opt(day).unwrap(),
            period,
        })
    }

    proptest! {
        #[test]
        fn billing_dates_rise_and_each_opens_its_period(calendar in any_calendar(), k in 0u32..3_000) {
            let Period { start, end } = calendar.period(k);
            prop_assert!(start < end);
            prop_assert_eq!(calendar.index_of(start), Some(k));
            prop_assert_eq!(calendar.index_of(end.pred_opt().unwrap()), Some(k));
            prop_assert_eq!(calendar.index_of(end), Some(k + 1));
        }

        #[test]
        fn billing_dates_never_drift(calendar in any_calendar(), k in 0u32..3_000) {
            use chrono::Datelike as _;

            let date = calendar.date(k);
            match calendar.period.step() {
                Step::Days(days) => {
                    prop_assert_eq!((date - calendar.anchor).num_days(), i64::from(k) * i64::try_from(days).unwrap());
                }
                Step::Months(months) => {
                    prop_assert_eq!(month_number(date) - month_number(calendar.anchor), i64::from(k * months));
                    let is_last_of_month = (date + Days::new(1)).day() == 1;
                    let is_clamped = is_last_of_month && date.day() < calendar.anchor.day();
                    prop_assert!(date.day() == calendar.anchor.day() || is_clamped);
                }
            }
        }

        #[test]
        fn the_dates_through_a_day_are_those_of_the_periods_begun(calendar in any_calendar(), days in 0u64..4_000) {
            let today = calendar.anchor + Days::new(days);
            let dates: Vec<_> = calendar.dates_through(today).collect();
            let expected: Vec<_> = (0..=calendar.index_of(today).unwrap()).map(|k| calendar.date(k)).collect();
            prop_assert_eq!(dates, expected);
        }

        #[test]
        fn the_bounds_of_periods_join(calendar in any_calendar(), k in 0u32..500, hour in 0i64..24) {
            let starts_at = Timestamp::local(calendar.anchor, NaiveTime::MIN, LONDON).plus_seconds(hour * 3_600);
            let (this, next) = (calendar.bounds(k, starts_at, LONDON), calendar.bounds(k + 1, starts_at, LONDON));
            prop_assert!(this.starts_at < this.ends_at);
            prop_assert_eq!(this.ends_at, next.starts_at);
        }
    }
}
