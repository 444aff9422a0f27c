//! What is on its way to the endpoints of one operator, and what became of the rest.

mod written;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use tokio::sync::Notify;

use super::address::Address;
use super::delivery::{Attempt, Delivery, DeliveryStatus};
use super::sign::Key;
use crate::contract::request_id::RequestId;
use crate::domain::event::EventKind;
use crate::domain::ids::{WebhookEndpointId, WebhookEventId};
use crate::domain::time::Timestamp;

/// The deliveries of one operator.
///
/// It says what is to be sent next to each endpoint, and takes note of what came of it. First attempts go out in the order in which
/// they came in; a retry comes before those that are due later than it (webhooks.yaml, decisions).
#[derive(Default)]
pub struct Outbox {
    deliveries: BTreeMap<u64, Delivery>,
    /// The finished ones, in the order in which they ended.
    finished: VecDeque<u64>,
    /// How many deliveries there ever were.
    given: u64,
    lanes: HashMap<WebhookEndpointId, Lane>,
    /// The instant up to which the clock was moved, rather than ran. What fell due by then is tried at its own instant (H2).
    moved_to: Timestamp,
    /// Which outbox it is: what comes back from an attempt of another one is of no interest.
    generation: u64,
}

/// How deliveries are retried and kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// How long after each failed attempt the next one is made, in seconds; the last one is not followed by another (W4).
    pub retry_delays: Vec<i64>,
    /// How many finished deliveries are kept.
    pub kept: usize,
}

/// What is to be known of an endpoint to send something there.
#[derive(Clone)]
pub struct Target {
    /// Whether it gets anything.
    pub enabled: bool,
    /// Where it is, or why nothing is sent there.
    pub address: Result<Address, String>,
    /// What is signed with.
    pub key: Key,
}

/// What is on its way to one endpoint.
#[derive(Default)]
struct Lane {
    target: Option<Arc<Target>>,
    /// First attempts, by when they are due.
    first: VecDeque<(Timestamp, u64)>,
    /// Retries, by when they are due.
    retries: BTreeSet<(Timestamp, u64)>,
    in_flight: Option<u64>,
    /// Wakes the worker that sends it, if there is one.
    worker: Option<Arc<Notify>>,
}

/// An attempt to be made.
#[derive(Clone)]
pub struct Job {
    generation: u64,
    delivery: u64,
    endpoint: WebhookEndpointId,
    /// Where to.
    pub target: Arc<Target>,
    /// When it is made, by the clock of the business.
    pub at: Timestamp,
    /// Whether the clock was moved over that instant, so that real time counts for nothing in it.
    pinned: bool,
    /// The id of the request.
    pub request_id: RequestId,
    /// What is sent.
    pub body: Arc<str>,
}

/// What came of an attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The status of the answer.
    pub status: Option<u16>,
    /// Why there was none.
    pub error: Option<String>,
    /// How its body begins.
    pub answer: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
}

/// An event to be delivered to an endpoint.
pub struct Parcel {
    /// The event.
    pub event_id: WebhookEventId,
    /// Its type.
    pub event_type: EventKind,
    /// Where it goes.
    pub endpoint: WebhookEndpointId,
    /// When it is due.
    pub at: Timestamp,
    /// What is sent.
    pub body: Arc<str>,
}

impl Outbox {
    /// The deliveries, the newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &Delivery> {
        self.deliveries.values().rev()
    }

    /// A delivery.
    pub fn get(&self, id: u64) -> Option<&Delivery> {
        self.deliveries.get(&id)
    }

    /// The deliveries as they are now, to be written down at leisure.
    pub fn copy(&self) -> Self {
        Self { deliveries: self.deliveries.clone(), given: self.given, ..Self::default() }
    }

    /// Takes note of what the endpoints are now. What is pending for one that is disabled is dropped (W5).
    pub fn set_targets(&mut self, targets: impl IntoIterator<Item = (WebhookEndpointId, Target)>, rules: &Rules) {
        for (endpoint, target) in targets {
            let enabled = target.enabled;
            let lane = self.lanes.entry(endpoint).or_default();
            lane.target = Some(Arc::new(target));
            if enabled {
                continue;
            }
            let pending = lane.take_all();
            for id in pending {
                self.end(id, DeliveryStatus::Dropped, rules);
            }
        }
    }

    /// Whether an endpoint gets anything.
    pub fn is_enabled(&self, endpoint: WebhookEndpointId) -> bool {
        self.lanes.get(&endpoint).and_then(|lane| lane.target.as_ref()).is_some_and(|target| target.enabled)
    }

    /// Takes something to be delivered. What is for an endpoint that was disabled meanwhile is dropped at once (W5).
    pub fn add(&mut self, parcel: Parcel, rules: &Rules) -> u64 {
        self.given += 1;
        let (id, enabled) = (self.given, self.is_enabled(parcel.endpoint));
        let Parcel { event_id, event_type, endpoint, at, body } = parcel;
        self.deliveries.insert(
            id,
            Delivery {
                id,
                event_id,
                event_type,
                endpoint_id: endpoint,
                created_at: at,
                status: DeliveryStatus::Pending,
                attempts: Vec::new(),
                next_attempt_at: Some(at),
                body,
            },
        );
        if enabled {
            self.lanes.entry(endpoint).or_default().first.push_back((at, id));
        } else {
            self.end(id, DeliveryStatus::Dropped, rules);
        }
        id
    }

    /// Delivers once more what a delivery sent: to the same endpoint, the same event, the same bytes.
    pub fn repeat(&mut self, id: u64, now: Timestamp, rules: &Rules) -> Option<&Delivery> {
        let Delivery { event_id, event_type, endpoint_id: endpoint, body, .. } = self.deliveries.get(&id)?.clone();
        let new = self.add(Parcel { event_id, event_type, endpoint, at: now, body }, rules);
        self.deliveries.get(&new)
    }

    /// Takes note that the clock is moved to an instant, rather than runs there.
    pub fn moved(&mut self, to: Timestamp) {
        self.moved_to = self.moved_to.max(to);
    }

    /// Takes out the next attempt that is due at an endpoint, unless one is being made there. `key` makes the ids of requests those
    /// of one operator.
    pub fn next(&mut self, endpoint: WebhookEndpointId, now: Timestamp, key: u64) -> Option<Job> {
        let lane = self.lanes.get_mut(&endpoint)?;
        let target = lane.target.clone()?;
        let (due, id) = lane.take_due(now)?;
        let delivery = self.deliveries.get(&id)?;
        lane.in_flight = Some(id);
        let pinned = due <= self.moved_to;
        Some(Job {
            generation: self.generation,
            delivery: id,
            endpoint,
            target,
            at: if pinned { due } else { now.max(due) },
            pinned,
            request_id: RequestId::of_attempt(key, id, delivery.attempts.len() as u64),
            body: delivery.body.clone(),
        })
    }

    /// Takes note of what came of an attempt: the delivery is done, is due again, or is given up (W4).
    pub fn finish(&mut self, job: &Job, outcome: Outcome, rules: &Rules) {
        if job.generation != self.generation {
            return;
        }
        let Some(lane) = self.lanes.get_mut(&job.endpoint) else { return };
        lane.in_flight = None;
        let Some(delivery) = self.deliveries.get_mut(&job.delivery) else { return };
        let Outcome { status, error, answer, duration_ms } = outcome;
        let request_id = job.request_id.to_string();
        let attempt = Attempt { at: job.at, request_id, status, error, duration_ms, answer };
        let is_success = attempt.is_success();
        delivery.attempts.push(attempt);
        // One that was dropped meanwhile stays so.
        if delivery.status != DeliveryStatus::Pending {
            return;
        }
        let delay = rules.retry_delays.get(delivery.attempts.len() - 1);
        match delay {
            _ if is_success => self.end(job.delivery, DeliveryStatus::Delivered, rules),
            None => self.end(job.delivery, DeliveryStatus::Failed, rules),
            Some(delay) => {
                // A delay counts from the end of the attempt before (webhooks.yaml, decisions).
                let took = if job.pinned { 0 } else { i64::try_from(duration_ms / 1_000).unwrap_or(i64::MAX) };
                let due = job.at.plus_seconds(took).plus_seconds(*delay);
                delivery.next_attempt_at = Some(due);
                lane.retries.insert((due, job.delivery));
            }
        }
    }

    /// Makes the attempts that are due where nothing can be sent to: they fail without anybody being asked.
    pub fn refuse_due(&mut self, now: Timestamp, key: u64, rules: &Rules) {
        let refused = |(endpoint, lane): (&WebhookEndpointId, &Lane)| {
            let refusal = lane.target.as_ref()?.address.as_ref().err()?;
            lane.is_due(now).then(|| (*endpoint, refusal.clone()))
        };
        let refused: Vec<_> = self.lanes.iter().filter_map(refused).collect();
        for (endpoint, refusal) in refused {
            while let Some(job) = self.next(endpoint, now, key) {
                self.finish(&job, Outcome { error: Some(refusal.clone()), ..Outcome::default() }, rules);
            }
        }
    }

    /// Wakes the workers of the endpoints where something is due; gives those that have none, with what is to wake theirs.
    pub fn wake(&mut self, now: Timestamp) -> Vec<(WebhookEndpointId, Arc<Notify>)> {
        let mut without = Vec::new();
        for (endpoint, lane) in &mut self.lanes {
            if !lane.is_due(now) {
                continue;
            }
            match &lane.worker {
                Some(worker) => worker.notify_one(),
                None => without.push((*endpoint, lane.worker.insert(Arc::default()).clone())),
            }
        }
        without
    }

    /// Lets the worker of an endpoint go, unless something is due there. Returns whether it may go.
    pub fn dismiss(&mut self, endpoint: WebhookEndpointId, now: Timestamp) -> bool {
        let Some(lane) = self.lanes.get_mut(&endpoint) else { return true };
        let may_go = !lane.is_due(now);
        if may_go {
            lane.worker = None;
        }
        may_go
    }

    /// Takes note that a worker is gone, whatever it was at, unless another one has its place already.
    pub fn lost(&mut self, endpoint: WebhookEndpointId, worker: &Arc<Notify>) {
        if let Some(lane) = self.lanes.get_mut(&endpoint)
            && lane.worker.take_if(|known| Arc::ptr_eq(known, worker)).is_some()
            && let Some(id) = lane.in_flight.take()
            && let Some(due) = self.deliveries.get(&id).and_then(|delivery| delivery.next_attempt_at)
        {
            // What it was at is to be tried again.
            lane.retries.insert((due, id));
        }
    }

    /// Whether nothing is due or being sent.
    pub fn is_settled(&self, now: Timestamp) -> bool {
        self.lanes.values().all(|lane| lane.in_flight.is_none() && !lane.is_due(now))
    }

    /// How many deliveries are due or being tried, and how many are pending in all.
    pub fn left(&self, now: Timestamp) -> (usize, usize) {
        let due = self.lanes.values().map(|lane| {
            let first = lane.first.iter().take_while(|(due, _)| *due <= now).count();
            first + lane.retries.range(..=(now, u64::MAX)).count() + usize::from(lane.in_flight.is_some())
        });
        (due.sum(), self.deliveries.len() - self.finished.len())
    }

    /// When the next attempt is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.lanes.values().filter_map(|lane| lane.head().map(|(due, _)| due)).min()
    }

    /// Puts another outbox in the place of this one, at an instant. Its workers go on with that; what they are sending now counts for
    /// nothing.
    pub fn replace(&mut self, other: Self, now: Timestamp, rules: &Rules) {
        let lanes = std::mem::take(&mut self.lanes);
        let generation = self.generation + 1;
        *self = Self { generation, moved_to: now, ..other };
        for (endpoint, lane) in lanes {
            self.lanes.entry(endpoint).or_default().worker = lane.worker;
        }
        self.trim(rules);
    }

    /// Ends a delivery.
    fn end(&mut self, id: u64, status: DeliveryStatus, rules: &Rules) {
        let pending = self.deliveries.get_mut(&id).filter(|delivery| delivery.status == DeliveryStatus::Pending);
        if let Some(delivery) = pending {
            delivery.status = status;
            delivery.next_attempt_at = None;
            self.finished.push_back(id);
        }
        self.trim(rules);
    }

    /// Forgets the oldest finished deliveries where there are too many.
    fn trim(&mut self, rules: &Rules) {
        while self.finished.len() > rules.kept
            && let Some(id) = self.finished.pop_front()
        {
            self.deliveries.remove(&id);
        }
    }
}

impl Lane {
    /// What is to be tried next, be it due or not.
    fn head(&self) -> Option<(Timestamp, u64)> {
        let (first, retry) = (self.first.front().copied(), self.retries.first().copied());
        match (first, retry) {
            (Some(first), Some(retry)) => Some(first.min(retry)),
            (first, retry) => first.or(retry),
        }
    }

    fn is_due(&self, now: Timestamp) -> bool {
        self.head().is_some_and(|(due, _)| due <= now)
    }

    fn take_due(&mut self, now: Timestamp) -> Option<(Timestamp, u64)> {
        let head = self.head().filter(|(due, _)| *due <= now && self.in_flight.is_none())?;
        if !self.retries.remove(&head) {
            self.first.pop_front();
        }
        Some(head)
    }

    /// Takes out all that is pending, in order of creation; what is being tried too.
    fn take_all(&mut self) -> Vec<u64> {
        let first = self.first.drain(..).map(|(_, id)| id);
        let mut all: Vec<u64> = first.chain(std::mem::take(&mut self.retries).into_iter().map(|(_, id)| id)).collect();
        all.extend(self.in_flight);
        all.sort_unstable();
        all
    }
}

#[cfg(test)]
mod tests;
