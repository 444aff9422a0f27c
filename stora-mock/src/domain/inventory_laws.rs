//! What holds of units, allocations and tenancies after any acts, refused or not.

use std::collections::HashMap;

use proptest::prelude::*;

use super::ids::{ContactId, TenancyId, UnitAllocationId, UnitId};
use super::inventory_fixtures::{Business, LATER, NOW};
use super::unit::{self, UnitStatus};
use super::unit_type::{UnitType, UnitTypeChange, UnitTypeStatus};

/// An act on the business, with its units and tenancies by number.
#[derive(Debug, Clone, Copy)]
enum Act {
    Reserve(usize, usize),
    GrantAccess(usize, usize),
    Deallocate(usize),
    Overlock,
    RemoveOverlock,
    OverlockOne(usize),
    OverlockTenancy(usize),
    RemoveOverlockTenancy(usize),
    Repossess(usize),
    Clear(usize),
    TakeOffline(usize),
    BringBack(usize),
    AutoReserve(usize, i64, bool),
}

const UNITS: usize = 4;
const TENANCIES: usize = 4;

fn any_act() -> impl Strategy<Value = Act> {
    let (unit, tenancy) = (0..UNITS, 0..TENANCIES);
    prop_oneof![
        3 => (unit.clone(), tenancy.clone()).prop_map(|(unit, tenancy)| Act::Reserve(unit, tenancy)),
        3 => (unit.clone(), tenancy.clone()).prop_map(|(unit, tenancy)| Act::GrantAccess(unit, tenancy)),
        2 => unit.clone().prop_map(Act::Deallocate),
        1 => Just(Act::Overlock),
        1 => Just(Act::RemoveOverlock),
        1 => unit.clone().prop_map(Act::OverlockOne),
        1 => tenancy.clone().prop_map(Act::OverlockTenancy),
        1 => tenancy.clone().prop_map(Act::RemoveOverlockTenancy),
        1 => unit.clone().prop_map(Act::Repossess),
        1 => unit.clone().prop_map(Act::Clear),
        1 => unit.clone().prop_map(Act::TakeOffline),
        1 => unit.prop_map(Act::BringBack),
        1 => (tenancy, 0i64..3, any::<bool>()).prop_map(|(tenancy, quantity, started)| Act::AutoReserve(tenancy, quantity, started)),
    ]
}

struct Cast {
    business: Business,
    units: [UnitId; UNITS],
    tenancies: [TenancyId; TENANCIES],
    contact: ContactId,
}

impl Cast {
    fn new() -> Self {
        let mut business = Business::new();
        let [a, b, c] = business.units(["A1", "A2", "A3"]);
        let (elsewhere, far) = business.elsewhere();
        let contact = business.contact;
        let tenancies = [
            business.tenancy(LATER),
            business.tenancy(NOW),
            business.tenancy_of(contact, elsewhere, LATER),
            business.tenancy(NOW),
        ];
        let end = business.at;
        business.world.tenancies.update(tenancies[3], |ended| ended.ends_at = Some(end));
        let follow = UnitTypeChange { auto_update_availability: Some(true), ..UnitTypeChange::default() };
        let unit_type = business.unit_type;
        business.act(|world, at| UnitType::change(world, at, unit_type, follow)).unwrap();
        Self { units: [a, b, c, far], business, tenancies, contact }
    }

    /// Tries an act. One that is refused must change nothing.
    fn play(&mut self, act: Act) {
        let before = self.business.snapshot();
        let Self { units, tenancies, contact, .. } = *self;
        let unit_type = self.business.unit_type;
        let result = self.business.act(|world, at| match act {
            Act::Reserve(unit, tenancy) => unit::reserve(world, at, units[unit], tenancies[tenancy]),
            Act::GrantAccess(unit, tenancy) => unit::grant_access(world, at, units[unit], tenancies[tenancy]),
            Act::Deallocate(unit) => unit::deallocate(world, at, units[unit]),
            Act::Overlock => unit::overlock_contact(world, at, contact).map(drop),
            Act::RemoveOverlock => unit::remove_overlock_contact(world, at, contact).map(drop),
            Act::OverlockOne(unit) => unit::overlock_one(world, at, units[unit]),
            Act::OverlockTenancy(tenancy) => unit::overlock_tenancy(world, at, tenancies[tenancy]).map(drop),
            Act::RemoveOverlockTenancy(tenancy) => {
                unit::remove_overlock_tenancy(world, at, tenancies[tenancy]).map(drop)
            }
            Act::Repossess(unit) => unit::repossess(world, at, units[unit]),
            Act::Clear(unit) => unit::clear(world, at, units[unit]),
            Act::TakeOffline(unit) => unit::take_offline(world, at, units[unit]),
            Act::BringBack(unit) => unit::bring_back(world, at, units[unit]),
            Act::AutoReserve(tenancy, quantity, started) => {
                unit::auto_reserve(world, at, tenancies[tenancy], unit_type, quantity, started).map(drop)
            }
        });
        assert!(result.is_ok() || self.business.snapshot() == before, "{act:?} was refused and changed something");
    }

    fn check(&self) -> Result<(), TestCaseError> {
        let world = &self.business.world;
        let mut of_tenancies: HashMap<TenancyId, Vec<UnitAllocationId>> = HashMap::new();
        for allocation in world.unit_allocations.iter() {
            // One unit is never in two tenancies: it names this allocation and no other.
            let unit = world.units.get(allocation.unit).unwrap();
            prop_assert_eq!(unit.allocation, Some(allocation.id));
            prop_assert_eq!(unit.site, allocation.site);
            let granted = allocation.granted_access_at.is_some();
            prop_assert_eq!(granted, unit.status != UnitStatus::Reserved);
            prop_assert!(granted || allocation.reserved_at.is_some());
            of_tenancies.entry(allocation.tenancy).or_default().push(allocation.id);
        }
        for unit in world.units.iter() {
            let holds_none = matches!(unit.status, UnitStatus::Available | UnitStatus::Unavailable);
            prop_assert_eq!(unit.allocation.is_none(), holds_none, "{}", unit.status);
            if let Some(id) = unit.allocation {
                prop_assert_eq!(world.unit_allocations.get(id).map(|allocation| allocation.unit), Some(unit.id));
            }
            prop_assert!(!unit.overlocked_by_itself || unit.status == UnitStatus::Overlocked);
        }
        for tenancy in world.tenancies.iter() {
            let expected = of_tenancies.remove(&tenancy.id).unwrap_or_default();
            prop_assert_eq!(&tenancy.unit_allocations, &expected);
        }
        let unit_type = world.unit_types.get(self.business.unit_type).unwrap();
        let has_room =
            world.units.iter().any(|unit| unit.unit_type == unit_type.id && unit.status == UnitStatus::Available);
        prop_assert_eq!(unit_type.status == UnitTypeStatus::Bookable, has_room);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn units_allocations_and_tenancies_agree_after_any_acts(acts in prop::collection::vec(any_act(), 0..40)) {
        let mut cast = Cast::new();
        for act in acts {
            cast.play(act);
            cast.check()?;
        }
    }
}
