//! The life of a rental, from its booking to its end.
//!
//! Booking, payment, moving in, billing, charging, dunning, the states of units and the end are acts of the domain. The rest of this
//! file says in which order they happen to whom.

use crate::domain::bank_days::BankDays;
use crate::domain::booking::{Booker, Finalizing, NewOrder};
use crate::domain::calendar::{BillingCalendar, BillingPeriod};
use crate::domain::changes;
use crate::domain::completion::{PayOutcome, pay};
use crate::domain::contact::ChargeOutcome;
use crate::domain::contract::Contract;
use crate::domain::ending::{self, CancelWhen, Cancellation};
use crate::domain::ids::{
    ContactId, ContractId, ContractTemplateId, CouponId, InvoiceId, OrderId, ProductId, ProtectionLevelId, SiteId,
    SubscriptionId, UnitTypeId,
};
use crate::domain::invoice::{Invoice, InvoiceStatus};
use crate::domain::metadata::Metadata;
use crate::domain::order::{Emails, Order, OrderLineKind, OrderSource, PaymentMethod, StartsAt};
use crate::domain::order_lines::NewLine;
use crate::domain::refusal::Refusal;
use crate::domain::subscription::Subscription;
use crate::domain::time::Timestamp;
use crate::store::World;

use super::agenda::{Agenda, Done};
use super::people::Person;
use crate::seed::DAY;

/// What someone rents, how, and what becomes of it. Days are counted from today.
pub(super) struct Rental {
    pub(super) contact: ContactId,
    pub(super) site: SiteId,
    pub(super) unit_type: UnitTypeId,
    pub(super) quantity: i64,
    pub(super) booked: i64,
    pub(super) starts: i64,
    pub(super) period: BillingPeriod,
    pub(super) method: PaymentMethod,
    pub(super) protection: Option<ProtectionLevelId>,
    pub(super) products: Vec<ProductId>,
    pub(super) has_deposit: bool,
    pub(super) coupon: Option<CouponId>,
    pub(super) contract_template: Option<ContractTemplateId>,
    pub(super) source: OrderSource,
    later: Vec<(i64, Later)>,
}

/// Something that happens to a rental later.
type Later = Box<dyn FnOnce(&mut World, &mut Agenda, Timestamp, SubscriptionId) -> Done>;

/// Minutes that a customer takes on the checkout page, in seconds.
const AT_THE_CHECKOUT: i64 = 12 * 60;

/// Days that a customer takes who pays by hand.
const BY_HAND_AFTER: i64 = 4;

/// Most days that a start is moved by. A few are enough, save in the first days of the calendar.
const MOST_MOVED: i64 = 14;

impl Rental {
    /// One unit, by the month and card, booked through the API on the day of the start.
    pub(super) fn new(person: Person, site: SiteId, unit_type: UnitTypeId, starts: i64) -> Self {
        Self {
            contact: person.contact,
            site,
            unit_type,
            quantity: 1,
            booked: starts,
            starts,
            period: BillingPeriod::Monthly,
            method: PaymentMethod::Card,
            protection: None,
            products: Vec::new(),
            has_deposit: false,
            coupon: None,
            contract_template: None,
            source: OrderSource::PublicApi,
            later: Vec::new(),
        }
    }

    /// The same with something that happens in the morning of a day.
    pub(super) fn then(
        mut self,
        day: i64,
        act: impl FnOnce(&mut World, &mut Agenda, Timestamp, SubscriptionId) -> Done + 'static,
    ) -> Self {
        self.later.push((day, Box::new(act)));
        self
    }

    /// Plans all of it. The start moves to an earlier day until nothing falls due today, so that the business is the same at
    /// every hour of the day.
    pub(super) fn plan(mut self, agenda: &mut Agenda) {
        let moved = (0..MOST_MOVED).map(|days| self.starts - days).find(|starts| self.is_quiet(agenda, *starts));
        self.starts = moved.unwrap_or(self.starts);
        self.booked = self.booked.min(self.starts);
        let booked = agenda.at(self.booked, 10);
        agenda.plan(booked, move |world, agenda, at| {
            let order = Order::create(world, at, self.order(agenda))?;
            agenda.plan(at.plus_seconds(AT_THE_CHECKOUT), move |world, agenda, at| {
                self.complete(world, agenda, at, order)
            });
            Ok(())
        });
    }

    /// The order to be finalized for it.
    pub(super) fn order(&self, agenda: &Agenda) -> NewOrder {
        let line = |kind, item, quantity| NewLine { kind, item, quantity, price: None };
        let mut line_items = vec![line(OrderLineKind::UnitType, self.unit_type.into(), self.quantity)];
        line_items.extend(self.protection.map(|level| line(OrderLineKind::Protection, level.into(), 1)));
        line_items.extend(self.products.iter().map(|product| line(OrderLineKind::Product, (*product).into(), 1)));
        if self.has_deposit {
            line_items.push(line(OrderLineKind::SecurityDeposit, self.unit_type.into(), self.quantity));
        }
        NewOrder {
            site: self.site,
            source: self.source,
            billing_period: Some(self.period),
            payment_method: self.method,
            purchase_order_number: None,
            starts_at: Some(StartsAt::At(agenda.at(self.starts, 9))),
            emails: Emails { booking_confirmation: true, move_in_day: true },
            coupon: self.coupon,
            contract_template: self.contract_template,
            contact: Some(Booker::Known(self.contact)),
            line_items,
            metadata: Metadata::new(),
            finalize: Some(Finalizing::default()),
        }
    }

    /// The customer pays, and with that the rental comes about.
    fn complete(self, world: &mut World, agenda: &mut Agenda, at: Timestamp, order: OrderId) -> Done {
        pay(world, at, order, PayOutcome::Succeed, None)?;
        let order = world.orders.get(order).ok_or(Refusal::NotFound)?;
        let subscription = order.subscription.ok_or(Refusal::NotFound)?;
        for (day, act) in self.later {
            agenda.plan(agenda.at(day, 11), move |world, agenda, at| act(world, agenda, at, subscription));
        }
        Ok(())
    }

    /// Whether nothing falls due today if it starts on a day: neither a start, nor an invoice, nor an answer of the bank.
    fn is_quiet(&self, agenda: &Agenda, starts: i64) -> bool {
        let calendar = BillingCalendar { anchor: agenda.date(starts), period: self.period };
        let (days, mandate) = (BankDays::less(&[]), agenda.date(self.booked.min(starts)));
        let mut due = calendar.dates_through(agenda.today()).collect::<Vec<_>>();
        if self.method.is_direct_debit() {
            due.extend(due.clone().into_iter().map(|date| days.answer(date, mandate)));
        }
        !due.contains(&agenda.today())
    }
}

/// A subscription.
fn rental(world: &World, id: SubscriptionId) -> Done<&Subscription> {
    Ok(world.subscriptions.get(id).ok_or(Refusal::NotFound)?)
}

/// Lets the charges of a customer to come end otherwise. It is a setting of the mock, and no act.
pub(super) fn let_charges_end(world: &mut World, id: SubscriptionId, outcome: ChargeOutcome) -> Done {
    let contact = rental(world, id)?.contact;
    world.contacts.update(contact, |contact| contact.account.charges = outcome);
    Ok(())
}

/// Lets a customer pay by hand from the next invoice on, each some days after it was sent.
pub(super) fn pay_by_hand(world: &mut World, agenda: &mut Agenda, at: Timestamp, id: SubscriptionId) -> Done {
    changes::set_payment_method(world, at, id, PaymentMethod::Manual, false)?;
    plan_visit(world, agenda, id)
}

/// Plans that a customer who pays by hand pays the invoice that comes next, and so on.
fn plan_visit(world: &World, agenda: &mut Agenda, id: SubscriptionId) -> Done {
    let Some(next) = rental(world, id)?.billing.next_invoice_at else { return Ok(()) };
    agenda.plan(next.plus_seconds(BY_HAND_AFTER * DAY), move |world, agenda, at| {
        let open = [("subscription_id", id.into()), ("status", InvoiceStatus::Open.as_str().into())];
        let open: Vec<InvoiceId> = world.invoices.having_all(&open).map(|invoice| invoice.id).collect();
        for invoice in open {
            Invoice::mark_paid(world, at, invoice)?;
        }
        plan_visit(world, agenda, id)
    });
    Ok(())
}

/// Cancels a rental to the end of the term that is paid (M2, M3).
pub(super) fn cancel(world: &mut World, at: Timestamp, id: SubscriptionId, reason: &'static str) -> Done {
    let text = (reason == ending::OTHER).then(|| "Needs no storage any more.".to_owned());
    let cancellation = Cancellation { when: CancelWhen::EndOfTerm, reason: Some(reason.to_owned()), text };
    Ok(ending::cancel(world, at, id, cancellation)?)
}

/// The contract of a rental.
pub(super) fn contract(world: &World, id: SubscriptionId) -> Done<ContractId> {
    let tenancy = rental(world, id)?.tenancy;
    let contract: Option<&Contract> = world.contracts.having("tenancy_id", &tenancy.into()).next();
    Ok(contract.ok_or(Refusal::NotFound)?.id)
}

/// The newest invoice of a rental that is in a state.
pub(super) fn newest_invoice(world: &World, id: SubscriptionId, status: InvoiceStatus) -> Done<InvoiceId> {
    let facets = [("subscription_id", id.into()), ("status", status.as_str().into())];
    Ok(world.invoices.having_all(&facets).next_back().ok_or(Refusal::NotFound)?.id)
}
