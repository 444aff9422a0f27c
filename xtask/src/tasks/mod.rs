//! Tasks that run other programs or look at the sources.

pub mod bench;
pub mod coverage;
pub mod demo;
pub mod deny;
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

/// The document of what the mock offers besides, of which commands are made too.
pub const CONTROL_DOCUMENT: &str = "openapi/control.json";
