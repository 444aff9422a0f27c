//! The client: progenitor generates it from the lowered operations, a pass over its output does what no setting offers.
//!
//! What progenitor is given names every type, parameter and operation by a number, so that nothing in a document can
//! collide with what it generates itself, and no schema reaches it: each type stands for itself through `x-rust-type`.
//! The numbers are replaced by the real names in the tokens that come back.

use std::collections::HashMap;

use proc_macro2::TokenStream;
use progenitor_impl::{GenerationSettings, Generator, InterfaceStyle, UnknownPolicy};
use serde_json::{Map, Value, json};

use super::rewrite::{self, Names};
use crate::document::DocumentError;
use crate::lower::LeftOut;
use crate::model::{Body, BodyForm, Model, Operation, Place, Ty};

/// How the client of a crate differs from that of another.
#[derive(Debug, Clone, Default)]
pub struct ClientSettings {
    /// Whether the crate has a client of its own, in `crate::Client`, and sends the calls itself, in `crate::call`.
    pub own_client: bool,
}

/// The module of the client, and what progenitor would not generate.
#[derive(Debug)]
pub struct Client {
    /// The module, formatted.
    pub text: String,
    /// Operations that had to be left out.
    pub refused: Vec<LeftOut>,
}

/// The module of the client.
///
/// An operation that progenitor refuses, or panics on, is left out and reported; the lowering is there so that it never
/// comes to that.
///
/// # Errors
/// When progenitor's output cannot be read.
pub fn client(model: &Model, settings: &ClientSettings) -> Result<Client, DocumentError> {
    let mut refused = Vec::new();
    if let Ok(text) = attempt(model, settings) {
        return Ok(Client { text, refused });
    }
    let mut kept = model.clone();
    kept.operations.retain(|operation| {
        let alone = Model { operations: vec![operation.clone()], ..Model::default() };
        match attempt(&alone, settings) {
            Ok(_) => true,
            Err(reason) => {
                let reason = format!("the operation is left out: {reason}");
                refused.push(LeftOut { pointer: operation.pointer.clone(), reason });
                false
            }
        }
    });
    let text = attempt(&kept, settings).map_err(|reason| DocumentError::at("", reason))?;
    Ok(Client { text, refused })
}

/// Generates the module; a panic on the way is an error like any other.
fn attempt(model: &Model, settings: &ClientSettings) -> Result<String, String> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let result = std::panic::catch_unwind(|| module(model, settings));
    std::panic::set_hook(hook);
    match result {
        Ok(result) => result.map_err(|error| error.message),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            Err(text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("progenitor panicked").to_owned())
        }
    }
}

fn module(model: &Model, settings: &ClientSettings) -> Result<String, DocumentError> {
    if settings.own_client {
        for operation in &model.operations {
            rewrite::repeatable(operation).map_err(|reason| DocumentError::at(&operation.pointer, reason))?;
        }
    }
    let mut names = Names::default();
    let document = Input::new(&mut names).document(model);
    let document: openapiv3::OpenAPI = serde_json::from_value(document)
        .map_err(|error| DocumentError::at("", format!("the lowered document does not parse: {error}")))?;
    let tokens = generate(&document)?;
    let file = rewrite::rewrite(tokens, &names, model, settings)
        .map_err(|error| DocumentError::at("", format!("progenitor's output cannot be read: {error}")))?;
    // An operation must not get lost in silence.
    let methods = rewrite::methods(&file);
    match model.operations.iter().find(|operation| !methods.contains(&operation.name)) {
        Some(lost) => {
            Err(DocumentError::at("", format!("progenitor does not generate `{} {}`", lost.method, lost.path)))
        }
        None => Ok(prettyplease::unparse(&file)),
    }
}

fn generate(document: &openapiv3::OpenAPI) -> Result<TokenStream, DocumentError> {
    let mut generation = GenerationSettings::new();
    generation.with_interface(InterfaceStyle::Builder).with_unknown_crates(UnknownPolicy::Allow);
    Generator::new(&generation)
        .generate_tokens(document)
        .map_err(|error| DocumentError::at("", format!("progenitor refuses the lowered document: {error}")))
}

/// Makes the document that progenitor is given.
struct Input<'a> {
    names: &'a mut Names,
    types: HashMap<Ty, usize>,
}

impl<'a> Input<'a> {
    fn new(names: &'a mut Names) -> Self {
        Self { names, types: HashMap::new() }
    }

    fn document(&mut self, model: &Model) -> Value {
        let mut paths = Map::new();
        for (i, operation) in model.operations.iter().enumerate() {
            // One path item per operation: the path itself is of no matter until the tokens come back.
            let path = self.path(i, operation);
            let value = self.operation(i, operation);
            paths.insert(path, json!({ operation.method.to_lowercase(): value }));
        }
        json!({ "openapi": "3.0.3", "info": { "title": "client", "version": "0" }, "paths": paths })
    }

    /// The path with the parameters by number. A path that several methods share is told apart by its operation, in
    /// a first segment that is taken off again.
    fn path(&mut self, i: usize, operation: &Operation) -> String {
        let mut path = operation.path.clone();
        for (n, parameter) in operation.parameters.iter().enumerate() {
            if parameter.place == Place::Path {
                path = path.replace(&format!("{{{}}}", parameter.wire), &format!("\u{1}{n}\u{2}"));
            }
        }
        let path: String = path
            .chars()
            .map(|c| match c {
                // A literal brace or `#` of the path must not be read as part of a template or as a fragment.
                '{' => "%7B".to_owned(),
                '}' => "%7D".to_owned(),
                '#' => "%23".to_owned(),
                ' ' => "%20".to_owned(),
                '"' => "%22".to_owned(),
                c => c.to_string(),
            })
            .collect();
        let mut out = String::new();
        let mut rest = path.as_str();
        while let Some((before, after)) = rest.split_once('\u{1}') {
            let (n, after) = after.split_once('\u{2}').unwrap_or((after, ""));
            out.push_str(before);
            out.push_str(&format!("{{{}}}", Names::parameter(i, n.parse().unwrap_or(0))));
            rest = after;
        }
        // A path that lacks its first slash is common, and can only mean one thing.
        let slash = if operation.path.starts_with('/') { "" } else { "/" };
        format!("/{}{slash}{out}{rest}", rewrite::path_mark(i))
    }

    fn operation(&mut self, i: usize, operation: &Operation) -> Value {
        self.names.operation(i, operation);
        let parameters: Vec<Value> = operation
            .parameters
            .iter()
            .enumerate()
            .map(|(n, parameter)| {
                self.names.add_parameter(i, n, parameter);
                let place = match parameter.place {
                    Place::Path => "path",
                    Place::Query => "query",
                    // A cookie is a header until the tokens come back.
                    Place::Header | Place::Cookie => "header",
                };
                json!({ "name": Names::parameter(i, n), "in": place, "required": parameter.required,
                        "schema": self.ty(&parameter.ty) })
            })
            .collect();
        let mut value = json!({
            "operationId": Names::operation_id(i),
            "parameters": parameters,
            "responses": self.responses(operation),
        });
        if let Some(body) = &operation.body {
            value["requestBody"] = match &body.form {
                BodyForm::Raw => json!({ "required": true, "content": { "application/octet-stream": {
                    "schema": { "type": "string", "format": "binary" } } } }),
                BodyForm::Json(ty) | BodyForm::Form(ty) | BodyForm::Multipart(ty) => {
                    let ty = if body.required { ty.clone() } else { Ty::Option(Box::new(ty.clone())) };
                    json!({ "required": true, "content": { "application/json": { "schema": self.ty(&ty) } } })
                }
            };
        }
        value
    }

    fn responses(&mut self, operation: &Operation) -> Value {
        let mut responses = Map::new();
        if let Some(content) = self.content(&operation.success) {
            let statuses = &operation.success_statuses;
            let exact = statuses.iter().filter(|status| status.starts_with('2') && !status.ends_with("XX"));
            let exact: Vec<&String> = exact.collect();
            let is_loose =
                matches!(operation.success, Body::Union(_)) || exact.len() < statuses.len() || exact.is_empty();
            if is_loose {
                responses.insert("2XX".to_owned(), content);
            } else {
                responses.extend(exact.into_iter().map(|status| (status.clone(), content.clone())));
            }
        }
        if let Some(content) = self.content(&operation.error) {
            responses.insert("4XX".to_owned(), content.clone());
            responses.insert("5XX".to_owned(), content);
        }
        Value::Object(responses)
    }

    fn content(&mut self, body: &Body) -> Option<Value> {
        let schema = match body {
            Body::Absent => return None,
            Body::None => return Some(json!({ "description": "" })),
            Body::Text | Body::Binary => return Some(json!({ "description": "", "content": { "*/*": {} } })),
            Body::Json(ty) => self.ty(ty),
            Body::Union(name) => self.ty(&Ty::Named(name.clone())),
        };
        Some(json!({ "description": "", "content": { "application/json": { "schema": schema } } }))
    }

    fn ty(&mut self, ty: &Ty) -> Value {
        let names = &mut *self.names;
        let number = *self.types.entry(ty.clone()).or_insert_with(|| names.add_type(ty));
        json!({ "type": "object", "x-rust-type": {
            "crate": "spec", "version": "*", "path": format!("spec::{}", Names::ty(number)) } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(name: &str, path: &str) -> Operation {
        Operation {
            id: name.to_owned(),
            name: name.to_owned(),
            method: "GET".to_owned(),
            path: path.to_owned(),
            pointer: format!("/paths/{name}/get"),
            ..Operation::default()
        }
    }

    #[test]
    fn what_progenitor_refuses_is_left_out_and_the_rest_is_there() {
        // No such method: the operation does not come back.
        let mut bad = operation("bad", "/bad");
        bad.method = "FETCH".to_owned();
        let model = Model { operations: vec![operation("good", "/good"), bad], ..Model::default() };
        let client = client(&model, &ClientSettings::default()).unwrap();
        assert!(client.text.contains("pub fn good(&self)"));
        assert!(!client.text.contains("pub fn bad(&self)"));
        assert_eq!(client.refused.len(), 1);
        assert_eq!(client.refused[0].pointer, "/paths/bad/get");
    }
}
