//! From what the validator reports to the faults that a caller is told.

use jsonschema::error::{TypeKind, ValidationErrorKind as Broken};
use jsonschema::{JsonTypeSet, ValidationError, Validator};
use serde_json::Value;

use super::words::{Place, listed, pointer};
use super::{Detail, branches};

/// A fault, with what the choice between the branches of a union has to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) kind: Kind,
    pub(super) detail: Detail,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// The value is of none of these types.
    Type(JsonTypeSet),
    /// The value is not this one.
    Constant(String),
    /// The value is none of those counted.
    Enumerated,
    /// A required property is missing.
    Missing,
    /// A property is there that has no place.
    Additional,
    /// Anything else.
    Other,
}

/// How much work a body may be for its faults to be listed: some ten thousand values, or an object of some four hundred
/// members. For each fault in an alternative of a union the validator copies the whole object that it is in, which for a body
/// that is meant to do harm would come to gigabytes.
const MOST_WORK: usize = 200_000;
/// The work that one value is, an object besides the square of its members.
const WORK_OF_ONE: usize = 20;

/// Every fault of a value that its validator refuses, each once, ordered by pointer. Of a value larger than any honest one
/// only the fact that it is refused.
pub(super) fn all(validator: &Validator, value: &Value) -> Vec<Fault> {
    let place = Place::value("");
    if work_left(value, MOST_WORK).is_none() {
        let too_large = place.is("value", "is not valid, and is too large for its faults to be listed");
        return vec![Fault::new(Kind::Other, too_large)];
    }
    let mut faults = Vec::new();
    for error in validator.iter_errors(value) {
        read(&error, None, &mut faults);
    }
    faults.sort_by(|a, b| {
        (&a.detail.pointer, a.order(), &a.detail.message).cmp(&(&b.detail.pointer, b.order(), &b.detail.message))
    });
    faults.dedup_by(|later, first| {
        let is_same_place = later.detail.pointer == first.detail.pointer;
        is_same_place && (later.detail.message == first.detail.message || first.explains(later))
    });
    faults
}

/// What is left of so much work after that on `value`; nothing if it is not enough.
fn work_left(value: &Value, most: usize) -> Option<usize> {
    let left = most.checked_sub(WORK_OF_ONE)?;
    match value {
        Value::Array(items) => items.iter().try_fold(left, |left, item| work_left(item, left)),
        Value::Object(members) => {
            let left = left.checked_sub(members.len().saturating_mul(members.len()))?;
            members.values().try_fold(left, |left, member| work_left(member, left))
        }
        _ => Some(left),
    }
}

impl Fault {
    pub(super) fn new(kind: Kind, detail: Detail) -> Self {
        Self { kind, detail }
    }

    /// At one place a fault in the type comes first, and right after it those that it explains.
    fn order(&self) -> u8 {
        match self.kind {
            Kind::Type(_) => 0,
            Kind::Constant(_) | Kind::Enumerated => 1,
            Kind::Missing | Kind::Additional | Kind::Other => 2,
        }
    }

    /// Whether another fault at the same place need not be told: what is of the wrong type is none of the values either.
    fn explains(&self, other: &Self) -> bool {
        matches!(self.kind, Kind::Type(_)) && matches!(other.kind, Kind::Constant(_) | Kind::Enumerated)
    }
}

/// Adds what `error` says to `out`. For the name of a property `key` is where that property stands; the validator knows only
/// the object.
fn read(error: &ValidationError<'_>, key: Option<&str>, out: &mut Vec<Fault>) {
    let path = key.unwrap_or(error.instance_path().as_str());
    let place = if key.is_some() { Place::key(path) } else { Place::value(path) };
    match error.kind() {
        Broken::AnyOf { context } | Broken::OneOfNotValid { context } => {
            let branch = |errors: &Vec<ValidationError<'static>>| {
                let mut faults = Vec::new();
                errors.iter().for_each(|error| read(error, key, &mut faults));
                faults
            };
            out.extend(branches::meant(place, context.iter().map(branch).collect()));
        }
        Broken::AdditionalProperties { unexpected } | Broken::UnevaluatedProperties { unexpected } => {
            let additional = |name: &String| Place::value(&pointer(path, name)).is_additional();
            out.extend(unexpected.iter().map(|name| Fault::new(Kind::Additional, additional(name))));
        }
        Broken::Required { property } => {
            out.push(Fault::new(Kind::Missing, place.misses(property.as_str().unwrap_or_default())));
        }
        Broken::PropertyNames { error } => {
            let name = error.instance().as_str().unwrap_or_default();
            read(error, Some(&pointer(path, name)), out);
        }
        broken => out.push(plain(broken, place)),
    }
}

/// A fault that lies in one value.
fn plain(broken: &Broken, place: Place<'_>) -> Fault {
    let other = |detail| Fault::new(Kind::Other, detail);
    match broken {
        Broken::Type { kind } => {
            let types = match kind {
                TypeKind::Single(one) => JsonTypeSet::empty().insert(*one),
                TypeKind::Multiple(several) => *several,
            };
            Fault::new(Kind::Type(types), place.not_of_type(types))
        }
        Broken::Constant { expected_value } => {
            let constant = listed(expected_value);
            let detail = place.not(&constant);
            Fault::new(Kind::Constant(constant), detail)
        }
        Broken::Enum { options } => {
            let values: Vec<String> = options.as_array().into_iter().flatten().map(listed).collect();
            Fault::new(Kind::Enumerated, place.not_one_of(&values))
        }
        Broken::Format { format } => other(place.not_of_format(format)),
        Broken::Pattern { pattern } => other(place.not_of_pattern(pattern)),
        Broken::MinLength { limit } => other(place.less_than(place.length(), limit)),
        Broken::MaxLength { limit } => other(place.greater_than(place.length(), limit)),
        Broken::Minimum { limit } => other(place.less_than("number", limit)),
        Broken::Maximum { limit } => other(place.greater_than("number", limit)),
        Broken::ExclusiveMinimum { limit } => other(place.is("number", format_args!("is not greater than: {limit}"))),
        Broken::ExclusiveMaximum { limit } => other(place.is("number", format_args!("is not less than: {limit}"))),
        Broken::MultipleOf { multiple_of } => {
            other(place.is("number", format_args!("is not a multiple of: {multiple_of}")))
        }
        Broken::MinItems { limit } => other(place.less_than("array size", limit)),
        Broken::MaxItems { limit } => other(place.greater_than("array size", limit)),
        Broken::UniqueItems => other(place.is("array", "holds an item twice")),
        Broken::MinProperties { limit } => other(place.is("object", format_args!("has fewer than {limit} properties"))),
        Broken::MaxProperties { limit } => other(place.is("object", format_args!("has more than {limit} properties"))),
        Broken::OneOfMultipleValid { .. } => other(place.is("value", "fits more than one of the forms it can have")),
        // The validator's own words would show the value.
        rest => other(place.is("value", format_args!("breaks the rule: {}", rest.keyword()))),
    }
}
