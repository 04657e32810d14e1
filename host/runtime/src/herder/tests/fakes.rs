//! A worker whose plugins, tasks and offsets are made up.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, Weak, mpsc};
use std::time::Duration;

use ferry_config::WorkerConfig;
use ferry_config::json::JsonConfig;
use ferry_kafka::null::NullClient;
use ferry_plugin_abi::api::{ClassKind, Connector, ConnectorContext, Factory, PluginClass};
use ferry_plugin_abi::config::{ConfigDef, ConfigKey, ConfigMap, ConfigType, Importance};
use ferry_plugin_abi::data::Value;
use ferry_plugin_abi::{Error, Result};
use ferry_plugins::{PluginInfo, Refusal, Registry, ResolveError};

use crate::budget::WorkerBudget;
use crate::environment::Environment;
use crate::exactly_once::OffsetTopics;
use crate::executor::{Executor, TaskEvent, TaskId, TaskListener, TaskSpec, lock};
use crate::herder::{Identity, StandaloneHerder};
use crate::stores::OffsetStore;

/// What the made-up connectors and tasks were told, in order.
pub(super) type Told = Arc<Mutex<Vec<String>>>;

/// What a connector does is in its configuration, under these keys.
const KEYS: [&str; 6] = ["start", "task_configs", "topic", "secret", "tasks", "alter"];

struct Scripted {
    told: Told,
    config: ConfigMap,
    contexts: mpsc::Sender<ConnectorContext>,
    holds: Arc<Mutex<mpsc::Receiver<()>>>,
}

impl Connector for Scripted {
    fn start(&mut self, context: ConnectorContext, config: &ConfigMap) -> Result<()> {
        self.config = config.clone();
        lock(&self.told).push(format!("start {}", config.get("name").unwrap_or_default()));
        let _ = self.contexts.send(context);
        match config.get("start") {
            Some("fail") => {
                Err(Error::fatal("no such server").caused_by(Error::retriable("connection refused")))
            }
            Some("panic") => panic!("start went wrong"),
            Some("hang") => {
                // Returns when the test drops the other end.
                let _ = lock(&self.holds).recv();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn task_configs(&mut self, max_tasks: usize) -> Result<Vec<ConfigMap>> {
        match self.config.get("task_configs") {
            Some("panic") => panic!("task_configs went wrong"),
            Some("fail") => return Err(Error::config("nothing to read")),
            _ => {}
        }
        let count = self.config.get("tasks").and_then(|tasks| tasks.parse().ok()).unwrap_or(max_tasks);
        let task = |number: usize| {
            let mut task: ConfigMap = [("number", number.to_string())].into();
            for key in ["topic", "secret"] {
                if let Some(value) = self.config.get(key) {
                    task.insert(key, value);
                }
            }
            task
        };
        Ok((0..count).map(task).collect())
    }

    fn stop(&mut self) -> Result<()> {
        lock(&self.told).push(format!("stop {}", self.config.get("name").unwrap_or_default()));
        Ok(())
    }

    fn alter_offsets(&mut self, config: &ConfigMap, offsets: &[(Value, Option<Value>)]) -> Result<bool> {
        lock(&self.told).push(format!("alter {offsets:?}"));
        match config.get("alter") {
            Some("yes") => Ok(true),
            Some("no") => Ok(false),
            Some("bad") => Err(Error::fatal("position must be a number")),
            _ => Err(Error::fatal("?").class("java.lang.UnsupportedOperationException")),
        }
    }
}

/// Tasks that do what the test says.
pub(super) struct FakeExecutor {
    listener: Weak<dyn TaskListener>,
    told: Told,
    /// What becomes of the next tasks that are started; then all run.
    pub(super) fates: Mutex<Vec<TaskEvent>>,
    running: Mutex<BTreeMap<TaskId, ConfigMap>>,
    /// Hears of each start.
    starts: Mutex<mpsc::Sender<TaskId>>,
}

impl FakeExecutor {
    pub(super) fn tell(&self, id: &TaskId, event: TaskEvent) {
        if let Some(listener) = self.listener.upgrade() {
            listener.on_event(id, event);
        }
    }
    pub(super) fn running(&self) -> Vec<String> {
        lock(&self.running).keys().map(ToString::to_string).collect()
    }
    pub(super) fn config(&self, id: &TaskId) -> ConfigMap {
        lock(&self.running)[id].clone()
    }
}

impl Executor for FakeExecutor {
    fn start(&self, spec: TaskSpec) {
        lock(&self.told).push(format!("run {}{}", spec.id, if spec.paused { " paused" } else { "" }));
        let fate = lock(&self.fates).pop();
        let fate = fate.unwrap_or(if spec.paused { TaskEvent::Paused } else { TaskEvent::Running });
        if !matches!(fate, TaskEvent::Failed(_)) {
            lock(&self.running).insert(spec.id.clone(), spec.config);
        }
        self.tell(&spec.id, fate);
        let _ = lock(&self.starts).send(spec.id);
    }
    fn set_paused(&self, id: &TaskId, paused: bool) {
        if lock(&self.running).contains_key(id) {
            self.tell(id, if paused { TaskEvent::Paused } else { TaskEvent::Running });
        }
    }
    fn stop(&self, ids: &[TaskId], _timeout: Duration) -> Vec<TaskId> {
        for id in ids {
            if lock(&self.running).remove(id).is_some() {
                lock(&self.told).push(format!("end {id}"));
                self.tell(id, TaskEvent::Stopped);
            }
        }
        Vec::new()
    }
}

struct FakeRegistry(Vec<Arc<PluginClass>>);

impl Registry for FakeRegistry {
    fn resolve(
        &self,
        kind: ClassKind,
        name: &str,
        version: Option<&str>,
    ) -> Result<Arc<PluginClass>, ResolveError> {
        let found = self.0.iter().find(|class| {
            class.kind() == kind && (class.class == name || class.class.ends_with(&format!(".{name}")))
        });
        let missing = ResolveError::NotFound {
            interface: "Connector",
            name: name.to_owned(),
            available: Vec::new(),
            refused: Vec::new(),
        };
        let class = found.cloned().ok_or(missing)?;
        match version {
            Some(wanted) if wanted != class.version => Err(ResolveError::Version {
                class: class.class.clone(),
                range: format!("[{wanted},{wanted}]"),
                available: vec![class.version.clone()],
            }),
            _ => Ok(class),
        }
    }
    fn resolve_beside(
        &self,
        _connector: &PluginClass,
        kind: ClassKind,
        name: &str,
        version: Option<&str>,
    ) -> Result<Arc<PluginClass>, ResolveError> {
        self.resolve(kind, name, version)
    }
    fn resolve_connector(&self, name: &str, version: Option<&str>) -> Result<Arc<PluginClass>, ResolveError> {
        match self.resolve(ClassKind::Source, name, version) {
            Err(ResolveError::NotFound { .. }) => self.resolve(ClassKind::Sink, name, version),
            found => found,
        }
    }
    fn resolve_any(&self, name: &str, version: Option<&str>) -> Result<Arc<PluginClass>, ResolveError> {
        self.resolve_connector(name, version)
    }
    fn list(&self, _connectors_only: bool) -> Vec<PluginInfo> {
        let info = |class: &Arc<PluginClass>| PluginInfo {
            class: class.class.clone(),
            kind: class.kind(),
            version: class.version.clone(),
            location: "classpath".to_owned(),
        };
        self.0.iter().map(info).collect()
    }
    fn refusals(&self) -> Vec<Refusal> {
        Vec::new()
    }
}

/// Source offsets in memory.
#[derive(Default)]
struct MemoryOffsets(Mutex<Vec<(Value, Value)>>);

impl OffsetStore for MemoryOffsets {
    fn get(&self, _connector: &str, partitions: &[Value]) -> Result<Vec<Option<Value>>> {
        let known = lock(&self.0);
        Ok(partitions.iter().map(|p| known.iter().find(|(k, _)| k == p).map(|(_, o)| o.clone())).collect())
    }
    fn put(&self, _connector: &str, offsets: &[(Value, Option<Value>)]) -> Result<()> {
        let mut known = lock(&self.0);
        for (partition, offset) in offsets {
            known.retain(|(k, _)| k != partition);
            known.extend(offset.clone().map(|offset| (partition.clone(), offset)));
        }
        Ok(())
    }
    fn all(&self, _connector: &str) -> Result<Vec<(Value, Value)>> {
        Ok(lock(&self.0).clone())
    }
}

/// The whole worker.
pub(super) struct Fake {
    pub(super) herder: Arc<StandaloneHerder>,
    pub(super) env: Arc<Environment>,
    pub(super) executor: Arc<FakeExecutor>,
    pub(super) told: Told,
    /// The contexts of connectors that were started.
    pub(super) contexts: mpsc::Receiver<ConnectorContext>,
    pub(super) starts: mpsc::Receiver<TaskId>,
    /// Drop it to let connectors go on that hang.
    pub(super) hold: mpsc::Sender<()>,
}

impl Fake {
    pub(super) fn new() -> Self {
        Self::with(&[])
    }

    /// With these worker settings besides the needed ones.
    pub(super) fn with(settings: &[(&str, &str)]) -> Self {
        let told = Told::default();
        let (contexts_in, contexts) = mpsc::channel();
        let (starts_in, starts) = mpsc::channel();
        let (hold, held) = mpsc::channel();
        let held = Arc::new(Mutex::new(held));
        let mut worker = ConfigMap::from([
            ("bootstrap.servers", "embedded:/nowhere"),
            ("key.converter", "org.example.Plain"),
            ("value.converter", "org.example.Plain"),
            ("offset.storage.file.filename", "/nowhere/offsets"),
            ("config.providers", "env,dir"),
            ("config.providers.dir.class", "DirectoryConfigProvider"),
            ("config.providers.env.class", "EnvVarConfigProvider"),
        ]);
        worker.extend(settings.iter().copied());
        let worker = WorkerConfig::new(worker, &ferry_config::providers::built_in, Arc::default()).unwrap();
        let make = {
            let told = told.clone();
            Arc::new(move || -> Result<Box<dyn Connector>> {
                Ok(Box::new(Scripted {
                    told: told.clone(),
                    config: ConfigMap::new(),
                    contexts: contexts_in.clone(),
                    holds: held.clone(),
                }))
            })
        };
        let def: ConfigDef = KEYS
            .iter()
            .map(|key| ConfigKey::new(*key, ConfigType::String, Importance::High, "").or_null())
            .collect();
        let class = |name: &str, factory| {
            let (class, config) = (format!("org.example.{name}"), def.clone());
            Arc::new(PluginClass {
                class,
                version: "1.2".into(),
                documentation: String::new(),
                config,
                factory,
            })
        };
        let no_task = || Error::fatal("made-up connectors have no tasks");
        let registry = FakeRegistry(vec![
            class(
                "SomeSinkConnector",
                Factory::Sink { connector: make.clone(), task: Arc::new(move || Err(no_task())) },
            ),
            class(
                "SomeSourceConnector",
                Factory::Source { connector: make, task: Arc::new(move || Err(no_task())) },
            ),
            class("Same", Factory::Transform(Arc::new(move || Err(no_task())))),
            class("Plain", Factory::Converter(Arc::new(move || Err(no_task())))),
        ]);
        let env = Arc::new(Environment {
            taps: Default::default(),
            worker,
            registry: Arc::new(registry),
            kafka: Arc::new(NullClient),
            offsets: Arc::new(MemoryOffsets::default()),
            offset_topics: OffsetTopics::default(),
            memory: WorkerBudget::new(None),
            metrics: Arc::new(crate::metrics::Metrics::new(crate::metrics::Windows {
                length: 30_000,
                samples: 2,
            })),
        });
        let identity = Identity { worker_id: "here:8083".into(), version: "9".into(), commit: "abc".into() };
        let mut executor = None;
        let herder = StandaloneHerder::new(env.clone(), identity, |listener| {
            let fake = Arc::new(FakeExecutor {
                listener,
                told: told.clone(),
                fates: Mutex::default(),
                running: Mutex::default(),
                starts: Mutex::new(starts_in),
            });
            executor = Some(fake.clone());
            fake
        });
        Self { herder, env, executor: executor.unwrap(), told, contexts, starts, hold }
    }

    /// What happened since the last call.
    pub(super) fn told(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.told))
    }
}

/// A configuration of a source with one more setting for each pair.
pub(super) fn source(name: &str, more: &[(&str, &str)]) -> JsonConfig {
    let mut config = ConfigMap::from([("connector.class", "SomeSourceConnector"), ("name", name)]);
    config.extend(more.iter().copied());
    JsonConfig { config, nulls: Vec::new() }
}

pub(super) fn task(connector: &str, task: u32) -> TaskId {
    TaskId { connector: connector.into(), task }
}
