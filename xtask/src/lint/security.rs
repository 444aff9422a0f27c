//! Who may call what: every operation says it, with scopes that exist, and every scope has a use.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use super::context::{Context, Operation, entries};
use super::{Finding, Rule};
use crate::document::pointer;

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "operation-security",
        summary: "Every operation states its security itself ([] for none), by schemes that are declared.",
        check: operation_security,
    },
    Rule {
        name: "scope-alternatives",
        summary: "The alternatives of an operation's security ask for the same scope, and for no more than one.",
        check: scope_alternatives,
    },
    Rule {
        name: "scope-declared",
        summary: "Every scope an operation asks for is declared in every OAuth flow, and all flows declare the same scopes.",
        check: scope_declared,
    },
    Rule {
        name: "scope-used",
        summary: "Every declared scope is asked for by an operation, or named where the document says what needs it.",
        check: scope_used,
    },
    Rule {
        name: "scope-verb",
        summary: "GET asks for a :read scope and every other method for a :write scope.",
        check: scope_verb,
    },
];

fn operation_security(context: &Context<'_>) -> Vec<Finding> {
    let declared: HashSet<&str> = context.components("securitySchemes").map(|(name, _)| name).collect();
    let mut findings = Vec::new();
    for operation in &context.operations {
        if operation.value.get("security").is_none() {
            findings.push(Finding::at(&operation.pointer, "the operation does not state its security"));
        }
        for (i, alternative) in operation.security().into_iter().enumerate() {
            for (scheme, _) in alternative.into_iter().filter(|(scheme, _)| !declared.contains(scheme)) {
                let at = format!("{}/security/{i}", operation.pointer);
                findings.push(Finding::at(at, format!("the security scheme `{scheme}` is not declared")));
            }
        }
    }
    findings
}

fn scope_alternatives(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for operation in &context.operations {
        let at = format!("{}/security", operation.pointer);
        let sets: BTreeSet<BTreeSet<&str>> = operation
            .security()
            .into_iter()
            .map(|alternative| alternative.into_iter().flat_map(|(_, scopes)| scopes).collect())
            .collect();
        if sets.len() > 1 {
            findings.push(Finding::at(&at, "the alternatives ask for different scopes"));
        } else if sets.iter().any(|scopes| scopes.len() > 1) {
            findings.push(Finding::at(&at, "the operation asks for several scopes"));
        }
    }
    findings
}

fn scope_declared(context: &Context<'_>) -> Vec<Finding> {
    let flows = flows(context);
    let mut findings = Vec::new();
    for (at, scopes) in &flows {
        for (_, others) in &flows {
            for scope in others.iter().filter(|scope| !scopes.contains(*scope)) {
                findings.push(Finding::at(at, format!("the flow does not declare `{scope}`, which another flow does")));
            }
        }
    }
    let all: HashSet<&str> = flows.iter().flat_map(|(_, scopes)| scopes.iter().copied()).collect();
    for operation in &context.operations {
        for scope in operation.scopes().into_iter().filter(|scope| !all.contains(scope)) {
            let at = format!("{}/security", operation.pointer);
            findings.push(Finding::at(at, format!("no OAuth flow declares the scope `{scope}`")));
        }
    }
    findings
}

fn scope_used(context: &Context<'_>) -> Vec<Finding> {
    let used: HashSet<&str> = context.operations.iter().flat_map(Operation::scopes).collect();
    let mut unused = Vec::new();
    for (at, scopes) in flows(context) {
        unused.extend(scopes.into_iter().filter(|scope| !used.contains(scope)).map(|scope| (at.clone(), scope)));
    }
    if unused.is_empty() {
        return Vec::new();
    }
    let mut texts = Vec::new();
    for (section, value) in entries(Some(&context.document.root)) {
        match section {
            // Where scopes are declared, each is named, used or not.
            "components" => entries(Some(value))
                .filter(|(name, _)| *name != "securitySchemes")
                .for_each(|(_, v)| gather(v, &mut texts)),
            _ => gather(value, &mut texts),
        }
    }
    unused
        .into_iter()
        .filter(|(_, scope)| !texts.iter().any(|text| names(text, scope)))
        .map(|(at, scope)| {
            Finding::at(pointer::join(&at, scope), format!("nothing asks for the scope `{scope}` or names it"))
        })
        .collect()
}

fn scope_verb(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for operation in &context.operations {
        let (verb, other) =
            if matches!(operation.method, "get" | "head") { ("read", "write") } else { ("write", "read") };
        for scope in operation.scopes() {
            // A scope that is neither of the two says nothing of reading and writing.
            if scope.rsplit(':').next() == Some(other) {
                let at = format!("{}/security", operation.pointer);
                let method = operation.method.to_uppercase();
                findings.push(Finding::at(at, format!("a {method} asks for `{scope}`, not for a :{verb} scope")));
            }
        }
    }
    findings
}

/// The scopes of every OAuth flow with the place they are declared at.
fn flows<'a>(context: &Context<'a>) -> Vec<(String, Vec<&'a str>)> {
    let mut found = Vec::new();
    for (name, scheme) in context.components("securitySchemes") {
        let at = pointer::join("/components/securitySchemes", name);
        for (flow, value) in entries(context.resolve(scheme).get("flows")) {
            let scopes = entries(value.get("scopes")).map(|(scope, _)| scope).collect();
            found.push((format!("{at}/flows/{flow}/scopes"), scopes));
        }
    }
    found
}

fn gather<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| gather(item, texts)),
        Value::Object(object) => {
            for (key, value) in object {
                texts.push(key);
                gather(value, texts);
            }
        }
        _ => {}
    }
}

/// Whether `text` names `scope`, and not merely a longer one.
fn names(text: &str, scope: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
    text.match_indices(scope).any(|(start, _)| {
        !text[..start].ends_with(|c| part(c) || c == '.') && !text[start + scope.len()..].starts_with(part)
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    const SCHEMES: &str = "
components: {securitySchemes: {O: {flows: {one: {scopes: {a:read: A, a:write: A}}, two: {scopes: {a:read: A, a:write: A}}}}, B: {type: http}}}";

    #[test]
    fn operations_state_their_security() {
        check(
            "operation-security",
            &format!(
                "security: []\npaths: {{/a: {{get: {{}}, put: {{security: []}}, post: {{security: [{{B: []}}, {{C: []}}]}}}}}}{SCHEMES}"
            ),
            &["/paths/~1a/get: does not state", "/paths/~1a/post/security/1: `C` is not declared"],
            &[("get: {}", "get: {security: []}"), ("C: []", "O: []")],
        );
    }

    #[test]
    fn alternatives_agree() {
        check(
            "scope-alternatives",
            &format!(
                "paths: {{/a: {{get: {{security: [{{B: []}}, {{O: ['a:read']}}]}}, put: {{security: [{{B: ['a:read', 'a:write']}}]}}}}}}{SCHEMES}"
            ),
            &["/paths/~1a/get/security: different", "/paths/~1a/put/security: several"],
            &[("B: []", "B: ['a:read']"), (", 'a:write'", "")],
        );
    }

    #[test]
    fn scopes_are_declared_in_all_flows() {
        check(
            "scope-declared",
            &format!(
                "paths: {{/a: {{get: {{security: [{{O: ['b:read']}}]}}}}}}{}",
                SCHEMES.replacen(", a:write: A", "", 1)
            ),
            &["/components/securitySchemes/O/flows/one/scopes: `a:write`", "/paths/~1a/get/security: `b:read`"],
            &[("one: {scopes: {a:read: A", "one: {scopes: {a:read: A, a:write: A"), ("b:read", "a:read")],
        );
    }

    #[test]
    fn scopes_are_used_or_named() {
        check(
            "scope-used",
            &format!("paths: {{/a: {{get: {{description: needs xa:write, security: [{{O: ['a:read']}}]}}}}}}{SCHEMES}"),
            &[
                "/components/securitySchemes/O/flows/one/scopes/a:write: nothing asks",
                "/components/securitySchemes/O/flows/two/scopes/a:write: nothing asks",
            ],
            &[("needs xa:write", "needs a:write")],
        );
    }

    #[test]
    fn scopes_go_with_the_method() {
        check(
            "scope-verb",
            "paths: {/a: {get: {security: [{O: ['a:write']}]}, post: {security: [{O: ['a:read']}]}, put: {security: [{O: [admin]}]}}}",
            &["/paths/~1a/get/security: :read", "/paths/~1a/post/security: :write"],
            &[
                ("get: {security: [{O: ['a:write", "get: {security: [{O: ['a:read"),
                ("post: {security: [{O: ['a:read", "post: {security: [{O: ['a:write"),
            ],
        );
    }
}
