//! What is shown of events and deliveries: on standard output what happened, on standard error how it goes.

use std::io::Write as _;
use std::time::Duration;

use chrono::{SecondsFormat, Utc};
use serde_json::{Value, json};

use super::Counts;
use super::deliver::{Delivery, Receiver};
use super::follow::Event;
use crate::context::Context;
use crate::control::{Mock, shown};
use crate::failure::Failure;
use crate::output::{Format, Printer, harmless, write_line};

/// How events and deliveries are shown.
pub(super) struct Show {
    form: Form,
    colour: bool,
}

enum Form {
    /// A line for people, with what the event holds below it if it goes nowhere else.
    Text,
    /// A JSON value on a line.
    Lines,
    /// What a filter makes of it, each result on a line.
    Items(Printer),
    /// As somebody asked for it.
    Printed(Printer),
}

impl Show {
    /// Deliveries are shown to people wherever they go, unless somebody asks otherwise; events on a terminal only.
    pub(super) fn new(context: &Context, delivers: bool) -> Result<Self, Failure> {
        let (flags, terminal) = (&context.flags, context.terminal);
        let wanted = context.wanted_format()?;
        let form = match wanted {
            Some(Format::Csv) => return Err(Failure::usage("CSV has no form for events; ndjson has")),
            Some(Format::Yaml) => Form::Printed(context.printer()?),
            _ if flags.jq.is_some() || !flags.columns.is_empty() => {
                Form::Items(Printer::new(Some(Format::Ndjson), &flags.columns, flags.jq.as_deref(), terminal)?)
            }
            Some(Format::Json | Format::Ndjson) => Form::Lines,
            Some(Format::Table) => Form::Text,
            None if delivers || terminal.stdout => Form::Text,
            None => Form::Lines,
        };
        Ok(Self { form, colour: terminal.colour })
    }

    /// Shows an event that goes nowhere else.
    pub(super) fn event(&self, event: &Event) -> Result<(), Failure> {
        match &self.form {
            // As it came, to the byte.
            Form::Lines => write_line(&event.body),
            Form::Items(printer) => printer.print_item(&body(event)),
            Form::Printed(printer) => printer.print(&body(event)),
            Form::Text => {
                let data = format!("{:#}", body(event)["event"]["data"]);
                write_line(&format!("{}  {}  {}", now(), self.bold(&harmless(&event.kind)), harmless(&event.id)))?;
                data.lines().try_for_each(|line| write_line(&harmless(line)))
            }
        }
    }

    /// Shows what came of a delivery.
    pub(super) fn delivery(&self, event: &Event, receiver: &Receiver, delivery: &Delivery) -> Result<(), Failure> {
        let milliseconds = u64::try_from(delivery.duration.as_millis()).unwrap_or(u64::MAX);
        let value = || {
            json!({
                "at": now(),
                "type": event.kind,
                "event_id": event.id,
                "url": receiver.url.as_str(),
                "status": delivery.answer.as_ref().ok(),
                "error": delivery.answer.as_ref().err(),
                "duration_ms": milliseconds,
            })
        };
        match &self.form {
            Form::Lines => write_line(&value().to_string()),
            Form::Items(printer) => printer.print_item(&value()),
            Form::Printed(printer) => printer.print(&value()),
            Form::Text => {
                let answer = match &delivery.answer {
                    Ok(status) => format!("[{status}]"),
                    Err(reason) => format!("[{reason}]"),
                };
                let answer = self.painted(&answer, if delivery.is_success() { "32" } else { "31" });
                let kind = self.bold(&format!("{:<31}", harmless(&event.kind)));
                write_line(&format!("{}  {kind}  {}  {answer} {milliseconds} ms", now(), harmless(&event.id)))
            }
        }
    }

    /// Tells that the stream is open.
    pub(super) fn opened(&self, mock: &Mock, receiver: Option<&Receiver>, again: bool) {
        let url = shown(mock.url());
        match receiver {
            _ if again => note(&format!("Listening again to {url}")),
            Some(receiver) => note(&format!("Listening to {url}, handing on to {}; Ctrl-C ends it", receiver.url)),
            None => note(&format!("Listening to {url}; Ctrl-C ends it")),
        }
    }

    /// Tells that the stream broke off.
    pub(super) fn broken(&self, reason: &str, after: Duration) {
        note(&format!("The stream broke off ({reason}); it is opened again in {} s", after.as_secs_f64()));
    }

    /// Tells that events were not seen.
    pub(super) fn lost(&self, lost: u64) {
        note(&format!("Too many events wait: {lost} of them were not seen"));
    }

    /// Tells what it all came to.
    pub(super) fn summary(&self, counts: &Counts, delivers: bool) {
        let Counts { events, failed, lost } = counts;
        let mut text = format!("{events} event{}", if *events == 1 { "" } else { "s" });
        if delivers {
            text.push_str(&format!(", {} delivered, {failed} failed", events - failed));
        }
        if *lost > 0 {
            text.push_str(&format!(", {lost} not seen"));
        }
        note(&text);
    }

    fn bold(&self, text: &str) -> String {
        self.painted(text, "1")
    }

    fn painted(&self, text: &str, code: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// The body of an event as a value; the text, if it is none.
fn body(event: &Event) -> Value {
    serde_json::from_str(&event.body).unwrap_or_else(|_| event.body.clone().into())
}

/// The time of this machine.
fn now() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Tells how it goes. That nobody reads it is no fault.
pub(super) fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
