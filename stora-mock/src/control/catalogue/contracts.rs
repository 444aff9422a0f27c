//! Contract templates.

use schemars::JsonSchema;
use serde::Deserialize;
use stora_client::types;

use crate::contract::Method::{Patch, Post};
use crate::control::handle::{Make, known};
use crate::control::route::{Route, Tag, route};
use crate::control::{ControlError, OperatorControl};
use crate::domain::contract::{ContractTemplate, ContractTemplateChange, NewContractTemplate};
use crate::domain::ids::ContractTemplateId;
use crate::domain::time::Timestamp;
use crate::store::World;

/// A contract template to make.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateContractTemplate {
    /// Its name.
    pub name: String,
    /// The text of contracts made from it: `{{ contact }}` and its like stand for what is filled in (G5).
    #[serde(default)]
    pub text: String,
}

/// Changes to a contract template. Contracts that were made from it stay as they are (G5).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeContractTemplate {
    /// Its name.
    pub name: Option<String>,
    /// The text.
    pub text: Option<String>,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(
            Post,
            "/contract_templates",
            "contract_template_create",
            Tag::ContractTemplates,
            "Makes a contract template.",
        )
        .takes::<CreateContractTemplate>()
        .status(201)
        .record("contract_template", "ContractTemplate", |operator, _, new| operator.create_contract_template(new)),
        route(
            Patch,
            "/contract_templates/{contract_template_id}",
            "contract_template_update",
            Tag::ContractTemplates,
            "Changes a contract template.",
        )
        .takes::<ChangeContractTemplate>()
        .record("contract_template", "ContractTemplate", |operator, input, change| {
            operator.change_contract_template(input.param("contract_template_id"), change)
        }),
    ]
}

impl OperatorControl {
    /// Makes a contract template.
    ///
    /// # Errors
    /// An empty name.
    pub fn create_contract_template(
        &self,
        new: CreateContractTemplate,
    ) -> Result<types::ContractTemplate, ControlError> {
        self.make(new)
    }

    /// Changes a contract template.
    ///
    /// # Errors
    /// Not found; an empty name.
    pub fn change_contract_template(
        &self,
        id: &str,
        change: ChangeContractTemplate,
    ) -> Result<types::ContractTemplate, ControlError> {
        self.act_on::<ContractTemplate>(|world, now| {
            let id = known(id)?;
            let ChangeContractTemplate { name, text } = change;
            ContractTemplate::change(world, now, id, ContractTemplateChange { name, text })?;
            Ok(id)
        })
    }
}

impl Make for CreateContractTemplate {
    type Made = ContractTemplate;

    fn make(self, world: &mut World, at: Timestamp) -> Result<ContractTemplateId, ControlError> {
        let Self { name, text } = self;
        Ok(ContractTemplate::create(world, at, NewContractTemplate { name, text })?)
    }
}
