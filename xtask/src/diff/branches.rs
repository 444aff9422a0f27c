//! Unions as they are written: null taken out, unions in unions spread out, lists of values recognised.

use serde_json::Value;

use super::docs;
use super::source::{At, Place, Seen, Source};
use super::types::Types;
use super::view::{Part, SKIP_ALL_OF, SKIP_ANY_OF, SKIP_ONE_OF, SKIP_REF};

/// The schema that says what `part` is, behind references and unions with nothing but null.
pub(super) fn base_of<'a>(source: &Source<'a>, part: &Part<'a>) -> Place<'a> {
    let mut part = part.clone();
    let mut seen = Seen::default();
    while seen.insert(part.at.address()) {
        let at = &part.at;
        let next = if let Some(target) = at.text("$ref").filter(|_| part.skip & SKIP_REF == 0) {
            source.reference(target)
        } else if let Some(member) = at.get("allOf").filter(|_| part.skip & SKIP_ALL_OF == 0) {
            let mut members = member.elements();
            members.next().filter(|_| members.next().is_none())
        } else {
            [("oneOf", SKIP_ONE_OF), ("anyOf", SKIP_ANY_OF)].into_iter().find_map(|(key, bit)| {
                let union = at.get(key).filter(|_| part.skip & bit == 0)?;
                let (mut all, _) = branches(source, &union);
                if all.len() == 1 { all.pop().map(|sole| sole.at) } else { None }
            })
        };
        match next {
            Some(next) => part = Part::new(source, next),
            None => break,
        }
    }
    part.at.place
}

/// The branches of a union without those that are nothing but null, unions in unions spread out; and whether null is
/// among its values, if any branch says so.
pub(super) fn branches<'a>(source: &Source<'a>, union: &At<'a>) -> (Vec<Part<'a>>, Option<bool>) {
    let mut found = Vec::new();
    let mut null = None;
    let mut seen = Seen::default();
    let mut stack: Vec<At<'a>> = union.elements().rev().collect();
    while let Some(at) = stack.pop() {
        let part = Part::new(source, at);
        if !seen.insert(part.at.address()) {
            continue;
        }
        if is_null(part.at.value) {
            null = Some(true);
            continue;
        }
        if let Some(inner) = pure_union(&part.at) {
            stack.extend(inner.elements().rev());
            continue;
        }
        found.push(part);
    }
    if found.len() > 1 && null.is_none() {
        let said: Vec<Option<bool>> = found.iter().map(|part| nullability(source, part)).collect();
        if said.contains(&Some(true)) {
            null = Some(true);
        } else if said.iter().all(Option::is_some) {
            null = Some(false);
        }
    }
    (found, null)
}

/// The values of a union whose branches list values and say nothing else: another spelling of one enum.
pub(super) fn all_values<'a>(branches: &[Part<'a>]) -> Option<Vec<&'a Value>> {
    let mut values = Vec::new();
    for branch in branches {
        let object = branch.at.value.as_object()?;
        let plain = |name: &str| {
            matches!(name, "const" | "enum" | "type" | "nullable")
                || docs::is_documentation(name)
                || name.starts_with("x-")
        };
        if !object.keys().all(|name| plain(name)) {
            return None;
        }
        match (object.get("const"), object.get("enum").and_then(Value::as_array)) {
            (Some(value), _) => values.push(value),
            (None, Some(listed)) => values.extend(listed),
            (None, None) => return None,
        }
    }
    (!values.is_empty()).then_some(values)
}

/// A union that says nothing besides, which is the same as its branches one level up.
fn pure_union<'a>(at: &At<'a>) -> Option<At<'a>> {
    let object = at.value.as_object()?;
    let key = if object.contains_key("oneOf") { "oneOf" } else { "anyOf" };
    let silent = |name: &str| name == key || docs::is_documentation(name) || name.starts_with("x-");
    let pure = object.keys().all(|name| silent(name));
    at.get(key).filter(|union| pure && union.value.is_array())
}

fn is_null(value: &Value) -> bool {
    let Some(object) = value.as_object() else { return false };
    let only_null =
        |values: &Value| values.as_array().is_some_and(|all| !all.is_empty() && all.iter().all(Value::is_null));
    match object.get("type") {
        Some(Value::String(word)) => word == "null",
        Some(Value::Array(words)) => words.len() == 1 && words[0] == "null",
        _ => object.get("const").is_some_and(Value::is_null) || object.get("enum").is_some_and(only_null),
    }
}

/// Whether null is a value of `part`, if the outermost schema with an opinion can be found without effort.
fn nullability<'a>(source: &Source<'a>, part: &Part<'a>) -> Option<bool> {
    let mut at = part.at.clone();
    let mut seen = Seen::default();
    while seen.insert(at.address()) {
        let object = at.value.as_object()?;
        let nullable = object.get("nullable") == Some(&Value::Bool(true));
        if let Some(types) = object.get("type").and_then(Types::of_keyword) {
            return Some(types.holds(Types::NULL) || nullable);
        }
        if nullable {
            return Some(true);
        }
        if let Some(values) = object.get("enum").and_then(Value::as_array) {
            return Some(values.iter().any(Value::is_null));
        }
        if object.contains_key("const") || object.contains_key("properties") {
            return Some(false);
        }
        let target = at.text("$ref").and_then(|text| source.reference(text));
        at = target.or_else(|| at.get("allOf")?.elements().next())?;
    }
    None
}
