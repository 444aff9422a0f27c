//! Every row of the table of section 21: what each transition tells of, in which order, and that what is refused or without effect
//! tells of nothing.

use serde_json::{Value, json};
use stora_mock::MockServer;

use crate::harness::{Business, Ear, Rental, id};

/// Events in order, several in a word: `invoice: created finalized paid`.
fn told(of: &[&str]) -> Vec<String> {
    let each = |words: &&str| -> Vec<String> {
        let (resource, verbs) = words.split_once(": ").expect("a resource and its verbs");
        verbs.split(' ').map(|verb| format!("{resource}.{verb}")).collect()
    };
    of.iter().flat_map(each).collect()
}

/// Asserts what was told since the last time.
async fn heard(ear: &mut Ear, of: &[&str]) {
    assert_eq!(ear.types().await, told(of));
}

/// A business with a unit type whose availability follows its units, so that it moves with them.
async fn following(units: usize) -> (Business, String, Vec<String>) {
    let business = Business::open().await;
    let new = json!({
        "site_id": business.site, "name": "50 sq ft", "base_prices": {"monthly": 12_000}, "auto_update_availability": true,
        "security_deposit": 5_000,
    });
    let unit_type = business.make("/unit_types", new).await;
    let mut all = Vec::new();
    for number in 1..=units {
        let new = json!({"unit_type_id": unit_type, "reference_id": number.to_string()});
        all.push(business.make("/units", new).await);
    }
    (business, unit_type, all)
}

async fn rented(business: &Business, unit_type: &str, starts: &str) -> Rental {
    let contact = business.contact("Ada").await;
    business.rent(business.booking(&contact, unit_type, starts)).await
}

#[tokio::test]
async fn contacts_tell_that_they_are_made_and_changed() {
    // W1, W2, C7
    let business = Business::open().await;
    let mut ear = business.listen();
    let contact = business.contact("Ada").await;
    heard(&mut ear, &["contact: created"]).await;
    let change = json!({"full_name": "Ada King"});
    business.call("PATCH", &format!("/contacts/{contact}"), change.clone()).await;
    let events = ear.heard().await;
    assert_eq!((events.len(), events[0].0.as_str()), (1, "contact.updated"));
    assert_eq!(events[0].1["event"]["data"]["contact"], business.show("contacts", &contact).await);
    // Once more makes no difference, and what is refused tells of nothing.
    business.call("PATCH", &format!("/contacts/{contact}"), change).await;
    assert_eq!(business.try_call("POST", "/contacts", json!({"email": 1})).await.unwrap_err().status, 422);
    heard(&mut ear, &[]).await;
}

#[tokio::test]
async fn orders_tell_of_each_step() {
    let (business, unit_type, _) = following(0).await;
    let contact = business.contact("Ada").await;
    let mut ear = business.listen();
    let draft = id(&business.call("POST", "/orders", json!({"site": {"id": business.site}})).await["order"]);
    heard(&mut ear, &["order: created"]).await;
    let order = format!("/orders/{draft}");
    let change = json!({
        "contact": {"id": contact}, "billing_period": "monthly", "starts_at": "2026-03-09T09:00:00Z",
    });
    business.call("PATCH", &order, change.clone()).await;
    heard(&mut ear, &["order: updated"]).await;
    business.call("PATCH", &order, change).await;
    heard(&mut ear, &[]).await;
    let line = json!({"type": "unit_type", "item": {"id": unit_type}, "quantity": 1});
    business.call("POST", &format!("{order}/line_items"), line).await;
    heard(&mut ear, &["order: updated"]).await;
    business.call("POST", &format!("{order}/finalize"), json!({})).await;
    let first = ear.types().await;
    // The contact is known to the payment provider from its first finalized order on.
    assert_eq!(first[..2], told(&["order: updated finalized"])[..], "{first:?}");
    assert!(first[2..].iter().all(|kind| kind == "contact.updated"), "{first:?}");
    // O1, O2: a finalized order cannot be changed.
    assert_eq!(business.try_call("POST", &format!("{order}/finalize"), json!({})).await.unwrap_err().status, 409);
    heard(&mut ear, &[]).await;
    business.control("POST", &format!("{order}/abandon"), json!({})).await;
    heard(&mut ear, &["order: updated abandoned"]).await;
    business.call("POST", "/orders", business.booking(&contact, &unit_type, "2026-03-09")).await;
    heard(&mut ear, &["order: created finalized"]).await;
}

#[tokio::test]
async fn an_order_that_completes_for_later_tells_of_the_deposit_and_the_unit_and_the_rest_comes_with_its_day() {
    let (business, unit_type, _) = following(1).await;
    let contact = business.contact("Ada").await;
    let mut booking = business.booking(&contact, &unit_type, "2026-03-09");
    let deposit = json!({"type": "security_deposit", "item": {"id": unit_type}, "quantity": 1});
    booking["line_items"].as_array_mut().unwrap().push(deposit);
    let order = id(&business.call("POST", "/orders", booking).await["order"]);
    let mut ear = business.listen();
    business.pay(&order).await;
    let completed = [
        "order: updated completed",
        "contact: updated",
        "invoice: created finalized paid",
        "unit: updated reserved",
        "unit_type: updated",
    ];
    heard(&mut ear, &completed).await;
    business.noon_of("2026-03-09").await;
    let started = ["subscription: started", "unit: updated occupied", "invoice: created finalized paid"];
    heard(&mut ear, &started).await;
    business.noon_of("2026-04-09").await;
    let events = ear.heard().await;
    let kinds: Vec<&str> = events.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["invoice.created", "invoice.finalized", "invoice.paid"]);
    // Each shows the invoice as it was at that moment (W1).
    let states: Vec<&Value> = events.iter().map(|(_, event)| &event["event"]["data"]["invoice"]["status"]).collect();
    assert_eq!(states, ["draft", "open", "paid"]);
    assert!(events.iter().all(|(_, event)| event["event"]["created_at"] == "2026-04-09T05:00:00Z"));
}

#[tokio::test]
async fn an_order_that_completes_on_its_day_tells_of_the_start_and_the_first_invoice_before_the_unit() {
    let (business, unit_type, _) = following(1).await;
    let contact = business.contact("Ada").await;
    let order =
        id(&business.call("POST", "/orders", business.booking(&contact, &unit_type, "2026-03-02")).await["order"]);
    let mut ear = business.listen();
    // K1: a declined payment tells of nothing.
    business.control("POST", &format!("/orders/{order}/pay"), json!({"outcome": "decline"})).await;
    heard(&mut ear, &[]).await;
    business.pay(&order).await;
    let completed = [
        "order: updated completed",
        "contact: updated",
        "subscription: started",
        "invoice: created finalized paid",
        "unit: updated occupied",
        "unit_type: updated",
    ];
    heard(&mut ear, &completed).await;
}

#[tokio::test]
async fn cancellations_and_ends_tell_of_what_follows() {
    let (business, unit_type, _) = following(2).await;
    let later = rented(&business, &unit_type, "2026-03-09").await;
    let mut ear = business.listen();
    let cancel = |rental: &Rental| format!("/subscriptions/{}/cancel", rental.subscription);
    // Before the start: at once, and the reserved unit is free again.
    business.control("POST", &cancel(&later), json!({"when": "end_of_term"})).await;
    let ended = ["subscription: cancelled ended", "unit: updated available", "contact: updated churned"];
    heard(&mut ear, &ended).await;
    // M9, S3: a second time, and the way back, are refused.
    for act in ["cancel", "undo_cancellation"] {
        let target = format!("/subscriptions/{}/{act}", later.subscription);
        let body = if act == "cancel" { json!({"when": "immediately"}) } else { Value::Null };
        assert_eq!(business.try_control("POST", &target, body).await.unwrap_err().status, 409, "{act}");
    }
    heard(&mut ear, &[]).await;

    let running = business.rent(business.booking(&later.contact, &unit_type, "2026-03-02")).await;
    ear.types().await;
    business.control("POST", &cancel(&running), json!({"when": "on_date", "on": "2026-03-20"})).await;
    heard(&mut ear, &["subscription: cancelled"]).await;
    business.advance_to("2026-03-20T23:59:58Z").await;
    heard(&mut ear, &[]).await;
    business.advance_to("2026-03-20T23:59:59Z").await;
    let ended = ["subscription: ended", "unit: updated available", "contact: updated churned"];
    heard(&mut ear, &ended).await;

    business.noon_of("2026-03-22").await;
    let at_once = business.rent(business.booking(&later.contact, &unit_type, "2026-03-22")).await;
    ear.types().await;
    business.control("POST", &cancel(&at_once), json!({"when": "immediately"})).await;
    heard(&mut ear, &["subscription: cancelled ended", "contact: updated churned"]).await;
    // H8: the unit waits for the end of the day.
    business.noon_of("2026-03-23").await;
    heard(&mut ear, &["unit: updated available"]).await;
}

#[tokio::test]
async fn changes_of_what_is_billed_tell_of_their_invoice_alone() {
    let (business, unit_type, _) = following(0).await;
    let rental = rented(&business, &unit_type, "2026-03-02").await;
    let mut ear = business.listen();
    let change = format!("/subscriptions/{}/change", rental.subscription);
    business.control("POST", &change, json!({"change": [{"line": 0, "price": 15_000}]})).await;
    heard(&mut ear, &["invoice: created finalized paid"]).await;
    // R6: what goes to the account credit is no invoice.
    business.control("POST", &change, json!({"change": [{"line": 0, "price": 9_000}]})).await;
    let renewal = json!({"change": [{"line": 0, "price": 9_500}], "timing": "on_next_renewal"});
    business.control("POST", &change, renewal).await;
    let target = format!("/subscriptions/{}/billing_date", rental.subscription);
    business.control("POST", &target, json!({"date": "2026-03-20"})).await;
    heard(&mut ear, &[]).await;
    // What the credit pays is not charged, and paid all the same.
    business.noon_of("2026-03-20").await;
    heard(&mut ear, &["invoice: created finalized paid"]).await;
}

#[tokio::test]
async fn units_tell_of_every_state_they_come_into() {
    // U1, U5, V2
    let (business, unit_type, units) = following(1).await;
    let rental = rented(&business, &unit_type, "2026-03-09").await;
    let unit = &units[0];
    let mut ear = business.listen();
    let call = async |act: &str, body: Value| business.call("POST", &format!("/units/{unit}/{act}"), body).await;
    let control = async |act: &str| business.control("POST", &format!("/units/{unit}/{act}"), Value::Null).await;
    let tenancy = json!({"tenancy_id": rental.tenancy});
    call("deallocate", Value::Null).await;
    heard(&mut ear, &["unit: updated available", "unit_type: updated"]).await;
    call("reserve", tenancy.clone()).await;
    heard(&mut ear, &["unit: updated reserved", "unit_type: updated"]).await;
    call("grant_access", tenancy).await;
    heard(&mut ear, &["unit: updated occupied"]).await;
    let contact = json!({"contact_id": rental.contact});
    business.call("POST", "/units/overlock", contact.clone()).await;
    heard(&mut ear, &["unit: updated overlocked"]).await;
    assert_eq!(business.try_call("POST", "/units/overlock", contact.clone()).await.unwrap_err().status, 409);
    business.call("POST", "/units/remove_overlock", contact).await;
    heard(&mut ear, &["unit: updated occupied"]).await;
    control("overlock").await;
    heard(&mut ear, &["unit: updated overlocked"]).await;
    control("repossess").await;
    heard(&mut ear, &["unit: updated repossessed"]).await;
    control("clear").await;
    heard(&mut ear, &["unit: updated available", "unit_type: updated"]).await;
    control("take_offline").await;
    heard(&mut ear, &["unit: updated unavailable", "unit_type: updated"]).await;
    control("bring_back").await;
    heard(&mut ear, &["unit: updated available", "unit_type: updated"]).await;
    business.control("PATCH", &format!("/units/{unit}"), json!({"reference_id": "B7"})).await;
    heard(&mut ear, &["unit: updated"]).await;
    let new = json!({"unit_type_id": unit_type, "reference_id": "2"});
    business.make("/units", new).await;
    heard(&mut ear, &["unit: created"]).await;
}

#[tokio::test]
async fn invoices_tell_of_each_step_and_credit_notes_of_themselves() {
    // N3, I1
    let business = Business::open().await;
    let unit_type = business.unit_type_120().await;
    let rental = rented(&business, &unit_type, "2026-03-02").await;
    let manual = json!({"payment_method": "manual"});
    business.control("POST", &format!("/subscriptions/{}/payment_method", rental.subscription), manual).await;
    business.noon_of("2026-06-02").await;
    let open: Vec<String> = business.list("/invoices?status=open").await.iter().map(id).collect();
    assert_eq!(open.len(), 3);
    let mut ear = business.listen();
    business.control("POST", &format!("/invoices/{}/void", open[0]), Value::Null).await;
    heard(&mut ear, &["invoice: voided"]).await;
    business.control("POST", &format!("/invoices/{}/write_off", open[1]), Value::Null).await;
    heard(&mut ear, &["invoice: marked_uncollectible"]).await;
    business.control("POST", &format!("/invoices/{}/mark_paid", open[1]), Value::Null).await;
    heard(&mut ear, &["invoice: paid"]).await;
    for act in ["void", "write_off", "mark_paid"] {
        let target = format!("/invoices/{}/{act}", open[0]);
        assert_eq!(business.try_control("POST", &target, Value::Null).await.unwrap_err().status, 409, "{act}");
    }
    heard(&mut ear, &[]).await;
    business.control("POST", "/credit_notes", json!({"invoice_id": open[2], "amount": 2_000})).await;
    heard(&mut ear, &["credit_note: created"]).await;
    business.control("POST", "/credit_notes", json!({"invoice_id": open[2]})).await;
    heard(&mut ear, &["credit_note: created", "invoice: paid"]).await;
}

#[tokio::test]
async fn identity_checks_tell_of_their_beginning_and_their_end() {
    // Z1, Z2, Z3
    let business = Business::open().await;
    let contact = business.contact("Ada").await;
    let mut ear = business.listen();
    let begin = async || {
        let target = format!("/contacts/{contact}/identity_verifications");
        business.try_control("POST", &target, json!({})).await
    };
    let first = id(&begin().await.unwrap()["identity_verification"]);
    heard(&mut ear, &["identity_verification: processing", "contact: updated"]).await;
    let fail = json!({"error_code": "document_expired"});
    business.control("POST", &format!("/identity_verifications/{first}/fail"), fail).await;
    heard(&mut ear, &["identity_verification: failed", "contact: updated"]).await;
    let second = id(&begin().await.unwrap()["identity_verification"]);
    ear.types().await;
    business.control("POST", &format!("/identity_verifications/{second}/succeed"), Value::Null).await;
    heard(&mut ear, &["identity_verification: succeeded", "contact: updated"]).await;
    assert_eq!(begin().await.unwrap_err().status, 409);
    heard(&mut ear, &[]).await;
}

#[tokio::test]
async fn deals_tell_of_each_change() {
    // E1, E2
    let business = Business::open().await;
    let contact = business.contact("Ada").await;
    let stage = business.make("/deals/stages", json!({"name": "New"})).await;
    let mut ear = business.listen();
    let new = json!({"name": "Ada", "contact": {"id": contact}, "site": {"id": business.site}, "stage": {"id": stage}});
    let deal = id(&business.call("POST", "/deals", new).await["deal"]);
    heard(&mut ear, &["deal: created"]).await;
    business.call("PATCH", &format!("/deals/{deal}"), json!({"note": "Call her"})).await;
    heard(&mut ear, &["deal: updated"]).await;
    business.call("POST", &format!("/deals/{deal}/win"), Value::Null).await;
    heard(&mut ear, &["deal: updated won"]).await;
    assert_eq!(business.try_call("POST", &format!("/deals/{deal}/win"), Value::Null).await.unwrap_err().status, 409);
    heard(&mut ear, &[]).await;
    business.call("POST", &format!("/deals/{deal}/reopen"), json!({})).await;
    heard(&mut ear, &["deal: updated"]).await;
    business.call("POST", &format!("/deals/{deal}/lose"), json!({"lost_reason": "price"})).await;
    heard(&mut ear, &["deal: updated lost"]).await;
}

#[tokio::test]
async fn the_catalogue_tells_of_what_the_api_shows() {
    // V1, V3, Y3, Y6, L1, Q11
    let business = Business::open().await;
    let mut ear = business.listen();
    let unit_type = business.unit_type_120().await;
    heard(&mut ear, &["unit_type: created"]).await;
    let target = format!("/unit_types/{unit_type}");
    business.call("POST", &format!("{target}/base_price"), json!({"monthly": {"amount": 13_000}})).await;
    heard(&mut ear, &["unit_type: updated"]).await;
    business.control("PATCH", &target, json!({"status": "collect_leads"})).await;
    heard(&mut ear, &["unit_type: updated"]).await;
    business.control("PATCH", &target, json!({"status": "collect_leads"})).await;
    heard(&mut ear, &[]).await;
    let coupon = business.make("/coupons", json!({"name": "Half", "percent": 50, "duration": "once"})).await;
    heard(&mut ear, &["coupon: created"]).await;
    business.control("PATCH", &target, json!({"promotion_id": coupon})).await;
    heard(&mut ear, &["unit_type: updated"]).await;
    business.control("PATCH", &format!("/coupons/{coupon}"), json!({"name": "Half price"})).await;
    heard(&mut ear, &["coupon: updated"]).await;
    let level = json!({"cover_level": 200_000, "prices": {"monthly": 1_120}});
    let level = business.make("/protection_levels", level).await;
    heard(&mut ear, &["protection_level: created"]).await;
    business.control("PATCH", &format!("/protection_levels/{level}"), json!({"prices": {"monthly": 1_200}})).await;
    heard(&mut ear, &["protection_level: updated"]).await;
    // W6: sites, staff and products tell of nothing.
    business.control("PATCH", &format!("/sites/{}", business.site), json!({"phone": "+44 20 7946 0000"})).await;
    heard(&mut ear, &[]).await;
    // X7: neither does the loading of data.
    business.control("POST", "/fill", json!({"contacts": 3, "rentals": 2})).await;
    heard(&mut ear, &[]).await;
    let other = Business::with(MockServer::builder(), json!({})).await;
    assert_eq!(other.listen().types().await, Vec::<String>::new());
}
