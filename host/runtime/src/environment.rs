//! What all connectors of a worker share.

use std::sync::Arc;

use ferry_config::WorkerConfig;
use ferry_kafka::Client;
use ferry_kafka::null::NullClient;
use ferry_plugin_abi::api::{ClassKind, PluginClass};
use ferry_plugin_abi::{Error, Result};
use ferry_plugins::Registry;

use crate::budget::WorkerBudget;
use crate::exactly_once::OffsetTopics;
use crate::metrics::{self, Metrics};
use crate::stores::{NoOffsets, OffsetStore};
use crate::tap::Taps;

/// The worker's configuration, plugins, Kafka and offsets.
pub struct Environment {
    /// Its configuration.
    pub worker: WorkerConfig,
    /// Its plugins.
    pub registry: Arc<dyn Registry>,
    /// Its Kafka cluster or embedded log.
    pub kafka: Arc<dyn Client>,
    /// The source offsets of tasks without transactions, and those from before a task had some.
    pub offsets: Arc<dyn OffsetStore>,
    /// The topics of source offsets that are in use.
    pub offset_topics: OffsetTopics,
    /// The memory that its tasks share.
    pub memory: Arc<WorkerBudget>,
    /// Who listens to the records of its tasks.
    pub taps: Taps,
    /// What it measures.
    pub metrics: Arc<Metrics>,
}

impl Environment {
    /// Without Kafka and without offsets: enough to validate configurations and to make the chains and converters
    /// they describe. A task that is started in it fails.
    pub fn offline(worker: WorkerConfig, registry: Arc<dyn Registry>) -> Self {
        let memory = WorkerBudget::new(worker.memory_max);
        let metrics = Arc::new(Metrics::new(metrics::windows(&worker.metrics)));
        Self {
            worker,
            registry,
            kafka: Arc::new(NullClient),
            offsets: Arc::new(NoOffsets),
            offset_topics: OffsetTopics::default(),
            memory,
            taps: Taps::default(),
            metrics,
        }
    }

    /// The class that a configuration names.
    pub fn resolve(&self, kind: ClassKind, name: &str, version: Option<&str>) -> Result<Arc<PluginClass>> {
        self.registry.resolve(kind, name, version).map_err(|error| Error::config(error.to_string()))
    }

    /// The class that a connector's configuration names: one that lies beside the connector wins.
    pub fn resolve_beside(
        &self,
        connector: &PluginClass,
        kind: ClassKind,
        name: &str,
        version: Option<&str>,
    ) -> Result<Arc<PluginClass>> {
        let found = self.registry.resolve_beside(connector, kind, name, version);
        found.map_err(|error| Error::config(error.to_string()))
    }
}
