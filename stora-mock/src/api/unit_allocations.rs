//! Unit allocations.

use super::{Answer, Call};
use crate::contract::error::ApiError;
use crate::domain::unit::UnitAllocation;
use crate::store::World;

/// `unit_allocation_list`
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    Ok(call.list::<UnitAllocation>(world, "unit_allocations"))
}

/// `unit_allocation_show`
pub fn show(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    call.show::<UnitAllocation>(world, 200, "unit_allocation", call.id("unit_allocation_id")?)
}
