//! Webhooks: telling that an event was sent by Stora, and decoding it.
//!
//! An event arrives as a POST with the header `X-Stora-Signature: t={unix seconds},v1={signature}`. The signature is
//! HMAC-SHA256 over the seconds, a dot and the body, keyed by the secret that came in the answer to the call that made the
//! endpoint. [`Verifier`] checks all that and gives the [`Event`]; [`Signer`] makes such requests, for tests.
//!
//! ```
//! use std::time::{Duration, UNIX_EPOCH};
//!
//! use stora_client::types::Event;
//! use stora_client::webhook::{Signer, Verifier};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // From the answer that made the endpoint.
//! let secret = "0123456789abcdef".repeat(4);
//! let now = 1_763_640_000;
//!
//! // What Stora does; in a receiver, the body and the headers are those of the request.
//! let body = br#"{"event": {"id": "evt_1", "type": "site.opened", "created_at": "2025-11-20T12:00:00Z", "data": {}}}"#;
//! let headers = Signer::new(&*secret)?.headers(now, body);
//!
//! // The clock is the system's unless another is given.
//! let verifier = Verifier::new(&*secret)?.with_clock(move || UNIX_EPOCH + Duration::from_secs(now + 3));
//! match verifier.verify(body, &headers)? {
//!     Event::UnitOccupied(occupied) => println!("{} is occupied", occupied.event.data.unit.id),
//!     event => println!("{} is of no interest here", event.tag()),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Give the verifier the body byte by byte as it came: JSON that was parsed and written again has another signature.
//! `examples/webhook_receiver.rs` shows a receiver in axum.
//!
//! A verified event may still come twice: its `id` stays the same over all attempts and serves to drop duplicates.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::Secret;
use crate::types::Event;

/// The header that carries the signature.
pub const SIGNATURE_HEADER: &str = "x-stora-signature";

/// The header that carries the id of the attempt: the service makes a new one each time it sends an event.
pub const REQUEST_ID_HEADER: &str = "x-stora-request-id";

/// How far the time of a signature may lie from now, unless [`Verifier::with_tolerance`] says otherwise: five minutes.
pub const DEFAULT_TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// The version of the API that an event without `api_version` is taken to be of.
const API_VERSION: &str = "2025-09";

/// The length of an HMAC-SHA256, in bytes.
const LENGTH: usize = 32;

/// Checks that events were sent by Stora, and decodes them.
///
/// Cheap to clone; made once and shared by all requests.
#[derive(Clone)]
pub struct Verifier {
    keys: Vec<Key>,
    tolerance: Duration,
    clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

/// Makes the headers that Stora sends, to test a receiver.
#[derive(Clone)]
pub struct Signer {
    key: Key,
}

/// Why a request is not taken for an event of Stora.
///
/// The checks are made in the order of the arms, so that [`TooOld`](Self::TooOld) and those after it are said only of what was
/// signed with one of the secrets. Answer 400 to all of them.
#[derive(Debug)]
#[non_exhaustive]
pub enum VerifyError {
    /// There is no header `X-Stora-Signature`.
    MissingHeader,
    /// The header is not of the form `t={unix seconds},v1={64 hexadecimal digits}`; the text says in what.
    MalformedHeader(&'static str),
    /// No signature in the header is that of the body with any of the secrets: the body or the time was changed on the way
    /// (such as parsed and written again), or the secret is that of another endpoint.
    Mismatch,
    /// The event was signed longer ago than the tolerance allows: it may be a replay, or the clock here is fast.
    TooOld {
        /// How long ago it was signed.
        age: Duration,
        /// The tolerance.
        tolerance: Duration,
    },
    /// The event was signed in a future farther away than the tolerance allows: the clock here is slow.
    TooNew {
        /// How far ahead the signature's time is. [`Duration::MAX`] where it is beyond what this system can tell.
        ahead: Duration,
        /// The tolerance.
        tolerance: Duration,
    },
    /// The body is not JSON.
    NotJson(serde_json::Error),
    /// The body is JSON and not the event that it says it is.
    NotAnEvent {
        /// The way to the value at fault, such as `event.data.unit.status`.
        path: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// A text that cannot be the secret of an endpoint: it is empty, or has a space or a line break in it.
///
/// With an empty secret anybody could sign; a line break is mostly a leftover of the file that the secret was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnusableSecret(());

impl Verifier {
    /// A verifier of what is signed with this secret, with a tolerance of five minutes and the clock of the system.
    ///
    /// # Errors
    /// When the text cannot be a secret.
    pub fn new(secret: impl Into<Secret>) -> Result<Self, UnusableSecret> {
        let keys = vec![Key::new(&secret.into())?];
        Ok(Self { keys, tolerance: DEFAULT_TOLERANCE, clock: Arc::new(SystemTime::now) })
    }

    /// Takes what is signed with this secret as well: for the time in which one secret gives way to another, or for several
    /// endpoints at one address.
    ///
    /// # Errors
    /// When the text cannot be a secret.
    pub fn with_secret(mut self, secret: impl Into<Secret>) -> Result<Self, UnusableSecret> {
        self.keys.push(Key::new(&secret.into())?);
        Ok(self)
    }

    /// How far the time of a signature may lie from now, into the past and into the future. Exactly as far is allowed.
    ///
    /// The service signs anew for every attempt, so that its own retries are never too old.
    #[must_use]
    pub fn with_tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Takes the time from here, and not from the system.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Checks a request by its body, as it came, and its headers.
    ///
    /// `meta`, its `curies` and `api_version` may be missing; then the event has no curies and is of version `2025-09`.
    ///
    /// # Errors
    /// When it was not sent by Stora, not now, or is not an event. See [`VerifyError`].
    pub fn verify(&self, body: &[u8], headers: &HeaderMap) -> Result<Event, VerifyError> {
        let mut values = headers.get_all(SIGNATURE_HEADER).iter();
        let value = values.next().ok_or(VerifyError::MissingHeader)?;
        if values.next().is_some() {
            return Err(VerifyError::MalformedHeader("it is there more than once"));
        }
        let text = value.to_str().map_err(|_| VerifyError::MalformedHeader("it is not ASCII text"))?;
        self.verify_parts(body, text)
    }

    /// The same where the request is no `http::Request`, such as in a function of a cloud provider: takes the body, as it
    /// came, and the value of the header `X-Stora-Signature`.
    ///
    /// # Errors
    /// As [`Verifier::verify`].
    pub fn verify_parts(&self, body: &[u8], signature_header: &str) -> Result<Event, VerifyError> {
        let header = SignatureHeader::parse(signature_header)?;
        // All secrets and signatures are tried, so that the time taken does not tell which of them fits.
        let fits = self.keys.iter().fold(false, |fits, key| fits | key.has_signed(&header, body));
        if !fits {
            return Err(VerifyError::Mismatch);
        }
        self.check_time(header.seconds)?;
        decode(body)
    }

    fn check_time(&self, seconds: u64) -> Result<(), VerifyError> {
        let tolerance = self.tolerance;
        let Some(signed_at) = UNIX_EPOCH.checked_add(Duration::from_secs(seconds)) else {
            return Err(VerifyError::TooNew { ahead: Duration::MAX, tolerance });
        };
        match (self.clock)().duration_since(signed_at) {
            Ok(age) if age > tolerance => Err(VerifyError::TooOld { age, tolerance }),
            Err(error) if error.duration() > tolerance => {
                Err(VerifyError::TooNew { ahead: error.duration(), tolerance })
            }
            _ => Ok(()),
        }
    }
}

impl Signer {
    /// Signs with this secret.
    ///
    /// # Errors
    /// When the text cannot be a secret.
    pub fn new(secret: impl Into<Secret>) -> Result<Self, UnusableSecret> {
        Ok(Self { key: Key::new(&secret.into())? })
    }

    /// The value of the header `X-Stora-Signature` for a body sent at a time, in Unix seconds.
    pub fn sign(&self, timestamp: u64, body: &[u8]) -> String {
        format!("t={timestamp},v1={}", hex(&self.signature(timestamp, body)))
    }

    /// All headers that Stora sends with a body at a time, in Unix seconds.
    ///
    /// The id of the request is a UUID (version 8) made from the signature: another time gives another one, and the same
    /// arguments give the same.
    pub fn headers(&self, timestamp: u64, body: &[u8]) -> HeaderMap {
        let text = |text: &str| HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""));
        HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (USER_AGENT, HeaderValue::from_static("Stora-Webhooks/1.0")),
            (http::HeaderName::from_static(SIGNATURE_HEADER), text(&self.sign(timestamp, body))),
            (http::HeaderName::from_static(REQUEST_ID_HEADER), text(&uuid(&self.signature(timestamp, body)))),
        ])
    }

    fn signature(&self, timestamp: u64, body: &[u8]) -> [u8; LENGTH] {
        self.key.mac(&timestamp.to_string(), body).finalize().into_bytes().into()
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("secrets", &self.keys.len())
            .field("tolerance", &self.tolerance)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").finish_non_exhaustive()
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingHeader => f.write_str("the header X-Stora-Signature is missing"),
            Self::MalformedHeader(reason) => write!(f, "the header X-Stora-Signature is malformed: {reason}"),
            Self::Mismatch => f.write_str("the signature is not that of this body with any of the secrets"),
            Self::TooOld { age, tolerance } => {
                write!(f, "the event was signed {} s ago, and {} s are allowed", age.as_secs(), tolerance.as_secs())
            }
            Self::TooNew { ahead, tolerance } => {
                write!(f, "the event was signed {} s ahead, and {} s are allowed", ahead.as_secs(), tolerance.as_secs())
            }
            Self::NotJson(_) => f.write_str("the body is not JSON"),
            Self::NotAnEvent { path, .. } => write!(f, "the body is not an event: at `{path}`"),
        }
    }
}

impl std::error::Error for VerifyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotJson(source) | Self::NotAnEvent { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl fmt::Display for UnusableSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the secret of a webhook endpoint is empty or has white space in it")
    }
}

impl std::error::Error for UnusableSecret {}

/// The state of the HMAC after the secret went in.
#[derive(Clone)]
struct Key(Hmac<Sha256>);

impl Key {
    fn new(secret: &Secret) -> Result<Self, UnusableSecret> {
        let text = secret.expose();
        if text.is_empty() || text.contains(char::is_whitespace) {
            return Err(UnusableSecret(()));
        }
        Hmac::new_from_slice(text.as_bytes()).map(Self).map_err(|_| UnusableSecret(()))
    }

    fn mac(&self, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(timestamp.as_bytes());
        mac.update(b".");
        mac.update(body);
        mac
    }

    /// Whether one of the signatures is that of this key. Each comparison takes the same time wherever the two differ.
    fn has_signed(&self, header: &SignatureHeader<'_>, body: &[u8]) -> bool {
        let mac = self.mac(header.timestamp, body);
        header.signatures.iter().fold(false, |fits, signature| fits | mac.clone().verify_slice(signature).is_ok())
    }
}

/// What the header says.
struct SignatureHeader<'a> {
    /// The time as it stands there, which is what was signed.
    timestamp: &'a str,
    /// The same as a number of Unix seconds.
    seconds: u64,
    signatures: Vec<[u8; LENGTH]>,
}

impl<'a> SignatureHeader<'a> {
    /// Reads the header. Elements other than `t` and `v1` are passed over: they would be signatures of a later scheme.
    fn parse(text: &'a str) -> Result<Self, VerifyError> {
        let malformed = VerifyError::MalformedHeader;
        let mut time = None;
        let mut signatures = Vec::new();
        for element in text.split(',') {
            match element.trim_matches([' ', '\t']).split_once('=') {
                None => return Err(malformed("an element is not of the form name=value")),
                Some(("t", _)) if time.is_some() => return Err(malformed("it has more than one t")),
                Some(("t", value)) => {
                    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
                    let seconds = value.parse().ok().filter(|_| digits);
                    time = Some((value, seconds.ok_or(malformed("t is not a number of seconds"))?));
                }
                Some(("v1", value)) => {
                    signatures.push(unhex(value).ok_or(malformed("v1 is not 64 hexadecimal digits"))?);
                }
                Some(_) => {}
            }
        }
        let (timestamp, seconds) = time.ok_or(malformed("it has no t"))?;
        if signatures.is_empty() {
            return Err(malformed("it has no v1"));
        }
        Ok(Self { timestamp, seconds, signatures })
    }
}

fn decode(body: &[u8]) -> Result<Event, VerifyError> {
    let mut value: Value = serde_json::from_slice(body).map_err(VerifyError::NotJson)?;
    // Any JSON decodes as an event of an unknown type, even what has no type at all.
    for (path, found) in [
        ("event", value.get("event").is_some_and(Value::is_object)),
        ("event.type", crate::union::at(&value, &["event", "type"]).is_some()),
    ] {
        if !found {
            let source = serde::de::Error::custom("there is no event of a type here");
            return Err(VerifyError::NotAnEvent { path: path.to_owned(), source });
        }
    }
    let decoded = match Event::decode_traced(&value) {
        Err(_) if fill(&mut value) => Event::decode_traced(&value),
        decoded => decoded,
    };
    decoded.map_err(|error| VerifyError::NotAnEvent { path: error.path().to_string(), source: error.into_inner() })
}

/// Puts in what receivers can do without and the models require. Says whether anything was missing.
fn fill(value: &mut Value) -> bool {
    let Some(event) = value.get_mut("event").and_then(Value::as_object_mut) else { return false };
    let mut filled = false;
    let mut set = |slot: &mut Value, default: Value| {
        if slot.is_null() {
            *slot = default;
            filled = true;
        }
    };
    set(event.entry("api_version").or_insert(Value::Null), json!(API_VERSION));
    let meta = event.entry("meta").or_insert(Value::Null);
    set(meta, json!({}));
    if let Some(meta) = meta.as_object_mut() {
        set(meta.entry("curies").or_insert(Value::Null), json!([]));
    }
    filled
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; LENGTH]> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != LENGTH || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; LENGTH];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = (digit(*high)? << 4) | digit(*low)?;
    }
    Some(bytes)
}

/// The form of a UUID of version 8, whose content is up to the maker, over the first half of a signature.
fn uuid(signature: &[u8; LENGTH]) -> String {
    let mut bytes = *signature;
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let text = hex(&bytes[..16]);
    [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-")
}
