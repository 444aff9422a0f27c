//! Answers, typed and as they came.

use std::ops::Deref;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use crate::Error;
use crate::status::FromResponse;

/// What a call gave, with what came beside it: status, headers, the id of the request.
///
/// It is used like the value itself.
#[derive(Clone, Debug)]
pub struct Response<T> {
    value: T,
    status: StatusCode,
    headers: HeaderMap,
}

/// How much of the rate limit is used, as the headers of an answer tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// Most requests in the window (`RateLimit-Limit`).
    pub limit: u64,
    /// When the window ends, in Unix seconds (`RateLimit-Reset`).
    pub reset: u64,
}

impl<T> Response<T> {
    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers of the answer.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The id of the request (`X-Request-Id`), to quote when asking for support.
    pub fn request_id(&self) -> Option<&str> {
        self.headers.get("x-request-id")?.to_str().ok()
    }

    /// The rate limit, if the answer tells of it.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        let number = |name| self.headers.get(name)?.to_str().ok()?.trim().parse().ok();
        Some(RateLimit { limit: number("ratelimit-limit")?, reset: number("ratelimit-reset")? })
    }

    /// What the call gave.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// The same answer with another value in it.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Response<U> {
        Response { value: change(self.value), status: self.status, headers: self.headers }
    }
}

impl<T> Deref for Response<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> AsRef<T> for Response<T> {
    fn as_ref(&self) -> &T {
        &self.value
    }
}

/// An answer that was read to its end and says that the call was done.
#[derive(Debug)]
pub struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    fn with<T>(self, value: T) -> Response<T> {
        Response { value, status: self.status, headers: self.headers }
    }

    /// The answer as it came.
    pub(crate) fn bytes(mut self) -> Response<Bytes> {
        let body = std::mem::take(&mut self.body);
        self.with(body)
    }

    /// Decodes the answer from JSON.
    ///
    /// # Errors
    /// When it is not a `T`; the error tells where.
    pub fn json<T: DeserializeOwned>(self) -> Result<Response<T>, Error> {
        match serde_json::from_slice(&self.body) {
            Ok(value) => Ok(self.with(value)),
            Err(error) => {
                // Keeping track of the way costs, so that it is only looked for once something is wrong.
                let mut deserializer = serde_json::Deserializer::from_slice(&self.body);
                let path = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
                    Err(located) => located.path().to_string(),
                    Ok(_) => ".".to_owned(),
                };
                Err(Error::decode(error, path, self))
            }
        }
    }

    /// Decodes the answer as its status says.
    ///
    /// # Errors
    /// When the body is not what the document says for the status.
    pub fn by_status<T: FromResponse>(self) -> Result<Response<T>, Error> {
        match T::from_response(self.status.as_u16(), &self.body) {
            Ok(value) => Ok(self.with(value)),
            Err(error) => Err(Error::decode(error, ".".to_owned(), self)),
        }
    }

    /// The answer as text.
    ///
    /// # Errors
    /// Never; bytes that are no UTF-8 are replaced.
    pub fn text(self) -> Result<Response<String>, Error> {
        let text = String::from_utf8_lossy(&self.body).into_owned();
        Ok(self.with(text))
    }

    /// The answer of an operation that has no body.
    pub fn empty(self) -> Response<()> {
        self.with(())
    }
}
