//! How often a credential may call.
//!
//! Both windows are fixed: they begin with the whole second and the whole minute of real time, which comes in as an argument.
//! Refused calls do not count.
//!
//! Where the limits are off, every answer still carries `RateLimit-Limit` and `RateLimit-Reset`, as the document declares:
//! calls are counted against the documented limits, and the headers say what they would say, but nothing is refused.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use parking_lot::Mutex;

use super::error::{ApiError, Code};
use crate::domain::ids::AnyId;

/// The limits on how often a credential may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateLimit {
    /// At most one of each length, the shortest first, and never none.
    windows: Vec<Window>,
    enforced: bool,
}

/// So many calls in so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// How many calls go through.
    pub requests: u32,
    /// How long the window is: 1 or 60 seconds.
    pub seconds: u32,
}

/// A text is no rate limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RateLimitError {
    /// A part is no limit at all.
    #[error("`{0}` is no rate limit; write `off`, `real`, `10/s`, `60/min` or `10/s,60/min`")]
    Unreadable(String),
    /// The number of a part is not one that can be.
    #[error("`{0}` is no rate limit: the number must be from 1 to 4294967295")]
    Number(String),
    /// There are two limits for windows of the same length.
    #[error("there are two limits per {0}; one of them is enough")]
    Twice(&'static str),
}

/// Counts the calls of every credential and says which go through. Any number of threads may ask it.
#[derive(Debug)]
pub struct Limiter {
    limit: RateLimit,
    counted: Mutex<Counted>,
}

/// Whether a call goes through, and what its answer says of the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admission {
    /// Whether it goes through.
    pub allowed: bool,
    /// The header `RateLimit-Limit`: the most calls in the window that is described. That is the window with the smaller share
    /// left after this call, the longer one on a tie; of a refused call, the longest window that it exceeds.
    pub limit: u64,
    /// The header `RateLimit-Reset`: when that window ends, in seconds since 1970.
    pub reset: u64,
}

const SECOND: u32 = 1;
const MINUTE: u32 = 60;

impl RateLimit {
    /// The documented limits: 10 calls a second and 60 a minute.
    pub fn real() -> Self {
        let windows = vec![Window { requests: 10, seconds: SECOND }, Window { requests: 60, seconds: MINUTE }];
        Self { windows, enforced: true }
    }

    /// The documented limits, counted for the headers but not enforced.
    pub fn off() -> Self {
        Self { enforced: false, ..Self::real() }
    }

    /// Whether calls beyond the limits are refused.
    pub fn is_enforced(&self) -> bool {
        self.enforced
    }
}

impl FromStr for RateLimit {
    type Err = RateLimitError;

    /// From `off`, `real`, or one or two limits parted by a comma, such as `10/s,60/min`.
    fn from_str(text: &str) -> Result<Self, RateLimitError> {
        match text.trim() {
            "off" => return Ok(Self::off()),
            "real" => return Ok(Self::real()),
            _ => {}
        }
        let mut windows = text.split(',').map(|part| part.trim().parse()).collect::<Result<Vec<Window>, _>>()?;
        windows.sort_by_key(|window| window.seconds);
        if let Some(twin) = windows.windows(2).find(|pair| pair[0].seconds == pair[1].seconds) {
            return Err(RateLimitError::Twice(if twin[0].seconds == SECOND { "second" } else { "minute" }));
        }
        Ok(Self { windows, enforced: true })
    }
}

impl FromStr for Window {
    type Err = RateLimitError;

    fn from_str(text: &str) -> Result<Self, RateLimitError> {
        let unreadable = || RateLimitError::Unreadable(text.to_owned());
        let (requests, unit) = text.split_once('/').ok_or_else(unreadable)?;
        let seconds = match unit {
            "s" => SECOND,
            "min" => MINUTE,
            _ => return Err(unreadable()),
        };
        if requests.is_empty() || !requests.bytes().all(|b| b.is_ascii_digit()) {
            return Err(unreadable());
        }
        let requests = requests.parse().ok().filter(|requests| *requests > 0);
        Ok(Self { requests: requests.ok_or_else(|| RateLimitError::Number(text.to_owned()))?, seconds })
    }
}

impl fmt::Display for RateLimit {
    /// As [`RateLimit::from_str`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.enforced {
            return f.write_str("off");
        }
        for (i, window) in self.windows.iter().enumerate() {
            write!(f, "{}{window}", if i == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.requests, if self.seconds == SECOND { "s" } else { "min" })
    }
}

impl Limiter {
    /// A limiter that has counted nothing yet.
    pub fn new(limit: RateLimit) -> Self {
        Self { limit, counted: Mutex::default() }
    }

    /// Counts a call, unless it is beyond a limit.
    ///
    /// `bucket` is the OAuth application or static access token that calls, whichever of its tokens it used. `now` is the real
    /// time in seconds since 1970.
    pub fn admit(&self, bucket: AnyId, now: u64) -> Admission {
        let mut counted = self.counted.lock();
        let now = counted.move_to(now);
        let windows = &self.limit.windows;
        let uses = counted.buckets.entry(bucket).or_insert_with(|| vec![Use::default(); windows.len()]);
        for (window, used) in windows.iter().zip(uses.iter_mut()) {
            used.move_to(window.start(now));
        }
        let mut both = windows.iter().zip(uses.iter_mut());
        if let Some((window, _)) = both.rfind(|(window, used)| self.limit.enforced && used.calls >= window.requests) {
            return window.admission(false, now);
        }
        let mut described: Option<(&Window, u32)> = None;
        for (window, used) in windows.iter().zip(uses) {
            used.calls = used.calls.saturating_add(1);
            let left = window.requests.saturating_sub(used.calls);
            if described.is_none_or(|(other, other_left)| window.has_no_greater_share(left, other, other_left)) {
                described = Some((window, left));
            }
        }
        // A limit has windows; without any there would be nothing to describe.
        described.map_or(Admission { allowed: true, limit: 0, reset: now }, |(window, _)| window.admission(true, now))
    }

    /// Takes back the count of a call that was admitted and then refused for lack of a scope: such calls do not count. A window
    /// that has ended since keeps its count, which nobody asks for any more.
    pub fn take_back(&self, bucket: AnyId, now: u64) {
        let mut counted = self.counted.lock();
        let now = counted.move_to(now);
        let uses = counted.buckets.get_mut(&bucket).into_iter().flatten();
        for (window, used) in self.limit.windows.iter().zip(uses) {
            if used.start == window.start(now) {
                used.calls = used.calls.saturating_sub(1);
            }
        }
    }
}

impl Admission {
    /// The error of a call that does not go through.
    pub fn refusal(&self) -> ApiError {
        let message = format!(
            "Too many requests: {} in this window are spent; wait for it to reset at {} (Unix seconds).",
            self.limit, self.reset
        );
        ApiError::new(Code::TooManyRequests).with_message(message)
    }
}

impl Window {
    fn start(self, now: u64) -> u64 {
        now - now % u64::from(self.seconds)
    }

    fn admission(self, allowed: bool, now: u64) -> Admission {
        let reset = self.start(now).saturating_add(self.seconds.into());
        Admission { allowed, limit: self.requests.into(), reset }
    }

    /// Whether `left` of this window is no more of it than `other_left` is of the other, in whole numbers.
    fn has_no_greater_share(self, left: u32, other: &Self, other_left: u32) -> bool {
        u64::from(left) * u64::from(other.requests) <= u64::from(other_left) * u64::from(self.requests)
    }
}

#[derive(Debug, Default)]
struct Counted {
    /// The latest time seen.
    now: u64,
    buckets: HashMap<AnyId, Vec<Use>>,
}

/// What a credential has used of the latest window it called in.
#[derive(Debug, Clone, Copy, Default)]
struct Use {
    start: u64,
    calls: u32,
}

impl Counted {
    /// Moves on to `now`, and gives the time to count by.
    fn move_to(&mut self, now: u64) -> u64 {
        // Two calls may read the clock in one order and arrive in the other. A clock that was set back is believed.
        let is_straggler = now < self.now && self.now - now <= 1;
        let now = if is_straggler { self.now } else { now };
        // When a minute begins every window does, so that no count of before matters any more. This is what keeps the number of
        // buckets down to that of the credentials seen within a minute.
        if now / u64::from(MINUTE) != self.now / u64::from(MINUTE) {
            self.buckets.clear();
        }
        self.now = now;
        now
    }
}

impl Use {
    fn move_to(&mut self, start: u64) {
        if self.start != start {
            *self = Self { start, calls: 0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::ids::{AccessTokenId, ApplicationId, Id};

    /// A whole minute.
    const T0: u64 = 1_772_445_600;

    fn caller() -> AnyId {
        ApplicationId::new(1).any()
    }

    fn limiter(limit: &str) -> Limiter {
        Limiter::new(limit.parse().unwrap())
    }

    fn admitted(limit: u64, reset: u64) -> Admission {
        Admission { allowed: true, limit, reset: T0 + reset }
    }

    fn refused(limit: u64, reset: u64) -> Admission {
        Admission { allowed: false, limit, reset: T0 + reset }
    }

    #[test]
    fn ten_calls_go_through_in_a_second_and_the_next_second_begins_anew() {
        let limiter = limiter("real");
        for _ in 0..10 {
            assert_eq!(limiter.admit(caller(), T0), admitted(10, 1));
        }
        assert_eq!(limiter.admit(caller(), T0), refused(10, 1));
        // 10 of 10 and 49 of 60 are left before this call, 9 of 10 and 49 of 60 after it.
        assert_eq!(limiter.admit(caller(), T0 + 1), admitted(60, 60));
    }

    #[test]
    fn sixty_calls_go_through_in_a_minute_and_the_next_minute_begins_anew() {
        let limiter = limiter("real");
        for i in 0..60 {
            assert!(limiter.admit(caller(), T0 + i % 20).allowed, "{i}");
        }
        assert_eq!(limiter.admit(caller(), T0 + 59), refused(60, 60));
        assert_eq!(limiter.admit(caller(), T0 + 60), admitted(10, 61));
    }

    #[test]
    fn the_headers_describe_the_window_with_the_smaller_share_left_the_minute_on_a_tie() {
        let limiter = limiter("real");
        // One call a second: nine tenths of the second are left each time.
        for second in 0..5 {
            assert_eq!(limiter.admit(caller(), T0 + second), admitted(10, second + 1), "{second}");
        }
        // 54 of 60 are nine tenths as well.
        assert_eq!(limiter.admit(caller(), T0 + 5), admitted(60, 60));
        assert_eq!(limiter.admit(caller(), T0 + 6), admitted(60, 60));
        assert_eq!(limiter.admit(caller(), T0 + 6), admitted(10, 7));
    }

    #[test]
    fn a_call_beyond_both_limits_is_told_of_the_one_to_wait_for() {
        let limiter = limiter("2/s,2/min");
        limiter.admit(caller(), T0);
        limiter.admit(caller(), T0);
        assert_eq!(limiter.admit(caller(), T0), refused(2, 60));
    }

    #[test]
    fn refused_calls_do_not_count() {
        let limiter = limiter("1/s,3/min");
        for second in 0..3 {
            assert!(limiter.admit(caller(), T0 + second).allowed);
            for _ in 0..5 {
                assert!(!limiter.admit(caller(), T0 + second).allowed);
            }
        }
        assert_eq!(limiter.admit(caller(), T0 + 3), refused(3, 60));
    }

    #[test]
    fn a_call_that_is_taken_back_does_not_count() {
        let limiter = limiter("1/s,2/min");
        for _ in 0..5 {
            assert!(limiter.admit(caller(), T0).allowed);
            limiter.take_back(caller(), T0);
        }
        // The second that it was counted in is over, its minute is not.
        assert!(limiter.admit(caller(), T0).allowed);
        limiter.take_back(caller(), T0 + 1);
        limiter.take_back(AccessTokenId::new(1).any(), T0 + 1);
        assert!(limiter.admit(caller(), T0 + 1).allowed);
        assert!(limiter.admit(caller(), T0 + 2).allowed);
        assert_eq!(limiter.admit(caller(), T0 + 3), refused(2, 60));
    }

    #[test]
    fn each_credential_has_a_bucket_of_its_own() {
        let limiter = limiter("1/s");
        assert!(limiter.admit(caller(), T0).allowed);
        assert!(limiter.admit(ApplicationId::new(2).any(), T0).allowed);
        assert!(limiter.admit(AccessTokenId::new(1).any(), T0).allowed);
        assert!(!limiter.admit(caller(), T0).allowed);
    }

    #[test]
    fn without_limits_everything_goes_through_and_the_headers_are_those_of_the_documented_limits() {
        let limiter = limiter("off");
        assert_eq!(limiter.admit(caller(), T0), admitted(10, 1));
        for _ in 0..1000 {
            assert!(limiter.admit(caller(), T0).allowed);
        }
        // Nothing is left of either window.
        assert_eq!(limiter.admit(caller(), T0), admitted(60, 60));
    }

    #[test]
    fn one_limit_alone_is_the_one_described() {
        assert_eq!(limiter("5/s").admit(caller(), T0 + 59), admitted(5, 60));
        assert_eq!(limiter("5/min").admit(caller(), T0 + 59), admitted(5, 60));
    }

    #[test]
    fn buckets_do_not_outlive_their_minute() {
        let limiter = limiter("real");
        for i in 0..100 {
            limiter.admit(ApplicationId::new(i).any(), T0 + 59);
        }
        limiter.admit(caller(), T0 + 60);
        assert_eq!(limiter.counted.lock().buckets.len(), 1);
    }

    #[test]
    fn a_straggler_opens_no_window_again_and_a_clock_set_back_does() {
        let limiter = limiter("1/s,2/min");
        assert!(limiter.admit(caller(), T0 - 1).allowed);
        assert!(limiter.admit(caller(), T0).allowed);
        assert_eq!(limiter.admit(caller(), T0 - 1), refused(1, 1));
        assert!(limiter.admit(caller(), T0 - 3600).allowed);
        assert!(!limiter.admit(caller(), T0 - 3600).allowed);
    }

    #[test]
    fn threads_that_call_at_once_get_through_as_often_as_the_limit_says() {
        let limiter = limiter("100/min");
        let through: usize = std::thread::scope(|scope| {
            let work = || (0..50).filter(|_| limiter.admit(caller(), T0).allowed).count();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(through, 100);
    }

    #[test]
    fn limits_are_read_as_they_are_written() {
        assert_eq!("real".parse::<RateLimit>(), Ok(RateLimit::real()));
        assert_eq!("10/s,60/min".parse::<RateLimit>(), Ok(RateLimit::real()));
        assert_eq!(" 60/min , 10/s ".parse::<RateLimit>(), Ok(RateLimit::real()));
        assert!(!"off".parse::<RateLimit>().unwrap().is_enforced());
        assert_eq!("5/min".parse::<RateLimit>().unwrap().windows, [Window { requests: 5, seconds: 60 }]);
    }

    #[test]
    fn what_is_no_limit_is_refused_with_its_culprit() {
        let told = |text: &str| text.parse::<RateLimit>().unwrap_err().to_string();
        for (text, culprit) in [
            ("", ""),
            ("fast", "fast"),
            ("10", "10"),
            ("10/h", "10/h"),
            ("10/s,", ""),
            ("10/s,off", "off"),
            ("+1/s", "+1/s"),
            ("1.5/s", "1.5/s"),
            ("/s", "/s"),
            ("OFF", "OFF"),
        ] {
            let expected =
                format!("`{culprit}` is no rate limit; write `off`, `real`, `10/s`, `60/min` or `10/s,60/min`");
            assert_eq!(told(text), expected, "{text}");
        }
        assert_eq!(told("10/s,0/min"), "`0/min` is no rate limit: the number must be from 1 to 4294967295");
        assert_eq!(told("4294967296/s"), "`4294967296/s` is no rate limit: the number must be from 1 to 4294967295");
        assert_eq!(told("1/min,2/min"), "there are two limits per minute; one of them is enough");
        assert_eq!(told("1/s,60/min,2/s"), "there are two limits per second; one of them is enough");
    }

    #[test]
    fn a_refusal_is_the_documented_error_and_says_when_to_come_again() {
        let error = refused(10, 1).refusal();
        assert_eq!((error.status, error.code), (429, Code::TooManyRequests));
        assert!(error.message.contains("1772445601"), "{}", error.message);
    }

    proptest! {
        #[test]
        fn a_limit_that_is_written_is_read_back(second in proptest::option::of(1u32..), minute in proptest::option::of(1u32..)) {
            prop_assume!(second.is_some() || minute.is_some());
            let parts: Vec<String> = [second.map(|n| format!("{n}/s")), minute.map(|n| format!("{n}/min"))]
                .into_iter()
                .flatten()
                .collect();
            let limit: RateLimit = parts.join(",").parse().unwrap();
            prop_assert_eq!(limit.to_string().parse::<RateLimit>().unwrap(), limit);
        }

        #[test]
        fn no_window_lets_more_through_than_its_limit(
            requests in 1u32..5,
            per_minute in 1u32..8,
            steps in proptest::collection::vec(0u64..20, 1..60),
        ) {
            let limiter = limiter(&format!("{requests}/s,{per_minute}/min"));
            let mut through: HashMap<(u32, u64), u32> = HashMap::new();
            let mut now = T0;
            for step in steps {
                // Mostly the same second again.
                now += step.saturating_sub(15);
                let admission = limiter.admit(caller(), now);
                for window in &limiter.limit.windows {
                    let count = through.entry((window.seconds, window.start(now))).or_default();
                    *count += u32::from(admission.allowed);
                    prop_assert!(*count <= window.requests);
                    prop_assert!(admission.reset > now);
                }
            }
        }
    }
}
