//! An OpenAPI document as plain JSON, with what every later step needs of it: reading, pointers and references.

pub mod check;
mod load;
pub mod pointer;
mod targets;

pub use load::{Version, load, parse};
pub use targets::Targets;

use serde_json::Value;

/// A document that could be read, with the dialect it is written in.
#[derive(Debug, Clone)]
pub struct Document {
    /// The whole document. The order of keys is that of the file.
    pub root: Value,
    /// The dialect named by its `openapi` key.
    pub version: Version,
}

/// Why a document cannot be used at all. One fault, the first found, with the place it stands at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", display_pointer(.pointer))]
pub struct DocumentError {
    /// JSON Pointer of the culprit (RFC 6901); empty for the document itself.
    pub pointer: String,
    /// What is wrong, in words that name the culprit.
    pub message: String,
}

impl DocumentError {
    /// An error at `pointer`.
    pub fn at(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into() }
    }
}

fn display_pointer(pointer: &str) -> &str {
    if pointer.is_empty() { "the document" } else { pointer }
}
