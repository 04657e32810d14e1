//! The herder of a worker that is alone (`StandaloneHerder`).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;

use ferry_config::json::JsonConfig;
use ferry_config::validate::ConfigInfos;
use ferry_plugin_abi::Error;
use ferry_plugin_abi::config::{ConfigKeyInfo, ConfigMap};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::actor::{Message, Reply, Snapshot, Target};
use super::shared::{Shared, aside, off_thread};
use super::status::Statuses;
use super::{
    Answer, Condition, ConnectorInfo, ConnectorOffsets, ConnectorStateInfo, ConnectorType, Created, DryRun,
    Herder, HerderError, Identity, Message as Sentence, PluginInfo, Result, ServerInfo, StatusWatch,
    TapRequest, TapStream, TaskInfo, TaskRef, TaskState, Write, dry_run, offsets, plugins, tag, validation,
};
use crate::environment::Environment;
use crate::executor::{Executor, TaskId, TaskListener, lock};
use crate::metrics::{RestMetrics, Scrape};
use crate::tap::Stages;

/// Time between two attempts to learn the id of the cluster.
const CLUSTER_ID_RETRY: Duration = Duration::from_secs(2);

/// The herder of a standalone worker.
pub struct StandaloneHerder {
    shared: Arc<Shared>,
    identity: Identity,
    cluster_id: Arc<OnceLock<String>>,
    ready: AtomicBool,
}

impl StandaloneHerder {
    /// A herder without connectors. `executor` makes the executor, whose tasks report to the listener it
    /// is given. Call it inside a tokio runtime.
    pub fn new(
        env: Arc<Environment>,
        identity: Identity,
        executor: impl FnOnce(Weak<dyn TaskListener>) -> Arc<dyn Executor>,
    ) -> Arc<Self> {
        let (failures, mut failed) = mpsc::unbounded_channel::<(TaskId, Error)>();
        let secrets = env.worker.providers.secrets().clone();
        let statuses =
            Statuses::new(identity.worker_id.clone(), env.worker.topic_tracking, secrets, failures);
        let statuses = Arc::new(statuses);
        let listener: Arc<dyn TaskListener> = statuses.clone();
        let executor = executor(Arc::downgrade(&listener));
        let runtime = Handle::current();
        let shared = Arc::new(Shared { env, statuses, runtime, executor, connectors: Mutex::default() });
        let tasks = Arc::downgrade(&shared);
        shared.runtime.spawn(async move {
            while let (Some((id, error)), Some(shared)) = (failed.recv().await, tasks.upgrade()) {
                shared.tell(&id.connector, Message::TaskFailed(id.task, error));
            }
        });
        let herder = Self { shared, identity, cluster_id: Arc::default(), ready: AtomicBool::new(false) };
        herder.learn_cluster_id();
        Arc::new(herder)
    }

    /// Asks the cluster who it is until it answers.
    fn learn_cluster_id(&self) {
        let (shared, id) = (Arc::downgrade(&self.shared), self.cluster_id.clone());
        self.shared.runtime.spawn(async move {
            while let Some(env) = shared.upgrade().map(|shared| shared.env.clone()) {
                match off_thread(move || Ok(cluster_id(&env))).await {
                    Ok(Ok(found)) => return drop(id.set(found)),
                    Ok(Err(error)) => {
                        tracing::warn!(error = %error, "the id of the kafka cluster is not known yet");
                    }
                    Err(error) => {
                        tracing::error!(error = %error, "cannot ask for the id of the kafka cluster")
                    }
                }
                tokio::time::sleep(CLUSTER_ID_RETRY).await;
            }
        });
    }

    /// Start-up is over: all connectors of the command line exist.
    pub fn set_ready(&self) {
        self.ready.store(true, Ordering::Release);
    }

    /// Ends what REST sends for as long as the worker runs; to be called before REST is told to end.
    pub fn end_streams(&self) {
        self.shared.statuses.end_watches();
        self.shared.env.taps.end_all();
    }

    /// Ends all connectors and tasks; late ones are given up.
    pub async fn shutdown(&self) {
        let mut waiting = Vec::new();
        for slot in lock(&self.shared.connectors).values() {
            let (reply, answer) = oneshot::channel();
            if slot.sender.send(Message::Shutdown(reply)).is_ok() {
                waiting.push(answer);
            }
        }
        let all = async {
            for answer in waiting {
                // One that has ended by itself needs no more waiting.
                let _ = answer.await;
            }
        };
        let limit = self.shared.env.worker.task_shutdown_timeout.saturating_add(super::actor::END);
        if tokio::time::timeout(limit, all).await.is_err() {
            tracing::error!("some connectors did not end in time");
        }
    }

    /// Asks a connector and waits for its answer; `missing` if there is none.
    fn ask<T: Send + 'static>(
        &self,
        name: &str,
        missing: impl FnOnce() -> HerderError,
        message: impl FnOnce(Reply<T>) -> Message,
    ) -> Answer<T> {
        let (reply, answer) = oneshot::channel();
        if !self.shared.tell(name, message(reply)) {
            let missing = missing();
            return Box::pin(async move { Err(missing) });
        }
        let gone = not_found(name);
        Box::pin(async move { answer.await.unwrap_or(Err(gone)) })
    }

    fn read<T: Send + 'static>(&self, name: &str, read: impl FnOnce(&Snapshot) -> T) -> Answer<T> {
        let found = self.shared.slot(name).map(|slot| read(&lock(&slot.snapshot)));
        let found = found.ok_or_else(|| not_found(name));
        Box::pin(async move { found })
    }
}

/// Takes a configuration once it is found to be good.
async fn put(shared: &Arc<Shared>, name: &str, config: JsonConfig, write: Write) -> Result<Created> {
    let config = aside(&shared.env, move |env| validation::accept(env, config)).await?;
    let (reply, answer) = oneshot::channel();
    shared.put(name, config, write, reply);
    answer.await.unwrap_or_else(|_| Err(not_found(name)))
}

fn cluster_id(env: &Environment) -> ferry_kafka::Result<String> {
    let settings = env.worker.admin_config("connect-adminclient", &ConfigMap::new()).merged();
    env.kafka.admin(&settings.iter().collect())?.cluster_id()
}

fn not_found(name: &str) -> HerderError {
    HerderError::not_found(format!("Connector {name} not found"))
}

/// Whether records of a connector come through a stage.
fn check_stage(name: &str, snapshot: &Snapshot, stage: Option<&str>) -> Result<()> {
    let Some(wanted) = stage else { return Ok(()) };
    let aliases = snapshot.config.get("transforms").unwrap_or_default().split(',').map(str::trim);
    let source = snapshot.kind != ConnectorType::Sink;
    let stages = Stages::of(source, aliases.filter(|alias| !alias.is_empty()));
    if stages.contains(&wanted) {
        return Ok(());
    }
    let stages = stages.join(", ");
    Err(HerderError::bad_request(format!(
        "Connector {name} has no stage {wanted}. Its records come through: {stages}"
    )))
}

fn refuse<T: Send + 'static>(error: HerderError) -> Answer<T> {
    Box::pin(async move { Err(error) })
}

impl Herder for StandaloneHerder {
    fn server_info(&self) -> ServerInfo {
        ServerInfo {
            version: self.identity.version.clone(),
            commit: self.identity.commit.clone(),
            kafka_cluster_id: self.cluster_id.get().cloned(),
        }
    }
    fn ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }
    fn health(&self) -> Answer<()> {
        Box::pin(async { Ok(()) })
    }

    fn connectors(&self) -> Vec<String> {
        lock(&self.shared.connectors).keys().map(|name| name.to_string()).collect()
    }
    fn snapshot(&self, name: &str) -> Option<ConnectorInfo> {
        self.shared.slot(name).map(|slot| lock(&slot.snapshot).info(name))
    }
    fn connector(&self, name: &str) -> Answer<ConnectorInfo> {
        self.read(name, |snapshot| snapshot.info(name))
    }
    fn config(&self, name: &str) -> Answer<ConfigMap> {
        self.read(name, |snapshot| snapshot.config.clone())
    }
    fn put_config(&self, name: &str, config: JsonConfig, write: Write) -> Answer<Created> {
        let (shared, name) = (self.shared.clone(), name.to_owned());
        Box::pin(async move { put(&shared, &name, config, write).await })
    }
    fn patch_config(&self, name: &str, patch: JsonConfig, condition: Condition) -> Answer<Created> {
        let (shared, name) = (self.shared.clone(), name.to_owned());
        Box::pin(async move {
            loop {
                let slot = shared.slot(&name).ok_or_else(|| not_found(&name))?;
                let mut config = lock(&slot.snapshot).config.clone();
                condition.check(&name, Some(&config))?;
                let seen = Condition::Is(vec![tag(&config)]);
                for (key, value) in patch.config.iter() {
                    config.insert(key, value);
                }
                for key in &patch.nulls {
                    config.remove(key);
                }
                let merged = JsonConfig { config, nulls: Vec::new() };
                match put(&shared, &name, merged, Write::Put(seen)).await {
                    // Somebody changed it meanwhile, and must not lose that.
                    Err(error) if error.status == 412 => {}
                    done => return done,
                }
            }
        })
    }
    fn delete(&self, name: &str, condition: Condition) -> Answer<()> {
        self.ask(name, || not_found(name), |reply| Message::Delete(condition, reply))
    }

    fn status(&self, name: &str) -> Result<ConnectorStateInfo> {
        let info = self.shared.statuses.info(name);
        info.ok_or_else(|| HerderError::not_found(format!("No status found for connector {name}")))
    }
    fn task_status(&self, name: &str, task: i32) -> Result<TaskState> {
        let info = self.shared.statuses.task_info(name, task);
        info.ok_or_else(|| HerderError::not_found(format!("No status found for task {name}-{task}")))
    }
    fn tasks(&self, name: &str) -> Answer<Vec<TaskInfo>> {
        self.read(name, |snapshot| {
            let info = |(task, config): (usize, &ConfigMap)| TaskInfo {
                id: TaskRef { connector: name.to_owned(), task: task as u32 },
                config: config.clone(),
            };
            snapshot.tasks.iter().enumerate().map(info).collect()
        })
    }
    fn restart_task(&self, name: &str, task: i32) -> Answer<()> {
        // The JVM says this of a connector that is not there, and 404 of a task that is not.
        let missing = || {
            HerderError::internal(format!(
                "Failed to start task {name}-{task} since it is not a recognizable type (source or sink)"
            ))
        };
        match u32::try_from(task) {
            Ok(task) => self.ask(name, missing, |reply| Message::RestartTask(task, reply)),
            Err(_) if self.shared.slot(name).is_none() => refuse(missing()),
            Err(_) => refuse(HerderError::not_found(format!("Task {name}-{task} not found"))),
        }
    }
    fn restart(&self, name: &str) -> Answer<()> {
        // What the JVM's standalone worker says.
        let missing = || {
            HerderError::internal("Cannot invoke \"java.util.Map.get(Object)\" because \"connProps\" is null")
        };
        self.ask(name, missing, Message::Restart)
    }
    fn restart_all(&self, name: &str, include_tasks: bool, only_failed: bool) -> Answer<ConnectorStateInfo> {
        let missing = || HerderError::not_found(format!("Unknown connector: {name}"));
        self.ask(name, missing, |reply| Message::RestartAll { include_tasks, only_failed, reply })
    }
    fn pause(&self, name: &str) -> Result<()> {
        self.target(name, Message::Pause)
    }
    fn resume(&self, name: &str) -> Result<()> {
        self.target(name, Message::Resume)
    }
    fn stop(&self, name: &str) -> Answer<()> {
        self.ask(name, || HerderError::internal(format!("No connector `{name}` configured")), Message::Stop)
    }

    fn watch(&self, name: Option<&str>) -> StatusWatch {
        StatusWatch::new(&self.shared.statuses, name)
    }
    fn tap(&self, name: &str, request: TapRequest) -> Result<TapStream> {
        let env = &self.shared.env;
        if !env.worker.tap {
            return Err(HerderError::new(
                403,
                "Looking at records is disabled: set ferry.rest.tap.enable=true in the worker's configuration to allow it.",
            ));
        }
        let slot = self.shared.slot(name).ok_or_else(|| not_found(name))?;
        let snapshot = lock(&slot.snapshot).clone();
        check_stage(name, &snapshot, request.stage.as_deref())?;
        let stream = env.taps.listen(name, request);
        match self.shared.slot(name) {
            Some(_) => Ok(stream),
            // Deleted meanwhile: nobody would end it.
            None => Err(not_found(name)),
        }
    }

    fn topics(&self, name: &str) -> Result<Vec<String>> {
        self.tracked()?;
        Ok(self.shared.statuses.topics(name))
    }
    fn reset_topics(&self, name: &str) -> Result<()> {
        self.tracked()?;
        if !self.shared.env.worker.topic_tracking_reset {
            return Err(HerderError::new(403, "Topic tracking reset is disabled."));
        }
        self.shared.statuses.reset_topics(name);
        Ok(())
    }

    fn offsets(&self, name: &str) -> Answer<ConnectorOffsets> {
        let Some(slot) = self.shared.slot(name) else { return refuse(not_found(name)) };
        let name = name.to_owned();
        let config = lock(&slot.snapshot).config.clone();
        aside(&self.shared.env, move |env| offsets::list(env, &name, &config))
    }
    fn alter_offsets(&self, name: &str, offsets: ConnectorOffsets) -> Answer<Sentence> {
        self.change_offsets(name, Some(offsets))
    }
    fn reset_offsets(&self, name: &str) -> Answer<Sentence> {
        self.change_offsets(name, None)
    }

    fn plugins(&self, connectors_only: bool) -> Answer<Vec<PluginInfo>> {
        aside(&self.shared.env, move |env| Ok(plugins::list(env, connectors_only)))
    }
    fn plugin_config(&self, plugin: &str, version: Option<&str>) -> Answer<Vec<ConfigKeyInfo>> {
        let (plugin, version) = (plugin.to_owned(), version.map(str::to_owned));
        aside(&self.shared.env, move |env| plugins::config(env, &plugin, version.as_deref()))
    }
    fn validate(&self, config: JsonConfig) -> Answer<ConfigInfos> {
        aside(&self.shared.env, move |env| validation::validate(env, &config))
    }
    fn dry_run(&self, config: JsonConfig, limit: Duration) -> Answer<DryRun> {
        dry_run::dry_run(&self.shared.env, config, limit)
    }
    fn rest_metrics(&self) -> &RestMetrics {
        &self.shared.env.metrics.rest
    }
    fn metrics(&self) -> Answer<String> {
        let (identity, statuses) = (self.identity.clone(), self.shared.statuses.clone());
        aside(&self.shared.env, move |env| {
            let scrape = Scrape {
                metrics: &env.metrics,
                identity: &identity,
                connectors: &statuses.overview(),
                memory: &env.memory,
                plugins: &*env.registry,
                clients: &env.kafka.statistics(),
            };
            Ok(scrape.text())
        })
    }
}

impl StandaloneHerder {
    fn target(&self, name: &str, message: Message) -> Result<()> {
        if self.shared.tell(name, message) {
            return Ok(());
        }
        Err(HerderError::not_found(format!("Unknown connector {name}")))
    }

    fn tracked(&self) -> Result<()> {
        if self.shared.env.worker.topic_tracking {
            return Ok(());
        }
        Err(HerderError::new(403, "Topic tracking is disabled."))
    }

    /// Changes some offsets, or forgets all, of a connector that is stopped.
    fn change_offsets(&self, name: &str, wanted: Option<ConnectorOffsets>) -> Answer<Sentence> {
        let Some(slot) = self.shared.slot(name) else { return refuse(not_found(name)) };
        let snapshot = lock(&slot.snapshot).clone();
        if snapshot.target != Target::Stopped || !snapshot.tasks.is_empty() {
            return refuse(HerderError::bad_request(format!(
                "Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by issuing a 'PUT' request to the '/connectors/{name}/stop' endpoint"
            )));
        }
        let name = name.to_owned();
        aside(&self.shared.env, move |env| offsets::change(env, &name, &snapshot.config, wanted))
    }
}
