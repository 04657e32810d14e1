//! What a task without transactions does with its records, and what it is told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ferry_kafka::ErrorKind as Kafka;
use ferry_plugin_abi::Result;
use ferry_plugin_abi::api::{Outcome as Passed, Transform};
use ferry_plugin_abi::config::ConfigMap;
use ferry_plugin_abi::data::{Arena, Record};

use super::clients::{FakeAdmin, FakeProducer, MemoryOffsets};
use super::script::{Outcome, Run, Step, lines};
use crate::chain::Stage;
use crate::executor::{Control, lock};
use crate::source::{AtLeastOnce, Guarantee};

/// A run on a made-up producer.
struct Case {
    producer: FakeProducer,
    offsets: Arc<MemoryOffsets>,
    sent: Arc<Mutex<Vec<String>>>,
    stages: Vec<Stage>,
    tolerate_all: bool,
    admin: Option<FakeAdmin>,
    interval: Duration,
    limit: u64,
}

impl Case {
    fn new() -> Self {
        let producer = FakeProducer::default();
        let sent = producer.sent.clone();
        Self {
            producer,
            offsets: Arc::default(),
            sent,
            stages: Vec::new(),
            tolerate_all: false,
            admin: None,
            // Offsets are stored at the end only, so that what is told has one order.
            interval: Duration::from_secs(3600),
            limit: 1 << 20,
        }
    }

    fn run(self, steps: impl IntoIterator<Item = Step>) -> Outcome {
        let guarantee = Guarantee::AtLeastOnce(AtLeastOnce::new(self.offsets.clone(), self.interval));
        let creator = self.admin.map(super::topics::creator);
        let (producer, offsets) = (Box::new(self.producer), self.offsets);
        let (stages, tolerate_all, limit) = (self.stages, self.tolerate_all, self.limit);
        Run { producer, guarantee, offsets, requests: None, creator, stages, tolerate_all, limit }
            .steps(steps)
    }
}

/// Drops the records whose value is `drop`.
struct Dropper;

impl Transform for Dropper {
    fn configure(&mut self, _config: &ConfigMap) -> Result<()> {
        Ok(())
    }
    fn apply<'a>(&mut self, record: &mut Record<'a>, _arena: &'a Arena) -> Result<Passed> {
        Ok(if record.value().as_str() == Some("drop") { Passed::Drop } else { Passed::Keep })
    }
}

fn dropper() -> Vec<Stage> {
    vec![Stage {
        alias: "dropper".to_owned(),
        class: "Dropper".to_owned(),
        transform: Box::new(Dropper),
        guard: None,
    }]
}

#[test]
fn each_record_is_acknowledged_and_offsets_follow() {
    let case = Case { stages: dropper(), ..Case::new() };
    let (offsets, sent) = (case.offsets.clone(), case.sent.clone());
    let outcome = case.run([lines(&["a", "drop", ""]), Step::Nothing, lines(&["u>b", "drop"])]);
    assert_eq!(outcome.result, Ok(()));
    assert_eq!(*lock(&sent), ["t=a", "t=null", "u=b"]);
    let told = ["start at 0", "acks 0@0 skipped 0@1", "acks 0@2 skipped", "commit", "stop"];
    assert_eq!(outcome.told, told);
    assert_eq!(outcome.events, ["running", "topic t", "topic u"]);
    // The last record was filtered: as in Connect it does not move the offset.
    assert_eq!(offsets.position(), Some(4));
}

#[test]
fn a_poll_that_stumbles_is_repeated() {
    let case = Case::new();
    let sent = case.sent.clone();
    let outcome = case.run([Step::Stumbles, Step::Stumbles, lines(&["a"])]);
    assert_eq!((outcome.result, lock(&sent).clone()), (Ok(()), vec!["t=a".to_owned()]));
}

#[test]
fn a_failed_poll_ends_the_task_but_not_what_was_acknowledged() {
    let case = Case::new();
    let offsets = case.offsets.clone();
    let outcome = case.run([lines(&["a", "b"]), Step::Fails]);
    assert_eq!(outcome.result.unwrap_err().to_string(), "broken");
    assert_eq!(offsets.position(), Some(2));
    assert_eq!(outcome.told, ["start at 0", "acks 0@0 0@1", "commit", "stop"]);
}

#[test]
fn news_end_the_wait_of_a_poll_that_has_nothing() {
    // The acknowledgement, and that offsets were stored.
    let lazy = || FakeProducer { lazy: 5, ..FakeProducer::default() };
    let outcome = Case { producer: lazy(), ..Case::new() }.run([lines(&["a"]), Step::Rests]);
    assert_eq!(outcome.told, ["start at 0", "acks 0@0", "commit", "stop"]);
    let outcome = Case { interval: Duration::ZERO, ..Case::new() }.run([Step::Rests]);
    assert_eq!(outcome.told, ["start at 0", "commit", "stop"]);

    // That a record was refused.
    let producer = FakeProducer { refuses: vec![("b", Kafka::TooLarge)], ..lazy() };
    let error = Case { producer, ..Case::new() }.run([lines(&["b"]), Step::Rests]).result.unwrap_err();
    assert_eq!(error.message(), "Unrecoverable exception from producer send callback");
}

#[test]
fn a_record_that_is_not_produced_ends_the_task_unless_that_is_tolerated() {
    let refusing = || FakeProducer { refuses: vec![("b", Kafka::TooLarge)], ..FakeProducer::default() };
    let case = Case { producer: refusing(), ..Case::new() };
    let offsets = case.offsets.clone();
    let error = case.run([lines(&["a", "b", "c"])]).result.unwrap_err();
    assert_eq!(error.message(), "Unrecoverable exception from producer send callback");
    assert_eq!(offsets.position(), Some(1));

    let case = Case { producer: refusing(), tolerate_all: true, ..Case::new() };
    let offsets = case.offsets.clone();
    let outcome = case.run([lines(&["a", "b"])]);
    assert_eq!(outcome.told, ["start at 0", "acks 0@0 skipped", "commit", "stop"]);
    // Given up is done: the record does not come again.
    assert_eq!((outcome.result, offsets.position()), (Ok(()), Some(2)));
}

/// It is not at fault: tolerating that would lose it.
#[test]
fn a_record_that_is_refused_with_its_batch_comes_again_whatever_is_tolerated() {
    let refusing = FakeProducer { refuses: vec![("b", Kafka::BatchTooLarge)], ..FakeProducer::default() };
    let case = Case { producer: refusing, tolerate_all: true, ..Case::new() };
    let offsets = case.offsets.clone();
    let error = case.run([lines(&["a", "b", "c"])]).result.unwrap_err();
    assert_eq!(error.message(), "Unrecoverable exception from producer send callback");
    assert_eq!(error.causes()[0].class, "org.apache.kafka.common.errors.RecordTooLargeException");
    assert_eq!(offsets.position(), Some(1));
}

#[test]
fn a_record_that_cannot_be_converted_is_skipped_where_that_is_tolerated() {
    let case = Case { tolerate_all: true, ..Case::new() };
    let sent = case.sent.clone();
    let outcome = case.run([lines(&["a", "bad", "c"])]);
    assert_eq!((outcome.result, lock(&sent).clone()), (Ok(()), vec!["t=a".to_owned(), "t=c".to_owned()]));
    assert_eq!(outcome.told[1], "acks 0@0 skipped 0@1");
}

#[test]
fn passing_trouble_holds_up_the_rest_of_a_batch_in_order() {
    let producer = FakeProducer { fails: vec![Kafka::Retriable, Kafka::TimedOut], ..FakeProducer::default() };
    let sent = producer.sent.clone();
    let admin = FakeAdmin { describe_fails: Mutex::new(vec![Kafka::TimedOut]), ..FakeAdmin::default() };
    let case = Case { producer, admin: Some(admin), ..Case::new() };
    let offsets = case.offsets.clone();
    let outcome = case.run([lines(&["a", "b"]), lines(&["c"])]);
    assert_eq!(outcome.result, Ok(()));
    assert_eq!(*lock(&sent), ["t=a", "t=b", "t=c"]);
    assert_eq!(offsets.position(), Some(3));
}

#[test]
fn offsets_that_could_not_be_stored_are_stored_later() {
    let case = Case { interval: Duration::ZERO, ..Case::new() };
    *lock(&case.offsets.failures) = 2;
    let offsets = case.offsets.clone();
    let outcome = case.run([lines(&["a"]), lines(&["b"]), Step::Nothing, Step::Nothing]);
    assert_eq!((outcome.result, offsets.position()), (Ok(()), Some(2)));
}

#[test]
fn a_task_goes_on_from_its_offset_and_through_a_pause() {
    let case = Case { offsets: Arc::new(MemoryOffsets::at(7)), ..Case::new() };
    let outcome = case.run([Step::Order(|control: &Control| control.set_paused(true)), lines(&["a"])]);
    assert_eq!(outcome.told[0], "start at 7");
    assert_eq!(outcome.events, ["running", "paused", "running", "topic t"]);
}

/// What is polled and not acknowledged counts: a task that may hold little polls only when there is room.
#[test]
fn a_task_holds_no_more_than_it_may() {
    let batches = || (0..20).map(|_| Step::Lines(vec!["x".repeat(1000); 5], Vec::new()));
    let producer = || FakeProducer { lazy: 9, ..FakeProducer::default() };
    let free = Case { producer: producer(), ..Case::new() }.run(batches());
    let producer = producer();
    let sent = producer.sent.clone();
    let bound = Case { producer, limit: 7000, ..Case::new() }.run(batches());
    assert_eq!((bound.result, lock(&sent).len()), (Ok(()), 100));
    assert!(bound.held < 7000, "{} bytes were held when a poll began", bound.held);
    // Without the limit it would have been more.
    assert!(free.held > 7000, "{} bytes", free.held);
}

/// The batch of a task that was given up while it polled is somebody else's by now.
#[test]
fn a_task_that_was_given_up_sends_nothing() {
    let case = Case::new();
    let (sent, offsets) = (case.sent.clone(), case.offsets.clone());
    let outcome = case.run([lines(&["a"]), Step::Late(Control::abandon, vec!["b".to_owned()])]);
    assert_eq!((outcome.result, lock(&sent).clone()), (Ok(()), vec!["t=a".to_owned()]));
    assert_eq!(offsets.position(), None);
}
