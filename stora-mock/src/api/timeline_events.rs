//! Timeline events.

use stora_client::{Nullable, Reference, types};

use super::body::{body_id, reference};
use super::{Answer, Call};
use crate::contract::error::ApiError;
use crate::domain::faults::Faults;
use crate::domain::ids::{AnyId, Id};
use crate::domain::refusal::Refusal;
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
    let new = new_event(call.body()?, call.caller)?;
    let id = TimelineEvent::create(world, call.now, new)?;
    call.show::<TimelineEvent>(world, 201, "event", id)
}

/// `timeline_event_update`
pub fn update(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let id = call.existing::<TimelineEvent>(world, "event_id")?;
    let change = event_change(call.body()?)?;
    TimelineEvent::change(world, call.now, id, change)?;
    call.show::<TimelineEvent>(world, 200, "event", id)
}

fn new_event(body: types::TimelineEventCreateBody, creator: AnyId) -> Result<NewTimelineEvent, Refusal> {
    let mut faults = Faults::default();
    let source = faults.gather(body_id(body.source.id.as_str(), "/source/id"))?;
    let template = faults.gather(body_id(body.template.id.as_str(), "/template/id"))?;
    let about = About {
        contact: about(body.contact, "/contact/id", &mut faults)?.flatten(),
        invoice: about(body.invoice, "/invoice/id", &mut faults)?.flatten(),
        site: about(body.site, "/site/id", &mut faults)?.flatten(),
        subscription: about(body.subscription, "/subscription/id", &mut faults)?.flatten(),
        tenancy: about(body.tenancy, "/tenancy/id", &mut faults)?.flatten(),
        unit: about(body.unit, "/unit/id", &mut faults)?.flatten(),
        unit_type: about(body.unit_type, "/unit_type/id", &mut faults)?.flatten(),
    };
    let (source, template) = faults.finish(source.zip(template))?;
    Ok(NewTimelineEvent {
        creator,
        source,
        template,
        about,
        description: body.description.into_value(),
        external: body.external.into_value().map(external),
        variables: body.variables.unwrap_or_default(),
    })
}

fn event_change(body: types::TimelineEventUpdateBody) -> Result<TimelineEventChange, Refusal> {
    let mut faults = Faults::default();
    let source = body.source.map(|source| body_id(source.id.as_str(), "/source/id"));
    let source = faults.gather(source.transpose())?.flatten();
    let template = body.template.map(|template| body_id(template.id.as_str(), "/template/id"));
    let template = faults.gather(template.transpose())?.flatten();
    let about = AboutChange {
        contact: about(body.contact, "/contact/id", &mut faults)?,
        invoice: about(body.invoice, "/invoice/id", &mut faults)?,
        site: about(body.site, "/site/id", &mut faults)?,
        subscription: about(body.subscription, "/subscription/id", &mut faults)?,
        tenancy: about(body.tenancy, "/tenancy/id", &mut faults)?,
        unit: about(body.unit, "/unit/id", &mut faults)?,
        unit_type: about(body.unit_type, "/unit_type/id", &mut faults)?,
    };
    faults.none()?;
    Ok(TimelineEventChange {
        source,
        template,
        about,
        description: body.description.into_option(),
        external: body.external.into_option().map(|given| given.map(external)),
        variables: body.variables,
    })
}

/// What a body says of something that an event is about. An id that cannot be one is noted.
fn about<I: Id>(
    given: Nullable<Reference<impl AsRef<str>>>,
    pointer: &str,
    faults: &mut Faults,
) -> Result<Option<Option<I>>, Refusal> {
    Ok(faults.gather(reference(given, pointer))?.flatten())
}

fn external(body: types::TimelineEventCreateBodyExternal) -> External {
    External { id: body.id.into_value(), url: body.url.into_value() }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::domain::fixtures::pointers;
    use crate::domain::ids::StaffId;

    /// Every reference that an event can have, by an id that cannot be one.
    const REFERENCES: [(&str, &str); 9] = [
        ("source", "tsrc_none"),
        ("template", "aetpl_none"),
        ("contact", "con_none"),
        ("invoice", "inv_none"),
        ("site", "site_none"),
        ("subscription", "sub_none"),
        ("tenancy", "ten_none"),
        ("unit", "unit_none"),
        ("unit_type", "utype_none"),
    ];

    fn body<T: serde::de::DeserializeOwned>(json: Value) -> T {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn every_id_that_cannot_be_one_is_pointed_at() {
        let json: Map<String, Value> =
            REFERENCES.iter().map(|(name, id)| ((*name).to_owned(), json!({"id": id}))).collect();
        let expected = REFERENCES.map(|(name, _)| format!("/{name}/id"));
        assert_eq!(pointers(new_event(body(json.clone().into()), StaffId::new(1).any())), expected);
        assert_eq!(pointers(event_change(body(json.into()))), expected);
    }

    #[test]
    fn what_is_left_out_stays_and_null_clears() {
        let change = event_change(body(json!({}))).unwrap();
        assert!(change.source.is_none() && change.about.contact.is_none() && change.external.is_none());
        let change = event_change(body(json!({"contact": null, "description": null, "external": null}))).unwrap();
        assert_eq!((change.about.contact, change.description, change.external), (Some(None), Some(None), Some(None)));
    }
}
