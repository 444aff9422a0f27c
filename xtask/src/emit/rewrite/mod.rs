//! The pass over progenitor's output: real names for numbers, and what progenitor has no setting for.

mod calls;
mod names;
mod send;

use std::collections::{HashMap, HashSet};

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::visit_mut::VisitMut;
use syn::{File, ImplItem, Item, parse_quote};

pub(super) use self::calls::repeatable;
pub(super) use self::names::{Names, path_mark};

use self::names::{RealTypes, rename};
use self::send::send;
use super::{ClientSettings, docs};
use crate::lower::names::pascal;
use crate::model::{BodyForm, Model, Operation, Parameter, Place, Ty};

/// Turns progenitor's output into the module that is written.
///
/// # Errors
/// When the tokens are not what progenitor writes.
pub(super) fn rewrite(
    tokens: TokenStream,
    names: &Names,
    model: &Model,
    settings: &ClientSettings,
) -> syn::Result<File> {
    let mut file: File = syn::parse2(rename(tokens, names))?;
    file.items
        .retain(|item| !matches!(item, Item::Mod(module) if module.ident == "types" || module.ident == "prelude"));
    if settings.own_client {
        calls::own_client(&mut file);
    } else {
        file.items.insert(0, parse_quote! { use super::types; });
    }
    let operations: HashMap<String, &Operation> =
        model.operations.iter().map(|operation| (pascal(&operation.name), operation)).collect();
    let methods: HashMap<&str, &Operation> =
        model.operations.iter().map(|operation| (operation.name.as_str(), operation)).collect();
    for item in &mut file.items {
        match item {
            Item::Struct(item) if item.ident == "Client" => {
                set_doc(&mut item.attrs, &format!("A client for {} {}.", model.title, model.version));
            }
            Item::Impl(item) => {
                item.items.retain(|item| !matches!(item, ImplItem::Fn(f) if f.sig.ident == "new"));
                for item in &mut item.items {
                    let ImplItem::Fn(function) = item else { continue };
                    if let Some(operation) = methods.get(function.sig.ident.to_string().as_str()) {
                        set_doc(&mut function.attrs, &operation_doc(operation));
                        if operation.deprecated {
                            function.attrs.push(parse_quote! { #[deprecated] });
                        }
                    }
                }
            }
            Item::Mod(module) if module.ident == "builder" => {
                if let Some((_, items)) = &mut module.content {
                    let uses = if settings.own_client { calls::imports() } else { imports() };
                    for item in items.iter_mut() {
                        builder_item(item, &operations, settings);
                    }
                    if settings.own_client {
                        items.retain(|item| !calls::is_of_progenitor(item));
                    }
                    items.splice(0..0, uses);
                    if settings.own_client {
                        items.extend(model.operations.iter().flat_map(calls::declarations));
                    }
                }
            }
            _ => {}
        }
    }
    file.items.retain(|item| !matches!(item, Item::Impl(item) if item.items.is_empty() && item.trait_.is_none()));
    RealTypes(names).visit_file_mut(&mut file);
    Ok(file)
}

/// What the module of the builders uses.
fn imports() -> Vec<Item> {
    vec![
        parse_quote! {
            #[allow(unused_imports)]
            use crate::{request::Argument, sending::{decode, dispatch, failure, failure_by_status}};
        },
        parse_quote! {
            #[allow(unused_imports)]
            use progenitor_client::QueryParam;
        },
    ]
}

/// The names of the client's own methods.
pub(super) fn methods(file: &File) -> HashSet<String> {
    let implementations = file.items.iter().filter_map(|item| match item {
        Item::Impl(item) if item.trait_.is_none() => Some(item),
        _ => None,
    });
    let items = implementations.flat_map(|item| &item.items);
    items
        .filter_map(|item| match item {
            ImplItem::Fn(function) => Some(function.sig.ident.to_string()),
            _ => None,
        })
        .collect()
}

fn builder_item(item: &mut Item, operations: &HashMap<String, &Operation>, settings: &ClientSettings) {
    match item {
        Item::Struct(item) => {
            if let Some(operation) = operations.get(&item.ident.to_string()) {
                let doc =
                    format!(" A call of [`Client::{0}`](super::Client::{0}), to be filled and sent.", operation.name);
                item.attrs.retain(|attr| !attr.path().is_ident("doc"));
                item.attrs.insert(0, parse_quote! { #[doc = #doc] });
                if settings.own_client {
                    calls::field(item);
                }
            }
        }
        Item::Impl(item) => {
            let syn::Type::Path(path) = &*item.self_ty else { return };
            let Some(operation) = path.path.segments.last().and_then(|s| operations.get(&s.ident.to_string())) else {
                return;
            };
            for function in &mut item.items {
                if let ImplItem::Fn(function) = function {
                    builder_function(function, operation);
                }
            }
            if let Some(map) = body_map(operation) {
                let position = item.items.len().saturating_sub(1);
                item.items.insert(position, ImplItem::Fn(map));
            }
            if settings.own_client {
                own_calls(item, operation);
            }
        }
        _ => {}
    }
}

/// The ways to send a call of a crate that sends its calls itself.
fn own_calls(item: &mut syn::ItemImpl, operation: &Operation) {
    let mut ways = Vec::new();
    item.items.retain_mut(|item| match item {
        ImplItem::Fn(function) if function.sig.ident == "new" => {
            calls::start(function);
            true
        }
        ImplItem::Fn(function) if function.sig.ident == "send" => {
            ways = calls::split(function, operation);
            false
        }
        _ => true,
    });
    item.items.extend(ways);
}

fn builder_function(function: &mut syn::ImplItemFn, operation: &Operation) {
    let name = function.sig.ident.to_string();
    match name.as_str() {
        "new" => {
            set_doc(&mut function.attrs, "Starts the call.");
            if operation.body.as_ref().is_some_and(|body| !body.required) {
                OptionalBody(matches!(operation.body.as_ref().map(|body| &body.form), Some(BodyForm::Raw)))
                    .visit_block_mut(&mut function.block);
            }
        }
        "send" => send(function, operation),
        "body" => {
            if let Some(setter) = body_setter(operation) {
                *function = setter;
            }
        }
        _ => {
            if let Some(parameter) = operation.parameters.iter().find(|parameter| parameter.name == name) {
                *function = setter(parameter);
            }
        }
    }
}

/// In `new`: a body that may be left out starts as nothing instead of as a fault.
struct OptionalBody(bool);

impl VisitMut for OptionalBody {
    fn visit_field_value_mut(&mut self, field: &mut syn::FieldValue) {
        if matches!(&field.member, syn::Member::Named(name) if name == "body") {
            field.expr = if self.0 {
                parse_quote! { Ok(reqwest::Body::from(Vec::new())) }
            } else {
                parse_quote! { Ok(None) }
            };
        }
    }
}

fn setter(parameter: &Parameter) -> syn::ImplItemFn {
    let name = format_ident!("{}", parameter.name);
    let wire = &parameter.wire;
    let ty: syn::Type = parse_type(&parameter.ty);
    let wrap = if parameter.place == Place::Path && parameter.ty == Ty::String {
        Some(quote! { .and_then(|text| crate::request::segment(#wire, text)) })
    } else {
        (!parameter.required).then(|| quote! { .map(Some) })
    };
    let mut function: syn::ImplItemFn = parse_quote! {
        pub fn #name(mut self, value: impl Argument<#ty>) -> Self {
            self.#name = value.convert(#wire) #wrap;
            self
        }
    };
    set_doc(&mut function.attrs, &parameter_doc(parameter));
    function
}

fn body_setter(operation: &Operation) -> Option<syn::ImplItemFn> {
    let body = operation.body.as_ref()?;
    let (BodyForm::Json(ty) | BodyForm::Form(ty) | BodyForm::Multipart(ty)) = &body.form else { return None };
    let ty = parse_type(ty);
    let wrap = (!body.required).then(|| quote! { .map(Some) });
    let mut function: syn::ImplItemFn = parse_quote! {
        pub fn body(mut self, value: impl Argument<#ty>) -> Self {
            self.body = value.convert("body") #wrap;
            self
        }
    };
    let doc = if body.doc.is_empty() { "The body of the request.".to_owned() } else { body.doc.clone() };
    set_doc(&mut function.attrs, &doc);
    Some(function)
}

fn body_map(operation: &Operation) -> Option<syn::ImplItemFn> {
    let body = operation.body.as_ref()?;
    let (BodyForm::Json(ty) | BodyForm::Form(ty) | BodyForm::Multipart(ty)) = &body.form else { return None };
    let ty = parse_type(ty);
    let builder: syn::Type = syn::parse_str(&format!("types::{}", body.builder.as_ref()?)).ok()?;
    Some(parse_quote! {
        /// The body of the request, made by filling its builder.
        pub fn body_map(self, fill: impl FnOnce(#builder) -> #builder) -> Self {
            self.body(fill(<#ty>::builder()))
        }
    })
}

fn parse_type(ty: &Ty) -> syn::Type {
    syn::parse_str(&ty.render("types::")).unwrap_or_else(|_| parse_quote! { ::serde_json::Value })
}

fn set_doc(attrs: &mut Vec<syn::Attribute>, doc: &str) {
    attrs.retain(|attr| !attr.path().is_ident("doc"));
    for line in docs::markdown(doc).lines() {
        let line = if line.is_empty() { String::new() } else { format!(" {line}") };
        attrs.push(parse_quote! { #[doc = #line] });
    }
}

fn operation_doc(operation: &Operation) -> String {
    let mut doc = if operation.summary.is_empty() {
        format!("`{} {}`", operation.method, operation.path)
    } else {
        operation.summary.trim_end_matches('.').to_owned() + "."
    };
    if !operation.description.is_empty() {
        doc.push_str(&format!("\n\n{}", operation.description));
    }
    doc.push_str(&format!("\n\n`{} {}`", operation.method, operation.path));
    match operation.scopes.as_slice() {
        [] => {}
        [scope] => doc.push_str(&format!(" · scope `{scope}`")),
        scopes => doc.push_str(&format!(" · scopes `{}`", scopes.join("`, `"))),
    }
    if let Some(evidence) = &operation.evidence {
        doc.push_str(&format!(" · evidence: {evidence}"));
    }
    doc
}

fn parameter_doc(parameter: &Parameter) -> String {
    let mut doc =
        if parameter.doc.is_empty() { format!("The parameter `{}`.", parameter.wire) } else { parameter.doc.clone() };
    if let Some(default) = &parameter.default {
        doc.push_str(&format!("\n\nDefault: `{default}`."));
    }
    doc
}
