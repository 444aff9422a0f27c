//! Calls that are made again under the same key.

use conformance::http::Call;
use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{CLIENT, Mock};

fn create<'m>(mock: &'m Mock, key: &str, body: &Value) -> Call<'m> {
    mock.call("contact_create").header("Idempotency-Key", key).json(body)
}

#[tokio::test]
async fn a_repeat_gives_the_first_answer_byte_for_byte_and_changes_nothing() {
    let mock = Mock::start().await;
    let body = json!({"email": "again@mail.example", "full_name": "Again"});
    let first = create(&mock, "a", &body).expect(201).await;
    let before = mock.snapshot().await;
    for repeated in [
        "{\"full_name\":\"Again\",  \"email\":\"again@mail.example\"}",
        "{\"email\":\"\\u0061gain@mail.example\",\"full_name\":\"Again\"}",
    ] {
        let again = mock
            .call("contact_create")
            .header("idempotency-key", "a")
            .bytes("application/json", repeated)
            .expect(201)
            .await;
        assert_eq!(again.body, first.body);
        assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
        assert_eq!(again.header("content-type"), first.header("content-type"));
        assert!(again.header("ratelimit-limit").is_some());
    }
    assert!(mock.snapshot().await == before, "a repeat has changed something");
}

#[tokio::test]
async fn failures_are_kept_too() {
    let mock = Mock::start().await;
    create(&mock, "made", &json!({"email": "failures@mail.example"})).expect(201).await;
    let bodies = [(400, "{\"email\":"), (422, "{\"email\": 7}"), (409, "{\"email\": \"failures@mail.example\"}")];
    for (status, body) in bodies {
        let call = || {
            mock.call("contact_create").header("idempotency-key", &status.to_string()).bytes("application/json", body)
        };
        let first = call().expect(status).await;
        let again = call().expect(status).await;
        assert_eq!(again.body, first.body, "{status}");
        assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
    }
    let call = || {
        mock.call("contact_create").header("idempotency-key", "query").query("expand", "x").json(&json!({"email": 1}))
    };
    assert_eq!(call().send().await.body, call().send().await.body);
    let call = || mock.call("deal_win").path("deal_id", "deal_ffffffffffffffff").header("idempotency-key", "unknown");
    assert_eq!(call().expect(404).await.body, call().expect(404).await.body);
}

#[tokio::test]
async fn a_key_belongs_to_one_request() {
    let mock = Mock::start().await;
    let body = json!({"email": "one@mail.example"});
    create(&mock, "k", &body).expect(201).await;
    create(&mock, "k", &json!({"email": "two@mail.example"})).refused(409, "conflict").await;
    create(&mock, "k", &body).query("a", "b").refused(409, "conflict").await;
    mock.call("task_create").header("idempotency-key", "k").json(&body).refused(409, "conflict").await;
    create(&mock, "k", &body).expect(201).await;
    create(&mock, "K", &json!({"email": "three@mail.example"})).expect(201).await;
    create(&mock, &"k".repeat(255), &json!({"email": "four@mail.example"})).expect(201).await;
}

#[tokio::test]
async fn keys_of_another_credential_are_other_keys() {
    let mock = Mock::start().await;
    let other = mock.token(&["public.contact:write"]).await;
    create(&mock, "k", &json!({"email": "one@mail.example"})).expect(201).await;
    create(&mock, "k", &json!({"email": "two@mail.example"})).token(Some(&other)).expect(201).await;

    // All tokens of an application share its keys.
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let body = json!({"grant_type": "client_credentials", "client_id": CLIENT.0, "client_secret": CLIENT.1, "scope": "public.contact:write"});
        let answer = mock.call("oauth_token_create").token(None).json(&body).expect(200).await;
        tokens.push(answer.json()["access_token"].as_str().unwrap().to_owned());
    }
    let body = json!({"email": "shared@mail.example"});
    let first = create(&mock, "k", &body).token(Some(&tokens[0])).expect(201).await;
    let again = create(&mock, "k", &body).token(Some(&tokens[1])).expect(201).await;
    assert_eq!(first.body, again.body);
}

#[tokio::test]
async fn what_is_refused_before_the_operation_starts_is_not_kept() {
    let mock = Mock::start().await;
    let nothing = mock.token(&[]).await;
    let body = json!({"email": "early@mail.example"});
    create(&mock, "k", &body).token(None).expect(401).await;
    create(&mock, "k", &body).token(Some(&nothing)).expect(403).await;
    create(&mock, "k", &body).header("accept", "image/png").expect(406).await;
    create(&mock, "k", &body).expect(201).await;
}

#[tokio::test]
async fn a_key_is_free_again_after_24_hours_of_the_clock() {
    let mock = Mock::start().await;
    let call = |number: u8| create(&mock, "k", &json!({"email": format!("day{number}@mail.example")}));
    call(1).expect(201).await;
    mock.control("POST", "/clock", Some(json!({"at": "2026-03-11T11:59:59Z"}))).await;
    call(2).refused(409, "conflict").await;
    mock.control("POST", "/clock", Some(json!({"at": "2026-03-11T12:00:00Z"}))).await;
    call(2).expect(201).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twins_at_the_same_time_one_is_handled() {
    let mock = std::sync::Arc::new(Mock::start().await);
    for round in 0..20 {
        let twins: Vec<_> = (0..8)
            .map(|_| {
                let mock = mock.clone();
                tokio::spawn(async move {
                    let body = json!({"title": format!("Round {round}")});
                    mock.call("task_create")
                        .header("idempotency-key", &format!("round {round}"))
                        .json(&body)
                        .send()
                        .await
                })
            })
            .collect();
        let mut made = BTreeSet::new();
        for twin in twins {
            let answer = twin.await.unwrap();
            match answer.status {
                201 => drop(made.insert(answer.body)),
                409 => {}
                status => panic!("{status}"),
            }
        }
        assert_eq!(made.len(), 1, "round {round}");
    }
    let answer = mock.call("task_list").query("limit", "100").expect(200).await;
    let rounds = crate::harness::record(&answer)
        .as_array()
        .unwrap()
        .iter()
        .filter(|task| task["title"].as_str().unwrap().starts_with("Round"))
        .count();
    assert_eq!(rounds, 20);
}

#[tokio::test]
async fn the_header_means_nothing_to_other_methods() {
    let mock = Mock::start().await;
    let contact = crate::harness::id(&create(&mock, "k", &json!({"email": "methods@mail.example"})).expect(201).await);
    for name in ["One", "Two"] {
        let call = mock
            .call("contact_update")
            .path("contact_id", &contact)
            .header("idempotency-key", "k")
            .json(&json!({"full_name": name}));
        assert_eq!(crate::harness::record(&call.expect(200).await)["full_name"], name);
    }
    mock.call("contact_list").header("idempotency-key", "").expect(200).await;
    mock.call("contact_delete").path("contact_id", &contact).header("idempotency-key", "").expect(200).await;
}
