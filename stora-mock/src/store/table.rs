//! Rows of one kind with their indexes.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::marker::PhantomData;
use std::sync::OnceLock;

use serde::de::{DeserializeOwned, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::ids::Id;
use crate::domain::schedule::Due;
use crate::domain::time::Timestamp;

use super::FacetValue;
use super::index::Indexes;
use super::select::{Found, Selection};

/// A record that a table can hold. What it says of itself must follow from its value alone: the table compares what it said
/// before and after a change.
pub trait Record: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The type of its id.
    type Id: Id;

    /// Whether the kind is sorted by [`name`](Self::name).
    const NAMED: bool = false;

    /// Whether the kind is sorted by [`position`](Self::position).
    const POSITIONED: bool = false;

    /// Its id, which no change may change.
    fn id(&self) -> Self::Id;

    /// When it was created.
    fn created_at(&self) -> Timestamp;

    /// When it was last updated; of a kind that does not say, when it was created.
    fn updated_at(&self) -> Timestamp {
        self.created_at()
    }

    /// Takes note that it was updated at a moment, if its kind says when.
    fn touch(&mut self, _at: Timestamp) {}

    /// Hands every field that it can be found by to `add`, with its value. A field may be handed over with several values.
    fn facets(&self, _add: &mut dyn FnMut(&'static str, FacetValue)) {}

    /// Hands everything that falls due in it by itself to `add`.
    fn dues(&self, _add: &mut dyn FnMut(Due)) {}

    /// What it is sorted by where lists are sorted by name.
    fn name(&self) -> Option<&str> {
        None
    }

    /// What it is sorted by where lists are sorted by position.
    fn position(&self) -> i64 {
        0
    }
}

/// What a [`Record`] says by fields of these names, in its implementation: its id, when it was created and, if its kind says so,
/// when it was last updated.
macro_rules! record_fields {
    (id: $id:ty, created_at) => {
        type Id = $id;

        fn id(&self) -> $id {
            self.id
        }

        fn created_at(&self) -> $crate::domain::time::Timestamp {
            self.created_at
        }
    };
    (id: $id:ty, created_at, updated_at) => {
        $crate::store::record_fields!(id: $id, created_at);

        fn updated_at(&self) -> $crate::domain::time::Timestamp {
            self.updated_at
        }

        fn touch(&mut self, at: $crate::domain::time::Timestamp) {
            self.updated_at = at;
        }
    };
}

pub(crate) use record_fields;

/// A record in its table, beside its rendered form.
#[derive(Debug)]
pub struct Row<T> {
    /// The record.
    pub value: T,
    json: OnceLock<Box<str>>,
}

impl<T> Row<T> {
    fn new(value: T) -> Box<Self> {
        Box::new(Self { value, json: OnceLock::new() })
    }

    /// The rendered form of the record: the one made before if nothing has changed since, else what `render` makes of it.
    pub fn json_or(&self, render: impl FnOnce(&T) -> String) -> &str {
        self.json.get_or_init(|| render(&self.value).into_boxed_str())
    }
}

/// The records of one kind, in order of creation, with indexes for everything that they are found by.
///
/// A row is found, changed, put in or removed in O(log rows) steps or fewer. What goes through all rows says so; what a page of a
/// list costs is told at [`Selection`].
///
/// Rows are numbered as they come, and a number is never given twice, so that a removed row leaves some bytes behind; they are
/// gone when the table is restored from a snapshot.
pub struct Table<T: Record> {
    /// The rows by number. A row has an allocation of its own, so that growing moves no records and a row gone takes no room.
    slots: Vec<Option<Box<Row<T>>>>,
    numbers: HashMap<T::Id, u32>,
    indexes: Indexes,
    /// What has to be undone to get back to where the open transaction began.
    journal: Option<Journal<T>>,
    /// How many changes there were.
    revision: u64,
}

struct Journal<T> {
    changes: Vec<Change<T>>,
    /// Whether `created_at` was in the order of creation.
    created_in_order: bool,
}

/// One change, with what is needed to undo it.
enum Change<T> {
    /// The row of the greatest number was put in.
    Inserted,
    /// A row was changed from this.
    Updated(u32, T),
    /// This row was removed.
    Removed(u32, T),
    /// The rendered form of one row was dropped.
    Cleared(u32),
    /// The rendered forms of all rows were dropped.
    ClearedAll,
}

impl<T: Record> Table<T> {
    /// A table without rows.
    pub fn new() -> Self {
        Self { slots: Vec::new(), numbers: HashMap::new(), indexes: Indexes::of::<T>(), journal: None, revision: 0 }
    }

    /// A number that is another one once anything in the table has changed.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Whether there is a row with this id.
    pub fn contains(&self, id: T::Id) -> bool {
        self.numbers.contains_key(&id)
    }

    /// The record with this id.
    pub fn get(&self, id: T::Id) -> Option<&T> {
        self.row(id).map(|row| &row.value)
    }

    /// The record with this id, beside its rendered form.
    pub fn row(&self, id: T::Id) -> Option<&Row<T>> {
        self.at(*self.numbers.get(&id)?)
    }

    /// Puts in a record as the one created last. Returns whether it is in: a record whose id the table has already is not taken,
    /// which cannot happen to a new id but to loaded data.
    pub fn insert(&mut self, value: T) -> bool {
        // The greatest number stays free, so that "past the last" is a number too.
        let Some(number) = u32::try_from(self.slots.len()).ok().filter(|&number| number < u32::MAX) else {
            return false;
        };
        match self.numbers.entry(value.id()) {
            Entry::Occupied(_) => return false,
            Entry::Vacant(entry) => entry.insert(number),
        };
        self.revision += 1;
        self.indexes.insert(number, &value);
        self.slots.push(Some(Row::new(value)));
        self.note(|| Change::Inserted);
        true
    }

    /// Changes a record. Returns whether it is another now, or nothing if there is no such row. A change of the id is refused
    /// together with all else that `change` did.
    pub fn update(&mut self, id: T::Id, change: impl FnOnce(&mut T)) -> Option<bool> {
        self.replace(id, None, change)
    }

    /// Changes a record as [`update`](Self::update) does and, if it is another now, notes that it was updated at this moment.
    pub fn amend(&mut self, id: T::Id, at: Timestamp, change: impl FnOnce(&mut T)) -> Option<bool> {
        self.replace(id, Some(at), change)
    }

    /// Takes out a record for good.
    pub fn remove(&mut self, id: T::Id) -> Option<T> {
        let number = *self.numbers.get(&id)?;
        let row = self.slots.get_mut(number as usize)?.take()?;
        self.revision += 1;
        self.numbers.remove(&id);
        self.indexes.remove(number, &row.value);
        self.note(|| Change::Removed(number, row.value.clone()));
        Some(row.value)
    }

    /// All records in order of creation: O(rows).
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.slots.iter().flatten().map(|row| &row.value)
    }

    /// The records that have a value in a field, in order of creation.
    pub fn having<'t>(
        &'t self,
        field: &str,
        value: &FacetValue,
    ) -> impl DoubleEndedIterator<Item = &'t T> + use<'t, T> {
        self.indexes.facets.having(field, value).into_walk().filter_map(|number| Some(&self.at(number)?.value))
    }

    /// Whether any record has a value in a field: O(1).
    pub fn any_having(&self, field: &str, value: &FacetValue) -> bool {
        !self.indexes.facets.having(field, value).is_empty()
    }

    /// How many records have a value in a field: O(1), or a step for every 65,536 of them.
    pub fn count_having(&self, field: &str, value: &FacetValue) -> u64 {
        self.indexes.facets.having(field, value).len() as u64
    }

    /// The records that have all of some values, in order of creation; all records if none are named.
    pub fn having_all<'t>(
        &'t self,
        facets: &[(&str, FacetValue)],
    ) -> impl DoubleEndedIterator<Item = &'t T> + use<'t, T> {
        let sets = facets.iter().map(|(field, value)| self.indexes.facets.having(field, value)).collect();
        let numbers = self.indexes.intersection(sets).into_walk();
        numbers.filter_map(|number| Some(&self.at(number)?.value))
    }

    /// A page of a list.
    pub fn select(&self, selection: &Selection) -> Found<'_, T> {
        let (numbers, count) = self.indexes.select(selection, |number| self.at(number)?.value.name());
        Found { rows: numbers.into_iter().filter_map(|number| self.at(number)).collect(), count: count as u64 }
    }

    /// What falls due first in a record, and in which one: O(1).
    pub fn next_due(&self) -> Option<(Due, T::Id)> {
        self.dues().next()
    }

    /// What falls due in the records, the first first; of one instant, kind and site, in the order of creation.
    pub fn dues(&self) -> impl Iterator<Item = (Due, T::Id)> {
        self.indexes.dues.iter().filter_map(|(due, number)| Some((*due, self.at(*number)?.value.id())))
    }

    /// Drops the rendered form of a record, because something besides the record that it depends on has changed.
    pub fn clear_json_of(&mut self, id: T::Id) {
        let Some(&number) = self.numbers.get(&id) else { return };
        self.clear_json_at(number);
        self.note(|| Change::Cleared(number));
    }

    /// Drops the rendered forms of all records, because something that they all depend on has changed: O(rows).
    pub fn clear_json(&mut self) {
        self.slots.iter_mut().flatten().for_each(|row| row.json = OnceLock::new());
        self.note(|| Change::ClearedAll);
    }

    /// Opens a transaction: from now on every change can be undone, until [`commit`](Self::commit) or
    /// [`rollback`](Self::rollback) closes it. There is no transaction within another: one that is open goes on.
    pub fn begin(&mut self) {
        let created_in_order = self.indexes.created.is_natural();
        self.journal.get_or_insert(Journal { changes: Vec::new(), created_in_order });
    }

    /// Closes the open transaction, if there is one. Its changes stay.
    pub fn commit(&mut self) {
        self.journal = None;
    }

    /// Closes the open transaction, if there is one, and undoes its changes: rows, indexes and the numbering are as they were when
    /// it began. Rendered forms may have to be made again.
    pub fn rollback(&mut self) {
        let Some(journal) = self.journal.take() else { return };
        self.revision += 1;
        for change in journal.changes.into_iter().rev() {
            match change {
                Change::Inserted => self.take_back(),
                Change::Updated(number, value) => {
                    self.put(number, value);
                }
                Change::Removed(number, value) => {
                    self.numbers.insert(value.id(), number);
                    self.indexes.insert(number, &value);
                    if let Some(slot) = self.slots.get_mut(number as usize) {
                        *slot = Some(Row::new(value));
                    }
                }
                Change::Cleared(number) => self.clear_json_at(number),
                Change::ClearedAll => self.clear_json(),
            }
        }
        if journal.created_in_order {
            self.indexes.created.set_natural();
        }
    }

    fn at(&self, number: u32) -> Option<&Row<T>> {
        self.slots.get(number as usize)?.as_deref()
    }

    fn replace(&mut self, id: T::Id, at: Option<Timestamp>, change: impl FnOnce(&mut T)) -> Option<bool> {
        let number = *self.numbers.get(&id)?;
        let value = &self.at(number)?.value;
        // On a copy, so that neither a refused change nor one that panics leaves the indexes out of step.
        let mut new = value.clone();
        change(&mut new);
        if new == *value || new.id() != id {
            return Some(false);
        }
        if let Some(at) = at {
            new.touch(at);
        }
        let old = self.put(number, new)?;
        self.note(|| Change::Updated(number, old));
        Some(true)
    }

    /// Puts another value in a row, and returns the one it had.
    fn put(&mut self, number: u32, value: T) -> Option<T> {
        let row = self.slots.get_mut(number as usize)?.as_deref_mut()?;
        self.revision += 1;
        self.indexes.change(number, &row.value, &value);
        row.json = OnceLock::new();
        Some(std::mem::replace(&mut row.value, value))
    }

    /// Undoes the insertion of the row of the greatest number, and gives that number free.
    fn take_back(&mut self) {
        let Some(row) = self.slots.pop().flatten() else { return };
        if let Some(number) = self.numbers.remove(&row.value.id()) {
            self.indexes.remove(number, &row.value);
            self.indexes.forget_last();
        }
    }

    fn clear_json_at(&mut self, number: u32) {
        if let Some(Some(row)) = self.slots.get_mut(number as usize) {
            row.json = OnceLock::new();
        }
    }

    /// Writes down a change while a transaction is open.
    fn note(&mut self, change: impl FnOnce() -> Change<T>) {
        if let Some(journal) = &mut self.journal {
            journal.changes.push(change());
        }
    }
}

impl<T: Record> Default for Table<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Record> PartialEq for Table<T> {
    /// Tables are equal that have equal records in the same order.
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<T: Record> Serialize for Table<T> {
    /// As a list of the records in order of creation.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de, T: Record> Deserialize<'de> for Table<T> {
    /// From a list of the records in order of creation, of which no two have the same id.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Rows<T>(PhantomData<T>);

        impl<'de, T: Record> Visitor<'de> for Rows<T> {
            type Value = Table<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of records")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Table<T>, A::Error> {
                let mut table = Table::new();
                while let Some(value) = list.next_element::<T>()? {
                    let id = value.id();
                    if !table.insert(value) {
                        return Err(A::Error::custom(format!("`{id}` is there already")));
                    }
                }
                Ok(table)
            }
        }

        deserializer.deserialize_seq(Rows(PhantomData))
    }
}
