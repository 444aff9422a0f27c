//! `stora man`: the manual, a page for each command.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, ValueHint, value_parser};

use super::{Command, Running};
use crate::cli;
use crate::context::Context;
use crate::failure::Failure;

pub(crate) const COMMAND: Command = Command {
    name: "man",
    about: "Write the manual, a page for each command, into a folder",
    arguments,
    run: |context, matches| -> Running<'_> { Box::pin(run(context, matches)) },
};

fn arguments(command: clap::Command) -> clap::Command {
    let folder = Arg::new("folder").value_name("DIR").required(true).help("The folder; it is made if it is not there");
    command
        .long_about("Writes the manual, a page for each command, into a folder: `stora man ~/.local/share/man/man1`, then `man stora`.")
        .arg(folder.value_hint(ValueHint::DirPath).value_parser(value_parser!(PathBuf)))
}

async fn run(_: &Context, matches: &ArgMatches) -> Result<(), Failure> {
    let Some(folder) = matches.get_one::<PathBuf>("folder") else { return Ok(()) };
    std::fs::create_dir_all(folder).map_err(|error| Failure::file("make the folder", folder, error))?;
    let root = cli::root().disable_help_subcommand(true);
    clap_mangen::generate_to(root, folder).map_err(|error| Failure::file("write the manual to", folder, error))
}
