//! The models alone, for those who take events or keep records: no HTTP client, no async runtime.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::process::Command;

use conformance::document::workspace;

const MODELS: [&str; 5] = ["-p", "stora-client", "--no-default-features", "--features", "types"];

#[test]
fn the_models_compile_by_themselves() {
    let (succeeded, _, errors) = cargo(&["check", "--quiet"], &[]);
    assert!(succeeded && !errors.contains("warning"), "{errors}");
}

#[test]
fn the_models_bring_neither_an_http_client_nor_a_runtime() {
    let (succeeded, tree, errors) = cargo(&["tree"], &["-e", "normal", "--prefix", "none", "--format", "{p}"]);
    assert!(succeeded, "{errors}");
    let packages: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(packages.contains(&"stora-client") && packages.contains(&"serde"), "{tree}");
    for heavy in ["reqwest", "hyper", "tokio", "progenitor-client", "futures-core", "rustls", "openssl"] {
        assert!(!packages.contains(&heavy), "`{heavy}` is among what the models bring:\n{tree}");
    }
}

/// Runs cargo beside the one that runs this test: with a folder of its own, or each would wait for the other.
fn cargo(command: &[&str], arguments: &[&str]) -> (bool, String, String) {
    let target = option_env!("CARGO_TARGET_TMPDIR").map_or_else(|| workspace().join("target"), PathBuf::from);
    let output = Command::new(env!("CARGO"))
        .current_dir(workspace())
        .args(command)
        .args(MODELS)
        .args(["--offline", "--locked"])
        .args(arguments)
        .env("CARGO_TARGET_DIR", target.join("models"))
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}
