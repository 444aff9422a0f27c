//! References to anything but schemas are replaced by what they refer to. Without it every reader of a parameter, a
//! body or a response would have to follow references, through references, wherever they lead.

use std::collections::HashMap;

use serde_json::Value;

use super::{
    Report,
    schemas::{METHODS, Object},
};
use crate::document::{Targets, pointer};

/// How many references may stand one inside the other: item, operation, response, header, example.
const ROUNDS: usize = 12;

/// How many references one may lead through.
const HOPS: usize = 32;

pub(super) fn pass(root: &mut Value, report: &mut Report) {
    trim(root, report);
    let targets = Targets::default();
    let mut places = Vec::new();
    for _ in 0..ROUNDS {
        places = references(root);
        if places.is_empty() {
            break;
        }
        // One round reads the document as it stood when the round began.
        let mut whole: HashMap<String, Option<Value>> = HashMap::new();
        for (at, text) in &places {
            whole.entry(text.clone()).or_insert_with(|| resolve(root, &targets, at, text));
        }
        for (at, text) in &places {
            let found = whole.get(text).cloned().flatten();
            let Some(Value::Object(place)) = root.pointer_mut(at) else { continue };
            place.remove("$ref");
            match found {
                Some(Value::Object(mut found)) => {
                    // What stands beside the reference is said of this place only, and wins.
                    found.extend(std::mem::take(place));
                    *place = found;
                }
                _ => report.leave_out(at.clone(), format!("the reference `{text}` leads nowhere")),
            }
        }
    }
    for (at, text) in places {
        if let Some(Value::Object(place)) = root.pointer_mut(&at)
            && place.remove("$ref").is_some()
        {
            report.leave_out(at, format!("the reference `{text}` is part of itself"));
        }
    }
    if let Some(Value::Object(components)) = root.get_mut("components") {
        components.retain(|kind, _| kind == "schemas" || kind == "securitySchemes" || kind.starts_with("x-"));
    }
}

/// Removes what is not generated before it is copied about.
fn trim(root: &mut Value, report: &mut Report) {
    let Value::Object(root) = root else { return };
    for map in ["paths", "webhooks"] {
        if let Some(Value::Object(items)) = root.get_mut(map) {
            items.values_mut().for_each(|item| trim_item(item, report));
        }
    }
    let Some(Value::Object(components)) = root.get_mut("components") else { return };
    if let Some(Value::Object(items)) = components.get_mut("pathItems") {
        items.values_mut().for_each(|item| trim_item(item, report));
    }
    components.remove("callbacks");
    for kind in ["responses", "requestBodies", "parameters", "headers"] {
        if let Some(Value::Object(parts)) = components.get_mut(kind) {
            parts.values_mut().for_each(trim_content);
        }
    }
}

fn trim_item(item: &mut Value, report: &mut Report) {
    let Value::Object(item) = item else { return };
    for method in METHODS {
        let Some(Value::Object(operation)) = item.get_mut(method) else { continue };
        if operation.remove("callbacks").is_some() {
            let at = operation.get("x-pointer").and_then(Value::as_str).unwrap_or_default();
            report.leave_out(
                pointer::join(at, "callbacks"),
                "callbacks are requests to the client's own server; none are generated",
            );
        }
        operation.remove("servers");
        if let Some(body) = operation.get_mut("requestBody") {
            trim_content(body);
        }
        if let Some(Value::Object(responses)) = operation.get_mut("responses") {
            responses.values_mut().for_each(trim_content);
        }
    }
}

fn trim_content(part: &mut Value) {
    let Value::Object(part) = part else { return };
    part.remove("links");
    if let Some(Value::Object(content)) = part.get_mut("content") {
        for media_type in content.values_mut().filter_map(Value::as_object_mut) {
            media_type.remove("example");
            media_type.remove("examples");
        }
    }
}

fn resolve(root: &Value, targets: &Targets, at: &str, text: &str) -> Option<Value> {
    let mut place = targets.resolve(root, at, text).ok()?;
    for _ in 0..HOPS {
        let found = root.pointer(&place)?.as_object()?;
        match found.get("$ref").and_then(Value::as_str) {
            Some(onward) if !found.contains_key("get") => place = targets.resolve(root, &place, onward).ok()?,
            _ => return Some(Value::Object(found.clone())),
        }
    }
    None
}

/// Where references stand, and what they say.
fn references(root: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for map in ["paths", "webhooks"] {
        for (at, item) in entries(root, "", map) {
            if take(item, &at, &mut found) {
                continue;
            }
            list(item, &at, "parameters", &mut found);
            for method in METHODS {
                let Some(operation) = item.get(method) else { continue };
                let at = pointer::join(&at, method);
                list(operation, &at, "parameters", &mut found);
                if let Some(body) = operation.get("requestBody") {
                    carrier(body, &pointer::join(&at, "requestBody"), &mut found);
                }
                for (at, response) in entries(operation, &at, "responses") {
                    carrier(response, &at, &mut found);
                }
            }
        }
    }
    for (at, scheme) in root
        .get("components")
        .map(|components| entries(components, "/components", "securitySchemes"))
        .into_iter()
        .flatten()
    {
        take(scheme, &at, &mut found);
    }
    found
}

fn carrier(part: &Value, at: &str, found: &mut Vec<(String, String)>) {
    if take(part, at, found) {
        return;
    }
    for (at, header) in entries(part, at, "headers") {
        carrier(header, &at, found);
    }
    for (at, media_type) in entries(part, at, "content") {
        if !take(media_type, &at, found) {
            for (at, encoding) in entries(media_type, &at, "encoding") {
                carrier(encoding, &at, found);
            }
        }
    }
    for (at, example) in entries(part, at, "examples") {
        take(example, &at, found);
    }
}

fn list(parent: &Value, at: &str, key: &str, found: &mut Vec<(String, String)>) {
    for (index, part) in parent.get(key).and_then(Value::as_array).into_iter().flatten().enumerate() {
        carrier(part, &format!("{at}/{key}/{index}"), found);
    }
}

/// Notes the reference at `at`, if there is one.
fn take(part: &Value, at: &str, found: &mut Vec<(String, String)>) -> bool {
    match part.get("$ref").and_then(Value::as_str) {
        Some(text) => {
            found.push((at.to_owned(), text.to_owned()));
            true
        }
        None => false,
    }
}

fn entries<'a>(parent: &'a Value, at: &str, key: &str) -> Vec<(String, &'a Value)> {
    let map: Option<&Object> = parent.get(key).and_then(Value::as_object);
    let base = pointer::join(at, key);
    map.into_iter().flatten().map(|(name, value)| (pointer::join(&base, name), value)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::lower::structural::tests::lowered;

    #[test]
    fn everything_but_schemas_is_inlined_through_any_number_of_references() {
        let root = lowered(json!({"openapi": "3.1.0",
        "paths": {"/a": {"$ref": "#/components/pathItems/P"}},
        "components": {
            "pathItems": {"P": {"get": {"parameters": [{"$ref": "#/components/parameters/Q"}],
                "responses": {"200": {"$ref": "#/components/responses/R", "description": "own"}}, "callbacks": {}}}},
            "parameters": {"Q": {"$ref": "#/components/parameters/Q2"},
                "Q2": {"name": "q", "in": "query", "schema": {"type": "string"}, "examples": {"e": {"$ref": "#/components/examples/E"}}}},
            "examples": {"E": {"value": 1}},
            "responses": {"R": {"description": "shared", "headers": {"H": {"$ref": "#/components/headers/H"}}}},
            "headers": {"H": {"schema": {"type": "integer"}}}
        }}));
        let get = &root["paths"]["/a"]["get"];
        assert_eq!(get["parameters"][0]["name"], "q");
        assert_eq!(get["parameters"][0]["examples"]["e"]["value"], 1);
        assert_eq!(get["responses"]["200"]["description"], "own");
        assert_eq!(get["responses"]["200"]["headers"]["H"]["schema"]["type"], "integer");
        assert!(
            root["components"].as_object().is_some_and(|components| components.keys().all(|kind| kind == "schemas"))
        );
    }
}
