//! Events as they happen, as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};

use crate::webhooks::{Events, Watched};

/// How long nothing may be sent: longer, and somebody on the way may take the connection for dead.
const SILENCE: Duration = Duration::from_secs(15);

/// The messages that tell of events.
pub(super) fn messages(events: Events) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
    let began = stream::once(async { Ok(Bytes::from_static(b": watching\n\n")) });
    let told = stream::unfold(events, async |mut events| {
        let message = match tokio::time::timeout(SILENCE, events.next()).await {
            Err(_) => Bytes::from_static(b": nothing yet\n\n"),
            Ok(watched) => message(&watched?),
        };
        Some((Ok(message), events))
    });
    began.chain(told)
}

/// A message. The payload is on one line, as JSON is that is written without breaks.
fn message(watched: &Watched) -> Bytes {
    match watched {
        Watched::Event(event) => format!("id: {}\nevent: {}\ndata: {}\n\n", event.id, event.kind, event.payload).into(),
        Watched::Lost(lost) => format!("event: lagged\ndata: {{\"lost\":{lost}}}\n\n").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::event::EventKind;
    use crate::webhooks::Happened;

    #[test]
    fn an_event_is_a_message_of_its_id_type_and_payload() {
        let event = Happened { id: "evt_1".to_owned(), kind: EventKind::UnitUpdated, payload: "{\"event\":{}}".into() };
        let text = message(&Watched::Event(event));
        assert_eq!(text, "id: evt_1\nevent: unit.updated\ndata: {\"event\":{}}\n\n");
        assert_eq!(message(&Watched::Lost(7)), "event: lagged\ndata: {\"lost\":7}\n\n");
    }
}
