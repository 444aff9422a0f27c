//! References: resources that are named by their id, and shown in full when they are expanded.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::Extra;

/// A resource that can be referred to by an id.
pub trait Resource {
    /// The type of its id.
    type Id: Clone;

    /// The id of this very resource.
    fn id(&self) -> Self::Id;

    /// Whether an object has more of the resource than its id.
    #[doc(hidden)]
    fn is_full(object: &Map<String, Value>) -> bool;
}

impl<T: Resource> Resource for Box<T> {
    type Id = T::Id;
    fn id(&self) -> T::Id {
        (**self).id()
    }
    fn is_full(object: &Map<String, Value>) -> bool {
        T::is_full(object)
    }
}

/// A reference to a resource: its id alone, or the whole resource where the call asked to expand it.
#[derive(Clone, Debug)]
pub struct Expandable<T: Resource> {
    id: T::Id,
    full: Option<Box<T>>,
    /// What stands beside the id of a resource that is not shown in full: nothing, as documented.
    extra: Extra,
}

impl<T: Resource> Expandable<T> {
    /// A reference by id.
    pub fn from_id(id: impl Into<T::Id>) -> Self {
        Self { id: id.into(), full: None, extra: Extra::default() }
    }

    /// A reference that carries the whole resource.
    pub fn from_full(full: T) -> Self {
        Self { id: full.id(), full: Some(Box::new(full)), extra: Extra::default() }
    }

    /// The id, expanded or not.
    pub fn id(&self) -> &T::Id {
        &self.id
    }

    /// The whole resource, if the call expanded it.
    pub fn get(&self) -> Option<&T> {
        self.full.as_deref()
    }

    /// The whole resource, if the call expanded it.
    pub fn into_full(self) -> Option<T> {
        self.full.map(|full| *full)
    }

    /// Whether the whole resource is here.
    pub fn is_expanded(&self) -> bool {
        self.full.is_some()
    }
}

impl<T: Resource + PartialEq> PartialEq for Expandable<T>
where
    T::Id: PartialEq,
{
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && self.full == other.full && self.extra == other.extra
    }
}

impl<T: Resource> From<T> for Expandable<T> {
    fn from(full: T) -> Self {
        Self::from_full(full)
    }
}

impl<T: Resource + Serialize> Serialize for Expandable<T>
where
    T::Id: Serialize,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.full {
            Some(full) => full.serialize(serializer),
            None => IdOnly { id: &self.id, extra: &self.extra }.serialize(serializer),
        }
    }
}

#[derive(Serialize)]
struct IdOnly<'a, I> {
    id: &'a I,
    #[serde(flatten)]
    extra: &'a Extra,
}

impl<'de, T: Resource + DeserializeOwned> Deserialize<'de> for Expandable<T>
where
    T::Id: DeserializeOwned,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ReferenceVisitor(PhantomData))
    }
}

struct ReferenceVisitor<T>(PhantomData<T>);

impl<'de, T: Resource + DeserializeOwned> Visitor<'de> for ReferenceVisitor<T>
where
    T::Id: DeserializeOwned,
{
    type Value = Expandable<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a reference, which is an object with an id")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Expandable<T>, A::Error> {
        let mut object = Map::new();
        while let Some(Key(key)) = map.next_key()? {
            let value: Value = map.next_value()?;
            let Some(key) = key else {
                // Most references are an id and nothing else; they make no object.
                let Some(Key(next)) = map.next_key()? else {
                    if object.is_empty() {
                        let id = T::Id::deserialize(value).map_err(A::Error::custom)?;
                        return Ok(Expandable { id, full: None, extra: Extra::default() });
                    }
                    object.insert("id".to_owned(), value);
                    break;
                };
                object.insert("id".to_owned(), value);
                object.insert(next.unwrap_or_else(|| "id".to_owned()), map.next_value()?);
                continue;
            };
            object.insert(key, value);
        }
        let Some(id) = object.get("id") else {
            return Err(A::Error::missing_field("id"));
        };
        let id = T::Id::deserialize(id).map_err(A::Error::custom)?;
        if T::is_full(&object) {
            let full = T::deserialize(Value::Object(object)).map_err(A::Error::custom)?;
            return Ok(Expandable { id, full: Some(Box::new(full)), extra: Extra::default() });
        }
        object.remove("id");
        Ok(Expandable { id, full: None, extra: object.into() })
    }
}

/// The name of a property; none for `id`, which is the usual one.
struct Key(Option<String>);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = Key;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a property")
            }
            fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<Key, E> {
                Ok(Key((key != "id").then(|| key.to_owned())))
            }
        }
        deserializer.deserialize_identifier(KeyVisitor)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
    struct Thing {
        id: u8,
        name: String,
        size: Option<u8>,
    }

    impl Resource for Thing {
        type Id = u8;
        fn id(&self) -> u8 {
            self.id
        }
        fn is_full(object: &Map<String, Value>) -> bool {
            object.contains_key("name")
        }
    }

    #[test]
    fn a_reference_and_a_whole_resource_survive_the_round_trip() {
        for (value, expanded) in [
            (json!({"id": 1}), false),
            (json!({"id": 1, "object": "thing"}), false),
            (json!({"object": "thing", "id": 1}), false),
            (json!({"id": 1, "name": "a", "size": null}), true),
        ] {
            let thing: Expandable<Thing> = serde_json::from_value(value.clone()).unwrap();
            assert_eq!((*thing.id(), thing.is_expanded(), thing.get().is_some()), (1, expanded, expanded));
            assert_eq!(serde_json::to_value(&thing).unwrap(), value);
        }
    }

    #[test]
    fn what_is_no_reference_is_an_error_that_says_why() {
        for (value, reason) in [
            (json!(null), "expected a reference, which is an object with an id"),
            (json!("1"), "expected a reference, which is an object with an id"),
            (json!({}), "missing field `id`"),
            (json!({"id": "x"}), "invalid type: string"),
            (json!({"id": 1, "name": 7}), "invalid type: integer"),
        ] {
            let error = serde_json::from_value::<Expandable<Thing>>(value).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn a_reference_is_made_from_an_id_or_a_resource() {
        let thing = Thing { id: 1, name: "a".into(), size: None };
        assert_eq!(Expandable::<Thing>::from_id(1).into_full(), None);
        let expanded = Expandable::from(thing.clone());
        assert_eq!(expanded.id(), &1);
        assert_ne!(expanded, Expandable::from_id(1));
        assert_eq!(expanded.into_full(), Some(thing));
    }
}
