//! Stages of the sales pipeline.

use stora_client::types;

use super::{Show, View, moment, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::deal::DealStage;
use crate::store::{Table, World};

impl Show for DealStage {
    type Wire = types::DealStage;

    fn table(world: &World) -> &Table<Self> {
        &world.deal_stages
    }

    fn show(&self, _: &View<'_>, _: &ExpandTree) -> types::DealStage {
        types::DealStage {
            id: wire_id(self.id),
            created_at: moment(self.created_at),
            name: self.name.clone(),
            position: self.position,
            updated_at: moment(self.updated_at),
            extra: Default::default(),
        }
    }
}
