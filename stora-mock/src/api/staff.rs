//! Staff.

use super::{Answer, Call};
use crate::contract::error::ApiError;
use crate::domain::staff::Staff;
use crate::store::World;

/// `staff_list`
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    Ok(call.list::<Staff>(world, "staff"))
}

/// `staff_show`
pub fn show(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    call.show::<Staff>(world, 200, "staff", call.id("staff_id")?)
}
