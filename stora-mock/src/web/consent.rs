//! The question for consent: the page that asks whoever sits at the browser, and the address that takes the answer.
//!
//! The page holds a ticket instead of what is asked for, which stays here: nobody can change between question and answer what
//! is agreed to. A ticket is signed, works once and lives as long as a code. The answer is taken from the page of this server
//! alone, not from one of another origin.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use parking_lot::{Mutex, MutexGuard};
use sha2::Sha256;

use super::escape;
use super::page::{field, html, is_same_origin, response, see_other};
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
        self.open.lock()
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
         <button class=\"main\" name=\"decision\" value=\"allow\">Allow</button></form>\
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
    let agreed = match field(body, "decision").as_str() {
        "allow" => true,
        "deny" => false,
        _ => return sorry(StatusCode::BAD_REQUEST, "The answer is neither Allow nor Deny."),
    };
    let in_time = |question: &Question| {
        let operator = question.request.client_id.as_deref().and_then(|id| server.operators.of_client(id));
        operator.is_some_and(|operator| operator.clock.now() < question.expires_at)
    };
    let question = server.consents.take(&field(body, "ticket")).filter(in_time);
    match question.map(|question| server.decide(&question.request, agreed)) {
        Some(AuthorizeOutcome::Redirect(redirect)) => see_other(redirect.location()),
        // What was asked for stays to be looked at anew: the application may be gone, or its address.
        Some(AuthorizeOutcome::Refused(_) | AuthorizeOutcome::Consent(_)) | None => {
            sorry(StatusCode::BAD_REQUEST, "This question was answered before, or its time is over.")
        }
    }
}

fn sorry(status: StatusCode, reason: &str) -> Answer {
    let main = format!("<h1>{}</h1><p>Go back to the application and begin anew.</p>", escape::html(reason));
    html(status, "No answer taken", &main)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_unix(1_772_441_400)
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
