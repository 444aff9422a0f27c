//! The contract of the mock: a row per operation, per event and per scope.

use std::fmt::Write as _;

use super::bodies::{self, Body};
use super::columns::columns;
use super::source::Source;
use super::{list, optional, texts};
use crate::document::Document;
use crate::emit::types::literal;
use crate::emit::{Files, MARK, docs};
use crate::lower::names::{Unique, pascal};
use crate::model::{Event, Model, Operation, Parameter, Place};

/// Query parameters that lists have by custom, and that get a place of their own in a row.
const EXPAND: &str = "expand";
const SORT_BY: &str = "sort_by";
const SORT_DIRECTION: &str = "sort_direction";
const PAGE: &str = "page";
const LIMIT: &str = "limit";

/// The generated modules of the mock. `document` is what the model was read from, as it was before it was lowered.
pub fn mock(model: &Model, document: &Document) -> Files {
    let source = Source::new(document);
    let bodies = bodies::of(model, &source);
    let mut names = Unique::default();
    let variants: Vec<String> = model.operations.iter().map(|operation| names.take(&pascal(&operation.name))).collect();
    let mut files = Files::new();
    files.insert("mod.rs".to_owned(), format!("{MARK}{INDEX}"));
    files.insert("bodies.rs".to_owned(), format!("{MARK}{}", bodies::module(&bodies)));
    files.insert("columns.rs".to_owned(), format!("{MARK}{}", columns(model, &variants)));
    files.insert("openapi.json".to_owned(), format!("{}\n", document.root));
    files.insert("operations.rs".to_owned(), format!("{MARK}{}", operations(model, &source, &bodies, &variants)));
    files
}

const INDEX: &str = "//! What is generated: the contract as static rows, the schemas of request bodies, and the document itself.\n\n\
    mod bodies;\nmod columns;\nmod operations;\n\npub(crate) use columns::LISTS;\n\
    pub use operations::{EVENTS, EventId, OPERATIONS, OperationId, SCOPES};\n\n\
    /// The document, as compact JSON.\npub static DOCUMENT: &str = include_str!(\"openapi.json\");\n";

fn operations(model: &Model, source: &Source<'_>, bodies: &[Option<Body>], variants: &[String]) -> String {
    let mut out = String::from(
        "//! The operations, events and scopes of the document, in its order.\n\n#[allow(unused_imports)]\nuse super::bodies;\n\
         #[allow(unused_imports)]\nuse crate::contract::{EventType, Expand, Filter, Header, Method, Operation, Page, RequestBody, Scope, Sort};\n\n",
    );
    let rows = variants.iter().zip(&model.operations);
    let docs = rows.clone().map(|(variant, operation)| (variant.as_str(), about(operation)));
    ids(&mut out, "OperationId", "An operation of the document.", docs);
    let _ = writeln!(
        out,
        "/// What the document says about each operation; the row of an [`OperationId`] stands at its number."
    );
    let _ = writeln!(out, "pub static OPERATIONS: [Operation; {}] = [", model.operations.len());
    for ((variant, operation), body) in rows.zip(bodies) {
        row(&mut out, variant, operation, source, body.as_ref());
    }
    out.push_str("];\n\n");
    let events: &[Event] = model.events.as_ref().map_or(&[], |events| &events.list);
    let docs = events
        .iter()
        .map(|event| (event.variant.as_str(), format!("`{}`: {}", event.value.replace('`', "'"), event.summary)));
    ids(&mut out, "EventId", "A type of event.", docs);
    let _ = writeln!(out, "/// The types of events; the row of an [`EventId`] stands at its number.");
    let _ = writeln!(out, "pub static EVENTS: [EventType; {}] = [", events.len());
    for event in events {
        self::event(&mut out, event);
    }
    out.push_str("];\n\n");
    let _ = writeln!(
        out,
        "/// The scopes that credentials can have.\npub static SCOPES: [Scope; {}] = [",
        model.scopes.len()
    );
    for scope in &model.scopes {
        let _ = writeln!(
            out,
            "    Scope {{ name: {}, description: {} }},",
            literal(&scope.name),
            literal(&scope.description)
        );
    }
    out.push_str("];\n");
    out
}

/// An enum without data, whose values number the rows of a table.
fn ids<'a>(out: &mut String, name: &str, doc: &str, variants: impl Iterator<Item = (&'a str, String)>) {
    out.push_str(&docs::comment(doc, 0));
    let _ = writeln!(out, "#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]\npub enum {name} {{");
    for (variant, doc) in variants {
        out.push_str(&docs::comment(&doc, 4));
        let _ = writeln!(out, "    {variant},");
    }
    out.push_str("}\n\n");
}

fn about(operation: &Operation) -> String {
    let call = format!("`{} {}`", operation.method, operation.path.replace('`', "'"));
    if operation.summary.is_empty() { call } else { format!("{}: {call}.", operation.summary.trim_end_matches('.')) }
}

fn row(out: &mut String, variant: &str, operation: &Operation, source: &Source<'_>, schema: Option<&Body>) {
    let _ = write!(
        out,
        "    Operation {{\n        id: OperationId::{variant},\n        name: {},\n        method: Method::{},\n        path: {},\n        \
         tags: {},\n        evidence: {},\n        open: {},\n        scopes: {},\n",
        literal(&operation.id),
        pascal(&operation.method.to_lowercase()),
        literal(&operation.path),
        texts(&operation.tags),
        optional(operation.evidence.as_deref()),
        operation.is_open,
        texts(&operation.scopes),
    );
    let query: Vec<&Parameter> =
        operation.parameters.iter().filter(|parameter| parameter.place == Place::Query).collect();
    let called = |name: &str| query.iter().find(|parameter| parameter.wire == name).copied();
    let sort = called(SORT_BY).map(|by| sort(by, called(SORT_DIRECTION)));
    let page = operation.is_paged.then(|| page(called(PAGE), called(LIMIT)));
    let is_filter = |parameter: &Parameter| match parameter.wire.as_str() {
        EXPAND | SORT_BY => false,
        SORT_DIRECTION => sort.is_none(),
        PAGE | LIMIT => page.is_none(),
        _ => true,
    };
    let filters = query.iter().filter(|parameter| is_filter(parameter));
    let filters: Vec<String> = filters.map(|parameter| filter(parameter, operation, source)).collect();
    match called(EXPAND).map(expand) {
        Some(expand) => out.push_str(&list("expand: Some(", &expand, ")")),
        None => out.push_str("        expand: None,\n"),
    }
    let _ = writeln!(out, "        sort: {},", some(sort));
    let _ = writeln!(out, "        page: {},", some(page));
    out.push_str(&list("filters: ", &filters, ""));
    let headers = operation.parameters.iter().filter(|parameter| parameter.place == Place::Header);
    let headers: Vec<String> = headers.map(header).collect();
    out.push_str(&list("headers: ", &headers, ""));
    let body = operation.body.as_ref().map(|body| {
        let media_types: Vec<&String> = std::iter::once(&body.media_type).chain(&body.also).collect();
        let schema = schema.map_or_else(String::new, |schema| format!(".schema(bodies::{})", schema.name));
        let form = if body.required { "required" } else { "optional" };
        format!("RequestBody::{form}({}){schema}", texts(&media_types))
    });
    let _ = writeln!(out, "        body: {},", some(body));
    let _ = writeln!(out, "        success: {},", statuses(&operation.success_statuses));
    let _ = writeln!(out, "        errors: {},", statuses(&operation.error_statuses));
    let _ = writeln!(out, "        produces: {},\n    }},", texts(&operation.produces));
}

fn some(value: Option<String>) -> String {
    value.map_or_else(|| "None".to_owned(), |value| format!("Some({value})"))
}

fn expand(parameter: &Parameter) -> Vec<String> {
    let scopes_of =
        |value: &String| parameter.scopes.iter().find(|(known, _)| known == value).map(|(_, scopes)| scopes);
    let values = parameter.values.iter().map(|value| match scopes_of(value) {
        Some(scopes) => format!("Expand::new({}).scopes({})", literal(value), texts(scopes)),
        None => format!("Expand::new({})", literal(value)),
    });
    values.collect()
}

fn sort(by: &Parameter, direction: Option<&Parameter>) -> String {
    let mut out = format!("Sort::by({})", texts(&by.values));
    let mut add = |method: &str, value: String| {
        let _ = write!(out, ".{method}({value})");
    };
    if let Some(default) = &by.default {
        add("default", literal(default));
    }
    if let Some(direction) = direction {
        add("directions", texts(&direction.values));
        if let Some(default) = &direction.default {
            add("default_direction", literal(default));
        }
    }
    out
}

fn page(page: Option<&Parameter>, limit: Option<&Parameter>) -> String {
    let mut out = String::from("Page::new()");
    let default = limit.and_then(|limit| limit.default.as_ref()?.parse::<i64>().ok());
    let first = page.and_then(|page| page.minimum).filter(|first| *first != 1);
    for (method, value) in [
        ("first", first),
        ("min_limit", limit.and_then(|limit| limit.minimum)),
        ("max_limit", limit.and_then(|limit| limit.maximum)),
        ("default_limit", default),
    ] {
        if let Some(value) = value {
            let _ = write!(out, ".{method}({value})");
        }
    }
    out
}

fn filter(parameter: &Parameter, operation: &Operation, source: &Source<'_>) -> String {
    let form = match parameter.style.as_str() {
        "deep" => "pairs",
        "comma" | "repeat" | "pipe" | "space" => "many",
        _ => "one",
    };
    let mut out = format!("Filter::{form}({})", literal(&parameter.wire));
    if !parameter.values.is_empty() {
        let _ = write!(out, ".values({})", texts(&parameter.values));
    }
    for keyword in ["format", "pattern"] {
        if let Some(text) = source.keyword(operation, &parameter.wire, keyword) {
            let _ = write!(out, ".{keyword}({})", literal(text));
        }
    }
    if parameter.required {
        out.push_str(".required()");
    }
    if let Some(default) = &parameter.default {
        let _ = write!(out, ".default({})", literal(default));
    }
    if let Some(evidence) = &parameter.evidence {
        let _ = write!(out, ".evidence({})", literal(evidence));
    }
    out
}

fn header(parameter: &Parameter) -> String {
    format!("Header::{}({})", if parameter.required { "required" } else { "optional" }, literal(&parameter.wire))
}

/// The statuses that are single codes. A range is no promise to be kept, so it has no place in the table.
fn statuses(statuses: &[String]) -> String {
    let codes: Vec<&str> = statuses.iter().map(String::as_str).filter(|status| status.parse::<u16>().is_ok()).collect();
    format!("&[{}]", codes.join(", "))
}

fn event(out: &mut String, event: &Event) {
    let _ = write!(
        out,
        "    EventType {{\n        id: EventId::{0},\n        name: {1},\n        variant: \"{0}\",\n        evidence: {2},\n        \
         summary: {3},\n    }},\n",
        event.variant,
        literal(&event.value),
        optional(event.evidence.as_deref()),
        literal(&docs::first_line(&event.summary)),
    );
}
