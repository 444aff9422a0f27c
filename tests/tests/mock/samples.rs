//! Bodies made from the schemas of the document, with everything in them.

use conformance::answers::operations;
use conformance::document::{entries, items, resolve};
use serde_json::{Map, Value, json};

use crate::catalogue::Catalogue;

/// The schema of the JSON body of an operation.
pub(crate) fn body_schema(operation: &str) -> Option<&'static Value> {
    let body = resolve(operations()[operation].value.get("requestBody")?);
    body.get("content")?.get("application/json")?.get("schema")
}

/// Bodies of an operation: together they hold every property and every branch of every union.
pub(crate) fn bodies(operation: &str, catalogue: &Catalogue) -> Vec<Value> {
    let Some(schema) = body_schema(operation) else { return Vec::new() };
    let count = widest(schema);
    (0..count).map(|variant| sample(schema, variant, catalogue)).collect()
}

/// A value of a schema. Of each union it takes the branch of a number, save in lists, which have an item of each branch.
fn sample(schema: &'static Value, variant: usize, catalogue: &Catalogue) -> Value {
    let schema = resolve(schema);
    let branches = branches(schema);
    if !branches.is_empty() {
        return sample(branches[variant % branches.len()], variant, catalogue);
    }
    if let Some(only) = schema.get("const") {
        return only.clone();
    }
    if let Some(value) = items(schema, "enum").first() {
        return value.clone();
    }
    match first_type(schema) {
        "object" => {
            let members =
                entries(schema, "properties").map(|(name, schema)| (name.clone(), sample(schema, variant, catalogue)));
            let mut object: Map<String, Value> = members.collect();
            if let Some(free) = schema.get("additionalProperties").filter(|free| free.is_object()) {
                object.insert("sample.key".to_owned(), sample(free, variant, catalogue));
            }
            object.into()
        }
        "array" => {
            let each = &schema["items"];
            let count = branches_of(each).len().max(1);
            (0..count).map(|variant| sample(each, variant, catalogue)).collect()
        }
        "integer" => schema["minimum"].as_i64().unwrap_or(0).max(1).into(),
        "number" => json!(1.5),
        "boolean" => json!(true),
        "null" => Value::Null,
        _ => text(schema, catalogue).into(),
    }
}

fn text(schema: &'static Value, catalogue: &Catalogue) -> String {
    if let Some(prefix) = prefixes(schema).first() {
        return catalogue.id_of(prefix).to_owned();
    }
    match schema["format"].as_str() {
        Some("email") => "sample@example.com".to_owned(),
        Some("date-time") => "2026-03-20T09:00:00Z".to_owned(),
        Some("uri") => "https://partner.example/path".to_owned(),
        _ => match schema["pattern"].as_str() {
            Some("^[A-Z]{2}$") => "GB".to_owned(),
            Some(pattern) if pattern.starts_with("^[a-z]") => "word".to_owned(),
            Some(pattern) => panic!("no sample for {pattern}"),
            None => "Sample text".to_owned(),
        },
    }
}

/// The prefixes of ids that a text must have one of: of `^(con|unit)_` they are `con_` and `unit_`.
pub(crate) fn prefixes(schema: &Value) -> Vec<String> {
    let Some(rest) = schema["pattern"].as_str().and_then(|pattern| pattern.strip_prefix('^')) else {
        return Vec::new();
    };
    let Some(names) = rest.strip_suffix('_') else { return Vec::new() };
    let names = names.trim_start_matches('(').trim_end_matches(')');
    names.split('|').map(|name| format!("{name}_")).collect()
}

/// The branches of a union, less the one for null.
pub(crate) fn branches(schema: &'static Value) -> Vec<&'static Value> {
    let all = items(schema, "oneOf").iter().chain(items(schema, "anyOf"));
    all.filter(|branch| resolve(branch)["type"] != "null").collect()
}

fn branches_of(schema: &'static Value) -> Vec<&'static Value> {
    branches(resolve(schema))
}

/// The number of branches of the widest union outside lists.
fn widest(schema: &'static Value) -> usize {
    let schema = resolve(schema);
    let branches = branches(schema);
    let below = branches.iter().copied().chain(entries(schema, "properties").map(|(_, schema)| schema)).map(widest);
    below.max().unwrap_or(1).max(branches.len())
}

pub(crate) fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn first_type(schema: &Value) -> &str {
    types(schema).into_iter().find(|name| *name != "null").unwrap_or("null")
}
