//! Why a command failed.
//!
//! A command gives a [`Failure`]; [`report`](crate::report) tells it to people or, as JSON, to programs.

use std::io;
use std::path::PathBuf;

use crate::CallError;
use crate::command::{Flag, Operation};
use crate::exit::Exit;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The flags of an operation do not make a request.
    #[error(transparent)]
    Call(#[from] CallError),
    /// Something in the command line or a setting cannot be used. The text names the culprit.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do, if that is not plain.
        advice: Option<String>,
    },
    /// There are no credentials, and the command needs them.
    #[error("{message}")]
    Credentials {
        /// What is missing.
        message: String,
        /// What to do.
        advice: String,
    },
    /// The call failed.
    #[error("{source}")]
    Client {
        /// The operation, where it was one of the document.
        operation: Option<&'static Operation>,
        /// The flags that were given for it.
        given: Vec<&'static Flag>,
        /// Why.
        source: Box<stora_client::Error>,
    },
    /// There is no mock where one was called.
    #[error("{message}")]
    NoMock {
        /// What is there instead.
        message: String,
        /// What to do.
        advice: String,
        /// Why it did not answer.
        source: Option<Box<stora_client::Error>>,
    },
    /// The mock in this process does not serve.
    #[cfg(feature = "mock")]
    #[error(transparent)]
    Mock(stora_mock::cli::ServeError),
    /// A file cannot be read or written.
    #[error("cannot {act} {}", path.display())]
    File {
        /// What was to be done with it.
        act: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The system's keyring did not do as asked.
    #[error("{message}")]
    Keyring {
        /// What it was asked for.
        message: String,
        /// What to do.
        advice: String,
        /// Why.
        source: keyring::Error,
    },
    /// Standard output cannot be written.
    #[error("cannot write to standard output")]
    Output(#[source] io::Error),
    /// Something else on this machine failed.
    #[error("{message}")]
    Local {
        /// What failed.
        message: String,
        /// Why.
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

impl Failure {
    /// A fault in the command line or a setting.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), advice: None }
    }

    /// The same, with what to do about it.
    pub(crate) fn usage_with_advice(message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), advice: Some(advice.into()) }
    }

    /// The same, with the operation that was called and the flags that were given for it.
    pub(crate) fn of(self, called: &'static Operation, flags: Vec<&'static Flag>) -> Self {
        match self {
            Self::Client { source, .. } => Self::Client { operation: Some(called), given: flags, source },
            other => other,
        }
    }

    /// A file cannot be read or written.
    pub(crate) fn file(act: &'static str, path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::File { act, path: path.into(), source }
    }

    /// Something on this machine failed.
    pub(crate) fn local(
        message: impl Into<String>,
        source: impl Into<Option<Box<dyn std::error::Error + Send + Sync>>>,
    ) -> Self {
        Self::Local { message: message.into(), source: source.into() }
    }

    /// Whether the reader of standard output went away, which is no fault: it had seen enough.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The exit code for it.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Call(_) | Self::Usage { .. } => Exit::Usage,
            Self::Credentials { .. } => Exit::Authentication,
            Self::Client { source, .. } => client_exit(source),
            Self::NoMock { .. } => Exit::Transport,
            #[cfg(feature = "mock")]
            Self::Mock(error) if error.exit_code() == Exit::Usage as u8 => Exit::Usage,
            #[cfg(feature = "mock")]
            Self::Mock(_) => Exit::Failed,
            Self::Output(_) if self.is_closed_pipe() => Exit::Done,
            Self::File { .. } | Self::Keyring { .. } | Self::Output(_) | Self::Local { .. } => Exit::Failed,
            Self::Interrupted => Exit::Interrupted,
        }
    }
}

impl From<stora_client::Error> for Failure {
    fn from(source: stora_client::Error) -> Self {
        Self::Client { operation: None, given: Vec::new(), source: Box::new(source) }
    }
}

/// The exit code for a call that failed.
fn client_exit(error: &stora_client::Error) -> Exit {
    use stora_client::Error;
    use stora_client::error::AuthError;
    match error.last() {
        Error::InvalidRequest(_) => Exit::Usage,
        // The service did not get to look at the credentials.
        Error::Auth(auth) => match &**auth {
            AuthError::Token(inner) if matches!(client_exit(inner), Exit::Transport) => Exit::Transport,
            _ => Exit::Authentication,
        },
        Error::Transport(_) | Error::Timeout(_) => Exit::Transport,
        _ if error.is_unauthorized() || error.is_forbidden() => Exit::Authentication,
        _ if error.is_not_found() => Exit::NotFound,
        _ => Exit::Failed,
    }
}
