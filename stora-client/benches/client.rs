//! What the client costs beside the same calls written by hand with reqwest and serde, against a server that is running.
//!
//! `cargo xtask bench client` starts the server and runs this; by itself it takes the address of a mock with at least the
//! contacts that are asked for: `cargo bench -p stora-client --bench client -- http://127.0.0.1:4010 100000`.
//!
//! Both ways go over connections of their own on one thread, turn and turn about in small portions, so that whatever else
//! the machine does falls on both alike. The median of the portions counts. Prints one line of JSON.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark that cannot go on has nothing else to say")]

use std::alloc::System;
use std::time::{Duration, Instant};

use reqwest::Response;
use reqwest::header::ACCEPT;
use serde::de::DeserializeOwned;
use serde_json::json;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use stora_client::types::{
    ContactCreateBody, ContactId, ContactList, ContactSingle, ContactStatus, UnitExpand, UnitList,
};
use stora_client::{Client, RetryPolicy};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Calls in one portion.
const PORTION: usize = 50;
/// Portions of each way.
const PORTIONS: usize = 60;
/// Portions before anything counts.
const WARM: usize = 6;

const TOKEN: &str = "stora-mock-demo-token";

/// What a way to call costs.
#[derive(Clone, Copy)]
struct Cost {
    time: Duration,
    allocations: f64,
}

fn main() {
    // `cargo bench` adds a flag of its own.
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let Some(url) = arguments.next() else {
        eprintln!("usage: client URL [CONTACTS]");
        std::process::exit(2);
    };
    let contacts = arguments.next().map_or(0, |contacts| contacts.parse().expect("a number of contacts"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(run(&url, contacts));
}

async fn run(url: &str, contacts: usize) {
    let client = Client::builder().base_url(url).access_token(TOKEN).unwrap();
    let client = client.retry(RetryPolicy::never()).build().unwrap();
    let http = reqwest::Client::builder().build().unwrap();
    let id: ContactId = client.contact_list().limit(1).send().await.unwrap().contacts[0].id.clone();

    let mut lines = Vec::new();
    let mut compare = |what: &str, [typed, by_hand]: [Cost; 2]| {
        lines.push(json!({
            "call": what,
            "typed_us": typed.time.as_secs_f64() * 1e6,
            "by_hand_us": by_hand.time.as_secs_f64() * 1e6,
            "typed_allocations": typed.allocations,
            "by_hand_allocations": by_hand.allocations,
        }));
    };
    compare(
        "GET one contact",
        turns(
            async |_| {
                client.contact_show().contact_id(&id).send().await.unwrap();
            },
            async |_| {
                let request = http.get(format!("{url}/2025-09/contacts/{id}")).bearer_auth(TOKEN);
                json_of::<ContactSingle>(request.header(ACCEPT, "application/json").send().await.unwrap()).await;
            },
        )
        .await,
    );
    compare(
        "GET a list of 50 contacts",
        turns(
            async |_| {
                client.contact_list().status([ContactStatus::Lead]).limit(50).send().await.unwrap();
            },
            async |_| {
                let query = [("limit", "50"), ("status", "lead")];
                let request = http.get(format!("{url}/2025-09/contacts")).query(&query).bearer_auth(TOKEN);
                json_of::<ContactList>(request.header(ACCEPT, "application/json").send().await.unwrap()).await;
            },
        )
        .await,
    );
    compare(
        "GET a list of 50 units, expanded",
        turns(
            async |_| {
                client.unit_list().expand([UnitExpand::UnitType]).limit(50).send().await.unwrap();
            },
            async |_| {
                let query = [("limit", "50"), ("expand", "unit_type")];
                let request = http.get(format!("{url}/2025-09/units")).query(&query).bearer_auth(TOKEN);
                json_of::<UnitList>(request.header(ACCEPT, "application/json").send().await.unwrap()).await;
            },
        )
        .await,
    );
    compare(
        "POST a contact",
        turns(
            async |number| {
                client.contact_create().body(contact("typed", number)).send().await.unwrap();
            },
            async |number| {
                let request = http.post(format!("{url}/2025-09/contacts")).json(&contact("by-hand", number));
                let key = uuid::Uuid::new_v4().to_string();
                let request = request.bearer_auth(TOKEN).header(ACCEPT, "application/json");
                json_of::<ContactSingle>(request.header("Idempotency-Key", key).send().await.unwrap()).await;
            },
        )
        .await,
    );
    let streamed = stream(&client, contacts).await;
    println!("{}", json!({ "calls": lines, "stream": streamed }));
}

async fn json_of<T: DeserializeOwned>(response: Response) -> T {
    response.error_for_status().unwrap().json().await.unwrap()
}

fn contact(way: &str, number: usize) -> ContactCreateBody {
    ContactCreateBody::builder()
        .email(format!("bench-{way}-{}-{number}@example.com", std::process::id()))
        .full_name("Bench Mark")
        .build()
        .unwrap()
}

/// Both ways turn and turn about: the medians of their portions.
async fn turns(typed: impl AsyncFn(usize), by_hand: impl AsyncFn(usize)) -> [Cost; 2] {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for portion in 0..WARM + PORTIONS {
        // Who goes first changes too.
        for turn in [portion % 2, (portion + 1) % 2] {
            let cost = if turn == 0 { measure(&typed, portion).await } else { measure(&by_hand, portion).await };
            if portion >= WARM {
                if turn == 0 { ours.push(cost) } else { theirs.push(cost) }
            }
        }
    }
    [median(ours), median(theirs)]
}

async fn measure(call: &impl AsyncFn(usize), portion: usize) -> Cost {
    let (before, start) = (ALLOCATOR.stats(), Instant::now());
    for number in 0..PORTION {
        call(portion * PORTION + number).await;
    }
    let (time, after) = (start.elapsed(), ALLOCATOR.stats());
    let made = |stats: stats_alloc::Stats| stats.allocations + stats.reallocations;
    Cost { time: time / PORTION as u32, allocations: (made(after) - made(before)) as f64 / PORTION as f64 }
}

fn median(mut costs: Vec<Cost>) -> Cost {
    let middle = costs.len() / 2;
    costs.sort_by_key(|cost| cost.time);
    let time = costs[middle].time;
    costs.sort_by(|one, other| one.allocations.total_cmp(&other.allocations));
    Cost { time, allocations: costs[middle].allocations }
}

/// Streams contacts, and looks how much memory is held at most, in bytes and in pages.
async fn stream(client: &Client, wanted: usize) -> serde_json::Value {
    let held = || {
        let stats = ALLOCATOR.stats();
        stats.bytes_allocated as i64 - stats.bytes_deallocated as i64
    };
    // One page alone, decoded: the measure.
    let before = held();
    let page = client.contact_list().limit(100).send().await.unwrap();
    let page_bytes = held() - before;
    drop(page);

    let start = Instant::now();
    let (before, mut most, mut count) = (held(), 0, 0_usize);
    let mut contacts = client.contact_list().limit(100).stream();
    while let Some(contact) = contacts.next().await {
        contact.unwrap();
        count += 1;
        most = most.max(held() - before);
        if count == wanted {
            break;
        }
    }
    json!({
        "contacts": count,
        "seconds": start.elapsed().as_secs_f64(),
        "page_bytes": page_bytes,
        "most_bytes": most,
        "most_pages": most as f64 / page_bytes as f64,
    })
}
