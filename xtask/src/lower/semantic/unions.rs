//! `oneOf`: how the forms of a union are told apart.
//!
//! Unlowered, every union is tried form by form, the first that decodes wins, and a form that is new on the server is an
//! error. Afterwards each union is marked `x-union`: by a tag (a constant that every form has under one key), by the
//! prefix of the id (references to several kinds of resource), or by shape, with what must be there for a form to fit.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value, json};

use super::{SCHEMAS, constant, flag, is_struct, required, resolve, schemas, schemas_mut, target, text};
use crate::lower::names::{Unique, pascal, type_name, words};
use crate::lower::structural::{LeftOut, Report};

/// The pass.
pub fn run(root: &mut Value, report: &mut Report) {
    let names: Vec<String> = schemas(root)
        .into_iter()
        .flatten()
        .filter(|(_, schema)| schema.get("oneOf").is_some())
        .map(|(name, _)| name.clone())
        .collect();
    for name in names {
        let union = resource_union(root, &name)
            .or_else(|| tagged_union(root, &name))
            .unwrap_or_else(|| untagged_union(root, &name));
        if let Some(key) = text(&union, "key") {
            mark_tags(root, &name, key);
        }
        if flag(&root["components"]["schemas"][&name], "x-resource") && text(&union, "kind") == Some("untagged") {
            report.widened.push(LeftOut {
                pointer: format!("/components/schemas/{name}"),
                reason: "its kinds have no id prefixes of their own, so they are told apart by shape".to_owned(),
            });
        }
        root["components"]["schemas"][&name]["x-union"] = union;
    }
    mark_scalar_constants(root);
}

fn branches<'a>(root: &'a Value, name: &str) -> &'a [Value] {
    schemas(root)
        .and_then(|schemas| schemas.get(name))
        .and_then(|schema| schema.get("oneOf"))
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn resource_union(root: &Value, name: &str) -> Option<Value> {
    let schema = schemas(root)?.get(name)?;
    let all = super::ids::union_prefixes(root, schema)?;
    let mut variants = Vec::new();
    for branch in branches(root, name) {
        let component = target(branch)?;
        let prefixes = super::ids::resource_prefixes(root, component)?;
        let [prefix] = prefixes.as_slice() else { return None };
        variants.push(json!({ "name": type_name(component), "prefix": prefix }));
    }
    (all.len() == variants.len()).then(|| json!({ "kind": "resources", "variants": variants }))
}

fn tagged_union(root: &Value, name: &str) -> Option<Value> {
    let union = schemas(root)?.get(name)?;
    let branches = branches(root, name);
    let forms: Vec<&Value> = branches.iter().map(|branch| resolve(root, branch)).collect();
    if !forms.iter().all(|form| is_struct(form)) {
        return None;
    }
    let discriminator = union.pointer("/discriminator/propertyName").and_then(Value::as_str);
    let first = forms.first()?.get("properties")?.as_object()?;
    let by_constant = discriminator.into_iter().chain(first.keys().map(String::as_str)).find_map(|key| {
        let values: Vec<Vec<String>> = forms.iter().map(|form| tag_values(root, form, key)).collect::<Option<_>>()?;
        distinct(&values).then_some((key, values))
    });
    let (key, values) = match (by_constant, discriminator) {
        (Some(found), _) => found,
        (None, Some(key)) => {
            let values: Vec<Vec<String>> =
                branches.iter().map(|branch| mapped_values(root, union, branch)).collect::<Option<_>>()?;
            distinct(&values).then_some((key, values))?
        }
        (None, None) => return None,
    };
    let mut taken = Unique::default();
    taken.take("Unknown");
    let variants: Vec<Value> =
        values.iter().map(|values| json!({ "name": taken.take(&pascal(&values[0])), "values": values })).collect();
    Some(json!({ "kind": "tagged", "key": key, "variants": variants }))
}

/// The values that the property `key` of a form may have, if they are counted.
fn tag_values(root: &Value, form: &Value, key: &str) -> Option<Vec<String>> {
    let property = resolve(root, form.get("properties")?.get(key)?);
    if flag(property, "x-open-enum") || flag(property, "nullable") {
        return None;
    }
    let values = property.get("enum")?.as_array()?;
    values.iter().map(|value| value.as_str().map(str::to_owned)).collect()
}

/// The values that the discriminator's mapping gives for a form; its component's name where it gives none.
fn mapped_values(root: &Value, union: &Value, branch: &Value) -> Option<Vec<String>> {
    // A form that became inline, since what stands beside the union was merged into it, carries its values itself.
    let own = resolve(root, branch).get("x-discriminator-values").and_then(Value::as_array);
    if let Some(values) = own {
        return values.iter().map(|value| value.as_str().map(str::to_owned)).collect();
    }
    let name = target(branch)?;
    let mapping = union.pointer("/discriminator/mapping").and_then(Value::as_object);
    let mapped: Vec<String> = mapping
        .into_iter()
        .flatten()
        .filter(|(_, to)| to.as_str().is_some_and(|to| to.strip_prefix(SCHEMAS).unwrap_or(to) == name))
        .map(|(value, _)| value.clone())
        .collect();
    Some(if mapped.is_empty() { vec![name.to_owned()] } else { mapped })
}

fn distinct(values: &[Vec<String>]) -> bool {
    let mut seen = HashSet::new();
    values.iter().all(|values| !values.is_empty() && values.iter().all(|value| seen.insert(value)))
}

fn untagged_union(root: &Value, name: &str) -> Value {
    let mut taken = Unique::default();
    taken.take("Unknown");
    let mut variants = Vec::new();
    let mut ranks = Vec::new();
    for branch in branches(root, name) {
        let form = resolve(root, branch);
        // A reference that may be expanded is sure of its id alone.
        let is_reference = flag(branch, "x-expandable");
        variants.push(json!({
            "name": taken.take(&variant_name(name, branch, form)),
            "required": if is_reference { vec!["id"] } else { required(form) },
            "constants": if is_reference { Map::new() } else { constants(root, form) },
        }));
        ranks.push(rank(form));
    }
    let mut order: Vec<usize> = (0..variants.len()).collect();
    order.sort_by_key(|i| ranks[*i]);
    json!({ "kind": "untagged", "variants": variants, "order": order })
}

/// What decodes fewest values is tried first.
fn rank(form: &Value) -> (u8, i64) {
    let properties = i64::try_from(required(form).len()).unwrap_or(0);
    match text(form, "type") {
        _ if form.get("oneOf").is_some() => (8, 0),
        Some("string") if constant(form).is_some() => (0, 0),
        Some("boolean") => (1, 0),
        Some("integer") => (2, 0),
        Some("number") => (3, 0),
        Some("string") if form.get("x-id").is_some() => (4, 0),
        Some("string") if form.get("format").is_some() => (4, 1),
        Some("object") if is_struct(form) => (5, -properties),
        Some("array") => (6, 0),
        Some("object") => (7, 0),
        Some("string") => (9, 0),
        _ => (10, 0),
    }
}

fn variant_name(union: &str, branch: &Value, form: &Value) -> String {
    if let Some(component) = target(branch) {
        let (union, own) = (words(union), words(component));
        let same = union.iter().zip(&own).take_while(|(a, b)| a == b).count();
        let rest = if same == union.len() && same < own.len() { own[same..].join("_") } else { component.to_owned() };
        return pascal(&rest);
    }
    if let Some(title) = text(branch, "title") {
        return pascal(title);
    }
    if let Some(value) = constant(form) {
        return pascal(value);
    }
    match (text(form, "type"), text(form, "format")) {
        (Some("string"), Some("date-time")) => "DateTime".to_owned(),
        (Some("string"), Some("date")) => "Date".to_owned(),
        (Some("string"), _) => text(form, "x-id").map_or_else(|| "String".to_owned(), pascal),
        (Some("object"), _) => "Map".to_owned(),
        (Some("array"), _) => match form.get("items").and_then(target) {
            Some(item) => format!("{}List", pascal(item)),
            None => "List".to_owned(),
        },
        (Some(kind), _) => pascal(kind),
        (None, _) => "Any".to_owned(),
    }
}

fn constants(root: &Value, form: &Value) -> Map<String, Value> {
    let required: BTreeMap<&str, ()> = required(form).into_iter().map(|name| (name, ())).collect();
    form.get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(name, _)| required.contains_key(name.as_str()))
        .filter_map(|(name, property)| Some((name.clone(), json!(constant(resolve(root, property))?))))
        .collect()
}

/// Marks the tag in each form, where it stands inline and has one value: it is written by itself then.
fn mark_tags(root: &mut Value, name: &str, key: &str) {
    let forms: Vec<String> = branches(root, name).iter().filter_map(target).map(str::to_owned).collect();
    for form in forms {
        let mut name = form;
        // Through components that are only another name for the form.
        while let Some(next) = schemas(root).and_then(|schemas| schemas.get(&name)).and_then(target) {
            name = next.to_owned();
        }
        let property = schemas_mut(root).get_mut(&name).and_then(|form| form.get_mut("properties")?.get_mut(key));
        if let Some(property) = property
            && let Some(value) = constant(property).map(str::to_owned)
        {
            property["x-constant"] = json!(value);
        }
    }
}

/// A form that is one single text is told apart by that text.
fn mark_scalar_constants(root: &mut Value) {
    for (_, schema) in schemas_mut(root) {
        for branch in schema.get_mut("oneOf").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(value) = constant(branch).map(str::to_owned) {
                branch["x-constant"] = json!(value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lowered(schemas: Value) -> Value {
        let mut root = json!({ "components": { "schemas": schemas } });
        run(&mut root, &mut Report::default());
        root["components"]["schemas"].take()
    }

    fn form(kind: &str) -> Value {
        json!({"type": "object", "required": ["type"], "properties": {"type": {"type": "string", "enum": [kind]}}})
    }

    #[test]
    fn constants_under_one_key_are_a_tag() {
        let schemas = lowered(json!({
            "Coupon": {"oneOf": [{"$ref": "#/components/schemas/CouponPercentage"}, {"$ref": "#/components/schemas/CouponAmount"}]},
            "CouponPercentage": form("percentage"), "CouponAmount": form("amount"),
        }));
        assert_eq!(
            schemas["Coupon"]["x-union"],
            json!({"kind": "tagged", "key": "type", "variants": [
            {"name": "Percentage", "values": ["percentage"]}, {"name": "Amount", "values": ["amount"]}]})
        );
        assert_eq!(schemas["CouponAmount"]["properties"]["type"]["x-constant"], "amount");
    }

    #[test]
    fn a_discriminator_without_constants_goes_by_its_mapping() {
        let plain = json!({"type": "object", "properties": {"kind": {"type": "string"}}});
        let schemas = lowered(json!({
            "Pet": {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
                "discriminator": {"propertyName": "kind", "mapping": {"meow": "#/components/schemas/Cat", "purr": "Cat"}}},
            "Cat": plain, "Dog": plain,
        }));
        assert_eq!(schemas["Pet"]["x-union"]["variants"][0]["values"], json!(["meow", "purr"]));
        assert_eq!(schemas["Pet"]["x-union"]["variants"][1]["values"], json!(["Dog"]));
    }

    #[test]
    fn shapes_are_tried_from_the_narrowest_to_the_widest() {
        let schemas = lowered(json!({"When": {"oneOf": [
            {"type": "string"}, {"type": "string", "format": "date-time"}, {"type": "string", "enum": ["now"]}]}}));
        let union = &schemas["When"]["x-union"];
        assert_eq!(union["order"], json!([2, 1, 0]));
        assert_eq!(union["variants"][2]["name"], "Now");
        assert_eq!(schemas["When"]["oneOf"][2]["x-constant"], "now");
    }

    #[test]
    fn kinds_of_resources_are_told_apart_by_their_ids() {
        let resource = |prefix: &str| {
            json!({"type": "object", "x-resource": true, "properties":
            {"id": {"type": "string", "pattern": format!("^{prefix}_")}}})
        };
        let schemas = lowered(json!({
            "Creator": {"x-resource": true, "x-resource-union": true,
                "oneOf": [{"$ref": "#/components/schemas/Staff"}, {"$ref": "#/components/schemas/Robot"}]},
            "Staff": resource("staff"), "Robot": resource("rob"),
        }));
        assert_eq!(schemas["Creator"]["x-union"]["kind"], "resources");
        assert_eq!(schemas["Creator"]["x-union"]["variants"][1], json!({"name": "Robot", "prefix": "rob_"}));
    }
}
