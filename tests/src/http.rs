//! Calls over HTTP, as all tests send them. What an operation of the document answers is held against the document, and
//! noted as exercised.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use reqwest::{Method, Url, redirect};
use serde_json::Value;

use crate::answers::{self, Answer};
use crate::coverage;

/// Something that calls one server, and follows no redirect.
#[derive(Debug)]
pub struct Caller {
    server: String,
    http: reqwest::Client,
    seen: Mutex<BTreeSet<(&'static str, u16)>>,
}

impl Caller {
    /// One for the server at an address.
    ///
    /// # Panics
    /// When there can be no HTTP client.
    pub fn new(server: &str) -> Self {
        let http = reqwest::Client::builder().redirect(redirect::Policy::none()).no_proxy().build();
        let http = http.unwrap_or_else(|error| panic!("no HTTP client: {error}"));
        Self { server: server.to_owned(), http, seen: Mutex::default() }
    }

    /// The HTTP client, for what is no exchange of a request for an answer.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// A call of an operation by its `operationId`. Its path parameters are still to be given.
    ///
    /// # Panics
    /// When the document has no such operation.
    pub fn call(&self, operation: &str) -> Call<'_> {
        let (id, operation) =
            answers::operations().get_key_value(operation).unwrap_or_else(|| panic!("no `{operation}`"));
        self.sending(Some(id), &operation.method.to_uppercase(), operation.path)
    }

    /// A request as it is written: a method, and a path with its query. It is a call of the operation that the document has
    /// there, if any.
    pub fn request(&self, method: &str, target: &str) -> Call<'_> {
        let path = target.split('?').next().unwrap_or_default();
        self.sending(answers::operation_at(method, path), method, target)
    }

    /// Which operations answered with which statuses, as the document says they may.
    pub fn seen(&self) -> BTreeSet<(&'static str, u16)> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, operation: &'static str, status: u16) {
        if self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert((operation, status)) {
            coverage::note(operation, status);
        }
    }

    fn sending(&self, operation: Option<&'static str>, method: &str, target: &str) -> Call<'_> {
        Call {
            caller: self,
            operation,
            method: method.to_owned(),
            target: target.to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            token: None,
            body: Vec::new(),
        }
    }
}

/// A call on its way.
#[must_use = "nothing is sent before `send`"]
#[derive(Debug, Clone)]
pub struct Call<'c> {
    caller: &'c Caller,
    operation: Option<&'static str>,
    method: String,
    target: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    token: Option<String>,
    body: Vec<u8>,
}

impl Call<'_> {
    /// Gives a path parameter its value.
    pub fn path(self, name: &str, value: &str) -> Self {
        let value: String = value.bytes().map(escaped).collect();
        Self { target: self.target.replace(&format!("{{{name}}}"), &value), ..self }
    }

    /// Gives path parameters their values.
    pub fn paths(self, parameters: &[(String, String)]) -> Self {
        parameters.iter().fold(self, |call, (name, value)| call.path(name, value))
    }

    /// Adds a parameter to the query.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// As the holder of a token, or as nobody.
    pub fn token(self, token: Option<&str>) -> Self {
        Self { token: token.map(str::to_owned), ..self }
    }

    /// With JSON.
    pub fn json(self, body: &Value) -> Self {
        self.bytes("application/json", body.to_string())
    }

    /// As [`Self::json`], if there is a body.
    pub fn maybe(self, body: Option<&Value>) -> Self {
        match body {
            Some(body) => self.json(body),
            None => self,
        }
    }

    /// As [`Self::json`], unless it is null.
    pub fn given(self, body: &Value) -> Self {
        self.maybe(Some(body).filter(|body| !body.is_null()))
    }

    /// With a body of a media type.
    pub fn bytes(self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.header("content-type", content_type).body(body)
    }

    /// With a body that nothing is said of.
    pub fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// Sends it, and fails unless the answer is as the document says.
    ///
    /// # Panics
    /// When it is not, or when there is none.
    pub async fn send(self) -> Answer {
        let answer = self.answer().await;
        self.heed(&answer);
        answer
    }

    /// As [`Self::send`], but it is what the answer is taken for that is to be as the document says: for where a server goes
    /// beyond the document on purpose.
    ///
    /// # Panics
    /// When it is not, or when there is none.
    pub async fn send_taken_for(self, taken_for: impl FnOnce(Answer) -> Answer) -> Answer {
        let answer = self.answer().await;
        self.heed(&taken_for(answer.clone()));
        answer
    }

    /// Sends it, and fails unless the answer is as the document says and has this status.
    ///
    /// # Panics
    /// When it is not, or when there is none.
    pub async fn expect(self, status: u16) -> Answer {
        let answer = self.answer().await;
        self.heed(&answer);
        assert_eq!(answer.status, status, "{self}: {:.2000}", String::from_utf8_lossy(&answer.body));
        answer
    }

    /// Sends it, and fails unless it is refused with this status and code.
    ///
    /// # Panics
    /// When it is not, or when there is no answer.
    pub async fn refused(self, status: u16, code: &str) -> Answer {
        let what = self.to_string();
        let answer = self.expect(status).await;
        assert_eq!(answer.json()["error"]["code"], code, "{what}: {}", answer.json());
        answer
    }

    /// Sends it, whatever comes of it: for what is to go wrong on the way, and counts for nothing.
    ///
    /// # Errors
    /// When there is no answer, or no whole one.
    ///
    /// # Panics
    /// When a path parameter is missing, or the method is none.
    pub async fn send_unheeded(&self) -> Result<Answer, reqwest::Error> {
        let method = Method::from_bytes(self.method.as_bytes()).unwrap_or_else(|error| panic!("{self}: {error}"));
        let mut request = self.caller.http.request(method, self.address()).body(self.body.clone());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let headers = response.headers().iter().map(|(name, value)| (name.to_string(), text(value.as_bytes())));
        Ok(Answer { status, headers: headers.collect(), body: response.bytes().await?.to_vec() })
    }

    async fn answer(&self) -> Answer {
        self.send_unheeded().await.unwrap_or_else(|error| panic!("{self}: {error:?}"))
    }

    /// Fails unless an answer is as the document says. One that is not does not count; but a status that the document does
    /// not have is noted all the same, so that it stands in the report.
    fn heed(&self, answer: &Answer) {
        let Some(operation) = self.operation else { return };
        let faults = answers::faults(operation, answer);
        if faults.is_empty() || answers::response(operation, answer.status).is_none() {
            self.caller.note(operation, answer.status);
        }
        assert!(
            faults.is_empty(),
            "{self}: {}\n{faults:#?}\n{:.2000}",
            answer.status,
            String::from_utf8_lossy(&answer.body)
        );
    }

    fn address(&self) -> Url {
        assert!(!self.target.contains('{'), "{}: {} lacks a parameter", self.method, self.target);
        let address = format!("{}{}", self.caller.server, self.target);
        let mut url = Url::parse(&address).unwrap_or_else(|error| panic!("{address}: {error}"));
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        url
    }
}

impl fmt::Display for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.operation {
            write!(f, "{operation}: ")?;
        }
        write!(f, "{} {} {:.1000}", self.method, self.address(), String::from_utf8_lossy(&self.body))
    }
}

/// A byte of a path segment, escaped unless it stands for itself.
fn escaped(byte: u8) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' | b'.' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    }
}
