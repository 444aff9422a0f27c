//! A value side by side with its schema: which places in it may change without notice, and how.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::document::{component, document, entries, escaped, items, resolve};

/// A place in a value.
#[derive(Clone, Debug)]
pub struct Place {
    /// Where it is.
    pub pointer: String,
    /// What it is.
    pub what: What,
    /// Whether it lies in a union told apart by nothing but its shape. What does not fit there is an unknown form.
    pub loose: bool,
}

/// What stands at a place.
#[derive(Clone, Debug)]
pub enum What {
    /// An object with named properties, among them those that the value has.
    Object(BTreeMap<String, Property>),
    /// One of several documented values.
    Enum,
    /// The value that tells the forms of a union apart.
    Tag,
    /// A single documented value that tells nothing apart.
    Constant,
    /// An id of one kind, with its prefix.
    Id(String),
    /// The id of a resource of one of several kinds.
    Kind,
}

/// A property of an object.
#[derive(Clone, Debug)]
pub struct Property {
    /// Whether it must be there.
    pub required: bool,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether it tells the forms of a union apart.
    pub tag: bool,
}

/// All places of a value that fits a schema.
pub fn places(schema: &'static Value, value: &Value) -> Vec<Place> {
    let mut places = Vec::new();
    walk(schema, value, "", Context::default(), &mut places);
    places
}

/// Whether a value fits a schema, as far as telling the forms of a union apart needs it.
pub fn fits(schema: &'static Value, value: &Value) -> bool {
    let schema = resolve(schema);
    let all = |key| items(schema, key).iter().all(|part| fits(part, value));
    let any = |key| items(schema, key).is_empty() || items(schema, key).iter().any(|part| fits(part, value));
    let of_type = match &schema["type"] {
        Value::String(name) => is_a(name, value),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(|name| is_a(name, value)),
        _ => true,
    };
    let listed = schema.get("const").is_none_or(|constant| constant == value)
        && (schema.get("enum").is_none() || items(schema, "enum").contains(value));
    let prefixed = match (prefix(schema), value) {
        (Some(prefix), Value::String(text)) => text.starts_with(&prefix),
        _ => true,
    };
    let shaped = match value {
        Value::Object(object) => fits_object(schema, object),
        Value::Array(list) => schema.get("items").is_none_or(|items| list.iter().all(|item| fits(items, item))),
        Value::String(text) if schema["format"] == "date-time" => {
            text.len() >= 20 && text.as_bytes().get(10) == Some(&b'T')
        }
        _ => true,
    };
    of_type && listed && prefixed && shaped && all("allOf") && any("oneOf") && any("anyOf")
}

/// The components that stand in requests alone: the service never sends them, so nothing new can turn up in them.
pub fn asked_only() -> BTreeSet<String> {
    let mut asked = BTreeSet::new();
    let mut sent = BTreeSet::new();
    for (_, methods) in entries(document(), "paths") {
        for (_, operation) in methods.as_object().into_iter().flatten() {
            reach(&operation["requestBody"], &mut asked);
            reach(&operation["responses"], &mut sent);
        }
    }
    reach(&document()["webhooks"], &mut sent);
    asked.difference(&sent).cloned().collect()
}

fn reach(value: &'static Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) if object.contains_key("$ref") => {
            let new = component(value).is_none_or(|name| into.insert(name.to_owned()));
            if new {
                reach(resolve(value), into);
            }
        }
        Value::Object(object) => {
            for (_, value) in object.iter().filter(|(key, _)| *key != "examples") {
                reach(value, into);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| reach(value, into)),
        _ => {}
    }
}

#[derive(Clone, Default)]
struct Context {
    tags: BTreeSet<String>,
    kinds: bool,
    loose: bool,
}

fn walk(schema: &'static Value, value: &Value, pointer: &str, context: Context, out: &mut Vec<Place>) {
    let leaves = leaves(schema);
    let mut context = context;
    if leaves.len() > 1 {
        let refers = |leaf: &Value| {
            let same = |other: &&Value| {
                *other != leaf && other["properties"]["id"]["pattern"] == leaf["properties"]["id"]["pattern"]
            };
            is_reference(leaf) && leaves.iter().any(same)
        };
        let forms: Vec<&'static Value> =
            leaves.iter().copied().filter(|leaf| !refers(leaf) && leaf["type"] != "null").collect();
        context.tags = tags(&forms);
        let kinds: BTreeSet<String> = leaves.iter().filter_map(|leaf| prefix(&leaf["properties"]["id"])).collect();
        context.kinds = kinds.len() > 1;
        context.loose |= forms.len() > 1
            && context.tags.is_empty()
            && !context.kinds
            && forms.iter().any(|form| form.get("properties").is_some());
    }
    let mut found = |what| out.push(Place { pointer: pointer.to_owned(), what, loose: context.loose });
    match value {
        Value::Array(list) => {
            let Some(leaf) = leaves.iter().find(|leaf| fits(leaf, value)) else { return };
            for (index, item) in list.iter().enumerate() {
                walk(&leaf["items"], item, &format!("{pointer}/{index}"), inside(&context), out);
            }
        }
        Value::Object(object) => {
            let Some(leaf) = leaves.iter().find(|leaf| fits(leaf, value)) else { return };
            walk_object(leaf, object, pointer, &context, out);
        }
        Value::String(_) | Value::Null => {
            let strings: Vec<&Value> = leaves.iter().copied().filter(|leaf| may_be("string", leaf)).collect();
            let listed = |leaf: &&Value| leaf.get("enum").is_some();
            let constant = |leaf: &&Value| leaf.get("const").is_some();
            if strings.iter().any(listed) || (strings.len() > 1 && strings.iter().any(constant)) {
                found(What::Enum);
            } else if strings.iter().any(constant) {
                found(What::Constant);
            } else if let (false, [leaf]) = (value.is_null(), strings.as_slice())
                && let Some(prefix) = prefix(leaf)
            {
                found(What::Id(prefix));
            }
        }
        _ => {}
    }
}

fn walk_object(
    leaf: &'static Value,
    object: &Map<String, Value>,
    pointer: &str,
    context: &Context,
    out: &mut Vec<Place>,
) {
    let mut properties = BTreeMap::new();
    let mut required = BTreeSet::new();
    let mut rest = None;
    let named = collect(leaf, &mut properties, &mut required, &mut rest);
    if named {
        let present = properties.iter().filter(|(name, _)| object.contains_key(**name));
        let property = |name: &str, schema: &'static Value| Property {
            required: required.contains(name),
            nullable: leaves(schema).iter().any(|leaf| may_be("null", leaf)),
            tag: context.tags.contains(name),
        };
        let present = present.map(|(name, schema)| ((*name).to_owned(), property(name, schema))).collect();
        out.push(Place { pointer: pointer.to_owned(), what: What::Object(present), loose: context.loose });
    }
    for (name, value) in object {
        let Some(schema) = properties.get(name.as_str()).copied().or(rest) else { continue };
        let pointer = format!("{pointer}/{}", escaped(name));
        if context.tags.contains(name) {
            out.push(Place { pointer, what: What::Tag, loose: context.loose });
        } else if context.kinds && name == "id" {
            out.push(Place { pointer, what: What::Kind, loose: context.loose });
        } else {
            walk(schema, value, &pointer, inside(context), out);
        }
    }
}

fn inside(context: &Context) -> Context {
    Context { loose: context.loose, ..Context::default() }
}

/// The properties of an object and of all its parts. Whether there are any to speak of; a map has none.
fn collect(
    schema: &'static Value,
    properties: &mut BTreeMap<&'static str, &'static Value>,
    required: &mut BTreeSet<&'static str>,
    rest: &mut Option<&'static Value>,
) -> bool {
    let schema = resolve(schema);
    let mut named = schema.get("properties").is_some();
    properties.extend(entries(schema, "properties").map(|(name, schema)| (name.as_str(), schema)));
    required.extend(items(schema, "required").iter().filter_map(Value::as_str));
    if let Some(additional @ Value::Object(_)) = schema.get("additionalProperties") {
        *rest = Some(additional);
    }
    for part in items(schema, "allOf") {
        named |= collect(part, properties, required, rest);
    }
    named
}

/// The forms that a schema comes down to, through references and unions.
fn leaves(schema: &'static Value) -> Vec<&'static Value> {
    let schema = resolve(schema);
    let branches = items(schema, "oneOf").iter().chain(items(schema, "anyOf"));
    let leaves: Vec<_> = branches.flat_map(leaves).collect();
    if leaves.is_empty() { vec![schema] } else { leaves }
}

/// The properties with a value of its own in each form.
fn tags(forms: &[&'static Value]) -> BTreeSet<String> {
    let Some((first, others)) = forms.split_first().filter(|(_, others)| !others.is_empty()) else {
        return BTreeSet::new();
    };
    let values = |form: &'static Value, name: &str| -> Option<BTreeSet<String>> {
        let schema = resolve(form["properties"].get(name)?);
        let values: Vec<&Value> = schema.get("const").into_iter().chain(items(schema, "enum")).collect();
        (!values.is_empty()).then(|| values.iter().map(ToString::to_string).collect())
    };
    let tells_apart = |name: &str| {
        let Some(mut seen) = values(first, name) else { return false };
        others.iter().all(|form| {
            values(form, name).is_some_and(|mut values| {
                let new = values.is_disjoint(&seen);
                seen.append(&mut values);
                new
            })
        })
    };
    entries(first, "properties").map(|(name, _)| name).filter(|name| tells_apart(name)).cloned().collect()
}

fn is_reference(leaf: &Value) -> bool {
    leaf["properties"].as_object().is_some_and(|properties| properties.len() == 1 && properties.contains_key("id"))
}

fn fits_object(schema: &'static Value, object: &Map<String, Value>) -> bool {
    let required = items(schema, "required").iter().filter_map(Value::as_str).all(|name| object.contains_key(name));
    let properties = &schema["properties"];
    let closed = schema["additionalProperties"] == false;
    let rest = schema.get("additionalProperties").filter(|rest| rest.is_object());
    required
        && object.iter().all(|(name, value)| match (properties.get(name), rest) {
            (Some(schema), _) | (None, Some(schema)) => fits(schema, value),
            (None, None) => !closed,
        })
}

/// `con_` of the pattern `^con_`.
fn prefix(schema: &Value) -> Option<String> {
    let prefix = schema.get("pattern")?.as_str()?.strip_prefix('^')?;
    let plain = prefix.ends_with('_') && prefix.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    plain.then(|| prefix.to_owned())
}

fn may_be(name: &str, schema: &Value) -> bool {
    match &schema["type"] {
        Value::String(one) => one == name,
        Value::Array(several) => several.iter().any(|one| one == name),
        _ => schema.get("const").is_some_and(|constant| is_a(name, constant)),
    }
}

fn is_a(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}
