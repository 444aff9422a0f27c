//! What a request of OAuth brings: the parameters of a form, a query or a JSON object, and who the client says it is.

use std::fmt;

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::error::Category;

use crate::contract::error::{ApiError, Detail};
use crate::domain::access::{ClientCredentials, OAuthError, OAuthFault, Secret};

/// Parameters in the order they came. Only those that are asked for are looked at, so that unknown ones do no harm.
#[derive(Default)]
pub(super) struct Parameters(Vec<(String, Value)>);

/// Why parameters cannot be used. It never holds a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ParameterFault {
    /// The body cannot be read.
    Unreadable(&'static str),
    /// The body is JSON, but no object.
    NoObject,
    /// A parameter is there more than once (RFC 6749, section 3.2).
    Repeated(&'static str),
    /// A parameter is no text.
    NoText(&'static str),
}

impl Parameters {
    /// The parameters of a body: JSON or a form, as its `Content-Type` says. An empty body has none.
    ///
    /// # Errors
    /// It is said to be neither, or is not what it is said to be.
    pub(super) fn of_body(headers: &HeaderMap, body: &[u8]) -> Result<Self, ParameterFault> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case("application/json") {
            serde_json::from_slice(body).map_err(|error| match error.classify() {
                Category::Data => ParameterFault::NoObject,
                Category::Io | Category::Syntax | Category::Eof => {
                    ParameterFault::Unreadable("The body is not valid JSON.")
                }
            })
        } else if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            let form = std::str::from_utf8(body);
            form.map(Self::of_form).map_err(|_| ParameterFault::Unreadable("The body is no form: it is no text."))
        } else {
            let reason =
                "The body must be sent with the Content-Type application/json or application/x-www-form-urlencoded.";
            Err(ParameterFault::Unreadable(reason))
        }
    }

    /// The parameters of a form, or of a query.
    pub(super) fn of_form(form: &str) -> Self {
        let pairs = form_urlencoded::parse(form.as_bytes());
        Self(pairs.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))).collect())
    }

    /// The value of a parameter. `null` counts as left out.
    ///
    /// # Errors
    /// It is there more than once, or no text.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<String>, ParameterFault> {
        let mut values = self.0.iter().filter(|(own, _)| own == name).map(|(_, value)| value);
        let value = values.next();
        if values.next().is_some() {
            return Err(ParameterFault::Repeated(name));
        }
        match value {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(ParameterFault::NoText(name)),
        }
    }

    /// The value of a parameter that nobody else is to see.
    ///
    /// # Errors
    /// As [`Parameters::text`].
    pub(super) fn secret(&self, name: &'static str) -> Result<Option<Secret>, ParameterFault> {
        Ok(self.text(name)?.map(Secret::new))
    }

    /// Who the client says it is, in the body or by HTTP Basic (RFC 6749, section 2.3).
    ///
    /// # Errors
    /// `invalid_request` for a secret in both places, or more than one header; `invalid_client` for a `client_id` in the body
    /// that is another one than in the header, or a header of Basic that cannot be read.
    pub(super) fn client(&self, headers: &HeaderMap) -> Result<ClientCredentials, OAuthFault> {
        let body = ClientCredentials { id: self.text("client_id")?, secret: self.secret("client_secret")? };
        let mut lines = headers.get_all(AUTHORIZATION).iter();
        let line = lines.next();
        if lines.next().is_some() {
            return Err(fault(OAuthError::InvalidRequest, "The header Authorization is there more than once."));
        }
        let Some(encoded) = line.and_then(basic) else { return Ok(body) };
        if body.secret.is_some_and(|secret| !secret.expose().is_empty()) {
            let description = "The client shows its secret both in the body and by HTTP Basic.";
            return Err(fault(OAuthError::InvalidRequest, description));
        }
        let credentials = decode(encoded);
        let credentials = credentials
            .ok_or_else(|| fault(OAuthError::InvalidClient, "The credentials of HTTP Basic cannot be read."))?;
        let other = body.id.filter(|id| !id.is_empty() && Some(id) != credentials.id.as_ref());
        match other {
            Some(_) => Err(fault(OAuthError::InvalidClient, "The client_id in the body is not the one of HTTP Basic.")),
            None => Ok(credentials),
        }
    }
}

impl<'de> Deserialize<'de> for Parameters {
    /// Reads an object, and keeps what is there more than once.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Parameters;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parameters, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Parameters(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

impl From<ParameterFault> for OAuthFault {
    fn from(parameter: ParameterFault) -> Self {
        let description = match parameter {
            ParameterFault::Unreadable(reason) => reason.to_owned(),
            ParameterFault::NoObject => "The body is no JSON object.".to_owned(),
            ParameterFault::Repeated(name) => format!("The parameter {name} is there more than once."),
            ParameterFault::NoText(name) => format!("The parameter {name} is no text."),
        };
        fault(OAuthError::InvalidRequest, description)
    }
}

impl From<ParameterFault> for ApiError {
    /// As for every other body: 400 if it cannot be read, and 422 if it breaks its schema.
    fn from(parameter: ParameterFault) -> Self {
        let (message, pointer) = match parameter {
            ParameterFault::NoObject => ("value at root is not an object".to_owned(), String::new()),
            ParameterFault::NoText(name) => (format!("value at `/{name}` is not a string"), format!("/{name}")),
            unreadable @ (ParameterFault::Unreadable(_) | ParameterFault::Repeated(_)) => {
                return Self::invalid_request(OAuthFault::from(unreadable).description);
            }
        };
        Self::invalid_content(vec![Detail { message, pointer }])
    }
}

/// A fault.
pub(super) fn fault(error: OAuthError, description: impl Into<String>) -> OAuthFault {
    OAuthFault { error, description: description.into() }
}

/// What follows the word `Basic`, which is matched without regard to case as `Bearer` is; none for another scheme.
fn basic(header: &HeaderValue) -> Option<&[u8]> {
    let (scheme, credentials) = header.as_bytes().split_at_checked(5)?;
    let is_basic = scheme.eq_ignore_ascii_case(b"Basic") && credentials.first().is_none_or(|b| *b == b' ');
    is_basic.then(|| credentials.trim_ascii())
}

/// The client id and secret of HTTP Basic. Either is written as in a form before they are joined (RFC 6749, section 2.3.1).
fn decode(credentials: &[u8]) -> Option<ClientCredentials> {
    let pair = String::from_utf8(BASE64.decode(credentials).ok()?).ok()?;
    let (id, secret) = pair.split_once(':')?;
    Some(ClientCredentials { id: Some(unescaped(id)), secret: Some(Secret::new(unescaped(secret))) })
}

/// A text without the escapes of a form. What would part pairs in a form stands for itself here.
fn unescaped(text: &str) -> String {
    let name = text.replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(name.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_in_credentials_of_http_basic_are_those_of_a_form() {
        for (encoded, id, secret) in [
            ("a:b", "a", "b"),
            ("a%3Ab:c%20d+e", "a:b", "c d e"),
            ("a:b:c", "a", "b:c"),
            ("a:b&c=d", "a", "b&c=d"),
            ("a:100%", "a", "100%"),
            ("a:", "a", ""),
        ] {
            let credentials = decode(BASE64.encode(encoded).as_bytes()).unwrap();
            assert_eq!(credentials.id.as_deref(), Some(id), "{encoded}");
            assert_eq!(credentials.secret.unwrap().expose(), secret, "{encoded}");
        }
    }

    #[test]
    fn credentials_that_are_no_pair_in_base64_cannot_be_read() {
        let not_text = BASE64.encode(b"a:\xff");
        for credentials in ["", "a:b", "YQ==", not_text.as_str()] {
            assert!(decode(credentials.as_bytes()).is_none(), "{credentials}");
        }
    }

    #[test]
    fn other_schemes_than_basic_are_none_of_the_clients() {
        let of = |header: &'static str| basic(&HeaderValue::from_static(header)).map(<[u8]>::to_vec);
        assert_eq!(of("basic  YTpi "), Some(b"YTpi".to_vec()));
        assert_eq!(of("Basic"), Some(Vec::new()));
        for header in ["Bearer abc", "Basically YTpi", "Bas", ""] {
            assert_eq!(of(header), None, "{header}");
        }
    }
}
