//! How errors are shown, and what caused them.

use std::fmt;

use super::{
    ApiError, AuthError, DecodeError, Error, Exhausted, PagingError, TimeoutError, TimeoutKind, TransportError,
    TransportKind,
};

/// Bodies are not shown: they hold personal data, and those of OAuth 2 tokens.
impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("status", &self.status)
            .field("code", &self.code)
            .field("type_", &self.type_)
            .field("message", &self.message)
            .field("details", &self.details)
            .field("links", &self.links)
            .field("request_id", &self.request_id)
            .field("oauth", &self.oauth)
            .field("headers", &self.headers)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}

/// Bodies are not shown: they hold personal data, and those of OAuth 2 tokens.
impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecodeError")
            .field("path", &self.path)
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("bytes", &format_args!("{} bytes", self.bytes.len()))
            .field("source", &self.source)
            .finish()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidRequest(reason) => f.write_str(reason),
            Self::Api(error) => error.fmt(f),
            Self::Auth(error) => error.fmt(f),
            Self::Transport(error) => error.fmt(f),
            Self::Timeout(error) => error.fmt(f),
            Self::Decode(error) => error.fmt(f),
            Self::Paging(error) => error.fmt(f),
            Self::Exhausted(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the service answered {}", self.status)?;
        if let Some(code) = &self.code {
            write!(f, " {code}")?;
        }
        if let Some(code) = &self.oauth {
            write!(f, " {code}")?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        for detail in &self.details {
            write!(f, "; {}", detail.message)?;
        }
        match &self.request_id {
            Some(id) => write!(f, " (request {id})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoCredentials => "the client has no credentials, and the operation needs them",
            Self::Token(_) => "no access token could be had",
            Self::NotKept(_) => "new tokens could not be kept",
            Self::Unusable => "the service gave an access token that cannot stand in a header",
            Self::Interrupted => "fetching an access token was interrupted",
        })
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            TransportKind::Connect => "no connection to the service",
            TransportKind::Request => "the request did not get an answer",
            TransportKind::Body => "the answer broke off",
        })
    }
}

impl fmt::Display for TimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            TimeoutKind::Connect => "connecting took",
            TimeoutKind::Attempt => "the answer took",
            TimeoutKind::Total => "the call with its repeats took",
        };
        write!(f, "{what} longer than {:?}", self.limit)
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the answer ({}) is not as documented at `{}`: {}", self.status, self.path, self.source)
    }
}

impl fmt::Display for PagingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { page, next } = self;
        match next > page {
            true => write!(
                f,
                "page {page} begins as the pages before it did, and gives {next} as the next one: there would be no end"
            ),
            false => write!(f, "page {page} gives {next} as the next one: there would be no end"),
        }
    }
}

impl fmt::Display for Exhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "gave up after {} attempts", self.attempts)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::InvalidRequest(_) => None,
            Self::Api(error) => error.source(),
            Self::Auth(error) => error.source(),
            Self::Transport(error) => error.source(),
            Self::Timeout(error) => error.source(),
            Self::Decode(error) => error.source(),
            Self::Paging(error) => error.source(),
            Self::Exhausted(error) => error.source(),
        }
    }
}

impl std::error::Error for ApiError {}
impl std::error::Error for TimeoutError {}
impl std::error::Error for PagingError {}

impl std::error::Error for AuthError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Token(error) => Some(&**error),
            Self::NotKept(error) => Some(&**error),
            Self::NoCredentials | Self::Unusable | Self::Interrupted => None,
        }
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

impl std::error::Error for DecodeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // Its text is in this level's message already; what caused it is not.
        std::error::Error::source(&self.source)
    }
}

impl std::error::Error for Exhausted {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.last)
    }
}
