//! Tasks with transactions, on a real embedded log.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ferry_kafka::{ClientConfig, NewTopic, ProducerRecord};
use ferry_plugin_abi::api::Transaction;
use ferry_plugin_abi::api::Transaction::{AbortBatch, AbortRecord, CommitBatch, CommitRecord};

use super::clients::{Log, MemoryOffsets, position};
use super::script::{Outcome, Run, Step, lines};
use crate::executor::Control;
use crate::source::{Boundary, ExactlyOnce, Guarantee, Requests};
use crate::stores::{LayeredOffsets, OffsetsTopic, TopicOffsets};

const ID: &[(&str, &str)] = &[("transactional.id", "w-c-0")];

/// A task's log and offsets.
struct Bed {
    log: Log,
    file: Arc<MemoryOffsets>,
}

impl Bed {
    fn new() -> Self {
        Self { log: Log::new(), file: Arc::default() }
    }

    /// Offsets as a worker that has just started sees them.
    fn offsets(&self) -> Arc<LayeredOffsets> {
        self.offsets_above(self.file.clone())
    }

    fn offsets_above(&self, file: Arc<MemoryOffsets>) -> Arc<LayeredOffsets> {
        let mut new = NewTopic { partitions: 2, ..NewTopic::new("offsets") };
        new.configs.insert("cleanup.policy".to_owned(), "compact".to_owned());
        let topic = OffsetsTopic {
            new,
            property: "offset.storage.topic",
            consumer: ClientConfig::new().with("isolation.level", "read_committed"),
            producer: ClientConfig::new(),
            admin: ClientConfig::new(),
        };
        let topic = Arc::new(TopicOffsets::new(self.log.client.clone(), topic));
        let producer = ID.iter().copied().collect();
        Arc::new(LayeredOffsets::new(topic, file, producer, Duration::from_secs(3600)))
    }

    fn run_with(&self, boundary: Boundary, steps: impl IntoIterator<Item = Step>) -> Outcome {
        self.run_within(1 << 20, boundary, steps)
    }

    /// A run of a task that may hold so many bytes.
    fn run_within(&self, limit: u64, boundary: Boundary, steps: impl IntoIterator<Item = Step>) -> Outcome {
        let requests = match &boundary {
            Boundary::Connector(requests) => Some(requests.clone()),
            _ => None,
        };
        let offsets = self.offsets();
        let once = ExactlyOnce::new(offsets.clone(), boundary, Duration::from_secs(60));
        let run = Run {
            producer: self.log.producer(ID),
            guarantee: Guarantee::ExactlyOnce(Box::new(once)),
            offsets,
            requests,
            creator: None,
            stages: Vec::new(),
            tolerate_all: true,
            limit,
        };
        run.steps(steps)
    }

    fn poll(&self, steps: impl IntoIterator<Item = Step>) -> Outcome {
        self.run_with(Boundary::Poll, steps)
    }

    fn interval(&self, every: Duration, steps: impl IntoIterator<Item = Step>) -> Outcome {
        self.run_with(Boundary::Interval { every, next: Instant::now() }, steps)
    }

    fn connector(&self, steps: impl IntoIterator<Item = Step>) -> Outcome {
        self.run_with(Boundary::Connector(Arc::<Requests>::default()), steps)
    }

    /// A task whose name another producer takes over when the first batch is on its way.
    fn fenced_while_running(&self) -> Outcome {
        let offsets = self.offsets();
        let every = Duration::from_secs(3600);
        let boundary = Boundary::Interval { every, next: Instant::now() };
        let once = ExactlyOnce::new(offsets.clone(), boundary, Duration::from_secs(60));
        let mut rival = self.log.producer(ID);
        let run = Run {
            producer: self.log.producer(ID),
            guarantee: Guarantee::ExactlyOnce(Box::new(once)),
            offsets,
            requests: None,
            creator: None,
            stages: Vec::new(),
            tolerate_all: true,
            limit: 1 << 20,
        };
        let take_over = Step::Call(Box::new(move || rival.init_transactions(every).unwrap()));
        // A commit that fails while the task ends by itself is only logged, as in Connect.
        run.steps([lines(&["b"]), take_over, Step::Order(|control: &Control| control.set_paused(true))])
    }

    /// The position that is stored in the topic, whatever the file has.
    fn stored(&self) -> Option<i64> {
        position(&*self.offsets_above(Arc::default()))
    }
}

fn asking(texts: &[&str], requests: &[Transaction]) -> Step {
    Step::Lines(texts.iter().map(|text| (*text).to_owned()).collect(), requests.to_vec())
}

#[test]
fn each_batch_is_a_transaction_with_its_offsets() {
    let bed = Bed::new();
    let outcome = bed.poll([lines(&["a", "bad", "b"]), Step::Nothing, lines(&["c"])]);
    assert_eq!(outcome.result, Ok(()));
    assert_eq!(bed.log.committed("t"), ["a", "b", "c"]);
    let told = ["start at 0", "acks 0@0 skipped 0@1", "commit", "acks 0@2", "commit", "stop"];
    assert_eq!(outcome.told, told);
    assert_eq!(bed.stored(), Some(4));
    // The file follows, so that offsets can move back.
    assert_eq!(bed.file.position(), Some(4));
}

#[test]
fn a_task_goes_on_from_the_topic_or_else_from_the_file() {
    let mut bed = Bed::new();
    bed.file = Arc::new(MemoryOffsets::at(5));
    assert_eq!(bed.poll([lines(&["a"])]).told[0], "start at 5");
    // What the file says no longer counts.
    bed.file = Arc::new(MemoryOffsets::at(1));
    assert_eq!(bed.poll([]).told[0], "start at 6");
    assert_eq!(bed.log.committed("offsets"), [r#"{"position":6}"#]);
}

#[test]
fn a_task_that_fails_leaves_nothing_behind() {
    let bed = Bed::new();
    let hour = Duration::from_secs(3600);
    let outcome = bed.interval(hour, [lines(&["a"]), lines(&["b"]), Step::Fails]);
    assert_eq!(outcome.result.unwrap_err().to_string(), "broken");
    assert_eq!(outcome.told, ["start at 0", "stop"]);
    // Again, from the same place.
    let outcome = bed.interval(hour, [lines(&["a", "b"])]);
    assert_eq!(outcome.told, ["start at 0", "acks 0@2 0@3", "commit", "stop"]);
    assert_eq!(bed.log.committed("t"), ["a", "b"]);
}

#[test]
fn an_interval_of_nothing_ends_every_batch() {
    let bed = Bed::new();
    let outcome = bed.interval(Duration::ZERO, [lines(&["a"]), lines(&["b"])]);
    assert_eq!(outcome.told, ["start at 0", "acks 0@0", "commit", "acks 0@1", "commit", "stop"]);
}

#[test]
fn a_pause_ends_a_transaction() {
    let bed = Bed::new();
    let pause: Step = Step::Order(|control: &Control| control.set_paused(true));
    let outcome = bed.interval(Duration::from_secs(3600), [lines(&["a"]), pause, Step::Fails]);
    assert_eq!(outcome.events, ["running", "topic t", "paused", "running"]);
    assert_eq!(outcome.told, ["start at 0", "acks 0@0", "commit", "stop"]);
    assert_eq!((bed.log.committed("t"), bed.stored()), (vec!["a".to_owned()], Some(1)));
}

#[test]
fn a_connector_says_where_transactions_end() {
    let bed = Bed::new();
    let outcome = bed.connector([
        lines(&["a"]),
        asking(&["b", "c", "d"], &[CommitRecord(1)]),
        asking(&["e"], &[CommitBatch]),
        lines(&["f"]),
    ]);
    assert_eq!(outcome.result, Ok(()));
    // What follows the last boundary is dropped, and comes again.
    assert_eq!(bed.log.committed("t"), ["a", "b", "c", "d", "e"]);
    assert_eq!(bed.stored(), Some(5));
    let told = ["start at 0", "acks 0@0", "commit", "acks 0@1 0@2 0@3", "acks 0@4", "commit", "stop"];
    assert_eq!(outcome.told, told);
}

#[test]
fn an_aborted_transaction_drops_its_records_but_not_their_offsets() {
    let bed = Bed::new();
    let outcome = bed.connector([
        asking(&["a", "b", "c"], &[AbortRecord(1)]),
        asking(&["d"], &[CommitBatch]),
        asking(&["e"], &[AbortBatch]),
    ]);
    assert_eq!(outcome.result, Ok(()));
    assert_eq!(bed.log.committed("t"), ["c", "d"]);
    assert_eq!(bed.stored(), Some(5));
    let acks: Vec<_> = outcome.told.iter().filter(|told| told.starts_with("acks")).collect();
    assert_eq!(acks.len(), 3);
    assert!(acks[0].starts_with("acks skipped skipped 0@"), "{acks:?}");
    assert_eq!(acks[2], "acks skipped");
}

#[test]
fn a_boundary_that_contradicts_itself_ends_the_task() {
    let bed = Bed::new();
    let error = bed.connector([asking(&["a"], &[CommitBatch, AbortBatch])]).result.unwrap_err();
    assert_eq!(error.message(), "Connector requested both commit and abort of same transaction");
    let error = bed.connector([asking(&["a"], &[CommitRecord(1)])]).result.unwrap_err();
    assert!(error.message().contains("at record 1 of a batch of 1 records"), "{error}");
    assert_eq!(bed.stored(), None);
}

#[test]
fn a_task_may_not_write_to_its_own_offsets() {
    let error = Bed::new().poll([lines(&["offsets>a"])]).result.unwrap_err();
    assert_eq!(
        error.message(),
        "Source tasks may not produce to their own offsets topics when exactly-once support is enabled"
    );
}

/// A record that is too large ends the task even where errors are tolerated: the others of its transaction
/// would be lost.
#[test]
fn a_record_that_is_not_produced_ends_the_task() {
    let bed = Bed::new();
    let mut settings = ID.to_vec();
    settings.push(("max.request.size", "10"));
    let offsets = bed.offsets();
    let once = ExactlyOnce::new(offsets.clone(), Boundary::Poll, Duration::from_secs(60));
    let run = Run {
        producer: bed.log.producer(&settings),
        guarantee: Guarantee::ExactlyOnce(Box::new(once)),
        offsets,
        requests: None,
        creator: None,
        stages: Vec::new(),
        tolerate_all: true,
        limit: 1 << 20,
    };
    let error = run.steps([lines(&["a", "longer than ten bytes"])]).result.unwrap_err();
    assert_eq!(error.message(), "Failed to flush offsets and/or records for task c-0");
    assert_eq!(error.causes()[0].class, "org.apache.kafka.common.errors.RecordTooLargeException");
    assert_eq!((bed.log.committed("t"), bed.stored()), (Vec::new(), None));
}

/// A task that comes back to life after another one took its place can end nothing.
#[test]
fn a_zombie_is_fenced() {
    let bed = Bed::new();
    let mut zombie = bed.log.producer(ID);
    zombie.init_transactions(Duration::from_secs(5)).unwrap();
    zombie.begin_transaction().unwrap();
    let record = ProducerRecord { topic: "t", value: Some(b"late"), ..ProducerRecord::default() };
    zombie.send(&record, 1).unwrap();
    zombie.poll(Duration::ZERO, &mut Vec::new()).unwrap();
    assert_eq!(bed.poll([lines(&["a"])]).result, Ok(()));
    let error = zombie.commit_transaction(Duration::from_secs(5), &mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), ferry_kafka::ErrorKind::Fenced, "{error}");
    assert_eq!(bed.log.committed("t"), ["a"]);

    // The other way round: a running task that is fenced fails, and says why.
    let error = bed.fenced_while_running().result.unwrap_err();
    assert_eq!(error.message(), "Failed to flush offsets and/or records for task c-0");
    assert_eq!(error.causes()[0].class, "org.apache.kafka.common.errors.ProducerFencedException");
    assert_eq!(bed.log.committed("t"), ["a"]);
}

/// Batches of a transaction are kept for `commit_records` and count until the task was told of them: a transaction that
/// ends by time ends early rather than holding more than it may.
#[test]
fn a_transaction_that_holds_all_a_task_may_hold_ends_early() {
    const LIMIT: u64 = 7000;
    let batches = || (0..60).map(|number| lines(&[&format!("{number} {}", "x".repeat(100))]));
    let hour = || Boundary::Interval { every: Duration::from_secs(3600), next: Instant::now() };
    let free = Bed::new().run_with(hour(), batches());
    assert!(free.held > LIMIT as usize, "{} bytes in one transaction", free.held);
    let commits = |outcome: &Outcome| outcome.told.iter().filter(|told| *told == "commit").count();
    assert_eq!(commits(&free), 1);

    let bed = Bed::new();
    let bound = bed.run_within(LIMIT, hour(), batches());
    assert_eq!((bound.result.clone(), bed.log.committed("t").len()), (Ok(()), 60));
    assert!(bound.held < LIMIT as usize, "{} bytes were held when a poll began", bound.held);
    assert!(commits(&bound) > 1, "{:?}", bound.told);
    assert_eq!(bound.told.iter().filter(|told| told.starts_with("acks")).count(), 60);

    // Nothing of these is sent, so there is no transaction to end.
    let dropped = Bed::new().run_within(LIMIT, hour(), (0..60).map(|_| lines(&["bad"; 10])));
    assert_eq!(dropped.result, Ok(()));
    assert_eq!(dropped.told.iter().filter(|told| told.starts_with("acks skipped")).count(), 60);
    assert!(dropped.held < LIMIT as usize, "{} bytes were held when a poll began", dropped.held);

    // One that the connector ends is waited for: only the task can end it.
    let bed = Bed::new();
    let requests = Boundary::Connector(Arc::<Requests>::default());
    let whole = bed.run_within(LIMIT, requests, batches().chain([asking(&["end"], &[CommitBatch])]));
    assert_eq!((whole.result.clone(), bed.log.committed("t").len()), (Ok(()), 61));
    assert!(whole.held > LIMIT as usize && commits(&whole) == 1, "{} {:?}", whole.held, whole.told);
}
