//! The grant of a code: what consent gave becomes a pair of tokens, once, and with the verifier of PKCE where one is called for.

use super::Access;
use super::faults::{OAuthFault, given};
use super::grants::{TokenAnswer, TokenRequest};
use super::records::{AuthorizationCode, Origin};
use super::secrets::{Secret, SecretHash};
use crate::domain::ids::IdSource;
use crate::domain::time::Timestamp;

const DEAD_CODE: &str = "The code is unknown, used, expired or revoked.";

impl Access {
    /// The grant of a code.
    pub(super) fn by_authorization_code(
        &mut self,
        request: &TokenRequest,
        now: Timestamp,
        ids: &mut IdSource,
    ) -> Result<TokenAnswer, OAuthFault> {
        let client = self.client(&request.client)?;
        let verifier = given(request.code_verifier.as_ref().map(Secret::expose));
        if !client.proven && verifier.is_none() {
            return Err(OAuthFault::client());
        }
        let confidential = client.proven;
        let application = client.application.id;
        let code = given(request.code.as_ref().map(Secret::expose)).ok_or_else(|| OAuthFault::missing("code"))?;
        let redirect_uri = given(request.redirect_uri.as_deref()).ok_or_else(|| OAuthFault::missing("redirect_uri"))?;

        let code = self.codes.get(&SecretHash::of(code)).filter(|code| code.application == application);
        let code = code.ok_or_else(|| OAuthFault::grant(DEAD_CODE))?;
        if let Some(token) = code.token {
            self.kill(&token);
            return Err(OAuthFault::grant(DEAD_CODE));
        }
        check_code(code, redirect_uri, verifier, now)?;
        let scopes = code.scopes.clone();
        let origin = Origin { code: code.hash, confidential };
        Ok(self.issue(application, scopes, Some(origin), now, ids))
    }
}

/// Whether a code that nobody used yet may be used like this.
fn check_code(
    code: &AuthorizationCode,
    redirect_uri: &str,
    verifier: Option<&str>,
    now: Timestamp,
) -> Result<(), OAuthFault> {
    if code.expires_at() <= now {
        return Err(OAuthFault::grant(DEAD_CODE));
    }
    if code.redirect_uri != redirect_uri {
        return Err(OAuthFault::grant("The redirect_uri is not the one that the code was sent to."));
    }
    // A verifier that nothing was asked for to hold it against proves nothing; were it let through, anybody could leave out
    // the secret.
    let verified = match (&code.verifier, verifier) {
        (Some(hash), Some(verifier)) => is_verifier(verifier) && hash.matches(verifier),
        (None, None) => true,
        _ => false,
    };
    if verified { Ok(()) } else { Err(OAuthFault::grant("The code_verifier is missing or wrong.")) }
}

/// Whether a text has the form of a verifier of PKCE (RFC 7636, section 4.1).
pub(super) fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::super::{AuthorizeRequest, CODE_LIFETIME, OAuthError, TokenFault};
    use super::*;

    #[test]
    fn a_code_gives_a_pair_with_the_scopes_agreed_to_in_their_order() {
        let mut office = Office::open();
        let (pair, _) = office.pair();
        assert_eq!(pair.expires_in, 7200);
        assert_eq!(pair.scopes, [ORDER_WRITE, ORDER_READ]);
        let refresh_token = pair.refresh_token.unwrap();
        assert_eq!(refresh_token.expose().len(), 43);
        assert!(office.is_alive(&pair.access_token));
        assert!(!office.is_alive(&refresh_token), "a refresh token is no access token");
    }

    #[test]
    fn a_code_lives_ten_minutes() {
        let mut office = Office::open();
        let (early, late) = (office.code(&wish()), office.code(&wish()));
        office.wait(599);
        office.ask(&exchange(&early)).unwrap();
        office.wait(1);
        assert_eq!(office.refusal(&exchange(&late)), OAuthError::InvalidGrant);
    }

    #[test]
    fn a_code_used_a_second_time_gives_invalid_grant_and_revokes_the_tokens_made_from_it() {
        let mut office = Office::open();
        let (pair, code) = office.pair();
        let (unrelated, _) = office.pair();
        assert_eq!(office.ask(&exchange(&code)).unwrap_err().error, OAuthError::InvalidGrant);
        assert_eq!(office.authenticate(&pair.access_token), Err(TokenFault::Revoked));
        assert_eq!(office.refusal(&refresh(&pair)), OAuthError::InvalidGrant);
        assert_eq!(office.refusal(&exchange(&code)), OAuthError::InvalidGrant);
        assert!(office.is_alive(&unrelated.access_token));
    }

    #[test]
    fn a_second_use_of_a_code_also_revokes_what_a_refresh_made_of_its_tokens_however_late() {
        let mut office = Office::open();
        let (pair, code) = office.pair();
        office.wait(CODE_LIFETIME * 100);
        let renewed = office.ask(&refresh(&pair)).unwrap();
        // A wrong address and verifier make it no less a second use.
        let again = TokenRequest { redirect_uri: Some("https://thief.example".to_owned()), ..public_exchange(&code) };
        assert_eq!(office.ask(&again).unwrap_err().error, OAuthError::InvalidGrant);
        assert!(!office.is_alive(&renewed.access_token));
        assert_eq!(office.refusal(&refresh(&renewed)), OAuthError::InvalidGrant);
    }

    #[test]
    fn the_redirect_uri_must_equal_the_one_of_the_authorization_step() {
        let mut office = Office::open();
        let code = office.code(&wish());
        for uri in [
            "https://bridge.example/oauth/callback/",
            "https://BRIDGE.example/oauth/callback",
            "https://bridge.example/other?via=stora",
        ] {
            let request = TokenRequest { redirect_uri: Some(uri.to_owned()), ..exchange(&code) };
            assert_eq!(office.refusal(&request), OAuthError::InvalidGrant, "{uri}");
        }
        office.ask(&exchange(&code)).unwrap();
    }

    #[test]
    fn a_challenge_by_s256_takes_its_verifier() {
        let mut office = Office::open();
        let code = office.code(&pkce_wish());
        office.ask(&TokenRequest { client: confidential(), ..public_exchange(&code) }).unwrap();
    }

    #[test]
    fn a_challenge_without_method_counts_as_plain() {
        let mut office = Office::open();
        for code_challenge_method in [None, Some("plain".to_owned())] {
            let code_challenge = Some(Secret::new(VERIFIER));
            let code = office.code(&AuthorizeRequest { code_challenge, code_challenge_method, ..wish() });
            office.ask(&public_exchange(&code)).unwrap();
        }
        let code_challenge = Some(Secret::new(CHALLENGE));
        let code = office.code(&AuthorizeRequest { code_challenge, ..wish() });
        assert_eq!(office.refusal(&public_exchange(&code)), OAuthError::InvalidGrant);
    }

    #[test]
    fn a_wrong_or_missing_verifier_is_invalid_grant() {
        let mut office = Office::open();
        let code = office.code(&pkce_wish());
        assert_eq!(office.refusal(&exchange(&code)), OAuthError::InvalidGrant);
        for verifier in ["wrong", CHALLENGE, &VERIFIER.to_uppercase(), &"a".repeat(129)] {
            let code_verifier = Some(Secret::new(verifier));
            for request in [exchange(&code), public_exchange(&code)] {
                let request = TokenRequest { code_verifier: code_verifier.clone(), ..request };
                assert_eq!(office.refusal(&request), OAuthError::InvalidGrant, "{verifier}");
            }
        }
        office.ask(&public_exchange(&code)).unwrap();
    }

    #[test]
    fn a_verifier_for_a_code_without_challenge_does_not_stand_in_for_the_secret() {
        let mut office = Office::open();
        let code = office.code(&wish());
        assert_eq!(office.refusal(&public_exchange(&code)), OAuthError::InvalidGrant);
        office.ask(&exchange(&code)).unwrap();
    }

    #[test]
    fn the_secret_may_be_left_out_only_when_a_verifier_is_sent() {
        let mut office = Office::open();
        let code = office.code(&pkce_wish());
        let request = TokenRequest { code_verifier: None, ..public_exchange(&code) };
        assert_eq!(office.refusal(&request), OAuthError::InvalidClient);
        office.ask(&public_exchange(&code)).unwrap();
    }
}
