//! From what a command line asks for to a request of the client.

use form_urlencoded::Serializer;
use serde_json::Value;
use stora_client::call::{self, CallOptions};
use stora_client::http::header::{ACCEPT, CONTENT_TYPE};
use stora_client::http::{HeaderValue, Method};
use stora_client::reqwest::{Request, Url};
use stora_client::{Client, Error};

use crate::Call;
use crate::command::Operation;

/// The header that makes a repeat of a `POST` harmless.
pub(crate) const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// A call of an operation, for the client to send: it goes the way of all calls of the client.
#[derive(Debug)]
pub(crate) struct Prepared<'a> {
    client: &'a Client,
    operation: call::Operation,
    options: CallOptions,
    path: String,
    accept: &'static str,
    body: Option<(&'static str, String)>,
}

impl<'a> Prepared<'a> {
    /// The call that a command line asks for, with the answer in this format.
    pub(crate) fn new(client: &'a Client, call: &Call, accept: &'static str) -> Result<Self, Error> {
        let mut options = CallOptions::default();
        call.query.iter().for_each(|(name, value)| options.query(name, value));
        call.headers.iter().for_each(|(name, value)| options.header(name, value));
        let body = call.body.as_ref().zip(call.operation.body);
        Ok(Self {
            client,
            operation: known(call.operation)?,
            options,
            path: path(call)?,
            accept,
            body: body.map(|(body, row)| (row.media_type, written(body, row.media_type, row.raw))),
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
        let url = format!("{}{}", self.client.base_url(), self.path);
        let url = Url::parse(&url)
            .map_err(|reason| Error::InvalidRequest(format!("the path `{}` gives no address: {reason}", self.path)))?;
        let mut request = Request::new(self.operation.method.clone(), url);
        if !self.accept.is_empty() {
            request.headers_mut().insert(ACCEPT, HeaderValue::from_static(self.accept));
        }
        if let Some((media_type, body)) = &self.body {
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
            *request.body_mut() = Some(body.clone().into());
        }
        Ok(request)
    }
}

/// What the client's way of sending needs to know of an operation.
fn known(row: &'static Operation) -> Result<call::Operation, Error> {
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
