//! Bounds in the one way 3.0 writes them: `minimum` with a boolean `exclusiveMinimum`, counts as whole numbers.
//! Without it the numeric `exclusiveMinimum` of 3.1 does not parse as 3.0, and neither does `minLength: 1.0`.

use serde_json::Value;

use super::{
    Report,
    schemas::{self, Object},
};

pub(super) fn pass(root: &mut Value, _report: &mut Report) {
    schemas::parents_first(root, &mut |schema, _| {
        let Value::Object(schema) = schema else { return };
        for keyword in ["minimum", "maximum", "multipleOf"] {
            retain_number(schema, keyword);
        }
        exclusive(schema, "minimum", "exclusiveMinimum", |a, b| a >= b);
        exclusive(schema, "maximum", "exclusiveMaximum", |a, b| a <= b);
        if schema.get("multipleOf").and_then(Value::as_f64).is_some_and(|step| step <= 0.0) {
            schema.remove("multipleOf");
        }
        for keyword in ["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"] {
            if let Some(value) = schema.remove(keyword)
                && let Some(count) = count(&value)
            {
                schema.insert(keyword.to_owned(), count.into());
            }
        }
    });
}

fn retain_number(schema: &mut Object, keyword: &str) {
    let number = match schema.get(keyword) {
        None | Some(Value::Number(_)) => return,
        Some(Value::String(text)) => serde_json::from_str::<Value>(text).ok().filter(Value::is_number),
        Some(_) => None,
    };
    match number {
        Some(number) => schema.insert(keyword.to_owned(), number),
        None => schema.remove(keyword),
    };
}

/// `tighter(a, b)`: whether the exclusive bound `a` allows no more than the inclusive bound `b`.
fn exclusive(schema: &mut Object, bound: &str, flag: &str, tighter: fn(f64, f64) -> bool) {
    match schema.remove(flag) {
        Some(Value::Bool(true)) if schema.contains_key(bound) => {
            schema.insert(flag.to_owned(), Value::Bool(true));
        }
        Some(Value::Number(number)) => {
            let own = number.as_f64().unwrap_or_default();
            if schema.get(bound).and_then(Value::as_f64).is_none_or(|other| tighter(own, other)) {
                schema.insert(bound.to_owned(), Value::Number(number));
                schema.insert(flag.to_owned(), Value::Bool(true));
            }
        }
        _ => {}
    }
}

fn count(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64().or_else(|| {
            let float = number.as_f64()?;
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            (float >= 0.0 && float.fract() == 0.0 && float < 9e15).then_some(float as u64)
        }),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::lower::structural::tests::component;

    #[test]
    fn exclusive_bounds_are_flags_whichever_way_they_were_written() {
        for (schema, expected) in [
            (json!({"exclusiveMinimum": 1}), json!({"minimum": 1, "exclusiveMinimum": true})),
            (json!({"minimum": 1, "exclusiveMinimum": true}), json!({"minimum": 1, "exclusiveMinimum": true})),
            (json!({"minimum": 1, "exclusiveMinimum": false}), json!({"minimum": 1})),
            (json!({"exclusiveMaximum": true}), json!({})),
            (json!({"minimum": 5, "exclusiveMinimum": 1}), json!({"minimum": 5})),
            (json!({"maximum": 5, "exclusiveMaximum": 1}), json!({"maximum": 1, "exclusiveMaximum": true})),
            (json!({"maximum": "5", "multipleOf": 0}), json!({"maximum": 5})),
        ] {
            let (mut schema, mut expected) = (schema, expected);
            schema["type"] = "number".into();
            expected["type"] = "number".into();
            assert_eq!(component(&schema), expected, "{schema}");
        }
    }

    #[test]
    fn counts_are_whole() {
        let schema = json!({"type": "string", "minLength": 1.0, "maxLength": -1});
        assert_eq!(component(&schema), json!({"type": "string", "minLength": 1}));
    }
}
