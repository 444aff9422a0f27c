//! What 3.1 knows and 3.0 does not, where it says nothing about types or says it otherwise: `contentEncoding`,
//! conditional schemas, annotations of the wrong type. Without it the result would claim to be 3.0 and not parse as such.

use serde_json::Value;

use super::{
    Report,
    schemas::{self, Object},
};

/// Keywords that no later pass reads.
const REMOVED: &[&str] = &[
    "not",
    "if",
    "then",
    "else",
    "dependentSchemas",
    "dependentRequired",
    "dependencies",
    "contains",
    "minContains",
    "maxContains",
    "propertyNames",
    "unevaluatedItems",
    "additionalItems",
    "contentSchema",
    "contentEncoding",
    "contentMediaType",
    "$id",
    "id",
    "$schema",
    "$comment",
    "$vocabulary",
    "$anchor",
    "$dynamicAnchor",
    "$recursiveRef",
    "$recursiveAnchor",
    "$defs",
    "definitions",
    "xml",
    "externalDocs",
];

pub(super) fn pass(root: &mut Value, report: &mut Report) {
    schemas::parents_first(root, &mut |schema, at| {
        if let Value::Object(schema) = schema {
            settle(schema, at, report);
        }
    });
    if let Value::Object(root) = root {
        root.insert("openapi".to_owned(), "3.0.3".into());
    }
}

fn settle(schema: &mut Object, at: &str, report: &mut Report) {
    if schema.get("type").and_then(Value::as_str) == Some("string") && !schema.contains_key("format") {
        let format = match schema.get("contentEncoding").and_then(Value::as_str) {
            Some("base64" | "base64url") => Some("byte"),
            Some(_) => None,
            None => schema
                .get("contentMediaType")
                .and_then(Value::as_str)
                .filter(|media| is_binary(media))
                .map(|_| "binary"),
        };
        if let Some(format) = format {
            schema.insert("format".to_owned(), format.into());
        }
    }
    for keyword in ["then", "else", "dependentSchemas"] {
        if schema.get(keyword).is_some_and(declares) {
            report.widen(at, format!("what `{keyword}` says of properties is not generated"));
        }
    }
    for keyword in REMOVED {
        schema.remove(*keyword);
    }
    for keyword in ["title", "description"] {
        match schema.get(keyword) {
            None | Some(Value::String(_)) => {}
            Some(Value::Number(number)) => {
                let text = number.to_string();
                schema.insert(keyword.to_owned(), text.into());
            }
            Some(_) => {
                schema.remove(keyword);
            }
        }
    }
    for keyword in ["deprecated", "readOnly", "writeOnly"] {
        if schema.get(keyword).is_some_and(|flag| !flag.is_boolean()) {
            schema.remove(keyword);
        }
    }
    for keyword in ["format", "pattern"] {
        if schema.get(keyword).is_some_and(|text| !text.is_string()) {
            schema.remove(keyword);
        }
    }
    if let Some(discriminator) = schema.get("discriminator") {
        let property = match discriminator {
            // The way of Swagger 2.
            Value::String(name) => Some(name.clone()),
            other => other.get("propertyName").and_then(Value::as_str).map(str::to_owned),
        };
        let mapping = discriminator
            .get("mapping")
            .filter(|mapping| mapping.as_object().is_some_and(|entries| !entries.is_empty()));
        let mapping = mapping.cloned();
        match property {
            Some(property) => {
                let mut kept = Object::new();
                kept.insert("propertyName".to_owned(), property.into());
                kept.extend(mapping.map(|mapping| ("mapping".to_owned(), mapping)));
                schema.insert("discriminator".to_owned(), Value::Object(kept));
            }
            None => {
                schema.remove("discriminator");
            }
        }
    }
}

fn is_binary(media: &str) -> bool {
    !media.starts_with("text/") && !media.contains("json") && !media.contains("xml")
}

/// Whether a conditional schema brings in properties, rather than only demanding or forbidding them.
fn declares(schema: &Value) -> bool {
    match schema.get("properties").and_then(Value::as_object) {
        Some(properties) => {
            properties.values().any(|property| property.get("type").is_some() || property.get("$ref").is_some())
        }
        None => {
            schema.get("$ref").is_some()
                || schema.as_object().is_some_and(|named| named.values().any(|inner| inner.get("properties").is_some()))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::lower::structural::tests::{component, lowered, widened};

    #[test]
    fn encoded_content_is_a_format() {
        for (schema, expected) in [
            (json!({"type": "string", "contentEncoding": "base64"}), json!({"type": "string", "format": "byte"})),
            (json!({"contentMediaType": "image/png"}), json!({"type": "string", "format": "binary"})),
            (json!({"type": "string", "contentMediaType": "application/json"}), json!({"type": "string"})),
        ] {
            assert_eq!(component(&schema), expected, "{schema}");
        }
    }

    #[test]
    fn annotations_have_the_type_they_must_have() {
        let schema = json!({"type": "string", "title": 7, "description": {}, "deprecated": "yes", "format": null, "$comment": "c"});
        assert_eq!(component(&schema), json!({"type": "string", "title": "7"}));
    }

    #[test]
    fn conditions_that_declare_properties_are_reported() {
        let schema = json!({"type": "object", "if": {}, "then": {"properties": {"a": {"type": "string"}}}, "else": {"required": ["b"]}});
        assert_eq!(component(&schema), json!({"type": "object"}));
        assert_eq!(widened(&schema), ["/components/schemas/T"]);
    }

    #[test]
    fn the_result_says_which_dialect_it_is() {
        assert_eq!(lowered(json!({"openapi": "3.1.1", "paths": {}}))["openapi"], "3.0.3");
    }
}
