//! Why a task failed.

use std::error::Error;
use std::fmt;

/// Why a task failed, and the exit code that says so: 1 for a check that does not hold, 2 for a document that cannot be used.
#[derive(Debug)]
pub struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    /// A failure with exit code 1.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 1 }
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        self.code
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<crate::document::DocumentError> for Failure {
    fn from(error: crate::document::DocumentError) -> Self {
        Self { message: error.to_string(), code: 2 }
    }
}

impl From<crate::tasks::coverage::CoverageError> for Failure {
    fn from(error: crate::tasks::coverage::CoverageError) -> Self {
        Self::new(chain(&error))
    }
}

impl From<crate::tasks::rules::RulesError> for Failure {
    fn from(error: crate::tasks::rules::RulesError) -> Self {
        Self::new(chain(&error))
    }
}

impl From<crate::tasks::run::RunError> for Failure {
    fn from(error: crate::tasks::run::RunError) -> Self {
        Self::new(chain(&error))
    }
}

impl From<crate::tasks::test::TestError> for Failure {
    fn from(error: crate::tasks::test::TestError) -> Self {
        Self::new(chain(&error))
    }
}

impl From<crate::tasks::validators::ValidatorError> for Failure {
    fn from(error: crate::tasks::validators::ValidatorError) -> Self {
        Self::new(chain(&error))
    }
}

/// An error with its causes.
fn chain(error: &dyn Error) -> String {
    let mut out = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        out.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    out
}
