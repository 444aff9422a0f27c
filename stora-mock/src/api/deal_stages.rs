//! Deal stages.

use super::{Answer, Call};
use crate::contract::error::ApiError;
use crate::domain::deal::DealStage;
use crate::store::World;

/// `deal_stage_list`
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    Ok(call.list::<DealStage>(world, "stages"))
}

/// `deal_stage_show`
pub fn show(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    call.show::<DealStage>(world, 200, "stage", call.id("stage_id")?)
}
