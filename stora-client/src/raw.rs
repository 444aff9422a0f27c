//! Calls that the document does not describe.

use std::fmt::{self, Display};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::call::{self, Call, CallOptions, Operation};
use crate::{Client, Document, Error, Response, RetryPolicy};

/// A call of any method on any path, through the same pipeline as all others: credentials, key, repeats, limits, traces.
///
/// Made by [`Client::raw`].
///
/// ```no_run
/// # async fn run(client: stora_client::Client) -> Result<(), stora_client::Error> {
/// use stora_client::http::Method;
///
/// let answer = client.raw(Method::GET, "/2025-09/contacts").with_query("limit", 5).send().await?;
/// println!("{} {:?}", answer.status(), answer.request_id());
/// let contacts = client.raw(Method::GET, "/2025-09/contacts").json::<serde_json::Value>().await?;
/// println!("{}", contacts["contacts"]);
/// # Ok(())
/// # }
/// ```
#[must_use = "a call does nothing until it is sent"]
pub struct RawCall<'a> {
    client: &'a Client,
    operation: Operation,
    path: String,
    body: Option<Result<Bytes, String>>,
    options: CallOptions,
}

impl Client {
    /// Starts a call of any method on any path below the base URL, such as `/2025-09/contacts`.
    ///
    /// A `POST` below a version of the API gets a key, so that it can be repeated; other methods that change something are
    /// repeated only where nothing was done.
    pub fn raw(&self, method: Method, path: impl Into<String>) -> RawCall<'_> {
        let path = path.into();
        let takes_key = method == Method::POST && !path.starts_with("/oauth2/");
        let operation = Operation { id: "raw", method, path: "", is_open: false, takes_key, is_harmless: false };
        RawCall { client: self, operation, path, body: None, options: CallOptions::default() }
    }
}

impl RawCall<'_> {
    /// Sends a value as JSON.
    pub fn with_json<T: Serialize + ?Sized>(mut self, body: &T) -> Self {
        let body = serde_json::to_vec(body).map(Bytes::from);
        self.body = Some(body.map_err(|reason| format!("the body has no JSON form: {reason}")));
        self
    }

    /// Sends a header with this call. It takes the place of one that the client sets itself.
    pub fn with_header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.options.header(name.as_ref(), value.as_ref());
        self
    }

    /// Adds a query parameter.
    pub fn with_query(mut self, name: impl AsRef<str>, value: impl Display) -> Self {
        self.options.query(name.as_ref(), &value);
        self
    }

    /// How long this call may take with all its attempts, instead of what the client says.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout(timeout);
        self
    }

    /// How this call is repeated, instead of what the client says.
    pub fn with_retry(mut self, policy: RetryPolicy) -> Self {
        self.options.retry(policy);
        self
    }

    /// Sends the call and gives the answer as it came.
    ///
    /// # Errors
    /// When the call fails, a status of failure included.
    pub async fn send(self) -> Result<Response<Bytes>, Error> {
        call::raw(&self).await
    }

    /// Sends the call and decodes the answer from JSON.
    ///
    /// # Errors
    /// When the call fails, or the answer is not a `T`.
    pub async fn json<T: DeserializeOwned>(self) -> Result<Response<T>, Error> {
        call::exchange(&self).await?.json()
    }

    /// Sends the call and gives the answer as a stream of bytes.
    ///
    /// # Errors
    /// When the call fails, a status of failure included.
    pub async fn document(self) -> Result<Document, Error> {
        call::document(&self, None).await
    }
}

/// The body is not shown: it may hold anything.
impl fmt::Debug for RawCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawCall")
            .field("method", &self.operation.method)
            .field("path", &self.path)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Call for RawCall<'_> {
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
        if !self.path.starts_with('/') {
            return Err(Error::InvalidRequest(format!("the path `{}` does not begin with a slash", self.path)));
        }
        let url = format!("{}{}", self.client.baseurl, self.path);
        let url = reqwest::Url::parse(&url)
            .map_err(|reason| Error::InvalidRequest(format!("the path `{}` gives no address: {reason}", self.path)))?;
        // `..` would lead out of where the service is served.
        let base = reqwest::Url::parse(&self.client.baseurl).map(|base| base.path().trim_end_matches('/').to_owned());
        if !base.is_ok_and(|base| url.path().strip_prefix(&*base).is_some_and(|below| below.starts_with('/'))) {
            return Err(Error::InvalidRequest(format!("the path `{}` leads out of the base URL", self.path)));
        }
        let mut request = reqwest::Request::new(self.operation.method.clone(), url);
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(body) = &self.body {
            let body = call::given(body)?;
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *request.body_mut() = Some(body.clone().into());
        }
        Ok(request)
    }
}
