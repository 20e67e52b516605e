//! A memory of the most recent entries. When it is full, the oldest one makes room.

use std::collections::BTreeMap;

/// The latest values by their keys, up to `most`.
#[derive(Debug)]
pub(crate) struct Recent<K, V> {
    most: usize,
    entries: BTreeMap<K, (V, u64)>,
    /// The keys by their age: the smallest number is the oldest.
    by_age: BTreeMap<u64, K>,
    next: u64,
}

impl<K: Clone + Ord, V> Recent<K, V> {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, entries: BTreeMap::new(), by_age: BTreeMap::new(), next: 0 }
    }

    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.entries.get(key).map(|(value, _)| value)
    }

    pub(crate) fn remove(&mut self, key: &K) {
        if let Some((_, age)) = self.entries.remove(key) {
            self.by_age.remove(&age);
        }
    }

    /// Makes this the most recent entry.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        self.remove(&key);
        if self.entries.len() >= self.most
            && let Some((_, oldest)) = self.by_age.pop_first()
        {
            self.entries.remove(&oldest);
        }
        self.by_age.insert(self.next, key.clone());
        self.entries.insert(key, (value, self.next));
        self.next += 1;
    }
}
