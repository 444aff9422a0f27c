//! Operations and components remember where they stood in the document as it was read. Without it whoever reports
//! on them later, when parts were inlined and moved, could only point at a document that no user has.

use serde_json::Value;

use super::{Report, schemas::METHODS};
use crate::document::pointer;

pub(super) fn pass(root: &mut Value, _report: &mut Report) {
    for (base, map) in
        [("/paths", "/paths"), ("/webhooks", "/webhooks"), ("/components/pathItems", "/components/pathItems")]
    {
        let Some(Value::Object(items)) = root.pointer_mut(map) else { continue };
        for (name, item) in items {
            let at = pointer::join(base, name);
            for method in METHODS {
                if let Some(operation) = item.get_mut(method) {
                    mark(operation, &pointer::join(&at, method));
                }
            }
        }
    }
    if let Some(Value::Object(schemas)) = root.pointer_mut("/components/schemas") {
        for (name, schema) in schemas {
            mark(schema, &pointer::join("/components/schemas", name));
        }
    }
}

fn mark(value: &mut Value, at: &str) {
    if let Value::Object(object) = value {
        object.entry("x-pointer").or_insert_with(|| Value::String(at.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::lower::structural::tests::lowered;

    #[test]
    fn operations_and_components_carry_their_first_place() {
        let root = lowered(json!({
            "openapi": "3.1.0",
            "paths": {"/a": {"$ref": "#/components/pathItems/P"}},
            "webhooks": {"w": {"post": {}}},
            "components": {"pathItems": {"P": {"get": {}}}, "schemas": {"A b": true}}
        }));
        assert_eq!(root["paths"]["/a"]["get"]["x-pointer"], "/components/pathItems/P/get");
        assert_eq!(root["webhooks"]["w"]["post"]["x-pointer"], "/webhooks/w/post");
        assert_eq!(root["components"]["schemas"]["A b"]["x-pointer"], "/components/schemas/A b");
    }
}
