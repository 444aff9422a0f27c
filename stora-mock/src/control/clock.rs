//! The clock of an operator.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ControlError, OperatorControl};
use crate::clock::{Clock, Running, real_now};
use crate::contract::error::{ApiError, Detail};
use crate::domain::event::EventKind;
use crate::domain::refusal::Refusal;
use crate::domain::schedule::{Due, DueKind, Ran};
use crate::domain::time::Timestamp;
use crate::store::World;

/// What time it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ClockState {
    /// The instant.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub now: Timestamp,
    /// How the clock runs.
    pub running: Pace,
}

/// How a clock runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// It stands.
    #[default]
    Standing,
    /// As fast as real time.
    Real,
}

/// A setting of the clock. It never goes back once there are data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetClock {
    /// The instant that it is from now on; where this is left out, the one that it is.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub at: Option<Timestamp>,
    /// Whether it stands there or runs on from there.
    #[serde(default)]
    pub running: Pace,
}

/// A move of the clock: by a duration or to an instant, one of the two.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Advance {
    /// How far, as an ISO 8601 duration: `P30D`, `P1M`, `PT1H`.
    pub by: Option<String>,
    /// Where to.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub to: Option<Timestamp>,
    /// How many of the acts are told of one by one; 1,000 unless said otherwise. All are counted.
    pub limit: Option<u32>,
}

/// What was done while the clock moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Advanced {
    /// What time it is now.
    pub clock: ClockState,
    /// How many acts fell due.
    pub ran: u64,
    /// How many of them were refused. They will not be tried again.
    pub refused: u64,
    /// How many acts fell due, by kind.
    pub counts: BTreeMap<DueKind, u64>,
    /// The acts in the order in which they were done: the first of them, and those that were refused.
    pub acts: Vec<RanAct>,
}

/// An act that was done because it fell due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RanAct {
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// What.
    pub act: DueKind,
    /// The id of the record that it fell due in.
    pub subject: String,
    /// The events that it told of, in order.
    pub events: Vec<EventKind>,
    /// Why it was refused, if it was.
    pub refused: Option<String>,
}

/// Which part of the schedule is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleQuery {
    /// Up to this instant, that included.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub until: Option<Timestamp>,
    /// At most so many; 1,000 unless said otherwise.
    pub limit: Option<u32>,
}

/// What falls due by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Schedule {
    /// How many acts are scheduled in all.
    pub total: u64,
    /// The acts, the first first.
    pub acts: Vec<ScheduledAct>,
}

/// Something that falls due by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ScheduledAct {
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// What.
    pub act: DueKind,
    /// The id of the record that it falls due in.
    pub subject: String,
}

/// How many acts are told of one by one.
const MOST_ACTS: usize = 1_000;

impl OperatorControl {
    /// What time it is.
    pub fn clock(&self) -> ClockState {
        ClockState::of(&self.operator.clock)
    }

    /// Sets the clock.
    ///
    /// # Errors
    /// A conflict when the clock would go back though there are data.
    pub fn set_clock(&self, set: SetClock) -> Result<ClockState, ControlError> {
        if let Some(at) = set.at.filter(|at| *at >= self.operator.clock.now()) {
            // What falls due on the way there is done, as always when the clock moves (H2).
            self.operator.advance(at, |_| {}).map_err(|now| backward(now, at))?;
        }
        // An act that waits for the world meanwhile reads the clock before or after, never in between.
        self.operator
            .act(|world| {
                let clock = &self.operator.clock;
                let (now, at) = (clock.now(), set.at.unwrap_or_else(|| clock.now()));
                if at < now && has_data(world) {
                    return Err(backward(now, at));
                }
                clock.set(set.from(at));
                Ok(ClockState::of(clock))
            })
            .map(|(state, _)| state)
    }

    /// Moves the clock forward, and does all that falls due up to there, each act at its own instant and in its order (H2, H3). Tells
    /// what was done.
    ///
    /// # Errors
    /// At `/by` or `/to`, a way that leads nowhere; a conflict when it leads back (H1).
    pub fn advance(&self, advance: &Advance) -> Result<Advanced, ControlError> {
        let limit = advance.limit.map_or(MOST_ACTS, |limit| limit as usize);
        let to = advance.target(self.operator.clock.now())?;
        let (mut acts, mut counts, mut refused) = (Vec::new(), BTreeMap::new(), 0);
        let told = |ran: Ran| {
            *counts.entry(ran.due.kind).or_insert(0) += 1;
            refused += u64::from(ran.outcome.is_err());
            // Whatever was refused is told of, be it late.
            if acts.len() < limit || ran.outcome.is_err() {
                acts.push(RanAct::of(ran));
            }
        };
        self.operator.advance(to, told).map_err(|now| backward(now, to))?;
        let ran = counts.values().sum();
        Ok(Advanced { clock: self.clock(), ran, refused, counts, acts })
    }

    /// What falls due by itself, the first first, as far as it can be known now: acts make others due.
    pub fn schedule(&self, query: ScheduleQuery) -> Schedule {
        let dues = self.operator.read().dues();
        let total = dues.len() as u64;
        let until = |due: &Due| query.until.is_none_or(|until| due.at <= until);
        let limit = query.limit.map_or(MOST_ACTS, |limit| limit as usize);
        let dues = dues.into_iter().filter(|(due, _)| until(due)).take(limit);
        let acts =
            dues.map(|(Due { at, kind, .. }, subject)| ScheduledAct { at, act: kind, subject: subject.to_string() });
        Schedule { total, acts: acts.collect() }
    }
}

impl Advance {
    /// So far on as an ISO 8601 duration says, such as `P30D`, `P1M` or `PT1H`.
    pub fn by(duration: impl Into<String>) -> Self {
        Self { by: Some(duration.into()), ..Self::default() }
    }

    /// To an instant.
    pub fn to(at: Timestamp) -> Self {
        Self { to: Some(at), ..Self::default() }
    }

    /// The instant that it leads to.
    fn target(&self, now: Timestamp) -> Result<Timestamp, ControlError> {
        let invalid =
            |pointer: &str, reason: String| ApiError::invalid_content(vec![Detail::new(pointer, reason)]).into();
        match (&self.by, self.to) {
            (Some(by), None) => later(now, by).map_err(|reason| invalid("/by", reason)),
            (None, Some(to)) => Ok(to),
            _ => Err(invalid("", "The clock is moved either `by` a duration or `to` an instant.".to_owned())),
        }
    }
}

/// The instant a duration later. Years and months are those of the calendar in UTC: a day that the month lacks becomes its last one.
fn later(now: Timestamp, by: &str) -> Result<Timestamp, String> {
    let invalid = || format!("`{by}` is no ISO 8601 duration in whole numbers such as `P30D`, `P1W1D` or `PT1H30M`.");
    let (date, time) =
        by.strip_prefix('P').map(|rest| rest.split_once('T').unwrap_or((rest, "0S"))).ok_or_else(invalid)?;
    let is_empty = time.is_empty() || by == "P";
    let [years, months, weeks, days] = numbers(date, ['Y', 'M', 'W', 'D']).ok_or_else(invalid)?;
    let [hours, minutes, seconds] = numbers(time, ['H', 'M', 'S']).filter(|_| !is_empty).ok_or_else(invalid)?;
    let at = || {
        let months = years.checked_mul(12)?.checked_add(months)?;
        let days = weeks.checked_mul(7)?.checked_add(days)?;
        let hours = days.checked_mul(24)?.checked_add(hours)?;
        let minutes = hours.checked_mul(60)?.checked_add(minutes)?;
        let seconds = minutes.checked_mul(60)?.checked_add(seconds)?;
        let at = now.to_chrono().checked_add_months(chrono::Months::new(months.try_into().ok()?))?;
        at.checked_add_signed(chrono::TimeDelta::try_seconds(seconds.try_into().ok()?)?)
    };
    let at = at().map(Timestamp::from).filter(|at| at.unix() < Timestamp::from_unix(i64::MAX).unix());
    at.ok_or_else(|| format!("`{by}` leads beyond the calendar."))
}

/// How many there are of each unit in a part of a duration, the units in their order; none if it is no such part.
fn numbers<const N: usize>(mut part: &str, units: [char; N]) -> Option<[u64; N]> {
    let mut numbers = [0; N];
    let mut rest = 0;
    while !part.is_empty() {
        let digits = part.find(|it: char| !it.is_ascii_digit()).filter(|digits| *digits > 0)?;
        let unit = part[digits..].chars().next()?;
        let at = rest + units[rest..].iter().position(|it| *it == unit)?;
        // What is beyond all counting is beyond the calendar too.
        numbers[at] = part[..digits].parse().unwrap_or(u64::MAX);
        rest = at + 1;
        part = &part[digits + unit.len_utf8()..];
    }
    Some(numbers)
}

fn backward(now: Timestamp, at: Timestamp) -> ControlError {
    let reason = format!("It is {now} already; with data, the clock goes forward only, and not back to {at}.");
    Refusal::conflict("H1", reason).into()
}

impl RanAct {
    fn of(Ran { due, subject, outcome }: Ran) -> Self {
        let (events, refused) = match outcome {
            Ok(events) => (events.iter().map(|event| event.kind).collect(), None),
            Err(refusal) => (Vec::new(), Some(refusal.to_string())),
        };
        Self { at: due.at, act: due.kind, subject: subject.to_string(), events, refused }
    }
}

impl ClockState {
    pub(super) fn of(clock: &Clock) -> Self {
        let running = match clock.running() {
            Running::Standing(_) => Pace::Standing,
            Running::Real { .. } => Pace::Real,
        };
        Self { now: clock.now(), running }
    }

    /// The setting that leads to this.
    pub(super) fn setting(self) -> SetClock {
        SetClock { at: Some(self.now), running: self.running }
    }
}

impl SetClock {
    /// How a clock runs that is set so at an instant.
    pub(super) fn from(self, at: Timestamp) -> Running {
        match self.running {
            Pace::Standing => Running::Standing(at),
            Pace::Real => Running::Real { ahead: at.unix() - real_now().unix() },
        }
    }
}

/// Whether there is any record. Those that always belong to another one are not looked for.
fn has_data(world: &World) -> bool {
    let is_empty = world.contacts.is_empty()
        && world.sites.is_empty()
        && world.staff.is_empty()
        && world.coupons.is_empty()
        && world.protection_levels.is_empty()
        && world.product_categories.is_empty()
        && world.contract_templates.is_empty()
        && world.deal_stages.is_empty()
        && world.tasks.is_empty()
        && world.timeline_sources.is_empty()
        && world.timeline_templates.is_empty()
        && world.webhook_endpoints.is_empty();
    !is_empty
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_read_whole_or_not_at_all() {
        let now: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        for (by, expected) in [
            ("P1D", "2026-02-01T12:00:00Z"),
            ("P1W1D", "2026-02-08T12:00:00Z"),
            ("P2W3D", "2026-02-17T12:00:00Z"),
            ("P1M", "2026-02-28T12:00:00Z"),
            ("P1Y1M", "2027-02-28T12:00:00Z"),
            ("P1DT1H", "2026-02-01T13:00:00Z"),
            ("PT90M", "2026-01-31T13:30:00Z"),
            ("PT1H30M5S", "2026-01-31T13:30:05Z"),
            ("P0D", "2026-01-31T12:00:00Z"),
            ("PT4294967296S", "2162-03-09T18:28:16Z"),
        ] {
            assert_eq!(later(now, by).map(|at| at.to_string()), Ok(expected.to_owned()), "{by}");
        }
        for by in [
            "",
            "P",
            "PT",
            "T1H",
            "P1DT",
            "PT1D",
            "P1H",
            "P1D1H",
            "P1D2D",
            "P1D1W",
            "P1M1Y",
            "PT30M1H",
            "PT1H30",
            "P1",
            "PD",
            "p1d",
            "P1.5D",
            "PT0.5S",
            "P-1D",
            "-P1D",
            "+P1D",
            "P1D ",
            " P1D",
            "P30Dxyz",
            "P1D;",
            "P1\u{e4}",
            "P1DT1HT1M",
        ] {
            let told = later(now, by).unwrap_err();
            assert!(told.contains("no ISO 8601 duration"), "{by}: {told}");
        }
        for by in [
            "P100000Y",
            "P9999Y",
            "PT9223372036854775807S",
            "PT9223372036854775807H",
            "P99999999999999999999D",
            "PT18446744073709551616M",
        ] {
            let told = later(now, by).unwrap_err();
            assert!(told.contains("beyond the calendar"), "{by}: {told}");
        }
    }
}
