//! The journal of requests: what was called last, and how it was answered.
//!
//! It is a ring of the latest exchanges. Nothing secret gets into it: headers are not recorded, so that `Authorization` is not
//! either, and [`Target`] and [`Body`], the only ways for texts of a caller to get in, put `[redacted]` in the place of tokens,
//! client secrets, authorization codes and the like before they keep anything.

mod redact;

use std::collections::VecDeque;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::contract::request_id::RequestId;
use crate::domain::ids::AnyId;
use crate::domain::time::Timestamp;

/// The latest exchanges. Any number of threads may write and read it.
#[derive(Debug)]
pub struct Journal {
    settings: JournalSettings,
    ring: Mutex<Ring>,
}

/// How much the journal keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalSettings {
    /// How many exchanges. With none the journal is off.
    pub entries: usize,
    /// How many bytes of each body.
    pub body_bytes: usize,
}

/// An exchange in the journal.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Entry {
    /// Its number. The first exchange has 1, each later one the next number.
    pub sequence: u64,
    /// The exchange.
    #[serde(flatten)]
    pub exchange: Exchange,
}

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Exchange {
    /// The id of the request, as the header `X-Request-Id` of the answer has it.
    #[schemars(with = "String", extend("format" = "uuid"))]
    pub request_id: RequestId,
    /// The operator whose business it was about; null where the caller was not known.
    pub operator: Option<String>,
    /// When it was answered, by the business clock.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// The method.
    pub method: String,
    /// The path with its query.
    pub path: Target,
    /// The `operationId` of the operation; null where there is no such operation.
    pub operation: Option<&'static str>,
    /// The status of the answer.
    pub status: u16,
    /// How long it took to answer, in microseconds of real time.
    pub duration_micros: u64,
    /// The OAuth application or static access token that called; null where the caller was not known.
    #[schemars(with = "Option<String>")]
    pub credential: Option<AnyId>,
    /// Whether the answer is the kept one of an earlier call with the same `Idempotency-Key`.
    pub idempotent_replay: bool,
    /// The fault that was made on demand.
    pub fault: Option<String>,
    /// The rule of the business that refused it, such as `U1`.
    pub rule: Option<&'static str>,
    /// The types of the events that it fired.
    pub events: Vec<&'static str>,
    /// The body of the request; null where there was none.
    pub request_body: Option<Body>,
    /// The body of the answer; null where there was none.
    pub response_body: Option<Body>,
}

/// A path with its query, without secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Target(String);

/// A body without secrets. It serialises as JSON where it is JSON, else as text.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(with = "Value")]
pub struct Body {
    /// UTF-8; empty where the body is no text.
    text: Bytes,
    kept: Kept,
    /// Whether secrets are still to be taken out, which is then done as it serialises.
    unread: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Whole,
    /// The beginning of so many bytes.
    Beginning(usize),
    /// Nothing of so many bytes that are no text.
    Length(usize),
}

/// Which exchanges to read. All that is given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct JournalQuery {
    /// A status such as `404`, or a class of them such as `4xx`.
    pub status: Option<StatusFilter>,
    /// A text that the path with its query contains.
    pub path: Option<String>,
    /// An `operationId`.
    pub operation: Option<String>,
    /// A method, in any case.
    pub method: Option<String>,
    /// An operator.
    pub operator: Option<String>,
    /// Only exchanges with a greater number than this.
    pub since: u64,
    /// How many exchanges at most.
    pub limit: usize,
}

/// A status or a class of statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String", extend("pattern" = "^[1-5](xx|[0-9]{2})$"))]
pub enum StatusFilter {
    /// This very status.
    Exact(u16),
    /// The statuses from this many hundreds on.
    Class(u16),
}

/// A text is neither a status nor a class of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no status; write one such as `404`, or a class such as `4xx`")]
pub struct NotAStatus(String);

impl Journal {
    /// An empty journal.
    pub fn new(settings: JournalSettings) -> Self {
        Self { settings, ring: Mutex::default() }
    }

    /// What the journal is to keep of a body: its beginning, without secrets. `target` is the one of its request. None for an
    /// empty body, and where the journal is off.
    pub fn body(&self, target: &Target, body: &Bytes) -> Option<Body> {
        let keeps = self.settings.entries > 0 && !body.is_empty();
        keeps.then(|| Body::new(target, body, self.settings.body_bytes))
    }

    /// What the journal is to keep of an answer that the server wrote without a secret of its own: its beginning. Looking through
    /// every page of every list would take longer than making it, so that what callers put into their records under the name of a
    /// secret is taken out only when the journal is read. None for an empty body, and where the journal is off.
    pub fn plain_answer(&self, body: &Bytes) -> Option<Body> {
        let keeps = self.settings.entries > 0 && !body.is_empty();
        keeps.then(|| Body { unread: true, ..Body::beginning(body.clone(), body.len(), self.settings.body_bytes) })
    }

    /// Writes an exchange down and gives its number. The oldest one makes room for it.
    pub fn push(&self, exchange: Exchange) -> u64 {
        let mut ring = self.lock();
        ring.last += 1;
        let sequence = ring.last;
        if self.settings.entries > 0 {
            let oldest = (ring.entries.len() >= self.settings.entries).then(|| ring.entries.pop_front());
            ring.entries.push_back(Arc::new(Entry { sequence, exchange }));
            drop(ring);
            // Only now, so that nobody waits for what it held to be given back.
            drop(oldest);
        }
        sequence
    }

    /// The exchanges that a query asks for, the newest first.
    pub fn query(&self, query: &JournalQuery) -> Vec<Entry> {
        let found: Vec<Arc<Entry>> = {
            let ring = self.lock();
            let newest_first = ring.entries.iter().rev().take_while(|entry| entry.sequence > query.since);
            newest_first.filter(|entry| query.matches(&entry.exchange)).take(query.limit).cloned().collect()
        };
        found.into_iter().map(Arc::unwrap_or_clone).collect()
    }

    /// Forgets every exchange. The numbers go on.
    pub fn clear(&self) {
        let forgotten = std::mem::take(&mut self.lock().entries);
        drop(forgotten);
    }

    fn lock(&self) -> MutexGuard<'_, Ring> {
        // Nothing panics halfway through a change of the ring, so a poisoned lock guards a sound one.
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for JournalSettings {
    /// 1,000 exchanges with 4 KiB of each body.
    fn default() -> Self {
        Self { entries: 1000, body_bytes: 4 * 1024 }
    }
}

impl Target {
    /// Keeps a path with its query, without the values of secret parameters.
    pub fn new(path_and_query: &str) -> Self {
        Self(redact::target(path_and_query))
    }

    /// The path with its query.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it leads to OAuth, where `code` is a secret.
    fn is_oauth(&self) -> bool {
        redact::is_oauth(&self.0)
    }
}

impl Body {
    fn new(target: &Target, body: &Bytes, most_bytes: usize) -> Self {
        let whole = redact::body(body, most_bytes, target.is_oauth()).map_or_else(|| body.clone(), Bytes::from);
        Self::beginning(whole, body.len(), most_bytes)
    }

    /// The beginning of a text of which `length` bytes came.
    fn beginning(whole: Bytes, length: usize, most_bytes: usize) -> Self {
        let is_cut = whole.len() > most_bytes;
        let beginning = &whole[..whole.len().min(most_bytes)];
        let text = match std::str::from_utf8(beginning) {
            Ok(_) if !is_cut => return Self { text: whole, kept: Kept::Whole, unread: false },
            Ok(text) => text.as_bytes(),
            // The cut went through a character.
            Err(error) if is_cut && error.error_len().is_none() => &beginning[..error.valid_up_to()],
            Err(_) => return Self { text: Bytes::new(), kept: Kept::Length(length), unread: false },
        };
        // A slice would keep the whole body in memory for its beginning.
        Self { text: Bytes::copy_from_slice(text), kept: Kept::Beginning(length), unread: false }
    }
}

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let redacted = if self.unread { redact::body(&self.text, self.text.len(), false) } else { None };
        let bytes = redacted.as_deref().unwrap_or(&self.text);
        let text = String::from_utf8_lossy(bytes);
        match self.kept {
            Kept::Whole => match serde_json::from_slice::<Value>(bytes) {
                Ok(value) => value.serialize(serializer),
                Err(_) => serializer.serialize_str(&text),
            },
            Kept::Beginning(length) => {
                serializer.collect_str(&format_args!("{text}… [cut off; {length} bytes in all]"))
            }
            Kept::Length(length) => serializer.collect_str(&format_args!("[{length} bytes that are no text]")),
        }
    }
}

impl JournalQuery {
    /// How many exchanges a query gives that does not say.
    pub const DEFAULT_LIMIT: usize = 100;

    fn matches(&self, exchange: &Exchange) -> bool {
        self.status.is_none_or(|status| status.matches(exchange.status))
            && self.path.as_ref().is_none_or(|path| exchange.path.as_str().contains(path))
            && self.operation.as_ref().is_none_or(|operation| exchange.operation == Some(operation))
            && self.method.as_ref().is_none_or(|method| exchange.method.eq_ignore_ascii_case(method))
            && self.operator.as_ref().is_none_or(|operator| exchange.operator.as_ref() == Some(operator))
    }
}

impl Default for JournalQuery {
    /// The latest [`JournalQuery::DEFAULT_LIMIT`] exchanges.
    fn default() -> Self {
        Self {
            status: None,
            path: None,
            operation: None,
            method: None,
            operator: None,
            since: 0,
            limit: Self::DEFAULT_LIMIT,
        }
    }
}

impl StatusFilter {
    fn matches(self, status: u16) -> bool {
        match self {
            Self::Exact(exact) => status == exact,
            Self::Class(class) => status / 100 == class,
        }
    }
}

impl FromStr for StatusFilter {
    type Err = NotAStatus;

    fn from_str(text: &str) -> Result<Self, NotAStatus> {
        let not_a_status = || NotAStatus(text.to_owned());
        let [class @ b'1'..=b'5', rest @ ..] = text.as_bytes() else { return Err(not_a_status()) };
        match rest {
            b"xx" | b"XX" => Ok(Self::Class((class - b'0').into())),
            [b'0'..=b'9', b'0'..=b'9'] => text.parse().map(Self::Exact).map_err(|_| not_a_status()),
            _ => Err(not_a_status()),
        }
    }
}

impl TryFrom<String> for StatusFilter {
    type Error = NotAStatus;

    fn try_from(text: String) -> Result<Self, NotAStatus> {
        text.parse()
    }
}

#[derive(Debug, Default)]
struct Ring {
    entries: VecDeque<Arc<Entry>>,
    /// The number of the latest exchange.
    last: u64,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::request_id::RequestIds;
    use crate::domain::ids::{ApplicationId, Id};

    fn journal(entries: usize) -> Journal {
        Journal::new(JournalSettings { entries, body_bytes: 64 })
    }

    fn exchange(method: &str, path: &str, status: u16) -> Exchange {
        Exchange {
            request_id: RequestIds::new(1).next(),
            operator: None,
            at: Timestamp::from_unix(1_772_445_600),
            method: method.to_owned(),
            path: Target::new(path),
            operation: None,
            status,
            duration_micros: 250,
            credential: None,
            idempotent_replay: false,
            fault: None,
            rule: None,
            events: Vec::new(),
            request_body: None,
            response_body: None,
        }
    }

    fn sequences(journal: &Journal, query: &JournalQuery) -> Vec<u64> {
        journal.query(query).iter().map(|entry| entry.sequence).collect()
    }

    fn kept(body: impl Into<Bytes>) -> Value {
        serde_json::to_value(journal(1).body(&Target::new("/"), &body.into())).unwrap()
    }

    #[test]
    fn the_oldest_exchanges_make_room_and_the_newest_come_first() {
        let journal = journal(3);
        for _ in 0..5 {
            journal.push(exchange("GET", "/", 200));
        }
        assert_eq!(sequences(&journal, &JournalQuery::default()), [5, 4, 3]);
        journal.clear();
        assert!(sequences(&journal, &JournalQuery::default()).is_empty());
        assert_eq!(journal.push(exchange("GET", "/", 200)), 6);
    }

    #[test]
    fn a_journal_that_is_off_keeps_nothing() {
        let journal = journal(0);
        assert_eq!(journal.body(&Target::new("/"), &Bytes::from_static(b"{}")), None);
        assert_eq!(journal.push(exchange("GET", "/", 200)), 1);
        assert_eq!(journal.push(exchange("GET", "/", 200)), 2);
        assert!(sequences(&journal, &JournalQuery::default()).is_empty());
    }

    #[test]
    fn a_query_gives_what_meets_all_of_it() {
        let journal = journal(10);
        let of = |operator: &str, operation, exchange| Exchange {
            operator: Some(operator.to_owned()),
            operation: Some(operation),
            ..exchange
        };
        journal.push(of("harbour", "contact_list", exchange("GET", "/2025-09/contacts?page=2", 200)));
        journal.push(of("harbour", "contact_create", exchange("POST", "/2025-09/contacts", 422)));
        journal.push(of("moor", "contact_create", exchange("POST", "/2025-09/contacts", 404)));
        journal.push(exchange("GET", "/2025-09/nothing", 404));
        let asked = |query: Value| sequences(&journal, &serde_json::from_value(query).unwrap());
        assert_eq!(asked(json!({})), [4, 3, 2, 1]);
        assert_eq!(asked(json!({"status": "404"})), [4, 3]);
        assert_eq!(asked(json!({"status": "4xx"})), [4, 3, 2]);
        assert_eq!(asked(json!({"path": "/contacts"})), [3, 2, 1]);
        assert_eq!(asked(json!({"path": "page=2"})), [1]);
        assert_eq!(asked(json!({"operation": "contact_create"})), [3, 2]);
        assert_eq!(asked(json!({"method": "post"})), [3, 2]);
        assert_eq!(asked(json!({"operator": "harbour"})), [2, 1]);
        assert_eq!(asked(json!({"since": 2})), [4, 3]);
        assert_eq!(asked(json!({"limit": 1})), [4]);
        assert_eq!(asked(json!({"operator": "harbour", "status": "4XX", "limit": 5})), [2]);
        assert!(asked(json!({"since": 4})).is_empty());
    }

    #[test]
    fn a_query_with_a_mistake_is_told_which() {
        let told = |query: Value| serde_json::from_value::<JournalQuery>(query).unwrap_err().to_string();
        for status in ["", "4", "4x", "4xxx", "600", "0xx", "+04", "40x", "ok"] {
            let expected = format!("`{status}` is no status; write one such as `404`, or a class such as `4xx`");
            assert_eq!(told(json!({ "status": status })), expected);
        }
        assert!(told(json!({"statuses": "404"})).contains("`statuses`"));
    }

    #[test]
    fn an_entry_serialises_flat_and_its_bodies_as_what_they_are() {
        let journal = journal(1);
        let target = Target::new("/2025-09/contacts");
        journal.push(Exchange {
            credential: Some(ApplicationId::new(0xabc).any()),
            events: vec!["contact.created"],
            request_body: journal.body(&target, &Bytes::from_static(b"{\"b\":1,\"a\":[]}")),
            ..exchange("POST", "/2025-09/contacts", 201)
        });
        let entry = serde_json::to_value(&journal.query(&JournalQuery::default())[0]).unwrap();
        assert_eq!(
            entry,
            json!({
                "sequence": 1,
                "request_id": RequestIds::new(1).next().as_str(),
                "operator": null,
                "at": "2026-03-02T10:00:00Z",
                "method": "POST",
                "path": "/2025-09/contacts",
                "operation": null,
                "status": 201,
                "duration_micros": 250,
                "credential": "app_0000000000000abc",
                "idempotent_replay": false,
                "fault": null,
                "rule": null,
                "events": ["contact.created"],
                "request_body": {"b": 1, "a": []},
                "response_body": null
            })
        );
    }

    #[test]
    fn the_schema_of_an_entry_names_every_member_it_has() {
        let mut schema = serde_json::to_value(schemars::schema_for!(Entry)).unwrap();
        schema["additionalProperties"] = false.into();
        let journal = journal(1);
        let response_body = journal.body(&Target::new("/"), &Bytes::from_static(b"text"));
        journal.push(Exchange { response_body, ..exchange("GET", "/", 200) });
        let entry = serde_json::to_value(&journal.query(&JournalQuery::default())[0]).unwrap();
        assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&entry), "{entry} {schema}");
        assert_eq!(schema["properties"]["at"]["format"], "date-time");
    }

    #[test]
    fn a_body_that_is_no_json_is_text_and_one_that_is_no_text_a_length() {
        assert_eq!(kept("id,email\r\n"), "id,email\r\n");
        assert_eq!(kept("[1, 2]"), json!([1, 2]));
        assert_eq!(kept(&b"\x89PNG\r\n"[..]), "[6 bytes that are no text]");
        assert_eq!(kept(vec![0xff; 100]), "[100 bytes that are no text]");
        assert_eq!(kept(""), Value::Null);
    }

    #[test]
    fn a_long_body_is_cut_off_between_characters() {
        assert_eq!(kept("x".repeat(64)), "x".repeat(64));
        assert_eq!(kept("x".repeat(65)), format!("{}… [cut off; 65 bytes in all]", "x".repeat(64)));
        let body = format!("{}ü", "x".repeat(63));
        assert_eq!(kept(body), format!("{}… [cut off; 65 bytes in all]", "x".repeat(63)));
    }

    #[test]
    fn what_is_kept_of_a_long_body_does_not_hold_on_to_the_rest() {
        let body = Bytes::from("x".repeat(1000));
        let long = journal(1).body(&Target::new("/"), &body).unwrap();
        assert_ne!(long.text.as_ptr(), body.as_ptr());
        let body = Bytes::from("x".repeat(10));
        let short = journal(1).body(&Target::new("/"), &body).unwrap();
        assert_eq!(short.text.as_ptr(), body.as_ptr());
    }

    #[test]
    fn threads_that_write_at_once_get_a_number_each() {
        let journal = journal(1000);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..100).map(|_| journal.push(exchange("GET", "/", 200))).max());
            }
        });
        let query = JournalQuery { limit: 1000, ..JournalQuery::default() };
        assert_eq!(sequences(&journal, &query), (1..=400).rev().collect::<Vec<_>>());
    }
}
