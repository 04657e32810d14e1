//! The statistics of one task (`WorkerTask.TaskMetricsGroup`, and those of its kind).
//!
//! All of them are told per batch: one lock, which only a scrape ever holds beside the task.

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use super::clock::Clock;
use super::errors::ErrorMetrics;
use super::state::StateTimer;
use super::{Owner, PluginScope, PluginSeries};
use crate::executor::{TaskId, lock};
use crate::herder::State;
use ferry_plugin_abi::metrics::Windows;
use ferry_plugin_abi::metrics::stats::{Level, Meter, Sampled};

/// A class that a task uses, with its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassInfo {
    /// Its fully qualified name.
    pub class: String,
    /// Its version; `undefined` where it says none.
    pub version: String,
}

/// The classes of a task (`TaskPluginsMetadata`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskClasses {
    /// The connector's.
    pub connector: ClassInfo,
    /// `source` or `sink`.
    pub kind: &'static str,
    /// The task's own.
    pub task: ClassInfo,
    /// Of keys.
    pub key_converter: ClassInfo,
    /// Of values.
    pub value_converter: ClassInfo,
    /// Of headers.
    pub header_converter: ClassInfo,
    /// By alias, in the order of the chain.
    pub transforms: Vec<(String, ClassInfo)>,
    /// By alias.
    pub predicates: Vec<(String, ClassInfo)>,
}

/// What a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskKind {
    /// From elsewhere into Kafka.
    Source {
        /// In transactions.
        exactly_once: bool,
    },
    /// Out of Kafka.
    Sink,
}

/// The statistics of one run of a task; from any thread.
#[derive(Debug)]
pub struct TaskMetrics {
    /// Which task.
    pub id: TaskId,
    /// Its records that failed.
    pub errors: ErrorMetrics,
    /// Bytes of records that it holds now.
    pub in_flight: Arc<AtomicUsize>,
    pub(super) kind: TaskKind,
    classes: OnceLock<TaskClasses>,
    clock: Clock,
    windows: Windows,
    sums: Mutex<Sums>,
    plugins: Arc<PluginSeries>,
    /// Those of the objects that it is made of; `None`: it has ended.
    scopes: Mutex<Option<Vec<Arc<PluginScope>>>>,
}

#[derive(Debug)]
struct Sums {
    state: StateTimer,
    started: bool,
    commit_time: Sampled,
    commits: Sampled,
    batch_size: Sampled,
    /// Polled or consumed.
    read: Meter,
    /// Written or put.
    sent: Meter,
    /// Poll or put.
    call_time: Sampled,
    active: Level,
    transactions: Sampled,
    partitions: usize,
    commit_number: u64,
    completed: Meter,
    skipped: Meter,
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

impl TaskMetrics {
    pub(super) fn new(
        id: TaskId,
        kind: TaskKind,
        paused: bool,
        clock: Clock,
        windows: Windows,
        plugins: Arc<PluginSeries>,
    ) -> Self {
        let state = if paused { State::Paused } else { State::Running };
        let sums = Sums {
            state: StateTimer::new(state, clock.now()),
            started: false,
            commit_time: Sampled::default(),
            commits: Sampled::default(),
            batch_size: Sampled::default(),
            read: Meter::default(),
            sent: Meter::default(),
            call_time: Sampled::default(),
            active: Level::default(),
            transactions: Sampled::default(),
            partitions: 0,
            commit_number: 0,
            completed: Meter::default(),
            skipped: Meter::default(),
        };
        Self {
            id,
            errors: ErrorMetrics::default(),
            in_flight: Arc::default(),
            kind,
            classes: OnceLock::new(),
            clock,
            windows,
            sums: Mutex::new(sums),
            plugins,
            scopes: Mutex::new(Some(Vec::new())),
        }
    }

    /// Of a task that no worker knows, where nobody looks.
    pub fn unseen(id: TaskId) -> Arc<Self> {
        let windows = Windows::default();
        let plugins = PluginSeries::new(windows);
        Arc::new(Self::new(id, TaskKind::Sink, false, Clock::start(), windows, plugins))
    }

    /// Where an object of a plugin that works for it registers metrics; `part` is the tag that tells it from the
    /// task's other objects.
    pub fn plugin(&self, part: Option<(&'static str, &str)>) -> Arc<PluginScope> {
        let owner = Owner { connector: self.id.connector.clone(), task: Some(self.id.task) };
        let scope = self.plugins.scope(owner, part);
        match &mut *lock(&self.scopes) {
            Some(scopes) => scopes.push(scope.clone()),
            None => scope.close(),
        }
        scope
    }

    /// It has ended, or was given up: metrics of its plugins are gone, and they get no others.
    pub fn close_plugins(&self) {
        let scopes = lock(&self.scopes).take().unwrap_or_default();
        scopes.iter().for_each(|scope| scope.close());
    }

    fn tell(&self, tell: impl FnOnce(&mut Sums, Windows, i64)) {
        tell(&mut lock(&self.sums), self.windows, self.clock.now());
    }

    /// Its classes, once they are found.
    pub fn set_classes(&self, classes: TaskClasses) {
        // A run of a task has one set of them.
        let _ = self.classes.set(classes);
    }
    pub(super) fn classes(&self) -> Option<&TaskClasses> {
        self.classes.get()
    }

    /// It is in another state.
    pub fn state(&self, state: State) {
        self.tell(|sums, _, now| sums.state.change(state, now));
    }
    /// It runs: whether for the first time.
    pub fn first_start(&self) -> bool {
        !std::mem::replace(&mut lock(&self.sums).started, true)
    }
    /// Offsets were committed, or could not be, within this time.
    pub fn committed(&self, time: Duration, success: bool) {
        self.tell(|sums, windows, now| {
            if success {
                sums.commit_time.record(windows, ms(time), now);
            }
            sums.commits.record(windows, f64::from(success), now);
        });
    }

    /// A poll of a source returned so many records.
    pub fn polled(&self, records: usize, time: Duration) {
        self.tell(|sums, windows, now| {
            sums.read.record(windows, records as f64, now);
            sums.call_time.record(windows, ms(time), now);
            let active = sums.active.now + records as f64;
            sums.active.record(windows, active, now);
        });
    }
    /// So many records of a source are on their way through transforms and converters.
    pub fn batch(&self, records: usize) {
        self.tell(|sums, windows, now| sums.batch_size.record(windows, records as f64, now));
    }
    /// So many records of a source are done with; `skipped` of them are not in Kafka.
    pub fn written(&self, records: usize, skipped: usize) {
        self.tell(|sums, windows, now| {
            sums.sent.record(windows, records.saturating_sub(skipped) as f64, now);
            let active = (sums.active.now - records as f64).max(0.0);
            sums.active.record(windows, active, now);
        });
    }
    /// A transaction of so many records was committed.
    pub fn transaction(&self, records: u64) {
        self.tell(|sums, windows, now| sums.transactions.record(windows, records as f64, now));
    }

    /// A sink consumed so many records.
    pub fn consumed(&self, records: usize) {
        self.tell(|sums, windows, now| sums.read.record(windows, records as f64, now));
    }
    /// A sink took a batch.
    pub fn put(&self, records: usize, time: Duration) {
        self.tell(|sums, windows, now| {
            sums.batch_size.record(windows, records as f64, now);
            sums.sent.record(windows, records as f64, now);
            sums.call_time.record(windows, ms(time), now);
        });
    }
    /// So many records of a sink are consumed and their offsets not committed.
    pub fn active(&self, records: u64) {
        self.tell(|sums, windows, now| sums.active.record(windows, records as f64, now));
    }
    /// A sink has so many partitions.
    pub fn partitions(&self, count: usize) {
        lock(&self.sums).partitions = count;
    }
    /// A sink begins to commit.
    pub fn commit_began(&self) {
        lock(&self.sums).commit_number += 1;
    }
    /// A commit of a sink succeeded, or failed.
    pub fn commit_ended(&self, time: Duration, success: bool) {
        self.committed(time, success);
        if success {
            self.tell(|sums, windows, now| sums.completed.record(windows, 1.0, now));
        }
    }
    /// The answer to a commit of a sink came too late.
    pub fn commit_skipped(&self) {
        self.tell(|sums, windows, now| sums.skipped.record(windows, 1.0, now));
    }

    pub(super) fn measure(&self) -> Measured {
        let (windows, now) = (self.windows, self.clock.now());
        let mut sums = lock(&self.sums);
        let sums = &mut *sums;
        let (failed, succeeded) = sums.commits.shares(windows, now);
        let task = [
            sums.state.ratio(State::Running, now),
            sums.state.ratio(State::Paused, now),
            sums.commit_time.max(windows, now),
            sums.commit_time.avg(windows, now),
            sums.batch_size.max(windows, now),
            sums.batch_size.avg(windows, now),
            failed,
            succeeded,
        ];
        let [read_rate, read] = sums.read.measure(windows, now);
        let [sent_rate, sent] = sums.sent.measure(windows, now);
        let [active, active_max, active_avg] = sums.active.measure(windows, now);
        let times = [sums.call_time.max(windows, now), sums.call_time.avg(windows, now)];
        let own = match self.kind {
            TaskKind::Source { exactly_once } => Own::Source {
                source: [
                    read_rate, read, sent_rate, sent, times[0], times[1], active, active_max, active_avg,
                ],
                transactions: exactly_once.then(|| {
                    let sizes = &mut sums.transactions;
                    [sizes.min(windows, now), sizes.max(windows, now), sizes.avg(windows, now)]
                }),
            },
            TaskKind::Sink => {
                let [completed_rate, completed] = sums.completed.measure(windows, now);
                let [skipped_rate, skipped] = sums.skipped.measure(windows, now);
                Own::Sink([
                    read_rate,
                    read,
                    sent_rate,
                    sent,
                    active,
                    active_max,
                    active_avg,
                    sums.partitions as f64,
                    sums.commit_number as f64,
                    completed_rate,
                    completed,
                    skipped_rate,
                    skipped,
                    times[0],
                    times[1],
                ])
            }
        };
        Measured { task, own, errors: self.errors.measure() }
    }
}

/// The numbers of a task at one time.
pub(super) struct Measured {
    pub(super) task: [f64; 8],
    pub(super) own: Own,
    pub(super) errors: [f64; 8],
}

/// Those of its kind.
pub(super) enum Own {
    Source { source: [f64; 9], transactions: Option<[f64; 3]> },
    Sink([f64; 15]),
}
