//! Orders of rows: what a list is sorted by, and what it is cut by.

use std::ops::Range;

use indexset::BTreeSet;
use roaring::RoaringBitmap;

use crate::domain::time::Timestamp;

use super::select::Period;
use super::set::{Walk, bitmap_page, directed, mirrored};

/// How many entries a node of an ordered set holds at most. Every table has such sets and most tables are small, so that a node,
/// which is allocated whole, is a quarter of what the library would take.
const NODE: usize = 256;

/// Row numbers by a key, equal keys by number. Any position is found in O(log rows), any change made in about as much.
struct Sorted<K: Ord>(BTreeSet<(K, u32)>);

impl<K: Ord> Sorted<K> {
    fn new() -> Self {
        Self(BTreeSet::with_maximum_node_size(NODE))
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    /// The row numbers at some positions, in ascending order.
    fn walk(&self, positions: Range<usize>) -> impl DoubleEndedIterator<Item = u32> {
        // The library takes no empty range.
        let range = (!positions.is_empty()).then(|| self.0.range_idx(positions));
        range.into_iter().flatten().map(|(_, number)| *number)
    }
}

/// The rows by a whole number that each has, such as a moment in seconds; equal ones by creation.
pub(super) struct Order {
    /// The key of every row by its number. That of a row which is gone stays, so that the keys can be searched.
    keys: Vec<i64>,
    /// The rows that are there; nothing while the keys never fall from one number to the next, for then the numbers are the order.
    sorted: Option<Sorted<i64>>,
}

/// What of an order lies within a period.
pub(super) enum Span {
    /// Row numbers: the order is that of creation.
    Numbers(Range<u32>),
    /// Positions in the order.
    Positions(Range<usize>),
}

impl Order {
    /// An order that is expected to be that of creation. The first key that is not costs O(rows), once.
    pub(super) fn natural() -> Self {
        Self { keys: Vec::new(), sorted: None }
    }

    /// An order of its own.
    pub(super) fn sorted() -> Self {
        Self { keys: Vec::new(), sorted: Some(Sorted::new()) }
    }

    /// Whether it is, so far, the order of creation.
    pub(super) fn is_natural(&self) -> bool {
        self.sorted.is_none()
    }

    /// Makes it the order of creation again. Only for when everything that went against it has been undone.
    pub(super) fn set_natural(&mut self) {
        self.sorted = None;
    }

    /// The key of a row.
    pub(super) fn key(&self, number: u32) -> i64 {
        self.keys[number as usize]
    }

    /// Puts a row in: a new one, whose number is the next, or one that was taken out. `live` are the rows that are there.
    pub(super) fn insert(&mut self, number: u32, key: i64, live: &RoaringBitmap) {
        let at = number as usize;
        match self.keys.get_mut(at) {
            Some(slot) => *slot = key,
            None => self.keys.push(key),
        }
        let after = at.checked_sub(1).is_none_or(|before| self.keys[before] <= key);
        let before = self.keys.get(at + 1).is_none_or(|after| key <= *after);
        if self.is_natural() && !(after && before) {
            let mut sorted = Sorted::new();
            for number in live {
                sorted.0.insert((self.key(number), number));
            }
            self.sorted = Some(sorted);
        }
        if let Some(sorted) = &mut self.sorted {
            sorted.0.insert((key, number));
        }
    }

    /// Takes a row out.
    pub(super) fn remove(&mut self, number: u32) {
        let key = self.key(number);
        if let Some(sorted) = &mut self.sorted {
            sorted.0.remove(&(key, number));
        }
    }

    /// Forgets the number given last, whose row is out.
    pub(super) fn forget_last(&mut self) {
        self.keys.pop();
    }

    /// What lies within a period: O(log rows).
    pub(super) fn span(&self, period: Period) -> Span {
        let (after, before) = (period.after.map(Timestamp::unix), period.before.map(Timestamp::unix));
        match &self.sorted {
            None => {
                let below = |key| self.keys.partition_point(|&other| other < key) as u32;
                let start = after.map_or(0, below);
                Span::Numbers(start..before.map_or(u32::MAX, below).max(start))
            }
            Some(sorted) => {
                let below = |key| sorted.0.rank(&(key, 0));
                let start = after.map_or(0, below);
                Span::Positions(start..before.map_or(sorted.len(), below).max(start))
            }
        }
    }

    /// The rows at some positions of an order of its own, ascending.
    pub(super) fn walk(&self, positions: Range<usize>) -> impl DoubleEndedIterator<Item = u32> {
        self.sorted.iter().flat_map(move |sorted| sorted.walk(positions.clone()))
    }
}

/// The rows by name, regardless of case; equal names by creation, rows without a name last in both directions.
pub(super) struct Names {
    named: Sorted<Box<str>>,
    unnamed: RoaringBitmap,
}

impl Names {
    pub(super) fn new() -> Self {
        Self { named: Sorted::new(), unnamed: RoaringBitmap::new() }
    }

    /// What a name is sorted by.
    pub(super) fn key(name: &str) -> Box<str> {
        name.to_lowercase().into()
    }

    pub(super) fn insert(&mut self, number: u32, name: Option<&str>) {
        match name {
            Some(name) => self.named.0.insert((Self::key(name), number)),
            None => self.unnamed.insert(number),
        };
    }

    pub(super) fn remove(&mut self, number: u32, name: Option<&str>) {
        match name {
            Some(name) => self.named.0.remove(&(Self::key(name), number)),
            None => self.unnamed.remove(number),
        };
    }

    /// The rows at some positions, counted in the direction that is asked for.
    pub(super) fn page(&self, positions: Range<usize>, descending: bool) -> Vec<u32> {
        let (named, unnamed) = (self.named.len(), self.unnamed.len() as usize);
        let first = positions.start.min(named)..positions.end.min(named);
        let last = positions.start.saturating_sub(named)..positions.end.saturating_sub(named);
        let (first, last) =
            if descending { (mirrored(&first, named), mirrored(&last, unnamed)) } else { (first, last) };
        let mut page = directed(self.named.walk(first), descending);
        page.append(&mut bitmap_page(&self.unnamed, last, descending));
        page
    }

    pub(super) fn len(&self) -> usize {
        self.named.len() + self.unnamed.len() as usize
    }

    /// All rows in the direction that is asked for.
    pub(super) fn walk(&self, descending: bool) -> Walk<'_> {
        let (named, unnamed) = (self.named.walk(0..self.named.len()), self.unnamed.iter());
        if descending { Box::new(named.rev().chain(unnamed.rev())) } else { Box::new(named.chain(unnamed)) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn period(after: i64, before: i64) -> Period {
        Period { after: Some(Timestamp::from_unix(after)), before: Some(Timestamp::from_unix(before)) }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn an_order_is_that_of_a_sorted_list_while_its_nodes_split_and_empty(
            inserted in vec(0..400i64, 0..3_000),
            changed in vec((any::<prop::sample::Index>(), prop::option::of(0..400i64)), 0..3_000),
            cuts in vec((0..400i64, 0..400i64), 8),
        ) {
            let (mut order, mut live, mut keys) = (Order::sorted(), RoaringBitmap::new(), Vec::new());
            for (number, key) in (0..).zip(inserted) {
                order.insert(number, key, &live);
                live.insert(number);
                keys.push(Some(key));
            }
            for (index, key) in changed {
                if keys.is_empty() {
                    break;
                }
                let number = index.index(keys.len());
                if keys[number].is_some() {
                    order.remove(number as u32);
                    live.remove(number as u32);
                }
                if let Some(key) = key {
                    order.insert(number as u32, key, &live);
                    live.insert(number as u32);
                }
                keys[number] = key;
            }
            let mut sorted: Vec<_> = keys.iter().zip(0..).filter_map(|(key, number)| key.map(|key| (key, number))).collect();
            sorted.sort_unstable();
            for (one, other) in cuts {
                let Span::Positions(positions) = order.span(period(one.min(other), one.max(other))) else {
                    return Err(TestCaseError::fail("it is an order of its own"));
                };
                let within = |key: i64| (one.min(other)..one.max(other)).contains(&key);
                let expected: Vec<u32> = sorted.iter().filter(|row| within(row.0)).map(|row| row.1).collect();
                prop_assert_eq!(order.walk(positions.clone()).collect::<Vec<_>>(), &expected[..]);
                prop_assert_eq!(directed(order.walk(positions), true), directed(expected.into_iter(), true));
            }
            prop_assert_eq!(order.walk(0..sorted.len()).count(), sorted.len());
        }
    }

    #[test]
    fn an_order_is_natural_until_a_key_falls() {
        let (mut order, mut live) = (Order::natural(), RoaringBitmap::new());
        for (number, key) in [(0, 10), (1, 10), (2, 20)] {
            order.insert(number, key, &live);
            live.insert(number);
        }
        assert!(order.is_natural());
        assert!(matches!(order.span(period(10, 20)), Span::Numbers(numbers) if numbers == (0..2)));
        order.insert(3, 15, &live);
        assert!(!order.is_natural());
        assert_eq!(order.walk(0..4).collect::<Vec<_>>(), [0, 1, 3, 2]);
        assert!(matches!(order.span(period(10, 20)), Span::Positions(positions) if positions == (0..3)));
    }
}
