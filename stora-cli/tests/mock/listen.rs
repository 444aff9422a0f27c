//! `stora listen`: events shown, or handed on to receivers that check them.

use std::time::Duration;

use stora_client::webhook::VerifyError;

use crate::harness::{Mock, Receiver, run, stora};

const SECRET: &str = "shared-by-both";

/// A small life: somebody books on the storefront, pays, and a month goes by.
fn live(mock: &Mock) {
    let seed = std::env::temp_dir().join(format!("stora-cli-life-{}.yaml", std::process::id()));
    std::fs::write(
        &seed,
        "sites:\n  - {key: hull, name: Hull, address: {line_1: 1 Dock Road, city: Hull, postal_code: HU1 1AA}}\n\
         unit_types:\n  - {key: small, site_id: hull, name: 25 sq ft, base_prices: {monthly: 8000}}\n\
         units:\n  - {unit_type_id: small, reference_id: A1}\n\
         contacts:\n  - {key: ann, email: ann@example.com, full_name: Ann Onym}\n\
         orders:\n  - {site_id: hull, contact_id: ann, status: finalized, billing_period: monthly, \
         line_items: [{type: unit_type, item_id: small}]}\n",
    )
    .unwrap();
    mock.done(&["mock", "seed", seed.to_str().unwrap()]);
    std::fs::remove_file(&seed).unwrap();
    let orders = mock.done(&["orders", "list", "--status", "finalized", "-o", "json"]);
    mock.done(&["mock", "pay", orders["orders"][0]["id"].as_str().unwrap()]);
    mock.done(&["mock", "clock", "--advance", "P32D"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_believes_every_event_of_a_life_in_its_order() {
    let mock = Mock::start(&["--empty"]);
    let receiver = Receiver::start(SECRET).await;
    let stranger = Receiver::start("that-of-another").await;
    let mut shown = mock.listen(&[], None);
    let mut listen = mock.listen(&["--forward-to", &receiver.url, "-o", "ndjson"], Some(SECRET));
    let mut wrong = mock.listen(&["--forward-to", &stranger.url], Some(SECRET));
    live(&mock);
    mock.done(&["trigger", "coupon.created"]);

    let mut told = Vec::new();
    loop {
        let delivery = listen.json();
        assert_eq!(delivery["status"], 204, "{delivery}");
        assert_eq!(delivery["url"], receiver.url);
        assert!(delivery["duration_ms"].is_u64() && delivery["error"].is_null(), "{delivery}");
        told.push((delivery["event_id"].clone(), delivery["type"].clone()));
        if delivery["type"] == "coupon.created" {
            break;
        }
    }
    let received = receiver.take();
    let kinds: Vec<&str> = received.iter().map(|received| received.kind.as_deref().unwrap()).collect();
    assert_eq!(kinds, told.iter().map(|(_, kind)| kind.as_str().unwrap()).collect::<Vec<_>>());
    for kind in ["order.completed", "invoice.paid", "subscription.started", "unit.occupied"] {
        assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
    }
    // The events are shown as they are handed on, to the byte and in the same order.
    for (received, (id, _)) in received.iter().zip(&told) {
        let line = shown.line();
        assert_eq!(line, received.body);
        assert!(line.contains(id.as_str().unwrap()));
        let header = |name: &str| received.headers[name].to_str().unwrap();
        assert_eq!(header("content-type"), "application/json");
        assert_eq!(header("user-agent"), "Stora-Webhooks/1.0");
        assert_eq!(header("x-stora-request-id").len(), 36);
    }
    for _ in &told {
        assert!(wrong.line().contains("[204]"));
    }
    let unbelieved = stranger.take();
    assert_eq!(unbelieved.len(), told.len());
    assert!(unbelieved.iter().all(|received| matches!(received.kind, Err(VerifyError::Mismatch))));

    for (process, summary) in [
        (&mut shown, format!("{} events", told.len())),
        (&mut listen, format!("{0} events, {0} delivered, 0 failed", told.len())),
        (&mut wrong, format!("{0} events, {0} delivered, 0 failed", told.len())),
    ] {
        process.signal("INT");
        assert_eq!(process.end(), Some(0));
        process.told(&summary, 1);
        assert!(!process.stderr().contains(SECRET));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_receiver_does_is_shown_and_stops_nothing() {
    let mock = Mock::start(&["--empty"]);
    let receiver = Receiver::start(SECRET).await;
    let args = ["--forward-to", &receiver.url, "--receiver-timeout", "0.3", "--exit-after", "4", "-o", "json"];
    let mut listen = mock.listen(&args, Some(SECRET));
    let next = |name: &str| {
        mock.contact(name);
        listen.json()
    };
    receiver.answers(500, Duration::ZERO);
    assert_eq!(next("ann")["status"], 500);
    receiver.answers(302, Duration::ZERO);
    assert_eq!(next("ben")["status"], 302);
    receiver.answers(200, Duration::from_secs(2));
    let late = next("cid");
    assert_eq!((&late["status"], &late["error"]), (&serde_json::Value::Null, &"no answer in time".into()));
    receiver.answers(200, Duration::ZERO);
    assert_eq!(next("dan")["status"], 200);
    assert_eq!(receiver.take().len(), 4);
    assert_eq!(listen.end(), Some(1));
    listen.told("4 events, 1 delivered, 3 failed", 1);
    listen.told("3 of 4 deliveries failed", 1);
}

#[test]
fn a_receiver_that_is_down_is_shown_and_stops_nothing() {
    let mock = Mock::start(&["--empty"]);
    // The port was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut listen = mock.listen(&["--forward-to", &format!("http://{free}/"), "--exit-after", "2"], Some(SECRET));
    for name in ["ann", "ben"] {
        mock.contact(name);
        let line = listen.line();
        assert!(line.contains("contact.created") && line.contains("[no connection"), "{line}");
    }
    assert_eq!(listen.end(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_receiver_gets_all_that_happened_meanwhile_in_its_order() {
    let mock = Mock::start(&["--empty"]);
    let receiver = Receiver::start(SECRET).await;
    receiver.answers(200, Duration::from_millis(30));
    let mut listen = mock.listen(&["-f", &receiver.url, "-e", "contact.created", "--exit-after", "100"], Some(SECRET));
    let client = stora_client::Client::builder().base_url(&mock.url).access_token("stora-mock-demo-token").unwrap();
    let client = client.build().unwrap();
    for n in 0..100 {
        let contact =
            client.contact_create().body_map(|body| body.email(format!("c{n}@mail.example")).full_name(n.to_string()));
        contact.send().await.unwrap();
    }
    assert_eq!(listen.end(), Some(0), "{}", listen.stderr());
    let names: Vec<String> = receiver
        .take()
        .iter()
        .map(|received| {
            assert!(received.kind.is_ok());
            let body: serde_json::Value = serde_json::from_str(&received.body).unwrap();
            body["event"]["data"]["contact"]["full_name"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(names, (0..100).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_listens_again_once_the_mock_is_back() {
    let mut mock = Mock::start(&["--empty"]);
    let receiver = Receiver::start(SECRET).await;
    let listen = mock.listen(&["--forward-to", &receiver.url, "-o", "ndjson"], Some(SECRET));
    mock.contact("ann");
    assert_eq!(listen.json()["type"], "contact.created");
    let port = mock.url.rsplit(':').next().unwrap().to_owned();
    mock.process.signal("TERM");
    assert_eq!(mock.process.end(), Some(0));
    listen.told("The stream broke off", 2);
    let mock = Mock::start(&["--empty", "--port", &port]);
    listen.told("Listening again", 1);
    mock.contact("ben");
    assert_eq!(listen.json()["status"], 204);
    assert_eq!(receiver.take().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_secret_one_is_made_for_the_run_and_told_once() {
    let mock = Mock::start(&["--empty"]);
    let receiver = Receiver::start("not-yet-known").await;
    let mut listen = mock.listen(&["--forward-to", &receiver.url, "--exit-after", "1", "-o", "json"], None);
    mock.contact("ann");
    let line = listen.line();
    assert_eq!(listen.end(), Some(0));
    let told = listen.stderr();
    let secret = told.split_whitespace().find(|word| word.len() == 64).unwrap_or_else(|| panic!("{told}"));
    assert_eq!(told.matches(secret).count(), 1);
    assert!(!line.contains(secret));
    let received = receiver.take();
    let verifier = stora_client::webhook::Verifier::new(secret).unwrap();
    verifier.verify(received[0].body.as_bytes(), &received[0].headers).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_comes_from_a_file_too() {
    let mock = Mock::start(&["--empty"]);
    let receiver = Receiver::start(SECRET).await;
    let file = std::env::temp_dir().join(format!("stora-cli-secret-{}", std::process::id()));
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    let args = ["--forward-to", &receiver.url, "--secret-file", file.to_str().unwrap(), "--exit-after", "1"];
    let mut listen = mock.listen(&args, None);
    mock.contact("ann");
    assert_eq!(listen.end(), Some(0));
    std::fs::remove_file(&file).unwrap();
    assert_eq!(receiver.take()[0].kind.as_deref().unwrap(), "contact.created");
}

#[test]
fn only_the_types_and_the_operator_that_were_asked_for_are_seen() {
    let mock = Mock::start(&["--empty"]);
    mock.done(&["mock", "operators", "create", "--id", "other"]);
    let mut listen =
        mock.listen(&["--events", "unit.updated,deal.won", "--operator", "other", "--exit-after", "2"], None);
    mock.contact("ann");
    for (kind, operator) in
        [("deal.won", "demo"), ("deal.lost", "other"), ("deal.won", "other"), ("unit.updated", "other")]
    {
        mock.done(&["trigger", kind, "--operator", operator]);
    }
    for kind in ["deal.won", "unit.updated"] {
        assert_eq!(listen.json()["event"]["type"], kind);
    }
    assert_eq!(listen.end(), Some(0));
}

#[test]
fn what_cannot_be_listened_to_or_handed_on_is_refused() {
    let mock = Mock::start(&["--empty"]);
    let refused = mock.run(&["listen", "--operator", "nobody"]);
    assert_eq!(refused.code, Some(5), "{}", refused.stderr);
    for args in [
        &["--forward-to", "ftp://localhost/"][..],
        &["--forward-to", "http://ann:secret@localhost/"],
        &["--events", "unit.upsert"],
        &["--exit-after", "0"],
        &["--secret-file", "x"],
        &["-o", "csv"],
    ] {
        let args: Vec<&str> = ["listen"].iter().chain(args).copied().collect();
        let refused = run(stora(&args));
        assert_eq!(refused.code, Some(2), "{args:?}: {}", refused.stderr);
        assert!(!refused.stdout.contains("secret"));
    }
    let near = run(stora(&["listen", "--events", "unit.updatd"]));
    assert!(near.stderr.contains("unit.updated"), "{}", near.stderr);
}

#[test]
fn the_command_of_the_operation_shows_events_too() {
    let mock = Mock::start(&["--empty"]);
    let mut watch =
        crate::harness::Process::start(mock.command(&["mock", "events", "watch", "--types", "contact.created"]));
    watch.told("Listening to", 1);
    mock.contact("ann");
    assert_eq!(watch.json()["event"]["data"]["contact"]["full_name"], "ann");
    watch.signal("TERM");
    assert_eq!(watch.end(), Some(0));
}
