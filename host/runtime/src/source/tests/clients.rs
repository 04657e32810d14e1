//! Offsets and Kafka clients that do what they are told, and an embedded log.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ferry_kafka::{
    Admin, Client, ClientConfig, Delivery, Error as KafkaError, ErrorKind as Kafka, NewTopic, OffsetSpec,
    PartitionDescription, Producer, ProducerRecord, RecordMetadata, SendError, TopicDescription, TopicLog,
    TopicPartition,
};
use ferry_plugin_abi::data::Value;
use ferry_plugin_abi::{Error, Result};

use super::script::partition;
use crate::executor::lock;
use crate::stores::OffsetStore;

/// Offsets in memory.
#[derive(Default)]
pub(super) struct MemoryOffsets {
    pub(super) known: Mutex<Vec<(Value, Value)>>,
    /// How many of the next writes fail.
    pub(super) failures: Mutex<usize>,
}

impl MemoryOffsets {
    /// Stores the position of the one partition that scripts have.
    pub(super) fn at(position: i64) -> Self {
        let known = vec![(partition(), Value::map([("position", Value::Int64(position))]))];
        Self { known: Mutex::new(known), ..Self::default() }
    }
    /// The stored position.
    pub(super) fn position(&self) -> Option<i64> {
        position(self)
    }
}

/// The position that a store has for the one partition that scripts have.
pub(super) fn position(store: &dyn OffsetStore) -> Option<i64> {
    store.get("c", &[partition()]).unwrap().pop().flatten()?.get("position").and_then(Value::as_i64)
}

impl OffsetStore for MemoryOffsets {
    fn get(&self, _connector: &str, partitions: &[Value]) -> Result<Vec<Option<Value>>> {
        let known = lock(&self.known);
        Ok(partitions.iter().map(|p| known.iter().find(|(k, _)| k == p).map(|(_, o)| o.clone())).collect())
    }
    fn put(&self, _connector: &str, offsets: &[(Value, Option<Value>)]) -> Result<()> {
        let mut failures = lock(&self.failures);
        if *failures > 0 {
            *failures -= 1;
            return Err(Error::retriable("the disk is full"));
        }
        let mut known = lock(&self.known);
        for (partition, offset) in offsets {
            known.retain(|(k, _)| k != partition);
            known.extend(offset.clone().map(|offset| (partition.clone(), offset)));
        }
        Ok(())
    }
    fn all(&self, _connector: &str) -> Result<Vec<(Value, Value)>> {
        Ok(lock(&self.known).clone())
    }
}

/// Acknowledges everything but what it was told to refuse.
#[derive(Default)]
pub(super) struct FakeProducer {
    pub(super) sent: Arc<Mutex<Vec<String>>>,
    pub(super) waiting: Vec<Delivery>,
    /// Values whose delivery fails.
    pub(super) refuses: Vec<(&'static str, Kafka)>,
    /// What the next sends fail with at once.
    pub(super) fails: Vec<Kafka>,
    /// Polls that pass before one acknowledges what was sent.
    pub(super) lazy: usize,
    pub(super) polls: usize,
}

impl Producer for FakeProducer {
    fn send(&mut self, record: &ProducerRecord<'_>, token: u64) -> std::result::Result<(), SendError> {
        if let Some(kind) = self.fails.pop() {
            return Err(SendError::Failed(KafkaError::new(kind, "no")));
        }
        let value = String::from_utf8_lossy(record.value.unwrap_or(b"null")).into_owned();
        let refused = self.refuses.iter().find(|(refused, _)| *refused == value);
        let mut sent = lock(&self.sent);
        let result = match refused {
            Some((_, kind)) => Err(KafkaError::new(*kind, "refused")),
            None => Ok(RecordMetadata { partition: 0, offset: sent.len() as i64, timestamp: None }),
        };
        if result.is_ok() {
            sent.push(format!("{}={value}", record.topic));
        }
        self.waiting.push(Delivery { token, result });
        Ok(())
    }
    fn poll(&mut self, _timeout: Duration, deliveries: &mut Vec<Delivery>) -> ferry_kafka::Result<()> {
        self.polls += 1;
        if self.polls > self.lazy {
            self.polls = 0;
            deliveries.append(&mut self.waiting);
        }
        Ok(())
    }
    fn flush(&mut self, _timeout: Duration, deliveries: &mut Vec<Delivery>) -> ferry_kafka::Result<()> {
        deliveries.append(&mut self.waiting);
        Ok(())
    }
    fn in_flight(&self) -> usize {
        self.waiting.len()
    }
    fn max_block(&self) -> Duration {
        Duration::ZERO
    }
    fn init_transactions(&mut self, _timeout: Duration) -> ferry_kafka::Result<()> {
        Err(not_asked_for())
    }
    fn begin_transaction(&mut self) -> ferry_kafka::Result<()> {
        Err(not_asked_for())
    }
    fn commit_transaction(&mut self, _: Duration, _: &mut Vec<Delivery>) -> ferry_kafka::Result<()> {
        Err(not_asked_for())
    }
    fn abort_transaction(&mut self, _: Duration, _: &mut Vec<Delivery>) -> ferry_kafka::Result<()> {
        Err(not_asked_for())
    }
}

fn not_asked_for() -> KafkaError {
    KafkaError::new(Kafka::Invalid, "nobody should have asked for that")
}

/// Topics in memory, and errors on demand.
#[derive(Default)]
pub(super) struct FakeAdmin {
    pub(super) topics: Arc<Mutex<BTreeMap<String, NewTopic>>>,
    /// What the next descriptions fail with.
    pub(super) describe_fails: Mutex<Vec<Kafka>>,
    /// What every creation fails with.
    pub(super) create_fails: Option<KafkaError>,
    /// How often topics were described.
    pub(super) described: Arc<Mutex<usize>>,
}

impl Admin for FakeAdmin {
    fn describe_topics(&self, names: &[&str]) -> ferry_kafka::Result<Vec<Option<TopicDescription>>> {
        *lock(&self.described) += 1;
        if let Some(kind) = lock(&self.describe_fails).pop() {
            return Err(KafkaError::new(kind, "the broker said no"));
        }
        let topics = lock(&self.topics);
        let partition =
            |partition| PartitionDescription { partition, leader: None, replicas: vec![], in_sync: vec![] };
        let describe = |name: &&str| {
            let topic = topics.get(*name)?;
            let partitions = (0..topic.partitions).map(partition).collect();
            Some(TopicDescription { name: topic.name.clone(), partitions })
        };
        Ok(names.iter().map(describe).collect())
    }
    fn create_topics(&self, topics: &[NewTopic]) -> ferry_kafka::Result<Vec<ferry_kafka::Result<()>>> {
        if let Some(error) = &self.create_fails {
            return Ok(vec![Err(error.clone())]);
        }
        let mut known = lock(&self.topics);
        known.extend(topics.iter().map(|topic| (topic.name.clone(), topic.clone())));
        Ok(vec![Ok(())])
    }
    fn cluster_id(&self) -> ferry_kafka::Result<String> {
        Err(not_asked_for())
    }
    fn list_topics(&self) -> ferry_kafka::Result<Vec<String>> {
        Err(not_asked_for())
    }
    fn topic_config(&self, _name: &str) -> ferry_kafka::Result<BTreeMap<String, String>> {
        Err(not_asked_for())
    }
    fn delete_topics(&self, _names: &[&str]) -> ferry_kafka::Result<Vec<ferry_kafka::Result<()>>> {
        Err(not_asked_for())
    }
    fn list_offsets(&self, _: &[TopicPartition], _: OffsetSpec) -> ferry_kafka::Result<Vec<i64>> {
        Err(not_asked_for())
    }
    fn list_groups(&self) -> ferry_kafka::Result<Vec<String>> {
        Err(not_asked_for())
    }
    fn group_offsets(&self, _group: &str) -> ferry_kafka::Result<Vec<(TopicPartition, i64)>> {
        Err(not_asked_for())
    }
    fn alter_group_offsets(&self, _: &str, _: &[(TopicPartition, i64)]) -> ferry_kafka::Result<()> {
        Err(not_asked_for())
    }
    fn delete_group_offsets(&self, _: &str, _: &[TopicPartition]) -> ferry_kafka::Result<()> {
        Err(not_asked_for())
    }
    fn delete_group(&self, _group: &str) -> ferry_kafka::Result<()> {
        Err(not_asked_for())
    }
}

/// An embedded log in a folder of its own.
pub(super) struct Log {
    _folder: tempfile::TempDir,
    pub(super) client: Arc<dyn Client>,
}

impl Log {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let servers = format!("embedded:{}", folder.path().display());
        let client = ferry_kafka::connect(&servers, &BTreeMap::new()).unwrap();
        Self { _folder: folder, client }
    }

    pub(super) fn producer(&self, settings: &[(&str, &str)]) -> Box<dyn Producer> {
        self.client.producer(&settings.iter().copied().collect()).unwrap()
    }

    /// The values of a topic that are committed, as text.
    pub(super) fn committed(&self, topic: &str) -> Vec<String> {
        let settings = ClientConfig::new().with("isolation.level", "read_committed");
        let mut log = TopicLog::new(&*self.client, topic, &settings, &ClientConfig::new()).unwrap();
        let mut values = Vec::new();
        log.read_to_end(&*self.client, Duration::from_secs(20), &mut |record| {
            values.push(String::from_utf8_lossy(record.value.unwrap_or(b"null")).into_owned());
        })
        .unwrap();
        values
    }
}
