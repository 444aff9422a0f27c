//! Instants in whole seconds.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, TimeZone, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// An instant, in seconds since 1970 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// The instants that a year of four digits has: what RFC 3339 can write.
const RANGE: std::ops::RangeInclusive<i64> = -62_167_219_200..=253_402_300_799;

impl Timestamp {
    /// The instant of so many seconds since 1970, kept within the years 0000 to 9999.
    pub fn from_unix(seconds: i64) -> Self {
        Self(seconds.clamp(*RANGE.start(), *RANGE.end()))
    }

    /// Seconds since 1970.
    pub const fn unix(self) -> i64 {
        self.0
    }

    /// The instant so many seconds later, or earlier if negative.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_unix(self.0.saturating_add(seconds))
    }

    /// As chrono writes it.
    pub fn to_chrono(self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0, 0).unwrap_or_default()
    }

    /// The date at a place.
    pub fn date_in(self, zone: chrono_tz::Tz) -> NaiveDate {
        self.to_chrono().with_timezone(&zone).date_naive()
    }

    /// The instant of a local date and time. A time that the clocks skip is taken at the next valid minute; of two, the first (H7).
    pub fn local(date: NaiveDate, time: NaiveTime, zone: chrono_tz::Tz) -> Self {
        let mut at = date.and_time(time);
        for _ in 0..=24 * 60 {
            if let Some(found) = zone.from_local_datetime(&at).earliest() {
                return found.into();
            }
            at += chrono::TimeDelta::minutes(1);
        }
        at.and_utc().into()
    }
}

impl<Z: TimeZone> From<DateTime<Z>> for Timestamp {
    /// Fractions of a second are cut off.
    fn from(at: DateTime<Z>) -> Self {
        Self::from_unix(at.timestamp())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_chrono().to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

impl FromStr for Timestamp {
    type Err = chrono::ParseError;

    /// From a date and time of RFC 3339 with any offset.
    fn from_str(text: &str) -> Result<Self, chrono::ParseError> {
        DateTime::parse_from_rfc3339(text).map(Self::from)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error| D::Error::custom(format!("`{text}` is not a date and time: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_cut_off_and_offsets_go_to_utc() {
        let at: Timestamp = "2026-03-02T10:00:00.999+02:00".parse().unwrap();
        assert_eq!(at.to_string(), "2026-03-02T08:00:00Z");
        assert_eq!(serde_json::to_string(&at).unwrap(), "\"2026-03-02T08:00:00Z\"");
        assert!("2026-03-02".parse::<Timestamp>().is_err());
    }

    #[test]
    fn a_skipped_local_time_is_taken_at_the_next_valid_minute_and_of_two_the_first() {
        let time = |text: &str| text.parse::<NaiveTime>().unwrap();
        let date = |text: &str| text.parse::<NaiveDate>().unwrap();
        let london = chrono_tz::Europe::London;
        assert_eq!(Timestamp::local(date("2026-03-29"), time("01:30:00"), london).to_string(), "2026-03-29T01:00:00Z");
        assert_eq!(Timestamp::local(date("2026-10-25"), time("01:30:00"), london).to_string(), "2026-10-25T00:30:00Z");
        assert_eq!(Timestamp::local(date("2026-07-01"), time("06:00:00"), london).to_string(), "2026-07-01T05:00:00Z");
        assert_eq!(Timestamp::from_unix(i64::MAX).to_string(), "9999-12-31T23:59:59Z");
    }
}
