//! Single values of a query, and what is said of them when they are wrong.

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::{DateTime, Timelike};
use jsonschema::{JsonType, JsonTypeSet, Validator};
use serde_json::{Value, json};

use crate::contract::body::{Place, moment, pointer};
use crate::contract::error::Detail;
use crate::contract::operation::{Expand, Filter};
use crate::domain::time::Timestamp;
use crate::generated::OPERATIONS;

/// The integer that a text is, between bounds.
pub(super) fn integer(name: &str, text: &str, least: Option<i64>, greatest: Option<i64>) -> Result<i64, Detail> {
    let at = pointer("", name);
    let place = Place::value(&at);
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(place.not_of_type(JsonTypeSet::empty().insert(JsonType::Integer)));
    }
    let (least, greatest) = (least.unwrap_or(i64::MIN), greatest.unwrap_or(i64::MAX));
    match text.parse() {
        Ok(number) if number < least => Err(place.less_than("number", least)),
        Ok(number) if number > greatest => Err(place.greater_than("number", greatest)),
        Ok(number) => Ok(number),
        // Digits fail to be a number only by being too many.
        Err(_) if text.starts_with('-') => Err(place.less_than("number", least)),
        Err(_) => Err(place.greater_than("number", greatest)),
    }
}

/// The values of a filter that takes several, each of which has to be right.
pub(super) fn words(filter: &'static Filter, text: &str) -> Result<Vec<String>, Detail> {
    text.split(',').map(|word| one(filter, word).map(|()| word.to_owned())).collect()
}

/// Checks one value of a filter.
pub(super) fn one(filter: &'static Filter, word: &str) -> Result<(), Detail> {
    let name = filter.name;
    match filter.pattern {
        _ if filter.values.is_empty() => {
            if word.is_empty() {
                Err(empty(name))
            } else {
                Ok(())
            }
        }
        _ if filter.values.contains(&word) => Ok(()),
        Some(pattern) if matches(pattern, word) => Ok(()),
        Some(pattern) => Err(Place::value(&pointer("", name)).not_of_pattern(pattern)),
        None => Err(not_one_of(name, filter.values)),
    }
}

/// The instant that a bound stands for. Records have whole seconds, so that a bound between two of them stands for the later one:
/// what is at or after the one is at or after the other.
pub(super) fn bound(text: &str) -> Option<Timestamp> {
    let at = moment(text)?;
    let is_between = DateTime::parse_from_rfc3339(text).is_ok_and(|at| at.nanosecond() > 0);
    Some(if is_between { at.plus_seconds(1) } else { at })
}

/// The key in `name[key]`; nothing if it is written otherwise.
pub(super) fn key<'n>(name: &str, given: &'n str) -> Option<&'n str> {
    let key = given.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']')?;
    (!key.is_empty() && !key.contains(['[', ']'])).then_some(key)
}

pub(super) fn not_one_of(name: &str, choices: &[&str]) -> Detail {
    Place::value(&pointer("", name)).not_one_of(choices)
}

pub(super) fn no_moment(name: &str) -> Detail {
    Place::value(&pointer("", name)).not_of_format("date-time")
}

pub(super) fn empty(name: &str) -> Detail {
    Place::value(&pointer("", name)).is("value", "is empty")
}

pub(super) fn missing(name: &str) -> Detail {
    Place::value(&pointer("", name)).is("value", "is missing")
}

pub(super) fn broken(name: &str) -> Detail {
    Place::value(&pointer("", name)).is("value", "has an escape that is broken or stands for no text")
}

pub(super) fn not_a_pair(name: &str) -> Detail {
    Place::value(&pointer("", name)).is("parameter", format_args!("is not written as: {name}[key]=value"))
}

pub(super) fn unknown(name: &str) -> Detail {
    Place::value(&pointer("", name)).is("parameter", "is not one that this operation takes")
}

pub(super) fn not_offered(offered: &[Expand]) -> Detail {
    let place = Place::value("/expand");
    if offered.is_empty() {
        return place.is("value", "names something, and nothing can be expanded here");
    }
    place.not_one_of(&offered.iter().map(|expand| expand.path).collect::<Vec<_>>())
}

/// Whether a word has the form of the further values of an open set.
fn matches(pattern: &'static str, word: &str) -> bool {
    static PATTERNS: LazyLock<HashMap<&str, Validator>> = LazyLock::new(|| {
        let filters = OPERATIONS.iter().flat_map(|operation| operation.filters);
        let patterns = filters.filter(|filter| !filter.values.is_empty()).filter_map(|filter| filter.pattern);
        let compiled = |pattern| jsonschema::validator_for(&json!({ "pattern": pattern })).ok();
        patterns.filter_map(|pattern| Some((pattern, compiled(pattern)?))).collect()
    });
    PATTERNS.get(pattern).is_some_and(|validator| validator.is_valid(&Value::String(word.to_owned())))
}
