//! Events as they happen, for whoever is watching.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::{broadcast, watch};

use super::ended;
use crate::domain::event::EventKind;
use crate::domain::ids::WebhookEventId;

/// How many events a watcher may lag behind before it loses some.
const KEPT: usize = 1 << 16;

/// An event that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// Its id.
    pub id: String,
    /// Its type.
    pub kind: EventKind,
    /// The whole body that endpoints get, on one line.
    pub payload: Arc<str>,
}

/// What a watcher sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Watched {
    /// An event.
    Event(Happened),
    /// The watcher was too slow: so many events are lost to it, whatever their types.
    Lost(u64),
}

/// Where events are handed out. What nobody watches is not kept.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// Made for the first watcher: it takes room.
    sender: OnceLock<broadcast::Sender<Told>>,
    watchers: AtomicUsize,
}

#[derive(Debug, Clone)]
struct Told {
    id: WebhookEventId,
    kind: EventKind,
    payload: Arc<str>,
}

/// The events of an operator from now on. It ends when the server stops or the operator is removed.
#[derive(Debug)]
pub struct Events {
    receiver: broadcast::Receiver<Told>,
    kinds: Option<BTreeSet<EventKind>>,
    stops: [watch::Receiver<bool>; 2],
    stream: Arc<Stream>,
}

impl Stream {
    /// Whether anybody watches.
    pub(super) fn is_watched(&self) -> bool {
        self.watchers.load(Ordering::Acquire) > 0
    }

    /// Shows an event to all who watch. Waits for none of them.
    pub(super) fn tell(&self, id: WebhookEventId, kind: EventKind, payload: &Arc<str>) {
        if let Some(sender) = self.sender.get().filter(|_| self.is_watched()) {
            // An error means that the last watcher has just gone.
            let _ = sender.send(Told { id, kind, payload: payload.clone() });
        }
    }

    /// Watches from now on: events of some types, or of all, until one of the stops is true.
    pub(super) fn watch(
        self: &Arc<Self>,
        kinds: Option<BTreeSet<EventKind>>,
        stops: [watch::Receiver<bool>; 2],
    ) -> Events {
        self.watchers.fetch_add(1, Ordering::AcqRel);
        let receiver = self.sender.get_or_init(|| broadcast::channel(KEPT).0).subscribe();
        Events { receiver, kinds, stops, stream: self.clone() }
    }
}

impl Events {
    /// The next event, once it happens; nothing any more when the server has stopped or the operator is gone.
    pub async fn next(&mut self) -> Option<Watched> {
        loop {
            let [stopped, closed] = &mut self.stops;
            let received = tokio::select! {
                () = ended(stopped) => return None,
                () = ended(closed) => return None,
                received = self.receiver.recv() => received,
            };
            match received {
                Ok(Told { id, kind, payload }) => {
                    if self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind)) {
                        return Some(Watched::Event(Happened { id: id.to_string(), kind, payload }));
                    }
                }
                Err(broadcast::error::RecvError::Lagged(lost)) => return Some(Watched::Lost(lost)),
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }

    /// The same as a stream.
    pub fn into_stream(self) -> impl futures_util::Stream<Item = Watched> + Send {
        futures_util::stream::unfold(self, async |mut events| Some((events.next().await?, events)))
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.stream.watchers.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::Id as _;

    fn tell(stream: &Stream, number: u64, kind: EventKind) {
        stream.tell(WebhookEventId::new(number), kind, &"{}".into());
    }

    #[tokio::test]
    async fn who_watches_sees_the_events_of_the_types_asked_for_from_then_on() {
        let stream = Arc::new(Stream::default());
        let (stop, stopped) = watch::channel(false);
        let stops = || [stopped.clone(), stopped.clone()];
        tell(&stream, 1, EventKind::UnitUpdated);
        let mut all = stream.watch(None, stops());
        let mut some = stream.watch(Some([EventKind::InvoicePaid].into()), stops());
        assert!(stream.is_watched());
        tell(&stream, 2, EventKind::UnitUpdated);
        tell(&stream, 3, EventKind::InvoicePaid);
        let id = |watched| match watched {
            Some(Watched::Event(happened)) => happened.id,
            other => panic!("{other:?}"),
        };
        assert_eq!(id(all.next().await), "evt_0000000000000002");
        assert_eq!(id(all.next().await), "evt_0000000000000003");
        assert_eq!(id(some.next().await), "evt_0000000000000003");
        stop.send_replace(true);
        assert_eq!((all.next().await, some.next().await), (None, None));
        drop((all, some));
        assert!(!stream.is_watched());
    }

    #[tokio::test]
    async fn who_is_too_slow_is_told_how_much_was_lost_and_holds_nobody_up() {
        let stream = Arc::new(Stream::default());
        let (_stop, stopped) = watch::channel(false);
        let mut slow = stream.watch(None, [stopped.clone(), stopped]);
        for number in 0..KEPT as u64 + 10 {
            tell(&stream, number, EventKind::UnitUpdated);
        }
        assert_eq!(slow.next().await, Some(Watched::Lost(10)));
        assert!(matches!(slow.next().await, Some(Watched::Event(event)) if event.id == "evt_000000000000000a"));
    }
}
