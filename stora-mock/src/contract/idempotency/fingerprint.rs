//! When two requests are the same.

use serde_json::{Number, Value};
use sha2::{Digest, Sha256};

/// What makes two requests the same: method, path with query, and body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

/// The body of a request, as far as it matters to whether two requests are the same.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    /// JSON, which is compared by value: spacing and the order of keys do not matter, and 1 is 1.0.
    Json(&'a Value),
    /// Anything else, which is compared byte by byte.
    Other(&'a [u8]),
}

impl Fingerprint {
    /// The fingerprint of a request. `target` is the path with its query, as it was sent.
    pub fn of(method: &str, target: &str, content: Content<'_>) -> Self {
        let mut hash = Sha256::new();
        hash_text(&mut hash, method);
        hash_text(&mut hash, target);
        match content {
            Content::Json(value) => {
                hash.update(b"json");
                hash_value(&mut hash, value);
            }
            Content::Other(bytes) => {
                hash.update(b"other");
                hash.update(bytes);
            }
        }
        Self(hash.finalize().into())
    }
}

/// Each part is preceded by its length or by a letter for its kind, so that no two values are hashed alike.
fn hash_value(hash: &mut Sha256, value: &Value) {
    match value {
        Value::Null => hash.update(b"n"),
        Value::Bool(false) => hash.update(b"f"),
        Value::Bool(true) => hash.update(b"t"),
        Value::Number(number) => hash_number(hash, number),
        Value::String(text) => {
            hash.update(b"s");
            hash_text(hash, text);
        }
        Value::Array(items) => {
            hash.update(b"a");
            hash_length(hash, items.len());
            items.iter().for_each(|item| hash_value(hash, item));
        }
        Value::Object(members) => {
            hash.update(b"o");
            hash_length(hash, members.len());
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            for (name, member) in members {
                hash_text(hash, name);
                hash_value(hash, member);
            }
        }
    }
}

/// A whole number is the same however it is written: `1`, `1.0`, `10e-1`; and zero has no sign.
fn hash_number(hash: &mut Sha256, number: &Number) {
    let float = number.as_f64().filter(|_| number.is_f64());
    match float {
        None => hash_whole(hash, number.as_i128().unwrap_or_default()),
        // Up to two to the 64th, where the other whole numbers end; each such float is exactly a whole number.
        Some(float) if float.fract() == 0.0 && float.abs() <= 2f64.powi(64) => hash_whole(hash, float as i128),
        Some(float) => {
            hash.update(b"r");
            hash.update(float.to_bits().to_le_bytes());
        }
    }
}

fn hash_whole(hash: &mut Sha256, number: i128) {
    hash.update(b"i");
    hash.update(number.to_le_bytes());
}

fn hash_text(hash: &mut Sha256, text: &str) {
    hash_length(hash, text.len());
    hash.update(text);
}

fn hash_length(hash: &mut Sha256, length: usize) {
    hash.update((length as u64).to_le_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn print(text: &str) -> Fingerprint {
        match serde_json::from_str(text) {
            Ok(value) => Fingerprint::of("POST", "/2025-09/contacts", Content::Json(&value)),
            Err(_) => Fingerprint::of("POST", "/2025-09/contacts", Content::Other(text.as_bytes())),
        }
    }

    #[test]
    fn bodies_are_the_same_when_their_json_values_are() {
        for (one, other) in [
            (r#"{"a": 1, "b": [true, null]}"#, "{\n\"b\":[true,null],\"a\":1}"),
            ("[1]", "[1.0]"),
            ("[100]", "[1e2]"),
            ("[0]", "[-0.0]"),
            ("[1.50]", "[1.5]"),
            (r#"["é"]"#, r#"["\u00e9"]"#),
            ("[18446744073709551616]", "[1.8446744073709551616e19]"),
        ] {
            assert_eq!(print(one), print(other), "{one} {other}");
        }
    }

    #[test]
    fn requests_that_differ_in_anything_have_different_fingerprints() {
        let bodies = [
            "",
            "{}",
            "[]",
            "null",
            "false",
            "true",
            "0",
            "1",
            "-1",
            "1.5",
            "\"\"",
            "\"1\"",
            "[1]",
            "[[]]",
            "[1,2]",
            "[2,1]",
            "[12]",
            r#"{"a":1}"#,
            r#"{"a":"1"}"#,
            r#"{"a":{}}"#,
            r#"{"a":null}"#,
            r#"["a",1]"#,
            r#"["ab"]"#,
            r#"["a","b"]"#,
            r#"{"a":1,"b":2}"#,
            r#"{"a":2,"b":1}"#,
            "{",
            "a=1",
            "18446744073709551615",
            "18446744073709551616",
            "1e300",
        ];
        for (i, one) in bodies.iter().enumerate() {
            for other in &bodies[i + 1..] {
                assert_ne!(print(one), print(other), "{one} {other}");
            }
        }
        let of = |method, target| Fingerprint::of(method, target, Content::Other(b""));
        assert_ne!(of("POST", "/a"), of("POST", "/a?b=1"));
        assert_ne!(of("POST", "/a"), of("PUT", "/a"));
        assert_ne!(of("POST", "/ab"), of("POST/", "ab"));
        // JSON is told from the same bytes that are taken as they are.
        assert_ne!(print("null"), Fingerprint::of("POST", "/2025-09/contacts", Content::Other(b"n")));
    }

    proptest! {
        #[test]
        fn whole_numbers_are_the_same_with_and_without_a_point(number in -(1i64 << 53)..(1i64 << 53)) {
            prop_assert_eq!(print(&format!("[{number}]")), print(&format!("[{number}.0]")));
        }

        #[test]
        fn the_order_of_members_does_not_matter(
            members in proptest::collection::btree_map("[a-z]{0,4}", any::<i32>(), 0..8),
        ) {
            let forward: serde_json::Map<_, _> = members.iter().map(|(k, v)| (k.clone(), Value::from(*v))).collect();
            let backward: serde_json::Map<_, _> =
                members.iter().rev().map(|(k, v)| (k.clone(), Value::from(*v))).collect();
            let of = |map| Fingerprint::of("POST", "/", Content::Json(&Value::Object(map)));
            prop_assert_eq!(of(forward), of(backward));
        }
    }
}
