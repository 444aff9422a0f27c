//! The command `stora`, run as a user runs it.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::{Done, mock};

/// The command, with where and as whom it calls.
pub(crate) struct Stora {
    program: PathBuf,
    base_url: String,
    /// A configuration of its own, so that the user's is neither read nor changed.
    config: PathBuf,
}

impl Stora {
    pub(crate) fn new(program: PathBuf, base_url: &str, config: PathBuf) -> Self {
        Self { program, base_url: base_url.to_owned(), config }
    }

    /// Shows a command line, runs it, and gives what it prints.
    pub(crate) fn run(&self, arguments: &[&str]) -> Done<Value> {
        let line = arguments.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
        println!("   $ stora {line}");
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .env("STORA_BASE_URL", &self.base_url)
            .env("STORA_ACCESS_TOKEN", mock::TOKEN)
            .env("STORA_CONFIG", &self.config)
            .stdin(Stdio::null());
        let done = command.output().map_err(|error| format!("cannot start {}: {error}", self.program.display()))?;
        if !done.status.success() {
            let told = String::from_utf8_lossy(&done.stderr).into_owned();
            return Err(format!("stora {line}: {}\n{told}", done.status).into());
        }
        // The output is not a terminal, so that it is JSON.
        Ok(serde_json::from_slice(&done.stdout)?)
    }
}

/// A word as it has to be written for a shell.
fn quoted(word: &str) -> String {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "-_.,:/@=+".contains(it);
    if !word.is_empty() && word.chars().all(is_plain) { word.to_owned() } else { format!("'{word}'") }
}
