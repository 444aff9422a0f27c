//! Unit allocations.

use stora_client::types;

use super::{Show, View, moment, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::tenancy::Tenancy;
use crate::domain::unit::{Unit, UnitAllocation};
use crate::store::{Table, World};

impl Show for UnitAllocation {
    type Wire = types::UnitAllocation;

    fn table(world: &World) -> &Table<Self> {
        &world.unit_allocations
    }

    fn show(&self, view: &View<'_>, expand: &ExpandTree) -> types::UnitAllocation {
        types::UnitAllocation {
            id: wire_id(self.id),
            created_at: moment(self.created_at),
            granted_access_at: self.granted_access_at.map(moment),
            reserved_at: self.reserved_at.map(moment),
            tenancy: view.reference::<Tenancy>(self.tenancy, expand, "tenancy"),
            unit: view.reference::<Unit>(self.unit, expand, "unit"),
            updated_at: moment(self.updated_at),
            extra: Default::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::sample::Sample;
    use super::*;

    #[test]
    fn an_allocation_made_by_granting_access_was_never_reserved() {
        let mut sample = Sample::new();
        let never = |allocation: &mut UnitAllocation| allocation.reserved_at = None;
        let json = sample.json_after(|world| &mut world.unit_allocations, never);
        assert_eq!((&json["reserved_at"], &json["granted_access_at"]), (&Value::Null, &"2026-03-02T10:00:00Z".into()));
        // These two serve filters.
        assert_eq!((&json["contact"], &json["site"]), (&Value::Null, &Value::Null));
    }
}
