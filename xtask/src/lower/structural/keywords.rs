//! Each schema keeps the keywords of its kind and no others. Without it a string with `properties`, or a keyword of
//! somebody's own, would have to be understood or ignored by everything that reads the result.

use serde_json::Value;

use super::{
    Report,
    schemas::{self, Object},
    unions,
};

pub(super) fn pass(root: &mut Value, report: &mut Report) {
    schemas::children_first(root, &mut |schema, at| {
        if let Value::Object(schema) = schema {
            // What no value fits has no type.
            let kind = if schemas::is_true(schema, "x-never") { "" } else { kind(schema) };
            schema.retain(|keyword, _| schemas::is_annotation(keyword) || of_kind(kind).contains(&keyword.as_str()));
            let closed =
                schema.get("items").and_then(Value::as_object).is_some_and(|items| schemas::is_true(items, "x-never"));
            if closed && schema.contains_key("x-tuple") {
                schema.remove("items");
            }
            match schema.get("additionalProperties").and_then(Value::as_object) {
                Some(other) if schemas::is_true(other, "x-never") => {
                    schema.insert("additionalProperties".to_owned(), Value::Bool(false));
                }
                Some(other) if other.is_empty() => {
                    schema.insert("additionalProperties".to_owned(), Value::Bool(true));
                }
                _ => {}
            }
            let open = schemas::is_true(schema, "x-open-enum") && !schemas::list(schema, "enum").is_empty();
            if !open {
                schema.remove("x-open-enum");
            }
            // Branches that only differed in keywords of no meaning no longer differ.
            unions::tidy(schema, at, report);
        }
    });
}

/// What kind of schema this is: its `type`, `$ref`, `oneOf`, or "" for any value.
pub(super) fn kind(schema: &Object) -> &'static str {
    if schema.contains_key("$ref") {
        return "$ref";
    }
    if schema.contains_key("oneOf") {
        return "oneOf";
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => "string",
        Some("integer") => "integer",
        Some("number") => "number",
        Some("boolean") => "boolean",
        Some("array") => "array",
        Some("object") => "object",
        _ => "",
    }
}

/// The keywords that belong to a kind, besides annotations.
pub(super) fn of_kind(kind: &str) -> &'static [&'static str] {
    match kind {
        "$ref" => &["$ref"],
        "oneOf" => &["oneOf", "discriminator"],
        "string" => &["type", "format", "enum", "x-open-enum", "pattern", "minLength", "maxLength"],
        "integer" => {
            &["type", "format", "enum", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]
        }
        "number" => &["type", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
        "boolean" => &["type"],
        "array" => &["type", "items", "x-tuple", "minItems", "maxItems", "uniqueItems"],
        "object" => &[
            "type",
            "properties",
            "required",
            "additionalProperties",
            "minProperties",
            "maxProperties",
            "discriminator",
        ],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::lower::structural::tests::component;

    #[test]
    fn each_kind_keeps_its_own_keywords() {
        for (schema, expected) in [
            (json!({"type": "string", "properties": {}, "faker": "x", "x-a": 1}), json!({"type": "string", "x-a": 1})),
            (json!({"type": "object", "uniqueItems": true, "enum": [{}]}), json!({"type": "object"})),
            (json!({"type": "boolean", "enum": [true], "format": "b"}), json!({"type": "boolean"})),
            (json!({"optional": true}), json!({})),
        ] {
            assert_eq!(component(&schema), expected, "{schema}");
        }
    }
}
