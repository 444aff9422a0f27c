//! Where the references of a document lead.

use std::collections::HashMap;

use serde_json::Value;

use super::check::{MAX_DEPTH, is_data};
use super::pointer;

/// Where the references of a document lead: by pointer, by anchor and by `$id`.
#[derive(Debug, Default)]
pub struct Targets {
    anchors: HashMap<String, String>,
    ids: HashMap<String, String>,
}

impl Targets {
    /// The anchors and ids of the document `root`.
    pub fn of(root: &Value) -> Self {
        let mut targets = Self::default();
        targets.collect(root, "", 0);
        targets
    }

    /// The pointer of what `reference`, written in the object at `at`, refers to.
    ///
    /// # Errors
    /// In words, when it leads nowhere or out of the document.
    pub fn resolve(&self, root: &Value, at: &str, reference: &str) -> Result<String, String> {
        let nowhere = || format!("the reference `{reference}` leads nowhere in this document");
        if let Some(target) = pointer::of_reference(reference) {
            if let Some(found) = follow(root, &target) {
                return Ok(found);
            }
            // Schemas brought in from elsewhere point at their own definitions, as if they were the document.
            if target.starts_with("/$defs/") || target.starts_with("/definitions/") {
                let mut around = at;
                while let Some(slash) = around.rfind('/') {
                    around = &around[..slash];
                    if let Some(found) = follow(root, &format!("{around}{target}")) {
                        return Ok(found);
                    }
                }
            }
            return Err(nowhere());
        }
        if let Some(anchor) = reference.strip_prefix('#') {
            return self.anchors.get(anchor).cloned().ok_or_else(nowhere);
        }
        let (id, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        match self.ids.get(id).or_else(|| self.beside(id)) {
            Some(base) if fragment.is_empty() => Ok(base.clone()),
            Some(base) => match pointer::of_reference(&format!("#{fragment}")) {
                Some(inner) => follow(root, &format!("{base}{inner}")).ok_or_else(nowhere),
                None => self.anchors.get(fragment).cloned().ok_or_else(nowhere),
            },
            None => Err(format!(
                "the reference `{reference}` leads out of the document; bundle the document into one file first"
            )),
        }
    }

    /// The one schema whose `$id` ends with a relative reference: bases are not followed, so that it must be but one.
    fn beside(&self, relative: &str) -> Option<&String> {
        let relative = relative.trim_start_matches("./");
        if relative.is_empty() || relative.contains(':') {
            return None;
        }
        let mut found =
            self.ids.iter().filter(|(id, _)| id.strip_suffix(relative).is_some_and(|base| base.ends_with('/')));
        match (found.next(), found.next()) {
            (Some((_, at)), None) => Some(at),
            _ => None,
        }
    }

    fn collect(&mut self, value: &Value, at: &str, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        match value {
            Value::Object(entries) => {
                for (key, value) in entries {
                    match (key.as_str(), value) {
                        ("$anchor" | "$dynamicAnchor", Value::String(name)) => {
                            self.anchors.entry(name.clone()).or_insert_with(|| at.to_owned());
                        }
                        ("$id", Value::String(id)) => {
                            self.ids.entry(id.trim_end_matches('#').to_owned()).or_insert_with(|| at.to_owned());
                        }
                        (key, _) if is_data(key) => {}
                        (key, Value::Object(_) | Value::Array(_)) => {
                            self.collect(value, &pointer::join(at, key), depth + 1);
                        }
                        _ => {}
                    }
                }
            }
            Value::Array(elements) => {
                for (index, value) in elements.iter().enumerate() {
                    if value.is_object() || value.is_array() {
                        self.collect(value, &format!("{at}/{index}"), depth + 1);
                    }
                }
            }
            _ => {}
        }
    }
}

/// The place that `target` names, with the references followed that stand on the way.
fn follow(root: &Value, target: &str) -> Option<String> {
    if root.pointer(target).is_some() {
        return Some(target.to_owned());
    }
    let mut at = String::new();
    for token in pointer::tokens(target) {
        for _ in 0..32 {
            let here = root.pointer(&at)?;
            let onward = here.get("$ref").and_then(Value::as_str).and_then(pointer::of_reference);
            match onward {
                Some(onward) if here.get(&token).is_none() => at = onward,
                _ => break,
            }
        }
        at = pointer::join(&at, &token);
        root.pointer(&at)?;
    }
    Some(at)
}
