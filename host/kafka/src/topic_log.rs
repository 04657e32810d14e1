//! A topic as a table that is read from its first record on (`KafkaBasedLog`).

use crate::{
    Admin, Client, ClientConfig, ConsumerRecord, Error, ErrorKind, NewTopic, OffsetSpec, Result,
    TopicPartition,
};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long one look for records waits.
const LOOK: Duration = Duration::from_millis(10);
/// How long a topic that was just made may be unknown to the broker that is asked (`CREATE_TOPIC_TIMEOUT_NS` of
/// `KafkaBasedLog`). No broker tells when it has heard of one.
const APPEARS: Duration = Duration::from_secs(30);
/// Bytes of records shown in one look.
const LOOK_BYTES: usize = 1 << 20;

/// All partitions of a topic, read without a group up to the end there is at the time, and again from there.
///
/// There is a consumer only while there is something to read: between two reads it costs nothing.
pub struct TopicLog {
    admin: Box<dyn Admin>,
    consumer: ClientConfig,
    topic: Arc<str>,
    /// Offset of the next record to be read of each partition.
    positions: Vec<i64>,
}

impl TopicLog {
    /// The log of `topic`; nothing is asked of the broker yet. `consumer` says with `isolation.level`
    /// whether records of open and aborted transactions are seen.
    pub fn new(
        client: &dyn Client,
        topic: &str,
        consumer: &ClientConfig,
        admin: &ClientConfig,
    ) -> Result<Self> {
        let admin = client.admin(admin)?;
        let consumer = consumer
            .clone()
            .with("enable.auto.commit", "false")
            .with("auto.offset.reset", "earliest")
            .with("enable.partition.eof", "true")
            // A partition without records must not hold up the answer.
            .with("fetch.max.wait.ms", "50");
        Ok(Self { admin, consumer, topic: topic.into(), positions: Vec::new() })
    }

    /// Its topic.
    pub fn topic(&self) -> &Arc<str> {
        &self.topic
    }

    /// Makes the topic where it is missing. `Ok(false)`: this client may not, so it is taken to be there.
    pub fn create(&self, new: &NewTopic) -> Result<bool> {
        match self.admin.create_topics(std::slice::from_ref(new))?.remove(0) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(true),
            Err(error) if error.kind().is_denied() => Ok(false),
            made => made.map(|()| true),
        }
    }

    /// `cleanup.policy` of the topic; `None` where the broker does not tell.
    pub fn cleanup_policy(&self) -> Option<String> {
        self.admin.topic_config(&self.topic).ok()?.remove("cleanup.policy")
    }

    /// Shows every record that was there when the call began and was not shown before.
    ///
    /// With `isolation.level=read_committed` it waits for transactions that are open at the end: what they
    /// hold may be what the caller looks for. `client` is the one the log was made with. [`ErrorKind::TimedOut`] after `limit`.
    pub fn read_to_end(
        &mut self,
        client: &dyn Client,
        limit: Duration,
        on_record: &mut dyn FnMut(ConsumerRecord<'_>),
    ) -> Result<()> {
        let began = Instant::now();
        let behind = self.behind()?;
        if behind.is_empty() {
            return Ok(());
        }
        let mut consumer = client.consumer(&self.consumer)?;
        let starts: Vec<_> =
            behind.iter().map(|(place, _)| (place.clone(), Some(self.positions[index(place)]))).collect();
        consumer.assign(&starts)?;
        loop {
            for (place, _) in &behind {
                let position = &mut self.positions[index(place)];
                *position = consumer.position(place).unwrap_or(*position);
            }
            if behind.iter().all(|(place, end)| self.positions[index(place)] >= *end) {
                return consumer.close();
            }
            if began.elapsed() > limit {
                return Err(Error::new(
                    ErrorKind::TimedOut,
                    format!(
                        "topic {} was not read to its end within {} ms: the broker is slow, or a transaction \
                         in it is still open",
                        self.topic,
                        limit.as_millis()
                    ),
                ));
            }
            consumer.poll(LOOK, usize::MAX, LOOK_BYTES, on_record)?;
        }
    }

    /// How many partitions the topic has; brokers hear of a new one one after the other.
    fn partitions(&self) -> Result<usize> {
        let began = Instant::now();
        loop {
            let found = self.admin.describe_topics(&[&self.topic])?.pop().flatten();
            match found.filter(|found| found.partitions.iter().all(|part| part.leader.is_some())) {
                Some(found) if !found.partitions.is_empty() => return Ok(found.partitions.len()),
                _ if began.elapsed() < APPEARS => std::thread::sleep(LOOK),
                _ => {
                    let message = format!("topic {} does not exist, or has no leader", self.topic);
                    return Err(Error::new(ErrorKind::UnknownTopic, message));
                }
            }
        }
    }

    /// Partitions that have more than was read, with their ends.
    fn behind(&mut self) -> Result<Vec<(TopicPartition, i64)>> {
        let places: Vec<_> = (0..self.partitions()? as i32)
            .map(|partition| TopicPartition::new(self.topic.clone(), partition))
            .collect();
        self.positions.resize(places.len().max(self.positions.len()), 0);
        let ends = self.admin.list_offsets(&places, OffsetSpec::Latest)?;
        let behind = places.into_iter().zip(ends).filter(|(place, end)| self.positions[index(place)] < *end);
        Ok(behind.collect())
    }
}

fn index(place: &TopicPartition) -> usize {
    usize::try_from(place.partition).unwrap_or(0)
}
