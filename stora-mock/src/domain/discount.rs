//! What a coupon takes off.

use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};

use super::money::{AmountOverflow, Percent, sum, to_amount};

/// What a line of an order, a subscription or an invoice stands for, as far as discount and tax care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// Storage in a unit of some type.
    UnitType,
    /// Cover of some level.
    Protection,
    /// A product that is charged in every billing period.
    RecurringProduct,
    /// A product that is charged once.
    OneTimeProduct,
    /// A deposit: never discounted (Q3) and never taxed (T5).
    SecurityDeposit,
    /// Words and a price of staff's own, as on one-off invoices and for late fees: never discounted.
    FreeText,
}

/// The lines that a coupon takes something off: its `auto_apply_to` (Q2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutoApplyTo {
    /// Products, recurring and one-time.
    pub products: bool,
    /// Protection levels.
    pub protections: bool,
    /// Everything that recurs, whatever the other members say.
    pub subscriptions: bool,
    /// Unit types.
    pub unit_types: bool,
}

/// The lines that a discount takes something off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Lines of certain kinds, whenever they were added.
    AutoApplyTo(AutoApplyTo),
    /// The one line at this place of the lines, counted from 0, and none that is added later (Q13).
    Line(usize),
}

/// A percentage that a coupon can take off: above 0 and at most 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Percent", into = "Percent")]
pub struct PercentOff(Percent);

/// A percentage is none that a coupon can take off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A percentage off is above 0 and at most 100.")]
pub struct NotAPercentOff;

/// How a discount is worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reduction {
    /// So much of every covered line.
    Percentage(PercentOff),
    /// So many minor units once, shared among the covered lines (Q1). A negative amount counts as zero.
    Amount(i64),
}

/// What a coupon takes off, and where. An order and a subscription keep a copy of their own (S5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discount {
    /// How it is worked out.
    pub reduction: Reduction,
    /// The lines that it covers.
    pub scope: Scope,
}

/// Which invoices of a subscription a discount is taken off (Q5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duration {
    /// The first recurring one.
    Once,
    /// All.
    Forever,
    /// Those dated within so many months from the start of the discount.
    Repeating {
        /// How many months; the day on which the last of them ends is outside.
        months: u32,
    },
}

/// A line before its discount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PricedLine {
    /// What it stands for.
    pub kind: LineKind,
    /// Price times quantity, tax inside.
    pub total: i64,
}

/// What a discount comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discounted {
    /// What is taken off each line, in the order of the lines. Never negative and never more than the line's total.
    pub per_line: Vec<i64>,
    /// What is taken off the recurring lines together. A percentage of their sum is rounded once, so that it may differ from the
    /// sum of `per_line` by less than one minor unit per covered line (O19).
    pub recurring_total: i64,
}

impl LineKind {
    /// Whether it is charged again in every billing period.
    pub const fn is_recurring(self) -> bool {
        matches!(self, Self::UnitType | Self::Protection | Self::RecurringProduct)
    }
}

impl Default for AutoApplyTo {
    /// Unit types alone, as for a coupon made without a scope (Q4).
    fn default() -> Self {
        Self { products: false, protections: false, subscriptions: false, unit_types: true }
    }
}

impl Scope {
    /// The place of the one line that it covers, if it covers one alone.
    pub fn line(self) -> Option<usize> {
        match self {
            Self::Line(place) => Some(place),
            Self::AutoApplyTo(_) => None,
        }
    }

    /// Whether the line of a kind at a place, counted from 0, is covered. Deposits and free text never are (Q3).
    pub fn covers(self, place: usize, kind: LineKind) -> bool {
        match (self, kind) {
            (_, LineKind::SecurityDeposit | LineKind::FreeText) => false,
            (Self::Line(only), _) => place == only,
            (Self::AutoApplyTo(AutoApplyTo { subscriptions: true, .. }), kind) if kind.is_recurring() => true,
            (Self::AutoApplyTo(to), LineKind::UnitType) => to.unit_types,
            (Self::AutoApplyTo(to), LineKind::Protection) => to.protections,
            (Self::AutoApplyTo(to), LineKind::RecurringProduct | LineKind::OneTimeProduct) => to.products,
        }
    }
}

impl PercentOff {
    /// The percentage.
    pub const fn percent(self) -> Percent {
        self.0
    }
}

impl TryFrom<Percent> for PercentOff {
    type Error = NotAPercentOff;

    fn try_from(percent: Percent) -> Result<Self, NotAPercentOff> {
        if percent > Percent::ZERO && percent <= Percent::HUNDRED { Ok(Self(percent)) } else { Err(NotAPercentOff) }
    }
}

impl From<PercentOff> for Percent {
    fn from(percent: PercentOff) -> Self {
        percent.0
    }
}

impl Discount {
    /// What it takes off these lines. Nothing is taken off a line whose total is not above zero.
    ///
    /// # Errors
    /// If the totals of the covered recurring lines have a sum that is no amount.
    pub fn apply(&self, lines: &[PricedLine]) -> Result<Discounted, AmountOverflow> {
        let covered: Vec<i64> = lines
            .iter()
            .enumerate()
            .map(|(place, line)| if self.scope.covers(place, line.kind) { line.total.max(0) } else { 0 })
            .collect();
        let recurring = |amounts: &[i64]| {
            sum(amounts.iter().zip(lines).filter(|(_, line)| line.kind.is_recurring()).map(|(amount, _)| *amount))
        };
        match self.reduction {
            Reduction::Percentage(PercentOff(percent)) => Ok(Discounted {
                per_line: covered.iter().map(|total| percent.of(*total)).collect::<Result<_, _>>()?,
                recurring_total: percent.of(recurring(&covered)?)?,
            }),
            Reduction::Amount(amount) => {
                let per_line = share(amount, &covered)?;
                Ok(Discounted { recurring_total: recurring(&per_line)?, per_line })
            }
        }
    }
}

impl Duration {
    /// Whether the discount is taken off a recurring invoice of a date: `start` is when the discount began to count, the
    /// subscription's start or the day that staff added it (Q6), and `first` says that this is the first invoice since then.
    pub fn discounts_invoice(self, start: NaiveDate, invoice_date: NaiveDate, first: bool) -> bool {
        match self {
            Self::Once => first,
            Self::Forever => true,
            Self::Repeating { months } => {
                // A window that outlasts the calendar has no end.
                let is_before_end = start.checked_add_months(Months::new(months)).is_none_or(|end| invoice_date < end);
                start <= invoice_date && is_before_end
            }
        }
    }
}

/// Shares an amount among totals of zero or more in proportion to them, and no more of it than they sum up to. Each share is
/// rounded down; the units left over go one by one to the largest fractions, the earlier one first on a tie (Q1).
fn share(amount: i64, totals: &[i64]) -> Result<Vec<i64>, AmountOverflow> {
    let whole: i128 = totals.iter().copied().map(i128::from).sum();
    let amount = i128::from(amount).min(whole);
    if amount <= 0 {
        return Ok(vec![0; totals.len()]);
    }
    let products = totals.iter().map(|total| amount * i128::from(*total));
    let (mut shares, rests): (Vec<i128>, Vec<i128>) =
        products.map(|product| (product / whole, product % whole)).unzip();
    let mut by_rest: Vec<usize> = (0..totals.len()).collect();
    // The sort is stable, which settles ties.
    by_rest.sort_by_key(|place| std::cmp::Reverse(rests[*place]));
    let mut left_over = amount - shares.iter().sum::<i128>();
    for place in by_rest {
        if left_over == 0 {
            break;
        }
        shares[place] += 1;
        left_over -= 1;
    }
    shares.into_iter().map(to_amount).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::calendar::{BillingCalendar, BillingPeriod};

    const NOTHING: AutoApplyTo =
        AutoApplyTo { products: false, protections: false, subscriptions: false, unit_types: false };

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn percentage(text: &str) -> Reduction {
        Reduction::Percentage(text.parse::<Percent>().unwrap().try_into().unwrap())
    }

    fn line(kind: LineKind, total: i64) -> PricedLine {
        PricedLine { kind, total }
    }

    fn to(scope: AutoApplyTo, reduction: Reduction) -> Discount {
        Discount { reduction, scope: Scope::AutoApplyTo(scope) }
    }

    /// One line of each kind, of 1000, 2000 and so on.
    const ALL_KINDS: [PricedLine; 6] = [
        PricedLine { kind: LineKind::UnitType, total: 1_000 },
        PricedLine { kind: LineKind::Protection, total: 2_000 },
        PricedLine { kind: LineKind::RecurringProduct, total: 3_000 },
        PricedLine { kind: LineKind::OneTimeProduct, total: 4_000 },
        PricedLine { kind: LineKind::SecurityDeposit, total: 5_000 },
        PricedLine { kind: LineKind::FreeText, total: 6_000 },
    ];

    #[test]
    fn each_flag_covers_its_lines_and_deposits_are_never_covered() {
        for (scope, off, recurring) in [
            (AutoApplyTo::default(), [100, 0, 0, 0, 0, 0], 100),
            (AutoApplyTo { protections: true, ..NOTHING }, [0, 200, 0, 0, 0, 0], 200),
            (AutoApplyTo { products: true, ..NOTHING }, [0, 0, 300, 400, 0, 0], 300),
            (AutoApplyTo { subscriptions: true, ..NOTHING }, [100, 200, 300, 0, 0, 0], 600),
            (AutoApplyTo { subscriptions: true, products: true, ..NOTHING }, [100, 200, 300, 400, 0, 0], 600),
            (NOTHING, [0; 6], 0),
        ] {
            let discounted = to(scope, percentage("10")).apply(&ALL_KINDS).unwrap();
            assert_eq!(discounted, Discounted { per_line: off.to_vec(), recurring_total: recurring }, "{scope:?}");
        }
    }

    #[test]
    fn scenario_9_a_later_line_inherits_a_discount_by_kind_but_not_one_tied_to_another_line() {
        let first = line(LineKind::UnitType, 12_000);
        let added = line(LineKind::UnitType, 8_000);
        let by_kind = to(AutoApplyTo::default(), percentage("20"));
        assert_eq!(by_kind.apply(&[first, added]).unwrap().per_line, [2_400, 1_600], "the added one bills 64.00");
        let tied = Discount { reduction: percentage("20"), scope: Scope::Line(0) };
        assert_eq!(tied.apply(&[first, added]).unwrap().per_line, [2_400, 0], "the added one bills 80.00");
        assert_eq!(tied.apply(&[line(LineKind::UnitType, 24_000), added]).unwrap().per_line, [4_800, 0], "both pieces");
    }

    #[test]
    fn a_percentage_is_rounded_per_line_and_once_on_the_sum() {
        let lines = [line(LineKind::UnitType, 5); 3];
        let discounted = to(AutoApplyTo::default(), percentage("10")).apply(&lines).unwrap();
        assert_eq!(discounted, Discounted { per_line: vec![1, 1, 1], recurring_total: 2 });
        let discounted =
            to(AutoApplyTo::default(), percentage("12.5")).apply(&[line(LineKind::UnitType, 12_000)]).unwrap();
        assert_eq!(discounted.recurring_total, 1_500);
    }

    #[test]
    fn an_amount_goes_to_the_largest_fractions_and_to_the_earlier_line_on_a_tie() {
        let share_of = |amount, totals: &[i64]| share(amount, totals).unwrap();
        assert_eq!(share_of(1_500, &[12_000, 1_120]), [1_372, 128], "1371.95 and 128.05");
        assert_eq!(share_of(100, &[1_000, 1_000, 1_000]), [34, 33, 33]);
        assert_eq!(share_of(101, &[1_000, 1_000, 1_000]), [34, 34, 33]);
        assert_eq!(share_of(1, &[1, 2]), [0, 1]);
        assert_eq!(share_of(10, &[0, 3, 0, 3]), [0, 3, 0, 3], "never below zero");
        assert_eq!(share_of(10, &[]), [0i64; 0]);
        assert_eq!(share_of(-10, &[5]), [0]);
        assert_eq!(share_of(i64::MAX, &[i64::MAX, i64::MAX]), [i64::MAX / 2 + 1, i64::MAX / 2]);
    }

    #[test]
    fn nothing_is_taken_off_what_gives_money_back() {
        let lines = [line(LineKind::UnitType, -4_500), line(LineKind::UnitType, 7_500)];
        for reduction in [percentage("100"), Reduction::Amount(10_000)] {
            assert_eq!(to(AutoApplyTo::default(), reduction).apply(&lines).unwrap().per_line, [0, 7_500]);
        }
    }

    #[test]
    fn a_sum_that_no_amount_can_hold_is_an_error() {
        let lines = [line(LineKind::UnitType, i64::MAX); 2];
        assert_eq!(to(AutoApplyTo::default(), percentage("10")).apply(&lines), Err(AmountOverflow));
    }

    #[test]
    fn a_percentage_off_is_above_0_and_at_most_100() {
        for text in ["0", "-1", "100.000000001", "1000"] {
            assert_eq!(PercentOff::try_from(text.parse::<Percent>().unwrap()), Err(NotAPercentOff), "{text}");
            assert!(serde_json::from_str::<PercentOff>(text).is_err(), "{text}");
        }
        assert_eq!(serde_json::from_str::<PercentOff>("12.5").unwrap().percent(), "12.5".parse().unwrap());
    }

    #[test]
    fn scenario_7_three_months_hold_so_many_invoices_of_each_period() {
        let start = date("2026-01-01");
        for (period, expected) in BillingPeriod::ALL.into_iter().zip([13, 4, 3, 1, 1, 1]) {
            let dates = BillingCalendar { anchor: start, period }.dates_through(date("2027-12-31"));
            let discounted =
                dates.filter(|date| Duration::Repeating { months: 3 }.discounts_invoice(start, *date, *date == start));
            assert_eq!(discounted.count(), expected, "{period}");
        }
    }

    #[test]
    fn the_window_of_a_repeating_coupon_ends_on_the_last_day_of_a_short_month() {
        let one_month = Duration::Repeating { months: 1 };
        for (invoice, expected) in
            [("2026-01-30", false), ("2026-01-31", true), ("2026-02-27", true), ("2026-02-28", false)]
        {
            assert_eq!(one_month.discounts_invoice(date("2026-01-31"), date(invoice), false), expected, "{invoice}");
        }
        assert!(Duration::Repeating { months: u32::MAX }.discounts_invoice(
            date("2026-01-31"),
            date("9999-12-31"),
            false
        ));
    }

    #[test]
    fn once_is_the_first_invoice_and_forever_every_one() {
        let (start, later) = (date("2026-01-01"), date("2036-01-01"));
        assert!(Duration::Once.discounts_invoice(start, start, true));
        assert!(!Duration::Once.discounts_invoice(start, later, false));
        assert!(Duration::Forever.discounts_invoice(start, later, false));
    }

    pub(crate) fn any_kind() -> impl Strategy<Value = LineKind> {
        prop::sample::select(ALL_KINDS.map(|line| line.kind).to_vec())
    }

    pub(crate) fn any_discount() -> impl Strategy<Value = Discount> {
        let percent = (1i64..=100_000)
            .prop_map(|thousandths| percentage(&format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000)));
        let reduction =
            prop_oneof![percent, (0i64..100_000).prop_map(Reduction::Amount), any::<i64>().prop_map(Reduction::Amount)];
        let flags = any::<[bool; 4]>().prop_map(|[products, protections, subscriptions, unit_types]| {
            Scope::AutoApplyTo(AutoApplyTo { products, protections, subscriptions, unit_types })
        });
        let scope = prop_oneof![4 => flags, 1 => (0usize..6).prop_map(Scope::Line)];
        (reduction, scope).prop_map(|(reduction, scope)| Discount { reduction, scope })
    }

    proptest! {
        #[test]
        fn shares_sum_up_to_the_amount_or_to_all_there_is(
            amount in 0i64..,
            totals in prop::collection::vec(0i64.., 0..8),
        ) {
            let shares = share(amount, &totals).unwrap();
            let whole: i128 = totals.iter().copied().map(i128::from).sum();
            prop_assert_eq!(shares.iter().copied().map(i128::from).sum::<i128>(), i128::from(amount).min(whole));
            prop_assert!(shares.iter().zip(&totals).all(|(share, total)| (0..=*total).contains(share)));
        }

        #[test]
        fn a_share_misses_its_proportion_by_less_than_one(
            amount in 0i64..100_000,
            totals in prop::collection::vec(1i64..50_000, 1..8),
        ) {
            let whole: i64 = totals.iter().sum();
            let amount = amount.min(whole);
            for (share, total) in share(amount, &totals).unwrap().into_iter().zip(totals) {
                prop_assert!((share * whole - amount * total).abs() < whole);
            }
        }

        #[test]
        fn a_discount_is_never_negative_nor_above_the_line(
            discount in any_discount(),
            lines in prop::collection::vec((any_kind(), any::<i64>()), 0..8),
        ) {
            let lines: Vec<_> = lines.into_iter().map(|(kind, total)| line(kind, total)).collect();
            if let Ok(discounted) = discount.apply(&lines) {
                prop_assert_eq!(discounted.per_line.len(), lines.len());
                for (off, line) in discounted.per_line.iter().zip(&lines) {
                    prop_assert!((0..=line.total.max(0)).contains(off));
                }
            }
        }
    }
}
