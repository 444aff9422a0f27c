//! What staff do to rentals, as requests.

use super::*;

/// A server with a site in Hull, and one rental of a unit of 80.00 a month that began on 2 March, half way through its first period.
async fn server() -> (MockServer, String) {
    let server = options().start().await.unwrap();
    assert_eq!(call(&server, "POST", "/seed", &hull()).0, 200);
    let demo = server.control().operator("demo").unwrap();
    let id = demo.operator.read().subscriptions.iter().next().unwrap().id.to_string();
    let (status, answer) = call(&server, "POST", "/clock/advance", &json!({"to": "2026-03-17T12:00:00Z"}));
    assert_eq!(status, 200, "{answer}");
    (server, id)
}

fn post(server: &MockServer, id: &str, what: &str, body: &Value) -> (u16, Value) {
    call(server, "POST", &format!("/subscriptions/{id}/{what}"), body)
}

fn conflict((status, answer): (u16, Value)) -> Value {
    assert_eq!((status, &answer["error"]["code"]), (409, &json!("conflict")), "{answer}");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_changed_now_and_at_the_renewal_and_the_answer_is_the_subscription() {
    // R1, R7
    let (server, id) = server().await;
    let (status, answer) = post(&server, &id, "change", &json!({"change": [{"line": 0, "price": 9_000}]}));
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["subscription"]["line_items"][0]["price"]["amount"], 9_000);
    let later = json!({"timing": "on_next_renewal", "change": [{"line": 0, "quantity": 2}]});
    assert_eq!(post(&server, &id, "change", &later).0, 200);
    let (_, plan) = call(&server, "GET", &format!("/subscriptions/{id}/plan"), &Value::Null);
    assert_eq!(
        plan["renewal"],
        json!([{"change": [{"line": 0, "item_id": null, "price": null, "quantity": 2}], "remove": [], "add": []}])
    );
    assert_eq!(plan["next_invoice_at"], "2026-04-02T05:00:00Z");
    assert_eq!(call(&server, "DELETE", &format!("/subscriptions/{id}/plan"), &Value::Null).0, 204);
    let backdated = json!({"timing": {"backdated": "2026-03-01"}, "change": [{"line": 0, "price": 1}]});
    assert_eq!(pointers(post(&server, &id, "change", &backdated)), ["/timing/backdated"]);
    let wrong = json!({
        "change": [{"line": 4}, {"line": 0, "item_id": "nothing"}], "add": [{"item_id": "utype_0000000000000000"}],
    });
    assert_eq!(pointers(post(&server, &id, "change", &wrong)), ["/change/1/item_id"]);
    let wrong = json!({"change": [{"line": 4}], "add": [{"item_id": "utype_0000000000000000"}]});
    assert_eq!(pointers(post(&server, &id, "change", &wrong)), ["/change/0/line", "/add/0/item_id"]);
    assert_eq!(pointers(post(&server, &id, "change", &json!({"when": "now"}))), ["/when"]);
    assert_eq!(post(&server, "sub_0000000000000000", "change", &json!({})).0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_price_increase_names_every_subscription_that_it_is_refused_for() {
    // L3, L6, C2
    let (server, id) = server().await;
    let increase = |subscriptions: Value| json!({"raises": "both", "percent": 5, "notice_days": 10, "subscriptions": subscriptions});
    let own = |day: &str| json!({"subscription_id": id, "effective_on": day});
    let gone = json!({"subscription_id": "sub_0000000000000000", "effective_on": "2026-04-02"});
    let post = |subscriptions: Value| call(&server, "POST", "/price_increases", &increase(subscriptions));
    assert_eq!(
        pointers(post(json!([own("2026-04-03"), gone, own("2026-04-02")]))),
        ["/subscriptions/0/effective_on", "/subscriptions/1/subscription_id", "/subscriptions/2/subscription_id"]
    );
    assert_eq!(pointers(post(json!([]))), ["/subscriptions"]);
    let (status, answer) = post(json!([own("2026-04-02")]));
    assert_eq!(status, 201, "{answer}");
    let scheduled = json!({
        "subscription_id": id, "raises": "both", "percent": 5, "effective_on": "2026-04-02", "notice_days": 10,
        "notice_at": "2026-03-23T06:00:00Z", "status": "scheduled",
    });
    assert_eq!(answer["price_increases"], json!([scheduled]));
    assert_eq!(call(&server, "GET", "/price_increases", &Value::Null).1, answer);
    let refused = conflict(post(json!([own("2026-05-02")])));
    assert_eq!(refused["error"]["details"][0]["pointer"], "/subscriptions/0");
    assert_eq!(
        pointers(post(json!([own("2026-05-02"), gone]))),
        ["/subscriptions/0", "/subscriptions/1/subscription_id"]
    );
    let path = format!("/subscriptions/{id}/price_increase");
    assert_eq!(call(&server, "DELETE", &path, &Value::Null).0, 204);
    assert_eq!(call(&server, "DELETE", &path, &Value::Null).0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn billing_date_coupon_payment_method_tax_rates_and_order_number_are_set() {
    // B9, Q13, I17, T4
    let (server, id) = server().await;
    let coupon = json!({"name": "Fifth off", "percent": 20, "duration": "forever"});
    let coupon = call(&server, "POST", "/coupons", &coupon).1["coupon"]["id"].clone();
    let acts = [
        ("billing_date", json!({"date": "2026-03-20"})),
        ("coupon", json!({"coupon_id": coupon, "line": 0})),
        ("payment_method", json!({"payment_method": "manual", "await_card": true})),
        ("tax_rates", json!({"unit_types": [20]})),
        ("purchase_order_number", json!({"purchase_order_number": "PO-1"})),
    ];
    for (what, body) in acts {
        let (status, answer) = post(&server, &id, what, &body);
        assert_eq!((status, &answer["subscription"]["id"]), (200, &json!(id)), "{what} {answer}");
    }
    let plan = call(&server, "GET", &format!("/subscriptions/{id}/plan"), &Value::Null).1;
    assert_eq!(plan["discount"], json!({"coupon_id": coupon, "since": "2026-03-17", "line": 0}));
    assert_eq!(
        ["billing_date", "payment_method", "await_card", "purchase_order_number"].map(|name| plan[name].clone()),
        [json!("2026-03-20"), json!("manual"), json!(true), json!("PO-1")]
    );
    conflict(post(&server, &id, "coupon", &json!({"coupon_id": coupon})));
    conflict(post(&server, &id, "payment_method", &json!({"payment_method": "sepa_debit"})));
    assert_eq!(pointers(post(&server, &id, "coupon", &json!({"coupon_id": "cpn_1", "line": 0}))), ["/coupon_id"]);
    assert_eq!(pointers(post(&server, &id, "billing_date", &json!({"date": "2026-03-01"}))), ["/date"]);
    assert_eq!(pointers(post(&server, &id, "purchase_order_number", &json!({}))), ["/purchase_order_number"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_carries_what_is_planned_and_its_references_are_looked_at() {
    let (server, id) = server().await;
    let unit_type = server.control().operator("demo").unwrap().operator.read().unit_types.iter().next().unwrap().id;
    let large = json!({"site_id": "", "name": "50 sq ft", "base_prices": {"monthly": 1}});
    let mut large = large;
    large["site_id"] = call(&server, "GET", "/snapshot", &Value::Null).1["world"]["sites"][0]["id"].clone();
    let large = call(&server, "POST", "/unit_types", &large).1["unit_type"]["id"].clone();
    let plan = json!({
        "timing": "on_next_renewal", "change": [{"line": 0, "item_id": large}], "add": [{"item_id": unit_type.to_string()}],
    });
    assert_eq!(post(&server, &id, "change", &plan).0, 200);
    assert_eq!(post(&server, &id, "billing_date", &json!({"date": "2026-03-20"})).0, 200);
    let schedule = call(&server, "GET", "/clock/schedule", &Value::Null).1;
    let snapshot = call(&server, "GET", "/snapshot", &Value::Null).1;
    assert_eq!(call(&server, "PUT", "/snapshot", &snapshot).0, 200);
    assert_eq!(call(&server, "GET", "/clock/schedule", &Value::Null).1, schedule);
    let mut broken = snapshot;
    let renewal = "/world/subscriptions/0/billing/plan/renewal/0";
    for place in ["change/0/item", "add/0/item"] {
        *broken.pointer_mut(&format!("{renewal}/{place}")).unwrap() = json!("utype_0000000000000001");
    }
    let refused = pointers(call(&server, "PUT", "/snapshot", &broken));
    assert_eq!(refused, [format!("{renewal}/change/0/item"), format!("{renewal}/add/0/item")]);
}
