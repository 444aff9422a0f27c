//! Open enums: the values the document names, and room for those it does not name yet.

/// Declares open enums. Each gets an arm `Unknown` that keeps a value this version does not know, so that it decodes,
/// and goes back as it came.
#[macro_export]
#[doc(hidden)]
macro_rules! open_enum {
    ($($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $value:literal,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)*
            /// A value that this version of the document does not name.
            Unknown(String),
        }

        impl $name {
            /// Every value the document names, in its order.
            pub const VALUES: &'static [&'static str] = &[$($value),*];

            /// The value as it stands in JSON.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $value,)*
                    Self::Unknown(value) => value,
                }
            }

            /// Whether the value is one the document does not name.
            pub fn is_unknown(&self) -> bool {
                matches!(self, Self::Unknown(_))
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                match value {
                    $($value => Self::$variant,)*
                    other => Self::Unknown(other.to_owned()),
                }
            }
        }
        impl From<String> for $name {
            fn from(value: String) -> Self {
                match value.as_str() {
                    $($value => Self::$variant,)*
                    _ => Self::Unknown(value),
                }
            }
        }
        impl From<&str> for $crate::CommaList<$name> {
            fn from(value: &str) -> Self {
                Self(vec![value.into()])
            }
        }
        impl<const N: usize> From<[&str; N]> for $crate::CommaList<$name> {
            fn from(values: [&str; N]) -> Self {
                Self(values.map($name::from).into())
            }
        }
        impl From<&$name> for $name {
            fn from(value: &$name) -> Self {
                value.clone()
            }
        }
        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;
            fn from_str(value: &str) -> Result<Self, ::std::convert::Infallible> {
                Ok(value.into())
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <String as ::serde::Deserialize>::deserialize(deserializer).map(Self::from)
            }
        }
    )*};
}

/// Declares the types of constants that tell the variants of a union apart: each has one value, which is written by
/// itself and insisted on when reading.
#[macro_export]
#[doc(hidden)]
macro_rules! constant {
    ($($(#[$meta:meta])* $name:ident = $value:literal;)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name;

        impl $name {
            /// The value as it stands in JSON.
            pub const VALUE: &'static str = $value;
        }
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(Self::VALUE)
            }
        }
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(Self::VALUE)
            }
        }
        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = <String as ::serde::Deserialize>::deserialize(deserializer)?;
                if value == Self::VALUE {
                    Ok(Self)
                } else {
                    let expected = format!("expected the constant `{}`, got `{value}`", Self::VALUE);
                    Err(<D::Error as ::serde::de::Error>::custom(expected))
                }
            }
        }
    )*};
}

#[cfg(test)]
#[allow(dead_code, unreachable_pub, reason = "what the macros declare is meant for other crates")]
mod tests {
    crate::open_enum! {
        Colour { Red = "red", Blue = "dark-blue", }
    }
    crate::constant! {
        Kind = "box";
    }

    #[test]
    fn a_named_value_and_an_unknown_one_survive_the_round_trip() {
        for (text, colour) in
            [("red", Colour::Red), ("dark-blue", Colour::Blue), ("Red", Colour::Unknown("Red".into()))]
        {
            assert_eq!(serde_json::from_value::<Colour>(text.into()).unwrap(), colour);
            assert_eq!(serde_json::to_value(&colour).unwrap(), text);
            assert_eq!(
                (Colour::from(text), colour.as_str(), colour.to_string().as_str()),
                (colour.clone(), text, text)
            );
            assert_eq!(colour.is_unknown(), text == "Red");
        }
        assert_eq!(Colour::VALUES, ["red", "dark-blue"]);
        assert!(serde_json::from_str::<Colour>("7").is_err());
    }

    #[test]
    fn a_constant_insists_on_its_value() {
        assert_eq!(serde_json::to_value(Kind).unwrap(), Kind::VALUE);
        assert_eq!(serde_json::from_str::<Kind>(r#""box""#).unwrap(), Kind);
        let error = serde_json::from_str::<Kind>(r#""bag""#).unwrap_err().to_string();
        assert!(error.contains("expected the constant `box`, got `bag`"), "{error}");
    }
}
