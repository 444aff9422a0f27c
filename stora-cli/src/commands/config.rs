//! `stora config`: the config file and its profiles.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches};
use serde_json::{Map, Value, json};

use super::{Command, Running};
use crate::config::Config;
use crate::context::Context;
use crate::failure::Failure;
use crate::mask::MASK;
use crate::output::{Format, write_line};
use crate::secrets;
use crate::settings::{key, seconds};

pub(crate) const COMMAND: Command = Command {
    name: "config",
    about: "Show and change the config file and its profiles",
    arguments,
    run: |context, matches| -> Running<'_> { Box::pin(run(context, matches)) },
};

/// The keys that are set by hand; those of credentials are set by `stora login`.
const KEYS: [&str; 3] = [key::BASE_URL, key::OUTPUT, key::TIMEOUT];

fn arguments(command: clap::Command) -> clap::Command {
    let sub = |name: &'static str, about: &'static str| clap::Command::new(name).about(about);
    let key = || {
        Arg::new("key").value_name("KEY").required(true).help("The key").value_parser(PossibleValuesParser::new(KEYS))
    };
    let profile = || Arg::new("name").value_name("PROFILE").required(true).help("The name of the profile");
    command
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(sub("list", "Show all profiles, without their secrets"))
        .subcommand(sub("get", "Show a value of the profile in use").arg(key()))
        .subcommand(
            sub("set", "Set a value of the profile in use, or of --profile")
                .arg(key())
                .arg(Arg::new("value").value_name("VALUE").required(true).help("The value")),
        )
        .subcommand(sub("unset", "Remove a value of the profile in use, or of --profile").arg(key()))
        .subcommand(sub("use", "Use a profile from now on").arg(profile()))
        .subcommand(sub("remove", "Remove a profile with its credentials").arg(profile()))
        .subcommand(sub("path", "Show where the config file is"))
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<(), Failure> {
    let path = Config::path_from_environment()?;
    let Some((command, matches)) = matches.subcommand() else { return Ok(()) };
    if command == "path" {
        return write_line(&path.display().to_string());
    }
    let mut config = Config::read(path)?;
    let text = |name: &str| matches.get_one::<String>(name).cloned().unwrap_or_default();
    match command {
        "list" => list(context, &config),
        "get" => {
            let (profile, key) = (context.profile_name()?, text("key"));
            match config.get(&profile, &key) {
                Some(value) => write_line(&value),
                None => Err(Failure::usage(format!("the profile `{profile}` says nothing about `{key}`"))),
            }
        }
        "set" => {
            let (key, value) = (text("key"), text("value"));
            check(&key, &value)?;
            config.set(&context.profile_name()?, &key, &value);
            config.write()
        }
        "unset" => {
            let (profile, key) = (context.profile_name()?, text("key"));
            if !config.unset(&profile, &key) {
                return Err(Failure::usage(format!("the profile `{profile}` says nothing about `{key}`")));
            }
            config.write()
        }
        "use" => {
            let name = text("name");
            known(&config, &name)?;
            config.use_profile(&name);
            config.write()
        }
        _ => remove(&mut config, &text("name")),
    }
}

/// Refuses a value that no command could use.
fn check(key: &str, value: &str) -> Result<(), Failure> {
    let reason = match key {
        key::OUTPUT => Format::parse(value).err(),
        key::TIMEOUT => seconds(value).err(),
        _ if !value.starts_with("http://") && !value.starts_with("https://") => {
            Some("it is not an http or https address".to_owned())
        }
        _ => None,
    };
    reason.map_or(Ok(()), |reason| Err(Failure::usage(format!("`{value}` cannot be the {key}: {reason}"))))
}

fn list(context: &Context, config: &Config) -> Result<(), Failure> {
    let used = context.profile_name()?;
    let profiles = config.profiles().into_iter().map(|name| {
        let mut row = Map::new();
        row.insert("profile".to_owned(), json!(name));
        row.insert("used".to_owned(), json!(name == used));
        for (key, value) in config.entries(name) {
            let value = if key == key::SECRET { MASK.to_owned() } else { value };
            row.insert(key, value.into());
        }
        Value::Object(row)
    });
    context.printer()?.print(&Value::Array(profiles.collect()))
}

fn remove(config: &mut Config, name: &str) -> Result<(), Failure> {
    known(config, name)?;
    if config.get(name, key::STORAGE).as_deref() == Some("keyring") {
        secrets::remove(name)?;
    }
    config.remove_profile(name);
    config.write()
}

fn known(config: &Config, name: &str) -> Result<(), Failure> {
    if config.profiles().contains(&name) {
        return Ok(());
    }
    let all = config.profiles().join(", ");
    let advice = if all.is_empty() {
        "There is none; `stora login` makes one.".to_owned()
    } else {
        format!("There are: {all}.")
    };
    Err(Failure::usage_with_advice(format!("there is no profile `{name}`"), advice))
}
