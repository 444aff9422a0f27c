//! Exit codes and messages for each kind of failure, and pipes that are closed.

#![allow(clippy::unwrap_used)]

mod support;

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use serde_json::Value;
use support::{Folder, READONLY, TOKEN, bare, ended, first, line, mock, run, stora};

/// The error that stands on standard error as JSON.
fn error(ended: support::Ended, code: i32) -> Value {
    let text = ended.failed(code);
    let value: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(value["error"]["exit_code"], code, "{value}");
    value["error"].clone()
}

#[test]
fn a_refusal_tells_the_flag_that_gave_the_value_and_the_id_of_the_request() {
    let failed = line("contacts create --email nonsense --full-name A").failed(1);
    for part in ["422", "invalid_content", "--email (/email): ", "request id: ", "`stora contacts create --help`"] {
        assert!(failed.contains(part), "{part}: {failed}");
    }
    let error = error(line("contacts create --email nonsense -o json"), 1);
    assert_eq!(
        (&error["kind"], &error["status"], &error["code"]),
        (&"api".into(), &422.into(), &"invalid_content".into())
    );
    assert_eq!((&error["details"][0]["pointer"], &error["details"][0]["flag"]), (&"/email".into(), &"--email".into()));
    assert!(error["request_id"].is_string());
    let by_body = run(["contacts", "create", "--body", r#"{"email": "nonsense"}"#]).failed(1);
    assert!(by_body.contains("  /email: "), "{by_body}");
    let of_query = line("contacts list --limit 1000").failed(1);
    assert!(of_query.contains("--limit"), "{of_query}");
}

#[test]
fn a_conflict_is_an_error_of_the_api() {
    line("contacts create --email twice@example.com").json();
    let error = error(line("contacts create --email twice@example.com -o json"), 1);
    assert_eq!((&error["status"], &error["code"]), (&409.into(), &"conflict".into()));
}

#[test]
fn what_is_not_there_is_not_found() {
    let failed = line("contacts show con_none").failed(5);
    assert!(failed.contains("404") && failed.contains("`stora contacts list`"), "{failed}");
    assert!(line("api GET /2025-09/nothing").failed(5).contains("request id"));
}

#[test]
fn credentials_that_are_missing_wrong_or_too_weak_are_told_apart() {
    let folder = Folder::new();
    let none = ended(bare(&folder).env("STORA_BASE_URL", mock()).args(["staff", "list"])).failed(4);
    assert!(none.contains("no credentials") && none.contains("stora login"), "{none}");
    let wrong = ended(stora(&folder).env("STORA_ACCESS_TOKEN", "wrong").args(["staff", "list"])).failed(4);
    assert!(wrong.contains("401") && wrong.contains("the environment (STORA_ACCESS_TOKEN)"), "{wrong}");
    let weak =
        ended(stora(&folder).env("STORA_ACCESS_TOKEN", READONLY).args(["contacts", "create", "--email", "a@b.co"]));
    let weak = weak.failed(4);
    assert!(weak.contains("403") && weak.contains("It takes the scope public.contact:write"), "{weak}");
}

#[test]
fn a_port_that_nobody_listens_at_is_a_fault_of_transport() {
    let folder = Folder::new();
    let mut command = stora(&folder);
    command.env("STORA_BASE_URL", "http://127.0.0.1:1").args(["staff", "list"]);
    let failed = ended(&mut command).failed(3);
    assert!(failed.contains("no connection") && failed.contains("the environment (STORA_BASE_URL)"), "{failed}");
    let error = error(ended(command.args(["-o", "json"])), 3);
    assert_eq!(error["kind"], "transport");
    // The token cannot be fetched for the same reason.
    let mut command = bare(&folder);
    command.env("STORA_CLIENT_ID", "a").env("STORA_CLIENT_SECRET", "b").args([
        "staff",
        "list",
        "--base-url",
        "http://127.0.0.1:1",
    ]);
    ended(&mut command).failed(3);
}

#[test]
fn a_command_line_that_cannot_be_used_sends_nothing() {
    for (words, part) in [
        ("contacts lst", "list"),
        ("contacts list --colour red", "--colour"),
        ("contacts list --limit ten", "it is not a whole number"),
        ("contacts create", "--email"),
        ("contacts create --body {", "not JSON"),
        ("contacts update con_1 --tax-id 1 --null tax-id", "--tax-id is given, and set to null"),
        ("contacts show ..", "cannot stand for CONTACT_ID"),
        ("staff list -o xml", "table, json, yaml, csv, ndjson"),
        ("nothing", "nothing"),
    ] {
        let failed = line(words).failed(2);
        assert!(failed.contains(part), "{words}: {failed}");
        if !words.contains("xml") {
            let error = error(line(&format!("{words} --output=json")), 2);
            assert!(error["message"].as_str().unwrap().contains(part), "{words}: {error}");
        }
    }
}

#[test]
fn help_names_groups_and_exit_codes_and_ends_well() {
    let help = line("--help").out();
    for part in ["contacts", "webhook-endpoints", "login", "Exit codes:", "--base-url", "not endorsed"] {
        assert!(help.contains(part), "{part}: {help}");
    }
    assert!(line("orders line-items create --help").out().contains("--dry-run"));
    assert!(line("--version").out().starts_with("stora 0."));
    assert_eq!(ended(bare(&Folder::new()).args(["contacts"])).code, 2);
}

#[test]
fn a_pipe_that_is_closed_is_no_error() {
    for words in [
        &["invoices", "list", "--all", "-o", "ndjson"][..],
        &["invoices", "list", "--all"],
        &["completion", "bash"],
        &["--help"],
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_stora"))
            .env_clear()
            .env("STORA_CONFIG", "/no/such/file")
            .env("STORA_BASE_URL", mock())
            .env("STORA_ACCESS_TOKEN", TOKEN)
            .args(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::with_capacity(1, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let mut messages = String::new();
        child.stderr.take().unwrap().read_to_string(&mut messages).unwrap();
        assert_eq!((child.wait().unwrap().code(), messages.as_str()), (Some(0), ""), "{words:?}");
        assert!(!first.is_empty(), "{words:?}");
    }
}

#[test]
fn nothing_is_written_to_a_full_device_without_a_word() {
    if !std::path::Path::new("/dev/full").exists() {
        return;
    }
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_stora"))
        .env_clear()
        .env("STORA_CONFIG", "/no/such/file")
        .env("STORA_BASE_URL", mock())
        .env("STORA_ACCESS_TOKEN", TOKEN)
        .args(["contacts", "list"])
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("cannot write to standard output"), "{message}");
}

#[test]
fn into_a_pipe_goes_no_colour_and_no_progress() {
    let ended = line("invoices list --all -o table");
    assert!(!ended.stdout.contains('\u{1b}') && ended.stderr.is_empty(), "{ended:?}");
    let folder = Folder::new();
    let forced = support::ended(
        stora(&folder).env("CLICOLOR_FORCE", "1").args(["contacts", "list", "--limit", "1", "-o", "json"]),
    );
    assert!(forced.out().contains("\u{1b}[1;34m\"contacts\""));
    let both = support::ended(
        stora(&folder).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1").args(["contacts", "show", "con_none"]),
    );
    assert!(!both.failed(5).contains('\u{1b}'));
    let _ = first("contacts list");
}
