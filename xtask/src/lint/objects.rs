//! Objects say which properties they have, all of them.

use std::collections::HashSet;

use serde_json::Value;

use super::context::{Context, entries, strings};
use super::schema::{is_type, properties};
use super::walk::{Kind, Node};
use super::{Finding, Rule};
use crate::document::pointer;

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "closed-object",
        summary: "An object forbids additional properties, or is a map and says so; only parts of an allOf are open.",
        check: closed_object,
    },
    Rule {
        name: "required-property",
        summary: "What is required is a property of the object, and required names nothing twice.",
        check: required_property,
    },
];

fn closed_object(context: &Context<'_>) -> Vec<Finding> {
    let composed: HashSet<String> = context
        .references
        .iter()
        .filter(|(at, _)| context.node(at).is_some_and(|node| node.place.0 == "allOf"))
        .filter_map(|(_, target)| pointer::of_reference(target))
        .collect();
    let mut findings = Vec::new();
    for node in context.of(Kind::Schema) {
        let schema = node.value;
        let object = is_type(schema, "object") || schema.get("properties").is_some();
        if !object || schema.get("allOf").is_some() || composed.contains(&node.pointer) || is_part(context, node) {
            continue;
        }
        let message = match schema.get("additionalProperties") {
            _ if schema.get("unevaluatedProperties").is_some() => continue,
            Some(Value::Bool(false)) => continue,
            Some(Value::Object(values)) if !values.is_empty() => continue,
            // Without a property of its own it is a map of anything, and says so.
            Some(_) if schema.get("properties").is_none() => continue,
            Some(_) => "the object has properties and allows others of any kind",
            None => "the object does not forbid additional properties",
        };
        findings.push(Finding::at(&node.pointer, message));
    }
    findings
}

/// Whether the schema is one condition among several on the same value, which alone cannot say what else there may be.
fn is_part<'a>(context: &Context<'a>, node: &Node<'a>) -> bool {
    let mut current = Some(node);
    while let Some(node) = current {
        match node.place.0 {
            "allOf" | "not" | "if" | "then" | "else" | "dependentSchemas" | "contains" => return true,
            "oneOf" | "anyOf" => current = context.parent(node),
            _ => return false,
        }
    }
    false
}

fn required_property(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in context.of(Kind::Schema) {
        let names = strings(node.value.get("required"));
        if names.is_empty() {
            continue;
        }
        let own = properties(context, node.value);
        for (i, name) in names.iter().enumerate() {
            let at = format!("{}/required/{i}", node.pointer);
            if names[..i].contains(name) {
                findings.push(Finding::at(at, format!("`{name}` is listed twice")));
            } else if !own.is_empty() && !own.iter().any(|(other, _)| other == name) && !is_part(context, node) {
                findings.push(Finding::at(at, format!("`{name}` is required and no property")));
            } else if own.is_empty() && !has_alternatives(context, node) && !is_part(context, node) {
                findings.push(Finding::at(at, format!("`{name}` is required of an object without properties")));
            }
        }
    }
    findings
}

/// Whether the properties may stand in a branch of the schema, or in the schema it is a branch of.
fn has_alternatives<'a>(context: &Context<'a>, node: &Node<'a>) -> bool {
    let branched = |value: &Value| value.get("oneOf").is_some() || value.get("anyOf").is_some();
    branched(node.value)
        || matches!(node.place.0, "oneOf" | "anyOf")
            && context.parent(node).is_some_and(|parent| entries(parent.value.get("properties")).next().is_some())
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn objects_are_closed() {
        check(
            "closed-object",
            "components:
  schemas:
    Open: {type: object, properties: {inner: {type: [object, 'null'], additionalProperties: true, properties: {a: {}}}, bare: {type: object}}}
    Map: {type: object, additionalProperties: {type: string}}
    Whole: {allOf: [{$ref: '#/components/schemas/Part'}, {type: object, properties: {b: {}}}]}
    Part: {type: object, properties: {a: {}}}
    Either: {oneOf: [{type: object, properties: {b: {}}}]}",
            &[
                "/components/schemas/Open: does not forbid",
                "/components/schemas/Open/properties/inner: of any kind",
                "/components/schemas/Open/properties/bare: does not forbid",
                "/components/schemas/Either/oneOf/0: does not forbid",
            ],
            &[
                ("Open: {", "Open: {additionalProperties: false, "),
                ("additionalProperties: true", "additionalProperties: false"),
                ("bare: {type: object}", "bare: {type: object, additionalProperties: true}"),
                ("[{type: object, properties: {b: {}}}]", "[{type: object, additionalProperties: false, properties: {b: {}}}]"),
            ],
        );
    }

    #[test]
    fn required_names_are_properties() {
        check(
            "required-property",
            "components:
  schemas:
    A: {required: [a, b, a], properties: {a: {}}}
    B: {required: [b], allOf: [{required: [c], properties: {b: {}}}]}
    C: {properties: {c: {}, d: {}}, anyOf: [{required: [c]}, {required: [d]}]}
    D: {required: [d]}",
            &[
                "/components/schemas/A/required/1: no property",
                "/components/schemas/A/required/2: twice",
                "/components/schemas/D/required/0: without properties",
            ],
            &[("[a, b, a]", "[a]"), ("D: {", "D: {properties: {d: {}}, ")],
        );
    }
}
