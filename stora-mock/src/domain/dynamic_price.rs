//! Dynamic pricing: prices that move with the occupancy of a unit type (section 16 of the description of the business).

use serde::{Deserialize, Serialize};

use super::faults::Faults;
use super::ids::UnitTypeId;
use super::money::Percent;
use super::unit::UnitStatus;
use super::words::words;
use crate::store::{FacetValue, World};

/// A rule of dynamic pricing: at such an occupancy the price moves by so much (Y1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PriceRule {
    /// How the occupancy is compared with the threshold.
    pub comparison: Comparison,
    /// The threshold, in per cent of the units of the type.
    pub occupancy: Percent,
    /// What is added to the base price, in per cent of it; negative to take off.
    pub change: Percent,
}

words! {
    /// How an occupancy is compared with a threshold.
    Comparison {
        Above = ">",
        AtLeast = ">=",
        Below = "<",
        AtMost = "<=",
    }
}

/// How many units of a type are taken, out of how many.
#[derive(Debug, Clone, Copy)]
struct Occupancy {
    taken: u64,
    units: u64,
}

impl PriceRule {
    /// The rule in force for a unit type: of those that match its occupancy the one whose threshold is nearest to it, and of
    /// several such the oldest (Y5). None matches a type without units, which has no occupancy.
    pub fn in_force<'r>(rules: &'r [Self], world: &World, unit_type: UnitTypeId) -> Option<&'r Self> {
        if rules.is_empty() {
            return None;
        }
        let occupancy = Occupancy::of(world, unit_type);
        let matching = rules.iter().filter(|rule| occupancy.units > 0 && rule.matches(occupancy));
        matching.min_by_key(|rule| occupancy.beyond(rule.occupancy).abs())
    }

    /// Notes rules that there cannot be: thresholds that are no part of the whole, and changes to less than nothing. `part` is the
    /// JSON Pointer to the rules.
    pub fn check(rules: &[Self], part: &str, faults: &mut Faults) {
        for (i, rule) in rules.iter().enumerate() {
            if !(Percent::ZERO..=Percent::HUNDRED).contains(&rule.occupancy) {
                faults.add(format!("{part}/{i}/occupancy"), "An occupancy is between 0 and 100 per cent.");
            }
            if rule.change.units() < -Percent::HUNDRED.units() {
                faults.add(format!("{part}/{i}/change"), "A price is lowered by 100 per cent at most.");
            }
        }
    }

    fn matches(&self, occupancy: Occupancy) -> bool {
        let beyond = occupancy.beyond(self.occupancy);
        match self.comparison {
            Comparison::Above => beyond > 0,
            Comparison::AtLeast => beyond >= 0,
            Comparison::Below => beyond < 0,
            Comparison::AtMost => beyond <= 0,
        }
    }
}

impl Occupancy {
    /// Occupied, overlocked and repossessed units are taken; reserved and unavailable ones are not, but count among all (Y2).
    fn of(world: &World, unit_type: UnitTypeId) -> Self {
        let of_type = FacetValue::from(unit_type);
        let units = world.units.count_having("unit_type_id", &of_type);
        let taken = world.units.having("unit_type_id", &of_type).filter(|unit| {
            matches!(unit.status, UnitStatus::Occupied | UnitStatus::Overlocked | UnitStatus::Repossessed)
        });
        Self { taken: taken.count() as u64, units }
    }

    /// How far it is beyond a threshold, in a measure that is exact and the same for all thresholds: the difference in per cent
    /// times the number of units.
    fn beyond(self, threshold: Percent) -> i128 {
        i128::from(self.taken) * i128::from(Percent::HUNDRED.units())
            - i128::from(self.units) * i128::from(threshold.units())
    }
}

#[cfg(test)]
mod tests {
    use super::super::calendar::BillingPeriod;
    use super::super::inventory_fixtures::{Business, LATER, NOW};
    use super::super::price::PricePeriod;
    use super::super::unit;
    use super::super::unit_type::{UnitType, UnitTypeChange};
    use super::*;

    fn rule(comparison: Comparison, occupancy: i64, change: i64) -> PriceRule {
        let percent = |number| Percent::whole(number).unwrap();
        PriceRule { comparison, occupancy: percent(occupancy), change: percent(change) }
    }

    /// A type of 100.00 a month with rules.
    fn priced(rules: Vec<PriceRule>) -> Business {
        let mut business = Business::new();
        let change = UnitTypeChange {
            base_prices: [(BillingPeriod::Monthly, 10_000)].into(),
            price_rules: Some(rules),
            ..UnitTypeChange::default()
        };
        let id = business.unit_type;
        business.act(|world, at| UnitType::change(world, at, id, change)).unwrap();
        business
    }

    fn monthly(business: &Business) -> i64 {
        let unit_type = business.world.unit_types.get(business.unit_type).unwrap();
        assert_eq!(unit_type.settings.base_prices.amount(PricePeriod::Monthly), Some(10_000));
        unit_type.prices.amount(PricePeriod::Monthly).unwrap()
    }

    #[test]
    fn the_price_moves_with_every_unit_that_is_occupied_and_comes_back() {
        let mut business = priced(vec![rule(Comparison::AtLeast, 50, 10)]);
        let units = business.units(["A1", "A2"]);
        let tenancy = business.tenancy(NOW);
        assert_eq!(monthly(&business), 10_000);
        let events = business.events(|world, at| unit::grant_access(world, at, units[0], tenancy));
        assert_eq!(events, ["unit.updated", "unit.occupied", "unit_type.updated"]);
        assert_eq!(monthly(&business), 11_000);
        // The next one is beyond the threshold too, so that nothing moves.
        let events = business.events(|world, at| unit::grant_access(world, at, units[1], tenancy));
        assert_eq!(events, ["unit.updated", "unit.occupied"]);
        for unit in units {
            business.act(|world, at| unit::deallocate(world, at, unit)).unwrap();
        }
        assert_eq!(monthly(&business), 10_000);
    }

    #[test]
    fn overlocked_and_repossessed_units_are_taken_and_reserved_and_unavailable_ones_are_not() {
        // Y2, A23
        let mut business = priced(vec![rule(Comparison::Above, 0, 10)]);
        let [taken, reserved, offline] = business.units(["A1", "A2", "A3"]);
        let tenancy = business.tenancy(LATER);
        business.act(|world, at| unit::reserve(world, at, reserved, tenancy)).unwrap();
        business.act(|world, at| unit::take_offline(world, at, offline)).unwrap();
        assert_eq!(monthly(&business), 10_000);
        business.act(|world, at| unit::grant_access(world, at, taken, tenancy)).unwrap();
        for act in [unit::overlock_one, unit::repossess] {
            assert_eq!(monthly(&business), 11_000);
            business.act(|world, at| act(world, at, taken)).unwrap();
        }
        assert_eq!(monthly(&business), 11_000);
        business.act(|world, at| unit::clear(world, at, taken)).unwrap();
        assert_eq!(monthly(&business), 10_000);
    }

    #[test]
    fn a_unit_more_or_less_moves_the_occupancy_too() {
        let mut business = priced(vec![rule(Comparison::AtLeast, 100, 20)]);
        let [unit] = business.units(["A1"]);
        let tenancy = business.tenancy(NOW);
        business.act(|world, at| unit::grant_access(world, at, unit, tenancy)).unwrap();
        assert_eq!(monthly(&business), 12_000);
        business.units(["A2"]);
        assert_eq!(monthly(&business), 10_000);
    }

    #[test]
    fn thresholds_are_met_exactly_at_thirds_and_by_each_comparison() {
        // Y1
        let mut business = priced(Vec::new());
        let units = business.units(["A1", "A2", "A3", "A4"]);
        let tenancy = business.tenancy(NOW);
        business.act(|world, at| unit::grant_access(world, at, units[0], tenancy)).unwrap();
        let matches =
            |world: &World, rule: PriceRule| PriceRule::in_force(&[rule], world, business.unit_type).is_some();
        use Comparison::{Above, AtLeast, AtMost, Below};
        for (comparison, below, at, above) in [
            (Above, true, false, false),
            (AtLeast, true, true, false),
            (Below, false, false, true),
            (AtMost, false, true, true),
        ] {
            let found = [24, 25, 26].map(|threshold| matches(&business.world, rule(comparison, threshold, 1)));
            assert_eq!(found, [below, at, above], "{comparison}");
        }
        // One of three is more than 33.333333333 % and less than 33.333333334 %.
        business.world.units.remove(units[3]);
        let third = |comparison, threshold: &str| PriceRule {
            comparison,
            occupancy: threshold.parse().unwrap(),
            change: Percent::ZERO,
        };
        assert!(matches(&business.world, third(Above, "33.333333333")));
        assert!(matches(&business.world, third(Below, "33.333333334")));
    }

    #[test]
    fn of_several_rules_the_nearest_threshold_wins_and_of_equally_near_ones_the_older() {
        // Y5
        let mut business = priced(Vec::new());
        let units = business.units(["A1", "A2"]);
        let tenancy = business.tenancy(NOW);
        business.act(|world, at| unit::grant_access(world, at, units[0], tenancy)).unwrap();
        let change = |rules: &[PriceRule]| {
            PriceRule::in_force(rules, &business.world, business.unit_type).map(|rule| rule.change.to_string())
        };
        let (low, high) = (rule(Comparison::Above, 20, 1), rule(Comparison::Above, 45, 2));
        let (beyond, as_near) = (rule(Comparison::Above, 60, 3), rule(Comparison::Below, 55, 4));
        assert_eq!(change(&[low.clone(), high.clone(), beyond.clone()]).as_deref(), Some("2"));
        assert_eq!(change(&[low, as_near.clone(), high.clone()]).as_deref(), Some("4"));
        assert_eq!(change(&[high, as_near]).as_deref(), Some("2"));
        assert_eq!(change(&[beyond]), None);
    }

    #[test]
    fn a_type_without_units_has_its_base_price() {
        // Y5
        let business = priced(vec![rule(Comparison::AtMost, 50, -10)]);
        assert_eq!(monthly(&business), 10_000);
    }

    #[test]
    fn thresholds_beyond_the_whole_and_changes_to_less_than_nothing_are_pointed_at() {
        let rules =
            [rule(Comparison::Above, 0, -100), rule(Comparison::Above, 101, 0), rule(Comparison::Above, -1, -101)];
        let mut faults = Faults::default();
        PriceRule::check(&rules, "/price_rules", &mut faults);
        let said = faults.none().unwrap_err().to_string();
        let pointers: Vec<&str> = said.split_whitespace().filter(|word| word.starts_with('/')).collect();
        assert_eq!(pointers, ["/price_rules/1/occupancy:", "/price_rules/2/occupancy:", "/price_rules/2/change:"]);
    }
}
