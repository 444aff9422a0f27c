//! The page behind `payment_url`, as a browser without scripts uses it.

use serde_json::{Value, json};

use crate::harness::{Business, id};

const FORM: &str = "application/x-www-form-urlencoded";

/// A finalized order with a deposit, and the path of its page.
async fn booked(business: &Business, starts: &str, more: Value) -> (String, String) {
    let unit_type = json!({"monthly": 12_000});
    let body =
        json!({"site_id": business.site, "name": "Unit <b>", "base_prices": unit_type, "security_deposit": 5_000});
    let unit_type = business.make("/unit_types", body).await;
    let contact = business.contact("Ada").await;
    let mut booking = business.booking(&contact, &unit_type, starts);
    let deposit = json!({"type": "security_deposit", "item": {"id": unit_type}, "quantity": 1});
    booking["line_items"].as_array_mut().unwrap().push(deposit);
    booking.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let order = business.call("POST", "/orders", booking).await["order"].clone();
    let page = order["payment_url"].as_str().unwrap().strip_prefix(business.server().url()).unwrap().to_owned();
    (id(&order), page)
}

async fn page(business: &Business, path: &str) -> (u16, String) {
    let answer = business.request("GET", path).send().await;
    (answer.status, String::from_utf8(answer.body).unwrap())
}

#[tokio::test]
async fn the_page_shows_what_is_due_now_and_paying_there_completes_the_order() {
    // O24, P1
    let business = Business::open().await;
    let (order, path) = booked(&business, "2026-03-09", json!({})).await;
    let (status, html) = page(&business, &path).await;
    assert_eq!(status, 200);
    for part in
        ["<th scope=\"row\">Due now</th><td>£50.00</td>", "Unit &lt;b&gt;", "on 9 March 2026", "£120.00", &order]
    {
        assert!(html.contains(part), "{part} in {html}");
    }
    // A deposit is paid by card alone (P2), so that nothing else is offered.
    assert!(!html.contains("bacs_debit") && !html.contains("<script"), "{html}");
    // To look at it changes nothing.
    assert_eq!(business.show("orders", &order).await["status"], "finalized");

    let paid = business.request("POST", &path).bytes(FORM, "act=pay&payment_method=card").send().await;
    assert_eq!((paid.status, paid.header("location")), (303, Some(path.as_str())));
    let (status, html) = page(&business, &path).await;
    assert!(status == 200 && html.contains("is paid"), "{html}");
    let order = business.show("orders", &order).await;
    assert_eq!((&order["status"], &order["payment_url"]), (&json!("completed"), &Value::Null));
    // Once more is refused in words, and charges nothing.
    let again = business.request("POST", &path).bytes(FORM, "act=pay").send().await;
    assert_eq!(again.status, 409);
    assert_eq!(business.list("/invoices").await.len(), 1);
    // Who turns back now is not told that nothing was paid.
    let late = business.request("POST", &path).bytes(FORM, "act=cancel").send().await;
    let html = String::from_utf8(late.body).unwrap();
    assert!(late.status == 409 && html.contains("is paid") && !html.contains("Not paid"), "{html}");
}

#[tokio::test]
async fn rent_is_due_now_where_storage_begins_today() {
    let business = Business::open().await;
    let (_, path) = booked(&business, "2026-03-02", json!({})).await;
    let (_, html) = page(&business, &path).await;
    assert!(html.contains("<th scope=\"row\">Due now</th><td>£170.00</td>") && html.contains("begins today"), "{html}");
}

#[tokio::test]
async fn a_declined_payment_leaves_the_order_to_be_paid() {
    let business = Business::open().await;
    let (order, path) = booked(&business, "2026-03-09", json!({})).await;
    let declined = business.request("POST", &path).bytes(FORM, "act=decline&payment_method=card").send().await;
    let html = String::from_utf8(declined.body).unwrap();
    assert!(declined.status == 402 && html.contains("role=\"alert\"") && html.contains("declined"), "{html}");
    assert_eq!(business.show("orders", &order).await["status"], "finalized");
    business.pay(&order).await;
}

#[tokio::test]
async fn who_cancels_goes_where_the_order_says_and_can_pay_later() {
    // O10, O11
    let business = Business::open().await;
    let more = json!({"finalize": {"cancel_redirect_url": "https://partner.example/back?a=1"}});
    let (order, path) = booked(&business, "2026-03-09", more).await;
    let cancelled = business.request("POST", &path).bytes(FORM, "act=cancel").send().await;
    assert_eq!((cancelled.status, cancelled.header("location")), (303, Some("https://partner.example/back?a=1")));
    assert_eq!(business.show("orders", &order).await["status"], "finalized");
    // The page does not run out.
    business.noon_of("2027-03-02").await;
    assert_eq!(page(&business, &path).await.0, 200);
    business.pay(&order).await;
}

#[tokio::test]
async fn pages_of_no_order_and_forms_that_say_nothing_are_refused_in_words() {
    let business = Business::open().await;
    let (order, path) = booked(&business, "2026-03-09", json!({})).await;
    assert_eq!(page(&business, "/checkout/nothing").await.0, 404);
    business.request("POST", "/checkout/nothing").bytes(FORM, "act=pay").expect(404).await;
    for form in ["", "act=", "act=pay&payment_method=cash", "act=pay&payment_method=manual", "\u{fffd}"] {
        business.request("POST", &path).bytes(FORM, form).expect(400).await;
    }
    // P2: a deposit is not paid by direct debit, whatever a form says.
    let debit = business.request("POST", &path).bytes(FORM, "act=pay&payment_method=bacs_debit").send().await;
    assert_eq!(debit.status, 409);
    // A page of another origin cannot pay.
    let foreign = business.request("POST", &path).header("sec-fetch-site", "cross-site");
    foreign.bytes(FORM, "act=pay").expect(403).await;
    assert_eq!(business.show("orders", &order).await["status"], "finalized");
    business.control("POST", &format!("/orders/{order}/abandon"), json!({})).await;
    assert_eq!(page(&business, &path).await.0, 410);
    business.request("POST", &path).bytes(FORM, "act=pay").expect(410).await;
}
