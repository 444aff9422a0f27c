//! Request bodies against their schemas.
//!
//! A body is checked before anything else looks at it: first whether it can be read (else 400 `invalid_request`), then whether
//! it keeps to the schema that the document has for the operation (else 422 `invalid_content`, with every fault named).
//! What comes out decodes into the types that are generated from the same schema.

mod branches;
mod fault;
mod media_type;
mod validator;
mod words;

use jsonschema::Validator;
use serde_json::{Map, Value};

use super::error::Detail;
use super::operation::Operation;
use fault::Kind;

pub(in crate::contract) use validator::moment;
pub(in crate::contract) use words::{Place, pointer};

/// Why a body cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It cannot be read: it is no JSON, it is not said to be JSON, or it is missing where one is needed. The text says why,
    /// and for broken JSON where. This is 400 `invalid_request`.
    #[error("{0}")]
    NotJson(String),
    /// It is JSON that breaks its schema. Every fault is listed once, ordered by its pointer; there is at least one. This is
    /// 422 `invalid_content`.
    #[error("{}", list(.0))]
    Invalid(Vec<Detail>),
}

/// Checks the body of a request to `operation` and gives it as JSON; nothing if the operation takes no JSON body, in which
/// case whatever was sent is ignored.
///
/// `content_type` is the header as it was sent. `bytes` is the whole body; none at all stands for an empty object where no
/// property is required. Of a key that is there twice the last value counts. A whole number may be written with a fraction of
/// zero or an exponent, as in JSON Schema; it comes out as an integer. Whole numbers have to fit into 64 bits.
/// Values that `concedes` concedes, by their pointer and themselves, are taken although they break their schema.
///
/// # Errors
/// When the body cannot be read, or breaks its schema.
pub fn check(
    operation: &'static Operation,
    content_type: Option<&str>,
    bytes: &[u8],
    concedes: impl Fn(&str, &Value) -> bool,
) -> Result<Option<Value>, BodyError> {
    let Some((body, validator)) = operation.body.as_ref().zip(validator::of(operation)) else { return Ok(None) };
    let is_empty = bytes.is_empty();
    let mut value = if is_empty {
        Value::Object(Map::new())
    } else {
        media_type::check(body, content_type)?;
        serde_json::from_slice(bytes)
            .map_err(|error| BodyError::NotJson(format!("The body is not valid JSON: {error}.")))?
    };
    if !validator.is_valid(&value) {
        let mut faults = fault::all(validator, &value);
        faults.retain(|fault| {
            let pointer = fault.detail.pointer.as_str();
            !value.pointer(pointer).is_some_and(|value| concedes(pointer, value))
        });
        if is_empty && faults.iter().any(|fault| fault.kind == Kind::Missing) {
            return Err(BodyError::NotJson("The body is missing.".to_owned()));
        }
        if !faults.is_empty() {
            return Err(BodyError::Invalid(faults.into_iter().map(|fault| fault.detail).collect()));
        }
    }
    plain_integers(&mut value);
    Ok(Some(value))
}

/// What checks documents other than request bodies against a schema of this program's own. The schema must be one.
pub(crate) fn validator_of(schema: Value) -> Validator {
    validator::compile(schema)
}

/// Every fault that a validator finds in a document, ordered by pointer; none if it is valid.
pub(crate) fn faults(validator: &Validator, value: &Value) -> Vec<Detail> {
    if validator.is_valid(value) {
        return Vec::new();
    }
    fault::all(validator, value).into_iter().map(|fault| fault.detail).collect()
}

fn list(details: &[Detail]) -> String {
    details.iter().map(|detail| detail.message.as_str()).collect::<Vec<_>>().join("; ")
}

/// Writes whole numbers as such: `1.0` and `1e2` are integers to JSON Schema, but not to whoever decodes them.
fn plain_integers(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => {
            // The bounds are exact: minus and plus two to the power of 63.
            let whole = number.as_f64().filter(|n| n.fract() == 0.0 && *n >= i64::MIN as f64 && *n < i64::MAX as f64);
            if let Some(whole) = whole {
                *number = (whole as i64).into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(plain_integers),
        Value::Object(members) => members.values_mut().for_each(plain_integers),
        _ => {}
    }
}

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_every_operation;
