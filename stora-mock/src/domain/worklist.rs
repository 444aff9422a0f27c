//! What is left to staff: rentals that want units, and units that tenants have left behind (A8, A25, A26).

use super::ids::{TenancyId, UnitId};
use super::rental::unit_lines;
use super::subscription::Subscription;
use super::tenancy::Tenancy;
use super::time::Timestamp;
use crate::store::World;

/// A tenancy that has fewer units than it is billed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MoveIn {
    /// The tenancy, which runs or is to come.
    pub tenancy: TenancyId,
    /// How many units its subscription bills.
    pub wanted: i64,
    /// How many units it has.
    pub allocated: i64,
}

/// A tenancy that has ended and has units still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveOut {
    /// The tenancy.
    pub tenancy: TenancyId,
    /// Its units, in the order in which they were allocated.
    pub units: Vec<UnitId>,
}

/// The tenancies to which units are to be allocated: those that run or are to come with fewer units than they are billed for, be it
/// that the switch of the site is off (A8) or that there were too few units (A7). The one that starts first comes first.
pub fn move_ins(world: &World, now: Timestamp) -> Vec<MoveIn> {
    let of = |tenancy: &Tenancy| {
        let subscription = world.subscriptions.get(tenancy.subscription?)?;
        let wanted = units_billed(subscription);
        let allocated = i64::try_from(tenancy.unit_allocations.len()).unwrap_or(i64::MAX);
        (allocated < wanted).then_some((tenancy.starts_at, MoveIn { tenancy: tenancy.id, wanted, allocated }))
    };
    let mut found: Vec<_> = world.tenancies.iter().filter(|tenancy| !tenancy.ended(now)).filter_map(of).collect();
    found.sort_by_key(|(starts_at, _)| *starts_at);
    found.into_iter().map(|(_, move_in)| move_in).collect()
}

/// The tenancies whose units are to be deallocated: those that have ended with units that were not freed by themselves, be it that
/// they are locked (A25) or that the switch of the site is off (A26). The one that ended first comes first.
pub fn move_outs(world: &World, now: Timestamp) -> Vec<MoveOut> {
    // Where the end of the day is still to come, it is open what will be left.
    let is_left = |tenancy: &&Tenancy| {
        tenancy.ended(now) && tenancy.due.deallocation.is_none() && !tenancy.unit_allocations.is_empty()
    };
    let mut found: Vec<&Tenancy> = world.tenancies.iter().filter(is_left).collect();
    found.sort_by_key(|tenancy| tenancy.ends_at);
    let left =
        |tenancy: &Tenancy| MoveOut { tenancy: tenancy.id, units: tenancy.units(world).map(|unit| unit.id).collect() };
    found.into_iter().map(left).collect()
}

fn units_billed(subscription: &Subscription) -> i64 {
    unit_lines(subscription).fold(0, |sum, line| sum.saturating_add(line.quantity))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::completion::{PayOutcome, pay};
    use crate::domain::ending::{CancelWhen, Cancellation, cancel};
    use crate::domain::fixtures::{Shop, advance, at};
    use crate::domain::ids::Id;
    use crate::domain::notice::NoticeKind;
    use crate::domain::order_lines::NewLine;
    use crate::domain::unit;

    fn notices(world: &World, kind: NoticeKind) -> usize {
        world.notices.iter().filter(|notice| notice.kind == kind).count()
    }

    #[test]
    fn with_the_switch_off_nothing_is_allocated_and_the_rental_is_listed_until_someone_does() {
        // A8
        let mut shop = Shop::new();
        shop.add_unit("A1");
        shop.settings(|settings| settings.auto_reserve = false);
        let later = shop.rent("2026-03-02", shop.booking("2026-03-14"));
        let now = shop.rent("2026-03-02", shop.booking("2026-03-02"));
        let tenancy = |id| shop.subscription(id).tenancy;
        let move_in = |tenancy| MoveIn { tenancy, wanted: 1, allocated: 0 };
        let (first, second) = (tenancy(now), tenancy(later));
        assert_eq!(move_ins(&shop.world, at("2026-03-02")), [move_in(first), move_in(second)]);
        assert_eq!(notices(&shop.world, NoticeKind::UnitsMissing), 0);
        let unit = shop.world.units.iter().next().unwrap().id;
        unit::grant_access(&mut shop.world, at("2026-03-02"), unit, first).unwrap();
        assert_eq!(move_ins(&shop.world, at("2026-03-02")), [move_in(second)]);
        cancel(&mut shop.world, at("2026-03-02"), later, Cancellation::of(CancelWhen::Immediately)).unwrap();
        assert_eq!(move_ins(&shop.world, at("2026-03-02")), []);
    }

    #[test]
    fn of_too_few_units_those_are_taken_that_there_are_and_staff_are_told_of_the_rest() {
        // A7
        let mut shop = Shop::new();
        shop.add_unit("A1");
        let mut booking = shop.booking("2026-03-14");
        booking.line_items =
            booking.line_items.into_iter().map(|line: NewLine| NewLine { quantity: 3, ..line }).collect();
        let id = shop.order("2026-03-02", booking).unwrap();
        pay(&mut shop.world, at("2026-03-02"), id, PayOutcome::Succeed, None).unwrap();
        let tenancy = shop.world.orders.get(id).unwrap().tenancy.unwrap();
        assert_eq!(move_ins(&shop.world, at("2026-03-02")), [MoveIn { tenancy, wanted: 3, allocated: 1 }]);
        let told: Vec<_> = shop.world.notices.iter().filter(|it| it.kind == NoticeKind::UnitsMissing).collect();
        assert_eq!(told.iter().map(|it| (it.to, it.about)).collect::<Vec<_>>(), [(None, tenancy.any())]);
    }

    #[test]
    fn units_left_behind_are_listed_until_staff_clear_and_deallocate_them() {
        // A25, A26
        let mut shop = Shop::new();
        shop.add_unit("A1");
        shop.add_unit("A2");
        let mut booking = shop.booking("2026-03-02");
        booking.line_items[0].quantity = 2;
        let id = shop.rent("2026-03-02", booking);
        let (tenancy, units) =
            (shop.subscription(id).tenancy, [1, 0].map(|i| shop.world.units.iter().nth(i).unwrap().id));
        let day = at("2026-03-10");
        unit::overlock_one(&mut shop.world, day, units[0]).unwrap();
        unit::repossess(&mut shop.world, day, units[0]).unwrap();
        shop.settings(|settings| settings.auto_deallocate = false);
        cancel(&mut shop.world, day, id, Cancellation::of(CancelWhen::Immediately)).unwrap();
        assert_eq!(move_outs(&shop.world, day), [], "the day is not over");
        advance(&mut shop.world, at("2026-03-11"));
        let left = |units: &[UnitId]| [MoveOut { tenancy, units: units.to_vec() }];
        assert_eq!(move_outs(&shop.world, at("2026-03-11")), left(&units));
        assert_eq!(notices(&shop.world, NoticeKind::UnitsToDeallocate), 1);
        unit::deallocate(&mut shop.world, day, units[1]).unwrap();
        assert_eq!(move_outs(&shop.world, at("2026-03-11")), left(&units[..1]));
        unit::clear(&mut shop.world, day, units[0]).unwrap();
        assert_eq!(move_outs(&shop.world, at("2026-03-11")), []);
    }
}
