//! Decides what should run: the [`Herder`] behind REST and its standalone form.

mod actor;
mod condition;
mod dry_run;
mod entity;
mod error;
mod events;
mod exactly_once;
mod instance;
mod offsets;
mod plan;
mod plugins;
mod restart;
mod shared;
mod standalone;
mod status;
mod validation;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use ferry_config::json::JsonConfig;
use ferry_config::validate::ConfigInfos;
use ferry_log::{Level, Loggers};
use ferry_plugin_abi::config::{ConfigKeyInfo, ConfigMap};

use crate::metrics::RestMetrics;

pub use crate::tap::{TapRequest, TapStream};
pub use condition::{Condition, Write, tag};
pub use dry_run::{DryRun, DryRunStep};
pub use entity::*;
pub use error::HerderError;
pub use events::{StatusEvent, StatusWatch};
pub use standalone::StandaloneHerder;
pub use status::Statuses;
pub(crate) use status::millis;
pub use validation::validate;

/// What a herder says.
pub type Result<T, E = HerderError> = std::result::Result<T, E>;

/// Who this worker is.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The `host:port` that others shall use.
    pub worker_id: String,
    /// Its version.
    pub version: String,
    /// The commit it was built from.
    pub commit: String,
}

/// What a herder says later; REST waits 90 s at most and may drop it any time.
pub type Answer<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// All that REST can ask of a worker (`org.apache.kafka.connect.runtime.Herder`).
///
/// Methods that return an [`Answer`] may wait for a connector, a task or another worker; the others
/// answer from memory. All of them may be called from any thread, and none of them blocks it. What is
/// asked of one connector never waits for another one.
pub trait Herder: Send + Sync {
    /// Version and cluster.
    fn server_info(&self) -> ServerInfo;
    /// Whether start-up is over: in standalone mode, all connectors of the command line exist.
    fn ready(&self) -> bool;
    /// Returns once the worker has proven that it can still answer.
    fn health(&self) -> Answer<()>;
    /// What it is busy with, as a sentence to be added to a time-out (`Stage.summarize`).
    fn stage(&self) -> Option<String> {
        None
    }

    /// The names of all connectors.
    fn connectors(&self) -> Vec<String>;
    /// A connector from memory, for lists.
    fn snapshot(&self, name: &str) -> Option<ConnectorInfo>;
    /// A connector.
    fn connector(&self, name: &str) -> Answer<ConnectorInfo>;
    /// Its configuration as the user wrote it.
    fn config(&self, name: &str) -> Answer<ConfigMap>;
    /// Creates or changes a connector.
    fn put_config(&self, name: &str, config: JsonConfig, write: Write) -> Answer<Created>;
    /// Merges `patch` into a connector's configuration; its nulls remove keys. Nobody else's change is lost.
    fn patch_config(&self, name: &str, patch: JsonConfig, condition: Condition) -> Answer<Created>;
    /// Ends a connector and forgets it.
    fn delete(&self, name: &str, condition: Condition) -> Answer<()>;

    /// The states of a connector and its tasks.
    fn status(&self, name: &str) -> Result<ConnectorStateInfo>;
    /// The state of a task.
    fn task_status(&self, name: &str, task: i32) -> Result<TaskState>;
    /// The configurations of a connector's tasks.
    fn tasks(&self, name: &str) -> Answer<Vec<TaskInfo>>;
    /// Stops and starts one task.
    fn restart_task(&self, name: &str, task: i32) -> Answer<()>;
    /// Stops and starts the connector, not its tasks.
    fn restart(&self, name: &str) -> Answer<()>;
    /// Stops and starts the connector and, if told, its tasks; or those of them that failed.
    fn restart_all(&self, name: &str, include_tasks: bool, only_failed: bool) -> Answer<ConnectorStateInfo>;
    /// Pauses a connector and its tasks, some time after this returns.
    fn pause(&self, name: &str) -> Result<()>;
    /// Undoes pause and stop, some time after this returns.
    fn resume(&self, name: &str) -> Result<()>;
    /// Ends all tasks and stops the connector; its configuration stays.
    fn stop(&self, name: &str) -> Answer<()>;

    /// The states of all connectors, or of one that need not be there yet, and their changes.
    fn watch(&self, name: Option<&str>) -> StatusWatch;
    /// Samples of the records that flow through a connector.
    fn tap(&self, name: &str, request: TapRequest) -> Result<TapStream>;

    /// The topics a connector used since it was created or they were reset.
    fn topics(&self, name: &str) -> Result<Vec<String>>;
    /// Forgets those topics.
    fn reset_topics(&self, name: &str) -> Result<()>;

    /// The offsets of a connector.
    fn offsets(&self, name: &str) -> Answer<ConnectorOffsets>;
    /// Changes offsets of a stopped connector.
    fn alter_offsets(&self, name: &str, offsets: ConnectorOffsets) -> Answer<Message>;
    /// Forgets all offsets of a stopped connector.
    fn reset_offsets(&self, name: &str) -> Answer<Message>;

    /// All plugins, or the connectors among them, in Connect's order.
    fn plugins(&self, connectors_only: bool) -> Answer<Vec<PluginInfo>>;
    /// What a plugin accepts.
    fn plugin_config(&self, plugin: &str, version: Option<&str>) -> Answer<Vec<ConfigKeyInfo>>;
    /// What is wrong with a configuration. One without a known class is a refusal.
    fn validate(&self, config: JsonConfig) -> Answer<ConfigInfos>;

    /// Where requests to REST are counted.
    fn rest_metrics(&self) -> &RestMetrics;
    /// All that the worker measures, as Prometheus reads it ([`crate::metrics`]).
    fn metrics(&self) -> Answer<String>;

    /// The levels of all loggers of this worker that are not off, by name.
    fn logger_levels(&self) -> BTreeMap<String, LoggerLevel> {
        let levels = Loggers::of_process().levels().into_iter();
        levels.map(|(name, shown)| (name, shown.into())).collect()
    }
    /// The level of a logger of this worker; `None`: there is none of this name.
    fn logger_level(&self, name: &str) -> Option<LoggerLevel> {
        Loggers::of_process().level(name).map(LoggerLevel::from)
    }
    /// Sets the level of a logger of this worker and of those below; returns the names of those that changed.
    fn set_worker_logger_level(&self, name: &str, level: Level) -> Vec<String> {
        Loggers::of_process().set_level(name, level)
    }
    /// The same on all workers of the cluster (KIP-976), some time after this returns.
    fn set_cluster_logger_level(&self, name: &str, level: Level) -> Answer<()> {
        self.set_worker_logger_level(name, level);
        Box::pin(async { Ok(()) })
    }

    /// Tries a configuration for `limit` at most: one record, of which nothing is left behind.
    fn dry_run(&self, config: JsonConfig, limit: Duration) -> Answer<DryRun>;

    /// Another worker's new task configurations (`POST /connectors/{c}/tasks`).
    fn put_task_configs(&self, _name: &str, _configs: Vec<JsonConfig>) -> Answer<()> {
        unsupported(
            "Kafka Connect in standalone mode does not support externally setting task configurations.",
        )
    }
    /// Another worker's wish to fence producers (`PUT /connectors/{c}/fence`).
    fn fence(&self, _name: &str) -> Answer<()> {
        unsupported("Kafka Connect in standalone mode does not support exactly-once source connectors.")
    }
}

fn unsupported(message: &'static str) -> Answer<()> {
    Box::pin(async move { Err(HerderError::new(500, message)) })
}

#[cfg(test)]
mod tests;
