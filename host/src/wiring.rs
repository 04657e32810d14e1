//! The one place that names concrete types.

use std::collections::BTreeMap;
use std::sync::Arc;

use ferry_config::worker::{self, PluginDiscovery};
use ferry_config::{ConfigMap, WorkerConfig};
use ferry_kafka::Client;
use ferry_kafka::null::NullClient;
use ferry_plugin_abi::api::PluginClass;
use ferry_plugins::{Discovery, Options, PluginRegistry, Refusal, Registry};
use ferry_runtime::budget::WorkerBudget;
use ferry_runtime::environment::Environment;
use ferry_runtime::exactly_once::OffsetTopics;
use ferry_runtime::metrics::{self, Metrics};
use ferry_runtime::stores::FileOffsets;
use ferry_runtime::tap::Taps;

/// What went wrong, in a sentence.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The plugins of a worker whose file says this. The scan goes on in the background, and files that come and go are
/// noticed.
pub fn plugins(raw: &ConfigMap) -> Result<Arc<PluginRegistry>, Failure> {
    Ok(Arc::new(registry(Options { watch: true, ..options(raw)? })?))
}

/// The same for who looks once: all there are are known when it returns.
pub fn plugins_once(raw: &ConfigMap) -> Result<Arc<dyn Registry>, Failure> {
    let registry = registry(options(raw)?)?;
    registry.rescan();
    Ok(Arc::new(registry))
}

fn options(raw: &ConfigMap) -> Result<Options, Failure> {
    let discovery = match worker::plugin_discovery(raw)? {
        PluginDiscovery::OnlyScan => Discovery::OnlyScan,
        PluginDiscovery::ServiceLoad => Discovery::ServiceLoad,
        PluginDiscovery::HybridWarn => Discovery::HybridWarn,
        PluginDiscovery::HybridFail => Discovery::HybridFail,
    };
    Ok(Options { path: worker::plugin_path(raw)?, discovery, ..Options::default() })
}

/// Plugins, Kafka and offsets of a worker.
pub fn environment(worker: WorkerConfig, registry: Arc<PluginRegistry>) -> Result<Arc<Environment>, Failure> {
    let settings = worker.raw.iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    let kafka = kafka(&worker.bootstrap.to_string(), &settings)?;
    let offsets = Arc::new(FileOffsets::open(&worker.offset_file)?);
    let memory = WorkerBudget::new(worker.memory_max);
    let offset_topics = OffsetTopics::default();
    let metrics = Arc::new(Metrics::new(metrics::windows(&worker.metrics)));
    Ok(Arc::new(Environment {
        registry,
        kafka,
        offsets,
        offset_topics,
        memory,
        metrics,
        taps: Taps::default(),
        worker,
    }))
}

/// The cluster, the embedded log, or for measurements nothing at all.
pub fn kafka(bootstrap: &str, settings: &BTreeMap<String, String>) -> Result<Arc<dyn Client>, Failure> {
    if bootstrap == "null:" {
        return Ok(Arc::new(NullClient));
    }
    Ok(ferry_kafka::connect(bootstrap, settings)?)
}

/// Looks for plugins.
pub fn registry(options: Options) -> Result<PluginRegistry, Failure> {
    PluginRegistry::open(options, built_in()).map_err(|refusals: Vec<Refusal>| {
        let sentences: Vec<_> = refusals.iter().map(ToString::to_string).collect();
        sentences.join("\n").into()
    })
}

/// The classes that every worker has.
fn built_in() -> Vec<PluginClass> {
    let mut classes = ferry_converters::classes();
    classes.extend(ferry_transforms::classes());
    classes.extend(ferry_predicates::classes());
    classes.extend(ferry_config::providers::classes());
    classes
}
