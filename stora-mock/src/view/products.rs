//! Products.

use stora_client::types;

use super::{Show, View, moment, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::product::{Product, ProductCategory};
use crate::domain::site::Site;
use crate::store::{Table, World};

impl Show for Product {
    type Wire = types::Product;

    fn table(world: &World) -> &Table<Self> {
        &world.products
    }

    fn show(&self, view: &View<'_>, expand: &ExpandTree) -> types::Product {
        types::Product {
            id: wire_id(self.id),
            accounting_code: self.accounting_code.clone(),
            category: Some(view.reference::<ProductCategory>(self.category, expand, "category")),
            charge_type: self.charge_type.as_str().into(),
            created_at: moment(self.created_at),
            description: self.description.clone(),
            name: self.name.clone(),
            prices: view.prices(&self.prices),
            site: view.reference::<Site>(self.site, expand, "site"),
            sku: self.sku.clone(),
            updated_at: moment(self.updated_at),
            extra: Default::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::sample::Sample;
    use super::*;

    #[test]
    fn one_that_is_sold_once_has_one_price() {
        let json = Sample::new().json::<Product>(&ExpandTree::default());
        let money = json!({"amount": 1_250, "currency": "GBP", "formatted": "£12.50"});
        assert_eq!(
            json["prices"],
            json!([{"billing_period": "one_time", "price": money, "stripe_price_id": "price_one_time"}])
        );
    }
}
