//! Documents: CSV, PDF and pictures, as bytes or as a stream of them.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};

use crate::client::Timeouts;
use crate::error::{Error, TimeoutKind};
use crate::response::Answer;

/// A document: a table, a PDF, a picture. Its bytes are read as they are asked for.
///
/// ```no_run
/// # async fn run(client: stora_client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let invoice = client.invoice_show().invoice_id("inv_1").pdf().await?;
/// std::fs::write("invoice.pdf", invoice.bytes().await?)?;
/// # Ok(())
/// # }
/// ```
pub struct Document {
    status: StatusCode,
    headers: HeaderMap,
    rest: Rest,
    timeouts: Timeouts,
}

enum Rest {
    Read(Bytes),
    Open(reqwest::Response),
}

impl Document {
    pub(crate) fn new(mut response: reqwest::Response, timeouts: Timeouts) -> Self {
        let headers = std::mem::take(response.headers_mut());
        Self { status: response.status(), headers, rest: Rest::Open(response), timeouts }
    }

    pub(crate) fn of(answer: Answer) -> Self {
        let Answer { status, headers, body } = answer;
        Self { status, headers, rest: Rest::Read(body), timeouts: Timeouts::default() }
    }

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

    /// What kind of document it is, such as `application/pdf`.
    pub fn content_type(&self) -> Option<&str> {
        self.headers.get(CONTENT_TYPE)?.to_str().ok()
    }

    /// The name that the service gives the document, if it does; never with a path.
    pub fn file_name(&self) -> Option<String> {
        let disposition = self.headers.get(CONTENT_DISPOSITION)?.to_str().ok()?;
        let name = disposition.split(';').find_map(|part| part.trim().strip_prefix("filename="))?;
        let name = name.trim_matches('"').rsplit(['/', '\\']).next()?.to_owned();
        (!name.is_empty() && name != "." && name != "..").then_some(name)
    }

    /// The next piece; none at the end.
    ///
    /// # Errors
    /// When the document breaks off, or a piece takes longer than an attempt may.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let response = match &mut self.rest {
            Rest::Open(response) => response,
            Rest::Read(bytes) if bytes.is_empty() => return Ok(None),
            Rest::Read(bytes) => return Ok(Some(std::mem::take(bytes))),
        };
        let chunk = match self.timeouts.attempt {
            None => response.chunk().await,
            Some(limit) => match tokio::time::timeout(limit, response.chunk()).await {
                Ok(chunk) => chunk,
                Err(_) => return Err(Error::timeout(TimeoutKind::Attempt, limit)),
            },
        };
        chunk.map_err(|error| Error::from_transport(error, true, &self.timeouts))
    }

    /// The whole document.
    ///
    /// # Errors
    /// As for [`chunk`](Self::chunk).
    pub async fn bytes(mut self) -> Result<Bytes, Error> {
        let mut whole = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.into())
    }

    /// The whole document as text; bytes that are no UTF-8 are replaced.
    ///
    /// # Errors
    /// As for [`chunk`](Self::chunk).
    pub async fn text(self) -> Result<String, Error> {
        Ok(String::from_utf8_lossy(&self.bytes().await?).into_owned())
    }

    /// The document piece by piece.
    pub fn stream(self) -> DocumentStream {
        DocumentStream { next: Some(Box::pin(piece(self))) }
    }
}

type Piece = (Document, Result<Option<Bytes>, Error>);

async fn piece(mut document: Document) -> Piece {
    let chunk = document.chunk().await;
    (document, chunk)
}

/// The pieces of a [`Document`].
#[must_use = "a stream does nothing until it is read"]
pub struct DocumentStream {
    next: Option<Pin<Box<dyn Future<Output = Piece> + Send>>>,
}

impl Stream for DocumentStream {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(next) = &mut self.next else { return Poll::Ready(None) };
        let (document, chunk) = std::task::ready!(next.as_mut().poll(context));
        self.next = match &chunk {
            Ok(Some(_)) => Some(Box::pin(piece(document))),
            Ok(None) | Err(_) => None,
        };
        Poll::Ready(chunk.transpose())
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("status", &self.status)
            .field("content_type", &self.content_type())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for DocumentStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DocumentStream").finish_non_exhaustive()
    }
}
