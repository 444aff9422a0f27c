//! Calls of a crate that sends them itself: each makes its request anew for every attempt, and the crate does the rest.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Expr, File, Ident, ImplItem, Item, Stmt, parse_quote};

use super::{parse_type, set_doc};
use crate::lower::names::pascal;
use crate::model::{Body, BodyForm, Operation, Place};

/// Leaves the operations and their builders: the client itself is the crate's own.
pub(super) fn own_client(file: &mut File) {
    file.items.retain(|item| match item {
        Item::Impl(item) => item.trait_.is_none() && !item.items.iter().any(|item| name_of(item) == "new_with_client"),
        Item::Mod(module) => module.ident == "builder",
        _ => false,
    });
    file.items.insert(0, parse_quote! { use crate::Client; });
    file.items.insert(1, parse_quote! { use super::types; });
}

/// What the module of the builders uses.
pub(super) fn imports() -> Vec<Item> {
    vec![
        parse_quote! {
            #[allow(unused_imports)]
            use crate::call::Argument;
        },
        parse_quote! {
            #[allow(unused_imports)]
            use progenitor_client::{QueryParam, RequestBuilderExt, encode_path};
        },
    ]
}

/// Whether it brings in what only progenitor's own client has.
pub(super) fn is_of_progenitor(item: &Item) -> bool {
    matches!(item, Item::Use(item) if quote! { #item }.to_string().contains("encode_path"))
}

/// Whether a call can be made anew for each attempt.
///
/// # Errors
/// Why it cannot.
pub(in crate::emit) fn repeatable(operation: &Operation) -> Result<(), &'static str> {
    match operation.body.as_ref().map(|body| &body.form) {
        Some(BodyForm::Raw | BodyForm::Multipart(_)) => Err("its body can be sent only once"),
        _ => Ok(()),
    }
}

/// The field of the builder that holds what is said about this one call.
pub(super) fn field(item: &mut syn::ItemStruct) {
    if let syn::Fields::Named(fields) = &mut item.fields {
        fields.named.push(parse_quote! { options: crate::call::CallOptions });
    }
}

/// Fills that field in `new`.
pub(super) fn start(function: &mut syn::ImplItemFn) {
    for statement in &mut function.block.stmts {
        if let Stmt::Expr(Expr::Struct(made), _) = statement {
            made.fields.push(parse_quote! { options: crate::call::CallOptions::default() });
        }
    }
}

/// `send` as it was rewritten, split into the request and the ways to send it.
pub(super) fn split(function: &syn::ImplItemFn, operation: &Operation) -> Vec<ImplItem> {
    let mut items = vec![ImplItem::Fn(request(function, operation)), ImplItem::Fn(send(operation))];
    if is_paged(operation) {
        items.extend(paging());
    }
    for (media_type, name, what) in [("text/csv", "csv", "table"), ("application/pdf", "pdf", "PDF document")] {
        if operation.produces.iter().any(|produced| produced == media_type)
            && !matches!(operation.success, Body::Binary)
        {
            items.push(document(operation, media_type, name, what));
        }
    }
    items
}

/// What makes a builder a call.
pub(super) fn declarations(operation: &Operation) -> Vec<Item> {
    let builder = format_ident!("{}", pascal(&operation.name));
    let Operation { id, method, path, is_open, .. } = operation;
    let method = format_ident!("{method}");
    let keyed = operation.parameters.iter().any(|p| p.place == Place::Header && p.wire == "Idempotency-Key");
    let mut items: Vec<Item> = vec![parse_quote! {
        crate::call! { #builder: #id #method #path, open #is_open, keyed #keyed; }
    }];
    if is_paged(operation)
        && let Body::Json(ty) = &operation.success
    {
        let ty = parse_type(ty);
        items.push(parse_quote! { crate::paged! { #builder: #ty; } });
    }
    items
}

fn is_paged(operation: &Operation) -> bool {
    let has_number = operation.parameters.iter().any(|p| p.place == Place::Query && p.wire == "page" && !p.required);
    operation.is_paged && has_number && matches!(operation.success, Body::Json(_))
}

fn request(function: &syn::ImplItemFn, operation: &Operation) -> syn::ImplItemFn {
    let mut statements = Vec::new();
    for statement in &function.block.stmts {
        match statement {
            Stmt::Local(local) => match binding(local) {
                None => statements.push(destructuring(operation)),
                Some(name) if name == "request" => {
                    let Some(init) = &local.init else { continue };
                    let built = match &*init.expr {
                        Expr::Try(tried) => &tried.expr,
                        other => other,
                    };
                    statements.push(Stmt::Expr(parse_quote! { #built.map_err(crate::Error::from_build) }, None));
                    break;
                }
                Some(name) if is_given(&name, operation) => {
                    statements.push(parse_quote! { let #name = crate::call::given(#name)?; });
                }
                Some(_) => statements.push(statement.clone()),
            },
            other => statements.push(headers(other.clone())),
        }
    }
    let doc = format!(
        "The request that [`send`](Self::send) makes, less what the client adds: credentials and headers of its own.\n\n\
         # Errors\nWhen an argument is missing or did not convert; the message names it.\n\n`{} {}`",
        operation.method, operation.path
    );
    let mut function: syn::ImplItemFn = parse_quote! {
        pub fn request(&self) -> Result<::reqwest::Request, crate::Error> { #(#statements)* }
    };
    set_doc(&mut function.attrs, &doc);
    function
}

/// The name that a statement binds; none for one that takes the builder apart.
fn binding(local: &syn::Local) -> Option<Ident> {
    match &local.pat {
        syn::Pat::Ident(pattern) => Some(pattern.ident.clone()),
        _ => None,
    }
}

fn is_given(name: &Ident, operation: &Operation) -> bool {
    (name == "body" && operation.body.is_some()) || operation.parameters.iter().any(|p| name == p.name.as_str())
}

fn destructuring(operation: &Operation) -> Stmt {
    let mut names: Vec<Ident> = operation.parameters.iter().map(|p| format_ident!("{}", p.name)).collect();
    if operation.body.is_some() {
        names.push(format_ident!("body"));
    }
    parse_quote! { let Self { client, #(#names,)* .. } = self; }
}

/// A value that cannot stand in a header is a fault of the caller like any other.
fn headers(mut statement: Stmt) -> Stmt {
    struct Values;
    impl syn::visit_mut::VisitMut for Values {
        fn visit_expr_mut(&mut self, expr: &mut Expr) {
            if let Expr::MethodCall(call) = expr
                && call.method == "append"
                && let (Some(name), Some(Expr::Try(value))) = (call.args.first().cloned(), call.args.get(1).cloned())
                && let Expr::MethodCall(converted) = &*value.expr
                && converted.method == "try_into"
            {
                let text = &converted.receiver;
                call.args[1] = parse_quote! { crate::call::header_value(#name, #text)? };
                return;
            }
            syn::visit_mut::visit_expr_mut(self, expr);
        }
    }
    syn::visit_mut::VisitMut::visit_stmt_mut(&mut Values, &mut statement);
    statement
}

fn send(operation: &Operation) -> syn::ImplItemFn {
    let (ty, exchange): (TokenStream, TokenStream) = match &operation.success {
        Body::Json(ty) => {
            let ty = parse_type(ty);
            (quote! { crate::Response<#ty> }, quote! { crate::call::exchange(&self).await?.json() })
        }
        Body::Union(name) => {
            let ty: syn::Type = syn::parse_str(&format!("types::{name}")).unwrap_or_else(|_| parse_quote! { () });
            (quote! { crate::Response<#ty> }, quote! { crate::call::exchange(&self).await?.by_status() })
        }
        _ if operation.redirects => (quote! { crate::Redirect }, quote! { crate::call::redirect(&self).await }),
        Body::Text => (quote! { crate::Response<String> }, quote! { crate::call::exchange(&self).await?.text() }),
        Body::Binary => (quote! { crate::Document }, quote! { crate::call::document(&self, None).await }),
        Body::None | Body::Absent => {
            (quote! { crate::Response<()> }, quote! { Ok(crate::call::exchange(&self).await?.empty()) })
        }
    };
    let mut function: syn::ImplItemFn = parse_quote! {
        pub async fn send(self) -> Result<#ty, crate::Error> { #exchange }
    };
    set_doc(&mut function.attrs, &format!("Sends the call: `{} {}`.", operation.method, operation.path));
    function
}

fn paging() -> [ImplItem; 2] {
    [
        parse_quote! {
            /// All pages from this one on, each fetched when it is asked for.
            pub fn pages(self) -> crate::Pages<'a, Self> { crate::Pages::new(self) }
        },
        parse_quote! {
            /// All items from this page on, one by one; pages are fetched as they are needed.
            pub fn stream(self) -> crate::Items<'a, Self> { crate::Items::new(self) }
        },
    ]
}

fn document(operation: &Operation, media_type: &str, name: &str, what: &str) -> ImplItem {
    let name = format_ident!("{name}");
    let doc =
        format!("Sends the call for a {what} instead: `{} {}` as `{media_type}`.", operation.method, operation.path);
    let mut function: syn::ImplItemFn = parse_quote! {
        pub async fn #name(self) -> Result<crate::Document, crate::Error> { crate::call::document(&self, Some(#media_type)).await }
    };
    set_doc(&mut function.attrs, &doc);
    ImplItem::Fn(function)
}

fn name_of(item: &ImplItem) -> String {
    match item {
        ImplItem::Fn(function) => function.sig.ident.to_string(),
        _ => String::new(),
    }
}
