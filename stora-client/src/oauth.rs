//! OAuth 2 for partners who act for many operators: consent, tokens, and PKCE (RFC 7636).
//!
//! ```no_run
//! use stora_client::oauth::Application;
//! use stora_client::{Client, Credentials};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let application = Application::new("my-client-id")?
//!     .secret("my-client-secret")
//!     .redirect_uri("https://partner.example/callback");
//!
//! // 1. Send the operator to this address, and keep `consent` with the browser's session.
//! let consent = application.consent(["public.contact:read", "public.unit:read"])?;
//! println!("{}", consent.url);
//!
//! // 2. The operator comes back to the redirect URI with `code` and `state`.
//! let (code, state) = ("…", "…");
//! let anonymous = Client::builder().credentials(Credentials::none()).build()?;
//! let tokens = application.exchange(&anonymous, &consent, code, state).await?;
//!
//! // 3. Call. Tokens that are renewed are handed over to be stored.
//! let credentials = Credentials::tokens(application, tokens, async |tokens| {
//!     std::fs::write("tokens.json", serde_json::to_vec(&tokens)?)?;
//!     Ok(())
//! });
//! let client = Client::builder().credentials(credentials).build()?;
//! # let _ = client;
//! # Ok(())
//! # }
//! ```

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::call::{self, Call, CallOptions, Operation};
use crate::client::{ConfigError, shown};
use crate::error::Error;
use crate::types::OAuthToken;
use crate::{Client, Nullable, Secret};

/// Where operators are asked for consent.
pub const AUTHORIZE_URL: &str = "https://app.stora.co/oauth2/authorize";

/// An OAuth 2 application, as Stora registered it.
#[derive(Clone, Debug)]
pub struct Application {
    id: String,
    secret: Option<Secret>,
    redirect_uri: Option<String>,
    authorize_url: String,
}

/// A question to an operator, to be kept until the answer comes.
///
/// It can be stored with the browser's session; it holds a secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Consent {
    /// Where to send the operator's browser.
    pub url: String,
    /// What the answer must bring back, so that it is the answer to this question.
    pub state: String,
    /// What proves that the code is used by whoever asked for it.
    pub verifier: Secret,
}

/// An access token, and what the next one is fetched with.
///
/// As JSON it shows the tokens, to be stored where secrets are stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// What is sent with each call.
    pub access_token: Secret,
    /// What the next pair of tokens is fetched with; it can be used once.
    pub refresh_token: Option<Secret>,
    /// When the access token ends, in Unix seconds.
    pub expires_at: Option<i64>,
    /// What it allows, parted by spaces.
    pub scope: String,
}

/// Why an operator's answer gave no tokens.
#[derive(Debug)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The answer belongs to another question, or somebody made it up.
    State,
    /// The service did not give tokens for the code.
    Refused(Error),
}

/// What a token is given for.
#[derive(Clone, Debug)]
pub(crate) enum Grant {
    ClientCredentials { scope: String },
    Code { code: Secret, verifier: Secret },
    Refresh { token: Option<Secret> },
}

impl Application {
    /// An application by its client id.
    ///
    /// # Errors
    /// When the id is empty.
    pub fn new(client_id: impl Into<String>) -> Result<Self, ConfigError> {
        let id = client_id.into();
        if id.trim().is_empty() {
            return Err(ConfigError::Credentials("client_id"));
        }
        Ok(Self { id, secret: None, redirect_uri: None, authorize_url: AUTHORIZE_URL.to_owned() })
    }

    /// The client secret. An application that cannot keep one, such as one on a telephone, does without.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<Secret>) -> Self {
        self.secret = Some(secret.into());
        self
    }

    /// Where operators come back to: one of the addresses that were registered.
    #[must_use]
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uri = Some(uri.into());
        self
    }

    /// Where operators are asked; [`AUTHORIZE_URL`] unless said otherwise.
    #[must_use]
    pub fn authorize_url(mut self, url: impl Into<String>) -> Self {
        self.authorize_url = url.into();
        self
    }

    /// A question to an operator to allow these scopes, with a state and a PKCE challenge of its own.
    ///
    /// # Errors
    /// When there is no redirect URI, no scope, or the address to ask at is no address.
    pub fn consent<S: AsRef<str>>(&self, scopes: impl IntoIterator<Item = S>) -> Result<Consent, ConfigError> {
        let redirect_uri = self.redirect_uri.as_deref().ok_or(ConfigError::Credentials("redirect_uri"))?;
        let scope = scope(scopes);
        if scope.is_empty() {
            return Err(ConfigError::Credentials("scope"));
        }
        let (state, verifier) = (chance(), chance());
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        let mut url =
            reqwest::Url::parse(&self.authorize_url).map_err(|_| ConfigError::BaseUrl(shown(&self.authorize_url)))?;
        url.query_pairs_mut().extend_pairs([
            ("response_type", "code"),
            ("client_id", &self.id),
            ("redirect_uri", redirect_uri),
            ("scope", &scope),
            ("state", &state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        Ok(Consent { url: url.into(), state, verifier: verifier.into() })
    }

    /// Tokens for the code that an operator came back with.
    ///
    /// The client needs no credentials; its base URL and its limits count.
    ///
    /// # Errors
    /// When the state is not that of the question, or the service refuses. A code can be used once, so that there is no
    /// second attempt once it was sent.
    pub async fn exchange(
        &self,
        client: &Client,
        consent: &Consent,
        code: &str,
        state: &str,
    ) -> Result<Tokens, ExchangeError> {
        if state != consent.state {
            return Err(ExchangeError::State);
        }
        let grant = Grant::Code { code: code.into(), verifier: consent.verifier.clone() };
        self.token(client, &grant).await.map_err(ExchangeError::Refused)
    }

    /// The next pair of tokens. The refresh token that is used up by it is that of `tokens`.
    ///
    /// [`Credentials::tokens`](crate::Credentials::tokens) does this by itself when it is time.
    ///
    /// # Errors
    /// When the service refuses.
    pub async fn refresh(&self, client: &Client, tokens: &Tokens) -> Result<Tokens, Error> {
        self.token(client, &Grant::Refresh { token: tokens.refresh_token.clone() }).await
    }

    pub(crate) async fn token(&self, client: &Client, grant: &Grant) -> Result<Tokens, Error> {
        let body = serde_json::to_vec(&self.body(grant)?)
            .map_err(|reason| Error::InvalidRequest(format!("the application has no JSON form: {reason}")))?;
        let call = TokenCall {
            client,
            operation: Operation {
                id: "oauth_token_create",
                method: Method::POST,
                path: "/oauth2/token",
                is_open: true,
                takes_key: false,
                // Asked twice for a token, the service gives two; a code or a refresh token is good for one.
                is_harmless: matches!(grant, Grant::ClientCredentials { .. }),
            },
            body: body.into(),
            options: CallOptions::default(),
        };
        let mut tokens = Tokens::from(call::exchange(&call).await?.json::<OAuthToken>()?.into_inner());
        // A service that gives no new refresh token lets the old one count on (RFC 6749, section 6).
        if let Grant::Refresh { token } = grant
            && tokens.refresh_token.is_none()
        {
            tokens.refresh_token.clone_from(token);
        }
        Ok(tokens)
    }

    fn body<'a>(&'a self, grant: &'a Grant) -> Result<TokenBody<'a>, Error> {
        let empty = TokenBody { client_id: &self.id, client_secret: self.secret.as_ref(), ..TokenBody::default() };
        Ok(match grant {
            Grant::ClientCredentials { scope } => {
                TokenBody { grant_type: "client_credentials", scope: Some(scope), ..empty }
            }
            Grant::Code { code, verifier } => TokenBody {
                grant_type: "authorization_code",
                code: Some(code),
                code_verifier: Some(verifier),
                redirect_uri: self.redirect_uri.as_deref(),
                ..empty
            },
            Grant::Refresh { token: Some(token) } => {
                TokenBody { grant_type: "refresh_token", refresh_token: Some(token), ..empty }
            }
            Grant::Refresh { token: None } => {
                return Err(Error::InvalidRequest(
                    "the access token has ended, and there is no refresh token to get another one with".to_owned(),
                ));
            }
        })
    }
}

/// The body of the token operation, for each grant what it needs.
#[derive(Default, Serialize)]
struct TokenBody<'a> {
    grant_type: &'static str,
    client_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'a Secret>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a Secret>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_verifier: Option<&'a Secret>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_uri: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a Secret>,
}

struct TokenCall<'a> {
    client: &'a Client,
    operation: Operation,
    body: Bytes,
    options: CallOptions,
}

impl Call for TokenCall<'_> {
    fn operation(&self) -> &Operation {
        &self.operation
    }

    fn client(&self) -> &Client {
        self.client
    }

    fn options(&self) -> &CallOptions {
        &self.options
    }

    fn request(&self) -> Result<reqwest::Request, Error> {
        let request = self.client.client.post(format!("{}/oauth2/token", self.client.baseurl));
        let json = HeaderValue::from_static("application/json");
        let request = request.header(ACCEPT, json.clone()).header(CONTENT_TYPE, json).body(self.body.clone());
        request.build().map_err(Error::from_build)
    }
}

impl Tokens {
    /// How long the access token is good for from now on; none for one that does not end.
    pub(crate) fn remaining(&self) -> Option<Duration> {
        let end = u64::try_from(self.expires_at?).unwrap_or(0);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Some(Duration::from_secs(end).saturating_sub(now))
    }
}

impl From<OAuthToken> for Tokens {
    /// The end is counted from now by this machine's clock, which need not agree with that of the service.
    fn from(token: OAuthToken) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let refresh_token = match token.refresh_token {
            Nullable::Value(token) => Some(token),
            Nullable::Absent | Nullable::Null => None,
        };
        Self {
            access_token: token.access_token,
            refresh_token,
            expires_at: Some(now.saturating_add(token.expires_in)),
            scope: token.scope,
        }
    }
}

impl std::fmt::Display for ExchangeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::State => "the state is not that of the question: the answer belongs to another one, or was made up",
            Self::Refused(_) => "the service gave no tokens for the code",
        })
    }
}

impl std::error::Error for ExchangeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::State => None,
            Self::Refused(error) => Some(error),
        }
    }
}

/// Scopes as OAuth 2 writes them: parted by single spaces.
pub(crate) fn scope<S: AsRef<str>>(scopes: impl IntoIterator<Item = S>) -> String {
    let mut out = String::new();
    for scope in scopes {
        for word in scope.as_ref().split_whitespace() {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(word);
        }
    }
    out
}

/// A text that nobody can guess: 244 bits of chance from the system, as 43 characters.
fn chance() -> String {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    bytes[16..].copy_from_slice(uuid::Uuid::new_v4().as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}
