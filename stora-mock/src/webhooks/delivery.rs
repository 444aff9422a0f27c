//! Deliveries: one event on its way to one endpoint.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::event::EventKind;
use crate::domain::ids::{WebhookEndpointId, WebhookEventId};
use crate::domain::time::Timestamp;

/// An event on its way to an endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its number, by which an operator's deliveries are counted.
    pub id: u64,
    /// The event, whose id is the same for all endpoints and attempts.
    pub event_id: WebhookEventId,
    /// The type of the event.
    pub event_type: EventKind,
    /// Where it goes.
    pub endpoint_id: WebhookEndpointId,
    /// When it was made: at the event, or when it was asked for again.
    pub created_at: Timestamp,
    /// What has become of it.
    pub status: DeliveryStatus,
    /// How often it was tried, and with which result, the first attempt first.
    pub attempts: Vec<Attempt>,
    /// When it is tried next, while it is pending.
    pub next_attempt_at: Option<Timestamp>,
    /// What is sent, the very same bytes each time (W5).
    #[serde(skip)]
    pub body: Arc<str>,
}

/// What has become of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// It is still to be tried, for the first time or again.
    Pending,
    /// The endpoint has it.
    Delivered,
    /// It was given up after the last retry (W4).
    Failed,
    /// Its endpoint was disabled before it had it (W5).
    Dropped,
}

/// A try to deliver something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "DeliveryAttempt")]
pub struct Attempt {
    /// When, by the clock of the business: the moment that was signed.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// The header `X-Stora-Request-Id`, which is another one in each attempt.
    pub request_id: String,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// Why there was no answer.
    pub error: Option<String>,
    /// How long it took, in milliseconds of real time.
    pub duration_ms: u64,
    /// How the body of the answer begins.
    pub answer: Option<String>,
}

impl Attempt {
    /// Whether it succeeded: by any 2xx (W4).
    pub fn is_success(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}
