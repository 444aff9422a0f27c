//! How often the acts made at random come off.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use conformance::answers::Answer;

use super::acts::Act;

/// How often each kind of act was done, and how often with success.
#[derive(Debug, Default)]
pub(crate) struct Shares(BTreeMap<&'static str, (u32, u32)>);

impl Shares {
    pub(crate) fn add(&mut self, act: &Act, answer: &Answer) {
        let (made, done) = self.0.entry(act.name()).or_default();
        *made += 1;
        *done += u32::from(answer.status < 300);
    }

    /// The acts that were made and never succeeded.
    pub(crate) fn never_done(&self) -> Vec<&'static str> {
        self.0.iter().filter(|(_, (_, done))| *done == 0).map(|(name, _)| *name).collect()
    }

    pub(crate) fn names(&self) -> BTreeSet<&'static str> {
        self.0.keys().copied().collect()
    }
}

impl std::fmt::Display for Shares {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = String::new();
        for (name, (made, done)) in &self.0 {
            writeln!(text, "{name:50} {done:4} of {made:4}")?;
        }
        f.write_str(&text)
    }
}
