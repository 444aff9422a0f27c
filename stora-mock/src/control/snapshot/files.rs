//! Snapshots in a folder of the server, by name.
//!
//! A snapshot is written beside its place and then moved there, so that one that cannot be written whole leaves the one before it as
//! it was.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;

use super::super::{ClockState, ControlError, OperatorControl};
use crate::contract::error::{ApiError, Code, Detail};

/// A snapshot in the folder of the server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct SavedSnapshot {
    /// Its name.
    pub name: String,
    /// How long it is.
    pub bytes: u64,
}

/// The snapshots in the folder of the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SavedSnapshots {
    /// The snapshots, by name.
    pub snapshots: Vec<SavedSnapshot>,
}

/// What follows the name of a snapshot in the name of its file.
const SUFFIX: &str = ".json";
/// The longest name.
const LONGEST_NAME: usize = 100;

impl OperatorControl {
    /// The snapshots in the folder of the server, whichever operators they were taken of; none where it has no folder.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn saved_snapshots(&self) -> Result<SavedSnapshots, ControlError> {
        let Some(folder) = self.server.options.snapshots.as_deref() else {
            return Ok(SavedSnapshots { snapshots: Vec::new() });
        };
        let read = || -> io::Result<Vec<SavedSnapshot>> {
            let mut snapshots = Vec::new();
            for entry in fs::read_dir(folder)? {
                let entry = entry?;
                let name = entry.file_name().to_str().and_then(|name| name.strip_suffix(SUFFIX)).map(str::to_owned);
                let name = name.filter(|name| is_name(name));
                if let Some(name) = name {
                    snapshots.push(SavedSnapshot { name, bytes: entry.metadata()?.len() });
                }
            }
            snapshots.sort();
            Ok(snapshots)
        };
        Ok(SavedSnapshots { snapshots: read().map_err(|error| failed("The folder cannot be read", &error))? })
    }

    /// Saves the whole state in the folder of the server, in place of a snapshot of the same name.
    ///
    /// # Errors
    /// A name that is none; a conflict when the server has no folder for snapshots; a snapshot that cannot be written, on a full
    /// disk for one: the one before it is still there then.
    pub fn save_snapshot(&self, name: &str) -> Result<SavedSnapshot, ControlError> {
        let path = self.path(name)?;
        let snapshot = self.snapshot();
        let aside = path.with_extension("part");
        let written =
            File::create(&aside).and_then(|file| write(file, &snapshot)).and_then(|()| fs::rename(&aside, &path));
        written.map_err(|error| {
            // What is left of it is of no use, and may be what filled the disk. It may not even be there.
            let _ = fs::remove_file(&aside);
            failed("The snapshot cannot be written", &error)
        })?;
        Ok(SavedSnapshot { name: name.to_owned(), bytes: snapshot.len() as u64 })
    }

    /// Puts what a saved snapshot holds in the place of all that there is, as [`restore`](Self::restore) does.
    ///
    /// # Errors
    /// Not found; a conflict when the server has no folder for snapshots; otherwise as [`restore`](Self::restore).
    pub fn restore_saved(&self, name: &str) -> Result<ClockState, ControlError> {
        let snapshot = fs::read(self.path(name)?).map_err(|error| lost("The snapshot cannot be read", &error))?;
        self.restore(&snapshot)
    }

    /// Removes a saved snapshot.
    ///
    /// # Errors
    /// Not found; a conflict when the server has no folder for snapshots; a file that cannot be removed.
    pub fn delete_saved(&self, name: &str) -> Result<(), ControlError> {
        fs::remove_file(self.path(name)?).map_err(|error| lost("The snapshot cannot be removed", &error))
    }

    fn folder(&self) -> Result<&Path, ControlError> {
        let none = "The server was started without a folder for snapshots; `--snapshots DIR` names one.";
        self.server.options.snapshots.as_deref().ok_or_else(|| ControlError::conflict(none))
    }

    fn path(&self, name: &str) -> Result<PathBuf, ControlError> {
        let folder = self.folder()?;
        if is_name(name) {
            return Ok(folder.join(format!("{name}{SUFFIX}")));
        }
        let reason = format!("A name has up to {LONGEST_NAME} letters, digits, hyphens and underscores.");
        Err(ApiError::invalid_params(vec![Detail::new("/name", reason)]).into())
    }
}

/// Whether a text can be the name of a file in every system, and nothing but that.
fn is_name(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(is_plain)
}

/// Writes a snapshot to where it is kept, which is known to have happened only once the system says so.
fn write(mut file: File, snapshot: &[u8]) -> io::Result<()> {
    file.write_all(snapshot)?;
    file.sync_all()
}

/// A failure of the system that the mock runs on.
fn failed(what: &str, error: &io::Error) -> ControlError {
    ApiError::new(Code::InternalServerError).with_message(format!("{what}: {error}.")).into()
}

fn lost(what: &str, error: &io::Error) -> ControlError {
    if error.kind() == io::ErrorKind::NotFound { ControlError::not_found() } else { failed(what, error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        for name in ["a", "before-move-in_2", "2026-03-02", &"n".repeat(100)] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", ".", "..", "a/b", "a.b", "a b", "ä", "a\0", "C:", &"n".repeat(101)] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_told_of() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let error = write(full, b"a snapshot").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        let refused = failed("The snapshot cannot be written", &error);
        assert_eq!((refused.status(), refused.code()), (500, "internal_server_error"));
        assert!(refused.to_string().contains("No space left"), "{refused}");
    }
}
