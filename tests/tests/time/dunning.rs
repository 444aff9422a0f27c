//! The worked scenarios of the description of the business, section 24, about deposits and about money that comes late or not at all.

use serde_json::{Value, json};
use stora_mock::MockServer;

use crate::harness::{Business, Rental, amount, id};

/// Says how the coming charges of a contact end.
async fn charges(business: &Business, contact: &str, outcome: Value) {
    business.control("PUT", &format!("/contacts/{contact}/charges"), json!({"outcome": outcome})).await;
}

/// A rental that starts and is paid on 14 March, whose charge of 14 April is declined so often.
async fn declined(settings: Value, times: u32, quantity: u32) -> (Business, Rental, Vec<String>) {
    let business = Business::with(MockServer::builder(), settings).await;
    let unit_type = business.unit_type_120().await;
    let units = business.units(&unit_type, ["1", "2"]).await.to_vec();
    let contact = business.contact("Ada").await;
    let mut booking = business.booking(&contact, &unit_type, "2026-03-14");
    booking["line_items"][0]["quantity"] = json!(quantity);
    let rental = business.rent(booking).await;
    business.noon_of("2026-04-13").await;
    charges(&business, &rental.contact, json!({"decline_next": times})).await;
    business.noon_of("2026-04-14").await;
    let bills = business.bills(&rental).await;
    assert_eq!((bills[1].0.as_str(), bills[1].2.as_str()), ("2026-04-14", "open"), "I2, D1");
    // Highest first (A3).
    (business, rental, units.into_iter().rev().take(quantity as usize).collect())
}

async fn second_invoice(business: &Business, rental: &Rental) -> Value {
    business.invoices(rental).await[1].clone()
}

/// The days on which an invoice was charged, with how that ended.
async fn attempts(business: &Business, invoice: &str) -> Vec<(String, String)> {
    let answer = business.control("GET", &format!("/payment_attempts?invoice_id={invoice}"), Value::Null).await;
    let text = |it: &Value, name: &str| it[name].as_str().unwrap().to_owned();
    let attempts = answer["payment_attempts"].as_array().unwrap();
    let mut attempts: Vec<_> =
        attempts.iter().map(|it| (text(it, "at")[..10].to_owned(), text(it, "outcome"))).collect();
    attempts.sort();
    attempts
}

#[tokio::test]
async fn scenario_10_deposit() {
    // P1, P2, P3, P4, P5, T5
    let business = Business::open().await;
    let new = json!({
        "site_id": business.site, "name": "50 sq ft", "base_prices": {"monthly": 12_000}, "security_deposit": 5_000,
    });
    let unit_type = business.make("/unit_types", new).await;
    let contact = business.contact("Ada").await;
    let deposit = json!({"type": "security_deposit", "item": {"id": unit_type}, "quantity": 1});
    let mut booking = business.booking(&contact, &unit_type, "2026-03-09");
    booking["line_items"].as_array_mut().unwrap().push(deposit);
    let mut by_debit = booking.clone();
    by_debit["payment_method"] = json!("bacs_debit");
    let refused = business.try_call("POST", "/orders", by_debit).await.unwrap_err();
    assert_eq!(refused.status, 409, "{refused:?}");

    let rental = business.rent(booking).await;
    let paid = business.invoices(&rental).await[0].clone();
    assert_eq!((amount(&paid["total"]), amount(&paid["tax"]), &paid["status"]), (5_000, 0, &json!("paid")));
    assert_eq!(paid["paid_at"], "2026-03-02T12:00:00Z");
    business.noon_of("2026-03-09").await;
    let rent = &business.bills(&rental).await[1];
    assert_eq!(*rent, ("2026-03-09".to_owned(), 12_000, "paid".to_owned()));

    let target = |act: &str| format!("/invoices/{}/{act}", paid["id"].as_str().unwrap());
    let held = async || business.control("GET", "/deposits", Value::Null).await["held"].clone();
    assert_eq!(held().await, 5_000);
    business.control("POST", &target("refund_deposit"), json!({"amount": 2_000})).await;
    assert_eq!(held().await, 3_000);
    let note = &business.list("/credit_notes").await[0];
    assert_eq!((&note["type"], amount(&note["total"])), (&json!("post_payment"), 2_000));
    assert_eq!(
        business.try_control("POST", &target("refund_deposit"), json!({"amount": 3_001})).await.unwrap_err().status,
        409
    );
    business.control("POST", &target("withhold_deposit"), Value::Null).await;
    assert_eq!(held().await, 0);
    for (act, body) in [("refund_deposit", json!({"amount": 100})), ("withhold_deposit", Value::Null)] {
        assert_eq!(business.try_control("POST", &target(act), body).await.unwrap_err().status, 409, "{act}");
    }
}

#[tokio::test]
async fn scenario_11_dunning() {
    // D1, D2, D3, D8
    let (business, rental, _) = declined(json!({}), 3, 1).await;
    let invoice = id(&second_invoice(&business, &rental).await);
    business.noon_of("2026-05-01").await;
    let outcome = |day: &str, outcome: &str| (format!("2026-04-{day}"), outcome.to_owned());
    // The third retry, five days after the failure, is the last.
    let expected =
        [outcome("14", "declined"), outcome("15", "declined"), outcome("17", "declined"), outcome("19", "succeeded")];
    assert_eq!(attempts(&business, &invoice).await, expected);
    let paid = second_invoice(&business, &rental).await;
    assert_eq!((&paid["status"], amount(&paid["amount_paid"])), (&json!("paid"), 12_000));
    assert_eq!(paid["paid_at"], "2026-04-19T05:00:00Z");

    for (rule, cancelled) in [("leave_past_due", false), ("cancel", true)] {
        let (business, rental, units) = declined(json!({}), 9, 1).await;
        business.control("PATCH", "/settings", json!({"after_retries": rule})).await;
        let invoice = id(&second_invoice(&business, &rental).await);
        business.noon_of("2026-04-29").await;
        let days: Vec<String> =
            attempts(&business, &invoice).await.into_iter().map(|(day, _)| day[8..].to_owned()).collect();
        assert_eq!(days, ["14", "15", "17", "19", "21", "23", "25", "27", "28"]);
        assert_eq!(second_invoice(&business, &rental).await["status"], "open");
        let subscription = business.show("subscriptions", &rental.subscription).await;
        assert_eq!(subscription["cancelled"], cancelled, "{rule}");
        assert_eq!(business.status(&units[0]).await, if cancelled { "available" } else { "occupied" }, "{rule}");
        business.noon_of("2026-05-14").await;
        // It goes on and keeps billing, or is over; what is owed is owed either way (S7).
        assert_eq!(business.bills(&rental).await.len(), if cancelled { 2 } else { 3 }, "{rule}");
        assert_eq!(second_invoice(&business, &rental).await["status"], "open");
    }
}

#[tokio::test]
async fn scenario_12_overlock_with_grace() {
    // D6, D7, D9, A19, H9
    let grace = |days: u32| json!({"auto_overlock": true, "overlock_grace_days": days});
    // Three retries are declined, so that the one of 19 April succeeds.
    let (business, _, units) = declined(grace(3), 3, 1).await;
    business.noon_of("2026-04-16").await;
    assert_eq!(business.status(&units[0]).await, "occupied");
    business.noon_of("2026-04-17").await;
    assert_eq!(business.status(&units[0]).await, "overlocked");
    business.advance_to("2026-04-19T04:59:59Z").await;
    assert_eq!(business.status(&units[0]).await, "overlocked");
    business.advance_to("2026-04-19T05:00:00Z").await;
    assert_eq!(business.status(&units[0]).await, "occupied");

    let (business, _, units) = declined(grace(0), 9, 2).await;
    for unit in &units {
        assert_eq!(business.status(unit).await, "overlocked");
    }

    let (business, rental, units) = declined(grace(3), 9, 1).await;
    business.noon_of("2026-04-16").await;
    let invoice = id(&second_invoice(&business, &rental).await);
    business.control("POST", &format!("/invoices/{invoice}/pay"), json!({"outcome": "succeed"})).await;
    let mut ear = business.listen();
    business.noon_of("2026-05-01").await;
    assert_eq!(business.status(&units[0]).await, "occupied");
    assert!(!ear.types().await.contains(&"unit.overlocked".to_owned()));
    assert_eq!(second_invoice(&business, &rental).await["status"], "paid");
}

#[tokio::test]
async fn scenario_13_manual_payer() {
    // I15, I16, I17, I19, I20
    let business = Business::with(MockServer::builder(), json!({"auto_overlock": true})).await;
    let unit_type = business.unit_type_120().await;
    let [unit] = business.units(&unit_type, ["1"]).await;
    let contact = business.contact("Ada").await;
    let rental = business.rent(business.booking(&contact, &unit_type, "2026-03-14")).await;
    business.noon_of("2026-03-14").await;
    let method = format!("/subscriptions/{}/payment_method", rental.subscription);
    business.control("POST", &method, json!({"payment_method": "manual"})).await;
    business.noon_of("2026-05-14").await;
    let states: Vec<String> = business.bills(&rental).await.into_iter().map(|(_, _, status)| status).collect();
    assert_eq!(states, ["paid", "open", "open"]);
    let awaiting = business.control("GET", "/awaiting_payment", Value::Null).await;
    assert_eq!((&awaiting["total"], &awaiting["count"]), (&json!(24_000), &json!(2)));
    assert_eq!(business.status(&unit).await, "occupied");

    business.noon_of("2026-05-15").await;
    business.control("POST", &format!("/contacts/{contact}/payment_methods"), json!({"type": "card"})).await;
    business.control("POST", &method, json!({"payment_method": "card"})).await;
    business.noon_of("2026-06-14").await;
    let states: Vec<String> = business.bills(&rental).await.into_iter().map(|(_, _, status)| status).collect();
    assert_eq!(states, ["paid", "open", "open", "paid"]);
}

#[tokio::test]
async fn scenario_14_slow_direct_debit() {
    // I12, I13, D4, H11
    for (mandate, result) in [("2026-03-02", "2026-03-11"), ("2026-03-05", "2026-03-16")] {
        let business = Business::open().await;
        let unit_type = business.unit_type_120().await;
        let [unit] = business.units(&unit_type, ["1"]).await;
        let contact = business.contact("Ada").await;
        business.noon_of(mandate).await;
        let mut booking = business.booking(&contact, &unit_type, "2026-03-05");
        booking["payment_method"] = json!("bacs_debit");
        let rental = business.rent(booking).await;
        business.noon_of("2026-03-05").await;
        assert_eq!(business.status(&unit).await, "occupied", "{mandate}");
        let state = async || business.bills(&rental).await[0].2.clone();
        business.advance_to(&format!("{result}T05:59:59Z")).await;
        let awaiting = business.control("GET", "/awaiting_payment", Value::Null).await;
        assert_eq!((state().await.as_str(), &awaiting["invoices"][0]["processing"]), ("open", &json!(true)));
        business.advance_to(&format!("{result}T06:00:00Z")).await;
        assert_eq!(state().await, "paid", "{mandate}");
    }
    // If the debit fails, the customer is already in the unit.
    let business = Business::open().await;
    let unit_type = business.unit_type_120().await;
    let [unit] = business.units(&unit_type, ["1"]).await;
    let contact = business.contact("Ada").await;
    let mut booking = business.booking(&contact, &unit_type, "2026-03-05");
    booking["payment_method"] = json!("bacs_debit");
    let rental = business.rent(booking).await;
    charges(&business, &contact, json!("decline")).await;
    business.noon_of("2026-03-11").await;
    assert_eq!(
        (business.status(&unit).await.as_str(), business.bills(&rental).await[0].2.as_str()),
        ("occupied", "open")
    );
    let notices = business.control("GET", "/notices?kind=payment_failed", Value::Null).await;
    assert_eq!(notices["notices"][0]["contact_id"], json!(contact));
}
