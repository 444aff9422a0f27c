//! `stora whoami`: what the API says about the credentials, and where each setting comes from.

use clap::ArgMatches;
use serde_json::json;

use super::login::token_info;
use super::{Command, Running};
use crate::context::{Access, Context};
use crate::failure::Failure;
use crate::settings::Login;

pub(crate) const COMMAND: Command = Command {
    name: "whoami",
    about: "Show whose credentials are used, what they allow and where they come from",
    arguments: |command| command,
    run: |context, matches| -> Running<'_> { Box::pin(run(context, matches)) },
};

async fn run(context: &Context, _: &ArgMatches) -> Result<(), Failure> {
    let settings = context.settings()?;
    let client = context.client(Access::Needed)?;
    let token = token_info(&client).await?;
    let login = settings.login.as_ref();
    let kind = login.map(|login| match &login.value {
        Login::AccessToken(_) => "access_token",
        Login::Application { .. } => "client_credentials",
    });
    context.printer()?.print(&json!({
        "operator": token["operator"]["name"],
        "application": token["application"],
        "auth": kind,
        "auth_from": login.map(|login| login.source.to_string()),
        "expires_in": token["expires_in"],
        "created_at": token["created_at"],
        "profile": settings.profile.value,
        "profile_from": settings.profile.source.to_string(),
        "base_url": settings.base_url.value,
        "base_url_from": settings.base_url.source.to_string(),
        "config": settings.config.path().display().to_string(),
        "scopes": token["scope"],
    }))
}
