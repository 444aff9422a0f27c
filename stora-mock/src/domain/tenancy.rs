//! Tenancies: who stores what where, from when to when.

use serde::{Deserialize, Serialize};

use super::calendar::daily_run;
use super::ids::{ContactId, OrderId, SiteId, SubscriptionId, TenancyId, UnitAllocationId};
use super::schedule::{self, Due, DueKind};
use super::time::Timestamp;
use super::unit::Unit;
use crate::store::{FacetValue, Record, World, record_fields};

/// The storage side of a rental.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tenancy {
    /// Its id.
    pub id: TenancyId,
    /// Who rents.
    pub contact: ContactId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends, once that is arranged (S1, M3).
    pub ends_at: Option<Timestamp>,
    /// The order it came of; none if staff made it (K4).
    pub order: Option<OrderId>,
    /// Where.
    pub site: SiteId,
    /// When it starts.
    pub starts_at: Timestamp,
    /// What bills for it.
    pub subscription: Option<SubscriptionId>,
    /// Its units' allocations, the oldest first.
    pub unit_allocations: Vec<UnitAllocationId>,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Whether its start has been carried out (S2).
    pub started: bool,
    /// What falls due in it.
    pub due: TenancyDue,
}

/// What falls due in a tenancy by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TenancyDue {
    /// Its start: 06:00 of the day (S2).
    pub start: Option<Timestamp>,
    /// Its end, together with that of its subscription: 23:59:59 of the day (M3, H8).
    pub end: Option<Timestamp>,
    /// That its units are freed: 23:59:59 of the day of the end (A24, H8).
    pub deallocation: Option<Timestamp>,
}

impl Tenancy {
    /// Whether it has started: its start was carried out, or it is 06:00 on the day of the start at its site, whatever hour
    /// `starts_at` names (S2).
    pub fn has_started(&self, world: &World, now: Timestamp) -> bool {
        let zone = world.sites.get(self.site).map(|site| site.settings.time_zone);
        let start = zone.map_or(self.starts_at, |zone| daily_run(self.starts_at.date_in(zone), zone));
        self.started || start <= now
    }

    /// Its units, in the order in which they were allocated.
    pub fn units<'w>(&'w self, world: &'w World) -> impl Iterator<Item = &'w Unit> {
        self.unit_allocations.iter().filter_map(|id| world.units.get(world.unit_allocations.get(*id)?.unit))
    }

    /// Whether it has ended.
    pub fn ended(&self, now: Timestamp) -> bool {
        self.ends_at.is_some_and(|end| end <= now)
    }
}

impl Record for Tenancy {
    record_fields!(id: TenancyId, created_at, updated_at);

    fn facets(&self, add: &mut dyn FnMut(&'static str, FacetValue)) {
        add("contact_id", self.contact.into());
        add("site_id", self.site.into());
    }

    fn dues(&self, add: &mut dyn FnMut(Due)) {
        let TenancyDue { start, end, deallocation } = self.due;
        let planned = [(start, DueKind::Start), (end, DueKind::End), (deallocation, DueKind::Deallocation)];
        schedule::each(self.site, planned, add);
    }
}

#[cfg(test)]
mod tests {
    use super::super::inventory_fixtures::{Business, moment};
    use super::*;

    #[test]
    fn a_tenancy_starts_at_six_on_its_day_at_the_site_whatever_hour_it_names() {
        let mut business = Business::new();
        let tenancy = business.tenancy("2026-07-14T16:00:00Z");
        let mut world = business.world;
        world.sites.update(business.site, |site| site.settings.time_zone = chrono_tz::America::New_York);
        let started = |world: &World, at| world.tenancies.get(tenancy).unwrap().has_started(world, moment(at));
        assert!(!started(&world, "2026-07-14T09:59:59Z"));
        assert!(started(&world, "2026-07-14T10:00:00Z"));
        world.tenancies.update(tenancy, |tenancy| tenancy.started = true);
        assert!(started(&world, "2026-07-01T00:00:00Z"));
    }
}
