//! Topics that take less at once than a producer's batch: Kafka's Java producer divides what is refused.

use ferry_tests::{Bed, Place, Worker, create_topic};
use serde_json::{Value, json};

use crate::exactly_once::{exactly_once, wait_position};
use crate::{setup, source, start, topic};

macro_rules! on_both_beds {
    ($($embedded:ident, $broker:ident => $scenario:expr;)*) => { $(
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
    all_arrives_in_order_and_once_on_the_embedded_log, all_arrives_in_order_and_once_on_a_broker
        => |bed| all_arrives(bed, false);
    all_arrives_in_transactions_on_the_embedded_log, all_arrives_in_transactions_on_a_broker
        => |bed| all_arrives(bed, true);
    one_that_is_too_large_takes_no_others_along_on_the_embedded_log,
    one_that_is_too_large_takes_no_others_along_on_a_broker => one_too_large;
}

/// Lines of a quarter KiB; some hundred KiB are read at once.
fn lines(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| format!("{number:05}{}", "x".repeat(250))).collect()
}

fn text(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// A source of texts to a topic that takes 20,000 bytes at once.
fn to_low_limit(bed: &Bed, place: &Place, name: &str) -> Value {
    create_topic(&bed.bootstrap(), name, &["max.message.bytes=20000"]);
    let mut config = source(place, "in.txt", name);
    config["value.converter"] = json!("org.apache.kafka.connect.storage.StringConverter");
    config
}

fn all_arrives(bed: &Bed, in_transactions: bool) {
    let (place, name) = (Place::new("divided"), topic("divided"));
    let config = to_low_limit(bed, &place, &name);
    let all = lines(0..5000);
    place.write("in.txt", text(&all));
    let mut worker = start(&match in_transactions {
        true => exactly_once(bed, &place, &topic("worker")),
        false => setup(bed, &place),
    });
    worker.rest().create("s", config);
    wait_position(worker.rest(), "s", &text(&all));
    worker.stop();
    assert!(!worker.log().contains("too large"), "a batch was refused:\n{}", worker.log());
    assert_eq!(bed.committed(&name), all);
}

fn one_too_large(bed: &Bed) {
    let (place, name) = (Place::new("too-large"), topic("too-large"));
    let mut config = to_low_limit(bed, &place, &name);
    config["errors.tolerance"] = json!("all");
    let (before, after) = (lines(0..500), lines(500..1000));
    let input = format!("{}{}\n{}", text(&before), "y".repeat(25_000), text(&after));
    place.write("in.txt", &input);
    let mut worker = start(&setup(bed, &place));
    worker.rest().create("s", config);
    wait_position(worker.rest(), "s", &input);
    worker.stop();
    assert_eq!(bed.values(&name), [before, after].concat());
}
