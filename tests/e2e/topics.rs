//! Topics that sources make (`topic.creation.*`). On a broker the parity tests look closer.

use ferry_tests::{Bed, Place, Request, SHORT, Worker, ferry_command, wait_until};
use serde_json::json;

use crate::{setup, source, start, topic};

/// What `ferry topics describe` says, once the worker is gone.
fn partitions(bed: &Bed, topic: &str) -> usize {
    let output = ferry_command(&["topics", "describe", topic, "--bootstrap-server", &bed.bootstrap()])
        .output()
        .expect("ferry topics");
    let said = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said.lines().filter(|line| line.starts_with("  partition ")).count()
}

#[test]
fn groups_decide_on_the_embedded_log() {
    groups_decide(&Bed::embedded());
}

#[test]
fn groups_decide_on_a_broker() {
    if let Some(bed) = Bed::broker() {
        groups_decide(&bed);
    }
}

fn groups_decide(bed: &Bed) {
    let place = Place::new("creation");
    let mut worker = start(&setup(bed, &place));
    let rest = worker.rest().clone();
    let (grouped, other, refused) = (topic("grouped"), topic("other"), topic("refused"));
    place.write("in.txt", "line\n");
    for (name, topic) in [("one", &grouped), ("two", &other), ("three", &refused)] {
        let mut config = source(&place, "in.txt", topic);
        for (key, value) in [
            ("topic.creation.default.partitions", "3"),
            ("topic.creation.default.replication.factor", "-1"),
            ("topic.creation.groups", "g, r"),
            ("topic.creation.g.include", ".*-grouped-.*"),
            ("topic.creation.g.partitions", "2"),
            ("topic.creation.r.include", ".*-refused-.*"),
            ("topic.creation.r.no.such.setting", "1"),
        ] {
            config[key] = json!(value);
        }
        rest.create(name, config);
    }
    for name in ["one", "two"] {
        wait_until(SHORT, "the line is in the topic", || {
            let offsets = rest.get(&format!("/connectors/{name}/offsets")).json();
            offsets["offsets"][0]["offset"] == json!({"position": 5})
        });
    }
    let mut trace = String::new();
    wait_until(SHORT, "the third connector has failed", || {
        let status = rest.get("/connectors/three/status").json();
        trace = status["tasks"][0]["trace"].as_str().unwrap_or_default().to_owned();
        status["tasks"][0]["state"] == "FAILED"
    });
    let expected =
        format!("Unable to create topic(s) '{refused}': Unknown topic config name: no.such.setting\n");
    assert!(
        trace.starts_with(&format!("org.apache.kafka.connect.errors.ConnectException: {expected}")),
        "{trace}"
    );
    worker.stop();
    assert_eq!((partitions(bed, &grouped), partitions(bed, &other)), (2, 3));
}

/// With `topic.creation.enable=false` the settings do not count, wrong ones neither.
#[test]
fn a_worker_can_forbid_it() {
    let (bed, place) = (Bed::embedded(), Place::new("no-creation"));
    let mut worker = start(&setup(&bed, &place).with("topic.creation.enable", "false"));
    let topic = topic("forbidden");
    place.write("in.txt", "line\n");
    let mut config = source(&place, "in.txt", &topic);
    config["topic.creation.default.partitions"] = json!("3");
    config["topic.creation.groups"] = json!("nobody");
    let body = json!({"name": "one", "config": config}).to_string();
    let _ = worker.rest().send(&Request::new("POST", "/connectors").json(&body)).expect(201);
    wait_until(SHORT, "the line is in the topic", || {
        let offsets = worker.rest().get("/connectors/one/offsets").json();
        offsets["offsets"][0]["offset"] == json!({"position": 5})
    });
    worker.stop();
    assert_eq!(partitions(&bed, &topic), 1);
}
