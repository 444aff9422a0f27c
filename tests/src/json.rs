//! Comparing and changing JSON.

use serde_json::{Number, Value};

/// The pointer of the first place where two values differ, and both sides of it. Numbers are compared by value.
pub fn difference(expected: &Value, actual: &Value) -> Option<String> {
    differ(expected, actual, &mut String::new())
}

fn differ(expected: &Value, actual: &Value, path: &mut String) -> Option<String> {
    let same = match (expected, actual) {
        (Value::Object(left), Value::Object(right)) => {
            for (key, value) in left {
                let length = path.len();
                path.push('/');
                path.push_str(&crate::document::escaped(key));
                let found = match right.get(key) {
                    Some(other) => differ(value, other, path),
                    None => Some(format!("{path}: expected {}, got nothing", short(value))),
                };
                if found.is_some() {
                    return found;
                }
                path.truncate(length);
            }
            if let Some((key, value)) = right.iter().find(|(key, _)| !left.contains_key(*key)) {
                return Some(format!(
                    "{path}/{}: expected nothing, got {}",
                    crate::document::escaped(key),
                    short(value)
                ));
            }
            true
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                let length = path.len();
                path.push_str(&format!("/{index}"));
                if let Some(found) = differ(left, right, path) {
                    return Some(found);
                }
                path.truncate(length);
            }
            true
        }
        (Value::Number(left), Value::Number(right)) => same_number(left, right),
        _ => expected == actual,
    };
    (!same).then(|| format!("{path}: expected {}, got {}", short(expected), short(actual)))
}

fn same_number(left: &Number, right: &Number) -> bool {
    if left.is_f64() || right.is_f64() { left.as_f64() == right.as_f64() } else { left == right }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 100 { text.chars().take(100).chain(['…']).collect() } else { text }
}

/// What an answer holds under its envelope.
///
/// # Panics
/// When there is nothing besides `meta`.
pub fn only_member(answer: Value) -> Value {
    let Value::Object(members) = answer else { panic!("no object: {answer}") };
    let member = members.into_iter().find(|(name, _)| name != "meta");
    member.unwrap_or_else(|| panic!("nothing besides `meta`")).1
}

/// The value at a pointer, to be changed.
///
/// # Panics
/// When there is none.
pub fn at<'a>(value: &'a mut Value, pointer: &str) -> &'a mut Value {
    value.pointer_mut(pointer).unwrap_or_else(|| panic!("there is nothing at {pointer}"))
}

/// A value with the one at a pointer replaced.
pub fn with(value: &Value, pointer: &str, new: Value) -> Value {
    let mut changed = value.clone();
    *at(&mut changed, pointer) = new;
    changed
}

/// An object at a pointer, without one of its properties.
pub fn without(value: &Value, pointer: &str, property: &str) -> Value {
    let mut changed = value.clone();
    if let Value::Object(object) = at(&mut changed, pointer) {
        object.remove(property);
    }
    changed
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_difference_is_named() {
        assert_eq!(difference(&json!({"a": [1, {"b/c": 50}]}), &json!({"a": [1.0, {"b/c": 50.0}]})), None);
        let found = difference(&json!({"a": [1, {"b/c": 50}]}), &json!({"a": [1, {"b/c": "50"}]}));
        assert_eq!(found.as_deref(), Some("/a/1/b~1c: expected 50, got \"50\""));
        let found = difference(&json!({"a": null}), &json!({}));
        assert_eq!(found.as_deref(), Some("/a: expected null, got nothing"));
        let found = difference(&json!({}), &json!({"a": null}));
        assert_eq!(found.as_deref(), Some("/a: expected nothing, got null"));
        assert!(difference(&json!([1]), &json!([1, 2])).is_some());
    }
}
