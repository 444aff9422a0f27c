//! A server in this process, and calls to it over raw HTTP. Every answer is held against the document.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use conformance::answers::{self, Answer, Operation};
use reqwest::{Method, Url, redirect};
use serde_json::{Value, json};
use stora_mock::{MockServer, Options};

/// What time it is for every server here: noon of 10 March 2026 in UTC.
pub(crate) const NOW: i64 = 1_773_144_000;
/// The token of the demo operator that may do everything.
pub(crate) const TOKEN: &str = "stora-mock-demo-token";
/// The OAuth application of the demo operator.
pub(crate) const CLIENT: (&str, &str) = ("stora-mock-client", "stora-mock-secret");

/// Which statuses each operation has answered with.
#[derive(Debug, Default)]
pub(crate) struct Coverage(Mutex<BTreeMap<&'static str, BTreeSet<u16>>>);

impl Coverage {
    pub(crate) fn of(&self, operation: &str) -> BTreeSet<u16> {
        self.0.lock().unwrap().get(operation).cloned().unwrap_or_default()
    }

    fn add(&self, operation: &'static str, status: u16) {
        self.0.lock().unwrap().entry(operation).or_default().insert(status);
    }
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Mock {
    server: MockServer,
    http: reqwest::Client,
    coverage: Arc<Coverage>,
}

impl Mock {
    /// One with the demo business, whose clock stands at [`NOW`].
    pub(crate) async fn start() -> Self {
        Self::with(MockServer::builder()).await
    }

    /// One with other options. Its clock stands at [`NOW`], and its seed is 1.
    pub(crate) async fn with(options: Options) -> Self {
        Self::covering(options, Arc::default()).await
    }

    /// One that adds to what others have covered.
    pub(crate) async fn covering(options: Options, coverage: Arc<Coverage>) -> Self {
        let server = options.seed(1).clock_at(NOW).start().await.unwrap();
        let http = reqwest::Client::builder().redirect(redirect::Policy::none()).no_proxy().build().unwrap();
        Self { server, http, coverage }
    }

    pub(crate) fn url(&self) -> &str {
        self.server.url()
    }

    pub(crate) fn client(&self) -> stora_client::Client {
        self.server.client()
    }

    /// A call of an operation as the demo operator. Its path parameters are still to be given.
    pub(crate) fn call(&self, operation: &str) -> Sending<'_> {
        let (id, operation) =
            answers::operations().get_key_value(operation).unwrap_or_else(|| panic!("no `{operation}`"));
        Sending {
            mock: self,
            id,
            operation,
            path: Vec::new(),
            query: Vec::new(),
            headers: Vec::new(),
            token: Some(TOKEN.to_owned()),
            body: None,
        }
    }

    /// An exchange that is no call of an operation.
    pub(crate) async fn raw(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Answer, reqwest::Error> {
        let url = Url::parse(&format!("{}{target}", self.url())).unwrap();
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.exchange(method, url, headers, body).await
    }

    async fn exchange(
        &self,
        method: &str,
        url: Url,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> Result<Answer, reqwest::Error> {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, url).body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let header = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let headers = response.headers().iter().map(header).collect();
        Ok(Answer { status, headers, body: response.bytes().await?.to_vec() })
    }

    /// An act of the control API, which must succeed.
    pub(crate) async fn control(&self, method: &str, target: &str, body: Option<Value>) -> Answer {
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let headers = [("content-type", "application/json")];
        let answer = self.raw(method, &format!("/_mock{target}"), &headers, body).await.unwrap();
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

/// A call on its way.
#[must_use = "nothing is sent before `send`"]
#[derive(Debug, Clone)]
pub(crate) struct Sending<'m> {
    mock: &'m Mock,
    id: &'static str,
    operation: &'static Operation,
    path: Vec<(String, String)>,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    token: Option<String>,
    body: Option<Vec<u8>>,
}

impl Sending<'_> {
    pub(crate) fn path(mut self, name: &str, value: &str) -> Self {
        self.path.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn paths(mut self, params: &[(String, String)]) -> Self {
        self.path.extend_from_slice(params);
        self
    }

    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// As the holder of another token, or as nobody.
    pub(crate) fn token(self, token: Option<&str>) -> Self {
        Self { token: token.map(str::to_owned), ..self }
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.bytes("application/json", body.to_string())
    }

    /// As [`Self::json`], if there is a body.
    pub(crate) fn maybe(self, body: Option<&Value>) -> Self {
        match body {
            Some(body) => self.json(body),
            None => self,
        }
    }

    pub(crate) fn bytes(self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { body: Some(body.into()), ..self.header("content-type", content_type) }
    }

    /// Sends it, and fails unless the answer is as the document says.
    pub(crate) async fn send(self) -> Answer {
        let (id, coverage, what) = (self.id, self.mock.coverage.clone(), self.to_string());
        let answer = self.send_unheeded().await.unwrap_or_else(|error| panic!("{what}: {error:?}"));
        let faults = answers::faults(id, &answer);
        let text = String::from_utf8_lossy(&answer.body);
        assert!(faults.is_empty(), "{what}: {}\n{faults:#?}\n{text:.2000}", answer.status);
        coverage.add(id, answer.status);
        answer
    }

    /// Sends it, and fails unless the answer is as the document says and has this status.
    pub(crate) async fn expect(self, status: u16) -> Answer {
        let what = self.to_string();
        let answer = self.send().await;
        let text = String::from_utf8_lossy(&answer.body);
        assert_eq!(answer.status, status, "{what}: {text:.2000}");
        answer
    }

    /// Sends it, and fails unless it is refused with this status and code.
    pub(crate) async fn refused(self, status: u16, code: &str) -> Answer {
        let what = self.to_string();
        let answer = self.expect(status).await;
        assert_eq!(answer.json()["error"]["code"], code, "{what}: {}", answer.json());
        answer
    }

    /// Sends it, whatever comes of it.
    pub(crate) async fn send_unheeded(self) -> Result<Answer, reqwest::Error> {
        let (method, url) = (self.operation.method.to_uppercase(), self.address());
        let mut headers = self.headers;
        if let Some(token) = self.token {
            headers.push(("authorization".to_owned(), format!("Bearer {token}")));
        }
        self.mock.exchange(&method, url, headers, self.body.unwrap_or_default()).await
    }

    fn address(&self) -> Url {
        let mut target = self.operation.path.to_owned();
        for (name, value) in &self.path {
            let escaped: String = value.bytes().map(escaped).collect();
            target = target.replace(&format!("{{{name}}}"), &escaped);
        }
        assert!(!target.contains('{'), "{}: {target} lacks a parameter", self.id);
        let mut url = Url::parse(&format!("{}{target}", self.mock.url())).unwrap();
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        url
    }
}

impl std::fmt::Display for Sending<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let body = self.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        write!(f, "{}: {} {} {body:.1000}", self.id, self.operation.method, self.address())
    }
}

/// A byte of a path segment. Dots are escaped too, so that none of them climbs.
fn escaped(byte: u8) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => char::from(byte).to_string(),
        // A dot beside others is a dot.
        b'.' => ".".to_owned(),
        byte => format!("%{byte:02X}"),
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
    let Value::Object(members) = answer.json() else { panic!("no object") };
    members.into_iter().find(|(key, _)| key != "meta").map(|(_, value)| value).unwrap()
}

/// The id of the record of an answer.
pub(crate) fn id(answer: &Answer) -> String {
    record(answer)["id"].as_str().unwrap().to_owned()
}
