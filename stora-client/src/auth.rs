//! What a client authenticates with.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use http::HeaderValue;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::client::ConfigError;
use crate::error::{AuthError, Error};
use crate::oauth::{self, Application, Grant, Tokens};
use crate::{Client, Secret};

/// How long before its end an access token is renewed, so that it does not end on the way.
const MARGIN: Duration = Duration::from_secs(60);

/// What a client authenticates with: an access token that staff made, or an OAuth 2 application.
///
/// Clones share the token that was fetched. Secrets appear neither in `Debug` nor in errors.
#[derive(Clone)]
pub struct Credentials(Kind);

#[derive(Clone)]
enum Kind {
    None,
    Static(HeaderValue),
    Fetched(Arc<Fetched>),
}

/// Credentials that stand for access tokens which come and go.
struct Fetched {
    application: Application,
    keep: Option<Keep>,
    /// The token in use: read by every call, written when it is renewed.
    current: RwLock<Option<Current>>,
    flight: Mutex<Flight>,
}

struct Current {
    header: HeaderValue,
    /// From when on another token is fetched; none for one that does not end.
    renew_at: Option<Instant>,
}

/// How tokens are fetched: by one task for all that wait.
struct Flight {
    grant: Grant,
    /// Tokens that were fetched and not yet kept.
    unkept: Option<Tokens>,
    /// Where the task that is fetching tells how it ended.
    landing: Option<watch::Receiver<Option<Outcome>>>,
}

type Outcome = Result<HeaderValue, Arc<AuthError>>;
type Kept = Result<(), Box<dyn std::error::Error + Send + Sync>>;
type Keep = Box<dyn Fn(Tokens) -> Pin<Box<dyn Future<Output = Kept> + Send>> + Send + Sync>;

impl Credentials {
    /// None at all: for operations that need none, such as those of OAuth 2. Other calls fail before anything is sent.
    pub fn none() -> Self {
        Self(Kind::None)
    }

    /// An access token that staff made in the Backoffice.
    ///
    /// # Errors
    /// When it is empty or cannot stand in a header.
    pub fn access_token(token: &str) -> Result<Self, ConfigError> {
        bearer(token.trim()).map(Kind::Static).map(Self).ok_or(ConfigError::Token)
    }

    /// An OAuth 2 application that acts for its own operator (client credentials), with every scope that the document names.
    ///
    /// An application that was given fewer is refused with `invalid_scope`; see
    /// [`client_credentials_with_scopes`](Self::client_credentials_with_scopes). The token is fetched with the first call,
    /// renewed a minute before its end, and once more when the service refuses it.
    ///
    /// # Errors
    /// When one of the two is empty.
    pub fn client_credentials(id: impl Into<String>, secret: impl Into<Secret>) -> Result<Self, ConfigError> {
        Self::client_credentials_with_scopes(id, secret, crate::SCOPES)
    }

    /// The same with these scopes.
    ///
    /// # Errors
    /// When id or secret are empty, or there is no scope.
    pub fn client_credentials_with_scopes<S: AsRef<str>>(
        id: impl Into<String>,
        secret: impl Into<Secret>,
        scopes: impl IntoIterator<Item = S>,
    ) -> Result<Self, ConfigError> {
        let secret = secret.into();
        if secret.expose().is_empty() {
            return Err(ConfigError::Credentials("client_secret"));
        }
        let application = Application::new(id)?.secret(secret);
        let scope = oauth::scope(scopes);
        if scope.is_empty() {
            return Err(ConfigError::Credentials("scope"));
        }
        Ok(Self::fetched(application, Grant::ClientCredentials { scope }, None, None))
    }

    /// Tokens that an operator consented to (authorization code), see [`Application`].
    ///
    /// The access token is renewed a minute before its end, and once more when the service refuses it. Each renewal gives a
    /// new refresh token and ends the old one: `keep` is given the new tokens before they are used, to store them. When it
    /// fails, so does the call, and the next one hands them over again.
    pub fn tokens<F, Fut>(application: Application, tokens: Tokens, keep: F) -> Self
    where
        F: Fn(Tokens) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Kept> + Send + 'static,
    {
        let current = bearer(tokens.access_token.expose())
            .map(|header| Current { header, renew_at: renew_at(tokens.remaining()) });
        let grant = Grant::Refresh { token: tokens.refresh_token };
        Self::fetched(application, grant, current, Some(Box::new(move |tokens| Box::pin(keep(tokens)))))
    }

    fn fetched(application: Application, grant: Grant, current: Option<Current>, keep: Option<Keep>) -> Self {
        let flight = Mutex::new(Flight { grant, unkept: None, landing: None });
        Self(Kind::Fetched(Arc::new(Fetched { application, keep, current: RwLock::new(current), flight })))
    }

    /// The header of a call.
    pub(crate) async fn authorization(&self, client: &Client) -> Result<HeaderValue, Error> {
        match &self.0 {
            Kind::None => Err(Error::Auth(Arc::new(AuthError::NoCredentials))),
            Kind::Static(header) => Ok(header.clone()),
            Kind::Fetched(fetched) => match fetched.valid() {
                Some(header) => Ok(header),
                None => fetched.fetch(client).await.map_err(Error::Auth),
            },
        }
    }

    /// Gives up a token that the service refused. Whether another one can be had.
    pub(crate) fn renew(&self, refused: &HeaderValue) -> bool {
        let Kind::Fetched(fetched) = &self.0 else { return false };
        let mut current = fetched.current.write().unwrap_or_else(PoisonError::into_inner);
        // Another task may have renewed it since.
        if current.as_ref().is_some_and(|current| current.header == *refused) {
            *current = None;
        }
        true
    }
}

impl Fetched {
    /// The token in use, unless it is about to end.
    fn valid(&self) -> Option<HeaderValue> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let current = current.as_ref()?;
        current.renew_at.is_none_or(|at| Instant::now() < at).then(|| current.header.clone())
    }

    /// Waits for the token that is being fetched.
    async fn fetch(self: &Arc<Self>, client: &Client) -> Outcome {
        let mut landing = match self.board(client) {
            Ok(header) => return Ok(header),
            Err(landing) => landing,
        };
        let outcome = landing.wait_for(Option::is_some).await.ok().and_then(|outcome| outcome.clone());
        outcome.unwrap_or_else(|| Err(Arc::new(AuthError::Interrupted)))
    }

    /// The token, if another task has renewed it since; otherwise where the task tells that is fetching one.
    ///
    /// It is a task of its own: a caller who gives up must not lose a refresh token that was just exchanged.
    fn board(self: &Arc<Self>, client: &Client) -> Result<HeaderValue, watch::Receiver<Option<Outcome>>> {
        let mut flight = self.flight();
        if let Some(header) = self.valid() {
            return Ok(header);
        }
        // A task that ended without a word, by a panic or with its runtime, is waited for no longer.
        if let Some(landing) = flight.landing.as_ref().filter(|landing| landing.has_changed().is_ok()) {
            return Err(landing.clone());
        }
        let (sender, landing) = watch::channel(None);
        flight.landing = Some(landing.clone());
        let (fetched, client) = (Arc::clone(self), client.clone());
        let task = async move {
            let outcome = fetched.fly(&client).await;
            // Nobody may be left waiting.
            let _ = sender.send(Some(fetched.land(outcome)));
        };
        tokio::spawn(task.in_current_span());
        Err(landing)
    }

    /// Fetches a token and hands it over to be kept.
    async fn fly(&self, client: &Client) -> Result<Current, AuthError> {
        let (unkept, grant) = {
            let flight = self.flight();
            (flight.unkept.clone(), flight.grant.clone())
        };
        let tokens = match unkept {
            Some(tokens) => tokens,
            None => self.application.token(client, &grant).await.map_err(|error| AuthError::Token(Box::new(error)))?,
        };
        if let Some(keep) = &self.keep {
            // Noted first: the refresh token before this one is used up, whatever becomes of keeping this one.
            {
                let mut flight = self.flight();
                flight.grant = Grant::Refresh { token: tokens.refresh_token.clone() };
                flight.unkept = Some(tokens.clone());
            }
            keep(tokens.clone()).await.map_err(AuthError::NotKept)?;
            self.flight().unkept = None;
        }
        let header = bearer(tokens.access_token.expose()).ok_or(AuthError::Unusable)?;
        Ok(Current { header, renew_at: renew_at(tokens.remaining()) })
    }

    /// Puts a token to use, and lets the next call that needs another one fetch it.
    fn land(&self, outcome: Result<Current, AuthError>) -> Outcome {
        let mut flight = self.flight();
        flight.landing = None;
        let current = outcome.map_err(Arc::new)?;
        let header = current.header.clone();
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(current);
        Ok(header)
    }

    fn flight(&self) -> MutexGuard<'_, Flight> {
        self.flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The header that carries a token: one word of visible ASCII.
fn bearer(token: &str) -> Option<HeaderValue> {
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let mut header = HeaderValue::try_from(format!("Bearer {token}")).ok()?;
    header.set_sensitive(true);
    Some(header)
}

/// From when on a token is renewed: a minute before its end, or a tenth of what is left if that is less.
fn renew_at(remaining: Option<Duration>) -> Option<Instant> {
    let remaining = remaining?;
    Instant::now().checked_add(remaining - MARGIN.min(remaining / 10))
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Kind::None => "Credentials::none",
            Kind::Static(_) => "Credentials::access_token(…)",
            Kind::Fetched(fetched) if fetched.keep.is_some() => "Credentials::tokens(…)",
            Kind::Fetched(_) => "Credentials::client_credentials(…)",
        })
    }
}
