//! The mock server as a program.

use std::io::Write as _;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use clap::builder::BoolishValueParser;
use stora_mock::{MockServer, RateLimit, StartError};

/// The exit code when options cannot be used, which is that of the parser of arguments too.
const MISUSE: u8 = 2;

/// A stateful mock of the Stora self-storage API (2025-09). Independent of Stora and not endorsed by it.
#[derive(Debug, Parser)]
#[command(name = "stora-mock", version)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Address to listen on; others than those of this machine need a control token
    #[arg(long, env = "STORA_MOCK_HOST", default_value = "127.0.0.1")]
    host: IpAddr,
    /// Port to listen on; 0 for any that is free
    #[arg(long, env = "STORA_MOCK_PORT", default_value_t = 4010, allow_negative_numbers = true)]
    port: u16,
    /// Decides ids, secrets and the demo business
    #[arg(long, env = "STORA_MOCK_SEED", default_value_t = 1, value_name = "NUMBER", allow_negative_numbers = true)]
    seed: u64,
    /// Start without the demo business
    #[arg(long, env = "STORA_MOCK_EMPTY", value_parser = BoolishValueParser::new())]
    empty: bool,
    /// Load a seed file, in YAML or JSON (.json), besides what there is from the start; `stora-mock schema` describes it
    #[arg(long, env = "STORA_MOCK_SEED_FILE", value_name = "FILE")]
    seed_file: Option<PathBuf>,
    /// Let the business clock stand at an instant, such as 2026-03-02T12:00:00Z
    #[arg(long, env = "STORA_MOCK_CLOCK", value_name = "INSTANT", value_parser = instant)]
    clock: Option<i64>,
    /// How often a credential may call: off, real (as documented), or such as 10/s,60/min
    #[arg(long, env = "STORA_MOCK_RATE_LIMIT", default_value = "off", value_name = "LIMIT")]
    rate_limit: RateLimit,
    /// Longest body that is read, in bytes
    #[arg(long, env = "STORA_MOCK_BODY_LIMIT", default_value_t = 1 << 20, value_name = "BYTES", allow_negative_numbers = true)]
    body_limit: usize,
    /// How many requests the journal keeps
    #[arg(
        long,
        env = "STORA_MOCK_JOURNAL",
        default_value_t = 1_000,
        value_name = "REQUESTS",
        allow_negative_numbers = true
    )]
    journal: usize,
    /// What calls of the control API must bring as bearer token
    #[arg(long, env = "STORA_MOCK_CONTROL_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    control_token: Option<String>,
    /// Let pages of other origins call
    #[arg(long, env = "STORA_MOCK_CORS", value_parser = BoolishValueParser::new())]
    cors: bool,
    /// Refuse query parameters that an operation does not know, instead of ignoring them
    #[arg(long, env = "STORA_MOCK_STRICT", value_parser = BoolishValueParser::new())]
    strict: bool,
    /// What others call the server by, where that is not the address it listens on
    #[arg(long, env = "STORA_MOCK_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// Folder where the control API saves snapshots by name
    #[arg(long, env = "STORA_MOCK_SNAPSHOTS", value_name = "DIR")]
    snapshots: Option<PathBuf>,
}

/// What to do instead of serving.
#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print the JSON Schema of seed files
    Schema,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let result = match args.command {
        Some(Command::Schema) => schema(),
        None => serve(args).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("stora-mock: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                eprintln!("  because: {error}");
                cause = error.source();
            }
            exit_code(error.as_ref())
        }
    }
}

fn exit_code(error: &(dyn std::error::Error + 'static)) -> ExitCode {
    match error.downcast_ref() {
        None | Some(StartError::Bind { .. }) => ExitCode::FAILURE,
        Some(_) => ExitCode::from(MISUSE),
    }
}

/// Serves until the process is told to stop; told twice, it waits for nothing any more.
async fn serve(args: Args) -> Result<(), Box<dyn std::error::Error>> {
    let mut server = options(args).start().await?;
    // Before anybody can know where it is and tell it to stop.
    let mut signals = Signals::listen()?;
    // Who reads no further than the first line, or nothing at all, is served all the same.
    let _ = greet(&server);
    tokio::select! {
        () = signals.next() => {}
        ended = server.wait() => return Ok(ended?),
    }
    tokio::select! {
        stopped = server.stop() => Ok(stopped?),
        () = signals.next() => Ok(()),
    }
}

fn options(args: Args) -> stora_mock::Options {
    let mut options = MockServer::builder()
        .host(args.host)
        .port(args.port)
        .seed(args.seed)
        .empty(args.empty)
        .rate_limit(args.rate_limit)
        .body_limit(args.body_limit)
        .journal_size(args.journal)
        .cors(args.cors)
        .strict(args.strict);
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

/// Says where the server is, and how to call it. The first line is for programs, and arrives at once.
fn greet(server: &MockServer) -> std::io::Result<()> {
    let url = server.url();
    let greeting = format!(
        "listening on {url}\n\n\
         \x20 curl -H 'Authorization: Bearer {}' {url}/2025-09/contacts\n\
         \x20 curl {url}/2025-09/openapi.json      the document of the API\n\
         \x20 curl {url}/_mock/openapi.json        what staff and customers do, faults, the journal\n",
        stora_mock::DEMO_TOKEN
    );
    // At once, since a program that has its line may read no more.
    let mut out = std::io::stdout().lock();
    out.write_all(greeting.as_bytes())?;
    out.flush()
}

fn schema() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &stora_mock::seed_schema())?;
    Ok(writeln!(out)?)
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
    fn listen() -> std::io::Result<Self> {
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
    fn listen() -> std::io::Result<Self> {
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
