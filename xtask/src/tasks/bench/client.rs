//! What the client costs beside the same calls written by hand.

use serde::Deserialize;

use super::load::{Connection, Request};
use super::server::Server;
use crate::Failure;
use crate::tasks::run::{capture, cargo, stream, target_directory, workspace_root};

/// The most time that a typed call may take, beside the same call by hand.
const TIME: f64 = 1.05;
/// The most allocations that a typed call may make, beside the same call by hand.
const ALLOCATIONS: f64 = 1.10;
/// How many pages a stream may hold.
const PAGES: f64 = 2.0;
/// How many contacts are streamed.
const CONTACTS: usize = 100_000;

/// What the benchmark prints.
#[derive(Deserialize)]
struct Report {
    calls: Vec<Call>,
    stream: Streamed,
}

#[derive(Deserialize)]
struct Call {
    call: String,
    typed_us: f64,
    by_hand_us: f64,
    typed_allocations: f64,
    by_hand_allocations: f64,
}

#[derive(Deserialize)]
struct Streamed {
    contacts: usize,
    seconds: f64,
    page_bytes: f64,
    most_bytes: f64,
    most_pages: f64,
}

/// Measures, prints the figures beside their limits, and says whether all are kept.
///
/// # Errors
/// When something cannot be built or started, a call fails, or a limit is broken.
pub fn client() -> Result<(), Failure> {
    let root = workspace_root()?;
    stream(&mut cargo(&root, ["build", "--release", "-p", "stora-mock", "--bin", "stora-mock"]))?;
    let program = target_directory(&root)?.join("release").join("stora-mock");
    let server = Server::start(&program, &["--port", "0"], None)?;
    let fill = Request::post("/_mock/fill", "", &format!("{{\"contacts\":{CONTACTS}}}")).answered(200);
    Connection::open(server.address)
        .and_then(|mut connection| connection.exchange(&fill, 0, &mut Vec::new()))
        .map_err(|error| Failure::new(format!("the server cannot be filled: {error}")))?;

    let (url, contacts) = (format!("http://{}", server.address), CONTACTS.to_string());
    let bench = ["bench", "-p", "stora-client", "--bench", "client", "--", &url, &contacts];
    let printed = capture(&mut cargo(&root, bench))?;
    let report = printed.lines().rev().find_map(|line| serde_json::from_str::<Report>(line).ok());
    let report = report.ok_or_else(|| Failure::new(format!("the benchmark printed no figures: {printed}")))?;

    let mut broken = Vec::new();
    println!(
        "{:<34} {:>10} {:>10} {:>7} {:>7} {:>9} {:>9} {:>7} {:>7}",
        "", "typed", "by hand", "times", "limit", "allocs", "by hand", "times", "limit"
    );
    for call in &report.calls {
        let (time, allocations) = (call.typed_us / call.by_hand_us, call.typed_allocations / call.by_hand_allocations);
        println!(
            "{:<34} {:>7.1} µs {:>7.1} µs {time:>7.3} {TIME:>7.2} {:>9.1} {:>9.1} {allocations:>7.3} {ALLOCATIONS:>7.2}",
            call.call, call.typed_us, call.by_hand_us, call.typed_allocations, call.by_hand_allocations
        );
        broken.extend((time > TIME).then(|| format!("{} takes too long", call.call)));
        broken.extend((allocations > ALLOCATIONS).then(|| format!("{} allocates too much", call.call)));
    }
    let Streamed { contacts, seconds, page_bytes, most_bytes, most_pages } = report.stream;
    println!(
        "\n{contacts} contacts streamed in {seconds:.1} s: at most {:.0} KB held, a page being {:.0} KB: {most_pages:.2} pages, limit {PAGES}",
        most_bytes / 1000.0,
        page_bytes / 1000.0
    );
    if contacts < CONTACTS {
        broken.push(format!("only {contacts} contacts were streamed"));
    }
    if most_pages > PAGES {
        broken.push("a stream holds too much".to_owned());
    }
    if broken.is_empty() { Ok(()) } else { Err(Failure::new(broken.join("; "))) }
}
