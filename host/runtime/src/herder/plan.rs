//! From a connector's configuration to what is needed to run it and its tasks (`Worker`, `AbstractHerder`).

use std::sync::Arc;

use ferry_config::providers::substitute::{self, Resolved};
use ferry_config::{ConfigError, ConnectorConfig, ConnectorKind, clients};
use ferry_plugin_abi::api::{ClassKind, PluginClass};
use ferry_plugin_abi::config::ConfigMap;
use ferry_plugin_abi::{Error, Result};

use super::ConnectorType;
use crate::environment::Environment;
use crate::executor::task_class;

const CONFIG_EXCEPTION: &str = "org.apache.kafka.common.config.ConfigException";

/// A connector that can be started.
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) class: Arc<PluginClass>,
    /// References resolved.
    pub(super) config: ConfigMap,
    /// What they were resolved to, and how long that holds.
    pub(super) resolved: Arc<Resolved>,
    pub(super) connector: Arc<ConnectorConfig>,
    /// Why no task can be started: as in Connect, the connector can.
    pub(super) no_tasks: Option<Error>,
}

/// Replaces the references of a configuration. May read files or ask servers.
pub(super) fn resolve(env: &Environment, config: &ConfigMap) -> Result<Resolved> {
    // The configuration may be fine: what a provider cannot say now it may say later.
    let failed = |error: ConfigError| Error::fatal(error.to_string()).class(CONFIG_EXCEPTION);
    env.worker.providers.resolve(config).map_err(failed)
}

/// The class of a connector.
pub(super) fn class(env: &Environment, config: &ConfigMap) -> Result<Arc<PluginClass>> {
    let name = config.get("connector.class").unwrap_or_default();
    let version = config.get("connector.plugin.version");
    env.registry.resolve_connector(name, version).map_err(|error| Error::config(error.to_string()))
}

/// What is needed to run the connector called `name`.
pub(super) fn connector(env: &Environment, name: &str, config: &ConfigMap) -> Result<Plan> {
    let resolved = resolve(env, config)?;
    let config = resolved.config.clone();
    let class = class(env, &config)?;
    let kind = match class.kind() {
        ClassKind::Sink => ConnectorKind::Sink,
        _ => ConnectorKind::Source,
    };
    let (mut typed, no_tasks) = match ConnectorConfig::new(kind, &config, env.worker.topic_creation) {
        Ok(typed) => (typed, None),
        Err(error) => (without_chain(env, kind, &config)?, Some(Error::config(error.to_string()))),
    };
    let no_tasks = no_tasks.or_else(|| forbidden_overrides(env, kind, &config).err());
    // A patch can change the key `name`; who the connector is, it cannot.
    name.clone_into(&mut typed.name);
    Ok(Plan { class, config, resolved: Arc::new(resolved), connector: Arc::new(typed), no_tasks })
}

/// Whether the worker's policy lets the connector's tasks override what they do: it may be stricter than when
/// the connector was created.
fn forbidden_overrides(env: &Environment, kind: ConnectorKind, config: &ConfigMap) -> Result<()> {
    let policy = &env.worker.override_policy;
    clients::used_by(kind, config)
        .into_iter()
        .try_for_each(|client| policy.check(client, config))
        .map_err(|error| Error::fatal(error.to_string()))
}

/// A configuration whose transforms are wrong in a way that validation lets pass, without them.
fn without_chain(env: &Environment, kind: ConnectorKind, config: &ConfigMap) -> Result<ConnectorConfig> {
    let mut rest = config.clone();
    rest.remove("transforms");
    rest.remove("predicates");
    let typed = ConnectorConfig::new(kind, &rest, env.worker.topic_creation);
    typed.map_err(|error| Error::config(error.to_string()))
}

impl Plan {
    pub(super) fn kind(&self) -> ConnectorType {
        Some(self.class.kind()).into()
    }

    /// The configurations of tasks as they are kept: with what the framework adds, and with references
    /// instead of what they stand for. `raw` is the connector's configuration as the user wrote it.
    pub(super) fn tasks(&self, raw: &ConfigMap, configs: Vec<ConfigMap>) -> Result<Vec<ConfigMap>> {
        let (count, most) = (configs.len(), self.connector.tasks_max);
        if count > most {
            let name = &self.connector.name;
            if self.connector.tasks_max_enforce {
                return Err(Error::fatal(format!(
                    "The connector {name} has generated {count} tasks, which is greater than {most}, the maximum number of tasks it is configured to create. This behaviour should be considered a bug and is disallowed. If necessary, it can be permitted by reconfiguring the connector with 'tasks.max.enforce' set to false; however, this option will be removed in a future release of Kafka Connect."
                ))
                .class("org.apache.kafka.connect.errors.TooManyTasksException"));
            }
            tracing::warn!(
                connector = name,
                count,
                most,
                "connector has generated more tasks than tasks.max"
            );
        }
        Ok(configs.into_iter().map(|config| self.task(raw, config)).collect())
    }

    fn task(&self, raw: &ConfigMap, mut config: ConfigMap) -> ConfigMap {
        if !config.contains_key("task.class") {
            config.insert("task.class", task_class(&self.class.class));
        }
        for key in ["topics", "topics.regex"] {
            if let Some(value) = self.config.get(key) {
                config.insert(key, value);
            }
        }
        let of_connector = |key: &str| raw.get(key).filter(|value| substitute::refers(value));
        config
            .iter()
            .map(|(key, value)| match of_connector(key) {
                Some(reference) => (key, reference.to_owned()),
                // What the connector made of a secret is no more to be shown than the secret.
                None => (key, self.resolved.referring(value)),
            })
            .collect()
    }
}
