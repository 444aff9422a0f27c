//! What is written down in the order in which it happened, and never changed.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// Entries in the order in which they were written, the newest of them: once there are too many, the oldest go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Log<T> {
    entries: VecDeque<T>,
    /// How many were written in all.
    written: u64,
    /// How many there were when the open transaction began.
    #[serde(skip)]
    before: Option<usize>,
}

/// How many entries are kept.
const KEPT: usize = 10_000;

impl<T> Log<T> {
    /// Writes an entry.
    pub fn write(&mut self, entry: T) {
        self.entries.push_back(entry);
        self.written += 1;
    }

    /// The entries that are kept, the oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.entries.iter()
    }

    /// How many entries were written in all, those that are gone among them.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Opens a transaction.
    pub(super) fn begin(&mut self) {
        self.before = Some(self.entries.len());
    }

    /// Closes the open transaction. What it wrote stays.
    pub(super) fn commit(&mut self) {
        self.before = None;
        let surplus = self.entries.len().saturating_sub(KEPT);
        self.entries.drain(..surplus);
    }

    /// Closes the open transaction, and takes back what it wrote.
    pub(super) fn rollback(&mut self) {
        let Some(before) = self.before.take() else { return };
        self.written -= self.entries.len().saturating_sub(before) as u64;
        self.entries.truncate(before);
    }
}

impl<T> Default for Log<T> {
    fn default() -> Self {
        Self { entries: VecDeque::new(), written: 0, before: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_that_is_undone_has_written_nothing() {
        let mut log = Log::default();
        log.write(1);
        log.begin();
        log.write(2);
        log.rollback();
        log.begin();
        log.write(3);
        log.commit();
        assert_eq!((log.iter().copied().collect::<Vec<_>>(), log.written()), (vec![1, 3], 2));
    }

    #[test]
    fn the_oldest_entries_go_once_there_are_too_many_and_all_are_counted() {
        let mut log = Log::default();
        log.begin();
        (0..KEPT + 3).for_each(|entry| log.write(entry));
        log.commit();
        assert_eq!((log.iter().next(), log.iter().next_back()), (Some(&3), Some(&(KEPT + 2))));
        assert_eq!((log.iter().count(), log.written()), (KEPT, KEPT as u64 + 3));
    }
}
