//! The clock of an operator.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ControlError, OperatorControl};
use crate::clock::{Clock, Running, real_now};
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
        // An act that waits for the world meanwhile reads the clock before or after, never in between.
        self.operator
            .act(|world| {
                let clock = &self.operator.clock;
                let (now, at) = (clock.now(), set.at.unwrap_or_else(|| clock.now()));
                if at < now && has_data(world) {
                    return Err(ControlError::conflict(format!(
                        "It is {now} already; with data, the clock goes forward only."
                    )));
                }
                clock.set(set.from(at));
                Ok(ClockState::of(clock))
            })
            .map(|(state, _)| state)
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
