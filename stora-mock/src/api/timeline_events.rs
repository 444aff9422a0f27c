//! Timeline events.

use stora_client::types;

use super::body::{body_id, reference};
use super::{Answer, Call};
use crate::contract::error::ApiError;
use crate::domain::timeline::{About, AboutChange, External, NewTimelineEvent, TimelineEvent, TimelineEventChange};
use crate::store::World;

/// `timeline_event_list`
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    Ok(call.list::<TimelineEvent>(world, "events"))
}

/// `timeline_event_show`
pub fn show(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    call.show::<TimelineEvent>(world, 200, "event", call.id("event_id")?)
}

/// `timeline_event_create`
pub fn create(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let body: types::TimelineEventCreateBody = call.body()?;
    let new = NewTimelineEvent {
        creator: call.caller,
        source: body_id(body.source.id.as_str(), "/source/id")?,
        template: body_id(body.template.id.as_str(), "/template/id")?,
        about: About {
            contact: reference(body.contact, "/contact/id")?.flatten(),
            invoice: reference(body.invoice, "/invoice/id")?.flatten(),
            site: reference(body.site, "/site/id")?.flatten(),
            subscription: reference(body.subscription, "/subscription/id")?.flatten(),
            tenancy: reference(body.tenancy, "/tenancy/id")?.flatten(),
            unit: reference(body.unit, "/unit/id")?.flatten(),
            unit_type: reference(body.unit_type, "/unit_type/id")?.flatten(),
        },
        description: body.description.into_value(),
        external: body.external.into_value().map(external),
        variables: body.variables.unwrap_or_default(),
    };
    let id = TimelineEvent::create(world, call.now, new)?;
    call.show::<TimelineEvent>(world, 201, "event", id)
}

/// `timeline_event_update`
pub fn update(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let id = call.existing::<TimelineEvent>(world, "event_id")?;
    let body: types::TimelineEventUpdateBody = call.body()?;
    let change = TimelineEventChange {
        source: body.source.map(|source| body_id(source.id.as_str(), "/source/id")).transpose()?,
        template: body.template.map(|template| body_id(template.id.as_str(), "/template/id")).transpose()?,
        about: AboutChange {
            contact: reference(body.contact, "/contact/id")?,
            invoice: reference(body.invoice, "/invoice/id")?,
            site: reference(body.site, "/site/id")?,
            subscription: reference(body.subscription, "/subscription/id")?,
            tenancy: reference(body.tenancy, "/tenancy/id")?,
            unit: reference(body.unit, "/unit/id")?,
            unit_type: reference(body.unit_type, "/unit_type/id")?,
        },
        description: body.description.into_option(),
        external: body.external.into_option().map(|given| given.map(external)),
        variables: body.variables,
    };
    TimelineEvent::change(world, call.now, id, change)?;
    call.show::<TimelineEvent>(world, 200, "event", id)
}

fn external(body: types::TimelineEventCreateBodyExternal) -> External {
    External { id: body.id.into_value(), url: body.url.into_value() }
}
