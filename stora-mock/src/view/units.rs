//! Units.

use stora_client::types;

use super::{Show, View, moment, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::site::Site;
use crate::domain::unit::{Unit, UnitAllocation};
use crate::domain::unit_type::UnitType;
use crate::store::{Table, World};

impl Show for Unit {
    type Wire = types::Unit;

    fn table(world: &World) -> &Table<Self> {
        &world.units
    }

    fn show(&self, view: &View<'_>, expand: &ExpandTree) -> types::Unit {
        types::Unit {
            id: wire_id(self.id),
            created_at: moment(self.created_at),
            reference_id: self.reference_id.clone(),
            site: view.reference::<Site>(self.site, expand, "site"),
            status: self.status.as_str().into(),
            unit_allocation: view.optional::<UnitAllocation>(self.allocation, expand, "unit_allocation"),
            unit_type: view.reference::<UnitType>(self.unit_type, expand, "unit_type"),
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
    use crate::domain::unit::UnitStatus;

    #[test]
    fn a_free_unit_has_no_allocation() {
        let mut sample = Sample::new();
        let json = sample.json_after::<Unit>(
            |world| &mut world.units,
            |unit| {
                unit.status = UnitStatus::Available;
                unit.allocation = None;
            },
        );
        assert_eq!((&json["status"], &json["unit_allocation"]), (&"available".into(), &Value::Null));
    }
}
