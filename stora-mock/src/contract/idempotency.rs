//! Answers kept under the `Idempotency-Key` of their request, so that a repeat changes nothing and gets the first answer again.
//!
//! A key lives 24 hours of the business clock (H5), counted from the call that first used it; then it counts as never used.
//! In between, [`IdempotencyKeys::begin`] tells the first call with a key from its repeats, and refuses a repeat that comes too
//! early and another request that takes the same key.
//!
//! Kept answers are bounded by a number of bytes, since under a clock that stands still nothing would ever be forgotten. When
//! the bound is passed the oldest answers go first, even before their 24 hours.

mod fingerprint;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::{Mutex, MutexGuard};

use super::error::{ApiError, Code};
use crate::domain::ids::AnyId;
use crate::domain::time::Timestamp;

pub use fingerprint::{Content, Fingerprint};

/// How long a key lives, in seconds of the business clock.
pub const LIFETIME_SECONDS: i64 = 24 * 60 * 60;

/// How many characters a key may have.
pub const KEY_LENGTH: std::ops::RangeInclusive<usize> = 1..=255;

/// The keys of one operator and what is kept under them. A clone is another handle to the same keys.
#[derive(Debug, Clone)]
pub struct IdempotencyKeys {
    kept: Arc<Mutex<Kept>>,
}

/// What a call that carries a key is, if it may go on.
#[derive(Debug)]
pub enum Begun {
    /// The first with this key: to be done, and its answer to be kept.
    First(Claim),
    /// A repeat of one that is answered: to be answered alike.
    Replay(KeptAnswer),
}

/// Why a call that carries a key may not go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefusal {
    /// The key is empty or too long.
    #[error("The Idempotency-Key must have 1 to 255 characters.")]
    Malformed,
    /// The key was first used for another request.
    #[error("This Idempotency-Key was used for a different request.")]
    OtherRequest,
    /// The first request with the key is not answered yet.
    #[error("The first request with this Idempotency-Key is still in work.")]
    InWork,
}

/// The right to do the request of a key. As long as it is held, repeats are told that the first is still in work.
///
/// Dropping it gives the key back as if it had never been used, so that a call that panics or is cut off leaves no trace.
#[derive(Debug)]
pub struct Claim {
    keys: IdempotencyKeys,
    key: Key,
    serial: u64,
}

/// What is given again to each repeat.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// The status.
    pub status: u16,
    /// The media type of the body.
    pub content_type: &'static str,
    /// The body, byte for byte.
    pub body: Bytes,
}

impl IdempotencyKeys {
    /// How many bytes are kept unless another bound is chosen: some 25,000 answers of usual size.
    pub const DEFAULT_MOST_BYTES: usize = 64 * 1024 * 1024;

    /// No keys, and room for answers of `most_bytes` in all, a little for each key included.
    pub fn new(most_bytes: usize) -> Self {
        let kept = Kept { most_bytes, slots: HashMap::new(), expiries: BTreeMap::new(), bytes: 0, serial: 0 };
        Self { kept: Arc::new(Mutex::new(kept)) }
    }

    /// Says what a call is that carries `key`, and claims the key for it if it is the first.
    ///
    /// `credential` is the OAuth application or static access token that calls: each has keys of its own. `now` is the
    /// business time. Whatever has expired by then is forgotten on the way, whoever it belongs to.
    ///
    /// # Errors
    /// When the key is malformed, was used for another request, or is still in work.
    pub fn begin(
        &self,
        credential: AnyId,
        key: &str,
        fingerprint: Fingerprint,
        now: Timestamp,
    ) -> Result<Begun, KeyRefusal> {
        if !KEY_LENGTH.contains(&key.chars().count()) {
            return Err(KeyRefusal::Malformed);
        }
        let key = Key { credential, text: key.into() };
        let mut kept = self.lock();
        kept.forget_expired(now);
        if let Some(slot) = kept.slots.get(&key) {
            return match &slot.answer {
                _ if slot.fingerprint != fingerprint => Err(KeyRefusal::OtherRequest),
                Some(answer) => Ok(Begun::Replay(answer.clone())),
                None => Err(KeyRefusal::InWork),
            };
        }
        kept.serial += 1;
        let serial = kept.serial;
        let expires_at = now.plus_seconds(LIFETIME_SECONDS);
        kept.slots.insert(key.clone(), Slot { fingerprint, serial, expires_at, answer: None });
        drop(kept);
        Ok(Begun::First(Claim { keys: self.clone(), key, serial }))
    }

    /// Forgets every key. Claims that are still held keep nothing any more.
    pub fn clear(&self) {
        let mut kept = self.lock();
        kept.slots.clear();
        kept.expiries.clear();
        kept.bytes = 0;
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock()
    }
}

impl Default for IdempotencyKeys {
    fn default() -> Self {
        Self::new(Self::DEFAULT_MOST_BYTES)
    }
}

impl Claim {
    /// Keeps the answer for repeats, until 24 hours after the claim was made.
    pub fn finish(self, answer: KeptAnswer) {
        // The drop that follows finds the key answered and leaves it so.
        self.keys.lock().finish(&self.key, self.serial, answer);
    }
}

impl Drop for Claim {
    /// Gives the key back as if it had never been used, unless it is answered: for calls that are refused before their operation
    /// starts.
    fn drop(&mut self) {
        self.keys.lock().abandon(&self.key, self.serial);
    }
}

impl fmt::Debug for KeptAnswer {
    /// Without the body, which may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut answer = f.debug_struct("KeptAnswer");
        answer.field("status", &self.status).field("content_type", &self.content_type);
        answer.field("body_length", &self.body.len()).finish()
    }
}

impl From<KeyRefusal> for ApiError {
    fn from(refusal: KeyRefusal) -> Self {
        let code = match refusal {
            KeyRefusal::Malformed => Code::InvalidRequest,
            KeyRefusal::OtherRequest | KeyRefusal::InWork => Code::Conflict,
        };
        Self::new(code).with_message(refusal.to_string())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    credential: AnyId,
    text: Arc<str>,
}

#[derive(Debug)]
struct Kept {
    most_bytes: usize,
    slots: HashMap<Key, Slot>,
    /// The keys that are answered, by the instant of their expiry and then by age. Those in work do not expire.
    expiries: BTreeMap<(Timestamp, u64), Key>,
    /// What the answered slots take, by [`Slot::bytes`].
    bytes: usize,
    /// How many claims were made. It tells a claim from a later one of the same key.
    serial: u64,
}

#[derive(Debug)]
struct Slot {
    fingerprint: Fingerprint,
    serial: u64,
    expires_at: Timestamp,
    /// None while in work.
    answer: Option<KeptAnswer>,
}

impl Kept {
    /// Every slot is inserted and forgotten once, so that this costs little per call however seldom a key is asked for again.
    fn forget_expired(&mut self, now: Timestamp) {
        while self.expiries.first_key_value().is_some_and(|((at, _), _)| *at <= now) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, key)) = self.expiries.pop_first()
            && let Some(slot) = self.slots.remove(&key)
        {
            self.bytes -= slot.bytes(&key);
        }
    }

    fn finish(&mut self, key: &Key, serial: u64, answer: KeptAnswer) {
        let Some(slot) = self.slots.get_mut(key).filter(|slot| slot.serial == serial) else { return };
        slot.answer = Some(answer);
        self.bytes += slot.bytes(key);
        self.expiries.insert((slot.expires_at, serial), key.clone());
        while self.bytes > self.most_bytes {
            self.forget_oldest();
        }
    }

    fn abandon(&mut self, key: &Key, serial: u64) {
        if self.slots.get(key).is_some_and(|slot| slot.serial == serial && slot.answer.is_none()) {
            self.slots.remove(key);
        }
    }
}

impl Slot {
    /// About what it takes in memory, its places in the tables included.
    fn bytes(&self, key: &Key) -> usize {
        const TABLES: usize = 256;
        TABLES + key.text.len() + self.answer.as_ref().map_or(0, |answer| answer.body.len())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;
    use crate::domain::ids::{AccessTokenId, ApplicationId, Id};

    const T0: i64 = 1_772_445_600;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(T0 + seconds)
    }

    fn caller() -> AnyId {
        ApplicationId::new(1).any()
    }

    fn request(body: &[u8]) -> Fingerprint {
        Fingerprint::of("POST", "/2025-09/contacts", Content::Other(body))
    }

    fn answer(body: &str) -> KeptAnswer {
        KeptAnswer { status: 201, content_type: "application/json", body: Bytes::copy_from_slice(body.as_bytes()) }
    }

    fn begin(keys: &IdempotencyKeys, key: &str, seconds: i64) -> Result<Begun, KeyRefusal> {
        keys.begin(caller(), key, request(b"first"), at(seconds))
    }

    fn claim(keys: &IdempotencyKeys, key: &str, seconds: i64) -> Claim {
        match begin(keys, key, seconds) {
            Ok(Begun::First(claim)) => claim,
            other => panic!("{key}: {other:?}"),
        }
    }

    fn replay(keys: &IdempotencyKeys, key: &str, seconds: i64) -> Option<KeptAnswer> {
        match begin(keys, key, seconds) {
            Ok(Begun::Replay(answer)) => Some(answer),
            _ => None,
        }
    }

    #[test]
    fn a_repeat_gets_the_first_answer_however_often_it_comes() {
        let keys = IdempotencyKeys::default();
        claim(&keys, "k", 0).finish(answer("first"));
        for second in [0, 1, 1000] {
            assert_eq!(replay(&keys, "k", second), Some(answer("first")));
        }
        assert!(matches!(begin(&keys, "K", 0), Ok(Begun::First(_))));
    }

    #[test]
    fn a_repeat_of_one_in_work_is_told_so_and_another_request_too() {
        let keys = IdempotencyKeys::default();
        let first = claim(&keys, "k", 0);
        assert!(matches!(begin(&keys, "k", 0), Err(KeyRefusal::InWork)));
        let other = || keys.begin(caller(), "k", request(b"other"), at(0));
        assert!(matches!(other(), Err(KeyRefusal::OtherRequest)));
        first.finish(answer("first"));
        assert!(matches!(other(), Err(KeyRefusal::OtherRequest)));
        assert_eq!(replay(&keys, "k", 0), Some(answer("first")));
    }

    #[test]
    fn each_credential_has_keys_of_its_own() {
        let keys = IdempotencyKeys::default();
        claim(&keys, "k", 0).finish(answer("first"));
        let other = AccessTokenId::new(1).any();
        assert!(matches!(keys.begin(other, "k", request(b"first"), at(0)), Ok(Begun::First(_))));
    }

    #[test]
    fn a_key_lives_24_hours_to_the_second_from_its_first_use() {
        let keys = IdempotencyKeys::default();
        claim(&keys, "k", 0).finish(answer("first"));
        assert_eq!(replay(&keys, "k", LIFETIME_SECONDS - 1), Some(answer("first")));
        claim(&keys, "k", LIFETIME_SECONDS).finish(answer("second"));
        assert_eq!(replay(&keys, "k", LIFETIME_SECONDS * 2 - 1), Some(answer("second")));
        // Past its time it does not matter either that it was used for another request.
        let other = keys.begin(caller(), "k", request(b"other"), at(LIFETIME_SECONDS * 2));
        assert!(matches!(other, Ok(Begun::First(_))));
    }

    #[test]
    fn what_has_expired_is_forgotten_though_nobody_asks_for_it() {
        let keys = IdempotencyKeys::default();
        for i in 0..100 {
            claim(&keys, &format!("k{i}"), i).finish(answer("x"));
        }
        claim(&keys, "later", LIFETIME_SECONDS + 49).finish(answer("x"));
        let kept = keys.lock();
        assert_eq!((kept.slots.len(), kept.expiries.len()), (51, 51));
        assert_eq!(kept.bytes, kept.slots.iter().map(|(key, slot)| slot.bytes(key)).sum::<usize>());
    }

    #[test]
    fn one_that_is_in_work_for_longer_than_24_hours_is_still_in_work() {
        let keys = IdempotencyKeys::default();
        let long = claim(&keys, "k", 0);
        assert!(matches!(begin(&keys, "k", LIFETIME_SECONDS + 5), Err(KeyRefusal::InWork)));
        long.finish(answer("late"));
        assert!(matches!(begin(&keys, "k", LIFETIME_SECONDS + 5), Ok(Begun::First(_))));
    }

    #[test]
    fn a_key_given_back_counts_as_never_used_by_drop_and_by_panic() {
        let keys = IdempotencyKeys::default();
        drop(claim(&keys, "k", 0));
        let panicking = keys.clone();
        let panicked = std::thread::spawn(move || {
            let _held = claim(&panicking, "k", 0);
            panic!("in the middle of the work");
        });
        assert!(panicked.join().is_err());
        claim(&keys, "k", 0).finish(answer("at last"));
        assert_eq!(replay(&keys, "k", 0), Some(answer("at last")));
    }

    #[test]
    fn of_many_at_once_one_is_first_and_the_rest_get_its_answer_after_it() {
        const THREADS: usize = 8;
        let keys = IdempotencyKeys::default();
        for round in 0..50 {
            let key = format!("round {round}");
            let (start, decided) = (Barrier::new(THREADS), Barrier::new(THREADS));
            let firsts: usize = std::thread::scope(|scope| {
                let work = || {
                    start.wait();
                    let begun = begin(&keys, &key, 0);
                    decided.wait();
                    match begun {
                        Ok(Begun::First(claim)) => {
                            claim.finish(answer(&key));
                            1
                        }
                        Err(KeyRefusal::InWork) => 0,
                        other => panic!("{other:?}"),
                    }
                };
                let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).sum()
            });
            assert_eq!(firsts, 1);
            assert_eq!(replay(&keys, &key, 0), Some(answer(&key)));
        }
    }

    #[test]
    fn a_cleared_store_knows_no_key_and_keeps_no_answer_of_before() {
        let keys = IdempotencyKeys::default();
        claim(&keys, "answered", 0).finish(answer("x"));
        let (finishing, dropping) = (claim(&keys, "finishing", 0), claim(&keys, "dropping", 0));
        keys.clear();
        let anew = (claim(&keys, "answered", 0), claim(&keys, "finishing", 0), claim(&keys, "dropping", 0));
        finishing.finish(answer("of before"));
        drop(dropping);
        for key in ["answered", "finishing", "dropping"] {
            assert!(matches!(begin(&keys, key, 0), Err(KeyRefusal::InWork)), "{key}");
        }
        drop(anew);
        assert!(keys.lock().slots.is_empty());
    }

    #[test]
    fn beyond_the_bound_the_oldest_answers_go_first() {
        let keys = IdempotencyKeys::new(3 * 1024);
        let body = "x".repeat(1024 - 256 - 1);
        for key in ["a", "b", "c", "d"] {
            claim(&keys, key, 0).finish(answer(&body));
        }
        for key in ["b", "c", "d"] {
            assert!(replay(&keys, key, 0).is_some(), "{key}");
        }
        // What does not fit at all is not kept, but answered all the same.
        claim(&keys, "a", 0).finish(answer(&"x".repeat(10_000)));
        assert!(matches!(begin(&keys, "a", 0), Ok(Begun::First(_))));
        assert_eq!(keys.lock().bytes, 0);
    }

    #[test]
    fn a_key_has_1_to_255_characters() {
        let keys = IdempotencyKeys::default();
        let refused = |key: &str| begin(&keys, key, 0).is_err();
        assert!(refused(""));
        assert!(!refused(" "));
        assert!(!refused(&"ü".repeat(255)));
        assert!(refused(&"k".repeat(256)));
    }

    #[test]
    fn refusals_are_the_documented_errors() {
        for (refusal, status, code, message) in [
            (KeyRefusal::Malformed, 400, Code::InvalidRequest, "The Idempotency-Key must have 1 to 255 characters."),
            (KeyRefusal::OtherRequest, 409, Code::Conflict, "This Idempotency-Key was used for a different request."),
            (KeyRefusal::InWork, 409, Code::Conflict, "The first request with this Idempotency-Key is still in work."),
        ] {
            let error = ApiError::from(refusal);
            assert_eq!((error.status, error.code, error.message.as_ref()), (status, code, message));
        }
    }

    #[test]
    fn an_answer_does_not_show_its_body_in_debug() {
        let shown = format!("{:?}", answer("fc5ec3ec9a61"));
        assert!(shown.contains("201") && !shown.contains("fc5ec3ec9a61"), "{shown}");
    }
}
