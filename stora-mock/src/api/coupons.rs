//! Coupons.

use super::{Answer, Call};
use crate::contract::error::ApiError;
use crate::domain::coupon::Coupon;
use crate::store::World;

/// `coupon_list`
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    Ok(call.list::<Coupon>(world, "coupons"))
}

/// `coupon_show`
pub fn show(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    call.show::<Coupon>(world, 200, "coupon", call.id("coupon_id")?)
}
