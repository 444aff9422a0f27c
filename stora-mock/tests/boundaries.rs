//! The boundaries between the parts of this crate: what may be used where.

use std::fs;
use std::path::{Path, PathBuf};

/// A part of the crate: a folder below `src`.
struct Part {
    name: &'static str,
    /// What it may use of this crate.
    uses: &'static [&'static str],
    /// Crates that it does without.
    without: &'static [&'static str],
}

const PARTS: [Part; 3] = [
    // The business knows neither HTTP nor JSON.
    Part { name: "domain", uses: &["domain", "store"], without: &["axum", "serde_json", "stora_client", "tokio"] },
    Part { name: "store", uses: &["domain", "store"], without: &["axum", "serde_json", "stora_client", "tokio"] },
    // What every call passes knows no business, but for ids, moments and that it can refuse.
    Part {
        name: "contract",
        uses: &["contract", "generated", "domain::ids", "domain::time", "domain::refusal"],
        without: &["axum", "tokio"],
    },
];

#[test]
fn no_part_reaches_beyond_its_boundaries() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut breaches = Vec::new();
    for part in PARTS {
        let files = modules(&src.join(part.name).join("mod.rs"));
        assert!(files.len() > 5, "{} has {} files", part.name, files.len());
        for file in files {
            let text = product(&file);
            let lines = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
            for (number, line) in lines.filter(|(_, line)| part.is_left_by(line)) {
                breaches.push(format!("{}:{}: {}", file.display(), number + 1, line.trim()));
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

impl Part {
    fn is_left_by(&self, line: &str) -> bool {
        let leads_out = |rest: &str| {
            let within = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
            !self.uses.iter().any(|module| rest.strip_prefix(module).is_some_and(within))
        };
        let starts_word = |at: usize| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let names = |name: &&str| line.match_indices(&format!("{name}::")).any(|(at, _)| starts_word(at));
        line.split("crate::").skip(1).any(leads_out) || self.without.iter().any(names)
    }
}

/// The file of a module and those of the modules below it, without what is for tests alone.
fn modules(file: &Path) -> Vec<PathBuf> {
    let text = product(file);
    let stem = file.with_extension("");
    let folder = if stem.ends_with("mod") { stem.with_file_name("") } else { stem };
    let mut found = vec![file.to_owned()];
    let mut is_for_tests = false;
    for line in text.lines() {
        let name = line.rsplit_once("mod ").and_then(|(_, name)| name.strip_suffix(';'));
        if let Some(name) = name.filter(|_| !is_for_tests) {
            let flat = folder.join(name).with_extension("rs");
            found.extend(modules(&if flat.exists() { flat } else { folder.join(name).join("mod.rs") }));
        }
        is_for_tests = line == "#[cfg(test)]";
    }
    found
}

/// What a file holds before the tests at its end.
fn product(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let begins_tests = |rest: &str| rest.lines().next().is_some_and(|line| line.ends_with("mod tests {"));
    let marker = "\n#[cfg(test)]\n";
    let end = text.match_indices(marker).map(|(at, _)| at).find(|at| begins_tests(&text[at + marker.len()..]));
    text[..end.unwrap_or(text.len())].to_owned()
}
