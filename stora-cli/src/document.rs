//! Documents: a PDF or a picture, into a file or to standard output.

use std::io::Write as _;
use std::path::Path;

use stora_client::Document;

use crate::failure::Failure;
use crate::output::write_bytes;
use crate::terminal::Terminal;

/// Refuses to write a document to a terminal, which it would garble.
pub(crate) fn refuse_terminal(terminal: Terminal, file: Option<&str>) -> Result<(), Failure> {
    if terminal.stdout && file.is_none_or(|file| file == "-") {
        return Err(Failure::usage_with_advice(
            "a document is not written to a terminal",
            "Save it with --output-file FILE, or send it into a pipe.",
        ));
    }
    Ok(())
}

/// Writes a document to a file, or to standard output.
pub(crate) async fn save(mut document: Document, file: Option<&str>) -> Result<(), Failure> {
    let Some(file) = file.filter(|file| *file != "-") else {
        while let Some(chunk) = document.chunk().await? {
            write_bytes(&chunk)?;
        }
        return Ok(());
    };
    // A document that breaks off must not stand in the place of a whole one.
    let beside = format!("{file}.{}.part", std::process::id());
    let done = fill(&mut document, Path::new(&beside)).await;
    let done = done.and_then(|()| std::fs::rename(&beside, file).map_err(|error| Failure::file("write", file, error)));
    if done.is_err() {
        // It may not even be there.
        let _ = std::fs::remove_file(&beside);
    }
    done
}

async fn fill(document: &mut Document, path: &Path) -> Result<(), Failure> {
    let failed = |error| Failure::file("write", path, error);
    let mut out = std::fs::File::create(path).map_err(failed)?;
    while let Some(chunk) = document.chunk().await? {
        out.write_all(&chunk).map_err(failed)?;
    }
    out.flush().map_err(failed)
}
