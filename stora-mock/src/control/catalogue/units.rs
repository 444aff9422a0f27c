//! Units, and what staff do to them.

use schemars::JsonSchema;
use serde::Deserialize;
use stora_client::types;

use crate::api::body_id;
use crate::contract::Method::{Patch, Post};
use crate::control::handle::{Make, known};
use crate::control::route::{Route, Tag, route};
use crate::control::{ControlError, OperatorControl};
use crate::domain::ids::UnitId;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::unit::{self, NewUnit, Unit, UnitChange};
use crate::store::World;

/// A unit to make.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateUnit {
    /// Its type, whose site is its site too.
    pub unit_type_id: String,
    /// The operator's own label, unique within the site.
    pub reference_id: String,
}

/// Changes to a unit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeUnit {
    /// Another type at the same site.
    pub unit_type_id: Option<String>,
    /// Another label.
    pub reference_id: Option<String>,
}

type UnitAct = fn(&mut World, Timestamp, UnitId) -> Result<(), Refusal>;

pub(super) fn routes() -> Vec<Route> {
    let mut routes =
        vec![
            route(Post, "/units", "unit_create", Tag::Units, "Makes a unit.").takes::<CreateUnit>().status(201).record(
                "unit",
                "Unit",
                |operator, _, new| operator.create_unit(new),
            ),
            route(Patch, "/units/{unit_id}", "unit_update", Tag::Units, "Changes a unit.")
                .takes::<ChangeUnit>()
                .record("unit", "Unit", |operator, input, change| operator.change_unit(input.param("unit_id"), change)),
        ];
    let acts: [(&str, &str, &str, UnitAct); 7] = [
        (
            "/units/{unit_id}/deallocate",
            "unit_deallocate",
            "Takes a reserved or occupied unit away from its tenancy.",
            unit::deallocate,
        ),
        (
            "/units/{unit_id}/take_offline",
            "unit_take_offline",
            "Takes an available unit out of use.",
            unit::take_offline,
        ),
        (
            "/units/{unit_id}/bring_back",
            "unit_bring_back",
            "Brings an unavailable unit back into use.",
            unit::bring_back,
        ),
        ("/units/{unit_id}/overlock", "unit_overlock", "Overlocks one occupied unit.", unit::overlock_one),
        (
            "/units/{unit_id}/remove_overlock",
            "unit_remove_overlock",
            "Lifts the overlock from one unit.",
            unit::remove_overlock_one,
        ),
        (
            "/units/{unit_id}/repossess",
            "unit_repossess",
            "Takes an overlocked unit back from its tenant.",
            unit::repossess,
        ),
        ("/units/{unit_id}/clear", "unit_clear", "Clears a repossessed unit.", unit::clear),
    ];
    routes.extend(acts.map(|(path, id, summary, act)| {
        route(Post, path, id, Tag::Units, summary)
            .record("unit", "Unit", move |operator, input, ()| operator.act_on_unit(input.param("unit_id"), act))
    }));
    routes
}

impl OperatorControl {
    /// Makes a unit. It is available.
    ///
    /// # Errors
    /// Values that cannot be; a conflict when another unit of the site has the label.
    pub fn create_unit(&self, new: CreateUnit) -> Result<types::Unit, ControlError> {
        self.make(new)
    }

    /// Changes a unit.
    ///
    /// # Errors
    /// Not found; otherwise as on creation.
    pub fn change_unit(&self, id: &str, change: ChangeUnit) -> Result<types::Unit, ControlError> {
        self.act_on::<Unit>(|world, now| {
            let id = known(id)?;
            let unit_type = change.unit_type_id.map(|id| body_id(&id, "/unit_type_id")).transpose()?;
            Unit::change(world, now, id, UnitChange { unit_type, reference_id: change.reference_id })?;
            Ok(id)
        })
    }

    /// Staff take an available unit out of use.
    ///
    /// # Errors
    /// Not found; a conflict in any other state (U1).
    pub fn take_unit_offline(&self, id: &str) -> Result<types::Unit, ControlError> {
        self.act_on_unit(id, unit::take_offline)
    }

    /// Staff bring an unavailable unit back into use.
    ///
    /// # Errors
    /// Not found; a conflict in any other state (U1).
    pub fn bring_unit_back(&self, id: &str) -> Result<types::Unit, ControlError> {
        self.act_on_unit(id, unit::bring_back)
    }

    /// Staff overlock one occupied unit. No payment lifts that (A21).
    ///
    /// # Errors
    /// Not found; a conflict in any other state (U1).
    pub fn overlock_unit(&self, id: &str) -> Result<types::Unit, ControlError> {
        self.act_on_unit(id, unit::overlock_one)
    }

    /// Staff lift the overlock from one unit.
    ///
    /// # Errors
    /// Not found; a conflict in any other state (U1).
    pub fn remove_overlock_from_unit(&self, id: &str) -> Result<types::Unit, ControlError> {
        self.act_on_unit(id, unit::remove_overlock_one)
    }

    /// Staff take an overlocked unit back from a tenant who did not pay.
    ///
    /// # Errors
    /// Not found; a conflict in any other state (U1).
    pub fn repossess_unit(&self, id: &str) -> Result<types::Unit, ControlError> {
        self.act_on_unit(id, unit::repossess)
    }

    /// Staff take a reserved or occupied unit away from its tenancy, which goes on (A27).
    ///
    /// # Errors
    /// Not found; a conflict in any other state (U1).
    pub fn deallocate_unit(&self, id: &str) -> Result<types::Unit, ControlError> {
        self.act_on_unit(id, unit::deallocate)
    }

    /// Staff clear a repossessed unit, which takes it away from its tenancy.
    ///
    /// # Errors
    /// Not found; a conflict in any other state (U1).
    pub fn clear_unit(&self, id: &str) -> Result<types::Unit, ControlError> {
        self.act_on_unit(id, unit::clear)
    }

    fn act_on_unit(&self, id: &str, act: UnitAct) -> Result<types::Unit, ControlError> {
        self.act_on::<Unit>(|world, now| {
            let id = known(id)?;
            act(world, now, id)?;
            Ok(id)
        })
    }
}

impl Make for CreateUnit {
    type Made = Unit;

    fn make(self, world: &mut World, at: Timestamp) -> Result<UnitId, ControlError> {
        let unit_type = body_id(&self.unit_type_id, "/unit_type_id")?;
        Ok(Unit::create(world, at, NewUnit { unit_type, reference_id: self.reference_id })?)
    }
}
