//! The world of one operator.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::log::Log;
use super::table::Table;
use crate::domain::access::Access;
use crate::domain::contact::Contact;
use crate::domain::contract::{Contract, ContractTemplate};
use crate::domain::coupon::Coupon;
use crate::domain::credit_note::CreditNote;
use crate::domain::deal::{Deal, DealStage};
use crate::domain::event::{Event, EventKind};
use crate::domain::identity_verification::IdentityVerification;
use crate::domain::ids::{AnyId, ContactId, Id, IdSource, WebhookEventId};
use crate::domain::invoice::Invoice;
use crate::domain::note::Note;
use crate::domain::notice::{Notice, NoticeKind};
use crate::domain::order::{Order, OrderLineItem};
use crate::domain::product::{Product, ProductCategory};
use crate::domain::protection_level::ProtectionLevel;
use crate::domain::schedule::Due;
use crate::domain::settings::Settings;
use crate::domain::site::Site;
use crate::domain::staff::Staff;
use crate::domain::subscription::Subscription;
use crate::domain::task::Task;
use crate::domain::tenancy::Tenancy;
use crate::domain::time::Timestamp;
use crate::domain::timeline::{TimelineEvent, TimelineSource, TimelineTemplate};
use crate::domain::unit::{Unit, UnitAllocation};
use crate::domain::unit_type::UnitType;
use crate::domain::webhook_endpoint::WebhookEndpoint;

macro_rules! world {
    ($($(#[$doc:meta])* $table:ident: $record:ty,)*) => {
        /// Everything that one operator has.
        ///
        /// It is read through its tables, and changed inside [`World::transact`] only.
        #[derive(Serialize, Deserialize)]
        pub struct World {
            /// What the operator sets for the whole business.
            pub settings: Settings,
            /// Where ids and secrets come from.
            pub ids: IdSource,
            /// What is counted.
            pub counters: Counters,
            /// Who may call.
            pub access: Access,
            $($(#[$doc])* pub $table: Table<$record>,)*
            /// Messages that would have been sent.
            pub notices: Log<Notice>,
            #[serde(skip)]
            act: Act,
            #[serde(skip)]
            hearing: Hearing,
        }

        impl World {
            /// A world with nothing in it, where no scopes are known yet.
            pub fn new(settings: Settings, seed: u64) -> Self {
                Self {
                    settings,
                    ids: IdSource::new(seed),
                    counters: Counters::default(),
                    access: Access::default(),
                    $($table: Table::default(),)*
                    notices: Log::default(),
                    act: Act::default(),
                    hearing: Hearing::default(),
                }
            }

            /// What falls due first by itself, and in which record.
            pub fn next_due(&self) -> Option<(Due, AnyId)> {
                let first = [$(self.$table.next_due().map(|(due, id)| (due, id.any())),)*];
                first.into_iter().flatten().min_by_key(|(due, _)| *due)
            }

            /// All that falls due by itself, in the order in which it will happen: O(all of it).
            pub fn dues(&self) -> Vec<(Due, AnyId)> {
                let mut dues = Vec::new();
                $(dues.extend(self.$table.dues().map(|(due, id)| (due, id.any())));)*
                // One kind of what falls due is found in one table, so that a stable sort keeps the order of creation.
                dues.sort_by_key(|(due, _)| *due);
                dues
            }

            fn begin(&mut self) {
                let before = Some((self.settings.clone(), self.ids.clone(), self.counters));
                self.act = Act { before, ..Act::default() };
                self.access.begin();
                self.notices.begin();
                $(self.$table.begin();)*
            }

            fn commit(&mut self) -> Vec<Event> {
                self.access.commit();
                self.notices.commit();
                $(self.$table.commit();)*
                let Act { events, mut heard, .. } = std::mem::take(&mut self.act);
                self.hearing.heard.append(&mut heard);
                events
            }

            fn rollback(&mut self) {
                if let Some((settings, ids, counters)) = std::mem::take(&mut self.act).before {
                    self.settings = settings;
                    self.ids = ids;
                    self.counters = counters;
                }
                self.access.rollback();
                self.notices.rollback();
                $(self.$table.rollback();)*
            }

            /// Forgets every rendering that was kept, because something that they depend on besides their rows has changed.
            pub fn forget_renderings(&mut self) {
                $(self.$table.clear_json();)*
            }
        }
    };
}

world! {
    /// Contacts.
    contacts: Contact,
    /// Contract templates.
    contract_templates: ContractTemplate,
    /// Contracts.
    contracts: Contract,
    /// Coupons.
    coupons: Coupon,
    /// Credit notes.
    credit_notes: CreditNote,
    /// Stages of the sales pipeline.
    deal_stages: DealStage,
    /// Deals.
    deals: Deal,
    /// Identity verifications.
    identity_verifications: IdentityVerification,
    /// Invoices.
    invoices: Invoice,
    /// Notes.
    notes: Note,
    /// Lines of orders.
    order_line_items: OrderLineItem,
    /// Orders.
    orders: Order,
    /// Categories of products.
    product_categories: ProductCategory,
    /// Products.
    products: Product,
    /// Protection levels.
    protection_levels: ProtectionLevel,
    /// Sites.
    sites: Site,
    /// Staff.
    staff: Staff,
    /// Subscriptions.
    subscriptions: Subscription,
    /// Tasks.
    tasks: Task,
    /// Tenancies.
    tenancies: Tenancy,
    /// Timeline events.
    timeline_events: TimelineEvent,
    /// Timeline sources.
    timeline_sources: TimelineSource,
    /// Timeline templates.
    timeline_templates: TimelineTemplate,
    /// Allocations of units.
    unit_allocations: UnitAllocation,
    /// Unit types.
    unit_types: UnitType,
    /// Units.
    units: Unit,
    /// Webhook endpoints.
    webhook_endpoints: WebhookEndpoint,
}

/// What is counted over the whole business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counters {
    /// Invoices that have a number (I3).
    pub invoices: u64,
}

/// An act that is going on: its events, and what stood before it.
#[derive(Debug, Default)]
struct Act {
    events: Vec<Event>,
    heard: Vec<Heard>,
    before: Option<(Settings, IdSource, Counters)>,
}

/// Whoever listens to what happens in a world.
pub trait Listener: Send + Sync {
    /// Whether it listens to events of a kind.
    fn listens_to(&self, world: &World, kind: EventKind) -> bool;

    /// What it writes down of an event: the world is as it is right after what the event tells of, and may change further in the
    /// same act.
    fn write(&self, world: &World, event: &Event, id: WebhookEventId) -> String;
}

/// An event that was listened to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The id of the event, which it has because somebody listens.
    pub id: WebhookEventId,
    /// The event.
    pub event: Event,
    /// What the listener wrote.
    pub written: Arc<str>,
}

/// Who listens, and what was heard of acts that are done.
#[derive(Default)]
struct Hearing {
    listener: Option<Arc<dyn Listener>>,
    heard: Vec<Heard>,
}

impl World {
    /// Carries out an act, whole or not at all (C4).
    ///
    /// When the act fails, or panics, everything is as it was before. Gives what the act gave, and the events it told of, in
    /// order. Acts do not nest.
    ///
    /// # Errors
    /// The act's own.
    pub fn transact<R, E>(&mut self, act: impl FnOnce(&mut Self) -> Result<R, E>) -> Result<(R, Vec<Event>), E> {
        self.begin();
        let mut guard = Guard { world: self, done: false };
        let result = act(guard.world)?;
        guard.done = true;
        Ok((result, guard.world.commit()))
    }

    /// Carries out an act and undoes it: what it would give, with nothing changed.
    ///
    /// # Errors
    /// The act's own.
    pub fn rehearse<R, E>(&mut self, act: impl FnOnce(&mut Self) -> Result<R, E>) -> Result<R, E> {
        self.begin();
        let guard = Guard { world: self, done: false };
        act(guard.world)
    }

    /// Tells of an event, in the course of an act.
    pub fn tell(&mut self, kind: EventKind, subject: impl Id, at: Timestamp) {
        let event = Event { kind, subject: subject.any(), at };
        self.act.events.push(event);
        let Some(listener) = self.hearing.listener.clone().filter(|it| it.listens_to(self, kind)) else { return };
        let id = self.ids.fresh();
        let written = listener.write(self, &event, id).into();
        self.act.heard.push(Heard { id, event, written });
    }

    /// Sends a message, in the course of an act: to a contact, or to the operator's staff.
    pub fn notify(&mut self, at: Timestamp, kind: NoticeKind, to: Option<ContactId>, about: impl Id) {
        self.notices.write(Notice { at, kind, to, about: about.any() });
    }

    /// The world while nobody hears what happens in it.
    pub fn unheard(&mut self) -> Unheard<'_> {
        let listener = self.hearing.listener.take();
        Unheard { world: self, listener }
    }

    /// Lets somebody listen from now on.
    pub fn listen(&mut self, listener: Arc<dyn Listener>) {
        self.hearing.listener = Some(listener);
    }

    /// What was heard of acts that are done since this was last asked, in the order in which it happened.
    pub fn take_heard(&mut self) -> Vec<Heard> {
        std::mem::take(&mut self.hearing.heard)
    }
}

/// Its name alone: a world is large, and holds secrets.
impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("name", &self.settings.name).finish_non_exhaustive()
    }
}

/// A world while nobody hears what happens in it. Whoever listened does so again once this is let go.
pub struct Unheard<'w> {
    world: &'w mut World,
    listener: Option<Arc<dyn Listener>>,
}

impl Deref for Unheard<'_> {
    type Target = World;

    fn deref(&self) -> &World {
        self.world
    }
}

impl DerefMut for Unheard<'_> {
    fn deref_mut(&mut self) -> &mut World {
        self.world
    }
}

impl Drop for Unheard<'_> {
    fn drop(&mut self) {
        self.world.hearing.listener = self.listener.take();
    }
}

/// Undoes an act unless it is done.
struct Guard<'w> {
    world: &'w mut World,
    done: bool,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if !self.done {
            self.world.rollback();
        }
    }
}
