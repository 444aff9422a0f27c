//! What makes a document unusable, found before anything is generated: one fault, the first in the order of the file.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::{DocumentError, Targets, pointer};

/// How deep a document may nest. No real one comes near, and what walks a document recurses.
pub(super) const MAX_DEPTH: usize = 400;

const METHODS: [&str; 9] = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

/// Checks that the document can be read as a whole: its references resolve, its operations are told apart and its
/// parts have the JSON type they must have.
///
/// # Errors
/// The first fault in the order of the document.
pub fn check(root: &Value) -> Result<(), DocumentError> {
    let Some(document) = root.as_object() else {
        return Err(DocumentError::at("", "an OpenAPI document is an object, this is not"));
    };
    depth(root, 0)?;
    if !["paths", "webhooks", "components"].iter().any(|part| document.contains_key(*part)) {
        return Err(DocumentError::at("", "there is nothing to generate: no `paths`, no `webhooks`, no `components`"));
    }
    let mut check = Check { root, targets: Targets::of(root), sound: HashSet::new(), operations: HashMap::new() };
    for (key, part) in document {
        let at = pointer::join("", key);
        match key.as_str() {
            "paths" => check.paths(part, &at)?,
            "webhooks" => check.each(part, &at, "a map of webhooks", Check::path_item)?,
            "components" => check.components(part, &at)?,
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn is_data(key: &str) -> bool {
    matches!(key, "example" | "examples" | "default" | "const" | "enum") || key.starts_with("x-")
}

fn depth(value: &Value, level: usize) -> Result<(), DocumentError> {
    if level > MAX_DEPTH {
        return Err(DocumentError::at("", format!("the document nests deeper than {MAX_DEPTH} levels")));
    }
    match value {
        Value::Object(entries) => entries.values().try_for_each(|value| depth(value, level + 1)),
        Value::Array(elements) => elements.iter().try_for_each(|value| depth(value, level + 1)),
        _ => Ok(()),
    }
}

struct Check<'a> {
    root: &'a Value,
    targets: Targets,
    /// The reference objects whose chain is known to end.
    sound: HashSet<String>,
    operations: HashMap<&'a str, String>,
}

type Outcome = Result<(), DocumentError>;
type Part<'a> = fn(&mut Check<'a>, &'a Value, &str) -> Outcome;

impl<'a> Check<'a> {
    fn paths(&mut self, paths: &'a Value, at: &str) -> Outcome {
        for (path, item) in entries(paths, at, "`paths`")? {
            let at = pointer::join(at, path);
            if path.starts_with("x-") {
                continue;
            }
            self.path_item(item, &at)?;
        }
        Ok(())
    }

    fn components(&mut self, components: &'a Value, at: &str) -> Outcome {
        for (kind, named) in entries(components, at, "`components`")? {
            let part: Part<'a> = match kind.as_str() {
                "schemas" => Check::schema,
                "parameters" => Check::parameter,
                "headers" => Check::body,
                "requestBodies" => Check::body,
                "responses" => Check::response,
                "callbacks" => Check::callback,
                "pathItems" => Check::path_item,
                "mediaTypes" => Check::body,
                "links" | "examples" | "securitySchemes" => Check::plain,
                _ => continue,
            };
            self.each(named, &pointer::join(at, kind), "a map of components", part)?;
        }
        Ok(())
    }

    fn path_item(&mut self, item: &'a Value, at: &str) -> Outcome {
        for (key, value) in entries(item, at, "a path item")? {
            let at = pointer::join(at, key);
            match key.as_str() {
                "$ref" => self.reference(value, &at)?,
                "parameters" => self.elements(value, &at, "an array of parameters", Check::parameter)?,
                "additionalOperations" => self.each(value, &at, "a map of operations", Check::operation)?,
                method if METHODS.contains(&method) => self.operation(value, &at)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn operation(&mut self, operation: &'a Value, at: &str) -> Outcome {
        for (key, value) in entries(operation, at, "an operation")? {
            let here = pointer::join(at, key);
            match key.as_str() {
                // What a callback calls is an operation of the client's server; its id is no name of ours.
                "operationId" if !at.contains("/callbacks/") => self.operation_id(value, at)?,
                "parameters" => self.elements(value, &here, "an array of parameters", Check::parameter)?,
                "requestBody" => self.body(value, &here)?,
                "responses" => {
                    for (status, response) in entries(value, &here, "`responses`")? {
                        if !status.starts_with("x-") {
                            self.response(response, &pointer::join(&here, status))?;
                        }
                    }
                }
                "callbacks" => self.each(value, &here, "a map of callbacks", Check::callback)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn operation_id(&mut self, id: &'a Value, at: &str) -> Outcome {
        let Some(id) = id.as_str() else {
            return Err(DocumentError::at(pointer::join(at, "operationId"), "an operationId is a string"));
        };
        match self.operations.insert(id, at.to_owned()) {
            Some(first) => Err(DocumentError::at(
                pointer::join(at, "operationId"),
                format!("the operationId `{id}` is taken by the operation at {first}"),
            )),
            None => Ok(()),
        }
    }

    fn callback(&mut self, callback: &'a Value, at: &str) -> Outcome {
        for (expression, item) in entries(callback, at, "a callback")? {
            let at = pointer::join(at, expression);
            match expression.as_str() {
                "$ref" => self.reference(item, &at)?,
                extension if extension.starts_with("x-") => {}
                _ => self.path_item(item, &at)?,
            }
        }
        Ok(())
    }

    fn parameter(&mut self, parameter: &'a Value, at: &str) -> Outcome {
        let object = entries(parameter, at, "a parameter")?;
        if !object.contains_key("$ref") {
            for key in ["name", "in"] {
                match object.get(key) {
                    Some(Value::String(_)) => {}
                    Some(_) => {
                        return Err(DocumentError::at(
                            pointer::join(at, key),
                            format!("`{key}` of a parameter is a string"),
                        ));
                    }
                    None => return Err(DocumentError::at(at, format!("this parameter has no `{key}`"))),
                }
            }
        }
        self.carrier(object, at)
    }

    /// A body, a header, a media type or an encoding.
    fn body(&mut self, body: &'a Value, at: &str) -> Outcome {
        self.carrier(entries(body, at, "what describes content")?, at)
    }

    fn response(&mut self, response: &'a Value, at: &str) -> Outcome {
        self.carrier(entries(response, at, "a response")?, at)
    }

    fn plain(&mut self, value: &'a Value, at: &str) -> Outcome {
        match value.get("$ref") {
            Some(reference) => self.reference(reference, &pointer::join(at, "$ref")),
            None => Ok(()),
        }
    }

    /// The keys that carry schemas mean the same in all that has them.
    fn carrier(&mut self, object: &'a Map<String, Value>, at: &str) -> Outcome {
        for (key, value) in object {
            let at = pointer::join(at, key);
            match key.as_str() {
                "$ref" => self.reference(value, &at)?,
                "schema" | "itemSchema" => self.schema(value, &at)?,
                "content" => self.each(value, &at, "a map of media types", Check::body)?,
                "headers" => self.each(value, &at, "a map of headers", Check::body)?,
                "encoding" => self.each(value, &at, "a map of encodings", Check::body)?,
                "links" => self.each(value, &at, "a map of links", Check::plain)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn schema(&mut self, schema: &'a Value, at: &str) -> Outcome {
        if schema.is_boolean() {
            return Ok(());
        }
        for (key, value) in entries(schema, at, "a schema")? {
            let here = || pointer::join(at, key);
            match (key.as_str(), value) {
                ("$ref" | "$dynamicRef", _) => self.reference(value, &here())?,
                ("properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas", _) => {
                    self.each(value, &here(), "a map of schemas", Check::schema)?;
                }
                ("allOf" | "anyOf" | "oneOf" | "prefixItems", _) | ("items" | "additionalItems", Value::Array(_)) => {
                    self.elements(value, &here(), "an array of schemas", Check::schema)?;
                }
                (
                    "items"
                    | "additionalItems"
                    | "additionalProperties"
                    | "unevaluatedProperties"
                    | "unevaluatedItems"
                    | "not"
                    | "if"
                    | "then"
                    | "else"
                    | "contains"
                    | "propertyNames"
                    | "contentSchema",
                    _,
                ) => self.schema(value, &here())?,
                _ => {}
            }
        }
        Ok(())
    }

    /// `at` is the place of the `$ref` itself.
    fn reference(&mut self, reference: &'a Value, at: &str) -> Outcome {
        let Some(text) = reference.as_str() else {
            return Err(DocumentError::at(at, "a reference is a string"));
        };
        let mut seen = vec![at.rsplit_once('/').map_or("", |(object, _)| object).to_owned()];
        let mut known: HashSet<String> = seen.iter().cloned().collect();
        let mut next = self.targets.resolve(self.root, at, text).map_err(|why| DocumentError::at(at, why))?;
        loop {
            if self.sound.contains(&next) {
                break;
            }
            if !known.insert(next.clone()) {
                seen.push(next);
                return Err(DocumentError::at(at, format!("a loop of references: {}", seen.join(" -> "))));
            }
            let onward = self.root.pointer(&next).and_then(|target| target.get("$ref")).and_then(Value::as_str);
            let onward = onward.map(|onward| self.targets.resolve(self.root, &next, onward));
            seen.push(next);
            match onward {
                Some(Ok(target)) => next = target,
                // A fault there is reported there.
                Some(Err(_)) => break,
                None => {
                    let end = seen.last().and_then(|end| self.root.pointer(end));
                    if !end.is_some_and(|end| end.is_object() || end.is_boolean()) {
                        let why =
                            format!("the reference `{text}` leads to something that is neither an object nor a schema");
                        return Err(DocumentError::at(at, why));
                    }
                    break;
                }
            }
        }
        self.sound.extend(seen);
        Ok(())
    }

    fn each(&mut self, map: &'a Value, at: &str, what: &str, part: Part<'a>) -> Outcome {
        entries(map, at, what)?.iter().try_for_each(|(name, value)| part(self, value, &pointer::join(at, name)))
    }

    fn elements(&mut self, list: &'a Value, at: &str, what: &str, part: Part<'a>) -> Outcome {
        match list {
            Value::Null => Ok(()),
            Value::Array(elements) => {
                elements.iter().enumerate().try_for_each(|(index, value)| part(self, value, &format!("{at}/{index}")))
            }
            other => Err(DocumentError::at(at, format!("this must be {what}, not {}", kind(other)))),
        }
    }
}

/// The entries of what is to be an object. Nothing, as YAML writes it, and `[]`, as PHP does, are an empty one.
fn entries<'a>(value: &'a Value, at: &str, what: &str) -> Result<&'a Map<String, Value>, DocumentError> {
    static EMPTY: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
    match value {
        Value::Object(entries) => Ok(entries),
        Value::Null => Ok(&EMPTY),
        Value::Array(elements) if elements.is_empty() => Ok(&EMPTY),
        other => Err(DocumentError::at(at, format!("{what} is an object, not {}", kind(other)))),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fault(root: &Value) -> (String, String) {
        check(root).err().map(|error| (error.pointer, error.message)).unwrap_or_default()
    }

    #[test]
    fn each_fault_is_reported_at_its_place() {
        for (root, at, part) in [
            (json!({"openapi": "3.1.0"}), "", "nothing to generate"),
            (json!({"paths": {"/a": [1]}}), "/paths/~1a", "a path item is an object, not a list"),
            (json!({"paths": {"/a": {"get": 1}}}), "/paths/~1a/get", "an operation is an object"),
            (json!({"paths": {"/a": {"parameters": [{"name": "x"}]}}}), "/paths/~1a/parameters/0", "no `in`"),
            (json!({"paths": {"/a": {"parameters": {}}}}), "/paths/~1a/parameters", "array of parameters"),
            (
                json!({"paths": {"/a": {"get": {"responses": {"200": "ok"}}}}}),
                "/paths/~1a/get/responses/200",
                "a response",
            ),
            (json!({"components": {"schemas": {"A": 7}}}), "/components/schemas/A", "a schema is an object"),
            (json!({"components": {"schemas": {"A": {"$ref": 7}}}}), "/components/schemas/A/$ref", "a string"),
            (json!({"components": {"schemas": {"A": {"$ref": "#/x"}}}}), "/components/schemas/A/$ref", "leads nowhere"),
            (json!({"components": {"schemas": {"A": {"$ref": "#x"}}}}), "/components/schemas/A/$ref", "leads nowhere"),
            (json!({"components": {"schemas": {"A": {"$ref": "b.yaml#/A"}}}}), "/components/schemas/A/$ref", "bundle"),
            (
                json!({"components": {"schemas": {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}}}),
                "/components/schemas/A/$ref",
                "a loop of references: /components/schemas/A -> /components/schemas/B -> /components/schemas/A",
            ),
        ] {
            let (pointer, message) = fault(&root);
            assert_eq!(pointer, at, "{message}");
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn an_operation_id_used_twice_names_both_operations() {
        let (pointer, message) = fault(&json!({
            "paths": {"/a": {"get": {"operationId": "x"}}}, "webhooks": {"w": {"post": {"operationId": "x"}}}
        }));
        assert_eq!(pointer, "/webhooks/w/post/operationId");
        assert!(message.contains("/paths/~1a/get"), "{message}");
    }

    #[test]
    fn what_is_data_is_not_read_as_references() {
        let root = json!({"components": {"schemas": {"A": {
            "example": {"$ref": 1}, "default": {"$ref": "#/x"}, "enum": [{"$ref": "#/x"}], "x-a": {"$ref": "#/x"},
            "properties": {"$ref": {"type": "string"}, "default": {"$ref": "#/components/schemas/A"}}
        }}}});
        assert_eq!(check(&root), Ok(()));
    }

    #[test]
    fn references_resolve_by_anchor_by_id_to_own_definitions_and_through_references() {
        let root = json!({"components": {
            "schemas": {
                "A": {"$id": "https://x/a", "$defs": {"D": {"$anchor": "d"}}, "items": {"$ref": "#/$defs/D"}},
                "B": {"items": {"$ref": "#d"}, "not": {"$ref": "https://x/a#/$defs/D"}},
                "C": {"$ref": "#/components/schemas/A"},
                "E": {"$ref": "#/components/schemas/C/items"}
            }}, "paths": {}});
        assert_eq!(check(&root), Ok(()));
        let targets = Targets::of(&root);
        let resolve = |text| targets.resolve(&root, "/components/schemas/A/items", text);
        assert_eq!(resolve("#/components/schemas/C/items").as_deref(), Ok("/components/schemas/A/items"));
        assert_eq!(resolve("#/$defs/D").as_deref(), Ok("/components/schemas/A/$defs/D"));
    }
}
