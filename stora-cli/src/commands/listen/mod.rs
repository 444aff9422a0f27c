//! `stora listen`: events of the mock as they happen, shown or handed on to an endpoint.

mod deliver;
mod follow;
mod show;
mod sse;

use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, ValueHint, value_parser};
use stora_client::Secret;
use stora_client::reqwest::Url;
use stora_client::webhook::Signer;
use tokio::sync::mpsc;
use uuid::Uuid;

use self::deliver::Receiver;
use self::follow::{Followed, Follower};
use self::show::{Show, note};
use super::Command;
use crate::context::{Context, read_secret};
use crate::control::{self, Mock, OPERATOR};
use crate::failure::Failure;
use crate::settings::environment;

/// `stora listen`.
pub(crate) const COMMAND: Command = Command {
    name: "listen",
    about: "Show the events of the mock as they happen, or hand them on to an endpoint of yours",
    arguments,
    run: |context, matches| Box::pin(run(context, matches)),
};

const FORWARD_TO: &str = "forward-to";
const EVENTS: &str = "events";
const SECRET_FILE: &str = "secret-file";
const EXIT_AFTER: &str = "exit-after";
const RECEIVER_TIMEOUT: &str = "receiver-timeout";

/// The variable that holds the secret that deliveries are signed with.
const SECRET_VARIABLE: &str = "STORA_WEBHOOK_SECRET";

/// How many events wait for a slow receiver before the stream is read no further. The mock keeps some more, and tells how many it
/// could not keep.
const QUEUE: usize = 1_000;

const AFTER_HELP: &str = "\
Deliveries are made as the mock makes them: the same headers, signed, one after the other in the order of the events. What fails is
shown and not tried again. The signature has the time of this machine, so that a receiver takes it whatever the clock of the mock
says.

Where the stream breaks off, such as when the mock is started anew, it is opened again; what happened in between is not seen.

Ctrl-C ends it with exit code 0. With --exit-after the exit code is 1 if a delivery failed.";

fn arguments(command: clap::Command) -> clap::Command {
    let command = command
        .after_help(AFTER_HELP)
        .arg(
            Arg::new(FORWARD_TO)
                .long(FORWARD_TO)
                .short('f')
                .value_name("URL")
                .value_hint(ValueHint::Url)
                .value_parser(target)
                .help("Where to hand the events on to, such as http://localhost:3000/webhooks"),
        )
        .arg(
            Arg::new(EVENTS)
                .long(EVENTS)
                .short('e')
                .value_name("TYPE")
                .value_delimiter(',')
                .action(ArgAction::Append)
                .value_parser(PossibleValuesParser::new(types()))
                .hide_possible_values(true)
                .help("Only events of these types, parted by commas; `stora trigger --list` lists them"),
        )
        .arg(control::operator().help("The operator whose events they are [default: demo]"))
        .arg(
            Arg::new(SECRET_FILE)
                .long(SECRET_FILE)
                .value_name("FILE")
                .value_hint(ValueHint::FilePath)
                .requires(FORWARD_TO)
                .help(format!(
                    "Takes the secret that deliveries are signed with from a file, or - for standard input; without it one is made \
                     for this run [env: {SECRET_VARIABLE}]"
                )),
        )
        .arg(
            Arg::new(EXIT_AFTER)
                .long(EXIT_AFTER)
                .value_name("N")
                .value_parser(value_parser!(u64).range(1..))
                .help("Ends after so many events"),
        )
        .arg(
            Arg::new(RECEIVER_TIMEOUT)
                .long(RECEIVER_TIMEOUT)
                .value_name("SECONDS")
                .default_value("10")
                .value_parser(crate::settings::seconds)
                .help("How long the endpoint may take to answer"),
        );
    control::arguments(command)
}

/// The types of events that the mock knows.
pub(crate) fn types() -> &'static [&'static str] {
    let test = crate::tree::CONTROL.operation("webhook_test");
    let kind = test.and_then(|operation| operation.flags.iter().find(|flag| flag.wire == "type"));
    kind.map_or(&[], |flag| flag.values)
}

/// What has come of it.
#[derive(Debug, Default)]
struct Counts {
    events: u64,
    failed: u64,
    lost: u64,
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<(), Failure> {
    let types = matches.get_many::<String>(EVENTS).into_iter().flatten().cloned().collect::<Vec<_>>();
    let receiver = match matches.get_one::<Url>(FORWARD_TO) {
        None => None,
        Some(url) => {
            let timeout = matches.get_one::<Duration>(RECEIVER_TIMEOUT).copied().unwrap_or(Duration::from_secs(10));
            Some(Receiver::new(url.clone(), signer(matches)?, timeout)?)
        }
    };
    let limit = matches.get_one::<u64>(EXIT_AFTER).copied();
    listen(context, matches, types, receiver, limit).await
}

/// Shows events as they happen, for the command of the operation.
pub(crate) async fn watch(context: &Context, matches: &ArgMatches) -> Result<(), Failure> {
    let types = matches.get_one::<serde_json::Value>("types").and_then(|types| types.as_str()).unwrap_or_default();
    let types = types.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    listen(context, matches, types, None, None).await
}

async fn listen(
    context: &Context,
    matches: &ArgMatches,
    types: Vec<String>,
    receiver: Option<Receiver>,
    limit: Option<u64>,
) -> Result<(), Failure> {
    let mock = Mock::of_stream(context, matches, follow::SILENCE)?;
    let show = Show::new(context, receiver.is_some())?;
    let operator = operator_of(matches);
    context.take_interrupts();
    let (to_queue, mut queue) = mpsc::channel(QUEUE);
    let mut counts = Counts::default();
    let follower = Follower { mock: &mock, operator: operator.as_ref(), types: &types };
    let ended = {
        let handed_on = async {
            while let Some(followed) = queue.recv().await {
                match followed {
                    Followed::Opened { again } => show.opened(&mock, receiver.as_ref(), again),
                    Followed::Broken { reason, after } => show.broken(&reason, after),
                    Followed::Lost(lost) => {
                        counts.lost += lost;
                        show.lost(lost);
                    }
                    Followed::Event(event) => {
                        counts.events += 1;
                        match &receiver {
                            None => show.event(&event)?,
                            Some(receiver) => {
                                let delivery = receiver.deliver(&event).await;
                                counts.failed += u64::from(!delivery.is_success());
                                show.delivery(&event, receiver, &delivery)?;
                            }
                        }
                        if limit.is_some_and(|limit| counts.events >= limit) {
                            return Ok(Ended::ByCount);
                        }
                    }
                }
            }
            Ok::<_, Failure>(Ended::BySignal)
        };
        tokio::select! {
            ended = handed_on => ended?,
            failure = follower.run(to_queue) => return Err(failure),
            () = interrupted() => Ended::BySignal,
        }
    };
    show.summary(&counts, receiver.is_some());
    match ended {
        Ended::ByCount if counts.failed > 0 => {
            Err(Failure::local(format!("{} of {} deliveries failed", counts.failed, counts.events), None))
        }
        _ => Ok(()),
    }
}

/// Why it came to an end.
enum Ended {
    /// There were as many events as were asked for.
    ByCount,
    /// Somebody said so.
    BySignal,
}

/// The operator that is named: a text among the arguments by hand, a value among those of operations.
fn operator_of(matches: &ArgMatches) -> Option<String> {
    let text = matches.try_get_one::<String>(OPERATOR).ok().flatten().cloned();
    text.or_else(|| {
        let value = matches.try_get_one::<serde_json::Value>(OPERATOR).ok().flatten();
        value.and_then(|value| value.as_str()).map(str::to_owned)
    })
}

/// Waits for Ctrl-C, or until the process is told to end.
async fn interrupted() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let terminate = async {
            match signal(SignalKind::terminate()) {
                Ok(mut terminate) => drop(terminate.recv().await),
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            () = interrupt => {}
            () = terminate => {}
        }
    }
    #[cfg(not(unix))]
    interrupt.await;
}

/// What deliveries are signed with: a secret from a file or the environment, or one of this run.
fn signer(matches: &ArgMatches) -> Result<Signer, Failure> {
    let given = match matches.get_one::<String>(SECRET_FILE) {
        Some(file) => Some((read_secret(file)?, format!("the file {file}"))),
        None => environment(SECRET_VARIABLE)?.map(|secret| (Secret::from(secret), SECRET_VARIABLE.to_owned())),
    };
    let Some((secret, source)) = given else {
        let secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        note(&format!(
            "The signing secret of this run is {secret}\n\
             Give it to your receiver; or choose one, and give it to both by {SECRET_VARIABLE} or to this command by --{SECRET_FILE}."
        ));
        return Signer::new(secret).map_err(|error| Failure::local("no secret can be made", Some(error.into())));
    };
    Signer::new(secret).map_err(|error| Failure::usage(format!("the secret from {source} cannot be used: {error}")))
}

/// An address that events can be handed on to. A host alone is one of HTTP.
fn target(text: &str) -> Result<Url, String> {
    let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&whole).map_err(|error| format!("it is no address: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("only http:// and https:// lead to an endpoint".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("an address with a user or a password would show it to all on this machine".to_owned());
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_without_a_password_are_targets() {
        for (text, url) in [
            ("http://localhost:3000/hooks", "http://localhost:3000/hooks"),
            ("localhost:3000/hooks", "http://localhost:3000/hooks"),
            ("https://example.com", "https://example.com/"),
        ] {
            assert_eq!(target(text).map(String::from).as_deref(), Ok(url));
        }
        for text in ["ftp://example.com", "file:///etc/passwd", "http://a:b@localhost", "", "http://"] {
            assert!(target(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_type_of_event_is_known() {
        assert_eq!(types().len(), 38);
    }
}
