//! Unions: values that take one of several forms, told apart by a tag, by the prefix of their id, or by their shape.

use serde_json::{Map, Value};

#[doc(hidden)]
pub fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    path.iter().try_fold(value, |value, key| value.get(key))?.as_str()
}

#[doc(hidden)]
pub fn has(value: &Value, required: &[&str], constants: &[(&str, &str)]) -> bool {
    let fits = |object: &Map<String, Value>| {
        required.iter().all(|key| object.contains_key(*key))
            && constants.iter().all(|(key, constant)| object.get(*key).and_then(Value::as_str) == Some(*constant))
    };
    value.as_object().is_none_or(fits)
}

#[doc(hidden)]
pub fn id_of(value: &Value) -> String {
    value.get("id").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Declares unions whose variants carry a constant under a common key.
#[macro_export]
#[doc(hidden)]
macro_rules! tagged_union {
    ($(#[$meta:meta])* $name:ident by [$($key:literal),+] {
        $($(#[$variant_meta:meta])* $variant:ident($type:ty) = $value:literal $(| $more:literal)*,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_meta])* $variant($type),)*
            /// A form that this version of the document does not name, as it came.
            Unknown(::serde_json::Value),
        }

        impl $name {
            /// The value of the tag.
            pub fn tag(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $value,)*
                    Self::Unknown(value) => $crate::union::at(value, &[$($key),+]).unwrap_or_default(),
                }
            }

            /// Decodes, and says of what does not decode where it stands.
            #[cfg(feature = "webhook")]
            #[allow(dead_code, reason = "of the unions, webhooks decode events alone")]
            pub(crate) fn decode_traced(
                value: &::serde_json::Value,
            ) -> Result<Self, ::serde_path_to_error::Error<::serde_json::Error>> {
                match $crate::union::at(value, &[$($key),+]) {
                    $(Some($value $(| $more)*) => ::serde_path_to_error::deserialize(value).map(Self::$variant),)*
                    _ => Ok(Self::Unknown(value.clone())),
                }
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(value) => value.serialize(serializer),)*
                    Self::Unknown(value) => value.serialize(serializer),
                }
            }
        }
        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = <::serde_json::Value as ::serde::Deserialize>::deserialize(deserializer)?;
                match $crate::union::at(&value, &[$($key),+]) {
                    $(Some($value $(| $more)*) => ::serde::Deserialize::deserialize(value)
                        .map(Self::$variant)
                        .map_err(<D::Error as ::serde::de::Error>::custom),)*
                    _ => Ok(Self::Unknown(value)),
                }
            }
        }
    };
}

/// Declares unions of resources, told apart by the prefix of their id.
#[macro_export]
#[doc(hidden)]
macro_rules! resource_union {
    ($(#[$meta:meta])* $name:ident($id:ident) {
        $($(#[$variant_meta:meta])* $variant:ident($type:ty) = $prefix:literal,)+
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_meta])* $variant($type),)+
            /// A kind of resource that this version of the document does not name, as it came.
            Unknown {
                /// The id of the resource.
                id: $id,
                /// The whole resource.
                value: ::serde_json::Value,
            },
        }

        impl $crate::Resource for $name {
            type Id = $id;
            fn id(&self) -> $id {
                match self {
                    $(Self::$variant(value) => $crate::Resource::id(value).into(),)*
                    Self::Unknown { id, .. } => id.clone(),
                }
            }
            fn is_full(object: &::serde_json::Map<String, ::serde_json::Value>) -> bool {
                let id = object.get("id").and_then(::serde_json::Value::as_str).unwrap_or_default();
                $(if id.starts_with($prefix) {
                    return <$type as $crate::Resource>::is_full(object);
                })+
                $(<$type as $crate::Resource>::is_full(object))||+
            }
        }
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(value) => value.serialize(serializer),)*
                    Self::Unknown { value, .. } => value.serialize(serializer),
                }
            }
        }
        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use ::serde::de::Error;
                let value = <::serde_json::Value as ::serde::Deserialize>::deserialize(deserializer)?;
                let id = value.get("id").ok_or_else(|| D::Error::missing_field("id"))?;
                let text = id.as_str().unwrap_or_default();
                $(if text.starts_with($prefix) {
                    return ::serde::Deserialize::deserialize(value).map(Self::$variant).map_err(D::Error::custom);
                })*
                let id = ::serde::Deserialize::deserialize(id).map_err(D::Error::custom)?;
                Ok(Self::Unknown { id, value })
            }
        }
        $(impl From<<$type as $crate::Resource>::Id> for $id {
            fn from(id: <$type as $crate::Resource>::Id) -> Self {
                Self::widened(String::from(id))
            }
        }
        impl From<<$type as $crate::Resource>::Id> for $crate::Reference<$id> {
            fn from(id: <$type as $crate::Resource>::Id) -> Self {
                Self { id: id.into() }
            }
        }
        impl From<&<$type as $crate::Resource>::Id> for $crate::Reference<$id> {
            fn from(id: &<$type as $crate::Resource>::Id) -> Self {
                Self { id: id.clone().into() }
            }
        }
        impl From<<$type as $crate::Resource>::Id> for $crate::Nullable<$crate::Reference<$id>> {
            fn from(id: <$type as $crate::Resource>::Id) -> Self {
                Self::Value(id.into())
            }
        }
        impl From<&<$type as $crate::Resource>::Id> for $crate::Nullable<$crate::Reference<$id>> {
            fn from(id: &<$type as $crate::Resource>::Id) -> Self {
                Self::Value(id.into())
            }
        })*
    };
}

/// Declares which forms convert into a union: those whose type is that of no other form.
#[macro_export]
#[doc(hidden)]
macro_rules! from_form {
    ($($name:ident: $($variant:ident($type:ty)),+;)*) => {$($(
        impl From<$type> for $name {
            fn from(value: $type) -> Self {
                Self::$variant(value)
            }
        }
    )+)*};
}

/// Declares unions told apart by their shape: the first form that fits is taken.
#[macro_export]
#[doc(hidden)]
macro_rules! untagged_union {
    ($(#[$meta:meta])* $name:ident {
        $($(#[$variant_meta:meta])* $variant:ident($type:ty),)*
    } tries {
        $($try:ident [$($key:literal),*] [$($const_key:literal = $const_value:literal),*],)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_meta])* $variant($type),)*
            /// A form that this version of the document does not name, as it came.
            Unknown(::serde_json::Value),
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(value) => value.serialize(serializer),)*
                    Self::Unknown(value) => value.serialize(serializer),
                }
            }
        }
        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = <::serde_json::Value as ::serde::Deserialize>::deserialize(deserializer)?;
                $(if $crate::union::has(&value, &[$($key),*], &[$(($const_key, $const_value)),*]) {
                    if let Ok(value) = ::serde::Deserialize::deserialize(&value) {
                        return Ok(Self::$try(value));
                    }
                })*
                Ok(Self::Unknown(value))
            }
        }
    };
}

/// Declares unions told apart by a name that travels beside the value.
#[macro_export]
#[doc(hidden)]
macro_rules! named_union {
    ($(#[$meta:meta])* $name:ident {
        $($(#[$variant_meta:meta])* $variant:ident($type:ty) = $value:literal,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_meta])* $variant($type),)*
            /// A name that this version of the document does not know, and the value as it came.
            Unknown(String, ::serde_json::Value),
        }

        impl $name {
            /// Decodes what came under a name.
            ///
            /// # Errors
            /// When the value is not what the document says for this name.
            pub fn decode(name: &str, value: ::serde_json::Value) -> Result<Self, ::serde_json::Error> {
                match name {
                    $($value => ::serde_json::from_value(value).map(Self::$variant),)*
                    other => Ok(Self::Unknown(other.to_owned(), value)),
                }
            }
        }
    };
}

#[cfg(test)]
#[allow(dead_code, unreachable_pub, reason = "what the macros declare is meant for other crates")]
mod tests {
    use serde::{Deserialize, Serialize};
    use serde_json::{Value, json};

    use crate::{Expandable, Resource};

    crate::id_type! {
        BoxId: "box_";
        LidId: "lid_";
        ThingId: "box_" | "lid_";
    }

    macro_rules! resource {
        ($name:ident, $id:ident, $key:ident) => {
            #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
            pub struct $name {
                id: $id,
                $key: u8,
                #[serde(flatten)]
                extra: crate::Extra,
            }
            impl Resource for $name {
                type Id = $id;
                fn id(&self) -> $id {
                    self.id.clone()
                }
                fn is_full(object: &serde_json::Map<String, Value>) -> bool {
                    object.contains_key(stringify!($key))
                }
            }
        };
    }
    resource!(Box_, BoxId, depth);
    resource!(Lid, LidId, width);

    crate::resource_union! {
        Thing(ThingId) { Box(Box_) = "box_", Lid(Lid) = "lid_", }
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Shape {
        r#type: String,
        size: u8,
    }
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Named {
        name: String,
    }

    crate::tagged_union! {
        Figure by ["meta", "kind"] { Circle(Circle) = "circle" | "disc", }
    }
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Circle {
        meta: Value,
        radius: u8,
    }

    crate::untagged_union! {
        Either { Named(Named), Shape(Shape), Text(String), } tries {
            Shape ["type"] ["type" = "round"],
            Named ["name"] [],
            Text [] [],
        }
    }
    crate::named_union! {
        Message { Circle(Circle) = "circle", }
    }

    fn kept<T: Serialize + for<'de> Deserialize<'de>>(value: &Value) -> T {
        let decoded: T = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(serde_json::to_value(&decoded).unwrap(), *value);
        decoded
    }

    #[test]
    fn a_tag_tells_the_form() {
        for kind in ["circle", "disc"] {
            let value = json!({"meta": {"kind": kind}, "radius": 3});
            assert!(matches!(kept(&value), Figure::Circle(Circle { radius: 3, .. })));
        }
        for value in [json!({"meta": {"kind": "square"}, "side": 3}), json!({"meta": 7}), json!(null), json!([])] {
            assert_eq!(kept::<Figure>(&value), Figure::Unknown(value));
        }
        assert_eq!(kept::<Figure>(&json!({"meta": {"kind": "square"}})).tag(), "square");
        let error = serde_json::from_value::<Figure>(json!({"meta": {"kind": "disc"}})).unwrap_err().to_string();
        assert_eq!(error, "missing field `radius`");
    }

    #[test]
    fn the_prefix_of_the_id_tells_the_resource() {
        let thing: Expandable<Thing> = kept(&json!({"id": "lid_1", "width": 3}));
        assert!(matches!(thing.get(), Some(Thing::Lid(Lid { width: 3, .. }))));
        assert_eq!(thing.id().as_str(), "lid_1");
        let thing: Expandable<Thing> = kept(&json!({"id": "bag_1", "width": 3}));
        assert!(matches!(thing.get(), Some(Thing::Unknown { .. })));
        let thing: Expandable<Thing> = kept(&json!({"id": "bag_1"}));
        assert!(!thing.is_expanded());
        assert!(serde_json::from_value::<Thing>(json!({"width": 3})).is_err());
    }

    #[test]
    fn a_reference_is_not_taken_for_a_resource_by_a_property_of_another_kind() {
        // `width` belongs to a lid, so on a box it is nothing but new.
        let thing: Expandable<Thing> = kept(&json!({"id": "box_1", "width": 3}));
        assert!(!thing.is_expanded());
    }

    #[test]
    fn the_first_shape_that_fits_is_taken() {
        assert!(matches!(kept(&json!({"type": "round", "size": 3})), Either::Shape(_)));
        assert!(matches!(kept(&json!({"name": "a"})), Either::Named(_)));
        assert!(matches!(kept(&json!("a")), Either::Text(_)));
        // No form fits: another constant, a property that is missing, one of another type.
        for value in [json!({"type": "square", "size": 3}), json!({"type": "round"}), json!({"name": 7}), json!(7)] {
            assert_eq!(kept::<Either>(&value), Either::Unknown(value));
        }
    }

    #[test]
    fn a_name_beside_the_value_tells_the_form() {
        let value = json!({"meta": null, "radius": 3});
        assert!(matches!(Message::decode("circle", value.clone()), Ok(Message::Circle(_))));
        assert!(Message::decode("circle", json!({})).is_err());
        assert_eq!(Message::decode("square", value.clone()).unwrap(), Message::Unknown("square".into(), value));
    }
}
