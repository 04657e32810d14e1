//! Bad records: the dead letter queue, the errant record reporter, and batches that a sink refuses.

use ferry_tests::topics::TopicRecord;
use ferry_tests::{Bed, Place, SHORT, Worker, wait_until};
use serde_json::{Value, json};

use crate::{picky, start, topic};

/// The text of a header.
fn header<'r>(record: &'r TopicRecord, name: &str) -> &'r str {
    let found = record.headers.iter().find(|(n, _)| n.strip_prefix("__connect.errors.") == Some(name));
    let value = found.unwrap_or_else(|| panic!("no header {name}: {record:?}")).1.as_deref();
    std::str::from_utf8(value.unwrap_or_default()).expect("text")
}

fn values(records: &[TopicRecord]) -> Vec<&str> {
    records
        .iter()
        .map(|r| std::str::from_utf8(r.value.as_deref().unwrap_or_default()).expect("text"))
        .collect()
}

/// Stage, offset and message of a dead letter.
fn told(record: &TopicRecord) -> (&str, &str, &str) {
    (header(record, "stage"), header(record, "offset"), header(record, "exception.message"))
}

fn queue(name: &str) -> Value {
    json!({"errors.deadletterqueue.topic.name": name, "errors.deadletterqueue.topic.replication.factor": "1",
        "errors.deadletterqueue.context.headers.enable": "true"})
}

fn with(mut config: Value, more: Value) -> Value {
    for (key, value) in more.as_object().expect("settings") {
        config[key] = value.clone();
    }
    config
}

/// Runs a picky sink over `input` until it has taken `last`, and stops the worker.
fn run(bed: &Bed, input: &[&str], more: Value, last: &str) -> (Place, String) {
    let (place, name) = (Place::new("errors"), topic("errors"));
    bed.write(&name, input);
    let mut worker = start(&picky::setup(bed, &place));
    // Connectors of one name share a group on one broker.
    worker.rest().create(&name, picky::sink(&place, &name, more));
    wait_until(SHORT, &format!("{last} is taken, after {:?}", picky::taken(&place)), || {
        picky::taken(&place).last().map(String::as_str) == Some(last)
    });
    worker.stop();
    (place, worker.log())
}

macro_rules! on_both_beds {
    ($($embedded:ident, $broker:ident => $scenario:ident;)*) => { $(
        #[test]
        fn $embedded() {
            $scenario(&Bed::embedded());
        }
        #[test]
        fn $broker() {
            if let Some(bed) = Bed::broker() {
                $scenario(&bed);
            }
        }
    )* };
}

on_both_beds! {
    reports_reach_the_queue_on_the_embedded_log, reports_reach_the_queue_on_a_broker => reports_reach_the_queue;
    only_refused_records_go_to_the_queue_on_the_embedded_log, only_refused_records_go_to_the_queue_on_a_broker
        => only_refused_records_go_to_the_queue;
    a_retriable_error_loses_nothing_on_the_embedded_log, a_retriable_error_loses_nothing_on_a_broker
        => a_retriable_error_loses_nothing;
}

/// A plugin loaded from its library reports records at once, later, made by itself, and waits for one.
fn reports_reach_the_queue(bed: &Bed) {
    let dead = topic("dead");
    let input = ["one", "report 1", "late 2", "made 3", "report and wait", "two"];
    let (place, _) = run(bed, &input, queue(&dead), "two");
    assert_eq!(picky::taken(&place), ["one", "report and wait: arrived=true", "two"]);
    let letters = bed.records(&dead);
    assert_eq!(values(&letters), ["report 1", "by the task", "report and wait", "late 2"]);
    let told: Vec<_> = letters.iter().map(told).collect();
    assert_eq!(
        told,
        [
            ("TASK_PUT", "1", "this is reported"),
            ("TASK_PUT", "-1", "this was made"),
            ("TASK_PUT", "4", "this is reported"),
            ("TASK_PUT", "2", "this came late"),
        ]
    );
    let classes = (header(&letters[0], "class.name"), header(&letters[0], "exception.class.name"));
    let wanted = ("org.apache.kafka.connect.sink.SinkTask", "org.apache.kafka.connect.errors.DataException");
    assert_eq!(classes, wanted);
    let ids = (header(&letters[0], "connector.name"), header(&letters[0], "task.id"));
    assert_eq!(ids, (header(&letters[0], "topic"), "0"), "the connector is named like its topic");
    assert_eq!(
        header(&letters[0], "exception.stacktrace"),
        "org.apache.kafka.connect.errors.DataException: this is reported\n"
    );
}

/// A refused batch is divided until the bad records stand alone; the others arrive, in order.
fn only_refused_records_go_to_the_queue(bed: &Bed) {
    let dead = topic("dead");
    let input: Vec<String> = (0..100)
        .map(|i| match i {
            17 | 18 | 63 => format!("refuse {i}"),
            80 => format!("blame {i}"),
            _ => format!("good {i}"),
        })
        .collect();
    let input: Vec<&str> = input.iter().map(String::as_str).collect();
    let (place, _) = run(bed, &input, queue(&dead), "good 99");
    let good: Vec<&str> = input.iter().filter(|v| v.starts_with("good")).copied().collect();
    assert_eq!(picky::taken(&place), good);
    let letters = bed.records(&dead);
    assert_eq!(values(&letters), ["refuse 17", "refuse 18", "refuse 63", "blame 80"]);
    assert_eq!(told(&letters[0]), ("TASK_PUT", "17", "this is refused"));
    assert_eq!(told(&letters[3]), ("TASK_PUT", "80", "this is blamed"));
}

/// A destination that is down for a while costs nothing but time: no record is divided off, none is lost.
fn a_retriable_error_loses_nothing(bed: &Bed) {
    let (place, name, dead) = (Place::new("down"), topic("down"), topic("dead"));
    bed.write(&name, &["one", "down", "two"]);
    let mut worker = start(&picky::setup(bed, &place));
    worker.rest().create(&name, picky::sink(&place, &name, queue(&dead)));
    wait_until(SHORT, "put failed twice", || {
        worker.log().matches("RetriableException from SinkTask").count() >= 2
    });
    assert_eq!(picky::taken(&place), [""; 0]);
    place.write("out.up", "");
    wait_until(SHORT, "all is taken", || picky::taken(&place) == ["one", "down", "two"]);
    worker.stop();
    assert_eq!(values(&bed.records(&dead)), [""; 0]);
}

/// The state of the one task, and its trace.
fn task(worker: &ferry_tests::FerryWorker) -> (String, String) {
    let status = worker.rest().get("/connectors/s/status").json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&status["tasks"][0]["state"]), text(&status["tasks"][0]["trace"]))
}

/// Where no error is tolerated the task fails, with the record in the queue, even when it swallows the answer.
#[test]
fn without_tolerance_a_reported_record_ends_the_task() {
    for value in ["report", "swallow"] {
        let (bed, place) = (Bed::embedded(), Place::new("intolerant"));
        bed.write("t", &["one", value]);
        let mut worker = start(&picky::setup(&bed, &place));
        let config = with(queue("dead"), json!({"errors.tolerance": "none"}));
        worker.rest().create("s", picky::sink(&place, "t", config));
        wait_until(SHORT, "the task has failed", || task(&worker).0 == "FAILED");
        let trace = task(&worker).1;
        let lines: Vec<&str> = trace.lines().collect();
        assert_eq!(
            lines,
            [
                "org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask due to unrecoverable exception.",
                "Caused by: org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler",
                "Caused by: org.apache.kafka.connect.errors.DataException: this is reported",
            ]
        );
        worker.stop();
        assert_eq!(values(&bed.records("dead")), [value]);
    }
}

/// A sink that refuses everything is at fault itself: the task fails and nothing is reported.
#[test]
fn a_sink_that_refuses_everything_fails() {
    let (bed, place) = (Bed::embedded(), Place::new("refusing"));
    let input: Vec<String> = (0..30).map(|i| format!("refuse {i}")).collect();
    bed.write("t", &input.iter().map(String::as_str).collect::<Vec<_>>());
    let mut worker = start(&picky::setup(&bed, &place));
    let config = with(queue("dead"), json!({"ferry.errors.put.bisect.limit": "20"}));
    worker.rest().create("s", picky::sink(&place, "t", config));
    wait_until(SHORT, "the task has failed", || task(&worker).0 == "FAILED");
    let trace = task(&worker).1;
    assert!(trace.contains("put refused 20 records one after the other"), "{trace}");
    assert!(trace.contains("this is refused"), "{trace}");
    worker.stop();
    assert_eq!(values(&bed.records("dead")), [""; 0]);
}

/// With the option off a failing put is the end of the task, as in Connect.
#[test]
fn without_bisection_a_refused_batch_fails_the_task() {
    let (bed, place) = (Bed::embedded(), Place::new("whole"));
    bed.write("t", &["one", "refuse"]);
    let mut worker = start(&picky::setup(&bed, &place));
    let config = with(queue("dead"), json!({"ferry.errors.put.bisect": "false"}));
    worker.rest().create("s", picky::sink(&place, "t", config));
    wait_until(SHORT, "the task has failed", || task(&worker).0 == "FAILED");
    assert!(task(&worker).1.contains("this is refused"));
    assert_eq!(picky::taken(&place), [""; 0]);
    worker.stop();
}

/// `errors.log.enable` writes Connect's sentence, with the place of the record where that is asked for.
#[test]
fn the_log_says_which_record_failed() {
    let bed = Bed::embedded();
    let log = json!({"errors.log.enable": "true", "errors.log.include.messages": "true",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false"});
    let (_, log) = run(&bed, &["{", r#""good""#], log, "good");
    let start = "-0. Executing stage 'VALUE_CONVERTER' with class \
                 'org.apache.kafka.connect.json.JsonConverter', where consumed record is {topic='";
    let line =
        log.lines().find(|line| line.contains(start)).unwrap_or_else(|| panic!("no such line:\n{log}"));
    assert!(line.contains("Error encountered in task e2e-errors-"), "{line}");
    assert!(line.contains("', partition=0, offset=0, timestamp=1"), "{line}");
    assert!(line.contains(", timestampType=CreateTime}."), "{line}");
}

/// A missing topic is created with one partition; settings of its clients can be overridden.
#[test]
fn the_queue_is_created_and_its_clients_follow_overrides() {
    let Some(bed) = Bed::broker() else { return };
    let (place, name, dead) = (Place::new("overrides"), topic("overrides"), topic("dead"));
    bed.write(&name, &["report"]);
    let mut worker = start(&picky::setup(&bed, &place));
    let unreachable = json!({"admin.override.bootstrap.servers": "127.0.0.1:1",
        "admin.override.default.api.timeout.ms": "500", "admin.override.request.timeout.ms": "500"});
    worker.rest().create("s", picky::sink(&place, &name, with(queue(&dead), unreachable)));
    wait_until(SHORT, "the task has failed for want of a broker", || task(&worker).0 == "FAILED");
    let trace = task(&worker).1;
    let sentence = format!("Could not initialize dead letter queue with topic={dead}");
    assert!(trace.contains(&sentence), "{trace}");
    let compressed = json!({"producer.override.compression.type": "no-such-codec"});
    worker.rest().create("t", picky::sink(&place, &name, with(queue(&dead), compressed)));
    let status = || worker.rest().get("/connectors/t/status").json()["tasks"][0].clone();
    wait_until(SHORT, "the task has failed for its codec", || status()["state"] == "FAILED");
    assert!(status()["trace"].to_string().contains("no-such-codec"), "{}", status());
    worker.stop();
    // The first task came as far as its producer, after the topic was made.
    assert_eq!(values(&bed.records(&dead)), [""; 0]);
}

/// A dead letter that the queue's producer refuses is told of in Connect's words, and the task goes on.
#[test]
fn a_letter_that_cannot_be_written_is_logged() {
    let Some(bed) = Bed::broker() else { return };
    let dead = topic("dead");
    let large = format!("report {}", "x".repeat(5000));
    let more = with(queue(&dead), json!({"producer.override.max.request.size": "2000"}));
    let (place, log) = run(&bed, &["report small", &large, "two"], more, "two");
    assert_eq!(picky::taken(&place), ["two"]);
    assert!(log.contains(&format!("Could not produce message to dead letter queue. topic={dead}")), "{log}");
    assert_eq!(values(&bed.records(&dead)), ["report small"]);
}

/// A sink of `topics.regex` takes up topics that come later.
#[test]
fn topics_that_come_later_are_read_too() {
    let Some(bed) = Bed::broker() else { return };
    let (place, name) = (Place::new("regex"), topic("regex"));
    bed.write(&format!("{name}-a"), &["one"]);
    let mut worker = start(&picky::setup(&bed, &place));
    let mut config = picky::sink(&place, &name, json!({"consumer.override.metadata.max.age.ms": "500"}));
    config.as_object_mut().expect("settings").remove("topics");
    config["topics.regex"] = json!(format!("{name}-[ab]"));
    worker.rest().create(&name, config);
    wait_until(SHORT, "the first is taken", || picky::taken(&place) == ["one"]);
    bed.write(&format!("{name}-c"), &["never"]);
    bed.write(&format!("{name}-b"), &["two"]);
    wait_until(SHORT, "the second is taken", || picky::taken(&place) == ["one", "two"]);
    worker.stop();
}
