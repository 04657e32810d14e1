//! The order in which a Java `HashMap` with string keys gives out its entries.
//!
//! It leaks: into the bytes of offset keys, into converter entries of validation answers, into echoed
//! configs. This is the order of `java.util.HashMap` filled one key after the other from empty.

/// Java's `String.hashCode`.
pub fn string_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

/// Buckets of a `HashMap` that grew from its default of 16 by insertion until it held `len` entries.
pub fn buckets(len: usize) -> usize {
    let mut buckets = 16;
    while len > buckets / 4 * 3 {
        buckets *= 2;
    }
    buckets
}

/// Sorts entries into the order of a `HashMap` that was made as a copy of another map.
pub fn sort_copy_by_key<T>(entries: &mut [T], key: impl Fn(&T) -> &str) {
    let buckets = (entries.len() * 4 / 3 + 1).next_power_of_two();
    entries.sort_by_cached_key(|entry| bucket(key(entry), buckets - 1));
}

/// Sorts entries, given in the order of insertion and without duplicates, into `HashMap` order.
pub fn sort_by_key<T>(entries: &mut [T], key: impl Fn(&T) -> &str) {
    let mask = buckets(entries.len()) - 1;
    // Inside a bucket the order of insertion stays: the sort is stable, as is Java's resize.
    entries.sort_by_cached_key(|entry| bucket(key(entry), mask));
}

fn bucket(key: &str, mask: usize) -> usize {
    let hash = string_hash(key).cast_unsigned();
    (hash ^ (hash >> 16)) as usize & mask
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(mut keys: Vec<&str>) -> Vec<&str> {
        sort_by_key(&mut keys, |key| key);
        keys
    }

    #[test]
    fn hashes_as_java_does() {
        let hashes: Vec<i32> =
            ["", "a", "filename", "protocol", "polygenelubricants", "ä😀"].map(string_hash).to_vec();
        assert_eq!(hashes, [0, 97, -734768633, -989163880, i32::MIN, 1_992_007]);
    }

    #[test]
    fn orders_as_a_copied_hash_map_of_jdk_17() {
        let copied = |mut keys: Vec<&'static str>| {
            sort_copy_by_key(&mut keys, |key| key);
            keys
        };
        assert_eq!(copied(vec!["a", "name"]), ["name", "a"]);
        assert_eq!(copied(vec!["file", "topic", "name"]), ["name", "topic", "file"]);
    }

    #[test]
    fn orders_as_a_hash_map_of_jdk_17() {
        let orders = [
            ordered(vec!["server", "db", "table"]),
            ordered(vec!["cluster", "topic", "partition"]),
            ordered(vec!["kafka_topic", "kafka_partition"]),
            ordered(vec!["protocol", "table", "x", "Aa", "BB", "AaAa", "BBBB", "AaBB", "BBAa"]),
            ordered(vec!["k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9", "k10", "k11", "k12"]),
            // Equal hashes: the order of insertion decides.
            ordered(vec!["BB", "Aa"]),
            ordered(vec!["Aa", "BB"]),
        ];
        let expected = [
            vec!["server", "db", "table"],
            vec!["cluster", "partition", "topic"],
            vec!["kafka_partition", "kafka_topic"],
            vec!["Aa", "BB", "protocol", "x", "table", "AaAa", "BBBB", "AaBB", "BBAa"],
            vec!["k0", "k1", "k2", "k3", "k4", "k5", "k11", "k6", "k10", "k7", "k8", "k12", "k9"],
            vec!["BB", "Aa"],
            vec!["Aa", "BB"],
        ];
        assert_eq!(orders, expected);
    }
}
