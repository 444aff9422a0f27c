//! Tasks that run other programs or look at the sources.

pub mod bench;
pub mod measure;
mod npm;
mod process;
mod python;
mod reference;
pub mod rules;
pub mod run;
pub mod schemathesis;
pub mod test;
pub mod validators;

pub use run::workspace_root;

/// The document of this workspace, from its root.
pub const DOCUMENT: &str = "openapi/2025-09.yaml";
