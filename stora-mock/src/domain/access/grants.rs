//! Requests for a token: what the three grants have in common, and the grant of client credentials.

use super::Access;
use super::faults::{OAuthError, OAuthFault, given, shown};
use super::records::{Application, AuthorizationCode, OAuthToken, Origin, Refresh, TOKEN_LIFETIME};
use super::scopes::ScopeList;
use super::secrets::Secret;
use crate::domain::ids::{ApplicationId, IdSource};
use crate::domain::time::Timestamp;

/// What a client sends to show who it is, in the body or by HTTP Basic.
#[derive(Debug, Clone, Default)]
pub struct ClientCredentials {
    /// Its `client_id`.
    pub id: Option<String>,
    /// Its `client_secret`.
    pub secret: Option<Secret>,
}

/// A request for a token, as it was sent. A parameter without a value counts as left out (RFC 6749, section 3.2).
#[derive(Debug, Clone, Default)]
pub struct TokenRequest {
    /// Which grant it is: `client_credentials`, `authorization_code` or `refresh_token`.
    pub grant_type: Option<String>,
    /// The client that asks.
    pub client: ClientCredentials,
    /// The wanted scopes, parted by single spaces. Left out at a refresh they stay as they are.
    pub scope: Option<String>,
    /// The code.
    pub code: Option<Secret>,
    /// Where the browser was sent with the code.
    pub redirect_uri: Option<String>,
    /// The verifier of PKCE.
    pub code_verifier: Option<Secret>,
    /// The refresh token.
    pub refresh_token: Option<Secret>,
}

/// A new token. The secrets are not to be had again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenAnswer {
    /// The access token.
    pub access_token: Secret,
    /// How many seconds it lives.
    pub expires_in: i64,
    /// The names of the granted scopes, in the order they were asked for.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The refresh token; `None` for client credentials.
    pub refresh_token: Option<Secret>,
}

/// A client that is known.
pub(super) struct Client<'a> {
    pub(super) application: &'a Application,
    /// Whether it showed its secret.
    pub(super) proven: bool,
}

impl Access {
    /// Gives a token.
    ///
    /// A refusal leaves everything as it was, with one exception: a code that is used a second time revokes the tokens made
    /// from it. So what this does is to be kept when it refuses, too.
    ///
    /// # Errors
    /// `invalid_request` for a missing parameter, `unsupported_grant_type`, `invalid_client` for a client that is unknown or
    /// does not show its secret, `invalid_scope`, and `invalid_grant` for a code or refresh token that is not alive or not the
    /// client's.
    pub fn token(
        &mut self,
        request: &TokenRequest,
        now: Timestamp,
        ids: &mut IdSource,
    ) -> Result<TokenAnswer, OAuthFault> {
        match given(request.grant_type.as_deref()) {
            None => Err(OAuthFault::missing("grant_type")),
            Some("client_credentials") => self.by_client_credentials(request, now, ids),
            Some("authorization_code") => self.by_authorization_code(request, now, ids),
            Some("refresh_token") => self.by_refresh_token(request, now, ids),
            Some(other) => {
                let description = format!("The grant type {} is not supported.", shown(other));
                Err(OAuthFault::new(OAuthError::UnsupportedGrantType, description))
            }
        }
    }

    /// The client of credentials. A secret that is sent has to be right; whether one has to be sent is up to the caller.
    pub(super) fn client(&self, credentials: &ClientCredentials) -> Result<Client<'_>, OAuthFault> {
        let client_id = given(credentials.id.as_deref()).ok_or_else(OAuthFault::client)?;
        let application = self.application_by_client_id(client_id).ok_or_else(OAuthFault::client)?;
        let secret = given(credentials.secret.as_ref().map(Secret::expose));
        if secret.is_some_and(|secret| !application.secret_hash.matches(secret)) {
            return Err(OAuthFault::client());
        }
        Ok(Client { application, proven: secret.is_some() })
    }

    /// The scopes that a request names, if all of them are among the allowed ones. `whose` these are is for the description.
    pub(super) fn wanted_scopes(
        &self,
        scope: Option<&str>,
        allowed: &ScopeList,
        whose: &str,
    ) -> Result<ScopeList, OAuthFault> {
        let refused = |description: String| OAuthFault::new(OAuthError::InvalidScope, description);
        let names = given(scope).ok_or_else(|| refused("No scope is asked for.".to_owned()))?;
        let mut wanted = ScopeList::default();
        for name in names.split(' ') {
            let place = self.scopes.place(name);
            let place = place.ok_or_else(|| refused(format!("The scope {} does not exist.", shown(name))))?;
            if !allowed.set().holds(place) {
                return Err(refused(format!("The scope {name} is not allowed for {whose}.")));
            }
            wanted.push(place);
        }
        Ok(wanted)
    }

    fn by_client_credentials(
        &mut self,
        request: &TokenRequest,
        now: Timestamp,
        ids: &mut IdSource,
    ) -> Result<TokenAnswer, OAuthFault> {
        let client = self.client(&request.client)?;
        if !client.proven {
            return Err(OAuthFault::client());
        }
        let application = client.application.id;
        let scopes = self.wanted_scopes(request.scope.as_deref(), &client.application.scopes, "this application")?;
        Ok(self.issue(application, scopes, None, now, ids))
    }

    /// Makes a token, with a refresh token if it comes from a code, which then counts as used.
    pub(super) fn issue(
        &mut self,
        application: ApplicationId,
        scopes: ScopeList,
        origin: Option<Origin>,
        now: Timestamp,
        ids: &mut IdSource,
    ) -> TokenAnswer {
        let access_token = Secret::generate(ids);
        let hash = access_token.hash();
        let pair = origin.map(|origin| (Secret::generate(ids), origin));
        if let Some(code) = origin.and_then(|origin| self.codes.get(&origin.code)) {
            self.codes.put(AuthorizationCode { token: Some(hash), ..code.clone() });
        }
        let answer = TokenAnswer {
            access_token,
            expires_in: TOKEN_LIFETIME,
            scopes: self.scopes.names(&scopes),
            created_at: now,
            refresh_token: pair.as_ref().map(|(token, _)| token.clone()),
        };
        self.tokens.put(OAuthToken {
            hash,
            application,
            scopes,
            created_at: now,
            expires_at: now.plus_seconds(TOKEN_LIFETIME),
            refresh: pair.map(|(token, origin)| Refresh { hash: token.hash(), origin }),
        });
        self.sweep(now);
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::super::TokenFault;
    use super::super::testing::*;
    use super::*;

    #[test]
    fn client_credentials_give_a_token_of_7200_seconds_and_no_refresh_token() {
        let mut office = Office::open();
        let token = office.client_credentials(CONTACT_READ);
        assert_eq!(token.expires_in, 7200);
        assert_eq!(token.created_at, office.now);
        assert_eq!(token.access_token.expose().len(), 43);
        assert_eq!(token.refresh_token, None);
        let principal = office.authenticate(&token.access_token).unwrap();
        assert_eq!(principal.credential, office.application.into());
        office.wait(7199);
        assert!(office.is_alive(&token.access_token));
        office.wait(1);
        assert_eq!(office.authenticate(&token.access_token), Err(TokenFault::Expired));
    }

    #[test]
    fn each_client_credentials_call_makes_a_new_token_and_leaves_earlier_ones_alive() {
        let mut office = Office::open();
        let first = office.client_credentials(CONTACT_READ);
        let second = office.client_credentials(CONTACT_READ);
        assert_ne!(first.access_token, second.access_token);
        assert!(office.is_alive(&first.access_token) && office.is_alive(&second.access_token));
    }

    #[test]
    fn repeated_scopes_are_merged_and_the_answer_keeps_the_order_asked_for() {
        let mut office = Office::open();
        let token = office.client_credentials(&format!("{ORDER_WRITE} {CONTACT_READ} {ORDER_WRITE}"));
        assert_eq!(token.scopes, [ORDER_WRITE, CONTACT_READ]);
    }

    #[test]
    fn a_missing_or_empty_scope_on_client_credentials_is_invalid_scope() {
        let mut office = Office::open();
        assert_eq!(office.refusal(&request("client_credentials")), OAuthError::InvalidScope);
        assert_eq!(office.refusal(&client_credentials("")), OAuthError::InvalidScope);
    }

    #[test]
    fn a_scope_that_does_not_exist_or_is_not_allowed_is_invalid_scope() {
        let mut office = Office::open();
        for scope in [UNIT_READ, "public.contact:delete", "public.CONTACT:read"] {
            let scope = format!("{CONTACT_READ} {scope}");
            assert_eq!(office.refusal(&client_credentials(&scope)), OAuthError::InvalidScope, "{scope}");
        }
        let fault = office.ask(&client_credentials(UNIT_READ)).unwrap_err();
        assert_eq!(fault.description, "The scope public.unit:read is not allowed for this application.");
    }

    #[test]
    fn scopes_are_parted_by_single_spaces() {
        let mut office = Office::open();
        for gap in ["  ", ",", "\t", "+"] {
            let scope = format!("{CONTACT_READ}{gap}{ORDER_READ}");
            assert_eq!(office.refusal(&client_credentials(&scope)), OAuthError::InvalidScope, "{gap:?}");
        }
        for scope in [format!(" {CONTACT_READ}"), format!("{CONTACT_READ} "), " ".to_owned()] {
            assert_eq!(office.refusal(&client_credentials(&scope)), OAuthError::InvalidScope, "{scope:?}");
        }
    }

    #[test]
    fn an_unknown_client_or_a_wrong_secret_is_invalid_client_at_every_grant() {
        let mut office = Office::open();
        let code = office.code(&pkce_wish());
        let pair = office.public_pair();
        for request in [client_credentials(CONTACT_READ), public_exchange(&code), refresh(&pair)] {
            for (id, secret) in [("nobody", CLIENT_SECRET), (CLIENT_ID, "wrong"), (CLIENT_ID, "STORA-MOCK-SECRET")] {
                let request = by(credentials(id, Some(secret)), &request);
                assert_eq!(office.refusal(&request), OAuthError::InvalidClient, "{id} {secret}");
            }
        }
        assert_eq!(OAuthError::InvalidClient.status(), 401);
    }

    #[test]
    fn a_missing_client_id_or_secret_is_invalid_client() {
        let mut office = Office::open();
        let code = office.code(&wish());
        let (pair, _) = office.pair();
        for request in [client_credentials(CONTACT_READ), exchange(&code), refresh(&pair)] {
            let nobody = ClientCredentials { id: None, ..confidential() };
            assert_eq!(office.refusal(&by(nobody, &request)), OAuthError::InvalidClient);
            assert_eq!(office.refusal(&by(public(), &request)), OAuthError::InvalidClient);
            let empty = credentials(CLIENT_ID, Some(""));
            assert_eq!(office.refusal(&by(empty, &request)), OAuthError::InvalidClient);
        }
    }

    #[test]
    fn a_missing_grant_type_code_redirect_uri_or_refresh_token_is_invalid_request() {
        let mut office = Office::open();
        let code = office.code(&wish());
        for grant_type in [None, Some(String::new())] {
            let request = TokenRequest { grant_type, ..client_credentials(CONTACT_READ) };
            assert_eq!(office.refusal(&request), OAuthError::InvalidRequest);
        }
        for request in [
            TokenRequest { code: None, ..exchange(&code) },
            TokenRequest { code: Some(Secret::new("")), ..exchange(&code) },
            TokenRequest { redirect_uri: None, ..exchange(&code) },
            request("refresh_token"),
        ] {
            assert_eq!(office.refusal(&request), OAuthError::InvalidRequest);
        }
        let fault = office.ask(&TokenRequest::default()).unwrap_err();
        assert_eq!(fault.description, "The parameter grant_type is missing.");
    }

    #[test]
    fn a_grant_type_other_than_the_three_is_unsupported() {
        let mut office = Office::open();
        for grant_type in ["password", "implicit", "Client_Credentials"] {
            assert_eq!(office.refusal(&request(grant_type)), OAuthError::UnsupportedGrantType);
        }
        let fault = office.ask(&request("password")).unwrap_err();
        assert_eq!(fault.description, "The grant type password is not supported.");
    }

    #[test]
    fn a_description_shows_neither_secrets_in_the_wrong_place_nor_forbidden_characters() {
        let mut office = Office::open();
        for misplaced in [CLIENT_SECRET.to_uppercase().as_str(), "a\"b\\c", "\r\nSet-Cookie: a", &"a".repeat(65)] {
            for request in [request(misplaced), client_credentials(misplaced)] {
                let fault = office.ask(&request).unwrap_err();
                assert!(!fault.to_string().contains(misplaced), "{fault}");
                assert!(fault.description.contains(" that was asked for "), "{fault}");
                assert!(fault.description.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'"' && b != b'\\'));
            }
        }
        let shown = format!("{:?}", exchange(&Secret::new("a-code")));
        assert!(!shown.contains(CLIENT_SECRET) && !shown.contains("a-code"), "{shown}");
    }

    #[test]
    fn a_code_or_refresh_token_of_another_client_is_invalid_grant_and_stays_alive() {
        let mut office = Office::open();
        let other = office.other_client();
        let code = office.code(&wish());
        let (pair, used) = office.pair();
        for request in [exchange(&code), exchange(&used), refresh(&pair)] {
            assert_eq!(office.refusal(&by(other.clone(), &request)), OAuthError::InvalidGrant);
        }
        office.ask(&exchange(&code)).unwrap();
        office.ask(&refresh(&pair)).unwrap();
    }

    #[test]
    fn an_unknown_code_or_refresh_token_is_invalid_grant() {
        let mut office = Office::open();
        let (pair, _) = office.pair();
        let unknown = Secret::new("nothing");
        assert_eq!(office.refusal(&exchange(&unknown)), OAuthError::InvalidGrant);
        let request = TokenRequest { refresh_token: Some(unknown), ..request("refresh_token") };
        assert_eq!(office.refusal(&request), OAuthError::InvalidGrant);
        let access_token = TokenRequest { refresh_token: Some(pair.access_token), ..request };
        assert_eq!(office.refusal(&access_token), OAuthError::InvalidGrant);
    }
}
