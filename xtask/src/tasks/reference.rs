//! The document against the reference of the project, where a working copy has that beside it.

use std::path::{Path, PathBuf};

use super::run::{RunError, capture, command};

/// Where the checker of the reference stands, from the root of the workspace.
const CHECKER: &str = "../shared/tools/check_document.py";

/// What the checker says and should not: it takes a group of error responses for a response of its own, and does not merge
/// an `allOf` of the reference.
const FAULTS: &[&str] = &[
    "operation oauth_token_create lacks response oauth_errors",
    "operation oauth_token_revoke lacks response oauth_errors",
    "operation oauth_authorization_show lacks response oauth_errors",
    "schema MetaWithPagination has property request_id that the reference does not know",
    "schema MetaWithPagination has property curies that the reference does not know",
];

/// Why the document does not agree with the reference.
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    /// It says something else.
    #[error("the document differs from the reference:\n{}", .0.join("\n"))]
    Differs(Vec<String>),
    /// The checker did not get to its end.
    #[error("{CHECKER} did not finish:\n{0}")]
    Broken(String),
    /// The checker cannot be started.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// The checker, where there is one.
pub(crate) fn checker(root: &Path) -> Option<PathBuf> {
    let checker = root.join(CHECKER);
    checker.is_file().then_some(checker)
}

/// Runs the checker on `document`. Without the checker, or a Python that reads YAML, there is nothing to compare.
///
/// # Errors
/// When the document differs in more than the faults of the checker.
pub(crate) fn compare(root: &Path, document: &Path) -> Result<(), ReferenceError> {
    let Some(checker) = checker(root) else { return Ok(()) };
    // The environment of the validators has the package; it may not be there yet.
    let pythons = [root.join("target/tools/venv/bin/python"), PathBuf::from("python3")];
    let Some(python) = pythons.iter().find(|python| capture(&mut command(root, python, ["-c", "import yaml"])).is_ok())
    else {
        return Ok(());
    };
    let output = match capture(command(root, python, [checker]).arg(document)) {
        Ok(output) | Err(RunError::Failed { output, .. }) => output,
        Err(error) => return Err(error.into()),
    };
    differences(&output)
}

fn differences(output: &str) -> Result<(), ReferenceError> {
    let mut lines: Vec<&str> = output.lines().filter(|line| !line.trim().is_empty()).collect();
    if !lines.pop().is_some_and(|last| last.ends_with(" differences")) {
        return Err(ReferenceError::Broken(output.to_owned()));
    }
    lines.retain(|line| !FAULTS.contains(line));
    if lines.is_empty() {
        return Ok(());
    }
    Err(ReferenceError::Differs(lines.into_iter().map(ToOwned::to_owned).collect()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_faults_of_the_checker_are_no_differences() {
        let output = format!("{}\n91 operations; 5 differences\n", FAULTS.join("\n"));
        assert!(differences(&output).is_ok());
        assert!(differences("\n91 operations; 0 differences\n").is_ok());
        let real = "schema Site lacks property name";
        let error = differences(&format!("{}\n{real}\n91 operations; 2 differences\n", FAULTS[0])).unwrap_err();
        assert!(matches!(&error, ReferenceError::Differs(lines) if lines == &[real]), "{error}");
    }

    #[test]
    fn a_checker_that_breaks_off_is_no_success() {
        for output in ["", "Traceback (most recent call last):\nKeyError: 'paths'\n", FAULTS[0]] {
            assert!(matches!(differences(output), Err(ReferenceError::Broken(_))), "{output}");
        }
    }

    #[test]
    fn without_a_checker_there_is_nothing_to_compare() {
        assert!(compare(Path::new("/nowhere/at/all"), Path::new("document.yaml")).is_ok());
    }
}
