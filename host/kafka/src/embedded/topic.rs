//! A topic of the embedded log: its settings and its partitions as they are in memory.

use super::options::EmbeddedOptions;
use super::signal::Watchers;
use crate::{Error, ErrorKind, Result};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

/// Topic settings the log acts on; the others that Kafka knows are kept and shown.
const KNOWN: [&str; 27] = [
    "cleanup.policy",
    "compression.gzip.level",
    "compression.lz4.level",
    "compression.type",
    "compression.zstd.level",
    "delete.retention.ms",
    "file.delete.delay.ms",
    "flush.messages",
    "flush.ms",
    "follower.replication.throttled.replicas",
    "index.interval.bytes",
    "leader.replication.throttled.replicas",
    "local.retention.bytes",
    "local.retention.ms",
    "max.compaction.lag.ms",
    "max.message.bytes",
    "message.timestamp.after.max.ms",
    "message.timestamp.before.max.ms",
    "message.timestamp.type",
    "min.cleanable.dirty.ratio",
    "min.compaction.lag.ms",
    "min.insync.replicas",
    "preallocate",
    "retention.bytes",
    "retention.ms",
    "segment.bytes",
    "segment.ms",
];

/// One topic.
pub(super) struct Topic {
    pub(super) id: u32,
    pub(super) name: Arc<str>,
    /// What the creator set.
    pub(super) configs: BTreeMap<String, String>,
    pub(super) settings: TopicSettings,
    pub(super) partitions: Vec<Partition>,
    /// Set once; whoever still holds the topic looks it up again.
    pub(super) deleted: AtomicBool,
}

impl Topic {
    pub(super) fn is_deleted(&self) -> bool {
        self.deleted.load(SeqCst)
    }

    pub(super) fn partition(&self, partition: i32) -> Result<&Partition> {
        usize::try_from(partition).ok().and_then(|index| self.partitions.get(index)).ok_or_else(|| {
            Error::new(
                ErrorKind::UnknownTopic,
                format!(
                    "topic {} has {} partitions, there is no partition {partition}",
                    self.name,
                    self.partitions.len()
                ),
            )
        })
    }
}

/// One partition in memory.
pub(super) struct Partition {
    pub(super) tail: Mutex<Tail>,
    /// First offset still there.
    pub(super) start: AtomicI64,
    /// Offset after the last record.
    pub(super) end: AtomicI64,
    /// Offset up to which no transaction is open.
    pub(super) stable: AtomicI64,
    /// When the cleaner compacts it even if nothing is appended, in ms since 1970: at once after the log was
    /// opened, then when the oldest tombstone may go.
    pub(super) compact_at: AtomicI64,
    pub(super) watchers: Watchers,
}

/// What an append changes.
pub(super) struct Tail {
    /// First offset of each open transaction.
    pub(super) open: BTreeMap<u64, i64>,
    /// Bytes appended since the cleaner was here.
    pub(super) dirty: u64,
}

impl Partition {
    pub(super) fn new(start: i64, end: i64) -> Self {
        Self {
            tail: Mutex::new(Tail { open: BTreeMap::new(), dirty: 0 }),
            start: AtomicI64::new(start),
            end: AtomicI64::new(end),
            stable: AtomicI64::new(end),
            compact_at: AtomicI64::new(i64::MIN),
            watchers: Watchers::default(),
        }
    }

    /// Shows readers what was appended or decided.
    pub(super) fn publish(&self, tail: &Tail, end: i64) {
        self.end.store(end, SeqCst);
        self.stable.store(tail.open.values().min().copied().unwrap_or(end), SeqCst);
        self.watchers.ring();
    }

    /// The offset up to which a consumer may read.
    pub(super) fn visible(&self, committed_only: bool) -> i64 {
        if committed_only { self.stable.load(SeqCst) } else { self.end.load(SeqCst) }
    }
}

/// Settings of a topic that the log acts on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TopicSettings {
    pub(super) compact: bool,
    pub(super) delete: bool,
    pub(super) retention_ms: i64,
    pub(super) retention_bytes: i64,
    pub(super) delete_retention_ms: i64,
    pub(super) max_message_bytes: usize,
    pub(super) append_time: bool,
}

impl TopicSettings {
    pub(super) fn read(
        topic: &str,
        configs: &BTreeMap<String, String>,
        options: &EmbeddedOptions,
    ) -> Result<Self> {
        let refused = |name: &str, value: &str| {
            let reason = format!("Invalid value {value} for configuration {name}");
            Error::because(ErrorKind::InvalidConfig, format_args!("cannot create topic {topic}"), &reason)
        };
        if let Some(name) = configs.keys().find(|name| !KNOWN.contains(&name.as_str())) {
            return Err(Error::because(
                ErrorKind::InvalidConfig,
                format_args!("cannot create topic {topic}"),
                &format!("Unknown topic config name: {name}"),
            ));
        }
        let number = |name: &str, default: i64| match configs.get(name) {
            None => Ok(default),
            Some(value) => value.trim().parse::<i64>().map_err(|_| refused(name, value)),
        };
        let policy = configs.get("cleanup.policy").map_or("delete", |policy| policy.trim());
        let policies: Vec<&str> = policy.split(',').map(str::trim).collect();
        if policies.iter().any(|policy| !["compact", "delete"].contains(policy)) {
            return Err(refused("cleanup.policy", policy));
        }
        Ok(Self {
            compact: policies.contains(&"compact"),
            delete: policies.contains(&"delete"),
            retention_ms: number("retention.ms", options.retention_ms)?,
            retention_bytes: number("retention.bytes", options.retention_bytes)?,
            delete_retention_ms: number("delete.retention.ms", 86_400_000)?,
            max_message_bytes: usize::try_from(number("max.message.bytes", 1_048_588)?)
                .map_err(|_| refused("max.message.bytes", "a negative number"))?,
            append_time: configs.get("message.timestamp.type").is_some_and(|kind| kind == "LogAppendTime"),
        })
    }

    /// The settings in force, as `describe` shows them.
    pub(super) fn show(&self, configs: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut all = configs.clone();
        let policy = match (self.compact, self.delete) {
            (true, true) => "compact,delete",
            (true, false) => "compact",
            _ => "delete",
        };
        for (name, value) in [
            ("cleanup.policy", policy.to_owned()),
            ("retention.ms", self.retention_ms.to_string()),
            ("retention.bytes", self.retention_bytes.to_string()),
            ("delete.retention.ms", self.delete_retention_ms.to_string()),
            ("max.message.bytes", self.max_message_bytes.to_string()),
            (
                "message.timestamp.type",
                if self.append_time { "LogAppendTime" } else { "CreateTime" }.to_owned(),
            ),
            ("compression.type", "producer".to_owned()),
            ("min.insync.replicas", "1".to_owned()),
        ] {
            all.entry(name.to_owned()).or_insert(value);
        }
        all
    }
}

/// Kafka's rule for topic names (`Topic.validate`).
pub(super) fn check_name(name: &str) -> Result<()> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() || name == "." || name == ".." || name.len() > 249 || !name.chars().all(legal) {
        return Err(Error::new(
            ErrorKind::Invalid,
            format!("topic name '{name}' is not valid: 1 to 249 letters, digits, '.', '_' and '-' are"),
        ));
    }
    Ok(())
}
