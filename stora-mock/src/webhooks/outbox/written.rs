//! The outbox in snapshots: each body is written once, whichever deliveries send it. Secrets stay with their endpoints.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::{Lane, Outbox};
use crate::domain::ids::{WebhookEndpointId, WebhookEventId};
use crate::webhooks::delivery::{Delivery, DeliveryStatus};

#[derive(Serialize)]
struct Write<'o> {
    given: u64,
    deliveries: Vec<&'o Delivery>,
    bodies: BTreeMap<WebhookEventId, &'o str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    given: u64,
    deliveries: Vec<Delivery>,
    bodies: BTreeMap<WebhookEventId, String>,
}

impl Serialize for Outbox {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bodies = self.deliveries.values().map(|delivery| (delivery.event_id, &*delivery.body)).collect();
        Write { given: self.given, deliveries: self.deliveries.values().collect(), bodies }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Outbox {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Read { given, deliveries, bodies } = Read::deserialize(deserializer)?;
        // Half of what a number can hold is more than there will ever be.
        if given > u64::MAX >> 1 {
            return Err(D::Error::custom(format!("{given} deliveries are too many")));
        }
        let bodies: BTreeMap<WebhookEventId, Arc<str>> =
            bodies.into_iter().map(|(event, body)| (event, body.into())).collect();
        let mut outbox = Self { given, ..Self::default() };
        let mut lanes: HashMap<WebhookEndpointId, Lane> = HashMap::new();
        for mut delivery in deliveries {
            let (id, event) = (delivery.id, delivery.event_id);
            delivery.body = bodies
                .get(&event)
                .cloned()
                .ok_or_else(|| D::Error::custom(format!("of the event `{event}` of delivery {id} there is no body")))?;
            match (delivery.status, delivery.next_attempt_at) {
                (DeliveryStatus::Pending, Some(due)) => {
                    let lane = lanes.entry(delivery.endpoint_id).or_default();
                    if delivery.attempts.is_empty() {
                        lane.first.push_back((due, id));
                    } else {
                        lane.retries.insert((due, id));
                    }
                }
                (DeliveryStatus::Pending, None) => {
                    return Err(D::Error::custom(format!(
                        "the pending delivery {id} does not say when it is tried next"
                    )));
                }
                _ => outbox.finished.push_back(id),
            }
            if id > given || outbox.deliveries.insert(id, delivery).is_some() {
                return Err(D::Error::custom(format!("{id} is the number of another delivery, or of one to come")));
            }
        }
        outbox.lanes = lanes;
        Ok(outbox)
    }
}
