//! Protection levels: cover for what is stored.

use serde::{Deserialize, Serialize};

use super::change::set;
use super::event::EventKind;
use super::faults::Faults;
use super::ids::ProtectionLevelId;
use super::price::{BasePrices, Prices, check_base_prices, stripe_id};
use super::refusal::Refusal;
use super::time::Timestamp;
use crate::store::{Record, World, record_fields};

/// A level of cover, the same for all sites.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProtectionLevel {
    /// Its id.
    pub id: ProtectionLevelId,
    /// Code for bookkeeping.
    pub account_code: Option<String>,
    /// The sum covered, in minor units.
    pub cover_level: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its prices.
    pub prices: Prices,
    /// Whether the storefront offers it.
    pub public: bool,
    /// Its id at the payment provider.
    pub stripe_product_id: Option<String>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// The data of a level to be made.
#[derive(Debug, Clone)]
pub struct NewProtectionLevel {
    /// Code for bookkeeping.
    pub account_code: Option<String>,
    /// The sum covered, in minor units; above zero.
    pub cover_level: i64,
    /// Its prices; at least one, as the storefront needs that of its billing period.
    pub prices: BasePrices,
    /// Whether the storefront offers it.
    pub public: bool,
}

/// Changes to a level, its prices aside: what is none stays, what is `Some(None)` is cleared.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct ProtectionLevelChange {
    pub account_code: Option<Option<String>>,
    pub cover_level: Option<i64>,
    pub public: Option<bool>,
}

impl ProtectionLevel {
    /// Makes a level.
    ///
    /// # Errors
    /// At `/cover_level` and `/prices`, values out of range.
    pub fn create(world: &mut World, at: Timestamp, new: NewProtectionLevel) -> Result<ProtectionLevelId, Refusal> {
        let mut faults = Faults::default();
        check_cover(new.cover_level, &mut faults);
        if new.prices.is_empty() {
            faults.add("/prices", "A level has a price for one billing period at least.");
        }
        check_base_prices(&new.prices, "/prices", &mut faults);
        faults.none()?;
        let id = world.ids.fresh();
        let mut prices = Prices::default();
        prices.set_base(&mut world.ids, new.prices);
        world.protection_levels.insert(Self {
            id,
            account_code: new.account_code,
            cover_level: new.cover_level,
            created_at: at,
            prices,
            public: new.public,
            stripe_product_id: Some(stripe_id(&mut world.ids, "test_", 14)),
            updated_at: at,
        });
        world.tell(EventKind::ProtectionLevelCreated, id, at);
        Ok(id)
    }

    /// Changes a level. Orders and subscriptions that have it keep their prices. A change without effect tells of nothing (W2).
    ///
    /// # Errors
    /// Not found; at `/cover_level`, a value out of range.
    pub fn change(
        world: &mut World,
        at: Timestamp,
        id: ProtectionLevelId,
        change: ProtectionLevelChange,
    ) -> Result<(), Refusal> {
        world.protection_levels.get(id).ok_or(Refusal::NotFound)?;
        let mut faults = Faults::default();
        change.cover_level.iter().for_each(|cover| check_cover(*cover, &mut faults));
        faults.none()?;
        Self::amend(world, at, id, |level| {
            set(&mut level.account_code, change.account_code);
            set(&mut level.cover_level, change.cover_level);
            set(&mut level.public, change.public);
        });
        Ok(())
    }

    /// Sets the prices of some billing periods for new order lines; those of other periods stay (L1, L2).
    ///
    /// # Errors
    /// Not found; at a period and `/amount`, an amount below zero.
    pub fn set_base_prices(
        world: &mut World,
        at: Timestamp,
        id: ProtectionLevelId,
        amounts: BasePrices,
    ) -> Result<(), Refusal> {
        let mut prices = world.protection_levels.get(id).ok_or(Refusal::NotFound)?.prices.clone();
        let mut faults = Faults::default();
        check_base_prices(&amounts, "", &mut faults);
        faults.none()?;
        prices.set_base(&mut world.ids, amounts);
        Self::amend(world, at, id, |level| level.prices = prices);
        Ok(())
    }

    fn amend(world: &mut World, at: Timestamp, id: ProtectionLevelId, change: impl FnOnce(&mut Self)) {
        if world.protection_levels.amend(id, at, change) == Some(true) {
            world.tell(EventKind::ProtectionLevelUpdated, id, at);
        }
    }
}

fn check_cover(cover_level: i64, faults: &mut Faults) {
    if cover_level < 1 {
        faults.add("/cover_level", "The sum covered is above zero.");
    }
}

impl Record for ProtectionLevel {
    record_fields!(id: ProtectionLevelId, created_at, updated_at);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::BillingPeriod;
    use crate::domain::event::Event;
    use crate::domain::ids::Id;
    use crate::domain::settings::Settings;

    fn world() -> World {
        World::new(Settings::named("Test"), 1)
    }

    fn at(date: &str) -> Timestamp {
        format!("{date}T12:00:00Z").parse().unwrap()
    }

    fn new() -> NewProtectionLevel {
        let prices = BasePrices::from([(BillingPeriod::Monthly, 1_120)]);
        NewProtectionLevel { account_code: None, cover_level: 200_000, prices, public: true }
    }

    fn kinds(events: &[Event]) -> Vec<EventKind> {
        events.iter().map(|event| event.kind).collect()
    }

    fn pointers<T>(result: Result<T, Refusal>) -> Vec<String> {
        match result {
            Err(Refusal::Invalid(faults)) => faults.into_iter().map(|fault| fault.pointer).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_level_that_is_made_has_a_price_and_an_id_at_the_payment_provider() {
        let mut world = world();
        let (id, events) = world.transact(|world| ProtectionLevel::create(world, at("2026-03-02"), new())).unwrap();
        assert_eq!(kinds(&events), [EventKind::ProtectionLevelCreated]);
        let level = world.protection_levels.get(id).unwrap();
        assert_eq!(level.prices.iter().map(|price| price.amount).collect::<Vec<_>>(), [1_120]);
        assert_eq!(level.stripe_product_id.as_ref().map(|id| (id.starts_with("test_"), id.len())), Some((true, 19)));
    }

    #[test]
    fn all_that_is_wrong_with_a_level_is_named() {
        let mut world = world();
        let create = |world: &mut World, new| pointers(ProtectionLevel::create(world, at("2026-03-02"), new));
        let bare = NewProtectionLevel { cover_level: 0, prices: BasePrices::new(), ..new() };
        assert_eq!(create(&mut world, bare), ["/cover_level", "/prices"]);
        let prices = BasePrices::from([(BillingPeriod::Weekly, -1)]);
        assert_eq!(create(&mut world, NewProtectionLevel { prices, ..new() }), ["/prices/weekly/amount"]);
        assert!(world.protection_levels.is_empty());
    }

    #[test]
    fn a_change_is_told_of_if_it_has_an_effect() {
        let mut world = world();
        let id = ProtectionLevel::create(&mut world, at("2026-03-02"), new()).unwrap();
        let change = |public| ProtectionLevelChange { public: Some(public), ..ProtectionLevelChange::default() };
        let ((), events) =
            world.transact(|world| ProtectionLevel::change(world, at("2026-03-03"), id, change(true))).unwrap();
        assert_eq!(events, []);
        let ((), events) =
            world.transact(|world| ProtectionLevel::change(world, at("2026-03-03"), id, change(false))).unwrap();
        assert_eq!(kinds(&events), [EventKind::ProtectionLevelUpdated]);
        let level = world.protection_levels.get(id).unwrap();
        assert_eq!((level.public, level.cover_level, level.updated_at), (false, 200_000, at("2026-03-03")));
        let bad = ProtectionLevelChange { cover_level: Some(-1), ..ProtectionLevelChange::default() };
        assert_eq!(pointers(ProtectionLevel::change(&mut world, at("2026-03-03"), id, bad)), ["/cover_level"]);
        let unknown = ProtectionLevel::change(&mut world, at("2026-03-03"), Id::new(1), change(true));
        assert_eq!(unknown, Err(Refusal::NotFound));
    }

    #[test]
    fn base_prices_merge_and_are_told_of_even_for_the_same_amount() {
        let mut world = world();
        let id = ProtectionLevel::create(&mut world, at("2026-03-02"), new()).unwrap();
        let set = |world: &mut World, id, amounts: &[(BillingPeriod, i64)]| {
            let amounts = amounts.iter().copied().collect();
            world.transact(|world| ProtectionLevel::set_base_prices(world, at("2026-03-03"), id, amounts))
        };
        let ids = |world: &World| -> Vec<String> {
            world.protection_levels.get(id).unwrap().prices.iter().map(|price| price.stripe_price_id.clone()).collect()
        };
        let before = ids(&world);
        let ((), events) = set(&mut world, id, &[(BillingPeriod::Monthly, 1_120), (BillingPeriod::Yearly, 0)]).unwrap();
        assert_eq!(kinds(&events), [EventKind::ProtectionLevelUpdated]);
        assert_eq!(ids(&world).len(), 2);
        assert!(!ids(&world).contains(&before[0]));
        assert_eq!(world.protection_levels.get(id).unwrap().updated_at, at("2026-03-03"));
        let ((), _) = set(&mut world, id, &[(BillingPeriod::Yearly, 1)]).unwrap();
        let prices = &world.protection_levels.get(id).unwrap().prices;
        assert_eq!(prices.iter().map(|price| price.amount).collect::<Vec<_>>(), [1_120, 1]);
        assert_eq!(pointers(set(&mut world, id, &[(BillingPeriod::Weekly, -1)])), ["/weekly/amount"]);
        assert_eq!(set(&mut world, Id::new(1), &[]).unwrap_err(), Refusal::NotFound);
    }
}
