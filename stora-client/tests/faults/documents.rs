//! Documents that come whole, in pieces, from elsewhere, or not at all.

use futures_util::StreamExt;
use stora_client::http::Method;
use stora_client::{Error, RetryPolicy};

use crate::server::{Server, Step};

fn pdf(body: &str) -> Step {
    let headers = vec![
        ("content-type", "application/pdf".to_owned()),
        ("content-disposition", r#"attachment; filename="../../etc/inv_1.pdf""#.to_owned()),
    ];
    Step::Answer(200, headers, body.to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_document_is_asked_for_in_its_format_and_given_as_bytes_or_as_a_stream() {
    let server = Server::start(vec![Step::status(500), pdf("%PDF-1.7 …")]);
    let client = server.client();
    let invoice = client.invoice_show().invoice_id("inv_1").pdf().await.unwrap();
    assert_eq!(invoice.content_type(), Some("application/pdf"));
    assert_eq!(invoice.file_name().as_deref(), Some("inv_1.pdf"));
    assert_eq!(invoice.bytes().await.unwrap(), "%PDF-1.7 …");
    let stream = client.invoice_show().invoice_id("inv_1").pdf().await.unwrap().stream();
    let pieces: Vec<_> = stream.map(Result::unwrap).collect().await;
    assert_eq!(pieces.concat(), "%PDF-1.7 …".as_bytes());
    assert!(client.contact_list().csv().await.is_ok());
    let accepts: Vec<_> = server.seen().iter().map(|one| one.header("accept").unwrap().to_owned()).collect();
    assert_eq!(accepts, ["application/pdf", "application/pdf", "application/pdf", "text/csv"]);
}

#[tokio::test(start_paused = true)]
async fn a_format_that_is_not_offered_is_an_error_of_its_own() {
    let body = r#"{"error":{"code":"invalid_format","details":[],"links":[],"message":"No.","request_id":"r","type":"invalid_request_error"}}"#;
    let server = Server::start(vec![Step::json(406, body)]);
    let client = server.client();
    for error in [
        client.contract_show().contract_id("ctr_1").pdf().await.map(drop).unwrap_err(),
        client.contact_list().csv().await.map(drop).unwrap_err(),
    ] {
        assert!(error.is_not_acceptable() && error.attempts() == Some(1), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_document_that_breaks_off_says_so_and_ends() {
    let server = Server::start(vec![Step::Cut(200, "half a doc")]);
    let client = server.builder().retry(RetryPolicy::never()).build().unwrap();
    let error = client.contact_list().csv().await.unwrap().bytes().await.unwrap_err();
    assert!(matches!(error, Error::Transport(_)), "{error:?}");
    assert_eq!(error.to_string(), "the answer broke off");
    let pieces: Vec<_> = client.contact_list().csv().await.unwrap().stream().collect().await;
    assert!(pieces.last().unwrap().is_err());
    assert_eq!(pieces.iter().filter(|piece| piece.is_err()).count(), 1);
    let read: Vec<_> = pieces.into_iter().filter_map(Result::ok).collect();
    assert_eq!(read.concat(), b"half a doc");
}

#[tokio::test(start_paused = true)]
async fn a_document_of_no_bytes_is_a_document() {
    let server = Server::start(vec![Step::status(200)]);
    let client = server.client();
    assert!(client.contact_list().csv().await.unwrap().bytes().await.unwrap().is_empty());
    assert_eq!(client.contact_list().csv().await.unwrap().stream().count().await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_picture_is_fetched_from_elsewhere_without_credentials() {
    let store =
        Server::start(vec![Step::Answer(200, vec![("content-type", "image/png".to_owned())], "png".to_owned())]);
    let server = Server::start(vec![Step::with(302, "location", format!("{}/p.png?signature=s", store.url))]);
    let client = server.client();
    let call = client.raw(Method::GET, "/2025-09/images/token/p.png").with_header("x-own", "1");
    assert_eq!(call.document().await.unwrap().bytes().await.unwrap(), "png");
    assert_eq!(server.seen()[0].header("authorization"), Some("Bearer token-1"));
    let seen = &store.seen()[0];
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("GET", "/p.png?signature=s"));
    assert_eq!((seen.header("authorization"), seen.header("x-own"), seen.key()), (None, None, None));
}

#[tokio::test(start_paused = true)]
async fn redirects_in_a_circle_or_to_something_that_is_no_http_end() {
    for (location, asked) in [("/again", 6), ("file:///etc/passwd", 1), ("http://", 1), ("\u{e9}", 1)] {
        let server = Server::start(vec![Step::with(302, "location", location)]);
        let error = server.client().raw(Method::GET, "/x").document().await.map(drop).unwrap_err();
        assert_eq!(error.status().map(|status| status.as_u16()), Some(302), "{location}");
        assert_eq!(server.seen().len(), asked, "{location}");
    }
}
