//! Timeline sources.

use stora_client::types;

use super::{Show, View, moment, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::timeline::TimelineSource;
use crate::store::{Table, World};

impl Show for TimelineSource {
    type Wire = types::TimelineSource;

    fn table(world: &World) -> &Table<Self> {
        &world.timeline_sources
    }

    fn show(&self, _: &View<'_>, _: &ExpandTree) -> types::TimelineSource {
        types::TimelineSource {
            id: wire_id(self.id),
            created_at: moment(self.created_at),
            global: self.global,
            name: self.name.clone(),
            updated_at: moment(self.updated_at),
            website_url: self.website_url.clone(),
            extra: Default::default(),
        }
    }
}
