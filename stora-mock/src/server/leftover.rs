//! What is left of a body when its request is answered.
//!
//! Many answers need no body: a token that is not known, a path that there is not, a body that is too long. If the server
//! answered and hung up, a client that is still sending would be told of a broken connection, and never see the answer. So the
//! answer goes out at once, and what still comes of the body is read and thrown away.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Error;
use axum::body::{Body, BodyDataStream, Bytes, HttpBody as _};
use axum::extract::Request;
use axum::http::header::EXPECT;
use futures_util::{Stream, StreamExt as _};
use tokio::runtime::Handle;

/// How long a client may go on sending what nobody wants. Then the connection ends.
const PATIENCE: Duration = Duration::from_secs(10);

/// A body that is read to its end, by whoever wants it or else when it is dropped. It is none once it has ended.
struct ReadToItsEnd(Option<BodyDataStream>);

/// Sees to it that nothing of the body of a request stays unread.
///
/// A client that waits to be asked for its body (`Expect: 100-continue`) is not sending yet, and need not begin.
pub(super) async fn read_to_its_end(request: Request) -> Request {
    if request.body().is_end_stream() || request.headers().contains_key(EXPECT) {
        return request;
    }
    request.map(|body| Body::from_stream(ReadToItsEnd(Some(body.into_data_stream()))))
}

impl Stream for ReadToItsEnd {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(body) = &mut self.0 else { return Poll::Ready(None) };
        let polled = body.poll_next_unpin(cx);
        if matches!(polled, Poll::Ready(None | Some(Err(_)))) {
            self.0 = None;
        }
        polled
    }
}

impl Drop for ReadToItsEnd {
    fn drop(&mut self) {
        // Requests are dropped where they are handled, which is on a runtime. Elsewhere there is no connection either.
        if let Some((mut rest, runtime)) = self.0.take().zip(Handle::try_current().ok()) {
            let read = async move { while let Some(Ok(_)) = rest.next().await {} };
            runtime.spawn(tokio::time::timeout(PATIENCE, read));
        }
    }
}
