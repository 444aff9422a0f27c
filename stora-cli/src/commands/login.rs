//! `stora login`: credentials for a profile, looked at by the API before they are stored.

use clap::{Arg, ArgAction, ArgMatches};
use serde_json::{Value, json};
use stora_client::http::Method;
use stora_client::{Client, Secret};

use super::{Command, Running, prompt};
use crate::config::Config;
use crate::context::{Context, credentials, read_secret};
use crate::failure::Failure;
use crate::report::note;
use crate::secrets;
use crate::settings::{Login, SecretPlace, Settings, Source, key};

pub(crate) const COMMAND: Command = Command {
    name: "login",
    about: "Store credentials for a profile, in the system's keyring",
    arguments,
    run: |context, matches| -> Running<'_> { Box::pin(run(context, matches)) },
};

const LONG: &str = "\
Stores an access token, or with --client-id the id and secret of an OAuth 2 application, for a profile.

The secret is asked for where nobody sees it, or read from standard input: `stora login < token.txt`. The API is asked \
whether it counts before it is stored, in the system's keyring. Where there is none, --insecure-storage writes it into the \
config file, which its owner alone can read.

A base URL that is given, by --base-url or STORA_BASE_URL, is stored with the profile.";

fn arguments(command: clap::Command) -> clap::Command {
    command
        .long_about(LONG)
        .arg(
            Arg::new("client-id")
                .long("client-id")
                .value_name("ID")
                .help("Logs in an OAuth 2 application with this id; the secret is asked for"),
        )
        .arg(
            Arg::new("scopes")
                .long("scopes")
                .value_name("SCOPES")
                .help("The scopes that the application asks for; all unless said otherwise")
                .action(ArgAction::Append)
                .value_delimiter(',')
                .requires("client-id"),
        )
        .arg(
            Arg::new("insecure-storage")
                .long("insecure-storage")
                .help("Writes the secret into the config file, in plain text")
                .action(ArgAction::SetTrue),
        )
        .args(refused())
}

/// What people try, and what would show a secret to everybody who can list processes.
fn refused() -> impl Iterator<Item = Arg> {
    let flags = ["token", "access-token", "client-secret", "secret", "password", "with-token"];
    let flag = |name: &'static str| Arg::new(name).long(name).hide(true).num_args(0..=1);
    flags.into_iter().map(flag).chain([Arg::new("refused").hide(true).num_args(0..)])
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<(), Failure> {
    if refused().any(|arg| matches.value_source(arg.get_id().as_str()).is_some()) {
        return Err(Failure::usage_with_advice(
            "a secret is not taken from the command line: others can read it there",
            "Let it be asked for, or send it to standard input: `stora login < FILE`.",
        ));
    }
    let settings = context.settings()?;
    let secret = secret(context, matches).await?;
    let place = SecretPlace::Here(secret.clone());
    let login = match matches.get_one::<String>("client-id") {
        None => Login::AccessToken(place),
        Some(id) => Login::Application { id: id.clone(), secret: place, scopes: scopes(matches) },
    };
    let client = context.client_with(credentials(&login)?)?;
    let token = token_info(&client).await?;
    store(settings, &login, &secret, matches.get_flag("insecure-storage"))?;
    if let Some(Source::Environment(variable)) = settings.login.as_ref().map(|login| &login.source) {
        note(&format!("{variable} is set, and goes before what was stored."));
    }
    let profile = &settings.profile.value;
    let storage = if matches.get_flag("insecure-storage") { "file" } else { "keyring" };
    context.printer()?.print(&json!({
        "profile": profile,
        "operator": token["operator"]["name"],
        "base_url": settings.base_url.value,
        "storage": storage,
        "config": settings.config.path().display().to_string(),
    }))
}

/// The secret: from the file that is named, from a prompt, or from standard input.
async fn secret(context: &Context, matches: &ArgMatches) -> Result<Secret, Failure> {
    if let Some(file) = &context.flags.token_file {
        return read_secret(file);
    }
    if !context.terminal.stdin {
        return read_secret("-");
    }
    let what = if matches.contains_id("client-id") { "Client secret" } else { "Access token" };
    prompt::hidden(&format!("{what} (not shown): ")).await
}

fn scopes(matches: &ArgMatches) -> Option<String> {
    let scopes: Vec<&str> = matches.get_many::<String>("scopes")?.map(String::as_str).collect();
    Some(scopes.join(" "))
}

/// What the API says about the credentials of a client.
pub(super) async fn token_info(client: &Client) -> Result<Value, Failure> {
    let row = crate::COMMANDS.iter().find(|row| row.id == "oauth_token_show");
    let answer = client.raw(Method::GET, "/oauth2/token/info").json::<Value>().await;
    let answer = answer.map_err(Failure::from);
    match row {
        Some(row) => answer.map_err(|failure| failure.of(row, Vec::new())),
        None => answer,
    }
    .map(stora_client::Response::into_inner)
}

fn store(settings: &Settings, login: &Login, secret: &Secret, is_insecure: bool) -> Result<(), Failure> {
    let profile = &settings.profile.value;
    // The keyring first: where it refuses, the profile stays as it was.
    if !is_insecure {
        secrets::store(profile, secret)?;
    }
    let mut config = Config::read(settings.config.path().to_owned())?;
    let was_in_keyring = config.get(profile, key::STORAGE).as_deref() == Some("keyring");
    for known in [key::AUTH, key::CLIENT_ID, key::SCOPES, key::STORAGE, key::SECRET] {
        config.unset(profile, known);
    }
    match login {
        Login::AccessToken(_) => config.set(profile, key::AUTH, "access_token"),
        Login::Application { id, scopes, .. } => {
            config.set(profile, key::AUTH, "client_credentials");
            config.set(profile, key::CLIENT_ID, id);
            if let Some(scopes) = scopes {
                config.set(profile, key::SCOPES, scopes);
            }
        }
    }
    if is_insecure {
        config.set(profile, key::STORAGE, "file");
        config.set(profile, key::SECRET, secret.expose());
    } else {
        config.set(profile, key::STORAGE, "keyring");
    }
    if matches!(settings.base_url.source, Source::Flag(_) | Source::Environment(_)) {
        config.set(profile, key::BASE_URL, &settings.base_url.value);
    }
    config.write()?;
    if is_insecure && was_in_keyring {
        // What was there before is of no use any more; where the keyring is gone, so is it.
        let _ = secrets::remove(profile);
    }
    Ok(())
}
