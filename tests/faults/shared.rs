//! Sources that share a producer: one whose records the broker refuses does not disturb the other.

use ferry_tests::topics::TopicReader;
use ferry_tests::{
    Broker, FerryWorker, LONG, Place, Setup, Worker, create_topic, process, wait_running, wait_until,
};
use serde_json::json;

/// Larger than the topic takes.
fn long_line(number: usize) -> String {
    format!("{number} {}", "x".repeat(4000))
}

#[test]
fn a_topic_that_refuses_records_is_one_connectors_own() {
    let Some(broker) = Broker::shared() else { return };
    let place = Place::new("shared");
    let (small, free) = (format!("small-{}", std::process::id()), format!("free-{}", std::process::id()));
    create_topic(&broker.bootstrap, &small, &["max.message.bytes=1000"]);
    let setup = Setup::standalone(&broker.bootstrap, &place)
        .with("offset.flush.interval.ms", "50")
        .with("value.converter", "org.apache.kafka.connect.storage.StringConverter");
    let mut worker = FerryWorker::start(&setup);
    let rest = worker.rest().clone();
    let source = |file: &str, topic: &str, tolerance: &str| {
        json!({"connector.class": "FileStreamSource", "tasks.max": "1", "file": place.at(file), "topic": topic,
            "errors.tolerance": tolerance})
    };
    place.append("small.txt", "fits\n");
    place.append("strict.txt", "fits too\n");
    place.append("free.txt", "0\n");
    rest.create("tolerant", source("small.txt", &small, "all"));
    rest.create("strict", source("strict.txt", &small, "none"));
    rest.create("free", source("free.txt", &free, "none"));
    let (in_small, in_free) =
        (TopicReader::new(&broker.bootstrap, &small, 1), TopicReader::new(&broker.bootstrap, &free, 1));
    wait_until(LONG, "all have written", || in_small.count() == 2 && in_free.count() == 1);
    let shared = process::threads(worker.pid()).into_iter().filter(|name| name == "shared-producer").count();
    assert_eq!(shared, 1, "all three share one producer");

    // One is refused again and again and goes on behind what was refused, one fails; the third has both beside it.
    place.append("strict.txt", long_line(0) + "\n");
    for number in 0..20 {
        place.append("small.txt", format!("{}\nafter {number}\n", long_line(number)));
        place.append("free.txt", format!("{}\n", number + 1));
    }
    wait_until(LONG, "the free one goes on", || in_free.count() == 21);
    wait_until(LONG, "so does the tolerant one", || in_small.count() == 22);
    wait_until(LONG, "the strict one fails", || {
        rest.get("/connectors/strict/status").json()["tasks"][0]["state"] == "FAILED"
    });
    wait_running(&rest, "tolerant");
    wait_running(&rest, "free");
    place.append("free.txt", "21\n");
    wait_until(LONG, "the free one still goes on", || in_free.count() == 22);
    worker.stop();
    let values = |reader: &TopicReader, count: usize| -> Vec<String> {
        let text = |value: Option<Vec<u8>>| String::from_utf8(value.unwrap_or_default()).expect("text");
        reader.take(LONG, count).into_iter().map(|record| text(record.value)).collect()
    };
    assert_eq!(values(&in_free, 22), (0..22).map(|number| number.to_string()).collect::<Vec<_>>());
    let mut wanted = vec!["fits".to_owned(), "fits too".to_owned()];
    wanted.extend((0..20).map(|number| format!("after {number}")));
    let mut found = values(&in_small, 22);
    found[..2].sort();
    assert_eq!(found, wanted);
}
