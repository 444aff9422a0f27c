//! The references that a request wants to see in full.

use crate::contract::operation::Expand;

/// The references to show in full, as a tree: `contact,tenancy.order` has the branches `contact` and `tenancy`, and `tenancy`
/// has the branch `order`. What stands on the way to a reference is shown in full as well.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExpandTree {
    scopes: &'static [&'static str],
    branches: Vec<(&'static str, ExpandTree)>,
}

impl ExpandTree {
    /// What to show in full within the reference `name`; nothing if that is not to be shown in full itself.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.branches.iter().find(|(known, _)| *known == name).map(|(_, tree)| tree)
    }

    /// Whether the reference at the end of a path is to be shown in full.
    pub fn holds(&self, path: &[&str]) -> bool {
        path.iter().try_fold(self, |tree, name| tree.child(name)).is_some()
    }

    /// Whether nothing is to be shown in full here.
    pub fn is_empty(&self) -> bool {
        self.branches.is_empty()
    }

    /// The scopes that credentials need for all this, each once.
    pub fn scopes(&self) -> impl Iterator<Item = &'static str> {
        let mut scopes = Vec::new();
        self.add_scopes(&mut scopes);
        scopes.into_iter()
    }

    fn add_scopes(&self, out: &mut Vec<&'static str>) {
        for scope in self.scopes {
            if !out.contains(scope) {
                out.push(scope);
            }
        }
        self.branches.iter().for_each(|(_, tree)| tree.add_scopes(out));
    }

    /// The tree of names parted by commas, with blanks around them or not; nothing if one is not among those offered. No name
    /// at all gives an empty tree.
    pub(super) fn parse(offered: &'static [Expand], names: &str) -> Option<Self> {
        let mut tree = Self::default();
        if names.trim().is_empty() {
            return Some(tree);
        }
        for name in names.split(',').map(str::trim) {
            let wanted = offered.iter().find(|expand| expand.path == name)?;
            tree.add(offered, wanted.path);
        }
        Some(tree)
    }

    fn add(&mut self, offered: &'static [Expand], path: &'static str) {
        let mut tree = self;
        let ends = path.match_indices('.').map(|(i, _)| i).chain([path.len()]);
        let mut begin = 0;
        for end in ends {
            let name = &path[begin..end];
            let known = tree.branches.iter().position(|(known, _)| *known == name);
            let at = known.unwrap_or_else(|| {
                // What is on the way may be offered by itself, with scopes of its own.
                let row = offered.iter().find(|expand| expand.path == &path[..end]);
                let scopes = row.map_or(&[] as &[&str], |expand| expand.scopes);
                tree.branches.push((name, Self { scopes, branches: Vec::new() }));
                tree.branches.len() - 1
            });
            tree = &mut tree.branches[at].1;
            begin = end + 1;
        }
    }
}
