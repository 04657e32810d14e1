//! The storage engine under the embedded log: two keyspaces, when to flush and when to sync.
//!
//! `log` holds the batches under (topic id, partition, base offset), kept apart from their keys once they
//! are worth it, so that they are written twice in their life (journal, blob file) and never
//! moved again. `meta` holds everything else under readable prefixes.

use super::options::{EmbeddedOptions, SyncPolicy};
use crate::{Error, ErrorKind, Result};
use fjall::config::CompressionPolicy;
use fjall::{
    CompressionType, Database, Guard, Keyspace, KeyspaceCreateOptions, KvSeparationOptions,
    OwnedWriteBatch as WriteBatch, PersistMode, Slice,
};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Batches from this size on are stored apart from their keys.
const SEPARATE_FROM: u32 = 4096;
const META_FLUSH_BYTES: u64 = 1 << 20;
/// How long the disk may take for one memtable.
const FLUSH_LIMIT: Duration = Duration::from_secs(300);

/// One open storage engine.
pub(super) struct Engine {
    db: Database,
    log: Keyspace,
    meta: Keyspace,
    directory: PathBuf,
    sync: SyncPolicy,
    memory_bytes: u64,
    log_unflushed: AtomicU64,
    meta_unflushed: AtomicU64,
    rotating: Mutex<()>,
    written: AtomicU64,
    synced: Mutex<u64>,
}

impl Engine {
    pub(super) fn open(directory: &Path, options: &EmbeddedOptions) -> Result<Self> {
        let failed = |error: fjall::Error| storage_error(directory, error);
        let db = Database::builder(directory.join("data"))
            .worker_threads(2)
            .cache_size(4 << 20)
            .max_cached_files(Some(128))
            .max_journaling_size(128 << 20)
            .journal_compression(CompressionType::None)
            .open()
            .map_err(failed)?;
        let blobs = KvSeparationOptions::default()
            .compression(CompressionType::None)
            .separation_threshold(SEPARATE_FROM)
            .file_target_size(32 << 20)
            .age_cutoff(1.0);
        // Memtables are rotated by this file alone. Left to the engine, every insert beyond the limit
        // asks for a rotation, and once these fill its queue its workers wait for each other for ever.
        let plain = || {
            KeyspaceCreateOptions::default()
                .max_memtable_size(u64::MAX)
                .data_block_compression_policy(CompressionPolicy::disabled())
        };
        let log = db.keyspace("log", || plain().with_kv_separation(Some(blobs.clone()))).map_err(failed)?;
        let meta = db.keyspace("meta", plain).map_err(failed)?;
        Ok(Self {
            db,
            log,
            meta,
            directory: directory.to_owned(),
            sync: options.sync,
            memory_bytes: options.memory_bytes,
            log_unflushed: AtomicU64::new(0),
            meta_unflushed: AtomicU64::new(0),
            rotating: Mutex::new(()),
            written: AtomicU64::new(0),
            synced: Mutex::new(0),
        })
    }

    fn failed(&self, error: fjall::Error) -> Error {
        storage_error(&self.directory, error)
    }

    /// Writes one batch; when this returns the operating system has it.
    pub(super) fn insert_log(&self, key: LogKey, value: &[u8]) -> Result<()> {
        self.log.insert(key.bytes(), value).map_err(|error| self.failed(error))?;
        self.after_write(value.len() as u64, 0)
    }

    /// Several changes that happen all or not at all.
    pub(super) fn change(&self) -> Change<'_> {
        Change { engine: self, batch: self.db.batch(), log_bytes: 0, meta_bytes: 0 }
    }

    fn after_write(&self, log_bytes: u64, meta_bytes: u64) -> Result<()> {
        self.written.fetch_add(1, Relaxed);
        if self.log_unflushed.fetch_add(log_bytes, Relaxed) + log_bytes > self.memory_bytes {
            self.flush(&self.log, &self.log_unflushed, self.memory_bytes)?;
        }
        if self.meta_unflushed.fetch_add(meta_bytes, Relaxed) + meta_bytes > META_FLUSH_BYTES {
            self.flush(&self.meta, &self.meta_unflushed, META_FLUSH_BYTES)?;
        }
        Ok(())
    }

    /// Hands the memtable to the engine's workers; waits while the one before is not on disk, which
    /// bounds the memory.
    fn flush(&self, keyspace: &Keyspace, unflushed: &AtomicU64, limit: u64) -> Result<()> {
        let _guard = self.rotating.lock().unwrap_or_else(PoisonError::into_inner);
        if unflushed.load(Relaxed) <= limit {
            return Ok(());
        }
        let start = Instant::now();
        while keyspace.sealed_memtable_count() > 0 {
            if start.elapsed() > FLUSH_LIMIT {
                return Err(Error::new(
                    ErrorKind::Fatal,
                    format!(
                        "the embedded log {} cannot write its files: is the disk full?",
                        self.directory.display()
                    ),
                ));
            }
            // The engine tells nobody when a memtable is on disk.
            std::thread::sleep(Duration::from_millis(1));
        }
        unflushed.store(0, Relaxed);
        keyspace.rotate_memtable().map(|_| ()).map_err(|error| self.failed(error))
    }

    /// Makes records written before this call survive a power cut, where the policy wants that.
    pub(super) fn sync_records(&self) -> Result<()> {
        if self.sync == SyncPolicy::Os { Ok(()) } else { self.sync_now() }
    }

    /// As [`sync_records`](Self::sync_records) for offsets, topics and transactions.
    pub(super) fn sync_meta(&self) -> Result<()> {
        if self.sync == SyncPolicy::Always { self.sync_now() } else { Ok(()) }
    }

    /// One `fdatasync` for all threads that wait for it.
    fn sync_now(&self) -> Result<()> {
        let wanted = self.written.load(Relaxed);
        let mut synced = self.synced.lock().unwrap_or_else(PoisonError::into_inner);
        if *synced < wanted {
            let covered = self.written.load(Relaxed);
            self.db.persist(PersistMode::SyncData).map_err(|error| self.failed(error))?;
            *synced = covered;
        }
        Ok(())
    }

    /// The batches of a partition from `from` on, in order; reading stops with the iterator.
    pub(super) fn batches_from(
        &self,
        topic: u32,
        partition: u32,
        from: i64,
    ) -> impl Iterator<Item = Result<(i64, Slice)>> + '_ {
        let first = LogKey { topic, partition, offset: from }.bytes();
        let last = LogKey { topic, partition, offset: i64::MAX }.bytes();
        self.log.range(first..=last).map(|guard| self.batch(guard))
    }

    /// The sizes in bytes of the batches of a partition from `from` on, without reading them.
    pub(super) fn sizes_from(
        &self,
        topic: u32,
        partition: u32,
        from: i64,
    ) -> impl Iterator<Item = Result<u64>> + '_ {
        let first = LogKey { topic, partition, offset: from }.bytes();
        let last = LogKey { topic, partition, offset: i64::MAX }.bytes();
        self.log
            .range(first..=last)
            .map(|guard| guard.size().map(u64::from).map_err(|error| self.failed(error)))
    }

    /// The last batch of a partition that starts at or before `offset`.
    pub(super) fn batch_at(&self, topic: u32, partition: u32, offset: i64) -> Result<Option<(i64, Slice)>> {
        let first = LogKey { topic, partition, offset: 0 }.bytes();
        let last = LogKey { topic, partition, offset }.bytes();
        self.log.range(first..=last).next_back().map(|guard| self.batch(guard)).transpose()
    }

    /// Some keys of a partition, for deletion.
    pub(super) fn keys_of(&self, topic: u32, limit: usize) -> Result<Vec<LogKey>> {
        let first = LogKey { topic, partition: 0, offset: 0 }.bytes();
        let last = LogKey { topic, partition: u32::MAX, offset: i64::MAX }.bytes();
        let keys = self.log.range(first..=last).take(limit).map(|guard| {
            let key = guard.key().map_err(|error| self.failed(error))?;
            LogKey::read(&key).ok_or_else(|| self.foreign())
        });
        keys.collect()
    }

    fn batch(&self, guard: Guard) -> Result<(i64, Slice)> {
        let (key, value) = guard.into_inner().map_err(|error| self.failed(error))?;
        let key = LogKey::read(&key).ok_or_else(|| self.foreign())?;
        Ok((key.offset, value))
    }

    fn foreign(&self) -> Error {
        Error::new(ErrorKind::Fatal, format!("{} holds a key that is not ferry's", self.directory.display()))
    }

    pub(super) fn get_meta(&self, key: &[u8]) -> Result<Option<Slice>> {
        self.meta.get(key).map_err(|error| self.failed(error))
    }

    /// All of `meta` under a prefix; keys without it.
    pub(super) fn meta_under(&self, prefix: &[u8]) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let pairs = self.meta.prefix(prefix).map(|guard| {
            let (key, value) = guard.into_inner().map_err(|error| self.failed(error))?;
            Ok((key[prefix.len()..].to_vec(), value.to_vec()))
        });
        pairs.collect()
    }

    /// Gives the space of deleted batches back to the file system; takes as long as it takes.
    pub(super) fn reclaim(&self) -> Result<()> {
        let nothing = LogKey { topic: 0, partition: 0, offset: 0 }.bytes();
        let work = || {
            // A first pass finds the blobs nobody points to, a second one drops them, and a third one forgets
            // the versions of the tree that still hold their files. The engine moves on only where there
            // was a write since, so each pass begins with one of no consequence.
            for _ in 0..3 {
                self.log.remove(nothing)?;
                self.log.rotate_memtable_and_wait()?;
                self.log.major_compact()?;
            }
            self.log.remove(nothing)?;
            self.log.rotate_memtable_and_wait()
        };
        work().map_err(|error| self.failed(error))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Err(error) = self.db.persist(PersistMode::SyncAll) {
            tracing::error!(directory = %self.directory.display(), %error, "cannot sync the embedded log while closing it");
        }
    }
}

/// Changes of both keyspaces that happen all or not at all.
pub(super) struct Change<'a> {
    engine: &'a Engine,
    batch: WriteBatch,
    log_bytes: u64,
    meta_bytes: u64,
}

impl Change<'_> {
    pub(super) fn insert_log(&mut self, key: LogKey, value: &[u8]) {
        self.log_bytes += value.len() as u64;
        self.batch.insert(&self.engine.log, key.bytes(), value);
    }

    pub(super) fn remove_log(&mut self, key: LogKey) {
        self.log_bytes += 64;
        self.batch.remove(&self.engine.log, key.bytes());
    }

    pub(super) fn insert_meta(&mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        let (key, value) = (key.into(), value.into());
        self.meta_bytes += (key.len() + value.len()) as u64 + 64;
        self.batch.insert(&self.engine.meta, key, value);
    }

    pub(super) fn remove_meta(&mut self, key: impl Into<Vec<u8>>) {
        let key = key.into();
        self.meta_bytes += key.len() as u64 + 64;
        self.batch.remove(&self.engine.meta, key);
    }

    /// Writes all of it; when this returns the operating system has it.
    pub(super) fn commit(self) -> Result<()> {
        if self.batch.is_empty() {
            return Ok(());
        }
        self.batch.commit().map_err(|error| self.engine.failed(error))?;
        self.engine.after_write(self.log_bytes, self.meta_bytes)
    }
}

/// Where a batch is stored.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogKey {
    pub(super) topic: u32,
    pub(super) partition: u32,
    pub(super) offset: i64,
}

impl LogKey {
    fn bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&self.topic.to_be_bytes());
        bytes[4..8].copy_from_slice(&self.partition.to_be_bytes());
        bytes[8..].copy_from_slice(&self.offset.to_be_bytes());
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        Some(Self {
            topic: u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?),
            partition: u32::from_be_bytes(bytes.get(4..8)?.try_into().ok()?),
            offset: i64::from_be_bytes(bytes.get(8..16)?.try_into().ok()?),
        })
    }
}

fn storage_error(directory: &Path, error: fjall::Error) -> Error {
    Error::new(ErrorKind::Fatal, format!("the embedded log {} failed: {error}", directory.display()))
}
