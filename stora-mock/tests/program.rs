//! The program: what it refuses to start with, and how it says so.

#![allow(clippy::unwrap_used, reason = "a test fails by panics")]

use std::process::{Command, Output};

/// Runs the program with arguments with which it does not start.
fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stora-mock")).args(arguments).output().unwrap()
}

/// What it writes to stderr when it refuses its arguments: nothing listens, and the code is that of a wrong use.
fn refusal(arguments: &[&str]) -> String {
    let output = run(arguments);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), b"".as_slice()), "{arguments:?}: {told}");
    told
}

#[test]
fn arguments_that_cannot_be_are_refused_by_name() {
    for (arguments, name) in [
        (["--port", "99999"], "--port"),
        (["--port", "-1"], "--port"),
        (["--seed", "-1"], "--seed"),
        (["--journal", "-1"], "--journal"),
        (["--body-limit", "1k"], "--body-limit"),
        (["--clock", "2026-02-30T00:00:00Z"], "--clock"),
        (["--rate-limit", "10/h"], "--rate-limit"),
        (["--host", "nowhere"], "--host"),
        (["--control-token", ""], "control token"),
        (["--public-url", "nowhere"], "public URL"),
        (["--seed-file", "no-such-file.yaml"], "no-such-file.yaml"),
    ] {
        let told = refusal(&arguments);
        assert!(told.contains(name), "{arguments:?}: {told}");
    }
    assert!(refusal(&["--host", "0.0.0.0", "--port", "0"]).contains("control token"));
}

#[test]
fn a_broken_seed_file_is_refused_with_the_place_of_every_fault() {
    let path = std::env::temp_dir().join(format!("stora-mock-program-{}.json", std::process::id()));
    std::fs::write(&path, r#"{"contacts": [{"email": 7}], "moons": []}"#).unwrap();
    let told = refusal(&["--port", "0", "--seed-file", path.to_str().unwrap()]);
    std::fs::remove_file(&path).unwrap();
    for part in [path.to_str().unwrap(), "/contacts/0/email: ", "/moons: "] {
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn the_schema_of_seed_files_is_one() {
    let output = run(&["schema"]);
    assert!(output.status.success());
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(jsonschema::meta::is_valid(&schema) && schema["properties"]["sites"].is_object());
}
