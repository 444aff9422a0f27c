//! Arrays say what they hold: lists have `items`, tuples have `x-tuple`. Without it a tuple would be a list of any
//! values, and a list without `items` does not parse as 3.0.

use serde_json::Value;

use super::{
    Report,
    schemas::{self, Object},
};

pub(super) fn pass(root: &mut Value, _report: &mut Report) {
    schemas::parents_first(root, &mut |schema, _| {
        if let Value::Object(schema) = schema
            && schema.get("type") == Some(&Value::String("array".to_owned()))
        {
            settle(schema);
        }
    });
}

fn settle(schema: &mut Object) {
    let mut rest = schema.remove("items");
    let mut tuple = schema.remove("prefixItems").or_else(|| schema.remove("x-tuple"));
    if rest.as_ref().is_some_and(Value::is_array) {
        tuple = tuple.or_else(|| rest.take());
        rest = schema.remove("additionalItems");
    }
    match tuple {
        Some(Value::Array(tuple)) if !tuple.is_empty() => {
            schema.insert("x-tuple".to_owned(), Value::Array(tuple));
            if let Some(rest) =
                rest.filter(|rest| rest.as_object().is_some_and(|rest| !schemas::is_true(rest, "x-never")))
            {
                schema.insert("items".to_owned(), rest);
            }
        }
        _ => {
            let items = rest.filter(Value::is_object).unwrap_or_else(|| schemas::object([]));
            schema.insert("items".to_owned(), items);
        }
    }
    if schema.get("uniqueItems").is_some_and(|unique| !unique.is_boolean()) {
        schema.remove("uniqueItems");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::lower::structural::tests::component;

    #[test]
    fn lists_have_items_and_tuples_their_elements() {
        let (a, b) = (json!({"type": "string"}), json!({"type": "boolean"}));
        for (schema, expected) in [
            (json!({}), json!({"items": {}})),
            (json!({"items": a}), json!({"items": a})),
            (json!({"prefixItems": [a, b], "items": false}), json!({"x-tuple": [a, b]})),
            (json!({"prefixItems": [a], "items": b}), json!({"x-tuple": [a], "items": b})),
            (json!({"items": [a, b]}), json!({"x-tuple": [a, b]})),
            (json!({"items": [a], "additionalItems": b}), json!({"x-tuple": [a], "items": b})),
            (json!({"items": []}), json!({"items": {}})),
        ] {
            let (mut schema, mut expected) = (schema, expected);
            schema["type"] = "array".into();
            expected["type"] = "array".into();
            assert_eq!(component(&schema), expected, "{schema}");
        }
    }
}
