//! `anyOf: [{required: [a]}, {required: [b]}]`: alternatives that only demand properties are no alternatives of type.
//! Without it each would become a variant of its own with properties of unknown type.

use serde_json::Value;

use super::{
    Report,
    schemas::{self, Object},
};

pub(super) fn pass(root: &mut Value, _report: &mut Report) {
    schemas::parents_first(root, &mut |schema, _| {
        let Value::Object(schema) = schema else { return };
        for keyword in ["anyOf", "oneOf"] {
            let branches = schemas::list(schema, keyword);
            if !branches.is_empty() && branches.iter().all(|branch| branch.as_object().is_some_and(only_requires)) {
                schema.remove(keyword);
            }
        }
    });
}

/// Whether a branch says nothing of what a value looks like, only what must or must not be there.
fn only_requires(branch: &Object) -> bool {
    let demands = ["required", "not", "minProperties", "maxProperties", "dependentRequired", "if"];
    branch
        .keys()
        .any(|keyword| demands.contains(&keyword.as_str()) || matches!(keyword.as_str(), "anyOf" | "oneOf" | "allOf"))
        && branch.iter().all(|(keyword, value)| match keyword.as_str() {
            "type" => value == "object",
            "anyOf" | "oneOf" | "allOf" => value
                .as_array()
                .is_some_and(|inner| inner.iter().all(|inner| inner.as_object().is_some_and(only_requires))),
            "then" | "else" => true,
            "properties" => value.as_object().is_some_and(|named| named.values().all(says_nothing)),
            keyword => demands.contains(&keyword) || schemas::is_annotation(keyword),
        })
}

fn says_nothing(schema: &Value) -> bool {
    schema.as_object().is_some_and(|schema| {
        !schema.is_empty() && schema.keys().all(|keyword| keyword == "not" || keyword == "x-never")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::lower::structural::tests::component;

    #[test]
    fn alternatives_of_required_names_are_no_union() {
        let schema = json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
            "anyOf": [{"required": ["a"]}, {"required": ["b"], "not": {"required": ["a"]}}]});
        assert_eq!(
            component(&schema),
            json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}})
        );
    }
}
