//! A receiver of webhooks, as an integrator would write it with the SDK.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use stora_client::types::Event;
use stora_client::webhook::Verifier;
use tokio::net::TcpListener;

use crate::Done;

/// How far the clock of the mock, which the story moves, may be from that of this machine.
const TOLERANCE: Duration = Duration::from_secs(10 * 365 * 86_400);

/// What was received so far.
#[derive(Clone, Default)]
struct Receiver {
    verifier: Arc<OnceLock<Verifier>>,
    heard: Arc<Mutex<Heard>>,
}

#[derive(Default)]
struct Heard {
    /// What was verified and not yet told.
    verified: Vec<Event>,
    /// How many were verified in all.
    count: usize,
    /// Why the others were refused.
    refused: Vec<String>,
    /// The ids of the records that the story is about.
    followed: Vec<String>,
}

/// The receiver, while it listens.
pub(crate) struct Hooks {
    receiver: Receiver,
    /// Where it is.
    pub(crate) url: String,
}

impl Hooks {
    pub(crate) async fn listen() -> Done<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/webhooks/stora", listener.local_addr()?);
        let receiver = Receiver::default();
        let router = Router::new().route("/webhooks/stora", post(receive)).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { receiver, url })
    }

    /// From now on signatures are checked with this secret.
    pub(crate) fn trust(&self, secret: &str) -> Done {
        let verifier = Verifier::new(secret)?.with_tolerance(TOLERANCE);
        self.receiver.verifier.set(verifier).map_err(|_| "the secret is set twice".into())
    }

    /// From now on what is told of this record belongs to the story.
    pub(crate) fn follow(&self, id: impl Into<String>) {
        self.receiver.heard.lock().unwrap_or_else(PoisonError::into_inner).followed.push(id.into());
    }

    /// Tells what was received since the last time, once nothing is on its way any more; gives the types of what belongs to the story.
    pub(crate) fn tell(&self) -> Done<Vec<String>> {
        let mut heard = self.receiver.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reason) = heard.refused.first() {
            return Err(format!("a webhook was refused: {reason}").into());
        }
        let mut types = Vec::new();
        let mut others = 0;
        for event in std::mem::take(&mut heard.verified) {
            let payload = serde_json::to_string(&event)?;
            if heard.followed.iter().any(|id| payload.contains(id)) {
                types.push(event.tag().to_owned());
            } else {
                others += 1;
            }
        }
        let rest = if others == 0 { String::new() } else { format!("; {others} more about other rentals") };
        println!("   webhooks, verified: {}{rest}", types.join(", "));
        Ok(types)
    }

    /// How many webhooks were verified in all.
    pub(crate) fn count(&self) -> usize {
        self.receiver.heard.lock().unwrap_or_else(PoisonError::into_inner).count
    }
}

/// The body is taken as bytes, because the signature is over the bytes as they came.
async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut heard = receiver.heard.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(verifier) = receiver.verifier.get() else {
        heard.refused.push("the secret is not known yet".to_owned());
        return StatusCode::SERVICE_UNAVAILABLE;
    };
    match verifier.verify(&body, &headers) {
        Ok(event) => {
            heard.verified.push(event);
            heard.count += 1;
            StatusCode::OK
        }
        Err(error) => {
            heard.refused.push(error.to_string());
            StatusCode::BAD_REQUEST
        }
    }
}
