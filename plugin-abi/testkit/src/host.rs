//! The host's side of a context, in memory.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ferry_plugin_abi::api::{Host, Level, TopicPartition, Transaction};
use ferry_plugin_abi::data::{Record, Value};
use ferry_plugin_abi::metrics::MetricsHost;
use ferry_plugin_abi::{Error, Result};

use crate::FakeMetrics;

/// One event of the plugin's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Its severity.
    pub level: Level,
    /// Where in the plugin it comes from.
    pub target: String,
    /// Message and fields.
    pub message: String,
}

#[derive(Default)]
struct State {
    stopping: bool,
    offsets: Vec<(Value, Value)>,
    offsets_fail: Option<Error>,
    logs: Vec<LogLine>,
    tolerate: Option<bool>,
    reported: Vec<(Value, Error)>,
    asked: Vec<String>,
}

/// Keeps offsets, records what it is asked for, and tells to stop.
#[derive(Default)]
pub struct FakeHost {
    state: Mutex<State>,
    changed: Condvar,
    metrics: Arc<FakeMetrics>,
}

impl FakeHost {
    /// One without offsets that says nothing of stopping.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Tells the object to stop, or, for its next life, to go on.
    pub fn set_stopping(&self, stopping: bool) {
        self.state().stopping = stopping;
        self.changed.notify_all();
    }
    /// Stores the offset of a source's partition; `None` removes it.
    pub fn set_offset(&self, partition: &Value, offset: Option<Value>) {
        let mut state = self.state();
        state.offsets.retain(|(p, _)| p != partition);
        if let Some(offset) = offset {
            state.offsets.push((partition.clone(), offset));
        }
    }
    /// From now on offsets cannot be read, for this reason.
    pub fn fail_offsets(&self, error: Error) {
        self.state().offsets_fail = Some(error);
    }
    /// What `errors.tolerance` says: `None` without a reporter, else whether bad records are tolerated.
    pub fn set_tolerance(&self, tolerate: Option<bool>) {
        self.state().tolerate = tolerate;
    }
    /// The log so far.
    pub fn logs(&self) -> Vec<LogLine> {
        self.state().logs.clone()
    }
    /// The values of the records that were reported, with their errors.
    pub fn reported(&self) -> Vec<(Value, Error)> {
        self.state().reported.clone()
    }
    /// The metrics that were registered with the context.
    pub fn metrics(&self) -> &FakeMetrics {
        &self.metrics
    }
    /// What else was asked for, in words: `rewind t-0@5`, `pause t-0`, `commit`, …
    pub fn asked(&self) -> Vec<String> {
        self.state().asked.clone()
    }
    fn ask(&self, what: String) {
        self.state().asked.push(what);
    }
}

impl Host for FakeHost {
    fn log_enabled(&self, _: Level) -> bool {
        true
    }
    fn log(&self, level: Level, target: &str, message: &str) {
        let line = LogLine { level, target: target.to_owned(), message: message.to_owned() };
        self.state().logs.push(line);
    }
    fn stopping(&self) -> bool {
        self.state().stopping
    }
    fn wait_stop(&self, timeout: Duration) -> bool {
        let until = Instant::now() + timeout;
        let mut state = self.state();
        while !state.stopping {
            let Some(left) = until.checked_duration_since(Instant::now()).filter(|l| !l.is_zero()) else {
                break;
            };
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.stopping
    }
    fn offsets(&self, partitions: &[Value]) -> Result<Vec<Option<Value>>> {
        let state = self.state();
        if let Some(error) = &state.offsets_fail {
            return Err(error.clone());
        }
        let find = |p: &Value| state.offsets.iter().find(|(q, _)| q == p).map(|(_, o)| o.clone());
        Ok(partitions.iter().map(find).collect())
    }
    fn metrics(&self) -> Arc<dyn MetricsHost> {
        self.metrics.clone()
    }
    fn transaction(&self, request: Transaction) -> Result<()> {
        self.ask(format!("{request:?}"));
        Ok(())
    }
    fn has_reporter(&self) -> bool {
        self.state().tolerate.is_some()
    }
    fn report(&self, record: &Record<'_>, error: &Error) -> Result<Option<u64>> {
        let mut state = self.state();
        state.reported.push((record.value().into(), error.clone()));
        match state.tolerate {
            Some(true) => Ok(None),
            _ => Err(Error::fatal("Tolerance exceeded in error handler").caused_by(error.clone())),
        }
    }
    fn rewind(&self, offsets: &[(TopicPartition, i64)]) {
        for (partition, offset) in offsets {
            self.ask(format!("rewind {partition}@{offset}"));
        }
    }
    fn pause(&self, partitions: &[TopicPartition], paused: bool) {
        for partition in partitions {
            self.ask(format!("{} {partition}", if paused { "pause" } else { "resume" }));
        }
    }
    fn request_commit(&self) {
        self.ask("commit".to_owned());
    }
    fn timeout(&self, timeout: Duration) {
        self.ask(format!("timeout {timeout:?}"));
    }
    fn request_task_reconfiguration(&self) {
        self.ask("reconfiguration".to_owned());
    }
    fn raise_error(&self, error: Error) {
        self.ask(format!("error {error}"));
    }
}
