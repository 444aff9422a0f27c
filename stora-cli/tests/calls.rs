//! What command lines ask for, and what is wrong with those that ask for nothing.

#![allow(clippy::unwrap_used)]

use std::error::Error as _;

use clap::error::ErrorKind;
use serde_json::{Value, json};
use stora_cli::{Call, CallError, command};

fn try_call(args: &[&str], mut stdin: &[u8]) -> Result<Call, CallError> {
    let args = std::iter::once("stora").chain(args.iter().copied());
    let matches = command().try_get_matches_from(args).unwrap_or_else(|error| panic!("{error}"));
    Call::from_matches(&matches, &mut stdin)
}

fn call(args: &[&str]) -> Call {
    try_call(args, b"").unwrap()
}

fn body(args: &[&str]) -> Value {
    call(args).body.unwrap()
}

/// What is wrong with the command line itself.
fn usage(args: &[&str]) -> (ErrorKind, String) {
    let error = command().try_get_matches_from(std::iter::once("stora").chain(args.iter().copied())).unwrap_err();
    (error.kind(), error.to_string())
}

fn pairs(call: &Call) -> Vec<(&str, &str)> {
    call.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[test]
fn a_list_takes_its_filters_from_flags() {
    let call = call(&[
        "contacts",
        "list",
        "--status",
        "lead,customer",
        "--status",
        "churned",
        "--limit",
        "100",
        "--email",
        "a@b.c",
    ]);
    assert_eq!((call.operation.id, call.operation.method), ("contact_list", "GET"));
    assert_eq!(pairs(&call), [("limit", "100"), ("status", "lead,customer,churned"), ("email", "a@b.c")]);
    assert_eq!((call.path_params, call.headers, call.body), (vec![], vec![], None));
}

#[test]
fn without_flags_nothing_is_sent_beyond_the_path() {
    let call = call(&["orders", "line-items", "list", "ord_1"]);
    assert_eq!(call.operation.id, "order_line_item_list");
    assert_eq!(call.path_params, [("order_id", "ord_1".to_owned())]);
    assert_eq!((call.query, call.headers, call.body), (vec![], vec![], None));
}

#[test]
fn arguments_fill_the_path_in_its_order() {
    let call = call(&["orders", "line-items", "delete", "ord_1", "li_2"]);
    assert_eq!(call.path_params, [("order_id", "ord_1".to_owned()), ("line_item_id", "li_2".to_owned())]);
}

#[test]
fn a_value_that_the_document_does_not_know_is_passed_on() {
    assert_eq!(pairs(&call(&["contacts", "list", "--status", "dormant"])), [("status", "dormant")]);
    assert_eq!(
        pairs(&call(&["orders", "show", "ord_1", "--expand", "contact,new.thing"])),
        [("expand", "contact,new.thing")]
    );
}

#[test]
fn pairs_in_a_query_are_written_with_brackets() {
    let call = call(&["webhook-endpoints", "list", "--metadata", "env=production", "--metadata", "team=a=b"]);
    assert_eq!(pairs(&call), [("metadata[env]", "production"), ("metadata[team]", "a=b")]);
}

#[test]
fn a_header_has_its_flag() {
    let call = call(&["deals", "win", "deal_1", "--idempotency-key", "k 1"]);
    assert_eq!(call.headers, [("Idempotency-Key", "k 1".to_owned())]);
    assert_eq!(call.body, None);
}

#[test]
fn properties_of_a_body_come_from_flags() {
    let sent = body(&[
        "contacts",
        "create",
        "--email",
        "ada@example.com",
        "--full-name",
        "12",
        "--type",
        "company",
        "--address",
        r#"{"city": "Leeds"}"#,
        "--metadata",
        "crm=7",
        "--metadata",
        "vip=",
    ]);
    let expected = json!({
        "email": "ada@example.com",
        "full_name": "12",
        "type": "company",
        "address": {"city": "Leeds"},
        "metadata": {"crm": "7", "vip": ""},
    });
    assert_eq!(sent, expected);
}

#[test]
fn references_are_given_by_id_or_as_json() {
    let args = ["orders", "create", "--site", "site_1", "--contact", r#"{"email": "a@b.c"}"#, "--starts-at", "now"];
    assert_eq!(body(&args), json!({"site": {"id": "site_1"}, "contact": {"email": "a@b.c"}, "starts_at": "now"}));
}

#[test]
fn a_list_in_a_body_is_given_whole_or_item_by_item() {
    let one_by_one = body(&["deals", "update", "deal_1", "--line-items", r#"{"a": 1}"#, "--line-items", r#"{"a": 2}"#]);
    let whole = body(&["deals", "update", "deal_1", "--line-items", r#"[{"a": 1}, {"a": 2}]"#]);
    assert_eq!(one_by_one, json!({"line_items": [{"a": 1}, {"a": 2}]}));
    assert_eq!(whole, one_by_one);
    assert_eq!(body(&["deals", "update", "deal_1", "--line-items", "[]"]), json!({"line_items": []}));
    let events = ["--event-types", "order.completed,invoice.paid", "--event-types", "unheard.of"];
    let sent = body(&[&["webhook-endpoints", "update", "wh_1"], events.as_slice()].concat());
    assert_eq!(sent, json!({"event_types": ["order.completed", "invoice.paid", "unheard.of"]}));
}

#[test]
fn null_is_said_by_naming_the_flag() {
    let sent = body(&[
        "contacts",
        "update",
        "con_1",
        "--null",
        "phone-number,tax-id",
        "--null",
        "address",
        "--email",
        "a@b.c",
    ]);
    assert_eq!(sent, json!({"email": "a@b.c", "phone_number": null, "tax_id": null, "address": null}));
}

#[test]
fn a_whole_body_is_taken_as_it_is_and_flags_win_over_it() {
    let whole = r#"{"email": "a@b.c", "full_name": "A", "new_property": [1]}"#;
    assert_eq!(body(&["contacts", "create", "--body", whole]), serde_json::from_str::<Value>(whole).unwrap());
    let sent = body(&["contacts", "create", "--body", whole, "--full-name", "B", "--null", "tax-id"]);
    assert_eq!(sent, json!({"email": "a@b.c", "full_name": "B", "new_property": [1], "tax_id": null}));
}

#[test]
fn a_body_can_stand_in_a_file_or_in_standard_input() {
    let file = std::env::temp_dir().join(format!("stora-cli-body-{}.json", std::process::id()));
    std::fs::write(&file, r#"{"email": "file@b.c"}"#).unwrap();
    let sent = body(&["contacts", "create", "--body", &format!("@{}", file.display())]);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(sent, json!({"email": "file@b.c"}));
    let call = try_call(&["contacts", "create", "--body", "-"], br#"{"email": "stdin@b.c"}"#).unwrap();
    assert_eq!(call.body, Some(json!({"email": "stdin@b.c"})));
}

#[test]
fn a_body_that_must_be_sent_is_sent_even_if_empty_and_another_is_not() {
    assert_eq!(call(&["contacts", "update", "con_1"]).body, Some(json!({})));
    assert_eq!(call(&["orders", "finalize", "ord_1"]).body, None);
    assert_eq!(body(&["orders", "finalize", "ord_1", "--finalize", "{}"]), json!({"finalize": {}}));
}

#[test]
fn a_body_of_several_forms_is_given_whole() {
    let line = r#"{"type": "product", "item": {"id": "prod_1"}, "quantity": 2}"#;
    let call = call(&["orders", "line-items", "create", "ord_1", "--body", line]);
    assert_eq!(call.body, Some(serde_json::from_str(line).unwrap()));
    let (kind, message) = usage(&["orders", "line-items", "create", "ord_1"]);
    assert_eq!(kind, ErrorKind::MissingRequiredArgument);
    assert!(message.contains("--body <BODY>"), "{message}");
}

#[test]
fn a_wrong_value_is_told_with_its_flag() {
    for (args, flag, reason) in [
        (&["contacts", "list", "--limit", "ten"][..], "'--limit <N>'", "it is not a whole number"),
        (
            &["contacts", "create", "--email", "a@b.c", "--address", "{city"],
            "'--address <JSON>'",
            "it is not JSON: key must be",
        ),
        (
            &["contacts", "create", "--email", "a@b.c", "--metadata", "x"],
            "'--metadata <KEY=VALUE>'",
            "it is neither KEY=VALUE nor",
        ),
        (&["orders", "create", "--site", "{"], "'--site <SITE_ID>'", "it is not JSON"),
    ] {
        let (kind, message) = usage(args);
        assert_eq!(kind, ErrorKind::ValueValidation, "{args:?}");
        assert!(message.contains(flag) && message.contains(reason), "{message}");
    }
}

#[test]
fn what_is_missing_or_unknown_is_told_by_name() {
    for (args, kind, part) in [
        (&["contacts", "create"][..], ErrorKind::MissingRequiredArgument, "--email"),
        (&["contacts", "show"], ErrorKind::MissingRequiredArgument, "<CONTACT_ID>"),
        (&["contacts", "list", "--colour", "red"], ErrorKind::UnknownArgument, "--colour"),
        (&["contacts", "lst"], ErrorKind::InvalidSubcommand, "list"),
        (&["contacts", "update", "con_1", "--null", "email"], ErrorKind::InvalidValue, "--null"),
        (&["deals"], ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand, "stages"),
    ] {
        let (found, message) = usage(args);
        assert_eq!(found, kind, "{message}");
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn a_body_that_cannot_be_made_is_told_with_its_flag() {
    let error = |args: &[&str]| try_call(args, b"nonsense").unwrap_err();
    let not_json = error(&["contacts", "create", "--body", "{"]);
    assert!(matches!(not_json, CallError::NotJson(_)) && not_json.source().is_some());
    assert_eq!(not_json.to_string(), "the body given by --body is not JSON");
    assert!(matches!(error(&["contacts", "create", "--body", "-"]), CallError::NotJson(_)));
    let no_file = error(&["contacts", "create", "--body", "@/no/such/file"]);
    assert_eq!(no_file.to_string(), "cannot read the body from the file /no/such/file, given by --body");
    let no_object = error(&["contacts", "create", "--body", "[]", "--email", "a@b.c"]);
    assert_eq!(
        no_object.to_string(),
        "the body given by --body is not an object, so that --email cannot be added to it"
    );
    let both = error(&["contacts", "update", "con_1", "--tax-id", "1", "--null", "tax-id"]);
    assert_eq!(both.to_string(), "--tax-id is given, and set to null by --null as well");
}

#[test]
fn a_command_that_is_not_from_the_document_is_no_call() {
    let matches = command().subcommand(clap::Command::new("whoami")).try_get_matches_from(["stora", "whoami"]).unwrap();
    assert!(matches!(Call::from_matches(&matches, &mut std::io::empty()), Err(CallError::NotAnOperation)));
}

#[test]
fn the_help_of_a_command_says_what_it_calls_and_needs() {
    let (kind, help) = usage(&["orders", "create", "--help"]);
    assert_eq!(kind, ErrorKind::DisplayHelp);
    for part in [
        "Calls POST /2025-09/orders.",
        "public.order:write",
        "--line-items <JSON>",
        "The site of the booking. (required)",
        "possible values: card",
    ] {
        assert!(help.contains(part), "{part}: {help}");
    }
}

#[test]
fn a_secret_is_not_in_what_debug_shows() {
    let args =
        ["oauth-2", "token-revoke", "--token", "hush", "--client-secret", "hush", "--body", r#"{"more": "hush"}"#];
    let shown = format!("{:?}", call(&args));
    assert!(!shown.contains("hush") && shown.contains("client_secret"), "{shown}");
}
