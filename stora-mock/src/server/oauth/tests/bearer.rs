//! Describing, examining and revoking tokens.

use super::*;

const INACTIVE: &str = "{\"active\":false}";

#[test]
fn info_describes_the_token_in_use() {
    let mock = Mock::start();
    let reply = mock.info(&mock.issued());
    assert_eq!(
        (reply.status, reply.value()),
        (
            200,
            json!({
                "scope": SCOPES.split(' ').collect::<Vec<_>>(), "expires_in": NOW + 7200, "created_at": NOW,
                "application": {"uid": CLIENT_ID}, "operator": {"name": "Harbour Self Storage"},
            })
        )
    );
    let reply = mock.info(DEMO_TOKEN).value();
    assert_eq!((&reply["expires_in"], &reply["application"]), (&Value::Null, &Value::Null));
    assert_eq!(reply.as_object().unwrap().len(), 5);
}

#[test]
fn without_a_living_token_info_and_introspect_are_401_in_the_common_envelope() {
    let mock = Mock::start();
    let expired = mock.issued();
    mock.wait(7200);
    let heads = [None, Some("Bearer".to_owned()), Some("Bearer nothing".to_owned()), Some(format!("Bearer {expired}"))];
    for head in heads.into_iter().chain([Some(basic(CLIENT_ID, CLIENT_SECRET))]) {
        let head: Vec<_> = head.iter().map(|value| ("authorization", value.as_str())).collect();
        // A token that is not valid counts before a format that is not offered, and before a body that cannot be read.
        for accept in ["*/*", "text/csv"] {
            let head = [&head[..], &[("accept", accept)]].concat();
            for (method, path) in [("GET", "/oauth2/token/info"), ("POST", "/oauth2/introspect")] {
                let reply = mock.send(method, path, &head, b"");
                reply.assert_error(401, "invalid_token");
                assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
            }
        }
    }
    let head = [("authorization", &*format!("Bearer {DEMO_TOKEN}")), ("accept", "text/csv")];
    mock.send("GET", "/oauth2/token/info", &head, b"").assert_error(406, "invalid_format");
}

#[test]
fn introspection_describes_a_second_token_that_is_alive() {
    let mock = Mock::start();
    let token = mock.issued();
    let reply = mock.introspect(DEMO_TOKEN, &json!({"token": token, "token_type_hint": "access_token"}));
    assert_eq!(
        (reply.status, reply.value()),
        (
            200,
            json!({
                "active": true, "scope": SCOPES, "client_id": CLIENT_ID, "token_type": "Bearer", "exp": NOW + 7200, "iat": NOW,
            })
        )
    );
    let reply = mock.introspect(&token, &json!({"token": DEMO_TOKEN})).value();
    assert_eq!((&reply["active"], &reply["client_id"], &reply["exp"]), (&json!(true), &Value::Null, &Value::Null));
    assert!(reply.as_object().unwrap().contains_key("client_id"));
    let head = [("authorization", &*format!("Bearer {DEMO_TOKEN}"))];
    assert_eq!(mock.form("/oauth2/introspect", &head, &[("token", &token)]).value()["active"], true);
}

#[test]
fn what_is_not_alive_here_is_inactive_and_nothing_else_is_said() {
    let mock = Mock::start();
    let revoked = mock.issued();
    mock.json("/oauth2/revoke", &revocation(&revoked));
    let foreign =
        mock.token(&with(client_credentials(), &json!({"client_id": FOREIGN_CLIENT_ID}))).text("access_token");
    assert!(mock.is_alive(&foreign));
    let (pair, _) = mock.pair();
    let expired = mock.issued();
    mock.wait(7200);
    for token in ["nothing", "", &revoked, &foreign, &expired, &pair.text("refresh_token")] {
        assert_eq!(mock.introspect(DEMO_TOKEN, &json!({"token": token})).body, INACTIVE, "{token}");
    }
    for body in [json!({}), json!({"other": 1}), json!({"token": null})] {
        assert_eq!(mock.introspect(DEMO_TOKEN, &body).body, INACTIVE, "{body}");
    }
    let head = [("authorization", &*format!("Bearer {DEMO_TOKEN}"))];
    assert_eq!(mock.send("POST", "/oauth2/introspect", &head, b"").body, INACTIVE);
}

#[test]
fn the_bearer_token_itself_is_not_examined() {
    let mock = Mock::start();
    for token in [DEMO_TOKEN, &mock.issued()] {
        let reply = mock.introspect(token, &json!({"token": token}));
        reply.assert_error(401, "invalid_token");
        assert!(!reply.body.contains(token));
    }
}

#[test]
fn a_body_of_introspect_is_refused_as_every_other_body() {
    let mock = Mock::start();
    let ask = |content_type: &str, body: &str| {
        let head = [("authorization", &*format!("Bearer {DEMO_TOKEN}")), ("content-type", content_type)];
        mock.send("POST", "/oauth2/introspect", &head, body.as_bytes())
    };
    for body in ["{\"token\":", "token=hunter2", "{\"token\": \"hunter2\", \"token\": \"hunter3\"}"] {
        ask("application/json", body).assert_error(400, "invalid_request");
    }
    ask("application/x-www-form-urlencoded", "token=a&token=b").assert_error(400, "invalid_request");
    ask("text/plain", "hunter2").assert_error(400, "invalid_request");
    for (body, pointer) in [("[]", ""), ("1", ""), ("{\"token\": 1}", "/token"), ("{\"token\": [\"a\"]}", "/token")] {
        let reply = ask("application/json", body);
        reply.assert_error(422, "invalid_content");
        assert_eq!(reply.value()["error"]["details"][0]["pointer"], pointer);
    }
}

#[test]
fn a_revoked_token_is_dead_with_its_pair_and_the_answer_is_an_empty_object() {
    let mock = Mock::start();
    for half in ["access_token", "refresh_token"] {
        let (pair, _) = mock.pair();
        let reply = mock.json("/oauth2/revoke", &revocation(&pair.text(half)));
        assert_eq!((reply.status, reply.body.as_str()), (200, "{}"));
        mock.info(&pair.text("access_token")).assert_error(401, "invalid_token");
        mock.token(&refresh(&pair.text("refresh_token"))).assert_fault(400, "invalid_grant");
        // It is dead already, which is as good.
        assert_eq!(mock.json("/oauth2/revoke", &revocation(&pair.text(half))).body, "{}");
    }
    assert_eq!(mock.json("/oauth2/revoke", &revocation("nothing")).body, "{}");
    let header = basic(CLIENT_ID, CLIENT_SECRET);
    let form = [("token", &*mock.issued()), ("token_type_hint", "whatever")];
    assert_eq!(mock.form("/oauth2/revoke", &[("authorization", &header)], &form).body, "{}");
}

#[test]
fn who_revokes_is_the_client_of_the_token() {
    let mock = Mock::start();
    let token = mock.issued();
    let other = json!({"client_id": OTHER_CLIENT_ID, "client_secret": OTHER_CLIENT_SECRET});
    mock.json("/oauth2/revoke", &with(revocation(&token), &other)).assert_fault(403, "unauthorized_client");
    mock.json("/oauth2/revoke", &revocation(DEMO_TOKEN)).assert_fault(403, "unauthorized_client");
    for change in [json!({"client_id": null}), json!({"client_secret": "wrong"}), json!({"client_secret": null})] {
        mock.json("/oauth2/revoke", &with(revocation(&token), &change)).assert_fault(401, "invalid_client");
    }
    mock.json("/oauth2/revoke", &with(revocation(&token), &json!({"token": null})))
        .assert_fault(400, "invalid_request");
    // To another operator's client it is unknown, and so it stays alive.
    let foreign = with(revocation(&token), &json!({"client_id": FOREIGN_CLIENT_ID}));
    assert_eq!(mock.json("/oauth2/revoke", &foreign).body, "{}");
    assert!(mock.is_alive(&token) && mock.is_alive(DEMO_TOKEN));
}
