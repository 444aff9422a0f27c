//! Timeline sources.

use super::{Answer, Call};
use crate::contract::error::ApiError;
use crate::domain::timeline::TimelineSource;
use crate::store::World;

/// `timeline_source_list`
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    Ok(call.list::<TimelineSource>(world, "sources"))
}
