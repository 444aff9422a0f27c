//! Protection levels.

use stora_client::types;

use super::unit_types::base_prices;
use super::{Answer, Call};
use crate::contract::error::ApiError;
use crate::domain::ids::ProtectionLevelId;
use crate::domain::protection_level::ProtectionLevel;
use crate::store::World;

/// `protection_level_list`
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    Ok(call.list::<ProtectionLevel>(world, "protection_levels"))
}

/// `protection_level_show`
pub fn show(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    call.show::<ProtectionLevel>(world, 200, "protection_level", call.id("protection_level_id")?)
}

/// `protection_level_base_price_create`
pub fn base_price_create(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let id: ProtectionLevelId = call.id("protection_level_id")?;
    let body: types::BasePrices = call.body()?;
    ProtectionLevel::set_base_prices(world, call.now, id, base_prices(body))?;
    call.show::<ProtectionLevel>(world, 201, "protection_level", id)
}
