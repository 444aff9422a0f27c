//! Servers to be measured, as processes of their own.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use super::load::{Connection, Request};
use crate::Failure;
use crate::tasks::process::{Ending, resident};
use crate::tasks::run::not_started;

/// The most that a server which does not say when it listens may take until it does.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often such a server is tried.
const INTERVAL: Duration = Duration::from_millis(5);

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

    /// Starts a program that listens at `address` sooner or later, and asks it once it does. What it writes goes to the
    /// file `log`.
    ///
    /// # Errors
    /// When it cannot be started, ends, or does not answer; what it wrote is told.
    pub(super) fn start_at(
        address: SocketAddr,
        command: &mut Command,
        first: &Request,
        log: &Path,
    ) -> Result<Self, Failure> {
        let file = File::create(log).and_then(|file| Ok((file.try_clone()?, file)));
        let (output, errors) = file.map_err(|error| Failure::new(format!("{}: {error}", log.display())))?;
        command.stdout(output).stderr(errors);
        let program = command.get_program().to_string_lossy().into_owned();
        let failed = |what: &str| {
            let wrote = std::fs::read(log).unwrap_or_default();
            Failure::new(format!("`{program}` {what}; it wrote:\n{}", String::from_utf8_lossy(&wrote).trim_end()))
        };
        let start = Instant::now();
        let mut process = Ending(command.spawn().map_err(|source| not_started(command, source))?);
        let mut connection = loop {
            match Connection::open(address) {
                Ok(connection) => break connection,
                Err(error) if start.elapsed() > PATIENCE => {
                    return Err(failed(&format!("does not listen after {} s: {error}", PATIENCE.as_secs())));
                }
                Err(_) => std::thread::sleep(INTERVAL),
            }
            if let Ok(Some(status)) = process.0.try_wait() {
                return Err(failed(&format!("ended ({status}) before it listened")));
            }
        };
        let answered = connection.exchange(first, 0, &mut Vec::new());
        answered.map_err(|error| failed(&format!("does not answer the first request: {error}")))?;
        Ok(Self { process, _output: None, address, first_answer: Some(start.elapsed()) })
    }

    /// The memory that it and the processes it started hold, in bytes; none where the system does not tell.
    pub(super) fn memory(&self) -> Option<u64> {
        resident(self.process.0.id())
    }
}

/// An address of this machine at which nothing listens.
///
/// # Errors
/// When the system has none.
pub(super) fn free_address() -> Result<SocketAddr, Failure> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map_err(|error| Failure::new(format!("there is no free port: {error}")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::super::run::command;
    use super::*;

    #[test]
    fn a_server_that_ends_before_it_listens_is_told_with_what_it_wrote() {
        let directory = std::env::temp_dir();
        let log = directory.join(format!("xtask-server-{}.log", std::process::id()));
        let mut script = command(&directory, "sh", ["-c", "echo out; echo no such document >&2; exit 3"]);
        let request = Request::get("/", "token");
        let started = Server::start_at(free_address().unwrap(), &mut script, &request, &log);
        std::fs::remove_file(&log).unwrap();
        let message = started.unwrap_err().to_string();
        assert!(message.contains("`sh` ended (exit status: 3) before it listened"), "{message}");
        assert!(message.ends_with("it wrote:\nout\nno such document"), "{message}");
    }
}
