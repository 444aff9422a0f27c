//! Hands an event on to an endpoint, as the mock delivers it.

use std::error::Error as _;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use stora_client::reqwest::{self, Client, Url};
use stora_client::webhook::Signer;

use super::follow::Event;
use crate::control::client_for;
use crate::failure::Failure;

/// An endpoint.
#[derive(Debug)]
pub(super) struct Receiver {
    pub(super) url: Url,
    signer: Signer,
    http: Client,
}

/// What came of a delivery.
#[derive(Debug)]
pub(super) struct Delivery {
    /// The status of the answer, or why there was none.
    pub(super) answer: Result<u16, String>,
    /// How long it took.
    pub(super) duration: Duration,
}

impl Receiver {
    /// An endpoint at an address, with what deliveries are signed with and how long they may take.
    pub(super) fn new(url: Url, signer: Signer, timeout: Duration) -> Result<Self, Failure> {
        let http = client_for(url.as_str()).timeout(timeout);
        let http =
            http.build().map_err(|error| Failure::local("the HTTP client cannot be set up", Some(error.into())))?;
        Ok(Self { url, signer, http })
    }

    /// Delivers an event. Whatever comes of it is no fault of this program.
    pub(super) async fn deliver(&self, event: &Event) -> Delivery {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let headers = self.signer.headers(seconds, event.body.as_bytes());
        let begun = Instant::now();
        let sent = self.http.post(self.url.clone()).headers(headers).body(event.body.clone()).send().await;
        let answer = match sent {
            Ok(response) => {
                let status = response.status().as_u16();
                // Read to its end, the connection serves the next delivery too; what it says does not matter.
                let _ = response.bytes().await;
                Ok(status)
            }
            Err(error) if error.is_timeout() => Err("no answer in time".to_owned()),
            Err(error) if error.is_connect() => Err(format!("no connection ({})", cause(&error))),
            Err(error) => Err(format!("no answer ({})", cause(&error))),
        };
        Delivery { answer, duration: begun.elapsed() }
    }
}

impl Delivery {
    /// Whether the endpoint took it.
    pub(super) fn is_success(&self) -> bool {
        matches!(self.answer, Ok(200..=299))
    }
}

/// The innermost cause, which tells most.
fn cause(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    let mut text = "unknown".to_owned();
    while let Some(error) = cause {
        text = error.to_string();
        cause = error.source();
    }
    text
}
