//! `stora logout`: removes the credentials of a profile.

use clap::ArgMatches;
use serde_json::json;

use super::{Command, Running};
use crate::config::Config;
use crate::context::Context;
use crate::failure::Failure;
use crate::secrets;
use crate::settings::key;

pub(crate) const COMMAND: Command = Command {
    name: "logout",
    about: "Remove the credentials of a profile from keyring and config file",
    arguments: |command| command,
    run: |context, matches| -> Running<'_> { Box::pin(run(context, matches)) },
};

async fn run(context: &Context, _: &ArgMatches) -> Result<(), Failure> {
    let path = Config::path_from_environment()?;
    let profile = context.profile_name()?;
    let mut config = Config::read(path)?;
    if config.get(&profile, key::AUTH).is_none() {
        return Err(Failure::usage_with_advice(
            format!("the profile `{profile}` has no credentials"),
            "`stora config list` shows the profiles.",
        ));
    }
    if config.get(&profile, key::STORAGE).as_deref() == Some("keyring") {
        secrets::remove(&profile)?;
    }
    for known in [key::AUTH, key::CLIENT_ID, key::SCOPES, key::STORAGE, key::SECRET] {
        config.unset(&profile, known);
    }
    config.write()?;
    context.printer()?.print(&json!({"profile": profile, "logged_out": true}))
}
