//! Coupons.

use stora_client::types;

use super::{Show, View, moment, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::coupon::Coupon;
use crate::domain::discount::{AutoApplyTo, PercentOff, Reduction, Scope};
use crate::store::{Table, World};

impl Show for Coupon {
    type Wire = types::Coupon;

    fn table(world: &World) -> &Table<Self> {
        &world.coupons
    }

    /// One of two forms: the property of the other form is left out, not null (orders.yaml, Coupons).
    fn show(&self, view: &View<'_>, _: &ExpandTree) -> types::Coupon {
        match self.terms.discount.reduction {
            Reduction::Percentage(percent) => percentage(self, percent).into(),
            Reduction::Amount(amount) => fixed(self, view.money(amount)).into(),
        }
    }
}

fn percentage(coupon: &Coupon, off: PercentOff) -> types::CouponPercentage {
    types::CouponPercentage {
        id: wire_id(coupon.id),
        auto_apply_to: auto_apply_to(coupon.terms.discount.scope),
        billing_period: coupon.billing_period.map(|period| period.as_str().into()),
        code: coupon.code.clone(),
        created_at: moment(coupon.created_at),
        duration: coupon.terms.duration.as_str().into(),
        max_redemptions: coupon.max_redemptions,
        months: coupon.terms.months.map(i64::from),
        name: coupon.name.clone(),
        percent: percent(off),
        public: coupon.public,
        title: coupon.title.clone(),
        type_: types::CouponPercentageType,
        updated_at: moment(coupon.updated_at),
        extra: Default::default(),
    }
}

fn fixed(coupon: &Coupon, amount: types::Money) -> types::CouponAmount {
    types::CouponAmount {
        id: wire_id(coupon.id),
        amount,
        auto_apply_to: auto_apply_to(coupon.terms.discount.scope),
        billing_period: coupon.billing_period.map(|period| period.as_str().into()),
        code: coupon.code.clone(),
        created_at: moment(coupon.created_at),
        duration: coupon.terms.duration.as_str().into(),
        max_redemptions: coupon.max_redemptions,
        months: coupon.terms.months.map(i64::from),
        name: coupon.name.clone(),
        public: coupon.public,
        title: coupon.title.clone(),
        type_: types::CouponAmountType,
        updated_at: moment(coupon.updated_at),
        extra: Default::default(),
    }
}

/// The kinds of lines it covers. A discount of one line is a subscription's own (Q13) and covers no kind.
fn auto_apply_to(scope: Scope) -> types::CouponAutoApplyTo {
    const NONE: AutoApplyTo =
        AutoApplyTo { products: false, protections: false, subscriptions: false, unit_types: false };
    let to = match scope {
        Scope::AutoApplyTo(to) => to,
        Scope::Line(_) => NONE,
    };
    types::CouponAutoApplyTo {
        products: to.products,
        protections: to.protections,
        subscriptions: to.subscriptions,
        unit_types: to.unit_types,
        extra: Default::default(),
    }
}

/// The percentage as a number. A double holds its billionths exactly, so that the division gives the double nearest to it.
fn percent(off: PercentOff) -> f64 {
    off.percent().units() as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::sample::Sample;
    use super::*;
    use crate::domain::coupon::CouponDuration;
    use crate::domain::money::Percent;
    use crate::domain::price::PricePeriod;

    fn after(change: impl FnOnce(&mut Coupon)) -> Value {
        Sample::new().json_after(|world| &mut world.coupons, change)
    }

    #[test]
    fn each_form_leaves_out_the_property_of_the_other() {
        let json = Sample::new().json::<Coupon>(&ExpandTree::default());
        assert_eq!((&json["type"], json.get("amount")), (&"percentage".into(), None));
        let json = after(|coupon| coupon.terms.discount.reduction = Reduction::Amount(500));
        assert_eq!((&json["type"], json.get("percent")), (&"amount".into(), None));
        assert_eq!(json["amount"], json!({"amount": 500, "currency": "GBP", "formatted": "£5.00"}));
    }

    #[test]
    fn a_percentage_is_the_number_that_was_given() {
        for text in ["12.5", "50", "0.1", "33.333333333", "100"] {
            let off = text.parse::<Percent>().unwrap().try_into().unwrap();
            let json = after(|coupon| coupon.terms.discount.reduction = Reduction::Percentage(off));
            assert_eq!(json["percent"].to_string(), text);
        }
    }

    #[test]
    fn months_and_period_go_with_a_coupon_that_repeats() {
        let json = Sample::new().json::<Coupon>(&ExpandTree::default());
        assert_eq!((&json["months"], &json["billing_period"]), (&Value::Null, &Value::Null));
        let json = after(|coupon| {
            coupon.terms.duration = CouponDuration::Repeating;
            coupon.terms.months = Some(3);
            coupon.billing_period = Some(PricePeriod::Monthly);
        });
        assert_eq!((&json["months"], &json["billing_period"]), (&json!(3), &json!("monthly")));
        assert_eq!(json["duration"], "repeating");
    }

    #[test]
    fn neither_its_last_day_nor_its_uses_are_shown() {
        let json = Sample::new().json::<Coupon>(&ExpandTree::default());
        assert_eq!((json.get("expires_on"), json.get("redemptions")), (None, None));
        let applies = json!({"products": false, "protections": false, "subscriptions": false, "unit_types": true});
        assert_eq!(json["auto_apply_to"], applies);
    }
}
