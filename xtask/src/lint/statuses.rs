//! Which error answers an operation owes, by what it is.

use super::context::{Context, Operation};
use super::{Finding, Rule};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "error-statuses",
        summary: "An operation has the errors of its shape: 401 403 406 with a scope, 404 with a path parameter, 422 with query or body, 400 with a body or an Idempotency-Key, 409 with the latter, 429 and 500 always.",
        check: error_statuses,
    },
    Rule {
        name: "idempotency-key",
        summary: "Every POST that asks for a scope takes the header Idempotency-Key, and no other operation does.",
        check: idempotency_key,
    },
];

const KEY: &str = "Idempotency-Key";

fn error_statuses(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for operation in &context.operations {
        let scoped = !operation.scopes().is_empty();
        let keyed = operation.parameter("header", KEY).is_some();
        let body = operation.value.get("requestBody").is_some();
        let query = operation.parameters_in("query").next().is_some();
        let path = operation.parameters_in("path").next().is_some();
        let owed: [(&[&str], bool, &str); 7] = [
            (&["400"], scoped && body, "it has a body"),
            (&["401"], operation.is_secured(), "it asks for a token"),
            (&["403", "406"], scoped, "it asks for a scope"),
            (&["404"], path, "it has a path parameter"),
            (&["400", "409"], keyed, "it takes an Idempotency-Key"),
            (&["422"], scoped && (body || query), "it has query parameters or a body"),
            (&["429", "500"], true, "every operation does"),
        ];
        let mut missing: Vec<&str> = Vec::new();
        for (statuses, _, because) in owed.into_iter().filter(|(_, owes, _)| *owes) {
            for status in statuses {
                if !covers(operation, status) && !missing.contains(status) {
                    missing.push(status);
                    let at = format!("{}/responses", operation.pointer);
                    findings.push(Finding::at(at, format!("the answer {status} is missing: {because}")));
                }
            }
        }
    }
    findings
}

fn idempotency_key(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for operation in &context.operations {
        let owes = operation.method == "post" && !operation.scopes().is_empty();
        match operation.parameter("header", KEY) {
            None if owes => findings.push(Finding::at(&operation.pointer, format!("the POST takes no {KEY}"))),
            Some(parameter) if !owes => {
                findings.push(Finding::at(&parameter.pointer, format!("{KEY} has no meaning here")));
            }
            Some(parameter) if parameter.value.get("required") == Some(&true.into()) => {
                findings.push(Finding::at(&parameter.target, format!("{KEY} should be optional")));
            }
            _ => {}
        }
    }
    findings
}

/// Whether the operation declares the status, by itself or by its range.
fn covers(operation: &Operation<'_>, status: &str) -> bool {
    let range = format!("{}XX", &status[..1]);
    operation.response(status).is_some()
        || operation.response(&range).is_some()
        || operation.response("default").is_some()
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn operations_have_the_errors_of_their_shape() {
        check(
            "error-statuses",
            "paths:
  /a/{a}:
    get: {parameters: [{in: path, name: a}], security: [], responses: {5XX: {}, 404: {}}}
    patch: {requestBody: {}, security: [{B: ['a:write']}], responses: {401: {}, 403: {}, 429: {}, 500: {}}}
    post: {parameters: [{in: path, name: a}, {in: header, name: idempotency-key}], security: [{B: []}], responses: {429: {}, 500: {}}}",
            &[
                "/paths/~1a~1{a}/get/responses: 429",
                "/paths/~1a~1{a}/patch/responses: 400",
                "/paths/~1a~1{a}/patch/responses: 406",
                "/paths/~1a~1{a}/patch/responses: 422",
                "/paths/~1a~1{a}/post/responses: 401",
                "/paths/~1a~1{a}/post/responses: 404",
                "/paths/~1a~1{a}/post/responses: 400",
                "/paths/~1a~1{a}/post/responses: 409",
            ],
            &[
                ("5XX: {}, 404: {}", "default: {}"),
                ("403: {}, ", "400: {}, 403: {}, 406: {}, 422: {}, "),
                ("{429: {}, 500: {}}}", "{4XX: {}, 500: {}}}"),
            ],
        );
    }

    #[test]
    fn posts_can_be_repeated_safely() {
        check(
            "idempotency-key",
            "paths:
  /a:
    get: {parameters: [{name: Idempotency-Key, in: header}]}
    post: {security: [{B: ['a:write']}]}
  /b: {post: {security: [{B: ['a:write']}], parameters: [{name: Idempotency-Key, in: header, required: true}]}}
  /c: {post: {security: []}}",
            &[
                "/paths/~1a/get/parameters/0: no meaning",
                "/paths/~1a/post: takes no",
                "/paths/~1b/post/parameters/0: optional",
            ],
            &[
                ("{parameters: [{name: Idempotency-Key, in: header}]}", "{}"),
                (
                    "post: {security: [{B: ['a:write']}]}",
                    "post: {security: [{B: ['a:write']}], parameters: [{name: Idempotency-Key, in: header}]}",
                ),
                (", required: true", ""),
            ],
        );
    }
}
