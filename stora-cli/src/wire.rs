//! `--verbose`: requests and answers on standard error, without their secrets.

use std::io::Write as _;

use stora_client::http::header::{CONTENT_TYPE, LOCATION};
use stora_client::http::{HeaderMap, StatusCode};
use stora_client::reqwest::{Body, Request};
use stora_client::{Tap, http};

use crate::mask::{MASK, is_secret_header, masked_body};

/// Writes what goes over the wire to standard error, requests behind `>` and answers behind `<`.
pub(crate) struct Wire;

impl Tap for Wire {
    fn request(&self, request: &Request) {
        let url = request.url();
        let mut out = format!("> {} {url}\n", request.method());
        write_headers('>', request.headers(), &mut out);
        write_body('>', request.headers(), request.body().and_then(Body::as_bytes), &mut out);
        write(&out);
    }

    fn answer(&self, status: StatusCode, headers: &HeaderMap, body: Option<&[u8]>) {
        let mut out = format!("< {status}\n");
        write_headers('<', headers, &mut out);
        write_body('<', headers, body, &mut out);
        write(&out);
    }
}

fn write_headers(mark: char, headers: &HeaderMap, out: &mut String) {
    for (name, value) in headers {
        let shown = match value.to_str() {
            // Which scheme it is tells enough.
            Ok(text) if *name == http::header::AUTHORIZATION => match text.split_once(' ') {
                Some((scheme, _)) => format!("{scheme} {MASK}"),
                None => MASK.to_owned(),
            },
            _ if value.is_sensitive() || is_secret_header(name.as_str()) => MASK.to_owned(),
            // The address of a picture is the key to it.
            Ok(text) if *name == LOCATION => match text.split_once('?') {
                Some((place, _)) => format!("{place}?{MASK}"),
                None => text.to_owned(),
            },
            Ok(text) => text.to_owned(),
            Err(_) => format!("[{} bytes]", value.len()),
        };
        out.push_str(&format!("{mark} {name}: {shown}\n"));
    }
}

fn write_body(mark: char, headers: &HeaderMap, body: Option<&[u8]>, out: &mut String) {
    out.push(mark);
    out.push('\n');
    let Some(body) = body.filter(|body| !body.is_empty()) else { return };
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    for line in masked_body(media_type, body).lines() {
        out.push_str(&format!("{mark} {line}\n"));
    }
}

fn write(text: &str) {
    // That nobody listens there is nothing that could be told to anybody.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
