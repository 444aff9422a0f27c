//! Timeline events.

use stora_client::types;

use super::{Show, View, moment, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::contact::Contact;
use crate::domain::invoice::Invoice;
use crate::domain::site::Site;
use crate::domain::subscription::Subscription;
use crate::domain::tenancy::Tenancy;
use crate::domain::timeline::{External, TimelineEvent, TimelineSource, TimelineTemplate};
use crate::domain::unit::Unit;
use crate::domain::unit_type::UnitType;
use crate::store::{Table, World};

impl Show for TimelineEvent {
    type Wire = types::TimelineEvent;

    fn table(world: &World) -> &Table<Self> {
        &world.timeline_events
    }

    fn show(&self, view: &View<'_>, expand: &ExpandTree) -> types::TimelineEvent {
        types::TimelineEvent {
            id: wire_id(self.id),
            contact: view.optional::<Contact>(self.contact, expand, "contact"),
            created_at: moment(self.created_at),
            creator: view.creator(self.creator, expand, "creator"),
            description: self.description.clone(),
            external: self.external.as_ref().map(external),
            invoice: view.optional::<Invoice>(self.invoice, expand, "invoice"),
            site: view.optional::<Site>(self.site, expand, "site"),
            source: view.reference::<TimelineSource>(self.source, expand, "source"),
            subscription: view.optional::<Subscription>(self.subscription, expand, "subscription"),
            template: view.reference::<TimelineTemplate>(self.template, expand, "template"),
            tenancy: view.optional::<Tenancy>(self.tenancy, expand, "tenancy"),
            unit: view.optional::<Unit>(self.unit, expand, "unit"),
            unit_type: view.optional::<UnitType>(self.unit_type, expand, "unit_type"),
            updated_at: moment(self.updated_at),
            variables: self.variables.clone(),
            extra: Default::default(),
        }
    }
}

fn external(external: &External) -> types::TimelineEventExternal {
    types::TimelineEventExternal { id: external.id.clone(), url: external.url.clone(), extra: Default::default() }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::sample::Sample;
    use super::*;

    #[test]
    fn an_event_may_be_about_nothing() {
        let mut sample = Sample::new();
        let json = sample.json_after::<TimelineEvent>(
            |world| &mut world.timeline_events,
            |event| {
                event.contact = None;
                event.description = None;
                event.external = None;
                event.invoice = None;
                event.site = None;
                event.subscription = None;
                event.tenancy = None;
                event.unit = None;
                event.unit_type = None;
                event.variables.clear();
            },
        );
        let names =
            ["contact", "description", "external", "invoice", "site", "subscription", "tenancy", "unit", "unit_type"];
        for name in names {
            assert_eq!(json.get(name), Some(&Value::Null), "{name}");
        }
        assert_eq!(json["variables"], json!({}));
    }

    #[test]
    fn what_is_not_said_of_the_outside_is_null() {
        let json = Sample::new().json::<TimelineEvent>(&ExpandTree::default());
        assert_eq!(json["external"], json!({"id": "call-1", "url": null}));
    }
}
