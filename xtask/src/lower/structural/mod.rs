//! From any dialect of OpenAPI 3 to one normal form, close to 3.0.3, that everything after reads.
//!
//! Without it each reader would have to know that `null` can be a type, a branch, a constant or a flag, that a
//! parameter can be a reference to a reference, and that `allOf` can mean anything. The passes run in the order of
//! [`PASSES`]; a later one relies on what the earlier ones have removed. [`normal_form_violations`] says what holds
//! at the end.

mod all_of;
mod arrays;
mod boolean_schemas;
mod bounds;
mod component_names;
mod components;
mod constants;
mod dialect;
mod inlining;
mod keywords;
mod loops;
mod merge;
mod normal_form;
mod nullable;
mod objects;
mod parameters;
mod path_items;
mod provenance;
mod reference_siblings;
mod references;
mod request_bodies;
mod required;
mod requirements;
mod responses;
mod schemas;
#[cfg(test)]
mod tests;
mod types;
mod unions;

use serde_json::Value;

pub use normal_form::normal_form_violations;
pub use schemas::{name_of, reference_to};

/// Something that the generated code does without, and why.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LeftOut {
    /// JSON Pointer into the document as it was read.
    pub pointer: String,
    /// What is missing and why, in words for the user.
    pub reason: String,
}

/// What got lost while lowering.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What is not generated at all.
    pub left_out: Vec<LeftOut>,
    /// What is generated with a looser type than the document asks for.
    pub widened: Vec<LeftOut>,
}

impl Report {
    /// Notes that what stands at `pointer` is not generated.
    pub fn leave_out(&mut self, pointer: impl Into<String>, reason: impl Into<String>) {
        self.left_out.push(LeftOut { pointer: pointer.into(), reason: reason.into() });
    }

    /// Notes that what stands at `pointer` gets a looser type.
    pub fn widen(&mut self, pointer: impl Into<String>, reason: impl Into<String>) {
        self.widened.push(LeftOut { pointer: pointer.into(), reason: reason.into() });
    }
}

/// One step towards the normal form.
pub type Pass = fn(&mut Value, &mut Report);

/// All steps, in their order.
pub const PASSES: &[(&str, Pass)] = &[
    ("boolean_schemas", boolean_schemas::pass),
    ("provenance", provenance::pass),
    ("references", references::pass),
    ("reference_siblings", reference_siblings::pass),
    ("nullable", nullable::pass),
    ("requirements", requirements::pass),
    ("types", types::pass),
    ("constants", constants::pass),
    ("bounds", bounds::pass),
    ("arrays", arrays::pass),
    ("objects", objects::pass),
    ("dialect", dialect::pass),
    ("unions", unions::pass),
    ("all_of", all_of::pass),
    ("required", required::pass),
    ("keywords", keywords::pass),
    ("loops", loops::pass),
    ("inlining", inlining::pass),
    ("path_items", path_items::pass),
    ("parameters", parameters::pass),
    ("request_bodies", request_bodies::pass),
    ("responses", responses::pass),
];

/// Brings a document that passed [`crate::document::check`] into the normal form. Documents that did not pass come
/// out in the normal form too, only with more of them missing.
pub fn run(root: &mut Value, report: &mut Report) {
    if !root.is_object() {
        *root = Value::Object(schemas::Object::new());
    }
    for (_, pass) in PASSES {
        pass(root, report);
    }
    for list in [&mut report.left_out, &mut report.widened] {
        let mut seen = std::collections::HashSet::new();
        list.retain(|entry| seen.insert(entry.clone()));
    }
}
