//! Webhook endpoints: addresses that are told of events.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::change::set;
use super::event::EventKind;
use super::ids::{AnyId, WebhookEndpointId};
use super::metadata::{Metadata, MetadataPatch, merged};
use super::refusal::Refusal;
use super::time::Timestamp;
use super::words::words;
use crate::store::{FacetValue, Record, World, record_fields};

/// An address that gets the events of chosen types.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebhookEndpoint {
    /// Its id.
    pub id: WebhookEndpointId,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it: staff, an access token or an application.
    pub creator: AnyId,
    /// A text about it.
    pub description: Option<String>,
    /// When it was disabled.
    pub disabled_at: Option<Timestamp>,
    /// The types it gets, in the order given, each once.
    pub event_types: Vec<EventKind>,
    /// The integrator's own pairs.
    pub metadata: Metadata,
    /// Its name.
    pub name: String,
    /// What deliveries are signed with. Signing needs it whole, so it is no hash.
    pub secret: SigningSecret,
    /// Whether it gets events.
    pub status: EndpointStatus,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The address.
    pub url: String,
}

/// What deliveries are signed with: 64 lower-case hexadecimal digits.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SigningSecret(String);

impl SigningSecret {
    /// Takes a secret.
    pub fn new(secret: String) -> Self {
        Self(secret)
    }

    /// The secret as text.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret([redacted])")
    }
}

/// The data of an endpoint to be registered.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct NewWebhookEndpoint {
    pub creator: AnyId,
    pub name: String,
    pub url: String,
    pub event_types: Vec<EventKind>,
    pub description: Option<String>,
    pub metadata: Metadata,
}

/// Changes to an endpoint: what is none stays, what is `Some(None)` is cleared.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct WebhookEndpointChange {
    pub name: Option<String>,
    pub url: Option<String>,
    pub event_types: Option<Vec<EventKind>>,
    pub description: Option<Option<String>>,
    pub metadata: Option<MetadataPatch>,
}

words! {
    /// Whether an endpoint gets events.
    EndpointStatus {
        Disabled = "disabled",
        Enabled = "enabled",
    }
}

impl WebhookEndpoint {
    /// Registers an endpoint, enabled, with a secret of its own.
    pub fn create(world: &mut World, at: Timestamp, new: NewWebhookEndpoint) -> WebhookEndpointId {
        let id = world.ids.fresh();
        let secret = SigningSecret::new(world.ids.text(64, b"0123456789abcdef"));
        world.webhook_endpoints.insert(Self {
            id,
            created_at: at,
            creator: new.creator,
            description: new.description,
            disabled_at: None,
            event_types: each_once(new.event_types),
            metadata: new.metadata,
            name: new.name,
            secret,
            status: EndpointStatus::Enabled,
            updated_at: at,
            url: new.url,
        });
        id
    }

    /// Changes an endpoint.
    ///
    /// # Errors
    /// Not found; too many pairs.
    pub fn change(
        world: &mut World,
        at: Timestamp,
        id: WebhookEndpointId,
        change: WebhookEndpointChange,
    ) -> Result<(), Refusal> {
        let endpoint = world.webhook_endpoints.get(id).ok_or(Refusal::NotFound)?;
        let metadata = change.metadata.map(|patch| merged(&endpoint.metadata, &patch)).transpose()?;
        world.webhook_endpoints.amend(id, at, |endpoint| {
            set(&mut endpoint.name, change.name);
            set(&mut endpoint.url, change.url);
            set(&mut endpoint.event_types, change.event_types.map(each_once));
            set(&mut endpoint.description, change.description);
            set(&mut endpoint.metadata, metadata);
        });
        Ok(())
    }

    /// Lets an endpoint get events again, or no longer. One that is so already stays as it is (webhooks.yaml, decisions).
    ///
    /// # Errors
    /// Not found.
    pub fn switch(
        world: &mut World,
        at: Timestamp,
        id: WebhookEndpointId,
        status: EndpointStatus,
    ) -> Result<(), Refusal> {
        let switched = world.webhook_endpoints.amend(id, at, |endpoint| {
            if endpoint.status != status {
                endpoint.status = status;
                endpoint.disabled_at = (status == EndpointStatus::Disabled).then_some(at);
            }
        });
        switched.map(|_| ()).ok_or(Refusal::NotFound)
    }
}

impl WebhookEndpoint {
    /// The endpoints that get an event of a type, in order of creation: those that are enabled and asked for it (W1).
    pub fn hearing(world: &World, kind: EventKind) -> Vec<WebhookEndpointId> {
        world.webhook_endpoints.having(HEARS, &kind.as_str().into()).map(|endpoint| endpoint.id).collect()
    }

    /// Whether any endpoint gets events of a type: O(1).
    pub fn any_hears(world: &World, kind: EventKind) -> bool {
        world.webhook_endpoints.any_having(HEARS, &kind.as_str().into())
    }
}

/// The field that endpoints are found by under the types of events that they get now.
const HEARS: &str = "hears";

/// The types in the order given, without repeats.
fn each_once(types: Vec<EventKind>) -> Vec<EventKind> {
    let mut once = Vec::with_capacity(types.len());
    for kind in types {
        if !once.contains(&kind) {
            once.push(kind);
        }
    }
    once
}

impl Record for WebhookEndpoint {
    record_fields!(id: WebhookEndpointId, created_at, updated_at);

    fn facets(&self, add: &mut dyn FnMut(&'static str, FacetValue)) {
        add("status", self.status.as_str().into());
        if self.status == EndpointStatus::Enabled {
            self.event_types.iter().for_each(|kind| add(HEARS, kind.as_str().into()));
        }
        for (key, value) in &self.metadata {
            add("metadata", FacetValue::pair(key, value));
        }
    }
}
