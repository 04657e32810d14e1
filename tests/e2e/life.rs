//! A connector's life over REST: paused, resumed, stopped, restarted, deleted.

use ferry_tests::{Bed, Place, Rest, SHORT, Worker, wait_running, wait_until};
use serde_json::json;

use crate::{numbered, pair, setup, start, topic, wait_output};

#[test]
fn a_life_on_the_embedded_log() {
    life(&Bed::embedded());
}

#[test]
fn a_life_on_a_broker() {
    if let Some(bed) = Bed::broker() {
        life(&bed);
    }
}

/// Writes lines through a pair that is left alone, so that whatever the other one would have done is done.
fn let_time_pass(place: &Place, lines: &mut usize) {
    place.append("clock-in.txt", numbered(*lines..*lines + 1));
    *lines += 1;
    wait_output(place, "clock-out.txt", &numbered(0..*lines));
}

fn state(rest: &Rest, name: &str, state: &str) {
    let path = format!("/connectors/{name}/status");
    wait_until(SHORT, &format!("{name} is {state}"), || {
        let status = rest.get(&path).json();
        let tasks = status["tasks"].as_array().cloned().unwrap_or_default();
        // A stopped connector has no tasks, others have one in the same state.
        let expected = usize::from(state != "STOPPED");
        status["connector"]["state"] == state
            && tasks.len() == expected
            && tasks.iter().all(|t| t["state"] == state)
    });
}

fn life(bed: &Bed) {
    let place = Place::new("life");
    let mut worker = start(&setup(bed, &place));
    let rest = worker.rest().clone();
    let mut clock = 0;
    place.write("clock-in.txt", "");
    pair(&rest, &place, "clock", &topic("clock"));
    place.write("it-in.txt", numbered(0..10));
    pair(&rest, &place, "it", &topic("life"));
    wait_output(&place, "it-out.txt", &numbered(0..10));

    // Paused: nothing comes, twice is fine. Resumed: everything comes, once.
    for _ in 0..2 {
        let _ = rest.put("/connectors/it-source/pause").expect(202);
    }
    state(&rest, "it-source", "PAUSED");
    place.append("it-in.txt", numbered(10..20));
    let_time_pass(&place, &mut clock);
    let_time_pass(&place, &mut clock);
    assert_eq!(place.read("it-out.txt"), numbered(0..10).into_bytes(), "a paused source went on");
    let _ = rest.put("/connectors/it-source/resume").expect(202);
    wait_output(&place, "it-out.txt", &numbered(0..20));

    // The same for the sink.
    let _ = rest.put("/connectors/it-sink/pause").expect(202);
    state(&rest, "it-sink", "PAUSED");
    place.append("it-in.txt", numbered(20..30));
    let_time_pass(&place, &mut clock);
    let_time_pass(&place, &mut clock);
    assert_eq!(place.read("it-out.txt"), numbered(0..20).into_bytes(), "a paused sink went on");
    let _ = rest.put("/connectors/it-sink/resume").expect(202);
    wait_output(&place, "it-out.txt", &numbered(0..30));

    // Stopped: no tasks are left. Resumed from the offsets it stopped with.
    for name in ["it-source", "it-sink"] {
        let _ = rest.put(&format!("/connectors/{name}/stop")).expect(204);
        state(&rest, name, "STOPPED");
        assert_eq!(rest.get(&format!("/connectors/{name}/tasks")).json(), json!([]));
    }
    place.append("it-in.txt", numbered(30..40));
    let_time_pass(&place, &mut clock);
    for name in ["it-source", "it-sink"] {
        let _ = rest.put(&format!("/connectors/{name}/resume")).expect(202);
        state(&rest, name, "RUNNING");
    }
    wait_output(&place, "it-out.txt", &numbered(0..40));

    // Restarted, with and without its tasks: nothing twice.
    for name in ["it-source", "it-sink"] {
        let answer = rest.send(&ferry_tests::Request::new("POST", &format!("/connectors/{name}/restart")));
        let _ = answer.expect(204);
        let path = format!("/connectors/{name}/restart?includeTasks=true");
        let _ = rest.send(&ferry_tests::Request::new("POST", &path)).expect(202);
        wait_running(&rest, name);
        let path = format!("/connectors/{name}/tasks/0/restart");
        let _ = rest.send(&ferry_tests::Request::new("POST", &path)).expect(204);
        wait_running(&rest, name);
    }
    place.append("it-in.txt", numbered(40..50));
    wait_output(&place, "it-out.txt", &numbered(0..50));

    // A new configuration takes effect, and the offsets stay.
    let mut config = rest.get("/connectors/it-sink/config").json();
    config["file"] = json!(place.at("other-out.txt"));
    let request = ferry_tests::Request::new("PUT", "/connectors/it-sink/config").json(&config.to_string());
    let _ = rest.send(&request).expect(200);
    place.append("it-in.txt", numbered(50..60));
    wait_output(&place, "other-out.txt", &numbered(50..60));

    // Deleted: gone from REST, and nothing comes any more.
    let _ = rest.delete("/connectors/it-source").expect(204);
    let _ = rest.get("/connectors/it-source").expect(404);
    let _ = rest.get("/connectors/it-source/status").expect(404);
    place.append("it-in.txt", numbered(60..70));
    let_time_pass(&place, &mut clock);
    let_time_pass(&place, &mut clock);
    assert_eq!(place.read("other-out.txt"), numbered(50..60).into_bytes(), "a deleted source went on");

    // Created anew under its name it goes on from its offsets, as Connect does.
    rest.create("it-source", crate::source(&place, "it-in.txt", &topic_of(&rest)));
    wait_output(&place, "other-out.txt", &numbered(50..70));
    worker.stop();
}

fn topic_of(rest: &Rest) -> String {
    let config = rest.get("/connectors/it-sink/config").json();
    config["topics"].as_str().expect("topics").to_owned()
}
