//! Rebalances that come while the task is busy.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ferry_kafka::{Error as KafkaError, ErrorKind, RebalanceEvent, Subscription};

use super::fakes::{FakeConsumer, Script, place, places};
use crate::executor::{Aside, lock};
use crate::sink::Intake;
use crate::sink::intake::Pauses;

const AT_ONCE: Duration = Duration::ZERO;

/// An intake that is never seen, and waits for the task so long.
fn intake(script: &Arc<Mutex<Script>>, limit: Duration) -> Intake {
    let mut intake = Intake::new(Box::new(FakeConsumer { script: script.clone(), limit }));
    intake.subscribe(&Subscription::Topics(vec!["t".to_owned()])).expect("subscribed");
    intake.never_seen();
    intake
}

fn owning_two() -> Arc<Mutex<Script>> {
    let script = Arc::<Mutex<Script>>::default();
    lock(&script).positions.extend([(place(0), 5), (place(1), 7)]);
    script
}

fn revoked(partitions: Vec<ferry_kafka::TopicPartition>, lost: bool) -> RebalanceEvent {
    RebalanceEvent::Revoked { partitions, lost }
}

fn told(script: &Mutex<Script>) -> Vec<String> {
    std::mem::take(&mut lock(script).told)
}

#[test]
fn a_rebalance_waits_for_the_task_and_is_carried_out_when_it_has_reacted() {
    let script = owning_two();
    let mut intake = intake(&script, Duration::from_secs(7200));
    lock(&script).events.push_back(revoked(places([0, 1]), false));
    intake.look_after(true);
    intake.never_seen();
    intake.look_after(true);
    assert_eq!(told(&script), ["keep alive"], "it waits");
    assert_eq!(intake.take_event(), Ok(Some(revoked(places([0, 1]), false))));
    intake.look_after(true);
    assert_eq!(told(&script), [""; 0], "it waits while the task reacts");
    intake.reacted();
    intake.look_after(true);
    assert_eq!(told(&script), ["keep alive"]);
    assert_eq!(intake.take_event(), Ok(None));
}

#[test]
fn after_its_time_it_goes_on_without_the_task_and_what_comes_back_at_once_was_never_away() {
    let script = owning_two();
    let mut intake = intake(&script, AT_ONCE);
    lock(&script).events.push_back(revoked(places([0, 1]), false));
    intake.look_after(true);
    lock(&script).events.push_back(RebalanceEvent::Assigned(places([0, 2])));
    intake.look_after(true);
    assert_eq!(told(&script), ["keep alive", "keep alive", "seek t-0 5"]);
    assert_eq!(intake.take_event(), Ok(Some(revoked(places([1]), true))));
    assert_eq!(intake.take_event(), Ok(Some(RebalanceEvent::Assigned(places([2])))));
    assert_eq!(intake.take_event(), Ok(None));
}

#[test]
fn a_partition_that_was_away_for_two_rebalances_is_lost() {
    let script = owning_two();
    let mut intake = intake(&script, AT_ONCE);
    for event in [
        revoked(places([0, 1]), false),
        RebalanceEvent::Assigned(places([1])),
        revoked(places([1]), false),
        RebalanceEvent::Assigned(places([0, 1])),
    ] {
        lock(&script).events.push_back(event);
        intake.look_after(true);
    }
    assert_eq!(intake.take_event(), Ok(Some(revoked(places([0]), true))));
    assert_eq!(intake.take_event(), Ok(Some(RebalanceEvent::Assigned(places([0])))));
    assert_eq!(intake.take_event(), Ok(None));
}

#[test]
fn partitions_that_come_meanwhile_are_paused_as_the_others_are() {
    let script = owning_two();
    let mut intake = intake(&script, AT_ONCE);
    intake.set_pauses(Pauses { all: true, ..Pauses::default() }).expect("paused");
    lock(&script).events.push_back(RebalanceEvent::Assigned(places([2])));
    intake.look_after(true);
    assert_eq!(lock(&script).paused.iter().cloned().collect::<Vec<_>>(), places([0, 1, 2]));
    let some = [place(1)].into_iter().collect();
    intake.set_pauses(Pauses { all: false, some }).expect("paused");
    assert_eq!(lock(&script).paused.iter().cloned().collect::<Vec<_>>(), places([1]));
}

#[test]
fn what_the_supervisor_finds_wrong_is_the_tasks_to_fail_with() {
    let script = owning_two();
    let mut intake = intake(&script, AT_ONCE);
    lock(&script).failure = Some(KafkaError::new(ErrorKind::Authorization, "not allowed"));
    intake.look_after(true);
    intake.look_after(true);
    assert_eq!(told(&script), ["keep alive"], "no second try");
    assert_eq!(intake.take_event().expect_err("the failure").message(), "not allowed");
}

#[test]
fn an_abandoned_task_leaves_its_group_at_once() {
    let script = owning_two();
    let mut intake = intake(&script, AT_ONCE);
    intake.abandon();
    while told(&script) != ["close"] {
        std::thread::yield_now();
    }
    assert!(intake.consumer().is_err());
    intake.look_after(true);
    assert_eq!(told(&script), [""; 0]);
}
