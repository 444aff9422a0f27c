//! What every call goes through on its way out: credentials.

use std::fmt;

use progenitor_client::{ClientHooks, Error, OperationInfo};
use reqwest::header::{AUTHORIZATION, HeaderValue};

use crate::Client;
use crate::generated::OPEN_OPERATIONS;

/// What a client carries for all of its calls.
#[derive(Clone)]
pub struct Transport {
    authorization: HeaderValue,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").finish_non_exhaustive()
    }
}

/// Why a client cannot be made.
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientError {
    /// The base URL is not an absolute `http` or `https` address without query and fragment.
    BaseUrl(String),
    /// The access token is empty, or holds characters that cannot stand in a header.
    Token,
    /// The HTTP client cannot be set up.
    Http(reqwest::Error),
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BaseUrl(url) => {
                write!(f, "`{url}` is not an absolute http or https address without query and fragment")
            }
            Self::Token => f.write_str("the access token is empty or cannot stand in a header"),
            Self::Http(_) => f.write_str("the HTTP client cannot be set up"),
        }
    }
}

impl std::error::Error for ClientError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Http(error) => Some(error),
            Self::BaseUrl(_) | Self::Token => None,
        }
    }
}

impl Client {
    /// A client for the service at `base_url`, which authenticates with an access token.
    ///
    /// # Errors
    /// When the address or the token cannot be used.
    pub fn new(base_url: &str, access_token: &str) -> Result<Self, ClientError> {
        let url = reqwest::Url::parse(base_url).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.query().is_none()
                && url.fragment().is_none()
        });
        if url.is_none() {
            return Err(ClientError::BaseUrl(base_url.to_owned()));
        }
        let token = access_token.trim();
        if token.is_empty() {
            return Err(ClientError::Token);
        }
        let mut authorization = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| ClientError::Token)?;
        authorization.set_sensitive(true);
        let http = reqwest::Client::builder().build().map_err(ClientError::Http)?;
        Ok(Self::new_with_client(base_url.trim_end_matches('/'), http, Transport { authorization }))
    }
}

impl ClientHooks<Transport> for Client {
    async fn pre<E>(&self, request: &mut reqwest::Request, info: &OperationInfo) -> Result<(), Error<E>> {
        // A call that needs no credentials does not get to see them.
        if OPEN_OPERATIONS.contains(&info.operation_id) {
            return Ok(());
        }
        request.headers_mut().entry(AUTHORIZATION).or_insert_with(|| self.inner.authorization.clone());
        Ok(())
    }
}
