//! `stora mock snapshots save` and `load`: the whole state of an operator, to a file here or by name in the folder of the mock.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, ValueHint};
use serde_json::json;

use crate::context::Context;
use crate::control::{self, Mock, OPERATOR};
use crate::failure::Failure;

/// The group that the commands stand in.
pub(super) const GROUP: &str = "snapshots";

/// The operation that saves by names alone.
pub(super) const SAVED_BY: &str = "snapshot_save";

const SAVE: &str = "save";
const LOAD: &str = "load";
const PLACE: &str = "PLACE";

/// How a place is told to be a file.
const FILES: &str = "What ends in .json or has a slash in it is a file on this machine, and - standard input or output; anything \
    else is a name in the folder of the mock (`stora mock start --snapshots DIR`).";

/// The command that saves, to files as well as by names.
pub(super) fn save() -> clap::Command {
    command(SAVE, "Save the whole state of an operator, in a file or by a name")
}

/// Adds the command that loads from files as well as by names.
pub(super) fn extend(group: clap::Command) -> clap::Command {
    group.subcommand(command(LOAD, "Put a snapshot from a file or of a name in the place of all that an operator has"))
}

fn command(name: &'static str, about: &'static str) -> clap::Command {
    let place = Arg::new(PLACE)
        .value_name("FILE|NAME")
        .required(true)
        .value_hint(ValueHint::FilePath)
        .help("A file, or the name of a snapshot");
    clap::Command::new(name).about(about).after_help(FILES).arg(place).arg(control::operator())
}

/// Whether the command is one of those.
pub(super) fn is_short(matches: &ArgMatches) -> bool {
    matches!(matches.subcommand_name(), Some(SAVE | LOAD))
}

/// Where a snapshot is.
enum Place {
    /// At a standard stream.
    Stream,
    /// In a file here.
    File(PathBuf),
    /// In the folder of the mock.
    Named(String),
}

impl Place {
    fn of(text: &str) -> Self {
        let is_file = text.contains(['/', '\\']) || Path::new(text).extension().is_some_and(|ending| ending == "json");
        match text {
            "-" => Self::Stream,
            _ if is_file => Self::File(text.into()),
            name => Self::Named(name.to_owned()),
        }
    }
}

/// Saves or loads a snapshot.
pub(super) async fn run(context: &Context, matches: &ArgMatches) -> Result<(), Failure> {
    let Some((name, inner)) = matches.subcommand() else { return Ok(()) };
    let mock = Mock::of(context, matches)?;
    let place = Place::of(inner.get_one::<String>(PLACE).map(String::as_str).unwrap_or_default());
    let operator = inner.get_one(OPERATOR);
    let ask = |act: &str, name: &[&str]| Ok::<_, Failure>(mock.act(act, name)?.operator(operator));
    let answer = match (name, place) {
        (SAVE, Place::Named(name)) => ask(SAVED_BY, &[&name])?.send().await?,
        (SAVE, place) => {
            let snapshot = ask("snapshot_export", &[])?.bytes().await?;
            let Place::File(file) = place else {
                return std::io::stdout().lock().write_all(&snapshot).map_err(Failure::Output);
            };
            std::fs::write(&file, &snapshot).map_err(|error| Failure::file("write", file.clone(), error))?;
            json!({"file": file.display().to_string(), "bytes": snapshot.len()})
        }
        (_, Place::Named(name)) => ask("snapshot_restore", &[&name])?.send().await?,
        (_, place) => {
            let file = match &place {
                Place::File(file) => file.display().to_string(),
                _ => "-".to_owned(),
            };
            let snapshot = super::read_text(&file)?.into_bytes();
            ask("snapshot_import", &[])?.body(snapshot, "application/json").send().await?
        }
    };
    context.printer()?.print(&answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_file_by_its_look() {
        assert!(matches!(Place::of("-"), Place::Stream));
        for file in ["a.json", "./a", "/tmp/a", "snapshots/a"] {
            assert!(matches!(Place::of(file), Place::File(_)), "{file}");
        }
        assert!(matches!(Place::of("before-tests"), Place::Named(name) if name == "before-tests"));
    }
}
