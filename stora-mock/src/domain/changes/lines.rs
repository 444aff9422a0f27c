//! Changes of the lines of a subscription.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::going_on;
use super::plan::{AddedLine, EditedLine, LineEdits};
use super::settlement::settle;
use crate::domain::billing::zone;
use crate::domain::change::set;
use crate::domain::discount::Scope;
use crate::domain::faults::{Faults, within};
use crate::domain::ids::{AnyId, Kind, SubscriptionId};
use crate::domain::money::{sum, times};
use crate::domain::order::OrderLineKind;
use crate::domain::order_lines;
use crate::domain::order_totals::tax_rates;
use crate::domain::refusal::Refusal;
use crate::domain::subscription::{Billing, Subscription, SubscriptionLine, SubscriptionLineKind};
use crate::domain::time::Timestamp;
use crate::store::World;

/// When a change of the lines takes effect (R1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timing {
    /// Today.
    Immediately,
    /// At the next billing date, before that day's invoice (R7).
    OnNextRenewal,
    /// From a day of the current period on, today at the latest (R8).
    Backdated(NaiveDate),
}

/// Changes the lines of a subscription. What that makes of the current period is settled at once (R3 to R6), unless the change waits
/// for the next billing date (R7). Before the start there is nothing to settle and nothing to wait for. A change without effect does
/// nothing.
///
/// # Errors
/// Not found; a conflict when the subscription has ended, when it ends before its next billing date, and when a change that is planned
/// for that date would no longer fit. Below `/change`, `/remove` and `/add`, lines that there are not or that are named twice, items
/// that there are not or cannot be had here, prices and quantities that are missing or cannot be; at `/timing/backdated`, a day
/// outside the part of the current period that has passed.
pub fn change_lines(
    world: &mut World,
    at: Timestamp,
    id: SubscriptionId,
    edits: &LineEdits,
    timing: Timing,
) -> Result<(), Refusal> {
    let subscription = going_on(world, at, id, "R1")?;
    let day = first_day(world, at, subscription, timing)?;
    if timing == Timing::OnNextRenewal && subscription.current_period.is_some() {
        return plan(world, at, id, edits);
    }
    let mut draft = Draft::of(world, at, subscription);
    draft.edit(edits)?;
    let rewritten = draft.finish()?;
    if rewritten.lines == subscription.line_items {
        return Ok(());
    }
    still_fits(world, at, subscription, &rewritten)?;
    let before = subscription.clone();
    let places = rewritten.places.clone();
    rewritten.store(world, at, id);
    settle(world, at, &before, &places, day)
}

/// Makes of the lines what is planned for the billing date that has come (R7).
///
/// # Errors
/// Not found; whatever stands against the planned lines by now.
pub(super) fn carry_out(world: &mut World, at: Timestamp, id: SubscriptionId) -> Result<(), Refusal> {
    let subscription = world.subscriptions.get(id).ok_or(Refusal::NotFound)?;
    let Billing { next_invoice_at, plan, .. } = &subscription.billing;
    if plan.renewal.is_empty() || next_invoice_at.is_none_or(|next| next > at) {
        return Ok(());
    }
    let mut draft = Draft::of(world, at, subscription);
    plan.renewal.iter().try_for_each(|edits| draft.edit(edits).map(drop))?;
    let rewritten = draft.finish()?;
    world.subscriptions.update(id, |subscription| subscription.billing.plan.renewal.clear());
    rewritten.store(world, at, id);
    Ok(())
}

/// The first day at the site that a change counts for.
fn first_day(world: &World, at: Timestamp, subscription: &Subscription, timing: Timing) -> Result<NaiveDate, Refusal> {
    let zone = zone(world, subscription)?;
    let today = at.date_in(zone);
    let Timing::Backdated(day) = timing else { return Ok(today) };
    let start = subscription.current_period.map(|period| period.starts_at.date_in(zone));
    let reason = match start {
        None => "A subscription without a period that was billed has none to backdate a change to.".to_owned(),
        Some(start) if day < start => {
            format!("A change is backdated to {start} at the earliest, when the period began.")
        }
        Some(_) if day > today => format!("A change is backdated to {today} at the latest, which is today."),
        Some(_) => return Ok(day),
    };
    Err(Refusal::invalid("/timing/backdated", reason))
}

/// Keeps edits for the next billing date, with the prices that the catalogue has now.
fn plan(world: &mut World, at: Timestamp, id: SubscriptionId, edits: &LineEdits) -> Result<(), Refusal> {
    let subscription = world.subscriptions.get(id).ok_or(Refusal::NotFound)?;
    let Billing { next_invoice_at, plan, .. } = &subscription.billing;
    if next_invoice_at.is_none() {
        let reason = format!("The subscription {id} has no billing date to come.");
        return Err(Refusal::conflict("R7", reason));
    }
    let mut draft = Draft::of(world, at, subscription);
    plan.renewal
        .iter()
        .try_for_each(|edits| draft.edit(edits).map(drop))
        .map_err(|refusal| no_longer_fits(&refusal))?;
    let before = draft.clone();
    let priced = draft.edit(edits)?;
    if draft.kept == before.kept && draft.added == before.added {
        return Ok(());
    }
    draft.finish()?;
    world.subscriptions.amend(id, at, |subscription| subscription.billing.plan.renewal.push(priced));
    Ok(())
}

/// Checks that what is planned for the next billing date can still be done to lines that are rewritten now.
fn still_fits(world: &World, at: Timestamp, subscription: &Subscription, rewritten: &Rewritten) -> Result<(), Refusal> {
    let mut draft =
        Draft { kept: rewritten.lines.iter().cloned().map(Some).collect(), ..Draft::of(world, at, subscription) };
    let mut planned = subscription.billing.plan.renewal.iter();
    planned
        .try_for_each(|edits| draft.edit(&edits.clone().moved(&rewritten.places)).map(drop))
        .map_err(|refusal| no_longer_fits(&refusal))?;
    draft.finish().map(drop).map_err(|refusal| no_longer_fits(&refusal))
}

fn no_longer_fits(refusal: &Refusal) -> Refusal {
    Refusal::conflict("R7", format!("What is planned for the next billing date would no longer fit. {refusal}"))
}

/// The lines of a subscription while they are edited.
#[derive(Clone)]
struct Draft<'w> {
    world: &'w World,
    at: Timestamp,
    subscription: &'w Subscription,
    /// The lines that there were, at their old places; none where one was removed.
    kept: Vec<Option<SubscriptionLine>>,
    added: Vec<SubscriptionLine>,
}

/// Lines that take the place of those of a subscription.
pub(super) struct Rewritten {
    lines: Vec<SubscriptionLine>,
    /// Where the line of each old place has come to stand; none if it is gone.
    places: Vec<Option<usize>>,
}

impl<'w> Draft<'w> {
    fn of(world: &'w World, at: Timestamp, subscription: &'w Subscription) -> Self {
        let kept = subscription.line_items.iter().cloned().map(Some).collect();
        Self { world, at, subscription, kept, added: Vec::new() }
    }

    /// Edits the lines. Gives the edits with the prices that they came to have.
    fn edit(&mut self, edits: &LineEdits) -> Result<LineEdits, Refusal> {
        let mut faults = Faults::default();
        let mut priced = LineEdits { remove: edits.remove.clone(), ..LineEdits::default() };
        let mut named = BTreeSet::new();
        for (i, edit) in edits.change.iter().enumerate() {
            let part = format!("/change/{i}");
            if !named.insert(edit.line) {
                faults.add(format!("{part}/line"), format!("The line {} is named twice.", edit.line));
                continue;
            }
            let changed = self.change(edit).map_err(|refusal| within(&part, refusal));
            priced.change.extend(faults.gather(changed)?);
        }
        for (i, place) in edits.remove.iter().enumerate() {
            if !named.insert(*place) {
                faults.add(format!("/remove/{i}"), format!("The line {place} is named twice."));
            } else if self.kept.get_mut(*place).and_then(Option::take).is_none() {
                faults.add(format!("/remove/{i}"), no_line(*place));
            }
        }
        for (i, line) in edits.add.iter().enumerate() {
            let added = self.add(line).map_err(|refusal| within(&format!("/add/{i}"), refusal));
            priced.add.extend(faults.gather(added)?);
        }
        if self.lines().next().is_none() && !edits.remove.is_empty() {
            faults.add("/remove", "A subscription has one line at least.");
        }
        faults.finish(Some(priced))
    }

    fn change(&mut self, edit: &EditedLine) -> Result<EditedLine, Refusal> {
        let Some(old) = self.kept.get(edit.line).cloned().flatten() else {
            return Err(Refusal::invalid("/line", no_line(edit.line)));
        };
        let item = edit.item.filter(|item| *item != old.item);
        let mut faults = Faults::default();
        let known = faults.gather(item.map_or(Ok(()), |item| self.check_item(old.kind, item)))?;
        let price = match (edit.price, item, known) {
            (None, Some(item), Some(())) => faults.gather(self.catalogue_price(old.kind, item))?,
            (price, _, _) => price,
        };
        let mut line = old.clone();
        set(&mut line.item, item);
        set(&mut line.price, price);
        set(&mut line.quantity, edit.quantity);
        check_figures(&line, &mut faults);
        faults.none()?;
        if line != old {
            line.updated_at = self.at;
        }
        if let Some(kept) = self.kept.get_mut(edit.line) {
            *kept = Some(line);
        }
        Ok(EditedLine { item, price, ..*edit })
    }

    fn add(&mut self, new: &AddedLine) -> Result<AddedLine, Refusal> {
        let AddedLine { item, quantity, .. } = *new;
        let kind = kind_of(item).ok_or_else(|| {
            Refusal::invalid("/item/id", format!("{item} is no unit type, protection level or product."))
        })?;
        self.check_item(kind, item)?;
        if kind == SubscriptionLineKind::Protection && self.lines().any(|line| line.kind == kind) {
            let reason = "The subscription has a protection line already; it can have one at most.";
            return Err(Refusal::invalid("/item/id", reason));
        }
        let mut faults = Faults::default();
        let price = match new.price {
            None => faults.gather(self.catalogue_price(kind, item))?,
            price => price,
        };
        let tax = self.world.sites.get(self.subscription.site);
        let tax = tax.map(|site| tax_rates(&site.settings, kind.line_kind())).unwrap_or_default();
        let (created_at, updated_at) = (self.at, self.at);
        let line =
            SubscriptionLine { kind, item, price: price.unwrap_or_default(), quantity, created_at, updated_at, tax };
        check_figures(&line, &mut faults);
        faults.none()?;
        self.added.push(line);
        Ok(AddedLine { price, ..*new })
    }

    /// Ends the editing.
    ///
    /// # Errors
    /// At the root, lines that sum up to too large an amount.
    fn finish(self) -> Result<Rewritten, Refusal> {
        let mut lines = Vec::with_capacity(self.kept.len() + self.added.len());
        let mut places = Vec::with_capacity(self.kept.len());
        for kept in self.kept {
            places.push(kept.is_some().then_some(lines.len()));
            lines.extend(kept);
        }
        lines.extend(self.added);
        let totals: Result<Vec<i64>, _> = lines.iter().map(|line| times(line.price, line.quantity)).collect();
        totals.and_then(sum).map_err(|overflow| Refusal::invalid("", overflow.to_string()))?;
        Ok(Rewritten { lines, places })
    }

    /// All lines as they are now.
    fn lines(&self) -> impl Iterator<Item = &SubscriptionLine> {
        self.kept.iter().flatten().chain(&self.added)
    }

    /// Checks that an item can be on a line of a kind.
    fn check_item(&self, kind: SubscriptionLineKind, item: AnyId) -> Result<(), Refusal> {
        if order_lines::item(self.world, Some(self.subscription.site), order_kind(kind), item)? {
            return Ok(());
        }
        Err(Refusal::invalid("/item/id", format!("{item} is charged once, and a subscription bills what recurs.")))
    }

    /// The price that an item has now for the billing period (L2, Y4).
    fn catalogue_price(&self, kind: SubscriptionLineKind, item: AnyId) -> Result<i64, Refusal> {
        let period = self.subscription.billing_period;
        order_lines::catalogue_price(self.world, order_kind(kind), item, Some(period))
            .ok_or_else(|| Refusal::invalid("/price", format!("{item} has no price for the billing period {period}.")))
    }
}

impl Rewritten {
    /// Puts the lines in the place of those that there were. What is tied to lines follows them: a discount of one line, which ends
    /// with it (Q13), and what is planned.
    fn store(self, world: &mut World, at: Timestamp, id: SubscriptionId) {
        let Self { lines, places } = self;
        let moved = |scope: Scope| match scope {
            Scope::Line(place) => places.get(place).copied().flatten().map(Scope::Line),
            Scope::AutoApplyTo(_) => Some(scope),
        };
        world.subscriptions.amend(id, at, |subscription| {
            subscription.line_items = lines;
            let Billing { discount, period_discount, plan, .. } = &mut subscription.billing;
            *discount = discount.take().and_then(|mut kept| {
                kept.terms.discount.scope = moved(kept.terms.discount.scope)?;
                Some(kept)
            });
            *period_discount = period_discount.and_then(|mut taken| {
                taken.scope = moved(taken.scope)?;
                Some(taken)
            });
            let renewal = std::mem::take(&mut plan.renewal).into_iter().map(|edits| edits.moved(&places));
            plan.renewal = renewal.filter(|edits| !edits.is_empty()).collect();
        });
    }
}

/// The kind of line that an item makes.
fn kind_of(item: AnyId) -> Option<SubscriptionLineKind> {
    match item.kind {
        Kind::UnitType => Some(SubscriptionLineKind::UnitType),
        Kind::ProtectionLevel => Some(SubscriptionLineKind::Protection),
        Kind::Product => Some(SubscriptionLineKind::CustomProduct),
        _ => None,
    }
}

fn order_kind(kind: SubscriptionLineKind) -> OrderLineKind {
    match kind {
        SubscriptionLineKind::UnitType => OrderLineKind::UnitType,
        SubscriptionLineKind::Protection => OrderLineKind::Protection,
        SubscriptionLineKind::CustomProduct => OrderLineKind::Product,
    }
}

fn check_figures(line: &SubscriptionLine, faults: &mut Faults) {
    if line.quantity < 1 {
        faults.add("/quantity", "The quantity is at least 1.");
    }
    if line.price < 0 {
        faults.add("/price", "The price is not negative.");
    }
    if let Err(overflow) = times(line.price, line.quantity) {
        faults.add("/quantity", overflow.to_string());
    }
}

fn no_line(place: usize) -> String {
    format!("There is no line {place}; lines are counted from 0.")
}
