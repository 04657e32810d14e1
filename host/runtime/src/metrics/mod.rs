//! What a worker measures: Connect's metrics by name and meaning (`ConnectMetrics`), those of its Kafka clients,
//! and a few of its own, told as a text that Prometheus reads.
//!
//! Tasks tell their statistics per batch, and a scrape computes the rest: what nobody looks at costs next to
//! nothing, and what is scraped is consistent task by task.

pub mod attributes;
mod clients;
mod clock;
mod errors;
mod plugins;
mod process;
mod rest;
mod scrape;
mod state;
mod task;
pub mod text;
mod worker;

pub use errors::ErrorMetrics;
pub use ferry_plugin_abi::metrics::Windows;
pub use plugins::{Owner, PluginScope, PluginSeries};
pub use rest::RestMetrics;
pub use scrape::{ConnectorOverview, Scrape, TaskOverview};
pub use task::{ClassInfo, TaskClasses, TaskKind, TaskMetrics};

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use ferry_config::worker::MetricsConfig;

use crate::executor::{TaskId, lock};
use clock::Clock;
use worker::Starts;

/// A connector itself, or one of its tasks.
type Restartable = (Arc<str>, Option<u32>);

/// The statistics of a worker; from any thread.
#[derive(Debug)]
pub struct Metrics {
    clock: Clock,
    windows: Windows,
    started: SystemTime,
    tasks: Mutex<BTreeMap<TaskId, Arc<TaskMetrics>>>,
    connector_starts: Mutex<Starts>,
    task_starts: Mutex<Starts>,
    restarts: Mutex<BTreeMap<Restartable, u64>>,
    abandoned: AtomicU64,
    /// Requests to REST.
    pub rest: RestMetrics,
    /// What plugins measure.
    pub plugins: Arc<PluginSeries>,
}

/// What statistics are taken over, as a worker is configured.
pub fn windows(config: &MetricsConfig) -> Windows {
    let length = config.window.as_millis().try_into().unwrap_or(i64::MAX);
    Windows { length, samples: config.samples }
}

impl Metrics {
    /// Of a worker that starts now.
    pub fn new(windows: Windows) -> Self {
        let windows = Windows { length: windows.length.max(1), samples: windows.samples.max(1) };
        Self {
            clock: Clock::start(),
            windows,
            started: SystemTime::now(),
            tasks: Mutex::default(),
            connector_starts: Mutex::default(),
            task_starts: Mutex::default(),
            restarts: Mutex::default(),
            abandoned: AtomicU64::default(),
            rest: RestMetrics::default(),
            plugins: PluginSeries::new(windows),
        }
    }

    /// A task begins, with statistics of its own; those of an earlier run are forgotten.
    pub fn task(&self, id: &TaskId, kind: TaskKind, paused: bool) -> Arc<TaskMetrics> {
        let (clock, plugins) = (self.clock.clone(), self.plugins.clone());
        let task = Arc::new(TaskMetrics::new(id.clone(), kind, paused, clock, self.windows, plugins));
        lock(&self.tasks).insert(id.clone(), task.clone());
        task
    }
    /// A task is gone.
    pub fn forget_task(&self, id: &TaskId) {
        lock(&self.tasks).remove(id);
    }
    /// A task did not end in time.
    pub fn task_abandoned(&self) {
        self.abandoned.fetch_add(1, Relaxed);
    }
    /// A task started, or could not.
    pub fn task_start(&self, success: bool) {
        lock(&self.task_starts).record(self.windows, success, self.clock.now());
    }
    /// A connector started, or could not.
    pub fn connector_start(&self, success: bool) {
        lock(&self.connector_starts).record(self.windows, success, self.clock.now());
    }
    /// A connector, or one of its tasks, was restarted by itself.
    pub fn restarted(&self, connector: &Arc<str>, task: Option<u32>) {
        *lock(&self.restarts).entry((connector.clone(), task)).or_default() += 1;
    }
    /// A connector is gone, and what was counted for it.
    pub fn forget_connector(&self, name: &str) {
        lock(&self.restarts).retain(|(connector, _), _| **connector != *name);
    }
}

#[cfg(test)]
mod tests;
