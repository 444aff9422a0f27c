//! Query parameters against what the document says about them.

mod expand;
mod pairs;
mod values;

use std::collections::HashSet;

use super::error::Detail;
use super::operation::{Filter, Operation};
use crate::domain::time::Timestamp;
use pairs::{Pair, Pairs};

pub use expand::ExpandTree;

const EXPAND: &str = "expand";
const LIMIT: &str = "limit";
const PAGE: &str = "page";
const SORT_BY: &str = "sort_by";
const SORT_DIRECTION: &str = "sort_direction";

/// The query of a request, checked, with the defaults of its operation filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The number of the page asked for, from 1 (unless the document counts from another number) to the greatest `i64`. 1 where
    /// there are no pages.
    pub page: u64,
    /// How many items a page holds at most; 1 where there are no pages.
    pub limit: u64,
    /// What a list is sorted by; empty where there is no choice.
    pub sort_by: &'static str,
    /// Whether a list is sorted from the greatest to the least.
    pub descending: bool,
    /// The references to show in full.
    pub expand: ExpandTree,
    filters: Vec<(&'static str, Given)>,
}

/// The value of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Given {
    Text(String),
    Words(Vec<String>),
    Moment(Timestamp),
    Pairs(Vec<(String, String)>),
}

impl Query {
    /// Reads the query of a request to `operation`. `raw` is what follows the `?` of the address, still with its escapes.
    ///
    /// A `+` is a space. A parameter that is there twice counts with its last value. Parameters that the operation does not
    /// know are ignored, or refused if `strict`. The pattern of a filter counts only beside values that the document lists,
    /// where it says what further values may look like; other filters, such as those for ids, take any text, and one that fits
    /// no record makes an empty list.
    ///
    /// # Errors
    /// Every fault, one for each parameter; the pointer is a slash and the name of the parameter.
    pub fn parse(operation: &'static Operation, raw: Option<&str>, strict: bool) -> Result<Self, Vec<Detail>> {
        let pairs = Pairs::new(raw.unwrap_or_default());
        let mut reader = Reader { operation, pairs: &pairs, faults: Vec::new() };
        let (page, limit) = reader.page();
        let (sort_by, descending) = reader.sort();
        let query = Self { page, limit, sort_by, descending, expand: reader.expand(), filters: reader.filters() };
        if strict {
            reader.refuse_unknown();
        }
        if reader.faults.is_empty() { Ok(query) } else { Err(reader.faults) }
    }

    /// The values of a filter that takes several, at least one; nothing if it was not given.
    pub fn words(&self, filter: &str) -> Option<&[String]> {
        match self.given(filter)? {
            Given::Words(words) => Some(words),
            _ => None,
        }
    }

    /// The instant of a filter that takes a date and time; nothing if it was not given.
    pub fn moment(&self, filter: &str) -> Option<Timestamp> {
        match self.given(filter)? {
            Given::Moment(at) => Some(*at),
            _ => None,
        }
    }

    /// The pairs of a filter that takes pairs of key and value, each key once; none if it was not given.
    pub fn pairs(&self, filter: &str) -> &[(String, String)] {
        match self.given(filter) {
            Some(Given::Pairs(pairs)) => pairs,
            _ => &[],
        }
    }

    /// The value of a filter that takes one text; nothing if it was not given.
    pub fn text(&self, filter: &str) -> Option<&str> {
        match self.given(filter)? {
            Given::Text(text) => Some(text),
            _ => None,
        }
    }

    fn given(&self, filter: &str) -> Option<&Given> {
        self.filters.iter().find(|(name, _)| *name == filter).map(|(_, given)| given)
    }
}

/// Reads parameter after parameter and keeps the faults.
struct Reader<'a> {
    operation: &'static Operation,
    pairs: &'a Pairs<'a>,
    faults: Vec<Detail>,
}

impl Reader<'_> {
    /// The number of the page and its length.
    fn page(&mut self) -> (u64, u64) {
        let Some(page) = self.operation.page else { return (1, 1) };
        let default = page.default_limit.or(page.max_limit).unwrap_or(i64::MAX);
        let number = self.integer(PAGE, Some(page.first), None).unwrap_or(page.first);
        let limit = self.integer(LIMIT, page.min_limit, page.max_limit).unwrap_or(default);
        (u64::try_from(number).unwrap_or_default(), u64::try_from(limit).unwrap_or_default())
    }

    /// What to sort by, and whether downwards.
    fn sort(&mut self) -> (&'static str, bool) {
        let Some(sort) = self.operation.sort else { return ("", false) };
        let by = self.choice(SORT_BY, sort.keys).or(sort.default).or(sort.keys.first().copied());
        let direction = if sort.directions.is_empty() { None } else { self.choice(SORT_DIRECTION, sort.directions) };
        let direction = direction.or(sort.default_direction);
        (by.unwrap_or_default(), direction.is_some_and(|direction| direction.eq_ignore_ascii_case("desc")))
    }

    fn expand(&mut self) -> ExpandTree {
        let Some(offered) = self.operation.expand else { return ExpandTree::default() };
        let Some(pair) = self.pairs.last(EXPAND) else { return ExpandTree::default() };
        let tree = match pair.value() {
            Some(text) => ExpandTree::parse(offered, &text).ok_or_else(|| values::not_offered(offered)),
            None => Err(values::broken(EXPAND)),
        };
        self.keep(tree).unwrap_or_default()
    }

    fn filters(&mut self) -> Vec<(&'static str, Given)> {
        let mut out = Vec::new();
        for filter in self.operation.filters {
            let given = if filter.pairs { self.pairs_of(filter) } else { self.value_of(filter) };
            out.extend(given.map(|given| (filter.name, given)));
        }
        out
    }

    fn value_of(&mut self, filter: &'static Filter) -> Option<Given> {
        let value = match self.pairs.last(filter.name) {
            Some(pair) => self.text(filter.name, pair)?,
            None => match filter.default {
                Some(default) => default.to_owned(),
                None => {
                    if filter.required {
                        self.faults.push(values::missing(filter.name));
                    }
                    return None;
                }
            },
        };
        self.keep(if filter.many {
            values::words(filter, &value).map(Given::Words)
        } else if filter.format == Some("date-time") {
            values::bound(&value).map(Given::Moment).ok_or_else(|| values::no_moment(filter.name))
        } else {
            values::one(filter, &value).map(|()| Given::Text(value))
        })
    }

    fn pairs_of(&mut self, filter: &'static Filter) -> Option<Given> {
        let given = self.pairs;
        let is_last = |pair: &&Pair<'_>| given.last(pair.name()).is_some_and(|last| std::ptr::eq(last, *pair));
        let mut pairs: Vec<(String, String)> = Vec::new();
        for pair in given.of(filter.name).filter(is_last) {
            let Some(key) = values::key(filter.name, pair.name()) else {
                self.faults.push(values::not_a_pair(filter.name));
                return None;
            };
            pairs.push((key.to_owned(), self.text(filter.name, pair)?));
        }
        if pairs.is_empty() && filter.required {
            self.faults.push(values::missing(filter.name));
        }
        (!pairs.is_empty()).then_some(Given::Pairs(pairs))
    }

    fn refuse_unknown(&mut self) {
        let operation = self.operation;
        let sort = operation.sort.as_ref();
        let mut told = HashSet::new();
        for name in self.pairs.names() {
            let is_known = match name {
                PAGE | LIMIT if operation.page.is_some() => true,
                SORT_BY if sort.is_some() => true,
                SORT_DIRECTION if sort.is_some_and(|sort| !sort.directions.is_empty()) => true,
                EXPAND if operation.expand.is_some() => true,
                _ => operation.filters.iter().any(|filter| pairs::is_of(name, filter.name, filter.pairs)),
            };
            if !is_known && told.insert(name) {
                self.faults.push(values::unknown(name));
            }
        }
    }

    /// An integer between bounds, if it was given and is right.
    fn integer(&mut self, name: &str, least: Option<i64>, greatest: Option<i64>) -> Option<i64> {
        let text = self.text(name, self.pairs.last(name)?)?;
        self.keep(values::integer(name, &text, least, greatest))
    }

    /// One of `choices`, if it was given and is right.
    fn choice(&mut self, name: &str, choices: &'static [&'static str]) -> Option<&'static str> {
        let text = self.text(name, self.pairs.last(name)?)?;
        let found = choices.iter().copied().find(|choice| *choice == text);
        self.keep(found.ok_or_else(|| values::not_one_of(name, choices)))
    }

    /// The value of a parameter, which must be there.
    fn text(&mut self, name: &str, pair: &Pair<'_>) -> Option<String> {
        let value = match pair.value() {
            Some(text) if text.is_empty() => Err(values::empty(name)),
            Some(text) => Ok(text.into_owned()),
            None => Err(values::broken(name)),
        };
        self.keep(value)
    }

    fn keep<T>(&mut self, outcome: Result<T, Detail>) -> Option<T> {
        outcome.map_err(|fault| self.faults.push(fault)).ok()
    }
}

#[cfg(test)]
mod tests;
