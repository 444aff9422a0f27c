//! Asking for consent on a page.

use super::*;
use crate::web::consent::DECISION;

/// The ticket on the page that asks.
fn ticket(page: &Reply) -> String {
    let (_, rest) = page.body.split_once("name=\"ticket\" value=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

fn asking() -> (Mock, String) {
    let mock = Mock::start();
    mock.consent(ConsentMode::Ask);
    let ticket = ticket(&mock.authorize(&[]));
    (mock, ticket)
}

fn decide(mock: &Mock, ticket: &str, decision: &str) -> Reply {
    mock.form(DECISION, &[], &[("ticket", ticket), ("decision", decision)])
}

#[track_caller]
fn assert_refused(reply: &Reply, status: u16) {
    assert_eq!((reply.status, reply.header("location")), (status, None), "{reply:?}");
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"));
}

#[test]
fn a_page_asks_that_nobody_can_frame_keep_or_script() {
    let mock = Mock::start();
    mock.consent(ConsentMode::Ask);
    let page = mock.authorize(&[("code_challenge", VERIFIER)]);
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    for part in ["Partner &lt;Bridge&gt;", "Harbour Self Storage", "Order (Write)", "Contact (Read)", CALLBACK] {
        assert!(page.body.contains(part), "{part} in {page:?}");
    }
    assert!(!page.body.contains("<script") && !page.body.contains(VERIFIER));
    assert!(mock.authorize(&[("scope", "public.staff:read")]).returned("error").is_some());
}

#[test]
fn allow_returns_with_a_code_that_can_be_exchanged() {
    let (mock, ticket) = asking();
    let reply = decide(&mock, &ticket, "allow");
    assert_eq!((reply.status, reply.header("cache-control")), (303, Some("no-store")), "{reply:?}");
    assert_eq!(reply.returned("state").as_deref(), Some("b2 f1&c7"));
    let token = mock.token(&exchange(&reply.returned("code").unwrap()));
    assert_eq!(token.text("scope"), SCOPES);
}

#[test]
fn deny_returns_with_access_denied() {
    let (mock, ticket) = asking();
    let reply = decide(&mock, &ticket, "deny");
    assert_eq!((reply.status, reply.returned("error").as_deref()), (303, Some("access_denied")));
    assert_eq!(reply.returned("code"), None);
}

#[test]
fn an_answer_counts_once() {
    let (mock, ticket) = asking();
    assert_refused(&decide(&mock, &ticket, "perhaps"), 400);
    assert_eq!(decide(&mock, &ticket, "deny").status, 303);
    assert_refused(&decide(&mock, &ticket, "allow"), 400);
}

#[test]
fn an_answer_needs_the_ticket_of_a_question_that_is_open() {
    let (mock, ticket) = asking();
    let forged = ticket.replace('.', ".A");
    for wrong in ["", "nothing", forged.as_str()] {
        assert_refused(&decide(&mock, wrong, "allow"), 400);
    }
    mock.wait(600);
    assert_refused(&decide(&mock, &ticket, "allow"), 400);
}

#[test]
fn an_answer_from_a_page_of_another_origin_is_not_taken() {
    let (mock, ticket) = asking();
    let form = [("ticket", ticket.as_str()), ("decision", "allow")];
    for head in [("origin", "https://thief.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
        assert_refused(&mock.form(DECISION, &[head], &form), 403);
    }
    let own = format!("http://{}", mock.server.address());
    assert_eq!(mock.form(DECISION, &[("origin", &own)], &form).status, 303);
}

#[test]
fn an_application_that_is_gone_gets_no_answer() {
    let (mock, ticket) = asking();
    mock.server.server.operators.remove(DEMO_OPERATOR);
    assert_refused(&decide(&mock, &ticket, "allow"), 400);
}
