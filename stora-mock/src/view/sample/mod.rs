//! A world with one record of each kind, all references set: what the tests of views show.

mod catalogue;
mod office;
mod rental;

use std::collections::BTreeMap;

use super::{Addresses, Show, View};
use crate::contract::OperationId;
use crate::contract::query::{ExpandTree, Query};
use crate::domain::ids::Id;
use crate::domain::metadata::Metadata;
use crate::domain::price::{Price, PricePeriod, Prices};
use crate::domain::settings::Settings;
use crate::domain::site::Image;
use crate::domain::time::Timestamp;
use crate::store::{Table, World};

/// A world, and where it is served.
pub(super) struct Sample {
    pub(super) world: World,
    pub(super) addresses: Addresses,
}

impl Sample {
    /// One record of each kind, each with [`id`], and lines of all kinds.
    pub(super) fn new() -> Self {
        let mut world = World::new(Settings::named("Harbour"), 1);
        let (token, application) = office::callers(&mut world);
        catalogue::catalogue(&mut world);
        catalogue::places(&mut world);
        rental::rental(&mut world);
        rental::bills(&mut world);
        office::paperwork(&mut world, token, application);
        office::timeline(&mut world, application);
        Self { world, addresses: Addresses::new("http://mock.test", None, None, [7; 32]) }
    }

    /// The sample as it is shown.
    pub(super) fn view(&self) -> View<'_> {
        View { world: &self.world, addresses: &self.addresses }
    }

    /// The JSON of the first record of a kind.
    pub(super) fn json<T: Show>(&self, expand: &ExpandTree) -> serde_json::Value {
        let row = T::table(&self.world).row(T::Id::new(1)).unwrap();
        serde_json::from_str(&self.view().json(row, expand)).unwrap()
    }

    /// The JSON of the first record of a kind, unexpanded, after a change.
    pub(super) fn json_after<T: Show>(
        &mut self,
        table: fn(&mut World) -> &mut Table<T>,
        change: impl FnOnce(&mut T),
    ) -> serde_json::Value {
        table(&mut self.world).update(T::Id::new(1), change);
        self.json::<T>(&ExpandTree::default())
    }
}

/// The id that every record of the sample has.
pub(super) fn id<I: Id>() -> I {
    I::new(1)
}

/// The expansion of a path, as a call of an operation asks for it.
pub(super) fn tree(operation: OperationId, path: &str) -> ExpandTree {
    Query::parse(operation.row(), Some(&format!("expand={path}")), true).unwrap().expand
}

/// When everything in the sample was made.
pub(super) fn at() -> Timestamp {
    "2026-03-02T10:00:00Z".parse().unwrap()
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn pairs() -> Metadata {
    BTreeMap::from([("key".to_owned(), "value".to_owned())])
}

fn prices(list: &[(PricePeriod, i64)]) -> Prices {
    let mut prices = Prices::default();
    for (period, amount) in list {
        prices.set(Price { period: *period, amount: *amount, stripe_price_id: format!("price_{period}") });
    }
    prices
}

fn image() -> Option<Image> {
    Some(Image { filename: "front door.jpg".to_owned(), uploaded: None, media_type: None })
}
