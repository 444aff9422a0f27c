//! A crate of its own around a generated client.

use super::{ClientSettings, Files, MARK, client_modules, docs};
use crate::document::DocumentError;
use crate::lower::Report;
use crate::lower::names::words;
use crate::model::{BodyForm, Kind, Model, Struct};

/// The parts of the SDK that generated code needs, the same files that the SDK of this workspace is made of.
const SUPPORT: &[(&str, &str)] = &[
    ("body.rs", include_str!("../../../stora-client/src/body.rs")),
    ("comma_list.rs", include_str!("../../../stora-client/src/comma_list.rs")),
    ("expand.rs", include_str!("../../../stora-client/src/expand.rs")),
    ("extra.rs", include_str!("../../../stora-client/src/extra.rs")),
    ("id.rs", include_str!("../../../stora-client/src/id.rs")),
    ("nullable.rs", include_str!("../../../stora-client/src/nullable.rs")),
    ("number.rs", include_str!("../../../stora-client/src/number.rs")),
    ("open_enum.rs", include_str!("../../../stora-client/src/open_enum.rs")),
    ("page.rs", include_str!("../../../stora-client/src/page.rs")),
    ("query.rs", include_str!("../../../stora-client/src/query.rs")),
    ("reference.rs", include_str!("../../../stora-client/src/reference.rs")),
    ("request.rs", include_str!("../../../stora-client/src/request.rs")),
    ("secret.rs", include_str!("../../../stora-client/src/secret.rs")),
    ("status.rs", include_str!("../../../stora-client/src/status.rs")),
    ("union.rs", include_str!("../../../stora-client/src/union.rs")),
];

const SENDING: &str = include_str!("support/sending.rs");
const MULTIPART: &str = include_str!("support/multipart.rs");

/// All files of a crate around the client of a document.
///
/// # Errors
/// When progenitor refuses the lowered operations.
pub fn standalone(model: &Model, report: &mut Report) -> Result<Files, DocumentError> {
    let has_multipart = has_multipart(model);
    let mut files = Files::new();
    for (path, text) in client_modules(model, &ClientSettings::default(), report)? {
        files.insert(format!("src/generated/{path}"), text);
    }
    for (path, text) in SUPPORT {
        // Their tests stay at home.
        let text = text.split("\n#[cfg(test)]").next().unwrap_or(text);
        files.insert(format!("src/{path}"), format!("{MARK}{text}"));
    }
    files.insert("src/sending.rs".to_owned(), format!("{MARK}{SENDING}"));
    if has_multipart {
        files.insert("src/multipart.rs".to_owned(), format!("{MARK}{MULTIPART}"));
    }
    files.insert("src/lib.rs".to_owned(), lib(model, has_multipart));
    files.insert("Cargo.toml".to_owned(), manifest(model, has_multipart));
    Ok(files)
}

fn has_multipart(model: &Model) -> bool {
    let in_bodies = model.operations.iter().filter_map(|operation| operation.body.as_ref());
    in_bodies.into_iter().any(|body| matches!(body.form, BodyForm::Multipart(_)))
        || model.types.iter().any(|ty| matches!(&ty.kind, Kind::Struct(Struct { is_multipart: true, .. })))
}

fn lib(model: &Model, has_multipart: bool) -> String {
    let about = docs::first_line(&format!("A client for {} {}.", model.title, model.version));
    let multipart = if has_multipart { "mod multipart;\n" } else { "" };
    let multipart_use = if has_multipart { "pub use multipart::{FilePart, Files, Multipart};\n" } else { "" };
    format!(
        "{MARK}//! {about}\n\n#![allow(clippy::all, rustdoc::all, dead_code)]\n\n\
         mod body;\nmod comma_list;\nmod expand;\nmod extra;\nmod generated;\npub mod id;\n{multipart}mod nullable;\n\
         pub mod number;\nmod open_enum;\nmod page;\n#[cfg(feature = \"client\")]\npub mod query;\nmod reference;\n#[cfg(feature = \"client\")]\npub mod request;\nmod secret;\n#[cfg(feature = \"client\")]\nmod sending;\n#[cfg(feature = \"client\")]\npub mod status;\npub mod union;\n\n\
         pub use body::BuildError;\npub use comma_list::CommaList;\npub use expand::{{Expandable, Resource}};\npub use extra::Extra;\n\
         pub use generated::types;\n#[cfg(feature = \"client\")]\npub use generated::{{Client, builder}};\npub use id::IdError;\n{multipart_use}pub use nullable::Nullable;\npub use page::Page;\n\
         #[cfg(feature = \"client\")]\npub use progenitor_client::{{ByteStream, ClientHooks, ClientInfo, Error, OperationInfo, ResponseValue}};\npub use reference::Reference;\npub use secret::Secret;\n\n\
         #[cfg(feature = \"client\")]\nimpl Client {{\n    /// A client for the service at `baseurl`.\n    ///\n    /// # Errors\n    /// When the HTTP client cannot be set up.\n    \
         pub fn new(baseurl: &str) -> Result<Self, reqwest::Error> {{\n        \
         Ok(Self::new_with_client(baseurl.trim_end_matches('/'), reqwest::Client::builder().build()?))\n    }}\n}}\n"
    )
}

fn manifest(model: &Model, has_multipart: bool) -> String {
    let name = words(&model.title).join("-");
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let name = name.trim_matches('-').to_owned();
    let name = match name.chars().next() {
        None => "api".to_owned(),
        Some(c) if c.is_ascii_digit() => format!("api-{name}"),
        Some(_) => name,
    };
    let multipart = if has_multipart { ", \"multipart\"" } else { "" };
    format!(
        "# Generated by `cargo xtask codegen` from an OpenAPI document.\n\n[package]\nname = \"{name}-client\"\nversion = \"0.1.0\"\n\
         edition = \"2024\"\nrust-version = \"1.89\"\n\n[features]\ndefault = [\"client\", \"rustls\"]\n# The client; without it the models are left.\nclient = [\"dep:http\", \"dep:progenitor-client\", \"dep:reqwest\"]\n\
         rustls = [\"reqwest?/rustls\"]\nnative-tls = [\"reqwest?/native-tls\"]\n\n[dependencies]\n\
         chrono = {{ version = \"0.4\", default-features = false, features = [\"std\", \"serde\"] }}\n\
         http = {{ version = \"1\", optional = true }}\n\
         progenitor-client = {{ version = \"0.15.1\", default-features = false, optional = true }}\n\
         reqwest = {{ version = \"0.13.4\", default-features = false, features = [\"form\", \"json\", \"query\", \"stream\"{multipart}], optional = true }}\n\
         serde = {{ version = \"1\", features = [\"derive\"] }}\nserde_json = \"1\"\n\n[workspace]\n"
    )
}
