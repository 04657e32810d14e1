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

/// Memory for maps, and the order of the last one: records mostly have the keys of the one before.
#[derive(Default)]
pub struct MapBuffer {
    entries: Buffer<Entry<'static>>,
    ordered: Buffer<Entry<'static>>,
    order: Order,
}

/// Where the entries of a map with these keys, put in this order, come out.
#[derive(Default)]
struct Order {
    /// All keys, one behind the other.
    keys: String,
    /// Where each ends.
    ends: Vec<usize>,
    capacity: usize,
    /// Per place in the order of the map, the number of the entry that was put.
    places: Vec<usize>,
}

impl Order {
    /// Fills `out` with `entries` in the order of a map with room for `capacity` buckets.
    fn bring<'a>(&mut self, entries: &mut Vec<Entry<'a>>, capacity: usize, out: &mut Vec<Entry<'a>>) {
        if self.fits(entries, capacity) || self.learn(entries, capacity) {
            out.extend(self.places.iter().map(|place| entries[*place]));
        } else {
            hash_map_order(entries, capacity);
            out.extend_from_slice(entries);
        }
    }

    /// Whether this is the order of these keys.
    fn fits(&self, entries: &[Entry<'_>], capacity: usize) -> bool {
        if self.capacity != capacity || self.ends.len() != entries.len() {
            return false;
        }
        let mut start = 0;
        entries.iter().zip(&self.ends).all(|(entry, end)| {
            let same = entry.key.as_str() == Some(&self.keys[start..*end]);
            start = *end;
            same
        })
    }

    /// Becomes the order of these keys; `false` if they are not all texts, or one is there twice.
    fn learn(&mut self, entries: &[Entry<'_>], capacity: usize) -> bool {
        self.keys.clear();
        self.ends.clear();
        let mut numbered = Vec::with_capacity(entries.len());
        for (number, entry) in entries.iter().enumerate() {
            let Some(key) = entry.key.as_str() else { break };
            self.keys.push_str(key);
            self.ends.push(self.keys.len());
            numbered.push(Entry { key: entry.key, value: ValueRef::int64(number as i64) });
        }
        hash_map_order(&mut numbered, capacity);
        self.capacity = capacity;
        self.places.clear();
        self.places
            .extend(numbered.iter().filter_map(|entry| entry.value.as_i64()).map(|place| place as usize));
        let whole = numbered.len() == entries.len();
        if !whole {
            self.ends.clear();
            self.places.clear();
        }
        whole
    }
}

/// A map in the making.
pub struct HashMap<'a> {
    entries: Vec<Entry<'a>>,
    capacity: usize,
}

impl<'a> HashMap<'a> {
    /// `new HashMap<>(map)`. The memory comes from `buffer`, to which [`Self::finish`] gives it back.
    pub fn copy_of(entries: &[Entry<'a>], buffer: &mut MapBuffer) -> Self {
        let mut copy = buffer.entries.take();
        copy.extend_from_slice(entries);
        Self { entries: copy, capacity: capacity_for(entries.len()) }
    }

    /// `new HashMap<>(capacity)`
    pub fn with_capacity(capacity: usize, buffer: &mut MapBuffer) -> Self {
        Self { entries: buffer.entries.take(), capacity }
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
        buffer: &mut MapBuffer,
    ) -> ValueRef<'a> {
        let mut ordered = buffer.ordered.take();
        buffer.order.bring(&mut self.entries, self.capacity, &mut ordered);
        if !names.is_empty() {
            ordered.retain(
                |entry| !matches!(entry.key.view(), View::Str(key) if names.iter().any(|name| name == key)),
            );
        }
        let map = ValueRef::map(arena.entries(&ordered));
        buffer.ordered.give(ordered);
        buffer.entries.give(self.entries);
        map
    }

    /// The map.
    pub fn finish(self, arena: &'a Arena, buffer: &mut MapBuffer) -> ValueRef<'a> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_sdk::data::{Scratch, Value, java};

    fn copied(buffer: &mut MapBuffer, keys: &[&str]) -> String {
        let scratch = Scratch::new();
        let arena = scratch.arena();
        let entries: Vec<_> = keys
            .iter()
            .enumerate()
            .map(|(n, key)| Entry { key: ValueRef::str(key), value: ValueRef::int64(n as i64) })
            .collect();
        let map = HashMap::copy_of(&entries, buffer).finish(arena, buffer);
        java::to_string(None, map)
    }

    /// Printed by JDK 17.
    #[test]
    fn a_second_map_with_the_keys_of_the_first_comes_out_alike() {
        let mut buffer = MapBuffer::default();
        let keys = ["zeta", "alpha", "Mid", "omega"];
        for _ in 0..3 {
            assert_eq!(copied(&mut buffer, &keys), "{zeta=0, Mid=2, omega=3, alpha=1}");
            assert_eq!(copied(&mut buffer, &keys[1..]), "{Mid=1, omega=2, alpha=0}");
            assert_eq!(copied(&mut buffer, &["a", "a"]), "{a=1}");
            assert_eq!(copied(&mut buffer, &["ab", "c"]), "{ab=0, c=1}");
            assert_eq!(copied(&mut buffer, &["a", "bc"]), "{a=0, bc=1}");
            assert_eq!(copied(&mut buffer, &[]), "{}");
        }
    }

    #[test]
    fn keys_that_are_no_texts_have_an_order_too() {
        let scratch = Scratch::new();
        let arena = scratch.arena();
        let mut buffer = MapBuffer::default();
        let odd = Value::Map(vec![("b".into(), 1.into()), (2.into(), 2.into()), (Value::Null, 3.into())]);
        for _ in 0..2 {
            let View::Map(entries) = odd.put(arena).view() else { panic!("a map") };
            let map = HashMap::copy_of(entries, &mut buffer).finish(arena, &mut buffer);
            assert_eq!(java::to_string(None, map), "{null=3, b=1, 2=2}");
        }
    }
}
