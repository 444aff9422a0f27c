//! Why OAuth refuses.

use std::fmt;

use thiserror::Error;

/// Why an OAuth operation refuses, as RFC 6749 tells it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{error}: {description}")]
pub struct OAuthFault {
    /// The kind of fault.
    pub error: OAuthError,
    /// The fault in a sentence, of the characters that RFC 6749 allows there. It never holds a secret.
    pub description: String,
}

/// The kinds of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OAuthError {
    /// A parameter is missing or makes no sense.
    InvalidRequest,
    /// The client is unknown, or did not show who it is.
    InvalidClient,
    /// A code or refresh token is not alive, or not this client's.
    InvalidGrant,
    /// A scope does not exist or is not allowed, or none was asked for.
    InvalidScope,
    /// The token belongs to another client.
    UnauthorizedClient,
    /// The grant is none of the three.
    UnsupportedGrantType,
    /// The response type is not `code`.
    UnsupportedResponseType,
    /// Consent was denied.
    AccessDenied,
}

impl OAuthFault {
    pub(super) fn new(error: OAuthError, description: impl Into<String>) -> Self {
        Self { error, description: description.into() }
    }

    pub(super) fn missing(parameter: &str) -> Self {
        Self::new(OAuthError::InvalidRequest, format!("The parameter {parameter} is missing."))
    }

    pub(super) fn client() -> Self {
        Self::new(OAuthError::InvalidClient, "The client could not be identified.")
    }

    pub(super) fn grant(description: &str) -> Self {
        Self::new(OAuthError::InvalidGrant, description)
    }
}

impl OAuthError {
    /// The code that a client sees.
    pub const fn code(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidScope => "invalid_scope",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::AccessDenied => "access_denied",
        }
    }

    /// The status that goes with it at the token and revoke operations. A refused authorization is 400 whatever the code.
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidClient => 401,
            Self::UnauthorizedClient => 403,
            _ => 400,
        }
    }
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A parameter that was sent; without a value it counts as left out (RFC 6749, section 3.1).
pub(super) fn given(parameter: Option<&str>) -> Option<&str> {
    parameter.filter(|value| !value.is_empty())
}

/// The name of a scope or grant type as a description may show it: only if it looks like one, so that neither a secret in the
/// wrong place nor a character that RFC 6749 forbids is shown.
pub(super) fn shown(name: &str) -> &str {
    let plain = (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b"._:-".contains(&b));
    if plain { name } else { "that was asked for" }
}
