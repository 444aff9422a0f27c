//! The world of one operator.

use serde::{Deserialize, Serialize};

use super::table::Table;
use crate::domain::access::Access;
use crate::domain::contact::Contact;
use crate::domain::contract::{Contract, ContractTemplate};
use crate::domain::coupon::Coupon;
use crate::domain::credit_note::CreditNote;
use crate::domain::deal::{Deal, DealStage};
use crate::domain::event::{Event, EventKind};
use crate::domain::identity_verification::IdentityVerification;
use crate::domain::ids::{Id, IdSource};
use crate::domain::invoice::Invoice;
use crate::domain::note::Note;
use crate::domain::order::{Order, OrderLineItem};
use crate::domain::product::{Product, ProductCategory};
use crate::domain::protection_level::ProtectionLevel;
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
            #[serde(skip)]
            act: Act,
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
                    act: Act::default(),
                }
            }

            fn begin(&mut self) {
                self.act = Act { events: Vec::new(), before: Some((self.settings.clone(), self.ids.clone(), self.counters)) };
                self.access.begin();
                $(self.$table.begin();)*
            }

            fn commit(&mut self) -> Vec<Event> {
                self.access.commit();
                $(self.$table.commit();)*
                std::mem::take(&mut self.act).events
            }

            fn rollback(&mut self) {
                if let Some((settings, ids, counters)) = std::mem::take(&mut self.act).before {
                    self.settings = settings;
                    self.ids = ids;
                    self.counters = counters;
                }
                self.access.rollback();
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
    before: Option<(Settings, IdSource, Counters)>,
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
        self.act.events.push(Event { kind, subject: subject.any(), at });
    }
}

/// Its name alone: a world is large, and holds secrets.
impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("name", &self.settings.name).finish_non_exhaustive()
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
