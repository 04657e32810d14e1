//! `topic.creation.*`: how the topics of a source are made (KIP-158).

use ferry_plugin_abi::config::{ConfigKey, ConfigMap, ConfigType, ConfigValue, Importance};

use crate::error::{ConfigError, Result};
use crate::evaluate::Values;
use crate::pattern::WholeMatch;

const DEFAULT: &str = "default";

/// Settings for some topics.
#[derive(Debug, Clone)]
pub struct TopicGroup {
    /// Name in `topic.creation.groups`, or `default`.
    pub name: String,
    include: Option<WholeMatch>,
    exclude: Option<WholeMatch>,
    /// -1 for the broker's default.
    pub replication_factor: i16,
    /// -1 for the broker's default.
    pub partitions: i32,
    /// Settings of the topic itself.
    pub topic_config: ConfigMap,
}

impl TopicGroup {
    /// Whether a topic belongs to this group: included and not excluded.
    fn holds(&self, topic: &str) -> bool {
        let matches = |regex: &Option<WholeMatch>| regex.as_ref().is_some_and(|regex| regex.matches(topic));
        matches(&self.include) && !matches(&self.exclude)
    }
}

/// How a source's topics are made (mirrors `TopicCreation`).
#[derive(Debug, Clone)]
pub struct TopicCreation {
    groups: Vec<TopicGroup>,
    default: TopicGroup,
}

impl TopicCreation {
    /// `None` if no key starts with `topic.creation.`.
    pub(super) fn new(config: &ConfigMap, values: &Values) -> Result<Option<Self>> {
        if !config.iter().any(|(key, _)| key.starts_with("topic.creation.")) {
            return Ok(None);
        }
        let default = group(config, DEFAULT, None)?;
        let names = values.list("topic.creation.groups").unwrap_or_default();
        let listed = names.iter().filter(|name| *name != DEFAULT);
        let groups = listed.map(|name| group(config, name, Some(&default))).collect::<Result<_>>()?;
        Ok(Some(Self { groups, default }))
    }

    /// The settings for a topic: of the first group in the list that holds it, else the default ones.
    pub fn group_of(&self, topic: &str) -> &TopicGroup {
        self.groups.iter().find(|group| group.holds(topic)).unwrap_or(&self.default)
    }
}

fn group(config: &ConfigMap, name: &str, default: Option<&TopicGroup>) -> Result<TopicGroup> {
    let prefix = format!("topic.creation.{name}.");
    let mut props = config.with_prefix(&prefix);
    let (include, exclude) = (props.remove("include"), props.remove("exclude"));
    // The default group holds every topic that no other does, whatever it says.
    let regex = |list: Option<String>, key: &str| match default {
        Some(_) => regex(list.as_deref().unwrap_or_default(), key),
        None => Ok(None),
    };
    let (include, exclude) = (regex(include, "include")?, regex(exclude, "exclude")?);
    let number = |text: Option<String>, key: &str, kind: ConfigType| -> Result<i32> {
        let name = format!("{prefix}{key}");
        let Some(text) = text else { return Err(ConfigError::missing(&name)) };
        match ConfigKey::new(name, kind, Importance::Low, "").parse(&text).map_err(ConfigError::message)? {
            ConfigValue::Int(n) if n == -1 || n > 0 => Ok(n),
            ConfigValue::Short(n) if n == -1 || n > 0 => Ok(n.into()),
            _ if kind == ConfigType::Int => Err(ConfigError::invalid(
                key,
                text.trim(),
                "Number of partitions must be positive, or -1 to use the broker's default",
            )),
            _ => Err(ConfigError::invalid(
                key,
                text.trim(),
                "Replication factor must be positive and not larger than the number of brokers in the Kafka cluster, \
                 or -1 to use the broker's default",
            )),
        }
    };
    let (factor, partitions) = (props.remove("replication.factor"), props.remove("partitions"));
    let replication_factor = match (&factor, default) {
        (None, Some(default)) => default.replication_factor,
        _ => number(factor, "replication.factor", ConfigType::Short)?.try_into().unwrap_or(-1),
    };
    let partitions = match (&partitions, default) {
        (None, Some(default)) => default.partitions,
        _ => number(partitions, "partitions", ConfigType::Int)?,
    };
    Ok(TopicGroup {
        name: name.to_owned(),
        include,
        exclude,
        replication_factor,
        partitions,
        topic_config: props,
    })
}

/// The patterns of a list joined with `|`, to match a whole name; `None` for an empty list.
fn regex(list: &str, key: &str) -> Result<Option<WholeMatch>> {
    let patterns: Vec<&str> = list.trim().split(',').map(str::trim).collect();
    if patterns == [""] {
        return Ok(None);
    }
    WholeMatch::new(&patterns.join("|")).map(Some).map_err(|e| {
        ConfigError::invalid(
            key,
            &format!("[{}]", patterns.join(", ")),
            format!("Syntax error in regular expression: {e}"),
        )
    })
}
