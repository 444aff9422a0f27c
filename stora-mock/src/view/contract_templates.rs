//! Contract templates. Their text is not in the API.

use stora_client::types;

use super::{Show, View, moment, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::contract::ContractTemplate;
use crate::store::{Table, World};

impl Show for ContractTemplate {
    type Wire = types::ContractTemplate;

    fn table(world: &World) -> &Table<Self> {
        &world.contract_templates
    }

    fn show(&self, _: &View<'_>, _: &ExpandTree) -> types::ContractTemplate {
        types::ContractTemplate {
            id: wire_id(self.id),
            created_at: moment(self.created_at),
            name: self.name.clone(),
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
    fn the_text_is_not_shown() {
        let json = Sample::new().json::<ContractTemplate>(&ExpandTree::default());
        assert_eq!((json.get("text"), &json["name"]), (None, &"Storage agreement".into()));
    }
}
