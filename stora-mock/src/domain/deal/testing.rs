//! A sales desk for tests of deals.

use super::{Deal, DealLine, DealLineKind, DealStage, NewDeal, NewDealStage};
use crate::domain::event::EventKind;
use crate::domain::fixtures::{Shop, at, kinds, site, unit_type};
use crate::domain::ids::{AccessTokenId, AnyId, DealId, DealStageId, Id, SiteId, StaffId, UnitTypeId};
use crate::domain::metadata::Metadata;
use crate::domain::refusal::Refusal;
use crate::domain::staff::{NewStaff, Staff};
use crate::domain::time::Timestamp;
use crate::store::World;

/// A shop with a stage, a member of staff, and a second site with a unit type.
pub(super) struct Desk {
    pub(super) shop: Shop,
    pub(super) stage: DealStageId,
    pub(super) staff: StaffId,
    pub(super) elsewhere: SiteId,
    pub(super) unit_type_elsewhere: UnitTypeId,
}

/// When the desk opened.
pub(super) fn opened() -> Timestamp {
    at("2026-03-02")
}

/// Some time later.
pub(super) fn later() -> Timestamp {
    at("2026-03-03")
}

/// Who makes the deals.
pub(super) fn creator() -> AnyId {
    AccessTokenId::new(7).any()
}

impl Desk {
    pub(super) fn open() -> Self {
        let mut shop = Shop::new();
        let world = &mut shop.world;
        let stage = NewDealStage { name: "Enquiry".to_owned(), position: None };
        let stage = DealStage::create(world, opened(), stage).unwrap();
        let staff = NewStaff { name: "Priya Shah".to_owned(), email: "priya@example.com".to_owned() };
        let staff = Staff::create(world, opened(), staff).unwrap();
        let elsewhere = site(world, opened());
        let unit_type_elsewhere = unit_type(world, opened(), elsewhere);
        Self { shop, stage, staff, elsewhere, unit_type_elsewhere }
    }

    /// The data of a deal with nothing that can be left out.
    pub(super) fn plain(&self) -> NewDeal {
        NewDeal {
            name: "Ada, 50 sq ft".to_owned(),
            contact: self.shop.contact,
            stage: self.stage,
            line_items: Vec::new(),
            assignee: None,
            site: None,
            note: None,
            starts_at: None,
            metadata: Metadata::new(),
        }
    }

    pub(super) fn protection(&self) -> DealLine {
        DealLine { kind: DealLineKind::Protection, item: self.shop.protection.any() }
    }

    pub(super) fn unit_type(&self) -> DealLine {
        DealLine { kind: DealLineKind::UnitType, item: self.shop.unit_type.any() }
    }

    pub(super) fn unit_type_elsewhere(&self) -> DealLine {
        DealLine { kind: DealLineKind::UnitType, item: self.unit_type_elsewhere.any() }
    }

    /// Another stage, behind the last one.
    pub(super) fn add_stage(&mut self, name: &str) -> DealStageId {
        let new = NewDealStage { name: name.to_owned(), position: None };
        DealStage::create(&mut self.shop.world, opened(), new).unwrap()
    }

    pub(super) fn add(&mut self, new: NewDeal) -> DealId {
        Deal::create(&mut self.shop.world, opened(), creator(), new).unwrap()
    }

    /// A deal like that, at [`opened`].
    pub(super) fn add_plain(&mut self) -> DealId {
        self.add(self.plain())
    }

    pub(super) fn deal(&self, id: DealId) -> &Deal {
        self.shop.world.deals.get(id).unwrap()
    }

    /// Carries out an act as a request does, [`later`]. Gives the types of its events.
    pub(super) fn act<R>(
        &mut self,
        act: impl FnOnce(&mut World, Timestamp) -> Result<R, Refusal>,
    ) -> Result<Vec<EventKind>, Refusal> {
        self.shop.world.transact(|world| act(world, later())).map(|(_, events)| kinds(&events))
    }
}
