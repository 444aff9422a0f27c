//! What the journal keeps of the texts of callers: the way they called, and the beginnings of bodies.

use bytes::Bytes;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::redact;

/// A path with its query, without secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Target(String);

/// A body without secrets. It serialises as JSON where it is JSON, else as text.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(with = "Value")]
pub struct Body {
    /// UTF-8; empty where the body is no text.
    text: Bytes,
    kept: Kept,
    /// Whether secrets are still to be taken out, which is then done as it serialises.
    unread: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Whole,
    /// The beginning of so many bytes.
    Beginning(usize),
    /// Nothing of so many bytes that are no text.
    Length(usize),
}

impl Target {
    /// Keeps a path with its query, without the values of secret parameters.
    pub fn new(path_and_query: &str) -> Self {
        Self(redact::target(path_and_query))
    }

    /// The path with its query.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it leads to OAuth, where `code` is a secret.
    fn is_oauth(&self) -> bool {
        redact::is_oauth(&self.0)
    }
}

impl Body {
    /// The beginning of a body without secrets. `target` is the one of its request.
    pub(super) fn new(target: &Target, body: &Bytes, most_bytes: usize) -> Self {
        let whole = redact::body(body, most_bytes, target.is_oauth()).map_or_else(|| body.clone(), Bytes::from);
        Self::beginning(whole, body.len(), most_bytes)
    }

    /// The beginning of a body, out of which secrets are taken when it serialises.
    pub(super) fn unread(body: &Bytes, most_bytes: usize) -> Self {
        Self { unread: true, ..Self::beginning(body.clone(), body.len(), most_bytes) }
    }

    /// The beginning of a text of which `length` bytes came.
    fn beginning(whole: Bytes, length: usize, most_bytes: usize) -> Self {
        let is_cut = whole.len() > most_bytes;
        let beginning = &whole[..whole.len().min(most_bytes)];
        let text = match std::str::from_utf8(beginning) {
            Ok(_) if !is_cut => return Self { text: whole, kept: Kept::Whole, unread: false },
            Ok(text) => text.as_bytes(),
            // The cut went through a character.
            Err(error) if is_cut && error.error_len().is_none() => &beginning[..error.valid_up_to()],
            Err(_) => return Self { text: Bytes::new(), kept: Kept::Length(length), unread: false },
        };
        // A slice would keep the whole body in memory for its beginning.
        Self { text: Bytes::copy_from_slice(text), kept: Kept::Beginning(length), unread: false }
    }
}

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let redacted = if self.unread { redact::body(&self.text, self.text.len(), false) } else { None };
        let bytes = redacted.as_deref().unwrap_or(&self.text);
        let text = String::from_utf8_lossy(bytes);
        match self.kept {
            Kept::Whole => match serde_json::from_slice::<Value>(bytes) {
                Ok(value) => value.serialize(serializer),
                Err(_) => serializer.serialize_str(&text),
            },
            Kept::Beginning(length) => {
                serializer.collect_str(&format_args!("{text}… [cut off; {length} bytes in all]"))
            }
            Kept::Length(length) => serializer.collect_str(&format_args!("[{length} bytes that are no text]")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kept(body: impl Into<Bytes>) -> Value {
        serde_json::to_value(Body::new(&Target::new("/"), &body.into(), 64)).unwrap()
    }

    #[test]
    fn a_body_that_is_no_json_is_text_and_one_that_is_no_text_a_length() {
        assert_eq!(kept("id,email\r\n"), "id,email\r\n");
        assert_eq!(kept("[1, 2]"), json!([1, 2]));
        assert_eq!(kept(&b"\x89PNG\r\n"[..]), "[6 bytes that are no text]");
        assert_eq!(kept(vec![0xff; 100]), "[100 bytes that are no text]");
    }

    #[test]
    fn a_long_body_is_cut_off_between_characters() {
        assert_eq!(kept("x".repeat(64)), "x".repeat(64));
        assert_eq!(kept("x".repeat(65)), format!("{}… [cut off; 65 bytes in all]", "x".repeat(64)));
        let body = format!("{}ü", "x".repeat(63));
        assert_eq!(kept(body), format!("{}… [cut off; 65 bytes in all]", "x".repeat(63)));
    }

    #[test]
    fn what_is_kept_of_a_long_body_does_not_hold_on_to_the_rest() {
        let body = Bytes::from("x".repeat(1000));
        let long = Body::new(&Target::new("/"), &body, 64);
        assert_ne!(long.text.as_ptr(), body.as_ptr());
        let body = Bytes::from("x".repeat(10));
        let short = Body::new(&Target::new("/"), &body, 64);
        assert_eq!(short.text.as_ptr(), body.as_ptr());
    }
}
