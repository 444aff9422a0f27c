//! Deals.

use stora_client::types;

use super::{Show, View, moment, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::contact::Contact;
use crate::domain::deal::{Deal, DealLine, DealStage, DeletedStage, Stage};
use crate::domain::site::Site;
use crate::domain::staff::Staff;
use crate::store::{Table, World};

impl Show for Deal {
    type Wire = types::Deal;

    fn table(world: &World) -> &Table<Self> {
        &world.deals
    }

    fn show(&self, view: &View<'_>, expand: &ExpandTree) -> types::Deal {
        let nothing = ExpandTree::default();
        let below = expand.child("line_items").unwrap_or(&nothing);
        // Protection comes first, whatever the order sent (crm.yaml, Deals).
        let mut lines: Vec<&DealLine> = self.line_items.iter().collect();
        lines.sort_by_key(|line| line.kind);
        types::Deal {
            id: wire_id(self.id),
            assignee: view.optional::<Staff>(self.assignee, expand, "assignee"),
            contact: view.reference::<Contact>(self.contact, expand, "contact"),
            created_at: moment(self.created_at),
            creator: view.creator(self.creator, expand, "creator"),
            line_items: lines.into_iter().map(|line| line_item(line, view, below)).collect(),
            lost_reason: self.lost_reason.as_deref().map(Into::into),
            metadata: Some(self.metadata.clone()),
            name: self.name.clone(),
            note: self.note.clone().into(),
            site: view.optional::<Site>(self.site, expand, "site"),
            stage: stage(&self.stage, view, expand),
            starts_at: self.starts_at.map(moment),
            status: self.status.as_str().into(),
            updated_at: moment(self.updated_at),
            // It always equals the note (crm.yaml, Deals).
            value_estimate: self.note.clone(),
            extra: Default::default(),
        }
    }
}

/// A line, which is no record of its own: what it is for is expanded by `line_items.item`. Its quantity is always 1.
fn line_item(line: &DealLine, view: &View<'_>, expand: &ExpandTree) -> types::DealLineItem {
    types::DealLineItem {
        item: view.deal_item(line.item, expand, "item"),
        quantity: 1,
        type_: line.kind.as_str().into(),
        extra: Default::default(),
    }
}

/// The stage: a reference, or what is left of a deleted one in full and without an id (E5).
fn stage(stage: &Stage, view: &View<'_>, expand: &ExpandTree) -> types::DealStageOrDeletedDealStage {
    use types::DealStageOrDeletedDealStage as Wire;
    match stage {
        Stage::Live(id) => Wire::DealStage(view.reference::<DealStage>(*id, expand, "stage")),
        Stage::Deleted(DeletedStage { created_at, name, position, updated_at }) => {
            Wire::DeletedDealStage(types::DeletedDealStage {
                created_at: moment(*created_at),
                name: name.clone(),
                position: *position,
                updated_at: moment(*updated_at),
                extra: Default::default(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::sample::{Sample, at, tree};
    use super::*;
    use crate::contract::OperationId;

    fn after(sample: &mut Sample, change: impl FnOnce(&mut Deal)) -> Value {
        sample.json_after(|world| &mut world.deals, change)
    }

    #[test]
    fn a_deleted_stage_is_shown_inline_without_an_id_expanded_or_not() {
        let mut sample = Sample::new();
        let name = "Enquiry - (Deleted)".to_owned();
        let left = Stage::Deleted(DeletedStage { created_at: at(), name, position: 4, updated_at: at() });
        let at = "2026-03-02T10:00:00Z";
        let inline = json!({"created_at": at, "name": "Enquiry - (Deleted)", "position": 4, "updated_at": at});
        assert_eq!(after(&mut sample, |deal| deal.stage = left)["stage"], inline);
        assert_eq!(sample.json::<Deal>(&tree(OperationId::DealShow, "stage"))["stage"], inline);
    }

    #[test]
    fn lines_come_protection_first_and_singly() {
        let json = Sample::new().json::<Deal>(&ExpandTree::default());
        let protection = json!({"item": {"id": "plvl_0000000000000001"}, "quantity": 1, "type": "protection"});
        let unit_type = json!({"item": {"id": "utype_0000000000000001"}, "quantity": 1, "type": "unit_type"});
        assert_eq!(json["line_items"], json!([protection, unit_type]));
    }

    #[test]
    fn the_estimate_is_the_note() {
        let mut sample = Sample::new();
        let json = sample.json::<Deal>(&ExpandTree::default());
        assert_eq!((&json["note"], &json["value_estimate"]), (&"Calls back".into(), &"Calls back".into()));
        let json = after(&mut sample, |deal| deal.note = None);
        assert_eq!((json.get("note"), json.get("value_estimate")), (Some(&Value::Null), Some(&Value::Null)));
    }

    #[test]
    fn a_bare_deal_has_nulls_and_empty_lists_and_pairs() {
        let json = after(&mut Sample::new(), |deal| {
            deal.assignee = None;
            deal.line_items.clear();
            deal.lost_reason = None;
            deal.metadata.clear();
            deal.site = None;
            deal.starts_at = None;
        });
        for name in ["assignee", "lost_reason", "site", "starts_at"] {
            assert_eq!(json.get(name), Some(&Value::Null), "{name}");
        }
        assert_eq!((&json["line_items"], &json["metadata"]), (&json!([]), &json!({})));
    }
}
