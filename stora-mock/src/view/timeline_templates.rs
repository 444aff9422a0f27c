//! Timeline templates.

use stora_client::types;

use super::{Show, View, moment, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::timeline::TimelineTemplate;
use crate::store::{Table, World};

impl Show for TimelineTemplate {
    type Wire = types::TimelineTemplate;

    fn table(world: &World) -> &Table<Self> {
        &world.timeline_templates
    }

    fn show(&self, _: &View<'_>, _: &ExpandTree) -> types::TimelineTemplate {
        types::TimelineTemplate {
            id: wire_id(self.id),
            created_at: moment(self.created_at),
            global: self.global,
            message: self.message.clone(),
            name: self.name.clone(),
            updated_at: moment(self.updated_at),
            variables: types::TimelineTemplateVariables {
                custom: self.custom_variables.clone(),
                predefined: self.predefined_variables.iter().map(|name| name.as_str().into()).collect(),
                extra: Default::default(),
            },
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
    fn variables_are_apart_for_free_names_and_references() {
        let json = Sample::new().json::<TimelineTemplate>(&ExpandTree::default());
        assert_eq!(json["variables"], json!({"custom": ["subject"], "predefined": ["contact", "unit_type"]}));
    }
}
