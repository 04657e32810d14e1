//! Sources with transactions: records and offsets together, over REST and through restarts.

use ferry_tests::{Bed, FerryWorker, Place, Request, Rest, SHORT, Setup, Worker, offsets_file, wait_until};
use serde_json::{Value, json};

use crate::{enveloped, numbered, setup, source, start, topic};

#[test]
fn on_the_embedded_log() {
    a_life(&Bed::embedded());
}

#[test]
fn on_a_broker() {
    if let Some(bed) = Bed::broker() {
        a_life(&bed);
    }
}

/// A worker whose sources write in transactions; `id` tells it from others on the same broker.
pub fn exactly_once(bed: &Bed, place: &Place, id: &str) -> Setup {
    setup(bed, place)
        .with("exactly.once.source.support", "enabled")
        .with("group.id", id)
        .with("offset.storage.topic", &format!("{id}-offsets"))
        .with("offset.storage.partitions", "3")
        .with("offset.storage.replication.factor", "1")
}

fn position(rest: &Rest, name: &str) -> Value {
    rest.get(&format!("/connectors/{name}/offsets")).json()["offsets"][0]["offset"]["position"].clone()
}

pub fn wait_position(rest: &Rest, name: &str, text: &str) {
    // Positions count characters as Java does.
    let wanted = json!(text.encode_utf16().count());
    wait_until(SHORT, &format!("{name} has stored all of its offsets"), || position(rest, name) == wanted);
}

fn a_life(bed: &Bed) {
    let place = Place::new("exactly-once");
    let (lines, id) = (topic("lines"), topic("worker"));
    // At first without: the offsets are in the file.
    place.write("in.txt", numbered(0..10));
    let mut worker = start(&setup(bed, &place));
    worker.rest().create("s", source(&place, "in.txt", &lines));
    wait_position(worker.rest(), "s", &numbered(0..10));
    worker.stop();
    let before = bed.committed(&lines);
    assert_eq!(before.len(), 10);

    // With transactions it goes on from there.
    place.append("in.txt", numbered(10..20));
    let mut worker = start(&exactly_once(bed, &place, &id));
    let rest = worker.rest().clone();
    let mut config = source(&place, "in.txt", &lines);
    config["exactly.once.support"] = json!("required");
    rest.create("s", config.clone());
    wait_position(&rest, "s", &numbered(0..20));

    // A pause, a restart, another rule for the ends of transactions.
    let _ = rest.put("/connectors/s/pause").expect(202);
    place.append("in.txt", numbered(20..30));
    let _ = rest.put("/connectors/s/resume").expect(202);
    wait_position(&rest, "s", &numbered(0..30));
    config["transaction.boundary"] = json!("interval");
    config["transaction.boundary.interval.ms"] = json!("50");
    let body = config.to_string();
    let _ = rest.send(&Request::new("PUT", "/connectors/s/config").json(&body)).expect(200);
    place.append("in.txt", numbered(30..40));
    wait_position(&rest, "s", &numbered(0..40));

    // Offsets can be changed of a stopped connector, and the file follows.
    let _ = rest.put("/connectors/s/stop").expect(204);
    let partition = json!({"filename": place.at("in.txt")});
    let back = numbered(0..35).encode_utf16().count();
    let wanted = json!({"offsets": [{"partition": partition, "offset": {"position": back}}]}).to_string();
    let changed = rest.send(&Request::new("PATCH", "/connectors/s/offsets").json(&wanted)).expect(200);
    assert_eq!(
        changed.json(),
        json!({"message": "The offsets for this connector have been altered successfully"})
    );
    assert_eq!(position(&rest, "s"), json!(back));
    let _ = rest.put("/connectors/s/resume").expect(202);
    wait_position(&rest, "s", &numbered(0..40));
    let _ = rest.put("/connectors/s/stop").expect(204);
    let _ = rest.delete("/connectors/s/offsets").expect(200);
    assert_eq!(rest.get("/connectors/s/offsets").json(), json!({"offsets": []}));
    worker.stop();

    let all = format!("{}{}", numbered(0..40), numbered(35..40));
    assert_eq!(bed.committed(&lines), enveloped(&all));
    let file = offsets_file::parse(&place.read("connect.offsets")).expect("the offset file");
    assert!(file.values().all(Option::is_none), "what was reset stays in the file: {file:?}");
}

/// A connector may keep its offsets in a topic of its own; the worker's topic follows.
#[test]
fn an_offsets_topic_of_its_own() {
    let (bed, place) = (Bed::embedded(), Place::new("own-offsets"));
    let (lines, own, id) = (topic("lines"), topic("own"), topic("worker"));
    let mut worker = start(&exactly_once(&bed, &place, &id));
    place.write("in.txt", "a\n");
    let mut config = source(&place, "in.txt", &lines);
    config["offsets.storage.topic"] = json!(own);
    worker.rest().create("s", config);
    wait_position(worker.rest(), "s", "a\n");
    worker.stop();
    let key = json!(["s", {"filename": place.at("in.txt")}]).to_string();
    for topic in [own, format!("{id}-offsets")] {
        let output = ferry_tests::ferry_command(&[
            "topics",
            "read",
            &topic,
            "--format",
            "key=value",
            "--bootstrap-server",
            &bed.bootstrap(),
        ])
        .output()
        .expect("ferry topics");
        let text = String::from_utf8(output.stdout).expect("text");
        assert_eq!(text.trim_end(), format!("{key}={{\"position\":2}}"), "in {topic}");
    }
}

fn refused(rest: &Rest, config: &Value) -> String {
    let body = json!({"name": "s", "config": config}).to_string();
    let answer = rest.send(&Request::new("POST", "/connectors").json(&body)).expect(400);
    answer.json()["message"].as_str().expect("a message").to_owned()
}

/// What cannot be had is refused when it is asked for.
#[test]
fn what_is_required_is_checked() {
    let (bed, place) = (Bed::embedded(), Place::new("required"));
    let mut config = source(&place, "in.txt", "t");
    config["exactly.once.support"] = json!("required");
    config["transaction.boundary"] = json!("connector");
    let mut worker = start(&setup(&bed, &place));
    let said = refused(worker.rest(), &config);
    let not_here = "This worker does not have exactly-once source support enabled.";
    let boundaries = "The connector does not support connector-defined transaction boundaries with the given \
        configuration. Please reconfigure it to use a different transaction boundary definition.";
    assert!(said.contains("2 error(s)") && said.contains(not_here) && said.contains(boundaries), "{said}");
    worker.stop();

    let mut worker = start(&exactly_once(&bed, &place, "here"));
    config.as_object_mut().expect("settings").remove("file");
    config["transaction.boundary"] = json!("poll");
    let said = refused(worker.rest(), &config);
    let stdin = "The connector does not support exactly-once semantics with the provided configuration.";
    assert!(said.contains("1 error(s)") && said.contains(stdin), "{said}");
    worker.stop();
}

/// A worker that would share its names with others does not start.
#[test]
fn a_worker_needs_names_of_its_own() {
    let (bed, place) = (Bed::embedded(), Place::new("no-names"));
    let mut worker = FerryWorker::spawn(&setup(&bed, &place).with("exactly.once.source.support", "enabled"));
    wait_until(SHORT, "the worker has ended", || worker.ended().is_some());
    let log = worker.log();
    assert!(log.contains("Missing required configuration \"group.id\" which has no default value."), "{log}");
}
