//! From any OpenAPI 3 document to one whose every schema has a plain Rust reading.
//!
//! Two groups of passes, each pass a function over the document with its own unit tests:
//! - [`structural`]: whatever dialect the document is written in, afterwards it is in one normal form, close to 3.0.
//! - [`semantic`]: what the normal form means in Rust (ids, shared enums, unions, expandable references, results by
//!   status, names) is marked in the document with `x-…` keys, which [`crate::model`] reads.

pub mod names;
pub mod semantic;
pub mod structural;

pub use structural::{LeftOut, Report};

use serde_json::Value;

use crate::document::{Document, DocumentError, check};

/// A document in its lowered form, with what got lost on the way.
#[derive(Debug)]
pub struct Lowered {
    /// The document, with the marks of the semantic passes.
    pub root: Value,
    /// What is not generated, or only loosely.
    pub report: Report,
}

/// Lowers a document.
///
/// # Errors
/// When the document is broken: the first fault, with its place.
pub fn lower(document: &Document) -> Result<Lowered, DocumentError> {
    let mut root = document.root.clone();
    name_parameters(&mut root);
    check::check(&root)?;
    let mut report = Report::default();
    structural::run(&mut root, &mut report);
    semantic::run(&mut root, &mut report);
    Ok(Lowered { root, report })
}

/// A parameter called `1` or `true` without quotes is a number or a boolean in YAML, and means its text.
fn name_parameters(root: &mut Value) {
    fn name(parameter: &mut Value) {
        let text = match parameter.get("name") {
            Some(name @ (Value::Number(_) | Value::Bool(_))) => name.to_string(),
            _ => return,
        };
        parameter["name"] = Value::String(text);
    }
    fn values(value: Option<&mut Value>) -> impl Iterator<Item = &mut Value> {
        value.and_then(Value::as_object_mut).into_iter().flat_map(serde_json::Map::values_mut)
    }
    fn list(holder: &mut Value) {
        holder.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten().for_each(name);
    }
    for section in ["paths", "webhooks"] {
        for item in values(root.get_mut(section)) {
            list(item);
            values(Some(item)).for_each(list);
        }
    }
    values(root.pointer_mut("/components/parameters")).for_each(name);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse;

    #[test]
    fn a_parameter_may_be_called_by_a_number() {
        let document = parse(
            "openapi: 3.0.0\npaths: {'/a/{1}': {get: {parameters: [{name: 1, in: path, required: true, schema: {type: string}}]}}}",
        )
        .unwrap();
        let root = lower(&document).unwrap().root;
        assert_eq!(root["paths"]["/a/{1}"]["get"]["parameters"][0]["name"], "1");
    }
}
