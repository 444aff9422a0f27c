//! The indexes of one table, kept in step with its rows.

use std::borrow::Cow;
use std::collections::BTreeSet;

use roaring::RoaringBitmap;

use super::FacetValue;
use super::facet::Facets;
use super::order::{Names, Order};
use super::set::Set;
use super::table::Record;
use crate::domain::schedule::Due;

/// Everything that rows are found, counted and sorted by. It knows rows by their numbers.
pub(super) struct Indexes {
    /// The rows that are there.
    pub(super) live: RoaringBitmap,
    pub(super) facets: Facets,
    pub(super) created: Order,
    pub(super) updated: Order,
    /// Only of kinds that have positions.
    pub(super) positions: Option<Order>,
    /// Only of kinds that are sorted by name.
    pub(super) names: Option<Names>,
    /// What falls due, the first first; of one instant, kind and site, in the order of creation.
    pub(super) dues: BTreeSet<(Due, u32)>,
}

impl Indexes {
    /// The indexes of an empty table of records of kind `T`.
    pub(super) fn of<T: Record>() -> Self {
        Self {
            live: RoaringBitmap::new(),
            facets: Facets::default(),
            created: Order::natural(),
            updated: Order::sorted(),
            positions: T::POSITIONED.then(Order::sorted),
            names: T::NAMED.then(Names::new),
            dues: BTreeSet::new(),
        }
    }

    /// Takes in a row: a new one, whose number is the next, or one that was removed.
    pub(super) fn insert<T: Record>(&mut self, number: u32, value: &T) {
        value.facets(&mut |field, facet| self.facets.add(field, facet, number));
        self.created.insert(number, value.created_at().unix(), &self.live);
        self.updated.insert(number, value.updated_at().unix(), &self.live);
        if let Some(positions) = &mut self.positions {
            positions.insert(number, value.position(), &self.live);
        }
        if let Some(names) = &mut self.names {
            names.insert(number, value.name());
        }
        value.dues(&mut |due| {
            self.dues.insert((due, number));
        });
        self.live.insert(number);
    }

    /// Takes out a row.
    pub(super) fn remove<T: Record>(&mut self, number: u32, value: &T) {
        value.facets(&mut |field, facet| self.facets.remove(field, &facet, number));
        self.created.remove(number);
        self.updated.remove(number);
        if let Some(positions) = &mut self.positions {
            positions.remove(number);
        }
        if let Some(names) = &mut self.names {
            names.remove(number, value.name());
        }
        value.dues(&mut |due| {
            self.dues.remove(&(due, number));
        });
        self.live.remove(number);
    }

    /// Follows a change of a row. Only what differs is touched.
    pub(super) fn change<T: Record>(&mut self, number: u32, old: &T, new: &T) {
        let (before, after) = (facets_of(old), facets_of(new));
        for (field, facet) in before.iter().filter(|facet| !after.contains(facet)) {
            self.facets.remove(field, facet, number);
        }
        for (field, facet) in after.into_iter().filter(|facet| !before.contains(facet)) {
            self.facets.add(field, facet, number);
        }
        let orders = [
            (Some(&mut self.created), new.created_at().unix()),
            (Some(&mut self.updated), new.updated_at().unix()),
            (self.positions.as_mut(), new.position()),
        ];
        for (order, key) in orders {
            if let Some(order) = order.filter(|order| order.key(number) != key) {
                order.remove(number);
                order.insert(number, key, &self.live);
            }
        }
        if let Some(names) = self.names.as_mut().filter(|_| old.name() != new.name()) {
            names.remove(number, old.name());
            names.insert(number, new.name());
        }
        let (before, after) = (dues_of(old), dues_of(new));
        if before != after {
            before.into_iter().for_each(|due| {
                self.dues.remove(&(due, number));
            });
            self.dues.extend(after.into_iter().map(|due| (due, number)));
        }
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.live.len() as usize
    }

    /// The rows that are in all of some sets; all rows if no set is given.
    pub(super) fn intersection<'t>(&'t self, sets: Vec<Set<'t>>) -> Set<'t> {
        Set::intersection(sets).unwrap_or(Set::Bitmap(Cow::Borrowed(&self.live)))
    }

    /// Forgets the number given last, whose row was removed, so that it is given again.
    pub(super) fn forget_last(&mut self) {
        self.created.forget_last();
        self.updated.forget_last();
        if let Some(positions) = &mut self.positions {
            positions.forget_last();
        }
    }
}

fn facets_of<T: Record>(value: &T) -> Vec<(&'static str, FacetValue)> {
    let mut facets = Vec::new();
    value.facets(&mut |field, facet| facets.push((field, facet)));
    facets
}

fn dues_of<T: Record>(value: &T) -> Vec<Due> {
    let mut dues = Vec::new();
    value.dues(&mut |due| dues.push(due));
    dues
}
