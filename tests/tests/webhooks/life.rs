//! A whole life of a rental, told to receivers that check every signature.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};
use stora_client::webhook::{Verifier, VerifyError};
use stora_mock::control::{DeliveryInfo, DeliveryStatus, EventKind};

use super::harness::{Endpoint, Mock, Received, Receiver};

/// What the life tells of, at the least.
const TOLD: [&str; 20] = [
    "contact.created",
    "contact.churned",
    "contact.updated",
    "order.finalized",
    "order.completed",
    "invoice.created",
    "invoice.finalized",
    "invoice.paid",
    "credit_note.created",
    "subscription.started",
    "subscription.cancelled",
    "subscription.ended",
    "unit.created",
    "unit.reserved",
    "unit.occupied",
    "unit.overlocked",
    "unit.available",
    "unit.updated",
    "unit_type.updated",
    "deal.created",
];

/// A receiver that takes what its verifier accepts (200) and refuses the rest (400).
async fn checking(verifier: Arc<OnceLock<Verifier>>) -> Receiver {
    Receiver::deciding(move |got: &Received| {
        let verifier = verifier.get().expect("nothing is sent before the endpoint is registered");
        if got.verify(verifier).is_ok() { 200 } else { 400 }.into()
    })
    .await
}

/// What is under the one name of an answer besides `meta`.
fn id_of(answer: &Value) -> String {
    let record = answer.as_object().unwrap().iter().find(|(name, _)| *name != "meta").unwrap().1;
    record["id"].as_str().unwrap_or_else(|| panic!("no id: {answer}")).to_owned()
}

/// A rental from the site's opening to its end: booked with a deposit, started, renewed, in arrears, locked out, paid, and over.
async fn live(mock: &Mock) {
    let control = async |method: &str, path: &str, body: Value| mock.done(method, &format!("/_mock{path}"), body).await;
    let call = async |path: &str, body: Value| mock.done("POST", &format!("/2025-09{path}"), body).await;
    let address = json!({"line_1": "1 Dock Road", "city": "London", "postal_code": "E16 1AA"});
    let settings = json!({"auto_overlock": true, "overlock_grace_days": 1});
    let site =
        id_of(&control("POST", "/sites", json!({"name": "Docks", "address": address, "settings": settings})).await);
    let new = json!({
        "site_id": site, "name": "50 sq ft", "base_prices": {"monthly": 12_000}, "security_deposit": 5_000,
        "auto_update_availability": true,
    });
    let unit_type = id_of(&control("POST", "/unit_types", new).await);
    control("POST", "/units", json!({"unit_type_id": unit_type, "reference_id": "1"})).await;

    let ada = json!({"email": "ada@mail.example", "full_name": "Ada"});
    let contact = id_of(&call("/contacts", ada).await);
    let stage = id_of(&control("POST", "/deals/stages", json!({"name": "New"})).await);
    call("/deals", json!({"name": "Ada", "contact": {"id": contact}, "site": {"id": site}, "stage": {"id": stage}}))
        .await;
    let booking = json!({
        "site": {"id": site}, "contact": {"id": contact}, "billing_period": "monthly",
        "starts_at": "2026-03-14T09:00:00Z", "finalize": {},
        "line_items": [
            {"type": "unit_type", "item": {"id": unit_type}, "quantity": 1},
            {"type": "security_deposit", "item": {"id": unit_type}, "quantity": 1},
        ],
    });
    let order = id_of(&call("/orders", booking).await);
    let paid = control("POST", &format!("/orders/{order}/pay"), json!({})).await;
    let subscription = paid["order"]["subscription"]["id"].as_str().unwrap().to_owned();
    mock.advance("P40D").await;
    let charges = json!({"outcome": {"decline_next": 3}});
    control("PUT", &format!("/contacts/{contact}/charges"), charges).await;
    mock.advance("P1M").await;
    control("POST", &format!("/subscriptions/{subscription}/cancel"), json!({"when": "end_of_term"})).await;
    mock.advance("P2M").await;
    let deposits = mock.done("GET", "/_mock/deposits", Value::Null).await;
    let invoice = deposits["deposits"][0]["invoice_id"].as_str().unwrap_or_else(|| panic!("{deposits}"));
    control("POST", &format!("/invoices/{invoice}/refund_deposit"), json!({"amount": 5_000})).await;
    mock.settle().await;
}

fn types(deliveries: &[DeliveryInfo]) -> BTreeSet<&'static str> {
    deliveries.iter().map(|delivery| delivery.event_type.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_life_is_accepted_with_the_secret_and_none_of_it_with_another() {
    // W3, W4
    let mock = Mock::start().await;
    let all: Vec<&str> = EventKind::ALL.iter().map(|it| it.as_str()).collect();
    let [right, wrong] = [(); 2].map(|()| Arc::new(OnceLock::new()));
    let (taking, refusing) = (checking(right.clone()).await, checking(wrong.clone()).await);
    let taken: Endpoint = mock.register(&taking.url, &all).await;
    let refused = mock.register(&refusing.url, &all).await;
    right.set(taken.verifier()).unwrap();
    // The secret of the other endpoint is as good as any that is not its own.
    wrong.set(taken.verifier()).unwrap();
    live(&mock).await;

    let deliveries = mock.deliveries(&taken);
    let told = types(&deliveries);
    let missing: Vec<_> = TOLD.iter().filter(|kind| !told.contains(**kind)).collect();
    assert!(missing.is_empty(), "{missing:?} of {told:?}");
    assert!(deliveries.iter().all(|it| it.status == DeliveryStatus::Delivered && it.attempts.len() == 1));
    assert_eq!(taking.received().len(), deliveries.len());

    let deliveries = mock.deliveries(&refused);
    assert_eq!(types(&deliveries), told);
    assert!(deliveries.iter().all(|it| it.status != DeliveryStatus::Delivered));
    let got = refusing.received();
    assert!(got.len() > deliveries.len(), "what is refused is sent again");
    assert_eq!(got.len(), deliveries.iter().map(|it| it.attempts.len()).sum::<usize>());
    for got in got {
        assert!(matches!(got.verify(wrong.get().unwrap()), Err(VerifyError::Mismatch)));
        assert!(got.verify(&refused.verifier()).is_ok());
    }
}
