//! The order in which a `java.util.HashMap` hands out its entries.
//!
//! Connect's readers build hash maps, and their order is what users see in topics and files.

use std::collections::HashMap;

use crate::raw::{Entry, ValueRef, View};

/// `String.hashCode`.
pub fn string_hash(text: &str) -> i32 {
    let step = |hash: i32, unit: u16| hash.wrapping_mul(31).wrapping_add(unit.into());
    if text.is_ascii() {
        text.bytes().fold(0, |hash, byte| step(hash, byte.into()))
    } else {
        text.encode_utf16().fold(0, step)
    }
}

fn long_hash(value: i64) -> i32 {
    (value ^ ((value as u64) >> 32) as i64) as i32
}

/// `Object.hashCode` of a value. Identity hashes (byte arrays) are 0 here, a decimal's is that of its
/// unscaled integer.
pub fn hash_code(value: ValueRef<'_>) -> i32 {
    match value.view() {
        View::Null => 0,
        View::Bool(v) => {
            if v {
                1231
            } else {
                1237
            }
        }
        View::Int8(v) => v.into(),
        View::Int16(v) => v.into(),
        View::Int32(v) => v,
        View::Int64(v) | View::Instant(v) => long_hash(v),
        View::Float32(v) => (if v.is_nan() { 0x7fc0_0000 } else { v.to_bits() }) as i32,
        View::Float64(v) => long_hash((if v.is_nan() { 0x7ff8_0000_0000_0000 } else { v.to_bits() }) as i64),
        View::Str(v) => string_hash(v),
        View::Bytes(_) => 0,
        View::Array(items) | View::Struct(items) => {
            items.iter().fold(1i32, |hash, item| hash.wrapping_mul(31).wrapping_add(hash_code(*item)))
        }
        View::Map(entries) => {
            entries.iter().fold(0i32, |sum, e| sum.wrapping_add(hash_code(e.key) ^ hash_code(e.value)))
        }
        View::Decimal(v) => {
            v.unscaled().iter().fold(v.scale(), |h, b| h.wrapping_mul(31).wrapping_add((*b).into()))
        }
    }
}

/// As many entries are ordered in place, without memory of their own.
const SMALL: usize = 32;

/// Brings `entries`, in the order of insertion, into the order of a `HashMap` that began with room
/// for `capacity` buckets (16 unless given); an equal key replaces the value of the first.
pub fn hash_map_order(entries: &mut Vec<Entry<'_>>, capacity: usize) {
    if entries.len() <= SMALL { small(entries, capacity) } else { large(entries, capacity) }
}

/// What `HashMap` makes of a hash code.
fn spread(key: ValueRef<'_>) -> u32 {
    let hash = hash_code(key) as u32;
    hash ^ (hash >> 16)
}

fn mask(entries: usize, capacity: usize) -> u32 {
    let mut buckets = capacity.next_power_of_two().max(1);
    while entries > buckets * 3 / 4 && buckets < 1 << 30 {
        buckets *= 2;
    }
    buckets as u32 - 1
}

// A resize splits a bucket in order, so within one the order of insertion stays: sort stably.

fn small(entries: &mut Vec<Entry<'_>>, capacity: usize) {
    let mut hashes = [0; SMALL];
    let mut count = 0;
    for at in 0..entries.len() {
        let entry = entries[at];
        let hash = spread(entry.key);
        match (0..count).find(|n| hashes[*n] == hash && entries[*n].key == entry.key) {
            Some(equal) => entries[equal].value = entry.value,
            None => {
                (hashes[count], entries[count]) = (hash, entry);
                count += 1;
            }
        }
    }
    entries.truncate(count);
    let mask = mask(count, capacity);
    for end in 1..count {
        let mut at = end;
        while at > 0 && hashes[at - 1] & mask > hashes[at] & mask {
            hashes.swap(at - 1, at);
            entries.swap(at - 1, at);
            at -= 1;
        }
    }
}

fn large(entries: &mut Vec<Entry<'_>>, capacity: usize) {
    let mut keyed: Vec<(u32, Entry<'_>)> = Vec::with_capacity(entries.len());
    let mut places: HashMap<u32, Vec<usize>> = HashMap::new();
    for entry in entries.drain(..) {
        let hash = spread(entry.key);
        let of_hash = places.entry(hash).or_default();
        match of_hash.iter().find(|at| keyed[**at].1.key == entry.key) {
            Some(at) => keyed[*at].1.value = entry.value,
            None => {
                of_hash.push(keyed.len());
                keyed.push((hash, entry));
            }
        }
    }
    let mask = mask(keyed.len(), capacity);
    keyed.sort_by_key(|(hash, _)| hash & mask);
    entries.extend(keyed.into_iter().map(|(_, entry)| entry));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(keys: &[&str]) -> String {
        let mut entries: Vec<_> =
            keys.iter().map(|k| Entry { key: ValueRef::str(k), value: ValueRef::NULL }).collect();
        hash_map_order(&mut entries, 16);
        entries.iter().map(|e| e.key.as_str().unwrap()).collect::<Vec<_>>().join(" ")
    }

    /// Printed by `new HashMap<>()` on JDK 17 after `put` of each key in this order.
    #[test]
    fn equals_the_jdk() {
        assert_eq!(order(&["b", "a", "c"]), "a b c");
        assert_eq!(
            order(&["name", "topic", "file", "tasks.max", "connector.class"]),
            "connector.class file tasks.max name topic"
        );
        assert_eq!(order(&["Aa", "BB", "x", "Aa"]), "Aa BB x");
        assert_eq!(
            order(&["zeta", "alpha", "Mid", "omega", "1", "22", "333", "foo", "bar", "baz"]),
            "zeta 22 1 bar 333 alpha foo Mid baz omega"
        );
        assert_eq!(
            order(&["k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9", "k10", "k11", "k12", "k13"]),
            "k0 k1 k2 k3 k4 k5 k11 k6 k10 k7 k13 k8 k12 k9"
        );
    }

    #[test]
    fn large_maps_keep_each_key_once() {
        let keys: Vec<String> = (0..1000).map(|n| format!("k{}", n % 300)).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let ordered = order(&keys);
        let mut once: Vec<_> = ordered.split(' ').collect();
        assert_eq!(once.len(), 300);
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), 300);
    }

    #[test]
    fn hashes_as_the_jdk() {
        assert_eq!(string_hash("connector.class"), -862_495_593);
        assert_eq!(string_hash("h\u{e9}\u{1F600}"), 5_095_076);
        assert_eq!(hash_code(ValueRef::int64(-1)), 0);
        assert_eq!(hash_code(ValueRef::float64(1.5)), 1_073_217_536);
    }
}
