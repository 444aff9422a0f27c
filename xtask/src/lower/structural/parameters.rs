//! Parameters with everything said: style, `explode`, one schema. Without it defaults that differ from place to place
//! would have to be known by every reader, and a path could have a hole that no parameter fills.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    Report, path_items,
    schemas::{self, METHODS, Object},
};
use crate::document::pointer;

pub(super) fn pass(root: &mut Value, report: &mut Report) {
    for map in ["paths", "webhooks"] {
        let Some(Value::Object(items)) = root.get_mut(map) else { continue };
        for (path, item) in items {
            let holes = if map == "paths" { holes(path) } else { Vec::new() };
            for method in METHODS {
                if let Some(Value::Object(operation)) = item.get_mut(method) {
                    settle(operation, &holes, report);
                }
            }
        }
    }
}

/// The names in the braces of a path.
fn holes(path: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = path;
    while let Some((_, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
        rest = after;
    }
    names
}

fn settle(operation: &mut Object, holes: &[&str], report: &mut Report) {
    let at = operation.get("x-pointer").and_then(Value::as_str).unwrap_or_default().to_owned();
    let at = pointer::join(&at, "parameters");
    let parameters = match operation.remove("parameters") {
        Some(Value::Array(parameters)) => parameters,
        _ => Vec::new(),
    };
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    for parameter in parameters {
        let key = path_items::key_of(&parameter);
        let Value::Object(parameter) = parameter else {
            report.leave_out(at.clone(), "this is no parameter");
            continue;
        };
        let (place, name) = (key.0.as_str(), key.1.as_str());
        if name.is_empty() || !matches!(place, "path" | "query" | "header" | "cookie") {
            report.leave_out(
                at.clone(),
                format!("the parameter `{name}` in `{place}` is not of a kind that is generated"),
            );
            continue;
        }
        // OpenAPI says that these three are to be ignored: the content and security of the operation decide them.
        if place == "header" && matches!(name, "accept" | "content-type" | "authorization") {
            continue;
        }
        if place == "path" && !holes.contains(&name) {
            report.widen(at.clone(), format!("the path has no place for the parameter `{name}`; it is left out"));
            continue;
        }
        if seen.insert(key.clone()) {
            kept.push(normal(parameter, place));
        }
    }
    for hole in holes {
        if seen.insert(("path".to_owned(), (*hole).to_owned())) {
            let declared = schemas::object([
                ("name", (*hole).into()),
                ("in", "path".into()),
                ("schema", schemas::object([("type", "string".into())])),
            ]);
            if let Value::Object(declared) = declared {
                kept.push(normal(declared, "path"));
            }
        }
    }
    operation.insert("parameters".to_owned(), Value::Array(kept));
}

fn normal(mut parameter: Object, place: &str) -> Value {
    let mut normal = Object::new();
    for key in ["name", "in"] {
        normal.extend(parameter.remove(key).map(|value| (key.to_owned(), value)));
    }
    let required = place == "path" || schemas::is_true(&parameter, "required");
    normal.insert("required".to_owned(), Value::Bool(required));
    if let Some(description @ Value::String(_)) = parameter.remove("description") {
        normal.insert("description".to_owned(), description);
    }
    if schemas::is_true(&parameter, "deprecated") {
        normal.insert("deprecated".to_owned(), Value::Bool(true));
    }
    let (styles, default): (&[&str], &str) = match place {
        "path" => (&["simple", "label", "matrix"], "simple"),
        "header" => (&["simple"], "simple"),
        "cookie" => (&["form", "cookie"], "form"),
        _ => (&["form", "spaceDelimited", "pipeDelimited", "deepObject"], "form"),
    };
    let style = parameter
        .get("style")
        .and_then(Value::as_str)
        .filter(|style| styles.contains(style))
        .unwrap_or(default)
        .to_owned();
    let explode = match parameter.get("explode") {
        Some(Value::Bool(explode)) => *explode,
        _ => style == "form",
    };
    normal.insert("style".to_owned(), style.into());
    normal.insert("explode".to_owned(), Value::Bool(explode));
    let (schema, content_type) = schema_of(&mut parameter);
    normal.insert("schema".to_owned(), schema);
    normal.extend(content_type.map(|content_type| ("x-content-type".to_owned(), content_type.into())));
    for (key, value) in parameter {
        if key == "example" || key == "examples" || key.starts_with("x-") {
            normal.entry(key).or_insert(value);
        }
    }
    Value::Object(normal)
}

/// The schema of a parameter or header, and the media type it is written in when that is not plain text.
pub(super) fn schema_of(part: &mut Object) -> (Value, Option<String>) {
    if let Some(schema @ Value::Object(_)) = part.remove("schema") {
        return (schema, None);
    }
    let content = match part.remove("content") {
        Some(Value::Object(content)) => content.into_iter().next(),
        _ => None,
    };
    match content {
        Some((media_type, Value::Object(mut content))) => {
            let schema = content.remove("schema").filter(Value::is_object).unwrap_or_else(|| schemas::object([]));
            (schema, Some(media_type))
        }
        _ => (schemas::object([("type", "string".into())]), None),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::lower::structural::tests::{lowered, report};

    fn parameters(path: &str, parameters: &Value) -> Value {
        let root = lowered(json!({"openapi": "3.0.0", "paths": {path: {"get": {"parameters": parameters}}}}));
        root["paths"][path]["get"]["parameters"].clone()
    }

    #[test]
    fn the_defaults_of_each_place_are_written_out() {
        let string = json!({"type": "string"});
        let given = ["query", "header", "cookie"].map(|place| json!({"name": "p", "in": place, "schema": string}));
        assert_eq!(
            parameters("/a", &json!(given)),
            json!([
                {"name": "p", "in": "query", "required": false, "style": "form", "explode": true, "schema": string},
                {"name": "p", "in": "header", "required": false, "style": "simple", "explode": false, "schema": string},
                {"name": "p", "in": "cookie", "required": false, "style": "form", "explode": true, "schema": string}
            ])
        );
        let given = json!([{"name": "p", "in": "query", "style": "deepObject", "allowReserved": true, "x-a": 1}]);
        assert_eq!(
            parameters("/a", &given),
            json!([{"name": "p", "in": "query", "required": false, "style": "deepObject", "explode": false, "schema": string, "x-a": 1}])
        );
    }

    #[test]
    fn parameters_by_content_have_the_schema_of_the_content() {
        let given =
            json!([{"name": "f", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}}]);
        let lowered = parameters("/a", &given);
        assert_eq!(lowered[0]["schema"], json!({"type": "object"}));
        assert_eq!(lowered[0]["x-content-type"], "application/json");
    }

    #[test]
    fn each_hole_in_a_path_has_its_parameter() {
        let given = json!([{"name": "gone", "in": "path", "schema": {"type": "string"}}, {"name": "a", "in": "path", "schema": {"type": "integer"}}]);
        let lowered = parameters("/x/{a}/{b}", &given);
        assert_eq!(lowered.as_array().map(Vec::len), Some(2));
        assert_eq!(lowered[0]["required"], true);
        assert_eq!(
            lowered[1],
            json!({"name": "b", "in": "path", "required": true, "style": "simple", "explode": false, "schema": {"type": "string"}})
        );
        let report = report(json!({"openapi": "3.0.0", "paths": {"/x/{a}": {"get": {"parameters": given}}}}));
        assert_eq!(report.widened[0].pointer, "/paths/~1x~1{a}/get/parameters");
    }

    #[test]
    fn ignored_headers_and_duplicates_are_dropped() {
        let string = json!({"type": "string"});
        let given = ["Accept", "content-type", "Authorization", "X-A", "x-a"]
            .map(|name| json!({"name": name, "in": "header", "schema": string}));
        let lowered = parameters("/a", &json!(given));
        assert_eq!(lowered.as_array().map(Vec::len), Some(1));
        assert_eq!(lowered[0]["name"], "X-A");
    }
}
