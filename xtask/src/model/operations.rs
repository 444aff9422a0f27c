//! The operations of the model.

use serde_json::Value;

use super::build::Builder;
use super::parts::doc_of;
use super::{Body, BodyForm, Operation, Parameter, Place, RequestBody, Ty};
use crate::lower::names::pascal;
use crate::lower::semantic::{content, flag, is_struct, operations, resolve, target, text};

pub(super) fn build(builder: &mut Builder<'_>) -> Vec<Operation> {
    let root = builder.root;
    operations(root, "paths").into_iter().map(|(path, method, value)| operation(builder, path, method, value)).collect()
}

fn operation(builder: &mut Builder<'_>, path: &str, method: &str, value: &Value) -> Operation {
    let id = text(value, "operationId").unwrap_or_default().to_owned();
    let strings = |key: &str| -> Vec<String> {
        value
            .get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    };
    let parameters = value.get("parameters").and_then(Value::as_array).into_iter().flatten();
    let parameters = parameters.map(|parameter| self::parameter(builder, parameter, &id)).collect();
    let body = value.get("requestBody").and_then(|body| request_body(builder, body, &id));
    let success = builder.body(&value["x-success"], &format!("{}Answer", pascal(&id)));
    let error = builder.body(&value["x-error"], &format!("{}Error", pascal(&id)));
    let responses = value.get("responses").and_then(Value::as_object);
    let statuses = |wanted: fn(&str) -> bool| -> Vec<String> {
        responses.into_iter().flatten().map(|(status, _)| status.clone()).filter(|status| wanted(status)).collect()
    };
    let mut success_statuses = statuses(|status| status.starts_with('2'));
    if success_statuses.is_empty() {
        success_statuses = statuses(|status| status.starts_with('3') || status == "default");
    }
    let (scopes, is_open) = security(builder.root, value);
    let (accept, produces) = media_types(value, &success);
    let is_paged =
        value.pointer("/x-success/schema").is_some_and(|schema| resolve(builder.root, schema).get("x-page").is_some());
    Operation {
        pointer: text(value, "x-pointer").unwrap_or_default().to_owned(),
        name: text(value, "x-rust-name").unwrap_or_default().to_owned(),
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(value, "summary").unwrap_or_default().trim().to_owned(),
        description: text(value, "description").unwrap_or_default().trim().to_owned(),
        tags: strings("tags"),
        scopes,
        is_open,
        evidence: text(value, "x-evidence").map(str::to_owned),
        deprecated: flag(value, "deprecated"),
        parameters,
        body,
        success,
        success_statuses,
        error,
        error_statuses: statuses(|status| status.starts_with(['4', '5']) || status == "default"),
        redirects: flag(value, "x-redirects"),
        accept,
        produces,
        is_paged,
        id,
    }
}

/// The scopes of the first way to authenticate that names any, and whether none is needed at all.
fn security(root: &Value, operation: &Value) -> (Vec<String>, bool) {
    let security = operation.get("security").or_else(|| root.get("security")).and_then(Value::as_array);
    let alternatives = security.into_iter().flatten().filter_map(Value::as_object);
    let mut scopes: Vec<String> = Vec::new();
    let mut is_open = true;
    for alternative in alternatives {
        is_open = false;
        for scope in alternative.values().filter_map(Value::as_array).flatten().filter_map(Value::as_str) {
            if !scopes.iter().any(|known| known == scope) {
                scopes.push(scope.to_owned());
            }
        }
    }
    (scopes, is_open)
}

/// The media type that the generated call asks for, and all that a success may have.
fn media_types(operation: &Value, success: &Body) -> (Option<String>, Vec<String>) {
    let mut accept = Vec::new();
    let mut produces = Vec::new();
    for (status, response) in operation.get("responses").and_then(Value::as_object).into_iter().flatten() {
        if !(status.starts_with('2') || status == "default") {
            continue;
        }
        if let Some((media_type, _)) = content(response) {
            if text(response, "x-body") == Some("json") {
                accept.push(media_type.to_owned());
            }
            produces.push(media_type.to_owned());
        }
        let also = response.get("x-also-produces").and_then(Value::as_array).into_iter().flatten();
        produces.extend(also.filter_map(Value::as_str).map(str::to_owned));
    }
    accept.dedup();
    produces.sort();
    produces.dedup();
    let asks = matches!(success, Body::Json(_) | Body::Union(_)) && !accept.is_empty();
    (asks.then(|| accept.join(", ")), produces)
}

fn parameter(builder: &mut Builder<'_>, value: &Value, operation: &str) -> Parameter {
    let wire = text(value, "name").unwrap_or_default().to_owned();
    let place = match text(value, "in") {
        Some("path") => Place::Path,
        Some("header") => Place::Header,
        Some("cookie") => Place::Cookie,
        _ => Place::Query,
    };
    let style = text(value, "x-wire").unwrap_or("plain").to_owned();
    let null = Value::Null;
    let schema = value.get("schema").unwrap_or(&null);
    let form = resolve(builder.root, schema);
    let items = form.get("items").map(|items| resolve(builder.root, items));
    let ty = parameter_type(builder, schema, place, &style, &format!("{}{}", pascal(operation), pascal(&wire)));
    let values = [Some(form), items].into_iter().flatten().find_map(|schema| schema.get("enum")?.as_array());
    let scopes = value.get("x-expand-scopes").and_then(Value::as_object).into_iter().flatten();
    Parameter {
        name: text(value, "x-rust-name").unwrap_or_default().to_owned(),
        wire,
        place,
        style,
        doc: {
            let mut doc = doc_of(value);
            if doc.is_empty() {
                doc = doc_of(schema);
            }
            doc
        },
        ty,
        required: place == Place::Path || flag(value, "required"),
        values: values.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
        default: schema
            .get("default")
            .or_else(|| form.get("default"))
            .map(|default| default.as_str().map_or_else(|| default.to_string(), str::to_owned)),
        minimum: form.get("minimum").and_then(Value::as_i64),
        maximum: form.get("maximum").and_then(Value::as_i64),
        evidence: text(value, "x-evidence").map(str::to_owned),
        scopes: scopes
            .map(|(name, scopes)| {
                let scopes = scopes.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
                (name.clone(), scopes.collect())
            })
            .collect(),
    }
}

fn parameter_type(builder: &mut Builder<'_>, schema: &Value, place: Place, style: &str, owner: &str) -> Ty {
    let bare = builder.bare(schema, owner);
    let form = resolve(builder.root, schema);
    // A name for a scalar or a list is as good as the thing itself here, and the thing has more conversions.
    let through = |builder: &mut Builder<'_>, bare: Ty| {
        let is_plain =
            form.get("enum").is_none() && form.get("x-union").is_none() && !is_struct(form) && !flag(form, "x-newtype");
        if target(schema).is_some() && is_plain { builder.bare(form, owner) } else { bare }
    };
    let bare = through(builder, bare);
    if place != Place::Query {
        return match (style, bare) {
            ("text", _) | (_, Ty::DateTime) => Ty::String,
            (_, Ty::List(item)) => match *item {
                Ty::DateTime => Ty::CommaList(Box::new(Ty::String)),
                item => Ty::CommaList(Box::new(item)),
            },
            (_, other) => other,
        };
    }
    match (style, bare) {
        ("comma", Ty::List(item)) if !matches!(*item, Ty::DateTime | Ty::Option(_)) => Ty::CommaList(item),
        (_, other) => other,
    }
}

fn request_body(builder: &mut Builder<'_>, value: &Value, operation: &str) -> Option<RequestBody> {
    let (media_type, schema) = content(value)?;
    let owner = format!("{}Body", pascal(operation));
    let form = match text(value, "x-body") {
        Some("json") => BodyForm::Json(builder.ty(schema, &owner)),
        Some("form") => BodyForm::Form(builder.ty(schema, &owner)),
        Some("multipart") => match builder.bare(schema, &owner) {
            ty @ Ty::Named(_) if is_struct(resolve(builder.root, schema)) => BodyForm::Multipart(ty),
            _ => BodyForm::Multipart(Ty::Map(Box::new(Ty::Value))),
        },
        _ => BodyForm::Raw,
    };
    let is_plain = matches!(
        &form,
        BodyForm::Json(Ty::Named(_)) | BodyForm::Form(Ty::Named(_)) | BodyForm::Multipart(Ty::Named(_))
    );
    Some(RequestBody {
        media_type: media_type.to_owned(),
        also: value
            .get("x-also-accepts")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        form,
        required: flag(value, "required"),
        doc: text(value, "description").unwrap_or_default().to_owned(),
        builder: is_plain.then(|| builder.builder_of(schema)).flatten(),
    })
}
