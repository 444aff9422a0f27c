//! Webhook endpoints.

use serde_json::Value;
use stora_client::types;

use super::{Answer, Call};
use crate::contract::OperationId;
use crate::contract::error::ApiError;
use crate::domain::event::EventKind;
use crate::domain::refusal::{Fault, Refusal};
use crate::domain::webhook_endpoint::{EndpointStatus, NewWebhookEndpoint, WebhookEndpoint, WebhookEndpointChange};
use crate::store::World;
use crate::webhooks::{is_address, is_plain_loopback};

/// `webhook_endpoint_list`
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    Ok(call.list::<WebhookEndpoint>(world, "endpoints"))
}

/// `webhook_endpoint_show`
pub fn show(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    call.show::<WebhookEndpoint>(world, 200, "endpoint", call.id("webhook_endpoint_id")?)
}

/// `webhook_endpoint_create`: the one answer that has the secret.
pub fn create(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let body: types::WebhookEndpointCreateBody = call.body()?;
    let event_types = checked(call, Some(&body.url), Some(&body.event_types))?;
    let new = NewWebhookEndpoint {
        creator: call.caller,
        name: body.name,
        url: body.url,
        event_types: event_types.unwrap_or_default(),
        description: body.description.into_value(),
        metadata: body.metadata.unwrap_or_default(),
    };
    let id = WebhookEndpoint::create(world, call.now, new);
    let endpoint = world.webhook_endpoints.get(id).ok_or(Refusal::NotFound)?;
    let view = call.view(world);
    Ok(Answer::record(call, 201, "endpoint", &view.written(&endpoint.show_with_secret(&view))))
}

/// `webhook_endpoint_update`
pub fn update(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let id = call.existing::<WebhookEndpoint>(world, "webhook_endpoint_id")?;
    let body: types::WebhookEndpointUpdateBody = call.body()?;
    let event_types = checked(call, body.url.as_deref(), body.event_types.as_deref())?;
    let change = WebhookEndpointChange {
        name: body.name,
        url: body.url,
        event_types,
        description: body.description.into_option(),
        metadata: body.metadata,
    };
    WebhookEndpoint::change(world, call.now, id, change)?;
    call.show::<WebhookEndpoint>(world, 200, "endpoint", id)
}

/// `webhook_endpoint_disable`
pub fn disable(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    switch(call, world, EndpointStatus::Disabled)
}

/// `webhook_endpoint_enable`
pub fn enable(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    switch(call, world, EndpointStatus::Enabled)
}

fn switch(call: &Call<'_>, world: &mut World, status: EndpointStatus) -> Result<Answer, ApiError> {
    let id = call.id("webhook_endpoint_id")?;
    WebhookEndpoint::switch(world, call.now, id, status)?;
    call.show::<WebhookEndpoint>(world, 200, "endpoint", id)
}

/// Whether a value is taken although the document does not have it: an address of this machine without encryption (webhooks.yaml,
/// Webhook Endpoints, decisions).
pub fn concedes(operation: OperationId, pointer: &str, value: &Value) -> bool {
    matches!(operation, OperationId::WebhookEndpointCreate | OperationId::WebhookEndpointUpdate)
        && pointer == "/url"
        && value.as_str().is_some_and(is_plain_loopback)
}

/// The types of events that a body names, if it does. Its schema has checked them and the address already, but not whether there can be
/// anything at that address, nor what this mock fires.
fn checked(
    call: &Call<'_>,
    url: Option<&str>,
    names: Option<&[types::WebhookEventType]>,
) -> Result<Option<Vec<EventKind>>, Refusal> {
    let mut faults = Vec::new();
    if let Some(url) = url.filter(|url| !is_address(url)) {
        faults.push(Fault::new("/url", format!("`{url}` names no host, or a port that there cannot be.")));
    }
    let mut kinds = Vec::new();
    for (i, name) in names.unwrap_or_default().iter().enumerate() {
        let name = name.as_str();
        let mut fault = |reason| faults.push(Fault::new(format!("/event_types/{i}"), reason));
        match EventKind::parse(name) {
            None => fault(format!("`{name}` is no type of event.")),
            Some(kind) if call.documented_events_only && !kind.is_documented() => {
                fault(format!("`{name}` is not documented, and this mock fires documented types only."));
            }
            Some(kind) => kinds.push(kind),
        }
    }
    if faults.is_empty() { Ok(names.map(|_| kinds)) } else { Err(Refusal::Invalid(faults)) }
}
