//! Pages of lists: filtered, sorted, counted.

use std::cmp::Ordering;
use std::ops::Range;

use roaring::RoaringBitmap;

use crate::domain::time::Timestamp;

use super::FacetValue;
use super::index::Indexes;
use super::order::{Names, Order, Span};
use super::set::{Set, Walk, bitmap_page, directed, mirrored};
use super::table::Row;

/// How many steps of a walk it takes as long as to pick one match by its name, whose key is made for the occasion. Where the key
/// is a number, a match takes as long as a step.
const PICK_BY_NAME: usize = 32;

/// How many rows of a set it takes as long to go through as one of a cut, which come in no order of numbers.
const STEP_OF_CUT: usize = 4;

/// Which rows are wanted, in which order, and which page of them.
///
/// What a page costs, in a table of `n` rows:
///
/// - Sorted by creation, with any equality filters and any period of `created_at`: O(page) once the filters are combined. One
///   value of one field needs no combining; every further value or field is a pass over two bitmaps, `n / 8` bytes each at most.
///   To find the page's first row takes a step for every 65,536 rows. Creation is the order of the row numbers, unless a row came
///   with an earlier `created_at` than a row before it: the table notices, and from then on sorts by `created_at` as it sorts by
///   anything else.
/// - Sorted by anything else, with no filter but a period of the same (`updated_after` with `sort_by=updated_at`):
///   O(log n + page).
/// - Filtered by one thing and sorted by another: either the order is walked from the end that is nearer to the page, and rows
///   that do not match are passed over, which takes about `offset * n / matches` steps if the matches lie evenly; or all matches
///   are gathered and the page is picked out of them. The one that promises to be shorter is taken, and a walk that takes longer
///   than gathering is given up for it, so that the worst is O(matches). The first and the last pages of a common value and every
///   page of a rare one are quick; a middle page of a value that many rows have takes some ten nanoseconds for each of them.
/// - A period of `updated_at` with other filters: the count is only known by counting, so whichever has fewer rows is gone
///   through, the period or the other filters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Fields and the values that they may have: a row must have one of the values in every field named. A field named twice
    /// must meet both; a field without values is met by no row.
    pub any_of: Vec<(&'static str, Vec<FacetValue>)>,
    /// When the rows were created.
    pub created: Period,
    /// When the rows were last updated.
    pub updated: Period,
    /// What they are sorted by. Rows equal in it are in the order of creation, in the same direction.
    pub sort: Sort,
    /// Whether the greatest come first.
    pub descending: bool,
    /// Which page, from 1.
    pub page: u64,
    /// How many rows a page has at most.
    pub limit: u64,
}

impl Default for Selection {
    /// The first fifty rows, newest first: what a list gives that is asked for nothing in particular.
    fn default() -> Self {
        Self {
            any_of: Vec::new(),
            created: Period::default(),
            updated: Period::default(),
            sort: Sort::Created,
            descending: true,
            page: 1,
            limit: 50,
        }
    }
}

/// A span of time, open where it has no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Period {
    /// The first moment that is within.
    pub after: Option<Timestamp>,
    /// The first moment that no longer is.
    pub before: Option<Timestamp>,
}

impl Period {
    /// Whether a moment, in seconds since 1970, is within.
    pub(super) fn contains(self, seconds: i64) -> bool {
        self.after.is_none_or(|after| after.unix() <= seconds)
            && self.before.is_none_or(|before| seconds < before.unix())
    }
}

/// What a list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// `created_at`.
    #[default]
    Created,
    /// `updated_at`; of a kind that has none, `created_at`.
    Updated,
    /// The name, regardless of case. Rows without one come last in both directions. Of a kind that is not [`NAMED`], creation.
    ///
    /// [`NAMED`]: super::Record::NAMED
    Name,
    /// The position. Of a kind that is not [`POSITIONED`], creation.
    ///
    /// [`POSITIONED`]: super::Record::POSITIONED
    Position,
}

/// A page of rows.
#[derive(Debug)]
pub struct Found<'t, T> {
    /// The rows of the page; none if it is beyond the last.
    pub rows: Vec<&'t Row<T>>,
    /// How many rows all pages have together.
    pub count: u64,
}

impl Indexes {
    /// The numbers of the rows of a page, and how many rows all pages have. `name` gives the name of a row.
    pub(super) fn select<'n>(&self, selection: &Selection, name: impl Fn(u32) -> Option<&'n str>) -> (Vec<u32>, usize) {
        let (matches, cuts) = self.conditions(selection);
        let sequence = self.sequence(selection.sort, &cuts);
        let condition = Condition::of_all(matches, cuts, self.len());
        let descending = selection.descending;
        let count = condition.len();
        let page = selection.positions(count);
        let numbers = match (&condition, &sequence) {
            _ if page.is_empty() => Vec::new(),
            (Condition::Matches(matches), Sequence::Created(_)) => matches.page(page, descending),
            (_, sequence) if sequence.len() == count => sequence.page(page, descending),
            (condition, sequence) => pass_over(condition, sequence, descending, &page)
                .unwrap_or_else(|| pick(condition, sequence, descending, &page, name)),
        };
        (numbers, count)
    }

    /// What rows must meet: to be among the matches, and within every cut. A cut that leaves nothing out is none.
    fn conditions(&self, selection: &Selection) -> (Matches<'_>, Vec<Cut<'_>>) {
        let mut window = 0..u32::MAX;
        let mut cuts = Vec::new();
        for (order, period) in [(&self.created, selection.created), (&self.updated, selection.updated)] {
            match order.span(period) {
                Span::Numbers(numbers) => window = numbers,
                Span::Positions(positions) if positions.len() == self.len() => {}
                Span::Positions(positions) => cuts.push(Cut { order, period, positions }),
            }
        }
        let sets = selection.any_of.iter().map(|(field, values)| self.facets.having_any(field, values)).collect();
        (Matches::new(self.intersection(sets), window), cuts)
    }

    /// What the rows are sorted by; of an order that is cut, only what is left of it.
    fn sequence(&self, sort: Sort, cuts: &[Cut<'_>]) -> Sequence<'_> {
        let order = match sort {
            Sort::Created => Some(&self.created),
            Sort::Updated => Some(&self.updated),
            Sort::Position => self.positions.as_ref(),
            Sort::Name => return self.names.as_ref().map_or(Sequence::Created(&self.live), Sequence::ByName),
        };
        match order.filter(|order| !order.is_natural()) {
            Some(order) => {
                let cut = cuts.iter().find(|cut| std::ptr::eq(cut.order, order));
                Sequence::By(order, cut.map_or(0..self.len(), |cut| cut.positions.clone()))
            }
            None => Sequence::Created(&self.live),
        }
    }
}

/// What rows must meet, where it is one thing whose rows are counted.
enum Condition<'t> {
    Matches(Matches<'t>),
    Cut(Cut<'t>),
}

/// Rows of a set whose numbers lie within a window.
struct Matches<'t> {
    set: Set<'t>,
    window: Range<u32>,
    /// Where in the set the window is.
    positions: Range<usize>,
}

/// Rows that lie within a period by an order of its own.
struct Cut<'t> {
    order: &'t Order,
    period: Period,
    /// Where in the order the period is.
    positions: Range<usize>,
}

/// What rows are sorted by. It has at least those that meet the condition.
enum Sequence<'t> {
    /// By number, all rows.
    Created(&'t RoaringBitmap),
    /// By an order of its own, those at some positions of it.
    By(&'t Order, Range<usize>),
    /// By name, all rows.
    ByName(&'t Names),
}

impl<'t> Condition<'t> {
    /// To be among some matches and within some cuts, in a table of so many rows.
    fn of_all(matches: Matches<'t>, mut cuts: Vec<Cut<'t>>, rows: usize) -> Self {
        if cuts.is_empty() {
            Self::Matches(matches)
        } else if cuts.len() == 1 && matches.len() == rows {
            Self::Cut(cuts.remove(0))
        } else {
            Self::Matches(gather(&matches, &cuts))
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Matches(matches) => matches.len(),
            Self::Cut(cut) => cut.positions.len(),
        }
    }

    fn is_met_by(&self, number: u32) -> bool {
        match self {
            Self::Matches(matches) => matches.contains(number),
            Self::Cut(cut) => cut.contains(number),
        }
    }

    /// The rows that meet it, each with its key.
    fn keyed<K>(&self, key: impl Fn(u32) -> K) -> Vec<(K, u32)> {
        match self {
            Self::Matches(matches) => matches.walk().map(|number| (key(number), number)).collect(),
            Self::Cut(cut) => cut.walk().map(|number| (key(number), number)).collect(),
        }
    }
}

impl<'t> Matches<'t> {
    fn new(set: Set<'t>, window: Range<u32>) -> Self {
        let positions = match (window.start, window.end) {
            (0, u32::MAX) => 0..set.len(),
            (start, end) => set.below(start)..set.below(end),
        };
        Self { set, window, positions }
    }

    fn len(&self) -> usize {
        self.positions.len()
    }

    fn contains(&self, number: u32) -> bool {
        self.window.contains(&number) && self.set.contains(number)
    }

    /// Those at some positions, by number.
    fn page(&self, positions: Range<usize>, descending: bool) -> Vec<u32> {
        let positions = if descending { mirrored(&positions, self.len()) } else { positions };
        self.set.page(shifted(&positions, self.positions.start), descending)
    }

    /// All of them, by number.
    fn walk(&self) -> Walk<'_> {
        self.set.within(self.window.clone())
    }
}

impl<'t> Cut<'t> {
    fn contains(&self, number: u32) -> bool {
        self.period.contains(self.order.key(number))
    }

    /// All of them, by the order.
    fn walk(&self) -> impl DoubleEndedIterator<Item = u32> + use<'t> {
        self.order.walk(self.positions.clone())
    }
}

impl Sequence<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Created(live) => live.len() as usize,
            Self::By(_, stretch) => stretch.len(),
            Self::ByName(names) => names.len(),
        }
    }

    /// The rows at some positions, counted in the direction that is asked for.
    fn page(&self, positions: Range<usize>, descending: bool) -> Vec<u32> {
        let ascending = |positions, len| if descending { mirrored(&positions, len) } else { positions };
        match self {
            Self::Created(live) => bitmap_page(live, ascending(positions, self.len()), descending),
            Self::By(order, stretch) => {
                let positions = ascending(positions, stretch.len());
                directed(order.walk(shifted(&positions, stretch.start)), descending)
            }
            Self::ByName(names) => names.page(positions, descending),
        }
    }
}

impl Selection {
    /// The positions of the page among so many rows; none beyond the last.
    fn positions(&self, count: usize) -> Range<usize> {
        let start = self.page.saturating_sub(1).saturating_mul(self.limit);
        let clamped = |position: u64| usize::try_from(position).unwrap_or(usize::MAX).min(count);
        clamped(start)..clamped(start.saturating_add(self.limit))
    }
}

/// The matches that are within all of some cuts, found by going through whichever has the fewest rows.
fn gather(matches: &Matches<'_>, cuts: &[Cut<'_>]) -> Matches<'static> {
    let within = |number: &u32| cuts.iter().all(|cut| cut.contains(*number));
    let shortest = cuts.iter().min_by_key(|cut| cut.positions.len());
    let numbers = match shortest.filter(|cut| cut.positions.len().saturating_mul(STEP_OF_CUT) < matches.len()) {
        Some(cut) => {
            let rows = cut.walk().filter(within).filter(|&number| matches.contains(number));
            let mut numbers: Vec<_> = rows.collect();
            numbers.sort_unstable();
            numbers
        }
        None => matches.walk().filter(within).collect(),
    };
    Matches::new(Set::from_ascending(numbers), 0..u32::MAX)
}

/// The rows of a page that is not empty, found by walking the sequence from the end that is nearer to the page; nothing if
/// gathering all matches promises to be shorter, or if it turns out so.
fn pass_over(
    condition: &Condition<'_>,
    sequence: &Sequence<'_>,
    descending: bool,
    page: &Range<usize>,
) -> Option<Vec<u32>> {
    let count = condition.len();
    let (before, behind) = (page.start, count - page.end);
    let (skipped, wanted) = (before.min(behind), page.len());
    let patience = match sequence {
        Sequence::Created(_) | Sequence::By(..) => count,
        Sequence::ByName(_) => count.saturating_mul(PICK_BY_NAME),
    };
    let steps = (skipped + wanted) as u64 * sequence.len() as u64 / count as u64;
    if steps > patience as u64 {
        return None;
    }
    let from_behind = behind < before;
    let backwards = descending != from_behind;
    let mut numbers = match sequence {
        Sequence::Created(live) => sift(live.iter(), backwards, patience, condition, skipped, wanted),
        Sequence::By(order, stretch) => {
            sift(order.walk(stretch.clone()), backwards, patience, condition, skipped, wanted)
        }
        Sequence::ByName(names) => sift(names.walk(descending), from_behind, patience, condition, skipped, wanted),
    };
    if from_behind {
        numbers.reverse();
    }
    (numbers.len() == wanted).then_some(numbers)
}

/// Those of the first so many rows that meet the condition, without the first few of them and no more than are wanted.
fn sift(
    rows: impl DoubleEndedIterator<Item = u32>,
    backwards: bool,
    patience: usize,
    condition: &Condition<'_>,
    skipped: usize,
    wanted: usize,
) -> Vec<u32> {
    let met = |number: &u32| condition.is_met_by(*number);
    if backwards {
        rows.rev().take(patience).filter(met).skip(skipped).take(wanted).collect()
    } else {
        rows.take(patience).filter(met).skip(skipped).take(wanted).collect()
    }
}

/// The rows of a page that is not empty, picked out of all that meet the condition.
fn pick<'n>(
    condition: &Condition<'_>,
    sequence: &Sequence<'_>,
    descending: bool,
    page: &Range<usize>,
    name: impl Fn(u32) -> Option<&'n str>,
) -> Vec<u32> {
    let towards = |ordering: Ordering| if descending { ordering.reverse() } else { ordering };
    match sequence {
        Sequence::Created(_) => sorted_page(condition.keyed(|_| ()), page, |a, b| towards(a.cmp(b))),
        Sequence::By(order, _) => {
            sorted_page(condition.keyed(|number| order.key(number)), page, |a, b| towards(a.cmp(b)))
        }
        Sequence::ByName(_) => {
            let keyed = condition.keyed(|number| name(number).map(Names::key));
            sorted_page(keyed, page, |a, b| a.0.is_none().cmp(&b.0.is_none()).then_with(|| towards(a.cmp(b))))
        }
    }
}

/// The numbers of a page of rows as they would be sorted, without sorting any but those of the page.
fn sorted_page<K>(
    mut rows: Vec<(K, u32)>,
    page: &Range<usize>,
    compare: impl Fn(&(K, u32), &(K, u32)) -> Ordering,
) -> Vec<u32> {
    let mut part = rows.as_mut_slice();
    if let Some(before) = page.start.checked_sub(1) {
        part = part.select_nth_unstable_by(before, &compare).2;
    }
    if page.len() < part.len() {
        part = part.select_nth_unstable_by(page.len(), &compare).0;
    }
    part.sort_unstable_by(&compare);
    part.iter().map(|(_, number)| *number).collect()
}

fn shifted(positions: &Range<usize>, by: usize) -> Range<usize> {
    by + positions.start..by + positions.end
}
