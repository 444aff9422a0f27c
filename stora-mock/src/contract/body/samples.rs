//! Bodies made from schemas: right ones, and from these wrong ones with one fault each.

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::contract::Operation;
use crate::contract::body::pointer;

/// Texts of which one fits any pattern or format that bodies have.
const TEXTS: &[&str] = &[
    "A text with words",
    "token",
    "GB",
    "jo@example.com",
    "https://example.com/a",
    "2026-03-02T10:00:00Z",
    "con_0123456789abcdef",
    "ctpl_0123456789abcdef",
    "cpn_0123456789abcdef",
    "dstg_0123456789abcdef",
    "site_0123456789abcdef",
    "staff_0123456789abcdef",
    "utype_0123456789abcdef",
    "unit_0123456789abcdef",
    "plvl_0123456789abcdef",
    "prod_0123456789abcdef",
    "ten_0123456789abcdef",
    "inv_0123456789abcdef",
    "sub_0123456789abcdef",
    "tsrc_0123456789abcdef",
    "aetpl_0123456789abcdef",
    "https://0123456789/0123456789/0123456789/0123456789",
];

/// A body with one fault.
pub(super) struct Wrong {
    pub(super) body: Value,
    /// Where the fault is.
    pub(super) pointer: String,
    /// How what is said of it begins, after the place; empty if it is not known.
    pub(super) says: &'static str,
}

/// A schema with the definitions around it.
#[derive(Clone, Copy)]
pub(super) struct Schema<'a> {
    root: &'a Value,
    own: &'a Value,
}

impl<'a> Schema<'a> {
    pub(super) fn new(root: &'a Value) -> Self {
        Self { root, own: root }.resolved()
    }

    fn at(self, own: &'a Value) -> Self {
        Self { own, ..self }.resolved()
    }

    fn resolved(self) -> Self {
        match self.own.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.at(self.root.pointer(&reference[1..]).unwrap()),
            None => self,
        }
    }

    fn properties(self) -> Vec<(&'a String, Self)> {
        let properties = self.own.get("properties").and_then(Value::as_object);
        properties.into_iter().flatten().map(|(name, schema)| (name, self.at(schema))).collect()
    }

    fn branches(self) -> Vec<Self> {
        let branches = ["oneOf", "anyOf"].into_iter().find_map(|union| self.own.get(union)?.as_array());
        branches.into_iter().flatten().map(|schema| self.at(schema)).collect()
    }

    fn is(self, name: &str) -> bool {
        match &self.own["type"] {
            Value::Array(names) => names.iter().any(|known| known == name),
            one => one == name,
        }
    }

    fn validator(self) -> Validator {
        let mut schema = self.own.clone();
        if let Some(definitions) = self.root.get("$defs") {
            schema["$defs"] = definitions.clone();
        }
        jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
    }

    /// Values that are right and hold every property: one for each branch of each union.
    pub(super) fn right(self) -> Vec<Value> {
        let branches = self.branches();
        if !branches.is_empty() {
            return branches.into_iter().flat_map(Self::right).collect();
        }
        if let Some(constant) = self.own.get("const") {
            return vec![constant.clone()];
        }
        if let Some(values) = self.own.get("enum").and_then(Value::as_array) {
            return values.clone();
        }
        if self.is("object") { self.right_objects() } else { vec![self.right_plain()] }
    }

    fn right_plain(self) -> Value {
        if self.is("array") {
            return Value::Array(self.at(&self.own["items"]).right().into_iter().take(2).collect());
        }
        let plain = [json!(null), json!(true), json!(7)].into_iter();
        let mut plain = plain.chain(TEXTS.iter().map(|text| json!(text))).collect::<Vec<_>>();
        // Null is right in many places and tells little.
        plain.rotate_left(1);
        let validator = self.validator();
        let found = plain.iter().find(|value| validator.is_valid(value));
        found.unwrap_or_else(|| panic!("no sample for {}", self.own)).clone()
    }

    fn right_objects(self) -> Vec<Value> {
        let mut out = vec![Value::Object(Map::new())];
        for (name, schema) in self.properties() {
            let values = schema.right();
            // Each further value of a property makes one more object, not a product of all.
            let first = out[0].clone();
            let with = |object: &Value, value: &Value| {
                let mut object = object.clone();
                object[name] = value.clone();
                object
            };
            let mut objects: Vec<Value> = out.iter().map(|object| with(object, &values[0])).collect();
            objects.extend(values[1..].iter().map(|value| with(&first, value)));
            out = objects;
        }
        if self.own.get("additionalProperties").is_some_and(Value::is_object) {
            let value = self.at(&self.own["additionalProperties"]).right().swap_remove(0);
            out.iter_mut().for_each(|object| object["some.key"] = value.clone());
        }
        out
    }

    /// Wrong values made of a right one, with the pointers from `at`.
    pub(super) fn wrong(self, right: &Value, at: &str) -> Vec<Wrong> {
        let branches = self.branches();
        if !branches.is_empty() {
            return self.wrong_in_union(&branches, right, at);
        }
        let mut out = Vec::new();
        let mut add = |body: Value, pointer: String, says: &'static str| out.push(Wrong { body, pointer, says });
        for other in [json!(null), json!(true), json!(7.5), json!("\u{7}"), json!([[]]), json!({"\u{7}": 1})] {
            let is_right_type = match &other {
                Value::Null => self.is("null"),
                Value::Bool(_) => self.is("boolean"),
                Value::Number(_) => self.is("number"),
                Value::String(_) => self.is("string"),
                Value::Array(_) => self.is("array"),
                Value::Object(_) => self.is("object"),
            };
            if !is_right_type {
                add(other, at.to_owned(), "is not ");
            }
        }
        let number = |key: &str| self.own.get(key).and_then(Value::as_i64);
        match right {
            Value::String(_) => {
                let fixed = [("enum", "is not one of: "), ("const", "is not: ")];
                for (_, says) in fixed.into_iter().filter(|(keyword, _)| self.own.get(keyword).is_some()) {
                    add(json!("no such value"), at.to_owned(), says);
                }
                for (keyword, says) in [("pattern", "does not match pattern: "), ("format", "does not match format: ")]
                {
                    // That a text is a password restricts nothing.
                    if self.own.get(keyword).is_some_and(|rule| rule != "password") {
                        add(json!("\u{7} neither"), at.to_owned(), says);
                    }
                }
                if number("minLength").is_some_and(|least| least > 0) {
                    add(json!(""), at.to_owned(), "is less than: ");
                }
                if let Some(most) = number("maxLength") {
                    add(json!("ä".repeat(usize::try_from(most).unwrap() + 1)), at.to_owned(), "is greater than: ");
                }
            }
            Value::Number(_) => {
                if let Some(least) = number("minimum") {
                    add(json!(least - 1), at.to_owned(), "is less than: ");
                }
                for large in [json!(u64::MAX), json!(1e300), json!(9.3e18)] {
                    add(large, at.to_owned(), "is greater than: 9223372036854775807");
                }
            }
            Value::Array(items) => {
                if number("minItems").is_some_and(|least| least > 0) {
                    add(json!([]), at.to_owned(), "is less than: ");
                }
                if let Some(most) = number("maxItems") {
                    add(
                        vec![items[0].clone(); usize::try_from(most).unwrap() + 1].into(),
                        at.to_owned(),
                        "is greater than: ",
                    );
                }
                for (i, item) in items.iter().enumerate() {
                    for wrong in self.at(&self.own["items"]).wrong(item, &format!("{at}/{i}")) {
                        let mut items = items.clone();
                        items[i] = wrong.body;
                        add(items.into(), wrong.pointer, wrong.says);
                    }
                }
            }
            Value::Object(members) => out.extend(self.wrong_objects(members, at)),
            _ => {}
        }
        out
    }

    fn wrong_in_union(self, branches: &[Self], right: &Value, at: &str) -> Vec<Wrong> {
        let meant = branches.iter().find(|branch| branch.validator().is_valid(right)).unwrap();
        let wrong = meant.wrong(right, at).into_iter();
        // What is wrong in the branch may be right in another.
        let whole = self.validator();
        let mut wrong: Vec<Wrong> = wrong.filter(|wrong| !whole.is_valid(&wrong.body)).collect();
        for wrong in &mut wrong {
            // At the union itself another branch may have been meant, and a tag that none knows is said to be none of all.
            if wrong.pointer == at || wrong.says == "is not: " {
                wrong.says = "";
            }
        }
        wrong
    }

    fn wrong_objects(self, members: &Map<String, Value>, at: &str) -> Vec<Wrong> {
        let mut out = Vec::new();
        let required: Vec<&str> =
            self.own["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for name in &required {
            let mut object = members.clone();
            object.remove(*name);
            out.push(Wrong {
                body: object.into(),
                pointer: pointer(at, name),
                says: "is missing required properties: ",
            });
        }
        if self.own.get("additionalProperties") == Some(&json!(false)) {
            let mut object = members.clone();
            object.insert("no/such~property".to_owned(), json!(1));
            let pointer = pointer(at, "no/such~property");
            out.push(Wrong { body: object.into(), pointer, says: "is a disallowed additional property" });
        }
        if self.own.get("propertyNames").is_some() {
            for key in ["", "Upper", "white space", "a/b~c", &"k".repeat(41)] {
                let mut object = members.clone();
                object.insert(key.to_owned(), json!("value"));
                out.push(Wrong { body: object.into(), pointer: pointer(at, key), says: "does not match pattern: " });
            }
        }
        if let Some(most) = self.own.get("maxProperties").and_then(Value::as_u64) {
            let object: Map<String, Value> = (0..=most).map(|i| (format!("key{i}"), json!("value"))).collect();
            out.push(Wrong { body: object.into(), pointer: at.to_owned(), says: "has more than " });
        }
        if self.own.get("minProperties").is_some() {
            out.push(Wrong { body: json!({}), pointer: at.to_owned(), says: "has fewer than " });
        }
        let named = self.properties().into_iter().map(|(name, schema)| (name.as_str(), schema));
        let of_any_name = self.own.get("additionalProperties").filter(|schema| schema.is_object());
        for (name, schema) in named.chain(of_any_name.map(|schema| ("some.key", self.at(schema)))) {
            for wrong in schema.wrong(&members[name], &pointer(at, name)) {
                let mut object = members.clone();
                object.insert(name.to_owned(), wrong.body);
                out.push(Wrong { body: object.into(), ..wrong });
            }
        }
        out
    }
}

/// The examples that the document gives for the body of an operation, by name.
pub(super) fn examples(operation: &Operation) -> Vec<(String, Value)> {
    let document: Value = serde_json::from_str(crate::contract::DOCUMENT).unwrap();
    let method = operation.method.as_str().to_lowercase();
    let examples = document["paths"][operation.path][&method]["requestBody"]["content"]["application/json"]["examples"]
        .as_object();
    examples.into_iter().flatten().map(|(name, example)| (name.clone(), example["value"].clone())).collect()
}
