//! `cargo xtask lint`: the rules this project holds its document to, beyond what makes it a valid one. Every rule is
//! phrased over the shape of a document, so that it can be pointed at any other.
//!
//! A rule is one row of a table and one function; to add one, write both in the file of its family and, if the family
//! is new, add it to [`rules`].

mod context;
mod envelopes;
mod errors;
mod evidence;
mod examples;
mod extensions;
mod lists;
mod names;
mod nullable;
mod objects;
mod operation_ids;
mod operations;
mod parameters;
mod paths;
mod references;
mod schema;
mod security;
mod statuses;
#[cfg(test)]
mod testing;
mod unions;
mod validation;
mod walk;
mod webhooks;
mod words;

use std::collections::HashSet;
use std::fmt;

use serde_json::Value;

pub use context::Context;

use crate::document::{Document, pointer};

/// One thing that a rule holds against the document.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Finding {
    /// The name of the rule.
    pub rule: &'static str,
    /// JSON Pointer of the culprit; empty for the document itself.
    pub pointer: String,
    /// What is wrong, in one line.
    pub message: String,
}

/// One rule.
pub struct Rule {
    /// Its name, in kebab case.
    pub name: &'static str,
    /// What it demands, in one sentence.
    pub summary: &'static str,
    /// What it holds against a document. The name of the rule is filled in by [`lint`].
    pub check: fn(&Context<'_>) -> Vec<Finding>,
}

/// All rules.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [
        references::RULES,
        operation_ids::RULES,
        operations::RULES,
        paths::RULES,
        parameters::RULES,
        names::RULES,
        envelopes::RULES,
        security::RULES,
        evidence::RULES,
        extensions::RULES,
        lists::RULES,
        errors::RULES,
        statuses::RULES,
        nullable::RULES,
        objects::RULES,
        unions::RULES,
        examples::RULES,
        webhooks::RULES,
    ]
    .into_iter()
    .flatten()
}

/// Holds every rule against `document`. The findings come in the order of the document, those of one place by rule.
pub fn lint(document: &Document) -> Vec<Finding> {
    let context = Context::new(document);
    let mut findings: Vec<Finding> = rules().flat_map(|rule| apply(rule, &context)).collect();
    // What several operations share is looked at once for each of them.
    let mut seen = HashSet::new();
    findings.retain(|finding| seen.insert(finding.clone()));
    findings.sort_by_cached_key(|finding| (position(&document.root, &finding.pointer), finding.rule));
    findings
}

/// What one rule finds.
fn apply(rule: &Rule, context: &Context<'_>) -> Vec<Finding> {
    let mut findings = (rule.check)(context);
    for finding in &mut findings {
        finding.rule = rule.name;
    }
    findings
}

impl Finding {
    /// A finding at `pointer`, of the rule that is being applied.
    fn at(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        // Some messages quote the document, and a finding is one line.
        let message = message.into().replace(['\n', '\r'], " ");
        Self { rule: "", pointer: pointer.into(), message }
    }
}

/// One line: `pointer: message [rule]`. The alternate form (`{:#}`) adds what the rule demands.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.pointer.is_empty() { "the document" } else { &self.pointer };
        write!(f, "{place}: {} [{}]", self.message, self.rule)?;
        match rules().find(|rule| rule.name == self.rule) {
            Some(rule) if f.alternate() => write!(f, " ({})", rule.summary.trim_end_matches('.')),
            _ => Ok(()),
        }
    }
}

/// Where `pointer` stands in the document, as the index of each step among its siblings.
fn position(root: &Value, pointer: &str) -> Vec<usize> {
    let mut steps = Vec::new();
    let mut current = Some(root);
    for token in pointer::tokens(pointer) {
        let (index, next) = match current {
            Some(Value::Object(object)) => (object.keys().position(|key| *key == token), object.get(&token)),
            Some(Value::Array(items)) => (token.parse().ok(), token.parse().ok().and_then(|i: usize| items.get(i))),
            _ => (None, None),
        };
        steps.push(index.unwrap_or(usize::MAX));
        current = next;
    }
    steps
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::document::parse;

    #[test]
    fn rules_have_distinct_names_and_say_what_they_demand() {
        let mut names = HashSet::new();
        for rule in rules() {
            assert!(words::is_kebab(rule.name), "{}", rule.name);
            assert!(names.insert(rule.name), "{} stands twice", rule.name);
            assert!(rule.summary.ends_with('.'), "{}", rule.name);
        }
    }

    #[test]
    fn no_rule_is_one_that_cannot_fail() {
        let document = parse(include_str!("fixtures/wrong.yaml")).unwrap();
        let found: HashSet<_> = lint(&document).into_iter().map(|finding| finding.rule).collect();
        let silent: Vec<_> = rules().map(|rule| rule.name).filter(|name| !found.contains(name)).collect();
        assert_eq!(silent, [""; 0]);
    }

    #[test]
    fn a_document_in_order_has_no_findings() {
        let document = parse(include_str!("fixtures/right.yaml")).unwrap();
        let found: Vec<_> = lint(&document).iter().map(ToString::to_string).collect();
        assert_eq!(found, [""; 0]);
    }

    #[test]
    fn findings_are_lines_in_document_order() {
        let document =
            parse("{openapi: 3.1.1, paths: {/b: {get: {operationId: b_show}}, /a: {get: {operationId: B_show}}}}")
                .unwrap();
        let found = lint(&document);
        let first_a = found.iter().position(|f| f.pointer.starts_with("/paths/~1a"));
        let last_b = found.iter().rposition(|f| f.pointer.starts_with("/paths/~1b"));
        assert!(last_b < first_a);
        let named = found.iter().find(|f| f.rule == "operation-id");
        let line = "/paths/~1a/get/operationId: `B_show` is not snake_case [operation-id]";
        assert_eq!(named.map(ToString::to_string).as_deref(), Some(line));
        let long = format!("{line} (Every operation has an operationId of its own, in snake_case)");
        assert_eq!(named.map(|f| format!("{f:#}")), Some(long));
    }

    #[test]
    fn nothing_in_an_odd_document_makes_a_rule_panic() {
        for text in [
            "{openapi: 3.1.1}",
            "{openapi: 3.1.1, paths: [], webhooks: 1, components: {schemas: [1]}}",
            "{openapi: 3.1.1, paths: {/a: {get: null, post: {responses: [], parameters: {}, security: 1}}}}",
            "{openapi: 3.1.1, components: {schemas: {A: {$ref: '#/components/schemas/A'}, B: true, C: {allOf: [{$ref: '#/components/schemas/C'}]}}}}",
            "{openapi: 3.0.3, components: {schemas: {A: {type: string, nullable: true, enum: [a], default: null}}}}",
        ] {
            let document = parse(text).unwrap();
            let _ = lint(&document);
        }
    }
}
