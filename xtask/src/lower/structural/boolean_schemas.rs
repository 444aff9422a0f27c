//! `true`, `false` and what is no schema at all become objects. Without it every later pass would have to expect a
//! schema without keywords.

use serde_json::Value;

use super::{Report, schemas};

pub(super) fn pass(root: &mut Value, report: &mut Report) {
    schemas::parents_first(root, &mut |schema, at| match schema {
        Value::Object(_) => {}
        Value::Bool(true) => *schema = schemas::object([]),
        Value::Bool(false) => *schema = schemas::object([("x-never", Value::Bool(true))]),
        _ => {
            report.widen(at, "this is no schema; any value is accepted");
            *schema = schemas::object([]);
        }
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::lower::structural::tests::{component, widened};

    #[test]
    fn true_is_any_value_and_false_is_none() {
        let lowered = component(&json!({"properties": {"a": true, "b": false}, "additionalProperties": false}));
        assert_eq!(
            lowered,
            json!({"type": "object", "properties": {"a": {}, "b": {"x-never": true}}, "additionalProperties": false})
        );
    }

    #[test]
    fn what_is_no_schema_is_any_value_and_reported() {
        assert_eq!(component(&json!({"type": "array", "items": 7})), json!({"type": "array", "items": {}}));
        assert_eq!(widened(&json!({"type": "array", "items": 7})), ["/components/schemas/T/items"]);
    }
}
