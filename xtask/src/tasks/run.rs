//! Running other programs, so that a failure says which one failed and where it was run is never in doubt.

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use serde_json::Value;

/// Why another program did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It could not be started, mostly because it is not installed.
    #[error("cannot start `{command}`")]
    Start {
        /// The command line.
        command: String,
        /// What the system says.
        source: io::Error,
    },
    /// It ran and failed.
    #[error("`{command}` failed ({status}){}", after(.output))]
    Failed {
        /// The command line.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// What it wrote, when that was kept and not shown as it came.
        output: String,
    },
    /// No directory above the current one holds the workspace.
    #[error("there is no Cargo workspace at or above {}", .0.display())]
    NoWorkspace(PathBuf),
    /// Cargo does not tell where it puts what it builds.
    #[error("cargo does not tell its target directory")]
    NoTarget,
}

/// The root of the workspace: the parent of this crate when cargo runs it, or else the nearest directory at or above
/// the current one whose `Cargo.toml` has a `[workspace]`.
///
/// # Errors
/// When there is none.
pub fn workspace_root() -> Result<PathBuf, RunError> {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    if let Some(root) = manifest.as_deref().and_then(Path::parent).filter(|root| is_workspace(root)) {
        return Ok(root.to_owned());
    }
    let current = std::env::current_dir().unwrap_or_default();
    workspace_above(&current)
}

/// A command that will run in the directory `root`.
pub fn command<I, S>(root: &Path, program: impl AsRef<std::ffi::OsStr>, args: I) -> Command
where
    I: IntoIterator<Item = S>,
    S: AsRef<std::ffi::OsStr>,
{
    let mut command = Command::new(program);
    command.current_dir(root).args(args).stdin(Stdio::null());
    command
}

/// The cargo that runs this, with `args`, in the directory `root`.
pub(crate) fn cargo<I, S>(root: &Path, args: I) -> Command
where
    I: IntoIterator<Item = S>,
    S: AsRef<std::ffi::OsStr>,
{
    command(root, std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), args)
}

/// The directory that cargo puts what it builds in.
///
/// # Errors
/// When cargo does not tell.
pub(crate) fn target_directory(root: &Path) -> Result<PathBuf, RunError> {
    let told = capture(&mut cargo(root, ["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Option<Value> = serde_json::from_str(&told).ok();
    let target = metadata.as_ref().and_then(|metadata| metadata["target_directory"].as_str());
    target.map(PathBuf::from).ok_or(RunError::NoTarget)
}

/// This very program, with `args`, in the directory `root`.
///
/// # Errors
/// When the system does not tell where it is.
pub(crate) fn xtask<I, S>(root: &Path, args: I) -> Result<Command, RunError>
where
    I: IntoIterator<Item = S>,
    S: AsRef<std::ffi::OsStr>,
{
    let program = std::env::current_exe().map_err(|source| RunError::Start { command: "xtask".to_owned(), source })?;
    Ok(command(root, program, args))
}

/// Runs `command`; what it writes is shown as it comes.
///
/// # Errors
/// When it cannot be started or fails.
pub(crate) fn stream(command: &mut Command) -> Result<(), RunError> {
    let status = command.status().map_err(|source| not_started(command, source))?;
    ended(command, status)
}

/// Runs `command` and hands over the lines of its standard output as they come; its standard error is shown.
///
/// # Errors
/// When it cannot be started or fails.
pub(crate) fn lines(command: &mut Command, mut take: impl FnMut(&str)) -> Result<(), RunError> {
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|source| not_started(command, source))?;
    let mut output = child.stdout.take().map(BufReader::new);
    let mut bytes = Vec::new();
    while let Some(output) = &mut output {
        // What cannot be read ends the output; how the program ended decides.
        if output.read_until(b'\n', &mut bytes).unwrap_or(0) == 0 {
            break;
        }
        take(String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']));
        bytes.clear();
    }
    let status = child.wait().map_err(|source| not_started(command, source))?;
    ended(command, status)
}

/// Runs `command` and keeps what it writes: the standard output on success, both outputs in the error.
///
/// # Errors
/// When it cannot be started or fails.
pub(crate) fn capture(command: &mut Command) -> Result<String, RunError> {
    let done = command.output().map_err(|source| not_started(command, source))?;
    let mut output = String::from_utf8_lossy(&done.stdout).into_owned();
    if done.status.success() {
        return Ok(output);
    }
    output.push_str(&String::from_utf8_lossy(&done.stderr));
    Err(RunError::Failed { command: line(command), status: done.status, output })
}

/// That `command` could not be started.
pub(crate) fn not_started(command: &Command, source: io::Error) -> RunError {
    RunError::Start { command: line(command), source }
}

/// Takes a `command` that did not end well for an error.
///
/// # Errors
/// When it did not.
pub(crate) fn ended(command: &Command, status: ExitStatus) -> Result<(), RunError> {
    if status.success() {
        Ok(())
    } else {
        Err(RunError::Failed { command: line(command), status, output: String::new() })
    }
}

fn workspace_above(start: &Path) -> Result<PathBuf, RunError> {
    let found = start.ancestors().find(|directory| is_workspace(directory));
    found.map(Path::to_owned).ok_or_else(|| RunError::NoWorkspace(start.to_owned()))
}

fn is_workspace(directory: &Path) -> bool {
    let manifest = std::fs::read_to_string(directory.join("Cargo.toml"));
    manifest.is_ok_and(|text| text.lines().any(|line| line.trim() == "[workspace]"))
}

/// The command as one would type it.
fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

fn after(output: &str) -> String {
    if output.trim().is_empty() { String::new() } else { format!(":\n{}", output.trim_end()) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::error::Error;

    #[test]
    fn a_failure_names_the_command_and_keeps_its_output() {
        let root = std::env::temp_dir();
        let failed = capture(&mut command(&root, "sh", ["-c", "echo out; echo err >&2; exit 3"])).unwrap_err();
        let text = failed.to_string();
        assert!(text.starts_with("`sh -c echo out; echo err >&2; exit 3` failed ("), "{text}");
        assert!(text.ends_with(":\nout\nerr"), "{text}");
        assert!(stream(&mut command(&root, "sh", ["-c", "exit 1"])).is_err());
        assert!(stream(&mut command(&root, "sh", ["-c", "exit 0"])).is_ok());
    }

    #[test]
    fn the_lines_of_what_fails_are_handed_over_too() {
        let mut taken = Vec::new();
        let mut script = command(&std::env::temp_dir(), "sh", ["-c", "printf 'a\\n\\377\\n\\nb'; exit 4"]);
        let outcome = lines(&mut script, |line| taken.push(line.to_owned()));
        assert!(matches!(outcome, Err(RunError::Failed { .. })));
        assert_eq!(taken, ["a", "\u{fffd}", "", "b"]);
    }

    #[test]
    fn what_cannot_be_started_is_named_with_its_cause() {
        let failed = capture(&mut command(&std::env::temp_dir(), "no-such-program-here", ["-x"])).unwrap_err();
        assert_eq!(failed.to_string(), "cannot start `no-such-program-here -x`");
        assert!(failed.source().is_some());
    }

    #[test]
    fn commands_run_in_the_directory_they_are_given() {
        let root = std::env::temp_dir().canonicalize().unwrap();
        let shown = capture(&mut command(&root, "pwd", ["-P"])).unwrap();
        assert_eq!(Path::new(shown.trim()), root);
    }

    #[test]
    fn the_workspace_is_found_from_below() {
        let root = std::env::temp_dir().join(format!("xtask-run-{}", std::process::id()));
        let below = root.join("a/b");
        std::fs::create_dir_all(&below).unwrap();
        std::fs::write(root.join("a/Cargo.toml"), "[package]\nname = \"a\"\n").unwrap();
        std::fs::write(root.join("Cargo.toml"), "[workspace]\n").unwrap();
        let found = workspace_above(&below).unwrap();
        std::fs::remove_dir_all(&root).unwrap();
        assert_eq!(found, root);
        assert!(matches!(workspace_above(&below), Err(RunError::NoWorkspace(_))));
    }
}
