//! Tells why a command failed: in words for people, as JSON for programs.

use std::io::Write as _;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Tells of a failure on standard error, and gives the exit code for it.
pub(crate) fn tell(failure: &Failure, _context: Option<&Context>, _terminal: Terminal) -> Exit {
    let exit = failure.exit();
    match failure {
        // Help goes to standard output; a pipe that is closed there is no fault.
        Failure::Arguments(error) => drop(error.print()),
        Failure::Interrupted => {}
        _ if failure.is_closed_pipe() => {}
        _ => write(&format!("error: {failure}\n")),
    }
    exit
}

/// Writes to standard error. That nobody listens there is nothing that could be told to anybody.
fn write(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
