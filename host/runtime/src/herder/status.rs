//! What every connector and task is doing, and which topics they used (`MemoryStatusBackingStore`).

use std::collections::btree_map::Entry as MapEntry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ferry_config::providers::Secrets;
use ferry_plugin_abi::Error;
use tokio::sync::broadcast::Receiver;
use tokio::sync::mpsc;

use super::events::{Changes, DESTROYED, StatusEvent};
use super::{ConnectorState, ConnectorStateInfo, ConnectorType, NextRestart, State, StuckCall, TaskState};
use crate::executor::{TaskEvent, TaskId, TaskListener, lock};
use crate::metrics::{ConnectorOverview, TaskOverview};

#[derive(Clone, Default)]
struct Entry {
    kind: Option<ConnectorType>,
    class: Option<String>,
    version: Option<String>,
    connector: Option<ConnectorState>,
    tasks: BTreeMap<u32, TaskState>,
    topics: BTreeSet<Arc<str>>,
    /// When the states of the connector and of its tasks began.
    since: BTreeMap<Option<u32>, u64>,
}

/// The states of all connectors of one worker. Tasks report to it from their own threads.
pub struct Statuses {
    worker_id: String,
    tracking: bool,
    entries: Mutex<BTreeMap<Arc<str>, Entry>>,
    /// What no trace may show.
    secrets: Arc<Secrets>,
    failures: mpsc::UnboundedSender<(TaskId, Error)>,
    changes: Changes,
}

/// Milliseconds since 1970.
pub(crate) fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_millis().try_into().unwrap_or(u64::MAX)
}

impl Statuses {
    /// For the worker of this id. Topics are tracked if `tracking`; traces do not show `secrets`. Failures of
    /// tasks go to `failures`, too.
    pub fn new(
        worker_id: String,
        tracking: bool,
        secrets: Arc<Secrets>,
        failures: mpsc::UnboundedSender<(TaskId, Error)>,
    ) -> Self {
        Self {
            worker_id,
            tracking,
            entries: Mutex::default(),
            secrets,
            failures,
            changes: Changes::default(),
        }
    }

    fn trace(&self, error: Option<&Error>) -> Option<String> {
        error.map(|error| self.secrets.hide(&error.trace()).into_owned())
    }

    fn change<T>(&self, name: &str, change: impl FnOnce(&mut Entry) -> T) -> Option<T> {
        lock(&self.entries).get_mut(name).map(change)
    }

    /// There is such a connector, of this type and version.
    pub fn known(&self, name: &Arc<str>, kind: ConnectorType, version: Option<String>) {
        let mut entries = lock(&self.entries);
        let entry = entries.entry(name.clone()).or_default();
        (entry.kind, entry.version) = (Some(kind), version);
    }

    /// Its class is this one; `None`: there is no such class.
    pub fn class(&self, name: &str, class: Option<String>) {
        self.change(name, |entry| entry.class = class);
    }

    /// What all connectors are doing, by name.
    pub fn overview(&self) -> Vec<ConnectorOverview> {
        let task = |task: &TaskState| TaskOverview {
            id: task.id,
            state: task.state,
            next_restart: task.next_restart,
            stuck: task.stuck,
        };
        let connector = |(name, entry): (&Arc<str>, &Entry)| ConnectorOverview {
            name: name.to_string(),
            kind: entry.kind.unwrap_or(ConnectorType::Unknown),
            class: entry.class.clone().zip(entry.version.clone()),
            state: entry.connector.as_ref().map(|connector| connector.state),
            next_restart: entry.connector.as_ref().and_then(|connector| connector.next_restart),
            tasks: entry.tasks.values().map(task).collect(),
        };
        lock(&self.entries).iter().map(connector).collect()
    }

    /// The connector is gone, and all that was known of it.
    pub fn forget(&self, name: &str) {
        let mut entries = lock(&self.entries);
        let Some(entry) = entries.remove(name) else { return };
        for task in entry.tasks.keys().map(|task| Some(*task)).chain([None]) {
            self.changes.tell(self.gone(name, task));
        }
    }

    /// Takes note of a state, and tells it if it is another one than before. `before`: the state and its trace.
    fn tell(
        &self,
        name: &str,
        task: Option<u32>,
        since: &mut BTreeMap<Option<u32>, u64>,
        before: Option<(State, Option<String>)>,
        (state, trace): (State, Option<String>),
    ) {
        if since.contains_key(&task) && before.is_some_and(|before| before == (state, trace.clone())) {
            return;
        }
        let timestamp = millis(SystemTime::now());
        since.insert(task, timestamp);
        self.changes.tell(self.event(name, task, state.status_name(), trace, timestamp));
    }

    fn event(
        &self,
        name: &str,
        task: Option<u32>,
        state: &'static str,
        trace: Option<String>,
        timestamp: u64,
    ) -> StatusEvent {
        let (connector, worker_id) = (name.to_owned(), self.worker_id.clone());
        StatusEvent { connector, task, state, worker_id, trace, timestamp }
    }

    /// What is told of a connector or a task that is no more.
    pub(super) fn gone(&self, name: &str, task: Option<u32>) -> StatusEvent {
        self.event(name, task, DESTROYED, None, millis(SystemTime::now()))
    }

    /// All states there are, and the changes after them; no change is in neither.
    pub(super) fn present_and_changes(&self) -> (Vec<StatusEvent>, Option<Receiver<Arc<StatusEvent>>>) {
        let entries = lock(&self.entries);
        let mut present = Vec::new();
        for (name, entry) in entries.iter() {
            let since = |task| entry.since.get(&task).copied().unwrap_or_default();
            if let Some(own) = &entry.connector {
                present.push(self.event(name, None, own.state.status_name(), own.trace.clone(), since(None)));
            }
            for task in entry.tasks.values() {
                let (id, trace) = (Some(task.id), task.trace.clone());
                present.push(self.event(name, id, task.state.status_name(), trace, since(id)));
            }
        }
        (present, self.changes.watch())
    }

    /// The worker ends: nobody is told anything more.
    pub fn end_watches(&self) {
        self.changes.end();
    }

    /// The connector's own state.
    pub fn connector(&self, name: &str, state: State, error: Option<&Error>) {
        self.change(name, |entry| {
            let version = match state {
                // Connect has no version once the object is gone.
                State::Unassigned | State::Restarting => None,
                _ => entry.version.clone(),
            };
            let before = entry.connector.take().map(|own| (own.state, own.trace));
            let trace = self.trace(error);
            self.tell(name, None, &mut entry.since, before, (state, trace.clone()));
            entry.connector = Some(ConnectorState {
                state,
                worker_id: self.worker_id.clone(),
                version,
                trace,
                next_restart: None,
            });
        });
        match error {
            Some(error) => tracing::error!(connector = name, error = error.trace(), "connector failed"),
            None => tracing::info!(connector = name, state = ?state, "connector state changed"),
        }
    }

    /// The state of the connector itself.
    pub fn connector_state(&self, name: &str) -> Option<State> {
        self.change(name, |entry| entry.connector.as_ref().map(|connector| connector.state)).flatten()
    }

    /// From now on the connector has these tasks; what was known of others is forgotten.
    pub fn tasks(&self, name: &str, count: usize) {
        self.change(name, |entry| {
            let gone: Vec<u32> = entry.tasks.keys().copied().filter(|task| *task as usize >= count).collect();
            for task in gone {
                entry.tasks.remove(&task);
                entry.since.remove(&Some(task));
                self.changes.tell(self.gone(name, Some(task)));
            }
            for id in 0..count as u32 {
                let fresh = || TaskState {
                    id,
                    state: State::Unassigned,
                    worker_id: self.worker_id.clone(),
                    version: None,
                    trace: None,
                    next_restart: None,
                    stuck: None,
                };
                if let MapEntry::Vacant(place) = entry.tasks.entry(id) {
                    place.insert(fresh());
                    self.tell(name, Some(id), &mut entry.since, None, (State::Unassigned, None));
                }
            }
        });
    }

    fn task(&self, id: &TaskId, change: impl FnOnce(&mut TaskState)) {
        self.change(&id.connector, |entry| entry.tasks.get_mut(&id.task).map(change));
    }

    /// A task's state as the herder sees it.
    pub fn task_state(&self, id: &TaskId, state: State, error: Option<&Error>) {
        self.change(&id.connector, |entry| {
            // A task that is gone may still have something to say.
            let Some(task) = entry.tasks.get_mut(&id.task) else { return };
            let version = &entry.version;
            let (before, trace) = ((task.state, task.trace.take()), self.trace(error));
            let now = (state, trace.clone());
            self.tell(&id.connector, Some(id.task), &mut entry.since, Some(before), now);
            task.state = state;
            task.trace = trace;
            task.version = match state {
                State::Unassigned | State::Restarting => None,
                _ => version.clone(),
            };
            (task.next_restart, task.stuck) = (None, None);
        });
    }

    /// When a failed connector is started again.
    pub fn next_connector_restart(&self, name: &str, next: NextRestart) {
        self.change(name, |entry| {
            if let Some(connector) = &mut entry.connector {
                connector.next_restart = Some(next);
            }
        });
    }

    /// When a failed task is started again.
    pub fn next_restart(&self, id: &TaskId, next: Option<NextRestart>) {
        self.task(id, |task| task.next_restart = next);
    }

    /// Everything about a connector; `None` if it never reported.
    pub fn info(&self, name: &str) -> Option<ConnectorStateInfo> {
        let entries = lock(&self.entries);
        let entry = entries.get(name)?;
        Some(ConnectorStateInfo {
            name: name.to_owned(),
            connector: entry.connector.clone()?,
            tasks: entry.tasks.values().cloned().collect(),
            kind: entry.kind.unwrap_or(ConnectorType::Unknown),
        })
    }

    /// One task.
    pub fn task_info(&self, name: &str, task: i32) -> Option<TaskState> {
        let task = u32::try_from(task).ok()?;
        lock(&self.entries).get(name)?.tasks.get(&task).cloned()
    }

    /// The topics of a connector, sorted.
    pub fn topics(&self, name: &str) -> Vec<String> {
        let entries = lock(&self.entries);
        entries
            .get(name)
            .map(|entry| entry.topics.iter().map(|topic| topic.to_string()).collect())
            .unwrap_or_default()
    }

    /// Forgets the topics of a connector.
    pub fn reset_topics(&self, name: &str) {
        self.change(name, |entry| entry.topics.clear());
    }
}

impl TaskListener for Statuses {
    fn on_event(&self, id: &TaskId, event: TaskEvent) {
        match event {
            TaskEvent::Running => self.task_state(id, State::Running, None),
            TaskEvent::Paused => self.task_state(id, State::Paused, None),
            TaskEvent::Stopped => self.task_state(id, State::Unassigned, None),
            TaskEvent::Failed(error) => {
                self.task_state(id, State::Failed, Some(&error));
                // The receiver is gone when the worker ends.
                let _ = self.failures.send((id.clone(), error));
            }
            TaskEvent::Stuck { call, since } => {
                let since = SystemTime::now().checked_sub(since).unwrap_or(UNIX_EPOCH + Duration::ZERO);
                self.task(id, |task| task.stuck = Some(StuckCall { call, since: millis(since) }));
            }
            TaskEvent::Topic(topic) => {
                if self.tracking {
                    self.change(&id.connector, |entry| entry.topics.insert(topic));
                }
            }
        }
    }
}
