//! What is said about one call alone.

use std::time::Duration;

use stora_client::{Credentials, Error, RetryPolicy};

use crate::retries::Kind;
use crate::server::{Server, Step, no_contacts};

#[tokio::test(start_paused = true)]
async fn a_call_may_have_a_policy_of_its_own() {
    let server = Server::start(vec![Step::status(503)]);
    let client = server.client();
    for (policy, attempts) in [
        (RetryPolicy::never(), 1),
        (RetryPolicy::default().max_attempts(0), 1),
        (RetryPolicy::default().max_attempts(5), 5),
    ] {
        let before = server.seen().len();
        let error = client.contact_list().with_retry(policy).send().await.unwrap_err();
        assert_eq!((server.seen().len() - before, error.attempts()), (attempts, Some(attempts as u32)));
    }
    // The others keep that of the client.
    assert_eq!(client.contact_list().send().await.unwrap_err().attempts(), Some(3));
}

#[tokio::test(start_paused = true)]
async fn a_call_may_have_a_time_of_its_own() {
    let server = Server::start(vec![Step::Silent]);
    let client = server.builder().timeout(Duration::from_secs(500)).build().unwrap();
    let start = tokio::time::Instant::now();
    let error = client.contact_list().with_timeout(Duration::from_secs(3)).send().await.unwrap_err();
    let Error::Timeout(fault) = error else { panic!("{error:?}") };
    assert_eq!((fault.limit, start.elapsed().as_secs()), (Duration::from_secs(3), 3));
}

#[tokio::test(start_paused = true)]
async fn an_own_key_is_kept_through_all_attempts() {
    let server = Server::start(vec![Step::status(500), Step::Close, Step::json(201, "{}")]);
    let client = server.client();
    let call = client.contact_create().body_map(|body| body.email("a@b.example"));
    call.with_header("Idempotency-Key", "order-4711").send_raw().await.unwrap();
    let keys: Vec<_> = server.seen().iter().map(|one| one.key().map(str::to_owned)).collect();
    assert_eq!(keys, vec![Some("order-4711".to_owned()); 3]);
}

#[tokio::test(start_paused = true)]
async fn said_headers_take_the_place_of_those_of_the_client_and_said_parameters_stand_beside_the_others() {
    let server = Server::start(vec![no_contacts()]);
    let client = server.client();
    let call = client.contact_list().limit(5).with_query("x y", "a&b=c").with_query("n", 7);
    let call = call
        .with_header("User-Agent", "mine")
        .with_header("accept", "application/vnd+json")
        .with_header("X-Trace", "t");
    call.with_header("authorization", "Bearer other").send().await.unwrap();
    let seen = &server.seen()[0];
    assert_eq!(seen.target, "/2025-09/contacts?limit=5&x+y=a%26b%3Dc&n=7");
    assert_eq!(seen.header("user-agent"), Some("mine"));
    assert_eq!(seen.header("accept"), Some("application/vnd+json"));
    assert_eq!(seen.header("x-trace"), Some("t"));
    assert_eq!(seen.header("authorization"), Some("Bearer other"));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_brings_its_own_token_needs_none_of_the_client_and_shows_none() {
    let server = Server::start(vec![Step::status(401)]);
    let client = server.builder().credentials(Credentials::none()).build().unwrap();
    let call = client.contact_list().with_header("Authorization", "Bearer very-secret");
    assert!(
        !format!("{:?}", client.raw(http(), "/x").with_header("authorization", "Bearer very-secret"))
            .contains("very-secret")
    );
    let error = call.send().await.unwrap_err();
    assert_eq!((error.status().map(|status| status.as_u16()), server.seen().len()), (Some(401), 1));
    assert!(!format!("{error:?} {error}").contains("very-secret"));
}

fn http() -> stora_client::http::Method {
    stora_client::http::Method::GET
}

#[tokio::test(start_paused = true)]
async fn what_cannot_stand_in_a_header_fails_before_anything_is_sent_and_is_not_repeated_in_the_error() {
    let server = Server::start(vec![no_contacts()]);
    let client = server.client();
    for (name, value) in [("x-a", "secret\r\nx-b: c"), ("x a", "secret"), ("", "secret"), ("x-a", "secret\0")] {
        let error = client.contact_list().with_header(name, value).send().await.unwrap_err();
        assert!(matches!(error, Error::InvalidRequest(_)), "{error:?}");
        assert!(!error.to_string().contains("secret") && error.attempts().is_none());
    }
    assert!(client.contact_list().limit(u64::MAX).send().await.unwrap_err().to_string().contains("`limit`"));
    assert!(client.contact_show().send().await.unwrap_err().to_string().contains("contact_id"));
    assert!(server.seen().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_budget_is_shared_by_all_clones_and_earned_back_by_success() {
    let mut steps = vec![Step::status(503); 4];
    steps.extend(vec![no_contacts(); 10]);
    steps.push(Step::status(503));
    let server = Server::start(steps);
    let client = server.builder().retry_budget(2).build().unwrap();
    // Three attempts use up both repeats; the next call has none left.
    assert_eq!(Kind::Get.make(&client).await.unwrap_err().attempts(), Some(3));
    assert_eq!(Kind::Get.make(&client.clone()).await.unwrap_err().attempts(), Some(1));
    for _ in 0..10 {
        client.contact_list().send().await.unwrap();
    }
    assert_eq!(Kind::Get.make(&client).await.unwrap_err().attempts(), Some(2));
}
