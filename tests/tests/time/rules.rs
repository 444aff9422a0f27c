//! Rules that no scenario and no transition shows by itself.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Business, id, only_member};

#[tokio::test]
async fn a_type_is_booked_and_never_a_unit() {
    // A1
    let business = Business::open().await;
    let unit_type = business.unit_type_120().await;
    let [unit] = business.units(&unit_type, ["A1"]).await;
    let contact = business.contact("Ada").await;
    for line in [
        json!({"type": "unit", "item": {"id": unit}, "quantity": 1}),
        json!({"type": "unit_type", "item": {"id": unit}, "quantity": 1}),
        json!({"type": "unit_type", "item": {"id": unit_type}, "quantity": 1, "unit": {"id": unit}}),
    ] {
        let mut booking = business.booking(&contact, &unit_type, "2026-03-09");
        booking["line_items"] = json!([line]);
        let refused = business.try_call("POST", "/orders", booking).await.unwrap_err();
        assert_eq!((refused.status, refused.code.as_str()), (422, "invalid_content"), "{line}");
        assert!(refused.pointers.iter().all(|pointer| pointer.starts_with("/line_items/0")), "{refused:?}");
    }
    assert_eq!(business.list("/orders").await, [] as [Value; 0]);
}

#[tokio::test]
async fn a_unit_that_is_reserved_is_not_occupied_before_the_start() {
    // A23, Y2, V1
    let business = Business::open().await;
    let unit_type = business.unit_type_120().await;
    let rules = json!({"price_rules": [{"comparison": ">=", "occupancy": 100, "change": 50}]});
    business.control("PATCH", &format!("/unit_types/{unit_type}"), rules).await;
    let [unit] = business.units(&unit_type, ["A1"]).await;
    let price = async || {
        let unit_type = business.show("unit_types", &unit_type).await;
        let prices = unit_type["prices"].as_array().unwrap().clone();
        prices.iter().find(|it| it["billing_period"] == "monthly").unwrap()["price"]["amount"].as_i64().unwrap()
    };
    let contact = business.contact("Ada").await;
    business.rent(business.booking(&contact, &unit_type, "2026-03-09")).await;
    assert_eq!((business.status(&unit).await.as_str(), price().await), ("reserved", 12_000));
    business.noon_of("2026-03-09").await;
    assert_eq!((business.status(&unit).await.as_str(), price().await), ("occupied", 18_000));
}

#[tokio::test]
async fn a_unit_of_another_type_than_the_one_that_is_billed_can_be_given() {
    // A14
    let business = Business::open().await;
    let billed = business.unit_type_120().await;
    let large = business.unit_type("100 sq ft", json!({"monthly": 20_000})).await;
    let [unit] = business.units(&large, ["L1"]).await;
    let contact = business.contact("Ada").await;
    let rental = business.rent(business.booking(&contact, &billed, "2026-03-02")).await;
    let tenancy = json!({"tenancy_id": rental.tenancy});
    business.call("POST", &format!("/units/{unit}/grant_access"), tenancy).await;
    assert_eq!(business.status(&unit).await, "occupied");
    // A10: it was never reserved.
    let given = business.show("units", &unit).await;
    let allocation = business.show("unit_allocations", &id(&given["unit_allocation"])).await;
    assert_eq!(
        (&allocation["reserved_at"], &allocation["granted_access_at"]),
        (&json!(null), &json!("2026-03-02T12:00:00Z"))
    );
    // What is billed stays as it is.
    business.noon_of("2026-04-02").await;
    assert_eq!(business.bills(&rental).await.iter().map(|bill| bill.1).collect::<Vec<_>>(), [12_000, 12_000]);
}

#[tokio::test]
async fn now_is_the_moment_of_completion() {
    // O6
    let business = Business::open().await;
    let unit_type = business.unit_type_120().await;
    business.units(&unit_type, ["A1"]).await;
    let contact = business.contact("Ada").await;
    let mut booking = business.booking(&contact, &unit_type, "2026-03-09");
    booking["starts_at"] = json!("now");
    let order = business.call("POST", "/orders", booking).await["order"].clone();
    assert_eq!((&order["starts_at"], &order["status"]), (&json!("now"), &json!("finalized")));
    // A day goes by before the customer pays.
    business.advance_to("2026-03-03T15:30:00Z").await;
    assert_eq!(business.show("orders", &id(&order)).await["starts_at"], "now");
    let rental = business.pay(&id(&order)).await;
    assert_eq!(business.show("orders", &id(&order)).await["starts_at"], "2026-03-03T15:30:00Z");
    assert_eq!(business.bills(&rental).await, [("2026-03-03".to_owned(), 12_000, "paid".to_owned())]);
}

#[tokio::test]
async fn a_start_that_has_passed_means_that_storage_has_begun() {
    // O7, K3
    let business = Business::open().await;
    let unit_type = business.unit_type_120().await;
    let [unit] = business.units(&unit_type, ["A1"]).await;
    let contact = business.contact("Ada").await;
    let rental = business.rent(business.booking(&contact, &unit_type, "2026-01-15")).await;
    assert_eq!(business.status(&unit).await, "occupied");
    let invoices = business.invoices(&rental).await;
    let days = invoices.iter().map(|it| (it["period_start"].clone(), it["period_end"].clone())).collect::<Vec<_>>();
    let expected = [("2026-01-15T09:00:00Z", "2026-02-15T06:00:00Z"), ("2026-02-15T06:00:00Z", "2026-03-15T06:00:00Z")];
    assert_eq!(days, expected.map(|(start, end)| (json!(start), json!(end))));
    // The date stays the one that billing goes by.
    business.noon_of("2026-03-15").await;
    assert_eq!(business.invoices(&rental).await[2]["period_start"], "2026-03-15T06:00:00Z");
}

#[tokio::test]
async fn a_task_whose_day_passes_stays_as_it_is() {
    // E7, E6
    let business = Business::open().await;
    let task = json!({"title": "Call Ada", "due_at": "2026-03-03T12:00:00Z"});
    let task = business.call("POST", "/tasks", task).await["task"].clone();
    let mut ear = business.listen();
    let advanced = business.noon_of("2026-04-02").await;
    assert_eq!(advanced["ran"], 0, "{advanced}");
    assert_eq!(business.show("tasks", &id(&task)).await, task);
    let complete = format!("/tasks/{}/complete", id(&task));
    let done = business.call("POST", &complete, json!(null)).await;
    business.noon_of("2026-04-03").await;
    assert_eq!(business.call("POST", &complete, json!(null)).await["task"], done["task"]);
    assert_eq!(done["task"]["completed_at"], "2026-04-02T12:00:00Z");
    assert_eq!(ear.types().await, [] as [&str; 0]);
}

#[tokio::test]
async fn an_event_on_the_timeline_has_what_its_template_asks_for_and_touches_nothing_else() {
    // E9
    let business = Business::open().await;
    let contact = business.contact("Ada").await;
    let source = business.make("/timeline/sources", json!({"name": "Door"})).await;
    let variables = json!({"predefined": ["contact"], "custom": ["door"]});
    let template = json!({"name": "Opened", "message": "{{ contact }} opened {{ door }}", "variables": variables});
    let template = business.make("/timeline/templates", template).await;
    let before = business.show("contacts", &contact).await;
    let mut ear = business.listen();
    let event = |more: Value| {
        let mut event = json!({"source": {"id": source}, "template": {"id": template}});
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event
    };
    let refused = business.try_call("POST", "/timeline/events", event(json!({}))).await.unwrap_err();
    assert_eq!((refused.status, refused.pointers), (422, vec!["/contact".to_owned()]));
    // Those of its own are free: none, and one that the template does not have.
    for variables in [json!({}), json!({"door": "A", "weather": "rain"})] {
        let event = event(json!({"contact": {"id": contact}, "variables": variables}));
        business.call("POST", "/timeline/events", event).await;
    }
    assert_eq!(business.list("/timeline/events").await.len(), 2);
    assert_eq!(business.show("contacts", &contact).await, before);
    assert_eq!(ear.types().await, [] as [&str; 0]);
}

#[tokio::test]
async fn a_type_links_to_its_booking_page_only_while_it_can_be_booked() {
    // V4, V2
    let business = Business::open().await;
    let unit_type = business.unit_type_120().await;
    let auto = json!({"auto_update_availability": true});
    business.control("PATCH", &format!("/unit_types/{unit_type}"), auto).await;
    let shown = async || {
        let unit_type = business.show("unit_types", &unit_type).await;
        (unit_type["status"].as_str().unwrap().to_owned(), unit_type["_links"]["sf:new_order"].is_object())
    };
    assert_eq!(shown().await, ("collect_leads".to_owned(), false));
    business.units(&unit_type, ["A1"]).await;
    assert_eq!(shown().await, ("bookable".to_owned(), true));
    let contact = business.contact("Ada").await;
    business.rent(business.booking(&contact, &unit_type, "2026-03-02")).await;
    assert_eq!(shown().await, ("collect_leads".to_owned(), false));
}

#[tokio::test]
async fn an_act_that_is_refused_half_way_leaves_nothing_and_tells_nothing() {
    // C4
    let business = Business::open().await;
    let unit_type = business.unit_type_120().await;
    let contact = business.contact("Ada").await;
    let mut ear = business.listen();
    // The contact is fine and would be made first; the second line is not.
    let mut booking = business.booking(&contact, &unit_type, "2026-03-09");
    booking["contact"] = json!({"email": "new@mail.example"});
    booking["line_items"] = json!([
        {"type": "unit_type", "item": {"id": unit_type}, "quantity": 1},
        {"type": "product", "item": {"id": "prod_nothing"}, "quantity": 1},
    ]);
    let before = business.list("/contacts").await;
    let refused = business.try_call("POST", "/orders", booking).await.unwrap_err();
    assert_eq!(refused.status, 422, "{refused:?}");
    assert_eq!(business.list("/contacts").await, before);
    assert_eq!(ear.types().await, [] as [&str; 0]);
    // What is done whole is there when it is told of, in the order of the changes.
    business.units(&unit_type, ["A1"]).await;
    ear.types().await;
    let rental = business.rent(business.booking(&contact, &unit_type, "2026-03-02")).await;
    let heard = ear.heard().await;
    let at = |kind: &str| heard.iter().position(|(it, _)| it == kind).unwrap_or_else(|| panic!("no {kind}"));
    assert!(at("order.finalized") < at("order.completed"));
    assert!(at("order.completed") < at("unit.occupied"));
    let tenancy = business.show("tenancies", &rental.tenancy).await;
    assert_eq!(tenancy["unit_allocations"].as_array().map(Vec::len), Some(1), "{tenancy}");
}

#[tokio::test]
async fn what_is_due_is_done_before_any_request_is_answered() {
    // H4
    let business = Business::open().await;
    let unit_type = business.unit_type_120().await;
    let [unit] = business.units(&unit_type, ["A1"]).await;
    let contact = business.contact("Ada").await;
    business.rent(business.booking(&contact, &unit_type, "2026-03-09")).await;
    // The clock runs by itself across the start.
    let start = "2026-03-09T06:00:00Z";
    let clock = json!({"at": "2026-03-09T05:59:58Z", "running": "real"});
    business.control("POST", "/clock", clock).await;
    let began = Instant::now();
    loop {
        let now = business.control("GET", "/clock", json!(null)).await["now"].as_str().unwrap().to_owned();
        let status = business.status(&unit).await;
        if now.as_str() >= start {
            assert_eq!(status, "occupied", "{now}");
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "the clock stands at {now}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let given = business.show("units", &unit).await;
    let allocation = business.show("unit_allocations", &id(&given["unit_allocation"])).await;
    assert_eq!(allocation["granted_access_at"], start);
}

#[tokio::test]
async fn there_is_one_clock_and_it_goes_forward() {
    // H1, H6
    let business = Business::open().await;
    for (target, body) in
        [("/clock", json!({"at": "2026-03-02T11:59:59Z"})), ("/clock/advance", json!({"to": "2026-03-02T11:59:59Z"}))]
    {
        let refused = business.try_control("POST", target, body).await.unwrap_err();
        assert_eq!((refused.status, refused.code.as_str()), (409, "conflict"), "{target}");
    }
    business.advance_to("2031-07-01T10:20:30Z").await;
    let contact = business.call("POST", "/contacts", json!({"email": "ada@mail.example"})).await["contact"].clone();
    assert_eq!(
        (&contact["created_at"], &contact["updated_at"]),
        (&json!("2031-07-01T10:20:30Z"), &contact["created_at"])
    );
    business.advance_to("2031-07-01T10:20:31Z").await;
    let change = json!({"full_name": "Ada"});
    let changed = business.call("PATCH", &format!("/contacts/{}", id(&contact)), change).await["contact"].clone();
    let instants = (&changed["created_at"], &changed["updated_at"]);
    assert_eq!(instants, (&json!("2031-07-01T10:20:30Z"), &json!("2031-07-01T10:20:31Z")));
    // What staff make has its times from it too.
    let unit_type = business.control("POST", "/unit_types", json!({"site_id": business.site, "name": "New"})).await;
    assert_eq!(only_member(unit_type)["created_at"], "2031-07-01T10:20:31Z");
}

#[tokio::test]
async fn a_subscription_that_starts_is_told_as_it_is_from_then_on() {
    // W1, S2, C7
    let business = Business::open().await;
    let unit_type = business.unit_type_120().await;
    let contact = business.contact("Ada").await;
    let mut ear = business.listen();
    // At once, later by the clock, and in the past, with more than one period billed.
    for (starts, day) in [("2026-03-02", "2026-03-02"), ("2026-03-09", "2026-03-09"), ("2026-01-15", "2026-03-09")] {
        let rental = business.rent(business.booking(&contact, &unit_type, starts)).await;
        business.noon_of(day).await;
        let heard = ear.heard().await;
        let (_, started) = heard.iter().find(|(kind, _)| kind == "subscription.started").unwrap();
        let told = &started["event"]["data"]["subscription"];
        assert_eq!(*told, business.show("subscriptions", &rental.subscription).await, "{starts}");
        assert!(told["current_period"]["starts_at"].is_string(), "{told}");
    }
}

#[tokio::test]
async fn the_days_of_a_site_with_rentals_stay_those_of_its_zone() {
    // C1
    let business = Business::open().await;
    let zone = |name: &str| json!({"time_zone": name});
    let settings = format!("/sites/{}/settings", business.site);
    business.control("PATCH", &settings, zone("Pacific/Auckland")).await;
    business.control("PATCH", &settings, zone("Europe/London")).await;
    let unit_type = business.unit_type_120().await;
    let contact = business.contact("Ada").await;
    let rental = business.rent(business.booking(&contact, &unit_type, "2026-03-09")).await;
    let refused = business.try_control("PATCH", &settings, zone("Pacific/Auckland")).await.unwrap_err();
    assert_eq!((refused.status, refused.code.as_str()), (409, "conflict"));
    // The same zone once more is no change, and without rentals it can change again.
    business.control("PATCH", &settings, zone("Europe/London")).await;
    let cancel = format!("/subscriptions/{}/cancel", rental.subscription);
    business.control("POST", &cancel, json!({"when": "end_of_term"})).await;
    business.control("PATCH", &settings, zone("Pacific/Auckland")).await;
}
