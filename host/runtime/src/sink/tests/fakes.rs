//! A topic in memory, and a task that does what a test says.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ferry_kafka::{
    CommitResult, Consumer, ConsumerRecord, Error as KafkaError, RebalanceEvent, Result as KafkaResult,
    Subscription, TimestampType, TopicPartition,
};

use crate::executor::lock;

/// What a consumer did and is to do; shared with the test.
#[derive(Default)]
pub struct Script {
    /// Returned by the next calls that keep the membership.
    pub events: VecDeque<RebalanceEvent>,
    /// The values of each partition.
    pub logs: BTreeMap<TopicPartition, Vec<String>>,
    pub positions: BTreeMap<TopicPartition, i64>,
    pub paused: BTreeSet<TopicPartition>,
    pub committed: BTreeMap<TopicPartition, i64>,
    /// Seeks, commits, keep-alives and the end, in words.
    pub told: Vec<String>,
    pub answers: Vec<CommitResult>,
    pub failure: Option<KafkaError>,
}

/// A consumer that follows a script.
pub struct FakeConsumer {
    pub script: Arc<Mutex<Script>>,
    pub limit: Duration,
}

pub fn place(partition: i32) -> TopicPartition {
    TopicPartition::new("t", partition)
}

pub fn places<const N: usize>(partitions: [i32; N]) -> Vec<TopicPartition> {
    partitions.iter().map(|p| place(*p)).collect()
}

impl Script {
    /// A member that owns these partitions from its first poll on.
    pub fn owning(logs: &[&[&str]]) -> Arc<Mutex<Self>> {
        let mut script = Self::default();
        for (partition, values) in (0..).zip(logs) {
            script.logs.insert(place(partition), values.iter().map(|v| (*v).to_owned()).collect());
        }
        script.events.push_back(RebalanceEvent::Assigned(script.logs.keys().cloned().collect()));
        Arc::new(Mutex::new(script))
    }

    fn next_event(&mut self) -> Option<RebalanceEvent> {
        let event = self.events.pop_front()?;
        match &event {
            RebalanceEvent::Assigned(partitions) => {
                for place in partitions {
                    let start = self.committed.get(place).copied().unwrap_or(0);
                    self.positions.insert(place.clone(), start);
                }
            }
            RebalanceEvent::Revoked { .. } => {}
        }
        Some(event)
    }
}

impl Consumer for FakeConsumer {
    fn subscribe(&mut self, _: &Subscription) -> KafkaResult<()> {
        Ok(())
    }
    fn assign(&mut self, _: &[(TopicPartition, Option<i64>)]) -> KafkaResult<()> {
        Ok(())
    }
    fn poll(
        &mut self,
        _: Duration,
        max_records: usize,
        _: usize,
        on_record: &mut dyn FnMut(ConsumerRecord<'_>),
    ) -> KafkaResult<Option<RebalanceEvent>> {
        let mut script = lock(&self.script);
        if let Some(event) = script.next_event() {
            return Ok(Some(event));
        }
        let Script { positions, logs, paused, .. } = &mut *script;
        for (place, position) in positions.iter_mut().filter(|(place, _)| !paused.contains(place)) {
            let from = usize::try_from(*position).unwrap_or(0);
            for value in logs.get(place).into_iter().flatten().skip(from).take(max_records) {
                on_record(ConsumerRecord {
                    topic: &place.topic,
                    partition: place.partition,
                    offset: *position,
                    timestamp: None,
                    timestamp_type: TimestampType::None,
                    key: None,
                    value: Some(value.as_bytes()),
                    headers: &[],
                });
                *position += 1;
            }
        }
        Ok(None)
    }
    fn keep_alive(&mut self) -> KafkaResult<Option<RebalanceEvent>> {
        let mut script = lock(&self.script);
        script.told.push("keep alive".to_owned());
        match script.failure.take() {
            Some(failure) => Err(failure),
            None => Ok(script.next_event()),
        }
    }
    fn max_poll_interval(&self) -> Duration {
        self.limit
    }
    fn pause(&mut self, partitions: &[TopicPartition]) -> KafkaResult<()> {
        lock(&self.script).paused.extend(partitions.iter().cloned());
        Ok(())
    }
    fn resume(&mut self, partitions: &[TopicPartition]) -> KafkaResult<()> {
        lock(&self.script).paused.retain(|place| !partitions.contains(place));
        Ok(())
    }
    fn seek(&mut self, partition: &TopicPartition, offset: i64) -> KafkaResult<()> {
        let mut script = lock(&self.script);
        script.told.push(format!("seek {partition} {offset}"));
        script.positions.insert(partition.clone(), offset);
        Ok(())
    }
    fn position(&self, partition: &TopicPartition) -> Option<i64> {
        lock(&self.script).positions.get(partition).copied()
    }
    fn committed(&mut self, partitions: &[TopicPartition]) -> KafkaResult<Vec<Option<i64>>> {
        let script = lock(&self.script);
        Ok(partitions.iter().map(|place| script.committed.get(place).copied()).collect())
    }
    fn assignment(&self) -> Vec<TopicPartition> {
        lock(&self.script).positions.keys().cloned().collect()
    }
    fn commit(&mut self, offsets: &[(TopicPartition, i64)], sync: bool) -> KafkaResult<()> {
        let mut script = lock(&self.script);
        for (place, offset) in offsets {
            script.told.push(format!("commit {place} {offset}{}", if sync { " and wait" } else { "" }));
            script.committed.insert(place.clone(), *offset);
        }
        if !sync {
            script.answers.push(CommitResult { offsets: offsets.to_vec(), result: Ok(()) });
        }
        Ok(())
    }
    fn poll_commits(&mut self, done: &mut Vec<CommitResult>) {
        done.append(&mut lock(&self.script).answers);
    }
    fn beginning_offsets(&mut self, partitions: &[TopicPartition]) -> KafkaResult<Vec<i64>> {
        Ok(vec![0; partitions.len()])
    }
    fn end_offsets(&mut self, partitions: &[TopicPartition]) -> KafkaResult<Vec<i64>> {
        Ok(vec![0; partitions.len()])
    }
    fn close(self: Box<Self>) -> KafkaResult<()> {
        lock(&self.script).told.push("close".to_owned());
        Ok(())
    }
}
