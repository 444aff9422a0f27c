//! The rows of the generated tables: what the document says about an operation, an event and a scope.
//!
//! Rows are written with the `const` functions below, so that a row says what is there and is silent about the rest.

use std::fmt;

use super::method::Method;
use crate::generated::{EVENTS, EventId, OPERATIONS, OperationId};

/// An operation of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Which one it is.
    pub id: OperationId,
    /// Its `operationId`.
    pub name: &'static str,
    /// The method it is called by.
    pub method: Method,
    /// The path template it is called at, such as `/2025-09/contacts/{contact_id}`.
    pub path: &'static str,
    /// The tags it is listed under.
    pub tags: &'static [&'static str],
    /// The document's mark on how well it is known; none means documented.
    pub evidence: Option<&'static str>,
    /// Whether it is called without credentials.
    pub open: bool,
    /// The scopes that credentials need for it.
    pub scopes: &'static [&'static str],
    /// The references that it can show in full; none if it does not read `expand`. It may read it and offer nothing, so
    /// that every value is wrong.
    pub expand: Option<&'static [Expand]>,
    /// How its list is sorted, if the caller may choose.
    pub sort: Option<Sort>,
    /// How its list is paged, if its answer is a list.
    pub page: Option<Page>,
    /// All query parameters but those for `expand`, `sort` and `page`; on lists these are the filters.
    pub filters: &'static [Filter],
    /// The headers it reads, besides those of HTTP.
    pub headers: &'static [Header],
    /// Its request body.
    pub body: Option<RequestBody>,
    /// The statuses of a success.
    pub success: &'static [u16],
    /// The statuses of a failure.
    pub errors: &'static [u16],
    /// The media types that a success can have.
    pub produces: &'static [&'static str],
}

/// A reference that an operation can show in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expand {
    /// The way to it, with dots: `contact`, `line_items.item`.
    pub path: &'static str,
    /// The scopes that credentials need for it, besides those of the operation.
    pub scopes: &'static [&'static str],
}

/// How a list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// What it can be sorted by.
    pub keys: &'static [&'static str],
    /// What it is sorted by if the caller does not say.
    pub default: Option<&'static str>,
    /// The directions it can be sorted in; none if the caller cannot choose.
    pub directions: &'static [&'static str],
    /// The direction if the caller does not say.
    pub default_direction: Option<&'static str>,
}

/// How a list is paged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// The number of the first page.
    pub first: i64,
    /// The fewest items that a page may be asked to hold.
    pub min_limit: Option<i64>,
    /// The most items that a page may be asked to hold.
    pub max_limit: Option<i64>,
    /// How many items a page holds if the caller does not say.
    pub default_limit: Option<i64>,
}

/// A query parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filter {
    /// Its name.
    pub name: &'static str,
    /// Whether it takes several values.
    pub many: bool,
    /// Whether it takes pairs, written `name[key]=value`.
    pub pairs: bool,
    /// The values it takes, if they are counted.
    pub values: &'static [&'static str],
    /// The format of its values, as JSON Schema names it, such as `date-time`.
    pub format: Option<&'static str>,
    /// The regular expression of its values. Beside counted values it is the form of further ones, so that the set is open;
    /// without one the set is closed.
    pub pattern: Option<&'static str>,
    /// Whether it must be given.
    pub required: bool,
    /// Its value if the caller does not say.
    pub default: Option<&'static str>,
    /// The document's mark on how well it is known; none means documented.
    pub evidence: Option<&'static str>,
}

/// A request header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Its name, as the document writes it.
    pub name: &'static str,
    /// Whether it must be given.
    pub required: bool,
}

/// A request body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestBody {
    /// Whether it must be sent.
    pub required: bool,
    /// The media types it can have, the preferred one first.
    pub media_types: &'static [&'static str],
    /// The schema of its JSON form, as the text of a JSON Schema (2020-12) that refers to nothing outside; none if it has no
    /// such form.
    pub schema: Option<&'static str>,
}

/// A type of event that webhook endpoints are told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventType {
    /// Which one it is.
    pub id: EventId,
    /// Its name on the wire.
    pub name: &'static str,
    /// The variant of the client's `Event` that it decodes to.
    pub variant: &'static str,
    /// The document's mark on how well it is known; none means documented.
    pub evidence: Option<&'static str>,
    /// One line on when it is sent.
    pub summary: &'static str,
}

/// A scope that credentials can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Its name.
    pub name: &'static str,
    /// What it allows, in words.
    pub description: &'static str,
}

impl OperationId {
    /// What the document says about the operation.
    pub fn row(self) -> &'static Operation {
        &OPERATIONS[self as usize]
    }

    /// The operation of an `operationId`.
    pub fn of_name(name: &str) -> Option<Self> {
        OPERATIONS.iter().find(|operation| operation.name == name).map(|operation| operation.id)
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().name)
    }
}

impl EventId {
    /// What the document says about the event.
    pub fn row(self) -> &'static EventType {
        &EVENTS[self as usize]
    }

    /// The event of a name on the wire.
    pub fn of_name(name: &str) -> Option<Self> {
        EVENTS.iter().find(|event| event.name == name).map(|event| event.id)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().name)
    }
}

impl Operation {
    /// The expansion of a path, if the operation offers it.
    pub fn expansion(&self, path: &str) -> Option<&'static Expand> {
        self.expand?.iter().find(|expand| expand.path == path)
    }

    /// The query parameter of a name, if the operation takes it as a filter.
    pub fn filter(&self, name: &str) -> Option<&'static Filter> {
        self.filters.iter().find(|filter| filter.name == name)
    }

    /// Whether a repeated call can be told by its `Idempotency-Key`.
    pub fn takes_idempotency_key(&self) -> bool {
        self.headers.iter().any(|header| header.name.eq_ignore_ascii_case("Idempotency-Key"))
    }

    /// The names of the path parameters, in the order of the path.
    pub fn path_parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
    }
}

impl Expand {
    /// The expansion of a path.
    pub const fn new(path: &'static str) -> Self {
        Self { path, scopes: &[] }
    }

    /// With the scopes it needs.
    #[must_use]
    pub const fn scopes(self, scopes: &'static [&'static str]) -> Self {
        Self { scopes, ..self }
    }
}

impl Sort {
    /// By one of `keys`.
    pub const fn by(keys: &'static [&'static str]) -> Self {
        Self { keys, default: None, directions: &[], default_direction: None }
    }

    /// With the key for callers that do not say.
    #[must_use]
    pub const fn default(self, key: &'static str) -> Self {
        Self { default: Some(key), ..self }
    }

    /// With directions to choose from.
    #[must_use]
    pub const fn directions(self, directions: &'static [&'static str]) -> Self {
        Self { directions, ..self }
    }

    /// With the direction for callers that do not say.
    #[must_use]
    pub const fn default_direction(self, direction: &'static str) -> Self {
        Self { default_direction: Some(direction), ..self }
    }
}

impl Page {
    /// Pages counted from one, of a length that the caller cannot choose.
    pub const fn new() -> Self {
        Self { first: 1, min_limit: None, max_limit: None, default_limit: None }
    }

    /// Pages counted from another number.
    #[must_use]
    pub const fn first(self, first: i64) -> Self {
        Self { first, ..self }
    }

    /// With the least length that the caller can choose.
    #[must_use]
    pub const fn min_limit(self, limit: i64) -> Self {
        Self { min_limit: Some(limit), ..self }
    }

    /// With the greatest length that the caller can choose.
    #[must_use]
    pub const fn max_limit(self, limit: i64) -> Self {
        Self { max_limit: Some(limit), ..self }
    }

    /// With the length for callers that do not say.
    #[must_use]
    pub const fn default_limit(self, limit: i64) -> Self {
        Self { default_limit: Some(limit), ..self }
    }
}

impl Default for Page {
    fn default() -> Self {
        Self::new()
    }
}

impl Filter {
    /// A parameter that takes one value.
    pub const fn one(name: &'static str) -> Self {
        let (many, pairs, required) = (false, false, false);
        Self { name, many, pairs, values: &[], format: None, pattern: None, required, default: None, evidence: None }
    }

    /// A parameter that takes several values.
    pub const fn many(name: &'static str) -> Self {
        Self { many: true, ..Self::one(name) }
    }

    /// A parameter that takes pairs of key and value.
    pub const fn pairs(name: &'static str) -> Self {
        Self { pairs: true, ..Self::one(name) }
    }

    /// With all values that it takes.
    #[must_use]
    pub const fn values(self, values: &'static [&'static str]) -> Self {
        Self { values, ..self }
    }

    /// With the format of its values.
    #[must_use]
    pub const fn format(self, format: &'static str) -> Self {
        Self { format: Some(format), ..self }
    }

    /// With the regular expression of its values.
    #[must_use]
    pub const fn pattern(self, pattern: &'static str) -> Self {
        Self { pattern: Some(pattern), ..self }
    }

    /// Must be given.
    #[must_use]
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// With the value for callers that do not say.
    #[must_use]
    pub const fn default(self, value: &'static str) -> Self {
        Self { default: Some(value), ..self }
    }

    /// With the document's mark on how well it is known.
    #[must_use]
    pub const fn evidence(self, evidence: &'static str) -> Self {
        Self { evidence: Some(evidence), ..self }
    }
}

impl Header {
    /// A header that may be given.
    pub const fn optional(name: &'static str) -> Self {
        Self { name, required: false }
    }

    /// A header that must be given.
    pub const fn required(name: &'static str) -> Self {
        Self { name, required: true }
    }
}

impl RequestBody {
    /// A body that may be sent.
    pub const fn optional(media_types: &'static [&'static str]) -> Self {
        Self { required: false, media_types, schema: None }
    }

    /// A body that must be sent.
    pub const fn required(media_types: &'static [&'static str]) -> Self {
        Self { required: true, media_types, schema: None }
    }

    /// With the schema of its JSON form.
    #[must_use]
    pub const fn schema(self, schema: &'static str) -> Self {
        Self { schema: Some(schema), ..self }
    }
}
