//! `x-evidence`: what is not documented says so, in two words, at places where a reader of the document finds it.

use serde_json::Value;

use super::context::{Context, Operation, text};
use super::schema::{branches, is_null, is_type};
use super::walk::Kind;
use super::{Finding, Rule};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "evidence-value",
        summary: "x-evidence is `inferred` or `third-party`; what is documented has no mark.",
        check: evidence_value,
    },
    Rule {
        name: "evidence-place",
        summary: "x-evidence marks an operation, parameter, body, answer, media type, header, schema or security scheme, nothing else.",
        check: evidence_place,
    },
    Rule {
        name: "evidence-parts",
        summary: "x-inferred names aspects that are there (nullable, required, a keyword); x-inferred-values and x-third-party-values name values of the enum, not all.",
        check: evidence_parts,
    },
    Rule {
        name: "evidence-consistent",
        summary: "A documented operation has documented path parameters and a documented success answer; of an inferred one no query parameter or property of its body is documented.",
        check: evidence_consistent,
    },
];

const KEY: &str = "x-evidence";
const ASPECTS: &str = "x-inferred";
const VALUES: [&str; 2] = ["x-inferred-values", "x-third-party-values"];

fn evidence_value(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, key) in &context.extensions {
        if *key == KEY {
            let value = context.document.root.pointer(&format!("{at}/{key}")).unwrap_or(&Value::Null);
            if !matches!(value.as_str(), Some("inferred" | "third-party")) {
                findings.push(Finding::at(
                    format!("{at}/{key}"),
                    format!("x-evidence is {value}, not inferred or third-party"),
                ));
            }
        } else if ["x-evid", "x-infer", "x-third"].iter().any(|start| key.to_ascii_lowercase().starts_with(start))
            && *key != ASPECTS
            && !VALUES.contains(key)
        {
            findings.push(Finding::at(format!("{at}/{key}"), format!("`{key}` is no mark that is known")));
        }
    }
    findings
}

fn evidence_place(context: &Context<'_>) -> Vec<Finding> {
    const ALLOWED: &[Kind] = &[
        Kind::Operation,
        Kind::Parameter,
        Kind::RequestBody,
        Kind::Response,
        Kind::MediaType,
        Kind::Header,
        Kind::Schema,
        Kind::SecurityScheme,
    ];
    let marks = context.extensions.iter().filter(|(_, key)| *key == KEY);
    marks
        .filter(|(at, _)| !context.node(at).is_some_and(|node| ALLOWED.contains(&node.kind)))
        .map(|(at, key)| Finding::at(format!("{at}/{key}"), "nothing here can be marked"))
        .collect()
}

fn evidence_parts(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (holder, key) in &context.extensions {
        let (aspects, values) = (*key == ASPECTS, VALUES.contains(key));
        if !aspects && !values {
            continue;
        }
        let at = format!("{holder}/{key}");
        let root = &context.document.root;
        let (Some(owner), Some(listed)) = (root.pointer(holder), root.pointer(&at).and_then(Value::as_array)) else {
            findings.push(Finding::at(at, "this mark is a list"));
            continue;
        };
        if listed.is_empty() {
            findings.push(Finding::at(&at, "the list is empty"));
        }
        if owner.get(KEY).is_some() {
            findings.push(Finding::at(&at, "x-evidence marks the whole already"));
        }
        let mut holders = vec![owner];
        gather_holders(context, owner, &mut holders);
        let enums: Vec<&Value> =
            holders.iter().filter_map(|holder| holder.get("enum").and_then(Value::as_array)).flatten().collect();
        for (i, part) in listed.iter().enumerate() {
            let there = if values {
                enums.contains(&part)
            } else {
                part.as_str().is_some_and(|name| has_aspect(context, holder, &holders, name))
            };
            if !there {
                let what = if values { "is no value of the enum" } else { "is no part of what is marked" };
                findings.push(Finding::at(format!("{at}/{i}"), format!("{part} {what}")));
            }
        }
        if values && !enums.is_empty() && enums.iter().all(|value| value.is_null() || listed.contains(value)) {
            findings.push(Finding::at(
                &at,
                "every value of the enum is listed; mark the whole with x-evidence, or the enum with x-inferred",
            ));
        }
    }
    findings
}

/// The parts of a parameter or of an array are those of its schema and its items too, those of a nullable reference
/// those of its branches.
fn gather_holders<'a>(context: &Context<'a>, owner: &'a Value, found: &mut Vec<&'a Value>) {
    let inner = ["schema", "items"].iter().filter_map(|key| owner.get(key)).chain(branches(owner));
    for inner in inner.map(|inner| context.resolve(inner)) {
        // A recursive schema comes round to itself.
        if !found.iter().any(|known| std::ptr::eq(*known, inner)) {
            found.push(inner);
            gather_holders(context, inner, found);
        }
    }
}

/// Whether what is marked has the aspect: it can be null, it is required, or it has the keyword.
fn has_aspect(context: &Context<'_>, at: &str, holders: &[&Value], aspect: &str) -> bool {
    let nullable = |schema: &&Value| is_type(schema, "null") || branches(schema).iter().any(is_null);
    // Whether a property may be null or must be there is a statement of its own, whichever way it goes.
    let property = context.node(at).is_some_and(|node| node.place.0 == "properties" || node.kind == Kind::Parameter);
    match aspect {
        "nullable" => property || holders.iter().take(1).any(nullable),
        "required" => property || holders.iter().any(|holder| holder.get("required").is_some()),
        keyword => holders.iter().any(|holder| holder.get(keyword).is_some()),
    }
}

fn evidence_consistent(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for operation in &context.operations {
        if is_marked(operation.value) {
            unmarked_parts(context, operation, &mut findings);
            continue;
        }
        for parameter in operation.parameters_in("path").filter(|parameter| is_marked(parameter.value)) {
            let message =
                format!("{} is documented and its path parameter `{}` is not", operation.id(), parameter.name);
            findings.push(Finding::at(&parameter.target, message));
        }
        let successes: Vec<_> = operation.successes().collect();
        if !successes.is_empty() && successes.iter().all(|success| is_marked(success.value)) {
            let message = format!("{} is documented and none of its success answers is", operation.id());
            findings.push(Finding::at(&successes[0].target, message));
        }
    }
    findings
}

/// What an operation that is marked has without a mark, as if it were documented: query parameters, and the properties
/// of a body that is written in the operation itself.
fn unmarked_parts<'a>(context: &Context<'a>, operation: &Operation<'a>, findings: &mut Vec<Finding>) {
    let id = operation.id();
    for parameter in operation.parameters_in("query").filter(|parameter| !is_marked(parameter.value)) {
        let message = format!("{id} is inferred and its parameter `{}` is not", parameter.name);
        findings.push(Finding::at(&parameter.pointer, message));
    }
    let within = format!("{}/requestBody/", operation.pointer);
    let properties =
        context.of(Kind::Schema).filter(|node| node.place.0 == "properties" && node.pointer.starts_with(&within));
    for property in properties {
        // A mark on the schema, the media type or the body covers what is inside.
        let mut covers = std::iter::successors(Some(property), |node| context.parent(node))
            .take_while(|node| node.kind != Kind::Operation);
        if !covers.any(|node| is_marked(node.value)) {
            let message = format!("{id} is inferred and the property `{}` of its body is not", property.place.1);
            findings.push(Finding::at(&property.pointer, message));
        }
    }
}

fn is_marked(value: &Value) -> bool {
    !text(value, KEY).is_empty()
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn marks_are_one_of_two_words() {
        check(
            "evidence-value",
            "components: {schemas: {A: {x-evidence: documented, examples: [{x-evidence: no}]}, B: {x-evidence: [inferred]}, C: {x-evidense: inferred, x-inferred-value: [a]}, D: {x-evidence: third-party, properties: {x-evidence: {}}}}}",
            &[
                "/components/schemas/A/x-evidence: documented",
                "/components/schemas/B/x-evidence: not inferred",
                "/components/schemas/C/x-evidense: no mark",
                "/components/schemas/C/x-inferred-value: no mark",
            ],
            &[
                ("x-evidence: documented, ", ""),
                ("[inferred]", "inferred"),
                ("evidense", "evidence"),
                ("inferred-value:", "inferred-values:"),
            ],
        );
    }

    #[test]
    fn marks_stand_where_they_are_looked_for() {
        check(
            "evidence-place",
            "x-evidence: inferred
tags: [{name: a, x-evidence: inferred}]
components: {schemas: {A: {x-evidence: inferred, properties: {a: {x-evidence: inferred}}, x-enum: {}}}}",
            &["/x-evidence: marked", "/tags/0/x-evidence: marked"],
            &[("x-evidence: inferred\ntags", "tags"), ("name: a, x-evidence: inferred", "name: a")],
        );
    }

    #[test]
    fn marks_of_parts_name_parts() {
        check(
            "evidence-parts",
            "components:
  parameters:
    P: {x-inferred: [default, minimum], schema: {default: 1}}
  schemas:
    A: {x-inferred: pattern, properties: {a: {x-inferred: [required, nullable, format], type: string}}}
    E: {x-inferred: [nullable], type: string}
    B: {x-inferred-values: [b, c], items: {items: {enum: [a, b]}}}
    C: {x-inferred-values: [a, b], enum: [a, b, null]}
    D: {x-third-party-values: [], x-evidence: inferred}",
            &[
                "/components/parameters/P/x-inferred/1: \"minimum\" is no part",
                "/components/schemas/A/x-inferred: is a list",
                "/components/schemas/A/properties/a/x-inferred/2: \"format\" is no part",
                "/components/schemas/E/x-inferred/0: \"nullable\" is no part",
                "/components/schemas/B/x-inferred-values/1: \"c\" is no value",
                "/components/schemas/C/x-inferred-values: every value",
                "/components/schemas/D/x-third-party-values: empty",
                "/components/schemas/D/x-third-party-values: the whole",
            ],
            &[
                ("[default, minimum]", "[default]"),
                ("{x-inferred: pattern, ", "{"),
                ("format], type: string", "format], type: string, format: uri"),
                ("[nullable], type: string", "[nullable], type: [string, 'null']"),
                ("[b, c]", "[b]"),
                ("values: [a, b]", "values: [a]"),
                ("x-third-party-values: [], ", ""),
            ],
        );
    }

    #[test]
    fn an_operation_and_its_parts_agree() {
        check(
            "evidence-consistent",
            "paths:
  /b: {post: {operationId: b, x-evidence: inferred, parameters: [{name: q, in: query}], requestBody: {content: {application/json: {schema: {properties: {p: {}, r: {x-evidence: inferred, properties: {s: {}}}}}}}}}}
  /a/{a_id}: {get: {operationId: a_show, parameters: [{name: a_id, in: path, x-evidence: inferred}, {name: b, in: query, x-evidence: inferred}], responses: {200: {x-evidence: inferred}, 404: {x-evidence: inferred}}}}",
            &["/paths/~1b/post/parameters/0: b is inferred", "/paths/~1b/post/requestBody/content/application~1json/schema/properties/p: b is inferred", "/paths/~1a~1{a_id}/get/parameters/0: path parameter `a_id`", "/paths/~1a~1{a_id}/get/responses/200: none of its success"],
            &[("name: a_id, in: path, x-evidence: inferred", "name: a_id, in: path"), ("200: {x-evidence: inferred}", "200: {}"), ("in: query}]", "in: query, x-evidence: inferred}]"), ("p: {}", "p: {x-evidence: inferred}")],
        );
    }
}
