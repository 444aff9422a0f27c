//! What the control API does with deliveries, and the options that bear on them.

use std::time::Duration;

use serde_json::{Value, json};
use stora_client::types::Event;
use stora_mock::MockServer;
use stora_mock::control::{DeliveryQuery, DeliveryStatus, EventKind, TestEvent};

use crate::harness::{Mock, NOW, Receiver};

/// Where the faults of a refusal lie.
fn pointers((status, answer): (u16, Value)) -> (u16, Vec<String>) {
    let details = answer["error"]["details"].as_array().cloned().unwrap_or_default();
    (status, details.iter().map(|detail| detail["pointer"].as_str().unwrap().to_owned()).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn disabling_an_endpoint_drops_what_is_pending_and_enabling_it_brings_nothing_back() {
    // W5
    let (mock, receiver) = (Mock::start().await, Receiver::answering(500).await);
    let endpoint = mock.register(&receiver.url, &["contact.created"]).await;
    mock.contact("ann").await;
    mock.settle().await;
    mock.switch(&endpoint, "disable").await;
    mock.contact("bob").await;
    mock.switch(&endpoint, "enable").await;
    mock.advance("P30D").await;
    assert_eq!(receiver.names(), ["ann"]);
    assert_eq!(mock.delivery(&endpoint).status, DeliveryStatus::Dropped);
    mock.contact("cat").await;
    mock.settle().await;
    assert_eq!(receiver.names(), ["ann", "cat"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_of_an_endpoint_counts_at_each_attempt() {
    let mock = Mock::start().await;
    let [old, new] = [Receiver::answering(500).await, Receiver::answering(200).await];
    let endpoint = mock.register(&old.url, &["contact.created"]).await;
    mock.contact("ann").await;
    mock.settle().await;
    let path = format!("/2025-09/webhook_endpoints/{}", endpoint.id);
    mock.done("PATCH", &path, json!({"url": new.url})).await;
    mock.advance("PT1M").await;
    assert_eq!((old.names(), new.names()), (vec!["ann".to_owned()], vec!["ann".to_owned()]));
    assert!(new.received()[0].verify(&endpoint.verifier_at(NOW + 60)).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_can_be_sent_again_with_the_same_event_to_the_byte() {
    let (mock, receiver) = (Mock::start().await, Receiver::answering(200).await);
    let endpoint = mock.register(&receiver.url, &["contact.created"]).await;
    mock.contact("ann").await;
    mock.settle().await;
    let first = mock.delivery(&endpoint);
    mock.advance("P1D").await;
    let path = format!("/_mock/webhooks/deliveries/{}/redeliver", first.id);
    let (status, again) = mock.call("POST", &path, Value::Null).await;
    assert_eq!((status, &again["event_id"], &again["status"]), (201, &json!(first.event_id), &json!("pending")));
    assert_ne!(again["id"], first.id);
    mock.settle().await;
    let [one, two] = receiver.received().try_into().unwrap();
    assert_eq!((one.event_id(), &one.body), (two.event_id(), &two.body));
    assert_ne!(one.header("x-stora-request-id"), two.header("x-stora-request-id"));
    assert_eq!(two.signed_at(), NOW + 86_400);
    assert_eq!(again["body"].as_str().unwrap().as_bytes(), two.body);
    mock.switch(&endpoint, "disable").await;
    assert_eq!(mock.call("POST", &path, Value::Null).await.0, 409);
    assert_eq!(mock.call("POST", "/_mock/webhooks/deliveries/99/redeliver", Value::Null).await.0, 404);
    assert_eq!(mock.call("GET", "/_mock/webhooks/deliveries/nothing", Value::Null).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_found_by_endpoint_type_status_and_event() {
    let mock = Mock::start().await;
    let [good, bad] = [Receiver::answering(200).await, Receiver::answering(500).await];
    let one = mock.register(&good.url, &["contact.created", "contact.updated"]).await;
    let two = mock.register(&bad.url, &["contact.created"]).await;
    for name in ["ann", "bob"] {
        mock.contact(name).await;
    }
    let id = mock.done("GET", "/2025-09/contacts", Value::Null).await["contacts"][0]["id"].take();
    mock.done("PATCH", &format!("/2025-09/contacts/{}", id.as_str().unwrap()), json!({"full_name": "Cat"})).await;
    mock.settle().await;
    let list = async |query: &str| {
        let found = mock.done("GET", &format!("/_mock/webhooks/deliveries{query}"), Value::Null).await;
        let rows = found["deliveries"].as_array().unwrap().clone();
        assert!(rows.iter().all(|row| row.get("body").is_none()));
        rows.iter().map(|row| row["id"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(list("").await, [5, 4, 3, 2, 1]);
    assert_eq!(list("?limit=2").await, [5, 4]);
    assert_eq!(list(&format!("?endpoint={}", one.id)).await, [5, 3, 1]);
    assert_eq!(list("?type=contact.updated").await, [5]);
    assert_eq!(list(&format!("?status=pending&endpoint={}&operator=demo", two.id)).await, [4, 2]);
    let event = mock.demo().delivery(3).unwrap().event_id;
    assert_eq!(list(&format!("?event_id={event}")).await, [4, 3]);
    let shown = mock.done("GET", "/_mock/webhooks/deliveries/4", Value::Null).await;
    assert_eq!((&shown["attempts"][0]["status"], &shown["status"]), (&json!(500), &json!("pending")));
    assert!(shown["body"].as_str().unwrap().starts_with("{\"event\":{\"id\":\"evt_"));
    for query in ["?status=lost", "?type=unit.exploded", "?limit=many", "?kind=x"] {
        assert_eq!(
            mock.call("GET", &format!("/_mock/webhooks/deliveries{query}"), Value::Null).await.0,
            422,
            "{query}"
        );
    }
    assert!(!format!("{shown}").contains(two.secret()));
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_ends_when_nothing_is_due_or_the_time_is_over() {
    let (mock, receiver) = (Mock::start().await, Receiver::answering(500).await);
    let wait = |body: Value| mock.done("POST", "/_mock/webhooks/wait", body);
    let idle = json!({"settled": true, "due": 0, "pending": 0, "next_attempt_at": null});
    assert_eq!(wait(Value::Null).await, idle);
    mock.register(&receiver.url, &["contact.created"]).await;
    mock.contact("ann").await;
    let left = json!({"settled": true, "due": 0, "pending": 1, "next_attempt_at": "2026-03-10T12:01:00Z"});
    assert_eq!(wait(json!({"timeout_seconds": 5})).await, left);
    let hanging = Receiver::answering(crate::harness::Answer { after: Duration::from_secs(5), ..200.into() }).await;
    mock.register(&hanging.url, &["contact.created"]).await;
    mock.contact("bob").await;
    let left = wait(json!({"timeout_seconds": 1})).await;
    assert_eq!((&left["settled"], &left["due"]), (&json!(false), &json!(1)), "{left}");
    assert_eq!(pointers(mock.call("POST", "/_mock/webhooks/wait", json!({"timeout_seconds": 301})).await).0, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_event_of_every_type_arrives_and_decodes_as_what_it_is() {
    // The demo business has records of all kinds; of an empty one the examples of the document stand in.
    for options in [MockServer::builder().clock_at(NOW), MockServer::builder().clock_at(NOW).empty(true)] {
        let (mock, receiver) = (Mock::of(options).await, Receiver::answering(200).await);
        let endpoint = mock.register(&receiver.url, &["contact.created"]).await;
        for kind in EventKind::ALL {
            let test = TestEvent { endpoint_id: Some(endpoint.id.clone()), ..TestEvent::of(*kind) };
            assert_eq!(mock.demo().send_test_event(&test).unwrap().endpoint_ids, std::slice::from_ref(&endpoint.id));
        }
        mock.settle().await;
        let got = receiver.received();
        assert_eq!(got.len(), 38);
        for (got, kind) in got.iter().zip(EventKind::ALL) {
            let event = got.verify(&endpoint.verifier_at(NOW)).unwrap();
            assert_eq!(event.tag(), kind.as_str());
            assert!(!matches!(event, Event::Unknown(..)), "{kind}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_event_goes_to_who_asked_for_it_and_tells_of_the_record_named() {
    let (mock, receiver) = (Mock::start().await, Receiver::answering(200).await);
    let endpoint = mock.register(&receiver.url, &["contact.churned"]).await;
    for name in ["ann", "bob"] {
        mock.contact(name).await;
    }
    let contacts = mock.done("GET", "/2025-09/contacts", Value::Null).await;
    let ann =
        contacts["contacts"].as_array().unwrap().iter().find(|it| it["full_name"] == "ann").unwrap()["id"].clone();
    let test = |body: Value| mock.call("POST", "/_mock/webhooks/test", body);
    let (status, sent) = test(json!({"type": "contact.churned"})).await;
    assert_eq!((status, &sent["endpoint_ids"]), (200, &json!([endpoint.id])));
    test(json!({"type": "contact.churned", "subject_id": ann})).await;
    let (_, nobody) = test(json!({"type": "contact.created"})).await;
    assert_eq!(nobody["endpoint_ids"], json!([]));
    mock.settle().await;
    assert_eq!(receiver.names(), ["bob", "ann"]);
    for (body, at) in [
        (json!({"type": "contact.churned", "endpoint_id": "we_0000000000000000"}), "/endpoint_id"),
        (json!({"type": "contact.churned", "subject_id": "con_0000000000000000"}), "/subject_id"),
        (json!({"type": "invoice.paid", "subject_id": ann}), "/subject_id"),
        (json!({"type": "invoice.eaten"}), "/type"),
        (json!({}), "/type"),
    ] {
        assert_eq!(pointers(test(body.clone()).await), (422, vec![at.to_owned()]), "{body}");
    }
    mock.switch(&endpoint, "disable").await;
    assert_eq!(test(json!({"type": "contact.churned", "endpoint_id": endpoint.id})).await.0, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_carries_what_is_pending_and_a_reset_drops_it() {
    let mock = Mock::start().await;
    let receiver = Receiver::deciding(|got| (if got.signed_at() < NOW + 60 { 500 } else { 200 }).into()).await;
    let endpoint = mock.register(&receiver.url, &["contact.created"]).await;
    mock.contact("ann").await;
    mock.settle().await;
    let snapshot = mock.demo().snapshot();
    let text = String::from_utf8(snapshot.to_vec()).unwrap();
    assert_eq!(text.matches(endpoint.secret()).count(), 1, "the secret stands at its endpoint alone");
    mock.advance("PT1M").await;
    assert_eq!(mock.delivery(&endpoint).status, DeliveryStatus::Delivered);
    mock.demo().reset().unwrap();
    assert_eq!(mock.demo().deliveries(&DeliveryQuery::default()).deliveries, []);

    mock.demo().restore(&snapshot).unwrap();
    assert_eq!(mock.demo().snapshot(), snapshot);
    let delivery = mock.delivery(&endpoint);
    assert_eq!((delivery.status, delivery.attempts.len()), (DeliveryStatus::Pending, 1));
    mock.advance("PT1M").await;
    let [_, before, after] = receiver.received().try_into().unwrap();
    assert_eq!((before.event_id(), &before.body), (after.event_id(), &after.body));
    assert_eq!(before.header("x-stora-request-id"), after.header("x-stora-request-id"), "the seed decides it");
    assert_eq!(mock.delivery(&endpoint).status, DeliveryStatus::Delivered);
    // It listens to the world that was restored.
    mock.contact("bob").await;
    mock.settle().await;
    assert_eq!(receiver.names(), ["ann", "ann", "ann", "bob"]);

    mock.demo().restore(&snapshot).unwrap();
    mock.demo().reset().unwrap();
    mock.advance("P1D").await;
    assert_eq!(receiver.received().len(), 4);
    let lost = text.replace(&format!("\"endpoint_id\":\"{}\"", endpoint.id), "\"endpoint_id\":\"we_0000000000000000\"");
    let error = mock.demo().restore(lost.as_bytes()).unwrap_err();
    assert_eq!(error.details().map(|(pointer, _)| pointer).collect::<Vec<_>>(), ["/outbox/deliveries/0/endpoint_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_forgets_the_oldest_that_ended_and_nothing_that_is_pending() {
    let mock = Mock::with(MockServer::builder().delivery_log(3)).await;
    let [good, bad] = [Receiver::answering(200).await, Receiver::answering(500).await];
    let kept = mock.register(&good.url, &["contact.created"]).await;
    let pending = mock.register(&bad.url, &["contact.created"]).await;
    for number in 0..8 {
        mock.contact(&format!("c{number}")).await;
    }
    mock.settle().await;
    assert_eq!((mock.deliveries(&kept).len(), mock.deliveries(&pending).len()), (3, 8));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_documented_types_are_taken_and_fired_where_that_is_asked_for() {
    // W3
    let mock = Mock::of(MockServer::builder().clock_at(NOW).documented_events_only(true)).await;
    let receiver = Receiver::answering(200).await;
    let body = json!({"name": "a", "api_version": "2025-09", "url": receiver.url,
        "event_types": ["deal.updated", "deal.won", "deal.lost", "unit.occupied"]});
    let refused = mock.call("POST", "/2025-09/webhook_endpoints", body).await;
    assert_eq!(pointers(refused), (422, vec!["/event_types/1".to_owned(), "/event_types/3".to_owned()]));
    let documented: Vec<&str> =
        EventKind::ALL.iter().filter(|kind| kind.is_documented()).map(|kind| kind.as_str()).collect();
    assert_eq!(documented.len(), 18);
    mock.register(&receiver.url, &documented).await;
    let mut events = mock.demo().events(None);
    let deals = mock.done("GET", "/2025-09/deals?limit=100", Value::Null).await;
    let open = deals["deals"].as_array().unwrap().iter().find(|deal| deal["status"] == "open").unwrap();
    mock.done("POST", &format!("/2025-09/deals/{}/win", open["id"].as_str().unwrap()), Value::Null).await;
    mock.contact("ann").await;
    mock.settle().await;
    let types: Vec<Value> = receiver.received().iter().map(|got| got.event()["type"].clone()).collect();
    assert_eq!(types, ["deal.updated", "contact.created"]);
    for kind in ["deal.updated", "contact.created"] {
        let Some(stora_mock::control::Watched::Event(event)) = events.next().await else { panic!("no event") };
        assert_eq!(event.kind.as_str(), kind);
    }
    assert_eq!(pointers(mock.call("POST", "/_mock/webhooks/test", json!({"type": "deal.won"})).await).1, ["/type"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn endpoints_without_encryption_are_those_of_this_machine_and_none_where_the_mock_is_strict() {
    let [lax, strict] = [Mock::start().await, Mock::with(MockServer::builder().strict(true)).await];
    let body = |url: &str| json!({"name": "a", "api_version": "2025-09", "url": url, "event_types": ["deal.won"]});
    for (url, taken) in [
        ("http://127.0.0.1:9/hook", [true, false]),
        ("http://localhost:9/hook", [true, false]),
        ("http://[::1]:9/hook", [true, false]),
        ("http://10.0.0.1/hook", [false, false]),
        ("http://partner.example/hook", [false, false]),
        ("ftp://localhost/", [false, false]),
        ("https://partner.example/hook", [true, true]),
    ] {
        for (mock, taken) in [&lax, &strict].into_iter().zip(taken) {
            let answer = mock.call("POST", "/2025-09/webhook_endpoints", body(url)).await;
            let expected = if taken { (201, vec![]) } else { (422, vec!["/url".to_owned()]) };
            assert_eq!(pointers(answer), expected, "{url}");
        }
    }
    let endpoint = strict.register("https://partner.example/hook", &["deal.won"]).await;
    let path = format!("/2025-09/webhook_endpoints/{}", endpoint.id);
    assert_eq!(strict.call("PATCH", &path, json!({"url": "http://127.0.0.1/"})).await.0, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_only_this_machine_is_told_nobody_else_is() {
    let mock = Mock::with(MockServer::builder().webhook_loopback_only(true)).await;
    let receiver = Receiver::answering(200).await;
    let here = mock.register(&receiver.url, &["contact.created"]).await;
    // An address of the block for documentation (RFC 5737), which leads nowhere in any case.
    let there = mock.register("https://192.0.2.1/hook", &["contact.created"]).await;
    mock.contact("ann").await;
    mock.settle().await;
    assert_eq!(mock.delivery(&here).status, DeliveryStatus::Delivered);
    let attempt = mock.delivery(&there).attempts.remove(0);
    assert_eq!(attempt.error.as_deref(), Some("This mock sends nothing to other machines, such as 192.0.2.1."));
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_are_loaded_are_told_to_nobody() {
    // X7
    let (mock, receiver) = (Mock::start().await, Receiver::answering(200).await);
    let all: Vec<&str> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
    mock.register(&receiver.url, &all).await;
    mock.done("POST", "/_mock/seed", json!({"contacts": [{"key": "a", "email": "a@mail.example"}]})).await;
    mock.done("POST", "/_mock/fill", json!({"contacts": 5})).await;
    mock.contact("ann").await;
    mock.settle().await;
    assert_eq!(receiver.names(), ["ann"]);
}
