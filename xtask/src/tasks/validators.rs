//! What others say about the document: three validators from outside, at pinned versions, installed under
//! `target/tools` when they are not there yet.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::npm::{Package, npm_with};
use super::python::python_with;
use super::run::{RunError, capture, command};

/// The PyPI package and its version.
const SPEC_VALIDATOR: (&str, &str) = ("openapi-spec-validator", "0.9.0");
/// The npm packages and their versions.
const REDOCLY: Package = ("@redocly/cli", "2.77.0");
const SPECTRAL: Package = ("@stoplight/spectral-cli", "6.16.3");

/// Why the validators did not all pass.
#[derive(Debug, thiserror::Error)]
pub enum ValidatorError {
    /// One of them cannot be installed.
    #[error("{0} cannot be installed")]
    Install(&'static str, #[source] RunError),
    /// One of them cannot be started, though it was installed.
    #[error("{0} cannot be started")]
    Start(&'static str, #[source] RunError),
    /// One of them holds something against the document.
    #[error("{name} does not pass the document:\n{output}")]
    Refused {
        /// The validator.
        name: &'static str,
        /// What it wrote.
        output: String,
    },
}

/// Runs all three at once on `document` (a path relative to the workspace at `root`, their configuration files beside
/// it), each of which has to be clean without even a warning. Prints a line for each that passes.
///
/// # Errors
/// When one cannot be installed or does not pass.
pub fn validators(root: &Path, document: &Path) -> Result<(), ValidatorError> {
    let tools = root.join("target").join("tools");
    let python = spec_validator_installed(root, &tools)?;
    let npm = npm_packages_installed(root, &tools)?;
    // Spectral takes longer than the two others together.
    let results = std::thread::scope(|scope| {
        let runs = [
            scope.spawn(|| spec_validator(root, &python, document)),
            scope.spawn(|| redocly(root, &npm, document)),
            scope.spawn(|| spectral(root, &npm, document)),
        ];
        runs.map(|run| run.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let mut outcome = Ok(());
    for result in results {
        match result {
            Ok((name, version)) => println!("ok  {name} {version}"),
            Err(error) if outcome.is_ok() => outcome = Err(error),
            Err(error) => eprintln!("{error}"),
        }
    }
    outcome
}

/// The name and the version of a validator that passed the document.
type Passed = Result<(&'static str, &'static str), ValidatorError>;

fn spec_validator(root: &Path, python: &Path, document: &Path) -> Passed {
    pass(SPEC_VALIDATOR, command(root, python, ["-m", "openapi_spec_validator"]).arg(document))
}

fn spectral(root: &Path, npm: &Path, document: &Path) -> Passed {
    let mut lint = command(root, npm.join(".bin").join("spectral"), ["lint", "--fail-severity=warn", "--ruleset"]);
    pass(SPECTRAL, lint.arg(beside(document, ".spectral.yaml")).arg(document))
}

fn redocly(root: &Path, npm: &Path, document: &Path) -> Passed {
    let (name, version) = REDOCLY;
    let mut lint = command(root, npm.join(".bin").join("redocly"), ["lint", "--format=json", "--config"]);
    lint.arg(beside(document, "redocly.yaml")).arg(document);
    lint.env("REDOCLY_TELEMETRY", "off").env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
    // It succeeds in spite of warnings, so that its report is read and not only its exit code.
    let output = match capture(&mut lint) {
        Ok(output) | Err(RunError::Failed { output, .. }) => output,
        Err(error) => return Err(ValidatorError::Start(name, error)),
    };
    let problems = redocly_problems(&output);
    if problems.is_empty() {
        return Ok((name, version));
    }
    Err(ValidatorError::Refused { name, output: problems.join("\n") })
}

fn pass((name, version): (&'static str, &'static str), lint: &mut Command) -> Passed {
    match capture(lint) {
        Ok(_) => Ok((name, version)),
        Err(RunError::Failed { output, .. }) => Err(ValidatorError::Refused { name, output }),
        Err(error) => Err(ValidatorError::Start(name, error)),
    }
}

/// Installs the package of PyPI when it is missing, and gives the Python that has it.
fn spec_validator_installed(root: &Path, tools: &Path) -> Result<PathBuf, ValidatorError> {
    let install = |source| ValidatorError::Install(SPEC_VALIDATOR.0, source);
    python_with(root, &tools.join("venv"), SPEC_VALIDATOR).map_err(install)
}

/// Installs what is missing of the npm packages and gives the directory they are in.
fn npm_packages_installed(root: &Path, tools: &Path) -> Result<PathBuf, ValidatorError> {
    npm_with(root, &tools.join("npm"), &[REDOCLY, SPECTRAL])
        .map_err(|(name, source)| ValidatorError::Install(name, source))
}

/// Each problem in the JSON that redocly writes, as a line; what is no such JSON is a problem as a whole.
fn redocly_problems(output: &str) -> Vec<String> {
    // Notices may stand before and after.
    let json = output.find('{').zip(output.rfind('}')).and_then(|(start, end)| output.get(start..=end));
    let report: Option<Value> = json.and_then(|json| serde_json::from_str(json).ok());
    let Some(report) = report.filter(|report| report["totals"]["errors"].is_u64()) else {
        return vec![output.trim().to_owned()];
    };
    let listed = report["problems"].as_array().into_iter().flatten().filter(|problem| problem["ignored"] != true);
    let mut problems: Vec<String> = listed
        .map(|problem| {
            let part = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let pointer = part(&problem["location"][0]["pointer"]);
            format!(
                "{pointer}: {} [{}, {}]",
                part(&problem["message"]),
                part(&problem["ruleId"]),
                part(&problem["severity"])
            )
        })
        .collect();
    let counted = report["totals"]["errors"].as_u64().unwrap_or(0) + report["totals"]["warnings"].as_u64().unwrap_or(0);
    if problems.is_empty() && counted > 0 {
        problems.push(format!("{counted} problems that are not listed"));
    }
    problems
}

fn beside(document: &Path, name: &str) -> PathBuf {
    document.parent().unwrap_or(Path::new("")).join(name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_read_from_the_report_of_redocly() {
        let clean = "notice {\"totals\": {\"errors\": 0, \"warnings\": 0, \"ignored\": 1}, \"problems\": [{\"ignored\": true}]}\n";
        assert_eq!(redocly_problems(clean), [""; 0]);
        let warned = r##"{"totals": {"errors": 0, "warnings": 1}, "problems": [{"ruleId": "r", "severity": "warn", "message": "no", "location": [{"pointer": "#/a"}]}]}"##;
        assert_eq!(redocly_problems(warned), ["#/a: no [r, warn]"]);
        assert_eq!(redocly_problems(r#"{"totals": {"errors": 2, "warnings": 1}}"#), ["3 problems that are not listed"]);
    }

    #[test]
    fn no_report_is_no_success() {
        assert_eq!(redocly_problems("cannot read redocly.yaml"), ["cannot read redocly.yaml"]);
        assert_eq!(redocly_problems("{}"), ["{}"]);
        assert_eq!(redocly_problems(""), [""]);
    }
}
