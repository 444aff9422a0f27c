//! Every operation through the generated client: what it sends is taken, and what comes back decodes, with nothing unknown in it.

use std::collections::BTreeSet;

use conformance::answers::operations;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use stora_client::types;

use crate::catalogue::Catalogue;
use crate::harness::{CLIENT, Mock};

#[expect(clippy::needless_pass_by_value, reason = "callers write the body in place")]
fn of<T: DeserializeOwned>(body: Value) -> T {
    T::deserialize(&body).unwrap_or_else(|error| panic!("{error}: {body}"))
}

/// Does an operation, notes that it was done, and gives its answer.
macro_rules! done {
    ($done:ident, $client:ident.$operation:ident() $($call:tt)*) => {{
        let name = stringify!($operation);
        $done.insert(name);
        let answer = $client.$operation() $($call)* .send().await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let shown = known(format!("{:?}", *answer));
        assert!(!shown.contains("Unknown("), "{name}: {shown:.2000}");
        answer
    }};
}

/// What an answer looks like, less the members that may hold words of the operator's own.
fn known(shown: String) -> String {
    let open = ["type_", "source", "marketing_source", "use_case", "lost_reason"];
    open.iter().fold(shown, |shown, name| shown.replace(&format!("{name}: Some(Unknown("), ""))
}

#[tokio::test]
async fn the_client_does_every_operation() {
    let mock = Mock::start().await;
    let catalogue = Catalogue::read(&mock).await;
    let client = mock.client();
    let mut done = BTreeSet::new();
    let id = |prefix: &str| catalogue.id_of(prefix).to_owned();
    let reference = |prefix: &str| json!({"id": catalogue.id_of(prefix)});

    done!(done, client.contact_list().limit(100));
    done!(done, client.contract_list());
    done!(done, client.contract_template_list());
    done!(done, client.coupon_list());
    done!(done, client.credit_note_list());
    done!(done, client.deal_list());
    done!(done, client.deal_stage_list());
    done!(done, client.identity_verification_list());
    done!(done, client.invoice_list());
    done!(done, client.note_list());
    done!(done, client.order_list());
    done!(done, client.product_category_list());
    done!(done, client.product_list());
    done!(done, client.protection_level_list());
    done!(done, client.site_list());
    done!(done, client.staff_list());
    done!(done, client.subscription_list());
    done!(done, client.task_list());
    done!(done, client.tenancy_list());
    done!(done, client.timeline_event_list());
    done!(done, client.timeline_source_list());
    done!(done, client.timeline_template_list());
    done!(done, client.unit_allocation_list());
    done!(done, client.unit_list().expand([types::UnitExpand::Site, types::UnitExpand::UnitType]));
    done!(done, client.unit_type_list());
    done!(done, client.webhook_endpoint_list());

    done!(done, client.contract_show().contract_id(id("ctr_")));
    done!(done, client.coupon_show().coupon_id(id("cpn_")));
    done!(done, client.credit_note_show().credit_note_id(id("cred_")));
    done!(done, client.deal_stage_show().stage_id(id("dstg_")));
    done!(done, client.identity_verification_show().identity_verification_id(id("idver_")));
    done!(done, client.invoice_show().invoice_id(id("inv_")));
    done!(done, client.product_category_show().product_category_id(id("pcat_")));
    done!(done, client.product_show().product_id(id("prod_")));
    done!(done, client.protection_level_show().protection_level_id(id("plvl_")));
    done!(done, client.site_show().site_id(id("site_")));
    done!(done, client.staff_show().staff_id(id("staff_")));
    done!(done, client.subscription_show().subscription_id(id("sub_")));
    done!(done, client.tenancy_show().tenancy_id(id("ten_")));
    done!(done, client.unit_allocation_show().unit_allocation_id(id("alloc_")));
    done!(done, client.unit_show().unit_id(id("unit_")));
    done!(done, client.unit_type_show().unit_type_id(id("utype_")));

    let body = of::<types::ContactCreateBody>(json!({"email": "client@mail.example", "full_name": "Clive Client"}));
    let contact = done!(done, client.contact_create().body(body)).contact.id.clone();
    let body = of::<types::ContactUpdateBody>(json!({"full_name": null, "metadata": {"a": "b"}}));
    let changed = done!(done, client.contact_update().contact_id(&contact).body(body));
    assert_eq!(changed.contact.full_name, None);
    done!(done, client.contact_show().contact_id(&contact));

    let body =
        of::<types::DealCreateBody>(json!({"name": "Deal", "contact": {"id": contact}, "stage": reference("dstg_")}));
    let deal = done!(done, client.deal_create().body(body)).deal.id.clone();
    done!(done, client.deal_show().deal_id(&deal));
    done!(done, client.deal_update().deal_id(&deal).body(of::<types::DealUpdateBody>(json!({"note": "Called"}))));
    done!(
        done,
        client.deal_lose().deal_id(&deal).body(of::<types::DealLoseBody>(json!({"lost_reason": "price_concerns"})))
    );
    done!(done, client.deal_reopen().deal_id(&deal));
    done!(done, client.deal_win().deal_id(&deal));

    let body = of::<types::NoteCreateBody>(json!({"content": "Note", "resource": {"id": contact}}));
    let note = done!(done, client.note_create().body(body)).note.id.clone();
    done!(done, client.note_show().note_id(&note));
    done!(done, client.note_update().note_id(&note).body(of::<types::NoteUpdateBody>(json!({"content": "Changed"}))));
    done!(done, client.note_delete().note_id(&note));

    let task =
        done!(done, client.task_create().body(of::<types::TaskCreateBody>(json!({"title": "Task"})))).task.id.clone();
    done!(done, client.task_show().task_id(&task));
    done!(done, client.task_update().task_id(&task).body(of::<types::TaskUpdateBody>(json!({"title": "Changed"}))));
    done!(done, client.task_complete().task_id(&task));
    done!(done, client.task_open().task_id(&task));

    let prices = || of::<types::BasePrices>(json!({"monthly": {"amount": 9_900}}));
    done!(done, client.unit_type_base_price_create().unit_type_id(id("utype_")).body(prices()));
    done!(done, client.product_base_price_create().product_id(id("prod_")).body(prices()));
    done!(done, client.protection_level_base_price_create().protection_level_id(id("plvl_")).body(prices()));

    let template = catalogue.find("timeline_template_list", |template| template["global"] == false);
    let variables: serde_json::Map<_, _> =
        template["variables"].as_object().unwrap().keys().map(|name| (name.clone(), json!("x"))).collect();
    let body = json!({
        "source": reference("tsrc_"), "template": {"id": template["id"]}, "contact": {"id": contact}, "variables": variables,
        "site": reference("site_"), "unit": reference("unit_"), "unit_type": reference("utype_"), "tenancy": reference("ten_"),
        "subscription": reference("sub_"), "invoice": reference("inv_"),
    });
    let event =
        done!(done, client.timeline_event_create().body(of::<types::TimelineEventCreateBody>(body))).event.id.clone();
    done!(done, client.timeline_event_show().event_id(&event));
    let body = of::<types::TimelineEventUpdateBody>(json!({"description": "Changed"}));
    done!(done, client.timeline_event_update().event_id(&event).body(body));

    let body = json!({"name": "Hook", "api_version": "2025-09", "url": "https://bridge.example/", "event_types": ["order.completed"]});
    let endpoint = done!(done, client.webhook_endpoint_create().body(of::<types::WebhookEndpointCreateBody>(body)))
        .endpoint
        .id
        .clone();
    done!(done, client.webhook_endpoint_show().webhook_endpoint_id(&endpoint));
    let body = of::<types::WebhookEndpointUpdateBody>(json!({"name": "Changed"}));
    done!(done, client.webhook_endpoint_update().webhook_endpoint_id(&endpoint).body(body));
    done!(done, client.webhook_endpoint_disable().webhook_endpoint_id(&endpoint));
    done!(done, client.webhook_endpoint_enable().webhook_endpoint_id(&endpoint));

    let order =
        done!(done, client.order_create().body(of::<types::OrderCreateBody>(json!({"site": reference("site_")}))))
            .order
            .id
            .clone();
    let body = json!({"billing_period": "monthly", "starts_at": "2026-03-20T09:00:00Z", "contact": {"id": contact}});
    done!(done, client.order_update().order_id(&order).body(of::<types::OrderUpdateBody>(body)));
    let line = async |kind: &str, prefix: &str, done: &mut BTreeSet<&str>| {
        let body = json!({"type": kind, "item": reference(prefix), "price": {"amount": 5_000}});
        let body = of::<types::OrderLineItemCreateBody>(body);
        let made = done!(done, client.order_line_item_create().order_id(&order).body(body));
        of::<types::OrderLineItemId>(serde_json::to_value(&made.line_item).unwrap()["id"].clone())
    };
    line("unit_type", "utype_", &mut done).await;
    let product = line("product", "prod_", &mut done).await;
    let body = of::<types::OrderLineItemUpdateBody>(json!({"quantity": 2}));
    done!(done, client.order_line_item_update().order_id(&order).line_item_id(&product).body(body));
    done!(done, client.order_line_item_list().order_id(&order));
    done!(done, client.order_line_item_delete().order_id(&order).line_item_id(&product));
    done!(done, client.order_finalize().order_id(&order));
    mock.control("POST", &format!("/orders/{order}/pay"), Some(json!({}))).await;
    let completed = done!(done, client.order_show().order_id(&order));
    let tenancy = serde_json::to_value(&completed.order).unwrap()["tenancy"]["id"].as_str().unwrap().to_owned();

    let site = of::<types::SiteId>(json!(id("site_")));
    let free = client.unit_list().status(types::UnitListStatus::Available).site_id(&site).send().await.unwrap();
    let unit = free.units[0].id.clone();
    let body = json!({"tenancy_id": tenancy});
    done!(done, client.unit_reserve().unit_id(&unit).body(of::<types::UnitReserveBody>(body.clone())));
    done!(done, client.unit_grant_access().unit_id(&unit).body(of::<types::UnitGrantAccessBody>(body)));
    let body = json!({"contact_id": contact});
    done!(done, client.unit_overlock().body(of::<types::UnitOverlockBody>(body.clone())));
    done!(done, client.unit_remove_overlock().body(of::<types::UnitRemoveOverlockBody>(body)));
    done!(done, client.unit_deallocate().unit_id(&unit));
    let lone = client
        .contact_create()
        .body(of::<types::ContactCreateBody>(json!({"email": "lone@mail.example"})))
        .send()
        .await
        .unwrap();
    done!(done, client.contact_delete().contact_id(&lone.contact.id));

    // What is no JSON has no form to be shown in.
    done.insert("image_show");
    let picture = client
        .image_show()
        .signed_token(catalogue.path("signed_token", "image_show"))
        .filename(catalogue.path("filename", "image_show"));
    let picture = picture.send().await.unwrap();
    assert_eq!(picture.status(), 302);
    let picture = picture.follow().await.unwrap();
    assert_eq!(picture.content_type(), Some("image/png"));
    assert!(picture.bytes().await.unwrap().starts_with(b"\x89PNG"));
    oauth(&mock, &mut done).await;

    let all: BTreeSet<&str> = operations().keys().copied().collect();
    assert_eq!(done, all, "an operation of the document is not done here");
}

async fn oauth(mock: &Mock, done: &mut BTreeSet<&'static str>) {
    let client = mock.client();
    let (client_id, client_secret) = CLIENT;
    let body = json!({"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret, "scope": "public.contact:read"});
    let token =
        done!(done, client.oauth_token_create().body(of::<types::OAuthTokenRequest>(body))).access_token.clone();
    done!(done, client.oauth_token_show());
    let body = of::<types::OAuthIntrospectionRequest>(json!({"token": token}));
    assert!(done!(done, client.oauth_token_introspect().body(body)).active);
    let body = json!({"token": token, "client_id": client_id, "client_secret": client_secret});
    done!(done, client.oauth_token_revoke().body(of::<types::OAuthRevocationRequest>(body)));

    // The client follows the redirect: it leads to where something answers.
    let redirect = format!("{}/2025-09/openapi.json", mock.url());
    let new = mock
        .control("POST", "/applications", Some(json!({"name": "Redirected", "redirect_uris": [redirect]})))
        .await
        .json();
    done.insert("oauth_authorization_show");
    let consent = client.oauth_authorization_show().response_type("code").client_id(new["client_id"].as_str().unwrap());
    let consent = consent.redirect_uri(&redirect).scope("public.contact:read").send().await.unwrap();
    assert!(consent.location().starts_with(mock.url()), "{}", consent.location());
}

#[tokio::test]
async fn the_client_tells_a_refusal_by_its_status() {
    let mock = Mock::start().await;
    let client = mock.client();
    let error = client.contact_show().contact_id("con_ffffffffffffffff").send().await.unwrap_err();
    assert!(error.is_not_found() && error.code() == Some(&types::ErrorCode::ResourceNotFound), "{error:?}");
}
