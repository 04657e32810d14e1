//! A topic of offsets above another store (`ConnectorOffsetBackingStore`).

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ferry_kafka::ClientConfig;
use ferry_plugin_abi::Result;
use ferry_plugin_abi::data::Value;

use super::{OffsetRecord, OffsetStore, TopicOffsets, TransactionalOffsets};
use crate::executor::lock;

/// What the topic has counts; for what it has never had, the other store is asked.
///
/// So a connector goes on from where it was when its offsets move to a topic. The other store follows, as
/// well as it can, so that they can move back.
pub struct LayeredOffsets {
    topic: Arc<TopicOffsets>,
    below: Arc<dyn OffsetStore>,
    /// For offsets that are not written by a task.
    producer: ClientConfig,
    following: Mutex<Following>,
    /// How often the other store is written.
    interval: Duration,
}

/// What the other store does not have yet.
struct Following {
    offsets: Vec<(Value, Value)>,
    next: Instant,
}

impl LayeredOffsets {
    /// `topic` above `below`, which follows every `interval`. `producer` writes what is no task's.
    pub fn new(
        topic: Arc<TopicOffsets>,
        below: Arc<dyn OffsetStore>,
        producer: ClientConfig,
        interval: Duration,
    ) -> Self {
        let following = Mutex::new(Following { offsets: Vec::new(), next: Instant::now() + interval });
        Self { topic, below, producer, following, interval }
    }
}

impl OffsetStore for LayeredOffsets {
    fn get(&self, connector: &str, partitions: &[Value]) -> Result<Vec<Option<Value>>> {
        let found = self.topic.find(connector, partitions)?;
        if found.iter().all(Option::is_some) {
            return Ok(found.into_iter().map(Option::flatten).collect());
        }
        let below = self.below.get(connector, partitions)?;
        Ok(found.into_iter().zip(below).map(|(above, below)| above.unwrap_or(below)).collect())
    }

    fn put(&self, connector: &str, offsets: &[(Value, Option<Value>)]) -> Result<()> {
        let (kept, removed): (Vec<_>, Vec<_>) =
            offsets.iter().cloned().partition(|(_, offset)| offset.is_some());
        // First, and not only as well as it can: what stayed there would come back.
        if !removed.is_empty() {
            self.below.put(connector, &removed)?;
        }
        self.topic.write(connector, offsets, &self.producer)?;
        if !kept.is_empty() {
            follow(&*self.below, connector, &kept);
        }
        Ok(())
    }

    fn all(&self, connector: &str) -> Result<Vec<(Value, Value)>> {
        let above = self.topic.list(connector)?;
        let mut all = self.below.all(connector)?;
        all.retain(|(partition, _)| above.iter().all(|(known, _)| known != partition));
        all.extend(above.into_iter().filter_map(|(partition, offset)| Some((partition, offset?))));
        Ok(all)
    }
}

impl TransactionalOffsets for LayeredOffsets {
    fn topic(&self) -> &str {
        self.topic.topic()
    }

    fn records(&self, connector: &str, offsets: &[(Value, Option<Value>)]) -> Result<Vec<OffsetRecord>> {
        self.topic.records(connector, offsets)
    }

    fn committed(&self, connector: &str, offsets: &[(Value, Value)], last: bool) {
        let mut following = lock(&self.following);
        for (partition, offset) in offsets {
            match following.offsets.iter_mut().find(|(known, _)| known == partition) {
                Some((_, old)) => old.clone_from(offset),
                None => following.offsets.push((partition.clone(), offset.clone())),
            }
        }
        if last || Instant::now() >= following.next {
            following.next = Instant::now() + self.interval;
            let offsets = std::mem::take(&mut following.offsets);
            let offsets: Vec<_> = offsets.into_iter().map(|(p, o)| (p, Some(o))).collect();
            follow(&*self.below, connector, &offsets);
        }
    }
}

fn follow(below: &dyn OffsetStore, connector: &str, offsets: &[(Value, Option<Value>)]) {
    if let Err(error) = below.put(connector, offsets) {
        tracing::warn!(
            connector,
            error = error.trace(),
            "failed to write offsets to secondary backing store"
        );
    }
}

#[cfg(test)]
#[path = "layered_tests.rs"]
mod tests;
