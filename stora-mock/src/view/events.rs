//! Events as webhook endpoints get them.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::OnceLock;

use serde_json::Value;

use super::{Addresses, Show, View};
use crate::contract::query::ExpandTree;
use crate::domain::contact::Contact;
use crate::domain::coupon::Coupon;
use crate::domain::credit_note::CreditNote;
use crate::domain::deal::Deal;
use crate::domain::event::{Event, EventKind};
use crate::domain::identity_verification::IdentityVerification;
use crate::domain::ids::{AnyId, Kind, WebhookEventId};
use crate::domain::invoice::Invoice;
use crate::domain::order::Order;
use crate::domain::protection_level::ProtectionLevel;
use crate::domain::subscription::Subscription;
use crate::domain::time::Timestamp;
use crate::domain::unit::Unit;
use crate::domain::unit_type::UnitType;
use crate::generated::DOCUMENT;

/// The version of the API that decides the shape of the data.
const API_VERSION: &str = "2025-09";

/// The body of the requests that tell of an event: the resource as the API shows it now, its references unexpanded (W1). Nothing
/// if there is no such record.
pub fn payload(view: &View<'_>, event: &Event, id: WebhookEventId) -> Option<String> {
    let data = resource(view, event.subject.kind, Some(event.subject))?;
    Some(envelope(view.addresses, event.kind, id, event.at, &data))
}

/// What an event of a type would tell of, and the body that would tell of it: a named record of the kind that the type is about,
/// or else the newest one. Nothing if there is no such record.
pub fn pretended(
    view: &View<'_>,
    (kind, id, at): (EventKind, WebhookEventId, Timestamp),
    subject: Option<AnyId>,
) -> Option<(AnyId, String)> {
    let data = resource(view, subject_of(kind)?, subject)?;
    let subject = subject.or_else(|| newest(view, subject_of(kind)?))?;
    Some((subject, envelope(view.addresses, kind, id, at, &data)))
}

/// The body that the document has as an example of a type, as if it were of this moment.
pub fn example(addresses: &Addresses, kind: EventKind, id: WebhookEventId, at: Timestamp) -> Option<(AnyId, String)> {
    static WEBHOOKS: OnceLock<Value> = OnceLock::new();
    let webhooks = WEBHOOKS.get_or_init(|| {
        let document = serde_json::from_str::<Value>(DOCUMENT);
        document.map(|mut document| document["webhooks"].take()).unwrap_or_default()
    });
    let examples = &webhooks[kind.as_str()]["post"]["requestBody"]["content"]["application/json"]["examples"];
    let example = examples.as_object()?.values().next()?;
    let data = &example["value"]["event"]["data"][kind.resource()];
    let subject = AnyId::parse(data["id"].as_str()?)?;
    Some((subject, envelope(addresses, kind, id, at, &data.to_string())))
}

/// The kind of record that a type of event is about.
pub fn subject_of(kind: EventKind) -> Option<Kind> {
    Kind::ALL.into_iter().find(|subject| subject.noun().replace(' ', "_") == kind.resource())
}

/// An event around its data. The keys stand in the order that the reference gives: `id`, `api_version`, `created_at`, `data`, `meta`,
/// `type`.
fn envelope(addresses: &Addresses, kind: EventKind, id: WebhookEventId, at: Timestamp, data: &str) -> String {
    let (resource, curies) = (kind.resource(), &addresses.curies);
    let mut body = String::with_capacity(data.len() + curies.len() + 256);
    // Nothing of it has to be escaped, and writing to a text does not fail.
    let _ = write!(
        body,
        "{{\"event\":{{\"id\":\"{id}\",\"api_version\":\"{API_VERSION}\",\"created_at\":\"{at}\",\"data\":{{\"{resource}\":{data}}},\
         \"meta\":{{\"curies\":{curies}}},\"type\":\"{kind}\"}}}}"
    );
    body
}

/// Does something with the kind of records that an id is of, for the kinds that events are about.
macro_rules! of_kind {
    ($kind:expr, $act:ident($($argument:expr),*)) => {
        match $kind {
            Kind::Contact => $act::<Contact>($($argument),*),
            Kind::Coupon => $act::<Coupon>($($argument),*),
            Kind::CreditNote => $act::<CreditNote>($($argument),*),
            Kind::Deal => $act::<Deal>($($argument),*),
            Kind::IdentityVerification => $act::<IdentityVerification>($($argument),*),
            Kind::Invoice => $act::<Invoice>($($argument),*),
            Kind::Order => $act::<Order>($($argument),*),
            Kind::ProtectionLevel => $act::<ProtectionLevel>($($argument),*),
            Kind::Subscription => $act::<Subscription>($($argument),*),
            Kind::Unit => $act::<Unit>($($argument),*),
            Kind::UnitType => $act::<UnitType>($($argument),*),
            _ => None,
        }
    };
}

/// The JSON of a record of a kind: of the named one, or of the newest.
fn resource<'w>(view: &View<'w>, kind: Kind, id: Option<AnyId>) -> Option<Cow<'w, str>> {
    fn json<'w, T: Show>(view: &View<'w>, id: Option<AnyId>) -> Option<Cow<'w, str>> {
        let id = id.or_else(|| last::<T>(view))?;
        let row = T::table(view.world).row(id.of()?)?;
        Some(view.json(row, &ExpandTree::default()))
    }
    of_kind!(kind, json(view, id))
}

/// The newest record of a kind.
fn newest(view: &View<'_>, kind: Kind) -> Option<AnyId> {
    of_kind!(kind, last(view))
}

fn last<T: Show>(view: &View<'_>) -> Option<AnyId> {
    use crate::domain::ids::Id as _;
    T::table(view.world).iter().next_back().map(|record| record.id().any())
}

#[cfg(test)]
mod tests {
    use jsonschema::Validator;
    use serde_json::json;
    use stora_client::types;

    use super::super::sample::{Sample, at};
    use super::*;
    use crate::contract::body::{faults, validator_of};
    use crate::domain::ids::Id as _;

    const ID: u64 = 0x5b8e_0f3a_91c2_d477;

    /// What checks the bodies of a type of events, by the document.
    fn validator(document: &Value, kind: EventKind) -> Validator {
        let body = &document["webhooks"][kind.as_str()]["post"]["requestBody"]["content"]["application/json"]["schema"];
        assert!(body.is_object(), "{kind}");
        let mut schema = body.clone();
        schema["components"] = document["components"].clone();
        validator_of(schema)
    }

    fn check(document: &Value, kind: EventKind, body: &str) -> Value {
        let value: Value = serde_json::from_str(body).unwrap();
        assert_eq!(faults(&validator(document, kind), &value), [], "{kind}: {body}");
        let event: types::Event = serde_json::from_str(body).unwrap();
        assert_eq!(event.tag(), kind.as_str());
        assert!(!matches!(event, types::Event::Unknown(..)), "{kind}");
        let keys: Vec<&String> = value["event"].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["id", "api_version", "created_at", "data", "meta", "type"], "{kind}");
        assert_eq!(value["event"]["id"], "evt_5b8e0f3a91c2d477");
        assert_eq!(value["event"]["created_at"], "2026-03-02T10:00:00Z");
        value
    }

    #[test]
    fn every_type_of_event_is_told_as_the_document_says_and_decodes_as_what_it_is() {
        // W1
        let document: Value = serde_json::from_str(DOCUMENT).unwrap();
        let sample = Sample::new();
        let id = WebhookEventId::new(ID);
        for kind in EventKind::ALL {
            let subject = AnyId { kind: subject_of(*kind).unwrap(), number: 1 };
            let event = Event { kind: *kind, subject, at: at() };
            let body = payload(&sample.view(), &event, id).unwrap();
            let value = check(&document, *kind, &body);
            assert_eq!(value["event"]["data"][kind.resource()]["id"], subject.to_string());
            let pretended = pretended(&sample.view(), (*kind, id, at()), None);
            assert_eq!(pretended, Some((subject, body)), "{kind}");
        }
    }

    #[test]
    fn the_document_has_a_sample_of_every_type() {
        let document: Value = serde_json::from_str(DOCUMENT).unwrap();
        for kind in EventKind::ALL {
            let (subject, body) = example(&Sample::new().addresses, *kind, WebhookEventId::new(ID), at()).unwrap();
            check(&document, *kind, &body);
            assert_eq!(Some(subject.kind), subject_of(*kind));
        }
    }

    #[test]
    fn of_a_record_that_is_not_there_nothing_is_told() {
        let sample = Sample::new();
        let event = Event { kind: EventKind::UnitUpdated, subject: AnyId { kind: Kind::Unit, number: 99 }, at: at() };
        assert_eq!(payload(&sample.view(), &event, WebhookEventId::new(ID)), None);
        let other = AnyId { kind: Kind::Unit, number: 1 };
        let told = (EventKind::InvoicePaid, WebhookEventId::new(ID), at());
        assert_eq!(pretended(&sample.view(), told, Some(other)), None);
    }

    #[test]
    fn the_documented_types_are_those_that_the_document_marks_so() {
        // W3
        let document: Value = serde_json::from_str(DOCUMENT).unwrap();
        assert_eq!(document["webhooks"].as_object().unwrap().len(), EventKind::ALL.len());
        for kind in EventKind::ALL {
            let mark = &document["webhooks"][kind.as_str()]["post"]["x-evidence"];
            assert_eq!(mark == &json!(null), kind.is_documented(), "{kind}: {mark}");
        }
    }
}
