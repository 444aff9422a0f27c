//! The question for consent: the page that asks whoever sits at the browser, and the address that takes the answer.
//!
//! The page holds a ticket instead of what is asked for, which stays here: nobody can change between question and answer what
//! is agreed to. A ticket is signed, works once and lives as long as a code. The answer is taken from the page of this server
//! alone, not from one of another origin.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};

use super::escape;
use crate::api::Answer;
use crate::contract::SCOPES;
use crate::domain::access::{AuthorizeOutcome, AuthorizeRequest, CODE_LIFETIME, ConsentPage};
use crate::domain::ids::mix;
use crate::domain::time::Timestamp;
use crate::server::Server;

/// Where the page sends the answer: an address of the mock that the document does not know.
pub const DECISION: &str = "/oauth2/authorize/decision";

/// How many questions wait for an answer at most. Without a bound whoever keeps asking would fill the memory.
const MOST_OPEN: usize = 1000;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:0;padding:0 1rem;background:#f3f4f6;color:#1f2937}\
    main{box-sizing:border-box;max-width:30rem;margin:10vh auto;padding:2rem;background:#fff;border-radius:.75rem;\
    box-shadow:0 1px 4px #0003}h1{font-size:1.25rem;margin:0 0 1rem;overflow-wrap:anywhere}ul{padding-left:1.25rem}\
    code{overflow-wrap:anywhere;color:#4b5563;font-size:.875rem}form{display:flex;gap:.75rem;margin-top:1.5rem}\
    button{flex:1;font:inherit;padding:.6rem 1rem;border:1px solid #6b7280;border-radius:.5rem;background:#fff;\
    color:inherit;cursor:pointer}button[value=allow]{background:#1d4ed8;border-color:#1d4ed8;color:#fff}\
    footer{margin-top:1.5rem;font-size:.875rem;color:#4b5563}";

/// The questions that wait for an answer. When there are too many, the oldest is forgotten.
pub struct Consents {
    key: [u8; 32],
    open: Mutex<VecDeque<Question>>,
}

/// A question that waits for an answer.
#[derive(Debug)]
struct Question {
    /// The id of the request that asked.
    id: String,
    request: AuthorizeRequest,
    /// From when on the answer comes too late.
    expires_at: Timestamp,
}

impl Consents {
    /// No questions yet. The seed decides the signatures of tickets.
    pub fn new(seed: u64) -> Self {
        let mut key = [0; 32];
        for (i, word) in key.chunks_exact_mut(8).enumerate() {
            word.copy_from_slice(&mix(seed ^ mix(0x636f_6e73_656e_7473 + i as u64)).to_be_bytes());
        }
        Self { key, open: Mutex::default() }
    }

    /// Keeps a question, and gives the ticket for the answer. `id` is that of the request that asks, which no other has.
    pub fn ask(&self, id: &str, request: AuthorizeRequest, now: Timestamp) -> String {
        let expires_at = now.plus_seconds(CODE_LIFETIME);
        let mut open = self.open();
        if open.len() == MOST_OPEN {
            open.pop_front();
        }
        open.push_back(Question { id: id.to_owned(), request, expires_at });
        format!("{id}.{}", URL_SAFE_NO_PAD.encode(self.mac(id).finalize().into_bytes()))
    }

    /// The question of a ticket, which is used up by this.
    fn take(&self, ticket: &str) -> Option<Question> {
        let (id, signature) = ticket.split_once('.')?;
        self.mac(id).verify_slice(&URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
        let mut open = self.open();
        let place = open.iter().position(|question| question.id == id)?;
        open.remove(place)
    }

    #[expect(clippy::expect_used, reason = "the message says why it holds")]
    fn mac(&self, id: &str) -> Hmac<Sha256> {
        let mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of every length");
        mac.chain_update(id)
    }

    fn open(&self) -> MutexGuard<'_, VecDeque<Question>> {
        // Nothing that is done under the lock leaves the queue in pieces.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Consents {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consents").field("open", &self.open().len()).finish_non_exhaustive()
    }
}

/// The page that asks. `operator` is the name of the business that is asked, `ticket` what [`Consents::ask`] gave.
pub fn page(asked: &ConsentPage, operator: &str, ticket: &str) -> Answer {
    let (application, operator) = (escape::html(&asked.application), escape::html(operator));
    let scope = |name: &String| {
        let words = SCOPES.iter().find(|scope| scope.name == name).map_or("", |scope| scope.description);
        format!("<li>{} <code>{}</code></li>", escape::html(words), escape::html(name))
    };
    let scopes: String = asked.scopes.iter().map(scope).collect();
    let main = format!(
        "<h1>{application} asks for access to {operator}</h1>\
         <p>If you allow it, <strong>{application}</strong> may use:</p><ul>{scopes}</ul>\
         <form method=\"post\" action=\"{DECISION}\"><input type=\"hidden\" name=\"ticket\" value=\"{ticket}\">\
         <button name=\"decision\" value=\"deny\">Deny</button>\
         <button name=\"decision\" value=\"allow\">Allow</button></form>\
         <footer>Either way you return to <code>{redirect_uri}</code>.</footer>",
        ticket = escape::html(ticket),
        redirect_uri = escape::html(&asked.redirect_uri),
    );
    html(StatusCode::OK, "Allow access?", &main)
}

/// The address that takes the answer.
pub fn router(server: Arc<Server>) -> Router {
    Router::new().route(DECISION, post(decide)).with_state(server)
}

async fn decide(State(server): State<Arc<Server>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    response(decided(&server, &headers, &body))
}

fn decided(server: &Server, headers: &HeaderMap, body: &[u8]) -> Answer {
    if !is_same_origin(headers) {
        return sorry(StatusCode::FORBIDDEN, "This answer comes from a page of another origin.");
    }
    let field = |name: &str| {
        form_urlencoded::parse(body)
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    let agreed = match field("decision").as_str() {
        "allow" => true,
        "deny" => false,
        _ => return sorry(StatusCode::BAD_REQUEST, "The answer is neither Allow nor Deny."),
    };
    let in_time = |question: &Question| {
        let operator = question.request.client_id.as_deref().and_then(|id| server.operators.of_client(id));
        operator.is_some_and(|operator| operator.clock.now() < question.expires_at)
    };
    let question = server.consents.take(&field("ticket")).filter(in_time);
    match question.map(|question| server.decide(&question.request, agreed)) {
        Some(AuthorizeOutcome::Redirect(redirect)) => {
            // After a form has been sent, the browser is to go on with GET (RFC 9110, section 15.4.4).
            let mut answer = Answer::empty(StatusCode::SEE_OTHER.as_u16());
            answer.headers.extend([("location", redirect.location()), ("cache-control", "no-store".to_owned())]);
            answer
        }
        // What was asked for stays to be looked at anew: the application may be gone, or its address.
        Some(AuthorizeOutcome::Refused(_) | AuthorizeOutcome::Consent(_)) | None => {
            sorry(StatusCode::BAD_REQUEST, "This question was answered before, or its time is over.")
        }
    }
}

/// Whether a form was sent by a page of this server, or by a program that is no browser. Browsers say where a request comes
/// from: all that are not old in `Sec-Fetch-Site`, the others in `Origin`.
fn is_same_origin(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    origin.zip(host).is_some_and(|((_, origin), host)| origin.eq_ignore_ascii_case(host))
}

fn sorry(status: StatusCode, reason: &str) -> Answer {
    let main = format!("<h1>{}</h1><p>Go back to the application and begin anew.</p>", escape::html(reason));
    html(status, "No answer taken", &main)
}

fn html(status: StatusCode, title: &str, main: &str) -> Answer {
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>{STYLE}</style></head>\
         <body><main>{main}</main></body></html>"
    );
    let style = BASE64.encode(Sha256::digest(STYLE));
    // No `form-action`: browsers hold the way back to the application against it, which may be any address or an app.
    let policy = format!("default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; frame-ancestors 'none'");
    let mut answer = Answer::html(status.as_u16(), page);
    answer.headers.extend([
        ("cache-control", "no-store".to_owned()),
        ("content-security-policy", policy),
        ("x-frame-options", "DENY".to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
        // Without any referrer the form would be sent with the origin `null`.
        ("referrer-policy", "same-origin".to_owned()),
    ]);
    answer
}

fn response(answer: Answer) -> Response<Body> {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(content_type) = answer.content_type {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_unix(1_772_441_400)
    }

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        lines.iter().map(|&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_ticket_works_once_and_only_as_it_was_signed() {
        let consents = Consents::new(1);
        let ticket = consents.ask("one", AuthorizeRequest::default(), now());
        let foreign = Consents::new(2).ask("one", AuthorizeRequest::default(), now());
        for wrong in ["", "one", "one.", "one.AAAA", foreign.as_str(), &ticket.replace("one", "two")] {
            assert!(consents.take(wrong).is_none(), "{wrong}");
        }
        assert_eq!(consents.take(&ticket).unwrap().expires_at, now().plus_seconds(600));
        assert!(consents.take(&ticket).is_none());
    }

    #[test]
    fn of_too_many_questions_the_oldest_is_forgotten() {
        let consents = Consents::new(1);
        let tickets: Vec<String> =
            (0..=MOST_OPEN).map(|i| consents.ask(&i.to_string(), AuthorizeRequest::default(), now())).collect();
        assert!(consents.take(&tickets[0]).is_none());
        assert!(consents.take(&tickets[1]).is_some() && consents.take(&tickets[MOST_OPEN]).is_some());
    }

    #[test]
    fn an_answer_is_taken_from_the_own_page_or_from_no_browser() {
        for (lines, expected) in [
            (&[][..], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "null")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "http://mock:4010"), ("host", "mock:4010")], false),
            (&[("origin", "http://mock:4010"), ("host", "mock:4010")], true),
            (&[("origin", "http://mock:4011"), ("host", "mock:4010")], false),
            (&[("origin", "null"), ("host", "mock:4010")], false),
            (&[("origin", "http://mock:4010")], false),
        ] {
            assert_eq!(is_same_origin(&headers(lines)), expected, "{lines:?}");
        }
    }

    #[test]
    fn the_page_names_who_asks_for_what_and_escapes_it_all() {
        let asked = ConsentPage {
            application: "<script>alert('Bridge')</script>".to_owned(),
            scopes: vec!["public.contact:read".to_owned(), "public.order:write".to_owned()],
            redirect_uri: "https://a.example/?x=1&y=\"2\"".to_owned(),
        };
        let answer = page(&asked, "Harbour & Sons", "tick\"et");
        let html = std::str::from_utf8(&answer.body).unwrap();
        assert!(!html.contains("<script") && !html.contains("tick\"et"));
        for part in [
            "&lt;script&gt;alert(&#39;Bridge&#39;)&lt;/script&gt; asks for access to Harbour &amp; Sons",
            "<li>Contact (Read) <code>public.contact:read</code></li>",
            "<li>Order (Write) <code>public.order:write</code></li>",
            "<code>https://a.example/?x=1&amp;y=&quot;2&quot;</code>",
            "value=\"tick&quot;et\"",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }
}
