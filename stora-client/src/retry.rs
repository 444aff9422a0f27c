//! When a call is repeated, and after how long.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, StatusCode};

use crate::call::Operation;
use crate::error::{Error, TimeoutKind, TransportKind};

/// How a call is repeated when it fails.
///
/// Repeated is what may pass: the statuses 408, 429, 500, 502, 503 and 504, broken connections and attempts that took too
/// long. And only where it does no harm:
///
/// - a `GET`, always;
/// - a `POST` below a version of the API, because all its attempts carry the same `Idempotency-Key`;
/// - any other method only where nothing was done: there was no connection, or the status says so (408, 429, 503).
///
/// Between attempts lies a random time of at most `base`, doubled each time and never more than `cap` ("exponential backoff
/// with full jitter"). Where the service says how long to wait, by `Retry-After` or `RateLimit-Reset`, that counts instead.
/// A wait that is longer than `patience`, or would end after the time that the call may take, is not begun.
///
/// Beside all this, a call whose token the service refuses (401) is made once more with a new token, where credentials can give
/// one.
///
/// ```
/// use std::time::Duration;
/// use stora_client::RetryPolicy;
///
/// let patient = RetryPolicy::default().max_attempts(6).cap(Duration::from_secs(30));
/// let once = RetryPolicy::never();
/// # let _ = (patient, once);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    pub(crate) max_attempts: u32,
    base: Duration,
    cap: Duration,
    pub(crate) patience: Duration,
}

impl Default for RetryPolicy {
    /// Three attempts, half a second at first, at most eight; waits of up to a minute where the service asks for them.
    fn default() -> Self {
        Self {
            max_attempts: 3,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(8),
            patience: Duration::from_secs(60),
        }
    }
}

impl RetryPolicy {
    /// One attempt and no more.
    pub fn never() -> Self {
        Self { max_attempts: 1, ..Self::default() }
    }

    /// How many attempts there are at most, the first included. Zero counts as one.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// The longest wait before the second attempt.
    #[must_use]
    pub fn base(mut self, base: Duration) -> Self {
        self.base = base;
        self
    }

    /// The longest wait before any attempt, unless the service asks for a longer one.
    #[must_use]
    pub fn cap(mut self, cap: Duration) -> Self {
        self.cap = cap;
        self
    }

    /// The longest wait that the service may ask for. A call that would have to wait longer fails at once.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How long to wait after a number of attempts, if the service does not say.
    pub(crate) fn backoff(&self, attempts: u32) -> Duration {
        let factor = 2_u32.saturating_pow(attempts.saturating_sub(1));
        let longest = self.base.saturating_mul(factor).min(self.cap);
        longest.mul_f64(fastrand::f64())
    }
}

/// How many repeats a client may make for all of its calls together, so that a service that is down is not flooded.
///
/// A repeat takes one from the budget, a call that succeeds gives a tenth back: in the long run at most a tenth of the
/// calls are repeated.
#[derive(Debug)]
pub(crate) struct Budget {
    /// In tenths of a repeat.
    left: AtomicI64,
    full: i64,
}

impl Budget {
    pub(crate) fn new(repeats: u32) -> Self {
        let full = i64::from(repeats) * 10;
        Self { left: AtomicI64::new(full), full }
    }

    /// Takes a repeat, if one is left.
    pub(crate) fn take(&self) -> bool {
        let take = |left: i64| (left >= 10).then_some(left - 10);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// Gives back a tenth.
    pub(crate) fn give(&self) {
        let give = |left: i64| (left < self.full).then_some(left + 1);
        // Full is full: that nothing was given is no fault.
        let _ = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, give);
    }
}

/// Whether a status is one that may pass.
pub(crate) fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

/// Whether an attempt that failed may be followed by another without harm.
pub(crate) fn may_repeat(operation: &Operation, error: &Error) -> bool {
    if operation.method.is_safe() || operation.is_harmless || operation.takes_key {
        return error.is_retryable();
    }
    match error {
        Error::Api(error) => matches!(error.status.as_u16(), 408 | 429 | 503),
        Error::Transport(error) => error.kind == TransportKind::Connect,
        Error::Timeout(error) => error.kind == TimeoutKind::Connect,
        _ => false,
    }
}

/// When an answer was given, by the clock of the service.
pub(crate) fn told_at(headers: &HeaderMap) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()
}

/// How long the service asks to wait: `Retry-After`, or else on 429 `RateLimit-Reset`, which other answers bear as well
/// without a wish to be left alone.
pub(crate) fn wait_told(status: StatusCode, headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let until = |time: SystemTime| time.duration_since(now).unwrap_or_default();
    if let Some(told) = text(RETRY_AFTER.as_str()) {
        if let Ok(seconds) = told.parse() {
            return Some(Duration::from_secs(seconds));
        }
        if !told.is_empty() && told.bytes().all(|byte| byte.is_ascii_digit()) {
            // More seconds than can be counted.
            return Some(Duration::MAX);
        }
        if let Ok(date) = httpdate::parse_http_date(told) {
            return Some(until(date));
        }
    }
    if status != StatusCode::TOO_MANY_REQUESTS {
        return None;
    }
    let reset: u64 = text("ratelimit-reset")?.parse().ok()?;
    UNIX_EPOCH.checked_add(Duration::from_secs(reset)).map(until)
}
