//! Every required name is a property. Without it a property that is only demanded would be missing from the type,
//! and could not be sent. After `allOf`, because a name may be demanded in one branch and declared in another.

use serde_json::Value;

use super::{
    Report,
    schemas::{self, Object},
};

pub(super) fn pass(root: &mut Value, _report: &mut Report) {
    schemas::children_first(root, &mut |schema, _| {
        let Value::Object(schema) = schema else { return };
        if schema.get("type").and_then(Value::as_str) != Some("object") {
            return;
        }
        let names: Vec<String> =
            schemas::list(schema, "required").iter().filter_map(Value::as_str).map(str::to_owned).collect();
        if names.is_empty() {
            return;
        }
        let properties = schema.entry("properties").or_insert_with(|| Value::Object(Object::new()));
        if let Value::Object(properties) = properties {
            for name in names {
                properties.entry(name).or_insert_with(|| schemas::object([]));
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::lower::structural::tests::component;

    #[test]
    fn a_name_that_is_only_required_is_a_property_of_any_type() {
        let schema = json!({"required": ["b"], "properties": {"a": {"type": "string"}}});
        assert_eq!(
            component(&schema),
            json!({"type": "object", "required": ["b"], "properties": {"a": {"type": "string"}, "b": {}}})
        );
    }
}
