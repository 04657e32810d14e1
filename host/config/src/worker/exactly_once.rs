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
    [
        key("group.id", ConfigType::String).valid(Validator::NonEmptyString),
        key("offset.storage.topic", ConfigType::String).valid(Validator::NonEmptyString),
        key("offset.storage.partitions", ConfigType::Int).or("25"),
        key("offset.storage.replication.factor", ConfigType::Short).or("3"),
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
            let why = if error.message().starts_with("Missing") {
                " (exactly.once.source.support=enabled needs it)"
            } else {
                ""
            };
            ConfigError::message(format!("{}{why}", error.message()))
        })?;
        let number = |name: &str, found: Option<i32>, what: &str| match found.unwrap_or(-1) {
            found if found > 0 || found == -1 => Ok(found),
            found => Err(ConfigError::invalid(
                name,
                &found.to_string(),
                format!("{what} must be positive, or -1 to use the broker's default"),
            )),
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

#[cfg(test)]
mod tests {
    use crate::WorkerConfig;
    use crate::worker::ExactlyOnceSource;

    fn found(more: &str) -> Result<Option<ExactlyOnceSource>, String> {
        let text = format!(
            "bootstrap.servers=b:1\nkey.converter=K\nvalue.converter=V\noffset.storage.file.filename=f\n{more}"
        );
        let raw = crate::properties::parse(&text).unwrap().into_iter().collect();
        let worker = WorkerConfig::new(raw, &crate::providers::built_in, std::sync::Arc::default())
            .map_err(|error| error.to_string())?;
        Ok(worker.exactly_once)
    }

    const ENABLED: &str = "exactly.once.source.support=enabled\ngroup.id=g\noffset.storage.topic=o\n";

    #[test]
    fn is_off_unless_enabled() {
        let all = ["", "group.id=g", "exactly.once.source.support=preparing"];
        assert_eq!(all.map(found), [Ok(None), Ok(None), Ok(None)]);
    }

    #[test]
    fn has_the_defaults_of_the_distributed_worker() {
        let one = found(ENABLED).unwrap().unwrap();
        let names = (one.group_id.as_str(), one.offsets_topic.as_str());
        assert_eq!((names, one.partitions, one.replication_factor), (("g", "o"), 25, 3));
        assert_eq!(one.topic_config, [("cleanup.policy".to_owned(), "compact".to_owned())].into());
        let more = "offset.storage.partitions=-1\noffset.storage.replication.factor=1\n\
            offset.storage.segment.bytes=1000000\noffset.storage.cleanup.policy=delete\n";
        let one = found(&format!("{ENABLED}{more}")).unwrap().unwrap();
        let config = [("cleanup.policy", "compact"), ("segment.bytes", "1000000")];
        let config = config.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!((one.partitions, one.replication_factor, one.topic_config), (-1, 1, config.into()));
    }

    #[test]
    fn refuses_what_cannot_be() {
        let wrong = |more: &str| found(more).unwrap_err();
        let refused = [
            wrong("exactly.once.source.support=ENABLED"),
            wrong("exactly.once.source.support=enabled"),
            wrong("exactly.once.source.support=enabled\ngroup.id=g"),
            wrong("exactly.once.source.support=enabled\ngroup.id=\noffset.storage.topic=o"),
            wrong(&format!("{ENABLED}offset.storage.partitions=0")),
            wrong(&format!("{ENABLED}offset.storage.replication.factor=-2")),
        ];
        let expected = [
            "Invalid value ENABLED for configuration exactly.once.source.support: String must be one of: disabled, preparing, enabled",
            "Missing required configuration \"group.id\" which has no default value. (exactly.once.source.support=enabled needs it)",
            "Missing required configuration \"offset.storage.topic\" which has no default value. (exactly.once.source.support=enabled needs it)",
            "Invalid value  for configuration group.id: String must be non-empty",
            "Invalid value 0 for configuration offset.storage.partitions: Number of partitions must be positive, or -1 to use the broker's default",
            "Invalid value -2 for configuration offset.storage.replication.factor: Replication factor must be positive, or -1 to use the broker's default",
        ];
        assert_eq!(refused, expected);
    }
}
