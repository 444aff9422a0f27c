//! The operations of OAuth as clients write them: as a form or as JSON, by HTTP Basic or with credentials in the body, with each
//! grant. Every answer is held against the document.

use conformance::answers::Answer;
use conformance::http::Call;
use reqwest::Url;
use serde_json::{Map, Value, json};

use crate::harness::{CLIENT, Mock, NOW, TOKEN, pointers};

/// A registered address of the demo application.
const CALLBACK: &str = "http://localhost:3000/callback";
const SCOPES: &str = "public.contact:read public.order:write";
/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// An application of the demo operator that may read contacts and nothing else.
const NARROW: (&str, &str) = ("narrow", "narrow-secret");
/// An application of another operator.
const FOREIGN: (&str, &str) = ("foreign", "foreign-secret");

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";
/// Every way to write a request: its media type, and whether the client identifies itself by HTTP Basic.
const WAYS: [(&str, bool); 4] = [(FORM, false), (FORM, true), (JSON, false), (JSON, true)];

type Parameters<'a> = [(&'a str, &'a str)];

/// A server with the applications [`NARROW`] and [`FOREIGN`] besides that of the demo.
async fn start() -> Mock {
    let mock = Mock::start().await;
    let application = |(id, secret): (&str, &str), scopes: &[&str]| {
        json!({
            "name": id, "client_id": id, "client_secret": secret, "redirect_uris": [CALLBACK], "scopes": scopes,
        })
    };
    mock.control("POST", "/applications", Some(application(NARROW, &["public.contact:read"]))).await;
    let foreign = application(FOREIGN, &["public.contact:read", "public.order:write"]);
    mock.control("POST", "/operators", Some(json!({"id": "other", "applications": [foreign]}))).await;
    mock
}

/// The header of HTTP Basic.
fn basic((id, secret): (&str, &str)) -> String {
    let request = reqwest::Client::new().get("http://localhost").basic_auth(id, Some(secret)).build().unwrap();
    request.headers()["authorization"].to_str().unwrap().to_owned()
}

/// A call with parameters in its body, written as a media type has it.
fn written<'m>(call: Call<'m>, media_type: &str, parameters: &Parameters<'_>) -> Call<'m> {
    if media_type == FORM {
        let url = Url::parse_with_params("http://localhost", parameters).unwrap();
        return call.bytes(FORM, url.query().unwrap_or_default());
    }
    let members = parameters.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
    call.json(&members.collect::<Map<_, _>>().into())
}

/// A call by a client.
fn by<'m>(
    client: (&str, &str),
    call: Call<'m>,
    (media_type, is_basic): (&str, bool),
    parameters: &Parameters<'_>,
) -> Call<'m> {
    let call = call.token(None);
    if is_basic {
        return written(call.header("authorization", &basic(client)), media_type, parameters);
    }
    written(call, media_type, &[parameters, &[("client_id", client.0), ("client_secret", client.1)]].concat())
}

/// A request for a token by the demo application, as a form.
fn ask<'m>(mock: &'m Mock, parameters: &Parameters<'_>) -> Call<'m> {
    by(CLIENT, mock.call("oauth_token_create"), (FORM, false), parameters)
}

/// A token of client credentials.
async fn token(mock: &Mock, client: (&str, &str)) -> String {
    let grant = [("grant_type", "client_credentials"), ("scope", "public.contact:read")];
    let answer = by(client, mock.call("oauth_token_create"), (FORM, true), &grant).expect(200).await;
    text(&answer, "access_token")
}

/// What the application of a client id asks consent for, with other parameters; an empty one takes one away.
fn consent<'m>(mock: &'m Mock, client_id: &str, changes: &Parameters<'_>) -> Call<'m> {
    let usual = [
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", CALLBACK),
        ("scope", SCOPES),
        ("state", "s t&1"),
    ];
    let kept = usual.iter().filter(|(name, _)| !changes.iter().any(|(other, _)| other == name));
    let pairs = kept.chain(changes).filter(|(_, value)| !value.is_empty());
    pairs.fold(mock.call("oauth_authorization_show").token(None), |call, (name, value)| call.query(name, value))
}

/// A code for the demo application; `changes` are to its question for consent.
async fn code(mock: &Mock, changes: &Parameters<'_>) -> String {
    let answer = consent(mock, CLIENT.0, changes).expect(302).await;
    returned(&answer, "code").unwrap_or_else(|| panic!("no code in {:?}", answer.header("location")))
}

/// The parameters that exchange a code.
fn exchange(code: &str) -> [(&'static str, &str); 3] {
    [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK)]
}

/// The parameters that refresh a pair of tokens.
fn refresh(token: &str) -> [(&'static str, &str); 2] {
    [("grant_type", "refresh_token"), ("refresh_token", token)]
}

/// The access token and the refresh token that come from a new code.
async fn pair(mock: &Mock) -> (String, String) {
    let answer = ask(mock, &exchange(&code(mock, &[]).await)).expect(200).await;
    (text(&answer, "access_token"), text(&answer, "refresh_token"))
}

/// What the browser takes back to the application.
fn returned(answer: &Answer, name: &str) -> Option<String> {
    let location = Url::parse(answer.header("location").unwrap()).unwrap();
    assert!(location.as_str().starts_with(CALLBACK), "{location}");
    location.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
}

fn text(answer: &Answer, name: &str) -> String {
    answer.json()[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", answer.json())).to_owned()
}

/// Sends a call that is refused with a flat error.
async fn refused(call: Call<'_>, status: u16, error: &str) -> Answer {
    let what = call.to_string();
    let answer = call.expect(status).await;
    assert_eq!(answer.json()["error"], error, "{what}");
    answer
}

async fn is_alive(mock: &Mock, token: &str) -> bool {
    mock.call("oauth_token_show").token(Some(token)).send().await.status == 200
}

/// Sets the clock to some seconds after [`NOW`].
async fn wait(mock: &Mock, seconds: i64) {
    let at = chrono::DateTime::from_timestamp(NOW + seconds, 0).unwrap().to_rfc3339();
    mock.control("POST", "/clock", Some(json!({"at": at}))).await;
}

#[tokio::test]
async fn every_grant_goes_however_it_is_written() {
    let mock = start().await;
    for way in WAYS {
        let ask = |parameters: &Parameters<'_>| by(CLIENT, mock.call("oauth_token_create"), way, parameters);

        let answer = ask(&[("grant_type", "client_credentials"), ("scope", SCOPES)]).expect(200).await;
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!((&answer.json()["scope"], answer.json().get("refresh_token")), (&json!(SCOPES), None), "{way:?}");
        let info = mock.call("oauth_token_show").token(Some(&text(&answer, "access_token"))).expect(200).await.json();
        assert_eq!(info["scope"], json!(SCOPES.split(' ').collect::<Vec<_>>()), "{way:?}");
        assert_eq!((&info["application"]["uid"], &info["expires_in"]), (&json!(CLIENT.0), &json!(NOW + 7200)));

        let code = code(&mock, &[("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]).await;
        let answer = ask(&[&exchange(&code)[..], &[("code_verifier", VERIFIER)]].concat()).expect(200).await;
        let (access, renewal) = (text(&answer, "access_token"), text(&answer, "refresh_token"));
        assert_eq!(answer.json()["scope"], SCOPES);

        let renewed = ask(&refresh(&renewal)).expect(200).await;
        assert!(is_alive(&mock, &text(&renewed, "access_token")).await && !is_alive(&mock, &access).await, "{way:?}");
        refused(ask(&refresh(&renewal)), 400, "invalid_grant").await;
        ask(&refresh(&text(&renewed, "refresh_token"))).expect(200).await;
    }
}

#[tokio::test]
async fn a_client_without_a_secret_shows_its_verifier_instead() {
    let mock = start().await;
    let challenges: [(&Parameters<'_>, &str); 3] = [
        (&[("code_challenge", CHALLENGE), ("code_challenge_method", "S256")], VERIFIER),
        (&[("code_challenge", VERIFIER), ("code_challenge_method", "plain")], VERIFIER),
        (&[("code_challenge", VERIFIER)], VERIFIER),
    ];
    for (challenge, verifier) in challenges {
        let code = code(&mock, challenge).await;
        let public = |more: &Parameters<'_>| {
            let parameters = [&exchange(&code)[..], &[("client_id", CLIENT.0)], more].concat();
            written(mock.call("oauth_token_create").token(None), FORM, &parameters)
        };
        refused(public(&[]), 401, "invalid_client").await;
        refused(public(&[("code_verifier", &verifier.to_uppercase())]), 400, "invalid_grant").await;
        let answer = public(&[("code_verifier", verifier)]).expect(200).await;
        let renewal = text(&answer, "refresh_token");
        let parameters = [&refresh(&renewal)[..], &[("client_id", CLIENT.0)]].concat();
        written(mock.call("oauth_token_create").token(None), FORM, &parameters).expect(200).await;
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_token_request_is_told_by_its_code() {
    let mock = start().await;
    let grant = ("grant_type", "client_credentials");
    let cases: [(&Parameters<'_>, &str); 14] = [
        (&[("scope", SCOPES)], "invalid_request"),
        (&[("grant_type", ""), ("scope", SCOPES)], "invalid_request"),
        (&[("grant_type", "password"), ("username", "a"), ("password", "b")], "unsupported_grant_type"),
        (&[("grant_type", "urn:ietf:params:oauth:grant-type:device_code")], "unsupported_grant_type"),
        (&[grant], "invalid_scope"),
        (&[grant, ("scope", "")], "invalid_scope"),
        (&[grant, ("scope", "public.contact:delete")], "invalid_scope"),
        (&[grant, ("scope", "public.contact:read,public.order:write")], "invalid_scope"),
        (&[("grant_type", "authorization_code"), ("redirect_uri", CALLBACK)], "invalid_request"),
        (&[("grant_type", "authorization_code"), ("code", "unknown")], "invalid_request"),
        (&exchange("unknown"), "invalid_grant"),
        (&[("grant_type", "refresh_token")], "invalid_request"),
        (&refresh(""), "invalid_request"),
        (&refresh("unknown"), "invalid_grant"),
    ];
    for way in WAYS {
        for (parameters, error) in cases {
            let answer = refused(by(CLIENT, mock.call("oauth_token_create"), way, parameters), 400, error).await;
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{parameters:?}");
        }
        // More than this application may have.
        let wide = [grant, ("scope", SCOPES)];
        refused(by(NARROW, mock.call("oauth_token_create"), way, &wide), 400, "invalid_scope").await;
        // What is not known is ignored, however often it is there.
        let known = [grant, ("scope", SCOPES), ("audience", "stora"), ("resource", "https://a.example")];
        by(CLIENT, mock.call("oauth_token_create"), way, &known).expect(200).await;
    }
    let repeated = [grant, ("scope", SCOPES), ("resource", "https://a.example"), ("resource", "https://b.example")];
    ask(&mock, &repeated).expect(200).await;
}

#[tokio::test]
async fn a_client_identifies_itself_once_and_rightly() {
    let mock = start().await;
    let grant = [("grant_type", "client_credentials"), ("scope", SCOPES)];
    let (id, secret) = (("client_id", CLIENT.0), ("client_secret", CLIENT.1));
    for operation in ["oauth_token_create", "oauth_token_revoke"] {
        let parameters = if operation == "oauth_token_create" { &grant[..] } else { &[("token", "unknown")] };
        for media_type in [FORM, JSON] {
            for (wrong, is_basic) in [
                (("nobody", CLIENT.1), false),
                (("nobody", CLIENT.1), true),
                ((CLIENT.0, "wrong"), false),
                ((CLIENT.0, "wrong"), true),
                ((CLIENT.0, ""), false),
                ((CLIENT.0, ""), true),
                (("", CLIENT.1), false),
                (("", CLIENT.1), true),
            ] {
                let call = by(wrong, mock.call(operation), (media_type, is_basic), parameters);
                let answer = refused(call, 401, "invalid_client").await;
                assert!(answer.header("www-authenticate").is_some_and(|how| how.starts_with("Basic realm=")));
            }
            let call = || mock.call(operation).token(None).header("authorization", &basic(CLIENT));
            let with = |more: &Parameters<'_>| written(call(), media_type, &[parameters, more].concat());
            // The id may be said twice, the secret may not.
            with(&[id]).expect(200).await;
            refused(with(&[secret]), 400, "invalid_request").await;
            refused(with(&[id, secret]), 400, "invalid_request").await;
            refused(with(&[("client_id", NARROW.0)]), 401, "invalid_client").await;
            // A bearer token says nothing about the client.
            let call = mock.call(operation);
            refused(written(call, media_type, parameters), 401, "invalid_client").await;
        }
    }
}

#[tokio::test]
async fn a_code_is_good_once_for_ten_minutes_and_for_what_it_was_asked_for() {
    let mock = start().await;
    let pkce = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let verified = |code: &str, verifier: &str| {
        let parameters = [&exchange(code)[..], &[("code_verifier", verifier)]].concat();
        ask(&mock, &parameters)
    };
    let with_challenge = code(&mock, &pkce).await;
    refused(ask(&mock, &exchange(&with_challenge)), 400, "invalid_grant").await;
    refused(verified(&with_challenge, CHALLENGE), 400, "invalid_grant").await;
    refused(verified(&with_challenge, "short"), 400, "invalid_grant").await;
    verified(&with_challenge, VERIFIER).expect(200).await;
    refused(verified(&code(&mock, &[]).await, VERIFIER), 400, "invalid_grant").await;

    let bound = code(&mock, &[]).await;
    for redirect_uri in ["http://localhost:3000/callback/", "http://127.0.0.1:3000/callback", "https://thief.example/"]
    {
        let parameters = [("grant_type", "authorization_code"), ("code", &*bound), ("redirect_uri", redirect_uri)];
        refused(ask(&mock, &parameters), 400, "invalid_grant").await;
    }
    for thief in [NARROW, FOREIGN] {
        let call = by(thief, mock.call("oauth_token_create"), (FORM, true), &exchange(&bound));
        refused(call, 400, "invalid_grant").await;
    }
    let made = ask(&mock, &exchange(&bound)).expect(200).await;
    assert!(is_alive(&mock, &text(&made, "access_token")).await);
    refused(ask(&mock, &exchange(&bound)), 400, "invalid_grant").await;
    assert!(!is_alive(&mock, &text(&made, "access_token")).await, "a code that is used twice was stolen");
    refused(ask(&mock, &refresh(&text(&made, "refresh_token"))), 400, "invalid_grant").await;

    let (early, late) = (code(&mock, &[]).await, code(&mock, &[]).await);
    wait(&mock, 599).await;
    ask(&mock, &exchange(&early)).expect(200).await;
    wait(&mock, 600).await;
    refused(ask(&mock, &exchange(&late)), 400, "invalid_grant").await;
}

#[tokio::test]
async fn a_refresh_gives_no_more_than_there_was_and_lives_on_after_the_access_token() {
    let mock = start().await;
    let (_, renewal) = pair(&mock).await;
    let with_scope = |token: &str, scope: &str| ask(&mock, &[&refresh(token)[..], &[("scope", scope)]].concat());
    let wider = format!("{SCOPES} public.unit:read");
    refused(with_scope(&renewal, &wider), 400, "invalid_scope").await;
    refused(with_scope(&renewal, "public.nothing:read"), 400, "invalid_scope").await;
    for thief in [NARROW, FOREIGN] {
        let call = by(thief, mock.call("oauth_token_create"), (FORM, true), &refresh(&renewal));
        refused(call, 400, "invalid_grant").await;
    }
    wait(&mock, 1_000_000).await;
    let narrower = with_scope(&renewal, "public.order:write").expect(200).await;
    assert_eq!(narrower.json()["scope"], "public.order:write");
    let token = text(&narrower, "access_token");
    mock.call("contact_list").token(Some(&token)).refused(403, "forbidden").await;
    refused(ask(&mock, &refresh(&token)), 400, "invalid_grant").await;
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_as_the_operation_refuses() {
    let mock = start().await;
    let (id, secret) = CLIENT;
    let unreadable = [
        (JSON, "{\"token\":".to_owned()),
        (JSON, format!("grant_type=client_credentials&client_id={id}&client_secret={secret}")),
        (JSON, "{\"token\": \"a\", \"token\": \"a\", \"grant_type\": \"a\", \"grant_type\": \"a\"}".to_owned()),
        (FORM, "token=a&token=a&grant_type=a&grant_type=a".to_owned()),
        ("text/plain", "token=a&grant_type=a".to_owned()),
        ("multipart/form-data; boundary=a", "--a--".to_owned()),
    ];
    let misshapen = [("[]", ""), ("\"text\"", ""), ("null", ""), ("{\"token\": 7, \"grant_type\": 7}", "/token")];
    for operation in ["oauth_token_create", "oauth_token_revoke"] {
        let call = || mock.call(operation).token(None).header("authorization", &basic(CLIENT));
        for (media_type, body) in &unreadable {
            refused(call().bytes(media_type, body.clone()), 400, "invalid_request").await;
        }
        for (body, _) in misshapen {
            refused(call().bytes(JSON, body), 400, "invalid_request").await;
        }
        refused(call(), 400, "invalid_request").await;
        call().bytes(JSON, "{}").header("accept", "text/html").refused(406, "invalid_format").await;
    }
    for (media_type, body) in unreadable {
        mock.call("oauth_token_introspect").bytes(media_type, body).refused(400, "invalid_request").await;
    }
    for (body, pointer) in misshapen {
        let answer = mock.call("oauth_token_introspect").bytes(JSON, body).refused(422, "invalid_content").await;
        assert_eq!(pointers(&answer), [pointer], "{body}");
    }
}

#[tokio::test]
async fn introspection_tells_of_living_tokens_of_the_own_operator_and_of_no_others() {
    let mock = start().await;
    let (access, renewal) = pair(&mock).await;
    let (revoked, expiring) = (token(&mock, CLIENT).await, token(&mock, NARROW).await);
    let (own, foreign) = (mock.token(&[]).await, token(&mock, FOREIGN).await);
    by(CLIENT, mock.call("oauth_token_revoke"), (FORM, false), &[("token", &revoked)]).expect(200).await;
    for media_type in [FORM, JSON] {
        // It needs a token, and no scope.
        let examine = |token: &str| {
            let parameters = [("token", token), ("token_type_hint", "refresh_token"), ("unknown", "")];
            written(mock.call("oauth_token_introspect").token(Some(&own)), media_type, &parameters)
        };
        let found = examine(&access).expect(200).await.json();
        assert_eq!(
            found,
            json!({
                "active": true, "scope": SCOPES, "client_id": CLIENT.0, "token_type": "Bearer", "exp": NOW + 7200, "iat": NOW,
            })
        );
        let found = examine(TOKEN).expect(200).await.json();
        assert_eq!(
            (&found["active"], found.get("client_id"), found.get("exp")),
            (&json!(true), Some(&Value::Null), Some(&Value::Null))
        );
        for dead in ["", "unknown", &revoked, &foreign, &renewal] {
            assert_eq!(examine(dead).expect(200).await.json(), json!({"active": false}), "{dead}");
        }
        examine(&own).refused(401, "invalid_token").await;
        let by_nobody = examine(&access).token(None).refused(401, "invalid_token").await;
        assert_eq!(by_nobody.header("www-authenticate"), Some("Bearer"));
        examine(&access).token(Some(&revoked)).refused(401, "invalid_token").await;
    }
    // Who has only client credentials has no token to call with.
    let call = by(CLIENT, mock.call("oauth_token_introspect"), (FORM, true), &[("token", &access)]);
    call.refused(401, "invalid_token").await;
    for call in [mock.call("oauth_token_introspect"), mock.call("oauth_token_introspect").json(&json!({}))] {
        assert_eq!(call.expect(200).await.json(), json!({"active": false}));
    }
    wait(&mock, 7200).await;
    let call = mock.call("oauth_token_introspect").json(&json!({"token": expiring}));
    assert_eq!(call.expect(200).await.json(), json!({"active": false}));
    mock.call("oauth_token_show").token(Some(&expiring)).refused(401, "invalid_token").await;
}

#[tokio::test]
async fn revoking_kills_both_halves_of_the_clients_own_pair_and_says_nothing_of_unknown_tokens() {
    let mock = start().await;
    for way in WAYS {
        let revoke = |client: (&str, &str), parameters: &Parameters<'_>| {
            by(client, mock.call("oauth_token_revoke"), way, parameters)
        };
        for half in 0..2 {
            let (access, renewal) = pair(&mock).await;
            let token = [access.as_str(), renewal.as_str()][half];
            refused(revoke(NARROW, &[("token", token)]), 403, "unauthorized_client").await;
            // To the client of another operator it is unknown.
            assert_eq!(revoke(FOREIGN, &[("token", token)]).expect(200).await.json(), json!({}));
            assert!(is_alive(&mock, &access).await, "{way:?}");
            // A wrong hint does no harm (RFC 7009, section 2.1).
            let hint = ["refresh_token", "access_token"][half];
            revoke(CLIENT, &[("token", token), ("token_type_hint", hint)]).expect(200).await;
            mock.call("contact_list").token(Some(&access)).refused(401, "invalid_token").await;
            refused(ask(&mock, &refresh(&renewal)), 400, "invalid_grant").await;
            assert_eq!(revoke(CLIENT, &[("token", token)]).expect(200).await.json(), json!({}), "it is dead already");
        }
        assert_eq!(revoke(CLIENT, &[("token", "unknown")]).expect(200).await.json(), json!({}));
        refused(revoke(CLIENT, &[("token", TOKEN)]), 403, "unauthorized_client").await;
        refused(revoke(CLIENT, &[("token_type_hint", "access_token")]), 400, "invalid_request").await;
        refused(revoke(CLIENT, &[("token", "")]), 400, "invalid_request").await;
    }
    assert!(is_alive(&mock, TOKEN).await);
}

#[tokio::test]
async fn a_browser_goes_back_only_to_a_registered_address_of_a_known_client() {
    let mock = start().await;
    let nowhere: [(&Parameters<'_>, &str); 7] = [
        (&[("client_id", "nobody")], "invalid_client"),
        (&[("client_id", "")], "invalid_client"),
        (&[("redirect_uri", "")], "invalid_request"),
        (&[("redirect_uri", "http://localhost:3000/callback?a=b")], "invalid_request"),
        (&[("redirect_uri", "http://LOCALHOST:3000/callback")], "invalid_request"),
        (&[("redirect_uri", CALLBACK), ("redirect_uri", CALLBACK)], "invalid_request"),
        (&[("client_id", CLIENT.0), ("client_id", CLIENT.0)], "invalid_request"),
    ];
    for (changes, error) in nowhere {
        let answer = refused(consent(&mock, CLIENT.0, changes), 400, error).await;
        assert_eq!(answer.header("location"), None, "{changes:?}");
    }
    let back: [(&Parameters<'_>, &str); 9] = [
        (&[("response_type", "")], "invalid_request"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("response_type", "code"), ("response_type", "code")], "invalid_request"),
        (&[("scope", "")], "invalid_scope"),
        (&[("scope", "public.nothing:read")], "invalid_scope"),
        (&[("code_challenge_method", "S256")], "invalid_request"),
        (&[("code_challenge", "short")], "invalid_request"),
        (&[("code_challenge", CHALLENGE), ("code_challenge_method", "S512")], "invalid_request"),
        (&[("code_challenge", VERIFIER), ("code_challenge_method", "s256")], "invalid_request"),
    ];
    for (changes, error) in back {
        let answer = consent(&mock, CLIENT.0, changes).expect(302).await;
        assert_eq!(returned(&answer, "error").as_deref(), Some(error), "{changes:?}");
        assert_eq!(returned(&answer, "state").as_deref(), Some("s t&1"), "{changes:?}");
        assert!(returned(&answer, "error_description").is_some() && returned(&answer, "code").is_none());
    }
    let answer = consent(&mock, NARROW.0, &[]).expect(302).await;
    assert_eq!(returned(&answer, "error").as_deref(), Some("invalid_scope"));
    let answer = consent(&mock, CLIENT.0, &[("state", ""), ("prompt", "none")]).expect(302).await;
    assert_eq!((returned(&answer, "state"), returned(&answer, "code").is_some()), (None, true));
}
