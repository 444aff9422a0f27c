//! `stora spec`: the document and its parts.

use serde_json::Value;
use stora_cli::COMMANDS;

use crate::harness::{Run, run, stora};

fn done(args: &[&str]) -> String {
    let args: Vec<&str> = ["spec"].iter().chain(args).copied().collect();
    let Run { code, stdout, stderr } = run(stora(&args));
    assert_eq!(code, Some(0), "{args:?}: {stderr}");
    stdout
}

#[test]
fn the_document_is_printed_as_it_is_checked_in() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/2025-09.yaml");
    assert_eq!(done(&[]).trim_end(), std::fs::read_to_string(file).unwrap().trim_end());
    let json: Value = serde_json::from_str(&done(&["-o", "json"])).unwrap();
    let operations: usize = json["paths"]
        .as_object()
        .unwrap()
        .values()
        .map(|item| item.as_object().unwrap().values().filter(|operation| operation["operationId"].is_string()).count())
        .sum();
    assert_eq!(operations, COMMANDS.len());
}

#[test]
fn a_part_is_printed_as_yaml_or_json() {
    let part: Value = serde_json::from_str(&done(&["contact_list", "-o", "json"])).unwrap();
    assert_eq!(part["paths"]["/2025-09/contacts"]["get"]["operationId"], "contact_list");
    assert!(part["components"]["schemas"]["Contact"].is_object());
    assert!(part["components"]["schemas"].get("Invoice").is_none());
    let by_command: Value = serde_saphyr::from_str(&done(&["contacts", "list"])).unwrap();
    assert_eq!(by_command["paths"], part["paths"]);
    let event: Value = serde_json::from_str(&done(&["invoice.paid", "-o", "json"])).unwrap();
    assert!(event["webhooks"]["invoice.paid"]["post"].is_object());
    let schema: Value = serde_json::from_str(&done(&["--schema", "Contact", "-o", "json"])).unwrap();
    assert_eq!(schema["components"]["schemas"]["Contact"], part["components"]["schemas"]["Contact"]);
}

#[test]
fn the_operations_are_listed() {
    let list = done(&["--list"]);
    assert_eq!(list.lines().count(), COMMANDS.len());
    for row in &COMMANDS {
        assert!(list.lines().any(|line| line.starts_with(row.id) && line.contains(row.path)), "{}", row.id);
    }
    let rows: Value = serde_json::from_str(&done(&["--list", "-o", "json"])).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), COMMANDS.len());
}

#[test]
fn what_the_document_does_not_have_is_refused_with_what_is_near() {
    for (args, near) in [(&["contact_lst"][..], "contact_list"), (&["--schema", "Contct"], "Contact")] {
        let args: Vec<&str> = ["spec"].iter().chain(args).copied().collect();
        let refused = run(stora(&args));
        assert_eq!(refused.code, Some(2), "{}", refused.stderr);
        assert!(refused.stderr.contains(near), "{}", refused.stderr);
    }
}
