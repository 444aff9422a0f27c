//! Product categories.

use stora_client::types;

use super::{Show, View, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::product::ProductCategory;
use crate::store::{Table, World};

impl Show for ProductCategory {
    type Wire = types::ProductCategory;

    fn table(world: &World) -> &Table<Self> {
        &world.product_categories
    }

    fn show(&self, _: &View<'_>, _: &ExpandTree) -> types::ProductCategory {
        types::ProductCategory { id: wire_id(self.id), name: self.name.clone(), extra: Default::default() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::sample::Sample;
    use super::*;

    #[test]
    fn a_category_is_an_id_and_a_name() {
        let json = Sample::new().json::<ProductCategory>(&ExpandTree::default());
        assert_eq!(json, json!({"id": "pcat_0000000000000001", "name": "Locks"}));
    }
}
