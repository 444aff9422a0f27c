//! Scopes: what a token may be used for.
//!
//! A scope has a place in a [`ScopeTable`], and a set of scopes is one bit per place. The table is kept with the state, so that
//! a stored state says by itself which scope each place is, whatever the document of a later build lists.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// As many scopes as a table can hold: the bits of a [`ScopeSet`].
const MOST: usize = u64::BITS as usize;

/// The scopes that exist, by name. It only grows, so that places stay what they are. A clone shares the names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct ScopeTable(Arc<Places>);

/// Scopes, without order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ScopeSet(u64);

/// Scopes in the order they were asked for, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<u8>", into = "Vec<u8>")]
pub struct ScopeList {
    places: Vec<u8>,
    set: ScopeSet,
}

/// More scopes than a table can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("there are more than {MOST} scopes")]
pub struct TooManyScopes;

/// A list of places names one that no table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no scope can have the place {0}")]
pub struct NoSuchPlace(u8);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Places {
    names: Vec<String>,
    by_name: HashMap<String, u8>,
}

impl ScopeTable {
    /// The table of these names; a repeated one counts once.
    ///
    /// # Errors
    /// There are more than 64.
    pub fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<Self, TooManyScopes> {
        let mut table = Self::default();
        table.learn(names)?;
        Ok(table)
    }

    /// Gives a place to each name that has none yet.
    ///
    /// # Errors
    /// There would be more than 64 then. The table is as before.
    pub fn learn<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) -> Result<(), TooManyScopes> {
        let mut places = Places::clone(&self.0);
        for name in names {
            if places.by_name.contains_key(name) {
                continue;
            }
            let place = u8::try_from(places.names.len()).ok().filter(|place| usize::from(*place) < MOST);
            places.by_name.insert(name.to_owned(), place.ok_or(TooManyScopes)?);
            places.names.push(name.to_owned());
        }
        self.0 = Arc::new(places);
        Ok(())
    }

    /// The names of a list, in its order.
    pub fn names(&self, list: &ScopeList) -> Vec<String> {
        list.places.iter().filter_map(|place| self.0.names.get(usize::from(*place))).cloned().collect()
    }

    /// Whether a set holds the scope of a name. It takes the same time whatever the set, and allocates nothing.
    pub fn holds(&self, set: ScopeSet, name: &str) -> bool {
        self.place(name).is_some_and(|place| set.holds(place))
    }

    /// The place of a scope, if it exists.
    pub(super) fn place(&self, name: &str) -> Option<u8> {
        self.0.by_name.get(name).copied()
    }
}

impl TryFrom<Vec<String>> for ScopeTable {
    type Error = TooManyScopes;

    fn try_from(names: Vec<String>) -> Result<Self, TooManyScopes> {
        Self::new(names.iter().map(String::as_str))
    }
}

impl From<ScopeTable> for Vec<String> {
    fn from(table: ScopeTable) -> Self {
        table.0.names.clone()
    }
}

impl ScopeSet {
    pub(super) fn holds(self, place: u8) -> bool {
        self.0 & bit(place) != 0
    }
}

impl ScopeList {
    /// The same scopes, without order.
    pub fn set(&self) -> ScopeSet {
        self.set
    }

    /// Puts a scope at the end, unless the list has it. `place` is one that a table gave.
    pub(super) fn push(&mut self, place: u8) {
        if !self.set.holds(place) {
            self.places.push(place);
            self.set.0 |= bit(place);
        }
    }
}

impl TryFrom<Vec<u8>> for ScopeList {
    type Error = NoSuchPlace;

    fn try_from(places: Vec<u8>) -> Result<Self, NoSuchPlace> {
        let mut list = Self::default();
        for place in places {
            if usize::from(place) >= MOST {
                return Err(NoSuchPlace(place));
            }
            list.push(place);
        }
        Ok(list)
    }
}

impl From<ScopeList> for Vec<u8> {
    fn from(list: ScopeList) -> Self {
        list.places
    }
}

/// The bit of a place; none for a place that no table has.
fn bit(place: u8) -> u64 {
    1_u64.checked_shl(place.into()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(table: &ScopeTable, names: &[&str]) -> ScopeList {
        let mut list = ScopeList::default();
        for name in names {
            list.push(table.place(name).unwrap());
        }
        list
    }

    #[test]
    fn a_list_keeps_its_order_and_merges_repeats() {
        let table = ScopeTable::new(["a", "b", "c"]).unwrap();
        let asked = list(&table, &["c", "a", "c", "a"]);
        assert_eq!(table.names(&asked), ["c", "a"]);
        assert!(table.holds(asked.set(), "a") && table.holds(asked.set(), "c"));
        assert!(!table.holds(asked.set(), "b") && !table.holds(asked.set(), "d"));
    }

    #[test]
    fn a_table_and_a_list_are_stored_and_read_back() {
        let table = ScopeTable::new(["a", "b", "a", "c"]).unwrap();
        assert_eq!(serde_json::to_string(&table).unwrap(), r#"["a","b","c"]"#);
        assert_eq!(serde_json::from_str::<ScopeTable>(r#"["a","b","c"]"#).unwrap(), table);
        let asked = list(&table, &["c", "a"]);
        assert_eq!(serde_json::to_string(&asked).unwrap(), "[2,0]");
        assert_eq!(serde_json::from_str::<ScopeList>("[2,0]").unwrap(), asked);
        assert!(serde_json::from_str::<ScopeList>("[64]").is_err());
    }

    #[test]
    fn a_table_that_learns_leaves_the_places_of_the_known() {
        let mut table = ScopeTable::new(["b", "c"]).unwrap();
        let before = list(&table, &["c"]);
        table.learn(["a", "b", "c", "d"]).unwrap();
        assert_eq!(table.names(&before), ["c"]);
        assert_eq!(table.names(&list(&table, &["a", "d"])), ["a", "d"]);
    }

    #[test]
    fn a_table_holds_sixty_four_scopes_and_no_more() {
        let names: Vec<String> = (0..65).map(|number| number.to_string()).collect();
        let mut table = ScopeTable::new(names[..64].iter().map(String::as_str)).unwrap();
        let all = list(&table, &names[..64].iter().map(String::as_str).collect::<Vec<_>>());
        assert!(names[..64].iter().all(|name| table.holds(all.set(), name)));
        let before = table.clone();
        assert_eq!(table.learn([names[64].as_str()]), Err(TooManyScopes));
        assert_eq!(table, before);
    }
}
