//! What is compared: how each server is set up, started and asked.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Value, json};

use super::super::load::{Connection, Request};
use super::super::mock::{CONTACT, TOKEN};
use super::super::server::{Server, free_address};
use crate::Failure;
use crate::tasks::DOCUMENT;
use crate::tasks::npm::{Package, npm_with};
use crate::tasks::run::{RunError, capture, cargo, command, stream, target_directory};

/// The last version that runs on Node.js 18 to 22; those after it ask for 24.
const PRISM: Package = ("@stoplight/prism-cli", "5.14.2");
/// What npm calls its latest: the versions 1.0 are all marked as alpha or beta.
const JSON_SERVER: Package = ("json-server", "0.17.4");

/// It neither logs what it is asked nor writes headers for browsers: both would only cost it time. It runs as one process, as
/// it does unless told otherwise, and takes its answers from the examples of the document.
const PRISM_ARGUMENTS: [&str; 4] = ["mock", "--verboseLevel=silent", "--cors=false", "--multiprocess=false"];
/// It neither logs nor writes headers for browsers either, and does not compress.
const JSON_SERVER_ARGUMENTS: [&str; 3] = ["--quiet", "--no-cors", "--no-gzip"];

/// What each server is asked for.
pub(super) const LOADS: [&str; 3] = ["GET one contact", "GET a list of 50 contacts", "POST a contact"];
/// How many contacts the list has.
pub(super) const LISTED: usize = 50;
/// How many contacts are fetched at a time to fill json-server.
const PAGE: usize = 100;
/// The paths of the document.
const PATHS: Paths = Paths { contacts: "/2025-09/contacts", endpoints: "/2025-09/webhook_endpoints", limit: "limit" };
/// The paths that json-server makes of the keys in its file.
const JSON_SERVER_PATHS: Paths = Paths { contacts: "/contacts", endpoints: "/webhook_endpoints", limit: "_limit" };

/// Everything that is compared.
pub(super) struct Field {
    pub(super) contestants: Vec<Contestant>,
    pub(super) left_out: Vec<LeftOut>,
    /// The version of Node.js, if there is one.
    pub(super) node: Option<String>,
}

/// What is not compared, and why.
#[derive(Debug, Serialize)]
pub(super) struct LeftOut {
    pub(super) name: &'static str,
    pub(super) reason: &'static str,
}

/// A server to be measured.
pub(super) struct Contestant {
    pub(super) name: &'static str,
    pub(super) version: Option<&'static str>,
    /// How it is run, in words.
    pub(super) settings: String,
    /// One for each of [`LOADS`].
    pub(super) requests: [Request; LOADS.len()],
    pub(super) paths: Paths,
    launch: Launch,
}

/// Where a server has what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paths {
    pub(super) contacts: &'static str,
    pub(super) endpoints: &'static str,
    /// The parameter that says how long a list is.
    pub(super) limit: &'static str,
}

/// How a server is started.
enum Launch {
    /// It takes a port that is free, and says which.
    Saying { program: PathBuf, args: Vec<String> },
    /// It is told its port, and listens sooner or later.
    Told { program: PathBuf, args: Vec<String>, directory: PathBuf, files: Vec<(&'static str, Vec<u8>)> },
}

impl Field {
    /// Builds what is built here, fetches from the mock what the others answer with, and installs the others if they are
    /// missing; without Node.js they are left out.
    ///
    /// # Errors
    /// When something cannot be built or installed, or the mock does not answer.
    pub(super) fn prepare(root: &Path) -> Result<Self, Failure> {
        stream(&mut cargo(
            root,
            ["build", "--release", "-p", "stora-mock", "--bin", "stora-mock", "--example", "bare"],
        ))?;
        let target = target_directory(root)?;
        let directory = target.join("bench");
        std::fs::create_dir_all(&directory)
            .map_err(|error| Failure::new(format!("{}: {error}", directory.display())))?;
        let release = target.join("release");
        let program = release.join("stora-mock");
        let answers = Answers::fetch(&program)?;
        let mut contestants = vec![mock(program, &answers), bare(&release, &directory, &answers)?];
        let node = installed(root, "node")?;
        if node.is_none() || installed(root, "npm")?.is_none() {
            let reason = "Node.js with npm is not installed";
            let left_out = ["Prism", "json-server"].map(|name| LeftOut { name, reason });
            return Ok(Self { contestants, left_out: left_out.into(), node });
        }
        let modules = npm_with(root, &root.join("target").join("tools").join("bench"), &[PRISM, JSON_SERVER])
            .map_err(|(name, error)| Failure::new(format!("{name} cannot be installed: {}", Failure::from(error))))?;
        contestants.push(prism(root, &modules, &directory, &answers));
        contestants.push(json_server(&modules, directory, &answers)?);
        Ok(Self { contestants, left_out: Vec::new(), node })
    }
}

impl Contestant {
    /// Starts it anew, with nothing left of what it was told before.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn start(&self) -> Result<Server, Failure> {
        let [first, ..] = &self.requests;
        match &self.launch {
            Launch::Saying { program, args } => {
                let args: Vec<&str> = args.iter().map(String::as_str).collect();
                Server::start(program, &args, Some(first))
            }
            Launch::Told { program, args, directory, files } => {
                for (name, content) in files {
                    write(&directory.join(name), content)?;
                }
                let address = free_address()?;
                let mut start = command(directory, program, args);
                start.arg(format!("--host={}", address.ip())).arg(format!("--port={}", address.port()));
                Server::start_at(address, &mut start, first, &directory.join(format!("{}.log", self.name)))
            }
        }
    }

    /// One that is never started.
    #[cfg(test)]
    pub(super) fn of(name: &'static str) -> Self {
        Self {
            name,
            version: None,
            settings: String::new(),
            requests: requests(PATHS, "con_1"),
            paths: PATHS,
            launch: Launch::Saying { program: PathBuf::new(), args: Vec::new() },
        }
    }
}

/// What the mock answers, for those who answer alike.
struct Answers {
    /// The id of the contact that is asked for.
    id: String,
    /// The answer to each of [`LOADS`].
    bodies: [Vec<u8>; LOADS.len()],
    /// All contacts of the demo business.
    contacts: Vec<Value>,
}

impl Answers {
    fn fetch(program: &Path) -> Result<Self, Failure> {
        let server = Server::start(program, &["--port", "0"], None)?;
        let failed = |error| Failure::new(format!("the mock does not answer: {error}"));
        let mut connection = Connection::open(server.address).map_err(failed)?;
        let mut ask = |request: &Request| -> Result<Vec<u8>, Failure> {
            let mut body = Vec::new();
            connection.exchange(request, 1, &mut body).map_err(failed)?;
            Ok(body)
        };
        let mut contacts: Vec<Value> = Vec::new();
        loop {
            let page = contacts.len() / PAGE + 1;
            let path = format!("{}?{}={PAGE}&page={page}", PATHS.contacts, PATHS.limit);
            let mut answer: Value = serde_json::from_slice(&ask(&Request::get(&path, TOKEN))?)
                .map_err(|error| Failure::new(format!("{path} answered no JSON: {error}")))?;
            let Value::Array(listed) = answer["contacts"].take() else {
                return Err(Failure::new(format!("{path} answered no contacts")));
            };
            let is_last = listed.len() < PAGE;
            contacts.extend(listed);
            if is_last {
                break;
            }
        }
        let id = contacts.first().and_then(|contact| contact["id"].as_str()).unwrap_or_default().to_owned();
        let [one, list, post] = requests(PATHS, &id);
        Ok(Self { bodies: [ask(&one)?, ask(&list)?, ask(&post)?], id, contacts })
    }
}

/// The request of each of [`LOADS`].
fn requests(paths: Paths, id: &str) -> [Request; LOADS.len()] {
    let Paths { contacts, limit, .. } = paths;
    [
        Request::get(&format!("{contacts}/{id}"), TOKEN),
        Request::get(&format!("{contacts}?{limit}={LISTED}"), TOKEN),
        Request::post(contacts, TOKEN, CONTACT),
    ]
}

fn mock(program: PathBuf, answers: &Answers) -> Contestant {
    Contestant {
        name: "stora-mock",
        version: Some(env!("CARGO_PKG_VERSION")),
        settings: "`stora-mock --port 0`, a release build with the demo business".to_owned(),
        requests: requests(PATHS, &answers.id),
        paths: PATHS,
        launch: Launch::Saying { program, args: ["--port", "0"].map(ToOwned::to_owned).into() },
    }
}

fn bare(release: &Path, directory: &Path, answers: &Answers) -> Result<Contestant, Failure> {
    let names = ["one.json", "list.json", "post.json"].map(|name| directory.join(name));
    for (name, body) in names.iter().zip(&answers.bodies) {
        write(name, body)?;
    }
    let [one, list, post] = names.map(|name| name.to_string_lossy().into_owned());
    let args = [&one, "200", "GET", PATHS.contacts, &list, "200", "POST", PATHS.contacts, &post, "201"];
    Ok(Contestant {
        name: "bare axum",
        version: None,
        settings: "the ceiling: a handler that reads the request and answers with bytes that the mock once answered, \
                   a release build"
            .to_owned(),
        requests: requests(PATHS, &answers.id),
        paths: PATHS,
        launch: Launch::Saying {
            program: release.join("examples").join("bare"),
            args: args.map(ToOwned::to_owned).into(),
        },
    })
}

fn prism(root: &Path, modules: &Path, directory: &Path, answers: &Answers) -> Contestant {
    let mut args: Vec<String> = PRISM_ARGUMENTS.map(ToOwned::to_owned).into();
    args.push(root.join(DOCUMENT).to_string_lossy().into_owned());
    Contestant {
        name: "Prism",
        version: Some(PRISM.1),
        settings: format!(
            "`prism {} {DOCUMENT}`; it checks requests and answers, which cannot be turned off, and answers with the \
             examples of the document",
            PRISM_ARGUMENTS.join(" ")
        ),
        requests: requests(PATHS, &answers.id),
        paths: PATHS,
        launch: Launch::Told {
            program: modules.join(".bin").join("prism"),
            args,
            directory: directory.to_owned(),
            files: Vec::new(),
        },
    }
}

fn json_server(modules: &Path, directory: PathBuf, answers: &Answers) -> Result<Contestant, Failure> {
    const FILE: &str = "db.json";
    let database = serde_json::to_vec_pretty(&json!({ "contacts": answers.contacts }))
        .map_err(|error| Failure::new(format!("the contacts cannot be written: {error}")))?;
    let mut args: Vec<String> = JSON_SERVER_ARGUMENTS.map(ToOwned::to_owned).into();
    args.push(FILE.to_owned());
    Ok(Contestant {
        name: "json-server",
        version: Some(JSON_SERVER.1),
        settings: format!(
            "`json-server {} {FILE}` with the {} contacts of the demo business; asked at its own paths, \
             `{}?{}={LISTED}`; it writes its file anew for what is posted",
            JSON_SERVER_ARGUMENTS.join(" "),
            answers.contacts.len(),
            JSON_SERVER_PATHS.contacts,
            JSON_SERVER_PATHS.limit
        ),
        requests: requests(JSON_SERVER_PATHS, &answers.id),
        paths: JSON_SERVER_PATHS,
        launch: Launch::Told {
            program: modules.join(".bin").join("json-server"),
            args,
            directory,
            files: vec![(FILE, database)],
        },
    })
}

/// The version of a program; none if it is not installed.
fn installed(root: &Path, program: &str) -> Result<Option<String>, RunError> {
    match capture(&mut command(root, program, ["--version"])) {
        Ok(version) => Ok(Some(version.trim().trim_start_matches('v').to_owned())),
        Err(RunError::Start { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn write(path: &Path, content: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, content).map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_installed_has_no_version() {
        let root = std::env::temp_dir();
        assert_eq!(installed(&root, "no-such-program-here").unwrap(), None);
        assert!(installed(&root, "false").is_err());
    }
}
