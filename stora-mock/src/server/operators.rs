//! The operators: tenants that see nothing of each other.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::clock::{Clock, Running};
use crate::contract::idempotency::IdempotencyKeys;
use crate::contract::limits::Limiter;
use crate::domain::access::SecretHash;
use crate::domain::event::Event;
use crate::domain::schedule::{self, Ran};
use crate::domain::time::Timestamp;
use crate::store::World;
use crate::view::Addresses;
use crate::webhooks::{Outbox, Shared, Webhooks};

/// One operator: its world, and what belongs to calling it.
pub struct Operator {
    /// What the control API calls it by.
    pub id: String,
    /// What time it is for it.
    pub clock: Arc<Clock>,
    /// What tells its webhook endpoints.
    pub webhooks: Arc<Webhooks>,
    /// Answers kept for repeated calls.
    pub idempotency: IdempotencyKeys,
    /// How much its credentials called.
    pub limiter: Limiter,
    /// How its clock ran when it was made.
    origin_clock: Running,
    /// Its world when it was made, as JSON, to get back to. It is made of more than a seed: of settings, tokens and seed files. As
    /// text it takes a fraction of the room that tables with their indexes take, about a megabyte for the demo business.
    origin: Box<[u8]>,
    /// When something falls due next, in seconds since 1970: what requests look at before they look at the world.
    next_due: AtomicI64,
    world: RwLock<World>,
}

impl Operator {
    /// An operator of a world.
    #[expect(clippy::expect_used, reason = "the message says why it holds")]
    pub fn new(id: impl Into<String>, world: World, clock: Clock, limiter: Limiter, hooks: Arc<Shared>) -> Self {
        let (id, mut world, clock) = (id.into(), world, Arc::new(clock));
        world.ids.set_salt(&id);
        // What has fallen due in what the world starts with was always so: nobody hears of it (X7).
        schedule::run_until(&mut world, clock.now(), |_| {});
        let next_due = world.next_due().map_or(i64::MAX, |(due, _)| due.at.unix()).into();
        let origin = serde_json::to_vec(&world).expect("a world has string keys and no failing serializers");
        let webhooks = Webhooks::new(hooks, &id, &mut world, clock.clone());
        Self {
            id,
            webhooks,
            idempotency: IdempotencyKeys::default(),
            limiter,
            origin_clock: clock.running(),
            origin: origin.into(),
            clock,
            next_due,
            world: RwLock::new(world),
        }
    }

    /// What its links are made of.
    pub fn addresses(&self) -> &Addresses {
        self.webhooks.addresses()
    }

    /// The world as it was when the operator was made, and how its clock ran then.
    #[expect(clippy::expect_used, reason = "the message says why it holds")]
    pub fn origin(&self) -> (World, Running) {
        (serde_json::from_slice(&self.origin).expect("what a world was written to can be read"), self.origin_clock)
    }

    /// The world, to look at, with all done that has fallen due (H4). Do not hold it across an await.
    pub fn read(&self) -> RwLockReadGuard<'_, World> {
        self.catch_up();
        // An act that panics is rolled back before its lock is let go, so that this world is whole.
        self.world.read()
    }

    /// Carries out an act on the world, whole or not at all, once all is done that has fallen due (H4). Gives the events it told of
    /// too.
    ///
    /// # Errors
    /// The act's own.
    pub fn act<R, E>(&self, act: impl FnOnce(&mut World) -> Result<R, E>) -> Result<(R, Vec<Event>), E> {
        self.write().transact(act)
    }

    /// Loads data, whole or not at all, and does what has fallen due in them by now. Nobody hears of it (X7).
    ///
    /// # Errors
    /// The act's own.
    pub fn load<R, E>(&self, act: impl FnOnce(&mut World) -> Result<R, E>) -> Result<R, E> {
        let mut world = self.write();
        let world = &mut *world.unheard();
        let (result, _) = world.transact(act)?;
        schedule::run_until(world, self.clock.now(), |_| {});
        Ok(result)
    }

    /// Carries out an act and undoes it again.
    ///
    /// # Errors
    /// The act's own.
    pub fn rehearse<R, E>(&self, act: impl FnOnce(&mut World) -> Result<R, E>) -> Result<R, E> {
        self.write().rehearse(act)
    }

    /// Does what has fallen due by now.
    pub fn catch_up(&self) {
        if self.is_behind(self.clock.now()) {
            drop(self.write());
        }
    }

    /// Whether something has fallen due by then.
    fn is_behind(&self, now: Timestamp) -> bool {
        now.unix() >= self.next_due.load(Ordering::Acquire)
    }

    /// Moves the clock, and does what falls due up to there, each act at its own instant (H2). `told` hears of each.
    ///
    /// # Errors
    /// When the clock is past that instant: what time it is. Nothing has changed then.
    pub fn advance(&self, to: Timestamp, told: impl FnMut(Ran)) -> Result<(), Timestamp> {
        let world = &mut *self.write();
        let now = self.clock.now();
        if to < now {
            return Err(now);
        }
        schedule::run_until(world, to, told);
        // Before the clock is there nothing of it is due, so that all that happened on the way is told in its order.
        self.webhooks.follow(world);
        self.webhooks.moved(to);
        self.clock.move_to(to);
        self.webhooks.send_due();
        Ok(())
    }

    /// Puts another world in place of the one there is, with what is on its way to its endpoints, and lets the clock run otherwise:
    /// whoever holds the world sees all of it or nothing.
    pub fn replace(&self, mut world: World, outbox: Outbox, clock: Running) {
        world.ids.set_salt(&self.id);
        let mut held = Changing { world: self.world.write(), operator: self };
        *held = world;
        self.clock.set(clock);
        self.webhooks.attend(&mut held, outbox);
        self.webhooks.send_due();
        self.idempotency.clear();
    }

    /// The world, to change, with all done that has fallen due.
    fn write(&self) -> Changing<'_> {
        let mut world = Changing { world: self.world.write(), operator: self };
        let now = self.clock.now();
        if self.is_behind(now) {
            schedule::run_until(&mut world, now, |_| {});
        }
        world
    }
}

/// A world that is being changed. Once it is let go, it is known what falls due next, and what was heard is on its way.
struct Changing<'o> {
    world: RwLockWriteGuard<'o, World>,
    operator: &'o Operator,
}

impl Deref for Changing<'_> {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl DerefMut for Changing<'_> {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.world
    }
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        let next = self.world.next_due().map_or(i64::MAX, |(due, _)| due.at.unix());
        self.operator.next_due.store(next, Ordering::Release);
        self.operator.webhooks.follow(&mut self.world);
    }
}

/// All operators, and whom a token or a client id belongs to.
#[derive(Debug, Default)]
pub struct Operators(RwLock<Directory>);

#[derive(Debug, Default)]
struct Directory {
    operators: BTreeMap<String, Arc<Operator>>,
    by_token: HashMap<SecretHash, Arc<Operator>>,
    by_client: HashMap<String, Arc<Operator>>,
}

impl Operators {
    /// The operator of an id.
    pub fn get(&self, id: &str) -> Option<Arc<Operator>> {
        self.directory().operators.get(id).cloned()
    }

    /// All of them, by id.
    pub fn all(&self) -> Vec<Arc<Operator>> {
        self.directory().operators.values().cloned().collect()
    }

    /// The operator that a token belongs to, alive or not.
    pub fn of_token(&self, token: &SecretHash) -> Option<Arc<Operator>> {
        self.directory().by_token.get(token).cloned()
    }

    /// The operator that an OAuth application belongs to.
    pub fn of_client(&self, client_id: &str) -> Option<Arc<Operator>> {
        self.directory().by_client.get(client_id).cloned()
    }

    /// Adds an operator, unless there is one of this id.
    pub fn add(&self, operator: Operator) -> Option<Arc<Operator>> {
        let mut directory = self.0.write();
        if directory.operators.contains_key(&operator.id) {
            return None;
        }
        let operator = Arc::new(operator);
        directory.operators.insert(operator.id.clone(), operator.clone());
        directory.index(&operator);
        Some(operator)
    }

    /// Removes an operator.
    pub fn remove(&self, id: &str) -> Option<Arc<Operator>> {
        let mut directory = self.0.write();
        let operator = directory.operators.remove(id)?;
        directory.forget(&operator);
        Some(operator)
    }

    /// Looks again at what an operator's tokens and applications are. To be called when they have changed. Those of an operator
    /// that was removed meanwhile stay unknown.
    pub fn reindex(&self, operator: &Arc<Operator>) {
        let mut directory = self.0.write();
        directory.forget(operator);
        if directory.holds(operator) {
            directory.index(operator);
        }
    }

    /// Adds one token that an operator has issued, unless the operator was removed meanwhile.
    pub fn add_token(&self, operator: &Arc<Operator>, token: SecretHash) {
        let mut directory = self.0.write();
        if directory.holds(operator) {
            directory.by_token.insert(token, operator.clone());
        }
    }

    fn directory(&self) -> RwLockReadGuard<'_, Directory> {
        self.0.read()
    }
}

/// Without its world, which is long, and full of what is nobody's business.
impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operator").field("id", &self.id).field("clock", &self.clock).finish_non_exhaustive()
    }
}

impl Directory {
    fn holds(&self, operator: &Arc<Operator>) -> bool {
        self.operators.get(&operator.id).is_some_and(|known| Arc::ptr_eq(known, operator))
    }

    fn index(&mut self, operator: &Arc<Operator>) {
        let world = operator.read();
        for token in world.access.token_hashes() {
            self.by_token.insert(token, operator.clone());
        }
        for client_id in world.access.client_ids() {
            self.by_client.insert(client_id.to_owned(), operator.clone());
        }
    }

    fn forget(&mut self, operator: &Arc<Operator>) {
        self.by_token.retain(|_, other| !Arc::ptr_eq(other, operator));
        self.by_client.retain(|_, other| !Arc::ptr_eq(other, operator));
    }
}
