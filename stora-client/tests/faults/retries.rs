//! Which calls are sent again after which faults, and what goes out each time.

use std::time::Duration;

use stora_client::types::ContactId;
use stora_client::{Client, Error, RetryPolicy};

use crate::server::{Seen, Server, Step, no_contacts};

/// A call of each method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Get,
    Post,
    Patch,
    Delete,
}

pub(crate) const KINDS: [Kind; 4] = [Kind::Get, Kind::Post, Kind::Patch, Kind::Delete];

impl Kind {
    pub(crate) async fn make(self, client: &Client) -> Result<(), Error> {
        let id: ContactId = "con_1".parse().unwrap();
        match self {
            Self::Get => client.contact_show().contact_id(&id).send_raw().await.map(drop),
            Self::Post => client.contact_create().body_map(|body| body.email("a@b.example")).send_raw().await.map(drop),
            Self::Patch => {
                let call = client.contact_update().contact_id(&id);
                call.body_map(|body| body.email("c@d.example")).send_raw().await.map(drop)
            }
            Self::Delete => client.contact_delete().contact_id(&id).send_raw().await.map(drop),
        }
    }
}

/// Each fault, and whether GET, POST, PATCH and DELETE are sent again after it.
#[tokio::test(start_paused = true)]
async fn each_method_is_sent_again_after_what_does_no_harm_and_after_nothing_else() {
    let (all, none, harmless) = ([3, 3, 3, 3], [1, 1, 1, 1], [3, 3, 1, 1]);
    let mut table = vec![
        (Step::Close, harmless),
        (Step::Reset, harmless),
        (Step::Cut(200, r#"{"contact":{"#), harmless),
        (Step::Cut(503, "{"), all),
        (Step::Cut(404, "{"), none),
        (Step::Answer(502, vec![("content-type", "text/html".to_owned())], "<html>".to_owned()), harmless),
        (Step::with(302, "location", "/elsewhere"), none),
        (Step::with(307, "location", "/elsewhere"), none),
    ];
    table.extend([408, 429, 503].map(|status| (Step::status(status), all)));
    table.extend([500, 502, 504].map(|status| (Step::status(status), harmless)));
    let final_ones =
        [400, 401, 402, 403, 404, 405, 406, 409, 410, 415, 418, 422, 423, 425, 451, 501, 505, 507, 511, 599];
    table.extend(final_ones.map(|status| (Step::status(status), none)));
    for (step, expected) in table {
        for (kind, attempts) in KINDS.into_iter().zip(expected) {
            let server = Server::start(vec![step.clone()]);
            let error = kind.make(&server.client()).await.unwrap_err();
            let seen = server.seen();
            assert_eq!((seen.len(), error.attempts()), (attempts, Some(attempts as u32)), "{kind:?} after {step:?}");
            if !matches!(step, Step::Reset) {
                assert_alike(kind, &seen);
            }
        }
    }
}

/// What goes out again is what went out before.
fn assert_alike(kind: Kind, seen: &[Seen]) {
    for one in seen {
        let said =
            |one: &Seen| (one.method.clone(), one.target.clone(), one.body.clone(), one.key().map(str::to_owned));
        assert_eq!(said(one), said(&seen[0]));
        assert_eq!(one.header("authorization"), Some("Bearer token-1"));
        assert_eq!(one.header("accept"), Some("application/json"));
        assert!(one.header("user-agent").unwrap().starts_with("stora-client/"));
        assert_eq!(one.key().is_some(), kind == Kind::Post, "only what is done once by its key has one");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_connect_is_tried_again_whatever_the_method() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for kind in KINDS {
        let client = crate::server::builder(&url).build().unwrap();
        let error = kind.make(&client).await.unwrap_err();
        assert!(error.is_connect() && error.is_retryable() && error.attempts() == Some(3), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn silence_and_answers_that_stall_are_ambiguous() {
    for step in [Step::Silent, Step::Stalled(200, "{")] {
        for (kind, attempts) in KINDS.into_iter().zip([3, 3, 1, 1]) {
            let server = Server::start(vec![step.clone()]);
            // In real time: the paused clock would leap over what has yet to be sent.
            tokio::time::resume();
            let policy = RetryPolicy::default().base(Duration::from_millis(1));
            let client = server.builder().attempt_timeout(Duration::from_millis(60)).retry(policy).build().unwrap();
            let error = kind.make(&client).await.unwrap_err();
            tokio::time::pause();
            assert!(error.is_timeout(), "{error:?}");
            assert_eq!(server.seen().len(), attempts, "{kind:?} after {step:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn five_hundred_and_then_two_hundred_is_a_success() {
    for fault in [Step::status(500), Step::Close, Step::Reset, Step::Cut(200, r#"{"contacts":["#)] {
        let server = Server::start(vec![fault.clone(), no_contacts()]);
        let page = server.client().contact_list().limit(7).send().await.unwrap();
        assert!(page.contacts.is_empty());
        let seen = server.seen();
        assert_eq!(seen.len(), 2, "after {fault:?}");
        assert_eq!(seen[1].target, "/2025-09/contacts?limit=7");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_decode_is_not_asked_for_again() {
    for (body, path) in [
        ("", "."),
        ("<html>", "."),
        ("{\"contacts\":[", "."),
        (r#"{"contacts":[{"id":7}]}"#, "contacts[0].id"),
        (r#"{"contacts":null}"#, "contacts"),
    ] {
        let server = Server::start(vec![Step::json(200, body)]);
        let error = server.client().contact_list().send().await.unwrap_err();
        let Error::Decode(fault) = &error else { panic!("{error:?}") };
        assert_eq!((&fault.bytes[..], fault.status.as_u16()), (body.as_bytes(), 200));
        assert!(fault.path.starts_with(path) || path == ".", "{body}: {}", fault.path);
        assert!(!error.is_retryable());
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_redirect_is_not_followed_with_a_call() {
    let elsewhere = Server::start(vec![no_contacts()]);
    let server = Server::start(vec![Step::with(301, "location", format!("{}/2025-09/contacts", elsewhere.url))]);
    for kind in KINDS {
        let error = kind.make(&server.client()).await.unwrap_err();
        assert_eq!(error.status().map(|status| status.as_u16()), Some(301));
    }
    assert_eq!((server.seen().len(), elsewhere.seen().len()), (4, 0));
}

#[tokio::test(start_paused = true)]
async fn a_token_that_was_taken_back_is_renewed_once_and_the_key_stays() {
    let token = |name: &str| {
        Step::json(
            200,
            format!(
                r#"{{"access_token":"{name}","token_type":"Bearer","expires_in":7200,"scope":"public.contact:write","created_at":1}}"#
            ),
        )
    };
    for (last, succeeds) in [(Step::json(201, "{}"), true), (Step::status(401), false)] {
        let server = Server::start(vec![token("one"), Step::status(401), token("two"), last]);
        let credentials =
            stora_client::Credentials::client_credentials_with_scopes("id", "secret", ["public.contact:write"])
                .unwrap();
        let client = server.builder().credentials(credentials).build().unwrap();
        let result = Kind::Post.make(&client).await;
        assert_eq!(result.is_ok(), succeeds, "{result:?}");
        let seen = server.seen();
        let targets: Vec<_> = seen.iter().map(|one| one.target.as_str()).collect();
        assert_eq!(targets, ["/oauth2/token", "/2025-09/contacts", "/oauth2/token", "/2025-09/contacts"]);
        assert_eq!(seen[1].header("authorization"), Some("Bearer one"));
        assert_eq!(seen[3].header("authorization"), Some("Bearer two"));
        assert!(seen[1].key().is_some());
        assert_eq!((seen[1].key(), &seen[1].body), (seen[3].key(), &seen[3].body));
        assert_eq!((seen[0].header("authorization"), seen[0].key()), (None, None));
        assert!(result.err().is_none_or(|error| error.is_unauthorized()));
    }
}

/// In real time, so that the call is dropped while it waits and not before.
#[tokio::test]
async fn a_call_that_is_dropped_sends_nothing_more_and_harms_no_other() {
    let server = Server::start(vec![Step::with(503, "retry-after", 1), no_contacts()]);
    let client = server.client();
    let dropped = tokio::time::timeout(Duration::from_millis(500), client.contact_list().send()).await;
    assert!(dropped.is_err());
    client.contact_list().send().await.unwrap();
    tokio::time::sleep(Duration::from_millis(1_000)).await;
    assert_eq!(server.seen().len(), 2);
}
