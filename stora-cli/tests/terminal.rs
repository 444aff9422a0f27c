//! What happens on a terminal, seen through a pty.

#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod support;

use std::io::{Read as _, Write as _};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use support::{Folder, TOKEN, mock, read};

/// The command on a terminal.
struct Session {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    pieces: Receiver<Vec<u8>>,
    seen: String,
}

impl Session {
    fn start(folder: &Folder, cols: u16, variables: &[(&str, &str)], words: &[&str]) -> Self {
        let pair = native_pty_system().openpty(PtySize { rows: 40, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_stora"));
        command.env_clear();
        command.env("TERM", "xterm-256color");
        command.env("STORA_CONFIG", folder.path("config.toml"));
        command.env("STORA_BASE_URL", mock());
        variables.iter().for_each(|(name, value)| command.env(name, value));
        command.args(words);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, pieces) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { master: pair.master, child, pieces, seen: String::new() }
    }

    fn with_token(folder: &Folder, words: &[&str]) -> Self {
        Self::start(folder, 160, &[("STORA_ACCESS_TOKEN", TOKEN)], words)
    }

    /// Waits until a text is seen.
    fn expect(&mut self, text: &str) {
        let end = Instant::now() + Duration::from_secs(30);
        while !self.seen.contains(text) {
            let left = end.saturating_duration_since(Instant::now());
            let piece = self.pieces.recv_timeout(left).unwrap_or_else(|_| panic!("{text} is not in {}", self.seen));
            self.seen.push_str(&String::from_utf8_lossy(&piece));
        }
    }

    fn type_keys(&self, keys: &str) {
        let mut writer = self.master.take_writer().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
        // Closing the writer would be the end of the input.
        std::mem::forget(writer);
    }

    /// Waits for the end, and gives all that was seen and the exit code.
    fn end(mut self) -> (String, u32) {
        let end = Instant::now() + Duration::from_secs(30);
        while let Ok(piece) = self.pieces.recv_timeout(end.saturating_duration_since(Instant::now())) {
            self.seen.push_str(&String::from_utf8_lossy(&piece));
        }
        let status = self.child.wait().unwrap();
        (self.seen, status.exit_code())
    }
}

#[test]
fn a_list_is_a_table_with_colour_as_wide_as_the_terminal() {
    let folder = Folder::new();
    let (seen, code) = Session::with_token(&folder, &["contacts", "list", "--limit", "3"]).end();
    assert_eq!(code, 0, "{seen}");
    assert!(seen.starts_with("\u{1b}[1mID") && seen.contains("FULL NAME"), "{seen}");
    assert_eq!(seen.lines().count(), 4, "{seen}");
    let narrow = Session::start(&folder, 60, &[("STORA_ACCESS_TOKEN", TOKEN)], &["orders", "list", "--limit", "3"]);
    let (seen, _) = narrow.end();
    let widest = seen
        .lines()
        .map(|line| line.replace("\u{1b}[1m", "").replace("\u{1b}[0m", "").trim_end().chars().count())
        .max();
    assert!(widest.unwrap() <= 60 && seen.lines().count() == 4, "{seen}");
}

#[test]
fn no_color_is_heeded_on_a_terminal() {
    let folder = Folder::new();
    let variables = [("STORA_ACCESS_TOKEN", TOKEN), ("NO_COLOR", "1")];
    for words in [
        &["invoices", "list", "--all", "--columns", "id"][..],
        &["contacts", "list", "-o", "json"],
        &["contacts", "show", "con_none"],
        &["--help"],
    ] {
        let (seen, _) = Session::start(&folder, 100, &variables, words).end();
        assert!(!seen.contains('\u{1b}'), "{words:?}: {seen}");
    }
}

#[test]
fn json_and_errors_have_colours_on_a_terminal() {
    let folder = Folder::new();
    let (seen, _) = Session::with_token(&folder, &["contacts", "list", "--limit", "1", "-o", "json"]).end();
    assert!(seen.contains("\u{1b}[1;34m\"contacts\"\u{1b}[0m"), "{seen}");
    let (seen, code) = Session::with_token(&folder, &["contacts", "show", "con_none"]).end();
    assert!(code == 5 && seen.contains("\u{1b}[1;31merror:\u{1b}[0m"), "{seen}");
}

#[test]
fn a_bar_shows_how_far_the_pages_are() {
    let folder = Folder::new();
    let (seen, code) = Session::with_token(&folder, &["invoices", "list", "--all", "--columns", "id"]).end();
    assert_eq!(code, 0, "{seen}");
    assert!(seen.contains('█') || seen.contains('░'), "{seen}");
    // Lines that run over the terminal themselves are progress enough.
    let (seen, _) = Session::with_token(&folder, &["invoices", "list", "--all", "-o", "ndjson", "--jq", ".id"]).end();
    assert!(!seen.contains('░') && !seen.contains('\u{1b}'), "{seen}");
}

#[test]
fn a_document_is_not_written_to_a_terminal() {
    let folder = Folder::new();
    let (seen, code) = Session::with_token(&folder, &["invoices", "show", "inv_1", "--pdf"]).end();
    assert!(code == 2 && seen.contains("--output-file FILE"), "{seen}");
    let (seen, code) = Session::with_token(&folder, &["images", "show", "a", "b.png"]).end();
    assert!(code == 2 && seen.contains("--output-file FILE"), "{seen}");
}

#[test]
fn login_asks_for_the_token_and_does_not_show_it() {
    let folder = Folder::new();
    let mut session = Session::start(&folder, 100, &[], &["login", "--insecure-storage"]);
    session.expect("Access token (not shown): ");
    session.type_keys(&format!("{TOKEN}\r"));
    let (seen, code) = session.end();
    assert_eq!(code, 0, "{seen}");
    assert!(seen.contains("Harbour Self Storage") && !seen.contains(TOKEN), "{seen}");
    assert!(read(&folder.path("config.toml")).contains(TOKEN));
}

#[test]
fn ctrl_c_ends_quietly() {
    let folder = Folder::new();
    let mut session = Session::start(&folder, 100, &[], &["login"]);
    session.expect("Access token (not shown): ");
    session.type_keys("\u{3}");
    let (seen, code) = session.end();
    assert_eq!(code, 130, "{seen}");
    assert!(!seen.contains("error"), "{seen}");
}

#[test]
fn ctrl_c_ends_a_command_that_reads_what_is_typed() {
    let folder = Folder::new();
    let session = Session::with_token(&folder, &["contacts", "create", "--body", "-"]);
    std::thread::sleep(Duration::from_millis(500));
    session.type_keys("\u{3}");
    let (seen, code) = session.end();
    assert!(code != 0 && seen.replace("^C", "").trim().is_empty(), "{code}: {seen}");
}

#[test]
fn ctrl_c_ends_a_call_that_takes_long() {
    // A service that takes the connection and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let folder = Folder::new();
    let variables = [("STORA_ACCESS_TOKEN", TOKEN), ("STORA_BASE_URL", address.as_str())];
    let session = Session::start(&folder, 100, &variables, &["contacts", "list"]);
    let (mut connection, _) = silent.accept().unwrap();
    let mut request = [0; 16];
    connection.read_exact(&mut request).unwrap();
    session.type_keys("\u{3}");
    let (seen, code) = session.end();
    assert_eq!((seen.replace("^C", "").trim(), code), ("", 130));
}
