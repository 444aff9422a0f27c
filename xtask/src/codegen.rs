//! `cargo xtask codegen`: load → lower → model → emit → write, or compare with what is there.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::document::Document;
use crate::emit::tables::CommandTable;
use crate::emit::{self, ClientSettings, Files};
use crate::lower::{self, Report};
use crate::model::{self, Model};
use crate::{Failure, document, tasks};

/// What to generate and where to.
#[derive(clap::Args)]
pub struct Options {
    /// Write nothing; exit 1 and name the file if what is there is not what would be written.
    #[arg(long)]
    check: bool,
    /// Generate a crate of its own from this document instead. Needs --out.
    #[arg(long, value_name = "FILE", requires = "out")]
    spec: Option<PathBuf>,
    /// The folder of the crate that is made from --spec.
    #[arg(long, value_name = "DIR", requires = "spec")]
    out: Option<PathBuf>,
    /// List what is not generated, or only loosely, for the document of this workspace too.
    #[arg(long, short)]
    verbose: bool,
}

/// Runs the task.
///
/// # Errors
/// When the document is broken (exit code 2), or a file cannot be written (exit code 1).
pub fn run(options: &Options) -> Result<ExitCode, Failure> {
    let (files, target, folders) = match (&options.spec, &options.out) {
        (Some(spec), Some(out)) => {
            let Read { model, mut report, .. } = read(spec)?;
            let files = emit::standalone::standalone(&model, &mut report)?;
            tell(&report, model.operations.len(), true);
            (files, out.clone(), vec!["src".to_owned()])
        }
        _ => {
            let root = tasks::workspace_root()?;
            let Read { document, model, mut report } = read(&root.join(tasks::DOCUMENT))?;
            let control = read(&root.join(tasks::CONTROL_DOCUMENT))?;
            let files = workspace_files(&document, &model, &control.model, &mut report)?;
            tell(&report, model.operations.len(), options.verbose);
            tell(&control.report, control.model.operations.len(), options.verbose);
            (files, root, GENERATED.iter().map(|folder| (*folder).to_owned()).collect())
        }
    };
    if options.check { check(&files, &target, &folders) } else { write(&files, &target, &folders) }
}

/// The crate of this workspace that holds the models, as others import it.
const CLIENT: &str = "stora_client";

/// The folders of this workspace that hold generated files and nothing else.
const GENERATED: &[&str] =
    &["stora-client/src/generated", "stora-mock/src/generated", "stora-cli/src/generated", "tests/src/generated"];

/// A document, with what was made of it.
pub(crate) struct Read {
    /// The document as it was written.
    pub(crate) document: Document,
    /// What it means.
    pub(crate) model: Model,
    /// What is not generated, or only loosely.
    pub(crate) report: Report,
}

pub(crate) fn read(file: &Path) -> Result<Read, Failure> {
    let document = document::load(file)?;
    let lowered = lower::lower(&document)?;
    Ok(Read { model: model::build(&lowered.root), document, report: lowered.report })
}

/// Every generated file of this workspace by its path: from its document, and from that of the control API.
pub(crate) fn workspace_files(
    document: &Document,
    model: &Model,
    control: &Model,
    report: &mut Report,
) -> Result<Files, Failure> {
    let settings = ClientSettings { own_client: true };
    let commands = [
        CommandTable { module: "commands", prefix: "", model },
        CommandTable { module: "control", prefix: "CONTROL_", model: control },
    ];
    let mut files = Files::new();
    for (folder, modules) in GENERATED.iter().zip([
        emit::client_modules(model, &settings, report)?,
        emit::tables::mock(model, document),
        emit::tables::cli(&commands),
        emit::conformance::conformance(model, CLIENT),
    ]) {
        files.extend(modules.into_iter().map(|(path, text)| (format!("{folder}/{path}"), text)));
    }
    Ok(files)
}

/// Says what is not generated, each with its place and the reason, and how much that is.
fn tell(report: &Report, operations: usize, verbose: bool) {
    for (title, items) in [("left out", &report.left_out), ("with a looser type", &report.widened)] {
        if verbose && !items.is_empty() {
            eprintln!("{title}:");
            items.iter().for_each(|item| eprintln!("  {}: {}", item.pointer, item.reason));
        }
    }
    let refused = report.left_out.iter().filter(|item| item.reason.starts_with("the operation is left out")).count();
    eprintln!(
        "{} of {operations} operations; {} other things left out, {} with a looser type",
        operations - refused,
        report.left_out.len() - refused,
        report.widened.len()
    );
}

fn check(files: &Files, target: &Path, folders: &[String]) -> Result<ExitCode, Failure> {
    let mut drifted: Vec<String> = files
        .iter()
        .filter(|(path, text)| std::fs::read_to_string(target.join(path)).ok().as_ref() != Some(*text))
        .map(|(path, _)| path.clone())
        .collect();
    drifted.extend(strangers(files, target, folders)?);
    for path in &drifted {
        println!("{path} is not what `cargo xtask codegen` writes");
    }
    Ok(if drifted.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn write(files: &Files, target: &Path, folders: &[String]) -> Result<ExitCode, Failure> {
    let failed = |path: &Path, error: std::io::Error| Failure::new(format!("{}: {error}", path.display()));
    for stranger in strangers(files, target, folders)? {
        let path = target.join(stranger);
        // Only what was generated is taken away; a file that somebody put here stays.
        let is_ours = std::fs::read_to_string(&path).is_ok_and(|text| text.starts_with(emit::MARK.trim_end()));
        if is_ours {
            std::fs::remove_file(&path).map_err(|error| failed(&path, error))?;
        }
    }
    for (path, text) in files {
        let path = target.join(path);
        if std::fs::read_to_string(&path).ok().as_ref() == Some(text) {
            continue;
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
        }
        std::fs::write(&path, text).map_err(|error| failed(&path, error))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Files in the generated folders that are not generated (any more).
fn strangers(files: &Files, target: &Path, folders: &[String]) -> Result<Vec<String>, Failure> {
    let mut out = Vec::new();
    for folder in folders {
        let mut work = vec![PathBuf::from(folder)];
        while let Some(folder) = work.pop() {
            let Ok(entries) = std::fs::read_dir(target.join(&folder)) else { continue };
            for entry in entries {
                let entry = entry.map_err(|error| Failure::new(error.to_string()))?;
                let path = folder.join(entry.file_name());
                if entry.path().is_dir() {
                    work.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let path = path.to_string_lossy().replace('\\', "/");
                    if !files.contains_key(&path) {
                        out.push(path);
                    }
                }
            }
        }
    }
    out.sort();
    Ok(out)
}
