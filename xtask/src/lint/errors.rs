//! Every error has one shape.

use std::collections::HashMap;

use serde_json::Value;

use super::context::{Context, entries, is_json, text};
use super::{Finding, Rule};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "error-body",
        summary: "Every error answer has a JSON body, and its schema is a reference to a component.",
        check: error_body,
    },
    Rule {
        name: "error-shape",
        summary: "All errors have the same schema; operations without a scope, such as those of OAuth, may share one other.",
        check: error_shape,
    },
];

/// The JSON body of an error answer.
enum Body<'a> {
    Missing,
    Inline,
    Component(&'a str),
}

fn body<'a>(response: &'a Value) -> Body<'a> {
    let Some((_, media)) = entries(response.get("content")).find(|(name, _)| is_json(name)) else {
        return Body::Missing;
    };
    match media.get("schema").map_or("", |schema| text(schema, "$ref")) {
        "" => Body::Inline,
        target => Body::Component(target),
    }
}

fn error_body(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for failure in context.operations.iter().flat_map(super::context::Operation::failures) {
        let message = match body(failure.value) {
            Body::Missing => format!("the {} answer has no JSON body", failure.key),
            Body::Inline => "the schema of an error is a reference to the one error component".to_owned(),
            Body::Component(_) => continue,
        };
        // Shared answers are reached from many operations.
        if !findings.iter().any(|finding: &Finding| finding.pointer == failure.target) {
            findings.push(Finding::at(&failure.target, message));
        }
    }
    findings
}

fn error_shape(context: &Context<'_>) -> Vec<Finding> {
    let mut uses: Vec<(&str, String, bool, &str)> = Vec::new();
    for operation in &context.operations {
        for failure in operation.failures() {
            if let Body::Component(name) = body(failure.value) {
                let at = failure.target.clone();
                uses.push((name, at, operation.scopes().is_empty(), operation.id()));
            }
        }
    }
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for (name, ..) in &uses {
        *counts.entry(name).or_default() += 1;
    }
    let mut ranking: Vec<(&str, usize)> = counts.into_iter().collect();
    ranking.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    let shape = ranking.first().map_or("", |(name, _)| *name);
    let alternative = ranking.get(1).map_or("", |(name, _)| *name);

    let mut findings = Vec::new();
    for (name, at, free, id) in uses.into_iter().filter(|(name, ..)| *name != shape) {
        let message = if name != alternative {
            format!("{id} answers with {name}: beside {shape} there is already {alternative}")
        } else if !free {
            format!("{id} asks for a scope and answers with {name} instead of {shape}")
        } else {
            continue;
        };
        findings.push(Finding::at(at, message));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn errors_have_a_component_as_body() {
        check(
            "error-body",
            "paths: {/a: {get: {responses: {200: {}, 404: {$ref: '#/components/responses/N'}, 500: {content: {application/json: {schema: {oneOf: []}}}}}}, put: {responses: {404: {$ref: '#/components/responses/N'}}}}}
components: {responses: {N: {content: {text/plain: {}}}}}",
            &["/components/responses/N: no JSON body", "/paths/~1a/get/responses/500: reference"],
            &[("text/plain: {}", "application/json: {schema: {$ref: '#/E'}}"), ("oneOf: []", "$ref: '#/E'")],
        );
    }

    #[test]
    fn errors_have_one_shape() {
        let error = |name: &str| {
            format!("{{content: {{application/json: {{schema: {{$ref: '#/components/schemas/{name}'}}}}}}}}")
        };
        let text = format!(
            "paths:
  /a: {{get: {{operationId: a, security: [{{B: ['a:read']}}], responses: {{401: {0}, 404: {0}, 422: {0}, 500: {1}}}}}}}
  /b: {{post: {{operationId: b, security: [], responses: {{400: {1}, 401: {1}, 500: {2}}}}}}}",
            error("Error"),
            error("Flat"),
            error("Third"),
        );
        check(
            "error-shape",
            &text,
            &["/paths/~1a/get/responses/500: a asks for a scope", "/paths/~1b/post/responses/500: there is already"],
            &[("Third", "Error"), ("B: ['a:read']", "B: []")],
        );
    }
}
