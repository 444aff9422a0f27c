//! What holds after all passes, in a form that can be checked.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    keywords::{kind, of_kind},
    schemas::{self, METHODS, Object},
};
use crate::document::pointer;

/// Everything in `root` that is not in the normal form: one line each, beginning with its pointer. Empty after
/// [`super::run`], whatever the document was.
pub fn normal_form_violations(root: &Value) -> Vec<String> {
    let mut found = Violations { root, lines: Vec::new(), ids: HashSet::new() };
    found.expect(root.get("openapi").is_some_and(|version| version == "3.0.3"), "/openapi", "is not 3.0.3");
    found.expect(root.get("paths").is_some_and(Value::is_object), "/paths", "is missing");
    for map in ["paths", "webhooks"] {
        for (path, item) in entries(root, map) {
            found.path_item(item, &pointer::join(&pointer::join("", map), path), (map == "paths").then_some(path));
        }
    }
    if let Some(components) = root.get("components") {
        for (kind, _) in components.as_object().into_iter().flatten() {
            let kept = kind == "schemas" || kind == "securitySchemes" || kind.starts_with("x-");
            found.expect(kept, "/components", &format!("still has `{kind}`"));
        }
        for (name, schema) in entries(components, "schemas") {
            let at = pointer::join("/components/schemas", name);
            found.expect(schema.get("x-pointer").is_some_and(Value::is_string), &at, "has no `x-pointer`");
            found.schema(schema, &at, 0);
        }
    }
    found.lines
}

struct Violations<'a> {
    root: &'a Value,
    lines: Vec<String>,
    ids: HashSet<&'a str>,
}

impl<'a> Violations<'a> {
    fn expect(&mut self, holds: bool, at: &str, what: &str) {
        if !holds {
            self.lines.push(format!("{at}: {what}"));
        }
    }

    fn path_item(&mut self, item: &'a Value, at: &str, path: Option<&str>) {
        for (key, operation) in item.as_object().into_iter().flatten() {
            let at = pointer::join(at, key);
            if METHODS.contains(&key.as_str()) {
                self.operation(operation, &at, path);
            } else {
                self.expect(key.starts_with("x-"), &at, "is no method");
            }
        }
    }

    fn operation(&mut self, operation: &'a Value, at: &str, path: Option<&str>) {
        self.expect(operation.get("x-pointer").is_some_and(Value::is_string), at, "has no `x-pointer`");
        match operation.get("operationId").and_then(Value::as_str) {
            Some(id) => {
                let new = self.ids.insert(id);
                self.expect(new, at, "shares its operationId");
            }
            None => self.expect(false, at, "has no operationId"),
        }
        for key in ["callbacks", "servers"] {
            self.expect(operation.get(key).is_none(), at, &format!("still has `{key}`"));
        }
        let mut seen = HashSet::new();
        for (index, parameter) in array(operation, "parameters").iter().enumerate() {
            let at = format!("{at}/parameters/{index}");
            self.parameter(parameter, &at);
            let text = |key| parameter.get(key).and_then(Value::as_str).unwrap_or_default();
            self.expect(seen.insert((text("in"), text("name"))), &at, "is declared twice");
            if text("in") == "path" {
                let hole = format!("{{{}}}", text("name"));
                self.expect(path.is_some_and(|path| path.contains(&hole)), &at, "has no place in the path");
            }
        }
        if let Some(body) = operation.get("requestBody") {
            let at = pointer::join(at, "requestBody");
            self.expect(
                body.get("required").is_some_and(Value::is_boolean),
                &at,
                "does not say whether it is required",
            );
            self.content(body, &at, &["json", "form", "multipart", "text", "binary"]);
        }
        self.expect(operation.get("responses").is_some_and(Value::is_object), at, "has no responses");
        for (status, response) in entries(operation, "responses") {
            let at = pointer::join(&pointer::join(at, "responses"), status);
            let known =
                status == "default" || (status.len() == 3 && status.chars().all(|c| c.is_ascii_digit() || c == 'X'));
            self.expect(known, &at, "is no status");
            self.expect(response.get("description").is_some_and(Value::is_string), &at, "has no description");
            self.expect(
                response.get("links").is_none() && response.get("$ref").is_none(),
                &at,
                "has links or a reference",
            );
            self.content(response, &at, &["json", "text", "binary", "none"]);
            for (name, header) in entries(response, "headers") {
                let at = pointer::join(&pointer::join(&at, "headers"), name);
                self.required_schema(header, &at);
            }
        }
    }

    fn parameter(&mut self, parameter: &Value, at: &str) {
        for key in ["name", "in", "style"] {
            self.expect(parameter.get(key).is_some_and(Value::is_string), at, &format!("has no `{key}`"));
        }
        for key in ["required", "explode"] {
            self.expect(parameter.get(key).is_some_and(Value::is_boolean), at, &format!("has no `{key}`"));
        }
        self.required_schema(parameter, at);
        for key in parameter.as_object().into_iter().flatten().map(|(key, _)| key.as_str()) {
            let known = [
                "name",
                "in",
                "required",
                "description",
                "deprecated",
                "style",
                "explode",
                "schema",
                "example",
                "examples",
            ];
            self.expect(known.contains(&key) || key.starts_with("x-"), at, &format!("still has `{key}`"));
        }
    }

    fn content(&mut self, part: &Value, at: &str, kinds: &[&str]) {
        let kind = part.get("x-body").and_then(Value::as_str).unwrap_or_default();
        self.expect(kinds.contains(&kind), at, &format!("`x-body` is `{kind}`"));
        let content: Vec<_> = entries(part, "content").collect();
        self.expect(content.len() == usize::from(kind != "none"), at, &format!("has {} media types", content.len()));
        for (media_type, content) in content {
            let at = pointer::join(&pointer::join(at, "content"), media_type);
            self.required_schema(content, &at);
        }
    }

    fn required_schema(&mut self, part: &Value, at: &str) {
        match part.get("schema") {
            Some(schema) => self.schema(schema, &pointer::join(at, "schema"), 0),
            None => self.expect(false, at, "has no schema"),
        }
    }

    fn schema(&mut self, schema: &Value, at: &str, depth: usize) {
        let Some(schema) = schema.as_object() else { return self.expect(false, at, "is no schema") };
        if depth > 2 * schemas::MAX_DEPTH {
            return self.expect(false, at, "nests too deeply");
        }
        let kind = kind(schema);
        for keyword in schema.keys() {
            let known = schemas::is_annotation(keyword) || of_kind(kind).contains(&keyword.as_str());
            self.expect(known, at, &format!("has `{keyword}`, which is not of kind `{kind}`"));
        }
        for flag in ["nullable", "x-open-enum", "exclusiveMinimum", "exclusiveMaximum"] {
            self.expect(
                schema.get(flag).is_none_or(|value| *value == Value::Bool(true)),
                at,
                &format!("`{flag}` is not true"),
            );
        }
        match kind {
            "$ref" => {
                let name = schemas::target(schema);
                let place = name.map(|name| pointer::join("/components/schemas", name));
                let leads = place.is_some_and(|place| self.root.pointer(&place).is_some());
                self.expect(leads, at, "refers to no component");
            }
            "oneOf" => self.union(schema, at, depth),
            "string" | "integer" => self.values(schema, at, kind),
            "array" => {
                self.expect(schema.contains_key("items") || schema.contains_key("x-tuple"), at, "has no items");
                for (index, element) in schemas::list(schema, "x-tuple").iter().enumerate() {
                    self.schema(element, &format!("{at}/x-tuple/{index}"), depth + 1);
                }
                if let Some(items) = schema.get("items") {
                    self.schema(items, &pointer::join(at, "items"), depth + 1);
                }
            }
            "object" => self.object(schema, at, depth),
            _ => {}
        }
    }

    fn union(&mut self, schema: &Object, at: &str, depth: usize) {
        let branches = schemas::list(schema, "oneOf");
        self.expect(branches.len() > 1, at, "is a union of less than two");
        let mut seen = HashSet::new();
        for (index, branch) in branches.iter().enumerate() {
            let at = format!("{at}/oneOf/{index}");
            self.expect(seen.insert(branch.to_string()), &at, "is there twice");
            if let Some(branch) = branch.as_object() {
                self.expect(!schemas::is_true(branch, "nullable"), &at, "is nullable, not the union");
                self.expect(!kind(branch).is_empty(), &at, "is any value");
                let union = branch.contains_key("oneOf") && !branch.contains_key("discriminator");
                self.expect(!union, &at, "is a union in a union");
            }
            self.schema(branch, &at, depth + 1);
        }
    }

    fn values(&mut self, schema: &Object, at: &str, kind: &str) {
        let Some(values) = schema.get("enum") else { return };
        let fits = |value: &Value| if kind == "string" { value.is_string() } else { value.is_i64() || value.is_u64() };
        let values = values.as_array().map_or(&[][..], Vec::as_slice);
        let mut seen = HashSet::new();
        let sound = !values.is_empty() && values.iter().all(|value| fits(value) && seen.insert(value.to_string()));
        self.expect(sound, at, "has enum values that are not of its type, or twice");
    }

    fn object(&mut self, schema: &Object, at: &str, depth: usize) {
        let properties = schema.get("properties").and_then(Value::as_object);
        self.expect(properties.is_some() || !schema.contains_key("properties"), at, "`properties` is no object");
        let mut seen = HashSet::new();
        for name in schemas::list(schema, "required") {
            let name = name.as_str().unwrap_or_default();
            let known = properties.is_some_and(|properties| properties.contains_key(name));
            self.expect(known && seen.insert(name), at, &format!("requires `{name}`, which is no property, or twice"));
        }
        for (name, property) in properties.into_iter().flatten() {
            self.schema(property, &pointer::join(&pointer::join(at, "properties"), name), depth + 1);
        }
        match schema.get("additionalProperties") {
            None | Some(Value::Bool(_)) => {}
            Some(other) => self.schema(other, &pointer::join(at, "additionalProperties"), depth + 1),
        }
    }
}

fn entries<'a>(parent: &'a Value, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    parent.get(key).and_then(Value::as_object).into_iter().flatten()
}

fn array<'a>(parent: &'a Value, key: &str) -> &'a [Value] {
    parent.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_in_the_normal_form_is_told() {
        let root = json!({"openapi": "3.1.0", "paths": {"/a": {"get": {}}}, "components": {"responses": {}, "schemas": {
            "A": {"type": ["string", "null"]}, "B": {"allOf": []}, "C": {"oneOf": [{"$ref": "#/x"}, {"$ref": "#/x"}]},
            "D": {"type": "object", "required": ["a"]}, "E": {"type": "array"}, "F": {"type": "string", "enum": [1]}
        }}});
        let lines = normal_form_violations(&root);
        for part in [
            "3.0.3",
            "operationId",
            "`responses`",
            "`type`",
            "`allOf`",
            "no component",
            "twice",
            "requires `a`",
            "no items",
            "enum values",
        ] {
            assert!(lines.iter().any(|line| line.contains(part)), "{part}: {lines:#?}");
        }
    }
}
