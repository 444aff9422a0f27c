//! Settings: a flag goes before the environment, the environment before the profile, the profile before the default.

use std::fmt;
use std::time::Duration;

use stora_client::{PRODUCTION, Secret};

use crate::config::{Config, DEFAULT_PROFILE};
use crate::failure::Failure;
use crate::flags::Flags;
use crate::output::Format;

/// The variables of the environment that settings come from.
pub(crate) mod variable {
    pub(crate) const PROFILE: &str = "STORA_PROFILE";
    pub(crate) const BASE_URL: &str = "STORA_BASE_URL";
    pub(crate) const OUTPUT: &str = "STORA_OUTPUT";
    pub(crate) const TIMEOUT: &str = "STORA_TIMEOUT";
    pub(crate) const ACCESS_TOKEN: &str = "STORA_ACCESS_TOKEN";
    pub(crate) const CLIENT_ID: &str = "STORA_CLIENT_ID";
    pub(crate) const CLIENT_SECRET: &str = "STORA_CLIENT_SECRET";
    pub(crate) const SCOPES: &str = "STORA_SCOPES";
}

/// The keys of a profile.
pub(crate) mod key {
    pub(crate) const BASE_URL: &str = "base_url";
    pub(crate) const OUTPUT: &str = "output";
    pub(crate) const TIMEOUT: &str = "timeout";
    pub(crate) const AUTH: &str = "auth";
    pub(crate) const CLIENT_ID: &str = "client_id";
    pub(crate) const SCOPES: &str = "scopes";
    pub(crate) const STORAGE: &str = "storage";
    pub(crate) const SECRET: &str = "secret";
}

/// Where a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A flag of the command line.
    Flag(&'static str),
    /// A variable of the environment.
    Environment(&'static str),
    /// The config file, beside its profiles.
    File,
    /// A profile of the config file.
    Profile(String),
    /// Nobody said otherwise.
    Default,
}

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) source: Source,
}

/// What holds for a command.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The profile whose values count.
    pub(crate) profile: Setting<String>,
    /// The address that all paths are below.
    pub(crate) base_url: Setting<String>,
    /// How answers are shown; none if that depends on where they go.
    pub(crate) output: Option<Setting<Format>>,
    /// How long a call may take with all its attempts.
    pub(crate) timeout: Option<Setting<Duration>>,
    /// What calls authenticate with; none if there is nothing.
    pub(crate) login: Option<Setting<Login>>,
    /// The config file.
    pub(crate) config: Config,
}

/// What calls authenticate with.
#[derive(Clone, Debug)]
pub(crate) enum Login {
    /// An access token that staff made.
    AccessToken(SecretPlace),
    /// An OAuth 2 application that acts for its own operator.
    Application {
        /// Its client id.
        id: String,
        /// Its client secret.
        secret: SecretPlace,
        /// The scopes that it asks for; none for all.
        scopes: Option<String>,
    },
}

/// Where a secret is.
#[derive(Clone, Debug)]
pub(crate) enum SecretPlace {
    /// Here.
    Here(Secret),
    /// In a file, or at standard input for `-`.
    File(String),
    /// In the system's keyring, under this name.
    Keyring(String),
}

impl Settings {
    /// What holds by flags, environment and config file.
    pub(crate) fn resolve(flags: &Flags, config: Config) -> Result<Self, Failure> {
        let profile = profile(flags, &config)?;
        let find = |flag: (&'static str, &Option<String>), variable: &'static str, key: &str| {
            if let Some(value) = flag.1 {
                return Ok(Some(Setting { value: value.clone(), source: Source::Flag(flag.0) }));
            }
            if let Some(value) = environment(variable)? {
                return Ok(Some(Setting { value, source: Source::Environment(variable) }));
            }
            let value = config.get(&profile.value, key);
            Ok::<_, Failure>(value.map(|value| Setting { value, source: Source::Profile(profile.value.clone()) }))
        };
        let base_url = find(("--base-url", &flags.base_url), variable::BASE_URL, key::BASE_URL)?
            .unwrap_or_else(|| Setting { value: PRODUCTION.to_owned(), source: Source::Default });
        let output = find(("--output", &flags.output), variable::OUTPUT, key::OUTPUT)?;
        let output = output.map(|output| output.parse(Format::parse)).transpose()?;
        let timeout = find(("--timeout", &flags.timeout), variable::TIMEOUT, key::TIMEOUT)?;
        let timeout = timeout.map(|timeout| timeout.parse(seconds)).transpose()?;
        let login = login(flags, &config, &profile.value)?;
        Ok(Self { profile, base_url, output, timeout, login, config })
    }

    /// The name of the profile in use.
    pub(crate) fn profile_name(flags: &Flags, config: &Config) -> Result<String, Failure> {
        Ok(profile(flags, config)?.value)
    }
}

/// The profile in use. One that is named must be there, unless a command is to make it.
fn profile(flags: &Flags, config: &Config) -> Result<Setting<String>, Failure> {
    let named = match (&flags.profile, environment(variable::PROFILE)?) {
        (Some(value), _) => Setting { value: value.clone(), source: Source::Flag("--profile") },
        (None, Some(value)) => Setting { value, source: Source::Environment(variable::PROFILE) },
        (None, None) => {
            let used = config.used_profile().map(str::to_owned);
            let source = if used.is_some() { Source::File } else { Source::Default };
            return Ok(Setting { value: used.unwrap_or_else(|| DEFAULT_PROFILE.to_owned()), source });
        }
    };
    if flags.may_make_profile || config.profiles().contains(&named.value.as_str()) || named.value == DEFAULT_PROFILE {
        return Ok(named);
    }
    Err(Failure::usage_with_advice(
        format!("there is no profile `{}` (from {})", named.value, named.source),
        format!("`stora login --profile {}` makes it; `stora config list` shows those that there are.", named.value),
    ))
}

/// What calls authenticate with: all of it from one place, the first that has any.
fn login(flags: &Flags, config: &Config, profile: &str) -> Result<Option<Setting<Login>>, Failure> {
    if let Some(file) = &flags.token_file {
        let value = Login::AccessToken(SecretPlace::File(file.clone()));
        return Ok(Some(Setting { value, source: Source::Flag("--token-file") }));
    }
    if let Some(token) = environment(variable::ACCESS_TOKEN)? {
        let value = Login::AccessToken(SecretPlace::Here(token.into()));
        return Ok(Some(Setting { value, source: Source::Environment(variable::ACCESS_TOKEN) }));
    }
    match (environment(variable::CLIENT_ID)?, environment(variable::CLIENT_SECRET)?) {
        (Some(id), Some(secret)) => {
            let scopes = environment(variable::SCOPES)?;
            let value = Login::Application { id, secret: SecretPlace::Here(secret.into()), scopes };
            return Ok(Some(Setting { value, source: Source::Environment(variable::CLIENT_ID) }));
        }
        (None, None) => {}
        (id, _) => {
            let missing = if id.is_some() { variable::CLIENT_SECRET } else { variable::CLIENT_ID };
            return Err(Failure::Credentials {
                message: format!("the environment has half of an application: {missing} is not set"),
                advice: format!("Set {missing} as well, or unset the other."),
            });
        }
    }
    let Some(auth) = config.get(profile, key::AUTH) else { return Ok(None) };
    let wrong = |what: String| {
        Failure::usage_with_advice(
            format!("the profile `{profile}` in {}: {what}", config.path().display()),
            format!("`stora login --profile {profile}` writes it anew."),
        )
    };
    let secret = match config.get(profile, key::STORAGE).as_deref() {
        Some("keyring") => SecretPlace::Keyring(profile.to_owned()),
        Some("file") => match config.get(profile, key::SECRET) {
            Some(secret) => SecretPlace::Here(secret.into()),
            None => return Err(wrong("`secret` is missing".to_owned())),
        },
        _ => return Err(wrong("`storage` is neither `keyring` nor `file`".to_owned())),
    };
    let value = match auth.as_str() {
        "access_token" => Login::AccessToken(secret),
        "client_credentials" => {
            let id = config.get(profile, key::CLIENT_ID).ok_or_else(|| wrong("`client_id` is missing".to_owned()))?;
            Login::Application { id, secret, scopes: config.get(profile, key::SCOPES) }
        }
        other => return Err(wrong(format!("`auth` is `{other}`, neither `access_token` nor `client_credentials`"))),
    };
    Ok(Some(Setting { value, source: Source::Profile(profile.to_owned()) }))
}

/// A number of seconds.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| *seconds > 0.0);
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.ok_or_else(|| "it is not a number of seconds above zero".to_owned())
}

impl Setting<String> {
    /// The value that the text stands for.
    fn parse<T>(self, parse: impl FnOnce(&str) -> Result<T, String>) -> Result<Setting<T>, Failure> {
        match parse(&self.value) {
            Ok(value) => Ok(Setting { value, source: self.source }),
            Err(reason) => Err(Failure::usage(format!("`{}` from {}: {reason}", self.value, self.source))),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "the flag {flag}"),
            Self::Environment(variable) => write!(f, "the environment ({variable})"),
            Self::File => f.write_str("the config file"),
            Self::Profile(profile) => write!(f, "the profile `{profile}`"),
            Self::Default => f.write_str("the default"),
        }
    }
}

/// A variable of the environment. One that is empty counts as not set.
pub(crate) fn environment(name: &'static str) -> Result<Option<String>, Failure> {
    let Some(value) = std::env::var_os(name) else { return Ok(None) };
    let value = value.into_string().map_err(|_| Failure::usage(format!("the variable {name} is not text")))?;
    Ok(Some(value.trim().to_owned()).filter(|value| !value.is_empty()))
}
