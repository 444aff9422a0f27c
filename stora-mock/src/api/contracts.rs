//! Contracts.

use super::{Answer, Call};
use crate::contract::error::{ApiError, Code};
use crate::domain::contract::{Contract, ContractStatus};
use crate::domain::refusal::Refusal;
use crate::store::World;
use crate::view::documents;

/// `contract_list`
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    Ok(call.list::<Contract>(world, "contracts"))
}

/// `contract_show`: as JSON, or as PDF once it is signed (G6).
pub fn show(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    let id = call.id("contract_id")?;
    if call.format != "application/pdf" {
        return call.show::<Contract>(world, 200, "contract", id);
    }
    let contract = world.contracts.get(id).ok_or(Refusal::NotFound)?;
    if contract.status != ContractStatus::Signed {
        let reason = format!("The contract is {}; only a signed one can be had as PDF.", contract.status);
        let error = ApiError::new(Code::InvalidFormat).with_message(reason);
        return Err(ApiError { rule: Some("G6"), ..error });
    }
    Ok(Answer::pdf(documents::contract(&call.view(world), contract), &format!("{id}.pdf")))
}
