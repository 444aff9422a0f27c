//! Why an act of the control API is refused.

use std::fmt;

use crate::contract::error::{ApiError, Code, Detail};
use crate::domain::refusal::Refusal;

/// Why an act of the control API is refused. Nothing has changed then (C2, C3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlError(pub(super) ApiError);

impl ControlError {
    /// The status that HTTP answers it with.
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// The code in the body of that answer, such as `conflict`.
    pub fn code(&self) -> &'static str {
        self.0.code.as_str()
    }

    /// The rule of the business that forbids the act, such as `U1`, where one does.
    pub fn rule(&self) -> Option<&'static str> {
        self.0.rule
    }

    /// What is wrong in what was sent: JSON Pointers, each with a sentence.
    pub fn details(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.details.iter().map(|detail| (detail.pointer.as_str(), detail.message.as_str()))
    }

    /// Whether there is no record, operator or rule of the given id.
    pub fn is_not_found(&self) -> bool {
        self.0.code == Code::ResourceNotFound
    }

    /// Whether the state of things forbids it.
    pub fn is_conflict(&self) -> bool {
        self.0.code == Code::Conflict
    }

    /// Whether values that were sent cannot be used.
    pub fn is_invalid(&self) -> bool {
        matches!(self.0.code, Code::InvalidContent | Code::InvalidUrlParam | Code::InvalidRequest)
    }

    /// This refusal of what was sent as a part of a body, with pointers into the whole body.
    pub(crate) fn inside(mut self, part: &str) -> Self {
        for detail in &mut self.0.details {
            detail.pointer.insert_str(0, part);
        }
        // The message of a conflict does not name the place, that of a value that cannot be used does.
        if self.0.details.is_empty() || self.is_conflict() {
            return self;
        }
        Self(ApiError { rule: self.0.rule, ..ApiError::invalid_content(self.0.details) })
    }

    /// This refusal of a part of a document, which is what it is about even where it points at nothing in it.
    pub(crate) fn at(mut self, part: &str) -> Self {
        if !self.0.details.is_empty() {
            return self.inside(part);
        }
        let detail = Detail::new(part, self.0.message.clone());
        if self.is_not_found() {
            return Self(ApiError::invalid_content(vec![detail]));
        }
        self.0.details.push(detail);
        self
    }

    /// This refusal of a body that names records by `…_id`, where acts know them as `…/id`.
    pub(crate) fn naming_ids(mut self) -> Self {
        for detail in &mut self.0.details {
            if let Some(record) = detail.pointer.strip_suffix("/id").filter(|record| !record.is_empty()) {
                detail.pointer = format!("{record}_id");
            }
        }
        self.inside("")
    }

    /// What is wrong, for those who sent no request: each fault with its place, or else the message.
    pub(crate) fn told(&self) -> String {
        if self.0.details.is_empty() {
            return self.0.message.to_string();
        }
        let faults = self.details().map(|(pointer, message)| match pointer {
            "" => message.to_owned(),
            pointer => format!("{pointer}: {message}"),
        });
        faults.collect::<Vec<_>>().join("\n  ")
    }

    pub(crate) fn not_found() -> Self {
        Self(ApiError::not_found())
    }

    pub(crate) fn conflict(reason: impl Into<String>) -> Self {
        Self(ApiError::conflict("", reason.into()))
    }
}

/// The message, with what is wrong in what was sent.
impl fmt::Display for ControlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        self.details().try_for_each(|(pointer, message)| write!(f, " {pointer}: {message}"))
    }
}

impl std::error::Error for ControlError {}

impl From<ApiError> for ControlError {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl From<Refusal> for ControlError {
    fn from(refusal: Refusal) -> Self {
        Self(refusal.into())
    }
}
