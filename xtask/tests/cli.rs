//! The tasks as a user runs them: what they print and the exit code they end with.

#![allow(clippy::expect_used, reason = "a test that cannot set up its files may stop there")]

use std::path::{Path, PathBuf};
use std::process::Command;

struct Done {
    code: Option<i32>,
    out: String,
    err: String,
}

fn xtask(args: &[&str]) -> Done {
    let done = Command::new(env!("CARGO_BIN_EXE_xtask")).args(args).current_dir(root()).output().expect("xtask runs");
    Done {
        code: done.status.code(),
        out: String::from_utf8_lossy(&done.stdout).into_owned(),
        err: String::from_utf8_lossy(&done.stderr).into_owned(),
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn scratch(name: &str, text: &str) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("a file can be written");
    path.to_string_lossy().into_owned()
}

fn document() -> String {
    std::fs::read_to_string(root().join("openapi/2025-09.yaml")).expect("the document can be read")
}

#[test]
fn what_is_checked_in_is_what_the_document_gives() {
    let done = xtask(&["codegen", "--check"]);
    assert_eq!((done.code, done.out.as_str()), (Some(0), ""), "{}", done.err);
    assert!(done.err.contains("91 of 91 operations"), "{}", done.err);
}

#[test]
fn the_document_passes_our_own_rules_and_a_faulty_one_does_not() {
    let done = xtask(&["lint"]);
    assert_eq!(done.code, Some(0), "{}", done.out);
    let faulty = document().replacen("operationId: contact_list\n", "operationId: ListContacts\n", 1);
    let done = xtask(&["lint", &scratch("faulty.yaml", &faulty)]);
    assert_eq!(done.code, Some(1));
    let line = done.out.lines().find(|line| line.contains("ListContacts")).expect("a line names the culprit");
    assert!(line.starts_with("/paths/~12025-09~1contacts/get"), "{line}");
}

#[test]
fn a_difference_is_classed_and_only_a_breaking_one_fails() {
    let same = xtask(&["spec", "diff", "openapi/2025-09.yaml", "openapi/2025-09.yaml"]);
    assert_eq!(same.code, Some(0), "{}", same.out);

    let less = document().replacen("        - full_name\n", "", 1);
    assert_ne!(less, document());
    let done = xtask(&["spec", "diff", "openapi/2025-09.yaml", &scratch("less.yaml", &less), "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&done.out).expect("the report is JSON");
    let classes: Vec<&str> =
        report["changes"].as_array().expect("a list").iter().filter_map(|c| c["class"].as_str()).collect();
    assert!(!classes.is_empty(), "{report}");
    assert_eq!(done.code, Some(i32::from(classes.contains(&"breaking"))), "{report}");

    let gone = document().replacen("operationId: contact_show\n", "operationId: contact_read\n", 1);
    let done = xtask(&["spec", "diff", "openapi/2025-09.yaml", &scratch("gone.yaml", &gone)]);
    assert_eq!(done.code, Some(1), "{}", done.out);
    assert!(done.out.contains("contact_read"), "{}", done.out);
}

#[test]
fn a_document_that_cannot_be_used_is_exit_code_2_everywhere() {
    let broken = scratch(
        "broken.yaml",
        "openapi: 3.1.1\npaths: {/a: {get: {operationId: a, responses: {'200': {$ref: '#/x'}}}}}\n",
    );
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("never");
    let done = xtask(&["codegen", "--spec", &broken, "--out", &out.to_string_lossy()]);
    assert_eq!(done.code, Some(2));
    assert!(done.err.contains("/paths/~1a/get/responses/200"), "{}", done.err);
    assert!(!out.exists());
    for args in
        [["lint", "no-such-file.yaml"].as_slice(), &["spec", "diff", "no-such-file.yaml", "openapi/2025-09.yaml"]]
    {
        let done = xtask(args);
        assert_eq!(done.code, Some(2), "{args:?}");
        assert!(done.err.contains("no-such-file.yaml"), "{}", done.err);
    }
}

#[test]
fn every_rule_that_the_mock_cites_is_described() {
    let done = xtask(&["rules"]);
    assert!(done.out.starts_with("A1 "), "{}{}", done.out, done.err);
    assert!(!done.err.contains("is no rule of"), "{}", done.err);
}

/// What `coverage` says of tests that wrote this.
fn exercised(name: &str, wrote: &str) -> Done {
    let folder = format!("exercised-{name}");
    std::fs::create_dir_all(Path::new(env!("CARGO_TARGET_TMPDIR")).join(&folder)).expect("a folder can be made");
    let file = scratch(&format!("{folder}/mock-1.txt"), wrote);
    let folder = Path::new(&file).parent().expect("the file is in the folder").to_string_lossy().into_owned();
    xtask(&["coverage", "--from", &folder, "--format", "json"])
}

#[test]
fn what_is_not_exercised_any_more_or_not_in_the_document_is_named_and_fails() {
    let all = std::fs::read_to_string(root().join("tests/coverage.txt")).expect("the file can be read");
    let done = exercised("all", &all);
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""), "{}", done.out);
    let report: serde_json::Value = serde_json::from_str(&done.out).expect("the report is JSON");
    assert_eq!(report["operations"].as_array().map(Vec::len), Some(91));

    let (gone, rest) = all.split_once('\n').expect("there is a line");
    let done = exercised("less", rest);
    assert_eq!(done.code, Some(1));
    assert!(done.err.starts_with(&format!("error: {gone} is not exercised any more\n")), "{}", done.err);
    assert!(done.err.contains("cargo xtask coverage --write"), "{}", done.err);

    let done = exercised("beyond", &format!("{all}contact_show 418\n"));
    assert_eq!(done.code, Some(1));
    assert_eq!(done.err, "error: contact_show answered 418, which the document does not have\n");

    let done = exercised("nothing", "");
    assert_eq!(done.code, Some(1));
    assert!(done.err.contains("no test wrote anything"), "{}", done.err);
}
