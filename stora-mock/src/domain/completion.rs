//! How orders end: paid by the customer on the checkout page, which makes a rental of them (section 4 of the description of the
//! business), or called off.

use chrono::NaiveDate;

use super::billing::{issue, line_for, too_large};
use super::booking::check_deposit;
use super::calendar::BillingPeriod;
use super::charging::{next_outcome, save_method};
use super::contact::ChargeOutcome;
use super::contract::Contract;
use super::coupon::{Coupon, CouponTerms};
use super::discount::{LineKind, Reduction};
use super::event::EventKind;
use super::ids::{ContactId, OrderId, SubscriptionId, TenancyId};
use super::invoice::{AttemptOutcome, Invoice, InvoicePurpose};
use super::invoicing::NewInvoice;
use super::notice::NoticeKind;
use super::order::{Order, OrderLineItem, OrderStatus, PaymentMethod, StartsAt};
use super::order_lines::lines;
use super::refusal::Refusal;
use super::rental::{self, NewRental, set_off, win_customer};
use super::subscription::{KeptDiscount, SubscriptionLine, SubscriptionLineKind};
use super::tax::invoice_totals_less;
use super::time::Timestamp;
use crate::store::World;

/// What the bank says to the card or mandate that a customer enters on the checkout page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayOutcome {
    /// It is accepted.
    Succeed,
    /// It is declined.
    Decline,
}

/// What comes of a payment on the checkout page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payment {
    /// The order is completed.
    Completed,
    /// The card or mandate was declined, or the one-time charges were. The order is finalized still, and can be paid anew.
    Declined,
}

/// An order that is being completed, with what finalizing has made sure of.
struct Completing {
    order: Order,
    lines: Vec<OrderLineItem>,
    contact: ContactId,
    billing_period: BillingPeriod,
    method: PaymentMethod,
    starts_at: Timestamp,
    /// The day of the start at the site: what billing dates are counted from (B6).
    start_day: NaiveDate,
    /// The day of the payment at the site.
    today: NaiveDate,
}

/// Pays an order on its checkout page, by its own payment method or by another one, which takes its place. It is one act: the order
/// completes with all that follows from it, or nothing comes of it.
///
/// A declined payment leaves everything as it was, down to the saved payment methods; it only uses up one of the contact's charges
/// that were set to be declined.
///
/// # Errors
/// Not found; a conflict unless the order is finalized (O2) and when a deposit would be paid by direct debit (P2); a method that no
/// checkout page takes.
pub fn pay(
    world: &mut World,
    at: Timestamp,
    id: OrderId,
    outcome: PayOutcome,
    method: Option<PaymentMethod>,
) -> Result<Payment, Refusal> {
    let completing = Completing::begin(world, at, id, method)?;
    if outcome == PayOutcome::Decline || completing.one_time_charges_decline(world) {
        return Ok(Payment::Declined);
    }
    save_method(world, at, completing.contact, completing.method)?;
    let (tenancy, subscription) = completing.make_rental(world, at);
    win_customer(world, at, completing.contact);
    if let Some(template) = completing.order.contract_template {
        Contract::issue(world, at, tenancy, template)?;
    }
    completing.bill_once(world, at, subscription)?;
    set_off(world, at, subscription)?;
    if completing.order.emails.booking_confirmation {
        world.notify(at, NoticeKind::BookingConfirmation, Some(completing.contact), id);
    }
    Ok(Payment::Completed)
}

/// What paying an order charges at once, in minor units, if its charges succeed: the one-time charges, and the rent if storage begins
/// on this day or has begun already. It pays the order to find out, so that this is an act to be undone again.
///
/// # Errors
/// As when it is paid.
pub fn due_now(world: &mut World, at: Timestamp, id: OrderId) -> Result<i64, Refusal> {
    let contact = world.orders.get(id).ok_or(Refusal::NotFound)?.contact;
    if let Some(contact) = contact {
        world.contacts.update(contact, |contact| contact.account.charges = ChargeOutcome::Succeed);
    }
    pay(world, at, id, PayOutcome::Succeed, None)?;
    let subscription = world.orders.get(id).and_then(|order| order.subscription).ok_or(Refusal::NotFound)?;
    Ok(world.invoices.having("subscription_id", &subscription.into()).map(|invoice| invoice.amount_due).sum())
}

/// Calls off a draft or a finalized order, which is final (O2).
///
/// # Errors
/// Not found; a conflict when the order is completed or abandoned.
pub fn abandon(world: &mut World, at: Timestamp, id: OrderId) -> Result<(), Refusal> {
    let status = world.orders.get(id).ok_or(Refusal::NotFound)?.status;
    if matches!(status, OrderStatus::Completed | OrderStatus::Abandoned) {
        return Err(Refusal::conflict("O2", format!("The order {id} is {status}, which is final.")));
    }
    world.orders.amend(id, at, |order| order.status = OrderStatus::Abandoned);
    world.tell(EventKind::OrderUpdated, id, at);
    world.tell(EventKind::OrderAbandoned, id, at);
    Ok(())
}

impl Completing {
    fn begin(world: &World, at: Timestamp, id: OrderId, method: Option<PaymentMethod>) -> Result<Self, Refusal> {
        let order = world.orders.get(id).ok_or(Refusal::NotFound)?;
        if order.status != OrderStatus::Finalized {
            let reason = format!("The order {id} is {}; only a finalized order can be paid.", order.status);
            return Err(Refusal::conflict("O2", reason));
        }
        let method = method.unwrap_or(order.payment_method);
        if method == PaymentMethod::Manual {
            return Err(Refusal::invalid("/payment_method", "The checkout page takes cards and mandates only."));
        }
        check_deposit(world, order, method)?;
        let (Some(contact), Some(billing_period), Some(starts_at), Some(site)) =
            (order.contact, order.billing_period, order.starts_at, world.sites.get(order.site))
        else {
            return Err(Refusal::conflict("O4", format!("The order {id} lacks something that a finalized order has.")));
        };
        let starts_at = starts_at.resolved(at);
        let zone = site.settings.time_zone;
        Ok(Self {
            lines: lines(world, order).cloned().collect(),
            order: order.clone(),
            contact,
            billing_period,
            method,
            starts_at,
            start_day: starts_at.date_in(zone),
            today: at.date_in(zone),
        })
    }

    /// Step 1, before anything is made: whether a charge of deposits and one-time products by card is declined. A direct debit of
    /// products is with the bank first (I12), and what account credit pays is not charged at all (I7).
    fn one_time_charges_decline(&self, world: &mut World) -> bool {
        let credit = world.contacts.get(self.contact).map_or(0, |contact| contact.account.credit);
        let is_charged = self.method == PaymentMethod::Card && self.order.totals.one_time_total > credit;
        is_charged && next_outcome(world, self.contact) == AttemptOutcome::Declined
    }

    /// Steps 2 and 3: the tenancy and the subscription, and the order that leads to them.
    fn make_rental(&self, world: &mut World, at: Timestamp) -> (TenancyId, SubscriptionId) {
        let order = &self.order;
        let kept = |(coupon, terms)| KeptDiscount {
            coupon,
            taken_at_booking: self.taken_at_booking(&terms),
            terms,
            since: self.start_day,
            begun: false,
        };
        let new = NewRental {
            contact: self.contact,
            site: order.site,
            order: Some(order.id),
            billing_period: self.billing_period,
            starts_at: self.starts_at,
            start_day: self.start_day,
            payment_method: self.method,
            lines: self.lines.iter().filter_map(|line| subscription_line(line, at)).collect(),
            discount: order.coupon.zip(order.discount.clone()).map(kept),
            purchase_order_number: order.purchase_order_number.clone(),
        };
        let (tenancy, subscription) = rental::make(world, at, new);
        world.orders.amend(order.id, at, |order| {
            order.status = OrderStatus::Completed;
            order.starts_at = Some(StartsAt::At(self.starts_at));
            order.payment_method = self.method;
            order.tenancy = Some(tenancy);
            order.subscription = Some(subscription);
        });
        if let Some(coupon) = order.coupon {
            Coupon::redeem(world, coupon);
        }
        world.tell(EventKind::OrderUpdated, order.id, at);
        world.tell(EventKind::OrderCompleted, order.id, at);
        (tenancy, subscription)
    }

    /// What the fixed amount of a coupon takes off what is charged once. No sum of its shares is more than the amount.
    fn taken_at_booking(&self, terms: &CouponTerms) -> i64 {
        match terms.discount.reduction {
            Reduction::Amount(_) => {
                self.lines.iter().filter(|line| !line.recurring).map(|line| line.discount_total).sum()
            }
            Reduction::Percentage(_) => 0,
        }
    }

    /// Step 6: an invoice for the deposits and one for the one-time products, issued and charged at once.
    fn bill_once(&self, world: &mut World, at: Timestamp, subscription: SubscriptionId) -> Result<(), Refusal> {
        for (purpose, kind) in
            [(InvoicePurpose::Deposit, LineKind::SecurityDeposit), (InvoicePurpose::Products, LineKind::OneTimeProduct)]
        {
            let lines: Vec<&OrderLineItem> = self.lines.iter().filter(|line| line.line_kind() == kind).collect();
            if lines.is_empty() {
                continue;
            }
            let discounts: Vec<i64> = lines.iter().map(|line| line.discount_total).collect();
            let new = NewInvoice {
                contact: self.contact,
                site: self.order.site,
                subscription: Some(subscription),
                purpose,
                method: self.method,
                period: None,
                due_on: Some(self.today),
                purchase_order_number: self.order.purchase_order_number.clone(),
                lines: lines
                    .iter()
                    .map(|it| line_for(world, kind, it.item, it.price, it.quantity, it.tax_rates.clone()))
                    .collect(),
            };
            let figures = invoice_totals_less(&new.priced(), &discounts).map_err(too_large)?;
            let invoice = Invoice::raise(world, at, new, &figures);
            issue(world, at, invoice)?;
        }
        Ok(())
    }
}

/// The line of a subscription that a line of its order becomes; none of what is charged once.
fn subscription_line(line: &OrderLineItem, at: Timestamp) -> Option<SubscriptionLine> {
    let kind = match line.line_kind() {
        LineKind::UnitType => SubscriptionLineKind::UnitType,
        LineKind::Protection => SubscriptionLineKind::Protection,
        LineKind::RecurringProduct => SubscriptionLineKind::CustomProduct,
        LineKind::OneTimeProduct | LineKind::SecurityDeposit | LineKind::FreeText => return None,
    };
    Some(SubscriptionLine {
        kind,
        item: line.item,
        price: line.price,
        quantity: line.quantity,
        created_at: at,
        updated_at: at,
        tax: line.tax_rates.clone(),
    })
}

#[cfg(test)]
mod tests;
