//! A sink that takes its time: it keeps its partitions, and the others get theirs.

use ferry_tests::{Bed, Broker, LONG, Place, SHORT, Worker, ferry_command, topics, wait_until};
use serde_json::json;

use crate::{picky, start, topic};

/// Much less than by default, and still more than a busy machine leaves a member without a heartbeat.
const QUICK: [(&str, &str); 2] =
    [("consumer.override.session.timeout.ms", "15000"), ("consumer.override.max.poll.interval.ms", "15000")];

fn partitions(place: &Place) -> Vec<String> {
    String::from_utf8(place.read("out.partitions")).expect("text").lines().map(str::to_owned).collect()
}

fn patient(place: &Place, topic: &str, more: serde_json::Value) -> serde_json::Value {
    let mut config = picky::sink(place, topic, more);
    for (key, value) in QUICK {
        config[key] = json!(value);
    }
    config
}

/// A `put` of more than `max.poll.interval.ms` is not repeated, nor does the task lose its partitions meanwhile.
#[test]
fn a_put_longer_than_the_poll_interval_keeps_its_partitions() {
    let Some(bed) = Bed::broker() else { return };
    let (place, name) = (Place::new("busy"), topic("busy"));
    bed.write(&name, &["one", "busy 18000"]);
    let mut worker = start(&picky::setup(&bed, &place));
    worker.rest().create(&name, patient(&place, &name, json!({})));
    wait_until(SHORT, "the put has begun", || picky::taken(&place) == ["one"]);
    bed.write(&name, &["two"]);
    wait_until(LONG, "all is taken", || picky::taken(&place).last().is_some_and(|line| line == "two"));
    assert_eq!(picky::taken(&place), ["one", "busy 18000", "two"]);
    assert_eq!(partitions(&place), ["open 0"]);
    worker.stop();
    assert_eq!(topics::committed(&bed.bootstrap(), &format!("connect-{name}"), &name), Some(3));
}

/// A member that joins during a long `put` does not wait for it, and nothing is lost: the rebalance goes on without
/// the busy task after half of `max.poll.interval.ms`.
#[test]
fn a_rebalance_does_not_wait_for_a_long_put() {
    let Some(broker) = Broker::shared() else { return };
    let (place, name) = (Place::new("joined"), topic("joined"));
    let bed = Bed::Broker(broker.clone());
    let created = ["topics", "create", &name, "--partitions", "2", "--bootstrap-server", &broker.bootstrap];
    assert!(ferry_command(&created).status().expect("ferry topics").success());
    bed.write(&name, &["one", "hold"]);
    let mut worker = start(&picky::setup(&bed, &place));
    worker.rest().create(&name, patient(&place, &name, json!({"tasks.max": "1"})));
    wait_until(SHORT, "the put has begun", || picky::taken(&place) == ["one"]);
    // Another member of the same group: a second connector that names it.
    let other = Place::new("joining");
    let mut config = patient(&other, &name, json!({"consumer.override.group.id": format!("connect-{name}")}));
    config["file"] = json!(other.at("out"));
    worker.rest().create("other", config);
    wait_until(SHORT, "the other has partitions", || !partitions(&other).is_empty());
    assert_eq!(picky::taken(&place), ["one"], "the put is still going on");
    place.write("out.go", "");
    topics::write(
        &broker.bootstrap,
        &name,
        &[0, 1].map(|partition| topics::TopicRecord {
            partition,
            ..topics::TopicRecord::value(format!("last {partition}"))
        }),
    );
    wait_until(LONG, "all is taken by somebody", || {
        let all = [picky::taken(&place), picky::taken(&other)].concat();
        ["one", "hold", "last 0", "last 1"].iter().all(|value| all.iter().any(|line| line == value))
    });
    worker.stop();
}
