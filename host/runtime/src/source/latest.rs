//! Source offsets on their way to the store, kept where they are: in the batches they came with.

use ferry_plugin_abi::data::{Batch, Record, Value};

/// A record by the batch that holds it.
struct Position {
    batch: Batch,
    index: usize,
}

impl Position {
    fn record(&self) -> &Record<'_> {
        &self.batch.records()[self.index]
    }
}

/// Per source partition the last record whose offset may be stored.
#[derive(Default)]
pub(super) struct Latest(Vec<Position>);

impl Latest {
    /// Moves the partition of this record forward; one without a partition has no offset to store.
    pub(super) fn advance(&mut self, batch: &Batch, index: usize) {
        let partition = batch.records()[index].source_partition();
        if partition.is_null() {
            return;
        }
        let same = |p: &&mut Position| {
            let known = p.record().source_partition();
            known.same(partition) || known == partition
        };
        match self.0.iter_mut().find(same) {
            Some(known) if known.batch.records().as_ptr() == batch.records().as_ptr() => known.index = index,
            Some(known) => *known = Position { batch: batch.clone(), index },
            None => self.0.push(Position { batch: batch.clone(), index }),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Source partitions and offsets.
    pub(super) fn offsets(&self) -> Vec<(Value, Value)> {
        let pair = |p: &Position| (p.record().source_partition().into(), p.record().source_offset().into());
        self.0.iter().map(pair).collect()
    }
}
