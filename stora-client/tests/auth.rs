//! What a client authenticates with, and what becomes of it: against a service that counts what it is asked.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use futures_util::future::join_all;
use stora_client::error::{AuthError, Error};
use stora_client::oauth::{Application, ExchangeError, Tokens};
use stora_client::reqwest::Url;
use stora_client::{Client, ClientBuilder, ConfigError, Credentials, Response, RetryPolicy, Secret};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// What no output may show.
const SECRETS: [&str; 6] =
    ["hidden-static", "hidden-client-secret", "hidden-access", "hidden-refresh", "hidden-code", "hidden-verifier"];
const SECRET: &str = SECRETS[1];

/// A service with the token operation, and an operation that needs a token.
struct Service {
    server: MockServer,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// How many tokens were given.
    given: AtomicU64,
    /// Whether the token operation is out of order.
    is_broken: AtomicBool,
    /// How many of the first tokens do not count.
    revoked: AtomicU64,
}

/// Gives the tokens `hidden-access-1`, `hidden-access-2` and so on, with refresh tokens of the same number where one was sent.
struct TokenOperation(Arc<State>, Duration);

/// Takes the newest token alone.
struct Guarded(Arc<State>);

impl Respond for TokenOperation {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        if self.0.is_broken.load(Ordering::SeqCst) {
            return ResponseTemplate::new(400).set_body_json(
                serde_json::json!({"error": "invalid_grant", "error_description": "It does not count."}),
            );
        }
        let number = self.0.given.fetch_add(1, Ordering::SeqCst) + 1;
        let mut body = serde_json::json!({
            "access_token": format!("hidden-access-{number}"), "token_type": "Bearer", "expires_in": 7200,
            "scope": "public.contact:read", "created_at": 1_772_441_400,
        });
        let asked: serde_json::Value = request.body_json().unwrap();
        if asked["grant_type"] != "client_credentials" {
            body["refresh_token"] = format!("hidden-refresh-{number}").into();
        }
        ResponseTemplate::new(200).set_body_json(body).set_delay(self.1)
    }
}

impl Respond for Guarded {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let token = request.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let number = token.strip_prefix("Bearer hidden-access-").and_then(|number| number.parse::<u64>().ok());
        match number {
            Some(number) if number > self.0.revoked.load(Ordering::SeqCst) => ResponseTemplate::new(200),
            _ => ResponseTemplate::new(401),
        }
    }
}

impl Service {
    async fn start() -> Self {
        Self::slow(Duration::ZERO).await
    }

    /// One whose token operation takes its time.
    async fn slow(delay: Duration) -> Self {
        recorder();
        let server = MockServer::start().await;
        let state = Arc::new(State::default());
        let tokens = TokenOperation(Arc::clone(&state), delay);
        Mock::given(method("POST")).and(path("/oauth2/token")).respond_with(tokens).mount(&server).await;
        let guarded = Guarded(Arc::clone(&state));
        Mock::given(path("/oauth2/token/info")).respond_with(guarded).mount(&server).await;
        Self { server, state }
    }

    fn client(&self, credentials: Credentials) -> Client {
        self.builder().credentials(credentials).build().unwrap()
    }

    fn builder(&self) -> ClientBuilder {
        Client::builder().base_url(self.server.uri()).retry(RetryPolicy::default().base(Duration::ZERO))
    }

    /// The bodies that the token operation was sent.
    async fn asked(&self) -> Vec<serde_json::Value> {
        let all = self.server.received_requests().await.unwrap();
        let asked = all.iter().filter(|request| request.url.path() == "/oauth2/token");
        asked.map(|request| request.body_json().unwrap()).collect()
    }

    /// The tokens that came with the other calls.
    async fn shown(&self) -> Vec<String> {
        let all = self.server.received_requests().await.unwrap();
        let calls = all.iter().filter(|request| request.url.path() != "/oauth2/token");
        calls.map(|request| request.headers["authorization"].to_str().unwrap().to_owned()).collect()
    }
}

async fn call(client: &Client) -> Result<Response<bytes::Bytes>, Error> {
    client.oauth_token_show().send_raw().await
}

fn own() -> Credentials {
    Credentials::client_credentials_with_scopes("app", SECRET, ["public.contact:read"]).unwrap()
}

/// Lets time pass for everything that waits, with nothing on its way.
async fn pass(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

/// Tokens that an operator consented to: the access token is over.
fn spent(refresh: Option<&str>) -> Tokens {
    Tokens {
        access_token: "hidden-access-0".into(),
        refresh_token: refresh.map(Secret::from),
        expires_at: Some(1_700_000_000),
        scope: "public.contact:read".to_owned(),
    }
}

fn application() -> Application {
    Application::new("app").unwrap().secret(SECRET).redirect_uri("https://partner.example/callback")
}

/// What a callback was handed, by the numbers of the refresh tokens.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<Tokens>>>);

impl Kept {
    fn refresh_tokens(&self) -> Vec<String> {
        let kept = self.0.lock().unwrap();
        kept.iter().map(|tokens| tokens.refresh_token.as_ref().unwrap().expose().to_owned()).collect()
    }
}

fn partner(tokens: Tokens, kept: &Kept) -> Credentials {
    let kept = kept.clone();
    Credentials::tokens(application(), tokens, move |tokens| {
        kept.0.lock().unwrap().push(tokens);
        std::future::ready(Ok(()))
    })
}

#[tokio::test]
async fn a_static_token_goes_with_each_call_and_is_asked_for_no_other() {
    let service = Service::start().await;
    let client = service.client(Credentials::access_token("hidden-static").unwrap());
    let error = call(&client).await.unwrap_err();
    assert!(error.is_unauthorized() && matches!(error, Error::Api(_)), "{error:?}");
    assert_eq!(service.shown().await, ["Bearer hidden-static"]);
    assert!(service.asked().await.is_empty());
}

#[test]
fn credentials_that_cannot_be_used_are_refused_before_any_call() {
    for token in ["", "  ", "two words", "line\nbreak", "pfund£"] {
        assert!(matches!(Credentials::access_token(token), Err(ConfigError::Token)), "{token:?}");
    }
    assert!(matches!(Credentials::client_credentials("", SECRET), Err(ConfigError::Credentials("client_id"))));
    assert!(matches!(Credentials::client_credentials("app", ""), Err(ConfigError::Credentials("client_secret"))));
    let no_scope = Credentials::client_credentials_with_scopes("app", SECRET, [" "]);
    assert!(matches!(no_scope, Err(ConfigError::Credentials("scope"))));
    assert!(matches!(Client::builder().build(), Err(ConfigError::NoCredentials)));
}

#[tokio::test]
async fn without_credentials_nothing_is_sent_but_what_needs_none() {
    let service = Service::start().await;
    let client = service.client(Credentials::none());
    let error = call(&client).await.unwrap_err();
    assert!(matches!(&error, Error::Auth(error) if matches!(**error, AuthError::NoCredentials)), "{error:?}");
    assert!(service.server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn client_credentials_are_exchanged_with_the_first_call_and_a_minute_before_the_end() {
    let service = Service::start().await;
    let client = service.client(own());
    assert!(service.asked().await.is_empty());

    call(&client).await.unwrap();
    let expected = serde_json::json!({
        "grant_type": "client_credentials", "client_id": "app", "client_secret": SECRET, "scope": "public.contact:read",
    });
    assert_eq!(service.asked().await, [expected]);

    pass(7200 - 65).await;
    call(&client).await.unwrap();
    assert_eq!(service.asked().await.len(), 1);

    pass(10).await;
    call(&client).await.unwrap();
    call(&client.clone()).await.unwrap();
    assert_eq!(service.asked().await.len(), 2);
    let (one, two) = ("Bearer hidden-access-1", "Bearer hidden-access-2");
    assert_eq!(service.shown().await, [one, one, two, two]);
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_once() {
    let service = Service::start().await;
    let client = service.client(own());
    call(&client).await.unwrap();
    service.state.revoked.store(1, Ordering::SeqCst);
    call(&client).await.unwrap();
    let (one, two) = ("Bearer hidden-access-1", "Bearer hidden-access-2");
    assert_eq!(service.shown().await, [one, one, two]);

    // However many it gives, none counts: the second refusal is the answer.
    service.state.revoked.store(99, Ordering::SeqCst);
    let error = call(&client).await.unwrap_err();
    assert!(error.is_unauthorized(), "{error:?}");
    assert_eq!(error.attempts(), Some(2));
    assert_eq!(service.shown().await.len(), 5);
    assert_eq!(service.asked().await.len(), 3);
}

#[tokio::test]
async fn a_refused_token_is_renewed_even_for_a_call_that_is_not_repeated() {
    let service = Service::start().await;
    let client = service.builder().credentials(own()).retry(RetryPolicy::never()).build().unwrap();
    call(&client).await.unwrap();
    service.state.revoked.store(1, Ordering::SeqCst);
    call(&client).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_tasks_fetch_one_token() {
    let service = Service::slow(Duration::from_millis(50)).await;
    let client = service.client(own());
    let tasks = (0..50).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { call(&client).await.map(|_| ()) })
    });
    for ended in join_all(tasks).await {
        ended.unwrap().unwrap();
    }
    assert_eq!(service.asked().await.len(), 1);

    // The token is refused to all of them at once: one renews it.
    service.state.revoked.store(1, Ordering::SeqCst);
    for ended in join_all((0..50).map(|_| call(&client))).await {
        ended.unwrap();
    }
    assert_eq!(service.asked().await.len(), 2);
}

#[tokio::test]
async fn those_who_wait_share_a_failure_and_the_next_call_tries_again() {
    let service = Service::start().await;
    let client = service.client(own());
    service.state.is_broken.store(true, Ordering::SeqCst);
    let mut shared: Option<Arc<AuthError>> = None;
    for ended in join_all((0..20).map(|_| call(&client))).await {
        let Err(Error::Auth(error)) = ended else { panic!("{ended:?}") };
        assert!(Arc::ptr_eq(shared.get_or_insert_with(|| Arc::clone(&error)), &error));
        assert!(matches!(&*error, AuthError::Token(error) if error.api().unwrap().message == "It does not count."));
    }
    assert_eq!(service.asked().await.len(), 1);

    service.state.is_broken.store(false, Ordering::SeqCst);
    call(&client).await.unwrap();
    assert_eq!(service.asked().await.len(), 2);
}

#[tokio::test]
async fn renewed_tokens_are_handed_over_before_they_are_used() {
    let service = Service::start().await;
    let kept = Kept::default();
    let client = service.client(partner(spent(Some("hidden-refresh-0")), &kept));
    call(&client).await.unwrap();
    pass(7200).await;
    call(&client).await.unwrap();
    assert_eq!(kept.refresh_tokens(), ["hidden-refresh-1", "hidden-refresh-2"]);
    let asked = service.asked().await;
    let asked: Vec<_> = asked.iter().map(|body| (&body["grant_type"], &body["refresh_token"])).collect();
    let refresh = &serde_json::json!("refresh_token");
    assert_eq!(asked, [(refresh, &"hidden-refresh-0".into()), (refresh, &"hidden-refresh-1".into())]);
}

#[tokio::test]
async fn tokens_that_count_are_used_as_they_are() {
    let service = Service::start().await;
    let kept = Kept::default();
    let tokens = Tokens { access_token: "hidden-access-7".into(), expires_at: None, ..spent(None) };
    call(&service.client(partner(tokens, &kept))).await.unwrap();
    assert!(service.asked().await.is_empty() && kept.refresh_tokens().is_empty());
}

#[tokio::test]
async fn a_caller_who_gives_up_does_not_lose_the_tokens() {
    let service = Service::slow(Duration::from_millis(200)).await;
    let kept = Kept::default();
    let client = service.client(partner(spent(Some("hidden-refresh-0")), &kept));
    let gone = tokio::time::timeout(Duration::from_millis(50), call(&client)).await;
    assert!(gone.is_err());
    while kept.refresh_tokens().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    call(&client).await.unwrap();
    assert_eq!(service.asked().await.len(), 1);
    assert_eq!(service.shown().await, ["Bearer hidden-access-1"]);
}

#[tokio::test]
async fn tokens_that_could_not_be_kept_are_handed_over_again() {
    let service = Service::start().await;
    let tries = Arc::new(AtomicU64::new(0));
    let credentials = {
        let tries = Arc::clone(&tries);
        Credentials::tokens(application(), spent(Some("hidden-refresh-0")), move |tokens| {
            let number = tries.fetch_add(1, Ordering::SeqCst);
            assert_eq!(tokens.refresh_token, Some("hidden-refresh-1".into()));
            assert!(number != 1, "the callback panics the second time");
            std::future::ready(if number == 0 { Err("the disk is full".into()) } else { Ok(()) })
        })
    };
    let client = service.client(credentials);
    let error = call(&client).await.unwrap_err();
    let Error::Auth(reason) = &error else { panic!("{error:?}") };
    assert!(matches!(&**reason, AuthError::NotKept(reason) if reason.to_string() == "the disk is full"), "{error:?}");

    let error = call(&client).await.unwrap_err();
    assert!(matches!(&error, Error::Auth(error) if matches!(**error, AuthError::Interrupted)), "{error:?}");

    call(&client).await.unwrap();
    assert_eq!(tries.load(Ordering::SeqCst), 3);
    // The refresh token was used once, though the tokens were handed over three times.
    assert_eq!(service.asked().await.len(), 1);
    assert_eq!(service.shown().await, ["Bearer hidden-access-1"]);
}

#[tokio::test]
async fn without_a_refresh_token_an_access_token_that_ended_is_an_error() {
    let service = Service::start().await;
    let client = service.client(partner(spent(None), &Kept::default()));
    let error = call(&client).await.unwrap_err();
    let Error::Auth(reason) = &error else { panic!("{error:?}") };
    assert!(
        matches!(&**reason, AuthError::Token(error) if error.to_string().contains("no refresh token")),
        "{error:?}"
    );
    assert!(service.server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_answer_to_another_question_is_refused_before_the_code_is_sent() {
    let service = Service::start().await;
    let consent = application().consent(["public.contact:read"]).unwrap();
    let client = service.client(Credentials::none());
    for state in ["", "made-up", &consent.state[1..]] {
        let error = application().exchange(&client, &consent, "hidden-code", state).await.unwrap_err();
        assert!(matches!(error, ExchangeError::State), "{error:?}");
    }
    assert!(service.asked().await.is_empty());
}

#[tokio::test]
async fn a_code_is_exchanged_once_with_its_verifier() {
    let service = Service::start().await;
    let consent = application().consent(["public.contact:read", "public.unit:read public.site:read"]).unwrap();
    let url = Url::parse(&consent.url).unwrap();
    let asked: std::collections::HashMap<_, _> = url.query_pairs().collect();
    assert_eq!(asked["scope"], "public.contact:read public.unit:read public.site:read");
    assert_eq!(asked["state"], consent.state);
    assert_eq!((&*asked["code_challenge_method"], asked["code_challenge"].len()), ("S256", 43));
    assert!(!consent.url.contains(consent.verifier.expose()));
    assert_eq!(consent.verifier.expose().len(), 43);
    let other = application().consent(["public.contact:read"]).unwrap();
    assert!(other.state != consent.state && other.verifier != consent.verifier);

    // A consent that was stored with the browser's session works as before.
    let consent = serde_json::from_str(&serde_json::to_string(&consent).unwrap()).unwrap();
    let client = service.client(Credentials::none());
    let tokens = application().exchange(&client, &consent, "hidden-code", &consent.state).await.unwrap();
    assert_eq!(tokens.refresh_token, Some("hidden-refresh-1".into()));
    let expected = serde_json::json!({
        "grant_type": "authorization_code", "client_id": "app", "client_secret": SECRET, "code": "hidden-code",
        "code_verifier": consent.verifier, "redirect_uri": "https://partner.example/callback",
    });
    assert_eq!(service.asked().await, [expected]);
}

#[tokio::test]
async fn a_refresh_or_a_code_is_not_sent_again_when_it_may_have_been_used_up() {
    let server = MockServer::start().await;
    Mock::given(path("/oauth2/token")).respond_with(ResponseTemplate::new(500)).mount(&server).await;
    let builder = || Client::builder().base_url(server.uri()).retry(RetryPolicy::default().base(Duration::ZERO));
    let sent = async || server.received_requests().await.unwrap().len();
    let client = builder().credentials(partner(spent(Some("hidden-refresh-0")), &Kept::default())).build().unwrap();
    assert!(matches!(call(&client).await, Err(Error::Auth(_))));
    assert_eq!(sent().await, 1);
    // Client credentials give another token each time.
    let client = builder().credentials(own()).build().unwrap();
    assert!(matches!(call(&client).await, Err(Error::Auth(_))));
    assert_eq!(sent().await, 1 + 3);
}

#[tokio::test]
async fn a_refresh_token_that_is_not_replaced_counts_on() {
    let server = MockServer::start().await;
    let body = serde_json::json!({
        "access_token": "hidden-access-1", "token_type": "Bearer", "expires_in": 7200, "scope": "", "created_at": 0,
    });
    let answer = ResponseTemplate::new(200).set_body_json(body);
    Mock::given(path("/oauth2/token")).respond_with(answer).mount(&server).await;
    let client = Client::builder().base_url(server.uri()).credentials(Credentials::none()).build().unwrap();
    let tokens = application().refresh(&client, &spent(Some("hidden-refresh-0"))).await.unwrap();
    assert_eq!(tokens.refresh_token, Some("hidden-refresh-0".into()));
}

/// All that an error says about itself.
fn told(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = format!("{error:?} {error:#?}");
    let mut level = Some(error);
    while let Some(error) = level {
        write!(text, " {error}").unwrap();
        level = error.source();
    }
    text
}

#[track_caller]
fn assert_hidden(text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[test]
fn nothing_that_holds_a_secret_shows_it() {
    let tokens = spent(Some("hidden-refresh-0"));
    let kept = partner(tokens.clone(), &Kept::default());
    let fixed = Credentials::access_token("hidden-static").unwrap();
    let consent = application().consent(["public.contact:read"]).unwrap();
    let client = Client::builder().credentials(kept.clone()).build().unwrap();
    let call = client.oauth_token_show().with_header("Authorization", "Bearer hidden-static");
    let raw = client.raw(stora_client::http::Method::GET, "/").with_header("cookie", "hidden-static");
    let raw = raw.with_json(&tokens);
    let builder = Client::builder().credentials(own());
    let text = format!(
        "{tokens:?} {kept:?} {fixed:?} {consent:?} {client:?} {call:?} {raw:?} {builder:?} {:?} {:?}",
        own(),
        application()
    );
    assert_hidden(&text);
    assert!(!text.contains(consent.verifier.expose()), "{text}");
}

#[tokio::test]
async fn no_error_shows_a_secret() {
    let service = Service::start().await;
    service.state.is_broken.store(true, Ordering::SeqCst);
    let refused = call(&service.client(partner(spent(Some("hidden-refresh-0")), &Kept::default()))).await;
    assert_hidden(&told(&refused.unwrap_err()));
    let consent = application().consent(["public.contact:read"]).unwrap();
    let nobody = service.client(Credentials::none());
    let refused = application().exchange(&nobody, &consent, "hidden-code", &consent.state).await;
    assert_hidden(&told(&refused.unwrap_err()));

    // An answer with tokens in it that breaks off, or lacks something, or whose token cannot be sent.
    for body in [
        r#"{"access_token": "hidden-access-1", "refresh_token": "hidden-refresh-1", "expi"#,
        r#"{"access_token": "hidden-access-1", "refresh_token": "hidden-refresh-1"}"#,
        r#"{"access_token": "hidden-access-1 ", "refresh_token": "hidden-refresh-1", "token_type": "Bearer", "expires_in": 1,
            "scope": "", "created_at": 0}"#,
    ] {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(200).set_body_raw(body, "application/json");
        Mock::given(path("/oauth2/token")).respond_with(answer).mount(&server).await;
        let client = Client::builder().base_url(server.uri()).credentials(own()).build().unwrap();
        assert_hidden(&told(&call(&client).await.unwrap_err()));
    }

    // Nobody is there.
    let client = Client::builder().base_url("http://127.0.0.1:9").retry(RetryPolicy::never());
    let client = client.access_token("hidden-static").unwrap().build().unwrap();
    assert_hidden(&told(&call(&client).await.unwrap_err()));
}

/// Writes down all that is traced by all tests here.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<String>>);

fn recorder() -> &'static Recorder {
    static RECORDER: OnceLock<Recorder> = OnceLock::new();
    RECORDER.get_or_init(|| {
        let recorder = Recorder::default();
        tracing::subscriber::set_global_default(recorder.clone()).unwrap();
        recorder
    })
}

impl tracing::field::Visit for Recorder {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        write!(self.0.lock().unwrap(), " {field}={value:?}").unwrap();
    }
}

impl tracing::Subscriber for Recorder {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        span.record(&mut self.clone());
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, values: &tracing::span::Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test]
async fn no_trace_shows_a_secret_even_with_bodies() {
    let service = Service::start().await;
    let credentials = partner(spent(Some("hidden-refresh-0")), &Kept::default());
    let client = service.builder().credentials(credentials).trace_bodies(true).build().unwrap();
    call(&client).await.unwrap();
    service.state.revoked.store(1, Ordering::SeqCst);
    call(&client).await.unwrap();
    service.state.is_broken.store(true, Ordering::SeqCst);
    service.state.revoked.store(9, Ordering::SeqCst);
    call(&client).await.unwrap_err();
    let traced = recorder().0.lock().unwrap().clone();
    assert!(traced.contains("stora.operation=\"oauth_token_create\"") && traced.contains("answered"), "{traced}");
    assert_hidden(&traced);
}
