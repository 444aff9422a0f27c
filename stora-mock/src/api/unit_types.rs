//! Unit types.

use stora_client::types;

use super::{Answer, Call};
use crate::contract::error::ApiError;
use crate::domain::calendar::BillingPeriod;
use crate::domain::price::BasePrices;
use crate::domain::unit_type::UnitType;
use crate::store::World;

/// `unit_type_list`
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    Ok(call.list::<UnitType>(world, "unit_types"))
}

/// `unit_type_show`
pub fn show(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    call.show::<UnitType>(world, 200, "unit_type", call.id("unit_type_id")?)
}

/// `unit_type_base_price_create`
pub fn base_price_create(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let id = call.id("unit_type_id")?;
    let body: types::BasePrices = call.body()?;
    UnitType::set_base_prices(world, call.now, id, base_prices(body))?;
    call.show::<UnitType>(world, 201, "unit_type", id)
}

/// The base prices that a body sets.
pub(super) fn base_prices(body: types::BasePrices) -> BasePrices {
    let types::BasePrices { monthly, weekly, every_four_weeks, every_three_months, every_six_months, yearly } = body;
    let given = [
        (BillingPeriod::Weekly, weekly),
        (BillingPeriod::EveryFourWeeks, every_four_weeks),
        (BillingPeriod::Monthly, monthly),
        (BillingPeriod::EveryThreeMonths, every_three_months),
        (BillingPeriod::EverySixMonths, every_six_months),
        (BillingPeriod::Yearly, yearly),
    ];
    given.into_iter().filter_map(|(period, price)| Some((period, price?.amount))).collect()
}
