//! What a tap sees of the wire.

#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use stora_client::http::{HeaderMap, StatusCode};
use stora_client::reqwest::{self, Body};
use stora_client::{Client, Tap};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// Notes every request and every answer as a line.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Tap for Notes {
    fn request(&self, request: &reqwest::Request) {
        let headers = request.headers();
        let is_masked = headers.get("authorization").is_none_or(reqwest::header::HeaderValue::is_sensitive);
        let body = request.body().and_then(Body::as_bytes).map(String::from_utf8_lossy).unwrap_or_default();
        let line = format!("> {} {} {is_masked} {body}", request.method(), request.url().path());
        self.0.lock().unwrap().push(line.trim().to_owned());
    }

    fn answer(&self, status: StatusCode, _: &HeaderMap, body: Option<&[u8]>) {
        let body = body.map_or_else(|| "unread".into(), String::from_utf8_lossy);
        self.0.lock().unwrap().push(format!("< {} {body}", status.as_u16()));
    }
}

#[tokio::test]
async fn a_tap_sees_every_attempt_and_every_answer() {
    let server = MockServer::start().await;
    let once = Mock::given(method("GET")).and(path("/2025-09/things"));
    once.respond_with(ResponseTemplate::new(503).set_body_string("busy").insert_header("Retry-After", "0"))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path("/2025-09/things"))
        .respond_with(ResponseTemplate::new(200).set_body_string("[]"))
        .mount(&server)
        .await;
    let notes = Notes::default();
    let builder = Client::builder().base_url(server.uri()).access_token("hidden").unwrap();
    let client = builder.tap(notes.clone()).build().unwrap();
    client.raw(reqwest::Method::GET, "/2025-09/things").send().await.unwrap();
    let document = client.raw(reqwest::Method::GET, "/2025-09/things").document().await.unwrap();
    assert_eq!(document.text().await.unwrap(), "[]");
    let request = "> GET /2025-09/things true";
    let lines = notes.0.lock().unwrap().clone();
    assert_eq!(lines, [request, "< 503 busy", request, "< 200 []", request, "< 200 unread"]);
}

#[tokio::test]
async fn a_tap_sees_how_tokens_are_fetched() {
    let server = MockServer::start().await;
    let token = r#"{"access_token":"hidden","token_type":"Bearer","expires_in":7200,"scope":"a:b","created_at":1}"#;
    Mock::given(path("/oauth2/token"))
        .respond_with(ResponseTemplate::new(200).set_body_string(token))
        .mount(&server)
        .await;
    Mock::given(path("/2025-09/things")).respond_with(ResponseTemplate::new(404)).mount(&server).await;
    let notes = Notes::default();
    let credentials = stora_client::Credentials::client_credentials_with_scopes("id", "secret", ["a:b"]).unwrap();
    let builder = Client::builder().base_url(server.uri()).credentials(credentials);
    let client = builder.tap(notes.clone()).build().unwrap();
    client.raw(reqwest::Method::GET, "/2025-09/things").send().await.unwrap_err();
    let lines = notes.0.lock().unwrap().clone();
    assert!(lines[0].starts_with(r#"> POST /oauth2/token true {"grant_type":"client_credentials""#), "{lines:?}");
    assert_eq!(lines[1..], [format!("< 200 {token}"), "> GET /2025-09/things true".to_owned(), "< 404 ".to_owned()]);
}
