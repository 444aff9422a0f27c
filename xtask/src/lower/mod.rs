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
    check::check(&document.root)?;
    let mut root = document.root.clone();
    let mut report = Report::default();
    structural::run(&mut root, &mut report);
    semantic::run(&mut root, &mut report);
    Ok(Lowered { root, report })
}
