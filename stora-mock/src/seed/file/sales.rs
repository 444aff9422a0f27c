//! Deals, tasks and notes in seed files.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::api::body_id;
use crate::control::{ControlError, Make};
use crate::domain::deal::{Deal, DealLine, DealLineKind, NewDeal};
use crate::domain::ids::{AnyId, DealId, Id, NoteId, StaffId, TaskId};
use crate::domain::note::{NewNote, Note};
use crate::domain::refusal::Refusal;
use crate::domain::task::{NewTask, Task};
use crate::domain::time::Timestamp;
use crate::store::World;

/// A deal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeedDeal {
    /// Its name.
    name: String,
    /// Who made it: a member of staff.
    creator_id: String,
    /// Who may rent.
    contact_id: String,
    /// Where it stands in the pipeline.
    stage_id: String,
    /// How it ended; open where this is left out.
    outcome: Option<DealOutcome>,
    /// Why it was lost: any token.
    lost_reason: Option<String>,
    /// Who sees to it: a member of staff.
    assignee_id: Option<String>,
    /// Where.
    site_id: Option<String>,
    /// The unit type that may be rented.
    unit_type_id: Option<String>,
    /// The protection level that may be rented with it.
    protection_level_id: Option<String>,
    /// A note.
    note: Option<String>,
    /// The move-in date that the prospect has in mind.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    starts_at: Option<Timestamp>,
    /// The integrator's own pairs.
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

/// How a deal ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DealOutcome {
    /// It led to a rental.
    Won,
    /// It led to nothing.
    Lost,
}

/// A task.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeedTask {
    /// What is to be done.
    title: String,
    /// Who made it: a member of staff.
    creator_id: String,
    /// What is to be done, at length.
    description: Option<String>,
    /// Until when.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    due_at: Option<Timestamp>,
    /// Where.
    site_id: Option<String>,
    /// Who sees to it: a member of staff.
    assignee_id: Option<String>,
    /// What it is about.
    resource_id: Option<String>,
    /// Whether it is done.
    #[serde(default)]
    completed: bool,
    /// The integrator's own pairs.
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

/// A note.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeedNote {
    /// What it says.
    content: String,
    /// Who made it: a member of staff.
    creator_id: String,
    /// What it is on.
    resource_id: String,
    /// The integrator's own pairs.
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

impl Make for SeedDeal {
    type Made = Deal;

    fn make(self, world: &mut World, at: Timestamp) -> Result<DealId, ControlError> {
        let creator = staff(world, &self.creator_id)?;
        let line = |kind, id: Option<String>, pointer: &str| {
            id.map(|id| Ok::<_, Refusal>(DealLine { kind, item: any(&id, pointer)? })).transpose()
        };
        let protection = line(DealLineKind::Protection, self.protection_level_id, "/protection_level_id")?;
        let unit_type = line(DealLineKind::UnitType, self.unit_type_id, "/unit_type_id")?;
        let new = NewDeal {
            name: self.name,
            contact: body_id(&self.contact_id, "/contact_id")?,
            stage: body_id(&self.stage_id, "/stage_id")?,
            line_items: protection.into_iter().chain(unit_type).collect(),
            assignee: optional(self.assignee_id.as_deref(), "/assignee_id")?,
            site: optional(self.site_id.as_deref(), "/site_id")?,
            note: self.note,
            starts_at: self.starts_at,
            metadata: self.metadata,
        };
        let id = Deal::create(world, at, creator, new).map_err(|refusal| ControlError::from(refusal).naming_ids())?;
        match self.outcome {
            Some(DealOutcome::Won) => Deal::win(world, at, id)?,
            Some(DealOutcome::Lost) => {
                let reason =
                    self.lost_reason.ok_or_else(|| Refusal::invalid("/lost_reason", "A lost deal has this."))?;
                Deal::lose(world, at, id, reason)?;
            }
            None => {}
        }
        Ok(id)
    }
}

impl Make for SeedTask {
    type Made = Task;

    fn make(self, world: &mut World, at: Timestamp) -> Result<TaskId, ControlError> {
        let creator = staff(world, &self.creator_id)?;
        let new = NewTask {
            title: self.title,
            description: self.description,
            due_at: self.due_at,
            site: optional(self.site_id.as_deref(), "/site_id")?,
            assignee: optional(self.assignee_id.as_deref(), "/assignee_id")?,
            resource: self.resource_id.as_deref().map(|id| any(id, "/resource_id")).transpose()?,
            metadata: self.metadata,
        };
        let id = Task::create(world, at, creator, new).map_err(|refusal| ControlError::from(refusal).naming_ids())?;
        if self.completed {
            Task::complete(world, at, id)?;
        }
        Ok(id)
    }
}

impl Make for SeedNote {
    type Made = Note;

    fn make(self, world: &mut World, at: Timestamp) -> Result<NoteId, ControlError> {
        let creator = staff(world, &self.creator_id)?;
        let resource = any(&self.resource_id, "/resource_id")?;
        let new = NewNote { content: self.content, resource, metadata: self.metadata };
        Note::create(world, at, creator, new).map_err(|refusal| ControlError::from(refusal).naming_ids())
    }
}

/// The member of staff who made a record.
fn staff(world: &World, id: &str) -> Result<AnyId, Refusal> {
    let staff: StaffId = body_id(id, "/creator_id")?;
    if !world.staff.contains(staff) {
        return Err(Refusal::unknown("/creator_id", staff));
    }
    Ok(staff.any())
}

fn optional<I: Id>(id: Option<&str>, pointer: &str) -> Result<Option<I>, Refusal> {
    id.map(|id| body_id(id, pointer)).transpose()
}

fn any(id: &str, pointer: &str) -> Result<AnyId, Refusal> {
    AnyId::parse(id).ok_or_else(|| Refusal::invalid(pointer, format!("There is no record with the key or id `{id}`.")))
}
