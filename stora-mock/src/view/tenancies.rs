//! Tenancies.

use stora_client::types;

use super::{Show, View, moment, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::contact::Contact;
use crate::domain::order::Order;
use crate::domain::site::Site;
use crate::domain::subscription::Subscription;
use crate::domain::tenancy::Tenancy;
use crate::domain::unit::UnitAllocation;
use crate::store::{Table, World};

impl Show for Tenancy {
    type Wire = types::Tenancy;

    fn table(world: &World) -> &Table<Self> {
        &world.tenancies
    }

    fn show(&self, view: &View<'_>, expand: &ExpandTree) -> types::Tenancy {
        types::Tenancy {
            id: wire_id(self.id),
            contact: view.reference::<Contact>(self.contact, expand, "contact"),
            created_at: moment(self.created_at),
            ends_at: self.ends_at.map(moment),
            order: view.optional::<Order>(self.order, expand, "order"),
            site: view.reference::<Site>(self.site, expand, "site"),
            starts_at: moment(self.starts_at),
            subscription: view.optional::<Subscription>(self.subscription, expand, "subscription"),
            unit_allocations: view.references::<UnitAllocation>(&self.unit_allocations, expand, "unit_allocations"),
            updated_at: moment(self.updated_at),
            extra: Default::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::sample::Sample;
    use super::*;

    #[test]
    fn a_rental_that_staff_made_has_no_order_and_may_have_no_units() {
        let mut sample = Sample::new();
        let json = sample.json_after::<Tenancy>(
            |world| &mut world.tenancies,
            |tenancy| {
                tenancy.order = None;
                tenancy.unit_allocations.clear();
            },
        );
        assert_eq!((&json["order"], &json["ends_at"]), (&Value::Null, &Value::Null));
        assert_eq!(json["unit_allocations"], json!([]));
    }
}
