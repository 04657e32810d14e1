//! One record on its way, as `SourceRecord`, `SinkRecord` and `ConnectRecord`.

use abi_stable::StableAbi;

use crate::raw::{Schema, Slice, Str, ValueRef};

/// What a timestamp of a consumed record means.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, StableAbi)]
pub enum TimestampType {
    /// There is none, or the record comes from a source.
    None = 0,
    /// Set by the producer.
    CreateTime = 1,
    /// Set by the broker.
    LogAppendTime = 2,
}

/// A header: name, schema, value.
#[repr(C)]
#[derive(Clone, Copy, StableAbi)]
pub struct Header<'a> {
    key: Str<'a>,
    schema: Option<&'a Schema>,
    value: ValueRef<'a>,
}

impl<'a> Header<'a> {
    /// A header.
    pub fn new(key: &'a str, schema: Option<&'a Schema>, value: ValueRef<'a>) -> Self {
        Self { key: Str::new(key), schema, value }
    }
    /// Its name.
    pub fn key(&self) -> &'a str {
        self.key.or_empty()
    }
    /// The schema of its value.
    pub fn schema(&self) -> Option<&'a Schema> {
        self.schema
    }
    /// Its value.
    pub fn value(&self) -> ValueRef<'a> {
        self.value
    }
}

const NO_PARTITION: i32 = i32::MIN;
const NO_TIMESTAMP: i64 = i64::MIN;

/// A record: `Copy`, it borrows all it is made of. A transform changes it in place.
#[repr(C)]
#[derive(Clone, Copy, StableAbi)]
pub struct Record<'a> {
    topic: Str<'a>,
    key_schema: Option<&'a Schema>,
    value_schema: Option<&'a Schema>,
    key: ValueRef<'a>,
    value: ValueRef<'a>,
    headers: Slice<'a, Header<'a>>,
    timestamp: i64,
    partition: i32,
    timestamp_type: TimestampType,
    source_partition: ValueRef<'a>,
    source_offset: ValueRef<'a>,
    original_topic: Str<'a>,
    original_offset: i64,
    original_partition: i32,
}

impl<'a> Record<'a> {
    /// A record for `topic` with null key and value.
    pub fn to(topic: &'a str) -> Self {
        Self {
            topic: Str::new(topic),
            key_schema: None,
            value_schema: None,
            key: ValueRef::NULL,
            value: ValueRef::NULL,
            headers: Slice::new(&[]),
            timestamp: NO_TIMESTAMP,
            partition: NO_PARTITION,
            timestamp_type: TimestampType::None,
            source_partition: ValueRef::NULL,
            source_offset: ValueRef::NULL,
            original_topic: Str::NONE,
            original_offset: -1,
            original_partition: NO_PARTITION,
        }
    }
    /// With this key.
    pub fn with_key(mut self, schema: Option<&'a Schema>, key: ValueRef<'a>) -> Self {
        self.set_key(schema, key);
        self
    }
    /// With this value.
    pub fn with_value(mut self, schema: Option<&'a Schema>, value: ValueRef<'a>) -> Self {
        self.set_value(schema, value);
        self
    }
    /// With this timestamp in milliseconds since the epoch.
    pub fn with_timestamp(mut self, millis: i64) -> Self {
        self.set_timestamp(Some(millis));
        self
    }
    /// For this Kafka partition.
    pub fn with_partition(mut self, partition: i32) -> Self {
        self.set_partition(Some(partition));
        self
    }
    /// With these headers.
    pub fn with_headers(mut self, headers: &'a [Header<'a>]) -> Self {
        self.set_headers(headers);
        self
    }
    /// Read at `offset` of the source's `partition`, both maps from strings to scalars. Records of one
    /// partition should share the one `partition` value.
    pub fn from_source(mut self, partition: ValueRef<'a>, offset: ValueRef<'a>) -> Self {
        self.source_partition = partition;
        self.source_offset = offset;
        self
    }
    /// Consumed from `topic`, `partition` at `offset`; these stay whatever transforms do.
    pub fn from_kafka(mut self, topic: &'a str, partition: i32, offset: i64, kind: TimestampType) -> Self {
        self.partition = partition;
        self.original_topic = Str::new(topic);
        self.original_partition = partition;
        self.original_offset = offset;
        self.timestamp_type = kind;
        self
    }

    /// The topic it goes to or comes from.
    pub fn topic(&self) -> &'a str {
        self.topic.or_empty()
    }
    /// The schema of the key.
    pub fn key_schema(&self) -> Option<&'a Schema> {
        self.key_schema
    }
    /// The key.
    pub fn key(&self) -> ValueRef<'a> {
        self.key
    }
    /// The schema of the value.
    pub fn value_schema(&self) -> Option<&'a Schema> {
        self.value_schema
    }
    /// The value.
    pub fn value(&self) -> ValueRef<'a> {
        self.value
    }
    /// The headers.
    pub fn headers(&self) -> &'a [Header<'a>] {
        self.headers.get()
    }
    /// Milliseconds since the epoch.
    pub fn timestamp(&self) -> Option<i64> {
        (self.timestamp != NO_TIMESTAMP).then_some(self.timestamp)
    }
    /// What the timestamp means (sink records).
    pub fn timestamp_type(&self) -> TimestampType {
        self.timestamp_type
    }
    /// The Kafka partition.
    pub fn partition(&self) -> Option<i32> {
        (self.partition != NO_PARTITION).then_some(self.partition)
    }
    /// Where in the source it was read: the partition (null in a sink).
    pub fn source_partition(&self) -> ValueRef<'a> {
        self.source_partition
    }
    /// Where in the source it was read: the offset (null in a sink).
    pub fn source_offset(&self) -> ValueRef<'a> {
        self.source_offset
    }
    /// The topic it was consumed from (`SinkRecord.originalTopic`, KIP-793).
    pub fn original_topic(&self) -> Option<&'a str> {
        self.original_topic.get()
    }
    /// The partition it was consumed from.
    pub fn original_partition(&self) -> Option<i32> {
        (self.original_partition != NO_PARTITION).then_some(self.original_partition)
    }
    /// The Kafka offset it was consumed at (`SinkRecord.kafkaOffset`); `None` in a source.
    pub fn kafka_offset(&self) -> Option<i64> {
        (self.original_offset >= 0).then_some(self.original_offset)
    }

    /// Sends it to another topic.
    pub fn set_topic(&mut self, topic: &'a str) {
        self.topic = Str::new(topic);
    }
    /// Replaces the key.
    pub fn set_key(&mut self, schema: Option<&'a Schema>, key: ValueRef<'a>) {
        self.key_schema = schema;
        self.key = key;
    }
    /// Replaces the value.
    pub fn set_value(&mut self, schema: Option<&'a Schema>, value: ValueRef<'a>) {
        self.value_schema = schema;
        self.value = value;
    }
    /// Replaces the headers.
    pub fn set_headers(&mut self, headers: &'a [Header<'a>]) {
        self.headers = Slice::new(headers);
    }
    /// Sets or removes the timestamp, in milliseconds since the epoch.
    pub fn set_timestamp(&mut self, millis: Option<i64>) {
        self.timestamp = millis.unwrap_or(NO_TIMESTAMP);
    }
    /// Sets or removes the Kafka partition.
    pub fn set_partition(&mut self, partition: Option<i32>) {
        self.partition = partition.unwrap_or(NO_PARTITION);
    }
}

impl std::fmt::Debug for Header<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={:?}", self.key(), self.value)
    }
}
impl std::fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record")
            .field("topic", &self.topic())
            .field("partition", &self.partition())
            .field("key", &self.key)
            .field("value", &self.value)
            .field("timestamp", &self.timestamp())
            .field("headers", &self.headers())
            .field("source_partition", &self.source_partition)
            .field("source_offset", &self.source_offset)
            .field("kafka_offset", &self.kafka_offset())
            .finish()
    }
}
