//! A server in this process, and calls to it over raw HTTP. Every answer is held against the document.

use std::collections::BTreeSet;

use conformance::answers::Answer;
use conformance::http::{Call, Caller};
use conformance::json::only_member;
use serde_json::{Value, json};
use stora_mock::{MockServer, Options};

/// What time it is for every server here: noon of 10 March 2026 in UTC.
pub(crate) const NOW: i64 = 1_773_144_000;
/// The token of the demo operator that may do everything.
pub(crate) const TOKEN: &str = "stora-mock-demo-token";
/// The OAuth application of the demo operator.
pub(crate) const CLIENT: (&str, &str) = ("stora-mock-client", "stora-mock-secret");

/// A running server.
#[derive(Debug)]
pub(crate) struct Mock {
    server: MockServer,
    caller: Caller,
}

impl Mock {
    /// One with the demo business, whose clock stands at [`NOW`].
    pub(crate) async fn start() -> Self {
        Self::with(MockServer::builder()).await
    }

    /// One with other options. Its clock stands at [`NOW`], and its seed is 1.
    pub(crate) async fn with(options: Options) -> Self {
        let server = options.seed(1).clock_at(NOW).start().await.unwrap();
        let caller = Caller::new(server.url());
        Self { server, caller }
    }

    pub(crate) fn url(&self) -> &str {
        self.server.url()
    }

    pub(crate) fn client(&self) -> stora_client::Client {
        self.server.client()
    }

    /// Which operations answered with which statuses.
    pub(crate) fn seen(&self) -> BTreeSet<(&'static str, u16)> {
        self.caller.seen()
    }

    /// A call of an operation as the demo operator. Its path parameters are still to be given.
    pub(crate) fn call(&self, operation: &str) -> Call<'_> {
        self.caller.call(operation).token(Some(TOKEN))
    }

    /// A request as it is written, by nobody.
    pub(crate) fn request(&self, method: &str, target: &str) -> Call<'_> {
        self.caller.request(method, target)
    }

    /// An act of the control API, which must succeed.
    pub(crate) async fn control(&self, method: &str, target: &str, body: Option<Value>) -> Answer {
        let answer = self.request(method, &format!("/_mock{target}")).maybe(body.as_ref()).send().await;
        let text = String::from_utf8_lossy(&answer.body);
        assert!((200..300).contains(&answer.status), "{method} /_mock{target}: {} {text}", answer.status);
        answer
    }

    /// All that the demo operator has, as [`Self::snapshot_of`] gives it.
    pub(crate) async fn snapshot(&self) -> Vec<u8> {
        self.snapshot_of("demo").await
    }

    /// All that an operator has, but for deliveries: when they are tried and how they end is up to the network.
    pub(crate) async fn snapshot_of(&self, operator: &str) -> Vec<u8> {
        let mut snapshot = self.control("GET", &format!("/snapshot?operator={operator}"), None).await.json();
        snapshot.as_object_mut().unwrap().remove("outbox");
        snapshot.to_string().into_bytes()
    }

    /// A static access token of the demo operator with these scopes alone.
    pub(crate) async fn token(&self, scopes: &[&str]) -> String {
        let answer = self.control("POST", "/access_tokens", Some(json!({"name": "Test", "scopes": scopes}))).await;
        answer.json()["value"].as_str().unwrap().to_owned()
    }

    /// Lets something go wrong with calls.
    pub(crate) async fn fault(&self, rule: Value) {
        self.control("POST", "/faults", Some(rule)).await;
    }

    pub(crate) async fn no_faults(&self) {
        self.control("DELETE", "/faults", None).await;
    }
}

/// The pointers of the details of a refusal.
pub(crate) fn pointers(answer: &Answer) -> Vec<String> {
    let error = answer.json()["error"].take();
    let details = error["details"].as_array().cloned().unwrap_or_default();
    details.iter().map(|detail| detail["pointer"].as_str().unwrap().to_owned()).collect()
}

/// The records of a list, or the one record, of an answer.
pub(crate) fn record(answer: &Answer) -> Value {
    only_member(answer.json())
}

/// The id of the record of an answer.
pub(crate) fn id(answer: &Answer) -> String {
    record(answer)["id"].as_str().unwrap().to_owned()
}
