//! What every call goes through: credentials, key, limiter, attempts, repeats, traces.

use std::time::{Duration, SystemTime};

use http::header::{AUTHORIZATION, LOCATION, USER_AGENT};
use http::{HeaderName, HeaderValue};
use tokio::time::Instant;
use tracing::{Instrument, Span, field};

use crate::auth::Credentials;
use crate::call::{Call, Operation, ask_for};
use crate::client::Timeouts;
use crate::document::Document;
use crate::error::{ApiError, Error, Exhausted, TimeoutKind};
use crate::redirect::Redirect;
use crate::response::Answer;
use crate::retry::{self, Budget, RetryPolicy};
use crate::wire::Taps;

/// The header that makes a repeat of a `POST` harmless.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// How many redirects lead to the bytes of a document at most.
const MOST_REDIRECTS: usize = 5;

/// How much is read of the body of an answer that says that the call failed, in bytes.
const LONGEST_REFUSAL: usize = 1024 * 1024;

/// What all clones of a client share.
pub(crate) struct Transport {
    pub(crate) http: reqwest::Client,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) credentials: Credentials,
    pub(crate) agent: HeaderValue,
    pub(crate) timeouts: Timeouts,
    pub(crate) retry: RetryPolicy,
    pub(crate) budget: Budget,
    pub(crate) trace_bodies: bool,
    pub(crate) taps: Taps,
    #[cfg(feature = "limiter")]
    pub(crate) limiter: crate::limiter::Limiter,
}

/// What a caller wants of the answer.
#[derive(Clone, Copy)]
enum Wanted {
    /// Status, headers and the whole body.
    Whole,
    /// A body that is read later, in this format if one is said.
    Stream(Option<&'static str>),
    /// An address, not what is there.
    Place,
}

/// An answer that says that the call was done.
enum Arrived {
    Whole(Answer),
    Stream(reqwest::Response),
}

/// What the attempts of one call have in common.
struct Course<'a> {
    call: &'a dyn Call,
    operation: &'a Operation,
    wanted: Wanted,
    /// Fixed before the first attempt, if the call has none of its own.
    key: Option<HeaderValue>,
    deadline: Option<Instant>,
    span: Span,
}

impl Transport {
    /// Makes a call and reads the answer to its end.
    pub(crate) async fn exchange(&self, call: &dyn Call) -> Result<Answer, Error> {
        match self.run(call, Wanted::Whole).await? {
            Arrived::Whole(answer) => Ok(answer),
            Arrived::Stream(response) => whole(response, &self.timeouts).await,
        }
    }

    /// Makes a call for a document.
    pub(crate) async fn document(&self, call: &dyn Call, media_type: Option<&'static str>) -> Result<Document, Error> {
        match self.run(call, Wanted::Stream(media_type)).await? {
            Arrived::Stream(response) => Ok(Document::new(response, self.timeouts)),
            Arrived::Whole(answer) => Ok(Document::of(answer)),
        }
    }

    /// Makes a call that is answered by an address.
    pub(crate) async fn redirect(&self, call: &dyn Call) -> Result<Redirect, Error> {
        let mut response = match self.run(call, Wanted::Place).await? {
            Arrived::Stream(response) => response,
            Arrived::Whole(answer) => return Err(leads_nowhere(answer.status, answer.headers)),
        };
        let location = redirect(&response);
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        match location {
            Some(location) => Ok(Redirect { status, headers, location, client: call.client().clone() }),
            None => Err(leads_nowhere(status, headers)),
        }
    }

    /// Fetches what is at an address that an answer led to.
    pub(crate) async fn fetch(&self, place: reqwest::Url) -> Result<Document, Error> {
        let response = self.follow(self.get(place).await?).await?;
        if !response.status().is_success() {
            return Err(Error::Api(Box::new(self.refusal(response).await)));
        }
        self.taps.answer(response.status(), response.headers(), None);
        Ok(Document::new(response, self.timeouts))
    }

    /// Goes where an answer leads to. Where that lies is another service: it gets neither the token nor any other header.
    async fn follow(&self, mut response: reqwest::Response) -> Result<reqwest::Response, Error> {
        for _ in 0..MOST_REDIRECTS {
            let Some(next) = redirect(&response) else { break };
            self.taps.answer(response.status(), response.headers(), None);
            response = self.get(next).await?;
        }
        Ok(response)
    }

    async fn get(&self, place: reqwest::Url) -> Result<reqwest::Response, Error> {
        self.execute(reqwest::Request::new(http::Method::GET, place)).await
    }

    async fn execute(&self, request: reqwest::Request) -> Result<reqwest::Response, Error> {
        self.taps.request(&request);
        self.http.execute(request).await.map_err(|error| Error::from_transport(error, false, &self.timeouts))
    }

    async fn run(&self, call: &dyn Call, wanted: Wanted) -> Result<Arrived, Error> {
        let operation = call.operation();
        let total = call.options().total().or(self.timeouts.total);
        let deadline = total.and_then(|total| Instant::now().checked_add(total));
        let key = operation.takes_key.then(new_key).flatten();
        let span = self.span(operation);
        let course = Course { call, operation, wanted, key, deadline, span: span.clone() };
        match (total, deadline) {
            (Some(total), Some(deadline)) => {
                let attempts = self.attempts(&course).instrument(span);
                match tokio::time::timeout_at(deadline, attempts).await {
                    Ok(result) => result,
                    Err(_) => Err(Error::timeout(TimeoutKind::Total, total)),
                }
            }
            _ => self.attempts(&course).instrument(span).await,
        }
    }

    /// Attempts until one succeeds, or none may follow.
    async fn attempts(&self, course: &Course<'_>) -> Result<Arrived, Error> {
        let policy = course.call.options().policy().unwrap_or(&self.retry);
        let mut attempts = 0;
        let mut is_renewed = false;
        loop {
            attempts += 1;
            // Who brings another token along for one call is heard, and needs none of the client's.
            let token = match course.operation.is_open || course.call.options().has_header(&AUTHORIZATION) {
                true => None,
                false => Some(self.credentials.authorization(course.call.client()).await),
            };
            let error = match token.transpose() {
                Ok(token) => match self.attempt(course, token.as_ref(), attempts).await {
                    Ok(arrived) => {
                        self.budget.give();
                        return Ok(arrived);
                    }
                    Err(error) => {
                        // A token that was taken back before its time: once, another one is fetched.
                        let is_refused =
                            matches!(&error, Error::Api(error) if error.status == http::StatusCode::UNAUTHORIZED);
                        if let Some(token) = token.filter(|_| is_refused && !is_renewed)
                            && self.credentials.renew(&token)
                        {
                            is_renewed = true;
                            continue;
                        }
                        error
                    }
                },
                // Fetching the token has repeats of its own.
                Err(error) => {
                    course.span.record("error.type", kind(&error));
                    return Err(error);
                }
            };
            let Some(wait) = self.wait(course, policy, attempts, &error) else {
                course.span.record("error.type", kind(&error));
                return Err(match attempts {
                    1 => error,
                    _ => Error::Exhausted(Box::new(Exhausted { last: error, attempts })),
                });
            };
            tracing::debug!(attempt = attempts, wait_ms = wait.as_millis() as u64, "the call is repeated");
            tokio::time::sleep(wait).await;
        }
    }

    /// How long to wait before another attempt; none if there is to be no other.
    fn wait(&self, course: &Course<'_>, policy: &RetryPolicy, attempts: u32, error: &Error) -> Option<Duration> {
        if attempts >= policy.max_attempts || !retry::may_repeat(course.operation, error) {
            return None;
        }
        let told = match error {
            // By the clock of the service where it shows it: the two need not agree.
            Error::Api(error) => error.retry_after(retry::told_at(&error.headers).unwrap_or_else(SystemTime::now)),
            _ => None,
        };
        if told.is_some_and(|told| told > policy.patience) {
            return None;
        }
        // A wait of nothing, or until a time that has passed, is no reason to be sent away again at once.
        let wait = told.filter(|told| !told.is_zero()).unwrap_or_else(|| policy.backoff(attempts));
        let is_too_late = course.deadline.is_some_and(|deadline| {
            // What ends beyond the reach of the clock ends too late.
            Instant::now().checked_add(wait).is_none_or(|end| end >= deadline)
        });
        (!is_too_late && self.budget.take()).then_some(wait)
    }

    async fn attempt(&self, course: &Course<'_>, token: Option<&HeaderValue>, number: u32) -> Result<Arrived, Error> {
        #[cfg(feature = "limiter")]
        self.limiter.ready().await;
        let request = self.request(course, token)?;
        if self.trace_bodies && !course.operation.path.starts_with("/oauth2/") {
            let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
            tracing::trace!(attempt = number, body = %String::from_utf8_lossy(body), "request body");
        }
        let sent = self.send(request, course);
        let result = match self.timeouts.attempt {
            None => sent.await,
            Some(limit) => match tokio::time::timeout(limit, sent).await {
                Ok(result) => result,
                Err(_) => Err(Error::timeout(TimeoutKind::Attempt, limit)),
            },
        };
        self.trace(course, number, &result);
        result
    }

    /// The request of one attempt.
    fn request(&self, course: &Course<'_>, token: Option<&HeaderValue>) -> Result<reqwest::Request, Error> {
        let mut request = course.call.request()?;
        if let Wanted::Stream(Some(media_type)) = course.wanted {
            ask_for(&mut request, media_type);
        }
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, self.agent.clone());
        if let Some(token) = token {
            headers.insert(AUTHORIZATION, token.clone());
        }
        if let Some(key) = &course.key {
            headers.entry(IDEMPOTENCY_KEY).or_insert_with(|| key.clone());
        }
        course.call.options().apply(&mut request)?;
        Ok(request)
    }

    async fn send(&self, request: reqwest::Request, course: &Course<'_>) -> Result<Arrived, Error> {
        let mut response = self.execute(request).await?;
        match course.wanted {
            Wanted::Stream(_) => response = self.follow(response).await?,
            Wanted::Place if response.status().is_redirection() => {
                self.taps.answer(response.status(), response.headers(), None);
                return Ok(Arrived::Stream(response));
            }
            Wanted::Place | Wanted::Whole => {}
        }
        if !response.status().is_success() {
            return Err(Error::Api(Box::new(self.refusal(response).await)));
        }
        match course.wanted {
            Wanted::Whole => {
                let answer = whole(response, &self.timeouts).await?;
                self.taps.answer(answer.status, &answer.headers, Some(&answer.body));
                Ok(Arrived::Whole(answer))
            }
            Wanted::Stream(_) | Wanted::Place => {
                self.taps.answer(response.status(), response.headers(), None);
                Ok(Arrived::Stream(response))
            }
        }
    }

    /// Reads an answer that says that the call failed. That its body breaks off or is far too long does not hide its status.
    async fn refusal(&self, mut response: reqwest::Response) -> ApiError {
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let mut body = Vec::new();
        while body.len() < LONGEST_REFUSAL
            && let Ok(Some(chunk)) = response.chunk().await
        {
            body.extend_from_slice(&chunk);
        }
        self.taps.answer(status, &headers, Some(&body));
        ApiError::read(status, headers, body.into())
    }

    /// The span of a call, with the names of OpenTelemetry's conventions for HTTP clients.
    fn span(&self, operation: &Operation) -> Span {
        tracing::debug_span!(
            "stora",
            otel.kind = "client",
            otel.name = %format_args!("{} {}", operation.method, operation.path),
            http.request.method = %operation.method,
            url.template = operation.path,
            server.address = self.host,
            server.port = self.port,
            stora.operation = operation.id,
            stora.request_id = field::Empty,
            http.response.status_code = field::Empty,
            http.request.resend_count = field::Empty,
            error.type = field::Empty,
        )
    }

    fn trace(&self, course: &Course<'_>, number: u32, result: &Result<Arrived, Error>) {
        let (status, id) = match result {
            Ok(Arrived::Whole(answer)) => (Some(answer.status), request_id(&answer.headers)),
            Ok(Arrived::Stream(response)) => (Some(response.status()), request_id(response.headers())),
            Err(error) => (error.status(), error.request_id()),
        };
        let span = &course.span;
        if let Some(status) = status {
            span.record("http.response.status_code", status.as_u16());
        }
        if let Some(id) = id {
            span.record("stora.request_id", id);
        }
        if number > 1 {
            span.record("http.request.resend_count", number - 1);
        }
        match result {
            Ok(arrived) => {
                tracing::debug!(
                    attempt = number,
                    http.response.status_code = status.map(|status| status.as_u16()),
                    stora.request_id = id,
                    "answered"
                );
                if self.trace_bodies
                    && !course.operation.path.starts_with("/oauth2/")
                    && let Arrived::Whole(answer) = arrived
                {
                    tracing::trace!(attempt = number, body = %String::from_utf8_lossy(&answer.body), "answer body");
                }
            }
            Err(error) => tracing::debug!(
                attempt = number,
                http.response.status_code = status.map(|status| status.as_u16()),
                stora.request_id = id,
                error.type = kind(error),
                "failed"
            ),
        }
    }
}

/// A key that nobody else picks. The system's source of chance is asked each time, so that forks do not share keys.
fn new_key() -> Option<HeaderValue> {
    HeaderValue::try_from(uuid::Uuid::new_v4().to_string()).ok()
}

/// Reads an answer to its end.
pub(crate) async fn whole(response: reqwest::Response, timeouts: &Timeouts) -> Result<Answer, Error> {
    let status = response.status();
    let mut response = response;
    let headers = std::mem::take(response.headers_mut());
    let body = response.bytes().await.map_err(|error| Error::from_transport(error, true, timeouts))?;
    Ok(Answer { status, headers, body })
}

/// What an answer stands for that should have led elsewhere.
fn leads_nowhere(status: http::StatusCode, headers: http::HeaderMap) -> Error {
    Error::Api(Box::new(ApiError::read(status, headers, "the answer leads nowhere".into())))
}

/// Where an answer leads to, if it leads elsewhere.
fn redirect(response: &reqwest::Response) -> Option<reqwest::Url> {
    if !response.status().is_redirection() {
        return None;
    }
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    let next = response.url().join(location).ok()?;
    // From an encrypted address to one that is not, nothing good leads.
    let is_weaker = response.url().scheme() == "https" && next.scheme() != "https";
    (!is_weaker && matches!(next.scheme(), "http" | "https")).then_some(next)
}

fn request_id(headers: &http::HeaderMap) -> Option<&str> {
    headers.get("x-request-id")?.to_str().ok()
}

/// What went wrong, for the field `error.type`: the status, or a word.
fn kind(error: &Error) -> &str {
    match error.last() {
        Error::InvalidRequest(_) => "invalid_request",
        Error::Api(error) => error.status.as_str(),
        Error::Auth(_) => "auth",
        Error::Transport(_) => "transport",
        Error::Timeout(_) => "timeout",
        Error::Decode(_) => "decode",
        _ => "other",
    }
}
