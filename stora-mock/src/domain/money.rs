//! Amounts of money and how they are rounded.
//!
//! An amount is an `i64` in minor units of the operator's one currency; every currency here has two decimals. Figures are worked
//! out as exact fractions and rounded once, at the end (C5). Amounts that a caller sends may be as large as an `i64` can be:
//! whatever could leave that range answers [`AmountOverflow`], and nothing wraps.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A sum of money is beyond what an amount can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The amount is too large.")]
pub struct AmountOverflow;

/// A text is no currency of the list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not one of the currencies.")]
pub struct UnknownCurrency(String);

/// A number of percent, held exactly as it was given: up to nine decimals, between -1,000,000 and 1,000,000.
///
/// That is at most fifteen digits, which a double of JSON takes and gives back unchanged.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Percent(i64);

/// Why a number cannot be a number of percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PercentError {
    /// It is no number in decimal notation.
    #[error("A percentage is a decimal number.")]
    NotANumber,
    /// It has more than nine decimals.
    #[error("A percentage has at most nine decimals.")]
    TooPrecise,
    /// It is beyond a million.
    #[error("A percentage is between -1000000 and 1000000.")]
    OutOfRange,
}

macro_rules! currencies {
    ($($name:ident $code:literal $symbol:literal,)*) => {
        /// The currencies that an operator can have.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "UPPERCASE")]
        pub enum Currency {
            $(#[doc = concat!("`", $code, "`")] $name,)*
        }

        impl Currency {
            /// Every currency, in the order of the codes.
            pub const ALL: [Self; { [$($code),*].len() }] = [$(Self::$name),*];

            /// The code of ISO 4217.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }

            /// What stands before an amount: a symbol, or the code and a space where the currency has none here.
            pub const fn symbol(self) -> &'static str {
                match self {
                    $(Self::$name => $symbol,)*
                }
            }
        }
    };
}

currencies! {
    Aed "AED" "AED ",
    Aud "AUD" "$",
    Bgn "BGN" "BGN ",
    Brl "BRL" "R$",
    Cad "CAD" "$",
    Chf "CHF" "CHF ",
    Czk "CZK" "CZK ",
    Dkk "DKK" "DKK ",
    Eur "EUR" "€",
    Gbp "GBP" "£",
    Hkd "HKD" "$",
    Huf "HUF" "HUF ",
    Mxn "MXN" "$",
    Myr "MYR" "MYR ",
    Nok "NOK" "NOK ",
    Nzd "NZD" "$",
    Pln "PLN" "PLN ",
    Ron "RON" "RON ",
    Sek "SEK" "SEK ",
    Sgd "SGD" "$",
    Thb "THB" "฿",
    Usd "USD" "$",
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    /// From its code in capitals.
    fn from_str(text: &str) -> Result<Self, UnknownCurrency> {
        Self::ALL.into_iter().find(|currency| currency.code() == text).ok_or_else(|| UnknownCurrency(text.to_owned()))
    }
}

/// An amount for people: the symbol, the major units with a comma between groups of three, a point and two decimals, such as
/// `£1,234.50`. A minus sign stands before the symbol.
pub fn format(amount: i64, currency: Currency) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let (major, minor) = (amount.unsigned_abs() / 100, amount.unsigned_abs() % 100);
    let digits = major.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{}{grouped}.{minor:02}", currency.symbol())
}

/// A figure that was worked out wide, as an amount.
///
/// # Errors
/// If no amount is that large.
pub fn to_amount(figure: i128) -> Result<i64, AmountOverflow> {
    i64::try_from(figure).map_err(|_| AmountOverflow)
}

/// The sum of amounts. Only the sum has to fit, not what comes up on the way.
///
/// # Errors
/// If the sum is no amount.
pub fn sum(amounts: impl IntoIterator<Item = i64>) -> Result<i64, AmountOverflow> {
    to_amount(amounts.into_iter().map(i128::from).sum())
}

/// What so many pieces of one price cost.
///
/// # Errors
/// If the product is no amount.
pub fn times(price: i64, quantity: i64) -> Result<i64, AmountOverflow> {
    price.checked_mul(quantity).ok_or(AmountOverflow)
}

/// The whole number nearest to a fraction; a half goes up, away from zero (C5).
///
/// # Errors
/// If that number is no amount. A fraction over zero has no nearest number and answers the same.
pub fn round_half_away(numerator: i128, denominator: i128) -> Result<i64, AmountOverflow> {
    let (dividend, divisor) = (numerator.unsigned_abs(), denominator.unsigned_abs());
    let quotient = dividend.checked_div(divisor).ok_or(AmountOverflow)?;
    let rest = dividend % divisor;
    // Twice the rest might not fit, so the rest is held against what lacks to the next number. Neither does the sum overflow:
    // a rest comes of a divisor of two or more, which leaves a quotient of at most half the range.
    let magnitude = if rest > 0 && rest >= divisor - rest { quotient + 1 } else { quotient };
    let magnitude = i128::try_from(magnitude).map_err(|_| AmountOverflow)?;
    to_amount(if (numerator < 0) == (denominator < 0) { magnitude } else { -magnitude })
}

/// The share of an amount that `part` is of `whole`, rounded: all of it if `part` is `whole` or more, nothing if `part` or `whole`
/// is not above zero.
#[expect(clippy::expect_used, reason = "the message says why it holds")]
pub fn portion(amount: i64, part: i64, whole: i64) -> i64 {
    if part <= 0 || whole <= 0 {
        return 0;
    }
    round_half_away(i128::from(amount) * i128::from(part.min(whole)), i128::from(whole))
        .expect("a fraction of at most one of an amount is no larger than the amount")
}

impl Percent {
    /// 0 %.
    pub const ZERO: Self = Self(0);
    /// 100 %.
    pub const HUNDRED: Self = Self(100 * Self::PER_ONE);

    /// How many of the units that it is held in make one percent.
    const PER_ONE: i64 = 1_000_000_000;
    const DECIMALS: usize = 9;
    const LIMIT: i64 = 1_000_000 * Self::PER_ONE;

    /// A whole number of percent.
    ///
    /// # Errors
    /// If it is beyond a million.
    pub fn whole(percent: i64) -> Result<Self, PercentError> {
        percent.checked_mul(Self::PER_ONE).ok_or(PercentError::OutOfRange).and_then(Self::from_units)
    }

    /// The percentage in billionths of a percent, to work out fractions with.
    pub const fn units(self) -> i64 {
        self.0
    }

    /// So many percent of an amount, rounded.
    ///
    /// # Errors
    /// If the result is no amount.
    pub fn of(self, amount: i64) -> Result<i64, AmountOverflow> {
        round_half_away(i128::from(amount) * i128::from(self.0), i128::from(Self::HUNDRED.0))
    }

    /// A price that is raised by so many percent, or lowered if they are negative: `round(price x (1 + p))` (L5).
    ///
    /// # Errors
    /// If the result is no amount.
    pub fn increase(self, price: i64) -> Result<i64, AmountOverflow> {
        round_half_away(i128::from(price) * i128::from(Self::HUNDRED.0 + self.0), i128::from(Self::HUNDRED.0))
    }

    /// Two percentages together.
    ///
    /// # Errors
    /// If they make more than a million.
    pub fn plus(self, other: Self) -> Result<Self, PercentError> {
        Self::from_units(self.0 + other.0)
    }

    fn from_units(units: i64) -> Result<Self, PercentError> {
        if (-Self::LIMIT..=Self::LIMIT).contains(&units) { Ok(Self(units)) } else { Err(PercentError::OutOfRange) }
    }
}

impl fmt::Display for Percent {
    /// In decimals, without needless zeros, such as `12.5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (one, units) = (Self::PER_ONE.unsigned_abs(), self.0.unsigned_abs());
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}", units / one)?;
        match units % one {
            0 => Ok(()),
            decimals => {
                let padded = format!("{decimals:0width$}", width = Self::DECIMALS);
                write!(f, ".{}", padded.trim_end_matches('0'))
            }
        }
    }
}

impl fmt::Debug for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} %")
    }
}

impl FromStr for Percent {
    type Err = PercentError;

    /// From decimal notation such as `12.5` or `-3`.
    fn from_str(text: &str) -> Result<Self, PercentError> {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
        if [whole, decimals].iter().any(|part| part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err(PercentError::NotANumber);
        }
        let decimals = decimals.trim_end_matches('0');
        if decimals.len() > Self::DECIMALS {
            return Err(PercentError::TooPrecise);
        }
        // Only digits are left, so that a failure to read them means that there are too many.
        let units = format!("{whole}{decimals:0<width$}", width = Self::DECIMALS).parse::<i64>();
        units.map_err(|_| PercentError::OutOfRange).and_then(|units| Self::from_units(sign * units))
    }
}

impl TryFrom<f64> for Percent {
    type Error = PercentError;

    /// The shortest decimal number that the double stands for, so that 12.1 is 12.1 and not its binary neighbour.
    fn try_from(number: f64) -> Result<Self, PercentError> {
        number.to_string().parse()
    }
}

impl Serialize for Percent {
    /// As a number: a whole one without decimals, or else the double nearest to it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % Self::PER_ONE == 0 {
            serializer.serialize_i64(self.0 / Self::PER_ONE)
        } else {
            // Both are held exactly by a double, whose division then gives the nearest one.
            serializer.serialize_f64(self.0 as f64 / Self::PER_ONE as f64)
        }
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Percent;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of percent")
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Percent, E> {
                Percent::try_from(number).map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Percent, E> {
                Percent::whole(number).map_err(E::custom)
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Percent, E> {
                let number = i64::try_from(number).map_err(|_| E::custom(PercentError::OutOfRange))?;
                self.visit_i64(number)
            }
        }

        deserializer.deserialize_f64(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn percent(text: &str) -> Percent {
        text.parse().unwrap()
    }

    #[test]
    fn an_amount_is_written_with_its_symbol_commas_and_two_decimals() {
        for (amount, currency, text) in [
            (0, Currency::Gbp, "£0.00"),
            (5, Currency::Gbp, "£0.05"),
            (12_000, Currency::Gbp, "£120.00"),
            (-4_500, Currency::Gbp, "-£45.00"),
            (138_000, Currency::Gbp, "£1,380.00"),
            (1_000_000, Currency::Eur, "€10,000.00"),
            (99_999, Currency::Usd, "$999.99"),
            (123_456_789, Currency::Brl, "R$1,234,567.89"),
            (-100, Currency::Chf, "-CHF 1.00"),
            (12_345, Currency::Thb, "฿123.45"),
            (i64::MIN, Currency::Nzd, "-$92,233,720,368,547,758.08"),
            (i64::MAX, Currency::Sgd, "$92,233,720,368,547,758.07"),
        ] {
            assert_eq!(format(amount, currency), text);
        }
    }

    #[test]
    fn a_currency_is_read_as_it_is_written() {
        assert_eq!(Currency::ALL.len(), 22);
        for currency in Currency::ALL {
            assert_eq!(currency.to_string().parse(), Ok(currency));
            assert_eq!(serde_json::to_string(&currency).unwrap(), format!("\"{currency}\""));
        }
        for text in ["", "gbp", "GB", "JPY"] {
            assert_eq!(text.parse::<Currency>(), Err(UnknownCurrency(text.into())));
        }
    }

    #[test]
    fn a_half_goes_away_from_zero() {
        for (numerator, denominator, nearest) in [
            (1, 2, 1),
            (-1, 2, -1),
            (1, -2, -1),
            (3, 2, 2),
            (5, 10, 1),
            (49, 100, 0),
            (1, 3, 0),
            (2, 3, 1),
            (-5, 3, -2),
        ] {
            assert_eq!(round_half_away(numerator, denominator), Ok(nearest), "{numerator}/{denominator}");
        }
    }

    #[test]
    fn what_no_amount_can_hold_is_an_error_and_never_a_panic() {
        let max = i128::from(i64::MAX);
        assert_eq!(round_half_away(max * 2 + 1, 2), Err(AmountOverflow));
        assert_eq!(round_half_away(max * 3 + 1, 3), Ok(i64::MAX));
        assert_eq!(round_half_away(i128::from(i64::MIN), 1), Ok(i64::MIN));
        assert_eq!(round_half_away(i128::MIN, i128::MIN), Ok(1));
        assert_eq!(round_half_away(i128::MAX, i128::MIN), Ok(-1));
        assert_eq!(round_half_away(i128::MIN, -1), Err(AmountOverflow));
        assert_eq!(round_half_away(1, 0), Err(AmountOverflow));
        assert_eq!(times(i64::MAX, i64::MAX), Err(AmountOverflow));
        assert_eq!(sum([i64::MAX, 1]), Err(AmountOverflow));
        assert_eq!(sum([i64::MAX, 1, -1]), Ok(i64::MAX));
        assert_eq!(percent("100").increase(i64::MAX), Err(AmountOverflow));
        assert_eq!(percent("1000000").of(i64::MIN), Err(AmountOverflow));
    }

    #[test]
    fn a_percentage_is_held_as_it_was_given() {
        for (json, text) in [
            ("12.5", "12.5"),
            ("10", "10"),
            ("100.0", "100"),
            ("1e2", "100"),
            ("0.1", "0.1"),
            ("-7.25", "-7.25"),
            ("-0.5", "-0.5"),
            ("33.333333333", "33.333333333"),
            ("-0.0", "0"),
            ("999999.999999999", "999999.999999999"),
        ] {
            assert_eq!(serde_json::from_str::<Percent>(json).unwrap(), percent(text), "{json}");
            assert_eq!(percent(text).to_string(), text);
        }
        assert_eq!(
            serde_json::to_string(&[percent("10"), percent("12.50"), percent("-0.000000001")]).unwrap(),
            "[10,12.5,-1e-9]"
        );
    }

    #[test]
    fn a_percentage_that_cannot_be_held_exactly_is_refused() {
        for text in ["", "-", ".5", "5.", "1.2.3", "+1", "1e2", " 1", "1,5", "--1", "NaN", "inf", "٣"] {
            assert_eq!(text.parse::<Percent>(), Err(PercentError::NotANumber), "{text}");
        }
        assert_eq!("0.0000000001".parse::<Percent>(), Err(PercentError::TooPrecise));
        assert_eq!("12.50000000000000000000".parse(), Ok(percent("12.5")));
        for text in ["1000000.1", "-1000001", "99999999999999999999999999"] {
            assert_eq!(text.parse::<Percent>(), Err(PercentError::OutOfRange), "{text}");
        }
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN_POSITIVE, 0.1 + 0.2, 100.0 / 3.0]
        {
            assert!(Percent::try_from(number).is_err(), "{number}");
        }
        for json in ["18446744073709551615", "-9223372036854775808", "1e300", "\"12\"", "null", "true"] {
            assert!(serde_json::from_str::<Percent>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_price_is_raised_and_lowered_with_one_rounding() {
        assert_eq!(percent("7.5").increase(12_000), Ok(12_900));
        assert_eq!(percent("3.3").increase(1_995), Ok(2_061), "2060.835");
        assert_eq!(percent("-50").increase(1), Ok(1), "0.5 goes up");
        assert_eq!(percent("-100").increase(12_000), Ok(0));
    }

    proptest! {
        #[test]
        fn rounding_is_symmetric_and_at_most_half_away(
            numerator in -(1i128 << 100)..(1i128 << 100),
            denominator in 1i128..(1 << 90),
        ) {
            if let Ok(nearest) = round_half_away(numerator, denominator) {
                prop_assert_eq!(round_half_away(-numerator, denominator), Ok(-nearest));
                prop_assert_eq!(round_half_away(numerator, -denominator), Ok(-nearest));
                let gap = (i128::from(nearest) * denominator).abs() - numerator.abs();
                prop_assert!(-denominator < 2 * gap && 2 * gap <= denominator);
            }
        }

        #[test]
        fn rounding_never_panics(numerator: i128, denominator: i128) {
            let _ = round_half_away(numerator, denominator);
        }

        #[test]
        fn a_portion_lies_between_nothing_and_all(amount: i64, part: i64, whole: i64) {
            let portion = portion(amount, part, whole);
            prop_assert!((amount.min(0)..=amount.max(0)).contains(&portion));
        }

        #[test]
        fn two_portions_of_a_whole_miss_the_amount_by_one_at_most(amount in 0i64.., whole in 1i64.., part: i64) {
            let part = part.rem_euclid(whole);
            let together = i128::from(portion(amount, part, whole)) + i128::from(portion(amount, whole - part, whole));
            prop_assert!((0..=1).contains(&(together - i128::from(amount))));
        }

        #[test]
        fn a_percentage_survives_text_and_json(units in -Percent::LIMIT..=Percent::LIMIT) {
            let percent = Percent(units);
            prop_assert_eq!(percent.to_string().parse(), Ok(percent));
            let json = serde_json::to_string(&percent).unwrap();
            prop_assert_eq!(serde_json::from_str::<Percent>(&json).unwrap(), percent);
        }

        #[test]
        fn a_formatted_amount_holds_every_digit(amount: i64, currency in prop::sample::select(&Currency::ALL[..])) {
            let text = format(amount, currency);
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            prop_assert_eq!(digits.parse::<u64>().unwrap(), amount.unsigned_abs());
            prop_assert_eq!(text.starts_with('-'), amount < 0);
        }
    }
}
