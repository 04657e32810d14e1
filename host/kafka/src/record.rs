//! Records and where they live.

use std::fmt;
use std::sync::Arc;

/// One partition of one topic.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TopicPartition {
    /// Topic name, shared.
    pub topic: Arc<str>,
    /// Partition number, from 0.
    pub partition: i32,
}

impl TopicPartition {
    /// The partition `partition` of `topic`.
    pub fn new(topic: impl Into<Arc<str>>, partition: i32) -> Self {
        Self { topic: topic.into(), partition }
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

/// One header: its name and its value, which may be null.
pub type Header<'a> = (&'a str, Option<&'a [u8]>);

/// A record to produce; everything is borrowed and copied by [`Producer::send`](crate::Producer::send).
#[derive(Clone, Copy, Debug, Default)]
pub struct ProducerRecord<'a> {
    /// Topic to write to.
    pub topic: &'a str,
    /// Partition, or `None` to let the partitioner choose (murmur2 of the key, else sticky).
    pub partition: Option<i32>,
    /// Milliseconds since 1970, or `None` for the time of sending.
    pub timestamp: Option<i64>,
    /// Key bytes; `None` is null, which is not the same as empty.
    pub key: Option<&'a [u8]>,
    /// Value bytes; `None` is a tombstone.
    pub value: Option<&'a [u8]>,
    /// Headers in order; names may repeat.
    pub headers: &'a [Header<'a>],
}

impl ProducerRecord<'_> {
    /// The bytes that Kafka's Java producer holds against `max.request.size`: an upper bound of the record
    /// in a batch of its own (`AbstractRecords.estimateSizeInBytesUpperBound`).
    pub fn size_upper_bound(&self) -> usize {
        /// Header of a batch, and of a record at its longest.
        const OVERHEAD: usize = 61 + 21;
        let sized = |bytes: Option<&[u8]>| bytes.map_or(1, |bytes| varint(bytes.len()) + bytes.len());
        let headers: usize =
            self.headers.iter().map(|(name, value)| varint(name.len()) + name.len() + sized(*value)).sum();
        OVERHEAD + sized(self.key) + sized(self.value) + varint(self.headers.len()) + headers
    }
}

/// Length of a zigzag varint.
fn varint(value: usize) -> usize {
    let zigzag = (value as u64) << 1;
    (64 - zigzag.leading_zeros()).div_ceil(7).max(1) as usize
}

/// Who set the timestamp of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimestampType {
    /// The record has none.
    None,
    /// The producer (`CreateTime`).
    Create,
    /// The log, when it appended the record (`LogAppendTime`).
    LogAppend,
}

/// A consumed record; it borrows the client's memory and is valid during the call that shows it.
#[derive(Clone, Copy, Debug)]
pub struct ConsumerRecord<'a> {
    /// Topic it was read from; clone the `Arc`, not the text.
    pub topic: &'a Arc<str>,
    /// Partition it was read from.
    pub partition: i32,
    /// Its offset in the partition.
    pub offset: i64,
    /// Milliseconds since 1970; `None` where the record has no timestamp.
    pub timestamp: Option<i64>,
    /// Who set `timestamp`.
    pub timestamp_type: TimestampType,
    /// Key bytes; `None` is null.
    pub key: Option<&'a [u8]>,
    /// Value bytes; `None` is a tombstone.
    pub value: Option<&'a [u8]>,
    /// Headers in order; names may repeat.
    pub headers: &'a [Header<'a>],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_is_that_of_the_java_producer() {
        let value = vec![0; 1 << 20];
        let record = ProducerRecord { topic: "t", value: Some(&value), ..ProducerRecord::default() };
        assert_eq!(record.size_upper_bound(), 1_048_664);
    }
}
