//! Objects: which properties there are, and which of them must be there.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::change::{Kind, Side};
use super::compare::Comparison;
use super::source::Source;
use super::view::{Node, Part, View};

impl<'a> Comparison<'_, 'a> {
    /// Compares named, matched and unnamed properties.
    pub(super) fn object(&mut self) {
        let names: BTreeSet<&'a str> = self.a.properties.keys().chain(self.b.properties.keys()).copied().collect();
        for name in &names {
            let old = visible(self.old, self.side, self.a.properties.get(name));
            let new = visible(self.new, self.side, self.b.properties.get(name));
            let required = (self.a.required.contains(name), self.b.required.contains(name));
            match (old, new) {
                (Some(old), Some(new)) => {
                    let places = (place(&old), place(&new));
                    self.required(places, required, "");
                    self.below.push((Node::new(old), Node::new(new)));
                }
                (Some(old), None) => self.removed(old),
                (None, Some(new)) => self.added(new, required.1),
                (None, None) => {}
            }
        }
        let unnamed: BTreeSet<&'a str> = self.a.required.symmetric_difference(&self.b.required).copied().collect();
        for name in unnamed.difference(&names) {
            let required = (self.a.required.contains(name), self.b.required.contains(name));
            self.required(self.places(None, None), required, &format!("needs `{name}`: it "));
        }
        self.matched();
        self.additional();
    }

    fn removed(&mut self, old: Vec<Part<'a>>) {
        let from = place(&old);
        let summary = View::of(self.old, &Node::new(old)).summary();
        let what = self.by_side("is no longer accepted", "is gone");
        self.report(Kind::PropertyRemoved, (from, None), (json!(summary), Value::Null), what);
    }

    fn added(&mut self, new: Vec<Part<'a>>, required: bool) {
        let to = place(&new);
        let summary = View::of(self.new, &Node::new(new)).summary();
        let (kind, what) = match (self.side, required) {
            (Side::Request, true) => (Kind::RequiredPropertyAdded, "is new and required"),
            (Side::Request, false) => (Kind::PropertyAdded, "is new and optional"),
            (Side::Response, true) => (Kind::RequiredPropertyAdded, "is new and always there"),
            (Side::Response, false) => (Kind::PropertyAdded, "is new"),
        };
        self.report(kind, (None, to), (Value::Null, json!(summary)), what);
    }

    fn required(&mut self, places: (Option<String>, Option<String>), required: (bool, bool), lead: &str) {
        let (kind, what) = match required {
            (false, true) => (Kind::PropertyNowRequired, self.by_side("is now required", "is now always there")),
            (true, false) => (Kind::PropertyNowOptional, self.by_side("is now optional", "may now be missing")),
            _ => return,
        };
        self.report(kind, places, (required.0.into(), required.1.into()), format!("{lead}{what}"));
    }

    /// `patternProperties`, matched by their patterns.
    fn matched(&mut self) {
        let names: BTreeSet<&'a str> = self.a.patterns.keys().chain(self.b.patterns.keys()).copied().collect();
        for name in names {
            match (self.a.patterns.get(name).cloned(), self.b.patterns.get(name).cloned()) {
                (Some(old), Some(new)) => self.below.push((Node::new(old), Node::new(new))),
                (old, new) => {
                    let places = self.places(None, None);
                    let told = |there: bool| if there { json!(name) } else { Value::Null };
                    let values = (told(old.is_some()), told(new.is_some()));
                    let what = format!("has other rules for properties that match `{name}`");
                    self.report(Kind::ConstraintChanged, places, values, what);
                }
            }
        }
    }
}

/// The property, unless it exists on the other side only (`readOnly`, `writeOnly`).
fn visible<'a>(source: &Source<'a>, side: Side, parts: Option<&Vec<Part<'a>>>) -> Option<Vec<Part<'a>>> {
    let flag = match side {
        Side::Request => "readOnly",
        Side::Response => "writeOnly",
    };
    let hidden = |part: &Part<'a>| part.at.flag(flag) || source.resolve(part.at.clone()).flag(flag);
    parts.filter(|parts| !parts.iter().any(hidden)).cloned()
}

fn place(parts: &[Part<'_>]) -> Option<String> {
    parts.first().map(|part| part.used.pointer())
}
