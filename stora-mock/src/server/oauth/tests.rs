//! The operations of OAuth as a client sees them: over a socket, against a server of two operators.

mod authorize;
mod bearer;
mod consent;
mod token;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::clock::{Clock, Running};
use crate::control::journal::JournalQuery;
use crate::domain::access::{ConsentMode, NewApplication, Secret};
use crate::domain::refusal::Refusal;
use crate::domain::settings::Settings;
use crate::domain::time::Timestamp;
use crate::seed::{self, DEMO_TOKEN};
use crate::server::{DEMO_OPERATOR, MockServer, Operator, Options};
use crate::store::World;

const NOW: i64 = 1_772_441_400;
const CLIENT_ID: &str = "bridge";
const CLIENT_SECRET: &str = "bridge+secret:100%";
const OTHER_CLIENT_ID: &str = "rival";
const OTHER_CLIENT_SECRET: &str = "rival-secret";
const FOREIGN_CLIENT_ID: &str = "elsewhere";
const CALLBACK: &str = "https://bridge.example/oauth/callback";
const SCOPES: &str = "public.order:write public.contact:read";
/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A server with the applications `bridge` and `rival` of the demo operator, and `elsewhere` of another one.
struct Mock {
    server: MockServer,
    _runtime: Runtime,
}

/// An answer.
#[derive(Debug)]
struct Reply {
    status: u16,
    head: Vec<(String, String)>,
    body: String,
}

impl Mock {
    fn start() -> Self {
        Self::with(MockServer::builder())
    }

    fn with(options: Options) -> Self {
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(options.clock_at(NOW).start()).unwrap();
        let clock = Clock::new(Running::Standing(Timestamp::from_unix(NOW)));
        let elsewhere = server.server.operator("elsewhere", seed::blank(Settings::named("Elsewhere"), 2), clock);
        server.server.operators.add(elsewhere).unwrap();
        let mock = Self { server, _runtime: runtime };
        mock.register(DEMO_OPERATOR, CLIENT_ID, CLIENT_SECRET);
        mock.register(DEMO_OPERATOR, OTHER_CLIENT_ID, OTHER_CLIENT_SECRET);
        mock.register("elsewhere", FOREIGN_CLIENT_ID, CLIENT_SECRET);
        mock
    }

    fn operator(&self, id: &str) -> Arc<Operator> {
        self.server.server.operators.get(id).unwrap()
    }

    fn register(&self, operator: &str, client_id: &str, secret: &str) {
        let operator = self.operator(operator);
        let new = NewApplication {
            name: "Partner <Bridge>".to_owned(),
            client_id: Some(client_id.to_owned()),
            client_secret: Some(Secret::new(secret)),
            redirect_uris: vec![CALLBACK.to_owned()],
            scopes: SCOPES.split(' ').chain(["public.unit:read"]).map(str::to_owned).collect(),
            consent: ConsentMode::Grant,
        };
        operator.act(|world| world.access.add_application(new, Timestamp::from_unix(NOW), &mut world.ids)).unwrap();
        self.server.server.operators.reindex(&operator);
    }

    /// Turns the switch for consent of the application `bridge`.
    fn consent(&self, mode: ConsentMode) {
        let act = |world: &mut World| {
            let id = world.access.application_by_client_id(CLIENT_ID).ok_or(Refusal::NotFound)?.id;
            world.access.set_consent(id, mode)
        };
        self.operator(DEMO_OPERATOR).act(act).unwrap();
    }

    fn wait(&self, seconds: i64) {
        let clock = &self.operator(DEMO_OPERATOR).clock;
        clock.set(Running::Standing(clock.now().plus_seconds(seconds)));
    }

    fn send(&self, method: &str, target: &str, head: &[(&str, &str)], body: &[u8]) -> Reply {
        let address = self.server.address();
        let mut stream = TcpStream::connect(address).unwrap();
        let head: String = head.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        let start = format!(
            "{method} {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n"
        );
        stream.write_all(format!("{start}{head}\r\n").as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let head = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        Reply { status, head: head.collect(), body: body.to_owned() }
    }

    fn json(&self, path: &str, body: &Value) -> Reply {
        self.send("POST", path, &[("content-type", "application/json")], body.to_string().as_bytes())
    }

    fn form(&self, path: &str, head: &[(&str, &str)], pairs: &[(&str, &str)]) -> Reply {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let head = [&[("content-type", "application/x-www-form-urlencoded")], head].concat();
        self.send("POST", path, &head, form.as_bytes())
    }

    fn token(&self, body: &Value) -> Reply {
        self.json("/oauth2/token", body)
    }

    /// A token of client credentials.
    fn issued(&self) -> String {
        self.token(&client_credentials()).text("access_token")
    }

    /// A pair that comes from a code, and the code.
    fn pair(&self) -> (Reply, String) {
        let code = self.code(&[]);
        (self.token(&exchange(&code)), code)
    }

    fn authorize(&self, changes: &[(&str, &str)]) -> Reply {
        self.send("GET", &authorization(changes), &[], b"")
    }

    /// A code, granted at once.
    fn code(&self, changes: &[(&str, &str)]) -> String {
        self.authorize(changes).returned("code").unwrap()
    }

    fn info(&self, token: &str) -> Reply {
        self.send("GET", "/oauth2/token/info", &[("authorization", &format!("Bearer {token}"))], b"")
    }

    fn is_alive(&self, token: &str) -> bool {
        self.info(token).status == 200
    }

    fn introspect(&self, bearer: &str, body: &Value) -> Reply {
        let head = [("authorization", &*format!("Bearer {bearer}")), ("content-type", "application/json")];
        self.send("POST", "/oauth2/introspect", &head, body.to_string().as_bytes())
    }

    fn journal(&self) -> String {
        serde_json::to_string(&self.server.server.journal.query(&JournalQuery::default())).unwrap()
    }
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    fn value(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    fn text(&self, key: &str) -> String {
        self.value()[key].as_str().unwrap_or_else(|| panic!("no {key} in {self:?}")).to_owned()
    }

    /// A parameter that the browser takes back to the application.
    fn returned(&self, name: &str) -> Option<String> {
        let query = self.header("location")?.strip_prefix(CALLBACK)?.strip_prefix('?')?;
        form_urlencoded::parse(query.as_bytes()).find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
    }

    /// Checks that it is a flat error and nothing else.
    #[track_caller]
    fn assert_fault(&self, status: u16, error: &str) {
        let value = self.value();
        assert_eq!((self.status, value["error"].as_str()), (status, Some(error)), "{self:?}");
        assert!(value["error_description"].is_string() && value.as_object().unwrap().len() == 2, "{self:?}");
        assert_eq!(self.header("www-authenticate").is_some(), status == 401, "{self:?}");
    }

    /// Checks that it is an error in the common envelope.
    #[track_caller]
    fn assert_error(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.value()["error"]["code"].as_str()), (status, Some(code)), "{self:?}");
    }
}

fn client_credentials() -> Value {
    json!({
        "grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "scope": SCOPES,
    })
}

fn exchange(code: &str) -> Value {
    json!({
        "grant_type": "authorization_code", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
        "code": code, "redirect_uri": CALLBACK,
    })
}

fn refresh(token: &str) -> Value {
    json!({
        "grant_type": "refresh_token", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "refresh_token": token,
    })
}

fn revocation(token: &str) -> Value {
    json!({"token": token, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET})
}

/// A body with other members; `null` takes one away.
fn with(mut body: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    body.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    body
}

/// What the header says for HTTP Basic, each part written as in a form.
fn basic(id: &str, secret: &str) -> String {
    let escaped = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", BASE64.encode(format!("{}:{}", escaped(id), escaped(secret))))
}

/// The address that asks for consent, with other parameters; an empty one takes one away.
fn authorization(changes: &[(&str, &str)]) -> String {
    let usual = [
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", CALLBACK),
        ("scope", SCOPES),
        ("state", "b2 f1&c7"),
    ];
    let kept = usual.iter().filter(|(name, _)| !changes.iter().any(|(other, _)| other == name));
    let pairs = kept.chain(changes).filter(|(_, value)| !value.is_empty());
    format!("/oauth2/authorize?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
}
