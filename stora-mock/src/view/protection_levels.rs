//! Protection levels.

use stora_client::types;

use super::{Show, View, moment, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::protection_level::ProtectionLevel;
use crate::store::{Table, World};

impl Show for ProtectionLevel {
    type Wire = types::ProtectionLevel;

    fn table(world: &World) -> &Table<Self> {
        &world.protection_levels
    }

    fn show(&self, view: &View<'_>, _: &ExpandTree) -> types::ProtectionLevel {
        types::ProtectionLevel {
            id: wire_id(self.id),
            account_code: self.account_code.clone(),
            cover_level: view.money(self.cover_level),
            created_at: moment(self.created_at),
            prices: view.prices(&self.prices),
            public: self.public,
            stripe_product_id: self.stripe_product_id.clone(),
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
    fn the_cover_is_money_and_codes_may_be_null() {
        let mut sample = Sample::new();
        let bare = |level: &mut ProtectionLevel| {
            level.account_code = None;
            level.stripe_product_id = None;
        };
        let json = sample.json_after(|world| &mut world.protection_levels, bare);
        assert_eq!(json["cover_level"], json!({"amount": 200_000, "currency": "GBP", "formatted": "£2,000.00"}));
        assert_eq!((&json["account_code"], &json["stripe_product_id"]), (&Value::Null, &Value::Null));
    }
}
