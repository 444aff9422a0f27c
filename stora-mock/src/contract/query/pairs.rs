//! A query taken apart.

use std::borrow::Cow;

use crate::contract::params::decode;

/// The parameters of a query, in its order. Nothing is allocated for an empty one.
#[derive(Debug, Default)]
pub(super) struct Pairs<'q>(Vec<Pair<'q>>);

/// A parameter as it was given.
#[derive(Debug)]
pub(super) struct Pair<'q> {
    name: Cow<'q, str>,
    value: &'q str,
}

impl<'q> Pairs<'q> {
    /// The parameters of the part of an address that follows the `?`. A name whose escapes are broken is the name of no
    /// parameter and kept as it is.
    pub(super) fn new(raw: &'q str) -> Self {
        let parts = raw.split('&').filter(|part| !part.is_empty());
        Self(
            parts
                .map(|part| {
                    let (name, value) = part.split_once('=').unwrap_or((part, ""));
                    Pair { name: text(name).unwrap_or(Cow::Borrowed(name)), value }
                })
                .collect(),
        )
    }

    /// The last parameter of a name.
    pub(super) fn last(&self, name: &str) -> Option<&Pair<'q>> {
        self.0.iter().rfind(|pair| pair.name == name)
    }

    /// The parameters that are written as pairs of `name`, rightly or not.
    pub(super) fn of(&self, name: &str) -> impl Iterator<Item = &Pair<'q>> {
        self.0.iter().filter(move |pair| is_of(&pair.name, name, true))
    }

    /// All names, as often as they are there.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|pair| pair.name.as_ref())
    }
}

impl Pair<'_> {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The value without its escapes; nothing if one is broken, or if what they stand for is no text.
    pub(super) fn value(&self) -> Option<Cow<'_, str>> {
        text(self.value)
    }
}

/// Whether a parameter called `given` is the parameter `name`, or one of its pairs if it has such: `name[key]`.
pub(super) fn is_of(given: &str, name: &str, has_pairs: bool) -> bool {
    given.strip_prefix(name).is_some_and(|rest| rest.is_empty() || (has_pairs && rest.starts_with('[')))
}

fn text(raw: &str) -> Option<Cow<'_, str>> {
    if raw.contains('+') {
        return decode(&raw.replace('+', " ")).map(|text| Cow::Owned(text.into_owned()));
    }
    decode(raw)
}
