use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use ferry_kafka::statistics::{ConsumerStatistics, Count, ProducerStatistics, Spread};
use ferry_kafka::{ClientKind, ClientStatistics};
use ferry_plugin_abi::api::{ClassKind, PluginClass};
use ferry_plugin_abi::metrics::PluginMetrics;
use ferry_plugins::{PluginInfo, Refusal, Registry, ResolveError};

use super::*;
use crate::budget::WorkerBudget;
use crate::herder::{ConnectorType, Identity, NextRestart, State, StuckCall};

const WINDOWS: Windows = Windows { length: 1000, samples: 2 };

/// A registry that only lists.
struct Plugins;

impl Registry for Plugins {
    fn resolve(&self, _: ClassKind, _: &str, _: Option<&str>) -> Result<Arc<PluginClass>, ResolveError> {
        unreachable!("nothing is made here")
    }
    fn resolve_beside(
        &self,
        _: &PluginClass,
        _: ClassKind,
        _: &str,
        _: Option<&str>,
    ) -> Result<Arc<PluginClass>, ResolveError> {
        unreachable!("nothing is made here")
    }
    fn resolve_connector(&self, _: &str, _: Option<&str>) -> Result<Arc<PluginClass>, ResolveError> {
        unreachable!("nothing is made here")
    }
    fn resolve_any(&self, _: &str, _: Option<&str>) -> Result<Arc<PluginClass>, ResolveError> {
        unreachable!("nothing is made here")
    }
    fn list(&self, _: bool) -> Vec<PluginInfo> {
        let plugin = |class: &str, kind| PluginInfo {
            class: class.to_owned(),
            kind,
            version: "1".to_owned(),
            location: "classpath".to_owned(),
        };
        vec![plugin("A", ClassKind::Sink), plugin("B", ClassKind::Sink), plugin("C", ClassKind::Source)]
    }
    fn refusals(&self) -> Vec<Refusal> {
        Vec::new()
    }
}

/// A worker with a clock that a test sets.
struct World {
    time: Arc<AtomicI64>,
    metrics: Metrics,
    connectors: Vec<ConnectorOverview>,
    memory: Arc<WorkerBudget>,
    clients: Vec<ClientStatistics>,
}

impl World {
    fn new() -> Self {
        let time = Arc::<AtomicI64>::default();
        let metrics = Metrics {
            clock: Clock::manual(time.clone()),
            started: SystemTime::UNIX_EPOCH + Duration::from_millis(1500),
            ..Metrics::new(WINDOWS)
        };
        let memory = WorkerBudget::new(Some(1000));
        Self { time, metrics, connectors: Vec::new(), memory, clients: Vec::new() }
    }

    fn at(&self, now: i64) {
        self.time.store(now, Ordering::Relaxed);
    }

    fn text(&self) -> String {
        let identity =
            Identity { worker_id: "here:8083".into(), version: "4.3.1".into(), commit: "abc".into() };
        let scrape = Scrape {
            metrics: &self.metrics,
            identity: &identity,
            connectors: &self.connectors,
            memory: &self.memory,
            plugins: &Plugins,
            clients: &self.clients,
        };
        scrape.text()
    }

    /// The samples whose names begin like this.
    fn samples(&self, prefix: &str) -> Vec<String> {
        self.text().lines().filter(|line| line.starts_with(prefix)).map(str::to_owned).collect()
    }
}

fn id(connector: &str) -> TaskId {
    TaskId { connector: connector.into(), task: 0 }
}

fn classes(kind: &'static str) -> TaskClasses {
    let class = |name: &str| ClassInfo { class: format!("org.{name}"), version: "1".to_owned() };
    TaskClasses {
        connector: class("Connector"),
        kind,
        task: class("Task"),
        key_converter: class("Key"),
        value_converter: class("Value"),
        header_converter: class("Header"),
        transforms: vec![("hoist".to_owned(), class("Hoist$Value"))],
        predicates: vec![("named".to_owned(), class("Named"))],
    }
}

/// A worker that has something of everything.
fn full() -> World {
    let mut world = World::new();
    let source = world.metrics.task(&id("in"), TaskKind::Source { exactly_once: true }, false);
    source.set_classes(classes("source"));
    source.polled(3, Duration::from_millis(4));
    source.batch(3);
    source.written(3, 1);
    source.transaction(2);
    source.committed(Duration::from_millis(10), true);
    source.committed(Duration::from_millis(99), false);
    source.in_flight.store(64, Ordering::Relaxed);
    let sink = world.metrics.task(&id("out"), TaskKind::Sink, false);
    sink.set_classes(classes("sink"));
    sink.consumed(5);
    sink.active(5);
    sink.partitions(2);
    sink.put(4, Duration::from_millis(8));
    sink.commit_began();
    sink.commit_ended(Duration::from_millis(2), true);
    sink.commit_skipped();
    sink.active(0);
    sink.errors.failed();
    sink.errors.retried();
    sink.errors.gave_up(true);
    sink.errors.logged();
    sink.errors.dead_letter();
    sink.errors.dead_letter_lost();
    for success in [true, true, false] {
        world.metrics.connector_start(success);
        world.metrics.task_start(success);
    }
    world.metrics.restarted(&"out".into(), Some(0));
    world.metrics.restarted(&"out".into(), None);
    world.metrics.task_abandoned();
    world.metrics.rest.answered("GET", "/", 200, Duration::from_millis(3));
    let overview = |name: &str, kind, state, next_restart, stuck| ConnectorOverview {
        name: name.to_owned(),
        kind,
        class: Some((format!("org.{name}"), "1".to_owned())),
        state: Some(State::Running),
        next_restart,
        tasks: vec![TaskOverview { id: 0, state, next_restart, stuck }],
    };
    let next = NextRestart { attempts: 1, at: 7500 };
    let stuck = StuckCall { call: "put", since: 0 };
    world.connectors = vec![
        overview("in", ConnectorType::Source, State::Running, None, Some(stuck)),
        overview("out", ConnectorType::Sink, State::Failed, Some(next), None),
    ];
    world.clients = vec![client(ClientKind::Producer), client(ClientKind::Consumer)];
    world
}

fn client(kind: ClientKind) -> ClientStatistics {
    let count = |total| Count { total, rate: total / 10.0 };
    let spread = |avg| Spread { avg, max: avg * 2.0 };
    ClientStatistics {
        kind,
        client_id: "c".to_owned(),
        connections: 1.0,
        connects: 2.0,
        disconnects: 3.0,
        requests: count(40.0),
        responses: count(50.0),
        sent_bytes: count(60.0),
        received_bytes: count(70.0),
        in_flight: 8.0,
        latency: spread(9.0),
        throttle: spread(10.0),
        records: count(110.0),
        record_bytes: count(120.0),
        producer: (kind == ClientKind::Producer).then(|| ProducerStatistics {
            queue_time: spread(13.0),
            batch_bytes: spread(14.0),
            batch_records: 15.0,
            queued_bytes: 16.0,
            queue_limit: 100.0,
            topics: vec![("t".to_owned(), count(170.0), count(180.0))],
        }),
        consumer: (kind == ClientKind::Consumer).then(|| ConsumerStatistics {
            fetches: count(190.0),
            assigned: 2.0,
            rebalances: 1.0,
            last_rebalance: Some(20.9),
            lags: vec![("t".to_owned(), 0, 21.0), ("t".to_owned(), 1, 22.0)],
        }),
    }
}

#[test]
fn a_source_task_shows_what_it_does() {
    let world = full();
    world.at(1000);
    let labels = r#"{connector="in",task="0"}"#;
    let of = |name: &str, value: &str| format!("kafka_connect_source_task_metrics_{name}{labels} {value}");
    assert_eq!(
        world.samples("kafka_connect_source_task_metrics"),
        [
            of("source_record_poll_rate", "3"),
            of("source_record_poll_total", "3"),
            of("source_record_write_rate", "2"),
            of("source_record_write_total", "2"),
            of("poll_batch_max_time_ms", "4"),
            of("poll_batch_avg_time_ms", "4"),
            of("source_record_active_count", "0"),
            of("source_record_active_count_max", "3"),
            of("source_record_active_count_avg", "1.5"),
            of("transaction_size_min", "2"),
            of("transaction_size_max", "2"),
            of("transaction_size_avg", "2"),
        ]
    );
}

#[test]
fn a_sink_task_shows_what_it_does() {
    let world = full();
    world.at(2000);
    let labels = r#"{connector="out",task="0"}"#;
    let of = |name: &str, value: &str| format!("kafka_connect_sink_task_metrics_{name}{labels} {value}");
    // All that was recorded is older than two windows by now: only totals and present values are left.
    assert_eq!(
        world.samples("kafka_connect_sink_task_metrics"),
        [
            of("sink_record_read_rate", "0"),
            of("sink_record_read_total", "5"),
            of("sink_record_send_rate", "0"),
            of("sink_record_send_total", "4"),
            of("sink_record_active_count", "0"),
            of("sink_record_active_count_max", "NaN"),
            of("sink_record_active_count_avg", "NaN"),
            of("partition_count", "2"),
            of("offset_commit_seq_no", "1"),
            of("offset_commit_completion_rate", "0"),
            of("offset_commit_completion_total", "1"),
            of("offset_commit_skip_rate", "0"),
            of("offset_commit_skip_total", "1"),
            of("put_batch_max_time_ms", "NaN"),
            of("put_batch_avg_time_ms", "NaN"),
        ]
    );
}

#[test]
fn ratios_and_commits_are_shown_for_every_task() {
    let world = full();
    world.at(500);
    let source = lock(&world.metrics.tasks)[&id("in")].clone();
    source.state(State::Paused);
    world.at(1000);
    let found: Vec<_> = world
        .samples("kafka_connect_connector_task_metrics_")
        .into_iter()
        .filter(|line| line.contains(r#"connector="in""#))
        .map(|line| line.trim_start_matches("kafka_connect_connector_task_metrics_").to_owned())
        .collect();
    let labels = r#"{connector="in",task="0"}"#;
    assert_eq!(
        found,
        [
            r#"status{connector="in",task="0",status="running"} 1"#.to_owned(),
            format!("running_ratio{labels} 0.5"),
            format!("pause_ratio{labels} 0.5"),
            format!("offset_commit_max_time_ms{labels} 10"),
            format!("offset_commit_avg_time_ms{labels} 10"),
            format!("batch_size_max{labels} 3"),
            format!("batch_size_avg{labels} 3"),
            format!("offset_commit_failure_percentage{labels} 0.5"),
            format!("offset_commit_success_percentage{labels} 0.5"),
        ]
    );
}

#[test]
fn errors_are_counted_as_connect_counts_them() {
    let world = full();
    let found = world.samples("kafka_connect_task_error_metrics_");
    let of = |name: &str| {
        let start = format!("kafka_connect_task_error_metrics_{name}{{connector=\"out\",task=\"0\"}} ");
        found
            .iter()
            .find_map(|line| line.strip_prefix(&start))
            .unwrap_or_else(|| panic!("no {name}: {found:?}"))
    };
    // One attempt was retried, the next failed for good: two failures of one record.
    let counts = ["total_record_failures", "total_record_errors", "total_records_skipped", "total_retries"];
    assert_eq!(counts.map(of), ["2", "1", "1", "1"]);
    let counts =
        ["total_errors_logged", "deadletterqueue_produce_requests", "deadletterqueue_produce_failures"];
    assert_eq!(counts.map(of), ["1", "1", "1"]);
    assert_ne!(of("last_error_timestamp"), "0");
    let errors = ErrorMetrics::default();
    errors.refused_late(true);
    assert_eq!(errors.measure()[..3], [1.0, 0.0, 0.0]);
    errors.refused_late(false);
    assert_eq!(errors.measure()[..3], [2.0, 1.0, 0.0]);
}

#[test]
fn texts_are_labels_and_states_are_gauges() {
    let world = full();
    let found = world.text();
    let lines = |start: &str| -> Vec<&str> { found.lines().filter(|line| line.starts_with(start)).collect() };
    assert_eq!(
        lines("kafka_connect_connector_metrics{"),
        [
            r#"kafka_connect_connector_metrics{connector="in",status="running",connector_class="org.in",connector_type="source",connector_version="1"} 1"#,
            r#"kafka_connect_connector_metrics{connector="out",status="running",connector_class="org.out",connector_type="sink",connector_version="1"} 1"#,
        ]
    );
    assert_eq!(
        lines("kafka_connect_connector_task_metrics{")[0],
        r#"kafka_connect_connector_task_metrics{connector="in",task="0",connector_class="org.Connector",connector_version="1",connector_type="source",task_class="org.Task",task_version="1",key_converter_class="org.Key",key_converter_version="1",value_converter_class="org.Value",value_converter_version="1",header_converter_class="org.Header",header_converter_version="1",status="running"} 1"#
    );
    assert_eq!(
        lines("kafka_connect_connector_transform_metrics{")[0],
        r#"kafka_connect_connector_transform_metrics{connector="in",task="0",transform="hoist",transform_class="org.Hoist$Value",transform_version="1"} 1"#
    );
    assert_eq!(
        lines("ferry_task_state{connector=\"out\""),
        [("unassigned", 0), ("running", 0), ("paused", 0), ("failed", 1), ("restarting", 0), ("stopped", 0)]
            .map(|(state, value)| format!(
                r#"ferry_task_state{{connector="out",task="0",state="{state}"}} {value}"#
            ))
    );
    assert_eq!(
        lines("ferry_task_next_restart"),
        [r#"ferry_task_next_restart_timestamp_seconds{connector="out",task="0"} 7.5"#]
    );
    assert_eq!(
        lines("ferry_plugins{"),
        [r#"ferry_plugins{type="sink"} 2"#, r#"ferry_plugins{type="source"} 1"#]
    );
}

#[test]
fn the_worker_counts_starts_and_its_attributes() {
    let world = full();
    let of = |name: &str, value: &str| format!("kafka_connect_connect_worker_metrics_{name} {value}");
    let found = world.samples("kafka_connect_connect_worker_metrics_");
    for line in [
        of("connector_count", "2"),
        of("task_count", "2"),
        of("connector_startup_attempts_total", "3"),
        of("connector_startup_failure_total", "1"),
        of("task_startup_success_total", "2"),
        of("task_startup_success_percentage", &(2.0 / 3.0).to_string()),
        of("connector_failed_task_count{connector=\"out\"}", "1"),
        of("connector_running_task_count{connector=\"out\"}", "0"),
    ] {
        assert!(found.contains(&line), "{line}\n{found:#?}");
    }
    // As in the JVM: app-info twice and itself, the worker, two connectors with their counts, two tasks with
    // errors, a source with transactions, a sink, a transform and a predicate for each.
    let all = 7 + 12 + 2 * (4 + 7) + 2 * (20 + 8) + 12 + 15 + 2 * 4;
    assert_eq!(
        world.samples("kafka_connect_kafka_metrics_count_count"),
        [format!("kafka_connect_kafka_metrics_count_count {all}")]
    );
}

#[test]
fn metrics_of_plugins_count_and_end_with_their_task() {
    let world = full();
    let task = world.metrics.task(&id("measured"), TaskKind::Sink, false);
    let count = || {
        let found = world.samples("kafka_connect_kafka_metrics_count_count");
        found[0].rsplit_once(' ').and_then(|(_, count)| count.parse::<u32>().ok()).expect("a count")
    };
    let before = count();
    let metrics = PluginMetrics::new(task.plugin(Some(("converter", "key"))));
    metrics.counter("hits-total", "Found.").expect("registered").add(5);
    let shown = [r#"kafka_connect_plugins_hits_total{connector="measured",task="0",converter="key"} 5"#];
    assert_eq!(
        (world.samples("kafka_connect_plugins_"), count()),
        (shown.map(str::to_owned).to_vec(), before + 1)
    );
    task.close_plugins();
    assert_eq!((world.samples("kafka_connect_plugins_"), count()), (Vec::new(), before));
    // Whoever was given up may still run, and come here.
    let late = PluginMetrics::new(task.plugin(None));
    assert!(late.counter("late-total", "").is_err() && metrics.counter("late-total", "").is_err());
}

#[test]
fn kafka_clients_tell_under_the_names_of_the_java_clients() {
    let mut world = full();
    let values = |world: &World, start: &str| -> Vec<String> {
        let lines = world.samples(start).into_iter();
        lines.map(|line| line.trim_start_matches(start).to_owned()).collect()
    };
    let of = |name: &str, value: &str| format!("{name}{{client_id=\"c\"}} {value}");
    let connections = [
        of("connection_count", "1"),
        of("connection_creation_total", "2"),
        of("connection_close_total", "3"),
        of("request_rate", "4"),
        of("request_total", "40"),
        of("response_rate", "5"),
        of("response_total", "50"),
        of("outgoing_byte_rate", "6"),
        of("outgoing_byte_total", "60"),
        of("incoming_byte_rate", "7"),
        of("incoming_byte_total", "70"),
        of("requests_in_flight", "8"),
    ];
    let producer = [
        of("request_latency_avg", "9"),
        of("request_latency_max", "18"),
        of("record_send_rate", "11"),
        of("record_send_total", "110"),
        of("record_queue_time_avg", "13"),
        of("record_queue_time_max", "26"),
        of("batch_size_avg", "14"),
        of("batch_size_max", "28"),
        of("records_per_request_avg", "15"),
        of("produce_throttle_time_avg", "10"),
        of("produce_throttle_time_max", "20"),
        of("buffer_total_bytes", "100"),
        of("buffer_available_bytes", "84"),
    ];
    let all: Vec<_> = connections.iter().chain(&producer).cloned().collect();
    assert_eq!(values(&world, "kafka_producer_producer_metrics_"), all);
    assert_eq!(values(&world, "kafka_consumer_consumer_metrics_"), connections);
    let topic = |name: &str, value: &str| format!("{name}{{client_id=\"c\",topic=\"t\"}} {value}");
    assert_eq!(
        values(&world, "kafka_producer_producer_topic_metrics_"),
        [
            topic("record_send_rate", "17"),
            topic("record_send_total", "170"),
            topic("byte_rate", "18"),
            topic("byte_total", "180"),
        ]
    );
    assert_eq!(
        values(&world, "kafka_consumer_consumer_fetch_manager_metrics_"),
        [
            of("records_consumed_rate", "11"),
            of("records_consumed_total", "110"),
            of("bytes_consumed_rate", "12"),
            of("bytes_consumed_total", "120"),
            of("fetch_rate", "19"),
            of("fetch_total", "190"),
            of("fetch_latency_avg", "9"),
            of("fetch_latency_max", "18"),
            of("fetch_throttle_time_avg", "10"),
            of("fetch_throttle_time_max", "20"),
            of("records_lag_max", "22"),
            r#"records_lag{client_id="c",topic="t",partition="0"} 21"#.to_owned(),
            r#"records_lag{client_id="c",topic="t",partition="1"} 22"#.to_owned(),
        ]
    );
    assert_eq!(
        values(&world, "kafka_consumer_consumer_coordinator_metrics_"),
        [of("assigned_partitions", "2"), of("rebalance_total", "1"), of("last_rebalance_seconds_ago", "20")]
    );
    // Two clients of one name are two series all the same.
    world.clients = vec![client(ClientKind::Producer), client(ClientKind::Producer)];
    assert_eq!(
        values(&world, "kafka_producer_producer_metrics_connection_count"),
        [r#"{client_id="c"} 1"#, r#"{client_id="c",instance_number="1"} 1"#]
    );
}

#[test]
fn what_is_gone_is_not_shown() {
    let mut world = full();
    world.metrics.forget_task(&id("in"));
    world.metrics.forget_task(&id("out"));
    world.metrics.forget_connector("in");
    world.metrics.forget_connector("out");
    world.connectors.clear();
    let left: Vec<_> =
        world.text().lines().filter(|line| line.contains("connector=")).map(str::to_owned).collect();
    assert_eq!(left, [""; 0]);
    // A task of the same name begins from nothing.
    world.metrics.task(&id("in"), TaskKind::Source { exactly_once: false }, true);
    let polled = world.samples("kafka_connect_source_task_metrics_source_record_poll_total");
    assert_eq!(
        polled,
        [r#"kafka_connect_source_task_metrics_source_record_poll_total{connector="in",task="0"} 0"#]
    );
}

#[test]
fn only_the_first_start_of_a_run_counts() {
    let world = World::new();
    let task = world.metrics.task(&id("in"), TaskKind::Sink, false);
    assert!(task.first_start());
    assert!(!task.first_start());
}

/// Who creates and removes tasks and who looks do not disturb each other, and each look is whole.
#[test]
fn a_look_while_tasks_come_and_go_is_whole() {
    let world = World::new();
    std::thread::scope(|scope| {
        for worker in 0..3 {
            let metrics = &world.metrics;
            scope.spawn(move || {
                for round in 0..200 {
                    let id = TaskId { connector: format!("c{worker}").into(), task: round % 7 };
                    let task = metrics.task(&id, TaskKind::Sink, false);
                    task.put(1, Duration::ZERO);
                    task.errors.gave_up(true);
                    metrics.forget_task(&id);
                }
            });
        }
        for _ in 0..50 {
            let text = world.text();
            let count = |name: &str| {
                text.lines().filter(|line| line.starts_with(&format!("kafka_connect_{name}{{"))).count()
            };
            let tasks = count("connector_task_metrics_running_ratio");
            assert_eq!(count("sink_task_metrics_sink_record_send_total"), tasks, "{text}");
            assert_eq!(count("task_error_metrics_total_retries"), tasks, "{text}");
        }
    });
    assert_eq!(world.samples("kafka_connect_sink_task_metrics"), [""; 0]);
}

/// The tables of `docs/metrics.md`. `FERRY_RECORD=1` writes them.
#[test]
fn the_documentation_names_every_series() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/metrics.md");
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let (before, after) = ("<!-- begin of the tables -->\n", "<!-- end of the tables -->");
    let (head, rest) = written.split_once(before).expect("a place for the tables");
    let (_, tail) = rest.split_once(after).expect("their end");
    let expected = format!("{head}{before}{}{after}{tail}", tables(&full().text()));
    if std::env::var_os("FERRY_RECORD").is_some() {
        std::fs::write(&path, &expected).expect("docs/metrics.md is written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == expected,
        "docs/metrics.md is out of date: FERRY_RECORD=1 cargo test -p ferry-runtime"
    );
}

/// Name, type, help and labels of each family, in the order of the text.
fn families(text: &str) -> Vec<(String, String, String, Vec<String>)> {
    let mut families: Vec<(String, String, String, Vec<String>)> = Vec::new();
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, help) = help.split_once(' ').expect("a sentence");
            families.push((name.to_owned(), String::new(), help.to_owned(), Vec::new()));
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            families.last_mut().expect("HELP first").1 = kind.split_once(' ').expect("a type").1.to_owned();
        } else if let Some((_, labels)) = line.split_once('{') {
            let labels = labels.split_once("} ").expect("the end of labels").0;
            let names = labels.split("\",").filter_map(|label| label.split_once("=\""));
            let known = &mut families.last_mut().expect("HELP first").3;
            for (name, _) in names {
                if !known.iter().any(|label| label == name) {
                    known.push(name.to_owned());
                }
            }
        }
    }
    families
}

fn tables(text: &str) -> String {
    let mut out = String::new();
    let families = families(text);
    let code = |names: &[String]| names.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
    let beans = beans();
    out.push_str(
        "\n## MBeans\n\n| MBean attribute | series | type | labels | meaning |\n|---|---|---|---|---|\n",
    );
    for (name, kind, help, labels) in &families {
        if let Some(bean) = beans.iter().find(|(series, _)| series == name).map(|(_, bean)| bean) {
            out.push_str(&format!("| {bean} | `{name}` | {kind} | {} | {help} |\n", code(labels)));
        }
    }
    out.push_str("\n## Ferry's own\n\n| series | type | labels | meaning |\n|---|---|---|---|\n");
    for (name, kind, help, labels) in &families {
        if !beans.iter().any(|(series, _)| series == name) {
            out.push_str(&format!("| `{name}` | {kind} | {} | {help} |\n", code(labels)));
        }
    }
    out
}

/// Each series of an MBean with the attributes that it shows.
fn beans() -> Vec<(String, String)> {
    use super::attributes::*;
    fn numbers<const N: usize>(group: &Group<N>) -> impl Iterator<Item = (String, String)> {
        let one =
            |number: &Attribute| (group.metric(number.name), format!("`{}` `{}`", group.name, number.name));
        group.numbers.iter().map(one).collect::<Vec<_>>().into_iter()
    }
    fn texts<const N: usize>(group: &Group<N>, what: &str) -> (String, String) {
        (group.series(), format!("`{}` {what}", group.name))
    }
    fn alone<const N: usize>(group: &Group<N>, text: &str) -> (String, String) {
        (group.metric(text), format!("`{}` `{text}`", group.name))
    }
    let mut all = vec![
        texts(&CONNECTOR, "all texts"),
        texts(&TASK, "all texts"),
        texts(&TRANSFORM, "all texts"),
        texts(&PREDICATE, "all texts"),
        texts(&APP_INFO, "all texts"),
        alone(&TASK, "status"),
    ];
    for text in ["status", "connector-class", "connector-type", "connector-version"] {
        all.push(alone(&CONNECTOR, text));
    }
    all.extend(numbers(&TASK));
    all.extend(numbers(&SOURCE));
    all.extend(numbers(&TRANSACTION));
    all.extend(numbers(&SINK));
    all.extend(numbers(&ERRORS));
    all.extend(numbers(&WORKER));
    all.extend(numbers(&WORKER_CONNECTOR));
    all.extend(numbers(&APP_INFO));
    all.extend(numbers(&COUNT));
    all.extend(numbers(&PRODUCER_CLIENT));
    all.extend(numbers(&PRODUCER));
    all.extend(numbers(&PRODUCER_TOPIC));
    all.extend(numbers(&CONSUMER_CLIENT));
    all.extend(numbers(&FETCH));
    all.extend(numbers(&FETCH_PARTITION));
    all.extend(numbers(&COORDINATOR));
    all
}
