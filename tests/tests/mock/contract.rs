//! What holds for every call: the order of checks, tokens, scopes, paths and methods, formats, bodies, limits.

use std::collections::{BTreeMap, BTreeSet};

use conformance::answers::operations;
use conformance::document::{document, entries, items};
use serde_json::{Value, json};
use stora_mock::MockServer;

use crate::catalogue::Catalogue;
use crate::harness::{Mock, TOKEN, pointers, record};
use crate::reads::{expandable, parameter};

fn code(answer: &conformance::answers::Answer) -> String {
    answer.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn of_several_faults_the_first_in_the_order_of_checks_is_told() {
    let mock = Mock::start().await;
    let catalogue = Catalogue::read(&mock).await;
    let (nothing, writes) = (mock.token(&[]).await, mock.token(&["public.deal:write"]).await);
    let answer = mock.request("POST", "/2025-09/nothing?limit=0").body("{").send().await;
    assert_eq!((answer.status, code(&answer).as_str()), (404, "invalid_endpoint"));

    let deal = catalogue.id_of("deal_");
    let faulty = || {
        mock.call("deal_update")
            .path("deal_id", "deal_ffffffffffffffff")
            .query("expand", "nope")
            .bytes("text/plain", "{")
    };
    faulty().header("accept", "image/png").token(None).refused(401, "invalid_token").await;
    faulty().header("accept", "image/png").token(Some(&nothing)).refused(403, "forbidden").await;
    faulty().header("accept", "image/png").token(Some(&writes)).refused(406, "invalid_format").await;
    faulty().token(Some(&writes)).refused(422, "invalid_url_param").await;

    let call = |id: &str| mock.call("deal_update").path("deal_id", id).token(Some(&writes));
    let unknown = "deal_ffffffffffffffff";
    call(unknown).query("expand", "contact").bytes("application/json", "{").refused(403, "forbidden").await;
    call(unknown).bytes("application/json", "{").refused(400, "invalid_request").await;
    call(unknown).json(&json!({"name": 7})).refused(422, "invalid_content").await;
    let elsewhere = json!({"stage": {"id": "dstg_ffffffffffffffff"}});
    call(unknown).json(&elsewhere).refused(404, "resource_not_found").await;
    call(deal).json(&elsewhere).refused(422, "invalid_content").await;

    let finalized = catalogue.find_id("order_list", |order| order["status"] == "finalized");
    let call = |body: Value| mock.call("order_update").path("order_id", finalized).json(&body);
    call(json!({"contact": {"id": "con_ffffffffffffffff"}})).refused(422, "invalid_content").await;
    call(json!({"purchase_order_number": "1"})).refused(409, "conflict").await;
}

#[tokio::test]
async fn a_limit_is_told_after_the_scope_and_before_the_format() {
    let mock = Mock::with(MockServer::builder().rate_limit("1/min".parse().unwrap())).await;
    let nothing = mock.token(&[]).await;
    for _ in 0..3 {
        mock.call("site_list").token(Some(&nothing)).refused(403, "forbidden").await;
        mock.call("site_list").token(None).refused(401, "invalid_token").await;
    }
    let mut statuses = BTreeSet::new();
    for _ in 0..3 {
        statuses.insert(mock.call("site_list").header("accept", "image/png").send().await.status);
    }
    assert_eq!(statuses, BTreeSet::from([406, 429]));
}

#[tokio::test]
async fn only_a_living_token_opens_anything() {
    let mock = Mock::start().await;
    let list = || mock.call("site_list").token(None);
    for header in [
        "",
        "Bearer",
        "Bearer ",
        "Basic c3RvcmE6bW9jaw==",
        TOKEN,
        "Bearer nobody",
        "Bearer a b",
        "Token stora-mock-demo-token",
    ] {
        list().header("authorization", header).refused(401, "invalid_token").await;
    }
    list().refused(401, "invalid_token").await;
    list().query("access_token", TOKEN).refused(401, "invalid_token").await;
    for header in ["Bearer stora-mock-demo-token", "bearer stora-mock-demo-token", "BEARER   stora-mock-demo-token"] {
        list().header("authorization", header).expect(200).await;
    }

    let made = mock
        .control("POST", "/access_tokens", Some(json!({"name": "Short", "expires_at": "2026-03-10T13:00:00Z"})))
        .await
        .json();
    let short = made["value"].as_str().unwrap();
    let made = mock.control("POST", "/access_tokens", Some(json!({"name": "Revoked"}))).await.json();
    let revoked = made["value"].as_str().unwrap();
    for token in [short, revoked] {
        mock.call("site_list").token(Some(token)).expect(200).await;
    }
    mock.control("DELETE", &format!("/access_tokens/{}", made["id"].as_str().unwrap()), None).await;
    mock.call("site_list").token(Some(revoked)).refused(401, "invalid_token").await;
    mock.control("POST", "/clock", Some(json!({"at": "2026-03-10T12:59:59Z"}))).await;
    mock.call("site_list").token(Some(short)).expect(200).await;
    mock.control("POST", "/clock", Some(json!({"at": "2026-03-10T13:00:00Z"}))).await;
    mock.call("site_list").token(Some(short)).refused(401, "invalid_token").await;
}

#[tokio::test]
async fn an_operation_needs_its_scope_and_no_other() {
    let mock = Mock::start().await;
    let catalogue = Catalogue::read(&mock).await;
    let scopes: BTreeSet<&str> = operations().values().flat_map(|operation| own_scopes(operation.value)).collect();
    let mut tokens = BTreeMap::new();
    for scope in &scopes {
        let others: Vec<&str> = scopes.iter().copied().filter(|other| other != scope).collect();
        tokens.insert(*scope, (mock.token(&[scope]).await, mock.token(&others).await));
    }
    for (id, operation) in operations().iter() {
        let Some(scope) = own_scopes(operation.value).next() else { continue };
        let (with, without) = &tokens[scope];
        let call = || mock.call(id).paths(&catalogue.paths(id)).header("accept", "image/png");
        call().token(Some(without)).refused(403, "forbidden").await;
        call().token(Some(with)).refused(406, "invalid_format").await;
    }
}

#[tokio::test]
async fn expanding_needs_the_scopes_of_what_is_expanded() {
    let mock = Mock::start().await;
    let catalogue = Catalogue::read(&mock).await;
    for (id, operation) in
        operations().iter().filter(|(id, operation)| operation.method == "get" && !id.starts_with("oauth_"))
    {
        let own: Vec<&str> = own_scopes(operation.value).collect();
        let alone = mock.token(&own).await;
        for name in expandable(id).into_iter().take(8) {
            let needed: Vec<&str> = items(&parameter(id, "expand").unwrap()["x-expand-scopes"], name)
                .iter()
                .filter_map(Value::as_str)
                .collect();
            assert!(!needed.is_empty(), "{id}: {name} needs no scope");
            let call = |token: &str| mock.call(id).paths(&catalogue.paths(id)).query("expand", name).token(Some(token));
            if !needed.iter().all(|scope| own.contains(scope)) {
                call(&alone).refused(403, "forbidden").await;
            }
            let all: Vec<&str> = own.iter().chain(&needed).copied().collect();
            call(&mock.token(&all).await).expect(200).await;
        }
    }
}

fn own_scopes(operation: &'static Value) -> impl Iterator<Item = &'static str> {
    items(operation, "security").iter().flat_map(|security| items(security, "Bearer")).filter_map(Value::as_str)
}

#[tokio::test]
async fn a_path_has_its_methods_alone() {
    let mock = Mock::start().await;
    for (path, item) in entries(document(), "paths") {
        let methods: BTreeSet<String> = item.as_object().unwrap().keys().map(|name| name.to_uppercase()).collect();
        let target = path.replace(['{', '}'], "");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE"] {
            // A literal beside a parameter has the methods of both, such as `/deals/stages`.
            let answer = mock.request(method, &target).token(Some(TOKEN)).send().await;
            if methods.contains(method) {
                assert_ne!(answer.status, 405, "{method} {target}");
            } else {
                assert_eq!((answer.status, code(&answer).as_str()), (405, "invalid_endpoint"), "{method} {target}");
                let allowed: BTreeSet<String> =
                    answer.header("allow").unwrap().split(", ").map(str::to_owned).collect();
                assert_eq!(allowed, methods, "{method} {target}");
            }
        }
    }
    let head = mock.request("HEAD", "/2025-09/sites").token(Some(TOKEN)).send().await;
    assert_eq!(head.status, 405);
}

#[tokio::test]
async fn a_path_that_the_document_does_not_have_is_not_found() {
    let mock = Mock::start().await;
    let bad = [
        "/",
        "/2025-09",
        "/2025-09/",
        "/2025-09/sites/",
        "/2025-09//sites",
        "/2025-10/sites",
        "/sites",
        "/2025-09/Sites",
        "/2025-09/sites%2F",
        "/2025-09/contacts/%zz",
        "/2025-09/contacts/%ff",
        "/2025-09/contacts//",
        "/2025-09/contacts/a/b",
        "/oauth2",
        "/oauth2/token/",
        "/favicon.ico",
        "/2025-09/units/overlock/",
        "/2025-09/deals/stages/",
        "/2025-09/openapi.yaml",
        "/2025-09/*",
        "/_mock2",
    ];
    for target in bad {
        let answer = mock.request("GET", target).token(Some(TOKEN)).send().await;
        assert_eq!((answer.status, code(&answer).as_str()), (404, "invalid_endpoint"), "{target}");
        assert!(answer.header("x-request-id").is_some(), "{target}");
    }
    let answer = mock.request("GET", "/_mock/nothing").send().await;
    assert_eq!((answer.status, code(&answer).as_str()), (404, "invalid_endpoint"));
}

#[tokio::test]
async fn the_header_accept_picks_the_format() {
    let mock = Mock::start().await;
    let catalogue = Catalogue::read(&mock).await;
    let list = |accept: &str| mock.call("site_list").header("accept", accept);
    for accept in [
        "",
        "*/*",
        "application/*",
        "application/json",
        "APPLICATION/JSON",
        "text/csv;q=0.5, application/json",
        "text/html, */*;q=0.1",
        "application/json;charset=utf-8",
    ] {
        let answer = list(accept).expect(200).await;
        assert_eq!(answer.header("content-type"), Some("application/json"), "{accept}");
    }
    for accept in [
        "text/csv",
        "text/*",
        "application/json;q=0.2, text/csv;q=0.8",
        "text/csv, application/json",
        "application/pdf, text/csv",
    ] {
        let answer = list(accept).expect(200).await;
        assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"), "{accept}");
    }
    for accept in
        ["application/pdf", "text/html", "image/*", "application/json;q=0", "nonsense", "application/xml, image/png"]
    {
        list(accept).refused(406, "invalid_format").await;
    }
    // Errors are JSON whatever is asked for.
    let answer =
        mock.call("site_list").header("accept", "text/csv").query("limit", "0").refused(422, "invalid_url_param").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));

    let pdf = |status: &str| {
        let contract = catalogue.find_id("contract_list", |contract| contract["status"] == status);
        mock.call("contract_show").path("contract_id", contract).header("accept", "application/pdf")
    };
    let answer = pdf("signed").expect(200).await;
    assert!(answer.header("content-disposition").unwrap().starts_with("attachment"));
    pdf("pending").refused(406, "invalid_format").await;
}

#[tokio::test]
async fn a_body_is_read_only_if_it_says_that_it_is_json() {
    let mock = Mock::start().await;
    for (number, content_type) in
        ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/json ; q=1"]
            .iter()
            .enumerate()
    {
        let body = json!({"email": format!("type{number}@mail.example")}).to_string();
        mock.call("contact_create").bytes(content_type, body).expect(201).await;
    }
    for content_type in
        ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "application/xml", "json", ""]
    {
        mock.call("contact_create")
            .bytes(content_type, "{\"email\": \"a@mail.example\"}")
            .refused(400, "invalid_request")
            .await;
    }
    mock.call("contact_create").body("{\"email\": \"a@mail.example\"}").refused(400, "invalid_request").await;
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused_whatever_it_is() {
    let mock = Mock::start().await;
    let before = mock.snapshot().await;
    let deep = "[".repeat(200_000);
    let nested = format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
    let bad: [&[u8]; 14] = [
        b"",
        b" ",
        b"{",
        b"{\"email\": \"a@mail.example\"",
        b"{\"email\": \"a@mail.example\"} {}",
        b"{'email': 'a@mail.example'}",
        b"{\"email\": \"a@mail.example\",}",
        b"\xef\xbb\xbf{\"email\": \"a@mail.example\"}",
        b"{\"email\": \"\xff@mail.example\"}",
        b"NaN",
        b"{\"email\": \"\\ud800\"}",
        b"email=a@mail.example",
        deep.as_bytes(),
        nested.as_bytes(),
    ];
    for body in bad {
        mock.call("contact_create").bytes("application/json", body).refused(400, "invalid_request").await;
    }
    assert!(mock.snapshot().await == before, "something has changed");
    // Of a name that is there twice the last counts.
    let answer = mock
        .call("contact_create")
        .bytes("application/json", "{\"email\": 7, \"email\": \"twice@mail.example\"}")
        .expect(201)
        .await;
    assert_eq!(record(&answer)["email"], "twice@mail.example");
}

#[tokio::test]
async fn a_body_may_be_as_long_as_the_limit() {
    let mock = Mock::with(MockServer::builder().body_limit(2_000)).await;
    let body = |length: usize| {
        let empty = json!({"email": "long@mail.example", "full_name": ""}).to_string().len();
        json!({"email": "long@mail.example", "full_name": "n".repeat(length - empty)}).to_string()
    };
    for length in [2_001, 20_000] {
        mock.call("contact_create").bytes("application/json", body(length)).refused(400, "invalid_request").await;
    }
    mock.call("contact_create").bytes("application/json", body(2_000)).expect(201).await;
}

#[tokio::test]
async fn limits_hold_per_credential_and_their_headers_come_with_every_answer() {
    let mock = Mock::with(MockServer::builder().rate_limit("10/s,60/min".parse().unwrap())).await;
    let other = mock.token(&["public.site:read"]).await;
    let (mut allowed, mut refused, mut windows) = (0, 0, BTreeSet::new());
    // More than two minutes allow, should a minute begin in between.
    for _ in 0..125 {
        let answer = mock.call("site_list").query("limit", "1").send().await;
        let limit: u64 = answer.header("ratelimit-limit").unwrap().parse().unwrap();
        let reset: u64 = answer.header("ratelimit-reset").unwrap().parse().unwrap();
        assert!(reset > 1_600_000_000, "{reset} is no instant");
        assert!(answer.header("ratelimit-remaining").is_none() && answer.header("retry-after").is_none());
        match answer.status {
            200 => allowed += 1,
            429 => {
                assert_eq!(code(&answer), "too_many_requests");
                windows.insert(limit);
                refused += 1;
            }
            status => panic!("{status}"),
        }
    }
    assert!(refused > 0 && allowed <= 120, "{allowed} of 125 calls went through, {refused} did not: {windows:?}");
    assert!(windows.is_subset(&BTreeSet::from([10, 60])), "{windows:?}");
    // Another credential has its own share.
    mock.call("site_list").token(Some(&other)).expect(200).await;

    let free = Mock::start().await;
    for _ in 0..70 {
        let answer = free.call("site_list").query("limit", "1").expect(200).await;
        assert!(answer.header("ratelimit-limit").is_some() && answer.header("ratelimit-reset").is_some());
    }
    let unknown = free.call("site_list").token(None).send().await;
    assert!(unknown.header("ratelimit-limit").is_none(), "no call that no one makes is counted");
}

#[tokio::test]
async fn unknown_parameters_are_ignored_unless_the_server_is_strict() {
    let mock = Mock::start().await;
    mock.call("site_list").query("surprise", "1").query("Limit", "0").expect(200).await;
    let strict = Mock::with(MockServer::builder().strict(true)).await;
    let answer =
        strict.call("site_list").query("surprise", "1").query("limit", "1").refused(422, "invalid_url_param").await;
    assert_eq!(pointers(&answer), ["/surprise"]);
    strict.call("site_list").query("limit", "1").query("sort_by", "created_at").expect(200).await;
}

#[tokio::test]
async fn of_a_parameter_that_is_there_twice_the_last_counts() {
    let mock = Mock::start().await;
    let answer = mock.call("site_list").query("limit", "nonsense").query("limit", "1").expect(200).await;
    assert_eq!(answer.json()["meta"]["pagination"]["limit"], 1);
    mock.call("site_list").query("limit", "1").query("limit", "0").refused(422, "invalid_url_param").await;
    mock.call("unit_list").query("expand", "").expect(200).await;
    mock.call("unit_list").query("expand", " site ,site, unit_type").expect(200).await;
}

#[tokio::test]
async fn a_page_beyond_the_last_is_empty() {
    let mock = Mock::start().await;
    for page in ["1000", "9223372036854775807"] {
        let answer = mock.call("unit_list").query("page", page).expect(200).await;
        assert_eq!(record(&answer), json!([]));
        let pagination = &answer.json()["meta"]["pagination"];
        assert_eq!(
            (&pagination["next"], &pagination["prev"], pagination["page"].to_string()),
            (&Value::Null, &pagination["last"], page.to_owned())
        );
    }
    let answer = mock.call("unit_list").query("site_id", "site_ffffffffffffffff").expect(200).await;
    let pagination = &answer.json()["meta"]["pagination"];
    assert_eq!((&pagination["count"], &pagination["pages"], &pagination["last"]), (&json!(0), &json!(1), &json!(1)));
}

#[tokio::test]
async fn every_answer_has_an_id_of_its_own_in_header_and_body() {
    let mock = Mock::start().await;
    let mut seen = BTreeSet::new();
    let calls = [
        mock.call("site_list").expect(200).await,
        mock.call("site_list").expect(200).await,
        mock.call("site_list").token(None).expect(401).await,
        mock.call("site_show").path("site_id", "site_0").expect(404).await,
        mock.request("GET", "/nothing").send().await,
        mock.request("PUT", "/2025-09/sites").json(&json!({})).send().await,
    ];
    for answer in calls {
        let body = answer.json();
        let own = body["meta"]["request_id"].as_str().or(body["error"]["request_id"].as_str());
        assert_eq!(answer.header("x-request-id"), own);
        assert!(seen.insert(own.unwrap().to_owned()), "an id came twice");
    }
    let csv = mock.call("site_list").header("accept", "text/csv").expect(200).await;
    assert!(csv.header("x-request-id").is_some());
}

#[tokio::test]
async fn the_document_is_served_to_whoever_asks() {
    let mock = Mock::start().await;
    let answer = mock.request("GET", "/2025-09/openapi.json").send().await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    let served = answer.json();
    assert_eq!(served["openapi"], document()["openapi"]);
    assert_eq!(conformance::json::difference(&document()["paths"], &served["paths"]), None);
    let error = mock.call("site_list").token(None).expect(401).await.json();
    for link in error["error"]["links"].as_array().unwrap() {
        let url = link["url"].as_str().unwrap().strip_prefix(mock.url()).unwrap().to_owned();
        mock.request("GET", &url).expect(200).await;
    }
}
