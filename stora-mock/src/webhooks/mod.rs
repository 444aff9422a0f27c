//! Webhooks: from what happens to what endpoints are told, and how often it takes.
//!
//! Each operator has an engine. It listens to the operator's world, and writes the payload of an event right at the event; an act
//! that is undone has told nothing. Once the act is done, each endpoint that is to hear of it has a delivery in the outbox. Where
//! something is due, a worker sends it: one for each endpoint, one attempt after the other, so that first attempts arrive in the
//! order of the events, and a slow receiver holds up nobody else. What fails is due again after a while, by the operator's clock.
//!
//! Whether something is due depends on nothing but that clock: it is looked at when an act is done, when the clock is moved, and
//! every second, since a clock may run.

mod address;
mod delivery;
mod outbox;
mod post;
mod sign;
mod stream;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};

use self::address::Address;
pub use self::address::{is_address, is_plain_loopback};
pub use self::delivery::{Attempt, Delivery, DeliveryStatus};
pub use self::outbox::{Outbox, Rules};
use self::outbox::{Parcel, Target};
use self::post::{Line, Tls};
use self::sign::Key;
use self::stream::Stream;
pub use self::stream::{Events, Happened, Watched};
use crate::clock::Clock;
use crate::domain::event::{Event, EventKind};
use crate::domain::ids::{WebhookEndpointId, WebhookEventId, mix};
use crate::domain::time::Timestamp;
use crate::domain::webhook_endpoint::{EndpointStatus, WebhookEndpoint};
use crate::store::{Heard, Listener, World};
use crate::view::{Addresses, View, events};

/// How long a worker without work waits for more, with its connection open.
const LINGER: Duration = Duration::from_secs(2);

/// How webhooks are delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How deliveries are retried and kept.
    pub rules: Rules,
    /// How long an attempt may take.
    pub timeout: Duration,
    /// Whether only documented types of events are fired (W3).
    pub documented_only: bool,
    /// Whether nothing is sent to other machines.
    pub loopback_only: bool,
}

/// What the engines of a server share.
pub struct Shared {
    addresses: Addresses,
    settings: Settings,
    /// Where workers run; without it nothing is sent.
    runtime: Option<Handle>,
    stopped: watch::Receiver<bool>,
    tls: Tls,
}

/// The engine of one operator.
pub struct Webhooks {
    shared: Arc<Shared>,
    /// What links of its operator are made of.
    addresses: Arc<Addresses>,
    clock: Arc<Clock>,
    /// What makes the ids of its requests others than those of other operators.
    key: u64,
    outbox: Mutex<Outbox>,
    /// The revision of the endpoints that the outbox knows.
    revision: AtomicU64,
    /// Told of every attempt that ended.
    progress: Notify,
    stream: Arc<Stream>,
    closing: watch::Sender<bool>,
}

/// What is left to deliver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Deliveries that are due or being tried.
    pub due: usize,
    /// Deliveries that are pending in all.
    pub pending: usize,
    /// When the next attempt is due.
    pub next_attempt_at: Option<Timestamp>,
}

impl Shared {
    /// What the engines of a server share that is at these addresses. They end once `stopped` is true.
    pub fn new(addresses: Addresses, settings: Settings, stopped: watch::Receiver<bool>) -> Arc<Self> {
        Arc::new(Self { addresses, settings, runtime: Handle::try_current().ok(), stopped, tls: Tls::new() })
    }
}

#[cfg(test)]
impl Shared {
    /// Of a server that delivers nothing.
    pub fn idle() -> Arc<Self> {
        let addresses = Addresses::new("http://mock.test", None, None, [7; 32]);
        Self::new(addresses, Settings::default(), watch::channel(true).1)
    }
}

impl Webhooks {
    /// The engine of an operator, which listens to its world from now on.
    pub fn new(shared: Arc<Shared>, operator: &str, world: &mut World, clock: Arc<Clock>) -> Arc<Self> {
        let key = operator.bytes().fold(mix(world.ids.seed()), |key, byte| mix(key ^ u64::from(byte)));
        let webhooks = Arc::new(Self {
            key,
            outbox: Mutex::default(),
            revision: AtomicU64::new(u64::MAX),
            progress: Notify::new(),
            stream: Arc::default(),
            closing: watch::Sender::new(false),
            addresses: Arc::new(shared.addresses.of_operator(operator)),
            shared,
            clock,
        });
        webhooks.attend(world, Outbox::default());
        webhooks
    }

    /// What links of its operator are made of.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Goes on with another world and another outbox.
    pub fn attend(&self, world: &mut World, outbox: Outbox) {
        world.listen(Arc::new(Ear {
            shared: self.shared.clone(),
            addresses: self.addresses.clone(),
            stream: self.stream.clone(),
        }));
        let mut held = self.outbox();
        held.replace(outbox, self.clock.now(), &self.shared.settings.rules);
        self.revision.store(world.webhook_endpoints.revision(), Ordering::Release);
        held.set_targets(self.targets(world), &self.shared.settings.rules);
        drop(held);
        self.progress.notify_waiters();
    }

    /// Takes what was heard in a world, and what its endpoints are now. To be called while that is held, so that the order of events
    /// is that in which they happened.
    pub fn follow(self: &Arc<Self>, world: &mut World) {
        let heard = world.take_heard();
        let revision = world.webhook_endpoints.revision();
        let as_before = self.revision.swap(revision, Ordering::AcqRel) == revision;
        if heard.is_empty() && as_before {
            return;
        }
        let rules = &self.shared.settings.rules;
        let mut outbox = self.outbox();
        if !as_before {
            outbox.set_targets(self.targets(world), rules);
        }
        for Heard { id, event, written, to } in heard {
            self.stream.tell(id, event.kind, &written);
            for endpoint in to {
                let body = written.clone();
                outbox.add(Parcel { event_id: id, event_type: event.kind, endpoint, at: event.at, body }, rules);
            }
        }
        self.wake(outbox);
        self.progress.notify_waiters();
    }

    /// Takes note that the clock is moved to an instant, rather than runs there: what falls due on the way is tried at its own instant.
    pub fn moved(&self, to: Timestamp) {
        self.outbox().moved(to);
    }

    /// Sends what is due by now.
    pub fn send_due(self: &Arc<Self>) {
        self.wake(self.outbox());
    }

    /// Delivers once more what a delivery sent. Nothing if there is none of this number.
    ///
    /// # Errors
    /// When its endpoint is disabled.
    pub fn redeliver(self: &Arc<Self>, id: u64) -> Result<Option<Delivery>, Disabled> {
        let mut outbox = self.outbox();
        let Some(endpoint) = outbox.get(id).map(|delivery| delivery.endpoint_id) else { return Ok(None) };
        if !outbox.is_enabled(endpoint) {
            return Err(Disabled);
        }
        let repeated = outbox.repeat(id, self.clock.now(), &self.shared.settings.rules).cloned();
        self.wake(outbox);
        Ok(repeated)
    }

    /// What is on its way, and what became of the rest. Not to be held for long.
    pub fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock()
    }

    /// Waits until nothing is due by the clock, but no longer than the limit, and tells what is left.
    pub async fn settled(&self, limit: Duration) -> Left {
        let deadline = tokio::time::Instant::now() + limit;
        let (mut stopped, mut closed) = (self.shared.stopped.clone(), self.closing.subscribe());
        loop {
            let progress = self.progress.notified();
            if self.outbox().is_settled(self.clock.now()) {
                break;
            }
            tokio::select! {
                () = progress => {}
                () = tokio::time::sleep_until(deadline) => break,
                () = ended(&mut stopped) => break,
                () = ended(&mut closed) => break,
            }
        }
        let outbox = self.outbox();
        let (due, pending) = outbox.left(self.clock.now());
        Left { due, pending, next_attempt_at: outbox.next_due() }
    }

    /// The events from now on, of some types or of all.
    pub fn watch(&self, kinds: Option<BTreeSet<EventKind>>) -> Events {
        self.stream.watch(kinds, [self.shared.stopped.clone(), self.closing.subscribe()])
    }

    /// Whether events of a type are fired at all.
    pub fn fires(&self, kind: EventKind) -> bool {
        self.shared.settings.fires(kind)
    }

    /// Ends it: nothing is sent any more, and whoever watches sees the end.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    fn targets(&self, world: &World) -> Vec<(WebhookEndpointId, Target)> {
        let target = |endpoint: &WebhookEndpoint| {
            let address = Address::parse(&endpoint.url).and_then(|address| match address.is_loopback() {
                false if self.shared.settings.loopback_only => {
                    Err(format!("This mock sends nothing to other machines, such as {}.", address.host))
                }
                _ => Ok(address),
            });
            let enabled = endpoint.status == EndpointStatus::Enabled;
            (endpoint.id, Target { enabled, address, key: Key::of(&endpoint.secret) })
        };
        world.webhook_endpoints.iter().map(target).collect()
    }

    /// Sees to it that what is due is sent.
    fn wake(self: &Arc<Self>, mut outbox: MutexGuard<'_, Outbox>) {
        let now = self.clock.now();
        outbox.refuse_due(now, self.key, &self.shared.settings.rules);
        let Some(runtime) = self.shared.runtime.as_ref().filter(|_| !*self.closing.borrow()) else { return };
        let idle = outbox.wake(now);
        drop(outbox);
        for (endpoint, woken) in idle {
            runtime.spawn(Worker { webhooks: self.clone(), endpoint, woken }.work());
        }
    }
}

impl Default for Settings {
    /// Six retries as Stora makes them, 10,000 finished deliveries, ten seconds for each attempt; everybody is told of everything.
    fn default() -> Self {
        let retry_delays = [1, 5, 30, 120, 300, 600].map(|minutes| minutes * 60).to_vec();
        Self {
            rules: Rules { retry_delays, kept: 10_000 },
            timeout: Duration::from_secs(10),
            documented_only: false,
            loopback_only: false,
        }
    }
}

impl Settings {
    /// Whether events of a type are fired at all (W3).
    fn fires(&self, kind: EventKind) -> bool {
        !self.documented_only || kind.is_documented()
    }
}

/// The endpoint of a delivery is disabled, so that nothing is sent there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disabled;

/// Listens to a world for its endpoints, and for whoever watches.
struct Ear {
    shared: Arc<Shared>,
    addresses: Arc<Addresses>,
    stream: Arc<Stream>,
}

impl Listener for Ear {
    fn listens_to(&self, world: &World, kind: EventKind) -> bool {
        self.shared.settings.fires(kind) && (self.stream.is_watched() || WebhookEndpoint::any_hears(world, kind))
    }

    fn write(&self, world: &World, event: &Event, id: WebhookEventId) -> Option<String> {
        events::payload(&View { world, addresses: &self.addresses }, event, id)
    }
}

/// Sends what is due at one endpoint.
struct Worker {
    webhooks: Arc<Webhooks>,
    endpoint: WebhookEndpointId,
    woken: Arc<Notify>,
}

impl Worker {
    /// Sends until there has been nothing to send for a while, or the engine ends.
    async fn work(self) {
        let Shared { settings, stopped, tls, .. } = &*self.webhooks.shared;
        let (mut stopped, mut closed) = (stopped.clone(), self.webhooks.closing.subscribe());
        let work = async {
            let mut line = Line::default();
            loop {
                let job = self.webhooks.outbox().next(self.endpoint, self.webhooks.clock.now(), self.webhooks.key);
                let Some(job) = job else {
                    let more = tokio::time::timeout(LINGER, self.woken.notified()).await;
                    if more.is_err() && self.webhooks.outbox().dismiss(self.endpoint, self.webhooks.clock.now()) {
                        return;
                    }
                    continue;
                };
                let outcome = line.send(&job, tls, settings.timeout).await;
                self.webhooks.outbox().finish(&job, outcome, &settings.rules);
                self.webhooks.progress.notify_waiters();
            }
        };
        tokio::select! {
            () = work => {}
            () = ended(&mut stopped) => {}
            () = ended(&mut closed) => {}
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.webhooks.outbox().lost(self.endpoint, &self.woken);
    }
}

/// Waits until something that can be ended is. What is gone has ended.
async fn ended(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
