//! What a server is started with.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::MockServer;
use crate::clock::Running;
use crate::contract::limits::RateLimit;
use crate::domain::time::Timestamp;

/// What a server is started with. Made by [`MockServer::builder`].
#[derive(Clone, PartialEq, Eq)]
#[must_use = "nothing runs before `start`"]
pub struct Options {
    pub(crate) host: IpAddr,
    pub(crate) port: u16,
    pub(crate) seed: u64,
    pub(crate) empty: bool,
    pub(crate) clock: Running,
    pub(crate) rate_limit: RateLimit,
    pub(crate) body_limit: usize,
    pub(crate) journal_size: usize,
    pub(crate) control_token: Option<String>,
    pub(crate) cors: bool,
    pub(crate) strict: bool,
    pub(crate) public_url: Option<String>,
    pub(crate) backoffice: Option<String>,
    pub(crate) storefront: Option<String>,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The socket cannot be had.
    #[error("cannot listen on {address}")]
    Bind {
        /// The socket.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// Others could reach the control API, which lets them do everything.
    #[error("{host} can be reached from other machines: set a control token, or listen on 127.0.0.1")]
    ControlTokenNeeded {
        /// The address to listen on.
        host: IpAddr,
    },
    /// A control token without a character.
    #[error("the control token is empty")]
    EmptyControlToken,
}

impl Default for Options {
    /// A free port of this machine, seed 1, the demo business, real time, no rate limit.
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            seed: 1,
            empty: false,
            clock: Running::Real { ahead: 0 },
            rate_limit: RateLimit::off(),
            body_limit: 1 << 20,
            journal_size: 1_000,
            control_token: None,
            cors: false,
            strict: false,
            public_url: None,
            backoffice: None,
            storefront: None,
        }
    }
}

impl Options {
    /// The address to listen on. Others than those of this machine need a control token.
    pub fn host(self, host: IpAddr) -> Self {
        Self { host, ..self }
    }

    /// The port to listen on; 0 for any that is free.
    pub fn port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// What decides ids, secrets and the demo business.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Whether to start without the demo business. The tokens and the application of the demo operator are there all the same.
    pub fn empty(self, empty: bool) -> Self {
        Self { empty, ..self }
    }

    /// Lets the business clock stand at an instant, instead of running with real time.
    ///
    /// With the same instant, the same seed and the same calls, everything is the same to the byte.
    pub fn clock_at(self, unix_seconds: i64) -> Self {
        Self { clock: Running::Standing(Timestamp::from_unix(unix_seconds)), ..self }
    }

    /// How often a credential may call. Off by default.
    pub fn rate_limit(self, rate_limit: RateLimit) -> Self {
        Self { rate_limit, ..self }
    }

    /// The longest body that is read, in bytes. 1 MiB by default.
    pub fn body_limit(self, body_limit: usize) -> Self {
        Self { body_limit, ..self }
    }

    /// How many requests the journal keeps. 1,000 by default.
    pub fn journal_size(self, journal_size: usize) -> Self {
        Self { journal_size, ..self }
    }

    /// What calls of the control API must bring as bearer token. None by default.
    pub fn control_token(self, token: impl Into<String>) -> Self {
        Self { control_token: Some(token.into()), ..self }
    }

    /// Whether pages of other origins may call.
    pub fn cors(self, cors: bool) -> Self {
        Self { cors, ..self }
    }

    /// Whether query parameters that an operation does not know are refused with 422 instead of ignored.
    pub fn strict(self, strict: bool) -> Self {
        Self { strict, ..self }
    }

    /// What the server is called by others, where that is not the address it listens on.
    pub fn public_url(self, url: impl Into<String>) -> Self {
        Self { public_url: Some(url.into()), ..self }
    }

    /// Where links lead to: the Backoffice and the Storefront as URI templates that hold `{rel}`. By default below the server.
    pub fn curies(self, backoffice: impl Into<String>, storefront: impl Into<String>) -> Self {
        Self { backoffice: Some(backoffice.into()), storefront: Some(storefront.into()), ..self }
    }

    /// Starts the server.
    ///
    /// # Errors
    /// When the socket cannot be had, or others could reach the control API unasked.
    pub async fn start(self) -> Result<MockServer, StartError> {
        MockServer::launch(self).await
    }

    pub(super) fn check(&self) -> Result<(), StartError> {
        match self.control_token.as_deref() {
            Some("") => Err(StartError::EmptyControlToken),
            None if !self.host.is_loopback() => Err(StartError::ControlTokenNeeded { host: self.host }),
            _ => Ok(()),
        }
    }
}

/// Without the control token.
impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("seed", &self.seed)
            .field("empty", &self.empty)
            .field("clock", &self.clock)
            .field("rate_limit", &self.rate_limit)
            .finish_non_exhaustive()
    }
}
