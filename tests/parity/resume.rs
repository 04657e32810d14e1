//! A worker is stopped in the middle of a file, and the same or the other kind goes on from its offsets file.

use ferry_tests::topics::{TopicReader, show};
use ferry_tests::{Broker, LONG, Place, Setup, offsets_file, wait_until};
use serde_json::{Value, json};

use crate::{Kind, run_name};

const STRING: &str = "org.apache.kafka.connect.storage.StringConverter";

/// Writes `before`, lets `first` read it and commit, stops it, appends `after`, lets `second` go on.
/// Returns the topic's values and the entries of the offsets file after each worker.
fn resume(first: Kind, second: Kind, before: &str, after: &str) -> Option<(Vec<String>, Value, Value)> {
    let broker = Broker::shared()?;
    let place = Place::new(&format!("resume-{}-{}", first.name(), second.name()));
    let topic = run_name(second, "resume");
    let file = place.write("in.txt", before);
    let config = json!({"connector.class": "FileStreamSource", "file": file, "topic": topic, "value.converter": STRING});
    // Commits only at the end, so that it is the shutdown that must write the offsets.
    let setup = Setup::standalone(&broker.bootstrap, &place).with("offset.flush.interval.ms", "86400000");
    let reader = TopicReader::new(&broker.bootstrap, &topic, 1);

    let lines = |text: &str| text.matches('\n').count();
    let mut worker = first.start(&setup);
    worker.rest().create("resumed", config.clone());
    let mut records = reader.take(LONG, lines(before));
    worker.stop();
    let file_after = |place: &Place| {
        let entries = offsets_file::parse(&place.read("connect.offsets")).expect("the offsets file");
        crate::golden::replace(&json!(entries), &[(&file, "${file}")])
    };
    let offsets_first = file_after(&place);

    place.append("in.txt", after);
    let mut worker = second.start(&setup);
    worker.rest().create("resumed", config);
    place.append("in.txt", "THE END\n");
    records.extend(reader.until(LONG, |r| r.value.as_deref().is_some_and(|v| show(v).contains("THE END"))));
    worker.stop();
    let values = records.iter().map(|r| show(r.value.as_deref().unwrap_or_default())).collect();
    Some((values, offsets_first, file_after(&place)))
}

fn assert_resumes(first: Kind, second: Kind, before: &str, after: &str) {
    let Some((values, middle, end)) = resume(first, second, before, after) else { return };
    let whole = format!("{before}{after}THE END\n");
    let expected: Vec<&str> = whole.split_terminator('\n').map(|l| l.trim_end_matches('\r')).collect();
    assert_eq!(values, expected);
    // `position` counts UTF-16 units, terminators included.
    let at = |text: &str| json!({r#"["resumed",{"filename":"${file}"}]"#: {"position": text.encode_utf16().count()}});
    // An unfinished line is not counted.
    let complete = &before[..before.rfind('\n').map_or(0, |i| i + 1)];
    assert_eq!(middle, at(complete));
    assert_eq!(end, at(&whole));
}

const ASCII: (&str, &str) = ("one\r\ntwo\n\nthree\nfour is not fin", "ished\nfive\r\n");
const WIDE: (&str, &str) = ("grüße\n€ 😀\r\n\nende 😀", "é\nfünf\n");

#[test]
fn the_jvm_goes_on_from_its_own_offsets() {
    assert_resumes(Kind::Jvm, Kind::Jvm, ASCII.0, ASCII.1);
}

#[test]
fn ferry_goes_on_from_its_own_offsets() {
    assert_resumes(Kind::Ferry, Kind::Ferry, ASCII.0, ASCII.1);
}

#[test]
fn ferry_goes_on_from_the_offsets_of_the_jvm() {
    assert_resumes(Kind::Jvm, Kind::Ferry, ASCII.0, ASCII.1);
}

#[test]
fn the_jvm_goes_on_from_the_offsets_of_ferry() {
    assert_resumes(Kind::Ferry, Kind::Jvm, ASCII.0, ASCII.1);
}

/// The JVM skips `position` bytes although it counted characters, and breaks a line. Ferry does not.
#[test]
fn ferry_goes_on_after_wide_characters_where_the_jvm_does_not() {
    assert_resumes(Kind::Ferry, Kind::Ferry, WIDE.0, WIDE.1);
    assert_resumes(Kind::Jvm, Kind::Ferry, WIDE.0, WIDE.1);
    let Some((values, ..)) = resume(Kind::Jvm, Kind::Jvm, WIDE.0, WIDE.1) else { return };
    let whole = format!("{}{}THE END\n", WIDE.0, WIDE.1);
    let right: Vec<&str> = whole.split_terminator('\n').map(|l| l.trim_end_matches('\r')).collect();
    assert_ne!(values, right, "the JVM's fault is mended: Ferry's documented difference can go");
}

/// Entries of connectors that do not run now stay in the file.
#[test]
fn entries_of_other_connectors_survive() {
    let Some(broker) = Broker::shared() else { return };
    let place = Place::new("resume-others");
    let setup = Setup::standalone(&broker.bootstrap, &place).with("offset.flush.interval.ms", "100");
    for (round, kind) in [Kind::Jvm, Kind::Ferry, Kind::Jvm, Kind::Ferry].into_iter().enumerate() {
        let mut worker = kind.start(&setup);
        let file = place.write(&format!("in-{round}.txt"), "a\nb\n");
        let config =
            json!({"connector.class": "FileStreamSource", "file": file, "topic": run_name(kind, "others")});
        worker.rest().create(&format!("c{round}"), config);
        wait_until(LONG, "the offsets are in the file", || {
            // A reader may see a file that is being rewritten: the JVM truncates and then writes.
            offsets_file::parse(&place.read("connect.offsets")).is_ok_and(|map| map.len() == round + 1)
        });
        worker.stop();
    }
    let entries = offsets_file::parse(&place.read("connect.offsets")).expect("the offsets file");
    let expected: Vec<String> = (0..4)
        .map(|i| format!(r#"["c{i}",{{"filename":"{}"}}]"#, place.at(&format!("in-{i}.txt"))))
        .collect();
    assert_eq!(entries.keys().cloned().collect::<Vec<_>>(), expected);
    assert!(entries.values().all(|value| *value == Some(json!({"position": 4}))), "{entries:?}");
}
