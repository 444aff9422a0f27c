//! Objects with named properties and at most one schema for all others. Without it the values of `patternProperties`
//! would have no type, and `unevaluatedProperties: false` would leave objects open that are closed.

use serde_json::Value;

use super::{
    Report,
    schemas::{self, Object},
};

pub(super) fn pass(root: &mut Value, report: &mut Report) {
    schemas::parents_first(root, &mut |schema, at| {
        let Value::Object(schema) = schema else { return };
        for keyword in ["properties", "patternProperties"] {
            if schema.get(keyword).is_some_and(|named| !named.is_object()) {
                schema.remove(keyword);
            }
        }
        if let Some(required) = schema.remove("required") {
            let names = required.as_array().map_or_else(Vec::new, |names| {
                let mut seen = std::collections::HashSet::new();
                names.iter().filter(|name| name.as_str().is_some_and(|name| seen.insert(name))).cloned().collect()
            });
            if !names.is_empty() {
                schema.insert("required".to_owned(), Value::Array(names));
            }
        }
        others(schema, at, report);
    });
}

fn others(schema: &mut Object, at: &str, report: &mut Report) {
    let unevaluated = schema.remove("unevaluatedProperties");
    if !schema.contains_key("additionalProperties")
        && let Some(unevaluated) = unevaluated
    {
        schema.insert("additionalProperties".to_owned(), unevaluated);
    }
    match schema.get("additionalProperties") {
        None | Some(Value::Bool(_)) => {}
        Some(Value::Object(other)) if schemas::is_true(other, "x-never") => {
            schema.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
        Some(Value::Object(other)) if other.is_empty() => {
            schema.insert("additionalProperties".to_owned(), Value::Bool(true));
        }
        Some(_) => {}
    }
    let Some(Value::Object(patterns)) = schema.remove("patternProperties") else { return };
    let mut kinds: Vec<Value> = Vec::new();
    for (_, kind) in patterns {
        let never = kind.as_object().is_some_and(|kind| schemas::is_true(kind, "x-never"));
        if !never && !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    if kinds.is_empty() {
        return;
    }
    let named = schema.get("properties").and_then(Value::as_object).is_some_and(|named| !named.is_empty());
    let merged = match schema.get("additionalProperties") {
        Some(Value::Bool(true)) => return,
        // Whatever matches neither a name nor a pattern can be anything, and must still decode.
        None if named => {
            report.widen(at, "properties that match a pattern may have any type, as all others may");
            Value::Bool(true)
        }
        None | Some(Value::Bool(false)) => union(kinds),
        Some(other) => {
            if !kinds.contains(other) {
                kinds.push(other.clone());
            }
            union(kinds)
        }
    };
    let merged = if merged.as_object().is_some_and(Object::is_empty) { Value::Bool(true) } else { merged };
    schema.insert("additionalProperties".to_owned(), merged);
}

fn union(mut kinds: Vec<Value>) -> Value {
    if kinds.len() == 1 { kinds.remove(0) } else { schemas::object([("oneOf", Value::Array(kinds))]) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::lower::structural::tests::{component, widened};

    #[test]
    fn pattern_properties_are_the_other_properties() {
        let (a, b) = (json!({"type": "string"}), json!({"type": "boolean"}));
        for (schema, expected) in [
            (json!({"patternProperties": {"^a": a}}), json!({"additionalProperties": a})),
            (
                json!({"patternProperties": {"^a": a}, "additionalProperties": false}),
                json!({"additionalProperties": a}),
            ),
            (
                json!({"patternProperties": {"^a": a, "^b": b, "^c": a}}),
                json!({"additionalProperties": {"oneOf": [a, b]}}),
            ),
            (
                json!({"patternProperties": {"^a": a}, "additionalProperties": b}),
                json!({"additionalProperties": {"oneOf": [a, b]}}),
            ),
            (
                json!({"patternProperties": {"^a": a}, "additionalProperties": true}),
                json!({"additionalProperties": true}),
            ),
            (json!({"patternProperties": {"^a": true}}), json!({"additionalProperties": true})),
            (
                json!({"properties": {"p": a}, "patternProperties": {"^a": b}}),
                json!({"properties": {"p": a}, "additionalProperties": true}),
            ),
            (json!({"unevaluatedProperties": false}), json!({"additionalProperties": false})),
        ] {
            let mut expected = expected;
            expected["type"] = "object".into();
            assert_eq!(component(&schema), expected, "{schema}");
        }
        let schema = json!({"properties": {"p": a}, "patternProperties": {"^a": b}});
        assert_eq!(widened(&schema), ["/components/schemas/T"]);
    }

    #[test]
    fn required_names_are_told_once_and_are_a_list() {
        let properties = json!({"a": {"type": "string"}});
        assert_eq!(
            component(&json!({"properties": properties, "required": ["a", 1, "a"]})),
            json!({"type": "object", "properties": properties, "required": ["a"]})
        );
        assert_eq!(component(&json!({"type": "string", "required": true})), json!({"type": "string"}));
    }
}
