//! A rental to be changed.

use chrono::NaiveDate;

use super::{LineEdits, Timing, change_lines};
use crate::domain::booking::NewOrder;
use crate::domain::calendar::BillingPeriod;
use crate::domain::event::EventKind;
use crate::domain::fixtures::{Shop, at, kinds, line, prices, unit_type};
use crate::domain::ids::{Id, ProtectionLevelId, SubscriptionId, UnitTypeId};
use crate::domain::invoice::{Invoice, InvoicePurpose};
use crate::domain::order::OrderLineKind;
use crate::domain::order_lines::NewLine;
use crate::domain::price::PricePeriod;
use crate::domain::refusal::Refusal;
use crate::domain::schedule;
use crate::domain::subscription::{Subscription, SubscriptionLine};
use crate::domain::time::Timestamp;
use crate::store::World;

/// A date.
pub(super) fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A business with one rental of a contact with a card.
pub(super) struct Rental {
    pub(super) shop: Shop,
    pub(super) id: SubscriptionId,
}

impl Rental {
    /// One unit at so much a month, from a day on, booked and paid on that day.
    pub(super) fn monthly(start: &str, price: i64) -> Self {
        Self::with(start, start, price, |_, _| {})
    }

    /// The same, booked on a day and with changes to the order.
    pub(super) fn with(now: &str, start: &str, price: i64, change: impl FnOnce(&mut Shop, &mut NewOrder)) -> Self {
        let mut shop = Shop::new();
        let mut new = shop.booking(start);
        new.billing_period = Some(BillingPeriod::Monthly);
        new.line_items = vec![NewLine { price: Some(price), ..line(OrderLineKind::UnitType, shop.unit_type) }];
        change(&mut shop, &mut new);
        let id = shop.rent(now, new);
        Self { shop, id }
    }

    /// Moves the clock to an instant: all that falls due up to there is done, each act at its own instant (H2).
    pub(super) fn advance(&mut self, to: Timestamp) -> Vec<EventKind> {
        let mut told = Vec::new();
        schedule::run_until(&mut self.shop.world, to, |ran| {
            told.extend(ran.outcome.map(|events| kinds(&events)).unwrap_or_default());
        });
        told
    }

    /// An act at midday of a day, with all done that has fallen due before. Gives its events.
    pub(super) fn on(
        &mut self,
        day: &str,
        act: impl FnOnce(&mut World, Timestamp, SubscriptionId) -> Result<(), Refusal>,
    ) -> Result<Vec<EventKind>, Refusal> {
        self.at(at(day), act)
    }

    /// An act at an instant.
    pub(super) fn at(
        &mut self,
        now: Timestamp,
        act: impl FnOnce(&mut World, Timestamp, SubscriptionId) -> Result<(), Refusal>,
    ) -> Result<Vec<EventKind>, Refusal> {
        self.advance(now);
        let (id, before) = (self.id, self.shop.snapshot());
        let result = self.shop.world.transact(|world| act(world, now, id));
        if result.is_err() {
            assert_eq!(self.shop.snapshot(), before, "a refused act changed something");
        }
        result.map(|((), events)| kinds(&events))
    }

    /// A change of the lines at midday of a day.
    pub(super) fn change(&mut self, day: &str, edits: LineEdits, timing: Timing) -> Result<Vec<EventKind>, Refusal> {
        self.on(day, move |world, now, id| change_lines(world, now, id, &edits, timing))
    }

    pub(super) fn subscription(&self) -> &Subscription {
        self.shop.subscription(self.id)
    }

    pub(super) fn line(&self, place: usize) -> &SubscriptionLine {
        &self.subscription().line_items[place]
    }

    /// Price and quantity of each line.
    pub(super) fn figures(&self) -> Vec<(i64, i64)> {
        self.subscription().line_items.iter().map(|line| (line.price, line.quantity)).collect()
    }

    /// The totals of the invoices for a purpose, in the order in which they were raised.
    pub(super) fn totals(&self, purpose: InvoicePurpose) -> Vec<i64> {
        let invoices = self.shop.invoices(self.id).into_iter();
        invoices.filter(|invoice| invoice.collection.purpose == purpose).map(|invoice| invoice.total).collect()
    }

    /// The recurring invoices: the day of each in UTC, and its total.
    pub(super) fn recurring(&self) -> Vec<(String, i64)> {
        let invoices = self.shop.invoices(self.id).into_iter();
        let recurring = invoices.filter(|invoice| invoice.collection.purpose == InvoicePurpose::Recurring);
        recurring
            .map(|invoice| (invoice.period.unwrap().starts_at.to_string()[..10].to_owned(), invoice.total))
            .collect()
    }

    pub(super) fn last_invoice(&self) -> &Invoice {
        self.shop.invoices(self.id).last().unwrap()
    }

    /// The account credit of the contact.
    pub(super) fn credit(&self) -> i64 {
        self.shop.world.contacts.get(self.shop.contact).unwrap().account.credit
    }

    /// Another unit type of the site, at so much a month.
    pub(super) fn other_type(&mut self, price: i64) -> UnitTypeId {
        let site = self.shop.site;
        let id = unit_type(&mut self.shop.world, at("2026-01-01"), site);
        self.shop.world.unit_types.update(id, |unit_type| {
            unit_type.name = "100 sq ft".to_owned();
            unit_type.prices = prices(&[(PricePeriod::Monthly, price)]);
        });
        id
    }

    /// Another protection level, at so much a month.
    pub(super) fn other_cover(&mut self, price: i64) -> ProtectionLevelId {
        let mut level = self.shop.world.protection_levels.get(self.shop.protection).unwrap().clone();
        level.id = self.shop.world.ids.fresh();
        level.prices = prices(&[(PricePeriod::Monthly, price)]);
        let id = level.id;
        self.shop.world.protection_levels.insert(level);
        id
    }
}

/// Another item or other figures for a line.
pub(super) fn edit(line: usize, item: Option<impl Id>, price: Option<i64>, quantity: Option<i64>) -> LineEdits {
    let item = item.map(Id::any);
    LineEdits { change: vec![super::EditedLine { line, item, price, quantity }], ..LineEdits::default() }
}

/// Another price for a line.
pub(super) fn priced(line: usize, price: i64) -> LineEdits {
    edit(line, None::<UnitTypeId>, Some(price), None)
}

/// One line less.
pub(super) fn removed(line: usize) -> LineEdits {
    LineEdits { remove: vec![line], ..LineEdits::default() }
}

/// One line more, of one piece, at the catalogue's price.
pub(super) fn added(item: impl Id) -> LineEdits {
    LineEdits { add: vec![super::AddedLine { item: item.any(), price: None, quantity: 1 }], ..LineEdits::default() }
}
