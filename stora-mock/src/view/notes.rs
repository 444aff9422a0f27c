//! Notes.

use stora_client::types;

use super::{Show, View, moment, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::note::Note;
use crate::store::{Table, World};

impl Show for Note {
    type Wire = types::Note;

    fn table(world: &World) -> &Table<Self> {
        &world.notes
    }

    fn show(&self, view: &View<'_>, expand: &ExpandTree) -> types::Note {
        types::Note {
            id: wire_id(self.id),
            content: self.content.clone(),
            created_at: moment(self.created_at),
            creator: view.creator(self.creator, expand, "creator"),
            metadata: self.metadata.clone(),
            resource: view.note_resource(self.resource, expand, "resource"),
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
    fn creator_and_resource_are_ids_of_any_of_their_kinds() {
        let sample = Sample::new();
        let json = sample.json::<Note>(&ExpandTree::default());
        let token = sample.world.access.access_tokens().next().unwrap().id.to_string();
        assert_eq!(json["creator"], json!({"id": token}));
        assert_eq!(json["resource"], json!({"id": "con_0000000000000001"}));
    }
}
