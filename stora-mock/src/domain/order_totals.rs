//! The figures of drafts: worked out anew with every change, with the coupon and the tax rates of that moment, and once more as
//! the order is finalized (O23).

use super::discount::LineKind;
use super::event::EventKind;
use super::ids::{OrderId, OrderLineItemId};
use super::order::Totals;
use super::order_lines::lines;
use super::refusal::Refusal;
use super::site::SiteSettings;
use super::tax::{Line, OrderTotals, TaxRates, TotalsOverflow, order_totals};
use super::time::Timestamp;
use crate::store::World;

/// Ends a change of a draft: works out its figures, notes when it changed, and tells of it. `culprit` names what in the body made
/// a figure too large, as a JSON Pointer.
///
/// # Errors
/// If a figure is no amount.
pub(super) fn settle(
    world: &mut World,
    at: Timestamp,
    order: OrderId,
    culprit: impl FnOnce(TotalsOverflow) -> String,
) -> Result<(), Refusal> {
    recompute(world, at, order).map_err(|overflow| Refusal::invalid(culprit(overflow), overflow.to_string()))?;
    // A changed line moves this too, even if the figures of the order come out as they were.
    world.orders.update(order, |order| order.updated_at = at);
    world.tell(EventKind::OrderUpdated, order, at);
    Ok(())
}

/// Works out the figures of a draft and its lines.
///
/// # Errors
/// If a figure is no amount; nothing has changed then.
pub(super) fn recompute(world: &mut World, at: Timestamp, id: OrderId) -> Result<(), TotalsOverflow> {
    let Some(order) = world.orders.get(id) else { return Ok(()) };
    let site = world.sites.get(order.site);
    let rates = |kind| site.map(|site| tax_rates(&site.settings, kind)).unwrap_or_default();
    let terms = order.coupon.and_then(|coupon| world.coupons.get(coupon)).map(|coupon| coupon.terms.clone());
    let basis: Vec<Basis> = lines(world, order)
        .map(|line| {
            let kind = line.line_kind();
            Basis { id: line.id, kind, price: line.price, quantity: line.quantity, tax_rates: rates(kind) }
        })
        .collect();
    let to_price: Vec<Line<'_>> = basis.iter().map(Basis::line).collect();
    let figures = order_totals(&to_price, terms.as_ref().map(|terms| &terms.discount))?;
    let totals = Totals::from(&figures);
    for (basis, line_figures) in basis.into_iter().zip(figures.lines) {
        let Basis { id, tax_rates, .. } = basis;
        world.order_line_items.amend(id, at, |line| {
            line.total = line_figures.total;
            line.discount_total = line_figures.discount_total;
            line.tax = line_figures.tax;
        });
        // The rates show in nothing but the figures.
        world.order_line_items.update(id, |line| line.tax_rates = tax_rates);
    }
    world.orders.amend(id, at, |order| order.totals = totals);
    world.orders.update(id, |order| order.discount = terms);
    Ok(())
}

/// What the figures of a line are worked out from.
struct Basis {
    id: OrderLineItemId,
    kind: LineKind,
    price: i64,
    quantity: i64,
    tax_rates: TaxRates,
}

impl Basis {
    fn line(&self) -> Line<'_> {
        Line { kind: self.kind, price: self.price, quantity: self.quantity, tax_rates: &self.tax_rates }
    }
}

impl From<&OrderTotals> for Totals {
    fn from(figures: &OrderTotals) -> Self {
        Self {
            subtotal: figures.subtotal,
            total_discount: figures.total_discount,
            total: figures.total,
            tax: figures.tax,
            total_excluding_tax: figures.total_excluding_tax,
            one_time_total: figures.one_time_total,
            one_time_total_excluding_tax: figures.one_time_total_excluding_tax,
        }
    }
}

/// The tax rates that lines of a kind bear at a site.
pub(super) fn tax_rates(site: &SiteSettings, kind: LineKind) -> TaxRates {
    match kind {
        LineKind::UnitType => site.unit_type_tax.clone(),
        LineKind::Protection => site.protection_tax.clone(),
        LineKind::RecurringProduct | LineKind::OneTimeProduct => site.product_tax.clone(),
        LineKind::SecurityDeposit | LineKind::FreeText => TaxRates::NONE,
    }
}
