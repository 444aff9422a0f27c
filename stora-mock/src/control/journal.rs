//! The journal of requests: what was called last, and how it was answered.
//!
//! It is a ring of the latest exchanges. Nothing secret gets into it: headers are not recorded, so that `Authorization` is not
//! either, and [`Target`] and [`Body`], the only ways for texts of a caller to get in, put `[redacted]` in the place of tokens,
//! client secrets, authorization codes and the like before they keep anything.

mod body;
mod query;
mod redact;

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::{Mutex, MutexGuard};
use schemars::JsonSchema;
use serde::Serialize;

pub use body::{Body, Target};
pub use query::{JournalQuery, NotAStatus, StatusFilter};

use crate::contract::request_id::RequestId;
use crate::domain::ids::AnyId;
use crate::domain::time::Timestamp;

/// The latest exchanges. Any number of threads may write and read it.
#[derive(Debug)]
pub(crate) struct Journal {
    settings: JournalSettings,
    ring: Mutex<Ring>,
}

/// How much the journal keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct JournalSettings {
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
        keeps.then(|| Body::unread(body, self.settings.body_bytes))
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
        self.ring.lock()
    }
}

impl Default for JournalSettings {
    /// 1,000 exchanges with 4 KiB of each body.
    fn default() -> Self {
        Self { entries: 1000, body_bytes: 4 * 1024 }
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
    use serde_json::{Value, json};

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
    fn a_body_that_is_empty_is_none() {
        assert_eq!(journal(1).body(&Target::new("/"), &Bytes::new()), None);
        assert_eq!(journal(1).plain_answer(&Bytes::new()), None);
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
