//! Parameters that are not a single word: how OpenAPI's styles write them.

use serde::Serialize;
use serde_json::Value;

/// How a list or an object is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `a=1&a=2`; an object as its own keys.
    Form,
    /// `a=1,2`; an object as `a=key,value`.
    Comma,
    /// `a=1 2`.
    Space,
    /// `a=1|2`.
    Pipe,
    /// `a[key]=value`.
    Deep,
    /// As JSON.
    Json,
}

/// The pairs of keys and values that a parameter becomes; none for one that is not set.
pub fn pairs<T: Serialize + ?Sized>(name: &str, parameter: &T, style: Style) -> Vec<(String, String)> {
    let value = value(parameter);
    let one = |text: String| vec![(name.to_owned(), text)];
    match (style, value) {
        (_, Value::Null) => Vec::new(),
        (Style::Json, value) => one(value.to_string()),
        (Style::Form, Value::Array(items)) => items.iter().map(|item| (name.to_owned(), text(item))).collect(),
        (Style::Form, Value::Object(object)) => {
            object.iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| (key.clone(), text(value))).collect()
        }
        (Style::Deep, value) => {
            let mut out = Vec::new();
            deep(name, &value, &mut out);
            out
        }
        (style, Value::Array(items)) => one(items.iter().map(text).collect::<Vec<_>>().join(style.separator())),
        (style, Value::Object(object)) => {
            let parts =
                object.iter().filter(|(_, value)| !value.is_null()).flat_map(|(key, value)| [key.clone(), text(value)]);
            one(parts.collect::<Vec<_>>().join(style.separator()))
        }
        (_, scalar) => one(text(&scalar)),
    }
}

/// A path segment in the style `label`.
pub fn label(text: &str) -> String {
    format!(".{}", progenitor_client::encode_path(text).replace(',', "."))
}

/// A path segment in the style `matrix`.
pub fn matrix(name: &str, text: &str) -> String {
    format!(";{name}={}", progenitor_client::encode_path(text))
}

/// A value as JSON; null for what has no JSON form.
pub(crate) fn value<T: Serialize + ?Sized>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

impl Style {
    fn separator(self) -> &'static str {
        match self {
            Self::Space => " ",
            Self::Pipe => "|",
            _ => ",",
        }
    }
}

fn deep(name: &str, value: &Value, out: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Object(object) => object.iter().for_each(|(key, value)| deep(&format!("{name}[{key}]"), value, out)),
        Value::Array(items) => items.iter().for_each(|item| deep(&format!("{name}[]"), item, out)),
        scalar => out.push((name.to_owned(), text(scalar))),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_style_writes_lists_and_objects_its_own_way() {
        let list = serde_json::json!([1, "b"]);
        let object = serde_json::json!({"k": "v", "n": null, "o": {"p": 1}});
        let of = |value: &Value, style| {
            pairs("a", value, style).iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join("&")
        };
        assert_eq!(of(&list, Style::Form), "a=1&a=b");
        assert_eq!(of(&list, Style::Comma), "a=1,b");
        assert_eq!(of(&list, Style::Pipe), "a=1|b");
        assert_eq!(of(&object, Style::Deep), "a[k]=v&a[o][p]=1");
        assert_eq!(of(&object, Style::Comma), "a=k,v,o,{\"p\":1}");
        assert_eq!(of(&object, Style::Json), r#"a={"k":"v","n":null,"o":{"p":1}}"#);
        assert_eq!(of(&Value::Null, Style::Form), "");
    }
}
