//! Exactly-once source tasks (KIP-618), in a standalone worker too.
//!
//! The properties are those of Kafka's distributed worker: `group.id` and `offset.storage.topic` have no default
//! there either. Two workers that share both would take each other's tasks for older ones of their own.

use std::collections::BTreeMap;

use ferry_plugin_abi::config::{Config, ConfigDef, ConfigKey, ConfigMap, ConfigType, Importance, Validator};

use crate::error::{ConfigError, Result};

/// The prefix of all properties of the offsets topic.
const PREFIX: &str = "offset.storage.";

/// What transactions of source tasks need of the worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExactlyOnceSource {
    /// `group.id`: begins every `transactional.id` of this worker.
    pub group_id: String,
    /// `offset.storage.topic`
    pub offsets_topic: String,
    /// `offset.storage.partitions`; -1: the broker's default.
    pub partitions: i32,
    /// `offset.storage.replication.factor`; -1: the broker's default.
    pub replication_factor: i16,
    /// Further settings of the topic, `cleanup.policy=compact` among them.
    pub topic_config: BTreeMap<String, String>,
}

fn def() -> ConfigDef {
    let key = |name: &str, kind| ConfigKey::new(name, kind, Importance::High, "");
    let positive = Validator::Range { min: Some(-1.0), max: None };
    [
        key("group.id", ConfigType::String),
        key("offset.storage.topic", ConfigType::String),
        key("offset.storage.partitions", ConfigType::Int).or("25").valid(positive.clone()),
        key("offset.storage.replication.factor", ConfigType::Short).or("3").valid(positive),
    ]
    .into_iter()
    .collect()
}

impl ExactlyOnceSource {
    /// `None` unless `exactly.once.source.support=enabled`.
    pub(super) fn new(config: &Config, raw: &ConfigMap) -> Result<Option<Self>> {
        if config.string("exactly.once.source.support").as_deref() != Some("enabled") {
            return Ok(None);
        }
        let own = Config::parse(&def(), raw).map_err(|error| {
            let message = error.message();
            ConfigError::message(format!("{message} (exactly.once.source.support=enabled needs it)"))
        })?;
        let number = |name: &str, found: Option<i32>, what: &str| match found {
            Some(0) => Err(ConfigError::invalid(
                name,
                "0",
                format!("{what} must be positive, or -1 to use the broker's default"),
            )),
            found => Ok(found.unwrap_or(-1)),
        };
        let mut topic_config: BTreeMap<String, String> =
            raw.with_prefix(PREFIX).iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        for known in ["topic", "partitions", "replication.factor", "file.filename"] {
            topic_config.remove(known);
        }
        // Whatever the user says, as in the JVM worker.
        topic_config.insert("cleanup.policy".to_owned(), "compact".to_owned());
        Ok(Some(Self {
            group_id: own.string("group.id").unwrap_or_default(),
            offsets_topic: own.string("offset.storage.topic").unwrap_or_default(),
            partitions: number(
                "offset.storage.partitions",
                own.int("offset.storage.partitions"),
                "Number of partitions",
            )?,
            replication_factor: number(
                "offset.storage.replication.factor",
                own.short("offset.storage.replication.factor").map(i32::from),
                "Replication factor",
            )?
            .try_into()
            .unwrap_or(-1),
            topic_config,
        }))
    }
}
