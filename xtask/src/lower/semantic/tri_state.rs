//! Optional properties that may be null: three states, not two.
//!
//! Unlowered, they are one `Option`: a null in the request cannot be told from nothing, so that a PATCH cannot clear a
//! field, and an answer does not encode back as it came. Afterwards they are marked `x-tri-state`.

use serde_json::{Value, json};

use super::{flag, required, resolve, schemas, schemas_mut};
use crate::lower::Report;

/// The pass.
pub fn run(root: &mut Value, _report: &mut Report) {
    let mut found = Vec::new();
    for (name, schema) in schemas(root).into_iter().flatten() {
        let required = required(schema);
        for (property, value) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let nullable = flag(value, "nullable") || flag(resolve(root, value), "nullable");
            if nullable && !required.contains(&property.as_str()) {
                found.push((name.clone(), property.clone()));
            }
        }
    }
    let components = schemas_mut(root);
    for (name, property) in found {
        components[&name]["properties"][&property]["x-tri-state"] = json!(true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_both_optional_and_nullable_has_three_states() {
        let mut root = json!({"components": {"schemas": {
            "MaybeNull": {"type": "string", "nullable": true},
            "Patch": {"type": "object", "required": ["a"], "properties": {
                "a": {"type": "string", "nullable": true},
                "b": {"type": "string"},
                "c": {"type": "string", "nullable": true},
                "d": {"$ref": "#/components/schemas/MaybeNull"}}}}}});
        run(&mut root, &mut Report::default());
        let marked: Vec<&String> = root["components"]["schemas"]["Patch"]["properties"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(_, property)| flag(property, "x-tri-state"))
            .map(|(name, _)| name)
            .collect();
        assert_eq!(marked, ["c", "d"]);
    }
}
