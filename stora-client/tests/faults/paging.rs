//! Walking through lists that do not always lead to their end.

use std::time::Duration;

use stora_client::types::NoteExpand;
use stora_client::{Client, Error, RetryPolicy};

use crate::server::{Server, Step};

/// A page of contract templates, numbered `from` on.
fn page(number: i64, items: std::ops::Range<i64>, next: Option<i64>) -> Step {
    let templates: Vec<_> = items
        .map(|item| {
            serde_json::json!({"id": format!("ctpl_{item}"), "name": format!("{item}"),
                "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"})
        })
        .collect();
    let meta = serde_json::json!({"pagination":
        {"count": null, "last": null, "limit": 2, "next": next, "page": number, "pages": 9, "prev": null}, "request_id": "0b5a6b6e-0000-4000-8000-000000000001", "curies": []});
    Step::json(200, serde_json::json!({"contract_templates": templates, "meta": meta}))
}

async fn names(client: &Client) -> (Vec<String>, Option<Error>) {
    let mut items = client.contract_template_list().limit(2).stream();
    let (mut names, mut fault) = (Vec::new(), None);
    while let Some(item) = items.next().await {
        match item {
            Ok(item) => names.push(item.name),
            Err(error) => assert!(fault.replace(error).is_none(), "an error ends the list"),
        }
    }
    assert!(items.next().await.is_none(), "the end is the end");
    (names, fault)
}

fn pages_asked_for(server: &Server) -> Vec<String> {
    let page = |target: &str| {
        let query = target.split_once('?')?.1;
        query.split('&').find_map(|pair| pair.strip_prefix("page=")).map(str::to_owned)
    };
    server.seen().iter().map(|one| page(&one.target).unwrap_or_default()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_list_ends_where_there_is_no_next_page_even_when_nobody_counted_it() {
    let server = Server::start(vec![page(1, 0..2, Some(2)), page(2, 2..4, Some(3)), page(3, 4..5, None)]);
    let (names, fault) = names(&server.client()).await;
    assert_eq!((names, fault.is_none()), ((0..5).map(|item| item.to_string()).collect(), true));
    assert_eq!(pages_asked_for(&server), ["", "2", "3"]);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_always_gives_the_same_page_under_another_number_is_an_error_and_not_a_loop() {
    let server = Server::start((1..50).map(|number| page(number, 0..2, Some(number + 1))).collect());
    let (names, fault) = names(&server.client()).await;
    assert!(matches!(fault, Some(Error::Paging(_))), "{fault:?}");
    assert_eq!((pages_asked_for(&server).len(), names.len()), (10, 18));
}

#[tokio::test(start_paused = true)]
async fn a_page_that_leads_back_is_an_error_and_not_a_loop() {
    for (next, asked) in [(1, 1), (0, 1), (-3, 1), (i64::MIN, 1)] {
        let server = Server::start(vec![page(1, 0..2, Some(next))]);
        let fault = names(&server.client()).await.1.unwrap();
        assert!(matches!(fault, Error::Paging(_)) && !fault.is_retryable(), "{fault:?}");
        assert_eq!(server.seen().len(), asked);
    }
    // The same page again and again, whatever is asked for.
    let server = Server::start(vec![page(1, 0..2, Some(2))]);
    let (names, fault) = names(&server.client()).await;
    let Some(Error::Paging(fault)) = fault else { panic!("{fault:?}") };
    assert_eq!((fault.page, fault.next, names.len(), server.seen().len()), (2, 2, 2, 2));
}

#[tokio::test(start_paused = true)]
async fn an_empty_page_ends_a_list_that_names_a_next_one() {
    let server = Server::start(vec![page(1, 0..2, Some(2)), page(2, 2..2, Some(3))]);
    let (names, fault) = names(&server.client()).await;
    assert_eq!((names.len(), fault.is_none(), server.seen().len()), (2, true, 2));
}

#[tokio::test(start_paused = true)]
async fn an_error_in_the_middle_comes_after_what_was_there_and_ends_the_list() {
    for fault in [Step::status(404), Step::status(500), Step::json(200, "{}")] {
        let server = Server::start(vec![page(1, 0..2, Some(2)), fault]);
        let (names, fault) = names(&server.client()).await;
        assert_eq!((names.len(), fault.is_some()), (2, true));
    }
    // What passes is not noticed.
    let server = Server::start(vec![page(1, 0..2, Some(2)), Step::status(500), page(2, 2..3, None)]);
    assert_eq!(names(&server.client()).await.0.len(), 3);
    assert_eq!(pages_asked_for(&server), ["", "2", "2"]);
}

#[tokio::test(start_paused = true)]
async fn filters_expand_and_what_was_said_of_the_call_go_with_every_page() {
    let note = r#"{"notes":[{"id":"note_1","content":"","created_at":"2026-01-01T00:00:00Z","creator":{"id":"staff_1"},"metadata":{},"resource":{"id":"con_1"},"updated_at":"2026-01-01T00:00:00Z"}],"meta":{"pagination":{"count":null,"last":null,"limit":1,"next":NEXT,"page":1,"pages":1,"prev":null},"request_id":"0b5a6b6e-0000-4000-8000-000000000001", "curies": []}}"#;
    let server = Server::start(vec![
        Step::json(200, note.replace("NEXT", "2")),
        Step::status(503),
        Step::json(200, note.replace("NEXT", "null")),
    ]);
    let client = server.client();
    let call = client.note_list().limit(1).resource_id(["con_1"]).expand([NoteExpand::Resource]);
    let call = call.with_query("extra", "1").with_header("x-extra", "2");
    assert_eq!(call.stream().try_collect().await.unwrap().len(), 2);
    let seen = server.seen();
    let parts = |target: &str| {
        let mut pairs: Vec<_> = target.split(['?', '&']).map(str::to_owned).collect();
        pairs.retain(|pair| !pair.starts_with("page="));
        pairs
    };
    assert_eq!(seen.len(), 3);
    for one in &seen {
        assert_eq!(parts(&one.target), parts(&seen[0].target));
        assert!(one.target.contains("expand=resource") && one.target.contains("extra=1"), "{}", one.target);
        assert_eq!(one.header("x-extra"), Some("2"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_starts_at_the_page_that_was_asked_for() {
    let server = Server::start(vec![page(3, 4..6, Some(4)), page(4, 6..7, None)]);
    let client = server.client();
    assert_eq!(client.contract_template_list().page(3).stream().try_collect().await.unwrap().len(), 3);
    assert_eq!(pages_asked_for(&server), ["3", "4"]);
}

#[tokio::test(start_paused = true)]
async fn pages_are_fetched_when_they_are_asked_for_and_no_more_than_one_is_kept() {
    let server = Server::start(vec![page(1, 0..2, Some(2)), page(2, 2..4, None)]);
    let client = server.client();
    let mut items = client.contract_template_list().stream();
    assert!(server.seen().is_empty());
    for (item, asked) in [1, 1, 2, 2].into_iter().enumerate() {
        assert_eq!(items.next().await.unwrap().unwrap().name, item.to_string());
        assert_eq!(server.seen().len(), asked);
    }
    assert!(items.next().await.is_none());
    assert_eq!(server.seen().len(), 2, "the end is known without asking");
}

#[tokio::test(start_paused = true)]
async fn a_next_that_is_dropped_loses_nothing_and_asks_for_nothing_twice() {
    let server = Server::start(vec![page(1, 0..2, Some(2)), Step::with(503, "retry-after", 30), page(2, 2..4, None)]);
    let client = server.builder().retry(RetryPolicy::default()).build().unwrap();
    let mut items = client.contract_template_list().stream();
    let mut names = Vec::new();
    let mut dropped = 0;
    loop {
        // A second that is over before the page is there.
        match tokio::time::timeout(Duration::from_secs(1), items.next()).await {
            Ok(Some(item)) => names.push(item.unwrap().name),
            Ok(None) => break,
            Err(_) => dropped += 1,
        }
    }
    assert_eq!(names, ["0", "1", "2", "3"]);
    assert!(dropped >= 29, "{dropped}");
    assert_eq!(server.seen().len(), 3);
}
