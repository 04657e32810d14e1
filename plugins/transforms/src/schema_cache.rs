//! What a transform has worked out for the schemas it saw last.

use ferry_sdk::Result;
use ferry_sdk::data::{Schema, SchemaRef};

/// As many schemas are remembered as Connect's transforms do (`new LRUCache<>(16)`).
const CAPACITY: usize = 16;

/// The least recently used entry goes first. Records of one source mostly share the pointer to their
/// schema, so a hit is one comparison; an equal schema at another address is found by its hash.
pub struct SchemaCache<T> {
    /// The most recently used entry last. The schema is held, so its address stays its own.
    entries: Vec<(SchemaRef, T)>,
}

/// Empty.
impl<T> Default for SchemaCache<T> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<T> SchemaCache<T> {
    /// What belongs to `schema`; `make` works it out the first time.
    pub fn get_or(&mut self, schema: &Schema, make: impl FnOnce() -> Result<T>) -> Result<&T> {
        let last = self.entries.len().wrapping_sub(1);
        let at = match self.find(schema) {
            Some(at) if at == last => at,
            Some(at) => {
                self.entries[at..].rotate_left(1);
                last
            }
            None => {
                let made = make()?;
                if self.entries.len() == CAPACITY {
                    self.entries.remove(0);
                }
                self.entries.push((schema.share(), made));
                self.entries.len() - 1
            }
        };
        Ok(&self.entries[at].1)
    }

    fn find(&mut self, schema: &Schema) -> Option<usize> {
        let same = |(known, _): &(SchemaRef, T)| std::ptr::eq(&**known, schema);
        if let Some(at) = self.entries.iter().rposition(same) {
            return Some(at);
        }
        let hash = schema.structural_hash();
        let equal = |(known, _): &(SchemaRef, T)| known.structural_hash() == hash && **known == *schema;
        let at = self.entries.iter().rposition(equal)?;
        // The next record will more likely have this pointer than the old one.
        self.entries[at].0 = schema.share();
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_sdk::data::SchemaBuilder;

    fn named(name: usize) -> SchemaRef {
        SchemaBuilder::structure().name(name.to_string()).build()
    }

    #[test]
    fn an_equal_schema_elsewhere_is_the_same() {
        let mut cache = SchemaCache::default();
        assert_eq!(cache.get_or(&named(1), || Ok(1)), Ok(&1));
        assert_eq!(cache.get_or(&named(1), || Ok(2)), Ok(&1));
        assert_eq!(cache.get_or(&named(2), || Ok(2)), Ok(&2));
        assert_eq!(cache.get_or(&named(1), || Ok(3)), Ok(&1));
    }

    #[test]
    fn the_one_that_was_not_used_for_longest_is_forgotten() {
        let mut cache = SchemaCache::default();
        for n in 0..16 {
            assert_eq!(cache.get_or(&named(n), || Ok(n)), Ok(&n));
        }
        assert_eq!(cache.get_or(&named(0), || Ok(99)), Ok(&0));
        assert_eq!(cache.get_or(&named(16), || Ok(16)), Ok(&16));
        assert_eq!(cache.entries.len(), 16);
        assert_eq!(cache.get_or(&named(0), || Ok(99)), Ok(&0));
        assert_eq!(cache.get_or(&named(1), || Ok(99)), Ok(&99));
    }

    #[test]
    fn an_error_is_not_remembered() {
        let mut cache = SchemaCache::default();
        let failed = cache.get_or(&named(1), || Err(ferry_sdk::Error::data("no"))).copied();
        assert_eq!(failed.unwrap_err().message(), "no");
        assert_eq!(cache.get_or(&named(1), || Ok(7)), Ok(&7));
    }
}
