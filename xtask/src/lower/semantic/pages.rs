//! Lists that come in pages.
//!
//! Unlowered, a caller fetches page after page by hand. Afterwards each answer of an operation that takes a `page`, has one
//! list at its top, and tells the number of the next page, is marked `x-page`.

use serde_json::{Value, json};

use super::{flag, operations, resolve, schemas_mut, target, text};
use crate::lower::Report;

/// The pass.
pub fn run(root: &mut Value, _report: &mut Report) {
    let mut pages = Vec::new();
    for (_, _, operation) in operations(root, "paths") {
        let takes_page = operation.get("parameters").and_then(Value::as_array).into_iter().flatten().any(|parameter| {
            text(parameter, "name") == Some("page")
                && parameter.get("schema").is_some_and(|schema| text(resolve(root, schema), "type") == Some("integer"))
        });
        let Some(name) = operation.pointer("/x-success/schema").and_then(target).filter(|_| takes_page) else {
            continue;
        };
        let schema = resolve(root, &operation["x-success"]["schema"]);
        let lists: Vec<&String> = schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter(|(_, property)| text(property, "type") == Some("array") && !flag(property, "nullable"))
            .map(|(name, _)| name)
            .collect();
        let next = next_path(root, schema, &mut Vec::new());
        if let ([items], Some(next)) = (lists.as_slice(), next)
            && super::required(schema).contains(&items.as_str())
        {
            pages.push((name.to_owned(), json!({ "items": items, "next": next })));
        }
    }
    let components = schemas_mut(root);
    for (name, page) in pages {
        if let Some(schema) = components.get_mut(&name) {
            schema["x-page"] = page;
        }
    }
}

/// The way to a required, nullable integer called `next` or `next_page`, through required objects.
fn next_path(root: &Value, schema: &Value, path: &mut Vec<String>) -> Option<Vec<String>> {
    let required = super::required(schema);
    let properties = schema.get("properties")?.as_object()?;
    for (name, property) in properties.iter().filter(|(name, _)| required.contains(&name.as_str())) {
        let form = resolve(root, property);
        path.push(name.clone());
        let is_next = matches!(name.as_str(), "next" | "next_page")
            && text(form, "type") == Some("integer")
            && flag(property, "nullable");
        if is_next {
            return Some(path.clone());
        }
        let deeper = path.len() < 4 && text(form, "type") == Some("object") && !flag(property, "nullable");
        if let Some(found) = deeper.then(|| next_path(root, form, path)).flatten() {
            return Some(found);
        }
        path.pop();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_tells_the_next_page_is_a_page() {
        let mut root = json!({
            "paths": {"/a": {"get": {"parameters": [{"name": "page", "in": "query", "schema": {"type": "integer"}}],
                "x-success": {"kind": "json", "schema": {"$ref": "#/components/schemas/List"}}}}},
            "components": {"schemas": {
                "List": {"type": "object", "required": ["items", "meta"], "properties": {
                    "items": {"type": "array", "items": {"type": "string"}}, "meta": {"$ref": "#/components/schemas/Meta"}}},
                "Meta": {"type": "object", "required": ["next"], "properties": {"next": {"type": "integer", "nullable": true}}}}},
        });
        run(&mut root, &mut Report::default());
        assert_eq!(
            root["components"]["schemas"]["List"]["x-page"],
            json!({"items": "items", "next": ["meta", "next"]})
        );
    }
}
