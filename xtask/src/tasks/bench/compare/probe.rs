//! What a server does besides being fast, found by asking it.

use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Value, json};

use super::super::load::{Connection, Request};
use super::super::mock::TOKEN;
use super::super::server::Server;
use super::contestant::{Contestant, LISTED, Paths};
use crate::Failure;

/// How long a delivery is waited for.
const DELIVERY: Duration = Duration::from_secs(2);

/// What a server was found to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Findings {
    /// How many contacts it lists when 50 are asked for.
    pub(super) listed: usize,
    /// Whether the list is an object with `contacts` and `meta`, as the document says.
    pub(super) has_envelope: bool,
    /// Whether a contact that is posted can be read back.
    pub(super) keeps_what_is_posted: bool,
    /// The status that a contact whose email is a number is answered with.
    pub(super) bad_body_status: u16,
    /// The status that a request without a token is answered with.
    pub(super) missing_token_status: u16,
    /// Whether it sends an event for a contact that is posted to an endpoint that is registered before.
    pub(super) delivers_webhooks: bool,
}

/// Asks a server for all of it.
///
/// # Errors
/// When it does not answer.
pub(super) fn ask(contestant: &Contestant, server: &Server) -> Result<Findings, Failure> {
    examine(server.address, contestant.paths).map_err(|error| Failure::new(format!("a question failed: {error}")))
}

fn examine(address: SocketAddr, paths: Paths) -> std::io::Result<Findings> {
    let mut connection = Connection::open(address)?;
    let mut ask = |request: &Request| -> std::io::Result<(u16, Value)> {
        let mut body = Vec::new();
        let status = connection.ask(request, 0, &mut body)?;
        // What is no JSON has none of what is looked for.
        Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
    };
    let Paths { contacts, limit, .. } = paths;
    let (_, list) = ask(&Request::get(&format!("{contacts}?{limit}={LISTED}"), TOKEN))?;
    let has_envelope = list["contacts"].is_array() && list["meta"].is_object();
    let listed = list.as_array().or_else(|| list["contacts"].as_array()).map_or(0, Vec::len);

    let email = format!("kept-{}@example.com", std::process::id());
    let contact = |email: &str| json!({"email": email, "full_name": "Kept Contact"}).to_string();
    let (_, posted) = ask(&Request::post(contacts, TOKEN, &contact(&email)))?;
    let id = id(&posted);
    let (_, read) = ask(&Request::get(&format!("{contacts}/{id}"), TOKEN))?;
    let keeps_what_is_posted = record(&read)["email"] == email;

    let bad = json!({"email": 5, "full_name": "Bad Contact"}).to_string();
    let (bad_body_status, _) = ask(&Request::post(contacts, TOKEN, &bad))?;
    let (missing_token_status, _) = ask(&Request::get_without_token(contacts))?;

    let receiver = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    receiver.set_nonblocking(true)?;
    // The document asks for an address with https; only some take one without.
    for scheme in ["http", "https"] {
        let url = format!("{scheme}://{}/", receiver.local_addr()?);
        let endpoint =
            json!({"name": "Bench", "api_version": "2025-09", "url": url, "event_types": ["contact.created"]});
        let (status, _) = ask(&Request::post(paths.endpoints, TOKEN, &endpoint.to_string()))?;
        if (200..300).contains(&status) {
            break;
        }
    }
    ask(&Request::post(contacts, TOKEN, &contact(&format!("told-{email}"))))?;
    let delivers_webhooks = is_told(&receiver);
    Ok(Findings {
        listed,
        has_envelope,
        keeps_what_is_posted,
        bad_body_status,
        missing_token_status,
        delivers_webhooks,
    })
}

/// Whether something connects and sends within a while.
fn is_told(receiver: &TcpListener) -> bool {
    let start = Instant::now();
    while start.elapsed() < DELIVERY {
        if let Ok((mut stream, _)) = receiver.accept() {
            let waits = stream.set_nonblocking(false).and_then(|()| stream.set_read_timeout(Some(DELIVERY)));
            return waits.is_ok() && stream.read(&mut [0]).is_ok_and(|read| read > 0);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    false
}

/// The contact in an answer, with or without an envelope.
fn record(answer: &Value) -> &Value {
    if answer["contact"].is_object() { &answer["contact"] } else { answer }
}

/// The id of the contact in an answer, as it stands in a path.
fn id(answer: &Value) -> String {
    match &record(answer)["id"] {
        Value::String(id) => id.clone(),
        Value::Number(id) => id.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
impl Findings {
    /// Those of a server that does nothing.
    pub(super) fn none() -> Self {
        Self {
            listed: 0,
            has_envelope: false,
            keeps_what_is_posted: false,
            bad_body_status: 201,
            missing_token_status: 200,
            delivers_webhooks: false,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write as _;
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn contacts_are_read_with_an_envelope_and_without() {
        let (with, without) = (json!({"contact": {"id": "con_1", "email": "a@b"}, "meta": {}}), json!({"id": 7}));
        assert_eq!((id(&with), id(&without), id(&json!([]))), ("con_1".to_owned(), "7".to_owned(), String::new()));
        assert_eq!(record(&with)["email"], "a@b");
    }

    #[test]
    fn only_who_connects_and_sends_tells_something() {
        let receiver = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        receiver.set_nonblocking(true).unwrap();
        let address = receiver.local_addr().unwrap();
        TcpStream::connect(address).unwrap().write_all(b"POST / HTTP/1.1\r\n\r\n").unwrap();
        assert!(is_told(&receiver));
        drop(TcpStream::connect(address).unwrap());
        assert!(!is_told(&receiver));
        assert!(!is_told(&receiver));
    }
}
