//! Who may call: access tokens, applications, consent and the tokens that come of it.
//!
//! [`Access`] is all of it for one operator. Staff make access tokens and register applications; an application asks for
//! consent ([`Access::authorize`]) and gets tokens ([`Access::token`]); a call shows its token ([`Access::authenticate`]). Of
//! secrets only hashes are kept, so that whatever finds a token by its value goes by [`SecretHash`].
//!
//! What is dead is cleared away: tokens and codes that time has ended go when the next one is made, and what was revoked or
//! replaced goes at once. Two things stay. A used code stays as long as the tokens made from it, so that a second use can revoke
//! them; and of the tokens that went, the last thousand are remembered by hash, so that a caller hears whether its token has
//! expired or was revoked. Access tokens and applications stay for good, since they are creators of other records.

mod backoffice;
mod consent;
mod exchange;
mod faults;
mod grants;
mod records;
mod refresh;
mod rows;
mod scopes;
mod secrets;
mod tokens;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod testing;

use serde::{Deserialize, Serialize};

use super::ids::ApplicationId;

pub use backoffice::{NewAccessToken, NewApplication};
pub use consent::{AuthorizeOutcome, AuthorizeRequest, ConsentPage, Redirect};
pub use faults::{OAuthError, OAuthFault};
pub use grants::{ClientCredentials, TokenAnswer, TokenRequest};
pub use records::{AccessToken, Application, AuthorizationCode, CODE_LIFETIME, ConsentMode, OAuthToken};
use scopes::ScopeTable;
pub use scopes::{ScopeList, TooManyScopes};
pub use secrets::{Secret, SecretHash};
pub use tokens::{Principal, RevokeRequest, TokenFault};

use records::DeadToken;
use rows::Rows;

/// Who may call on one operator.
///
/// A transaction begins with [`Access::begin`] and ends with [`Access::commit`] or [`Access::rollback`]. It costs what is
/// changed in it, whatever the number of tokens. It is no part of the state: neither equality nor the stored form knows it.
///
/// At the start nobody may call, and no scopes exist: they are made known with [`Access::learn_scopes`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Access {
    scopes: ScopeTable,
    access_tokens: Rows<AccessToken>,
    applications: Rows<Application>,
    tokens: Rows<OAuthToken>,
    codes: Rows<AuthorizationCode>,
    dead: Rows<DeadToken>,
}

impl Access {
    /// Makes known the scopes that exist. Those it knows stay, which a state that was stored by an earlier build relies on.
    ///
    /// # Errors
    /// There would be more than 64.
    pub fn learn_scopes<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) -> Result<(), TooManyScopes> {
        self.scopes.learn(names)
    }

    /// The hashes of the tokens that are known, dead ones too as far as they are remembered.
    pub fn token_hashes(&self) -> impl Iterator<Item = SecretHash> {
        let of_staff = self.access_tokens.iter().map(|token| token.hash);
        of_staff.chain(self.tokens.iter().map(|token| token.hash)).chain(self.dead.iter().map(|token| token.hash))
    }

    /// The applications that tokens and codes are of, in the order in which each are stored: first those of tokens, then those of
    /// codes.
    pub fn clients(&self) -> [Vec<ApplicationId>; 2] {
        let of_tokens = self.tokens.iter().map(|token| token.application).collect();
        [of_tokens, self.codes.iter().map(|code| code.application).collect()]
    }

    /// The names of scopes that a record here has.
    pub fn scope_names(&self, list: &ScopeList) -> Vec<String> {
        self.scopes.names(list)
    }

    /// Begins a transaction. Within a transaction it does nothing.
    pub fn begin(&mut self) {
        self.access_tokens.begin();
        self.applications.begin();
        self.tokens.begin();
        self.codes.begin();
        self.dead.begin();
    }

    /// Ends the transaction and keeps what was done in it.
    pub fn commit(&mut self) {
        self.access_tokens.commit();
        self.applications.commit();
        self.tokens.commit();
        self.codes.commit();
        self.dead.commit();
    }

    /// Ends the transaction and takes back what was done in it.
    pub fn rollback(&mut self) {
        self.access_tokens.rollback();
        self.applications.rollback();
        self.tokens.rollback();
        self.codes.rollback();
        self.dead.rollback();
    }
}

#[cfg(test)]
mod tests {
    use super::testing::*;
    use super::*;

    #[test]
    fn only_hashes_of_secrets_are_stored_or_shown() {
        let mut office = Office::open();
        let staff = office.staff_token(&[CONTACT_READ], None).value;
        let (pair, used) = office.pair();
        let plain = AuthorizeRequest { code_challenge: Some(Secret::new(VERIFIER)), ..wish() };
        let code = office.code(&plain);
        let secrets = [staff, pair.access_token, pair.refresh_token.unwrap(), used, code];
        let secrets = secrets.iter().map(Secret::expose).chain([CLIENT_SECRET, VERIFIER]);
        let stored = serde_json::to_string(&office.access).unwrap();
        let shown = format!("{:?} {plain:?}", office.access);
        for secret in secrets {
            assert!(!stored.contains(secret) && !shown.contains(secret));
        }
    }

    #[test]
    fn a_state_stored_by_an_earlier_build_learns_the_scopes_that_came_since() {
        let mut office = Office::open();
        let old = office.staff_token(&[ORDER_READ], None);
        let stored = serde_json::to_string(&office.access).unwrap();
        office.access = serde_json::from_str(&stored).unwrap();
        office.access.learn_scopes(["public.asset:read", ORDER_READ]).unwrap();
        let new = office.staff_token(&["public.asset:read"], None);
        let (old, new) = (office.authenticate(&old.value).unwrap(), office.authenticate(&new.value).unwrap());
        assert!(old.may(ORDER_READ) && !old.may("public.asset:read"));
        assert!(new.may("public.asset:read") && !new.may(ORDER_READ));
    }
}
