//! Webhooks: what endpoints were told, and events as they happen.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ControlError, OperatorControl};
use crate::domain::event::{Event, EventKind};
use crate::domain::ids::{AnyId, Id as _, WebhookEndpointId, WebhookEventId};
use crate::domain::refusal::{Fault, Refusal};
use crate::domain::time::Timestamp;
use crate::domain::webhook_endpoint::{EndpointStatus, WebhookEndpoint};
use crate::store::{Heard, World};
use crate::view::{View, events};
use crate::webhooks::{Attempt, Delivery, DeliveryStatus, Events};

/// Which deliveries are asked for. All that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryQuery {
    /// The id of an endpoint.
    pub endpoint: Option<String>,
    /// A type of event.
    #[serde(rename = "type")]
    pub kind: Option<EventKind>,
    /// What has become of it.
    pub status: Option<DeliveryStatus>,
    /// The id of an event.
    pub event_id: Option<String>,
    /// At most so many; 100 unless said otherwise.
    pub limit: Option<u32>,
}

/// Deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Deliveries {
    /// The deliveries, the newest first.
    pub deliveries: Vec<DeliveryInfo>,
}

/// An event on its way to an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DeliveryInfo {
    /// Its number.
    pub id: u64,
    /// The id of the event, the same for all endpoints and attempts.
    pub event_id: String,
    /// The type of the event.
    pub event_type: EventKind,
    /// The endpoint it goes to.
    pub endpoint_id: String,
    /// When it was made: at the event, or when it was asked for again.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub created_at: Timestamp,
    /// What has become of it.
    pub status: DeliveryStatus,
    /// How often it was tried, and with which result, the first attempt first.
    pub attempts: Vec<Attempt>,
    /// When it is tried next, while it is pending.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub next_attempt_at: Option<Timestamp>,
    /// What is sent each time, to the byte. Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// How long to wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaitForDeliveries {
    /// Seconds of real time, at most 300; 10 unless said otherwise.
    #[schemars(range(max = MOST_SECONDS))]
    pub timeout_seconds: Option<u32>,
}

/// What is left to deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DeliveriesLeft {
    /// Whether nothing is due by the clock.
    pub settled: bool,
    /// Deliveries that are due or being tried: none, unless the time was too short.
    pub due: usize,
    /// Deliveries that are pending in all: those that are to be tried again later too.
    pub pending: usize,
    /// When the next attempt is due, by the clock.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub next_attempt_at: Option<Timestamp>,
}

/// An event that did not happen, to test who receives it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TestEvent {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// The one endpoint that gets it, be it one that did not ask for the type; every enabled one that asked for it where this is left
    /// out.
    pub endpoint_id: Option<String>,
    /// The record that it tells of; the newest of its kind where this is left out. Where there is none of the kind, the example of
    /// the document stands in.
    pub subject_id: Option<String>,
    /// What the event says of the record otherwise than it is: values by their paths in it, such as `status` or `line_items.0.amount`.
    #[serde(default)]
    pub set: BTreeMap<String, Value>,
}

/// A test event that is on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SentTestEvent {
    /// Its id.
    pub event_id: String,
    /// The record that it tells of.
    pub subject_id: String,
    /// The endpoints that get it.
    pub endpoint_ids: Vec<String>,
}

/// Which events to watch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventsQuery {
    /// Types of events, parted by commas; all where this is left out.
    pub types: Option<Types>,
}

/// Types of events, parted by commas.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct Types(pub BTreeSet<EventKind>);

/// A text names something that is no type of event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no type of event")]
pub struct NotAType(String);

const MOST_SECONDS: u32 = 300;
const USUAL_WAIT: Duration = Duration::from_secs(10);
const USUAL_LIMIT: usize = 100;

impl OperatorControl {
    /// What endpoints are told and were told, as far as it is kept: all that is pending, and the last that ended.
    pub fn deliveries(&self, query: &DeliveryQuery) -> Deliveries {
        self.operator.catch_up();
        let outbox = self.operator.webhooks.outbox();
        let limit = query.limit.map_or(USUAL_LIMIT, |limit| limit as usize);
        let found = outbox.newest_first().filter(|delivery| query.asks_for(delivery)).take(limit);
        Deliveries { deliveries: found.map(DeliveryInfo::of).collect() }
    }

    /// A delivery, with what is sent.
    ///
    /// # Errors
    /// Not found: there was none, or it ended long ago.
    pub fn delivery(&self, id: u64) -> Result<DeliveryInfo, ControlError> {
        self.operator.catch_up();
        let outbox = self.operator.webhooks.outbox();
        outbox.get(id).map(DeliveryInfo::whole).ok_or_else(ControlError::not_found)
    }

    /// Delivers once more what a delivery sent: the same event, to the byte, to the same endpoint. Gives the new delivery.
    ///
    /// # Errors
    /// Not found; a conflict when the endpoint is disabled.
    pub fn redeliver(&self, id: u64) -> Result<DeliveryInfo, ControlError> {
        let repeated = self.operator.webhooks.redeliver(id).map_err(|_| {
            ControlError::from(Refusal::conflict("W5", "The endpoint is disabled, so that nothing is sent to it."))
        })?;
        repeated.as_ref().map(DeliveryInfo::whole).ok_or_else(ControlError::not_found)
    }

    /// Waits until nothing is left to deliver that is due by the clock, or the time is over; tells what is left.
    pub async fn wait_for_deliveries(&self, limit: Duration) -> DeliveriesLeft {
        self.operator.catch_up();
        let left = self.operator.webhooks.settled(limit).await;
        let (due, pending, next_attempt_at) = (left.due, left.pending, left.next_attempt_at);
        DeliveriesLeft { settled: due == 0, due, pending, next_attempt_at }
    }

    /// Fires an event that did not happen, of any type: to one endpoint, or to all that asked for the type, and to whoever watches.
    ///
    /// # Errors
    /// Where the endpoint or the record is not known, or the record is of another kind; a type that this server does not fire; a
    /// conflict when the endpoint is disabled.
    pub fn send_test_event(&self, test: &TestEvent) -> Result<SentTestEvent, ControlError> {
        if !self.operator.webhooks.fires(test.kind) {
            let reason = format!("`{}` is not documented, and this mock fires documented types only.", test.kind);
            return Err(Refusal::invalid("/type", reason).into());
        }
        self.act(|world, now| {
            let to = test.endpoints(world)?;
            let subject = test.subject()?;
            let id: WebhookEventId = world.ids.fresh();
            let view = View { world, addresses: self.operator.addresses() };
            let told = events::pretended(&view, (test.kind, id, now), subject);
            let told = told.or_else(|| match subject {
                None => events::example(self.operator.addresses(), test.kind, id, now),
                Some(_) => None,
            });
            let Some((subject, written)) = told else {
                return Err(unknown("/subject_id", "record", test.subject_id.as_deref().unwrap_or_default()).into());
            };
            let written = if test.set.is_empty() { written } else { test.said_otherwise(&written)? };
            let event = Event { kind: test.kind, subject, at: now };
            let endpoint_ids = to.iter().map(ToString::to_string).collect();
            world.pretend(Heard { id, event, written: written.into(), to });
            Ok(SentTestEvent { event_id: id.to_string(), subject_id: subject.to_string(), endpoint_ids })
        })
    }

    /// The events from now on, as they happen: of some types, or of all. It ends when the server stops or the operator is removed.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use stora_mock::MockServer;
    /// use stora_mock::control::{EventKind, TestEvent, Watched};
    ///
    /// let mock = MockServer::start().await?;
    /// let demo = mock.control().operator("demo")?;
    /// let mut events = demo.events(Some([EventKind::UnitUpdated].into()));
    /// demo.send_test_event(&TestEvent::of(EventKind::UnitUpdated))?;
    /// let Some(Watched::Event(event)) = events.next().await else { panic!("nothing happened") };
    /// assert!(event.payload.starts_with("{\"event\":{\"id\":\"evt_"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn events(&self, kinds: Option<BTreeSet<EventKind>>) -> Events {
        self.operator.webhooks.watch(kinds)
    }
}

impl DeliveryQuery {
    fn asks_for(&self, delivery: &Delivery) -> bool {
        self.endpoint.as_ref().is_none_or(|id| *id == delivery.endpoint_id.to_string())
            && self.kind.is_none_or(|kind| kind == delivery.event_type)
            && self.status.is_none_or(|status| status == delivery.status)
            && self.event_id.as_ref().is_none_or(|id| *id == delivery.event_id.to_string())
    }
}

impl DeliveryInfo {
    fn of(delivery: &Delivery) -> Self {
        Self {
            id: delivery.id,
            event_id: delivery.event_id.to_string(),
            event_type: delivery.event_type,
            endpoint_id: delivery.endpoint_id.to_string(),
            created_at: delivery.created_at,
            status: delivery.status,
            attempts: delivery.attempts.clone(),
            next_attempt_at: delivery.next_attempt_at,
            body: None,
        }
    }

    fn whole(delivery: &Delivery) -> Self {
        Self { body: Some(delivery.body.to_string()), ..Self::of(delivery) }
    }
}

impl WaitForDeliveries {
    /// How long that is.
    ///
    /// # Errors
    /// Longer than five minutes.
    pub(super) fn limit(self) -> Result<Duration, ControlError> {
        match self.timeout_seconds {
            None => Ok(USUAL_WAIT),
            Some(seconds) if seconds > MOST_SECONDS => {
                Err(Refusal::invalid("/timeout_seconds", format!("At most {MOST_SECONDS} seconds are waited.")).into())
            }
            Some(seconds) => Ok(Duration::from_secs(seconds.into())),
        }
    }
}

impl TestEvent {
    /// One of a type, about the newest record of its kind, to every endpoint that asked for it.
    pub fn of(kind: EventKind) -> Self {
        Self { kind, endpoint_id: None, subject_id: None, set: BTreeMap::new() }
    }

    /// A body with the values that are to be other ones.
    fn said_otherwise(&self, body: &str) -> Result<String, Refusal> {
        // What this server writes is JSON.
        let mut body: Value = serde_json::from_str(body).unwrap_or_default();
        let record = &mut body["event"]["data"][self.kind.resource()];
        let mut faults = Vec::new();
        for (path, value) in &self.set {
            match record.pointer_mut(&format!("/{}", path.replace('.', "/"))) {
                Some(place) => *place = value.clone(),
                None => faults.push(Fault::new(
                    format!("/set/{path}"),
                    format!("The {} has nothing at `{path}`.", self.kind.resource().replace('_', " ")),
                )),
            }
        }
        if faults.is_empty() { Ok(body.to_string()) } else { Err(Refusal::Invalid(faults)) }
    }

    /// The endpoints that get it.
    fn endpoints(&self, world: &World) -> Result<Vec<WebhookEndpointId>, Refusal> {
        let Some(text) = &self.endpoint_id else { return Ok(WebhookEndpoint::hearing(world, self.kind)) };
        let id = WebhookEndpointId::parse(text);
        let endpoint = id.and_then(|id| world.webhook_endpoints.get(id));
        let endpoint = endpoint.ok_or_else(|| unknown("/endpoint_id", "webhook endpoint", text))?;
        if endpoint.status == EndpointStatus::Disabled {
            return Err(Refusal::conflict("W5", "The endpoint is disabled, so that nothing is sent to it."));
        }
        Ok(vec![endpoint.id])
    }

    /// The record that it is to tell of, which is of the right kind.
    fn subject(&self) -> Result<Option<AnyId>, Refusal> {
        let Some(text) = &self.subject_id else { return Ok(None) };
        let id = AnyId::parse(text).ok_or_else(|| unknown("/subject_id", "record", text))?;
        if events::subject_of(self.kind) != Some(id.kind) {
            let reason = format!("`{}` tells of no {}.", self.kind, id.kind.noun());
            return Err(Refusal::invalid("/subject_id", reason));
        }
        Ok(Some(id))
    }
}

fn unknown(pointer: &str, noun: &str, id: &str) -> Refusal {
    Refusal::Invalid(vec![Fault::unknown(pointer, noun, id)])
}

impl TryFrom<String> for Types {
    type Error = NotAType;

    fn try_from(text: String) -> Result<Self, NotAType> {
        let parse = |name: &str| EventKind::parse(name).ok_or_else(|| NotAType(name.to_owned()));
        text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(parse).collect::<Result<_, _>>().map(Self)
    }
}
