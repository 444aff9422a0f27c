//! Questions about one schema, answered through references and `allOf`.

use serde_json::Value;

use super::context::{Context, entries, strings};

/// The names in its `type`.
pub(super) fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        other => strings(other),
    }
}

/// Whether it has this type, alone or beside `null`.
pub(super) fn is_type(schema: &Value, name: &str) -> bool {
    types(schema).contains(&name)
}

/// Whether it describes an object, by its type or by its properties.
pub(super) fn is_object<'a>(context: &Context<'a>, schema: &'a Value) -> bool {
    let mut found = false;
    gather(context, schema, &mut Vec::new(), &mut |part| {
        found |= is_type(part, "object") || entries(part.get("properties")).next().is_some();
    });
    found
}

/// Its properties, those of `allOf` included, references followed.
pub(super) fn properties<'a>(context: &Context<'a>, schema: &'a Value) -> Vec<(&'a str, &'a Value)> {
    let mut found = Vec::new();
    gather(context, schema, &mut Vec::new(), &mut |part| {
        for (name, property) in entries(part.get("properties")) {
            if !found.iter().any(|(other, _)| *other == name) {
                found.push((name, property));
            }
        }
    });
    found
}

/// The property of this name, resolved.
pub(super) fn property<'a>(context: &Context<'a>, schema: &'a Value, name: &str) -> Option<&'a Value> {
    properties(context, schema).into_iter().find(|(other, _)| *other == name).map(|(_, value)| context.resolve(value))
}

/// The names of its required properties, those of `allOf` included.
pub(super) fn required<'a>(context: &Context<'a>, schema: &'a Value) -> Vec<&'a str> {
    let mut found = Vec::new();
    gather(context, schema, &mut Vec::new(), &mut |part| found.extend(strings(part.get("required"))));
    found
}

/// The branches of its `oneOf` or `anyOf`, as written.
pub(super) fn branches(schema: &Value) -> &[Value] {
    let listed = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array);
    listed.map_or(&[], Vec::as_slice)
}

/// Whether it allows nothing but null.
pub(super) fn is_null(schema: &Value) -> bool {
    types(schema) == ["null"] || schema.get("const").is_some_and(Value::is_null)
}

/// Whether it is an object with an `id` and nothing else: a resource that was not expanded.
pub(super) fn is_id_only<'a>(context: &Context<'a>, schema: &'a Value) -> bool {
    matches!(properties(context, schema).as_slice(), [("id", _)])
}

fn gather<'a>(context: &Context<'a>, schema: &'a Value, seen: &mut Vec<&'a Value>, visit: &mut impl FnMut(&'a Value)) {
    let schema = context.resolve(schema);
    // A recursive schema comes round to itself.
    if seen.iter().any(|known| std::ptr::eq(*known, schema)) {
        return;
    }
    seen.push(schema);
    visit(schema);
    for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        gather(context, part, seen, visit);
    }
}
