//! What goes to standard output: formats, columns, jq, and `stora api`.

#![allow(clippy::unwrap_used)]

mod support;

use serde_json::Value;
use support::{Folder, ended, first, line, mock, run, stora};

#[test]
fn into_a_pipe_goes_the_answer_as_json() {
    let answer = line("staff list --limit 1").json();
    assert!(answer["staff"][0]["id"].as_str().unwrap().starts_with("staff_"));
    assert_eq!(line("staff list --limit 1 -o json").json()["staff"], answer["staff"]);
}

#[test]
fn yaml_says_the_same_as_json() {
    let yaml = line("units list --limit 2 -o yaml").out();
    let answer: Value = serde_saphyr::from_str(&yaml).unwrap();
    assert_eq!(answer["units"], line("units list --limit 2").json()["units"]);
}

#[test]
fn columns_are_paths_into_an_item() {
    let table = line("orders list --limit 1 -o table --columns id,total.amount,total --columns contact").out();
    let head: Vec<&str> =
        table.lines().next().unwrap().split("  ").map(str::trim).filter(|title| !title.is_empty()).collect();
    assert_eq!(head, ["ID", "TOTAL AMOUNT", "TOTAL", "CONTACT"]);
    let row: Vec<&str> = table.lines().nth(1).unwrap().split_whitespace().collect();
    assert!(row[0].starts_with("order_") && row[1].parse::<i64>().is_ok() && row[2].starts_with('£'), "{table}");
    assert!(row[3].starts_with("con_"), "{table}");
    let csv = line("orders list --limit 1 -o csv --columns id,total.amount").out();
    assert_eq!(csv.lines().next(), Some("id,total.amount"));
    let failed = line("orders list -o json --columns id").failed(2);
    assert!(failed.contains("--columns is for tables and CSV"), "{failed}");
}

#[test]
fn csv_comes_from_the_service_where_it_has_it_and_is_made_here_where_not() {
    let theirs = line("units list --limit 2 -o csv").out();
    let ours = line("units list --limit 2 -o csv --jq .units").out();
    assert_eq!(theirs.lines().count(), 3);
    let ids = |csv: &str| -> Vec<String> {
        csv::Reader::from_reader(csv.as_bytes()).records().map(|record| record.unwrap()[0].to_owned()).collect()
    };
    assert_eq!(ids(&theirs), ids(&ours));
    let single = run(["contacts", "show", &first("contacts list --status customer"), "-o", "csv"]).out();
    assert!(single.starts_with("id,address.city,") && single.lines().count() == 2, "{single}");
}

#[test]
fn jq_gives_texts_as_they_are_and_the_rest_as_json() {
    assert!(line("contacts list --limit 1 --jq .contacts[0].email").out().contains('@'));
    let object = line("contacts list --limit 1 --jq .contacts[0]|{id,status}").out();
    assert!(object.starts_with(r#"{"id":"con_"#) && object.lines().count() == 1, "{object}");
    let table = line("contacts list --limit 2 -o table --jq .contacts[]|{id,mail:.email}").out();
    assert!(table.starts_with("ID ") && table.contains("MAIL") && table.lines().count() == 3, "{table}");
    let lines = line("contacts list --limit 2 -o ndjson --jq {id}").out();
    assert_eq!(lines.lines().count(), 2);
    assert!(line("contacts list --limit 1 --jq .contacts[").failed(2).contains(".contacts["));
    assert!(line("contacts list --limit 1 --jq .contacts+1").failed(2).contains("fails"));
}

#[test]
fn an_empty_list_is_an_empty_table() {
    assert_eq!(line("contacts list --email nobody@example.com -o table").out(), "");
    assert_eq!(line("contacts list --email nobody@example.com -o ndjson").out(), "");
    assert_eq!(line("contacts list --email nobody@example.com --jq .contacts").out(), "[]\n");
}

#[test]
fn a_dry_run_can_be_run() {
    let folder = Folder::new();
    let shown =
        run(["contacts", "create", "--email", "dry@example.com", "--full-name", "it's $HOME `x` \"y\"", "--dry-run"])
            .out();
    assert_eq!(line("contacts list --email dry@example.com --jq .contacts").out(), "[]\n", "nothing was sent");
    let script = folder.write("call.sh", &format!("{} -s\n", shown.trim_end()));
    let Ok(output) = std::process::Command::new("sh").arg(script).env("STORA_ACCESS_TOKEN", support::TOKEN).output()
    else {
        return;
    };
    if output.status.code() == Some(127) {
        eprintln!("there is no curl to run the line with");
        return;
    }
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["contact"]["full_name"], "it's $HOME `x` \"y\"");
}

#[test]
fn verbose_shows_the_wire_beside_the_output() {
    let ended = line("contacts create --email wire@example.com -v --jq .contact.email");
    assert_eq!((ended.code, ended.stdout.as_str()), (0, "wire@example.com\n"));
    for part in [
        &format!("> POST {}/2025-09/contacts", mock()),
        "> authorization: Bearer ***",
        "> idempotency-key: ",
        r#"> {"email":"wire@example.com"}"#,
        "< 201 Created",
        "< x-request-id: ",
        r#"< {"contact":{"id":"con_"#,
    ] {
        assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
    }
}

#[test]
fn api_calls_any_path_with_fields() {
    let answer = line("api GET /2025-09/contacts -f status=lead -F limit=1").json();
    assert_eq!(answer["contacts"][0]["status"], "lead");
    assert_eq!(line("api get 2025-09/contacts -F limit=1").json()["contacts"].as_array().unwrap().len(), 1);
    let words = [
        "api",
        "POST",
        "/2025-09/contacts",
        "-f",
        "email=api@example.com",
        "-f",
        "address[line_1]=1 Dock Road",
        "-F",
        "full_name=null",
    ];
    let made = run(words).json();
    assert_eq!(
        (&made["contact"]["address"]["line_1"], &made["contact"]["full_name"]),
        (&"1 Dock Road".into(), &Value::Null)
    );
    let all = line("api GET /2025-09/invoices --paginate --jq .invoices|length").out();
    assert_eq!(all, line("invoices list --limit 1 --jq .meta.pagination.count").out());
    let included = line("api GET /2025-09/contacts -F limit=1 --include").out();
    assert!(
        included.starts_with("HTTP/1.1 200 OK\n")
            && included.contains("\ncontent-type: application/json\n")
            && included.contains("\n\n{"),
        "{included}"
    );
    let csv = run(["api", "GET", "/2025-09/contacts", "-F", "limit=1", "-H", "Accept: text/csv"]).out();
    assert!(csv.starts_with("id,"), "{csv}");
    let below = format!("{}/2025-09/staff", mock());
    assert!(run(["api", "GET", &below]).json()["staff"].is_array());
}

#[test]
fn api_sends_a_body_from_standard_input_and_needs_no_token_beside_the_api() {
    let folder = Folder::new();
    let sent = ended(
        stora(&folder)
            .args(["api", "POST", "/2025-09/contacts", "--input", "-", "--jq", ".contact.email"])
            .write_stdin(r#"{"email": "input@example.com"}"#),
    );
    assert_eq!(sent.out(), "input@example.com\n");
    let clock = ended(support::bare(&folder).env("STORA_BASE_URL", mock()).args(["api", "GET", "/_mock/clock"])).json();
    assert!(clock.is_object(), "{clock}");
}

#[test]
fn api_refuses_what_it_cannot_send() {
    for (words, part) in [
        (&["api", "GET", "https://elsewhere.example/x"][..], "does not begin with a slash"),
        (&["api", "/2025-09/contacts", "GET"], "is not a method"),
        (&["api", "GET", "/x", "-f", "a"], "`a` is not KEY=VALUE"),
        (&["api", "POST", "/x", "-f", "a[b=1"], "`a[b`"),
        (&["api", "GET", "/x", "-H", "Authorization: Bearer hush"], "is not taken from the command line"),
        (&["api", "GET", "/x", "-H", "Accept"], "NAME: VALUE"),
        (&["api", "POST", "/x", "--all"], "lists are got by GET"),
        (&["api", "GET", "/oauth2/token/info", "--all"], "not a page of a list"),
    ] {
        let failed = run(words).failed(2);
        assert!(failed.contains(part) && !failed.contains("hush"), "{words:?}: {failed}");
    }
}

#[test]
fn open_tells_the_address_that_a_thing_leads_to() {
    let order = line("orders list --status finalized --limit 1 --jq .orders[0]").json();
    let url = run(["open", order["id"].as_str().unwrap(), "--print"]).out();
    assert_eq!(url.trim(), order["payment_url"].as_str().unwrap());
    let contract = run(["open", &first("contracts list"), "--link", "sf:show_contract", "--print"]).out();
    assert!(contract.starts_with("http") && contract.contains("/contracts/ctr_"), "{contract}");
    assert_eq!(line("open https://stora.example/x --print").out(), "https://stora.example/x\n");
    let draft = line("orders list --status draft --limit 1 --jq .orders[0].id").out();
    assert!(run(["open", draft.trim(), "--print"]).failed(1).contains("has no link now"));
    for target in ["file:///etc/passwd", "javascript:alert(1)"] {
        assert!(run(["open", target]).failed(2).contains("is not an http or https address"));
    }
    assert!(line("open nothing_1").failed(2).contains("neither an address nor the id"));
    assert!(line("open order_none --print").failed(5).contains("404"));
}

#[test]
fn completion_is_written_for_five_shells_and_the_manual_for_each_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(["completion", shell]).out();
        for word in ["webhook-endpoints", "line-items", "company-registration-number", "dry-run", "whoami"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let folder = Folder::new();
    run(["man", folder.path("man").to_str().unwrap()]).out();
    let page = support::read(&folder.path("man/stora-orders-line-items-create.1"));
    assert!(page.contains("dry\\-run") && page.contains("public.order:write"), "{page}");
    assert!(support::read(&folder.path("man/stora.1")).contains("Exit codes"));
    assert!(folder.path("man/stora-login.1").exists());
}
