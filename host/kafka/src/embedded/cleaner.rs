//! Retention and compaction, in one background thread per log that sleeps unless there is work.

use super::batch::{BatchBuilder, BatchHead, RecordReader};
use super::engine::LogKey;
use super::store::{Store, bounds_key, bounds_value, now_ms};
use super::topic::Topic;
use crate::{Error, ErrorKind, Result};
use std::collections::HashMap;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::Duration;

/// Bytes appended to a partition of a compacted topic after which it is compacted.
pub(super) const DIRTY_BYTES: u64 = 4 << 20;

/// Tells the cleaner that there is work, or that the log is closing.
#[derive(Default)]
pub(super) struct Bell(Arc<(Mutex<Wishes>, Condvar)>);

#[derive(Default)]
struct Wishes {
    clean: bool,
    reclaim: bool,
    stop: bool,
}

impl Bell {
    fn wish(&self, wish: impl FnOnce(&mut Wishes)) {
        wish(&mut self.0.0.lock().unwrap_or_else(PoisonError::into_inner));
        self.0.1.notify_all();
    }

    pub(super) fn ring(&self) {
        self.wish(|wishes| wishes.clean = true);
    }

    pub(super) fn reclaim(&self) {
        self.wish(|wishes| wishes.reclaim = true);
    }

    pub(super) fn stop(&self) {
        self.wish(|wishes| wishes.stop = true);
    }
}

/// Starts the cleaner of a log; it ends with the log.
pub(super) fn start(store: &Arc<Store>) -> Result<()> {
    let bell = store.cleaner.0.clone();
    let interval = store.options.check_interval;
    let weak = Arc::downgrade(store);
    let spawned = std::thread::Builder::new()
        .name("ferry-log-clean".to_owned())
        .spawn(move || run(&bell, interval, &weak));
    spawned.map(|_| ()).map_err(|error| {
        Error::new(ErrorKind::Fatal, format!("cannot start the cleaner of the embedded log: {error}"))
    })
}

fn run(bell: &(Mutex<Wishes>, Condvar), interval: Duration, store: &Weak<Store>) {
    // The first look is at once: what grew before the restart is cleaned now.
    let mut reclaim = false;
    loop {
        let Some(store) = store.upgrade() else { return };
        match clean(&store) {
            Ok(cleaned) => reclaim |= cleaned,
            Err(error) => tracing::error!(%error, "cleaning the embedded log failed"),
        }
        if reclaim && let Err(error) = store.engine.reclaim() {
            tracing::error!(%error, "giving back space of the embedded log failed");
        }
        drop(store);
        let mut wishes = bell.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !(wishes.clean || wishes.reclaim || wishes.stop) {
            wishes = bell
                .1
                .wait_timeout(wishes, interval)
                .map_or_else(|error| error.into_inner().0, |(wishes, _)| wishes);
        }
        if wishes.stop {
            return;
        }
        reclaim = wishes.reclaim;
        *wishes = Wishes::default();
    }
}

/// One pass over all topics; true where batches were removed or rewritten.
pub(super) fn clean(store: &Store) -> Result<bool> {
    let mut changed = false;
    for topic in store.topics() {
        for partition in 0..topic.partitions.len() as i32 {
            if topic.is_deleted() {
                break;
            }
            if topic.settings.compact {
                changed |= compact(store, &topic, partition)?;
            }
            if topic.settings.delete {
                changed |= retain(store, &topic, partition)?;
            }
        }
    }
    Ok(changed)
}

/// Drops the oldest batches that are too old or too many.
fn retain(store: &Store, topic: &Topic, partition: i32) -> Result<bool> {
    let settings = &topic.settings;
    let part = topic.partition(partition)?;
    let number = partition.unsigned_abs();
    let start = part.start.load(SeqCst);
    let stable = part.stable.load(SeqCst);
    let mut excess = 0;
    if settings.retention_bytes >= 0 {
        let mut size = 0;
        for bytes in store.engine.sizes_from(topic.id, number, start) {
            size += bytes?;
        }
        excess = size.saturating_sub(settings.retention_bytes.unsigned_abs());
    }
    let oldest =
        if settings.retention_ms < 0 { i64::MIN } else { now_ms().saturating_sub(settings.retention_ms) };
    if excess == 0 && oldest == i64::MIN {
        return Ok(false);
    }
    let mut change = store.engine.change();
    let mut new_start = start;
    for batch in store.engine.batches_from(topic.id, number, start) {
        let (offset, batch) = batch?;
        let head = BatchHead::read(&batch)?;
        let size = batch.len() as u64;
        let next = offset + i64::from(head.last_delta) + 1;
        if next > stable || !(excess >= size || head.max_timestamp < oldest) {
            break;
        }
        excess = excess.saturating_sub(size);
        change.remove_log(LogKey { topic: topic.id, partition: number, offset });
        new_start = next;
    }
    if new_start == start {
        return Ok(false);
    }
    let _tail = part.tail.lock().unwrap_or_else(PoisonError::into_inner);
    if topic.is_deleted() {
        return Ok(false);
    }
    // Readers are turned away first; the bounds keep the end even where every batch goes.
    part.start.store(new_start, SeqCst);
    change.insert_meta(bounds_key(topic.id, number), bounds_value(new_start, part.end.load(SeqCst)));
    change.commit()?;
    tracing::info!(topic = %topic.name, partition, start = new_start, "retention dropped old records");
    Ok(true)
}

/// Keeps the last record of each key, below the last stable offset.
fn compact(store: &Store, topic: &Topic, partition: i32) -> Result<bool> {
    let part = topic.partition(partition)?;
    let number = partition.unsigned_abs();
    {
        let mut tail = part.tail.lock().unwrap_or_else(PoisonError::into_inner);
        if tail.dirty == 0 && now_ms() < part.compact_at.load(SeqCst) {
            return Ok(false);
        }
        tail.dirty = 0;
    }
    let (start, stable) = (part.start.load(SeqCst), part.stable.load(SeqCst));
    let mut last: HashMap<Box<[u8]>, i64> = HashMap::new();
    walk(store, topic, number, start, stable, &mut |offset, _, reader| {
        let mut headers = Vec::new();
        while let Some(record) = reader.next(&mut headers)? {
            if let Some(key) = record.key {
                let offset = offset + i64::from(record.delta);
                match last.get_mut(key) {
                    Some(last) => *last = offset,
                    None => drop(last.insert(key.into(), offset)),
                }
            }
        }
        Ok(())
    })?;
    let tombstones_until = now_ms().saturating_sub(topic.settings.delete_retention_ms);
    let mut oldest_tombstone = i64::MAX;
    let mut changed = false;
    let mut builder = BatchBuilder::new();
    walk(store, topic, number, start, stable, &mut |base, head, reader| {
        let mut headers = Vec::new();
        builder.clear();
        while let Some(record) = reader.next(&mut headers)? {
            let offset = base + i64::from(record.delta);
            let is_last = record.key.is_none_or(|key| last.get(key) == Some(&offset));
            let is_tombstone = record.value.is_none();
            if is_last && !(is_tombstone && record.timestamp <= tombstones_until) {
                if is_tombstone {
                    oldest_tombstone = oldest_tombstone.min(record.timestamp);
                }
                builder.push_at(record.delta, record.timestamp, record.key, record.value, &headers);
            }
        }
        if builder.count() == head.count {
            return Ok(());
        }
        // A topic that is being deleted takes this lock before its batches go.
        let _tail = part.tail.lock().unwrap_or_else(PoisonError::into_inner);
        if topic.is_deleted() {
            return Ok(());
        }
        changed = true;
        let key = LogKey { topic: topic.id, partition: number, offset: base };
        let mut change = store.engine.change();
        if builder.count() == 0 {
            change.remove_log(key);
            change.insert_meta(
                bounds_key(topic.id, number),
                bounds_value(part.start.load(SeqCst), part.end.load(SeqCst)),
            );
        } else {
            change.insert_log(key, builder.finish(head.transaction, Some(head.last_delta)));
        }
        change.commit()
    })?;
    // What is a tombstone now goes when its time is over, even where nothing more is written.
    part.compact_at.store(oldest_tombstone.saturating_add(topic.settings.delete_retention_ms), SeqCst);
    if changed {
        tracing::debug!(topic = %topic.name, partition, keys = last.len(), "compacted a partition");
    }
    Ok(changed)
}

/// Shows the whole batches from `start` up to `until`.
fn walk(
    store: &Store,
    topic: &Topic,
    partition: u32,
    start: i64,
    until: i64,
    show: &mut dyn FnMut(i64, &BatchHead, &mut RecordReader<'_>) -> Result<()>,
) -> Result<()> {
    for batch in store.engine.batches_from(topic.id, partition, start) {
        let (base, batch) = batch?;
        if base >= until || topic.is_deleted() {
            break;
        }
        let head = BatchHead::read(&batch)?;
        show(base, &head, &mut RecordReader::new(&batch, &head, 0))?;
    }
    Ok(())
}
