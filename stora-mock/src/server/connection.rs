//! Connections: what the server accepts, with switches to break off one, or to hang up on all.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Accepts connections.
#[derive(Debug)]
pub(super) struct Listener {
    sockets: TcpListener,
    hang_up: watch::Receiver<bool>,
}

/// A connection.
pub(super) struct Connection {
    stream: TcpStream,
    breaker: Breaker,
    /// Ends when the server hangs up.
    hung_up: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// Breaks a connection off: once told to, it ends with a reset instead of an orderly close.
#[derive(Debug, Clone, Default)]
pub(super) struct Breaker(Arc<AtomicBool>);

impl Listener {
    /// Accepts the connections of a socket. Once `hang_up` is true, those that are still there fail at whatever they wait for.
    pub(super) fn new(sockets: TcpListener, hang_up: watch::Receiver<bool>) -> Self {
        Self { sockets, hang_up }
    }
}

impl Breaker {
    /// Lets the connection end with a reset.
    pub(super) fn break_off(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl axum::serve::Listener for Listener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let (stream, address) = axum::serve::Listener::accept(&mut self.sockets).await;
        // Answers are small and awaited: they are not to wait for more to be sent. A connection that refuses works all the same.
        let _ = stream.set_nodelay(true);
        let mut hang_up = self.hang_up.clone();
        let hung_up = Box::pin(async move {
            // A sender that is gone can no longer say so: then nobody waits for this connection to end.
            if hang_up.wait_for(|hang_up| *hang_up).await.is_err() {
                std::future::pending::<()>().await;
            }
        });
        (Connection { stream, breaker: Breaker::default(), hung_up }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.sockets.local_addr()
    }
}

impl Connected<IncomingStream<'_, Listener>> for Breaker {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        stream.io().breaker.clone()
    }
}

impl Connection {
    /// What comes of something that the other side keeps waiting for.
    fn or_hung_up<T>(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_pending() && self.hung_up.as_mut().poll(cx).is_ready() {
            self.hung_up = Box::pin(std::future::ready(()));
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        polled
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.breaker.0.load(Ordering::Relaxed) {
            // Without lingering, closing sends a reset. Should that be refused, the connection closes in order.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.or_hung_up(cx, polled)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.or_hung_up(cx, polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.or_hung_up(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
