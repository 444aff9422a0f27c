//! What customers do, and what staff do to what they did: orders and contracts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stora_client::types;

use super::handle::known;
use super::{ControlError, OperatorControl};
use crate::api::body_id;
use crate::domain::completion::{self, PayOutcome};
use crate::domain::contract::Contract;
use crate::domain::ids::ContractId;
use crate::domain::order::{Order, PaymentMethod};
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::store::World;

/// A payment on the checkout page of an order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PayOrder {
    /// What the bank says to the card or mandate.
    #[serde(default)]
    pub outcome: PaymentOutcome,
    /// The way to pay, where it is not the one of the order. It takes its place.
    pub payment_method: Option<PaymentMethod>,
}

/// What the bank says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentOutcome {
    /// It is accepted.
    #[default]
    Succeed,
    /// It is declined.
    Decline,
}

/// A contract to issue.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueContract {
    /// The tenancy that it is for.
    pub tenancy_id: String,
    /// What it is made from.
    pub contract_template_id: String,
}

type ContractAct = fn(&mut World, Timestamp, ContractId) -> Result<(), Refusal>;

impl OperatorControl {
    /// The customer pays an order on its checkout page. A declined payment leaves the order finalized.
    ///
    /// # Errors
    /// Not found; a conflict unless the order is finalized (O2) and when a deposit would be paid by direct debit (P2); a method
    /// that no checkout page takes.
    pub fn pay_order(&self, id: &str, pay: PayOrder) -> Result<types::Order, ControlError> {
        self.act_on::<Order>(|world, now| {
            let id = known(id)?;
            completion::pay(world, now, id, pay.outcome.into(), pay.payment_method)?;
            Ok(id)
        })
    }

    /// Staff or the customer call off an order that is not paid, which is final (O2).
    ///
    /// # Errors
    /// Not found; a conflict when the order is completed or abandoned.
    pub fn abandon_order(&self, id: &str) -> Result<types::Order, ControlError> {
        self.act_on::<Order>(|world, now| {
            let id = known(id)?;
            completion::abandon(world, now, id)?;
            Ok(id)
        })
    }
}

impl OperatorControl {
    /// Staff issue a contract for a tenancy, and send it (G2).
    ///
    /// # Errors
    /// A tenancy or a template that there is not; a conflict when the tenancy has ended.
    pub fn issue_contract(&self, new: IssueContract) -> Result<types::Contract, ControlError> {
        self.act_on::<Contract>(|world, now| {
            let IssueContract { tenancy_id, contract_template_id } = new;
            let tenancy = body_id(&tenancy_id, "/tenancy_id")?;
            let template = body_id(&contract_template_id, "/contract_template_id")?;
            Contract::issue(world, now, tenancy, template).map_err(|refusal| ControlError::from(refusal).naming_ids())
        })
    }

    /// The customer signs a contract (G3).
    ///
    /// # Errors
    /// Not found; a conflict unless it is pending (G1).
    pub fn sign_contract(&self, id: &str) -> Result<types::Contract, ControlError> {
        self.act_on_contract(id, Contract::sign)
    }

    /// The customer declines a contract (G3).
    ///
    /// # Errors
    /// Not found; a conflict unless it is pending (G1).
    pub fn decline_contract(&self, id: &str) -> Result<types::Contract, ControlError> {
        self.act_on_contract(id, Contract::decline)
    }

    /// Staff void a contract (G3).
    ///
    /// # Errors
    /// Not found; a conflict unless it is pending (G1).
    pub fn void_contract(&self, id: &str) -> Result<types::Contract, ControlError> {
        self.act_on_contract(id, Contract::void)
    }

    /// Staff delete a contract. It stays to be seen, in a state of its own (G3).
    ///
    /// # Errors
    /// Not found; a conflict unless it is pending (G1).
    pub fn delete_contract(&self, id: &str) -> Result<types::Contract, ControlError> {
        self.act_on_contract(id, Contract::delete)
    }

    /// Staff issue a new contract in place of one that was voided or declined (G4). Gives the new one.
    ///
    /// # Errors
    /// Not found; a conflict when it is neither voided nor declined, or its tenancy has ended.
    pub fn reissue_contract(&self, id: &str) -> Result<types::Contract, ControlError> {
        self.act_on::<Contract>(|world, now| Ok(Contract::reissue(world, now, known(id)?)?))
    }

    fn act_on_contract(&self, id: &str, act: ContractAct) -> Result<types::Contract, ControlError> {
        self.act_on::<Contract>(|world, now| {
            let id = known(id)?;
            act(world, now, id)?;
            Ok(id)
        })
    }
}

impl From<PaymentOutcome> for PayOutcome {
    fn from(outcome: PaymentOutcome) -> Self {
        match outcome {
            PaymentOutcome::Succeed => Self::Succeed,
            PaymentOutcome::Decline => Self::Decline,
        }
    }
}
