//! Identity verifications.

use super::{Answer, Call};
use crate::contract::error::ApiError;
use crate::domain::identity_verification::IdentityVerification;
use crate::store::World;

/// `identity_verification_list`
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    Ok(call.list::<IdentityVerification>(world, "identity_verifications"))
}

/// `identity_verification_show`
pub fn show(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    call.show::<IdentityVerification>(world, 200, "identity_verification", call.id("identity_verification_id")?)
}
