//! What a call that fails is answered with.
//!
//! Everything before, in and after an operation that refuses a call makes an [`ApiError`]. Which one to use:
//!
//! | what went wrong | constructor | answer |
//! |---|---|---|
//! | path or method unknown | `RouteError.into()` | 404 or 405 `invalid_endpoint` |
//! | token missing, unknown, expired, revoked | [`ApiError::invalid_token`] | 401 `invalid_token` |
//! | scope missing | [`ApiError::missing_scopes`], [`ApiError::missing_expand_scopes`] | 403 `forbidden` |
//! | no format of `Accept` on offer | [`ApiError::not_acceptable`] | 406 `invalid_format` |
//! | query parameters | [`ApiError::invalid_params`] | 422 `invalid_url_param` |
//! | body is no JSON, header is malformed | [`ApiError::invalid_request`] | 400 `invalid_request` |
//! | body breaks its schema | [`ApiError::invalid_content`] | 422 `invalid_content` |
//! | the business refuses | `Refusal.into()` | 404, 409, 422, or 400 `api_error` |
//! | anything else | [`ApiError::new`] | by its code |
//!
//! Only code, status and type are fixed by the document; the message is worded here, and names the culprit where it is known.

mod code;

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Serialize;

pub use code::Code;

use super::body::BodyError;
use super::method::Method;
use super::route::RouteError;
use crate::domain::refusal::{Fault, Refusal};

/// One fault in a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Detail {
    /// The fault in words.
    pub message: String,
    /// Where it is: a JSON Pointer into the body, or a slash and the name of the query parameter.
    pub pointer: String,
}

/// The answer to a call that fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// What went wrong.
    pub code: Code,
    /// The status of the answer. It is that of the code, but for a known path with a method it does not have, which is 405.
    pub status: u16,
    /// The fault in words, for developers.
    pub message: Cow<'static, str>,
    /// One entry per fault that can be pointed at.
    pub details: Vec<Detail>,
    /// The rule of the business that forbids the call, such as `U1`. For the journal; it is not in the answer.
    pub rule: Option<&'static str>,
    /// The methods that the path has; empty unless the method is what is wrong.
    pub allow: &'static [Method],
}

/// Where an answer that reports an error tells to read more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorLinks {
    /// Address of the served OpenAPI document.
    pub open_api_url: String,
    /// Address of a page for people.
    pub documentation_url: String,
}

impl ApiError {
    /// The error of a code, with its usual status and message.
    pub fn new(code: Code) -> Self {
        Self {
            code,
            status: code.status(),
            message: code.default_message().into(),
            details: Vec::new(),
            rule: None,
            allow: &[],
        }
    }

    /// With a message that says more than the usual one.
    #[must_use]
    pub fn with_message(self, message: impl Into<Cow<'static, str>>) -> Self {
        Self { message: message.into(), ..self }
    }

    /// 400: the request cannot be read. `message` says what of it, as a sentence.
    pub fn invalid_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::InvalidRequest).with_message(message)
    }

    /// 401: the token does not open anything. `message` says why, as a sentence, and never holds the token.
    pub fn invalid_token(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::InvalidToken).with_message(message)
    }

    /// 403: the token lacks scopes that the operation needs.
    pub fn missing_scopes(missing: &[&str]) -> Self {
        Self::new(Code::Forbidden).with_message(format!("This token may not do that: it lacks {}.", scopes(missing)))
    }

    /// 403: the token lacks scopes that expanding needs.
    pub fn missing_expand_scopes(missing: &[&str]) -> Self {
        let message = format!("This token may not expand what it asks for: it lacks {}.", scopes(missing));
        Self::new(Code::Forbidden).with_message(message)
    }

    /// 404: there is no record with the id in the path.
    pub fn not_found() -> Self {
        Self::new(Code::ResourceNotFound)
    }

    /// 406: none of the formats asked for is among those offered.
    pub fn not_acceptable(offered: &[&str]) -> Self {
        let message = "None of the formats in Accept is offered here; this operation gives";
        Self::new(Code::InvalidFormat).with_message(format!("{message} {}.", quoted(offered)))
    }

    /// 409: the state of things forbids the call. `rule` is its number in the description of the business, or empty; `reason`
    /// is a sentence.
    pub fn conflict(rule: &'static str, reason: impl Into<Cow<'static, str>>) -> Self {
        let rule = (!rule.is_empty()).then_some(rule);
        Self { rule, ..Self::new(Code::Conflict).with_message(reason) }
    }

    /// 422: one query parameter is not valid.
    pub fn invalid_param(name: &str, reason: impl Into<String>) -> Self {
        let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        Self::invalid_params(vec![Detail { message: reason.into(), pointer }])
    }

    /// 422: query parameters are not valid. A pointer is a slash and the name of the parameter.
    pub fn invalid_params(details: Vec<Detail>) -> Self {
        Self::pointing(Code::InvalidUrlParam, details)
    }

    /// 422: values in the body cannot be used.
    pub fn invalid_content(details: Vec<Detail>) -> Self {
        Self::pointing(Code::InvalidContent, details)
    }

    /// 400 `api_error`: a provider behind the API fails. `reason` says which and how, as a sentence.
    pub fn provider(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::ApiError).with_message(reason)
    }

    /// The headers that the answer has besides those of every answer, as name and value.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, String)> {
        let allow: Vec<&str> = self.allow.iter().map(|method| method.as_str()).collect();
        let allow = (!allow.is_empty()).then(|| ("Allow", allow.join(", ")));
        let challenge = (self.status == 401).then(|| ("WWW-Authenticate", "Bearer".to_owned()));
        allow.into_iter().chain(challenge)
    }

    /// The body of the answer, with its keys in the documented order.
    #[allow(clippy::expect_used, reason = "strings and lists of strings are always JSON")]
    pub fn to_json(&self, request_id: &str, links: &ErrorLinks) -> Vec<u8> {
        let links = [
            Link { kind: "open_api", name: "OpenAPI document", url: &links.open_api_url },
            Link { kind: "documentation", name: "Errors", url: &links.documentation_url },
        ];
        let error = Answer {
            code: self.code,
            details: &self.details,
            links,
            message: &self.message,
            request_id,
            error_type: self.code.error_type(),
        };
        serde_json::to_vec(&Envelope { error }).expect("strings and lists of strings are always JSON")
    }

    fn pointing(code: Code, details: Vec<Detail>) -> Self {
        let mut message = code.default_message().trim_end_matches('.').to_owned();
        for (i, detail) in details.iter().take(MOST_NAMED).enumerate() {
            let lead = if i == 0 { ": see " } else { ", " };
            let place = if detail.pointer.is_empty() { "the root" } else { &detail.pointer };
            let tick = if detail.pointer.is_empty() { "" } else { "`" };
            message.extend([lead, tick, place, tick]);
        }
        if let Some(more) = details.len().checked_sub(MOST_NAMED).filter(|more| *more > 0) {
            // Writing to a `String` cannot fail.
            let _ = write!(message, " and {more} more");
        }
        message.push('.');
        Self { details, ..Self::new(code).with_message(message) }
    }
}

impl Detail {
    /// A fault at a pointer.
    pub fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { message: message.into(), pointer: pointer.into() }
    }
}

impl From<BodyError> for ApiError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::NotJson(message) => Self::invalid_request(message),
            BodyError::Invalid(details) => Self::invalid_content(details),
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound => Self::not_found(),
            Refusal::Conflict { rule, reason } => Self::conflict(rule, reason),
            Refusal::Invalid(faults) => Self::invalid_content(faults.into_iter().map(Detail::from).collect()),
            Refusal::Provider { reason } => Self::provider(reason),
        }
    }
}

impl From<RouteError> for ApiError {
    fn from(error: RouteError) -> Self {
        match error {
            RouteError::NotFound => Self::new(Code::InvalidEndpoint),
            RouteError::MethodNotAllowed { allow } => {
                let message = format!("No such endpoint: {error}.");
                Self { status: 405, allow, ..Self::new(Code::InvalidEndpoint).with_message(message) }
            }
        }
    }
}

impl From<Fault> for Detail {
    fn from(Fault { pointer, reason }: Fault) -> Self {
        Self { message: reason, pointer }
    }
}

/// How many places the message of an error names; `details` has them all.
const MOST_NAMED: usize = 3;

#[derive(Serialize)]
struct Envelope<'a> {
    error: Answer<'a>,
}

#[derive(Serialize)]
struct Answer<'a> {
    code: Code,
    details: &'a [Detail],
    links: [Link<'a>; 2],
    message: &'a str,
    request_id: &'a str,
    #[serde(rename = "type")]
    error_type: &'static str,
}

#[derive(Serialize)]
struct Link<'a> {
    kind: &'static str,
    name: &'static str,
    url: &'a str,
}

fn scopes(missing: &[&str]) -> String {
    format!("the scope{} {}", if missing.len() == 1 { "" } else { "s" }, quoted(missing))
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use stora_client::types;

    use super::*;
    use crate::contract::route;

    const REQUEST_ID: &str = "c446375c-d36a-4230-a6dc-85ab9b79893c";

    fn links() -> ErrorLinks {
        ErrorLinks {
            open_api_url: "http://localhost:4010/2025-09/openapi.json".to_owned(),
            documentation_url: "http://localhost:4010/errors".to_owned(),
        }
    }

    fn detail(pointer: &str) -> Detail {
        Detail { message: "is wrong".to_owned(), pointer: pointer.to_owned() }
    }

    #[test]
    fn every_answer_reads_as_the_documented_error_without_anything_more() {
        for code in Code::ALL {
            let body = ApiError::new(code).to_json(REQUEST_ID, &links());
            let read: types::Error = serde_json::from_slice(&body).unwrap();
            assert!(read.extra.is_empty() && read.error.extra.is_empty());
            assert_eq!(read.error.code.as_str(), code.as_str());
            assert_eq!(read.error.type_.as_str(), code.error_type());
            assert!(!read.error.type_.is_unknown());
            assert_eq!(read.error.message, code.default_message());
            assert_eq!(read.error.request_id, REQUEST_ID);
            assert!(read.error.details.is_empty());
        }
    }

    #[test]
    fn the_answer_has_its_keys_in_the_documented_order() {
        let error = ApiError::invalid_content(vec![detail("/email")]);
        let text = String::from_utf8(error.to_json(REQUEST_ID, &links())).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        let keys: Vec<&String> = value["error"].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["code", "details", "links", "message", "request_id", "type"]);
        assert_eq!(value["error"]["details"], json!([{"message": "is wrong", "pointer": "/email"}]));
        let kinds: Vec<&Value> = value["error"]["links"].as_array().unwrap().iter().map(|link| &link["kind"]).collect();
        assert_eq!(kinds, ["open_api", "documentation"]);
        assert!(text.contains("http://localhost:4010/2025-09/openapi.json"));
    }

    #[test]
    fn the_message_names_the_culprit() {
        let message = |error: ApiError| error.message.into_owned();
        assert_eq!(
            message(ApiError::missing_scopes(&["public.contact:write"])),
            "This token may not do that: it lacks the scope `public.contact:write`."
        );
        assert_eq!(
            message(ApiError::missing_expand_scopes(&["public.staff:read", "public.application:read"])),
            "This token may not expand what it asks for: it lacks the scopes `public.staff:read`, `public.application:read`."
        );
        assert_eq!(
            message(ApiError::invalid_param("limit", "is too large")),
            "A parameter in the URL is not valid: see `/limit`."
        );
        assert_eq!(
            message(ApiError::not_acceptable(&["application/json", "text/csv"])),
            "None of the formats in Accept is offered here; this operation gives `application/json`, `text/csv`."
        );
        assert_eq!(message(ApiError::invalid_content(vec![])), "The body content is not valid.");
        assert_eq!(
            message(ApiError::invalid_content(vec![detail("")])),
            "The body content is not valid: see the root."
        );
        assert_eq!(
            message(ApiError::invalid_content(["/a", "/b", "/c", "/d", "/e"].map(detail).to_vec())),
            "The body content is not valid: see `/a`, `/b`, `/c` and 2 more."
        );
    }

    #[test]
    fn the_pointer_of_a_parameter_is_a_json_pointer_whatever_its_name() {
        let error = ApiError::invalid_param("metadata[a/b~c]", "is wrong");
        assert_eq!(error.details, [detail("/metadata[a~1b~0c]")]);
    }

    #[test]
    fn a_refusal_of_the_business_has_the_status_of_its_kind() {
        let error = ApiError::from(Refusal::NotFound);
        assert_eq!((error.code, error.status), (Code::ResourceNotFound, 404));
        let error = ApiError::from(Refusal::conflict("U1", "The unit is occupied."));
        assert_eq!((error.code, error.status, error.rule), (Code::Conflict, 409, Some("U1")));
        assert_eq!(error.message, "The unit is occupied.");
        assert_eq!(ApiError::from(Refusal::conflict("", "No.")).rule, None);
        let error = ApiError::from(Refusal::Invalid(vec![Fault::new("/a", "One."), Fault::new("/b", "Two.")]));
        assert_eq!((error.code, error.status), (Code::InvalidContent, 422));
        assert_eq!(error.details[1], Detail { message: "Two.".to_owned(), pointer: "/b".to_owned() });
        let error = ApiError::from(Refusal::Provider { reason: "The bank is closed.".to_owned() });
        assert_eq!((error.code, error.status), (Code::ApiError, 400));
    }

    #[test]
    fn a_wrong_method_is_405_and_tells_the_right_ones_and_a_wrong_path_is_404() {
        let error = ApiError::from(route("PUT", "/2025-09/contacts").unwrap_err());
        assert_eq!((error.code, error.status), (Code::InvalidEndpoint, 405));
        assert_eq!(error.headers().collect::<Vec<_>>(), [("Allow", "GET, POST".to_owned())]);
        assert_eq!(error.message, "No such endpoint: this path takes GET, POST only.");
        let error = ApiError::from(route("GET", "/2024-01/contacts").unwrap_err());
        assert_eq!((error.code, error.status), (Code::InvalidEndpoint, 404));
        assert_eq!(error.headers().count(), 0);
    }

    #[test]
    fn a_401_challenges_for_a_bearer_token() {
        let error = ApiError::invalid_token("The token has expired.");
        assert_eq!(error.headers().collect::<Vec<_>>(), [("WWW-Authenticate", "Bearer".to_owned())]);
    }
}
