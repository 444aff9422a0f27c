//! Laws that hold whatever is called, in whatever order.

use std::collections::{BTreeMap, BTreeSet};

use conformance::answers::{Answer, operations};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::catalogue::{Catalogue, all};
use crate::harness::{Mock, Sending, record};

/// A call: what is done, and three numbers that choose what it is done to.
type Step = (u8, usize, usize, usize);

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, max_shrink_iters: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_called_the_laws_hold(steps in vec((0..12_u8, any::<usize>(), any::<usize>(), any::<usize>()), 5..25)) {
        Runtime::new().unwrap().block_on(async {
            let mock = Mock::start().await;
            run(&mock, &steps, true).await;
            laws(&mock).await;
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2, max_shrink_iters: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_calls_of_the_same_seed_give_the_same_state_to_the_byte(steps in vec((0..12_u8, any::<usize>(), any::<usize>(), any::<usize>()), 5..20)) {
        Runtime::new().unwrap().block_on(async {
            let (one, two) = (Mock::start().await, Mock::start().await);
            run(&one, &steps, false).await;
            run(&two, &steps, false).await;
            assert!(one.snapshot().await == two.snapshot().await, "the states differ after {steps:?}");
        });
    }
}

async fn run(mock: &Mock, steps: &[Step], is_watched: bool) {
    let catalogue = Catalogue::read(mock).await;
    let mut orders: Vec<String> = Vec::new();
    for (number, &(kind, a, b, c)) in steps.iter().enumerate() {
        let before = if is_watched { mock.snapshot().await } else { Vec::new() };
        let answer = step(mock, &catalogue, &mut orders, number, (kind, a, b, c)).await;
        if is_watched && answer.status >= 400 {
            assert!(answer.status < 500, "{kind}: {}", answer.json());
            assert!(mock.snapshot().await == before, "a refused call has changed something: {:?}", (kind, a, b, c));
        }
    }
}

async fn step(
    mock: &Mock,
    catalogue: &Catalogue,
    orders: &mut Vec<String>,
    number: usize,
    (kind, a, b, c): Step,
) -> Answer {
    let any = |list: &str, at: usize| {
        let records = catalogue.list(list);
        records[at % records.len()]["id"].as_str().unwrap()
    };
    let line = |at: usize| match at % 3 {
        0 => {
            json!({"type": "unit_type", "item": {"id": any("unit_type_list", at)}, "quantity": at % 4 + 1, "price": {"amount": at % 50_000}})
        }
        1 => {
            json!({"type": "protection", "item": {"id": any("protection_level_list", at)}, "price": {"amount": at % 3_000}})
        }
        _ => {
            json!({"type": "product", "item": {"id": any("product_list", at)}, "quantity": at % 9 + 1, "price": {"amount": at % 5_000}})
        }
    };
    let contact = json!({"id": any("contact_list", a)});
    let unit = |operation: &str| mock.call(operation).path("unit_id", any("unit_list", a));
    let tenancy = json!({"tenancy_id": any("tenancy_list", b)});
    let deal = |operation: &str| mock.call(operation).path("deal_id", any("deal_list", a));
    let call: Sending<'_> = match kind {
        0 => mock.call("contact_create").json(&json!({"email": format!("step{}@mail.example", number % 3)})),
        1 => mock.call("contact_delete").path("contact_id", any("contact_list", a)),
        2 => unit("unit_reserve").json(&tenancy),
        3 => unit("unit_grant_access").json(&tenancy),
        4 => unit("unit_deallocate"),
        5 => mock.call("unit_overlock").json(&json!({"contact_id": contact["id"]})),
        6 => mock.call("unit_remove_overlock").json(&json!({"contact_id": contact["id"]})),
        7 => deal(["deal_win", "deal_reopen"][b % 2]),
        8 => mock.call("order_line_item_create").path("order_id", any("order_list", a)).json(&line(b)),
        9 => {
            let body = json!({"monthly": {"amount": b % 100_000}});
            mock.call("unit_type_base_price_create").path("unit_type_id", any("unit_type_list", a)).json(&body)
        }
        10 => {
            let site = catalogue.site();
            let of_site = |list: &str, at: usize| {
                let records: Vec<&Value> =
                    catalogue.list(list).iter().filter(|record| record["site"]["id"] == site).collect();
                records[at % records.len()]["id"].as_str().unwrap().to_owned()
            };
            let body = json!({
                "site": {"id": site}, "contact": contact, "billing_period": "monthly", "finalize": {},
                "starts_at": (["now", "2026-03-20T09:00:00Z", "2026-02-20T09:00:00Z"][a % 3]),
                "line_items": [
                    {"type": "unit_type", "item": {"id": of_site("unit_type_list", b)}, "quantity": b % 3 + 1, "price": {"amount": b % 40_000 + 1}},
                    {"type": "protection", "item": {"id": any("protection_level_list", c)}, "price": {"amount": c % 2_000}},
                    {"type": "product", "item": {"id": of_site("product_list", c)}, "quantity": c % 5 + 1, "price": {"amount": c % 2_000}},
                ],
            });
            let answer = mock.call("order_create").json(&body).send().await;
            if answer.status == 201 {
                orders.push(record(&answer)["id"].as_str().unwrap().to_owned());
            }
            return answer;
        }
        _ => {
            let finalized = orders.pop().unwrap_or_else(|| any("order_list", a).to_owned());
            let body = json!({"outcome": (["succeed", "decline"][usize::from(b % 4 == 0)])});
            let headers = [("content-type", "application/json")];
            return mock
                .raw("POST", &format!("/_mock/orders/{finalized}/pay"), &headers, body.to_string().into_bytes())
                .await
                .unwrap();
        }
    };
    call.send().await
}

async fn laws(mock: &Mock) {
    let catalogue = Catalogue::read(mock).await;
    units_and_allocations_agree(&catalogue);
    orders_add_up(mock, &catalogue).await;
    for id in operations()
        .iter()
        .filter(|(id, operation)| id.ends_with("_list") && !operation.path.contains('{'))
        .map(|(id, _)| *id)
    {
        pages_part_the_list(mock, id).await;
    }
}

/// U2, A2: a unit that is allocated says so and no other does; an allocation has one unit and one tenancy, which agree.
fn units_and_allocations_agree(catalogue: &Catalogue) {
    let allocations: BTreeMap<&str, &Value> = catalogue
        .list("unit_allocation_list")
        .iter()
        .map(|allocation| (allocation["id"].as_str().unwrap(), allocation))
        .collect();
    let mut taken = BTreeSet::new();
    for unit in catalogue.list("unit_list") {
        let is_free = ["available", "unavailable"].contains(&unit["status"].as_str().unwrap());
        assert_eq!(is_free, unit["unit_allocation"].is_null(), "{unit}");
        if let Some(id) = unit["unit_allocation"]["id"].as_str() {
            assert!(taken.insert(id), "{id} has two units");
            let allocation = allocations[id];
            assert_eq!(allocation["unit"]["id"], unit["id"]);
            let is_reserved = unit["status"] == "reserved";
            assert_eq!(is_reserved, allocation["granted_access_at"].is_null(), "{unit}: {allocation}");
        }
    }
    assert_eq!(taken.len(), allocations.len(), "an allocation has no unit");
    let of_tenancies = catalogue.list("tenancy_list").iter().flat_map(|tenancy| {
        tenancy["unit_allocations"]
            .as_array()
            .unwrap()
            .iter()
            .map(move |allocation| (allocation["id"].as_str().unwrap(), &tenancy["id"]))
    });
    let of_tenancies: Vec<_> = of_tenancies.collect();
    assert_eq!(of_tenancies.len(), allocations.len(), "tenancies and allocations differ");
    assert!(of_tenancies.iter().all(|(id, tenancy)| allocations[id]["tenancy"]["id"] == **tenancy));
}

/// O17 to O22.
async fn orders_add_up(mock: &Mock, catalogue: &Catalogue) {
    let amount = |record: &Value, name: &str| record[name]["amount"].as_i64().unwrap();
    for order in catalogue.list("order_list") {
        let total = amount(order, "subtotal") - amount(order, "total_discount");
        assert_eq!(amount(order, "total"), total, "{order}");
        assert_eq!(amount(order, "total_excluding_tax"), total - amount(order, "tax"), "{order}");
        assert!(amount(order, "one_time_total_excluding_tax") <= amount(order, "one_time_total"), "{order}");
        let id = order["id"].as_str().unwrap();
        let lines = mock
            .call("order_line_item_list")
            .path("order_id", id)
            .query("limit", "100")
            .query("expand", "item")
            .expect(200)
            .await;
        let mut recurring = 0;
        for line in record(&lines).as_array().unwrap() {
            assert_eq!(amount(line, "total"), amount(line, "price") * line["quantity"].as_i64().unwrap(), "{line}");
            assert_eq!(amount(line, "total_excluding_tax"), amount(line, "total") - amount(line, "tax"), "{line}");
            let is_recurring = match line["type"].as_str().unwrap() {
                "product" => line["item"]["charge_type"] == "recurring",
                kind => kind != "security_deposit",
            };
            recurring += if is_recurring { amount(line, "total") } else { 0 };
        }
        assert_eq!(amount(order, "subtotal"), recurring, "{order}");
    }
}

async fn pages_part_the_list(mock: &Mock, id: &str) {
    let whole: Vec<String> = all(mock, id).await.iter().map(|record| record["id"].to_string()).collect();
    assert_eq!(whole.iter().collect::<BTreeSet<_>>().len(), whole.len(), "{id} has a record twice");
    let limit = whole.len().div_ceil(4).clamp(1, 100);
    let mut parts = Vec::new();
    for page in 1..=whole.len().div_ceil(limit).max(1) {
        let answer =
            mock.call(id).query("limit", &limit.to_string()).query("page", &page.to_string()).expect(200).await;
        assert_eq!(answer.json()["meta"]["pagination"]["count"], whole.len(), "{id}");
        parts.extend(record(&answer).as_array().unwrap().iter().map(|record| record["id"].to_string()));
    }
    assert_eq!(parts, whole, "the pages of {id}");
}
