//! Events as they happen, as server-sent events.

use std::time::Duration;

use reqwest::Response;
use serde_json::Value;
use stora_mock::MockServer;
use stora_mock::control::{EventKind, Watched};

use crate::harness::{LONG, Mock};

/// The messages of a stream of events.
struct Messages {
    response: Response,
    text: String,
}

/// A message: its id, its event and its data.
type Message = (Option<String>, String, String);

impl Messages {
    async fn open(mock: &Mock, query: &str) -> Self {
        let url = format!("{}/_mock/events{query}", mock.server.url());
        let response = mock.caller.http().get(url).send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["content-type"]),
            (200, &"text/event-stream".parse().unwrap())
        );
        Self { response, text: String::new() }
    }

    /// The next message; nothing at the end.
    async fn next(&mut self) -> Option<Message> {
        loop {
            while let Some((message, rest)) = self.text.split_once("\n\n") {
                let (message, rest) = (message.to_owned(), rest.to_owned());
                self.text = rest;
                let field = |name: &str| {
                    let line = message.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                    line.map(str::to_owned)
                };
                if let Some(event) = field("event") {
                    return Some((field("id"), event, field("data").unwrap()));
                }
            }
            let chunk = tokio::time::timeout(LONG, self.response.chunk()).await.expect("nothing comes").unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_stream_as_they_happen_whether_or_not_an_endpoint_asks_for_them() {
    let mock = Mock::start().await;
    mock.contact("before").await;
    let mut all = Messages::open(&mock, "").await;
    let mut updates = Messages::open(&mock, "?operator=demo&types=contact.updated,%20unit.updated").await;
    mock.contact("ann").await;
    let id =
        mock.done("GET", "/2025-09/contacts?email=ann@mail.example", Value::Null).await["contacts"][0]["id"].take();
    let path = format!("/2025-09/contacts/{}", id.as_str().unwrap());
    mock.done("PATCH", &path, serde_json::json!({"full_name": "two\nlines"})).await;
    let (event_id, event, data) = all.next().await.unwrap();
    let payload: Value = serde_json::from_str(&data).unwrap();
    assert_eq!(event, "contact.created");
    assert_eq!(payload["event"]["id"], event_id.unwrap());
    assert_eq!(payload["event"]["data"]["contact"]["full_name"], "ann");
    let second = all.next().await.unwrap();
    let payload: Value = serde_json::from_str(&second.2).unwrap();
    assert_eq!(payload["event"]["data"]["contact"]["full_name"], "two\nlines");
    assert_eq!(updates.next().await.unwrap(), second);
    assert_eq!(mock.call("GET", "/_mock/events?types=unit.exploded", Value::Null).await.0, 422);
    assert_eq!(mock.call("GET", "/_mock/events?operator=nobody", Value::Null).await.0, 404);
    // It ends with the server, which does not wait for whoever watches.
    let stop = tokio::time::timeout(Duration::from_secs(4), mock.server.stop());
    let (stopped, end) = tokio::join!(stop, all.next());
    stopped.expect("the mock hangs").unwrap();
    assert_eq!((end, updates.next().await), (None, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_needs_the_control_token_and_ends_with_its_operator() {
    let mock = Mock::with(MockServer::builder().control_token("open sesame")).await;
    let url = format!("{}/_mock/events?operator=fen", mock.server.url());
    let control = mock.server.control();
    let new = stora_mock::control::CreateOperator { id: Some("fen".into()), ..Default::default() };
    control.create_operator(new).unwrap();
    assert_eq!(mock.caller.http().get(&url).send().await.unwrap().status(), 401);
    let response = mock.caller.http().get(&url).bearer_auth("open sesame").send().await.unwrap();
    assert_eq!(response.status(), 200);
    let mut watched = control.operator("fen").unwrap().events(None);
    control.delete_operator("fen").unwrap();
    let rest = tokio::time::timeout(LONG, response.text()).await.expect("it goes on").unwrap();
    assert!(!rest.contains("event:"), "{rest}");
    assert_eq!(watched.next().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_watcher_loses_events_and_is_told_how_many() {
    let mock = Mock::start().await;
    let demo = mock.demo();
    let mut slow = demo.events(None);
    for _ in 0..70_000 {
        demo.send_test_event(&stora_mock::control::TestEvent::of(EventKind::UnitUpdated)).unwrap();
    }
    let Some(Watched::Lost(lost)) = slow.next().await else { panic!("nothing is lost") };
    let mut seen = 0;
    while lost + seen < 70_000 {
        assert!(matches!(slow.next().await, Some(Watched::Event(_))));
        seen += 1;
    }
    assert!(lost > 0 && seen > 1_000, "{lost} {seen}");
}
