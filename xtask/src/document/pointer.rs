//! JSON Pointers (RFC 6901), alone and as the fragment of a `$ref`.

use serde_json::Value;

/// The pointer of the child `token` of `base`.
pub fn join(base: &str, token: impl AsRef<str>) -> String {
    format!("{base}/{}", escape(token.as_ref()))
}

/// One token in its written form: `~` and `/` escaped.
pub fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

/// One written token in its plain form.
pub fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// The plain tokens of a pointer, first to last.
pub fn tokens(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(unescape).collect()
}

/// The pointer inside a local `$ref` such as `#/components/schemas/Contact`, percent-decoding included. `None` for a
/// reference that leaves the document or names an anchor.
pub fn of_reference(reference: &str) -> Option<String> {
    let fragment = reference.strip_prefix('#')?;
    if !fragment.is_empty() && !fragment.starts_with('/') {
        return None;
    }
    Some(percent_decode(fragment))
}

/// What stands at `pointer`.
pub fn get<'a>(root: &'a Value, pointer: &str) -> Option<&'a Value> {
    root.pointer(pointer)
}

fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let decoded = (bytes[i] == b'%')
            .then(|| text.get(i + 1..i + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match decoded {
            Some(byte) => {
                out.push(byte);
                i += 3;
            }
            None => {
                out.push(bytes[i]);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_escaped_and_back() {
        let pointer = join(&join("", "/2025-09/contacts"), "a~b");
        assert_eq!(pointer, "/~12025-09~1contacts/a~0b");
        assert_eq!(tokens(&pointer), ["/2025-09/contacts", "a~b"]);
    }

    #[test]
    fn references_are_percent_decoded() {
        assert_eq!(of_reference("#/paths/~1a%20b").as_deref(), Some("/paths/~1a b"));
        assert_eq!(of_reference("#/a/50%").as_deref(), Some("/a/50%"));
        assert_eq!(of_reference("#").as_deref(), Some(""));
        assert_eq!(of_reference("#anchor"), None);
        assert_eq!(of_reference("other.yaml#/a"), None);
    }
}
