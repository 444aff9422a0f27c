//! What is kept of tokens, applications and codes.

use serde::{Deserialize, Serialize};

use super::rows::Record;
use super::scopes::ScopeList;
use super::secrets::SecretHash;
use super::tokens::TokenFault;
use crate::domain::ids::{AccessTokenId, ApplicationId};
use crate::domain::time::Timestamp;

/// How long a token of an OAuth application lives, in seconds.
pub const TOKEN_LIFETIME: i64 = 7200;

/// How long a code lives, in seconds.
pub const CODE_LIFETIME: i64 = 600;

/// A long-lived access token made by staff. It is kept for good, since it may be the creator of other records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    /// Its id, `tok_` and so on.
    pub id: AccessTokenId,
    /// The name that staff gave it.
    pub name: String,
    /// The hash of its value.
    pub hash: SecretHash,
    /// What it may be used for.
    pub scopes: ScopeList,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// From when on it is expired; `None` if it never is.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// An OAuth application. It is kept for good, since it may be the creator of other records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// Its id, `app_` and so on.
    pub id: ApplicationId,
    /// What it names itself by: the `client_id` of OAuth.
    pub client_id: String,
    /// The name that staff gave it.
    pub name: String,
    /// The hash of its secret.
    pub secret_hash: SecretHash,
    /// Where the browser may be sent after the question for consent.
    pub redirect_uris: Vec<String>,
    /// What it may ask for.
    pub scopes: ScopeList,
    /// What becomes of its questions for consent.
    pub consent: ConsentMode,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed. The switch for consent is the mock's own, and turning it is no change.
    pub updated_at: Timestamp,
    /// When it was revoked.
    #[serde(default)]
    pub revoked_at: Option<Timestamp>,
}

/// What becomes of a question for consent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentMode {
    /// It is granted at once.
    #[default]
    Grant,
    /// A page asks whoever sits at the browser.
    Ask,
    /// It is denied at once.
    Deny,
}

/// A token of an application that was not revoked. A refresh replaces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OAuthToken {
    /// The hash of the access token.
    pub hash: SecretHash,
    /// Whose it is.
    pub application: ApplicationId,
    /// What it may be used for.
    pub scopes: ScopeList,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on the access token is expired; the refresh token stays.
    pub expires_at: Timestamp,
    /// The refresh token of the pair; `None` for client credentials.
    pub refresh: Option<Refresh>,
}

/// The refresh token of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refresh {
    /// The hash of the refresh token.
    pub hash: SecretHash,
    /// Where the pair comes from.
    pub origin: Origin,
}

/// Where a pair of access and refresh token comes from. A refresh hands it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The hash of the code.
    pub code: SecretHash,
    /// Whether the client showed its secret with the code. If it did, it has to for all that comes of it.
    pub confidential: bool,
}

/// A code that was given after consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationCode {
    /// The hash of the code.
    pub hash: SecretHash,
    /// Whose it is.
    pub application: ApplicationId,
    /// Where the browser was sent with it.
    pub redirect_uri: String,
    /// What was agreed to.
    pub scopes: ScopeList,
    /// The hash of the verifier of PKCE that has to come with it, if one has to.
    pub verifier: Option<SecretHash>,
    /// When it was given.
    pub created_at: Timestamp,
    /// The access token of the pair that comes from it, once it was used. A used code is kept as long as the pair, so that a
    /// second use can revoke it.
    pub token: Option<SecretHash>,
}

/// An access token of an application that is dead, kept for a while to tell its holder why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DeadToken {
    /// How many died before it.
    pub(super) number: u64,
    pub(super) hash: SecretHash,
    pub(super) fault: TokenFault,
}

impl OAuthToken {
    /// Whether the client got it without showing its secret.
    pub fn is_public(&self) -> bool {
        self.refresh.is_some_and(|refresh| !refresh.origin.confidential)
    }
}

impl AuthorizationCode {
    /// From when on it is expired.
    pub fn expires_at(&self) -> Timestamp {
        self.created_at.plus_seconds(CODE_LIFETIME)
    }
}

impl Record for AccessToken {
    type Key = AccessTokenId;
    type Alias = SecretHash;

    fn key(&self) -> AccessTokenId {
        self.id
    }

    fn alias(&self) -> Option<SecretHash> {
        Some(self.hash)
    }

    fn ends_at(&self) -> Option<Timestamp> {
        None
    }
}

impl Record for Application {
    type Key = ApplicationId;
    type Alias = String;

    fn key(&self) -> ApplicationId {
        self.id
    }

    /// One that is revoked is found by its id alone, so that its client id can be had again.
    fn alias(&self) -> Option<String> {
        self.revoked_at.is_none().then(|| self.client_id.clone())
    }

    fn ends_at(&self) -> Option<Timestamp> {
        None
    }
}

impl Record for OAuthToken {
    type Key = SecretHash;
    type Alias = SecretHash;

    fn key(&self) -> SecretHash {
        self.hash
    }

    fn alias(&self) -> Option<SecretHash> {
        self.refresh.map(|refresh| refresh.hash)
    }

    fn ends_at(&self) -> Option<Timestamp> {
        self.refresh.is_none().then_some(self.expires_at)
    }
}

impl Record for AuthorizationCode {
    type Key = SecretHash;
    type Alias = SecretHash;

    fn key(&self) -> SecretHash {
        self.hash
    }

    fn alias(&self) -> Option<SecretHash> {
        None
    }

    fn ends_at(&self) -> Option<Timestamp> {
        self.token.is_none().then(|| self.expires_at())
    }
}

impl Record for DeadToken {
    type Key = u64;
    type Alias = SecretHash;

    fn key(&self) -> u64 {
        self.number
    }

    fn alias(&self) -> Option<SecretHash> {
        Some(self.hash)
    }

    fn ends_at(&self) -> Option<Timestamp> {
        None
    }
}
