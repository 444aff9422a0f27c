//! Deals (section 18 of the description of the business). The stages of the sales pipeline are told of in `stage`.

mod stage;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::change::set;
use super::event::EventKind;
use super::faults::Faults;
use super::ids::{AnyId, ContactId, DealId, DealStageId, SiteId, StaffId};
use super::metadata::{Metadata, MetadataPatch, merged};
use super::refusal::Refusal;
use super::time::Timestamp;
use super::words::words;
use crate::store::{FacetValue, Record, World, record_fields};

pub use stage::{DealStage, DealStageChange, DeletedStage, NewDealStage};

/// A chance to rent something to a contact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Deal {
    /// Its id.
    pub id: DealId,
    /// Who sees to it.
    pub assignee: Option<StaffId>,
    /// Who may rent. It never changes.
    pub contact: ContactId,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it: staff, an access token or an application.
    pub creator: AnyId,
    /// What may be rented: at most one line of each kind, protection first (E4).
    pub line_items: Vec<DealLine>,
    /// Why it was lost: any token.
    pub lost_reason: Option<String>,
    /// The integrator's own pairs.
    pub metadata: Metadata,
    /// Its name.
    pub name: String,
    /// A note.
    pub note: Option<String>,
    /// Where.
    pub site: Option<SiteId>,
    /// Where it stands in the pipeline.
    pub stage: Stage,
    /// The move-in date that the prospect has in mind.
    pub starts_at: Option<Timestamp>,
    /// Its state.
    pub status: DealStatus,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What may be rented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct DealLine {
    #[serde(rename = "type")]
    pub kind: DealLineKind,
    pub item: AnyId,
}

/// The stage of a deal: one that exists, or what is left of a deleted one (E5).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Stage {
    Live(DealStageId),
    Deleted(DeletedStage),
}

/// The data of a deal to be made.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct NewDeal {
    pub name: String,
    pub contact: ContactId,
    pub stage: DealStageId,
    /// In any order.
    pub line_items: Vec<DealLine>,
    pub assignee: Option<StaffId>,
    pub site: Option<SiteId>,
    pub note: Option<String>,
    pub starts_at: Option<Timestamp>,
    pub metadata: Metadata,
}

/// Changes to a deal: what is none stays, what is `Some(None)` is cleared.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct DealChange {
    pub name: Option<String>,
    pub stage: Option<DealStageId>,
    pub assignee: Option<Option<StaffId>>,
    pub site: Option<Option<SiteId>>,
    pub note: Option<Option<String>>,
    pub starts_at: Option<Option<Timestamp>>,
    pub metadata: Option<MetadataPatch>,
    /// The whole new set, in any order; an empty one removes every line (E4).
    pub line_items: Option<Vec<DealLine>>,
}

/// What changes with the opening of a won or lost deal: what is none stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reopening {
    /// Who takes it over.
    pub assignee: Option<StaffId>,
    /// The stage it goes to. It is needed where the stage of the deal was deleted.
    pub stage: Option<DealStageId>,
}

words! {
    /// The states of a deal (E1).
    DealStatus {
        Open = "open",
        Won = "won",
        Lost = "lost",
    }

    /// Kinds of lines of a deal, in the order in which they are shown.
    DealLineKind {
        Protection = "protection",
        UnitType = "unit_type",
    }
}

impl Stage {
    /// The stage, if it exists.
    pub fn live(&self) -> Option<DealStageId> {
        match self {
            Self::Live(id) => Some(*id),
            Self::Deleted(_) => None,
        }
    }
}

impl Deal {
    /// Makes a deal, which is open (E1).
    ///
    /// # Errors
    /// Whatever it names that there is not; two lines of a kind (E4); a unit type of another site than the deal's.
    pub fn create(world: &mut World, at: Timestamp, creator: AnyId, new: NewDeal) -> Result<DealId, Refusal> {
        let mut faults = Faults::default();
        faults.check_known("/contact/id", &world.contacts, Some(new.contact));
        faults.check_known("/stage/id", &world.deal_stages, Some(new.stage));
        check_lines(world, &new.line_items, &mut faults);
        faults.check_known("/assignee/id", &world.staff, new.assignee);
        faults.check_known("/site/id", &world.sites, new.site);
        if let Some((place, reason)) = line_elsewhere(world, new.site, &new.line_items) {
            faults.add(item_of_line(place), reason);
        }
        faults.none()?;

        let id = world.ids.fresh();
        world.deals.insert(Self {
            id,
            assignee: new.assignee,
            contact: new.contact,
            created_at: at,
            creator,
            line_items: in_order(new.line_items),
            lost_reason: None,
            metadata: new.metadata,
            name: new.name,
            note: new.note,
            site: new.site,
            stage: Stage::Live(new.stage),
            starts_at: new.starts_at,
            status: DealStatus::Open,
            updated_at: at,
        });
        world.tell(EventKind::DealCreated, id, at);
        Ok(id)
    }

    /// Changes a deal, whatever its state. A change without effect tells of nothing (W2).
    ///
    /// # Errors
    /// Not found; whatever the change names that there is not; two lines of a kind (E4); a unit type of another site than the
    /// deal's, told of the member that was sent, and of the line if both were; too many pairs.
    pub fn change(world: &mut World, at: Timestamp, id: DealId, change: DealChange) -> Result<(), Refusal> {
        let deal = world.deals.get(id).ok_or(Refusal::NotFound)?;
        let mut faults = Faults::default();
        faults.check_known("/stage/id", &world.deal_stages, change.stage);
        faults.check_known("/assignee/id", &world.staff, change.assignee.flatten());
        faults.check_known("/site/id", &world.sites, change.site.flatten());
        check_lines(world, change.line_items.as_deref().unwrap_or_default(), &mut faults);
        let lines = change.line_items.as_ref().unwrap_or(&deal.line_items);
        if let Some((place, reason)) = line_elsewhere(world, change.site.unwrap_or(deal.site), lines) {
            let sends_lines = change.line_items.is_some();
            faults.add(if sends_lines { item_of_line(place) } else { "/site/id".to_owned() }, reason);
        }
        let metadata = change.metadata.map(|patch| merged(&deal.metadata, &patch)).transpose();
        let metadata = faults.gather(metadata)?.flatten();
        faults.none()?;

        Self::amend(world, at, id, |deal| {
            set(&mut deal.name, change.name);
            set(&mut deal.stage, change.stage.map(Stage::Live));
            set(&mut deal.assignee, change.assignee);
            set(&mut deal.site, change.site);
            set(&mut deal.note, change.note);
            set(&mut deal.starts_at, change.starts_at);
            set(&mut deal.line_items, change.line_items.map(in_order));
            set(&mut deal.metadata, metadata);
        });
        Ok(())
    }

    /// Marks an open deal as won. Its stage stays (E2), and no order comes of it (E3).
    ///
    /// # Errors
    /// Not found; a conflict when it is not open (E1).
    pub fn win(world: &mut World, at: Timestamp, id: DealId) -> Result<(), Refusal> {
        Self::close(world, at, id, DealStatus::Won, None)?;
        world.tell(EventKind::DealWon, id, at);
        Ok(())
    }

    /// Marks an open deal as lost, for a reason that is any token. Its stage stays (E2).
    ///
    /// # Errors
    /// Not found; a conflict when it is not open (E1).
    pub fn lose(world: &mut World, at: Timestamp, id: DealId, reason: String) -> Result<(), Refusal> {
        Self::close(world, at, id, DealStatus::Lost, Some(reason))?;
        world.tell(EventKind::DealLost, id, at);
        Ok(())
    }

    /// Opens a won or lost deal again, without the reason it was lost for (E2).
    ///
    /// # Errors
    /// Not found; an assignee or a stage that there is not; `/stage` when none is given and that of the deal was deleted; a
    /// conflict when it is open (E1).
    pub fn reopen(world: &mut World, at: Timestamp, id: DealId, reopening: Reopening) -> Result<(), Refusal> {
        let deal = world.deals.get(id).ok_or(Refusal::NotFound)?;
        let mut faults = Faults::default();
        faults.check_known("/assignee/id", &world.staff, reopening.assignee);
        faults.check_known("/stage/id", &world.deal_stages, reopening.stage);
        if reopening.stage.is_none() && deal.stage.live().is_none() {
            faults.add("/stage", format!("The stage of the deal {id} was deleted, so that it needs another one."));
        }
        faults.none()?;
        if deal.status == DealStatus::Open {
            return Err(Refusal::conflict("E1", format!("The deal {id} is open already.")));
        }

        Self::amend(world, at, id, |deal| {
            deal.status = DealStatus::Open;
            deal.lost_reason = None;
            set(&mut deal.assignee, reopening.assignee.map(Some));
            set(&mut deal.stage, reopening.stage.map(Stage::Live));
        });
        Ok(())
    }

    fn close(
        world: &mut World,
        at: Timestamp,
        id: DealId,
        status: DealStatus,
        lost_reason: Option<String>,
    ) -> Result<(), Refusal> {
        let deal = world.deals.get(id).ok_or(Refusal::NotFound)?;
        if deal.status != DealStatus::Open {
            let reason = format!("The deal {id} is {}, and only an open one can be {status}.", deal.status);
            return Err(Refusal::conflict("E1", reason));
        }
        Self::amend(world, at, id, |deal| {
            deal.status = status;
            deal.lost_reason = lost_reason;
        });
        Ok(())
    }

    /// Changes a deal that is known to exist, and tells of it if that makes a difference.
    fn amend(world: &mut World, at: Timestamp, id: DealId, change: impl FnOnce(&mut Self)) {
        if world.deals.amend(id, at, change) == Some(true) {
            world.tell(EventKind::DealUpdated, id, at);
        }
    }
}

impl DealLine {
    /// Whether there is what it is for, and that is what its kind says.
    fn is_known(self, world: &World) -> bool {
        match self.kind {
            DealLineKind::Protection => self.item.of().is_some_and(|id| world.protection_levels.contains(id)),
            DealLineKind::UnitType => self.item.of().is_some_and(|id| world.unit_types.contains(id)),
        }
    }
}

impl DealLineKind {
    /// What a line of this kind is for, in words.
    const fn noun(self) -> &'static str {
        match self {
            Self::Protection => "protection level",
            Self::UnitType => "unit type",
        }
    }
}

/// Notes lines for what there is not, and a second line of a kind (E4).
fn check_lines(world: &World, lines: &[DealLine], faults: &mut Faults) {
    for (place, line) in lines.iter().enumerate() {
        let noun = line.kind.noun();
        if lines[..place].iter().any(|before| before.kind == line.kind) {
            faults.add(format!("/line_items/{place}/type"), format!("A deal is for one {noun} at most."));
        }
        if !line.is_known(world) {
            faults.add(item_of_line(place), format!("There is no {noun} {}.", line.item));
        }
    }
}

/// The place of a line whose unit type is at another site than the deal's, and what is wrong with it. What is not known at all is
/// for others to tell.
fn line_elsewhere(world: &World, site: Option<SiteId>, lines: &[DealLine]) -> Option<(usize, String)> {
    let site = site.filter(|site| world.sites.contains(*site))?;
    lines.iter().enumerate().find_map(|(place, line)| {
        let unit_type = world.unit_types.get(line.item.of()?).filter(|unit_type| unit_type.site != site)?;
        let reason = format!("The unit type {} is at the site {}, and not at {site}.", unit_type.id, unit_type.site);
        Some((place, reason))
    })
}

/// The pointer to what a line is for.
fn item_of_line(place: usize) -> String {
    format!("/line_items/{place}/item/id")
}

/// The lines as they are shown.
fn in_order(mut lines: Vec<DealLine>) -> Vec<DealLine> {
    lines.sort_by_key(|line| line.kind);
    lines
}

impl Record for Deal {
    record_fields!(id: DealId, created_at, updated_at);

    fn facets(&self, add: &mut dyn FnMut(&'static str, FacetValue)) {
        add("contact_id", self.contact.into());
        add("site_id", self.site.into());
        add("stage_id", self.stage.live().into());
        add("status", self.status.as_str().into());
    }
}
