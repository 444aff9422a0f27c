//! Tells why a command failed: in words for people, as JSON for programs.

use std::io::Write as _;

use serde_json::{Map, Value, json};
use stora_client::error::{ApiError, AuthError};

use crate::command::{Flag, Operation, Place};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, harmless};
use crate::settings::variable;
use crate::terminal::Terminal;
use crate::tree::CONTROL;

const RED: &str = "\u{1b}[1;31m";
const RESET: &str = "\u{1b}[0m";

/// A failure in parts.
struct Report {
    kind: &'static str,
    message: String,
    /// One for each fault in what was sent.
    details: Vec<Detail>,
    advice: Option<String>,
}

/// A fault in what was sent.
struct Detail {
    pointer: String,
    flag: Option<String>,
    message: String,
}

/// Tells of a failure on standard error, and gives the exit code for it.
pub(crate) fn tell(failure: &Failure, context: &Context) -> Exit {
    let exit = failure.exit();
    if matches!(failure, Failure::Interrupted) || failure.is_closed_pipe() {
        return exit;
    }
    let report = Report::of(failure, context);
    if wants_json(context) {
        write(&format!("{}\n", report.json(failure, exit)));
    } else {
        write(&report.words(failure, context.terminal));
    }
    exit
}

/// Tells what clap found, or shows the help that somebody asked for.
pub(crate) fn tell_arguments(error: &clap::Error, args: &[std::ffi::OsString], terminal: Terminal) -> Exit {
    if !error.use_stderr() {
        // That a pipe is closed is no fault.
        let text = error.render();
        let text = if terminal.colour { text.ansi().to_string() } else { text.to_string() };
        let _ = std::io::stdout().lock().write_all(text.as_bytes());
        return Exit::Done;
    }
    if asks_for_json(args) {
        let text = error.to_string();
        let message = text.trim_start_matches("error: ").split("\n\nUsage:").next().unwrap_or_default().trim();
        let code = Exit::Usage as u8;
        write(&format!("{}\n", json!({"error": {"kind": "usage", "message": message, "exit_code": code}})));
    } else {
        let text = error.render();
        write(&if terminal.stderr_colour { text.ansi().to_string() } else { text.to_string() });
    }
    Exit::Usage
}

impl Report {
    fn of(failure: &Failure, context: &Context) -> Self {
        let plain = |kind, advice: Option<&String>| Self {
            kind,
            message: with_causes(failure),
            details: Vec::new(),
            advice: advice.cloned(),
        };
        match failure {
            Failure::Client { operation, given, source } => Self::of_client(source, *operation, given, context),
            Failure::Call(_) => plain("usage", None),
            Failure::Usage { advice, .. } => plain("usage", advice.as_ref()),
            Failure::Credentials { advice, .. } => plain("authentication", Some(advice)),
            Failure::Keyring { advice, .. } => plain("keyring", Some(advice)),
            Failure::NoMock { advice, .. } => plain("transport", Some(advice)),
            #[cfg(feature = "mock")]
            Failure::Mock(_) => plain("mock", None),
            Failure::File { .. } => plain("file", None),
            Failure::Output(_) | Failure::Local { .. } | Failure::Interrupted => plain("local", None),
        }
    }

    fn of_client(
        error: &stora_client::Error,
        operation: Option<&'static Operation>,
        given: &[&'static Flag],
        context: &Context,
    ) -> Self {
        let advice = advice(error, operation, context);
        let attempts = match error.attempts() {
            Some(attempts) if attempts > 1 => format!(", after {attempts} attempts"),
            _ => String::new(),
        };
        let Some(api) = error.api().or_else(|| refused_token(error)) else {
            let (kind, message) = match error.last() {
                stora_client::Error::InvalidRequest(_) => ("usage", with_causes(error.last())),
                stora_client::Error::Auth(_) => ("authentication", with_causes(error.last())),
                stora_client::Error::Transport(_) | stora_client::Error::Timeout(_) => {
                    ("transport", with_causes(error.last()))
                }
                _ => ("answer", with_causes(error.last())),
            };
            return Self { kind, message: message + &attempts, details: Vec::new(), advice };
        };
        let code = api.code.as_ref().map(ToString::to_string).or(api.oauth.as_ref().map(ToString::to_string));
        let code = code.map_or_else(String::new, |code| format!(" {code}"));
        let said = if api.message.is_empty() { String::new() } else { format!(": {}", api.message) };
        let message = format!("the service answered {}{code}{said}{attempts}", api.status);
        let detail = |detail: &stora_client::types::ErrorDetail| Detail {
            pointer: detail.pointer.to_string(),
            flag: flag_of(&detail.pointer.to_string(), given),
            message: detail.message.to_string(),
        };
        Self { kind: "api", message, details: api.details.iter().map(detail).collect(), advice }
    }

    fn words(&self, failure: &Failure, terminal: Terminal) -> String {
        let (red, reset) = if terminal.stderr_colour { (RED, RESET) } else { ("", "") };
        let mut out = format!("{red}error:{reset} {}\n", harmless(&self.message));
        for Detail { pointer, flag, message } in &self.details {
            let place = match flag {
                Some(flag) => format!("{flag} ({pointer})"),
                None => pointer.clone(),
            };
            out.push_str(&format!("  {}: {}\n", harmless(&place), harmless(message)));
        }
        if let Some(id) = request_id(failure) {
            out.push_str(&format!("  request id: {}\n", harmless(id)));
        }
        if let Some(advice) = &self.advice {
            out.push_str(&format!("  {advice}\n"));
        }
        out
    }

    fn json(&self, failure: &Failure, exit: Exit) -> Value {
        let mut error = Map::new();
        error.insert("kind".to_owned(), self.kind.into());
        error.insert("message".to_owned(), self.message.as_str().into());
        if let Failure::Client { source, .. } = failure
            && let Some(api) = source.api()
        {
            error.insert("status".to_owned(), api.status.as_u16().into());
            if let Some(code) = &api.code {
                error.insert("code".to_owned(), code.to_string().into());
            }
        }
        if !self.details.is_empty() {
            let details = self
                .details
                .iter()
                .map(|Detail { pointer, flag, message }| json!({"pointer": pointer, "flag": flag, "message": message}));
            error.insert("details".to_owned(), details.collect());
        }
        if let Some(id) = request_id(failure) {
            error.insert("request_id".to_owned(), id.into());
        }
        if let Some(advice) = &self.advice {
            error.insert("advice".to_owned(), advice.as_str().into());
        }
        error.insert("exit_code".to_owned(), (exit as u8).into());
        json!({ "error": error })
    }
}

/// What the service said when it was asked for an access token.
fn refused_token(error: &stora_client::Error) -> Option<&ApiError> {
    let stora_client::Error::Auth(auth) = error.last() else { return None };
    match &**auth {
        AuthError::Token(inner) => inner.api(),
        _ => None,
    }
}

fn request_id(failure: &Failure) -> Option<&str> {
    let Failure::Client { source, .. } = failure else { return None };
    source.request_id().or_else(|| refused_token(source)?.request_id.as_deref())
}

/// The flag that gave the value which a pointer leads to.
fn flag_of(pointer: &str, given: &[&'static Flag]) -> Option<String> {
    let first = pointer.trim_start_matches('/').split('/').next()?;
    // In a query, a property of a parameter stands in brackets.
    let first = first.split('[').next()?;
    let mut flags = given.iter().filter(|flag| flag.wire == first && flag.place != Place::Header);
    flags.next().map(|flag| format!("--{}", flag.name))
}

/// What to do about a call that failed.
fn advice(error: &stora_client::Error, operation: Option<&Operation>, context: &Context) -> Option<String> {
    let settings = context.settings().ok()?;
    let command = operation.map(|operation| operation.command_path().collect::<Vec<_>>().join(" "));
    let group = operation.map(|operation| operation.group.join(" "));
    if let Some(operation) = operation.filter(|operation| CONTROL.has(operation)) {
        return control_advice(error, operation);
    }
    if let stora_client::Error::Auth(_) = error.last()
        && error.is_retryable()
    {
        return Some("No token could be fetched just now; try again.".to_owned());
    }
    if error.is_unauthorized() {
        return Some(match &settings.login {
            Some(login) => format!("The credentials from {} do not count. `stora login` stores others.", login.source),
            None => "`stora login` stores credentials; so does the environment (STORA_ACCESS_TOKEN).".to_owned(),
        });
    }
    if error.is_forbidden() {
        let scopes = operation.map(|operation| operation.scopes.join(", ")).filter(|scopes| !scopes.is_empty())?;
        return Some(format!("It takes the scope {scopes}; `stora whoami` shows those of the credentials."));
    }
    if error.is_not_found() {
        return Some(match group {
            Some(group) if has_list(&group) => format!("`stora {group} list` shows what there is."),
            _ => format!("Look at the address: {} from {}.", settings.base_url.value, settings.base_url.source),
        });
    }
    if error.is_rate_limited() {
        return Some("Too many requests; wait a minute and try again.".to_owned());
    }
    if error.is_timeout() {
        return Some("--timeout SECONDS gives it longer.".to_owned());
    }
    match error.last() {
        stora_client::Error::Transport(_) => Some(format!(
            "Is {} (from {}) the right address, and is somebody there?",
            settings.base_url.value, settings.base_url.source
        )),
        stora_client::Error::Api(api) if api.status.is_server_error() => {
            Some("It may pass: try again. If it stays, quote the request id to Stora.".to_owned())
        }
        stora_client::Error::Api(_) => command.map(|command| format!("`stora {command} --help` tells what it takes.")),
        _ => None,
    }
}

/// What to do about a call of the control API of a mock that failed.
fn control_advice(error: &stora_client::Error, operation: &Operation) -> Option<String> {
    let group = operation.group.join(" ");
    if error.is_not_found() {
        let list = if has_list(&group) { group } else { "mock operators".to_owned() };
        return Some(format!("`stora {list} list` shows what there is."));
    }
    let command = operation.command_path().collect::<Vec<_>>().join(" ");
    matches!(error.last(), stora_client::Error::Api(api) if api.status.is_client_error())
        .then(|| format!("`stora mock {command} --help` tells what it takes."))
}

fn has_list(group: &str) -> bool {
    crate::COMMANDS.iter().any(|row| row.name == "list" && row.group.join(" ") == group && row.positionals.is_empty())
}

/// The text of an error and of its causes. A cause whose text is in that of the error is not told twice.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        source = cause.source();
    }
    text
}

/// Whether errors are told as JSON: somebody asked for JSON, not only the pipe that the output goes into.
fn wants_json(context: &Context) -> bool {
    // Where settings are at fault, what the flag says still counts.
    let wanted = context.wanted_format().ok().flatten();
    let flag = context.flags.output.as_deref().and_then(|name| Format::parse(name).ok());
    matches!(wanted.or(flag), Some(Format::Json | Format::Ndjson))
}

/// Whether a command line that cannot be read asks for JSON.
fn asks_for_json(args: &[std::ffi::OsString]) -> bool {
    let words: Vec<&str> = args.iter().filter_map(|arg| arg.to_str()).collect();
    let is_json = |name: &str| matches!(Format::parse(name), Ok(Format::Json | Format::Ndjson));
    let pair = |pair: &[&str]| matches!(pair[0], "-o" | "--output").then(|| pair[1].to_owned());
    let joined = |word: &&str| word.strip_prefix("--output=").or_else(|| word.strip_prefix("-o")).map(str::to_owned);
    let flag = words.windows(2).find_map(pair).or_else(|| words.iter().find_map(joined));
    match flag {
        Some(name) => is_json(name.trim_start_matches('=')),
        None => std::env::var(variable::OUTPUT).is_ok_and(|name| is_json(&name)),
    }
}

/// Tells something beside the output that is no failure.
pub(crate) fn note(text: &str) {
    write(&format!("note: {text}\n"));
}

/// Writes to standard error. That nobody listens there is nothing that could be told to anybody.
fn write(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
