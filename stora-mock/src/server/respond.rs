//! From an answer to bytes on a connection.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

use super::connection::Breaker;
use crate::api::Answer;
use crate::contract::limits::Admission;
use crate::contract::request_id::RequestId;
use crate::control::faults::Effect;

/// How an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// As it should.
    Whole,
    /// The connection breaks off after so many bytes of the body.
    Truncated(usize),
    /// The connection breaks off before a byte is sent.
    Reset,
}

impl Ending {
    /// How an answer ends by a fault.
    pub(super) fn after(effect: Option<Effect>) -> Self {
        match effect {
            Some(Effect::TruncatedBody { after_bytes }) => {
                Self::Truncated(usize::try_from(after_bytes).unwrap_or(usize::MAX))
            }
            Some(Effect::ConnectionReset | Effect::AnswerLost) => Self::Reset,
            Some(Effect::Status(_) | Effect::NotSaved) | None => Self::Whole,
        }
    }
}

/// The response of an answer.
pub(super) fn response(
    answer: Answer,
    request_id: &RequestId,
    admission: Option<Admission>,
    ending: Ending,
    breaker: &Breaker,
) -> Response<Body> {
    let length = answer.body.len();
    let mut response = Response::new(match ending {
        Ending::Whole => Body::from(answer.body),
        Ending::Truncated(after) => broken(Some(answer.body.slice(..after.min(length))), breaker),
        Ending::Reset => broken(None, breaker),
    });
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if let Some(content_type) = answer.content_type {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    if let Ending::Truncated(_) = ending {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    for (name, value) in answer.headers {
        // A value that is no header value, such as a file name with a line break, is left out rather than failing the answer.
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&value)) {
            headers.append(name, value);
        }
    }
    if let Some(admission) = admission {
        headers.insert("ratelimit-limit", HeaderValue::from(admission.limit));
        headers.insert("ratelimit-reset", HeaderValue::from(admission.reset));
    }
    if let Ok(id) = HeaderValue::from_str(request_id.as_str()) {
        headers.insert("x-request-id", id);
    }
    response
}

/// A body that breaks its connection off: after the headers and `start`, or before a byte is sent if there is none.
fn broken(start: Option<Bytes>, breaker: &Breaker) -> Body {
    let breaker = breaker.clone();
    let started = start.is_some();
    let end = async move {
        if started {
            // What was sent so far is to leave the machine before the connection breaks.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        breaker.break_off();
        Err::<Bytes, io::Error>(io::ErrorKind::ConnectionReset.into())
    };
    let start = start.filter(|start| !start.is_empty()).map(Ok);
    Body::from_stream(stream::iter(start).chain(stream::once(end)))
}
