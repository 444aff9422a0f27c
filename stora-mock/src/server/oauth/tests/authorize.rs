//! Asking for consent, where it is granted or denied at once.

use super::*;

#[test]
fn the_browser_returns_with_a_code_and_the_unchanged_state() {
    let mock = Mock::start();
    let reply = mock.authorize(&[]);
    assert_eq!((reply.status, reply.body.as_str()), (302, ""));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.returned("state").as_deref(), Some("b2 f1&c7"));
    assert_eq!(reply.returned("code").unwrap().len(), 43);
    assert_eq!(mock.authorize(&[("state", "")]).returned("state"), None);
}

#[test]
fn an_unknown_client_or_address_is_400_and_never_a_redirect() {
    let mock = Mock::start();
    let slash = format!("{CALLBACK}/");
    for (changes, error) in [
        (&[("client_id", "nobody")][..], "invalid_client"),
        (&[("client_id", "")], "invalid_client"),
        (&[("redirect_uri", "https://thief.example")], "invalid_request"),
        (&[("redirect_uri", &slash)], "invalid_request"),
        (&[("redirect_uri", "")], "invalid_request"),
        (&[("redirect_uri", "https://thief.example"), ("response_type", "token")], "invalid_request"),
        (&[("redirect_uri", CALLBACK), ("redirect_uri", CALLBACK)], "invalid_request"),
        (&[("client_id", CLIENT_ID), ("client_id", OTHER_CLIENT_ID)], "invalid_request"),
        (&[("client_id", "nobody"), ("scope", "a"), ("scope", "b")], "invalid_client"),
    ] {
        let reply = mock.authorize(changes);
        reply.assert_fault(400, error);
        assert_eq!(reply.header("location"), None, "{changes:?}");
    }
    mock.send("GET", "/oauth2/authorize", &[], b"").assert_fault(400, "invalid_client");
}

#[test]
fn every_other_fault_goes_back_with_the_browser() {
    let mock = Mock::start();
    for (changes, error) in [
        (&[("response_type", "")][..], "invalid_request"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("scope", "")], "invalid_scope"),
        (&[("scope", "public.nothing:read")], "invalid_scope"),
        (&[("scope", "public.staff:read")], "invalid_scope"),
        (&[("code_challenge", CHALLENGE), ("code_challenge_method", "S512")], "invalid_request"),
        (&[("code_challenge", "short")], "invalid_request"),
        (&[("scope", SCOPES), ("scope", SCOPES)], "invalid_request"),
        (&[("code_challenge", CHALLENGE), ("code_challenge", VERIFIER)], "invalid_request"),
    ] {
        let reply = mock.authorize(changes);
        assert_eq!((reply.status, reply.returned("error").as_deref()), (302, Some(error)), "{changes:?}");
        assert!(reply.returned("error_description").is_some() && reply.returned("code").is_none());
        assert_eq!(reply.returned("state").as_deref(), Some("b2 f1&c7"));
    }
    let reply = mock.authorize(&[("state", "a"), ("state", "b")]);
    assert_eq!((reply.returned("error").as_deref(), reply.returned("state")), (Some("invalid_request"), None));
    assert!(reply.returned("error_description").unwrap().contains("state"));
}

#[test]
fn unknown_parameters_are_ignored() {
    let mock = Mock::with(MockServer::builder().strict(true));
    assert!(mock.authorize(&[("prompt", "login"), ("nonce", "1"), ("nonce", "2")]).returned("code").is_some());
}

#[test]
fn the_switch_denies() {
    let mock = Mock::start();
    mock.consent(ConsentMode::Deny);
    let reply = mock.authorize(&[]);
    assert_eq!((reply.status, reply.returned("error").as_deref()), (302, Some("access_denied")));
    assert_eq!(reply.returned("code"), None);
}
