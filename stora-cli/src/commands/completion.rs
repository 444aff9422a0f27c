//! `stora completion`: what a shell needs to complete command lines.

use clap::{Arg, ArgMatches, value_parser};
use clap_complete::Shell;

use super::{Command, Running};
use crate::cli;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::write_bytes;

pub(crate) const COMMAND: Command = Command {
    name: "completion",
    about: "Print the completion script for a shell",
    arguments,
    run: |context, matches| -> Running<'_> { Box::pin(run(context, matches)) },
};

const LONG: &str = "\
Prints the completion script for a shell, to be kept where the shell looks for it:

  bash        stora completion bash > ~/.local/share/bash-completion/completions/stora
  zsh         stora completion zsh > \"${fpath[1]}/_stora\"
  fish        stora completion fish > ~/.config/fish/completions/stora.fish
  powershell  stora completion powershell >> $PROFILE
  elvish      stora completion elvish >> ~/.config/elvish/rc.elv";

fn arguments(command: clap::Command) -> clap::Command {
    let shell =
        Arg::new("shell").value_name("SHELL").required(true).help("The shell").value_parser(value_parser!(Shell));
    command.long_about(LONG).arg(shell)
}

async fn run(_: &Context, matches: &ArgMatches) -> Result<(), Failure> {
    let Some(shell) = matches.get_one::<Shell>("shell") else { return Ok(()) };
    let mut script = Vec::new();
    clap_complete::generate(*shell, &mut cli::root(), "stora", &mut script);
    write_bytes(&script)
}
