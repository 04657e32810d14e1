//! What the framework itself reads of a connector's configuration.

mod chain;
pub mod defs;
mod topic_creation;
mod unknown;

use std::time::Duration;

use ferry_plugin_abi::config::ConfigMap;

use crate::error::{ConfigError, Result};
use crate::evaluate::Values;
use crate::pattern::WholeMatch;
use crate::worker::ConverterConfig;

pub(crate) use chain::negate_error;
pub use chain::{PredicateConfig, TransformConfig};
pub use topic_creation::{TopicCreation, TopicGroup};
pub use unknown::unknown_settings;

/// Which way records go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectorKind {
    /// Into Kafka.
    Source,
    /// Out of Kafka.
    Sink,
}

impl ConnectorKind {
    /// The name REST uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Sink => "sink",
        }
    }
}

/// What a sink reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topics {
    /// These.
    List(Vec<String>),
    /// Those whose whole name matches.
    Regex(String),
}

/// Where a sink's failed records go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetterQueue {
    /// Topic.
    pub topic: String,
    /// For its creation; -1 for the broker's default.
    pub replication_factor: i16,
    /// Whether headers tell what went wrong.
    pub context_headers: bool,
}

/// What happens to records that cannot be processed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorConfig {
    /// How long one operation is repeated; `None`: for ever.
    pub retry_timeout: Option<Duration>,
    /// Longest wait between two attempts.
    pub retry_delay_max: Duration,
    /// Whether a bad record is skipped (`all`) or fails the task (`none`).
    pub tolerate_all: bool,
    /// Whether each error is logged.
    pub log_enable: bool,
    /// Whether the log shows the record.
    pub log_include_messages: bool,
    /// Where bad records of a sink go.
    pub dead_letter_queue: Option<DeadLetterQueue>,
    /// Whether a batch that a sink refuses is divided until the bad records stand alone.
    pub put_bisect: bool,
    /// Records refused one after the other before the sink itself is taken to be at fault; `None`: no limit.
    pub put_bisect_limit: Option<usize>,
}

/// When a source task with exactly-once support commits a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionBoundary {
    /// After each batch.
    Poll,
    /// After this time; `None`: the worker's offset flush interval.
    Interval(Option<Duration>),
    /// When the connector says so.
    Connector,
}

/// A connector's configuration as the framework sees it (mirrors `SourceConnectorConfig` and
/// `SinkConnectorConfig`).
#[derive(Debug, Clone)]
pub struct ConnectorConfig {
    /// Unique name.
    pub name: String,
    /// Class name or alias.
    pub class: String,
    /// Version or range, where set.
    pub version: Option<String>,
    /// Source or sink.
    pub kind: ConnectorKind,
    /// Most tasks it may have.
    pub tasks_max: usize,
    /// Whether more tasks are an error.
    pub tasks_max_enforce: bool,
    /// Own key converter; `None`: the worker's, with the worker's settings.
    pub key_converter: Option<ConverterConfig>,
    /// Own value converter; likewise.
    pub value_converter: Option<ConverterConfig>,
    /// Own header converter; likewise.
    pub header_converter: Option<ConverterConfig>,
    /// In the order in which they run.
    pub transforms: Vec<TransformConfig>,
    /// Those that transforms refer to, and others.
    pub predicates: Vec<PredicateConfig>,
    /// What happens to bad records.
    pub errors: ErrorConfig,
    /// Whether it restarts when values of config providers expire.
    pub reload_restarts: bool,
    /// What a sink reads; `None` for a source.
    pub topics: Option<Topics>,
    /// How a source's topics are made; `None`: by the broker, if at all.
    pub topic_creation: Option<TopicCreation>,
    /// Whether a source insists on exactly-once.
    pub exactly_once_required: bool,
    /// Where a source's transactions end.
    pub transaction_boundary: TransactionBoundary,
}

impl ConnectorConfig {
    /// Reads a configuration whose references are resolved. `topic_creation` is the worker's
    /// `topic.creation.enable`.
    ///
    /// # Errors
    /// The first thing wrong, in Kafka's words.
    pub fn new(kind: ConnectorKind, config: &ConfigMap, topic_creation: bool) -> Result<Self> {
        let def = match kind {
            ConnectorKind::Source => defs::source(),
            ConnectorKind::Sink => defs::sink(),
        };
        let values = Values::parse(&def, config)?;
        let flag = |key: &str| values.boolean(key).unwrap_or_default();
        let text = |key: &str| values.string(key).unwrap_or_default();
        let predicates = chain::predicates(config, &values.list("predicates").unwrap_or_default())?;
        let transforms =
            chain::transforms(config, &values.list("transforms").unwrap_or_default(), &predicates)?;
        if kind == ConnectorKind::Sink
            && let Some((_, error)) = topic_errors(config).into_iter().next()
        {
            return Err(ConfigError::message(error));
        }
        Ok(Self {
            name: text("name"),
            class: text("connector.class"),
            version: values.string("connector.plugin.version"),
            kind,
            tasks_max: values.int("tasks.max").and_then(|n| n.try_into().ok()).unwrap_or(1),
            tasks_max_enforce: flag("tasks.max.enforce"),
            key_converter: converter(&values, config, "key.converter"),
            value_converter: converter(&values, config, "value.converter"),
            header_converter: converter(&values, config, "header.converter"),
            transforms,
            predicates,
            errors: errors(&values, config)?,
            reload_restarts: text("config.action.reload") == "restart",
            topics: (kind == ConnectorKind::Sink).then(|| {
                let list = values.list("topics").unwrap_or_default();
                if list.is_empty() { Topics::Regex(text("topics.regex")) } else { Topics::List(list) }
            }),
            topic_creation: match kind {
                ConnectorKind::Source if topic_creation => TopicCreation::new(config, &values)?,
                _ => None,
            },
            exactly_once_required: text("exactly.once.support").eq_ignore_ascii_case("required"),
            transaction_boundary: match text("transaction.boundary").to_ascii_lowercase().as_str() {
                "interval" => TransactionBoundary::Interval(
                    values
                        .long("transaction.boundary.interval.ms")
                        .and_then(|ms| ms.try_into().ok())
                        .map(Duration::from_millis),
                ),
                "connector" => TransactionBoundary::Connector,
                _ => TransactionBoundary::Poll,
            },
        })
    }

    /// Whether an admin client is needed, and with it `admin.override.*` counts.
    pub fn uses_admin(&self) -> bool {
        self.topic_creation.is_some() || self.errors.dead_letter_queue.is_some()
    }
}

/// The connector's own converter with the settings under its prefix; never with the worker's.
fn converter(values: &Values, config: &ConfigMap, key: &str) -> Option<ConverterConfig> {
    let class = values.class(key)?;
    let mut props = config.with_prefix(&format!("{key}."));
    props.remove("plugin.version");
    Some(ConverterConfig { class, version: values.string(&format!("{key}.plugin.version")), props })
}

fn errors(values: &Values, config: &ConfigMap) -> Result<ErrorConfig> {
    let own = Values::parse(&defs::sink_beyond_connect(), config)?;
    let millis = |key: &str| values.long(key).unwrap_or_default();
    let duration = |ms: i64| Duration::from_millis(ms.try_into().unwrap_or(0));
    let retry_timeout = millis("errors.retry.timeout");
    let queue = values.string("errors.deadletterqueue.topic.name").filter(|topic| !topic.is_empty());
    Ok(ErrorConfig {
        retry_timeout: (retry_timeout != -1).then(|| duration(retry_timeout)),
        retry_delay_max: duration(millis("errors.retry.delay.max.ms")),
        tolerate_all: values.string("errors.tolerance").as_deref() == Some("all"),
        log_enable: values.boolean("errors.log.enable").unwrap_or_default(),
        log_include_messages: values.boolean("errors.log.include.messages").unwrap_or_default(),
        dead_letter_queue: queue.map(|topic| DeadLetterQueue {
            topic,
            replication_factor: values.short("errors.deadletterqueue.topic.replication.factor").unwrap_or(3),
            context_headers: values
                .boolean("errors.deadletterqueue.context.headers.enable")
                .unwrap_or_default(),
        }),
        put_bisect: own.boolean("ferry.errors.put.bisect").unwrap_or(true),
        put_bisect_limit: own.int("ferry.errors.put.bisect.limit").and_then(|n| n.try_into().ok()),
    })
}

/// What is wrong with the topics of a sink taken together: pairs of key and complaint (mirrors
/// `SinkConnectorConfig.validate`).
pub(crate) fn topic_errors(config: &ConfigMap) -> Vec<(&'static str, String)> {
    let given = |key: &str| config.get(key).map(str::trim).filter(|value| !value.is_empty());
    let both = |text: &str| vec![("topics", text.to_owned()), ("topics.regex", text.to_owned())];
    let (topics, regex) = (given("topics"), given("topics.regex"));
    let mut errors = match (topics, regex) {
        (Some(_), Some(_)) => {
            both("topics and topics.regex are mutually exclusive options, but both are set.")
        }
        (None, None) => both("Must configure one of topics or topics.regex"),
        _ => Vec::new(),
    };
    let Some(queue) = given("errors.deadletterqueue.topic.name") else { return errors };
    let topics: Vec<&str> = topics.iter().flat_map(|topics| topics.split(',')).map(str::trim).collect();
    if topics.contains(&queue) {
        errors.push((
            "topics",
            format!(
                "The DLQ topic '{queue}' may not be included in the list of topics ('topics=[{}]') consumed by \
                 the connector",
                topics.join(", ")
            ),
        ));
    }
    if let Some(regex) = regex
        && WholeMatch::new(regex).is_ok_and(|regex| regex.matches(queue))
    {
        errors.push((
            "topics.regex",
            format!(
                "The DLQ topic '{queue}' may not be matched by the regex for the topics ('topics.regex={regex}') \
                 consumed by the connector"
            ),
        ));
    }
    errors
}

#[cfg(test)]
mod tests;
