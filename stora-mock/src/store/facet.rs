//! Facets: which rows have a value in a field, as sets of row numbers.

use std::borrow::Cow;
use std::collections::HashMap;

use roaring::RoaringBitmap;

use crate::domain::ids::{AnyId, Id};

use super::set::Set;

/// How many row numbers a list holds before it becomes a bitmap, which is smaller and faster from about there on.
const LIST_LIMIT: usize = 64;

/// A value that a row can be found by.
///
/// Two texts are the same value if they have the same characters, whether one of them is a constant of the program or not.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FacetValue {
    /// An id of another record.
    Id(AnyId),
    /// A word of an enumeration, or any text.
    Text(Cow<'static, str>),
    /// The field is null.
    Null,
}

impl FacetValue {
    /// A pair of key and value as one value.
    pub fn pair(key: &str, value: &str) -> Self {
        // A null character is in no key, so that no two pairs look alike.
        Self::from(format!("{key}\0{value}"))
    }
}

impl<I: Id> From<I> for FacetValue {
    fn from(id: I) -> Self {
        Self::Id(id.any())
    }
}

impl From<AnyId> for FacetValue {
    fn from(id: AnyId) -> Self {
        Self::Id(id)
    }
}

impl From<&'static str> for FacetValue {
    fn from(word: &'static str) -> Self {
        Self::Text(Cow::Borrowed(word))
    }
}

impl From<String> for FacetValue {
    /// Room that the text does not need is given back, for the value may stay in an index.
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text.into_boxed_str().into_string()))
    }
}

impl<V: Into<FacetValue>> From<Option<V>> for FacetValue {
    fn from(value: Option<V>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// For every field and value the rows that have it.
#[derive(Default)]
pub(super) struct Facets {
    /// A kind has a handful of fields at most, so that they are looked through one by one.
    fields: Vec<(&'static str, HashMap<FacetValue, Posting>)>,
}

impl Facets {
    /// Notes that a row has a value in a field; it may have others in the same field.
    pub(super) fn add(&mut self, field: &'static str, value: FacetValue, number: u32) {
        let at = self.fields.iter().position(|(name, _)| *name == field).unwrap_or_else(|| {
            self.fields.push((field, HashMap::new()));
            self.fields.len() - 1
        });
        self.fields[at].1.entry(value).and_modify(|posting| posting.insert(number)).or_insert(Posting::One(number));
    }

    /// Notes that a row no longer has a value in a field. A value that no row has is forgotten.
    pub(super) fn remove(&mut self, field: &'static str, value: &FacetValue, number: u32) {
        let Some((_, values)) = self.fields.iter_mut().find(|(name, _)| *name == field) else { return };
        if values.get_mut(value).is_some_and(|posting| posting.remove(number)) {
            values.remove(value);
        }
    }

    /// The rows that have a value in a field: O(1), nothing is copied.
    pub(super) fn having(&self, field: &str, value: &FacetValue) -> Set<'_> {
        self.posting(field, value).map_or_else(Set::empty, Posting::as_set)
    }

    /// The rows that have any of some values in a field.
    pub(super) fn having_any(&self, field: &str, values: &[FacetValue]) -> Set<'_> {
        match values {
            [value] => self.having(field, value),
            values => Set::union(values.iter().map(|value| self.having(field, value))),
        }
    }

    fn posting(&self, field: &str, value: &FacetValue) -> Option<&Posting> {
        self.fields.iter().find(|(name, _)| *name == field).and_then(|(_, values)| values.get(value))
    }
}

/// The rows that have one value, never none. Most values of a field that names another record have one row or a few, and a
/// bitmap of one number takes ten times what the number takes.
enum Posting {
    One(u32),
    /// Ascending.
    List(Vec<u32>),
    Bitmap(Box<RoaringBitmap>),
}

impl Posting {
    fn insert(&mut self, number: u32) {
        match self {
            Self::One(other) if *other == number => {}
            Self::One(other) => *self = Self::List(vec![number.min(*other), number.max(*other)]),
            Self::List(list) => {
                if let Err(at) = list.binary_search(&number) {
                    list.insert(at, number);
                }
                if list.len() > LIST_LIMIT {
                    *self = Self::Bitmap(Box::new(list.iter().collect()));
                }
            }
            Self::Bitmap(bitmap) => {
                bitmap.insert(number);
            }
        }
    }

    /// Takes a row out. Returns whether none is left; then this posting is to be dropped.
    fn remove(&mut self, number: u32) -> bool {
        match self {
            Self::One(other) => *other == number,
            Self::List(list) => {
                if let Ok(at) = list.binary_search(&number) {
                    list.remove(at);
                }
                list.is_empty()
            }
            Self::Bitmap(bitmap) => {
                bitmap.remove(number);
                bitmap.is_empty()
            }
        }
    }

    fn as_set(&self) -> Set<'_> {
        match self {
            Self::One(number) => Set::List(Cow::Borrowed(std::slice::from_ref(number))),
            Self::List(list) => Set::List(Cow::Borrowed(list)),
            Self::Bitmap(bitmap) => Set::Bitmap(Cow::Borrowed(bitmap)),
        }
    }
}
