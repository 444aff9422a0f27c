//! What every operation, webhook or not, says of itself: summary, description, tag, success answer and examples.

use std::collections::HashMap;

use serde_json::Value;

use super::context::{Context, Operation, Place, entries, is_json, strings, text};
use super::walk::Kind;
use super::{Finding, Rule};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "operation-described",
        summary: "Every operation has a summary on one line, and a description that says more than it.",
        check: operation_described,
    },
    Rule {
        name: "operation-tag",
        summary: "Every operation has exactly one tag, which is declared; every declared tag is used and described, once.",
        check: operation_tag,
    },
    Rule {
        name: "operation-success",
        summary: "Every operation has exactly one success answer (2XX), or a redirect.",
        check: operation_success,
    },
    Rule {
        name: "operation-example",
        summary: "Every JSON success answer and JSON request body has an example.",
        check: operation_example,
    },
    Rule {
        name: "described",
        summary: "Every parameter, answer and header, and every reusable schema, has a description.",
        check: described,
    },
];

fn all<'c, 'a>(context: &'c Context<'a>) -> impl Iterator<Item = &'c Operation<'a>> {
    context.operations.iter().chain(&context.webhooks)
}

fn operation_described(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for operation in all(context) {
        let (summary, description) =
            (text(operation.value, "summary").trim(), text(operation.value, "description").trim());
        if summary.is_empty() {
            findings.push(Finding::at(&operation.pointer, "the operation has no summary"));
        } else if summary.contains('\n') || summary.ends_with('.') {
            let at = format!("{}/summary", operation.pointer);
            findings.push(Finding::at(at, "a summary is one line without a full stop"));
        }
        if description.is_empty() {
            findings.push(Finding::at(&operation.pointer, "the operation has no description"));
        } else if description.trim_end_matches('.') == summary {
            let at = format!("{}/description", operation.pointer);
            findings.push(Finding::at(at, "the description only repeats the summary"));
        }
    }
    findings
}

fn operation_tag(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut declared: HashMap<&str, bool> = HashMap::new();
    for tag in context.of(Kind::Tag) {
        let name = text(tag.value, "name");
        if declared.insert(name, false).is_some() {
            findings.push(Finding::at(&tag.pointer, format!("the tag `{name}` is declared twice")));
        }
        if text(tag.value, "description").is_empty() {
            findings.push(Finding::at(&tag.pointer, format!("the tag `{name}` has no description")));
        }
    }
    for operation in all(context) {
        let tags = strings(operation.value.get("tags"));
        if tags.len() != 1 {
            findings
                .push(Finding::at(&operation.pointer, format!("the operation has {} tags instead of one", tags.len())));
        }
        for (i, tag) in tags.into_iter().enumerate() {
            match declared.get_mut(tag) {
                Some(used) => *used = true,
                None => {
                    let at = format!("{}/tags/{i}", operation.pointer);
                    findings.push(Finding::at(at, format!("the tag `{tag}` is not declared")));
                }
            }
        }
    }
    let unused = context.of(Kind::Tag).filter(|tag| declared.get(text(tag.value, "name")) == Some(&false));
    findings.extend(
        unused.map(|tag| Finding::at(&tag.pointer, format!("no operation has the tag `{}`", text(tag.value, "name")))),
    );
    findings
}

fn operation_success(context: &Context<'_>) -> Vec<Finding> {
    let message = |operation: &Operation<'_>| match operation.successes().count() {
        0 => Some("the operation has no success answer"),
        1 => None,
        _ => Some("the operation has several success answers; a client gets one type"),
    };
    all(context).filter_map(|operation| Some(Finding::at(&operation.pointer, message(operation)?))).collect()
}

fn operation_example(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for operation in all(context) {
        let body = operation.value.get("requestBody").map(|body| {
            let (target, value) = context.resolve_at(format!("{}/requestBody", operation.pointer), body);
            Place { target, key: "requestBody", value }
        });
        for place in operation.successes().chain(&body) {
            for (name, media) in entries(place.value.get("content")).filter(|(name, _)| is_json(name)) {
                if !has_example(media) {
                    let at = crate::document::pointer::join(&format!("{}/content", place.target), name);
                    findings.push(Finding::at(at, "there is no example"));
                }
            }
        }
    }
    findings
}

fn described(context: &Context<'_>) -> Vec<Finding> {
    let nodes = context.nodes.iter().filter(|node| match node.kind {
        Kind::Parameter | Kind::Response | Kind::Header => node.reference().is_none(),
        Kind::Schema => context.parent(node).is_some_and(|parent| parent.kind == Kind::Components),
        _ => false,
    });
    let silent = nodes.filter(|node| text(node.value, "description").trim().is_empty());
    silent
        .map(|node| {
            let kind = format!("{:?}", node.kind).to_lowercase();
            Finding::at(&node.pointer, format!("the {kind} has no description"))
        })
        .collect()
}

fn has_example(media: &Value) -> bool {
    media.get("example").is_some() || entries(media.get("examples")).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn operations_have_summary_and_description() {
        check(
            "operation-described",
            "paths:\n  /a: {get: {}, put: {summary: Change it., description: More.}, post: {summary: Make it, description: Make it.}}",
            &[
                "/paths/~1a/get: no summary",
                "/paths/~1a/get: no description",
                "/paths/~1a/put/summary: full stop",
                "/paths/~1a/post/description: repeats",
            ],
            &[
                ("get: {}", "get: {summary: Read it, description: More.}"),
                ("Change it.", "Change it"),
                ("description: Make it.", "description: Makes one of them."),
            ],
        );
    }

    #[test]
    fn tags_are_declared_and_used() {
        check(
            "operation-tag",
            "tags: [{name: A, description: a}, {name: B, description: b}, {name: A}]
paths:\n  /a: {get: {tags: [C]}, post: {}}\nwebhooks: {w: {post: {tags: [A]}}}",
            &[
                "/tags/2: declared twice",
                "/tags/2: no description",
                "/paths/~1a/get/tags/0: not declared",
                "/paths/~1a/post: 0 tags",
                "/tags/1: no operation",
            ],
            &[(", {name: A}", ""), ("[C]", "[A]"), ("post: {}", "post: {tags: [B]}")],
        );
    }

    #[test]
    fn operations_have_one_success() {
        check(
            "operation-success",
            "paths:\n  /a: {get: {responses: {404: {}}}, post: {responses: {200: {}, 201: {}}}, put: {responses: {302: {}}}}",
            &["/paths/~1a/get: no success", "/paths/~1a/post: several"],
            &[("404: {}", "404: {}, 2XX: {}"), ("200: {}, ", "")],
        );
    }

    #[test]
    fn bodies_have_examples() {
        check(
            "operation-example",
            "paths:
  /a:
    post:
      requestBody: {$ref: '#/components/requestBodies/A'}
      responses: {200: {content: {application/json: {}, text/csv: {}}}, 404: {content: {application/json: {}}}}
components: {requestBodies: {A: {content: {application/json: {examples: {}}}}}}",
            &[
                "/paths/~1a/post/responses/200/content/application~1json: no example",
                "/components/requestBodies/A/content/application~1json: no example",
            ],
            &[
                ("200: {content: {application/json: {}", "200: {content: {application/json: {example: 1}"),
                ("examples: {}", "examples: {a: {value: 1}}"),
            ],
        );
    }

    #[test]
    fn parts_are_described() {
        check(
            "described",
            "paths:\n  /a: {get: {parameters: [{name: a, in: query}, {$ref: '#/components/parameters/P'}], responses: {200: {headers: {H: {}}}}}}
components: {parameters: {P: {description: p}}, schemas: {S: {properties: {a: {}}}}}",
            &[
                "/paths/~1a/get/parameters/0: parameter",
                "/paths/~1a/get/responses/200: response",
                "/paths/~1a/get/responses/200/headers/H: header",
                "/components/schemas/S: schema",
            ],
            &[
                ("in: query", "in: query, description: a"),
                ("{headers: {H: {}}}", "{description: r, headers: {H: {description: h}}}"),
                ("S: {", "S: {description: s, "),
            ],
        );
    }
}
