//! The ways to say that null is allowed (a type, a branch, a constant, an enum value, a flag) become the one flag
//! `nullable: true`. Without it `null` branches would be variants and null values members of string enums.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    Report,
    schemas::{self, Object},
};

pub(super) fn pass(root: &mut Value, _report: &mut Report) {
    let nulls = null_components(root);
    schemas::parents_first(root, &mut |schema, _| {
        if let Value::Object(schema) = schema {
            lower(schema, &nulls);
        }
    });
}

/// The components that are null and nothing else; a branch that refers to one is a null branch.
fn null_components(root: &Value) -> HashSet<String> {
    let Some(Value::Object(components)) = root.pointer("/components/schemas") else { return HashSet::new() };
    components
        .iter()
        .filter(|(_, schema)| schema.as_object().is_some_and(says_null))
        .map(|(name, _)| name.clone())
        .collect()
}

fn lower(schema: &mut Object, nulls: &HashSet<String>) {
    let mut nullable = flag(schema.remove("nullable").as_ref());
    nullable |= flag(schema.get("x-nullable"));
    match schema.get_mut("type") {
        Some(Value::Array(types)) => {
            let before = types.len();
            types.retain(|name| name != "null" && !name.is_null());
            nullable |= types.len() < before;
            if types.is_empty() {
                schema.remove("type");
            }
        }
        Some(Value::String(name)) if name == "null" => {
            nullable = true;
            schema.remove("type");
        }
        Some(Value::Null) => {
            schema.remove("type");
        }
        _ => {}
    }
    if schema.get("const").is_some_and(Value::is_null) {
        nullable = true;
        schema.remove("const");
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        let before = values.len();
        values.retain(|value| !value.is_null());
        nullable |= values.len() < before;
        if values.is_empty() {
            schema.remove("enum");
        }
    }
    for keyword in ["oneOf", "anyOf"] {
        if let Some(Value::Array(branches)) = schema.get_mut(keyword) {
            let before = branches.len();
            branches.retain(|branch| !is_null(branch, nulls));
            nullable |= branches.len() < before;
            // Null is null in whichever branch it is written.
            for branch in branches.iter_mut().filter_map(Value::as_object_mut) {
                nullable |= flag(branch.remove("nullable").as_ref());
            }
            if branches.is_empty() {
                schema.remove(keyword);
            }
        }
    }
    if nullable {
        schema.insert("nullable".to_owned(), Value::Bool(true));
    }
}

/// Whether a branch allows null and nothing else. `{nullable: true}` is how tools write such a branch in 3.0, which
/// has no null type.
fn is_null(branch: &Value, nulls: &HashSet<String>) -> bool {
    let Value::Object(branch) = branch else { return false };
    if schemas::target(branch).is_some_and(|name| nulls.contains(&name)) {
        return true;
    }
    let null_flag = flag(branch.get("nullable")) && branch.keys().all(|keyword| schemas::is_annotation(keyword));
    null_flag || says_null(branch)
}

fn says_null(schema: &Object) -> bool {
    let null_type = match schema.get("type") {
        Some(Value::String(name)) => name == "null",
        Some(Value::Array(types)) => !types.is_empty() && types.iter().all(|name| name == "null"),
        _ => false,
    };
    let values = schemas::list(schema, "enum");
    let null_enum = !values.is_empty() && values.iter().all(Value::is_null);
    null_type || null_enum || schema.get("const").is_some_and(Value::is_null)
}

fn flag(value: Option<&Value>) -> bool {
    matches!(value, Some(Value::Bool(true))) || value.is_some_and(|value| value == "true")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::lower::structural::tests::component;

    #[test]
    fn every_way_to_allow_null_is_the_flag() {
        let base = json!({"$ref": "#/components/schemas/Base"});
        for (schema, expected) in [
            (json!({"type": ["string", "null"]}), json!({"type": "string", "nullable": true})),
            (json!({"type": "null"}), json!({"nullable": true})),
            (json!({"const": null}), json!({"nullable": true})),
            (json!({"enum": ["a", null]}), json!({"type": "string", "enum": ["a"], "nullable": true})),
            (json!({"type": "string", "nullable": "true"}), json!({"type": "string", "nullable": true})),
            (json!({"type": "string", "nullable": false}), json!({"type": "string"})),
            (
                json!({"type": "string", "x-nullable": true}),
                json!({"type": "string", "nullable": true, "x-nullable": true}),
            ),
            (
                json!({"oneOf": [base, {"type": "null"}]}),
                json!({"$ref": "#/components/schemas/Base", "nullable": true}),
            ),
            (
                json!({"anyOf": [base, {"nullable": true}]}),
                json!({"$ref": "#/components/schemas/Base", "nullable": true}),
            ),
            (
                json!({"anyOf": [{"type": ["integer", "null"]}, {"type": "string"}]}),
                json!({"oneOf": [{"type": "integer"}, {"type": "string"}], "nullable": true}),
            ),
        ] {
            assert_eq!(component(&schema), expected, "{schema}");
        }
    }
}
