//! What the pages have in common: their looks, their headers, and how forms come back.

use axum::body::Body;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};

use crate::api::Answer;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:0;padding:0 1rem;background:#f3f4f6;color:#1f2937}\
    main{box-sizing:border-box;max-width:30rem;margin:10vh auto;padding:2rem;background:#fff;border-radius:.75rem;\
    box-shadow:0 1px 4px #0003}h1{font-size:1.25rem;margin:0 0 1rem;overflow-wrap:anywhere}ul{padding-left:1.25rem}\
    code{overflow-wrap:anywhere;color:#4b5563;font-size:.875rem}form{display:flex;flex-wrap:wrap;gap:.75rem;\
    margin-top:1.5rem}button{flex:1;font:inherit;padding:.6rem 1rem;border:1px solid #6b7280;border-radius:.5rem;\
    background:#fff;color:inherit;cursor:pointer}button.main{background:#1d4ed8;border-color:#1d4ed8;color:#fff}\
    fieldset{flex:0 0 100%;box-sizing:border-box;border:1px solid #d1d5db;border-radius:.5rem}label{display:block}\
    table{width:100%;border-collapse:collapse}td,th{padding:.25rem 0;text-align:left;font-weight:inherit}\
    td{text-align:right;white-space:nowrap;padding-left:1rem}tr.due{font-weight:600;border-top:1px solid #d1d5db}\
    p.alert{padding:.6rem 1rem;border-radius:.5rem;background:#fee2e2;color:#991b1b}\
    footer{margin-top:1.5rem;font-size:.875rem;color:#4b5563}";

/// A page. `main` is HTML already.
pub fn html(status: StatusCode, title: &str, main: &str) -> Answer {
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>{STYLE}</style></head>\
         <body><main>{main}</main></body></html>"
    );
    let style = BASE64.encode(Sha256::digest(STYLE));
    // No `form-action`: browsers hold the way back to the application against it, which may be any address or an app.
    let policy = format!("default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; frame-ancestors 'none'");
    let mut answer = Answer::html(status.as_u16(), page);
    answer.headers.extend([
        ("cache-control", "no-store".to_owned()),
        ("content-security-policy", policy),
        ("x-frame-options", "DENY".to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
        // Without any referrer the form would be sent with the origin `null`.
        ("referrer-policy", "same-origin".to_owned()),
    ]);
    answer
}

/// Leads the browser elsewhere. After a form has been sent, it is to go on with GET (RFC 9110, section 15.4.4).
pub fn see_other(location: String) -> Answer {
    let mut answer = Answer::empty(StatusCode::SEE_OTHER.as_u16());
    answer.headers.extend([("location", location), ("cache-control", "no-store".to_owned())]);
    answer
}

/// A field of a form; empty if the form does not have it.
pub fn field(form: &[u8], name: &str) -> String {
    let mut fields = form_urlencoded::parse(form);
    fields.find(|(own, _)| own == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// Whether a form was sent by a page of this server, or by a program that is no browser. Browsers say where a request comes
/// from: all that are not old in `Sec-Fetch-Site`, the others in `Origin`.
pub fn is_same_origin(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    origin.zip(host).is_some_and(|((_, origin), host)| origin.eq_ignore_ascii_case(host))
}

/// An answer as it goes out.
pub fn response(answer: Answer) -> Response<Body> {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(content_type) = answer.content_type {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        lines.iter().map(|&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn an_answer_is_taken_from_the_own_page_or_from_no_browser() {
        for (lines, expected) in [
            (&[][..], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "null")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "http://mock:4010"), ("host", "mock:4010")], false),
            (&[("origin", "http://mock:4010"), ("host", "mock:4010")], true),
            (&[("origin", "http://mock:4011"), ("host", "mock:4010")], false),
            (&[("origin", "null"), ("host", "mock:4010")], false),
            (&[("origin", "http://mock:4010")], false),
        ] {
            assert_eq!(is_same_origin(&headers(lines)), expected, "{lines:?}");
        }
    }
}
