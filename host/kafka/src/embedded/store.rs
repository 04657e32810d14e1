//! One open embedded log: its topics, what is appended to them and what is read from them.

use super::batch::{BatchBuilder, BatchHead};
use super::engine::{Engine, LogKey};
use super::group::Groups;
use super::lock::DirectoryLock;
use super::open::Place;
use super::options::EmbeddedOptions;
use super::signal::Watchers;
use super::topic::{Partition, Topic, TopicSettings, check_name};
use super::transaction::Transactions;
use crate::{Error, ErrorKind, NewTopic, Result};
use fjall::Slice;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

/// One open embedded log, shared by all clients of the process.
pub(super) struct Store {
    pub(super) directory: PathBuf,
    pub(super) options: EmbeddedOptions,
    pub(super) cluster_id: String,
    pub(super) engine: Engine,
    topics: RwLock<BTreeMap<Arc<str>, Arc<Topic>>>,
    /// Held while topics are created and deleted.
    topic_changes: Mutex<u32>,
    /// Counts creations and deletions.
    pub(super) topics_version: AtomicU64,
    pub(super) topic_watchers: Watchers,
    pub(super) groups: Groups,
    pub(super) transactions: Transactions,
    pub(super) cleaner: super::cleaner::Bell,
    // Last: the lock goes when the files are closed, and then the next may open them.
    _lock: DirectoryLock,
    _place: Place,
}

impl Store {
    /// Opens or creates the log in `directory` and ends what a killed process left half done.
    pub(super) fn open(directory: &Path, options: EmbeddedOptions, place: Place) -> Result<Arc<Self>> {
        let lock = DirectoryLock::take(directory)?;
        let engine = Engine::open(directory, &options)?;
        let cluster_id = cluster_id(&engine)?;
        let groups = Groups::load(&engine)?;
        let mut topics = BTreeMap::new();
        let mut last_id = 0;
        for (id, _) in engine.meta_under(b"d/")? {
            let id = u32::from_be_bytes(id.try_into().map_err(|_| damaged("a deleted topic"))?);
            remove_batches(&engine, id)?;
            last_id = last_id.max(id);
        }
        for (name, value) in engine.meta_under(b"t/")? {
            let topic = load_topic(&engine, &name, &value, &options)?;
            last_id = last_id.max(topic.id);
            topics.insert(topic.name.clone(), Arc::new(topic));
        }
        let store = Arc::new(Self {
            directory: directory.to_owned(),
            options,
            cluster_id,
            engine,
            topics: RwLock::new(topics),
            topic_changes: Mutex::new(last_id),
            topics_version: AtomicU64::new(1),
            topic_watchers: Watchers::default(),
            groups,
            transactions: Transactions::default(),
            cleaner: super::cleaner::Bell::default(),
            _lock: lock,
            _place: place,
        });
        store.drop_open_transactions()?;
        super::cleaner::start(&store)?;
        Ok(store)
    }

    pub(super) fn topics(&self) -> Vec<Arc<Topic>> {
        self.topics.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    pub(super) fn topic(&self, name: &str) -> Option<Arc<Topic>> {
        self.topics.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// The topic, or an error that says it is not there.
    pub(super) fn existing(&self, name: &str) -> Result<Arc<Topic>> {
        self.topic(name).ok_or_else(|| unknown(name))
    }

    /// The topic, created where it is not there and the log may do that.
    pub(super) fn topic_or_create(&self, name: &str) -> Result<Arc<Topic>> {
        if let Some(topic) = self.topic(name) {
            return Ok(topic);
        }
        if !self.options.auto_create {
            return Err(unknown(name));
        }
        match self.create_topic(&NewTopic::new(name)) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            _ => self.existing(name),
        }
    }

    pub(super) fn create_topic(&self, new: &NewTopic) -> Result<()> {
        check_name(&new.name)?;
        let settings = TopicSettings::read(&new.name, &new.configs, &self.options)?;
        let partitions = if new.partitions == -1 { self.options.partitions } else { new.partitions };
        if partitions < 1 {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!("topic {}: number of partitions must be larger than 0", new.name),
            ));
        }
        if new.replication_factor == 0 || new.replication_factor < -1 {
            return Err(Error::new(
                ErrorKind::Invalid,
                format!("topic {}: replication factor must be larger than 0", new.name),
            ));
        }
        let mut last_id = self.topic_changes.lock().unwrap_or_else(PoisonError::into_inner);
        if self.topic(&new.name).is_some() {
            return Err(Error::new(ErrorKind::AlreadyExists, format!("topic {} exists already", new.name)));
        }
        let id = *last_id + 1;
        let mut value = format!("{id}\n{partitions}\n");
        for (name, setting) in &new.configs {
            value.push_str(&format!("{name}={}\n", setting.replace('\n', " ")));
        }
        let mut change = self.engine.change();
        change.insert_meta(topic_key(&new.name), value);
        change.commit()?;
        self.engine.sync_meta()?;
        *last_id = id;
        let topic = Topic {
            id,
            name: new.name.as_str().into(),
            configs: new.configs.clone(),
            settings,
            partitions: (0..partitions).map(|_| Partition::new(0, 0)).collect(),
            deleted: AtomicBool::new(false),
        };
        self.topics
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(topic.name.clone(), Arc::new(topic));
        self.topics_changed();
        Ok(())
    }

    pub(super) fn delete_topic(&self, name: &str) -> Result<()> {
        let _changing = self.topic_changes.lock().unwrap_or_else(PoisonError::into_inner);
        let topic = self.existing(name)?;
        let mut change = self.engine.change();
        change.remove_meta(topic_key(name));
        change.insert_meta(doomed_key(topic.id), "");
        self.groups.forget_topic(name, &mut change);
        topic.deleted.store(true, SeqCst);
        for partition in &topic.partitions {
            // An append that was under way ends before the batches go.
            drop(partition.tail.lock().unwrap_or_else(PoisonError::into_inner));
        }
        change.commit()?;
        self.topics.write().unwrap_or_else(PoisonError::into_inner).remove(name);
        remove_batches(&self.engine, topic.id)?;
        self.engine.sync_meta()?;
        for partition in &topic.partitions {
            partition.watchers.ring();
        }
        self.topics_changed();
        self.cleaner.reclaim();
        Ok(())
    }

    fn topics_changed(&self) {
        self.topics_version.fetch_add(1, SeqCst);
        self.topic_watchers.ring();
    }

    /// Appends a batch and returns its base offset; the operating system has it then. Of an open
    /// transaction, `transaction` is the number.
    pub(super) fn append(
        &self,
        topic: &Topic,
        partition: i32,
        batch: &mut BatchBuilder,
        transaction: u64,
    ) -> Result<i64> {
        let part = topic.partition(partition)?;
        let count = i64::from(batch.count());
        let mut tail = part.tail.lock().unwrap_or_else(PoisonError::into_inner);
        if topic.is_deleted() {
            return Err(unknown(&topic.name));
        }
        let base = part.end.load(SeqCst);
        let key = LogKey { topic: topic.id, partition: partition.unsigned_abs(), offset: base };
        let value = batch.finish(transaction, None);
        if transaction != 0 && !tail.open.contains_key(&transaction) {
            let mut change = self.engine.change();
            change.insert_log(key, value);
            change.insert_meta(
                super::transaction::open_key(transaction, topic.id, key.partition),
                base.to_be_bytes(),
            );
            change.commit()?;
            tail.open.insert(transaction, base);
        } else {
            self.engine.insert_log(key, value)?;
        }
        tail.dirty += value.len() as u64;
        if topic.settings.compact && tail.dirty >= super::cleaner::DIRTY_BYTES {
            self.cleaner.ring();
        }
        part.publish(&tail, base + count);
        Ok(base)
    }

    /// Batches from `from` up to `until`, at most about `max_bytes`; `from` may lie inside the first.
    pub(super) fn read(
        &self,
        topic: &Topic,
        partition: i32,
        from: i64,
        until: i64,
        max_bytes: usize,
        found: &mut std::collections::VecDeque<(i64, Slice)>,
    ) -> Result<()> {
        let number = partition.unsigned_abs();
        let mut bytes = 0;
        let mut next = from;
        for batch in self.engine.batches_from(topic.id, number, from) {
            let (base, value) = batch?;
            if found.is_empty() && base > from {
                // `from` may lie inside an earlier batch.
                if let Some((earlier, value)) = self.engine.batch_at(topic.id, number, from)?
                    && earlier + i64::from(BatchHead::read(&value)?.last_delta) >= from
                {
                    bytes += value.len();
                    found.push_back((earlier, value));
                }
            }
            next = base;
            if base >= until || bytes >= max_bytes {
                break;
            }
            bytes += value.len();
            found.push_back((base, value));
        }
        // Nothing starts at or after `from`: it lies in the last batch, or at the end.
        if found.is_empty()
            && next < until
            && let Some((base, value)) = self.engine.batch_at(topic.id, number, from)?
            && base + i64::from(BatchHead::read(&value)?.last_delta) >= from
        {
            found.push_back((base, value));
        }
        Ok(())
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({})", self.directory.display())
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.cleaner.stop();
    }
}

pub(super) fn unknown(topic: &str) -> Error {
    Error::new(ErrorKind::UnknownTopic, format!("topic {topic} does not exist"))
}

/// Now in milliseconds since 1970.
pub(super) fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as i64)
}

fn damaged(what: &str) -> Error {
    Error::new(ErrorKind::Fatal, format!("the embedded log is damaged: cannot read {what}"))
}

fn topic_key(name: &str) -> Vec<u8> {
    [b"t/", name.as_bytes()].concat()
}

fn doomed_key(id: u32) -> Vec<u8> {
    [b"d/".as_slice(), &id.to_be_bytes()].concat()
}

/// Where the bounds of a partition are kept that its batches alone do not tell.
pub(super) fn bounds_key(topic: u32, partition: u32) -> Vec<u8> {
    [b"e/".as_slice(), &topic.to_be_bytes(), &partition.to_be_bytes()].concat()
}

pub(super) fn bounds_value(start: i64, end: i64) -> Vec<u8> {
    [start.to_be_bytes(), end.to_be_bytes()].concat()
}

/// Kafka's form of an id: 16 random bytes in url-safe base64 without padding.
fn cluster_id(engine: &Engine) -> Result<String> {
    if let Some(id) = engine.get_meta(b"cluster_id")? {
        return String::from_utf8(id.to_vec()).map_err(|_| damaged("the cluster id"));
    }
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    // The standard library's hasher is seeded by the system's randomness.
    use std::hash::{BuildHasher, RandomState};
    let random = || RandomState::new().hash_one((now_ms(), std::process::id()));
    let bits = (u128::from(random()) << 64) | u128::from(random());
    let id: String =
        (0..22).map(|i| ALPHABET[(bits.rotate_left(6 * (i + 1)) & 63) as usize] as char).collect();
    let mut change = engine.change();
    change.insert_meta("cluster_id", id.as_str());
    change.commit()?;
    Ok(id)
}

fn load_topic(engine: &Engine, name: &[u8], value: &[u8], options: &EmbeddedOptions) -> Result<Topic> {
    let name = std::str::from_utf8(name).map_err(|_| damaged("a topic name"))?;
    let text = std::str::from_utf8(value).map_err(|_| damaged(name))?;
    let mut lines = text.lines();
    let mut number = || lines.next().and_then(|line| line.parse::<u32>().ok()).ok_or_else(|| damaged(name));
    let (id, count) = (number()?, number()?);
    let configs: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut bounds = HashMap::new();
    for (key, value) in engine.meta_under(&[b"e/".as_slice(), &id.to_be_bytes()].concat())? {
        let read = |bytes: &[u8]| bytes.try_into().map(i64::from_be_bytes).map_err(|_| damaged(name));
        let partition = u32::from_be_bytes(key.try_into().map_err(|_| damaged(name))?);
        let (start, end) = value.split_at_checked(8).ok_or_else(|| damaged(name))?;
        bounds.insert(partition, (read(start)?, read(end)?));
    }
    let mut partitions = Vec::new();
    for partition in 0..count {
        let (start, mut end) = bounds.get(&partition).copied().unwrap_or((0, 0));
        if let Some((base, value)) = engine.batch_at(id, partition, i64::MAX)? {
            end = end.max(base + i64::from(BatchHead::read(&value)?.last_delta) + 1);
        }
        partitions.push(Partition::new(start, end));
    }
    let settings = TopicSettings::read(name, &configs, options)?;
    Ok(Topic { id, name: name.into(), configs, settings, partitions, deleted: AtomicBool::new(false) })
}

fn remove_batches(engine: &Engine, topic: u32) -> Result<()> {
    loop {
        let keys = engine.keys_of(topic, 10_000)?;
        let mut change = engine.change();
        for key in &keys {
            change.remove_log(*key);
        }
        if keys.is_empty() {
            for (key, _) in engine.meta_under(&[b"e/".as_slice(), &topic.to_be_bytes()].concat())? {
                change.remove_meta([b"e/".as_slice(), &topic.to_be_bytes(), &key].concat());
            }
            change.remove_meta(doomed_key(topic));
            return change.commit();
        }
        change.commit()?;
    }
}
