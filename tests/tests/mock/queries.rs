//! Queries at the edges of what is allowed: pages and limits, names given twice, pairs of metadata, expansions, moments.

use conformance::answers::Answer;
use serde_json::{Value, json};

use crate::catalogue::Catalogue;
use crate::harness::{Mock, TOKEN, id, pointers, record};

/// Sends a query as it is written.
async fn get(mock: &Mock, target: &str) -> Answer {
    mock.request("GET", &format!("/2025-09{target}")).token(Some(TOKEN)).send().await
}

/// Sends queries which are each to be refused for a parameter.
async fn refused(mock: &Mock, path: &str, parameter: &str, queries: &[&str]) {
    for query in queries {
        let answer = get(mock, &format!("{path}?{query}")).await;
        let text = String::from_utf8_lossy(&answer.body);
        assert_eq!(answer.status, 422, "{path}?{query}: {text}");
        assert_eq!(answer.json()["error"]["code"], "invalid_url_param", "{path}?{query}");
        assert_eq!(pointers(&answer), [format!("/{parameter}")], "{path}?{query}");
    }
}

async fn taken(mock: &Mock, target: &str) -> Value {
    let answer = get(mock, target).await;
    assert_eq!(answer.status, 200, "{target}: {}", String::from_utf8_lossy(&answer.body));
    answer.json()
}

fn count(body: &Value) -> u64 {
    body["meta"]["pagination"]["count"].as_u64().unwrap()
}

#[tokio::test]
async fn a_page_and_a_limit_are_whole_numbers_within_bounds() {
    let mock = Mock::start().await;
    let odd = ["", "0", "-1", "1.0", "1e1", "%2B1", "0x1", "one", "%31%20", "null", "[]", "1,2", "%EF%BC%91"];
    for name in ["page", "limit"] {
        let queries: Vec<String> = odd.iter().map(|value| format!("{name}={value}")).collect();
        refused(&mock, "/units", name, &queries.iter().map(String::as_str).collect::<Vec<_>>()).await;
    }
    refused(&mock, "/units", "limit", &["limit=101", "limit=9223372036854775808", "limit"]).await;
    refused(&mock, "/units", "page", &["page=9223372036854775808", "page=-9223372036854775809"]).await;
    for limit in [1, 100] {
        let body = taken(&mock, &format!("/units?limit={limit}")).await;
        assert_eq!(body["units"].as_array().unwrap().len(), limit);
    }
    assert_eq!(taken(&mock, "/units?limit=007&page=0000001").await["units"].as_array().unwrap().len(), 7);
    for page in ["1000", "9223372036854775807"] {
        let body = taken(&mock, &format!("/units?limit=100&page={page}")).await;
        let meta = &body["meta"]["pagination"];
        assert_eq!(body["units"], json!([]));
        assert_eq!(
            (&meta["page"].to_string(), &meta["next"], &meta["prev"]),
            (&page.to_owned(), &Value::Null, &meta["last"])
        );
    }
}

#[tokio::test]
async fn of_a_parameter_given_twice_the_last_counts_even_if_the_first_is_wrong() {
    let mock = Mock::start().await;
    assert_eq!(taken(&mock, "/units?limit=x&limit=2").await["units"].as_array().unwrap().len(), 2);
    refused(&mock, "/units", "limit", &["limit=2&limit=x", "limit=2&limit="]).await;
    let both = count(&taken(&mock, "/units?status=available,occupied").await);
    let last = count(&taken(&mock, "/units?status=available&status=occupied").await);
    let escaped = count(&taken(&mock, "/units?stat%75s=available&status=occupied").await);
    assert!(last < both && last == escaped);
    let body = taken(&mock, "/units?expand=site&expand=&limit=1").await;
    assert_eq!(body["units"][0]["site"].as_object().unwrap().len(), 1);
    assert_eq!(
        count(&taken(&mock, "/units?status=available&&=&unknown=1&status[]=occupied").await),
        count(&taken(&mock, "/units?status=available").await)
    );
}

#[tokio::test]
async fn words_of_filters_are_taken_as_they_stand() {
    let mock = Mock::start().await;
    refused(
        &mock,
        "/units",
        "status",
        &[
            "status=",
            "status=Available",
            "status=available,",
            "status=,available",
            "status=available%20",
            "status=available,%20occupied",
            "status=available;occupied",
        ],
    )
    .await;
    refused(&mock, "/units", "sort_direction", &["sort_direction=asc", "sort_direction=", "sort_direction=ASC,DESC"])
        .await;
    refused(&mock, "/units", "sort_by", &["sort_by=updated_at", "sort_by=", "sort_by=created_at,id"]).await;
    refused(&mock, "/contacts", "type", &["type=", "type=UPPER", "type=a%20b", "type=word,"]).await;
    assert_eq!(count(&taken(&mock, "/contacts?type=nothing_like_it").await), 0);
    let twice = count(&taken(&mock, "/units?status=available,available").await);
    assert_eq!(twice, count(&taken(&mock, "/units?status=available").await));
    for id in ["x", "site_", "site_zzz", "con_ffffffffffffffff", "%00", "é", "SITE_FFFFFFFFFFFFFFFF", "a_b_c"] {
        assert_eq!(count(&taken(&mock, &format!("/units?site_id={id}")).await), 0, "{id}");
    }
    refused(&mock, "/units", "site_id", &["site_id=", "site_id=,", "site_id=%FF", "site_id=%zz"]).await;
    assert_eq!(count(&taken(&mock, "/contacts?email=NO@WHERE.example").await), 0);
    refused(&mock, "/contacts", "email", &["email="]).await;
}

#[tokio::test]
async fn pairs_of_metadata_match_exactly_and_all_together() {
    let mock = Mock::start().await;
    let make = |name: &'static str, metadata: Value| {
        let body = json!({
            "name": name, "api_version": "2025-09", "url": "https://bridge.example/hooks", "event_types": ["order.completed"], "metadata": metadata,
        });
        let mock = &mock;
        async move { id(&mock.call("webhook_endpoint_create").json(&body).expect(201).await) }
    };
    let one = make("One", json!({"a.b": "x=y&z", "c": "", "d": "[v]"})).await;
    let two = make("Two", json!({"a.b": "x=y&z", "c": "other"})).await;
    let found = |query: &'static str| {
        let mock = &mock;
        async move {
            let body = taken(mock, &format!("/webhook_endpoints?{query}")).await;
            body["endpoints"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["id"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(found("metadata[a.b]=x%3Dy%26z").await, [two.clone(), one.clone()]);
    assert_eq!(found("metadata%5Ba.b%5D=x=y%26z&metadata[c]=other").await, std::slice::from_ref(&two));
    assert_eq!(found("metadata[d]=%5Bv%5D").await, std::slice::from_ref(&one));
    assert!(found("metadata[a.b]=x&metadata[c]=other").await.is_empty());
    assert!(found("metadata[a.b]=X%3DY%26Z").await.is_empty());
    assert!(found("metadata[nobody]=x").await.is_empty());
    assert_eq!(found("metadata[c]=nothing&metadata[c]=other").await, std::slice::from_ref(&two));
    assert_eq!(found("metadata[c]=other&status=enabled").await, [two]);
    assert!(found("metadata[c]=other&status=disabled").await.is_empty());
    let bad = [
        "metadata=x",
        "metadata",
        "metadata[]=x",
        "metadata[a=x",
        "metadata[a]b=x",
        "metadata[a][b]=x",
        "metadata[[a]]=x",
    ];
    for query in bad {
        let answer = get(&mock, &format!("/webhook_endpoints?{query}")).await;
        assert_eq!((answer.status, pointers(&answer)), (422, vec!["/metadata".to_owned()]), "{query}");
    }
    for query in ["metadata[a]=", "metadata[a]=%FF"] {
        assert_eq!(get(&mock, &format!("/webhook_endpoints?{query}")).await.status, 422, "{query}");
    }
}

#[tokio::test]
async fn an_expansion_is_offered_to_its_depth_and_no_further() {
    let mock = Mock::start().await;
    let bad = [
        "expand=Site",
        "expand=site.",
        "expand=.site",
        "expand=site..x",
        "expand=id",
        "expand=*",
        "expand=site,,unit_type",
        "expand=site;unit_type",
        "expand=unit_allocation.tenancy.contact.x",
        "expand=unit_allocation.tenancy.order.contact",
        "expand=_links",
        "expand=status",
        "expand=%FF",
        "expand=site%00",
    ];
    refused(&mock, "/units", "expand", &bad).await;
    refused(&mock, "/product_categories", "expand", &["expand=site"]).await;
    for plain in ["/units?expand=", "/units?expand", "/units?expand=%20", "/product_categories?expand="] {
        taken(&mock, plain).await;
    }
    let body =
        taken(&mock, "/units?status=occupied&limit=1&expand=%20site%20,%20site,unit_allocation.tenancy.contact").await;
    let unit = &body["units"][0];
    assert!(unit["site"]["name"].is_string() && unit["unit_type"].as_object().unwrap().len() == 1);
    assert!(unit["unit_allocation"]["tenancy"]["contact"]["email"].is_string());
    assert_eq!(unit["unit_allocation"]["tenancy"]["site"].as_object().unwrap().len(), 1);
    // The reference back to the unit is the unit again, which stops where it was asked to.
    let body = taken(&mock, "/units?status=occupied&limit=1&expand=unit_allocation.unit.unit_allocation").await;
    let (unit, again) = (&body["units"][0], &body["units"][0]["unit_allocation"]["unit"]);
    assert_eq!((&unit["id"], &unit["reference_id"]), (&again["id"], &again["reference_id"]));
    assert_eq!(again["unit_allocation"]["unit"].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn moments_are_the_same_whatever_offset_they_are_written_with() {
    let mock = Mock::start().await;
    let bad = [
        "",
        "2026-03-10",
        "2026-02-29T00:00:00Z",
        "2026-03-10T24:00:00Z",
        "2026-03-10T12:00:00",
        "2026-03-10T12:00Z",
        "2026-13-01T00:00:00Z",
        "2026-03-10T12:60:00Z",
        "now",
        "1773144000",
        "2026-03-10T12:00:00+24:00",
        "2026-03-10T12:00:00%2B1",
        "2026-03-10T12:00:00+0100",
        "26-03-10T12:00:00Z",
    ];
    for value in bad {
        refused(&mock, "/contacts", "created_after", &[&format!("created_after={value}")]).await;
    }
    let at = |moment: &'static str| {
        let mock = &mock;
        async move {
            mock.control("POST", "/clock", Some(json!({"at": moment}))).await;
            id(&mock.call("task_create").json(&json!({"title": moment})).expect(201).await)
        }
    };
    let made = [at("2028-02-28T23:59:59Z").await, at("2028-02-29T00:00:00Z").await, at("2028-03-01T00:00:00Z").await];
    let found = |query: &'static str| {
        let mock = &mock;
        async move {
            let body = taken(mock, &format!("/tasks?sort_direction=ASC&{query}")).await;
            body["tasks"]
                .as_array()
                .unwrap()
                .iter()
                .map(|task| task["id"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        }
    };
    for leap in [
        "2028-02-29T00:00:00Z",
        "2028-02-29t00:00:00z",
        "2028-02-29T14:00:00%2B14:00",
        "2028-02-28T12:30:00-11:30",
        "2028-02-29T00:00:00.000Z",
    ] {
        for (query, expected) in [("created_after", &made[1..]), ("updated_after", &made[1..])] {
            let query: &'static str = Box::leak(format!("{query}={leap}").into_boxed_str());
            assert_eq!(found(query).await, expected, "{query}");
        }
    }
    assert_eq!(found("created_after=2028-02-29T00:00:00Z&created_before=2028-03-01T00:00:00Z").await, made[1..2]);
    assert!(found("created_after=2028-03-01T00:00:00Z&created_before=2028-02-29T00:00:00Z").await.is_empty());
    assert!(found("created_after=2028-02-29T00:00:00Z&created_before=2028-02-29T00:00:00Z").await.is_empty());
    // Between two seconds lies none.
    assert_eq!(
        found("created_after=2028-02-29T00:00:00.5Z&created_before=2028-03-01T00:00:00Z").await,
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn changes_of_notes_tasks_and_events_are_merge_patches() {
    let mock = Mock::start().await;
    let catalogue = Catalogue::read(&mock).await;
    let contact = id(&mock.call("contact_create").json(&json!({"email": "patch@mail.example"})).expect(201).await);
    let metadata = json!({"a": "1", "b": ""});
    let note = json!({"content": " ", "resource": {"id": contact}, "metadata": metadata});
    let note = id(&mock.call("note_create").json(&note).expect(201).await);
    let change = |body: Value| mock.call("note_update").path("note_id", &note).json(&body);
    let changed = record(&change(json!({"metadata": {"b": null, "c": "3", "nobody": null}})).expect(200).await);
    assert_eq!(changed["metadata"], json!({"a": "1", "c": "3"}));
    assert_eq!(record(&change(json!({"metadata": {}})).expect(200).await)["metadata"], json!({}));
    let many = |from: usize, to: usize| -> Value {
        (from..to).map(|key| (format!("k{key}"), json!("v"))).collect::<serde_json::Map<_, _>>().into()
    };
    assert_eq!(record(&change(json!({"metadata": many(0, 20)})).expect(200).await)["metadata"], many(0, 20));
    let before = mock.snapshot().await;
    let answer = change(json!({"content": "Kept out", "metadata": {"k20": "v"}})).refused(422, "invalid_content").await;
    assert_eq!(pointers(&answer), ["/metadata"]);
    for bad in [
        json!({"content": null}),
        json!({"content": ""}),
        json!({"resource": null}),
        json!({"metadata": null}),
        json!({"creator": {"id": "x"}}),
        json!({"resource": {"id": catalogue.site()}}),
        json!({"resource": {"id": format!("task_{}", "f".repeat(16))}}),
    ] {
        change(bad).refused(422, "invalid_content").await;
    }
    assert!(mock.snapshot().await == before);
    // One in, one out is still twenty.
    change(json!({"metadata": {"k20": "v", "k0": null}})).expect(200).await;

    // A contact that goes takes its notes along, and leaves tasks and events without it (E8).
    let task = json!({"title": "T", "resource": {"id": contact}, "due_at": "2028-02-29T23:30:00-01:00"});
    let task = mock.call("task_create").json(&task).expect(201).await;
    assert_eq!(record(&task)["due_at"], "2028-03-01T00:30:00Z");
    let template =
        catalogue.find_id("timeline_template_list", |one| one["variables"]["predefined"] == json!(["contact"]));
    let event = json!({
        "source": {"id": catalogue.id_of("tsrc_")}, "template": {"id": template}, "contact": {"id": contact}, "variables": {"free": "1"},
        "external": {"id": "1"},
    });
    let event = mock.call("timeline_event_create").json(&event).expect(201).await;
    assert_eq!(record(&event)["external"], json!({"id": "1", "url": null}));
    let change_event = |body: Value| mock.call("timeline_event_update").path("event_id", &id(&event)).json(&body);
    let answer = change_event(json!({"contact": null})).refused(422, "invalid_content").await;
    assert_eq!(pointers(&answer), ["/contact"]);
    let changed =
        record(&change_event(json!({"variables": {}, "external": {"url": "https://a.example/"}})).expect(200).await);
    assert_eq!(changed["variables"], json!({}));
    mock.call("contact_delete").path("contact_id", &contact).expect(200).await;
    mock.call("note_show").path("note_id", &note).refused(404, "resource_not_found").await;
    let task = record(&mock.call("task_show").path("task_id", &id(&task)).expect(200).await);
    assert_eq!(task["resource"], Value::Null);
    // What the template asks for is looked for in the result of every change (webhooks.yaml, `timeline_event_update`).
    let answer = change_event(json!({"description": "Was about somebody"})).refused(422, "invalid_content").await;
    assert_eq!(pointers(&answer), ["/contact"]);
    change_event(json!({"contact": {"id": catalogue.id_of("con_")}})).expect(200).await;
}
