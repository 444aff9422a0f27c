//! A response has one media type, the one the client asks for, or none. Without it an operation that answers in JSON
//! or CSV has no one Rust type; in real documents this is the first cause of operations that cannot be generated.

use serde_json::Value;

use super::{
    Report,
    parameters::schema_of,
    request_bodies::{binary, declared, essence, is_any_of_json, is_json},
    schemas::{self, METHODS, Object},
};
use crate::document::pointer;

pub(super) fn pass(root: &mut Value, report: &mut Report) {
    for map in ["paths", "webhooks"] {
        let Some(Value::Object(items)) = root.get_mut(map) else { continue };
        for item in items.values_mut() {
            for method in METHODS {
                if let Some(Value::Object(operation)) = item.get_mut(method) {
                    settle(operation, report);
                }
            }
        }
    }
}

fn settle(operation: &mut Object, report: &mut Report) {
    let at = operation.get("x-pointer").and_then(Value::as_str).unwrap_or_default().to_owned();
    let at = pointer::join(&at, "responses");
    let Some(Value::Object(responses)) = operation.get_mut("responses") else { return };
    let mut settled = Object::new();
    for (status, response) in std::mem::take(responses) {
        if status.starts_with("x-") {
            continue;
        }
        match (normal_status(&status), response) {
            (Some(status), Value::Object(response)) => {
                let response = normal(response, &status);
                settled.entry(status).or_insert(response);
            }
            _ => report.widen(pointer::join(&at, &status), "this is no status of HTTP with a response; it is left out"),
        }
    }
    *responses = settled;
}

fn normal_status(status: &str) -> Option<String> {
    let status = status.trim();
    if status.eq_ignore_ascii_case("default") {
        return Some("default".to_owned());
    }
    let bytes = status.as_bytes();
    let class = bytes.len() == 3 && (b'1'..=b'5').contains(&bytes[0]);
    let rest = bytes.get(1..).unwrap_or_default();
    (class && (rest.iter().all(u8::is_ascii_digit) || rest.eq_ignore_ascii_case(b"xx")))
        .then(|| status.to_ascii_uppercase())
}

fn normal(mut response: Object, status: &str) -> Value {
    let mut normal = Object::new();
    let description = response.remove("description").filter(Value::is_string).unwrap_or_else(|| "".into());
    normal.insert("description".to_owned(), description);
    let content = match response.remove("content") {
        Some(Value::Object(content)) if !never_has_body(status) => content,
        _ => Object::new(),
    };
    let chosen =
        content.iter().enumerate().map(|(index, (name, content))| (rank(name, content), index, name.clone())).min();
    let kind = match chosen {
        None => "none",
        Some((_, _, chosen)) => {
            let mut others: Vec<Value> = Vec::new();
            let mut asked = Value::Null;
            for (name, content) in content {
                if name == chosen {
                    asked = content;
                } else {
                    others.push(name.into());
                }
            }
            let (kind, media_type, schema) = ask(&chosen, asked);
            let content = schemas::object([("schema", schema)]);
            normal.insert("content".to_owned(), Value::Object(Object::from_iter([(media_type, content)])));
            if !others.is_empty() {
                normal.insert("x-also-produces".to_owned(), Value::Array(others));
            }
            kind
        }
    };
    normal.insert("x-body".to_owned(), kind.into());
    if let Some(Value::Object(headers)) = response.remove("headers") {
        let headers = headers_of(headers);
        if !headers.is_empty() {
            normal.insert("headers".to_owned(), Value::Object(headers));
        }
    }
    for (key, value) in response {
        if key.starts_with("x-") {
            normal.entry(key).or_insert(value);
        }
    }
    Value::Object(normal)
}

fn never_has_body(status: &str) -> bool {
    matches!(status, "204" | "205" | "304") || status.starts_with('1')
}

/// How the body is read, under which media type and as which schema.
fn ask(media_type: &str, content: Value) -> (&'static str, String, Value) {
    let kind = essence(media_type);
    let wildcard = is_any_of_json(&kind, &content);
    let (schema, _) = declared(content);
    if is_json(&kind) || wildcard {
        let media_type = if wildcard { "application/json".to_owned() } else { media_type.to_owned() };
        ("json", media_type, schema.unwrap_or_else(|| schemas::object([])))
    } else if is_text(&kind) {
        ("text", media_type.to_owned(), schemas::object([("type", "string".into())]))
    } else {
        ("binary", media_type.to_owned(), binary())
    }
}

/// A stream of events never ends, so that it cannot be read as one text.
fn is_text(essence: &str) -> bool {
    essence.starts_with("text/") && essence != "text/event-stream"
}

fn rank(media_type: &str, content: &Value) -> u8 {
    match essence(media_type).as_str() {
        "application/json" => 0,
        kind if is_json(kind) || is_any_of_json(kind, content) => 1,
        kind if is_text(kind) => 2,
        _ => 3,
    }
}

fn headers_of(headers: Object) -> Object {
    let mut normal = Object::new();
    for (name, header) in headers {
        let Value::Object(mut header) = header else { continue };
        // OpenAPI says to ignore it: the media type tells.
        if name.eq_ignore_ascii_case("content-type") {
            continue;
        }
        let mut kept = Object::new();
        if let Some(description @ Value::String(_)) = header.remove("description") {
            kept.insert("description".to_owned(), description);
        }
        kept.insert("required".to_owned(), Value::Bool(schemas::is_true(&header, "required")));
        let (schema, content_type) = schema_of(&mut header);
        kept.insert("schema".to_owned(), schema);
        kept.extend(content_type.map(|content_type| ("x-content-type".to_owned(), content_type.into())));
        for (key, value) in header {
            if key.starts_with("x-") {
                kept.entry(key).or_insert(value);
            }
        }
        normal.insert(name, Value::Object(kept));
    }
    normal
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::lower::structural::tests::{lowered, report};

    fn responses(responses: &Value) -> Value {
        let root = lowered(json!({"openapi": "3.0.0", "paths": {"/a": {"get": {"responses": responses}}}}));
        root["paths"]["/a"]["get"]["responses"].clone()
    }

    #[test]
    fn the_media_type_that_is_easiest_to_type_is_asked_for() {
        let object = json!({"schema": {"type": "object"}});
        let text = json!({"schema": {"type": "string"}});
        let binary = json!({"schema": {"type": "string", "format": "binary"}});
        for (content, media_type, kind, asked) in [
            (json!({"text/csv": text, "application/json": object}), "application/json", "json", &object),
            (json!({"application/problem+json": {}}), "application/problem+json", "json", &json!({"schema": {}})),
            (json!({"application/json;charset=utf-8": object}), "application/json;charset=utf-8", "json", &object),
            (json!({"application/pdf": {}, "text/csv": {}}), "text/csv", "text", &text),
            (json!({"application/pdf": {}}), "application/pdf", "binary", &binary),
            (json!({"text/event-stream": object}), "text/event-stream", "binary", &binary),
            (json!({"*/*": object}), "application/json", "json", &object),
        ] {
            let lowered = responses(&json!({"200": {"content": content}}));
            assert_eq!(lowered["200"]["x-body"], kind, "{content}");
            assert_eq!(lowered["200"]["content"], json!({media_type: asked}), "{content}");
        }
        let lowered = responses(&json!({"200": {"content": {"text/csv": {}, "application/json": {}}}}));
        assert_eq!(lowered["200"]["x-also-produces"], json!(["text/csv"]));
    }

    #[test]
    fn statuses_are_spelled_one_way_and_some_have_no_body() {
        let content = json!({"application/json": {"schema": {}}});
        let given = json!({"204": {"description": "d", "content": content}, "4xx": {"content": {}}, "default": {}, "600": {}, "2X0": {}, "x-a": {}});
        let document = json!({"openapi": "3.0.0", "paths": {"/a": {"get": {"responses": given}}}});
        let none = json!({"description": "", "x-body": "none"});
        assert_eq!(
            lowered(document.clone())["paths"]["/a"]["get"]["responses"],
            json!({"204": {"description": "d", "x-body": "none"}, "4XX": none, "default": none})
        );
        let dropped: Vec<_> = report(document).widened.into_iter().map(|entry| entry.pointer).collect();
        assert_eq!(dropped, ["/paths/~1a/get/responses/600", "/paths/~1a/get/responses/2X0"]);
    }

    #[test]
    fn headers_are_kept_with_one_schema() {
        let given = json!({"200": {"headers": {"Content-Type": {}, "X-A": {"content": {"application/json": {"schema": {"type": "object"}}}}, "X-B": {}}}});
        assert_eq!(
            responses(&given)["200"]["headers"],
            json!({"X-A": {"required": false, "schema": {"type": "object"}, "x-content-type": "application/json"},
                "X-B": {"required": false, "schema": {"type": "string"}}})
        );
    }
}
