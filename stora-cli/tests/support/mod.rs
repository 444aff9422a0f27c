//! What the tests of the binary share: a mock to talk to, and the command in an environment of its own.

#![allow(dead_code, reason = "no test uses all of it")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use assert_cmd::Command;
use serde_json::Value;
use stora_mock::{MockServer, RateLimit};

pub(crate) const TOKEN: &str = "stora-mock-demo-token";
pub(crate) const READONLY: &str = "stora-mock-readonly-token";

/// The address of a mock that runs as long as the tests of this file.
pub(crate) fn mock() -> &'static str {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| {
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                let server = MockServer::builder().seed(1).rate_limit(RateLimit::off()).start().await.unwrap();
                sender.send(server.url().to_owned()).unwrap();
                std::future::pending::<()>().await;
            });
        });
        receiver.recv().unwrap()
    })
}

/// A folder of its own, gone when it is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let path = std::env::temp_dir().join(format!("stora-cli-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file there.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) bytes: Vec<u8>,
}

impl Ended {
    /// The output, where the command succeeded and had nothing to tell.
    #[track_caller]
    pub(crate) fn out(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{}", self.stdout);
        self.stdout
    }

    #[track_caller]
    pub(crate) fn json(self) -> Value {
        let out = self.out();
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
    }

    /// The messages, where the command failed with this code and had no output.
    #[track_caller]
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (code, ""), "{}", self.stderr);
        self.stderr
    }
}

/// The command `stora`, in an environment that holds nothing of this machine, with a config file that is not there.
pub(crate) fn bare(folder: &Folder) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stora"));
    command.env_clear().env("STORA_CONFIG", folder.path("config.toml")).timeout(std::time::Duration::from_secs(60));
    command
}

/// The command, with the mock and its token in the environment.
pub(crate) fn stora(folder: &Folder) -> Command {
    let mut command = bare(folder);
    command.env("STORA_BASE_URL", mock()).env("STORA_ACCESS_TOKEN", TOKEN);
    command
}

pub(crate) fn ended(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    Ended {
        code: output.status.code().expect("the process was killed"),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        bytes: output.stdout,
    }
}

/// Runs the command against the mock with these words.
pub(crate) fn run<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Ended {
    ended(stora(&Folder::new()).args(args))
}

/// Runs the command against the mock with the words of a line.
pub(crate) fn line(line: &str) -> Ended {
    run(line.split(' '))
}

/// The id of the first thing in a list.
pub(crate) fn first(list: &str) -> String {
    let id = run(list.split(' ').chain(["--limit", "1", "--jq", ".[] | arrays | .[0].id"])).out().trim().to_owned();
    assert!(!id.is_empty() && id != "null", "{list} is empty");
    id
}

pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
