//! A request body has one media type, the one the client will send. Without it a body that can be sent in several
//! ways has no one Rust type.

use serde_json::Value;

use super::{
    Report,
    schemas::{self, METHODS, Object},
};

pub(super) fn pass(root: &mut Value, _report: &mut Report) {
    for map in ["paths", "webhooks"] {
        let Some(Value::Object(items)) = root.get_mut(map) else { continue };
        for item in items.values_mut() {
            for method in METHODS {
                let Some(Value::Object(operation)) = item.get_mut(method) else { continue };
                let Some(body) = operation.remove("requestBody") else { continue };
                if let Some(body) = normal(body) {
                    operation.insert("requestBody".to_owned(), body);
                }
            }
        }
    }
}

/// A media type, without its parameters and in lower case.
pub(super) fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a media type is JSON, whatever it is called.
pub(super) fn is_json(essence: &str) -> bool {
    essence.ends_with("/json") || essence.ends_with("+json")
}

/// Whether `*/*` stands for JSON: some tools write it for whatever they serialise.
pub(super) fn is_any_of_json(essence: &str, content: &Value) -> bool {
    matches!(essence, "*/*" | "application/*" | "*")
        && content
            .get("schema")
            .and_then(Value::as_object)
            .is_some_and(|schema| !schema.is_empty() && schema.get("type").is_none_or(|name| name != "string"))
}

/// The schema of a file.
pub(super) fn binary() -> Value {
    schemas::object([("type", "string".into()), ("format", "binary".into())])
}

/// The schema a media type declares, if it says anything at all.
pub(super) fn declared(content: Value) -> (Option<Value>, Option<Value>) {
    let Value::Object(mut content) = content else { return (None, None) };
    (content.remove("schema").filter(Value::is_object), content.remove("encoding").filter(Value::is_object))
}

/// Whether a form can be made of it.
fn has_fields(schema: &Value) -> bool {
    schema.get("type").is_none_or(|name| name == "object")
}

fn normal(body: Value) -> Option<Value> {
    let Value::Object(mut body) = body else { return None };
    let content = match body.remove("content") {
        Some(Value::Object(content)) => content,
        _ => return None,
    };
    let ranked = content.iter().enumerate().map(|(index, (name, content))| (rank(name, content), index, name.clone()));
    let (_, _, chosen) = ranked.min()?;
    let mut others: Vec<Value> = Vec::new();
    let mut sent = Value::Null;
    for (name, content) in content {
        if name == chosen {
            sent = content;
        } else {
            others.push(name.into());
        }
    }
    let kind = essence(&chosen);
    let wildcard = is_any_of_json(&kind, &sent);
    let (schema, encoding) = declared(sent);
    let mut media_type = Object::new();
    let kind = match (kind.as_str(), schema) {
        (kind, schema) if is_json(kind) || wildcard => {
            media_type.insert("schema".to_owned(), schema.unwrap_or_else(|| schemas::object([])));
            "json"
        }
        ("application/x-www-form-urlencoded", Some(schema)) if has_fields(&schema) => {
            media_type.insert("schema".to_owned(), schema);
            "form"
        }
        ("multipart/form-data", Some(schema)) if has_fields(&schema) => {
            media_type.insert("schema".to_owned(), schema);
            "multipart"
        }
        ("text/plain", _) => {
            media_type.insert("schema".to_owned(), schemas::object([("type", "string".into())]));
            "text"
        }
        _ => {
            media_type.insert("schema".to_owned(), binary());
            "binary"
        }
    };
    if matches!(kind, "form" | "multipart") {
        media_type.extend(encoding.map(|encoding| ("encoding".to_owned(), encoding)));
    }
    let sent_as = if wildcard { "application/json".to_owned() } else { chosen };
    let mut normal = Object::new();
    normal.insert("required".to_owned(), Value::Bool(schemas::is_true(&body, "required")));
    if let Some(description @ Value::String(_)) = body.remove("description") {
        normal.insert("description".to_owned(), description);
    }
    normal.insert("content".to_owned(), Value::Object(Object::from_iter([(sent_as, Value::Object(media_type))])));
    normal.insert("x-body".to_owned(), kind.into());
    if !others.is_empty() {
        normal.insert("x-also-accepts".to_owned(), Value::Array(others));
    }
    for (key, value) in body {
        if key.starts_with("x-") {
            normal.entry(key).or_insert(value);
        }
    }
    Some(Value::Object(normal))
}

/// The lower, the sooner a media type is sent.
fn rank(media_type: &str, content: &Value) -> u8 {
    match essence(media_type).as_str() {
        "application/json" => 0,
        kind if is_json(kind) || is_any_of_json(kind, content) => 1,
        "application/x-www-form-urlencoded" => 2,
        "multipart/form-data" => 3,
        "text/plain" => 4,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::lower::structural::tests::lowered;

    fn body(content: &Value) -> Value {
        let root =
            lowered(json!({"openapi": "3.0.0", "paths": {"/a": {"post": {"requestBody": {"content": content}}}}}));
        root["paths"]["/a"]["post"]["requestBody"].clone()
    }

    #[test]
    fn the_media_type_that_is_easiest_to_type_is_sent() {
        let object = json!({"schema": {"type": "object"}});
        let binary = json!({"schema": {"type": "string", "format": "binary"}});
        for (content, media_type, kind, sent) in [
            (json!({"text/xml": object, "application/json": object}), "application/json", "json", &object),
            (json!({"application/vnd.a+json; v=1": object}), "application/vnd.a+json; v=1", "json", &object),
            (json!({"application/json": {}}), "application/json", "json", &json!({"schema": {}})),
            (
                json!({"multipart/form-data": object, "application/x-www-form-urlencoded": object}),
                "application/x-www-form-urlencoded",
                "form",
                &object,
            ),
            (json!({"multipart/form-data": object}), "multipart/form-data", "multipart", &object),
            (json!({"multipart/form-data": {}}), "multipart/form-data", "binary", &binary),
            (json!({"multipart/mixed": object}), "multipart/mixed", "binary", &binary),
            (json!({"text/plain": object}), "text/plain", "text", &json!({"schema": {"type": "string"}})),
            (json!({"application/xml": object}), "application/xml", "binary", &binary),
            (json!({"*/*": object}), "application/json", "json", &object),
            (json!({"*/*": {}}), "*/*", "binary", &binary),
        ] {
            let lowered = body(&content);
            assert_eq!(lowered["x-body"], kind, "{content}");
            assert_eq!(lowered["content"], json!({media_type: sent}), "{content}");
            assert_eq!(lowered["required"], false);
        }
        assert_eq!(
            body(&json!({"text/xml": object, "application/json": object}))["x-also-accepts"],
            json!(["text/xml"])
        );
    }

    #[test]
    fn a_body_without_content_is_none() {
        assert_eq!(body(&json!({})), Value::Null);
    }
}
