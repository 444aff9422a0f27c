//! The days on which banks work, and when they answer to a direct debit (I13, I14).

use chrono::{Datelike as _, Days, NaiveDate, NaiveTime, Weekday};
use chrono_tz::Tz;

use super::time::Timestamp;

/// Business days: Monday to Friday, less the bank holidays that the operator lists (I13).
#[derive(Debug, Clone, Copy)]
pub struct BankDays<'s> {
    holidays: &'s [NaiveDate],
}

/// Business days that a bank works on a debit (I13).
const DEBIT_DAYS: u32 = 4;

/// Business days from a mandate to the first answer of the bank (I13).
const MANDATE_DAYS: u32 = 7;

/// The time in UTC after which a debit counts from the next business day (I14).
const CUT_OFF: NaiveTime = NaiveTime::from_hms_opt(20, 0, 0).expect("20:00 is a time of day");

impl<'s> BankDays<'s> {
    /// Those of an operator with these bank holidays.
    pub const fn less(holidays: &'s [NaiveDate]) -> Self {
        Self { holidays }
    }

    /// Whether banks work on a day.
    pub fn contains(self, day: NaiveDate) -> bool {
        !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !self.holidays.contains(&day)
    }

    /// The business day that comes so many business days after a day, which need not be one itself. A day beyond the calendar is the
    /// calendar's last.
    pub fn after(self, day: NaiveDate, count: u32) -> NaiveDate {
        let mut last = day;
        for _ in 0..count {
            let days = std::iter::successors(last.checked_add_days(Days::new(1)), NaiveDate::succ_opt);
            last = days.into_iter().find(|day| self.contains(*day)).unwrap_or(NaiveDate::MAX);
        }
        last
    }

    /// The day that a debit counts from: the date at its site, or the next business day if it is submitted after 20:00 UTC of that
    /// date (I14).
    pub fn debit_day(self, submitted: Timestamp, zone: Tz) -> NaiveDate {
        let day = submitted.date_in(zone);
        if submitted > day.and_time(CUT_OFF).and_utc().into() { self.after(day, 1) } else { day }
    }

    /// The day on which the bank answers to a debit: the later of 4 business days after the debit and 7 after the day of its mandate
    /// (I13).
    pub fn answer(self, debit: NaiveDate, mandate: NaiveDate) -> NaiveDate {
        self.after(debit, DEBIT_DAYS).max(self.after(mandate, MANDATE_DAYS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn debit_day(submitted: &str, zone: Tz) -> String {
        BankDays::less(&[]).debit_day(submitted.parse().unwrap(), zone).to_string()
    }

    #[test]
    fn scenario_14_the_bank_answers_4_business_days_after_the_debit_and_7_after_the_mandate() {
        // I13
        let days = BankDays::less(&[]);
        assert_eq!(days.answer(date("2026-03-05"), date("2026-03-02")), date("2026-03-11"));
        assert_eq!(days.answer(date("2026-03-05"), date("2026-03-05")), date("2026-03-16"));
        assert_eq!(
            days.answer(date("2026-04-05"), date("2026-03-02")),
            date("2026-04-09"),
            "a Sunday is no business day"
        );
    }

    #[test]
    fn weekends_and_listed_holidays_are_no_business_days() {
        // I13, H11: Good Friday and Easter Monday.
        let easter = [date("2026-04-03"), date("2026-04-06")];
        let days = BankDays::less(&easter);
        assert_eq!(days.after(date("2026-04-02"), 1), date("2026-04-07"));
        assert_eq!(days.after(date("2026-04-04"), 1), date("2026-04-07"));
        assert_eq!(days.after(date("2026-04-01"), 4), date("2026-04-09"));
        assert_eq!(days.after(date("2026-04-04"), 0), date("2026-04-04"));
        assert_eq!(BankDays::less(&[]).after(NaiveDate::MAX, 3), NaiveDate::MAX);
    }

    #[test]
    fn a_debit_after_eight_in_the_evening_in_utc_counts_from_the_next_business_day() {
        // I14
        let london = chrono_tz::Europe::London;
        assert_eq!(debit_day("2026-03-05T20:00:00Z", london), "2026-03-05");
        assert_eq!(debit_day("2026-03-05T20:00:01Z", london), "2026-03-06");
        assert_eq!(debit_day("2026-03-06T20:00:01Z", london), "2026-03-09", "a Friday");
        // Half past midnight of Friday at the site: that day's hours are still to come.
        assert_eq!(debit_day("2026-07-02T23:30:00Z", london), "2026-07-03");
        assert_eq!(debit_day("2026-03-04T19:00:00Z", chrono_tz::Australia::Sydney), "2026-03-05", "06:00 there");
        assert_eq!(debit_day("2026-03-05T01:00:00Z", chrono_tz::America::New_York), "2026-03-05", "late on the 4th");
    }
}
