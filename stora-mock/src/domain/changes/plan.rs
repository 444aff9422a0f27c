//! What is planned for a subscription.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::ids::AnyId;
use crate::domain::money::Percent;
use crate::domain::schedule::{Due, DueKind};
use crate::domain::subscription::SubscriptionLineKind;
use crate::domain::time::Timestamp;
use crate::domain::words::words;

/// What is to become of a subscription besides its invoices.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Plan {
    /// Edits of its lines that take effect at its next billing date, before that day's invoice, in the order in which staff made them
    /// (R7). Each counts from the lines that there are now.
    pub renewal: Vec<LineEdits>,
    /// The day that billing is to move to (B9).
    pub billing_date: Option<PlannedDay>,
    /// The price increase that was scheduled last. It stays to be seen once it is applied.
    pub price_increase: Option<PriceIncrease>,
    /// Whether it is to be paid by card as soon as its contact saves one or pays by one (I17).
    pub awaits_card: bool,
}

/// Edits of the lines of a subscription. Lines are named by their places, counted from 0.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LineEdits {
    /// Lines to be changed.
    pub change: Vec<EditedLine>,
    /// Lines to be removed.
    pub remove: Vec<usize>,
    /// Lines to be added, behind the others.
    pub add: Vec<AddedLine>,
}

/// A line to be changed: what is none stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EditedLine {
    /// Its place.
    pub line: usize,
    /// Another unit type, protection level or product, of the same kind as the one it has.
    pub item: Option<AnyId>,
    /// Price of one piece. Where it is none and the item is another one, it is that of the catalogue.
    pub price: Option<i64>,
    /// Number of pieces, at least 1.
    pub quantity: Option<i64>,
}

/// A line to be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddedLine {
    /// A unit type, protection level or product, which makes it a line of its kind.
    pub item: AnyId,
    /// Price of one piece; that of the catalogue if none.
    pub price: Option<i64>,
    /// Number of pieces, at least 1.
    pub quantity: i64,
}

/// A day on which something is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedDay {
    /// The day at the site.
    pub on: NaiveDate,
    /// When it is done: 06:00 of that day.
    pub at: Timestamp,
}

/// An increase of the prices of a subscription (L3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceIncrease {
    /// Which prices.
    pub raises: RaisedPrices,
    /// By how much; negative to lower them.
    pub percent: Percent,
    /// The billing date that it takes effect on.
    pub effective: PlannedDay,
    /// How many days before, the customer is told; none for no notice.
    pub notice_days: Option<u32>,
    /// When the customer is told, as long as that is to come.
    pub notice_at: Option<Timestamp>,
    /// How far it is.
    pub status: PriceIncreaseStatus,
}

words! {
    /// Which prices an increase raises.
    RaisedPrices {
        /// Those of unit types.
        Unit = "unit",
        /// Those of protection.
        Cover = "cover",
        /// Those of unit types and of protection.
        Both = "both",
    }

    /// How far a price increase is (L5).
    PriceIncreaseStatus {
        Scheduled = "scheduled",
        /// The customer was told of it.
        Notified = "notified",
        Applied = "applied",
    }
}

impl Plan {
    /// The items that lines are to be for.
    pub fn items(&self) -> impl Iterator<Item = AnyId> {
        self.renewal.iter().flat_map(LineEdits::items)
    }

    /// Hands over what falls due by itself: when, and what.
    pub fn dues(&self, next_invoice_at: Option<Timestamp>, add: &mut dyn FnMut(Timestamp, DueKind)) {
        // Changes of the lines come with the next invoice, whenever that is: billing may be moved meanwhile.
        if let Some(at) = next_invoice_at.filter(|_| !self.renewal.is_empty()) {
            add(at, DueKind::PlannedChange);
        }
        if let Some(day) = self.billing_date {
            add(day.at, DueKind::PlannedChange);
        }
        if let Some(increase) = self.pending_increase() {
            add(increase.effective.at, DueKind::PlannedChange);
            if let Some(at) = increase.notice_at {
                add(at, DueKind::PriceIncreaseNotice);
            }
        }
    }

    /// The price increase that is still to be applied.
    pub fn pending_increase(&self) -> Option<&PriceIncrease> {
        self.price_increase.as_ref().filter(|increase| increase.status != PriceIncreaseStatus::Applied)
    }

    /// Drops what falls due and was refused.
    pub fn pass_over(&mut self, due: Due, next_invoice_at: Option<Timestamp>) {
        match due.kind {
            DueKind::PriceIncreaseNotice => {
                if let Some(increase) = &mut self.price_increase {
                    increase.notice_at = None;
                }
            }
            DueKind::PlannedChange => {
                if next_invoice_at.is_some_and(|at| at <= due.at) {
                    self.renewal.clear();
                }
                self.billing_date = self.billing_date.filter(|day| day.at > due.at);
                self.drop_increase(|increase| increase.effective.at <= due.at);
            }
            _ => {}
        }
    }

    /// Drops what is dated on a day or later (M12). `next` is the next billing date, as far as billing does not move.
    pub fn drop_from(&mut self, end: NaiveDate, next: NaiveDate) {
        self.billing_date = self.billing_date.filter(|day| day.on < end);
        let next = self.billing_date.map_or(next, |day| day.on.min(next));
        if next >= end {
            self.renewal.clear();
        }
        self.drop_increase(|increase| increase.effective.on >= end);
    }

    fn drop_increase(&mut self, is_dropped: impl FnOnce(&PriceIncrease) -> bool) {
        if self.pending_increase().is_some_and(is_dropped) {
            self.price_increase = None;
        }
    }
}

impl LineEdits {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.change.is_empty() && self.remove.is_empty() && self.add.is_empty()
    }

    /// The items that lines are to be for.
    pub fn items(&self) -> impl Iterator<Item = AnyId> {
        self.change.iter().filter_map(|line| line.item).chain(self.add.iter().map(|line| line.item))
    }

    /// The same edits where the lines have come to stand elsewhere: those of lines that are gone are gone too.
    #[must_use]
    pub fn moved(mut self, places: &[Option<usize>]) -> Self {
        let moved = |place: usize| places.get(place).copied().flatten();
        self.change =
            self.change.iter().filter_map(|edit| Some(EditedLine { line: moved(edit.line)?, ..*edit })).collect();
        self.remove = self.remove.iter().filter_map(|place| moved(*place)).collect();
        self
    }
}

impl PriceIncrease {
    /// Whether it raises the prices of lines of a kind.
    pub fn raises(&self, kind: SubscriptionLineKind) -> bool {
        match kind {
            SubscriptionLineKind::UnitType => self.raises != RaisedPrices::Cover,
            SubscriptionLineKind::Protection => self.raises != RaisedPrices::Unit,
            SubscriptionLineKind::CustomProduct => false,
        }
    }
}
