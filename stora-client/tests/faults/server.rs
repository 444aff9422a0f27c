//! A server that does what a script says, one step per request, and remembers what it was asked.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use stora_client::{Client, ClientBuilder, reqwest};

/// What the server does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Answers with a status, headers and a body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// Reads the request and closes the connection without a word.
    Close,
    /// Closes the connection while the request is on its way, so that it is reset.
    Reset,
    /// Announces a longer body than it sends, and closes the connection.
    Cut(u16, &'static str),
    /// Never says anything.
    Silent,
    /// Begins to answer, and never ends.
    Stalled(u16, &'static str),
}

impl Step {
    pub(crate) fn status(status: u16) -> Self {
        Self::Answer(status, Vec::new(), String::new())
    }

    pub(crate) fn json(status: u16, body: impl ToString) -> Self {
        Self::Answer(status, vec![("content-type", "application/json".to_owned())], body.to_string())
    }

    pub(crate) fn with(status: u16, name: &'static str, value: impl ToString) -> Self {
        Self::Answer(status, vec![(name, value.to_string())], String::new())
    }
}

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) target: String,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Seen {
    /// The one value of a header; none if it is absent.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let value = values.next();
        assert_eq!(values.next(), None, "`{name}` was sent twice");
        value
    }

    pub(crate) fn key(&self) -> Option<&str> {
        self.header("idempotency-key")
    }
}

pub(crate) struct Server {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Does these steps; after the last one it repeats it.
    pub(crate) fn start(steps: Vec<Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let journal = Arc::clone(&seen);
        // It ends with the process. Silent connections are kept, since dropping one would say something.
        std::thread::spawn(move || {
            let mut kept = Vec::new();
            for stream in listener.incoming() {
                // A connection over which nothing is asked uses up no step, and does not hold up the next one.
                let number = journal.lock().unwrap().len();
                let step = steps[number.min(steps.len() - 1)].clone();
                let stream = stream.unwrap();
                stream.set_read_timeout(Some(std::time::Duration::from_secs(2))).unwrap();
                if let Some(stream) = serve(stream, &step, &journal) {
                    kept.push(stream);
                }
            }
        });
        Self { url, seen }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn builder(&self) -> ClientBuilder {
        builder(&self.url)
    }

    pub(crate) fn client(&self) -> Client {
        self.builder().build().unwrap()
    }
}

/// A client without timers of its own.
pub(crate) fn builder(url: &str) -> ClientBuilder {
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .pool_max_idle_per_host(0)
        .build()
        .unwrap();
    Client::builder()
        .base_url(url)
        .http_client(http)
        .access_token("token-1")
        .unwrap()
        .connect_timeout(None)
        .attempt_timeout(None)
        .timeout(None)
}

fn serve(mut stream: TcpStream, step: &Step, journal: &Mutex<Vec<Seen>>) -> Option<TcpStream> {
    if let Step::Reset = step {
        // What is left unread makes the system reset the connection rather than end it.
        let mut first = [0; 1];
        let _ = stream.read(&mut first);
        journal.lock().unwrap().push(Seen::default());
        return None;
    }
    journal.lock().unwrap().push(read(&mut stream)?);
    let (answer, stays) = match step {
        Step::Answer(status, headers, body) => (head(*status, headers, body.len()) + body, false),
        Step::Cut(status, body) => (head(*status, &[], body.len() + 100) + body, false),
        Step::Stalled(status, body) => (head(*status, &[], body.len() + 100) + body, true),
        Step::Silent => (String::new(), true),
        Step::Close | Step::Reset => (String::new(), false),
    };
    // A client that has left has its reasons.
    let _ = stream.write_all(answer.as_bytes());
    stays.then_some(stream)
}

fn head(status: u16, headers: &[(&'static str, String)], length: usize) -> String {
    let mut head = format!("HTTP/1.1 {status} Said\r\nconnection: close\r\n");
    if status != 204 {
        head += &format!("content-length: {length}\r\n");
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head + "\r\n"
}

fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        match stream.read(&mut piece).ok()? {
            0 => return None,
            read => bytes.extend_from_slice(&piece[..read]),
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ').map(str::to_owned);
    let (method, target) = (first.next()?, first.next()?);
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, v)| v.parse().unwrap());
    while bytes.len() < end + 4 + length {
        match stream.read(&mut piece).ok()? {
            0 => return None,
            read => bytes.extend_from_slice(&piece[..read]),
        }
    }
    Some(Seen { method, target, headers, body: String::from_utf8_lossy(&bytes[end + 4..]).into_owned() })
}

/// An empty list of contacts.
pub(crate) fn no_contacts() -> Step {
    Step::json(
        200,
        r#"{"contacts":[],"meta":{"pagination":{"count":0,"last":1,"limit":50,"next":null,"page":1,"pages":1,"prev":null},"request_id":"0b5a6b6e-0000-4000-8000-000000000001", "curies": []}}"#,
    )
}
