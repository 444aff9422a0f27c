//! What is exercised of the document: each process of tests writes down which operations it got which statuses from.
//!
//! `cargo xtask coverage` sets the variable [`FOLDER`], and reads what was written.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The variable of the environment that names the folder to write to. Nothing is written where it is not set.
pub const FOLDER: &str = "STORA_COVERAGE";

/// Notes that an operation answered with a status.
///
/// # Panics
/// When it cannot be written down: what is missing in the report must be missing in the tests.
pub fn note(operation: &str, status: u16) {
    static NOTES: OnceLock<Option<Notes>> = OnceLock::new();
    let notes = NOTES.get_or_init(|| {
        let folder = std::env::var_os(FOLDER)?;
        let notes = Notes::in_folder(Path::new(&folder));
        Some(notes.unwrap_or_else(|error| panic!("{FOLDER} is {}: {error}", folder.display())))
    });
    if let Some(Err(error)) = notes.as_ref().map(|notes| notes.add(operation, status)) {
        panic!("{operation} {status} cannot be noted: {error}");
    }
}

/// A file of this process alone, with a line for each operation and status: `contact_show 404`.
#[derive(Debug)]
struct Notes(Mutex<Written>);

#[derive(Debug)]
struct Written {
    file: File,
    pairs: HashSet<(String, u16)>,
}

impl Notes {
    fn in_folder(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let program = std::env::current_exe()?;
        let program = program.file_stem().unwrap_or_default().display();
        let path = folder.join(format!("{program}-{}.txt", std::process::id()));
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self(Mutex::new(Written { file, pairs: HashSet::new() })))
    }

    /// Writes a line the first time that a pair is seen, whole and at once.
    fn add(&self, operation: &str, status: u16) -> io::Result<()> {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !written.pairs.insert((operation.to_owned(), status)) {
            return Ok(());
        }
        written.file.write_all(format!("{operation} {status}\n").as_bytes())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn each_pair_is_written_once_however_many_threads_see_it() {
        let folder = std::env::temp_dir().join(format!("stora-coverage-{}", std::process::id()));
        let notes = Notes::in_folder(&folder).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (200..300).for_each(|status| notes.add("contact_show", status).unwrap()));
            }
        });
        let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        let text = fs::read_to_string(&files[0]).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(files.len(), 1);
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        assert_eq!(lines, (200..300).map(|status| format!("contact_show {status}")).collect::<Vec<_>>());
    }

    #[test]
    fn a_folder_that_cannot_be_is_an_error() {
        let program = std::env::current_exe().unwrap();
        assert!(Notes::in_folder(&program).is_err());
    }
}
