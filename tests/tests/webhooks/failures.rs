//! Receivers that do not do what they should.

use std::time::{Duration, Instant};

use stora_mock::MockServer;
use stora_mock::control::{DeliveryAttempt, DeliveryStatus};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::harness::{Answer, LONG, Mock, Receiver, listen};

/// The first attempt of the only delivery to an address, which stays pending.
async fn failed(mock: &Mock, url: &str) -> DeliveryAttempt {
    let endpoint = mock.register(url, &["contact.created"]).await;
    mock.contact(&format!("c{}", endpoint.id)).await;
    mock.settle().await;
    mock.switch(&endpoint, "disable").await;
    let mut delivery = mock.delivery(&endpoint);
    assert_eq!(delivery.status, DeliveryStatus::Dropped, "{url}: {delivery:?}");
    delivery.attempts.remove(0)
}

/// The address of something that does this with each connection once it has read a request.
async fn broken(answer: &'static [u8], holds: bool) -> String {
    let (listener, url) = listen().await;
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 64 << 10]).await;
                let _ = stream.write_all(answer).await;
                if holds {
                    std::future::pending::<()>().await;
                }
            });
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_answer_is_a_failure_that_says_why() {
    let mock = Mock::with(MockServer::builder().webhook_timeout(Duration::from_millis(300))).await;
    let (closed, refused) = listen().await;
    drop(closed);
    let cases = [
        (broken(b"", false).await, "There was no answer"),
        (broken(b"HTTP/1.1 200", false).await, "There was no answer"),
        (broken(b"", true).await, "There was no answer within 0.3 s."),
        (broken(b"SSH-2.0-OpenSSH_9.9\r\n\r\n", false).await, "There was no answer: invalid HTTP version parsed."),
        (broken(b"HTTP/1.1 banana\r\n\r\n", false).await, "There was no answer: invalid HTTP status-code parsed."),
        (refused, "There is no connection to 127.0.0.1"),
        // A receiver that does not encrypt, where encryption is asked for.
        (Receiver::answering(200).await.url.replace("http:", "https:"), "The connection cannot be encrypted: "),
        ("https://hooks.nowhere.invalid/".to_owned(), "Nothing is sent to hooks.nowhere.invalid: "),
        ("https://bridge.example/hooks".to_owned(), "Nothing is sent to bridge.example: "),
    ];
    for (url, words) in cases {
        let attempt = failed(&mock, &url).await;
        let error = attempt.error.unwrap();
        assert!(error.starts_with(words) && attempt.status.is_none(), "{url}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_decides_whatever_becomes_of_the_body() {
    let mock = Mock::with(MockServer::builder().webhook_timeout(Duration::from_millis(300))).await;
    let cases: [(&'static [u8], bool, Option<&str>); 3] = [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf", false, Some("half")),
        (b"HTTP/1.1 202 Accepted\r\ncontent-length: 100\r\n\r\nhalf", true, Some("half")),
        (b"HTTP/1.1 204 No Content\r\n\r\n", false, None),
    ];
    for (answer, holds, start) in cases {
        let endpoint = mock.register(&broken(answer, holds).await, &["contact.created"]).await;
        mock.contact(&format!("c{}", endpoint.id)).await;
        mock.settle().await;
        let delivery = mock.delivery(&endpoint);
        assert_eq!((delivery.status, delivery.attempts[0].answer.as_deref()), (DeliveryStatus::Delivered, start));
    }
    // Of a long answer the start is kept.
    let long = Receiver::answering(Answer { body: "é".repeat(100_000), ..500.into() }).await;
    let attempt = failed(&mock, &long.url).await;
    assert_eq!((attempt.status, attempt.answer.map(|answer| answer.chars().count())), (Some(500), Some(256)));
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_are_not_followed() {
    let mock = Mock::start().await;
    let elsewhere = Receiver::answering(200).await;
    for status in [301, 302, 303, 307, 308] {
        let answer = Answer { location: Some(elsewhere.url.clone()), ..status.into() };
        let attempt = failed(&mock, &Receiver::answering(answer).await.url).await;
        assert_eq!(attempt.status, Some(status));
    }
    assert_eq!(elsewhere.received().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_receiver_holds_up_nobody_else() {
    let mock = Mock::start().await;
    let slow = Receiver::answering(Answer { after: LONG, ..200.into() }).await;
    let dead = broken(b"", true).await;
    let fast = Receiver::answering(200).await;
    let [slowly, never, quickly] = [&slow.url, &dead, &fast.url].map(|url| mock.register(url, &["contact.created"]));
    let (slowly, never, quickly) = (slowly.await, never.await, quickly.await);
    let begun = Instant::now();
    for number in 0..50 {
        mock.contact(&format!("c{number}")).await;
    }
    fast.got(50).await;
    assert!(begun.elapsed() < LONG / 2);
    // The last answer may still be on its way.
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(mock.deliveries(&quickly).iter().all(|delivery| delivery.status == DeliveryStatus::Delivered));
    for endpoint in [&slowly, &never] {
        let deliveries = mock.deliveries(endpoint);
        assert!(deliveries.len() == 50 && deliveries.iter().all(|it| it.attempts.is_empty()), "{deliveries:?}");
    }
    let left = mock.demo().wait_for_deliveries(Duration::from_millis(50)).await;
    assert_eq!((left.settled, left.due, left.pending), (false, 100, 100));
    // Nor does it hold up the end.
    let begun = Instant::now();
    tokio::time::timeout(LONG, mock.server.stop()).await.expect("the mock hangs").unwrap();
    assert!(begun.elapsed() < LONG / 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_the_receiver_closed_meanwhile_is_made_anew() {
    let mock = Mock::start().await;
    // It answers one request on each connection, says nothing of closing it, and closes it.
    let url = broken(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", false).await;
    let endpoint = mock.register(&url, &["contact.created"]).await;
    for number in 0..5 {
        mock.contact(&format!("c{number}")).await;
        mock.settle().await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let deliveries = mock.deliveries(&endpoint);
    assert!(deliveries.iter().all(|delivery| delivery.status == DeliveryStatus::Delivered), "{deliveries:#?}");
}
