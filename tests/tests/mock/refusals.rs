//! The refusals that every operation has in common.

use conformance::answers::{Operation, operations};
use conformance::document::{items, resolve};
use serde_json::{Value, json};

use crate::catalogue::Catalogue;
use crate::harness::{Mock, pointers};
use crate::reads::parameter;
use crate::samples::{bodies, body_schema};

/// Provokes, of each operation, every refusal that does not depend on what it does.
pub(crate) async fn all(mock: &Mock, catalogue: &Catalogue) {
    let nothing = mock.token(&[]).await;
    let mut ids: Vec<_> = operations().iter().filter(|(id, _)| !id.starts_with("oauth_")).collect();
    ids.sort_unstable_by_key(|(id, _)| **id);
    for (id, operation) in ids {
        if *id == "image_show" {
            let call = mock
                .call(id)
                .path("signed_token", "e30=--0000000000000000000000000000000000000000")
                .path("filename", "a.png");
            call.token(None).refused(404, "resource_not_found").await;
            continue;
        }
        let paths = catalogue.paths(id);
        let body = bodies(id, catalogue).into_iter().next();
        let call = || mock.call(id).paths(&paths).maybe(body.as_ref());

        let answer = call().token(None).refused(401, "invalid_token").await;
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{id}");
        call().token(Some("nobody")).refused(401, "invalid_token").await;
        call().token(Some(&nothing)).refused(403, "forbidden").await;
        call().header("accept", "image/png").refused(406, "invalid_format").await;
        unknown_path(mock, id, &paths, body.as_ref()).await;
        query(mock, id, &paths).await;
        bodies_that_are_none(mock, id, &paths).await;
        keys(mock, id, operation, &paths).await;
    }
    // The same key is another call now.
    let mut ids: Vec<_> = operations().iter().filter(|(_, operation)| takes_key(operation)).collect();
    ids.sort_unstable_by_key(|(id, _)| **id);
    for (id, _) in ids {
        let paths = catalogue.paths(id);
        let call = mock.call(id).paths(&paths).header("idempotency-key", "one for all").query("call", id);
        call.bytes("application/json", format!("{{\"{id}\":")).send().await;
        let call = mock.call(id).paths(&paths).header("idempotency-key", "one for all").query("call", "another");
        call.bytes("application/json", "{").refused(409, "conflict").await;
    }
}

/// Lets the limits of a server, and faults on demand, refuse every operation.
pub(crate) async fn limits_and_faults(limited: &Mock, mock: &Mock, catalogue: &Catalogue) {
    let mut ids: Vec<_> = operations().keys().collect();
    ids.sort_unstable();
    for id in ids {
        let paths = catalogue.paths(id);
        let is_limited = !id.starts_with("oauth_") && *id != "image_show";
        if is_limited {
            // A minute may begin in between.
            let mut refused = false;
            for _ in 0..3 {
                let answer = limited.call(id).paths(&paths).header("accept", "image/png").send().await;
                refused = answer.status == 429;
                if refused {
                    assert!(answer.header("ratelimit-limit").is_some() && answer.header("ratelimit-reset").is_some());
                    break;
                }
            }
            assert!(refused, "{id} is not limited");
        }
        for status in [429, 500] {
            if status == 500 || !is_limited {
                mock.fault(json!({"operation": id, "times": 1, "fault": {"kind": "status", "status": status}})).await;
                let answer = mock.call(id).paths(&paths).send().await;
                assert_eq!(answer.status, status, "{id}");
            }
        }
    }
    mock.no_faults().await;
}

async fn unknown_path(mock: &Mock, id: &str, paths: &[(String, String)], body: Option<&Value>) {
    for place in 0..paths.len() {
        let mut unknown = paths.to_vec();
        let prefix = unknown[place].1.split_once('_').unwrap().0.to_owned();
        unknown[place].1 = format!("{prefix}_ffffffffffffffff");
        mock.call(id).paths(&unknown).maybe(body).refused(404, "resource_not_found").await;
    }
}

async fn query(mock: &Mock, id: &str, paths: &[(String, String)]) {
    for (name, value) in [("limit", "0"), ("expand", "nothing_like_it")] {
        if parameter(id, name).is_some() {
            let answer = mock.call(id).paths(paths).query(name, value).refused(422, "invalid_url_param").await;
            assert_eq!(pointers(&answer), [format!("/{name}")], "{id}");
        }
    }
}

async fn bodies_that_are_none(mock: &Mock, id: &str, paths: &[(String, String)]) {
    let Some(schema) = body_schema(id) else { return };
    let call = || mock.call(id).paths(paths);
    call().bytes("application/json", "{\"a\":").refused(400, "invalid_request").await;
    call().bytes("text/plain", "{}").refused(400, "invalid_request").await;
    if !items(schema, "required").is_empty() {
        call().refused(400, "invalid_request").await;
    }
    for body in [json!([]), json!("text"), json!(null), json!(7)] {
        let answer = call().json(&body).refused(422, "invalid_content").await;
        assert_eq!(pointers(&answer), [""], "{id}: {body}");
    }
}

async fn keys(mock: &Mock, id: &str, operation: &Operation, paths: &[(String, String)]) {
    if takes_key(operation) {
        for key in [String::new(), "k".repeat(256)] {
            mock.call(id).paths(paths).header("idempotency-key", &key).refused(400, "invalid_request").await;
        }
    }
}

fn takes_key(operation: &Operation) -> bool {
    items(operation.value, "parameters").iter().any(|parameter| resolve(parameter)["name"] == "Idempotency-Key")
}
