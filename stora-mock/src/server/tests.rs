//! What reaches a caller over a socket, and how a server ends.
//!
//! The tests block their own thread; the server runs on others.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::control::CreateAccessToken;
use crate::seed::DEMO_TOKEN;
use crate::server::{DEMO_OPERATOR, MockServer};

/// Longer than anything here takes, other than a server that hangs.
const LONG: Duration = Duration::from_secs(30);

/// An answer, as far as it matters here.
struct Answer {
    head: String,
    body: Value,
}

impl Answer {
    fn status(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }
}

/// Reads one answer.
fn receive(stream: &mut TcpStream) -> Answer {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&head)));
        head.extend(byte);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    Answer { head, body: serde_json::from_slice(&body).unwrap_or_default() }
}

/// Sends a request with a body on a connection.
fn send(stream: &mut TcpStream, head: &str, body: &str) -> io::Result<()> {
    write!(stream, "{head}\r\nhost: mock\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn connect(mock: &MockServer) -> TcpStream {
    let stream = TcpStream::connect(mock.address()).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream
}

/// The answer to a request of its own connection.
fn ask(mock: &MockServer, head: &str, body: &str) -> Answer {
    let mut stream = connect(mock);
    send(&mut stream, head, body).unwrap();
    receive(&mut stream)
}

/// The first lines of a request to make a contact as the demo operator.
fn create(more: &str) -> String {
    format!(
        "POST /2025-09/contacts HTTP/1.1\r\nauthorization: Bearer {DEMO_TOKEN}\r\ncontent-type: application/json{more}"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_still_sending_gets_the_refusal_and_may_go_on() {
    let mock = MockServer::start().await.unwrap();
    let long = "x".repeat(8 << 20);
    for (head, status) in [
        ("POST /2025-09/nothing HTTP/1.1".to_owned(), "404"),
        ("POST /2025-09/contacts HTTP/1.1".to_owned(), "401"),
        (create(""), "400"),
        ("POST /_mock/nothing HTTP/1.1".to_owned(), "404"),
    ] {
        let mut stream = connect(&mock);
        send(&mut stream, &head, &long).unwrap_or_else(|error| panic!("{head}: {error}"));
        let answer = receive(&mut stream);
        assert_eq!(answer.status(), status, "{head}");
        // The connection is as good as before.
        send(&mut stream, "GET /_mock/health HTTP/1.1", "").unwrap();
        assert_eq!(receive(&mut stream).status(), "200", "{head}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_to_be_asked_for_a_body_is_refused_without_it() {
    let mock = MockServer::start().await.unwrap();
    let mut stream = connect(&mock);
    let head = create("\r\nexpect: 100-continue\r\nhost: mock\r\ncontent-length: 9000000\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    assert_eq!(receive(&mut stream).status(), "400");
    assert_eq!(stream.read(&mut [0]).unwrap(), 0, "it is still asked for the body");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_header_that_counts_once_is_not_to_be_there_twice() {
    let mock = MockServer::start().await.unwrap();
    let contact = |email: &str| format!("{{\"email\": \"{email}@mail.example\"}}");
    let twice = ask(&mock, &create(&format!("\r\nauthorization: Bearer {DEMO_TOKEN}")), &contact("a"));
    assert_eq!((twice.status(), twice.code()), ("401", "invalid_token"));
    let twice = ask(&mock, &create("\r\ncontent-type: application/json"), &contact("b"));
    assert_eq!((twice.status(), twice.code()), ("400", "invalid_request"));
    let twice = ask(&mock, &create("\r\nidempotency-key: a\r\nidempotency-key: a"), &contact("c"));
    assert_eq!((twice.status(), twice.code()), ("400", "invalid_request"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_any_text_up_to_255_characters() {
    let mock = MockServer::start().await.unwrap();
    let head = |key: &str| create(&format!("\r\nidempotency-key: {key}"));
    for key in ["ключ", &"é".repeat(255)] {
        let [one, two] = [ask(&mock, &head(key), "{}"), ask(&mock, &head(key), "{}")];
        assert_eq!((one.status(), &one.body), ("422", &two.body), "{key}");
    }
    let long = ask(&mock, &head(&"é".repeat(256)), "{}");
    assert_eq!((long.status(), long.code()), ("400", "invalid_request"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_is_sent_as_it_is() {
    let mock = MockServer::start().await.unwrap();
    let body = "{\"email\": \"plain@mail.example\"}";
    let packed = ask(&mock, &create("\r\ncontent-encoding: gzip"), body);
    assert_eq!((packed.status(), packed.code()), ("400", "invalid_request"));
    assert_eq!(ask(&mock, &create("\r\ncontent-encoding: identity"), body).status(), "201");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_document_can_be_read_and_nothing_else() {
    let mock = MockServer::start().await.unwrap();
    for method in ["POST", "DELETE", "OPTIONS"] {
        let answer = ask(&mock, &format!("{method} /2025-09/openapi.json HTTP/1.1"), "");
        assert_eq!((answer.status(), answer.code()), ("405", "invalid_endpoint"), "{method}");
        assert!(answer.head.contains("\r\nallow: get\r\n"), "{}", answer.head);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_may_not_expand_does_not_count_and_leaves_its_key_free() {
    let mock = MockServer::builder().rate_limit("1/min".parse().unwrap()).start().await.unwrap();
    let control = mock.control().operator(DEMO_OPERATOR).unwrap();
    let made = control.create_access_token(CreateAccessToken {
        name: "No contacts".to_owned(),
        scopes: Some(vec!["public.order:write".to_owned()]),
        expires_at: None,
        value: None,
    });
    let token = made.unwrap().value;
    let sites = format!("GET /2025-09/sites?limit=1 HTTP/1.1\r\nauthorization: Bearer {DEMO_TOKEN}");
    let site = ask(&mock, &sites, "").body["sites"][0]["id"].take();
    let order = |query: &str| {
        let head = format!("POST /2025-09/orders{query} HTTP/1.1\r\nauthorization: Bearer {}", token.reveal());
        format!("{head}\r\ncontent-type: application/json\r\nidempotency-key: k")
    };
    let body = serde_json::json!({"site": {"id": site}}).to_string();
    for _ in 0..3 {
        let refused = ask(&mock, &order("?expand=site"), &body);
        assert_eq!((refused.status(), refused.code()), ("403", "forbidden"));
    }
    assert_eq!(ask(&mock, &order(""), &body).status(), "201");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_stops_whatever_its_clients_do() {
    let mock = MockServer::start().await.unwrap();
    let half_a_head = "GET /2025-09/con";
    let half_a_body = create("\r\nhost: mock\r\ncontent-length: 100\r\n\r\n{");
    let unread = "GET /2025-09/openapi.json HTTP/1.1\r\nhost: mock\r\n\r\n".repeat(64);
    let mut streams = Vec::new();
    for sent in ["", half_a_head, &half_a_body, &unread] {
        let mut stream = connect(&mock);
        stream.write_all(sent.as_bytes()).unwrap();
        streams.push(stream);
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    let (address, begun) = (mock.address(), Instant::now());
    tokio::time::timeout(LONG, mock.stop()).await.expect("the server hangs").unwrap();
    assert!(begun.elapsed() >= super::GRACE, "no one was given the time to finish");
    assert!(TcpStream::connect(address).is_err(), "something still listens");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_dropped_frees_its_port() {
    let mock = MockServer::start().await.unwrap();
    let address = mock.address();
    assert!(MockServer::builder().port(address.port()).start().await.is_err(), "two servers at one port");
    let mut idle = connect(&mock);
    drop(mock);
    // Closed or reset: either way it is gone.
    assert!(matches!(idle.read(&mut [0]), Ok(0) | Err(_)), "the connection stays");
    let again = async {
        loop {
            match MockServer::builder().port(address.port()).start().await {
                Ok(server) => break server,
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    };
    tokio::time::timeout(LONG, again).await.expect("the port is not free").stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_that_is_deleted_lets_nobody_in_whatever_is_done_with_it() {
    let mock = MockServer::start().await.unwrap();
    let held = mock.control().operator(DEMO_OPERATOR).unwrap();
    mock.control().delete_operator(DEMO_OPERATOR).unwrap();
    held.reset().unwrap();
    held.create_access_token(CreateAccessToken { name: "Late".to_owned(), ..CreateAccessToken::default() }).unwrap();
    let list = format!("GET /2025-09/sites HTTP/1.1\r\nauthorization: Bearer {DEMO_TOKEN}");
    assert_eq!(ask(&mock, &list, "").status(), "401");
}

#[tokio::test]
async fn a_server_does_not_show_what_is_in_it_in_debug() {
    let mock = MockServer::builder().control_token("t0k3n").start().await.unwrap();
    let shown = format!("{mock:?} {:?}", mock.control().operator(DEMO_OPERATOR).unwrap());
    assert!(shown.contains(mock.url()) && shown.len() < 2_000, "{shown}");
    assert!(!shown.contains("t0k3n") && !shown.contains("example.com"), "{shown}");
}
