//! Prices by billing period.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::calendar::BillingPeriod;
use super::faults::Faults;
use super::ids::IdSource;
use super::money::Percent;
use super::words::words;

/// The price for one period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// The period.
    pub period: PricePeriod,
    /// For one piece, in minor units, tax inside (T1).
    pub amount: i64,
    /// Its id at the payment provider; new whenever a base price is set (L1).
    pub stripe_price_id: String,
}

/// Base prices to be set: amounts in minor units, by period.
pub type BasePrices = BTreeMap<BillingPeriod, i64>;

/// Prices, one for a period at most, from the shortest period to the longest.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Prices(Vec<Price>);

words! {
    /// What a price is for: a billing period, or once.
    PricePeriod {
        Weekly = "weekly",
        EveryFourWeeks = "every_four_weeks",
        Monthly = "monthly",
        EveryThreeMonths = "every_three_months",
        EverySixMonths = "every_six_months",
        Yearly = "yearly",
        OneTime = "one_time",
    }
}

/// Characters of the payment provider's ids.
const LETTERS_AND_DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// An id that the payment provider would give: a prefix and so many letters or digits (inventory.yaml, Unit Types).
pub fn stripe_id(ids: &mut IdSource, prefix: &str, length: usize) -> String {
    format!("{prefix}{}", ids.text(length, LETTERS_AND_DIGITS))
}

/// Notes base prices below zero; a price of nothing is one. `part` is the JSON Pointer to where the periods stand.
pub fn check_base_prices(prices: &BasePrices, part: &str, faults: &mut Faults) {
    for (period, _) in prices.iter().filter(|(_, amount)| **amount < 0) {
        faults.add(format!("{part}/{period}/amount"), "A price is not below zero.");
    }
}

impl From<BillingPeriod> for PricePeriod {
    fn from(period: BillingPeriod) -> Self {
        match period {
            BillingPeriod::Weekly => Self::Weekly,
            BillingPeriod::EveryFourWeeks => Self::EveryFourWeeks,
            BillingPeriod::Monthly => Self::Monthly,
            BillingPeriod::EveryThreeMonths => Self::EveryThreeMonths,
            BillingPeriod::EverySixMonths => Self::EverySixMonths,
            BillingPeriod::Yearly => Self::Yearly,
        }
    }
}

impl Prices {
    /// All of them, from the shortest period to the longest.
    pub fn iter(&self) -> impl Iterator<Item = &Price> {
        self.0.iter()
    }

    /// The amount for a period, if it has a price.
    pub fn amount(&self, period: PricePeriod) -> Option<i64> {
        self.0.iter().find(|price| price.period == period).map(|price| price.amount)
    }

    /// Sets the price of a period, in place of the one it had.
    pub fn set(&mut self, price: Price) {
        match self.0.binary_search_by_key(&price.period, |known| known.period) {
            Ok(at) => self.0[at] = price,
            Err(at) => self.0.insert(at, price),
        }
    }

    /// Sets the base prices of some periods: each gets a new id at the payment provider, even for the amount it had, and periods
    /// that are not named keep their prices (L1).
    pub fn set_base<P: Into<PricePeriod>>(&mut self, ids: &mut IdSource, amounts: impl IntoIterator<Item = (P, i64)>) {
        for (period, amount) in amounts {
            self.set(Price { period: period.into(), amount, stripe_price_id: stripe_id(ids, "price_", 24) });
        }
    }

    /// These prices raised by so many percent, or lowered if they are negative (Y1). An amount beyond what can be held becomes the
    /// largest.
    #[must_use]
    pub fn increased(&self, change: Percent) -> Self {
        let raised =
            |price: &Price| Price { amount: change.increase(price.amount).unwrap_or(i64::MAX), ..price.clone() };
        Self(self.0.iter().map(raised).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amounts(prices: &Prices) -> Vec<(&str, i64)> {
        prices.iter().map(|price| (price.period.as_str(), price.amount)).collect()
    }

    #[test]
    fn base_prices_merge_and_stand_from_the_shortest_period_to_the_longest() {
        let mut ids = IdSource::new(1);
        let mut prices = Prices::default();
        prices.set_base(&mut ids, [(BillingPeriod::Yearly, 100_000), (BillingPeriod::Monthly, 10_000)]);
        prices.set_base(&mut ids, [(BillingPeriod::Weekly, 2_500), (BillingPeriod::Monthly, 0)]);
        assert_eq!(amounts(&prices), [("weekly", 2_500), ("monthly", 0), ("yearly", 100_000)]);
    }

    #[test]
    fn each_period_that_is_set_gets_a_new_id_even_for_the_same_amount_and_the_others_keep_theirs() {
        let mut ids = IdSource::new(1);
        let mut prices = Prices::default();
        prices.set_base(&mut ids, [(BillingPeriod::Monthly, 10_000), (BillingPeriod::Yearly, 100_000)]);
        let before = prices.clone();
        prices.set_base(&mut ids, [(BillingPeriod::Monthly, 10_000)]);
        let changed: Vec<bool> =
            before.iter().zip(prices.iter()).map(|(a, b)| a.stripe_price_id != b.stripe_price_id).collect();
        assert_eq!(changed, [true, false]);
        for price in prices.iter() {
            let id = price.stripe_price_id.strip_prefix("price_").unwrap();
            assert!(id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
        }
    }

    #[test]
    fn an_increase_rounds_half_up_and_keeps_within_what_can_be_held() {
        let mut ids = IdSource::new(1);
        let mut prices = Prices::default();
        prices.set_base(&mut ids, [(BillingPeriod::Weekly, 250), (BillingPeriod::Yearly, i64::MAX)]);
        let percent = |text: &str| text.parse::<Percent>().unwrap();
        assert_eq!(amounts(&prices.increased(percent("10.2")))[0].1, 276);
        assert_eq!(amounts(&prices.increased(percent("1")))[1].1, i64::MAX);
        assert_eq!(amounts(&prices.increased(percent("-100"))), [("weekly", 0), ("yearly", 0)]);
    }

    #[test]
    fn a_price_of_nothing_is_one_and_a_negative_one_is_pointed_at() {
        let mut faults = Faults::default();
        let prices = BasePrices::from([(BillingPeriod::Weekly, 0), (BillingPeriod::EveryFourWeeks, -1)]);
        check_base_prices(&prices, "/base_prices", &mut faults);
        let refusal = faults.none().unwrap_err();
        assert_eq!(refusal.to_string(), "/base_prices/every_four_weeks/amount: A price is not below zero.");
    }
}
