//! `stora spec`: the document of the API, or the part of it that an operation, an event or a schema is described by.

use std::collections::BTreeSet;

use clap::{Arg, ArgAction, ArgMatches};
use serde_json::{Map, Value, json};

use super::Command;
use crate::COMMANDS;
use crate::command::Operation;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Format, Printer, write_line};

/// `stora spec`.
pub(crate) const COMMAND: Command = Command {
    name: "spec",
    about: "Print the OpenAPI document, or the part that describes an operation, an event or a schema",
    arguments,
    run: |context, matches| Box::pin(async { run(context, matches) }),
};

/// The document as it is checked in.
const DOCUMENT: &str = include_str!("../../../openapi/2025-09.yaml");

const PART: &str = "PART";
const SCHEMA: &str = "schema";
const LIST: &str = "list";

fn arguments(command: clap::Command) -> clap::Command {
    command
        .after_help(
            "A part is a document by itself: the operation with all that it refers to. Examples:\n\n  \
             stora spec contact_list\n  stora spec orders line-items create\n  stora spec invoice.paid\n  stora spec --schema Contact -o json",
        )
        .arg(
            Arg::new(PART)
                .value_name("OPERATION|EVENT")
                .num_args(0..)
                .help("An operation by its operationId or its command, such as `orders finalize`; or a type of event"),
        )
        .arg(
            Arg::new(SCHEMA)
                .long(SCHEMA)
                .value_name("NAME")
                .conflicts_with_all([PART, LIST])
                .help("Print a schema, with those that it refers to"),
        )
        .arg(
            Arg::new(LIST)
                .long(LIST)
                .action(ArgAction::SetTrue)
                .conflicts_with(PART)
                .help("List the operations instead: operationId, method, path, command"),
        )
}

fn run(context: &Context, matches: &ArgMatches) -> Result<(), Failure> {
    if matches.get_flag(LIST) {
        return list(context);
    }
    let words: Vec<&str> = matches.get_many::<String>(PART).into_iter().flatten().map(String::as_str).collect();
    let wanted = context.wanted_format()?;
    if let Some(name) = matches.get_one::<String>(SCHEMA) {
        return print(context, &schema(&document()?, name)?);
    }
    if !words.is_empty() {
        return print(context, &part(&document()?, &words)?);
    }
    match wanted {
        None | Some(Format::Yaml) if context.flags.jq.is_none() => write_line(DOCUMENT.trim_end()),
        _ => print(context, &document()?),
    }
}

/// Shows a part in the format that is wanted, or the one that the document is written in.
fn print(context: &Context, part: &Value) -> Result<(), Failure> {
    let format = match context.wanted_format()? {
        None if context.flags.jq.is_none() => Some(Format::Yaml),
        wanted @ (None | Some(Format::Json | Format::Yaml)) => wanted,
        Some(_) => return Err(Failure::usage("a part of the document is shown as yaml or json")),
    };
    Printer::new(format, &[], context.flags.jq.as_deref(), context.terminal)?.print(part)
}

fn list(context: &Context) -> Result<(), Failure> {
    let commands = |row: &Operation| row.command_path().collect::<Vec<_>>().join(" ");
    if context.wanted_format()?.is_some_and(|format| format != Format::Table) || context.flags.jq.is_some() {
        let rows: Vec<Value> = COMMANDS
            .iter()
            .map(|row| {
                json!({"operation": row.id, "method": row.method, "path": row.path, "command": commands(row), "summary": row.summary})
            })
            .collect();
        return context.printer()?.print(&Value::Array(rows));
    }
    let width = |text: fn(&Operation) -> &str| COMMANDS.iter().map(|row| text(row).len()).max().unwrap_or_default();
    let (ids, paths) = (width(|row| row.id), width(|row| row.path));
    for row in &COMMANDS {
        write_line(&format!("{:ids$}  {:6}  {:paths$}  stora {}", row.id, row.method, row.path, commands(row)))?;
    }
    Ok(())
}

/// The document as a value.
fn document() -> Result<Value, Failure> {
    let mut options = serde_saphyr::Options::default();
    // It is longer than what a stranger may send.
    options.budget = None;
    options.strict_booleans = true;
    serde_saphyr::from_str_with_options(DOCUMENT, options)
        .map_err(|error| Failure::local("the document in this program cannot be read", Some(error.into())))
}

/// The part of an operation by its id or its command, or of an event by its type.
fn part(document: &Value, words: &[&str]) -> Result<Value, Failure> {
    let by_id = |row: &&Operation| matches!(words, [id] if *id == row.id);
    let by_command = |row: &&Operation| row.command_path().eq(words.iter().copied());
    if let Some(row) = COMMANDS.iter().find(|row| by_id(row) || by_command(row)) {
        let item = &document["paths"][row.path];
        let method = row.method.to_ascii_lowercase();
        let mut kept = json!({method.as_str(): item[method.as_str()]});
        if !item["parameters"].is_null() {
            kept["parameters"] = item["parameters"].clone();
        }
        return Ok(alone(document, json!({"paths": {row.path: kept}})));
    }
    if let [kind] = words
        && let webhook @ Value::Object(_) = &document["webhooks"][kind]
    {
        return Ok(alone(document, json!({"webhooks": {*kind: webhook}})));
    }
    let mut known: Vec<String> = COMMANDS.iter().map(|row| row.id.to_owned()).collect();
    known.extend(COMMANDS.iter().map(|row| row.command_path().collect::<Vec<_>>().join(" ")));
    known.extend(super::listen::types().iter().map(|name| (*name).to_owned()));
    Err(unknown("operation or event", &words.join(" "), known.iter().map(String::as_str), "stora spec --list"))
}

/// A schema, with those that it refers to.
fn schema(document: &Value, name: &str) -> Result<Value, Failure> {
    let schemas = document["components"]["schemas"].as_object();
    if schemas.is_some_and(|schemas| schemas.contains_key(name)) {
        let root = json!({"components": {"schemas": {name: {"$ref": format!("#/components/schemas/{name}")}}}});
        return Ok(alone(document, root));
    }
    let names = schemas.into_iter().flat_map(Map::keys).map(String::as_str);
    Err(unknown("schema", name, names, "stora spec --jq '.components.schemas | keys'"))
}

/// A name that the document does not have, with those that are near to it.
fn unknown<'n>(what: &str, name: &str, known: impl Iterator<Item = &'n str>, all: &str) -> Failure {
    let lower = name.to_lowercase();
    let mut near: Vec<(f64, &str)> = known
        .map(|known| (strsim::jaro_winkler(&lower, &known.to_lowercase()), known))
        .filter(|(likeness, _)| *likeness > 0.8)
        .collect();
    near.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let near: Vec<String> = near.iter().take(3).map(|(_, name)| format!("`{name}`")).collect();
    let advice = match near.as_slice() {
        [] => format!("`{all}` tells what there is."),
        near => format!("Near to it: {}. `{all}` tells what there is.", near.join(", ")),
    };
    Failure::usage_with_advice(format!("the document has no {what} `{name}`"), advice)
}

/// A document of what is given and all that it refers to.
fn alone(document: &Value, kept: Value) -> Value {
    let mut wanted = Vec::new();
    references(&kept, &mut wanted);
    security(&kept, &mut wanted);
    let mut components: Map<String, Value> = Map::new();
    let mut seen = BTreeSet::new();
    while let Some(reference) = wanted.pop() {
        if !seen.insert(reference.clone()) {
            continue;
        }
        let mut parts = reference.trim_start_matches("#/components/").splitn(2, '/');
        let (Some(section), Some(name)) = (parts.next(), parts.next()) else { continue };
        let component = &document["components"][section][name];
        references(component, &mut wanted);
        if let Value::Object(section) = components.entry(section).or_insert_with(|| json!({})) {
            section.insert(name.to_owned(), component.clone());
        }
    }
    // In the order of the document, so that the same part is always the same text.
    let order = document["components"].as_object();
    let ordered: Map<String, Value> = order
        .into_iter()
        .flatten()
        .filter_map(|(section, all)| {
            let of_section = components.get(section)?.as_object()?;
            let names = all.as_object().into_iter().flat_map(Map::keys);
            let kept = names.filter_map(|name| Some((name.clone(), of_section.get(name)?.clone())));
            Some((section.clone(), Value::Object(kept.collect())))
        })
        .collect();
    let mut out = Map::new();
    out.insert("openapi".to_owned(), document["openapi"].clone());
    // What holds for the whole document is not told with each of its parts.
    let info = &document["info"];
    out.insert("info".to_owned(), json!({"title": info["title"], "version": info["version"]}));
    out.insert("servers".to_owned(), document["servers"].clone());
    if let Value::Object(kept) = kept {
        out.extend(kept);
    }
    out.insert("components".to_owned(), Value::Object(ordered));
    Value::Object(out)
}

/// Adds what a part refers to within the document.
fn references(part: &Value, out: &mut Vec<String>) {
    match part {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                out.push(reference.to_owned());
            }
            members.values().for_each(|value| references(value, out));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, out)),
        _ => {}
    }
}

/// Adds the ways of authentication that an operation names.
fn security(part: &Value, out: &mut Vec<String>) {
    match part {
        Value::Object(members) => {
            for requirement in members.get("security").and_then(Value::as_array).into_iter().flatten() {
                let names = requirement.as_object().into_iter().flat_map(Map::keys);
                out.extend(names.map(|name| format!("#/components/securitySchemes/{name}")));
            }
            members.values().for_each(|value| security(value, out));
        }
        Value::Array(items) => items.iter().for_each(|item| security(item, out)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::listen::types;

    /// Holds that a part is a document with all that it refers to.
    fn assert_stands_alone(part: &Value, what: &str) {
        let mut wanted = Vec::new();
        references(part, &mut wanted);
        security(part, &mut wanted);
        for reference in wanted {
            let found = part.pointer(reference.trim_start_matches('#'));
            assert!(found.is_some_and(|found| !found.is_null()), "{what}: {reference}");
        }
        assert_eq!(part["openapi"], "3.1.1", "{what}");
    }

    #[test]
    fn the_part_of_every_operation_event_and_schema_stands_alone() {
        let document = document().unwrap();
        for row in &COMMANDS {
            let by_id = part(&document, &[row.id]).unwrap();
            assert_stands_alone(&by_id, row.id);
            assert_eq!(by_id["paths"][row.path][row.method.to_ascii_lowercase()]["operationId"], row.id);
            let command: Vec<&str> = row.command_path().collect();
            assert_eq!(part(&document, &command).unwrap(), by_id, "{command:?}");
        }
        for kind in types() {
            let part = part(&document, &[kind]).unwrap();
            assert_stands_alone(&part, kind);
            assert!(part["webhooks"][kind]["post"].is_object(), "{kind}");
        }
        for name in document["components"]["schemas"].as_object().unwrap().keys() {
            let part = schema(&document, name).unwrap();
            assert_stands_alone(&part, name);
            assert_eq!(part["components"]["schemas"][name], document["components"]["schemas"][name]);
        }
    }

    #[test]
    fn a_name_that_is_not_there_is_told_with_what_is_near() {
        let document = document().unwrap();
        let error = part(&document, &["contacts", "lst"]).unwrap_err();
        let Failure::Usage { message, advice } = error else { panic!("{error}") };
        assert_eq!(message, "the document has no operation or event `contacts lst`");
        assert!(advice.unwrap().contains("`contacts list`"));
        let error = schema(&document, "contact").unwrap_err();
        let Failure::Usage { advice, .. } = error else { panic!("{error}") };
        assert!(advice.unwrap().contains("`Contact`"));
    }
}
