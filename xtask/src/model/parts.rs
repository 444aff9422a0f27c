//! What the reading of a schema comes down to in its smallest parts.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use super::{EnumValue, Ty};
use crate::lower::names::{Unique, pascal};
use crate::lower::semantic::{schemas, target, text};

/// What a schema or property is, in Markdown: its description, and its mark.
pub(super) fn doc_of(schema: &Value) -> String {
    let mut doc = text(schema, "description").or_else(|| text(schema, "title")).unwrap_or_default().trim().to_owned();
    if let Some(evidence) = text(schema, "x-evidence") {
        doc.push_str(&format!("\n\nEvidence: {evidence}."));
    }
    doc.trim().to_owned()
}

pub(super) fn integer(format: Option<&str>) -> &'static str {
    match format {
        Some("int32") => "i32",
        Some("uint32") => "u32",
        Some("uint64") => "u64",
        Some("int8") => "i8",
        Some("uint8") => "u8",
        Some("int16") => "i16",
        Some("uint16") => "u16",
        _ => "i64",
    }
}

pub(super) fn enum_values(schema: &Value) -> Option<Vec<EnumValue>> {
    if text(schema, "type") != Some("string") {
        return None;
    }
    let inferred: BTreeSet<&str> = schema
        .get("x-inferred-values")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut names = Unique::default();
    names.take("Unknown");
    let values = schema.get("enum")?.as_array()?.iter().filter_map(Value::as_str);
    Some(
        values
            .map(|value| EnumValue {
                name: names.take(match pascal(value).as_str() {
                    // The arm for values the document does not name is called that.
                    "Unknown" => "UnknownValue",
                    name => name,
                }),
                value: value.to_owned(),
                inferred: inferred.contains(value),
            })
            .collect(),
    )
}

/// A file in a multipart body is a part of its own.
pub(super) fn multipart_type(schema: &Value, bare: Ty) -> Ty {
    let is_file = |schema: &Value| {
        text(schema, "type") == Some("string")
            && (text(schema, "format") == Some("binary") || schema.get("contentMediaType").is_some())
    };
    match bare {
        Ty::String if is_file(schema) => Ty::File,
        Ty::List(item) if schema.get("items").is_some_and(is_file) => {
            Ty::List(Box::new(multipart_type(&schema["items"], *item)))
        }
        other => other,
    }
}

/// A text whose format is `password` must not be seen.
pub(super) fn secret_type(schema: &Value, bare: Ty) -> Ty {
    match bare {
        Ty::String if text(schema, "format") == Some("password") => Ty::Secret,
        Ty::List(item) if schema.get("items").is_some() => Ty::List(Box::new(secret_type(&schema["items"], *item))),
        other => other,
    }
}

/// Every component that a schema leads to.
pub(super) fn reach<'a>(root: &'a Value, schema: &'a Value, out: &mut HashSet<&'a str>) {
    let mut work = vec![schema];
    while let Some(schema) = work.pop() {
        if let Some(name) = target(schema)
            && out.insert(name)
        {
            work.extend(schemas(root).and_then(|schemas| schemas.get(name)));
        }
        work.extend(crate::lower::semantic::children(schema));
    }
}

pub(super) fn reach_component<'a>(root: &'a Value, name: &'a str, out: &mut HashSet<&'a str>) {
    if out.insert(name) {
        schemas(root).and_then(|schemas| schemas.get(name)).into_iter().for_each(|schema| reach(root, schema, out));
    }
}
