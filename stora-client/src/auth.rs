//! What a client authenticates with.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use http::HeaderValue;
use tokio::sync::Mutex;
use tokio::time::Instant;

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
    /// The token in use: read by every call, written when it is renewed.
    current: RwLock<Option<Current>>,
    /// Held while a token is fetched, so that one task fetches for all.
    flight: Mutex<Flight>,
    keep: Option<Keep>,
}

struct Current {
    header: HeaderValue,
    /// From when on another token is fetched; none for one that does not end.
    renew_at: Option<Instant>,
}

struct Flight {
    grant: Grant,
    /// Tokens that were fetched and not yet kept.
    unkept: Option<Tokens>,
    /// How many flights there were, and how the last one ended, for those who waited for it.
    number: u64,
    failure: Option<Arc<Error>>,
}

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
        let token = token.trim();
        if token.is_empty() {
            return Err(ConfigError::Token);
        }
        bearer(token).map(Kind::Static).map(Self).ok_or(ConfigError::Token)
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
        let flight = Mutex::new(Flight { grant, unkept: None, number: 0, failure: None });
        Self(Kind::Fetched(Arc::new(Fetched { application, current: RwLock::new(current), flight, keep })))
    }

    /// The header of a call.
    pub(crate) async fn authorization(&self, client: &Client) -> Result<HeaderValue, Error> {
        match &self.0 {
            Kind::None => Err(Error::Auth(Box::new(AuthError::NoCredentials))),
            Kind::Static(header) => Ok(header.clone()),
            Kind::Fetched(fetched) => match fetched.valid() {
                Some(header) => Ok(header),
                None => Fetched::fetch(fetched, client).await.map_err(|error| Error::Auth(Box::new(error))),
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

    /// Fetches a token, in a task of its own: a caller who gives up must not lose a refresh token that was just exchanged.
    ///
    /// Boxed, because fetching a token is a call like any other, and a call fetches a token.
    fn fetch(
        self: &Arc<Self>,
        client: &Client,
    ) -> Pin<Box<dyn Future<Output = Result<HeaderValue, AuthError>> + Send>> {
        let (fetched, client) = (Arc::clone(self), client.clone());
        Box::pin(async move {
            let task = tokio::spawn(async move { fetched.fly(&client).await });
            task.await.unwrap_or(Err(AuthError::Interrupted))
        })
    }

    async fn fly(&self, client: &Client) -> Result<HeaderValue, AuthError> {
        let before = self.flight.try_lock().map(|flight| flight.number).ok();
        let mut flight = self.flight.lock().await;
        let has_waited = before.is_none_or(|number| number != flight.number);
        if let Some(header) = self.valid()
            && flight.unkept.is_none()
        {
            return Ok(header);
        }
        if has_waited && let Some(failure) = &flight.failure {
            return Err(AuthError::Token(Arc::clone(failure)));
        }
        let tokens = match flight.unkept.take() {
            Some(tokens) => tokens,
            None => {
                flight.number += 1;
                match self.application.token(client, &flight.grant).await {
                    Ok(tokens) => tokens,
                    Err(error) => {
                        let error = Arc::new(error);
                        flight.failure = Some(Arc::clone(&error));
                        return Err(AuthError::Token(error));
                    }
                }
            }
        };
        flight.failure = None;
        if let Grant::Refresh { token } = &mut flight.grant
            && tokens.refresh_token.is_some()
        {
            token.clone_from(&tokens.refresh_token);
        }
        if let Some(keep) = &self.keep {
            flight.unkept = Some(tokens.clone());
            keep(tokens.clone()).await.map_err(AuthError::NotKept)?;
            flight.unkept = None;
        }
        let header = bearer(tokens.access_token.expose()).ok_or(AuthError::Unusable)?;
        let current = Current { header: header.clone(), renew_at: renew_at(tokens.remaining()) };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(current);
        Ok(header)
    }
}

/// The header that carries a token.
fn bearer(token: &str) -> Option<HeaderValue> {
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
