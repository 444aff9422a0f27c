//! Staff of the operator.

use serde::{Deserialize, Serialize};

use super::change::{named, set};
use super::ids::StaffId;
use super::refusal::Refusal;
use super::time::Timestamp;
use crate::store::{Record, World, record_fields};

/// A member of staff.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Staff {
    pub id: StaffId,
    pub created_at: Timestamp,
    pub email: String,
    pub name: String,
    pub updated_at: Timestamp,
}

/// The data of a member of staff to be taken on.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct NewStaff {
    pub name: String,
    pub email: String,
}

/// Changes to a member of staff: what is none stays.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct StaffChange {
    pub name: Option<String>,
    pub email: Option<String>,
}

impl Staff {
    /// Takes on a member of staff, who stays for good as the creator of what they make. Nothing tells of staff (W6).
    ///
    /// # Errors
    /// A blank name.
    pub fn create(world: &mut World, at: Timestamp, new: NewStaff) -> Result<StaffId, Refusal> {
        named(&new.name)?;
        let id = world.ids.fresh();
        world.staff.insert(Self { id, created_at: at, email: new.email, name: new.name, updated_at: at });
        Ok(id)
    }

    /// Changes a member of staff.
    ///
    /// # Errors
    /// Not found; a blank name.
    pub fn change(world: &mut World, at: Timestamp, id: StaffId, change: StaffChange) -> Result<(), Refusal> {
        if !world.staff.contains(id) {
            return Err(Refusal::NotFound);
        }
        change.name.as_deref().map_or(Ok(()), named)?;
        world.staff.amend(id, at, |staff| {
            set(&mut staff.name, change.name);
            set(&mut staff.email, change.email);
        });
        Ok(())
    }
}

impl Record for Staff {
    record_fields!(id: StaffId, created_at, updated_at);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::{at, pointers};
    use crate::domain::ids::Id;
    use crate::domain::settings::Settings;

    const OPENED: &str = "2026-01-01";
    const LATER: &str = "2026-03-02";

    fn priya() -> NewStaff {
        NewStaff { name: "Priya Shah".to_owned(), email: "priya@example.com".to_owned() }
    }

    #[test]
    fn a_change_names_what_changes_and_tells_of_nothing() {
        let mut world = World::new(Settings::named("Test"), 1);
        let (id, events) = world.transact(|world| Staff::create(world, at(OPENED), priya())).unwrap();
        assert!(events.is_empty());
        let change = StaffChange { name: Some("Priya Lind".to_owned()), email: None };
        let ((), events) = world.transact(|world| Staff::change(world, at(LATER), id, change)).unwrap();
        assert!(events.is_empty());
        let staff = world.staff.get(id).unwrap();
        assert_eq!((staff.name.as_str(), staff.email.as_str()), ("Priya Lind", "priya@example.com"));
        assert_eq!((staff.created_at, staff.updated_at), (at(OPENED), at(LATER)));
    }

    #[test]
    fn a_name_is_not_blank() {
        let mut world = World::new(Settings::named("Test"), 1);
        let blank = || " ".to_owned();
        let refused = Staff::create(&mut world, at(OPENED), NewStaff { name: blank(), ..priya() });
        assert_eq!(pointers(refused), ["/name"]);
        let id = Staff::create(&mut world, at(OPENED), priya()).unwrap();
        let change = StaffChange { name: Some(blank()), email: None };
        assert_eq!(pointers(Staff::change(&mut world, at(LATER), id, change)), ["/name"]);
        let unknown = Staff::change(&mut world, at(LATER), Id::new(1), StaffChange::default());
        assert_eq!(unknown, Err(Refusal::NotFound));
    }
}
