//! The control API of a mock: where the mock is, and how to call it.

use std::fmt::Display;
use std::net::IpAddr;
use std::time::Duration;

use clap::{Arg, ArgMatches, ValueHint};
use serde_json::Value;
use stora_client::call;
use stora_client::reqwest::{self, Url};
use stora_client::{Client, ClientBuilder, Credentials, Document, Error, RetryPolicy, Secret};

use crate::command::Operation;
use crate::context::{Context, read_secret};
use crate::failure::Failure;
use crate::request::{Parts, Prepared, known, read_json, segment};
use crate::settings::{Setting, Source, environment};
use crate::tree::{CONTROL, CONTROL_PATH};
use crate::wire::Wire;
use crate::{Call, CallError};

/// Where a mock is unless somebody says otherwise.
const USUAL: &str = "http://127.0.0.1:4010";

/// The variable that says where the mock is.
const URL_VARIABLE: &str = "STORA_MOCK_URL";

/// The variable that holds the control token.
const TOKEN_VARIABLE: &str = "STORA_MOCK_CONTROL_TOKEN";

/// The key of a profile that says where the mock is.
const URL_KEY: &str = "mock_url";

const JSON: &str = "application/json";

/// How long opening a connection may take.
const CONNECTING: Duration = Duration::from_secs(5);

/// The ids of the arguments have a dot, which no flag of an operation has.
const URL: &str = "control.mock-url";
const TOKEN_FILE: &str = "control.token-file";

/// The operator that control calls are about unless somebody says otherwise.
pub(crate) const OPERATOR: &str = "operator";

/// A mock, to be called at its control API.
#[derive(Debug)]
pub(crate) struct Mock {
    client: Client,
    url: Setting<String>,
    token: Option<Secret>,
}

/// Adds the arguments that say where the mock is, to a command and all below it.
pub(crate) fn arguments(command: clap::Command) -> clap::Command {
    let arg = |id: &'static str, name: &'static str| {
        Arg::new(id).long(name).global(true).help_heading("Mock").display_order(900)
    };
    command
        .arg(arg(URL, "mock-url").value_name("URL").value_hint(ValueHint::Url).help(format!(
            "Where the mock is; {USUAL}, or the base URL if it is on this machine [env: {URL_VARIABLE}]"
        )))
        .arg(
            arg(TOKEN_FILE, "control-token-file")
                .value_name("FILE")
                .value_hint(ValueHint::FilePath)
                .help(format!("Takes the control token from a file, or - for standard input [env: {TOKEN_VARIABLE}]")),
        )
}

/// The argument that names the operator that a call is about.
pub(crate) fn operator() -> Arg {
    Arg::new(OPERATOR).long(OPERATOR).value_name("OPERATOR").help("The operator that it is about [default: demo]")
}

impl Mock {
    /// The mock that a command line and the settings speak of. Whether one is there, the first call tells.
    pub(crate) fn of(context: &Context, matches: &ArgMatches) -> Result<Self, Failure> {
        Self::with_timeouts(context, matches, |builder| builder)
    }

    /// The same, for an answer that never ends.
    pub(crate) fn of_stream(context: &Context, matches: &ArgMatches, silence: Duration) -> Result<Self, Failure> {
        Self::with_timeouts(context, matches, |builder| builder.timeout(None).attempt_timeout(silence))
    }

    fn with_timeouts(
        context: &Context,
        matches: &ArgMatches,
        limit: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<Self, Failure> {
        let url = url(context, matches)?;
        let token = control_token(matches)?;
        let http = client_for(&url.value).connect_timeout(CONNECTING);
        let http =
            http.build().map_err(|error| Failure::local("the HTTP client cannot be set up", Some(error.into())))?;
        let mut builder = Client::builder()
            .base_url(format!("{}{CONTROL_PATH}", url.value.trim_end_matches('/')))
            .http_client(http)
            // The control token is for some calls, and has no place among the credentials of the API.
            .credentials(Credentials::none())
            // What the mock does not answer at once it will not answer later, and acts are not to be done twice.
            .retry(RetryPolicy::never())
            .app_info("stora-cli", env!("CARGO_PKG_VERSION"));
        // Moving the clock by a year may take a while.
        builder =
            builder.attempt_timeout(None).timeout(context.settings()?.timeout.as_ref().map(|timeout| timeout.value));
        if context.flags.verbose {
            builder = builder.tap(Wire);
        }
        let client = limit(builder).build();
        let client = client.map_err(|_| {
            Failure::usage(format!("`{}` from {} is not the address of a mock", shown(&url.value), url.source))
        })?;
        Ok(Self { client, url, token })
    }

    /// Where it is.
    pub(crate) fn url(&self) -> &str {
        self.url.value.trim_end_matches('/')
    }

    /// A call of an operation of the control API, with the parameters in its path in their order.
    pub(crate) fn act(&self, id: &str, parameters: &[&str]) -> Result<Act<'_>, Failure> {
        let operation = CONTROL.operation(id).ok_or(CallError::NotAnOperation)?;
        let filled =
            operation.positionals.iter().zip(parameters).fold(operation.path.to_owned(), |path, (row, value)| {
                path.replace(&format!("{{{}}}", row.wire), &segment(value))
            });
        Ok(Act { mock: self, operation, parts: Parts { path: filled, accept: Some(JSON), ..Parts::default() } })
    }

    /// Makes the call that a command asks for. Nothing comes of an answer without a body.
    pub(crate) async fn call(&self, call: &Call) -> Result<Option<Value>, Failure> {
        let parts = Parts::of(call, Some(JSON)).map_err(Failure::from)?;
        let answer = Act { mock: self, operation: call.operation, parts }.bytes().await?;
        if answer.is_empty() {
            return Ok(None);
        }
        // Pages for people are answers too.
        Ok(Some(
            serde_json::from_slice(&answer).unwrap_or_else(|_| String::from_utf8_lossy(&answer).into_owned().into()),
        ))
    }

    /// What a failed call of a mock means: mostly that there is none.
    fn failure(&self, error: Error, operation: &'static Operation) -> Failure {
        let advice = || {
            format!(
                "Start one with `stora mock start`, or say where it is by --mock-url or {URL_VARIABLE}. This address comes from {}.",
                self.url.source
            )
        };
        match &error {
            Error::Transport(_) | Error::Timeout(_) => Failure::NoMock {
                message: format!("no mock answers at {}", shown(self.url())),
                advice: advice(),
                source: Some(Box::new(error)),
            },
            // A mock answers with errors of its own; this is something else.
            Error::Api(answer) if answer.code.is_none() && answer.status == 404 => Failure::NoMock {
                message: format!("what answers at {} is no mock of Stora", shown(self.url())),
                advice: advice(),
                source: None,
            },
            _ if error.is_unauthorized() => Failure::Credentials {
                message: format!("the mock at {} takes control calls only with its control token", shown(self.url())),
                advice: format!("Give it by {TOKEN_VARIABLE} or --control-token-file."),
            },
            _ => Failure::from(error).of(operation, Vec::new()),
        }
    }
}

/// A call of a mock.
#[must_use = "a call does nothing until it is sent"]
pub(crate) struct Act<'m> {
    mock: &'m Mock,
    operation: &'static Operation,
    parts: Parts,
}

impl<'m> Act<'m> {
    /// Names the operator, where it is not the usual one.
    pub(crate) fn operator(self, operator: Option<&String>) -> Self {
        match operator {
            Some(operator) => self.query(OPERATOR, operator),
            None => self,
        }
    }

    /// Adds a query parameter.
    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.parts.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends a value as JSON.
    pub(crate) fn json(self, body: &Value) -> Self {
        self.body(body.to_string().into_bytes(), JSON)
    }

    /// Sends a body as it is.
    pub(crate) fn body(mut self, body: Vec<u8>, media_type: &str) -> Self {
        self.parts.body = Some((media_type.to_owned(), body));
        self
    }

    /// Makes the call, and gives its answer.
    pub(crate) async fn send(self) -> Result<Value, Failure> {
        read_json(&self.bytes().await?)
    }

    /// Makes the call, and gives its answer as it came.
    pub(crate) async fn bytes(self) -> Result<Vec<u8>, Failure> {
        let (mock, operation) = (self.mock, self.operation);
        let exchange = async { call::raw(&self.prepared()?).await };
        Ok(exchange.await.map_err(|error| mock.failure(error, operation))?.into_inner().to_vec())
    }

    /// Makes the call, and gives its answer piece by piece.
    pub(crate) async fn stream(self) -> Result<Document, Failure> {
        let (mock, operation) = (self.mock, self.operation);
        let exchange = async { call::document(&self.prepared()?, None).await };
        exchange.await.map_err(|error| mock.failure(error, operation))
    }

    fn prepared(mut self) -> Result<Prepared<'m>, Error> {
        if let Some(token) = &self.mock.token {
            self.parts.headers.push(("Authorization".to_owned(), format!("Bearer {}", token.expose())));
        }
        let operation = call::Operation { is_open: true, ..known(self.operation)? };
        Ok(Prepared::new(&self.mock.client, operation, self.parts))
    }
}

/// Where the mock is: by flag, environment, profile, the base URL if it is on this machine, or where mocks are.
fn url(context: &Context, matches: &ArgMatches) -> Result<Setting<String>, Failure> {
    if let Some(url) = matches.get_one::<String>(URL) {
        return Ok(Setting { value: url.clone(), source: Source::Flag("--mock-url") });
    }
    if let Some(value) = environment(URL_VARIABLE)? {
        return Ok(Setting { value, source: Source::Environment(URL_VARIABLE) });
    }
    let settings = context.settings()?;
    let profile = &settings.profile.value;
    if let Some(value) = settings.config.get(profile, URL_KEY) {
        return Ok(Setting { value, source: Source::Profile(profile.clone()) });
    }
    let base = &settings.base_url;
    if is_of_this_machine(&base.value) {
        return Ok(base.clone());
    }
    Ok(Setting { value: USUAL.to_owned(), source: Source::Default })
}

fn control_token(matches: &ArgMatches) -> Result<Option<Secret>, Failure> {
    if let Some(file) = matches.get_one::<String>(TOKEN_FILE) {
        return read_secret(file).map(Some);
    }
    Ok(environment(TOKEN_VARIABLE)?.map(Secret::from))
}

/// What makes an HTTP client for an address, which follows no redirects.
pub(crate) fn client_for(url: &str) -> reqwest::ClientBuilder {
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    if !is_of_this_machine(url) {
        return http;
    }
    // A proxy would not find what is on this machine, and reading certificates takes longer than a call does.
    let http = http.no_proxy();
    if url.starts_with("http:") { http.tls_certs_only([]) } else { http }
}

/// Whether an address is one of this machine, where a mock may be.
pub(crate) fn is_of_this_machine(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let Some(host) = url.host_str() else { return false };
    let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    ip.map_or(host == "localhost" || host.ends_with(".localhost"), |ip| ip.is_loopback() || ip.is_unspecified())
}

/// An address for messages, without what may be a password.
pub(crate) fn shown(url: &str) -> impl Display {
    match Url::parse(url) {
        Ok(mut parsed) if !parsed.username().is_empty() || parsed.password().is_some() => {
            let has_none = parsed.set_username("").and_then(|()| parsed.set_password(None)).is_ok();
            if has_none { parsed.to_string() } else { "…".to_owned() }
        }
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_this_machine_are_known() {
        for url in ["http://127.0.0.1:4010", "http://localhost", "https://[::1]:8443/x", "http://stora.localhost:1"] {
            assert!(is_of_this_machine(url), "{url}");
        }
        for url in
            ["https://public-api.stora.co", "http://10.0.0.1", "localhost:4010", "http://localhost.example.com", ""]
        {
            assert!(!is_of_this_machine(url), "{url}");
        }
    }

    #[test]
    fn a_password_in_an_address_is_not_shown() {
        assert_eq!(shown("http://ann:secret@localhost:1/x").to_string(), "http://localhost:1/x");
        assert_eq!(shown("http://localhost:1/x").to_string(), "http://localhost:1/x");
    }
}
