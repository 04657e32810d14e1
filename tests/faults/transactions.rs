//! A library that says where its transactions end, in a whole worker.

use ferry_tests::{Bed, FerryWorker, Place, SHORT, Setup, Worker, wait_until};
use serde_json::json;

use super::build::PLAIN;

fn setup(bed: &Bed, place: &Place) -> Setup {
    let path = place.at("plugins");
    std::fs::create_dir_all(&path).expect("a folder");
    std::fs::copy(PLAIN.run().join("libtransactions.so"), place.path().join("plugins/libtransactions.so"))
        .expect("copied");
    Setup::standalone(&bed.bootstrap(), place)
        .with("plugin.path", &path)
        .with("value.converter", "org.apache.kafka.connect.storage.StringConverter")
        .env("XDG_CACHE_HOME", &place.at("cache"))
}

fn exactly_once(setup: Setup, id: &str) -> Setup {
    setup
        .with("exactly.once.source.support", "enabled")
        .with("group.id", id)
        .with("offset.storage.topic", &format!("{id}-offsets"))
        .with("offset.storage.replication.factor", "1")
}

fn config(topic: &str) -> serde_json::Value {
    json!({
        "connector.class": "faults.Transactions", "tasks.max": "1", "topic": topic,
        "exactly.once.support": "required", "transaction.boundary": "connector",
    })
}

#[test]
fn a_library_ends_transactions_on_the_embedded_log() {
    ends_transactions(&Bed::embedded());
}

#[test]
fn a_library_ends_transactions_on_a_broker() {
    if let Some(bed) = Bed::broker() {
        ends_transactions(&bed);
    }
}

fn ends_transactions(bed: &Bed) {
    let place = Place::new("transactions");
    let topic = format!("transactions-{}", std::process::id());
    let mut worker = FerryWorker::start(&exactly_once(setup(bed, &place), &format!("{topic}-worker")));
    worker.rest().create("it", config(&topic));
    wait_until(SHORT, "the last transaction is committed", || {
        let offsets = worker.rest().get("/connectors/it/offsets").json();
        offsets["offsets"][0]["offset"] == json!({"batch": 3})
    });
    worker.stop();
    assert_eq!(bed.committed(&topic), ["0-0", "0-1", "0-2", "0-3", "2-1", "2-2", "2-3"]);
}

/// Without exactly-once there is no transaction to end, and the library can know.
#[test]
fn a_library_knows_where_there_are_no_transactions() {
    let (bed, place) = (Bed::embedded(), Place::new("no-transactions"));
    let mut worker = FerryWorker::start(&setup(&bed, &place));
    let mut config = config("t");
    config["exactly.once.support"] = json!("requested");
    worker.rest().create("it", config);
    let mut status = json!(null);
    wait_until(SHORT, "the task has failed", || {
        status = worker.rest().get("/connectors/it/status").json();
        status["tasks"][0]["state"] == "FAILED"
    });
    let trace = status["tasks"][0]["trace"].as_str().unwrap_or_default();
    assert!(trace.contains("this connector is for transaction.boundary=connector"), "{trace}");
    worker.stop();
}
