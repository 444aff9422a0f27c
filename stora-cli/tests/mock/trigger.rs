//! `stora trigger`: events that did not happen.

use serde_json::{Value, json};

use crate::harness::{Mock, Receiver, run, stora};

const SECRET: &str = "shared-by-both";

fn types() -> Vec<String> {
    let list = run(stora(&["trigger", "--list"]));
    assert_eq!(list.code, Some(0), "{}", list.stderr);
    list.stdout.lines().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_every_type_arrives_where_there_are_records_and_where_there_are_none() {
    let types = types();
    assert_eq!(types.len(), 38);
    for business in [&["--empty"][..], &[]] {
        let mock = Mock::start(business);
        let receiver = Receiver::start(SECRET).await;
        let mut listen = mock.listen(&["--forward-to", &receiver.url, "--exit-after", "38"], Some(SECRET));
        let mut ids = Vec::new();
        for kind in &types {
            let answer = mock.done(&["trigger", kind]);
            ids.push(answer["event_id"].clone());
            assert!(answer["subject_id"].is_string(), "{answer}");
        }
        assert_eq!(listen.end(), Some(0), "{}", listen.stderr());
        let received = receiver.take();
        let kinds: Vec<&String> = received.iter().map(|received| received.kind.as_ref().unwrap()).collect();
        assert_eq!(kinds, types.iter().collect::<Vec<_>>());
        for (received, id) in received.iter().zip(&ids) {
            assert_eq!(&serde_json::from_str::<Value>(&received.body).unwrap()["event"]["id"], id);
        }
    }
}

#[test]
fn what_is_set_stands_in_the_event() {
    let mock = Mock::start(&[]);
    let listen = mock.listen(&["--exit-after", "1"], None);
    let set = ["--set", "status=void", "--set", "amount_due=0", "--set", "line_items.0.description=A b = c"];
    let shown = mock.done(&["invoices", "list", "--limit", "1", "-o", "json"]);
    let invoice = &shown["invoices"][0];
    let id = invoice["id"].as_str().unwrap();
    let known: Vec<&str> = ["status", "amount_due"].into_iter().filter(|name| invoice.get(name).is_some()).collect();
    assert!(known.contains(&"status"), "{invoice}");
    let args: Vec<&str> =
        ["trigger", "invoice.voided", "--subject", id].into_iter().chain(set[..2].iter().copied()).collect();
    mock.done(&args);
    let event = listen.json();
    assert_eq!(event["event"]["data"]["invoice"]["status"], "void");
    assert_eq!(event["event"]["data"]["invoice"]["id"], id);
    assert_eq!(
        mock.done(&["invoices", "show", id, "-o", "json"])["invoice"]["status"],
        invoice["status"],
        "nothing happened"
    );

    let refused = mock.run(&["trigger", "invoice.voided", "--set", "statsu=void"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
}

#[test]
fn it_goes_to_the_endpoint_that_is_named() {
    let mock = Mock::start(&["--empty"]);
    let body =
        json!({"name": "Test", "api_version": "2025-09", "url": "http://127.0.0.1:9/", "event_types": ["deal.won"]});
    let endpoint = mock.done(&["webhook-endpoints", "create", "--body", &body.to_string(), "-o", "json"]);
    let id = &endpoint["endpoint"]["id"];
    assert_eq!(mock.done(&["trigger", "deal.won"])["endpoint_ids"], json!([id]));
    assert_eq!(mock.done(&["trigger", "deal.lost"])["endpoint_ids"], json!([]));
    let named = mock.done(&["trigger", "deal.lost", "--endpoint", id.as_str().unwrap()]);
    assert_eq!(named["endpoint_ids"], json!([id]));
}

#[test]
fn a_type_that_there_is_not_is_refused_with_what_is_near() {
    let refused = run(stora(&["trigger", "invoice.payed"]));
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("invoice.paid"), "{}", refused.stderr);
    assert_eq!(run(stora(&["trigger"])).code, Some(2));
    assert_eq!(run(stora(&["trigger", "deal.won", "--set", "status"])).code, Some(2));
    let json = run(stora(&["trigger", "--list", "-o", "json"]));
    assert_eq!(serde_json::from_str::<Vec<String>>(&json.stdout).unwrap(), types());
}
