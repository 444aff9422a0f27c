//! What contacts pay with: saved cards and mandates, account credit, and how their charges end.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::contract::Method::{Get, Post, Put};
use crate::control::handle::known;
use crate::control::route::{Route, Tag, route};
use crate::control::{ControlError, OperatorControl};
use crate::domain::charging;
use crate::domain::contact::{ChargeOutcome, Contact};
use crate::domain::ids::{ContactId, Id as _};
use crate::domain::order::PaymentMethod;
use crate::domain::time::Timestamp;
use crate::store::World;

/// A card or mandate to save.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveMethod {
    /// A card, or which kind of mandate.
    #[serde(rename = "type")]
    pub kind: PaymentMethod,
}

/// How the coming charges of a contact end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetCharges {
    /// `succeed`, `decline`, or `{"decline_next": 3}`. A debit ends as is set on the day of the bank's answer.
    pub outcome: ChargeOutcome,
}

/// What a contact pays with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AccountInfo {
    /// The contact.
    pub contact_id: String,
    /// Account credit, which its next invoices use up (R6).
    pub credit: i64,
    /// How its coming charges end.
    pub charges: ChargeOutcome,
    /// Saved cards and mandates, the newest last. The newest of a kind counts.
    pub payment_methods: Vec<SavedMethodInfo>,
}

/// A card or mandate that was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SavedMethodInfo {
    /// A card, or which kind of mandate.
    #[serde(rename = "type")]
    pub kind: PaymentMethod,
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub saved_at: Timestamp,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(
            Get,
            "/contacts/{contact_id}/account",
            "contact_account",
            Tag::Contacts,
            "Shows what a contact pays with, and its account credit.",
        )
        .operator(|operator, input, ()| operator.account(input.param("contact_id"))),
        route(
            Post,
            "/contacts/{contact_id}/payment_methods",
            "contact_payment_method_create",
            Tag::Contacts,
            "Saves a card or a mandate on a contact.",
        )
        .takes::<SaveMethod>()
        .status(201)
        .operator(|operator, input, save| operator.save_payment_method(input.param("contact_id"), save)),
        route(
            Put,
            "/contacts/{contact_id}/charges",
            "contact_charges_set",
            Tag::Contacts,
            "Says how the coming charges of a contact end.",
        )
        .takes::<SetCharges>()
        .operator(|operator, input, set| operator.set_charges(input.param("contact_id"), set)),
    ]
}

impl OperatorControl {
    /// What a contact pays with, and its account credit.
    ///
    /// # Errors
    /// Not found.
    pub fn account(&self, contact: &str) -> Result<AccountInfo, ControlError> {
        AccountInfo::of(&self.operator.read(), known(contact)?)
    }

    /// The customer or staff save a card or a mandate on a contact. No subscription changes by that, save those that await a card
    /// (I17).
    ///
    /// # Errors
    /// Not found; paying by hand, of which there is nothing to save.
    pub fn save_payment_method(&self, contact: &str, save: SaveMethod) -> Result<AccountInfo, ControlError> {
        self.act(|world, now| {
            let id = known(contact)?;
            charging::save_method(world, now, id, save.kind)?;
            AccountInfo::of(world, id)
        })
    }

    /// Says how the coming charges of a contact end (X5).
    ///
    /// # Errors
    /// Not found.
    pub fn set_charges(&self, contact: &str, set: SetCharges) -> Result<AccountInfo, ControlError> {
        self.act(|world, _| {
            let id = known(contact)?;
            world.contacts.update(id, |contact| contact.account.charges = set.outcome);
            AccountInfo::of(world, id)
        })
    }
}

impl AccountInfo {
    fn of(world: &World, id: ContactId) -> Result<Self, ControlError> {
        let Contact { account, .. } = world.contacts.get(id).ok_or_else(ControlError::not_found)?;
        let methods = account.payment_methods.iter();
        Ok(Self {
            contact_id: id.any().to_string(),
            credit: account.credit,
            charges: account.charges,
            payment_methods: methods.map(|it| SavedMethodInfo { kind: it.kind, saved_at: it.saved_at }).collect(),
        })
    }
}
