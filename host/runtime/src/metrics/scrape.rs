//! One look at everything, written as a text.
//!
//! All samples of a family stand together in the text, so what a task measures is taken in first, under its
//! lock, and written afterwards.

use std::time::SystemTime;

use ferry_kafka::ClientStatistics;
use ferry_plugins::Registry;

use super::attributes::{
    APP_INFO, CONNECTOR, COUNT, ERRORS, Kind, PREDICATE, SINK, SOURCE, TASK, TRANSACTION, TRANSFORM, WORKER,
    WORKER_CONNECTOR,
};
use super::process::Process;
use super::task::{ClassInfo, Own, TaskClasses, TaskMetrics};
use super::text::{Labels, Text};
use super::{Metrics, Relaxed, clients, lock};
use crate::budget::WorkerBudget;
use crate::executor::TaskId;
use crate::herder::{ConnectorType, Identity, NextRestart, State, StuckCall, millis};

/// What a connector is doing, without what takes room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectorOverview {
    /// Its name.
    pub name: String,
    /// Source or sink.
    pub kind: ConnectorType,
    /// Its class, where that is known, with the version.
    pub class: Option<(String, String)>,
    /// What it is doing; `None`: nothing yet.
    pub state: Option<State>,
    /// Its next restart.
    pub next_restart: Option<NextRestart>,
    /// Its tasks, by number.
    pub tasks: Vec<TaskOverview>,
}

/// What a task is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskOverview {
    /// Its number.
    pub id: u32,
    /// What it is doing.
    pub state: State,
    /// Its next restart.
    pub next_restart: Option<NextRestart>,
    /// The call that it hangs in.
    pub stuck: Option<StuckCall>,
}

/// All that a look at a worker needs.
#[derive(Clone, Copy)]
pub struct Scrape<'a> {
    /// What it measures.
    pub metrics: &'a Metrics,
    /// Who it is.
    pub identity: &'a Identity,
    /// Its connectors, by name.
    pub connectors: &'a [ConnectorOverview],
    /// The memory of its tasks.
    pub memory: &'a WorkerBudget,
    /// Its plugins.
    pub plugins: &'a dyn Registry,
    /// What its Kafka clients tell.
    pub clients: &'a [ClientStatistics],
}

/// Every state that a connector or task can be in, in the order of [`State`].
const STATES: [State; 6] =
    [State::Unassigned, State::Running, State::Paused, State::Failed, State::Restarting, State::Stopped];

const STATUS: &str = "What it is doing, as the label status.";

fn connector(name: &str) -> Labels {
    Labels::none().with("connector", name)
}
fn task(connector: &str, task: u32) -> Labels {
    self::connector(connector).with("task", &task.to_string())
}

impl Scrape<'_> {
    /// The text.
    pub fn text(&self) -> String {
        let mut text = Text::new();
        let tasks: Vec<_> = lock(&self.metrics.tasks).values().cloned().collect();
        let attributes = self.connectors(&mut text)
            + self.tasks(&mut text, &tasks)
            + self.worker(&mut text)
            + self.metrics.plugins.write(&mut text);
        self.app(&mut text, attributes);
        clients::write(&mut text, self.clients);
        self.states(&mut text);
        self.restarts(&mut text);
        self.memory(&mut text, &tasks);
        self.plugins(&mut text);
        self.metrics.rest.write(&mut text);
        self.process(&mut text);
        text.into_string()
    }

    /// Statuses of connectors and tasks; says how many attributes of MBeans that were.
    fn connectors(&self, text: &mut Text) -> usize {
        let mut info = Vec::new();
        let mut own: [(&str, &str, Vec<Labels>); 4] = [
            ("status", STATUS, Vec::new()),
            ("connector-class", "Its class.", Vec::new()),
            ("connector-type", "Whether it is a source or a sink.", Vec::new()),
            ("connector-version", "The version of its class.", Vec::new()),
        ];
        let mut task_status = Vec::new();
        let mut counts = Vec::new();
        for one in self.connectors {
            let labels = connector(&one.name);
            let status = one.state.unwrap_or(State::Unassigned).name();
            let unknown = || ("unknown".to_owned(), "unknown".to_owned());
            let (class, version) = one.class.clone().unwrap_or_else(unknown);
            let texts = [status, &class, one.kind.name(), &version];
            let mut all = labels.clone();
            for ((attribute, _, rows), value) in own.iter_mut().zip(texts) {
                let label = attribute.replace('-', "_");
                rows.push(labels.clone().with(&label, value));
                all = all.with(&label, value);
            }
            info.push(all);
            task_status
                .extend(one.tasks.iter().map(|t| task(&one.name, t.id).with("status", t.state.name())));
            if !one.tasks.is_empty() {
                let count = |state| one.tasks.iter().filter(|task| task.state == state).count() as f64;
                // "Destroyed" is a state of tombstones in the status topic, which a standalone worker has not.
                counts.push((
                    labels,
                    [
                        one.tasks.len() as f64,
                        count(State::Running),
                        count(State::Paused),
                        count(State::Failed),
                        count(State::Unassigned),
                        0.0,
                        count(State::Restarting),
                    ],
                ));
            }
        }
        text.info(&CONNECTOR.series(), "A connector: its class, type, version and status.", &info);
        for (attribute, help, rows) in &own {
            text.info(&CONNECTOR.metric(attribute), help, rows);
        }
        text.info(&TASK.metric("status"), STATUS, &task_status);
        text.group(&WORKER_CONNECTOR, &counts);
        info.len() * own.len() + counts.len() * WORKER_CONNECTOR.numbers.len()
    }

    /// What tasks measure; says how many attributes of MBeans that were.
    fn tasks(&self, text: &mut Text, tasks: &[std::sync::Arc<TaskMetrics>]) -> usize {
        let (mut common, mut sources, mut transactions) = (Vec::new(), Vec::new(), Vec::new());
        let (mut sinks, mut errors) = (Vec::new(), Vec::new());
        let (mut infos, mut transforms, mut predicates) = (Vec::new(), Vec::new(), Vec::new());
        for one in tasks {
            let labels = task(&one.id.connector, one.id.task);
            let measured = one.measure();
            common.push((labels.clone(), measured.task));
            errors.push((labels.clone(), measured.errors));
            match measured.own {
                Own::Source { source, transactions: sizes } => {
                    sources.push((labels.clone(), source));
                    transactions.extend(sizes.map(|sizes| (labels.clone(), sizes)));
                }
                Own::Sink(sink) => sinks.push((labels.clone(), sink)),
            }
            let Some(classes) = one.classes() else { continue };
            for (kind, list, rows) in [
                ("transform", &classes.transforms, &mut transforms),
                ("predicate", &classes.predicates, &mut predicates),
            ] {
                let row = |(alias, class): &(String, ClassInfo)| {
                    class_labels(labels.clone().with(kind, alias), kind, class)
                };
                rows.extend(list.iter().map(row));
            }
            infos.push(task_info(labels.clone(), classes).with("status", self.status(&one.id)));
        }
        text.info(&TASK.series(), "A task: its classes, their versions, and its status.", &infos);
        text.info(&TRANSFORM.series(), "A transform of a task, and its version.", &transforms);
        text.info(&PREDICATE.series(), "A predicate of a task, and its version.", &predicates);
        text.group(&TASK, &common);
        text.group(&SOURCE, &sources);
        text.group(&TRANSACTION, &transactions);
        text.group(&SINK, &sinks);
        text.group(&ERRORS, &errors);
        let numbers = common.len() * (TASK.numbers.len() + 1)
            + sources.len() * SOURCE.numbers.len()
            + transactions.len() * TRANSACTION.numbers.len()
            + sinks.len() * SINK.numbers.len()
            + errors.len() * ERRORS.numbers.len();
        numbers + infos.len() * TASK_TEXTS + (transforms.len() + predicates.len()) * 2
    }

    fn status(&self, id: &TaskId) -> &'static str {
        let found = self.connectors.binary_search_by(|connector| (*connector.name).cmp(&*id.connector));
        let tasks = found.map_or(&[][..], |at| &self.connectors[at].tasks);
        tasks.iter().find(|task| task.id == id.task).map_or(State::Unassigned, |task| task.state).name()
    }

    fn worker(&self, text: &mut Text) -> usize {
        let now = self.metrics.clock.now();
        let [attempts, succeeded, success, failed, failure] =
            lock(&self.metrics.connector_starts).measure(self.metrics.windows, now);
        let [task_attempts, task_succeeded, task_success, task_failed, task_failure] =
            lock(&self.metrics.task_starts).measure(self.metrics.windows, now);
        let tasks: usize = self.connectors.iter().map(|connector| connector.tasks.len()).sum();
        let row = [
            self.connectors.len() as f64,
            tasks as f64,
            attempts,
            succeeded,
            success,
            failed,
            failure,
            task_attempts,
            task_succeeded,
            task_success,
            task_failed,
            task_failure,
        ];
        text.group(&WORKER, &[(Labels::none(), row)]);
        WORKER.numbers.len()
    }

    fn app(&self, text: &mut Text, attributes: usize) {
        let started = millis(self.metrics.started);
        let beans = [Labels::none(), Labels::none().with("client_id", &self.identity.worker_id)];
        let infos: Vec<_> = beans
            .iter()
            .map(|labels| {
                labels
                    .clone()
                    .with("version", &self.identity.version)
                    .with("commit_id", &self.identity.commit)
                    .with("start_time_ms", &started.to_string())
            })
            .collect();
        text.info(
            &APP_INFO.series(),
            "The worker: the Kafka release that it is like, and its commit.",
            &infos,
        );
        text.group(&APP_INFO, &beans.clone().map(|labels| (labels, [started as f64])));
        let all = attributes + beans.len() * 3 + 1;
        text.group(&COUNT, &[(Labels::none(), [all as f64])]);
        let build = Labels::none()
            .with("version", env!("CARGO_PKG_VERSION"))
            .with("kafka_version", &self.identity.version);
        text.info(
            "ferry_build_info",
            "The version of Ferry, and the Kafka release that it is like.",
            &[build],
        );
    }

    /// A gauge per state, for alerts that must see a state end.
    fn states(&self, text: &mut Text) {
        let each = |labels: &Labels, now: Option<State>| {
            let value = |state: State| f64::from(Some(state) == now);
            STATES.map(|state| (labels.clone().with("state", state.name()), value(state)))
        };
        let (mut connectors, mut tasks, mut stuck) = (Vec::new(), Vec::new(), Vec::new());
        let now = millis(SystemTime::now());
        for one in self.connectors {
            connectors.extend(each(&connector(&one.name), one.state));
            for t in &one.tasks {
                let labels = task(&one.name, t.id);
                tasks.extend(each(&labels, Some(t.state)));
                stuck.extend(t.stuck.map(|StuckCall { call, since }| {
                    (labels.with("call", call), now.saturating_sub(since) as f64 / 1000.0)
                }));
            }
        }
        for (name, help, rows) in [
            (
                "ferry_connector_state",
                "1 for the state that the connector is in, 0 for the others.",
                connectors,
            ),
            ("ferry_task_state", "1 for the state that the task is in, 0 for the others.", tasks),
            ("ferry_task_stuck_seconds", "How long a call into the plugin has not returned.", stuck),
        ] {
            text.all(name, Kind::Gauge, help, rows.iter().map(|(labels, value)| (labels, *value)));
        }
    }

    fn restarts(&self, text: &mut Text) {
        let (mut connectors, mut tasks) = (Vec::new(), Vec::new());
        let restarts = lock(&self.metrics.restarts);
        let count = |name: &str, number| restarts.get(&(name.into(), number)).copied().unwrap_or(0) as f64;
        let (mut next_connectors, mut next_tasks) = (Vec::new(), Vec::new());
        let seconds = |next: NextRestart| next.at as f64 / 1000.0;
        for one in self.connectors {
            let labels = connector(&one.name);
            next_connectors.extend(one.next_restart.map(|next| (labels.clone(), seconds(next))));
            connectors.push((labels, count(&one.name, None)));
            for t in &one.tasks {
                let labels = task(&one.name, t.id);
                next_tasks.extend(t.next_restart.map(|next| (labels.clone(), seconds(next))));
                tasks.push((labels, count(&one.name, Some(t.id))));
            }
        }
        drop(restarts);
        let next = "When it is restarted by itself, seconds since 1970; absent where that is not to come.";
        for (name, kind, help, rows) in [
            (
                "ferry_connector_restarts_total",
                Kind::Counter,
                "Restarts of the connector by itself.",
                connectors,
            ),
            ("ferry_task_restarts_total", Kind::Counter, "Restarts of the task by itself.", tasks),
            ("ferry_connector_next_restart_timestamp_seconds", Kind::Gauge, next, next_connectors),
            ("ferry_task_next_restart_timestamp_seconds", Kind::Gauge, next, next_tasks),
        ] {
            text.all(name, kind, help, rows.iter().map(|(labels, value)| (labels, *value)));
        }
        let abandoned = self.metrics.abandoned.load(Relaxed) as f64;
        let help = "Tasks that did not end in time and were given up; their threads may still be there.";
        text.all("ferry_tasks_abandoned_total", Kind::Counter, help, [(&Labels::none(), abandoned)]);
    }

    fn memory(&self, text: &mut Text, tasks: &[std::sync::Arc<TaskMetrics>]) {
        let rows: Vec<_> = tasks
            .iter()
            .map(|t| (task(&t.id.connector, t.id.task), t.in_flight.load(Relaxed) as f64))
            .collect();
        text.all(
            "ferry_task_inflight_bytes",
            Kind::Gauge,
            "Bytes of records that the task holds (its limit is ferry.task.max.inflight.bytes, of a sink half of it).",
            rows.iter().map(|(labels, value)| (labels, *value)),
        );
        let none = Labels::none();
        let used = self.memory.used() as f64;
        let help = "Bytes that all tasks hold or have set aside for queues of Kafka clients.";
        text.all("ferry_worker_inflight_bytes", Kind::Gauge, help, [(&none, used)]);
        let most = self.memory.max().map(|max| (&none, max as f64));
        let help = "The most that they may be (ferry.worker.memory.max).";
        text.all("ferry_worker_inflight_limit_bytes", Kind::Gauge, help, most);
    }

    fn plugins(&self, text: &mut Text) {
        let mut kinds = std::collections::BTreeMap::<&str, usize>::new();
        for plugin in self.plugins.list(false) {
            *kinds.entry(plugin.kind.name()).or_default() += 1;
        }
        let rows: Vec<_> =
            kinds.iter().map(|(kind, count)| (Labels::none().with("type", kind), *count as f64)).collect();
        let help = "Plugins that can be used.";
        text.all("ferry_plugins", Kind::Gauge, help, rows.iter().map(|(labels, value)| (labels, *value)));
        let refused = self.plugins.refusals().len() as f64;
        let help = "Files of plugin.path that are refused: `ferry plugins list --all` says why.";
        text.all("ferry_plugins_refused", Kind::Gauge, help, [(&Labels::none(), refused)]);
    }

    /// Under the names that every Prometheus client has.
    fn process(&self, text: &mut Text) {
        let Process { resident_bytes, cpu_seconds, threads, open_files } = Process::now();
        let started = millis(self.metrics.started) as f64 / 1000.0;
        let none = Labels::none();
        for (name, kind, help, value) in [
            ("process_cpu_seconds_total", Kind::Counter, "Time of processors used.", cpu_seconds),
            ("process_resident_memory_bytes", Kind::Gauge, "Memory in use.", resident_bytes),
            ("process_threads", Kind::Gauge, "Threads.", threads),
            ("process_open_fds", Kind::Gauge, "Open files.", open_files),
            ("process_start_time_seconds", Kind::Gauge, "When it started, since 1970.", Some(started)),
        ] {
            text.all(name, kind, help, value.map(|value| (&none, value)));
        }
    }
}

/// Texts of a task beside its status.
const TASK_TEXTS: usize = 11;

fn class_labels(labels: Labels, of: &str, ClassInfo { class, version }: &ClassInfo) -> Labels {
    labels.with(&format!("{of}_class"), class).with(&format!("{of}_version"), version)
}

fn task_info(labels: Labels, classes: &TaskClasses) -> Labels {
    let labels = class_labels(labels, "connector", &classes.connector).with("connector_type", classes.kind);
    [
        ("task", &classes.task),
        ("key_converter", &classes.key_converter),
        ("value_converter", &classes.value_converter),
        ("header_converter", &classes.header_converter),
    ]
    .into_iter()
    .fold(labels, |labels, (of, class)| class_labels(labels, of, class))
}
