//! The examples of the client, run as their readers run them: as programs, against a mock that was started before.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use stora_mock::control::journal::JournalQuery;
use stora_mock::{DEMO_TOKEN, MockServer};

/// Those that call no service.
const ALONE: [&str; 1] = ["webhook_receiver"];

/// Builds the examples, and gives where each lies. What is built already is not built again.
fn built() -> Vec<(String, PathBuf)> {
    let output = Command::new(env!("CARGO"))
        .args([
            "build",
            "--package",
            "stora-client",
            "--examples",
            "--all-features",
            "--message-format",
            "json-render-diagnostics",
        ])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut programs: Vec<(String, PathBuf)> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|message| message.pointer("/target/kind/0").is_some_and(|kind| kind == "example"))
        .filter_map(|message| {
            Some((message["target"]["name"].as_str()?.to_owned(), message["executable"].as_str()?.into()))
        })
        .collect();
    programs.sort();
    programs
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_example_runs_against_the_mock() {
    let sources = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../stora-client/examples")).unwrap();
    let mut sources: Vec<String> =
        sources.map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    sources.sort();
    let programs = tokio::task::spawn_blocking(built).await.unwrap();
    assert_eq!(programs.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(), sources);

    for (name, program) in programs {
        // One of its own for each, so that none sees what another left.
        let mock = MockServer::start().await.unwrap();
        let mut command = Command::new(program);
        command.env_clear().env("STORA_BASE_URL", mock.url());
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        let told = format!(
            "{name}: {}\n{}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(output.status.success() && !output.stdout.is_empty(), "{told}");
        assert!(!told.contains(DEMO_TOKEN), "{told}");
        let calls = mock.control().journal(&JournalQuery::default()).entries.len();
        assert!(calls > 0 || ALONE.contains(&name.as_str()), "{told}");
        println!("{told}");
    }
}
