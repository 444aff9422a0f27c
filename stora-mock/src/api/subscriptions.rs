//! Subscriptions.

use super::{Answer, Call};
use crate::contract::error::ApiError;
use crate::domain::subscription::Subscription;
use crate::store::World;

/// `subscription_list`
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    Ok(call.list::<Subscription>(world, "subscriptions"))
}

/// `subscription_show`
pub fn show(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    call.show::<Subscription>(world, 200, "subscription", call.id("subscription_id")?)
}
