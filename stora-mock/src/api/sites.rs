//! Sites.

use super::{Answer, Call};
use crate::contract::error::ApiError;
use crate::domain::site::Site;
use crate::store::World;

/// `site_list`
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    Ok(call.list::<Site>(world, "sites"))
}

/// `site_show`
pub fn show(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    call.show::<Site>(world, 200, "site", call.id("site_id")?)
}
