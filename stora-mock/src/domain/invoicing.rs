//! Invoices from draft to end: the machine of their states (section 7 of the description of the business). How they are charged is
//! told in `charging`.

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use super::calendar::PeriodBounds;
use super::discount::LineKind;
use super::dunning::release;
use super::event::EventKind;
use super::ids::{ContactId, InvoiceId, SiteId, SubscriptionId};
use super::invoice::{Collection, Deposit, Invoice, InvoiceDue, InvoiceLine, InvoicePurpose, InvoiceStatus};
use super::order::PaymentMethod;
use super::refusal::Refusal;
use super::subscription::SubscriptionLineKind;
use super::tax::{InvoiceTotals, Line, TaxRates};
use super::time::Timestamp;
use crate::store::World;

/// The data of an invoice to be raised.
#[derive(Debug, Clone)]
pub struct NewInvoice {
    /// Who owes it.
    pub contact: ContactId,
    /// Where.
    pub site: SiteId,
    /// The subscription it belongs to; none for one-off invoices (I9).
    pub subscription: Option<SubscriptionId>,
    /// What it is for.
    pub purpose: InvoicePurpose,
    /// How it is to be paid; fixed from here on (I16).
    pub method: PaymentMethod,
    /// What it covers; none for what is charged once.
    pub period: Option<PeriodBounds>,
    /// The day it is due (I8).
    pub due_on: Option<NaiveDate>,
    /// The customer's own order number.
    pub purchase_order_number: Option<String>,
    /// Its lines.
    pub lines: Vec<NewInvoiceLine>,
}

/// The data of a line of an invoice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewInvoiceLine {
    /// What it stands for.
    pub kind: LineKind,
    /// What it is, in words.
    pub description: Option<String>,
    /// Code for bookkeeping.
    pub accounting_code: Option<String>,
    /// Price of one piece, in minor units.
    pub price: i64,
    /// Number of pieces.
    pub quantity: i64,
    /// The tax rates that it bears.
    pub tax_rates: TaxRates,
    /// Whether it settles a change within a period (R3).
    pub proration: bool,
}

impl NewInvoiceLine {
    /// What figures are worked out with.
    pub fn priced(&self) -> Line<'_> {
        Line { kind: self.kind, price: self.price, quantity: self.quantity, tax_rates: &self.tax_rates }
    }
}

impl NewInvoice {
    /// Its lines, to work out figures with.
    pub fn priced(&self) -> Vec<Line<'_>> {
        self.lines.iter().map(NewInvoiceLine::priced).collect()
    }
}

impl Invoice {
    /// Raises an invoice: a draft with the given figures, which were worked out from its lines.
    pub fn raise(world: &mut World, at: Timestamp, new: NewInvoice, figures: &InvoiceTotals) -> InvoiceId {
        let id = world.ids.fresh();
        let line_items = new.lines.into_iter().zip(&figures.lines).map(|(line, figures)| InvoiceLine {
            accounting_code: line.accounting_code,
            description: line.description,
            discount_total: figures.discount_total,
            price: line.price,
            proration: line.proration,
            quantity: line.quantity,
            tax: figures.tax,
            total: figures.total,
            kind: word(line.kind),
            rates: line.tax_rates,
        });
        world.invoices.insert(Self {
            id,
            amount_due: figures.total,
            amount_paid: 0,
            contact: new.contact,
            created_at: at,
            finalized_at: None,
            line_items: line_items.collect(),
            number: None,
            paid_at: None,
            period: new.period,
            post_payment_credit_notes_amount: 0,
            pre_payment_credit_notes_amount: 0,
            purchase_order_number: new.purchase_order_number,
            site: new.site,
            status: InvoiceStatus::Draft,
            subscription: new.subscription,
            subtotal: figures.subtotal,
            tax: figures.tax,
            total: figures.total,
            voided_at: None,
            collection: Collection {
                method: new.method,
                purpose: new.purpose,
                due_on: new.due_on,
                credit_used: 0,
                failed_at: None,
                processing: false,
                attempts: Vec::new(),
                deposit: None,
                retries: 0,
                locks: false,
                due: InvoiceDue::default(),
            },
        });
        world.tell(EventKind::InvoiceCreated, id, at);
        id
    }

    /// Issues a draft: it gets its number and can be paid from now on (I3). The contact's account credit is used up to what is due,
    /// and an invoice with nothing due is paid at once (I7). A draft that was kept for some days is due as many days later, as days
    /// count from the issue (I8).
    ///
    /// # Errors
    /// Not found; a conflict unless it is a draft (I1).
    pub fn finalize(world: &mut World, at: Timestamp, id: InvoiceId) -> Result<(), Refusal> {
        let invoice = in_state(world, id, "finalized", &[InvoiceStatus::Draft])?;
        let (contact, due) = (invoice.contact, invoice.amount_due.max(0));
        let kept = days_kept(world, invoice, at);
        let credit = world.contacts.get(contact).map_or(0, |contact| contact.account.credit.clamp(0, due));
        // Account credit does not show in the API, so that the contact does not count as changed.
        world.contacts.update(contact, |contact| contact.account.credit -= credit);
        world.counters.invoices += 1;
        let number = format!("INV-{:06}", world.counters.invoices);
        world.invoices.amend(id, at, |invoice| {
            invoice.status = InvoiceStatus::Open;
            invoice.finalized_at = Some(at);
            invoice.number = Some(number);
            invoice.collection.credit_used = credit;
            invoice.collection.due.finalization = None;
            invoice.collection.due_on = invoice.collection.due_on.and_then(|due| due.checked_add_days(kept));
            invoice.amount_due = due - credit;
        });
        world.tell(EventKind::InvoiceFinalized, id, at);
        if due == credit { settle(world, at, id) } else { Ok(()) }
    }

    /// Removes a draft.
    ///
    /// # Errors
    /// Not found; a conflict unless it is a draft (I1).
    pub fn delete_draft(world: &mut World, id: InvoiceId) -> Result<(), Refusal> {
        in_state(world, id, "deleted", &[InvoiceStatus::Draft])?;
        world.invoices.remove(id);
        Ok(())
    }

    /// Takes an open or uncollectible invoice as paid, by means that the business does not see.
    ///
    /// # Errors
    /// Not found; a conflict in any other state (I1).
    pub fn mark_paid(world: &mut World, at: Timestamp, id: InvoiceId) -> Result<(), Refusal> {
        payable(world, id)?;
        settle(world, at, id)
    }

    /// Cancels an open or uncollectible invoice. The account credit that it used goes back to the contact, as at the payment
    /// provider (C6). Nothing is owed for it any more, which may give access back (D10).
    ///
    /// # Errors
    /// Not found; a conflict in any other state (I1).
    pub fn void(world: &mut World, at: Timestamp, id: InvoiceId) -> Result<(), Refusal> {
        let invoice = in_state(world, id, "voided", &[InvoiceStatus::Open, InvoiceStatus::Uncollectible])?;
        let (contact, credit) = (invoice.contact, invoice.collection.credit_used);
        world.contacts.update(contact, |contact| {
            contact.account.credit = contact.account.credit.saturating_add(credit);
        });
        world.invoices.amend(id, at, |invoice| {
            invoice.status = InvoiceStatus::Void;
            invoice.voided_at = Some(at);
            invoice.collection.end();
        });
        world.tell(EventKind::InvoiceVoided, id, at);
        release(world, at, id)
    }

    /// Gives an open invoice up. It can still be paid or voided. It is not charged again (D5), but the bank's answer to a debit still
    /// comes. It stands in the way of access no longer (D10).
    ///
    /// # Errors
    /// Not found; a conflict in any other state (I1).
    pub fn mark_uncollectible(world: &mut World, at: Timestamp, id: InvoiceId) -> Result<(), Refusal> {
        in_state(world, id, "given up", &[InvoiceStatus::Open])?;
        world.invoices.amend(id, at, |invoice| {
            invoice.status = InvoiceStatus::Uncollectible;
            let due = invoice.collection.due;
            invoice.collection.due = InvoiceDue { bank_result: due.bank_result, ..InvoiceDue::default() };
            invoice.collection.locks = false;
        });
        world.tell(EventKind::InvoiceMarkedUncollectible, id, at);
        release(world, at, id)
    }
}

/// An invoice that can be paid.
///
/// # Errors
/// Not found; a conflict unless it is open or uncollectible (I1).
pub(super) fn payable(world: &World, id: InvoiceId) -> Result<&Invoice, Refusal> {
    in_state(world, id, "paid", &[InvoiceStatus::Open, InvoiceStatus::Uncollectible])
}

/// Makes an invoice paid that can be, by whichever means: it is not charged again (D2), and access comes back if nothing else is
/// overdue (D9). The money of a deposit is held from now on (section 11).
///
/// # Errors
/// Not found, for what the invoice refers to.
pub(super) fn settle(world: &mut World, at: Timestamp, id: InvoiceId) -> Result<(), Refusal> {
    world.invoices.amend(id, at, |invoice| {
        invoice.status = InvoiceStatus::Paid;
        invoice.paid_at = Some(at);
        invoice.amount_paid = invoice.amount_due;
        invoice.collection.end();
        if invoice.collection.purpose == InvoicePurpose::Deposit {
            invoice.collection.deposit =
                Some(Deposit { held: invoice.total - invoice.pre_payment_credit_notes_amount, settled: false });
        }
    });
    world.tell(EventKind::InvoicePaid, id, at);
    release(world, at, id)
}

/// How many days a draft was kept, by the calendar of its site.
fn days_kept(world: &World, draft: &Invoice, at: Timestamp) -> Days {
    let zone = world.sites.get(draft.site).map(|site| site.settings.time_zone);
    let days = zone
        .filter(|_| draft.created_at != at)
        .map_or(0, |zone| at.date_in(zone).signed_duration_since(draft.created_at.date_in(zone)).num_days());
    Days::new(u64::try_from(days).unwrap_or(0))
}

fn in_state<'w>(
    world: &'w World,
    id: InvoiceId,
    to_be: &str,
    states: &[InvoiceStatus],
) -> Result<&'w Invoice, Refusal> {
    let invoice = world.invoices.get(id).ok_or(Refusal::NotFound)?;
    if states.contains(&invoice.status) {
        return Ok(invoice);
    }
    Err(Refusal::conflict("I1", format!("The invoice {id} is {}, so that it cannot be {to_be}.", invoice.status)))
}

/// The word for a line, which deposits and free texts have none of (billing.yaml, Invoices).
fn word(kind: LineKind) -> Option<SubscriptionLineKind> {
    match kind {
        LineKind::UnitType => Some(SubscriptionLineKind::UnitType),
        LineKind::Protection => Some(SubscriptionLineKind::Protection),
        LineKind::RecurringProduct | LineKind::OneTimeProduct => Some(SubscriptionLineKind::CustomProduct),
        LineKind::SecurityDeposit | LineKind::FreeText => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::charging::charge;
    use crate::domain::contact::ChargeOutcome;
    use crate::domain::fixtures::{Shop, at, kinds, rule};
    use crate::domain::invoice::AttemptOutcome;
    use crate::domain::tax::invoice_totals;

    const NOW: &str = "2026-03-02";

    fn raise(shop: &mut Shop, price: i64, method: PaymentMethod) -> InvoiceId {
        let line = NewInvoiceLine {
            kind: LineKind::FreeText,
            description: Some("Cleaning".to_owned()),
            accounting_code: None,
            price,
            quantity: 1,
            tax_rates: TaxRates::NONE,
            proration: false,
        };
        let new = NewInvoice {
            contact: shop.contact,
            site: shop.site,
            subscription: None,
            purpose: InvoicePurpose::OneOff,
            method,
            period: None,
            due_on: None,
            purchase_order_number: None,
            lines: vec![line],
        };
        let figures = invoice_totals(&new.priced(), None).unwrap();
        Invoice::raise(&mut shop.world, at(NOW), new, &figures)
    }

    fn open(shop: &mut Shop) -> InvoiceId {
        let id = raise(shop, 3_000, PaymentMethod::Card);
        Invoice::finalize(&mut shop.world, at(NOW), id).unwrap();
        id
    }

    type Act = fn(&mut World, InvoiceId) -> Result<(), Refusal>;

    const ACTS: [(&str, Act); 6] = [
        ("finalize", |world, id| Invoice::finalize(world, at(NOW), id)),
        ("delete", Invoice::delete_draft),
        ("pay", |world, id| Invoice::mark_paid(world, at(NOW), id)),
        ("charge", |world, id| charge(world, at(NOW), id, PaymentMethod::Card).map(|_| ())),
        ("void", |world, id| Invoice::void(world, at(NOW), id)),
        ("give up", |world, id| Invoice::mark_uncollectible(world, at(NOW), id)),
    ];

    #[test]
    fn every_state_admits_the_acts_of_the_machine_and_no_others() {
        let table: [(InvoiceStatus, &[&str]); 5] = [
            (InvoiceStatus::Draft, &["finalize", "delete"]),
            (InvoiceStatus::Open, &["pay", "charge", "void", "give up"]),
            (InvoiceStatus::Uncollectible, &["pay", "charge", "void"]),
            (InvoiceStatus::Paid, &[]),
            (InvoiceStatus::Void, &[]),
        ];
        for (status, admitted) in table {
            for (name, act) in ACTS {
                let mut shop = Shop::new();
                let id = raise(&mut shop, 3_000, PaymentMethod::Card);
                shop.world.invoices.update(id, |invoice| invoice.status = status);
                let result = act(&mut shop.world, id);
                if admitted.contains(&name) {
                    assert_eq!(result, Ok(()), "{name} in {status}");
                } else {
                    assert_eq!(rule(result), "I1", "{name} in {status}");
                }
            }
        }
    }

    #[test]
    fn events_tell_of_each_step() {
        let mut shop = Shop::new();
        let act = |shop: &mut Shop, act: &dyn Fn(&mut World) -> Result<(), Refusal>| {
            kinds(&shop.world.transact(|world| act(world)).unwrap().1)
        };
        let id = raise(&mut shop, 3_000, PaymentMethod::Card);
        assert_eq!(act(&mut shop, &|world| Invoice::finalize(world, at(NOW), id)), [EventKind::InvoiceFinalized]);
        let given_up = [EventKind::InvoiceMarkedUncollectible];
        assert_eq!(act(&mut shop, &|world| Invoice::mark_uncollectible(world, at(NOW), id)), given_up);
        assert_eq!(act(&mut shop, &|world| Invoice::void(world, at(NOW), id)), [EventKind::InvoiceVoided]);
        let free = raise(&mut shop, 0, PaymentMethod::Card);
        let events = act(&mut shop, &|world| Invoice::finalize(world, at(NOW), free));
        assert_eq!(events, [EventKind::InvoiceFinalized, EventKind::InvoicePaid]);
    }

    #[test]
    fn numbers_follow_the_order_of_finalizing() {
        let mut shop = Shop::new();
        let draft = raise(&mut shop, 1, PaymentMethod::Card);
        let first = open(&mut shop);
        Invoice::finalize(&mut shop.world, at(NOW), draft).unwrap();
        let number = |id| shop.world.invoices.get(id).unwrap().number.clone().unwrap();
        assert_eq!([number(first), number(draft)], ["INV-000001", "INV-000002"]);
    }

    #[test]
    fn voiding_gives_account_credit_back() {
        let mut shop = Shop::new();
        shop.world.contacts.update(shop.contact, |contact| contact.account.credit = 1_000);
        let id = open(&mut shop);
        let credit = |shop: &Shop| shop.world.contacts.get(shop.contact).unwrap().account.credit;
        assert_eq!((shop.world.invoices.get(id).unwrap().amount_due, credit(&shop)), (2_000, 0));
        Invoice::void(&mut shop.world, at(NOW), id).unwrap();
        assert_eq!(credit(&shop), 1_000);
    }

    #[test]
    fn charges_end_as_they_are_set_to() {
        let mut shop = Shop::new();
        shop.world.contacts.update(shop.contact, |contact| contact.account.charges = ChargeOutcome::DeclineNext(2));
        let id = open(&mut shop);
        let outcomes: Vec<_> = (2..5)
            .map(|day| charge(&mut shop.world, at(&format!("2026-03-0{day}")), id, PaymentMethod::Card).unwrap())
            .collect();
        assert_eq!(outcomes, [AttemptOutcome::Declined, AttemptOutcome::Declined, AttemptOutcome::Succeeded]);
        let invoice = shop.world.invoices.get(id).unwrap();
        assert_eq!((invoice.status, invoice.amount_paid), (InvoiceStatus::Paid, 3_000));
        // The first failure sets the day.
        assert_eq!(invoice.collection.failed_at, Some(at("2026-03-02")));
    }

    #[test]
    fn a_debit_is_not_charged_twice_and_a_manual_payment_not_at_all() {
        let mut shop = Shop::new();
        let id = open(&mut shop);
        assert_eq!(rule(charge(&mut shop.world, at(NOW), id, PaymentMethod::Manual)), "I15");
        let submitted = charge(&mut shop.world, at(NOW), id, PaymentMethod::SepaDebit);
        assert_eq!(submitted, Ok(AttemptOutcome::Processing));
        assert_eq!(rule(charge(&mut shop.world, at(NOW), id, PaymentMethod::Card)), "D4");
    }

    #[test]
    fn a_failed_charge_of_a_manual_invoice_starts_no_dunning() {
        let mut shop = Shop::new();
        shop.world.contacts.update(shop.contact, |contact| contact.account.charges = ChargeOutcome::Decline);
        let id = raise(&mut shop, 3_000, PaymentMethod::Manual);
        Invoice::finalize(&mut shop.world, at(NOW), id).unwrap();
        charge(&mut shop.world, at(NOW), id, PaymentMethod::Card).unwrap();
        assert_eq!(shop.world.invoices.get(id).unwrap().collection.failed_at, None);
    }
}
