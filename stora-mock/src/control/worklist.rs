//! What is left to staff: rentals that want units, and units that tenants have left behind (X6).

use schemars::JsonSchema;
use serde::Serialize;

use super::OperatorControl;
use super::route::{Route, Tag, route};
use crate::contract::Method::Get;
use crate::domain::time::Timestamp;
use crate::domain::unit::UnitStatus;
use crate::domain::worklist;

/// Tenancies to which units are to be allocated (A7, A8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MoveIns {
    /// The one that starts first comes first.
    pub move_ins: Vec<MoveIn>,
}

/// A tenancy that runs or is to come with fewer units than it is billed for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MoveIn {
    /// The tenancy.
    pub tenancy_id: String,
    /// Who rents.
    pub contact_id: String,
    /// Where.
    pub site_id: String,
    /// When it starts, or did.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub starts_at: Timestamp,
    /// Whether it has started.
    pub started: bool,
    /// How many units it is billed for.
    pub wanted: i64,
    /// How many units it has.
    pub allocated: i64,
}

/// Tenancies whose units are to be deallocated (A25, A26).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MoveOuts {
    /// The one that ended first comes first.
    pub move_outs: Vec<MoveOut>,
}

/// A tenancy that has ended and has units still.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MoveOut {
    /// The tenancy.
    pub tenancy_id: String,
    /// Who rented.
    pub contact_id: String,
    /// Where.
    pub site_id: String,
    /// When it ended.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub ended_at: Timestamp,
    /// Its units.
    pub units: Vec<UnitLeft>,
}

/// A unit that a tenant has left behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UnitLeft {
    /// The unit.
    pub unit_id: String,
    /// Its state.
    pub status: UnitStatus,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Get, "/move_ins", "move_in_list", Tag::MoveIns, "Lists the rentals that units are to be allocated to.")
            .operator(|operator, _, ()| Ok(operator.move_ins())),
        route(Get, "/move_outs", "move_out_list", Tag::MoveOuts, "Lists the rentals that have ended with units left.")
            .operator(|operator, _, ()| Ok(operator.move_outs())),
    ]
}

impl OperatorControl {
    /// The tenancies that run or are to come with fewer units than they are billed for (A7, A8).
    pub fn move_ins(&self) -> MoveIns {
        let world = self.operator.read();
        let now = self.operator.clock.now();
        let move_in = |it: worklist::MoveIn| {
            let tenancy = world.tenancies.get(it.tenancy)?;
            Some(MoveIn {
                tenancy_id: tenancy.id.to_string(),
                contact_id: tenancy.contact.to_string(),
                site_id: tenancy.site.to_string(),
                starts_at: tenancy.starts_at,
                started: tenancy.started,
                wanted: it.wanted,
                allocated: it.allocated,
            })
        };
        MoveIns { move_ins: worklist::move_ins(&world, now).into_iter().filter_map(move_in).collect() }
    }

    /// The tenancies that have ended with units that were not freed by themselves (A25, A26).
    pub fn move_outs(&self) -> MoveOuts {
        let world = self.operator.read();
        let now = self.operator.clock.now();
        let unit_left = |id| {
            let unit = world.units.get(id)?;
            Some(UnitLeft { unit_id: unit.id.to_string(), status: unit.status })
        };
        let move_out = |it: worklist::MoveOut| {
            let tenancy = world.tenancies.get(it.tenancy)?;
            Some(MoveOut {
                tenancy_id: tenancy.id.to_string(),
                contact_id: tenancy.contact.to_string(),
                site_id: tenancy.site.to_string(),
                ended_at: tenancy.ends_at?,
                units: it.units.into_iter().filter_map(unit_left).collect(),
            })
        };
        MoveOuts { move_outs: worklist::move_outs(&world, now).into_iter().filter_map(move_out).collect() }
    }
}
