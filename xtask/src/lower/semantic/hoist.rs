//! Inline objects and unions: each gets a name.
//!
//! Unlowered, they are named by the place they stand in, once per place, however often the same shape comes. Afterwards
//! objects and unions stand under `components` alone. Shapes that are the same, under the same property name, share one
//! component, named by what the places have in common.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{SCHEMAS, children_mut, content_schema_mut, flag, is_struct, operations_mut, reference, schemas_mut, text};
use crate::lower::Report;
use crate::lower::names::{Unique, common_words, pascal, singular};

/// Keys that say something about a schema and nothing about its type.
const ANNOTATIONS: &[&str] =
    &["title", "description", "default", "deprecated", "readOnly", "writeOnly", "example", "examples"];

/// The pass.
pub fn run(root: &mut Value, _report: &mut Report) {
    let mut groups = Groups::default();
    let mut taken = Unique::default();
    for (name, schema) in schemas_mut(root) {
        taken.take(&pascal(name));
        let mut path = vec![pascal(name)];
        groups.hoist_children(schema, &mut path);
    }
    for section in ["paths", "webhooks"] {
        for operation in operations_mut(root, section) {
            let id = pascal(text(operation.value, "operationId").unwrap_or(&operation.path));
            groups.hoist_operation(operation.value, &id);
        }
    }
    let names = groups.names(&mut taken);
    let components = schemas_mut(root);
    for (group, name) in groups.list.into_iter().zip(&names) {
        components.insert(name.clone(), group.schema);
    }
    rename(root, &names);
}

/// One shape, with all the places it was found in.
struct Group {
    schema: Value,
    paths: Vec<Vec<String>>,
}

#[derive(Default)]
struct Groups {
    list: Vec<Group>,
    by_shape: BTreeMap<String, usize>,
}

impl Groups {
    fn hoist_operation(&mut self, operation: &mut Value, id: &str) {
        if let Some(schema) = operation.get_mut("requestBody").and_then(content_schema_mut) {
            self.hoist(schema, &mut vec![format!("{id}Body")]);
        }
        let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
        for parameter in parameters.into_iter().flatten() {
            let name = text(parameter, "name").unwrap_or_default().to_owned();
            if let Some(schema) = parameter.get_mut("schema") {
                self.hoist(schema, &mut vec![id.to_owned(), name]);
            }
        }
        let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
        let successes = responses.keys().filter(|status| status.starts_with('2')).count();
        for (status, response) in responses.iter_mut() {
            let suffix = match status.as_str() {
                s if s.starts_with('2') && successes < 2 => "Response".to_owned(),
                s if s.starts_with('4') || s.starts_with('5') => format!("Error{}", s.to_uppercase()),
                s => format!("Response{}", pascal(s).trim_start_matches('V')),
            };
            if let Some(schema) = content_schema_mut(response) {
                self.hoist(schema, &mut vec![format!("{id}{suffix}")]);
            }
        }
    }

    /// Hoists what stands below a schema, and then the schema itself if it needs a name.
    fn hoist(&mut self, schema: &mut Value, path: &mut Vec<String>) {
        self.hoist_children(schema, path);
        if is_reference_object(schema) {
            schema["x-reference"] = json!(true);
            return;
        }
        let needs_name = is_struct(schema) || schema.get("oneOf").is_some();
        if !needs_name {
            return;
        }
        let mut kept = Map::new();
        if let Some(object) = schema.as_object_mut() {
            for key in [
                "nullable",
                "x-expandable",
                "description",
                "deprecated",
                "readOnly",
                "writeOnly",
                "x-evidence",
                "x-inferred",
            ] {
                if let Some(value) = object.get(key) {
                    kept.insert(key.to_owned(), value.clone());
                }
            }
            object.remove("nullable");
            object.remove("x-expandable");
        }
        let key = shape(schema, path.last().map_or("", String::as_str));
        let index = *self.by_shape.entry(key).or_insert_with(|| {
            self.list.push(Group { schema: schema.clone(), paths: Vec::new() });
            self.list.len() - 1
        });
        self.list[index].paths.push(path.clone());
        *schema = reference(&placeholder(index));
        if let Some(object) = schema.as_object_mut() {
            object.extend(kept);
        }
    }

    fn hoist_children(&mut self, schema: &mut Value, path: &mut Vec<String>) {
        for (token, child) in children_mut(schema) {
            if token == "items" {
                // One of many: the items of `lines` are each a `line`.
                let array = path.pop();
                path.push(array.as_deref().map_or_else(|| "item".to_owned(), singular));
                self.hoist(child, path);
                path.pop();
                path.extend(array);
            } else {
                let title = token.starts_with("variant").then(|| text(child, "title")).flatten();
                path.push(title.unwrap_or(&token).to_owned());
                self.hoist(child, path);
                path.pop();
            }
        }
    }

    fn names(&self, taken: &mut Unique) -> Vec<String> {
        self.list
            .iter()
            .map(|group| {
                let first = joined(&group.paths[0]);
                let wanted = match group.paths.as_slice() {
                    [_] => first,
                    several => {
                        let owner = common_words(several.iter().map(|path| path[0].as_str())).join("_");
                        let last = several[0].last().map_or("", String::as_str);
                        let short = if several.iter().all(|path| path.len() == 1) {
                            first.clone()
                        } else {
                            joined(&[pascal(&owner), last.to_owned()])
                        };
                        if taken.is_taken(&short) { first } else { short }
                    }
                };
                let wanted = if taken.is_taken(&wanted) { either(&group.schema).unwrap_or(wanted) } else { wanted };
                taken.take(&wanted)
            })
            .collect()
    }
}

/// The steps of a path as one name. A step that repeats what the name ends or begins with is not said twice.
fn joined(path: &[String]) -> String {
    let mut name = String::new();
    for (i, step) in path.iter().enumerate() {
        let step = pascal(step);
        let repeats = i > 0 && i + 1 < path.len() && name.ends_with(&step);
        if step.len() > name.len() && !name.is_empty() && step.starts_with(&name) {
            name = step;
        } else if !repeats && step != "Empty" {
            name.push_str(&step);
        }
    }
    name
}

/// A union of two components, named by both.
fn either(schema: &Value) -> Option<String> {
    match schema.get("oneOf")?.as_array()?.as_slice() {
        [a, b] => Some(format!("{}Or{}", pascal(super::target(a)?), pascal(super::target(b)?))),
        _ => None,
    }
}

fn placeholder(index: usize) -> String {
    format!("\u{0}{index}")
}

/// Puts the final names in the place of the placeholders.
fn rename(value: &mut Value, names: &[String]) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get_mut("$ref") {
                let index = reference.strip_prefix(SCHEMAS).and_then(|name| name.strip_prefix('\u{0}'));
                if let Some(name) =
                    index.and_then(|index| index.parse::<usize>().ok()).and_then(|index| names.get(index))
                {
                    *reference = format!("{SCHEMAS}{name}");
                }
            }
            object.values_mut().for_each(|value| rename(value, names));
        }
        Value::Array(array) => array.iter_mut().for_each(|value| rename(value, names)),
        _ => {}
    }
}

/// A key that is the same for schemas of the same type under the same name.
fn shape(schema: &Value, name: &str) -> String {
    fn strip(value: &Value, is_schema: bool) -> Value {
        match value {
            Value::Object(object) => {
                let kept = object
                    .iter()
                    .filter(|(key, _)| !is_schema || !(ANNOTATIONS.contains(&key.as_str()) || is_mark(key)))
                    .map(|(key, value)| (key.clone(), strip(value, !is_schema || key != "properties")));
                Value::Object(kept.collect())
            }
            Value::Array(array) => Value::Array(array.iter().map(|value| strip(value, true)).collect()),
            other => other.clone(),
        }
    }
    format!("{name}\u{0}{}", strip(schema, true))
}

/// Extension keys that do not change the type.
fn is_mark(key: &str) -> bool {
    key.starts_with("x-")
        && !matches!(
            key,
            "x-constant" | "x-expandable" | "x-open-enum" | "x-tuple" | "x-reference" | "x-resource-union" | "x-never"
        )
}

/// `{id}` with an id that has a prefix: how a request names another resource.
fn is_reference_object(schema: &Value) -> bool {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return false };
    properties.len() == 1
        && properties.get("id").is_some_and(|id| super::ids::prefixes(id).is_some())
        && super::required(schema) == ["id"]
        && !flag(schema, "x-resource")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_shapes_under_the_same_name_share_a_component() {
        let address = json!({"type": "object", "description": "d", "properties": {"city": {"type": "string"}}});
        let body = |description: &str| {
            let mut address = address.clone();
            address["description"] = json!(description);
            json!({"x-body": "json", "content": {"application/json": {"schema":
                {"type": "object", "properties": {"address": address}}}}})
        };
        let mut root = json!({
            "paths": {"/contacts": {
                "post": {"operationId": "contact_create", "requestBody": body("one")},
                "patch": {"operationId": "contact_update", "requestBody": body("two")}}},
            "components": {"schemas": {}},
        });
        run(&mut root, &mut Report::default());
        let schemas = root["components"]["schemas"].as_object().unwrap();
        assert_eq!(schemas.keys().collect::<Vec<_>>(), ["ContactAddress", "ContactCreateBody", "ContactUpdateBody"]);
        assert_eq!(
            schemas["ContactUpdateBody"]["properties"]["address"]["$ref"],
            "#/components/schemas/ContactAddress"
        );
        assert_eq!(schemas["ContactUpdateBody"]["properties"]["address"]["description"], "two");
    }

    #[test]
    fn items_are_named_in_the_singular() {
        let mut root = json!({"components": {"schemas": {"Order": {"type": "object", "properties": {
            "lines": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}},
            "next": {"type": "object", "properties": {"b": {"type": "string"}}}}}}}});
        run(&mut root, &mut Report::default());
        let order = &root["components"]["schemas"]["Order"]["properties"];
        assert_eq!(order["lines"]["items"]["$ref"], "#/components/schemas/OrderLine");
        assert_eq!(order["next"]["$ref"], "#/components/schemas/OrderNext");
    }

    #[test]
    fn a_named_id_in_a_request_stays_inline() {
        let mut root = json!({"components": {"schemas": {"Body": {"type": "object", "properties": {
            "site": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "pattern": "^site_"}}}}}}}});
        run(&mut root, &mut Report::default());
        assert!(flag(&root["components"]["schemas"]["Body"]["properties"]["site"], "x-reference"));
    }
}
