//! How null is written.

use serde_json::Value;

use super::context::Context;
use super::schema::{branches, is_null, is_type, types};
use super::walk::Kind;
use super::{Finding, Rule};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "nullable",
        summary: "Nullable is a type array with null; only a reference is made nullable by a branch of type null.",
        check: nullable,
    },
    Rule {
        name: "nullable-enum",
        summary: "An enum lists null exactly when its type allows it.",
        check: nullable_enum,
    },
];

fn nullable(context: &Context<'_>) -> Vec<Finding> {
    if context.is_v30() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for node in context.of(Kind::Schema) {
        if node.value.get("nullable").is_some() {
            let message = "`nullable` means nothing in OpenAPI 3.1; write a type array with 'null'";
            findings.push(Finding::at(format!("{}/nullable", node.pointer), message));
        }
        let (nulls, others): (Vec<&Value>, Vec<&Value>) =
            branches(node.value).iter().partition(|branch| is_null(branch));
        if let ([_, ..], [only]) = (nulls.as_slice(), others.as_slice())
            && only.get("$ref").is_none()
            && only.get("type").is_some()
        {
            findings.push(Finding::at(
                &node.pointer,
                "a branch of type null beside one inline schema; write a type array with 'null'",
            ));
        }
    }
    findings
}

fn nullable_enum(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in context.of(Kind::Schema).filter(|node| !types(node.value).is_empty()) {
        let Some(values) = node.value.get("enum").and_then(Value::as_array) else { continue };
        let allowed =
            is_type(node.value, "null") || context.is_v30() && node.value.get("nullable") == Some(&true.into());
        let listed = values.iter().any(Value::is_null);
        let at = format!("{}/enum", node.pointer);
        if allowed && !listed {
            findings.push(Finding::at(at, "the type allows null and the enum does not list it"));
        } else if listed && !allowed {
            findings.push(Finding::at(at, "the enum lists null and the type does not allow it"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, found};

    #[test]
    fn null_is_a_type() {
        check(
            "nullable",
            "components: {schemas: {A: {type: string, nullable: true}, B: {anyOf: [{type: string}, {type: 'null'}]}, C: {oneOf: [{$ref: '#/components/schemas/A'}, {type: 'null'}]}}}",
            &["/components/schemas/A/nullable: means nothing", "/components/schemas/B: type array"],
            &[
                ("type: string, nullable: true", "type: [string, 'null']"),
                ("anyOf: [{type: string}, {type: 'null'}]", "type: [string, 'null']"),
            ],
        );
        assert_eq!(
            found("nullable", "openapi: 3.0.3\ncomponents: {schemas: {A: {type: string, nullable: true}}}"),
            [""; 0]
        );
    }

    #[test]
    fn enums_list_null_when_they_may_be_null() {
        check(
            "nullable-enum",
            "components: {schemas: {A: {type: [string, 'null'], enum: [a]}, B: {type: string, enum: [a, null]}, C: {enum: [a, null]}}}",
            &["/components/schemas/A/enum: does not list", "/components/schemas/B/enum: does not allow"],
            &[("enum: [a]", "enum: [a, null]"), ("type: string, enum: [a, null]", "type: string, enum: [a]")],
        );
    }
}
