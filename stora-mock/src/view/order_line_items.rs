//! Lines of orders.

use stora_client::types;

use super::{Show, View, moment, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::order::OrderLineItem;
use crate::store::{Table, World};

impl Show for OrderLineItem {
    type Wire = types::OrderLineItem;

    fn table(world: &World) -> &Table<Self> {
        &world.order_line_items
    }

    fn show(&self, view: &View<'_>, expand: &ExpandTree) -> types::OrderLineItem {
        types::OrderLineItem {
            id: wire_id(self.id),
            created_at: moment(self.created_at),
            discount_total: view.money(self.discount_total),
            item: view.catalogue_item(self.item, expand, "item"),
            price: view.money(self.price),
            quantity: self.quantity,
            tax: view.money(self.tax),
            total: view.money(self.total),
            total_excluding_tax: view.money(self.total - self.tax),
            type_: self.kind.as_str().into(),
            updated_at: moment(self.updated_at),
            extra: Default::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::Sample;
    use super::*;

    #[test]
    fn what_is_without_tax_is_the_total_before_discount_less_its_tax() {
        let json = Sample::new().json::<OrderLineItem>(&ExpandTree::default());
        let amounts =
            ["total", "discount_total", "tax", "total_excluding_tax"].map(|name| json[name]["amount"].as_i64());
        assert_eq!(amounts, [Some(1_200), Some(125), Some(200), Some(1_000)]);
    }
}
