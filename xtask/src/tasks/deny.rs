//! What cargo-deny holds against the dependencies: their licences, where they come from, and what is known against them.

use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};

use super::run::{RunError, capture, cargo, command, stream};

/// The crate and its version.
const CRATE: (&str, &str) = ("cargo-deny", "0.20.2");
/// What is checked without a network. `deny.toml` says what is allowed.
const LOCAL: [&str; 3] = ["licenses", "bans", "sources"];

/// Why the dependencies did not pass.
#[derive(Debug, thiserror::Error)]
pub enum DenyError {
    /// It cannot be installed.
    #[error("cargo-deny cannot be installed")]
    Install(#[source] RunError),
    /// It holds something against a dependency, which it has told.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// Checks licences and sources of all dependencies, and the advisories against them where their database can be fetched. Says so
/// where it cannot: that is no failure, since the database comes from elsewhere than the crates do.
///
/// # Errors
/// When something is held against a dependency, or cargo-deny cannot be installed.
pub(super) fn deny(root: &Path) -> Result<(), DenyError> {
    let program = installed(root, &root.join("target").join("tools").join(CRATE.0)).map_err(DenyError::Install)?;
    stream(command(root, &program, ["check"]).args(LOCAL))?;
    match capture(&mut command(root, &program, ["fetch", "db"])) {
        Ok(_) => stream(&mut command(root, &program, ["check", "--disable-fetch", "advisories"]))?,
        Err(error) => println!("advisories are not checked: {}", cause(&error)),
    }
    Ok(())
}

/// Installs the crate below `folder` when it is not there at this version, and gives the program.
fn installed(root: &Path, folder: &Path) -> Result<PathBuf, RunError> {
    let (name, version) = CRATE;
    let program = folder.join("bin").join(format!("{name}{EXE_SUFFIX}"));
    let there = capture(&mut command(root, &program, ["--version"]));
    if there.is_ok_and(|told| told.trim() == format!("{name} {version}")) {
        return Ok(program);
    }
    println!("cargo-deny {version} is installed under target/tools");
    // It runs for a second or two, so that what takes less time to build is the faster one.
    let install = ["install", "--quiet", "--locked", "--debug", "--version", version, name, "--root"];
    stream(cargo(root, install).arg(folder).env("CARGO_PROFILE_DEV_DEBUG", "false"))?;
    Ok(program)
}

/// Of what a command wrote before it failed, the line that says why: git writes it as `fatal: …`.
fn cause(error: &RunError) -> String {
    let told = error.to_string();
    let fatal = told.lines().find_map(|line| line.trim().strip_prefix("fatal: "));
    fatal.map_or_else(|| told.lines().take(2).collect::<Vec<_>>().join(" "), str::to_owned)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_what_git_calls_fatal_or_else_the_beginning() {
        let failed = |script: &str| capture(&mut command(&std::env::temp_dir(), "sh", ["-c", script])).unwrap_err();
        assert_eq!(cause(&failed("echo one; echo 'fatal: no such host'; echo three; exit 1")), "no such host");
        let told = cause(&failed("echo one; echo two; exit 1"));
        assert!(told.ends_with(": one") && told.starts_with("`sh "), "{told}");
    }
}
