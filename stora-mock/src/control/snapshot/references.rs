//! Whether the records of a world can stand together: every reference leads to a record, of a kind that it may lead to, and no
//! record has an id that another one is to get.
//!
//! The acts of the business see to all that by themselves; a document that was written or edited elsewhere may not.

use std::fmt::Display;

use crate::contract::error::Detail;
use crate::domain::deal::Stage;
use crate::domain::ids::{AnyId, Id, Kind};
use crate::store::{Record, Table, World};

/// Who makes records.
const CREATORS: &[Kind] = &[Kind::Staff, Kind::AccessToken, Kind::Application];

/// What lines of orders and subscriptions are for.
const ITEMS: &[Kind] = &[Kind::UnitType, Kind::ProtectionLevel, Kind::Product];

/// What lines of deals are for.
const DEAL_ITEMS: &[Kind] = &[Kind::UnitType, Kind::ProtectionLevel];

/// What tasks are about.
const TASK_RESOURCES: &[Kind] = &[Kind::Contact, Kind::Unit, Kind::Subscription];

/// What notes are on.
const NOTE_RESOURCES: &[Kind] = &[Kind::Contact, Kind::Unit, Kind::Subscription, Kind::Task];

/// How many faults are told at most: where a whole table is missing, those that refer to it are many.
const MOST_FAULTS: usize = 100;

/// What is wrong with the references and ids of a world, with pointers into a snapshot of it.
pub(super) fn faults(world: &World) -> Vec<Detail> {
    let mut links = Links { world, table: "", row: 0, faults: Vec::new() };
    callers(&mut links);
    catalogue(&mut links);
    sales(&mut links);
    rentals(&mut links);
    bills(&mut links);
    office(&mut links);
    links.faults
}

/// Looks at the references of one record after the other.
struct Links<'w> {
    world: &'w World,
    table: &'static str,
    row: usize,
    faults: Vec<Detail>,
}

fn callers(links: &mut Links<'_>) {
    let access = &links.world.access;
    let ids = access.access_tokens().map(|token| token.id.any());
    links.fresh("access/access_tokens", ids);
    links.fresh("access/applications", access.applications().map(|application| application.id.any()));
    for (table, clients) in ["access/tokens", "access/codes"].into_iter().zip(access.clients()) {
        for (row, client) in clients.into_iter().enumerate() {
            (links.table, links.row) = (table, row);
            links.one("application", client);
        }
    }
}

fn catalogue(links: &mut Links<'_>) {
    let world = links.world;
    links.rows("sites", &world.sites, |_, _| {});
    links.rows("coupons", &world.coupons, |_, _| {});
    links.rows("protection_levels", &world.protection_levels, |_, _| {});
    links.rows("product_categories", &world.product_categories, |_, _| {});
    links.rows("unit_types", &world.unit_types, |it, links| {
        links.one("site", it.site);
        links.any("promotion", it.promotion);
    });
    links.rows("units", &world.units, |it, links| {
        links.one("site", it.site);
        links.one("unit_type", it.unit_type);
        links.any("allocation", it.allocation);
    });
    links.rows("products", &world.products, |it, links| {
        links.one("site", it.site);
        links.one("category", it.category);
    });
}

fn sales(links: &mut Links<'_>) {
    let world = links.world;
    links.rows("contacts", &world.contacts, |_, _| {});
    links.rows("deal_stages", &world.deal_stages, |_, _| {});
    links.rows("deals", &world.deals, |it, links| {
        links.any("assignee", it.assignee);
        links.one("contact", it.contact);
        links.one_of("creator", it.creator, CREATORS);
        links.any("site", it.site);
        if let Stage::Live(stage) = it.stage {
            links.one("stage/live", stage);
        }
        for (i, line) in it.line_items.iter().enumerate() {
            links.one_of(format_args!("line_items/{i}/item"), line.item, DEAL_ITEMS);
        }
    });
    links.rows("orders", &world.orders, |it, links| {
        links.any("contact", it.contact);
        links.any("contract_template", it.contract_template);
        links.any("coupon", it.coupon);
        links.one("site", it.site);
        links.any("subscription", it.subscription);
        links.any("tenancy", it.tenancy);
        for (i, line) in it.line_items.iter().enumerate() {
            links.one(format_args!("line_items/{i}"), *line);
        }
    });
    links.rows("order_line_items", &world.order_line_items, |it, links| {
        links.one("order", it.order);
        links.item("item", it.item);
    });
}

fn rentals(links: &mut Links<'_>) {
    let world = links.world;
    links.rows("tenancies", &world.tenancies, |it, links| {
        links.one("contact", it.contact);
        links.any("order", it.order);
        links.one("site", it.site);
        links.any("subscription", it.subscription);
        for (i, allocation) in it.unit_allocations.iter().enumerate() {
            links.one(format_args!("unit_allocations/{i}"), *allocation);
        }
    });
    links.rows("unit_allocations", &world.unit_allocations, |it, links| {
        links.one("tenancy", it.tenancy);
        links.one("unit", it.unit);
        links.one("contact", it.contact);
        links.one("site", it.site);
    });
    links.rows("subscriptions", &world.subscriptions, |it, links| {
        links.one("contact", it.contact);
        links.any("order", it.order);
        links.one("site", it.site);
        links.one("tenancy", it.tenancy);
        for (i, line) in it.line_items.iter().enumerate() {
            links.item(format_args!("line_items/{i}/item"), line.item);
        }
        for (i, edits) in it.billing.plan.renewal.iter().enumerate() {
            for (j, line) in edits.change.iter().enumerate() {
                line.item.into_iter().for_each(|item| {
                    links.item(format_args!("billing/plan/renewal/{i}/change/{j}/item"), item);
                });
            }
            for (j, line) in edits.add.iter().enumerate() {
                links.item(format_args!("billing/plan/renewal/{i}/add/{j}/item"), line.item);
            }
        }
        links.any("billing/discount/coupon", it.billing.discount.as_ref().map(|discount| discount.coupon));
    });
    links.rows("contract_templates", &world.contract_templates, |_, _| {});
    links.rows("contracts", &world.contracts, |it, links| {
        links.one("contact", it.contact);
        links.one("contract_template", it.contract_template);
        links.one("tenancy", it.tenancy);
    });
}

fn bills(links: &mut Links<'_>) {
    let world = links.world;
    links.rows("invoices", &world.invoices, |it, links| {
        links.one("contact", it.contact);
        links.one("site", it.site);
        links.any("subscription", it.subscription);
    });
    links.rows("credit_notes", &world.credit_notes, |it, links| {
        links.one("contact", it.contact);
        links.one("invoice", it.invoice);
        links.one("site", it.site);
    });
}

fn office(links: &mut Links<'_>) {
    let world = links.world;
    // What a notice is about may have been removed since, so that notices are not looked at.
    links.rows("staff", &world.staff, |_, _| {});
    links.rows("identity_verifications", &world.identity_verifications, |it, links| links.one("contact", it.contact));
    links.rows("tasks", &world.tasks, |it, links| {
        links.any("assignee", it.assignee);
        links.one_of("creator", it.creator, CREATORS);
        links.any("site", it.site);
        if let Some(resource) = it.resource {
            links.one_of("resource", resource, TASK_RESOURCES);
        }
    });
    links.rows("notes", &world.notes, |it, links| {
        links.one_of("creator", it.creator, CREATORS);
        links.one_of("resource", it.resource, NOTE_RESOURCES);
    });
    links.rows("timeline_sources", &world.timeline_sources, |_, _| {});
    links.rows("timeline_templates", &world.timeline_templates, |_, _| {});
    links.rows("timeline_events", &world.timeline_events, |it, links| {
        links.one_of("creator", it.creator, CREATORS);
        // An invoice that was a draft then may have been removed since, so that `invoice` is not looked at.
        links.any("contact", it.contact);
        links.any("site", it.site);
        links.any("subscription", it.subscription);
        links.any("tenancy", it.tenancy);
        links.any("unit", it.unit);
        links.any("unit_type", it.unit_type);
        links.one("source", it.source);
        links.one("template", it.template);
    });
    links.rows("webhook_endpoints", &world.webhook_endpoints, |it, links| {
        links.one_of("creator", it.creator, CREATORS);
    });
}

impl Links<'_> {
    /// Looks at the ids of a table, and at the references that `look` names.
    fn rows<T: Record>(&mut self, table: &'static str, rows: &Table<T>, look: impl Fn(&T, &mut Self)) {
        self.fresh(table, rows.iter().map(|row| row.id().any()));
        for (i, row) in rows.iter().enumerate() {
            (self.table, self.row) = (table, i);
            look(row, self);
        }
    }

    /// Looks whether an id of a table would be given out again.
    fn fresh(&mut self, table: &'static str, ids: impl Iterator<Item = AnyId>) {
        for (row, id) in ids.enumerate() {
            (self.table, self.row) = (table, row);
            if self.world.ids.is_to_come(id) {
                self.fault("id", format!("By `/world/ids` the id `{id}` is still to be given out."));
            }
        }
    }

    /// Looks at a reference.
    fn one(&mut self, name: impl Display, id: impl Id) {
        self.leads(name, id.any());
    }

    /// Looks at a reference that may be missing.
    fn any(&mut self, name: impl Display, id: Option<impl Id>) {
        if let Some(id) = id {
            self.one(name, id);
        }
    }

    /// Looks at a reference to a record of one of several kinds.
    fn one_of(&mut self, name: impl Display, id: AnyId, kinds: &[Kind]) {
        if kinds.contains(&id.kind) {
            self.leads(name, id);
        } else {
            let prefixes: Vec<String> = kinds.iter().map(|kind| format!("`{}_`", kind.prefix())).collect();
            self.fault(name, format!("`{id}` cannot stand here: this takes {}.", prefixes.join(", ")));
        }
    }

    /// Looks at a reference to what a line is for. A product may have been removed since.
    fn item(&mut self, name: impl Display, id: AnyId) {
        if id.kind != Kind::Product {
            self.one_of(name, id, ITEMS);
        }
    }

    fn leads(&mut self, name: impl Display, id: AnyId) {
        if !is_there(self.world, id) {
            self.fault(name, format!("There is no record with the id `{id}` in the snapshot."));
        }
    }

    fn fault(&mut self, name: impl Display, reason: String) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(Detail::new(format!("/world/{}/{}/{name}", self.table, self.row), reason));
        }
    }
}

/// Whether there is a record of an id.
fn is_there(world: &World, id: AnyId) -> bool {
    fn among<T: Record>(table: &Table<T>, id: AnyId) -> bool {
        id.of::<T::Id>().is_some_and(|id| table.contains(id))
    }
    match id.kind {
        Kind::Contact => among(&world.contacts, id),
        Kind::Site => among(&world.sites, id),
        Kind::UnitType => among(&world.unit_types, id),
        Kind::Unit => among(&world.units, id),
        Kind::UnitAllocation => among(&world.unit_allocations, id),
        Kind::Tenancy => among(&world.tenancies, id),
        Kind::Subscription => among(&world.subscriptions, id),
        Kind::Order => among(&world.orders, id),
        Kind::OrderLineItem => among(&world.order_line_items, id),
        Kind::Coupon => among(&world.coupons, id),
        Kind::Contract => among(&world.contracts, id),
        Kind::ContractTemplate => among(&world.contract_templates, id),
        Kind::Invoice => among(&world.invoices, id),
        Kind::CreditNote => among(&world.credit_notes, id),
        Kind::Note => among(&world.notes, id),
        Kind::Task => among(&world.tasks, id),
        Kind::Staff => among(&world.staff, id),
        Kind::AccessToken => id.of().is_some_and(|id| world.access.access_token(id).is_some()),
        Kind::Application => id.of().is_some_and(|id| world.access.application(id).is_some()),
        Kind::TimelineSource => among(&world.timeline_sources, id),
        Kind::TimelineTemplate => among(&world.timeline_templates, id),
        Kind::TimelineEvent => among(&world.timeline_events, id),
        Kind::WebhookEndpoint => among(&world.webhook_endpoints, id),
        Kind::WebhookEvent => false,
        Kind::ProtectionLevel => among(&world.protection_levels, id),
        Kind::Product => among(&world.products, id),
        Kind::ProductCategory => among(&world.product_categories, id),
        Kind::Deal => among(&world.deals, id),
        Kind::DealStage => among(&world.deal_stages, id),
        Kind::IdentityVerification => among(&world.identity_verifications, id),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::seed;

    /// Every place of a value that holds an id, save the ids of the records themselves.
    fn places(value: &Value, pointer: &str, out: &mut Vec<String>) {
        match value {
            Value::String(text) if AnyId::parse(text).is_some() && !pointer.ends_with("/id") => {
                out.push(pointer.to_owned());
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(i, item)| places(item, &format!("{pointer}/{i}"), out));
            }
            Value::Object(members) => {
                members.iter().for_each(|(name, value)| places(value, &format!("{pointer}/{name}"), out));
            }
            _ => {}
        }
    }

    /// A pointer without its numbers: what all records of a table have in common.
    fn shape(pointer: &str) -> String {
        let parts = pointer.split('/').map(|part| if part.parse::<usize>().is_ok() { "*" } else { part });
        parts.collect::<Vec<_>>().join("/")
    }

    #[test]
    fn the_demo_business_is_whole_and_a_reference_that_leads_nowhere_is_found_wherever_it_is() {
        let world = seed::demo(1, "2026-03-02T10:00:00Z".parse().unwrap());
        assert_eq!(faults(&world), []);
        let whole = serde_json::to_value(&world).unwrap();
        let mut all = Vec::new();
        places(&whole, "", &mut all);
        // One place of each shape, all of them changed at once.
        let mut shapes = BTreeSet::new();
        all.retain(|pointer| shapes.insert(shape(pointer)));
        all.retain(|pointer| !pointer.ends_with("/invoice") || !pointer.starts_with("/timeline_events"));
        all.retain(|pointer| !pointer.starts_with("/notices"));
        assert!(all.len() > 50, "{all:?}");
        let mut broken = whole.clone();
        let mut expected = BTreeSet::new();
        for pointer in all {
            let place = broken.pointer_mut(&pointer).unwrap();
            let id = AnyId::parse(place.as_str().unwrap()).unwrap();
            if id.kind != Kind::Product {
                *place = AnyId { number: 1, ..id }.to_string().into();
                expected.insert(format!("/world{pointer}"));
            }
        }
        let broken: World = serde_json::from_value(broken).unwrap();
        let found: BTreeSet<String> = faults(&broken).into_iter().map(|fault| fault.pointer.to_string()).collect();
        assert_eq!(found, expected);
    }
}
