//! The command `stora`.

use std::process::ExitCode;

fn main() -> ExitCode {
    stora_cli::run(std::env::args_os())
}
