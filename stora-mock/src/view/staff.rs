//! Staff.

use stora_client::types;

use super::{Show, View, moment, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::staff::Staff;
use crate::store::{Table, World};

impl Show for Staff {
    type Wire = types::Staff;

    fn table(world: &World) -> &Table<Self> {
        &world.staff
    }

    fn show(&self, _: &View<'_>, _: &ExpandTree) -> types::Staff {
        types::Staff {
            id: wire_id(self.id),
            created_at: moment(self.created_at),
            email: self.email.clone(),
            name: self.name.clone(),
            updated_at: moment(self.updated_at),
            extra: Default::default(),
        }
    }
}
