//! The question for consent: a browser comes with the wish of an application and leaves with a code, or a reason why not.

use super::Access;
use super::exchange::is_verifier;
use super::faults::{OAuthError, OAuthFault, given};
use super::records::{Application, AuthorizationCode, ConsentMode};
use super::scopes::ScopeList;
use super::secrets::{Secret, SecretHash};
use crate::domain::ids::IdSource;
use crate::domain::time::Timestamp;

/// What an application asks for, as the browser brings it. A parameter without a value counts as left out (RFC 6749,
/// section 3.1).
#[derive(Debug, Clone, Default)]
pub struct AuthorizeRequest {
    /// What is to come back: `code`.
    pub response_type: Option<String>,
    /// The application.
    pub client_id: Option<String>,
    /// Where the browser is to be sent.
    pub redirect_uri: Option<String>,
    /// The wanted scopes, parted by single spaces.
    pub scope: Option<String>,
    /// Given back unchanged.
    pub state: Option<String>,
    /// The challenge of PKCE. With the method `plain` it is the verifier itself, hence a secret.
    pub code_challenge: Option<Secret>,
    /// How the challenge was made: `S256` or `plain`; left out it is `plain`.
    pub code_challenge_method: Option<String>,
}

/// What becomes of the question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorizeOutcome {
    /// The browser is sent nowhere: the application or the address is not known.
    Refused(OAuthFault),
    /// The browser goes back to the application.
    Redirect(Redirect),
    /// A page asks whoever sits at the browser; the answer goes to [`Access::decide`].
    Consent(ConsentPage),
}

/// What the browser takes back to the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// Where it goes.
    pub redirect_uri: String,
    /// The `state` that came with the request.
    pub state: Option<String>,
    /// The code, or why there is none.
    pub answer: Result<Secret, OAuthFault>,
}

/// What the page shows that asks for consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentPage {
    /// The name of the application.
    pub application: String,
    /// The names of the wanted scopes, in the order they were asked for.
    pub scopes: Vec<String>,
    /// Where the browser goes afterwards.
    pub redirect_uri: String,
}

/// What is agreed to, or not.
struct Wish {
    scopes: ScopeList,
    verifier: Option<SecretHash>,
}

impl Redirect {
    /// The whole address to send the browser to. It holds the code in plain text.
    pub fn location(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        match &self.answer {
            Ok(code) => {
                query.append_pair("code", code.expose());
            }
            Err(fault) => {
                query.append_pair("error", fault.error.code()).append_pair("error_description", &fault.description);
            }
        }
        if let Some(state) = &self.state {
            query.append_pair("state", state);
        }
        let gap = match self.redirect_uri.split_once('?') {
            None => "?",
            Some((_, own)) if own.is_empty() || own.ends_with('&') => "",
            Some(_) => "&",
        };
        format!("{}{gap}{}", self.redirect_uri, query.finish())
    }
}

impl Access {
    /// Answers the question for consent as the application's switch says.
    pub fn authorize(&mut self, request: &AuthorizeRequest, now: Timestamp, ids: &mut IdSource) -> AuthorizeOutcome {
        self.answer(request, None, now, ids)
    }

    /// Answers the question for consent as whoever sits at the browser says. `request` is looked at anew, since the page hands
    /// it round; the switch is not.
    pub fn decide(
        &mut self,
        request: &AuthorizeRequest,
        agreed: bool,
        now: Timestamp,
        ids: &mut IdSource,
    ) -> AuthorizeOutcome {
        let decision = if agreed { ConsentMode::Grant } else { ConsentMode::Deny };
        self.answer(request, Some(decision), now, ids)
    }

    fn answer(
        &mut self,
        request: &AuthorizeRequest,
        decision: Option<ConsentMode>,
        now: Timestamp,
        ids: &mut IdSource,
    ) -> AuthorizeOutcome {
        let (application, redirect_uri) = match self.addressee(request) {
            Ok(addressee) => addressee,
            Err(fault) => return AuthorizeOutcome::Refused(fault),
        };
        let id = application.id;
        let answer = match (self.wish(application, request), decision.unwrap_or(application.consent)) {
            (Err(fault), _) => Err(fault),
            (Ok(_), ConsentMode::Deny) => Err(OAuthFault::new(OAuthError::AccessDenied, "Consent was denied.")),
            (Ok(wish), ConsentMode::Ask) => {
                return AuthorizeOutcome::Consent(ConsentPage {
                    application: application.name.clone(),
                    scopes: self.scopes.names(&wish.scopes),
                    redirect_uri: redirect_uri.to_owned(),
                });
            }
            (Ok(Wish { scopes, verifier }), ConsentMode::Grant) => {
                let code = Secret::generate(ids);
                self.sweep(now);
                self.codes.put(AuthorizationCode {
                    hash: code.hash(),
                    application: id,
                    redirect_uri: redirect_uri.to_owned(),
                    scopes,
                    verifier,
                    created_at: now,
                    token: None,
                });
                Ok(code)
            }
        };
        let state = given(request.state.as_deref()).map(str::to_owned);
        AuthorizeOutcome::Redirect(Redirect { redirect_uri: redirect_uri.to_owned(), state, answer })
    }

    /// Whose question it is, and where the answer goes.
    fn addressee<'a, 'r>(&'a self, request: &'r AuthorizeRequest) -> Result<(&'a Application, &'r str), OAuthFault> {
        let application = given(request.client_id.as_deref()).and_then(|id| self.application_by_client_id(id));
        let application =
            application.ok_or_else(|| OAuthFault::new(OAuthError::InvalidClient, "The client is not known."))?;
        let redirect_uri = given(request.redirect_uri.as_deref()).ok_or_else(|| OAuthFault::missing("redirect_uri"))?;
        if !application.redirect_uris.iter().any(|registered| registered == redirect_uri) {
            return Err(OAuthFault::new(OAuthError::InvalidRequest, "The redirect_uri is not registered."));
        }
        Ok((application, redirect_uri))
    }

    /// What is asked for.
    fn wish(&self, application: &Application, request: &AuthorizeRequest) -> Result<Wish, OAuthFault> {
        match given(request.response_type.as_deref()) {
            None => return Err(OAuthFault::missing("response_type")),
            Some("code") => {}
            Some(_) => {
                let description = "The response type is not code.";
                return Err(OAuthFault::new(OAuthError::UnsupportedResponseType, description));
            }
        }
        let scopes = self.wanted_scopes(request.scope.as_deref(), &application.scopes, "this application")?;
        let challenge = given(request.code_challenge.as_ref().map(Secret::expose));
        let verifier = verifier_hash(challenge, given(request.code_challenge_method.as_deref()))?;
        Ok(Wish { scopes, verifier })
    }
}

/// The hash of the verifier that a challenge calls for. `S256` sends that very hash, `plain` the verifier.
fn verifier_hash(challenge: Option<&str>, method: Option<&str>) -> Result<Option<SecretHash>, OAuthFault> {
    let Some(challenge) = challenge else {
        return if method.is_none() { Ok(None) } else { Err(OAuthFault::missing("code_challenge")) };
    };
    let hash = match method {
        Some("S256") => SecretHash::from_base64url(challenge),
        None | Some("plain") => is_verifier(challenge).then(|| SecretHash::of(challenge)),
        Some(_) => {
            let description = "The code_challenge_method is neither S256 nor plain.";
            return Err(OAuthFault::new(OAuthError::InvalidRequest, description));
        }
    };
    let description = "No code_verifier can meet this code_challenge.";
    hash.map(Some).ok_or_else(|| OAuthFault::new(OAuthError::InvalidRequest, description))
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    /// The fault that the browser takes back.
    fn sent_back(office: &mut Office, request: &AuthorizeRequest) -> OAuthError {
        let before = office.access.clone();
        let outcome = office.authorize(request);
        assert_eq!(office.access, before, "a refusal changes nothing");
        match outcome {
            AuthorizeOutcome::Redirect(redirect) => {
                assert_eq!(redirect.redirect_uri, CALLBACK);
                assert_eq!(redirect.state.as_deref(), Some("b2f1c7"));
                redirect.answer.unwrap_err().error
            }
            other => panic!("{other:?}"),
        }
    }

    fn refused(office: &mut Office, request: &AuthorizeRequest) -> OAuthError {
        match office.authorize(request) {
            AuthorizeOutcome::Refused(fault) => fault.error,
            other => panic!("{other:?}"),
        }
    }

    fn location(outcome: &AuthorizeOutcome) -> String {
        match outcome {
            AuthorizeOutcome::Redirect(redirect) => redirect.location(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn consent_is_granted_at_once_and_the_browser_returns_with_code_and_unchanged_state() {
        let mut office = Office::open();
        let outcome = office.authorize(&AuthorizeRequest { state: Some("a b&c=d/é".to_owned()), ..wish() });
        let AuthorizeOutcome::Redirect(redirect) = &outcome else { panic!("{outcome:?}") };
        let code = redirect.answer.as_ref().unwrap();
        assert_eq!(code.expose().len(), 43);
        let location = location(&outcome);
        assert_eq!(location, format!("{CALLBACK}?code={}&state=a+b%26c%3Dd%2F%C3%A9", code.expose()));
        assert!(!format!("{outcome:?}").contains(code.expose()));
    }

    #[test]
    fn without_a_state_none_is_given_back() {
        let mut office = Office::open();
        for state in [None, Some(String::new())] {
            let outcome = office.authorize(&AuthorizeRequest { state, ..wish() });
            assert!(!location(&outcome).contains("state"));
        }
    }

    #[test]
    fn an_unknown_client_is_refused_and_never_redirected() {
        let mut office = Office::open();
        for client_id in [None, Some(String::new()), Some("nobody".to_owned())] {
            assert_eq!(refused(&mut office, &AuthorizeRequest { client_id, ..wish() }), OAuthError::InvalidClient);
        }
    }

    #[test]
    fn a_redirect_uri_that_is_not_registered_character_by_character_is_refused_and_never_redirected() {
        let mut office = Office::open();
        for uri in [
            "",
            "https://thief.example/oauth/callback",
            "https://bridge.example/oauth/callback/",
            "https://bridge.example/oauth/callback?a=b",
            "https://bridge.example/oauth",
            "HTTPS://bridge.example/oauth/callback",
            "https://bridge.example:443/oauth/callback",
        ] {
            // Nothing else that is wrong makes it a redirect.
            for response_type in ["code", "token"] {
                let response_type = Some(response_type.to_owned());
                let request = AuthorizeRequest { redirect_uri: Some(uri.to_owned()), response_type, ..wish() };
                assert_eq!(refused(&mut office, &request), OAuthError::InvalidRequest, "{uri}");
            }
        }
        assert_eq!(
            refused(&mut office, &AuthorizeRequest { redirect_uri: None, ..wish() }),
            OAuthError::InvalidRequest
        );
    }

    #[test]
    fn every_other_fault_redirects_with_error_description_and_state() {
        let mut office = Office::open();
        for (request, expected) in [
            (AuthorizeRequest { response_type: None, ..wish() }, OAuthError::InvalidRequest),
            (
                AuthorizeRequest { response_type: Some("token".to_owned()), ..wish() },
                OAuthError::UnsupportedResponseType,
            ),
            (AuthorizeRequest { scope: None, ..wish() }, OAuthError::InvalidScope),
            (AuthorizeRequest { scope: Some(String::new()), ..wish() }, OAuthError::InvalidScope),
            (AuthorizeRequest { scope: Some("nothing".to_owned()), ..wish() }, OAuthError::InvalidScope),
            (AuthorizeRequest { scope: Some(UNIT_READ.to_owned()), ..wish() }, OAuthError::InvalidScope),
            (
                AuthorizeRequest { code_challenge_method: Some("S512".to_owned()), ..pkce_wish() },
                OAuthError::InvalidRequest,
            ),
            (AuthorizeRequest { code_challenge: None, ..pkce_wish() }, OAuthError::InvalidRequest),
            (AuthorizeRequest { code_challenge: Some(Secret::new("abc")), ..pkce_wish() }, OAuthError::InvalidRequest),
            (AuthorizeRequest { code_challenge: Some(Secret::new("abc")), ..wish() }, OAuthError::InvalidRequest),
        ] {
            assert_eq!(sent_back(&mut office, &request), expected, "{request:?}");
        }
        let outcome = office.authorize(&AuthorizeRequest { response_type: Some("token".to_owned()), ..wish() });
        let query = "error=unsupported_response_type&error_description=The+response+type+is+not+code.&state=b2f1c7";
        assert_eq!(location(&outcome), format!("{CALLBACK}?{query}"));
    }

    #[test]
    fn a_redirect_uri_keeps_the_query_it_has() {
        let redirect = |uri: &str| Redirect { redirect_uri: uri.to_owned(), state: None, answer: Ok(Secret::new("x")) };
        for (uri, expected) in [
            ("https://a.example", "https://a.example?code=x"),
            ("https://a.example/?", "https://a.example/?code=x"),
            ("https://a.example/?via=stora", "https://a.example/?via=stora&code=x"),
            ("https://a.example/?via=stora&", "https://a.example/?via=stora&code=x"),
            ("bridge:done", "bridge:done?code=x"),
        ] {
            assert_eq!(redirect(uri).location(), expected);
        }
    }

    #[test]
    fn the_switch_makes_it_deny() {
        let mut office = Office::open();
        office.access.set_consent(office.application, ConsentMode::Deny).unwrap();
        assert_eq!(sent_back(&mut office, &wish()), OAuthError::AccessDenied);
        let wrong = AuthorizeRequest { scope: Some(UNIT_READ.to_owned()), ..wish() };
        assert_eq!(sent_back(&mut office, &wrong), OAuthError::InvalidScope);
    }

    #[test]
    fn the_switch_makes_it_show_a_page_whose_answer_decides() {
        let mut office = Office::open();
        office.access.set_consent(office.application, ConsentMode::Ask).unwrap();
        let before = office.access.clone();
        let page = ConsentPage {
            application: "Partner Booking Bridge".to_owned(),
            scopes: vec![ORDER_WRITE.to_owned(), ORDER_READ.to_owned()],
            redirect_uri: CALLBACK.to_owned(),
        };
        assert_eq!(office.authorize(&wish()), AuthorizeOutcome::Consent(page));
        let wrong = AuthorizeRequest { scope: Some(UNIT_READ.to_owned()), ..wish() };
        assert_eq!(sent_back(&mut office, &wrong), OAuthError::InvalidScope);

        let denied = office.access.decide(&wish(), false, office.now, &mut office.ids);
        assert!(location(&denied).contains("error=access_denied"));
        assert_eq!(office.access, before);
        let agreed = office.access.decide(&wish(), true, office.now, &mut office.ids);
        let AuthorizeOutcome::Redirect(Redirect { answer: Ok(code), .. }) = agreed else { panic!("{agreed:?}") };
        office.ask(&exchange(&code)).unwrap();
    }

    #[test]
    fn the_answer_to_the_page_is_looked_at_anew() {
        let mut office = Office::open();
        let wrong = AuthorizeRequest { redirect_uri: Some("https://thief.example".to_owned()), ..wish() };
        let outcome = office.access.decide(&wrong, true, office.now, &mut office.ids);
        assert!(matches!(outcome, AuthorizeOutcome::Refused(_)));
    }
}
