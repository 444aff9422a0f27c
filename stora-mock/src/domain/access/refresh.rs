//! The grant of a refresh token: a new pair takes the place of the old one.

use super::Access;
use super::faults::{OAuthFault, given};
use super::grants::{TokenAnswer, TokenRequest};
use super::secrets::{Secret, SecretHash};
use super::tokens::TokenFault;
use crate::domain::ids::IdSource;
use crate::domain::time::Timestamp;

const DEAD_REFRESH_TOKEN: &str = "The refresh token is unknown, used, expired or revoked.";

impl Access {
    /// The grant of a refresh token.
    pub(super) fn by_refresh_token(
        &mut self,
        request: &TokenRequest,
        now: Timestamp,
        ids: &mut IdSource,
    ) -> Result<TokenAnswer, OAuthFault> {
        let client = self.client(&request.client)?;
        let refresh_token = given(request.refresh_token.as_ref().map(Secret::expose));
        let refresh_token = refresh_token.ok_or_else(|| OAuthFault::missing("refresh_token"))?;
        let application = client.application.id;
        let old = self.tokens.by_alias(&SecretHash::of(refresh_token));
        let old = old.filter(|token| token.application == application);
        let (old, refresh) =
            old.and_then(|token| Some((token, token.refresh?))).ok_or_else(|| OAuthFault::grant(DEAD_REFRESH_TOKEN))?;
        if refresh.origin.confidential && !client.proven {
            return Err(OAuthFault::client());
        }
        let scopes = match given(request.scope.as_deref()) {
            Some(scope) => self.wanted_scopes(Some(scope), &old.scopes, "this refresh token")?,
            None => old.scopes.clone(),
        };
        let old = old.hash;
        self.bury(&old, TokenFault::Revoked);
        Ok(self.issue(application, scopes, Some(refresh.origin), now, ids))
    }
}

#[cfg(test)]
mod tests {
    use super::super::OAuthError;
    use super::super::testing::*;
    use super::*;

    #[test]
    fn a_refresh_makes_a_new_pair_and_kills_both_old_tokens_at_once() {
        let mut office = Office::open();
        let (old, _) = office.pair();
        office.wait(60);
        let new = office.ask(&refresh(&old)).unwrap();
        assert_eq!(new.scopes, old.scopes);
        assert_eq!(new.created_at, office.now);
        assert_eq!(new.expires_in, 7200);
        assert_eq!(office.authenticate(&old.access_token), Err(TokenFault::Revoked));
        assert_eq!(office.refusal(&refresh(&old)), OAuthError::InvalidGrant);
        assert!(office.is_alive(&new.access_token), "an old refresh token does not harm the new pair");
        office.ask(&refresh(&new)).unwrap();
    }

    #[test]
    fn refresh_tokens_do_not_expire_by_time() {
        let mut office = Office::open();
        let (pair, _) = office.pair();
        office.wait(10 * 365 * 86_400);
        office.client_credentials(CONTACT_READ);
        assert_eq!(office.authenticate(&pair.access_token), Err(TokenFault::Expired));
        let renewed = office.ask(&refresh(&pair)).unwrap();
        assert!(office.is_alive(&renewed.access_token));
    }

    #[test]
    fn a_refresh_may_ask_for_fewer_scopes_and_not_for_more_than_the_token_had() {
        let mut office = Office::open();
        let (pair, _) = office.pair();
        for scope in [CONTACT_READ, UNIT_READ, "nothing"] {
            let request = TokenRequest { scope: Some(format!("{ORDER_READ} {scope}")), ..refresh(&pair) };
            assert_eq!(office.refusal(&request), OAuthError::InvalidScope, "{scope}");
        }
        assert!(office.is_alive(&pair.access_token));
        let turned = TokenRequest { scope: Some(format!("{ORDER_READ} {ORDER_WRITE}")), ..refresh(&pair) };
        let turned = office.ask(&turned).unwrap();
        assert_eq!(turned.scopes, [ORDER_READ, ORDER_WRITE]);
        let fewer = office.ask(&TokenRequest { scope: Some(ORDER_READ.to_owned()), ..refresh(&turned) }).unwrap();
        assert_eq!(fewer.scopes, [ORDER_READ]);
        let more = TokenRequest { scope: Some(ORDER_WRITE.to_owned()), ..refresh(&fewer) };
        assert_eq!(office.refusal(&more), OAuthError::InvalidScope);
    }

    #[test]
    fn what_was_got_without_the_secret_is_refreshed_without_it() {
        let mut office = Office::open();
        let first = office.public_pair();
        let second = office.ask(&by(public(), &refresh(&first))).unwrap();
        let third = office.ask(&by(public(), &refresh(&second))).unwrap();
        assert_eq!(office.refusal(&by(public(), &refresh(&second))), OAuthError::InvalidGrant);
        office.ask(&refresh(&third)).unwrap();
    }
}
