//! A schemaless map, changed the way `java.util.HashMap` would be: its order is what users see.

use ferry_sdk::data::java::hash_map_order;
use ferry_sdk::data::{Arena, Entry, ValueRef, View};

use crate::buffer::Buffer;

/// `HashMap`'s buckets if nothing says how many.
const DEFAULT_CAPACITY: usize = 16;

/// Buckets of `new HashMap<>(map)` for a map of `entries` entries.
fn capacity_for(entries: usize) -> usize {
    match entries {
        0 => DEFAULT_CAPACITY,
        entries => (entries as f32 / 0.75 + 1.0) as usize,
    }
}

/// The value of `key`; null if there is none.
pub fn get<'a>(entries: &[Entry<'a>], key: &str) -> ValueRef<'a> {
    entries.iter().find(|entry| entry.key.as_str() == Some(key)).map_or(ValueRef::NULL, |entry| entry.value)
}

/// A map in the making.
pub struct HashMap<'a> {
    entries: Vec<Entry<'a>>,
    capacity: usize,
}

impl<'a> HashMap<'a> {
    /// `new HashMap<>(map)`. The memory comes from `buffer`, to which [`Self::finish`] gives it back.
    pub fn copy_of(entries: &[Entry<'a>], buffer: &mut Buffer<Entry<'static>>) -> Self {
        let mut copy = buffer.take();
        copy.extend_from_slice(entries);
        Self { entries: copy, capacity: capacity_for(entries.len()) }
    }

    /// `new HashMap<>(capacity)`
    pub fn with_capacity(capacity: usize, buffer: &mut Buffer<Entry<'static>>) -> Self {
        Self { entries: buffer.take(), capacity }
    }

    /// `put` of a new or an old key.
    pub fn put(&mut self, key: ValueRef<'a>, value: ValueRef<'a>) {
        self.entries.push(Entry { key, value });
    }

    /// `put` of a key that is likely there: its entry is changed in place.
    pub fn put_name(&mut self, name: &str, value: ValueRef<'a>, arena: &'a Arena) {
        match self.entries.iter_mut().find(|entry| entry.key.as_str() == Some(name)) {
            Some(entry) => entry.value = value,
            None => self.put(ValueRef::str(arena.str(name)), value),
        }
    }

    /// The map without the entries of `names`. Buckets stay as many as they were with them.
    pub fn finish_without(
        mut self,
        names: &[String],
        arena: &'a Arena,
        buffer: &mut Buffer<Entry<'static>>,
    ) -> ValueRef<'a> {
        hash_map_order(&mut self.entries, self.capacity);
        self.entries
            .retain(|entry| !matches!(entry.key.view(), View::Str(key) if names.iter().any(|n| n == key)));
        let map = ValueRef::map(arena.entries(&self.entries));
        buffer.give(self.entries);
        map
    }

    /// The map.
    pub fn finish(self, arena: &'a Arena, buffer: &mut Buffer<Entry<'static>>) -> ValueRef<'a> {
        self.finish_without(&[], arena, buffer)
    }
}

/// The keys that `new HashMap<>(capacity)` holds after `put` of each name, in its order.
pub fn key_order(names: &[String], capacity: usize) -> Vec<String> {
    let mut entries: Vec<_> =
        names.iter().map(|name| Entry { key: ValueRef::str(name), value: ValueRef::NULL }).collect();
    hash_map_order(&mut entries, capacity);
    entries.iter().filter_map(|entry| entry.key.as_str()).map(str::to_owned).collect()
}

/// The order of `new HashSet<>(names)`.
pub fn set_order(names: &[String]) -> Vec<String> {
    key_order(names, ((names.len() as f32 / 0.75) as usize + 1).max(DEFAULT_CAPACITY))
}
