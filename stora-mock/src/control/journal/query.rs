//! What the journal is asked for.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Exchange;

/// Which exchanges to read. All that is given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct JournalQuery {
    /// A status such as `404`, or a class of them such as `4xx`.
    pub status: Option<StatusFilter>,
    /// A text that the path with its query contains.
    pub path: Option<String>,
    /// An `operationId`.
    pub operation: Option<String>,
    /// A method, in any case.
    pub method: Option<String>,
    /// An operator.
    pub operator: Option<String>,
    /// Only exchanges with a greater number than this.
    pub since: u64,
    /// How many exchanges at most.
    pub limit: usize,
}

/// A status or a class of statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("pattern" = "^[1-5](xx|[0-9]{2})$"))]
pub enum StatusFilter {
    /// This very status.
    Exact(u16),
    /// The statuses from this many hundreds on.
    Class(u16),
}

/// A text is neither a status nor a class of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no status; write one such as `404`, or a class such as `4xx`")]
pub struct NotAStatus(String);

impl JournalQuery {
    /// How many exchanges a query gives that does not say.
    pub const DEFAULT_LIMIT: usize = 100;

    /// Whether an exchange meets all of it.
    pub(super) fn matches(&self, exchange: &Exchange) -> bool {
        self.status.is_none_or(|status| status.matches(exchange.status))
            && self.path.as_ref().is_none_or(|path| exchange.path.as_str().contains(path))
            && self.operation.as_ref().is_none_or(|operation| exchange.operation == Some(operation))
            && self.method.as_ref().is_none_or(|method| exchange.method.eq_ignore_ascii_case(method))
            && self.operator.as_ref().is_none_or(|operator| exchange.operator.as_ref() == Some(operator))
    }
}

impl Default for JournalQuery {
    /// The latest [`JournalQuery::DEFAULT_LIMIT`] exchanges.
    fn default() -> Self {
        Self {
            status: None,
            path: None,
            operation: None,
            method: None,
            operator: None,
            since: 0,
            limit: Self::DEFAULT_LIMIT,
        }
    }
}

impl StatusFilter {
    fn matches(self, status: u16) -> bool {
        match self {
            Self::Exact(exact) => status == exact,
            Self::Class(class) => status / 100 == class,
        }
    }
}

impl FromStr for StatusFilter {
    type Err = NotAStatus;

    fn from_str(text: &str) -> Result<Self, NotAStatus> {
        let not_a_status = || NotAStatus(text.to_owned());
        let [class @ b'1'..=b'5', rest @ ..] = text.as_bytes() else { return Err(not_a_status()) };
        match rest {
            b"xx" | b"XX" => Ok(Self::Class((class - b'0').into())),
            [b'0'..=b'9', b'0'..=b'9'] => text.parse().map(Self::Exact).map_err(|_| not_a_status()),
            _ => Err(not_a_status()),
        }
    }
}

impl TryFrom<String> for StatusFilter {
    type Error = NotAStatus;

    fn try_from(text: String) -> Result<Self, NotAStatus> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_query_with_a_mistake_is_told_which() {
        let told = |query: Value| serde_json::from_value::<JournalQuery>(query).unwrap_err().to_string();
        for status in ["", "4", "4x", "4xxx", "600", "0xx", "+04", "40x", "ok"] {
            let expected = format!("`{status}` is no status; write one such as `404`, or a class such as `4xx`");
            assert_eq!(told(json!({ "status": status })), expected);
        }
        assert!(told(json!({"statuses": "404"})).contains("`statuses`"));
    }
}
