//! What staff and customers do, by the commands of the control API and by the short ones.

use std::path::PathBuf;

use serde_json::Value;
use stora_cli::CONTROL_COMMANDS;

use crate::harness::{LONG, Mock, Process, run, stora};

const SEED: &str = "
contacts:
  - {key: ann, email: ann@example.com, full_name: Ann Onym}
sites:
  - key: hull
    name: Hull
    address: {line_1: 1 Dock Road, city: Hull, postal_code: HU1 1AA}
unit_types:
  - {key: small, site_id: hull, name: 25 sq ft, base_prices: {monthly: 8000}}
units:
  - {unit_type_id: small, reference_id: A1}
  - {unit_type_id: small, reference_id: A2}
orders:
  - {key: one, site_id: hull, contact_id: ann, status: finalized, billing_period: monthly,
     line_items: [{type: unit_type, item_id: small}]}
";

/// A file that is gone when this is dropped.
struct File(PathBuf);

impl Drop for File {
    fn drop(&mut self) {
        // It need not have been made.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl File {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("stora-cli-{}-{name}", std::process::id())))
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

fn contacts(mock: &Mock) -> usize {
    mock.done(&["contacts", "list", "--limit", "100", "-o", "json"])["contacts"].as_array().unwrap().len()
}

#[test]
fn the_clock_is_shown_and_set_and_moved() {
    let mock = Mock::start(&["--empty"]);
    let clock = |args: &[&str]| {
        let args: Vec<&str> = ["mock", "clock"].iter().chain(args).copied().collect();
        let answer = mock.done(&args);
        // What was done on the way is told around the clock.
        let clock = if answer["clock"].is_object() { &answer["clock"] } else { &answer };
        (clock["now"].as_str().unwrap().to_owned(), clock["running"].as_str().unwrap().to_owned())
    };
    let at = |now: &str, running: &str| (now.to_owned(), running.to_owned());
    assert_eq!(clock(&[]), at("2026-03-10T12:00:00Z", "standing"));
    assert_eq!(clock(&["--advance", "P30D"]), at("2026-04-09T12:00:00Z", "standing"));
    assert_eq!(clock(&["advance", "--by", "PT1H"]), at("2026-04-09T13:00:00Z", "standing"));
    assert_eq!(clock(&["--to", "2026-05-01T00:00:00Z"]), at("2026-05-01T00:00:00Z", "standing"));
    assert_eq!(clock(&["--set", "2026-06-01T00:00:00Z"]), at("2026-06-01T00:00:00Z", "standing"));
    let (now, running) = clock(&["--run"]);
    assert!(now.starts_with("2026-06-01T00:00"), "{now}");
    assert_eq!(running, "real");
    assert_eq!(clock(&["--freeze"]).1, "standing");
    assert_eq!(clock(&["show"]).1, "standing");
    assert_eq!(mock.run(&["mock", "clock", "--freeze", "--run"]).code, Some(2));
    assert_eq!(mock.run(&["mock", "clock", "--to", "2026-07-01T00:00:00Z", "--advance", "P1D"]).code, Some(2));
    let refused = mock.run(&["mock", "clock", "--advance", "soon"]);
    assert_eq!(refused.code, Some(1));
    assert_eq!(mock.run(&["mock", "clock", "--operator", "nobody"]).code, Some(5));
}

#[test]
fn a_seed_file_is_loaded_and_its_order_paid_once_the_bank_agrees() {
    let mock = Mock::start(&["--empty"]);
    let file = File::new("seed.yaml");
    std::fs::write(&file.0, SEED).unwrap();
    mock.done(&["mock", "seed", file.path()]);
    let orders = |status: &str| {
        let answer = mock.done(&["orders", "list", "--status", status, "-o", "json"]);
        answer["orders"]
            .as_array()
            .unwrap()
            .iter()
            .map(|order| order["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let finalized = orders("finalized");
    let [id] = finalized.as_slice() else { panic!("{finalized:?}") };
    let declined = mock.run(&["mock", "pay", id, "--decline"]);
    assert_eq!(orders("finalized"), std::slice::from_ref(id), "{}{}", declined.stdout, declined.stderr);
    assert_eq!(mock.done(&["mock", "pay", id])["order"]["status"], "completed");
    assert_eq!(orders("completed"), std::slice::from_ref(id));
    let again = mock.run(&["mock", "orders", "pay", id]);
    assert_eq!(again.code, Some(1), "{}", again.stderr);
    assert_eq!(mock.run(&["mock", "pay", "ord_0000000000000000"]).code, Some(5));
    let missing = mock.run(&["mock", "seed", "/nowhere/at/all.yaml"]);
    assert_eq!(missing.code, Some(1));
    assert!(missing.stderr.contains("/nowhere/at/all.yaml"), "{}", missing.stderr);
}

#[test]
fn a_reset_puts_everything_back() {
    let mock = Mock::start(&["--empty"]);
    mock.contact("ann");
    assert_eq!(contacts(&mock), 1);
    assert_eq!(mock.done(&["mock", "reset"])["now"], "2026-03-10T12:00:00Z");
    assert_eq!(contacts(&mock), 0);
    mock.contact("ben");
    mock.done(&["mock", "operators", "reset", "--operator", "demo"]);
    assert_eq!(contacts(&mock), 0);
}

#[test]
fn faults_are_made_by_kind_and_act_as_often_as_is_said() {
    let mock = Mock::start(&["--empty"]);
    let made = mock.done(&["mock", "fault", "status", "503", "--operation", "site_list", "--times", "9"]);
    assert_eq!(made["fault"]["kind"], "status", "{made}");
    let failed = mock.run(&["sites", "list", "--timeout", "2"]);
    assert_ne!(failed.code, Some(0));
    assert!(mock.done(&["contacts", "list", "-o", "json"])["contacts"].is_array(), "it is about sites alone");
    mock.done(&["mock", "faults", "latency", "1", "--method", "GET"]);
    mock.done(&["mock", "faults", "connection-reset", "--path", "/nowhere"]);
    mock.done(&["mock", "faults", "truncated-body", "3", "--path", "/nowhere"]);
    mock.done(&["mock", "faults", "answer-lost", "--path", "/nowhere"]);
    mock.done(&["mock", "faults", "not-saved", "--path", "/nowhere", "--probability", "0.5"]);
    let json = r#"{"kind": "status", "status": 429, "retry_after": 3}"#;
    mock.done(&["mock", "faults", "create", "--path", "/nowhere", "--fault", json]);
    let status = mock.done(&["mock", "faults", "status", "429", "--retry-after", "7", "--path", "/nowhere"]);
    assert_eq!(status["fault"]["retry_after"], 7, "{status}");
    let list = mock.done(&["mock", "faults", "list"]);
    let kinds: Vec<&str> =
        list["faults"].as_array().unwrap().iter().map(|rule| rule["fault"]["kind"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        ["status", "latency", "connection_reset", "truncated_body", "answer_lost", "not_saved", "status", "status"]
    );
    mock.done(&["mock", "faults", "delete", &made["id"].to_string()]);
    assert_eq!(mock.done(&["mock", "faults", "list"])["faults"].as_array().unwrap().len(), 7);
    mock.done(&["mock", "faults", "clear"]);
    assert_eq!(mock.done(&["mock", "faults", "list"])["faults"].as_array().unwrap().len(), 0);
    assert_eq!(mock.run(&["mock", "faults", "status", "200"]).code, Some(1), "the mock refuses it");
    assert_eq!(mock.run(&["mock", "faults", "status", "much"]).code, Some(2));
}

#[test]
fn the_journal_tells_what_was_called_and_what_a_miss_was_near_to() {
    let mock = Mock::start(&["--empty"]);
    mock.contact("ann");
    miss(&mock, "/2025-09/contact");
    let journal = mock.done(&["mock", "journal"]);
    let entries = journal["entries"].as_array().unwrap();
    assert_eq!(entries[1]["operation"], "contact_create");
    assert_eq!((&entries[0]["operation"], &entries[0]["status"]), (&Value::Null, &404.into()));
    assert_eq!(entries[0]["near_miss"]["operation"], "contact_list");
    assert!(entries[1].get("near_miss").is_none());
    let only = mock.done(&["mock", "journal", "--status", "4xx", "--limit", "1"]);
    assert_eq!(only["entries"].as_array().unwrap().len(), 1);
    assert_eq!(mock.done(&["mock", "journal", "list", "--method", "post"])["entries"].as_array().unwrap().len(), 1);
    mock.done(&["mock", "journal", "clear"]);
    assert_eq!(mock.done(&["mock", "journal"])["entries"].as_array().unwrap().len(), 0);
}

#[test]
fn the_journal_is_followed_until_ctrl_c() {
    let mock = Mock::start(&["--empty"]);
    let mut follow = Process::start(mock.command(&["mock", "journal", "--follow"]));
    for name in ["ann", "ben", "cid"] {
        mock.contact(name);
        let entry = follow.json();
        assert_eq!(entry["operation"], "contact_create");
        assert_eq!(entry["request_body"]["full_name"], name);
    }
    follow.signal("INT");
    assert_eq!(follow.end(), Some(130));
}

#[test]
fn a_snapshot_goes_to_a_file_or_by_a_name_and_comes_back() {
    let folder = std::env::temp_dir().join(format!("stora-cli-snapshots-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mock = Mock::start(&["--empty", "--snapshots", folder.to_str().unwrap()]);
    mock.contact("ann");
    let file = File::new("snapshot.json");
    assert_eq!(mock.done(&["mock", "snapshot", "save", file.path()])["file"], file.path());
    assert_eq!(mock.done(&["mock", "snapshots", "save", "with-ann"])["name"], "with-ann");
    mock.contact("ben");
    mock.done(&["mock", "snapshot", "load", file.path()]);
    assert_eq!(contacts(&mock), 1);
    mock.contact("ben");
    mock.done(&["mock", "snapshot", "load", "with-ann"]);
    assert_eq!(contacts(&mock), 1);
    let list = mock.done(&["mock", "snapshot", "list"]);
    assert_eq!(list["snapshots"][0]["name"], "with-ann");
    let streamed = mock.run(&["mock", "snapshot", "save", "-"]);
    assert_eq!(streamed.stdout, std::fs::read_to_string(&file.0).unwrap());
    mock.done(&["mock", "snapshots", "delete", "with-ann"]);
    assert_eq!(mock.run(&["mock", "snapshot", "load", "with-ann"]).code, Some(5));
    assert_eq!(mock.run(&["mock", "snapshot", "load", "/nowhere/at/all.json"]).code, Some(1));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn every_act_of_the_control_api_has_a_command_that_tells_of_itself() {
    for operation in &CONTROL_COMMANDS {
        let path: Vec<&str> = ["mock"].into_iter().chain(operation.command_path()).chain(["--help"]).collect();
        let help = run(stora(&path));
        assert_eq!(help.code, Some(0), "{path:?}: {}", help.stderr);
        assert!(help.stdout.contains("Usage: stora mock"), "{path:?}: {}", help.stdout);
    }
}

/// Calls an operation that there is not.
fn miss(mock: &Mock, path: &str) {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(mock.url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: mock\r\nauthorization: Bearer stora-mock-demo-token\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
}
