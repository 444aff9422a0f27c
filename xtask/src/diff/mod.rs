//! `cargo xtask spec diff`: what changed between two OpenAPI documents, and what that does to a client that was generated
//! from the old one and now talks to a server of the new one.
//!
//! Documents are compared by meaning. Operations are matched by method and path whatever their parameters are called,
//! schemas by where operations lead to them: not by name, not by whether they stand inline, not by dialect. Pairs of
//! schemas are compared once each, so that a change in a component is one change that knows the operations it reaches.
//! What is reached by no operation and no event is not compared.
//!
//! The class of a change follows from its [`Kind`] and from who writes the value; [`Kind`] says why for each.

mod bounds;
mod branches;
mod change;
mod compare;
mod content;
mod docs;
mod events;
mod log;
mod names;
mod object;
mod operations;
mod parameters;
mod report;
mod schemas;
mod security;
mod source;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_operations;
#[cfg(test)]
mod tests_schemas;
mod types;
mod union;
mod view;

pub use change::{Area, Change, Class, Kind, Side};

use serde_json::Value;

use self::log::Log;
use self::operations::Differ;
use self::schemas::Schemas;
use self::source::Source;
use crate::document::Document;

/// The differences between two documents: breaking ones first, then by place.
#[derive(Debug, Clone, Default)]
pub struct Diff {
    /// All changes, each once.
    pub changes: Vec<Change>,
}

/// Compares two documents from the view of a client that was generated from `old`.
pub fn diff(old: &Document, new: &Document) -> Diff {
    let (old, new) = (&Source::new(old), &Source::new(new));
    let schemas = Schemas::new(old, new);
    let mut differ = Differ { old, new, log: Log::default(), schemas, labels: Vec::new() };
    differ.document();
    differ.operations();
    differ.webhooks();
    let Differ { mut log, schemas, labels, .. } = differ;
    schemas.run(&mut log);
    Diff { changes: log.finish(old, new, &labels) }
}

impl Diff {
    /// Whether any change is breaking.
    pub fn breaks(&self) -> bool {
        self.changes.iter().any(|change| change.class == Class::Breaking)
    }

    /// The changes as a table with the columns class, area, where and what, and a last line with counts.
    pub fn to_table(&self) -> String {
        report::table(self)
    }

    /// The changes as JSON: `breaks`, `summary` (the counts by class) and `changes`, each with
    ///
    /// | key | what it holds |
    /// |---|---|
    /// | `class` | `breaking`, `additive` or `cosmetic` |
    /// | `kind` | what changed, a name of [`Kind`] |
    /// | `area` | the part of the API, a name of [`Area`] |
    /// | `sides` | `request`, `response`, both, or none for what is no schema |
    /// | `operation` | the operation or event it stands in; absent where it stands in a component or reaches several |
    /// | `component` | the component it stands in; absent where it stands in an operation |
    /// | `operations` | every operation and event it reaches |
    /// | `pointer_old`, `pointer_new` | its places (RFC 6901); absent where there is nothing |
    /// | `subject` | the thing that changed: `Contact.email` |
    /// | `before`, `after` | what differs; null for nothing |
    /// | `message` | the change as a sentence |
    pub fn to_json(&self) -> Value {
        report::value(self)
    }
}
