//! String enums: one type per set of values, open at the end.
//!
//! Unlowered, every place that lists the same values has an enum type of its own, and a value that is new on the server
//! cannot be decoded. Afterwards each set of values is one component, and the places refer to it. Its name comes from
//! the property it stands in where that says enough, else from what the places have in common.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{children_mut, flag, operations_mut, reference, schemas, schemas_mut, target, text};
use crate::lower::Report;
use crate::lower::names::{Unique, common_words, pascal, singular, type_name, words};

/// Words too general to name a type by themselves.
const GENERAL: &[&str] = &[
    "type",
    "status",
    "state",
    "kind",
    "source",
    "reason",
    "code",
    "name",
    "value",
    "values",
    "format",
    "mode",
    "level",
    "role",
    "category",
    "duration",
    "action",
    "event",
    "expand",
    "include",
    "fields",
    "sort",
    "order",
    "filter",
    "result",
    "option",
    "error",
    "key",
    "object",
    "method",
    "class",
    "scope",
    "size",
    "color",
    "language",
    "visibility",
];

/// The pass.
pub fn run(root: &mut Value, _report: &mut Report) {
    let mut sets = Sets::default();
    for (name, schema) in schemas(root).into_iter().flatten() {
        // A component that is an enum already is the type of its set.
        if let Some(values) = values(schema) {
            sets.named.entry(values).or_insert_with(|| name.clone());
        }
    }
    for (name, schema) in schemas_mut(root) {
        let owner = Owner { name: pascal(name), weight: u8::from(schema.get("x-pointer").is_some()) };
        sets.note_children(schema, &owner, name);
    }
    for operation in operations_mut(root, "paths") {
        let id = pascal(text(operation.value, "operationId").unwrap_or(&operation.path));
        for parameter in operation.value.get("parameters").and_then(Value::as_array).into_iter().flatten() {
            let name = text(parameter, "name").unwrap_or_default();
            if let Some(mut schema) = parameter.get("schema").cloned() {
                sets.note(&mut schema, &Owner { name: id.clone(), weight: 0 }, name);
            }
        }
    }
    let names = sets.names(root);
    for (_, schema) in schemas_mut(root) {
        replace_children(schema, &names);
    }
    for section in ["paths", "webhooks"] {
        for operation in operations_mut(root, section) {
            super::operation_schemas_mut(operation.value).into_iter().for_each(|schema| replace(schema, &names));
        }
    }
    let components = schemas_mut(root);
    for (values, (name, open)) in names {
        components.entry(name).or_insert_with(|| json!({ "type": "string", "enum": values, "x-open-enum": open }));
    }
}

/// The values of a string enum that is a type of its own.
fn values(schema: &Value) -> Option<Vec<String>> {
    if text(schema, "type") != Some("string") || schema.get("x-constant").is_some() {
        return None;
    }
    let values = schema.get("enum")?.as_array()?;
    let values: Vec<String> = values.iter().map(|value| value.as_str().map(str::to_owned)).collect::<Option<_>>()?;
    (!values.is_empty()).then_some(values)
}

struct Owner {
    name: String,
    weight: u8,
}

/// Every set of values, with the places it stands in.
#[derive(Default)]
struct Sets {
    /// Sets that are components of the document.
    named: BTreeMap<Vec<String>, String>,
    /// Property name, owner and its weight, in order of appearance.
    places: Vec<(Vec<String>, String, String, u8)>,
    open: BTreeSet<Vec<String>>,
}

impl Sets {
    fn note(&mut self, schema: &mut Value, owner: &Owner, property: &str) {
        if let Some(values) = values(schema) {
            if flag(schema, "x-open-enum") {
                self.open.insert(values.clone());
            }
            self.places.push((values, property.to_owned(), owner.name.clone(), owner.weight));
        } else {
            self.note_children(schema, owner, property);
        }
    }

    fn note_children(&mut self, schema: &mut Value, owner: &Owner, property: &str) {
        let is_list = text(schema, "type") == Some("array");
        for (token, child) in children_mut(schema) {
            let name = match token.as_str() {
                "items" if is_list => property.to_owned(),
                "value" => property.to_owned(),
                other if other.starts_with("variant") => property.to_owned(),
                other => other.to_owned(),
            };
            self.note(child, owner, &name);
        }
    }

    /// The name of each set, and whether it may grow.
    fn names(&self, root: &Value) -> BTreeMap<Vec<String>, (String, bool)> {
        let mut taken = Unique::default();
        for name in schemas(root).into_iter().flatten().map(|(name, _)| name) {
            taken.take(&type_name(name));
        }
        let mut order: Vec<&Vec<String>> = Vec::new();
        let mut places: BTreeMap<&Vec<String>, Vec<(&str, &str, u8)>> = BTreeMap::new();
        let mut sets_of_property: BTreeMap<String, BTreeMap<&Vec<String>, usize>> = BTreeMap::new();
        for (values, property, owner, weight) in &self.places {
            places.entry(values).or_insert_with(|| {
                order.push(values);
                Vec::new()
            });
            places.entry(values).or_default().push((property, owner, *weight));
            *sets_of_property.entry(pascal(property)).or_default().entry(values).or_default() += 1;
        }
        order
            .into_iter()
            .map(|values| {
                let open = self.open.contains(values);
                if let Some(name) = self.named.get(values) {
                    return (values.clone(), (name.clone(), open));
                }
                let name = set_name(values, &places[values], &sets_of_property, &taken);
                (values.clone(), (taken.take(&name), open))
            })
            .collect()
    }
}

fn set_name(
    values: &Vec<String>,
    places: &[(&str, &str, u8)],
    sets_of_property: &BTreeMap<String, BTreeMap<&Vec<String>, usize>>,
    taken: &Unique,
) -> String {
    let (property, _, _) = places[0];
    let short = type_name(property);
    let rivals = &sets_of_property[&pascal(property)];
    let uses = rivals[values];
    // The set used most under this name; the first on a tie.
    let leads =
        rivals.values().all(|other| *other <= uses) && rivals.values().filter(|other| **other == uses).count() == 1;
    let property_words = words(property);
    let speaks = property_words.iter().any(|word| !GENERAL.contains(&word.as_str()));
    if speaks && (rivals.len() == 1 || (property_words.len() > 1 && leads)) && !taken.is_taken(&short) {
        return short;
    }
    let top = places.iter().map(|(_, _, weight)| *weight).max().unwrap_or(0);
    let owners: Vec<&str> = places.iter().filter(|(_, _, weight)| *weight == top).map(|(_, owner, _)| *owner).collect();
    let common = common_words(owners.iter().copied()).join("_");
    // What the places have in common may be no more than the values.
    if common.is_empty() && owners.len() > 1 && speaks && values.len() <= 2 {
        let name = type_name(&format!("{property}_{}", values.join("_")));
        if !taken.is_taken(&name) {
            return name;
        }
    }
    let shortest = owners.iter().min_by_key(|owner| owner.len()).map_or("", |owner| *owner);
    let owner = if common.is_empty() { shortest.to_owned() } else { pascal(&common) };
    let suffix = if property == "expand" || property == "include" { property.to_owned() } else { trim_list(property) };
    // `ErrorError` and `code` make `ErrorCode`: a word is not said twice.
    let mut words = words(&format!("{owner}_{suffix}"));
    words.dedup();
    let said_once = type_name(&words.join("_"));
    if taken.is_taken(&said_once) { type_name(&format!("{owner}_{suffix}")) } else { said_once }
}

/// The values of a list are each one of it: `event_types` holds values of type `EventType`.
fn trim_list(property: &str) -> String {
    if property.ends_with('s') && !property.ends_with("status") && !property.ends_with("ss") {
        singular(property)
    } else {
        property.to_owned()
    }
}

fn replace(schema: &mut Value, names: &BTreeMap<Vec<String>, (String, bool)>) {
    if let Some((name, _)) = values(schema).and_then(|values| names.get(&values)) {
        let mut out = reference(name);
        for (key, value) in schema.as_object().into_iter().flatten() {
            if !matches!(key.as_str(), "type" | "enum" | "pattern" | "minLength" | "maxLength" | "format") {
                out[key] = value.clone();
            }
        }
        *schema = out;
    } else if target(schema).is_none() {
        replace_children(schema, names);
    }
}

fn replace_children(schema: &mut Value, names: &BTreeMap<Vec<String>, (String, bool)>) {
    for (_, child) in children_mut(schema) {
        replace(child, names);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(property: &str, values: &[&str]) -> Value {
        json!({"x-pointer": "/x", "type": "object", "properties": {property: {"type": "string", "enum": values}}})
    }

    #[test]
    fn equal_sets_are_one_type_named_after_the_property() {
        let mut root = json!({"components": {"schemas": {
            "Order": component("billing_period", &["monthly", "weekly"]),
            "Subscription": component("billing_period", &["monthly", "weekly"]),
            "Price": component("billing_period", &["monthly", "weekly", "one_time"]),
        }}});
        run(&mut root, &mut Report::default());
        let schemas = root["components"]["schemas"].as_object().unwrap();
        assert_eq!(schemas["Order"]["properties"]["billing_period"]["$ref"], "#/components/schemas/BillingPeriod");
        assert_eq!(
            schemas["Subscription"]["properties"]["billing_period"]["$ref"],
            "#/components/schemas/BillingPeriod"
        );
        assert_eq!(schemas["Price"]["properties"]["billing_period"]["$ref"], "#/components/schemas/PriceBillingPeriod");
        assert_eq!(schemas["BillingPeriod"]["enum"], json!(["monthly", "weekly"]));
    }

    #[test]
    fn a_general_word_takes_the_name_of_its_owner() {
        let mut root = json!({
            "paths": {"/contacts": {"get": {"operationId": "contact_list", "parameters": [{"name": "status", "in": "query",
                "schema": {"type": "array", "items": {"type": "string", "enum": ["lead", "customer"]}}}]}}},
            "components": {"schemas": {"Contact": component("status", &["lead", "customer"]), "Unit": component("status", &["free"])}},
        });
        run(&mut root, &mut Report::default());
        let parameter = &root["paths"]["/contacts"]["get"]["parameters"][0]["schema"]["items"];
        assert_eq!(parameter["$ref"], "#/components/schemas/ContactStatus");
        assert!(root["components"]["schemas"]["UnitStatus"].is_object());
    }
}
