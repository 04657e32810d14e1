//! Tries a configuration: starts the connector and its first task, takes one record through transforms and
//! converters, and leaves nothing behind. `PUT /connector-plugins/{plugin}/config/dry-run`
//!
//! What it is made of has no way to write: there is no producer, no offset store, no consumer group and no herder
//! that would take note of the connector. What the plugin's own `start` does in its own system it does here, too;
//! `put`, `commit` and `commit_records` are never called.

mod progress;
mod sink;
mod source;

use std::sync::Arc;
use std::time::Duration;

use ferry_config::json::JsonConfig;
use ferry_config::validate::ConfigInfos;
use ferry_plugin_abi::Error;
use ferry_plugin_abi::api::{Connector, ConnectorContext, Factory};
use ferry_plugin_abi::config::ConfigMap;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;
use tokio::sync::oneshot;

use super::instance::{guarded, make};
use super::plan::{self, Plan};
use super::{Answer, Result, validation};
use crate::chain::{Chain, Converters, ErrorPolicy, Reporters};
use crate::environment::Environment;
use crate::executor::{Control, PluginLog, TaskHost, TaskId, TaskRole, chain, converters, task_class};
use progress::Progress;

/// How a configuration did when it was tried.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DryRun {
    /// The connector's name in it.
    pub name: String,
    /// Whether all went well.
    pub ok: bool,
    /// What is wrong with it; with errors it is not tried.
    pub validation: ConfigInfos,
    /// What was done, in its order.
    pub steps: Vec<DryRunStep>,
    /// The record at the end of its way: as it would be produced, or put.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<Json>,
}

/// A step of a dry run.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DryRunStep {
    /// Its name; a transform's is its alias.
    pub step: String,
    /// Whether it went well.
    pub ok: bool,
    /// Why not, or what there is to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The setting that names what failed: `value.converter`, `transforms.ALIAS.type`, `predicates.ALIAS.type`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setting: Option<String>,
    /// The class of what failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The record after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<Json>,
}

impl DryRunStep {
    fn new(step: &str, ok: bool) -> Self {
        Self { step: step.to_owned(), ok, message: None, setting: None, class: None, record: None }
    }
}

/// What a record goes through: converters and transforms, and rules for errors in which nothing is tolerated and
/// nothing reported.
struct Tools {
    converters: Converters,
    chain: Chain,
    policy: ErrorPolicy,
}

/// What is being tried.
struct Trial<'e> {
    env: &'e Environment,
    name: &'e str,
    plan: Plan,
    /// Of the first task, references resolved.
    task_config: ConfigMap,
    control: Arc<Control>,
    progress: &'e Progress,
}

/// Tries a configuration for `limit` at most. A plugin's call that does not return then is left to itself.
pub(super) fn dry_run(env: &Arc<Environment>, config: JsonConfig, limit: Duration) -> Answer<DryRun> {
    let env = env.clone();
    Box::pin(async move {
        let secrets = env.worker.providers.secrets().clone();
        let (given, looked_at) = (config.clone(), env.clone());
        let checked = super::shared::off_thread(move || Ok(validation::validate(&looked_at, &given))).await;
        let validation = checked.unwrap_or_else(|error| Err(super::HerderError::internal(error.to_string())));
        let validation = validation.map_err(|error| super::HerderError {
            message: secrets.hide(&error.message).into_owned(),
            ..error
        })?;
        let progress = Arc::new(Progress::new(secrets));
        let name = config.config.get("name").unwrap_or("dry-run").to_owned();
        if validation.error_count > 0 {
            let wrong = validation.configs.iter().filter(|info| !info.value.errors.is_empty());
            let keys: Vec<&str> = wrong.map(|info| info.value.name.as_str()).collect();
            progress.fail("validate", &format!("errors in {}", keys.join(", ")));
        } else {
            progress.pass("validate", None);
            attempt(env, name.clone(), config.config, limit, &progress).await;
        }
        let (steps, record) = progress.take();
        Ok(DryRun { name, ok: steps.iter().all(|step| step.ok), validation, steps, record })
    })
}

/// Tells what is tried to end, also when nobody waits for it any more.
struct EndOnDrop(Arc<Control>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

async fn attempt(
    env: Arc<Environment>,
    name: String,
    config: ConfigMap,
    limit: Duration,
    progress: &Arc<Progress>,
) {
    let control = Arc::new(Control::new(false));
    let _end = EndOnDrop(control.clone());
    let (done, ended) = oneshot::channel();
    let (own, told) = (control.clone(), progress.clone());
    let spawned = std::thread::Builder::new().name("dry-run".to_owned()).spawn(move || {
        let context = ferry_log::Loggers::of_process().context(&name, None);
        let _entered = context.enter();
        // Whoever waits is told by the steps.
        let _ = run(&env, &name, &config, &own, &told);
        let _ = done.send(());
    });
    if let Err(error) = spawned {
        return progress.fail("start", &format!("cannot start a thread: {error}"));
    }
    if tokio::time::timeout(limit, ended).await.is_err() {
        progress.out_of_time(limit);
    }
}

/// Why a dry run is at its end; the steps say it.
struct Ended;

fn run(
    env: &Environment,
    name: &str,
    config: &ConfigMap,
    control: &Arc<Control>,
    progress: &Progress,
) -> Result<(), Ended> {
    let plan = progress.step("plan", || plan::connector(env, name, config))?;
    progress.around(
        "connector",
        || {
            let mut connector = make(&plan.class)?;
            let host = host(name, &plan.class.class, control);
            connector.start(ConnectorContext::new(host), &plan.config)?;
            Ok(connector)
        },
        |connector| {
            let task_config = first_task(env, &plan, config, &mut **connector, progress)?;
            let (plan, control) = (plan.clone(), control.clone());
            Trial { env, name, plan, task_config, control, progress }.task()
        },
        |connector| connector.stop(),
    )
}

/// What an object of this class may ask for.
fn host(name: &str, class: &str, control: &Arc<Control>) -> Arc<TaskHost> {
    let id = TaskId { connector: name.into(), task: 0 };
    let log = PluginLog::new(name, None, class);
    let metrics = ferry_plugin_abi::metrics::unseen();
    Arc::new(TaskHost { id, log, control: control.clone(), metrics, role: TaskRole::Trial })
}

/// The configuration of the first task, as the worker would give it.
fn first_task(
    env: &Environment,
    plan: &Plan,
    raw: &ConfigMap,
    connector: &mut dyn Connector,
    progress: &Progress,
) -> Result<ConfigMap, Ended> {
    progress.step("connector.taskConfigs", || {
        let configs = guarded(|| connector.task_configs(plan.connector.tasks_max))?;
        let first = plan.tasks(raw, configs)?.into_iter().next();
        let first = first.ok_or_else(|| Error::fatal("the connector has nothing to do: it made no tasks"))?;
        plan.no_tasks.clone().map_or(Ok(()), Err)?;
        Ok(plan::resolve(env, &first)?.config)
    })
}

impl Trial<'_> {
    fn task(&self) -> Result<(), Ended> {
        match &self.plan.class.factory {
            Factory::Source { task, .. } => self.source(|| task()),
            Factory::Sink { task, .. } => self.sink(|| task()),
            _ => Ok(()),
        }
    }

    fn host(&self) -> Arc<TaskHost> {
        host(self.name, &task_class(&self.plan.class.class), &self.control)
    }

    fn tools(&self) -> Result<Tools, Ended> {
        let (class, connector) = (&self.plan.class, &*self.plan.connector);
        let policy = ErrorPolicy {
            tolerate_all: false,
            retry_timeout: Some(Duration::ZERO),
            retry_delay_max: Duration::ZERO,
            reporters: Reporters::silent(TaskId { connector: self.name.into(), task: 0 }),
            control: self.control.clone(),
        };
        self.progress.step("task.configure", || {
            let converters = converters(self.env, class, connector, None)?;
            Ok(Tools { converters, chain: chain(self.env, class, connector, None)?, policy })
        })
    }

    /// The aliases of its transforms.
    fn aliases(&self) -> Vec<&str> {
        self.plan.connector.transforms.iter().map(|transform| transform.alias.as_str()).collect()
    }
}
