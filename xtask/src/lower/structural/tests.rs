//! The passes together: that they end in the normal form, stay there, and survive whatever they are given.

use serde_json::{Map, Value, json};

use super::{Report, normal_form_violations, run};

/// `root` after all passes.
pub(super) fn lowered(mut root: Value) -> Value {
    run(&mut root, &mut Report::default());
    let violations = normal_form_violations(&root);
    assert!(violations.is_empty(), "{violations:#?}\n{root:#}");
    root
}

/// What lowering `root` reports.
pub(super) fn report(mut root: Value) -> Report {
    let mut report = Report::default();
    run(&mut root, &mut report);
    report
}

/// `schema` after all passes, as a component of a 3.1 document that also has `Base` and `Other`.
pub(super) fn component(schema: &Value) -> Value {
    component_in("3.1.0", schema)
}

/// Like [`component`], in a document of this version.
pub(super) fn component_in(version: &str, schema: &Value) -> Value {
    let root = lowered(document(version, schema));
    without_pointers(root["components"]["schemas"]["T"].clone())
}

/// The pointers of what is widened when `schema` is lowered.
pub(super) fn widened(schema: &Value) -> Vec<String> {
    report(document("3.1.0", schema)).widened.into_iter().map(|entry| entry.pointer).collect()
}

/// `value` without any `x-pointer`.
pub(super) fn without_pointers(mut value: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(entries) => {
                entries.remove("x-pointer");
                entries.values_mut().for_each(strip);
            }
            Value::Array(elements) => elements.iter_mut().for_each(strip),
            _ => {}
        }
    }
    strip(&mut value);
    value
}

fn document(version: &str, schema: &Value) -> Value {
    json!({"openapi": version, "paths": {}, "components": {"schemas": {
        "T": schema,
        "Base": {"type": "object", "properties": {"a": {"type": "string"}}},
        "Other": {"type": "object", "properties": {"o": {"type": "string"}}}
    }}})
}

#[test]
fn a_nasty_document_is_lowered_once_and_for_all() {
    let mut root = nasty();
    let mut first = Report::default();
    run(&mut root, &mut first);
    assert_eq!(normal_form_violations(&root), Vec::<String>::new());
    let once = root.clone();
    run(&mut root, &mut Report::default());
    assert_eq!(root, once);
    let mut reported = first.left_out.iter().chain(&first.widened);
    assert!(reported.all(|entry| entry.pointer.starts_with('/') && !entry.reason.is_empty()));
}

fn nasty() -> Value {
    json!({
        "openapi": "3.1.0",
        "paths": {
            "/a/{id}#fragment": {
                "parameters": [{"$ref": "#/components/parameters/Id"}, {"name": "gone", "in": "path", "schema": {}}],
                "get": {"responses": {"200": {"$ref": "#/components/responses/Ok"}, "4xx": {"content": {"text/csv": {}, "application/json": {"schema": {"$ref": "#/$defs/E"}}}}}},
                "post": {"requestBody": {"$ref": "#/components/requestBodies/B"}, "callbacks": {"c": {"{$request}": {"post": {"responses": {}}}}}}
            }
        },
        "webhooks": {"w": {"post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Tree"}}}}}}},
        "$defs": {"E": {"type": "object", "properties": {"code": {"const": "e"}, "in": {"$ref": "#/$defs/E"}}}},
        "components": {
            "parameters": {"Id": {"name": "id", "in": "path", "required": true, "schema": {"type": "string", "exclusiveMinimum": 3}}},
            "responses": {"Ok": {"description": "ok", "content": {"application/json": {"schema": {"anyOf": [{"$ref": "#/components/schemas/Tree/properties/kids/items"}, {"type": "null"}]}}}}},
            "requestBodies": {"B": {"content": {"multipart/form-data": {"schema": {"type": "object"}, "encoding": {"a": {"contentType": "x"}}}}}},
            "schemas": {
                "Tree": {"type": "object", "required": ["kids", "ghost"], "properties": {"kids": {"type": "array", "items": {"allOf": [{"$ref": "#/components/schemas/Tree"}, {"properties": {"n": true}}]}},
                    "properties": {"properties": {"$ref": {"type": "string"}}}}, "patternProperties": {"^x": {"type": ["string", "integer"]}}},
                "Pet": {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}], "properties": {"kind": {"type": "string"}}, "discriminator": {"propertyName": "kind", "mapping": {"cat": "Cat"}}},
                "Cat": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"properties": {"kind": {"const": "cat"}}}]},
                "Dog": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"properties": {"kind": {"const": "dog"}}}], "oneOf": [{"required": ["x"]}, {"required": ["y"]}]},
                "Any": {"anyOf": [{"type": "string", "enum": ["a", null]}, {"type": "string", "pattern": "b"}]},
                "Mixed": {"enum": ["a", 1, null, {"b": 1}]},
                "Nested": {"oneOf": [{"anyOf": [{"type": "integer"}, {"type": "null"}]}, {"allOf": [{"oneOf": [{"type": "boolean"}, {"type": "object", "properties": {"q": {"prefixItems": [{"type": "string"}]}}}]}]}]},
                "Loop": {"allOf": [{"$ref": "#/components/schemas/Loop2"}]},
                "Loop2": {"allOf": [{"$ref": "#/components/schemas/Loop"}, {"type": "object", "properties": {"z": {"$ref": "#/components/schemas/Loop"}}}]},
                "Never": {"not": {}, "allOf": [false, true]},
                "Self": {"$ref": "#/components/schemas/Self"}
            }
        }
    })
}

/// The innermost place where two values differ.
fn difference(a: &Value, b: &Value) -> Option<String> {
    if a == b {
        return None;
    }
    let inner = match (a, b) {
        (Value::Object(a), Value::Object(b)) if a.len() == b.len() && a.keys().all(|key| b.contains_key(key)) => {
            a.iter().find_map(|(key, a)| difference(a, &b[key]).map(|inner| format!("/{key}{inner}")))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .enumerate()
            .find_map(|(index, (a, b))| difference(a, b).map(|inner| format!("/{index}{inner}"))),
        _ => None,
    };
    Some(inner.unwrap_or_else(|| format!(": {a} became {b}")))
}

/// A generator of documents that are wrong in every way, the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[usize::try_from(self.below(from.len() as u64)).unwrap_or_default()]
    }

    fn reference(&mut self) -> String {
        let name = self.pick(&["A", "B", "C", "D", "E", "F", "G", "H"]);
        let deep =
            self.pick(&["", "", "", "", "/properties/p", "/items", "/allOf/0", "/oneOf/1", "/$defs/D", "/nowhere"]);
        format!("#/components/schemas/{name}{deep}")
    }

    fn list(&mut self, depth: u64) -> Value {
        (0..self.below(4)).map(|_| self.schema(depth)).collect()
    }

    fn schema(&mut self, depth: u64) -> Value {
        if self.below(30) == 0 {
            return [json!(true), json!(false), json!(null), json!([1]), json!("x")]
                [usize::try_from(self.below(5)).unwrap_or_default()]
            .clone();
        }
        let mut schema = Map::new();
        for _ in 0..self.below(4) {
            let leaf = depth == 0;
            let (keyword, value) = match self.below(if leaf { 20 } else { 42 }) {
                0..4 => (
                    "type",
                    json!(self.pick(&[
                        "string", "integer", "number", "boolean", "array", "object", "object", "null", "file"
                    ])),
                ),
                4 => ("type", json!([self.pick(&["string", "object"]), self.pick(&["null", "integer", "array"])])),
                5 => ("nullable", json!(self.below(2) == 0)),
                6 => ("enum", json!(["a", self.pick(&["a", "b"]), null])),
                7 => ("enum", json!([1, "a", 1.5, true])),
                8 => (
                    "const",
                    [json!("a"), json!(1), json!(null), json!(true), json!([])]
                        [usize::try_from(self.below(5)).unwrap_or_default()]
                    .clone(),
                ),
                9 => ("required", json!([self.pick(&["p", "q", "r"]), "p"])),
                10 => ("format", json!(self.pick(&["date", "int64", "byte"]))),
                11 => ("description", json!("d")),
                12 => ("exclusiveMinimum", json!(self.below(3))),
                13 => ("minimum", json!(self.below(3))),
                14 => ("$anchor", json!("D")),
                15 => ("discriminator", json!({"propertyName": "p", "mapping": {"a": self.reference(), "b": "B"}})),
                16..20 => ("$ref", json!(self.reference())),
                20..25 => {
                    let names = (0..self.below(3))
                        .map(|_| (self.pick(&["p", "q", "properties"]).to_owned(), self.schema(depth - 1)));
                    ("properties", Value::Object(names.collect()))
                }
                25 => ("additionalProperties", self.schema(depth - 1)),
                26 => ("patternProperties", json!({"^a": self.schema(depth - 1), "^b": self.schema(depth - 1)})),
                27 => ("items", self.schema(depth - 1)),
                28 => ("items", self.list(depth - 1)),
                29 => ("prefixItems", self.list(depth - 1)),
                30 => ("$defs", json!({"D": self.schema(depth - 1)})),
                31 => ("not", self.schema(depth - 1)),
                32..36 => ("oneOf", self.list(depth - 1)),
                36..38 => ("anyOf", self.list(depth - 1)),
                _ => ("allOf", self.list(depth - 1)),
            };
            schema.insert(keyword.to_owned(), value);
        }
        Value::Object(schema)
    }

    fn part(&mut self, kind: &str) -> Value {
        match self.below(6) {
            0 => json!({"$ref": format!("#/components/{kind}/{}", self.pick(&["X", "Y", "Z"]))}),
            1 => {
                json!({"content": {self.pick(&["application/json", "text/plain", "*/*"]): {"schema": self.schema(2)}}})
            }
            2 => json!({"description": "d", "content": {"text/csv": {}, "image/png": {"schema": self.schema(1)}}}),
            3 => json!({"name": "id", "in": "path", "schema": self.schema(2)}),
            4 => json!({"name": "q", "in": "query", "schema": self.schema(2)}),
            _ => json!({"headers": {"H": {"schema": self.schema(1)}}}),
        }
    }

    fn document(&mut self) -> Value {
        let schemas: Map<String, Value> = ["A", "B", "C", "D", "E", "F", "G", "H"]
            .into_iter()
            .map(|name| (name.to_owned(), self.schema(3)))
            .collect();
        let operation = json!({"parameters": [self.part("parameters"), self.part("parameters")], "requestBody": self.part("requestBodies"),
            "responses": {"200": self.part("responses"), "404": self.part("responses")}});
        json!({
            "openapi": self.pick(&["3.0.0", "3.1.0"]),
            "paths": {"/a/{id}": {"get": operation, "parameters": [self.part("parameters")]}},
            "components": {
                "schemas": schemas,
                "parameters": {"X": self.part("parameters"), "Y": self.part("parameters")},
                "requestBodies": {"X": self.part("requestBodies")},
                "responses": {"X": self.part("responses"), "Y": self.part("responses")}
            }
        })
    }
}

#[test]
fn whatever_the_document_is_it_ends_in_the_normal_form_and_stays_there() {
    let rounds = std::env::var("LOWER_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(600_u64);
    for seed in 1..=rounds {
        let given = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)).document();
        let once = lowered(given.clone());
        let mut twice = once.clone();
        run(&mut twice, &mut Report::default());
        if let Some(difference) = difference(&once, &twice) {
            panic!("seed {seed}: {difference}\n{given:#}");
        }
    }
}

#[test]
fn what_is_no_document_at_all_does_no_harm() {
    for root in [
        json!(null),
        json!([]),
        json!({}),
        json!({"paths": 1, "components": []}),
        json!({"components": {"schemas": 7}}),
        json!({"paths": {"/a": null, "/b": {"get": 1, "put": {"parameters": 7, "responses": [], "requestBody": 1}}}, "webhooks": null}),
        json!({"paths": {"/a": {"$ref": "#/paths/~1a"}, "/b": {"get": {"parameters": [1, null, {"$ref": 1}], "responses": {"200": null}}}}}),
    ] {
        lowered(root);
    }
}

#[test]
fn the_deepest_nesting_is_cut_and_not_followed() {
    let mut schema = json!({});
    for _ in 0..300 {
        schema = json!({"type": "array", "items": schema});
    }
    lowered(document("3.1.0", &schema));
}
