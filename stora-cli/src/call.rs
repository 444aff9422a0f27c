//! From a parsed command line to what is to be sent.

use std::fmt;
use std::io::Read;

use clap::ArgMatches;
use serde_json::{Map, Value};

use crate::command::{BODY, Body, Flag, NULL, Operation, Place, Style};
use crate::tree::API;
use crate::value::{joined, plain};

/// What a command line asks for: an operation, and all that goes into its request.
///
/// `Debug` tells of headers and bodies by their names alone, because they may hold secrets.
#[derive(Clone, PartialEq)]
pub struct Call {
    /// The operation.
    pub operation: &'static Operation,
    /// The parameters in the path, by their name in the path template, without escapes.
    pub path_params: Vec<(&'static str, String)>,
    /// The pairs of the query in the order of the document, without escapes.
    pub query: Vec<(String, String)>,
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body; a text if it is no JSON.
    pub body: Option<Value>,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<&str> = self.headers.iter().map(|(name, _)| *name).collect();
        let body = self.body.as_ref().map(|body| match body {
            Value::Object(properties) => properties.keys().cloned().collect(),
            _ => vec!["…".to_owned()],
        });
        f.debug_struct("Call")
            .field("operation", &self.operation.id)
            .field("path_params", &self.path_params)
            .field("query", &self.query)
            .field("headers", &headers)
            .field("body", &body)
            .finish()
    }
}

/// Why a command line asks for nothing that can be sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The command is none of those that are made from the document.
    #[error("this is not a command for an operation of the API")]
    NotAnOperation,
    /// The body cannot be read.
    #[error("cannot read the body from {place}, given by --body")]
    Unreadable {
        /// The file, or standard input.
        place: String,
        /// What went wrong.
        source: std::io::Error,
    },
    /// The body is not JSON.
    #[error("the body given by --body is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// The body has no properties, so that flags cannot add any.
    #[error("the body given by --body is not an object, so that {flag} cannot be added to it")]
    NotAnObject {
        /// The first of the flags.
        flag: String,
    },
    /// Properties that the body needs are not there.
    #[error("the body needs {flags}, or --body for the whole of it")]
    Missing {
        /// Their flags.
        flags: String,
    },
    /// A property is given a value, and set to null as well.
    #[error("{flag} is given, and set to null by --null as well")]
    NullAndValue {
        /// The flag of the property.
        flag: String,
    },
}

impl Call {
    /// What the matches of [`command`](crate::command()) ask for.
    ///
    /// `stdin` is read only if the body is said to stand there.
    ///
    /// # Errors
    /// When the command is not one for an operation, or its body cannot be put together.
    pub fn from_matches(matches: &ArgMatches, stdin: &mut dyn Read) -> Result<Self, CallError> {
        let (operation, matches) = API.find(matches).ok_or(CallError::NotAnOperation)?;
        Self::of(operation, matches, stdin)
    }

    /// What the matches of the command of an operation ask for.
    pub(crate) fn of(
        operation: &'static Operation,
        matches: &ArgMatches,
        stdin: &mut dyn Read,
    ) -> Result<Self, CallError> {
        let text = |name: &str| matches.get_one::<String>(name).cloned().unwrap_or_default();
        let mut call = Self {
            operation,
            path_params: operation.positionals.iter().map(|row| (row.wire, text(row.name))).collect(),
            query: Vec::new(),
            headers: Vec::new(),
            body: body(operation, matches, stdin)?,
        };
        for flag in operation.flags {
            let Some(value) = value(flag, matches) else { continue };
            match flag.place {
                Place::Query => write_query(flag, value, &mut call.query),
                Place::Header => call.headers.push((flag.wire, words(&value).join(","))),
                Place::Cookie => call.headers.push(("Cookie", format!("{}={}", flag.wire, words(&value).join(",")))),
                Place::Body => {}
            }
        }
        Ok(call)
    }
}

/// What is given for a flag, if it is.
fn value(flag: &Flag, matches: &ArgMatches) -> Option<Value> {
    let values: Vec<Value> = matches.get_many::<Value>(flag.name)?.cloned().collect();
    Some(joined(flag, values))
}

/// The body: what `--body` gives, or the properties that have but one value, and over it what the flags give.
fn body(operation: &'static Operation, matches: &ArgMatches, stdin: &mut dyn Read) -> Result<Option<Value>, CallError> {
    let Some(row) = operation.body else { return Ok(None) };
    let whole = matches.get_one::<String>(BODY).map(|text| whole_body(row, text, stdin)).transpose()?;
    let is_whole = whole.is_some();
    let flags = properties(operation, matches)?;
    let Some((first, _)) = flags.first() else {
        return match whole {
            None if row.required => required_body(operation, row, Map::new()).map(Some),
            whole => Ok(whole),
        };
    };
    let mut object = match whole {
        None => Map::new(),
        Some(Value::Object(object)) => object,
        Some(_) => return Err(CallError::NotAnObject { flag: dashed(first) }),
    };
    object.extend(flags.into_iter().map(|(flag, value)| (flag.wire.to_owned(), value)));
    // What is given whole is the caller's; whether it is complete is for the API to say.
    if is_whole { Ok(Some(Value::Object(object))) } else { required_body(operation, row, object).map(Some) }
}

/// A body from flags alone, with all that it needs.
fn required_body(operation: &'static Operation, row: Body, given: Map<String, Value>) -> Result<Value, CallError> {
    let missing = operation.properties().filter(|flag| flag.required && !given.contains_key(flag.wire));
    let missing: Vec<String> = missing.map(dashed).collect();
    if !missing.is_empty() {
        return Err(CallError::Missing { flags: missing.join(", ") });
    }
    let constants = row.constants.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
    Ok(Value::Object(constants.chain(given).collect()))
}

/// The properties that flags give, nulls among them.
fn properties(operation: &'static Operation, matches: &ArgMatches) -> Result<Vec<(&'static Flag, Value)>, CallError> {
    let has_null = operation.properties().any(|flag| flag.nullable);
    let nulls = has_null.then(|| matches.get_many::<String>(NULL)).flatten();
    let nulls: Vec<&String> = nulls.into_iter().flatten().collect();
    let mut out = Vec::new();
    for flag in operation.properties() {
        let is_null = nulls.iter().any(|name| *name == flag.name);
        match value(flag, matches) {
            Some(_) if is_null => return Err(CallError::NullAndValue { flag: dashed(flag) }),
            Some(value) => out.push((flag, value)),
            None if is_null => out.push((flag, Value::Null)),
            None => {}
        }
    }
    Ok(out)
}

/// The body that `--body` gives: itself, `@FILE`, or `-` for standard input.
fn whole_body(row: Body, text: &str, stdin: &mut dyn Read) -> Result<Value, CallError> {
    let text = match text.strip_prefix('@') {
        Some(file) => std::fs::read_to_string(file)
            .map_err(|source| CallError::Unreadable { place: format!("the file {file}"), source })?,
        None if text == "-" => {
            let mut text = String::new();
            let read = stdin.read_to_string(&mut text);
            read.map_err(|source| CallError::Unreadable { place: "standard input".to_owned(), source })?;
            text
        }
        None => text.to_owned(),
    };
    if row.raw { Ok(Value::String(text)) } else { serde_json::from_str(&text).map_err(CallError::NotJson) }
}

fn dashed(flag: &Flag) -> String {
    format!("--{}", flag.name)
}

/// The pairs that a parameter adds to a query.
fn write_query(flag: &Flag, value: Value, out: &mut Vec<(String, String)>) {
    let name = || flag.wire.to_owned();
    match (flag.style, value) {
        (Style::Json, value) => out.push((name(), value.to_string())),
        (Style::Deep, Value::Object(properties)) => {
            for (key, value) in properties {
                deep(format!("{}[{key}]", flag.wire), value, out);
            }
        }
        (Style::Form, Value::Object(properties)) => {
            out.extend(properties.into_iter().map(|(key, value)| (key, plain(&value))));
        }
        (Style::Repeat | Style::Form, Value::Array(items)) => {
            out.extend(items.iter().map(|item| (name(), plain(item))));
        }
        (Style::Pipe, value) => out.push((name(), words(&value).join("|"))),
        (Style::Space, value) => out.push((name(), words(&value).join(" "))),
        (_, value) => out.push((name(), words(&value).join(","))),
    }
}

/// `name[key]=value` for every word in a value.
fn deep(name: String, value: Value, out: &mut Vec<(String, String)>) {
    match value {
        Value::Object(properties) => {
            properties.into_iter().for_each(|(key, value)| deep(format!("{name}[{key}]"), value, out));
        }
        Value::Array(items) => items.into_iter().for_each(|item| deep(format!("{name}[]"), item, out)),
        word => out.push((name, plain(&word))),
    }
}

/// The words that a value is made of: itself, its items, or its keys and values by turns.
fn words(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(properties) => properties.iter().flat_map(|(key, value)| [key.clone(), plain(value)]).collect(),
        word => vec![plain(word)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Kind;
    use serde_json::json;

    #[test]
    fn a_value_is_written_in_the_style_of_its_parameter() {
        let list = json!(["a", 1, true]);
        let map = json!({"k": "v", "n": {"x": 1}});
        for (style, value, expected) in [
            (Style::Plain, json!(5), "p=5"),
            (Style::Comma, list.clone(), "p=a,1,true"),
            (Style::Repeat, list.clone(), "p=a&p=1&p=true"),
            (Style::Pipe, list.clone(), "p=a|1|true"),
            (Style::Space, list.clone(), "p=a 1 true"),
            (Style::Form, list.clone(), "p=a&p=1&p=true"),
            (Style::Json, list, r#"p=["a",1,true]"#),
            (Style::Deep, map.clone(), "p[k]=v&p[n][x]=1"),
            (Style::Form, json!({"k": "v"}), "k=v"),
            (Style::CommaObject, json!({"k": "v", "l": 2}), "p=k,v,l,2"),
            (Style::Json, json!({"k": "v"}), r#"p={"k":"v"}"#),
        ] {
            let mut query = Vec::new();
            write_query(&Flag::query("p", "p", Kind::Json).style(style), value, &mut query);
            let query: Vec<String> = query.into_iter().map(|(key, value)| format!("{key}={value}")).collect();
            assert_eq!(query.join("&"), expected, "{style:?}");
        }
    }
}
