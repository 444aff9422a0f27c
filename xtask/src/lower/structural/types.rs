//! Every schema says its one `type`: a list of types becomes a union, a missing type is read off the other keywords,
//! an unknown one is any value. Without it a schema with only `properties` would be any value, and `type: file` an
//! error in whatever reads the result.

use serde_json::Value;

use super::{
    Report,
    schemas::{self, Object},
};

pub(super) fn pass(root: &mut Value, report: &mut Report) {
    // Outer schemas first: the type of a union is the type of its branches.
    schemas::parents_first(root, &mut |schema, at| {
        if let Value::Object(schema) = schema {
            settle(schema, at, report);
        }
    });
}

/// Keywords that say what is in a value.
const STRUCTURE: [&str; 8] = [
    "properties",
    "additionalProperties",
    "patternProperties",
    "unevaluatedProperties",
    "required",
    "items",
    "prefixItems",
    "x-tuple",
];

/// What a schema without `type` must be, by the keywords it has.
pub(super) fn infer(schema: &Object) -> Option<&'static str> {
    let has = |keywords: &[&str]| keywords.iter().any(|keyword| schema.contains_key(*keyword));
    let objects = [
        "properties",
        "additionalProperties",
        "patternProperties",
        "required",
        "minProperties",
        "maxProperties",
        "unevaluatedProperties",
        "propertyNames",
        "dependentRequired",
        "dependentSchemas",
    ];
    if has(&objects) {
        return Some("object");
    }
    if has(&["items", "prefixItems", "x-tuple", "minItems", "maxItems", "uniqueItems", "contains", "unevaluatedItems"])
    {
        return Some("array");
    }
    if has(&["pattern", "minLength", "maxLength", "contentEncoding", "contentMediaType"]) {
        return Some("string");
    }
    match schema.get("format").and_then(Value::as_str) {
        Some("int32" | "int64" | "uint32" | "uint64") => return Some("integer"),
        Some("float" | "double") => return Some("number"),
        Some("date" | "date-time" | "time" | "uuid" | "email" | "uri" | "url" | "byte" | "binary" | "password") => {
            return Some("string");
        }
        _ => {}
    }
    has(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]).then_some("number")
}

fn settle(schema: &mut Object, at: &str, report: &mut Report) {
    if schema.contains_key("$ref") {
        return;
    }
    let union = ["oneOf", "anyOf"].into_iter().find(|keyword| !schemas::list(schema, keyword).is_empty());
    match schema.get("type").cloned() {
        Some(Value::Array(types)) => match types.as_slice() {
            [] => {
                schema.remove("type");
            }
            [one] => {
                schema.insert("type".to_owned(), one.clone());
                return settle(schema, at, report);
            }
            // The branches know better which types there are.
            _ if union.is_some() || schema.contains_key("allOf") => {
                schema.remove("type");
            }
            several => return split(schema, several.to_vec(), at, report),
        },
        Some(Value::String(name)) if is_type(&name) => {
            if let Some(keyword) = union {
                push_down(schema, keyword, &name);
            }
            return;
        }
        Some(unknown) => {
            report.widen(at, format!("{unknown} is no type of JSON; any value is accepted"));
            schema.retain(|keyword, _| schemas::is_annotation(keyword));
            return;
        }
        None => {}
    }
    // Values speak for themselves, in the pass after next.
    if schema.contains_key("enum") || schema.contains_key("const") {
        return;
    }
    // Bounds beside alternatives are often meant for one of them, or for what is around them.
    let alternatives = union.is_some() || schema.contains_key("allOf");
    if alternatives && !schema.keys().any(|keyword| STRUCTURE.contains(&keyword.as_str())) {
        return;
    }
    if let Some(inferred) = infer(schema) {
        schema.insert("type".to_owned(), inferred.into());
        if let Some(keyword) = union {
            push_down(schema, keyword, inferred);
        }
    }
}

/// Branches without a type of their own have the type of the union.
fn push_down(schema: &mut Object, keyword: &str, name: &str) {
    let Some(Value::Array(branches)) = schema.get_mut(keyword) else { return };
    for branch in branches.iter_mut().filter_map(Value::as_object_mut) {
        let speaks = ["$ref", "type", "oneOf", "anyOf", "allOf", "enum", "const", "x-never"];
        if !speaks.iter().any(|keyword| branch.contains_key(*keyword)) && infer(branch).is_none_or(|own| own == name) {
            branch.insert("type".to_owned(), name.into());
        }
    }
}

/// `type: [a, b]` is a union; each keyword goes to the type it constrains.
fn split(schema: &mut Object, types: Vec<Value>, at: &str, report: &mut Report) {
    let mut own = std::mem::take(schema);
    own.remove("type");
    let mut branches: Vec<Value> = Vec::new();
    for name in types {
        let Some(name) = name.as_str().filter(|name| is_type(name)) else {
            report.widen(at, format!("{name} is no type of JSON; it is left out of the union"));
            continue;
        };
        let mut branch = Object::new();
        branch.insert("type".to_owned(), name.into());
        for (keyword, value) in &own {
            if keyword == "enum" || keyword == "const" {
                let values: Vec<Value> = match value {
                    Value::Array(values) if keyword == "enum" => values.clone(),
                    value => vec![value.clone()],
                };
                branch.insert("enum".to_owned(), values.into_iter().filter(|value| is_of(value, name)).collect());
            } else if belongs(keyword, name) {
                branch.insert(keyword.clone(), value.clone());
            }
        }
        // No value of the enum has this type.
        let empty = branch.get("enum").and_then(Value::as_array).is_some_and(Vec::is_empty);
        let branch = Value::Object(branch);
        if !empty && !branches.contains(&branch) {
            branches.push(branch);
        }
    }
    own.retain(|keyword, _| schemas::is_annotation(keyword));
    *schema = own;
    schema.insert("oneOf".to_owned(), Value::Array(branches));
}

fn is_type(name: &str) -> bool {
    matches!(name, "string" | "integer" | "number" | "boolean" | "array" | "object")
}

fn is_of(value: &Value, name: &str) -> bool {
    match value {
        Value::String(_) => name == "string",
        Value::Bool(_) => name == "boolean",
        Value::Number(number) => name == "number" || (name == "integer" && (number.is_i64() || number.is_u64())),
        Value::Array(_) => name == "array",
        Value::Object(_) => name == "object",
        Value::Null => false,
    }
}

fn belongs(keyword: &str, name: &str) -> bool {
    match keyword {
        "format" => matches!(name, "string" | "integer" | "number"),
        _ => {
            let mut alone = Object::new();
            alone.insert(keyword.to_owned(), Value::Null);
            match infer(&alone) {
                Some("number") => matches!(name, "number" | "integer"),
                Some("array") => name == "array",
                Some(inferred) => inferred == name,
                None => keyword == "additionalItems" && name == "array",
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::lower::structural::tests::{component, widened};

    #[test]
    fn a_missing_type_is_read_off_the_keywords() {
        for (schema, expected) in [
            (
                json!({"properties": {"a": {"minLength": 1}}}),
                json!({"type": "object", "properties": {"a": {"type": "string", "minLength": 1}}}),
            ),
            (json!({"items": {"minimum": 0}}), json!({"type": "array", "items": {"type": "number", "minimum": 0}})),
            (json!({"format": "int64"}), json!({"type": "integer", "format": "int64"})),
            (json!({"description": "d"}), json!({"description": "d"})),
        ] {
            assert_eq!(component(&schema), expected, "{schema}");
        }
    }

    #[test]
    fn several_types_are_a_union_with_the_keywords_of_each() {
        assert_eq!(
            component(&json!({"type": ["string", "array", "null"], "maxLength": 3, "items": {"type": "string"}})),
            json!({"oneOf": [{"type": "string", "maxLength": 3}, {"type": "array", "items": {"type": "string"}}], "nullable": true})
        );
        assert_eq!(
            component(&json!({"type": ["string", "integer"], "enum": ["a", 1]})),
            json!({"oneOf": [{"type": "string", "enum": ["a"]}, {"type": "integer", "enum": [1]}]})
        );
    }

    #[test]
    fn the_type_of_a_union_goes_to_its_branches() {
        assert_eq!(
            component(&json!({"type": "string", "oneOf": [{"format": "date-time"}, {"format": "ipv4"}]})),
            json!({"oneOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "ipv4"}]})
        );
    }

    #[test]
    fn an_unknown_type_is_any_value_and_reported() {
        assert_eq!(component(&json!({"type": "file", "title": "t"})), json!({"title": "t"}));
        assert_eq!(widened(&json!({"type": "file"})), ["/components/schemas/T"]);
    }
}
