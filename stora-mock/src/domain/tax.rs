//! Tax contained in prices, and the figures of orders and invoices that follow from price, quantity, discount and tax.
//!
//! Every price has its tax inside (T1), so that nothing here is ever added on top. An order shows its lines before the discount,
//! an invoice shows them after it (I4).

use serde::{Deserialize, Serialize};

use super::discount::{Discount, Discounted, LineKind, PricedLine};
use super::money::{AmountOverflow, Percent, portion, times, to_amount};

/// The tax rates that one line bears: none, one or several. None is negative.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<Percent>", into = "Vec<Percent>")]
pub struct TaxRates(Vec<Percent>);

/// Percentages cannot be the tax rates of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Tax rates are not negative, and together they are at most 1000000 percent.")]
pub struct NotTaxRates;

/// A line of an order or an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// What it stands for.
    pub kind: LineKind,
    /// The price of one piece, tax inside.
    pub price: i64,
    /// How many pieces.
    pub quantity: i64,
    /// The tax rates that it bears. Those of a deposit are passed over (T5).
    pub tax_rates: &'a TaxRates,
}

/// The figures of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineTotals {
    /// Price times quantity: on an order before the discount (O22), on an invoice less `discount_total` (I4).
    pub total: i64,
    /// What is taken off the line.
    pub discount_total: i64,
    /// The tax contained in `total`.
    pub tax: i64,
    /// `total` less `tax`.
    pub total_excluding_tax: i64,
}

/// The figures of an order (O17 to O22).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrderTotals {
    /// Those of its lines, in their order, before the discount.
    pub lines: Vec<LineTotals>,
    /// The recurring lines before the discount.
    pub subtotal: i64,
    /// What is taken off the recurring lines. A percentage is worked out on their sum.
    pub total_discount: i64,
    /// `subtotal` less `total_discount`.
    pub total: i64,
    /// The tax contained in the recurring lines after the discount, rounded line by line.
    pub tax: i64,
    /// `total` less `tax`.
    pub total_excluding_tax: i64,
    /// The one-time lines after the discount, deposits included.
    pub one_time_total: i64,
    /// `one_time_total` less the tax contained in it.
    pub one_time_total_excluding_tax: i64,
}

/// The figures of an invoice or a credit note (I5).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InvoiceTotals {
    /// Those of its lines, in their order, after the discount.
    pub lines: Vec<LineTotals>,
    /// The sum of the lines' totals.
    pub total: i64,
    /// The sum of the lines' taxes.
    pub tax: i64,
    /// `total` less `tax`.
    pub subtotal: i64,
}

/// A figure of an order or an invoice is beyond what an amount can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TotalsOverflow {
    /// The figures of the line at this place, counted from 0.
    #[error("Price times quantity is too large.")]
    Line(usize),
    /// The lines together.
    #[error("The lines sum up to too large an amount.")]
    Sum,
}

impl From<AmountOverflow> for TotalsOverflow {
    fn from(AmountOverflow: AmountOverflow) -> Self {
        Self::Sum
    }
}

impl TaxRates {
    /// No rate.
    pub const NONE: Self = Self(Vec::new());

    /// The rates, in the order in which they were given.
    pub fn as_slice(&self) -> &[Percent] {
        &self.0
    }

    /// The tax contained in a gross amount: the sum over the rates r of `round(gross x r / (100 + sum of rates))` (T2). That of a
    /// negative amount is the negative of its opposite's.
    ///
    /// Several rates of 50 % and more could all be rounded up and come to more than a gross of a few minor units; the tax is never
    /// more than the gross.
    pub fn contained(&self, gross: i64) -> i64 {
        let whole = Percent::HUNDRED.units() + self.0.iter().map(|rate| rate.units()).sum::<i64>();
        // All parts have the sign of the gross, so that a sum kept within the range is still on its side of the gross.
        let parts = self.0.iter().map(|rate| portion(gross, rate.units(), whole));
        parts.fold(0i64, i64::saturating_add).clamp(gross.min(0), gross.max(0))
    }
}

impl TryFrom<Vec<Percent>> for TaxRates {
    type Error = NotTaxRates;

    fn try_from(rates: Vec<Percent>) -> Result<Self, NotTaxRates> {
        let sum = rates.iter().try_fold(Percent::ZERO, |sum, rate| sum.plus(*rate));
        if sum.is_err() || rates.iter().any(|rate| *rate < Percent::ZERO) {
            return Err(NotTaxRates);
        }
        Ok(Self(rates))
    }
}

impl From<TaxRates> for Vec<Percent> {
    fn from(rates: TaxRates) -> Self {
        rates.0
    }
}

impl Line<'_> {
    /// The tax contained in a gross amount of this line.
    fn tax_in(&self, gross: i64) -> i64 {
        if self.kind == LineKind::SecurityDeposit { 0 } else { self.tax_rates.contained(gross) }
    }

    /// Its figures if that much is charged for it, tax inside, beside that much of discount.
    fn totals(&self, total: i64, discount_total: i64) -> LineTotals {
        let tax = self.tax_in(total);
        // The tax has the sign of the total and is no larger.
        LineTotals { total, discount_total, tax, total_excluding_tax: total - tax }
    }
}

/// The figures of an order with these lines and this coupon. They describe the first billing period, so that coupons of every
/// duration count in full.
///
/// # Errors
/// If a figure is no amount, such as the product of a huge price and a huge quantity.
pub fn order_totals(lines: &[Line<'_>], discount: Option<&Discount>) -> Result<OrderTotals, TotalsOverflow> {
    let priced = priced(lines)?;
    let Discounted { per_line, recurring_total } = discounted(&priced, discount)?;
    let mut totals = OrderTotals { total_discount: recurring_total, ..OrderTotals::default() };
    let (mut recurring, mut recurring_tax, mut one_time, mut one_time_tax) = (0i128, 0i128, 0i128, 0i128);
    for ((line, PricedLine { total, .. }), off) in lines.iter().zip(priced).zip(per_line) {
        // Nothing is taken off a negative total, and off any other no more than it is.
        let net = total - off;
        let tax = i128::from(line.tax_in(net));
        if line.kind.is_recurring() {
            recurring += i128::from(total);
            recurring_tax += tax;
        } else {
            one_time += i128::from(net);
            one_time_tax += tax;
        }
        totals.lines.push(line.totals(total, off));
    }
    let total = recurring - i128::from(recurring_total);
    totals.subtotal = to_amount(recurring)?;
    totals.total = to_amount(total)?;
    totals.tax = to_amount(recurring_tax)?;
    totals.total_excluding_tax = to_amount(total - recurring_tax)?;
    totals.one_time_total = to_amount(one_time)?;
    totals.one_time_total_excluding_tax = to_amount(one_time - one_time_tax)?;
    Ok(totals)
}

/// The figures of an invoice with these lines, off which this discount is taken.
///
/// # Errors
/// If a figure is no amount.
pub fn invoice_totals(lines: &[Line<'_>], discount: Option<&Discount>) -> Result<InvoiceTotals, TotalsOverflow> {
    let Discounted { per_line, .. } = discounted(&priced(lines)?, discount)?;
    invoice_totals_less(lines, &per_line)
}

/// The figures of an invoice with these lines, whose discounts are settled already: one for each line, in their order, such as the
/// shares that an order worked out for its one-time lines. A line without one has none taken off.
///
/// # Errors
/// If a figure is no amount.
pub fn invoice_totals_less(lines: &[Line<'_>], discounts: &[i64]) -> Result<InvoiceTotals, TotalsOverflow> {
    let mut totals = InvoiceTotals::default();
    let (mut total, mut tax) = (0i128, 0i128);
    let discounts = discounts.iter().copied().chain(std::iter::repeat(0));
    for (place, ((line, priced), off)) in lines.iter().zip(priced(lines)?).zip(discounts).enumerate() {
        let net = priced.total.checked_sub(off).ok_or(TotalsOverflow::Line(place))?;
        let line_totals = line.totals(net, off);
        total += i128::from(line_totals.total);
        tax += i128::from(line_totals.tax);
        totals.lines.push(line_totals);
    }
    totals.total = to_amount(total)?;
    totals.tax = to_amount(tax)?;
    totals.subtotal = to_amount(total - tax)?;
    Ok(totals)
}

fn priced(lines: &[Line<'_>]) -> Result<Vec<PricedLine>, TotalsOverflow> {
    let price = |(place, line): (usize, &Line<'_>)| match times(line.price, line.quantity) {
        Ok(total) => Ok(PricedLine { kind: line.kind, total }),
        Err(AmountOverflow) => Err(TotalsOverflow::Line(place)),
    };
    lines.iter().enumerate().map(price).collect()
}

fn discounted(lines: &[PricedLine], discount: Option<&Discount>) -> Result<Discounted, AmountOverflow> {
    match discount {
        Some(discount) => discount.apply(lines),
        None => Ok(Discounted { per_line: vec![0; lines.len()], recurring_total: 0 }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::discount::tests::{any_discount, any_kind};
    use crate::domain::discount::{AutoApplyTo, Reduction, Scope};

    fn rates<const N: usize>(percents: [&str; N]) -> TaxRates {
        TaxRates::try_from(percents.map(|text| text.parse().unwrap()).to_vec()).unwrap()
    }

    fn line(kind: LineKind, price: i64, quantity: i64, tax_rates: &TaxRates) -> Line<'_> {
        Line { kind, price, quantity, tax_rates }
    }

    fn percent_off(text: &str, scope: AutoApplyTo) -> Discount {
        let percent = text.parse::<Percent>().unwrap().try_into().unwrap();
        Discount { reduction: Reduction::Percentage(percent), scope: Scope::AutoApplyTo(scope) }
    }

    #[test]
    fn scenario_5_the_tax_is_inside_the_price_whatever_the_rate() {
        for (rates, subtotal, tax) in
            [(rates(["20"]), 10_000, 2_000), (rates(["0"]), 12_000, 0), (rates([]), 12_000, 0)]
        {
            let totals = invoice_totals(&[line(LineKind::UnitType, 12_000, 1, &rates)], None).unwrap();
            assert_eq!((totals.subtotal, totals.tax, totals.total), (subtotal, tax, 12_000));
        }
    }

    #[test]
    fn scenario_6_a_discount_on_units_leaves_protection_and_its_tax_alone() {
        let (unit, cover) = (rates(["20"]), rates(["12"]));
        let lines = [line(LineKind::UnitType, 12_000, 1, &unit), line(LineKind::Protection, 1_120, 1, &cover)];
        let first = invoice_totals(&lines, Some(&percent_off("50", AutoApplyTo::default()))).unwrap();
        assert_eq!((first.total, first.tax, first.subtotal), (7_120, 1_120, 6_000));
        let expected = LineTotals { total: 6_000, discount_total: 6_000, tax: 1_000, total_excluding_tax: 5_000 };
        assert_eq!((first.lines[0], first.lines[1].tax), (expected, 120));
        let second = invoice_totals(&lines, None).unwrap();
        assert_eq!((second.total, second.tax), (13_120, 2_120));
    }

    #[test]
    fn the_order_of_the_documents_examples_has_its_figures() {
        let (full, cover) = (rates(["20"]), rates(["12"]));
        let lines = [
            line(LineKind::UnitType, 12_000, 1, &full),
            line(LineKind::Protection, 1_120, 1, &cover),
            line(LineKind::OneTimeProduct, 1_200, 2, &full),
            line(LineKind::SecurityDeposit, 5_000, 1, &full),
        ];
        let totals = order_totals(&lines, Some(&percent_off("10", AutoApplyTo::default()))).unwrap();
        let line_totals =
            |total, discount_total, tax| LineTotals { total, discount_total, tax, total_excluding_tax: total - tax };
        let expected = OrderTotals {
            lines: vec![
                line_totals(12_000, 1_200, 2_000),
                line_totals(1_120, 0, 120),
                line_totals(2_400, 0, 400),
                line_totals(5_000, 0, 0),
            ],
            subtotal: 13_120,
            total_discount: 1_200,
            total: 11_920,
            tax: 1_920,
            total_excluding_tax: 10_000,
            one_time_total: 7_400,
            one_time_total_excluding_tax: 7_000,
        };
        assert_eq!(totals, expected);
        let cleaning = invoice_totals(&[line(LineKind::FreeText, 3_000, 1, &full)], None).unwrap();
        assert_eq!((cleaning.subtotal, cleaning.tax), (2_500, 500), "free text bears the rates that staff give it");
    }

    #[test]
    fn scenario_15_the_lines_of_a_change_contain_their_tax_with_their_sign() {
        let full = rates(["20"]);
        let change = [line(LineKind::UnitType, -4_500, 1, &full), line(LineKind::UnitType, 7_500, 1, &full)];
        let totals = invoice_totals(&change, None).unwrap();
        assert_eq!(totals.lines.iter().map(|line| line.tax).collect::<Vec<_>>(), [-750, 1_250]);
        assert_eq!((totals.total, totals.tax, totals.subtotal), (3_000, 500, 2_500));
    }

    #[test]
    fn several_rates_share_one_base_and_are_each_rounded() {
        assert_eq!(rates(["5", "9.975"]).contained(11_498), 500 + 998, "500.04 and 997.58");
        assert_eq!(rates(["20"]).contained(3), 1, "0.5 goes up");
        assert_eq!(rates(["20"]).contained(-3), -1);
        assert_eq!(rates(["100", "100", "100"]).contained(2), 2, "three halves, but no more than the gross");
    }

    #[test]
    fn an_order_without_lines_shows_zeros() {
        let coupon = Discount { reduction: Reduction::Amount(500), scope: Scope::AutoApplyTo(AutoApplyTo::default()) };
        assert_eq!(order_totals(&[], Some(&coupon)), Ok(OrderTotals::default()));
        assert_eq!(invoice_totals(&[], None), Ok(InvoiceTotals::default()));
    }

    #[test]
    fn an_amount_is_shared_by_recurring_and_one_time_lines_and_the_one_time_invoice_takes_its_share() {
        let none = TaxRates::NONE;
        let lines = [line(LineKind::UnitType, 2_000, 1, &none), line(LineKind::OneTimeProduct, 500, 2, &none)];
        let scope = Scope::AutoApplyTo(AutoApplyTo { products: true, ..AutoApplyTo::default() });
        let order = order_totals(&lines, Some(&Discount { reduction: Reduction::Amount(1_000), scope })).unwrap();
        assert_eq!((order.total_discount, order.total, order.one_time_total), (667, 1_333, 667));
        let invoice = invoice_totals_less(&lines[1..], &[order.lines[1].discount_total]).unwrap();
        assert_eq!(invoice.total, order.one_time_total);
    }

    #[test]
    fn figures_beyond_every_amount_are_an_error_that_names_the_line() {
        let none = TaxRates::NONE;
        let fine = line(LineKind::UnitType, i64::MAX, 1, &none);
        let huge = line(LineKind::UnitType, i64::MAX, i64::MAX, &none);
        assert_eq!(order_totals(&[fine, huge], None), Err(TotalsOverflow::Line(1)));
        assert_eq!(order_totals(&[fine, fine], None), Err(TotalsOverflow::Sum));
        assert_eq!(invoice_totals(&[huge], None), Err(TotalsOverflow::Line(0)));
        assert_eq!(invoice_totals(&[fine, fine], None), Err(TotalsOverflow::Sum));
        assert_eq!(invoice_totals_less(&[fine], &[-1]), Err(TotalsOverflow::Line(0)));
        assert_eq!(order_totals(&[fine], None).unwrap().total, i64::MAX);
    }

    #[test]
    fn tax_rates_are_not_negative_and_are_written_as_numbers() {
        for json in ["[-1]", "[1000000, 0.5]", "[\"20\"]"] {
            assert!(serde_json::from_str::<TaxRates>(json).is_err(), "{json}");
        }
        assert_eq!(serde_json::to_string(&rates(["20", "2.5"])).unwrap(), "[20,2.5]");
    }

    type AnyLine = (LineKind, i64, i64, TaxRates);

    fn any_rates() -> impl Strategy<Value = TaxRates> {
        prop::collection::vec((0i64..200).prop_map(|percent| Percent::whole(percent).unwrap()), 0..4)
            .prop_map(|rates| rates.try_into().unwrap())
    }

    fn any_lines(prices: std::ops::Range<i64>) -> impl Strategy<Value = Vec<AnyLine>> {
        prop::collection::vec((any_kind(), prices, 1i64..4, any_rates()), 0..8)
    }

    fn as_lines(lines: &[AnyLine]) -> Vec<Line<'_>> {
        lines.iter().map(|(kind, price, quantity, rates)| line(*kind, *price, *quantity, rates)).collect()
    }

    proptest! {
        #[test]
        fn an_order_keeps_the_invariants_of_the_money_rules(
            lines in prop_oneof![any_lines(0..20), any_lines(0..50_000)],
            discount in prop::option::of(any_discount()),
        ) {
            let lines = as_lines(&lines);
            let order = order_totals(&lines, discount.as_ref()).unwrap();
            for totals in &order.lines {
                prop_assert_eq!(totals.total, totals.total_excluding_tax + totals.tax);
                prop_assert!((0..=totals.total).contains(&totals.discount_total));
                prop_assert!((0..=totals.total).contains(&totals.tax));
            }
            prop_assert_eq!(order.total, order.total_excluding_tax + order.tax);
            prop_assert_eq!(order.total, order.subtotal - order.total_discount);
            prop_assert!((0..=order.subtotal).contains(&order.total_discount));
            prop_assert!((0..=order.one_time_total).contains(&order.one_time_total_excluding_tax));

            let of = |recurring: bool, figure: fn(&LineTotals) -> i64| -> i64 {
                let lines = lines.iter().zip(&order.lines).filter(|(line, _)| line.kind.is_recurring() == recurring);
                lines.map(|(_, totals)| figure(totals)).sum()
            };
            let apart = (of(true, |totals| totals.discount_total) - order.total_discount).abs();
            match discount {
                None => {
                    prop_assert_eq!(order.tax, of(true, |totals| totals.tax));
                    let one_time_tax = order.one_time_total - order.one_time_total_excluding_tax;
                    prop_assert_eq!(one_time_tax, of(false, |totals| totals.tax));
                }
                Some(Discount { reduction: Reduction::Amount(_), .. }) => prop_assert_eq!(apart, 0),
                Some(Discount { scope, .. }) => {
                    let kinds = lines.iter().map(|line| line.kind).enumerate();
                    let covered = kinds.filter(|(place, kind)| kind.is_recurring() && scope.covers(*place, *kind)).count();
                    prop_assert!(apart < i64::try_from(covered.max(1)).unwrap());
                }
            }
        }

        #[test]
        fn an_invoice_is_the_sum_of_its_lines_after_discount(
            lines in any_lines(-5_000..50_000),
            discount in prop::option::of(any_discount()),
        ) {
            let lines = as_lines(&lines);
            let invoice = invoice_totals(&lines, discount.as_ref()).unwrap();
            for (line, totals) in lines.iter().zip(&invoice.lines) {
                prop_assert_eq!(totals.total, line.price * line.quantity - totals.discount_total);
                prop_assert_eq!(totals.total, totals.total_excluding_tax + totals.tax);
            }
            prop_assert_eq!(invoice.total, invoice.lines.iter().map(|line| line.total).sum::<i64>());
            prop_assert_eq!(invoice.tax, invoice.lines.iter().map(|line| line.tax).sum::<i64>());
            prop_assert_eq!(invoice.subtotal, invoice.total - invoice.tax);
        }

        #[test]
        fn a_deposit_bears_no_tax_and_no_discount(price in 0i64.., rates in any_rates(), discount in any_discount()) {
            let order = order_totals(&[line(LineKind::SecurityDeposit, price, 1, &rates)], Some(&discount)).unwrap();
            prop_assert_eq!((order.one_time_total, order.one_time_total_excluding_tax), (price, price));
        }

        #[test]
        fn tax_is_symmetric_and_within_the_gross(gross in -i64::MAX..=i64::MAX, rates in any_rates()) {
            let tax = rates.contained(gross);
            prop_assert_eq!(rates.contained(-gross), -tax);
            prop_assert!((gross.min(0)..=gross.max(0)).contains(&tax));
        }

        #[test]
        fn no_figure_panics(
            lines in prop::collection::vec((any_kind(), any::<i64>(), any::<i64>(), any_rates()), 0..4),
            discount in any_discount(),
            settled in prop::collection::vec(any::<i64>(), 0..4),
        ) {
            let lines = as_lines(&lines);
            let _ = order_totals(&lines, Some(&discount));
            let _ = invoice_totals(&lines, Some(&discount));
            let _ = invoice_totals_less(&lines, &settled);
        }
    }
}
