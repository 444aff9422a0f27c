//! From a text on the command line to a value, by the kind of the argument.

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::ErrorKind;
use serde_json::{Map, Value};

use crate::command::{Flag, Kind};

/// The parser of one value of a flag: it knows the values that the document counts, and takes others as well.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parser(pub(crate) &'static Flag);

impl TypedValueParser for Parser {
    type Value = Value;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        text: &std::ffi::OsStr,
    ) -> Result<Value, clap::Error> {
        let flag = arg.map_or_else(|| format!("--{}", self.0.name), ToString::to_string);
        let failed = |text: &str, reason: &str| {
            let message = format!("invalid value '{text}' for '{flag}': {reason}\n");
            clap::Error::raw(ErrorKind::ValueValidation, message).with_cmd(command)
        };
        let Some(text) = text.to_str() else { return Err(failed(&text.to_string_lossy(), "it is not UTF-8")) };
        parse(self.0.kind, text).map_err(|reason| failed(text, &reason))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        if self.0.kind == Kind::Boolean {
            return Some(Box::new(["true", "false"].into_iter().map(PossibleValue::new)));
        }
        let values = self.0.values;
        (!values.is_empty()).then(|| Box::new(values.iter().copied().map(PossibleValue::new)) as Box<_>)
    }
}

/// The value that a text stands for.
fn parse(kind: Kind, text: &str) -> Result<Value, String> {
    match kind {
        Kind::Text(_) => Ok(Value::from(text)),
        Kind::Boolean => match text {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err("it is neither `true` nor `false`".to_owned()),
        },
        Kind::Integer => text.parse::<i64>().map(Value::from).map_err(|_| "it is not a whole number".to_owned()),
        Kind::Number => match serde_json::from_str(text) {
            Ok(number @ Value::Number(_)) => Ok(number),
            _ => Err("it is not a number".to_owned()),
        },
        Kind::Json => serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}")),
        Kind::Reference(_) => match object(text) {
            Some(object) => object,
            None => Ok(Value::Object(Map::from_iter([("id".to_owned(), Value::from(text))]))),
        },
        Kind::Pairs => match (object(text), text.split_once('=')) {
            (Some(object), _) => object,
            (None, Some((key, value))) if !key.is_empty() => {
                Ok(Value::Object(Map::from_iter([(key.to_owned(), Value::from(value))])))
            }
            _ => Err("it is neither KEY=VALUE nor a JSON object".to_owned()),
        },
    }
}

/// The object that a text with a brace at its start is.
fn object(text: &str) -> Option<Result<Value, String>> {
    text.trim_start()
        .starts_with('{')
        .then(|| serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}")))
}

/// All values of a flag as the one value that they make.
pub(crate) fn joined(flag: &Flag, values: Vec<Value>) -> Value {
    if flag.kind == Kind::Pairs {
        let maps = values.into_iter().filter_map(|value| match value {
            Value::Object(map) => Some(map),
            _ => None,
        });
        return Value::Object(maps.flatten().collect());
    }
    if !flag.many {
        // The last one counts, as it does for flags everywhere.
        return values.into_iter().next_back().unwrap_or(Value::Null);
    }
    // A list can be given whole or item by item.
    let items = values.into_iter().flat_map(|value| match value {
        Value::Array(items) if flag.kind == Kind::Json => items,
        other => vec![other],
    });
    Value::Array(items.collect())
}

/// A value that is a word or a number, as it is written outside of JSON; other values as JSON.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_kind_takes_what_it_should_and_says_what_is_wrong() {
        for (kind, text, expected) in [
            (Kind::Text("TEXT"), "12", Ok(json!("12"))),
            (Kind::Integer, "-12", Ok(json!(-12))),
            (Kind::Integer, "1.5", Err("it is not a whole number")),
            (Kind::Number, "1.5", Ok(json!(1.5))),
            (Kind::Number, "\"1\"", Err("it is not a number")),
            (Kind::Boolean, "false", Ok(json!(false))),
            (Kind::Boolean, "yes", Err("it is neither `true` nor `false`")),
            (Kind::Json, "[1]", Ok(json!([1]))),
            (Kind::Json, "[1", Err("it is not JSON: EOF while parsing a list at line 1 column 2")),
            (Kind::Reference("CONTACT_ID"), "con_1", Ok(json!({"id": "con_1"}))),
            (Kind::Reference("CONTACT_ID"), r#"{"email": "a@b.c"}"#, Ok(json!({"email": "a@b.c"}))),
            (Kind::Reference("CONTACT_ID"), "{", Err("it is not JSON: EOF while parsing an object at line 1 column 1")),
            (Kind::Pairs, "a=b=c", Ok(json!({"a": "b=c"}))),
            (Kind::Pairs, r#"{"a": null}"#, Ok(json!({"a": null}))),
            (Kind::Pairs, "=b", Err("it is neither KEY=VALUE nor a JSON object")),
            (Kind::Pairs, "a", Err("it is neither KEY=VALUE nor a JSON object")),
        ] {
            assert_eq!(parse(kind, text), expected.map_err(str::to_owned), "{kind:?} {text}");
        }
    }

    #[test]
    fn several_values_make_one() {
        let pairs = Flag::body("m", "m", Kind::Pairs);
        assert_eq!(joined(&pairs, vec![json!({"a": "1", "b": "2"}), json!({"a": "3"})]), json!({"a": "3", "b": "2"}));
        let list = Flag::body("l", "l", Kind::Json).many();
        assert_eq!(joined(&list, vec![json!([1, 2]), json!(3)]), json!([1, 2, 3]));
        let one = Flag::body("o", "o", Kind::Json);
        assert_eq!(joined(&one, vec![json!([1]), json!([2])]), json!([2]));
    }
}
