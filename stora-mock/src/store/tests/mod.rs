//! The table against a plain list of records.

mod cost;

use std::cmp::Ordering;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use crate::domain::ids::{ContactId, Id, SiteId, mix};
use crate::domain::time::Timestamp;

use super::select::Found;
use super::{FacetValue, Period, Record, Row, Selection, Sort, Table};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Item {
    id: ContactId,
    created_at: Timestamp,
    updated_at: Timestamp,
    name: Option<String>,
    position: i64,
    site: SiteId,
    colour: Option<String>,
    tags: Vec<String>,
}

impl Record for Item {
    type Id = ContactId;
    const NAMED: bool = true;
    const POSITIONED: bool = true;

    fn id(&self) -> ContactId {
        self.id
    }

    fn created_at(&self) -> Timestamp {
        self.created_at
    }

    fn updated_at(&self) -> Timestamp {
        self.updated_at
    }

    fn touch(&mut self, at: Timestamp) {
        self.updated_at = at;
    }

    fn facets(&self, add: &mut dyn FnMut(&'static str, FacetValue)) {
        add("site", self.site.into());
        add("colour", self.colour.clone().into());
        for tag in &self.tags {
            add("tag", tag.clone().into());
        }
    }

    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn position(&self) -> i64 {
        self.position
    }
}

/// An item of a number that decides all of it but its times.
fn item(number: u64, created: i64, updated: i64) -> Item {
    let draw = |salt: u64, below: u64| mix(mix(number) ^ mix(salt)) % below;
    let word = |salt, words: &[&str]| words[draw(salt, words.len() as u64) as usize].to_owned();
    Item {
        id: ContactId::new(number),
        created_at: Timestamp::from_unix(created),
        updated_at: Timestamp::from_unix(updated),
        name: (draw(1, 4) > 0).then(|| word(2, &["ann", "Ann", "BEN", "ben", "Zoë", "ZOË", "émile", "a"])),
        position: draw(3, 5) as i64,
        site: SiteId::new(draw(4, 3)),
        colour: (draw(5, 3) > 0).then(|| word(6, &["red", "green", "blue"])),
        tags: (0..draw(7, 3)).map(|i| word(8 + i, &["x", "y", "z"])).collect(),
    }
}

/// What a table is to do, done plainly.
impl Item {
    fn has(&self, field: &str, value: &FacetValue) -> bool {
        let mut has = false;
        self.facets(&mut |name, facet| has |= name == field && facet == *value);
        has
    }

    fn is_selected(&self, selection: &Selection) -> bool {
        let within = |at: Timestamp, period: &Period| {
            period.after.is_none_or(|after| after <= at) && period.before.is_none_or(|before| at < before)
        };
        within(self.created_at, &selection.created)
            && within(self.updated_at, &selection.updated)
            && selection.any_of.iter().all(|(field, values)| values.iter().any(|value| self.has(field, value)))
    }
}

fn selected<'t>(items: &'t [Item], selection: &Selection) -> Vec<&'t Item> {
    let mut selected: Vec<_> = items.iter().filter(|item| item.is_selected(selection)).collect();
    // A stable sort keeps equal items in order of creation; backwards, the reversed list has that order reversed.
    if selection.descending {
        selected.reverse();
    }
    let towards = |ordering: Ordering| if selection.descending { ordering.reverse() } else { ordering };
    let folded = |item: &Item| item.name.as_deref().map(str::to_lowercase);
    selected.sort_by(|a, b| match selection.sort {
        Sort::Created => towards(a.created_at.cmp(&b.created_at)),
        Sort::Updated => towards(a.updated_at.cmp(&b.updated_at)),
        Sort::Position => towards(a.position.cmp(&b.position)),
        Sort::Name => match (folded(a), folded(b)) {
            (Some(a), Some(b)) => towards(a.cmp(&b)),
            (a, b) => a.is_none().cmp(&b.is_none()),
        },
    });
    selected
}

fn assert_selects(table: &Table<Item>, items: &[Item], selection: &Selection) {
    let all = selected(items, selection);
    let page: Vec<_> = all
        .iter()
        .copied()
        .skip(((selection.page - 1) * selection.limit) as usize)
        .take(selection.limit as usize)
        .collect();
    let Found { rows, count } = table.select(selection);
    assert_eq!(count, all.len() as u64, "{selection:?}");
    assert_eq!(values(&rows), page, "{selection:?}");
}

fn values<'t>(rows: &[&'t Row<Item>]) -> Vec<&'t Item> {
    rows.iter().map(|row| &row.value).collect()
}

fn facet() -> impl Strategy<Value = (&'static str, FacetValue)> {
    prop_oneof![
        (0..4u64).prop_map(|site| ("site", SiteId::new(site).into())),
        prop_oneof![Just(Some("red")), Just(Some("green")), Just(None), Just(Some("none has it"))]
            .prop_map(|colour| ("colour", colour.into())),
        prop_oneof![Just("x"), Just("y")].prop_map(|tag| ("tag", tag.into())),
        Just(("no such field", FacetValue::Null)),
    ]
}

fn facets() -> impl Strategy<Value = (&'static str, Vec<FacetValue>)> {
    vec(facet(), 0..4).prop_map(|facets| {
        let field = facets.first().map_or("site", |(field, _)| *field);
        (field, facets.into_iter().filter(|(other, _)| *other == field).map(|(_, value)| value).collect())
    })
}

fn period(until: i64) -> impl Strategy<Value = Period> {
    let moment = move || option::weighted(0.3, (0..until).prop_map(Timestamp::from_unix));
    (moment(), moment()).prop_map(|(after, before)| Period { after, before })
}

fn selection(until: i64, limit: u64) -> impl Strategy<Value = Selection> {
    let sort = prop_oneof![Just(Sort::Created), Just(Sort::Updated), Just(Sort::Name), Just(Sort::Position)];
    (vec(facets(), 0..3), period(until), period(until), sort, any::<bool>(), 1..6u64, 1..limit).prop_map(
        |(any_of, created, updated, sort, descending, page, limit)| Selection {
            any_of,
            created,
            updated,
            sort,
            descending,
            page,
            limit,
        },
    )
}

#[derive(Debug, Clone)]
enum Act {
    /// The second number is how far the clock has moved on; where negative, the row is older than those before it.
    Insert(u64, i64),
    /// Turns an item into what another number makes of it.
    Amend(u64, u64, i64),
    Recreate(u64, i64),
    Remove(u64),
    ClearJson(u64),
    Begin,
    Commit,
    Rollback,
    Restore,
}

fn act(earliest: i64) -> impl Strategy<Value = Act> {
    prop_oneof![
        12 => (0..60u64, earliest..4).prop_map(|(id, moved)| Act::Insert(id, moved)),
        8 => (0..60u64, 0..200u64, 0..4i64).prop_map(|(id, like, moved)| Act::Amend(id, like, moved)),
        1 => (0..60u64, earliest..1).prop_map(|(id, moved)| Act::Recreate(id, moved)),
        4 => (0..60u64).prop_map(Act::Remove),
        1 => (0..60u64).prop_map(Act::ClearJson),
        2 => Just(Act::Begin),
        1 => Just(Act::Commit),
        1 => Just(Act::Rollback),
        1 => Just(Act::Restore),
    ]
}

/// A table beside the plain list that it must agree with.
#[derive(Default)]
struct Pair {
    table: Table<Item>,
    items: Vec<Item>,
    /// The items when the open transaction began.
    before: Option<Vec<Item>>,
    clock: i64,
}

impl Pair {
    fn act(&mut self, act: &Act) {
        match *act {
            Act::Insert(id, moved) => {
                self.clock += moved.max(0);
                let item = item(id, self.clock + moved.min(0), self.clock);
                let new = self.items.iter().all(|other| other.id != item.id);
                assert_eq!(self.table.insert(item.clone()), new);
                self.items.extend(Some(item).filter(|_| new));
            }
            Act::Amend(id, like, moved) => {
                self.clock += moved;
                let at = Timestamp::from_unix(self.clock);
                let change = |old: &mut Item| {
                    let new = item(like, 0, 0);
                    *old = Item { id: old.id, created_at: old.created_at, updated_at: old.updated_at, ..new };
                };
                let changed = self.items.iter_mut().find(|item| item.id.number() == id).map(|item| {
                    let old = item.clone();
                    change(item);
                    let changed = *item != old;
                    item.updated_at = if changed { at } else { old.updated_at };
                    changed
                });
                assert_eq!(self.table.amend(ContactId::new(id), at, change), changed);
            }
            Act::Recreate(id, moved) => {
                let at = Timestamp::from_unix(self.clock + moved);
                let changed = self.items.iter_mut().find(|item| item.id.number() == id).map(|item| {
                    let old = std::mem::replace(&mut item.created_at, at);
                    old != at
                });
                assert_eq!(self.table.update(ContactId::new(id), |item| item.created_at = at), changed);
            }
            Act::Remove(id) => {
                let at = self.items.iter().position(|item| item.id.number() == id);
                assert_eq!(self.table.remove(ContactId::new(id)), at.map(|at| self.items.remove(at)));
            }
            Act::ClearJson(id) => self.table.clear_json_of(ContactId::new(id)),
            Act::Begin => {
                self.table.begin();
                self.before.get_or_insert(self.items.clone());
            }
            Act::Commit => {
                self.table.commit();
                self.before = None;
            }
            Act::Rollback => {
                self.table.rollback();
                self.items = self.before.take().unwrap_or(std::mem::take(&mut self.items));
            }
            Act::Restore if self.before.is_none() => self.table = restored(&self.table),
            Act::Restore => {}
        }
        for row in self.items.iter().filter_map(|item| self.table.row(item.id)) {
            assert_eq!(row.json_or(rendered), rendered(&row.value));
        }
    }

    fn assert_agree(&self) {
        assert!(self.table.iter().eq(&self.items));
        assert_eq!(self.table.len(), self.items.len());
        assert_eq!(self.table.is_empty(), self.items.is_empty());
        for id in (0..60).map(ContactId::new) {
            let item = self.items.iter().find(|item| item.id == id);
            assert_eq!(self.table.get(id), item);
            assert_eq!(self.table.contains(id), item.is_some());
        }
    }
}

fn rendered(item: &Item) -> String {
    serde_json::to_string(item).unwrap()
}

fn restored(table: &Table<Item>) -> Table<Item> {
    let snapshot = serde_json::to_string(table).unwrap();
    let restored: Table<Item> = serde_json::from_str(&snapshot).unwrap();
    assert!(restored == *table);
    assert_eq!(serde_json::to_string(&restored).unwrap(), snapshot);
    restored
}

proptest! {
    #[test]
    fn a_table_does_what_a_plain_list_does(
        acts in prop_oneof![vec(act(0), 0..120), vec(act(-6), 0..120)],
        selections in vec(selection(120, 12), 20),
        facets in vec(facet(), 0..3),
    ) {
        let mut pair = Pair::default();
        for act in acts {
            pair.act(&act);
            pair.assert_agree();
        }
        let Pair { table, items, .. } = &pair;
        for selection in &selections {
            assert_selects(table, items, selection);
        }
        for (field, value) in &facets {
            let having: Vec<_> = items.iter().filter(|item| item.has(field, value)).collect();
            prop_assert_eq!(table.any_having(field, value), !having.is_empty());
            prop_assert_eq!(table.count_having(field, value), having.len() as u64);
            prop_assert_eq!(table.having(field, value).collect::<Vec<_>>(), having);
        }
        let having_all: Vec<_> =
            items.iter().filter(|item| facets.iter().all(|(field, value)| item.has(field, value))).collect();
        prop_assert_eq!(table.having_all(&facets).collect::<Vec<_>>(), having_all);
    }

    #[test]
    fn the_pages_of_a_list_have_every_row_once(
        acts in vec(act(-6), 0..80),
        selection in selection(80, 12),
    ) {
        let mut pair = Pair::default();
        acts.iter().for_each(|act| pair.act(act));
        let pages = pair.table.select(&selection).count.div_ceil(selection.limit);
        let mut rows = Vec::new();
        for page in 1..=pages + 1 {
            rows.extend(pair.table.select(&Selection { page, ..selection.clone() }).rows);
        }
        prop_assert_eq!(values(&rows), selected(&pair.items, &selection));
    }

    #[test]
    fn a_rolled_back_transaction_leaves_everything_as_it_was(
        before in vec(act(-6), 0..60),
        within in vec(act(-6), 0..60),
        after in vec(act(0), 0..20),
        selections in vec(selection(200, 12), 10),
    ) {
        let changes = |acts: Vec<Act>| {
            acts.into_iter().filter(|act| !matches!(act, Act::Begin | Act::Commit | Act::Rollback | Act::Restore))
        };
        let (mut rolled_back, mut spared) = (Pair::default(), Pair::default());
        for act in changes(before) {
            rolled_back.act(&act);
            spared.act(&act);
        }
        let clock = rolled_back.clock;
        rolled_back.act(&Act::Begin);
        changes(within).for_each(|act| rolled_back.act(&act));
        rolled_back.act(&Act::Rollback);
        rolled_back.clock = clock;
        // The numbering has to go on as if nothing had been, or later rows would be sorted differently.
        for act in changes(after) {
            rolled_back.act(&act);
            spared.act(&act);
        }
        rolled_back.assert_agree();
        prop_assert!(rolled_back.table == spared.table);
        for selection in &selections {
            assert_selects(&rolled_back.table, &rolled_back.items, selection);
            assert_selects(&spared.table, &spared.items, selection);
        }
    }
}

/// A table that is large enough for bitmaps, for nodes that split, and for every way to a page; beside it the plain list.
fn large(rows: u64, ordered: bool) -> (Table<Item>, Vec<Item>) {
    let mut pair = Pair::default();
    for number in 0..rows {
        let back = if ordered { 0 } else { (mix(number) % 50) as i64 };
        let now = number as i64 / 3;
        let item = item(number, now - back, now);
        assert!(pair.table.insert(item.clone()));
        pair.items.push(item);
    }
    for number in (0..rows).filter(|number| mix(*number).is_multiple_of(5)) {
        let at = Timestamp::from_unix((rows / 3 + mix(number) % 500) as i64);
        assert_eq!(pair.table.amend(ContactId::new(number), at, |item| item.position += 1), Some(true));
        let item = &mut pair.items[number as usize];
        (item.updated_at, item.position) = (at, item.position + 1);
    }
    for number in (0..rows).filter(|number| mix(*number).is_multiple_of(7)) {
        assert!(pair.table.remove(ContactId::new(number)).is_some());
    }
    pair.items.retain(|item| !mix(item.id.number()).is_multiple_of(7));
    (pair.table, pair.items)
}

#[test]
fn large_tables_select_as_plain_lists_do() {
    for ordered in [true, false] {
        let (table, items) = large(12_000, ordered);
        let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(80) };
        proptest!(config, |(selection in selection(4500, 5000))| {
            assert_selects(&table, &items, &selection);
        });
    }
}

#[test]
fn rows_without_a_name_come_last_in_both_directions() {
    let mut table = Table::new();
    for (number, name) in [(1, None), (2, Some("b")), (3, None), (4, Some("A")), (5, Some("a"))] {
        table.insert(Item { name: name.map(str::to_owned), ..item(number, 0, 0) });
    }
    let ids = |descending| {
        let found = table.select(&Selection { sort: Sort::Name, descending, ..Selection::default() });
        found.rows.iter().map(|row| row.value.id.number()).collect::<Vec<_>>()
    };
    assert_eq!(ids(false), [4, 5, 2, 1, 3]);
    assert_eq!(ids(true), [2, 5, 4, 3, 1]);
}

#[test]
fn a_page_beyond_the_last_is_empty_and_the_count_is_given() {
    let (table, items) = large(100, true);
    for (page, limit) in [(u64::MAX, 50), (3, 50), (u64::MAX, u64::MAX), (1, 0)] {
        for sort in [Sort::Created, Sort::Updated, Sort::Name, Sort::Position] {
            let found = table.select(&Selection { sort, page, limit, ..Selection::default() });
            assert!(found.rows.is_empty());
            assert_eq!(found.count, items.len() as u64);
        }
    }
}

#[test]
fn a_rendered_form_lasts_until_its_row_changes_or_it_is_dropped() {
    let mut table = Table::new();
    table.insert(item(1, 0, 0));
    let id = ContactId::new(1);
    let row = |table: &Table<Item>, text: &str| table.row(id).unwrap().json_or(|_| text.to_owned()).to_owned();
    assert_eq!(row(&table, "first"), "first");
    assert_eq!(row(&table, "second"), "first");
    table.update(id, |_| ());
    assert_eq!(row(&table, "second"), "first");
    table.update(id, |item| item.position += 1);
    assert_eq!(row(&table, "second"), "second");
    table.clear_json_of(id);
    assert_eq!(row(&table, "third"), "third");
    table.clear_json();
    assert_eq!(row(&table, "fourth"), "fourth");
}

#[test]
fn a_form_rendered_of_a_state_that_is_undone_does_not_last() {
    let id = ContactId::new(1);
    for clear in [|table: &mut Table<Item>| table.clear_json_of(ContactId::new(1)), Table::clear_json] {
        let mut table = Table::new();
        table.insert(item(1, 0, 0));
        table.begin();
        clear(&mut table);
        assert_eq!(table.row(id).unwrap().json_or(|_| "undone".to_owned()), "undone");
        table.rollback();
        assert_eq!(table.row(id).unwrap().json_or(|_| "anew".to_owned()), "anew");
    }
}

#[test]
fn older_rows_that_are_rolled_back_leave_no_trace_in_the_order_of_creation() {
    let mut table = Table::new();
    table.insert(item(0, 10, 10));
    table.begin();
    (1..9).for_each(|number| assert!(table.insert(item(number, 0, 0))));
    table.rollback();
    let after = |second| Period { after: Some(Timestamp::from_unix(second)), before: None };
    for (second, count) in [(5, 1), (10, 1), (11, 0)] {
        assert_eq!(table.select(&Selection { created: after(second), ..Selection::default() }).count, count);
    }
}

#[test]
fn a_change_of_the_id_is_refused() {
    let mut table = Table::new();
    table.insert(item(1, 0, 0));
    assert_eq!(table.update(ContactId::new(1), |old| *old = item(2, 5, 5)), Some(false));
    assert_eq!(table.get(ContactId::new(1)), Some(&item(1, 0, 0)));
    assert!(!table.contains(ContactId::new(2)));
}

#[test]
fn a_snapshot_with_an_id_twice_is_refused() {
    let twice = serde_json::to_string(&[item(1, 0, 0), item(1, 0, 0)]).unwrap();
    let error = serde_json::from_str::<Table<Item>>(&twice).err().unwrap();
    assert!(error.to_string().starts_with("`con_0000000000000001` is there already"), "{error}");
}
