//! Changes in the sense of merge patch: what was read changes nothing, null clears, what is left out stays.

use conformance::answers::{is_request, operations};
use conformance::document::{entries, items, resolve};
use conformance::http::Call;
use conformance::json::difference;
use serde_json::{Map, Value, json};

use super::dice::Dice;
use super::state::{State, prefix};
use super::views::Shown;
use crate::harness::{Mock, NOW, record};
use crate::samples::{body_schema, branches, types};

/// The operations that change a record, each with the prefix of its ids and the parameter for its id.
const UPDATES: [(&str, &str, &str); 8] = [
    ("contact_update", "con_", "contact_id"),
    ("deal_update", "deal_", "deal_id"),
    ("note_update", "note_", "note_id"),
    ("order_line_item_update", "olitm_", "line_item_id"),
    ("order_update", "order_", "order_id"),
    ("task_update", "task_", "task_id"),
    ("timeline_event_update", "aevt_", "event_id"),
    ("webhook_endpoint_update", "we_", "webhook_endpoint_id"),
];

#[test]
fn every_update_is_among_those_that_are_tried() {
    let mut updates: Vec<&str> = operations().keys().filter(|id| id.ends_with("_update")).copied().collect();
    updates.sort_unstable();
    assert_eq!(updates, UPDATES.map(|(operation, _, _)| operation));
}

/// Tries some records of each kind. The clock moves on with every change, so that one would show.
pub(crate) async fn hold(mock: &Mock, dice: &mut Dice, shown: &Shown, records: usize) {
    let state = State::of(mock, "demo").await;
    let mut at = NOW + 86_400;
    for (operation, of, _) in UPDATES {
        let is_open = |id: &str| match of {
            "order_" => state.row(id).unwrap()["status"] == "draft",
            "olitm_" => {
                let order = state.row(id).unwrap()["order"].as_str().unwrap();
                state.row(order).unwrap()["status"] == "draft"
            }
            _ => true,
        };
        let ids: Vec<&String> = shown.keys().filter(|id| prefix(id) == of && is_open(id)).collect();
        for _ in 0..ids.len().min(records) {
            let id = (*dice.pick(&ids)).clone();
            tick(mock, &mut at).await;
            what_was_read_changes_nothing(mock, &state, operation, &id).await;
            null_clears_and_the_rest_stays(mock, &state, operation, &id, &mut at).await;
        }
    }
}

async fn tick(mock: &Mock, at: &mut i64) {
    *at += 1;
    let moment = chrono::DateTime::from_timestamp(*at, 0).unwrap().to_rfc3339();
    mock.control("POST", "/clock", Some(json!({"at": moment}))).await;
}

fn call<'m>(mock: &'m Mock, state: &State, operation: &str, id: &str) -> Call<'m> {
    let (_, _, parameter) = UPDATES.iter().find(|(name, _, _)| *name == operation).unwrap();
    let call = mock.call(operation).path(parameter, id);
    match state.row(id).and_then(|row| row["order"].as_str()) {
        Some(order) if prefix(id) == "olitm_" => call.path("order_id", order),
        _ => call,
    }
}

async fn what_was_read_changes_nothing(mock: &Mock, state: &State, operation: &str, id: &str) {
    let before = mock.snapshot().await;
    let answer = call(mock, state, operation, id).json(&json!({})).send().await;
    if lost_what_it_needs(state, operation, id) {
        assert_eq!(answer.status, 422, "{operation} of {id}");
        return;
    }
    let read = record(&answer);
    assert!(mock.snapshot().await == before, "{operation} of {id} with nothing in it has changed something: {read}");
    let body = narrowed(&read, body_schema(operation).unwrap()).unwrap();
    assert!(is_request(operation, &body), "{operation}: {body}");
    let written = record(&call(mock, state, operation, id).json(&body).expect(200).await);
    assert_eq!(difference(&read, &written), None, "{operation} with {body}");
    let after = mock.snapshot().await;
    // That the caller sets the price of a line shows nowhere, and is kept.
    assert!(operation == "order_line_item_update" || after == before, "{operation} of {id} with what it says: {body}");
}

/// What of an order depends on the tax rates of the site.
const TAXED: [&str; 3] = ["tax", "total_excluding_tax", "one_time_total_excluding_tax"];

async fn null_clears_and_the_rest_stays(mock: &Mock, state: &State, operation: &str, id: &str, at: &mut i64) {
    let schema = resolve(body_schema(operation).unwrap());
    for (name, below) in entries(schema, "properties") {
        if !takes_null(below) {
            continue;
        }
        tick(mock, at).await;
        let answer = call(mock, state, operation, id).json(&json!({})).send().await;
        if answer.status != 200 {
            assert!(lost_what_it_needs(state, operation, id), "{operation} of {id}: {}", answer.status);
            return;
        }
        let read = record(&answer);
        let body: Value = Map::from_iter([(name.clone(), Value::Null)]).into();
        let answer = call(mock, state, operation, id).json(&body).send().await;
        if answer.status != 200 {
            // What an event needs for its template cannot be cleared, nor the period that lines are priced by.
            assert!([409, 422].contains(&answer.status), "{operation} {body}: {}", answer.status);
            let after = record(&call(mock, state, operation, id).json(&json!({})).expect(200).await);
            assert_eq!(after, read, "{operation} {body} was refused and has changed something");
            continue;
        }
        let written = record(&answer);
        let member = if name == "emails" { "email_notifications" } else { name };
        // An address is an object of nulls once it is gone, and an outside link an object too.
        assert!(is_empty(&written[member]), "{operation} {body}: {}", written[member]);
        let was_empty = is_empty(&read[member]);
        for (other, value) in read.as_object().unwrap() {
            let follows = other == member
                || other == "updated_at"
                // The two names of one text (crm.yaml, deals).
                || (operation == "deal_update" && member == "note" && other == "value_estimate")
                || (operation == "order_update" && ["coupon", "billing_period"].contains(&member))
                // Every change of a draft works out its taxes anew, and staff may have changed the rates (O23).
                || (operation == "order_update" && TAXED.contains(&other.as_str()));
            assert!(
                follows || written[other] == *value,
                "{operation} {body}: {other} was {value}, is {}",
                written[other]
            );
        }
        if was_empty {
            assert_eq!(read["updated_at"], written["updated_at"], "{operation} {body} changed nothing");
        } else {
            assert_ne!(read["updated_at"], written["updated_at"], "{operation} {body} changed something");
        }
    }
}

/// Whether it is an event that was about a contact which is gone: its template asks for one, and is asked of the result of a change
/// (webhooks.yaml, `timeline_event_update`).
fn lost_what_it_needs(state: &State, operation: &str, id: &str) -> bool {
    let event = state.row(id).unwrap();
    let needs = |variable: &Value| event[variable.as_str().unwrap()].is_null();
    operation == "timeline_event_update"
        && state.row(event["template"].as_str().unwrap()).unwrap()["predefined_variables"]
            .as_array()
            .unwrap()
            .iter()
            .any(needs)
}

/// What of a record a body can say again.
fn narrowed(value: &Value, schema: &'static Value) -> Option<Value> {
    let schema = resolve(schema);
    if value.is_null() {
        return takes_null(schema).then_some(Value::Null);
    }
    let branches = branches(schema);
    if !branches.is_empty() {
        return branches.into_iter().filter(|branch| resolve(branch)["type"] != "null").find_map(|branch| {
            let is_meant = entries(resolve(branch), "properties")
                .all(|(name, below)| resolve(below).get("const").is_none_or(|only| value[name] == *only));
            let is_listed = resolve(branch).get("enum").is_none_or(|_| items(resolve(branch), "enum").contains(value));
            let is_constant = resolve(branch).get("const").is_none_or(|only| only == value);
            (is_meant && is_listed && is_constant).then(|| narrowed(value, branch)).flatten()
        });
    }
    match value {
        Value::Object(object) => {
            let required: Vec<&str> = items(schema, "required").iter().filter_map(Value::as_str).collect();
            let mut kept = Map::new();
            for (name, value) in object {
                let below = schema["properties"].get(name).or_else(|| schema.get("additionalProperties"));
                if let Some(below) = below.filter(|below| below.is_object()) {
                    kept.extend(narrowed(value, below).map(|value| (name.clone(), value)));
                }
            }
            required.iter().all(|name| kept.contains_key(*name)).then(|| kept.into())
        }
        Value::Array(list) => list.iter().map(|item| narrowed(item, &schema["items"])).collect(),
        other => Some(other.clone()),
    }
}

fn takes_null(schema: &'static Value) -> bool {
    let schema = resolve(schema);
    let is_null = |one: &'static Value| types(resolve(one)).contains(&"null");
    is_null(schema) || ["oneOf", "anyOf"].iter().any(|key| items(schema, key).iter().any(is_null))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.values().all(is_empty),
        value => value.is_null(),
    }
}
