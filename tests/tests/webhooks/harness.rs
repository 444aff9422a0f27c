//! A mock with an empty business, and receivers of its webhooks.

use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use conformance::answers;
use conformance::http::Caller;
use serde_json::{Value, json};
use stora_client::types::Event;
use stora_client::webhook::{Verifier, VerifyError};
use stora_mock::control::{Advance, DeliveriesLeft, DeliveryInfo, DeliveryQuery, OperatorControl};
use stora_mock::{DEMO_TOKEN, MockServer, Options};
use tokio::net::TcpListener;

/// What time it is for every mock here: noon of 10 March 2026 in UTC.
pub(crate) const NOW: i64 = 1_773_144_000;

/// Longer than anything here takes, other than what hangs.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// A running mock.
pub(crate) struct Mock {
    pub(crate) server: MockServer,
    pub(crate) caller: Caller,
}

/// An endpoint that is registered.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(crate) id: String,
    secret: String,
}

impl Mock {
    /// One with an empty business whose clock stands at [`NOW`].
    pub(crate) async fn start() -> Self {
        Self::with(MockServer::builder()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        Self::of(options.empty(true).clock_at(NOW)).await
    }

    pub(crate) async fn of(options: Options) -> Self {
        let server = options.start().await.unwrap();
        let caller = Caller::new(server.url());
        Self { server, caller }
    }

    pub(crate) fn demo(&self) -> OperatorControl {
        self.server.control().operator("demo").unwrap()
    }

    /// A request of the API or the control API; gives the status and the body of the answer.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let call = self.caller.request(method, path).token(Some(DEMO_TOKEN)).given(&body);
        let answer = call.send_taken_for(encrypted).await;
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    /// A request that succeeds.
    pub(crate) async fn done(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(method, path, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    pub(crate) async fn register(&self, url: &str, types: &[&str]) -> Endpoint {
        let body = json!({"name": "Test", "api_version": "2025-09", "url": url, "event_types": types});
        let mut endpoint = self.done("POST", "/2025-09/webhook_endpoints", body).await["endpoint"].take();
        let text = |value: Value| value.as_str().unwrap().to_owned();
        Endpoint { id: text(endpoint["id"].take()), secret: text(endpoint["secret"].take()) }
    }

    /// Makes a contact of this name, which is an event.
    pub(crate) async fn contact(&self, name: &str) {
        let body = json!({"email": format!("{name}@mail.example"), "full_name": name});
        self.done("POST", "/2025-09/contacts", body).await;
    }

    pub(crate) async fn switch(&self, endpoint: &Endpoint, to: &str) {
        self.done("POST", &format!("/2025-09/webhook_endpoints/{}/{to}", endpoint.id), Value::Null).await;
    }

    pub(crate) async fn settle(&self) -> DeliveriesLeft {
        let left = self.demo().wait_for_deliveries(LONG).await;
        assert!(left.settled && left.due == 0, "{left:?}");
        left
    }

    /// Moves the clock, and waits for all that is due then.
    pub(crate) async fn advance(&self, by: &str) {
        self.demo().advance(&Advance::by(by)).unwrap();
        self.settle().await;
    }

    /// The deliveries to an endpoint, the first first.
    pub(crate) fn deliveries(&self, endpoint: &Endpoint) -> Vec<DeliveryInfo> {
        let query = DeliveryQuery { endpoint: Some(endpoint.id.clone()), limit: Some(10_000), ..Default::default() };
        let mut deliveries = self.demo().deliveries(&query).deliveries;
        deliveries.reverse();
        deliveries
    }

    /// The only delivery to an endpoint.
    pub(crate) fn delivery(&self, endpoint: &Endpoint) -> DeliveryInfo {
        let mut deliveries = self.deliveries(endpoint);
        assert_eq!(deliveries.len(), 1, "{deliveries:?}");
        deliveries.remove(0)
    }
}

impl Endpoint {
    /// What checks its deliveries, at an instant, down to the second.
    pub(crate) fn verifier_at(&self, unix: i64) -> Verifier {
        let at = UNIX_EPOCH + Duration::from_secs(unix.unsigned_abs());
        Verifier::new(self.secret.as_str()).unwrap().with_tolerance(Duration::ZERO).with_clock(move || at)
    }

    /// What checks its deliveries, whenever they were made.
    pub(crate) fn verifier(&self) -> Verifier {
        Verifier::new(self.secret.as_str()).unwrap().with_tolerance(Duration::from_secs(100 * 365 * 86_400))
    }

    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }
}

/// An answer as it would be if all addresses were encrypted: the mock takes those of this machine without, which the document
/// does not have.
fn encrypted(mut answer: answers::Answer) -> answers::Answer {
    answer.body = String::from_utf8_lossy(&answer.body).replace("\"http://", "\"https://").into_bytes();
    answer
}

/// A request that a receiver got.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap()
    }

    pub(crate) fn verify(&self, verifier: &Verifier) -> Result<Event, VerifyError> {
        verifier.verify(&self.body, &self.headers)
    }

    pub(crate) fn event(&self) -> Value {
        serde_json::from_slice::<Value>(&self.body).unwrap()["event"].take()
    }

    pub(crate) fn event_id(&self) -> String {
        self.event()["id"].as_str().unwrap().to_owned()
    }

    /// The name of the contact that it tells of.
    pub(crate) fn name(&self) -> String {
        self.event()["data"]["contact"]["full_name"].as_str().unwrap().to_owned()
    }

    /// The instant that was signed.
    pub(crate) fn signed_at(&self) -> i64 {
        let signature = self.header("x-stora-signature");
        signature.strip_prefix("t=").unwrap().split(',').next().unwrap().parse().unwrap()
    }
}

/// How a receiver answers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) after: Duration,
    pub(crate) location: Option<String>,
    pub(crate) body: String,
}

impl From<u16> for Answer {
    fn from(status: u16) -> Self {
        Self { status, ..Self::default() }
    }
}

type Decide = Arc<dyn Fn(&Received) -> Answer + Send + Sync>;

/// Something that gets webhooks.
pub(crate) struct Receiver {
    pub(crate) url: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Receiver {
    /// One that answers everything alike.
    pub(crate) async fn answering(answer: impl Into<Answer>) -> Self {
        let answer = answer.into();
        Self::deciding(move |_| answer.clone()).await
    }

    /// One that decides how to answer each request.
    pub(crate) async fn deciding(decide: impl Fn(&Received) -> Answer + Send + Sync + 'static) -> Self {
        let received = Arc::new(Mutex::new(Vec::new()));
        let (listener, url) = listen().await;
        let state: (Decide, _) = (Arc::new(decide), received.clone());
        let router = axum::Router::new().fallback(any(take)).with_state(state);
        tokio::spawn(axum::serve(listener, router).into_future());
        Self { url: format!("{url}/hook"), received }
    }

    /// What it got so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.received().iter().map(Received::name).collect()
    }

    /// Waits until it got so many requests.
    pub(crate) async fn got(&self, count: usize) {
        let enough = async {
            while self.received.lock().unwrap().len() < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(LONG, enough).await.expect("it does not get that many");
    }
}

async fn take(
    State((decide, received)): State<(Decide, Arc<Mutex<Vec<Received>>>)>,
    uri: axum::http::Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = Received { path: uri.to_string(), headers, body };
    let Answer { status, after, location, body } = decide(&request);
    received.lock().unwrap().push(request);
    tokio::time::sleep(after).await;
    let status = StatusCode::from_u16(status).unwrap();
    match location {
        Some(location) => (status, [("location", location)], body).into_response(),
        None => (status, body).into_response(),
    }
}

/// A socket of this machine, and its address.
pub(crate) async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}
