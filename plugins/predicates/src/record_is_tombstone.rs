//! `RecordIsTombstone`: the value is null, whatever its schema.

use ferry_sdk::Result;
use ferry_sdk::api::Predicate;
use ferry_sdk::config::ConfigMap;
use ferry_sdk::data::Record;

/// `org.apache.kafka.connect.transforms.predicates.RecordIsTombstone`
pub struct RecordIsTombstone;

impl Predicate for RecordIsTombstone {
    fn configure(&mut self, _: &ConfigMap) -> Result<()> {
        Ok(())
    }
    fn test(&mut self, record: &Record<'_>) -> Result<bool> {
        Ok(record.value().is_null())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_sdk::data::{Schema, ValueRef};

    #[test]
    fn only_the_value_counts() {
        let schema = Schema::optional_string();
        let tombstone =
            Record::to("t").with_key(None, ValueRef::str("k")).with_value(Some(schema), ValueRef::NULL);
        assert_eq!(RecordIsTombstone.test(&tombstone), Ok(true));
        assert_eq!(RecordIsTombstone.test(&tombstone.with_value(None, ValueRef::str(""))), Ok(false));
    }
}
