//! Small tools of acts.

use crate::store::{FacetValue, Record, Table};

/// Sets a value if one is given.
pub fn set<T>(value: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *value = given;
    }
}

/// The ids of the records with a facet, so that the table can be changed while going through them.
pub fn ids_having<T: Record>(table: &Table<T>, field: &'static str, value: &FacetValue) -> Vec<T::Id> {
    table.having(field, value).map(Record::id).collect()
}
