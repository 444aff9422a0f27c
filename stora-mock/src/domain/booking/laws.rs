//! What holds of the figures of a draft, whatever is done to it (orders.yaml, money_rules).

use proptest::prelude::*;

use super::tests::{NOW, add, change, order};
use super::*;
use crate::domain::coupon::{Coupon, NewCoupon};
use crate::domain::discount::{AutoApplyTo, LineKind, Reduction};
use crate::domain::fixtures::{Shop, at, half_off, percent_off, rates};
use crate::domain::ids::AnyId;
use crate::domain::order::OrderLineItem;
use crate::domain::order_lines::LineChange;

/// Something that a caller does to a draft.
#[derive(Debug, Clone, Copy)]
enum Edit {
    Add { kind: usize, quantity: i64, price: Option<i64> },
    Change { place: usize, quantity: Option<i64>, price: Option<i64> },
    Remove { place: usize },
    Coupon { reduction: Option<Reduction>, scope: [bool; 4] },
    Period(Option<BillingPeriod>),
    Rates { unit_type: u8, product: u8 },
}

fn any_price() -> impl Strategy<Value = i64> {
    prop_oneof![9 => 0..100_000i64, 1 => (i64::MAX / 4)..=i64::MAX]
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let reduction = prop_oneof![
        (1..=10_000u32).prop_map(|hundredths| percent_off(&format!("{}.{:02}", hundredths / 100, hundredths % 100))),
        (1..1_000_000i64).prop_map(Reduction::Amount),
    ];
    prop_oneof![
        4 => (0..5usize, 1..9i64, prop::option::of(any_price()))
            .prop_map(|(kind, quantity, price)| Edit::Add { kind, quantity, price }),
        2 => (0..8usize, prop::option::of(1..9i64), prop::option::of(any_price()))
            .prop_map(|(place, quantity, price)| Edit::Change { place, quantity, price }),
        1 => (0..8usize).prop_map(|place| Edit::Remove { place }),
        2 => (prop::option::of(reduction), any::<[bool; 4]>())
            .prop_map(|(reduction, scope)| Edit::Coupon { reduction, scope }),
        1 => prop::option::of(prop::sample::select(&BillingPeriod::ALL[..])).prop_map(Edit::Period),
        1 => (0..30u8, 0..30u8).prop_map(|(unit_type, product)| Edit::Rates { unit_type, product }),
    ]
}

fn apply(shop: &mut Shop, id: OrderId, edit: Edit) -> Result<(), Refusal> {
    let place_of = |shop: &Shop, place: usize| order(shop, id).line_items.get(place).copied();
    match edit {
        Edit::Add { kind, quantity, price } => {
            let (kind, item): (OrderLineKind, AnyId) = [
                (OrderLineKind::UnitType, shop.unit_type.into()),
                (OrderLineKind::Protection, shop.protection.into()),
                (OrderLineKind::Product, shop.recurring_product.into()),
                (OrderLineKind::Product, shop.one_time_product.into()),
                (OrderLineKind::SecurityDeposit, shop.unit_type.into()),
            ][kind];
            add(shop, id, NewLine { kind, item, quantity, price }).map(|_| ())
        }
        Edit::Change { place, quantity, price } => {
            let Some(line) = place_of(shop, place) else { return Ok(()) };
            let change = LineChange { quantity, price };
            shop.world.transact(|world| OrderLineItem::change(world, at(NOW), id, line, change)).map(|_| ())
        }
        Edit::Remove { place } => {
            let Some(line) = place_of(shop, place) else { return Ok(()) };
            shop.world.transact(|world| OrderLineItem::delete(world, at(NOW), id, line)).map(|_| ())
        }
        Edit::Coupon { reduction, scope: [products, protections, subscriptions, unit_types] } => {
            let auto_apply_to = AutoApplyTo { products, protections, subscriptions, unit_types };
            let coupon = reduction.map(|reduction| {
                Coupon::create(&mut shop.world, at(NOW), NewCoupon { reduction, auto_apply_to, ..half_off() }).unwrap()
            });
            change(shop, id, OrderChange { coupon: Some(coupon), ..OrderChange::default() }).map(|_| ())
        }
        Edit::Period(period) => {
            change(shop, id, OrderChange { billing_period: Some(period), ..OrderChange::default() }).map(|_| ())
        }
        Edit::Rates { unit_type, product } => {
            shop.settings(|settings| {
                settings.unit_type_tax = rates([&unit_type.to_string()]);
                settings.product_tax = rates([&product.to_string(), "1.5"]);
            });
            Ok(())
        }
    }
}

fn check_invariants(shop: &Shop, id: OrderId) {
    let order = order(shop, id);
    let lines: Vec<&OrderLineItem> = lines(&shop.world, order).collect();
    let (recurring, once): (Vec<&OrderLineItem>, Vec<&OrderLineItem>) =
        lines.iter().copied().partition(|line| line.line_kind().is_recurring());
    let sum = |lines: &[&OrderLineItem], figure: fn(&OrderLineItem) -> i64| -> i64 {
        lines.iter().map(|line| figure(line)).sum()
    };
    for line in &lines {
        assert_eq!(i128::from(line.total), i128::from(line.price) * i128::from(line.quantity));
        assert!((0..=line.total).contains(&line.tax) && (0..=line.total).contains(&line.discount_total));
        assert!(line.line_kind() != LineKind::SecurityDeposit || (line.tax, line.discount_total) == (0, 0));
    }
    let totals = order.totals;
    assert_eq!(totals.subtotal, sum(&recurring, |line| line.total));
    assert_eq!(totals.total, totals.subtotal - totals.total_discount);
    assert_eq!(totals.total, totals.total_excluding_tax + totals.tax);
    assert!((0..=totals.subtotal).contains(&totals.total_discount));
    assert_eq!(totals.one_time_total, sum(&once, |line| line.total - line.discount_total));
    assert!((0..=totals.one_time_total).contains(&totals.one_time_total_excluding_tax));
    let difference = totals.total_discount - sum(&recurring, |line| line.discount_total);
    match order.discount.as_ref().map(|terms| terms.discount.reduction) {
        None => {
            assert_eq!((difference, totals.tax), (0, sum(&recurring, |line| line.tax)));
            assert_eq!(totals.one_time_total - totals.one_time_total_excluding_tax, sum(&once, |line| line.tax));
        }
        Some(Reduction::Amount(amount)) => {
            assert_eq!(difference, 0);
            assert!(sum(&lines, |line| line.discount_total) <= amount);
        }
        Some(Reduction::Percentage(_)) => {
            let covered = recurring.iter().filter(|line| line.discount_total > 0).count();
            assert!(difference.unsigned_abs() < 1.max(covered as u64 + 1));
        }
    }
}

proptest! {
    #[test]
    fn whatever_is_done_to_a_draft_its_figures_agree(edits in prop::collection::vec(any_edit(), 1..24)) {
        let mut shop = Shop::new();
        let new = NewOrder { billing_period: Some(BillingPeriod::Monthly), ..shop.draft() };
        let id = shop.order(NOW, new).unwrap();
        for edit in edits {
            let before = shop.world.orders.get(id).cloned();
            let is_told = !matches!(edit, Edit::Rates { .. });
            if apply(&mut shop, id, edit).is_err() {
                prop_assert!(is_told);
                prop_assert_eq!(shop.world.orders.get(id), before.as_ref());
            }
            check_invariants(&shop, id);
        }
    }
}
