//! Snapshots carry the whole business, what falls due in it too, and can be kept in a folder.

use std::path::PathBuf;

use serde_json::{Value, json};
use stora_mock::MockServer;

use crate::harness::{Business, Rental};

/// A folder of its own, until this is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("stora-snapshots-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn rented(business: &Business) -> Rental {
    let unit_type = business.unit_type_120().await;
    let contact = business.contact("Ada").await;
    business.rent(business.booking(&contact, &unit_type, "2026-03-09")).await
}

#[tokio::test]
async fn a_snapshot_carries_the_clock_and_the_schedule() {
    let business = Business::open().await;
    let rental = rented(&business).await;
    let schedule = business.control("GET", "/clock/schedule", Value::Null).await;
    let due: Vec<&str> = schedule["acts"].as_array().unwrap().iter().map(|act| act["act"].as_str().unwrap()).collect();
    assert_eq!(due, ["start", "recurring_invoice"]);
    assert_eq!(schedule["acts"][0]["at"], "2026-03-09T06:00:00Z");
    let snapshot = business.control("GET", "/snapshot", Value::Null).await;
    business.noon_of("2026-05-01").await;
    let (bills, later) = (business.bills(&rental).await, business.control("GET", "/snapshot", Value::Null).await);
    assert_eq!(bills.len(), 2);
    let clock = business.control("PUT", "/snapshot", snapshot).await;
    assert_eq!(clock["now"], "2026-03-02T12:00:00Z");
    assert_eq!(business.control("GET", "/clock/schedule", Value::Null).await, schedule);
    // The same days bring the same, to the byte.
    business.noon_of("2026-05-01").await;
    assert_eq!(business.bills(&rental).await, bills);
    assert_eq!(business.control("GET", "/snapshot", Value::Null).await, later);
}

#[tokio::test]
async fn snapshots_are_kept_in_a_folder_by_name() {
    let folder = Folder::new("kept");
    let business = Business::with(MockServer::builder().snapshots(&folder.0), json!({})).await;
    let rental = rented(&business).await;
    let saved = business.control("PUT", "/snapshots/before", Value::Null).await;
    let length = std::fs::metadata(folder.0.join("before.json")).unwrap().len();
    assert_eq!(saved, json!({"name": "before", "bytes": length}));
    business.noon_of("2026-05-01").await;
    business.control("PUT", "/snapshots/after", Value::Null).await;
    let names = |list: Value| list["snapshots"].as_array().unwrap().iter().map(|it| it["name"].clone()).collect();
    let list: Vec<Value> = names(business.control("GET", "/snapshots", Value::Null).await);
    assert_eq!(list, ["after", "before"]);
    let clock = business.control("POST", "/snapshots/before/restore", Value::Null).await;
    assert_eq!(clock["now"], "2026-03-02T12:00:00Z");
    assert_eq!(business.bills(&rental).await, []);
    business.control("DELETE", "/snapshots/before", Value::Null).await;
    for (method, target) in [("DELETE", "/snapshots/before"), ("POST", "/snapshots/before/restore")] {
        assert_eq!(business.try_control(method, target, Value::Null).await.unwrap_err().status, 404, "{method}");
    }
    let refused = business.try_control("PUT", "/snapshots/..%2Fup", Value::Null).await.unwrap_err();
    assert_eq!((refused.status, refused.pointers), (422, vec!["/name".to_owned()]));
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_written_leaves_the_one_before_it_and_says_why() {
    let folder = Folder::new("lost");
    let business = Business::with(MockServer::builder().snapshots(&folder.0), json!({})).await;
    business.control("PUT", "/snapshots/kept", Value::Null).await;
    let before = std::fs::read(folder.0.join("kept.json")).unwrap();
    // Where the new one is written first, nothing can be written.
    std::fs::create_dir(folder.0.join("kept.part")).unwrap();
    business.noon_of("2026-05-01").await;
    let refused = business.try_control("PUT", "/snapshots/kept", Value::Null).await.unwrap_err();
    assert_eq!((refused.status, refused.code.as_str()), (500, "internal_server_error"));
    assert!(refused.message.contains("cannot be written"), "{}", refused.message);
    assert_eq!(std::fs::read(folder.0.join("kept.json")).unwrap(), before);

    let without = Business::open().await;
    assert_eq!(without.control("GET", "/snapshots", Value::Null).await["snapshots"], json!([]));
    for (method, target) in [("PUT", "/snapshots/a"), ("POST", "/snapshots/a/restore")] {
        assert_eq!(
            without.try_control(method, target, Value::Null).await.unwrap_err().status,
            409,
            "{method} {target}"
        );
    }
}
