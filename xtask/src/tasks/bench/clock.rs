//! How fast the business lives: a year of rentals, what advancing costs in a large business, and deliveries to a receiver.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::load::{Connection, Request};
use super::mock::Answer;
use super::server::Server;
use crate::Failure;
use crate::tasks::run::{cargo, stream, target_directory, workspace_root};

/// How to measure.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// How many rentals live through the year.
    #[arg(long, default_value_t = 10_000)]
    rentals: u32,
    /// How many contacts the large business has.
    #[arg(long, default_value_t = 1_000_000)]
    contacts: u32,
    /// How often each thing is measured; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// The token of the operator.
const TOKEN: &str = "stora-mock-demo-token";
/// The most that a year of 10,000 monthly rentals may take.
const YEAR: Duration = Duration::from_secs(3);
/// How many times longer the same days may take in a large business than in a small one.
const LARGE: f64 = 2.0;
/// The least deliveries in a second.
const DELIVERIES: f64 = 5_000.0;
/// When every business here begins.
const OPENING: &str = "2026-03-02T12:00:00Z";
/// The types of events that a rental tells of while it is billed.
const TYPES: &str = r#"["subscription.started","invoice.created","invoice.finalized","invoice.paid"]"#;

/// Measures, prints the figures beside their limits, and says whether all are kept.
///
/// # Errors
/// When something cannot be built or started, a call fails, or a limit is broken.
pub fn clock(options: &Options) -> Result<(), Failure> {
    let root = workspace_root()?;
    stream(&mut cargo(&root, ["build", "--release", "-p", "stora-mock", "--bin", "stora-mock", "--example", "bare"]))?;
    let release = target_directory(&root)?.join("release");
    let program = release.join("stora-mock");
    let mut broken = Vec::new();

    let years: Result<Vec<_>, Failure> = (0..options.rounds).map(|_| year(&program, options)).collect();
    let (time, ran) = median(years?);
    println!("{:<58} {:>12} {:>12}", "", "measured", "limit");
    let what = format!("a year of {} monthly rentals, {ran} acts", options.rentals);
    row(&what, &seconds(time), &seconds(YEAR));
    broken.extend((time > YEAR).then_some("a year takes too long"));

    let month = |contacts| -> Result<Duration, Failure> {
        let months: Result<Vec<_>, Failure> = (0..options.rounds).map(|_| month(&program, contacts)).collect();
        Ok(median(months?).0)
    };
    let (small, large) = (month(1_000)?, month(options.contacts)?);
    let times = large.as_secs_f64() / small.as_secs_f64();
    let what = format!("28 days of 1,000 rentals, {} contacts beside 1,000", options.contacts);
    row(&what, &format!("{times:.2} times"), &format!("{LARGE:.1} times"));
    broken.extend((times > LARGE).then_some("advancing costs more in a large business"));

    let per_second: Result<Vec<f64>, Failure> = (0..options.rounds).map(|_| deliveries(&program, &release)).collect();
    let mut per_second = per_second?;
    per_second.sort_by(f64::total_cmp);
    let per_second = per_second[per_second.len() / 2];
    row("deliveries to one receiver on loopback", &format!("{per_second:.0}/s"), &format!("{DELIVERIES:.0}/s"));
    broken.extend((per_second < DELIVERIES).then_some("too few deliveries in a second"));
    if broken.is_empty() { Ok(()) } else { Err(Failure::new(broken.join("; "))) }
}

/// A year of rentals without an endpoint: how long it took, and how many acts fell due.
fn year(program: &Path, options: &Options) -> Result<(Duration, u64), Failure> {
    let mut business = Business::open(program)?;
    business.ask("/_mock/fill", &format!("{{\"rentals\":{}}}", options.rentals), 200)?;
    business.advance("P1Y")
}

/// 28 days of 1,000 rentals in a business with so many contacts.
fn month(program: &Path, contacts: u32) -> Result<(Duration, u64), Failure> {
    let mut business = Business::open(program)?;
    business.ask("/_mock/fill", &format!("{{\"rentals\":1000,\"contacts\":{contacts}}}"), 200)?;
    // The first time, memory is asked of the system.
    business.advance("P28D")?;
    business.advance("P28D")
}

/// Deliveries in a second to a receiver in a process of its own, over some fifty thousand of them.
fn deliveries(program: &Path, release: &Path) -> Result<f64, Failure> {
    let answer = Answer::write(b"ok")?;
    let receiver = Server::start(&release.join("examples").join("bare"), &[&answer.path(), "200"], None)?;
    let mut business = Business::open(program)?;
    business.ask("/_mock/fill", "{\"rentals\":4000}", 200)?;
    let endpoint = format!(
        "{{\"name\":\"Bench\",\"api_version\":\"2025-09\",\"url\":\"http://{}/\",\"event_types\":{TYPES}}}",
        receiver.address
    );
    business.ask("/2025-09/webhook_endpoints", &endpoint, 201)?;
    let start = Instant::now();
    let (_, ran) = business.advance("P4M")?;
    let left = business.ask("/_mock/webhooks/wait", "{\"timeout_seconds\":60}", 200)?;
    let time = start.elapsed();
    // A start is one event, and an invoice that is paid at once is three.
    let starts = acts_of(&business.last, "start");
    let delivered = starts + 3 * (ran - starts);
    if left["pending"] != 0 || delivered < 40_000 {
        return Err(Failure::new(format!("{delivered} were delivered, and this was left: {left}")));
    }
    Ok(delivered as f64 / time.as_secs_f64())
}

/// An empty business in a process of its own, whose clock stands.
struct Business {
    _server: Server,
    connection: Connection,
    /// What the clock did last.
    last: Value,
}

impl Business {
    fn open(program: &Path) -> Result<Self, Failure> {
        let server = Server::start(program, &["--port", "0", "--empty", "--clock", OPENING], None)?;
        let connection = Connection::open(server.address).map_err(|error| failed(&error))?;
        Ok(Self { _server: server, connection, last: Value::Null })
    }

    fn ask(&mut self, path: &str, body: &str, status: u16) -> Result<Value, Failure> {
        let mut answer = Vec::new();
        let request = Request::post(path, TOKEN, body).answered(status);
        self.connection.exchange(&request, 0, &mut answer).map_err(|error| failed(&error))?;
        serde_json::from_slice(&answer).map_err(|error| Failure::new(format!("{path} answered no JSON: {error}")))
    }

    /// Moves the clock: how long it took, and how many acts fell due.
    fn advance(&mut self, by: &str) -> Result<(Duration, u64), Failure> {
        let start = Instant::now();
        let advanced = self.ask("/_mock/clock/advance", &format!("{{\"by\":\"{by}\",\"limit\":0}}"), 200)?;
        let time = start.elapsed();
        if advanced["refused"] != 0 {
            return Err(Failure::new(format!("some acts were refused: {advanced}")));
        }
        let ran = advanced["ran"].as_u64().unwrap_or_default();
        self.last = advanced;
        Ok((time, ran))
    }
}

/// How many acts of a kind the clock did.
fn acts_of(advanced: &Value, kind: &str) -> u64 {
    advanced["counts"][kind].as_u64().unwrap_or_default()
}

fn failed(error: &std::io::Error) -> Failure {
    Failure::new(format!("a call failed: {error}"))
}

/// The one in the middle, by time.
fn median(mut taken: Vec<(Duration, u64)>) -> (Duration, u64) {
    taken.sort();
    taken[taken.len() / 2]
}

fn row(what: &str, measured: &str, limit: &str) {
    println!("{what:<58} {measured:>12} {limit:>12}");
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}
