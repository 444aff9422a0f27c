//! How a rule is tested: by a document that breaks it and the same document put right.

use super::{Context, apply, rules};
use crate::document::parse;

/// What the rule `name` finds in the document `text` (its `openapi` key is added), as `pointer: message`.
pub(super) fn found(name: &str, text: &str) -> Vec<String> {
    let text = if text.contains("openapi:") { text.to_owned() } else { format!("openapi: 3.1.1\n{text}") };
    let document = parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let rule = rules().find(|rule| rule.name == name).unwrap_or_else(|| panic!("there is no rule {name}"));
    let findings = apply(rule, &Context::new(&document));
    findings.into_iter().map(|finding| format!("{}: {}", finding.pointer, finding.message)).collect()
}

/// Asserts that the rule finds `expected` (`pointer: part of the message`, in this order), and nothing once every
/// replacement of `repairs` is made.
#[track_caller]
pub(super) fn check(name: &str, text: &str, expected: &[&str], repairs: &[(&str, &str)]) {
    let findings = found(name, text);
    let matches = findings.len() == expected.len()
        && findings.iter().zip(expected).all(|(finding, expected)| match expected.split_once(": ") {
            Some((pointer, part)) => finding.starts_with(&format!("{pointer}: ")) && finding.contains(part),
            None => false,
        });
    assert!(matches, "{name} found {findings:#?}, expected {expected:#?}");
    let mut repaired = text.to_owned();
    for (wrong, right) in repairs {
        assert!(repaired.contains(wrong), "nothing to repair: {wrong}");
        repaired = repaired.replace(wrong, right);
    }
    assert_eq!(found(name, &repaired), [""; 0], "{name} on the repaired document\n{repaired}");
}
