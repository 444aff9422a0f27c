//! What receivers get, in which order, and when.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use serde_json::Value;
use stora_client::types::Event;
use stora_mock::MockServer;
use stora_mock::control::{Advance, DeliveryStatus};

use crate::harness::{Answer, LONG, Mock, NOW, Receiver};

const DAY: i64 = 86_400;

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_has_the_headers_and_the_body_that_the_document_says() {
    // W1
    let (mock, receiver) =
        (Mock::start().await, Receiver::answering(Answer { body: "thanks".into(), ..204.into() }).await);
    let endpoint = mock.register(&receiver.url, &["contact.created"]).await;
    mock.contact("ann").await;
    mock.settle().await;
    let [got] = receiver.received().try_into().unwrap();
    assert_eq!((&*got.path, got.header("content-type")), ("/hook", "application/json"));
    assert_eq!(got.header("user-agent"), "Stora-Webhooks/1.0");
    assert_eq!(got.header("content-length"), got.body.len().to_string());
    let id = got.header("x-stora-request-id");
    assert_eq!((id.len(), id.as_bytes()[14]), (36, b'4'), "{id}");
    let (t, v1) = got.header("x-stora-signature").split_once(",v1=").unwrap();
    assert_eq!((t, v1.len()), (format!("t={NOW}").as_str(), 64));
    let event = got.verify(&endpoint.verifier_at(NOW)).unwrap();
    let Event::ContactCreated(created) = event else { panic!("{event:?}") };
    let shown = mock.done("GET", "/2025-09/contacts", Value::Null).await["contacts"][0].take();
    assert_eq!(got.event()["data"]["contact"], shown);
    assert_eq!(created.event.data.contact.id.to_string(), shown["id"].as_str().unwrap());
    let delivery = mock.delivery(&endpoint);
    assert_eq!((delivery.status, &delivery.event_id), (DeliveryStatus::Delivered, &got.event_id()));
    let [attempt] = delivery.attempts.try_into().unwrap();
    assert_eq!((attempt.at.unix(), attempt.status, attempt.error), (NOW, Some(204), None));
    assert_eq!(attempt.request_id, id);
}

#[tokio::test(flavor = "multi_thread")]
async fn first_attempts_arrive_in_the_order_of_the_events_and_each_endpoint_gets_its_own() {
    let mock = Mock::start().await;
    let [one, two] = [Receiver::answering(200).await, Receiver::answering(201).await];
    let endpoints =
        [mock.register(&one.url, &["contact.created"]).await, mock.register(&two.url, &["contact.created"]).await];
    let names: Vec<String> = (0..100).map(|number| format!("c{number}")).collect();
    for name in &names {
        mock.contact(name).await;
    }
    mock.settle().await;
    assert_eq!((one.names(), two.names()), (names.clone(), names));
    for (a, b) in one.received().iter().zip(two.received()) {
        assert_eq!((a.event_id(), &a.body), (b.event_id(), &b.body));
        assert_ne!(a.header("x-stora-request-id"), b.header("x-stora-request-id"));
        assert!(a.verify(&endpoints[0].verifier()).is_ok() && b.verify(&endpoints[1].verifier()).is_ok());
        // One with the secret of the other accepts none.
        assert!(a.verify(&endpoints[1].verifier()).is_err() && b.verify(&endpoints[0].verifier()).is_err());
    }
    let ids: BTreeSet<String> = one.received().iter().map(|got| got.header("x-stora-request-id").to_owned()).collect();
    assert_eq!(ids.len(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_enabled_endpoints_that_asked_for_the_type_are_told() {
    // W1
    let (mock, receiver) = (Mock::start().await, Receiver::answering(200).await);
    let asked = mock.register(&receiver.url, &["unit.updated", "contact.created"]).await;
    let other = mock.register(&receiver.url, &["contact.updated"]).await;
    let disabled = mock.register(&receiver.url, &["contact.created"]).await;
    mock.switch(&disabled, "disable").await;
    mock.contact("ann").await;
    mock.settle().await;
    assert_eq!(receiver.received().len(), 1);
    assert_eq!([&asked, &other, &disabled].map(|endpoint| mock.deliveries(endpoint).len()), [1, 0, 0]);
    // A refused call, a repeat under its key, and a change without effect tell nothing (W2).
    let (status, _) = mock.call("POST", "/2025-09/contacts", serde_json::json!({"email": "ann@mail.example"})).await;
    assert_eq!(status, 409);
    mock.settle().await;
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_retried_by_the_clock_and_given_up_after_seven_attempts() {
    // W4, W5, H5
    let (mock, receiver) = (Mock::start().await, Receiver::answering(500).await);
    let endpoint = mock.register(&receiver.url, &["contact.created"]).await;
    mock.contact("ann").await;
    let mut at = NOW;
    for (made, minutes) in (1..).zip([1, 5, 30, 120, 300, 600]) {
        mock.settle().await;
        at += minutes * 60;
        let delivery = mock.delivery(&endpoint);
        assert_eq!((delivery.attempts.len(), delivery.status), (made, DeliveryStatus::Pending));
        assert_eq!(delivery.next_attempt_at.unwrap().unix(), at);
        mock.advance(&format!("PT{}S", minutes * 60 - 1)).await;
        assert_eq!(mock.delivery(&endpoint).attempts.len(), made, "too early");
        mock.advance("PT1S").await;
        assert_eq!(receiver.received().last().unwrap().signed_at(), at);
    }
    mock.advance("P30D").await;
    let delivery = mock.delivery(&endpoint);
    assert_eq!((delivery.status, delivery.attempts.len()), (DeliveryStatus::Failed, 7));
    assert_eq!(delivery.next_attempt_at, None);
    let got = receiver.received();
    assert!(got.iter().all(|other| other.body == got[0].body && other.verify(&endpoint.verifier()).is_ok()));
    let ids: BTreeSet<&str> = got.iter().map(|got| got.header("x-stora-request-id")).collect();
    assert_eq!((got.len(), ids.len()), (7, 7));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_moved_far_makes_every_retry_happen_at_its_own_instant() {
    // H2, H10
    let (mock, receiver) = (Mock::start().await, Receiver::answering(503).await);
    let endpoint = mock.register(&receiver.url, &["contact.created"]).await;
    mock.contact("ann").await;
    mock.advance("P30D").await;
    let minutes: Vec<i64> = receiver.received().iter().map(|got| (got.signed_at() - NOW) / 60).collect();
    assert_eq!(minutes, [0, 1, 6, 36, 156, 456, 1056]);
    assert_eq!(mock.delivery(&endpoint).status, DeliveryStatus::Failed);
    // The clock of the receiver may stand at each of them.
    for got in receiver.received() {
        assert!(got.verify(&endpoint.verifier_at(got.signed_at())).is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_delays_can_be_set() {
    let mock = Mock::with(MockServer::builder().webhook_retry_minutes([2])).await;
    let receiver = Receiver::answering(404).await;
    let endpoint = mock.register(&receiver.url, &["contact.created"]).await;
    mock.contact("ann").await;
    mock.advance("P1D").await;
    assert_eq!(receiver.received().iter().map(|got| got.signed_at() - NOW).collect::<Vec<_>>(), [0, 120]);
    assert_eq!(mock.delivery(&endpoint).status, DeliveryStatus::Failed);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_arrives_at_a_receiver_that_fails_at_random() {
    // W4
    let mock = Mock::start().await;
    let failures = Mutex::new(BTreeMap::<String, u32>::new());
    let receiver = Receiver::deciding(move |got| {
        let mut failures = failures.lock().unwrap();
        let count = failures.entry(got.event_id()).or_default();
        // As random as the ids of requests, and no more than six times for one event.
        let fails = *count < 6 && got.header("x-stora-request-id").as_bytes()[0] % 2 == 0;
        *count += u32::from(fails);
        (if fails { 500 } else { 200 }).into()
    })
    .await;
    let endpoint = mock.register(&receiver.url, &["contact.created"]).await;
    for number in 0..60 {
        mock.contact(&format!("c{number}")).await;
        if number % 10 == 0 {
            mock.advance("PT2M").await;
        }
    }
    mock.advance("P3D").await;
    let deliveries = mock.deliveries(&endpoint);
    assert_eq!(deliveries.len(), 60);
    assert!(deliveries.iter().all(|delivery| delivery.status == DeliveryStatus::Delivered));
    assert!(deliveries.iter().any(|delivery| delivery.attempts.len() > 2), "none was retried twice");
    let attempts: usize = deliveries.iter().map(|delivery| delivery.attempts.len()).sum();
    let got = receiver.received();
    assert_eq!(got.len(), attempts);
    let ids: BTreeSet<String> = got.iter().map(super::harness::Received::event_id).collect();
    assert_eq!(ids, deliveries.into_iter().map(|delivery| delivery.event_id).collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_clock_runs_retries_happen_by_themselves() {
    // H5
    let mock = Mock::of(MockServer::builder().empty(true)).await;
    let failed = Mutex::new(false);
    let receiver = Receiver::deciding(move |_| {
        let first = !std::mem::replace(&mut *failed.lock().unwrap(), true);
        (if first { 500 } else { 200 }).into()
    })
    .await;
    let endpoint = mock.register(&receiver.url, &["contact.created"]).await;
    mock.contact("ann").await;
    mock.settle().await;
    // A minute is long: most of it is skipped.
    mock.demo().advance(&Advance::by("PT58S")).unwrap();
    receiver.got(2).await;
    mock.settle().await;
    let delivery = mock.delivery(&endpoint);
    assert_eq!((delivery.status, delivery.attempts.len()), (DeliveryStatus::Delivered, 2));
    let [first, second] = [0, 1].map(|at| delivery.attempts[at].at.unix());
    assert!((60..65).contains(&(second - first)), "{first} {second}");
    assert_eq!(receiver.received()[1].signed_at(), second);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_while_the_clock_moves_is_told_at_its_own_instant() {
    // H2: an order that is never paid says so when it is given up; the tenancy of one that is paid starts by itself.
    let mock = Mock::of(MockServer::builder().clock_at(NOW)).await;
    let receiver = Receiver::answering(200).await;
    let endpoint = mock.register(&receiver.url, &["invoice.created", "subscription.started", "unit.occupied"]).await;
    let ran = mock.demo().advance(&Advance::by("P40D")).unwrap();
    let left = tokio::time::timeout(LONG, mock.settle()).await.unwrap();
    let told: Vec<i64> = receiver.received().iter().map(super::harness::Received::signed_at).collect();
    let fired: usize = ran.acts.iter().map(|act| act.events.len()).sum();
    assert!(!told.is_empty() && told.len() <= fired && told.is_sorted(), "{told:?}");
    for got in receiver.received() {
        assert!((NOW..=NOW + 40 * DAY).contains(&got.signed_at()));
        let created_at = got.event()["created_at"].as_str().unwrap().parse::<stora_mock::Timestamp>().unwrap();
        assert_eq!((got.signed_at(), left.due), (created_at.unix(), 0));
        assert!(got.verify(&endpoint.verifier()).is_ok());
    }
}
