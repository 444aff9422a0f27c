//! How paths are spelled, and what their parameters owe them.

use super::context::Context;
use super::words::{is_kebab, is_snake};
use super::{Finding, Rule};
use crate::document::pointer;

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "path-name",
        summary: "A path is made of kebab-case, snake_case and {parameter} segments, without a slash at its end.",
        check: path_name,
    },
    Rule {
        name: "path-parameter",
        summary: "Every {parameter} of a path is declared, required and has a pattern, and no other is declared.",
        check: path_parameter,
    },
];

fn path_name(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, _) in super::context::entries(context.document.root.get("paths")) {
        if path.starts_with("x-") {
            continue;
        }
        let at = pointer::join("/paths", path);
        let Some(rest) = path.strip_prefix('/') else {
            findings.push(Finding::at(at, "a path begins with a slash"));
            continue;
        };
        if let Some(segment) = rest.split('/').find(|segment| !is_segment(segment)) {
            let message = match segment {
                "" => "a segment of the path is empty".to_owned(),
                _ => format!("the segment `{segment}` is neither kebab-case nor snake_case nor one {{parameter}}"),
            };
            findings.push(Finding::at(at, message));
        }
    }
    findings
}

fn path_parameter(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for operation in &context.operations {
        let templated: Vec<&str> = operation.path.split('/').filter_map(parameter_name).collect();
        for name in &templated {
            if operation.parameter("path", name).is_none() {
                findings.push(Finding::at(
                    &operation.pointer,
                    format!("the parameter `{name}` of the path is not declared"),
                ));
            }
        }
        for parameter in operation.parameters_in("path") {
            let name = parameter.name;
            if !templated.contains(&name) {
                findings.push(Finding::at(
                    &parameter.pointer,
                    format!("`{name}` does not stand in the path {}", operation.path),
                ));
                continue;
            }
            if parameter.value.get("required") != Some(&true.into()) {
                findings
                    .push(Finding::at(&parameter.target, format!("the path parameter `{name}` is not required: true")));
            }
            let schema = parameter.value.get("schema").map(|schema| context.resolve(schema));
            let limited =
                schema.is_some_and(|s| ["pattern", "enum", "const", "format"].iter().any(|key| s.get(key).is_some()));
            if !limited {
                findings.push(Finding::at(&parameter.target, format!("the path parameter `{name}` has no pattern")));
            }
        }
    }
    findings
}

fn is_segment(segment: &str) -> bool {
    // A version such as `2025-09` and a file such as `openapi.json` are words with digits first and with dots.
    let word = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_digit()) && is_kebab(&format!("v{part}"))
            || is_kebab(part)
            || is_snake(part)
    };
    match parameter_name(segment) {
        Some(name) => is_snake(name),
        None => !segment.is_empty() && segment.split('.').all(word),
    }
}

/// `name` of `{name}`.
fn parameter_name(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn paths_are_spelled_alike() {
        check(
            "path-name",
            "paths: {'/2025-09/unit_types/{unit_type_id}': {}, /openapi.json: {}, /unitTypes: {}, /units/: {}, '/a/{unitId}': {}, b: {}}",
            &[
                "/paths/~1unitTypes: unitTypes",
                "/paths/~1units~1: empty",
                "/paths/~1a~1{unitId}: {unitId}",
                "/paths/b: slash",
            ],
            &[("/unitTypes", "/unit-types"), ("/units/", "/units"), ("{unitId}", "{unit_id}"), (" b:", " /b:")],
        );
    }

    #[test]
    fn path_parameters_are_declared_and_limited() {
        check(
            "path-parameter",
            "paths:
  /a/{a_id}/{b_id}:
    parameters: [{name: a_id, in: path, schema: {type: string}}]
    get: {parameters: [{name: c_id, in: path, required: true, schema: {pattern: ^c}}]}",
            &[
                "/paths/~1a~1{a_id}~1{b_id}/get: `b_id` of the path is not declared",
                "/paths/~1a~1{a_id}~1{b_id}/get/parameters/0: does not stand",
                "/paths/~1a~1{a_id}~1{b_id}/parameters/0: required",
                "/paths/~1a~1{a_id}~1{b_id}/parameters/0: no pattern",
            ],
            &[
                ("c_id", "b_id"),
                ("in: path, schema: {type: string}", "in: path, required: true, schema: {pattern: ^a}"),
            ],
        );
    }
}
