//! JSON for terminals: indented, and with colours.

use serde_json::Value;

const RESET: &str = "\u{1b}[0m";
const KEY: &str = "\u{1b}[1;34m";
const TEXT: &str = "\u{1b}[32m";
const WORD: &str = "\u{1b}[33m";
const NOTHING: &str = "\u{1b}[2m";

/// A value with colours.
pub(super) fn coloured(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    out
}

fn write(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                line(i > 0, depth + 1, out);
                write(item, depth + 1, out);
            }
            line(false, depth, out);
            out.push(']');
        }
        Value::Object(properties) if !properties.is_empty() => {
            out.push('{');
            for (i, (key, item)) in properties.iter().enumerate() {
                line(i > 0, depth + 1, out);
                paint(KEY, &Value::from(key.as_str()), out);
                out.push_str(": ");
                write(item, depth + 1, out);
            }
            line(false, depth, out);
            out.push('}');
        }
        Value::String(_) => paint(TEXT, value, out),
        Value::Null => paint(NOTHING, value, out),
        Value::Bool(_) | Value::Number(_) => paint(WORD, value, out),
        Value::Array(_) | Value::Object(_) => out.push_str(&value.to_string()),
    }
}

fn paint(colour: &str, value: &Value, out: &mut String) {
    out.push_str(colour);
    out.push_str(&value.to_string());
    out.push_str(RESET);
}

fn line(follows: bool, depth: usize, out: &mut String) {
    if follows {
        out.push(',');
    }
    out.push('\n');
    out.push_str(&"  ".repeat(depth));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn without_its_colours_it_is_the_indented_json() {
        let value = json!({"a": [1, "b\n", null, {}], "c": {"d": true}, "e": []});
        let mut plain = coloured(&value);
        for colour in [RESET, KEY, TEXT, WORD, NOTHING] {
            plain = plain.replace(colour, "");
        }
        assert_eq!(plain, format!("{value:#}"));
    }
}
