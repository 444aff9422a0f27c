//! What the service may change without notice does not break a client: it decodes, and nothing of it is lost.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use conformance::examples::{Example, Row, distinct};
use conformance::json::{at, difference, with, without};
use conformance::shape::{Place, What, asked_only, fits, places};
use conformance::{Again, strictly};
use serde::Deserialize;
use serde_json::{Value, json};
use stora_client::{Expandable, types};

#[test]
fn an_unknown_property_decodes_and_is_kept() {
    let new = || json!({"nested": [1, "two", null]});
    let mut check = Check::default();
    for (example, again) in sent() {
        let mut changed = example.value.clone();
        let objects = objects(&example);
        for pointer in &objects {
            at(&mut changed, pointer)["x_new_property"] = new();
        }
        if check.kept(&example, "", &changed, strictly(again, &changed)) {
            continue;
        }
        // Which of them was it? None, where the example fails as it is.
        if strictly(again, example.value).is_err() {
            continue;
        }
        for pointer in &objects {
            let mut changed = example.value.clone();
            at(&mut changed, pointer)["x_new_property"] = new();
            check.kept(&example, pointer, &changed, strictly(again, &changed));
        }
    }
    check.finish("examples with unknown properties", 300);
}

#[test]
fn an_unknown_value_of_an_enum_decodes_and_is_kept() {
    let mut check = Check::default();
    for (example, again, place) in all_places() {
        let kept = match place.what {
            What::Enum => true,
            // A variant of a union, or the payload of one type of event, on its own insists on what it is.
            What::Constant => !matches!(
                (&example.row, place.pointer.as_str()),
                (Row::Event(_), "/event/type") | (Row::Component(_) | Row::Body(_), "/type" | "/grant_type")
            ),
            _ => false,
        };
        if kept {
            let changed = with(example.value, &place.pointer, json!("x_new_value"));
            check.kept(&example, &place.pointer, &changed, again(&changed));
        }
    }
    check.finish("enums with an unknown value", 1000);
}

#[test]
fn an_unknown_form_of_a_union_decodes_and_is_kept() {
    let mut check = Check::default();
    for (example, again, place) in all_places() {
        let new = match place.what {
            What::Tag => "x_new_form",
            What::Kind => "xnew_3b1f",
            _ => continue,
        };
        let changed = with(example.value, &place.pointer, json!(new));
        check.kept(&example, &place.pointer, &changed, again(&changed));
    }
    check.finish("unions of an unknown form", 100);
}

#[test]
fn an_optional_property_may_be_missing() {
    let mut check = Check::default();
    for (example, again, place) in all_places() {
        let What::Object(properties) = place.what else { continue };
        for (name, _) in properties.iter().filter(|(_, property)| !property.required) {
            let changed = without(example.value, &place.pointer, name);
            check.kept(&example, &format!("{}/{name}", place.pointer), &changed, again(&changed));
        }
    }
    check.finish("optional properties left out", 100);
}

/// A nullable property that is missing reads as null, an unknown form of a union stays whole, and what has nothing left but
/// its id is a reference; all else is an error.
#[test]
fn a_missing_required_property_is_an_error_that_names_it() {
    let mut check = Check::default();
    let mut outcomes = BTreeMap::<&str, usize>::new();
    for (example, again, place) in all_places() {
        let What::Object(properties) = place.what else { continue };
        for (name, property) in properties.iter().filter(|(_, property)| property.required) {
            let changed = without(example.value, &place.pointer, name);
            let outcome = match again(&changed) {
                Err(error) if error.to_string().contains(&format!("`{name}`")) => Ok("error"),
                Err(error) => Err(format!("the error does not name it: {error}")),
                Ok(back)
                    if property.nullable && difference(&with_null(&changed, &place.pointer, name), &back).is_none() =>
                {
                    Ok("null")
                }
                Ok(back) if fits(example.schema, &changed) && difference(&changed, &back).is_none() => {
                    Ok("still valid")
                }
                Ok(back) if (place.loose || property.tag) && difference(&changed, &back).is_none() => {
                    Ok("unknown form")
                }
                Ok(_) => Err("decodes all the same".to_owned()),
            };
            match outcome {
                Ok(outcome) => *outcomes.entry(outcome).or_default() += 1,
                Err(reason) => check.failures.push(format!("{}#{}/{name}: {reason}", example.pointer, place.pointer)),
            }
            check.count += 1;
        }
    }
    println!("{outcomes:?}");
    check.finish("required properties left out", 1000);
}

#[test]
fn an_id_of_the_wrong_kind_is_an_error_that_names_the_right_one() {
    let mut check = Check::default();
    for (example, again, place) in all_places() {
        let What::Id(prefix) = place.what else { continue };
        let changed = with(example.value, &place.pointer, json!("xnew_3b1f"));
        check.count += 1;
        match again(&changed) {
            Err(error) => {
                let text = error.to_string();
                if !text.contains("`xnew_3b1f` is not a ")
                    || !text.contains("Id: it must begin with")
                    || !text.contains(&prefix)
                {
                    check.failures.push(format!("{}#{}: {text}", example.pointer, place.pointer));
                }
            }
            Ok(back) if place.loose && difference(&changed, &back).is_none() => {}
            Ok(_) => check.failures.push(format!("{}#{}: decodes all the same", example.pointer, place.pointer)),
        }
    }
    check.finish("ids of the wrong kind", 500);

    let error = serde_json::from_value::<types::Contact>(json!({"id": "unit_1"})).unwrap_err().to_string();
    assert_eq!(error, "`unit_1` is not a ContactId: it must begin with con_ and go on");
    let error = serde_json::from_value::<Expandable<types::Contact>>(json!({"id": "con_"})).unwrap_err().to_string();
    assert_eq!(error, "`con_` is not a ContactId: it must begin with con_ and go on");
}

#[test]
fn every_event_is_told_by_its_type_and_an_unknown_one_keeps_its_payload() {
    let mut count = 0;
    for (example, _) in distinct() {
        let Row::Event(name) = &example.row else { continue };
        let event = types::Event::deserialize(example.value).unwrap();
        assert!(!matches!(event, types::Event::Unknown(_)), "{}", example.pointer);
        assert_eq!(event.tag(), name);
        assert_eq!(difference(example.value, &serde_json::to_value(event).unwrap()), None, "{}", example.pointer);

        let mut unknown = with(example.value, "/event/type", json!("parking.created"));
        unknown["event"]["data"] = json!({"parking": {"id": "park_1", "bays": 2}});
        let event = types::Event::deserialize(&unknown).unwrap();
        assert!(matches!(&event, types::Event::Unknown(payload) if *payload == unknown), "{}", example.pointer);
        assert_eq!(event.tag(), "parking.created");
        assert_eq!(serde_json::to_value(event).unwrap(), unknown);
        count += 1;
    }
    println!("{count} events");
    assert!(count >= 38);
}

#[test]
fn an_event_without_a_type_is_unknown_and_not_lost() {
    for payload in [json!({}), json!({"event": {"id": "evt_1"}}), json!({"event": {"type": 7}}), json!(null)] {
        let event = types::Event::deserialize(&payload).unwrap();
        assert!(matches!(&event, types::Event::Unknown(kept) if *kept == payload));
        assert_eq!(event.tag(), "");
        assert_eq!(serde_json::to_value(event).unwrap(), payload);
    }
}

#[test]
fn a_reference_with_an_unknown_property_stays_a_reference() {
    let value = json!({"id": "con_1", "object": "contact"});
    let reference = Expandable::<types::Contact>::deserialize(&value).unwrap();
    assert!(!reference.is_expanded());
    assert_eq!(reference.id().as_str(), "con_1");
    assert_eq!(serde_json::to_value(&reference).unwrap(), value);

    let value = json!({"id": "unit_1", "object": "unit"});
    let reference = Expandable::<types::TaskResource>::deserialize(&value).unwrap();
    assert!(!reference.is_expanded());
    assert_eq!(serde_json::to_value(&reference).unwrap(), value);
}

#[test]
fn a_resource_of_an_unknown_kind_keeps_its_id_and_all_else() {
    let value = json!({"id": "veh_1", "created_at": "2026-01-01T00:00:00Z", "plate": "HS 2041"});
    let resource = Expandable::<types::NoteResource>::deserialize(&value).unwrap();
    assert_eq!(resource.id().as_str(), "veh_1");
    assert!(matches!(resource.get(), Some(types::NoteResource::Unknown { .. })), "{resource:?}");
    assert_eq!(serde_json::to_value(&resource).unwrap(), value);
}

/// The one list item that has two forms and no tag: a stage that was deleted has no id.
#[test]
fn a_stage_reads_the_same_by_id_in_full_and_deleted() {
    type Stage = types::DealStageOrDeletedDealStage;
    let moments = json!({"created_at": "2024-05-13T08:30:00Z", "name": "Viewing", "position": 2, "updated_at": "2024-05-13T08:30:00Z"});
    let mut full = moments.clone();
    full["id"] = json!("dstg_1");
    let by_id = Stage::deserialize(json!({"id": "dstg_1"})).unwrap();
    assert!(
        matches!(&by_id, Stage::DealStage(stage) if stage.id().as_str() == "dstg_1" && !stage.is_expanded()),
        "{by_id:?}"
    );
    let with_extra = Stage::deserialize(json!({"id": "dstg_1", "object": "stage"})).unwrap();
    assert!(matches!(&with_extra, Stage::DealStage(stage) if !stage.is_expanded()), "{with_extra:?}");
    let full = Stage::deserialize(full).unwrap();
    assert!(matches!(&full, Stage::DealStage(stage) if stage.is_expanded()), "{full:?}");
    let deleted = Stage::deserialize(moments).unwrap();
    assert!(matches!(deleted, Stage::DeletedDealStage(_)), "{deleted:?}");
}

#[test]
fn moments_are_read_in_every_form_of_the_standard() {
    let moment: DateTime<Utc> = "2026-03-02T10:31:44.5Z".parse().unwrap();
    for text in ["2026-03-02T10:31:44.5Z", "2026-03-02T10:31:44.500+00:00", "2026-03-02T11:31:44.5+01:00"] {
        let stage = json!({"id": "dstg_1", "created_at": text, "name": "Viewing", "position": 2, "updated_at": text});
        let stage = types::DealStage::deserialize(stage).unwrap();
        assert_eq!(stage.created_at, moment);
    }
}

/// Examples of what the service sends.
fn sent() -> Vec<(Example, Again)> {
    let asked_only = asked_only();
    let is_sent = |row: &Row| match row {
        Row::Component(name) => !asked_only.contains(name),
        Row::Body(_) => false,
        Row::Answer(_) | Row::Error(..) | Row::Event(_) => true,
    };
    distinct().into_iter().filter(|(example, _)| is_sent(&example.row)).collect()
}

fn objects(example: &Example) -> Vec<String> {
    let places = places(example.schema, example.value).into_iter();
    places.filter(|place| matches!(place.what, What::Object(_))).map(|place| place.pointer).collect()
}

fn all_places() -> impl Iterator<Item = (Example, Again, Place)> {
    distinct().into_iter().flat_map(|(example, again)| {
        let places = places(example.schema, example.value);
        places.into_iter().map(move |place| (example.clone(), again, place))
    })
}

fn with_null(value: &Value, pointer: &str, property: &str) -> Value {
    let mut changed = value.clone();
    at(&mut changed, pointer)[property] = Value::Null;
    changed
}

#[derive(Default)]
struct Check {
    count: usize,
    failures: Vec<String>,
}

impl Check {
    /// Whether a changed example came back as it was.
    fn kept(&mut self, example: &Example, at: &str, changed: &Value, back: Result<Value, serde_json::Error>) -> bool {
        self.count += 1;
        let failure = match back {
            Ok(back) => difference(changed, &back),
            Err(error) => Some(error.to_string()),
        };
        let Some(failure) = failure else { return true };
        self.failures.push(format!("{}#{at}: {failure}", example.pointer));
        false
    }

    /// Fails with all there is to say; `least` guards against a test that tests nothing.
    fn finish(&self, what: &str, least: usize) {
        println!("{} {what}", self.count);
        let failures = &self.failures;
        assert!(failures.is_empty(), "{} of {} {what} fail:\n{}", failures.len(), self.count, failures.join("\n"));
        assert!(self.count >= least, "only {} {what}", self.count);
    }
}
