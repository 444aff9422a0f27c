//! `oneOf [full forms…, {id}]`: a resource that may stand as its id alone.
//!
//! Unlowered, every such component is an untagged enum, in the answer to "show me this contact" too, where it is always
//! the full form. Afterwards the component is its full form, and the references to it are marked `x-expandable`, save
//! those in envelopes (the answers of operations and the payloads of events), which always carry the full form.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::{content, flag, operations, resolve, schemas, schemas_mut, target, text};
use crate::lower::Report;

/// The pass.
pub fn run(root: &mut Value, _report: &mut Report) {
    let resources = unfold_resources(root);
    let unions = mark_resource_unions(root, &resources);
    if resources.is_empty() {
        return;
    }
    let envelopes = envelopes(root, &resources);
    for (name, schema) in schemas_mut(root) {
        if !envelopes.contains(name) {
            mark_references(schema, &resources, &unions);
        }
    }
}

/// Replaces each expandable component by its full form. Returns their names.
fn unfold_resources(root: &mut Value) -> HashSet<String> {
    let mut unfolded = Map::new();
    for (name, schema) in schemas(root).into_iter().flatten() {
        let Some(branches) = schema.get("oneOf").and_then(Value::as_array) else { continue };
        let (short, full): (Vec<&Value>, Vec<&Value>) = branches.iter().partition(|branch| is_id_only(root, branch));
        if short.len() != 1 || full.is_empty() || !full.iter().all(|branch| has_id(root, branch)) {
            continue;
        }
        let mut resource = match full.as_slice() {
            [one] => (*one).clone(),
            several => json!({ "oneOf": several }),
        };
        for (key, value) in schema.as_object().into_iter().flatten() {
            if key != "oneOf" {
                resource[key] = value.clone();
            }
        }
        resource["x-resource"] = json!(true);
        unfolded.insert(name.clone(), resource);
    }
    let names = unfolded.keys().cloned().collect();
    if !unfolded.is_empty() {
        schemas_mut(root).extend(unfolded);
    }
    names
}

/// Marks the unions of nothing but resources: expanding such a reference gives one of several kinds. Returns the
/// names of those that are components.
fn mark_resource_unions(root: &mut Value, resources: &HashSet<String>) -> HashSet<String> {
    let mut names = HashSet::new();
    for (name, schema) in schemas_mut(root) {
        if !resources.contains(name) && is_resource_union(schema, resources) {
            schema["x-resource"] = json!(true);
            schema["x-resource-union"] = json!(true);
            names.insert(name.clone());
        }
    }
    names
}

fn mark_references(schema: &mut Value, resources: &HashSet<String>, unions: &HashSet<String>) {
    if flag(schema, "x-resource-union") {
        return;
    }
    if is_resource_union(schema, resources) && !flag(schema, "x-resource") {
        schema["x-resource"] = json!(true);
        schema["x-resource-union"] = json!(true);
        schema["x-expandable"] = json!(true);
        return;
    }
    if target(schema).is_some_and(|name| resources.contains(name) || unions.contains(name)) {
        schema["x-expandable"] = json!(true);
    }
    // A component that is a union of full forms holds them by value.
    let by_value = flag(schema, "x-resource") && schema.get("oneOf").is_some();
    if !by_value {
        for (_, child) in super::children_mut(schema) {
            mark_references(child, resources, unions);
        }
    }
}

/// The components that stand as the whole answer of an operation or the whole payload of an event.
fn envelopes(root: &Value, resources: &HashSet<String>) -> HashSet<String> {
    let mut names = HashSet::new();
    for section in ["paths", "webhooks"] {
        for (_, _, operation) in operations(root, section) {
            let responses = operation.get("responses").and_then(Value::as_object).into_iter().flatten().map(|(_, r)| r);
            let body = operation.get("requestBody").filter(|_| section == "webhooks");
            for holder in responses.chain(body) {
                let name = content(holder).and_then(|(_, schema)| target(schema));
                names.extend(name.filter(|name| !resources.contains(*name)).map(str::to_owned));
            }
        }
    }
    names
}

fn is_resource_union(schema: &Value, resources: &HashSet<String>) -> bool {
    schema.get("oneOf").and_then(Value::as_array).is_some_and(|branches| {
        branches.len() > 1 && branches.iter().all(|b| target(b).is_some_and(|name| resources.contains(name)))
    })
}

fn is_id_only(root: &Value, schema: &Value) -> bool {
    let schema = resolve(root, schema);
    text(schema, "type") == Some("object")
        && schema
            .get("properties")
            .and_then(Value::as_object)
            .is_some_and(|properties| properties.len() == 1 && properties.contains_key("id"))
}

fn has_id(root: &Value, schema: &Value) -> bool {
    resolve(root, schema).pointer("/properties/id").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        let resource = |prefix: &str| {
            json!({"oneOf": [
                {"type": "object", "required": ["id"], "properties": {
                    "id": {"type": "string", "pattern": format!("^{prefix}_")}, "owner": {"$ref": "#/components/schemas/Person"}}},
                {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
            ]})
        };
        json!({
            "paths": {"/a": {"get": {"responses": {"200": {"content": {"application/json": {"schema":
                {"$ref": "#/components/schemas/person_single"}}}}}}}},
            "components": {"schemas": {
                "Person": resource("per"), "Robot": resource("rob"),
                "Creator": {"oneOf": [{"$ref": "#/components/schemas/Person"}, {"$ref": "#/components/schemas/Robot"}]},
                "person_single": {"type": "object", "properties": {"person": {"$ref": "#/components/schemas/Person"}}},
                "Note": {"type": "object", "properties": {"by": {"$ref": "#/components/schemas/Creator"}}},
            }},
        })
    }

    #[test]
    fn a_resource_becomes_its_full_form() {
        let mut root = document();
        run(&mut root, &mut Report::default());
        let person = &root["components"]["schemas"]["Person"];
        assert_eq!(person["type"], "object");
        assert!(person.get("oneOf").is_none());
        assert!(flag(person, "x-resource"));
    }

    #[test]
    fn references_are_expandable_and_envelopes_are_not() {
        let mut root = document();
        run(&mut root, &mut Report::default());
        let schemas = &root["components"]["schemas"];
        assert!(flag(&schemas["Person"]["properties"]["owner"], "x-expandable"));
        assert!(!flag(&schemas["person_single"]["properties"]["person"], "x-expandable"));
    }

    #[test]
    fn a_reference_to_several_kinds_is_expandable_as_a_whole() {
        let mut root = document();
        run(&mut root, &mut Report::default());
        let schemas = &root["components"]["schemas"];
        assert!(flag(&schemas["Creator"], "x-resource-union"));
        assert!(flag(&schemas["Note"]["properties"]["by"], "x-expandable"));
        assert!(!flag(&schemas["Creator"]["oneOf"][0], "x-expandable"));
    }
}
