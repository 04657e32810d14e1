//! A consumed record as Kafka has it (`ConsumerRecord<byte[], byte[]>`), in the memory of a batch.

use ferry_kafka::ConsumerRecord;
use ferry_plugin_abi::data::{Arena, Header, Record, TimestampType, ValueRef, View};

/// A record whose key, value and header values are the consumed bytes. A batch of these is what converters
/// read, and what a dead letter queue gets: it lives as long as the batch made of it.
#[derive(Clone, Copy, Debug)]
pub struct Original<'a>(&'a Record<'a>);

impl<'a> Original<'a> {
    /// Looks at a record made by [`Original::keep`].
    pub fn of(record: &'a Record<'a>) -> Self {
        Self(record)
    }

    /// Copies a consumed record into `arena`; `topic` is the name of its topic in there.
    pub fn keep(consumed: &ConsumerRecord<'_>, topic: &'a str, arena: &'a Arena) -> Record<'a> {
        let bytes = |bytes: Option<&[u8]>| bytes.map_or(ValueRef::NULL, |b| ValueRef::bytes(arena.bytes(b)));
        let kind = match consumed.timestamp_type {
            ferry_kafka::TimestampType::None => TimestampType::None,
            ferry_kafka::TimestampType::Create => TimestampType::CreateTime,
            ferry_kafka::TimestampType::LogAppend => TimestampType::LogAppendTime,
        };
        let mut record = Record::to(topic)
            .with_key(None, bytes(consumed.key))
            .with_value(None, bytes(consumed.value))
            .from_kafka(topic, consumed.partition, consumed.offset, kind);
        record.set_timestamp(consumed.timestamp);
        if !consumed.headers.is_empty() {
            let header =
                |(name, value): &(&str, Option<&[u8]>)| Header::new(arena.str(name), None, bytes(*value));
            let headers: Vec<_> = consumed.headers.iter().map(header).collect();
            record.set_headers(arena.headers(&headers));
        }
        record
    }

    /// Consumed from this topic.
    pub fn topic(self) -> &'a str {
        self.0.original_topic().unwrap_or_default()
    }
    /// Consumed from this partition.
    pub fn partition(self) -> i32 {
        self.0.original_partition().unwrap_or(-1)
    }
    /// Consumed at this offset; -1 where a task made the record.
    pub fn offset(self) -> i64 {
        self.0.kafka_offset().unwrap_or(-1)
    }
    /// Milliseconds since the epoch.
    pub fn timestamp(self) -> Option<i64> {
        self.0.timestamp()
    }
    /// What the timestamp means.
    pub fn timestamp_type(self) -> TimestampType {
        self.0.timestamp_type()
    }
    /// Key bytes.
    pub fn key(self) -> Option<&'a [u8]> {
        bytes_of(self.0.key())
    }
    /// Value bytes.
    pub fn value(self) -> Option<&'a [u8]> {
        bytes_of(self.0.value())
    }
    /// Header names and bytes.
    pub fn headers(self) -> impl ExactSizeIterator<Item = ferry_kafka::Header<'a>> {
        self.0.headers().iter().map(|header| (header.key(), bytes_of(header.value())))
    }
}

fn bytes_of(value: ValueRef<'_>) -> Option<&[u8]> {
    match value.view() {
        View::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}
