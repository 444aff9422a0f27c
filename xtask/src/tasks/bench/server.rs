//! Servers to be measured, as processes of their own.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use super::load::{Connection, Request};
use crate::Failure;
use crate::tasks::process::{Ending, resident};
use crate::tasks::run::not_started;

/// A server that runs until this is dropped.
#[derive(Debug)]
pub(in crate::tasks) struct Server {
    process: Ending,
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
        let mut process = Ending(command.spawn().map_err(|source| not_started(&command, source))?);
        let mut line = String::new();
        let mut output = process.0.stdout.take().map(BufReader::new);
        if let Some(output) = &mut output {
            output.read_line(&mut line).map_err(|source| not_started(&command, source))?;
        }
        let address = line.trim().strip_prefix("listening on http://").and_then(|address| address.parse().ok());
        let Some(address) = address else {
            return Err(Failure::new(format!("{} said `{}` first", program.display(), line.trim())));
        };
        let mut server = Self { process, _output: output, address, first_answer: None };
        if let Some(request) = first {
            let answered =
                Connection::open(address).and_then(|mut connection| connection.exchange(request, 0, &mut Vec::new()));
            answered.map_err(|error| Failure::new(format!("the first request failed: {error}")))?;
            server.first_answer = Some(start.elapsed());
        }
        Ok(server)
    }

    /// The memory that it and the processes it started hold, in bytes; none where the system does not tell.
    pub(super) fn memory(&self) -> Option<u64> {
        resident(self.process.0.id())
    }
}
