//! Models: ids, enums, objects, unions, events, results and pages, as text.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::docs;
use crate::model::{Body, Field, Kind, Model, Rest, StatusArm, Struct, Ty, Type, Union, UnionBy};

/// Id types.
pub fn ids(model: &Model) -> String {
    let mut out = String::from("//! Ids: one type per prefix.\n\n");
    if model.ids.is_empty() {
        return out;
    }
    out.push_str("crate::id_type! {\n");
    for id in &model.ids {
        let of = id.of.as_ref().map_or_else(
            || format!("An id such as `{}…`.", id.prefixes.join("…` or `")),
            |of| format!("The id of a `{of}`."),
        );
        out.push_str(&docs::comment(&of, 4));
        let prefixes: Vec<String> = id.prefixes.iter().map(|prefix| literal(prefix)).collect();
        line(&mut out, 4, &format!("{}: {};", id.name, prefixes.join(" | ")));
    }
    out.push_str("}\n");
    out
}

/// Open enums and constants.
pub fn enums(model: &Model) -> String {
    let mut out = String::from(
        "//! Sets of values: one type per set, open at the end. And the constants that tell unions apart.\n\n",
    );
    let enums: Vec<_> = model
        .types
        .iter()
        .filter_map(|ty| match &ty.kind {
            Kind::Enum(values) => Some((ty, values)),
            _ => None,
        })
        .collect();
    if !enums.is_empty() {
        for (ty, values) in enums {
            // One call each: the compiler takes a long call longer than its parts.
            out.push_str("crate::open_enum! {\n");
            let doc = if ty.doc.is_empty() {
                summary_of_values(values.iter().map(|value| value.value.as_str()))
            } else {
                ty.doc.clone()
            };
            out.push_str(&docs::comment(&doc, 4));
            line(&mut out, 4, &format!("{} {{", ty.name));
            for value in values {
                let mark = if value.inferred { " Evidence: inferred." } else { "" };
                out.push_str(&docs::comment(&format!("{}{mark}", code(&value.value)), 8));
                line(&mut out, 8, &format!("{} = {},", value.name, literal(&value.value)));
            }
            line(&mut out, 4, "}");
            out.push_str("}\n");
        }
    }
    if !model.constants.is_empty() {
        out.push_str("\ncrate::constant! {\n");
        for constant in &model.constants {
            out.push_str(&docs::comment(&format!("The constant {}.", code(&constant.value)), 4));
            line(&mut out, 4, &format!("{} = {};", constant.name, literal(&constant.value)));
        }
        out.push_str("}\n");
    }
    out
}

/// Objects, aliases and unions.
pub fn objects(model: &Model) -> String {
    let mut out = String::from(
        "//! Objects, as the service sends and takes them.\n\n#[allow(unused_imports)]\nuse super::types::*;\n",
    );
    for ty in &model.types {
        let item = match &ty.kind {
            Kind::Struct(object) => structure(ty, object),
            Kind::Alias(to) => format!("{}pub type {} = {};\n", item_doc(ty), ty.name, to.render("")),
            Kind::Newtype(to) => newtype(ty, to),
            Kind::Union(of) => union(ty, of),
            Kind::Enum(_) => continue,
        };
        out.push('\n');
        out.push_str(&item);
    }
    let sent: Vec<_> = model
        .types
        .iter()
        .filter_map(|ty| match &ty.kind {
            Kind::Struct(object) => Some((ty, object, object.builder.as_ref()?)),
            _ => None,
        })
        .collect();
    if !sent.is_empty() {
        for (ty, object, name) in sent {
            out.push_str("\ncrate::body_builder! {\n");
            builder(&mut out, ty, object, name);
            out.push_str("}\n");
        }
    }
    conversions(&mut out, model);
    pages(&mut out, model);
    out
}

/// What the service sends by itself.
pub fn events(model: &Model) -> Option<String> {
    let events = model.events.as_ref()?;
    let mut out = String::from("//! What the service sends by itself.\n\nuse super::types::*;\n\n");
    let key: Vec<String> = events.path.iter().flatten().map(|key| literal(key)).collect();
    let doc = if events.path.is_some() {
        "An event, as it arrives: told apart by its type. An event of a type that this version does not name decodes as \
         `Unknown` and keeps its payload."
    } else {
        "An event. Nothing in the payload tells events apart, so that it is decoded by the name it was sent under."
    };
    if events.path.is_some() {
        out.push_str("crate::tagged_union! {\n");
        out.push_str(&docs::comment(doc, 4));
        line(&mut out, 4, &format!("Event by [{}] {{", key.join(", ")));
    } else {
        out.push_str("crate::named_union! {\n");
        out.push_str(&docs::comment(doc, 4));
        line(&mut out, 4, "Event {");
    }
    for event in &events.list {
        let evidence = event.evidence.as_ref().map(|evidence| format!("\n\nEvidence: {evidence}.")).unwrap_or_default();
        out.push_str(&docs::comment(&format!("{}: {}{evidence}", code(&event.value), event.summary), 8));
        line(&mut out, 8, &format!("{}(Box<{}>) = {},", event.variant, event.ty.render(""), literal(&event.value)));
    }
    out.push_str("    }\n}\n");
    Some(out)
}

/// Results told apart by status.
pub fn results(model: &Model) -> Option<String> {
    if model.results.is_empty() {
        return None;
    }
    let mut out = String::from(
        "//! Results of operations whose answer depends on the status.\n\nuse super::types;\n\ncrate::status_union! {\n",
    );
    for result in &model.results {
        out.push_str(&docs::comment("What an answer holds, by its status.", 4));
        line(&mut out, 4, &format!("{} {{", result.name));
        for arm in &result.arms {
            status_arm(&mut out, arm);
        }
        line(&mut out, 4, "}");
    }
    out.push_str("}\n");
    Some(out)
}

fn status_arm(out: &mut String, arm: &StatusArm) {
    let pattern = match arm.status.as_str() {
        "default" => "_".to_owned(),
        status if status.ends_with("XX") => format!("{0}00..={0}99", &status[..1]),
        status => status.to_owned(),
    };
    let (kind, ty) = match &arm.body {
        Body::Json(ty) => ("json", format!("({})", ty.render("types::"))),
        Body::Text => ("text", "(String)".to_owned()),
        Body::Binary => ("binary", "(Vec<u8>)".to_owned()),
        Body::None | Body::Absent | Body::Union(_) => ("none", String::new()),
    };
    out.push_str(&docs::comment(&format!("Status {}.", arm.status), 8));
    line(out, 8, &format!("{}{ty} = {pattern} => {kind},", arm.variant));
}

fn structure(ty: &Type, object: &Struct) -> String {
    let mut out = item_doc(ty);
    let derives = if object.is_multipart {
        "Clone, Debug, PartialEq"
    } else {
        "Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize"
    };
    let _ = writeln!(out, "#[derive({derives})]");
    let _ = writeln!(out, "pub struct {} {{", ty.name);
    for field in &object.fields {
        structure_field(&mut out, field, object.is_multipart);
    }
    match &object.rest {
        Rest::None => {}
        Rest::Extra => {
            out.push_str(&docs::comment("Properties that this version of the document does not name.", 4));
            out.push_str("    #[serde(flatten)]\n    pub extra: crate::Extra,\n");
        }
        Rest::Map(values) => {
            out.push_str(&docs::comment("All other properties.", 4));
            let map = Ty::Map(Box::new(values.clone())).render("");
            let _ = write!(out, "    #[serde(flatten)]\n    pub additional_properties: {map},\n");
        }
    }
    out.push_str("}\n");
    if let Some(id) = &object.resource_id {
        let is_own = object.fields.iter().any(|field| field.wire == "id" && field.ty == *id);
        if is_own {
            let marks = object.fields.iter().filter(|field| field.required && field.wire != "id");
            let marks: Vec<String> = marks.map(|field| literal(&field.wire)).collect();
            let is_full = if marks.is_empty() {
                "object.len() > 1".to_owned()
            } else {
                format!("[{}].iter().any(|key| object.contains_key(*key))", marks.join(", "))
            };
            resource_impl(&mut out, &ty.name, id, "self.id.clone()", &is_full);
        }
    }
    if object.is_multipart {
        multipart_impl(&mut out, &ty.name, object);
    }
    out
}

fn structure_field(out: &mut String, field: &Field, is_multipart: bool) {
    out.push_str(&docs::comment(&field.doc, 4));
    if field.doc.is_empty() {
        out.push_str(&docs::comment(&format!("The property {}.", code(&field.wire)), 4));
    }
    let mut serde = Vec::new();
    if field.name != field.wire {
        serde.push(format!("rename = {}", literal(&field.wire)));
    }
    if !field.required {
        serde.push("default".to_owned());
        match &field.ty {
            Ty::Nullable(_) => serde.push("skip_serializing_if = \"crate::Nullable::is_absent\"".to_owned()),
            Ty::Option(_) => serde.push("skip_serializing_if = \"Option::is_none\"".to_owned()),
            _ => {}
        }
    }
    if field.ty.is_float() {
        serde.push("serialize_with = \"crate::number::serialize\"".to_owned());
    }
    if !serde.is_empty() && !is_multipart {
        line(out, 4, &format!("#[serde({})]", serde.join(", ")));
    }
    line(out, 4, &format!("pub {}: {},", field.name, field.ty.render("")));
}

fn multipart_impl(out: &mut String, name: &str, object: &Struct) {
    let _ = write!(
        out,
        "\nimpl From<{name}> for crate::Multipart {{\n    fn from(body: {name}) -> Self {{\n        Self::new()"
    );
    for field in &object.fields {
        let add = match field.ty.clone() {
            Ty::Option(inner) | Ty::Nullable(inner) if is_file(&inner) => "files",
            ref ty if is_file(ty) => "files",
            _ => "value",
        };
        let _ = write!(out, "\n            .{add}({}, body.{})", literal(&field.wire), field.name);
    }
    out.push_str("\n    }\n}\n");
}

fn is_file(ty: &Ty) -> bool {
    matches!(ty, Ty::File) || matches!(ty, Ty::List(item) if **item == Ty::File)
}

fn resource_impl(out: &mut String, name: &str, id: &Ty, body: &str, is_full: &str) {
    let id = id.render("");
    let _ = write!(
        out,
        "\nimpl crate::Resource for {name} {{\n    type Id = {id};\n    fn id(&self) -> {id} {{\n        {body}\n    }}\n    \
         fn is_full(object: &::serde_json::Map<String, ::serde_json::Value>) -> bool {{\n        {is_full}\n    }}\n}}\n"
    );
}

fn newtype(ty: &Type, to: &Ty) -> String {
    let mut out = item_doc(ty);
    let _ = writeln!(
        out,
        "#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]\n#[serde(transparent)]"
    );
    let to = to.render("");
    let _ = writeln!(out, "pub struct {}(pub {to});", ty.name);
    let _ = write!(
        out,
        "\nimpl From<{to}> for {0} {{\n    fn from(value: {to}) -> Self {{\n        Self(value)\n    }}\n}}\n",
        ty.name
    );
    out
}

fn union(ty: &Type, union: &Union) -> String {
    let doc = if ty.doc.is_empty() { "One of several forms.".to_owned() } else { ty.doc.clone() };
    let mut out = String::new();
    let (head, tail) = match &union.by {
        UnionBy::Tag(key) => (
            format!("crate::tagged_union! {{\n{}    {} by [{}] {{\n", docs::comment(&doc, 4), ty.name, literal(key)),
            "    }\n}\n",
        ),
        UnionBy::IdPrefix => {
            let id = union.resource_id.as_ref().map(|id| id.render("")).unwrap_or_default();
            (format!("crate::resource_union! {{\n{}    {}({id}) {{\n", docs::comment(&doc, 4), ty.name), "    }\n}\n")
        }
        UnionBy::Shape => (format!("crate::untagged_union! {{\n{}    {} {{\n", docs::comment(&doc, 4), ty.name), ""),
    };
    out.push_str(&head);
    for variant in &union.variants {
        let values: Vec<String> = variant.values.iter().map(|value| literal(value)).collect();
        let (about, values) = match &union.by {
            UnionBy::Shape => (format!("In the form of a `{}`.", variant.ty.plain()), String::new()),
            _ => (
                format!("With {}.", variant.values.iter().map(|value| code(value)).collect::<Vec<_>>().join(" or ")),
                format!(" = {}", values.join(" | ")),
            ),
        };
        out.push_str(&docs::comment(&about, 8));
        line(&mut out, 8, &format!("{}({}){values},", variant.name, variant.ty.render("")));
    }
    if union.by == UnionBy::Shape {
        out.push_str("    } tries {\n");
        for variant in union.order.iter().filter_map(|i| union.variants.get(*i)) {
            let required: Vec<String> = variant.required.iter().map(|key| literal(key)).collect();
            let constants: Vec<String> =
                variant.constants.iter().map(|(key, value)| format!("{} = {}", literal(key), literal(value))).collect();
            line(&mut out, 8, &format!("{} [{}] [{}],", variant.name, required.join(", "), constants.join(", ")));
        }
        out.push_str("    }\n}\n");
    }
    out.push_str(tail);
    if let (Some(id), true) = (&union.resource_id, union.by != UnionBy::IdPrefix) {
        let unknown = match id {
            Ty::Named(name) => format!("{name}::widened(crate::union::id_of(value))"),
            _ => "crate::union::id_of(value)".to_owned(),
        };
        let convert =
            if *id == Ty::String { "crate::Resource::id(value).into()" } else { "crate::Resource::id(value)" };
        let arms: String = union
            .variants
            .iter()
            .map(|variant| format!("            Self::{}(value) => {convert},\n", variant.name))
            .collect();
        let body = format!("match self {{\n{arms}            Self::Unknown(value) => {unknown},\n        }}");
        let forms: Vec<String> = union
            .variants
            .iter()
            .map(|variant| format!("<{} as crate::Resource>::is_full(object)", variant.ty.render("")))
            .collect();
        resource_impl(&mut out, &ty.name, id, &body, &forms.join(" || "));
    }
    out
}

fn builder(out: &mut String, ty: &Type, object: &Struct, name: &str) {
    line(out, 4, &format!("{} by {name} {{", ty.name));
    for field in &object.fields {
        let (kind, ty) = match (&field.ty, field.required) {
            (ty, _) if field.is_constant => ("constant", ty.clone()),
            (ty @ Ty::Nullable(_), _) => ("tri_state", ty.clone()),
            (Ty::Option(inner), false) => ("optional", (**inner).clone()),
            (ty, _) => ("required", ty.clone()),
        };
        line(out, 8, &format!("{kind} {} {}: {},", field.name, literal(&field.wire), ty.render("")));
    }
    let rest = match object.rest {
        Rest::None => "",
        Rest::Extra => " extra",
        Rest::Map(_) => " additional_properties",
    };
    line(out, 4, &format!("}} rest {{{rest} }}"));
}

/// The forms that convert into their union: objects whose type, seen through other names for it, is that of no other form.
fn conversions(out: &mut String, model: &Model) {
    let aliases: HashMap<&str, &Ty> = model
        .types
        .iter()
        .filter_map(|ty| match &ty.kind {
            Kind::Alias(to) => Some((ty.name.as_str(), to)),
            _ => None,
        })
        .collect();
    let through = |ty: &Ty| {
        let mut ty = ty.clone();
        for _ in 0..64 {
            match &ty {
                Ty::Boxed(inner) => ty = (**inner).clone(),
                Ty::Named(name) if aliases.contains_key(name.as_str()) => ty = aliases[name.as_str()].clone(),
                _ => break,
            }
        }
        ty
    };
    let mut lines = Vec::new();
    for ty in &model.types {
        let Kind::Union(union) = &ty.kind else { continue };
        let types: Vec<Ty> = union.variants.iter().map(|variant| through(&variant.ty)).collect();
        let own = Ty::Named(ty.name.clone());
        let forms: Vec<String> = union
            .variants
            .iter()
            .zip(&types)
            .filter(|(_, ty)| {
                matches!(ty, Ty::Named(_)) && **ty != own && types.iter().filter(|other| other == ty).count() == 1
            })
            .map(|(variant, _)| format!("{}({})", variant.name, variant.ty.render("")))
            .collect();
        if !forms.is_empty() {
            lines.push(format!("{}: {};", ty.name, forms.join(", ")));
        }
    }
    if !lines.is_empty() {
        out.push_str("\ncrate::from_form! {\n");
        lines.iter().for_each(|text| line(out, 4, text));
        out.push_str("}\n");
    }
}

fn pages(out: &mut String, model: &Model) {
    let pages: Vec<_> = model
        .types
        .iter()
        .filter_map(|ty| match &ty.kind {
            Kind::Struct(Struct { page: Some(page), .. }) => Some((ty, page)),
            _ => None,
        })
        .collect();
    if pages.is_empty() {
        return;
    }
    out.push_str("\ncrate::page! {\n");
    for (ty, page) in pages {
        line(
            out,
            4,
            &format!("{}: {} of {}, next {};", ty.name, page.items, page.item.render(""), page.next.join(".")),
        );
    }
    out.push_str("}\n");
}

fn item_doc(ty: &Type) -> String {
    let doc = docs::comment(&ty.doc, 0);
    if doc.is_empty() { docs::comment(&format!("`{}`", ty.name), 0) } else { doc }
}

fn summary_of_values<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let values: Vec<String> = values.map(code).collect();
    match values.len() {
        0..=6 => format!("One of {}.", values.join(", ")),
        n => format!("One of {} and {} more.", values[..5].join(", "), n - 5),
    }
}

/// A text as a code span, whatever it holds.
fn code(text: &str) -> String {
    if text.is_empty() {
        "the empty text".to_owned()
    } else {
        format!("`{}`", text.replace('`', "'").replace('\n', " "))
    }
}

/// A text as a literal of Rust.
pub fn literal(text: &str) -> String {
    format!("{text:?}")
}

fn line(out: &mut String, indent: usize, text: &str) {
    let _ = writeln!(out, "{:indent$}{text}", "");
}
