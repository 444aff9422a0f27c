//! How `stora` ends.

use std::process::ExitCode;

/// What the exit code of `stora` tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// 0: done.
    Done = 0,
    /// 1: the API refused, or something failed on this machine.
    Failed = 1,
    /// 2: the command line, a setting or a value in it cannot be used. Nothing was sent.
    Usage = 2,
    /// 3: the request or its answer did not get through.
    Transport = 3,
    /// 4: there are no credentials, or they do not count (401), or they lack a scope (403).
    Authentication = 4,
    /// 5: there is no such thing (404).
    NotFound = 5,
    /// 130: interrupted by Ctrl-C.
    Interrupted = 130,
}

/// The exit codes for the help.
pub(crate) const HELP: &str = "\
Exit codes:
  0    done
  1    the API refused, or something failed on this machine
  2    the command line or a setting cannot be used; nothing was sent
  3    the request or its answer did not get through
  4    no credentials, or they do not count (401), or lack a scope (403)
  5    not found (404)
  130  interrupted";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
