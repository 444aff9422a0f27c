//! Locking units for unpaid rent, and lifting that again (A19 to A22).

use super::dunning::lifted_by_hand;
use super::ids::{ContactId, TenancyId, UnitId};
use super::refusal::Refusal;
use super::time::Timestamp;
use super::unit::UnitStatus;
use super::unit_transition::{UnitAct, transition};
use crate::store::{FacetValue, World};

/// Overlocks all occupied units of a contact, at every site (A19). No payment lifts that (A21). Gives the units, in the order in
/// which they were allocated.
///
/// # Errors
/// `/contact_id` when there is no such contact; a conflict when it has no occupied unit (A20).
pub fn overlock_contact(world: &mut World, at: Timestamp, contact: ContactId) -> Result<Vec<UnitId>, Refusal> {
    let units = units_of_contact(world, contact, UnitStatus::Occupied)?;
    transition(world, at, &units, UnitAct::Overlock, |_, _| {})?;
    Ok(units)
}

/// Lifts the overlock from all overlocked units of a contact, at every site (A19), whoever or whatever set it (A22). Gives the
/// units, in the order in which they were allocated.
///
/// # Errors
/// `/contact_id` when there is no such contact; a conflict when it has no overlocked unit (A20).
pub fn remove_overlock_contact(world: &mut World, at: Timestamp, contact: ContactId) -> Result<Vec<UnitId>, Refusal> {
    let units = units_of_contact(world, contact, UnitStatus::Overlocked)?;
    transition(world, at, &units, UnitAct::RemoveOverlock, |_, _| {})?;
    lifted_by_hand(world, at, &units);
    Ok(units)
}

/// Overlocks one unit, as staff do. No payment lifts that (A21).
///
/// # Errors
/// Not found; a conflict when the unit is not occupied (U1).
pub fn overlock_one(world: &mut World, at: Timestamp, unit: UnitId) -> Result<(), Refusal> {
    transition(world, at, &[unit], UnitAct::Overlock, |_, _| {})
}

/// Lifts the overlock from one unit, as staff do.
///
/// # Errors
/// Not found; a conflict when the unit is not overlocked (U1).
pub fn remove_overlock_one(world: &mut World, at: Timestamp, unit: UnitId) -> Result<(), Refusal> {
    transition(world, at, &[unit], UnitAct::RemoveOverlock, |_, _| {})?;
    lifted_by_hand(world, at, &[unit]);
    Ok(())
}

/// Overlocks all occupied units of a tenancy by itself, after a charge failed (D7), so that a payment lifts it (A21). Whether
/// that is due (D6, D7) is for the caller to know. Gives the units, which may be none.
///
/// # Errors
/// Not found.
pub fn overlock_tenancy(world: &mut World, at: Timestamp, tenancy: TenancyId) -> Result<Vec<UnitId>, Refusal> {
    if !world.tenancies.contains(tenancy) {
        return Err(Refusal::NotFound);
    }
    let units = units_with(world, "tenancy_id", &tenancy.into(), UnitStatus::Occupied);
    transition(world, at, &units, UnitAct::Overlock, |_, unit| unit.overlocked_by_itself = true)?;
    Ok(units)
}

/// Lifts the overlocks of a tenancy's units that came by themselves, because nothing is owed any more (D9, D10). Those that were
/// set through the API or by staff stay (A21). Gives the units, which may be none.
///
/// # Errors
/// Not found.
pub fn remove_overlock_tenancy(world: &mut World, at: Timestamp, tenancy: TenancyId) -> Result<Vec<UnitId>, Refusal> {
    if !world.tenancies.contains(tenancy) {
        return Err(Refusal::NotFound);
    }
    let mut units = units_with(world, "tenancy_id", &tenancy.into(), UnitStatus::Overlocked);
    units.retain(|id| world.units.get(*id).is_some_and(|unit| unit.overlocked_by_itself));
    transition(world, at, &units, UnitAct::RemoveOverlock, |_, _| {})?;
    Ok(units)
}

/// The units of a contact that are in a state; never none.
fn units_of_contact(world: &World, contact: ContactId, status: UnitStatus) -> Result<Vec<UnitId>, Refusal> {
    if !world.contacts.contains(contact) {
        return Err(Refusal::unknown("/contact_id", contact));
    }
    let units = units_with(world, "contact_id", &contact.into(), status);
    if units.is_empty() {
        return Err(Refusal::conflict("A20", format!("The contact {contact} has no unit that is {status}.")));
    }
    Ok(units)
}

/// The units in a state whose allocations have a value in a field, in the order of the allocations.
fn units_with(world: &World, field: &str, value: &FacetValue, status: UnitStatus) -> Vec<UnitId> {
    let units = world.unit_allocations.having(field, value).map(|allocation| allocation.unit);
    units.filter(|id| world.units.get(*id).is_some_and(|unit| unit.status == status)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::contact::{Contact, NewContact};
    use super::super::inventory_fixtures::{Business, LATER, NOW};
    use super::super::unit;
    use super::*;

    /// Two occupied units and a reserved one, of two tenancies of the contact.
    fn three_units(business: &mut Business) -> ([UnitId; 3], [TenancyId; 2]) {
        let units = business.units(["A1", "A2", "A3"]);
        let tenancies = [business.tenancy(NOW), business.tenancy(LATER)];
        business.act(|world, at| unit::grant_access(world, at, units[1], tenancies[0])).unwrap();
        business.act(|world, at| unit::grant_access(world, at, units[0], tenancies[1])).unwrap();
        business.act(|world, at| unit::reserve(world, at, units[2], tenancies[1])).unwrap();
        (units, tenancies)
    }

    fn statuses<const N: usize>(business: &Business, units: [UnitId; N]) -> [UnitStatus; N] {
        units.map(|unit| business.status(unit))
    }

    #[test]
    fn all_occupied_units_of_a_contact_are_locked_at_every_site_and_the_others_stay() {
        use UnitStatus::{Occupied, Overlocked, Reserved};

        let mut business = Business::new();
        let (units, _) = three_units(&mut business);
        let (elsewhere, far) = business.elsewhere();
        let contact = business.contact;
        let there = business.tenancy_of(contact, elsewhere, NOW);
        business.act(|world, at| unit::grant_access(world, at, far, there)).unwrap();
        let allocations: Vec<_> = business.world.unit_allocations.iter().cloned().collect();

        let (locked, events) = business.act(|world, at| overlock_contact(world, at, contact)).unwrap();
        assert_eq!(locked, [units[1], units[0], far]);
        let told: Vec<_> = events.iter().map(|event| (event.kind.as_str(), event.subject)).collect();
        let expected: Vec<_> = locked
            .iter()
            .flat_map(|unit| [("unit.updated", (*unit).into()), ("unit.overlocked", (*unit).into())])
            .collect();
        assert_eq!(told, expected);
        assert_eq!(statuses(&business, units), [Overlocked, Overlocked, Reserved]);
        assert!(business.world.unit_allocations.iter().eq(&allocations));

        let (freed, _) = business.act(|world, at| remove_overlock_contact(world, at, contact)).unwrap();
        assert_eq!(freed, locked);
        assert_eq!(statuses(&business, units), [Occupied, Occupied, Reserved]);
    }

    #[test]
    fn a_contact_without_a_unit_in_the_needed_state_is_a_conflict_and_an_unknown_one_invalid() {
        let mut business = Business::new();
        let contact = business.contact;
        let (rule, reason) = business.conflict(|world, at| overlock_contact(world, at, contact));
        assert_eq!((rule, reason), ("A20", format!("The contact {contact} has no unit that is occupied.")));
        let (units, _) = three_units(&mut business);
        business.conflict(|world, at| remove_overlock_contact(world, at, contact));
        business.act(|world, at| unit::overlock_one(world, at, units[0])).unwrap();
        business.act(|world, at| unit::repossess(world, at, units[0])).unwrap();
        // Repossessed units are not touched.
        let (_, reason) = business.conflict(|world, at| remove_overlock_contact(world, at, contact));
        assert_eq!(reason, format!("The contact {contact} has no unit that is overlocked."));
        let unknown: ContactId = business.world.ids.fresh();
        for act in [overlock_contact as fn(&mut _, _, _) -> _, remove_overlock_contact] {
            let refusal = business.act(|world, at| act(world, at, unknown)).unwrap_err();
            assert_eq!(refusal, Refusal::invalid("/contact_id", format!("There is no contact {unknown}.")));
        }
    }

    #[test]
    fn the_units_of_another_contact_stay_as_they_are() {
        let mut business = Business::new();
        let (units, _) = three_units(&mut business);
        let new = NewContact { email: "b@example.com".into(), ..NewContact::default() };
        let other = Contact::create(&mut business.world, business.at, new).unwrap();
        let [theirs] = business.units(["B1"]);
        let tenancy = business.tenancy_of(other, business.site, NOW);
        business.act(|world, at| unit::grant_access(world, at, theirs, tenancy)).unwrap();
        let (locked, _) = business.act(|world, at| overlock_contact(world, at, other)).unwrap();
        assert_eq!(locked, [theirs]);
        assert_eq!(business.status(units[0]), UnitStatus::Occupied);
    }

    #[test]
    fn automation_locks_the_units_of_one_tenancy_and_undoes_only_what_it_did_itself() {
        use UnitStatus::{Occupied, Overlocked};

        let mut business = Business::new();
        let units = business.units(["A1", "A2"]);
        let (tenancy, other) = (business.tenancy(NOW), business.tenancy(NOW));
        for unit in units {
            business.act(|world, at| unit::grant_access(world, at, unit, tenancy)).unwrap();
        }
        business.act(|world, at| unit::overlock_one(world, at, units[0])).unwrap();
        assert_eq!(business.act(|world, at| overlock_tenancy(world, at, other)).unwrap().0, []);
        assert_eq!(business.act(|world, at| overlock_tenancy(world, at, tenancy)).unwrap().0, [units[1]]);
        assert_eq!(units.map(|unit| business.unit(unit).overlocked_by_itself), [false, true]);
        assert_eq!(business.act(|world, at| remove_overlock_tenancy(world, at, tenancy)).unwrap().0, [units[1]]);
        assert_eq!(statuses(&business, units), [Overlocked, Occupied]);
        // Nothing is left to lift, which is no fault.
        assert_eq!(business.act(|world, at| remove_overlock_tenancy(world, at, tenancy)).unwrap().0, []);
    }

    #[test]
    fn the_api_lifts_automatic_overlocks_too_and_one_set_afterwards_is_manual() {
        let mut business = Business::new();
        let [unit] = business.units(["A1"]);
        let (tenancy, contact) = (business.tenancy(NOW), business.contact);
        business.act(|world, at| unit::grant_access(world, at, unit, tenancy)).unwrap();
        business.act(|world, at| overlock_tenancy(world, at, tenancy)).unwrap();
        business.act(|world, at| remove_overlock_contact(world, at, contact)).unwrap();
        assert!(!business.unit(unit).overlocked_by_itself);
        business.act(|world, at| overlock_contact(world, at, contact)).unwrap();
        business.act(|world, at| remove_overlock_tenancy(world, at, tenancy)).unwrap();
        assert_eq!(business.status(unit), UnitStatus::Overlocked);
    }

    #[test]
    fn a_repossessed_unit_is_no_longer_one_that_a_payment_unlocks() {
        let mut business = Business::new();
        let [unit] = business.units(["A1"]);
        let tenancy = business.tenancy(NOW);
        business.act(|world, at| unit::grant_access(world, at, unit, tenancy)).unwrap();
        business.act(|world, at| overlock_tenancy(world, at, tenancy)).unwrap();
        business.act(|world, at| unit::repossess(world, at, unit)).unwrap();
        assert!(!business.unit(unit).overlocked_by_itself);
        assert_eq!(business.act(|world, at| remove_overlock_tenancy(world, at, tenancy)).unwrap().0, []);
        assert_eq!(business.status(unit), UnitStatus::Repossessed);
    }
}
