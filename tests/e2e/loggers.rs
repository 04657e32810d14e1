//! Levels of loggers that are set over REST, and what the log says then.

use ferry_tests::{Bed, Place, Request, Rest, SHORT, Worker, wait_running, wait_until};
use serde_json::json;

use crate::{setup, source, start, topic, wait_output};

fn set(rest: &Rest, logger: &str, level: &str) -> serde_json::Value {
    let body = json!({"level": level}).to_string();
    rest.send(&Request::new("PUT", &format!("/admin/loggers/{logger}")).json(&body)).expect(200).json()
}

const TASK: &str = "org.apache.kafka.connect.file.FileStreamSourceTask";

#[test]
fn a_level_counts_for_one_connector_only() {
    let (bed, place, topic) = (Bed::embedded(), Place::new("loggers"), topic("loggers"));
    let worker = start(&setup(&bed, &place));
    let rest = worker.rest();
    assert_eq!(set(rest, "connector.loud", "debug"), json!(["connector.loud"]));
    for name in ["loud", "quiet"] {
        place.write(&format!("{name}.txt"), "one\n");
        rest.create(name, source(&place, &format!("{name}.txt"), &format!("{topic}-{name}")));
        wait_running(rest, name);
    }
    let opened = |name: &str| {
        format!("DEBUG [{name}|task-0] {TASK}: Opened {} for reading", place.at(&format!("{name}.txt")))
    };
    wait_until(SHORT, "the loud one says what it does", || worker.log().contains(&opened("loud")));
    // Both have a line in their topics: so the quiet one has opened its file.
    rest.create("out", json!({
        "connector.class": "FileStreamSink", "file": place.at("out.txt"), "topics": format!("{topic}-quiet"),
    }));
    wait_output(&place, "out.txt", "one\n");
    assert!(!worker.log().contains("DEBUG [quiet|"), "{}", worker.log());
    // The same by the logger's name, for whoever logs there.
    let changed = set(rest, "org.apache.kafka.connect.file", "DEBUG");
    assert!(changed.as_array().is_some_and(|names| names.contains(&json!(TASK))), "{changed}");
    let restarted = rest.send(&Request::new("POST", "/connectors/quiet/tasks/0/restart"));
    assert_eq!(restarted.status, 204, "{}", restarted.body);
    wait_until(SHORT, "the quiet one says it, too", || worker.log().contains(&opened("quiet")));
    let shown = rest.get(&format!("/admin/loggers/{TASK}")).expect(200).json();
    assert_eq!(shown["level"], "DEBUG");
}

#[test]
fn what_a_worker_starts_with_is_shown() {
    let (bed, place) = (Bed::embedded(), Place::new("loggers-start"));
    let levels = "warn,ferry_runtime::sink=debug,org.example.Own=trace,nonsense=loud";
    let worker = start(&setup(&bed, &place).env("RUST_LOG", levels));
    let level =
        |name: &str| worker.rest().get(&format!("/admin/loggers/{name}")).expect(200).json()["level"].clone();
    let found = ["root", "org.apache.kafka.connect.runtime.WorkerSinkTask", "org.example.Own"].map(level);
    assert_eq!(found, ["WARN", "DEBUG", "TRACE"]);
    assert!(worker.log().contains("directive=\"nonsense=loud\""), "{}", worker.log());
}
