//! From what a command line asks for to a request of the client.

use std::fmt;

use form_urlencoded::Serializer;
use serde_json::Value;
use stora_client::call::{self, CallOptions};
use stora_client::http::header::{ACCEPT, CONTENT_TYPE};
use stora_client::http::{HeaderName, HeaderValue, Method};
use stora_client::reqwest::{Request, Url};
use stora_client::{Client, Error};

use crate::Call;
use crate::command::Operation;
use crate::failure::Failure;

/// The header that makes a repeat of a `POST` harmless.
pub(crate) const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// A call for the client to send: it goes the way of all calls of the client.
#[derive(Debug)]
pub(crate) struct Prepared<'a> {
    client: &'a Client,
    operation: call::Operation,
    /// The headers once more, for the client to know that they are said.
    options: CallOptions,
    parts: Parts,
}

/// What a request is made of.
#[derive(Clone, Default)]
pub(crate) struct Parts {
    /// The path below the base URL, with escapes; it may have a query.
    pub(crate) path: String,
    /// More pairs of the query, without escapes.
    pub(crate) query: Vec<(String, String)>,
    /// The headers.
    pub(crate) headers: Vec<(String, String)>,
    /// The media type that is asked for; none to leave it to the service.
    pub(crate) accept: Option<&'static str>,
    /// The body with its media type.
    pub(crate) body: Option<(String, Vec<u8>)>,
}

impl<'a> Prepared<'a> {
    /// The call of an operation.
    pub(crate) fn new(client: &'a Client, operation: call::Operation, parts: Parts) -> Self {
        let mut options = CallOptions::default();
        parts.headers.iter().for_each(|(name, value)| options.header(name, value));
        Self { client, operation, options, parts }
    }

    /// The call that a command line asks for, with the answer in this format.
    pub(crate) fn of(client: &'a Client, call: &Call, accept: Option<&'static str>) -> Result<Self, Error> {
        Ok(Self::new(client, known(call.operation)?, Parts::of(call, accept)?))
    }

    /// Sets a parameter of the query, whatever it was before.
    pub(crate) fn set_query(&mut self, name: &str, value: String) {
        self.parts.query.retain(|(known, _)| known != name);
        self.parts.query.push((name.to_owned(), value));
    }
}

impl Parts {
    /// What the call that a command line asks for is made of.
    pub(crate) fn of(call: &Call, accept: Option<&'static str>) -> Result<Self, Error> {
        let body = call.body.as_ref().zip(call.operation.body);
        Ok(Self {
            path: path(call)?,
            query: call.query.clone(),
            headers: call.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            accept,
            body: body
                .map(|(body, row)| (row.media_type.to_owned(), written(body, row.media_type, row.raw).into_bytes())),
        })
    }
}

impl call::Call for Prepared<'_> {
    fn operation(&self) -> &call::Operation {
        &self.operation
    }

    fn client(&self) -> &Client {
        self.client
    }

    fn options(&self) -> &CallOptions {
        &self.options
    }

    fn request(&self) -> Result<Request, Error> {
        let Parts { path, query, headers, accept, body } = &self.parts;
        let mut url = below(self.client, path)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = Request::new(self.operation.method.clone(), url);
        let known = request.headers_mut();
        if let Some(accept) = accept {
            known.insert(ACCEPT, HeaderValue::from_static(accept));
        }
        if let Some((media_type, _)) = body {
            known.insert(CONTENT_TYPE, header_value("Content-Type", media_type)?);
        }
        for (name, value) in headers {
            let value = header_value(name, value)?;
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| Error::InvalidRequest(format!("`{name}` cannot be the name of a header")))?;
            known.insert(name, value);
        }
        *request.body_mut() = body.as_ref().map(|(_, bytes)| bytes.clone().into());
        Ok(request)
    }
}

/// The body is not shown, nor are headers: they may hold secrets.
impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").field("path", &self.path).field("query", &self.query).finish_non_exhaustive()
    }
}

/// The address of a path below the base URL; never one that leads out of it.
fn below(client: &Client, path: &str) -> Result<Url, Error> {
    let wrong = |what: String| Error::InvalidRequest(format!("the path `{path}` {what}"));
    if !path.starts_with('/') {
        return Err(wrong("does not begin with a slash".to_owned()));
    }
    let parsed = |text: &str| Url::parse(text).map_err(|reason| wrong(format!("gives no address: {reason}")));
    let (base, url) = (parsed(client.base_url())?, parsed(&format!("{}{path}", client.base_url()))?);
    let base_path = base.path().trim_end_matches('/');
    let is_below = url.path().strip_prefix(base_path).is_some_and(|rest| rest.starts_with('/'));
    if url.origin() == base.origin() && is_below { Ok(url) } else { Err(wrong("leads out of the base URL".to_owned())) }
}

fn header_value(name: &str, text: &str) -> Result<HeaderValue, Error> {
    let value = HeaderValue::try_from(text);
    value.map_err(|_| {
        Error::InvalidRequest(format!("the value of the header `{name}` has characters that cannot stand in one"))
    })
}

/// An answer as JSON.
pub(crate) fn read_json(answer: &[u8]) -> Result<Value, Failure> {
    serde_json::from_slice(answer).map_err(|error| Failure::local("the answer is not JSON", Some(error.into())))
}

/// What the client's way of sending needs to know of an operation.
pub(crate) fn known(row: &'static Operation) -> Result<call::Operation, Error> {
    let method = Method::from_bytes(row.method.as_bytes())
        .map_err(|_| Error::InvalidRequest(format!("`{}` is not a method", row.method)))?;
    let takes_key = row.flags.iter().any(|flag| flag.wire.eq_ignore_ascii_case(IDEMPOTENCY_KEY));
    Ok(call::Operation { id: row.id, method, path: row.path, is_open: row.open, takes_key, is_harmless: false })
}

/// The path with its parameters filled in.
fn path(call: &Call) -> Result<String, Error> {
    let mut path = call.operation.path.to_owned();
    for (name, value) in &call.path_params {
        // Nothing, `.` and `..` would lead to another operation than the one that is called.
        if matches!(value.as_str(), "" | "." | "..") {
            return Err(Error::InvalidRequest(format!("`{value}` cannot stand for {} in a path", name.to_uppercase())));
        }
        path = path.replace(&format!("{{{name}}}"), &segment(value));
    }
    Ok(path)
}

/// A text as one segment of a path.
pub(crate) fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// A body as it goes over the wire.
fn written(body: &Value, media_type: &str, raw: bool) -> String {
    match body {
        Value::String(text) if raw => text.clone(),
        Value::Object(properties) if media_type == "application/x-www-form-urlencoded" => {
            let words = properties.iter().map(|(name, value)| (name, crate::value::plain(value)));
            Serializer::new(String::new()).extend_pairs(words).finish()
        }
        other => other.to_string(),
    }
}
