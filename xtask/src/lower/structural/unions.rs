//! One keyword for unions, `oneOf`, with at least two branches that differ. Without it `anyOf` would be a second kind
//! of union, a choice of one a union of its own, and an enum spread over branches a union of types that look alike.

use serde_json::Value;

use super::{
    Report,
    schemas::{self, Object},
};

pub(super) fn pass(root: &mut Value, report: &mut Report) {
    schemas::children_first(root, &mut |schema, at| {
        if let Value::Object(schema) = schema {
            unify(schema);
            if schema.contains_key("oneOf") && !has_structure(schema) {
                tidy(schema, at, report);
            }
        }
    });
}

/// Whether a schema with a union also says something beside it that its variants must take over.
pub(super) fn has_structure(schema: &Object) -> bool {
    schema
        .keys()
        .any(|keyword| !matches!(keyword.as_str(), "oneOf" | "discriminator") && !schemas::is_annotation(keyword))
}

/// Brings a union without anything beside it into its simplest form, which may be no union.
pub(super) fn tidy(schema: &mut Object, at: &str, report: &mut Report) {
    let Some(Value::Array(branches)) = schema.remove("oneOf") else { return };
    let mut flat = Vec::new();
    let mut nullable = schemas::is_true(schema, "nullable");
    flatten(branches, &mut flat, &mut nullable);
    let some = flat.iter().any(|branch| !is_never(branch));
    flat.retain(|branch| !(some && is_never(branch)));
    if nullable {
        schema.insert("nullable".to_owned(), Value::Bool(true));
    }
    if flat.len() > 1 && flat.iter().any(is_any) {
        report.widen(at, "one of the alternatives is any value; any value is accepted");
        schema.remove("discriminator");
        return;
    }
    let flat = join_strings(flat);
    let flat = join_integers(flat);
    let mut seen = std::collections::HashSet::new();
    let mut flat: Vec<Value> = flat.into_iter().filter(|branch| seen.insert(signature(branch))).collect();
    if flat.len() > 1 {
        schema.insert("oneOf".to_owned(), Value::Array(flat));
        return;
    }
    schema.remove("discriminator");
    if let Some(Value::Object(only)) = flat.pop() {
        for (keyword, value) in only {
            schema.entry(keyword).or_insert(value);
        }
    }
}

/// `anyOf` is read as `oneOf`: which of several that fit is meant, no type can say.
fn unify(schema: &mut Object) {
    for keyword in ["oneOf", "anyOf"] {
        if schema.contains_key(keyword) && schemas::list(schema, keyword).is_empty() {
            schema.remove(keyword);
        }
    }
    if let Some(any_of) = schema.remove("anyOf") {
        if schema.contains_key("oneOf") {
            merge_in(schema, schemas::object([("oneOf", any_of)]));
        } else {
            schema.insert("oneOf".to_owned(), any_of);
        }
    }
    if !schema.contains_key("oneOf") {
        return;
    }
    // Values without a type beside a union narrow it in a way that no type shows.
    if schema.contains_key("enum") && !schema.contains_key("type") {
        schema.remove("enum");
    }
    let structure = schema.keys().filter(|keyword| !schemas::is_annotation(keyword));
    let slight = structure.clone().all(|keyword| {
        matches!(keyword.as_str(), "oneOf" | "discriminator" | "type" | "format") || schemas::is_constraint(keyword)
    });
    if slight {
        schema.retain(|keyword, _| {
            schemas::is_annotation(keyword) || matches!(keyword.as_str(), "oneOf" | "discriminator")
        });
    } else if schemas::list(schema, "oneOf").len() == 1
        && let Some(Value::Array(mut branches)) = schema.remove("oneOf")
        && let Some(only) = branches.pop()
    {
        merge_in(schema, only);
    }
}

fn merge_in(schema: &mut Object, branch: Value) {
    let all_of = schema.entry("allOf").or_insert_with(|| Value::Array(Vec::new()));
    match all_of {
        Value::Array(branches) => branches.push(branch),
        other => *other = Value::Array(vec![branch]),
    }
}

/// A union inside a union, with no tag of its own, only adds its branches.
fn flatten(branches: Vec<Value>, flat: &mut Vec<Value>, nullable: &mut bool) {
    for branch in branches {
        let Value::Object(mut branch) = branch else { continue };
        if schemas::is_true(&branch, "nullable") {
            branch.remove("nullable");
            *nullable = true;
        }
        let plain = branch.contains_key("oneOf") && !branch.contains_key("discriminator") && !has_structure(&branch);
        match branch.remove("oneOf") {
            Some(Value::Array(inner)) if plain => flatten(inner, flat, nullable),
            Some(inner) => {
                branch.insert("oneOf".to_owned(), inner);
                flat.push(Value::Object(branch));
            }
            None => flat.push(Value::Object(branch)),
        }
    }
}

fn is_any(branch: &Value) -> bool {
    branch.as_object().is_some_and(|branch| branch.keys().all(|keyword| schemas::is_annotation(keyword)))
}

fn is_never(branch: &Value) -> bool {
    branch.as_object().is_some_and(|branch| schemas::is_true(branch, "x-never"))
}

/// Strings without a format are told apart by their values at most: together they are one string, with the values of
/// all; an open enum when some of them are not listed.
fn join_strings(branches: Vec<Value>) -> Vec<Value> {
    let (strings, mut rest): (Vec<_>, Vec<_>) =
        branches.into_iter().enumerate().partition(|(_, branch)| is_plain(branch, "string"));
    let bare = strings
        .iter()
        .filter_map(|(_, branch)| branch.as_object())
        .any(|branch| schemas::list(branch, "enum").is_empty() || schemas::is_true(branch, "x-open-enum"));
    let Some((index, first)) = strings.first().cloned() else { return unnumbered(rest) };
    if strings.len() == 1 {
        rest.insert(index.min(rest.len()), (index, first));
        return unnumbered(rest);
    }
    let mut joined = Object::new();
    joined.insert("type".to_owned(), "string".into());
    let mut values: Vec<Value> = Vec::new();
    let mut described = Object::new();
    for branch in strings.iter().filter_map(|(_, branch)| branch.as_object()) {
        let own = schemas::list(branch, "enum");
        let text = ["description", "title"].iter().find_map(|keyword| branch.get(*keyword));
        if let ([Value::String(only)], Some(text)) = (own, text) {
            described.insert(only.clone(), text.clone());
        }
        if let Some(Value::Object(earlier)) = branch.get("x-enum-descriptions") {
            described.extend(earlier.clone());
        }
        values.extend(own.iter().cloned());
    }
    let mut seen = std::collections::HashSet::new();
    values.retain(|value| seen.insert(value.to_string()));
    // The empty string beside any string is how a value is cleared, no value of its own.
    if !(bare && values.iter().all(|value| value == "")) {
        joined.insert("enum".to_owned(), Value::Array(values));
        if bare {
            joined.insert("x-open-enum".to_owned(), Value::Bool(true));
        }
        if !described.is_empty() {
            joined.insert("x-enum-descriptions".to_owned(), Value::Object(described));
        }
    }
    rest.push((index, Value::Object(joined)));
    rest.sort_by_key(|(index, _)| *index);
    unnumbered(rest)
}

fn join_integers(branches: Vec<Value>) -> Vec<Value> {
    let has_values = |branch: &Value| {
        is_plain(branch, "integer")
            && branch.as_object().is_some_and(|branch| !schemas::list(branch, "enum").is_empty())
    };
    if branches.iter().filter(|branch| has_values(branch)).count() < 2 {
        return branches;
    }
    let mut joined: Vec<Value> = Vec::new();
    let mut place = None;
    let mut out = Vec::new();
    for branch in branches {
        if has_values(&branch) {
            if place.is_none() {
                place = Some(out.len());
                out.push(Value::Null);
            }
            for value in branch.as_object().map_or(&[][..], |branch| schemas::list(branch, "enum")) {
                if !joined.contains(value) {
                    joined.push(value.clone());
                }
            }
        } else {
            out.push(branch);
        }
    }
    if let Some(slot) = place.and_then(|place| out.get_mut(place)) {
        *slot = schemas::object([("type", "integer".into()), ("enum", Value::Array(joined))]);
    }
    out
}

fn unnumbered(branches: Vec<(usize, Value)>) -> Vec<Value> {
    branches.into_iter().map(|(_, branch)| branch).collect()
}

fn is_plain(branch: &Value, name: &str) -> bool {
    branch.get("type").is_some_and(|own| own == name) && branch.get("format").is_none() && branch.get("oneOf").is_none()
}

/// What a branch is, whatever is said about it.
fn signature(branch: &Value) -> String {
    let mut branch = branch.clone();
    if let Value::Object(branch) = &mut branch {
        branch.retain(|keyword, _| !schemas::is_annotation(keyword));
        if matches!(branch.get("type").and_then(Value::as_str), Some("integer" | "number")) {
            branch.retain(|keyword, _| !schemas::is_constraint(keyword));
        }
    }
    branch.sort_all_objects();
    branch.to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::lower::structural::tests::{component, widened};

    #[test]
    fn unions_are_one_of_with_at_least_two_branches() {
        let base = json!({"$ref": "#/components/schemas/Base"});
        let other = json!({"$ref": "#/components/schemas/Other"});
        for (schema, expected) in [
            (json!({"anyOf": [base, other]}), json!({"oneOf": [base, other]})),
            (
                json!({"anyOf": [base], "description": "d"}),
                json!({"$ref": "#/components/schemas/Base", "description": "d"}),
            ),
            (json!({"oneOf": [base, base]}), base.clone()),
            (
                json!({"oneOf": [base, {"anyOf": [other, {"type": "boolean"}]}]}),
                json!({"oneOf": [base, other, {"type": "boolean"}]}),
            ),
            (
                json!({"oneOf": [base, {"oneOf": [other, {"type": "null"}]}]}),
                json!({"oneOf": [base, other], "nullable": true}),
            ),
            (json!({"oneOf": []}), json!({})),
            (json!({"oneOf": [base, false]}), base.clone()),
            (json!({"type": "object", "oneOf": [base, other]}), json!({"oneOf": [base, other]})),
            (
                json!({"oneOf": [{"type": "integer", "minimum": 1}, {"type": "integer"}]}),
                json!({"type": "integer", "minimum": 1}),
            ),
            (json!({"oneOf": [{"const": 1}, {"const": 2}]}), json!({"type": "integer", "enum": [1, 2]})),
        ] {
            assert_eq!(component(&schema), expected, "{schema}");
        }
    }

    #[test]
    fn enums_spread_over_branches_are_one_enum() {
        for (schema, expected) in [
            (
                json!({"oneOf": [{"const": "a", "title": "A"}, {"const": "b", "description": "B"}]}),
                json!({"type": "string", "enum": ["a", "b"], "x-enum-descriptions": {"a": "A", "b": "B"}}),
            ),
            (
                json!({"anyOf": [{"enum": ["a"]}, {"type": "string"}]}),
                json!({"type": "string", "enum": ["a"], "x-open-enum": true}),
            ),
            (json!({"anyOf": [{"type": "string", "maxLength": 5}, {"enum": [""]}]}), json!({"type": "string"})),
            (
                json!({"anyOf": [{"enum": ["a"]}, {"type": "integer"}, {"enum": ["b", "a"]}]}),
                json!({"oneOf": [{"type": "string", "enum": ["a", "b"]}, {"type": "integer"}]}),
            ),
            (
                json!({"oneOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}),
                json!({"oneOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}),
            ),
        ] {
            assert_eq!(component(&schema), expected, "{schema}");
        }
    }

    #[test]
    fn a_union_with_any_value_is_any_value_and_reported() {
        let schema = json!({"oneOf": [{"$ref": "#/components/schemas/Base"}, {}]});
        assert_eq!(component(&schema), json!({}));
        assert_eq!(widened(&schema), ["/components/schemas/T"]);
    }
}
