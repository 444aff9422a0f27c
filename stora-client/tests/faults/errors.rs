//! What the errors say, and what they keep to themselves.

use std::error::Error as _;

use stora_client::types::ErrorCode;
use stora_client::{Credentials, Error, RetryPolicy};

use crate::server::{Server, Step, builder, no_contacts};

type Predicate = fn(&Error) -> bool;

const REQUEST: &str = "0b5a6b6e-0000-4000-8000-000000000001";

fn refusal(code: &str, details: &str) -> String {
    format!(
        r#"{{"error":{{"code":"{code}","details":{details},"links":[],"message":"Said so.","request_id":"{REQUEST}","type":"invalid_request_error"}}}}"#
    )
}

async fn refused(step: Step) -> Error {
    let server = Server::start(vec![step]);
    let client = server.builder().retry(RetryPolicy::never()).build().unwrap();
    client.contact_list().send().await.unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn each_status_has_its_predicate_and_no_other() {
    let predicates: [(u16, Predicate); 7] = [
        (401, Error::is_unauthorized),
        (403, Error::is_forbidden),
        (404, Error::is_not_found),
        (406, Error::is_not_acceptable),
        (409, Error::is_conflict),
        (422, Error::is_invalid),
        (429, Error::is_rate_limited),
    ];
    for status in [400, 401, 403, 404, 406, 409, 422, 429, 500] {
        let error = refused(Step::status(status)).await;
        for (own, predicate) in predicates {
            assert_eq!(predicate(&error), own == status, "{status}: {own}");
        }
        assert_eq!(error.is_retryable(), status == 429 || status == 500);
        assert!(!error.is_timeout() && !error.is_connect());
    }
}

#[tokio::test(start_paused = true)]
async fn predicates_look_through_what_was_tried_several_times() {
    let server = Server::start(vec![Step::status(500), Step::json(404, refusal("resource_not_found", "[]"))]);
    let error = server.client().contact_list().send().await.unwrap_err();
    let Error::Exhausted(exhausted) = &error else { panic!("{error:?}") };
    assert_eq!((exhausted.attempts, error.attempts()), (2, Some(2)));
    assert!(error.is_not_found() && !error.is_retryable());
    assert_eq!(error.code(), Some(&ErrorCode::ResourceNotFound));
    assert_eq!(error.request_id(), Some(REQUEST));
    assert_eq!(error.to_string(), "gave up after 2 attempts");
    assert!(error.source().unwrap().to_string().contains("404 Not Found resource_not_found: Said so."));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_read_to_its_details() {
    let details = r#"[{"message":"value at `/email` does not match format: email","pointer":"/email"}]"#;
    let error = refused(Step::json(422, refusal("invalid_content", details))).await;
    let fault = error.api().unwrap();
    assert_eq!((fault.message.as_str(), fault.details[0].pointer.as_str()), ("Said so.", "/email"));
    assert!(error.to_string().ends_with(&format!("match format: email (request {REQUEST})")), "{error}");
    assert!(error.source().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_is_not_of_this_api_still_has_its_status_and_its_first_bytes() {
    for (body, message) in [
        ("<html><h1>Bad Gateway</h1></html>", "<html><h1>Bad Gateway</h1></html>"),
        ("", ""),
        ("null", "null"),
        (r#"{"error":{"code":7}}"#, r#"{"error":{"code":7}}"#),
        (r#"{"error":"#, r#"{"error":"#),
    ] {
        let answer = vec![("content-type", "text/html".to_owned()), ("x-request-id", "r-1".to_owned())];
        let error = refused(Step::Answer(502, answer, body.to_owned())).await;
        let fault = error.api().unwrap();
        assert_eq!((fault.status.as_u16(), fault.message.as_str(), &fault.body[..]), (502, message, body.as_bytes()));
        assert_eq!((error.request_id(), &fault.code), (Some("r-1"), &None));
    }
    let error = refused(Step::Cut(502, "<html>half a pa")).await;
    assert_eq!(error.api().unwrap().message, "<html>half a pa");
    let error = refused(Step::json(502, "x".repeat(5_000_000))).await;
    assert_eq!(error.api().unwrap().body.len(), 64 * 1024);
    assert!(error.to_string().len() < 600);
}

#[tokio::test(start_paused = true)]
async fn headers_that_are_no_text_are_no_obstacle() {
    // A server in Rust strings can say no invalid UTF-8, but it can say what is not ASCII.
    let odd = vec![
        ("x-request-id", "\u{e9}".to_owned()),
        ("retry-after", "\u{e9}".to_owned()),
        ("ratelimit-reset", "\u{ff}".to_owned()),
    ];
    let error = refused(Step::Answer(429, odd, String::new())).await;
    assert!(error.is_rate_limited() && error.request_id().is_none());
    assert_eq!(error.api().unwrap().retry_after(std::time::SystemTime::now()), None);
}

#[tokio::test(start_paused = true)]
async fn the_error_of_oauth_has_its_own_shape() {
    let body = r#"{"error":"invalid_client","error_description":"Unknown client."}"#;
    let server = Server::start(vec![Step::json(401, body)]);
    let credentials = Credentials::client_credentials("id-1", "very-secret").unwrap();
    let client = server.builder().credentials(credentials).build().unwrap();
    let error = client.contact_list().send().await.unwrap_err();
    let Error::Auth(_) = &error else { panic!("{error:?}") };
    assert!(error.is_unauthorized() && !error.is_retryable());
    assert_eq!(error.to_string(), "no access token could be had");
    let cause = error.source().unwrap().downcast_ref::<Error>();
    let cause = cause.map_or_else(|| error.source().unwrap().to_string(), ToString::to_string);
    assert_eq!(cause, "the service answered 401 Unauthorized invalid_client: Unknown client.");
    assert!(!format!("{error:?} {error} {cause} {client:?}").contains("very-secret"));
    assert_eq!(server.seen().len(), 1, "a refused application is not asked for again");
    assert!(!server.seen()[0].target.contains("secret") && server.seen()[0].body.contains("very-secret"));
}

#[tokio::test(start_paused = true)]
async fn no_error_shows_the_token_or_what_was_asked_for() {
    let closed = Server::start(vec![Step::Close]);
    let html = Server::start(vec![Step::json(200, "<html>")]);
    for url in [&closed.url, &html.url, "http://127.0.0.1:1"] {
        let client = builder(url).retry(RetryPolicy::never()).build().unwrap();
        let error = client.contact_list().email("jane@private.example").send().await.unwrap_err();
        let mut said = format!("{error} {error:?}");
        let mut cause = error.source();
        while let Some(source) = cause {
            said += &source.to_string();
            cause = source.source();
        }
        assert!(!said.contains("token-1") && !said.contains("jane"), "{said}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_transport_error_leads_to_its_cause() {
    let server = Server::start(vec![Step::Close]);
    let client = server.builder().retry(RetryPolicy::never()).build().unwrap();
    let error = client.contact_list().send().await.unwrap_err();
    let Error::Transport(_) = &error else { panic!("{error:?}") };
    assert_eq!(error.to_string(), "the request did not get an answer");
    assert!(error.source().unwrap().source().is_some());
}

#[tokio::test(start_paused = true)]
async fn without_credentials_nothing_is_sent() {
    let server = Server::start(vec![no_contacts()]);
    let client = server.builder().credentials(Credentials::none()).build().unwrap();
    let error = client.contact_list().send().await.unwrap_err();
    assert!(matches!(error, Error::Auth(_)) && error.is_unauthorized());
    assert!(server.seen().is_empty());
}
