//! Which offsets a sink task has consumed, put and committed.

use std::collections::BTreeMap;
use std::sync::Arc;

use ferry_kafka::TopicPartition;

/// Offsets of one partition; each is the next one to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Offsets {
    /// Accepted by `put`.
    put: i64,
    /// Last known to be committed.
    committed: i64,
    /// The first that was consumed, where nothing is known to be committed.
    first: Option<i64>,
}

/// The partitions that a task owns, with their offsets.
#[derive(Default)]
pub struct SinkOffsets {
    owned: BTreeMap<TopicPartition, Offsets>,
    consumed: Vec<Consumed>,
}

/// Records of one partition that `put` has not taken.
struct Consumed {
    partition: TopicPartition,
    first: i64,
    next: i64,
}

impl SinkOffsets {
    /// `partition` is the task's from now on, next offset `position`.
    pub fn assign(&mut self, partition: TopicPartition, position: i64) {
        self.owned.insert(partition, Offsets { put: position, committed: position, first: None });
    }
    /// `partition` is no longer the task's.
    pub fn revoke(&mut self, partition: &TopicPartition) {
        self.owned.remove(partition);
        self.consumed.retain(|consumed| consumed.partition != *partition);
    }
    /// Whether `partition` is the task's.
    pub fn owns(&self, partition: &TopicPartition) -> bool {
        self.owned.contains_key(partition)
    }
    /// A record was consumed; it counts once `put` took the batch.
    #[inline]
    pub fn consumed(&mut self, topic: &Arc<str>, partition: i32, offset: i64) {
        if let Some(last) = self.consumed.last_mut()
            && last.partition.partition == partition
            && Arc::ptr_eq(&last.partition.topic, topic)
        {
            last.next = offset + 1;
            return;
        }
        let partition = TopicPartition { topic: topic.clone(), partition };
        self.consumed.push(Consumed { partition, first: offset, next: offset + 1 });
    }
    /// `put` took everything consumed so far.
    pub fn put(&mut self) {
        for Consumed { partition, first, next } in self.consumed.drain(..) {
            if let Some(offsets) = self.owned.get_mut(&partition) {
                offsets.put = next;
                offsets.first.get_or_insert(first);
            }
        }
    }
    /// Records that were consumed and whose offsets are not committed.
    pub fn active(&self) -> u64 {
        let of = |(partition, offsets): (&TopicPartition, &Offsets)| {
            let mut first = offsets.first;
            let mut next = offsets.put;
            for consumed in self.consumed.iter().filter(|consumed| consumed.partition == *partition) {
                first.get_or_insert(consumed.first);
                next = next.max(consumed.next);
            }
            let from = if offsets.committed < 0 { first.unwrap_or(next) } else { offsets.committed };
            u64::try_from(next - from).unwrap_or(0)
        };
        self.owned.iter().map(of).sum()
    }
    /// How many partitions the task owns.
    pub fn count(&self) -> usize {
        self.owned.len()
    }
    /// The next record of `partition` is that at `offset`, because the task asked for it or could not say what is
    /// durable. Nothing is committed for it before something was put again.
    pub fn rewind(&mut self, partition: &TopicPartition, offset: i64) {
        self.consumed.retain(|consumed| consumed.partition != *partition);
        if let Some(offsets) = self.owned.get_mut(partition) {
            *offsets = Offsets { put: offset, committed: offset, first: None };
        }
    }
    /// What `pre_commit` is asked about: partitions with something put, among `only` if given, each at most up to
    /// what is `held` back for the dead letter queue.
    pub fn put_offsets(
        &self,
        only: Option<&[TopicPartition]>,
        held: &BTreeMap<TopicPartition, i64>,
    ) -> Vec<(TopicPartition, i64)> {
        self.owned
            .iter()
            .filter(|(p, _)| only.is_none_or(|only| only.contains(p)))
            .filter(|(_, o)| o.put >= 0)
            .map(|(p, o)| (p.clone(), held.get(p).map_or(o.put, |held| o.put.min(*held))))
            .collect()
    }
    /// Of what `pre_commit` returned, what may and needs to be committed; complains about the rest.
    pub fn committable(
        &self,
        durable: Vec<(TopicPartition, i64)>,
        asked: &[(TopicPartition, i64)],
        held: &BTreeMap<TopicPartition, i64>,
    ) -> Vec<(TopicPartition, i64)> {
        let may = |(partition, offset): (TopicPartition, i64)| {
            let Some(known) = self.owned.get(&partition) else {
                tracing::warn!(%partition, offset, "ignoring an offset of a partition that is not the task's");
                return None;
            };
            if !asked.iter().any(|(p, _)| *p == partition) {
                tracing::debug!(%partition, offset, "ignoring an offset of a partition that was not asked for");
                return None;
            }
            if offset > known.put {
                tracing::warn!(%partition, offset, consumed = known.put, "ignoring an offset beyond what the task was given");
                return None;
            }
            // What the task reported while it was asked may not have arrived either.
            let offset = held.get(&partition).map_or(offset, |held| offset.min(*held));
            (known.committed != offset).then_some((partition, offset))
        };
        durable.into_iter().filter_map(may).collect()
    }
    /// What is known to be committed of `partition`; `None`: nothing is known.
    pub fn last_committed(&self, partition: &TopicPartition) -> Option<i64> {
        self.owned.get(partition).map(|known| known.committed).filter(|offset| *offset >= 0)
    }
    /// The broker has these offsets.
    pub fn committed(&mut self, offsets: &[(TopicPartition, i64)]) {
        for (partition, offset) in offsets {
            if let Some(known) = self.owned.get_mut(partition) {
                known.committed = *offset;
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

    fn asked(offsets: &SinkOffsets) -> Vec<(TopicPartition, i64)> {
        offsets.put_offsets(None, &BTreeMap::new())
    }
    fn committable(offsets: &SinkOffsets, durable: &[(TopicPartition, i64)]) -> Vec<(TopicPartition, i64)> {
        offsets.committable(durable.to_vec(), &asked(offsets), &BTreeMap::new())
    }

    #[test]
    fn offsets_count_once_put_took_them() {
        let mut offsets = SinkOffsets::default();
        let topic: Arc<str> = "t".into();
        offsets.assign(partition(0), 5);
        offsets.consumed(&topic, 0, 5);
        offsets.consumed(&topic, 0, 6);
        assert_eq!(asked(&offsets), [(partition(0), 5)]);
        offsets.put();
        assert_eq!(asked(&offsets), [(partition(0), 7)]);
    }

    #[test]
    fn what_is_consumed_is_active_until_it_is_committed() {
        let mut offsets = SinkOffsets::default();
        let topic: Arc<str> = "t".into();
        offsets.assign(partition(0), 5);
        // A new group has no position before its first record.
        offsets.assign(partition(1), -1);
        assert_eq!((offsets.active(), offsets.count()), (0, 2));
        offsets.consumed(&topic, 0, 5);
        offsets.consumed(&topic, 1, 100);
        offsets.consumed(&topic, 0, 6);
        assert_eq!(offsets.active(), 3);
        offsets.put();
        assert_eq!(offsets.active(), 3);
        offsets.consumed(&topic, 1, 101);
        assert_eq!(offsets.active(), 4);
        offsets.committed(&[(partition(0), 7), (partition(1), 101)]);
        assert_eq!(offsets.active(), 1);
        offsets.revoke(&partition(1));
        assert_eq!((offsets.active(), offsets.count()), (0, 1));
    }

    #[test]
    fn nothing_consumed_means_nothing_to_commit() {
        let mut offsets = SinkOffsets::default();
        offsets.assign(partition(0), -1);
        assert_eq!(asked(&offsets), []);
        assert_eq!(offsets.last_committed(&partition(0)), None);
    }

    #[test]
    fn commits_only_what_moved_is_owned_was_asked_for_and_was_put() {
        let mut offsets = SinkOffsets::default();
        let topic: Arc<str> = "t".into();
        offsets.assign(partition(0), 0);
        offsets.assign(partition(1), 3);
        offsets.consumed(&topic, 0, 9);
        offsets.put();
        let durable = [(partition(0), 10), (partition(1), 3), (partition(2), 1)];
        assert_eq!(committable(&offsets, &durable), [(partition(0), 10)]);
        assert_eq!(committable(&offsets, &[(partition(0), 11)]), []);
        let other = offsets.put_offsets(Some(&[partition(1)]), &BTreeMap::new());
        assert_eq!(offsets.committable(vec![(partition(0), 10)], &other, &BTreeMap::new()), []);
        offsets.committed(&[(partition(0), 10)]);
        assert_eq!(committable(&offsets, &[(partition(0), 10)]), []);
    }

    #[test]
    fn a_record_on_its_way_to_the_dead_letter_queue_holds_its_offset_back() {
        let mut offsets = SinkOffsets::default();
        let topic: Arc<str> = "t".into();
        offsets.assign(partition(0), 0);
        offsets.consumed(&topic, 0, 9);
        offsets.put();
        let held = BTreeMap::from([(partition(0), 4)]);
        let asked = offsets.put_offsets(None, &held);
        assert_eq!(asked, [(partition(0), 4)]);
        assert_eq!(offsets.committable(asked.clone(), &asked, &held), [(partition(0), 4)]);
        assert_eq!(offsets.committable(vec![(partition(0), 10)], &asked, &held), [(partition(0), 4)]);
    }

    #[test]
    fn after_a_rewind_nothing_is_due_before_something_was_put() {
        let mut offsets = SinkOffsets::default();
        let topic: Arc<str> = "t".into();
        offsets.assign(partition(0), 0);
        offsets.consumed(&topic, 0, 9);
        offsets.put();
        offsets.committed(&[(partition(0), 10)]);
        offsets.consumed(&topic, 0, 10);
        offsets.rewind(&partition(0), 2);
        offsets.put();
        assert_eq!(committable(&offsets, &asked(&offsets)), []);
        offsets.consumed(&topic, 0, 2);
        offsets.put();
        assert_eq!(committable(&offsets, &asked(&offsets)), [(partition(0), 3)]);
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
        assert_eq!(asked(&offsets), []);
    }
}
