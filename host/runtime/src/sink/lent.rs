//! Batches that the task may still hold, with the records they were made of.

use std::sync::{Arc, Mutex};

use ferry_plugin_abi::data::{Batch, Record};

use crate::chain::Original;
use crate::executor::lock;

/// The batches given to a task; shared with its errant record reporter.
#[derive(Clone, Default)]
pub struct Lent(Arc<Mutex<Vec<Pair>>>);

struct Pair {
    originals: Batch,
    batch: Batch,
}

impl Lent {
    /// `batch`, made of `originals`, is about to be given to the task.
    pub fn lend(&self, originals: Batch, batch: Batch) {
        lock(&self.0).push(Pair { originals, batch });
    }

    /// Forgets the batches that nobody else holds; returns the memory of the others, in bytes.
    pub fn settle(&self) -> usize {
        let mut pairs = lock(&self.0);
        pairs.retain(|pair| pair.batch.is_shared());
        pairs.iter().map(|pair| pair.originals.bytes() + pair.batch.bytes()).sum()
    }

    /// Shows what `record` was when it was consumed; `None` if it does not come from these batches.
    pub fn with_original<T>(&self, record: &Record<'_>, look: impl FnOnce(Original<'_>) -> T) -> Option<T> {
        let (topic, partition) = (record.original_topic()?, record.original_partition()?);
        let offset = record.kafka_offset()?;
        let is_it = |original: &Record<'_>| {
            original.kafka_offset() == Some(offset)
                && original.original_partition() == Some(partition)
                && original.original_topic() == Some(topic)
        };
        // Looked at without the lock: the dead letter queue may have to wait.
        let (originals, at) = lock(&self.0).iter().find_map(|pair| {
            Some((pair.originals.clone(), pair.originals.records().iter().position(is_it)?))
        })?;
        Some(look(Original::of(&originals.records()[at])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_plugin_abi::Error;
    use ferry_plugin_abi::data::{TimestampType, ValueRef};

    fn originals(offsets: &[i64]) -> Batch {
        Batch::build(|out| {
            for offset in offsets {
                let value = ValueRef::bytes(out.arena().bytes(format!("raw {offset}").as_bytes()));
                out.push(Record::to("t").with_value(None, value).from_kafka(
                    "t",
                    0,
                    *offset,
                    TimestampType::None,
                ));
            }
            Ok::<_, Error>(())
        })
        .expect("a batch")
    }

    #[test]
    fn an_original_is_found_as_long_as_somebody_holds_its_batch() {
        let lent = Lent::default();
        let raw = originals(&[7, 8]);
        let batch = raw
            .derive(|records, out| {
                records.iter().for_each(|r| out.push(*r));
                Ok::<_, Error>(())
            })
            .expect("a batch");
        lent.lend(raw, batch.clone());
        assert!(lent.settle() > 0);
        let value = |record: &Record<'_>| {
            lent.with_original(record, |o| {
                String::from_utf8_lossy(o.value().unwrap_or_default()).into_owned()
            })
        };
        assert_eq!(value(&batch.records()[1]).as_deref(), Some("raw 8"));
        let stranger = Record::to("t").from_kafka("t", 1, 8, TimestampType::None);
        assert_eq!(value(&stranger), None);
        assert_eq!(value(&Record::to("t")), None);
        drop(batch);
        assert_eq!(lent.settle(), 0);
    }
}
