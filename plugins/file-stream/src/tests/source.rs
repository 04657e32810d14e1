//! The source task as in Connect.

use std::fs;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use ferry_sdk::api::SourceTask;
use ferry_sdk::data::{SchemaType, Value};

use super::host::{FakeHost, drain, lines};

pub struct Place(tempfile::TempDir);

impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }
    pub fn at(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        fs::write(self.at(name), bytes).expect("a file");
        self.at(name)
    }
    pub fn append(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let mut file = fs::OpenOptions::new().append(true).create(true).open(self.at(name)).expect("a file");
        file.write_all(bytes.as_ref()).expect("bytes");
    }
}

pub fn partition(file: &str) -> Value {
    Value::map([("filename", file)])
}

pub fn position(at: i64) -> Value {
    Value::map([("position", at)])
}

const WAIT: Duration = Duration::from_secs(1);

#[test]
fn records_are_those_of_connect() {
    let (place, host) = (Place::new(), FakeHost::new());
    let file = place.write("in.txt", "one\ngr\u{fc}\u{df}e \u{1f600}\r\nnot finished");
    let mut task = host.source(&[("file", &file), ("topic", "lines")]).expect("started");
    let batch = task.poll().expect("a poll").expect("a batch");
    let records = batch.records();
    assert_eq!(records.len(), 2);
    for (record, (text, at)) in records.iter().zip([("one", 4), ("gr\u{fc}\u{df}e \u{1f600}", 14)]) {
        assert_eq!(record.topic(), "lines");
        assert_eq!(record.partition(), None);
        assert!(record.key().is_null() && record.key_schema().is_none());
        let schema = record.value_schema().expect("a schema");
        assert_eq!((schema.kind(), schema.is_optional(), schema.name()), (SchemaType::String, false, None));
        assert_eq!(record.value().as_str(), Some(text));
        assert!(record.headers().is_empty());
        assert!(record.timestamp().is_some_and(|millis| millis > 1_700_000_000_000));
        assert_eq!(Value::from(record.source_partition()), partition(&file));
        assert_eq!(Value::from(record.source_offset()), position(at));
    }
    // Records of a batch share their partition.
    assert!(records[0].source_partition().same(records[1].source_partition()));
    assert_eq!(drain(&mut task), []);
    assert_eq!(host.waited(), WAIT);
    place.append("in.txt", " yet\n");
    assert_eq!(lines(&drain(&mut task)), [("not finished yet", 31)]);
    assert_eq!(host.complaints(), [""; 0]);
}

#[test]
fn a_batch_has_at_most_batch_size_records_and_none_stays_behind() {
    let (place, host) = (Place::new(), FakeHost::new());
    let file = place.write("in.txt", "1\n2\n3\n4\n5\n");
    for (size, expected) in [("2", &[2, 2, 1][..]), ("5", &[5]), ("0", &[1, 1, 1, 1, 1]), ("-3", &[1; 5])] {
        let mut task =
            host.source(&[("file", &file), ("topic", "t"), ("batch.size", size)]).expect("started");
        let mut sizes = Vec::new();
        while let Some(batch) = task.poll().expect("a poll") {
            sizes.push(batch.len());
        }
        assert_eq!(sizes, expected, "batch.size {size}");
    }
}

#[test]
fn a_missing_file_is_waited_for() {
    let (place, host) = (Place::new(), FakeHost::new());
    let file = place.at("in.txt");
    let mut task = host.source(&[("file", &file), ("topic", "t")]).expect("started");
    let warning =
        format!("Couldn't find file {file} for FileStreamSourceTask, sleeping to wait for it to be created");
    for _ in 0..2 {
        assert!(task.poll().expect("a poll").is_none());
        assert_eq!(host.waited(), WAIT);
        assert_eq!(host.complaints(), std::slice::from_ref(&warning));
    }
    let created = file.clone();
    host.on_wait(move || fs::write(&created, "a\n").expect("a file"));
    assert!(task.poll().expect("a poll").is_none());
    assert_eq!(host.waited(), Duration::from_millis(10), "seen as soon as it is there");
    assert_eq!(lines(&drain(&mut task)), [("a", 2)]);
}

#[test]
fn a_growing_file_is_seen_before_the_wait_is_over() {
    let (place, host) = (Place::new(), FakeHost::new());
    let file = place.write("in.txt", "a\n");
    let mut task = host.source(&[("file", &file), ("topic", "t")]).expect("started");
    assert_eq!(drain(&mut task).len(), 1);
    host.waited();
    let grown = file.clone();
    host.on_wait(move || fs::write(&grown, "a\nb\n").expect("a file"));
    assert!(task.poll().expect("a poll").is_none());
    assert_eq!(host.waited(), Duration::from_millis(10));
    assert_eq!(lines(&drain(&mut task)), [("b", 4)]);
}

#[test]
fn stop_ends_the_wait() {
    let (place, host) = (Place::new(), FakeHost::new());
    let file = place.write("in.txt", "a");
    let mut task = host.source(&[("file", &file), ("topic", "t")]).expect("started");
    let stopped = Arc::clone(&host);
    host.on_wait(move || stopped.stop());
    assert!(task.poll().expect("a poll").is_none());
    assert_eq!(host.waits.lock().unwrap().len(), 1);
    task.stop().expect("stopped");
}

#[test]
fn a_truncated_file_and_a_position_behind_the_end_bring_nothing_and_do_not_spin() {
    let (place, host) = (Place::new(), FakeHost::new());
    let file = place.write("in.txt", "one\ntwo\n");
    let mut task = host.source(&[("file", &file), ("topic", "t")]).expect("started");
    assert_eq!(drain(&mut task).len(), 2);
    host.waited();
    place.write("in.txt", "1\n");
    assert_eq!(drain(&mut task), []);
    assert_eq!(host.waited(), WAIT);
    place.append("in.txt", "23456\nthree\n");
    assert_eq!(lines(&drain(&mut task)), [("three", 14)]);

    place.write("in.txt", "1\n");
    host.store(partition(&file), position(8));
    let mut task = host.source(&[("file", &file), ("topic", "t")]).expect("started");
    host.waited();
    for _ in 0..2 {
        assert_eq!(drain(&mut task), []);
        assert_eq!(host.waited(), WAIT);
    }
    place.append("in.txt", "23456\nthree\n");
    assert_eq!(lines(&drain(&mut task)), [("three", 14)]);
    fs::remove_file(&file).expect("removed");
    let mut task = host.source(&[("file", &file), ("topic", "t")]).expect("started");
    assert_eq!(drain(&mut task), []);
}

#[test]
fn stored_positions_of_any_kind() {
    let (place, host) = (Place::new(), FakeHost::new());
    let file = place.write("in.txt", "one\ntwo\n");
    let started = |offset: Value| {
        host.store(partition(&file), offset);
        let mut task = host.source(&[("file", &file), ("topic", "t")]).expect("started");
        task.poll().map(|batch| batch.map_or(0, |batch| batch.len())).map_err(|error| error.trace())
    };
    assert_eq!(started(position(4)), Ok(1));
    assert_eq!(started(position(0)), Ok(2));
    assert_eq!(started(Value::map([("position", Value::Null)])), Ok(2));
    assert_eq!(started(Value::Map(Vec::new())), Ok(2));
    for wrong in [Value::Int32(4), Value::Float64(4.0), "4".into()] {
        assert_eq!(
            started(Value::map([("position", wrong)])),
            Err("org.apache.kafka.connect.errors.ConnectException: Offset position is the incorrect type\n"
                .into())
        );
    }
}

#[test]
fn what_cannot_be_read_fails_with_its_name() {
    let (place, host) = (Place::new(), FakeHost::new());
    let folder = place.at("");
    let mut task = host.source(&[("file", &folder), ("topic", "t")]).expect("started");
    assert_eq!(
        task.poll().expect_err("a folder").trace(),
        format!(
            "org.apache.kafka.connect.errors.ConnectException: Couldn't read file {folder} for FileStreamSourceTask\n\
             Caused by: java.nio.file.FileSystemException: {folder}: Is a directory (os error 21)\n"
        )
    );
    let none = host.source(&[("file", "x")]).err().expect("no topic");
    assert_eq!(none.message(), "Missing required configuration \"topic\" which has no default value.");
    let empty = host.source(&[("file", "x"), ("topic", "")]).err().expect("an empty topic");
    assert_eq!(empty.message(), "Invalid value  for configuration topic: String must be non-empty");
}

#[test]
fn a_pipe_is_read_without_blocking() {
    let (place, host) = (Place::new(), FakeHost::new());
    let pipe = place.at("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let mut task = host.source(&[("file", &pipe), ("topic", "t")]).expect("started");
    // Nobody has opened the other end yet.
    assert_eq!(drain(&mut task), []);
    let mut writer = fs::OpenOptions::new().write(true).open(&pipe).expect("the other end");
    writer.write_all(b"a\nb").expect("bytes");
    let mut seen = Vec::new();
    while seen.is_empty() {
        seen = drain(&mut task);
    }
    assert_eq!(lines(&seen), [("a", 2)]);
}
