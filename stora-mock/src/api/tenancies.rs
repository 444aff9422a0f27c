//! Tenancies.

use super::{Answer, Call};
use crate::contract::error::ApiError;
use crate::domain::tenancy::Tenancy;
use crate::store::World;

/// `tenancy_list`
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    Ok(call.list::<Tenancy>(world, "tenancies"))
}

/// `tenancy_show`
pub fn show(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    call.show::<Tenancy>(world, 200, "tenancy", call.id("tenancy_id")?)
}
