//! The pass over progenitor's output: real names for numbers, and what progenitor has no setting for.

use std::collections::{HashMap, HashSet};

use proc_macro2::{Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, File, ImplItem, Item, Stmt, parse_quote};

use super::docs;
use crate::lower::names::pascal;
use crate::model::{Body, BodyForm, Model, Operation, Parameter, Place, Ty};

/// The numbers that stand for names in what progenitor is given.
#[derive(Default)]
pub(super) struct Names {
    types: Vec<String>,
    idents: HashMap<String, String>,
    literals: HashMap<String, String>,
}

impl Names {
    /// The name of a parameter by number. Numbers sort like the document does.
    pub(super) fn parameter(operation: usize, parameter: usize) -> String {
        format!("prm{operation:05}x{parameter:04}")
    }

    /// The name of an operation by number.
    pub(super) fn operation_id(operation: usize) -> String {
        format!("opr{operation:05}")
    }

    /// The name of a type by number.
    pub(super) fn ty(number: usize) -> String {
        format!("Typ{number:06}")
    }

    /// Takes in an operation.
    pub(super) fn operation(&mut self, i: usize, operation: &Operation) {
        self.idents.insert(Self::operation_id(i), operation.name.clone());
        self.idents.insert(pascal(&Self::operation_id(i)), pascal(&operation.name));
        self.literals.insert(Self::operation_id(i), operation.id.clone());
    }

    /// Takes in a parameter.
    pub(super) fn add_parameter(&mut self, i: usize, n: usize, parameter: &Parameter) {
        self.idents.insert(Self::parameter(i, n), parameter.name.clone());
        self.literals.insert(Self::parameter(i, n), parameter.wire.clone());
    }

    /// Takes in a type and gives its number.
    pub(super) fn add_type(&mut self, ty: &Ty) -> usize {
        self.types.push(ty.render("types::"));
        self.types.len() - 1
    }

    fn real_type(&self, path: &syn::Path) -> Option<syn::Type> {
        let mut segments = path.segments.iter();
        if segments.next()?.ident != "spec" {
            return None;
        }
        let number: usize = segments.next()?.ident.to_string().strip_prefix("Typ")?.parse().ok()?;
        syn::parse_str(self.types.get(number)?).ok()
    }
}

/// The first segment of the paths that progenitor is given: it keeps operations on one path apart.
pub(super) fn path_mark(operation: usize) -> String {
    format!("pth{operation:05}")
}

/// Turns progenitor's output into the module that is written.
///
/// # Errors
/// When the tokens are not what progenitor writes.
pub(super) fn rewrite(tokens: TokenStream, names: &Names, model: &Model) -> syn::Result<File> {
    let mut file: File = syn::parse2(rename(tokens, names))?;
    file.items
        .retain(|item| !matches!(item, Item::Mod(module) if module.ident == "types" || module.ident == "prelude"));
    file.items.insert(0, parse_quote! { use super::types; });
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
                    items.insert(
                        0,
                        parse_quote! {
                            #[allow(unused_imports)]
                            use crate::{request::{Argument, dispatch}, response::{decode, failure, failure_by_status}};
                        },
                    );
                    items.insert(
                        1,
                        parse_quote! {
                            #[allow(unused_imports)]
                            use progenitor_client::QueryParam;
                        },
                    );
                }
                for item in module.content.iter_mut().flat_map(|(_, items)| items) {
                    builder_item(item, &operations);
                }
            }
            _ => {}
        }
    }
    file.items.retain(|item| !matches!(item, Item::Impl(item) if item.items.is_empty() && item.trait_.is_none()));
    RealTypes(names).visit_file_mut(&mut file);
    Ok(file)
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

/// Replaces numbers by names, token by token: macros are only tokens.
fn rename(tokens: TokenStream, names: &Names) -> TokenStream {
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Group(group) => {
                let mut renamed = Group::new(group.delimiter(), rename(group.stream(), names));
                renamed.set_span(group.span());
                TokenTree::Group(renamed)
            }
            TokenTree::Ident(ident) => match names.idents.get(&ident.to_string()) {
                Some(name) => TokenTree::Ident(Ident::new(name, Span::call_site())),
                None => TokenTree::Ident(ident),
            },
            TokenTree::Literal(literal) => match text_of(&literal).and_then(|text| renamed_text(&text, names)) {
                Some(text) => TokenTree::Literal(Literal::string(&text)),
                None => TokenTree::Literal(literal),
            },
            TokenTree::Punct(punct) => TokenTree::Punct(punct),
        })
        .collect()
}

fn text_of(literal: &Literal) -> Option<String> {
    match syn::parse_str::<syn::Lit>(&literal.to_string()).ok()? {
        syn::Lit::Str(text) => Some(text.value()),
        _ => None,
    }
}

fn renamed_text(text: &str, names: &Names) -> Option<String> {
    if let Some(name) = names.literals.get(text) {
        return Some(name.clone());
    }
    if !(text.contains("prm") || text.contains("opr") || text.contains("Opr") || text.contains("/pth")) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        // All numbers have a fixed width: `/pth00000`, `prm00000x0000`, `opr00000`.
        if rest.starts_with("/pth") && rest.len() >= 9 && rest.is_char_boundary(9) && rest[4..9].parse::<u32>().is_ok()
        {
            rest = &rest[9..];
            continue;
        }
        let known = [13, 8].into_iter().find_map(|width| {
            let word = rest.get(..width)?;
            Some((width, names.idents.get(word)?))
        });
        if let Some((width, name)) = known {
            out.push_str(name);
            rest = &rest[width..];
        } else if let Some(c) = rest.chars().next() {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    Some(out)
}

struct RealTypes<'a>(&'a Names);

impl VisitMut for RealTypes<'_> {
    fn visit_type_mut(&mut self, ty: &mut syn::Type) {
        if let syn::Type::Path(path) = ty
            && let Some(real) = self.0.real_type(&path.path)
        {
            *ty = real;
            return;
        }
        visit_mut::visit_type_mut(self, ty);
    }
}

fn builder_item(item: &mut Item, operations: &HashMap<String, &Operation>) {
    match item {
        Item::Struct(item) => {
            if let Some(operation) = operations.get(&item.ident.to_string()) {
                let doc =
                    format!(" A call of [`Client::{0}`](super::Client::{0}), to be filled and sent.", operation.name);
                item.attrs.retain(|attr| !attr.path().is_ident("doc"));
                item.attrs.insert(0, parse_quote! { #[doc = #doc] });
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
        }
        _ => {}
    }
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

fn send(function: &mut syn::ImplItemFn, operation: &Operation) {
    let doc = format!("Sends the call: `{} {}`.", operation.method, operation.path);
    set_doc(&mut function.attrs, &doc);
    let has_headers = operation.parameters.iter().any(|p| matches!(p.place, Place::Header | Place::Cookie));
    let statements = std::mem::take(&mut function.block.stmts);
    let id = &operation.id;
    for mut statement in statements {
        let text = head(&statement);
        match text.as_str() {
            "header_map" if !has_headers => continue,
            // The header that progenitor adds to every request: this API knows no such header.
            "api-version" | "info" | "result" | "pre" | "post" => continue,
            "response" => {
                let dispatch: Stmt = parse_quote! { let response = dispatch(client, request, #id).await?; };
                function.block.stmts.push(dispatch);
                continue;
            }
            _ => {}
        }
        Sending { operation, has_headers }.visit_stmt_mut(&mut statement);
        function.block.stmts.push(statement);
    }
}

/// What a statement of `send` is about: the name it binds, or what it calls.
fn head(statement: &Stmt) -> String {
    match statement {
        Stmt::Local(local) => match &local.pat {
            syn::Pat::Ident(ident) => ident.ident.to_string(),
            _ => String::new(),
        },
        Stmt::Expr(expr, _) => {
            let text = quote! { #expr }.to_string();
            if text.contains("api-version") {
                "api-version".to_owned()
            } else if text.starts_with("client . pre (") {
                "pre".to_owned()
            } else if text.starts_with("client . post (") {
                "post".to_owned()
            } else {
                String::new()
            }
        }
        _ => String::new(),
    }
}

struct Sending<'a> {
    operation: &'a Operation,
    has_headers: bool,
}

impl VisitMut for Sending<'_> {
    fn visit_local_mut(&mut self, local: &mut syn::Local) {
        // `mut` was for the hooks, which take the request by value here.
        if let syn::Pat::Ident(pattern) = &mut local.pat
            && pattern.ident == "request"
        {
            pattern.mutability = None;
            local.attrs.clear();
        }
        visit_mut::visit_local_mut(self, local);
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        match expr {
            Expr::MethodCall(_) => self.method_call(expr),
            Expr::If(_) => self.header(expr),
            Expr::Match(found) => self.arms(found),
            Expr::Try(found) => {
                // `.form_urlencoded(&body)?` became a call that cannot fail here.
                if let Expr::MethodCall(call) = &*found.expr
                    && call.method == "form_body"
                {
                    *expr = (*found.expr).clone();
                }
            }
            _ => {}
        }
    }

    fn visit_macro_mut(&mut self, found: &mut syn::Macro) {
        let special: Vec<&Parameter> = self
            .operation
            .parameters
            .iter()
            .filter(|p| p.place == Place::Path && (p.style.starts_with("label") || p.style.starts_with("matrix")))
            .collect();
        if special.is_empty() || !found.path.is_ident("format") {
            return;
        }
        let mut text = found.tokens.to_string();
        for parameter in special {
            let plain = format!("encode_path (& {} . to_string ())", parameter.name);
            let styled = if parameter.style.starts_with("label") {
                format!("crate::query::label(& {} . to_string ())", parameter.name)
            } else {
                format!("crate::query::matrix({:?}, & {} . to_string ())", parameter.wire, parameter.name)
            };
            text = text.replace(&plain, &styled);
        }
        if let Ok(tokens) = text.parse() {
            found.tokens = tokens;
        }
    }
}

impl Sending<'_> {
    fn method_call(&self, expr: &mut Expr) {
        let Expr::MethodCall(call) = expr else { return };
        let receiver = &call.receiver;
        match call.method.to_string().as_str() {
            "headers" if !self.has_headers => *expr = (**receiver).clone(),
            "query" => {
                let Some(parameter) = self.query_parameter(call) else { return };
                let (name, wire) = (format_ident!("{}", parameter.name), &parameter.wire);
                let style = match parameter.style.as_str() {
                    "space" => "Space",
                    "pipe" => "Pipe",
                    "deep" => "Deep",
                    "form" => "Form",
                    "comma-object" | "comma" if !matches!(parameter.ty, Ty::CommaList(_)) => "Comma",
                    "json" => "Json",
                    _ => {
                        *expr = parse_quote! { #receiver.query(&QueryParam::new(#wire, &#name)) };
                        return;
                    }
                };
                let style = format_ident!("{style}");
                *expr =
                    parse_quote! { #receiver.query(&crate::query::pairs(#wire, &#name, crate::query::Style::#style)) };
            }
            "options" | "trace" if quote! { #receiver }.to_string() == "client . client" => {
                let method = format_ident!("{}", call.method.to_string().to_uppercase());
                let args = &call.args;
                *expr = parse_quote! { #receiver.request(::reqwest::Method::#method, #args) };
            }
            "append" => {
                let cookie = self.operation.parameters.iter().find(|p| {
                    p.place == Place::Cookie && p.required && {
                        let wire = &p.wire;
                        call.args.first().is_some_and(|arg| quote! { #arg }.to_string() == quote! { #wire }.to_string())
                    }
                });
                if let Some(parameter) = cookie {
                    let (name, wire) = (format_ident!("{}", parameter.name), &parameter.wire);
                    *expr = parse_quote! { crate::request::cookie(&mut header_map, #wire, &#name)? };
                }
            }
            "json" => self.json_body(expr),
            "header" => self.header_call(expr),
            _ => {}
        }
    }

    fn query_parameter(&self, call: &syn::ExprMethodCall) -> Option<&Parameter> {
        let text = call.args.first().map(|arg| quote! { #arg }.to_string())?;
        self.operation
            .parameters
            .iter()
            .filter(|parameter| parameter.place == Place::Query)
            .find(|parameter| text.ends_with(&format!(", & {})", parameter.name)))
    }

    fn json_body(&self, expr: &mut Expr) {
        let Expr::MethodCall(call) = &*expr else { return };
        let receiver = &call.receiver;
        let Some(body) = &self.operation.body else { return };
        let value = if body.required {
            quote! { Some(&body) }
        } else {
            quote! { body.as_ref() }
        };
        let media_type = &body.media_type;
        let is_plain = media_type == "application/json" && body.required;
        *expr = match &body.form {
            BodyForm::Json(_) if is_plain => return,
            BodyForm::Json(_) => parse_quote! { crate::request::json_body(#receiver, #media_type, #value) },
            BodyForm::Form(_) => parse_quote! { crate::request::form_body(#receiver, #value) },
            BodyForm::Multipart(Ty::Named(_)) if body.required => {
                parse_quote! { crate::Multipart::from(body).attach(#receiver) }
            }
            BodyForm::Multipart(Ty::Named(_)) => {
                parse_quote! { body.map(crate::Multipart::from).unwrap_or_default().attach(#receiver) }
            }
            BodyForm::Multipart(_) => parse_quote! { crate::Multipart::from_map(#value).attach(#receiver) },
            BodyForm::Raw => return,
        };
    }

    /// The headers that progenitor sets itself: the real media types.
    fn header_call(&self, expr: &mut Expr) {
        let Expr::MethodCall(call) = &*expr else { return };
        let receiver = &call.receiver;
        let text = call.args.first().map(|arg| quote! { #arg }.to_string()).unwrap_or_default();
        if text.ends_with("ACCEPT") {
            let accept = self.operation.accept.as_deref().unwrap_or("application/json");
            *expr = parse_quote! { #receiver.header(::reqwest::header::ACCEPT, #accept) };
        } else if text.ends_with("CONTENT_TYPE") {
            let media_type =
                self.operation.body.as_ref().map_or("application/octet-stream", |body| body.media_type.as_str());
            let media_type = if media_type.contains('*') { "application/octet-stream" } else { media_type };
            *expr = parse_quote! { #receiver.header(::reqwest::header::CONTENT_TYPE, #media_type) };
        }
    }

    /// `if let Some(value) = name { header_map.append(…) }`, or the bare append: cookies share one header.
    fn header(&self, expr: &mut Expr) {
        let text = quote! { #expr }.to_string();
        for parameter in self.operation.parameters.iter().filter(|p| p.place == Place::Cookie && !p.required) {
            if text.starts_with(&format!("if let Some (value) = {} {{", parameter.name)) {
                let (name, wire) = (format_ident!("{}", parameter.name), &parameter.wire);
                *expr = parse_quote! {
                    if let Some(value) = #name { crate::request::cookie(&mut header_map, #wire, &value)?; }
                };
                return;
            }
        }
    }

    fn arms(&self, found: &mut syn::ExprMatch) {
        let union_success = matches!(self.operation.success, Body::Union(_));
        let union_error = matches!(self.operation.error, Body::Union(_));
        let mut arms = Vec::new();
        for arm in found.arms.drain(..) {
            let (pattern, body) = (&arm.pat, &arm.body);
            let pattern = quote! { #pattern }.to_string();
            let body = quote! { #body }.to_string();
            if pattern.starts_with('5') && body.contains("ErrorResponse") {
                // One arm for both classes of errors.
                continue;
            }
            let is_error = pattern.starts_with('4') && body.contains("ErrorResponse");
            let mut arm = arm;
            if is_error {
                arm.pat = parse_quote! { 400..=599 };
                if union_error {
                    arm.body = parse_quote! { Err(failure_by_status(response).await) };
                } else if matches!(self.operation.error, Body::Json(_)) {
                    arm.body = parse_quote! { Err(failure(response).await) };
                }
            } else if pattern.starts_with('2') && union_success {
                arm.body = parse_quote! { decode(response).await };
            } else if pattern.starts_with('2') && self.operation.redirects {
                // Where redirects are not followed, the redirect itself is the answer.
                arm.pat = parse_quote! { 200..=399 };
            }
            arms.push(arm);
        }
        found.arms = arms;
    }
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
