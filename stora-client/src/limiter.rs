//! Keeping to a rate on this side, so that the service need not refuse.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// At most so many requests in so much time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    pub(crate) requests: NonZeroU32,
    pub(crate) per: Duration,
}

/// All limits of a client.
pub(crate) struct Limiter {
    limits: Vec<DefaultDirectRateLimiter>,
    clock: DefaultClock,
}

impl Limiter {
    pub(crate) fn new(limits: &[Limit]) -> Self {
        let limits = limits.iter().filter_map(|limit| {
            // One cell is free again after an even share of the time; all of them may be used at once.
            let quota = Quota::with_period(limit.per / limit.requests.get())?.allow_burst(limit.requests);
            Some(RateLimiter::direct(quota))
        });
        Self { limits: limits.collect(), clock: DefaultClock::default() }
    }

    /// Waits until one more request keeps to all limits.
    pub(crate) async fn ready(&self) {
        for limit in &self.limits {
            while let Err(early) = limit.check() {
                tokio::time::sleep(early.wait_time_from(self.clock.now())).await;
            }
        }
    }
}
