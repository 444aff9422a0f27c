//! The mock, as a process of its own.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::Done;

/// The access token of the operator whose business it is.
pub(crate) const TOKEN: &str = "stora-mock-demo-token";

/// When the story begins.
pub(crate) const OPENING: &str = "2026-03-02T12:00:00Z";

/// A mock that runs until this is dropped.
pub(crate) struct Mock {
    child: Child,
    /// Kept, since a program whose reader is gone may end.
    _output: BufReader<ChildStdout>,
    /// Where it is.
    pub(crate) url: String,
}

impl Mock {
    /// Starts one on a free port, with the demo business and a clock that stands.
    pub(crate) fn start(program: &Path) -> Done<Self> {
        let mut command = Command::new(program);
        command.args(["--port", "0", "--clock", OPENING]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("cannot start {}: {error}", program.display()))?;
        let mut output = BufReader::new(child.stdout.take().ok_or("the mock has no output")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let Some(url) = line.trim().strip_prefix("listening on ").map(str::to_owned) else {
            // It may have ended by itself.
            let _ = child.kill();
            return Err(format!("the mock said {line:?} first").into());
        };
        Ok(Self { child, _output: output, url })
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
