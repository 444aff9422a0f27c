//! Strings with a pattern such as `^con_`: ids, told apart by their prefix.
//!
//! Unlowered, each such schema is a newtype of its own, checked against a regular expression, and the id of a contact
//! in one place is another type than the id of a contact in the next. Afterwards there is one id type per prefix,
//! listed in `x-ids` at the root, and the schemas are marked with its name.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{flag, operations, operations_mut, schemas, schemas_mut, target, text, walk, walk_mut};
use crate::lower::Report;
use crate::lower::names::{Unique, common_words, pascal, type_name};

/// The pass.
pub fn run(root: &mut Value, _report: &mut Report) {
    let mut owners: BTreeMap<Vec<String>, Owners> = BTreeMap::new();
    for (name, schema) in schemas(root).into_iter().flatten() {
        if let Some(prefixes) = schema.pointer("/properties/id").and_then(prefixes) {
            let owners = owners.entry(prefixes).or_default();
            let list = if schema.get("x-pointer").is_some() { &mut owners.named } else { &mut owners.hoisted };
            list.push(pascal(name));
        }
        walk(schema, &mut |schema| note_properties(schema, &mut owners));
    }
    for section in ["paths", "webhooks"] {
        for (_, _, operation) in operations(root, section) {
            for parameter in operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
                let name = text(parameter, "name").unwrap_or_default();
                for schema in parameter.get("schema").into_iter().flat_map(|s| [Some(s), s.get("items")]).flatten() {
                    if let Some(prefixes) = prefixes(schema) {
                        owners.entry(prefixes).or_default().properties.push(name.to_owned());
                    }
                }
            }
        }
    }
    name_unions(root, &mut owners);
    if owners.is_empty() {
        return;
    }

    let mut taken = Unique::default();
    for name in schemas(root).into_iter().flatten().map(|(name, _)| name) {
        taken.take(&type_name(name));
    }
    let mut names = BTreeMap::new();
    let mut ids = serde_json::Map::new();
    for (prefixes, owners) in &owners {
        let name = taken.take(&owners.id_name(prefixes));
        ids.insert(name.clone(), json!({ "prefixes": prefixes, "of": owners.subject() }));
        names.insert(prefixes.clone(), name);
    }
    root["x-ids"] = Value::Object(ids);

    let by_name = Names::of(root);
    let mark = &mut |schema: &mut Value| {
        if let Some(name) = prefixes(schema).and_then(|prefixes| names.get(&prefixes)) {
            schema["x-id"] = json!(name);
        }
    };
    for (_, schema) in schemas_mut(root) {
        walk_mut(schema, mark);
    }
    for section in ["paths", "webhooks"] {
        for operation in operations_mut(root, section) {
            super::operation_schemas_mut(operation.value).into_iter().for_each(|schema| walk_mut(schema, mark));
            let parameters = operation.value.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten();
            for parameter in parameters {
                let id = text(parameter, "name").and_then(|name| names.get(by_name.prefixes(name)?));
                let Some((id, schema)) = id.cloned().zip(parameter.get_mut("schema")) else { continue };
                let schema = if schema.get("items").is_some() { &mut schema["items"] } else { schema };
                if is_plain_text(schema) {
                    schema["x-id"] = json!(id);
                }
            }
        }
    }
}

/// Which prefixes the ids of a name have, wherever the document says so: a filter `site_id` takes what every other
/// `site_id` is.
struct Names(BTreeMap<String, Option<Vec<String>>>);

impl Names {
    fn of(root: &Value) -> Self {
        let mut names = Self(BTreeMap::new());
        for (_, schema) in schemas(root).into_iter().flatten() {
            walk(schema, &mut |schema| {
                for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
                    if let Some(prefixes) = property.pointer("/properties/id").and_then(prefixes) {
                        names.note(&format!("{name}_id"), prefixes);
                    } else if let Some(found) = target(property).and_then(|target| resource_prefixes(root, target)) {
                        names.note(&format!("{name}_id"), found);
                    } else if let Some(prefixes) = prefixes(property) {
                        names.note(name, prefixes);
                    }
                }
            });
        }
        for (_, _, operation) in operations(root, "paths") {
            for parameter in operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
                let found = parameter.get("schema").and_then(|schema| prefixes(schema.get("items").unwrap_or(schema)));
                if let (Some(name), Some(prefixes)) = (text(parameter, "name"), found) {
                    names.note(name, prefixes);
                }
            }
        }
        names
    }

    fn note(&mut self, name: &str, prefixes: Vec<String>) {
        let same = self.0.get(name).is_none_or(|known| known.as_ref() == Some(&prefixes));
        self.0.insert(name.to_owned(), same.then_some(prefixes));
    }

    fn prefixes(&self, name: &str) -> Option<&Vec<String>> {
        self.0.get(name)?.as_ref()
    }
}

fn is_plain_text(schema: &Value) -> bool {
    text(schema, "type") == Some("string")
        && ["enum", "format", "pattern", "x-id", "x-constant"].iter().all(|key| schema.get(*key).is_none())
}

/// The prefixes that a schema's pattern asks for, if that is all it asks for in the way of a prefix: `^con_`,
/// `^(staff|tok)_`, and either with more behind it.
pub fn prefixes(schema: &Value) -> Option<Vec<String>> {
    if text(schema, "type") != Some("string") || schema.get("enum").is_some() || schema.get("format").is_some() {
        return None;
    }
    let pattern = text(schema, "pattern")?.strip_prefix('^')?;
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if let Some((group, rest)) = pattern.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        let group = group.strip_prefix("?:").unwrap_or(group);
        let mut out: Vec<String> =
            group.split('|').filter(|word| is_word(word)).map(|word| format!("{word}_")).collect();
        if !rest.starts_with('_') || out.len() != group.split('|').count() {
            return None;
        }
        out.sort();
        return Some(out);
    }
    let (word, rest) = pattern.split_once('_')?;
    let ends_here = rest.is_empty() || rest.starts_with(['[', '(', '\\', '.']);
    (is_word(word) && ends_here).then(|| vec![format!("{word}_")])
}

/// Where ids of one set of prefixes are found.
#[derive(Default)]
struct Owners {
    /// The union of resources that has these prefixes.
    union: Option<String>,
    /// Components of the document whose `id` it is.
    named: Vec<String>,
    /// Hoisted components whose `id` it is.
    hoisted: Vec<String>,
    /// Names of other properties and of parameters that hold it.
    properties: Vec<String>,
}

impl Owners {
    fn subject(&self) -> Option<String> {
        let owner = |list: &[String]| {
            let common = common_words(list.iter().map(String::as_str)).join("_");
            (!common.is_empty()).then(|| pascal(&common))
        };
        self.union.clone().or_else(|| owner(&self.named)).or_else(|| owner(&self.hoisted))
    }

    fn id_name(&self, prefixes: &[String]) -> String {
        if let Some(subject) = self.subject() {
            return format!("{}Id", pascal(&subject));
        }
        let property = self.properties.iter().find(|name| name.ends_with("_id"));
        match property {
            Some(name) => pascal(name),
            None => format!("{}Id", pascal(prefixes.first().map_or("", String::as_str))),
        }
    }
}

fn note_properties(schema: &Value, owners: &mut BTreeMap<Vec<String>, Owners>) {
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if flag(property, "x-reference")
            && let Some(prefixes) = property.pointer("/properties/id").and_then(prefixes)
        {
            owners.entry(prefixes).or_default().properties.push(format!("{name}_id"));
        }
        for schema in [Some(property), property.get("items")].into_iter().flatten() {
            if let Some(prefixes) = prefixes(schema).filter(|_| name != "id") {
                owners.entry(prefixes).or_default().properties.push(name.clone());
            }
        }
    }
}

/// A union of resources has ids too: those of all its kinds together.
fn name_unions(root: &Value, owners: &mut BTreeMap<Vec<String>, Owners>) {
    for (name, schema) in schemas(root).into_iter().flatten() {
        if let Some(prefixes) = union_prefixes(root, schema) {
            owners.entry(prefixes).or_default().union.get_or_insert(pascal(name));
        }
    }
}

/// The prefixes of all kinds of a union of resources, if every kind has one.
pub fn union_prefixes(root: &Value, schema: &Value) -> Option<Vec<String>> {
    if !flag(schema, "x-resource-union") {
        return None;
    }
    let branches = schema.get("oneOf")?.as_array()?;
    let mut all = Vec::new();
    for branch in branches {
        all.extend(resource_prefixes(root, target(branch)?)?);
    }
    all.sort();
    all.dedup();
    Some(all)
}

/// The prefixes of the ids of a resource, which may have several full forms.
pub fn resource_prefixes(root: &Value, name: &str) -> Option<Vec<String>> {
    let schema = schemas(root)?.get(name)?;
    let form = schema.pointer("/oneOf/0").unwrap_or(schema);
    let form = super::resolve(root, form);
    form.pointer("/properties/id").and_then(prefixes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_read_from_the_pattern() {
        let of = |pattern: &str| prefixes(&json!({"type": "string", "pattern": pattern}));
        assert_eq!(of("^con_"), Some(vec!["con_".to_owned()]));
        assert_eq!(of("^con_[0-9a-f]{16}$"), Some(vec!["con_".to_owned()]));
        assert_eq!(of("^(tok|app)_"), Some(vec!["app_".to_owned(), "tok_".to_owned()]));
        for other in ["^[a-z]+_", "con_", "^https?://", "^a_b_c$", "^(a|[b])_", "^[A-Z]{2}$"] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn a_filter_takes_what_its_name_is_everywhere_else() {
        let filter =
            |name: &str| json!({"name": name, "in": "query", "schema": {"type": "array", "items": {"type": "string"}}});
        let id = |prefix: &str| json!({"type": "string", "pattern": format!("^{prefix}_")});
        let mut root = json!({
            "paths": {
                "/s/{site_id}": {"get": {"parameters": [{"name": "site_id", "in": "path", "schema": id("site")}]}},
                "/u": {"get": {"parameters": [filter("site_id"), filter("owner_id")]}}},
            "components": {"schemas": {
                "A": {"type": "object", "properties": {"owner_id": id("con")}},
                "B": {"type": "object", "properties": {"owner_id": id("staff")}}}},
        });
        run(&mut root, &mut Report::default());
        let parameters = &root["paths"]["/u"]["get"]["parameters"];
        assert_eq!(parameters[0]["schema"]["items"]["x-id"], "SiteId");
        assert!(parameters[1]["schema"]["items"].get("x-id").is_none());
    }

    #[test]
    fn one_type_per_prefix_named_after_the_resource() {
        let mut root = json!({
            "paths": {"/c/{contact_id}": {"get": {"parameters": [
                {"name": "contact_id", "in": "path", "schema": {"type": "string", "pattern": "^con_"}}]}}},
            "components": {"schemas": {
                "Contact": {"x-pointer": "/c", "type": "object", "properties": {
                    "id": {"type": "string", "pattern": "^con_"},
                    "stripe_customer_id": {"type": "string", "pattern": "^cus_"}}},
            }},
        });
        run(&mut root, &mut Report::default());
        assert_eq!(root["x-ids"]["ContactId"]["prefixes"], json!(["con_"]));
        assert_eq!(root["x-ids"]["StripeCustomerId"]["prefixes"], json!(["cus_"]));
        assert_eq!(root["paths"]["/c/{contact_id}"]["get"]["parameters"][0]["schema"]["x-id"], "ContactId");
        assert_eq!(root["components"]["schemas"]["Contact"]["properties"]["id"]["x-id"], "ContactId");
    }
}
