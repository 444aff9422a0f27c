//! The body of `send`: what goes on the wire, and what comes back.

use quote::{format_ident, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, Stmt, parse_quote};

use super::set_doc;
use crate::model::{Body, BodyForm, Operation, Parameter, Place, Ty};

/// Rewrites the function `send` of an operation.
pub(super) fn send(function: &mut syn::ImplItemFn, operation: &Operation) {
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
