//! The commands that are written by hand, beside those that are made from the document.
//!
//! To add one:
//!
//! 1. Write `commands/NAME.rs` with a `pub(crate) const COMMAND: Command`: its name, one line on what it does, the function that
//!    adds its arguments (and commands below it), and the function that runs it.
//! 2. Name the module here, and put its `COMMAND` into [`HAND_WRITTEN`].
//!
//! `arguments` is called only if the command is used, so that it costs nothing otherwise. `run` is given the [`Context`] and the
//! matches of the command itself:
//!
//! - `context.client(Access::Needed)?` is a client with the credentials, base URL and timeout of flags, environment and profile;
//!   `client.raw(Method::POST, "/_mock/…")` calls what the document does not describe.
//! - `context.printer()?.print(&value)?` shows a JSON value in the format that is wanted, `--columns` and `--jq` included.
//!   [`write_line`](crate::output::write_line) writes other text; never `println!`, which panics at a closed pipe.
//! - `context.settings()?` has each setting with the place it came from; `context.terminal` tells what is a terminal.
//! - What fails is a [`Failure`]: its exit code and its words on standard error follow from it. `?` takes errors of the client.
//!
//! Ctrl-C drops the future of `run`, and the process ends with 130: clean up in `Drop`. A command for which Ctrl-C is no fault says
//! so by `context.take_interrupts()`, and sees to it by itself.

use std::pin::Pin;

use clap::ArgMatches;

use crate::context::Context;
use crate::failure::Failure;

mod api;
mod completion;
mod config;
pub(crate) mod listen;
mod login;
mod logout;
mod man;
mod mock;
mod open;
pub(crate) mod operation;
mod prompt;
mod spec;
mod trigger;
mod whoami;

/// The commands that are written by hand, in the order of the help.
pub(crate) static HAND_WRITTEN: &[Command] = &[
    login::COMMAND,
    logout::COMMAND,
    whoami::COMMAND,
    config::COMMAND,
    api::COMMAND,
    open::COMMAND,
    mock::COMMAND,
    listen::COMMAND,
    trigger::COMMAND,
    spec::COMMAND,
    completion::COMMAND,
    man::COMMAND,
];

/// A command that is written by hand.
pub(crate) struct Command {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it does, in one line.
    pub(crate) about: &'static str,
    /// Adds its arguments.
    pub(crate) arguments: fn(clap::Command) -> clap::Command,
    /// Runs it.
    pub(crate) run: for<'a> fn(&'a Context, &'a ArgMatches) -> Running<'a>,
}

/// A command that is running.
pub(crate) type Running<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + 'a>>;
