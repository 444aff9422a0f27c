//! What paid orders and staff make alike: a tenancy with the subscription that bills for it, and how the two set off (sections 4
//! and 5 of the description of the business).

use chrono::NaiveDate;

use super::billing::{bill_through_today, plan_next_invoice, start, zone};
use super::booking::new_customer_id;
use super::calendar::{BillingPeriod, daily_run};
use super::change::set;
use super::changes::Plan;
use super::contact::{Contact, ContactStatus, IdentityCheckStatus};
use super::ids::{ContactId, OrderId, SiteId, SubscriptionId, TenancyId};
use super::order::PaymentMethod;
use super::refusal::Refusal;
use super::subscription::{Billing, KeptDiscount, Subscription, SubscriptionLine, SubscriptionLineKind};
use super::tenancy::{Tenancy, TenancyDue};
use super::time::Timestamp;
use super::unit;
use crate::store::World;

/// A rental to be made.
pub(super) struct NewRental {
    pub(super) contact: ContactId,
    pub(super) site: SiteId,
    /// The order it comes of; none if staff make it (K4).
    pub(super) order: Option<OrderId>,
    pub(super) billing_period: BillingPeriod,
    pub(super) starts_at: Timestamp,
    /// The day of the start at the site, from which billing dates are counted (B6).
    pub(super) start_day: NaiveDate,
    pub(super) payment_method: PaymentMethod,
    pub(super) lines: Vec<SubscriptionLine>,
    pub(super) discount: Option<KeptDiscount>,
    pub(super) purchase_order_number: Option<String>,
}

/// Makes a tenancy and its subscription, which are still to set off.
pub(super) fn make(world: &mut World, at: Timestamp, new: NewRental) -> (TenancyId, SubscriptionId) {
    let (tenancy, subscription) = (world.ids.fresh(), world.ids.fresh());
    world.tenancies.insert(Tenancy {
        id: tenancy,
        contact: new.contact,
        created_at: at,
        ends_at: None,
        order: new.order,
        site: new.site,
        starts_at: new.starts_at,
        subscription: Some(subscription),
        unit_allocations: Vec::new(),
        updated_at: at,
        started: false,
        due: TenancyDue::default(),
    });
    world.subscriptions.insert(Subscription {
        id: subscription,
        billing_period: new.billing_period,
        cancellation_reason: None,
        cancelled: false,
        contact: new.contact,
        created_at: at,
        current_period: None,
        ends_at: None,
        line_items: new.lines,
        order: new.order,
        site: new.site,
        starts_at: new.starts_at,
        tenancy,
        updated_at: at,
        billing: Billing {
            anchor: new.start_day,
            invoices_raised: 0,
            payment_method: new.payment_method,
            discount: new.discount,
            purchase_order_number: new.purchase_order_number,
            next_invoice_at: None,
            cancellation_text: None,
            period_discount: None,
            unused: Vec::new(),
            plan: Plan::default(),
        },
    });
    (tenancy, subscription)
}

/// Makes a contact a customer that has one tenancy more. An identity check that was passed, or that staff have waived, is not asked
/// for again. The payment provider knows a customer, which a contact without a finalized order is not yet.
pub(super) fn win_customer(world: &mut World, at: Timestamp, contact: ContactId) {
    let identity_required = world.settings.identity_required;
    let is_unknown = world.contacts.get(contact).is_some_and(|contact| contact.stripe_customer_id.is_none());
    let customer_id = is_unknown.then(|| new_customer_id(world));
    Contact::amend(world, at, contact, |contact| {
        contact.status = ContactStatus::Customer;
        contact.tenancies_count += 1;
        set(&mut contact.stripe_customer_id, customer_id.map(Some));
        let check = &mut contact.identity_check;
        let is_settled = matches!(check.status, IdentityCheckStatus::Succeeded | IdentityCheckStatus::Skipped);
        check.required |= identity_required && !is_settled;
    });
}

/// Sets a rental off that was just made. If the day of its start has come, it starts and is billed at once; else both are planned.
/// Units are allocated by themselves as the site has it (A3, A6).
///
/// # Errors
/// Not found; figures that are too large.
pub(super) fn set_off(world: &mut World, at: Timestamp, id: SubscriptionId) -> Result<(), Refusal> {
    let subscription = world.subscriptions.get(id).ok_or(Refusal::NotFound)?;
    let zone = zone(world, subscription)?;
    let tenancy = subscription.tenancy;
    let wanted: Vec<_> = unit_lines(subscription).map(|line| (line.item, line.quantity)).collect();
    let started = subscription.billing.anchor <= at.date_in(zone);
    if started {
        start(world, at, id)?;
        bill_through_today(world, at, id)?;
    } else {
        plan_start(world, id)?;
    }
    if world.tenancies.get(tenancy).is_some_and(|tenancy| tenancy.ended(at)) {
        // Not even its first rent could be charged (D3).
        return Ok(());
    }
    for (unit_type, quantity) in wanted {
        if let Some(unit_type) = unit_type.of() {
            unit::auto_reserve(world, at, tenancy, unit_type, quantity, started)?;
        }
    }
    Ok(())
}

/// Plans the start of a rental that is to come, at 06:00 of its day (S2), and its first invoice.
///
/// # Errors
/// Not found.
pub(super) fn plan_start(world: &mut World, id: SubscriptionId) -> Result<(), Refusal> {
    let subscription = world.subscriptions.get(id).ok_or(Refusal::NotFound)?;
    let zone = zone(world, subscription)?;
    let (tenancy, day) = (subscription.tenancy, subscription.billing.anchor);
    world.tenancies.update(tenancy, |tenancy| tenancy.due.start = Some(daily_run(day, zone)));
    plan_next_invoice(world, id)
}

/// The lines of a subscription that stand for units.
pub(super) fn unit_lines(subscription: &Subscription) -> impl Iterator<Item = &SubscriptionLine> {
    subscription.line_items.iter().filter(|line| line.kind == SubscriptionLineKind::UnitType)
}
