//! Parameters: how each is written on the wire.
//!
//! Unlowered, an array is sent as repeated keys whatever its style says, an object loses its name, and cookies, `content`
//! and the styles of paths are refused. Afterwards each parameter is marked `x-wire` with one of a few ways to write it.

use serde_json::{Value, json};

use super::{flag, is_struct, operations_mut, resolve, text};
use crate::lower::structural::{LeftOut, Report};

/// The pass.
pub fn run(root: &mut Value, report: &mut Report) {
    let frozen = json!({ "components": root.get("components") });
    for operation in operations_mut(root, "paths") {
        let pointer = text(operation.value, "x-pointer").unwrap_or_default().to_owned();
        let Some(parameters) = operation.value.get_mut("parameters").and_then(Value::as_array_mut) else { continue };
        parameters.retain(|parameter| {
            let name = text(parameter, "name").unwrap_or_default();
            let usable = text(parameter, "in") != Some("header") || is_token(name);
            if !usable {
                let reason = format!("`{name}` cannot be the name of a header; the parameter is left out");
                report.widened.push(LeftOut { pointer: pointer.clone(), reason });
            }
            usable
        });
        for parameter in parameters {
            let wire = wire(&frozen, parameter);
            parameter["x-wire"] = json!(wire);
        }
    }
}

fn wire(root: &Value, parameter: &Value) -> &'static str {
    let Some(schema) = parameter.get("schema") else { return "plain" };
    let schema = resolve(root, schema);
    let explode = flag(parameter, "explode");
    let style = text(parameter, "style").unwrap_or_default();
    let place = text(parameter, "in").unwrap_or_default();
    if place == "query" && text(parameter, "x-content-type").is_some() {
        return "json";
    }
    let is_list = text(schema, "type") == Some("array") && schema.get("x-tuple").is_none();
    let is_scalar_list = is_list && schema.get("items").is_some_and(|items| is_scalar(resolve(root, items)));
    if is_scalar(schema) {
        return match (place, style) {
            ("path", "label") => "label",
            ("path", "matrix") => "matrix",
            _ => "plain",
        };
    }
    match (place, style) {
        ("path", "label") if is_scalar_list => "label-list",
        ("path", "matrix") if is_scalar_list => "matrix-list",
        ("path" | "header" | "cookie", _) if is_scalar_list => "comma",
        ("path" | "header" | "cookie", _) => "text",
        ("query", "spaceDelimited") if is_scalar_list && !explode => "space",
        ("query", "pipeDelimited") if is_scalar_list && !explode => "pipe",
        ("query", _) if is_scalar_list && !explode => "comma",
        ("query", _) if is_scalar_list => "repeat",
        ("query", "deepObject") => "deep",
        ("query", _) if explode || is_list => "form",
        ("query", _) if is_struct(schema) || text(schema, "type") == Some("object") => "comma-object",
        _ => "form",
    }
}

/// Whether a value of the schema is one word on the wire.
pub fn is_scalar(schema: &Value) -> bool {
    matches!(text(schema, "type"), Some("string" | "integer" | "number" | "boolean"))
}

/// Whether a text can be the name of a header (RFC 9110, token).
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire_of(parameter: Value) -> String {
        let mut root = json!({"paths": {"/a": {"get": {"parameters": [parameter]}}}});
        run(&mut root, &mut Report::default());
        root["paths"]["/a"]["get"]["parameters"][0]["x-wire"].as_str().unwrap_or("left out").to_owned()
    }

    #[test]
    fn style_and_type_decide_how_a_parameter_is_written() {
        let list = json!({"type": "array", "items": {"type": "string"}});
        let map = json!({"type": "object", "additionalProperties": {"type": "string"}});
        for (parameter, expected) in [
            (json!({"name": "a", "in": "query", "style": "form", "explode": false, "schema": list}), "comma"),
            (json!({"name": "a", "in": "query", "style": "form", "explode": true, "schema": list}), "repeat"),
            (json!({"name": "a", "in": "query", "style": "pipeDelimited", "explode": false, "schema": list}), "pipe"),
            (json!({"name": "a", "in": "query", "style": "deepObject", "explode": true, "schema": map}), "deep"),
            (json!({"name": "a", "in": "query", "style": "form", "explode": false, "schema": map}), "comma-object"),
            (json!({"name": "a", "in": "query", "x-content-type": "application/json", "schema": map}), "json"),
            (json!({"name": "a", "in": "header", "style": "simple", "schema": list}), "comma"),
            (json!({"name": "a", "in": "path", "style": "matrix", "schema": {"type": "string"}}), "matrix"),
            (json!({"name": "a", "in": "cookie", "style": "form", "schema": {"type": "string"}}), "plain"),
            (json!({"name": "a b", "in": "header", "style": "simple", "schema": {"type": "string"}}), "left out"),
        ] {
            assert_eq!(wire_of(parameter.clone()), expected, "{parameter}");
        }
    }
}
