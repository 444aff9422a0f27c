//! Everything in this workspace that is made from the OpenAPI document, and every check of it.
//!
//! `load → lower → model → emit`: [`document`] reads a file, [`lower`] brings it into a form whose every schema has a plain
//! Rust reading, [`model`] is that reading as data, and [`emit`] writes it: the client, the mock's contract, the CLI's
//! commands. [`lint`] and [`diff`] work on documents, [`tasks`] run other programs. Nothing here knows the API: everything
//! is read from the document's shape.

#![cfg_attr(test, allow(clippy::needless_pass_by_value))]

pub mod codegen;
pub mod diff;
pub mod document;
pub mod emit;
mod failure;
pub mod lint;
pub mod lower;
pub mod model;
pub mod tasks;

pub use failure::Failure;
