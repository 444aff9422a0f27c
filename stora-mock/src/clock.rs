//! The clock: the only place where time comes from.
//!
//! Each operator has a business clock, which every instant of its records, every expiry and every signature is read from. It
//! runs with real time or stands still. Rate limits and the measuring of requests take real time, from here too.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;

use crate::domain::time::Timestamp;

/// How a clock runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Running {
    /// With real time, so many seconds ahead of it.
    Real {
        /// Seconds that it is ahead.
        ahead: i64,
    },
    /// Standing at an instant.
    Standing(Timestamp),
}

/// The clock of one operator.
#[derive(Debug)]
pub struct Clock(Mutex<Running>);

impl Clock {
    /// A clock that runs so.
    pub fn new(running: Running) -> Self {
        Self(Mutex::new(running))
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        match self.running() {
            Running::Real { ahead } => real_now().plus_seconds(ahead),
            Running::Standing(at) => at,
        }
    }

    /// How it runs.
    pub fn running(&self) -> Running {
        *self.0.lock()
    }

    /// Moves it to an instant. One that runs, runs on from there.
    pub fn move_to(&self, to: Timestamp) {
        self.set(match self.running() {
            Running::Standing(_) => Running::Standing(to),
            Running::Real { .. } => Running::Real { ahead: to.unix() - real_now().unix() },
        });
    }

    /// Makes it run otherwise.
    pub fn set(&self, running: Running) {
        *self.0.lock() = running;
    }
}

/// Real time, in whole seconds.
pub fn real_now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// Measures how long something takes.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts it.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Microseconds since it was started.
    pub fn micros(self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}
