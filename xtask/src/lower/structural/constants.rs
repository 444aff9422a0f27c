//! Enums hold values of their type and each only once; a `const` is an enum of one. Without it a constant would be
//! any string, and a tag that tells the variants of a union apart would tell nothing.

use serde_json::{Number, Value};

use super::{
    Report,
    schemas::{self, Object},
};

pub(super) fn pass(root: &mut Value, report: &mut Report) {
    schemas::children_first(root, &mut |schema, at| {
        if let Value::Object(schema) = schema {
            settle(schema, at, report);
        }
    });
}

fn settle(schema: &mut Object, at: &str, report: &mut Report) {
    if let Some(constant) = schema.remove("const") {
        schema.insert("enum".to_owned(), Value::Array(vec![constant]));
    }
    let values = match schema.remove("enum") {
        Some(Value::Array(values)) if !values.is_empty() => values,
        Some(Value::Array(_)) | None => return infer_late(schema),
        Some(_) => {
            report.widen(at, "an enum is a list; this one is ignored");
            return infer_late(schema);
        }
    };
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => put(schema, unique(values.iter().filter_map(text).map(Value::String))),
        Some("integer") => {
            let numbers = unique(values.iter().filter_map(integer));
            put(schema, numbers);
        }
        Some("boolean" | "number") => {}
        Some(_) => report.widen(at, "an enum of lists or objects is not told apart by its values"),
        None => untyped(schema, &values, at, report),
    }
}

fn untyped(schema: &mut Object, values: &[Value], at: &str, report: &mut Report) {
    if ["oneOf", "anyOf", "allOf", "$ref"].iter().any(|keyword| schema.contains_key(*keyword)) {
        // The values narrow what the branches say, the type is theirs, unless they are all text.
        if values.iter().all(Value::is_string) && schema.contains_key("allOf") {
            schema.insert("type".to_owned(), "string".into());
            put(schema, unique(values.iter().cloned()));
        }
        return;
    }
    if values.iter().any(|value| value.is_array() || value.is_object()) {
        report.widen(at, "an enum of lists or objects; any value is accepted");
        return;
    }
    let strings = unique(values.iter().filter(|value| value.is_string()).cloned());
    let whole = values.iter().filter(|value| value.is_number()).all(|value| integer(value).is_some());
    let integers = if whole { unique(values.iter().filter_map(integer).filter(Value::is_number)) } else { Vec::new() };
    let integers: Vec<Value> = if values.iter().any(Value::is_number) { integers } else { Vec::new() };
    let mut branches = Vec::new();
    let mut branch = |name: &str, values: Vec<Value>| {
        let mut branch = Object::new();
        branch.insert("type".to_owned(), name.into());
        put(&mut branch, values);
        branches.push(branch);
    };
    if !strings.is_empty() {
        branch("string", strings);
    }
    if values.iter().any(Value::is_number) {
        branch(if whole { "integer" } else { "number" }, integers);
    }
    if values.iter().any(Value::is_boolean) {
        branch("boolean", Vec::new());
    }
    if branches.len() == 1 {
        schema.extend(branches.remove(0));
    } else {
        schema.insert("oneOf".to_owned(), branches.into_iter().map(Value::Object).collect());
    }
}

/// A schema whose enum said nothing may still say its type elsewhere.
fn infer_late(schema: &mut Object) {
    if ["type", "$ref", "oneOf", "anyOf", "allOf"].iter().any(|keyword| schema.contains_key(*keyword)) {
        return;
    }
    if let Some(inferred) = super::types::infer(schema) {
        schema.insert("type".to_owned(), inferred.into());
    }
}

fn put(schema: &mut Object, values: Vec<Value>) {
    if !values.is_empty() {
        schema.insert("enum".to_owned(), Value::Array(values));
    }
}

fn unique(values: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut seen = std::collections::HashSet::new();
    values.filter(|value| seen.insert(value.to_string())).collect()
}

/// What a value of a string enum is on the wire: YAML reads `1` and `true` as other than text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn integer(value: &Value) -> Option<Value> {
    match value {
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(value.clone()),
        Value::Number(number) => {
            let float = number.as_f64()?;
            // Exact within the range where a float holds every integer.
            #[allow(clippy::cast_possible_truncation)]
            (float.fract() == 0.0 && float.abs() < 9e15).then(|| Value::Number(Number::from(float as i64)))
        }
        Value::String(text) => text.parse::<i64>().ok().map(|number| Value::Number(Number::from(number))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::lower::structural::tests::{component, widened};

    #[test]
    fn constants_are_enums_of_one_where_there_are_such_enums() {
        for (schema, expected) in [
            (json!({"const": "a"}), json!({"type": "string", "enum": ["a"]})),
            (json!({"const": 7}), json!({"type": "integer", "enum": [7]})),
            (json!({"const": true}), json!({"type": "boolean"})),
            (json!({"const": 1.5}), json!({"type": "number"})),
            (json!({"const": {"a": 1}}), json!({})),
        ] {
            assert_eq!(component(&schema), expected, "{schema}");
        }
    }

    #[test]
    fn enums_hold_values_of_their_type_once() {
        for (schema, expected) in [
            (
                json!({"type": "string", "enum": ["a", 1, "a", true]}),
                json!({"type": "string", "enum": ["a", "1", "true"]}),
            ),
            (json!({"type": "integer", "enum": [1, 2.0, "3", "x"]}), json!({"type": "integer", "enum": [1, 2, 3]})),
            (json!({"type": "number", "enum": [1.5]}), json!({"type": "number"})),
            (json!({"enum": []}), json!({})),
            (
                json!({"enum": ["a", 1, false]}),
                json!({"oneOf": [{"type": "string", "enum": ["a"]}, {"type": "integer", "enum": [1]}, {"type": "boolean"}]}),
            ),
        ] {
            assert_eq!(component(&schema), expected, "{schema}");
        }
        assert_eq!(widened(&json!({"enum": [[1]]})), ["/components/schemas/T"]);
    }
}
