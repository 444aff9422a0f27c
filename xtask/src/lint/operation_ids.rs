//! What an `operationId` is made of: `<resource>_<verb>`, the resource named by the tag, the verb allowed by the method.

use std::collections::HashMap;

use super::context::Context;
use super::lists::list_answer;
use super::words::{family, is_snake};
use super::{Finding, Rule};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "operation-id",
        summary: "Every operation has an operationId of its own, in snake_case.",
        check: operation_id,
    },
    Rule {
        name: "operation-family",
        summary: "An operationId begins with the resource of its tag, as deal_stage_list does under Deals / Stages.",
        check: operation_family,
    },
    Rule {
        name: "operation-verb",
        summary: "An operationId ends with the verb of its method: list or show, create or an action, update, delete.",
        check: operation_verb,
    },
];

fn operation_id(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut first: HashMap<&str, &str> = HashMap::new();
    // Webhooks are named by their event; where they have an id it shares the one space of ids.
    let webhooks = context.webhooks.iter().filter(|webhook| !webhook.id().is_empty());
    for operation in context.operations.iter().chain(webhooks) {
        let at = format!("{}/operationId", operation.pointer);
        match operation.id() {
            "" => findings.push(Finding::at(&operation.pointer, "the operation has no operationId")),
            id => {
                if !is_snake(id) {
                    findings.push(Finding::at(&at, format!("`{id}` is not snake_case")));
                }
                if let Some(other) = first.insert(id, &operation.pointer) {
                    findings.push(Finding::at(&at, format!("`{id}` is also the id of {other}")));
                }
            }
        }
    }
    findings
}

fn operation_family(context: &Context<'_>) -> Vec<Finding> {
    let mut families: Vec<(String, &str)> =
        context.operations.iter().map(|operation| (family(operation.tag()), operation.tag())).collect();
    families.sort();
    families.dedup();
    let named = context.operations.iter().filter(|operation| !operation.id().is_empty() && !operation.tag().is_empty());
    named
        .filter_map(|operation| {
            let (id, own) = (operation.id(), family(operation.tag()));
            // `order_line_item_list` begins with `order` too: the longest family decides.
            let fits =
                |family: &str| id.strip_prefix(family).is_some_and(|verb| verb.len() > 1 && verb.starts_with('_'));
            let best = families.iter().filter(|(name, _)| fits(name)).max_by_key(|(name, _)| name.len());
            let message = match best {
                Some((name, _)) if *name == own => return None,
                Some((_, tag)) => {
                    format!("`{id}` is named like the operations of `{tag}` and tagged `{}`", operation.tag())
                }
                None => format!("`{id}` under the tag `{}` should begin with `{own}_`", operation.tag()),
            };
            Some(Finding::at(format!("{}/operationId", operation.pointer), message))
        })
        .collect()
}

fn operation_verb(context: &Context<'_>) -> Vec<Finding> {
    const RESERVED: &[&str] = &["list", "show", "update", "delete"];
    let mut findings = Vec::new();
    for operation in context.operations.iter().filter(|operation| !operation.id().is_empty()) {
        let id = operation.id();
        let at = format!("{}/operationId", operation.pointer);
        let verb = id.rsplit('_').next().unwrap_or_default();
        let allowed: &[&str] = match operation.method {
            "get" => &["list", "show"],
            "patch" | "put" => &["update"],
            "delete" => &["delete"],
            _ => &[],
        };
        let method = operation.method.to_uppercase();
        if allowed.is_empty() && RESERVED.contains(&verb) {
            findings.push(Finding::at(at, format!("`{id}` is a {method}, which is no `{verb}`")));
        } else if !allowed.is_empty() && !allowed.contains(&verb) {
            findings
                .push(Finding::at(at, format!("`{id}` is a {method} and should end with _{}", allowed.join(" or _"))));
        } else if operation.method == "get" && (verb == "list") != list_answer(context, operation).is_some() {
            let answer = if verb == "list" { "no list" } else { "a list" };
            findings.push(Finding::at(at, format!("`{id}` answers with {answer}")));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn ids_are_there_and_snake_case_and_once() {
        check(
            "operation-id",
            "paths:\n  /a: {get: {}, post: {operationId: aCreate}, patch: {operationId: a_b}, put: {operationId: a_b}}",
            &[
                "/paths/~1a/get: no operationId",
                "/paths/~1a/post/operationId: not snake_case",
                "/paths/~1a/put/operationId: also the id of /paths/~1a/patch",
            ],
            &[("get: {}", "get: {operationId: a_show}"), ("aCreate", "a_create"), ("put: {operationId: a_b}", "")],
        );
    }

    #[test]
    fn ids_begin_with_the_resource_of_their_tag() {
        check(
            "operation-family",
            "paths:
  /a: {get: {operationId: order_list, tags: [Orders]}, post: {operationId: make_order, tags: [Orders]}}
  /b: {get: {operationId: order_line_item_list, tags: [Orders / Line Items]}, post: {operationId: order_line_item_create, tags: [Orders]}}",
            &[
                "/paths/~1a/post/operationId: should begin with `order_`",
                "/paths/~1b/post/operationId: operations of `Orders / Line Items`",
            ],
            &[("make_order", "order_create"), ("item_create, tags: [Orders]", "item_create, tags: [Orders / Line Items]")],
        );
    }

    #[test]
    fn ids_end_with_the_verb_of_their_method() {
        const LIST: &str = "responses: {200: {content: {application/json: {schema: {properties: {as: {type: array, items: {type: object}}, meta: {type: object}}}}}}}";
        check(
            "operation-verb",
            &format!(
                "paths:\n  /a: {{get: {{operationId: a_show, {LIST}}}, post: {{operationId: a_update}}, delete: {{operationId: a_remove}}}}"
            ),
            &[
                "/paths/~1a/get/operationId: answers with a list",
                "/paths/~1a/post/operationId: a POST, which is no `update`",
                "/paths/~1a/delete/operationId: should end with _delete",
            ],
            &[("a_show", "a_list"), ("a_update", "a_win"), ("a_remove", "a_delete")],
        );
    }
}
