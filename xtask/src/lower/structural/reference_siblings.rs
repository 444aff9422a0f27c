//! What stands beside a `$ref`. In 3.1 a schema may refer and constrain at once, which is an `allOf` of both; in 3.0
//! everything beside a `$ref` is ignored, but annotations are harmless and authors mean them. Without it the
//! constraints would be read as part of a reference, which has none.

use serde_json::Value;

use super::{
    Report,
    schemas::{self, Object},
};

pub(super) fn pass(root: &mut Value, _report: &mut Report) {
    let ignored = root.get("openapi").and_then(Value::as_str).is_some_and(|version| version.starts_with("3.0"));
    schemas::children_first(root, &mut |schema, _| {
        let Value::Object(object) = schema else { return };
        if !object.contains_key("$ref") {
            return;
        }
        if ignored {
            object.retain(|keyword, _| keyword == "$ref" || schemas::is_annotation(keyword));
        } else if object.keys().any(|keyword| adds(keyword)) {
            split(object);
        }
        object.remove("discriminator");
    });
}

/// Whether `keyword` beside a `$ref` means more than the reference alone.
fn adds(keyword: &str) -> bool {
    matches!(
        keyword,
        "type"
            | "properties"
            | "required"
            | "additionalProperties"
            | "patternProperties"
            | "unevaluatedProperties"
            | "items"
            | "prefixItems"
            | "enum"
            | "const"
            | "allOf"
            | "anyOf"
            | "oneOf"
            | "format"
            | "x-tuple"
    ) || schemas::is_constraint(keyword)
}

fn split(object: &mut Object) {
    let mut own = std::mem::take(object);
    let reference = own.remove("$ref").unwrap_or_default();
    for keyword in own.keys().filter(|keyword| schemas::is_annotation(keyword)).cloned().collect::<Vec<_>>() {
        if let Some(value) = own.remove(&keyword) {
            object.insert(keyword, value);
        }
    }
    let mut branches = vec![schemas::object([("$ref", reference)])];
    if let Some(Value::Array(more)) = own.remove("allOf") {
        branches.extend(more);
    }
    if !own.is_empty() {
        branches.push(Value::Object(own));
    }
    object.insert("allOf".to_owned(), Value::Array(branches));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::lower::structural::tests::{component, component_in};

    #[test]
    fn annotations_stay_beside_the_reference() {
        let schema = json!({"$ref": "#/components/schemas/Base", "description": "d", "nullable": true, "default": 1});
        assert_eq!(component(&schema), schema);
    }

    #[test]
    fn constraints_beside_a_reference_are_merged_in_31_and_ignored_in_30() {
        let schema =
            json!({"$ref": "#/components/schemas/Base", "properties": {"b": {"type": "string"}}, "required": ["b"]});
        assert_eq!(
            component_in("3.1.0", &schema),
            json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["b"]})
        );
        assert_eq!(component_in("3.0.0", &schema), json!({"$ref": "#/components/schemas/Base"}));
    }

    #[test]
    fn a_type_beside_a_reference_keeps_the_named_type() {
        let schema = json!({"$ref": "#/components/schemas/Base", "type": ["object", "null"]});
        assert_eq!(component(&schema), json!({"$ref": "#/components/schemas/Base", "nullable": true}));
    }
}
