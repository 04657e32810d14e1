//! Changes of states, for those who watch: `GET /events`.
//!
//! Whoever changes a state never waits for a watcher: changes go through a ring of bounded size. A watcher that is
//! too slow for it is shown the present states again, and what went away meanwhile.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, Weak};

use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::broadcast::{self, Receiver, Sender, error::RecvError};

use super::{State, Statuses};
use crate::executor::lock;

/// Changes that a watcher may be behind.
const RING: usize = 1024;

/// The state of a connector or a task, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StatusEvent {
    /// The connector.
    pub connector: String,
    /// The number of the task; null: it is the connector itself.
    pub task: Option<u32>,
    /// As in its status; DESTROYED once it is gone.
    pub state: &'static str,
    /// `host:port` of the worker it runs on.
    pub worker_id: String,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// When that state began, milliseconds since 1970.
    pub timestamp: u64,
}

/// The name of the state of what is no more (`AbstractStatus.State.DESTROYED`).
pub(super) const DESTROYED: &str = "DESTROYED";

impl State {
    /// As statuses show it.
    pub const fn status_name(self) -> &'static str {
        match self {
            Self::Unassigned => "UNASSIGNED",
            Self::Running => "RUNNING",
            Self::Paused => "PAUSED",
            Self::Failed => "FAILED",
            Self::Restarting => "RESTARTING",
            Self::Stopped => "STOPPED",
        }
    }
}

/// Where changes are told; `None` once the worker ends.
pub(super) struct Changes(Mutex<Option<Sender<Arc<StatusEvent>>>>);

impl Default for Changes {
    fn default() -> Self {
        Self(Mutex::new(Some(broadcast::channel(RING).0)))
    }
}

impl Changes {
    pub(super) fn tell(&self, event: StatusEvent) {
        if let Some(sender) = &*lock(&self.0) {
            // An error means that nobody watches.
            let _ = sender.send(Arc::new(event));
        }
    }

    pub(super) fn watch(&self) -> Option<Receiver<Arc<StatusEvent>>> {
        lock(&self.0).as_ref().map(Sender::subscribe)
    }

    /// Ends all watching.
    pub(super) fn end(&self) {
        lock(&self.0).take();
    }
}

/// The states of all connectors or of one: first the present ones, then each change.
pub struct StatusWatch {
    statuses: Weak<Statuses>,
    connector: Option<String>,
    /// To be told before the next change.
    due: VecDeque<Arc<StatusEvent>>,
    changes: Option<Receiver<Arc<StatusEvent>>>,
    /// Those that the watcher knows of.
    told: BTreeSet<(String, Option<u32>)>,
}

impl StatusWatch {
    pub(super) fn new(statuses: &Arc<Statuses>, connector: Option<&str>) -> Self {
        let mut watch = Self {
            statuses: Arc::downgrade(statuses),
            connector: connector.map(str::to_owned),
            due: VecDeque::new(),
            changes: None,
            told: BTreeSet::new(),
        };
        watch.begin();
        watch
    }

    /// The present states become due, and the changes from now on.
    fn begin(&mut self) {
        let Some(statuses) = self.statuses.upgrade() else {
            self.changes = None;
            return;
        };
        let (present, changes) = statuses.present_and_changes();
        let there: BTreeSet<_> = present.iter().map(|event| (event.connector.clone(), event.task)).collect();
        for gone in self.told.difference(&there) {
            self.due.push_back(Arc::new(statuses.gone(&gone.0, gone.1)));
        }
        self.due.extend(present.into_iter().map(Arc::new));
        self.changes = changes;
    }

    /// The next state; `None`: the worker ends. May be dropped while it waits, and nothing is lost.
    pub async fn next(&mut self) -> Option<Arc<StatusEvent>> {
        loop {
            let event = match self.due.pop_front() {
                Some(event) => event,
                None => match self.changes.as_mut()?.recv().await {
                    Ok(event) => event,
                    Err(RecvError::Closed) => return None,
                    Err(RecvError::Lagged(_)) => {
                        self.begin();
                        continue;
                    }
                },
            };
            if self.connector.as_ref().is_some_and(|name| *name != event.connector) {
                continue;
            }
            let id = (event.connector.clone(), event.task);
            if event.state == DESTROYED {
                self.told.remove(&id);
            } else {
                self.told.insert(id);
            }
            return Some(event);
        }
    }
}

#[cfg(test)]
#[path = "tests/events.rs"]
mod tests;
