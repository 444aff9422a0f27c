//! `stora mock faults KIND`: puts a rule for faults in force, without JSON.

use clap::{Arg, ArgMatches, value_parser};
use serde_json::{Map, Value};

use crate::Call;
use crate::command::{BODY, NULL, Operation};
use crate::context::Context;
use crate::control::Mock;
use crate::failure::Failure;
use crate::tree::{self, CONTROL};

/// The group that the commands stand in.
pub(super) const GROUP: &str = "faults";

/// The operation that they are short for.
const CREATE: &str = "fault_create";

/// A kind of fault, as a command.
struct Kind {
    name: &'static str,
    about: &'static str,
    /// The member that must be said, and what it is.
    needs: Option<(&'static str, &'static str, &'static str)>,
}

const KINDS: [Kind; 6] = [
    Kind {
        name: "status",
        about: "Answer with an error, and do nothing",
        needs: Some(("status", "STATUS", "The status, from 400 to 599")),
    },
    Kind {
        name: "latency",
        about: "Answer late",
        needs: Some(("milliseconds", "MILLISECONDS", "By how many milliseconds, at most ten minutes")),
    },
    Kind { name: "connection-reset", about: "Reset the connection before anything happens", needs: None },
    Kind {
        name: "truncated-body",
        about: "Do as asked, but break off the answer",
        needs: Some(("after_bytes", "BYTES", "After how many bytes of the body")),
    },
    Kind { name: "answer-lost", about: "Do as asked, but close the connection without an answer", needs: None },
    Kind { name: "not-saved", about: "Answer as if it had been done, but save nothing", needs: None },
];

/// The property that the fault itself stands in.
const FAULT: &str = "fault";
const CODE: &str = "code";
const RETRY_AFTER: &str = "retry-after";

/// Adds a command for each kind of fault.
pub(super) fn extend(group: clap::Command) -> clap::Command {
    let Some(create) = CONTROL.operation(CREATE) else { return group };
    group.subcommands(KINDS.iter().map(|kind| command(kind, create)))
}

fn command(kind: &'static Kind, create: &'static Operation) -> clap::Command {
    // The conditions are those of the operation; the fault itself is put together when it is sent.
    let whole = tree::leaf(create);
    let args = whole.get_arguments().cloned().map(|arg| match arg.get_id().as_str() {
        FAULT => {
            Arg::new(FAULT).long(FAULT).value_parser(arg.get_value_parser().clone()).default_value("{}").hide(true)
        }
        BODY | NULL => arg.hide(true),
        _ => arg.help_heading("Conditions"),
    });
    let mut command = clap::Command::new(kind.name).about(kind.about).args(args.collect::<Vec<_>>());
    if let Some((_, name, help)) = kind.needs {
        command =
            command.arg(Arg::new(name).value_name(name).required(true).value_parser(value_parser!(u64)).help(help));
    }
    if kind.name == "status" {
        command = command
            .arg(Arg::new(CODE).long(CODE).value_name("CODE").help("The code in the body, where there are several"))
            .arg(
                Arg::new(RETRY_AFTER)
                    .long(RETRY_AFTER)
                    .value_name("SECONDS")
                    .value_parser(value_parser!(u64))
                    .help("The header Retry-After"),
            );
    }
    command
}

/// Whether the command is one of a kind of fault.
pub(super) fn is_short(matches: &ArgMatches) -> bool {
    matches.subcommand_name().is_some_and(|name| KINDS.iter().any(|kind| kind.name == name))
}

/// Puts the rule in force.
pub(super) async fn run(context: &Context, matches: &ArgMatches) -> Result<(), Failure> {
    let found = matches.subcommand().and_then(|(name, inner)| {
        let kind = KINDS.iter().find(|kind| kind.name == name)?;
        Some((kind, inner, CONTROL.operation(CREATE)?))
    });
    let (kind, inner, create) = found.ok_or(crate::CallError::NotAnOperation)?;
    let mut fault = Map::from_iter([("kind".to_owned(), Value::from(kind.name.replace('-', "_")))]);
    if let Some((member, name, _)) = kind.needs {
        fault.extend(inner.get_one::<u64>(name).map(|number| (member.to_owned(), Value::from(*number))));
    }
    if kind.name == "status" {
        fault.extend(inner.get_one::<String>(CODE).map(|code| ("code".to_owned(), Value::from(code.as_str()))));
        fault.extend(inner.get_one::<u64>(RETRY_AFTER).map(|after| ("retry_after".to_owned(), Value::from(*after))));
    }
    let mut call = Call::of(create, inner, &mut std::io::stdin())?;
    if let Some(Value::Object(body)) = &mut call.body {
        body.insert(FAULT.to_owned(), Value::Object(fault));
    }
    let answer = Mock::of(context, matches)?.call(&call).await?;
    super::show(context, answer.as_ref())
}
