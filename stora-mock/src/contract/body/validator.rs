//! The schemas of request bodies, ready to validate.

use std::sync::OnceLock;

use chrono::{DateTime, Datelike, Timelike, Utc};
use jsonschema::{Draft, EmailOptions, Validator};
use serde_json::Value;

use crate::contract::operation::Operation;
use crate::domain::time::Timestamp;
use crate::generated::OPERATIONS;

/// The validator of the JSON body of an operation, made when it is first asked for; none if it has no such body.
pub(super) fn of(operation: &'static Operation) -> Option<&'static Validator> {
    static VALIDATORS: [OnceLock<Validator>; OPERATIONS.len()] = [const { OnceLock::new() }; OPERATIONS.len()];
    let schema = operation.body?.schema?;
    Some(VALIDATORS[operation.id as usize].get_or_init(|| compile(parse(schema))))
}

/// The instant that a text of the format `date-time` names: RFC 3339 with the letter `T`, as JSON Schema has it. A leap second
/// is one only at the end of a day in UTC. An instant that an offset takes out of the years 0000 to 9999 cannot be written in
/// UTC, as answers write all instants, so it is none.
pub(in crate::contract) fn moment(text: &str) -> Option<Timestamp> {
    let at = DateTime::parse_from_rfc3339(text).ok()?;
    let is_leap = at.nanosecond() >= 1_000_000_000;
    let utc = at.with_timezone(&Utc);
    // chrono also takes a space for the `T`, and the minus sign of typesetters in the offset.
    let is_plain = text.is_ascii() && !text.contains(' ');
    let can_be_written = (0..=9999).contains(&utc.year());
    (is_plain && can_be_written && (!is_leap || (utc.hour(), utc.minute()) == (23, 59))).then(|| at.into())
}

#[expect(clippy::expect_used, reason = "the schemas are part of this program; a test reads every one of them")]
fn parse(schema: &str) -> Value {
    serde_json::from_str(schema).expect("a generated schema is JSON, as a test shows")
}

/// What checks by a schema, which must be one.
#[expect(clippy::expect_used, reason = "the schemas are part of this program; a test compiles every one of them")]
pub(super) fn compile(mut schema: Value) -> Validator {
    bound_integers(&mut schema);
    complete_ids(&mut schema);
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .with_format("date-time", |text: &str| moment(text).is_some())
        .with_email_options(EmailOptions::default().without_display_text())
        .offline()
        .build(&schema)
        .expect("a generated schema is a JSON Schema, as a test shows")
}

/// Gives integers the bounds of the type they are decoded to, where the document has none: a number that does not fit there
/// is to be refused here.
fn bound_integers(schema: &mut Value) {
    match schema {
        Value::Object(keywords) => {
            let is_integer = match keywords.get("type") {
                Some(Value::String(name)) => name == "integer",
                Some(Value::Array(names)) => names.iter().any(|name| name == "integer"),
                _ => false,
            };
            if is_integer {
                let (least, greatest) = match keywords.get("format").and_then(Value::as_str) {
                    Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
                    _ => (i64::MIN, i64::MAX),
                };
                keywords.entry("minimum").or_insert_with(|| least.into());
                keywords.entry("maximum").or_insert_with(|| greatest.into());
            }
            keywords.values_mut().for_each(bound_integers);
        }
        Value::Array(items) => items.iter_mut().for_each(bound_integers),
        _ => {}
    }
}

/// Asks ids to go on behind their prefix, as the types do that they are decoded to. The documented patterns, such as `^con_`, are
/// content with the prefix, which is the id of nothing.
fn complete_ids(schema: &mut Value) {
    match schema {
        Value::Object(keywords) => {
            if let Some(Value::String(pattern)) = keywords.get_mut("pattern")
                && is_of_ids(pattern)
            {
                pattern.push('.');
            }
            keywords.values_mut().for_each(complete_ids);
        }
        Value::Array(items) => items.iter_mut().for_each(complete_ids),
        _ => {}
    }
}

/// Whether a pattern asks for the prefix of an id and nothing more: `^con_`, `^(con|unit)_`.
fn is_of_ids(pattern: &str) -> bool {
    let prefix = pattern.strip_prefix('^').and_then(|rest| rest.strip_suffix('_'));
    prefix.is_some_and(|prefix| prefix.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'(' | b'|' | b')')))
}
