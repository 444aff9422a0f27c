//! References that lead to records of several kinds; the prefix of the id tells which.
//!
//! The acts that store such a reference see to it that it is of a kind that its type on the wire has.

use stora_client::{Expandable, types};

use super::{View, expandable};
use crate::contract::query::ExpandTree;
use crate::domain::contact::Contact;
use crate::domain::ids::{AnyId, Kind};
use crate::domain::product::Product;
use crate::domain::protection_level::ProtectionLevel;
use crate::domain::staff::Staff;
use crate::domain::subscription::Subscription;
use crate::domain::task::Task;
use crate::domain::unit::Unit;
use crate::domain::unit_type::UnitType;

impl View<'_> {
    /// Who made a record: a member of staff, an access token or an application.
    pub fn creator(&self, id: AnyId, expand: &ExpandTree, name: &str) -> Expandable<types::Creator> {
        use types::Creator::{AccessToken, Application, Staff as Member};
        expandable(id, expand, name, |deeper| match id.kind {
            Kind::Staff => self.full::<Staff>(id.of()?, deeper).map(Member),
            Kind::AccessToken => self.access_token(id.of()?).map(AccessToken),
            Kind::Application => self.application(id.of()?).map(Application),
            _ => None,
        })
    }

    /// What a line of an order or a subscription is for: a unit type, a protection level or a product.
    pub fn catalogue_item(
        &self,
        id: AnyId,
        expand: &ExpandTree,
        name: &str,
    ) -> Expandable<types::LineItemCatalogueItem> {
        use types::LineItemCatalogueItem as Item;
        expandable(id, expand, name, |deeper| match id.kind {
            Kind::UnitType => self.full::<UnitType>(id.of()?, deeper).map(Item::UnitType),
            Kind::ProtectionLevel => self.full::<ProtectionLevel>(id.of()?, deeper).map(Item::ProtectionLevel),
            Kind::Product => self.full::<Product>(id.of()?, deeper).map(Item::Product),
            _ => None,
        })
    }

    /// What a line of a deal is for: a unit type or a protection level.
    pub fn deal_item(&self, id: AnyId, expand: &ExpandTree, name: &str) -> Expandable<types::DealItem> {
        use types::DealItem as Item;
        expandable(id, expand, name, |deeper| match id.kind {
            Kind::UnitType => self.full::<UnitType>(id.of()?, deeper).map(Item::UnitType),
            Kind::ProtectionLevel => self.full::<ProtectionLevel>(id.of()?, deeper).map(Item::ProtectionLevel),
            _ => None,
        })
    }

    /// What a note is on: a contact, a unit, a subscription or a task.
    pub fn note_resource(&self, id: AnyId, expand: &ExpandTree, name: &str) -> Expandable<types::NoteResource> {
        use types::NoteResource as On;
        expandable(id, expand, name, |deeper| match id.kind {
            Kind::Contact => self.full::<Contact>(id.of()?, deeper).map(On::Contact),
            Kind::Unit => self.full::<Unit>(id.of()?, deeper).map(On::Unit),
            Kind::Subscription => self.full::<Subscription>(id.of()?, deeper).map(On::Subscription),
            Kind::Task => self.full::<Task>(id.of()?, deeper).map(On::Task),
            _ => None,
        })
    }

    /// What a task is about: a contact, a unit or a subscription.
    pub fn task_resource(&self, id: AnyId, expand: &ExpandTree, name: &str) -> Expandable<types::TaskResource> {
        use types::TaskResource as About;
        expandable(id, expand, name, |deeper| match id.kind {
            Kind::Contact => self.full::<Contact>(id.of()?, deeper).map(About::Contact),
            Kind::Unit => self.full::<Unit>(id.of()?, deeper).map(About::Unit),
            Kind::Subscription => self.full::<Subscription>(id.of()?, deeper).map(About::Subscription),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::sample::{Sample, id, tree};
    use super::super::to_json;
    use crate::contract::OperationId;
    use crate::domain::ids::{
        ContactId, Id, ProductId, ProtectionLevelId, StaffId, SubscriptionId, TaskId, UnitId, UnitTypeId,
    };

    fn value(wire: &impl serde::Serialize) -> Value {
        serde_json::from_str(&to_json(wire)).unwrap()
    }

    #[test]
    fn staff_access_tokens_and_applications_are_shown_in_full_as_creators() {
        let sample = Sample::new();
        let token = sample.world.access.access_tokens().next().unwrap().id.any();
        let application = sample.world.access.applications().next().unwrap().id.any();
        let expand = tree(OperationId::NoteShow, "creator");
        for (creator, name) in
            [(id::<StaffId>().any(), "Priya Shah"), (token, "Nightly export"), (application, "Partner")]
        {
            let json = value(&sample.view().creator(creator, &expand, "creator"));
            assert_eq!((&json["id"], &json["name"]), (&creator.to_string().into(), &name.into()));
        }
    }

    #[test]
    fn a_creator_that_is_not_known_is_shown_by_its_id() {
        let json = value(&Sample::new().view().creator(
            StaffId::new(99).any(),
            &tree(OperationId::NoteShow, "creator"),
            "creator",
        ));
        assert_eq!(json, serde_json::json!({"id": "staff_0000000000000063"}));
    }

    #[test]
    fn every_kind_that_a_reference_can_have_is_shown_in_full() {
        let sample = Sample::new();
        let view = sample.view();
        let (resource, item) = (tree(OperationId::NoteShow, "resource"), tree(OperationId::OrderLineItemList, "item"));
        let (contact, unit) = (id::<ContactId>().any(), id::<UnitId>().any());
        let (subscription, task) = (id::<SubscriptionId>().any(), id::<TaskId>().any());
        let (unit_type, level) = (id::<UnitTypeId>().any(), id::<ProtectionLevelId>().any());
        let shown =
            [contact, unit, subscription, task].map(|id| (id, value(&view.note_resource(id, &resource, "resource"))));
        let about = [contact, unit, subscription].map(|id| (id, value(&view.task_resource(id, &resource, "resource"))));
        let of_deals = [unit_type, level].map(|id| (id, value(&view.deal_item(id, &item, "item"))));
        let items = [unit_type, level, id::<ProductId>().any()];
        let items = items.map(|id| (id, value(&view.catalogue_item(id, &item, "item"))));
        for (id, json) in shown.into_iter().chain(about).chain(of_deals).chain(items) {
            assert_eq!(json["id"], id.to_string());
            assert!(json.as_object().unwrap().len() > 1, "{id}");
        }
    }
}
