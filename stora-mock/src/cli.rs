//! The server as a command: its options, and what runs it until the process is told to stop.
//!
//! The program `stora-mock` is made of this, and so is `stora mock start`.

use std::fmt;
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::path::PathBuf;
use std::thread::available_parallelism;
use std::time::Duration;

use clap::builder::BoolishValueParser;
use tokio::runtime::{Builder, Runtime};

use crate::{MockServer, Options, RateLimit, StartError};

/// The exit code when options cannot be used, which is that of the parser of arguments too.
const MISUSE: u8 = 2;

/// What a server is started with, by flags or the environment.
#[derive(clap::Args)]
pub struct Args {
    /// Address to listen on; others than those of this machine need a control token
    #[arg(long, env = "STORA_MOCK_HOST", default_value = "127.0.0.1")]
    pub host: IpAddr,
    /// Port to listen on; 0 for any that is free
    #[arg(long, env = "STORA_MOCK_PORT", default_value_t = 4010, allow_negative_numbers = true)]
    pub port: u16,
    /// Decides ids, secrets and the demo business
    #[arg(long, env = "STORA_MOCK_SEED", default_value_t = 1, value_name = "NUMBER", allow_negative_numbers = true)]
    pub seed: u64,
    /// Start without the demo business
    #[arg(long, env = "STORA_MOCK_EMPTY", value_parser = BoolishValueParser::new())]
    pub empty: bool,
    /// Load a seed file, in YAML or JSON (.json), besides what there is from the start; `stora-mock schema` describes it
    #[arg(long, env = "STORA_MOCK_SEED_FILE", value_name = "FILE")]
    pub seed_file: Option<PathBuf>,
    /// Let the business clock stand at an instant, such as 2026-03-02T12:00:00Z
    #[arg(long, env = "STORA_MOCK_CLOCK", value_name = "INSTANT", value_parser = instant)]
    pub clock: Option<i64>,
    /// How often a credential may call: off, real (as documented), or such as 10/s,60/min
    #[arg(long, env = "STORA_MOCK_RATE_LIMIT", default_value = "off", value_name = "LIMIT")]
    pub rate_limit: RateLimit,
    /// Longest body that is read, in bytes
    #[arg(long, env = "STORA_MOCK_BODY_LIMIT", default_value_t = 1 << 20, value_name = "BYTES", allow_negative_numbers = true)]
    pub body_limit: usize,
    /// How many requests the journal keeps
    #[arg(
        long,
        env = "STORA_MOCK_JOURNAL",
        default_value_t = 1_000,
        value_name = "REQUESTS",
        allow_negative_numbers = true
    )]
    pub journal: usize,
    /// What calls of the control API must bring as bearer token
    #[arg(long, env = "STORA_MOCK_CONTROL_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub control_token: Option<String>,
    /// Let pages of other origins call
    #[arg(long, env = "STORA_MOCK_CORS", value_parser = BoolishValueParser::new())]
    pub cors: bool,
    /// Refuse query parameters that an operation does not know, and webhook endpoints at http://
    #[arg(long, env = "STORA_MOCK_STRICT", value_parser = BoolishValueParser::new())]
    pub strict: bool,
    /// Minutes of the business clock after which a failed delivery of a webhook is tried again, one after the other
    #[arg(
        long,
        env = "STORA_MOCK_WEBHOOK_RETRY_MINUTES",
        default_value = "1,5,30,120,300,600",
        value_delimiter = ',',
        value_name = "MINUTES"
    )]
    pub webhook_retry_minutes: Vec<u32>,
    /// Longest time that an attempt to deliver a webhook may take, in seconds
    #[arg(long, env = "STORA_MOCK_WEBHOOK_TIMEOUT", default_value_t = 10, value_name = "SECONDS")]
    pub webhook_timeout: u32,
    /// Send webhooks to this machine alone, whatever is registered
    #[arg(long, env = "STORA_MOCK_WEBHOOK_LOOPBACK_ONLY", value_parser = BoolishValueParser::new())]
    pub webhook_loopback_only: bool,
    /// How many finished deliveries of webhooks each operator keeps
    #[arg(long, env = "STORA_MOCK_DELIVERY_LOG", default_value_t = 10_000, value_name = "DELIVERIES")]
    pub delivery_log: usize,
    /// Take and fire only the types of events that Stora documents
    #[arg(long, env = "STORA_MOCK_DOCUMENTED_EVENTS_ONLY", value_parser = BoolishValueParser::new())]
    pub documented_events_only: bool,
    /// What others call the server by, where that is not the address it listens on
    #[arg(long, env = "STORA_MOCK_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Folder where the control API saves snapshots by name
    #[arg(long, env = "STORA_MOCK_SNAPSHOTS", value_name = "DIR")]
    pub snapshots: Option<PathBuf>,
}

impl fmt::Debug for Args {
    /// Tells of the place alone: a token is among the rest.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Args").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

/// Why a server does not serve (any more).
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// It does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// It failed while it served.
    #[error(transparent)]
    Io(io::Error),
}

impl ServeError {
    /// The exit code for it: 2 where options cannot be used, else 1.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Io(_) | Self::Start(StartError::Bind { .. }) => 1,
            Self::Start(_) => MISUSE,
        }
    }
}

/// What the server runs in: a thread for every core but one. That one is for who calls, which mostly is a test on the same machine;
/// threads that take turns with it answer less than fewer threads that do not.
///
/// # Errors
/// When the system gives no threads.
pub fn runtime() -> io::Result<Runtime> {
    let cores = available_parallelism().map_or(1, usize::from);
    Builder::new_multi_thread().worker_threads(cores.saturating_sub(1).max(1)).enable_all().build()
}

/// Serves in a [`runtime`] of its own until the process is told to stop; told twice, it waits for nothing any more.
///
/// The first line on standard output says where the server is: `listening on http://…`.
///
/// # Errors
/// When the server does not start, or ends by itself.
pub fn serve(args: Args) -> Result<(), ServeError> {
    runtime().map_err(ServeError::Io)?.block_on(serve_in_runtime(args))
}

async fn serve_in_runtime(args: Args) -> Result<(), ServeError> {
    let mut server = Options::from(args).start().await?;
    // Before anybody can know where it is and tell it to stop.
    let mut signals = Signals::listen().map_err(ServeError::Io)?;
    // Who reads no further than the first line, or nothing at all, is served all the same.
    let _ = greet(&server);
    tokio::select! {
        () = signals.next() => {}
        ended = server.wait() => return ended.map_err(ServeError::Io),
    }
    tokio::select! {
        stopped = server.stop() => stopped.map_err(ServeError::Io),
        () = signals.next() => Ok(()),
    }
}

/// Prints the JSON Schema of seed files.
///
/// # Errors
/// When standard output cannot be written.
pub fn print_schema() -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &crate::seed_schema())?;
    writeln!(out)
}

impl From<Args> for Options {
    fn from(args: Args) -> Self {
        let mut options = MockServer::builder()
            .host(args.host)
            .port(args.port)
            .seed(args.seed)
            .empty(args.empty)
            .rate_limit(args.rate_limit)
            .body_limit(args.body_limit)
            .journal_size(args.journal)
            .cors(args.cors)
            .strict(args.strict)
            .webhook_retry_minutes(args.webhook_retry_minutes)
            .webhook_timeout(Duration::from_secs(args.webhook_timeout.into()))
            .webhook_loopback_only(args.webhook_loopback_only)
            .delivery_log(args.delivery_log)
            .documented_events_only(args.documented_events_only);
        if let Some(at) = args.clock {
            options = options.clock_at(at);
        }
        if let Some(path) = args.seed_file {
            options = options.seed_file(path);
        }
        if let Some(folder) = args.snapshots {
            options = options.snapshots(folder);
        }
        if let Some(token) = args.control_token {
            options = options.control_token(token);
        }
        if let Some(url) = args.public_url {
            options = options.public_url(url);
        }
        options
    }
}

/// Says where the server is, and how to call it. The first line is for programs, and arrives at once.
fn greet(server: &MockServer) -> io::Result<()> {
    let url = server.url();
    let greeting = format!(
        "listening on {url}\n\n\
         \x20 curl -H 'Authorization: Bearer {}' {url}/2025-09/contacts\n\
         \x20 curl {url}/2025-09/openapi.json      the document of the API\n\
         \x20 curl {url}/_mock/openapi.json        what staff and customers do, faults, the journal\n",
        crate::DEMO_TOKEN
    );
    // At once, since a program that has its line may read no more.
    let mut out = io::stdout().lock();
    out.write_all(greeting.as_bytes())?;
    out.flush()
}

/// What tells the process to stop.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// From now on SIGINT and SIGTERM do not end the process by themselves.
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for the next one.
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// What tells the process to stop.
#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    /// From now on Ctrl-C does not end the process by itself.
    fn listen() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    /// Waits for the next one.
    async fn next(&mut self) {
        let _ = self.0.recv().await;
    }
}

fn instant(text: &str) -> Result<i64, String> {
    chrono::DateTime::parse_from_rfc3339(text)
        .map(|at| at.timestamp())
        .map_err(|error| format!("{error}; an instant is such as 2026-03-02T12:00:00Z"))
}
