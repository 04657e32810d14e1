//! The configuration of a standalone worker.

mod clients;
mod def;
mod exactly_once;
mod metrics;
mod rest;
mod standing;
mod warnings;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ferry_plugin_abi::config::{Config, ConfigMap, ConfigValue};

use crate::clients::{OverridePolicy, policy};
use crate::error::{ConfigError, Result};
use crate::evaluate::{Given, evaluate};
use crate::properties;
use crate::providers::{self, Find, Providers, Secrets};
use crate::remark::Remark;
use crate::suggest::nearest;

pub use clients::ClientSettings;
pub use def::DEF;
pub use exactly_once::ExactlyOnceSource;
pub use metrics::MetricsConfig;
pub use rest::{
    AdminListeners, ClientAuth, Cors, HeaderRule, HeaderValue, Listener, RestConfig, RestLimits, Scheme,
    Store, TlsConfig,
};

/// Where the topics are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bootstrap {
    /// A Kafka cluster, reached through these `host:port`.
    Kafka(Vec<String>),
    /// A log in this directory.
    Embedded(PathBuf),
}

/// As it is written in `bootstrap.servers`.
impl fmt::Display for Bootstrap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kafka(servers) => f.write_str(&servers.join(",")),
            Self::Embedded(dir) => write!(f, "embedded:{}", dir.display()),
        }
    }
}

/// A converter and its own settings (prefix stripped).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConverterConfig {
    /// Class name or alias.
    pub class: String,
    /// Version or range, where set.
    pub version: Option<String>,
    /// Its settings.
    pub props: ConfigMap,
}

/// How plugins are found (`plugin.discovery`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum PluginDiscovery {
    OnlyScan,
    ServiceLoad,
    HybridWarn,
    HybridFail,
}

/// When failed tasks are started again (Ferry's own).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestartPolicy {
    /// Whether they are; if not, as Connect: never.
    pub enabled: bool,
    /// Wait before the first restart.
    pub initial: Duration,
    /// Longest wait.
    pub max: Duration,
    /// Restarts without progress before a task stays failed; `None`: no limit.
    pub max_attempts: Option<u32>,
}

/// Format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum LogFormat {
    Text,
    Json,
}

/// A standalone worker's settings, checked (mirrors `StandaloneConfig`).
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// Where the topics are.
    pub bootstrap: Bootstrap,
    /// For connectors that name no key converter.
    pub key_converter: ConverterConfig,
    /// For connectors that name no value converter.
    pub value_converter: ConverterConfig,
    /// For connectors that name no header converter.
    pub header_converter: ConverterConfig,
    /// Interval of offset commits.
    pub offset_flush_interval: Duration,
    /// Time for a flush before a commit is given up.
    pub offset_flush_timeout: Duration,
    /// Time for all tasks together to stop.
    pub task_shutdown_timeout: Duration,
    /// Directories with plugins.
    pub plugin_path: Vec<PathBuf>,
    /// How plugins are found.
    pub plugin_discovery: PluginDiscovery,
    /// REST.
    pub rest: RestConfig,
    /// Which client settings a connector may override.
    pub override_policy: OverridePolicy,
    /// Whether `topic.creation.*` of connectors counts.
    pub topic_creation: bool,
    /// Whether the topics of each connector are tracked.
    pub topic_tracking: bool,
    /// Whether they may be reset.
    pub topic_tracking_reset: bool,
    /// File of source offsets.
    pub offset_file: PathBuf,
    /// What source tasks need for exactly-once; `None`: they write at least once.
    pub exactly_once: Option<ExactlyOnceSource>,
    /// When failed tasks are started again.
    pub restart: RestartPolicy,
    /// Time after which a call into a plugin, other than `poll`, is shown as stuck.
    pub stuck_after: Duration,
    /// Bytes that one task may hold unacknowledged.
    pub max_inflight_bytes: u64,
    /// Bytes of records that all tasks together may hold; `None`: no limit beyond that of each task.
    pub memory_max: Option<u64>,
    /// How it measures.
    pub metrics: MetricsConfig,
    /// Whether tasks whose client settings are equal share Kafka clients.
    pub share_clients: bool,
    /// Whether REST may show records.
    pub tap: bool,
    /// Format of the log.
    pub log_format: LogFormat,
    /// Everything as written, references resolved.
    pub raw: ConfigMap,
    /// For the references of connectors.
    pub providers: Providers,
    /// What the operator should hear.
    pub warnings: Vec<Remark>,
}

/// Reads a worker file without looking at its meaning.
///
/// # Errors
/// It cannot be read, or is no properties file.
pub fn read_raw(path: &Path) -> Result<ConfigMap> {
    Ok(properties::read(path)?.into_iter().collect())
}

/// The directories of `plugin.path`, as written: plugins are scanned before references are resolved.
///
/// # Errors
/// The key is there and names nothing.
pub fn plugin_path(raw: &ConfigMap) -> Result<Vec<PathBuf>> {
    let Some(list) = raw.get("plugin.path") else { return Ok(Vec::new()) };
    let paths: Vec<String> = match list.trim() {
        "" => Vec::new(),
        list => list.split(',').map(|path| path.trim().to_owned()).collect(),
    };
    Ok(no_gaps("plugin.path", paths)?.into_iter().map(PathBuf::from).collect())
}

/// `plugin.discovery`, as written: the classes of config providers are found by it.
///
/// # Errors
/// It names no mode.
pub fn plugin_discovery(raw: &ConfigMap) -> Result<PluginDiscovery> {
    let given = Given::of(raw, "plugin.discovery");
    let (mode, errors) = DEF
        .key("plugin.discovery")
        .map_or_else(|| (ConfigValue::Null, Vec::new()), |key| evaluate(key, &key.name, given));
    if let Some(error) = errors.into_iter().next() {
        return Err(ConfigError::message(error));
    }
    Ok(match mode.to_text().unwrap_or_default().to_ascii_lowercase().as_str() {
        "only_scan" => PluginDiscovery::OnlyScan,
        "service_load" => PluginDiscovery::ServiceLoad,
        "hybrid_fail" => PluginDiscovery::HybridFail,
        _ => PluginDiscovery::HybridWarn,
    })
}

/// `ferry.log.format`, as written: the log begins before anything can be wrong.
pub fn log_format(raw: &ConfigMap) -> LogFormat {
    match raw.get("ferry.log.format").map(str::trim) {
        Some("json") => LogFormat::Json,
        _ => LogFormat::Text,
    }
}

/// A list with something in it, and as [`gapless`].
fn no_gaps(key: &str, list: Vec<String>) -> Result<Vec<String>> {
    if list.is_empty() {
        return Err(ConfigError::message(format!(
            "Configuration '{key}' must not be empty. Valid values include: any non-empty value"
        )));
    }
    gapless(key, list)
}

/// A list without an empty place; what is there twice counts once, as in Kafka (`ConfigDef.ValidList`).
fn gapless(key: &str, list: Vec<String>) -> Result<Vec<String>> {
    let mut found: Vec<String> = Vec::new();
    for item in list {
        if item.is_empty() {
            return Err(ConfigError::message(format!("Configuration '{key}' values must not be empty.")));
        }
        if !found.contains(&item) {
            found.push(item);
        }
    }
    Ok(found)
}

impl WorkerConfig {
    /// Reads and checks a worker file whose config providers are all built in.
    ///
    /// # Errors
    /// The first thing wrong with it, in Kafka's words, and the file.
    pub fn read(path: &Path) -> Result<Self> {
        Self::new(read_raw(path)?, &providers::built_in, Arc::default()).map_err(|e| e.in_file(path))
    }

    /// Checks settings as they were written. `find` knows the classes of config providers, `secrets` learns what
    /// they give out, now and later.
    ///
    /// # Errors
    /// The first thing wrong, in Kafka's words, without what came out of a config provider.
    pub fn new(written: ConfigMap, find: Find<'_>, secrets: Arc<Secrets>) -> Result<Self> {
        let providers = Providers::from_worker(&written, find, secrets.clone())?;
        let mut raw = providers.resolve(&written)?.config;
        if let Some(path) = written.get("plugin.path") {
            raw.insert("plugin.path", path);
        }
        Self::checked(raw, providers)
            .map_err(|error| ConfigError::message(secrets.hide(&error.to_string()).into_owned()))
    }

    fn checked(raw: ConfigMap, providers: Providers) -> Result<Self> {
        let config = Config::parse(&DEF, &raw)
            .map_err(|e| ConfigError::message(warnings::with_hint(e.message(), &raw)))?;
        Self::typed(&config, raw, providers)
    }

    fn typed(config: &Config, raw: ConfigMap, providers: Providers) -> Result<Self> {
        let millis =
            |key: &str| Duration::from_millis(config.long(key).unwrap_or_default().try_into().unwrap_or(0));
        let flag = |key: &str| config.boolean(key).unwrap_or_default();
        for key in ["metric.reporters", "config.providers"] {
            gapless(key, config.list(key).unwrap_or_default())?;
        }
        let interval = config.long("offset.flush.interval.ms").unwrap_or_default();
        if interval < 1 {
            // The JVM worker starts and then throws from the timer.
            return Err(ConfigError::invalid(
                "offset.flush.interval.ms",
                &interval.to_string(),
                "Value must be at least 1",
            ));
        }
        Ok(Self {
            bootstrap: bootstrap(&no_gaps(
                "bootstrap.servers",
                config.list("bootstrap.servers").unwrap_or_default(),
            )?)?,
            key_converter: converter(config, &raw, "key.converter"),
            value_converter: converter(config, &raw, "value.converter"),
            header_converter: converter(config, &raw, "header.converter"),
            offset_flush_interval: millis("offset.flush.interval.ms"),
            offset_flush_timeout: millis("offset.flush.timeout.ms"),
            task_shutdown_timeout: millis("task.shutdown.graceful.timeout.ms"),
            plugin_path: plugin_path(&raw)?,
            plugin_discovery: plugin_discovery(&raw)?,
            rest: RestConfig::new(config, &raw)?,
            override_policy: OverridePolicy::new(
                &config.string(policy::POLICY).unwrap_or_default(),
                gapless(policy::ALLOWLIST, config.list(policy::ALLOWLIST).unwrap_or_default())?,
            )?,
            topic_creation: flag("topic.creation.enable"),
            topic_tracking: flag("topic.tracking.enable"),
            topic_tracking_reset: flag("topic.tracking.allow.reset"),
            offset_file: config.string("offset.storage.file.filename").unwrap_or_default().into(),
            exactly_once: ExactlyOnceSource::new(config, &raw)?,
            stuck_after: millis("ferry.task.stuck.after.ms"),
            restart: RestartPolicy {
                enabled: flag("ferry.task.restart.enabled"),
                initial: millis("ferry.task.restart.backoff.initial.ms"),
                max: millis("ferry.task.restart.backoff.max.ms")
                    .max(millis("ferry.task.restart.backoff.initial.ms")),
                max_attempts: config.int("ferry.task.restart.max.attempts").and_then(|n| n.try_into().ok()),
            },
            max_inflight_bytes: config
                .long("ferry.task.max.inflight.bytes")
                .and_then(|n| n.try_into().ok())
                .unwrap_or(u64::MAX),
            memory_max: config.long("ferry.worker.memory.max").and_then(|n| n.try_into().ok()),
            metrics: MetricsConfig::new(config),
            share_clients: flag("ferry.kafka.clients.shared"),
            tap: flag("ferry.rest.tap.enable"),
            log_format: log_format(&raw),
            warnings: warnings::of(&raw),
            raw,
            providers,
        })
    }
}

fn bootstrap(servers: &[String]) -> Result<Bootstrap> {
    let embedded = |server: &String| server.strip_prefix("embedded:").map(PathBuf::from);
    match servers {
        [one] if one == "embedded:" => {
            Err(ConfigError::invalid("bootstrap.servers", one, "name the directory: embedded:DIR"))
        }
        [one] if one == NOWHERE => Ok(Bootstrap::Kafka(vec![one.clone()])),
        [one] if embedded(one).is_some() => Ok(Bootstrap::Embedded(embedded(one).unwrap_or_default())),
        several if several.iter().any(|server| embedded(server).is_some()) => Err(ConfigError::invalid(
            "bootstrap.servers",
            &several.join(","),
            "embedded:DIR stands alone: a worker uses either one directory or Kafka brokers",
        )),
        several => {
            several.iter().try_for_each(|server| address(server))?;
            Ok(Bootstrap::Kafka(several.to_vec()))
        }
    }
}

/// For measurements: a broker that keeps nothing.
const NOWHERE: &str = "null:";

/// Checks `host:port` (mirrors `ClientUtils.parseAndValidateAddresses`); the first half of a complaint is Kafka's.
/// Whether there is such a host is not asked.
fn address(server: &str) -> Result<()> {
    let wrong = |what: &str, mend: &str| {
        Err(ConfigError::message(format!("Invalid {what} in bootstrap.servers: {server} ({mend})")))
    };
    let digits = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = |text: &str, more: &str| {
        text.chars().all(|c| c.is_ascii_alphanumeric() || "-%._".contains(c) || more.contains(c))
    };
    let (host, port) = server.rsplit_once(':').unwrap_or((server, ""));
    // A scheme is passed over.
    let host =
        host.split_once("://").filter(|(scheme, _)| is_name(scheme, "")).map_or(host, |(_, host)| host);
    let host = host.strip_prefix('[').unwrap_or(host);
    let host = host.strip_suffix(']').unwrap_or(host);
    if is_name(host, ":") && digits(&port) {
        return if port.parse::<u16>().is_ok() { Ok(()) } else { wrong("port", "a port is at most 65535") };
    }
    match nearest(server.split(':').next().unwrap_or_default(), ["embedded"], 2) {
        Some(_) => wrong("url", "did you mean embedded:DIR? Brokers are written host:port"),
        None => wrong("url", "write host:port, such as localhost:9092"),
    }
}

fn converter(config: &Config, raw: &ConfigMap, key: &str) -> ConverterConfig {
    let version = format!("{key}.plugin.version");
    let mut props = raw.with_prefix(&format!("{key}."));
    props.remove("plugin.version");
    ConverterConfig { class: config.class(key).unwrap_or_default(), version: config.string(&version), props }
}

#[cfg(test)]
mod tests;
