//! Orders of the demo business that nothing came of, or not yet.

use crate::domain::booking::{NewOrder, OrderChange};
use crate::domain::completion::{PayOutcome, abandon, pay};
use crate::domain::order::{Order, StartsAt};

use super::agenda::Agenda;
use super::catalogue::Catalogue;
use super::life::Rental;
use super::people::{People, Person};

/// How far an order came.
#[derive(Clone, Copy)]
enum Reached {
    /// A site and nothing else.
    Begun,
    /// All that is needed, and still a draft.
    Drafted,
    /// Waits for its payment.
    Finalized,
    /// Waits for its payment after a card was declined.
    Declined,
    /// Called off as a draft.
    Dropped,
    /// Called off after it was finalized.
    Abandoned,
}

const ORDERS: [(i64, Reached); 9] = [
    (-120, Reached::Abandoned),
    (-75, Reached::Dropped),
    (-40, Reached::Abandoned),
    (-9, Reached::Finalized),
    (-6, Reached::Drafted),
    (-4, Reached::Declined),
    (-2, Reached::Begun),
    (-2, Reached::Finalized),
    (-1, Reached::Drafted),
];

/// Plans them. Leads make them.
pub(super) fn plan(agenda: &mut Agenda, catalogue: &Catalogue, people: &People) {
    for (number, (day, reached)) in ORDERS.into_iter().enumerate() {
        let met = |person: &&Person| person.met < day;
        let Some(person) = people.leads.iter().filter(met).nth(number) else { continue };
        let Some(offer) = catalogue.types.get(number) else { continue };
        let mut rental = Rental::new(*person, catalogue.sites[offer.site], offer.unit_type, day + 14);
        rental.protection = Some(catalogue.levels[number % 2]);
        rental.coupon = number.is_multiple_of(4).then_some(catalogue.coupons.half_price);
        rental.contract_template = Some(catalogue.contract_templates[0]);
        let new = rental.order(agenda);
        agenda.plan_act((day, 13), move |world, at| match reached {
            Reached::Begun => {
                let begun = NewOrder {
                    contact: None,
                    billing_period: None,
                    starts_at: None,
                    line_items: Vec::new(),
                    coupon: None,
                    finalize: None,
                    ..new
                };
                Order::create(world, at, begun).map(drop)
            }
            Reached::Drafted => {
                let id = Order::create(world, at, NewOrder { finalize: None, ..new })?;
                let change = OrderChange { starts_at: Some(Some(StartsAt::Now)), ..OrderChange::default() };
                Order::change(world, at.plus_seconds(300), id, change)
            }
            Reached::Finalized => Order::create(world, at, new).map(drop),
            Reached::Declined => {
                let id = Order::create(world, at, new)?;
                pay(world, at.plus_seconds(600), id, PayOutcome::Decline, None).map(drop)
            }
            Reached::Dropped => {
                let id = Order::create(world, at, NewOrder { finalize: None, ..new })?;
                abandon(world, at.plus_seconds(3_600), id)
            }
            Reached::Abandoned => {
                let id = Order::create(world, at, new)?;
                abandon(world, at.plus_seconds(7_200), id)
            }
        });
    }
}
