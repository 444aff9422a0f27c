//! Faults on demand, and what the journal tells of calls.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{CLIENT, Mock, TOKEN};

fn contact(name: &str) -> Value {
    json!({"email": format!("{name}@mail.example")})
}

async fn contacts(mock: &Mock) -> u64 {
    mock.call("contact_list").query("limit", "1").expect(200).await.json()["meta"]["pagination"]["count"]
        .as_u64()
        .unwrap()
}

#[tokio::test]
async fn a_status_comes_in_the_place_of_an_answer() {
    let mock = Mock::start().await;
    let before = mock.snapshot().await;
    for status in [400, 401, 403, 406, 409, 422, 429, 500] {
        mock.fault(json!({"operation": "contact_create", "times": 2, "fault": {"kind": "status", "status": status}}))
            .await;
        for _ in 0..2 {
            mock.call("contact_create").json(&contact("status")).expect(status).await;
        }
    }
    mock.fault(json!({"operation": "contact_create", "times": 1, "fault": {"kind": "status", "status": 503, "retry_after": 7}})).await;
    let answer = mock.call("contact_create").json(&contact("status")).send_unheeded().await.unwrap();
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("7")));
    assert!(answer.header("content-type").unwrap().starts_with("text/html"));
    assert!(mock.snapshot().await == before, "something has changed");
    mock.call("contact_create").json(&contact("status")).expect(201).await;
}

#[tokio::test]
async fn a_rule_is_for_the_calls_it_names() {
    let mock = Mock::start().await;
    let status = json!({"kind": "status", "status": 500});
    let rules = [
        json!({"operation": "site_list", "fault": status}),
        json!({"path": "/2025-09/sit*", "fault": status}),
        json!({"method": "GET", "path": "*", "fault": status}),
        json!({"operator": "demo", "operation": "site_list", "fault": status}),
    ];
    for rule in rules {
        mock.fault(rule.clone()).await;
        mock.call("site_list").expect(500).await;
        mock.call("contact_create").json(&json!({})).expect(422).await;
        mock.no_faults().await;
        mock.call("site_list").expect(200).await;
    }
    mock.fault(json!({"operator": "another", "fault": status})).await;
    mock.call("site_list").expect(200).await;
    let bad = json!({"operation": "nothing", "times": 0, "probability": 2, "fault": {"kind": "status", "status": 200}});
    mock.request("POST", "/_mock/faults").json(&bad).expect(422).await;
}

#[tokio::test]
async fn latency_makes_an_answer_late() {
    let mock = Mock::start().await;
    mock.fault(json!({"operation": "site_list", "times": 1, "fault": {"kind": "latency", "milliseconds": 300}})).await;
    let start = Instant::now();
    mock.call("site_list").expect(200).await;
    assert!(start.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn a_reset_connection_leaves_everything_as_it_was() {
    let mock = Mock::start().await;
    let before = mock.snapshot().await;
    mock.fault(json!({"operation": "contact_create", "times": 1, "fault": {"kind": "connection_reset"}})).await;
    let error = mock.call("contact_create").json(&contact("reset")).send_unheeded().await.unwrap_err();
    assert!(!error.is_timeout(), "{error:?}");
    assert!(mock.snapshot().await == before, "something has changed");
}

#[tokio::test]
async fn a_lost_or_truncated_answer_was_done_all_the_same_and_a_key_finds_it_again() {
    let mock = Mock::start().await;
    for (name, fault) in
        [("lost", json!({"kind": "answer_lost"})), ("truncated", json!({"kind": "truncated_body", "after_bytes": 20}))]
    {
        let before = contacts(&mock).await;
        mock.fault(json!({"operation": "contact_create", "times": 1, "fault": fault})).await;
        let call = || mock.call("contact_create").header("idempotency-key", name).json(&contact(name));
        assert!(call().send_unheeded().await.is_err(), "{name}");
        assert_eq!(contacts(&mock).await, before + 1, "{name}");
        call().expect(201).await;
        assert_eq!(contacts(&mock).await, before + 1, "{name}");
    }
}

#[tokio::test]
async fn what_is_not_saved_is_answered_and_gone() {
    let mock = Mock::start().await;
    let before = mock.snapshot().await;
    mock.fault(json!({"operation": "contact_create", "times": 1, "fault": {"kind": "not_saved"}})).await;
    let answer = mock.call("contact_create").json(&contact("unsaved")).expect(201).await;
    mock.call("contact_show").path("contact_id", &crate::harness::id(&answer)).expect(404).await;
    assert!(mock.snapshot().await == before, "something has changed");
}

#[tokio::test]
async fn the_journal_tells_of_every_call_and_of_no_secret() {
    let mock = Mock::start().await;
    let body = json!({"grant_type": "client_credentials", "client_id": CLIENT.0, "client_secret": CLIENT.1, "scope": "public.contact:read"});
    let token = mock.call("oauth_token_create").token(None).json(&body).expect(200).await.json()["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    mock.call("oauth_token_introspect").json(&json!({"token": token})).expect(200).await;
    mock.call("contact_list").token(Some(&token)).query("access_token", TOKEN).expect(200).await;
    let endpoint = json!({"name": "Hook", "api_version": "2025-09", "url": "https://bridge.example/", "event_types": ["order.completed"]});
    let made = mock.call("webhook_endpoint_create").json(&endpoint).expect(201).await.json();
    mock.call("contact_create").json(&contact("journal")).expect(201).await;
    mock.call("deal_win").path("deal_id", "deal_x").expect(404).await;

    let answer = mock.control("GET", "/journal", None).await;
    let text = String::from_utf8(answer.body.clone()).unwrap();
    let mut secrets = vec![TOKEN.to_owned(), CLIENT.1.to_owned(), token];
    secrets.extend(secret(&made));
    for secret in secrets {
        assert!(!text.contains(&secret), "the journal holds a secret");
    }
    let entries = answer.json()["entries"].take();
    let operations: Vec<&str> =
        entries.as_array().unwrap().iter().filter_map(|entry| entry["operation"].as_str()).collect();
    assert_eq!(operations[0], "deal_win");
    assert!(operations.contains(&"oauth_token_create") && operations.contains(&"webhook_endpoint_create"));
    let made = entries.as_array().unwrap().iter().find(|entry| entry["operation"] == "contact_create").unwrap();
    assert_eq!(made["events"], json!(["contact.created"]));

    let found = mock.control("GET", "/journal?status=4xx&operation=deal_win", None).await.json();
    assert_eq!(found["entries"].as_array().unwrap().len(), 1);
    mock.control("DELETE", "/journal", None).await;
    assert_eq!(mock.control("GET", "/journal", None).await.json()["entries"], json!([]));
}

/// A member of a value whose name says that it is a secret.
fn secret(value: &Value) -> Vec<String> {
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, value)| match value {
                Value::String(text) if name.contains("secret") => vec![text.clone()],
                value => secret(value),
            })
            .collect(),
        Value::Array(list) => list.iter().flat_map(secret).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn a_failure_is_kept_under_the_key_of_its_request_and_a_slow_request_is_in_work() {
    let mock = Mock::start().await;
    let post = |key: &str| mock.call("contact_create").header("idempotency-key", key).json(&contact(key));
    let once = |fault: Value| json!({"operation": "contact_create", "times": 1, "fault": fault});
    for (status, kept) in [(400, true), (500, true), (503, false)] {
        mock.fault(once(json!({"kind": "status", "status": status}))).await;
        let key = format!("k{status}");
        let first = post(&key).send_unheeded().await.unwrap();
        let again = post(&key).send_unheeded().await.unwrap();
        assert_eq!((first.status, again.status), (status, if kept { status } else { 201 }));
        assert_eq!(first.body == again.body, kept, "{status}");
    }
    mock.fault(once(json!({"kind": "latency", "milliseconds": 1_500}))).await;
    let (slow, repeat) = tokio::join!(post("slow").send(), async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        post("slow").send().await
    });
    assert_eq!((slow.status, repeat.status), (201, 409));
    // Once it is answered, a repeat is answered alike.
    assert_eq!(post("slow").send().await.body, slow.body);
}
