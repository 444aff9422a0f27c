//! Names in Rust of everything that is generated: components, properties, operations, parameters.
//!
//! Unlowered, names that differ only in case or signs collide, and some are no identifiers or hide what the generated
//! code itself uses. Afterwards each thing carries its name under `x-rust-name`, unique in its scope.

use serde_json::{Value, json};

use super::{operations_mut, schemas_mut, text};
use crate::lower::Report;
use crate::lower::names::{Unique, pascal, snake, type_name};

/// Methods of the generated client itself, and types its builders use.
const RESERVED_OPERATIONS: &[&str] = &[
    "new",
    "new_with_client",
    "api_version",
    "baseurl",
    "client",
    "inner",
    "clone",
    "fmt",
    "pre",
    "post",
    "exec",
    "result",
    "option",
    "string",
    "error",
    "byte_stream",
    "response_value",
    "operation_info",
    "client_info",
    "client_hooks",
    "request_builder_ext",
    "vec",
    "box_",
    "some",
    "none",
    "ok",
    "err",
    "from",
    "into",
    "send",
    "sync",
    "drop",
    "default",
    "debug",
    "self_",
    "builder",
    "types",
    "try_into",
    "try_from",
    "request_ext",
    "to_string",
    "query_param",
    "argument",
    "dispatch",
    "decode",
    "failure",
    "failure_by_status",
];

/// Methods of a builder, and names its body uses.
const RESERVED_PARAMETERS: &[&str] = &[
    "new",
    "send",
    "body",
    "body_map",
    "client",
    "info",
    "header_map",
    "value",
    "clone",
    "self_",
    "stream",
    "pages",
    "try_into",
    "into",
    "from",
    "request",
    "response",
    "result",
    "url",
    "_url",
    "_request",
    "_response",
    "_result",
    "_client",
    "fmt",
    "url_",
    "csv",
    "pdf",
    "options",
];

/// Fields that the generated structs have besides their properties, and names their builders use.
const RESERVED_FIELDS: &[&str] =
    &["extra", "additional_properties", "build", "builder", "builder_fault", "clone", "fmt"];

/// The pass.
pub fn run(root: &mut Value, _report: &mut Report) {
    let mut types = Unique::default();
    // Results and ids have their names already.
    for list in ["x-results", "x-ids"] {
        for name in root.get(list).and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name) {
            types.take(name);
        }
    }
    // Components of the document come before those that were named by us.
    let mut order: Vec<String> = schemas_mut(root).keys().cloned().collect();
    order.sort_by_key(|name| schemas_mut(root)[name].get("x-pointer").is_none());
    for name in order {
        let schema = &mut schemas_mut(root)[&name];
        schema["x-rust-name"] = json!(types.take(&type_name(&name)));
        name_properties(schema);
    }

    let mut operations = Unique::default();
    let mut builders = Unique::default();
    RESERVED_OPERATIONS.iter().for_each(|name| {
        operations.take(name);
    });
    for operation in operations_mut(root, "paths") {
        let wanted = snake(text(operation.value, "operationId").unwrap_or(&operation.path));
        let wanted = wanted.trim_end_matches('_').to_owned();
        let wanted = if RESERVED_OPERATIONS.contains(&wanted.as_str()) || snake(&wanted) != wanted {
            format!("{wanted}_call")
        } else {
            wanted
        };
        let mut name = operations.take(&wanted);
        // The builder struct has the same name in camel case; it must be unique too.
        while builders.is_taken(&pascal(&name)) {
            name = operations.take(&wanted);
        }
        builders.take(&pascal(&name));
        operation.value["x-rust-name"] = json!(name);
        name_parameters(operation.value);
    }
}

fn name_properties(schema: &mut Value) {
    let mut taken = Unique::default();
    RESERVED_FIELDS.iter().for_each(|name| {
        taken.take(name);
    });
    for (name, property) in schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
        let wanted = snake(name);
        let wanted = if RESERVED_FIELDS.contains(&wanted.as_str()) { format!("{wanted}_") } else { wanted };
        property["x-rust-name"] = json!(taken.take(&wanted));
    }
}

fn name_parameters(operation: &mut Value) {
    let mut taken = Unique::default();
    RESERVED_PARAMETERS.iter().for_each(|name| {
        taken.take(name);
    });
    let Some(parameters) = operation.get_mut("parameters").and_then(Value::as_array_mut) else { return };
    // A path parameter has the first claim on its name.
    let mut order: Vec<usize> = (0..parameters.len()).collect();
    order.sort_by_key(|i| text(&parameters[*i], "in") != Some("path"));
    for i in order {
        let parameter = &mut parameters[i];
        let wanted = snake(text(parameter, "name").unwrap_or_default());
        let wanted = if RESERVED_PARAMETERS.contains(&wanted.as_str()) {
            format!("{}_parameter", wanted.trim_matches('_'))
        } else {
            wanted
        };
        let name = if taken.is_taken(&wanted) {
            let place = text(parameter, "in").unwrap_or("query").to_owned();
            taken.take(&format!("{}_{place}", wanted.trim_end_matches('_')))
        } else {
            taken.take(&wanted)
        };
        parameter["x-rust-name"] = json!(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_identifiers_and_unique_in_their_scope() {
        let mut root = json!({
            "paths": {
                "/a": {"get": {"operationId": "getUser", "parameters": [
                    {"name": "id", "in": "query"}, {"name": "id", "in": "path"}, {"name": "type", "in": "query"}, {"name": "client", "in": "query"}]}},
                "/b": {"get": {"operationId": "get_user"}},
                "/c": {"get": {"operationId": "new"}},
                "/d": {"get": {"operationId": "type"}}},
            "components": {"schemas": {
                "foo_bar": {"properties": {"fooBar": {}, "foo_bar": {}, "self": {}, "extra": {}}},
                "FooBar": {}, "String": {}}},
        });
        run(&mut root, &mut Report::default());
        let name =
            |pointer: &str| root.pointer(pointer).and_then(|v| text(v, "x-rust-name")).unwrap_or_default().to_owned();
        assert_eq!(name("/components/schemas/foo_bar"), "FooBar");
        assert_eq!(name("/components/schemas/FooBar"), "FooBar2");
        assert_eq!(name("/components/schemas/String"), "StringType");
        assert_eq!(name("/components/schemas/foo_bar/properties/fooBar"), "foo_bar");
        assert_eq!(name("/components/schemas/foo_bar/properties/foo_bar"), "foo_bar2");
        assert_eq!(name("/components/schemas/foo_bar/properties/extra"), "extra_");
        assert_eq!(name("/paths/~1a/get"), "get_user");
        assert_eq!(name("/paths/~1b/get"), "get_user2");
        assert_eq!(name("/paths/~1c/get"), "new_call");
        assert_eq!(name("/paths/~1d/get"), "type_call");
        assert_eq!(name("/paths/~1a/get/parameters/0"), "id_query");
        assert_eq!(name("/paths/~1a/get/parameters/1"), "id");
        assert_eq!(name("/paths/~1a/get/parameters/2"), "type_");
        assert_eq!(name("/paths/~1a/get/parameters/3"), "client_parameter");
    }
}
