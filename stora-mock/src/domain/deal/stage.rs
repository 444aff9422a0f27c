//! The stages of the sales pipeline.

use serde::{Deserialize, Serialize};

use super::{Deal, Stage};
use crate::domain::change::{ids_having, set};
use crate::domain::faults::Faults;
use crate::domain::ids::DealStageId;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::store::{Record, World, record_fields};

/// What is left of a deleted stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct DeletedStage {
    pub created_at: Timestamp,
    /// With ` - (Deleted)` at the end.
    pub name: String,
    pub position: i64,
    pub updated_at: Timestamp,
}

/// A stage of the sales pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DealStage {
    /// Its id.
    pub id: DealStageId,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its name.
    pub name: String,
    /// Its place in the pipeline, from 1; there may be gaps.
    pub position: i64,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// The data of a stage to be made.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct NewDealStage {
    pub name: String,
    /// Behind the last one where it is none.
    pub position: Option<i64>,
}

/// Changes to a stage: what is none stays.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct DealStageChange {
    pub name: Option<String>,
    pub position: Option<i64>,
}

impl DealStage {
    /// Makes a stage. Nothing tells of stages (W6).
    ///
    /// # Errors
    /// A blank name; a position below 1; a conflict when another stage has the position.
    pub fn create(world: &mut World, at: Timestamp, new: NewDealStage) -> Result<DealStageId, Refusal> {
        // A pipeline has a handful of stages: going through them all takes no index.
        let last = world.deal_stages.iter().map(|stage| stage.position).max().unwrap_or(0);
        let position = new.position.unwrap_or(last.saturating_add(1));
        check(Some(&new.name), Some(position))?;
        check_free(world, position, None)?;
        let id = world.ids.fresh();
        world.deal_stages.insert(Self { id, created_at: at, name: new.name, position, updated_at: at });
        Ok(id)
    }

    /// Changes a stage. Its deals stay as they are: they only refer to it.
    ///
    /// # Errors
    /// Not found; a blank name; a position below 1; a conflict when another stage has the position.
    pub fn change(world: &mut World, at: Timestamp, id: DealStageId, change: DealStageChange) -> Result<(), Refusal> {
        if !world.deal_stages.contains(id) {
            return Err(Refusal::NotFound);
        }
        check(change.name.as_deref(), change.position)?;
        if let Some(position) = change.position {
            check_free(world, position, Some(id))?;
        }
        world.deal_stages.amend(id, at, |stage| {
            set(&mut stage.name, change.name);
            set(&mut stage.position, change.position);
        });
        Ok(())
    }

    /// Removes a stage. Its deals, of which there may be any number in any state, keep what it was (E5).
    ///
    /// # Errors
    /// Not found.
    pub fn delete(world: &mut World, at: Timestamp, id: DealStageId) -> Result<(), Refusal> {
        let stage = world.deal_stages.remove(id).ok_or(Refusal::NotFound)?;
        let left = DeletedStage {
            created_at: stage.created_at,
            name: format!("{} - (Deleted)", stage.name),
            position: stage.position,
            updated_at: stage.updated_at,
        };
        for deal in ids_having(&world.deals, "stage_id", &id.into()) {
            Deal::amend(world, at, deal, |deal| deal.stage = Stage::Deleted(left.clone()));
        }
        Ok(())
    }
}

/// Refuses values that no stage has.
fn check(name: Option<&str>, position: Option<i64>) -> Result<(), Refusal> {
    let mut faults = Faults::default();
    name.iter().for_each(|name| faults.check_name(name));
    if position.is_some_and(|position| position < 1) {
        faults.add("/position", "Positions start at 1.");
    }
    faults.none()
}

/// Refuses a position that another stage has: positions rise along the pipeline (crm.yaml, Deals / Stages).
fn check_free(world: &World, position: i64, but: Option<DealStageId>) -> Result<(), Refusal> {
    match world.deal_stages.iter().find(|stage| stage.position == position && Some(stage.id) != but) {
        Some(other) => {
            Err(Refusal::conflict("", format!("The stage {} ({}) has position {position}.", other.id, other.name)))
        }
        None => Ok(()),
    }
}

impl Record for DealStage {
    record_fields!(id: DealStageId, created_at, updated_at);
    const POSITIONED: bool = true;

    fn position(&self) -> i64 {
        self.position
    }
}
