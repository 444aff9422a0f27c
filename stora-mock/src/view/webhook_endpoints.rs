//! Webhook endpoints.

use stora_client::types;

use super::{Show, View, moment, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::webhook_endpoint::WebhookEndpoint;
use crate::store::{Table, World};

/// The only version of the API.
const API_VERSION: &str = "2025-09";

impl Show for WebhookEndpoint {
    type Wire = types::WebhookEndpoint;

    fn table(world: &World) -> &Table<Self> {
        &world.webhook_endpoints
    }

    /// Without its secret: only the answer to `webhook_endpoint_create` has that (webhooks.yaml, Webhook Endpoints).
    fn show(&self, view: &View<'_>, expand: &ExpandTree) -> types::WebhookEndpoint {
        types::WebhookEndpoint {
            id: wire_id(self.id),
            api_version: API_VERSION.into(),
            created_at: moment(self.created_at),
            creator: view.creator(self.creator, expand, "creator"),
            description: self.description.clone(),
            disabled_at: self.disabled_at.map(moment),
            event_types: self.event_types.iter().map(|kind| kind.as_str().into()).collect(),
            metadata: self.metadata.clone(),
            name: self.name.clone(),
            secret: None,
            status: self.status.as_str().into(),
            updated_at: moment(self.updated_at),
            url: self.url.clone(),
            extra: Default::default(),
        }
    }
}

impl WebhookEndpoint {
    /// The endpoint with its secret, unexpanded: for the answer to `webhook_endpoint_create` and for no other.
    pub fn show_with_secret(&self, view: &View<'_>) -> types::WebhookEndpoint {
        let secret = Some(self.secret.reveal().into());
        types::WebhookEndpoint { secret, ..self.show(view, &ExpandTree::default()) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::sample::{Sample, id};
    use super::super::to_json;
    use super::*;

    #[test]
    fn the_secret_is_shown_on_demand_alone() {
        let sample = Sample::new();
        let mut json = sample.json::<WebhookEndpoint>(&ExpandTree::default());
        assert_eq!(json.get("secret"), Some(&Value::Null));
        let endpoint = sample.world.webhook_endpoints.get(id()).unwrap();
        let with_secret: Value = serde_json::from_str(&to_json(&endpoint.show_with_secret(&sample.view()))).unwrap();
        json["secret"] = "5".repeat(64).into();
        assert_eq!(with_secret, json);
    }

    #[test]
    fn types_of_events_stand_in_the_order_given() {
        let json = Sample::new().json::<WebhookEndpoint>(&ExpandTree::default());
        assert_eq!(json["event_types"], json!(["unit.updated", "contact.created"]));
        assert_eq!((&json["api_version"], &json["disabled_at"]), (&"2025-09".into(), &Value::Null));
    }
}
