//! How rentals are made by staff and on the storefront, and how they end: over HTTP.

use serde_json::{Value, json};

use super::{call, options, pointers};
use crate::MockServer;

/// A business with a bookable unit type, a closed one, and a contact, with its ids by key.
async fn business() -> (MockServer, Value) {
    let server = options().start().await.unwrap();
    let data = json!({
        "sites": [{"key": "hull", "name": "Hull",
            "address": {"line_1": "1 Dock Road", "city": "Hull", "postal_code": "HU1 1AA"}}],
        "unit_types": [
            {"key": "small", "site_id": "hull", "name": "25 sq ft", "base_prices": {"monthly": 12000}},
            {"key": "full", "site_id": "hull", "name": "50 sq ft", "base_prices": {"monthly": 20000},
                "status": "collect_leads"},
        ],
        "units": [{"key": "a1", "unit_type_id": "small", "reference_id": "A1"}],
        "coupons": [{"key": "half", "name": "Half", "code": "HALF", "percent": 50, "duration": "once"}],
        "contacts": [{"key": "ann", "email": "ann@example.com"}],
    });
    let (status, answer) = call(&server, "POST", "/seed", &data);
    assert_eq!(status, 200, "{answer}");
    let keys = answer["keys"].clone();
    (server, keys)
}

fn rental(keys: &Value) -> Value {
    json!({
        "contact_id": keys["ann"], "site_id": keys["hull"], "billing_period": "monthly",
        "starts_at": "2026-03-14T09:00:00Z",
        "line_items": [{"type": "unit_type", "item_id": keys["small"]}],
    })
}

/// What an act on the subscription answers.
fn act(server: &MockServer, subscription: &Value, name: &str, body: &Value) -> (u16, Value) {
    let id = subscription["id"].as_str().unwrap();
    call(server, "POST", &format!("/subscriptions/{id}/{name}"), body)
}

fn rule((status, answer): (u16, Value), code: &str) -> Value {
    assert_eq!((status, &answer["error"]["code"]), (409, &json!(code)), "{answer}");
    answer
}

fn advance(server: &MockServer, to: &str) -> Value {
    let (status, answer) = call(server, "POST", "/clock/advance", &json!({"to": to}));
    assert_eq!((status, &answer["refused"]), (200, &json!(0)), "{answer}");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rental_of_staff_is_made_moved_started_cancelled_and_ended() {
    // K4, S4, M2, H8, S6
    let (server, keys) = business().await;
    let (status, answer) = call(&server, "POST", "/subscriptions", &rental(&keys));
    assert_eq!(status, 201, "{answer}");
    let subscription = &answer["subscription"];
    assert_eq!((&subscription["order"], &subscription["cancelled"]), (&Value::Null, &json!(false)));
    assert_eq!(call(&server, "GET", "/move_ins", &Value::Null).1, json!({"move_ins": []}));

    let (status, answer) = act(&server, subscription, "move_start", &Value::Null);
    assert_eq!((status, &answer["subscription"]["starts_at"]), (200, &json!("2026-03-02T10:00:00Z")));
    rule(act(&server, subscription, "move_start", &Value::Null), "conflict");

    let on = |day: &str| json!({"when": "on_date", "on": day, "reason": "other"});
    assert_eq!(pointers(act(&server, subscription, "cancel", &on("2026-03-20"))), ["/text"]);
    assert_eq!(pointers(act(&server, subscription, "cancel", &on("2026-03-01"))), ["/on", "/text"]);
    assert_eq!(pointers(act(&server, subscription, "cancel", &json!({"when": "on_date"}))), ["/on"]);
    let both = json!({"when": "immediately", "on": "2026-03-20"});
    assert_eq!(pointers(act(&server, subscription, "cancel", &both)), ["/on"]);
    assert_eq!(pointers(act(&server, subscription, "cancel", &json!({}))), ["/when"]);
    let mut body = on("2026-03-20");
    body["text"] = json!("Too far away.");
    let (status, answer) = act(&server, subscription, "cancel", &body);
    assert_eq!((status, &answer["subscription"]["ends_at"]), (200, &json!("2026-03-20T23:59:59Z")));
    assert_eq!(answer["subscription"]["cancellation_reason"], "other");
    rule(act(&server, subscription, "cancel", &body), "conflict");
    rule(act(&server, subscription, "undo_cancellation", &Value::Null), "conflict");
    rule(act(&server, subscription, "cancel_in_portal", &Value::Null), "conflict");

    let answer = advance(&server, "2026-03-21T12:00:00Z");
    let acts: Vec<_> = answer["acts"].as_array().unwrap().iter().map(|act| (&act["act"], &act["events"])).collect();
    let freed = json!(["unit.updated", "unit.available", "contact.updated", "contact.churned"]);
    let last = [(&json!("end"), &json!(["subscription.ended"])), (&json!("deallocation"), &freed)];
    assert_eq!(acts[acts.len() - 2..], last);
    assert_eq!(call(&server, "GET", "/move_outs", &Value::Null).1, json!({"move_outs": []}));
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_a_rental_are_told_with_the_names_of_the_body() {
    // K4
    let (server, keys) = business().await;
    let mut body = rental(&keys);
    body["contact_id"] = json!("con_0000000000000000");
    body["coupon_id"] = json!("cpn_0000000000000000");
    body["line_items"][0]["item_id"] = json!("utype_0000000000000000");
    let refused = pointers(call(&server, "POST", "/subscriptions", &body));
    assert_eq!(refused, ["/contact_id", "/coupon_id", "/line_items/0/item_id"]);
    let mut body = rental(&keys);
    body["billing_period"] = json!("one_time");
    body["line_items"][0]["item_id"] = json!("shed");
    assert_eq!(pointers(call(&server, "POST", "/subscriptions", &body)), ["/billing_period"]);
    body["billing_period"] = json!("monthly");
    assert_eq!(pointers(call(&server, "POST", "/subscriptions", &body)), ["/line_items/0/item_id"]);
    let nowhere = json!({"id": "sub_0000000000000000"});
    for name in ["move_start", "cancel_in_portal", "undo_cancellation"] {
        assert_eq!(act(&server, &nowhere, name, &Value::Null).0, 404, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_portal_cancels_unless_that_is_off() {
    // M8
    let (server, keys) = business().await;
    let (_, answer) = call(&server, "POST", "/subscriptions", &rental(&keys));
    let subscription = &answer["subscription"];
    assert_eq!(call(&server, "PATCH", "/settings", &json!({"portal_cancellation": false})).0, 200);
    rule(act(&server, subscription, "cancel_in_portal", &Value::Null), "conflict");
    assert_eq!(call(&server, "PATCH", "/settings", &json!({"portal_cancellation": true})).0, 200);
    advance(&server, "2026-03-15T12:00:00Z");
    let (status, answer) = act(&server, subscription, "cancel_in_portal", &Value::Null);
    assert_eq!((status, &answer["subscription"]["cancellation_reason"]), (200, &json!("unknown")));
    assert_eq!(answer["subscription"]["ends_at"], "2026-04-14T22:59:59Z");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_books_on_the_storefront_turns_back_and_pays() {
    // X1, Q11, O8, O11, V1
    let (server, keys) = business().await;
    let booking = json!({
        "site_id": keys["hull"], "contact": {"email": "Ben@example.com", "full_name": "Ben Idle", "type": "domestic"},
        "billing_period": "monthly", "starts_on": "2026-03-14", "coupon_code": "half",
        "line_items": [{"type": "unit_type", "item_id": keys["small"]}],
        "cancel_redirect_url": "https://shop.example/back",
    });
    let (status, answer) = call(&server, "POST", "/bookings", &booking);
    assert_eq!(status, 201, "{answer}");
    let order = &answer["order"];
    assert_eq!((&order["source"], &order["status"]), (&json!("storefront"), &json!("finalized")));
    assert!(order["payment_url"].is_string());
    let path = |name: &str| format!("/orders/{}/{name}", order["id"].as_str().unwrap());
    let back = json!({"redirect_to": "https://shop.example/back"});
    assert_eq!(call(&server, "POST", &path("leave_checkout"), &Value::Null), (200, back));
    let (_, answer) = call(&server, "POST", &path("pay"), &Value::Null);
    assert_eq!(answer["order"]["status"], "completed");
    rule(call(&server, "POST", &path("leave_checkout"), &Value::Null), "conflict");

    let with = |name: &str, value: Value| {
        let mut changed = booking.clone();
        changed[name] = value;
        call(&server, "POST", "/bookings", &changed)
    };
    assert_eq!(pointers(with("starts_on", json!("2026-03-01"))), ["/starts_on"]);
    assert_eq!(pointers(with("coupon_code", json!("third"))), ["/coupon_code"]);
    assert_eq!(pointers(with("payment_method", json!("manual"))), ["/payment_method"]);
    assert_eq!(pointers(with("contract_template_id", json!("ctpl_0000000000000000"))), ["/contract_template_id"]);
    let closed = json!([{"type": "unit_type", "item_id": keys["full"]}]);
    rule(with("line_items", closed), "conflict");
    let lead = json!({"unit_type_id": keys["full"], "contact": {"email": "cat@example.com"}});
    let (status, answer) = call(&server, "POST", "/leads", &lead);
    assert_eq!((status, &answer["contact"]["status"]), (201, &json!("lead")));
    let lead = json!({"unit_type_id": keys["small"], "contact": {"email": "cat@example.com"}});
    rule(call(&server, "POST", "/leads", &lead), "conflict");
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_lead_a_unit_through_all_its_states() {
    // X2, U1, V3
    let (server, keys) = business().await;
    let mut body = rental(&keys);
    body["starts_at"] = Value::Null;
    let unit =
        |act: &str| call(&server, "POST", &format!("/units/{}/{act}", keys["a1"].as_str().unwrap()), &Value::Null);
    let status = |act: &str| {
        let (code, answer) = unit(act);
        assert_eq!(code, 200, "{answer}");
        answer["unit"]["status"].as_str().unwrap().to_owned()
    };
    assert_eq!([status("take_offline"), status("bring_back")], ["unavailable", "available"]);
    rule(unit("overlock"), "conflict");
    assert_eq!(call(&server, "POST", "/subscriptions", &body).0, 201);
    rule(unit("take_offline"), "conflict");
    assert_eq!([status("overlock"), status("remove_overlock")], ["overlocked", "occupied"]);
    assert_eq!([status("overlock"), status("repossess"), status("clear")], ["overlocked", "repossessed", "available"]);
    let unit_type = format!("/unit_types/{}", keys["small"].as_str().unwrap());
    let change = |body: Value| call(&server, "PATCH", &unit_type, &body);
    assert_eq!(change(json!({"status": "collect_leads"})).1["unit_type"]["status"], "collect_leads");
    let (_, answer) = change(json!({"auto_update_availability": true}));
    assert_eq!(answer["unit_type"]["status"], "bookable", "turning it on looks at once");
    rule(change(json!({"status": "collect_leads"})), "conflict");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_to_staff_is_listed_until_it_is_done() {
    // A7, A8, A25, A26, X6
    let (server, keys) = business().await;
    let site = format!("/sites/{}/settings", keys["hull"].as_str().unwrap());
    assert_eq!(call(&server, "PATCH", &site, &json!({"auto_deallocate": false})).0, 200);
    let mut body = rental(&keys);
    body["starts_at"] = Value::Null;
    body["line_items"][0]["quantity"] = json!(2);
    let (_, answer) = call(&server, "POST", "/subscriptions", &body);
    let subscription = &answer["subscription"];
    let (_, listed) = call(&server, "GET", "/move_ins", &Value::Null);
    let expected = json!([{
        "tenancy_id": subscription["tenancy"]["id"], "contact_id": keys["ann"], "site_id": keys["hull"],
        "starts_at": "2026-03-02T10:00:00Z", "started": true, "wanted": 2, "allocated": 1,
    }]);
    assert_eq!(listed["move_ins"], expected);
    assert_eq!(act(&server, subscription, "cancel", &json!({"when": "immediately"})).0, 200);
    advance(&server, "2026-03-03T12:00:00Z");
    assert_eq!(call(&server, "GET", "/move_ins", &Value::Null).1, json!({"move_ins": []}));
    let (_, listed) = call(&server, "GET", "/move_outs", &Value::Null);
    let expected = json!([{
        "tenancy_id": subscription["tenancy"]["id"], "contact_id": keys["ann"], "site_id": keys["hull"],
        "ended_at": "2026-03-02T10:00:00Z", "units": [{"unit_id": keys["a1"], "status": "occupied"}],
    }]);
    assert_eq!(listed["move_outs"], expected);
    let unit = format!("/units/{}/deallocate", keys["a1"].as_str().unwrap());
    assert_eq!(call(&server, "POST", &unit, &Value::Null).1["unit"]["status"], "available");
    rule(call(&server, "POST", &unit, &Value::Null), "conflict");
    assert_eq!(call(&server, "GET", "/move_outs", &Value::Null).1, json!({"move_outs": []}));
}
