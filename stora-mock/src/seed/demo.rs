//! The demo business: three sites of a self-storage company in Britain, with what they rent out and sell, the people who rent, rented
//! or may rent, and all that came of it in a year and a half.
//!
//! It comes about as in life: by the acts of the domain, at past instants, in the order of time, so that it keeps every rule. What
//! no act does yet is done by the small functions of `life` that say so. People, prices and dates are the same on every day;
//! which name and which unit type meet is up to the seed.

mod agenda;
mod catalogue;
mod crm;
mod life;
mod orders;
mod people;
mod rentals;
#[cfg(test)]
mod tests;

use super::{Callers, let_in};
use crate::domain::ids::IdSource;
use crate::domain::time::Timestamp;
use crate::store::World;

use agenda::{Agenda, Done};
use catalogue::Catalogue;

/// The day on which the company opened, counted from today.
const OPENED: i64 = -540;

/// Makes the demo business, up to the first instant of a day in UTC.
///
/// # Errors
/// Whatever an act refuses, which the tests find it does not.
pub(super) fn build(world: &mut World, midnight: Timestamp) -> Done {
    let mut agenda = Agenda::until(midnight);
    let opened = agenda.at(OPENED, 8);
    let Callers { token, application } = let_in(world, opened)?;
    let catalogue = Catalogue::open(world, &agenda, opened)?;
    let people = people::meet(world, &agenda)?;
    rentals::plan(world, &mut agenda, &catalogue, &people)?;
    orders::plan(&mut agenda, &catalogue, &people);
    crm::plan(world, &mut agenda, &catalogue, &people, (token.into(), application.into()))?;
    agenda.run(world)?;
    Ok(())
}

/// One of several, up to the seed.
fn pick<T: Copy>(ids: &mut IdSource, from: &[T]) -> Option<T> {
    let place = ids.word() % (from.len() as u64).max(1);
    from.get(usize::try_from(place).unwrap_or(0)).copied()
}

/// A number from 0 to one below `end`, up to the seed.
fn below(ids: &mut IdSource, end: i64) -> i64 {
    i64::try_from(ids.word() % end.max(1).unsigned_abs()).unwrap_or(0)
}
