//! Envelopes: the components that hold one resource (`coupon_single`) or a page of them (`coupon_list`).

use serde_json::Value;

use super::context::{Context, entries, is_json, text};
use super::lists::list_answer;
use super::schema::{is_type, properties, required};
use super::words::{is_plural_of, tails};
use super::{Finding, Rule};
use crate::document::pointer;

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "envelope",
        summary: "coupon_list is {coupons, meta} and coupon_single is {coupon, meta}: two required keys, the other one the same everywhere.",
        check: envelope,
    },
    Rule {
        name: "list-envelope",
        summary: "A list answers with a component whose name ends with _list.",
        check: list_envelope,
    },
];

fn envelope(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    // The key beside the resource, as the first envelope has it.
    let mut companion: Option<(&str, &str)> = None;
    for (name, schema) in context.components("schemas") {
        let (resource, list) = match (name.strip_suffix("_list"), name.strip_suffix("_single")) {
            (Some(resource), _) => (resource, true),
            (_, Some(resource)) => (resource, false),
            _ => continue,
        };
        let at = pointer::join("/components/schemas", name);
        let keys = properties(context, schema);
        // Long names may be shortened to their end: `stages` in `deal_stage_list`.
        let fits = |key: &str| tails(resource).any(|tail| if list { is_plural_of(key, tail) } else { key == tail });
        let Some((key, value)) = keys.iter().find(|(key, _)| fits(key)) else {
            let form = if list { "plural" } else { "singular" };
            findings.push(Finding::at(at, format!("the envelope has no key that is the {form} of `{resource}`")));
            continue;
        };
        if list != is_type(context.resolve(value), "array") {
            let form = if list { "an array" } else { "one resource, no array" };
            findings.push(Finding::at(&at, format!("`{key}` should be {form}")));
        }
        let others: Vec<&str> = keys.iter().map(|(other, _)| *other).filter(|other| other != key).collect();
        match (others.as_slice(), companion) {
            ([other], None) => companion = Some((other, name)),
            ([other], Some((first, _))) if *other == first => {}
            ([other], Some((first, elsewhere))) => {
                findings.push(Finding::at(
                    &at,
                    format!("the key beside `{key}` is `{other}`, in {elsewhere} it is `{first}`"),
                ));
            }
            _ => findings.push(Finding::at(&at, format!("an envelope has two keys, this one has {}", keys.len()))),
        }
        let required = required(context, schema);
        for (key, _) in keys.iter().filter(|(key, _)| !required.contains(key)) {
            findings.push(Finding::at(&at, format!("`{key}` of the envelope is not required")));
        }
    }
    findings
}

fn list_envelope(context: &Context<'_>) -> Vec<Finding> {
    let lists = context.operations.iter().filter(|operation| list_answer(context, operation).is_some());
    let mut findings = Vec::new();
    for operation in lists {
        for success in operation.successes() {
            for (name, media) in entries(success.value.get("content")).filter(|(name, _)| is_json(name)) {
                let target = text(media.get("schema").unwrap_or(&Value::Null), "$ref");
                if !target.ends_with("_list") {
                    let at = pointer::join(&format!("{}/content", success.target), name);
                    findings
                        .push(Finding::at(at, "the answer of a list is a component of its own, named <resource>_list"));
                }
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn envelopes_have_the_keys_of_their_name() {
        check(
            "envelope",
            "components:
  schemas:
    deal_stage_list: {required: [stages, meta], properties: {stages: {type: array}, meta: {}}}
    coupon_list: {required: [coupons], properties: {coupons: {type: object}, meta: {}}}
    coupon_single: {required: [deal, meta], properties: {deal: {}, meta: {}}}
    deal_single: {required: [deal, info], properties: {deal: {}, info: {}}}
    task_single: {required: [task], properties: {task: {}}}",
            &[
                "/components/schemas/coupon_list: should be an array",
                "/components/schemas/coupon_list: `meta` of the envelope is not required",
                "/components/schemas/coupon_single: singular of `coupon`",
                "/components/schemas/deal_single: beside `deal` is `info`, in deal_stage_list it is `meta`",
                "/components/schemas/task_single: has 1",
            ],
            &[
                (
                    "[coupons], properties: {coupons: {type: object}",
                    "[coupons, meta], properties: {coupons: {type: array}",
                ),
                (
                    "coupon_single: {required: [deal, meta], properties: {deal",
                    "coupon_single: {required: [coupon, meta], properties: {coupon",
                ),
                ("info", "meta"),
                ("[task], properties: {task: {}", "[task, meta], properties: {task: {}, meta: {}"),
            ],
        );
    }

    #[test]
    fn lists_have_an_envelope_of_their_own() {
        check(
            "list-envelope",
            "paths: {/a: {get: {responses: {200: {content: {application/json: {schema: {$ref: '#/components/schemas/As'}}}}}}}}
components: {schemas: {As: {properties: {as: {type: array, items: {type: object}}, meta: {type: object}}}}}",
            &["/paths/~1a/get/responses/200/content/application~1json: component of its own"],
            &[("As", "a_list")],
        );
    }
}
