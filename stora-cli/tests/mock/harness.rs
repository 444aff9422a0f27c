//! The program, a mock, and a receiver of webhooks.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;
use stora_client::types::Event;
use stora_client::webhook::{Verifier, VerifyError};

/// Longer than anything here takes, other than what hangs.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// What a run of the program came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The program with these arguments, knowing nothing of the user who runs the tests.
pub(crate) fn stora(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stora"));
    let nowhere = std::env::temp_dir().join("stora-cli-tests-nobody");
    command.env_clear().args(args).env("HOME", &nowhere).env("XDG_CONFIG_HOME", &nowhere).stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub(crate) fn run(mut command: Command) -> Run {
    let output = command.output().unwrap();
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A process that goes on by itself. It is killed when this is dropped.
pub(crate) struct Process {
    child: Child,
    stdout: mpsc::Receiver<String>,
    stderr: Arc<Mutex<String>>,
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, stdout) = mpsc::channel();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let stderr = Arc::new(Mutex::new(String::new()));
        let (mut pipe, told) = (child.stderr.take().unwrap(), stderr.clone());
        std::thread::spawn(move || {
            let mut piece = [0; 1024];
            while let Ok(length @ 1..) = pipe.read(&mut piece) {
                told.lock().unwrap().push_str(&String::from_utf8_lossy(&piece[..length]));
            }
        });
        Self { child, stdout, stderr }
    }

    /// The next line of its output.
    pub(crate) fn line(&self) -> String {
        self.stdout.recv_timeout(LONG).unwrap_or_else(|error| panic!("no line ({error}); {}", self.stderr()))
    }

    /// The next line of its output, as JSON.
    pub(crate) fn json(&self) -> Value {
        let line = self.line();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// What it has told so far on standard error.
    pub(crate) fn stderr(&self) -> String {
        self.stderr.lock().unwrap().clone()
    }

    /// Waits until it has told something on standard error so many times.
    pub(crate) fn told(&self, text: &str, times: usize) {
        let begun = Instant::now();
        while self.stderr().matches(text).count() < times {
            assert!(begun.elapsed() < LONG, "`{text}` is not told {times} times: {}", self.stderr());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// The exit code, once it has ended.
    pub(crate) fn end(&mut self) -> Option<i32> {
        let begun = Instant::now();
        while begun.elapsed() < LONG {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("it does not end: {}", self.stderr());
    }
}

/// A mock, by `stora mock start`, whose clock stands at noon of 10 March 2026.
pub(crate) struct Mock {
    pub(crate) process: Process,
    pub(crate) url: String,
}

impl Mock {
    pub(crate) fn start(args: &[&str]) -> Self {
        let mut all = vec!["mock", "start", "--clock", "2026-03-10T12:00:00Z"];
        if !args.contains(&"--port") {
            all.extend(["--port", "0"]);
        }
        all.extend(args);
        let process = Process::start(stora(&all));
        let line = process.line();
        let url = line.strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}")).to_owned();
        Self { process, url }
    }

    /// The program, told where this mock is and with the token of its demo business.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = stora(args);
        command.env("STORA_BASE_URL", &self.url).env("STORA_ACCESS_TOKEN", "stora-mock-demo-token");
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        run(self.command(args))
    }

    /// The answer of a command that succeeds.
    pub(crate) fn done(&self, args: &[&str]) -> Value {
        let Run { code, stdout, stderr } = self.run(args);
        assert_eq!(code, Some(0), "{args:?}: {stderr}{stdout}");
        if stdout.is_empty() { Value::Null } else { serde_json::from_str(&stdout).unwrap() }
    }

    /// Makes a contact of this name, which is an event.
    pub(crate) fn contact(&self, name: &str) {
        self.done(&["contacts", "create", "--email", &format!("{name}@mail.example"), "--full-name", name]);
    }

    /// `stora listen` with more arguments, once it listens.
    pub(crate) fn listen(&self, args: &[&str], secret: Option<&str>) -> Process {
        let all: Vec<&str> = ["listen"].iter().chain(args).copied().collect();
        let mut command = self.command(&all);
        if let Some(secret) = secret {
            command.env("STORA_WEBHOOK_SECRET", secret);
        }
        let process = Process::start(command);
        process.told("Listening to", 1);
        process
    }
}

/// A receiver of webhooks, which checks what it gets.
#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    inner: Arc<Inner>,
}

struct Inner {
    verifier: Verifier,
    received: Mutex<Vec<Received>>,
    /// What it answers, and after how long.
    answer: Mutex<(StatusCode, Duration)>,
}

/// What a receiver got.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    /// The type of the event, or why it is not believed.
    pub(crate) kind: Result<String, VerifyError>,
}

impl Receiver {
    pub(crate) async fn start(secret: &str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        let inner = Arc::new(Inner {
            verifier: Verifier::new(secret).unwrap(),
            received: Mutex::default(),
            answer: Mutex::new((StatusCode::NO_CONTENT, Duration::ZERO)),
        });
        let router = axum::Router::new().route("/hooks", axum::routing::post(take)).with_state(inner.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, inner }
    }

    pub(crate) fn answers(&self, status: u16, after: Duration) {
        *self.inner.answer.lock().unwrap() = (StatusCode::from_u16(status).unwrap(), after);
    }

    /// All that it has got so far.
    pub(crate) fn take(&self) -> Vec<Received> {
        std::mem::take(&mut *self.inner.received.lock().unwrap())
    }
}

async fn take(State(inner): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let event = inner.verifier.verify(&body, &headers);
    let body = String::from_utf8(body.to_vec()).unwrap();
    let kind = event.map(|event| {
        assert!(!matches!(event, Event::Unknown(_)), "{body}");
        serde_json::from_str::<Value>(&body).unwrap()["event"]["type"].as_str().unwrap().to_owned()
    });
    inner.received.lock().unwrap().push(Received { headers, body, kind });
    let (status, after) = *inner.answer.lock().unwrap();
    tokio::time::sleep(after).await;
    status
}
