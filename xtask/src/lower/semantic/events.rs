//! `webhooks:`: what the service sends by itself.
//!
//! Unlowered, the whole section is ignored. Afterwards each payload is a component, and `x-events` at the root lists
//! them, with the place inside the payload whose constant tells them apart, if there is one.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Value, json};

use super::{constant, content_schema_mut, operations_mut, reference, resolve, schemas, schemas_mut, target, text};
use crate::lower::names::{Unique, pascal};
use crate::lower::structural::{LeftOut, Report};

/// The pass.
pub fn run(root: &mut Value, report: &mut Report) {
    let mut names = Unique::default();
    for name in schemas(root).into_iter().flatten().map(|(name, _)| name) {
        names.take(name);
    }
    let mut events = Vec::new();
    let mut components = Vec::new();
    for operation in operations_mut(root, "webhooks") {
        let pointer = text(operation.value, "x-pointer").unwrap_or_default().to_owned();
        let Some(body) = operation.value.get_mut("requestBody").filter(|body| text(body, "x-body") == Some("json"))
        else {
            report.widened.push(LeftOut { pointer, reason: "an event without a JSON payload has no type".to_owned() });
            continue;
        };
        let Some(schema) = content_schema_mut(body) else { continue };
        let name = match target(schema) {
            Some(name) => name.to_owned(),
            None => {
                let name = names.take(&format!("{}Payload", pascal(&operation.path)));
                components.push((name.clone(), std::mem::replace(schema, reference(&name))));
                name
            }
        };
        events.push(json!({
            "name": operation.path,
            "schema": name,
            "summary": operation.value.get("summary"),
            "description": operation.value.get("description"),
            "x-evidence": operation.value.get("x-evidence"),
            "x-pointer": pointer,
        }));
    }
    if events.is_empty() {
        return;
    }
    schemas_mut(root).extend(components);
    let path = telling_path(root, &events);
    if let Some(path) = &path {
        for event in &mut events {
            let payload = event["schema"].as_str().unwrap_or_default().to_owned();
            let value = constants(root, &reference(&payload)).remove(path);
            event["value"] = json!(value);
            mark_constant(root, &payload, path);
        }
    }
    root["x-events"] = json!({ "path": path, "events": events });
}

/// The shortest path at which every payload has a constant, all of them different.
fn telling_path(root: &Value, events: &[Value]) -> Option<Vec<String>> {
    let found: Vec<_> =
        events.iter().map(|event| constants(root, &reference(event["schema"].as_str().unwrap_or_default()))).collect();
    let mut paths: BTreeSet<&Vec<String>> = found.first()?.keys().collect();
    paths.retain(|path| {
        let mut values = HashSet::new();
        found.iter().all(|constants| constants.get(*path).is_some_and(|value| values.insert(value)))
    });
    paths.into_iter().min_by_key(|path| (path.len(), (*path).clone())).cloned()
}

/// Every constant of a payload by its path, up to four levels deep.
fn constants(root: &Value, schema: &Value) -> BTreeMap<Vec<String>, String> {
    let mut out = BTreeMap::new();
    collect(root, schema, &mut Vec::new(), &mut out);
    out
}

fn collect(root: &Value, schema: &Value, path: &mut Vec<String>, out: &mut BTreeMap<Vec<String>, String>) {
    let schema = resolve(root, schema);
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        path.push(name.clone());
        if let Some(value) = constant(resolve(root, property)) {
            out.insert(path.clone(), value.to_owned());
        } else if path.len() < 4 && text(resolve(root, property), "type") == Some("object") {
            collect(root, property, path, out);
        }
        path.pop();
    }
}

/// Marks the constant at `path` as one that tells variants apart, where it stands inline.
fn mark_constant(root: &mut Value, payload: &str, path: &[String]) {
    let Some(mut schema) = schemas_mut(root).get_mut(payload) else { return };
    for key in path {
        match schema.get_mut("properties").and_then(|properties| properties.get_mut(key)) {
            Some(next) => schema = next,
            None => return,
        }
    }
    if let Some(value) = constant(schema).map(str::to_owned) {
        schema["x-constant"] = json!(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(kind: &str) -> Value {
        json!({"post": {"summary": "s", "requestBody": {"x-body": "json", "content": {"application/json": {"schema":
            {"type": "object", "properties": {"event": {"type": "object", "properties": {
                "version": {"type": "string", "enum": ["1"]}, "type": {"type": "string", "enum": [kind]}}}}}}}}}})
    }

    #[test]
    fn payloads_become_components_told_apart_by_their_constant() {
        let mut root = json!({"webhooks": {"contact.created": payload("contact.created"), "contact.gone": payload("contact.gone")}});
        run(&mut root, &mut Report::default());
        assert_eq!(root["x-events"]["path"], json!(["event", "type"]));
        assert_eq!(root["x-events"]["events"][1]["value"], "contact.gone");
        let tag = &root["components"]["schemas"]["ContactCreatedPayload"]["properties"]["event"]["properties"]["type"];
        assert_eq!(tag["x-constant"], "contact.created");
    }

    #[test]
    fn without_a_telling_constant_the_name_of_the_webhook_must_do() {
        let mut root = json!({"webhooks": {"a": payload("same"), "b": payload("same")}});
        run(&mut root, &mut Report::default());
        assert!(root["x-events"]["path"].is_null());
        assert_eq!(root["x-events"]["events"][0]["schema"], "APayload");
    }
}
