//! Every list pages, sorts and says so in the same way.

use serde_json::Value;

use super::context::{Context, Operation, entries, is_json};
use super::schema::{is_object, is_type, properties, property, required, types};
use super::{Finding, Rule};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "list-parameters",
        summary: "Every list takes page (minimum, default) and limit (minimum, maximum, default), both integers.",
        check: list_parameters,
    },
    Rule {
        name: "list-sorting",
        summary: "A list that sorts takes sort_by and sort_direction, both enums with a default; lists of one tag all sort or none does.",
        check: list_sorting,
    },
    Rule {
        name: "list-answer",
        summary: "Every list answers with pagination beside its items: count, limit, next, page and prev, all required.",
        check: list_answers,
    },
];

const PAGINATION: &[&str] = &["count", "limit", "next", "page", "prev"];

/// The JSON success answer of an operation that is a list.
pub(super) struct ListAnswer<'a> {
    /// Where its schema is defined.
    pub pointer: String,
    /// Its schema, resolved.
    pub schema: &'a Value,
}

/// The answer of `operation` when it is a list: a GET that answers with an array, or with one array of objects beside
/// another object. Whether that object has pagination is what the rules ask, so it decides nothing here.
pub(super) fn list_answer<'a>(context: &Context<'a>, operation: &Operation<'a>) -> Option<ListAnswer<'a>> {
    if operation.method != "get" {
        return None;
    }
    let success = operation.successes().next()?;
    let (name, media) = entries(success.value.get("content")).find(|(name, _)| is_json(name))?;
    let at = crate::document::pointer::join(&format!("{}/content", success.target), name);
    let (pointer, schema) = context.resolve_at(format!("{at}/schema"), media.get("schema")?);
    if is_type(schema, "array") {
        return Some(ListAnswer { pointer, schema });
    }
    let properties = properties(context, schema);
    let arrays = properties.iter().filter(|(_, value)| is_array_of_objects(context, value)).count();
    let objects = properties.iter().filter(|(_, value)| is_object(context, value)).count();
    (arrays == 1 && objects > 0).then_some(ListAnswer { pointer, schema })
}

fn is_array_of_objects<'a>(context: &Context<'a>, schema: &'a Value) -> bool {
    let schema = context.resolve(schema);
    let item = schema.get("items").map(|item| context.resolve(item));
    let items = item.is_some_and(|item| is_object(context, item) || item.get("oneOf").or(item.get("anyOf")).is_some());
    is_type(schema, "array") && items
}

/// The lists: by their answer, or by their name, so that a list whose answer was forgotten is still held to the rules.
fn lists<'c, 'a>(context: &'c Context<'a>) -> impl Iterator<Item = &'c Operation<'a>> {
    context.operations.iter().filter(|operation| {
        operation.method == "get" && operation.id().ends_with("_list") || list_answer(context, operation).is_some()
    })
}

fn list_parameters(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for operation in lists(context) {
        for (name, keys) in [("page", &["minimum", "default"][..]), ("limit", &["minimum", "maximum", "default"])] {
            let Some(parameter) = operation.parameter("query", name) else {
                findings.push(Finding::at(&operation.pointer, format!("the list has no query parameter `{name}`")));
                continue;
            };
            let schema = parameter.value.get("schema").map_or(&Value::Null, |schema| context.resolve(schema));
            if types(schema) != ["integer"] {
                findings.push(Finding::at(&parameter.target, format!("`{name}` is not an integer")));
            }
            for key in keys.iter().filter(|key| schema.get(key).is_none()) {
                findings.push(Finding::at(&parameter.target, format!("`{name}` has no {key}")));
            }
        }
    }
    findings
}

fn list_sorting(context: &Context<'_>) -> Vec<Finding> {
    const PAIR: [&str; 2] = ["sort_by", "sort_direction"];
    let mut findings = Vec::new();
    let sorts = |operation: &Operation<'_>| PAIR.iter().any(|name| operation.parameter("query", name).is_some());
    let lists: Vec<&Operation<'_>> = lists(context).collect();
    for &operation in &lists {
        let sibling = lists.iter().find(|other| other.tag() == operation.tag() && sorts(other));
        let Some(&sibling) = sibling else { continue };
        for name in PAIR {
            match operation.parameter("query", name) {
                Some(parameter) => {
                    let schema = parameter.value.get("schema").map_or(&Value::Null, |schema| context.resolve(schema));
                    for key in ["enum", "default"].iter().filter(|key| schema.get(key).is_none()) {
                        findings.push(Finding::at(&parameter.target, format!("`{name}` has no {key}")));
                    }
                }
                None if std::ptr::eq(sibling, operation) || sorts(operation) => {
                    findings.push(Finding::at(
                        &operation.pointer,
                        format!("the list sorts and has no query parameter `{name}`"),
                    ));
                }
                None => {
                    let message = format!("`{}` sorts and this list of the same tag has no `{name}`", sibling.id());
                    findings.push(Finding::at(&operation.pointer, message));
                }
            }
        }
    }
    findings
}

fn list_answers(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for operation in lists(context) {
        let Some(answer) = list_answer(context, operation) else {
            findings.push(Finding::at(
                &operation.pointer,
                "the operation is named a list and does not answer with an array of objects beside an object",
            ));
            continue;
        };
        let Some(pagination) = pagination(context, answer.schema) else {
            findings.push(Finding::at(answer.pointer, "the list has no pagination beside its items"));
            continue;
        };
        let required = required(context, pagination);
        for key in PAGINATION {
            match property(context, pagination, key) {
                None => findings.push(Finding::at(&answer.pointer, format!("the pagination has no `{key}`"))),
                Some(_) if !required.contains(key) => {
                    findings.push(Finding::at(&answer.pointer, format!("`{key}` of the pagination is not required")));
                }
                Some(schema) if matches!(*key, "next" | "prev") && !is_type(schema, "null") => {
                    findings.push(Finding::at(
                        &answer.pointer,
                        format!("`{key}` of the pagination cannot be null, as it is at an end"),
                    ));
                }
                Some(_) => {}
            }
        }
    }
    findings
}

/// The object beside the items, or one level inside it, that has any of the keys of pagination.
fn pagination<'a>(context: &Context<'a>, answer: &'a Value) -> Option<&'a Value> {
    let mut candidates = Vec::new();
    for (name, value) in properties(context, answer).into_iter().filter(|(_, value)| is_object(context, value)) {
        candidates.push((name, value));
        candidates.extend(properties(context, value).into_iter().filter(|(_, inner)| is_object(context, inner)));
    }
    let paging = |value: &'a Value| ["next", "prev", "page"].iter().any(|key| property(context, value, key).is_some());
    candidates.into_iter().find(|(name, value)| *name == "pagination" || paging(value)).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    const ANSWER: &str = "responses: {200: {content: {application/json: {schema: {$ref: '#/components/schemas/a_list'}}}}}
components:
  schemas:
    a_list: {properties: {as: {type: array, items: {type: object}}, meta: {allOf: [{type: object}, {properties: {pagination: {$ref: '#/components/schemas/Pagination'}}}]}}}
    Pagination: {required: [count, limit, next, page, prev], properties: {count: {}, limit: {}, next: {type: [integer, 'null']}, page: {}, prev: {type: [integer, 'null']}}}
";

    #[test]
    fn lists_take_page_and_limit() {
        check(
            "list-parameters",
            &format!(
                "paths:
  /a:
    get:
      parameters: [{{name: limit, in: query, schema: {{type: number, minimum: 1, default: 1}}}}]
      {ANSWER}"
            ),
            &[
                "/paths/~1a/get: `page`",
                "/paths/~1a/get/parameters/0: not an integer",
                "/paths/~1a/get/parameters/0: no maximum",
            ],
            &[
                ("type: number", "type: integer, maximum: 9"),
                (
                    "parameters: [",
                    "parameters: [{name: page, in: query, schema: {type: integer, minimum: 1, default: 1}}, ",
                ),
            ],
        );
    }

    #[test]
    fn lists_of_a_tag_sort_alike() {
        check(
            "list-sorting",
            "paths:
  /a: {get: {operationId: a_list, tags: [A], parameters: [{name: sort_by, in: query, schema: {enum: [a]}}]}}
  /b: {get: {operationId: b_list, tags: [A]}}
  /c: {get: {operationId: c_list, tags: [C]}}",
            &[
                "/paths/~1a/get/parameters/0: no default",
                "/paths/~1a/get: no query parameter `sort_direction`",
                "/paths/~1b/get: no `sort_by`",
                "/paths/~1b/get: no `sort_direction`",
            ],
            &[
                (
                    "{enum: [a]}}]",
                    "{enum: [a], default: a}}, {name: sort_direction, in: query, schema: {enum: [a], default: a}}]",
                ),
                ("b_list, tags: [A]", "b_list, tags: [B]"),
            ],
        );
    }

    #[test]
    fn lists_answer_with_pagination() {
        let right = format!("paths:\n  /a:\n    get:\n      {ANSWER}");
        for (good, bad, message) in [
            (
                "{properties: {pagination: {$ref: '#/components/schemas/Pagination'}}}",
                "{description: none}",
                "has no pagination",
            ),
            (
                "[count, limit, next, page, prev]",
                "[count, limit, next, page]",
                "`prev` of the pagination is not required",
            ),
            ("{count: {}", "{counts: {}", "has no `count`"),
            ("next: {type: [integer, 'null']}", "next: {type: [integer]}", "`next` of the pagination cannot be null"),
        ] {
            let expected = format!("/components/schemas/a_list: {message}");
            check("list-answer", &right.replace(good, bad), &[&expected], &[(bad, good)]);
        }
    }

    #[test]
    fn what_is_named_a_list_answers_with_one() {
        check(
            "list-answer",
            &format!(
                "paths:\n  /a:\n    get:\n      operationId: a_list\n      {}",
                ANSWER.replace("type: array, items", "type: object, items")
            ),
            &["/paths/~1a/get: named a list"],
            &[("type: object, items", "type: array, items")],
        );
    }
}
