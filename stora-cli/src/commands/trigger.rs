//! `stora trigger`: an event that did not happen, to test who receives it.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches};
use serde_json::{Map, Value, json};

use super::Command;
use super::listen::types;
use crate::context::Context;
use crate::control::{self, Mock, OPERATOR};
use crate::failure::Failure;
use crate::output::write_line;

/// `stora trigger`.
pub(crate) const COMMAND: Command = Command {
    name: "trigger",
    about: "Fire an event of the mock that did not happen, to test who receives it",
    arguments,
    run: |context, matches| Box::pin(run(context, matches)),
};

const EVENT: &str = "EVENT";
const SET: &str = "set";
const ENDPOINT: &str = "endpoint";
const SUBJECT: &str = "subject";
const LIST: &str = "list";

fn arguments(command: clap::Command) -> clap::Command {
    let command = command
        .after_help(
            "It goes to every enabled endpoint of the operator that asked for the type, and to `stora listen`. It tells of the newest \
             record of its kind, or else of the example of the document.",
        )
        .arg(
            Arg::new(EVENT)
                .value_name(EVENT)
                .required_unless_present(LIST)
                .value_parser(PossibleValuesParser::new(types()))
                .hide_possible_values(true)
                .help("The type of the event, such as invoice.paid"),
        )
        .arg(
            Arg::new(SET)
                .long(SET)
                .value_name("PATH=VALUE")
                .action(ArgAction::Append)
                .value_parser(change)
                .help("What the event says of the record otherwise than it is, such as status=paid; JSON, or else a text"),
        )
        .arg(
            Arg::new(ENDPOINT)
                .long(ENDPOINT)
                .value_name("WEBHOOK_ENDPOINT_ID")
                .help("The one endpoint that gets it, whatever it asked for"),
        )
        .arg(Arg::new(SUBJECT).long(SUBJECT).value_name("ID").help("The record that it tells of"))
        .arg(control::operator().help("The operator whose event it is [default: demo]"))
        .arg(
            Arg::new(LIST)
                .long(LIST)
                .action(ArgAction::SetTrue)
                .conflicts_with_all([EVENT, SET, ENDPOINT, SUBJECT])
                .help("List the types of events instead"),
        );
    control::arguments(command)
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<(), Failure> {
    if matches.get_flag(LIST) {
        return list(context);
    }
    let text = |id: &str| matches.get_one::<String>(id).map(|text| Value::from(text.as_str()));
    let set: Map<String, Value> = matches.get_many::<(String, Value)>(SET).into_iter().flatten().cloned().collect();
    let mut body = json!({"type": text(EVENT)});
    for (member, value) in [("endpoint_id", text(ENDPOINT)), ("subject_id", text(SUBJECT))] {
        if let Some(value) = value {
            body[member] = value;
        }
    }
    if !set.is_empty() {
        body["set"] = set.into();
    }
    let mock = Mock::of(context, matches)?;
    let call = mock.act("webhook_test", &[])?.operator(matches.get_one(OPERATOR));
    let answer = call.json(&body).send().await?;
    context.printer()?.print(&answer)
}

fn list(context: &Context) -> Result<(), Failure> {
    let is_plain = context.flags.jq.is_none() && context.wanted_format()?.is_none();
    if is_plain {
        return types().iter().try_for_each(|name| write_line(name));
    }
    context.printer()?.print(&json!(types()))
}

/// A path in the record, and the value there.
fn change(text: &str) -> Result<(String, Value), String> {
    let (path, value) = text.split_once('=').ok_or("it is not of the form PATH=VALUE")?;
    if path.is_empty() {
        return Err("there is no path before the equals sign".to_owned());
    }
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    Ok((path.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_json_is_a_text() {
        let change = |text| change(text).unwrap();
        assert_eq!(change("status=paid"), ("status".to_owned(), json!("paid")));
        assert_eq!(change("total=1200"), ("total".to_owned(), json!(1200)));
        assert_eq!(change("note=a=b"), ("note".to_owned(), json!("a=b")));
        assert_eq!(change("line_items.0.item={\"id\":null}").1, json!({"id": null}));
        assert!(super::change("status").is_err());
        assert!(super::change("=x").is_err());
    }
}
