//! Reading a file as an OpenAPI document: YAML or JSON, told apart by its text and not by its name.

use std::fmt;
use std::path::Path;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::{Document, DocumentError};

/// The OpenAPI dialects that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// OpenAPI 3.0.x: its own dialect of JSON Schema.
    V30,
    /// OpenAPI 3.1.x (and 3.2, read as 3.1): JSON Schema 2020-12.
    V31,
}

/// Reads the document in the file `path`.
///
/// # Errors
/// When the file cannot be read, is neither JSON nor YAML, or is no OpenAPI 3 document.
pub fn load(path: &Path) -> Result<Document, DocumentError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| DocumentError::at("", format!("cannot read {}: {error}", path.display())))?;
    parse(&text)
}

/// Reads the document in `text`.
///
/// # Errors
/// When it is neither JSON nor YAML, or is no OpenAPI 3 document.
pub fn parse(text: &str) -> Result<Document, DocumentError> {
    let text = text.trim_start_matches('\u{feff}');
    let root: Value = if text.trim_start().starts_with('{') {
        // A flow mapping of YAML begins like JSON does, so that what is no JSON gets its second chance.
        serde_json::from_str(text)
            .or_else(|json| yaml(text).map_err(|_| DocumentError::at("", format!("this is not valid JSON: {json}"))))?
    } else {
        yaml(text)?
    };
    let version = version_of(&root)?;
    Ok(Document { root, version })
}

fn yaml(text: &str) -> Result<Value, DocumentError> {
    let mut options = serde_saphyr::Options::default();
    options.budget = None;
    options.strict_booleans = true;
    options.non_finite_float_policy = serde_saphyr::options::NonFiniteFloatPolicy::PassThrough;
    serde_saphyr::from_str_with_options(text, options)
        .map(|Yaml(value)| value)
        .map_err(|error| DocumentError::at("", format!("this is not valid YAML: {error}")))
}

/// A value of YAML as JSON. JSON has no keys but text and no infinities: a key `null` or `200` is taken as its text, an
/// infinity as no value.
struct Yaml(Value);

impl<'de> Deserialize<'de> for Yaml {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(YamlVisitor).map(Yaml)
    }
}

struct YamlVisitor;

impl<'de> Visitor<'de> for YamlVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        #[allow(clippy::cast_precision_loss, reason = "beyond 64 bits JSON numbers are read as floats too")]
        Ok((value as f64).into())
    }

    fn visit_u128<E>(self, value: u128) -> Result<Value, E> {
        #[allow(clippy::cast_precision_loss, reason = "beyond 64 bits JSON numbers are read as floats too")]
        Ok((value as f64).into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_bytes<E>(self, value: &[u8]) -> Result<Value, E> {
        Ok(Value::String(String::from_utf8_lossy(value).into_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut out = Vec::new();
        while let Some(Yaml(item)) = items.next_element()? {
            out.push(item);
        }
        Ok(Value::Array(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut out = Map::new();
        while let Some((Yaml(key), Yaml(value))) = entries.next_entry()? {
            let key = match key {
                Value::String(text) => text,
                other => other.to_string(),
            };
            if out.insert(key.clone(), value).is_some() {
                return Err(serde::de::Error::custom(format!("duplicate key `{key}`")));
            }
        }
        Ok(Value::Object(out))
    }
}

fn version_of(root: &Value) -> Result<Version, DocumentError> {
    let Some(object) = root.as_object() else {
        return Err(DocumentError::at("", "an OpenAPI document is an object, this is not"));
    };
    if object.contains_key("swagger") {
        return Err(DocumentError::at("/swagger", "this is a Swagger 2 document; convert it to OpenAPI 3 first"));
    }
    let text = match object.get("openapi") {
        // An unquoted `openapi: 3.1` is a number in YAML.
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(text)) => text.clone(),
        Some(_) => return Err(DocumentError::at("/openapi", "the version of OpenAPI is a string such as 3.1.1")),
        None => return Err(DocumentError::at("", "this is no OpenAPI document: the key `openapi` is missing")),
    };
    let mut parts = text.trim().split('.');
    match (parts.next(), parts.next()) {
        (Some("3"), Some("0")) => Ok(Version::V30),
        (Some("3"), Some("1" | "2")) => Ok(Version::V31),
        _ => Err(DocumentError::at("/openapi", format!("OpenAPI {text} is not supported, 3.0 and 3.1 are"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_keeps_words_words_and_integer_keys_text() {
        let document = parse("openapi: 3.1.1\ninfo: {title: on, version: 2025-09}\nresponses: {200: yes, 404: no}\n");
        let root = document.map(|d| d.root).unwrap_or_default();
        assert_eq!(root["info"]["title"], "on");
        assert_eq!(root["info"]["version"], "2025-09");
        assert_eq!(root["responses"]["200"], "yes");
    }

    #[test]
    fn keys_of_yaml_that_are_no_text_become_their_text() {
        let root = parse("openapi: 3.1.1\nx: {null: 1, true: 2, 2025-01-01: 3, 1.5: .inf}\n").map(|d| d.root);
        assert_eq!(
            root.map(|root| root["x"].clone()),
            Ok(serde_json::json!({"null": 1, "true": 2, "2025-01-01": 3, "1.5": null}))
        );
    }

    #[test]
    fn what_is_no_openapi_3_document_is_refused_with_its_place() {
        for (text, pointer, part) in [
            ("[1]", "", "is an object"),
            ("title: x", "", "`openapi` is missing"),
            ("swagger: '2.0'", "/swagger", "Swagger 2"),
            ("openapi: 4.0.0", "/openapi", "not supported"),
            ("openapi: [3]", "/openapi", "is a string"),
            ("{\"openapi\": \"3.1.0\",, }", "", "not valid JSON"),
            ("a: 1\na: 2\n", "", "duplicate"),
        ] {
            let error = parse(text).err();
            assert_eq!(error.as_ref().map(|e| e.pointer.as_str()), Some(pointer), "{text}");
            assert!(error.as_ref().is_some_and(|e| e.message.contains(part)), "{text}: {error:?}");
        }
    }
}
