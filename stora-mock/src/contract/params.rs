//! The parameters in the path of a request.

use std::borrow::Cow;

/// How many parameters a path may have.
pub(super) const MOST_PARAMS: usize = 4;

/// The parameters in the path of a request, decoded.
///
/// They borrow from the path, and only a parameter with an escape in it is copied.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Params<'p> {
    list: [Option<(&'static str, Cow<'p, str>)>; MOST_PARAMS],
}

impl<'p> Params<'p> {
    /// The parameter of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// All parameters in the order of the path.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.list.iter().flatten().map(|(name, value)| (*name, value.as_ref()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list[0].is_none()
    }

    /// Adds a parameter; `None` if there is no room for it.
    pub(super) fn push(&mut self, name: &'static str, value: Cow<'p, str>) -> Option<()> {
        let free = self.list.iter_mut().find(|place| place.is_none())?;
        *free = Some((name, value));
        Some(())
    }
}

/// A segment of a path without its escapes; `None` if an escape is broken or what it stands for is no text.
pub(super) fn decode(segment: &str) -> Option<Cow<'_, str>> {
    if !segment.contains('%') {
        return Some(Cow::Borrowed(segment));
    }
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => hex(rest.next()?)? * 16 + hex(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_and_broken_ones_are_refused() {
        for (segment, decoded) in [
            ("con_1", Some("con_1")),
            ("", Some("")),
            ("a%2Fb", Some("a/b")),
            ("a%2fb%20c", Some("a/b c")),
            ("gr%C3%B6%C3%9fe", Some("größe")),
            ("a+b", Some("a+b")),
            ("%25", Some("%")),
            ("%", None),
            ("a%2", None),
            ("%zz", None),
            ("%+1", None),
            ("%ff", None),
        ] {
            assert_eq!(decode(segment).as_deref(), decoded, "{segment}");
        }
        assert!(matches!(decode("plain"), Some(Cow::Borrowed(_))));
    }

    #[test]
    fn there_is_room_for_so_many_and_no_more() {
        let mut params = Params::default();
        assert!(params.is_empty());
        for _ in 0..MOST_PARAMS {
            assert_eq!(params.push("a", Cow::Borrowed("1")), Some(()));
        }
        assert_eq!(params.push("b", Cow::Borrowed("2")), None);
        assert_eq!(params.get("a"), Some("1"));
        assert_eq!(params.get("b"), None);
    }
}
