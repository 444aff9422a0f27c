//! Query parameters that take several values in one: `status=lead,customer`.

use std::fmt;

use serde::{Serialize, Serializer};

/// Several values for one query parameter, written with commas between them.
///
/// Made from one value, an array, a slice or a `Vec`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CommaList<T>(pub Vec<T>);

impl<T> From<T> for CommaList<T> {
    fn from(value: T) -> Self {
        Self(vec![value])
    }
}

impl<T> From<Vec<T>> for CommaList<T> {
    fn from(values: Vec<T>) -> Self {
        Self(values)
    }
}

impl<T, const N: usize> From<[T; N]> for CommaList<T> {
    fn from(values: [T; N]) -> Self {
        Self(values.into())
    }
}

impl<T: Clone> From<&[T]> for CommaList<T> {
    fn from(values: &[T]) -> Self {
        Self(values.to_vec())
    }
}

impl From<&str> for CommaList<String> {
    fn from(value: &str) -> Self {
        Self(vec![value.to_owned()])
    }
}

impl<const N: usize> From<[&str; N]> for CommaList<String> {
    fn from(values: [&str; N]) -> Self {
        Self(values.map(str::to_owned).into())
    }
}

impl<T> FromIterator<T> for CommaList<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

impl<T: fmt::Display> fmt::Display for CommaList<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, value) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            value.fmt(f)?;
        }
        Ok(())
    }
}

impl<T: fmt::Display> Serialize for CommaList<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Nothing to choose from is no choice: the parameter is left out, as one that is not set.
        if self.0.is_empty() { serializer.serialize_none() } else { serializer.collect_str(self) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_made_from_whatever_is_at_hand() {
        let lists: [CommaList<i64>; 5] =
            [[1, 2].into(), vec![1, 2].into(), (&[1, 2][..]).into(), (1..3).collect(), 1.into()];
        assert_eq!(lists.map(|list| list.to_string()), ["1,2", "1,2", "1,2", "1,2", "1"]);
        let names: [CommaList<String>; 3] = ["a".into(), ["a", "b"].into(), vec!["a".to_owned()].into()];
        assert_eq!(names.map(|list| serde_json::to_value(list).unwrap()), ["a", "a,b", "a"]);
    }
}
