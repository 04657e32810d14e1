//! The broker dies and comes back under load.

use ferry_tests::topics::TopicReader;
use ferry_tests::{Broker, FerryWorker, LONG, Place, Setup, Worker, properties_text, wait_until};

use crate::line;

/// Lines in each of the two halves.
const LINES: usize = 200_000;

#[test]
fn the_broker_is_killed_and_restarted_under_load() {
    let Some(broker) = Broker::start() else { return };
    let place = Place::new("broker-crash");
    let text = ferry_tests::lines::text(0..LINES);
    place.write("in.txt", &text);
    let string = "org.apache.kafka.connect.storage.StringConverter";
    let (input, output) = (place.at("in.txt"), place.at("out.txt"));
    let source = place.write(
        "source.properties",
        properties_text([
            ("name", "source"),
            ("connector.class", "FileStreamSource"),
            ("file", &input),
            ("topic", "t"),
            ("value.converter", string),
        ]),
    );
    let sink = place.write(
        "sink.properties",
        properties_text([
            ("name", "sink"),
            ("connector.class", "FileStreamSink"),
            ("file", &output),
            ("topics", "t"),
            ("value.converter", string),
        ]),
    );
    let setup = Setup::standalone(&broker.bootstrap, &place)
        .with("offset.flush.interval.ms", "100")
        // The broker may take longer to come back than a record may be under way by default.
        .with("producer.delivery.timeout.ms", "1200000")
        .connector(&source)
        .connector(&sink);
    let mut worker = FerryWorker::start(&setup);
    for round in 1..=3 {
        // More load for each round, so that there is something in flight when the broker dies.
        let goal = (round * LINES / 4) as u64 * 20;
        wait_until(LONG, "the output grows", || std::fs::metadata(&output).is_ok_and(|m| m.len() > goal));
        broker.kill();
        broker.restart();
    }
    let end = format!("{}\n", line(LINES - 1));
    wait_until(LONG * 2, "the last line is in the output", || {
        place.read("out.txt").ends_with(end.as_bytes())
    });
    for name in ["source", "sink"] {
        ferry_tests::wait_running(worker.rest(), name);
    }
    worker.stop();

    // Nothing is missing or out of order; the idempotent producer also keeps the topic free of doubles.
    let reader = TopicReader::new(&broker.bootstrap, "t", 1);
    let topic = reader.until(LONG, |record| record.value.as_deref() == Some(line(LINES - 1).as_bytes()));
    let topic: Vec<String> =
        topic.into_iter().map(|r| String::from_utf8(r.value.unwrap_or_default()).expect("text")).collect();
    in_order("the topic", topic.iter().map(String::as_str));
    assert_eq!(topic.len(), LINES, "the topic has doubles");
    let output = String::from_utf8(place.read("out.txt")).expect("text");
    in_order("the output", output.lines());
}

/// Every line came, the first time in order.
fn in_order<'a>(where_: &str, lines: impl Iterator<Item = &'a str>) {
    let mut next = 0;
    for text in lines {
        let number: usize = text[..8].parse().unwrap_or_else(|_| panic!("{where_} has a torn line: {text}"));
        assert_eq!(text, line(number), "{where_} has a torn line");
        assert!(number <= next, "{where_} lacks lines {next} to {number}");
        next = next.max(number + 1);
    }
    assert_eq!(next, LINES, "{where_} ends early");
}
