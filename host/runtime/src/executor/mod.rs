//! Makes tasks run: one thread each, told what to do over a channel, reporting to a listener.

mod assemble;
mod classes;
mod clients;
mod context;
mod control;
mod plugin_log;
mod threads;

pub use assemble::{chain, converters};
pub use context::{TaskHost, TaskRole};
pub use control::{Control, lock};
pub use plugin_log::{PluginLog, task_class};
pub use threads::ThreadExecutor;

use std::sync::Arc;
use std::time::Duration;

use ferry_config::connector::ConnectorConfig;
use ferry_plugin_abi::Error;
use ferry_plugin_abi::api::PluginClass;
use ferry_plugin_abi::config::ConfigMap;

/// A task of a connector. `Display` is Connect's `name-0`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId {
    /// The connector.
    pub connector: Arc<str>,
    /// Its number, from 0.
    pub task: u32,
}

impl std::fmt::Display for TaskId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.connector, self.task)
    }
}

/// The half of a task that the supervisor may look after while the task's thread is busy.
pub trait Aside: Send {
    /// Does what must not wait for the task's thread; called now and then. `inside`: that thread is in a call
    /// into the plugin. Must not block.
    fn look_after(&mut self, inside: bool);
    /// Whether there is something due that may take long: [`Aside::catch_up`].
    fn is_overdue(&self) -> bool {
        false
    }
    /// Does that; on a thread of its own, and may block.
    fn catch_up(&mut self) {}
    /// The task was given up: lets go of what others wait for. Must not block.
    fn abandon(&mut self) {}
}

/// All that a task needs to run.
#[derive(Clone)]
pub struct TaskSpec {
    /// Which task.
    pub id: TaskId,
    /// The connector's class; its factory tells source from sink.
    pub class: Arc<PluginClass>,
    /// The connector's configuration, typed.
    pub connector: Arc<ConnectorConfig>,
    /// The connector's configuration as text, variables resolved: client overrides are in it.
    pub connector_config: Arc<ConfigMap>,
    /// What the connector made for this task, variables resolved.
    pub config: ConfigMap,
    /// Whether to begin paused.
    pub paused: bool,
}

/// What a task tells of itself (`TaskStatus.Listener`).
#[derive(Clone, Debug)]
pub enum TaskEvent {
    /// It has started, or goes on after a pause.
    Running,
    /// It is paused.
    Paused,
    /// It failed and has ended.
    Failed(Error),
    /// It was stopped and has ended.
    Stopped,
    /// A call into the plugin does not return: the name of the call and since when.
    Stuck {
        /// `poll`, `put`, …
        call: &'static str,
        /// How long it has been in there.
        since: Duration,
    },
    /// A record of, or for, this topic was seen for the first time since offsets were stored.
    Topic(Arc<str>),
}

/// Hears what tasks tell, on their threads.
pub trait TaskListener: Send + Sync {
    /// Called by the task's thread, or by the watchdog for [`TaskEvent::Stuck`]. Must not block.
    fn on_event(&self, id: &TaskId, event: TaskEvent);
}

/// Runs tasks; a thread or, one day, a process each.
pub trait Executor: Send + Sync {
    /// Starts a task and returns at once; all else arrives at the listener. A spec that cannot be
    /// started (unknown converter, bad transform) arrives as [`TaskEvent::Failed`].
    fn start(&self, spec: TaskSpec);
    /// Pauses or resumes a task; nothing if it is not running.
    fn set_paused(&self, id: &TaskId, paused: bool);
    /// Stops tasks and waits for all of them, `timeout` in total; those that are late are abandoned: their
    /// thread may end later, but they report nothing more and commit nothing. Returns the late ones.
    fn stop(&self, ids: &[TaskId], timeout: Duration) -> Vec<TaskId>;
}
