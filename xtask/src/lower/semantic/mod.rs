//! What the normal form means in Rust, marked in the document with `x-…` keys.

pub mod enums;
pub mod events;
pub mod expandable;
pub mod hoist;
pub mod ids;
pub mod pages;
pub mod parameters;
pub mod recursion;
pub mod results;
pub mod rust_names;
pub mod tri_state;
pub mod unions;

use serde_json::{Map, Value};

use super::structural::{Pass, Report};

/// The passes in their order; each builds on the marks of those before it.
pub const PASSES: &[(&str, Pass)] = &[
    ("expandable", expandable::run),
    ("events", events::run),
    ("hoist", hoist::run),
    ("ids", ids::run),
    ("unions", unions::run),
    ("enums", enums::run),
    ("tri_state", tri_state::run),
    ("parameters", parameters::run),
    ("results", results::run),
    ("rust_names", rust_names::run),
    ("recursion", recursion::run),
    ("pages", pages::run),
];

/// Runs every pass.
pub fn run(root: &mut Value, report: &mut Report) {
    plain_references(root);
    for (_, pass) in PASSES {
        pass(root, report);
    }
}

/// Writes every reference with the plain name of its component: from here on names are looked up, not pointers followed.
fn plain_references(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get_mut("$ref")
                && let Some(name) = super::structural::name_of(reference)
            {
                *reference = format!("{SCHEMAS}{name}");
            }
            object.values_mut().for_each(plain_references);
        }
        Value::Array(items) => items.iter_mut().for_each(plain_references),
        _ => {}
    }
}

/// Where component schemas stand.
pub const SCHEMAS: &str = "#/components/schemas/";

/// The component that a schema refers to.
pub fn target(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix(SCHEMAS)
}

/// A schema that refers to the component `name`.
pub fn reference(name: &str) -> Value {
    serde_json::json!({ "$ref": format!("{SCHEMAS}{name}") })
}

/// The component schemas.
pub fn schemas(root: &Value) -> Option<&Map<String, Value>> {
    root.pointer("/components/schemas")?.as_object()
}

/// The component schemas, made if there are none.
pub fn schemas_mut(root: &mut Value) -> &mut Map<String, Value> {
    let components = &mut root["components"];
    if !components.is_object() {
        *components = Value::Object(Map::new());
    }
    let schemas = &mut components["schemas"];
    if !schemas.is_object() {
        *schemas = Value::Object(Map::new());
    }
    match schemas {
        Value::Object(map) => map,
        _ => unreachable!("it was made an object two lines above"),
    }
}

/// The schema itself, or the component behind a reference, or behind a chain of them.
pub fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let mut schema = schema;
    for _ in 0..64 {
        match target(schema).and_then(|name| schemas(root)?.get(name)) {
            Some(next) => schema = next,
            None => break,
        }
    }
    schema
}

/// The direct subschemas of a schema, each with the name of its place.
pub fn children_mut(schema: &mut Value) -> Vec<(String, &mut Value)> {
    let mut out = Vec::new();
    let Some(object) = schema.as_object_mut() else { return out };
    for (key, value) in object.iter_mut() {
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                out.extend(properties.iter_mut().map(|(name, schema)| (name.clone(), schema)));
            }
            ("items", items @ Value::Object(_)) => out.push(("items".to_owned(), items)),
            ("additionalProperties", values @ Value::Object(_)) => out.push(("value".to_owned(), values)),
            ("oneOf" | "x-tuple", Value::Array(branches)) => {
                out.extend(branches.iter_mut().enumerate().map(|(i, schema)| (format!("variant{}", i + 1), schema)));
            }
            _ => {}
        }
    }
    out
}

/// The direct subschemas of a schema.
pub fn children(schema: &Value) -> Vec<&Value> {
    let mut out = Vec::new();
    let Some(object) = schema.as_object() else { return out };
    for (key, value) in object {
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => out.extend(properties.values()),
            ("items" | "additionalProperties", schema @ Value::Object(_)) => out.push(schema),
            ("oneOf" | "x-tuple", Value::Array(branches)) => out.extend(branches),
            _ => {}
        }
    }
    out
}

/// Calls `visit` on a schema and everything inline in it, parents first.
pub fn walk_mut(schema: &mut Value, visit: &mut dyn FnMut(&mut Value)) {
    visit(schema);
    for (_, child) in children_mut(schema) {
        walk_mut(child, visit);
    }
}

/// Calls `visit` on a schema and everything inline in it, parents first.
pub fn walk<'a>(schema: &'a Value, visit: &mut dyn FnMut(&'a Value)) {
    visit(schema);
    for child in children(schema) {
        walk(child, visit);
    }
}

/// An operation of the document and where it stands.
pub struct Operation<'a> {
    /// The path, or the name of the webhook.
    pub path: String,
    /// The method, in lower case.
    pub method: String,
    /// The operation object.
    pub value: &'a mut Value,
}

const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// The operations under `section`, which is `paths` or `webhooks`, in order.
pub fn operations_mut<'a>(root: &'a mut Value, section: &str) -> Vec<Operation<'a>> {
    let mut out = Vec::new();
    let Some(paths) = root.get_mut(section).and_then(Value::as_object_mut) else { return out };
    for (path, item) in paths.iter_mut() {
        let Some(item) = item.as_object_mut() else { continue };
        for (method, value) in item.iter_mut() {
            if METHODS.contains(&method.as_str()) && value.is_object() {
                out.push(Operation { path: path.clone(), method: method.clone(), value });
            }
        }
    }
    out
}

/// The operations under `section`, which is `paths` or `webhooks`, in order: path, method, operation.
pub fn operations<'a>(root: &'a Value, section: &str) -> Vec<(&'a str, &'a str, &'a Value)> {
    let mut out = Vec::new();
    let Some(paths) = root.get(section).and_then(Value::as_object) else { return out };
    for (path, item) in paths {
        let Some(item) = item.as_object() else { continue };
        for (method, value) in item {
            if METHODS.contains(&method.as_str()) && value.is_object() {
                out.push((path.as_str(), method.as_str(), value));
            }
        }
    }
    out
}

/// The one media type of a body or response, with its schema.
pub fn content(holder: &Value) -> Option<(&str, &Value)> {
    let (media_type, value) = holder.get("content")?.as_object()?.iter().next()?;
    Some((media_type.as_str(), value.get("schema")?))
}

/// The schema of the one media type of a body or response.
pub fn content_schema_mut(holder: &mut Value) -> Option<&mut Value> {
    holder.get_mut("content")?.as_object_mut()?.values_mut().next()?.get_mut("schema")
}

/// The text at `key`.
pub fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

/// Whether `key` is set to true.
pub fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool) == Some(true)
}

/// The single string a schema allows, if it allows but one.
pub fn constant(schema: &Value) -> Option<&str> {
    match schema.get("enum")?.as_array()?.as_slice() {
        [Value::String(value)] if !flag(schema, "nullable") => Some(value),
        _ => None,
    }
}

/// Whether a schema is an object with properties, not a mere map.
pub fn is_struct(schema: &Value) -> bool {
    text(schema, "type") == Some("object")
        && (schema.get("properties").and_then(Value::as_object).is_some_and(|p| !p.is_empty())
            || schema.get("additionalProperties") == Some(&Value::Bool(false)))
}

/// The required property names of an object.
pub fn required(schema: &Value) -> Vec<&str> {
    schema
        .get("required")
        .and_then(Value::as_array)
        .map_or_else(Vec::new, |names| names.iter().filter_map(Value::as_str).collect())
}

/// Every schema that stands in an operation: parameters, body, responses.
pub fn operation_schemas_mut(operation: &mut Value) -> Vec<&mut Value> {
    let mut out = Vec::new();
    let Some(operation) = operation.as_object_mut() else { return out };
    for (key, value) in operation.iter_mut() {
        match (key.as_str(), value) {
            ("parameters", Value::Array(parameters)) => {
                out.extend(parameters.iter_mut().filter_map(|parameter| parameter.get_mut("schema")));
            }
            ("requestBody", body) => out.extend(content_schema_mut(body)),
            ("responses", Value::Object(responses)) => {
                out.extend(responses.values_mut().filter_map(content_schema_mut));
            }
            _ => {}
        }
    }
    out
}
