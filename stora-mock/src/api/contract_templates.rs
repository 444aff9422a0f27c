//! Contract templates.

use super::{Answer, Call};
use crate::contract::error::ApiError;
use crate::domain::contract::ContractTemplate;
use crate::store::World;

/// `contract_template_list`
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    Ok(call.list::<ContractTemplate>(world, "contract_templates"))
}
