//! The sink.

use std::collections::BTreeMap;

use ferry_sdk::prelude::*;

/// Looks at every field of every record, and writes count and checksum of each partition to a file.
#[derive(Config)]
pub struct Settings {
    /// Folder of the files.
    #[config(non_empty)]
    folder: String,
}

pub struct StructSink {
    folder: String,
    partitions: BTreeMap<i32, (u64, u64)>,
}

impl Sink for StructSink {
    type Config = Settings;

    fn start(settings: Settings, _: &SinkContext) -> Result<Self> {
        Ok(Self { folder: settings.folder, partitions: BTreeMap::new() })
    }

    fn put(&mut self, _: &SinkContext, batch: Batch) -> Result<()> {
        for record in batch.records() {
            let (count, sum) = self.partitions.entry(record.original_partition().unwrap_or(0)).or_default();
            *count += 1;
            *sum = sum.wrapping_mul(31).wrapping_add(fold(record.value()));
        }
        Ok(())
    }

    /// Partitions move while a group forms: whoever gets one goes on where the other stopped.
    fn open(&mut self, _: &SinkContext, opened: &[TopicPartition]) -> Result<()> {
        for partition in opened {
            let file = format!("{}/{}", self.folder, partition.partition);
            let Ok(text) = std::fs::read_to_string(&file) else { continue };
            let seen = text
                .trim()
                .split_once(' ')
                .and_then(|(count, sum)| Some((count.parse().ok()?, u64::from_str_radix(sum, 16).ok()?)));
            let seen = seen.ok_or_else(|| Error::fatal(format!("{file} holds no count and sum")))?;
            self.partitions.insert(partition.partition, seen);
        }
        Ok(())
    }

    fn close(&mut self, closed: &[TopicPartition]) -> Result<()> {
        self.partitions.retain(|number, _| closed.iter().all(|partition| partition.partition != *number));
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        for (partition, (count, sum)) in &self.partitions {
            let (fresh, file) =
                (format!("{}/.{partition}", self.folder), format!("{}/{partition}", self.folder));
            std::fs::write(&fresh, format!("{count} {sum:016x}\n"))
                .and_then(|()| std::fs::rename(&fresh, &file))
                .map_err(|e| Error::fatal(format!("cannot write {file}")).source(&e))?;
        }
        Ok(())
    }
}

/// One number of everything in a value. The order of a map's entries does not matter.
fn fold(value: ValueRef<'_>) -> u64 {
    let text = |bytes: &[u8]| match bytes {
        [] => 0,
        [first, .., last] => bytes.len() as u64 * 65_536 + u64::from(*first) * 256 + u64::from(*last),
        [one] => 65_536 + u64::from(*one) * 257,
    };
    match value.view() {
        View::Null => 7,
        View::Bool(v) => u64::from(v),
        View::Int8(v) => v as u64,
        View::Int16(v) => v as u64,
        View::Int32(v) => v as u64,
        View::Int64(v) | View::Instant(v) => v as u64,
        View::Float32(v) => v.to_bits().into(),
        View::Float64(v) => v.to_bits(),
        View::Str(v) => text(v.as_bytes()),
        View::Bytes(v) => text(v),
        View::Decimal(v) => {
            v.unscaled().iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)) + v.scale() as u64
        }
        View::Array(items) | View::Struct(items) => {
            items.iter().fold(1_u64, |sum, item| sum.wrapping_mul(31).wrapping_add(fold(*item)))
        }
        View::Map(entries) => entries.iter().fold(0_u64, |sum, entry| {
            sum.wrapping_add(fold(entry.key).wrapping_mul(31).wrapping_add(fold(entry.value)))
        }),
    }
}
