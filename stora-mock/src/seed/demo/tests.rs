//! What holds of the demo business, whatever the seed and the day.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::domain::contact::{ContactStatus, IdentityCheckStatus};
use crate::domain::contract::ContractStatus;
use crate::domain::coupon::CouponDuration;
use crate::domain::credit_note::CreditNoteKind;
use crate::domain::deal::{DealStatus, Stage};
use crate::domain::identity_verification::VerificationStatus;
use crate::domain::ids::AnyId;
use crate::domain::invoice::{AttemptOutcome, InvoicePurpose, InvoiceStatus};
use crate::domain::order::{OrderSource, OrderStatus, PaymentMethod};
use crate::domain::product::ChargeType;
use crate::domain::subscription::Subscription;
use crate::domain::task::TaskStatus;
use crate::domain::time::Timestamp;
use crate::domain::unit::UnitStatus;
use crate::domain::unit_type::UnitTypeStatus;
use crate::domain::webhook_endpoint::EndpointStatus;
use crate::seed::{DEMO_TOKEN, demo, empty};
use crate::store::{Record, Table, World};

const NOW: &str = "2026-07-15T13:24:05Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn world() -> World {
    demo(1, at(NOW))
}

fn json(world: &World) -> Value {
    serde_json::to_value(world).unwrap()
}

/// Calls `visit` with every text of a document and the name of the member that it is the value of.
fn texts(value: &Value, name: &str, visit: &mut impl FnMut(&str, &str)) {
    match value {
        Value::String(text) => visit(name, text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, name, visit)),
        Value::Object(members) => members.iter().for_each(|(name, value)| texts(value, name, visit)),
        _ => {}
    }
}

/// How many rows there are of each kind that `kind` tells apart.
fn counts<T: Record, K: Ord>(table: &Table<T>, kind: impl Fn(&T) -> K) -> BTreeMap<K, usize> {
    let mut counts = BTreeMap::new();
    table.iter().for_each(|row| *counts.entry(kind(row)).or_default() += 1);
    counts
}

/// Asserts that every value of a set of words is there, but for some.
macro_rules! assert_all {
    ($table:expr, |$row:ident| $kind:expr, $words:ty $(, but $($except:path)|+)?) => {
        let found = counts(&$table, |$row| $kind);
        for word in <$words>::ALL {
            let is_excepted = false $(|| matches!(word, $($except)|+))?;
            assert_eq!(found.contains_key(word), !is_excepted, "{word}");
        }
    };
}

#[test]
fn every_state_of_every_machine_is_there() {
    let world = world();
    assert_all!(world.units, |unit| unit.status, UnitStatus);
    assert_all!(world.unit_types, |unit_type| unit_type.status, UnitTypeStatus);
    assert_all!(world.contacts, |contact| contact.status, ContactStatus);
    assert_all!(world.contacts, |contact| contact.identity_check.status, IdentityCheckStatus);
    assert_all!(world.orders, |order| order.status, OrderStatus);
    assert_all!(world.orders, |order| order.source, OrderSource);
    assert_all!(world.invoices, |invoice| invoice.status, InvoiceStatus);
    // Changes within a period make prorations, and no act of the domain makes them yet.
    assert_all!(world.invoices, |invoice| invoice.collection.purpose, InvoicePurpose, but InvoicePurpose::Proration);
    assert_all!(world.invoices, |invoice| invoice.collection.method, PaymentMethod);
    assert_all!(world.credit_notes, |note| note.kind, CreditNoteKind);
    assert_all!(world.contracts, |contract| contract.status, ContractStatus);
    assert_all!(world.deals, |deal| deal.status, DealStatus);
    assert_all!(world.tasks, |task| task.status, TaskStatus);
    assert_all!(world.identity_verifications, |attempt| attempt.status, VerificationStatus);
    assert_all!(world.webhook_endpoints, |endpoint| endpoint.status, EndpointStatus);
    assert_all!(world.products, |product| product.charge_type, ChargeType);
    assert_all!(world.coupons, |coupon| coupon.terms.duration, CouponDuration);
    let attempts = world.invoices.iter().flat_map(|invoice| &invoice.collection.attempts);
    let outcomes: BTreeSet<AttemptOutcome> = attempts.map(|attempt| attempt.outcome).collect();
    // No debit of it was called off.
    assert_eq!(outcomes.len(), AttemptOutcome::ALL.len() - 1);
    assert!(world.deals.iter().any(|deal| matches!(deal.stage, Stage::Deleted(_))));
}

#[test]
fn it_is_as_large_as_promised() {
    let world = world();
    assert_eq!(world.sites.len(), 3);
    assert_eq!(world.units.len(), 200);
    assert_eq!(world.contacts.len(), 72);
    let occupied = counts(&world.units, |unit| unit.status)[&UnitStatus::Occupied];
    assert!((80..150).contains(&occupied), "{occupied} units are occupied");
    let periods: BTreeSet<_> = world.subscriptions.iter().map(|subscription| subscription.billing_period).collect();
    assert_eq!(periods.len(), 6);
    let kinds: BTreeSet<_> = world.notes.iter().map(|note| note.resource.kind).collect();
    assert_eq!(kinds.len(), 4);
    assert!(world.unit_types.iter().any(|unit_type| !unit_type.settings.price_rules.is_empty()));
    let is_full = |unit_type: &&crate::domain::unit_type::UnitType| {
        let mut units = world.units.having("unit_type_id", &unit_type.id.into());
        units.all(|unit| unit.status == UnitStatus::Occupied)
    };
    assert_eq!(world.unit_types.iter().filter(is_full).count(), 1);
}

#[test]
fn there_are_rentals_to_come_running_ending_and_ended() {
    let world = world();
    let now = at(NOW);
    let phase = |subscription: &Subscription| {
        let tenancy = world.tenancies.get(subscription.tenancy).unwrap();
        assert_eq!((tenancy.starts_at, tenancy.ends_at), (subscription.starts_at, subscription.ends_at));
        assert_eq!(tenancy.started, tenancy.has_started(&world, now));
        assert_eq!(subscription.cancelled, subscription.ends_at.is_some());
        match (tenancy.started, subscription.ends_at) {
            (false, _) => "upcoming",
            (true, None) => "active",
            (true, Some(end)) if end > now => "ending",
            (true, Some(_)) => "ended",
        }
    };
    let phases = counts(&world.subscriptions, phase);
    assert_eq!(phases.keys().copied().collect::<Vec<_>>(), ["active", "ended", "ending", "upcoming"]);
}

#[test]
fn it_is_the_same_all_day_and_another_for_another_seed_or_day() {
    let json = |seed, now| serde_json::to_string(&demo(seed, at(now))).unwrap();
    let noon = json(7, "2026-07-15T12:00:00Z");
    assert_eq!(noon, json(7, "2026-07-15T00:00:00Z"));
    assert_eq!(noon, json(7, "2026-07-15T23:59:59Z"));
    assert_ne!(noon, json(7, "2026-07-16T00:00:00Z"));
    let ids = |world: &World| world.units.iter().map(Record::id).collect::<BTreeSet<_>>();
    assert!(ids(&demo(7, at(NOW))).is_disjoint(&ids(&demo(8, at(NOW)))));
}

#[test]
fn no_act_is_refused_on_any_day_with_any_seed() {
    for day in (0..800).step_by(19) {
        let now = at("2023-12-31T23:00:00Z").plus_seconds(day * 86_400);
        demo(u64::try_from(day).unwrap() * 31, now);
    }
    for now in [i64::MIN, -1, 0, i64::MAX] {
        demo(1, Timestamp::from_unix(now));
        empty(1, Timestamp::from_unix(now));
    }
}

#[test]
fn whatever_seed_and_day_every_law_holds() {
    for (seed, day) in [(1, 0), (2, 17), (3, 61), (4, 98), (5, 170), (6, 200), (7, 259), (8, 303), (9, 364)] {
        let now = at("2026-01-31T10:00:00Z").plus_seconds(day * 86_400);
        let world = demo(seed, now);
        units_and_allocations_agree(&world);
        figures_add_up(&world);
        nothing_happened_later(&world, now);
        nothing_is_due(&world, now);
        every_reference_leads_somewhere(&world);
    }
}

fn units_and_allocations_agree(world: &World) {
    for unit in world.units.iter() {
        let is_free = matches!(unit.status, UnitStatus::Available | UnitStatus::Unavailable);
        assert_eq!(unit.allocation.is_none(), is_free, "U2");
        let Some(allocation) = unit.allocation.map(|id| world.unit_allocations.get(id).unwrap()) else { continue };
        let tenancy = world.tenancies.get(allocation.tenancy).unwrap();
        assert_eq!((allocation.unit, tenancy.site, tenancy.contact), (unit.id, unit.site, allocation.contact));
        assert!(tenancy.unit_allocations.contains(&allocation.id));
        assert_eq!(tenancy.started, unit.status != UnitStatus::Reserved, "U3");
        assert_eq!(tenancy.started, allocation.granted_access_at.is_some());
    }
    assert_eq!(world.unit_allocations.len(), world.units.iter().filter(|unit| unit.allocation.is_some()).count());
    for tenancy in world.tenancies.iter() {
        let subscription = tenancy.subscription.and_then(|id| world.subscriptions.get(id)).unwrap();
        let booked: i64 = subscription
            .line_items
            .iter()
            .filter(|line| line.item.kind == crate::domain::ids::Kind::UnitType)
            .map(|line| line.quantity)
            .sum();
        let has_ended = subscription.cancelled && tenancy.unit_allocations.is_empty();
        assert!(has_ended || i64::try_from(tenancy.unit_allocations.len()).unwrap() == booked, "{}", tenancy.id);
    }
}

fn figures_add_up(world: &World) {
    let mut numbers = BTreeSet::new();
    for invoice in world.invoices.iter() {
        assert_eq!(invoice.total, invoice.line_items.iter().map(|line| line.total).sum::<i64>(), "I5");
        assert_eq!(invoice.tax, invoice.line_items.iter().map(|line| line.tax).sum::<i64>(), "I5");
        assert_eq!(invoice.subtotal, invoice.total - invoice.tax, "I5");
        let due = invoice.total - invoice.pre_payment_credit_notes_amount - invoice.collection.credit_used;
        assert_eq!(invoice.amount_due, due, "I6");
        let is_paid = invoice.status == InvoiceStatus::Paid;
        assert_eq!((invoice.amount_paid == invoice.amount_due, invoice.paid_at.is_some()), (is_paid, is_paid));
        assert_eq!(invoice.number.is_none(), invoice.status == InvoiceStatus::Draft, "I3");
        assert!(invoice.number.iter().all(|number| numbers.insert(number.clone())), "numbers come once");
        let notes = world.credit_notes.having("invoice_id", &invoice.id.into());
        let credited = invoice.pre_payment_credit_notes_amount + invoice.post_payment_credit_notes_amount;
        assert_eq!(credited, notes.map(|note| note.total).sum::<i64>(), "N3, N4");
    }
    assert_eq!(numbers.len() as u64, world.counters.invoices);
    for order in world.orders.iter() {
        let totals = order.totals;
        assert_eq!(totals.total, totals.subtotal - totals.total_discount, "O20");
        assert_eq!(totals.total_excluding_tax, totals.total - totals.tax, "O20");
    }
    for contact in world.contacts.iter() {
        let tenancies = world.tenancies.having("contact_id", &contact.id.into()).count();
        assert_eq!(contact.tenancies_count, i64::try_from(tenancies).unwrap());
        assert_eq!(contact.status == ContactStatus::Lead, tenancies == 0);
    }
    for coupon in world.coupons.iter() {
        let used = world
            .subscriptions
            .iter()
            .filter(|it| it.billing.discount.as_ref().is_some_and(|discount| discount.coupon == coupon.id));
        assert_eq!(coupon.redemptions, i64::try_from(used.count()).unwrap(), "Q9");
    }
}

/// Members that say what is planned.
const PLANNED: [&str; 15] = [
    "starts_at",
    "ends_at",
    "due_at",
    "due_on",
    "expires_on",
    "expires_at",
    "at",
    "next_invoice_at",
    "start",
    "end",
    "deallocation",
    "finalization",
    "bank_result",
    "retry",
    "overlock",
];

fn nothing_happened_later(world: &World, now: Timestamp) {
    let today = now.plus_seconds(-now.unix().rem_euclid(86_400));
    texts(&json(world), "", &mut |name, text| {
        let Ok(instant) = text.parse::<Timestamp>() else { return };
        // The start of an order stands below `starts_at` under its own name.
        assert!(instant < today || PLANNED.contains(&name), "`{name}` is {text}");
    });
}

fn nothing_is_due(world: &World, now: Timestamp) {
    for subscription in world.subscriptions.iter() {
        let zone = world.sites.get(subscription.site).unwrap().settings.time_zone;
        let today = now.date_in(zone);
        assert_ne!(subscription.starts_at.date_in(zone), today);
        assert!(subscription.calendar().dates_through(today).all(|date| date != today));
        let ends_before = |date| subscription.ends_at.is_some_and(|end| end.date_in(zone) <= date);
        let due = subscription.calendar().dates_through(today).filter(|date| !ends_before(*date)).count();
        assert_eq!(u32::try_from(due).unwrap(), subscription.billing.invoices_raised, "B5, M7");
    }
    let today = now.to_chrono().date_naive();
    for invoice in world.invoices.iter().filter(|invoice| invoice.status == InvoiceStatus::Open) {
        let Some(failed_at) = invoice.collection.failed_at else { continue };
        let age = u32::try_from((today - failed_at.to_chrono().date_naive()).num_days()).unwrap();
        let retries = world.settings.retry_offsets_days.iter().filter(|offset| **offset <= age);
        assert!(!world.settings.retry_offsets_days.contains(&age));
        assert_eq!(invoice.collection.attempts.len(), 1 + retries.count(), "D1");
    }
}

fn every_reference_leads_somewhere(world: &World) {
    let json = json(world);
    let mut known = BTreeSet::new();
    for rows in json.as_object().unwrap().values().filter_map(Value::as_array) {
        known.extend(rows.iter().filter_map(|row| Some(row["id"].as_str()?.to_owned())));
    }
    for row in world.access.access_tokens() {
        known.insert(AnyId::from(row.id).to_string());
    }
    for row in world.access.applications() {
        known.insert(AnyId::from(row.id).to_string());
    }
    let mut references = 0;
    texts(&json, "", &mut |name, text| {
        if AnyId::parse(text).is_some() {
            assert!(known.contains(text), "`{name}` is {text}, which there is not");
            references += 1;
        }
    });
    assert!(references > 1_000);
}

#[test]
fn nobody_in_it_can_be_reached() {
    texts(&json(&world()), "", &mut |name, text| match name {
        "email" => assert!(text.ends_with("example.com") || text.ends_with("example.org"), "{text}"),
        "phone_number" => assert!(text.starts_with("+44 7700 900"), "{text}"),
        _ => {}
    });
}

#[test]
fn both_worlds_let_the_same_callers_in_and_hold_no_secret() {
    for world in [world(), empty(1, at(NOW))] {
        assert_eq!(world.access.access_tokens().len(), 2);
        assert_eq!(world.access.applications().len(), 1);
        assert!(!json(&world).to_string().contains(DEMO_TOKEN));
    }
    assert!(empty(1, at(NOW)).contacts.is_empty());
}

#[test]
#[ignore = "it measures: cargo test --release -p stora-mock --lib -- --ignored --nocapture how_long"]
fn how_long_it_takes() {
    for seed in 0..20 {
        let begun = std::time::Instant::now();
        let world = demo(seed, at(NOW));
        eprintln!("{:?}: {} invoices, {} orders", begun.elapsed(), world.invoices.len(), world.orders.len());
    }
}
