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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::time::Instant;

    use super::*;

    fn limit(requests: u32, milliseconds: u64) -> Limit {
        Limit { requests: NonZeroU32::new(requests).unwrap(), per: Duration::from_millis(milliseconds) }
    }

    async fn time_of(limiter: &Limiter, requests: u32) -> Duration {
        let start = Instant::now();
        for _ in 0..requests {
            limiter.ready().await;
        }
        start.elapsed()
    }

    #[tokio::test]
    async fn as_many_as_the_limit_go_at_once_and_the_next_ones_in_even_steps() {
        let limiter = Limiter::new(&[limit(5, 250)]);
        assert!(time_of(&limiter, 5).await < Duration::from_millis(40));
        let three_more = time_of(&limiter, 3).await;
        assert!(three_more >= Duration::from_millis(100), "{three_more:?}");
    }

    #[tokio::test]
    async fn the_narrowest_of_several_limits_counts() {
        let limiter = Limiter::new(&[limit(100, 100), limit(2, 200)]);
        assert!(time_of(&limiter, 4).await >= Duration::from_millis(150));
    }

    #[tokio::test]
    async fn without_a_limit_nothing_waits() {
        assert!(time_of(&Limiter::new(&[]), 1000).await < Duration::from_millis(100));
    }
}
