//! The OpenAPI document of the control API, made of the same table as the router.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use bytes::Bytes;
use schemars::generate::{Contract, SchemaSettings};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::route::{Query, Response, Route, Tag};
use super::table;
use crate::generated::DOCUMENT;

const DESCRIPTION: &str = "What staff and customers do with the mock, and what only a mock can. Independent of Stora and not \
    endorsed by it. Errors are those of the public API. A control token is needed only where the server was started with one. A \
    body is read as JSON whatever its Content-Type says, so that curl needs no header; YAML, where it is taken, has to say so.";

const EVENTS: &str = "One message for each event: `id` is its id, `event` its type, `data` the whole body that endpoints get, on one \
    line. Who reads too slowly gets a message `lagged`, whose `data` says how many events were lost: `{\"lost\": 7}`. It goes on \
    until the server stops or the operator is removed.";

/// The document of a server at an address, as JSON.
pub(super) fn of(server: &str) -> Bytes {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    let mut document = DOCUMENT.get_or_init(make).clone();
    document["servers"] = json!([{"url": format!("{server}/_mock")}]);
    // For people too, and the same to the byte as where it is checked in.
    format!("{document:#}\n").into()
}

/// The schema of a document that is described nowhere else.
pub(super) fn any_object(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "object"})
}

/// The document without the address of a server.
fn make() -> Value {
    let mut schemas = Schemas::new();
    let mut paths = Map::new();
    for route in table::routes() {
        let operation = operation(&route, &mut schemas);
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.as_str().to_ascii_lowercase()] = operation;
    }
    let tags: Vec<Value> =
        Tag::ALL.iter().map(|tag| json!({"name": tag.name(), "description": tag.description()})).collect();
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Control API of the Stora mock",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [],
        "tags": tags,
        "security": [{}, {"ControlToken": []}],
        "paths": paths,
        "components": {
            "schemas": schemas.finish(),
            "securitySchemes": {"ControlToken": {"type": "http", "scheme": "bearer"}},
        },
    })
}

fn operation(route: &Route, schemas: &mut Schemas) -> Value {
    let mut operation = json!({
        "operationId": route.id,
        "tags": [route.tag.name()],
        "summary": route.summary,
        "responses": {},
    });
    let mut parameters = path_parameters(route.path);
    const UNUSABLE: &str = "A value that was sent cannot be used, or a parameter is not known.";
    let mut errors = vec![(422, UNUSABLE), (500, "Something went wrong in the mock.")];
    if matches!(route.query, Query::Operator | Query::OperatorAnd(_)) {
        parameters.push(json!({
            "name": "operator",
            "in": "query",
            "description": "The operator that it is about.",
            "schema": {"type": "string", "default": crate::server::DEMO_OPERATOR},
        }));
    }
    if let Query::Members(schema) | Query::OperatorAnd(schema) = route.query {
        parameters.extend(schemas.members(schema));
    }
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
        errors.push((404, "There is no such operator or record."));
    }
    if let Some(request) = route.request {
        let schema = schemas.request(request.schema);
        let content: Map<String, Value> =
            request.media_types.iter().map(|name| ((*name).to_owned(), json!({"schema": schema}))).collect();
        operation["requestBody"] = json!({"required": request.required, "content": content});
        errors.push((400, "The body cannot be read."));
    }
    if route.method != crate::contract::Method::Get {
        errors.push((409, "The state of things forbids it."));
    }
    if route.open {
        operation["security"] = json!([]);
    } else {
        errors.push((401, "The control token is missing or wrong."));
    }
    errors.sort_unstable();
    errors.dedup();
    let responses = &mut operation["responses"];
    responses[route.status.to_string()] = success(route, schemas);
    for (status, description) in errors {
        responses[status.to_string()] = json!({
            "description": description,
            "content": {"application/json": {"schema": schemas.of_api("Error")}},
        });
    }
    operation
}

fn success(route: &Route, schemas: &mut Schemas) -> Value {
    let (media_type, schema) = match route.response {
        Response::Empty => return json!({"description": "It is done."}),
        Response::Json(schema) => ("application/json", schemas.response(schema)),
        Response::Record(envelope, name) => {
            let (record, meta) = (schemas.of_api(name), schemas.of_api("Meta"));
            let schema = json!({
                "type": "object",
                "required": [envelope, "meta"],
                "properties": {envelope: record, "meta": meta},
                "additionalProperties": false,
            });
            ("application/json", schema)
        }
        Response::Page => ("text/html", json!({"type": "string"})),
        Response::Events => ("text/event-stream", json!({"type": "string", "description": EVENTS})),
    };
    json!({"description": "It is done.", "content": {media_type: {"schema": schema}}})
}

fn path_parameters(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parameter = |name: &str| {
        let description = match name.strip_suffix("_id") {
            Some(of) => format!("The id of the {}.", of.replace('_', " ")),
            None => format!("The {name}."),
        };
        json!({
            "name": name,
            "in": "path",
            "required": true,
            "description": description,
            "schema": {"type": "string"},
        })
    };
    names.map(parameter).collect()
}

/// The schemas that the document refers to.
struct Schemas {
    requests: SchemaGenerator,
    responses: SchemaGenerator,
    /// The document of the API.
    api: Value,
    /// The names of the schemas of that which are referred to.
    of_api: BTreeSet<String>,
}

impl Schemas {
    fn new() -> Self {
        let generator = |contract| {
            SchemaSettings::draft2020_12()
                .with(|settings| {
                    settings.definitions_path = "/components/schemas".into();
                    settings.contract = contract;
                })
                .into_generator()
        };
        Self {
            requests: generator(Contract::Deserialize),
            responses: generator(Contract::Serialize),
            api: serde_json::from_str(DOCUMENT).unwrap_or_default(),
            of_api: BTreeSet::new(),
        }
    }

    fn request(&mut self, schema: super::route::SchemaOf) -> Value {
        schema(&mut self.requests).to_value()
    }

    fn response(&mut self, schema: super::route::SchemaOf) -> Value {
        schema(&mut self.responses).to_value()
    }

    /// The members of an object, as query parameters.
    fn members(&mut self, schema: super::route::SchemaOf) -> Vec<Value> {
        let schema = schema(&mut self.requests).to_value();
        let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()).unwrap_or_default().to_owned();
        let object = self.requests.definitions_mut().shift_remove(&name).unwrap_or(schema);
        let members = object["properties"].as_object().into_iter().flatten();
        members
            .map(|(name, schema)| {
                let mut schema = schema.clone();
                let description = schema["description"].take();
                json!({"name": name, "in": "query", "description": description, "schema": of_parameter(schema)})
            })
            .collect()
    }

    /// A reference to a schema of the document of the API.
    fn of_api(&mut self, name: &str) -> Value {
        self.of_api.insert(name.to_owned());
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    /// All schemas, with those that they refer to in turn.
    fn finish(mut self) -> Map<String, Value> {
        let mut all = self.responses.take_definitions(true);
        all.extend(self.requests.take_definitions(true));
        let mut wanted: Vec<String> = self.of_api.into_iter().collect();
        while let Some(name) = wanted.pop() {
            if !all.contains_key(&name) {
                let schema = self.api["components"]["schemas"][&name].take();
                references(&schema, &mut wanted);
                all.insert(name, schema);
            }
        }
        all.sort_keys();
        all
    }
}

/// The schema of a query parameter: where a member may be null, the parameter is left out.
fn of_parameter(mut schema: Value) -> Value {
    if let Some(Value::Array(branches)) = schema.get_mut("anyOf") {
        return branches.first_mut().map(Value::take).unwrap_or_default();
    }
    if let Value::Object(keywords) = &mut schema {
        keywords.retain(|_, value| !value.is_null());
        if let Some(Value::Array(types)) = keywords.get_mut("type") {
            let first = types.first_mut().map(Value::take).unwrap_or_default();
            keywords.insert("type".to_owned(), first);
        }
    }
    schema
}

/// Adds the names of the schemas that a schema refers to.
fn references(schema: &Value, out: &mut Vec<String>) {
    match schema {
        Value::Object(members) => {
            if let Some(name) = members.get("$ref").and_then(Value::as_str) {
                out.extend(name.strip_prefix("#/components/schemas/").map(str::to_owned));
            }
            members.values().for_each(|value| references(value, out));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, out)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Commands are made of the file, so that both have to be the same.
    #[test]
    fn the_document_is_checked_in_as_it_is_served() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/control.json");
        let served = of("http://127.0.0.1:4010");
        if std::env::var_os("UPDATE_CONTROL_DOCUMENT").is_some() {
            std::fs::write(&file, &served).unwrap();
        }
        let checked_in = std::fs::read(&file).unwrap_or_default();
        assert!(
            served == checked_in,
            "openapi/control.json is not what the mock serves. Renew it, and the commands that are made of it:\n\
             UPDATE_CONTROL_DOCUMENT=1 cargo test -p stora-mock --lib checked_in && cargo xtask codegen"
        );
    }

    #[test]
    fn no_schema_of_the_control_api_has_the_name_of_one_of_the_api() {
        let mut schemas = Schemas::new();
        for route in table::routes() {
            operation(&route, &mut schemas);
        }
        let api = schemas.api["components"]["schemas"].clone();
        let own = schemas.requests.take_definitions(true).into_iter().chain(schemas.responses.take_definitions(true));
        for (name, _) in own {
            assert!(api.get(&name).is_none(), "{name}");
        }
    }
}
