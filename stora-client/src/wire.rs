//! A look at the wire: requests as they are sent and answers as they come.

use std::fmt;
use std::sync::Arc;

use http::{HeaderMap, StatusCode};

/// Sees every attempt of every call, those for access tokens included, as it goes over the wire.
///
/// It sees secrets: the header `Authorization` (which is marked as sensitive), and in the bodies of OAuth 2 operations client
/// secrets and tokens. Whoever shows what it sees masks these.
///
/// ```
/// use stora_client::http::{HeaderMap, StatusCode};
/// use stora_client::{Client, Tap, reqwest};
///
/// struct Lines;
///
/// impl Tap for Lines {
///     fn request(&self, request: &reqwest::Request) {
///         eprintln!("> {} {}", request.method(), request.url().path());
///     }
///     fn answer(&self, status: StatusCode, _headers: &HeaderMap, body: Option<&[u8]>) {
///         eprintln!("< {status}, {} bytes", body.map_or(0, <[u8]>::len));
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::builder().access_token("token")?.tap(Lines).build()?;
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
pub trait Tap: Send + Sync + 'static {
    /// A request is about to be sent.
    fn request(&self, request: &reqwest::Request);

    /// An answer has come: with its body, or without if that is left to be read by the caller. Of an answer that says that the
    /// call failed, the body is as much as is read of it.
    fn answer(&self, status: StatusCode, headers: &HeaderMap, body: Option<&[u8]>);
}

/// Who looks at the wire, if anybody does.
#[derive(Clone, Default)]
pub(crate) struct Taps(Option<Arc<dyn Tap>>);

impl Taps {
    pub(crate) fn one(tap: impl Tap) -> Self {
        Self(Some(Arc::new(tap)))
    }

    pub(crate) fn request(&self, request: &reqwest::Request) {
        if let Some(tap) = &self.0 {
            tap.request(request);
        }
    }

    pub(crate) fn answer(&self, status: StatusCode, headers: &HeaderMap, body: Option<&[u8]>) {
        if let Some(tap) = &self.0 {
            tap.answer(status, headers, body);
        }
    }
}

impl fmt::Debug for Taps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Tap" } else { "None" })
    }
}
