//! Why a call failed.
//!
//! One type for all calls. [`Error::Api`] is what the service refused; everything else happened before or after it.
//! Where a caller only wants to know what to do next, the predicates ([`Error::is_not_found`],
//! [`Error::is_retryable`], …) look through [`Error::Exhausted`] to what happened last.

mod show;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use crate::types::{ErrorCode, ErrorDetail, ErrorLink, ErrorType, OAuthErrorError};

/// How much of a body is shown in messages, in bytes.
const SHOWN: usize = 512;

/// Why a call failed.
///
/// ```
/// use stora_client::{Error, types::ErrorCode};
///
/// fn advice(error: &Error) -> String {
///     match error {
///         Error::Api(fault) if fault.code == Some(ErrorCode::InvalidContent) => {
///             fault.details.iter().map(|detail| format!("{}: {}\n", detail.pointer, detail.message)).collect()
///         }
///         Error::Api(fault) => format!("{} (request {})", fault.message, fault.request_id.as_deref().unwrap_or("unknown")),
///         Error::Auth(_) => "check the credentials".to_owned(),
///         error if error.is_retryable() => "try again later".to_owned(),
///         error => error.to_string(),
///     }
/// }
/// # let _ = advice;
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The call itself cannot be made: an argument is missing or does not fit. Nothing was sent. The text names the culprit.
    InvalidRequest(String),
    /// The service answered that it did not do as asked.
    Api(Box<ApiError>),
    /// No access token could be had to make the call with. Calls that waited for the same token share the error.
    Auth(Arc<AuthError>),
    /// The request or the answer did not get through.
    Transport(Box<TransportError>),
    /// It took too long.
    Timeout(Box<TimeoutError>),
    /// The answer came, and is not what the document says.
    Decode(Box<DecodeError>),
    /// Pages of a list do not lead to an end.
    Paging(Box<PagingError>),
    /// Several attempts were made and the last one failed as well.
    Exhausted(Box<Exhausted>),
}

/// An answer with a status that says that the call failed.
#[derive(Clone)]
#[non_exhaustive]
pub struct ApiError {
    /// The status of the answer.
    pub status: StatusCode,
    /// What went wrong, to decide by. None where the body is not the error of this API, such as the page of a proxy.
    pub code: Option<ErrorCode>,
    /// Whether the request or the service is at fault. None as with `code`.
    pub type_: Option<ErrorType>,
    /// The same in words, for developers.
    pub message: String,
    /// One entry per fault in the request, each with a JSON Pointer into the body, or a slash and the name of a query parameter.
    pub details: Vec<ErrorDetail>,
    /// Where to read more.
    pub links: Vec<ErrorLink>,
    /// The id of the request, to quote when asking for support: from the body, or else from the header `X-Request-Id`.
    pub request_id: Option<String>,
    /// The code of a fault of an OAuth 2 operation, which has a body of its own (RFC 6749).
    pub oauth: Option<OAuthErrorError>,
    /// The headers of the answer.
    pub headers: HeaderMap,
    /// The body of the answer as it came; at most its first 64 KiB.
    pub body: Bytes,
}

/// Why no access token could be had.
#[derive(Debug)]
#[non_exhaustive]
pub enum AuthError {
    /// The client was made without credentials, and the operation needs them.
    NoCredentials,
    /// The token operation failed.
    Token(Box<Error>),
    /// The tokens could not be handed over to be kept; the message is that of the callback.
    NotKept(Box<dyn std::error::Error + Send + Sync>),
    /// What the service sent as a token cannot stand in a header.
    Unusable,
    /// The task that was fetching the token ended early, because the runtime is shutting down or a callback panicked.
    Interrupted,
}

/// What did not get through.
#[derive(Debug)]
pub struct TransportError {
    pub(crate) source: reqwest::Error,
    pub(crate) kind: TransportKind,
}

/// How far a request got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportKind {
    /// There was no connection, so that nothing was sent.
    Connect,
    /// The request may have arrived; no answer came.
    Request,
    /// The answer broke off.
    Body,
}

/// What took too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TimeoutError {
    /// What took too long.
    pub kind: TimeoutKind,
    /// How long it was allowed to take.
    pub limit: Duration,
}

/// What can take too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimeoutKind {
    /// Opening a connection: nothing was sent.
    Connect,
    /// One attempt.
    Attempt,
    /// The call with all its attempts and the waits between them.
    Total,
}

/// An answer that is not what the document says.
///
/// `Debug` gives the length of the body and not the body: it may hold tokens and personal data.
#[non_exhaustive]
pub struct DecodeError {
    /// The way to the value at fault, such as `contacts[3].email`; `.` for the body itself.
    pub path: String,
    /// The status of the answer.
    pub status: StatusCode,
    /// The headers of the answer.
    pub headers: HeaderMap,
    /// The body as it came.
    pub bytes: Bytes,
    pub(crate) source: serde_json::Error,
}

/// Pages that do not lead to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PagingError {
    /// The number of the page that was asked for.
    pub page: i64,
    /// The number that it gives for the next one.
    pub next: i64,
}

/// The end of several attempts.
#[derive(Debug)]
#[non_exhaustive]
pub struct Exhausted {
    /// What went wrong in the last attempt.
    pub last: Error,
    /// How many attempts were made, the first included.
    pub attempts: u32,
}

impl Error {
    /// What happened last: the error itself, or that of the last of several attempts.
    pub fn last(&self) -> &Self {
        match self {
            Self::Exhausted(exhausted) => exhausted.last.last(),
            error => error,
        }
    }

    /// How many attempts were made, the first included. None for a call that was never sent.
    pub fn attempts(&self) -> Option<u32> {
        match self {
            Self::Exhausted(exhausted) => Some(exhausted.attempts),
            Self::InvalidRequest(_) | Self::Auth(_) | Self::Paging(_) => None,
            _ => Some(1),
        }
    }

    /// What the service answered, where it answered that the call failed.
    pub fn api(&self) -> Option<&ApiError> {
        match self.last() {
            Self::Api(error) => Some(error),
            _ => None,
        }
    }

    /// The status of the answer, where there was one.
    pub fn status(&self) -> Option<StatusCode> {
        match self.last() {
            Self::Api(error) => Some(error.status),
            Self::Decode(error) => Some(error.status),
            _ => None,
        }
    }

    /// What went wrong, in the words of the API.
    pub fn code(&self) -> Option<&ErrorCode> {
        self.api()?.code.as_ref()
    }

    /// The id of the request, to quote when asking for support.
    pub fn request_id(&self) -> Option<&str> {
        match self.last() {
            Self::Api(error) => error.request_id.as_deref(),
            Self::Decode(error) => error.headers.get("x-request-id")?.to_str().ok(),
            _ => None,
        }
    }

    /// Whether there is no such resource, or no such operation (404).
    pub fn is_not_found(&self) -> bool {
        self.has_status(StatusCode::NOT_FOUND)
    }

    /// Whether the state of a resource, or of an earlier call with the same key, forbids the call (409).
    pub fn is_conflict(&self) -> bool {
        self.has_status(StatusCode::CONFLICT)
    }

    /// Whether the call was one too many for the rate limit (429).
    pub fn is_rate_limited(&self) -> bool {
        self.has_status(StatusCode::TOO_MANY_REQUESTS)
    }

    /// Whether a value in the body or the address breaks a rule (422); the details name each.
    pub fn is_invalid(&self) -> bool {
        self.has_status(StatusCode::UNPROCESSABLE_ENTITY)
    }

    /// Whether the credentials do not count (401), or there are none to be had.
    pub fn is_unauthorized(&self) -> bool {
        self.has_status(StatusCode::UNAUTHORIZED) || matches!(self.last(), Self::Auth(_))
    }

    /// Whether the token lacks a scope (403).
    pub fn is_forbidden(&self) -> bool {
        self.has_status(StatusCode::FORBIDDEN)
    }

    /// Whether the service does not offer the format that was asked for (406), such as the PDF of a contract that is not
    /// signed.
    pub fn is_not_acceptable(&self) -> bool {
        self.has_status(StatusCode::NOT_ACCEPTABLE)
    }

    /// Whether it took too long.
    pub fn is_timeout(&self) -> bool {
        matches!(self.last(), Self::Timeout(_))
    }

    /// Whether no connection could be had, so that nothing was sent.
    pub fn is_connect(&self) -> bool {
        match self.last() {
            Self::Transport(error) => error.kind == TransportKind::Connect,
            Self::Timeout(error) => error.kind == TimeoutKind::Connect,
            _ => false,
        }
    }

    /// Whether the same call may succeed at another time: the service was too busy or out of order, or the network was.
    ///
    /// Whether it may be sent again without harm is another question: the call may have been done. The client itself
    /// looks at both, see [`RetryPolicy`](crate::RetryPolicy).
    pub fn is_retryable(&self) -> bool {
        match self.last() {
            Self::Api(error) => crate::retry::is_passing(error.status),
            Self::Transport(_) | Self::Timeout(_) => true,
            Self::Auth(error) => matches!(&**error, AuthError::Token(error) if error.is_retryable()),
            _ => false,
        }
    }

    fn has_status(&self, status: StatusCode) -> bool {
        self.api().is_some_and(|error| error.status == status)
    }

    pub(crate) fn from_build(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let mut text = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        Self::InvalidRequest(text)
    }

    /// What a request that did not get through, or took longer than `reqwest` was told to wait, stands for.
    pub(crate) fn from_transport(error: reqwest::Error, in_body: bool, limits: &crate::client::Timeouts) -> Self {
        if error.is_builder() {
            return Self::from_build(error);
        }
        let kind = match (error.is_connect(), in_body) {
            (true, _) => TransportKind::Connect,
            (_, true) => TransportKind::Body,
            _ => TransportKind::Request,
        };
        if error.is_timeout() {
            return match (kind, limits.connect) {
                (TransportKind::Connect, Some(limit)) => Self::timeout(TimeoutKind::Connect, limit),
                _ => Self::timeout(TimeoutKind::Attempt, limits.attempt.unwrap_or_default()),
            };
        }
        // The address may hold what callers filter by, and a picture's address is a key to it.
        Self::Transport(Box::new(TransportError { source: error.without_url(), kind }))
    }

    pub(crate) fn timeout(kind: TimeoutKind, limit: Duration) -> Self {
        Self::Timeout(Box::new(TimeoutError { kind, limit }))
    }

    pub(crate) fn decode(source: serde_json::Error, path: String, answer: crate::response::Answer) -> Self {
        Self::Decode(Box::new(DecodeError {
            path,
            status: answer.status,
            headers: answer.headers,
            bytes: answer.body,
            source,
        }))
    }
}

impl ApiError {
    /// Reads an answer that says that the call failed. Any body will do.
    pub(crate) fn read(status: StatusCode, headers: HeaderMap, mut body: Bytes) -> Self {
        /// The body of errors, read as far as it goes: only what is looked at has to be there.
        #[derive(Deserialize)]
        struct Envelope {
            error: Fault,
            error_description: Option<String>,
        }
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Fault {
            OAuth(OAuthErrorError),
            Api {
                code: Option<ErrorCode>,
                #[serde(rename = "type")]
                type_: Option<ErrorType>,
                message: Option<String>,
                #[serde(default)]
                details: Vec<ErrorDetail>,
                #[serde(default)]
                links: Vec<ErrorLink>,
                request_id: Option<String>,
            },
        }
        let from_header = headers.get("x-request-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
        let mut error = Self {
            status,
            code: None,
            type_: None,
            message: String::new(),
            details: Vec::new(),
            links: Vec::new(),
            request_id: None,
            oauth: None,
            headers,
            body: Bytes::new(),
        };
        match serde_json::from_slice(&body) {
            Ok(Envelope { error: Fault::Api { code, type_, message, details, links, request_id }, .. }) => {
                error = Self { code, type_, details, links, request_id, ..error };
                error.message = message.unwrap_or_default();
            }
            Ok(Envelope { error: Fault::OAuth(code), error_description }) => {
                error.message = error_description.unwrap_or_else(|| code.as_str().to_owned());
                error.oauth = Some(code);
            }
            Err(_) => error.message = shown(&body),
        }
        body.truncate(64 * 1024);
        Self { request_id: error.request_id.or(from_header), body, ..error }
    }

    /// When to try again, counted from `now`, as the headers say: `Retry-After`, or else on 429 `RateLimit-Reset`.
    ///
    /// `Retry-After` is a number of seconds or an HTTP date, `RateLimit-Reset` the time at which the window ends, in
    /// Unix seconds. A time that has passed gives zero.
    pub fn retry_after(&self, now: std::time::SystemTime) -> Option<Duration> {
        crate::retry::wait_told(self.status, &self.headers, now)
    }
}

/// The beginning of a body, for a message.
fn shown(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(SHOWN)]);
    let text = text.trim();
    if body.len() > SHOWN { format!("{text}…") } else { text.to_owned() }
}

impl TransportError {
    /// How far the request got.
    pub fn kind(&self) -> TransportKind {
        self.kind
    }
}
