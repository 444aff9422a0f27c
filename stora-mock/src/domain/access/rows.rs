//! Records of one kind with what they are found by, changed so that the changes can be taken back.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::domain::time::Timestamp;

/// What [`Rows`] need to know of a record.
pub(super) trait Record: Clone {
    /// What names it.
    type Key: Ord + Clone;
    /// What else names it, and no other record.
    type Alias: Ord + Clone;

    /// What names it.
    fn key(&self) -> Self::Key;

    /// What else names it, if anything does.
    fn alias(&self) -> Option<Self::Alias>;

    /// From when on it is of no use; `None` if time alone does not end it.
    fn ends_at(&self) -> Option<Timestamp>;
}

/// Records of one kind. They are stored as a list, in the order of their keys.
#[derive(Debug, Clone)]
pub(super) struct Rows<T: Record> {
    rows: BTreeMap<T::Key, T>,
    aliases: BTreeMap<T::Alias, T::Key>,
    ends: BTreeSet<(Timestamp, T::Key)>,
    /// The records that changed since the transaction began, each as it was before the change.
    journal: Option<Vec<(T::Key, Option<T>)>>,
}

impl<T: Record> Rows<T> {
    /// The record of a key.
    pub(super) fn get(&self, key: &T::Key) -> Option<&T> {
        self.rows.get(key)
    }

    /// The record of an alias.
    pub(super) fn by_alias<Q: Ord + ?Sized>(&self, alias: &Q) -> Option<&T>
    where
        T::Alias: Borrow<Q>,
    {
        self.rows.get(self.aliases.get(alias)?)
    }

    /// All records, in the order of their keys.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &T> + DoubleEndedIterator {
        self.rows.values()
    }

    /// Puts a record in the place of the one with its key, if there is one. No other record may have its alias.
    pub(super) fn put(&mut self, record: T) {
        let key = record.key();
        let before = self.replace(&key, Some(record));
        self.note(key, before);
    }

    /// Takes a record away.
    pub(super) fn remove(&mut self, key: &T::Key) {
        if let Some(record) = self.replace(key, None) {
            self.note(key.clone(), Some(record));
        }
    }

    /// Takes away the record that ends first, if its end has come, and gives its key.
    pub(super) fn remove_ended(&mut self, now: Timestamp) -> Option<T::Key> {
        let (at, key) = self.ends.first()?;
        if *at > now {
            return None;
        }
        let key = key.clone();
        self.remove(&key);
        Some(key)
    }

    /// Begins a transaction: changes from here on can be taken back. Within a transaction it does nothing.
    pub(super) fn begin(&mut self) {
        self.journal.get_or_insert_default();
    }

    /// Ends the transaction and keeps its changes.
    pub(super) fn commit(&mut self) {
        self.journal = None;
    }

    /// Ends the transaction and takes its changes back.
    pub(super) fn rollback(&mut self) {
        for (key, before) in self.journal.take().unwrap_or_default().into_iter().rev() {
            self.replace(&key, before);
        }
    }

    fn note(&mut self, key: T::Key, before: Option<T>) {
        if let Some(journal) = &mut self.journal {
            journal.push((key, before));
        }
    }

    /// Makes `after` what is found at a key, and gives what was before. Nothing else changes rows or indexes.
    fn replace(&mut self, key: &T::Key, after: Option<T>) -> Option<T> {
        let before = self.rows.remove(key);
        if let Some(before) = &before {
            if let Some(alias) = before.alias() {
                self.aliases.remove(&alias);
            }
            if let Some(at) = before.ends_at() {
                self.ends.remove(&(at, key.clone()));
            }
        }
        if let Some(after) = after {
            if let Some(alias) = after.alias() {
                self.aliases.insert(alias, key.clone());
            }
            if let Some(at) = after.ends_at() {
                self.ends.insert((at, key.clone()));
            }
            self.rows.insert(key.clone(), after);
        }
        before
    }
}

impl<T: Record> Default for Rows<T> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), aliases: BTreeMap::new(), ends: BTreeSet::new(), journal: None }
    }
}

impl<T: Record + PartialEq> PartialEq for Rows<T> {
    /// The indexes follow from the records, and what a transaction could take back is no part of the state.
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows
    }
}

impl<T: Record + Serialize> Serialize for Rows<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.rows.values())
    }
}

impl<'de, T: Record + Deserialize<'de>> Deserialize<'de> for Rows<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut rows = Self::default();
        for (i, record) in Vec::<T>::deserialize(deserializer)?.into_iter().enumerate() {
            // What the records are named by may be secret, so the message does not show it.
            if rows.get(&record.key()).is_some() || record.alias().is_some_and(|alias| rows.by_alias(&alias).is_some())
            {
                return Err(D::Error::custom(format!("the record {i} has the id or the secret of one before it")));
            }
            rows.put(record);
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Entry {
        key: u8,
        alias: Option<String>,
        ends_at: Option<Timestamp>,
    }

    impl Record for Entry {
        type Key = u8;
        type Alias = String;

        fn key(&self) -> u8 {
            self.key
        }

        fn alias(&self) -> Option<String> {
            self.alias.clone()
        }

        fn ends_at(&self) -> Option<Timestamp> {
            self.ends_at
        }
    }

    fn entry(key: u8, alias: &str, ends_at: i64) -> Entry {
        Entry { key, alias: Some(alias.to_owned()), ends_at: Some(Timestamp::from_unix(ends_at)) }
    }

    #[test]
    fn a_changed_record_is_no_longer_found_by_what_it_was() {
        let mut rows = Rows::default();
        rows.put(entry(1, "old", 10));
        rows.put(entry(1, "new", 20));
        assert_eq!(rows.by_alias("old"), None);
        assert_eq!(rows.by_alias("new"), rows.get(&1));
        assert_eq!(rows.remove_ended(Timestamp::from_unix(19)), None);
        assert_eq!(rows.remove_ended(Timestamp::from_unix(20)), Some(1));
        assert_eq!(rows.by_alias("new"), None);
        assert_eq!(rows.iter().len(), 0);
    }

    #[test]
    fn records_end_in_the_order_of_their_ends() {
        let mut rows = Rows::default();
        for (key, ends_at) in [(1, 30), (2, 10), (3, 20)] {
            rows.put(entry(key, &key.to_string(), ends_at));
        }
        rows.put(Entry { key: 4, alias: None, ends_at: None });
        let now = Timestamp::from_unix(25);
        assert_eq!(std::iter::from_fn(|| rows.remove_ended(now)).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(rows.iter().map(|entry| entry.key).collect::<Vec<_>>(), [1, 4]);
    }

    #[test]
    fn a_rollback_takes_back_every_change_and_a_commit_none() {
        let mut rows = Rows::default();
        rows.put(entry(1, "one", 10));
        let before = rows.clone();
        rows.begin();
        rows.put(entry(1, "uno", 20));
        rows.put(entry(2, "one", 5));
        rows.remove(&1);
        rows.begin();
        rows.put(entry(1, "eins", 30));
        rows.rollback();
        assert_eq!((&rows.rows, &rows.aliases, &rows.ends), (&before.rows, &before.aliases, &before.ends));

        rows.begin();
        rows.remove(&1);
        rows.commit();
        rows.rollback();
        assert_eq!(rows.get(&1), None);
    }

    #[test]
    fn records_are_stored_as_a_list_and_read_back_with_their_indexes() {
        let mut rows = Rows::default();
        rows.put(entry(2, "two", 10));
        rows.put(entry(1, "one", 20));
        let stored = serde_json::to_value(&rows).unwrap();
        assert_eq!(stored.as_array().unwrap().len(), 2);
        let back: Rows<Entry> = serde_json::from_value(stored).unwrap();
        assert_eq!((&back.rows, &back.aliases, &back.ends), (&rows.rows, &rows.aliases, &rows.ends));
        for other in [entry(1, "three", 10), entry(3, "two", 10)] {
            let twice = serde_json::to_value([entry(1, "one", 20), entry(2, "two", 10), other]).unwrap();
            assert!(serde_json::from_value::<Rows<Entry>>(twice).is_err());
        }
    }
}
