//! What schemathesis, which makes requests of its own from a document, finds in the mock.

use std::path::Path;

use super::bench::Server;
use super::python::python_with;
use super::run::{RunError, cargo, command, stream, target_directory};
use super::test::FEATURES;
use crate::Failure;

/// The PyPI package and its version.
const PACKAGE: (&str, &str) = ("schemathesis", "4.32.5");
/// How much is tried. The hooks beside it say what is let pass, and why.
const CONFIGURATION: &str = "tests/schemathesis/schemathesis.toml";
/// Where the business clock of the mock stands: a day of the examples in the document.
const CLOCK: &str = "2026-03-02T12:00:00Z";

/// Why schemathesis did not pass the mock.
#[derive(Debug, thiserror::Error)]
pub enum SchemathesisError {
    /// It cannot be installed.
    #[error("schemathesis cannot be installed")]
    Install(#[source] RunError),
    /// The mock does not start.
    #[error("the mock does not start: {0}")]
    Mock(Failure),
    /// The mock cannot be built, or schemathesis found a failure that is not explained; it has told which.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// Builds the mock, starts it with the demo business, and lets schemathesis examine it by the document that it serves.
/// What it finds is shown as it comes.
///
/// # Errors
/// When it finds anything that the hooks of the configuration do not explain, or cannot be run.
pub(super) fn schemathesis(root: &Path) -> Result<(), SchemathesisError> {
    let target = target_directory(root)?;
    let tools = root.join("target").join("tools");
    let python = python_with(root, &tools.join("schemathesis"), PACKAGE).map_err(SchemathesisError::Install)?;
    // With what the step `test` has built nothing is left to build here.
    stream(&mut cargo(root, ["build", "--quiet", "--workspace", "--bins", "--examples", "--features", FEATURES]))?;
    let program = target.join("debug").join("stora-mock").with_extension(std::env::consts::EXE_EXTENSION);
    // It registers webhook endpoints at whatever addresses it makes up.
    let arguments = ["--port", "0", "--clock", CLOCK, "--rate-limit", "off", "--webhook-loopback-only"];
    let mock = Server::start(&program, &arguments, None).map_err(SchemathesisError::Mock)?;
    let url = format!("http://{}", mock.address);
    // The document names the server of Stora, and another one for the page of consent: `--url` stands for both.
    let run = ["-m", "schemathesis.cli", "--config-file", CONFIGURATION, "run", "--url", &url];
    let mut run = command(root, &python, run);
    run.arg(format!("{url}/2025-09/openapi.json"));
    // The hooks ask for the records that there are.
    run.env("STORA_MOCK_URL", &url);
    // What it would keep for its next run does not belong among the sources.
    run.env("HYPOTHESIS_STORAGE_DIRECTORY", tools.join("hypothesis"));
    Ok(stream(&mut run)?)
}
