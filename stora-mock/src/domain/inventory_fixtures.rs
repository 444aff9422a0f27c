//! A small business for tests: a site with one unit type, units, and tenancies.

use super::contact::{Contact, NewContact};
use super::event::Event;
pub(super) use super::fixtures::moment;
use super::ids::{ContactId, SiteId, TenancyId, UnitAllocationId, UnitId, UnitTypeId};
use super::refusal::Refusal;
use super::settings::Settings;
use super::site::{NewSite, Site, SiteAddress};
use super::tenancy::{Tenancy, TenancyDue};
use super::time::Timestamp;
use super::unit::{NewUnit, Unit, UnitAllocation, UnitStatus};
use super::unit_type::{NewUnitType, UnitType};
use crate::store::World;

/// What the tests take for now: a Monday morning.
pub(super) const NOW: &str = "2026-03-02T10:00:00Z";

/// A start that is still to come.
pub(super) const LATER: &str = "2026-03-09T09:00:00Z";

/// A business with one site, one unit type and one contact.
pub(super) struct Business {
    pub(super) world: World,
    pub(super) at: Timestamp,
    pub(super) site: SiteId,
    pub(super) unit_type: UnitTypeId,
    pub(super) contact: ContactId,
}

/// An address, whichever.
pub(super) fn address() -> SiteAddress {
    SiteAddress { city: "Hull".into(), line_1: "1 Dock Road".into(), line_2: None, postal_code: "HU1 1AA".into() }
}

impl Business {
    pub(super) fn new() -> Self {
        let (mut world, at) = (World::new(Settings::named("Test"), 1), moment(NOW));
        let site = Site::create(&mut world, at, NewSite::named("Hull", address())).unwrap();
        let unit_type = UnitType::create(&mut world, at, NewUnitType::named(site, "25 sq ft")).unwrap();
        let new = NewContact { email: "a@example.com".into(), ..NewContact::default() };
        let contact = Contact::create(&mut world, at, new).unwrap();
        Self { world, at, site, unit_type, contact }
    }

    /// Units with these labels.
    pub(super) fn units<const N: usize>(&mut self, labels: [&str; N]) -> [UnitId; N] {
        let unit_type = self.unit_type;
        labels.map(|label| {
            Unit::create(&mut self.world, self.at, NewUnit { unit_type, reference_id: label.to_owned() }).unwrap()
        })
    }

    /// A tenancy of the contact at the site, from this instant on.
    pub(super) fn tenancy(&mut self, starts_at: &str) -> TenancyId {
        self.tenancy_of(self.contact, self.site, starts_at)
    }

    /// A tenancy of any contact at any site.
    pub(super) fn tenancy_of(&mut self, contact: ContactId, site: SiteId, starts_at: &str) -> TenancyId {
        let id = self.world.ids.fresh();
        self.world.tenancies.insert(Tenancy {
            id,
            contact,
            created_at: self.at,
            ends_at: None,
            order: None,
            site,
            starts_at: moment(starts_at),
            subscription: None,
            unit_allocations: Vec::new(),
            updated_at: self.at,
            started: false,
            due: TenancyDue::default(),
        });
        id
    }

    /// Another site with a unit type and a unit.
    pub(super) fn elsewhere(&mut self) -> (SiteId, UnitId) {
        let site = Site::create(&mut self.world, self.at, NewSite::named("York", address())).unwrap();
        let unit_type = UnitType::create(&mut self.world, self.at, NewUnitType::named(site, "25 sq ft")).unwrap();
        let new = NewUnit { unit_type, reference_id: "A1".into() };
        (site, Unit::create(&mut self.world, self.at, new).unwrap())
    }

    /// Carries out an act as a request does: whole or not at all.
    pub(super) fn act<R>(
        &mut self,
        act: impl FnOnce(&mut World, Timestamp) -> Result<R, Refusal>,
    ) -> Result<(R, Vec<Event>), Refusal> {
        let at = self.at;
        self.world.transact(|world| act(world, at))
    }

    /// The names of the events of an act that must not be refused.
    pub(super) fn events<R>(
        &mut self,
        act: impl FnOnce(&mut World, Timestamp) -> Result<R, Refusal>,
    ) -> Vec<&'static str> {
        self.act(act).unwrap().1.iter().map(|event| event.kind.as_str()).collect()
    }

    /// The rule and the words of the conflict that an act must end in, with nothing changed.
    pub(super) fn conflict<R: std::fmt::Debug>(
        &mut self,
        act: impl FnOnce(&mut World, Timestamp) -> Result<R, Refusal>,
    ) -> (&'static str, String) {
        let before = self.snapshot();
        match self.act(act).unwrap_err() {
            Refusal::Conflict { rule, reason } => {
                assert_eq!(self.snapshot(), before, "a refused act changed something");
                (rule, reason)
            }
            other => panic!("no conflict: {other:?}"),
        }
    }

    /// All that there is, in words.
    pub(super) fn snapshot(&self) -> String {
        serde_json::to_string(&self.world).unwrap()
    }

    pub(super) fn unit(&self, id: UnitId) -> &Unit {
        self.world.units.get(id).unwrap()
    }

    pub(super) fn status(&self, id: UnitId) -> UnitStatus {
        self.unit(id).status
    }

    /// The allocation of a unit that has one.
    pub(super) fn allocation(&self, unit: UnitId) -> &UnitAllocation {
        let id: UnitAllocationId = self.unit(unit).allocation.unwrap();
        self.world.unit_allocations.get(id).unwrap()
    }
}
