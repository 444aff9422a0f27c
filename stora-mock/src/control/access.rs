//! Access tokens and OAuth applications of an operator.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::handle::known;
use super::{ControlError, OperatorControl};
use crate::contract::SCOPES;
use crate::domain::access::{
    AccessToken, Application, ConsentMode, NewAccessToken, NewApplication, Secret, SecretHash,
};
use crate::domain::ids::ApplicationId;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::server::{Operator, Operators};
use crate::store::World;

/// A secret in plain text. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SecretText(String);

/// An access token to make.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateAccessToken {
    /// Its name.
    pub name: String,
    /// Its scopes; all that there are where this is left out. With an empty list it authenticates and may do nothing.
    pub scopes: Option<Vec<String>>,
    /// From when on it is expired; never where this is left out.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub expires_at: Option<Timestamp>,
    /// Its value, where that is not to be made up: visible ASCII characters.
    pub value: Option<SecretText>,
}

/// An access token that was just made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CreatedAccessToken {
    /// Its id.
    pub id: String,
    /// Its value, which is not to be had again.
    pub value: SecretText,
}

/// An access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AccessTokenInfo {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its scopes.
    pub scopes: Vec<String>,
    /// When it was made.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub created_at: Timestamp,
    /// From when on it is expired; null if it never is.
    #[schemars(with = "Option<String>")]
    pub expires_at: Option<Timestamp>,
    /// When it was revoked; null if it is not.
    #[schemars(with = "Option<String>")]
    pub revoked_at: Option<Timestamp>,
}

/// Access tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AccessTokens {
    /// All of them, dead ones too.
    pub access_tokens: Vec<AccessTokenInfo>,
}

/// An application to register.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateApplication {
    /// Its name.
    pub name: String,
    /// Its client id, where that is not to be made up: visible ASCII characters.
    pub client_id: Option<String>,
    /// Its secret, where that is not to be made up: visible ASCII characters.
    pub client_secret: Option<SecretText>,
    /// Where the browser may be sent after the question for consent: absolute addresses without fragment.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// The scopes it may ask for; all that there are where this is left out.
    pub scopes: Option<Vec<String>>,
    /// What becomes of its questions for consent.
    #[serde(default)]
    pub consent: Consent,
}

/// What becomes of a question for consent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// It is granted at once.
    #[default]
    Grant,
    /// A page asks whoever sits at the browser.
    Ask,
    /// It is denied at once.
    Deny,
}

/// A change of what becomes of questions for consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentChange {
    /// What becomes of them from now on.
    pub consent: Consent,
}

/// An application that was just registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CreatedApplication {
    /// Its id.
    pub id: String,
    /// Its client id.
    pub client_id: String,
    /// Its secret, which is not to be had again.
    pub client_secret: SecretText,
}

/// An application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ApplicationInfo {
    /// Its id.
    pub id: String,
    /// Its client id.
    pub client_id: String,
    /// Its name.
    pub name: String,
    /// Where the browser may be sent after the question for consent.
    pub redirect_uris: Vec<String>,
    /// The scopes it may ask for.
    pub scopes: Vec<String>,
    /// What becomes of its questions for consent.
    pub consent: Consent,
    /// When it was registered.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub created_at: Timestamp,
    /// When it was revoked; null if it is not.
    #[schemars(with = "Option<String>")]
    pub revoked_at: Option<Timestamp>,
}

/// Applications.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Applications {
    /// All of them, revoked ones too.
    pub applications: Vec<ApplicationInfo>,
}

impl OperatorControl {
    /// All access tokens.
    pub fn access_tokens(&self) -> AccessTokens {
        let access = &self.operator.read().access;
        AccessTokens { access_tokens: access.access_tokens().map(|token| info(access, token)).collect() }
    }

    /// Makes an access token, as staff do. Its value is not to be had again.
    ///
    /// # Errors
    /// Scopes that there are not; a value that cannot be sent, or is in use; a conflict when another operator has that value.
    pub fn create_access_token(&self, new: CreateAccessToken) -> Result<CreatedAccessToken, ControlError> {
        let _held = self.hold_directory();
        let created = self.act(|world, now| add_access_token(world, now, new, &self.taken()))?;
        self.server.operators.reindex(&self.operator);
        Ok(created)
    }

    /// Revokes an access token. One that is revoked stays as it is.
    ///
    /// # Errors
    /// Not found.
    pub fn revoke_access_token(&self, id: &str) -> Result<(), ControlError> {
        self.act(|world, now| Ok(world.access.revoke_access_token(known(id)?, now)?))
    }

    /// All applications.
    pub fn applications(&self) -> Applications {
        let access = &self.operator.read().access;
        Applications { applications: access.applications().map(|application| of(access, application)).collect() }
    }

    /// Registers an application, as staff do. Its secret is not to be had again.
    ///
    /// # Errors
    /// Scopes, redirect addresses, a client id or a secret that cannot be; a conflict when another operator has that client id.
    pub fn create_application(&self, new: CreateApplication) -> Result<CreatedApplication, ControlError> {
        let _held = self.hold_directory();
        let created = self.act(|world, now| add_application(world, now, new, &self.taken()))?;
        self.server.operators.reindex(&self.operator);
        Ok(created)
    }

    /// Revokes an application, and with it all tokens and codes it was given. Another one can have its client id then. One that
    /// is revoked stays as it is.
    ///
    /// # Errors
    /// Not found.
    pub fn revoke_application(&self, id: &str) -> Result<(), ControlError> {
        let _held = self.hold_directory();
        self.act(|world, now| Ok(world.access.revoke_application(known(id)?, now)?))?;
        self.server.operators.reindex(&self.operator);
        Ok(())
    }

    /// Says what becomes of an application's questions for consent from now on.
    ///
    /// # Errors
    /// Not found.
    pub fn set_consent(&self, id: &str, change: ConsentChange) -> Result<ApplicationInfo, ControlError> {
        self.act(|world, _| {
            let id: ApplicationId = known(id)?;
            world.access.set_consent(id, change.consent.into())?;
            let application = world.access.application(id).ok_or_else(ControlError::not_found)?;
            Ok(of(&world.access, application))
        })
    }

    pub(super) fn taken(&self) -> Taken<'_> {
        Taken { operators: &self.server.operators, by_others_than: &self.operator.id }
    }
}

/// The tokens and client ids that operators other than one have. To be asked while the directory is held only.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken<'s> {
    pub(crate) operators: &'s Operators,
    /// The id of that one.
    pub(crate) by_others_than: &'s str,
}

impl Taken<'_> {
    /// # Errors
    /// A conflict when another operator has a token.
    pub(super) fn check_token(&self, token: &SecretHash) -> Result<(), ControlError> {
        self.check(self.operators.of_token(token).as_deref(), "access token")
    }

    /// # Errors
    /// A conflict when another operator has a client id.
    pub(super) fn check_client(&self, client_id: &str) -> Result<(), ControlError> {
        self.check(self.operators.of_client(client_id).as_deref(), "client id")
    }

    fn check(&self, holder: Option<&Operator>, what: &str) -> Result<(), ControlError> {
        match holder.filter(|holder| holder.id != self.by_others_than) {
            Some(holder) => Err(ControlError::conflict(format!("The operator `{}` has this {what}.", holder.id))),
            None => Ok(()),
        }
    }
}

pub(super) fn add_access_token(
    world: &mut World,
    now: Timestamp,
    new: CreateAccessToken,
    taken: &Taken<'_>,
) -> Result<CreatedAccessToken, ControlError> {
    let new = NewAccessToken {
        name: new.name,
        scopes: new.scopes.unwrap_or_else(all_scopes),
        expires_at: new.expires_at,
        value: new.value.map(|value| Secret::new(value.0)),
    };
    let issued = world.access.add_access_token(new, now, &mut world.ids)?;
    taken.check_token(&issued.value.hash()).map_err(|error| error.at("/value"))?;
    Ok(CreatedAccessToken { id: issued.id.to_string(), value: SecretText::new(issued.value.expose()) })
}

pub(super) fn add_application(
    world: &mut World,
    now: Timestamp,
    new: CreateApplication,
    taken: &Taken<'_>,
) -> Result<CreatedApplication, ControlError> {
    let new = NewApplication {
        name: new.name,
        client_id: new.client_id,
        client_secret: new.client_secret.map(|secret| Secret::new(secret.0)),
        redirect_uris: new.redirect_uris,
        scopes: new.scopes.unwrap_or_else(all_scopes),
        consent: new.consent.into(),
    };
    let issued = world.access.add_application(new, now, &mut world.ids)?;
    let application = world.access.application(issued.id).ok_or(Refusal::NotFound)?;
    taken.check_client(&application.client_id).map_err(|error| error.at("/client_id"))?;
    Ok(CreatedApplication {
        id: issued.id.to_string(),
        client_id: application.client_id.clone(),
        client_secret: SecretText::new(issued.value.expose()),
    })
}

/// Makes several, with pointers to those of which one cannot be made.
pub(super) fn add_all<N, C>(
    part: &str,
    all: Vec<N>,
    mut add: impl FnMut(N) -> Result<C, ControlError>,
) -> Result<Vec<C>, ControlError> {
    all.into_iter()
        .enumerate()
        .map(|(i, new)| add(new).map_err(|error| error.inside(&format!("/{part}/{i}"))))
        .collect()
}

fn all_scopes() -> Vec<String> {
    SCOPES.iter().map(|scope| scope.name.to_owned()).collect()
}

fn info(access: &crate::domain::access::Access, token: &AccessToken) -> AccessTokenInfo {
    AccessTokenInfo {
        id: token.id.to_string(),
        name: token.name.clone(),
        scopes: access.scope_names(&token.scopes),
        created_at: token.created_at,
        expires_at: token.expires_at,
        revoked_at: token.revoked_at,
    }
}

fn of(access: &crate::domain::access::Access, application: &Application) -> ApplicationInfo {
    ApplicationInfo {
        id: application.id.to_string(),
        client_id: application.client_id.clone(),
        name: application.name.clone(),
        redirect_uris: application.redirect_uris.clone(),
        scopes: access.scope_names(&application.scopes),
        consent: application.consent.into(),
        created_at: application.created_at,
        revoked_at: application.revoked_at,
    }
}

impl SecretText {
    /// A secret that was chosen elsewhere.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret in plain text.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(..)")
    }
}

impl From<Consent> for ConsentMode {
    fn from(consent: Consent) -> Self {
        match consent {
            Consent::Grant => Self::Grant,
            Consent::Ask => Self::Ask,
            Consent::Deny => Self::Deny,
        }
    }
}

impl From<ConsentMode> for Consent {
    fn from(mode: ConsentMode) -> Self {
        match mode {
            ConsentMode::Grant => Self::Grant,
            ConsentMode::Ask => Self::Ask,
            ConsentMode::Deny => Self::Deny,
        }
    }
}
