//! What comes over the wire and is no proper call: broken HTTP, pages of other origins, callers who go away.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use conformance::http::Call;
use stora_mock::MockServer;

use crate::harness::Mock;

/// What a server sends back to bytes, until it closes the connection or falls silent.
fn send(address: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    // The server may hang up before it has read everything.
    let _ = stream.write_all(bytes);
    let (mut answer, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        answer.extend_from_slice(&buffer[..count]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_http_is_refused_and_the_server_goes_on() {
    let mock = Mock::start().await;
    let before = mock.snapshot().await;
    let address = mock.url().strip_prefix("http://").unwrap().to_owned();
    let long = format!("GET /2025-09/sites?{} HTTP/1.1\r\nhost: a\r\n\r\n", "a".repeat(600_000));
    let headers = format!("GET /2025-09/sites HTTP/1.1\r\nhost: a\r\n{}\r\n", "x: y\r\n".repeat(500));
    let broken: Vec<Vec<u8>> = [
        "nonsense\r\n\r\n",
        "GET\r\n\r\n",
        "GET /2025-09/sites\r\n\r\n",
        "GET /2025-09/sites HTTP/9.9\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}",
        "POST /2025-09/contacts HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
        "POST /2025-09/contacts HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n{}",
        "POST /2025-09/contacts HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        "GET /2025-09/sites HTTP/1.1\r\nho st: a\r\n\r\n",
        "GET http://[::1 HTTP/1.1\r\nhost: a\r\n\r\n",
        &long,
        &headers,
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect();
    for bytes in broken {
        let (address, shown) = (address.clone(), String::from_utf8_lossy(&bytes[..bytes.len().min(80)]).into_owned());
        let answer = tokio::task::spawn_blocking(move || send(&address, &bytes)).await.unwrap();
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.0 4"),
            "{shown}: {answer}"
        );
    }
    mock.call("site_list").expect(200).await;
    assert!(mock.snapshot().await == before, "something has changed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_goes_away_within_a_body_has_changed_nothing() {
    let mock = Mock::start().await;
    let before = mock.snapshot().await;
    let address = mock.url().strip_prefix("http://").unwrap().to_owned();
    let head = "POST /2025-09/contacts HTTP/1.1\r\nhost: a\r\nauthorization: Bearer stora-mock-demo-token\r\nidempotency-key: k\r\ncontent-type: application/json\r\n";
    let bytes = format!("{head}content-length: 100\r\n\r\n{{\"email\": \"half@mail.example\"}}");
    tokio::task::spawn_blocking(move || send(&address, bytes.as_bytes())).await.unwrap();
    assert!(mock.snapshot().await == before, "something has changed");
    let body = serde_json::json!({"email": "half@mail.example"});
    mock.call("contact_create").header("idempotency-key", "k").json(&body).expect(201).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_that_are_no_text_are_refused() {
    let mock = Mock::start().await;
    let address = mock.url().strip_prefix("http://").unwrap().to_owned();
    for header in ["authorization: Bearer \u{e9}", "accept: \u{e9}", "idempotency-key: \u{e9}", "content-type: \u{e9}"]
    {
        let bytes = format!(
            "POST /2025-09/contacts HTTP/1.1\r\nhost: a\r\nconnection: close\r\nauthorization: Bearer stora-mock-demo-token\r\n{header}\r\ncontent-length: 2\r\n\r\n{{}}"
        );
        let address = address.clone();
        let answer = tokio::task::spawn_blocking(move || send(&address, bytes.as_bytes())).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 4"), "{header}: {answer}");
    }
}

/// What a browser asks before it lets a page change a contact.
fn preflight(mock: &Mock) -> Call<'_> {
    let request = mock.request("OPTIONS", "/2025-09/contacts/con_1").header("origin", "https://app.example");
    let request = request.header("access-control-request-method", "PATCH");
    request.header("access-control-request-headers", "authorization,content-type,idempotency-key")
}

#[tokio::test]
async fn pages_of_other_origins_may_call_only_if_the_server_lets_them() {
    let open = Mock::with(MockServer::builder().cors(true)).await;
    let answer = preflight(&open).send().await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some("https://app.example")));
    assert!(answer.header("access-control-allow-headers").unwrap().contains("idempotency-key"));
    let answer = open.call("site_list").header("origin", "https://app.example").expect(200).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));
    let exposed = answer.header("access-control-expose-headers").unwrap().to_lowercase();
    assert!(
        ["x-request-id", "ratelimit-limit", "ratelimit-reset"].iter().all(|name| exposed.contains(name)),
        "{exposed}"
    );
    // A refusal can be read as well.
    let answer = open.call("site_list").token(None).header("origin", "https://app.example").expect(401).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));

    let closed = Mock::start().await;
    let answer = preflight(&closed).send().await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (405, None));
}
