//! Results: what an operation gives, told apart by status.
//!
//! Unlowered, an operation with several success bodies, or with errors that have different bodies or none, is a panic.
//! Afterwards each operation has one `x-success` and one `x-error`: a type, nothing, a stream of bytes, or a union by
//! status. Unions with the same arms are shared between operations; they are listed in `x-results` at the root.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{operations_mut, schemas, text};
use crate::lower::names::{Unique, pascal, type_name};
use crate::lower::structural::{LeftOut, Report};

/// The pass.
pub fn run(root: &mut Value, report: &mut Report) {
    let mut taken = Unique::default();
    for name in schemas(root).into_iter().flatten().map(|(name, _)| name) {
        taken.take(&type_name(name));
    }
    let mut unions = Unions { taken, by_arms: BTreeMap::new(), list: Map::new() };
    for operation in operations_mut(root, "paths") {
        let id = pascal(text(operation.value, "operationId").unwrap_or(&operation.path));
        let pointer = text(operation.value, "x-pointer").unwrap_or_default().to_owned();
        let responses = operation.value.get("responses").and_then(Value::as_object).cloned().unwrap_or_default();
        note_other_media_types(&responses, &pointer, report);
        let (success, error) = split(&responses);
        operation.value["x-success"] = unions.result(&success, &format!("{id}Answer"));
        operation.value["x-error"] = unions.result(&error, &format!("{id}Error"));
        if success.is_empty() && responses.keys().any(|status| status.starts_with('3')) {
            operation.value["x-redirects"] = json!(true);
        }
    }
    root["x-results"] = Value::Object(unions.list);
}

/// One status with what its answer holds.
#[derive(Clone)]
struct Arm {
    status: String,
    kind: String,
    schema: Value,
}

fn split(responses: &Map<String, Value>) -> (Vec<Arm>, Vec<Arm>) {
    let mut success = Vec::new();
    let mut error = Vec::new();
    let has_success = responses.keys().any(|status| status.starts_with('2'));
    for (status, response) in responses {
        let kind = text(response, "x-body").unwrap_or("none").to_owned();
        let schema = super::content(response).map_or(Value::Null, |(_, schema)| schema.clone());
        let arm = Arm { status: status.clone(), kind, schema };
        match status.chars().next() {
            Some('2') => success.push(arm),
            Some('4' | '5') => error.push(arm),
            Some('d') => {
                if !has_success {
                    success.push(arm.clone());
                }
                error.push(arm);
            }
            _ => {}
        }
    }
    // Exact codes are matched before ranges, and both before the default.
    for arms in [&mut success, &mut error] {
        arms.sort_by_key(|arm| (arm.status == "default", arm.status.ends_with("XX"), arm.status.clone()));
    }
    (success, error)
}

struct Unions {
    taken: Unique,
    by_arms: BTreeMap<String, String>,
    list: Map<String, Value>,
}

impl Unions {
    fn result(&mut self, arms: &[Arm], name: &str) -> Value {
        let Some(first) = arms.first() else { return json!({ "kind": "absent" }) };
        let same = arms.iter().all(|arm| arm.kind == first.kind && plain(&arm.schema) == plain(&first.schema));
        if same && (first.kind != "text" || arms.len() == 1) {
            let statuses: Vec<&str> = arms.iter().map(|arm| arm.status.as_str()).collect();
            return json!({ "kind": first.kind, "schema": first.schema, "statuses": statuses });
        }
        let mut variants = Unique::default();
        variants.take("Unknown");
        let arms: Vec<Value> = arms
            .iter()
            .map(|arm| {
                json!({ "status": arm.status, "variant": variants.take(&variant(&arm.status)), "kind": arm.kind,
                        "schema": plain(&arm.schema) })
            })
            .collect();
        let key = Value::Array(arms.clone()).to_string();
        let taken = &mut self.taken;
        let list = &mut self.list;
        let name = self.by_arms.entry(key).or_insert_with(|| {
            let name = taken.take(&type_name(name));
            list.insert(name.clone(), Value::Array(arms));
            name
        });
        json!({ "kind": "union", "name": name })
    }
}

/// A schema without what does not change its type.
fn plain(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(object) = schema.as_object_mut() {
        object.retain(|key, _| {
            !matches!(
                key.as_str(),
                "description"
                    | "title"
                    | "example"
                    | "examples"
                    | "default"
                    | "deprecated"
                    | "x-evidence"
                    | "x-inferred"
            )
        });
    }
    schema
}

fn variant(status: &str) -> String {
    let name = match status {
        "200" => "Ok",
        "201" => "Created",
        "202" => "Accepted",
        "203" => "NonAuthoritative",
        "204" => "NoContent",
        "205" => "ResetContent",
        "206" => "PartialContent",
        "207" => "MultiStatus",
        "400" => "BadRequest",
        "401" => "Unauthorized",
        "402" => "PaymentRequired",
        "403" => "Forbidden",
        "404" => "NotFound",
        "405" => "MethodNotAllowed",
        "406" => "NotAcceptable",
        "409" => "Conflict",
        "410" => "Gone",
        "412" => "PreconditionFailed",
        "413" => "ContentTooLarge",
        "415" => "UnsupportedMediaType",
        "422" => "UnprocessableContent",
        "429" => "TooManyRequests",
        "500" => "InternalServerError",
        "501" => "NotImplemented",
        "502" => "BadGateway",
        "503" => "ServiceUnavailable",
        "504" => "GatewayTimeout",
        "2XX" => "Success",
        "4XX" => "ClientError",
        "5XX" => "ServerError",
        "default" => "Default",
        other => return format!("Status{other}"),
    };
    name.to_owned()
}

fn note_other_media_types(responses: &Map<String, Value>, pointer: &str, report: &mut Report) {
    for (status, response) in responses {
        let others: Vec<&str> = response
            .get("x-also-produces")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        if !others.is_empty() {
            report.left_out.push(LeftOut {
                pointer: format!("{pointer}/responses/{status}/content"),
                reason: format!(
                    "the generated call asks for {}; left to hand-written calls: {}",
                    super::content(response).map_or("no body", |(media_type, _)| media_type),
                    others.join(", ")
                ),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(responses: Value) -> Value {
        let mut root = json!({"paths": {"/a": {"post": {"operationId": "make", "responses": responses}}}});
        run(&mut root, &mut Report::default());
        json!({ "success": root["paths"]["/a"]["post"]["x-success"], "error": root["paths"]["/a"]["post"]["x-error"],
                "unions": root["x-results"] })
    }

    fn body(name: &str) -> Value {
        json!({"x-body": "json", "content": {"application/json": {"schema": {"$ref": format!("#/components/schemas/{name}")}}}})
    }

    #[test]
    fn one_body_is_a_plain_type() {
        let out = results(json!({"201": body("A"), "400": body("E"), "500": body("E")}));
        assert_eq!(out["success"]["kind"], "json");
        assert_eq!(
            out["error"],
            json!({"kind": "json", "schema": {"$ref": "#/components/schemas/E"}, "statuses": ["400", "500"]})
        );
    }

    #[test]
    fn several_bodies_are_told_apart_by_status() {
        let out = results(
            json!({"200": body("A"), "202": body("B"), "204": {"x-body": "none"}, "404": {"x-body": "none"}, "default": body("E")}),
        );
        assert_eq!(out["success"]["name"], "MakeAnswer");
        let arms: Vec<&str> = out["unions"]["MakeAnswer"]
            .as_array()
            .unwrap()
            .iter()
            .map(|arm| arm["variant"].as_str().unwrap())
            .collect();
        assert_eq!(arms, ["Ok", "Accepted", "NoContent"]);
        let arms: Vec<&str> =
            out["unions"]["MakeError"].as_array().unwrap().iter().map(|arm| arm["variant"].as_str().unwrap()).collect();
        assert_eq!(arms, ["NotFound", "Default"]);
    }
}
