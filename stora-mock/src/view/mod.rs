//! From records to what goes over the wire: the only way from state to JSON.
//!
//! A record becomes its type of `stora-client`, which is generated from the document, so that a property that the document
//! has and the mock forgets does not compile. What a record looks like without expansion is kept beside it until it changes:
//! it must therefore depend on nothing but the record, the settings of the operator and the addresses of the server
//! ([`World::forget_renderings`] when these change). The one exception is a unit type, whose link
//! holds the name of its site: see there who has to forget its rendering.

mod access;
mod addresses;
mod contacts;
mod contract_templates;
mod contracts;
mod coupons;
mod credit_notes;
mod deal_stages;
mod deals;
pub mod documents;
pub mod events;
mod identity_verifications;
mod images;
mod invoices;
pub mod liquid;
mod notes;
mod order_line_items;
mod orders;
pub mod pdf;
mod product_categories;
mod products;
mod protection_levels;
#[cfg(test)]
mod sample;
mod sites;
mod staff;
mod subscriptions;
mod tasks;
mod tenancies;
mod timeline_events;
mod timeline_sources;
mod timeline_templates;
mod unions;
mod unit_allocations;
mod unit_types;
mod units;
mod webhook_endpoints;

use std::borrow::Cow;
use std::fmt::Display;

use serde::Serialize;
use stora_client::{Expandable, IdError, Resource, types};

pub use self::addresses::Addresses;
use crate::contract::query::ExpandTree;
use crate::domain::ids::{AnyId, Id};
use crate::domain::money;
use crate::domain::price::Prices;
use crate::domain::time::Timestamp;
use crate::store::{Record, Row, Table, World};

/// A record that the API shows.
pub trait Show: Record {
    /// What it is on the wire.
    type Wire: Serialize + Resource<Id: TryFrom<String, Error = IdError>>;

    /// The table it is in.
    fn table(world: &World) -> &Table<Self>;

    /// What it is on the wire, with the references in full that `expand` names.
    fn show(&self, view: &View<'_>, expand: &ExpandTree) -> Self::Wire;
}

/// The world as it is shown.
#[derive(Debug, Clone, Copy)]
pub struct View<'w> {
    /// The world.
    pub world: &'w World,
    /// Where the server and its neighbours are.
    pub addresses: &'w Addresses,
}

impl<'w> View<'w> {
    /// The JSON of a record.
    pub fn json<T: Show>(&self, row: &'w Row<T>, expand: &ExpandTree) -> Cow<'w, str> {
        if expand.is_empty() {
            Cow::Borrowed(row.json_or(|record| to_json(&record.show(self, expand))))
        } else {
            Cow::Owned(to_json(&row.value.show(self, expand)))
        }
    }

    /// A reference to a record: in full if `expand` names it, else its id alone.
    pub fn reference<T: Show>(&self, id: T::Id, expand: &ExpandTree, name: &str) -> Expandable<T::Wire> {
        expandable(id.any(), expand, name, |deeper| self.full::<T>(id, deeper))
    }

    /// A reference that may be missing.
    pub fn optional<T: Show>(&self, id: Option<T::Id>, expand: &ExpandTree, name: &str) -> Option<Expandable<T::Wire>> {
        id.map(|id| self.reference::<T>(id, expand, name))
    }

    /// References to several records, each in full if `expand` names them.
    pub fn references<T: Show>(&self, ids: &[T::Id], expand: &ExpandTree, name: &str) -> Vec<Expandable<T::Wire>> {
        ids.iter().map(|id| self.reference::<T>(*id, expand, name)).collect()
    }

    /// Something on the wire as JSON.
    pub fn written(&self, wire: &impl Serialize) -> String {
        to_json(wire)
    }

    /// An amount in minor units, in the operator's currency.
    pub fn money(&self, amount: i64) -> types::Money {
        let currency = self.world.settings.currency;
        types::Money {
            amount,
            currency: currency.code().into(),
            formatted: money::format(amount, currency),
            extra: Default::default(),
        }
    }

    /// A record in full, with the references in full that `expand` names; none if there is no such record.
    fn full<T: Show>(&self, id: T::Id, expand: &ExpandTree) -> Option<T::Wire> {
        T::table(self.world).get(id).map(|record| record.show(self, expand))
    }

    /// Prices, from the shortest period to the longest.
    fn prices(&self, prices: &Prices) -> Vec<types::Price> {
        let price = |price: &crate::domain::price::Price| types::Price {
            billing_period: price.period.as_str().into(),
            price: self.money(price.amount),
            stripe_price_id: Some(price.stripe_price_id.clone()),
            extra: Default::default(),
        };
        prices.iter().map(price).collect()
    }
}

/// An id on the wire.
#[expect(clippy::expect_used, reason = "the message says why it holds")]
pub fn wire_id<W: TryFrom<String, Error = IdError>>(id: impl Display) -> W {
    W::try_from(id.to_string())
        .expect("an id is written with the prefix of its kind, which is what its type on the wire asks for")
}

/// An instant on the wire.
pub fn moment(at: Timestamp) -> chrono::DateTime<chrono::Utc> {
    at.to_chrono()
}

/// A reference to a record that `full` shows: in full if `expand` names it and there is such a record, else its id alone.
fn expandable<W>(
    id: AnyId,
    expand: &ExpandTree,
    name: &str,
    full: impl FnOnce(&ExpandTree) -> Option<W>,
) -> Expandable<W>
where
    W: Resource<Id: TryFrom<String, Error = IdError>>,
{
    expand.child(name).and_then(full).map_or_else(|| Expandable::from_id(wire_id::<W::Id>(id)), Expandable::from_full)
}

#[expect(clippy::expect_used, reason = "the message says why it holds")]
fn to_json(wire: &impl Serialize) -> String {
    serde_json::to_string(wire).expect("the types on the wire have string keys and no failing serializers")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::sample::{Sample, id, tree};
    use super::*;
    use crate::contract::{OPERATIONS, OperationId};
    use crate::domain::contact::Contact;
    use crate::domain::contract::{Contract, ContractTemplate};
    use crate::domain::coupon::Coupon;
    use crate::domain::credit_note::CreditNote;
    use crate::domain::deal::{Deal, DealStage};
    use crate::domain::identity_verification::IdentityVerification;
    use crate::domain::invoice::Invoice;
    use crate::domain::money::Currency;
    use crate::domain::note::Note;
    use crate::domain::order::{Order, OrderLineItem};
    use crate::domain::product::{Product, ProductCategory};
    use crate::domain::protection_level::ProtectionLevel;
    use crate::domain::site::Site;
    use crate::domain::staff::Staff;
    use crate::domain::subscription::Subscription;
    use crate::domain::task::Task;
    use crate::domain::tenancy::Tenancy;
    use crate::domain::timeline::{TimelineEvent, TimelineSource, TimelineTemplate};
    use crate::domain::unit::{Unit, UnitAllocation};
    use crate::domain::unit_type::UnitType;
    use crate::domain::webhook_endpoint::WebhookEndpoint;

    /// The record of the sample that operations under a tag show; none for tags that have no records.
    fn shown(sample: &Sample, tag: &str, expand: &ExpandTree) -> Option<Value> {
        Some(match tag {
            "Contacts" => sample.json::<Contact>(expand),
            "Contract Templates" => sample.json::<ContractTemplate>(expand),
            "Contracts" => sample.json::<Contract>(expand),
            "Coupons" => sample.json::<Coupon>(expand),
            "Credit Notes" => sample.json::<CreditNote>(expand),
            "Deals" => sample.json::<Deal>(expand),
            "Deals / Stages" => sample.json::<DealStage>(expand),
            "Identity Verifications" => sample.json::<IdentityVerification>(expand),
            "Invoices" => sample.json::<Invoice>(expand),
            "Notes" => sample.json::<Note>(expand),
            "Orders" => sample.json::<Order>(expand),
            "Orders / Line Items" => sample.json::<OrderLineItem>(expand),
            "Product Categories" => sample.json::<ProductCategory>(expand),
            "Products" => sample.json::<Product>(expand),
            "Protection Levels" => sample.json::<ProtectionLevel>(expand),
            "Sites" => sample.json::<Site>(expand),
            "Staff" => sample.json::<Staff>(expand),
            "Subscriptions" => sample.json::<Subscription>(expand),
            "Tasks" => sample.json::<Task>(expand),
            "Tenancies" => sample.json::<Tenancy>(expand),
            "Timeline / Events" => sample.json::<TimelineEvent>(expand),
            "Timeline / Sources" => sample.json::<TimelineSource>(expand),
            "Timeline / Templates" => sample.json::<TimelineTemplate>(expand),
            "Unit Allocations" => sample.json::<UnitAllocation>(expand),
            "Unit Types" => sample.json::<UnitType>(expand),
            "Units" => sample.json::<Unit>(expand),
            "Webhook Endpoints" => sample.json::<WebhookEndpoint>(expand),
            "Images" | "OAuth 2" => return None,
            other => panic!("nothing is said of the tag {other}"),
        })
    }

    /// The paths at which a rendering has resources, apart for those in full and those by their ids alone.
    #[derive(Default)]
    struct Resources {
        full: BTreeSet<String>,
        by_id: BTreeSet<String>,
    }

    impl Resources {
        fn below(value: &Value) -> Self {
            let mut found = Self::default();
            found.look(value, "");
            found
        }

        fn look(&mut self, value: &Value, path: &str) {
            match value {
                Value::Array(items) => items.iter().for_each(|item| self.look(item, path)),
                Value::Object(properties) => {
                    let id = properties.get("id").and_then(Value::as_str).and_then(AnyId::parse);
                    if id.is_some() && !path.is_empty() {
                        let set = if properties.len() > 1 { &mut self.full } else { &mut self.by_id };
                        set.insert(path.to_owned());
                    }
                    for (name, value) in properties {
                        self.look(value, format!("{path}.{name}").trim_start_matches('.'));
                    }
                }
                _ => {}
            }
        }
    }

    fn check_key_order(value: &Value, tag: &str) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| check_key_order(item, tag)),
            Value::Object(properties) => {
                let rank = |key: &&String| (key.as_str() != "id", key.as_str() != "_links", key.as_str().to_owned());
                let keys: Vec<&String> = properties.keys().collect();
                assert!(keys.is_sorted_by_key(rank), "{tag}: {keys:?}");
                properties.values().for_each(|value| check_key_order(value, tag));
            }
            _ => {}
        }
    }

    #[test]
    fn keys_are_the_id_then_the_links_then_alphabetical() {
        let sample = Sample::new();
        for tag in OPERATIONS.iter().flat_map(|operation| operation.tags) {
            let Some(json) = shown(&sample, tag, &ExpandTree::default()) else { continue };
            assert_eq!(
                json.as_object().and_then(|record| record.keys().next()).map(String::as_str),
                Some("id"),
                "{tag}"
            );
            check_key_order(&json, tag);
        }
    }

    #[test]
    fn nothing_is_expanded_unless_it_is_asked_for() {
        let sample = Sample::new();
        for tag in OPERATIONS.iter().flat_map(|operation| operation.tags) {
            let Some(json) = shown(&sample, tag, &ExpandTree::default()) else { continue };
            assert_eq!(Resources::below(&json).full, BTreeSet::new(), "{tag}");
        }
    }

    #[test]
    fn every_expansion_that_is_offered_shows_what_it_names_in_full_with_all_on_the_way_and_nothing_else() {
        let sample = Sample::new();
        for operation in &OPERATIONS {
            for path in operation.expand.into_iter().flatten().map(|expand| expand.path) {
                let json = shown(&sample, operation.tags[0], &tree(operation.id, path)).unwrap();
                let Resources { full, by_id } = Resources::below(&json);
                let on_the_way = |other: &&str| path == *other || path.starts_with(&format!("{other}."));
                let offered = operation.expand.into_iter().flatten().map(|expand| expand.path);
                let wanted: BTreeSet<String> = offered.filter(on_the_way).map(str::to_owned).collect();
                assert_eq!(full, wanted, "{} {path}", operation.name);
                assert!(full.is_disjoint(&by_id), "{} {path}: some are by id alone", operation.name);
                check_key_order(&json, operation.name);
            }
        }
    }

    #[test]
    fn a_reference_to_what_is_gone_stays_an_id_when_it_is_expanded() {
        let mut sample = Sample::new();
        sample.world.sites.remove(id());
        let json = sample.json::<Unit>(&tree(OperationId::UnitShow, "site"));
        assert_eq!(json["site"], serde_json::json!({"id": "site_0000000000000001"}));
    }

    #[test]
    fn a_rendering_is_kept_until_it_is_forgotten() {
        let mut sample = Sample::new();
        let cover = |sample: &Sample| {
            let json = sample.json::<ProtectionLevel>(&ExpandTree::default());
            (json["cover_level"]["currency"].clone(), json["cover_level"]["formatted"].clone())
        };
        assert_eq!(cover(&sample), ("GBP".into(), "£2,000.00".into()));
        sample.world.settings.currency = Currency::Eur;
        assert_eq!(cover(&sample), ("GBP".into(), "£2,000.00".into()));
        sample.world.forget_renderings();
        assert_eq!(cover(&sample), ("EUR".into(), "€2,000.00".into()));
    }

    #[test]
    fn instants_are_in_utc_and_whole_seconds() {
        let json = Sample::new().json::<Staff>(&ExpandTree::default());
        assert_eq!(json["created_at"], "2026-03-02T10:00:00Z");
    }
}
