//! Staff, stages of the sales pipeline, and identity checks.

use schemars::JsonSchema;
use serde::Deserialize;
use stora_client::types;

use crate::contract::Method::{Delete, Patch, Post};
use crate::control::handle::{Make, known};
use crate::control::route::{Route, Tag, route};
use crate::control::{ControlError, OperatorControl};
use crate::domain::contact::Contact;
use crate::domain::deal::{DealStage, DealStageChange, NewDealStage};
use crate::domain::identity_verification::{IdentityVerification, VerificationError};
use crate::domain::ids::{ContactId, DealStageId, StaffId};
use crate::domain::refusal::Refusal;
use crate::domain::staff::{NewStaff, Staff, StaffChange};
use crate::domain::time::Timestamp;
use crate::store::World;

/// A member of staff to take on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateStaff {
    /// The name.
    pub name: String,
    /// The email address.
    #[schemars(extend("format" = "email"))]
    pub email: String,
}

/// Changes to a member of staff.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeStaff {
    /// The name.
    pub name: Option<String>,
    /// The email address.
    #[schemars(with = "Option<String>")]
    pub email: Option<String>,
}

/// A stage of the sales pipeline to make.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateDealStage {
    /// Its name.
    pub name: String,
    /// Its place, from 1; behind the last one where this is left out.
    #[schemars(range(min = 1))]
    pub position: Option<i64>,
}

/// Changes to a stage of the sales pipeline.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeDealStage {
    /// Its name.
    pub name: Option<String>,
    /// Its place, from 1.
    #[schemars(range(min = 1))]
    pub position: Option<i64>,
}

/// Why an identity check failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FailIdentityVerification {
    /// The code of the provider of the check.
    pub error_code: VerificationError,
}

type ContactAct = fn(&mut World, Timestamp, ContactId) -> Result<(), Refusal>;

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Post, "/staff", "staff_create", Tag::Staff, "Takes on a member of staff.")
            .takes::<CreateStaff>()
            .status(201)
            .record("staff", "Staff", |operator, _, new| operator.create_staff(new)),
        route(Patch, "/staff/{staff_id}", "staff_update", Tag::Staff, "Changes a member of staff.")
            .takes::<ChangeStaff>()
            .record("staff", "Staff", |operator, input, change| operator.change_staff(input.param("staff_id"), change)),
        route(Post, "/deals/stages", "deal_stage_create", Tag::DealStages, "Makes a stage of the sales pipeline.")
            .takes::<CreateDealStage>()
            .status(201)
            .record("stage", "DealStage", |operator, _, new| operator.create_deal_stage(new)),
        route(
            Patch,
            "/deals/stages/{stage_id}",
            "deal_stage_update",
            Tag::DealStages,
            "Changes a stage of the sales pipeline.",
        )
        .takes::<ChangeDealStage>()
        .record("stage", "DealStage", |operator, input, change| {
            operator.change_deal_stage(input.param("stage_id"), change)
        }),
        route(
            Delete,
            "/deals/stages/{stage_id}",
            "deal_stage_delete",
            Tag::DealStages,
            "Removes a stage of the sales pipeline.",
        )
        .operator_does(|operator, input, ()| operator.delete_deal_stage(input.param("stage_id"))),
        route(
            Post,
            "/contacts/{contact_id}/identity_verifications",
            "identity_verification_begin",
            Tag::IdentityVerifications,
            "Begins an identity check, as the customer does.",
        )
        .status(201)
        .record("identity_verification", "IdentityVerification", |operator, input, ()| {
            operator.begin_identity_verification(input.param("contact_id"))
        }),
        route(
            Post,
            "/identity_verifications/{identity_verification_id}/succeed",
            "identity_verification_succeed",
            Tag::IdentityVerifications,
            "Ends an identity check well, as its provider says.",
        )
        .record("identity_verification", "IdentityVerification", |operator, input, ()| {
            operator.succeed_identity_verification(input.param("identity_verification_id"))
        }),
        route(
            Post,
            "/identity_verifications/{identity_verification_id}/fail",
            "identity_verification_fail",
            Tag::IdentityVerifications,
            "Ends an identity check badly, as its provider says.",
        )
        .takes::<FailIdentityVerification>()
        .record("identity_verification", "IdentityVerification", |operator, input, failure| {
            operator.fail_identity_verification(input.param("identity_verification_id"), failure)
        }),
        route(
            Post,
            "/contacts/{contact_id}/skip_identity_check",
            "contact_identity_skip",
            Tag::Contacts,
            "Waives the identity check of a contact.",
        )
        .record("contact", "Contact", |operator, input, ()| operator.skip_identity_check(input.param("contact_id"))),
        route(
            Post,
            "/contacts/{contact_id}/require_identity_check",
            "contact_identity_require",
            Tag::Contacts,
            "Asks for the identity check of a contact.",
        )
        .record("contact", "Contact", |operator, input, ()| operator.require_identity_check(input.param("contact_id"))),
    ]
}

impl OperatorControl {
    /// Takes on a member of staff.
    ///
    /// # Errors
    /// An empty name.
    pub fn create_staff(&self, new: CreateStaff) -> Result<types::Staff, ControlError> {
        self.make(new)
    }

    /// Changes a member of staff.
    ///
    /// # Errors
    /// Not found; an empty name.
    pub fn change_staff(&self, id: &str, change: ChangeStaff) -> Result<types::Staff, ControlError> {
        self.act_on::<Staff>(|world, now| {
            let id = known(id)?;
            let ChangeStaff { name, email } = change;
            Staff::change(world, now, id, StaffChange { name, email })?;
            Ok(id)
        })
    }

    /// Makes a stage of the sales pipeline.
    ///
    /// # Errors
    /// An empty name, a position below 1; a conflict when another stage has the position.
    pub fn create_deal_stage(&self, new: CreateDealStage) -> Result<types::DealStage, ControlError> {
        self.make(new)
    }

    /// Changes a stage of the sales pipeline.
    ///
    /// # Errors
    /// Not found; otherwise as on creation.
    pub fn change_deal_stage(&self, id: &str, change: ChangeDealStage) -> Result<types::DealStage, ControlError> {
        self.act_on::<DealStage>(|world, now| {
            let id = known(id)?;
            let ChangeDealStage { name, position } = change;
            DealStage::change(world, now, id, DealStageChange { name, position })?;
            Ok(id)
        })
    }

    /// Removes a stage of the sales pipeline. Its deals keep what is left of it (E5).
    ///
    /// # Errors
    /// Not found.
    pub fn delete_deal_stage(&self, id: &str) -> Result<(), ControlError> {
        self.act(|world, now| Ok(DealStage::delete(world, now, known(id)?)?))
    }

    /// The customer begins an identity check (Z1).
    ///
    /// # Errors
    /// Not found; a conflict while one is going on, or once one has succeeded.
    pub fn begin_identity_verification(&self, contact: &str) -> Result<types::IdentityVerification, ControlError> {
        self.act_on::<IdentityVerification>(|world, now| Ok(IdentityVerification::begin(world, now, known(contact)?)?))
    }

    /// The provider of the check says that it went well (Z5).
    ///
    /// # Errors
    /// Not found; a conflict when it has ended already.
    pub fn succeed_identity_verification(&self, id: &str) -> Result<types::IdentityVerification, ControlError> {
        self.act_on::<IdentityVerification>(|world, now| {
            let id = known(id)?;
            IdentityVerification::succeed(world, now, id)?;
            Ok(id)
        })
    }

    /// The provider of the check says that it went badly, and why (Z5).
    ///
    /// # Errors
    /// Not found; a conflict when it has ended already.
    pub fn fail_identity_verification(
        &self,
        id: &str,
        failure: FailIdentityVerification,
    ) -> Result<types::IdentityVerification, ControlError> {
        self.act_on::<IdentityVerification>(|world, now| {
            let id = known(id)?;
            IdentityVerification::fail(world, now, id, failure.error_code)?;
            Ok(id)
        })
    }

    /// Staff waive the identity check of a contact (Z4).
    ///
    /// # Errors
    /// Not found.
    pub fn skip_identity_check(&self, contact: &str) -> Result<types::Contact, ControlError> {
        self.act_on_contact(contact, Contact::skip_identity_check)
    }

    /// Staff ask for the identity check of a contact (Z4).
    ///
    /// # Errors
    /// Not found.
    pub fn require_identity_check(&self, contact: &str) -> Result<types::Contact, ControlError> {
        self.act_on_contact(contact, Contact::require_identity_check)
    }

    fn act_on_contact(&self, id: &str, act: ContactAct) -> Result<types::Contact, ControlError> {
        self.act_on::<Contact>(|world, now| {
            let id = known(id)?;
            act(world, now, id)?;
            Ok(id)
        })
    }
}

impl Make for CreateStaff {
    type Made = Staff;

    fn make(self, world: &mut World, at: Timestamp) -> Result<StaffId, ControlError> {
        let Self { name, email } = self;
        Ok(Staff::create(world, at, NewStaff { name, email })?)
    }
}

impl Make for CreateDealStage {
    type Made = DealStage;

    fn make(self, world: &mut World, at: Timestamp) -> Result<DealStageId, ControlError> {
        let Self { name, position } = self;
        Ok(DealStage::create(world, at, NewDealStage { name, position })?)
    }
}
