//! What the document says in extensions of its own, beside the marks of evidence.

use std::collections::HashSet;

use serde_json::Value;

use super::context::{Context, entries, strings};
use super::{Finding, Rule};
use crate::document::pointer;

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "expand-scopes",
        summary: "x-expand-scopes gives declared scopes for each value of its parameter's enum, and for no other.",
        check: expand_scopes,
    },
    Rule { name: "open-enum", summary: "x-open-enum is true and stands beside an enum.", check: open_enum },
];

fn expand_scopes(context: &Context<'_>) -> Vec<Finding> {
    let schemes = context.components("securitySchemes").flat_map(|(_, scheme)| entries(scheme.get("flows")));
    let declared: HashSet<&str> =
        schemes.flat_map(|(_, flow)| entries(flow.get("scopes"))).map(|(scope, _)| scope).collect();
    let mut findings = Vec::new();
    for (holder, owner, value) in of(context, "x-expand-scopes") {
        let at = format!("{holder}/x-expand-scopes");
        let values = owner.get("schema").map_or_else(Vec::new, |schema| enum_of(context, schema));
        for (name, scopes) in entries(Some(value)) {
            let at = pointer::join(&at, name);
            if !values.contains(&name) {
                findings.push(Finding::at(&at, format!("`{name}` is no value of the parameter")));
            }
            for scope in strings(Some(scopes)).into_iter().filter(|scope| !declared.contains(scope)) {
                findings.push(Finding::at(&at, format!("no OAuth flow declares the scope `{scope}`")));
            }
        }
        for name in values.into_iter().filter(|name| value.get(name).is_none()) {
            findings.push(Finding::at(&at, format!("the scopes of the value `{name}` are missing")));
        }
    }
    findings
}

fn open_enum(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (holder, owner, value) in of(context, "x-open-enum") {
        let at = format!("{holder}/x-open-enum");
        if *value != Value::Bool(true) {
            findings.push(Finding::at(&at, format!("x-open-enum is {value}; an enum without it is closed")));
        }
        let schema = owner.get("schema").unwrap_or(owner);
        if enum_of(context, schema).is_empty() {
            findings.push(Finding::at(&at, "there is no enum that could be open"));
        }
    }
    findings
}

/// The places of one extension: the pointer of its owner, the owner, and the value.
fn of<'a>(context: &Context<'a>, key: &str) -> impl Iterator<Item = (String, &'a Value, &'a Value)> {
    let places = context.extensions.iter().filter(move |(_, other)| *other == key);
    let root = &context.document.root;
    places.filter_map(|(at, key)| {
        let owner = root.pointer(at)?;
        Some((at.clone(), owner, owner.get(key)?))
    })
}

/// The strings of a schema's enum, of its items' where it is an array, or of a branch's.
fn enum_of<'a>(context: &Context<'a>, schema: &'a Value) -> Vec<&'a str> {
    let schema = context.resolve(schema);
    let inner = schema.get("items").map(|items| context.resolve(items)).unwrap_or(schema);
    let own = strings(inner.get("enum"));
    if !own.is_empty() {
        return own;
    }
    super::schema::branches(inner).iter().flat_map(|branch| strings(context.resolve(branch).get("enum"))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn expanding_says_what_it_needs() {
        check(
            "expand-scopes",
            "components:
  parameters: {P: {schema: {type: array, items: {enum: [a, a.b]}}, x-expand-scopes: {a: ['a:read', 'b:read'], c: ['a:read']}}}
  securitySchemes: {O: {flows: {one: {scopes: {'a:read': A}}}}}",
            &[
                "/components/parameters/P/x-expand-scopes/a: `b:read`",
                "/components/parameters/P/x-expand-scopes/c: no value",
                "/components/parameters/P/x-expand-scopes: `a.b` are missing",
            ],
            &[(", 'b:read'", ""), (", c:", ", a.b:")],
        );
    }

    #[test]
    fn open_enums_are_enums() {
        check(
            "open-enum",
            "components: {schemas: {A: {x-open-enum: true}, B: {enum: [b], x-open-enum: false}, C: {items: {enum: [c]}, x-open-enum: true}}}",
            &["/components/schemas/A/x-open-enum: no enum", "/components/schemas/B/x-open-enum: false"],
            &[("A: {", "A: {enum: [a], "), ("x-open-enum: false", "x-open-enum: true")],
        );
    }
}
