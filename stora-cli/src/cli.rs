//! The command line of `stora`: the commands of the document and those by hand, and what runs them.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::ArgMatches;

use crate::commands::{self, HAND_WRITTEN};
use crate::context::Context;
use crate::exit::{self, Exit};
use crate::failure::Failure;
use crate::flags::{self, Flags};
use crate::report;
use crate::terminal::Terminal;
use crate::tree;

/// Runs `stora` with these arguments, the first of which is the name of the program.
///
/// What it shows goes to standard output, what it has to tell to standard error.
#[must_use]
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let terminal = Terminal::detect();
    let matches = match root().try_get_matches_from(&args) {
        Ok(matches) => matches,
        Err(error) => return report::tell_arguments(&error, &args, terminal).into(),
    };
    let context = Context::new(Flags::from_matches(&matches), terminal);
    match execute(&context, &matches) {
        Ok(()) => Exit::Done.into(),
        Err(failure) => report::tell(&failure, &context).into(),
    }
}

/// The whole command. What is below a group is filled in when it is asked for.
pub(crate) fn root() -> clap::Command {
    let root = flags::add(tree::root()).version(env!("CARGO_PKG_VERSION")).after_help(exit::HELP);
    let by_hand = HAND_WRITTEN
        .iter()
        .map(|command| clap::Command::new(command.name).about(command.about).defer(command.arguments));
    tree::add_runnable(root.subcommands(by_hand))
}

/// Runs the command that was asked for until it ends, or Ctrl-C ends it.
fn execute(context: &Context, matches: &ArgMatches) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::local("the async runtime does not start", Some(error.into())))?;
    let result = runtime.block_on(async {
        tokio::select! {
            // What a command reads from standard input it reads before it first waits, and this is asked first: Ctrl-C ends the
            // process there as it always does, because nobody listens for it yet.
            biased;
            result = dispatch(context, matches) => result,
            () = context.interrupted() => Err(Failure::Interrupted),
        }
    });
    // A thread that waits for a key would keep the process from ending.
    runtime.shutdown_background();
    result
}

async fn dispatch(context: &Context, matches: &ArgMatches) -> Result<(), Failure> {
    let by_hand = matches.subcommand().and_then(|(name, inner)| {
        let command = HAND_WRITTEN.iter().find(|command| command.name == name)?;
        Some((command, inner))
    });
    match by_hand {
        Some((command, inner)) => (command.run)(context, inner).await,
        None => commands::operation::run(context, matches).await,
    }
}
