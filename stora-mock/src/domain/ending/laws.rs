//! What holds of every rental that ends, whenever it was cancelled and however.

use chrono::Days;
use proptest::prelude::*;

use super::*;
use crate::domain::booking::NewOrder;
use crate::domain::calendar::BillingPeriod;
use crate::domain::fixtures::{Shop, advance, at, line};
use crate::domain::invoice::Invoice;
use crate::domain::order::{OrderLineKind, StartsAt};
use crate::domain::order_lines::NewLine;
use crate::domain::unit;

/// The day that everything is counted from: booked then, and paid at noon.
const BOOKED: &str = "2026-01-28";

/// A life of a rental, with days counted from the booking.
#[derive(Debug, Clone, Copy)]
struct Life {
    period: BillingPeriod,
    price: i64,
    starts: i64,
    quantity: i64,
    zone: chrono_tz::Tz,
    /// Seconds from the booking to the cancellation.
    cancelled: i64,
    when: When,
    is_freed: bool,
    /// The unit that is locked, of those that there are.
    locked: Option<usize>,
}

#[derive(Debug, Clone, Copy)]
enum When {
    Immediately,
    EndOfTerm,
    /// So many days after the cancellation.
    After(u64),
}

fn any_life() -> impl Strategy<Value = Life> {
    let zones = [chrono_tz::Europe::London, chrono_tz::Pacific::Auckland, chrono_tz::America::New_York];
    let when = prop_oneof![
        1 => Just(When::Immediately),
        1 => Just(When::EndOfTerm),
        3 => (0u64..150).prop_map(When::After),
    ];
    let rental = (prop::sample::select(BillingPeriod::ALL.to_vec()), 0i64..100_000, -40i64..40, 1i64..4);
    let end = (0i64..200 * 86_400, when, any::<bool>(), prop::option::of(0usize..3));
    (rental, prop::sample::select(zones.to_vec()), end).prop_map(
        |((period, price, starts, quantity), zone, (cancelled, when, is_freed, locked))| Life {
            period,
            price,
            starts,
            quantity,
            zone,
            cancelled,
            when,
            is_freed,
            locked,
        },
    )
}

/// Lives it to the end, and for some time beyond.
fn live(life: Life) -> (Shop, SubscriptionId) {
    let mut shop = Shop::new();
    for label in ["A1", "A2", "A3"] {
        shop.add_unit(label);
    }
    shop.settings(|settings| {
        settings.time_zone = life.zone;
        settings.auto_deallocate = life.is_freed;
    });
    let start = at(BOOKED).plus_seconds(life.starts * 86_400);
    let unit_type =
        NewLine { quantity: life.quantity, price: Some(life.price), ..line(OrderLineKind::UnitType, shop.unit_type) };
    let id = shop.rent(
        BOOKED,
        NewOrder {
            billing_period: Some(life.period),
            starts_at: Some(StartsAt::At(start)),
            line_items: vec![unit_type],
            ..shop.booking(BOOKED)
        },
    );
    let now = at(BOOKED).plus_seconds(life.cancelled);
    advance(&mut shop.world, now);
    let when = match life.when {
        When::Immediately => CancelWhen::Immediately,
        When::EndOfTerm => CancelWhen::EndOfTerm,
        When::After(days) => CancelWhen::On(now.date_in(life.zone) + Days::new(days)),
    };
    shop.world.transact(|world| cancel(world, now, id, Cancellation::of(when))).unwrap();
    let nth = |shop: &Shop, place| shop.world.units.iter().nth(place).map(|unit| unit.id);
    if let Some(unit) = life.locked.and_then(|place| nth(&shop, place)) {
        // Refused where it is not occupied, and then nothing changes.
        let _ = shop.world.transact(|world| unit::overlock_one(world, now, unit));
    }
    advance(&mut shop.world, now.plus_seconds(600 * 86_400));
    (shop, id)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_rental_is_billed_up_to_its_end_and_leaves_nothing_behind(life in any_life()) {
        let (shop, id) = live(life);
        let (subscription, tenancy, zone) = rental(&shop.world, id).unwrap();
        let end = subscription.ends_at.unwrap();
        prop_assert_eq!(tenancy.ends_at, Some(end));
        let move_out = end.date_in(zone);
        let invoices: Vec<&Invoice> = shop.invoices(id);
        let periods: Vec<_> = invoices.iter().map(|invoice| invoice.period.unwrap()).collect();
        // M1: before the start, nothing was billed; else from the start on (B6).
        prop_assert_eq!(periods.is_empty(), !tenancy.started);
        for period in &periods {
            // M7: a period begins before the day of the move-out, save where the rental had begun on the very day that it was
            // cancelled, so that it was billed before.
            let was_billed_before = period.starts_at <= at(BOOKED).plus_seconds(life.cancelled);
            prop_assert!(period.starts_at.date_in(zone) < move_out || was_billed_before);
        }
        // They join without gap or overlap from the start to the end. What was billed before the cancellation may outlast it (M4),
        // and the day of the move-out is free (M6).
        for pair in periods.windows(2) {
            prop_assert_eq!(pair[0].ends_at, pair[1].starts_at);
        }
        if let (Some(first), Some(last)) = (periods.first(), periods.last()) {
            prop_assert_eq!(first.starts_at, subscription.starts_at);
            prop_assert!(last.ends_at.date_in(zone) >= move_out);
            prop_assert_eq!(subscription.current_period, Some(*last));
        }
        // M5: the last one is a part of the whole, the others are whole.
        for (k, invoice) in invoices.iter().enumerate() {
            let days = subscription.calendar().period(u32::try_from(k).unwrap());
            let period = invoice.period.unwrap();
            let billed = period.ends_at.date_in(zone).signed_duration_since(days.start).num_days();
            let share = (2 * i128::from(life.price) * i128::from(billed) + i128::from(days.days())) / (2 * i128::from(days.days()));
            prop_assert_eq!(i128::from(invoice.total), share * i128::from(life.quantity));
            prop_assert!(k + 1 == invoices.len() || billed == days.days());
        }
        // A24 to A26: no unit stays, unless it is locked or the switch is off.
        for unit in shop.world.units.iter().filter(|unit| unit.allocation.is_some()) {
            prop_assert!(!life.is_freed || unit.status == UnitStatus::Overlocked);
        }
        // S6, and nothing more is to come.
        prop_assert_eq!(shop.world.contacts.get(shop.contact).unwrap().status, ContactStatus::Churned);
        prop_assert_eq!(shop.world.next_due(), None);
    }
}
