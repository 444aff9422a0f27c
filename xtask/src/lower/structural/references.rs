//! Every reference in schema position leads to `#/components/schemas/<name>`: what is referred to elsewhere becomes a
//! component itself. Without it a reference into another schema, a response or `$defs` has no type it could name; this
//! alone stops the generation of whole documents.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::{
    Report, component_names,
    schemas::{self, Object},
};
use crate::document::{Targets, pointer};

/// How often schemas that nothing had looked at can turn up by being referred to.
const ROUNDS: usize = 32;

pub(super) fn pass(root: &mut Value, report: &mut Report) {
    let mut names = Names::default();
    let mut found = Vec::new();
    for _ in 0..ROUNDS {
        let targets = Targets::of(root);
        found = references(root).iter().map(|reference| resolve(root, &targets, reference)).collect::<Vec<_>>();
        if !names.bring_in(root, &found) {
            break;
        }
    }
    rewrite(root, found, &names, report);
    names.hoist(root);
}

/// One reference: where it stands and what it says.
struct Reference {
    at: String,
    text: String,
    /// Entries of a discriminator's mapping may also be bare names.
    mapping: bool,
}

/// All references of schemas, in the order in which [`rewrite`] meets them again.
fn references(root: &mut Value) -> Vec<Reference> {
    let mut all = Vec::new();
    schemas::parents_first_in_place(root, &mut |schema, at| {
        let Value::Object(schema) = schema else { return };
        if let Some(text) = written(schema) {
            all.push(Reference { at: at.to_owned(), text: text.to_owned(), mapping: false });
        }
        for text in mapping(schema) {
            all.push(Reference { at: at.to_owned(), text: text.to_owned(), mapping: true });
        }
    });
    all
}

fn written(schema: &Object) -> Option<&str> {
    ["$ref", "$dynamicRef"].iter().find_map(|keyword| schema.get(*keyword).and_then(Value::as_str))
}

fn mapping(schema: &Object) -> impl Iterator<Item = &str> {
    let mapping = schema.get("discriminator").and_then(|discriminator| discriminator.get("mapping"));
    mapping.and_then(Value::as_object).into_iter().flat_map(|entries| entries.values().filter_map(Value::as_str))
}

fn resolve(root: &Value, targets: &Targets, reference: &Reference) -> Result<String, String> {
    if reference.mapping {
        let bare = reference.text.rsplit('/').next().unwrap_or_default();
        let stem = [".json", ".yaml", ".yml"].iter().find_map(|end| bare.strip_suffix(end)).unwrap_or(bare);
        let named = [reference.text.as_str(), stem].into_iter().find_map(|name| {
            let at = pointer::join("/components/schemas", name);
            (!reference.text.starts_with('#') && root.pointer(&at).is_some()).then_some(at)
        });
        if let Some(named) = named {
            return Ok(named);
        }
    }
    let mut target = targets.resolve(root, &reference.at, &reference.text)?;
    // What is only another name for a component needs no name of its own.
    let mut hops = 0;
    while name_of_component(&target).is_none() && hops < ROUNDS {
        match root.pointer(&target).and_then(Value::as_object) {
            Some(alias)
                if alias.contains_key("$ref")
                    && alias.keys().all(|key| key == "$ref" || schemas::is_annotation(key)) =>
            {
                let Some(onward) = written(alias) else { break };
                target = targets.resolve(root, &target, onward)?;
            }
            _ => break,
        }
        hops += 1;
    }
    Ok(target)
}

fn name_of_component(at: &str) -> Option<String> {
    let token = at.strip_prefix("/components/schemas/")?;
    (!token.contains('/')).then(|| pointer::unescape(token))
}

/// The names that places outside of `components/schemas` get there.
#[derive(Default)]
struct Names {
    by_place: BTreeMap<String, String>,
    taken: HashSet<String>,
    /// The places whose schema moves; the others are copied, being no schemas where they stand.
    moving: Vec<String>,
}

impl Names {
    /// Names the places that are new. True when a schema was copied in that may itself refer to further places.
    fn bring_in(&mut self, root: &mut Value, found: &[Result<String, String>]) -> bool {
        let new: HashSet<String> = found
            .iter()
            .flatten()
            .filter(|target| name_of_component(target).is_none() && !self.by_place.contains_key(*target))
            .cloned()
            .collect();
        if new.is_empty() {
            return false;
        }
        if let Some(Value::Object(components)) = root.pointer("/components/schemas") {
            self.taken.extend(components.keys().cloned());
        }
        let mut positions = HashSet::new();
        schemas::parents_first_in_place(root, &mut |_, at| {
            if let Some(place) = new.get(at) {
                positions.insert(place.clone());
            }
        });
        let mut copied = false;
        // In the order of the document, for names that do not change from run to run.
        let mut seen = HashSet::new();
        for place in found.iter().flatten().filter(|target| new.contains(*target)) {
            let is_schema = positions.contains(place);
            if !seen.insert(place) || !(is_schema || may_hold_schemas(place)) {
                continue;
            }
            let Some(schema) = root.pointer(place).filter(|schema| schema.is_object() || schema.is_boolean()) else {
                continue;
            };
            let name = component_names::name_for(place, |name| self.taken.contains(name));
            if is_schema {
                self.moving.push(place.clone());
            } else {
                let mut schema = if schema.is_object() { schema.clone() } else { schemas::object([]) };
                mark(&mut schema, place);
                copied |= insert(root, &name, schema);
            }
            self.taken.insert(name.clone());
            self.by_place.insert(place.clone(), name);
        }
        copied
    }

    fn name_of(&self, target: &str) -> Option<String> {
        name_of_component(target).or_else(|| self.by_place.get(target).cloned())
    }

    /// Moves the named schemas to their new place, inner ones before the ones around them.
    fn hoist(&mut self, root: &mut Value) {
        self.moving.sort_by_key(|place| std::cmp::Reverse(place.matches('/').count()));
        let mut moved = HashMap::new();
        for place in &self.moving {
            if let (Some(schema), Some(name)) = (root.pointer_mut(place), self.by_place.get(place)) {
                let mut schema = std::mem::replace(schema, schemas::reference(name));
                mark(&mut schema, place);
                moved.insert(name.clone(), schema);
            }
        }
        let mut named: Vec<_> = moved.into_iter().collect();
        named.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, schema) in named {
            insert(root, &name, schema);
        }
    }
}

/// Places that OpenAPI gives no meaning to, where authors park schemas.
fn may_hold_schemas(place: &str) -> bool {
    let tokens = pointer::tokens(place);
    match tokens.first().map(String::as_str) {
        Some("paths" | "webhooks" | "info" | "servers" | "tags" | "security") | None => false,
        Some("components") => {
            tokens.len() > 2
                && !matches!(
                    tokens[1].as_str(),
                    "parameters"
                        | "headers"
                        | "requestBodies"
                        | "responses"
                        | "callbacks"
                        | "pathItems"
                        | "links"
                        | "securitySchemes"
                )
        }
        Some(_) => tokens.len() > 1,
    }
}

fn mark(schema: &mut Value, place: &str) {
    if let Value::Object(schema) = schema {
        schema.insert("x-pointer".to_owned(), place.into());
    }
}

fn insert(root: &mut Value, name: &str, schema: Value) -> bool {
    let mut at = root;
    for key in ["components", "schemas"] {
        let Value::Object(parent) = at else { return false };
        at = parent.entry(key).or_insert_with(|| schemas::object([]));
    }
    match at {
        Value::Object(components) => {
            components.insert(name.to_owned(), schema);
            true
        }
        _ => false,
    }
}

fn rewrite(root: &mut Value, found: Vec<Result<String, String>>, names: &Names, report: &mut Report) {
    let mut found = found.into_iter();
    schemas::parents_first_in_place(root, &mut |schema, at| {
        let Value::Object(schema) = schema else { return };
        if written(schema).is_some() {
            let target = found.next().unwrap_or_else(|| Err("the reference leads nowhere".to_owned()));
            schema.remove("$dynamicRef");
            match target.map(|target| names.name_of(&target)) {
                Ok(Some(name)) => {
                    schema.insert("$ref".to_owned(), schemas::reference_to(&name).into());
                }
                Ok(None) => {
                    schema.remove("$ref");
                    report.widen(at, "the reference leads to what is no schema; any value is accepted");
                }
                Err(why) => {
                    schema.remove("$ref");
                    report.widen(at, format!("{why}; any value is accepted"));
                }
            }
        }
        // Whatever else is called `$ref` here is no reference.
        if schema.get("$ref").is_some_and(|reference| !reference.is_string()) {
            schema.remove("$ref");
        }
        let Some(Value::Object(entries)) =
            schema.get_mut("discriminator").and_then(|discriminator| discriminator.get_mut("mapping"))
        else {
            return;
        };
        entries.retain(|_, entry| {
            let target = if entry.is_string() { found.next() } else { None };
            match target.and_then(Result::ok).and_then(|target| names.name_of(&target)) {
                Some(name) => {
                    *entry = schemas::reference_to(&name).into();
                    true
                }
                None => false,
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::lower::structural::tests::{lowered, without_pointers};

    fn components(root: serde_json::Value) -> serde_json::Value {
        without_pointers(lowered(root)["components"]["schemas"].clone())
    }

    #[test]
    fn what_is_referred_to_inside_a_schema_becomes_a_component() {
        let root = json!({"openapi": "3.1.0", "components": {"schemas": {
            "Foo": {"type": "object", "properties": {"bar": {"type": "object", "properties": {"x": {"type": "string"}}}}},
            "User": {"type": "array", "items": {"$ref": "#/components/schemas/Foo/properties/bar"}},
            "Inner": {"$ref": "#/components/schemas/Foo/properties/bar/properties/x"}
        }}});
        assert_eq!(
            components(root),
            json!({
                "Foo": {"type": "object", "properties": {"bar": {"$ref": "#/components/schemas/FooBar"}}},
                "User": {"type": "array", "items": {"$ref": "#/components/schemas/FooBar"}},
                "Inner": {"$ref": "#/components/schemas/FooBarX"},
                "FooBar": {"type": "object", "properties": {"x": {"$ref": "#/components/schemas/FooBarX"}}},
                "FooBarX": {"type": "string"}
            })
        );
    }

    #[test]
    fn definitions_anchors_ids_and_parked_schemas_become_components() {
        let root = json!({"openapi": "3.1.0", "x-parked": {"P": {"items": {"$ref": "#/x-parked/Q"}}, "Q": {"type": "string"}},
            "components": {"schemas": {"T": {"$id": "https://x/t", "type": "object",
                "$defs": {"D": {"type": "string"}, "E": {"$anchor": "e", "type": "boolean"}},
                "properties": {"a": {"$ref": "#/$defs/D"}, "b": {"$ref": "#e"}, "c": {"$ref": "https://x/t"},
                    "d": {"$ref": "#/x-parked/P"}, "e": {"$dynamicRef": "#e"}}}}}});
        let c = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        assert_eq!(
            components(root),
            json!({
                "T": {"type": "object", "properties": {"a": c("D"), "b": c("E"), "c": c("T"), "d": c("XParkedP"), "e": c("E")}},
                "XParkedP": {"type": "array", "items": c("XParkedQ")}, "XParkedQ": {"type": "string"},
                "D": {"type": "string"}, "E": {"type": "boolean"}
            })
        );
    }

    #[test]
    fn references_into_operations_and_responses_name_their_schema() {
        let schema = |schema| json!({"description": "", "content": {"application/json": {"schema": schema}}});
        let root = lowered(json!({"openapi": "3.0.0",
            "paths": {
                "/a": {"get": {"responses": {"200": schema(json!({"type": "string"})), "400": {"$ref": "#/components/responses/Bad"}}}},
                "/b": {"get": {"responses": {"200": schema(json!({"$ref": "#/paths/~1a/get/responses/200/content/application~1json/schema"})),
                    "400": schema(json!({"$ref": "#/paths/~1a/get/responses/400/content/application~1json/schema"}))}}}
            },
            "components": {"responses": {"Bad": schema(json!({"type": "boolean"}))}}}));
        assert_eq!(
            without_pointers(root["components"]["schemas"].clone()),
            json!({"GetAResponse200": {"type": "string"}, "Bad": {"type": "boolean"}})
        );
        for path in ["/a", "/b"] {
            assert_eq!(
                root["paths"][path]["get"]["responses"]["400"]["content"]["application/json"]["schema"],
                json!({"$ref": "#/components/schemas/Bad"})
            );
        }
    }

    #[test]
    fn mappings_hold_references() {
        let root = json!({"openapi": "3.0.0", "components": {"schemas": {
            "A": {"type": "object"}, "B": {"type": "object", "title": "b"},
            "U": {"oneOf": [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/B"}],
                "discriminator": {"propertyName": "t", "mapping": {"a": "A", "b": "#/components/schemas/B", "c": "B.json", "d": "gone.json"}}}
        }}});
        assert_eq!(
            components(root)["U"]["discriminator"]["mapping"],
            json!({"a": "#/components/schemas/A", "b": "#/components/schemas/B", "c": "#/components/schemas/B"})
        );
    }

    #[test]
    fn references_that_lead_nowhere_or_in_circles_are_any_value() {
        let root = json!({"openapi": "3.0.0", "components": {"schemas": {
            "A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}, "C": {"$ref": "#/nowhere"}, "D": {"$ref": 7}
        }}});
        let lowered = components(root);
        assert!(lowered["A"] == json!({}) || lowered["B"] == json!({}), "{lowered}");
        assert_eq!(lowered["C"], json!({}));
        assert_eq!(lowered["D"], json!({}));
    }
}
