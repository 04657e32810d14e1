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
