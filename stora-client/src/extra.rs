//! Properties the document does not name: kept when decoding, written back when encoding.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// The properties of an object that this version of the document does not name.
///
/// Empty for an answer that is as documented. A property that is new on the server is kept here, so that it is not
/// lost when the object is stored or passed on.
#[derive(Clone, Default, PartialEq)]
pub struct Extra(Option<Box<Map<String, Value>>>);

impl Extra {
    /// The value of a property, if it was there.
    pub fn get(&self, property: &str) -> Option<&Value> {
        self.0.as_ref()?.get(property)
    }

    /// Whether every property was a documented one.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The properties and their values.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0.iter().flat_map(|map| map.iter())
    }
}

impl From<Map<String, Value>> for Extra {
    fn from(map: Map<String, Value>) -> Self {
        Self((!map.is_empty()).then(|| Box::new(map)))
    }
}

impl std::fmt::Debug for Extra {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for Extra {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Extra {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Thing {
        name: String,
        #[serde(flatten)]
        extra: Extra,
    }

    #[test]
    fn properties_without_a_name_here_are_kept() {
        let value = json!({"name": "a", "new": {"deep": [1, null]}, "other": null});
        let thing: Thing = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(thing.extra.get("new"), Some(&json!({"deep": [1, null]})));
        assert_eq!(thing.extra.get("name"), None);
        assert_eq!(thing.extra.iter().count(), 2);
        assert_eq!(serde_json::to_value(&thing).unwrap(), value);
    }

    #[test]
    fn nothing_extra_is_empty() {
        let thing: Thing = serde_json::from_value(json!({"name": "a"})).unwrap();
        assert!(thing.extra.is_empty());
        assert_eq!(thing.extra, Extra::default());
        assert_eq!(format!("{:?}", thing.extra), "{}");
    }
}
