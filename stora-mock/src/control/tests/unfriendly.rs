//! What cannot be done: bodies, ids, documents and files that do not fit, and much at once.

use serde_json::{Value, json};

use super::{call, hull, options, send};
use crate::control::*;
use crate::domain::ids::Kind;

#[tokio::test]
async fn what_is_no_snapshot_changes_nothing() {
    let server = options().start().await.unwrap();
    let demo = server.control().operator("demo").unwrap();
    demo.seed(hull()).unwrap();
    let before = demo.snapshot();
    let snapshot: Value = serde_json::from_slice(&before).unwrap();
    let with = |pointer: &str, value: Value| {
        let mut wrong = snapshot.clone();
        *wrong.pointer_mut(pointer).unwrap() = value;
        wrong.to_string()
    };
    for wrong in [
        String::new(),
        "{".to_owned(),
        "{}".to_owned(),
        with("/version", json!(2)),
        with("/world", json!({})),
        with("/clock", json!({"running": "standing"})),
        snapshot.to_string()[..2000].to_owned(),
        format!("{snapshot} and more"),
    ] {
        assert!(demo.restore(wrong.as_bytes()).unwrap_err().is_invalid(), "{wrong}");
        assert_eq!(demo.snapshot(), before);
    }
    let sites = [&snapshot["world"]["sites"][0], &snapshot["world"]["sites"][0]];
    for (pointer, value) in [
        ("/version", json!("1")),
        ("/world/sites/0/id", json!("unit_0000000000000000")),
        ("/world/sites/0/id", json!("site_1")),
        ("/world/units/0/site", json!("site_0000000000000001")),
        ("/world/orders/0/line_items/0", json!("olitm_0000000000000001")),
        ("/world/order_line_items/0/item", json!("con_0000000000000001")),
        ("/world/ids/given", json!([])),
        ("/world/sites", json!(sites)),
        ("/world/sites/0/created_at", json!("yesterday")),
        ("/world/access/access_tokens/0/hash", json!("secret")),
    ] {
        let error = demo.restore(with(pointer, value.clone()).as_bytes()).unwrap_err();
        let told: Vec<&str> = error.details().map(|(pointer, _)| pointer).collect();
        assert_eq!(told, [pointer], "{value}: {error}");
        assert_eq!(demo.snapshot(), before);
    }
    let mut early = snapshot["world"]["ids"]["given"].clone();
    early[Kind::Unit as usize] = json!(0);
    let error = demo.restore(with("/world/ids/given", early).as_bytes()).unwrap_err();
    assert_eq!(error.details().map(|(pointer, _)| pointer).collect::<Vec<_>>(), ["/world/units/0/id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_operator_has_is_a_conflict_that_names_its_place() {
    let server = options().start().await.unwrap();
    let control = server.control();
    control.create_operator(CreateOperator { id: Some("moor".into()), ..CreateOperator::default() }).unwrap();
    let conflict = |path: &str, body: Value| {
        let (status, answer) = call(&server, "POST", path, &body);
        assert_eq!(status, 409, "{answer}");
        answer["error"]["details"][0]["pointer"].as_str().unwrap().to_owned()
    };
    let token = json!({"name": "a", "value": crate::DEMO_TOKEN});
    let application = json!({"name": "a", "client_id": "stora-mock-client"});
    assert_eq!(conflict("/access_tokens?operator=moor", token.clone()), "/value");
    assert_eq!(conflict("/applications?operator=moor", application.clone()), "/client_id");
    assert_eq!(conflict("/seed?operator=moor", json!({"tokens": [token]})), "/tokens/0/value");
    assert_eq!(
        conflict("/operators", json!({"data": {"applications": [application]}})),
        "/data/applications/0/client_id"
    );
    assert_eq!(control.operators().operators.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn unfriendly_requests_get_a_documented_status_and_say_what_is_wrong() {
    let server = options().start().await.unwrap();
    let document = call(&server, "GET", "/openapi.json", &Value::Null).1;
    let long = format!("{{\"name\": \"{}\"}}", "x".repeat(100_000));
    let deep = "[".repeat(10_000);
    let bodies = [
        "",
        "{",
        "null",
        "[]",
        "1",
        "{\"nothing\": 1}",
        "{\"name\": -99999999999999999999}",
        long.as_str(),
        deep.as_str(),
    ];
    for route in table::routes().iter().filter(|route| route.id != "operator_delete") {
        let path = format!("/_mock{}", route.path);
        let documented = &document["paths"][route.path][route.method.as_str().to_ascii_lowercase()]["responses"];
        for name in ["con_0000000000000000", "%ff", "%00", "nobody", "99999999999999999999"] {
            let path: String = path
                .split('/')
                .map(|part| if part.starts_with('{') { name } else { part })
                .collect::<Vec<_>>()
                .join("/");
            for (body, query) in
                bodies.iter().map(|body| (*body, "")).chain([("", "?nothing=1"), ("", "?operator=%ff")])
            {
                let (status, answer) = send(&server, route.method.as_str(), &format!("{path}{query}"), "", body);
                let about = format!("{} {path}{query} {:.40}: {status} {answer}", route.method, body);
                assert!(status < 500 && documented[status.to_string()].is_object(), "{about}");
                let error = &answer["error"];
                assert!(
                    status < 400 || error["message"].as_str().is_some_and(|message| !message.is_empty()),
                    "{about}"
                );
                assert!(status != 422 || error["details"][0]["pointer"].is_string(), "{about}");
            }
            if !route.path.contains('{') {
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn restores_and_resets_at_once_leave_one_of_the_states_whole() {
    let server = options().start().await.unwrap();
    let demo = server.control().operator("demo").unwrap();
    let at_first = demo.snapshot();
    demo.seed(hull()).unwrap();
    let seeded = demo.snapshot();
    let header = format!("authorization: Bearer {}\r\ncontent-type: application/json\r\n", crate::DEMO_TOKEN);
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let (demo, seeded, server, header) = (&demo, &seeded, &server, &header);
            scope.spawn(move || {
                for i in 0..8 {
                    match worker {
                        0 => drop(demo.reset().unwrap()),
                        1 | 2 => drop(demo.restore(seeded).unwrap()),
                        _ => {
                            let body = json!({"email": format!("x{i}@example.com")}).to_string();
                            assert_eq!(send(server, "POST", "/2025-09/contacts", header, &body).0, 201);
                        }
                    }
                }
            });
        }
    });
    demo.restore(&seeded).unwrap();
    assert_eq!(demo.snapshot(), seeded);
    demo.reset().unwrap();
    assert_eq!(demo.snapshot(), at_first);
}

#[tokio::test]
async fn a_server_can_start_with_seed_files() {
    let folder = std::env::temp_dir().join(format!("stora-mock-seeds-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let json = file("hull.json", &hull().to_string());
    let yaml = file("more.yaml", "contacts:\n  - key: bob\n    email: bob@example.com\n");
    let server = options().seed_file(&json).seed_file(yaml).seed_document(json!({})).start().await.unwrap();
    assert!(server.seeded().keys["a1"].starts_with("unit_") && server.seeded().keys["bob"].starts_with("con_"));
    let demo = server.control().operator("demo").unwrap();
    let at_first = demo.snapshot();
    demo.fill(Fill { contacts: 1, ..Fill::default() }).unwrap();
    demo.reset().unwrap();
    assert_eq!(demo.snapshot(), at_first);

    let broken = [
        (file("torn.yaml", "sites: ["), "line 1"),
        (file("torn.json", "{\n  \"sites\": [}"), "line 2 column 13"),
        (file("wrong.json", r#"{"contacts": [{"email": "x@example.com", "age": 7}]}"#), "/contacts/0/age: "),
        (file("lost.yaml", "units:\n  - unit_type_id: large\n    reference_id: A1\n"), "/units/0/unit_type_id: "),
        (folder.join("nothing.yaml"), "cannot read the seed file"),
    ];
    for (path, reason) in broken {
        let error = options().seed_file(&path).start().await.unwrap_err().to_string();
        assert!(error.contains(path.to_str().unwrap()) && error.contains(reason), "{error}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}
