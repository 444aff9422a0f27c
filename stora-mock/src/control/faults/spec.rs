//! What a rule for faults can say.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Effect;
use crate::contract::error::{ApiError, Code};
use crate::contract::{Method, OperationId};
use crate::domain::refusal::{Fault as Mistake, Refusal};

/// What a rule says. It acts on the requests that meet all of its conditions; without any, on every request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultSpec {
    /// Only requests of this operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// Only requests for the operation with this `operationId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Only requests by this method, such as `POST`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only requests for a path, without its query, that looks like this; `*` stands for any characters, slashes too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// How often it acts; then it is gone. Without it, it acts until it is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub times: Option<u32>,
    /// How likely it is to act on a request that meets it, from 0 to 1; without it, it always acts. What it does is the same
    /// for the same seed and requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1))]
    pub probability: Option<f64>,
    /// What goes wrong.
    pub fault: Fault,
}

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The answer comes late. A request under an idempotency key is in work meanwhile, so that a repeat is 409.
    Latency {
        /// By how many milliseconds of real time: from 1 to 600,000, that is ten minutes.
        #[schemars(range(min = 1, max = MOST_LATENCY))]
        milliseconds: u32,
    },
    /// The answer is an error, and nothing happens. 400 and 500 are kept under the idempotency key of the request, as the service
    /// keeps them; other statuses leave the key free.
    Status(StatusFault),
    /// The connection is reset before anything happens.
    ConnectionReset {},
    /// The request is done, but its answer breaks off, though its header `Content-Length` promises all of it.
    TruncatedBody {
        /// How many bytes of the body are sent.
        after_bytes: u64,
    },
    /// The request is done, but the connection is closed without an answer.
    AnswerLost {},
    /// The request is answered as if it had been done, but nothing is saved.
    NotSaved {},
}

/// An error in the place of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusFault {
    /// The status: 400 to 599. One that the document has comes with its error body; any other with a page of HTML, as a proxy
    /// before the service would send it.
    #[schemars(range(min = 400, max = 599))]
    pub status: u16,
    /// The code in the body, where the document has several for the status: 400 is `api_error`, 404 `resource_not_found` and
    /// 422 `invalid_content` unless it says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// The header `Retry-After`, in seconds. Without it there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

/// What a rule is told of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facts<'a> {
    /// The operator whose business it is about, if the caller is known.
    pub operator: Option<&'a str>,
    /// The operation, if there is one.
    pub operation: Option<OperationId>,
    /// The method, as it was sent.
    pub method: &'a str,
    /// The path, as it was sent, without its query.
    pub path: &'a str,
}

/// The body of an answer that a [`StatusFault`] makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FaultAnswer {
    /// The documented error.
    Error(ApiError),
    /// A page of HTML, to be sent as `text/html`.
    Page(String),
}

/// The longest latency, in milliseconds: more would look like a mock that hangs.
const MOST_LATENCY: u32 = 10 * 60 * 1000;

impl FaultSpec {
    /// A rule for every request.
    pub fn always(fault: Fault) -> Self {
        Self { operator: None, operation: None, method: None, path: None, times: None, probability: None, fault }
    }

    pub(super) fn validate(&self) -> Result<(), Refusal> {
        let mut mistakes = Vec::new();
        let mut mistake = |pointer: &str, reason: String| mistakes.push(Mistake::new(pointer, reason));
        if let Some(name) = self.operation.as_deref().filter(|name| OperationId::of_name(name).is_none()) {
            mistake("/operation", format!("There is no operation `{name}`."));
        }
        if let Some(method) = self.method.as_deref().filter(|method| Method::parse(method).is_none()) {
            mistake("/method", format!("`{method}` is no method; write one such as `POST`, in capitals."));
        }
        if let Some(path) = self.path.as_deref().filter(|path| !path.starts_with(['/', '*'])) {
            mistake("/path", format!("`{path}` can be no path; it must begin with `/` or `*`."));
        }
        if self.path.as_deref().is_some_and(|path| path.contains('?')) {
            mistake("/path", "It is compared with the path alone; leave out the query.".to_owned());
        }
        if self.times == Some(0) {
            mistake(
                "/times",
                "It must be at least 1; leave it out for a rule that acts until it is removed.".to_owned(),
            );
        }
        if let Some(probability) = self.probability.filter(|probability| !(0.0..=1.0).contains(probability)) {
            mistake("/probability", format!("{probability} is no probability; it must be from 0 to 1."));
        }
        match self.fault {
            Fault::Latency { milliseconds } if !(1..=MOST_LATENCY).contains(&milliseconds) => {
                let reason = format!("{milliseconds} is no latency; it must be from 1 to {MOST_LATENCY}.");
                mistake("/fault/milliseconds", reason);
            }
            Fault::Status(StatusFault { status, .. }) if !(400..=599).contains(&status) => {
                mistake("/fault/status", format!("{status} is no status of an error; it must be from 400 to 599."));
            }
            Fault::Status(StatusFault { status, code: Some(code), .. }) if code.status() != status => {
                let reason = format!("`{}` comes with status {}, not {status}.", code.as_str(), code.status());
                mistake("/fault/code", reason);
            }
            _ => {}
        }
        if mistakes.is_empty() { Ok(()) } else { Err(Refusal::Invalid(mistakes)) }
    }

    pub(super) fn is_for(&self, facts: &Facts<'_>) -> bool {
        self.operator.as_deref().is_none_or(|operator| facts.operator == Some(operator))
            && self.operation.as_deref().is_none_or(|name| facts.operation.is_some_and(|id| id.row().name == name))
            && self.method.as_deref().is_none_or(|method| facts.method == method)
            && self.path.as_deref().is_none_or(|path| is_like(facts.path, path))
    }
}

impl Fault {
    pub(super) fn latency(self) -> Duration {
        match self {
            Self::Latency { milliseconds } => Duration::from_millis(milliseconds.into()),
            _ => Duration::ZERO,
        }
    }

    pub(super) fn effect(self) -> Option<Effect> {
        match self {
            Self::Latency { .. } => None,
            Self::Status(fault) => Some(Effect::Status(fault)),
            Self::ConnectionReset {} => Some(Effect::ConnectionReset),
            Self::TruncatedBody { after_bytes } => Some(Effect::TruncatedBody { after_bytes }),
            Self::AnswerLost {} => Some(Effect::AnswerLost),
            Self::NotSaved {} => Some(Effect::NotSaved),
        }
    }
}

impl StatusFault {
    /// What the answer holds.
    pub(crate) fn answer(&self) -> FaultAnswer {
        match self.code.or_else(|| usual_code(self.status)) {
            Some(code) => FaultAnswer::Error(ApiError::new(code)),
            None => FaultAnswer::Page(page(self.status)),
        }
    }
}

fn usual_code(status: u16) -> Option<Code> {
    match status {
        400 => Some(Code::ApiError),
        422 => Some(Code::InvalidContent),
        _ => Code::ALL.into_iter().find(|code| code.status() == status),
    }
}

/// A page such as proxies make.
fn page(status: u16) -> String {
    let reason = axum::http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let title = reason.map_or_else(|| status.to_string(), |reason| format!("{status} {reason}"));
    format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
}

/// Whether a text looks like a pattern, in which `*` stands for any characters.
fn is_like(text: &str, pattern: &str) -> bool {
    let (text, pattern) = (text.as_bytes(), pattern.as_bytes());
    let (mut t, mut p) = (0, 0);
    // The latest star, and how much of the text is left to it.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p) == Some(&text[t]) {
            (t, p) = (t + 1, p + 1);
        } else if let Some((at, taken)) = star {
            // What follows the star does not fit here: it takes one more.
            star = Some((at, taken + 1));
            (t, p) = (taken + 1, at + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|b| *b == b'*')
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn spec(value: Value) -> FaultSpec {
        serde_json::from_value(value).unwrap()
    }

    fn status(status: u16) -> Value {
        json!({"kind": "status", "status": status})
    }

    #[test]
    fn a_rule_acts_on_requests_that_meet_all_of_its_conditions() {
        let facts = Facts {
            operator: Some("harbour"),
            operation: Some(OperationId::ContactCreate),
            method: "POST",
            path: "/2025-09/contacts",
        };
        for (conditions, meets) in [
            (json!({}), true),
            (json!({"operator": "harbour"}), true),
            (json!({"operator": "moor"}), false),
            (json!({"operation": "contact_create"}), true),
            (json!({"operation": "contact_list"}), false),
            (json!({"method": "POST"}), true),
            (json!({"method": "GET"}), false),
            (json!({"path": "/2025-09/contacts"}), true),
            (json!({"path": "/2025-09/contacts/*"}), false),
            (json!({"operation": "contact_create", "operator": "moor"}), false),
        ] {
            let mut rule = conditions.clone();
            rule["fault"] = status(503);
            assert_eq!(spec(rule).is_for(&facts), meets, "{conditions}");
        }
        let unknown = Facts { operator: None, operation: None, method: "GET", path: "/nothing" };
        assert!(spec(json!({"fault": status(503)})).is_for(&unknown));
        assert!(!spec(json!({"operator": "harbour", "fault": status(503)})).is_for(&unknown));
        assert!(!spec(json!({"operation": "contact_list", "fault": status(503)})).is_for(&unknown));
    }

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, text, is) in [
            ("*", "", true),
            ("*", "/a/b", true),
            ("/a", "/a", true),
            ("/a", "/ab", false),
            ("/a", "/", false),
            ("/a*", "/a", true),
            ("/a/*/c", "/a/b/c", true),
            ("/a/*/c", "/a/b/c/c", true),
            ("/a/*/c", "/a/c", false),
            ("*/c", "/a/b/c", true),
            ("*a*b*", "xaxxbx", true),
            ("*a*b*", "xbxxax", false),
            ("/*/*", "/a", false),
            ("**", "x", true),
            ("*aab", "aaaab", true),
        ] {
            assert_eq!(is_like(text, pattern), is, "{text} like {pattern}");
        }
    }

    #[test]
    fn a_status_of_the_document_has_its_error_body_and_any_other_a_page() {
        let answer = |status, code| StatusFault { status, code, retry_after: None }.answer();
        for (status, code) in [
            (400, Code::ApiError),
            (401, Code::InvalidToken),
            (403, Code::Forbidden),
            (404, Code::ResourceNotFound),
            (406, Code::InvalidFormat),
            (409, Code::Conflict),
            (422, Code::InvalidContent),
            (429, Code::TooManyRequests),
            (500, Code::InternalServerError),
        ] {
            assert_eq!(answer(status, None), FaultAnswer::Error(ApiError::new(code)));
        }
        assert_eq!(answer(422, Some(Code::InvalidUrlParam)), FaultAnswer::Error(ApiError::new(Code::InvalidUrlParam)));
        for (status, title) in [(502, "502 Bad Gateway"), (503, "503 Service Unavailable"), (599, "599")] {
            let FaultAnswer::Page(page) = answer(status, None) else { panic!("{status} is documented") };
            assert!(page.contains(&format!("<h1>{title}</h1>")), "{page}");
        }
    }

    #[test]
    fn a_rule_that_cannot_be_is_refused_with_every_culprit() {
        let refused = |value: Value| match spec(value).validate() {
            Err(Refusal::Invalid(mistakes)) => mistakes.into_iter().map(|m| (m.pointer, m.reason)).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        let pointers = |value| refused(value).into_iter().map(|(pointer, _)| pointer).collect::<Vec<_>>();
        let wrong = json!({
            "operation": "contacts_list", "method": "post", "path": "contacts?page=1", "times": 0, "probability": 1.5,
            "fault": status(200),
        });
        assert_eq!(
            pointers(wrong),
            ["/operation", "/method", "/path", "/path", "/times", "/probability", "/fault/status"]
        );
        assert_eq!(pointers(json!({"fault": status(600)})), ["/fault/status"]);
        assert_eq!(
            refused(json!({"fault": {"kind": "latency", "milliseconds": 600_001}})),
            [("/fault/milliseconds".to_owned(), "600001 is no latency; it must be from 1 to 600000.".to_owned())]
        );
        assert_eq!(
            refused(json!({"fault": {"kind": "status", "status": 500, "code": "conflict"}})),
            [("/fault/code".to_owned(), "`conflict` comes with status 409, not 500.".to_owned())]
        );
        let not_a_number = FaultSpec { probability: Some(f64::NAN), ..FaultSpec::always(Fault::NotSaved {}) };
        assert!(not_a_number.validate().is_err());
    }

    #[test]
    fn what_a_rule_does_not_have_is_refused_by_name() {
        for (value, culprit) in [
            (json!({"fault": status(500), "time": 1}), "`time`"),
            (json!({"fault": {"kind": "latency", "ms": 5}}), "`ms`"),
            (json!({"fault": {"kind": "status", "status": 500, "retry-after": 5}}), "`retry-after`"),
            (json!({"fault": {"kind": "answer_lost", "status": 500}}), "`status`"),
            (json!({"fault": {"kind": "meltdown"}}), "`meltdown`"),
            (json!({"fault": {"kind": "status", "status": 404, "code": "gone"}}), "`gone`"),
            (json!({"operation": "contact_list"}), "`fault`"),
        ] {
            let told = serde_json::from_value::<FaultSpec>(value.clone()).unwrap_err().to_string();
            assert!(told.contains(culprit), "{value}: {told}");
        }
    }

    #[test]
    fn the_schema_says_what_reading_demands() {
        let schema = serde_json::to_value(schemars::schema_for!(FaultSpec)).unwrap();
        assert_eq!(schema["additionalProperties"], false);
        assert_eq!(schema["required"], json!(["fault"]));
        let validator = jsonschema::validator_for(&schema).unwrap();
        for (value, is_valid) in [
            (json!({"fault": status(500)}), true),
            (json!({"fault": {"kind": "status", "status": 404, "code": "invalid_endpoint", "retry_after": 1}}), true),
            (json!({"fault": {"kind": "answer_lost"}}), true),
            (json!({"fault": {"kind": "answer_lost", "status": 500}}), false),
            (json!({"fault": status(200)}), false),
            (json!({"fault": status(500), "times": 0}), false),
            (json!({"fault": status(500), "probability": 2}), false),
            (json!({"fault": {"kind": "status", "status": 500, "retry-after": 5}}), false),
            (json!({"fault": {"kind": "latency"}}), false),
            (json!({"fault": {"kind": "latency", "milliseconds": 0}}), false),
            (json!({"fault": {"kind": "latency", "milliseconds": 600_000}}), true),
        ] {
            assert_eq!(validator.is_valid(&value), is_valid, "{value}\n{schema:#}");
        }
    }
}
