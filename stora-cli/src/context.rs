//! What every command is given: flags, settings, the terminal, and from them the client and the output.

use std::cell::{Cell, OnceCell};
use std::io::Read as _;
use std::time::Duration;

use stora_client::{Client, Credentials, Secret, reqwest};

use crate::config::Config;
use crate::failure::Failure;
use crate::flags::Flags;
use crate::output::{Format, Printer};
use crate::secrets;
use crate::settings::{Login, SecretPlace, Settings};
use crate::terminal::Terminal;
use crate::wire::Wire;

/// How long opening a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What every command is given.
#[derive(Debug)]
pub(crate) struct Context {
    /// What the flags of every command say.
    pub(crate) flags: Flags,
    /// Which streams are terminals.
    pub(crate) terminal: Terminal,
    settings: OnceCell<Settings>,
    /// Whether the command sees to Ctrl-C by itself.
    takes_interrupts: Cell<bool>,
}

/// Whether a call can do without credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// It fails without.
    Needed,
    /// It takes them if there are any.
    Open,
}

impl Context {
    /// The context of a command line. Settings are looked for when they are first asked for, so that a command that needs none
    /// works whatever they are.
    pub(crate) fn new(flags: Flags, terminal: Terminal) -> Self {
        Self { flags, terminal, settings: OnceCell::new(), takes_interrupts: Cell::new(false) }
    }

    /// From now on the command sees to Ctrl-C by itself.
    pub(crate) fn take_interrupts(&self) {
        self.takes_interrupts.set(true);
    }

    /// Waits for a Ctrl-C that the command does not see to.
    pub(crate) async fn interrupted(&self) {
        if tokio::signal::ctrl_c().await.is_err() || self.takes_interrupts.get() {
            std::future::pending::<()>().await;
        }
    }

    /// What holds by flags, environment and config file.
    pub(crate) fn settings(&self) -> Result<&Settings, Failure> {
        if let Some(settings) = self.settings.get() {
            return Ok(settings);
        }
        let config = Config::read(Config::path_from_environment()?)?;
        let settings = Settings::resolve(&self.flags, config)?;
        Ok(self.settings.get_or_init(|| settings))
    }

    /// The name of the profile in use, whether it is there or not, and whatever else the settings say.
    pub(crate) fn profile_name(&self) -> Result<String, Failure> {
        let config = Config::read(Config::path_from_environment()?)?;
        Settings::profile_name(&self.flags, &config)
    }

    /// The format of the output that somebody asked for, by flag, environment or profile.
    pub(crate) fn wanted_format(&self) -> Result<Option<Format>, Failure> {
        Ok(self.settings()?.output.as_ref().map(|output| output.value))
    }

    /// What writes the output.
    pub(crate) fn printer(&self) -> Result<Printer, Failure> {
        let format = self.wanted_format()?;
        Printer::new(format, &self.flags.columns, self.flags.jq.as_deref(), self.terminal)
    }

    /// A client for the API as the settings say.
    pub(crate) fn client(&self, access: Access) -> Result<Client, Failure> {
        let login = self.settings()?.login.as_ref().map(|login| &login.value);
        let credentials = match login {
            Some(login) => credentials(login)?,
            None if access == Access::Open => Credentials::none(),
            None => return Err(self.no_credentials()?),
        };
        self.client_with(credentials)
    }

    /// A client with these credentials, and everything else as the settings say.
    pub(crate) fn client_with(&self, credentials: Credentials) -> Result<Client, Failure> {
        let settings = self.settings()?;
        let mut builder = Client::builder()
            .base_url(&settings.base_url.value)
            .credentials(credentials)
            .app_info("stora-cli", env!("CARGO_PKG_VERSION"));
        if let Some(http) = plain_http(&settings.base_url.value) {
            builder = builder.http_client(http);
        }
        if self.flags.verbose {
            builder = builder.tap(Wire);
        }
        if let Some(timeout) = &settings.timeout {
            builder = builder.timeout(timeout.value);
        }
        builder.build().map_err(|error| Failure::usage(format!("{} ({})", error, settings.base_url.source)))
    }

    fn no_credentials(&self) -> Result<Failure, Failure> {
        Ok(Failure::Credentials {
            message: format!("there are no credentials for the profile `{}`", self.settings()?.profile.value),
            advice: "Run `stora login`, or set STORA_ACCESS_TOKEN, or STORA_CLIENT_ID and STORA_CLIENT_SECRET."
                .to_owned(),
        })
    }
}

/// An HTTP client without certificates, for a mock on this machine: reading those of the system takes longer than the call.
fn plain_http(base_url: &str) -> Option<reqwest::Client> {
    let url = reqwest::Url::parse(base_url).ok()?;
    let is_here = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    let builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .tls_certs_only([]);
    (url.scheme() == "http" && is_here).then(|| builder.build().ok()).flatten()
}

/// The credentials of a login; its secret is fetched from where it is.
pub(crate) fn credentials(login: &Login) -> Result<Credentials, Failure> {
    let unusable = |error: stora_client::ConfigError| Failure::Credentials {
        message: error.to_string(),
        advice: "Look at where the credentials come from (`stora whoami`), or run `stora login`.".to_owned(),
    };
    match login {
        Login::AccessToken(place) => Credentials::access_token(secret(place)?.expose()).map_err(unusable),
        Login::Application { id, secret: place, scopes } => {
            let secret = secret(place)?;
            match scopes {
                Some(scopes) => Credentials::client_credentials_with_scopes(id, secret, [scopes]),
                None => Credentials::client_credentials(id, secret),
            }
            .map_err(unusable)
        }
    }
}

/// The secret that is kept at a place.
fn secret(place: &SecretPlace) -> Result<Secret, Failure> {
    match place {
        SecretPlace::Here(secret) => Ok(secret.clone()),
        SecretPlace::Keyring(name) => secrets::read(name),
        SecretPlace::File(file) => read_secret(file),
    }
}

/// A secret from a file, or from standard input for `-`: its first line.
pub(crate) fn read_secret(file: &str) -> Result<Secret, Failure> {
    let mut text = String::new();
    if file == "-" {
        std::io::stdin().read_to_string(&mut text).map_err(|error| Failure::file("read a secret from", "-", error))?;
    } else {
        text = std::fs::read_to_string(file).map_err(|error| Failure::file("read", file, error))?;
    }
    let place = if file == "-" { "standard input" } else { file };
    match text.lines().next().map(str::trim).filter(|line| !line.is_empty()) {
        Some(line) => Ok(line.into()),
        None => Err(Failure::usage(format!("{place} holds no secret"))),
    }
}
