//! Every example and default is true to its schema, and every reusable schema has an example.

use serde_json::Value;

use super::context::{Context, entries};
use super::validation::{Case, validate};
use super::walk::Kind;
use super::{Finding, Rule};
use crate::document::pointer::join;

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "example-valid",
        summary: "Every example and every default is valid against its schema, formats included.",
        check: example_valid,
    },
    Rule {
        name: "enum-typed",
        summary: "Every value of an enum, and a const, is of the schema's type; no enum has a value twice.",
        check: enum_typed,
    },
    Rule { name: "schema-example", summary: "Every reusable schema has an example.", check: schema_example },
];

fn example_valid(context: &Context<'_>) -> Vec<Finding> {
    let mut cases = Vec::new();
    for node in &context.nodes {
        let (at, value) = (&node.pointer, node.value);
        let mut say = |pointer: String, value, schema: String| cases.push(Case { pointer, value, schema });
        match node.kind {
            Kind::Schema => {
                for key in ["default", "example"] {
                    if let Some(example) = value.get(key) {
                        say(join(at, key), example, at.clone());
                    }
                }
                let listed = value.get("examples").and_then(Value::as_array).into_iter().flatten();
                for (i, example) in listed.enumerate() {
                    say(format!("{at}/examples/{i}"), example, at.clone());
                }
            }
            Kind::MediaType | Kind::Parameter | Kind::Header if value.get("schema").is_some() => {
                let schema = join(at, "schema");
                if let Some(example) = value.get("example") {
                    say(join(at, "example"), example, schema.clone());
                }
                for (name, example) in entries(value.get("examples")) {
                    let (at, example) = context.resolve_at(join(&join(at, "examples"), name), example);
                    if let Some(value) = example.get("value") {
                        say(join(&at, "value"), value, schema.clone());
                    }
                }
            }
            _ => {}
        }
    }
    validate(context, &cases).into_iter().map(|fault| Finding::at(fault.pointer, fault.message)).collect()
}

fn enum_typed(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in context.of(Kind::Schema) {
        let mut types = super::schema::types(node.value);
        if context.is_v30() && node.value.get("nullable") == Some(&true.into()) {
            types.push("null");
        }
        let at = join(&node.pointer, "enum");
        let values = node.value.get("enum").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for (i, value) in values.iter().enumerate() {
            if values[..i].contains(value) {
                findings.push(Finding::at(format!("{at}/{i}"), format!("{value} stands twice in the enum")));
            }
        }
        let listed = values.iter().enumerate().map(|(i, value)| (format!("{at}/{i}"), value));
        let single = node.value.get("const").map(|value| (join(&node.pointer, "const"), value));
        for (at, value) in listed.chain(single) {
            // Null has a rule of its own.
            if !types.is_empty() && !value.is_null() && !types.iter().any(|name| is_of_type(value, name)) {
                findings.push(Finding::at(at, format!("{value} is not of the type {}", types.join(" or "))));
            }
        }
    }
    findings
}

fn schema_example(context: &Context<'_>) -> Vec<Finding> {
    let bare = context.components("schemas").filter(|(_, schema)| {
        let listed = schema.get("examples").and_then(Value::as_array).is_some_and(|examples| !examples.is_empty());
        !listed && schema.get("example").is_none()
    });
    bare.map(|(name, _)| Finding::at(join("/components/schemas", name), "the schema has no example")).collect()
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match value {
        Value::Null => name == "null",
        Value::Bool(_) => name == "boolean",
        Value::Number(number) => {
            name == "number" || name == "integer" && number.as_f64().is_some_and(|n| n.fract() == 0.0)
        }
        Value::String(_) => name == "string",
        Value::Array(_) => name == "array",
        Value::Object(_) => name == "object",
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, found};

    #[test]
    fn examples_fit_their_schemas() {
        check(
            "example-valid",
            "paths:
  /a/{b c}:
    get:
      parameters: [{name: p, in: query, example: 1, schema: {type: string, default: 2}}]
      responses: {200: {headers: {H: {example: x, schema: {type: integer}}}, content: {application/json: {schema: {$ref: '#/components/schemas/A'}, examples: {one: {$ref: '#/components/examples/E'}}}}}}
components:
  examples: {E: {value: {at: never}}}
  schemas:
    A: {examples: [{at: '2025-01-01T00:00:00Z', b: {c: 1}}], properties: {at: {type: string, format: date-time}, b: {$ref: '#/components/schemas/B'}}}
    B: {oneOf: [{type: object, properties: {c: {type: string}}}, {type: 'null'}]}",
            &[
                "/components/schemas/A/examples/0/b: nearest: /c: 1 is not",
                "/paths/~1a~1{b c}/get/parameters/0/example: 1 is not of type \"string\"",
                "/paths/~1a~1{b c}/get/parameters/0/schema/default: string",
                "/components/examples/E/value/at: date-time",
                "/paths/~1a~1{b c}/get/responses/200/headers/H/example: integer",
            ],
            &[("example: 1, ", "example: a, "), ("default: 2", "default: b"), ("example: x", "example: 1"), ("at: never", "at: '2025-01-01T00:00:00Z'"), ("{c: 1}", "{c: '1'}")],
        );
    }

    #[test]
    fn a_broken_schema_is_reported_once_and_hides_nothing() {
        let findings = found(
            "example-valid",
            "components: {schemas: {Z: {type: string, pattern: '(', examples: [a]}, B: {properties: {a: {items: {$ref: '#/components/schemas/Z'}}}, examples: [{}]}, C: {type: string, examples: [1]}}}",
        );
        assert_eq!(findings.len(), 2, "{findings:?}");
        assert!(findings[0].starts_with("/components/schemas/Z/pattern: the schema cannot be used"), "{findings:?}");
        assert!(findings[1].starts_with("/components/schemas/C/examples/0: "), "{findings:?}");
    }

    #[test]
    fn examples_of_openapi_3_0_are_read_in_its_dialect() {
        check(
            "example-valid",
            "openapi: 3.0.3\ncomponents: {schemas: {A: {type: string, nullable: true, enum: [a], example: null}, B: {type: integer, minimum: 1, exclusiveMinimum: true, example: 1}}}",
            &["/components/schemas/B/example: 1"],
            &[("exclusiveMinimum: true", "exclusiveMinimum: false")],
        );
    }

    #[test]
    fn enums_have_values_of_their_type() {
        check(
            "enum-typed",
            "components: {schemas: {A: {type: string, enum: [a, 1, a]}, B: {type: [integer, 'null'], enum: [1.0, null]}, C: {type: boolean, const: 'true'}}}",
            &[
                "/components/schemas/A/enum/2: twice",
                "/components/schemas/A/enum/1: not of the type string",
                "/components/schemas/C/const: boolean",
            ],
            &[("[a, 1, a]", "[a, '1']"), ("const: 'true'", "const: true")],
        );
    }

    #[test]
    fn schemas_have_examples() {
        check(
            "schema-example",
            "components: {schemas: {A: {}, B: {examples: []}, C: {example: null}, D: {examples: [1]}}}",
            &["/components/schemas/A: no example", "/components/schemas/B: no example"],
            &[("A: {}", "A: {example: 1}"), ("examples: []", "examples: [1]")],
        );
    }
}
