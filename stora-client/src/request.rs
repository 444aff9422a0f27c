//! What generated calls share: conversion of arguments, and request bodies.

use std::fmt::Display;

use reqwest::RequestBuilder;
use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, HeaderValue, InvalidHeaderValue};
use serde::Serialize;

/// What converts into an argument of type `T`: a `T` itself, and whatever has a conversion into it that can say why it
/// failed.
pub trait Argument<T> {
    #[doc(hidden)]
    fn convert(self, name: &str) -> Result<T, String>;
}

impl<V, T> Argument<T> for V
where
    V: TryInto<T>,
    V::Error: Display,
{
    fn convert(self, name: &str) -> Result<T, String> {
        self.try_into().map_err(|reason| format!("`{name}`: {reason}"))
    }
}

/// A text as a segment of a path. Nothing, `.` and `..` would lead to another operation than the one that is called.
///
/// # Errors
/// When the text is one of these.
pub fn segment(name: &str, text: String) -> Result<String, String> {
    match text.as_str() {
        "" | "." | ".." => Err(format!("`{name}`: `{text}` cannot stand in a path")),
        _ => Ok(text),
    }
}

/// A JSON body with a media type of its own, or none at all.
pub fn json_body<T: Serialize>(request: RequestBuilder, media_type: &'static str, body: Option<&T>) -> RequestBuilder {
    match body {
        Some(body) => request.header(CONTENT_TYPE, media_type).json(body),
        None => request,
    }
}

/// A form body, or none at all. Lists repeat their key, objects put theirs in brackets.
pub fn form_body<T: Serialize>(request: RequestBuilder, body: Option<&T>) -> RequestBuilder {
    let Some(body) = body else { return request };
    let mut pairs = Vec::new();
    if let serde_json::Value::Object(properties) = crate::query::value(body) {
        for (name, value) in properties {
            let style = if value.is_object() { crate::query::Style::Deep } else { crate::query::Style::Form };
            pairs.extend(crate::query::pairs(&name, &value, style));
        }
    }
    request.form(&pairs)
}

/// Adds a cookie: all of them share one header.
///
/// # Errors
/// When the value cannot stand in a header.
pub fn cookie(headers: &mut HeaderMap, name: &str, value: &dyn Display) -> Result<(), InvalidHeaderValue> {
    let cookie = format!("{name}={}", progenitor_client::encode_path(&value.to_string()).replace(';', "%3B"));
    let all = match headers.get(COOKIE).and_then(|before| before.to_str().ok()) {
        Some(before) => format!("{before}; {cookie}"),
        None => cookie,
    };
    headers.insert(COOKIE, HeaderValue::from_str(&all)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http() -> RequestBuilder {
        reqwest::Client::new().post("http://localhost/")
    }

    fn body(request: &reqwest::Request) -> Option<&str> {
        request.body()?.as_bytes().map(|bytes| std::str::from_utf8(bytes).unwrap())
    }

    #[test]
    fn an_argument_that_does_not_convert_is_named() {
        assert_eq!(Argument::<i64>::convert(7_u8, "limit"), Ok(7));
        let error = Argument::<u8>::convert(-1_i64, "limit").unwrap_err();
        assert_eq!(error, "`limit`: out of range integral type conversion attempted");
    }

    #[test]
    fn a_json_body_has_its_media_type_and_an_absent_one_has_none() {
        let request = json_body(http(), "application/merge-patch+json", Some(&[1, 2])).build().unwrap();
        assert_eq!(
            request.headers().get_all(CONTENT_TYPE).iter().collect::<Vec<_>>(),
            ["application/merge-patch+json"]
        );
        assert_eq!(body(&request), Some("[1,2]"));
        let request = json_body::<u8>(http(), "application/json", None).build().unwrap();
        assert_eq!((request.headers().get(CONTENT_TYPE), body(&request)), (None, None));
    }

    #[test]
    fn a_form_repeats_lists_and_puts_keys_in_brackets() {
        let value = serde_json::json!({"a": "x y&z", "b": [1, 2], "c": {"d": true}, "e": null});
        let request = form_body(http(), Some(&value)).build().unwrap();
        assert_eq!(request.headers()[CONTENT_TYPE], "application/x-www-form-urlencoded");
        assert_eq!(body(&request), Some("a=x+y%26z&b=1&b=2&c%5Bd%5D=true"));
        let request = form_body::<u8>(http(), None).build().unwrap();
        assert_eq!((request.headers().get(CONTENT_TYPE), body(&request)), (None, None));
    }

    #[test]
    fn cookies_share_one_header() {
        let mut headers = HeaderMap::new();
        cookie(&mut headers, "a", &"1; b=2").unwrap();
        cookie(&mut headers, "c", &3).unwrap();
        assert_eq!(headers.get_all(COOKIE).iter().collect::<Vec<_>>(), ["a=1%3B%20b=2; c=3"]);
    }
}
