//! The commands of the CLI: a row per operation, with its arguments.

use std::fmt::Write as _;

use super::commands::{self, Group, Place as CommandPlace};
use super::{list, optional, texts};
use crate::emit::types::literal;
use crate::emit::{Files, MARK};
use crate::lower::names::{Unique, words};
use crate::model::{BodyForm, Field, Kind, Model, Operation, Parameter, Place, RequestBody, Struct, Ty, Union};

/// Flags that every command has, or that the CLI gives to commands of a kind; no flag from the document takes their name.
const RESERVED: &[&str] = &[
    "all", "body", "columns", "color", "dry-run", "help", "jq", "null", "output", "profile", "quiet", "verbose",
    "version", "yes",
];

/// A document whose operations become commands, and what they are called among the generated modules.
#[derive(Clone, Copy)]
pub struct CommandTable<'a> {
    /// The module of its rows.
    pub module: &'a str,
    /// What stands before the names of its statics: nothing, or such as `CONTROL_`.
    pub prefix: &'a str,
    /// What the document means.
    pub model: &'a Model,
}

/// The generated modules of the CLI: one for each document.
pub fn cli(tables: &[CommandTable<'_>]) -> Files {
    let mut files = Files::new();
    let (mut modules, mut statics) = (String::new(), String::new());
    for table in tables {
        let CommandTable { module, prefix, .. } = table;
        let _ = writeln!(modules, "mod {module};");
        let _ = writeln!(statics, "pub use {module}::{{{prefix}COMMANDS, {prefix}GROUPS}};");
        files.insert(format!("{module}.rs"), format!("{MARK}{}", commands(table)));
    }
    let index = format!("{MARK}//! What is generated: the commands as static rows.\n\n{modules}\n{statics}");
    files.insert("mod.rs".to_owned(), index);
    files
}

fn commands(CommandTable { prefix, model, .. }: &CommandTable<'_>) -> String {
    let mut out = String::from(
        "//! The commands: one per operation of the document, in its order, and the groups they stand in.\n\n#[allow(unused_imports)]\n\
         use crate::command::{Body, Flag, Group, Kind, Operation, Positional, Style};\n\n",
    );
    let places = commands::places(model);
    let groups = commands::groups(model, &places);
    let _ = writeln!(
        out,
        "/// The groups of commands, each after those around it.\npub static {prefix}GROUPS: [Group; {}] = [",
        groups.len()
    );
    for group in &groups {
        self::group(&mut out, group);
    }
    out.push_str("];\n\n");
    let _ =
        writeln!(out, "/// The commands.\npub static {prefix}COMMANDS: [Operation; {}] = [", model.operations.len());
    for (place, operation) in places.iter().zip(&model.operations) {
        row(&mut out, model, place, operation);
    }
    out.push_str("];\n");
    out
}

fn group(out: &mut String, group: &Group) {
    let _ = writeln!(out, "    Group {{ path: {}, about: {} }},", texts(&group.path), literal(&prose(&group.about)));
}

fn row(out: &mut String, model: &Model, place: &CommandPlace, operation: &Operation) {
    let _ = write!(
        out,
        "    Operation {{\n        group: {},\n        name: {},\n        id: {},\n        method: {},\n        path: {},\n        \
         summary: {},\n        description: {},\n        evidence: {},\n        deprecated: {},\n        open: {},\n        scopes: {},\n        \
         paged: {},\n        produces: {},\n",
        texts(&place.group),
        literal(&place.name),
        literal(&operation.id),
        literal(&operation.method),
        literal(&operation.path),
        literal(&prose(&operation.summary)),
        literal(&prose(&operation.description)),
        optional(operation.evidence.as_deref()),
        operation.deprecated,
        operation.is_open,
        texts(&operation.scopes),
        operation.is_paged,
        texts(&operation.produces),
    );
    let mut names = Unique::default();
    for name in RESERVED {
        names.take(name);
    }
    let (in_path, others): (Vec<&Parameter>, Vec<&Parameter>) =
        operation.parameters.iter().partition(|parameter| parameter.place == Place::Path);
    let mut in_capitals = Unique::default();
    let positionals: Vec<String> = in_path.iter().map(|parameter| positional(parameter, &mut in_capitals)).collect();
    out.push_str(&list("positionals: ", &positionals, ""));
    let mut flags: Vec<String> = others.iter().map(|parameter| parameter_flag(model, parameter, &mut names)).collect();
    let properties = operation.body.as_ref().and_then(|body| properties(model, body));
    for field in properties.into_iter().flat_map(|body| &body.fields) {
        flags.extend(property_flag(model, field, &mut names));
    }
    out.push_str(&list("flags: ", &flags, ""));
    let body = operation.body.as_ref().map(|body| self::body(model, body));
    let body = body.map_or_else(|| "None".to_owned(), |body| format!("Some({body})"));
    let _ = writeln!(out, "        body: {body},\n    }},");
}

/// A name in kebab case that no other argument of the command has: its own, or with its place before it.
fn flag_name(wire: &str, place: &str, names: &mut Unique) -> String {
    let name = words(wire).join("-");
    if names.is_taken(&name) { names.take(&format!("{place}-{name}")) } else { names.take(&name) }
}

/// Names in capitals meet no flag.
fn positional(parameter: &Parameter, names: &mut Unique) -> String {
    let name = names.take(&words(&parameter.wire).join("_").to_uppercase());
    let mut out = format!("Positional::new({}, {})", literal(&name), literal(&parameter.wire));
    help(&mut out, &parameter.doc);
    out
}

fn parameter_flag(model: &Model, parameter: &Parameter, names: &mut Unique) -> String {
    let (constructor, place) = match parameter.place {
        Place::Header => ("header", "header"),
        Place::Cookie => ("cookie", "cookie"),
        Place::Query | Place::Path => ("query", "query"),
    };
    let name = flag_name(&parameter.wire, place, names);
    let shape = Shape::of(model, &parameter.ty);
    // Outside of bodies there are no references: an id is an id.
    let kind = match shape.kind {
        Form::Reference(name) => Form::Text(name),
        other => other,
    };
    let mut out = format!("Flag::{constructor}({}, {}, {})", literal(&name), literal(&parameter.wire), kind.row());
    let style = match parameter.style.as_str() {
        "comma" => Some("Comma"),
        "repeat" => Some("Repeat"),
        "pipe" => Some("Pipe"),
        "space" => Some("Space"),
        "deep" => Some("Deep"),
        "comma-object" => Some("CommaObject"),
        "json" => Some("Json"),
        "form" => Some("Form"),
        _ => None,
    };
    if let Some(style) = style {
        let _ = write!(out, ".style(Style::{style})");
    }
    if shape.many {
        out.push_str(".many()");
    }
    let values = if parameter.values.is_empty() { &shape.values } else { &parameter.values };
    finish(&mut out, values, parameter.required, false);
    if let Some(default) = &parameter.default {
        let _ = write!(out, ".default({})", literal(default));
    }
    help(&mut out, &parameter.doc);
    out
}

/// A flag for a property of a body; none for a property that tells the forms of a union apart.
fn property_flag(model: &Model, field: &Field, names: &mut Unique) -> Option<String> {
    if is_tag(model, &field.ty) {
        return None;
    }
    let name = flag_name(&field.wire, "body", names);
    let shape = Shape::of(model, &field.ty);
    let mut out = format!("Flag::body({}, {}, {})", literal(&name), literal(&field.wire), shape.kind.row());
    if shape.many {
        out.push_str(".many()");
    }
    let constant = constant(model, field);
    let nullable = shape.nullable || (field.required && matches!(field.ty, Ty::Option(_)));
    finish(&mut out, &shape.values, field.required && constant.is_none(), nullable);
    if let Some(value) = constant {
        let _ = write!(out, ".default({})", literal(value));
    }
    if field.deprecated {
        out.push_str(".deprecated()");
    }
    let doc = match members(model, &field.ty) {
        Some(members) => format!("{}\n\n{members}", field.doc),
        None => field.doc.clone(),
    };
    help(&mut out, &doc);
    Some(out)
}

/// What an object holds, for whoever has to write it as JSON.
fn members(model: &Model, ty: &Ty) -> Option<String> {
    let (of, ty) = match through_names(model, ty) {
        Ty::List(item) => ("Each an object of", unwrapped(item)),
        _ => ("An object of", ty),
    };
    let Resolved::Kind(Kind::Struct(object)) = resolve(model, ty) else { return None };
    let names: Vec<String> = object
        .fields
        .iter()
        .map(|field| format!("`{}`{}", field.wire, if field.required { " (required)" } else { "" }))
        .collect();
    (!names.is_empty()).then(|| format!("{of} {}.", names.join(", ")))
}

fn finish(out: &mut String, values: &[String], required: bool, nullable: bool) {
    if !values.is_empty() {
        let _ = write!(out, ".values({})", texts(values));
    }
    if required {
        out.push_str(".required()");
    }
    if nullable {
        out.push_str(".nullable()");
    }
}

/// The first sentence for the short help, and what follows it for the long one.
fn help(out: &mut String, doc: &str) {
    let doc = prose(doc);
    let short = first_sentence(&doc);
    if !short.is_empty() {
        let _ = write!(out, ".help({})", literal(short));
    }
    let rest = &doc[short.len()..];
    if !rest.is_empty() {
        let _ = write!(out, ".details({})", literal(rest));
    }
}

fn body(model: &Model, body: &RequestBody) -> String {
    let mut out =
        format!("Body::{}({})", if body.required { "required" } else { "optional" }, literal(&body.media_type));
    let properties = properties(model, body);
    if !matches!(body.form, BodyForm::Json(_) | BodyForm::Form(_)) {
        out.push_str(".raw()");
    }
    let constants = properties.into_iter().flat_map(|body| &body.fields).filter_map(|field| {
        let value = constant(model, field)?;
        Some(format!("({}, {})", literal(&field.wire), literal(value)))
    });
    let constants: Vec<String> = constants.collect();
    if !constants.is_empty() {
        let _ = write!(out, ".constants(&[{}])", constants.join(", "));
    }
    out
}

/// The object that a body is, if it is one whose properties can be flags.
fn properties<'a>(model: &'a Model, body: &'a RequestBody) -> Option<&'a Struct> {
    let (BodyForm::Json(ty) | BodyForm::Form(ty)) = &body.form else { return None };
    match resolve(model, ty) {
        Resolved::Kind(Kind::Struct(object)) => Some(object),
        _ => None,
    }
}

/// The one value that a required property can have.
fn constant<'a>(model: &'a Model, field: &'a Field) -> Option<&'a str> {
    if !field.required || matches!(field.ty, Ty::Option(_) | Ty::Nullable(_)) {
        return None;
    }
    match resolve(model, &field.ty) {
        Resolved::Kind(Kind::Enum(values)) => match values.as_slice() {
            [one] => Some(&one.value),
            _ => None,
        },
        Resolved::Ty(Ty::Named(name)) => {
            model.constants.iter().find(|constant| constant.name == *name).map(|constant| constant.value.as_str())
        }
        _ => None,
    }
}

fn is_tag(model: &Model, ty: &Ty) -> bool {
    matches!(unwrapped(ty), Ty::Named(name) if model.constants.iter().any(|constant| constant.name == *name))
}

/// What a name stands for.
enum Resolved<'a> {
    Kind(&'a Kind),
    Id,
    Ty(&'a Ty),
}

fn resolve<'a>(model: &'a Model, ty: &'a Ty) -> Resolved<'a> {
    let mut ty = unwrapped(ty);
    // Names lead to names, but not for ever: a circle would be no type.
    for _ in 0..=model.types.len() {
        let Ty::Named(name) = ty else { break };
        if model.ids.iter().any(|id| id.name == *name) {
            return Resolved::Id;
        }
        match model.types.iter().find(|known| known.name == *name).map(|known| &known.kind) {
            Some(Kind::Alias(to) | Kind::Newtype(to)) => ty = unwrapped(to),
            Some(kind) => return Resolved::Kind(kind),
            None => break,
        }
    }
    Resolved::Ty(ty)
}

fn unwrapped(ty: &Ty) -> &Ty {
    match ty {
        Ty::Option(inner) | Ty::Nullable(inner) | Ty::Boxed(inner) => unwrapped(inner),
        other => other,
    }
}

/// How a value is written on a command line.
struct Shape {
    kind: Form,
    many: bool,
    nullable: bool,
    values: Vec<String>,
}

/// The kind of one value; texts have a word for what they are.
enum Form {
    Text(String),
    Integer,
    Number,
    Boolean,
    Json,
    Reference(String),
    Pairs,
}

impl Form {
    fn row(&self) -> String {
        match self {
            Self::Text(what) => format!("Kind::Text({})", literal(what)),
            Self::Reference(what) => format!("Kind::Reference({})", literal(what)),
            Self::Integer => "Kind::Integer".to_owned(),
            Self::Number => "Kind::Number".to_owned(),
            Self::Boolean => "Kind::Boolean".to_owned(),
            Self::Json => "Kind::Json".to_owned(),
            Self::Pairs => "Kind::Pairs".to_owned(),
        }
    }
}

impl Shape {
    fn of(model: &Model, ty: &Ty) -> Self {
        let nullable = matches!(ty, Ty::Nullable(_));
        let (many, item) = match through_names(model, ty) {
            Ty::List(item) | Ty::CommaList(item) => (true, &**item),
            _ => (false, ty),
        };
        let (kind, values) = Self::of_one(model, item);
        // A list of lists, or of maps, is more than repeating can say.
        match kind {
            Form::Pairs if many => Self { kind: Form::Json, many, nullable, values },
            kind => Self { kind, many, nullable, values },
        }
    }

    fn of_one(model: &Model, ty: &Ty) -> (Form, Vec<String>) {
        let text = |what: &str| Form::Text(what.to_owned());
        let named = |ty: &Ty| match unwrapped(ty) {
            Ty::Named(name) => words(name).join("_").to_uppercase(),
            _ => "ID".to_owned(),
        };
        let kind = match resolve(model, ty) {
            Resolved::Id => Form::Text(named(ty)),
            Resolved::Kind(Kind::Enum(values)) => {
                return (text("VALUE"), values.iter().map(|value| value.value.clone()).collect());
            }
            Resolved::Kind(Kind::Union(union)) => return Self::of_union(model, union, named),
            Resolved::Kind(_) => Form::Json,
            Resolved::Ty(ty) => match ty {
                Ty::String | Ty::Secret | Ty::File => text("TEXT"),
                Ty::DateTime => text("DATE_TIME"),
                Ty::Date => text("DATE"),
                Ty::Integer(_) => Form::Integer,
                Ty::Float => Form::Number,
                Ty::Bool => Form::Boolean,
                Ty::Reference(id) => Form::Reference(named(id)),
                Ty::Named(name) => match model.constants.iter().find(|constant| constant.name == *name) {
                    Some(constant) => return (text("VALUE"), vec![constant.value.clone()]),
                    None => Form::Json,
                },
                Ty::Map(values) if matches!(unwrapped(values), Ty::String) => Form::Pairs,
                _ => Form::Json,
            },
        };
        (kind, Vec::new())
    }

    /// A text if all forms are texts, a reference if one form is one, else JSON.
    fn of_union(model: &Model, union: &Union, named: impl Fn(&Ty) -> String) -> (Form, Vec<String>) {
        if let Some(id) = union.variants.iter().find_map(|variant| reference(model, &variant.ty)) {
            return (Form::Reference(named(id)), Vec::new());
        }
        let mut values = Vec::new();
        let mut what = None;
        for variant in &union.variants {
            match Self::of_one(model, unwrapped(&variant.ty)) {
                (Form::Text(_), more) if !more.is_empty() => values.extend(more),
                (Form::Text(one), _) => what = what.or(Some(one)),
                _ => return (Form::Json, Vec::new()),
            }
        }
        (Form::Text(what.unwrap_or_else(|| "VALUE".to_owned())), values)
    }
}

/// A type behind its names, as far as names lead to types.
fn through_names<'a>(model: &'a Model, ty: &'a Ty) -> &'a Ty {
    match resolve(model, ty) {
        Resolved::Ty(ty) => ty,
        _ => unwrapped(ty),
    }
}

/// The id of a form of a union that names a resource by nothing else.
fn reference<'a>(model: &'a Model, ty: &'a Ty) -> Option<&'a Ty> {
    match resolve(model, ty) {
        Resolved::Ty(Ty::Reference(id)) => Some(id),
        Resolved::Kind(Kind::Struct(Struct { fields, .. })) => match fields.as_slice() {
            [field] if field.wire == "id" => Some(&field.ty),
            _ => None,
        },
        _ => None,
    }
}

/// A text for the terminal: paragraphs in one line each, lists and tables as they stand.
fn prose(text: &str) -> String {
    let mut out = String::new();
    let mut can_join = false;
    for line in text.trim().lines() {
        let line = line.trim_end();
        let trimmed = line.trim_start();
        let starts_item = trimmed.starts_with(['-', '*', '|', '#']);
        if trimmed.is_empty() {
            if !out.is_empty() && !out.ends_with("\n\n") {
                out.push_str("\n\n");
            }
            can_join = false;
            continue;
        }
        if can_join && !starts_item {
            out.push(' ');
        } else if !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
        out.push_str(trimmed);
        can_join = !trimmed.starts_with('|') && !trimmed.starts_with('#');
    }
    // Control characters have no business on a terminal.
    out.retain(|c| c == '\n' || !c.is_control());
    out
}

/// The first sentence of a text, without what is in its further lines.
fn first_sentence(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    let mut from = 0;
    while let Some(at) = line[from..].find(". ").map(|at| at + from) {
        let next = line[at + 2..].chars().next();
        let is_short_form = line[..at].ends_with("e.g") || line[..at].ends_with("i.e");
        if !is_short_form && next.is_some_and(|c| c.is_uppercase() || !c.is_alphabetic()) {
            return &line[..=at];
        }
        from = at + 2;
    }
    line
}
