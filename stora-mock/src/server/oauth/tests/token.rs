//! Obtaining a token.

use super::*;
use crate::contract::limits::RateLimit;
use crate::control::faults::{Fault, FaultSpec};

#[test]
fn client_credentials_give_a_flat_answer_that_is_not_to_be_stored() {
    let mock = Mock::start();
    let reply = mock.token(&client_credentials());
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let token = reply.text("access_token");
    assert_eq!(token.len(), 43);
    assert_eq!(
        reply.value(),
        json!({"access_token": token, "token_type": "Bearer", "expires_in": 7200, "scope": SCOPES, "created_at": NOW})
    );
    assert!(mock.is_alive(&token));
}

#[test]
fn a_form_and_http_basic_do_as_well_as_json() {
    let mock = Mock::start();
    let grant = [("grant_type", "client_credentials"), ("scope", SCOPES)];
    let body = [&grant[..], &[("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)]].concat();
    assert_eq!(mock.form("/oauth2/token", &[], &body).status, 200);
    let header = basic(CLIENT_ID, CLIENT_SECRET);
    assert_eq!(mock.form("/oauth2/token", &[("authorization", &header)], &grant).status, 200);
    let head = [("authorization", header.as_str()), ("content-type", "Application/JSON; charset=utf-8")];
    let json =
        json!({"grant_type": "client_credentials", "scope": SCOPES, "client_id": CLIENT_ID, "client_secret": ""});
    assert_eq!(mock.send("POST", "/oauth2/token", &head, json.to_string().as_bytes()).status, 200);
}

#[test]
fn a_client_identifies_itself_in_one_way_and_as_one_client() {
    let mock = Mock::start();
    let grant = [("grant_type", "client_credentials"), ("scope", SCOPES)];
    let good = basic(CLIENT_ID, CLIENT_SECRET);
    let ask = |header: &str, more: &[(&str, &str)]| {
        mock.form("/oauth2/token", &[("authorization", header)], &[&grant[..], more].concat())
    };
    ask(&good, &[("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)]).assert_fault(400, "invalid_request");
    ask(&good, &[("client_secret", CLIENT_SECRET)]).assert_fault(400, "invalid_request");
    ask(&good, &[("client_id", OTHER_CLIENT_ID)]).assert_fault(401, "invalid_client");
    for header in
        [basic(CLIENT_ID, "wrong"), basic("nobody", CLIENT_SECRET), "Basic".to_owned(), "Basic ???".to_owned()]
    {
        let reply = ask(&header, &[]);
        reply.assert_fault(401, "invalid_client");
        assert!(reply.header("www-authenticate").unwrap().starts_with("Basic realm="));
    }
    let twice = [("authorization", good.as_str()), ("authorization", good.as_str())];
    mock.form("/oauth2/token", &twice, &grant).assert_fault(400, "invalid_request");
    // A bearer token does not identify a client, and harms nothing.
    ask(&format!("Bearer {DEMO_TOKEN}"), &[]).assert_fault(401, "invalid_client");
    let body = [("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)];
    assert_eq!(ask("Bearer nothing", &body).status, 200);
}

#[test]
fn what_is_missing_or_wrong_is_told_by_its_code() {
    let mock = Mock::start();
    let code = exchange("x");
    for (body, status, error) in [
        (with(client_credentials(), &json!({"grant_type": null})), 400, "invalid_request"),
        (json!({}), 400, "invalid_request"),
        (with(client_credentials(), &json!({"grant_type": "password"})), 400, "unsupported_grant_type"),
        (with(client_credentials(), &json!({"client_id": null})), 401, "invalid_client"),
        (with(client_credentials(), &json!({"client_id": "nobody"})), 401, "invalid_client"),
        (with(client_credentials(), &json!({"client_secret": null})), 401, "invalid_client"),
        (with(client_credentials(), &json!({"client_secret": "wrong"})), 401, "invalid_client"),
        (with(client_credentials(), &json!({"scope": null})), 400, "invalid_scope"),
        (with(client_credentials(), &json!({"scope": ""})), 400, "invalid_scope"),
        (with(client_credentials(), &json!({"scope": "public.nothing:read"})), 400, "invalid_scope"),
        (with(client_credentials(), &json!({"scope": "public.staff:read"})), 400, "invalid_scope"),
        (with(code.clone(), &json!({"code": null})), 400, "invalid_request"),
        (with(code.clone(), &json!({"redirect_uri": null})), 400, "invalid_request"),
        (with(code.clone(), &json!({"client_secret": null})), 401, "invalid_client"),
        (code, 400, "invalid_grant"),
        (refresh(""), 400, "invalid_request"),
        (refresh("x"), 400, "invalid_grant"),
    ] {
        let reply = mock.token(&body);
        reply.assert_fault(status, error);
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{body}");
    }
}

#[test]
fn a_body_that_cannot_be_read_is_invalid_request_and_shows_no_secret() {
    let mock = Mock::with(MockServer::builder().body_limit(500));
    let json = "application/json";
    let form = "application/x-www-form-urlencoded";
    let long = format!("client_secret={}", "hunter2".repeat(100));
    for (content_type, body) in [
        (json, &b"{\"client_secret\": \"hunter2"[..]),
        (json, b"[1]"),
        (json, b"\"hunter2\""),
        (json, b"client_secret=hunter2"),
        (json, b"{\"grant_type\": \"client_credentials\", \"client_secret\": {\"a\": \"hunter2\"}}"),
        (json, b"{\"grant_type\": \"client_credentials\", \"client_id\": 1}"),
        (json, b"{\"client_secret\": \"hunter2\", \"client_secret\": \"hunter3\"}"),
        (form, b"client_secret=hunter2&client_secret=hunter3"),
        (form, b"client_secret=hunter2\xff"),
        (form, long.as_bytes()),
        ("text/plain", b"client_secret=hunter2"),
        ("multipart/form-data; boundary=x", b"hunter2"),
        ("", b"{\"client_secret\": \"hunter2\"}"),
        ("", b""),
    ] {
        for path in ["/oauth2/token", "/oauth2/revoke"] {
            let reply = mock.send("POST", path, &[("content-type", content_type)], body);
            // At revoke an empty body has no client, which is looked at first.
            if path == "/oauth2/revoke" && body.is_empty() {
                reply.assert_fault(401, "invalid_client");
            } else {
                reply.assert_fault(400, "invalid_request");
            }
            assert!(!reply.body.contains("hunter"), "{reply:?}");
        }
    }
    assert!(!mock.journal().contains("hunter"));
}

#[test]
fn unknown_parameters_are_ignored_even_when_repeated() {
    let mock = Mock::start();
    assert_eq!(mock.token(&with(client_credentials(), &json!({"audience": ["a"], "nested": {"x": 1}}))).status, 200);
    let client = [("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET), ("resource", "a"), ("resource", "b")];
    let grant = [("grant_type", "client_credentials"), ("scope", SCOPES)];
    assert_eq!(mock.form("/oauth2/token", &[], &[&client[..], &grant].concat()).status, 200);
}

#[test]
fn repeated_scopes_are_merged_and_keep_the_order_asked_for() {
    let mock = Mock::start();
    let reply = mock.token(&with(client_credentials(), &json!({"scope": format!("{SCOPES} public.order:write")})));
    assert_eq!(reply.text("scope"), SCOPES);
}

#[test]
fn the_whole_way_with_pkce_goes_without_a_secret() {
    let mock = Mock::start();
    for (challenge, method) in [(CHALLENGE, "S256"), (VERIFIER, "plain"), (VERIFIER, "")] {
        let code = mock.code(&[("code_challenge", challenge), ("code_challenge_method", method)]);
        let public = with(exchange(&code), &json!({"client_secret": null}));
        mock.token(&public).assert_fault(401, "invalid_client");
        mock.token(&exchange(&code)).assert_fault(400, "invalid_grant");
        let wrong = VERIFIER.replace('d', "e");
        mock.token(&with(public.clone(), &json!({"code_verifier": wrong}))).assert_fault(400, "invalid_grant");
        let reply = mock.token(&with(public, &json!({"code_verifier": VERIFIER})));
        assert_eq!((reply.status, reply.text("scope").as_str()), (200, SCOPES), "{reply:?}");
        assert!(mock.is_alive(&reply.text("access_token")));
        let again = with(refresh(&reply.text("refresh_token")), &json!({"client_secret": null}));
        assert_eq!(mock.token(&again).status, 200);
    }
}

#[test]
fn a_refresh_makes_a_new_pair_and_kills_the_old_one() {
    let mock = Mock::start();
    let (old, _) = mock.pair();
    let new = mock.token(&refresh(&old.text("refresh_token")));
    assert_eq!((new.status, new.header("cache-control")), (200, Some("no-store")));
    assert!(mock.is_alive(&new.text("access_token")) && !mock.is_alive(&old.text("access_token")));
    mock.token(&refresh(&old.text("refresh_token"))).assert_fault(400, "invalid_grant");
    let more = with(refresh(&new.text("refresh_token")), &json!({"scope": "public.unit:read"}));
    mock.token(&more).assert_fault(400, "invalid_scope");
    let other = json!({"client_id": OTHER_CLIENT_ID, "client_secret": OTHER_CLIENT_SECRET});
    mock.token(&with(refresh(&new.text("refresh_token")), &other)).assert_fault(400, "invalid_grant");
    mock.wait(7200);
    assert!(!mock.is_alive(&new.text("access_token")));
    assert_eq!(mock.token(&refresh(&new.text("refresh_token"))).status, 200);
}

#[test]
fn a_code_used_a_second_time_revokes_what_came_of_it() {
    let mock = Mock::start();
    let (pair, code) = mock.pair();
    assert!(mock.is_alive(&pair.text("access_token")));
    mock.token(&exchange(&code)).assert_fault(400, "invalid_grant");
    assert!(!mock.is_alive(&pair.text("access_token")));
    mock.token(&refresh(&pair.text("refresh_token"))).assert_fault(400, "invalid_grant");
}

#[test]
fn a_code_lives_ten_minutes_and_is_bound_to_client_and_address() {
    let mock = Mock::start();
    let code = mock.code(&[]);
    let other = json!({"client_id": OTHER_CLIENT_ID, "client_secret": OTHER_CLIENT_SECRET});
    for change in [other, json!({"redirect_uri": format!("{CALLBACK}/")})] {
        mock.token(&with(exchange(&code), &change)).assert_fault(400, "invalid_grant");
    }
    mock.wait(599);
    assert_eq!(mock.token(&exchange(&code)).status, 200);
    let late = mock.code(&[]);
    mock.wait(600);
    mock.token(&exchange(&late)).assert_fault(400, "invalid_grant");
}

#[test]
fn an_idempotency_key_has_no_effect_and_there_is_no_rate_limit() {
    let mock = Mock::with(MockServer::builder().rate_limit("1/min".parse::<RateLimit>().unwrap()));
    let head = [("content-type", "application/json"), ("idempotency-key", "6f1f3a3e-9f0a-4a83-8f27-0f5a6f2f6a10")];
    let body = client_credentials().to_string();
    let ask = || mock.send("POST", "/oauth2/token", &head, body.as_bytes()).text("access_token");
    let tokens = [ask(), ask(), ask()];
    assert!(tokens[0] != tokens[1] && tokens[1] != tokens[2]);
    assert!(tokens.iter().all(|token| mock.is_alive(token)));
}

#[test]
fn what_is_no_fault_of_oauth_has_the_common_envelope() {
    let mock = Mock::start();
    let before = mock.operator(DEMO_OPERATOR).read().access.token_hashes().count();
    let head = [("content-type", "application/json"), ("accept", "text/csv")];
    let body = client_credentials().to_string();
    mock.send("POST", "/oauth2/token", &head, body.as_bytes()).assert_error(406, "invalid_format");
    assert_eq!(mock.operator(DEMO_OPERATOR).read().access.token_hashes().count(), before);
    mock.send("GET", "/oauth2/token", &[], b"").assert_error(405, "invalid_endpoint");
    mock.send("GET", "/oauth2/nothing", &[], b"").assert_error(404, "invalid_endpoint");
}

#[test]
fn a_token_belongs_to_the_operator_of_its_client() {
    let mock = Mock::start();
    let foreign = mock.token(&with(client_credentials(), &json!({"client_id": FOREIGN_CLIENT_ID})));
    assert_eq!(mock.info(&foreign.text("access_token")).value()["operator"]["name"], "Elsewhere");
    let journal: Value = serde_json::from_str(&mock.journal()).unwrap();
    let token = journal.as_array().unwrap().iter().find(|entry| entry["operation"] == "oauth_token_create").unwrap();
    assert_eq!(token["operator"], "elsewhere");
    mock.server.server.operators.remove("elsewhere");
    mock.info(&foreign.text("access_token")).assert_error(401, "invalid_token");
    mock.token(&with(client_credentials(), &json!({"client_id": FOREIGN_CLIENT_ID})))
        .assert_fault(401, "invalid_client");
}

#[test]
fn a_token_that_a_fault_on_demand_does_not_save_is_answered_and_unknown() {
    let mock = Mock::start();
    mock.server.server.faults.add(FaultSpec::always(Fault::NotSaved {})).unwrap();
    let reply = mock.token(&client_credentials());
    assert_eq!(reply.status, 200);
    mock.info(&reply.text("access_token")).assert_error(401, "invalid_token");
}

#[test]
fn no_secret_gets_into_the_journal() {
    let mock = Mock::start();
    let code = mock.code(&[("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]);
    let pair = mock.token(&with(exchange(&code), &json!({"code_verifier": VERIFIER})));
    let (access, renewal) = (pair.text("access_token"), pair.text("refresh_token"));
    let static_token = [("authorization", &*format!("Bearer {DEMO_TOKEN}"))];
    mock.form("/oauth2/introspect", &static_token, &[("token", &access)]);
    let header = basic(CLIENT_ID, CLIENT_SECRET);
    mock.form("/oauth2/revoke", &[("authorization", &header)], &[("token", &renewal)]);
    mock.token(&refresh(&renewal));
    let journal = mock.journal();
    assert_eq!(journal.matches("\"oauth_").count(), 5);
    for secret in [CLIENT_SECRET, VERIFIER, DEMO_TOKEN, &code, &access, &renewal, &header] {
        assert!(!journal.contains(secret), "{secret} in {journal}");
    }
}
