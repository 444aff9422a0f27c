//! From the rows to the tree of commands.

use clap::builder::{PossibleValuesParser, StyledStr};
use clap::{Arg, ArgAction, ArgMatches, ValueHint};

use crate::command::{BODY, Flag, Group, Kind, NULL, Operation, Place, Positional};
use crate::commands::operation;
use crate::value::Parser;
use crate::{COMMANDS, CONTROL_COMMANDS, CONTROL_GROUPS, GROUPS};

/// The heading of the flags that make the body.
const BODY_HEADING: &str = "Body";

/// The commands that are made from one document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tree {
    groups: &'static [Group],
    operations: &'static [Operation],
}

/// The commands of the API.
pub(crate) static API: Tree = Tree { groups: &GROUPS, operations: &COMMANDS };

/// The commands of the control API of the mock.
pub(crate) static CONTROL: Tree = Tree { groups: &CONTROL_GROUPS, operations: &CONTROL_COMMANDS };

/// The path that the control API is below.
pub(crate) const CONTROL_PATH: &str = "/_mock";

/// Adds arguments to the command of an operation.
type Finish = fn(clap::Command, &'static Operation) -> clap::Command;

/// The command `stora`, with a command for every operation of the API.
///
/// What is in a group is made when clap gets there: flags for all operations would take longer to make than most calls take.
pub fn command() -> clap::Command {
    add(root(), |out| API.fill(out, |leaf, _| leaf))
}

/// The command `stora`, without any commands.
pub(crate) fn root() -> clap::Command {
    group("stora", "The Stora public API on the command line. Independent of Stora and not endorsed by it.")
}

/// Adds a command for every operation, with the flags that say how it is run.
pub(crate) fn add_runnable(root: clap::Command) -> clap::Command {
    add(root, |out| API.fill(out, operation::arguments))
}

fn add(root: clap::Command, fill: fn(clap::Command) -> clap::Command) -> clap::Command {
    root.subcommands(API.top_groups(fill))
}

impl Tree {
    /// The outermost groups. `fill` puts into one of them what stands in it, when clap gets there.
    pub(crate) fn top_groups(
        &self,
        fill: fn(clap::Command) -> clap::Command,
    ) -> impl Iterator<Item = clap::Command> + use<> {
        let top = self.groups.iter().filter(|group| group.path.len() == 1);
        top.map(move |row| group(last(row), row.about).defer(fill))
    }

    /// Puts into an outermost group what stands in it.
    pub(crate) fn fill(&self, out: clap::Command, finish: Finish) -> clap::Command {
        let row = self.groups.iter().find(|group| group.path == [out.get_name()]);
        match row {
            Some(row) => self.fill_with(out, row, finish),
            None => out,
        }
    }

    fn fill_with(&self, mut out: clap::Command, row: &'static Group, finish: Finish) -> clap::Command {
        for operation in self.operations.iter().filter(|operation| operation.group == row.path) {
            out = out.subcommand(finish(leaf(operation), operation));
        }
        let is_below = |inner: &&Group| inner.path.len() == row.path.len() + 1 && inner.path.starts_with(row.path);
        for inner in self.groups.iter().filter(is_below) {
            out = out.subcommand(self.fill_with(group(last(inner), inner.about), inner, finish));
        }
        out
    }

    /// The operation with an `operationId`.
    pub(crate) fn operation(&self, id: &str) -> Option<&'static Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    /// Whether an operation is one of these.
    pub(crate) fn has(&self, operation: &Operation) -> bool {
        self.operations.iter().any(|known| std::ptr::eq(known, operation))
    }

    /// The operation of the command that was given, and the matches of that command.
    pub(crate) fn find<'m>(&self, mut matches: &'m ArgMatches) -> Option<(&'static Operation, &'m ArgMatches)> {
        let mut path = Vec::new();
        while let Some((name, inner)) = matches.subcommand() {
            path.push(name);
            matches = inner;
        }
        let operation = self.operations.iter().find(|operation| operation.command_path().eq(path.iter().copied()))?;
        Some((operation, matches))
    }
}

fn last(row: &Group) -> &'static str {
    row.path.last().copied().unwrap_or_default()
}

fn group(name: &'static str, about: &'static str) -> clap::Command {
    clap::Command::new(name).about(about).subcommand_required(true).arg_required_else_help(true)
}

/// The command of an operation.
pub(crate) fn leaf(row: &'static Operation) -> clap::Command {
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
    let below = if CONTROL.has(row) { CONTROL_PATH } else { "" };
    out.push_str(&format!("\n\nCalls {} {below}{}.", row.method, row.path));
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
