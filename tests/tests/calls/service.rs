//! A service to call.

use conformance::examples::{Row, all};
use serde_json::Value;
use stora_client::{Client, RetryPolicy};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// A service that gives one answer to everything and remembers what it was asked.
pub(crate) struct Service(pub(crate) MockServer);

pub(crate) struct Sent {
    pub(crate) request: Request,
}

pub(crate) async fn answering(status: u16, body: &Value) -> (Service, Client) {
    let service = Service::start(ResponseTemplate::new(status).set_body_json(body)).await;
    let client = service.client();
    (service, client)
}

impl Service {
    pub(crate) async fn start(answer: ResponseTemplate) -> Self {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(answer).mount(&server).await;
        Self(server)
    }

    pub(crate) fn client(&self) -> Client {
        at(&self.0.uri())
    }

    pub(crate) async fn all_sent(&self) -> Vec<Sent> {
        self.0.received_requests().await.unwrap().into_iter().map(|request| Sent { request }).collect()
    }

    /// The one request.
    pub(crate) async fn sent(&self) -> Sent {
        let mut all = self.all_sent().await;
        assert_eq!(all.len(), 1);
        all.remove(0)
    }
}

/// A client that makes one attempt and no more.
pub(crate) fn at(address: &str) -> Client {
    let client = Client::builder().base_url(address).access_token("tok_secret").unwrap();
    client.retry(RetryPolicy::never()).build().unwrap()
}

impl Sent {
    pub(crate) fn line(&self) -> String {
        let url = &self.request.url;
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{} {}{query}", self.request.method, url.path())
    }

    pub(crate) fn query(&self) -> Vec<(&str, &str)> {
        let pairs = self.request.url.query_pairs();
        // Leaked, for assertions that read well.
        pairs.map(|(key, value)| (&*key.into_owned().leak(), &*value.into_owned().leak())).collect()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.request.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn headers(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.request.headers.keys().map(wiremock::http::HeaderName::as_str).collect();
        names.sort_unstable();
        names
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.request.body).unwrap()
    }
}

pub(crate) fn id<I: std::str::FromStr>(text: &str) -> I
where
    I::Err: std::fmt::Debug,
{
    text.parse().unwrap()
}

/// The first example of an answer.
pub(crate) fn answer(operation: &str) -> Value {
    let row = Row::Answer(operation.to_owned());
    all().into_iter().find(|example| example.row == row).unwrap().value.clone()
}

/// The first example of a failure with a status, or with any status.
pub(crate) fn failure(operations: &[&str], status: &str) -> Value {
    let is = |row: &Row, exact: bool| match row {
        Row::Error(operation, of) => operations.contains(&operation.as_str()) && (!exact || of == status),
        _ => false,
    };
    let all = all();
    let exact = all.iter().find(|example| is(&example.row, true));
    exact.or_else(|| all.iter().find(|example| is(&example.row, false))).unwrap().value.clone()
}
