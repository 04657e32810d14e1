//! Checks for sinks: what is committed is written, stopped in time.

use std::sync::Arc;
use std::sync::mpsc::channel;

use ferry_plugin_abi::ErrorKind;
use ferry_plugin_abi::api::TopicPartition;
use ferry_plugin_abi::data::{Batch, Record, Schema, TimestampType, ValueRef};

use super::Run;
use crate::bound::gone_in_time;
use crate::{FakeHost, PATIENCE, SinkHarness};

/// A partition of the checks' topic.
pub(super) fn partition(partition: i32) -> TopicPartition {
    TopicPartition { topic: "contract".to_owned(), partition }
}

fn started(run: &Run<'_>, host: &Arc<FakeHost>, partitions: &[TopicPartition]) -> SinkHarness {
    let mut harness = SinkHarness::start(run.class, host, &run.config)
        .unwrap_or_else(|error| panic!("the sink does not start: {error}"));
    harness.task().open(partitions).unwrap_or_else(|error| panic!("open fails: {error}"));
    harness
}

fn put(harness: &mut SinkHarness, partition: &TopicPartition, offset: i64, texts: &[&str]) {
    harness.put(partition, offset, texts).unwrap_or_else(|error| panic!("put fails: {error}"));
}

fn commit(harness: &mut SinkHarness, offsets: &[(TopicPartition, i64)]) -> Vec<(TopicPartition, i64)> {
    harness.task().pre_commit(offsets).unwrap_or_else(|error| panic!("pre_commit fails: {error}"))
}

fn ended(harness: SinkHarness) {
    harness.stop().unwrap_or_else(|error| panic!("stop fails: {error}"));
}

/// `put` comes without records too, when there are none.
pub fn takes_an_empty_batch(run: &mut Run<'_>) {
    let mut harness = started(run, &FakeHost::new(), &[partition(0)]);
    put(&mut harness, &partition(0), 0, &[]);
    assert_eq!(commit(&mut harness, &[]), []);
    ended(harness);
}

/// What `pre_commit` returned survives the death of the process at that moment, in order.
pub fn what_it_commits_is_written(run: &mut Run<'_>) {
    let mut harness = started(run, &FakeHost::new(), &[partition(0)]);
    let texts = ["one", "two", "", "h\u{e9}\u{1F600}", "five"];
    put(&mut harness, &partition(0), 10, &texts[..3]);
    put(&mut harness, &partition(0), 13, &texts[3..]);
    let committed = commit(&mut harness, &[(partition(0), 15)]);
    let upto = committed.iter().find(|(p, _)| *p == partition(0)).map_or(10, |(_, offset)| *offset);
    if let Some(written) = run.written() {
        let count = usize::try_from(upto - 10).unwrap_or(0);
        assert!(
            written.len() >= count,
            "{count} records are committed and {} written: {written:?}",
            written.len()
        );
        assert_eq!(written[..count], texts[..count]);
    }
    // Not stopped: the process died right here.
    std::mem::forget(harness);
    run.saw((committed, run.written()));
}

/// Offsets come back for the partitions asked for, and none is beyond what was put.
pub fn commits_no_more_than_asked(run: &mut Run<'_>) {
    let both = [partition(0), partition(1)];
    let mut harness = started(run, &FakeHost::new(), &both);
    put(&mut harness, &both[0], 0, &["a", "b"]);
    put(&mut harness, &both[1], 7, &["c"]);
    for asked in [&[(both[0].clone(), 2), (both[1].clone(), 8)][..], &[(both[0].clone(), 1)], &[]] {
        let committed = commit(&mut harness, asked);
        for (partition, offset) in &committed {
            let Some((_, most)) = asked.iter().find(|(p, _)| p == partition) else {
                panic!("{partition} is committed and was not asked for");
            };
            assert!(offset <= most, "{partition} is committed at {offset}, but only {most} was put");
        }
        run.saw(committed);
    }
    ended(harness);
}

/// After a retry or a restart the same records come again: no fault.
pub fn takes_a_batch_again(run: &mut Run<'_>) {
    let mut harness = started(run, &FakeHost::new(), &[partition(0)]);
    let batch = SinkHarness::batch(&partition(0), 0, &["again"]);
    for _ in 0..2 {
        harness.task().put(batch.clone()).unwrap_or_else(|error| panic!("put fails: {error}"));
    }
    run.saw(commit(&mut harness, &[(partition(0), 1)]));
    ended(harness);
}

/// The host lets go of a batch as soon as `put` returns.
pub fn keeps_what_it_needs_of_a_batch(run: &mut Run<'_>) {
    let mut harness = started(run, &FakeHost::new(), &[partition(0)]);
    let texts: Vec<String> = (0..200).map(|n| format!("text {n} ").repeat(50)).collect();
    for (offset, text) in texts.iter().enumerate() {
        put(&mut harness, &partition(0), offset as i64, &[text]);
    }
    let committed = commit(&mut harness, &[(partition(0), 200)]);
    if let Some(written) = run.written() {
        let count = committed.iter().map(|(_, offset)| *offset as usize).max().unwrap_or(0);
        assert!(written.get(..count) == texts.get(..count), "what is written is not what was put");
    }
    ended(harness);
    run.saw(committed);
}

/// After `close` only the other partitions go on.
pub fn gives_partitions_back(run: &mut Run<'_>) {
    let both = [partition(0), partition(1)];
    let mut harness = started(run, &FakeHost::new(), &both);
    put(&mut harness, &both[0], 0, &["a"]);
    put(&mut harness, &both[1], 0, &["b"]);
    commit(&mut harness, &[(both[0].clone(), 1), (both[1].clone(), 1)]);
    harness.task().close(&both[..1]).unwrap_or_else(|error| panic!("close fails: {error}"));
    put(&mut harness, &both[1], 1, &["c"]);
    run.saw(commit(&mut harness, &[(both[1].clone(), 2)]));
    harness.task().close(&both[1..]).unwrap_or_else(|error| panic!("close fails: {error}"));
    harness.task().open(&both).unwrap_or_else(|error| panic!("open after close fails: {error}"));
    put(&mut harness, &both[0], 1, &["d"]);
    run.saw(commit(&mut harness, &[(both[0].clone(), 2)]));
    ended(harness);
}

/// A `put` that takes its time ends soon after the signal, from another thread.
pub fn put_ends_when_told_to_stop(run: &mut Run<'_>) {
    let host = FakeHost::new();
    let mut harness = started(run, &host, &[partition(0)]);
    let (done, puts) = channel();
    let worker = std::thread::spawn(move || {
        use ferry_plugin_abi::api::Host;
        let mut offset = 0;
        while !harness.host().stopping() {
            if done.send(None).is_err() {
                break;
            }
            let outcome = harness.put(&partition(0), offset, &["text"; 500]);
            offset += 500;
            if done.send(Some(outcome)).is_err() {
                break;
            }
        }
        harness
    });
    // It works, and then it is inside of the next one: begun, done, begun.
    for _ in 0..3 {
        let told =
            puts.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("put does not return in {PATIENCE:?}"));
        told.unwrap_or(Ok(())).unwrap_or_else(|error| panic!("put fails: {error}"));
    }
    host.set_stopping(true);
    gone_in_time(&puts, "put goes on");
    let Ok(harness) = worker.join() else { panic!("the putting thread panicked") };
    ended(harness);
}

/// Tombstones and records without a key are taken or refused as data; they are no reason to panic.
pub fn takes_records_without_key_and_value(run: &mut Run<'_>) {
    let mut harness = started(run, &FakeHost::new(), &[partition(0)]);
    for (schema, value) in [
        (None, ValueRef::NULL),
        (Some(&**Schema::optional_string()), ValueRef::NULL),
        (None, ValueRef::int64(1)),
    ] {
        let batch: Result<Batch, ()> = Batch::build(|out| {
            out.push(Record::to("contract").with_value(schema, value).from_kafka(
                "contract",
                0,
                0,
                TimestampType::CreateTime,
            ));
            Ok(())
        });
        let Ok(batch) = batch else { continue };
        let outcome = harness.task().put(batch);
        if let Err(error) = &outcome {
            assert_eq!(error.kind(), ErrorKind::Data, "refuse a record as data: {error}");
        }
        run.saw(outcome);
    }
    ended(harness);
}
