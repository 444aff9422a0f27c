//! Every operation of the API as a command of the real binary, against the real mock.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::HashSet;

use stora_cli::COMMANDS;
use stora_cli::command::{Flag, Kind, Operation};
use support::{Folder, ended, first, line, mock, read, run, stora};

/// Some value for a flag.
fn value(flag: &Flag) -> String {
    let of_kind = match flag.kind {
        Kind::Integer | Kind::Number => "1",
        Kind::Boolean => "true",
        Kind::Json => "{}",
        Kind::Pairs => "a=b",
        Kind::Reference(_) => "x_1",
        Kind::Text(_) => flag.values.first().copied().unwrap_or("text"),
    };
    of_kind.to_owned()
}

/// A command line for an operation, with all that it needs.
fn words(row: &Operation, secret: &str) -> Vec<String> {
    let mut words: Vec<String> = row.command_path().map(str::to_owned).collect();
    words.extend(row.positionals.iter().map(|_| "x_1".to_owned()));
    for flag in row.flags.iter().filter(|flag| flag.required) {
        let value = if row.group == ["oauth-2"] && flag.name == "token" { secret.to_owned() } else { value(flag) };
        words.push(format!("--{}={value}", flag.name));
    }
    if row.body.is_some_and(|body| body.required) && row.properties().next().is_none() {
        words.push("--body={}".to_owned());
    }
    words
}

#[test]
fn every_operation_says_as_a_line_for_curl_what_it_would_send() {
    let folder = Folder::new();
    let secret = format!("@{}", folder.write("secret", "hush\n").display());
    for row in &COMMANDS {
        let out = ended(stora(&folder).args(words(row, &secret)).arg("--dry-run")).out();
        let path = row.path.replace("{", "\u{0}").split('\u{0}').next().unwrap().to_owned();
        assert!(out.starts_with(&format!("curl -X {} ", row.method)), "{}: {out}", row.id);
        assert!(out.contains(&format!("{}{path}", mock())), "{}: {out}", row.id);
        assert_eq!(out.contains("Authorization: Bearer $STORA_ACCESS_TOKEN"), !row.open, "{}: {out}", row.id);
        assert!(!out.contains("hush") && !out.contains(support::TOKEN), "{}: {out}", row.id);
    }
}

#[test]
fn every_operation_that_reads_reads() {
    let mut ran: HashSet<&str> = HashSet::new();
    let reads = COMMANDS.iter().filter(|row| row.method == "GET" && !row.produces.is_empty());
    for row in reads.clone() {
        let list = [row.group, &["list"]].concat().join(" ");
        let mut words: Vec<String> = row.command_path().map(str::to_owned).collect();
        match row.positionals {
            [] => {}
            [one] if one.wire == "order_id" => words.push(first("orders list")),
            // Other tests make contacts and remove them.
            [one] if one.wire == "contact_id" => words.push(first("contacts list --status customer")),
            [_] => words.push(first(&list)),
            _ => panic!("{} takes more than an id", row.id),
        }
        let answer = run(&words).json();
        let properties = answer.as_object().unwrap();
        assert_eq!(properties.contains_key("meta"), row.group != ["oauth-2"], "{}: {answer}", row.id);
        if row.paged {
            assert!(answer["meta"]["pagination"]["count"].is_number(), "{}: {answer}", row.id);
        }
        ran.insert(row.id);
    }
    assert_eq!(ran.len(), reads.count());
}

#[test]
fn every_list_has_a_table_csv_and_a_line_per_item() {
    for row in COMMANDS.iter().filter(|row| row.paged) {
        let mut words: Vec<String> = row.command_path().map(str::to_owned).collect();
        if !row.positionals.is_empty() {
            words.push(first("orders list"));
        }
        let with = |format: &str| run(words.iter().map(String::as_str).chain(["--limit", "2", "-o", format])).out();
        let (table, csv, lines) = (with("table"), with("csv"), with("ndjson"));
        assert!(table.starts_with("ID "), "{}: {table}", row.id);
        assert!(csv.starts_with("id,") || csv.starts_with("id\n"), "{}: {csv}", row.id);
        let count = lines.lines().count();
        assert!((1..=2).contains(&count), "{}: {lines}", row.id);
        assert_eq!(table.lines().count(), count + 1, "{}: {table}", row.id);
        for item in lines.lines() {
            assert!(serde_json::from_str::<serde_json::Value>(item).unwrap()["id"].is_string(), "{}", row.id);
        }
    }
}

#[test]
fn a_thing_is_made_shown_changed_and_removed() {
    let made = line("contacts create --email made@example.com --metadata crm=7").json();
    let id = made["contact"]["id"].as_str().unwrap().to_owned();
    let changed = run(["contacts", "update", &id, "--full-name", "Ada Example"]).json();
    assert_eq!(changed["contact"]["full_name"], "Ada Example");
    let cleared = run(["contacts", "update", &id, "--null", "full-name"]).json();
    assert!(cleared["contact"]["full_name"].is_null());
    let table = run(["contacts", "show", &id, "-o", "table"]).out();
    assert!(table.contains("made@example.com") && table.contains("metadata.crm"), "{table}");
    run(["contacts", "delete", &id]).out();
    run(["contacts", "show", &id]).failed(5);
}

#[test]
fn a_body_comes_from_a_file_or_from_standard_input() {
    let folder = Folder::new();
    let file = folder.write("body.json", r#"{"email": "file@example.com"}"#);
    let sent = run(["contacts", "create", "--body", &format!("@{}", file.display()), "--jq", ".contact.email"]);
    assert_eq!(sent.out(), "file@example.com\n");
    let sent = ended(
        stora(&folder)
            .args(["contacts", "create", "--body", "-", "--jq", ".contact.email"])
            .write_stdin(r#"{"email": "stdin@example.com"}"#),
    );
    assert_eq!(sent.out(), "stdin@example.com\n");
}

#[test]
fn a_repeat_with_the_same_key_is_made_once() {
    let words = ["contacts", "create", "--email", "key@example.com", "--idempotency-key", "k-1", "--jq", ".contact.id"];
    let (one, two) = (run(words).out(), run(words).out());
    assert_eq!(one, two);
    assert!(one.starts_with("con_"), "{one}");
}

#[test]
fn references_are_shown_in_full_where_that_is_asked_for() {
    let plain = line("units list --limit 1 --jq .units[0].unit_type.name").out();
    let whole = line("units list --limit 1 --expand unit_type,site --jq .units[0].unit_type.name").out();
    assert_eq!(plain, "null\n");
    assert!(!whole.starts_with("null"), "{whole}");
    let table = line("units list --limit 1 --expand unit_type -o table --columns id,unit_type.name").out();
    assert!(table.starts_with("ID") && table.contains("UNIT TYPE NAME"), "{table}");
}

#[test]
fn all_pages_are_fetched_whatever_the_format() {
    let count: usize = line("invoices list --limit 1 --jq .meta.pagination.count").out().trim().parse().unwrap();
    assert!(count > 200, "{count}: too few for several pages");
    let ids = |out: String| out.lines().map(str::to_owned).collect::<HashSet<_>>().len();
    assert_eq!(line("invoices list --all --jq .invoices|length").out(), format!("{count}\n"));
    assert_eq!(ids(line("invoices list --all -o ndjson --jq .id").out()), count);
    assert_eq!(ids(line("invoices list --all -o table --columns id").out()), count + 1);
    assert_eq!(ids(line("invoices list --all -o csv --columns id").out()), count + 1);
    let csv = line("invoices list --all -o csv").out();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let all: HashSet<String> = reader.records().map(|record| record.unwrap()[0].to_owned()).collect();
    assert_eq!(all.len(), count);
    let json = line("invoices list --all").json();
    assert_eq!(json["invoices"].as_array().unwrap().len(), count);
    assert!(json.get("meta").is_none(), "what is said of the last page is not true of all");
    let rest = line("invoices list --all --page 3 --jq .invoices|length").out().trim().parse::<usize>().unwrap();
    assert_eq!(rest, count - 200);
}

#[test]
fn a_pdf_goes_to_a_file_or_into_a_pipe() {
    let (folder, id) = (Folder::new(), first("invoices list"));
    let file = folder.path("invoice.pdf");
    run(["invoices", "show", &id, "--output-file", file.to_str().unwrap()]).out();
    assert!(std::fs::read(&file).unwrap().starts_with(b"%PDF-"));
    assert!(run(["invoices", "show", &id, "--pdf"]).bytes.starts_with(b"%PDF-"));
    assert!(run(["invoices", "show", &id, "--output-file", "-"]).bytes.starts_with(b"%PDF-"));
    let missing = folder.path("none.pdf");
    run(["invoices", "show", "inv_none", "--output-file", missing.to_str().unwrap()]).failed(5);
    assert_eq!(std::fs::read_dir(folder.path("")).unwrap().count(), 1, "what failed leaves nothing");
    let failed = run(["invoices", "show", &id, "--output-file", "/no/such/folder/x.pdf"]).failed(1);
    assert!(failed.contains("/no/such/folder/x.pdf"), "{failed}");
}

#[test]
fn a_picture_is_followed_to_its_bytes() {
    let folder = Folder::new();
    let address = line("sites list --limit 1 --jq .sites[0].images.default.small").out();
    let words: Vec<&str> = address.trim().rsplit('/').collect();
    let (name, token) = (words[0], words[1]);
    let file = folder.path("site.png");
    run(["images", "show", token, name, "--output-file", file.to_str().unwrap()]).out();
    assert!(std::fs::read(&file).unwrap().starts_with(b"\x89PNG"));
    assert!(run(["images", "show", token, name]).bytes.starts_with(b"\x89PNG"));
    let place = run(["images", "show", token, name, "-o", "json"]).json();
    assert!(place["location"].as_str().unwrap().starts_with("http"), "{place}");
}

#[test]
fn tokens_are_made_examined_and_revoked() {
    let folder = Folder::new();
    let body = r#"{"grant_type": "client_credentials", "client_id": "stora-mock-client", "client_secret": "stora-mock-secret", "scope": "public.contact:read"}"#;
    // Whoever asks for a token has none.
    let made = ended(
        support::bare(&folder)
            .env("STORA_BASE_URL", mock())
            .args(["oauth-2", "token-create", "--body", "-", "--jq", ".access_token"])
            .write_stdin(body),
    );
    let token = folder.write("token", &made.out());
    let place = format!("@{}", token.display());
    let active = |place: &str| run(["oauth-2", "token-introspect", "--token", place, "--jq", ".active"]).out();
    assert_eq!(active(&place), "true\n");
    let secret = format!("@{}", folder.write("secret", "stora-mock-secret").display());
    run(["oauth-2", "token-revoke", "--token", &place, "--client-id", "stora-mock-client", "--client-secret", &secret])
        .out();
    assert_eq!(active(&place), "false\n");
    let refused = run(["oauth-2", "token-introspect", "--token", read(&token).trim()]).failed(2);
    assert!(refused.contains("--token @FILE") && !refused.contains(read(&token).trim()), "{refused}");
}

#[test]
fn the_page_for_consent_is_told_by_its_address() {
    let place = run([
        "oauth-2",
        "authorization-show",
        "--response-type=code",
        "--client-id=stora-mock-client",
        "--redirect-uri=http://localhost:3000/callback",
        "--scope=no.such:scope",
        "--state=s1",
    ])
    .json();
    let location = place["location"].as_str().unwrap();
    assert!(location.contains("error=invalid_scope") && location.contains("state=s1"), "{location}");
}
