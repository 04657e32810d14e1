//! The stream of states that a worker offers.

use ferry_tests::{Bed, EventStream, Place, Rest, Worker, wait_running};
use serde_json::Value;

use crate::{setup, sink, source, start, topic};

/// Reads until the connector is gone: its own states, those of its task, and the last trace.
fn life(stream: &mut EventStream, name: &str) -> (Vec<String>, Vec<String>, Option<String>) {
    let (mut connector, mut task, mut trace) = (Vec::new(), Vec::new(), None);
    loop {
        let event = stream.next_event().expect("the worker runs");
        assert_eq!(event["connector"], name);
        let state = event["state"].as_str().expect("a state").to_owned();
        trace = event["trace"].as_str().map(str::to_owned).or(trace);
        match event["task"].as_u64() {
            Some(_) => task.push(state),
            None if state == "DESTROYED" => return (connector, task, trace),
            None => connector.push(state),
        }
    }
}

/// Reads until a connector, or its task, is in a state.
fn until(stream: &mut EventStream, task: Option<u64>, state: &str) -> Value {
    loop {
        let event = stream.next_event().expect("the worker runs");
        if event["task"].as_u64() == task && event["state"] == state {
            return event;
        }
    }
}

fn delete(rest: &Rest, name: &str) {
    assert_eq!(rest.delete(&format!("/connectors/{name}")).status, 204);
}

#[test]
fn each_change_is_told_in_order() {
    let (bed, place, topic) = (Bed::embedded(), Place::new("events"), topic("events"));
    bed.write(&format!("{topic}-bad"), &["no json"]);
    let worker = start(&setup(&bed, &place));
    let rest = worker.rest();
    let mut watched = EventStream::open(rest, "/events?connector=a");
    let mut waiting = EventStream::open(rest, "/events");
    let mut failing = EventStream::open(rest, "/events?connector=bad");
    place.write("in.txt", "one\n");
    rest.create("a", source(&place, "in.txt", &topic));
    until(&mut waiting, Some(0), "RUNNING");
    assert_eq!(rest.put("/connectors/a/pause").status, 202);
    until(&mut waiting, Some(0), "PAUSED");
    // Who comes later is shown what is there.
    let mut late = EventStream::open(rest, "/events?connector=a");
    assert_eq!(late.next_event().expect("the worker runs")["connector"], "a");
    rest.create("bad", sink(&place, "out.txt", &format!("{topic}-bad")));
    let failed = until(&mut failing, Some(0), "FAILED");
    assert!(failed["trace"].as_str().is_some_and(|trace| trace.contains("Tolerance exceeded")), "{failed}");
    assert_eq!(failed["worker_id"], rest.address.as_str());
    delete(rest, "a");
    delete(rest, "bad");
    let (connector, task, trace) = life(&mut watched, "a");
    assert_eq!(connector, ["RUNNING", "UNASSIGNED", "PAUSED"]);
    assert_eq!(task, ["UNASSIGNED", "RUNNING", "PAUSED", "UNASSIGNED", "DESTROYED"]);
    assert_eq!(trace, None);
}

#[test]
fn a_worker_that_ends_does_not_wait_for_watchers() {
    let (bed, place, topic) = (Bed::embedded(), Place::new("events-end"), topic("events-end"));
    let mut worker = start(&setup(&bed, &place));
    let mut streams: Vec<_> = (0..50).map(|_| EventStream::open(worker.rest(), "/events")).collect();
    place.write("in.txt", "one\n");
    worker.rest().create("a", source(&place, "in.txt", &topic));
    wait_running(worker.rest(), "a");
    // One that reads nothing holds up nobody.
    for stream in streams.iter_mut().skip(1) {
        until(stream, Some(0), "RUNNING");
    }
    worker.stop();
    for stream in &mut streams {
        while stream.next_event().is_some() {}
    }
}
