//! How long the client waits before it asks again.

use std::time::Duration;

use stora_client::RetryPolicy;
use tokio::time::Instant;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::server::{Server, Step, builder, no_contacts};

/// A date that the service shows with its answer, and the one that lies so many seconds after it, both as HTTP has them.
const DATE: &str = "Fri, 20 Nov 2026 21:00:00 GMT";
const LATER: &str = "Fri, 20 Nov 2026 21:00:07 GMT";
const EPOCH: u64 = 1_795_208_400;

/// Seven seconds and no more, whichever header says so.
#[tokio::test(start_paused = true)]
async fn a_wait_that_was_told_is_kept_exactly() {
    let tellings = [
        ("retry-after", "7".to_owned()),
        ("retry-after", LATER.to_owned()),
        ("ratelimit-reset", (EPOCH + 7).to_string()),
    ];
    for (name, value) in tellings {
        let server = MockServer::start().await;
        let told = ResponseTemplate::new(429).insert_header(name, value.as_str()).insert_header("date", DATE);
        Mock::given(method("GET")).respond_with(told).up_to_n_times(1).mount(&server).await;
        let empty = serde_json::json!({"contacts": [], "meta": {"pagination":
            {"count": 0, "last": 1, "limit": 50, "next": null, "page": 1, "pages": 1, "prev": null}, "request_id": "0b5a6b6e-0000-4000-8000-000000000001", "curies": []}});
        Mock::given(path("/2025-09/contacts"))
            .and(header("authorization", "Bearer token-1"))
            .respond_with(ResponseTemplate::new(200).set_body_json(empty))
            .mount(&server)
            .await;
        let client = builder(&server.uri()).build().unwrap();
        let start = Instant::now();
        client.contact_list().send().await.unwrap();
        // The clock of the runtime counts in milliseconds.
        let passed = start.elapsed();
        assert!(
            passed >= Duration::from_secs(7) && passed < Duration::from_millis(7_010),
            "{name}: {value}: {passed:?}"
        );
        assert_eq!(server.received_requests().await.unwrap().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_word_the_wait_is_a_random_part_of_a_growing_longest_one() {
    let server = Server::start(vec![Step::status(503)]);
    let second = Duration::from_secs(1);
    let policy = RetryPolicy::default().max_attempts(6).base(second).cap(4 * second);
    let client = server.builder().retry(policy).build().unwrap();
    let mut waits = Vec::new();
    for _ in 0..15 {
        let start = Instant::now();
        client.contact_list().send().await.unwrap_err();
        waits.push(start.elapsed());
    }
    // 1 + 2 + 4 + 4 + 4 at most, and half of that on average.
    assert!(waits.iter().all(|wait| *wait <= Duration::from_millis(15_010)), "{waits:?}");
    let mean = waits.iter().sum::<Duration>() / 15;
    assert!(mean > 4 * second && mean < 11 * second, "{mean:?}");
    assert!(waits.windows(2).any(|two| two[0] != two[1]), "no chance in it: {waits:?}");
}

/// What cannot be followed is as if nothing had been said: an ordinary wait, never none at all, never a panic.
#[tokio::test(start_paused = true)]
async fn odd_words_about_waiting_lead_to_an_ordinary_wait() {
    for (name, value) in [
        ("retry-after", "-5"),
        ("retry-after", "0"),
        ("retry-after", "1.5"),
        ("retry-after", "soon"),
        ("retry-after", ""),
        ("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("ratelimit-reset", "0"),
        ("ratelimit-reset", "1"),
        ("ratelimit-reset", "-1"),
        ("ratelimit-reset", "99999999999999999999999999"),
    ] {
        let server = Server::start(vec![Step::with(429, name, value), no_contacts()]);
        let policy = RetryPolicy::default().base(Duration::from_secs(20)).cap(Duration::from_secs(20));
        let client = server.builder().retry(policy).timeout(Duration::from_secs(u64::MAX)).build().unwrap();
        let start = Instant::now();
        client.contact_list().send().await.unwrap();
        let passed = start.elapsed();
        assert!(passed > Duration::ZERO && passed <= Duration::from_millis(20_010), "{name}: {value}: {passed:?}");
    }
}

/// In real time: the paused clock would leap towards the deadline.
#[tokio::test]
async fn a_wait_beyond_patience_or_beyond_the_clock_is_not_begun() {
    let boundless = RetryPolicy::default().patience(Duration::MAX);
    for (name, value, policy) in [
        ("retry-after", "61".to_owned(), RetryPolicy::default()),
        ("retry-after", u64::MAX.to_string(), RetryPolicy::default()),
        ("retry-after", "99999999999999999999999999".to_owned(), RetryPolicy::default()),
        ("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT".to_owned(), RetryPolicy::default()),
        ("ratelimit-reset", u64::MAX.to_string(), RetryPolicy::default().max_attempts(1)),
        ("ratelimit-reset", i64::MAX.to_string(), RetryPolicy::default()),
        ("retry-after", u64::MAX.to_string(), boundless.clone()),
        ("retry-after", "99999999999999999999999999".to_owned(), boundless.clone()),
    ] {
        let server = Server::start(vec![Step::with(429, name, &value), Step::status(418)]);
        let start = Instant::now();
        let client = server.builder().retry(policy.clone()).timeout(Duration::from_secs(1 << 40)).build().unwrap();
        let error = client.contact_list().send().await.unwrap_err();
        assert!(error.is_rate_limited(), "{name}: {value}: {error}");
        assert!(start.elapsed() < Duration::from_secs(1));
        assert_eq!(server.seen().len(), 1, "{name}: {value}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_service_and_this_machine_need_not_agree_on_the_time() {
    // The service is a long way behind or ahead; its window ends three seconds after its own time.
    for date in [DATE, "Sun, 01 Jan 2040 00:00:00 GMT"] {
        let reset = if date == DATE { EPOCH + 3 } else { 2_208_988_800 + 3 };
        let headers = vec![("date", date.to_owned()), ("ratelimit-reset", reset.to_string())];
        let server = Server::start(vec![Step::Answer(429, headers, String::new()), no_contacts()]);
        let start = Instant::now();
        server.client().contact_list().send().await.unwrap();
        assert!(start.elapsed() >= Duration::from_secs(3) && start.elapsed() < Duration::from_millis(3_010));
    }
}

/// Every answer bears the header; only on 429 it asks to wait.
#[tokio::test(start_paused = true)]
async fn the_window_of_the_rate_limit_is_no_reason_to_wait_after_another_fault() {
    let headers = vec![("date", DATE.to_owned()), ("ratelimit-reset", (EPOCH + 50).to_string())];
    let server = Server::start(vec![Step::Answer(500, headers, String::new()), no_contacts()]);
    let start = Instant::now();
    server.client().contact_list().send().await.unwrap();
    assert!(start.elapsed() <= Duration::from_millis(510), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_would_end_after_the_deadline_is_not_begun() {
    let server = Server::start(vec![Step::with(503, "retry-after", 40), no_contacts()]);
    let call = server.client();
    let error = call.contact_list().with_timeout(Duration::from_secs(30)).send().await.unwrap_err();
    assert!(error.status().is_some_and(|status| status == 503) || error.is_timeout(), "{error}");
    assert!(server.seen().len() <= 1);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_says_nothing_is_left_after_the_time_of_the_attempt_or_of_the_call() {
    let server = Server::start(vec![Step::Silent]);
    let client = server.builder().attempt_timeout(Duration::from_secs(30)).build().unwrap();
    let start = Instant::now();
    let error = client.contact_list().send().await.unwrap_err();
    assert!(error.is_timeout() && error.attempts() == Some(3), "{error:?}");
    assert!(start.elapsed() >= Duration::from_secs(90) && start.elapsed() <= Duration::from_millis(91_550));

    let start = Instant::now();
    let error = client.contact_list().with_timeout(Duration::from_secs(45)).send().await.unwrap_err();
    assert_eq!(error.to_string(), "the call with its repeats took longer than 45s");
    assert!(start.elapsed() >= Duration::from_secs(45) && start.elapsed() <= Duration::from_millis(45_010));
}
