//! From the rows to the tree of commands.

use clap::builder::{PossibleValuesParser, StyledStr};
use clap::{Arg, ArgAction, ValueHint};

use crate::command::{BODY, Flag, Group, Kind, NULL, Operation, Place, Positional};
use crate::commands::operation;
use crate::value::Parser;
use crate::{COMMANDS, GROUPS};

/// The heading of the flags that make the body.
const BODY_HEADING: &str = "Body";

/// Adds arguments to the command of an operation.
type Finish = fn(clap::Command, &'static Operation) -> clap::Command;

/// The command `stora`, with a command for every operation of the API.
///
/// What is in a group is made when clap gets there: flags for all operations would take longer to make than most calls take.
pub fn command() -> clap::Command {
    groups(root(), fill_plain)
}

/// The command `stora`, without any commands.
pub(crate) fn root() -> clap::Command {
    group("stora", "The Stora public API on the command line. Independent of Stora and not endorsed by it.")
}

/// Adds a command for every operation, with the flags that say how it is run.
pub(crate) fn add_runnable(root: clap::Command) -> clap::Command {
    groups(root, fill_runnable)
}

fn groups(mut root: clap::Command, fill: fn(clap::Command) -> clap::Command) -> clap::Command {
    for top in GROUPS.iter().filter(|group| group.path.len() == 1) {
        root = root.subcommand(group(last(top), top.about).defer(fill));
    }
    root
}

fn fill_plain(out: clap::Command) -> clap::Command {
    fill_top(out, |leaf, _| leaf)
}

fn fill_runnable(out: clap::Command) -> clap::Command {
    fill_top(out, operation::arguments)
}

/// Puts into an outermost group what stands in it.
fn fill_top(out: clap::Command, finish: Finish) -> clap::Command {
    let row = GROUPS.iter().find(|group| group.path == [out.get_name()]);
    match row {
        Some(row) => fill(out, row, finish),
        None => out,
    }
}

fn last(row: &Group) -> &'static str {
    row.path.last().copied().unwrap_or_default()
}

/// A group with all that stands in it.
fn fill(mut out: clap::Command, row: &'static Group, finish: Finish) -> clap::Command {
    for operation in COMMANDS.iter().filter(|operation| operation.group == row.path) {
        out = out.subcommand(finish(leaf(operation), operation));
    }
    let is_below = |inner: &&Group| inner.path.len() == row.path.len() + 1 && inner.path.starts_with(row.path);
    for inner in GROUPS.iter().filter(is_below) {
        out = out.subcommand(fill(group(last(inner), inner.about), inner, finish));
    }
    out
}

fn group(name: &'static str, about: &'static str) -> clap::Command {
    clap::Command::new(name).about(about).subcommand_required(true).arg_required_else_help(true)
}

fn leaf(row: &'static Operation) -> clap::Command {
    let about = if row.deprecated { format!("{} (deprecated)", row.summary) } else { row.summary.to_owned() };
    let mut out = clap::Command::new(row.name).about(about).long_about(long_about(row));
    for positional in row.positionals {
        out = out.arg(self::positional(positional));
    }
    for flag in row.flags {
        out = out.arg(self::flag(row, flag));
    }
    let Some(body) = row.body else { return out };
    let has_flags = row.properties().next().is_some();
    let what = if body.raw { "The body" } else { "The body as JSON" };
    let besides = if has_flags { ". Flags for single properties win over it" } else { "" };
    out = out.arg(
        Arg::new(BODY)
            .long(BODY)
            .value_name("BODY")
            .value_hint(ValueHint::FilePath)
            .help(format!("{what}: the text itself, @FILE, or - for standard input{besides}"))
            .help_heading(BODY_HEADING)
            .required(body.required && !has_flags),
    );
    let nullable: Vec<&str> = row.properties().filter(|flag| flag.nullable).map(|flag| flag.name).collect();
    if !nullable.is_empty() {
        out = out.arg(
            Arg::new(NULL)
                .long(NULL)
                .value_name("FLAG")
                .help("Sets the property of a flag to null")
                .help_heading(BODY_HEADING)
                .action(ArgAction::Append)
                .value_delimiter(',')
                .value_parser(PossibleValuesParser::new(nullable)),
        );
    }
    out
}

fn long_about(row: &Operation) -> StyledStr {
    let mut out = row.summary.to_owned();
    if !row.description.is_empty() {
        out.push_str("\n\n");
        out.push_str(row.description);
    }
    out.push_str(&format!("\n\nCalls {} {}.", row.method, row.path));
    if !row.scopes.is_empty() {
        out.push_str(&format!(" Needs the scope {}.", row.scopes.join(", ")));
    }
    if let Some(evidence) = row.evidence {
        out.push_str(&format!(" Evidence: {evidence}."));
    }
    out.into()
}

fn positional(row: &'static Positional) -> Arg {
    let arg = Arg::new(row.name).value_name(row.name).required(true);
    documented(arg, row.help, row.details, "")
}

fn flag(operation: &Operation, row: &'static Flag) -> Arg {
    let mut arg = Arg::new(row.name).long(row.name).value_parser(Parser(row));
    arg = match row.kind {
        // Without the equals sign, the argument after the flag would be taken for its value.
        Kind::Boolean => arg.num_args(0..=1).require_equals(true).default_missing_value("true").value_name("BOOL"),
        Kind::Text(what) | Kind::Reference(what) => arg.value_name(what),
        Kind::Integer => arg.value_name("N").allow_negative_numbers(true),
        Kind::Number => arg.value_name("NUMBER").allow_negative_numbers(true),
        Kind::Json => arg.value_name("JSON"),
        Kind::Pairs => arg.value_name("KEY=VALUE"),
    };
    if row.many || row.kind == Kind::Pairs {
        arg = arg.action(ArgAction::Append);
        // In a body, a text may hold a comma; a value that the document knows does not.
        let is_word = matches!(row.kind, Kind::Text(_)) && !row.values.is_empty();
        if is_word || (row.place != Place::Body && !matches!(row.kind, Kind::Json | Kind::Pairs)) {
            arg = arg.value_delimiter(',');
        }
    }
    if row.place == Place::Body {
        arg = arg.help_heading(BODY_HEADING);
        // A property that can be null can also be given by `--null`, so that only the call as a whole can tell.
        if row.required && !row.nullable && operation.body.is_some_and(|body| body.required) {
            arg = arg.required_unless_present(BODY);
        }
    } else {
        arg = arg.required(row.required);
    }
    let mut tail = String::new();
    // Clap shows only what is required whatever else is given.
    if row.required && row.place == Place::Body {
        tail.push_str(" (required)");
    }
    if row.deprecated {
        tail.push_str(" (deprecated)");
    }
    if let Some(default) = row.default {
        tail.push_str(&format!(" [default: {default}]"));
    }
    documented(arg, row.help, row.details, &tail)
}

fn documented(arg: Arg, help: &'static str, details: &'static str, tail: &str) -> Arg {
    let arg = if details.is_empty() { arg } else { arg.long_help(format!("{help}{details}{tail}")) };
    arg.help(format!("{help}{tail}").trim_start().to_owned())
}
