//! The mock server as a program.

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;
use stora_mock::cli::{self, Args};

/// A stateful mock of the Stora self-storage API (2025-09). Independent of Stora and not endorsed by it.
#[derive(Debug, Parser)]
#[command(name = "stora-mock", version)]
struct Program {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Args,
}

/// What to do instead of serving.
#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print the JSON Schema of seed files
    Schema,
}

fn main() -> ExitCode {
    let Program { command, serve } = Program::parse();
    match command {
        Some(Command::Schema) => match cli::print_schema() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&error, ExitCode::FAILURE),
        },
        None => match cli::serve(serve) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&error, error.exit_code().into()),
        },
    }
}

/// Says what failed and why.
fn failed(error: &dyn Error, code: ExitCode) -> ExitCode {
    eprintln!("stora-mock: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprintln!("  because: {error}");
        cause = error.source();
    }
    code
}
