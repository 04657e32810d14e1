//! One connector of a standalone worker: takes what is asked of it in order, and never waits for others.
//!
//! Calls into the plugin happen on the thread of its [`Instance`]; this side only hears of them. A call
//! that does not return therefore holds up nothing: a later request gives the instance up.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use ferry_config::ConnectorConfig;
use ferry_config::connector::unknown_settings;
use ferry_config::connector_file::InitialState;
use ferry_config::providers::substitute::Resolved;
use ferry_plugin_abi::Error;
use ferry_plugin_abi::config::ConfigMap;
use tokio::sync::{mpsc, oneshot};

use super::instance::{Instance, Start, Told};
use super::plan::{self, Plan};
use super::restart::Restarts;
use super::standalone::Shared;
use super::status::millis;
use super::{
    ConnectorInfo, ConnectorStateInfo, ConnectorType, Created, HerderError, NextRestart, Result, State,
    TaskRef,
};
use crate::exactly_once;
use crate::executor::{TaskId, TaskSpec, lock};

/// Where the answer to a request goes.
pub(super) type Reply<T> = oneshot::Sender<Result<T>>;

/// What a connector is told.
pub(super) enum Message {
    /// Take this configuration, which was validated.
    Put {
        config: ConfigMap,
        initial: Option<InitialState>,
        created: bool,
        reply: Reply<Created>,
    },
    Delete(Reply<()>),
    Stop(Reply<()>),
    Pause,
    Resume,
    Restart(Reply<()>),
    RestartAll {
        include_tasks: bool,
        only_failed: bool,
        reply: Reply<ConnectorStateInfo>,
    },
    RestartTask(u32, Reply<()>),
    /// By the instance of this number.
    Told(u64, Told),
    TaskFailed(u32, Error),
    RestartDue(u32, u64),
    /// What config providers gave the connector in this plan holds no longer.
    Expired(u64),
    /// The worker ends.
    Shutdown(Reply<()>),
}

/// What the connector shall be doing (`TargetState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Started,
    Paused,
    Stopped,
}

/// What others may see of a connector without asking it.
#[derive(Clone)]
pub(super) struct Snapshot {
    pub(super) config: ConfigMap,
    pub(super) kind: ConnectorType,
    pub(super) target: Target,
    /// Configurations of the tasks, references unresolved.
    pub(super) tasks: Vec<ConfigMap>,
}

impl Snapshot {
    /// As REST shows it.
    pub(super) fn info(&self, name: &str) -> ConnectorInfo {
        let tasks = (0..self.tasks.len() as u32).map(|task| TaskRef { connector: name.to_owned(), task });
        ConnectorInfo {
            name: name.to_owned(),
            config: self.config.clone(),
            tasks: tasks.collect(),
            kind: self.kind,
        }
    }
}

/// A connector as the herder holds it.
pub(super) struct Slot {
    pub(super) sender: mpsc::UnboundedSender<Message>,
    pub(super) snapshot: Mutex<Snapshot>,
}

/// Who waits for the instance to be started.
enum Waiting {
    Put { created: bool, reply: Reply<Created> },
    Restart(Reply<()>),
}

pub(super) struct Actor {
    pub(super) name: Arc<str>,
    pub(super) shared: Arc<Shared>,
    pub(super) slot: Arc<Slot>,
    inbox: mpsc::UnboundedReceiver<Message>,
    instance: Option<Instance>,
    instances: u64,
    /// Whether `start` of the instance has returned well.
    started: bool,
    plan: Option<Plan>,
    /// Which plan it is: an older one's time-outs count no more.
    plans: u64,
    /// The resolved configuration that the tasks were made from.
    applied: Option<ConfigMap>,
    restarts: BTreeMap<u32, Restarts>,
    waiting: Option<Waiting>,
}

impl Actor {
    /// A connector that nobody told anything yet.
    pub(super) fn new(
        name: Arc<str>,
        shared: Arc<Shared>,
        slot: Arc<Slot>,
        inbox: mpsc::UnboundedReceiver<Message>,
    ) -> Self {
        Self {
            name,
            shared,
            slot,
            inbox,
            instance: None,
            instances: 0,
            started: false,
            plan: None,
            plans: 0,
            applied: None,
            restarts: BTreeMap::new(),
            waiting: None,
        }
    }

    /// Does what it is told until the connector is deleted or the worker ends.
    pub(super) async fn run(mut self) {
        while let Some(message) = self.inbox.recv().await {
            match message {
                Message::Put { config, initial, created, reply } => {
                    self.put(config, initial, created, reply).await
                }
                Message::Delete(reply) => return self.delete(reply).await,
                Message::Stop(reply) => self.stop(reply).await,
                Message::Pause => self.pause().await,
                Message::Resume => self.resume().await,
                Message::Restart(reply) => self.restart(reply).await,
                Message::RestartAll { include_tasks, only_failed, reply } => {
                    self.restart_all(include_tasks, only_failed, reply).await;
                }
                Message::RestartTask(task, reply) => self.restart_task(task, reply).await,
                Message::Told(number, told) => {
                    if self.instance.as_ref().is_some_and(|instance| instance.number == number) {
                        self.told(told).await;
                    }
                }
                Message::TaskFailed(task, error) => self.task_failed(task, &error),
                Message::RestartDue(task, ticket) => self.restart_due(task, ticket).await,
                Message::Expired(plan) => self.expired(plan).await,
                Message::Shutdown(reply) => {
                    self.end().await;
                    let _ = reply.send(Ok(()));
                    return;
                }
            }
        }
    }

    fn target(&self) -> Target {
        lock(&self.slot.snapshot).target
    }

    fn snapshot<T>(&self, change: impl FnOnce(&mut Snapshot) -> T) -> T {
        change(&mut lock(&self.slot.snapshot))
    }

    fn task_id(&self, task: u32) -> TaskId {
        TaskId { connector: self.name.clone(), task }
    }

    fn task_ids(&self) -> Vec<TaskId> {
        let count = self.snapshot(|snapshot| snapshot.tasks.len());
        (0..count as u32).map(|task| self.task_id(task)).collect()
    }

    fn state(&self, state: State) {
        self.shared.statuses.connector(&self.name, state, None);
    }

    async fn put(
        &mut self,
        config: ConfigMap,
        initial: Option<InitialState>,
        created: bool,
        reply: Reply<Created>,
    ) {
        self.stop_instance().await;
        self.snapshot(|snapshot| {
            snapshot.config = config;
            if created {
                snapshot.target = match initial {
                    None | Some(InitialState::Running) => Target::Started,
                    Some(InitialState::Paused) => Target::Paused,
                    Some(InitialState::Stopped) => Target::Stopped,
                };
            }
        });
        self.start_instance(Some(Waiting::Put { created, reply })).await;
        self.warn_of_unknown_settings();
    }

    /// Once for each configuration, however often the connector starts with it.
    fn warn_of_unknown_settings(&self) {
        let Some(plan) = &self.plan else { return };
        let written = self.snapshot(|snapshot| snapshot.config.clone());
        for sentence in unknown_settings(plan.connector.kind, &plan.class.config, &written) {
            tracing::warn!(connector = &*self.name, "{sentence}");
        }
    }

    /// Makes the plan and, if that is wanted, an instance. Without one, whoever waits is answered.
    async fn start_instance(&mut self, waiting: Option<Waiting>) {
        let (config, target) = self.snapshot(|snapshot| (snapshot.config.clone(), snapshot.target));
        let (env, name) = (self.shared.env.clone(), self.name.clone());
        // Config providers may read files or ask servers.
        let planned = self.shared.off_thread(move || plan::connector(&env, &name, &config)).await;
        self.waiting = waiting;
        self.plans += 1;
        match planned {
            Ok(plan) => {
                self.expire(&plan.connector, &plan.resolved);
                self.snapshot(|snapshot| snapshot.kind = plan.kind());
                self.shared.statuses.known(&self.name, plan.kind(), Some(plan.class.version.clone()));
                self.plan = Some(plan);
            }
            Err(error) => {
                self.plan = None;
                self.shared.statuses.known(&self.name, ConnectorType::Unknown, None);
                self.shared.statuses.connector(&self.name, State::Failed, Some(&error));
                // In the JVM worker it has not come as far as a transition.
                return self.answer(Err(HerderError::internal(error.message())));
            }
        }
        match target {
            Target::Started => self.spawn(),
            Target::Paused => self.state(State::Paused),
            Target::Stopped => self.state(State::Stopped),
        }
        if target != Target::Started {
            self.answer(Ok(()));
        }
    }

    /// Sees to it that the connector starts anew when what config providers gave it holds no longer
    /// (`WorkerConfigTransformer.scheduleReload`).
    fn expire(&self, connector: &ConnectorConfig, resolved: &Resolved) {
        let Some(ttl) = resolved.ttls.values().min().filter(|_| connector.reload_restarts) else { return };
        let wait = (*ttl).max(SHORTEST_TTL);
        tracing::debug!(
            connector = &*self.name,
            wait_ms = wait.as_millis() as u64,
            "settings from config providers expire"
        );
        self.later(wait, Message::Expired(self.plans));
    }

    async fn expired(&mut self, plan: u64) {
        if plan == self.plans {
            tracing::info!(
                connector = &*self.name,
                "connector restarts as settings from config providers expired"
            );
            self.stop_instance().await;
            self.start_instance(None).await;
        }
    }

    /// Tells itself something after a while, if it still is there.
    fn later(&self, wait: Duration, message: Message) {
        let sender = self.slot.sender.downgrade();
        self.shared.runtime.spawn(async move {
            tokio::time::sleep(wait).await;
            if let Some(sender) = sender.upgrade() {
                let _ = sender.send(message);
            }
        });
    }

    /// Starts an object of the plan's class.
    fn spawn(&mut self) {
        let Some(plan) = &self.plan else { return };
        self.instances += 1;
        self.started = false;
        let sender = self.slot.sender.clone();
        let start = Start {
            name: self.name.clone(),
            number: self.instances,
            class: plan.class.clone(),
            config: plan.config.clone(),
            offsets: (plan.kind() == ConnectorType::Source)
                .then(|| exactly_once::source_offsets(&self.shared.env, &self.name, &plan.config).store()),
            tell: Arc::new(move |number, told| {
                // Nobody listens to a connector that was deleted.
                let _ = sender.send(Message::Told(number, told));
            }),
        };
        match Instance::start(start) {
            Ok(instance) => self.instance = Some(instance),
            Err(error) => self.failed(&error),
        }
    }

    /// The instance failed; its tasks, if there are any, go on.
    fn failed(&mut self, error: &Error) {
        self.started = false;
        self.shared.statuses.connector(&self.name, State::Failed, Some(error));
        self.answer(Err(HerderError::internal(format!(
            "Failed to transition connector {} to state STARTED",
            self.name
        ))));
    }

    fn answer(&mut self, result: Result<()>) {
        // A client that waits no longer has gone away.
        match self.waiting.take() {
            None => {}
            Some(Waiting::Put { created, reply }) => {
                let info = self.snapshot(|snapshot| snapshot.info(&self.name));
                let _ = reply.send(result.map(|()| Created { created, info }));
            }
            Some(Waiting::Restart(reply)) => {
                let _ = reply.send(result);
            }
        }
    }

    /// Ends the instance, if there is one, and tells who waited for its start.
    async fn stop_instance(&mut self) {
        self.answer(Err(HerderError::internal(format!(
            "Could not begin changing connector state to STARTED as the connector {} has been scheduled for shutdown",
            self.name
        ))));
        self.started = false;
        if let Some(instance) = self.instance.take() {
            instance.stop().await;
            self.state(State::Unassigned);
        }
    }

    async fn told(&mut self, told: Told) {
        match told {
            Told::Started(Ok(())) => {
                self.started = true;
                self.state(State::Running);
                if matches!(self.waiting, Some(Waiting::Restart(_))) {
                    self.answer(Ok(()));
                }
                self.ask_for_tasks();
            }
            Told::Started(Err(error)) | Told::Raised(error) => self.failed(&error),
            Told::Reconfigure => self.ask_for_tasks(),
            Told::TaskConfigs(Ok(configs)) => self.configure(configs).await,
            Told::TaskConfigs(Err(error)) => self.failed(&error),
        }
    }

    fn ask_for_tasks(&self) {
        if let (Some(instance), Some(plan), true) = (&self.instance, &self.plan, self.started) {
            instance.task_configs(plan.connector.tasks_max);
        }
    }

    /// Starts the tasks of these configurations, if they are not the ones that run.
    async fn configure(&mut self, configs: Vec<ConfigMap>) {
        let Some(plan) = self.plan.clone() else { return };
        let raw = self.snapshot(|snapshot| snapshot.config.clone());
        let tasks = match plan.tasks(&raw, configs) {
            Ok(tasks) => tasks,
            Err(error) => return self.failed(&error),
        };
        let same =
            self.snapshot(|snapshot| snapshot.tasks == tasks) && self.applied.as_ref() == Some(&plan.config);
        if !same {
            self.remove_tasks().await;
            self.shared.statuses.tasks(&self.name, tasks.len());
            self.snapshot(|snapshot| snapshot.tasks.clone_from(&tasks));
            self.applied = Some(plan.config.clone());
            for task in 0..tasks.len() as u32 {
                self.start_task(task).await;
            }
        }
        self.answer(Ok(()));
    }

    async fn start_task(&mut self, task: u32) {
        let Some(config) = self.snapshot(|snapshot| snapshot.tasks.get(task as usize).cloned()) else {
            return;
        };
        let Some(plan) = self.plan.clone() else { return };
        let id = self.task_id(task);
        let env = self.shared.env.clone();
        let resolved = match plan.no_tasks.clone() {
            Some(error) => Err(error),
            None => self.shared.off_thread(move || plan::resolve(&env, &config)).await,
        };
        let resolved = resolved.map(|resolved| {
            self.expire(&plan.connector, &resolved);
            resolved.config
        });
        self.restarts.entry(task).or_default().started(Instant::now());
        match resolved {
            Ok(config) => self.shared.executor().start(TaskSpec {
                id,
                class: plan.class.clone(),
                connector: plan.connector.clone(),
                connector_config: Arc::new(plan.config.clone()),
                config,
                paused: self.target() == Target::Paused,
            }),
            Err(error) => self.shared.statuses.task_state(&id, State::Failed, Some(&error)),
        }
    }

    async fn stop_tasks(&self, ids: Vec<TaskId>) {
        if ids.is_empty() {
            return;
        }
        let (executor, timeout) = (self.shared.executor(), self.shared.env.worker.task_shutdown_timeout);
        let stopping = ids.clone();
        let late = self.shared.off_thread(move || Ok(executor.stop(&stopping, timeout))).await;
        let late = late.unwrap_or(ids);
        for id in &late {
            // It says nothing any more.
            self.shared.statuses.task_state(id, State::Unassigned, None);
        }
        self.fence(late).await;
    }

    /// Makes sure that source tasks which were given up cannot end a transaction any more.
    async fn fence(&self, late: Vec<TaskId>) {
        let Some(plan) = self.plan.clone().filter(|plan| plan.kind() == ConnectorType::Source) else {
            return;
        };
        if late.is_empty() {
            return;
        }
        let env = self.shared.env.clone();
        let fenced = self.shared.off_thread(move || exactly_once::fence(&env, &late, &plan.config)).await;
        if let Err(error) = fenced {
            // A task of the same number shuts it out when it starts.
            tracing::error!(
                connector = &*self.name,
                error = error.trace(),
                "given up tasks are not fenced out"
            );
        }
    }

    /// Ends all tasks and forgets them.
    async fn remove_tasks(&mut self) {
        self.stop_tasks(self.task_ids()).await;
        self.shared.statuses.tasks(&self.name, 0);
        self.snapshot(|snapshot| snapshot.tasks.clear());
        self.restarts.clear();
        self.applied = None;
    }

    async fn end(&mut self) {
        self.stop_tasks(self.task_ids()).await;
        self.stop_instance().await;
    }

    async fn delete(mut self, reply: Reply<()>) {
        self.remove_tasks().await;
        self.stop_instance().await;
        let rest = self.shared.remove(&self.name, &mut self.inbox);
        let _ = reply.send(Ok(()));
        // A new connector of this name may have been asked for meanwhile.
        for message in rest {
            if let Message::Put { config, initial, reply, .. } = message {
                self.shared.put(&self.name, config, initial, true, reply);
            }
        }
    }

    async fn stop(&mut self, reply: Reply<()>) {
        self.snapshot(|snapshot| snapshot.target = Target::Stopped);
        self.remove_tasks().await;
        self.stop_instance().await;
        self.state(State::Stopped);
        let _ = reply.send(Ok(()));
    }

    async fn pause(&mut self) {
        self.snapshot(|snapshot| snapshot.target = Target::Paused);
        self.set_tasks_paused(true);
        if self.shared.statuses.connector_state(&self.name) != Some(State::Failed) {
            self.stop_instance().await;
            self.state(State::Paused);
        }
    }

    async fn resume(&mut self) {
        self.snapshot(|snapshot| snapshot.target = Target::Started);
        self.set_tasks_paused(false);
        let failed = self.shared.statuses.connector_state(&self.name) == Some(State::Failed);
        match self.instance {
            // What config providers gave may be out of date.
            None if !failed => self.start_instance(None).await,
            _ => self.ask_for_tasks(),
        }
    }

    fn set_tasks_paused(&self, paused: bool) {
        let executor = self.shared.executor();
        self.task_ids().iter().for_each(|id| executor.set_paused(id, paused));
    }

    async fn restart(&mut self, reply: Reply<()>) {
        self.stop_instance().await;
        self.start_instance(Some(Waiting::Restart(reply))).await;
    }

    async fn restart_all(
        &mut self,
        include_tasks: bool,
        only_failed: bool,
        reply: Reply<ConnectorStateInfo>,
    ) {
        let Some(mut info) = self.shared.statuses.info(&self.name) else {
            let missing = HerderError::not_found(format!("Status for connector {} not found", self.name));
            let _ = reply.send(Err(missing));
            return;
        };
        let wanted = |state: State| !only_failed || state == State::Failed;
        let connector = wanted(info.connector.state);
        if connector {
            info.connector.state = State::Restarting;
        }
        let mut tasks = Vec::new();
        for task in info.tasks.iter_mut().filter(|task| include_tasks && wanted(task.state)) {
            (task.state, task.next_restart, task.stuck) = (State::Restarting, None, None);
            tasks.push(task.id);
        }
        if connector {
            self.stop_instance().await;
            self.state(State::Restarting);
        }
        self.stop_tasks(tasks.iter().map(|task| self.task_id(*task)).collect()).await;
        for task in &tasks {
            self.restarts.entry(*task).or_default().reset();
            self.shared.statuses.task_state(&self.task_id(*task), State::Restarting, None);
        }
        if connector {
            self.start_instance(None).await;
        }
        for task in tasks {
            self.start_task(task).await;
        }
        let _ = reply.send(Ok(info));
    }

    async fn restart_task(&mut self, task: u32, reply: Reply<()>) {
        let id = self.task_id(task);
        if task as usize >= self.snapshot(|snapshot| snapshot.tasks.len()) {
            let _ = reply.send(Err(HerderError::not_found(format!("Task {id} not found"))));
            return;
        }
        self.restarts.entry(task).or_default().reset();
        self.stop_tasks(vec![id]).await;
        self.start_task(task).await;
        let _ = reply.send(Ok(()));
    }

    fn task_failed(&mut self, task: u32, error: &Error) {
        let policy = &self.shared.env.worker.restart;
        let restarts = self.restarts.entry(task).or_default();
        let Some((attempts, wait)) = restarts.failed(policy, error, Instant::now()) else { return };
        let ticket = restarts.ticket;
        let id = self.task_id(task);
        self.shared
            .statuses
            .next_restart(&id, Some(NextRestart { attempts, at: millis(SystemTime::now() + wait) }));
        tracing::info!(task = %id, attempts, wait_ms = wait.as_millis() as u64, "failed task will be restarted");
        self.later(wait, Message::RestartDue(task, ticket));
    }

    async fn restart_due(&mut self, task: u32, ticket: u64) {
        let id = self.task_id(task);
        // A restart by the user, or other tasks, came first.
        if self.restarts.get(&task).is_none_or(|restarts| restarts.ticket != ticket) {
            return;
        }
        self.stop_tasks(vec![id.clone()]).await;
        self.shared.statuses.task_state(&id, State::Restarting, None);
        self.start_task(task).await;
    }
}

/// A provider that says "at once" would keep its connector from ever running.
const SHORTEST_TTL: Duration = Duration::from_millis(100);

/// Time for connectors to end with the worker, besides that of their tasks.
pub(super) const END: Duration = Duration::from_secs(6);
