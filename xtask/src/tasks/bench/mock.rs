//! How fast the mock is, beside a bare axum handler that answers the same bytes: the ceiling of anything built on axum.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::load::{self, Connection, Figures, Request};
use super::server::Server;
use crate::Failure;
use crate::tasks::run::{cargo, stream, target_directory, workspace_root};

/// How to measure.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Seconds that each load lasts.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// How many connections send requests at a time.
    #[arg(long, default_value_t = 8)]
    connections: u64,
    /// How often each load is run; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// How many contacts the large business has.
    #[arg(long, default_value_t = 1_000_000)]
    contacts: u64,
}

/// The token of the demo operator.
pub(super) const TOKEN: &str = "stora-mock-demo-token";
/// What a new contact is made of.
pub(super) const CONTACT: &str = r#"{"email":"bench-{n}@example.com","full_name":"Bench Mark","phone_number":"+44 20 7946 0000","metadata":{"crm_id":"{n}"}}"#;

/// The least share of the ceiling's requests that each operation must reach.
const LEAST: [f64; 3] = [0.5, 0.5, 0.3];
/// The most that the first answer may take after the start of the process.
const FIRST_ANSWER: Duration = Duration::from_millis(50);
/// The most memory that the mock may hold with the demo business, in bytes.
const MEMORY: u64 = 40_000_000;
/// How many times longer a page of the large business may take than the same page of one with 1,000 contacts.
const LARGE: f64 = 3.0;

/// Measures, prints the figures beside their limits, and says whether all are kept.
///
/// # Errors
/// When something cannot be built or started, an answer has another status than it should, or a limit is broken.
pub fn mock(options: &Options) -> Result<(), Failure> {
    let root = workspace_root()?;
    stream(&mut cargo(&root, ["build", "--release", "-p", "stora-mock", "--bin", "stora-mock", "--example", "bare"]))?;
    let release = target_directory(&root)?.join("release");
    let program = release.join("stora-mock");
    let mut broken = Vec::new();

    let (first, memory) = start_up(&program)?;
    println!("{:<44} {:>12} {:>12}", "", "measured", "limit");
    row("first 200 after process start", &millis(first), &millis(FIRST_ANSWER));
    row("resident with the demo business", &megabytes(memory), &megabytes(MEMORY));
    broken.extend((first > FIRST_ANSWER).then_some("the first answer comes too late"));
    broken.extend((memory > MEMORY).then_some("too much memory"));

    println!("\n{:<28} {:>10} {:>10} {:>9} {:>9} {:>8} {:>7}", "", "mock/s", "axum/s", "p50", "p99", "share", "limit");
    for ((what, mock, bare), least) in against_axum(&program, &release, options)?.into_iter().zip(LEAST) {
        let share = mock.per_second / bare.per_second;
        println!(
            "{what:<28} {:>10.0} {:>10.0} {:>9} {:>9} {:>7.0}% {:>6.0}%",
            mock.per_second,
            bare.per_second,
            millis(mock.p50),
            millis(mock.p99),
            share * 100.0,
            least * 100.0
        );
        broken.extend((share < least).then_some("a share of the ceiling is too low"));
    }

    println!("\n{:<28} {:>14} {:>14} {:>8} {:>7}", "p50 of a page", "1,000", options.contacts, "times", "limit");
    for (what, small, large) in pages(&program, options)? {
        let times = large.as_secs_f64() / small.as_secs_f64();
        println!("{what:<28} {:>14} {:>14} {times:>8.2} {LARGE:>7.1}", millis(small), millis(large));
        broken.extend((times > LARGE).then_some("a page of the large business takes too long"));
    }
    if broken.is_empty() { Ok(()) } else { Err(Failure::new(broken.join("; "))) }
}

/// The best of several starts, and the memory after the first answer.
fn start_up(program: &Path) -> Result<(Duration, u64), Failure> {
    let request = Request::get("/2025-09/contacts", TOKEN);
    let mut best = (Duration::MAX, u64::MAX);
    for _ in 0..5 {
        let server = Server::start(program, &["--port", "0"], Some(&request))?;
        best.0 = best.0.min(server.first_answer.unwrap_or(Duration::MAX));
        best.1 = best.1.min(server.memory().unwrap_or(u64::MAX));
    }
    Ok(best)
}

/// The figures of the mock and of a bare handler that answers the same bytes, for each operation.
fn against_axum(
    program: &Path,
    release: &Path,
    options: &Options,
) -> Result<Vec<(&'static str, Figures, Figures)>, Failure> {
    let mock = Server::start(program, &["--port", "0"], None)?;
    let list = Request::get("/2025-09/contacts?limit=50", TOKEN);
    let listed = ask(&mock, &list)?;
    let text = String::from_utf8_lossy(&listed).into_owned();
    let id = text.split("\"id\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    let get = Request::get(&format!("/2025-09/contacts/{id}"), TOKEN);
    let post = Request::post("/2025-09/contacts", TOKEN, CONTACT);
    let cases = [("GET one contact", get), ("GET a list of 50", list), ("POST a contact", post)];
    let mut figures = Vec::new();
    let mut number = 1;
    for (what, request) in cases {
        let answer = Answer::write(&ask_numbered(&mock, &request, number)?)?;
        number += 1;
        let created = if what.starts_with("POST") { "201" } else { "200" };
        let bare = Server::start(&release.join("examples").join("bare"), &[&answer.path(), created], None)?;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..options.rounds {
            for (server, taken) in [(&mock, &mut ours), (&bare, &mut theirs)] {
                taken.push(load(server, &request, options, number)?);
                number += 10_000_000;
            }
        }
        figures.push((what, median(ours)?, median(theirs)?));
    }
    Ok(figures)
}

/// The time of pages of a small and of a large business.
fn pages(program: &Path, options: &Options) -> Result<Vec<(&'static str, Duration, Duration)>, Failure> {
    let filled = |contacts: u64| -> Result<Server, Failure> {
        let server = Server::start(program, &["--port", "0", "--empty"], None)?;
        let body = format!("{{\"contacts\":{contacts}}}");
        ask(&server, &Request::post("/_mock/fill", TOKEN, &body).answered(200))?;
        Ok(server)
    };
    let (small, large) = (filled(1_000)?, filled(options.contacts)?);
    let cases = [
        ("first page", "/2025-09/contacts?limit=50", "/2025-09/contacts?limit=50"),
        // The small business has twenty pages of fifty: its last one is set beside page 10,000 of the large one.
        ("page 10,000", "/2025-09/contacts?limit=50&page=20", "/2025-09/contacts?limit=50&page=10000"),
        ("filtered page", "/2025-09/contacts?limit=50&type=company", "/2025-09/contacts?limit=50&type=company"),
    ];
    let time = |server: &Server, path: &str| -> Result<Duration, Failure> {
        let request = Request::get(path, TOKEN);
        let rounds: Result<Vec<Figures>, Failure> =
            (0..options.rounds).map(|_| load(server, &request, options, 0)).collect();
        Ok(median(rounds?)?.p50)
    };
    cases.into_iter().map(|(what, few, many)| Ok((what, time(&small, few)?, time(&large, many)?))).collect()
}

fn load(server: &Server, request: &Request, options: &Options, from: u64) -> Result<Figures, Failure> {
    load::run(server.address, request, options.connections, Duration::from_secs(options.seconds), from)
        .map_err(|error| Failure::new(format!("a load failed: {error}")))
}

fn median(rounds: Vec<Figures>) -> Result<Figures, Failure> {
    Figures::median(rounds).ok_or_else(|| Failure::new("nothing is measured in no round"))
}

fn ask(server: &Server, request: &Request) -> Result<Vec<u8>, Failure> {
    ask_numbered(server, request, 0)
}

fn ask_numbered(server: &Server, request: &Request, number: u64) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    let answered =
        Connection::open(server.address).and_then(|mut connection| connection.exchange(request, number, &mut body));
    answered.map_err(|error| Failure::new(format!("a request failed: {error}")))?;
    Ok(body)
}

/// A file that holds an answer, until this is dropped.
pub(super) struct Answer(PathBuf);

impl Answer {
    pub(super) fn write(body: &[u8]) -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("stora-bench-{}.json", std::process::id()));
        std::fs::write(&path, body).map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> String {
        self.0.to_string_lossy().into_owned()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        // What is left in a folder for temporary files does no harm.
        let _ = std::fs::remove_file(&self.0);
    }
}

fn row(what: &str, measured: &str, limit: &str) {
    println!("{what:<44} {measured:>12} {limit:>12}");
}

fn millis(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1000.0)
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
