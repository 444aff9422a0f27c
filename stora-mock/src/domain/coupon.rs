//! Coupons (section 10 of the description of the business).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::change::set;
use super::discount::{AutoApplyTo, Discount, Duration, Reduction, Scope};
use super::event::EventKind;
use super::faults::Faults;
use super::ids::CouponId;
use super::price::PricePeriod;
use super::refusal::Refusal;
use super::time::Timestamp;
use super::words::words;
use crate::store::{FacetValue, Record, World, record_fields};

/// What takes something off a price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coupon {
    /// Its id.
    pub id: CouponId,
    /// The period it is meant for; restricts nothing (Q7).
    pub billing_period: Option<PricePeriod>,
    /// What a customer types, unique without regard to case (Q11).
    pub code: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// What it takes off, and for how long.
    pub terms: CouponTerms,
    /// How often it may be used (Q9).
    pub max_redemptions: Option<i64>,
    /// Its name for staff.
    pub name: String,
    /// Whether everyone may use it.
    pub public: bool,
    /// Its name for customers.
    pub title: Option<String>,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The last day on which an order with it may begin (Q8); not in the API.
    pub expires_on: Option<NaiveDate>,
    /// How often it was used (Q9); not in the API.
    pub redemptions: i64,
}

/// What a coupon takes off, and for how long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CouponTerms {
    /// What it takes off which lines.
    pub discount: Discount,
    /// How long.
    pub duration: CouponDuration,
    /// For how many months; only with `repeating`.
    pub months: Option<u32>,
}

/// The data of a coupon to be made.
#[derive(Debug, Clone)]
pub struct NewCoupon {
    /// Its name for staff.
    pub name: String,
    /// Its name for customers.
    pub title: Option<String>,
    /// What a customer types: one word.
    pub code: Option<String>,
    /// Whether everyone may use it.
    pub public: bool,
    /// How much it takes off.
    pub reduction: Reduction,
    /// Off which lines; unit types alone if left out (Q4).
    pub auto_apply_to: AutoApplyTo,
    /// How long.
    pub duration: CouponDuration,
    /// For how many months; at least one with `repeating`, none otherwise.
    pub months: Option<u32>,
    /// The period it is meant for; only with `repeating`.
    pub billing_period: Option<PricePeriod>,
    /// How often it may be used: at least once.
    pub max_redemptions: Option<i64>,
    /// The last day on which an order with it may begin.
    pub expires_on: Option<NaiveDate>,
}

/// Changes to a coupon: what is none stays, what is `Some(None)` is cleared.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct CouponChange {
    pub name: Option<String>,
    pub title: Option<Option<String>>,
    pub code: Option<Option<String>>,
    pub public: Option<bool>,
    pub reduction: Option<Reduction>,
    pub auto_apply_to: Option<AutoApplyTo>,
    pub duration: Option<CouponDuration>,
    pub months: Option<Option<u32>>,
    pub billing_period: Option<Option<PricePeriod>>,
    pub max_redemptions: Option<Option<i64>>,
    pub expires_on: Option<Option<NaiveDate>>,
}

words! {
    /// How long a coupon takes something off (Q5).
    CouponDuration {
        /// The first recurring invoice.
        Once = "once",
        /// All invoices.
        Forever = "forever",
        /// The invoices of so many months.
        Repeating = "repeating",
    }
}

impl CouponTerms {
    /// How long it takes something off. Without a number of months, `repeating` comes to nothing.
    pub fn lasting(&self) -> Duration {
        match self.duration {
            CouponDuration::Once => Duration::Once,
            CouponDuration::Forever => Duration::Forever,
            CouponDuration::Repeating => Duration::Repeating { months: self.months.unwrap_or_default() },
        }
    }
}

impl Coupon {
    /// The coupon of a code, without regard to case (Q11).
    pub fn of_code<'w>(world: &'w World, code: &str) -> Option<&'w Self> {
        world.coupons.having("code", &FacetValue::from(code.to_lowercase())).next()
    }

    /// Makes a coupon.
    ///
    /// # Errors
    /// Values that do not go together or are out of range; a conflict when another coupon has the code (Q11).
    pub fn create(world: &mut World, at: Timestamp, new: NewCoupon) -> Result<CouponId, Refusal> {
        let discount = Discount { reduction: new.reduction, scope: Scope::AutoApplyTo(new.auto_apply_to) };
        let coupon = Self {
            id: world.ids.fresh(),
            billing_period: new.billing_period,
            code: new.code,
            created_at: at,
            terms: CouponTerms { discount, duration: new.duration, months: new.months },
            max_redemptions: new.max_redemptions,
            name: new.name,
            public: new.public,
            title: new.title,
            updated_at: at,
            expires_on: new.expires_on,
            redemptions: 0,
        };
        coupon.check(world)?;
        let id = coupon.id;
        world.coupons.insert(coupon);
        world.tell(EventKind::CouponCreated, id, at);
        Ok(id)
    }

    /// Changes a coupon. Drafts that carry it follow when their figures are next worked out; finalized orders and subscriptions
    /// do not (Q10, S5). A change without effect tells of nothing (W2).
    ///
    /// # Errors
    /// Not found; otherwise as on creation.
    pub fn change(world: &mut World, at: Timestamp, id: CouponId, change: CouponChange) -> Result<(), Refusal> {
        let mut changed = world.coupons.get(id).ok_or(Refusal::NotFound)?.clone();
        set(&mut changed.name, change.name);
        set(&mut changed.title, change.title);
        set(&mut changed.code, change.code);
        set(&mut changed.public, change.public);
        set(&mut changed.terms.discount.reduction, change.reduction);
        set(&mut changed.terms.discount.scope, change.auto_apply_to.map(Scope::AutoApplyTo));
        set(&mut changed.terms.duration, change.duration);
        set(&mut changed.terms.months, change.months);
        set(&mut changed.billing_period, change.billing_period);
        set(&mut changed.max_redemptions, change.max_redemptions);
        set(&mut changed.expires_on, change.expires_on);
        changed.check(world)?;
        if world.coupons.amend(id, at, |coupon| *coupon = changed) == Some(true) {
            world.tell(EventKind::CouponUpdated, id, at);
        }
        Ok(())
    }

    /// Whether it may be taken by an order that begins on a day, or on one not known yet, or by a subscription from a day on.
    ///
    /// # Errors
    /// A conflict when it lapses before that day (Q8) or is used up (Q9).
    pub fn admits(&self, start: Option<NaiveDate>) -> Result<(), Refusal> {
        if let Some((last, start)) = self.expires_on.zip(start).filter(|(last, start)| last < start) {
            let reason =
                format!("The coupon {} lapses on {last}, before its discount would start on {start}.", self.id);
            return Err(Refusal::conflict("Q8", reason));
        }
        match self.max_redemptions {
            Some(most) if self.redemptions >= most => {
                Err(Refusal::conflict("Q9", format!("The coupon {} is used up: {most} of {most}.", self.id)))
            }
            _ => Ok(()),
        }
    }

    /// Counts an order or subscription that carries it (Q9). The API does not show the count, so that nothing is told.
    pub(super) fn redeem(world: &mut World, id: CouponId) {
        world.coupons.update(id, |coupon| coupon.redemptions += 1);
    }

    /// Whether it is one that there can be, beside those that there are.
    fn check(&self, world: &World) -> Result<(), Refusal> {
        let mut faults = Faults::default();
        if self.name.trim().is_empty() {
            faults.add("/name", "The name of a coupon is not blank.");
        }
        if self.code.as_deref().is_some_and(|code| code.is_empty() || code.contains(char::is_whitespace)) {
            faults.add("/code", "A code is one word.");
        }
        if matches!(self.terms.discount.reduction, Reduction::Amount(..=0)) {
            faults.add("/amount", "The amount is not above zero.");
        }
        let repeating = self.terms.duration == CouponDuration::Repeating;
        match self.terms.months {
            None if repeating => faults.add("/months", "A repeating coupon needs a number of months."),
            Some(0) => faults.add("/months", "The number of months is at least 1."),
            Some(_) if !repeating => faults.add("/months", "Only a repeating coupon has a number of months."),
            _ => {}
        }
        if self.billing_period.is_some() && !repeating {
            faults.add("/billing_period", "Only a repeating coupon has a billing period.");
        }
        if self.max_redemptions.is_some_and(|most| most < 1) {
            faults.add("/max_redemptions", "The number of redemptions is at least 1.");
        }
        faults.none()?;
        match self.code.as_deref().and_then(|code| Self::of_code(world, code)) {
            Some(other) if other.id != self.id => {
                Err(Refusal::conflict("Q11", format!("The coupon {} has this code already.", other.id)))
            }
            _ => Ok(()),
        }
    }
}

impl Record for Coupon {
    record_fields!(id: CouponId, created_at, updated_at);

    fn facets(&self, add: &mut dyn FnMut(&'static str, FacetValue)) {
        add("code", self.code.as_deref().map(str::to_lowercase).into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::{at, half_off, pointers, rule};
    use crate::domain::settings::Settings;

    fn world() -> World {
        World::new(Settings::named("Test"), 1)
    }

    #[test]
    fn a_code_is_unique_and_found_without_regard_to_case() {
        let (mut world, now) = (world(), at("2026-03-02"));
        let coupon = || NewCoupon { code: Some("HALFPRICE".to_owned()), ..half_off() };
        let id = Coupon::create(&mut world, now, coupon()).unwrap();
        assert_eq!(Coupon::of_code(&world, "halfprice").unwrap().id, id);
        let again = NewCoupon { code: Some("HalfPrice".to_owned()), ..coupon() };
        assert_eq!(rule(Coupon::create(&mut world, now, again)), "Q11");
        let other = Coupon::create(&mut world, now, NewCoupon { code: None, ..coupon() }).unwrap();
        let taken = CouponChange { code: Some(Some("halfprice".to_owned())), ..CouponChange::default() };
        assert_eq!(rule(Coupon::change(&mut world, now, other, taken.clone())), "Q11");
        // Its own code is no other's.
        assert_eq!(Coupon::change(&mut world, now, id, taken), Ok(()));
    }

    #[test]
    fn values_out_of_range_or_that_do_not_go_together_are_all_named() {
        let mut world = world();
        let bad = NewCoupon {
            name: " ".to_owned(),
            code: Some("HALF PRICE".to_owned()),
            reduction: Reduction::Amount(0),
            months: Some(3),
            billing_period: Some(PricePeriod::Monthly),
            max_redemptions: Some(0),
            ..half_off()
        };
        let refused = Coupon::create(&mut world, at("2026-03-02"), bad);
        assert_eq!(pointers(refused), ["/name", "/code", "/amount", "/months", "/billing_period", "/max_redemptions"]);
        let endless = NewCoupon { duration: CouponDuration::Repeating, ..half_off() };
        assert_eq!(pointers(Coupon::create(&mut world, at("2026-03-02"), endless)), ["/months"]);
        assert!(world.coupons.is_empty());
    }

    #[test]
    fn events_tell_of_a_coupon_made_and_of_changes_with_effect() {
        let (mut world, now, later) = (world(), at("2026-03-02"), at("2026-03-03"));
        let (id, events) = world.transact(|world| Coupon::create(world, now, half_off())).unwrap();
        assert_eq!(events.iter().map(|event| event.kind).collect::<Vec<_>>(), [EventKind::CouponCreated]);
        let name = |name: &str| CouponChange { name: Some(name.to_owned()), ..CouponChange::default() };
        let same = half_off().name;
        let ((), events) = world.transact(|world| Coupon::change(world, later, id, name(&same))).unwrap();
        assert_eq!((events.len(), world.coupons.get(id).unwrap().updated_at), (0, now));
        let ((), events) = world.transact(|world| Coupon::change(world, later, id, name("Other"))).unwrap();
        assert_eq!(events.iter().map(|event| event.kind).collect::<Vec<_>>(), [EventKind::CouponUpdated]);
        assert_eq!(world.coupons.get(id).unwrap().updated_at, later);
    }

    #[test]
    fn a_coupon_admits_orders_until_its_last_day_and_until_it_is_used_up() {
        let mut world = world();
        let new = NewCoupon { expires_on: Some("2026-03-31".parse().unwrap()), max_redemptions: Some(1), ..half_off() };
        let id = Coupon::create(&mut world, at("2026-03-02"), new).unwrap();
        let admits = |world: &World, day: Option<&str>| {
            world.coupons.get(id).unwrap().admits(day.map(|day| day.parse().unwrap()))
        };
        assert_eq!(admits(&world, Some("2026-03-31")), Ok(()));
        assert_eq!(admits(&world, None), Ok(()));
        assert_eq!(rule(admits(&world, Some("2026-04-01"))), "Q8");
        Coupon::redeem(&mut world, id);
        assert_eq!(rule(admits(&world, None)), "Q9");
    }
}
