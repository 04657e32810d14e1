//! What `/metrics` tells of jobs that go well, and of those that do not.

use ferry_tests::prometheus::Scraped;
use ferry_tests::topics::{self, TopicRecord};
use ferry_tests::{Bed, FerryWorker, Place, Request, Rest, SHORT, Worker, wait_until};
use serde_json::{Value, json};

use crate::{pair, setup, sink, start, topic};

fn scrape(rest: &Rest) -> Scraped {
    Scraped::read(&rest.get("/metrics").expect(200).body)
}

/// A series by name and some labels, and the value that it shall have.
type Wanted<'w> = (&'w str, &'w [(&'w str, &'w str)], f64);

/// Waits until these series have these values.
fn wait_for(rest: &Rest, wanted: &[Wanted<'_>]) -> Scraped {
    let mut last = Scraped::default();
    let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        wait_until(SHORT, &format!("{wanted:?}"), || {
            last = scrape(rest);
            wanted.iter().all(|(name, labels, value)| last.value(name, labels) == Some(*value))
        });
    }));
    assert!(found.is_ok(), "{:#?}", last.samples);
    last
}

const SENT: &str = "kafka_connect_sink_task_metrics_sink_record_send_total";
const STATUS: &str = "kafka_connect_connector_task_metrics_status";

#[test]
fn pauses_and_deletions_show() {
    let (bed, place) = (Bed::embedded(), Place::new("metrics"));
    let worker = start(&setup(&bed, &place));
    let rest = worker.rest();
    place.write("m-in.txt", "1\n2\n3\n");
    pair(rest, &place, "m", &topic("metrics"));
    let of_sink = [("connector", "m-sink"), ("task", "0")];
    wait_for(
        rest,
        &[
            (SENT, &of_sink, 3.0),
            (
                "kafka_connect_source_task_metrics_source_record_write_total",
                &[("connector", "m-source")],
                3.0,
            ),
            (
                "kafka_connect_connect_worker_metrics_connector_running_task_count",
                &[("connector", "m-sink")],
                1.0,
            ),
            ("kafka_connect_connect_worker_metrics_task_startup_success_total", &[], 2.0),
            (STATUS, &[("connector", "m-sink"), ("status", "running")], 1.0),
        ],
    );
    assert_eq!(rest.put("/connectors/m-sink/pause").status, 202);
    wait_for(
        rest,
        &[
            (STATUS, &[("connector", "m-sink"), ("status", "paused")], 1.0),
            ("ferry_task_state", &[("connector", "m-sink"), ("state", "paused")], 1.0),
            ("ferry_task_state", &[("connector", "m-sink"), ("state", "running")], 0.0),
            ("ferry_connector_state", &[("connector", "m-sink"), ("state", "paused")], 1.0),
        ],
    );
    assert_eq!(rest.delete("/connectors/m-sink").status, 204);
    let left = scrape(rest);
    let gone = |sample: &&ferry_tests::prometheus::Sample| {
        sample.labels.get("connector").is_some_and(|connector| connector == "m-sink")
    };
    assert_eq!(left.samples.iter().find(gone), None);
    assert_eq!(left.value("kafka_connect_connect_worker_metrics_connector_count", &[]), Some(1.0));
}

#[test]
fn failures_restarts_and_dead_letters_show() {
    let (bed, place) = (Bed::embedded(), Place::new("metrics"));
    let (bad, dead) = (topic("bad"), topic("dead"));
    bed.write(&bad, &["1", "{", "[", "2"]);
    let worker = start(
        &setup(&bed, &place)
            .with("ferry.task.restart.enabled", "true")
            .with("ferry.task.restart.backoff.initial.ms", "1")
            .with("ferry.task.restart.backoff.max.ms", "1"),
    );
    let rest = worker.rest();
    let with = |file: &str, more: Value| {
        let mut config = sink(&place, file, &bad);
        let json = json!({"value.converter.schemas.enable": "false",
            "value.converter": "org.apache.kafka.connect.json.JsonConverter"});
        for (key, value) in json.as_object().into_iter().chain(more.as_object()).flatten() {
            config[key] = value.clone();
        }
        config
    };
    let tolerant = json!({"errors.tolerance": "all", "errors.deadletterqueue.topic.name": dead,
        "errors.deadletterqueue.topic.replication.factor": "1"});
    rest.create("tolerant", with("tolerant.txt", tolerant));
    let of = [("connector", "tolerant")];
    let error = |name: &str| format!("kafka_connect_task_error_metrics_{name}");
    wait_for(
        rest,
        &[
            (SENT, &of, 2.0),
            (&error("total_record_failures"), &of, 2.0),
            (&error("total_record_errors"), &of, 2.0),
            (&error("total_records_skipped"), &of, 2.0),
            (&error("deadletterqueue_produce_requests"), &of, 2.0),
            (&error("deadletterqueue_produce_failures"), &of, 0.0),
        ],
    );
    // One that does not tolerate them fails each time it is restarted.
    rest.create("strict", with("strict.txt", json!({})));
    wait_until(SHORT, "it is restarted again and again", || {
        scrape(rest)
            .value("ferry_task_restarts_total", &[("connector", "strict")])
            .is_some_and(|count| count > 2.0)
    });
    assert_eq!(scrape(rest).value("ferry_task_restarts_total", &of), Some(0.0));
}

#[test]
fn metrics_are_answered_as_prometheus_asks() {
    let (bed, place) = (Bed::embedded(), Place::new("metrics"));
    let worker = start(&setup(&bed, &place));
    let rest = worker.rest();
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    let accepts = [
        "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,\
         text/plain;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
        "text/plain;version=0.0.4",
        "*/*",
    ];
    for accept in accepts {
        let answer = rest.send(&Request::new("GET", "/metrics").header("Accept", accept)).expect(200);
        assert_eq!(answer.header("content-type"), Some(kind), "{accept}");
        Scraped::read(&answer.body);
    }
    let head = rest.send(&Request::new("HEAD", "/metrics")).expect(200);
    assert_eq!((head.header("content-type"), head.body.as_str()), (Some(kind), ""));
    let scraped = scrape(rest);
    let asked = [("method", "GET"), ("path", "/metrics"), ("code", "200")];
    assert_eq!(scraped.value("ferry_rest_request_duration_seconds_count", &asked), Some(3.0));
    for name in ["process_resident_memory_bytes", "process_cpu_seconds_total", "process_threads"] {
        assert!(scraped.value(name, &[]).is_some_and(|value| value >= 0.0), "{name}");
    }
}

/// A client tells of itself once per interval.
#[test]
fn kafka_clients_show_on_a_broker_where_they_are_told_to() {
    let Some(bed) = Bed::broker() else { return };
    for (interval, told) in [("100", true), ("0", false)] {
        let (place, name) = (Place::new("metrics"), topic("clients"));
        topics::write(&bed.bootstrap(), &name, &["1", "2", "3"].map(TopicRecord::value));
        let worker = FerryWorker::start(
            &setup(&bed, &place)
                .with("key.converter", "org.apache.kafka.connect.storage.StringConverter")
                .with("value.converter", "org.apache.kafka.connect.storage.StringConverter")
                .with("ferry.metrics.client.interval.ms", interval),
        );
        let rest = worker.rest();
        place.write(&format!("c{interval}-in.txt"), "4\n5\n");
        pair(rest, &place, &format!("c{interval}"), &name);
        let sink = format!("c{interval}-sink");
        wait_for(rest, &[(SENT, &[("connector", &sink)], 5.0)]);
        if !told {
            let scraped = scrape(rest);
            let kafka =
                |name: &&String| name.starts_with("kafka_producer") || name.starts_with("kafka_consumer");
            assert_eq!(scraped.types.keys().find(kafka), None);
            continue;
        }
        // Clients may be shared by tasks: the sum over all of them is what counts.
        let sum = |scraped: &Scraped, name: &str| -> f64 {
            scraped.samples.iter().filter(|sample| sample.name == name).map(|sample| sample.value).sum()
        };
        wait_until(SHORT, "clients tell of their records", || {
            let scraped = scrape(rest);
            sum(&scraped, "kafka_producer_producer_metrics_record_send_total") == 2.0
                && sum(&scraped, "kafka_consumer_consumer_fetch_manager_metrics_records_consumed_total")
                    == 5.0
                && sum(&scraped, "kafka_consumer_consumer_coordinator_metrics_assigned_partitions") == 1.0
                && sum(&scraped, "kafka_producer_producer_metrics_connection_count") >= 1.0
                && scraped.value(
                    "kafka_consumer_consumer_fetch_manager_metrics_records_lag",
                    &[("topic", &name), ("partition", "0")],
                ) == Some(0.0)
        });
        renamed(&scrape(rest));
    }
}

/// Public dashboards find what they ask for: Confluent's under these names, Strimzi's after the renaming that
/// `docs/metrics.md` tells.
fn renamed(scraped: &Scraped) {
    let doc =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/metrics.md")).expect("docs");
    let rules: Vec<(fancy_regex::Regex, String)> = doc
        .lines()
        .filter_map(|line| {
            let regex = line.split_once("regex: ")?.1.split_once(", target_label")?.0;
            let new = line.split_once("replacement: ")?.1.trim_end_matches('}');
            let new = regex_groups(new);
            Some((fancy_regex::Regex::new(&format!("^(?:{regex})$")).expect("a pattern"), new))
        })
        .collect();
    assert_eq!(rules.len(), 3);
    let rename = |name: &str| {
        rules.iter().fold(name.to_owned(), |name, (from, to)| from.replace(&name, to.as_str()).into_owned())
    };
    let ours: Vec<&str> = scraped.samples.iter().map(|sample| sample.name.as_str()).collect();
    let theirs: Vec<String> = ours.iter().map(|name| rename(name)).collect();
    for name in CONFLUENT {
        assert!(ours.contains(&name), "{name}");
    }
    for name in STRIMZI {
        assert!(theirs.iter().any(|known| known == name), "{name}");
    }
}

/// `$1_x` as Rust reads it: `${1}_x`.
fn regex_groups(replacement: &str) -> String {
    (1..=4).fold(replacement.to_owned(), |text, group| {
        text.replace(&format!("${group}"), &format!("${{{group}}}"))
    })
}

/// What the dashboard of `confluentinc/jmx-monitoring-stacks` asks of a standalone worker.
const CONFLUENT: [&str; 43] = [
    "kafka_connect_connector_metrics",
    "kafka_connect_connect_worker_metrics_connector_count",
    "kafka_connect_connect_worker_metrics_connector_startup_failure_total",
    "kafka_connect_connect_worker_metrics_connector_startup_success_total",
    "kafka_connect_connect_worker_metrics_task_count",
    "kafka_connect_connect_worker_metrics_task_startup_failure_total",
    "kafka_connect_connect_worker_metrics_task_startup_success_total",
    "kafka_connect_connect_worker_metrics_connector_destroyed_task_count",
    "kafka_connect_connect_worker_metrics_connector_failed_task_count",
    "kafka_connect_connect_worker_metrics_connector_paused_task_count",
    "kafka_connect_connect_worker_metrics_connector_running_task_count",
    "kafka_connect_connect_worker_metrics_connector_total_task_count",
    "kafka_connect_connect_worker_metrics_connector_unassigned_task_count",
    "kafka_connect_connector_task_metrics_batch_size_avg",
    "kafka_connect_connector_task_metrics_batch_size_max",
    "kafka_connect_connector_task_metrics_offset_commit_avg_time_ms",
    "kafka_connect_connector_task_metrics_offset_commit_success_percentage",
    "kafka_connect_connector_task_metrics_running_ratio",
    "kafka_connect_sink_task_metrics_offset_commit_completion_rate",
    "kafka_connect_sink_task_metrics_offset_commit_skip_rate",
    "kafka_connect_sink_task_metrics_partition_count",
    "kafka_connect_sink_task_metrics_put_batch_avg_time_ms",
    "kafka_connect_sink_task_metrics_put_batch_max_time_ms",
    "kafka_connect_sink_task_metrics_sink_record_active_count_avg",
    "kafka_connect_sink_task_metrics_sink_record_active_count_max",
    "kafka_connect_sink_task_metrics_sink_record_read_rate",
    "kafka_connect_sink_task_metrics_sink_record_send_rate",
    "kafka_connect_source_task_metrics_poll_batch_avg_time_ms",
    "kafka_connect_source_task_metrics_poll_batch_max_time_ms",
    "kafka_connect_source_task_metrics_source_record_active_count_avg",
    "kafka_connect_source_task_metrics_source_record_active_count_max",
    "kafka_connect_source_task_metrics_source_record_poll_rate",
    "kafka_connect_source_task_metrics_source_record_write_rate",
    "kafka_connect_task_error_metrics_deadletterqueue_produce_failures",
    "kafka_connect_task_error_metrics_deadletterqueue_produce_requests",
    "kafka_connect_task_error_metrics_total_errors_logged",
    "kafka_connect_task_error_metrics_total_record_errors",
    "kafka_connect_task_error_metrics_total_record_failures",
    "kafka_connect_task_error_metrics_total_records_skipped",
    "kafka_connect_task_error_metrics_total_retries",
    "kafka_connect_app_info",
    "process_cpu_seconds_total",
    "kafka_consumer_consumer_metrics_connection_count",
];

/// What Strimzi's dashboard and alerts ask of one, without those of its admin clients.
const STRIMZI: [&str; 18] = [
    "kafka_connect_worker_connector_count",
    "kafka_connect_worker_task_count",
    "kafka_consumer_connection_count",
    "kafka_producer_connection_count",
    "kafka_producer_outgoing_byte_total",
    "kafka_consumer_incoming_byte_total",
    "kafka_consumer_fetch_manager_records_lag",
    "kafka_connect_worker_connector_running_task_count",
    "kafka_connect_worker_connector_paused_task_count",
    "kafka_connect_worker_connector_failed_task_count",
    "kafka_connect_worker_connector_unassigned_task_count",
    "kafka_connect_worker_connector_destroyed_task_count",
    "kafka_connect_connector_status",
    "kafka_connect_connector_connector_class",
    "kafka_connect_connector_connector_type",
    "kafka_connect_connector_connector_version",
    "kafka_connect_task_error_total_record_failures",
    "kafka_connect_connector_task_status",
];
