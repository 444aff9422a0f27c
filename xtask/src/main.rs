//! `cargo xtask TASK`: the command line of the tasks.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use xtask::{Failure, codegen, diff, document, lint, tasks};

/// The tasks of this workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, about)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Writes the generated code from the document.
    Codegen(codegen::Options),
    /// Generates the client, and books a unit with it and with the command line, on the mock.
    Demo,
    /// Checks a document by our own rules: one line per finding, exit 1 if there is one.
    Lint {
        /// The document.
        #[arg(default_value = tasks::DOCUMENT)]
        file: PathBuf,
    },
    /// Works on documents.
    #[command(subcommand)]
    Spec(Spec),
    /// Which tests name each rule of the business. Exit 1 if a rule has none, or the mock cites a rule that is not described.
    Rules(tasks::rules::Options),
    /// Which statuses of the document the tests get over HTTP, for each operation. Exit 1 if that is not what is checked in.
    Coverage(tasks::coverage::Options),
    /// Runs everything that CI runs; installs by name what it needs.
    Test(tasks::test::Options),
    /// Runs the three outside validators on the document; installs them if they are missing.
    Validate,
    /// Measures the generator and the generated client, and prints the figures.
    Measure(tasks::measure::Options),
    /// The mock side by side with a bare axum handler, Prism and json-server; or what is made here against its limits.
    #[command(args_conflicts_with_subcommands = true)]
    Bench {
        #[command(subcommand)]
        of: Option<Bench>,
        #[command(flatten)]
        options: tasks::bench::CompareOptions,
    },
}

#[derive(Subcommand)]
enum Bench {
    /// The mock beside a bare axum handler, its start, its memory, and pages of a large business.
    Mock(tasks::bench::Options),
    /// The client beside the same calls written by hand with reqwest and serde, and what a stream holds.
    Client,
    /// A year of rentals, what advancing costs in a large business, and deliveries of webhooks.
    Clock(tasks::bench::ClockOptions),
}

#[derive(Subcommand)]
enum Spec {
    /// What changed between two documents, from the client's view. Exit 1 if anything breaks.
    Diff {
        /// The document that clients were made from.
        old: PathBuf,
        /// The document they will meet.
        new: PathBuf,
        /// How to print it.
        #[arg(long, value_enum, default_value_t = Format::Table)]
        format: Format,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Json,
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(failure.code())
        }
    }
}

fn run(task: Task) -> Result<ExitCode, Failure> {
    match task {
        Task::Codegen(options) => codegen::run(&options),
        Task::Demo => Ok(tasks::demo::demo().map(|()| ExitCode::SUCCESS)?),
        Task::Lint { file } => {
            let findings = lint::lint(&document::load(&file)?);
            findings.iter().for_each(|finding| println!("{finding}"));
            println!("{}: {} findings", file.display(), findings.len());
            Ok(exit(findings.is_empty()))
        }
        Task::Spec(Spec::Diff { old, new, format }) => {
            let diff = diff::diff(&document::load(&old)?, &document::load(&new)?);
            match format {
                Format::Table => print!("{}", diff.to_table()),
                Format::Json => println!("{:#}", diff.to_json()),
            }
            Ok(exit(!diff.breaks()))
        }
        Task::Rules(options) => Ok(tasks::rules::run(&options).map(|()| ExitCode::SUCCESS)?),
        Task::Coverage(options) => Ok(tasks::coverage::run(&options).map(|()| ExitCode::SUCCESS)?),
        Task::Test(options) => Ok(tasks::test::run(&options).map(|()| ExitCode::SUCCESS)?),
        Task::Validate => {
            Ok(tasks::validators::validators(&tasks::workspace_root()?, std::path::Path::new(tasks::DOCUMENT))
                .map(|()| ExitCode::SUCCESS)?)
        }
        Task::Bench { of, options } => {
            match of {
                None => tasks::bench::compare(&options),
                Some(Bench::Client) => tasks::bench::client(),
                Some(Bench::Clock(options)) => tasks::bench::clock(&options),
                Some(Bench::Mock(options)) => tasks::bench::mock(&options),
            }?;
            Ok(ExitCode::SUCCESS)
        }
        Task::Measure(options) => Ok(tasks::measure::run(&options).map(|()| ExitCode::SUCCESS)?),
    }
}

fn exit(good: bool) -> ExitCode {
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
