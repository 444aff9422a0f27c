//! The fields of `stora api`: `key=value` into a query or a JSON body.

use std::io::Read as _;

use clap::ArgMatches;
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::value::plain;

/// A key and its value.
pub(crate) type Field = (String, Value);

/// The fields that two flags give, those of texts and those of values, each in the order of the command line.
pub(crate) fn given(matches: &ArgMatches, texts: &str, values: &str) -> Result<Vec<Field>, Failure> {
    let mut fields: Vec<(usize, Field)> = Vec::new();
    for (id, is_text) in [(texts, true), (values, false)] {
        let given = matches.get_many::<String>(id).into_iter().flatten();
        for (place, text) in matches.indices_of(id).into_iter().flatten().zip(given) {
            let Some((key, value)) = text.split_once('=').filter(|(key, _)| !key.is_empty()) else {
                return Err(Failure::usage(format!("`{text}` is not KEY=VALUE")));
            };
            let value = if is_text { Value::from(value) } else { typed(value)? };
            fields.push((place, (key.to_owned(), value)));
        }
    }
    fields.sort_by_key(|(place, _)| *place);
    Ok(fields.into_iter().map(|(_, field)| field).collect())
}

/// A value as it is meant: a truth, null, a whole number, the text of a file, or itself.
fn typed(text: &str) -> Result<Value, Failure> {
    Ok(match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "null" => Value::Null,
        _ => match (text.strip_prefix('@'), text.parse::<i64>()) {
            (Some(file), _) => {
                let bytes = read(file)?;
                let text = String::from_utf8(bytes);
                text.map(Value::from).map_err(|_| Failure::usage(format!("the file {file} is not text (UTF-8)")))?
            }
            (None, Ok(number)) => Value::from(number),
            (None, Err(_)) => Value::from(text),
        },
    })
}

/// The bytes of a file, or of standard input for `-`.
pub(crate) fn read(file: &str) -> Result<Vec<u8>, Failure> {
    if file != "-" {
        return std::fs::read(file).map_err(|error| Failure::file("read", file, error));
    }
    let mut bytes = Vec::new();
    let read = std::io::stdin().read_to_end(&mut bytes);
    read.map_err(|error| Failure::file("read from standard input", file, error))?;
    Ok(bytes)
}

/// The fields as pairs of a query.
pub(crate) fn query(fields: &[Field]) -> Vec<(String, String)> {
    fields.iter().map(|(key, value)| (key.clone(), plain(value))).collect()
}

/// The fields as an object: `a[b]=1` is one in it, `a[]=1` a list.
pub(crate) fn object(fields: Vec<Field>) -> Result<Value, Failure> {
    let mut out = Value::Object(Map::new());
    for (key, value) in fields {
        let wrong = || {
            Failure::usage(format!(
                "the field `{key}` does not fit: brackets are written a[b] and a[], and one key is not two things"
            ))
        };
        let words = words(&key).ok_or_else(wrong)?;
        put(&mut out, &words, value).ok_or_else(wrong)?;
    }
    Ok(out)
}

/// The words of a key: `a[b][]` is `a`, `b` and nothing.
fn words(key: &str) -> Option<Vec<&str>> {
    let Some((first, rest)) = key.split_once('[') else { return Some(vec![key]) };
    let rest = rest.strip_suffix(']')?;
    let words: Vec<&str> = std::iter::once(first).chain(rest.split("][")).collect();
    let is_sound = !first.is_empty() && words.iter().all(|word| !word.contains(['[', ']']));
    is_sound.then_some(words)
}

fn put(place: &mut Value, words: &[&str], value: Value) -> Option<()> {
    match words {
        [] => {
            *place = value;
            Some(())
        }
        ["", rest @ ..] => {
            if place.is_null() {
                *place = Value::Array(Vec::new());
            }
            let items = place.as_array_mut()?;
            // What has a key of its own goes into the item before, until that has the key.
            let is_new = match (rest.first(), items.last()) {
                (Some(key), Some(Value::Object(last))) => last.contains_key(*key),
                _ => true,
            };
            if is_new {
                items.push(Value::Null);
            }
            put(items.last_mut()?, rest, value)
        }
        [key, rest @ ..] => {
            if place.is_null() {
                *place = Value::Object(Map::new());
            }
            put(place.as_object_mut()?.entry(*key).or_insert(Value::Null), rest, value)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn made(fields: &[(&str, Value)]) -> Option<Value> {
        object(fields.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect()).ok()
    }

    #[test]
    fn brackets_make_objects_and_lists() {
        let made = made(&[
            ("email", json!("a@b.c")),
            ("address[line_1]", json!("1 Dock Road")),
            ("address[city]", json!(null)),
            ("tags[]", json!("a")),
            ("tags[]", json!(2)),
            ("lines[][type]", json!("x")),
            ("lines[][n]", json!(1)),
            ("lines[][type]", json!("y")),
        ]);
        let expected = json!({
            "email": "a@b.c", "address": {"line_1": "1 Dock Road", "city": null}, "tags": ["a", 2],
            "lines": [{"type": "x", "n": 1}, {"type": "y"}],
        });
        assert_eq!(made, Some(expected));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert_eq!(made(&[("a", json!(1)), ("a[b]", json!(2))]), None);
        assert_eq!(made(&[("a[b", json!(1))]), None);
        assert_eq!(made(&[("[b]", json!(1))]), None);
    }

    #[test]
    fn values_are_what_they_look_like() {
        for (text, value) in
            [("true", json!(true)), ("null", json!(null)), ("12", json!(12)), ("1.5", json!("1.5")), ("x", json!("x"))]
        {
            assert_eq!(typed(text).unwrap(), value);
        }
    }
}
