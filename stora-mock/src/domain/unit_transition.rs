//! The machine of the states of units: the one place where the status of a unit changes (section 1 of the description of the
//! business).

use super::event::EventKind;
use super::ids::UnitId;
use super::refusal::Refusal;
use super::time::Timestamp;
use super::unit::{SmartEntryNotice, Unit, UnitStatus};
use super::unit_type::UnitType;
use super::words::words;
use crate::store::World;

words! {
    /// What is done to a unit.
    UnitAct {
        /// It is held for a tenancy that is to come.
        Reserve = "reserve",
        /// A tenancy gets into it.
        GrantAccess = "grant_access",
        /// It is taken away from its tenancy.
        Deallocate = "deallocate",
        /// It is locked for unpaid rent.
        Overlock = "overlock",
        /// That lock is lifted.
        RemoveOverlock = "remove_overlock",
        /// Staff take it back for good.
        Repossess = "repossess",
        /// Staff have emptied it: the repossession is lifted, and it is taken away from its tenancy, in one.
        Clear = "clear",
        /// Staff take it out of use.
        TakeOffline = "take_offline",
        /// Staff bring it back into use.
        BringBack = "bring_back",
    }
}

impl UnitStatus {
    /// The state that an act leads to from this one: the table of section 1. None if the act is not for this state (U1).
    pub const fn after(self, act: UnitAct) -> Option<Self> {
        use UnitAct::{
            BringBack, Clear, Deallocate, GrantAccess, Overlock, RemoveOverlock, Repossess, Reserve, TakeOffline,
        };
        Some(match (self, act) {
            (Self::Available, Reserve) => Self::Reserved,
            (Self::Available | Self::Reserved, GrantAccess) => Self::Occupied,
            (Self::Reserved | Self::Occupied, Deallocate) => Self::Available,
            (Self::Occupied, Overlock) => Self::Overlocked,
            (Self::Overlocked, RemoveOverlock) => Self::Occupied,
            (Self::Overlocked, Repossess) => Self::Repossessed,
            (Self::Repossessed, Clear) => Self::Available,
            (Self::Available, TakeOffline) => Self::Unavailable,
            (Self::Unavailable, BringBack) => Self::Available,
            _ => return None,
        })
    }

    /// The event that tells of a unit coming into this state.
    const fn event(self) -> EventKind {
        match self {
            Self::Available => EventKind::UnitAvailable,
            Self::Reserved => EventKind::UnitReserved,
            Self::Occupied => EventKind::UnitOccupied,
            Self::Overlocked => EventKind::UnitOverlocked,
            Self::Unavailable => EventKind::UnitUnavailable,
            Self::Repossessed => EventKind::UnitRepossessed,
        }
    }
}

impl Unit {
    /// The state that an act leads to.
    ///
    /// # Errors
    /// A conflict that names the state if the act is not for it (U1).
    pub(super) fn status_after(&self, act: UnitAct) -> Result<UnitStatus, Refusal> {
        self.status.after(act).ok_or_else(|| {
            let reason = format!("The unit {} is {}; {}.", self.id, self.status, act.demand());
            Refusal::conflict("U1", reason)
        })
    }
}

impl UnitAct {
    /// What it asks of a unit, in words.
    const fn demand(self) -> &'static str {
        match self {
            Self::Reserve => "only an available unit can be reserved",
            Self::GrantAccess => "access can be granted to an available or a reserved unit only",
            Self::Deallocate => "only a reserved or an occupied unit can be deallocated",
            Self::Overlock => "only an occupied unit can be overlocked",
            Self::RemoveOverlock => "only an overlocked unit has an overlock to remove",
            Self::Repossess => "only an overlocked unit can be repossessed",
            Self::Clear => "only a repossessed unit can be cleared",
            Self::TakeOffline => "only an available unit can be taken offline",
            Self::BringBack => "only an unavailable unit can be brought back",
        }
    }

    /// Whether the site's smart-entry system is told of it (U6): whatever gives, locks, unlocks or withdraws access.
    const fn is_told_to_smart_entry(self) -> bool {
        match self {
            Self::Reserve
            | Self::GrantAccess
            | Self::Deallocate
            | Self::Overlock
            | Self::RemoveOverlock
            | Self::Clear => true,
            Self::Repossess | Self::TakeOffline | Self::BringBack => false,
        }
    }
}

/// Does an act to units, in the order given. `change` makes the rest of the change, besides the status, once the act is known
/// to be for the state that the unit is in: that of the allocation (U4), for one. It gets the unit with its new status.
///
/// The events of each unit come first, then those of the unit types, which are looked at again once all units have changed (U5,
/// section 21).
///
/// # Errors
/// Not found; a conflict when the act is not for the state that a unit is in (U1). Units before that one have changed then:
/// refusals of acts undo everything ([`World::transact`]).
pub(super) fn transition(
    world: &mut World,
    at: Timestamp,
    units: &[UnitId],
    act: UnitAct,
    mut change: impl FnMut(&mut World, &mut Unit),
) -> Result<(), Refusal> {
    let mut unit_types = Vec::new();
    for &id in units {
        let mut unit = world.units.get(id).ok_or(Refusal::NotFound)?.clone();
        unit.status = unit.status_after(act)?;
        unit.overlocked_by_itself = false;
        let has_smart_entry = world.sites.get(unit.site).is_some_and(|site| site.settings.smart_entry);
        if has_smart_entry && act.is_told_to_smart_entry() {
            unit.smart_entry = Some(SmartEntryNotice { act, at });
        }
        change(world, &mut unit);
        let (unit_type, event) = (unit.unit_type, unit.status.event());
        world.units.amend(id, at, |before| *before = unit);
        world.tell(EventKind::UnitUpdated, id, at);
        world.tell(event, id, at);
        if !unit_types.contains(&unit_type) {
            unit_types.push(unit_type);
        }
    }
    for unit_type in unit_types {
        UnitType::follow_units(world, at, unit_type);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::ids::TenancyId;
    use super::super::inventory_fixtures::{Business, LATER, NOW, moment};
    use super::super::unit;
    use super::*;

    /// The table of section 1.
    const TABLE: [(UnitStatus, UnitAct, UnitStatus); 11] = [
        (UnitStatus::Available, UnitAct::Reserve, UnitStatus::Reserved),
        (UnitStatus::Available, UnitAct::GrantAccess, UnitStatus::Occupied),
        (UnitStatus::Reserved, UnitAct::GrantAccess, UnitStatus::Occupied),
        (UnitStatus::Reserved, UnitAct::Deallocate, UnitStatus::Available),
        (UnitStatus::Occupied, UnitAct::Deallocate, UnitStatus::Available),
        (UnitStatus::Occupied, UnitAct::Overlock, UnitStatus::Overlocked),
        (UnitStatus::Overlocked, UnitAct::RemoveOverlock, UnitStatus::Occupied),
        (UnitStatus::Overlocked, UnitAct::Repossess, UnitStatus::Repossessed),
        (UnitStatus::Repossessed, UnitAct::Clear, UnitStatus::Available),
        (UnitStatus::Available, UnitAct::TakeOffline, UnitStatus::Unavailable),
        (UnitStatus::Unavailable, UnitAct::BringBack, UnitStatus::Available),
    ];

    fn carry_out(
        world: &mut World,
        at: Timestamp,
        act: UnitAct,
        unit: UnitId,
        tenancy: TenancyId,
    ) -> Result<(), Refusal> {
        match act {
            UnitAct::Reserve => unit::reserve(world, at, unit, tenancy),
            UnitAct::GrantAccess => unit::grant_access(world, at, unit, tenancy),
            UnitAct::Deallocate => unit::deallocate(world, at, unit),
            UnitAct::Overlock => unit::overlock_one(world, at, unit),
            UnitAct::RemoveOverlock => unit::remove_overlock_one(world, at, unit),
            UnitAct::Repossess => unit::repossess(world, at, unit),
            UnitAct::Clear => unit::clear(world, at, unit),
            UnitAct::TakeOffline => unit::take_offline(world, at, unit),
            UnitAct::BringBack => unit::bring_back(world, at, unit),
        }
    }

    /// A unit that acts have brought into a state, with the tenancy that it is allocated to, if it is.
    fn unit_in(status: UnitStatus) -> (Business, UnitId, TenancyId) {
        let mut business = Business::new();
        let [unit] = business.units(["A1"]);
        let tenancy = business.tenancy(LATER);
        let way: &[UnitAct] = match status {
            UnitStatus::Available => &[],
            UnitStatus::Reserved => &[UnitAct::Reserve],
            UnitStatus::Occupied => &[UnitAct::GrantAccess],
            UnitStatus::Overlocked => &[UnitAct::GrantAccess, UnitAct::Overlock],
            UnitStatus::Unavailable => &[UnitAct::TakeOffline],
            UnitStatus::Repossessed => &[UnitAct::GrantAccess, UnitAct::Overlock, UnitAct::Repossess],
        };
        for &act in way {
            business.act(|world, at| carry_out(world, at, act, unit, tenancy)).unwrap();
        }
        assert_eq!(business.status(unit), status);
        (business, unit, tenancy)
    }

    #[test]
    fn every_act_moves_a_unit_from_the_states_it_is_for_and_tells_of_it() {
        for (from, act, to) in TABLE {
            let (mut business, unit, tenancy) = unit_in(from);
            business.at = moment(NOW).plus_seconds(60);
            let events = business.events(|world, at| carry_out(world, at, act, unit, tenancy));
            assert_eq!(events, ["unit.updated", &format!("unit.{to}")], "{act} of a unit that is {from}");
            let unit = business.unit(unit);
            assert_eq!((unit.status, unit.updated_at), (to, business.at));
            let holds_none = matches!(to, UnitStatus::Available | UnitStatus::Unavailable);
            assert_eq!(unit.allocation.is_none(), holds_none, "{act} of a unit that was {from}");
        }
    }

    #[test]
    fn every_other_act_is_refused_with_the_state_named_and_nothing_changed() {
        let mut refused = 0;
        for &from in UnitStatus::ALL {
            for &act in UnitAct::ALL {
                if TABLE.iter().any(|row| (row.0, row.1) == (from, act)) {
                    continue;
                }
                let (mut business, unit, tenancy) = unit_in(from);
                let (rule, reason) = business.conflict(|world, at| carry_out(world, at, act, unit, tenancy));
                assert_eq!(rule, "U1", "{act} of a unit that is {from}");
                assert!(reason.starts_with(&format!("The unit {unit} is {from}; ")), "{reason}");
                refused += 1;
            }
        }
        assert_eq!(refused + TABLE.len(), UnitStatus::ALL.len() * UnitAct::ALL.len());
    }

    #[test]
    fn an_unknown_unit_is_not_found_whatever_is_done_to_it() {
        let mut business = Business::new();
        let tenancy = business.tenancy(LATER);
        let unknown: UnitId = business.world.ids.fresh();
        for &act in UnitAct::ALL {
            let refusal = business.act(|world, at| carry_out(world, at, act, unknown, tenancy)).unwrap_err();
            assert_eq!(refusal, Refusal::NotFound, "{act}");
        }
    }

    #[test]
    fn smart_entry_is_told_of_access_alone_and_only_where_the_site_has_it() {
        // U6
        for (from, act, _) in TABLE {
            let (mut business, unit, tenancy) = unit_in(from);
            let before = business.unit(unit).smart_entry;
            business.act(|world, at| carry_out(world, at, act, unit, tenancy)).unwrap();
            let told = business.unit(unit).smart_entry;
            if matches!(act, UnitAct::Repossess | UnitAct::TakeOffline | UnitAct::BringBack) {
                assert_eq!(told, before, "{act}");
            } else {
                assert_eq!(told, Some(SmartEntryNotice { act, at: business.at }), "{act}");
            }

            let (mut business, unit, tenancy) = unit_in(from);
            let before = business.unit(unit).smart_entry;
            business.world.sites.update(business.site, |site| site.settings.smart_entry = false);
            business.act(|world, at| carry_out(world, at, act, unit, tenancy)).unwrap();
            assert_eq!(business.unit(unit).smart_entry, before, "{act}");
        }
    }
}
