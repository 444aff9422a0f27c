//! Each operation stands for itself: with the parameters of its path, an id, and nothing that is not generated. Without
//! it a path-level parameter is forgotten, and an operation without `operationId` has no name.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    Report,
    schemas::{METHODS, Object},
};
use crate::document::pointer;

pub(super) fn pass(root: &mut Value, report: &mut Report) {
    let Value::Object(root) = root else { return };
    if !root.get("paths").is_some_and(Value::is_object) {
        root.insert("paths".to_owned(), Value::Object(Object::new()));
    }
    if root.get("webhooks").is_some_and(|webhooks| !webhooks.is_object()) {
        root.remove("webhooks");
    }
    let mut given: HashSet<String> = HashSet::new();
    for map in ["paths", "webhooks"] {
        let Some(Value::Object(items)) = root.get_mut(map) else { continue };
        items.retain(|name, item| item.is_object() && !(map == "paths" && name.starts_with("x-")));
        for (name, item) in items {
            let at = pointer::join(&pointer::join("", map), name);
            if let Value::Object(item) = item {
                settle(item, &at, report);
                keep_ids(item, &mut given);
            }
        }
    }
    for map in ["paths", "webhooks"] {
        let Some(Value::Object(items)) = root.get_mut(map) else { continue };
        for (name, item) in items {
            for method in METHODS {
                let Some(Value::Object(operation)) = item.get_mut(method) else { continue };
                if !operation.contains_key("operationId") {
                    operation.insert("operationId".to_owned(), derive(method, name, &mut given).into());
                }
            }
        }
    }
}

fn settle(item: &mut Object, at: &str, report: &mut Report) {
    if item.remove("query").is_some() {
        report.leave_out(pointer::join(at, "query"), "the method QUERY is of OpenAPI 3.2; it is not generated");
    }
    if let Some(Value::Object(more)) = item.remove("additionalOperations") {
        for method in more.keys() {
            let at = pointer::join(&pointer::join(at, "additionalOperations"), method);
            report.leave_out(at, format!("the method {method} is of OpenAPI 3.2; it is not generated"));
        }
    }
    let shared = match item.remove("parameters") {
        Some(Value::Array(shared)) => shared,
        _ => Vec::new(),
    };
    item.retain(|key, value| (METHODS.contains(&key.as_str()) && value.is_object()) || key.starts_with("x-"));
    for method in METHODS {
        let Some(Value::Object(operation)) = item.get_mut(method) else { continue };
        for key in ["callbacks", "servers"] {
            operation.remove(key);
        }
        let mut parameters = match operation.remove("parameters") {
            Some(Value::Array(own)) => own,
            _ => Vec::new(),
        };
        let own: HashSet<_> = parameters.iter().map(key_of).collect();
        let inherited: Vec<Value> =
            shared.iter().filter(|parameter| !own.contains(&key_of(parameter))).cloned().collect();
        parameters.extend(inherited);
        operation.insert("parameters".to_owned(), Value::Array(parameters));
        if !operation.get("responses").is_some_and(Value::is_object) {
            operation.insert("responses".to_owned(), Value::Object(Object::new()));
        }
    }
}

/// What tells parameters apart. Header names do not tell case.
pub(super) fn key_of(parameter: &Value) -> (String, String) {
    let text = |key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let place = text("in");
    let name = if place == "header" { text("name").to_ascii_lowercase() } else { text("name") };
    (place, name)
}

/// Ids that cannot be kept, being no names or taken by the same path item elsewhere, are derived like missing ones.
fn keep_ids(item: &mut Object, given: &mut HashSet<String>) {
    for method in METHODS {
        let Some(Value::Object(operation)) = item.get_mut(method) else { continue };
        let usable = match operation.get("operationId") {
            Some(Value::String(id)) => id.chars().any(char::is_alphanumeric) && given.insert(id.clone()),
            _ => false,
        };
        if !usable {
            operation.remove("operationId");
        }
    }
}

fn derive(method: &str, path: &str, given: &mut HashSet<String>) -> String {
    let words = path.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let stem = std::iter::once(method).chain(words).collect::<Vec<_>>().join("_");
    let mut id = stem.clone();
    let mut number = 2_usize;
    while !given.insert(id.clone()) {
        id = format!("{stem}_{number}");
        number += 1;
    }
    id
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::lower::structural::tests::{lowered, report};

    #[test]
    fn parameters_of_the_path_belong_to_its_operations_and_theirs_win() {
        let parameter =
            |name, text| json!({"name": name, "in": "query", "description": text, "schema": {"type": "string"}});
        let root = lowered(json!({"openapi": "3.0.0", "paths": {"/a": {
            "summary": "s", "servers": [], "parameters": [parameter("p", "path"), parameter("q", "path")],
            "get": {"parameters": [parameter("p", "own")], "servers": []}}}}));
        let item = &root["paths"]["/a"];
        assert_eq!(item["get"]["parameters"][0]["description"], "own");
        assert_eq!(item["get"]["parameters"][1]["description"], "path");
        assert_eq!(item["get"]["responses"], json!({}));
        assert!(
            item.get("parameters").is_none() && item.get("summary").is_none() && item["get"].get("servers").is_none()
        );
    }

    #[test]
    fn operations_without_an_id_get_one_of_their_own() {
        let root = lowered(json!({"openapi": "3.0.0", "paths": {
            "/a/{b}/c": {"get": {}}, "/a-b": {"get": {"operationId": "get_a_b_c"}, "put": {"operationId": "--"}}}}));
        assert_eq!(root["paths"]["/a/{b}/c"]["get"]["operationId"], "get_a_b_c_2");
        assert_eq!(root["paths"]["/a-b"]["put"]["operationId"], "put_a_b");
    }

    #[test]
    fn a_path_item_used_twice_has_two_operations() {
        let root = lowered(
            json!({"openapi": "3.1.0", "paths": {"/a": {"$ref": "#/components/pathItems/P"}, "/b": {"$ref": "#/components/pathItems/P"}},
            "components": {"pathItems": {"P": {"get": {"operationId": "x"}}}}}),
        );
        assert_eq!(root["paths"]["/a"]["get"]["operationId"], "x");
        assert_eq!(root["paths"]["/b"]["get"]["operationId"], "get_b");
    }

    #[test]
    fn methods_of_later_versions_are_left_out() {
        let document =
            json!({"openapi": "3.2.0", "paths": {"/a": {"query": {}, "additionalOperations": {"LINK": {}}}}});
        assert_eq!(lowered(document.clone())["paths"], json!({"/a": {}}));
        let left_out: Vec<_> = report(document).left_out.into_iter().map(|entry| entry.pointer).collect();
        assert_eq!(left_out, ["/paths/~1a/query", "/paths/~1a/additionalOperations/LINK"]);
    }
}
