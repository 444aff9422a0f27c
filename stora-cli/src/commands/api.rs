//! `stora api`: a call of any method on any path.

use clap::{Arg, ArgAction, ArgMatches, ValueHint};
use serde_json::Value;
use stora_client::http::{Method, StatusCode};
use stora_client::{Credentials, Response, call};

use super::{Command, Running};
use crate::context::{Access, Context};
use crate::failure::Failure;
use crate::fields;
use crate::mask::is_secret_header;
use crate::output::{Printer, write_bytes, write_line};
use crate::pages::Pages;
use crate::request::{IDEMPOTENCY_KEY, Parts, Prepared};
use crate::{curl, document};

pub(crate) const COMMAND: Command = Command {
    name: "api",
    about: "Call any method on any path, with the credentials of the profile",
    arguments,
    run: |context, matches| -> Running<'_> { Box::pin(run(context, matches)) },
};

const LONG: &str = "\
Calls any method on any path below the base URL, with the credentials of the profile, and shows the answer.

Fields go into the query of GET, HEAD and DELETE, and of every call whose body is given by --input; otherwise they make a JSON \
body. `a[b]=1` makes an object, `a[]=1` a list.

  stora api GET /2025-09/contacts -f status=lead --jq '.contacts[].email'
  stora api POST /2025-09/contacts -f email=ada@example.com -F 'address[line_1]=1 Dock Road'
  stora api GET /2025-09/units --all -o ndjson";

fn arguments(command: clap::Command) -> clap::Command {
    let switch =
        |name: &'static str, help: &'static str| Arg::new(name).long(name).help(help).action(ArgAction::SetTrue);
    let field = |name: &'static str, short: char, help: &'static str| {
        Arg::new(name).long(name).short(short).value_name("KEY=VALUE").help(help).action(ArgAction::Append)
    };
    command
        .long_about(LONG)
        .arg(Arg::new("method").value_name("METHOD").required(true).help("The method, such as GET"))
        .arg(
            Arg::new("path")
                .value_name("PATH")
                .required(true)
                .help("The path below the base URL, such as /2025-09/contacts"),
        )
        .arg(field("raw-field", 'f', "Adds a text"))
        .arg(field(
            "field",
            'F',
            "Adds a value: true, false, null and numbers are such, @FILE is the text of a file, @- standard input",
        ))
        .arg(
            Arg::new("header")
                .long("header")
                .short('H')
                .value_name("NAME: VALUE")
                .help("Sends a header")
                .action(ArgAction::Append),
        )
        .arg(
            Arg::new("input")
                .long("input")
                .value_name("FILE")
                .help("Sends a file as the body, or - for standard input")
                .value_hint(ValueHint::FilePath),
        )
        .arg(
            Arg::new("idempotency-key")
                .long("idempotency-key")
                .value_name("TEXT")
                .help("Makes a repeat of this call harmless"),
        )
        .arg(switch("all", "Fetches this page and all that follow").visible_alias("paginate"))
        .arg(switch("include", "Shows status and headers of the answer before it").short('i').conflicts_with("all"))
        .arg(
            Arg::new("output-file")
                .long("output-file")
                .value_name("FILE")
                .help("Saves the answer as it comes, or - for standard output")
                .value_hint(ValueHint::FilePath)
                .conflicts_with_all(["all", "include"]),
        )
        .arg(switch("dry-run", "Prints the call as a line for curl and sends nothing"))
}

async fn run(context: &Context, matches: &ArgMatches) -> Result<(), Failure> {
    let method = method(matches)?;
    let base_url = context.settings()?.base_url.value.trim_end_matches('/').to_owned();
    let path = path(matches, &base_url);
    let parts = parts(&method, path, matches)?;
    let page = parts.query.iter().find(|(name, _)| name == "page").and_then(|(_, page)| page.parse().ok()).unwrap_or(1);
    let printer = context.printer()?;
    let prepared =
        |client, is_open| Prepared::new(client, operation(method.clone(), &parts.path, is_open), parts.clone());
    if matches.get_flag("dry-run") {
        let client = context.client_with(Credentials::none())?;
        return write_line(&curl::line(&prepared(&client, false))?);
    }
    // Not everything below the base URL asks who calls: OAuth 2 does not, nor does a mock's own part.
    let is_versioned = parts.path.trim_start_matches('/').starts_with(|first: char| first.is_ascii_digit());
    let is_open = !is_versioned && context.settings()?.login.is_none();
    let client = context.client(if is_open { Access::Open } else { Access::Needed })?;
    let prepared = prepared(&client, is_open);
    if let Some(file) = matches.get_one::<String>("output-file") {
        document::refuse_terminal(context.terminal, Some(file))?;
        return document::save(call::document(&prepared, None).await?, Some(file)).await;
    }
    if matches.get_flag("all") {
        if method != Method::GET {
            return Err(Failure::usage("--all is for lists, and lists are got by GET"));
        }
        return Pages::from_first(prepared, page).print(&printer, &[], context.terminal).await;
    }
    let answer = call::raw(&prepared).await?;
    if matches.get_flag("include") {
        include(&answer)?;
    }
    show(context, &printer, &answer)
}

fn method(matches: &ArgMatches) -> Result<Method, Failure> {
    let text = matches.get_one::<String>("method").map(|text| text.to_uppercase()).unwrap_or_default();
    match Method::from_bytes(text.as_bytes()) {
        Ok(method) if text.chars().all(|letter| letter.is_ascii_uppercase()) => Ok(method),
        _ => Err(Failure::usage_with_advice(
            format!("`{text}` is not a method"),
            "The method comes first: `stora api GET /2025-09/contacts`.",
        )),
    }
}

/// The path; an address below the base URL will do as well.
fn path(matches: &ArgMatches, base_url: &str) -> String {
    let text = matches.get_one::<String>("path").map(String::as_str).unwrap_or_default();
    let path = text.strip_prefix(base_url).unwrap_or(text);
    if path.starts_with('/') || path.contains("://") { path.to_owned() } else { format!("/{path}") }
}

fn operation(method: Method, path: &str, is_open: bool) -> call::Operation {
    let takes_key = method == Method::POST && !path.starts_with("/oauth2/");
    call::Operation { id: "raw", method, path: "", is_open, takes_key, is_harmless: false }
}

fn parts(method: &Method, path: String, matches: &ArgMatches) -> Result<Parts, Failure> {
    let mut headers = headers(matches)?;
    if let Some(key) = matches.get_one::<String>("idempotency-key") {
        headers.push((IDEMPOTENCY_KEY.to_owned(), key.clone()));
    }
    let fields = fields::given(matches, "raw-field", "field")?;
    let input = matches.get_one::<String>("input").map(|file| fields::read(file)).transpose()?;
    let json = "application/json".to_owned();
    let is_query = input.is_some() || matches!(*method, Method::GET | Method::HEAD | Method::DELETE);
    let (query, body) = match (is_query, input) {
        (true, input) => (fields::query(&fields), input.map(|bytes| (json, bytes))),
        (false, _) if fields.is_empty() => (Vec::new(), None),
        (false, _) => (Vec::new(), Some((json, fields::object(fields)?.to_string().into_bytes()))),
    };
    let has_accept = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("accept"));
    Ok(Parts { path, query, headers, accept: (!has_accept).then_some("application/json"), body })
}

fn headers(matches: &ArgMatches) -> Result<Vec<(String, String)>, Failure> {
    let given = matches.get_many::<String>("header").into_iter().flatten();
    given
        .map(|text| {
            let Some((name, value)) = text.split_once(':') else {
                return Err(Failure::usage("a header is written NAME: VALUE, such as -H 'Accept: text/csv'"));
            };
            if is_secret_header(name.trim()) {
                return Err(Failure::usage_with_advice(
                    format!("the header {} is not taken from the command line: others can read it there", name.trim()),
                    "Credentials come from `stora login`, the environment, or --token-file.",
                ));
            }
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        })
        .collect()
}

fn include(answer: &Response<impl AsRef<[u8]>>) -> Result<(), Failure> {
    let status: StatusCode = answer.status();
    write_line(&format!("HTTP/1.1 {status}"))?;
    for (name, value) in answer.headers() {
        let value = if is_secret_header(name.as_str()) {
            crate::mask::MASK.into()
        } else {
            String::from_utf8_lossy(value.as_bytes())
        };
        write_line(&format!("{name}: {value}"))?;
    }
    write_line("")
}

/// Shows an answer: JSON in the format that is wanted, everything else as it came.
fn show(context: &Context, printer: &Printer, answer: &[u8]) -> Result<(), Failure> {
    if answer.is_empty() {
        return Ok(());
    }
    match serde_json::from_slice::<Value>(answer) {
        Ok(value) => printer.print(&value),
        Err(_) if std::str::from_utf8(answer).is_ok() => write_bytes(answer),
        Err(_) => {
            document::refuse_terminal(context.terminal, None)?;
            write_bytes(answer)
        }
    }
}
