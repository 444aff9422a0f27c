//! Values held against schemas of the document, all in one go: one compilation shares what the schemas have in common,
//! which is most of a document.

use std::collections::HashMap;

use jsonschema::{Draft, Registry, ValidationError};
use serde_json::{Map, Value, json};

use super::context::Context;
use super::walk::{Kind, holds_schemas};

/// The name under which the document is known to the validator. Nothing is ever fetched from it.
const BASE: &str = "urn:document";

/// A value that should fit a schema.
#[derive(Clone)]
pub(super) struct Case<'a> {
    /// Where the value stands.
    pub pointer: String,
    /// The value.
    pub value: &'a Value,
    /// Where the schema stands.
    pub schema: String,
}

/// Why a value does not fit, or why a schema cannot be used.
pub(super) struct Fault {
    /// Where the value, or the schema, stands.
    pub pointer: String,
    /// What is wrong with it.
    pub message: String,
}

/// Holds every case against its schema.
pub(super) fn validate(context: &Context<'_>, cases: &[Case<'_>]) -> Vec<Fault> {
    let document = dialect(context);
    let builder = Registry::new().draft(Draft::Draft202012).add(BASE, &document);
    let registry = match builder.and_then(jsonschema::RegistryBuilder::prepare) {
        Ok(registry) => registry,
        Err(error) => return vec![Fault { pointer: String::new(), message: error.to_string() }],
    };
    let mut schemas: Vec<&str> = cases.iter().map(|case| case.schema.as_str()).collect();
    schemas.sort_unstable();
    schemas.dedup();
    if let Ok(faults) = validate_together(&registry, &schemas, cases) {
        return faults;
    }
    // One schema that cannot be compiled must not hide what the others find.
    let mut faults = broken(context, &document);
    let known = !faults.is_empty();
    for schema in schemas {
        let own: Vec<Case<'_>> = cases.iter().filter(|case| case.schema == schema).cloned().collect();
        match validate_together(&registry, &[schema], &own) {
            Ok(found) => faults.extend(found),
            // The schemas that refer to a broken one are broken with it, in the same words.
            Err(message) if known || faults.iter().any(|fault| fault.message == message) => {}
            Err(message) => faults.push(Fault { pointer: schema.to_owned(), message }),
        }
    }
    faults
}

/// The schemas that cannot be compiled even by themselves, without what they hold and refer to.
fn broken(context: &Context<'_>, document: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    for node in context.of(Kind::Schema) {
        let Some(Value::Object(schema)) = document.pointer(&node.pointer) else { continue };
        let mut alone = schema.clone();
        alone.retain(|key, _| !key.starts_with('$') && !holds_schemas(key));
        if let Err(error) = jsonschema::options().with_draft(Draft::Draft202012).offline().build(&Value::Object(alone))
        {
            let pointer = format!("{}{}", node.pointer, error.instance_path());
            faults.push(Fault { pointer, message: unusable(&error) });
        }
    }
    faults
}

fn unusable(error: &ValidationError<'_>) -> String {
    format!("the schema cannot be used: {error}")
}

fn validate_together(registry: &Registry<'_>, schemas: &[&str], cases: &[Case<'_>]) -> Result<Vec<Fault>, String> {
    // One object whose properties are the schemas, and one instance of it whose properties are their values.
    let index: HashMap<&str, usize> = schemas.iter().enumerate().map(|(i, schema)| (*schema, i)).collect();
    let mut properties = Map::new();
    for (schema, i) in &index {
        let reference = format!("{BASE}#{}", encode(schema));
        properties.insert(i.to_string(), json!({"items": {"$ref": reference}}));
    }
    let root = json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "properties": properties});
    let validator = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_registry(registry)
        .offline()
        .should_validate_formats(true)
        .should_ignore_unknown_formats(true)
        .build(&root)
        .map_err(|error| unusable(&error))?;

    let mut order: Vec<Vec<&Case<'_>>> = vec![Vec::new(); schemas.len()];
    for case in cases {
        if let Some(&i) = index.get(case.schema.as_str()) {
            order[i].push(case);
        }
    }
    let instance: Map<String, Value> = order
        .iter()
        .enumerate()
        .map(|(i, cases)| (i.to_string(), cases.iter().map(|case| case.value.clone()).collect()))
        .collect();
    let instance = Value::Object(instance);
    let mut faults = Vec::new();
    for error in validator.iter_errors(&instance) {
        let path = error.instance_path().to_string();
        let mut steps = path.splitn(4, '/').skip(1);
        let case = steps
            .next()
            .and_then(|i| order.get(i.parse::<usize>().ok()?))
            .zip(steps.next())
            .and_then(|(cases, i)| cases.get(i.parse::<usize>().ok()?));
        let rest = steps.next().map(|rest| format!("/{rest}")).unwrap_or_default();
        if let Some(case) = case {
            faults.push(Fault { pointer: format!("{}{rest}", case.pointer), message: explain(&error, path.len()) });
        }
    }
    Ok(faults)
}

/// The message of an error; of a union the one of its branch that came nearest. `known` is how much of the path to the
/// value the reader has already.
fn explain(error: &ValidationError<'_>, known: usize) -> String {
    use jsonschema::error::ValidationErrorKind as Kind;
    let whole = matches!(error.instance().as_ref(), Value::Object(_) | Value::Array(_));
    // A whole object would bury what is said about it.
    let message = if whole { error.masked().to_string() } else { error.to_string() };
    let context = match error.kind() {
        Kind::OneOfNotValid { context } | Kind::AnyOf { context } => context,
        _ => return message,
    };
    // The branch whose faults lie deepest is the one that was meant; of equals the one with the fewest.
    let closeness = |errors: &Vec<ValidationError<'_>>| {
        let shallowest = errors.iter().map(|error| error.instance_path().to_string().matches('/').count()).min();
        (shallowest, std::cmp::Reverse(errors.len()))
    };
    let branches = context.iter().filter(|errors| !errors.is_empty());
    match branches.max_by_key(|errors| closeness(errors)).and_then(|errors| errors.first()) {
        Some(nearest) => {
            let path = nearest.instance_path().to_string();
            let rest =
                path.get(known..).filter(|rest| !rest.is_empty()).map(|rest| format!("{rest}: ")).unwrap_or_default();
            format!("{message}; nearest: {rest}{}", explain(nearest, path.len()))
        }
        None => message,
    }
}

/// The document with its schemas in the dialect of OpenAPI 3.1.
fn dialect(context: &Context<'_>) -> Value {
    let mut root = context.document.root.clone();
    if context.is_v30() {
        for node in context.of(Kind::Schema) {
            if let Some(Value::Object(schema)) = root.pointer_mut(&node.pointer) {
                modernise(schema);
            }
        }
    }
    root
}

/// `nullable` and boolean exclusive bounds of OpenAPI 3.0 as JSON Schema 2020-12 has them.
fn modernise(schema: &mut Map<String, Value>) {
    if schema.remove("nullable") == Some(true.into()) {
        if let Some(kind) = schema.get("type").cloned() {
            schema.insert("type".to_owned(), json!([kind, "null"]));
        }
        if let Some(Value::Array(values)) = schema.get_mut("enum")
            && !values.contains(&Value::Null)
        {
            values.push(Value::Null);
        }
    }
    for (bound, exclusive) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
        if let Some(Value::Bool(yes)) = schema.get(exclusive).cloned() {
            schema.remove(exclusive);
            if yes && let Some(limit) = schema.remove(bound) {
                schema.insert(exclusive.to_owned(), limit);
            }
        }
    }
}

/// A pointer as the fragment of a URI.
fn encode(pointer: &str) -> String {
    let mut out = String::with_capacity(pointer.len());
    for byte in pointer.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b':' | b'@' | b'!' | b'$' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
