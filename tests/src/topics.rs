//! Topics of a real broker, byte for byte, read and written without Ferry's own client.

use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaErrorCode;
use serde_json::{Value, json};

use crate::wait::{LONG, wait_for};

/// One record of a topic.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct TopicRecord {
    /// Partition.
    pub partition: i32,
    /// The key's bytes.
    pub key: Option<Vec<u8>>,
    /// The value's bytes.
    pub value: Option<Vec<u8>>,
    /// Header names and values in order.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

impl TopicRecord {
    /// A record with a value only.
    pub fn value(value: impl Into<Vec<u8>>) -> Self {
        Self { value: Some(value.into()), ..Self::default() }
    }

    fn of(message: &BorrowedMessage<'_>) -> Self {
        let headers = message.headers().map_or_else(Vec::new, |headers| {
            headers.iter().map(|h| (h.key.to_owned(), h.value.map(<[u8]>::to_vec))).collect()
        });
        Self {
            partition: message.partition(),
            key: message.key().map(<[u8]>::to_vec),
            value: message.payload().map(<[u8]>::to_vec),
            headers,
        }
    }

    /// For comparison and for recording: text where it is UTF-8, else `hex:…`; long values by length and checksum.
    pub fn to_json(&self) -> Value {
        let headers: Vec<Value> =
            self.headers.iter().map(|(n, v)| json!([n, v.as_deref().map(show)])).collect();
        json!({
            "partition": self.partition,
            "key": self.key.as_deref().map(show),
            "value": self.value.as_deref().map(show),
            "headers": headers,
        })
    }
}

/// Bytes as readable text: UTF-8 as it is, other bytes as hex, long ones by both ends, length and checksum.
pub fn show(bytes: &[u8]) -> String {
    const MOST: usize = 4096;
    if bytes.len() > MOST {
        let ends = (show(&bytes[..32]), show(&bytes[bytes.len() - 32..]));
        return format!("long:{}…{} ({} bytes, fnv {:016x})", ends.0, ends.1, bytes.len(), fnv(bytes));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => {
            format!("hex:{}", bytes.iter().map(|b| format!("{b:02x}")).collect::<String>())
        }
    }
}

fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// A reader that gives a topic's records from the beginning, as they come.
pub struct TopicReader {
    consumer: BaseConsumer,
    topic: String,
    partitions: i32,
}

impl TopicReader {
    /// Reads partitions `0..partitions` of a topic from offset 0, without a group.
    ///
    /// # Panics
    /// When the client cannot be made.
    pub fn new(bootstrap: &str, topic: &str, partitions: i32) -> Self {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", bootstrap)
            .set("group.id", "ferry-tests-reader")
            .set("enable.auto.commit", "false")
            .set("fetch.wait.max.ms", "20")
            .set("fetch.error.backoff.ms", "50")
            .set("topic.metadata.refresh.fast.interval.ms", "50")
            .set("allow.auto.create.topics", "true")
            .set("fetch.message.max.bytes", "16777216")
            .set("reconnect.backoff.max.ms", "500")
            .create()
            .expect("a consumer");
        assign(&consumer, topic, partitions);
        Self { consumer, topic: topic.to_owned(), partitions }
    }

    /// The next record, or None when none comes within `limit`.
    pub fn next(&self, limit: Duration) -> Option<TopicRecord> {
        let end = Instant::now() + limit;
        while Instant::now() < end {
            // Errors here are passing ones: a topic that is not there yet, a broker that restarts.
            if let Some(Ok(message)) = self.consumer.poll(Duration::from_millis(100)) {
                return Some(TopicRecord::of(&message));
            }
        }
        None
    }

    /// Records until `last` accepts one, which is included.
    ///
    /// # Panics
    /// When `limit` passes first, showing what came until then.
    pub fn until(&self, limit: Duration, mut last: impl FnMut(&TopicRecord) -> bool) -> Vec<TopicRecord> {
        let end = Instant::now() + limit;
        let mut records = Vec::new();
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.next(left) {
                Some(record) => {
                    let done = last(&record);
                    records.push(record);
                    if done {
                        return records;
                    }
                }
                None => {
                    let tail: Vec<Value> =
                        records.iter().rev().take(5).rev().map(TopicRecord::to_json).collect();
                    panic!(
                        "topic {}: the awaited record did not come within {limit:?}; {} came, the last: {tail:?}",
                        self.topic,
                        records.len()
                    );
                }
            }
        }
    }

    /// Exactly `count` records.
    ///
    /// # Panics
    /// When they do not come within `limit`.
    pub fn take(&self, limit: Duration, count: usize) -> Vec<TopicRecord> {
        let mut seen = 0;
        self.until(limit, |_| {
            seen += 1;
            seen == count
        })
    }

    /// How many records the partitions hold now (by their watermarks, as nothing is deleted).
    pub fn count(&self) -> i64 {
        (0..self.partitions).map(|partition| self.count_of(partition)).sum()
    }

    /// A topic that is not there holds nothing; any other trouble passes.
    fn count_of(&self, partition: i32) -> i64 {
        wait_for(LONG, &format!("the broker tells how many records {} has", self.topic), || {
            match self.consumer.fetch_watermarks(&self.topic, partition, Duration::from_secs(60)) {
                Ok((low, high)) => Some(high - low),
                Err(KafkaError::MetadataFetch(
                    RDKafkaErrorCode::UnknownTopicOrPartition
                    | RDKafkaErrorCode::UnknownPartition
                    | RDKafkaErrorCode::UnknownTopic,
                )) => Some(0),
                Err(_) => None,
            }
        })
    }
}

/// Reads partitions `0..partitions` from their beginning.
fn assign(consumer: &BaseConsumer, topic: &str, partitions: i32) {
    let mut list = TopicPartitionList::new();
    for partition in 0..partitions {
        list.add_partition_offset(topic, partition, Offset::Beginning).expect("a partition");
    }
    consumer.assign(&list).expect("assigned");
}

/// How many partitions a topic has; 0 where there is none.
///
/// # Panics
/// When the broker does not answer in time.
pub fn partitions(bootstrap: &str, topic: &str) -> i32 {
    let consumer: BaseConsumer =
        ClientConfig::new().set("bootstrap.servers", bootstrap).create().expect("a consumer");
    // Of all topics: asking for one may make it.
    let found = consumer.fetch_metadata(None, LONG).expect("the topics");
    let topic = found.topics().iter().find(|known| known.name() == topic);
    topic.map_or(0, |topic| i32::try_from(topic.partitions().len()).unwrap_or(i32::MAX))
}

/// All records of a topic that are committed now; those of aborted and open transactions are not among them,
/// and neither is what follows an open one.
///
/// # Panics
/// When the broker does not answer in time.
pub fn committed_records(bootstrap: &str, topic: &str, partitions: i32) -> Vec<TopicRecord> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("group.id", "ferry-tests-reader")
        .set("enable.auto.commit", "false")
        .set("isolation.level", "read_committed")
        .set("enable.partition.eof", "true")
        .set("fetch.wait.max.ms", "20")
        .create()
        .expect("a consumer");
    assign(&consumer, topic, partitions);
    let (mut records, mut ended) = (Vec::new(), 0);
    let end = Instant::now() + LONG;
    while ended < partitions {
        assert!(Instant::now() < end, "topic {topic} was not read to its end");
        match consumer.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => records.push(TopicRecord::of(&message)),
            Some(Err(KafkaError::PartitionEOF(_))) => ended += 1,
            // Passing trouble: a topic that is not there yet.
            Some(Err(_)) | None => {}
        }
    }
    records
}

/// The committed offset of a group for partition 0 of a topic.
///
/// # Panics
/// When the client cannot be made.
pub fn committed(bootstrap: &str, group: &str, topic: &str) -> Option<i64> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("group.id", group)
        .create()
        .expect("a consumer");
    let mut list = TopicPartitionList::new();
    list.add_partition(topic, 0);
    // A coordinator that moves or starts is asked again.
    let found = wait_for(LONG, &format!("the broker tells what {group} has committed"), || {
        consumer.committed_offsets(list.clone(), Duration::from_secs(60)).ok()
    });
    match found.elements().first()?.offset() {
        Offset::Offset(offset) => Some(offset),
        _ => None,
    }
}

/// Writes records and waits until the broker has them all.
///
/// # Panics
/// When one is refused or the broker does not answer for long.
pub fn write(bootstrap: &str, topic: &str, records: &[TopicRecord]) {
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("message.max.bytes", "16777216")
        .set("linger.ms", "1")
        // What is sent again because the topic is new is not overtaken.
        .set("max.in.flight.requests.per.connection", "1")
        .create()
        .expect("a producer");
    for record in records {
        let mut headers = OwnedHeaders::new();
        for (name, value) in &record.headers {
            headers = headers.insert(Header { key: name, value: value.as_deref() });
        }
        let mut out = BaseRecord::<[u8], [u8]>::to(topic).partition(record.partition).headers(headers);
        if let Some(key) = &record.key {
            out = out.key(key);
        }
        if let Some(value) = &record.value {
            out = out.payload(value);
        }
        producer.send(out).unwrap_or_else(|(e, _)| panic!("cannot write to {topic}: {e}"));
    }
    producer.flush(LONG).unwrap_or_else(|e| panic!("cannot write to {topic}: {e}"));
}

/// The topics of a broker.
///
/// # Panics
/// When the broker does not answer.
pub fn names(bootstrap: &str) -> Vec<String> {
    let consumer: BaseConsumer =
        ClientConfig::new().set("bootstrap.servers", bootstrap).create().expect("a client");
    let metadata = consumer.fetch_metadata(None, LONG).expect("the topics of the broker");
    metadata.topics().iter().map(|topic| topic.name().to_owned()).collect()
}
