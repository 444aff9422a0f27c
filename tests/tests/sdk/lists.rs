//! Every list, streamed: exactly what the server holds, each item once, in the order of the pages.

use std::collections::BTreeSet;

use conformance::answers::operations;
use serde_json::Value;
use stora_client::http::Method;
use stora_client::{Client, Resource};
use stora_mock::MockServer;

/// The ids of a list as the server gives them in pages of a hundred, by hand.
async fn held(client: &Client, path: &str) -> Vec<String> {
    let mut ids = Vec::new();
    for page in 1.. {
        let call = client.raw(Method::GET, path).with_query("limit", 100).with_query("page", page);
        let answer: Value = call.json::<Value>().await.unwrap().into_inner();
        let items = answer.as_object().unwrap().values().find_map(Value::as_array).unwrap();
        ids.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        if answer["meta"]["pagination"]["next"].is_null() {
            break;
        }
    }
    ids
}

/// Streams lists in pages of seven and holds them against what is there.
macro_rules! lists {
    ($client:ident, $done:ident: $($operation:ident $path:literal;)*) => {$({
        let held = held(&$client, concat!("/2025-09/", $path)).await;
        let mut streamed = Vec::new();
        let mut items = $client.$operation().limit(7).stream();
        while let Some(item) = items.next().await {
            streamed.push(item.unwrap().id().to_string());
        }
        assert_eq!(streamed, held, stringify!($operation));
        assert!(!held.is_empty(), "{}: nothing to stream", stringify!($operation));
        let once: BTreeSet<&String> = held.iter().collect();
        assert_eq!(once.len(), held.len());
        $done.insert(stringify!($operation));
    })*};
}

#[tokio::test]
async fn every_list_streams_exactly_what_the_server_holds() {
    let mock = MockServer::builder().seed(1).start().await.unwrap();
    let client = mock.client();
    let mut done = BTreeSet::new();
    lists! { client, done:
        contact_list "contacts";
        contract_list "contracts";
        contract_template_list "contract_templates";
        coupon_list "coupons";
        credit_note_list "credit_notes";
        deal_list "deals";
        deal_stage_list "deals/stages";
        identity_verification_list "identity_verifications";
        invoice_list "invoices";
        note_list "notes";
        order_list "orders";
        product_category_list "product_categories";
        product_list "products";
        protection_level_list "protection_levels";
        site_list "sites";
        staff_list "staff";
        subscription_list "subscriptions";
        task_list "tasks";
        tenancy_list "tenancies";
        timeline_event_list "timeline/events";
        timeline_source_list "timeline/sources";
        timeline_template_list "timeline/templates";
        unit_allocation_list "unit_allocations";
        unit_list "units";
        unit_type_list "unit_types";
        webhook_endpoint_list "webhook_endpoints";
    }
    let order = client.order_list().limit(1).send().await.unwrap().orders[0].id.clone();
    let lines = client.order_line_item_list().order_id(&order).stream().try_collect().await.unwrap();
    let shown = client.order_show().order_id(&order).send().await.unwrap();
    assert_eq!(lines.len(), shown.order.line_items.len());
    done.insert("order_line_item_list");

    let lists: BTreeSet<&str> = operations().keys().copied().filter(|name| name.ends_with("_list")).collect();
    assert_eq!(done, lists, "a list of the document is not streamed here");
    mock.stop().await.unwrap();
}
