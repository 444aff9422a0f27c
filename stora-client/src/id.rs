//! Typed ids: one type per prefix, so that the id of one resource cannot stand for that of another.

use std::fmt;

/// Why a text is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdError {
    kind: &'static str,
    prefixes: &'static [&'static str],
    text: String,
}

impl IdError {
    #[doc(hidden)]
    pub fn new(kind: &'static str, prefixes: &'static [&'static str], text: &str) -> Self {
        Self { kind, prefixes, text: text.chars().take(64).collect() }
    }
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a {}: it must begin with {} and go on", self.text, self.kind, self.prefixes.join(" or "))
    }
}

impl std::error::Error for IdError {}

#[doc(hidden)]
pub fn check(kind: &'static str, prefixes: &'static [&'static str], text: &str) -> Result<(), IdError> {
    let fits = |prefix: &&str| text.strip_prefix(*prefix).is_some_and(|rest| !rest.is_empty());
    if prefixes.iter().any(fits) { Ok(()) } else { Err(IdError::new(kind, prefixes, text)) }
}

/// Declares id types: a name and the prefixes its ids begin with.
///
/// An id of one prefix is checked wherever it is made, decoding included. An id that may be of several kinds is
/// checked when it is parsed, but decodes whatever the server sends: a kind that is new on the server must not make
/// the record that names it unreadable.
#[macro_export]
#[doc(hidden)]
macro_rules! id_type {
    ($($(#[$meta:meta])* $name:ident: $($prefix:literal)|+;)*) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Box<str>);

        impl $name {
            /// What an id of this kind begins with.
            pub const PREFIXES: &'static [&'static str] = &[$($prefix),+];

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// For generated conversions, between kinds of id that are known to include each other.
            #[doc(hidden)]
            #[must_use]
            pub fn widened(text: String) -> Self {
                Self(text.into())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::IdError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::id::check(stringify!($name), Self::PREFIXES, text)?;
                Ok(Self(text.into()))
            }
        }
        impl TryFrom<&str> for $name {
            type Error = $crate::IdError;
            fn try_from(text: &str) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
        impl TryFrom<String> for $name {
            type Error = $crate::IdError;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
        impl TryFrom<&String> for $name {
            type Error = $crate::IdError;
            fn try_from(text: &String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
        impl From<&$name> for $name {
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }
        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.into()
            }
        }
        impl From<&$name> for $crate::CommaList<String> {
            fn from(id: &$name) -> Self {
                Self(vec![id.0.to_string()])
            }
        }
        impl From<&$name> for $crate::CommaList<$name> {
            fn from(id: &$name) -> Self {
                Self(vec![id.clone()])
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.0).finish()
            }
        }
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as ::serde::Deserialize>::deserialize(deserializer)?;
                if Self::PREFIXES.len() == 1 {
                    $crate::id::check(stringify!($name), Self::PREFIXES, &text)
                        .map_err(<D::Error as ::serde::de::Error>::custom)?;
                }
                Ok(Self(text.into()))
            }
        }
    )*};
}

#[cfg(test)]
#[allow(dead_code, unreachable_pub, reason = "what the macros declare is meant for other crates")]
mod tests {
    crate::id_type! {
        BoxId: "box_";
        ThingId: "box_" | "lid_";
    }

    #[test]
    fn an_id_is_checked_wherever_it_is_made() {
        let id: BoxId = "box_1".parse().unwrap();
        assert_eq!((id.as_str(), id.to_string().as_str()), ("box_1", "box_1"));
        assert_eq!(BoxId::try_from(&String::from("box_1")), Ok(id.clone()));
        assert_eq!(BoxId::from(&id), id);
        assert_eq!(format!("{id:?}"), r#"BoxId("box_1")"#);
        for wrong in ["", "box", "box_", "lid_1", "Box_1", " box_1"] {
            let error = wrong.parse::<BoxId>().unwrap_err().to_string();
            assert_eq!(error, format!("`{wrong}` is not a BoxId: it must begin with box_ and go on"));
            let error = serde_json::from_value::<BoxId>(wrong.into()).unwrap_err().to_string();
            assert!(error.contains("is not a BoxId"), "{error}");
        }
        assert!(serde_json::from_str::<BoxId>("7").is_err());
    }

    #[test]
    fn an_id_of_several_kinds_decodes_a_kind_that_is_new() {
        assert_eq!("lid_1".parse::<ThingId>().unwrap().as_str(), "lid_1");
        let error = "bag_1".parse::<ThingId>().unwrap_err().to_string();
        assert_eq!(error, "`bag_1` is not a ThingId: it must begin with box_ or lid_ and go on");
        let new: ThingId = serde_json::from_str(r#""bag_1""#).unwrap();
        assert_eq!(serde_json::to_string(&new).unwrap(), r#""bag_1""#);
    }

    #[test]
    fn a_long_text_does_not_fill_the_error() {
        assert!("x".repeat(10_000).parse::<BoxId>().unwrap_err().to_string().len() < 200);
    }
}
