//! What a server is started with.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use axum::http::Uri;
use serde_json::Value;

use super::{DEMO_OPERATOR, MockServer, Operators};
use crate::clock::Running;
use crate::contract::limits::RateLimit;
use crate::control::{self, ControlError, Seeded, Taken};
use crate::domain::time::Timestamp;
use crate::seed::file;
use crate::store::World;

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
    pub(crate) snapshots: Option<PathBuf>,
    data: Vec<Data>,
}

/// What the business has besides what it starts with.
#[derive(Clone, PartialEq, Eq)]
enum Data {
    File(PathBuf),
    Document(Value),
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
    /// A seed file cannot be read.
    #[error("cannot read the seed file {}", path.display())]
    SeedFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// What a seed file or document describes cannot be made.
    #[error("{document} cannot be used:\n  {reason}")]
    Seed {
        /// Which one: `the seed file` and its path, or `the seed document`.
        document: String,
        /// What is wrong: JSON Pointers into it with a sentence each, one a line; or where it is no JSON or YAML.
        reason: String,
    },
    /// There is no folder where snapshots are to be saved.
    #[error("there is no folder {}", path.display())]
    Snapshots {
        /// Where it was to be.
        path: PathBuf,
    },
    /// A control token that no request can bring.
    #[error(
        "the control token begins or ends with a space, or has characters other than those of ASCII that can be seen"
    )]
    ControlTokenUnusable,
    /// An address that others cannot call the server by.
    #[error("`{url}` is no address to call a server by; one is such as http://mock.example:4010")]
    PublicUrl {
        /// What was given.
        url: String,
    },
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
            snapshots: None,
            data: Vec::new(),
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

    /// A folder of this machine where snapshots are saved by name. It must be there.
    pub fn snapshots(self, folder: impl Into<PathBuf>) -> Self {
        Self { snapshots: Some(folder.into()), ..self }
    }

    /// A seed file, in YAML, or in JSON where its name ends in `.json`: what the business has besides what it starts with. Several
    /// are loaded one after the other. What they give ids to is told by [`MockServer::seeded`].
    pub fn seed_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.data.push(Data::File(path.into()));
        self
    }

    /// The document of a seed file, as [`seed_file`](Self::seed_file) reads one.
    pub fn seed_document(mut self, document: Value) -> Self {
        self.data.push(Data::Document(document));
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    /// When the socket cannot be had, others could reach the control API unasked, or a seed file cannot be used. Nothing has
    /// listened then.
    pub async fn start(self) -> Result<MockServer, StartError> {
        MockServer::launch(self).await
    }

    pub(super) fn check(&self) -> Result<(), StartError> {
        match self.control_token.as_deref() {
            Some("") => Err(StartError::EmptyControlToken),
            Some(token) if !can_be_sent(token) => Err(StartError::ControlTokenUnusable),
            None if !self.host.is_loopback() => Err(StartError::ControlTokenNeeded { host: self.host }),
            _ => Ok(()),
        }?;
        match &self.public_url {
            Some(url) if !is_base(url) => Err(StartError::PublicUrl { url: url.clone() }),
            _ => Ok(()),
        }?;
        match &self.snapshots {
            Some(path) if !path.is_dir() => Err(StartError::Snapshots { path: path.clone() }),
            _ => Ok(()),
        }
    }

    /// Makes what the seed files describe. Nobody hears of it (X7).
    pub(super) fn load(&self, world: &mut World, now: Timestamp) -> Result<Seeded, StartError> {
        let nobody = Operators::default();
        let taken = Taken { operators: &nobody, by_others_than: DEMO_OPERATOR };
        let mut all = Seeded::default();
        for data in &self.data {
            let (name, document) = match data {
                Data::File(path) => (format!("the seed file {}", path.display()), read(path)?),
                Data::Document(document) => ("the seed document".to_owned(), Ok(document.clone())),
            };
            let seeded = document.and_then(|document| {
                world.transact(|world| control::seed(world, now, document, &taken)).map(|(seeded, _)| seeded)
            });
            let seeded = seeded.map_err(|error| StartError::Seed { document: name, reason: error.told() })?;
            all.keys.extend(seeded.keys);
            all.access_tokens.extend(seeded.access_tokens);
            all.applications.extend(seeded.applications);
        }
        Ok(all)
    }
}

/// The document in a file, or why it is none.
fn read(path: &Path) -> Result<Result<Value, ControlError>, StartError> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|source| StartError::SeedFile { path: path.to_owned(), source })?;
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    Ok(if is_json { file::from_json(text.as_bytes()) } else { file::from_yaml(&text) })
}

/// Whether a header can hold a token as it is: blanks around it would be lost on the way.
fn can_be_sent(token: &str) -> bool {
    token.trim() == token && token.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

/// Whether paths can be put behind a text to make the address of something: it is one of HTTP, without query and fragment.
fn is_base(url: &str) -> bool {
    let is_http = |uri: &Uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.query().is_none();
    !url.contains('#') && url.parse().is_ok_and(|uri| is_http(&uri))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_could_reach_needs_a_control_token_that_can_be_sent() {
        let anywhere = || Options::default().host(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        assert!(matches!(anywhere().check(), Err(StartError::ControlTokenNeeded { .. })));
        assert!(anywhere().control_token("t0k3n").check().is_ok());
        assert!(matches!(Options::default().control_token("").check(), Err(StartError::EmptyControlToken)));
        for token in [" t", "t ", "t\n", "tök"] {
            let refused = Options::default().control_token(token).check();
            assert!(matches!(refused, Err(StartError::ControlTokenUnusable)), "{token:?}");
        }
    }

    #[test]
    fn a_public_url_is_one_that_paths_can_be_put_behind() {
        for url in ["http://mock:4010", "https://mock.example/stora/", "http://[::1]:4010"] {
            assert!(Options::default().public_url(url).check().is_ok(), "{url}");
        }
        for url in
            ["", "mock", "mock:4010", "/stora", "ftp://mock", "http://", "http://a b", "http://a?b", "http://a#b"]
        {
            let refused = Options::default().public_url(url).check();
            assert!(matches!(refused, Err(StartError::PublicUrl { .. })), "{url}");
        }
    }
}
