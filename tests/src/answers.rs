//! Holds an answer of a server against what the document says about the operation: status, headers, media type and schema.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

use crate::document::{document, entries, escaped, resolve};

/// An answer as it came over the wire.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of a name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {}", String::from_utf8_lossy(&self.body)))
    }
}

/// An operation of the document, with its place.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// Its path template.
    pub path: &'static str,
    /// Its method, in lower case.
    pub method: &'static str,
    /// What the document says about it.
    pub value: &'static Value,
}

/// All operations by their `operationId`.
pub fn operations() -> &'static HashMap<&'static str, Operation> {
    static OPERATIONS: OnceLock<HashMap<&'static str, Operation>> = OnceLock::new();
    OPERATIONS.get_or_init(|| {
        let mut operations = HashMap::new();
        for (path, item) in entries(document(), "paths") {
            for (method, value) in item.as_object().into_iter().flatten() {
                if let Some(id) = value.get("operationId").and_then(Value::as_str) {
                    operations.insert(id, Operation { path, method, value });
                }
            }
        }
        operations
    })
}

/// The operation that is called by a method and a path.
pub fn operation_at(method: &str, path: &str) -> Option<&'static str> {
    let fits = |template: &str| {
        // A parameter is never empty.
        let fit = |(part, name): (&str, &str)| if name.starts_with('{') { !part.is_empty() } else { part == name };
        path.split('/').count() == template.split('/').count() && path.split('/').zip(template.split('/')).all(fit)
    };
    let templates = entries(document(), "paths").filter(|(template, _)| fits(template));
    // A path that is spelt out hides one with a parameter in its place, whatever methods the two have.
    let (_, item) = templates.min_by_key(|(template, _)| template.matches('{').count())?;
    item.get(method.to_ascii_lowercase())?.get("operationId")?.as_str()
}

/// What the document says of an answer with a status, and under which key; nothing if it has no such answer.
pub fn response(operation_id: &str, status: u16) -> Option<(String, &'static Value)> {
    let responses = &operations().get(operation_id)?.value["responses"];
    let key = [status.to_string(), "default".to_owned()].into_iter().find(|key| responses.get(key).is_some())?;
    let response = resolve(&responses[&key]);
    Some((key, response))
}

/// What is wrong with an answer, each as a sentence; nothing if it is as the document says.
pub fn faults(operation_id: &str, answer: &Answer) -> Vec<String> {
    let Some(operation) = operations().get(operation_id) else {
        return vec![format!("the document has no operation `{operation_id}`")];
    };
    let Some((key, response)) = response(operation_id, answer.status) else {
        return vec![format!("the document has no answer {} for `{operation_id}`", answer.status)];
    };
    let mut faults = header_faults(response, answer);
    faults.extend(body_faults(operation, &key, response, answer));
    faults
}

/// Whether the document lets an operation be called with a JSON body.
///
/// # Panics
/// When it has no such operation.
pub fn is_request(operation_id: &str, body: &Value) -> bool {
    let operation = operations().get(operation_id).unwrap_or_else(|| panic!("no operation `{operation_id}`"));
    let request = operation.value.get("requestBody");
    let pointer = match request.and_then(|request| request.get("$ref")).and_then(Value::as_str) {
        Some(reference) => reference.trim_start_matches('#').to_owned(),
        None => format!("/paths/{}/{}/requestBody", escaped(operation.path), operation.method),
    };
    validator(&format!("{pointer}/content/application~1json/schema")).is_valid(body)
}

fn header_faults(response: &'static Value, answer: &Answer) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, header) in entries(response, "headers") {
        let header = resolve(header);
        match answer.header(name) {
            Some(value) => {
                let schema = resolve(&header["schema"]);
                let value = match schema["type"].as_str() {
                    Some("integer") => value.parse::<i64>().map_or_else(|_| json!(value), |number| json!(number)),
                    _ => json!(value),
                };
                let found = jsonschema::options().should_validate_formats(true).build(schema);
                match found {
                    Ok(validator) => {
                        faults.extend(validator.iter_errors(&value).map(|error| format!("header `{name}`: {error}")));
                    }
                    Err(error) => faults.push(format!("the schema of header `{name}` is broken: {error}")),
                }
            }
            None if header["required"] == true => faults.push(format!("header `{name}` is missing")),
            None => {}
        }
    }
    faults
}

fn body_faults(operation: &Operation, key: &str, response: &'static Value, answer: &Answer) -> Vec<String> {
    let Some(content) = response.get("content") else {
        let empty = answer.body.is_empty();
        return if empty { Vec::new() } else { vec!["there is a body, and the document has none".to_owned()] };
    };
    let given = answer.header("content-type").unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if content.get(&essence).is_none() {
        return vec![format!("the media type is `{given}`, which the document does not have here")];
    }
    match essence.as_str() {
        "application/json" => {}
        "application/pdf" if answer.body.starts_with(b"%PDF-") => return Vec::new(),
        "application/pdf" => return vec!["the body is no PDF".to_owned()],
        "text/csv" => {
            let text = std::str::from_utf8(&answer.body);
            let whole = text
                .is_ok_and(|text| text.ends_with("\r\n") && text.lines().next().is_some_and(|line| !line.is_empty()));
            return if whole { Vec::new() } else { vec!["the body is no CSV with a header line".to_owned()] };
        }
        other => return vec![format!("how `{other}` is to be checked is not known here")],
    }
    let value: Value = match serde_json::from_slice(&answer.body) {
        Ok(value) => value,
        Err(error) => return vec![format!("the body is no JSON: {error}")],
    };
    let in_place = operation.value["responses"][key].get("$ref").and_then(Value::as_str);
    let pointer = match in_place {
        Some(reference) => reference.trim_start_matches('#').to_owned(),
        None => format!("/paths/{}/{}/responses/{key}", escaped(operation.path), operation.method),
    };
    let pointer = format!("{pointer}/content/{}/schema", escaped(&essence));
    validator(&pointer).iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// The validator of the schema at a place of the document, made once.
fn validator(pointer: &str) -> Arc<Validator> {
    static MADE: OnceLock<Mutex<HashMap<String, Arc<Validator>>>> = OnceLock::new();
    let mut made = MADE.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = made.get(pointer) {
        return known.clone();
    }
    let validator = jsonschema::options()
        .with_registry(registry())
        .should_validate_formats(true)
        .build(
            &json!({"$ref": format!("https://document.test/api#{}", pointer.replace('{', "%7B").replace('}', "%7D"))}),
        )
        .unwrap_or_else(|error| panic!("the schema at {pointer} is broken: {error}"));
    let validator = Arc::new(validator);
    made.insert(pointer.to_owned(), validator.clone());
    validator
}

fn registry() -> &'static Registry<'static> {
    static REGISTRY: OnceLock<Registry<'static>> = OnceLock::new();
    REGISTRY.get_or_init(|| {
        Registry::new()
            .draft(jsonschema::Draft::Draft202012)
            .add("https://document.test/api", document())
            .and_then(jsonschema::RegistryBuilder::prepare)
            .unwrap_or_else(|error| panic!("the document cannot be looked up in: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16) -> Answer {
        let body = json!({"error": {
            "code": "resource_not_found", "details": [], "links": [], "message": "No such resource.",
            "request_id": "c446375c-d36a-4230-a6dc-85ab9b79893c", "type": "invalid_request_error",
        }});
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Answer { status, headers, body: body.to_string().into_bytes() }
    }

    #[test]
    fn an_operation_is_known_by_its_method_and_path() {
        for (method, path, expected) in [
            ("GET", "/2025-09/deals/deal_1", Some("deal_show")),
            ("get", "/2025-09/deals/stages", Some("deal_stage_list")),
            ("PATCH", "/2025-09/deals/stages", None),
            ("POST", "/oauth2/token", Some("oauth_token_create")),
            ("PUT", "/2025-09/deals", None),
            ("GET", "/2025-09/deals/", None),
            ("GET", "/2025-09/deals/deal_1/more", None),
            ("GET", "/2025-09", None),
        ] {
            assert_eq!(operation_at(method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn an_answer_of_the_document_has_no_fault() {
        assert_eq!(faults("contact_show", &error(404)), Vec::<String>::new());
    }

    #[test]
    fn what_is_wrong_with_an_answer_is_found() {
        let found = |operation: &str, answer: &Answer| faults(operation, answer).join("; ");
        assert!(found("contact_fly", &error(404)).contains("no operation"));
        assert!(found("contact_show", &error(418)).contains("no answer 418"));

        let mut answer = error(404);
        answer.headers[0].1 = "text/html".to_owned();
        assert!(found("contact_show", &answer).contains("media type"));

        let mut answer = error(404);
        answer.headers.push(("x-request-id".to_owned(), "seven".to_owned()));
        assert!(
            found("contact_show", &answer).contains("x-request-id")
                || found("contact_show", &answer).contains("X-Request-Id")
        );

        let mut answer = error(404);
        answer.body = json!({"error": {"code": "resource_not_found"}}).to_string().into_bytes();
        assert!(found("contact_show", &answer).contains("/error"));

        let mut answer = error(404);
        answer.body = b"<html>".to_vec();
        assert!(found("contact_show", &answer).contains("no JSON"));
    }
}
