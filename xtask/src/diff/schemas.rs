//! All pairs of schemas that operations lead to, each compared once.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::change::{Area, Kind, Side};
use super::compare::Comparison;
use super::log::{Log, Raw};
use super::source::{At, Seen, Source};
use super::types::Types;
use super::view::{Node, Part, View};

/// The pairs as a graph: recursive schemas lead back to a pair that is known, and what is found in a component is told
/// once, with all the operations from which there is a way to it.
pub(super) struct Schemas<'c, 'a> {
    old: &'c Source<'a>,
    new: &'c Source<'a>,
    known: HashMap<Key, usize>,
    pairs: Vec<Pair<'a>>,
    /// The operations with the pairs they begin at.
    roots: Vec<(usize, usize)>,
    work: usize,
}

/// What makes two nodes the same: the written schemas they are made of.
type Key = (Vec<(usize, u8)>, Types, Vec<(usize, u8)>, Types, Side);

struct Pair<'a> {
    nodes: Option<(Node<'a>, Node<'a>)>,
    side: Side,
    found: Vec<Raw>,
    below: Vec<usize>,
}

/// When to stop. The largest documents in use (13 MB) come to a sixth of it; made-up ones could go on for ever, because
/// merged schemas multiply, and those are what costs.
const MOST_WORK: usize = if cfg!(test) { 50_000 } else { 2_000_000 };

impl<'c, 'a> Schemas<'c, 'a> {
    pub(super) fn new(old: &'c Source<'a>, new: &'c Source<'a>) -> Self {
        Self { old, new, known: HashMap::new(), pairs: Vec::new(), roots: Vec::new(), work: 0 }
    }

    /// Compares two schemas as `operation` uses them. `owner` is what they belong to; a missing schema means anything.
    pub(super) fn root(
        &mut self,
        operation: usize,
        side: Side,
        owner: (&At<'a>, &At<'a>),
        schemas: (Option<At<'a>>, Option<At<'a>>),
    ) -> Option<Raw> {
        let node = |source: &Source<'a>, at: At<'a>| Node::new(vec![Part::new(source, at)]);
        let (kind, pointers, words) = match schemas {
            (Some(old), Some(new)) => {
                let pair = self.pair(node(self.old, old), node(self.new, new), side);
                self.roots.extend(pair.map(|pair| (operation, pair)));
                return None;
            }
            (Some(old), None) => {
                let view = View::of(self.old, &node(self.old, old.clone()));
                (Kind::TypeWidened, (old.pointer(), owner.1.pointer()), (view.summary(), "any".to_owned()))
            }
            (None, Some(new)) => {
                let view = View::of(self.new, &node(self.new, new.clone()));
                (Kind::TypeNarrowed, (owner.0.pointer(), new.pointer()), ("any".to_owned(), view.summary()))
            }
            (None, None) => return None,
        };
        if words.0 == words.1 {
            return None;
        }
        let what = format!("is now {} and was {}", words.1, words.0);
        let places = (Some(pointers.0), Some(pointers.1));
        Some(Raw::schema(kind, side, places, (json!(words.0), json!(words.1)), what))
    }

    /// Compares all pairs and tells `log` what was found, and whom it concerns.
    pub(super) fn run(mut self, log: &mut Log) {
        let mut next = 0;
        while let Some(pair) = self.pairs.get_mut(next) {
            let side = pair.side;
            if let Some((a, b)) = pair.nodes.take() {
                let (found, below) = Comparison::of((self.old, self.new), side, (&a, &b));
                let below = below.into_iter().filter_map(|(a, b)| self.pair(a, b, side)).collect();
                let pair = &mut self.pairs[next];
                (pair.found, pair.below) = (found, below);
            }
            next += 1;
        }
        self.tell(log);
    }

    fn pair(&mut self, a: Node<'a>, b: Node<'a>, side: Side) -> Option<usize> {
        let parts = |node: &Node<'a>| node.parts.iter().map(|part| (part.at.address(), part.skip)).collect::<Vec<_>>();
        let key = (parts(&a), a.mask, parts(&b), b.mask, side);
        if let Some(known) = self.known.get(&key) {
            return Some(*known);
        }
        self.work += 1 + 32 * (key.0.len() + key.2.len()).saturating_sub(2);
        if self.work > MOST_WORK {
            return None;
        }
        self.known.insert(key, self.pairs.len());
        self.pairs.push(Pair { nodes: Some((a, b)), side, found: Vec::new(), below: Vec::new() });
        Some(self.pairs.len() - 1)
    }

    fn tell(&self, log: &mut Log) {
        let marked = self.leading_to_changes();
        let mut met: Vec<Vec<usize>> = vec![Vec::new(); self.pairs.len()];
        let mut roots = self.roots.clone();
        roots.sort_unstable();
        roots.dedup();
        for of_one in roots.chunk_by(|a, b| a.0 == b.0) {
            let mut seen = Seen::default();
            let mut stack: Vec<usize> = of_one.iter().map(|(_, pair)| *pair).collect();
            while let Some(pair) = stack.pop() {
                if !marked[pair] || !seen.insert(pair) {
                    continue;
                }
                if !self.pairs[pair].found.is_empty() {
                    met[pair].extend(of_one.first().map(|(operation, _)| *operation));
                }
                stack.extend(&self.pairs[pair].below);
            }
        }
        for (pair, operations) in self.pairs.iter().zip(&met) {
            for raw in &pair.found {
                log.add(raw, operations.iter().copied());
            }
        }
        if self.work > MOST_WORK {
            let message = "the schemas combine in too many ways: what lies deeper was not compared";
            let places = (None, None);
            log.add(
                &Raw::told(Kind::NotCompared, (Area::Document, "schemas"), places, (Value::Null, Value::Null), message),
                [],
            );
        }
    }

    /// The pairs from which there is a way to a difference. Mostly few, so that the ways need not all be walked again.
    fn leading_to_changes(&self) -> Vec<bool> {
        let mut above: Vec<Vec<usize>> = vec![Vec::new(); self.pairs.len()];
        for (index, pair) in self.pairs.iter().enumerate() {
            for below in &pair.below {
                above[*below].push(index);
            }
        }
        let mut marked = vec![false; self.pairs.len()];
        let mut stack: Vec<usize> =
            (0..self.pairs.len()).filter(|index| !self.pairs[*index].found.is_empty()).collect();
        while let Some(index) = stack.pop() {
            if !std::mem::replace(&mut marked[index], true) {
                stack.extend(&above[index]);
            }
        }
        marked
    }
}
