//! Source offsets in a compacted topic (`KafkaOffsetBackingStore`).

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ferry_kafka::{
    Client, ClientConfig, ConsumerRecord, ErrorKind as Kafka, NewTopic, ProducerRecord, TopicLog,
};
use ferry_plugin_abi::data::Value;
use ferry_plugin_abi::{Error, ErrorKind, Result};

use super::offset_key::Meaning;
use super::offsets::{parse, partition_of, to_key, to_records};
use super::{OffsetRecord, OffsetStore};
use crate::errors::from_kafka;
use crate::executor::lock;

/// How long to read the topic, and to wait for transactions that are open in it.
const READ_LIMIT: Duration = Duration::from_secs(120);
/// How long to wait for the acknowledgement of offsets that are written outside of a task.
const WRITE_LIMIT: Duration = Duration::from_secs(30);

/// A topic with offsets, and how to reach it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OffsetsTopic {
    /// Its name, and how it is made where it is missing.
    pub new: NewTopic,
    /// The property that names it, for error messages.
    pub property: &'static str,
    /// For reading; `isolation.level` decides what is seen.
    pub consumer: ClientConfig,
    /// For offsets that are not written by a task.
    pub producer: ClientConfig,
    /// For making the topic and finding its end.
    pub admin: ClientConfig,
}

/// Offsets of all connectors that write to one topic.
pub struct TopicOffsets {
    client: Arc<dyn Client>,
    topic: OffsetsTopic,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    /// `None` before the topic was looked at.
    log: Option<TopicLog>,
    /// The last record of each key, as it was written.
    records: HashMap<Meaning, OffsetRecord>,
}

impl TopicOffsets {
    /// Asks nothing of the broker yet.
    pub fn new(client: Arc<dyn Client>, topic: OffsetsTopic) -> Self {
        Self { client, topic, table: Mutex::default() }
    }

    /// Its topic.
    pub fn topic(&self) -> &str {
        &self.topic.new.name
    }

    /// The stored offset of each partition; the inner `None`: it was removed.
    pub fn find(&self, connector: &str, partitions: &[Value]) -> Result<Vec<Option<Option<Value>>>> {
        self.read(|table| {
            let find = |partition| {
                let record = table.records.get(&Meaning::of(&to_key(connector, partition)?));
                let value = |record: &OffsetRecord| {
                    record.1.as_deref().map(|bytes| parse(connector, bytes)).transpose()
                };
                record.map(value).transpose()
            };
            partitions.iter().map(find).collect()
        })
    }

    /// Every partition of `connector` that has, or had, an offset.
    pub fn list(&self, connector: &str) -> Result<Vec<(Value, Option<Value>)>> {
        self.read(|table| {
            let mut all = Vec::new();
            for (key, offset) in table.records.values() {
                if let Some(partition) = partition_of(connector, key) {
                    let offset = offset.as_deref().map(|bytes| parse(connector, bytes)).transpose()?;
                    all.push((partition, offset));
                }
            }
            Ok(all)
        })
    }

    /// The records that store these offsets. A key that is in the topic keeps its bytes: compaction and
    /// the JVM worker compare bytes.
    pub fn records(&self, connector: &str, offsets: &[(Value, Option<Value>)]) -> Result<Vec<OffsetRecord>> {
        let mut records = to_records(connector, offsets)?;
        let mut table = lock(&self.table);
        self.opened(&mut table.log)?;
        for (key, _) in &mut records {
            if let Some((known, _)) = table.records.get(&Meaning::of(key)) {
                key.clone_from(known);
            }
        }
        Ok(records)
    }

    /// Writes offsets with a producer made for this once; in a transaction where it has a
    /// `transactional.id`.
    pub fn write(
        &self,
        connector: &str,
        offsets: &[(Value, Option<Value>)],
        producer: &ClientConfig,
    ) -> Result<()> {
        if offsets.is_empty() {
            return Ok(());
        }
        let records = self.records(connector, offsets)?;
        let transactional = producer.get("transactional.id").is_some();
        let write = || -> ferry_kafka::Result<()> {
            let mut producer = self.client.producer(producer)?;
            let mut deliveries = Vec::new();
            if transactional {
                producer.init_transactions(WRITE_LIMIT)?;
                producer.begin_transaction()?;
            }
            for (key, value) in &records {
                let record = ProducerRecord {
                    topic: self.topic(),
                    key: Some(key),
                    value: value.as_deref(),
                    ..ProducerRecord::default()
                };
                producer.send_or_wait(&record, 0, &mut deliveries)?;
            }
            if transactional {
                return producer.commit_transaction(WRITE_LIMIT, &mut deliveries);
            }
            producer.flush(WRITE_LIMIT, &mut deliveries)?;
            deliveries.into_iter().try_for_each(|delivery| delivery.result.map(drop))
        };
        write().map_err(|error| {
            from_kafka(error).context(
                ErrorKind::Retriable,
                format!("cannot write offsets of connector {connector} to topic {}", self.topic()),
            )
        })
    }

    /// Reads what is new, then looks.
    fn read<T>(&self, look: impl FnOnce(&Table) -> Result<T>) -> Result<T> {
        let mut table = lock(&self.table);
        let table = &mut *table;
        let log = self.opened(&mut table.log)?;
        let records = &mut table.records;
        let read = log.read_to_end(&*self.client, READ_LIMIT, &mut |record| take(records, record));
        read.map_err(|error| {
            from_kafka(error)
                .context(ErrorKind::Retriable, format!("cannot read offsets from topic {}", self.topic()))
        })?;
        look(table)
    }

    fn opened<'l>(&self, log: &'l mut Option<TopicLog>) -> Result<&'l mut TopicLog> {
        match log {
            Some(log) => Ok(log),
            none => Ok(none.insert(self.open()?)),
        }
    }

    /// Makes the topic where it is missing, and looks whether it keeps the last record of each key.
    fn open(&self) -> Result<TopicLog> {
        let OffsetsTopic { new, property, consumer, admin, .. } = &self.topic;
        let name = &new.name;
        let failed = |error: ferry_kafka::Error| {
            let kind = if error.is_retriable() { ErrorKind::Retriable } else { ErrorKind::Fatal };
            from_kafka(error)
                .context(kind, format!("Error while attempting to create/find topic(s) '{name}'"))
        };
        let log = TopicLog::new(&*self.client, name, consumer, admin).map_err(failed)?;
        match log.create(new) {
            Ok(true) => {}
            Ok(false) => tracing::warn!(topic = name, "not authorized to create the topic of offsets"),
            Err(error) if error.kind() == Kafka::InvalidConfig => {
                let message = format!("Unable to create topic(s) '{name}': {}", error.reason());
                return Err(from_kafka(error).context(ErrorKind::Config, message));
            }
            Err(error) => return Err(failed(error)),
        }
        match log.cleanup_policy() {
            Some(policy) if policy.trim() == "compact" => {}
            None => tracing::warn!(topic = name, "the broker does not tell whether the topic is compacted"),
            Some(policy) => return Err(Error::config(not_compacted(name, property, &policy))),
        }
        Ok(log)
    }
}

/// `TopicAdmin.verifyTopicCleanupPolicyOnlyCompact`
fn not_compacted(topic: &str, property: &str, policy: &str) -> String {
    const PURPOSE: &str = "source connector offsets";
    format!(
        "Topic '{topic}' supplied via the '{property}' property is required to have 'cleanup.policy=compact' to \
         guarantee consistency and durability of {PURPOSE}, but found the topic currently has \
         'cleanup.policy={policy}'. Continuing would likely result in eventually losing {PURPOSE} and problems \
         restarting this Connect cluster in the future. Change the '{property}' property in the Connect worker \
         configurations to use a topic with 'cleanup.policy=compact'."
    )
}

/// Later records replace earlier ones; tombstones are kept, as they hide what another store may have.
fn take(records: &mut HashMap<Meaning, OffsetRecord>, record: ConsumerRecord<'_>) {
    let Some(key) = record.key else { return };
    let value = record.value.map(<[u8]>::to_vec);
    match records.entry(Meaning::of(key)) {
        Entry::Occupied(mut known) => known.get_mut().1 = value,
        Entry::Vacant(new) => drop(new.insert((key.to_vec(), value))),
    }
}

impl OffsetStore for TopicOffsets {
    fn get(&self, connector: &str, partitions: &[Value]) -> Result<Vec<Option<Value>>> {
        Ok(self.find(connector, partitions)?.into_iter().map(Option::flatten).collect())
    }
    fn put(&self, connector: &str, offsets: &[(Value, Option<Value>)]) -> Result<()> {
        self.write(connector, offsets, &self.topic.producer)
    }
    fn all(&self, connector: &str) -> Result<Vec<(Value, Value)>> {
        let pair = |(partition, offset): (Value, Option<Value>)| Some((partition, offset?));
        Ok(self.list(connector)?.into_iter().filter_map(pair).collect())
    }
}

#[cfg(test)]
#[path = "topic_offsets_tests.rs"]
mod tests;
