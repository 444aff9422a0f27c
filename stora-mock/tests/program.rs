//! The server as a program: what it prints, what it refuses, and how it ends.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::{self, ServerConfig, ServerConnection, StreamOwned};

/// A running server. It is killed when this is dropped.
struct Program {
    child: Child,
    address: String,
    greeting: String,
}

impl Drop for Program {
    fn drop(&mut self) {
        // One that has ended cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Program {
    fn start(args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut child = command(args, env).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let first = lines.next().unwrap();
        let address = first.strip_prefix("listening on http://").unwrap_or_else(|| panic!("{first}")).to_owned();
        let greeting = lines.take(4).collect::<Vec<_>>().join("\n");
        Self { child, address, greeting }
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// The exit code, once it has ended, and how long that took.
    fn end(mut self) -> (Option<i32>, Duration) {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(30) {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.code(), begun.elapsed());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("it does not end");
    }
}

fn command(args: &[&str], env: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stora-mock"));
    command.args(args).envs(env.iter().copied()).stdin(Stdio::null());
    command
}

/// What comes of a start that is refused.
fn refused(args: &[&str], env: &[(&str, &str)]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = command(args, env).output().unwrap();
    assert!(stdout.is_empty(), "{args:?}: {}", String::from_utf8_lossy(&stdout));
    (status.code(), String::from_utf8(stderr).unwrap())
}

/// The answer to a request without a body, head and body.
fn get(address: &str, path: &str) -> String {
    send(address, &format!("GET {path} HTTP/1.0\r\n"), "")
}

/// The answer to a request with a body of JSON, head and body.
fn post(address: &str, path: &str, body: &str) -> String {
    let length = body.len();
    let head = format!("POST {path} HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n");
    send(address, &head, body)
}

fn send(address: &str, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let token = stora_mock::DEMO_TOKEN;
    write!(stream, "{head}authorization: Bearer {token}\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// A receiver of webhooks at `https://localhost`, by a certificate of its own, that answers 200. Gives its port, and the bodies that it
/// gets.
fn encrypted(certificate: &rcgen::CertifiedKey<rcgen::KeyPair>) -> (u16, Receiver<String>) {
    let key = PrivatePkcs8KeyDer::from(certificate.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.cert.der().clone()], key.into())
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream.unwrap());
            // A client that does not trust the certificate goes away here.
            if let Some(body) = read_body(&mut stream) {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
                stream.flush().unwrap();
                sender.send(body).unwrap();
            }
        }
    });
    (port, receiver)
}

/// The body of a request of HTTP/1.1, if one arrives whole.
fn read_body(stream: &mut impl std::io::Read) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    String::from_utf8(body).ok()
}

#[test]
fn it_says_where_it_listens_and_how_to_call_it() {
    let program = Program::start(&["--port", "0"], &[]);
    let call = format!("curl -H 'Authorization: Bearer stora-mock-demo-token' http://{}/2025-09/", program.address);
    assert!(program.greeting.contains(&call), "{}", program.greeting);
    assert!(get(&program.address, "/2025-09/contacts?limit=1").starts_with("HTTP/1.0 200"));
}

#[test]
fn the_environment_stands_in_for_flags() {
    let env = [("STORA_MOCK_PORT", "0"), ("STORA_MOCK_EMPTY", "1"), ("STORA_MOCK_STRICT", "yes")];
    let program = Program::start(&[], &env);
    assert!(get(&program.address, "/2025-09/contacts").contains("\"count\":0"));
    assert!(get(&program.address, "/2025-09/contacts?nonsense=1").starts_with("HTTP/1.0 422"));
}

#[test]
fn what_cannot_be_used_is_named_and_refused_with_exit_code_2() {
    for (args, culprit) in [
        (["--port", "65536"], "65536"),
        (["--host", "localhost"], "localhost"),
        (["--host", "0.0.0.0"], "control token"),
        (["--seed", "one"], "one"),
        (["--rate-limit", "0/s"], "0/s"),
        (["--clock", "2026-03-02"], "2026-03-02"),
        (["--control-token", ""], "control token"),
        (["--control-token", " a"], "control token"),
        (["--public-url", "mock:4010"], "mock:4010"),
        (["--nonsense", "1"], "--nonsense"),
        (["--port", "-1"], "--port"),
        (["--seed", "-1"], "--seed"),
        (["--journal", "-1"], "--journal"),
        (["--body-limit", "1k"], "--body-limit"),
        (["--clock", "2026-02-30T00:00:00Z"], "--clock"),
        (["--rate-limit", "10/h"], "--rate-limit"),
        (["--seed-file", "no-such-file.yaml"], "no-such-file.yaml"),
    ] {
        let (code, told) = refused(&args, &[]);
        assert_eq!(code, Some(2), "{args:?}: {told}");
        assert!(told.contains(culprit), "{args:?}: {told}");
    }
    let (code, told) = refused(&[], &[("STORA_MOCK_CORS", "perhaps")]);
    assert!(code == Some(2) && told.contains("perhaps"), "{told}");
}

#[test]
fn a_broken_seed_file_is_refused_with_the_place_of_every_fault() {
    let path = std::env::temp_dir().join(format!("stora-mock-program-{}.json", std::process::id()));
    std::fs::write(&path, r#"{"contacts": [{"email": 7}], "moons": []}"#).unwrap();
    let (code, told) = refused(&["--port", "0", "--seed-file", path.to_str().unwrap()], &[]);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(code, Some(2));
    for part in [path.to_str().unwrap(), "/contacts/0/email: ", "/moons: "] {
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let (code, told) = refused(&["--port", &address.port().to_string()], &[]);
    assert!(code == Some(1) && told.contains(&format!("cannot listen on {address}")), "{told}");
}

#[test]
fn it_ends_well_when_it_is_told_to_stop() {
    for name in ["TERM", "INT"] {
        let program = Program::start(&["--port", "0"], &[]);
        program.signal(name);
        assert_eq!(program.end().0, Some(0), "{name}");
    }
}

#[test]
fn told_twice_it_does_not_wait_for_a_request_that_never_arrives_whole() {
    let program = Program::start(&["--port", "0", "--empty"], &[]);
    let mut stream = TcpStream::connect(&program.address).unwrap();
    stream.write_all(b"GET /2025-09/con").unwrap();
    std::thread::sleep(Duration::from_millis(200));
    program.signal("TERM");
    std::thread::sleep(Duration::from_millis(200));
    program.signal("TERM");
    let (code, took) = program.end();
    assert!(code == Some(0) && took < Duration::from_secs(4), "{code:?} after {took:?}");
}

#[test]
fn it_serves_though_nobody_reads_what_it_prints() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let port = free.rsplit(':').next().unwrap();
    let mut child = command(&["--port", port, "--empty"], &[]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let program = Program { child, address: free, greeting: String::new() };
    let begun = Instant::now();
    while TcpStream::connect(&program.address).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it does not listen");
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(100));
    assert!(get(&program.address, "/_mock/health").starts_with("HTTP/1.0 200"));
}

#[test]
fn it_prints_the_schema_of_seed_files() {
    let Output { status, stdout, .. } = command(&["schema"], &[]).output().unwrap();
    assert!(status.success());
    let schema: serde_json::Value = serde_json::from_slice(&stdout).unwrap();
    assert_eq!(schema, stora_mock::seed_schema());
    assert!(jsonschema::meta::is_valid(&schema) && schema["properties"]["sites"].is_object());
}

#[test]
fn it_sends_webhooks_encrypted_to_whom_the_system_trusts_and_to_nobody_else() {
    let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let trusted = std::env::temp_dir().join(format!("stora-mock-trusted-{}.pem", std::process::id()));
    std::fs::write(&trusted, certificate.cert.pem()).unwrap();
    let (port, received) = encrypted(&certificate);
    let endpoint = format!(
        r#"{{"name": "Test", "api_version": "2025-09", "url": "https://localhost:{port}/hook", "event_types": ["contact.created"]}}"#
    );
    let outcome = |env: &[(&str, &str)]| {
        let program = Program::start(&["--port", "0", "--empty"], env);
        assert!(post(&program.address, "/2025-09/webhook_endpoints", &endpoint).contains(" 201 "));
        assert!(post(&program.address, "/2025-09/contacts", r#"{"email": "ada@mail.example"}"#).contains(" 201 "));
        assert!(post(&program.address, "/_mock/webhooks/wait", "{}").contains(r#""settled":true"#));
        get(&program.address, "/_mock/webhooks/deliveries")
    };
    let log = outcome(&[("SSL_CERT_FILE", trusted.to_str().unwrap())]);
    std::fs::remove_file(&trusted).unwrap();
    assert!(log.contains(r#""status":"delivered""#), "{log}");
    assert!(received.recv_timeout(Duration::from_secs(10)).unwrap().contains("ada@mail.example"));
    let log = outcome(&[]);
    assert!(log.contains(r#""status":"pending""#) && log.contains("certificate"), "{log}");
    assert!(received.try_recv().is_err());
}
