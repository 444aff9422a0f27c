//! Webhooks: each stands under the type of its event and carries one thing.

use serde_json::Value;

use super::context::{Context, Operation, entries, is_json, text};
use super::schema::{is_object, properties, property, required};
use super::{Finding, Rule};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "webhook-operation",
        summary: "A webhook is a POST with a required JSON body, security [] and a 2XX answer.",
        check: webhook_operation,
    },
    Rule {
        name: "webhook-payload",
        summary: "A webhook's event has its key as the const of `type`, and one property in `data`, all required.",
        check: webhook_payload,
    },
];

fn webhook_operation(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for webhook in &context.webhooks {
        let mut say = |message: &str| findings.push(Finding::at(&webhook.pointer, message));
        if webhook.method != "post" {
            say("a webhook is a POST");
        }
        if webhook.value.get("security") != Some(&Value::Array(Vec::new())) {
            say("a webhook states security: [], for the receiver asks for no token");
        }
        if !webhook.responses.iter().any(|response| response.key == "2XX") {
            say("a webhook has the answer 2XX, for any success will do");
        }
        match body(context, webhook) {
            None => say("the webhook has no JSON body with a schema"),
            Some((body, _)) if body.get("required") != Some(&true.into()) => {
                say("the body of the webhook is not required");
            }
            Some(_) => {}
        }
    }
    findings
}

fn webhook_payload(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for webhook in &context.webhooks {
        let Some((_, schema)) = body(context, webhook) else { continue };
        let at = format!("{}/requestBody", webhook.pointer);
        // The event may stand under a single key of its own.
        let event = match properties(context, schema).as_slice() {
            [(name, inner)] if is_object(context, inner) => {
                if !required(context, schema).contains(name) {
                    findings.push(Finding::at(&at, format!("`{name}` of the body is not required")));
                }
                context.resolve(inner)
            }
            _ => schema,
        };
        let required_here = required(context, event);
        match type_const(context, event) {
            None => findings.push(Finding::at(&at, "the `type` of the event has no const")),
            Some(kind) if kind != webhook.path => {
                findings.push(Finding::at(
                    &at,
                    format!("the `type` of the event is `{kind}`, the webhook is `{}`", webhook.path),
                ));
            }
            Some(_) => {}
        }
        match property(context, event, "data").map(|data| (data, properties(context, data))) {
            None => findings.push(Finding::at(&at, "the event has no `data`")),
            Some((data, keys)) => match keys.as_slice() {
                [(key, _)] if !required(context, data).contains(key) => {
                    findings.push(Finding::at(&at, format!("`{key}` in the data of the event is not required")));
                }
                [_] => {}
                _ => findings.push(Finding::at(
                    &at,
                    format!("the data of the event has {} properties instead of one", keys.len()),
                )),
            },
        }
        for name in ["type", "data"]
            .iter()
            .filter(|name| !required_here.contains(name) && property(context, event, name).is_some())
        {
            findings.push(Finding::at(&at, format!("`{name}` of the event is not required")));
        }
    }
    findings
}

/// The const of `type`; where a shared part of an `allOf` leaves it open, that of the part which sets it.
fn type_const<'a>(context: &Context<'a>, event: &'a Value) -> Option<&'a str> {
    let event = context.resolve(event);
    let own = event.get("properties").and_then(|own| own.get("type")).map(|kind| text(context.resolve(kind), "const"));
    own.filter(|kind| !kind.is_empty()).or_else(|| {
        let parts = event.get("allOf").and_then(Value::as_array)?;
        parts
            .iter()
            .find_map(|part| part.get("properties").or(part.get("$ref")).and_then(|_| type_const(context, part)))
    })
}

/// The body of a webhook, resolved, and its JSON schema, resolved.
fn body<'a>(context: &Context<'a>, webhook: &Operation<'a>) -> Option<(&'a Value, &'a Value)> {
    let body = context.resolve(webhook.value.get("requestBody")?);
    let (_, media) = entries(body.get("content")).find(|(name, _)| is_json(name))?;
    Some((body, context.resolve(media.get("schema")?)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn webhooks_are_posts_to_anyone() {
        check(
            "webhook-operation",
            "webhooks:
  a.made: {get: {responses: {200: {}}}}
  a.gone: {post: {security: [], responses: {2XX: {}}, requestBody: {content: {application/json: {schema: {}}}}}}",
            &[
                "/webhooks/a.made/get: is a POST",
                "/webhooks/a.made/get: security",
                "/webhooks/a.made/get: 2XX",
                "/webhooks/a.made/get: no JSON body",
                "/webhooks/a.gone/post: not required",
            ],
            &[
                (
                    "{get: {responses: {200: {}}}}",
                    "{post: {security: [], responses: {2XX: {}}, requestBody: {content: {application/json: {schema: {}}}}}}",
                ),
                ("requestBody: {content", "requestBody: {required: true, content"),
            ],
        );
    }

    #[test]
    fn payloads_are_told_by_their_type() {
        check(
            "webhook-payload",
            "webhooks:
  a.made: {post: {requestBody: {content: {application/json: {schema: {required: [event], properties: {event: {$ref: '#/components/schemas/E'}}}}}}}}
  a.gone: {post: {requestBody: {content: {application/json: {schema: {allOf: [{$ref: '#/components/schemas/F'}, {properties: {type: {const: a.made}}}]}}}}}}
components:
  schemas:
    E: {required: [type], properties: {type: {}, data: {properties: {a: {}, b: {}}}}}
    F: {required: [type, data], properties: {type: {type: string}, data: {required: [a], properties: {a: {}}}}}",
            &[
                "/webhooks/a.made/post/requestBody: no const",
                "/webhooks/a.made/post/requestBody: has 2 properties",
                "/webhooks/a.made/post/requestBody: `data` of the event is not required",
                "/webhooks/a.gone/post/requestBody: is `a.made`",
            ],
            &[
                ("{const: a.made}", "{const: a.gone}"),
                ("E: {required: [type], properties: {type: {}, data: {properties: {a: {}, b: {}}}}}", "E: {required: [type, data], properties: {type: {const: a.made}, data: {required: [a], properties: {a: {}}}}}"),
            ],
        );
    }
}
