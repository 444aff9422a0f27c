//! The control API as a whole: over HTTP where that is what matters, else by its methods.

mod money;
mod rental_changes;
mod rentals;
mod unfriendly;

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::*;
use crate::domain::access::SecretHash;
use crate::domain::ids::Kind;
use crate::{MockServer, Options};

/// A server whose clock stands at 2026-03-02T10:00:00Z, a Monday.
fn options() -> Options {
    MockServer::builder().empty(true).clock_at(1_772_445_600)
}

/// Sends a request and gives the status and the body of its answer, null where it is no JSON.
fn send(server: &MockServer, method: &str, path: &str, headers: &str, body: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_default())
}

fn call(server: &MockServer, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    send(server, method, &format!("/_mock{path}"), "", &body)
}

/// The pointers of an answer that refuses a body.
fn pointers((status, answer): (u16, Value)) -> Vec<String> {
    assert_eq!(status, 422, "{answer}");
    let details = answer["error"]["details"].as_array().unwrap();
    details.iter().map(|detail| detail["pointer"].as_str().unwrap().to_owned()).collect()
}

fn hull() -> Value {
    json!({
        "sites": [{"key": "hull", "name": "Hull", "at": "2026-01-05T09:00:00Z",
            "address": {"line_1": "1 Dock Road", "city": "Hull", "postal_code": "HU1 1AA"}}],
        "unit_types": [{"key": "small", "site_id": "hull", "name": "25 sq ft", "base_prices": {"monthly": 8000}}],
        "units": [{"key": "a1", "unit_type_id": "small", "reference_id": "A1"}],
        "contacts": [{"key": "ann", "email": "ann@example.com", "full_name": "Ann Onym"}],
        "orders": [
            {"key": "done", "site_id": "hull", "contact_id": "ann", "status": "completed", "billing_period": "monthly",
                "line_items": [{"type": "unit_type", "item_id": "small"}]},
            {"key": "open", "site_id": "hull", "contact_id": "ann", "status": "finalized", "billing_period": "monthly",
                "line_items": [{"type": "unit_type", "item_id": "small"}]},
        ],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_refers_to_nothing_that_it_does_not_have_and_names_every_operation_once() {
    let server = options().start().await.unwrap();
    let (status, document) = call(&server, "GET", "/openapi.json", &Value::Null);
    assert_eq!((status, &document["openapi"]), (200, &json!("3.1.1")));
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some_and(|schema| !schema.is_null()), "{reference}");
    }
    let ids = table::routes().iter().map(|route| route.id).collect::<BTreeSet<_>>();
    assert_eq!(ids.len(), table::routes().len());
    for schema in document["components"]["schemas"].as_object().unwrap().values() {
        assert!(jsonschema::meta::is_valid(schema), "{schema}");
    }
}

fn collect(value: &Value, references: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            references.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|value| collect(value, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_path_of_the_document_is_served() {
    let server = options().start().await.unwrap();
    // Events go on without end.
    for route in table::routes().iter().filter(|route| route.id != "event_watch") {
        let path = route.path.replace(['{', '}'], "x");
        let (_, answer) = call(&server, route.method.as_str(), &path, &Value::Null);
        assert_ne!(answer["error"]["code"], "invalid_endpoint", "{} {}", route.method, route.path);
        assert_ne!(answer["error"]["code"], "internal_server_error", "{} {}", route.method, route.path);
    }
    assert_eq!(call(&server, "PUT", "/health", &Value::Null).0, 405);
    assert_eq!(call(&server, "GET", "/nothing", &Value::Null).0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_control_token_all_but_health_readiness_and_errors_need_it() {
    let server = options().control_token("open sesame").start().await.unwrap();
    for route in table::routes().iter().filter(|route| !route.path.contains('{')) {
        let (status, answer) = call(&server, route.method.as_str(), route.path, &Value::Null);
        assert_eq!(status == 401, !route.open, "{} {answer}", route.id);
    }
    let clock = |header: &str| send(&server, "GET", "/_mock/clock", header, "").0;
    assert_eq!(clock("authorization: Bearer open sesame\r\n"), 200);
    assert_eq!(clock("authorization: bearer open sesame\r\n"), 200);
    assert_eq!(clock("authorization: Bearer open\r\n"), 401);
    assert_eq!(clock("authorization: Basic open sesame\r\n"), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_body_is_told_with_its_place() {
    let server = options().start().await.unwrap();
    let wrong = json!({"name": 1, "address": {"city": "Hull"}, "colour": "red"});
    assert_eq!(
        pointers(call(&server, "POST", "/sites", &wrong)),
        ["/address/line_1", "/address/postal_code", "/colour", "/name"]
    );
    let unknown = json!({"site_id": "site_0000000000000000", "name": "Small"});
    assert_eq!(pointers(call(&server, "POST", "/unit_types", &unknown)), ["/site_id"]);
    assert_eq!(send(&server, "POST", "/_mock/sites", "", "{").0, 400);
    assert_eq!(pointers(call(&server, "GET", "/clock?oprator=demo", &Value::Null)), ["/oprator"]);
    assert_eq!(pointers(call(&server, "GET", "/journal?limit=many", &Value::Null)), ["/limit"]);
    assert_eq!(call(&server, "GET", "/clock?operator=nobody", &Value::Null).0, 404);
}

#[tokio::test]
async fn operators_see_nothing_of_each_other() {
    let server = options().start().await.unwrap();
    let control = server.control();
    let token = CreateAccessToken { value: Some(SecretText::new("moor")), ..CreateAccessToken::everything("a") };
    let new =
        CreateOperator { id: Some("moor".into()), tokens: Some(vec![token.clone()]), ..CreateOperator::default() };
    let made = control.create_operator(new.clone()).unwrap();
    assert_eq!(made.access_tokens[0].value.reveal(), "moor");
    assert!(control.create_operator(new.clone()).unwrap_err().is_conflict());
    let fen = CreateOperator { id: Some("fen".into()), ..new };
    assert!(control.create_operator(fen).unwrap_err().is_conflict(), "a token is that of one operator");

    let (moor, demo) = (control.operator("moor").unwrap(), control.operator("demo").unwrap());
    let before = demo.snapshot();
    moor.seed(hull()).unwrap();
    assert_eq!(demo.snapshot(), before);
    assert!(demo.create_access_token(token).unwrap_err().is_conflict());
    assert!(demo.restore(&moor.snapshot()).unwrap_err().is_conflict());
    assert_eq!(demo.snapshot(), before);

    let same = |name: &str| CreateOperator { id: Some(name.into()), seed: Some(7), ..CreateOperator::default() };
    let (one, two) = (control.create_operator(same("one")).unwrap(), control.create_operator(same("two")).unwrap());
    assert_ne!(one.access_tokens[0].value, two.access_tokens[0].value);
    control.delete_operator("moor").unwrap();
    assert!(control.operator("moor").unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_snapshot_brings_everything_back_to_the_byte_and_a_reset_what_there_was_at_first() {
    let server = options().start().await.unwrap();
    let demo = server.control().operator("demo").unwrap();
    let at_first = demo.snapshot();
    demo.seed(hull()).unwrap();
    let snapshot = demo.snapshot();
    demo.fill(Fill { contacts: 20, ..Fill::default() }).unwrap();
    demo.set_clock(SetClock { at: Some("2026-04-01T00:00:00Z".parse().unwrap()), ..SetClock::default() }).unwrap();
    demo.restore(&snapshot).unwrap();
    assert_eq!(demo.snapshot(), snapshot);
    demo.reset().unwrap();
    assert_eq!(demo.snapshot(), at_first);
}

#[tokio::test]
async fn every_creator_of_a_demo_business_can_be_found_though_its_tokens_open_nothing() {
    let server = options().start().await.unwrap();
    let control = server.control();
    let new = |id: &str| CreateOperator { id: Some(id.into()), start: StartWith::Demo, ..CreateOperator::default() };
    let made = control.create_operator(new("moor")).unwrap();
    control.create_operator(new("fen")).unwrap();
    let moor = control.operator("moor").unwrap();
    moor.restore(&moor.snapshot()).unwrap();
    let own = &made.access_tokens[0].id;
    for token in moor.access_tokens().access_tokens {
        assert_eq!(token.revoked_at.is_none(), token.id == *own, "{}", token.name);
    }
    assert!(moor.applications().applications.iter().all(|application| application.revoked_at.is_some()));
    let world = moor.operator.read();
    let creators =
        world.notes.iter().map(|note| note.creator.kind).chain(world.tasks.iter().map(|task| task.creator.kind));
    let kinds: BTreeSet<Kind> = creators.chain(world.timeline_events.iter().map(|event| event.creator.kind)).collect();
    assert!(kinds.contains(&Kind::AccessToken) || kinds.contains(&Kind::Application), "{kinds:?}");
    // The tokens of the demo operator are its own still.
    let demo = server.server.operators.of_token(&SecretHash::of(crate::DEMO_TOKEN)).unwrap();
    assert_eq!(demo.id, "demo");
    assert_eq!(server.server.operators.of_client(crate::seed::CLIENT_ID).unwrap().id, "demo");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_application_opens_nothing_more_and_its_client_id_can_be_had_again() {
    let server = options().start().await.unwrap();
    let demo = server.control().operator("demo").unwrap();
    let id = demo.applications().applications[0].id.clone();
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let ask = "grant_type=client_credentials&client_id=stora-mock-client&client_secret=stora-mock-secret&scope=public.contact:read";
    let (status, token) = send(&server, "POST", "/oauth2/token", form, ask);
    assert_eq!(status, 200, "{token}");
    let bearer = format!("authorization: Bearer {}\r\n", token["access_token"].as_str().unwrap());
    let contacts = || send(&server, "GET", "/2025-09/contacts", &bearer, "").0;
    assert_eq!(contacts(), 200);
    assert_eq!(call(&server, "DELETE", &format!("/applications/{id}"), &Value::Null).0, 204);
    assert_eq!(contacts(), 401);
    assert_eq!(send(&server, "POST", "/oauth2/token", form, ask).0, 401);
    assert!(demo.applications().applications[0].revoked_at.is_some());
    demo.revoke_application(&id).unwrap();
    let again =
        CreateApplication { name: "Again".into(), client_id: Some("stora-mock-client".into()), ..Default::default() };
    demo.create_application(again).unwrap();
    assert!(demo.revoke_application("app_0000000000000000").unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_seed_file_is_loaded_whole_or_not_at_all() {
    let server = options().start().await.unwrap();
    let demo = server.control().operator("demo").unwrap();
    let before = demo.snapshot();
    let refused = |pointer: &str, value: Value| {
        let mut wrong = hull();
        *wrong.pointer_mut(pointer).unwrap() = value;
        let error = demo.seed(wrong).unwrap_err();
        assert_eq!(demo.snapshot(), before);
        error.details().map(|(pointer, _)| pointer.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(refused("/sites/0/name", json!(" ")), ["/sites/0/name"]);
    assert_eq!(refused("/sites/0/key", json!("small")), ["/unit_types/0/site_id"]);
    assert_eq!(refused("/units/0/key", json!("small")), ["/units/0/key"]);
    assert_eq!(refused("/units/0/unit_type_id", json!("large")), ["/units/0/unit_type_id"]);
    assert_eq!(refused("/orders/0/line_items/0/item_id", json!("a2")), ["/orders/0/line_items/0/item_id"]);
    assert_eq!(refused("/sites/0", json!({"name": "Hull", "colour": "red"})), ["/sites/0/address", "/sites/0/colour"]);
    assert_eq!(refused("/sites/0/at", json!("2026-03-02T10:00:01Z")), ["/sites/0/at"]);
    assert_eq!(refused("/sites/0/at", json!("2026-02-30T10:00:00Z")), ["/sites/0/at"]);
    assert_eq!(refused("/unit_types/0/base_prices/monthly", json!(-1)), ["/unit_types/0/base_prices/monthly"]);

    let seeded = demo.seed(hull()).unwrap();
    let world = demo.operator.read();
    let unit = world.units.get(seeded.keys["a1"].parse().unwrap()).unwrap();
    assert_eq!(unit.status.as_str(), "occupied");
    assert_eq!(world.sites.iter().next().unwrap().created_at.to_string(), "2026-01-05T09:00:00Z");
}

#[tokio::test]
async fn a_seed_file_can_be_yaml_and_an_operator_can_start_with_one() {
    let server = options().start().await.unwrap();
    let yaml =
        "contacts:\n  - key: ann\n    email: ann@example.com\ntokens:\n  - name: Staff\n    value: staff-token\n";
    let demo = server.control().operator("demo").unwrap();
    let seeded = demo.seed_yaml(yaml).unwrap();
    assert_eq!(seeded.access_tokens[0].value.reveal(), "staff-token");
    assert!(demo.seed_yaml("a: [").unwrap_err().is_invalid());
    let new = CreateOperator { data: Some(hull()), ..CreateOperator::default() };
    let made = server.control().create_operator(new).unwrap();
    assert!(made.keys["hull"].starts_with("site_"));
}

#[tokio::test]
async fn staff_deals_tasks_and_notes_can_be_seeded_too() {
    let server = options().start().await.unwrap();
    let demo = server.control().operator("demo").unwrap();
    let mut file = hull();
    let sales = json!({
        "staff": [{"key": "sam", "name": "Sam", "email": "sam@example.com"}],
        "deal_stages": [{"key": "new", "name": "New"}, {"name": "Called"}],
        "deals": [{"name": "Ann", "creator_id": "sam", "contact_id": "ann", "stage_id": "new", "site_id": "hull",
            "unit_type_id": "small", "outcome": "lost", "lost_reason": "price"}],
        "tasks": [{"key": "call", "title": "Call", "creator_id": "sam", "resource_id": "ann", "completed": true}],
        "notes": [{"content": "Called.", "creator_id": "sam", "resource_id": "call"}],
    });
    file.as_object_mut().unwrap().extend(sales.as_object().unwrap().clone());
    demo.seed(file.clone()).unwrap();
    {
        let world = demo.operator.read();
        assert_eq!(world.deals.iter().next().unwrap().status.as_str(), "lost");
        assert_eq!(world.tasks.iter().next().unwrap().status.as_str(), "completed");
        assert_eq!((world.notes.len(), world.deal_stages.len()), (1, 2));
    }
    demo.reset().unwrap();
    file["notes"][0]["creator_id"] = json!("ann");
    let error = demo.seed(file).unwrap_err();
    assert_eq!(error.details().map(|(pointer, _)| pointer).collect::<Vec<_>>(), ["/notes/0/creator_id"]);
}

#[tokio::test]
async fn an_identity_check_runs_its_course() {
    let server = options().start().await.unwrap();
    let demo = server.control().operator("demo").unwrap();
    let contact = demo.seed(hull()).unwrap().keys["ann"].clone();
    demo.require_identity_check(&contact).unwrap();
    let first = demo.begin_identity_verification(&contact).unwrap();
    assert!(demo.begin_identity_verification(&contact).unwrap_err().is_conflict());
    let failure: FailIdentityVerification = serde_json::from_value(json!({"error_code": "document_expired"})).unwrap();
    demo.fail_identity_verification(first.id.as_str(), failure).unwrap();
    let second = demo.begin_identity_verification(&contact).unwrap();
    demo.succeed_identity_verification(second.id.as_str()).unwrap();
    assert!(demo.succeed_identity_verification(second.id.as_str()).unwrap_err().is_conflict());
}

#[tokio::test(flavor = "multi_thread")]
async fn paying_an_order_completes_it_and_a_declined_payment_does_not() {
    let server = options().start().await.unwrap();
    let demo = server.control().operator("demo").unwrap();
    let id = demo.seed(hull()).unwrap().keys["open"].clone();
    let path = format!("/orders/{id}/pay");
    let (status, answer) = call(&server, "POST", &path, &json!({"outcome": "decline"}));
    assert_eq!((status, &answer["order"]["status"]), (200, &json!("finalized")));
    assert_eq!(pointers(call(&server, "POST", &path, &json!({"outcome": "maybe"}))), ["/outcome"]);
    let (status, answer) = call(&server, "POST", &path, &Value::Null);
    assert_eq!((status, &answer["order"]["status"]), (200, &json!("completed")));
    assert!(answer["meta"]["request_id"].is_string());
    let error = demo.pay_order(&id, PayOrder::default()).unwrap_err();
    assert_eq!((error.status(), error.rule()), (409, Some("O2")));
    assert!(demo.abandon_order(&id).unwrap_err().is_conflict());
}

#[tokio::test]
async fn the_clock_goes_back_only_while_there_are_no_data() {
    // H1
    let server = options().start().await.unwrap();
    let demo = server.control().operator("demo").unwrap();
    let at = |text: &str| SetClock { at: Some(text.parse().unwrap()), running: Pace::Standing };
    assert_eq!(demo.set_clock(at("2025-01-01T00:00:00Z")).unwrap().now.to_string(), "2025-01-01T00:00:00Z");
    demo.fill(Fill { contacts: 1, ..Fill::default() }).unwrap();
    assert!(demo.set_clock(at("2024-12-31T23:59:59Z")).unwrap_err().is_conflict());
    demo.set_clock(at("2025-01-01T00:00:00Z")).unwrap();
    let running = demo.set_clock(SetClock { at: None, running: Pace::Real }).unwrap();
    assert_eq!(running.running, Pace::Real);
    assert!(running.now.to_string().starts_with("2025-01-01T00:00:0"));
}

#[tokio::test]
async fn a_fill_makes_leads_a_second_apart_of_which_a_tenth_are_companies() {
    let server = options().start().await.unwrap();
    let demo = server.control().operator("demo").unwrap();
    demo.fill(Fill { contacts: 30, ..Fill::default() }).unwrap();
    demo.fill(Fill { contacts: 10, ..Fill::default() }).unwrap();
    assert!(demo.fill(Fill { contacts: 1_000_001, ..Fill::default() }).unwrap_err().is_invalid());
    let world = demo.operator.read();
    assert_eq!(world.contacts.len(), 40);
    assert_eq!(world.contacts.iter().filter(|contact| contact.kind.as_deref() == Some("company")).count(), 4);
    let made: Vec<i64> = world.contacts.iter().take(30).map(|contact| contact.created_at.unix()).collect();
    assert_eq!((made[0], made[29]), (1_772_445_600 - 29, 1_772_445_600));
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_shown_once_and_open_until_they_are_revoked() {
    let server = options().start().await.unwrap();
    let demo = server.control().operator("demo").unwrap();
    let made = demo.create_access_token(CreateAccessToken::everything("Staff")).unwrap();
    assert!(!format!("{made:?}").contains(made.value.reveal()));
    assert!(!serde_json::to_string(&demo.access_tokens()).unwrap().contains(made.value.reveal()));
    let header = format!("authorization: Bearer {}\r\n", made.value.reveal());
    let contacts = || send(&server, "GET", "/2025-09/contacts", &header, "").0;
    assert_eq!(contacts(), 200);
    demo.revoke_access_token(&made.id).unwrap();
    assert_eq!(contacts(), 401);
    assert!(demo.revoke_access_token("tok_0000000000000000").unwrap_err().is_not_found());
    let scopes = Some(vec!["public.moon:read".to_owned()]);
    let wrong = CreateAccessToken { scopes, ..CreateAccessToken::everything("x") };
    assert!(demo.create_access_token(wrong).unwrap_err().details().any(|(pointer, _)| pointer == "/scopes/0"));
}
