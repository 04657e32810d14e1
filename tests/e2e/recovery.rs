//! What survives: a SIGTERM, a broker that is away, a failing task.

use ferry_tests::{Bed, Broker, FerryWorker, LONG, Place, SHORT, Setup, Worker, offsets_file, wait_until};
use serde_json::json;

use crate::{enveloped, numbered, pair, setup, sink, start, topic, wait_output};

#[test]
fn sigterm_commits_offsets_on_the_embedded_log() {
    sigterm_commits_offsets(&Bed::embedded());
}

#[test]
fn sigterm_commits_offsets_on_a_broker() {
    if let Some(bed) = Bed::broker() {
        sigterm_commits_offsets(&bed);
    }
}

/// With commits so rare that only the one at the end counts, restarts neither lose nor repeat a line.
fn sigterm_commits_offsets(bed: &Bed) {
    let place = Place::new("sigterm");
    let topic = topic("sigterm");
    let setup = Setup::standalone(&bed.bootstrap(), &place).with("offset.flush.interval.ms", "86400000");
    for round in 0..4 {
        place.append("p-in.txt", numbered(round * 500..(round + 1) * 500));
        let mut worker = start(&setup);
        pair(worker.rest(), &place, "p", &topic);
        wait_output(&place, "p-out.txt", &numbered(0..(round + 1) * 500));
        let status = worker.terminate();
        assert_eq!(status.code(), Some(0), "{}", worker.log());
        let offsets = offsets_file::parse(&place.read("connect.offsets")).expect("the offsets file");
        let key = json!(["p-source", {"filename": place.at("p-in.txt")}]).to_string();
        let position = numbered(0..(round + 1) * 500).encode_utf16().count();
        assert_eq!(offsets.get(&key), Some(&Some(json!({"position": position}))), "{offsets:?}");
    }
    assert_eq!(bed.values(&topic), enveloped(&numbered(0..2000)));
}

/// SIGINT is the same, and a second signal does no harm.
#[test]
fn ctrl_c_stops_it_as_well() {
    let (bed, place) = (Bed::embedded(), Place::new("sigint"));
    let mut worker = start(&setup(&bed, &place));
    place.write("p-in.txt", numbered(0..10));
    pair(worker.rest(), &place, "p", &topic("sigint"));
    wait_output(&place, "p-out.txt", &numbered(0..10));
    worker.signal("INT");
    let status = ferry_tests::wait_for(SHORT, "ferry ends after SIGINT", || worker.ended());
    assert_eq!(status.code(), Some(0), "{}", worker.log());
}

/// A task that fails is started again by itself, and the status says when; what was wrong is mended meanwhile.
#[test]
fn a_failed_task_starts_again_by_itself() {
    let (bed, place) = (Bed::embedded(), Place::new("restart"));
    let topic = topic("restart");
    let setup = setup(&bed, &place)
        .with("ferry.task.restart.enabled", "true")
        .with("ferry.task.restart.backoff.initial.ms", "50")
        .with("ferry.task.restart.backoff.max.ms", "200");
    let mut worker = start(&setup);
    place.write("p-in.txt", numbered(0..10));
    worker.rest().create("p-source", crate::source(&place, "p-in.txt", &topic));
    worker.rest().create("p-sink", sink(&place, "later/out.txt", &topic));
    let status = |rest: &ferry_tests::Rest| rest.get("/connectors/p-sink/status").json();
    wait_until(SHORT, "the sink has failed for want of a folder", || {
        status(worker.rest())["tasks"][0]["state"] == "FAILED"
    });
    let trace = status(worker.rest())["tasks"][0]["trace"].to_string();
    std::fs::create_dir(place.at("later")).expect("a folder");
    wait_output(&place, "later/out.txt", &numbered(0..10));
    wait_until(SHORT, "the sink is RUNNING", || status(worker.rest())["tasks"][0]["state"] == "RUNNING");
    assert!(trace.contains(&place.at("later/out.txt")), "the trace names the file: {trace}");
    worker.stop();
}

/// With the setting off a failed task stays failed, as in Connect, until somebody restarts it.
#[test]
fn a_failed_task_stays_failed_when_that_is_asked_for() {
    let (bed, place) = (Bed::embedded(), Place::new("no-restart"));
    let mut worker = start(&setup(&bed, &place).with("ferry.task.restart.enabled", "false"));
    let rest = worker.rest().clone();
    rest.create("bad", sink(&place, "later/out.txt", &topic("no-restart")));
    let failed = || rest.get("/connectors/bad/tasks/0/status").json()["state"] == "FAILED";
    wait_until(SHORT, "the sink has failed", failed);
    std::fs::create_dir(place.at("later")).expect("a folder");
    // Somebody else's whole life goes by.
    place.write("p-in.txt", numbered(0..10));
    pair(&rest, &place, "p", &topic("others"));
    wait_output(&place, "p-out.txt", &numbered(0..10));
    assert!(failed(), "it was restarted");
    let _ = rest.send(&ferry_tests::Request::new("POST", "/connectors/bad/tasks/0/restart")).expect(204);
    ferry_tests::wait_running(&rest, "bad");
    worker.stop();
}

/// REST answers and connectors can be created while no broker is there; when it comes, the lines flow.
#[test]
fn a_worker_starts_before_its_broker() {
    let Some(broker) = Broker::start() else { return };
    broker.kill();
    let place = Place::new("early");
    let setup = Setup::standalone(&broker.bootstrap, &place).with("offset.flush.interval.ms", "50");
    let mut worker = FerryWorker::start(&setup);
    place.write("p-in.txt", numbered(0..100));
    pair(worker.rest(), &place, "p", "early");
    broker.restart();
    wait_until(LONG, "the lines are through", || place.read("p-out.txt") == numbered(0..100).into_bytes());
    worker.stop();
}
