//! Small tools of acts.

use super::faults::Faults;
use super::refusal::Refusal;
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

/// A name has to have a character that can be seen.
///
/// # Errors
/// At `/name`, one without any.
pub fn named(name: &str) -> Result<(), Refusal> {
    let mut faults = Faults::default();
    faults.check_name(name);
    faults.none()
}
