//! Everything that CI checks, one named and timed step after the other.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use clap::ValueEnum;

use super::DOCUMENT;
use super::coverage::{self, CoverageError};
use super::deny::{DenyError, deny};
use super::reference::{self, ReferenceError};
use super::rules::{self, RulesError};
use super::run::{RunError, capture, cargo, lines, stream, workspace_root, xtask};
use super::schemathesis::{SchemathesisError, schemathesis};
use super::validators::{ValidatorError, validators};

/// Which steps to run.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Run this step alone; several may be named.
    #[arg(long, value_enum, value_name = "STEP")]
    only: Vec<Step>,
    /// List the steps and run none.
    #[arg(long, conflicts_with = "only")]
    list: bool,
}

/// One thing that CI checks. The order is that of the run: what is told quickly comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Step {
    /// Everything is formatted.
    Fmt,
    /// The generated code is what the document gives.
    Codegen,
    /// The document holds to our own rules.
    Lint,
    /// Three outside validators pass the document.
    Validate,
    /// The document says what the reference of the project says, where that is at hand.
    Reference,
    /// The licences and sources of all dependencies are as `deny.toml` allows, and nothing is known against them.
    Deny,
    /// No warning of the compiler or of clippy.
    Clippy,
    /// Each feature of the client by itself: no warning, and its tests.
    Features,
    /// The documentation builds without a warning.
    Docs,
    /// Every rule of the business has a test that names it.
    Rules,
    /// All tests.
    Test,
    /// The tests got all statuses of the document over HTTP that they are to get.
    Coverage,
    /// What schemathesis makes of the document, sent to the mock.
    Schemathesis,
}

/// Why not everything is as it should be.
#[derive(Debug, thiserror::Error)]
pub enum TestError {
    /// A step failed, and those after it did not run.
    #[error("the step `{step}` failed after {}; `cargo xtask test --only {step}` runs it alone", seconds(.after))]
    Step {
        /// The step.
        step: Step,
        /// How long it ran.
        after: Duration,
        /// What went wrong.
        source: StepError,
    },
    /// The workspace cannot be found.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// What went wrong in a step.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// A command failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A component of the toolchain is missing.
    #[error("{0} is not installed; `rustup component add {0}` installs it")]
    Component(&'static str),
    /// A validator does not pass the document, or cannot be run.
    #[error(transparent)]
    Validators(#[from] ValidatorError),
    /// The document differs from the reference.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// Something is held against a dependency, or cargo-deny cannot be installed.
    #[error(transparent)]
    Deny(#[from] DenyError),
    /// A rule of the business has no test, or the mock cites one that there is not.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// Something is not exercised any more, or what is cannot be told.
    #[error(transparent)]
    Coverage(#[from] CoverageError),
    /// Schemathesis found something in the mock, or cannot be run.
    #[error(transparent)]
    Schemathesis(#[from] SchemathesisError),
    /// Nothing failed, in that nothing was tested.
    #[error("cargo ran no test")]
    NoTests,
}

/// Runs the steps in their order, up to the first that fails.
///
/// # Errors
/// The first step that fails, and how to run it alone.
pub fn run(options: &Options) -> Result<(), TestError> {
    if options.list {
        Step::value_variants().iter().for_each(|step| println!("{:<12} {}", step.name(), step.about()));
        return Ok(());
    }
    let root = workspace_root()?;
    let steps = chosen(&options.only, &root);
    let mut told = Told::default();
    let mut times = Vec::new();
    for (i, step) in steps.iter().copied().enumerate() {
        println!("== {step} ({} of {}): {}", i + 1, steps.len(), step.about());
        let start = Instant::now();
        let outcome = step.run(&root, &mut told);
        let after = start.elapsed();
        if let Err(source) = outcome {
            told.counts.print();
            return Err(TestError::Step { step, after, source });
        }
        times.push((step.name(), after));
    }
    println!();
    times.push(("in all".to_owned(), times.iter().map(|(_, time)| *time).sum()));
    times.iter().for_each(|(name, time)| println!("{name:<12} {:>8}", seconds(time)));
    told.counts.print();
    Ok(())
}

/// The steps that were asked for, or else all for which there is something to check.
fn chosen(only: &[Step], root: &Path) -> Vec<Step> {
    let wanted = |step: &Step| match only {
        [] => *step != Step::Reference || reference::checker(root).is_some(),
        only => only.contains(step),
    };
    Step::value_variants().iter().copied().filter(wanted).collect()
}

/// What the client can have besides its default features. `native-tls` is not among them: it takes the library of the system.
pub(super) const FEATURES: &str = "stora-client/limiter,stora-client/webhook";

/// Features that stand by themselves.
const ALONE: [&str; 4] = ["types", "webhook", "client", "limiter"];

impl Step {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn about(self) -> String {
        self.to_possible_value().and_then(|value| value.get_help().map(ToString::to_string)).unwrap_or_default()
    }

    fn run(self, root: &Path, told: &mut Told) -> Result<(), StepError> {
        match self {
            Self::Fmt => {
                component(root, "rustfmt", "fmt")?;
                stream(&mut cargo(root, ["fmt", "--all", "--check"]))?;
            }
            Self::Codegen => stream(&mut xtask(root, ["codegen", "--check"])?)?,
            Self::Lint => stream(&mut xtask(root, ["lint"])?)?,
            Self::Validate => validators(root, Path::new(DOCUMENT))?,
            Self::Reference => reference::compare(root, Path::new(DOCUMENT))?,
            Self::Deny => deny(root)?,
            Self::Clippy => clippy(root, &["--workspace", "--features", FEATURES])?,
            Self::Features => {
                for feature in ALONE {
                    let alone = ["-p", "stora-client", "--no-default-features", "--features", feature];
                    clippy(root, &alone)?;
                    tests(cargo(root, ["test"]).args(alone), &mut told.counts)?;
                }
            }
            Self::Docs => {
                let mut docs = cargo(root, ["doc", "--workspace", "--no-deps", "--features", FEATURES]);
                stream(docs.env("RUSTDOCFLAGS", "-D warnings"))?;
            }
            Self::Rules => rules::run(&rules::Options::default())?,
            Self::Test => {
                let mut all = cargo(root, ["test", "--workspace", "--no-fail-fast", "--features", FEATURES]);
                let folder = coverage::emptied(root)?;
                tests(all.env(coverage::FOLDER, &folder), &mut told.counts)?;
                told.coverage = Some(folder);
            }
            Self::Coverage => {
                // Alone it runs the tests that it needs: what a former run wrote may be long out of date.
                let folder = told.coverage.take().map_or_else(|| coverage::exercise(root), Ok)?;
                coverage::check(root, &folder)?;
            }
            Self::Schemathesis => schemathesis(root)?,
        }
        Ok(())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// Tells how to get a component of the toolchain that is not there.
fn component(root: &Path, name: &'static str, subcommand: &str) -> Result<(), StepError> {
    capture(&mut cargo(root, [subcommand, "--version"])).map(drop).map_err(|_| StepError::Component(name))
}

fn clippy(root: &Path, packages: &[&str]) -> Result<(), StepError> {
    component(root, "clippy", "clippy")?;
    let mut clippy = cargo(root, ["clippy", "--all-targets"]);
    Ok(stream(clippy.args(packages).args(["--", "-D", "warnings"]))?)
}

fn tests(command: &mut Command, counts: &mut Counts) -> Result<(), StepError> {
    lines(command, |line| {
        println!("{line}");
        counts.read(line);
    })?;
    if counts.passed == 0 { Err(StepError::NoTests) } else { Ok(()) }
}

/// What steps tell the later ones, and the end.
#[derive(Debug, Default)]
struct Told {
    counts: Counts,
    /// Where the tests wrote what they exercised, if they ran.
    coverage: Option<PathBuf>,
}

/// How many tests there were, by the `test result:` lines of cargo.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    /// Whether any tests were run at all.
    any: bool,
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Counts {
    /// Adds what a line of cargo's output counts.
    fn read(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else { return };
        self.any = true;
        // `ok. 3 passed; 0 failed; 1 ignored; 0 measured; …`
        let (_, counted) = result.split_once(". ").unwrap_or_default();
        for part in counted.split("; ") {
            match part.split_once(' ').map(|(count, what)| (count.parse::<u64>(), what)) {
                Some((Ok(count), "passed")) => self.passed += count,
                Some((Ok(count), "failed")) => self.failed += count,
                Some((Ok(count), "ignored")) => self.skipped += count,
                _ => {}
            }
        }
    }

    /// The closing line, alone on its line for whoever looks for it; none if no test was asked for.
    fn print(&self) {
        if self.any {
            println!("{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped);
        }
    }
}

fn seconds(time: &Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::run::command;
    use super::*;

    #[test]
    fn the_tests_of_all_crates_are_counted() {
        let mut counts = Counts::default();
        for line in [
            "running 4 tests",
            "test result: looks like one in the output of a test",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        ] {
            counts.read(line);
        }
        assert_eq!(counts, Counts { any: true, passed: 4, failed: 2, skipped: 1 });
    }

    #[test]
    fn a_run_without_a_test_is_no_success() {
        let run = |script: &str| {
            let mut counts = Counts::default();
            let outcome = super::tests(&mut command(&std::env::temp_dir(), "sh", ["-c", script]), &mut counts);
            (outcome, counts.passed)
        };
        assert!(matches!(run("true"), (Err(StepError::NoTests), 0)));
        assert!(matches!(run("echo 'test result: ok. 0 passed; 0 failed; 0 ignored'"), (Err(StepError::NoTests), 0)));
        assert!(matches!(run("echo 'test result: ok. 1 passed; 0 failed; 0 ignored'"), (Ok(()), 1)));
        assert!(matches!(run("echo 'test result: FAILED. 1 passed; 1 failed'; exit 101"), (Err(StepError::Run(_)), 1)));
    }

    #[test]
    fn a_failure_tells_how_to_run_the_step_alone() {
        let error = TestError::Step { step: Step::Fmt, after: Duration::from_millis(1240), source: StepError::NoTests };
        assert_eq!(error.to_string(), "the step `fmt` failed after 1.2 s; `cargo xtask test --only fmt` runs it alone");
    }

    #[test]
    fn steps_run_in_their_order_whatever_order_they_are_named_in() {
        assert_eq!(chosen(&[Step::Test, Step::Fmt], Path::new("/nowhere/at/all")), [Step::Fmt, Step::Test]);
        // What the tests exercised is compared once they have run.
        let compared = chosen(&[Step::Coverage, Step::Test], Path::new("/nowhere/at/all"));
        assert_eq!(compared, [Step::Test, Step::Coverage]);
        let all = chosen(&[], Path::new("/nowhere/at/all"));
        assert_eq!(all.len(), Step::value_variants().len() - 1);
        assert_eq!((all.contains(&Step::Reference), all.last()), (false, Some(&Step::Schemathesis)));
    }
}
