//! Why an act is refused.

use std::fmt;

use super::ids::Id;

/// Why an act is refused. Nothing has changed then, and no event fires (C2, C4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The record that the act is for does not exist.
    NotFound,
    /// The state of the record, or something that depends on it, forbids the act.
    Conflict {
        /// The rule that forbids it, as numbered in the description of the business, such as `U1`; empty where none has a number.
        rule: &'static str,
        /// What stands in the way, as a sentence.
        reason: String,
    },
    /// Values that were sent cannot be used.
    Invalid(Vec<Fault>),
    /// A provider behind the business fails.
    Provider {
        /// Which one and how, as a sentence.
        reason: String,
    },
}

/// One value that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where the value is in what was sent, as a JSON Pointer.
    pub pointer: String,
    /// What is wrong with it, as a sentence.
    pub reason: String,
}

impl Refusal {
    /// A refusal by the state of things.
    pub fn conflict(rule: &'static str, reason: impl Into<String>) -> Self {
        Self::Conflict { rule, reason: reason.into() }
    }

    /// A refusal of one value.
    pub fn invalid(pointer: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault::new(pointer, reason)])
    }

    /// A refusal of an id that no record has.
    pub fn unknown<I: Id>(pointer: impl Into<String>, id: I) -> Self {
        Self::Invalid(vec![Fault::unknown(pointer, I::KIND.noun(), id)])
    }
}

impl Fault {
    /// A value that cannot be used.
    pub fn new(pointer: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), reason: reason.into() }
    }

    /// An id that no record has. `noun` says what was looked for.
    pub fn unknown(pointer: impl Into<String>, noun: &str, id: impl fmt::Display) -> Self {
        Self::new(pointer, format!("There is no {noun} {id}."))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("No such resource."),
            Self::Conflict { reason, .. } | Self::Provider { reason } => f.write_str(reason),
            Self::Invalid(faults) => {
                for (i, fault) in faults.iter().enumerate() {
                    let gap = if i == 0 { "" } else { " " };
                    write!(f, "{gap}{}: {}", fault.pointer, fault.reason)?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for Refusal {}
