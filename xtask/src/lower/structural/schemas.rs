//! Every schema of a document, found by its position: what looks like a schema inside an example, a default or an
//! extension is none, and a property that is called `properties` or `$ref` is a property.

use serde_json::{Map, Value};

use crate::document::pointer;

/// A JSON object, in the order of the file.
pub(super) type Object = Map<String, Value>;

/// The methods an OpenAPI 3.0 path item knows.
pub(super) const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// How deep schemas may nest. Real documents stay under 20; without a limit a hostile one overflows the stack.
pub(super) const MAX_DEPTH: usize = 150;

/// Calls `visit` with each schema and its pointer, inner schemas before the ones around them.
pub(super) fn children_first(root: &mut Value, visit: &mut dyn FnMut(&mut Value, &str)) {
    Walk { visit, parents_first: false, original: true, at: String::new(), depth: 0 }.document(root);
}

/// Calls `visit` with each schema and its pointer, outer schemas before the ones in them.
pub(super) fn parents_first(root: &mut Value, visit: &mut dyn FnMut(&mut Value, &str)) {
    Walk { visit, parents_first: true, original: true, at: String::new(), depth: 0 }.document(root);
}

/// Like [`parents_first`], with pointers into the document as it is now. The others give pointers into the document
/// as it was read, by the `x-pointer` that provenance has left.
pub(super) fn parents_first_in_place(root: &mut Value, visit: &mut dyn FnMut(&mut Value, &str)) {
    Walk { visit, parents_first: true, original: false, at: String::new(), depth: 0 }.document(root);
}

/// Calls `visit` with the schemas inside the one schema at `at`, inner ones first and itself last.
pub(super) fn children_first_within(schema: &mut Value, at: &str, visit: &mut dyn FnMut(&mut Value, &str)) {
    Walk { visit, parents_first: false, original: true, at: at.to_owned(), depth: 0 }.schema(schema);
}

/// Calls `visit` with the schemas in operations and their parts, but not with the components', inner ones first.
pub(super) fn children_first_outside_components(root: &mut Value, visit: &mut dyn FnMut(&mut Value, &str)) {
    let mut walk = Walk { visit, parents_first: false, original: true, at: String::new(), depth: 0 };
    walk.parts(root);
}

/// The `$ref` of the component called `name`.
pub fn reference_to(name: &str) -> String {
    format!("#/components/schemas/{}", pointer::escape(name).replace('%', "%25"))
}

/// The component a `$ref` of the normal form names.
pub fn name_of(reference: &str) -> Option<String> {
    let pointer = pointer::of_reference(reference)?;
    let token = pointer.strip_prefix("/components/schemas/")?;
    (!token.contains('/')).then(|| pointer::unescape(token))
}

/// The component that `schema` refers to.
pub(super) fn target(schema: &Object) -> Option<String> {
    schema.get("$ref").and_then(Value::as_str).and_then(name_of)
}

/// A schema that is nothing but a reference to the component `name`.
pub(super) fn reference(name: &str) -> Value {
    object([("$ref", Value::String(reference_to(name)))])
}

/// An object of these entries.
pub(super) fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// Keywords that say something about a value without changing which values there are.
pub(super) fn is_annotation(keyword: &str) -> bool {
    matches!(
        keyword,
        "title"
            | "description"
            | "default"
            | "deprecated"
            | "readOnly"
            | "writeOnly"
            | "nullable"
            | "example"
            | "examples"
    ) || (keyword.starts_with("x-") && keyword != "x-tuple" && keyword != "x-open-enum")
}

/// Keywords that narrow the values of a type, but never its Rust type.
pub(super) fn is_constraint(keyword: &str) -> bool {
    matches!(
        keyword,
        "minLength"
            | "maxLength"
            | "pattern"
            | "minimum"
            | "maximum"
            | "exclusiveMinimum"
            | "exclusiveMaximum"
            | "multipleOf"
            | "minItems"
            | "maxItems"
            | "uniqueItems"
            | "minProperties"
            | "maxProperties"
    )
}

/// Whether the flag `keyword` is set.
pub(super) fn is_true(schema: &Object, keyword: &str) -> bool {
    schema.get(keyword) == Some(&Value::Bool(true))
}

/// The elements of a keyword that holds a list; empty when it is absent or no list.
pub(super) fn list<'a>(schema: &'a Object, keyword: &str) -> &'a [Value] {
    schema.get(keyword).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

struct Walk<'v> {
    visit: &'v mut dyn FnMut(&mut Value, &str),
    parents_first: bool,
    original: bool,
    at: String,
    depth: usize,
}

type Step<'v> = fn(&mut Walk<'v>, &mut Value);

impl<'v> Walk<'v> {
    fn document(&mut self, root: &mut Value) {
        self.only(root, "components", |walk, components| walk.entries(components, "schemas", Self::origin_schema));
        self.parts(root);
    }

    fn parts(&mut self, root: &mut Value) {
        self.only(root, "components", |walk, components| {
            walk.entries(components, "parameters", Self::carrier);
            walk.entries(components, "headers", Self::carrier);
            walk.entries(components, "requestBodies", Self::carrier);
            walk.entries(components, "responses", Self::response);
            walk.entries(components, "callbacks", Self::callback);
            walk.entries(components, "pathItems", Self::path_item);
            walk.entries(components, "mediaTypes", Self::media_type);
        });
        self.entries(root, "paths", Self::path_item);
        self.entries(root, "webhooks", Self::path_item);
    }

    fn path_item(&mut self, item: &mut Value) {
        // Callbacks hold path items, which hold callbacks.
        if self.depth > MAX_DEPTH {
            return;
        }
        self.depth += 1;
        self.elements(item, "parameters", Self::carrier);
        for method in METHODS.into_iter().chain(["query"]) {
            self.only(item, method, Self::operation);
        }
        self.entries(item, "additionalOperations", Self::operation);
        self.depth -= 1;
    }

    fn operation(&mut self, operation: &mut Value) {
        self.with_origin(operation, |walk, operation| {
            walk.elements(operation, "parameters", Self::carrier);
            walk.only(operation, "requestBody", Self::carrier);
            walk.entries(operation, "responses", Self::response);
            walk.entries(operation, "callbacks", Self::callback);
        });
    }

    fn callback(&mut self, callback: &mut Value) {
        let Value::Object(expressions) = callback else { return };
        for (expression, item) in expressions {
            if !expression.starts_with("x-") && expression != "$ref" {
                self.step(expression, item, Self::path_item);
            }
        }
    }

    fn response(&mut self, response: &mut Value) {
        self.entries(response, "headers", Self::carrier);
        self.entries(response, "content", Self::media_type);
    }

    /// A parameter, a header or a body: what has a `schema`, a `content` or both.
    fn carrier(&mut self, carrier: &mut Value) {
        self.only(carrier, "schema", Self::schema);
        self.entries(carrier, "content", Self::media_type);
    }

    fn media_type(&mut self, media_type: &mut Value) {
        self.only(media_type, "schema", Self::schema);
        self.only(media_type, "itemSchema", Self::schema);
        self.entries(media_type, "encoding", |walk, encoding| walk.entries(encoding, "headers", Self::carrier));
    }

    fn origin_schema(&mut self, schema: &mut Value) {
        self.with_origin(schema, Self::schema);
    }

    fn schema(&mut self, schema: &mut Value) {
        if self.depth > MAX_DEPTH {
            *schema = Value::Object(Object::new());
            return;
        }
        self.depth += 1;
        if self.parents_first {
            (self.visit)(schema, &self.at);
        }
        self.subschemas(schema);
        if !self.parents_first {
            (self.visit)(schema, &self.at);
        }
        self.depth -= 1;
    }

    fn subschemas(&mut self, schema: &mut Value) {
        let Value::Object(keywords) = schema else { return };
        for (keyword, value) in keywords {
            match (keyword.as_str(), value) {
                (
                    "properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas",
                    Value::Object(named),
                ) => self.step_into(keyword, |walk| {
                    for (name, schema) in named {
                        walk.step(name, schema, Self::schema);
                    }
                }),
                (
                    "allOf" | "anyOf" | "oneOf" | "prefixItems" | "x-tuple" | "items" | "additionalItems",
                    Value::Array(listed),
                ) => {
                    self.step_into(keyword, |walk| {
                        for (index, schema) in listed.iter_mut().enumerate() {
                            walk.step(&index.to_string(), schema, Self::schema);
                        }
                    });
                }
                (
                    "additionalProperties" | "unevaluatedProperties" | "unevaluatedItems" | "additionalItems",
                    Value::Bool(_),
                ) => {}
                (
                    "items"
                    | "additionalProperties"
                    | "unevaluatedProperties"
                    | "unevaluatedItems"
                    | "additionalItems"
                    | "not"
                    | "if"
                    | "then"
                    | "else"
                    | "contains"
                    | "propertyNames"
                    | "contentSchema",
                    schema,
                ) => self.step(keyword, schema, Self::schema),
                _ => {}
            }
        }
    }

    fn with_origin(&mut self, value: &mut Value, then: Step<'v>) {
        let origin = match value.get("x-pointer") {
            Some(Value::String(origin)) if self.original => origin.clone(),
            _ => return then(self, value),
        };
        let at = std::mem::replace(&mut self.at, origin);
        then(self, value);
        self.at = at;
    }

    fn only(&mut self, parent: &mut Value, key: &str, then: Step<'v>) {
        if let Some(child) = parent.get_mut(key) {
            self.step(key, child, then);
        }
    }

    fn entries(&mut self, parent: &mut Value, key: &str, then: Step<'v>) {
        let Some(Value::Object(children)) = parent.get_mut(key) else { return };
        let extensible = matches!(key, "paths" | "responses");
        self.step_into(key, |walk| {
            for (name, child) in children {
                if !(extensible && name.starts_with("x-")) {
                    walk.step(name, child, then);
                }
            }
        });
    }

    fn elements(&mut self, parent: &mut Value, key: &str, then: Step<'v>) {
        let Some(Value::Array(children)) = parent.get_mut(key) else { return };
        self.step_into(key, |walk| {
            for (index, child) in children.iter_mut().enumerate() {
                walk.step(&index.to_string(), child, then);
            }
        });
    }

    fn step(&mut self, token: &str, child: &mut Value, then: Step<'v>) {
        self.step_into(token, |walk| then(walk, child));
    }

    fn step_into(&mut self, token: &str, then: impl FnOnce(&mut Self)) {
        let length = self.at.len();
        self.at.push('/');
        if token.contains(['~', '/']) {
            self.at.push_str(&pointer::escape(token));
        } else {
            self.at.push_str(token);
        }
        then(self);
        self.at.truncate(length);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_stands_in_a_schema_position_is_a_schema() {
        let mut root = json!({
            "paths": {"/a": {"get": {"parameters": [{"schema": {"default": {"properties": {"no": {}}}}}],
                "responses": {"200": {"content": {"application/json": {"schema": {"items": {}}, "example": {"schema": {}}}}}}}}},
            "components": {"schemas": {"T": {
                "properties": {"properties": {"type": "object"}, "$ref": {"x-tuple": [{}]}},
                "additionalProperties": false, "enum": [{"items": {}}], "x-note": {"items": {}}}}}
        });
        let mut seen = Vec::new();
        parents_first(&mut root, &mut |_, at| seen.push(at.to_owned()));
        assert_eq!(
            seen,
            [
                "/components/schemas/T",
                "/components/schemas/T/properties/properties",
                "/components/schemas/T/properties/$ref",
                "/components/schemas/T/properties/$ref/x-tuple/0",
                "/paths/~1a/get/parameters/0/schema",
                "/paths/~1a/get/responses/200/content/application~1json/schema",
                "/paths/~1a/get/responses/200/content/application~1json/schema/items",
            ]
        );
    }

    #[test]
    fn names_of_any_spelling_survive_being_referred_to() {
        for name in ["Plain", "with space", "a/b", "a~b", "50%25", "#"] {
            assert_eq!(name_of(&reference_to(name)).as_deref(), Some(name));
        }
        assert_eq!(name_of("#/components/schemas/A/properties/b"), None);
    }
}
