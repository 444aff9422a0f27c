//! Builders of request bodies.

use std::fmt;

/// Why a request body could not be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildError(String);

impl BuildError {
    #[doc(hidden)]
    pub fn missing(property: &str) -> Self {
        Self(format!("the property `{property}` is required and was not set"))
    }

    #[doc(hidden)]
    pub fn invalid(property: &str, reason: &dyn fmt::Display) -> Self {
        Self(format!("the property `{property}`: {reason}"))
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BuildError {}

/// Declares the builder of a request body: a setter for each property, and `build()`, which names what is missing.
#[macro_export]
#[doc(hidden)]
macro_rules! body_builder {
    ($($body:ident by $builder:ident {
        $($kind:ident $field:ident $property:literal: $type:ty,)*
    } rest { $($rest:ident)? })*) => {$(
        #[doc = concat!("Builds a [`", stringify!($body), "`].")]
        #[derive(Clone, Debug, Default)]
        pub struct $builder {
            $($field: Option<$type>,)*
            builder_fault: Option<$crate::BuildError>,
        }

        impl $body {
            /// Starts an empty body.
            pub fn builder() -> $builder {
                <$builder as ::std::default::Default>::default()
            }
        }

        impl $builder {
            $($crate::body_setter! { $kind $field $property: $type })*

            /// The finished body.
            ///
            /// # Errors
            /// When a required property was not set, or a value does not convert into the type of its property.
            pub fn build(self) -> Result<$body, $crate::BuildError> {
                if let Some(fault) = self.builder_fault {
                    return Err(fault);
                }
                Ok($body {
                    $($field: $crate::body_value!($kind self.$field, $property),)*
                    $($rest: Default::default(),)?
                })
            }
        }

        impl TryFrom<$builder> for $body {
            type Error = $crate::BuildError;
            fn try_from(builder: $builder) -> Result<Self, Self::Error> {
                builder.build()
            }
        }
    )*};
}

#[macro_export]
#[doc(hidden)]
macro_rules! body_setter {
    (constant $field:ident $property:literal: $type:ty) => {};
    ($kind:ident $field:ident $property:literal: $type:ty) => {
        #[doc = concat!("Sets `", $property, "`.")]
        #[must_use]
        pub fn $field<V>(mut self, value: V) -> Self
        where
            V: TryInto<$type>,
            V::Error: ::std::fmt::Display,
        {
            match value.try_into() {
                Ok(value) => self.$field = Some(value),
                Err(reason) => {
                    self.builder_fault.get_or_insert($crate::BuildError::invalid($property, &reason));
                }
            }
            self
        }
    };
}

#[macro_export]
#[doc(hidden)]
macro_rules! body_value {
    (required $value:expr, $property:literal) => {
        $value.ok_or_else(|| $crate::BuildError::missing($property))?
    };
    (optional $value:expr, $property:literal) => {
        $value
    };
    ($kind:ident $value:expr, $property:literal) => {
        $value.unwrap_or_default()
    };
}

#[cfg(test)]
#[allow(dead_code, unreachable_pub, reason = "what the macros declare is meant for other crates")]
mod tests {
    #[derive(Debug, PartialEq)]
    pub struct Parcel {
        weight: u8,
        note: Option<String>,
        label: crate::Nullable<String>,
        kind: Kind,
        extra: crate::Extra,
    }
    crate::constant! {
        Kind = "parcel";
    }
    crate::body_builder! {
        Parcel by ParcelBuilder {
            required weight "weight": u8,
            optional note "note": String,
            nullable label "the label": crate::Nullable<String>,
            constant kind "kind": Kind,
        } rest { extra }
    }

    #[test]
    fn what_is_set_is_there_and_what_is_not_has_its_default() {
        let built = Parcel::builder().weight(7).label("fragile").build().unwrap();
        assert_eq!((built.weight, built.note, built.label), (7, None, "fragile".into()));
        assert!(built.extra.is_empty());
        let built = Parcel::try_from(Parcel::builder().weight(7).weight(8).note("n")).unwrap();
        assert_eq!((built.weight, built.note.as_deref(), built.label), (8, Some("n"), crate::Nullable::Absent));
    }

    #[test]
    fn what_is_missing_or_does_not_convert_is_named() {
        let error = Parcel::builder().note("n").build().unwrap_err().to_string();
        assert_eq!(error, "the property `weight` is required and was not set");
        let error = Parcel::builder().weight(300_i64).weight(-1_i64).build().unwrap_err().to_string();
        assert_eq!(error, "the property `weight`: out of range integral type conversion attempted");
    }
}
