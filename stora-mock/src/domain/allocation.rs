//! Joining units to tenancies and parting them again (section 2 of the description of the business).

use std::cmp::Ordering;

use super::dunning::lock_given;
use super::ids::{TenancyId, UnitAllocationId, UnitId, UnitTypeId};
use super::notice::NoticeKind;
use super::refusal::Refusal;
use super::tenancy::Tenancy;
use super::time::Timestamp;
use super::unit::{Unit, UnitAllocation, UnitStatus};
use super::unit_transition::{UnitAct, transition};
use crate::store::{FacetValue, World};

/// Holds an available unit for a tenancy that is still to come (A11). The allocation has `reserved_at` set (A9).
///
/// # Errors
/// Not found, for the unit; `/tenancy_id` when there is no such tenancy; a conflict when the unit is not available, or the
/// tenancy is at another site, has ended or has started.
pub fn reserve(world: &mut World, at: Timestamp, unit: UnitId, tenancy: TenancyId) -> Result<(), Refusal> {
    let (found, tenant) = both(world, unit, tenancy)?;
    found.status_after(UnitAct::Reserve)?;
    can_join(found, tenant, at, "A11")?;
    if tenant.has_started(world, at) {
        let reason = format!(
            "The tenancy {tenancy} has started ({}); a unit is reserved for one that is still to start.",
            tenant.starts_at
        );
        return Err(Refusal::conflict("A11", reason));
    }
    transition(world, at, &[unit], UnitAct::Reserve, |world, unit| {
        allocate(world, at, unit, tenancy, Times { reserved_at: Some(at), granted_access_at: None });
    })
}

/// Lets a tenancy into a unit at once, be it before its start (A13): into an available one, which it then was never reserved
/// (A10), or into one that is reserved for it (A12). The units of a tenancy that is locked for what it owes are locked in the same
/// act (D7).
///
/// # Errors
/// Not found, for the unit; `/tenancy_id` when there is no such tenancy; a conflict when the unit is neither available nor
/// reserved, is reserved for another tenancy, or the tenancy is at another site or has ended.
pub fn grant_access(world: &mut World, at: Timestamp, unit: UnitId, tenancy: TenancyId) -> Result<(), Refusal> {
    let (found, tenant) = both(world, unit, tenancy)?;
    found.status_after(UnitAct::GrantAccess)?;
    let holder = found.allocation.and_then(|id| world.unit_allocations.get(id)).map(|allocation| allocation.tenancy);
    if let Some(other) = holder.filter(|holder| *holder != tenancy) {
        let reason = format!("The unit {unit} is reserved for the tenancy {other}, not for {tenancy}.");
        return Err(Refusal::conflict("A12", reason));
    }
    can_join(found, tenant, at, "A12")?;
    transition(world, at, &[unit], UnitAct::GrantAccess, |world, unit| match unit.allocation {
        Some(reserved) => {
            world.unit_allocations.amend(reserved, at, |allocation| allocation.granted_access_at = Some(at));
        }
        None => allocate(world, at, unit, tenancy, Times { reserved_at: None, granted_access_at: Some(at) }),
    })?;
    lock_given(world, at, tenancy)
}

/// Takes a reserved or occupied unit away from its tenancy. The allocation ceases to exist (A18); tenancy and billing go on
/// (A27).
///
/// # Errors
/// Not found; a conflict when the unit is in another state (U1).
pub fn deallocate(world: &mut World, at: Timestamp, unit: UnitId) -> Result<(), Refusal> {
    deallocate_all(world, at, &[unit])
}

/// The same for several units in one act: their types are looked at again once all of them are free (section 21).
///
/// # Errors
/// As [`deallocate`].
pub(super) fn deallocate_all(world: &mut World, at: Timestamp, units: &[UnitId]) -> Result<(), Refusal> {
    transition(world, at, units, UnitAct::Deallocate, |world, unit| part(world, at, unit))
}

/// Clears a repossessed unit: the repossession is lifted and the unit deallocated in one act of staff.
///
/// # Errors
/// Not found; a conflict when the unit is not repossessed (U1).
pub fn clear(world: &mut World, at: Timestamp, unit: UnitId) -> Result<(), Refusal> {
    transition(world, at, &[unit], UnitAct::Clear, |world, unit| part(world, at, unit))
}

/// Allocates available units of a type to a tenancy as its order completes, those with the highest numbers first (A3, A4).
///
/// They are occupied at once if the tenancy has `started`, else reserved (A6). Too few is no error: those that there are, are
/// taken, and staff are told (A7). Nothing happens while the site's switch is off (A8). Gives the units, the highest first.
///
/// # Errors
/// Not found, for the tenancy.
pub fn auto_reserve(
    world: &mut World,
    at: Timestamp,
    tenancy: TenancyId,
    unit_type: UnitTypeId,
    quantity: i64,
    started: bool,
) -> Result<Vec<UnitId>, Refusal> {
    let site = world.tenancies.get(tenancy).ok_or(Refusal::NotFound)?.site;
    if !world.sites.get(site).is_some_and(|site| site.settings.auto_reserve) {
        return Ok(Vec::new());
    }
    let wanted = [
        ("unit_type_id", FacetValue::from(unit_type)),
        ("site_id", FacetValue::from(site)),
        ("status", FacetValue::from(UnitStatus::Available.as_str())),
    ];
    let mut units: Vec<&Unit> = world.units.having_all(&wanted).collect();
    units.sort_by(|a, b| by_number(b, a));
    let units: Vec<UnitId> = units.iter().map(|unit| unit.id).take(usize::try_from(quantity).unwrap_or(0)).collect();
    let act = if started { UnitAct::GrantAccess } else { UnitAct::Reserve };
    let times = Times { reserved_at: Some(at), granted_access_at: started.then_some(at) };
    transition(world, at, &units, act, |world, unit| allocate(world, at, unit, tenancy, times))?;
    if started {
        lock_given(world, at, tenancy)?;
    }
    if i64::try_from(units.len()).is_ok_and(|found| found < quantity) {
        world.notify(at, NoticeKind::UnitsMissing, None, tenancy);
    }
    Ok(units)
}

/// When an allocation came about (A9, A10).
#[derive(Clone, Copy)]
struct Times {
    reserved_at: Option<Timestamp>,
    granted_access_at: Option<Timestamp>,
}

/// The unit of an act and the tenancy that it is for.
fn both(world: &World, unit: UnitId, tenancy: TenancyId) -> Result<(&Unit, &Tenancy), Refusal> {
    let unit = world.units.get(unit).ok_or(Refusal::NotFound)?;
    let unknown = || Refusal::unknown("/tenancy_id", tenancy);
    Ok((unit, world.tenancies.get(tenancy).ok_or_else(unknown)?))
}

/// Whether a unit and a tenancy are at the same site, and the tenancy has not ended.
fn can_join(unit: &Unit, tenancy: &Tenancy, at: Timestamp, rule: &'static str) -> Result<(), Refusal> {
    if unit.site != tenancy.site {
        let reason = format!(
            "The unit {} is at the site {}, the tenancy {} at {}.",
            unit.id, unit.site, tenancy.id, tenancy.site
        );
        return Err(Refusal::conflict(rule, reason));
    }
    match tenancy.ends_at {
        Some(end) if tenancy.ended(at) => {
            Err(Refusal::conflict(rule, format!("The tenancy {} has ended ({end}).", tenancy.id)))
        }
        _ => Ok(()),
    }
}

/// Makes the allocation of a unit to a tenancy.
fn allocate(world: &mut World, at: Timestamp, unit: &mut Unit, tenancy: TenancyId, times: Times) {
    let Some(contact) = world.tenancies.get(tenancy).map(|tenancy| tenancy.contact) else { return };
    let id: UnitAllocationId = world.ids.fresh();
    world.unit_allocations.insert(UnitAllocation {
        id,
        created_at: at,
        granted_access_at: times.granted_access_at,
        reserved_at: times.reserved_at,
        tenancy,
        unit: unit.id,
        updated_at: at,
        contact,
        site: unit.site,
    });
    world.tenancies.amend(tenancy, at, |tenancy| tenancy.unit_allocations.push(id));
    unit.allocation = Some(id);
}

/// Ends the allocation of a unit: it leaves the unit, the tenancy and the list (A18).
fn part(world: &mut World, at: Timestamp, unit: &mut Unit) {
    let Some(allocation) = unit.allocation.take().and_then(|id| world.unit_allocations.remove(id)) else { return };
    world.tenancies.amend(allocation.tenancy, at, |tenancy| {
        tenancy.unit_allocations.retain(|id| *id != allocation.id);
    });
}

/// Units by their numbers (A4): their labels with runs of digits read as numbers, then as text, then by id.
fn by_number(a: &Unit, b: &Unit) -> Ordering {
    natural(&a.reference_id)
        .cmp(natural(&b.reference_id))
        .then_with(|| a.reference_id.cmp(&b.reference_id))
        .then_with(|| a.id.cmp(&b.id))
}

/// A text as a sequence that compares with runs of digits read as numbers. A run stands where the digit `0` stands among the
/// characters; of two runs the one with more digits is greater, leading zeros aside, or else the one with the greater digits.
fn natural(text: &str) -> impl Iterator<Item = (char, usize, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (item, behind) = rest.split_at(if digits == 0 { first.len_utf8() } else { digits });
        rest = behind;
        if digits == 0 {
            return Some((first, 0, ""));
        }
        let number = item.trim_start_matches('0');
        Some(('0', number.len(), number))
    })
}

#[cfg(test)]
mod tests {
    use super::super::inventory_fixtures::{Business, LATER, NOW, moment};
    use super::super::unit;
    use super::*;

    /// Scenario 1: of A1 to A5, A3 is occupied and A5 unavailable.
    fn five_units(business: &mut Business) -> [UnitId; 5] {
        let units = business.units(["A1", "A2", "A3", "A4", "A5"]);
        let other = business.tenancy(NOW);
        business.act(|world, at| grant_access(world, at, units[2], other)).unwrap();
        business.act(|world, at| unit::take_offline(world, at, units[4])).unwrap();
        units
    }

    fn reserve_some(business: &mut Business, tenancy: TenancyId, quantity: i64, started: bool) -> Vec<UnitId> {
        let unit_type = business.unit_type;
        business.act(|world, at| auto_reserve(world, at, tenancy, unit_type, quantity, started)).unwrap().0
    }

    #[test]
    fn scenario_1_the_highest_available_unit_is_reserved_until_the_start() {
        let mut business = Business::new();
        let units = five_units(&mut business);
        let tenancy = business.tenancy(LATER);
        assert_eq!(reserve_some(&mut business, tenancy, 1, false), [units[3]]);
        assert_eq!(business.status(units[3]), UnitStatus::Reserved);
        let allocation = business.allocation(units[3]);
        assert_eq!((allocation.reserved_at, allocation.granted_access_at), (Some(business.at), None));
    }

    #[test]
    fn scenario_1_with_a_start_today_the_unit_is_occupied_at_once() {
        let mut business = Business::new();
        let units = five_units(&mut business);
        let (tenancy, unit_type) = (business.tenancy(NOW), business.unit_type);
        let events = business.events(|world, at| auto_reserve(world, at, tenancy, unit_type, 1, true));
        assert_eq!(events, ["unit.updated", "unit.occupied"]);
        let allocation = business.allocation(units[3]);
        assert_eq!((allocation.reserved_at, allocation.granted_access_at), (Some(business.at), Some(business.at)));
    }

    #[test]
    fn scenario_2_without_an_available_unit_nothing_is_allocated_and_nothing_refused() {
        let mut business = Business::new();
        let tenancy = business.tenancy(LATER);
        assert_eq!(reserve_some(&mut business, tenancy, 1, false), []);
        assert_eq!(business.world.tenancies.get(tenancy).unwrap().unit_allocations, []);
        let units = five_units(&mut business);
        // Of too few, those that there are.
        assert_eq!(reserve_some(&mut business, tenancy, 9, false), [units[3], units[1], units[0]]);
    }

    #[test]
    fn the_switch_of_the_site_keeps_units_from_being_reserved_by_themselves() {
        let mut business = Business::new();
        five_units(&mut business);
        let tenancy = business.tenancy(LATER);
        business.world.sites.update(business.site, |site| site.settings.auto_reserve = false);
        assert_eq!(reserve_some(&mut business, tenancy, 1, false), []);
    }

    #[test]
    fn several_units_are_told_of_before_their_type_which_is_told_of_once() {
        let mut business = Business::new();
        business.units(["1", "2", "3"]);
        business.world.unit_types.update(business.unit_type, |unit_type| {
            unit_type.settings.auto_update_availability = true;
        });
        let (tenancy, unit_type) = (business.tenancy(LATER), business.unit_type);
        let events = business.events(|world, at| auto_reserve(world, at, tenancy, unit_type, 3, false));
        let each = ["unit.updated", "unit.reserved"];
        assert_eq!(events, [&each[..], &each, &each, &["unit_type.updated"]].concat());
    }

    #[test]
    fn units_are_numbered_by_runs_of_digits_then_as_text_then_by_id() {
        let rising =
            ["", "-1", "1", "01", "2", "9", "10", "10b", "A", "A-9", "A-10", "A 1", "A1", "A9B2", "A9B10", "A10", "B1"];
        let mut expected = rising;
        expected.sort_by(|a, b| natural(a).cmp(natural(b)).then_with(|| a.cmp(b)));
        let by_hand =
            ["", "-1", "01", "1", "2", "9", "10", "10b", "A", "A 1", "A-9", "A-10", "A1", "A9B2", "A9B10", "A10", "B1"];
        assert_eq!(expected, by_hand);
        // More digits than any number type holds.
        let (small, large) = ("9".repeat(40), format!("1{}", "0".repeat(40)));
        assert_eq!(natural(&small).cmp(natural(&large)), Ordering::Less);

        let mut business = Business::new();
        let [_, ten] = business.units(["A9", "A10"]);
        let tenancy = business.tenancy(LATER);
        assert_eq!(reserve_some(&mut business, tenancy, 1, false), [ten]);
    }

    #[test]
    fn reserving_makes_an_allocation_that_unit_and_tenancy_name() {
        let mut business = Business::new();
        let [unit] = business.units(["A1"]);
        let tenancy = business.tenancy(LATER);
        business.at = moment(NOW).plus_seconds(60);
        business.act(|world, at| reserve(world, at, unit, tenancy)).unwrap();
        let allocation = business.allocation(unit);
        assert_eq!((allocation.tenancy, allocation.unit), (tenancy, unit));
        assert_eq!((allocation.contact, allocation.site), (business.contact, business.site));
        assert_eq!((allocation.reserved_at, allocation.granted_access_at), (Some(business.at), None));
        let tenancy = business.world.tenancies.get(tenancy).unwrap();
        assert_eq!((&tenancy.unit_allocations[..], tenancy.updated_at), (&[allocation.id][..], business.at));
    }

    #[test]
    fn access_to_a_reserved_unit_uses_its_allocation_and_to_an_available_one_makes_one_that_was_never_reserved() {
        // A10
        let mut business = Business::new();
        let [reserved, available] = business.units(["A1", "A2"]);
        let tenancy = business.tenancy(LATER);
        business.act(|world, at| reserve(world, at, reserved, tenancy)).unwrap();
        let (id, reserved_at) = (business.allocation(reserved).id, business.at);
        business.at = moment(NOW).plus_seconds(60);
        business.act(|world, at| grant_access(world, at, reserved, tenancy)).unwrap();
        let allocation = business.allocation(reserved);
        assert_eq!((allocation.id, allocation.updated_at), (id, business.at));
        assert_eq!((allocation.reserved_at, allocation.granted_access_at), (Some(reserved_at), Some(business.at)));
        business.act(|world, at| grant_access(world, at, available, tenancy)).unwrap();
        let allocation = business.allocation(available);
        assert_eq!((allocation.reserved_at, allocation.granted_access_at), (None, Some(business.at)));
        // Early access changes nothing of the tenancy but its units (A13).
        let tenancy = business.world.tenancies.get(tenancy).unwrap();
        assert_eq!((tenancy.starts_at, tenancy.started), (moment(LATER), false));
        assert_eq!(tenancy.unit_allocations.len(), 2);
    }

    #[test]
    fn a_deallocated_allocation_is_gone_from_everywhere_and_the_others_stay() {
        let mut business = Business::new();
        let [first, second] = business.units(["A1", "A2"]);
        let tenancy = business.tenancy(NOW);
        for unit in [first, second] {
            business.act(|world, at| grant_access(world, at, unit, tenancy)).unwrap();
        }
        let (gone, stays) = (business.allocation(first).id, business.allocation(second).id);
        business.act(|world, at| deallocate(world, at, first)).unwrap();
        assert_eq!(business.unit(first).allocation, None);
        assert!(!business.world.unit_allocations.contains(gone));
        assert_eq!(business.world.tenancies.get(tenancy).unwrap().unit_allocations, [stays]);
        assert_eq!(business.status(second), UnitStatus::Occupied);
    }

    #[test]
    fn a_swap_is_a_deallocation_and_an_allocation_with_an_id_of_its_own() {
        let mut business = Business::new();
        let [old, new] = business.units(["A1", "A2"]);
        let tenancy = business.tenancy(NOW);
        business.act(|world, at| grant_access(world, at, old, tenancy)).unwrap();
        let before = business.allocation(old).id;
        business.act(|world, at| deallocate(world, at, old)).unwrap();
        business.act(|world, at| grant_access(world, at, new, tenancy)).unwrap();
        assert_eq!((business.status(old), business.status(new)), (UnitStatus::Available, UnitStatus::Occupied));
        assert_ne!(business.allocation(new).id, before);
    }

    #[test]
    fn a_unit_and_a_tenancy_at_different_sites_do_not_come_together() {
        let mut business = Business::new();
        let (elsewhere, unit) = business.elsewhere();
        let tenancy = business.tenancy(LATER);
        for (act, expected) in [(reserve as fn(&mut _, _, _, _) -> _, "A11"), (grant_access, "A12")] {
            let (rule, reason) = business.conflict(|world, at| act(world, at, unit, tenancy));
            assert_eq!(rule, expected);
            assert!(reason.contains(&elsewhere.to_string()) && reason.contains(&business.site.to_string()), "{reason}");
        }
    }

    #[test]
    fn a_tenancy_that_has_ended_gets_no_unit() {
        let mut business = Business::new();
        let [unit] = business.units(["A1"]);
        let tenancy = business.tenancy("2026-01-05T09:00:00Z");
        let (end, now) = (business.at, business.at);
        business.world.tenancies.update(tenancy, |tenancy| tenancy.ends_at = Some(end));
        for act in [reserve as fn(&mut _, _, _, _) -> _, grant_access] {
            let (_, reason) = business.conflict(|world, at| act(world, at, unit, tenancy));
            assert_eq!(reason, format!("The tenancy {tenancy} has ended ({end})."));
        }
        // The last moment before the end is not the end.
        business.world.tenancies.update(tenancy, |tenancy| tenancy.ends_at = Some(now.plus_seconds(1)));
        business.act(|world, at| grant_access(world, at, unit, tenancy)).unwrap();
    }

    #[test]
    fn a_unit_is_reserved_only_for_a_tenancy_that_is_still_to_start() {
        let mut business = Business::new();
        let [unit] = business.units(["A1"]);
        // Later today has started: the day counts, not the hour (S2).
        for starts_at in ["2026-01-05T09:00:00Z", NOW, "2026-03-02T18:00:00Z"] {
            let tenancy = business.tenancy(starts_at);
            let (rule, reason) = business.conflict(|world, at| reserve(world, at, unit, tenancy));
            assert_eq!(rule, "A11");
            assert!(reason.starts_with(&format!("The tenancy {tenancy} has started ({starts_at})")), "{reason}");
        }
        let tenancy = business.tenancy("2026-03-03T00:00:00Z");
        business.act(|world, at| reserve(world, at, unit, tenancy)).unwrap();
    }

    #[test]
    fn a_unit_reserved_for_one_tenancy_is_not_opened_to_another() {
        let mut business = Business::new();
        let [unit] = business.units(["A1"]);
        let (mine, yours) = (business.tenancy(LATER), business.tenancy(LATER));
        business.act(|world, at| reserve(world, at, unit, mine)).unwrap();
        let (rule, reason) = business.conflict(|world, at| grant_access(world, at, unit, yours));
        assert_eq!(rule, "A12");
        assert_eq!(reason, format!("The unit {unit} is reserved for the tenancy {mine}, not for {yours}."));
    }

    #[test]
    fn an_unknown_tenancy_is_told_before_the_state_of_the_unit_and_an_unknown_unit_before_both() {
        let mut business = Business::new();
        let [unit] = business.units(["A1"]);
        business.act(|world, at| unit::take_offline(world, at, unit)).unwrap();
        let tenancy: TenancyId = business.world.ids.fresh();
        let reason = format!("There is no tenancy {tenancy}.");
        for act in [reserve as fn(&mut _, _, _, _) -> _, grant_access] {
            let refusal = business.act(|world, at| act(world, at, unit, tenancy)).unwrap_err();
            assert_eq!(refusal, Refusal::invalid("/tenancy_id", &*reason));
            let unknown: UnitId = business.world.ids.fresh();
            assert_eq!(business.act(|world, at| act(world, at, unknown, tenancy)), Err(Refusal::NotFound));
        }
    }

    #[test]
    fn units_of_any_type_and_any_number_of_them_go_to_one_tenancy() {
        // A14
        let mut business = Business::new();
        let [first] = business.units(["A1"]);
        let new = super::super::unit_type::NewUnitType::named(business.site, "50 sq ft");
        business.unit_type = super::super::unit_type::UnitType::create(&mut business.world, business.at, new).unwrap();
        let [second] = business.units(["B1"]);
        let tenancy = business.tenancy(LATER);
        for unit in [first, second] {
            business.act(|world, at| reserve(world, at, unit, tenancy)).unwrap();
        }
        let expected = [business.allocation(first).id, business.allocation(second).id];
        assert_eq!(business.world.tenancies.get(tenancy).unwrap().unit_allocations, expected);
    }
}
