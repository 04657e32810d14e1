//! One connector of a standalone worker: takes what is asked of it in order, and never waits for others.
//!
//! Calls into the plugin happen on the thread of its [`Instance`]; this side only hears of them. A call
//! that does not return therefore holds up nothing: a later request gives the instance up.

mod connector;
mod requests;
mod tasks;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ferry_config::connector_file::InitialState;
use ferry_plugin_abi::Error;
use ferry_plugin_abi::config::ConfigMap;
use tokio::sync::{mpsc, oneshot};

use super::instance::{Instance, Told};
use super::plan::Plan;
use super::restart::Restarts;
use super::shared::Shared;
use super::{Condition, ConnectorInfo, ConnectorStateInfo, ConnectorType, Created, Result, State, TaskRef};
use crate::executor::{TaskId, lock};

/// Where the answer to a request goes.
pub(in crate::herder) type Reply<T> = oneshot::Sender<Result<T>>;

/// What a connector is told.
pub(in crate::herder) enum Message {
    /// Begin with this configuration, which was validated.
    Create {
        config: ConfigMap,
        initial: Option<InitialState>,
        reply: Reply<Created>,
    },
    /// Take this configuration, which was validated.
    Put {
        config: ConfigMap,
        condition: Condition,
        reply: Reply<Created>,
    },
    Delete(Condition, Reply<()>),
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
    /// The restart of this ticket, of a task or of the connector itself.
    RestartDue(Option<u32>, u64),
    /// What config providers gave the connector in this plan holds no longer.
    Expired(u64),
    /// The worker ends.
    Shutdown(Reply<()>),
}

/// What the connector shall be doing (`TargetState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::herder) enum Target {
    Started,
    Paused,
    Stopped,
}

/// What others may see of a connector without asking it.
#[derive(Clone)]
pub(in crate::herder) struct Snapshot {
    pub(in crate::herder) config: ConfigMap,
    pub(in crate::herder) kind: ConnectorType,
    pub(in crate::herder) target: Target,
    /// Configurations of the tasks, references unresolved.
    pub(in crate::herder) tasks: Vec<ConfigMap>,
}

impl Snapshot {
    /// As REST shows it.
    pub(in crate::herder) fn info(&self, name: &str) -> ConnectorInfo {
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
pub(in crate::herder) struct Slot {
    pub(in crate::herder) sender: mpsc::UnboundedSender<Message>,
    pub(in crate::herder) snapshot: Mutex<Snapshot>,
}

/// Who waits for the instance to be started.
enum Waiting {
    Put { created: bool, reply: Reply<Created> },
    Restart(Reply<()>),
}

pub(in crate::herder) struct Actor {
    pub(in crate::herder) name: Arc<str>,
    pub(in crate::herder) shared: Arc<Shared>,
    pub(in crate::herder) slot: Arc<Slot>,
    inbox: mpsc::UnboundedReceiver<Message>,
    instance: Option<Instance>,
    instances: u64,
    /// Whether `start` of the instance has returned well.
    started: bool,
    /// The instance is made anew after a pause.
    resuming: bool,
    plan: Option<Plan>,
    /// Which plan it is: an older one's time-outs count no more.
    plans: u64,
    /// The resolved configuration that the tasks were made from.
    applied: Option<ConfigMap>,
    /// Of the connector itself.
    own_restarts: Restarts,
    /// Of its tasks.
    restarts: BTreeMap<u32, Restarts>,
    waiting: Option<Waiting>,
}

impl Actor {
    /// A connector that nobody told anything yet.
    pub(in crate::herder) fn new(
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
            resuming: false,
            plan: None,
            plans: 0,
            applied: None,
            own_restarts: Restarts::default(),
            restarts: BTreeMap::new(),
            waiting: None,
        }
    }

    /// Does what it is told until the connector is deleted or the worker ends.
    pub(in crate::herder) async fn run(mut self) {
        while let Some(message) = self.inbox.recv().await {
            match message {
                Message::Create { config, initial, reply } => self.create(config, initial, reply).await,
                Message::Put { config, condition, reply } => match self.check(&condition) {
                    Ok(()) => self.put(config, false, reply).await,
                    Err(refused) => drop(reply.send(Err(refused))),
                },
                Message::Delete(condition, reply) => match self.check(&condition) {
                    Ok(()) => return self.delete(reply).await,
                    Err(refused) => drop(reply.send(Err(refused))),
                },
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
                Message::RestartDue(Some(task), ticket) => self.task_due(task, ticket).await,
                Message::RestartDue(None, ticket) => self.connector_due(ticket).await,
                Message::Expired(plan) => self.expired(plan).await,
                Message::Shutdown(reply) => {
                    self.end().await;
                    let _ = reply.send(Ok(()));
                    return;
                }
            }
        }
    }

    fn check(&self, condition: &Condition) -> Result<()> {
        self.snapshot(|snapshot| condition.check(&self.name, Some(&snapshot.config)))
    }

    pub(in crate::herder) fn target(&self) -> Target {
        lock(&self.slot.snapshot).target
    }

    pub(in crate::herder) fn snapshot<T>(&self, change: impl FnOnce(&mut Snapshot) -> T) -> T {
        change(&mut lock(&self.slot.snapshot))
    }

    pub(in crate::herder) fn task_id(&self, task: u32) -> TaskId {
        TaskId { connector: self.name.clone(), task }
    }

    pub(in crate::herder) fn task_ids(&self) -> Vec<TaskId> {
        let count = self.snapshot(|snapshot| snapshot.tasks.len());
        (0..count as u32).map(|task| self.task_id(task)).collect()
    }

    pub(in crate::herder) fn state(&self, state: State) {
        self.shared.statuses.connector(&self.name, state, None);
    }

    /// Tells itself something after a while, if it still is there.
    pub(in crate::herder) fn later(&self, wait: Duration, message: Message) {
        let sender = self.slot.sender.downgrade();
        self.shared.runtime.spawn(async move {
            tokio::time::sleep(wait).await;
            if let Some(sender) = sender.upgrade() {
                let _ = sender.send(message);
            }
        });
    }

    pub(in crate::herder) fn answer(&mut self, result: Result<()>) {
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
}

/// Time for connectors to end with the worker, besides that of their tasks.
pub(in crate::herder) const END: Duration = Duration::from_secs(6);
