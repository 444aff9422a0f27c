//! Servers to be measured, as processes of their own.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use super::load::{Connection, Request};
use crate::Failure;
use crate::tasks::process::resident;
use crate::tasks::run::not_started;

/// A server that runs until this is dropped.
#[derive(Debug)]
pub(in crate::tasks) struct Server {
    child: Child,
    /// What it writes after its first line: a program whose reader is gone may end.
    _output: Option<BufReader<ChildStdout>>,
    /// Where it is.
    pub(in crate::tasks) address: SocketAddr,
    /// From the start of the process to its first answer of 200; none if none was asked for.
    pub(super) first_answer: Option<Duration>,
}

impl Server {
    /// Starts a program that says `listening on http://…` as its first line, and asks it once.
    ///
    /// # Errors
    /// When it cannot be started, says something else, or does not answer.
    pub(in crate::tasks) fn start(program: &Path, args: &[&str], first: Option<&Request>) -> Result<Self, Failure> {
        let start = Instant::now();
        let mut command = Command::new(program);
        command.args(args).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|source| not_started(&command, source))?;
        let mut line = String::new();
        let mut output = child.stdout.take().map(BufReader::new);
        if let Some(output) = &mut output {
            output.read_line(&mut line).map_err(|source| not_started(&command, source))?;
        }
        let address = line.trim().strip_prefix("listening on http://").and_then(|address| address.parse().ok());
        let Some(address) = address else {
            let _ = child.kill();
            return Err(Failure::new(format!("{} said `{}` first", program.display(), line.trim())));
        };
        let mut server = Self { child, _output: output, address, first_answer: None };
        if let Some(request) = first {
            let answered =
                Connection::open(address).and_then(|mut connection| connection.exchange(request, 0, &mut Vec::new()));
            answered.map_err(|error| Failure::new(format!("the first request failed: {error}")))?;
            server.first_answer = Some(start.elapsed());
        }
        Ok(server)
    }

    /// The memory it holds, in bytes; none where the system does not tell.
    pub(super) fn memory(&self) -> Option<u64> {
        resident(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
