//! Timeline templates.

use super::{Answer, Call};
use crate::contract::error::ApiError;
use crate::domain::timeline::TimelineTemplate;
use crate::store::World;

/// `timeline_template_list`
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    Ok(call.list::<TimelineTemplate>(world, "templates"))
}
