//! What is written for people. All of it at one place is one cosmetic change.

use serde_json::{Map, Value};

use super::source::{At, Place, Source};

/// The keys that are read by people only. The extensions are the marks that say how well something is known.
const KEYS: [&str; 11] = [
    "title",
    "summary",
    "description",
    "externalDocs",
    "x-evidence",
    "x-inferred",
    "x-inferred-values",
    "x-third-party-values",
    "example",
    "examples",
    "tags",
];

/// Whether `key` says nothing to a program, so that a schema with only such keys beside a `oneOf` is still only that.
pub(super) fn is_documentation(key: &str) -> bool {
    KEYS.contains(&key) || matches!(key, "deprecated" | "$comment" | "discriminator")
}

/// Takes up `key` of a schema, if it is documentation that no outer schema has overridden.
pub(super) fn read<'a>(
    docs: &mut Vec<(&'static str, &'a Value, Place<'a>)>,
    key: &str,
    value: &'a Value,
    place: &Place<'a>,
) {
    let Some(key) = KEYS.iter().find(|known| **known == key) else { return };
    if docs.iter().all(|(known, ..)| known != key) {
        docs.push((key, value, place.clone()));
    }
}

/// The documentation of what is no schema.
pub(super) fn of<'a>(at: &At<'a>) -> Vec<(&'static str, &'a Value, Place<'a>)> {
    let mut docs = Vec::new();
    for (key, value) in at.value.as_object().into_iter().flatten() {
        read(&mut docs, key, value, &at.place);
    }
    docs
}

/// The keys that differ, with both values.
pub(super) fn differences<'a>(
    old: (&Source<'a>, &[(&'static str, &'a Value, Place<'a>)]),
    new: (&Source<'a>, &[(&'static str, &'a Value, Place<'a>)]),
) -> Vec<(&'static str, Option<Value>, Option<Value>)> {
    // The common case by far costs no allocation.
    if old.1.len() == new.1.len() && old.1.iter().zip(new.1).all(|(a, b)| a.0 == b.0 && a.1 == b.1) {
        return Vec::new();
    }
    let normal = |source: &Source<'a>, docs: &[(&'static str, &'a Value, Place<'a>)], name: &str| {
        let spelled = docs.iter().find(|(key, ..)| *key == name || (name == "examples" && *key == "example"));
        spelled.map(|(key, value, _)| normalise(source, key, value))
    };
    let mut found = Vec::new();
    for name in KEYS.into_iter().filter(|name| *name != "example") {
        let (before, after) = (normal(old.0, old.1, name), normal(new.0, new.1, name));
        if before != after {
            found.push((name, before, after));
        }
    }
    found
}

/// `example: X` is `examples: [X]`, examples are what they refer to and not what they are called, tags have no order.
fn normalise<'a>(source: &Source<'a>, key: &str, value: &'a Value) -> Value {
    match (key, value) {
        ("example", value) => Value::Array(vec![value.clone()]),
        ("examples", Value::Object(named)) => Value::Array(named.values().map(|one| example(source, one)).collect()),
        ("tags", Value::Array(tags)) => {
            let mut tags = tags.clone();
            tags.sort_by_key(ToString::to_string);
            Value::Array(tags)
        }
        ("description" | "summary" | "title", Value::String(text)) => Value::String(text.trim().to_owned()),
        _ => value.clone(),
    }
}

fn example<'a>(source: &Source<'a>, value: &'a Value) -> Value {
    let named = source.resolve(At { value, place: Place::start(String::new()) }).value;
    match named.as_object().map(Map::len) {
        Some(1) => named.get("value").unwrap_or(named).clone(),
        _ => named.clone(),
    }
}
