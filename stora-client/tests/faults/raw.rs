//! Calls that the document does not describe.

use stora_client::http::Method;
use stora_client::{Client, Error};

use crate::server::{Server, Step, builder};

#[tokio::test(start_paused = true)]
async fn a_raw_call_goes_through_the_same_pipeline() {
    let server = Server::start(vec![Step::status(500), Step::json(201, r#"{"a":1}"#)]);
    let client = server.client();
    let answer = client.raw(Method::POST, "/2025-09/things?x=1").with_query("y", 2).with_json(&[1]).json().await;
    let answer: stora_client::Response<serde_json::Value> = answer.unwrap();
    assert_eq!((answer.status().as_u16(), &answer["a"]), (201, &serde_json::json!(1)));
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    for one in &seen {
        assert_eq!((one.target.as_str(), one.body.as_str()), ("/2025-09/things?x=1&y=2", "[1]"));
        assert_eq!(one.header("content-type"), Some("application/json"));
        assert_eq!(one.header("authorization"), Some("Bearer token-1"));
        assert!(one.key().is_some() && one.key() == seen[0].key());
    }
}

#[tokio::test(start_paused = true)]
async fn a_head_has_headers_and_no_body() {
    let headers = vec![("x-request-id", "r-1".to_owned())];
    let server = Server::start(vec![Step::status(500), Step::Answer(200, headers, String::new())]);
    let answer = server.client().raw(Method::HEAD, "/2025-09/contacts").send().await.unwrap();
    assert_eq!((answer.request_id(), answer.len(), server.seen().len()), (Some("r-1"), 0, 2));
    assert_eq!(server.seen()[1].method, "HEAD");
}

async fn send(client: &Client, path: &str) -> Result<(), Error> {
    client.raw(Method::GET, path).send().await.map(drop)
}

/// The token goes to the service or nowhere.
#[tokio::test(start_paused = true)]
async fn no_path_leads_to_another_host_or_out_of_the_base_url() {
    let server = Server::start(vec![Step::status(204)]);
    let client = builder(&format!("{}/stora/", server.url)).build().unwrap();
    for path in [
        "//evil.example/x",
        "/\\evil.example",
        "/@evil.example",
        "/:80@evil.example",
        "/\t/evil.example",
        "/a\nb",
        "/%0d%0ax: y",
    ] {
        send(&client, path).await.unwrap();
    }
    let seen = server.seen();
    assert_eq!(seen.len(), 7);
    assert!(
        seen.iter().all(|one| one.target.starts_with("/stora/") && server.url.ends_with(one.header("host").unwrap()))
    );
    for path in [
        "",
        "x",
        "@evil.example",
        ".evil.example",
        "http://evil.example/",
        "/../admin",
        "/a/../../admin",
        "/%2e%2e/admin",
        "/..",
        "\\..\\x",
    ] {
        let error = send(&client, path).await.unwrap_err();
        assert!(matches!(error, Error::InvalidRequest(_)), "{path}: {error:?}");
    }
    assert_eq!(server.seen().len(), 7);
}
