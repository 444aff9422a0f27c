//! What is traced of a call: a span for the call, an event for each attempt, with the field names of OpenTelemetry.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use stora_client::{Client, RetryPolicy};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

type Fields = BTreeMap<String, String>;

#[derive(Default)]
struct Seen {
    spans: Vec<Fields>,
    events: Vec<Fields>,
}

/// Writes down spans and events of this crate.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Seen>>);

struct Into<'a>(&'a mut Fields);

impl Visit for Into<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").trim_matches('"').to_owned());
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("stora_client")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields::new();
        span.record(&mut Into(&mut fields));
        let spans = &mut self.0.lock().unwrap().spans;
        spans.push(fields);
        Id::from_u64(spans.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let place = usize::try_from(span.into_u64()).unwrap() - 1;
        values.record(&mut Into(&mut self.0.lock().unwrap().spans[place]));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::new();
        event.record(&mut Into(&mut fields));
        self.0.lock().unwrap().events.push(fields);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

async fn serving(statuses: &[u16]) -> MockServer {
    let server = MockServer::start().await;
    for (place, status) in statuses.iter().enumerate() {
        let answer = ResponseTemplate::new(*status).insert_header("X-Request-Id", format!("request-{place}"));
        let mock = Mock::given(any()).respond_with(answer.set_body_string("{}"));
        mock.up_to_n_times(1).with_priority(u8::try_from(place).unwrap() + 1).mount(&server).await;
    }
    server
}

#[tokio::test]
async fn a_call_is_a_span_and_each_attempt_an_event() {
    let recorder = Recorder::default();
    let _guard = tracing::subscriber::set_default(recorder.clone());
    let server = serving(&[503, 200]).await;
    let client = Client::builder().base_url(server.uri()).access_token("very-secret").unwrap();
    let client = client.retry(RetryPolicy::default().base(Duration::from_millis(1))).build().unwrap();
    client.contact_show().contact_id("con_1").send_raw().await.unwrap();

    let seen = recorder.0.lock().unwrap();
    assert_eq!(seen.spans.len(), 1);
    let address = server.address();
    for (name, value) in [
        ("otel.kind", "client".to_owned()),
        ("otel.name", "GET /2025-09/contacts/{contact_id}".to_owned()),
        ("http.request.method", "GET".to_owned()),
        ("url.template", "/2025-09/contacts/{contact_id}".to_owned()),
        ("server.address", address.ip().to_string()),
        ("server.port", address.port().to_string()),
        ("stora.operation", "contact_show".to_owned()),
        ("stora.request_id", "request-1".to_owned()),
        ("http.response.status_code", "200".to_owned()),
        ("http.request.resend_count", "1".to_owned()),
    ] {
        assert_eq!(seen.spans[0].get(name), Some(&value), "{name}: {:?}", seen.spans[0]);
    }
    let of = |name: &str| -> Vec<Option<&str>> {
        seen.events.iter().map(|event| event.get(name).map(String::as_str)).collect()
    };
    assert_eq!(of("attempt"), [Some("1"), Some("1"), Some("2")]);
    assert_eq!(of("message"), [Some("failed"), Some("the call is repeated"), Some("answered")]);
    assert_eq!(of("http.response.status_code"), [Some("503"), None, Some("200")]);
    assert_eq!(of("error.type"), [Some("503"), None, None]);
    assert_eq!(of("stora.request_id"), [Some("request-0"), None, Some("request-1")]);
    assert!(!format!("{:?}{:?}", seen.spans, seen.events).contains("very-secret"));
}

#[tokio::test]
async fn bodies_are_traced_on_demand_alone() {
    for (on, expected) in [(false, 0), (true, 2)] {
        let recorder = Recorder::default();
        let _guard = tracing::subscriber::set_default(recorder.clone());
        let server = serving(&[200]).await;
        let client = Client::builder().base_url(server.uri()).access_token("t").unwrap();
        let client = client.trace_bodies(on).build().unwrap();
        let new = client.contact_create().body_map(|body| body.email("ada@example.com"));
        new.send_raw().await.unwrap();
        let seen = recorder.0.lock().unwrap();
        let bodies = seen.events.iter().filter(|event| event.contains_key("body")).count();
        assert_eq!(bodies, expected);
        assert_eq!(format!("{:?}", seen.events).contains("ada@example.com"), on);
    }
}
