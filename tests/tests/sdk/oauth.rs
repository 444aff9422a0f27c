//! OAuth 2 as a partner does it: consent with PKCE, exchange, renewal, and what goes wrong on the way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use reqwest::{Url, redirect};
use serde_json::{Value, json};
use stora_client::error::{AuthError, Error};
use stora_client::oauth::{Application, Consent, ExchangeError, Tokens};
use stora_client::types::OAuthErrorError;
use stora_client::{Client, Credentials};
use stora_mock::{CLIENT_ID, CLIENT_SECRET, MockServer};

const CALLBACK: &str = "http://localhost:3000/callback";
const SCOPES: [&str; 2] = ["public.contact:read", "public.unit:read"];

/// A partner, and a mock with the partner's application.
struct Partner {
    mock: MockServer,
    application: Application,
    browser: reqwest::Client,
}

impl Partner {
    /// The demo application, which every question for consent is granted to at once.
    async fn start() -> Self {
        let mock = MockServer::start().await.unwrap();
        let application = Application::new(CLIENT_ID).unwrap().secret(CLIENT_SECRET).redirect_uri(CALLBACK);
        let application = application.authorize_url(format!("{}/oauth2/authorize", mock.url()));
        let browser = reqwest::Client::builder().redirect(redirect::Policy::none()).no_proxy().build().unwrap();
        Self { mock, application, browser }
    }

    fn client(&self, credentials: Credentials) -> Client {
        Client::builder().base_url(self.mock.url()).credentials(credentials).build().unwrap()
    }

    fn nobody(&self) -> Client {
        self.client(Credentials::none())
    }

    fn consent(&self) -> Consent {
        self.application.consent(SCOPES).unwrap()
    }

    /// Where the browser is sent after it opened an address.
    async fn sent_back(&self, address: &str) -> HashMap<String, String> {
        returned(&self.browser.get(address).send().await.unwrap())
    }

    /// Tokens that the operator consented to.
    async fn tokens(&self) -> Tokens {
        let consent = self.consent();
        let back = self.sent_back(&consent.url).await;
        self.application.exchange(&self.nobody(), &consent, &back["code"], &back["state"]).await.unwrap()
    }

    /// A client with these tokens, and those that it hands over to be kept.
    fn client_with(&self, tokens: Tokens) -> (Client, Arc<Mutex<Vec<Tokens>>>) {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&kept);
        let credentials = Credentials::tokens(self.application.clone(), tokens, move |tokens| {
            keep.lock().unwrap().push(tokens);
            std::future::ready(Ok(()))
        });
        (self.client(credentials), kept)
    }

    /// An act of the control API.
    async fn control(&self, method: reqwest::Method, path: &str, body: &Value) -> Value {
        let url = format!("{}/_mock{path}", self.mock.url());
        let request = self.browser.request(method, url).header("content-type", "application/json");
        let answer = request.body(body.to_string()).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    /// Lets so many seconds pass for the mock.
    async fn pass(&self, seconds: i64) {
        let now = self.control(reqwest::Method::GET, "/clock", &Value::Null).await;
        let now: chrono::DateTime<chrono::Utc> = now["now"].as_str().unwrap().parse().unwrap();
        let at = (now + chrono::TimeDelta::seconds(seconds)).to_rfc3339();
        self.control(reqwest::Method::POST, "/clock", &json!({"at": at, "running": "real"})).await;
    }
}

/// The query of the address that a browser is sent to.
fn returned(answer: &reqwest::Response) -> HashMap<String, String> {
    let location = answer.headers()["location"].to_str().unwrap();
    assert!(location.starts_with(CALLBACK), "{location}");
    Url::parse(location).unwrap().query_pairs().into_owned().collect()
}

/// The code of OAuth 2 that a call for tokens was refused with.
#[track_caller]
fn refused(error: &Error) -> &OAuthErrorError {
    error.api().and_then(|error| error.oauth.as_ref()).unwrap_or_else(|| panic!("{error:?}"))
}

#[tokio::test]
async fn an_application_acts_for_its_own_operator_with_all_scopes() {
    let partner = Partner::start().await;
    let client = partner.client(Credentials::client_credentials(CLIENT_ID, CLIENT_SECRET).unwrap());
    assert!(!client.site_list().send().await.unwrap().sites.is_empty());
    let info = client.oauth_token_show().send().await.unwrap();
    assert_eq!(info.scope, stora_client::SCOPES);
}

#[tokio::test]
async fn a_token_that_ends_before_its_time_is_fetched_again() {
    let partner = Partner::start().await;
    let client = partner.client(Credentials::client_credentials(CLIENT_ID, CLIENT_SECRET).unwrap());
    client.site_list().send().await.unwrap();
    partner.pass(7_201).await;
    client.site_list().send().await.unwrap();
}

#[tokio::test]
async fn a_wrong_secret_and_a_scope_that_is_not_given_are_told_as_the_service_tells_them() {
    let partner = Partner::start().await;
    let wrong = Credentials::client_credentials(CLIENT_ID, "wrong").unwrap();
    let beyond = Credentials::client_credentials_with_scopes(CLIENT_ID, CLIENT_SECRET, ["public.moon:read"]).unwrap();
    for (credentials, expected) in [(wrong, OAuthErrorError::InvalidClient), (beyond, OAuthErrorError::InvalidScope)] {
        let error = partner.client(credentials).site_list().send().await.unwrap_err();
        let Error::Auth(reason) = &error else { panic!("{error:?}") };
        let AuthError::Token(error) = &**reason else { panic!("{reason:?}") };
        assert_eq!(*refused(error), expected);
    }
}

#[tokio::test]
async fn an_operator_consents_and_the_partner_calls_with_what_was_allowed() {
    let partner = Partner::start().await;
    let consent = partner.consent();
    let back = partner.sent_back(&consent.url).await;
    assert_eq!(back["state"], consent.state);
    let tokens =
        partner.application.exchange(&partner.nobody(), &consent, &back["code"], &back["state"]).await.unwrap();
    assert_eq!(tokens.scope, SCOPES.join(" "));
    assert!(tokens.refresh_token.is_some());

    let (client, kept) = partner.client_with(tokens);
    assert!(!client.contact_list().send().await.unwrap().contacts.is_empty());
    assert!(client.site_list().send().await.unwrap_err().is_forbidden());
    assert!(kept.lock().unwrap().is_empty());
}

#[tokio::test]
async fn tokens_are_renewed_kept_and_taken_up_again_after_a_restart() {
    let partner = Partner::start().await;
    let first = partner.tokens().await;
    let (client, kept) = partner.client_with(first.clone());
    for round in 1..=2 {
        partner.pass(7_201).await;
        client.contact_list().send().await.unwrap();
        assert_eq!(kept.lock().unwrap().len(), round);
    }

    // As they were stored, they work for the next process.
    let stored = serde_json::to_vec(kept.lock().unwrap().last().unwrap()).unwrap();
    let (client, kept) = partner.client_with(serde_json::from_slice(&stored).unwrap());
    client.contact_list().send().await.unwrap();
    assert!(kept.lock().unwrap().is_empty());

    // A refresh token that was used up does not.
    let error = partner.application.refresh(&partner.nobody(), &first).await.unwrap_err();
    assert_eq!(*refused(&error), OAuthErrorError::InvalidGrant);
}

#[tokio::test]
async fn a_partner_whose_consent_was_taken_back_is_told_so() {
    let partner = Partner::start().await;
    let tokens = partner.tokens().await;
    let (client, kept) = partner.client_with(tokens.clone());
    let revocation = stora_client::types::OAuthRevocationRequest::builder();
    let revocation = revocation.token(&tokens.access_token).client_id(CLIENT_ID).client_secret(CLIENT_SECRET);
    partner.nobody().oauth_token_revoke().body(revocation.build().unwrap()).send().await.unwrap();
    let error = client.contact_list().send().await.unwrap_err();
    assert!(error.is_unauthorized() && !error.is_retryable(), "{error:?}");
    assert!(kept.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_code_is_no_use_without_its_verifier_nor_twice() {
    let partner = Partner::start().await;
    let client = partner.nobody();
    let exchange = async |consent: &Consent, code: &str| {
        partner.application.exchange(&client, consent, code, &consent.state).await
    };
    let assert_refused = |result: Result<Tokens, ExchangeError>| {
        let Err(ExchangeError::Refused(error)) = result else { panic!("{result:?}") };
        assert_eq!(*refused(&error), OAuthErrorError::InvalidGrant);
    };

    let stolen = partner.sent_back(&partner.consent().url).await;
    assert_refused(exchange(&partner.consent(), &stolen["code"]).await);

    let consent = partner.consent();
    let back = partner.sent_back(&consent.url).await;
    exchange(&consent, &back["code"]).await.unwrap();
    assert_refused(exchange(&consent, &back["code"]).await);
}

#[tokio::test]
async fn a_page_asks_and_the_operator_allows_or_denies() {
    let partner = Partner::start().await;
    let new = json!({"name": "Bridge", "redirect_uris": [CALLBACK], "scopes": SCOPES, "consent": "ask"});
    let new = partner.control(reqwest::Method::POST, "/applications", &new).await;
    let text = |name: &str| new[name].as_str().unwrap();
    let application = Application::new(text("client_id")).unwrap().secret(text("client_secret"));
    let application = application.redirect_uri(CALLBACK);
    let application = application.authorize_url(format!("{}/oauth2/authorize", partner.mock.url()));
    for decision in ["allow", "deny"] {
        let consent = application.consent(SCOPES).unwrap();
        let page = partner.browser.get(&consent.url).send().await.unwrap().text().await.unwrap();
        let (_, rest) = page.split_once("name=\"ticket\" value=\"").unwrap();
        let ticket = rest.split_once('"').unwrap().0;
        let address = format!("{}/oauth2/authorize/decision", partner.mock.url());
        let form = Url::parse_with_params(&address, [("ticket", ticket), ("decision", decision)]).unwrap();
        let request = partner.browser.post(&address).header("content-type", "application/x-www-form-urlencoded");
        let back = returned(&request.body(form.query().unwrap().to_owned()).send().await.unwrap());
        assert_eq!(back["state"], consent.state);
        match decision {
            "allow" => {
                application.exchange(&partner.nobody(), &consent, &back["code"], &back["state"]).await.unwrap();
            }
            _ => assert_eq!(back["error"], "access_denied"),
        }
    }
}
