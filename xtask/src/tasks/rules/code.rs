//! The codes of rules, such as `A3`, and how texts list them.

use std::fmt;
use std::str::FromStr;

/// The code of a rule: a capital letter and a number from 1 to 99.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Code {
    pub(super) letter: char,
    number: u8,
}

/// A text is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotACode;

/// What stands between the things that a text lists.
const SEPARATORS: &[char] = &[',', ';', ':', '.', '(', ')', '[', ']', '\n'];

/// What stands between the first and the last code of a range.
const RANGES: [&str; 4] = [" to ", " - ", "-", "–"];

/// The codes that a text lists: `D4, D5: …`, `… (A24 to A26).`
///
/// Something listed is a code only if it holds nothing but codes, so that neither `the units A1 and A2` nor `A4 is taken first` names
/// a rule. A line ends what is listed.
pub(super) fn listed(text: &str) -> Vec<Code> {
    text.split(SEPARATORS).filter_map(codes).flatten().collect()
}

/// The codes that the name of a function begins with: `d4_d5_a_debit_that_fails`, `a24_to_a26_…`.
pub(super) fn leading(name: &str) -> Vec<Code> {
    let mut found: Vec<Code> = Vec::new();
    let mut words = name.split('_').peekable();
    while let Some(word) = words.next() {
        match (word, found.last().copied(), words.peek().and_then(|next| of_name(next))) {
            ("to", Some(first), Some(last)) => found.extend(range(first, last).into_iter().flatten().skip(1)),
            ("and", Some(_), Some(_)) => {}
            _ => match of_name(word) {
                Some(code) => found.push(code),
                None => break,
            },
        }
    }
    found.dedup();
    found
}

/// The codes of a text that holds nothing else.
fn codes(text: &str) -> Option<Vec<Code>> {
    let text = text.trim();
    let text = text.strip_prefix("and ").unwrap_or(text);
    let mut found = Vec::new();
    for part in text.split(" and ") {
        let ends = RANGES.iter().find_map(|sign| part.split_once(sign));
        match ends {
            Some((first, last)) => found.extend(range(first.trim().parse().ok()?, last.trim().parse().ok()?)?),
            None => found.push(part.trim().parse().ok()?),
        }
    }
    Some(found)
}

fn range(first: Code, last: Code) -> Option<impl Iterator<Item = Code>> {
    let rises = first.letter == last.letter && first.number <= last.number;
    rises.then(|| (first.number..=last.number).map(move |number| Code { number, ..first }))
}

/// The code that a part of the name of a function stands for.
fn of_name(word: &str) -> Option<Code> {
    word.starts_with(|c: char| c.is_ascii_lowercase()).then(|| word.to_ascii_uppercase().parse().ok()).flatten()
}

impl FromStr for Code {
    type Err = NotACode;

    fn from_str(text: &str) -> Result<Self, NotACode> {
        let mut chars = text.chars();
        let letter = chars.next().filter(char::is_ascii_uppercase).ok_or(NotACode)?;
        let digits = chars.as_str();
        let is_number = matches!(digits.len(), 1 | 2) && digits.bytes().all(|digit| digit.is_ascii_digit());
        if !is_number || digits.starts_with('0') {
            return Err(NotACode);
        }
        Ok(Self { letter, number: digits.parse().map_err(|_| NotACode)? })
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}{}", self.letter, self.number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(codes: &[Code]) -> String {
        codes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn lists_and_ranges_name_codes() {
        for (comment, wanted) in [
            ("D4, D5", "D4 D5"),
            ("O1, O2: a finalized order cannot be changed.", "O1 O2"),
            ("Each shows the invoice as it was (W1).", "W1"),
            ("A24 to A26, H8", "A24 A25 A26 H8"),
            ("A24-A26", "A24 A25 A26"),
            ("A24 – A26", "A24 A25 A26"),
            ("I4 to I6, N2 and N5.", "I4 I5 I6 N2 N5"),
            ("S6, and nothing more is to come.", "S6"),
            ("Q8, Q9, and Q10", "Q8 Q9 Q10"),
            ("Steps 5 and 6 of section 23, H3", "H3"),
            ("N2: {invoice}", "N2"),
            ("Q1,\nQ2\nThe second line says more.", "Q1 Q2"),
        ] {
            assert_eq!(text(&listed(comment)), wanted, "{comment}");
        }
    }

    #[test]
    fn what_only_looks_like_a_code_names_none() {
        for comment in [
            "The units A1 and A2",
            "A4 is taken first, and A3 by the tenancy after it: A4 is then freed again.",
            "of A1 to A5, A3 is occupied",
            "A26 to A24",
            "A1 to B3",
            "A0, A01, A100, a1, AB1, %C3%BC, A",
            "",
        ] {
            assert_eq!(text(&listed(comment)), "", "{comment}");
        }
    }

    #[test]
    fn the_name_of_a_function_begins_with_its_codes() {
        for (name, wanted) in [
            ("d4_a_debit_that_fails_is_a_failed_charge", "D4"),
            ("d4_d5_and_d8_hold", "D4 D5 D8"),
            ("a24_to_a26_units_after_the_end", "A24 A25 A26"),
            ("a_unit_is_freed", ""),
            ("sums_fit_into_i64_and_i8", ""),
            ("A3", ""),
        ] {
            assert_eq!(text(&leading(name)), wanted, "{name}");
        }
    }
}
