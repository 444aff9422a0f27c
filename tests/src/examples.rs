//! Every example of the document, with the row of the generated tables that has to take it.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde_json::Value;

use crate::document::{document, entries, escaped, items, resolve};
use crate::{Again, schemas};

/// A row of the generated tables.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Row {
    /// A component by its name.
    Component(String),
    /// The request body of an operation.
    Body(String),
    /// The successful answer of an operation.
    Answer(String),
    /// The answer of an operation with a status of failure.
    Error(String, String),
    /// The payload of an event.
    Event(String),
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Component(name) => write!(f, "component {name}"),
            Self::Body(operation) => write!(f, "body of {operation}"),
            Self::Answer(operation) => write!(f, "answer of {operation}"),
            Self::Error(operation, status) => write!(f, "{status} of {operation}"),
            Self::Event(name) => write!(f, "event {name}"),
        }
    }
}

/// The rows of all tables.
pub fn rows() -> BTreeMap<Row, Again> {
    let components = schemas::COMPONENTS.iter().map(|(name, again)| (Row::Component((*name).to_owned()), *again));
    let bodies = schemas::BODIES.iter().map(|(name, again)| (Row::Body((*name).to_owned()), *again));
    let answers = schemas::ANSWERS.iter().map(|(name, again)| (Row::Answer((*name).to_owned()), *again));
    let errors = schemas::ERRORS
        .iter()
        .map(|(name, status, again)| (Row::Error((*name).to_owned(), (*status).to_owned()), *again));
    let events = schemas::EVENTS.iter().map(|(name, again)| (Row::Event((*name).to_owned()), *again));
    components.chain(bodies).chain(answers).chain(errors).chain(events).collect()
}

/// One example.
#[derive(Clone, Debug)]
pub struct Example {
    /// Where it stands in the document.
    pub pointer: String,
    /// What it is an example of.
    pub row: Row,
    /// The schema it is of.
    pub schema: &'static Value,
    /// The example itself.
    pub value: &'static Value,
}

/// Every example of every component, request body, answer and event.
pub fn all() -> Vec<Example> {
    let mut all = Collector::default();
    for (name, schema) in entries(&document()["components"], "schemas") {
        let pointer = format!("/components/schemas/{}", escaped(name));
        all.schema(&pointer, schema, || Row::Component(name.clone()));
    }
    for (path, methods) in entries(document(), "paths") {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let Some(id) = operation.get("operationId").and_then(Value::as_str) else { continue };
            let pointer = format!("/paths/{}/{method}", escaped(path));
            if let Some(body) = operation.get("requestBody") {
                all.content(&format!("{pointer}/requestBody"), body, || Row::Body(id.to_owned()));
            }
            for (status, response) in entries(operation, "responses") {
                all.content(&format!("{pointer}/responses/{status}"), response, || match status.as_bytes().first() {
                    Some(b'4' | b'5') => Row::Error(id.to_owned(), status.clone()),
                    _ => Row::Answer(id.to_owned()),
                });
            }
        }
    }
    for (name, methods) in entries(document(), "webhooks") {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let Some(body) = operation.get("requestBody") else { continue };
            let pointer = format!("/webhooks/{}/{method}/requestBody", escaped(name));
            all.content(&pointer, body, || Row::Event(name.clone()));
        }
    }
    all.0
}

/// Every example, but each value only once for each type it decodes into: the answers of failures are shared by all
/// operations.
pub fn distinct() -> Vec<(Example, Again)> {
    let rows = rows();
    let mut seen = HashSet::new();
    let all = all().into_iter().filter_map(|example| {
        let again = *rows.get(&example.row)?;
        seen.insert((std::ptr::from_ref(example.value) as usize, again as usize)).then_some((example, again))
    });
    all.collect()
}

#[derive(Default)]
struct Collector(Vec<Example>);

impl Collector {
    fn schema(&mut self, pointer: &str, schema: &'static Value, row: impl Fn() -> Row) {
        for (index, value) in items(schema, "examples").iter().enumerate() {
            self.0.push(Example { pointer: format!("{pointer}/examples/{index}"), row: row(), schema, value });
        }
        if let Some(value) = schema.get("example") {
            self.0.push(Example { pointer: format!("{pointer}/example"), row: row(), schema, value });
        }
    }

    /// JSON, and forms: what a form holds is written as an object in the document.
    fn content(&mut self, pointer: &str, holder: &'static Value, row: impl Fn() -> Row) {
        for (media_type, content) in entries(resolve(holder), "content") {
            if !media_type.contains("json") && !media_type.contains("form") {
                continue;
            }
            let pointer = format!("{pointer}/content/{}", escaped(media_type));
            let schema = &content["schema"];
            for (name, example) in entries(content, "examples") {
                let Some(value) = resolve(example).get("value") else { continue };
                let pointer = format!("{pointer}/examples/{}", escaped(name));
                self.0.push(Example { pointer, row: row(), schema, value });
            }
            if let Some(value) = content.get("example") {
                self.0.push(Example { pointer: format!("{pointer}/example"), row: row(), schema, value });
            }
            // A component's own examples run with the component.
            if schema.get("$ref").is_none() {
                self.schema(&format!("{pointer}/schema"), schema, &row);
            }
        }
    }
}
