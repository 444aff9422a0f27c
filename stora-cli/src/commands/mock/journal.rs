//! `stora mock journal`: what was called last, and what a call that hit no operation was near to.

use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches};
use serde_json::{Value, json};

use super::near;
use crate::Call;
use crate::command::Operation;
use crate::context::Context;
use crate::control::Mock;
use crate::failure::Failure;
use crate::output::{Format, harmless, write_line};
use crate::tree::{self, CONTROL};

/// The group that the command stands for.
pub(super) const GROUP: &str = "journal";

/// The operation that it is short for.
const LIST: &str = "journal_list";

const FOLLOW: &str = "follow";

/// How often is asked for more.
const INTERVAL: Duration = Duration::from_millis(300);

/// Makes the group a command by itself, with the flags of the list.
pub(super) fn extend(group: clap::Command) -> clap::Command {
    let Some(list) = CONTROL.operation(LIST) else { return group };
    group
        .subcommand_required(false)
        .arg_required_else_help(false)
        .args_conflicts_with_subcommands(true)
        .args(tree::leaf(list).get_arguments().cloned())
        .arg(
            Arg::new(FOLLOW)
                .long(FOLLOW)
                .short('f')
                .action(ArgAction::SetTrue)
                .help("Go on with what is called from now on, until Ctrl-C"),
        )
}

/// Shows the journal.
pub(super) async fn run(context: &Context, matches: &ArgMatches) -> Result<(), Failure> {
    let list = CONTROL.operation(LIST).ok_or(crate::CallError::NotAnOperation)?;
    let mock = Mock::of(context, matches)?;
    let mut call = Call::of(list, matches, &mut std::io::stdin())?;
    let follow = matches.get_flag(FOLLOW);
    let wanted = context.wanted_format()?;
    let is_for_people = match wanted {
        None => context.terminal.stdout && context.flags.jq.is_none() && context.flags.columns.is_empty(),
        Some(_) => false,
    };
    let mut last = 0;
    loop {
        let mut answer = mock.call(&call).await?.unwrap_or_default();
        note_near_misses(&mut answer);
        let entries = answer["entries"].as_array().cloned().unwrap_or_default();
        if !follow && !is_for_people {
            return context.printer()?.print(&answer);
        }
        last = entries.first().and_then(|entry| entry["sequence"].as_u64()).unwrap_or(last);
        // As they happened: what a person reads goes down, and what follows comes last.
        for entry in entries.iter().rev() {
            match wanted {
                _ if is_for_people => write_line(&line(entry))?,
                None | Some(Format::Json | Format::Ndjson) => write_line(&entry.to_string())?,
                Some(_) => context.printer()?.print(entry)?,
            }
        }
        if !follow {
            return Ok(());
        }
        call.query.retain(|(name, _)| name != "since" && name != "limit");
        call.query.push(("since".to_owned(), last.to_string()));
        call.query.push(("limit".to_owned(), "1000".to_owned()));
        tokio::time::sleep(INTERVAL).await;
    }
}

/// Tells, for each call that hit no operation, what it was near to.
fn note_near_misses(answer: &mut Value) {
    for entry in answer["entries"].as_array_mut().into_iter().flatten() {
        if !entry["operation"].is_null() {
            continue;
        }
        let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        if let Some(Operation { id, method, path, .. }) = near::operation(&text("method"), &text("path")) {
            entry["near_miss"] = json!({"operation": id, "method": method, "path": path});
        }
    }
}

/// A line about a call.
fn line(entry: &Value) -> String {
    let text = |name: &str| entry[name].as_str().unwrap_or_default();
    let micros = entry["duration_micros"].as_u64().unwrap_or_default();
    let mut out = format!(
        "{} {:>5} {} {:<6} {}  {}.{} ms",
        text("at"),
        entry["sequence"],
        entry["status"],
        text("method"),
        harmless(text("path")),
        micros / 1000,
        micros % 1000 / 100,
    );
    for (name, words) in [("rule", "by rule"), ("fault", "fault")] {
        if let Some(value) = entry[name].as_str() {
            out.push_str(&format!("  {words} {value}"));
        }
    }
    if entry["status"].as_u64().is_some_and(|status| status >= 400)
        && let Some(message) = message(entry)
    {
        out.push_str(&format!("\n      {}", harmless(&message)));
    }
    if let near @ Value::Object(_) = &entry["near_miss"] {
        let text = |name: &str| near[name].as_str().unwrap_or_default();
        out.push_str(&format!("\n      near to {} {} ({})", text("method"), text("path"), text("operation")));
    }
    out
}

/// What the error of an answer says.
fn message(entry: &Value) -> Option<String> {
    let body = &entry["response_body"];
    let parsed;
    let body = match body.as_str().or_else(|| body["text"].as_str()) {
        Some(text) => {
            parsed = serde_json::from_str::<Value>(text).ok()?;
            &parsed
        }
        None => body,
    };
    body["error"]["message"].as_str().map(str::to_owned)
}
