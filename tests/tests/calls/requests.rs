//! What the client puts on the wire.

use std::collections::BTreeMap;

use chrono::{TimeZone, Utc};
use serde_json::json;
use stora_client::types::{
    BillingPeriod, ContactId, ContactStatus, ContactUpdateBody, CouponId, DealStageId, OrderId, SiteId, UnitTypeId,
};
use stora_client::{Error, Nullable, types};
use wiremock::ResponseTemplate;

use crate::service::{Sent, Service, answer, answering, at, id};

#[tokio::test]
async fn a_list_is_asked_for_as_the_user_writes_it() {
    let (service, client) = answering(200, &answer("contact_list")).await;
    let page = client.contact_list().limit(100).status([ContactStatus::Lead]).send().await.unwrap();
    let sent = service.sent().await;
    assert_eq!(sent.line(), "GET /2025-09/contacts?limit=100&status=lead");
    assert_eq!(sent.header("authorization"), Some("Bearer tok_secret"));
    assert_eq!(sent.header("accept"), Some("application/json"));
    assert!(sent.request.body.is_empty());
    // Nothing else goes out: no version, no content type, no key that was not given.
    assert_eq!(sent.headers(), ["accept", "authorization", "host", "user-agent"]);

    assert_eq!(page.status(), 200);
    let expected = answer("contact_list");
    let names: Vec<&str> = page.contacts.iter().map(|contact| contact.email.as_str()).collect();
    let emails: Vec<&str> =
        expected["contacts"].as_array().unwrap().iter().map(|c| c["email"].as_str().unwrap()).collect();
    assert_eq!(names, emails);
}

#[tokio::test]
async fn the_token_goes_only_where_the_document_asks_for_one() {
    let (service, client) = answering(200, &json!({})).await;
    let revocation = types::OAuthRevocationRequest::builder().token("t").client_id("harbour").build().unwrap();
    client.oauth_token_revoke().body(revocation).send().await.unwrap();
    client.image_show().signed_token("a/b").filename("large.jpg").send().await.unwrap_err();
    client.oauth_token_show().send().await.unwrap_err();
    let sent = service.all_sent().await;
    let lines: Vec<String> = sent.iter().map(Sent::line).collect();
    assert_eq!(lines, ["POST /oauth2/revoke", "GET /2025-09/images/a%2Fb/large.jpg", "GET /oauth2/token/info"]);
    let tokens: Vec<Option<&str>> = sent.iter().map(|sent| sent.header("authorization")).collect();
    assert_eq!(tokens, [None, None, Some("Bearer tok_secret")]);
}

#[tokio::test]
async fn several_values_go_into_one_parameter() {
    let (service, client) = answering(200, &answer("contact_list")).await;
    client.contact_list().status([ContactStatus::Lead, ContactStatus::Customer]).send().await.unwrap();
    client.contact_list().status(vec![ContactStatus::Churned, "brand_new".into()]).send().await.unwrap();
    client.contact_list().status(ContactStatus::Lead).page(2).send().await.unwrap();
    let sent = service.all_sent().await;
    assert_eq!(sent[0].query(), [("status", "lead,customer")]);
    assert_eq!(sent[1].query(), [("status", "churned,brand_new")]);
    assert_eq!(sent[2].query(), [("page", "2"), ("status", "lead")]);

    let (service, client) = answering(200, &answer("contract_list")).await;
    let contacts: [ContactId; 2] = [id("con_1"), id("con_2")];
    client.contract_list().contact_id(contacts).expand([types::ContractExpand::Contact]).send().await.unwrap();
    assert_eq!(service.sent().await.query(), [("contact_id", "con_1,con_2"), ("expand", "contact")]);
}

#[tokio::test]
async fn pairs_are_asked_for_with_brackets() {
    let (service, client) = answering(200, &answer("webhook_endpoint_list")).await;
    let metadata =
        BTreeMap::from([("crm.id", "HS 2041"), ("team", "ops&co")].map(|(k, v)| (k.to_owned(), v.to_owned())));
    client.webhook_endpoint_list().metadata(metadata).send().await.unwrap();
    let sent = service.sent().await;
    assert_eq!(sent.query(), [("metadata[crm.id]", "HS 2041"), ("metadata[team]", "ops&co")]);
}

#[tokio::test]
async fn moments_are_written_in_utc_with_z() {
    let (service, client) = answering(200, &answer("contact_list")).await;
    let after = Utc.with_ymd_and_hms(2026, 3, 2, 10, 31, 44).unwrap();
    client.contact_list().created_after(after).email("amelia+1@mail.example").send().await.unwrap();
    let sent = service.sent().await;
    assert_eq!(sent.query(), [("created_after", "2026-03-02T10:31:44Z"), ("email", "amelia+1@mail.example")]);
    // A plus left as it is would be read as a space.
    assert!(sent.request.url.query().unwrap().contains("amelia%2B1%40mail.example"));
}

#[tokio::test]
async fn whatever_stands_in_an_id_stays_in_its_segment() {
    let (service, client) = answering(200, &answer("contact_show")).await;
    let odd: ContactId = id("con_a/b c?d#e%2F;é/..");
    client.contact_show().contact_id(&odd).send().await.unwrap();
    let sent = service.sent().await;
    assert_eq!(sent.request.url.path(), "/2025-09/contacts/con_a%2Fb%20c%3Fd%23e%252F;%C3%A9%2F..");
    assert_eq!(sent.request.url.query(), None);
    assert_eq!(sent.request.url.fragment(), None);
}

#[tokio::test]
async fn a_path_below_the_address_of_the_service_is_kept() {
    let service = Service::start(ResponseTemplate::new(200).set_body_json(answer("contact_show"))).await;
    let client = at(&format!("{}/proxy/", service.0.uri()));
    client.contact_show().contact_id("con_1").send().await.unwrap();
    assert_eq!(service.sent().await.line(), "GET /proxy/2025-09/contacts/con_1");
}

#[tokio::test]
async fn an_optional_body_that_is_left_out_is_not_sent() {
    let (service, client) = answering(200, &answer("order_finalize")).await;
    let order: OrderId = id("order_1");
    let done = client.order_finalize().order_id(&order).idempotency_key("3f2c").send().await.unwrap();
    assert_eq!(done.order.id.as_str(), answer("order_finalize")["order"]["id"]);
    let sent = service.sent().await;
    assert_eq!(sent.line(), "POST /2025-09/orders/order_1/finalize");
    assert_eq!(sent.header("idempotency-key"), Some("3f2c"));
    assert_eq!(sent.header("content-type"), None);
    assert!(sent.request.body.is_empty());

    let (service, client) = answering(200, &answer("order_finalize")).await;
    let checkout = types::OrderFinalize { cancel_redirect_url: Some("https://shop.example/".into()) };
    client.order_finalize().order_id(&order).body_map(|body| body.finalize(checkout)).send().await.unwrap();
    let sent = service.sent().await;
    assert_eq!(sent.header("content-type"), Some("application/json"));
    let key = sent.header("idempotency-key").unwrap();
    assert!(key.len() == 36 && key != "3f2c", "{key}");
    assert_eq!(sent.json(), json!({"finalize": {"cancel_redirect_url": "https://shop.example/"}}));
}

#[tokio::test]
async fn a_call_without_a_body_sends_none() {
    let (service, client) = answering(200, &answer("deal_win")).await;
    client.deal_win().deal_id("deal_1").send().await.unwrap();
    let sent = service.sent().await;
    assert_eq!(sent.line(), "POST /2025-09/deals/deal_1/win");
    assert_eq!(sent.header("content-type"), None);
    assert!(sent.request.body.is_empty());

    let (service, client) = answering(200, &answer("order_line_item_delete")).await;
    client.order_line_item_delete().order_id("order_1").line_item_id("olitm_1").send().await.unwrap();
    assert_eq!(service.sent().await.line(), "DELETE /2025-09/orders/order_1/line_items/olitm_1");
}

#[tokio::test]
async fn a_body_is_filled_in_place_or_made_beforehand() {
    let (service, client) = answering(201, &answer("unit_type_base_price_create")).await;
    let unit_type: UnitTypeId = id("utype_1");
    let money = |amount| types::MoneyInput { amount };
    let call = client.unit_type_base_price_create().unit_type_id(&unit_type);
    let made = call.clone().body_map(|body| body.monthly(money(8900)).yearly(money(96_000))).send().await.unwrap();
    assert_eq!(made.status(), 201);
    let body = types::BasePrices::builder().monthly(money(8900)).yearly(money(96_000)).build().unwrap();
    call.clone().body(body).send().await.unwrap();
    // The builder itself will do, too.
    call.body(types::BasePrices::builder().monthly(types::MoneyInput::builder().amount(8900)).yearly(money(96_000)))
        .send()
        .await
        .unwrap();
    for sent in service.all_sent().await {
        assert_eq!(sent.line(), "POST /2025-09/unit_types/utype_1/base_price");
        assert_eq!(sent.header("content-type"), Some("application/json"));
        assert_eq!(sent.json(), json!({"monthly": {"amount": 8900}, "yearly": {"amount": 96_000}}));
    }
}

#[tokio::test]
async fn a_property_is_left_out_cleared_or_set() {
    let (service, client) = answering(200, &answer("contact_update")).await;
    let call = client.contact_update().contact_id("con_1");
    call.clone().body_map(|body| body).send().await.unwrap();
    call.clone()
        .body_map(|body| {
            body.full_name("Amelia Hart")
                .phone_number(Nullable::Null)
                .tax_id(None::<String>)
                .use_case(Nullable::Absent)
                .address(types::ContactCreateBodyAddress {
                    line_1: "14 Cumberland Road".into(),
                    line_2: Nullable::Null,
                    city: Nullable::Absent,
                    postal_code: Nullable::Absent,
                    state: Nullable::Absent,
                    country_alpha2: "GB".into(),
                })
                .metadata(BTreeMap::from([("a".to_owned(), Some("1".to_owned())), ("b".to_owned(), None)]))
        })
        .send()
        .await
        .unwrap();
    let sent = service.all_sent().await;
    assert_eq!(sent[0].line(), "PATCH /2025-09/contacts/con_1");
    assert_eq!(sent[0].json(), json!({}));
    assert_eq!(
        sent[1].json(),
        json!({
            "full_name": "Amelia Hart",
            "phone_number": null,
            "tax_id": null,
            "address": {"line_1": "14 Cumberland Road", "line_2": null, "country_alpha2": "GB"},
            "metadata": {"a": "1", "b": null},
        })
    );
    // The other side reads the same three states.
    let read: ContactUpdateBody = serde_json::from_value(sent[1].json()).unwrap();
    assert_eq!(read.phone_number, Nullable::Null);
    assert_eq!(read.use_case, Nullable::Absent);
    assert_eq!(read.full_name.value().map(String::as_str), Some("Amelia Hart"));
}

#[tokio::test]
async fn references_are_made_from_ids_and_unions_from_their_forms() {
    let (service, client) = answering(201, &answer("deal_create")).await;
    let (contact, stage, site): (ContactId, DealStageId, SiteId) = (id("con_1"), id("dstg_1"), id("site_1"));
    let unit_type = types::DealUnitTypeLineItem {
        type_: types::DealUnitTypeLineItemType,
        item: id::<UnitTypeId>("utype_1").into(),
    };
    let items: Vec<types::DealCreateBodyLineItem> = vec![unit_type.into()];
    let starts_at = Utc.with_ymd_and_hms(2026, 3, 9, 9, 0, 0).unwrap();
    client
        .deal_create()
        .expand([types::DealExpand::Contact, types::DealExpand::Stage])
        .body_map(|body| {
            body.name("Amelia Hart, 50 sq ft")
                .contact(&contact)
                .stage(stage)
                .site(&site)
                .line_items(items)
                .starts_at(starts_at)
        })
        .send()
        .await
        .unwrap();
    let sent = service.sent().await;
    assert_eq!(sent.line(), "POST /2025-09/deals?expand=contact%2Cstage");
    assert_eq!(
        sent.json(),
        json!({
            "name": "Amelia Hart, 50 sq ft",
            "contact": {"id": "con_1"},
            "stage": {"id": "dstg_1"},
            "site": {"id": "site_1"},
            "line_items": [{"type": "unit_type", "item": {"id": "utype_1"}}],
            "starts_at": "2026-03-09T09:00:00Z",
        })
    );
}

#[tokio::test]
async fn a_value_of_several_forms_is_sent_in_the_one_chosen() {
    let (service, client) = answering(201, &answer("order_create")).await;
    let (site, contact, coupon): (SiteId, ContactId, CouponId) = (id("site_1"), id("con_1"), id("cpn_1"));
    let existing = types::OrderCreateBodyContact::ExistingContact(contact.into());
    client
        .order_create()
        .body_map(|body| {
            body.site(site)
                .billing_period(BillingPeriod::Monthly)
                .coupon(&coupon)
                .contact(existing)
                .starts_at(types::OrderStartsAt::Now(types::OrderStartsAtNow))
                .finalize(types::OrderFinalize { cancel_redirect_url: None })
        })
        .send()
        .await
        .unwrap();
    assert_eq!(
        service.sent().await.json(),
        json!({
            "site": {"id": "site_1"},
            "billing_period": "monthly",
            "coupon": {"id": "cpn_1"},
            "contact": {"id": "con_1"},
            "starts_at": "now",
            "finalize": {},
        })
    );

    let (service, client) = answering(201, &answer("note_create")).await;
    let resource = types::NoteResourceId::from(id::<ContactId>("con_1"));
    client.note_create().body_map(|body| body.content("Called back").resource(resource)).send().await.unwrap();
    assert_eq!(service.sent().await.json(), json!({"content": "Called back", "resource": {"id": "con_1"}}));
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_named_before_anything_is_sent() {
    let (service, client) = answering(200, &json!({})).await;
    let mut refused = Vec::new();
    let mut note = |error: Error| match error {
        Error::InvalidRequest(text) => refused.push(text),
        other => panic!("{other:?}"),
    };
    note(client.contact_show().send().await.unwrap_err());
    note(client.contact_show().contact_id("unit_1").send().await.unwrap_err());
    note(client.contact_show().contact_id("").send().await.unwrap_err());
    note(client.order_line_item_delete().order_id("order_1").send().await.unwrap_err());
    note(client.contact_create().send().await.unwrap_err());
    note(client.contact_create().body_map(|body| body.full_name("Amelia Hart")).send().await.unwrap_err());
    note(client.unit_reserve().unit_id("unit_1").body_map(|body| body.tenancy_id("con_1")).send().await.unwrap_err());
    note(client.contact_list().limit(u64::MAX).send().await.unwrap_err());
    let expected = [
        ("contact_id", "not initialized"),
        ("contact_id", "`unit_1` is not a ContactId: it must begin with con_ and go on"),
        ("contact_id", "`` is not a ContactId"),
        ("line_item_id", "not initialized"),
        ("body", "not initialized"),
        ("body", "`email` is required"),
        ("`tenancy_id`", "`con_1` is not a TenancyId"),
        ("limit", "out of range"),
    ];
    assert_eq!(refused.len(), expected.len());
    for (text, (culprit, reason)) in refused.iter().zip(expected) {
        assert!(text.contains(culprit) && text.contains(reason), "`{text}` does not say `{culprit}` and `{reason}`");
    }
    assert!(service.all_sent().await.is_empty());
}

#[tokio::test]
async fn a_key_that_cannot_stand_in_a_header_is_refused() {
    let (service, client) = answering(201, &answer("contact_create")).await;
    let call = client.contact_create().idempotency_key("line\nbreak").body_map(|body| body.email("a@b.example"));
    assert!(matches!(call.send().await.unwrap_err(), Error::InvalidRequest(_)));
    assert!(service.all_sent().await.is_empty());
}
