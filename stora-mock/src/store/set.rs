//! Sets of row numbers, borrowed from an index wherever they can be.

use std::borrow::Cow;
use std::ops::Range;

use roaring::{MultiOps, RoaringBitmap};

/// Row numbers one after another, from either end.
pub(super) type Walk<'t> = Box<dyn DoubleEndedIterator<Item = u32> + 't>;

/// From how many numbers on a new set is a bitmap: then asking whether a number is in it costs less than in a list, and making
/// the bitmap costs less than what found the numbers.
const BITMAP_FROM: usize = 4096;

/// A set of row numbers, in ascending order.
#[derive(Debug, Clone)]
pub(super) enum Set<'t> {
    /// Ascending, each number once.
    List(Cow<'t, [u32]>),
    Bitmap(Cow<'t, RoaringBitmap>),
}

impl<'t> Set<'t> {
    pub(super) const fn empty() -> Self {
        Self::List(Cow::Borrowed(&[]))
    }

    /// The set of numbers that ascend, each once.
    pub(super) fn from_ascending(numbers: Vec<u32>) -> Self {
        if numbers.len() < BITMAP_FROM {
            return Self::List(Cow::Owned(numbers));
        }
        // `append` refuses what does not ascend, and keeps what it took until then.
        let mut bitmap = RoaringBitmap::new();
        let appended = bitmap.append(numbers);
        debug_assert!(appended.is_ok(), "the numbers ascend");
        Self::Bitmap(Cow::Owned(bitmap))
    }

    /// The numbers that any of some sets has. One set that is not empty is passed through.
    pub(super) fn union(sets: impl Iterator<Item = Self>) -> Self {
        let mut sets: Vec<_> = sets.filter(|set| !set.is_empty()).collect();
        if sets.len() < 2 {
            return sets.pop().unwrap_or_else(Self::empty);
        }
        let mut listed: Vec<u32> = sets.iter().filter_map(Self::as_list).flatten().copied().collect();
        let bitmaps: Vec<_> = sets.iter().filter_map(Self::as_bitmap).collect();
        if bitmaps.is_empty() {
            listed.sort_unstable();
            listed.dedup();
            return Self::from_ascending(listed);
        }
        let mut bitmap = bitmaps.union();
        bitmap.extend(listed);
        Self::Bitmap(Cow::Owned(bitmap))
    }

    /// The numbers that every one of some sets has; none if no set is given. The smallest set is narrowed down first.
    pub(super) fn intersection(mut sets: Vec<Self>) -> Option<Self> {
        sets.sort_by_key(Self::len);
        sets.into_iter().reduce(Self::and)
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Bitmap(one), Self::Bitmap(other)) => Self::Bitmap(Cow::Owned(match one {
                Cow::Borrowed(one) => one & &*other,
                Cow::Owned(one) => one & &*other,
            })),
            (Self::List(list), other) | (other, Self::List(list)) => {
                Self::List(list.iter().copied().filter(|&number| other.contains(number)).collect())
            }
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::List(list) => list.len(),
            Self::Bitmap(bitmap) => bitmap.len() as usize,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::List(list) => list.is_empty(),
            Self::Bitmap(bitmap) => bitmap.is_empty(),
        }
    }

    pub(super) fn contains(&self, number: u32) -> bool {
        match self {
            Self::List(list) => list.binary_search(&number).is_ok(),
            Self::Bitmap(bitmap) => bitmap.contains(number),
        }
    }

    /// How many are smaller than a number.
    pub(super) fn below(&self, number: u32) -> usize {
        match self {
            Self::List(list) => list.partition_point(|&listed| listed < number),
            Self::Bitmap(bitmap) => number.checked_sub(1).map_or(0, |last| bitmap.rank(last) as usize),
        }
    }

    /// Those at some positions, in ascending order or backwards.
    pub(super) fn page(&self, positions: Range<usize>, descending: bool) -> Vec<u32> {
        match self {
            Self::List(list) => directed(list[positions].iter().copied(), descending),
            Self::Bitmap(bitmap) => bitmap_page(bitmap, positions, descending),
        }
    }

    /// Those within a window, in ascending order.
    pub(super) fn within(&self, window: Range<u32>) -> Walk<'_> {
        match self {
            _ if window.is_empty() => Box::new(std::iter::empty()),
            Self::List(list) => Box::new(list[self.below(window.start)..self.below(window.end)].iter().copied()),
            Self::Bitmap(bitmap) => Box::new(bitmap.range(window)),
        }
    }

    /// All of them, in ascending order.
    pub(super) fn into_walk(self) -> Walk<'t> {
        match self {
            Self::List(Cow::Borrowed(list)) => Box::new(list.iter().copied()),
            Self::List(Cow::Owned(list)) => Box::new(list.into_iter()),
            Self::Bitmap(Cow::Borrowed(bitmap)) => Box::new(bitmap.iter()),
            Self::Bitmap(Cow::Owned(bitmap)) => Box::new(bitmap.into_iter()),
        }
    }

    fn as_list(&self) -> Option<&[u32]> {
        match self {
            Self::List(list) => Some(list),
            Self::Bitmap(_) => None,
        }
    }

    fn as_bitmap(&self) -> Option<&RoaringBitmap> {
        match self {
            Self::List(_) => None,
            Self::Bitmap(bitmap) => Some(bitmap),
        }
    }
}

/// The numbers at some positions of a bitmap, in ascending order or backwards. To find the first of them takes a step for every
/// 65,536 rows and some hundred more; at the ends of the bitmap none.
pub(super) fn bitmap_page(bitmap: &RoaringBitmap, positions: Range<usize>, descending: bool) -> Vec<u32> {
    let at = |position: usize| u32::try_from(position).ok().and_then(|position| bitmap.select(position));
    let (wanted, mut numbers) = (positions.len(), bitmap.iter());
    if !descending {
        if positions.start > 0
            && let Some(first) = at(positions.start)
        {
            numbers.advance_to(first);
        }
        numbers.take(wanted).collect()
    } else {
        if positions.end < bitmap.len() as usize
            && let Some(last) = positions.end.checked_sub(1).and_then(at)
        {
            numbers.advance_back_to(last);
        }
        numbers.rev().take(wanted).collect()
    }
}

/// All items, or all backwards.
pub(super) fn directed<T>(items: impl DoubleEndedIterator<Item = T>, backwards: bool) -> Vec<T> {
    if backwards { items.rev().collect() } else { items.collect() }
}

/// The same positions, counted from the other end of so many.
pub(super) fn mirrored(positions: &Range<usize>, len: usize) -> Range<usize> {
    len - positions.end..len - positions.start
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Numbers in runs, dense and sparse, over several of the blocks of 65,536 that a bitmap is made of.
    fn numbers() -> impl Strategy<Value = BTreeSet<u32>> {
        let run = (0..300_000u32, 1..3_000u32, 1..9u32);
        vec(run, 0..6).prop_map(|runs| {
            runs.into_iter().flat_map(|(start, len, step)| (start..start + len * step).step_by(step as usize)).collect()
        })
    }

    /// The numbers as either kind of set, borrowed or not.
    fn set(numbers: &BTreeSet<u32>, kind: u8) -> Set<'static> {
        match kind % 2 {
            0 => Set::List(numbers.iter().copied().collect()),
            _ => Set::Bitmap(Cow::Owned(numbers.iter().collect())),
        }
    }

    fn listed(set: Set<'_>) -> Vec<u32> {
        set.into_walk().collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_set_counts_and_pages_as_a_sorted_list_does(
            numbers in numbers(),
            kind in any::<u8>(),
            cuts in vec((0..330_000u32, 0..330_000u32), 8),
        ) {
            let (set, list) = (set(&numbers, kind), numbers.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(set.len(), list.len());
            prop_assert_eq!(set.is_empty(), list.is_empty());
            for (one, other) in cuts {
                prop_assert_eq!(set.contains(one), numbers.contains(&one));
                prop_assert_eq!(set.below(one), numbers.range(..one).count());
                let window = one.min(other)..one.max(other);
                let within: Vec<_> = numbers.range(window.clone()).copied().collect();
                prop_assert_eq!(set.within(window.clone()).collect::<Vec<_>>(), &within[..]);
                prop_assert_eq!(set.within(window).rev().collect::<Vec<_>>(), directed(within.into_iter(), true));
                let at = |number: u32| number as usize % (list.len() + 1);
                for positions in [at(one).min(at(other))..at(one).max(at(other)), 0..at(one), at(one)..list.len()] {
                    prop_assert_eq!(set.page(positions.clone(), false), &list[positions.clone()]);
                    let backwards = directed(list[positions.clone()].iter().copied(), true);
                    prop_assert_eq!(set.page(positions, true), backwards);
                }
            }
            prop_assert_eq!(listed(Set::from_ascending(list.clone())), list);
        }

        #[test]
        fn unions_and_intersections_are_those_of_plain_sets(sets in vec((numbers(), any::<u8>()), 0..5)) {
            let all = || sets.iter().map(|(numbers, kind)| set(numbers, *kind));
            let union: BTreeSet<_> = sets.iter().flat_map(|(numbers, _)| numbers).copied().collect();
            prop_assert_eq!(listed(Set::union(all())), union.iter().copied().collect::<Vec<_>>());
            let intersection = sets.iter().map(|(numbers, _)| numbers.clone()).reduce(|one, other| &one & &other);
            let found = Set::intersection(all().collect()).map(listed);
            prop_assert_eq!(found, intersection.map(|numbers| numbers.into_iter().collect::<Vec<_>>()));
        }
    }
}
