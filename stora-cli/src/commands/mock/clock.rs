//! `stora mock clock`: what time it is in the mock, and what time it is to be.

use clap::{Arg, ArgAction, ArgGroup, ArgMatches};
use serde_json::{Map, Value};

use crate::context::Context;
use crate::control::{self, Mock, OPERATOR};
use crate::failure::Failure;

/// The group that the command stands for.
pub(super) const GROUP: &str = "clock";

const ADVANCE: &str = "advance-by";
const TO: &str = "to";
const SET: &str = "set-at";
const FREEZE: &str = "freeze";
const RUN: &str = "run";

/// Makes the group a command by itself.
pub(super) fn extend(group: clap::Command) -> clap::Command {
    let flag = |id: &'static str, name: &'static str, help: &'static str| Arg::new(id).long(name).help(help);
    let moves = [ADVANCE, TO, SET];
    group
        .subcommand_required(false)
        .arg_required_else_help(false)
        .args_conflicts_with_subcommands(true)
        .arg(
            flag(ADVANCE, "advance", "Move the clock forward, such as by P30D or PT1H, and do what falls due")
                .value_name("DURATION"),
        )
        .arg(
            flag(TO, "to", "Move the clock forward to an instant, such as 2026-04-01T00:00:00Z, and do what falls due")
                .value_name("INSTANT"),
        )
        .arg(
            flag(SET, "set", "Set the clock, which then stands; once there are data it goes forward only")
                .value_name("INSTANT"),
        )
        .arg(flag(FREEZE, "freeze", "Let the clock stand").action(ArgAction::SetTrue).conflicts_with(RUN))
        .arg(flag(RUN, "run", "Let the clock run with real time").action(ArgAction::SetTrue))
        .group(ArgGroup::new("move").args(moves))
        .arg(control::operator())
}

/// Shows the clock, once it is as it is to be.
pub(super) async fn run(context: &Context, matches: &ArgMatches) -> Result<(), Failure> {
    let mock = Mock::of(context, matches)?;
    let text = |id: &str| matches.get_one::<String>(id).map(|text| Value::from(text.as_str()));
    let (freeze, run) = (matches.get_flag(FREEZE), matches.get_flag(RUN));
    let mut set = Map::new();
    set.extend(text(SET).map(|at| ("at".to_owned(), at)));
    if freeze || run {
        set.insert("running".to_owned(), if run { "real" } else { "standing" }.into());
    }
    let mut advance = Map::new();
    advance.extend(text(ADVANCE).map(|by| ("by".to_owned(), by)));
    advance.extend(text(TO).map(|to| ("to".to_owned(), to)));

    let mut shown = None;
    // A clock that is to stand stands before it is moved, so that it is exactly where it was moved to.
    for (act, body) in [("clock_set", set), ("clock_advance", advance)] {
        if !body.is_empty() {
            let call = mock.act(act, &[])?.operator(matches.get_one(OPERATOR));
            shown = Some(call.json(&Value::Object(body)).send().await?);
        }
    }
    let shown = match shown {
        Some(shown) => shown,
        None => mock.act("clock_show", &[])?.operator(matches.get_one(OPERATOR)).send().await?,
    };
    context.printer()?.print(&shown)
}
