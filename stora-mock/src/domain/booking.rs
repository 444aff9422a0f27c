//! Booking: how an order is drafted, changed and finalized (section 3 of the description of the business). How it ends
//! is told in `completion`.

use chrono::NaiveDate;

use super::calendar::BillingPeriod;
use super::change::set;
use super::contact::{Contact, ContactChange, NewContact};
use super::event::EventKind;
use super::faults::{Faults, within};
use super::ids::{ContactId, ContractTemplateId, CouponId, OrderId, SiteId};
use super::metadata::{Metadata, MetadataPatch, merged};
use super::order::{Emails, Order, OrderLineKind, OrderSource, OrderStatus, PaymentMethod, StartsAt, Totals};
use super::order_lines::{self, NewLine, lines};
use super::order_totals::{recompute, settle};
use super::refusal::Refusal;
use super::tax::TotalsOverflow;
use super::time::Timestamp;
use crate::store::World;

/// The data of an order to be made. The site alone is needed for a draft (O3).
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct NewOrder {
    pub site: SiteId,
    pub source: OrderSource,
    pub billing_period: Option<BillingPeriod>,
    pub payment_method: PaymentMethod,
    pub purchase_order_number: Option<String>,
    pub starts_at: Option<StartsAt>,
    pub emails: Emails,
    pub coupon: Option<CouponId>,
    pub contract_template: Option<ContractTemplateId>,
    pub contact: Option<Booker>,
    pub line_items: Vec<NewLine>,
    pub metadata: Metadata,
    /// How it is to be finalized in the same act; none leaves a draft.
    pub finalize: Option<Finalizing>,
}

/// Changes to an order: what is none stays, what is `Some(None)` is cleared.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct OrderChange {
    pub billing_period: Option<Option<BillingPeriod>>,
    pub payment_method: Option<PaymentMethod>,
    pub purchase_order_number: Option<Option<String>>,
    pub starts_at: Option<Option<StartsAt>>,
    pub booking_confirmation: Option<bool>,
    pub move_in_day: Option<bool>,
    pub coupon: Option<Option<CouponId>>,
    pub contract_template: Option<Option<ContractTemplateId>>,
    pub contact: Option<Option<Booker>>,
    pub metadata: Option<MetadataPatch>,
}

/// Who books: a contact that there is, or the data of one (O25).
#[derive(Debug, Clone)]
pub enum Booker {
    /// A contact that there is.
    Known(ContactId),
    /// The contact of an email address, without regard to case, which gets the given data; a new one if there is none.
    Inline {
        /// The email address.
        email: String,
        /// The given data besides.
        data: Box<ContactChange>,
    },
}

/// How an order is finalized.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Finalizing {
    /// Where a customer goes who cancels on the checkout page (O11).
    pub cancel_redirect_url: Option<String>,
}

/// Number of characters of the secret that the address of a checkout page ends in.
const CHECKOUT_TOKEN_LENGTH: usize = 43;

/// The characters of that secret.
const URL_SAFE: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Number of characters behind `cus_` in customer ids of the payment provider.
const CUSTOMER_ID_LENGTH: usize = 14;

/// Those characters.
const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

impl Order {
    /// Makes a draft, and finalizes it at once if that is asked for.
    ///
    /// # Errors
    /// Whatever the body names that there is not, or not for this order; figures that are too large; when finalizing, whatever
    /// lacks for it (O5). A conflict over the coupon (Q8, Q9) or, when finalizing, a deposit that no card pays (P2).
    pub fn create(world: &mut World, at: Timestamp, new: NewOrder) -> Result<OrderId, Refusal> {
        let mut faults = Faults::default();
        let site_is_known = world.sites.contains(new.site);
        faults.check_known("/site/id", &world.sites, Some(new.site));
        check_references(world, new.coupon, new.contract_template, &mut faults);
        let has_contact = new.contact.is_some();
        let contact = new.contact.map(|booker| book_for(world, at, booker)).transpose();
        let contact = faults.gather(contact)?.flatten();
        let site = site_is_known.then_some(new.site);
        let priced = order_lines::check_all(world, site, new.billing_period, &new.line_items, &mut faults)?;
        if new.finalize.is_some() {
            let has_unit_type = new.line_items.iter().any(|line| line.kind == OrderLineKind::UnitType);
            let found = [has_contact, new.billing_period.is_some(), new.starts_at.is_some(), has_unit_type];
            for (member, words) in lacking(found) {
                faults.add(format!("/{member}"), format!("An order needs {words} to be finalized."));
            }
        }
        faults.none()?;

        let id = world.ids.fresh();
        let line_items = priced.iter().map(|line| order_lines::insert(world, at, id, line)).collect();
        world.orders.insert(Self {
            id,
            billing_period: new.billing_period,
            contact,
            contract_template: new.contract_template,
            coupon: new.coupon,
            created_at: at,
            emails: new.emails,
            line_items,
            metadata: new.metadata,
            payment_method: new.payment_method,
            purchase_order_number: new.purchase_order_number,
            site: new.site,
            source: new.source,
            starts_at: new.starts_at,
            status: OrderStatus::Draft,
            subscription: None,
            tenancy: None,
            totals: Totals::default(),
            discount: None,
            updated_at: at,
            checkout_token: None,
            cancel_redirect_url: None,
        });
        recompute(world, at, id).map_err(|overflow| {
            let pointer = match overflow {
                TotalsOverflow::Line(place) => format!("/line_items/{place}/quantity"),
                TotalsOverflow::Sum => "/line_items".to_owned(),
            };
            Refusal::invalid(pointer, overflow.to_string())
        })?;
        check_coupon(world, at, id)?;
        world.tell(EventKind::OrderCreated, id, at);
        if let Some(how) = new.finalize {
            lock(world, at, id, how)?;
        }
        Ok(id)
    }

    /// Changes a draft. A change without effect tells of nothing (W2).
    ///
    /// # Errors
    /// Not found; whatever the body names that there is not; too many pairs; a billing period for which a line has no catalogue
    /// price (O15). A conflict unless the order is a draft (O1), or over the coupon when that or the start changes (Q8, Q9).
    pub fn change(world: &mut World, at: Timestamp, id: OrderId, change: OrderChange) -> Result<(), Refusal> {
        let before = world.orders.get(id).ok_or(Refusal::NotFound)?.clone();
        let mut faults = Faults::default();
        check_references(world, change.coupon.flatten(), change.contract_template.flatten(), &mut faults);
        let contact = match change.contact {
            Some(Some(booker)) => faults.gather(book_for(world, at, booker))?.map(Some),
            Some(None) => Some(None),
            None => None,
        };
        let metadata = change.metadata.map(|patch| merged(&before.metadata, &patch)).transpose();
        let metadata = faults.gather(metadata)?.flatten();
        let new_period = change.billing_period.flatten().filter(|period| before.billing_period != Some(*period));
        let prices = new_period.map(|period| order_lines::repriced(world, &before, period)).transpose();
        let prices = faults.gather(prices)?.flatten().unwrap_or_default();
        faults.none()?;
        draft(world, id)?;

        let changed = world.orders.amend(id, at, |order| {
            set(&mut order.billing_period, change.billing_period);
            set(&mut order.payment_method, change.payment_method);
            set(&mut order.purchase_order_number, change.purchase_order_number);
            set(&mut order.starts_at, change.starts_at);
            set(&mut order.emails.booking_confirmation, change.booking_confirmation);
            set(&mut order.emails.move_in_day, change.move_in_day);
            set(&mut order.coupon, change.coupon);
            set(&mut order.contract_template, change.contract_template);
            set(&mut order.contact, contact);
            set(&mut order.metadata, metadata);
        });
        if changed != Some(true) {
            return Ok(());
        }
        for (line, price) in prices {
            world.order_line_items.amend(line, at, |line| line.price = price);
        }
        // Of what can be changed here, the period alone moves prices.
        settle(world, at, id, |_| "/billing_period".to_owned())?;
        let coupon_is_to_be_checked = world
            .orders
            .get(id)
            .is_some_and(|order| order.coupon != before.coupon || order.starts_at != before.starts_at);
        if coupon_is_to_be_checked { check_coupon(world, at, id) } else { Ok(()) }
    }

    /// Locks a draft and opens it for payment.
    ///
    /// # Errors
    /// Not found; a conflict unless the order is a draft (O1) that lacks nothing (O4), over the coupon (Q8, Q9), and over a deposit
    /// that no card pays (P2).
    pub fn finalize(world: &mut World, at: Timestamp, id: OrderId, how: Finalizing) -> Result<(), Refusal> {
        let order = draft(world, id)?;
        let has_unit_type = lines(world, order).any(|line| line.kind == OrderLineKind::UnitType);
        let found = [order.contact.is_some(), order.billing_period.is_some(), order.starts_at.is_some(), has_unit_type];
        let members: Vec<String> = lacking(found).map(|(member, words)| format!("{words} (`{member}`)")).collect();
        if !members.is_empty() {
            let reason = format!("The order {id} lacks {}, without which it cannot be finalized.", members.join(", "));
            return Err(Refusal::conflict("O4", reason));
        }
        recompute(world, at, id).map_err(|overflow| Refusal::conflict("O23", overflow.to_string()))?;
        check_coupon(world, at, id)?;
        world.tell(EventKind::OrderUpdated, id, at);
        lock(world, at, id, how)
    }

    /// The day at its site on which storage begins, if that is known: `now` is the day of `at` (O6).
    pub fn start_day(&self, world: &World, at: Timestamp) -> Option<NaiveDate> {
        let zone = world.sites.get(self.site)?.settings.time_zone;
        Some(self.starts_at?.resolved(at).date_in(zone))
    }
}

/// An order that can still be changed.
///
/// # Errors
/// Not found; a conflict unless it is a draft (O1).
pub(super) fn draft(world: &World, id: OrderId) -> Result<&Order, Refusal> {
    let order = world.orders.get(id).ok_or(Refusal::NotFound)?;
    if order.status == OrderStatus::Draft {
        return Ok(order);
    }
    Err(Refusal::conflict(
        "O1",
        format!("The order {id} is {}; only a draft can be changed or finalized.", order.status),
    ))
}

/// What an order lacks to be finalized (O4): the names of members, each with words for it. `found` says whether there are a contact,
/// a billing period, a start and a unit type line.
fn lacking(found: [bool; 4]) -> impl Iterator<Item = (&'static str, &'static str)> {
    let members = [
        ("contact", "a contact"),
        ("billing_period", "a billing period"),
        ("starts_at", "a start"),
        ("line_items", "a line of a unit type"),
    ];
    members.into_iter().zip(found).filter(|(_, found)| !found).map(|(member, _)| member)
}

/// Makes a draft that lacks nothing a finalized order, and gives its contact a customer id at the payment provider if it is the
/// contact's first.
fn lock(world: &mut World, at: Timestamp, id: OrderId, how: Finalizing) -> Result<(), Refusal> {
    let order = draft(world, id)?;
    let method = order.payment_method;
    check_deposit(world, order, method)?;
    let contact = order.contact;
    let token = world.ids.text(CHECKOUT_TOKEN_LENGTH, URL_SAFE);
    world.orders.amend(id, at, |order| {
        order.status = OrderStatus::Finalized;
        order.checkout_token = Some(token);
        order.cancel_redirect_url = how.cancel_redirect_url;
    });
    world.tell(EventKind::OrderFinalized, id, at);
    let newcomer = contact.and_then(|id| world.contacts.get(id)).filter(|contact| contact.stripe_customer_id.is_none());
    if let Some(contact) = newcomer.map(|contact| contact.id) {
        let customer = new_customer_id(world);
        Contact::amend(world, at, contact, |contact| contact.stripe_customer_id = Some(customer));
    }
    Ok(())
}

/// An id of a customer at the payment provider.
pub(super) fn new_customer_id(world: &mut World) -> String {
    format!("cus_{}", world.ids.text(CUSTOMER_ID_LENGTH, ALPHANUMERIC))
}

/// Checks that a deposit on an order would be paid by card.
///
/// # Errors
/// A conflict when it would not (P2).
pub fn check_deposit(world: &World, order: &Order, method: PaymentMethod) -> Result<(), Refusal> {
    if method != PaymentMethod::Card && lines(world, order).any(|line| line.kind == OrderLineKind::SecurityDeposit) {
        let reason =
            format!("The order {} has a security deposit, which a card alone can pay, not {method}.", order.id);
        return Err(Refusal::conflict("P2", reason));
    }
    Ok(())
}

/// Checks the coupon of an order, if it has one, against the order's start.
fn check_coupon(world: &World, at: Timestamp, id: OrderId) -> Result<(), Refusal> {
    let order = world.orders.get(id).ok_or(Refusal::NotFound)?;
    match order.coupon.and_then(|coupon| world.coupons.get(coupon)) {
        Some(coupon) => coupon.admits(order.start_day(world, at)),
        None => Ok(()),
    }
}

fn check_references(
    world: &World,
    coupon: Option<CouponId>,
    contract_template: Option<ContractTemplateId>,
    faults: &mut Faults,
) {
    faults.check_known("/coupon/id", &world.coupons, coupon);
    faults.check_known("/contract_template/id", &world.contract_templates, contract_template);
}

/// Finds the contact that an order is for, or makes it (O25).
pub(super) fn book_for(world: &mut World, at: Timestamp, booker: Booker) -> Result<ContactId, Refusal> {
    match booker {
        Booker::Known(id) if world.contacts.contains(id) => Ok(id),
        Booker::Known(id) => Err(Refusal::unknown("/contact/id", id)),
        Booker::Inline { email, data } => {
            let written = match Contact::of_email(world, &email).map(|contact| contact.id) {
                Some(id) => Contact::change(world, at, id, *data).map(|()| id),
                None => Contact::create(world, at, new_contact(email, *data)),
            };
            written.map_err(|refusal| within("/contact", refusal))
        }
    }
}

fn new_contact(email: String, data: ContactChange) -> NewContact {
    let pairs = data.metadata.unwrap_or_default();
    NewContact {
        email,
        full_name: data.full_name.flatten(),
        phone_number: data.phone_number.flatten(),
        tax_id: data.tax_id.flatten(),
        company_registration_number: data.company_registration_number.flatten(),
        address: data.address.flatten(),
        kind: data.kind.flatten(),
        marketing_source: data.marketing_source.flatten(),
        source: data.source.flatten(),
        use_case: data.use_case.flatten(),
        metadata: pairs.into_iter().filter_map(|(key, value)| Some((key, value?))).collect(),
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
