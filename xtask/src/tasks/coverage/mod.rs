//! Which statuses of the document the tests got over HTTP, operation by operation, and whether that is what is checked in.
//!
//! The tests write down what they got where the variable `STORA_COVERAGE` names a folder. A file in the repository says what
//! they are to get, so that nothing ceases to be exercised unnoticed.

mod report;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use clap::ValueEnum;

use self::report::Report;
use super::DOCUMENT;
use super::run::{RunError, cargo, stream, target_directory, workspace_root};
use crate::document::{self, DocumentError};

/// The variable of the environment that has the tests write to a folder.
pub(super) const FOLDER: &str = "STORA_COVERAGE";

/// What the tests are to exercise, from the root of the workspace: a line for each operation and status.
const BASELINE: &str = "tests/coverage.txt";

/// The package of the tests that write.
const TESTS: &str = "conformance";

/// What to read, and how to print it.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Read what tests wrote to this folder, and run none.
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// Write down that what was exercised now is to be exercised from now on.
    #[arg(long)]
    write: bool,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Json,
    Markdown,
}

/// Why what is exercised is not known, or not what it should be.
#[derive(Debug, thiserror::Error)]
pub enum CoverageError {
    /// A file or folder cannot be read.
    #[error("cannot read {}", .path.display())]
    Read {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file or folder cannot be written.
    #[error("cannot write {}", .path.display())]
    Write {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A line of a file is not an operation and a status.
    #[error("{}:{line}: `{text}` is no operation with a status, such as `contact_show 404`", .path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, counted from 1.
        line: usize,
        /// What it holds.
        text: String,
    },
    /// No test wrote anything.
    #[error("no test wrote anything to {}; they do where {FOLDER} names it", .0.display())]
    Nothing(PathBuf),
    /// What was exercised is not what it should be.
    #[error("{}", .0.join("\n"))]
    Broken(Vec<String>),
    /// The document cannot be used.
    #[error("{DOCUMENT}")]
    Document(#[from] DocumentError),
    /// The tests cannot be run, or fail.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// Operations, each with a status that it answered with.
type Pairs = BTreeSet<(String, u16)>;

/// Runs the tests unless it is told where they wrote, prints what they exercised, and holds it against what is checked in.
///
/// # Errors
/// When anything is exercised no more, or anew and not checked in, or if a status came that the document does not have.
pub fn run(options: &Options) -> Result<(), CoverageError> {
    let root = workspace_root()?;
    let folder = match &options.from {
        Some(folder) => folder.clone(),
        None => exercise(&root)?,
    };
    let noted = noted(&folder)?;
    let report = Report::new(&document::load(&root.join(DOCUMENT))?.root, &noted);
    match options.format {
        Format::Table => print!("{}", report.to_table()),
        Format::Json => println!("{:#}", report.to_json()),
        Format::Markdown => print!("{}", report.to_markdown()),
    }
    let baseline = root.join(BASELINE);
    if options.write {
        // What the document does not have is a fault, and nothing to be expected.
        whole(report.undocumented())?;
        return fs::write(&baseline, written(&noted)).map_err(|source| CoverageError::Write { path: baseline, source });
    }
    whole(report.problems(&noted, &read(&baseline)?))
}

/// Holds what the tests wrote to a folder against what is checked in; prints how much that is.
///
/// # Errors
/// As [`run`].
pub(super) fn check(root: &Path, folder: &Path) -> Result<(), CoverageError> {
    let noted = noted(folder)?;
    let report = Report::new(&document::load(&root.join(DOCUMENT))?.root, &noted);
    println!("{}", report.totals());
    whole(report.problems(&noted, &read(&root.join(BASELINE))?))
}

/// Runs the tests that write, and gives the folder that they wrote to. What cargo says goes to the standard error, so that
/// the report alone is on the standard output.
///
/// # Errors
/// When they cannot be run, or fail.
pub(super) fn exercise(root: &Path) -> Result<PathBuf, CoverageError> {
    let folder = emptied(root)?;
    let mut tests = cargo(root, ["test", "--package", TESTS, "--tests"]);
    stream(tests.env(FOLDER, &folder).stdout(Stdio::from(io::stderr())))?;
    Ok(folder)
}

/// A folder for tests to write to, without what others wrote before.
///
/// # Errors
/// When it cannot be made.
pub(super) fn emptied(root: &Path) -> Result<PathBuf, CoverageError> {
    let folder = target_directory(root)?.join("coverage");
    let unmade = |source| CoverageError::Write { path: folder.clone(), source };
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unmade(error)),
        _ => fs::create_dir_all(&folder).map_err(unmade)?,
    }
    Ok(folder)
}

/// All that is written in a folder.
fn noted(folder: &Path) -> Result<Pairs, CoverageError> {
    let unread = |source| CoverageError::Read { path: folder.to_owned(), source };
    let mut noted = Pairs::new();
    for entry in fs::read_dir(folder).map_err(unread)? {
        noted.extend(read(&entry.map_err(unread)?.path())?);
    }
    if noted.is_empty() { Err(CoverageError::Nothing(folder.to_owned())) } else { Ok(noted) }
}

fn read(path: &Path) -> Result<Pairs, CoverageError> {
    let text = fs::read_to_string(path).map_err(|source| CoverageError::Read { path: path.to_owned(), source })?;
    let pair = |(line, text): (usize, &str)| {
        let pair =
            text.split_once(' ').and_then(|(operation, status)| Some((operation.to_owned(), status.parse().ok()?)));
        pair.ok_or_else(|| CoverageError::Line { path: path.to_owned(), line: line + 1, text: text.to_owned() })
    };
    text.lines().enumerate().map(pair).collect()
}

/// As a file holds them.
fn written(pairs: &Pairs) -> String {
    pairs.iter().map(|(operation, status)| format!("{operation} {status}\n")).collect()
}

fn whole(problems: Vec<String>) -> Result<(), CoverageError> {
    if problems.is_empty() { Ok(()) } else { Err(CoverageError::Broken(problems)) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A folder with files.
    struct Folder(PathBuf);

    impl Folder {
        fn with(name: &str, files: &[(&str, &str)]) -> Self {
            let path = std::env::temp_dir().join(format!("xtask-coverage-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            files.iter().for_each(|(name, text)| fs::write(path.join(name), text).unwrap());
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn what_all_processes_wrote_is_taken_together() {
        let folder =
            Folder::with("all", &[("a-1.txt", "b 200\na 404\n"), ("b-2.txt", "a 404\na 200\n"), ("c-3.txt", "")]);
        assert_eq!(written(&noted(&folder.0).unwrap()), "a 200\na 404\nb 200\n");
    }

    #[test]
    fn a_line_that_is_no_pair_is_named() {
        for line in ["a", "a ", "a b", "a 70000", "a 200 b", ""] {
            let folder = Folder::with("line", &[("a-1.txt", &format!("a 200\n{line}\n"))]);
            let error = noted(&folder.0).unwrap_err().to_string();
            assert!(error.contains("a-1.txt:2: ") && error.contains(&format!("`{line}`")), "{error}");
        }
    }

    #[test]
    fn a_folder_in_which_nothing_is_written_is_no_success() {
        let folder = Folder::with("nothing", &[("a-1.txt", "")]);
        assert!(matches!(noted(&folder.0), Err(CoverageError::Nothing(_))));
        let missing = folder.0.join("missing");
        assert!(matches!(noted(&missing), Err(CoverageError::Read { path, .. }) if path == missing));
    }

    #[test]
    fn what_is_checked_in_is_sorted_and_has_each_pair_once() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(BASELINE);
        assert_eq!(fs::read_to_string(&path).unwrap(), written(&read(&path).unwrap()));
    }
}
