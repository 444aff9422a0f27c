//! Ids of requests: UUIDs in the form of version 4, the same ones for the same seed.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Serialize, Serializer};

use crate::domain::ids::mix;

/// Where the ids of requests come from. Any number of threads may draw from it.
#[derive(Debug)]
pub struct RequestIds {
    /// What the seed adds to either half of an id.
    keys: [u64; 2],
    given: AtomicU64,
}

/// The id of a request, such as `c446375c-d36a-4230-a6dc-85ab9b79893c`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId([u8; RequestId::LENGTH]);

impl RequestIds {
    /// The source of a seed.
    pub fn new(seed: u64) -> Self {
        // Apart from the ids of records, which come from the same seed.
        Self { keys: [mix(seed ^ 0x7265_7175_6573_7431), mix(seed ^ 0x7265_7175_6573_7432)], given: AtomicU64::new(0) }
    }

    /// The next id. Which thread gets which is for the threads to settle; the ids themselves are the same for the same seed.
    pub fn next(&self) -> RequestId {
        let count = self.given.fetch_add(1, Ordering::Relaxed);
        let [high, low] = self.keys.map(|key| mix(count ^ key));
        RequestId::of_words(high, low)
    }
}

impl RequestId {
    /// How many characters an id has.
    pub const LENGTH: usize = 36;

    /// The id as text.
    #[allow(clippy::expect_used, reason = "an id is made of ASCII characters")]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("an id is made of hexadecimal digits and hyphens")
    }

    /// The id of an attempt to deliver something: the same for the same three numbers, and another one for others.
    pub(crate) fn of_attempt(key: u64, delivery: u64, attempt: u64) -> Self {
        let word = |half: u64| mix(mix(mix(key ^ half) ^ delivery) ^ attempt);
        Self::of_words(word(0x6465_6c69_7665_7231), word(0x6465_6c69_7665_7232))
    }

    /// The UUID of 128 bits, of which six are given over to its version and variant.
    fn of_words(high: u64, low: u64) -> Self {
        let high = (high & !0xf000) | 0x4000;
        let low = (low & !(0b11 << 62)) | (0b10 << 62);
        let bytes = ((u128::from(high) << 64) | u128::from(low)).to_be_bytes();
        let mut text = [b'-'; Self::LENGTH];
        let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
        let places = text.iter_mut().enumerate().filter(|(place, _)| !matches!(place, 8 | 13 | 18 | 23));
        for ((_, place), digit) in places.zip(digits) {
            *place = b"0123456789abcdef"[usize::from(digit)];
        }
        Self(text)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestId({self})")
    }
}

impl AsRef<str> for RequestId {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Serialize for RequestId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn all_bits_but_those_of_version_and_variant_are_written_in_order() {
        assert_eq!(
            RequestId::of_words(0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210).to_string(),
            "01234567-89ab-4def-bedc-ba9876543210"
        );
        assert_eq!(RequestId::of_words(0, 0).to_string(), "00000000-0000-4000-8000-000000000000");
        assert_eq!(RequestId::of_words(u64::MAX, u64::MAX).to_string(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }

    #[test]
    fn ids_never_come_twice_and_the_seed_decides_them() {
        let (one, same, other) = (RequestIds::new(1), RequestIds::new(1), RequestIds::new(2));
        let mut seen = HashSet::new();
        for _ in 0..10_000 {
            let id = one.next();
            assert!(seen.insert(id));
            assert_eq!(id, same.next());
            assert_ne!(id, other.next());
        }
    }

    #[test]
    fn threads_that_draw_at_once_get_the_same_ids_between_them_and_none_twice() {
        let shared = RequestIds::new(7);
        let drawn: Vec<RequestId> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..4).map(|_| scope.spawn(|| (0..500).map(|_| shared.next()).collect::<Vec<_>>())).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        let alone = RequestIds::new(7);
        let expected: HashSet<RequestId> = (0..2000).map(|_| alone.next()).collect();
        assert_eq!(expected.len(), 2000);
        assert_eq!(drawn.into_iter().collect::<HashSet<_>>(), expected);
    }

    #[test]
    fn every_attempt_has_an_id_of_its_own() {
        let numbers = (0..3).flat_map(|key| (0..300).flat_map(move |of| (0..7).map(move |attempt| (key, of, attempt))));
        let ids: HashSet<RequestId> =
            numbers.map(|(key, of, attempt)| RequestId::of_attempt(key, of, attempt)).collect();
        assert_eq!(ids.len(), 3 * 300 * 7);
        assert_eq!(RequestId::of_attempt(1, 2, 3), RequestId::of_attempt(1, 2, 3));
    }

    #[test]
    fn an_id_serialises_as_its_text() {
        let id = RequestIds::new(3).next();
        assert_eq!(serde_json::to_value(id).unwrap(), id.as_str());
        assert_eq!(id.as_str().len(), RequestId::LENGTH);
    }
}
