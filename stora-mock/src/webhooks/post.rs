//! Sending one delivery over HTTP.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use axum::http::{HeaderName, HeaderValue, Request};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{self, ClientConfig};

use super::address::{Address, Host};
use super::outbox::{Job, Outcome};
use crate::clock::Stopwatch;

/// How much of an answer is kept.
const KEPT: usize = 512;
/// How much of an answer is read. Where there is more, the connection ends instead.
const READ: usize = 64 << 10;

const SIGNATURE: HeaderName = HeaderName::from_static("x-stora-signature");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-stora-request-id");
const AGENT: HeaderValue = HeaderValue::from_static("Stora-Webhooks/1.0");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// What encrypts connections, made when it is first needed.
pub type Tls = OnceLock<Result<TlsConnector, String>>;

/// A way to one endpoint: a connection that stays open from one delivery to the next.
#[derive(Default)]
pub struct Line(Option<Connection>);

struct Connection {
    to: Address,
    sender: SendRequest<Full<Bytes>>,
    driver: AbortHandle,
}

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
enum NoAnswer {
    #[error("The name {0} cannot be resolved")]
    Resolve(String, #[source] io::Error),
    #[error("There is no connection to {0}")]
    Connect(String, #[source] io::Error),
    #[error("The connection cannot be encrypted")]
    Tls(#[source] Box<dyn Error + Send + Sync>),
    #[error("There was no answer")]
    Http(#[source] hyper::Error),
    #[error("There was no answer within {} s", .0.as_secs_f64())]
    Late(Duration),
    #[error("The request cannot be made")]
    Request(#[source] axum::http::Error),
}

impl Line {
    /// Makes an attempt. It takes no longer than the limit.
    pub async fn send(&mut self, job: &Job, tls: &Tls, limit: Duration) -> Outcome {
        let watch = Stopwatch::start();
        let mut outcome = match &job.target.address {
            Err(refusal) => Outcome { error: Some(refusal.clone()), ..Outcome::default() },
            Ok(address) => {
                let result = self.exchange(address, job, tls, limit).await;
                result.unwrap_or_else(|error| {
                    self.0 = None;
                    Outcome { error: Some(told(&error)), ..Outcome::default() }
                })
            }
        };
        outcome.duration_ms = watch.micros() / 1_000;
        outcome
    }

    async fn exchange(
        &mut self,
        address: &Address,
        job: &Job,
        tls: &Tls,
        limit: Duration,
    ) -> Result<Outcome, NoAnswer> {
        let deadline = Instant::now() + limit;
        let ask = timeout_at(deadline, self.ask(address, job, tls));
        let response = ask.await.map_err(|_| NoAnswer::Late(limit))??;
        let status = Some(response.status().as_u16());
        // The status says it all: what becomes of the body, or is in it, does not matter (webhooks.yaml, decisions).
        let mut start = Vec::new();
        let whole = timeout_at(deadline, read(response.into_body(), &mut start)).await;
        if whole != Ok(true) {
            self.0 = None;
        }
        let answer = (!start.is_empty()).then(|| String::from_utf8_lossy(&start).into_owned());
        Ok(Outcome { status, answer, ..Outcome::default() })
    }

    /// Sends a request, over the open connection if there is one that leads there, and gives the head of the answer.
    async fn ask(
        &mut self,
        address: &Address,
        job: &Job,
        tls: &Tls,
    ) -> Result<axum::http::Response<Incoming>, NoAnswer> {
        let mut request = request(address, job).map_err(NoAnswer::Request)?;
        if let Some(connection) = self.0.as_mut().filter(|connection| connection.to == *address)
            && connection.sender.ready().await.is_ok()
        {
            match connection.sender.try_send_request(request).await {
                Ok(response) => return Ok(response),
                Err(mut error) => match error.take_message() {
                    // The receiver had closed the connection before anything was sent.
                    Some(unsent) => request = unsent,
                    None => return Err(NoAnswer::Http(error.into_error())),
                },
            }
        }
        let connection = self.0.insert(Connection::open(address, tls).await?);
        connection.sender.send_request(request).await.map_err(NoAnswer::Http)
    }
}

impl Connection {
    async fn open(to: &Address, tls: &Tls) -> Result<Self, NoAnswer> {
        let stream = connect(to).await?;
        // A delivery is small and awaited: it is not to wait for more to be sent. A connection that refuses works all the same.
        let _ = stream.set_nodelay(true);
        let (sender, driver) = if to.encrypted {
            let tls = tls.get_or_init(connector).clone().map_err(|reason| NoAnswer::Tls(reason.into()))?;
            let name = match &to.host {
                Host::Ip(ip) => ServerName::from(*ip),
                host => ServerName::try_from(host.to_string()).map_err(|error| NoAnswer::Tls(error.into()))?,
            };
            let stream = tls.connect(name, stream).await.map_err(|error| NoAnswer::Tls(error.into()))?;
            let (sender, driver) = http1::handshake(TokioIo::new(stream)).await.map_err(NoAnswer::Http)?;
            (sender, tokio::spawn(driver).abort_handle())
        } else {
            let (sender, driver) = http1::handshake(TokioIo::new(stream)).await.map_err(NoAnswer::Http)?;
            (sender, tokio::spawn(driver).abort_handle())
        };
        Ok(Self { to: to.clone(), sender, driver })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

fn request(address: &Address, job: &Job) -> Result<Request<Full<Bytes>>, axum::http::Error> {
    Request::post(&*address.target)
        .header(HOST, &*address.authority)
        .header(CONTENT_TYPE, JSON)
        .header(USER_AGENT, AGENT)
        .header(SIGNATURE, job.target.key.sign(job.at, &job.body))
        .header(REQUEST_ID, job.request_id.as_str())
        .body(Full::new(Bytes::from_owner(Shared(job.body.clone()))))
}

/// A body that several deliveries send, as bytes.
struct Shared(Arc<str>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// Reads the body of an answer, and keeps its start. Returns whether it came to its end.
async fn read(mut body: Incoming, start: &mut Vec<u8>) -> bool {
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return false };
        let Ok(data) = frame.into_data() else { continue };
        let room = KEPT - start.len();
        start.extend_from_slice(data.get(..room).unwrap_or(&data));
        length += data.len();
        if length > READ {
            return false;
        }
    }
    true
}

/// Connects to the first address of a host that answers. Names of this machine lead nowhere else, whatever a resolver says.
async fn connect(to: &Address) -> Result<TcpStream, NoAnswer> {
    let sockets: Vec<SocketAddr> = match to.host.known() {
        Some(ips) => ips.into_iter().map(|ip| (ip, to.port).into()).collect(),
        None => {
            let name = to.host.to_string();
            let found = tokio::net::lookup_host((name.clone(), to.port)).await;
            found.map_err(|error| NoAnswer::Resolve(name, error))?.collect()
        }
    };
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for socket in sockets {
        match TcpStream::connect(socket).await {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = error,
        }
    }
    Err(NoAnswer::Connect(to.authority.clone(), failure))
}

/// What encrypts, trusting whom this system trusts.
fn connector() -> Result<TlsConnector, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(|error| error.to_string())?;
    Ok(TlsConnector::from(Arc::new(config.with_no_client_auth())))
}

/// An error with its causes, as a sentence.
fn told(error: &NoAnswer) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        // Some errors tell their cause themselves.
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text.push('.');
    text
}
