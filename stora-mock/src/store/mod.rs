//! The state of one operator: rows with their indexes, changed all at once or not at all.

mod facet;
mod index;
mod log;
mod order;
mod select;
mod set;
mod table;
mod world;

#[cfg(test)]
mod tests;

pub use facet::FacetValue;
pub use select::{Period, Selection, Sort};
pub(crate) use table::record_fields;
pub use table::{Record, Row, Table};
pub use world::{Heard, Listener, World};
