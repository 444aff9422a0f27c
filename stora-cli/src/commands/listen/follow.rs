//! Follows the stream of events, and opens it again when it breaks off.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc::Sender;

use super::sse::{Message, Parser};
use crate::control::Mock;
use crate::failure::Failure;

/// How long the stream may be silent: three times as long as the mock lets it be.
pub(super) const SILENCE: Duration = Duration::from_secs(45);

/// How long is waited before the stream is opened again: at first, and at most.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// An event of the mock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) kind: String,
    /// The body that endpoints get, to the byte.
    pub(super) body: String,
}

/// What has come of following.
#[derive(Debug)]
pub(super) enum Followed {
    /// The stream is open.
    Opened {
        /// Whether it had been before.
        again: bool,
    },
    /// An event.
    Event(Event),
    /// So many events were not seen, because too many waited.
    Lost(u64),
    /// The stream broke off, and is opened again.
    Broken {
        /// Why.
        reason: String,
        /// How long it is waited before.
        after: Duration,
    },
}

/// What follows the stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Follower<'a> {
    pub(super) mock: &'a Mock,
    pub(super) operator: Option<&'a String>,
    /// The types of events; all, if there are none.
    pub(super) types: &'a [String],
}

impl Follower<'_> {
    /// Follows until nobody takes what comes, and then waits for ever. It gives why the stream cannot be opened in the first place.
    pub(super) async fn run(self, queue: Sender<Followed>) -> Failure {
        let mut openings = 0;
        let mut wait = FIRST_WAIT;
        loop {
            let before = openings;
            let reason = match self.follow(&queue, &mut openings).await {
                Ok(Some(reason)) => reason,
                Ok(None) => return std::future::pending().await,
                Err(failure) if openings == 0 => return failure,
                Err(failure) => failure.to_string(),
            };
            if openings > before {
                wait = FIRST_WAIT;
            }
            if queue.send(Followed::Broken { reason, after: wait }).await.is_err() {
                return std::future::pending().await;
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// Opens the stream and follows it to its end. It gives why it ended, or nothing if nobody takes what comes.
    async fn follow(&self, queue: &Sender<Followed>, openings: &mut u64) -> Result<Option<String>, Failure> {
        let mut call = self.mock.act("event_watch", &[])?.operator(self.operator);
        if !self.types.is_empty() {
            call = call.query("types", &self.types.join(","));
        }
        let mut stream = call.stream().await?;
        *openings += 1;
        if queue.send(Followed::Opened { again: *openings > 1 }).await.is_err() {
            return Ok(None);
        }
        let mut parser = Parser::default();
        loop {
            let piece = match stream.chunk().await {
                Ok(Some(piece)) => piece,
                Ok(None) => return Ok(Some("the stream has ended".to_owned())),
                Err(error) => return Ok(Some(error.to_string())),
            };
            for message in parser.feed(&piece) {
                if queue.send(followed(message)).await.is_err() {
                    return Ok(None);
                }
            }
        }
    }
}

/// What a message tells.
fn followed(message: Message) -> Followed {
    if message.event == "lagged" {
        let lost = serde_json::from_str::<Value>(&message.data).ok().and_then(|data| data["lost"].as_u64());
        return Followed::Lost(lost.unwrap_or(1));
    }
    Followed::Event(Event { id: message.id, kind: message.event, body: message.data })
}
