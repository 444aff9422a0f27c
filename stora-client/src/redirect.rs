//! Answers that lead elsewhere.

use std::fmt;

use http::{HeaderMap, StatusCode};
use reqwest::Url;

use crate::{Client, Document, Error};

/// An answer that leads elsewhere: to the bytes of a picture, or to a page for people. It is not followed by itself.
///
/// ```no_run
/// # async fn run(client: stora_client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let picture = client.image_show().signed_token("…").filename("large.png").send().await?;
/// std::fs::write("large.png", picture.follow().await?.bytes().await?)?;
/// # Ok(())
/// # }
/// ```
pub struct Redirect {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) location: Url,
    pub(crate) client: Client,
}

impl Redirect {
    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers of the answer.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The id of the request (`X-Request-Id`), to quote when asking for support.
    pub fn request_id(&self) -> Option<&str> {
        self.headers.get("x-request-id")?.to_str().ok()
    }

    /// Where the answer leads to, as an absolute address. It may be a key to what is there: whoever has it can fetch it.
    pub fn location(&self) -> &str {
        self.location.as_str()
    }

    /// Fetches what is there, over up to five redirects. It gets neither the token nor any header of the call.
    ///
    /// # Errors
    /// When it cannot be fetched, or an encrypted address leads to one that is not.
    pub async fn follow(self) -> Result<Document, Error> {
        self.client.shared.fetch(self.location).await
    }
}

/// Without the address, which may be a key.
impl fmt::Debug for Redirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redirect")
            .field("status", &self.status)
            .field("host", &self.location.host_str())
            .finish_non_exhaustive()
    }
}
