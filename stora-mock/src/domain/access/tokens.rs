//! Tokens in use: who a token stands for, what is known of it, and its end.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Access;
use super::faults::{OAuthError, OAuthFault, given};
use super::grants::ClientCredentials;
use super::records::{AccessToken, DeadToken, OAuthToken};
use super::scopes::{ScopeList, ScopeSet, ScopeTable};
use super::secrets::{Secret, SecretHash};
use crate::domain::ids::{AnyId, Id as _};
use crate::domain::time::Timestamp;

/// How many dead tokens of applications are remembered, to tell their holders why they are dead. Without a bound a frozen clock
/// and a client that keeps refreshing would fill the memory.
pub(super) const DEAD_REMEMBERED: usize = 1000;

/// Who makes a call, and what it may do. It holds no borrow and costs no allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The access token (`tok_`) or the application (`app_`) that the call is made by: the creator of what it makes, and whose
    /// rate limit and idempotency keys it shares.
    pub credential: AnyId,
    scopes: ScopeSet,
    table: ScopeTable,
}

/// Why a token does not authenticate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenFault {
    /// There is no such token here, or it is dead for so long that it is forgotten.
    #[error("The token is not known.")]
    Unknown,
    /// It has expired.
    #[error("The token has expired.")]
    Expired,
    /// It was revoked, or a refresh replaced it.
    #[error("The token was revoked.")]
    Revoked,
}

/// What is known of a token that is alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenDescription {
    /// The names of its scopes, in the order they were asked for.
    pub scopes: Vec<String>,
    /// The client id of the application; `None` for an access token made by staff.
    pub client_id: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is expired; `None` if it never is.
    pub expires_at: Option<Timestamp>,
}

/// The token to examine is the one that makes the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("A token cannot examine itself.")]
pub struct OwnToken;

/// A token to revoke.
#[derive(Debug, Clone, Default)]
pub struct RevokeRequest {
    /// The client that asks.
    pub client: ClientCredentials,
    /// An access token or a refresh token. A hint which of them it is changes nothing.
    pub token: Option<Secret>,
}

/// A token that is alive.
enum Alive<'a> {
    Staff(&'a AccessToken),
    OAuth(&'a OAuthToken),
}

impl Principal {
    /// Whether it has a scope. It takes the same time whatever the scopes, and allocates nothing.
    pub fn may(&self, scope: &str) -> bool {
        self.table.holds(self.scopes, scope)
    }
}

impl Access {
    /// Who a token stands for.
    ///
    /// # Errors
    /// Why it stands for nobody.
    pub fn authenticate(&self, token: &SecretHash, now: Timestamp) -> Result<Principal, TokenFault> {
        let alive = self.alive(token, now)?;
        Ok(Principal { credential: alive.credential(), scopes: alive.scopes().set(), table: self.scopes.clone() })
    }

    /// What is known of a token, for its own holder.
    ///
    /// # Errors
    /// Why it is not alive.
    pub fn describe(&self, token: &SecretHash, now: Timestamp) -> Result<TokenDescription, TokenFault> {
        let alive = self.alive(token, now)?;
        let scopes = self.scopes.names(alive.scopes());
        Ok(match alive {
            Alive::Staff(token) => {
                TokenDescription { scopes, client_id: None, created_at: token.created_at, expires_at: token.expires_at }
            }
            Alive::OAuth(token) => TokenDescription {
                scopes,
                client_id: self.application(token.application).map(|application| application.client_id.clone()),
                created_at: token.created_at,
                expires_at: Some(token.expires_at),
            },
        })
    }

    /// What is known of a token, for the holder of another one; `None` if no token was named, or it is not alive, or of another
    /// operator, or a refresh token. `bearer` is the token that makes the call and authenticates.
    ///
    /// # Errors
    /// Both are the same token.
    pub fn introspect(
        &self,
        bearer: &SecretHash,
        token: Option<&SecretHash>,
        now: Timestamp,
    ) -> Result<Option<TokenDescription>, OwnToken> {
        match token {
            Some(token) if token == bearer => Err(OwnToken),
            Some(token) => Ok(self.describe(token, now).ok()),
            None => Ok(None),
        }
    }

    /// Revokes a token of an application, and the other half of its pair with it. A token that is unknown or dead is as good as
    /// revoked. A client may leave out its secret only for a pair that it got without.
    ///
    /// # Errors
    /// `invalid_client` for a client that is unknown or does not show its secret, `invalid_request` without a token, and
    /// `unauthorized_client` for a living token that is not the client's. Nothing has changed then.
    pub fn revoke(&mut self, request: &RevokeRequest, now: Timestamp) -> Result<(), OAuthFault> {
        let client = self.client(&request.client)?;
        let token = given(request.token.as_ref().map(Secret::expose)).ok_or_else(|| OAuthFault::missing("token"));
        let hash = SecretHash::of(token?);
        let found = self.tokens.get(&hash).or_else(|| self.tokens.by_alias(&hash));
        let own = found.filter(|token| token.application == client.application.id);
        if !client.proven && !own.is_some_and(OAuthToken::is_public) {
            return Err(OAuthFault::client());
        }
        let of_staff = matches!(self.alive(&hash, now), Ok(Alive::Staff(_)));
        if of_staff || found.is_some() && own.is_none() {
            let description = "The token belongs to another client.";
            return Err(OAuthFault::new(OAuthError::UnauthorizedClient, description));
        }
        if let Some(hash) = own.map(|token| token.hash) {
            self.kill(&hash);
        }
        Ok(())
    }

    /// Ends a pair, or the token of client credentials, as if it had never been given: its code is forgotten with it.
    pub(super) fn kill(&mut self, hash: &SecretHash) {
        if let Some(refresh) = self.tokens.get(hash).and_then(|token| token.refresh) {
            self.codes.remove(&refresh.origin.code);
        }
        self.bury(hash, TokenFault::Revoked);
    }

    /// Takes a token of an application away, and remembers why.
    pub(super) fn bury(&mut self, hash: &SecretHash, fault: TokenFault) {
        self.tokens.remove(hash);
        let number = self.dead.iter().next_back().map_or(0, |last| last.number + 1);
        self.dead.put(DeadToken { number, hash: *hash, fault });
        let first = self.dead.iter().next().map(|first| first.number);
        if let Some(first) = first.filter(|_| self.dead.iter().len() > DEAD_REMEMBERED) {
            self.dead.remove(&first);
        }
    }

    /// Takes away what time has ended: codes that nobody used, and tokens without a refresh token.
    pub(super) fn sweep(&mut self, now: Timestamp) {
        while self.codes.remove_ended(now).is_some() {}
        while let Some(hash) = self.tokens.remove_ended(now) {
            self.bury(&hash, TokenFault::Expired);
        }
    }

    fn alive(&self, hash: &SecretHash, now: Timestamp) -> Result<Alive<'_>, TokenFault> {
        if let Some(token) = self.access_tokens.by_alias(hash) {
            if token.revoked_at.is_some() {
                return Err(TokenFault::Revoked);
            }
            let expired = token.expires_at.is_some_and(|expires_at| expires_at <= now);
            return if expired { Err(TokenFault::Expired) } else { Ok(Alive::Staff(token)) };
        }
        match self.tokens.get(hash) {
            Some(token) if token.expires_at <= now => Err(TokenFault::Expired),
            Some(token) => Ok(Alive::OAuth(token)),
            None => Err(self.dead.by_alias(hash).map_or(TokenFault::Unknown, |dead| dead.fault)),
        }
    }
}

impl Alive<'_> {
    fn credential(&self) -> AnyId {
        match self {
            Self::Staff(token) => token.id.any(),
            Self::OAuth(token) => token.application.any(),
        }
    }

    fn scopes(&self) -> &ScopeList {
        match self {
            Self::Staff(token) => &token.scopes,
            Self::OAuth(token) => &token.scopes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::TokenRequest;
    use super::super::records::TOKEN_LIFETIME;
    use super::super::testing::*;
    use super::*;
    use crate::domain::ids::IdSource;

    fn refused(office: &mut Office, request: &RevokeRequest) -> OAuthError {
        let before = office.access.clone();
        let error = office.access.revoke(request, office.now).unwrap_err().error;
        assert_eq!(office.access, before, "a refusal changes nothing");
        error
    }

    #[test]
    fn an_unknown_expired_or_revoked_token_does_not_authenticate() {
        let mut office = Office::open();
        assert_eq!(office.authenticate(&Secret::new("nothing")), Err(TokenFault::Unknown));
        let (expiring, revoked) = (office.client_credentials(CONTACT_READ), office.client_credentials(CONTACT_READ));
        office.access.revoke(&revocation(&revoked.access_token), office.now).unwrap();
        assert_eq!(office.authenticate(&revoked.access_token), Err(TokenFault::Revoked));
        office.wait(TOKEN_LIFETIME);
        assert_eq!(office.authenticate(&expiring.access_token), Err(TokenFault::Expired));
    }

    #[test]
    fn token_info_describes_the_token_in_use() {
        let mut office = Office::open();
        let token = office.client_credentials(&format!("{ORDER_WRITE} {CONTACT_READ}"));
        let expected = TokenDescription {
            scopes: vec![ORDER_WRITE.to_owned(), CONTACT_READ.to_owned()],
            client_id: Some(CLIENT_ID.to_owned()),
            created_at: office.now,
            expires_at: Some(office.now.plus_seconds(7200)),
        };
        let hash = token.access_token.hash();
        assert_eq!(office.access.describe(&hash, office.now), Ok(expected));
        office.wait(TOKEN_LIFETIME);
        assert_eq!(office.access.describe(&hash, office.now), Err(TokenFault::Expired));
    }

    #[test]
    fn token_info_describes_a_token_made_by_staff_without_application() {
        let mut office = Office::open();
        let token = office.staff_token(&[CONTACT_READ], None);
        let expected = TokenDescription {
            scopes: vec![CONTACT_READ.to_owned()],
            client_id: None,
            created_at: office.now,
            expires_at: None,
        };
        assert_eq!(office.access.describe(&token.value.hash(), office.now), Ok(expected));
    }

    #[test]
    fn introspection_describes_a_second_token_that_is_alive() {
        let mut office = Office::open();
        let bearer = office.staff_token(&[], None).value.hash();
        let token = office.client_credentials(CONTACT_READ).access_token.hash();
        let found = office.access.introspect(&bearer, Some(&token), office.now).unwrap().unwrap();
        assert_eq!(found, office.access.describe(&token, office.now).unwrap());
        let found = office.access.introspect(&token, Some(&bearer), office.now).unwrap().unwrap();
        assert_eq!(found.client_id, None);
    }

    #[test]
    fn introspection_of_a_token_that_is_unknown_dead_another_operators_or_not_given_finds_nothing() {
        let mut office = Office::open();
        let mut elsewhere = Office::open();
        elsewhere.ids = IdSource::new(2);
        let bearer = office.staff_token(&[], None).value.hash();
        let (expiring, revoked) = (office.client_credentials(CONTACT_READ), office.client_credentials(CONTACT_READ));
        office.access.revoke(&revocation(&revoked.access_token), office.now).unwrap();
        let (pair, _) = office.pair();
        let foreign = elsewhere.client_credentials(CONTACT_READ);
        assert!(elsewhere.is_alive(&foreign.access_token));
        office.wait(TOKEN_LIFETIME);
        for token in [
            Secret::new("nothing"),
            expiring.access_token,
            revoked.access_token,
            foreign.access_token,
            pair.refresh_token.unwrap(),
        ] {
            assert_eq!(office.access.introspect(&bearer, Some(&token.hash()), office.now), Ok(None));
        }
        assert_eq!(office.access.introspect(&bearer, None, office.now), Ok(None));
    }

    #[test]
    fn the_bearer_token_itself_is_not_examined() {
        let mut office = Office::open();
        let bearer = office.staff_token(&[], None).value.hash();
        assert_eq!(office.access.introspect(&bearer, Some(&bearer), office.now), Err(OwnToken));
    }

    #[test]
    fn revoking_either_half_of_a_pair_kills_both_at_once() {
        let mut office = Office::open();
        let (by_access, _) = office.pair();
        let (by_refresh, code) = office.pair();
        office.access.revoke(&revocation(&by_access.access_token), office.now).unwrap();
        office.access.revoke(&revocation(by_refresh.refresh_token.as_ref().unwrap()), office.now).unwrap();
        for pair in [&by_access, &by_refresh] {
            assert_eq!(office.authenticate(&pair.access_token), Err(TokenFault::Revoked));
            assert_eq!(office.ask(&refresh(pair)).unwrap_err().error, OAuthError::InvalidGrant);
        }
        assert_eq!(office.ask(&exchange(&code)).unwrap_err().error, OAuthError::InvalidGrant);
    }

    #[test]
    fn revoking_an_expired_access_token_kills_the_refresh_token_beside_it() {
        let mut office = Office::open();
        let (pair, _) = office.pair();
        office.wait(TOKEN_LIFETIME);
        office.access.revoke(&revocation(&pair.access_token), office.now).unwrap();
        assert_eq!(office.ask(&refresh(&pair)).unwrap_err().error, OAuthError::InvalidGrant);
    }

    #[test]
    fn revoking_a_token_that_is_unknown_or_dead_is_a_success() {
        let mut office = Office::open();
        let (pair, _) = office.pair();
        office.ask(&refresh(&pair)).unwrap();
        let staff = office.staff_token(&[], Some(office.now));
        let before = office.access.clone();
        for token in [Secret::new("nothing"), pair.access_token, pair.refresh_token.unwrap(), staff.value] {
            office.access.revoke(&revocation(&token), office.now).unwrap();
            assert_eq!(office.access, before);
        }
    }

    #[test]
    fn a_token_of_another_client_or_of_staff_is_unauthorized_client_and_stays_alive() {
        let mut office = Office::open();
        let client = office.other_client();
        let (pair, _) = office.pair();
        let staff = office.staff_token(&[], None);
        for token in [&pair.access_token, pair.refresh_token.as_ref().unwrap(), &staff.value] {
            let request = RevokeRequest { client: client.clone(), ..revocation(token) };
            assert_eq!(refused(&mut office, &request), OAuthError::UnauthorizedClient);
        }
        assert_eq!(OAuthError::UnauthorizedClient.status(), 403);
        assert!(office.is_alive(&pair.access_token) && office.is_alive(&staff.value));
    }

    #[test]
    fn a_client_that_revokes_identifies_itself() {
        let mut office = Office::open();
        let (pair, _) = office.pair();
        for client in [
            ClientCredentials::default(),
            credentials("nobody", Some(CLIENT_SECRET)),
            credentials(CLIENT_ID, Some("wrong")),
            public(),
        ] {
            for token in [&pair.access_token, &Secret::new("nothing")] {
                let request = RevokeRequest { client: client.clone(), ..revocation(token) };
                assert_eq!(refused(&mut office, &request), OAuthError::InvalidClient);
            }
        }
        assert!(office.is_alive(&pair.access_token));
    }

    #[test]
    fn what_was_got_without_the_secret_is_revoked_without_it() {
        let mut office = Office::open();
        let pair = office.public_pair();
        let other = office.other_client();
        let stranger = ClientCredentials { secret: None, ..other };
        let request = RevokeRequest { client: stranger, ..revocation(&pair.access_token) };
        assert_eq!(refused(&mut office, &request), OAuthError::InvalidClient);
        let request = RevokeRequest { client: public(), ..revocation(&pair.access_token) };
        office.access.revoke(&request, office.now).unwrap();
        assert!(!office.is_alive(&pair.access_token));
    }

    #[test]
    fn revoking_without_token_is_invalid_request() {
        let mut office = Office::open();
        for token in [None, Some(Secret::new(""))] {
            let request = RevokeRequest { client: confidential(), token };
            assert_eq!(refused(&mut office, &request), OAuthError::InvalidRequest);
        }
    }

    #[test]
    fn what_time_has_ended_is_cleared_away_and_told_from_what_never_was() {
        let mut office = Office::open();
        let token = office.client_credentials(CONTACT_READ);
        office.code(&wish());
        office.wait(TOKEN_LIFETIME);
        office.client_credentials(CONTACT_READ);
        assert_eq!((office.access.tokens.iter().len(), office.access.codes.iter().len()), (1, 0));
        assert_eq!(office.authenticate(&token.access_token), Err(TokenFault::Expired));
    }

    #[test]
    fn a_client_that_keeps_refreshing_while_the_clock_stands_still_does_not_fill_the_memory() {
        let mut office = Office::open();
        let (first, code) = office.pair();
        let mut pair = first.clone();
        for _ in 0..=DEAD_REMEMBERED {
            pair = office.ask(&refresh(&pair)).unwrap();
        }
        assert_eq!(office.access.tokens.iter().len(), 1);
        assert_eq!(office.access.codes.iter().len(), 1);
        assert_eq!(office.access.dead.iter().len(), DEAD_REMEMBERED);
        assert_eq!(office.authenticate(&first.access_token), Err(TokenFault::Unknown));
        let again = TokenRequest { code: Some(code), ..exchange(&Secret::new("")) };
        assert_eq!(office.ask(&again).unwrap_err().error, OAuthError::InvalidGrant);
        assert!(!office.is_alive(&pair.access_token));
        assert_eq!(office.access.codes.iter().len(), 0);
    }
}
