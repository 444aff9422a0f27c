//! Runs the commands that are made from the document.

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, ValueHint};
use serde_json::Value;
use stora_client::{Credentials, call};

use crate::Call;
use crate::command::{Flag, Operation, Place};
use crate::context::{Access, Context, read_secret};
use crate::curl;
use crate::document;
use crate::failure::Failure;
use crate::output::{Format, Printer, write_bytes, write_line};
use crate::pages::{self, Pages};
use crate::request::{Prepared, read_json};

const ALL: &str = "run.all";
const DRY_RUN: &str = "run.dry-run";
const PDF_FLAG: &str = "run.pdf";
const OUTPUT_FILE: &str = "run.output-file";

const JSON: &str = "application/json";
const CSV: &str = "text/csv";
const PDF: &str = "application/pdf";

/// The properties that hold secrets where a flag gives them: a command line can be read by everybody on the machine.
const SECRET_FLAGS: [&str; 2] = ["token", "client-secret"];

/// Adds what says how an operation is run.
pub(crate) fn arguments(mut command: clap::Command, row: &'static Operation) -> clap::Command {
    const HEADING: &str = "Running";
    let switch = |id: &'static str, name: &'static str, help: &'static str| {
        Arg::new(id).long(name).help(help).action(ArgAction::SetTrue).help_heading(HEADING)
    };
    if row.paged {
        command = command.arg(switch(ALL, "all", "Fetches this page and all that follow"));
    }
    let file = |help: &'static str| {
        let arg = Arg::new(OUTPUT_FILE).long("output-file").value_name("FILE").value_hint(ValueHint::FilePath);
        arg.help(help).help_heading(HEADING)
    };
    if offers(row, PDF) {
        command = command
            .arg(switch(PDF_FLAG, "pdf", "Asks for the PDF; to standard output, unless that is a terminal"))
            .arg(file("Saves the PDF in a file, or - for standard output"));
    } else if is_picture(row) {
        command = command.arg(file("Saves the picture in a file, or - for standard output"));
    }
    if row.group == ["oauth-2"] {
        for name in SECRET_FLAGS {
            if row.flags.iter().any(|flag| flag.name == name) {
                command = command.mut_arg(name, |arg| {
                    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
                    arg.value_name("@FILE").help(format!("{help} @FILE or - for standard input, not the secret itself"))
                });
            }
        }
    }
    command.arg(switch(DRY_RUN, "dry-run", "Prints the call as a line for curl and sends nothing"))
}

/// What a command line asks for, beside the call itself.
struct Wanted<'a> {
    operation: &'static Operation,
    accept: Option<&'static str>,
    is_all: bool,
    file: Option<&'a str>,
}

/// Sends what a command line asks for and shows the answer.
pub(crate) async fn run(context: &Context, root: &ArgMatches) -> Result<(), Failure> {
    let mut call = Call::from_matches(root, &mut std::io::stdin())?;
    let (operation, matches) = (call.operation, innermost(root));
    fetch_secrets(&mut call, matches)?;
    let printer = context.printer()?;
    let wanted = Wanted {
        operation,
        accept: accept(&printer, operation, matches),
        is_all: is_set(matches, ALL),
        file: matches.try_get_one::<String>(OUTPUT_FILE).ok().flatten().map(String::as_str),
    };
    if wanted.is_all && !call.query.iter().any(|(name, _)| name == pages::LIMIT) {
        call.query.push((pages::LIMIT.to_owned(), pages::MOST.to_string()));
    }
    let done = if is_set(matches, DRY_RUN) {
        dry_run(context, &call, &wanted)
    } else {
        send(context, &call, &wanted, &printer).await
    };
    done.map_err(|failure| failure.of(operation, given(operation, matches)))
}

fn dry_run(context: &Context, call: &Call, wanted: &Wanted<'_>) -> Result<(), Failure> {
    let client = context.client_with(Credentials::none())?;
    let prepared = Prepared::of(&client, call, wanted.accept)?;
    write_line(&curl::line(&prepared)?)
}

async fn send(context: &Context, call: &Call, wanted: &Wanted<'_>, printer: &Printer) -> Result<(), Failure> {
    let client = match wanted.operation.open {
        true => context.client_with(Credentials::none())?,
        false => context.client(Access::Needed)?,
    };
    let prepared = Prepared::of(&client, call, wanted.accept)?;
    let group = wanted.operation.group;
    match wanted.accept {
        None => follow(context, &prepared, wanted, printer).await,
        Some(PDF) => {
            document::refuse_terminal(context.terminal, wanted.file)?;
            document::save(call::document(&prepared, None).await?, wanted.file).await
        }
        Some(CSV) if wanted.is_all => Pages::new(prepared, call).print_csv(context.terminal).await,
        Some(CSV) => write_bytes(&call::raw(&prepared).await?),
        Some(_) if wanted.is_all => Pages::new(prepared, call).print(printer, group, context.terminal).await,
        Some(_) => {
            let answer = call::raw(&prepared).await?;
            // What is deleted leaves nothing to show.
            if answer.is_empty() { Ok(()) } else { printer.print_from(group, &read_json(&answer)?) }
        }
    }
}

/// What an answer leads to: the bytes of a picture, or else the address.
async fn follow(
    context: &Context,
    prepared: &Prepared<'_>,
    wanted: &Wanted<'_>,
    printer: &Printer,
) -> Result<(), Failure> {
    let is_bytes = is_picture(wanted.operation) && (wanted.file.is_some() || !printer.is_wanted());
    if is_bytes {
        document::refuse_terminal(context.terminal, wanted.file)?;
    }
    let redirect = call::redirect(prepared).await?;
    if is_bytes {
        return document::save(redirect.follow().await?, wanted.file).await;
    }
    printer.print(&serde_json::json!({"location": redirect.location()}))
}

/// The media type to ask for; none where the answer has no body and leads elsewhere.
fn accept(printer: &Printer, row: &'static Operation, matches: &ArgMatches) -> Option<&'static str> {
    let wants_pdf = is_set(matches, PDF_FLAG) || (offers(row, PDF) && matches.contains_id(OUTPUT_FILE));
    match row.produces {
        [] => None,
        _ if wants_pdf => Some(PDF),
        _ if offers(row, CSV) && printer.format() == Format::Csv && printer.is_plain() => Some(CSV),
        _ => Some(JSON),
    }
}

fn offers(row: &Operation, media_type: &str) -> bool {
    row.produces.contains(&media_type)
}

/// Whether the operation leads to the bytes of a picture.
fn is_picture(row: &Operation) -> bool {
    row.group == ["images"] && row.produces.is_empty()
}

fn is_set(matches: &ArgMatches, switch: &str) -> bool {
    matches.try_get_one::<bool>(switch).ok().flatten().copied().unwrap_or_default()
}

fn innermost(mut matches: &ArgMatches) -> &ArgMatches {
    while let Some((_, inner)) = matches.subcommand() {
        matches = inner;
    }
    matches
}

/// The flags that somebody gave, by their names on the wire.
pub(crate) fn given(row: &'static Operation, matches: &ArgMatches) -> Vec<&'static Flag> {
    let is_given = |flag: &&Flag| matches.value_source(flag.name) == Some(ValueSource::CommandLine);
    row.flags.iter().filter(is_given).collect()
}

/// Puts secrets in the place of where they are: a flag says a file, or standard input.
fn fetch_secrets(call: &mut Call, matches: &ArgMatches) -> Result<(), Failure> {
    if call.operation.group != ["oauth-2"] {
        return Ok(());
    }
    let secret = |flag: &&&Flag| flag.place == Place::Body && SECRET_FLAGS.contains(&flag.name);
    for flag in given(call.operation, matches).iter().filter(secret) {
        let Some(Value::Object(body)) = &mut call.body else { continue };
        let Some(Value::String(place)) = body.get(flag.wire) else { continue };
        let file = match place.strip_prefix('@') {
            Some(file) => file,
            None if place == "-" => "-",
            None => {
                return Err(Failure::usage_with_advice(
                    format!("--{} is not the secret itself: others can read command lines", flag.name),
                    format!(
                        "Give the file that it is in, --{name} @FILE, or standard input, --{name} -.",
                        name = flag.name
                    ),
                ));
            }
        };
        let secret = read_secret(file)?;
        body.insert(flag.wire.to_owned(), Value::from(secret.expose()));
    }
    Ok(())
}
