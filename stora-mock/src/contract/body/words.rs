//! The words that faults are told in.

use std::fmt::{self, Display};

use jsonschema::{JsonType, JsonTypeSet};
use serde_json::Value;

use super::Detail;

/// A place in what was sent, of which something is said.
#[derive(Debug, Clone, Copy)]
pub(in crate::contract) struct Place<'a> {
    pointer: &'a str,
    is_key: bool,
}

/// The pointer of the member or item `token` of what stands at `base` (RFC 6901).
pub(in crate::contract) fn pointer(base: &str, token: &str) -> String {
    format!("{base}/{}", token.replace('~', "~0").replace('/', "~1"))
}

impl<'a> Place<'a> {
    /// The value at a pointer.
    pub(in crate::contract) fn value(pointer: &'a str) -> Self {
        Self { pointer, is_key: false }
    }

    /// The key at a pointer, and not the value behind it.
    pub(super) fn key(pointer: &'a str) -> Self {
        Self { pointer, is_key: true }
    }

    pub(super) fn pointer(self) -> &'a str {
        self.pointer
    }

    pub(in crate::contract) fn not_of_format(self, format: &str) -> Detail {
        self.says(format_args!("{} at {self} does not match format: {format}", self.noun("value")))
    }

    pub(in crate::contract) fn not_of_pattern(self, pattern: &str) -> Detail {
        self.says(format_args!("{} at {self} does not match pattern: {pattern}", self.noun("string")))
    }

    pub(in crate::contract) fn not_one_of(self, values: &[impl AsRef<str>]) -> Detail {
        let values: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
        self.says(format_args!("{} at {self} is not one of: {}", self.noun("value"), values.join(", ")))
    }

    pub(super) fn not(self, constant: &str) -> Detail {
        self.says(format_args!("{} at {self} is not: {constant}", self.noun("value")))
    }

    pub(in crate::contract) fn not_of_type(self, types: JsonTypeSet) -> Detail {
        self.says(format_args!("{} at {self} is not {}", self.noun("value"), one_of_types(types)))
    }

    /// `noun` says what is measured, such as `number` or `array size`.
    pub(in crate::contract) fn less_than(self, noun: &str, limit: impl Display) -> Detail {
        self.says(format_args!("{noun} at {self} is less than: {limit}"))
    }

    /// `noun` says what is measured, such as `number` or `array size`.
    pub(in crate::contract) fn greater_than(self, noun: &str, limit: impl Display) -> Detail {
        self.says(format_args!("{noun} at {self} is greater than: {limit}"))
    }

    /// That something is missing in the object that stands here; the detail points at what is missing.
    pub(super) fn misses(self, name: &str) -> Detail {
        let message = format!("object at {self} is missing required properties: {name}");
        Detail { message, pointer: pointer(self.pointer, name) }
    }

    pub(super) fn is_additional(self) -> Detail {
        self.says(format_args!("object property at {self} is a disallowed additional property"))
    }

    /// A sentence of its own kind; `what` is what follows the place.
    pub(in crate::contract) fn is(self, noun: &str, what: impl Display) -> Detail {
        self.says(format_args!("{} at {self} {what}", self.noun(noun)))
    }

    /// What is measured of a string.
    pub(super) fn length(self) -> &'static str {
        if self.is_key { "property name length" } else { "string length" }
    }

    fn noun(self, of_value: &str) -> &str {
        if self.is_key { "property name" } else { of_value }
    }

    fn says(self, message: fmt::Arguments<'_>) -> Detail {
        Detail { message: message.to_string(), pointer: self.pointer.to_owned() }
    }
}

impl Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pointer.is_empty() { f.write_str("root") } else { write!(f, "`{}`", self.pointer) }
    }
}

/// A value of an enumeration as it is listed: texts without quotes, others as JSON.
pub(super) fn listed(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `a string`, `a string or null`, `an array, an object or null`.
fn one_of_types(types: JsonTypeSet) -> String {
    let mut names: Vec<&str> = types.iter().map(name).collect();
    names.sort_unstable_by_key(|name| *name == "null");
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => "allowed".to_owned(),
    }
}

fn name(of: JsonType) -> &'static str {
    match of {
        JsonType::String => "a string",
        JsonType::Integer => "an integer",
        JsonType::Number => "a number",
        JsonType::Boolean => "a boolean",
        JsonType::Object => "an object",
        JsonType::Array => "an array",
        JsonType::Null => "null",
    }
}
