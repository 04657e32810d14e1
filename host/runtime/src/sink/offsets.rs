//! Which offsets a sink task has consumed, put and committed.

use std::collections::BTreeMap;
use std::sync::Arc;

use ferry_kafka::TopicPartition;

/// Offsets of one partition; each is the next one to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Offsets {
    /// Accepted by `put`.
    put: i64,
    /// Last sent to the broker.
    committed: i64,
}

/// The partitions that a task owns, with their offsets.
#[derive(Default)]
pub struct SinkOffsets {
    owned: BTreeMap<TopicPartition, Offsets>,
    consumed: Vec<(TopicPartition, i64)>,
}

impl SinkOffsets {
    /// `partition` is the task's from now on, next offset `position`.
    pub fn assign(&mut self, partition: TopicPartition, position: i64) {
        self.owned.insert(partition, Offsets { put: position, committed: position });
    }
    /// `partition` is no longer the task's.
    pub fn revoke(&mut self, partition: &TopicPartition) {
        self.owned.remove(partition);
        self.consumed.retain(|(p, _)| p != partition);
    }
    /// Whether `partition` is the task's.
    pub fn owns(&self, partition: &TopicPartition) -> bool {
        self.owned.contains_key(partition)
    }
    /// A record was consumed; it counts once `put` took the batch.
    #[inline]
    pub fn consumed(&mut self, topic: &Arc<str>, partition: i32, offset: i64) {
        if let Some((last, next)) = self.consumed.last_mut()
            && last.partition == partition
            && Arc::ptr_eq(&last.topic, topic)
        {
            *next = offset + 1;
            return;
        }
        self.consumed.push((TopicPartition { topic: topic.clone(), partition }, offset + 1));
    }
    /// `put` took everything consumed so far.
    pub fn put(&mut self) {
        for (partition, next) in self.consumed.drain(..) {
            if let Some(offsets) = self.owned.get_mut(&partition) {
                offsets.put = next;
            }
        }
    }
    /// The task asked to read `partition` from `offset` again.
    pub fn rewind(&mut self, partition: &TopicPartition, offset: i64) {
        if let Some(offsets) = self.owned.get_mut(partition) {
            offsets.put = offset;
        }
    }
    /// What `pre_commit` is asked about: partitions that moved, among `only` if given.
    pub fn put_offsets(&self, only: Option<&[TopicPartition]>) -> Vec<(TopicPartition, i64)> {
        self.owned
            .iter()
            .filter(|(p, _)| only.is_none_or(|only| only.contains(p)))
            .filter(|(_, o)| o.put >= 0)
            .map(|(p, o)| (p.clone(), o.put))
            .collect()
    }
    /// Of what `pre_commit` returned, what may and needs to be committed; complains about the rest.
    pub fn committable(&self, durable: Vec<(TopicPartition, i64)>) -> Vec<(TopicPartition, i64)> {
        durable
            .into_iter()
            .filter(|(partition, offset)| match self.owned.get(partition) {
                None => {
                    tracing::warn!(%partition, offset, "ignoring an offset of a partition that is not the task's");
                    false
                }
                Some(known) if *offset > known.put => {
                    tracing::warn!(%partition, offset, consumed = known.put, "ignoring an offset beyond what the task was given");
                    false
                }
                Some(known) => known.committed != *offset,
            })
            .collect()
    }
    /// These offsets were sent to the broker.
    pub fn committed(&mut self, offsets: &[(TopicPartition, i64)]) {
        for (partition, offset) in offsets {
            if let Some(known) = self.owned.get_mut(partition) {
                known.committed = *offset;
            }
        }
    }
    /// A commit failed: it is due again.
    pub fn not_committed(&mut self, offsets: &[(TopicPartition, i64)]) {
        for (partition, _) in offsets {
            if let Some(known) = self.owned.get_mut(partition) {
                known.committed = -1;
            }
        }
    }
    /// All partitions that the task owns.
    pub fn partitions(&self) -> Vec<TopicPartition> {
        self.owned.keys().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(number: i32) -> TopicPartition {
        TopicPartition { topic: "t".into(), partition: number }
    }

    #[test]
    fn offsets_count_once_put_took_them() {
        let mut offsets = SinkOffsets::default();
        let topic: Arc<str> = "t".into();
        offsets.assign(partition(0), 5);
        offsets.consumed(&topic, 0, 5);
        offsets.consumed(&topic, 0, 6);
        assert_eq!(offsets.put_offsets(None), [(partition(0), 5)]);
        offsets.put();
        assert_eq!(offsets.put_offsets(None), [(partition(0), 7)]);
    }

    #[test]
    fn nothing_consumed_means_nothing_to_commit() {
        let mut offsets = SinkOffsets::default();
        offsets.assign(partition(0), -1);
        assert_eq!(offsets.put_offsets(None), []);
    }

    #[test]
    fn commits_only_what_moved_is_owned_and_was_put() {
        let mut offsets = SinkOffsets::default();
        let topic: Arc<str> = "t".into();
        offsets.assign(partition(0), 0);
        offsets.assign(partition(1), 3);
        offsets.consumed(&topic, 0, 9);
        offsets.put();
        let durable = vec![(partition(0), 10), (partition(1), 3), (partition(2), 1)];
        assert_eq!(offsets.committable(durable), [(partition(0), 10)]);
        assert_eq!(offsets.committable(vec![(partition(0), 11)]), []);
        offsets.committed(&[(partition(0), 10)]);
        assert_eq!(offsets.committable(vec![(partition(0), 10)]), []);
        offsets.not_committed(&[(partition(0), 10)]);
        assert_eq!(offsets.committable(vec![(partition(0), 10)]), [(partition(0), 10)]);
    }

    #[test]
    fn a_revoked_partition_leaves_no_trace() {
        let mut offsets = SinkOffsets::default();
        let topic: Arc<str> = "t".into();
        offsets.assign(partition(0), 0);
        offsets.consumed(&topic, 0, 0);
        offsets.revoke(&partition(0));
        offsets.put();
        assert_eq!(offsets.partitions(), []);
        assert_eq!(offsets.put_offsets(None), []);
    }
}
