//! Every operation that changes something, done with success, and the refusals that depend on what it does.

use serde_json::{Value, json};

use crate::catalogue::{Catalogue, is_at};
use crate::harness::{CLIENT, Mock, TOKEN, id, pointers, record};

/// Does it all, on a server of its own.
pub(crate) async fn all(mock: &Mock, catalogue: &Catalogue) {
    contacts(mock).await;
    deals(mock, catalogue).await;
    notes_and_tasks(mock, catalogue).await;
    prices(mock, catalogue).await;
    timeline(mock, catalogue).await;
    webhook_endpoints(mock).await;
    let (tenancy, contact) = orders(mock, catalogue).await;
    units(mock, catalogue, &tenancy, &contact).await;
    oauth(mock).await;
}

async fn contacts(mock: &Mock) {
    let full = json!({
        "email": "amelia.hart@mail.example", "full_name": "Amelia Hart", "phone_number": "+44 117 496 0182",
        "tax_id": null, "company_registration_number": null,
        "address": {"line_1": "14 Cumberland Road", "line_2": null, "city": "Bristol", "postal_code": "BS1 6UX", "country_alpha2": "GB"},
        "type": "domestic", "marketing_source": "recommendation", "source": "walkin", "use_case": "more_space",
        "metadata": {"crm.id": "HS-2041"},
    });
    let made = mock.call("contact_create").json(&full).expect(201).await;
    let contact = id(&made);
    assert_eq!(record(&made)["metadata"], full["metadata"]);
    mock.call("contact_create").json(&full).refused(409, "conflict").await;
    mock.call("contact_create").json(&json!({"email": "second@mail.example"})).expect(201).await;

    let call = |body: &Value| mock.call("contact_update").path("contact_id", &contact).json(body);
    call(&json!({"full_name": null, "address": null, "metadata": {"crm.id": null, "b": "c"}})).expect(200).await;
    let answer = mock.call("contact_show").path("contact_id", &contact).expect(200).await;
    assert_eq!(record(&answer)["metadata"], json!({"b": "c"}));
    call(&json!({"email": "Second@Mail.example"})).refused(409, "conflict").await;
    call(&json!({"email": "no address"})).refused(422, "invalid_content").await;

    mock.call("contact_delete").path("contact_id", &contact).expect(200).await;
    mock.call("contact_delete").path("contact_id", &contact).refused(404, "resource_not_found").await;
    mock.call("contact_show").path("contact_id", &contact).refused(404, "resource_not_found").await;
}

async fn deals(mock: &Mock, catalogue: &Catalogue) {
    let contact = mock.call("contact_create").json(&json!({"email": "deals@mail.example"})).expect(201).await;
    let body = json!({
        "name": "Fifty square feet", "contact": {"id": id(&contact)}, "stage": {"id": catalogue.id_of("dstg_")},
        "line_items": [
            {"type": "unit_type", "item": {"id": catalogue.id_of("utype_")}},
            {"type": "protection", "item": {"id": catalogue.id_of("plvl_")}},
        ],
        "assignee": {"id": catalogue.id_of("staff_")}, "site": {"id": catalogue.site()}, "note": "About 130 pounds a month",
        "starts_at": "2026-03-20T09:00:00+01:00", "metadata": {},
    });
    let expand = "assignee,contact,creator,line_items.item,site,stage";
    let made = mock.call("deal_create").query("expand", expand).json(&body).expect(201).await;
    let deal = id(&made);
    assert_eq!(record(&made)["starts_at"], "2026-03-20T08:00:00Z");
    mock.call("contact_delete").path("contact_id", &id(&contact)).refused(409, "conflict").await;

    let call = |operation: &str| mock.call(operation).path("deal_id", &deal).query("expand", expand);
    call("deal_update").json(&json!({"assignee": null, "line_items": [], "note": null})).expect(200).await;
    call("deal_reopen").refused(409, "conflict").await;
    call("deal_lose").json(&json!({"lost_reason": "price_concerns"})).expect(200).await;
    call("deal_lose").json(&json!({"lost_reason": "other"})).refused(409, "conflict").await;
    call("deal_win").refused(409, "conflict").await;
    call("deal_reopen").json(&json!({"assignee": {"id": catalogue.id_of("staff_")}})).expect(200).await;
    call("deal_win").expect(200).await;
    call("deal_reopen").json(&json!({})).expect(200).await;
}

async fn notes_and_tasks(mock: &Mock, catalogue: &Catalogue) {
    for prefix in ["con_", "unit_", "sub_", "task_"] {
        let body = json!({"content": "Prefers a call after 17:00.", "resource": {"id": catalogue.id_of(prefix)}, "metadata": {"a": "b"}});
        let note = id(&mock.call("note_create").json(&body).expect(201).await);
        let moved = json!({"resource": {"id": catalogue.id_of("con_")}, "metadata": {}});
        mock.call("note_update").path("note_id", &note).json(&moved).expect(200).await;
        mock.call("note_show").path("note_id", &note).query("expand", "creator,resource").expect(200).await;
        mock.call("note_delete").path("note_id", &note).expect(200).await;
        mock.call("note_show").path("note_id", &note).refused(404, "resource_not_found").await;
    }
    for prefix in ["con_", "unit_", "sub_"] {
        let body = json!({
            "title": "Call about a second unit", "description": "<p>She asked.</p>", "due_at": "2026-03-20T17:00:00Z",
            "site": {"id": catalogue.site()}, "assignee": {"id": catalogue.id_of("staff_")}, "resource": {"id": catalogue.id_of(prefix)},
        });
        let task = id(&mock.call("task_create").json(&body).expect(201).await);
        let call = |operation: &str| mock.call(operation).path("task_id", &task);
        call("task_update").json(&json!({"due_at": null, "assignee": null, "description": null})).expect(200).await;
        for _ in 0..2 {
            let answer = call("task_complete").expect(200).await;
            assert_eq!(record(&answer)["status"], "completed");
        }
        for _ in 0..2 {
            let answer = call("task_open").expect(200).await;
            assert_eq!(record(&answer)["completed_at"], Value::Null);
        }
        call("task_show").query("expand", "assignee,creator,resource,site").expect(200).await;
    }
}

async fn prices(mock: &Mock, catalogue: &Catalogue) {
    let body = json!({"monthly": {"amount": 12600}, "yearly": {"amount": 138_000}});
    for (operation, expand) in [
        ("unit_type_base_price_create", "promotion,site"),
        ("product_base_price_create", "category,site"),
        ("protection_level_base_price_create", ""),
    ] {
        let call = || mock.call(operation).paths(&catalogue.paths(operation)).query("expand", expand);
        call().json(&body).expect(201).await;
        call().json(&body).expect(201).await;
    }
}

async fn timeline(mock: &Mock, catalogue: &Catalogue) {
    let template = catalogue.find("timeline_template_list", |template| template["global"] == false);
    let variables: Value = template["variables"]
        .as_object()
        .unwrap()
        .keys()
        .map(|name| (name.clone(), json!("Main gate")))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let tenancy = catalogue.find("tenancy_list", |tenancy| tenancy["unit_allocations"] != json!([]));
    let body = json!({
        "source": {"id": catalogue.id_of("tsrc_")}, "template": {"id": template["id"]}, "contact": tenancy["contact"],
        "site": tenancy["site"], "tenancy": {"id": tenancy["id"]}, "unit": {"id": catalogue.id_of("unit_")},
        "unit_type": {"id": catalogue.id_of("utype_")}, "invoice": {"id": catalogue.id_of("inv_")},
        "subscription": tenancy["subscription"], "description": "Sent by text message",
        "external": {"id": "msg-1", "url": "https://bridge.example/messages/1"}, "variables": variables,
    });
    let event = id(&mock.call("timeline_event_create").json(&body).expect(201).await);
    let change = json!({"description": null, "external": null});
    mock.call("timeline_event_update").path("event_id", &event).json(&change).expect(200).await;
    mock.call("timeline_event_show").path("event_id", &event).expect(200).await;
}

async fn webhook_endpoints(mock: &Mock) {
    let body = json!({
        "name": "Booking calendar", "api_version": "2025-09", "url": "https://bridge.example/hooks/stora",
        "event_types": ["order.completed", "unit.updated", "invoice.paid"], "description": "Keeps it up to date", "metadata": {"env": "test"},
    });
    let endpoint = id(&mock.call("webhook_endpoint_create").json(&body).expect(201).await);
    let call = |operation: &str| mock.call(operation).path("webhook_endpoint_id", &endpoint);
    call("webhook_endpoint_update")
        .json(&json!({"event_types": ["order.completed"], "description": null}))
        .expect(200)
        .await;
    for status in ["disable", "enable"] {
        for _ in 0..2 {
            call(&format!("webhook_endpoint_{status}")).send().await;
        }
        let answer = call("webhook_endpoint_show").query("expand", "creator").expect(200).await;
        assert_eq!(record(&answer)["status"], format!("{status}d"));
    }
}

/// Gives the tenancy of an order that starts later, and its contact.
async fn orders(mock: &Mock, catalogue: &Catalogue) -> (String, String) {
    let expand = "contact,contract_template,coupon,line_items,line_items.item,site,subscription,tenancy";
    let (site, unit_type) = (catalogue.site(), catalogue.id_of("utype_"));
    let made = mock.call("order_create").query("expand", expand).json(&json!({"site": {"id": site}})).expect(201).await;
    let order = id(&made);
    let call = |operation: &str| mock.call(operation).path("order_id", &order).query("expand", expand);
    call("order_finalize").refused(409, "conflict").await;
    let change = json!({
        "billing_period": "monthly", "starts_at": "2026-03-20T09:00:00Z", "purchase_order_number": "PO-1",
        "contact": {"email": "orders@mail.example", "full_name": "Olive Orders"}, "metadata": {"channel": "phone"},
        "contract_template": {"id": catalogue.id_of("ctpl_")},
    });
    call("order_update").json(&change).expect(200).await;

    let line = |operation: &str| mock.call(operation).path("order_id", &order).query("expand", "item");
    let mut last = String::new();
    for (kind, item) in
        [("unit_type", unit_type), ("protection", catalogue.id_of("plvl_")), ("product", catalogue.id_of("prod_"))]
    {
        let body = json!({"type": kind, "item": {"id": item}, "quantity": 1, "price": {"amount": 1200}});
        last = id(&line("order_line_item_create").json(&body).expect(201).await);
    }
    let body = json!({"type": "protection", "item": {"id": catalogue.id_of("plvl_")}});
    let answer = line("order_line_item_create").json(&body).refused(422, "invalid_content").await;
    assert!(!pointers(&answer).is_empty());
    line("order_line_item_update").path("line_item_id", &last).json(&json!({"quantity": 3})).expect(200).await;
    line("order_line_item_list").expect(200).await;
    mock.call("order_line_item_delete").path("order_id", &order).path("line_item_id", &last).expect(200).await;

    let answer = call("order_finalize")
        .json(&json!({"finalize": {"cancel_redirect_url": "https://bridge.example/back"}}))
        .expect(200)
        .await;
    assert!(record(&answer)["payment_url"].is_string());
    call("order_update").json(&json!({"purchase_order_number": "PO-2"})).refused(409, "conflict").await;
    let lines = record(&mock.call("order_line_item_list").path("order_id", &order).expect(200).await);
    let first = lines[0]["id"].as_str().unwrap();
    let body = json!({"type": "unit_type", "item": {"id": unit_type}});
    line("order_line_item_create").json(&body).refused(409, "conflict").await;
    line("order_line_item_update")
        .path("line_item_id", first)
        .json(&json!({"quantity": 2}))
        .refused(409, "conflict")
        .await;
    mock.call("order_line_item_delete")
        .path("order_id", &order)
        .path("line_item_id", first)
        .refused(409, "conflict")
        .await;

    mock.control("POST", &format!("/orders/{order}/pay"), Some(json!({}))).await;
    let completed = record(&mock.call("order_show").path("order_id", &order).expect(200).await);
    assert_eq!(completed["status"], "completed");

    // At once, and with a provider that fails.
    let whole = json!({
        "site": {"id": site}, "billing_period": "monthly", "starts_at": "now", "contact": {"email": "once@mail.example"}, "finalize": {},
        "line_items": [{"type": "unit_type", "item": {"id": unit_type}, "price": {"amount": 9_000}}],
    });
    mock.call("order_create").json(&whole).expect(201).await;
    mock.fault(json!({"operation": "order_create", "times": 1, "fault": {"kind": "status", "status": 400}})).await;
    mock.call("order_create").json(&whole).refused(400, "api_error").await;
    let text = |value: &Value| value["id"].as_str().unwrap().to_owned();
    (text(&completed["tenancy"]), text(&completed["contact"]))
}

async fn units(mock: &Mock, catalogue: &Catalogue, tenancy: &str, contact: &str) {
    let free = record(
        &mock.call("unit_list").query("status", "available").query("site_id", catalogue.site()).expect(200).await,
    );
    let unit = free[0]["id"].as_str().unwrap();
    let call = |operation: &str, unit: &str| mock.call(operation).path("unit_id", unit);
    let tenancy = json!({"tenancy_id": tenancy});
    let contact = json!({"contact_id": contact});
    call("unit_deallocate", unit).refused(409, "conflict").await;
    mock.call("unit_overlock").json(&contact).refused(409, "conflict").await;
    let reserved = call("unit_reserve", unit).json(&tenancy).expect(200).await;
    assert_eq!(record(&reserved)["status"], "reserved");
    call("unit_reserve", unit).json(&tenancy).refused(409, "conflict").await;
    let granted = call("unit_grant_access", unit).json(&tenancy).expect(200).await;
    assert_eq!(record(&granted)["status"], "occupied");
    call("unit_grant_access", unit).json(&tenancy).refused(409, "conflict").await;
    let locked = mock.call("unit_overlock").json(&contact).expect(200).await;
    assert_eq!(locked.json()["meta"]["unit_ids"], json!([unit]));
    call("unit_deallocate", unit).refused(409, "conflict").await;
    mock.call("unit_remove_overlock").json(&contact).expect(200).await;
    mock.call("unit_remove_overlock").json(&contact).refused(409, "conflict").await;
    let freed = call("unit_deallocate", unit).expect(200).await;
    assert_eq!((&record(&freed)["status"], &record(&freed)["unit_allocation"]), (&json!("available"), &Value::Null));
    let elsewhere =
        catalogue.list("unit_list").iter().find(|unit| unit["status"] == "available" && !is_at(unit, catalogue.site()));
    if let Some(elsewhere) = elsewhere {
        call("unit_reserve", elsewhere["id"].as_str().unwrap()).json(&tenancy).refused(409, "conflict").await;
    }
}

async fn oauth(mock: &Mock) {
    let (client_id, client_secret) = CLIENT;
    let ask = |body: Value| mock.call("oauth_token_create").token(None).json(&body);
    let body = json!({"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret, "scope": "public.contact:read"});
    let token = ask(body.clone()).expect(200).await.json()["access_token"].as_str().unwrap().to_owned();
    ask(json!({"grant_type": "client_credentials", "client_id": client_id, "client_secret": "wrong", "scope": "a"}))
        .expect(401)
        .await;
    ask(json!({"grant_type": "nothing", "client_id": client_id, "client_secret": client_secret})).expect(400).await;
    mock.call("oauth_token_create").token(None).json(&body).header("accept", "image/png").expect(406).await;

    mock.call("oauth_token_show").token(Some(&token)).expect(200).await;
    mock.call("oauth_token_show").expect(200).await;
    mock.call("oauth_token_show").token(None).expect(401).await;
    mock.call("oauth_token_show").header("accept", "image/png").expect(406).await;

    let examine = |body: Value| mock.call("oauth_token_introspect").json(&body);
    assert_eq!(examine(json!({"token": token})).expect(200).await.json()["active"], true);
    assert_eq!(examine(json!({})).expect(200).await.json(), json!({"active": false}));
    examine(json!({"token": TOKEN})).expect(401).await;
    examine(json!({"token": 7})).expect(422).await;
    mock.call("oauth_token_introspect").bytes("application/json", "{").expect(400).await;
    mock.call("oauth_token_introspect").json(&json!({})).header("accept", "image/png").expect(406).await;

    let other = mock.control("POST", "/applications", Some(json!({"name": "Other"}))).await.json();
    let revoke = |id: &str, secret: &str, token: &str| {
        mock.call("oauth_token_revoke")
            .token(None)
            .json(&json!({"token": token, "client_id": id, "client_secret": secret}))
    };
    let (other_id, other_secret) = (other["client_id"].as_str().unwrap(), other["client_secret"].as_str().unwrap());
    revoke(other_id, other_secret, &token).expect(403).await;
    revoke(client_id, "wrong", &token).expect(401).await;
    revoke(client_id, client_secret, &token).header("accept", "image/png").expect(406).await;
    mock.call("oauth_token_revoke")
        .token(None)
        .json(&json!({"client_id": client_id, "client_secret": client_secret}))
        .expect(400)
        .await;
    mock.call("contact_list").token(Some(&token)).expect(200).await;
    revoke(client_id, client_secret, &token).expect(200).await;
    revoke(client_id, client_secret, "nobody").expect(200).await;
    mock.call("contact_list").token(Some(&token)).refused(401, "invalid_token").await;

    let applications = mock.control("GET", "/applications", None).await.json();
    let redirect =
        applications["applications"].as_array().unwrap().iter().find_map(|one| one["redirect_uris"][0].as_str());
    let redirect = redirect.expect("the demo application has a redirect address");
    let consent = |redirect: &str| {
        let call = mock
            .call("oauth_authorization_show")
            .token(None)
            .query("response_type", "code")
            .query("client_id", client_id);
        call.query("redirect_uri", redirect).query("scope", "public.contact:read").query("state", "s t")
    };
    consent("https://elsewhere.example/").expect(400).await;
    let answer = consent(redirect).expect(302).await;
    let location = answer.header("location").unwrap();
    let code = location.split("code=").nth(1).unwrap().split('&').next().unwrap();
    let body = json!({
        "grant_type": "authorization_code", "client_id": client_id, "client_secret": client_secret, "code": code, "redirect_uri": redirect,
    });
    let pair = ask(body.clone()).expect(200).await.json();
    let body = json!({
        "grant_type": "refresh_token", "client_id": client_id, "client_secret": client_secret, "refresh_token": pair["refresh_token"],
    });
    ask(body.clone()).expect(200).await;
    assert_eq!(ask(body).expect(400).await.json()["error"], "invalid_grant");
}
