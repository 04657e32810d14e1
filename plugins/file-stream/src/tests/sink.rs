//! The sink task.

use std::convert::Infallible;
use std::fs;

use ferry_sdk::ErrorKind;
use ferry_sdk::api::{SinkTask, TopicPartition};
use ferry_sdk::data::{Batch, Record, Schema, SchemaBuilder, SchemaRef, Value};

use super::host::{FakeHost, map};
use super::source::Place;
use crate::sink::FileStreamSinkTask;

fn batch(values: &[(Option<&SchemaRef>, Value)]) -> Batch {
    let built: Result<Batch, Infallible> = Batch::build(|out| {
        let arena = out.arena();
        for (schema, value) in values {
            let schema = schema.map(|schema| arena.schema(schema));
            out.push(Record::to("t").with_value(schema, value.put(arena)).with_timestamp(0));
        }
        Ok(())
    });
    let Ok(batch) = built;
    batch
}

fn texts(texts: &[&str]) -> Batch {
    let values: Vec<_> = texts.iter().map(|text| (Some(Schema::string()), Value::from(*text))).collect();
    batch(&values)
}

fn task(host: &std::sync::Arc<FakeHost>, file: &str) -> ferry_sdk::Result<FileStreamSinkTask> {
    let mut task = FileStreamSinkTask::default();
    task.start(host.sink(), &map(&[("file", file)]))?;
    Ok(task)
}

fn content(file: &str) -> String {
    fs::read_to_string(file).expect("a file")
}

#[test]
fn values_are_printed_as_java_prints_them() {
    let (place, host) = (Place::new(), FakeHost::new());
    let file = place.at("out.txt");
    let mut task = task(&host, &file).expect("started");
    assert_eq!(content(&file), "", "created at the start");
    let point = SchemaBuilder::structure().field("a", Schema::int32()).field("b", Schema::string()).build();
    task.put(batch(&[
        (Some(Schema::string()), "text".into()),
        (Some(Schema::string()), "with\nnewline".into()),
        (Some(Schema::optional_string()), Value::Null),
        (None, Value::Null),
        (None, Value::Int64(-5)),
        (None, Value::Float64(1e10)),
        (None, Value::map([("k", Value::Int64(1)), ("l", Value::Null)])),
        (None, Value::Array(vec!["a".into(), Value::Bool(true)])),
        (Some(&point), Value::Struct(vec![Value::Int32(1), "x".into()])),
    ]))
    .expect("put");
    // With the system as soon as `put` is back.
    let expected = "text\nwith\nnewline\nnull\nnull\n-5\n1.0E10\n{k=1, l=null}\n[a, true]\nStruct{a=1,b=x}\n";
    assert_eq!(content(&file), expected);
    task.put(texts(&[])).expect("an empty put");
    let offsets = [(TopicPartition { topic: "t".into(), partition: 0 }, 9)];
    assert_eq!(task.pre_commit(&offsets).expect("committed"), offsets);
    task.stop().expect("stopped");
    assert_eq!(content(&file), expected);
}

#[test]
fn files_are_appended_to() {
    let (place, host) = (Place::new(), FakeHost::new());
    let file = place.write("out.txt", "old\n");
    let mut first = task(&host, &file).expect("started");
    let mut second = task(&host, &file).expect("started");
    first.put(texts(&["one"])).expect("put");
    second.put(texts(&["two"])).expect("put");
    first.put(texts(&["three"])).expect("put");
    assert_eq!(content(&file), "old\none\ntwo\nthree\n");
    assert_eq!(host.complaints(), [""; 0]);
}

#[test]
fn a_line_that_a_killed_process_left_unfinished_stays_by_itself() {
    let (place, host) = (Place::new(), FakeHost::new());
    let file = place.write("out.txt", "one\ntw");
    let mut task = task(&host, &file).expect("started");
    task.put(texts(&["two"])).expect("put");
    task.put(texts(&["three"])).expect("put");
    assert_eq!(content(&file), "one\ntw\ntwo\nthree\n");
    let warning = format!("the last line of {file} is unfinished: what comes begins a new line");
    assert_eq!(host.complaints(), [warning]);
}

#[test]
fn large_batches_and_values_arrive_whole() {
    let (place, host) = (Place::new(), FakeHost::new());
    let file = place.at("out.txt");
    let mut task = task(&host, &file).expect("started");
    let lines: Vec<String> = (0..20_000).map(|i| format!("line {i} \u{e9}").repeat(1 + i % 7)).collect();
    let large = "x".repeat(3 << 20);
    let all: Vec<&str> = lines.iter().map(String::as_str).chain([large.as_str()]).collect();
    task.put(texts(&all)).expect("put");
    assert!(content(&file) == all.join("\n") + "\n");
}

#[test]
fn a_file_that_cannot_be_opened_is_named() {
    let host = FakeHost::new();
    assert_eq!(
        task(&host, "/nonexistent-folder/out.txt").err().expect("no folder").trace(),
        "org.apache.kafka.connect.errors.ConnectException: \
         Couldn't find or create file '/nonexistent-folder/out.txt' for FileStreamSinkTask\n\
         Caused by: java.nio.file.NoSuchFileException: /nonexistent-folder/out.txt\n"
    );
}

#[test]
fn a_failed_write_is_an_error_of_put_and_worth_another_try() {
    let host = FakeHost::new();
    // Every write to it fails for want of space.
    let mut task = task(&host, "/dev/full").expect("started");
    for _ in 0..2 {
        let error = task.put(texts(&["lost?"])).expect_err("no space");
        assert_eq!(error.kind(), ErrorKind::Retriable);
        assert_eq!(
            error.trace(),
            "org.apache.kafka.connect.errors.RetriableException: \
             Couldn't write to file '/dev/full' for FileStreamSinkTask\n\
             Caused by: java.nio.file.FileSystemException: /dev/full: No space left on device (os error 28)\n"
        );
    }
}

/// In a process of its own, in which files may have 64 KiB.
#[test]
fn a_put_that_fails_half_way_leaves_nothing_behind() {
    const FILE: &str = "FERRY_TEST_LIMITED_FILE";
    let Ok(file) = std::env::var(FILE) else {
        let place = Place::new();
        let name = "tests::sink::a_put_that_fails_half_way_leaves_nothing_behind";
        // With the signal ignored, a write beyond the limit fails after a part of it.
        let child = std::process::Command::new("bash")
            .args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" --exact \"$1\""])
            .arg(std::env::current_exe().expect("this test"))
            .arg(name)
            .env(FILE, place.at("out.txt"))
            .output()
            .expect("bash");
        let shown = String::from_utf8_lossy(&child.stdout);
        assert!(child.status.success() && shown.contains("1 passed"), "{shown}");
        assert_eq!(content(&place.at("out.txt")), "x".repeat(60 << 10) + "\nsmall\n");
        return;
    };
    let host = FakeHost::new();
    let mut task = task(&host, &file).expect("started");
    task.put(texts(&[&"x".repeat(60 << 10)])).expect("put");
    for _ in 0..2 {
        let error = task.put(texts(&["a", &"y".repeat(8 << 10)])).expect_err("too large");
        assert_eq!(error.kind(), ErrorKind::Fatal);
        assert_eq!(content(&file).len(), (60 << 10) + 1);
    }
    task.put(texts(&["small"])).expect("put");
}
