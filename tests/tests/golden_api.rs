//! The shape of the client's API, generated and by hand: names, types and signatures, not bodies and not docs.
//!
//! `UPDATE_GOLDEN=1 cargo test -p conformance --test golden_api` writes the file anew.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;

use conformance::document::workspace;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Fields, ImplItem, Item, ItemImpl, TraitItem, Visibility};

#[test]
fn the_generated_api_is_as_pinned() {
    pinned("stora-client/src/generated", "api.txt", 3000);
}

#[test]
fn what_the_client_adds_by_hand_is_as_pinned() {
    pinned("stora-client/src", "client.txt", 300);
}

/// Holds the shape of all sources of a folder against a file.
fn pinned(folder: &str, golden: &str, least: usize) {
    let mut files: Vec<_> = fs::read_dir(workspace().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    files.sort();
    let mut actual = format!("The shape of {folder}, see tests/tests/golden_api.rs.\n");
    for file in files {
        actual.push_str(&format!("\n{}\n", file.file_name().unwrap().display()));
        actual.push_str(&shape(&fs::read_to_string(&file).unwrap()));
    }
    let path = workspace().join("tests/golden").join(golden);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &actual).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    let difference = difference(&golden, &actual);
    assert!(
        difference.is_empty(),
        "the API of the client changed. If it is meant, run `UPDATE_GOLDEN=1 cargo test -p conformance --test golden_api`.\n{difference}"
    );
    assert!(golden == actual, "the API is the same but stands in another order; write the file anew");
    assert!(actual.lines().count() > least, "there is more to the API than {} lines", actual.lines().count());
}

#[test]
fn whatever_a_user_can_name_is_in_the_shape() {
    let source = r#"
        //! Docs.
        pub use other::{A, B};
        use private::C;
        /// Docs.
        #[derive(Clone, Debug)]
        pub struct Contact {
            /// Docs.
            pub id: ContactId,
            #[serde(rename = "type", default)]
            pub type_: Option<::std::collections::BTreeMap<String, ContactType>>,
            secret: u8,
        }
        pub type Map = ::std::collections::BTreeMap<String, String>;
        impl crate::Resource for Contact {
            type Id = ContactId;
            fn id(&self) -> ContactId { self.id.clone() }
        }
        pub mod builder {
            impl<'a> List<'a> {
                /// Docs.
                pub fn limit(mut self, value: impl Argument<i64>) -> Self { self }
                pub async fn send(self) -> Result<ResponseValue<types::List>, Error<types::Error>> { todo!() }
                fn hidden(&self) {}
            }
        }
        crate::id_type! {
            /// Docs.
            ContactId: "con_";
            CreatorId: "app_" | "tok_";
        }
        crate::open_enum! {
            /// Docs.
            Status { /** Docs. */ Lead = "lead", Customer = "customer", }
            Period { Monthly = "monthly", }
        }
        crate::untagged_union! {
            Stage { Full(Map<String, Stage>), Deleted(Deleted), } tries { Full ["id"] [], Deleted ["name"] [], }
        }
        crate::body_builder! {
            Body by BodyBuilder { required amount "amount": i64, } rest { extra }
        }
        crate::page! { List: contacts of Contact, next meta.pagination.next; }
        pub trait Page: Send {
            /// Docs.
            fn next_page(&self) -> Option<i64>;
        }
        macro_rules! hidden { () => {}; }
        crate::call! { ContactList: "contact_list" GET "/contacts", open false, keyed false; }
    "#;
    let expected = r#"use other::{A, B}
struct Contact: Clone, Debug
  Contact.id: ContactId
  Contact.type_: Option<::std::collections::BTreeMap<String, ContactType>> #[serde(rename = "type", default)]
type Map = ::std::collections::BTreeMap<String, String>
impl crate::Resource for Contact, type Id = ContactId
mod builder
  builder::List::limit(self, value: impl Argument<i64>) -> Self
  builder::List::send(self) async -> Result<ResponseValue<types::List>, Error<types::Error>>
id_type ContactId: "con_"
id_type CreatorId: "app_" | "tok_"
open_enum Status
  Status: Lead = "lead"
  Status: Customer = "customer"
open_enum Period
  Period: Monthly = "monthly"
untagged_union Stage
  Stage: Full(Map<String, Stage>)
  Stage: Deleted(Deleted)
  Stage tries: Full ["id"] []
  Stage tries: Deleted ["name"] []
body_builder Body by BodyBuilder
  Body: required amount "amount": i64
  Body rest: extra
page List: contacts of Contact, next meta.pagination.next
trait Page: Send
  Page::next_page(&self) -> Option<i64>
call ContactList: "contact_list" GET "/contacts", open false, keyed false
"#;
    assert_eq!(shape(source), expected);
}

#[test]
fn a_change_of_type_shows_and_a_change_of_body_or_docs_does_not() {
    let source = |docs, ty, body| {
        format!("/// {docs}\nimpl Call {{ pub fn limit(mut self, value: impl Argument<{ty}>) -> Self {{ {body} }} }}")
    };
    let before = shape(&source("Docs.", "i64", "self"));
    assert_eq!(difference(&before, &shape(&source("Other docs.", "i64", "todo!()"))), "");
    assert_eq!(
        difference(&before, &shape(&source("Docs.", "String", "self"))),
        "-   Call::limit(self, value: impl Argument<i64>) -> Self\n+   Call::limit(self, value: impl Argument<String>) -> Self\n"
    );
    let field = |ty| shape(&format!("pub struct Contact {{ pub email: {ty} }}"));
    assert_ne!(field("String"), field("Option<String>"));
    let value = |value| shape(&format!("crate::open_enum! {{ Status {{ Lead = {value:?}, }} }}"));
    assert_ne!(value("lead"), value("leads"));
    let setter = |ty| shape(&format!("crate::body_builder! {{ B by C {{ required a \"a\": {ty}, }} rest {{ }} }}"));
    assert_ne!(setter("i64"), setter("Vec<i64>"));
}

/// The shape of a source file, one line for each thing that has a name.
fn shape(source: &str) -> String {
    let mut out = String::new();
    items(&syn::parse_file(source).unwrap().items, "", &mut out);
    out
}

fn items(items: &[Item], path: &str, out: &mut String) {
    for item in items {
        match item {
            Item::Use(item) if is_public(&item.vis) => {
                out.push_str(&format!("use {}\n", text(&item.tree)));
            }
            Item::Const(item) if is_public(&item.vis) => {
                out.push_str(&format!("const {path}{}: {}\n", item.ident, text(&item.ty)));
            }
            Item::Type(item) if is_public(&item.vis) => {
                out.push_str(&format!("type {path}{} = {}\n", item.ident, text(&item.ty)));
            }
            Item::Mod(item) if is_public(&item.vis) => {
                out.push_str(&format!("mod {path}{}\n", item.ident));
                if let Some((_, inner)) = &item.content {
                    self::items(inner, &format!("{path}{}::", item.ident), out);
                }
            }
            Item::Struct(item) if is_public(&item.vis) => {
                let derives = derives(&item.attrs);
                out.push_str(&format!("struct {path}{}{}{derives}\n", item.ident, text(&item.generics)));
                fields(&item.fields, &format!("{path}{}", item.ident), out);
            }
            Item::Enum(item) if is_public(&item.vis) => {
                out.push_str(&format!("enum {path}{}{}\n", item.ident, derives(&item.attrs)));
                for variant in &item.variants {
                    let attributes = attributes(&variant.attrs);
                    let form = text(&variant.fields);
                    out.push_str(&format!("  {path}{}::{}{form}{attributes}\n", item.ident, variant.ident));
                }
            }
            Item::Fn(item) if is_public(&item.vis) => {
                out.push_str(&format!("  {path}{}\n", signature(&item.sig)));
            }
            Item::Trait(item) if is_public(&item.vis) => {
                out.push_str(&format!(
                    "trait {path}{}{}: {}\n",
                    item.ident,
                    text(&item.generics),
                    text(&item.supertraits)
                ));
                for entry in &item.items {
                    if let TraitItem::Fn(function) = entry {
                        out.push_str(&format!("  {path}{}::{}\n", item.ident, signature(&function.sig)));
                    }
                }
            }
            Item::Impl(item) => implementation(item, path, out),
            // What a macro declares is in the shape; how it does so is not.
            Item::Macro(item) if item.ident.is_none() => {
                let name = &item.mac.path.segments.last().unwrap().ident;
                declared(&name.to_string(), item.mac.tokens.clone(), out);
            }
            _ => {}
        }
    }
}

fn implementation(item: &ItemImpl, path: &str, out: &mut String) {
    let subject = text(&item.self_ty);
    if let Some(of) = &item.trait_ {
        let of = text(&of.0);
        let types = item.items.iter().filter_map(|item| match item {
            ImplItem::Type(item) => Some(format!(", type {} = {}", item.ident, text(&item.ty))),
            _ => None,
        });
        out.push_str(&format!("impl {of} for {path}{subject}{}\n", types.collect::<String>()));
        return;
    }
    let subject = subject.split('<').next().unwrap_or_default();
    for item in &item.items {
        match item {
            ImplItem::Fn(item) if is_public(&item.vis) => {
                out.push_str(&format!("  {path}{subject}::{}\n", signature(&item.sig)));
            }
            ImplItem::Const(item) if is_public(&item.vis) => {
                out.push_str(&format!("  {path}{subject}::{}: {}\n", item.ident, text(&item.ty)));
            }
            _ => {}
        }
    }
}

fn signature(signature: &syn::Signature) -> String {
    let inputs = text(&signature.inputs).replace("mut self", "self");
    let output = text(&signature.output);
    let generics = text(&signature.generics);
    let bounds = text(&signature.generics.where_clause);
    let kind = if signature.asyncness.is_some() { " async" } else { "" };
    let line = format!("{}{generics}({}){kind} {output} {bounds}", signature.ident, inputs.trim_end_matches(','));
    line.trim_end().to_owned()
}

fn fields(fields: &Fields, owner: &str, out: &mut String) {
    for (index, field) in fields.iter().enumerate().filter(|(_, field)| is_public(&field.vis)) {
        let name = field.ident.as_ref().map_or_else(|| index.to_string(), ToString::to_string);
        let attributes = attributes(&field.attrs);
        out.push_str(&format!("  {owner}.{name}: {}{attributes}\n", text(&field.ty)));
    }
}

fn derives(attributes: &[Attribute]) -> String {
    let lists = attributes.iter().filter(|attribute| attribute.path().is_ident("derive"));
    let names: Vec<String> = lists.map(|list| text(&list.meta.require_list().unwrap().tokens)).collect();
    if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) }
}

/// What changes the meaning of a field: docs do not.
fn attributes(attributes: &[Attribute]) -> String {
    let kept = attributes.iter().filter(|attribute| !attribute.path().is_ident("doc"));
    kept.map(|attribute| format!(" {}", text(attribute))).collect()
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// What a macro of the client declares: heads that end in `;` or hold a list in braces.
fn declared(name: &str, tokens: TokenStream, out: &mut String) {
    let mut subject = String::new();
    let mut head = Vec::new();
    for token in without_attributes(tokens) {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ';' => {
                out.push_str(&format!("{name} {}\n", text(&head.drain(..).collect::<TokenStream>())));
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                let line = text(&head.drain(..).collect::<TokenStream>());
                // `tries` and `rest` go on with what was declared before them.
                if ["tries", "rest"].contains(&line.as_str()) {
                    let owner = subject.split(' ').next().unwrap_or_default().to_owned();
                    subject = format!("{owner} {line}");
                } else {
                    out.push_str(&format!("{name} {line}\n"));
                    subject = line.split([' ', '(']).next().unwrap_or_default().to_owned();
                }
                for entry in listed(group.stream()) {
                    out.push_str(&format!("  {subject}: {entry}\n"));
                }
            }
            other => head.push(other),
        }
    }
    assert!(head.is_empty(), "`{name}` ends in the middle");
}

/// The entries of a list, parted by commas; those between angle brackets belong to a type.
fn listed(tokens: TokenStream) -> Vec<String> {
    let mut entries = vec![Vec::new()];
    let mut depth = 0;
    let mut before = ' ';
    for token in without_attributes(tokens) {
        let punct = if let TokenTree::Punct(punct) = &token { punct.as_char() } else { ' ' };
        match punct {
            '<' => depth += 1,
            '>' if before != '=' && before != '-' => depth -= 1,
            ',' if depth == 0 => entries.push(Vec::new()),
            _ => {}
        }
        if punct != ',' || depth > 0 {
            entries.last_mut().unwrap().push(token);
        }
        before = punct;
    }
    entries
        .into_iter()
        .filter(|entry| !entry.is_empty())
        .map(|entry| text(&entry.into_iter().collect::<TokenStream>()))
        .collect()
}

fn without_attributes(tokens: TokenStream) -> Vec<TokenTree> {
    let mut kept = Vec::new();
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => drop(tokens.next()),
            _ => kept.push(token),
        }
    }
    kept
}

/// Tokens as one would write them.
fn text(tokens: &impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string().replace('\n', " ");
    let rules = [
        ("  ", " "),
        (" :: ", "::"),
        (":: ", "::"),
        (" < ", "<"),
        ("< ", "<"),
        (" <", "<"),
        (" >", ">"),
        (" ,", ","),
        (" ;", ";"),
        ("( ", "("),
        (" )", ")"),
        ("[ ", "["),
        (" ]", "]"),
        ("{ ", "{"),
        (" }", "}"),
        ("& ", "&"),
        (" . ", "."),
        ("' ", "'"),
        ("# [", "#["),
        (" (", "("),
        (" : ", ": "),
        (",)", ")"),
        (",>", ">"),
        ("-> ", " -> "),
        ("  ", " "),
        ("=>", " =>"),
        ("  ", " "),
    ];
    for (from, to) in rules {
        while from != to && text.contains(from) && !to.contains(from) {
            text = text.replace(from, to);
        }
    }
    text.trim().replace("-= >", "->").replace("- >", "->").to_owned()
}

/// The lines that went and the lines that came, the first of them.
fn difference(golden: &str, actual: &str) -> String {
    const MOST: usize = 40;
    let mut counts = BTreeMap::<&str, isize>::new();
    golden.lines().for_each(|line| *counts.entry(line).or_default() -= 1);
    actual.lines().for_each(|line| *counts.entry(line).or_default() += 1);
    let went = golden.lines().filter(|line| counts[line] < 0).map(|line| format!("- {line}\n"));
    let came = actual.lines().filter(|line| counts[line] > 0).map(|line| format!("+ {line}\n"));
    let (went, came): (Vec<_>, Vec<_>) = (went.collect(), came.collect());
    let all = went.len() + came.len();
    let shown: Vec<String> = went.into_iter().take(MOST / 2).chain(came.into_iter().take(MOST / 2)).collect();
    let rest = all - shown.len();
    let rest = if rest > 0 { format!("… and {rest} lines more\n") } else { String::new() };
    shown.concat() + &rest
}
