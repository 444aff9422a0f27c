//! A receiver of webhooks in axum: it verifies what comes in, takes it in once, and answers.
//!
//! It starts on a free port, and then plays the part of Stora: signs an event and posts it, with no network but this machine's.
//! `cargo run -p stora-client --features webhook --example webhook_receiver`
//!
//! Told where to listen, it waits for the webhooks of others instead, which are signed with `STORA_WEBHOOK_SECRET`:
//! `cargo run -p stora-client --features webhook --example webhook_receiver 127.0.0.1:3000`

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use stora_client::types::Event;
use stora_client::webhook::{Signer, Verifier};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const BODY: &str = r#"{"event": {
    "id": "evt_1",
    "api_version": "2025-09",
    "created_at": "2025-11-20T12:00:00Z",
    "data": {
        "protection_level": {
            "id": "plvl_1",
            "account_code": null,
            "cover_level": {"amount": 250000, "currency": "GBP", "formatted": "£2,500.00"},
            "created_at": "2025-11-20T12:00:00Z",
            "prices": [],
            "public": true,
            "stripe_product_id": null,
            "updated_at": "2025-11-20T12:00:00Z"
        }
    },
    "meta": {"curies": []},
    "type": "protection_level.created"
}}"#;

#[derive(Clone)]
struct Receiver {
    verifier: Verifier,
    /// The ids of the events taken in. A real receiver keeps them where they survive a restart.
    seen: Arc<Mutex<HashSet<String>>>,
}

/// The body is taken as `Bytes`, not as `Json`: the signature is over the bytes as they came.
async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let event = match receiver.verifier.verify(&body, &headers) {
        Ok(event) => event,
        Err(error) => {
            println!("refused: {error}");
            return StatusCode::BAD_REQUEST;
        }
    };
    match event {
        Event::ProtectionLevelCreated(created) => {
            let id = created.event.id.to_string();
            if receiver.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(id) {
                println!(
                    "verified {}: protection level {} is new",
                    created.event.id, created.event.data.protection_level.id
                );
            }
        }
        other => println!("verified: {}", other.tag()),
    }
    StatusCode::OK
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Of a real endpoint: the `secret` in the answer to `webhook_endpoint_create`, which no later answer repeats.
    let secret = std::env::var("STORA_WEBHOOK_SECRET").unwrap_or_else(|_| "0123456789abcdef".repeat(4));
    let told = std::env::args().nth(1);

    let receiver = Receiver { verifier: Verifier::new(&*secret)?, seen: Arc::default() };
    let router = Router::new().route("/webhooks/stora", post(receive)).with_state(receiver);
    let listener = TcpListener::bind(told.as_deref().unwrap_or("127.0.0.1:0")).await?;
    let address = listener.local_addr()?;
    if told.is_some() {
        println!("waiting at http://{address}/webhooks/stora");
        return Ok(axum::serve(listener, router).await?);
    }
    tokio::spawn(async move { axum::serve(listener, router).await });

    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let headers = Signer::new(&*secret)?.headers(now, BODY.as_bytes());
    assert_eq!(deliver(address, &headers, BODY).await?, 200);

    // The same headers over another body.
    assert_eq!(deliver(address, &headers, &BODY.replace("evt_1", "evt_2")).await?, 400);
    Ok(())
}

/// Posts a body by hand, so that the example needs no HTTP client; gives the status of the answer.
async fn deliver(
    address: std::net::SocketAddr,
    headers: &HeaderMap,
    body: &str,
) -> Result<u16, Box<dyn std::error::Error>> {
    let mut request = format!("POST /webhooks/stora HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for (name, value) in headers {
        request += &format!("{name}: {}\r\n", value.to_str()?);
    }
    request += &format!("content-length: {}\r\n\r\n{body}", body.len());
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer.split(' ').nth(1).unwrap_or_default().parse()?)
}
