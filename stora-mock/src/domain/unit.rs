//! Units: what staff do to them, and all other acts on them under one roof.

use serde::{Deserialize, Serialize};

pub use super::allocation::{auto_reserve, clear, deallocate, grant_access, reserve};
use super::change::set;
use super::event::EventKind;
use super::faults::Faults;
use super::ids::{ContactId, SiteId, TenancyId, UnitAllocationId, UnitId, UnitTypeId};
pub use super::overlock::{
    overlock_contact, overlock_one, overlock_tenancy, remove_overlock_contact, remove_overlock_one,
    remove_overlock_tenancy,
};
use super::refusal::Refusal;
use super::time::Timestamp;
pub use super::unit_transition::UnitAct;
use super::unit_transition::transition;
use super::unit_type::UnitType;
use super::words::words;
use crate::store::{FacetValue, Record, World, record_fields};

/// A room, locker or space that is rented out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unit {
    /// Its id.
    pub id: UnitId,
    /// When it was made.
    pub created_at: Timestamp,
    /// The operator's own label, unique within the site.
    pub reference_id: String,
    /// Its site.
    pub site: SiteId,
    /// Its state.
    pub status: UnitStatus,
    /// Its allocation; none exactly while it is available or unavailable (U2).
    pub allocation: Option<UnitAllocationId>,
    /// Its type.
    pub unit_type: UnitTypeId,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Whether it is overlocked and that came by itself, so that a payment lifts it (A21).
    pub overlocked_by_itself: bool,
    /// What the smart-entry system of its site was told last, if it was told anything (U6). It is not in the API.
    pub smart_entry: Option<SmartEntryNotice>,
}

/// What a smart-entry system was told of a unit (U6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmartEntryNotice {
    /// What was done to the unit.
    pub act: UnitAct,
    /// When.
    pub at: Timestamp,
}

/// What joins a unit to a tenancy (A2). It ceases to exist when the unit is deallocated (A18).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnitAllocation {
    /// Its id.
    pub id: UnitAllocationId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When access was given (A9).
    pub granted_access_at: Option<Timestamp>,
    /// When the unit was reserved (A9, A10).
    pub reserved_at: Option<Timestamp>,
    /// The tenancy.
    pub tenancy: TenancyId,
    /// The unit.
    pub unit: UnitId,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The contact of the tenancy, for the filter.
    pub contact: ContactId,
    /// The site of the unit, for the filter.
    pub site: SiteId,
}

/// A unit to be made.
#[derive(Debug, Clone)]
pub struct NewUnit {
    /// Its type, whose site is its site too.
    pub unit_type: UnitTypeId,
    /// Its label.
    pub reference_id: String,
}

/// Changes to a unit: what is none stays.
#[derive(Debug, Clone, Default)]
pub struct UnitChange {
    /// Another type at the same site.
    pub unit_type: Option<UnitTypeId>,
    /// Another label.
    pub reference_id: Option<String>,
}

words! {
    /// The states of a unit.
    UnitStatus {
        Available = "available",
        /// Allocated to a tenancy that has not started (U3).
        Reserved = "reserved",
        /// Allocated, with access given (U3).
        Occupied = "occupied",
        /// Occupied, but locked for unpaid rent.
        Overlocked = "overlocked",
        /// Taken out of use by staff.
        Unavailable = "unavailable",
        /// Taken back from a tenant who did not pay.
        Repossessed = "repossessed",
    }
}

impl Unit {
    /// Makes a unit. It is available.
    ///
    /// # Errors
    /// `/unit_type_id` when there is no such type, `/reference_id` when the label is blank; a conflict when another unit of the
    /// site has it.
    pub fn create(world: &mut World, at: Timestamp, new: NewUnit) -> Result<UnitId, Refusal> {
        let mut faults = Faults::default();
        let site = site_of_type(world, new.unit_type, &mut faults);
        check_label(&new.reference_id, &mut faults);
        faults.none()?;
        let unit = Self {
            id: world.ids.fresh(),
            created_at: at,
            reference_id: new.reference_id,
            site: site.ok_or(Refusal::NotFound)?,
            status: UnitStatus::Available,
            allocation: None,
            unit_type: new.unit_type,
            updated_at: at,
            overlocked_by_itself: false,
            smart_entry: None,
        };
        unit.has_free_label(world)?;
        let (id, unit_type) = (unit.id, unit.unit_type);
        world.units.insert(unit);
        world.tell(EventKind::UnitCreated, id, at);
        UnitType::follow_units(world, at, unit_type);
        Ok(id)
    }

    /// Changes a unit, in whichever state it is. A change without effect tells of nothing (W2).
    ///
    /// # Errors
    /// Not found; `/unit_type_id` when there is no such type at its site, `/reference_id` when the label is blank; a conflict when
    /// another unit of the site has it.
    pub fn change(world: &mut World, at: Timestamp, id: UnitId, change: UnitChange) -> Result<(), Refusal> {
        let mut unit = world.units.get(id).ok_or(Refusal::NotFound)?.clone();
        let old_type = unit.unit_type;
        set(&mut unit.unit_type, change.unit_type);
        set(&mut unit.reference_id, change.reference_id);
        let mut faults = Faults::default();
        if let Some(other) = site_of_type(world, unit.unit_type, &mut faults).filter(|site| *site != unit.site) {
            let reason = format!("The unit type {} is at the site {other}, the unit at {}.", unit.unit_type, unit.site);
            faults.add("/unit_type_id", reason);
        }
        check_label(&unit.reference_id, &mut faults);
        faults.none()?;
        unit.has_free_label(world)?;
        let new_type = unit.unit_type;
        if world.units.amend(id, at, |before| *before = unit) == Some(true) {
            world.tell(EventKind::UnitUpdated, id, at);
        }
        if new_type != old_type {
            UnitType::follow_units(world, at, old_type);
            UnitType::follow_units(world, at, new_type);
        }
        Ok(())
    }

    fn has_free_label(&self, world: &World) -> Result<(), Refusal> {
        let label = [("site_id", self.site.into()), ("reference_id", self.reference_id.clone().into())];
        match world.units.having_all(&label).find(|other| other.id != self.id) {
            Some(other) => {
                let reason =
                    format!("The unit {} of the site has the label `{}` already.", other.id, self.reference_id);
                Err(Refusal::conflict("", reason))
            }
            None => Ok(()),
        }
    }
}

/// Takes an available unit out of use, as staff do.
///
/// # Errors
/// Not found; a conflict when the unit is not available (U1).
pub fn take_offline(world: &mut World, at: Timestamp, unit: UnitId) -> Result<(), Refusal> {
    transition(world, at, &[unit], UnitAct::TakeOffline, |_, _| {})
}

/// Brings an unavailable unit back into use, as staff do.
///
/// # Errors
/// Not found; a conflict when the unit is not unavailable (U1).
pub fn bring_back(world: &mut World, at: Timestamp, unit: UnitId) -> Result<(), Refusal> {
    transition(world, at, &[unit], UnitAct::BringBack, |_, _| {})
}

/// Takes an overlocked unit back from a tenant who did not pay, as staff do. It stays allocated until it is [cleared](clear).
///
/// # Errors
/// Not found; a conflict when the unit is not overlocked (U1).
pub fn repossess(world: &mut World, at: Timestamp, unit: UnitId) -> Result<(), Refusal> {
    transition(world, at, &[unit], UnitAct::Repossess, |_, _| {})
}

fn site_of_type(world: &World, unit_type: UnitTypeId, faults: &mut Faults) -> Option<SiteId> {
    faults.check_known("/unit_type_id", &world.unit_types, Some(unit_type));
    world.unit_types.get(unit_type).map(|unit_type| unit_type.site)
}

fn check_label(label: &str, faults: &mut Faults) {
    if label.trim().is_empty() {
        faults.add("/reference_id", "The label of a unit is not blank.");
    }
}

impl Record for Unit {
    record_fields!(id: UnitId, created_at, updated_at);

    fn facets(&self, add: &mut dyn FnMut(&'static str, FacetValue)) {
        add("unit_type_id", self.unit_type.into());
        add("site_id", self.site.into());
        add("status", self.status.as_str().into());
        add("reference_id", self.reference_id.clone().into());
    }
}

impl Record for UnitAllocation {
    record_fields!(id: UnitAllocationId, created_at, updated_at);

    fn facets(&self, add: &mut dyn FnMut(&'static str, FacetValue)) {
        add("contact_id", self.contact.into());
        add("tenancy_id", self.tenancy.into());
        add("unit_id", self.unit.into());
        add("site_id", self.site.into());
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::pointers;
    use super::super::inventory_fixtures::{Business, LATER, NOW, moment};
    use super::super::unit_type::{NewUnitType, UnitTypeStatus};
    use super::*;

    #[test]
    fn a_new_unit_is_available_at_the_site_of_its_type() {
        let mut business = Business::new();
        let new = NewUnit { unit_type: business.unit_type, reference_id: "A1".into() };
        let (id, events) = business.act(|world, at| Unit::create(world, at, new)).unwrap();
        assert_eq!(events.iter().map(|event| event.kind.as_str()).collect::<Vec<_>>(), ["unit.created"]);
        let unit = business.unit(id);
        assert_eq!((unit.site, unit.status, unit.allocation), (business.site, UnitStatus::Available, None));
    }

    #[test]
    fn a_label_is_one_of_its_kind_within_a_site_and_not_blank() {
        let mut business = Business::new();
        let [first, second] = business.units(["A1", "A2"]);
        // The other site has an A1 too.
        business.elsewhere();
        let new = |label: &str| NewUnit { unit_type: business.unit_type, reference_id: label.into() };
        let (taken, blank) = (new("A1"), new(" "));
        let (_, reason) = business.conflict(|world, at| Unit::create(world, at, taken));
        assert_eq!(reason, format!("The unit {first} of the site has the label `A1` already."));
        let change = |label: &str| UnitChange { reference_id: Some(label.into()), ..UnitChange::default() };
        business.conflict(|world, at| Unit::change(world, at, second, change("A1")));
        assert_eq!(business.events(|world, at| Unit::change(world, at, first, change("A1"))), [""; 0]);
        let refused = business.act(|world, at| Unit::create(world, at, blank));
        assert_eq!(pointers(refused), ["/reference_id"]);
        let refused = business.act(|world, at| Unit::change(world, at, first, change("")));
        assert_eq!(pointers(refused), ["/reference_id"]);
    }

    #[test]
    fn an_unknown_type_and_one_of_another_site_are_pointed_at() {
        let mut business = Business::new();
        let [unit] = business.units(["A1"]);
        let (_, far) = business.elsewhere();
        let unknown: UnitTypeId = business.world.ids.fresh();
        let new = NewUnit { unit_type: unknown, reference_id: String::new() };
        let refused = business.act(|world, at| Unit::create(world, at, new));
        assert_eq!(pointers(refused), ["/unit_type_id", "/reference_id"]);
        for unit_type in [unknown, business.unit(far).unit_type] {
            let change = UnitChange { unit_type: Some(unit_type), ..UnitChange::default() };
            let refused = business.act(|world, at| Unit::change(world, at, unit, change));
            assert_eq!(pointers(refused), ["/unit_type_id"]);
        }
    }

    #[test]
    fn a_unit_that_changes_its_type_moves_both_types() {
        let mut business = Business::new();
        let [unit] = business.units(["A1"]);
        let new = NewUnitType { auto_update_availability: true, ..NewUnitType::named(business.site, "50 sq ft") };
        let other = UnitType::create(&mut business.world, business.at, new).unwrap();
        business.world.unit_types.update(business.unit_type, |old| old.settings.auto_update_availability = true);
        let change = UnitChange { unit_type: Some(other), ..UnitChange::default() };
        let events = business.events(|world, at| Unit::change(world, at, unit, change));
        assert_eq!(events, ["unit.updated", "unit_type.updated", "unit_type.updated"]);
        let status = |id| business.world.unit_types.get(id).unwrap().status;
        assert_eq!(status(business.unit_type), UnitTypeStatus::CollectLeads);
        assert_eq!(status(other), UnitTypeStatus::Bookable);
    }

    #[test]
    fn a_label_can_change_in_every_state_and_moves_the_time_of_the_change() {
        let mut business = Business::new();
        let [unit] = business.units(["A1"]);
        let tenancy = business.tenancy(LATER);
        business.act(|world, at| reserve(world, at, unit, tenancy)).unwrap();
        business.at = moment(NOW).plus_seconds(60);
        let change = UnitChange { reference_id: Some("B1".into()), ..UnitChange::default() };
        assert_eq!(business.events(|world, at| Unit::change(world, at, unit, change)), ["unit.updated"]);
        let changed = business.unit(unit);
        assert_eq!((changed.status, changed.updated_at), (UnitStatus::Reserved, business.at));
        let unknown: UnitId = business.world.ids.fresh();
        let refusal = business.act(|world, at| Unit::change(world, at, unknown, UnitChange::default()));
        assert_eq!(refusal.unwrap_err(), Refusal::NotFound);
    }
}
