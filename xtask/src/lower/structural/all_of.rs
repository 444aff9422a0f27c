//! `allOf`, and properties beside a union, become one schema. Without it a type made of parts would have to be put
//! together by each reader, and progenitor's reader loses fields where a part is closed.
//!
//! What only names a component, with remarks, stays a reference: its type is worth more than a copy of it.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    Report,
    components::{Components, Expanded},
    keywords::kind,
    merge,
    schemas::{self, Object},
    unions,
};

/// Among more parts than this it is not looked for one that includes another.
const MAX_PARTS: usize = 16;

pub(super) fn pass(root: &mut Value, report: &mut Report) {
    let taken = match root.pointer_mut("/components/schemas") {
        Some(Value::Object(schemas)) => std::mem::take(schemas),
        _ => Object::new(),
    };
    let names: Vec<String> = taken.keys().cloned().collect();
    let mut components = Components::new(taken, report);
    for name in components.order(&names) {
        components.settled(&name);
    }
    schemas::children_first_outside_components(root, &mut |schema, at| components.settle(schema, at, None));
    let finished = components.finish(names);
    if let Some(Value::Object(schemas)) = root.pointer_mut("/components/schemas") {
        *schemas = finished;
    }
}

impl Components<'_> {
    /// Merges the parts of one schema, whose inner schemas are settled. `own` is the component it is the outermost
    /// schema of.
    pub(super) fn settle(&mut self, schema: &mut Value, at: &str, own: Option<&str>) {
        let Value::Object(schema) = schema else { return };
        let merges = schema.contains_key("allOf") || (schema.contains_key("oneOf") && unions::has_structure(schema));
        if !merges {
            // Its branches may have been settled into what no longer is a branch.
            unions::tidy(schema, at, self.report);
            return;
        }
        let mut parts = Parts::of(std::mem::take(schema));
        self.drop_ancestors(&mut parts, at, own);
        let discriminator = parts.discriminator.take();
        let mut merged = self.join(&mut parts, at, own);
        let flagged = schemas::is_true(&parts.said, "nullable");
        merged = merge::annotate(merged, parts.said);
        if parts.nullable || flagged {
            merged.insert("nullable".to_owned(), Value::Bool(true));
        }
        if parts.closed && kind(&merged) == "object" {
            merged.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
        if let (Some(discriminator), "object") = (discriminator, kind(&merged)) {
            merged.entry("discriminator").or_insert(discriminator);
        }
        *schema = merged;
    }

    fn drop_ancestors(&mut self, parts: &mut Parts, at: &str, own: Option<&str>) {
        let names: Vec<String> = parts.structural.iter().filter_map(schemas::target).collect();
        let mut seen = HashSet::new();
        let report = &mut *self.report;
        let mut itself = false;
        parts.structural.retain(|part| match schemas::target(part) {
            Some(name) => {
                itself |= own == Some(name.as_str());
                seen.insert(name.clone()) && own != Some(name.as_str())
            }
            None => true,
        });
        if itself {
            report.widen(at, "this is to be part of itself; that part is not generated");
        }
        if names.len() > MAX_PARTS {
            return;
        }
        parts.structural.retain(|part| match schemas::target(part) {
            // In a circle each is made of the other; then both stay.
            Some(name) => {
                !names.iter().any(|other| *other != name && self.derives(other, &name) && !self.derives(&name, other))
                    || self.heirs.contains_key(&name)
            }
            None => true,
        });
    }

    fn join(&mut self, parts: &mut Parts, at: &str, own: Option<&str>) -> Object {
        let mut structural = std::mem::take(&mut parts.structural);
        let slight = std::mem::take(&mut parts.slight);
        if structural.is_empty() {
            return slight.into_iter().reduce(|a, b| self.merge(a, b, at, own)).unwrap_or_default();
        }
        // A type and bounds matter to a plain value, and say nothing new of a component.
        if structural.iter().all(|part| !part.contains_key("$ref")) {
            for part in slight.into_iter().rev() {
                structural.insert(0, part);
            }
        } else {
            parts.nullable |= slight.iter().any(|part| schemas::is_true(part, "nullable"));
        }
        if structural.len() == 1 {
            return structural.remove(0);
        }
        let references = structural.iter().filter(|part| part.contains_key("$ref")).count();
        let mut only = None;
        let mut merged: Option<Object> = None;
        for part in structural {
            let full = match schemas::target(&part) {
                None => part,
                Some(name) => match self.expand(&name, own) {
                    Expanded::Whole(full) => {
                        if references == 1 {
                            only = Some((part, full.clone()));
                        }
                        full
                    }
                    Expanded::Not if own.is_none() && references == 1 => {
                        self.report.widen(at, format!("{name} is part of itself or too large to be merged; what is added to it here is not generated"));
                        return part;
                    }
                    Expanded::Not => {
                        self.report.widen(
                            at,
                            format!("{name} is part of itself or too large to be merged; that part is not generated"),
                        );
                        continue;
                    }
                },
            };
            merged = Some(match merged {
                None => full,
                Some(earlier) => self.merge(earlier, full, at, own),
            });
        }
        let merged = merged.unwrap_or_default();
        match only {
            Some((reference, full)) if merge::same_shape(&merged, &full) => reference,
            _ => merged,
        }
    }
}

/// What an `allOf` is made of.
#[derive(Default)]
struct Parts {
    /// What has to be merged, in order.
    structural: Vec<Object>,
    /// What says no more than a type and bounds.
    slight: Vec<Object>,
    /// Title, description and the like, the outer ones winning.
    said: Object,
    discriminator: Option<Value>,
    nullable: bool,
    closed: bool,
}

impl Parts {
    fn of(mut outer: Object) -> Self {
        let mut parts = Self::default();
        if let Some(Value::Array(branches)) = outer.remove("allOf") {
            for branch in branches {
                if let Value::Object(branch) = branch {
                    parts.add(branch);
                }
            }
        }
        let (mut own, mut union) = (Object::new(), Object::new());
        for (keyword, value) in outer {
            match keyword.as_str() {
                "oneOf" => {
                    union.insert(keyword, value);
                }
                "discriminator" => parts.discriminator = Some(value),
                keyword if schemas::is_annotation(keyword) => {
                    parts.said.insert(keyword.to_owned(), value);
                }
                _ => {
                    own.insert(keyword, value);
                }
            }
        }
        parts.closed = own.get("additionalProperties") == Some(&Value::Bool(false));
        if !own.is_empty() {
            parts.add(own);
        }
        if !union.is_empty() {
            union.extend(parts.discriminator.take().map(|discriminator| ("discriminator".to_owned(), discriminator)));
            parts.add(union);
        }
        parts
    }

    fn add(&mut self, branch: Object) {
        if branch.keys().all(|keyword| schemas::is_annotation(keyword) || keyword == "discriminator") {
            self.said = merge::annotate_under(std::mem::take(&mut self.said), branch);
        } else if !branch.contains_key("$ref") && merge::is_slight(&branch) && !branch.contains_key("oneOf") {
            self.slight.push(branch);
        } else {
            self.structural.push(branch);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::lower::structural::tests::{component, lowered, widened, without_pointers};

    fn components(schemas: &Value) -> Value {
        let root = lowered(json!({"openapi": "3.0.0", "components": {"schemas": schemas}}));
        without_pointers(root["components"]["schemas"].clone())
    }

    fn c(name: &str) -> Value {
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    #[test]
    fn a_reference_with_remarks_stays_a_reference() {
        for schema in [
            json!({"allOf": [c("Base")], "description": "d", "nullable": true}),
            json!({"allOf": [c("Base"), {"description": "d"}], "nullable": true}),
            json!({"allOf": [c("Base"), {"description": "d", "nullable": true, "type": "object"}], "description": "d"}),
        ] {
            let lowered = component(&schema);
            assert_eq!(
                lowered,
                json!({"$ref": "#/components/schemas/Base", "description": "d", "nullable": true}),
                "{schema}"
            );
        }
        assert_eq!(component(&json!({"allOf": [c("Base"), {"properties": {"a": {"type": "string"}}}]})), c("Base"));
    }

    #[test]
    fn parts_become_one_object() {
        let schema = json!({"title": "t",
            "allOf": [c("Base"), {"description": "d", "properties": {"b": {"type": "integer"}}, "required": ["b"], "additionalProperties": false}],
            "properties": {"a": {"enum": ["x"]}, "c": {}}, "required": ["a"]});
        assert_eq!(
            component(&schema),
            json!({"title": "t", "description": "d", "type": "object", "required": ["b", "a"],
                "properties": {"a": {"type": "string", "enum": ["x"]}, "b": {"type": "integer"}, "c": {}}})
        );
    }

    #[test]
    fn plain_values_merge_and_contradictions_are_reported() {
        assert_eq!(
            component(&json!({"allOf": [{"type": "string"}, {"minLength": 3}, {"maxLength": 4}]})),
            json!({"type": "string", "minLength": 3, "maxLength": 4})
        );
        let schema = json!({"allOf": [c("Base"), {"properties": {"a": {"type": "boolean"}}}]});
        assert_eq!(component(&schema), json!({"type": "object", "properties": {"a": {"type": "boolean"}}}));
        assert_eq!(widened(&schema), ["/components/schemas/T/properties/a"]);
    }

    #[test]
    fn an_all_of_of_itself_ends() {
        let lowered = components(&json!({
            "A": {"allOf": [c("A"), {"properties": {"a": {"type": "string"}}}]},
            "B": {"allOf": [c("C"), {"properties": {"b": {"type": "string"}}}]},
            "C": {"allOf": [c("B"), {"properties": {"c": {"type": "string"}}}]},
            "N": {"properties": {"child": {"allOf": [c("N"), {"properties": {"extra": {"type": "string"}}}]}}}
        }));
        assert_eq!(lowered["A"], json!({"type": "object", "properties": {"a": {"type": "string"}}}));
        assert_eq!(lowered["B"]["properties"]["b"], json!({"type": "string"}));
        assert_eq!(lowered["C"]["properties"]["c"], json!({"type": "string"}));
        assert_eq!(lowered["N"]["properties"]["child"], c("N"));
    }

    #[test]
    fn heirs_inherit_from_a_base_that_lists_them() {
        let lowered = components(&json!({
            "Pet": {"type": "object", "properties": {"kind": {"type": "string"}}, "required": ["kind"],
                "oneOf": [c("Cat"), c("Dog")], "discriminator": {"propertyName": "kind"}},
            "Cat": {"allOf": [c("Pet"), {"type": "object", "properties": {"lives": {"type": "integer"}}}]},
            "Dog": {"allOf": [c("Pet"), {"type": "object", "properties": {"tricks": {"type": "integer"}}}]}
        }));
        assert_eq!(lowered["Pet"], json!({"oneOf": [c("Cat"), c("Dog")], "discriminator": {"propertyName": "kind"}}));
        assert_eq!(
            lowered["Cat"],
            json!({"type": "object", "properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}}, "required": ["kind"]})
        );
    }

    #[test]
    fn a_base_with_a_mapping_stays_an_object() {
        let lowered = components(&json!({
            "Pet": {"type": "object", "properties": {"kind": {"type": "string"}},
                "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat"}}},
            "Cat": {"allOf": [c("Pet"), {"properties": {"lives": {"type": "integer"}}}]}
        }));
        assert_eq!(lowered["Pet"]["type"], "object");
        assert_eq!(
            lowered["Cat"],
            json!({"type": "object", "properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}}})
        );
    }

    #[test]
    fn what_stands_beside_a_union_goes_into_its_variants() {
        let lowered = components(&json!({
            "A": {"type": "object", "properties": {"a": {"type": "string"}}},
            "B": {"type": "object", "properties": {"id": {"type": "string"}}},
            "U": {"type": "object", "properties": {"id": {"type": "string"}}, "discriminator": {"propertyName": "t", "mapping": {"x": "#/components/schemas/A"}},
                "oneOf": [c("A"), c("B"), {"properties": {"n": {"type": "integer"}}}]},
            "V": {"allOf": [{"properties": {"v": {"type": "string"}}}, {"anyOf": [{"properties": {"w": {"type": "string"}}}, {"type": "integer"}]}]}
        }));
        assert_eq!(
            lowered["U"],
            json!({"discriminator": {"propertyName": "t", "mapping": {"x": "#/components/schemas/A"}}, "oneOf": [
                {"type": "object", "properties": {"id": {"type": "string"}, "a": {"type": "string"}}, "x-merged-from": "A", "x-discriminator-values": ["x"]},
                c("B"),
                {"type": "object", "properties": {"id": {"type": "string"}, "n": {"type": "integer"}}}
            ]})
        );
        assert_eq!(
            lowered["V"],
            json!({"type": "object", "properties": {"v": {"type": "string"}, "w": {"type": "string"}}})
        );
    }

    #[test]
    fn doubling_at_every_step_stays_small() {
        let mut schemas = serde_json::Map::new();
        schemas.insert("S0".to_owned(), json!({"type": "object", "properties": {"p": {"type": "string"}}}));
        for step in 1..40 {
            let part = |name: &str| json!({"allOf": [c(&format!("S{}", step - 1)), {"properties": {name: {"type": "string"}}}]});
            schemas
                .insert(format!("S{step}"), json!({"type": "object", "properties": {"l": part("x"), "r": part("y")}}));
        }
        let lowered = components(&Value::Object(schemas));
        assert!(lowered.to_string().len() < 50_000_000);
    }

    #[test]
    fn a_long_chain_is_merged_whole() {
        let mut schemas = serde_json::Map::new();
        for step in (0..300).rev() {
            let mut parts = vec![json!({"properties": {format!("p{step}"): {"type": "string"}}})];
            if step > 0 {
                parts.push(c(&format!("S{}", step - 1)));
            }
            schemas.insert(format!("S{step}"), json!({"allOf": parts}));
        }
        let lowered = components(&Value::Object(schemas));
        assert_eq!(lowered["S299"]["properties"].as_object().map(serde_json::Map::len), Some(300));
    }
}
