//! Who rents what in the demo business.

use std::collections::HashMap;

use crate::domain::billing::issue;
use crate::domain::calendar::BillingPeriod;
use crate::domain::contact::ChargeOutcome;
use crate::domain::contract::Contract;
use crate::domain::credit_note::CreditNote;
use crate::domain::crediting::{Credited, NewCreditNote};
use crate::domain::discount::LineKind;
use crate::domain::ids::{InvoiceId, SubscriptionId, UnitTypeId};
use crate::domain::invoice::{Deposit, Invoice, InvoicePurpose, InvoiceStatus};
use crate::domain::invoicing::{NewInvoice, NewInvoiceLine};
use crate::domain::order::{OrderSource, PaymentMethod};
use crate::domain::refusal::Refusal;
use crate::domain::tax::{TaxRates, invoice_totals};
use crate::domain::time::Timestamp;
use crate::domain::unit;
use crate::store::{FacetValue, World};

use super::agenda::{Agenda, Done};
use super::catalogue::{Catalogue, FULL, Offer, WITH_DEPOSIT};
use super::life::{Rental, cancel, contract, let_charges_end, newest_invoice, pay_by_hand};
use super::people::{People, Person};
use super::{below, pick};

/// Customers from this one on have booked and are still to move in.
const FIRST_TO_COME: usize = 50;

/// Customers who have moved out, with all that they had.
const LEAVERS: [usize; 5] = [1, 9, 17, 25, 33];

/// Customers who are about to move out.
const LEAVING: [usize; 4] = [6, 14, 28, 44];

/// Units of a type that nobody rents, so that there is something to book.
const KEPT_FREE: i64 = 2;

/// What is still to be let of each unit type.
struct Stock<'c> {
    catalogue: &'c Catalogue,
    left: HashMap<UnitTypeId, i64>,
}

/// Plans all rentals.
///
/// # Errors
/// When there are too few units to let.
pub(super) fn plan(world: &mut World, agenda: &mut Agenda, catalogue: &Catalogue, people: &People) -> Done {
    let left = |offer: &Offer| {
        let available = [("unit_type_id", offer.unit_type.into()), ("status", FacetValue::from("available"))];
        let count = i64::try_from(world.units.having_all(&available).count()).unwrap_or(0);
        (offer.unit_type, count - KEPT_FREE)
    };
    let mut stock = Stock { catalogue, left: catalogue.types.iter().map(left).collect() };
    let mut usual_ones = Vec::new();
    for (number, person) in people.customers.iter().enumerate() {
        let Some(rental) = story(catalogue, number, *person) else {
            usual_ones.push((number, *person));
            continue;
        };
        stock.take_of(rental.unit_type, rental.quantity);
        with_contract(rental, catalogue, number, *person).plan(agenda);
    }
    for (number, person) in usual_ones {
        let rental = usual(world, &mut stock, number, person)?;
        with_contract(rental, catalogue, number, person).plan(agenda);
        let second = person.met + 75 + below(&mut world.ids, 30);
        if !LEAVERS.contains(&number) && second < -5 {
            let offer = stock.take(world, 1)?;
            let mut rental = rental_of(catalogue, offer, person, second);
            rental.source = OrderSource::Backoffice;
            rental.plan(agenda);
        }
    }
    plan_one_off_invoices(agenda, people);
    Ok(())
}

impl<'c> Stock<'c> {
    /// A unit type of which so many units are to be had, up to the seed.
    fn take(&mut self, world: &mut World, quantity: i64) -> Done<&'c Offer> {
        let is_open = |offer: &&Offer| {
            let special = [FULL, WITH_DEPOSIT].contains(&(offer.site, offer.name));
            !special && self.left.get(&offer.unit_type).is_some_and(|left| *left >= quantity)
        };
        let open: Vec<&Offer> = self.catalogue.types.iter().filter(is_open).collect();
        let offer = pick(&mut world.ids, &open).ok_or(Refusal::NotFound)?;
        self.take_of(offer.unit_type, quantity);
        Ok(offer)
    }

    fn take_of(&mut self, unit_type: UnitTypeId, quantity: i64) {
        if let Some(left) = self.left.get_mut(&unit_type) {
            *left -= quantity;
        }
    }
}

fn rental_of(catalogue: &Catalogue, offer: &Offer, person: Person, starts: i64) -> Rental {
    Rental::new(person, catalogue.sites[offer.site], offer.unit_type, starts)
}

/// What most people rent.
fn usual(world: &mut World, stock: &mut Stock<'_>, number: usize, person: Person) -> Done<Rental> {
    let catalogue = stock.catalogue;
    let quantity = match person.is_company {
        true => 3,
        false if number.is_multiple_of(3) => 2,
        false => 1,
    };
    let offer = stock.take(world, quantity)?;
    let starts = match i64::try_from(number.saturating_sub(FIRST_TO_COME)).unwrap_or(0) {
        _ if number < FIRST_TO_COME => person.met + 5 + below(&mut world.ids, 8),
        behind => 3 + 2 * behind,
    };
    let mut rental = rental_of(catalogue, offer, person, starts);
    rental.quantity = quantity;
    rental.booked = (starts - below(&mut world.ids, 3)).min(-2 - below(&mut world.ids, 3)).max(person.met);
    rental.period = match number {
        42 => BillingPeriod::Yearly,
        43 => BillingPeriod::EverySixMonths,
        45 => BillingPeriod::EveryThreeMonths,
        46 | 47 => BillingPeriod::Weekly,
        _ => BillingPeriod::Monthly,
    };
    rental.method = match number {
        16 | 18 => PaymentMethod::BacsDebit,
        20 => PaymentMethod::SepaDebit,
        _ => PaymentMethod::Card,
    };
    let (levels, products) = (catalogue.levels, catalogue.products[offer.site]);
    rental.protection = pick(&mut world.ids, &[Some(levels[0]), Some(levels[1]), Some(levels[0]), None]).flatten();
    if person.is_company {
        rental.products.push(products.parking);
    }
    if rental.method == PaymentMethod::Card && !number.is_multiple_of(2) {
        rental.products.push(if number.is_multiple_of(3) { products.boxes } else { products.padlock });
    }
    let coupons = catalogue.coupons;
    rental.coupon = match number {
        0 | 19 | 53 => Some(coupons.half_price),
        5 | 37 | 49 => Some(coupons.three_months),
        7 | 47 => Some(coupons.welcome),
        21 | 23 => Some(coupons.loyal),
        35 => Some(coupons.single),
        _ => None,
    };
    rental.source = if number.is_multiple_of(4) { OrderSource::Storefront } else { OrderSource::PublicApi };
    if LEAVERS.contains(&number) {
        let leaves = starts + 45 + below(&mut world.ids, 40);
        return Ok(rental.then(leaves, |world, _, at, id| cancel(world, at, id, "other")));
    }
    if LEAVING.contains(&number) {
        return Ok(rental.then(-3, |world, _, at, id| cancel(world, at, id, "unknown")));
    }
    Ok(rental)
}

/// What some people rent with whom something is special.
fn story(catalogue: &Catalogue, number: usize, person: Person) -> Option<Rental> {
    // Billed every four weeks, so that the days of the invoices are known: the newest is so many days old.
    let four_weekly = |offer: (usize, &str), invoices: i64, newest: i64| {
        let offer = catalogue.offer(offer)?;
        let mut rental = rental_of(catalogue, offer, person, -newest - 28 * (invoices - 1));
        rental.period = BillingPeriod::EveryFourWeeks;
        rental.protection = Some(catalogue.levels[0]);
        Some(rental)
    };
    let declines_from =
        |rental: Rental, day, outcome| rental.then(day, move |world, _, _, id| let_charges_end(world, id, outcome));
    // The newest failed charge is 10 or 12 days old, so that no retry is due today.
    match number {
        // Has not paid, and was locked out by staff.
        2 => Some(declines_from(four_weekly((0, "50 sq ft"), 5, 10)?, -11, ChargeOutcome::Decline).then(
            -6,
            |world, _, at, id| {
                let contact = world.subscriptions.get(id).ok_or(Refusal::NotFound)?.contact;
                Ok(unit::overlock_contact(world, at, contact).map(drop)?)
            },
        )),
        // Has not paid, and was locked out by itself.
        4 => Some(declines_from(four_weekly((1, "50 sq ft"), 4, 12)?, -13, ChargeOutcome::Decline)),
        // Has not paid for long, and lost the unit.
        10 => Some(declines_from(four_weekly((0, "25 sq ft"), 7, 10)?, -67, ChargeOutcome::Decline).then(
            -50,
            |world, _, at, id| {
                let contact = world.subscriptions.get(id).ok_or(Refusal::NotFound)?.contact;
                for unit in unit::overlock_contact(world, at, contact)? {
                    unit::repossess(world, at.plus_seconds(3_600), unit)?;
                }
                Ok(())
            },
        )),
        // Paid at the fourth attempt, and got the access back.
        12 => Some(declines_from(four_weekly((1, "25 sq ft"), 5, 10)?, -40, ChargeOutcome::DeclineNext(3))),
        // Pays by bank transfer: the newest invoice is open.
        22 => Some(four_weekly((0, "Container 160 sq ft"), 6, 2)?.then(-100, pay_by_hand)),
        // The same, and an invoice was void.
        24 => Some(four_weekly((2, "50 sq ft"), 5, 9)?.then(-60, pay_by_hand).then(-36, |world, _, at, id| {
            let open = newest_invoice(world, id, InvoiceStatus::Open)?;
            Ok(Invoice::void(world, at, open)?)
        })),
        // The same, and part of the newest invoice is taken back before it is paid.
        26 => Some(four_weekly((2, "100 sq ft"), 4, 3)?.then(-20, pay_by_hand).then(-2, |world, _, at, id| {
            let open = newest_invoice(world, id, InvoiceStatus::Open)?;
            credit(world, at, open, 1_000, "order_change")
        })),
        // Left without paying.
        30 => Some(
            declines_from(four_weekly((2, "25 sq ft"), 6, 10)?, -95, ChargeOutcome::Decline)
                .then(-90, |world, _, at, id| cancel(world, at, id, "other"))
                .then(-60, |world, _, at, id| {
                    let open = newest_invoice(world, id, InvoiceStatus::Open)?;
                    Ok(Invoice::mark_uncollectible(world, at, open)?)
                }),
        ),
        // Got something back of what was paid.
        32 => Some(four_weekly((1, "Locker"), 6, 5)?.then(-15, |world, _, at, id| {
            let paid = newest_invoice(world, id, InvoiceStatus::Paid)?;
            credit(world, at, paid, 500, "product_unsatisfactory")
        })),
        // Moved out and got the deposit back, one of them in part.
        34 | 36 => {
            let mut rental = four_weekly(WITH_DEPOSIT, 6, 15)?;
            rental.has_deposit = true;
            Some(
                rental
                    .then(-50, |world, _, at, id| cancel(world, at, id, "other"))
                    .then(-20, move |world, _, at, id| give_back_deposit(world, at, id, number == 36)),
            )
        }
        // Has a deposit with the operator.
        29 | 31 => {
            let mut rental = four_weekly(WITH_DEPOSIT, 5, 8)?;
            rental.has_deposit = true;
            Some(rental)
        }
        // Have all the units of a type.
        38 | 40 => {
            let mut rental = four_weekly(FULL, 3, 6)?;
            rental.quantity = 2;
            Some(rental)
        }
        // Pays by debit, and the bank has not answered to the first one.
        48 => {
            let mut rental = four_weekly((2, "100 sq ft"), 1, 2)?;
            rental.method = PaymentMethod::BacsDebit;
            Some(rental)
        }
        _ => None,
    }
}

/// What becomes of the contract of a rental. Every fifth has none.
fn with_contract(mut rental: Rental, catalogue: &Catalogue, number: usize, person: Person) -> Rental {
    if number.is_multiple_of(5) {
        return rental;
    }
    rental.contract_template = Some(catalogue.contract_templates[usize::from(person.is_company)]);
    let next_day = rental.booked.min(rental.starts) + 1;
    rental.then(next_day, move |world, _, at, id| {
        let contract = contract(world, id)?;
        match number {
            7 => Contract::decline(world, at, contract)?,
            8 => {
                Contract::void(world, at, contract)?;
                Contract::reissue(world, at, contract)?;
            }
            11 => Contract::delete(world, at, contract)?,
            54.. => {}
            _ => Contract::sign(world, at, contract)?,
        }
        Ok(())
    })
}

/// Takes back so much of an invoice.
fn credit(world: &mut World, at: Timestamp, invoice: InvoiceId, amount: i64, reason: &str) -> Done {
    let new = NewCreditNote { invoice, credited: Credited::Amount(amount), reason: Some(reason.to_owned()) };
    Ok(CreditNote::issue(world, at, new).map(drop)?)
}

/// Gives back the deposit of a rental, or a part of it, the rest being withheld.
fn give_back_deposit(world: &mut World, at: Timestamp, id: SubscriptionId, in_part: bool) -> Done {
    let deposit = {
        let mut invoices = world.invoices.having("subscription_id", &id.into());
        invoices.find(|invoice| invoice.collection.deposit.is_some()).ok_or(Refusal::NotFound)?.id
    };
    Deposit::refund(world, at, deposit, in_part.then_some(6_000), Some("other".to_owned()))?;
    if in_part {
        Deposit::withhold(world, at, deposit)?;
    }
    Ok(())
}

/// Plans what staff charge once: a draft for cleaning, an open invoice for a lost key, and a late fee.
fn plan_one_off_invoices(agenda: &mut Agenda, people: &People) {
    let mut charge = |(number, day): (usize, i64), purpose, what: &'static str, price, is_issued: bool| {
        let Some(contact) = people.customers.get(number).map(|person| person.contact) else { return };
        agenda.plan(agenda.at(day, 15), move |world, _, at| {
            let rental = world.tenancies.having("contact_id", &contact.into()).next();
            let site = rental.ok_or(Refusal::NotFound)?.site;
            let line = NewInvoiceLine {
                kind: LineKind::FreeText,
                description: Some(what.to_owned()),
                accounting_code: None,
                price,
                quantity: 1,
                tax_rates: TaxRates::NONE,
                proration: false,
            };
            let new = NewInvoice {
                contact,
                site,
                subscription: None,
                purpose,
                method: PaymentMethod::Manual,
                period: None,
                due_on: Some(at.to_chrono().date_naive()),
                purchase_order_number: None,
                lines: vec![line],
            };
            let figures = invoice_totals(&new.priced(), None)?;
            let invoice = Invoice::raise(world, at, new, &figures);
            if is_issued {
                issue(world, at, invoice)?;
            }
            Ok(())
        });
    };
    charge((9, -8), InvoicePurpose::OneOff, "Cleaning of the unit", 4_500, false);
    charge((3, -6), InvoicePurpose::OneOff, "Replacement of a lost key", 1_200, true);
    charge((2, -5), InvoicePurpose::LateFee, "Late fee", 1_000, true);
}
