//! `--dry-run`: the call as a line for curl.

use stora_client::call::Call;
use stora_client::http::header::{AUTHORIZATION, CONTENT_TYPE};
use stora_client::reqwest::{Body, Request};

use crate::failure::Failure;
use crate::mask::{MASK, is_secret_header, masked_body};

/// The line for curl that makes a call.
///
/// The access token is not in it: it is taken from the environment of whoever runs the line. Other secrets are masked.
pub(crate) fn line(call: &dyn Call) -> Result<String, Failure> {
    let request = call.request()?;
    let mut words = vec![format!("curl -X {} {}", request.method(), quoted(request.url().as_str())?)];
    if !call.operation().is_open && !request.headers().contains_key(AUTHORIZATION) {
        words.push("-H \"Authorization: Bearer $STORA_ACCESS_TOKEN\"".to_owned());
    }
    for (name, value) in request.headers() {
        let value = value.to_str().unwrap_or(MASK);
        let value = if is_secret_header(name.as_str()) { MASK } else { value };
        words.push(format!("-H {}", quoted(&format!("{name}: {value}"))?));
    }
    if let Some(body) = body(&request) {
        words.push(format!("--data {}", quoted(&body)?));
    }
    Ok(words.join(" \\\n    "))
}

fn body(request: &Request) -> Option<String> {
    let bytes = request.body().and_then(Body::as_bytes)?;
    let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Some(masked_body(media_type, bytes))
}

/// A text as one word of a shell.
fn quoted(text: &str) -> Result<String, Failure> {
    let word = shlex::try_quote(text)
        .map_err(|_| Failure::usage("a value has a character (NUL) that cannot stand in a command line"))?;
    Ok(word.into_owned())
}
