//! The JSON request bodies of the document, each as a schema of its own.
//!
//! A schema is taken as the document has it, before anything is lowered for the client: with `additionalProperties: false`,
//! patterns, bounds and constants. What it refers to comes along under `$defs`; what only describes stays behind.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::source::Source;
use crate::document::pointer;
use crate::lower::names::Unique;
use crate::model::{Model, Operation};

/// Keywords that hold a schema, and no other value that looks like one.
const ONE: &[&str] = &[
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];
/// Keywords that hold a list of schemas.
const LIST: &[&str] = &["allOf", "anyOf", "oneOf", "prefixItems"];
/// Keywords that hold schemas by name.
const MAP: &[&str] = &["dependentSchemas", "patternProperties", "properties"];
/// Keywords that refuse nothing, and those that give a schema a name, which a reference no longer needs here.
const LEFT_OUT: &[&str] = &[
    "$anchor",
    "$comment",
    "$defs",
    "$dynamicAnchor",
    "$id",
    "$schema",
    "default",
    "definitions",
    "deprecated",
    "description",
    "discriminator",
    "example",
    "examples",
    "externalDocs",
    "readOnly",
    "title",
    "writeOnly",
    "xml",
];

/// A JSON request body.
pub(super) struct Body {
    /// The name of its constant.
    pub(super) name: String,
    /// The operation it belongs to.
    operation: String,
    /// Its schema, as compact JSON.
    schema: String,
}

/// The JSON request body of each operation of the model, in its order.
pub(super) fn of(model: &Model, source: &Source<'_>) -> Vec<Option<Body>> {
    let mut names = Unique::default();
    let body = |operation: &Operation| {
        let (schema, at) = source.json_body(operation)?;
        let schema = bundle(source, schema, &at);
        let name = names.take(&operation.name.to_uppercase());
        Some(Body { name, operation: operation.id.clone(), schema: schema.to_string() })
    };
    model.operations.iter().map(body).collect()
}

/// The module that holds the schemas.
pub(super) fn module(bodies: &[Option<Body>]) -> String {
    let mut out =
        String::from("//! The JSON request bodies of the document, each as a JSON Schema (2020-12) of its own.\n");
    for body in bodies.iter().flatten() {
        let hashes = "#".repeat(hashes(&body.schema));
        let _ = write!(
            out,
            "\n/// The body of `{}`.\npub(super) const {}: &str = r{hashes}\"{}\"{hashes};\n",
            body.operation, body.name, body.schema
        );
    }
    out
}

/// How many `#` a raw literal of the text needs, so that it does not end in the middle.
fn hashes(text: &str) -> usize {
    let after_quote = text.split('"').skip(1);
    after_quote.map(|rest| rest.len() - rest.trim_start_matches('#').len() + 1).max().unwrap_or(1)
}

/// A schema with all it refers to.
fn bundle(source: &Source<'_>, schema: &Value, at: &str) -> Value {
    let mut bundle = Bundle { source, names: HashMap::new(), taken: Unique::default(), open: VecDeque::new() };
    let mut whole = bundle.schema(schema, at);
    let mut definitions = Map::new();
    while let Some((target, name)) = bundle.open.pop_front() {
        let found = source.at(&target).unwrap_or(&Value::Bool(true));
        definitions.insert(name, bundle.schema(found, &target));
    }
    if !definitions.is_empty() {
        whole["$defs"] = Value::Object(definitions);
    }
    whole
}

struct Bundle<'a> {
    source: &'a Source<'a>,
    /// What is referred to, by the pointer of the target, with its name under `$defs`.
    names: HashMap<String, String>,
    taken: Unique,
    /// Targets that are named but not yet defined.
    open: VecDeque<(String, String)>,
}

impl Bundle<'_> {
    /// The schema that stands at `at`, without what refuses nothing and with references into `$defs`.
    fn schema(&mut self, schema: &Value, at: &str) -> Value {
        let Value::Object(keywords) = schema else { return schema.clone() };
        let mut out = Map::new();
        for (key, value) in keywords {
            let here = pointer::join(at, key);
            let value = match (key.as_str(), value) {
                (key, _) if LEFT_OUT.contains(&key) || key.starts_with("x-") => continue,
                ("$ref" | "$dynamicRef", Value::String(reference)) => {
                    out.insert("$ref".to_owned(), self.reference(reference, &here));
                    continue;
                }
                (key, value) if ONE.contains(&key) => self.schema(value, &here),
                (key, Value::Array(schemas)) if LIST.contains(&key) => {
                    let each = schemas.iter().enumerate();
                    each.map(|(i, schema)| self.schema(schema, &format!("{here}/{i}"))).collect()
                }
                (key, Value::Object(schemas)) if MAP.contains(&key) => {
                    let each = schemas.iter();
                    each.map(|(name, schema)| (name.clone(), self.schema(schema, &pointer::join(&here, name))))
                        .collect()
                }
                (_, value) => value.clone(),
            };
            out.insert(key.clone(), value);
        }
        Value::Object(out)
    }

    fn reference(&mut self, reference: &str, at: &str) -> Value {
        // That every reference leads somewhere was checked when the document was read; `#` alone is a schema's own root.
        let target = self.source.target(reference, at).unwrap_or_default();
        if let Some(name) = self.names.get(&target) {
            return json!(format!("#/$defs/{name}"));
        }
        let last = pointer::tokens(&target).pop().unwrap_or_default();
        let plain: String =
            last.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')).collect();
        let name = self.taken.take(if plain.is_empty() { "schema" } else { &plain });
        let reference = json!(format!("#/$defs/{name}"));
        self.names.insert(target.clone(), name.clone());
        self.open.push_back((target, name));
        reference
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{self, Document};
    use crate::{lower, model};

    const ZOO: &str = r##"
openapi: 3.1.1
info: {title: Zoo, version: '1'}
paths:
  /animals:
    parameters:
      - {name: legs, in: query, schema: {type: string, pattern: '^[0-9]+$'}}
      - {name: born, in: query, schema: {$ref: '#/components/schemas/Moment'}}
    get:
      operationId: animal_list
      parameters:
        - $ref: '#/components/parameters/Kind'
        - {name: legs, in: query, schema: {type: string}}
      responses: {'200': {description: All.}}
    post:
      operationId: animal_create
      requestBody: {$ref: '#/components/requestBodies/Animal'}
      responses: {'201': {description: Created.}}
    put:
      operationId: animal_upload
      requestBody: {content: {image/png: {schema: {type: string, format: binary}}}}
      responses: {'201': {description: Uploaded.}}
components:
  parameters:
    Kind:
      name: kind
      in: query
      explode: false
      schema: {type: array, items: {anyOf: [{type: string, enum: [cat]}, {type: string, pattern: '^[a-z]+$'}]}}
  requestBodies:
    Animal: {content: {application/json; charset=utf-8: {schema: {$ref: '#/components/schemas/Animal'}}}}
  schemas:
    Moment: {type: string, format: date-time}
    Unused: {type: string}
    Animal:
      title: Animal
      description: What lives here.
      type: object
      additionalProperties: false
      required: [description]
      x-evidence: inferred
      example: {description: A cat.}
      properties:
        description: {type: string, maxLength: 9, default: A "cat"#., enum: [{description: kept}, cat]}
        tag: {type: [string, 'null'], const: cat, pattern: '"#'}
        born: {$ref: '#/components/schemas/Moment', description: When.}
        parents: {type: array, maxItems: 2, items: {$ref: '#/components/schemas/Animal'}}
        legs: {$ref: '#/components/schemas/Animal/properties/size'}
        size: {oneOf: [{type: integer, minimum: 1}, {not: {$ref: '#/$defs/Odd'}}]}
      $defs: {Odd: {title: Odd, const: -1}}
"##;

    fn zoo() -> (Document, Model) {
        let document = document::parse(ZOO).unwrap();
        let model = model::build(&lower::lower(&document).unwrap().root);
        (document, model)
    }

    fn animal() -> Value {
        let (document, model) = zoo();
        let bodies = of(&model, &Source::new(&document));
        let body = bodies.iter().flatten().find(|body| body.operation == "animal_create").unwrap();
        serde_json::from_str(&body.schema).unwrap()
    }

    #[test]
    fn a_body_keeps_what_refuses_and_brings_what_it_refers_to() {
        let odd = json!({"const": -1});
        let size = json!({"oneOf": [{"type": "integer", "minimum": 1}, {"not": {"$ref": "#/$defs/Odd"}}]});
        let whole = json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["description"],
            "properties": {
                "description": {"type": "string", "maxLength": 9, "enum": [{"description": "kept"}, "cat"]},
                "tag": {"type": ["string", "null"], "const": "cat", "pattern": "\"#"},
                "born": {"$ref": "#/$defs/Moment"},
                "parents": {"type": "array", "maxItems": 2, "items": {"$ref": "#/$defs/Animal"}},
                "legs": {"$ref": "#/$defs/size"},
                "size": size,
            },
        });
        let moment = json!({"type": "string", "format": "date-time"});
        let mut animal = animal();
        let definitions = animal.as_object_mut().unwrap().remove("$defs").unwrap();
        assert_eq!(animal, json!({"$ref": "#/$defs/Animal"}));
        assert_eq!(definitions, json!({"Animal": whole, "Moment": moment, "size": size, "Odd": odd}));
    }

    #[test]
    fn only_json_bodies_have_a_schema_and_the_row_names_it() {
        let (document, model) = zoo();
        let files = crate::emit::tables::mock(&model, &document);
        let bodies = &files["bodies.rs"];
        assert!(
            bodies.contains("/// The body of `animal_create`.\npub(super) const ANIMAL_CREATE: &str = r##\"{"),
            "{bodies}"
        );
        assert!(!bodies.contains("UPLOAD"), "{bodies}");
        let rows = &files["operations.rs"];
        assert!(rows.contains(".schema(bodies::ANIMAL_CREATE)"), "{rows}");
        syn::parse_file(bodies).unwrap();
    }

    #[test]
    fn a_filter_knows_how_its_values_are_written() {
        let (document, model) = zoo();
        let rows = &crate::emit::tables::mock(&model, &document)["operations.rs"];
        for filter in [
            "Filter::many(\"kind\").values(&[\"cat\"]).pattern(\"^[a-z]+$\")",
            "Filter::one(\"born\").format(\"date-time\")",
            // The parameter of the operation hides the one of the path, which has a pattern.
            "Filter::one(\"legs\"),",
        ] {
            assert!(rows.contains(filter), "{filter}\nis not in\n{rows}");
        }
    }

    #[test]
    fn the_document_is_there_as_it_was_written() {
        let (document, model) = zoo();
        let text = &crate::emit::tables::mock(&model, &document)["openapi.json"];
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), document.root);
        assert_eq!(text.lines().count(), 1);
    }
}
