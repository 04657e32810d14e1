//! Checks for sources: nothing lost, nothing skipped, stopped in time.

use std::sync::Arc;
use std::sync::mpsc::channel;

use ferry_plugin_abi::data::Value;
use ferry_plugin_abi::{Error, ErrorKind};

use super::{Run, Subject};
use crate::bound::gone_in_time;
use crate::{FakeHost, Origin, PATIENCE, SourceHarness};

fn started(run: &Run<'_>, host: &Arc<FakeHost>) -> SourceHarness {
    SourceHarness::start(run.class, host, &run.config)
        .unwrap_or_else(|error| panic!("the source does not start: {error}"))
}

fn read(run: &Run<'_>, host: &Arc<FakeHost>, count: usize) -> (SourceHarness, Vec<Origin>) {
    let mut harness = started(run, host);
    let records = harness.records(count).unwrap_or_else(|error| panic!("poll fails: {error}"));
    (harness, records)
}

fn ended(harness: SourceHarness) {
    harness.stop().unwrap_or_else(|error| panic!("stop fails: {error}"));
}

/// Each record has a topic, and says where it was read in maps of strings to scalars.
pub fn gives_records_with_origins(run: &mut Run<'_>) {
    let (harness, records) = read(run, &FakeHost::new(), Subject::RECORDS);
    for record in &records {
        assert!(!record.topic.is_empty(), "a record without a topic: {record:?}");
        for map in [&record.partition, &record.offset] {
            let Value::Map(entries) = map else {
                panic!("source partition and offset must be maps: {record:?}")
            };
            for (key, value) in entries {
                let scalar = !matches!(value, Value::Array(_) | Value::Map(_) | Value::Struct(_));
                assert!(
                    matches!(key, Value::String(_)) && scalar,
                    "offsets map strings to scalars: {record:?}"
                );
            }
        }
    }
    ended(harness);
    run.saw(&records[..Subject::RECORDS]);
}

/// From whichever record's offset the task resumes, the next record is the next one: none is
/// lost, none comes twice.
pub fn goes_on_after_each_committed_offset(run: &mut Run<'_>) {
    let (harness, all) = read(run, &FakeHost::new(), Subject::RECORDS);
    ended(harness);
    let all = &all[..Subject::RECORDS];
    for last in 0..Subject::RECORDS - 1 {
        let host = FakeHost::new();
        host.set_offset(&all[last].partition, Some(all[last].offset.clone()));
        let (harness, rest) = read(run, &host, Subject::RECORDS - 1 - last);
        assert_eq!(
            rest[..Subject::RECORDS - 1 - last],
            all[last + 1..],
            "resumed after record {last}, whose offset is {:?}",
            all[last].offset
        );
        ended(harness);
    }
}

/// Nothing is acknowledged upstream by `poll`: without a commit the same records come again.
pub fn gives_what_was_not_committed_again(run: &mut Run<'_>) {
    let (harness, first) = read(run, &FakeHost::new(), Subject::RECORDS);
    // Not even stopped: the process died right here.
    std::mem::forget(harness);
    let (harness, again) = read(run, &FakeHost::new(), Subject::RECORDS);
    assert_eq!(again[..Subject::RECORDS], first[..Subject::RECORDS]);
    ended(harness);
}

/// `commit` may be repeated, as it is after a crash.
pub fn commits_more_than_once(run: &mut Run<'_>) {
    let (mut harness, records) = read(run, &FakeHost::new(), 1);
    for _ in 0..3 {
        harness.commit(&records[0]).unwrap_or_else(|error| panic!("commit fails: {error}"));
    }
    ended(harness);
}

/// A `poll` that waits for data ends soon after the signal, from another thread.
pub fn poll_ends_when_told_to_stop(run: &mut Run<'_>) {
    let host = FakeHost::new();
    let mut harness = started(run, &host);
    let (polled, polls) = channel();
    let worker = std::thread::spawn(move || {
        use ferry_plugin_abi::api::Host;
        while !harness.host().stopping() {
            if polled.send(None).is_err() {
                break;
            }
            let outcome = harness.task().poll().map(|batch| batch.is_some());
            if polled.send(Some(outcome)).is_err() {
                break;
            }
        }
        harness
    });
    // It works, and then it is inside of the next one: begun, done, begun.
    for _ in 0..3 {
        let told =
            polls.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("poll does not return in {PATIENCE:?}"));
        told.unwrap_or(Ok(false)).unwrap_or_else(|error| panic!("poll fails: {error}"));
    }
    host.set_stopping(true);
    gone_in_time(&polls, "poll goes on");
    let Ok(harness) = worker.join() else { panic!("the polling thread panicked") };
    ended(harness);
}

/// Offsets that cannot be read are no reason to begin at the start: that would repeat everything.
pub fn fails_when_offsets_cannot_be_read(run: &mut Run<'_>) {
    // Only a source that goes by stored offsets can notice.
    let host = FakeHost::new();
    host.fail_offsets(Error::retriable("the offsets cannot be read now"));
    let outcome = SourceHarness::start(run.class, &host, &run.config).and_then(|mut harness| {
        let outcome = harness.records(1).map(drop);
        harness.stop()?;
        outcome
    });
    let error = outcome.expect_err("offsets could not be read, and the source began anyway");
    assert_ne!(error.kind(), ErrorKind::Panic, "{error}");
    run.saw(&error);
}
