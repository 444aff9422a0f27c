//! Numbers for names: what progenitor is given, and the real names in what it gives back.

use std::collections::HashMap;

use proc_macro2::{Group, Ident, Literal, Span, TokenStream, TokenTree};
use syn::visit_mut::{self, VisitMut};

use crate::lower::names::pascal;
use crate::model::{Operation, Parameter, Ty};

/// The numbers that stand for names in what progenitor is given.
#[derive(Default)]
pub(in crate::emit) struct Names {
    types: Vec<String>,
    idents: HashMap<String, String>,
    literals: HashMap<String, String>,
}

impl Names {
    /// The name of a parameter by number. Numbers sort like the document does.
    pub(in crate::emit) fn parameter(operation: usize, parameter: usize) -> String {
        format!("prm{operation:05}x{parameter:04}")
    }

    /// The name of an operation by number.
    pub(in crate::emit) fn operation_id(operation: usize) -> String {
        format!("opr{operation:05}")
    }

    /// The name of a type by number.
    pub(in crate::emit) fn ty(number: usize) -> String {
        format!("Typ{number:06}")
    }

    /// Takes in an operation.
    pub(in crate::emit) fn operation(&mut self, i: usize, operation: &Operation) {
        self.idents.insert(Self::operation_id(i), operation.name.clone());
        self.idents.insert(pascal(&Self::operation_id(i)), pascal(&operation.name));
        self.literals.insert(Self::operation_id(i), operation.id.clone());
    }

    /// Takes in a parameter.
    pub(in crate::emit) fn add_parameter(&mut self, i: usize, n: usize, parameter: &Parameter) {
        self.idents.insert(Self::parameter(i, n), parameter.name.clone());
        self.literals.insert(Self::parameter(i, n), parameter.wire.clone());
    }

    /// Takes in a type and gives its number.
    pub(in crate::emit) fn add_type(&mut self, ty: &Ty) -> usize {
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
pub(in crate::emit) fn path_mark(operation: usize) -> String {
    format!("pth{operation:05}")
}

/// Replaces numbers by names, token by token: macros are only tokens.
pub(super) fn rename(tokens: TokenStream, names: &Names) -> TokenStream {
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

/// Puts the real types in the place of the numbers.
pub(super) struct RealTypes<'a>(pub(super) &'a Names);

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
