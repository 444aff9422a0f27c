//! Coupons.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Deserialize;
use stora_client::types;

use super::{Day, given};
use crate::contract::Method::{Patch, Post};
use crate::control::handle::{Make, known};
use crate::control::route::{Route, Tag, route};
use crate::control::{ControlError, OperatorControl};
use crate::domain::coupon::{Coupon, CouponChange, CouponDuration, NewCoupon};
use crate::domain::discount::{AutoApplyTo, PercentOff, Reduction};
use crate::domain::ids::CouponId;
use crate::domain::price::PricePeriod;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::store::World;

/// A coupon to make. It takes off either `percent` or `amount`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCoupon {
    /// Its name for staff.
    pub name: String,
    /// Its name for customers.
    pub title: Option<String>,
    /// What a customer types: one word, unique without regard to case (Q11).
    pub code: Option<String>,
    /// Whether everyone may use it.
    #[serde(default)]
    pub public: bool,
    /// So many per cent.
    #[schemars(with = "Option<f64>", extend("exclusiveMinimum" = 0, "maximum" = 100))]
    pub percent: Option<PercentOff>,
    /// So many minor units.
    #[schemars(range(min = 1))]
    pub amount: Option<i64>,
    /// Off which lines; unit types alone where this is left out (Q4).
    pub auto_apply_to: Option<AppliesTo>,
    /// For how long (Q5).
    pub duration: CouponDuration,
    /// For how many months; only with `repeating`.
    #[schemars(range(min = 1))]
    pub months: Option<u32>,
    /// The period it is meant for; only with `repeating`.
    pub billing_period: Option<PricePeriod>,
    /// How often it may be used (Q9).
    #[schemars(range(min = 1))]
    pub max_redemptions: Option<i64>,
    /// The last day on which an order with it may begin (Q8).
    #[schemars(with = "Option<Day>")]
    pub expires_on: Option<NaiveDate>,
}

/// Changes to a coupon. Finalized orders and subscriptions keep what it was (Q10, S5).
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeCoupon {
    /// Its name for staff.
    pub name: Option<String>,
    /// Its name for customers.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>")]
    pub title: Option<Option<String>>,
    /// What a customer types.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>")]
    pub code: Option<Option<String>>,
    /// Whether everyone may use it.
    pub public: Option<bool>,
    /// So many per cent, instead of what it takes off now.
    #[schemars(with = "Option<f64>", extend("exclusiveMinimum" = 0, "maximum" = 100))]
    pub percent: Option<PercentOff>,
    /// So many minor units, instead of what it takes off now.
    #[schemars(range(min = 1))]
    pub amount: Option<i64>,
    /// Off which lines.
    pub auto_apply_to: Option<AppliesTo>,
    /// For how long.
    pub duration: Option<CouponDuration>,
    /// For how many months.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<u32>")]
    pub months: Option<Option<u32>>,
    /// The period it is meant for.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<PricePeriod>")]
    pub billing_period: Option<Option<PricePeriod>>,
    /// How often it may be used.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<i64>")]
    pub max_redemptions: Option<Option<i64>>,
    /// The last day on which an order with it may begin.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<Day>")]
    pub expires_on: Option<Option<NaiveDate>>,
}

/// The lines that a coupon takes something off (Q2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AppliesTo {
    /// Products, recurring and one-time.
    pub products: bool,
    /// Protection levels.
    pub protections: bool,
    /// Everything that recurs, whatever the other members say.
    pub subscriptions: bool,
    /// Unit types.
    pub unit_types: bool,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Post, "/coupons", "coupon_create", Tag::Coupons, "Makes a coupon.")
            .takes::<CreateCoupon>()
            .status(201)
            .record("coupon", "Coupon", |operator, _, new| operator.create_coupon(new)),
        route(Patch, "/coupons/{coupon_id}", "coupon_update", Tag::Coupons, "Changes a coupon.")
            .takes::<ChangeCoupon>()
            .record("coupon", "Coupon", |operator, input, change| {
                operator.change_coupon(input.param("coupon_id"), change)
            }),
    ]
}

impl OperatorControl {
    /// Makes a coupon.
    ///
    /// # Errors
    /// Values that cannot be, or do not go together; a conflict when another coupon has the code (Q11).
    pub fn create_coupon(&self, new: CreateCoupon) -> Result<types::Coupon, ControlError> {
        self.make(new)
    }

    /// Changes a coupon.
    ///
    /// # Errors
    /// Not found; otherwise as on creation.
    pub fn change_coupon(&self, id: &str, change: ChangeCoupon) -> Result<types::Coupon, ControlError> {
        self.act_on::<Coupon>(|world, now| {
            let id = known(id)?;
            Coupon::change(world, now, id, change.try_into()?)?;
            Ok(id)
        })
    }
}

impl TryFrom<CreateCoupon> for NewCoupon {
    type Error = Refusal;

    fn try_from(coupon: CreateCoupon) -> Result<Self, Refusal> {
        let reduction = reduction(coupon.percent, coupon.amount)?;
        Ok(Self {
            name: coupon.name,
            title: coupon.title,
            code: coupon.code,
            public: coupon.public,
            reduction: reduction
                .ok_or_else(|| Refusal::invalid("", "A coupon takes off something: give `percent` or `amount`."))?,
            auto_apply_to: coupon.auto_apply_to.map(AutoApplyTo::from).unwrap_or_default(),
            duration: coupon.duration,
            months: coupon.months,
            billing_period: coupon.billing_period,
            max_redemptions: coupon.max_redemptions,
            expires_on: coupon.expires_on,
        })
    }
}

impl TryFrom<ChangeCoupon> for CouponChange {
    type Error = Refusal;

    fn try_from(change: ChangeCoupon) -> Result<Self, Refusal> {
        Ok(Self {
            name: change.name,
            title: change.title,
            code: change.code,
            public: change.public,
            reduction: reduction(change.percent, change.amount)?,
            auto_apply_to: change.auto_apply_to.map(AutoApplyTo::from),
            duration: change.duration,
            months: change.months,
            billing_period: change.billing_period,
            max_redemptions: change.max_redemptions,
            expires_on: change.expires_on,
        })
    }
}

impl From<AppliesTo> for AutoApplyTo {
    fn from(to: AppliesTo) -> Self {
        let AppliesTo { products, protections, subscriptions, unit_types } = to;
        Self { products, protections, subscriptions, unit_types }
    }
}

fn reduction(percent: Option<PercentOff>, amount: Option<i64>) -> Result<Option<Reduction>, Refusal> {
    match (percent, amount) {
        (Some(_), Some(_)) => Err(Refusal::invalid("/amount", "A coupon takes off `percent` or `amount`, not both.")),
        (Some(percent), None) => Ok(Some(Reduction::Percentage(percent))),
        (None, amount) => Ok(amount.map(Reduction::Amount)),
    }
}

impl Make for CreateCoupon {
    type Made = Coupon;

    fn make(self, world: &mut World, at: Timestamp) -> Result<CouponId, ControlError> {
        Ok(Coupon::create(world, at, self.try_into()?)?)
    }
}
