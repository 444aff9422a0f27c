//! Amounts by billing period.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::calendar::BillingPeriod;
use crate::domain::price::{BasePrices, PricePeriod};
use crate::domain::product::PricesToSet;

/// Prices of billing periods, in minor units. Periods that are left out keep theirs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct PeriodAmounts {
    #[schemars(range(min = 0))]
    pub weekly: Option<i64>,
    #[schemars(range(min = 0))]
    pub every_four_weeks: Option<i64>,
    #[schemars(range(min = 0))]
    pub monthly: Option<i64>,
    #[schemars(range(min = 0))]
    pub every_three_months: Option<i64>,
    #[schemars(range(min = 0))]
    pub every_six_months: Option<i64>,
    #[schemars(range(min = 0))]
    pub yearly: Option<i64>,
}

/// Prices of a product, in minor units: the one of `one_time` if it is charged once, else those of billing periods.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct ProductAmounts {
    #[schemars(range(min = 0))]
    pub one_time: Option<i64>,
    #[schemars(range(min = 0))]
    pub weekly: Option<i64>,
    #[schemars(range(min = 0))]
    pub every_four_weeks: Option<i64>,
    #[schemars(range(min = 0))]
    pub monthly: Option<i64>,
    #[schemars(range(min = 0))]
    pub every_three_months: Option<i64>,
    #[schemars(range(min = 0))]
    pub every_six_months: Option<i64>,
    #[schemars(range(min = 0))]
    pub yearly: Option<i64>,
}

impl From<PeriodAmounts> for BasePrices {
    fn from(amounts: PeriodAmounts) -> Self {
        let PeriodAmounts { weekly, every_four_weeks, monthly, every_three_months, every_six_months, yearly } = amounts;
        let amounts = [
            (BillingPeriod::Weekly, weekly),
            (BillingPeriod::EveryFourWeeks, every_four_weeks),
            (BillingPeriod::Monthly, monthly),
            (BillingPeriod::EveryThreeMonths, every_three_months),
            (BillingPeriod::EverySixMonths, every_six_months),
            (BillingPeriod::Yearly, yearly),
        ];
        amounts.into_iter().filter_map(|(period, amount)| Some((period, amount?))).collect()
    }
}

impl From<ProductAmounts> for PricesToSet {
    fn from(amounts: ProductAmounts) -> Self {
        let ProductAmounts {
            one_time,
            weekly,
            every_four_weeks,
            monthly,
            every_three_months,
            every_six_months,
            yearly,
        } = amounts;
        let recurring =
            PeriodAmounts { weekly, every_four_weeks, monthly, every_three_months, every_six_months, yearly };
        let recurring = BasePrices::from(recurring).into_iter().map(|(period, amount)| (period.into(), amount));
        recurring.chain(one_time.map(|amount| (PricePeriod::OneTime, amount))).collect()
    }
}
