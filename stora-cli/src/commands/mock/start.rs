//! `stora mock start`: the server in this process.

use clap::{ArgMatches, Args as _, FromArgMatches as _};
use stora_mock::cli::{Args, print_schema, serve};

use crate::context::Context;
use crate::failure::Failure;

/// The command that starts the mock.
pub(super) const START: &str = "start";

/// The command that tells what seed files look like.
pub(super) const SCHEMA: &str = "schema";

/// The commands of this module.
pub(super) fn commands() -> [clap::Command; 2] {
    const ABOUT: &str = "Start the mock, and serve until Ctrl-C";
    // The options bring words of their own about what they are.
    let start = clap::Command::new(START).about(ABOUT).defer(|start| Args::augment_args(start).about(ABOUT));
    [start, clap::Command::new(SCHEMA).about("Print the JSON Schema of seed files")]
}

/// Runs one of the commands.
pub(super) async fn run(context: &Context, name: &str, matches: &ArgMatches) -> Result<(), Failure> {
    if name == SCHEMA {
        return print_schema().map_err(Failure::Output);
    }
    let args = Args::from_arg_matches(matches).map_err(|error| Failure::usage(error.to_string()))?;
    // The server ends by itself, and in order.
    context.take_interrupts();
    // It has threads of its own: it serves many, and its acts may wait.
    match tokio::task::spawn_blocking(move || serve(args)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(Failure::Mock(error)),
        Err(error) => Err(Failure::local("the mock ended before its time", Some(error.into()))),
    }
}
