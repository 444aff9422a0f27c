//! Bodies with one fault each, made from a schema and a body that keeps to it.

use conformance::answers;
use conformance::document::{entries, escaped, items, resolve};
use conformance::json::{with, without};
use serde_json::{Map, Value, json};

use crate::samples::{body_schema, branches, prefixes, types};

/// A body with one fault.
#[derive(Debug)]
pub(crate) struct Case {
    /// What is wrong with it.
    pub(crate) fault: String,
    /// The body.
    pub(crate) body: Value,
    /// Where the fault is.
    pub(crate) pointer: String,
    /// Where the union begins that has the fault in a branch which nothing but its properties tells from the others: the whole
    /// may be called wrong there.
    pub(crate) union: Option<String>,
}

/// Every fault that a body can be given so that it breaks the schema of its operation.
pub(crate) fn broken(operation: &str, sample: &Value) -> Vec<Case> {
    let Some(schema) = body_schema(operation) else { return Vec::new() };
    let mut walk = Walk { operation, sample, cases: Vec::new() };
    walk.at("", schema, sample, None);
    walk.cases
}

/// A body with an id that no record has, for each id in a body.
pub(crate) fn unknown_ids(operation: &str, sample: &Value) -> Vec<Case> {
    let Some(schema) = body_schema(operation) else { return Vec::new() };
    let mut walk = Walk { operation, sample, cases: Vec::new() };
    walk.ids("", schema, sample);
    walk.cases
}

struct Walk<'a> {
    operation: &'a str,
    sample: &'a Value,
    cases: Vec<Case>,
}

impl Walk<'_> {
    fn at(&mut self, pointer: &str, schema: &'static Value, value: &Value, union: Option<&str>) {
        let schema = resolve(schema);
        let branches = branches(schema);
        if !branches.is_empty() {
            let Some(branch) = branches.iter().copied().find(|branch| fits(branch, value)) else { return };
            let is_tagged =
                entries(resolve(branch), "properties").any(|(_, schema)| resolve(schema).get("const").is_some());
            self.wrong_types(pointer, schema, union);
            return self.at(pointer, branch, value, if is_tagged { union } else { Some(union.unwrap_or(pointer)) });
        }
        self.wrong_types(pointer, schema, union);
        match value {
            Value::Object(object) => self.object(pointer, schema, object, union),
            Value::Array(list) => self.list(pointer, schema, list, union),
            Value::String(_) => self.text(pointer, schema, union),
            Value::Number(_) => self.number(pointer, schema, union),
            Value::Bool(_) | Value::Null => {}
        }
    }

    fn object(&mut self, pointer: &str, schema: &'static Value, object: &Map<String, Value>, union: Option<&str>) {
        for name in items(schema, "required").iter().filter_map(Value::as_str) {
            let body = without(self.sample, pointer, name);
            self.add(&format!("`{name}` is missing"), body, join(pointer, name), union);
        }
        if schema["additionalProperties"] == false {
            let body = self.inserted(pointer, object, "surprise", json!(1));
            self.add("a property too many", body, join(pointer, "surprise"), union);
        }
        if schema.get("minProperties").is_some() {
            self.put(pointer, json!({}), "too few properties", union);
        }
        if let Some(most) = schema["maxProperties"].as_u64() {
            let many: Map<String, Value> = (0..=most).map(|i| (format!("key{i}"), json!("value"))).collect();
            self.put(pointer, many.into(), "too many properties", union);
        }
        if schema.get("propertyNames").is_some() {
            for name in ["UPPER", "", "a/b~c", "a b", &"k".repeat(41)] {
                let body = self.inserted(pointer, object, name, json!("value"));
                self.add(&format!("the name {name:?}"), body, join(pointer, name), union);
            }
        }
        for (name, value) in object {
            let below = schema["properties"].get(name).or_else(|| schema.get("additionalProperties"));
            if let Some(below) = below.filter(|below| below.is_object()) {
                self.at(&join(pointer, name), below, value, union);
            }
        }
    }

    fn list(&mut self, pointer: &str, schema: &'static Value, list: &[Value], union: Option<&str>) {
        if schema["minItems"].as_u64().is_some_and(|least| least > 0) {
            self.put(pointer, json!([]), "no items", union);
        }
        if let Some(most) = schema["maxItems"].as_u64() {
            let many: Value = list.iter().cycle().take(most as usize + 1).cloned().collect();
            self.put(pointer, many, "too many items", union);
        }
        for (index, item) in list.iter().enumerate() {
            self.at(&format!("{pointer}/{index}"), &schema["items"], item, union);
        }
    }

    fn text(&mut self, pointer: &str, schema: &'static Value, union: Option<&str>) {
        let bad = [
            "",
            "Not A Word!",
            "nope_1",
            "no such value",
            "2026-03-20",
            "now ",
            "ftp://x",
            "http://a b",
            "@",
            "a@",
            "gb",
            "ABC",
        ];
        for text in bad {
            self.put(pointer, text.into(), &format!("the text {text:?}"), union);
        }
        if let Some(most) = schema["maxLength"].as_u64() {
            self.put(pointer, "é".repeat(most as usize + 1).into(), "a text too long", union);
        }
        if let Some(least) = schema["minLength"].as_u64().filter(|least| *least > 1) {
            self.put(pointer, "x".repeat(least as usize - 1).into(), "a text too short", union);
        }
    }

    fn number(&mut self, pointer: &str, schema: &'static Value, union: Option<&str>) {
        for bound in ["minimum", "maximum"] {
            if let Some(bound) = schema[bound].as_i64() {
                for beyond in [bound - 1, bound + 1] {
                    self.put(pointer, beyond.into(), &format!("the number {beyond}"), union);
                }
            }
        }
        self.put(pointer, json!(i64::MIN), "the least number", union);
    }

    fn wrong_types(&mut self, pointer: &str, schema: &Value, union: Option<&str>) {
        let others = [
            json!(null),
            json!(true),
            json!(7),
            json!(1.5),
            json!("text"),
            json!([]),
            json!({}),
            json!([[]]),
            json!({"a": 1}),
        ];
        for other in others {
            if types(schema).is_empty() || !is_of(&other, &types(schema)) {
                // An object may be told of by what it lacks or has too many.
                let union = if other.is_object() { Some(union.unwrap_or(pointer)) } else { union };
                self.put(pointer, other.clone(), &format!("the value {other}"), union);
            }
        }
    }

    fn ids(&mut self, pointer: &str, schema: &'static Value, value: &Value) {
        let schema = resolve(schema);
        if let Some(branch) = branches(schema).into_iter().find(|branch| fits(branch, value)) {
            return self.ids(pointer, branch, value);
        }
        match value {
            Value::Object(object) => {
                for (name, value) in object {
                    let below = schema["properties"].get(name).or_else(|| schema.get("additionalProperties"));
                    if let Some(below) = below.filter(|below| below.is_object()) {
                        self.ids(&join(pointer, name), below, value);
                    }
                }
            }
            Value::Array(list) => {
                for (index, item) in list.iter().enumerate() {
                    self.ids(&format!("{pointer}/{index}"), &schema["items"], item);
                }
            }
            Value::String(_) => {
                for prefix in prefixes(schema) {
                    for rest in ["ffffffffffffffff", "", "x", "FFFFFFFFFFFFFFFF", "ffffffffffffffff0"] {
                        let id = format!("{prefix}{rest}");
                        let body = with(self.sample, pointer, id.clone().into());
                        let fault = format!("the unknown id {id:?} at {pointer}");
                        self.cases.push(Case { fault, body, pointer: pointer.to_owned(), union: None });
                    }
                }
            }
            _ => {}
        }
    }

    fn inserted(&self, pointer: &str, object: &Map<String, Value>, name: &str, value: Value) -> Value {
        let mut object = object.clone();
        object.insert(name.to_owned(), value);
        with(self.sample, pointer, object.into())
    }

    fn put(&mut self, pointer: &str, value: Value, fault: &str, union: Option<&str>) {
        let body = with(self.sample, pointer, value);
        self.add(fault, body, pointer.to_owned(), union);
    }

    /// Keeps a body unless the document allows it.
    fn add(&mut self, fault: &str, body: Value, pointer: String, union: Option<&str>) {
        if !answers::is_request(self.operation, &body) {
            let fault = format!("{fault} at {pointer}");
            self.cases.push(Case { fault, body, pointer, union: union.map(str::to_owned) });
        }
    }
}

impl Case {
    /// Whether pointers tell of the fault: of the value itself, or of the union it is in.
    pub(crate) fn is_told(&self, pointers: &[String]) -> bool {
        let is_inside = |found: &String, union: &String| {
            self.pointer.starts_with(union.as_str()) && found.starts_with(union.as_str())
        };
        pointers
            .iter()
            .any(|found| *found == self.pointer || self.union.as_ref().is_some_and(|union| is_inside(found, union)))
    }
}

/// Whether a value is meant for a branch: it has the same tag, or else keeps to the branch.
fn fits(branch: &'static Value, value: &Value) -> bool {
    let branch = resolve(branch);
    match value {
        Value::Object(object) => {
            let mut tags =
                entries(branch, "properties").filter_map(|(name, schema)| Some((name, resolve(schema).get("const")?)));
            let has_tags = tags.all(|(name, tag)| object.get(name) == Some(tag));
            has_tags
                && object
                    .keys()
                    .all(|name| branch["properties"].get(name).is_some() || branch["additionalProperties"] != false)
        }
        _ => is_of(value, &types(branch)) && branch.get("const").is_none_or(|only| only == value),
    }
}

fn is_of(value: &Value, types: &[&str]) -> bool {
    let name = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    types.contains(&name) || (name == "integer" && types.contains(&"number"))
}

fn join(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", escaped(name))
}
