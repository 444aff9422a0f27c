//! The document as it was written: for the tables that need what the lowering for the client takes away.

use serde_json::Value;

use crate::document::{Document, Targets, pointer};
use crate::model::Operation;

/// How many references, and how many schemas within schemas, are followed to a keyword.
const FAR_ENOUGH: usize = 32;

/// A document, with where its references lead.
pub(super) struct Source<'a> {
    root: &'a Value,
    targets: Targets,
}

impl<'a> Source<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        Self { root: &document.root, targets: Targets::of(&document.root) }
    }

    /// What stands at a pointer.
    pub(super) fn at(&self, pointer: &str) -> Option<&'a Value> {
        self.root.pointer(pointer)
    }

    /// The pointer of what a reference at `at` leads to.
    pub(super) fn target(&self, reference: &str, at: &str) -> Option<String> {
        self.targets.resolve(self.root, at, reference).ok()
    }

    /// The schema of the JSON form of an operation's body, with its pointer.
    pub(super) fn json_body(&self, operation: &Operation) -> Option<(&'a Value, String)> {
        let (body, at) = self.child(self.at(&operation.pointer)?, &operation.pointer, "requestBody")?;
        let (content, at) = self.child(body, &at, "content")?;
        let (media_type, _) = content.as_object()?.iter().find(|(media_type, _)| is_json(media_type))?;
        let (media_type, at) = self.child(content, &at, media_type)?;
        Some((media_type.get("schema")?, pointer::join(&at, "schema")))
    }

    /// The text of a keyword of a query parameter's values: that of the parameter's schema, else of the items of its list,
    /// else of the first of its alternatives that has one.
    pub(super) fn keyword(&self, operation: &Operation, parameter: &str, keyword: &str) -> Option<&'a str> {
        let (own, at) = (self.at(&operation.pointer)?, operation.pointer.as_str());
        let item = at.rsplit_once('/').and_then(|(item, _)| Some((self.at(item)?, item)));
        // A parameter of the operation hides one of the path.
        let (found, at) = [Some((own, at)), item].into_iter().flatten().find_map(|(holder, at)| {
            let (list, at) = self.child(holder, at, "parameters")?;
            let mut each = (0..list.as_array()?.len()).filter_map(|i| self.child(list, &at, &i.to_string()));
            each.find(|(value, _)| value["in"] == "query" && value["name"] == parameter)
        })?;
        let (schema, at) = self.child(found, &at, "schema")?;
        self.keyword_within(schema, &at, keyword, 0)
    }

    fn keyword_within(&self, schema: &'a Value, at: &str, keyword: &str, depth: usize) -> Option<&'a str> {
        if depth > FAR_ENOUGH {
            return None;
        }
        if let Some(text) = schema.get(keyword).and_then(Value::as_str) {
            return Some(text);
        }
        let within = |(schema, at): (&'a Value, String)| self.keyword_within(schema, &at, keyword, depth + 1);
        self.child(schema, at, "items").and_then(within).or_else(|| {
            ["allOf", "anyOf", "oneOf"].into_iter().find_map(|union| {
                let list = schema.get(union)?;
                let at = pointer::join(at, union);
                (0..list.as_array()?.len()).find_map(|i| self.child(list, &at, &i.to_string()).and_then(within))
            })
        })
    }

    /// The child `key` of the object or list at `at`, with its pointer; if it is a reference, what that leads to.
    fn child(&self, of: &'a Value, at: &str, key: &str) -> Option<(&'a Value, String)> {
        let mut child = of.get(key).or_else(|| of.get(key.parse::<usize>().ok()?))?;
        let mut at = pointer::join(at, key);
        for _ in 0..FAR_ENOUGH {
            let Some(reference) = child.get("$ref").and_then(Value::as_str) else { break };
            at = self.target(reference, &at)?;
            child = self.at(&at)?;
        }
        Some((child, at))
    }
}

fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.ends_with("/json") || essence.ends_with("+json")
}
