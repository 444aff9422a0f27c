//! `stora mock`: starts the mock, and does in it what staff and customers do.
//!
//! Every act of the control API has a command that is made from its document. What is done most often has a shorter one beside them.

mod clock;
mod faults;
mod journal;
mod near;
mod snapshots;
#[cfg(feature = "mock")]
mod start;

use clap::{Arg, ArgAction, ArgMatches, ValueHint};
use serde_json::{Value, json};

use super::Command;
use crate::Call;
use crate::context::Context;
use crate::control::{self, Mock, OPERATOR};
use crate::failure::Failure;
use crate::tree::{self, CONTROL};

/// `stora mock`.
pub(crate) const COMMAND: Command = Command {
    name: "mock",
    about: "Start the mock, and do in it what staff and customers do",
    arguments,
    run: |context, matches| Box::pin(run(context, matches)),
};

const PAY: &str = "pay";
const RESET: &str = "reset";
const SEED: &str = "seed";

fn arguments(command: clap::Command) -> clap::Command {
    let command = command.subcommand_required(true).arg_required_else_help(true);
    #[cfg(feature = "mock")]
    let command = command.subcommands(start::commands());
    let command = command.subcommand(pay()).subcommand(seed());
    let command = match CONTROL.operation(RESET) {
        Some(operation) => command.subcommand(tree::leaf(operation)),
        None => command,
    };
    let groups = CONTROL.top_groups(fill).map(|group| match group.get_name() {
        faults::GROUP => group.visible_alias("fault"),
        snapshots::GROUP => group.visible_alias("snapshot"),
        _ => group,
    });
    control::arguments(command.subcommands(groups))
}

/// Puts into a group what stands in it: what is made from the document, and what is short for that.
fn fill(group: clap::Command) -> clap::Command {
    let group = CONTROL.fill(group, |leaf, operation| match operation.id {
        snapshots::SAVED_BY => snapshots::save(),
        _ => leaf,
    });
    match group.get_name() {
        clock::GROUP => clock::extend(group),
        faults::GROUP => faults::extend(group),
        journal::GROUP => journal::extend(group),
        snapshots::GROUP => snapshots::extend(group),
        _ => group,
    }
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<(), Failure> {
    let Some((name, inner)) = matches.subcommand() else { return Ok(()) };
    match name {
        #[cfg(feature = "mock")]
        start::START | start::SCHEMA => start::run(context, name, inner).await,
        PAY => run_pay(context, inner).await,
        SEED => run_seed(context, inner).await,
        RESET => run_operation(context, inner, CONTROL.operation(RESET).map(|operation| (operation, inner))).await,
        clock::GROUP if inner.subcommand().is_none() => clock::run(context, inner).await,
        journal::GROUP if inner.subcommand().is_none() => journal::run(context, inner).await,
        faults::GROUP if faults::is_short(inner) => faults::run(context, inner).await,
        snapshots::GROUP if snapshots::is_short(inner) => snapshots::run(context, inner).await,
        _ => run_operation(context, matches, CONTROL.find(matches)).await,
    }
}

/// Runs the command of an operation of the control API.
async fn run_operation(
    context: &Context,
    matches: &ArgMatches,
    found: Option<(&'static crate::command::Operation, &ArgMatches)>,
) -> Result<(), Failure> {
    let (operation, inner) = found.ok_or(crate::CallError::NotAnOperation)?;
    if operation.id == "event_watch" {
        return super::listen::watch(context, inner).await;
    }
    let call = Call::of(operation, inner, &mut std::io::stdin())?;
    let answer = Mock::of(context, matches)?.call(&call).await;
    show(context, answer.map_err(|failure| failure.of(operation, super::operation::given(operation, inner)))?.as_ref())
}

/// Shows an answer, if there is something in it.
fn show(context: &Context, answer: Option<&Value>) -> Result<(), Failure> {
    match answer {
        None => Ok(()),
        Some(Value::String(page)) => crate::output::write_line(page.trim_end()),
        Some(answer) => context.printer()?.print(answer),
    }
}

fn pay() -> clap::Command {
    clap::Command::new(PAY)
        .about("Pay a finalized order, as the customer does on its checkout page")
        .arg(Arg::new("ORDER_ID").value_name("ORDER_ID").required(true).help("The id of the order"))
        .arg(
            Arg::new("decline")
                .long("decline")
                .action(ArgAction::SetTrue)
                .help("The bank declines the payment, and the order stays finalized"),
        )
        .arg(
            Arg::new("payment-method")
                .long("payment-method")
                .value_name("METHOD")
                .value_parser(["card", "bacs_debit", "sepa_debit"])
                .help("Another way to pay than that of the order"),
        )
        .arg(control::operator())
}

async fn run_pay(context: &Context, matches: &ArgMatches) -> Result<(), Failure> {
    let order = matches.get_one::<String>("ORDER_ID").map(String::as_str).unwrap_or_default();
    let mut body = json!({"outcome": if matches.get_flag("decline") { "decline" } else { "succeed" }});
    if let Some(method) = matches.get_one::<String>("payment-method") {
        body["payment_method"] = method.as_str().into();
    }
    let mock = Mock::of(context, matches)?;
    let call = mock.act("order_pay", &[order])?;
    let answer = call.operator(matches.get_one(OPERATOR)).json(&body).send().await?;
    context.printer()?.print(&answer)
}

fn seed() -> clap::Command {
    clap::Command::new(SEED)
        .about("Make what a seed file describes")
        .arg(
            Arg::new("FILE")
                .value_name("FILE")
                .required(true)
                .value_hint(ValueHint::FilePath)
                .help("The seed file, in YAML or JSON; - for standard input"),
        )
        .arg(control::operator())
}

async fn run_seed(context: &Context, matches: &ArgMatches) -> Result<(), Failure> {
    let file = matches.get_one::<String>("FILE").map(String::as_str).unwrap_or_default();
    let text = read_text(file)?;
    // JSON is told by its first character: in YAML a business is not described in braces.
    let media_type = if text.trim_start().starts_with('{') { "application/json" } else { "application/yaml" };
    let mock = Mock::of(context, matches)?;
    let call = mock.act("seed", &[])?.operator(matches.get_one(OPERATOR));
    let answer = call.body(text.into_bytes(), media_type).send().await?;
    context.printer()?.print(&answer)
}

/// The text of a file, or of standard input for `-`.
fn read_text(file: &str) -> Result<String, Failure> {
    let read = if file == "-" { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(file) };
    read.map_err(|error| Failure::file("read", file, error))
}
