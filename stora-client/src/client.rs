//! The client and how it is set up.

use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;

use crate::auth::Credentials;
use crate::retry::{Budget, RetryPolicy};
use crate::transport::Transport;
use crate::wire::{Tap, Taps};

/// Where Stora serves the API.
pub const PRODUCTION: &str = "https://public-api.stora.co";

/// How many repeats all calls together may have used up before calls that succeed earn new ones.
const RETRY_BUDGET: u32 = 100;

/// A client of the API: one method per operation.
///
/// Clones are cheap and share everything: connections, the token, the rate limiter, the budget of repeats. Make one and
/// clone it.
#[derive(Clone)]
pub struct Client {
    pub(crate) baseurl: Arc<str>,
    pub(crate) client: reqwest::Client,
    pub(crate) shared: Arc<Transport>,
}

/// Sets up a [`Client`]. Made by [`Client::builder`].
#[must_use]
pub struct ClientBuilder {
    base_url: String,
    credentials: Option<Credentials>,
    http: Option<reqwest::Client>,
    timeouts: Timeouts,
    retry: RetryPolicy,
    retry_budget: u32,
    app: Option<String>,
    trace_bodies: bool,
    taps: Taps,
    #[cfg(feature = "limiter")]
    limits: Vec<crate::limiter::Limit>,
}

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timeouts {
    pub(crate) connect: Option<Duration>,
    pub(crate) attempt: Option<Duration>,
    pub(crate) total: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        Self { connect: seconds(10), attempt: seconds(30), total: seconds(120) }
    }
}

/// Why a client cannot be made.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConfigError {
    /// The base URL is not an absolute `http` or `https` address without credentials, query and fragment. It is
    /// shown unless it has one of these, since they may be secret.
    BaseUrl(String),
    /// No credentials were given.
    NoCredentials,
    /// The access token is empty, or has characters that cannot stand in a header.
    Token,
    /// A part of the credentials is empty; which one.
    Credentials(&'static str),
    /// The name or version of the application cannot stand in a header.
    AppInfo(String),
    /// A variable of the environment is not text; which one.
    Environment(&'static str),
    /// The HTTP client cannot be set up.
    Http(reqwest::Error),
}

impl Client {
    /// Sets up a client.
    ///
    /// ```
    /// use std::time::Duration;
    /// use stora_client::{Client, Credentials};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = Client::builder()
    ///     .base_url("http://127.0.0.1:4010")
    ///     .credentials(Credentials::access_token("stora-mock-demo-token")?)
    ///     .timeout(Duration::from_secs(60))
    ///     .app_info("gate-keeper", "1.4")
    ///     .build()?;
    /// # let _ = client;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder() -> ClientBuilder {
        ClientBuilder {
            base_url: PRODUCTION.to_owned(),
            credentials: None,
            http: None,
            timeouts: Timeouts::default(),
            retry: RetryPolicy::default(),
            retry_budget: RETRY_BUDGET,
            app: None,
            trace_bodies: false,
            taps: Taps::default(),
            #[cfg(feature = "limiter")]
            limits: Vec::new(),
        }
    }

    /// A client of the real service with an access token, everything else as it is by default.
    ///
    /// # Errors
    /// When the token cannot be used.
    pub fn new(access_token: &str) -> Result<Self, ConfigError> {
        Self::builder().access_token(access_token)?.build()
    }

    /// A client as the environment says. Variables that are empty count as not set.
    ///
    /// | variable | |
    /// |---|---|
    /// | `STORA_ACCESS_TOKEN` | An access token that staff made. It goes before an application. |
    /// | `STORA_CLIENT_ID`, `STORA_CLIENT_SECRET` | An OAuth 2 application that acts for its own operator. |
    /// | `STORA_SCOPES` | The scopes that it asks for, parted by spaces; all unless said otherwise. |
    /// | `STORA_BASE_URL` | The address of the service; [`PRODUCTION`] unless said otherwise. |
    ///
    /// # Errors
    /// When there are no credentials, or something in them cannot be used.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::builder().from_env()?.build()
    }

    /// The address that all paths are below, without a slash at its end.
    pub fn base_url(&self) -> &str {
        &self.baseurl
    }
}

impl ClientBuilder {
    /// The address that all paths are below; [`PRODUCTION`] unless said otherwise.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = url.into();
        self
    }

    /// What the client authenticates with.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Authenticates with an access token that staff made.
    ///
    /// # Errors
    /// When the token is empty or cannot stand in a header.
    pub fn access_token(self, token: &str) -> Result<Self, ConfigError> {
        Ok(self.credentials(Credentials::access_token(token)?))
    }

    /// Takes credentials and base URL from the environment, see [`Client::from_env`].
    ///
    /// # Errors
    /// When something there cannot be used. That there are no credentials is an error of [`build`](Self::build).
    pub fn from_env(self) -> Result<Self, ConfigError> {
        self.with_variables(|name| std::env::var_os(name))
    }

    fn with_variables(mut self, read: impl Fn(&str) -> Option<OsString>) -> Result<Self, ConfigError> {
        let variable = |name: &'static str| {
            let text = read(name).map(OsString::into_string).transpose().map_err(|_| ConfigError::Environment(name))?;
            Ok(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
        };
        if let Some(url) = variable("STORA_BASE_URL")? {
            self.base_url = url;
        }
        if let Some(token) = variable("STORA_ACCESS_TOKEN")? {
            return self.access_token(&token);
        }
        match (variable("STORA_CLIENT_ID")?, variable("STORA_CLIENT_SECRET")?) {
            (Some(id), Some(secret)) => {
                let credentials = match variable("STORA_SCOPES")? {
                    Some(scopes) => Credentials::client_credentials_with_scopes(id, secret, [scopes])?,
                    None => Credentials::client_credentials(id, secret)?,
                };
                Ok(self.credentials(credentials))
            }
            (Some(_), None) => Err(ConfigError::Credentials("STORA_CLIENT_SECRET")),
            (None, Some(_)) => Err(ConfigError::Credentials("STORA_CLIENT_ID")),
            (None, None) => Ok(self),
        }
    }

    /// Uses an HTTP client that was set up elsewhere: with a proxy, other certificates, and so on.
    ///
    /// The time for connecting is then its own matter, and so are redirects, which the client made here does not follow, so
    /// that a call is never sent twice or elsewhere by a redirect.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// How long opening a connection may take: ten seconds unless said otherwise.
    pub fn connect_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts.connect = timeout.into();
        self
    }

    /// How long one attempt may take, its answer included: 30 seconds unless said otherwise.
    pub fn attempt_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts.attempt = timeout.into();
        self
    }

    /// How long a call may take with all its attempts and the waits between them: two minutes unless said otherwise.
    pub fn timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.timeouts.total = timeout.into();
        self
    }

    /// How calls are repeated.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// How many repeats all calls together may use up, 100 unless said otherwise. Each call that succeeds earns a tenth of
    /// a repeat back.
    pub fn retry_budget(mut self, repeats: u32) -> Self {
        self.retry_budget = repeats;
        self
    }

    /// Keeps to a rate: at most so many requests in so much time. Several limits all hold.
    ///
    /// A request that would be too many waits for its turn, within the time that its call may take.
    #[cfg(feature = "limiter")]
    pub fn rate_limit(mut self, requests: std::num::NonZeroU32, per: Duration) -> Self {
        self.limits.push(crate::limiter::Limit { requests, per });
        self
    }

    /// Keeps to the documented rates: 10 requests a second and 60 a minute.
    #[cfg(feature = "limiter")]
    pub fn documented_rate_limits(self) -> Self {
        const TEN: std::num::NonZeroU32 = std::num::NonZeroU32::new(10).unwrap();
        const SIXTY: std::num::NonZeroU32 = std::num::NonZeroU32::new(60).unwrap();
        self.rate_limit(TEN, Duration::from_secs(1)).rate_limit(SIXTY, Duration::from_secs(60))
    }

    /// Names the application that uses the client, in the header `User-Agent`: `name/version stora-client/0.1.0`.
    pub fn app_info(mut self, name: &str, version: &str) -> Self {
        self.app = Some(format!("{name}/{version}"));
        self
    }

    /// Writes bodies into the traces as well (level `TRACE`), except those of OAuth 2. They hold personal data; off unless
    /// said otherwise.
    pub fn trace_bodies(mut self, on: bool) -> Self {
        self.trace_bodies = on;
        self
    }

    /// Shows requests and answers to somebody, as they go over the wire.
    pub fn tap(mut self, tap: impl Tap) -> Self {
        self.taps = Taps::one(tap);
        self
    }

    /// The client.
    ///
    /// # Errors
    /// When something that was said cannot be used.
    pub fn build(self) -> Result<Client, ConfigError> {
        let base_url = self.base_url.trim().trim_end_matches('/');
        let url = reqwest::Url::parse(base_url).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
                && url.fragment().is_none()
        });
        let Some(url) = url else { return Err(ConfigError::BaseUrl(shown(&self.base_url))) };
        let own = concat!("stora-client/", env!("CARGO_PKG_VERSION"));
        let agent = self.app.as_ref().map_or_else(|| own.to_owned(), |app| format!("{app} {own}"));
        let agent = HeaderValue::try_from(agent).map_err(|_| ConfigError::AppInfo(self.app.unwrap_or_default()))?;
        let http = match self.http {
            Some(http) => http,
            None => {
                let mut http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
                if let Some(timeout) = self.timeouts.connect {
                    http = http.connect_timeout(timeout);
                }
                http.build().map_err(ConfigError::Http)?
            }
        };
        let credentials = self.credentials.ok_or(ConfigError::NoCredentials)?;
        let baseurl: Arc<str> = base_url.into();
        let transport = Transport {
            http: http.clone(),
            host: url.host_str().unwrap_or_default().to_owned(),
            port: url.port_or_known_default().unwrap_or_default(),
            credentials,
            agent,
            timeouts: self.timeouts,
            retry: self.retry,
            budget: Budget::new(self.retry_budget),
            trace_bodies: self.trace_bodies,
            taps: self.taps,
            #[cfg(feature = "limiter")]
            limiter: crate::limiter::Limiter::new(&self.limits),
        };
        Ok(Client { baseurl, client: http, shared: Arc::new(transport) })
    }
}

/// An address for messages: not at all, if it has a part that may hold a password or a token.
pub(crate) fn shown(url: &str) -> String {
    if url.contains(['@', '?', '#']) { "…".to_owned() } else { url.to_owned() }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.baseurl)
            .field("credentials", &self.shared.credentials)
            .finish()
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("base_url", &shown(&self.base_url))
            .field("credentials", &self.credentials)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BaseUrl(url) => {
                write!(f, "`{url}` is not an absolute http or https address without credentials, query and fragment")
            }
            Self::NoCredentials => f.write_str(
                "there are no credentials: give an access token, or a client id with its secret \
                 (STORA_ACCESS_TOKEN, STORA_CLIENT_ID, STORA_CLIENT_SECRET)",
            ),
            Self::Token => f.write_str("the access token is empty or cannot stand in a header"),
            Self::Credentials(part) => write!(f, "the credentials lack `{part}`"),
            Self::AppInfo(app) => write!(f, "`{app}` cannot stand in the header User-Agent"),
            Self::Environment(name) => write!(f, "the variable {name} is not text"),
            Self::Http(_) => f.write_str("the HTTP client cannot be set up"),
        }
    }
}

impl std::error::Error for ConfigError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Http(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// What a builder makes of these variables.
    fn built(variables: &[(&str, &str)]) -> Result<Client, ConfigError> {
        let read = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
        Client::builder().with_variables(read)?.build()
    }

    #[test]
    fn a_token_of_the_environment_goes_before_an_application() {
        let client = built(&[("STORA_ACCESS_TOKEN", " token\n"), ("STORA_CLIENT_ID", "id")]).unwrap();
        assert!(format!("{client:?}").contains("Credentials::access_token(…)"), "{client:?}");
        assert_eq!(client.base_url(), PRODUCTION);
    }

    #[test]
    fn an_application_of_the_environment_may_say_its_scopes_and_the_address() {
        let variables = [("STORA_CLIENT_ID", "id"), ("STORA_CLIENT_SECRET", "hidden"), ("STORA_ACCESS_TOKEN", "")];
        let address = ("STORA_BASE_URL", "http://127.0.0.1:4010/");
        for more in [("STORA_SCOPES", "public.contact:read"), ("STORA_SCOPES", " ")] {
            let client = built(&[&variables[..], &[address, more]].concat()).unwrap();
            assert!(format!("{client:?}").contains("Credentials::client_credentials(…)"), "{client:?}");
            assert_eq!(client.base_url(), "http://127.0.0.1:4010");
        }
    }

    #[test]
    fn what_the_environment_lacks_is_named() {
        let error = |variables: &[(&str, &str)]| built(variables).unwrap_err().to_string();
        assert!(error(&[]).contains("STORA_ACCESS_TOKEN"));
        assert!(error(&[("STORA_CLIENT_ID", "id")]).contains("STORA_CLIENT_SECRET"));
        assert!(error(&[("STORA_CLIENT_SECRET", "hidden")]).contains("STORA_CLIENT_ID"));
        assert!(error(&[("STORA_ACCESS_TOKEN", "two words")]).contains("cannot stand in a header"));
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_no_text_is_named() {
        use std::os::unix::ffi::OsStringExt as _;
        let read = |name: &str| (name == "STORA_BASE_URL").then(|| OsString::from_vec(vec![0xff]));
        let error = Client::builder().with_variables(read).unwrap_err();
        assert!(matches!(error, ConfigError::Environment("STORA_BASE_URL")), "{error:?}");
    }

    #[test]
    fn the_secrets_of_an_address_are_not_shown() {
        for url in
            ["https://user:hidden@a.example/x", "https://a.example/?key=hidden", "user:hidden@a.example", "//hidden@"]
        {
            let builder = Client::builder().base_url(url).credentials(Credentials::none());
            let before = format!("{builder:?}");
            let error = builder.build().unwrap_err();
            let all = format!("{before} {error} {error:?}");
            assert!(!all.contains("hidden"), "{all}");
        }
        assert_eq!(shown("ftp://a.example/b"), "ftp://a.example/b");
    }
}
