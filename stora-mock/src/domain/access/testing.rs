//! An operator's office for the tests: one confidential application, and short ways to ask.

use super::secrets::Issued;
use super::*;
use crate::domain::ids::{AccessTokenId, ApplicationId, IdSource};
use crate::domain::time::Timestamp;

pub(super) const CLIENT_ID: &str = "stora-mock-client";
pub(super) const CLIENT_SECRET: &str = "stora-mock-secret";
pub(super) const CALLBACK: &str = "https://bridge.example/oauth/callback";
/// The example of RFC 7636, appendix B.
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(super) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(super) const CONTACT_READ: &str = "public.contact:read";
pub(super) const ORDER_READ: &str = "public.order:read";
pub(super) const ORDER_WRITE: &str = "public.order:write";
/// It exists, and the application may not ask for it.
pub(super) const UNIT_READ: &str = "public.unit:read";

pub(super) struct Office {
    pub(super) access: Access,
    pub(super) ids: IdSource,
    pub(super) now: Timestamp,
    pub(super) application: ApplicationId,
}

impl Office {
    pub(super) fn open() -> Self {
        let mut access = Access::default();
        access.learn_scopes([CONTACT_READ, ORDER_READ, ORDER_WRITE, UNIT_READ]).unwrap();
        let mut ids = IdSource::new(1);
        let now = Timestamp::from_unix(1_772_441_400);
        let application = access.add_application(application(CLIENT_ID, CLIENT_SECRET), now, &mut ids).unwrap().id;
        Self { access, ids, now, application }
    }

    pub(super) fn wait(&mut self, seconds: i64) {
        self.now = self.now.plus_seconds(seconds);
    }

    pub(super) fn ask(&mut self, request: &TokenRequest) -> Result<TokenAnswer, OAuthFault> {
        self.access.token(request, self.now, &mut self.ids)
    }

    /// What a request is refused with. It changes nothing.
    pub(super) fn refusal(&mut self, request: &TokenRequest) -> OAuthError {
        let before = self.access.clone();
        let error = self.ask(request).unwrap_err().error;
        assert_eq!(self.access, before);
        error
    }

    pub(super) fn client_credentials(&mut self, scope: &str) -> TokenAnswer {
        self.ask(&client_credentials(scope)).unwrap()
    }

    pub(super) fn authorize(&mut self, request: &AuthorizeRequest) -> AuthorizeOutcome {
        self.access.authorize(request, self.now, &mut self.ids)
    }

    /// A code, given at once.
    pub(super) fn code(&mut self, request: &AuthorizeRequest) -> Secret {
        match self.authorize(request) {
            AuthorizeOutcome::Redirect(Redirect { answer: Ok(code), .. }) => code,
            other => panic!("{other:?}"),
        }
    }

    /// A pair got with the secret, and the code it comes from.
    pub(super) fn pair(&mut self) -> (TokenAnswer, Secret) {
        let code = self.code(&wish());
        (self.ask(&exchange(&code)).unwrap(), code)
    }

    /// A pair got without the secret.
    pub(super) fn public_pair(&mut self) -> TokenAnswer {
        let code = self.code(&pkce_wish());
        self.ask(&public_exchange(&code)).unwrap()
    }

    pub(super) fn staff_token(&mut self, scopes: &[&str], expires_at: Option<Timestamp>) -> Issued<AccessTokenId> {
        let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
        let new = NewAccessToken { name: "Nightly reporting".to_owned(), scopes, expires_at, value: None };
        self.access.add_access_token(new, self.now, &mut self.ids).unwrap()
    }

    pub(super) fn authenticate(&self, token: &Secret) -> Result<Principal, TokenFault> {
        self.access.authenticate(&token.hash(), self.now)
    }

    pub(super) fn is_alive(&self, token: &Secret) -> bool {
        self.authenticate(token).is_ok()
    }

    /// A second application, with a token of its own.
    pub(super) fn other_client(&mut self) -> ClientCredentials {
        self.access.add_application(application("other-client", "other-secret"), self.now, &mut self.ids).unwrap();
        credentials("other-client", Some("other-secret"))
    }
}

pub(super) fn application(client_id: &str, secret: &str) -> NewApplication {
    NewApplication {
        name: "Partner Booking Bridge".to_owned(),
        client_id: Some(client_id.to_owned()),
        client_secret: Some(Secret::new(secret)),
        redirect_uris: vec![CALLBACK.to_owned(), "https://bridge.example/other?via=stora".to_owned()],
        scopes: [CONTACT_READ, ORDER_READ, ORDER_WRITE].map(str::to_owned).to_vec(),
        consent: ConsentMode::default(),
    }
}

pub(super) fn credentials(id: &str, secret: Option<&str>) -> ClientCredentials {
    ClientCredentials { id: Some(id.to_owned()), secret: secret.map(Secret::new) }
}

pub(super) fn confidential() -> ClientCredentials {
    credentials(CLIENT_ID, Some(CLIENT_SECRET))
}

pub(super) fn public() -> ClientCredentials {
    credentials(CLIENT_ID, None)
}

pub(super) fn request(grant_type: &str) -> TokenRequest {
    TokenRequest { grant_type: Some(grant_type.to_owned()), client: confidential(), ..TokenRequest::default() }
}

/// The same request by another client.
pub(super) fn by(client: ClientCredentials, request: &TokenRequest) -> TokenRequest {
    TokenRequest { client, ..request.clone() }
}

pub(super) fn client_credentials(scope: &str) -> TokenRequest {
    TokenRequest { scope: Some(scope.to_owned()), ..request("client_credentials") }
}

pub(super) fn exchange(code: &Secret) -> TokenRequest {
    TokenRequest { code: Some(code.clone()), redirect_uri: Some(CALLBACK.to_owned()), ..request("authorization_code") }
}

pub(super) fn public_exchange(code: &Secret) -> TokenRequest {
    TokenRequest { client: public(), code_verifier: Some(Secret::new(VERIFIER)), ..exchange(code) }
}

pub(super) fn refresh(token: &TokenAnswer) -> TokenRequest {
    TokenRequest { refresh_token: token.refresh_token.clone(), ..request("refresh_token") }
}

pub(super) fn revocation(token: &Secret) -> RevokeRequest {
    RevokeRequest { client: confidential(), token: Some(token.clone()) }
}

/// A request for consent to reading and writing orders.
pub(super) fn wish() -> AuthorizeRequest {
    AuthorizeRequest {
        response_type: Some("code".to_owned()),
        client_id: Some(CLIENT_ID.to_owned()),
        redirect_uri: Some(CALLBACK.to_owned()),
        scope: Some(format!("{ORDER_WRITE} {ORDER_READ}")),
        state: Some("b2f1c7".to_owned()),
        code_challenge: None,
        code_challenge_method: None,
    }
}

pub(super) fn pkce_wish() -> AuthorizeRequest {
    AuthorizeRequest {
        code_challenge: Some(Secret::new(CHALLENGE)),
        code_challenge_method: Some("S256".to_owned()),
        ..wish()
    }
}
