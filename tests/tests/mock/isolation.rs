//! Operators see nothing of each other.

use std::collections::BTreeSet;

use conformance::answers::operations;
use serde_json::{Value, json};

use crate::catalogue::{Catalogue, all};
use crate::harness::{Mock, record};
use crate::samples::bodies;

/// The token of another operator, with a demo business of its own.
async fn other(mock: &Mock) -> String {
    let body = json!({"id": "other", "seed": 2, "start": "demo"});
    let made = mock.control("POST", "/operators", Some(body)).await.json();
    made["access_tokens"][0]["value"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_id_of_another_operator_is_not_found() {
    let mock = Mock::start().await;
    let catalogue = Catalogue::read(&mock).await;
    let other = other(&mock).await;
    let before = mock.snapshot().await;
    for id in operations().keys().filter(|id| !id.starts_with("oauth_") && **id != "image_show") {
        let paths = catalogue.paths(id);
        if !paths.is_empty() {
            let body = bodies(id, &catalogue).into_iter().next();
            mock.call(id)
                .paths(&paths)
                .maybe(body.as_ref())
                .token(Some(&other))
                .refused(404, "resource_not_found")
                .await;
        }
    }
    let foreign = json!({"content": "Note", "resource": {"id": catalogue.id_of("con_")}});
    mock.call("note_create").json(&foreign).token(Some(&other)).refused(422, "invalid_content").await;
    assert!(mock.snapshot().await == before, "another operator has changed something");
}

#[tokio::test]
async fn lists_hold_records_of_their_operator_alone() {
    let mock = Mock::start().await;
    let other = other(&mock).await;
    for id in operations()
        .iter()
        .filter(|(id, operation)| id.ends_with("_list") && !operation.path.contains('{'))
        .map(|(id, _)| *id)
    {
        let own: BTreeSet<String> = all(&mock, id).await.iter().map(|record| record["id"].to_string()).collect();
        let theirs = record(&mock.call(id).query("limit", "100").token(Some(&other)).expect(200).await);
        let Value::Array(theirs) = theirs else { panic!("{id} gives no list") };
        assert!(!theirs.is_empty(), "{id}");
        assert!(
            theirs.iter().all(|record| !own.contains(&record["id"].to_string())),
            "{id} shows a record of another operator"
        );
    }
}

#[tokio::test]
async fn keys_and_acts_of_operators_do_not_meet() {
    let mock = Mock::start().await;
    let other = other(&mock).await;
    let call = |token: Option<&str>| {
        let call =
            mock.call("contact_create").header("idempotency-key", "k").json(&json!({"email": "both@mail.example"}));
        match token {
            Some(token) => call.token(Some(token)),
            None => call,
        }
    };
    let (one, two) = (call(None).expect(201).await, call(Some(&other)).expect(201).await);
    assert_ne!(record(&one)["id"], record(&two)["id"]);
    mock.control("DELETE", "/operators/other", None).await;
    mock.call("contact_list").token(Some(&other)).refused(401, "invalid_token").await;
}
