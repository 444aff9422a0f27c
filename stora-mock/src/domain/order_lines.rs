//! Lines of orders: what they may name, what they cost, and how those of a draft are added, changed and removed.

use super::booking::draft;
use super::calendar::BillingPeriod;
use super::change::set;
use super::faults::{Faults, within};
use super::ids::{AnyId, OrderId, OrderLineItemId, SiteId};
use super::money::times;
use super::order::{Order, OrderLineItem, OrderLineKind};
use super::order_totals::settle;
use super::price::PricePeriod;
use super::product::ChargeType;
use super::refusal::Refusal;
use super::tax::{TaxRates, TotalsOverflow};
use super::time::Timestamp;
use crate::store::World;

/// The data of a line to be made.
#[derive(Debug, Clone, Copy)]
pub struct NewLine {
    /// Kind of line.
    pub kind: OrderLineKind,
    /// What it is for: a unit type, a protection level or a product.
    pub item: AnyId,
    /// Number of pieces, at least 1.
    pub quantity: i64,
    /// Price of one piece in minor units; the catalogue price if left out (O13).
    pub price: Option<i64>,
}

/// Changes to a line: what is none stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct LineChange {
    /// Number of pieces, at least 1.
    pub quantity: Option<i64>,
    /// Price of one piece in minor units. From then on the line no longer follows the catalogue.
    pub price: Option<i64>,
}

/// What the lines of an order are checked against.
#[derive(Debug, Clone, Copy)]
pub(super) struct LineContext {
    /// The site of the order; none if that is not known, and then every item may be had.
    pub site: Option<SiteId>,
    /// Its billing period.
    pub billing_period: Option<BillingPeriod>,
    /// Whether it has a protection line already.
    pub has_protection: bool,
}

/// A line that was checked, with its price.
#[derive(Debug, Clone, Copy)]
pub(super) struct PricedLine {
    pub line: NewLine,
    pub price: i64,
    pub recurring: bool,
}

impl OrderLineItem {
    /// Adds a line to a draft, behind its others.
    ///
    /// # Errors
    /// Not found; an item that there is not, or not for this order; a price that is missing or too large; a conflict unless the
    /// order is a draft (O1).
    pub fn create(world: &mut World, at: Timestamp, order: OrderId, new: NewLine) -> Result<OrderLineItemId, Refusal> {
        let context = LineContext::of(world, world.orders.get(order).ok_or(Refusal::NotFound)?);
        let line = check(world, context, new)?;
        draft(world, order)?;
        let id = insert(world, at, order, &line);
        world.orders.amend(order, at, |order| order.line_items.push(id));
        let culprit = |overflow| match overflow {
            TotalsOverflow::Sum if new.price.is_some() => "/price/amount".to_owned(),
            TotalsOverflow::Sum | TotalsOverflow::Line(_) => "/quantity".to_owned(),
        };
        settle(world, at, order, culprit)?;
        Ok(id)
    }

    /// Changes a line of a draft. A change without effect tells of nothing (W2).
    ///
    /// # Errors
    /// Not found, also when the line is one of another order; a sum that is too large; a conflict unless the order is a draft
    /// (O1).
    pub fn change(
        world: &mut World,
        at: Timestamp,
        order: OrderId,
        id: OrderLineItemId,
        change: LineChange,
    ) -> Result<(), Refusal> {
        let line = line_of(world, order, id)?;
        let (quantity, price) = (change.quantity.unwrap_or(line.quantity), change.price.unwrap_or(line.price));
        let culprit = if change.quantity.is_some() { "/quantity" } else { "/price/amount" };
        in_range(quantity, price)?;
        times(price, quantity).map_err(|overflow| Refusal::invalid(culprit, overflow.to_string()))?;
        draft(world, order)?;
        if change.price.is_some() {
            // That the line is priced by the caller from now on shows nowhere, so that this alone is no change to be told of.
            world.order_line_items.update(id, |line| line.price_set_by_caller = true);
        }
        let changed = world.order_line_items.amend(id, at, |line| {
            set(&mut line.quantity, change.quantity);
            set(&mut line.price, change.price);
        });
        if changed == Some(true) { settle(world, at, order, |_| culprit.to_owned()) } else { Ok(()) }
    }

    /// Removes a line from a draft, which may be its last.
    ///
    /// # Errors
    /// Not found, also when the line is one of another order; a conflict unless the order is a draft (O1).
    pub fn delete(world: &mut World, at: Timestamp, order: OrderId, id: OrderLineItemId) -> Result<(), Refusal> {
        line_of(world, order, id)?;
        draft(world, order)?;
        world.order_line_items.remove(id);
        world.orders.amend(order, at, |order| order.line_items.retain(|line| *line != id));
        settle(world, at, order, |_| String::new())
    }
}

impl LineContext {
    fn of(world: &World, order: &Order) -> Self {
        let has_protection = lines(world, order).any(|line| line.kind == OrderLineKind::Protection);
        Self { site: Some(order.site), billing_period: order.billing_period, has_protection }
    }
}

/// The lines of an order, in their order.
pub fn lines<'w>(world: &'w World, order: &'w Order) -> impl Iterator<Item = &'w OrderLineItem> {
    order.line_items.iter().filter_map(|id| world.order_line_items.get(*id))
}

/// Checks the lines that an order is to begin with. Their faults go to `faults`, with pointers below `/line_items`.
///
/// # Errors
/// None of its own: whatever is wrong with a line is a fault.
pub(super) fn check_all(
    world: &World,
    site: Option<SiteId>,
    billing_period: Option<BillingPeriod>,
    new: &[NewLine],
    faults: &mut Faults,
) -> Result<Vec<PricedLine>, Refusal> {
    let mut context = LineContext { site, billing_period, has_protection: false };
    let mut checked = Vec::with_capacity(new.len());
    for (place, line) in new.iter().enumerate() {
        let result = check(world, context, *line).map_err(|refusal| within(&format!("/line_items/{place}"), refusal));
        checked.extend(faults.gather(result)?);
        context.has_protection |= line.kind == OrderLineKind::Protection;
    }
    Ok(checked)
}

/// Puts a line into the table; its order has still to take it up.
pub(super) fn insert(world: &mut World, at: Timestamp, order: OrderId, priced: &PricedLine) -> OrderLineItemId {
    let PricedLine { line, price, recurring } = *priced;
    let id = world.ids.fresh();
    world.order_line_items.insert(OrderLineItem {
        id,
        order,
        created_at: at,
        discount_total: 0,
        item: line.item,
        price,
        price_set_by_caller: line.price.is_some(),
        quantity: line.quantity,
        tax: 0,
        total: 0,
        kind: line.kind,
        updated_at: at,
        recurring,
        tax_rates: TaxRates::default(),
    });
    id
}

/// The prices that the lines of an order have for another billing period: those that took the catalogue price of the old one
/// follow, those that the caller priced and those that are charged once stay (O14).
///
/// # Errors
/// If a line has no catalogue price for the period (O15).
pub(super) fn repriced(
    world: &World,
    order: &Order,
    period: BillingPeriod,
) -> Result<Vec<(OrderLineItemId, i64)>, Refusal> {
    let follows = |line: &&OrderLineItem| line.recurring && !line.price_set_by_caller;
    lines(world, order)
        .filter(follows)
        .map(|line| match catalogue_price(world, line.kind, line.item, Some(period)) {
            Some(price) => Ok((line.id, price)),
            None => {
                let reason = format!("{} has no price for the billing period {period}.", line.item);
                Err(Refusal::invalid("/billing_period", reason))
            }
        })
        .collect()
}

/// Checks a line that an order is to get, and finds its price.
fn check(world: &World, context: LineContext, line: NewLine) -> Result<PricedLine, Refusal> {
    let recurring = item(world, context.site, line.kind, line.item)?;
    if line.kind == OrderLineKind::Protection && context.has_protection {
        return Err(Refusal::invalid("/type", "The order has a protection line already; it can have one at most."));
    }
    let price = line
        .price
        .or_else(|| catalogue_price(world, line.kind, line.item, context.billing_period))
        .ok_or_else(|| missing_price(context, line, recurring))?;
    in_range(line.quantity, price)?;
    times(price, line.quantity).map_err(|overflow| Refusal::invalid("/quantity", overflow.to_string()))?;
    Ok(PricedLine { line, price, recurring })
}

/// Checks that an item is there, is of the kind that the line is for, and can be had at a site (O12). Gives whether it is charged
/// in every billing period.
///
/// # Errors
/// At `/item/id`, an item that is none of these.
pub(super) fn item(world: &World, site: Option<SiteId>, kind: OrderLineKind, item: AnyId) -> Result<bool, Refusal> {
    // The site that the item is bound to, if it is to one, and whether it recurs.
    let found = match kind {
        OrderLineKind::UnitType | OrderLineKind::SecurityDeposit => {
            let unit_type = item.of().and_then(|id| world.unit_types.get(id));
            unit_type.map(|unit_type| (Some(unit_type.site), kind == OrderLineKind::UnitType))
        }
        OrderLineKind::Protection => item.of().and_then(|id| world.protection_levels.get(id)).map(|_| (None, true)),
        OrderLineKind::Product => {
            let product = item.of().and_then(|id| world.products.get(id));
            product.map(|product| (Some(product.site), product.charge_type == ChargeType::Recurring))
        }
    };
    match found {
        None => Err(Refusal::invalid("/item/id", format!("There is no {item} for a line of type {kind}."))),
        Some((its_site, recurring)) => match its_site.zip(site).filter(|(its_site, site)| its_site != site) {
            None => Ok(recurring),
            Some((its_site, site)) => {
                Err(Refusal::invalid("/item/id", format!("{item} belongs to {its_site}, not to {site}.")))
            }
        },
    }
}

/// What an item costs now, in a billing period unless it is charged once.
pub(super) fn catalogue_price(
    world: &World,
    kind: OrderLineKind,
    item: AnyId,
    period: Option<BillingPeriod>,
) -> Option<i64> {
    let period = period.map(PricePeriod::from);
    match kind {
        OrderLineKind::UnitType => world.unit_types.get(item.of()?)?.prices.amount(period?),
        OrderLineKind::Protection => world.protection_levels.get(item.of()?)?.prices.amount(period?),
        OrderLineKind::Product => {
            let product = world.products.get(item.of()?)?;
            match product.charge_type {
                ChargeType::OneTime => product.prices.amount(PricePeriod::OneTime),
                ChargeType::Recurring => product.prices.amount(period?),
            }
        }
        OrderLineKind::SecurityDeposit => world.unit_types.get(item.of()?)?.security_deposit,
    }
}

fn missing_price(context: LineContext, line: NewLine, recurring: bool) -> Refusal {
    let reason = match (line.kind, context.billing_period) {
        (OrderLineKind::SecurityDeposit, _) => {
            format!("{} asks for no deposit, so that a price has to be given.", line.item)
        }
        (_, None) if recurring => "Without a billing period of the order, a price has to be given.".to_owned(),
        (_, Some(period)) if recurring => format!("{} has no price for the billing period {period}.", line.item),
        _ => format!("{} has no price.", line.item),
    };
    Refusal::invalid("/price", reason)
}

fn in_range(quantity: i64, price: i64) -> Result<(), Refusal> {
    let mut faults = Faults::default();
    if quantity < 1 {
        faults.add("/quantity", "The quantity is at least 1.");
    }
    if price < 0 {
        faults.add("/price/amount", "The price is not negative.");
    }
    faults.none()
}

fn line_of(world: &World, order: OrderId, id: OrderLineItemId) -> Result<&OrderLineItem, Refusal> {
    let order = world.orders.get(order).ok_or(Refusal::NotFound)?;
    world.order_line_items.get(id).filter(|line| line.order == order.id).ok_or(Refusal::NotFound)
}
