//! The generator against documents of every shape: the hard ones compile, the broken ones are refused with their place.

#![allow(clippy::expect_used, reason = "a test that cannot set up its files may stop there")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs `xtask codegen --spec FILE --out DIR`.
fn generate(spec: &Path, out: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["codegen", "--spec"])
        .arg(spec)
        .arg("--out")
        .arg(out)
        .output()
        .expect("xtask runs")
}

fn fixtures(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml" || extension == "json"))
        .collect();
    files.sort();
    files
}

/// A folder under `target` for what a test makes.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

fn crate_name(spec: &Path) -> String {
    let name = spec.file_name().unwrap_or_default().to_string_lossy().replace(['.', '_'], "-");
    format!("fixture-{name}")
}

/// The hard documents, each with the number of its operations, counted by hand.
const HARD: &[(&str, usize)] = &[
    ("allof.yaml", 4),
    ("bodies.json", 44),
    ("bom_crlf.json", 1),
    ("bom_crlf.yaml", 1),
    ("commerce.json", 11),
    ("components_only.json", 0),
    ("descriptions.yaml", 2),
    ("empty_paths.yaml", 0),
    ("enums.yaml", 3),
    ("ids_and_anchors.yaml", 4),
    ("names.json", 35),
    ("names_unicode.yaml", 25),
    ("objects.yaml", 7),
    ("parameters.yaml", 13),
    ("recursion.yaml", 4),
    ("refs.yaml", 8),
    ("responses.yaml", 55),
    ("types31.json", 4),
    ("unions.yaml", 3),
    ("webhooks_only.yaml", 0),
    ("wild.yaml", 19),
    ("yaml_exotic.yaml", 1),
    ("yaml_syntax.yaml", 3),
];

#[test]
fn every_hard_document_gives_a_crate_that_compiles() {
    let folder = scratch("hard");
    let mut members = Vec::new();
    for spec in fixtures(".") {
        let name = crate_name(&spec);
        let out = folder.join(&name);
        let done = generate(&spec, &out);
        let told = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.success(), "{name}: {told}");
        assert!(!told.contains("panicked"), "{name}: {told}");
        let file = spec.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let expected = HARD.iter().find(|(name, _)| *name == file).map(|(_, operations)| *operations);
        let client = std::fs::read_to_string(out.join("src/generated/client.rs")).expect("a client is written");
        assert_eq!(
            Some(client.matches("pub async fn send(").count()),
            expected,
            "{name}: an operation is missing: {told}"
        );
        let manifest = std::fs::read_to_string(out.join("Cargo.toml")).expect("a manifest is written");
        let own = manifest.lines().find(|line| line.starts_with("name = ")).expect("it names the crate").to_owned();
        let manifest = manifest.replace(&own, &format!("name = \"{name}\"")).replace("\n[workspace]\n", "\n");
        std::fs::write(out.join("Cargo.toml"), manifest).expect("the manifest can be written");
        members.push(format!("\"{name}\""));
    }
    assert_eq!(members.len(), HARD.len(), "{members:?}");
    let workspace = format!("[workspace]\nresolver = \"3\"\nmembers = [{}]\n", members.join(", "));
    std::fs::write(folder.join("Cargo.toml"), workspace).expect("the workspace can be written");
    // The same versions as this workspace has: nothing else needs to be fetched, and a release elsewhere breaks nothing.
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    std::fs::copy(lock, folder.join("Cargo.lock")).expect("the lock file can be copied");
    for features in [["--features", "client"].as_slice(), &[]] {
        let check = Command::new(env!("CARGO"))
            .args(["check", "--quiet", "--workspace", "--no-default-features"])
            .args(features)
            .current_dir(&folder)
            .env("CARGO_TARGET_DIR", folder.join("target"))
            .output()
            .expect("cargo runs");
        assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
    }
}

#[test]
fn every_broken_document_is_refused_with_its_place() {
    let folder = scratch("broken");
    let specs = fixtures("broken");
    assert!(specs.len() >= 8);
    for spec in specs {
        let name = spec.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&spec).expect("the fixture can be read");
        let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
        let (pointer, words) = first
            .split_once("expect:")
            .and_then(|(_, expected)| expected.trim().split_once(' '))
            .unwrap_or_else(|| panic!("{name}: the first line says what to expect"));
        // JSON has no comments: what it is expected to do is taken off before.
        let input = folder.join(&name);
        std::fs::write(&input, if name.ends_with(".json") { rest } else { &text }).expect("a file can be written");
        let out = folder.join(format!("{name}.out"));
        let done = generate(&input, &out);
        let told = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(2), "{name}: {told}");
        let place = if pointer == "-" { "the document" } else { pointer };
        assert!(told.contains(place), "{name}: expected {place} in: {told}");
        for word in words.split_whitespace() {
            assert!(told.to_lowercase().contains(&word.to_lowercase()), "{name}: expected `{word}` in: {told}");
        }
        assert!(!told.contains("panicked"), "{name}: {told}");
        assert!(!out.exists(), "{name}: something was written");
    }
}

#[test]
fn a_text_of_format_password_is_a_secret() {
    let out = scratch("secret").join("out");
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/objects.yaml");
    assert!(generate(&spec, &out).status.success());
    let objects = std::fs::read_to_string(out.join("src/generated/objects.rs")).expect("models are written");
    for part in [
        "pub password: crate::Nullable<crate::Secret>",
        "tri_state password \"password\": crate::Nullable<crate::Secret>",
        "pub secret: String",
    ] {
        assert!(objects.contains(part), "{part}");
    }
}

#[test]
fn generating_twice_changes_nothing() {
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/commerce.json");
    let folder = scratch("twice");
    let read = |out: &Path| {
        let mut files = Vec::new();
        let mut work = vec![out.to_owned()];
        while let Some(folder) = work.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok) {
                match entry.path() {
                    path if path.is_dir() => work.push(path),
                    path => files.push((
                        path.strip_prefix(out).expect("below it").to_owned(),
                        std::fs::read(&path).expect("a file"),
                    )),
                }
            }
        }
        files.sort();
        files
    };
    let (one, two) = (folder.join("one"), folder.join("two"));
    assert!(generate(&spec, &one).status.success());
    assert!(generate(&spec, &two).status.success());
    assert_eq!(read(&one), read(&two));
    // And `--check` says so, and names what is not as it was written.
    let check = |out: &Path| {
        let done = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(["codegen", "--check", "--spec"])
            .arg(&spec)
            .arg("--out")
            .arg(out)
            .output()
            .expect("xtask runs");
        (done.status.code(), String::from_utf8_lossy(&done.stdout).into_owned())
    };
    assert_eq!(check(&one), (Some(0), String::new()));
    let ids = one.join("src/generated/ids.rs");
    std::fs::write(&ids, "// changed\n").expect("a file can be changed");
    let (code, told) = check(&one);
    assert_eq!(code, Some(1));
    assert!(told.contains("src/generated/ids.rs"), "{told}");
    assert!(generate(&spec, &one).status.success());
    assert_eq!(read(&one), read(&two));
}
