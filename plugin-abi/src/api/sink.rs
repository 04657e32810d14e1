//! Sink tasks.

use super::SinkContext;
use crate::Result;
use crate::config::ConfigMap;
use crate::data::Batch;

/// A partition of a topic.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TopicPartition {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
}

impl std::fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

/// `SinkTask`.
pub trait SinkTask: Send {
    /// Begins; called once, first.
    fn start(&mut self, context: SinkContext, config: &ConfigMap) -> Result<()>;
    /// These partitions are now this task's.
    fn open(&mut self, _partitions: &[TopicPartition]) -> Result<()> {
        Ok(())
    }
    /// Takes records, maybe none. `Ok` means accepted, not durable. A retriable error brings the same
    /// batch again; a data error with [`crate::Error::at_record`] blames one record.
    fn put(&mut self, batch: Batch) -> Result<()>;
    /// Makes what was `put` durable. Offsets are those after the last record put.
    fn flush(&mut self, _offsets: &[(TopicPartition, i64)]) -> Result<()> {
        Ok(())
    }
    /// The offsets, at most the given ones, below which everything is durable: those are committed.
    fn pre_commit(&mut self, offsets: &[(TopicPartition, i64)]) -> Result<Vec<(TopicPartition, i64)>> {
        self.flush(offsets)?;
        Ok(offsets.to_vec())
    }
    /// These partitions are no longer this task's.
    fn close(&mut self, _partitions: &[TopicPartition]) -> Result<()> {
        Ok(())
    }
    /// Ends; the object is dropped afterwards.
    fn stop(&mut self) -> Result<()> {
        Ok(())
    }
}
