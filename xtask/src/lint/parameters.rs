//! How parameters with several values are written, so that servers and clients agree on it.

use super::context::{Context, text};
use super::schema::{is_object, is_type};
use super::walk::Kind;
use super::{Finding, Rule};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "array-parameter",
        summary: "A query parameter that is an array is explode: false (one value, parted by commas), one that is an object is deepObject.",
        check: array_parameter,
    },
    Rule { name: "parameter-once", summary: "No operation has the same parameter twice.", check: parameter_once },
];

fn array_parameter(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in context.of(Kind::Parameter).filter(|node| text(node.value, "in") == "query") {
        let Some(schema) = node.value.get("schema") else { continue };
        let name = text(node.value, "name");
        let style = text(node.value, "style");
        if is_type(context.resolve(schema), "array") {
            if node.value.get("explode") != Some(&false.into()) {
                findings
                    .push(Finding::at(&node.pointer, format!("the array parameter `{name}` is not explode: false")));
            }
            if !matches!(style, "" | "form") {
                findings.push(Finding::at(
                    &node.pointer,
                    format!("the array parameter `{name}` has style {style}, not form"),
                ));
            }
        } else if is_object(context, schema) && style != "deepObject" {
            findings
                .push(Finding::at(&node.pointer, format!("the object parameter `{name}` is not style: deepObject")));
        }
    }
    findings
}

fn parameter_once(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for operation in &context.operations {
        for (i, parameter) in operation.parameters.iter().enumerate() {
            let same = |other: &&super::context::Parameter<'_>| {
                other.name == parameter.name && other.location == parameter.location
            };
            if let Some(first) = operation.parameters[..i].iter().find(same) {
                findings
                    .push(Finding::at(&parameter.pointer, format!("`{}` is also {}", parameter.name, first.pointer)));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn arrays_go_in_one_value() {
        check(
            "array-parameter",
            "components:
  parameters:
    A: {name: a, in: query, schema: {type: array}}
    B: {name: b, in: query, explode: false, style: pipeDelimited, schema: {$ref: '#/components/schemas/L'}}
    C: {name: c, in: query, schema: {type: object}}
  schemas: {L: {type: [array, 'null']}}",
            &[
                "/components/parameters/A: explode: false",
                "/components/parameters/B: pipeDelimited",
                "/components/parameters/C: deepObject",
            ],
            &[
                ("schema: {type: array}", "explode: false, schema: {type: array}"),
                ("style: pipeDelimited, ", ""),
                ("in: query, schema: {type: object}", "in: query, style: deepObject, schema: {type: object}"),
            ],
        );
    }

    #[test]
    fn parameters_stand_once() {
        check(
            "parameter-once",
            "paths: {/a: {parameters: [{name: a, in: query}], get: {parameters: [{name: a, in: query}, {name: b, in: query}, {name: b, in: query}]}}}",
            &["/paths/~1a/get/parameters/2: also /paths/~1a/get/parameters/1"],
            &[(", {name: b, in: query}]", ", {name: b, in: header}]")],
        );
    }
}
